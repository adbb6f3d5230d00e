package demo

import (
	"context"
	"fmt"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/casefile"
	"sigue/internal/platform/document"
	"sigue/internal/platform/folio"
	"sigue/internal/platform/ledger"
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
	weeks := 3 + s.dice.IntN(6)
	back := t.today().AddDays(7 * weeks)
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
	if err := t.clear(ctx, s, agenda.ByCenter, "other"); err != nil {
		return err
	}
	s.course.leave(s)
	if err := t.app.Cases.Transfer(ctx, s.house.head, s.id, casefile.TransferForm{Center: to.house.CenterID, Reason: []string{"residence", "work"}[s.n%2]}); err != nil {
		return fmt.Errorf("transfer: %w", err)
	}
	s.house, s.course, s.slot = to.house, to, nil
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

// report issues the conclusion report of a process.
func (t *teller) report(ctx context.Context, s *story) error {
	return t.app.DB.Tx(ctx, func(tx *db.Tx) error {
		c, err := t.app.Cases.CaseTx(ctx, tx, s.id)
		if err != nil {
			return err
		}
		i := document.Issue{Kind: document.Conclusion, Center: c.CenterID, Subject: ledger.Subject{Type: "case", ID: s.id}}
		name, authority, number := c.Folio, "la persona", "sin número"
		if s.referral != "" {
			o, err := t.app.Referrals.OrderTx(ctx, tx, s.referral)
			if err != nil {
				return err
			}
			i.Institution, i.Area, i.Subject = o.InstitutionID, o.AreaID, ledger.Subject{Type: "referral", ID: s.referral}
			name, number, authority = o.Folio, o.CaseValue, "quien canalizó"
		}
		if i.Folio, err = folio.Parse(name); err != nil {
			return err
		}
		if i.Key, err = t.app.Vault.KeyTx(ctx, tx, c.KeyID); err != nil {
			return err
		}
		done, of := s.progress()
		if i.Content, err = t.app.Documents.WordTx(ctx, tx, document.Conclusion, document.Fields{
			document.FieldPerson: c.Person, document.FieldAuthority: authority, document.FieldCase: number, document.FieldFolio: name,
			document.FieldCenter: s.house.Name, document.FieldSigner: "Coordinación del centro", document.FieldProgram: s.plan.ProgramName,
			document.FieldPrescribed: fmt.Sprint(of), document.FieldAttended: fmt.Sprint(done), document.FieldStart: clock.DateOf(c.Facts.AdmittedAt).MX(),
			document.FieldEnd: t.today().MX(), document.FieldReason: "Se dieron las sesiones del programa.",
		}); err != nil {
			return err
		}
		doc, err := t.app.Documents.IssueTx(ctx, tx, s.house.head, i)
		if err != nil {
			return err
		}
		return t.app.Cases.ReportTx(ctx, tx, s.house.head, s.id, doc.ID)
	})
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
