package disclosure

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize/convex/lp"
)

func TestLists(t *testing.T) {
	for _, c := range []struct {
		name  string
		cells []int64
		want  []int // what is hidden
		total bool
	}{
		{"nothing", nil, nil, false},
		{"zeros", []int64{0, 0}, nil, false},
		{"all large", []int64{5, 80, 0, 7}, nil, false},
		{"one small takes the next", []int64{3, 90, 8, 0}, []int{0, 2}, false},
		{"two ones would be told by their sum", []int64{1, 1, 9}, []int{0, 1, 2}, false},
		{"small ones that cover each other", []int64{4, 3, 4, 50}, []int{0, 1, 2}, false},
		{"one cell alone", []int64{3, 0}, []int{0}, true},
		{"a small total", []int64{2, 1, 0}, []int{0, 1}, true},
		{"one large alone", []int64{9}, nil, false},
		{"one small beside one large", []int64{9, 1}, []int{0, 1}, false},
	} {
		hidden, total := Lists([][]int64{c.cells}, K)
		var have []int
		for i, h := range hidden[0] {
			if h {
				have = append(have, i)
			}
		}
		if !slices.Equal(have, c.want) || total != c.total {
			t.Errorf("%s: %v hides %v (total %v), want %v (%v)", c.name, c.cells, have, total, c.want, c.total)
		}
	}
}

// TestListsTellEachOther hides a total in one list that another one would tell.
func TestListsTellEachOther(t *testing.T) {
	hidden, total := Lists([][]int64{{1, 4}, {5, 0}}, K)
	if !total || !hidden[0][0] || !hidden[0][1] || !hidden[1][0] || hidden[1][1] {
		t.Errorf("hidden %v (total %v)", hidden, total)
	}
}

// bounds solves what an attacker can: the least and the most that each hidden cell may be,
// given the total (when it is shown), what is shown, and that a hidden cell is 1 or more. It
// works on all lists of one total at once.
func bounds(t *testing.T, lists [][]int64, hidden [][]bool, sum int64, total bool) [][2]float64 {
	t.Helper()
	// Unknowns: each hidden cell less 1, and the total when it is hidden.
	type at struct{ list, cell int }
	var unknown []at
	for l := range lists {
		for i, h := range hidden[l] {
			if h {
				unknown = append(unknown, at{l, i})
			}
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	n := len(unknown)
	if total {
		n++
	}
	var rows [][]float64
	var right []float64
	for l, cells := range lists {
		row, rest := make([]float64, n), float64(0)
		any := false
		for i, c := range cells {
			if !hidden[l][i] {
				rest += float64(c)
			}
		}
		for u, a := range unknown {
			if a.list == l {
				row[u], any = 1, true
				rest++
			}
		}
		b := float64(sum) - rest
		if total {
			row[n-1], b = -1, -rest
		}
		if any || total {
			rows, right = append(rows, row), append(right, b)
		}
	}
	// A hidden total is at least the largest sum that is shown and no list forbids more: bound
	// it above, or the program has no end.
	width := n
	if total {
		width++
		for i := range rows {
			rows[i] = append(rows[i], 0)
		}
		last := make([]float64, width)
		last[n-1], last[width-1] = 1, 1
		rows, right = append(rows, last), append(right, float64(sum)+1000)
	}
	a := mat.NewDense(len(rows), width, nil)
	for i, r := range rows {
		a.SetRow(i, r)
	}
	out := make([][2]float64, len(unknown))
	for u := range unknown {
		for side, sign := range []float64{1, -1} {
			c := make([]float64, width)
			c[u] = sign
			best, _, err := lp.Simplex(c, a, right, 1e-9, nil)
			if err != nil {
				t.Fatalf("%v %v: %v", lists, hidden, err)
			}
			out[u][side] = sign*best + 1
		}
	}
	return out
}

// TestCase22Attack publishes lists of one total and attacks them: every hidden cell may still
// be K or more, and none is told exactly.
func TestCase22Attack(t *testing.T) {
	r := rand.New(rand.NewPCG(22, 5))
	attacked := 0
	for range 1000 {
		sum := int64(r.IntN([]int{12, 60}[r.IntN(2)]))
		lists := make([][]int64, 1+r.IntN(3))
		for l := range lists {
			lists[l] = make([]int64, 2+r.IntN(7))
			for range sum { // people fall into few cells, as in life
				lists[l][min(r.IntN(len(lists[l])), r.IntN(len(lists[l])))]++
			}
		}
		hidden, total := Lists(lists, K)
		for l, cells := range lists {
			for i, n := range cells {
				if n > 0 && n < K && !hidden[l][i] {
					t.Fatalf("of %v a small cell is shown: %v", lists, hidden)
				}
			}
		}
		for _, b := range bounds(t, lists, hidden, sum, total) {
			attacked++
			if math.Round(b[1]) < K || math.Round(b[1]-b[0]) < 1 {
				t.Errorf("of %v, hidden %v (total %v), a cell is told to be %v to %v", lists, hidden, total, b[0], b[1])
			}
		}
	}
	if attacked < 200 {
		t.Errorf("only %d cells were attacked", attacked)
	}
}
