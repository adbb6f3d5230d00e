package agenda

import (
	"context"
	"slices"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
)

// Why the program itself calls an appointment off. Nobody chooses these from a list.
const (
	reasonMoved = "case_moved"
	reasonEnded = "case_ended"
	reasonGroup = "group_closed"
)

// EndedByProgram says why the program itself called an appointment off; zero for one that
// somebody called off.
func (a Appointment) EndedByProgram() i18n.Msg {
	switch a.EndedReason {
	case reasonMoved:
		return i18n.M("El expediente pasó a otro centro")
	case reasonEnded:
		return i18n.M("El proceso terminó")
	case reasonGroup:
		return i18n.M("El grupo terminó")
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

// groupChanged follows a group that ended or whose staff changed: the sessions to come of
// an ended one are called off, and nobody is in it any more; those of another are led by
// whoever leads it on that day.
func (s *Service) groupChanged(ctx context.Context, m program.ChangedGroup) error {
	actor := access.System("agenda.group_changed", access.JobRun)
	var g program.Group
	var staff []program.Staff
	var rows []Appointment
	if err := s.db.View(ctx, func(tx *db.Tx) error {
		var err error
		if g, err = s.programs.GroupTx(ctx, tx, m.GroupID); err != nil {
			return err
		}
		if staff, err = s.programs.StaffTx(ctx, tx, g.ID); err != nil {
			return err
		}
		rows, err = sessionsTx(ctx, tx, g.ID, `a.ended_at is null and a.starts_at > $2 and not exists (
			select 1 from attendances t where t.appointment_id = a.id)`, db.At(tx.Now()))
		return err
	}); err != nil {
		return err
	}
	if g.Closed() {
		return s.db.Tx(ctx, func(tx *db.Tx) error { return s.groupEndedTx(ctx, tx, actor, g, rows) })
	}
	for _, a := range rows {
		err := s.db.Tx(ctx, func(tx *db.Tx) error { return s.ledTx(ctx, tx, actor, a, staff) })
		if fault.Is(err, fault.Conflict) {
			continue // who follows is taken at that hour: the session stays with who had it, to be covered
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// groupEndedTx calls off, in the center's name, what a group will not give any more.
func (s *Service) groupEndedTx(ctx context.Context, tx *db.Tx, actor access.Actor, g program.Group, rows []Appointment) error {
	for i := range rows {
		if err := s.endTx(ctx, tx, actor, &rows[i], ByCenter, reasonGroup, "appointment.cancel"); err != nil {
			return err
		}
		if err := s.tellPeopleTx(ctx, tx, actor, &rows[i], notify.VisitOff, ByCenter); err != nil {
			return err
		}
	}
	if len(rows) > 0 {
		if err := s.nextOfGroupTx(ctx, tx, g.ID, rows[len(rows)-1].Day()); err != nil {
			return err
		}
	}
	return s.cases.EmptyGroupTx(ctx, tx, actor, g.ID)
}

// ledTx puts whoever leads a group on the day of a session in the place of who leads it on
// other days. Somebody who only covers that session stays.
func (s *Service) ledTx(ctx context.Context, tx *db.Tx, actor access.Actor, a Appointment, staff []program.Staff) error {
	leads := func(account string, role program.StaffRole, day bool) bool {
		return slices.ContainsFunc(staff, func(one program.Staff) bool {
			return one.Account == account && one.Role == role && (!day || one.On(a.Day()))
		})
	}
	follow := func(now string, role program.StaffRole) string {
		if leads(now, role, true) || !leads(now, role, false) {
			return now
		}
		for _, one := range staff {
			if one.Role == role && one.On(a.Day()) {
				return one.Account
			}
		}
		return now
	}
	next := a
	next.Account, next.CoAccount = follow(a.Account, program.Lead), follow(a.CoAccount, program.CoLead)
	if next.Account == a.Account && next.CoAccount == a.CoAccount || next.Account == next.CoAccount {
		return nil
	}
	if _, err := tx.Exec(ctx, `update appointments set account_id = $1, co_account_id = $2, version = version + 1 where id = $3 and ended_at is null`,
		next.Account, next.CoAccount, a.ID); err != nil {
		return err
	}
	if err := s.retakeTx(ctx, tx, &next); err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, a.entry("appointment.cover",
		ledger.Change{Field: "account", Before: a.Account, After: next.Account}, ledger.Change{Field: "co_account", Before: a.CoAccount, After: next.CoAccount}))
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
