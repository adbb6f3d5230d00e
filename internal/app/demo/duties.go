package demo

import (
	"context"
	"fmt"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/paper"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
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
		switch {
		case task.Kind == agenda.TaskBreachReport && (age < 3 || t.forget(h, task)), task.Kind == agenda.TaskCorrection && age < 2:
			t.tidy(h)
			continue
		case task.Kind == agenda.TaskBreachReport, task.Kind == agenda.TaskAbsenceNotice && t.byLetter(h, task):
			err = t.sign(ctx, h, task)
		case task.Kind == agenda.TaskCorrection:
			if err = t.sign(ctx, h, task); fault.Is(err, fault.Conflict) { // no document told of that absence
				err = t.app.Agenda.Tell(ctx, h.head, task.ID)
			}
		default:
			err = t.app.Agenda.Tell(ctx, h.head, task.ID)
		}
		if err != nil {
			return fmt.Errorf("telling of %s: %w", task.Kind, err)
		}
		if h.told++; h.told%4 == 0 {
			t.answered(h, task)
		}
	}
	return nil
}

// byLetter tells whether an authority is told of an absence with a signed document, where
// mostly the notice is enough.
func (t *teller) byLetter(h *house, task agenda.Task) bool {
	s := t.whole()
	return h.told%6 == 2 || s != nil && s.id == task.CaseID
}

// owed is the document that a task waits for.
func owed(task agenda.Task) paper.Which {
	kind, _ := paper.KindOfTask(task.Kind)
	return paper.Which{Case: task.CaseID, Kind: kind, Mandate: task.ReferralID, Occasion: task.AppointmentID}
}

// reasons is what is written into what a task waits for.
var reasons = map[agenda.TaskKind]string{
	agenda.TaskBreachReport: "Se llamó a la persona después de cada falta; no justificó ninguna.",
	agenda.TaskCorrection:   "La persona entregó después el comprobante: la falta queda justificada y ya no cuenta.",
}

// sign signs the document that a task waits for.
func (t *teller) sign(ctx context.Context, h *house, task agenda.Task) error {
	v, err := t.app.Papers.Open(ctx, h.head, owed(task))
	if err != nil {
		return err
	}
	_, err = t.app.Papers.Sign(ctx, h.head, owed(task), paper.Text{Reason: reasons[task.Kind], Revision: v.Revision})
	return err
}

// papers tells whether somebody was given everything in writing.
func (s *story) papers() bool { return s.n%4 == 1 }

// welcome is the paper of an admission: the letter that he signs, and the report to each
// authority.
func (t *teller) welcome(ctx context.Context, s *story) error {
	if _, err := t.app.Papers.Letter(ctx, s.house.desk, s.id); err != nil {
		return fmt.Errorf("commitment letter: %w", err)
	}
	told, err := t.told(ctx, s)
	if err != nil {
		return err
	}
	for _, mandate := range told {
		w := paper.Which{Case: s.id, Kind: document.IntakeReport, Mandate: mandate}
		if _, err := t.app.Papers.Sign(ctx, s.house.head, w, paper.Text{}); err != nil {
			return fmt.Errorf("intake report: %w", err)
		}
	}
	return nil
}

// prepare writes some of the breach reports that are owed, and leaves them to be signed.
func (t *teller) prepare(ctx context.Context, h *house) error {
	untold, err := t.app.Agenda.Untold(ctx, h.head)
	if err != nil {
		return err
	}
	for i, task := range untold {
		if task.Kind != agenda.TaskBreachReport || i%3 == 2 {
			continue
		}
		if err := t.app.Papers.Send(ctx, h.of(access.Legal)[0].Actor, owed(task), paper.Text{Reason: reasons[task.Kind]}); err != nil {
			return fmt.Errorf("preparing a report: %w", err)
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
