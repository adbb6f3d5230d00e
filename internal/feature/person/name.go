package person

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"sigue/internal/base/i18n"
)

// maxName is how long one part of a name may be, in characters.
const maxName = 200

// Name is a person's name in its three parts; the second surname may be empty.
type Name struct {
	Given    string `db:"given_names"`
	Surname1 string `db:"surname1"`
	Surname2 string `db:"surname2"`
}

// Clean tidies a name without changing its letters: one form of each accent, single
// spaces, typographic apostrophes made plain, characters that cannot be seen left out. A
// dash or a dot alone, as people put where there is no second surname, is nothing.
func (n Name) Clean() Name {
	return Name{tidy(n.Given), tidy(n.Surname1), tidy(n.Surname2)}
}

func tidy(s string) string {
	s = strings.Map(func(c rune) rune {
		switch {
		case c == '’' || c == '‘' || c == '´' || c == '`':
			return '\''
		case unicode.IsSpace(c):
			return ' '
		case unicode.IsControl(c) || unicode.In(c, invisible...) || c == utf8.RuneError:
			return -1 // invisible, or turns the direction of what follows
		}
		return c
	}, norm.NFC.String(s))
	if strings.Trim(s, "-–—._ ") == "" {
		return ""
	}
	return norm.NFC.String(strings.Join(strings.Fields(s), " ")) // what was left out may have parted a letter from its accent
}

// invisible are characters that nobody sees in a name: marks of direction, joiners,
// fillers that pass for letters, selectors of a variant.
var invisible = []*unicode.RangeTable{unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector}

// Check tells what is wrong with a tidied name, by form field. One surname is enough;
// any alphabet is right.
func (n Name) Check() map[string]i18n.Msg {
	wrong := map[string]i18n.Msg{}
	for _, part := range []struct {
		field, value string
		missing      i18n.Msg
	}{
		{"given_names", n.Given, i18n.M("Escriba el nombre o los nombres.")},
		{"surname1", n.Surname1, i18n.M("Escriba al menos un apellido.")},
		{"surname2", n.Surname2, i18n.Msg{}},
	} {
		if m := checkPart(part.value, part.missing); !m.IsZero() {
			wrong[part.field] = m
		}
	}
	return wrong
}

func checkPart(s string, missing i18n.Msg) i18n.Msg {
	if s == "" {
		return missing
	}
	if n := utf8.RuneCountInString(s); n > maxName {
		return i18n.M("Tiene %d caracteres y caben %d. Escriba el nombre como aparece en su identificación.", n, maxName)
	}
	letters := false
	for _, c := range s {
		switch {
		case unicode.IsLetter(c):
			letters = true
		case unicode.IsMark(c), c == ' ', c == '\'', c == '-', c == '.', c == '·', c == 'ʼ':
		case unicode.IsNumber(c):
			return i18n.M("Un nombre no lleva números. Quite «%s».", string(c))
		default:
			return i18n.M("Un nombre no lleva «%s». Escriba solo letras, espacios, guiones o apóstrofos.", string(c))
		}
	}
	if !letters {
		return i18n.M("Escriba el nombre con letras.")
	}
	return i18n.Msg{}
}

// Full is the whole name in the order in which it is said.
func (n Name) Full() string {
	return strings.Join(strings.Fields(n.Given+" "+n.Surname1+" "+n.Surname2), " ")
}

// Short is the name on lists that others may glimpse: "J. Ficticio Demo".
func (n Name) Short() string {
	return strings.TrimSpace(dotted(n.Given) + " " + strings.TrimSpace(n.Surname1+" "+n.Surname2))
}

// Initials is the name on papers that lie on desks: "J. F. D."
func (n Name) Initials() string {
	var out []string
	for _, word := range strings.Fields(n.Full()) {
		if initial := dotted(word); initial != "" {
			out = append(out, initial)
		}
	}
	return strings.Join(out, " ")
}

// dotted is the first letter of a word with a dot, past an apostrophe; empty without one.
func dotted(word string) string {
	i := strings.IndexFunc(word, unicode.IsLetter)
	if i < 0 {
		return ""
	}
	first, _ := utf8.DecodeRuneInString(word[i:])
	return string(unicode.ToUpper(first)) + "."
}
