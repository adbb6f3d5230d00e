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

// explainGoals writes why the quarters of the past stand as they do. Those of the last one wait for
// whoever tries the demonstration.
func (t *teller) explainGoals(ctx context.Context) error {
	analyst := t.world.State.Actors[access.Analyst]
	year := clock.DateOf(t.now).Year()
	for _, year := range []int{year - 1, year} {
		goals, err := t.app.Reports.Goals(ctx, analyst, year)
		if err != nil {
			return err
		}
		for _, g := range goals {
			for _, q := range g.Quarters {
				// The last quarter of last year is the last one until one of this year is closed.
				if !q.Unexplained() || q.Number == g.Closed/3 && (year == clock.DateOf(t.now).Year() || clock.DateOf(t.now).Month() <= 4) {
					continue
				}
				why := "Se planeó con la demanda del año anterior; el calendario se revisa en el siguiente trimestre."
				if q.Light != report.Planned {
					why = "Faltó una plaza de psicología durante el trimestre; se cubrió y se abrió un grupo más."
				}
				if err := t.app.Reports.Explain(ctx, analyst, g.ID, strconv.Itoa(q.Number), why); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
