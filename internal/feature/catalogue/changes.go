package catalogue

import (
	"strings"
	"unicode/utf8"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/ledger"
)

// Limits of what may be typed, in characters.
const (
	maxName   = 200
	maxSource = 400
)

// field is one public value before and after a change.
type field struct{ name, before, after string }

// changesOf keeps the fields that changed.
func changesOf(fields ...field) []ledger.Change {
	var changes []ledger.Change
	for _, f := range fields {
		if f.before != f.after {
			changes = append(changes, ledger.Change{Field: f.name, Before: f.before, After: f.after})
		}
	}
	return changes
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// line cleans a text of one line and refuses one that is too long.
func line(form *fault.Form, name, typed string, most int) string {
	typed = strings.Join(strings.Fields(typed), " ")
	if n := utf8.RuneCountInString(typed); n > most {
		form.Add(name, i18n.M("Tiene %d caracteres y caben %d. Acórtelo.", n, most))
	}
	return typed
}

func required(form *fault.Form, name, typed string, missing i18n.Msg) string {
	v := line(form, name, typed, maxName)
	if v == "" {
		form.Add(name, missing)
	}
	return v
}
