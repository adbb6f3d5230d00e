package demo

import (
	"context"
	"fmt"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/paper"
	"sigue/internal/platform/document"
)

// clear calls off what lies ahead of somebody, as the desk does before a process stops.
func (t *teller) clear(ctx context.Context, s *story, side agenda.Side, reason string) error {
	for _, v := range s.visits {
		if v.off || v.ends().Before(t.clock.Now()) {
			continue
		}
		if err := t.app.Agenda.Cancel(ctx, s.house.desk, v.id, agenda.Change{Side: string(side), Reason: reason}); err != nil {
			return fmt.Errorf("calling off: %w", err)
		}
		t.drop(s, v)
	}
	return nil
}

// drop takes a visit that was called off out of the teller's book.
func (t *teller) drop(s *story, v *visit) {
	v.off = true
	s.house.give(v.who.Account, v.at, v.minutes)
	if v.room != "" {
		s.house.give(v.room, v.at, v.minutes)
	}
}

// end keeps that nothing follows in a case.
func (t *teller) end(s *story) {
	s.over, s.stopped = true, true
	if s.course != nil {
		s.course.leave(s)
	}
}

// pause suspends a process, and mostly takes it up again weeks later.
func (t *teller) pause(ctx context.Context, s *story) error {
	if err := t.clear(ctx, s, agenda.ByPerson, "work"); err != nil {
		return err
	}
	i := s.n % len(pausing)
	back := t.today().AddDays(7 * s.pause)
	if err := t.app.Cases.Suspend(ctx, s.house.head, s.id, casefile.SuspendForm{Reason: pausing[i].reason, Note: pausing[i].why, Until: back.MX()}); err != nil {
		return err
	}
	if s.group != nil {
		if err := t.app.Cases.LeaveGroup(ctx, s.house.head, s.id, s.group.group); err != nil {
			return err
		}
	}
	s.course.leave(s)
	s.stopped = true
	t.on(t.workday(back.At(9, 0), 1), func(ctx context.Context) error {
		if s.over {
			return nil
		}
		if err := t.app.Cases.Resume(ctx, s.house.head, s.id); err != nil {
			return err
		}
		s.stopped = false
		if err := t.settle(ctx, s); err != nil {
			return err
		}
		return t.await(ctx, s.course, s)
	})
	return nil
}

// move takes a process to another center, with everything.
func (t *teller) move(ctx context.Context, s *story) error {
	to := t.neighbour(s)
	if to == nil {
		return nil
	}
	if wait := s.missedAt.AddDate(0, 0, 9); wait.After(t.clock.Now()) { // what is owed for it is done here first
		t.calmly(s, wait, t.move)
		return nil
	}
	if err := t.clear(ctx, s, agenda.ByCenter, "other"); err != nil {
		return err
	}
	s.course.leave(s)
	if err := t.app.Cases.Transfer(ctx, s.house.head, s.id, casefile.TransferForm{Center: to.house.CenterID, Reason: []string{"residence", "work"}[s.n%2]}); err != nil {
		return fmt.Errorf("transfer: %w", err)
	}
	s.house, s.course, s.slot, s.breach = to.house, to, nil, "" // its absences are the former center's
	t.on(t.workday(t.clock.Now(), 2), func(ctx context.Context) error {
		if err := t.settle(ctx, s); err != nil {
			return err
		}
		return t.await(ctx, s.course, s)
	})
	return nil
}

// neighbour is a course of another center that gives what the person's own does.
func (t *teller) neighbour(s *story) *course {
	for i := range t.houses {
		h := t.houses[(s.n+i)%len(t.houses)]
		for _, l := range h.courses {
			if s.set != nil && h != s.set.moveTo {
				continue
			}
			if h != s.house && l.component.ID == s.course.component.ID {
				return l
			}
		}
	}
	return nil
}

