package agenda

import (
	"context"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/platform/access"
)

// Fact is an appointment of one case at which his attendance was recorded, as papers tell
// of it.
type Fact struct {
	Appointment `db:""`
	Outcome     Outcome `db:"outcome"`
	ExcusedAt   db.Time `db:"excused_at"`
}

// Excused tells whether an absence was justified.
func (f Fact) Excused() bool { return f.Outcome == Missed && !f.ExcusedAt.IsZero() }

// Unexcused tells whether he was absent and nothing justifies it.
func (f Fact) Unexcused() bool { return f.Outcome == Missed && f.ExcusedAt.IsZero() }

// Mark is the attendance in one word.
func (f Fact) Mark() Outcome {
	if f.Excused() {
		return Excused
	}
	return f.Outcome
}

// FactsTx gives the recorded attendances of a case, oldest first, without those of
// appointments that were moved or called off. The caller has reached the case with his
// own permission.
func (s *Service) FactsTx(ctx context.Context, tx *db.Tx, caseID string) ([]Fact, error) {
	var facts []Fact
	err := tx.Select(ctx, &facts, `select `+appointmentColumns+`, t.outcome, t.excused_at
		from attendances t join appointments a on a.id = t.appointment_id
		where t.case_id = $1 and a.ended_at is null order by a.starts_at, a.id`, caseID)
	return facts, err
}

// Duty is an open task towards an authority, without names.
type Duty struct {
	Kind          TaskKind
	ReferralID    string
	AppointmentID string
	Due           clock.Status
}

// DutiesTx gives what the authorities of a case have not been told, soonest due first. The
// caller has reached the case with his own permission.
func (s *Service) DutiesTx(ctx context.Context, tx *db.Tx, caseID string) ([]Duty, error) {
	var rows []taskRow
	if err := tx.Select(ctx, &rows, `select `+taskColumns+` from tasks k where k.case_id = $1 and k.kind <> 'call'
		and k.done_at is null and k.void_at is null order by k.due_on, k.id`, caseID); err != nil {
		return nil, err
	}
	duties := make([]Duty, len(rows))
	for i, r := range rows {
		cal, err := s.catalogue.CalendarTx(ctx, tx, r.CenterID)
		if err != nil {
			return nil, err
		}
		duties[i] = Duty{r.Kind, r.ReferralID, r.AppointmentID, clock.Deadline{Due: r.DueOn}.Status(tx.Now(), cal)}
	}
	return duties, nil
}

// RosterTx gives an appointment inside a scope with its people: the person, or the members
// of the group on its day. A sealed file is named by its folio alone.
func (s *Service) RosterTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, id string) (*Appointment, []Line, error) {
	return s.rollTx(ctx, tx, actor, scope, id)
}
