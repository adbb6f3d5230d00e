// Package folio makes and reads folios, the names by which papers and people call a
// referral: "SIGUE-2026-000123-T". The last character checks the others.
//
// Promises: a [Folio] exists only if it was minted or read whole, so whoever holds one
// cannot hold anything else; every single wrong character and every swap of two
// neighbours is found; the check character never looks like another character; the
// numbers of a year have no gap and none is given twice. A folio is no secret and no
// right.
//
// Table: folio_counters.
package folio

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
)

const series = "SIGUE"

// The reach of a folio. Numbers are written with six digits at least.
const (
	firstYear = 1000
	lastYear  = 9999
	minDigits = 6
	maxDigits = 9
	maxNumber = 999_999_999
)

// alphabet holds the check characters. Left out is what looks like a digit or like
// another letter: B 8, D O Q 0, F E, G 6, I L 1, S 5, U V, Y V, Z 2. Its length is
// prime, which the promise rests on (see check).
const alphabet = "ACEHJKMNPRTWX"

// Folio is a checked folio. The zero Folio is none. Folios compare with ==.
type Folio struct{ text string }

// Mint makes the folio of a year and number. Years have four digits, numbers at most
// nine; anything else is a defect of the caller and panics.
func Mint(year, number int) Folio {
	if year < firstYear || year > lastYear || number < 1 || number > maxNumber {
		panic(fmt.Sprintf("folio: no folio for %d, %d", year, number))
	}
	digits := fmt.Sprintf("%d%0*d", year, minDigits, number)
	return Folio{fmt.Sprintf("%s-%s-%s-%c", series, digits[:4], digits[4:], check(digits))}
}

// check gives the check character of year and number: a weighted sum modulo the
// length of the alphabet, 13, where no weight is a multiple of 13 and no two neighbours
// weigh the same. One wrong digit moves the sum by weight × difference, two swapped ones
// by difference of weights × difference of digits: neither is a multiple of 13, for all
// factors are smaller and 13 is prime.
func check(digits string) byte {
	sum := 0
	for i, d := range []byte(digits) {
		sum += (i%(len(alphabet)-1) + 1) * int(d-'0')
	}
	return alphabet[sum%len(alphabet)]
}

// Parse reads a folio as people write it: in any case, with or without dashes and the
// series, with letters for digits that they look like. What cannot be a folio is
// Invalid, with a sentence that says how to mend it.
func Parse(typed string) (Folio, error) {
	parts := partsOf(typed)
	digits, letter := split(cutSeries(strings.Join(parts, "")))
	switch n := len(digits) - 4; {
	case letter == 0 && n >= minDigits && n <= maxDigits:
		return Folio{}, invalid(i18n.M("Falta la letra con que termina el folio. Escríbalo completo, como %s.", example))
	case letter == 0 || n < minDigits || n > maxDigits || n > minDigits && !isLong(parts, digits):
		return Folio{}, invalid(i18n.M("Escriba el folio completo, como %s.", example))
	}
	year, _ := strconv.Atoi(digits[:4]) // digits only, and few: cannot fail
	number, _ := strconv.Atoi(digits[4:])
	if year < firstYear || number == 0 || check(digits) != letter {
		return Folio{}, invalid(i18n.M("Ese folio no existe: algún carácter está cambiado. Compárelo con el del acuse."))
	}
	return Mint(year, number), nil
}

// example is shown in sentences.
var example = Mint(2026, 123).text

func invalid(sentence i18n.Msg) error { return fault.New(fault.Invalid, sentence) }

// partsOf gives the signs of what was typed, in capitals, parted where people put
// something between them: spaces, dashes of any kind, dots. Invisible signs of copied
// text are left out. What is far too long gives nothing.
func partsOf(typed string) []string {
	const enough = 256 // bytes; a folio with a blank after each character needs 60
	if len(typed) > enough {
		return nil
	}
	visible := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, typed)
	return strings.FieldsFunc(visible, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.Is(unicode.Dash, r) || r == '_' || r == '.'
	})
}

// isLong tells whether a number of more than six digits is one. It must stand apart
// from year and letter, or else a digit typed for a dash would make another number.
func isLong(parts []string, digits string) bool {
	n := len(parts)
	return digits[4] != '0' && n > 1 && len(parts[n-1]) == 1 && len(parts[n-2]) == len(digits)-4
}

// What is typed for what is meant: misread from paper, or hit in a hurry.
var (
	asSeries = map[rune]rune{'5': 'S', '1': 'I', 'L': 'I', '|': 'I', '6': 'G', 'V': 'U'}
	asDigit  = map[rune]rune{'O': '0', 'Q': '0', 'D': '0', 'I': '1', 'L': '1', '|': '1', 'Z': '2', 'S': '5', 'G': '6', 'B': '8'}
)

func meant(r rune, by map[rune]rune) rune {
	if m, ok := by[r]; ok {
		return m
	}
	return r
}

// cutSeries takes the series off, if it is there: the year alone begins a folio too.
func cutSeries(text string) string {
	rest := text
	for _, want := range series {
		r, size := utf8.DecodeRuneInString(rest)
		if meant(r, asSeries) != want {
			return text
		}
		rest = rest[size:]
	}
	return rest
}

// split gives the digits and the check character behind them. The character is 0 when
// the text ends without one; there are no digits when anything else is among them.
func split(text string) (digits string, letter byte) {
	if n := len(text) - 1; n >= 0 && strings.IndexByte(alphabet, text[n]) >= 0 {
		text, letter = text[:n], text[n]
	}
	digits = strings.Map(func(r rune) rune { return meant(r, asDigit) }, text)
	if strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' }) {
		return "", letter
	}
	return digits, letter
}

// NextTx gives the next folio of a year, in the caller's transaction: when that is
// rolled back the number was never given. Who asks at the same moment waits or runs
// again (see db.DB.Tx).
func NextTx(ctx context.Context, tx *db.Tx, year int) (Folio, error) {
	var number int
	if err := tx.Get(ctx, &number, `insert into folio_counters (series, year, next) values ($1, $2, 2)
		on conflict (series, year) do update set next = folio_counters.next + 1
		returning next - 1`, series, year); err != nil {
		return Folio{}, err
	}
	return Mint(year, number), nil
}

// String is the folio as it is written; empty for none.
func (f Folio) String() string { return f.text }

// IsZero tells whether there is no folio.
func (f Folio) IsZero() bool { return f.text == "" }

// MarshalText is [Folio.String].
func (f Folio) MarshalText() ([]byte, error) { return []byte(f.text), nil }

// UnmarshalText is [Parse]; empty is none.
func (f *Folio) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*f = Folio{}
		return nil
	}
	parsed, err := Parse(string(text))
	if err == nil {
		*f = parsed
	}
	return err
}

// Value is what the database stores: the text, or NULL for none.
func (f Folio) Value() (driver.Value, error) {
	if f.IsZero() {
		return nil, nil
	}
	return f.text, nil
}

// Scan reads what Value stored. Any other text in the database is a defect.
func (f *Folio) Scan(src any) error {
	var text string
	switch v := src.(type) {
	case nil:
		*f = Folio{}
		return nil
	case string:
		text = v
	case []byte:
		text = string(v)
	default:
		return fmt.Errorf("folio: cannot read a folio from %T", src)
	}
	parsed, err := Parse(text)
	if err != nil || parsed.text != text {
		return fmt.Errorf("folio: %q is no folio", text)
	}
	*f = parsed
	return nil
}
