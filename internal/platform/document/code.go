package document

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
	"unicode"
)

// alphabet is Crockford's base 32: no I, L, O or U, which are read as 1, 1, 0 and V.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// codeLength is 128 random bits in characters of five.
const codeLength = 26

var encoding = base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)

// newCode draws a code that nobody can guess.
func newCode() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	return encoding.EncodeToString(b[:])
}

// parseCode reads a code as people copy it from paper: in small letters, with dashes
// or spaces, with a letter O for a zero. It gives "" for what is no code.
func parseCode(typed string) string {
	if len(typed) > 4*codeLength {
		return ""
	}
	code := strings.Map(func(r rune) rune {
		switch r = unicode.ToUpper(r); {
		case r == '-' || unicode.IsSpace(r):
			return -1
		case r == 'O':
			return '0'
		case r == 'I' || r == 'L':
			return '1'
		}
		return r
	}, typed)
	if len(code) != codeLength || strings.Trim(code, alphabet) != "" {
		return ""
	}
	return code
}

// grouped writes a code in groups for the eye; parseCode reads it back.
func grouped(code string) string {
	var groups []string
	for len(code) > 7 { // the last group takes what would stand alone
		groups, code = append(groups, code[:5]), code[5:]
	}
	return strings.Join(append(groups, code), "-")
}
