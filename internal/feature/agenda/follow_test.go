package agenda

import (
	"strings"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/feature/casefile"
	"sigue/internal/platform/access"
	"sigue/internal/platform/jobs"
)

// happened puts a job in, as the room of case files does, and lets it run twice.
func happened[T any](h *house, kind jobs.Kind[T], of T) {
	h.t.Helper()
	for range 2 {
		h.must(h.d.Tx(h.ctx, func(tx *db.Tx) error { return kind.EnqueueTx(h.ctx, tx, of, jobs.Options{}) }))
		got(h.runner.Drain(h.ctx))(h.t)
	}
}

// TestCaseMovedFreesItsAppointments: what is still to come at the old center is called off
// and free, it is nobody's absence, and what is owed of the case is owed by the new center.
func TestCaseMovedFreesItsAppointments(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(obliged)
		dates := h.sessions(id, 4)
		for _, a := range dates[:2] {
			h.after(a)
			h.mark(a, id, "absent")
		}
		h.must(h.cases.Transfer(h.ctx, h.manager, id, casefile.TransferForm{Center: h.lerma, Reason: "residence"}))
		happened(h, casefile.Moved, casefile.MovedCase{CaseID: id, FromCenter: h.toluca})

		if n := h.count(`select count(*) from appointments where ended_at is null and starts_at > $1`, db.At(h.clk.Now())); n != 0 {
			h.t.Errorf("%d appointments are still to come at the old center", n)
		}
		if n := h.count(`select count(*) from bookings b where b.appointment_id in ($1, $2)`, dates[2], dates[3]); n != 0 {
			h.t.Errorf("%d quarters stay taken", n)
		}
		if n := h.count(`select count(*) from appointments where ended_side = 'center' and ended_reason = 'case_moved'`); n != 2 {
			h.t.Errorf("%d were called off because the case moved, want 2", n)
		}
		if n := h.count(`select count(*) from attendances`); n != 2 {
			h.t.Errorf("%d attendances, want the 2 absences", n)
		}
		there := h.actor(access.CenterCoordinator, h.lerma)
		if left := got(h.Untold(h.ctx, there))(h.t); len(left) != 1 || left[0].Kind != TaskAbsenceNotice {
			h.t.Errorf("the new center reads %+v, want the notice of the second absence", left)
		}
		if left := got(h.Untold(h.ctx, h.manager))(h.t); len(left) != 0 {
			h.t.Errorf("the old center reads %+v", left)
		}
	})
}

// TestWhoLearnsOfWhatATransferCalledOff: the old center reads what is free now, without a
// name; the new one has the call to make, and records it; nobody else has either.
func TestWhoLearnsOfWhatATransferCalledOff(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(obliged)
		h.sessions(id, 2)
		h.must(h.cases.Transfer(h.ctx, h.manager, id, casefile.TransferForm{Center: h.lerma, Reason: "residence"}))
		happened(h, casefile.Moved, casefile.MovedCase{CaseID: id, FromCenter: h.toluca})
		for name, tt := range map[string]struct {
			actor      access.Actor
			off, calls int
		}{
			"who had the appointments": {h.psych, 1, 0}, "a colleague": {h.psych2, 0, 0}, "coordination": {h.manager, 1, 0},
			"reception": {h.desk, 1, 0}, "the new center": {h.away, 0, 2},
		} {
			off := got(h.CalledOff(h.ctx, tt.actor))(h.t)
			if len(off) != tt.off || len(off) == 1 && (off[0].Count != 2 || off[0].CaseID != "" || off[0].Folio != "" || off[0].Staff == "") {
				h.t.Errorf("%s reads %+v, want %d of 2 appointments, without a folio", name, off, tt.off)
			}
			calls, n := got(h.VisitCalls(h.ctx, tt.actor))(h.t), got(h.VisitCallsWaiting(h.ctx, tt.actor))(h.t)
			if len(calls) != tt.calls || n != tt.calls {
				h.t.Errorf("%s has %d calls and counts %d, want %d", name, len(calls), n, tt.calls)
			}
			for _, c := range calls {
				if c.Why != CallOff || c.Center == "" || c.Appoint != "" {
					h.t.Errorf("%s is to call for %+v", name, c)
				}
			}
		}
		call := got(h.VisitCalls(h.ctx, h.away))(h.t)[0]
		h.must(h.VisitCalled(h.ctx, h.away, call.ID, CallForm{Result: "reached"}))
		if n := got(h.VisitCallsWaiting(h.ctx, h.away))(h.t); n != 1 {
			h.t.Errorf("%d calls after one of two was made", n)
		}
		h.clk.Advance((calledOffFor + 1) * 24 * time.Hour)
		if off := got(h.CalledOff(h.ctx, h.manager))(h.t); len(off) != 0 {
			h.t.Errorf("a week later the old center still reads %+v", off)
		}
	})
}

