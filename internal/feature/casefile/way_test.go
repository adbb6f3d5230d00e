package casefile

import (
	"slices"
	"sync"
	"testing"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/access"
)

const why = "Motivo ficticio y suficiente."

// TestWay takes one case all the way from acceptance to its end.
func TestWay(t *testing.T) {
	each(t, func(h *house) {
		r := h.sent(h.clerkA, obliged, "", "35")
		id := h.accept(r)
		step := func(want State, err error) {
			h.t.Helper()
			h.must(err)
			if is := h.state(id); is != want {
				h.t.Fatalf("state %s, want %s", is, want)
			}
			if is := h.text(`select case_state from referrals where id = $1`, r); is != string(want) {
				h.t.Errorf("the authority reads %s, want %s", is, want)
			}
			h.clk.Advance(time.Hour)
		}
		step(ToSchedule, nil)
		for range 2 {
			step(Scheduled, h.d.Tx(h.ctx, func(tx *db.Tx) error { return h.ScheduledTx(h.ctx, tx, h.desk, id, h.clk.Now()) }))
			step(ToSchedule, h.d.Tx(h.ctx, func(tx *db.Tx) error { return h.NoShowTx(h.ctx, tx, h.desk, id, h.clk.Now()) }))
		}
		step(Scheduled, h.d.Tx(h.ctx, func(tx *db.Tx) error { return h.ScheduledTx(h.ctx, tx, h.desk, id, h.clk.Now()) }))
		step(InAssessment, h.d.Tx(h.ctx, func(tx *db.Tx) error { return h.PresentedTx(h.ctx, tx, h.psych, id, h.clk.Now()) }))
		step(InAssessment, h.AcceptNotice(h.ctx, h.desk, id, NoticeForm{Lang: "spanish", How: "signed"}))
		step(InAssessment, h.Commit(h.ctx, h.social, id, "23/11/2026"))
		step(WaitingList, h.PutOnWaitingList(h.ctx, h.manager, id))
		step(Active, h.AdmitTo(h.ctx, h.manager, id, AdmitForm{Version: h.version("CeDeMas+").ID, StartsOn: "24/11/2026"}))
		step(Suspended, h.Suspend(h.ctx, h.manager, id, SuspendForm{Reason: "illness", Note: why}))
		step(Active, h.Resume(h.ctx, h.manager, id))
		h.refused("complete without a report", h.Complete(h.ctx, h.manager, id, ""), fault.Conflict, "")
		step(Active, h.d.Tx(h.ctx, func(tx *db.Tx) error { return h.ReportTx(h.ctx, tx, h.manager, id, db.NewID()) }))
		h.refused("complete without attendance", h.Complete(h.ctx, h.manager, id, ""), fault.Invalid, "override")
		h.deliver(id, 20, 8) // of 20 and 15: 80 %
		step(Completed, h.Complete(h.ctx, h.manager, id, ""))
		step(InFollowup, h.d.Tx(h.ctx, func(tx *db.Tx) error { return h.FollowTx(h.ctx, tx, h.manager, id) }))
		step(Closed, h.CloseFile(h.ctx, h.manager, id))
		want := []string{"referral_submitted", "referral_accepted", "case_no_show", "case_no_show", "case_presented", "case_admitted",
			"case_suspended", "case_resumed", "case_completed"}
		if told := h.told(r); !slices.Equal(told, want) {
			h.t.Errorf("the authority was told %v, want %v", told, want)
		}
	})
}

// TestNeverPresented counts first appointments up to the limit of the rules.
func TestNeverPresented(t *testing.T) {
	each(t, func(h *house) {
		id := h.case1(obliged)
		for range 3 {
			h.tx(func(tx *db.Tx) error { return h.ScheduledTx(h.ctx, tx, h.desk, id, h.clk.Now()) })
			h.clk.Advance(time.Hour)
			h.tx(func(tx *db.Tx) error { return h.NoShowTx(h.ctx, tx, h.desk, id, h.clk.Now()) })
		}
		if s, r := h.state(id), h.text(`select discharge_reason from case_files where id = $1`, id); s != Discharged || r != NeverPresented {
			h.t.Errorf("after three: %s, %s", s, r)
		}
	})
}

// TestOpenOnce follows one acceptance twice.
func TestOpenOnce(t *testing.T) {
	each(t, func(h *house) {
		r := h.sent(h.clerkA, obliged, curp, "")
		id := h.accept(r)
		system := access.System("test", access.JobRun)
		h.must(h.FollowReferral(h.ctx, system, r))
		h.tx(func(tx *db.Tx) error {
			again, err := h.OpenTx(h.ctx, tx, h.desk, r)
			if again != id {
				h.t.Errorf("opened again as %s, want %s", again, id)
			}
			return err
		})
		if n := h.count(`select count(*) from case_files`); n != 1 {
			h.t.Fatalf("%d case files of one referral", n)
		}
	})
}

