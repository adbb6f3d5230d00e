package casefile

import (
	"context"
	"slices"

	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/identity"
	"sigue/internal/feature/person"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// CopiedTx keeps that an actor asked for a copy of a whole case file, with the reason that
// he wrote: it stands in the ledger, and the center is told. NotFound outside the scope,
// which comes from the caller's own Require.
func (s *Service) CopiedTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, id, typed string) (c Case, reason string, err error) {
	r, err := load(ctx, tx, actor, scope, id)
	if err != nil {
		return Case{}, "", err
	}
	if reason, err = readingReason(typed); err != nil {
		return r.asCase(), "", err
	}
	return r.asCase(), reason, s.readTx(ctx, tx, actor, r, "case_copy.read", reason)
}

// Whole reads a case file part by part, everything that it holds, inside one transaction.
// What of it may be handed to whom is the caller's to say.
type Whole struct {
	s  *Service
	tx *db.Tx
	r  *record
}

// WholeTx gives the parts of a case file to a caller who makes a copy of it for somebody
// who asked with [Service.CopiedTx].
func (s *Service) WholeTx(ctx context.Context, tx *db.Tx, id string) (*Whole, error) {
	r, err := byID(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	return &Whole{s, tx, r}, nil
}

// Case is the file without its texts.
func (w *Whole) Case() Case { return w.r.asCase() }

// Person is the person as the center knows him.
func (w *Whole) Person(ctx context.Context) (person.Person, error) {
	return person.ByIDTx(ctx, w.tx, w.r.PersonID)
}

// Mandates are all, with what their authorities changed, newest change first.
func (w *Whole) Mandates(ctx context.Context) ([]MandateView, error) {
	all, err := w.s.MandatesTx(ctx, w.tx, w.r.ID)
	if err != nil {
		return nil, err
	}
	plan, err := w.Plan(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]MandateView, len(all))
	for i, m := range all {
		out[i] = MandateView{Mandate: m, Progress: m.Of(plan.Progress())}
		if out[i].Changes, err = w.s.changesTx(ctx, w.tx, w.r, m.ReferralID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Intake is what the person accepted when he came.
func (w *Whole) Intake(ctx context.Context) (Intake, error) { return intakeTx(ctx, w.tx, w.r.ID) }

// Amendments are what the center corrected about the person.
func (w *Whole) Amendments(ctx context.Context) ([]Amendment, error) {
	return w.s.amendmentsTx(ctx, w.tx, w.r)
}

// Assessments are those of all areas, newest first.
func (w *Whole) Assessments(ctx context.Context) ([]Assessment, error) {
	return w.s.assessmentsTx(ctx, w.tx, w.r)
}

// Risks are all levels with their reasons, newest first.
func (w *Whole) Risks(ctx context.Context) ([]Risk, error) {
	return w.s.risksTx(ctx, w.tx, w.r, true)
}

// Notes are those of all areas with all their versions, the newest first.
func (w *Whole) Notes(ctx context.Context) ([]Note, error) {
	var out []Note
	for _, area := range FileAreas {
		notes, err := w.s.notesTx(ctx, w.tx, following, w.r, area)
		if err != nil {
			return nil, err
		}
		out = append(out, notes...)
	}
	return out, nil
}

// Plan is what the person follows; nil before admission.
func (w *Whole) Plan(ctx context.Context) (*Plan, error) { return w.s.PlanTx(ctx, w.tx, w.r.ID) }

// Groups are those to which the person belongs or belonged; nobody else of them is named.
func (w *Whole) Groups(ctx context.Context) ([]Membership, error) {
	return w.s.membershipsTx(ctx, w.tx, w.r)
}

// Decisions are those of the coordination with what it wrote, newest first.
func (w *Whole) Decisions(ctx context.Context) ([]Decision, error) {
	return w.s.decisionsTx(ctx, w.tx, w.r)
}

// Events are the history, oldest first, as far as a function keeps the action of the ledger.
func (w *Whole) Events(ctx context.Context, keep func(action string) bool) ([]Event, error) {
	records, err := ledger.HistoryTx(ctx, w.tx, w.r.subject())
	if err != nil {
		return nil, err
	}
	records = slices.DeleteFunc(records, func(rec ledger.Record) bool { return eventText(rec.Action).IsZero() || !keep(rec.Action) })
	who, err := w.s.identity.WhoTx(ctx, w.tx, ledger.Actors(records))
	if err != nil {
		return nil, err
	}
	out := make([]Event, len(records))
	for i, rec := range records {
		out[i] = Event{At: rec.At.Time, What: eventText(rec.Action), Who: who[rec.Actor].Post}
	}
	return out, nil
}

// Readers are who has read the file, newest first.
func (w *Whole) Readers(ctx context.Context) ([]identity.Reader, error) {
	return w.s.identity.ReadersTx(i18n.With(ctx, i18n.Spanish), w.tx, w.r.subject(), readText)
}
