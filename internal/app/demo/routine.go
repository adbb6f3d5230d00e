package demo

import (
	"context"
	"fmt"
	"time"

	"sigue/internal/app"
	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/followup"
	"sigue/internal/platform/access"
)

// routine plans what comes back each week and each month: the program's own work, the
// monthly reports, the follow-ups.
func (t *teller) routine(since time.Time) {
	for monday := clock.DateOf(since); ; monday = monday.AddDays(1) {
		if monday.Weekday() != time.Monday {
			continue
		}
		if monday.At(7, 0).After(t.now) {
			break
		}
		t.on(monday.At(7, 0), func(ctx context.Context) error { return work(ctx, t.app) })
	}
	last := clock.MonthOf(clock.DateOf(t.now)).Before() // its reports are still to be signed
	for m := clock.MonthOf(clock.DateOf(since)); m.First.Before(last.First); m = m.Next() {
		for i, h := range t.houses {
			if h.staffed() && (i > 0 || m.Next() != last) { // the first center owes one more
				t.on(t.workday(m.Last().At(9, 0), 3), func(ctx context.Context) error {
					_, err := t.app.Papers.SignMonth(ctx, h.head, m.String())
					return err
				})
			}
		}
	}
	for m := clock.MonthOf(clock.DateOf(since)); !m.First.At(9, 0).After(t.now); m = m.Next() {
		t.on(t.workday(m.First.At(9, 0), 6), t.followUp)
	}
}

// work does what waits to be done in the background, but for mail: what was to be sent in
// months that are told is not sent now.
func work(ctx context.Context, a *app.App) error {
	if err := a.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `update jobs set state = 'done', ended_at = $1 where kind in ('notify.deliver', 'referral.remind')
			and state = 'ready' and run_at <= $1`, db.At(tx.Now()))
		return err
	}); err != nil {
		return err
	}
	_, err := a.Runner.Drain(ctx)
	return err
}

// followUp is a month's work on what becomes of people afterwards, at the centers and at
// the institutions that sent them.
func (t *teller) followUp(ctx context.Context) error {
	if _, err := t.app.Followups.Day(ctx, access.System("followup.day", access.JobRun)); err != nil {
		return err
	}
	var actors []access.Actor
	for _, h := range t.houses {
		if h.staffed() {
			actors = append(actors, h.of(access.SocialWork)[0].Actor)
		}
	}
	for _, area := range t.world.Areas {
		actors = append(actors, area.Actors[access.Referrer])
	}
	for _, who := range actors {
		rows, _, err := t.app.Followups.Due(ctx, who)
		if err != nil {
			return err
		}
		for _, row := range rows {
			t.asked++
			if err := t.ask(ctx, who, row.Followup, t.asked); err != nil {
				return fmt.Errorf("follow-up: %w", err)
			}
		}
	}
	return nil
}

// ask tries to learn how somebody is: most are reached, some not yet, some never, and of
// some nobody thinks in time.
func (t *teller) ask(ctx context.Context, who access.Actor, f followup.Followup, nth int) error {
	attempt := followup.AttemptForm{On: t.today().MX(), Time: "10:30", Channel: "phone", Result: "no_answer"}
	answer := followup.AnswerForm{Version: fmt.Sprint(f.Answers), On: t.today().MX(), Reached: "yes",
		Relapse: []string{"no", "no", "no", "no", "yes"}[nth%5], RelapseSource: "authority", Abstains: "yes", AbstainsSource: "self"}
	if f.Side == followup.OfInstitution {
		attempt.Channel, answer.AbstainsSource = "records", "institution"
	}
	switch nth % 8 {
	case 0: // nobody thought of it
		return nil
	case 1, 2:
		return t.app.Followups.LogAttempt(ctx, who, f.ID, attempt)
	}
	attempt.Result = "reached"
	if err := t.app.Followups.LogAttempt(ctx, who, f.ID, attempt); err != nil {
		return err
	}
	if !f.InWindow(t.today()) {
		answer.Why = "Se le localizó después de la ventana."
	}
	if err := t.app.Followups.Answer(ctx, who, f.ID, answer); err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	return nil
}
