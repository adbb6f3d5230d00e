package casefile

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
)

// Lengths of what people write, in characters.
const (
	maxText   = 20000 // a note
	maxReason = 2000
	maxLine   = 300
	minReason = 10
)

// written checks a text that may be long.
func written(form *fault.Form, field, text string, most int) string {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n > most {
		form.Add(field, i18n.M("Es demasiado largo: %d caracteres, y caben %d. Acórtelo.", n, most))
	}
	return text
}

// reasoned checks a reason that is asked for in writing.
func reasoned(form *fault.Form, field, text string) string {
	text = written(form, field, text, maxReason)
	if utf8.RuneCountInString(text) < minReason {
		form.Add(field, i18n.M("Escriba el motivo en una frase."))
	}
	return text
}

// chosen checks a code of a list.
func chosen(form *fault.Form, lists *catalogue.Lists, field, list, code string) string {
	if code = strings.TrimSpace(code); !lists.Has(list, code) {
		form.Add(field, i18n.M("Elija una opción de la lista."))
		return ""
	}
	return code
}

// day checks a date that has to be given.
func day(form *fault.Form, field, typed string) clock.Date {
	d := dayOrNone(form, field, typed)
	if strings.TrimSpace(typed) == "" {
		form.Add(field, i18n.M("Escriba la fecha."))
	}
	return d
}

// dayOrNone checks a date that may be left out.
func dayOrNone(form *fault.Form, field, typed string) clock.Date {
	if strings.TrimSpace(typed) == "" {
		return clock.Date{}
	}
	d, err := clock.ParseDateMX(typed)
	if f, ok := err.(*fault.Error); ok {
		form.Add(field, f.Public)
	}
	return d
}

// number checks a count that may be left out; false when it was.
func number(form *fault.Form, field, typed string) (int, bool) {
	if strings.TrimSpace(typed) == "" {
		return 0, false
	}
	return whole(form, field, typed, 1, 500)
}

// whole checks a whole number between two others.
func whole(form *fault.Form, field, typed string, least, most int) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSpace(typed))
	if err != nil || n < least || n > most {
		form.Add(field, i18n.M("Escriba un número del %d al %d.", least, most))
		return 0, false
	}
	return n, true
}

// line checks a text of one line that has to be given.
func line(form *fault.Form, field, typed string, missing i18n.Msg) string {
	typed = written(form, field, strings.Join(strings.Fields(typed), " "), maxLine)
	if typed == "" {
		form.Add(field, missing)
	}
	return typed
}
