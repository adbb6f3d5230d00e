package identity

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"sigue/internal/base/i18n"
)

// Length of a password in characters. There are no rules of composition: length keeps
// guesses out, odd characters only make people write passwords down (NIST SP 800-63B).
const (
	MinPassword = 12
	maxPassword = 200
)

//go:embed common.txt
var commonText string

// common are the words that most passwords are made of, folded.
var common = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{}
	for _, line := range strings.Split(commonText, "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			words[fold(line)] = true
		}
	}
	return words
})

// checkPassword says what is wrong with a new password of a person; the zero sentence
// when it will do.
func checkPassword(password, name, email string) i18n.Msg {
	switch n := utf8.RuneCountInString(norm.NFKC.String(password)); {
	case n < MinPassword:
		return i18n.M("Use al menos %d caracteres. Una frase de varias palabras sirve y se recuerda bien.", MinPassword)
	case n > maxPassword:
		return i18n.M("Use %d caracteres o menos.", maxPassword)
	}
	if isOwn(password, name, email) {
		return i18n.M("No use su nombre ni su correo como contraseña. Escriba una frase que solo usted conozca.")
	}
	if isCommon(password) {
		return i18n.M("Esa contraseña es de las primeras que alguien probaría. Escriba una frase de varias palabras.")
	}
	return i18n.Msg{}
}

// isOwn tells whether a password is little more than its owner's name or address.
func isOwn(password, name, email string) bool {
	local, _, _ := strings.Cut(email, "@")
	stem := stemOf(password)
	for _, own := range []string{name, email, local} {
		if own = stemOf(own); own != "" && stem == own {
			return true
		}
	}
	return false
}

// isCommon tells whether a password is a common word with digits behind it, few
// characters repeated, or a run of the keyboard.
func isCommon(password string) bool {
	folded := fold(password)
	if common()[folded] || common()[stemOf(password)] {
		return true
	}
	distinct := map[rune]bool{}
	for _, r := range folded {
		distinct[r] = true
	}
	return len(distinct) <= 3 || isRun(folded)
}

// runs are the rows of keys and the sequences that fingers follow.
const runs = "01234567890123456789 98765432109876543210 abcdefghijklmnopqrstuvwxyz zyxwvutsrqponmlkjihgfedcba " +
	"qwertyuiopasdfghjklzxcvbnm qwertyuiop1234567890 1234567890qwertyuiop 1qaz2wsx3edc4rfv5tgb6yhn7ujm"

func isRun(folded string) bool { return strings.Contains(runs, folded) }

// stemOf is a text folded, without what is no letter or digit, and without the digits
// at its ends: "Contraseña.2026!" is "contrasena".
func stemOf(s string) string {
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, fold(s))
	return strings.TrimFunc(letters, unicode.IsDigit)
}

// fold is a text in lower case without accents.
func fold(s string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(s)))
}
