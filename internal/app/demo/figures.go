package demo

import (
	"context"
	"fmt"
	"strconv"

	"sigue/internal/base/clock"
	"sigue/internal/feature/report"
	"sigue/internal/platform/access"
)

// figures plans the work of planning: each month is closed in the week after it, the last
// one waits for whoever tries the demonstration, and each year has its goals, which the administration of the program approves.
func (t *teller) figures() {
	first := clock.MonthOf(clock.DateOf(t.clock.Now()))
	for m := first; m.Next().Last().Before(clock.DateOf(t.now)); m = m.Next() {
		t.on(m.Next().First.AddDays(5).At(12, 0), func(ctx context.Context) error {
			next, err := t.app.Reports.NextClose(ctx, t.world.State.Actors[access.Analyst])
			if err != nil || next == (clock.Month{}) { // nothing happened yet
				return err
			}
			return t.app.Reports.Close(ctx, t.world.State.Actors[access.Analyst], next.String())
		})
	}
	for year := first.First.Year(); year <= clock.DateOf(t.now).Year(); year++ {
		day := clock.MustDate(fmt.Sprintf("%d-01-08", year))
		if day.Before(first.First) {
			day = first.First.AddDays(7)
		}
		t.on(day.At(10, 0), func(ctx context.Context) error { return t.plan(ctx, year) })
	}
}

// plan makes the goals of a year: of the State, and service contacts of each center. What
// they ask is round and not always met, as with anybody's.
func (t *teller) plan(ctx context.Context, year int) error {
	type goal struct {
		figure  report.Key
		center  string
		monthly int
	}
	goals := []goal{{report.Contacts, "", 600}, {report.Admissions, "", 25}, {report.Completions, "", 12}}
	for i, h := range t.houses {
		goals = append(goals, goal{report.Contacts, h.CenterID, []int{210, 150, 110, 60, 40, 55, 65, 30}[i%8]})
	}
	for _, g := range goals {
		f := report.GoalForm{Year: strconv.Itoa(year), Figure: string(g.figure), Center: g.center}
		f.Reason = "Plan anual: lo que se hizo el año anterior y lo que el personal puede atender."
		for i := range f.Months {
			monthly := g.monthly
			if i == 11 { // the weeks without courts
				monthly = g.monthly * 2 / 3
			}
			f.Months[i] = strconv.Itoa(monthly)
		}
		id, err := t.app.Reports.Propose(ctx, t.world.State.Actors[access.Analyst], f)
		if err != nil {
			return err
		}
		if err := t.app.Reports.Decide(ctx, t.world.State.Actors[access.ProgramAdmin], id, true); err != nil {
			return err
		}
	}
	return nil
}