// TestCase10ReEntry opens a new file of the same person after a discharge.
func TestCase10ReEntry(t *testing.T) {
	each(t, func(h *house) {
		id := h.active(h.accept(h.sent(h.clerkA, obliged, curp, "")))
		h.must(h.Discharge(h.ctx, h.manager, id, DischargeForm{Reason: "relocation", Note: why}))
		again := h.accept(h.sent(h.clerkA, obliged, curp, ""))
		if again == id {
			h.t.Error("a re-entry took up the discharged file")
		}
		if a, b := h.text(`select person_id from case_files where id = $1`, id), h.text(`select person_id from case_files where id = $1`, again); a != b {
			h.t.Error("a re-entry is another person")
		}
		if s, p := h.state(again), h.plan(again); s != ToSchedule || p != nil || h.state(id) != Discharged {
			h.t.Errorf("the new file is %s with the plan %v", s, p)
		}
	})
}

// TestCase8VoluntaryDropOut: nobody is told, and it is a reason only without an
// obligation.
func TestCase8VoluntaryDropOut(t *testing.T) {
	each(t, func(h *house) {
		r := h.sent(h.clerkA, voluntarily, "", "")
		before := len(h.told(r)) + 1 // accepted
		id := h.active(h.accept(r))
		h.must(h.Discharge(h.ctx, h.manager, id, DischargeForm{Reason: ByOwnDecision, Note: why}))
		if told := h.told(r); len(told) != before {
			h.t.Errorf("about a voluntary person the institution was told %v", told)
		}
		if s := h.text(`select case_state from referrals where id = $1`, r); s != "" {
			h.t.Errorf("the institution reads %q", s)
		}
		other := h.active(h.case1(obliged))
		h.refused("own decision under an order", h.Discharge(h.ctx, h.manager, other, DischargeForm{Reason: ByOwnDecision, Note: why}), fault.Invalid, "reason")
	})
}

// TestWithdrawn revokes the mandate of a referral that its authority withdrew.
func TestWithdrawn(t *testing.T) {
	each(t, func(h *house) {
		r := h.sent(h.clerkA, obliged, "", "")
		id := h.active(h.accept(r))
		h.must(h.referrals.Withdraw(h.ctx, h.clerkA, r, referral.Motive{Reason: "mistake"}))
		h.drain()
		v := got(h.Open(h.ctx, h.manager, id))(h.t)
		if !v.Mandates[0].Revoked() || !v.Voluntary || v.State != Active {
			h.t.Errorf("after the withdrawal: %+v", v.Case)
		}
	})
}

// TestCase25TwoAcceptances opens one case file for a person whom several authorities
// referred and whose referrals are accepted at one instant; whoever came by himself twice
// has one too.
func TestCase25TwoAcceptances(t *testing.T) {
	each(t, func(h *house) {
		system := access.System("test", access.JobRun)
		var sent []string
		for i := range 4 {
			r := h.sent([]access.Actor{h.clerkA, h.clerkB}[i%2], obliged, curp, "")
			h.must(h.referrals.Accept(h.ctx, h.desk, r))
			sent = append(sent, r)
		}
		h.together(len(sent), func(i int) error { return h.FollowReferral(h.ctx, system, sent[i]) })
		if files, mandates := h.count(`select count(*) from case_files`), h.count(`select count(*) from case_mandates`); files != 1 || mandates != len(sent) {
			h.t.Errorf("%d case files with %d mandates, want 1 with %d", files, mandates, len(sent))
		}
		w := WalkIn{GivenNames: "Íñigo", Surname1: "Ñandú", CURP: "XAEP920708HMCNJD01", BirthDate: "08/07/1992", Sex: "H", Municipality: "15106", SafeMessage: "no"}
		refused := 0
		for _, err := range h.together(4, func(int) error { _, err := h.StartVoluntary(h.ctx, h.desk, w); return err }) {
			if fault.Is(err, fault.Conflict) {
				refused++
			}
		}
		if files := h.count(`select count(*) from case_files`); files != 2 || refused != 3 {
			h.t.Errorf("%d case files, %d refused: one walk-in sent four times opens one", files-1, refused)
		}
	})
}

// together does something n times at one instant; what is no conflict must succeed.
func (h *house) together(n int, do func(i int) error) []error {
	h.t.Helper()
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = do(i) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil && !fault.Is(err, fault.Conflict) {
			h.t.Errorf("at one instant: %v", err)
		}
	}
	return errs
}
