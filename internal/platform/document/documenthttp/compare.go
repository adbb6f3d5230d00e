package documenthttp

import "regexp"

// piece is a part of two texts: of both, of the older alone, or of the newer alone.
type piece struct {
	text string
	in   side
}

type side int

const (
	inBoth side = iota
	inOld
	inNew
)

// word is a word with the space after it.
var word = regexp.MustCompile(`^\s+|\S+\s*`)

// mostCells bounds the memory of a comparison. Texts of ordinary words stay below it.
const mostCells = 4 << 20

// compare gives two texts as one: their words in order, those that they share once. Texts
// of endless words are given whole, one after the other.
func compare(older, newer string) []piece {
	a, b := word.FindAllString(older, -1), word.FindAllString(newer, -1)
	var out pieces
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		out.add(a[0], inBoth)
		a, b = a[1:], b[1:]
	}
	if len(a)*len(b) <= mostCells {
		shared := common(a, b)
		for len(a) > 0 && len(b) > 0 {
			switch n, m := len(a), len(b); {
			case a[0] == b[0]:
				out.add(a[0], inBoth)
				a, b = a[1:], b[1:]
			case shared[n-1][m] >= shared[n][m-1]:
				out.add(a[0], inOld)
				a = a[1:]
			default:
				out.add(b[0], inNew)
				b = b[1:]
			}
		}
	}
	for _, w := range a {
		out.add(w, inOld)
	}
	for _, w := range b {
		out.add(w, inNew)
	}
	return out
}

type pieces []piece

// add joins a word to the last piece, when it is of the same side.
func (p *pieces) add(text string, in side) {
	if n := len(*p); n > 0 && (*p)[n-1].in == in {
		(*p)[n-1].text += text
		return
	}
	*p = append(*p, piece{text, in})
}

// common tells how many words the last n of a and the last m of b share in order, at
// [n][m].
func common(a, b []string) [][]uint16 {
	rows := make([][]uint16, len(a)+1)
	rows[0] = make([]uint16, len(b)+1)
	for n := 1; n <= len(a); n++ {
		rows[n] = make([]uint16, len(b)+1)
		for m := 1; m <= len(b); m++ {
			if a[len(a)-n] == b[len(b)-m] {
				rows[n][m] = rows[n-1][m-1] + 1
			} else {
				rows[n][m] = max(rows[n-1][m], rows[n][m-1])
			}
		}
	}
	return rows
}
