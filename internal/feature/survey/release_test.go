package survey

import (
	"fmt"
	"testing"
)

// ofMonths makes figures of months with so many answers of the middle mark.
func ofMonths(counts ...int) []Figure {
	var all []Figure
	for n, c := range counts {
		month := fmt.Sprintf("2026-%02d", n+1)
		f := Figure{From: month, Until: month}
		f.Counts[2] = c
		all = append(all, f)
	}
	return all
}

func TestRelease(t *testing.T) {
	for _, tt := range []struct {
		name   string
		months []int
		want   string
	}{
		{"nothing", nil, ""},
		{"four", []int{4}, ""},
		{"five", []int{5}, "2026-01..2026-01:5 "},
		{"four and one", []int{4, 1}, "2026-01..2026-02:5 "},
		{"what is left over waits", []int{6, 4}, "2026-01..2026-01:6 "},
		{"what was left over comes", []int{6, 4, 0, 2, 3}, "2026-01..2026-01:6 2026-02..2026-04:6 "},
		{"each enough", []int{5, 7, 9}, "2026-01..2026-01:5 2026-02..2026-02:7 2026-03..2026-03:9 "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			for _, f := range release(ofMonths(tt.months...)) {
				got += fmt.Sprintf("%s..%s:%d ", f.From, f.Until, f.N())
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestReleaseGivesNobodyAway looks at the same center month after month, with every figure
// of every page before: whatever is taken from whatever leaves nobody or five and more.
func TestReleaseGivesNobodyAway(t *testing.T) {
	for round := range 200 {
		var counts []int
		for range 1 + draw(14) {
			counts = append(counts, draw(9))
		}
		var before []Figure
		seen := []Figure{{}}
		for n := range counts {
			shown := release(ofMonths(counts[:n+1]...))
			for i, f := range before {
				if shown[i] != f {
					t.Fatalf("round %d: month %d changed what was shown: %v, was %v", round, n+1, shown[i], f)
				}
			}
			before = shown
			seen = append(append(seen, shown...), total(shown))
		}
		for _, a := range seen {
			for _, b := range seen {
				if d := a.N() - b.N(); a.From == b.From && d > 0 && d < least || b.N() > 0 && b.N() < least {
					t.Fatalf("round %d: %v and %v differ by %d (%v)", round, a, b, d, counts)
				}
			}
		}
	}
}

func TestMean(t *testing.T) {
	for _, tt := range []struct {
		counts [Marks]int
		n      int
		want   float64
	}{{[Marks]int{}, 0, 0}, {[Marks]int{1, 0, 0, 0, 1}, 2, 3}, {[Marks]int{0, 0, 0, 1, 3}, 4, 4.75}} {
		if f := (Figure{Counts: tt.counts}); f.N() != tt.n || f.Mean() != tt.want {
			t.Errorf("%v: n %d mean %v, want %d and %v", tt.counts, f.N(), f.Mean(), tt.n, tt.want)
		}
	}
}
