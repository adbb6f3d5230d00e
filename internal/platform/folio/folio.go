// Package folio makes and reads folios, the names by which papers and people call a
// referral: "SIGUE-2026-000123-T". The last character checks the others.
//
// Promises: a [Folio] exists only if it was minted or read whole, so whoever holds one
// cannot hold anything else; every single wrong digit and every swap of two
// neighbours is found; the check character never looks like another character.
//
// Table: folio_counters.
package folio

import (
	"context"
	"database/sql/driver"
	"fmt"
	"regexp"
	"strings"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
)

const series = "SIGUE"

// alphabet holds the check characters. Left out is what looks like a digit or like
// another letter: B 8, D O Q 0, F E, G 6, I L 1, S 5, U V, Y V, Z 2. Its length is
// prime: that is what makes every error of one digit and every swap visible.
const alphabet = "ACEHJKMNPRTWX"

// Folio is a checked folio. The zero Folio is none.
type Folio struct{ text string }

// Mint makes the folio of a year and number. Years have four digits, numbers at most
// nine; anything else is a defect of the caller and panics.
func Mint(year, number int) Folio {
	if year < 1000 || year > 9999 || number < 1 || number > 999_999_999 {
		panic(fmt.Sprintf("folio: no folio for %d, %d", year, number))
	}
	digits := fmt.Sprintf("%04d%06d", year, number)
	return Folio{fmt.Sprintf("%s-%s-%s-%c", series, digits[:4], digits[4:], check(digits))}
}

// check gives the check character of year and number: a weighted sum, where no two
// neighbours have the same weight and no weight is a multiple of the prime.
func check(digits string) byte {
	sum := 0
	for i, d := range []byte(digits) {
		sum += (i%(len(alphabet)-1) + 1) * int(d-'0')
	}
	return alphabet[sum%len(alphabet)]
}

var (
	form = regexp.MustCompile(`^(\d{4})(\d{6,9})([A-Z])$`)
	// Digits as they are misread from paper or typed in a hurry.
	misread = strings.NewReplacer("O", "0", "Q", "0", "D", "0", "I", "1", "L", "1", "S", "5", "B", "8", "Z", "2", "G", "6")
	blanks  = strings.NewReplacer(" ", "", "-", "", "–", "", "—", "", "_", "", "\u00a0", "", "\t", "")
)

// Parse reads a folio as people write it: in any case, with or without dashes and the
// series, with letters for digits they look like. What cannot be a folio is Invalid,
// with a sentence that says what to look at.
func Parse(s string) (Folio, error) {
	if len(s) > 60 {
		return Folio{}, malformed()
	}
	s = strings.TrimPrefix(blanks.Replace(strings.ToUpper(strings.TrimSpace(s))), series)
	if len(s) < 2 {
		return Folio{}, malformed()
	}
	m := form.FindStringSubmatch(misread.Replace(s[:len(s)-1]) + s[len(s)-1:])
	if m == nil || strings.HasPrefix(m[1], "0") || strings.Trim(m[2], "0") == "" || len(m[2]) > 6 && m[2][0] == '0' {
		return Folio{}, malformed()
	}
	if check(m[1]+m[2]) != m[3][0] {
		return Folio{}, fault.New(fault.Invalid, i18n.M("Ese folio no existe: algún carácter está cambiado. Compárelo con el del acuse."))
	}
	return Folio{series + "-" + m[1] + "-" + m[2] + "-" + m[3]}, nil
}

func malformed() error {
	return fault.New(fault.Invalid, i18n.M("Escriba el folio completo, como SIGUE-2026-000123-T."))
}

// String is the folio as it is written; empty for none.
func (f Folio) String() string { return f.text }

// IsZero tells whether there is no folio.
func (f Folio) IsZero() bool { return f.text == "" }

// Value stores the folio as text.
func (f Folio) Value() (driver.Value, error) { return f.text, nil }

// Scan reads a folio that was stored; empty text and NULL are none.
func (f *Folio) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*f = Folio{}
		return nil
	case []byte:
		return f.Scan(string(v))
	case string:
		if v == "" {
			*f = Folio{}
			return nil
		}
		parsed, err := Parse(v)
		*f = parsed
		return err
	}
	return fmt.Errorf("folio: cannot read one from %T", src)
}

// NextTx draws the next folio of a year with the caller's transaction: if that is
// undone, so is the number.
func NextTx(ctx context.Context, tx *db.Tx, year int) (Folio, error) {
	var next int
	err := tx.Get(ctx, &next, `insert into folio_counters (series, year, next) values ($1, $2, 1)
		on conflict (series, year) do update set next = folio_counters.next + 1 returning next`, series, year)
	if err != nil {
		return Folio{}, err
	}
	return Mint(year, next), nil
}
