package document

import (
	"strings"
	"unicode"
)

// clean makes text fit for paper: line ends stay, other control signs go, and what no
// font here can draw (beyond the basic plane, such as emoji) becomes a plain mark.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		case r > 0xFFFF || r == unicode.ReplacementChar:
			return '?'
		}
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n"))
}
