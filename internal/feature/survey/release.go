package survey

// least is from how many answers on something is shown.
const least = 5

// Figure is how the answers to one question fell, over some months.
type Figure struct {
	From, Until string // first and last month, "2027-03"
	Counts      [Marks]int
}

// N is how many answered.
func (f Figure) N() int {
	n := 0
	for _, c := range f.Counts {
		n += c
	}
	return n
}

// Mean is the mean mark, from 1 to Marks; 0 where nobody answered.
func (f Figure) Mean() float64 {
	sum, n := 0, f.N()
	if n == 0 {
		return 0
	}
	for mark, c := range f.Counts {
		sum += (mark + 1) * c
	}
	return float64(sum) / float64(n)
}

func (f Figure) add(g Figure) Figure {
	if f.From == "" || g.From != "" && g.From < f.From {
		f.From = g.From
	}
	f.Until = max(f.Until, g.Until)
	for mark, c := range g.Counts {
		f.Counts[mark] += c
	}
	return f
}

// release puts months together, from the first on, until each group holds five answers;
// what is left over at the end waits. The months are those of one question at one center,
// in their order, and all are over: what is shown of them never changes again.
//
// Whatever is shown is a sum of whole groups, so whoever takes one figure from another, of
// this page or of one of an earlier day, is left with whole groups: with nobody, or with
// five or more.
func release(months []Figure) []Figure {
	var all []Figure
	var group Figure
	for _, m := range months {
		if group = group.add(m); group.N() >= least {
			all, group = append(all, group), Figure{}
		}
	}
	return all
}

// total adds figures.
func total(all []Figure) Figure {
	var sum Figure
	for _, f := range all {
		sum = sum.add(f)
	}
	return sum
}