// discharge ends a process before its completion.
func (t *teller) discharge(ctx context.Context, s *story) error {
	if s.over {
		return nil
	}
	if err := t.clear(ctx, s, agenda.ByCenter, "other"); err != nil {
		return err
	}
	switch {
	case s.referral == "" && s.reason != "absence_limit":
		s.reason = casefile.ByOwnDecision
	case s.referral == "":
		s.reason = casefile.ByOwnDecision
	case s.reason == "revoked":
		if err := t.app.Cases.ChangeMandate(ctx, s.house.head, s.id, s.referral, casefile.MandateForm{
			Kind: casefile.Revoked, DocumentOn: t.today().AddDays(-1).MX(), Reason: "La autoridad dejó sin efecto la obligación en audiencia."}); err != nil {
			return err
		}
	}
	if err := t.app.Cases.Discharge(ctx, s.house.head, s.id, casefile.DischargeForm{Reason: s.reason, Note: departures[s.reason]}); err != nil {
		return fmt.Errorf("discharge for %s: %w", s.reason, err)
	}
	t.end(s)
	if s.n%2 == 0 {
		t.closeLater(s, 45)
	}
	if s.reason == "relocation" || s.reason == "absence_limit" {
		t.again(s)
	}
	return nil
}

// referOut sends somebody to other care.
func (t *teller) referOut(ctx context.Context, s *story) error {
	if err := t.clear(ctx, s, agenda.ByCenter, "other"); err != nil {
		return err
	}
	if err := t.app.Cases.ReferOut(ctx, s.house.head, s.id, casefile.ReferOutForm{
		To: []string{"Centro de Salud Mental de Ejemplo", "Unidad de Adicciones de Ejemplo"}[s.n%2], Note: "Necesita primero otra atención; se acordó con la persona.",
	}); err != nil {
		return err
	}
	t.end(s)
	return nil
}

// conclude completes a process with its report; most are followed up afterwards.
func (t *teller) conclude(ctx context.Context, s *story) error {
	if s.over {
		return nil
	}
	if err := t.clear(ctx, s, agenda.ByCenter, "other"); err != nil {
		return err
	}
	if err := t.report(ctx, s); err != nil {
		return err
	}
	if err := t.app.Cases.Complete(ctx, s.house.head, s.id, ""); err != nil {
		return err
	}
	if _, err := t.app.Papers.Sign(ctx, s.house.head, paper.Which{Case: s.id, Kind: document.Certificate}, paper.Text{}); err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	t.end(s)
	if s.n%4 == 0 {
		t.closeLater(s, 100)
		return nil
	}
	t.on(t.workday(t.clock.Now().AddDate(0, 0, 30), 1), func(ctx context.Context) error {
		return t.app.DB.Tx(ctx, func(tx *db.Tx) error { return t.app.Cases.FollowTx(ctx, tx, s.house.head, s.id) })
	})
	return nil
}

// closeLater closes an ended file after so many days.
func (t *teller) closeLater(s *story, days int) {
	t.on(t.workday(t.clock.Now().AddDate(0, 0, days), 1), func(ctx context.Context) error {
		return t.app.Cases.CloseFile(ctx, s.house.head, s.id)
	})
}

// told are the mandates of a process whose authorities are told of it.
func (t *teller) told(ctx context.Context, s *story) (referrals []string, err error) {
	err = t.app.DB.View(ctx, func(tx *db.Tx) error {
		referrals = nil
		mandates, err := t.app.Cases.MandatesTx(ctx, tx, s.id)
		for _, m := range mandates {
			if !m.Voluntary && !m.Revoked() {
				referrals = append(referrals, m.ReferralID)
			}
		}
		return err
	})
	return referrals, err
}

// report signs the conclusion report for each authority that the process serves, or for
// the file of who came by himself.
func (t *teller) report(ctx context.Context, s *story) error {
	told, err := t.told(ctx, s)
	if err != nil {
		return err
	}
	if len(told) == 0 {
		told = append(told, "")
	}
	for _, mandate := range told {
		w := paper.Which{Case: s.id, Kind: document.Conclusion, Mandate: mandate}
		if _, err := t.app.Papers.Sign(ctx, s.house.head, w, paper.Text{Reason: "Se dieron las sesiones del programa."}); err != nil {
			return fmt.Errorf("conclusion report: %w", err)
		}
	}
	return nil
}

// again refers somebody anew months after his discharge: the same person, a new file.
func (t *teller) again(s *story) {
	if s.referral == "" || !s.curp {
		return
	}
	t.on(t.soon(t.clock.Now().Add(60*24*time.Hour)), func(ctx context.Context) error {
		return t.refer(ctx, fresh{n: s.n + 7000, person: s.n, area: s.area, fate: acceptedWithAppointment, at: t.clock.Now()})
	})
}
