package i18n

import (
	"math"
	"testing"
)

func TestNumber(t *testing.T) {
	for _, tt := range []struct {
		name string
		n    Number
		want string
	}{
		{"nothing", 0, "0"}, {"three digits", 999, "999"}, {"four", 1000, "1,000"}, {"five", 20_000, "20,000"}, {"six", 100_000, "100,000"},
		{"seven", 1_234_567, "1,234,567"}, {"three below nothing", -999, "-999"}, {"four below nothing", -1000, "-1,000"},
		{"the least", math.MinInt64, "-9,223,372,036,854,775,808"},
	} {
		if got := tt.n.String(); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	if got, want := M("%d de %d", Number(1500), 3).In(Spanish), "1,500 de 3"; got != want {
		t.Errorf("in a sentence: got %q, want %q", got, want)
	}
}
