package demo

import (
	"context"
	"fmt"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/feature/agenda"
)

// tidy plans that somebody of a center looks at what is owed: calls, notices, reports.
func (t *teller) tidy(h *house) {
	if h.tidying {
		return
	}
	h.tidying = true
	t.on(t.workday(t.clock.Now(), 1), func(ctx context.Context) error {
		h.tidying = false
		return t.attend(ctx, h)
	})
}

// attend makes the calls that are due, tells the authorities, and comes back for what
// waits for its signature.
func (t *teller) attend(ctx context.Context, h *house) error {
	calls, _, err := t.app.Agenda.CallList(ctx, h.desk)
	if err != nil {
		return err
	}
	for i, call := range calls {
		if err := t.app.Agenda.Called(ctx, h.desk, call.ID, results[(i+h.calls)%len(results)]); err != nil {
			return fmt.Errorf("call: %w", err)
		}
	}
	h.calls += len(calls)
	untold, err := t.app.Agenda.Untold(ctx, h.head)
	if err != nil {
		return err
	}
	for _, task := range untold {
		age := t.calendar.Between(clock.DateOf(task.EventAt), t.today())
		if task.Kind == agenda.TaskBreachReport && (age < 3 || t.forget(h, task)) {
			t.tidy(h)
			continue
		}
		if err := t.app.Agenda.Tell(ctx, h.head, task.ID); err != nil {
			return fmt.Errorf("telling: %w", err)
		}
		if h.told++; h.told%4 == 0 {
			t.answered(h, task)
		}
	}
	return nil
}

// forget leaves one report of the last days past its deadline, so that it is seen what
// becomes of that.
func (t *teller) forget(h *house, task agenda.Task) bool {
	if h != t.houses[0] || task.EventAt.Before(t.now.AddDate(0, 0, -11)) || h.forgot != "" && h.forgot != task.ID {
		return false
	}
	h.forgot = task.ID
	return true
}

// answered records, days later, what an authority answered.
func (t *teller) answered(h *house, task agenda.Task) {
	t.on(t.workday(t.clock.Now().Add(4*24*time.Hour), 1), func(ctx context.Context) error {
		return t.app.Agenda.Answer(ctx, h.head, task.ID, agenda.AnswerForm{On: t.today().MX(), Text: replies[h.told%len(replies)]})
	})
}
