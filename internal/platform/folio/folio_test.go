package folio

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/schema"
)

func TestParse(t *testing.T) {
	want := Mint(2026, 123).String()
	last := want[len(want)-1:]
	for _, tt := range []struct{ name, typed string }{
		{"as printed", want},
		{"lower case", strings.ToLower(want)},
		{"spaces", " SIGUE 2026 000123 " + last + " "},
		{"no dashes", "SIGUE2026000123" + last},
		{"no series", "2026-000123-" + last},
		{"letters for digits", "SIGUE-2O26-OOOI23-" + last},
		{"digits for letters", "51GUE-2026-000123-" + last},
		{"other dashes", "SIGUE\u20112026\u2013000123\u2014" + last},
		{"copied with invisible signs", "\u200bSIGUE-2026-000123-" + last + "\u202c\u00a0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse(tt.typed)
			if err != nil || got.String() != want {
				t.Errorf("Parse(%q) = %q, %v; want %q", tt.typed, got, err, want)
			}
		})
	}
	if long := Mint(2026, 1_234_567); !reads(strings.ReplaceAll(long.String(), "-", " "), long) {
		t.Errorf("%s does not read with spaces", long)
	}
	for _, typed := range []string{strings.ReplaceAll(Mint(2026, 1_234_567).String(), "-", ""), want + strings.Repeat(" ", 300), "", "-", "K", "SIGUE", "SIGUE-2026-000123", "SIGUE-2026-123-K", "SIGUE-2026-000000-A", "SIGUE-0026-000123-K", "SIGUE-2026-0000123-K", strings.Repeat("9", 1000)} {
		if f, err := Parse(typed); err == nil {
			t.Errorf("Parse(%q) = %q, want an error", typed, f)
		}
	}
}

// TestEveryErrorIsFound takes folios of each length and puts every letter and digit at
// every place, and swaps all neighbours, over a dash too. What is still read must be the
// same folio, because a look-alike was typed.
func TestEveryErrorIsFound(t *testing.T) {
	const signs = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	r := rand.New(rand.NewPCG(7, 8))
	for _, most := range []int{999_999, 9_999_999, 99_999_999, maxNumber} {
		for range 40 {
			want := Mint(2000+r.IntN(100), 1+r.IntN(most))
			whole := want.String()
			for i := range whole {
				for _, c := range []byte(signs) {
					mustNotPass(t, want, whole[:i]+string(c)+whole[i+1:])
				}
				for _, j := range []int{i + 1, i + 2} {
					if j < len(whole) && (j == i+1 || whole[i+1] == '-') {
						mustNotPass(t, want, whole[:i]+whole[j:j+1]+whole[i+1:j]+whole[i:i+1]+whole[j+1:])
					}
				}
			}
		}
	}
}

func reads(typed string, want Folio) bool {
	got, err := Parse(typed)
	return err == nil && got == want
}

func mustNotPass(t *testing.T, want Folio, typed string) {
	t.Helper()
	if got, err := Parse(typed); err == nil && got != want {
		t.Errorf("%s passes for %s", typed, want)
	}
}

// TestCheckTellsAllDigits is what the promise rests on: at any place, no two digits
// give the same character.
func TestCheckTellsAllDigits(t *testing.T) {
	for length := 4 + minDigits; length <= 4+maxDigits; length++ {
		for place := range length {
			seen := map[byte]byte{}
			for c := byte('0'); c <= '9'; c++ {
				digits := []byte(strings.Repeat("7", length))
				digits[place] = c
				if other, taken := seen[check(string(digits))]; taken {
					t.Errorf("%d digits, place %d: %c and %c look the same", length, place, c, other)
				}
				seen[check(string(digits))] = c
			}
		}
	}
}

func TestAlphabet(t *testing.T) {
	for n := 2; n < len(alphabet); n++ {
		if len(alphabet)%n == 0 {
			t.Errorf("%d characters: not prime", len(alphabet))
		}
	}
	for from := range asDigit {
		if strings.ContainsRune(alphabet, from) {
			t.Errorf("%c is read as a digit and is a check character", from)
		}
	}
}

