package folio

import (
	"context"
	"strings"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
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
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse(tt.typed)
			if err != nil || got.String() != want {
				t.Errorf("Parse(%q) = %q, %v; want %q", tt.typed, got, err, want)
			}
		})
	}
	for _, typed := range []string{"", "-", "K", "SIGUE", "SIGUE-2026-000123", "SIGUE-2026-123-K", "SIGUE-2026-000000-A", "SIGUE-0026-000123-K", "SIGUE-2026-0000123-K", strings.Repeat("9", 1000)} {
		if f, err := Parse(typed); err == nil {
			t.Errorf("Parse(%q) = %q, want an error", typed, f)
		}
	}
}

// Every wrong digit, every wrong check character and every swap of neighbours is found.
func TestEveryErrorIsFound(t *testing.T) {
	for _, number := range []int{1, 9, 123, 98765, 424242, 999999, 1234567, 987654321} {
		whole := Mint(2026, number).String()
		for i := len(series) + 1; i < len(whole); i++ {
			if whole[i] == '-' {
				continue
			}
			for _, c := range []byte("0123456789" + alphabet) {
				isDigit := whole[i] >= '0' && whole[i] <= '9'
				if c == whole[i] || isDigit != (c >= '0' && c <= '9') {
					continue
				}
				if wrong := whole[:i] + string(c) + whole[i+1:]; valid(wrong) {
					t.Errorf("%s passes for %s", wrong, whole)
				}
			}
			j := i + 1
			if j < len(whole) && whole[j] == '-' {
				j++
			}
			if j >= len(whole)-1 || whole[i] == whole[j] {
				continue
			}
			swapped := []byte(whole)
			swapped[i], swapped[j] = swapped[j], swapped[i]
			if valid(string(swapped)) {
				t.Errorf("%s passes for %s", swapped, whole)
			}
		}
	}
}

func valid(s string) bool { _, err := Parse(s); return err == nil }

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