// TestCaseEndedFreesItsAppointments: the same of a process that ended, and nothing of one
// that goes on.
func TestCaseEndedFreesItsAppointments(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(voluntarily)
		h.sessions(id, 3)
		happened(h, casefile.Ended, casefile.EndedCase{CaseID: id})
		open := func() int { return h.count(`select count(*) from appointments where ended_at is null`) }
		if n := open(); n != 3 {
			h.t.Errorf("%d appointments hold of a process that goes on, want 3", n)
		}
		h.must(h.cases.Discharge(h.ctx, h.manager, id, casefile.DischargeForm{Reason: "voluntary", Note: "Ya no quiere venir."}))
		happened(h, casefile.Ended, casefile.EndedCase{CaseID: id})
		if n := open(); n != 0 || h.count(`select count(*) from bookings`) != 0 {
			h.t.Errorf("%d appointments hold after the end", n)
		}
		if off := got(h.CalledOff(h.ctx, h.desk))(h.t); len(off) != 1 || off[0].Count != 3 || off[0].CaseID != id {
			h.t.Errorf("the reception reads %+v called off, want 3 of that case", off)
		}
		if n := h.count(`select count(*) from appointments where ended_reason = 'case_ended'`); n != 3 {
			h.t.Errorf("%d were called off because the process ended, want 3", n)
		}
	})
}

// TestARevokedMandateIsToldNothing: what was owed to an authority that revoked its order is
// owed no longer, by pressing the button, by the daily look and on the last day.
func TestARevokedMandateIsToldNothing(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(obliged)
		for _, a := range h.sessions(id, 2) {
			h.after(a)
			h.mark(a, id, "absent")
		}
		third := h.book(id, Visit{Date: "01/12/2026", Time: "10:00", Minutes: 60, Account: h.psych.Account, Room: h.room, Mode: InPerson, Component: talks})
		h.must(h.Tell(h.ctx, h.manager, got(h.Untold(h.ctx, h.manager))(h.t)[0].ID))
		h.after(third)
		h.mark(third, id, "absent")
		task := got(h.Untold(h.ctx, h.manager))(h.t)[0]
		h.must(h.cases.ChangeMandate(h.ctx, h.manager, id, task.ReferralID, casefile.MandateForm{Kind: casefile.Revoked, DocumentOn: "24/11/2026", Reason: "Lo dejó sin efecto."}))
		h.must(h.Tell(h.ctx, h.manager, task.ID))
		if n := h.count(`select count(*) from notices where kind in ('absence_told', 'breach_told')`); n != 1 {
			h.t.Errorf("%d notices to an authority that revoked its order after the first, want 1", n)
		}
		got(h.Settle(h.ctx, access.System("agenda.settle", access.JobRun)))(h.t)
		if left := got(h.Untold(h.ctx, h.manager))(h.t); len(left) != 0 {
			h.t.Errorf("left to tell: %+v", left)
		}
	})
}

// TestCase2EachAuthorityItsOwn: of two authorities of one person each hears of the absences
// inside its own mandate alone, counted for itself, and one that revoked its order of none
// (DOMAIN 10, case 2).
func TestCase2EachAuthorityItsOwn(t *testing.T) {
	each(t, func(h *house) {
		h.exec(`update centers set capacity = 900 where id = $1`, h.toluca)
		id := h.planned(obliged)
		a := h.text(`select referral_id from case_mandates where case_file_id = $1`, id)
		dates := h.sessions(id, 5) // 25, 26, 27, 30 November, 1 December
		b := h.joined(id, clock.MustDate("2026-11-27"), clock.MustDate("2027-03-01"))
		told := func(referral string) string {
			h.t.Helper()
			return strings.Join(h.texts(`select kind || ' ' || a.starts_at from tasks k join appointments a on a.id = k.appointment_id
				where k.referral_id = $1 and k.void_at is null order by a.starts_at`, referral), ", ")
		}
		for i, want := range []struct{ a, b int }{{0, 0}, {1, 0}, {2, 0}, {3, 1}} {
			h.after(dates[i])
			h.mark(dates[i], id, "absent")
			if n := [2]int{h.count(`select count(*) from tasks where referral_id = $1 and void_at is null`, a),
				h.count(`select count(*) from tasks where referral_id = $1 and void_at is null`, b)}; n != [2]int{want.a, want.b} {
				h.t.Errorf("after %d absences A is owed %d words and B %d, want %d and %d (A: %s; B: %s)", i+1, n[0], n[1], want.a, want.b, told(a), told(b))
			}
		}
		h.must(h.cases.ChangeMandate(h.ctx, h.manager, id, a, casefile.MandateForm{Kind: casefile.Revoked, DocumentOn: "30/11/2026", Reason: "Lo dejó sin efecto."}))
		h.after(dates[4])
		h.mark(dates[4], id, "absent")
		if n := h.count(`select count(*) from tasks where referral_id = $1 and void_at is null`, a); n != 0 {
			h.t.Errorf("A revoked its order and is owed %d words", n)
		}
		if got := h.texts(`select kind from tasks where referral_id = $1 and void_at is null order by event_at`, b); strings.Join(got, " ") != "absence_notice breach_report" {
			h.t.Errorf("B is owed %v, want a notice of its second absence and the report of its third", got)
		}
	})
}

// TestCase2JoinedLate: an authority whose order joins a process hears nothing of what was
// missed before, also when its order names no first day.
func TestCase2JoinedLate(t *testing.T) {
	each(t, func(h *house) {
		h.exec(`update centers set capacity = 900 where id = $1`, h.toluca)
		id := h.planned(obliged)
		dates := h.sessions(id, 4)
		for _, d := range dates[:3] {
			h.after(d)
			h.mark(d, id, "absent")
		}
		h.clk.Advance(24 * time.Hour)
		b := h.joined(id, clock.Date{}, clock.MustDate("2027-03-01"))
		h.after(dates[3])
		h.mark(dates[3], id, "absent")
		if got := h.texts(`select kind from tasks where referral_id = $1 and void_at is null order by event_at`, b); len(got) != 0 {
			h.t.Errorf("B is owed %v of its first absence and those before it came", got)
		}
	})
}