func TestParseSays(t *testing.T) {
	for typed, want := range map[string]string{
		"":                             "Write the whole folio, like SIGUE-2026-000123-T.",
		"SIGUE-2026":                   "Write the whole folio, like SIGUE-2026-000123-T.",
		"SIGUE-2026-000123":            "The letter at the end of the folio is missing. Write it in full, like SIGUE-2026-000123-T.",
		"SIGUE-2026-000123-\U0001F600": "Write the whole folio, like SIGUE-2026-000123-T.",
		"SIGUE-2026-000124-T":          "There is no such folio: some character was changed. Compare it with the acknowledgement.",
	} {
		_, err := Parse(typed)
		var e *fault.Error
		if !errors.As(err, &e) || e.Kind != fault.Invalid {
			t.Errorf("Parse(%q) = %v, want fault.Invalid", typed, err)
		} else if got := e.Public.In(i18n.English); got != want {
			t.Errorf("Parse(%q) says %q, want %q", typed, got, want)
		}
	}
}

func TestNextTx(t *testing.T) {
	dbtest.Run(t, schema.Migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		ctx := context.Background()
		draw := func(year int) (f Folio) {
			t.Helper()
			if err := d.Tx(ctx, func(tx *db.Tx) (err error) { f, err = NextTx(ctx, tx, year); return err }); err != nil {
				t.Fatal(err)
			}
			return f
		}
		if a, b, c := draw(2026), draw(2026), draw(2027); a != Mint(2026, 1) || b != Mint(2026, 2) || c != Mint(2027, 1) {
			t.Errorf("drew %s, %s, %s", a, b, c)
		}
	})
}

// TestNextTxTogether draws from many transactions at once, some of which are undone:
// no number is given twice and none is left out.
func TestNextTxTogether(t *testing.T) {
	dbtest.Run(t, schema.Migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		ctx := context.Background()
		undo := errors.New("undone")
		const drawers = 12
		drawn := make(chan Folio, drawers)
		var all sync.WaitGroup
		for i := range drawers * 2 {
			all.Go(func() {
				var f Folio
				err := d.Tx(ctx, func(tx *db.Tx) (err error) {
					if f, err = NextTx(ctx, tx, 2026); err == nil && i%2 == 1 {
						return undo
					}
					return err
				})
				switch {
				case err == nil:
					drawn <- f
				case !errors.Is(err, undo):
					t.Error(err)
				}
			})
		}
		all.Wait()
		close(drawn)
		got := map[Folio]bool{}
		for f := range drawn {
			got[f] = true
		}
		for n := 1; n <= drawers; n++ {
			if !got[Mint(2026, n)] {
				t.Errorf("%s was not drawn", Mint(2026, n))
			}
		}
	})
}

func TestStored(t *testing.T) {
	want := Mint(2026, 123)
	for _, tt := range []struct {
		name string
		src  any
		want Folio
		ok   bool
	}{
		{"text", want.String(), want, true},
		{"bytes", []byte(want.String()), want, true},
		{"null", nil, Folio{}, true},
		{"not as it was stored", strings.ToLower(want.String()), Folio{}, false},
		{"another check character", "SIGUE-2026-000123-A", Folio{}, false},
		{"empty", "", Folio{}, false},
		{"number", int64(3), Folio{}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got Folio
			err := got.Scan(tt.src)
			if got != tt.want || (err == nil) != tt.ok || fault.Is(err, fault.Invalid) {
				t.Errorf("Scan(%v) = %q, %v; want %q, ok %t", tt.src, got, err, tt.want, tt.ok)
			}
		})
	}
	if v, err := (Folio{}).Value(); v != nil || err != nil {
		t.Errorf("Value of none = %v, %v; want NULL", v, err)
	}
	if v, err := want.Value(); v != want.String() || err != nil {
		t.Errorf("Value = %v, %v; want %s", v, err, want)
	}
}

func TestJSON(t *testing.T) {
	type row struct{ Folio, Other Folio }
	in := row{Folio: Mint(2026, 123)}
	text, err := json.Marshal(in)
	if want := `{"Folio":"SIGUE-2026-000123-T","Other":""}`; err != nil || string(text) != want {
		t.Fatalf("Marshal = %s, %v; want %s", text, err, want)
	}
	var out row
	if err := json.Unmarshal(text, &out); err != nil || out != in {
		t.Errorf("Unmarshal = %v, %v; want %v", out, err, in)
	}
	if err := json.Unmarshal([]byte(`{"Folio":"SIGUE-2026-000124-T"}`), &out); err == nil || out != in {
		t.Errorf("a wrong folio gave %v, %v", out, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Mint(2026, 123).String())
	f.Add("sigue 2o26 ooo1z3 k")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := Parse(s)
		if err != nil {
			return
		}
		if again, err := Parse(got.String()); err != nil || again != got {
			t.Errorf("Parse(%q) = %q, which reads as %q, %v", s, got, again, err)
		}
	})
}
