package person

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Bounds: words of a search, words kept of a name, letters of each.
const (
	maxSought  = 12
	maxKept    = 60
	maxLetters = 40
)

// Words gives the words by which a name is found, for its rows of the index: each word
// in small letters, without accents, folded by its Spanish sound, so that "Jiménez",
// "Gimenez" and "XIMÉNEZ" meet; each once.
func (n Name) Words() []string { return keep(wordsOf(n.Full()), maxKept, ended) }

// Words gives what to look for when a text is sought among the [Name.Words] of names:
// each must begin one of them (see [PrefixRange]). What begins a name as it is written
// finds it: "garc" finds "García", although its c may still become a k. Particles such
// as "de" are left out unless there is nothing else; there are at most 12 words.
func Words(text string) []string {
	var names, rest []string
	for _, w := range wordsOf(text) {
		if particles[strings.ToUpper(w)] {
			rest = append(rest, w)
		} else {
			names = append(names, w)
		}
	}
	if sought := keep(names, maxSought, begun); len(sought) > 0 {
		return sought
	}
	return keep(rest, maxSought, begun)
}

func keep(words []string, most int, end ending) (folded []string) {
	for _, w := range words {
		if len(folded) == most {
			break
		}
		if w = sound(w, end); w != "" && !slices.Contains(folded, w) {
			folded = append(folded, w)
		}
	}
	return folded
}

// wordsOf parts a name into small letters without accents. A name with an apostrophe
// gives two words, because some look for "Davila" and some for "Avila".
func wordsOf(name string) []string {
	apart := func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '\'' }
	var out []string
	for _, w := range strings.FieldsFunc(plain(name), apart) {
		out = append(out, strings.ReplaceAll(w, "'", ""))
		if i := strings.LastIndexByte(w, '\''); i > 0 {
			out = append(out, w[i+1:])
		}
	}
	return out
}

// letterForms are Latin letters that no decomposition turns into plain ones.
var letterForms = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "t", "ı", "i", "ʼ", "'")

// plain gives a name in small letters without accents.
func plain(name string) string { return letterForms.Replace(strings.ToLower(stripAccents(tidy(name)))) }

// stripAccents drops marks: á a, ü u, ñ n.
func stripAccents(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.Is(unicode.Mn, c) {
			return -1
		}
		return c
	}, norm.NFKD.String(s))
}

// ending tells whether a word ends where it ends, or may go on.
type ending bool

const (
	begun ending = false
	ended ending = true
)

// sound folds a word of small letters without accents, whole or its beginning.
//
// Every sound whose spelling is decided by a later letter is written with two signs, of
// which the first is shared by all that it may still become: c is "c", and with the next
// letter "cs", "ck" or "ch". So the fold of a beginning is always the beginning of the
// fold of the whole, which a search by prefix needs; a test holds it.
func sound(word string, end ending) string {
	letters := []rune(word)
	if len(letters) > maxLetters {
		letters = letters[:maxLetters]
	}
	f := folder{letters: letters, end: end}
	for f.at = range letters {
		if c := letters[f.at]; c != 'h' { // silent, save in ch and ph
			if f.at >= 2 && letters[f.at-1] == c && letters[f.at-2] == c {
				f.last = 0 // three in a row are no doubled letter: "zzzz" is not "s"
			}
			f.letter(c)
			f.before = c
		}
	}
	return f.out.String()
}

// folder is a word while it is folded.
type folder struct {
	letters []rune
	end     ending
	at      int
	before  rune // the letter before this one, past any h
	last    rune // the last sound written; a doubled letter is written once
	out     strings.Builder
}

// signs writes the sounds that are not written as their own letter. f begins with p for
// the sake of ph, and y with l for that of ll.
var signs = map[rune]string{'s': "cs", 'k': "ck", 'č': "ch", 'j': "gj", 'g': "gh", 'y': "ly", 'f': "pf"}

func (f *folder) put(sound rune) {
	if sound == f.last {
		return
	}
	f.last = sound
	if s, ok := signs[sound]; ok {
		f.out.WriteString(s)
	} else {
		f.out.WriteRune(sound)
	}
}

// final writes the sound of a last letter. Where the word may go on it writes only the
// sign that all sounds share which the letter may still have; nothing when one of them
// is the sound before, which would be written once.
func (f *folder) final(sound rune, sign, maybe string) {
	switch {
	case f.end == ended:
		f.put(sound)
	case !strings.ContainsRune(maybe, f.last):
		f.out.WriteString(sign)
	}
}

// next is the letter behind this one, past any h; 0 at the end.
func (f *folder) next() rune {
	for _, c := range f.letters[f.at+1:] {
		if c != 'h' {
			return c
		}
	}
	return 0
}

// hFollows tells whether this letter has an h behind it.
func (f *folder) hFollows() bool { return f.at+1 < len(f.letters) && f.letters[f.at+1] == 'h' }

func isVowel(c rune) bool { return strings.ContainsRune("aeiou", c) }

// softens tells whether c and g before this letter sound as in "ce" and "ge".
func softens(c rune) bool { return c == 'e' || c == 'i' || c == 'y' }

func (f *folder) letter(c rune) {
	switch c {
	case 'v', 'w':
		f.put('b')
	case 'z':
		f.put('s')
	case 'q':
		f.put('k')
	case 'x':
		f.put('j') // Ximénez, México
	case 'c':
		f.c()
	case 'g':
		f.g()
	case 'l':
		f.l()
	case 'p':
		f.p()
	case 'u':
		f.u()
	case 'y':
		f.y()
	default:
		f.put(c)
	}
}

func (f *folder) c() {
	next := f.next()
	switch {
	case next == 0:
		f.final('k', "c", "skč")
	case f.hFollows() && isVowel(next):
		f.put('č')
	case !f.hFollows() && softens(next):
		f.put('s')
	default: // Cristian and Christian too
		f.put('k')
	}
}

func (f *folder) g() {
	switch next := f.next(); {
	case next == 0:
		f.final('g', "g", "gj")
	case softens(next):
		f.put('j')
	default:
		f.put('g')
	}
}

func (f *folder) l() {
	if f.before != 'l' {
		f.put('l')
		return
	}
	f.out.WriteByte('y') // the second l makes both the sound of y
	f.last = 'y'
}

func (f *folder) p() {
	switch {
	case f.hFollows():
		f.put('f')
	case f.next() == 0:
		f.final('p', "p", "pf")
	default:
		f.put('p')
	}
}

// u is silent in que, qui, gue, gui.
func (f *folder) u() {
	if f.before == 'q' || f.before == 'g' {
		if next := f.next(); next == 0 || softens(next) {
			return
		}
	}
	f.put('u')
}

// y is a consonant before a vowel and else an i: Yáñez, but Reyna and Reina.
func (f *folder) y() {
	switch next := f.next(); {
	case next == 0:
		f.final('i', "", "")
	case isVowel(next):
		f.put('y')
	default:
		f.put('i')
	}
}

// PrefixRange gives the bounds between which all words lie that begin with a word:
// from ≤ word < to, compared by bytes. Both are valid text, which PostgreSQL insists on.
func PrefixRange(word string) (from, to string) {
	for end := word; end != ""; {
		last, size := utf8.DecodeLastRuneInString(end)
		end = end[:len(end)-size]
		switch {
		case last == 0xd7ff:
			return word, end + "\ue000" // past the surrogates, which are no characters
		case last < unicode.MaxRune:
			return word, end + string(last+1)
		}
	}
	return word, string(unicode.MaxRune)
}
