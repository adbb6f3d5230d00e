// Package disclosure decides which numbers of a table that leaves the house are hidden, so
// that none of them tells of fewer than k people, neither by itself nor by subtracting the
// rest from the total.
//
// Promises: what is published are a total and lists that each add up to it; zeros are shown.
// A cell of 1 to k-1 is hidden, and with it others of its list, the smallest first, until
// each hidden cell may be k or more as far as anybody can tell from what is shown, also when
// he knows this rule: that a zero is never hidden, so that a hidden cell is at least 1. When
// even hiding every cell of a list is not enough, the total is hidden too, and with it every
// cell of every list that is not zero: the lists would tell the total of each other. The
// same numbers hide the same cells each time.
//
// What it does not do: it knows of one total. Figures of which one is a part of another, and
// totals that are published for a month and for the year of it, are protected each by itself.
package disclosure

import "slices"

// K is the least number that is shown: five (DOMAIN, section 10, case 22).
const K = 5

// Lists says which cells of lists that add up to one total are hidden, and whether the total
// is.
func Lists(lists [][]int64, k int64) (hidden [][]bool, total bool) {
	for _, cells := range lists {
		h, alone := list(cells, k)
		hidden, total = append(hidden, h), total || alone
	}
	if !total {
		return hidden, false
	}
	for l, cells := range lists {
		for i, n := range cells {
			hidden[l][i] = n > 0
		}
	}
	return hidden, true
}

// list hides cells of one list; alone tells that this is not enough while the total is shown.
func list(cells []int64, k int64) (hidden []bool, alone bool) {
	hidden = make([]bool, len(cells))
	var order []int // of what is not zero, the smallest first
	var sum int64
	for i, n := range cells {
		if sum += n; n > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(cells[a] - cells[b]) })
	var count, mass int64
	for _, i := range order {
		if cells[i] >= k && protected(count, mass, k) {
			break
		}
		hidden[i], count, mass = true, count+1, mass+cells[i]
	}
	return hidden, sum > 0 && sum < k || !protected(count, mass, k)
}

// protected tells whether each of some hidden cells may be k or more: all but one of them
// may be 1.
func protected(count, mass, k int64) bool { return count == 0 || count > 1 && mass-(count-1) >= k }
