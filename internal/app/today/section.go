package today

import (
	"slices"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
)

// section is what is due at about the same time.
type section struct {
	Label i18n.Msg
	Count int
	Piles []pile
}

// pile is the tasks of one kind in a section. Many of them push away what else is due, so
// of a long pile only the first stand open.
type pile struct {
	Shown, Folded []task
}

// A pile longer than pileLimit stands open with its first pileOpen.
const (
	pileLimit = 5
	pileOpen  = 3
)

// parts of the page, the most pressing first.
var parts = []struct {
	label i18n.Msg
	least clock.Kind
}{
	{i18n.M("Con retraso"), clock.Overdue},
	{i18n.M("Para hoy"), clock.Today},
	{i18n.M("Próximos días"), clock.Ahead},
	{i18n.M("Sin plazo"), clock.None},
}

// sections lays out tasks that are sorted by deadline: each is in one section, in which
// those of a kind stand together.
func sections(tasks []task) []section {
	var out []section
	for _, part := range parts {
		n := slices.IndexFunc(tasks, func(t task) bool { return t.Due.Kind < part.least })
		if n < 0 {
			n = len(tasks)
		}
		if n > 0 {
			out = append(out, section{Label: part.label, Count: n, Piles: piles(tasks[:n])})
		}
		tasks = tasks[n:]
	}
	return out
}

func piles(tasks []task) []pile {
	var out []pile
	at := map[string]int{}
	for _, t := range tasks {
		i, known := at[t.What.Key]
		if !known {
			i = len(out)
			at[t.What.Key] = i
			out = append(out, pile{})
		}
		out[i].Shown = append(out[i].Shown, t)
	}
	for i, p := range out {
		if p.foldable() {
			out[i] = pile{p.Shown[:pileOpen], p.Shown[pileOpen:]}
		}
	}
	return out
}

// foldable tells whether a part of a pile may be folded away: never what is late, and
// never the hours of one's own day.
func (p pile) foldable() bool {
	return len(p.Shown) > pileLimit && !p.Shown[0].Due.Late() && !p.Shown[0].OwnHour
}
