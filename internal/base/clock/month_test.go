package clock

import (
	"testing"

	"sigue/internal/base/i18n"
)

func TestMonth(t *testing.T) {
	for _, tt := range []struct{ typed, last, next, before, label string }{
		{"2028-02", "2028-02-29", "2028-03", "2028-01", "febrero de 2028"},
		{"2026-12", "2026-12-31", "2027-01", "2026-11", "diciembre de 2026"},
		{"2026-01", "2026-01-31", "2026-02", "2025-12", "enero de 2026"},
	} {
		t.Run(tt.typed, func(t *testing.T) {
			m, err := ParseMonth(tt.typed)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range []struct{ got, want string }{
				{m.String(), tt.typed}, {m.Last().String(), tt.last}, {m.Next().String(), tt.next}, {m.Before().String(), tt.before}, {m.Label().In(i18n.Spanish), tt.label},
			} {
				if x.got != x.want {
					t.Errorf("got %q, want %q", x.got, x.want)
				}
			}
			if MonthOf(m.Last()) != m || !m.Holds(m.Last()) || m.Holds(m.Next().First) || m.Holds(m.First.AddDays(-1)) {
				t.Error("its days are not those of the month")
			}
		})
	}
	for _, typed := range []string{"", "2026", "2026-13", "2026-1", "2026-11-01", "x"} {
		if m, err := ParseMonth(typed); err == nil {
			t.Errorf("%q was read as %s", typed, m)
		}
	}
	if (Month{}).String() != "" {
		t.Error("no month has a name")
	}
}
