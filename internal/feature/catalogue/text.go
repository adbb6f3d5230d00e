package catalogue

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"sigue/internal/base/i18n"
)

// Text is a word or a sentence that is data and carries its own translation.
type Text struct {
	ES string `json:"es"`
	EN string `json:"en"`
}

// In gives the text in a language, in Spanish when it lacks that one.
func (t Text) In(lang i18n.Lang) string {
	if lang == i18n.English && t.EN != "" {
		return t.EN
	}
	return t.ES
}

// String is the Spanish text.
func (t Text) String() string { return t.ES }

// IsZero tells whether there is no text.
func (t Text) IsZero() bool { return t == Text{} }

// Fold makes a text comparable as people look for it: lower case, without accents,
// single spaces. Ñ counts as N, as most keyboards of the courts lack it.
func Fold(s string) string {
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(s))
	return strings.Join(strings.Fields(bare), " ")
}
