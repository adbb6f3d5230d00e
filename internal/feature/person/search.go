package person

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxWords bounds what one name or one search gives.
const maxWords = 12

// Words gives the search words of a name: each word in lower case, without accents,
// folded by its Spanish sound, so that "Jiménez", "Gimenez" and "XIMÉNES" meet.
// Particles such as "de" are left out; at most 12 words, each once.
func Words(name string) []string {
	seen := map[string]bool{}
	var out []string
	split := func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }
	for _, w := range strings.FieldsFunc(strings.ToLower(stripAccents(tidy(name))), split) {
		if particles[strings.ToUpper(w)] {
			continue
		}
		if w = sound(w); w != "" && !seen[w] && len(out) < maxWords {
			seen[w] = true
			out = append(out, w)
		}
	}
	return out
}

// stripAccents drops marks: á a, ü u, ñ n.
func stripAccents(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.Is(unicode.Mn, c) {
			return -1
		}
		return c
	}, norm.NFD.String(s))
}

// sounds are spellings of one sound, tried in order at each place of a word.
var sounds = []struct{ from, to string }{
	{"ch", "c"}, {"ll", "y"}, {"qu", "k"}, {"gue", "ge"}, {"gui", "gi"},
	{"ce", "se"}, {"ci", "si"}, {"ge", "je"}, {"gi", "ji"},
	{"h", ""}, {"v", "b"}, {"w", "b"}, {"z", "s"}, {"x", "j"}, {"y", "y"}, {"c", "k"}, {"q", "k"}, {"ph", "f"},
}

// sound folds a word without accents. "gue" and "ge" differ in sound, so the first
// keeps its g.
func sound(w string) string {
	var b strings.Builder
	last := rune(0)
	put := func(s string) {
		for _, c := range s {
			if c != last { // doubled letters are one
				b.WriteRune(c)
			}
			last = c
		}
	}
	for w != "" {
		matched := false
		for _, s := range sounds {
			if strings.HasPrefix(w, s.from) {
				put(s.to)
				w, matched = w[len(s.from):], true
				break
			}
		}
		if !matched {
			c := []rune(w)[0]
			put(string(c))
			w = w[len(string(c)):]
		}
	}
	return b.String()
}

// PrefixRange gives the bounds between which all words lie that begin with a word:
// from ≤ word < to, compared by bytes.
func PrefixRange(word string) (from, to string) {
	b := []byte(word)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] < 0xff {
			return word, string(b[:i]) + string([]byte{b[i] + 1})
		}
	}
	return word, "\xff"
}
