package agenda

import (
	"context"

	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/casefile"
	"sigue/internal/platform/access"
	"sigue/internal/platform/notify"
)

// Why the program itself calls an appointment off. Nobody chooses these from a list.
const (
	reasonMoved = "case_moved"
	reasonEnded = "case_ended"
)

// EndedByProgram says why the program itself called an appointment off; zero for one that
// somebody called off.
func (a Appointment) EndedByProgram() i18n.Msg {
	switch a.EndedReason {
	case reasonMoved:
		return i18n.M("El expediente pasó a otro centro")
	case reasonEnded:
		return i18n.M("El proceso terminó")
	}
	return i18n.Msg{}
}

// caseMoved follows a case to its new center: its appointments at the old one are called
// off, and what is owed about it is owed by the new one from now on.
func (s *Service) caseMoved(ctx context.Context, m casefile.MovedCase) error {
	actor := access.System("agenda.case_moved", access.JobRun)
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		c, err := s.cases.CaseTx(ctx, tx, m.CaseID)
		if err != nil {
			return err
		}
		if c.CenterID == m.FromCenter {
			return nil // it came back meanwhile: its appointments there hold
		}
		if err := s.callOffAllTx(ctx, tx, actor, c, m.FromCenter, reasonMoved); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update tasks set center_id = $1 where case_id = $2 and center_id <> $1 and void_at is null`, c.CenterID, c.ID)
		return err
	})
}

// caseEnded calls off what is still to come of a case whose process ended.
func (s *Service) caseEnded(ctx context.Context, e casefile.EndedCase) error {
	actor := access.System("agenda.case_ended", access.JobRun)
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		c, err := s.cases.CaseTx(ctx, tx, e.CaseID)
		if err != nil {
			return err
		}
		if c.State.Open() {
			return nil // it was opened again meanwhile
		}
		return s.callOffAllTx(ctx, tx, actor, c, c.CenterID, reasonEnded)
	})
}

// callOffAllTx calls off, in the center's name, the appointments of a case at a center that
// are still to come and of which nothing is recorded. It is nobody's absence. The person
// hears of it; the hours of those who would have met him are free, and so are his places in sessions of other
// groups. Group sessions stay as
// they are: whoever left a group is on none of its later lists.
func (s *Service) callOffAllTx(ctx context.Context, tx *db.Tx, actor access.Actor, c casefile.Case, centerID, reason string) error {
	var rows []Appointment
	if err := tx.Select(ctx, &rows, `select `+appointmentColumns+` from appointments a where a.case_id = $1 and a.center_id = $2
		and a.ended_at is null and a.starts_at > $3 and not exists (select 1 from attendances t where t.appointment_id = a.id)
		order by a.starts_at, a.id`, c.ID, centerID, db.At(tx.Now())); err != nil {
		return err
	}
	for i := range rows {
		if err := s.endTx(ctx, tx, actor, &rows[i], ByCenter, reason, "appointment.cancel"); err != nil {
			return err
		}
		if err := s.tellPeopleTx(ctx, tx, actor, &rows[i], notify.VisitOff, ByCenter); err != nil {
			return err
		}
	}
	if err := s.dropSeatsTx(ctx, tx, actor, c); err != nil {
		return err
	}
	return s.nextTx(ctx, tx, c.ID)
}

// settleWithin is how far back an absence may lie whose tasks are brought up to the day.
const settleWithin = 400

// Settle brings the tasks of every case with an absence up to its mandates and the rules of
// the day: a mandate that was revoked, extended or added changes what its authority must be
// told, and it changes where no appointment does. It gives how many cases it looked at.
func (s *Service) Settle(ctx context.Context, actor access.Actor) (int, error) {
	scope, err := actor.Require(access.JobRun)
	if err != nil {
		return 0, err
	}
	var cases []string
	err = s.db.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		return tx.Select(ctx, &cases, `select t.case_id from attendances t join appointments a on a.id = t.appointment_id
			where `+scope.SQL(columns, &args)+` and t.outcome = 'absent' and a.starts_at > `+args.Add(db.At(today(tx).AddDays(-settleWithin).At(0, 0)))+`
			group by t.case_id order by t.case_id`, args...)
	})
	if err != nil {
		return 0, err
	}
	for _, id := range cases { // each in a transaction of its own: nobody waits for all of them
		if err := s.db.Tx(ctx, func(tx *db.Tx) error {
			c, err := s.cases.CaseTx(ctx, tx, id)
			if err != nil {
				return err
			}
			return s.ladderTx(ctx, tx, c)
		}); err != nil {
			return 0, err
		}
	}
	return len(cases), nil
}
