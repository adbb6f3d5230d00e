package casefile

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/program"
)

// TestCase2TwoAuthorities: one process, two mandates, and no trace of one in what
// the other reads, byte for byte.
func TestCase2TwoAuthorities(t *testing.T) {
	each(t, func(h *house) {
		a := h.sent(h.clerkA, obliged, curp, "35")
		id := h.active(h.accept(a))
		h.deliver(id, 6, 4)
		page := func() string {
			h.t.Helper()
			v := got(h.referrals.Open(h.ctx, h.clerkA, a))(h.t)
			panel := got(json.Marshal(v))(h.t)
			return string(panel)
		}
		before, told := page(), len(h.told(a))
		b := h.sent(h.clerkB, obliged, curp, "20")
		if joined := h.accept(b); joined != id {
			h.t.Fatalf("the second referral of the same person opened %s", joined)
		}
		if after := page(); after != before || len(h.told(a)) != told {
			h.t.Errorf("A reads another page since B joined:\n%s\nwas\n%s", after, before)
		}
		read := func(r string) (done, of int) {
			return h.count(`select sessions_done from referrals where id = $1`, r), h.count(`select sessions_of from referrals where id = $1`, r)
		}
		if done, of := read(b); done != 0 || of != 20 {
			h.t.Errorf("on its first day B reads %d of %d: what came before it joined is a trace of A", done, of)
		}
		h.deliver(id, 8, 5)
		if done, of := read(a); done != 13 || of != 35 {
			h.t.Errorf("A reads %d of %d, want 13 of 35", done, of)
		}
		if done, of := read(b); done != 3 || of != 20 {
			h.t.Errorf("B reads %d of %d, want 3 of 20", done, of)
		}
		// What the center corrects shows in nobody's referral.
		h.must(h.Amend(h.ctx, h.desk, id, AmendForm{Field: "phone", Value: "722 555 0999", Reason: "Cambió de teléfono."}))
		for _, r := range []string{a, b} {
			if n := h.count(`select count(*) from referrals r join persons p on p.id = r.person_id where r.id = $1 and p.phone like '%0999'`, r); n != 0 {
				h.t.Error("an authority reads the phone that the center wrote")
			}
		}
	})
}

// TestCase9MandateExtendedOrRevoked extends, reduces and revokes what B ordered, which A
// must not notice; each change is kept with its document.
func TestCase9MandateExtendedOrRevoked(t *testing.T) {
	each(t, func(h *house) {
		a, b := h.sent(h.clerkA, obliged, curp, "35"), h.sent(h.clerkB, obliged, curp, "20")
		id := h.active(h.accept(a))
		h.accept(b)
		toldA, toldB := len(h.told(a)), len(h.told(b))
		change := func(kind, until, sessions string) error {
			return h.ChangeMandate(h.ctx, h.manager, id, b, MandateForm{Kind: kind, DocumentOn: "20/11/2026", Until: until, Sessions: sessions, Reason: why})
		}
		h.must(change(Extended, "20/12/2027", "30"))
		if of := h.count(`select sessions_of from referrals where id = $1`, b); of != 30 {
			h.t.Errorf("B ordered 30 and reads of %d", of)
		}
		h.refused("a change that is none", change(Extended, "", ""), fault.Invalid, "until")
		h.refused("an extension that shortens", change(Extended, "20/11/2027", ""), fault.Invalid, "kind")
		h.refused("a reduction that adds", change(Reduced, "", "31"), fault.Invalid, "kind")
		h.must(change(Reduced, "", "25"))
		h.must(change(Revoked, "", ""))
		h.refused("revoked twice", change(Revoked, "", ""), fault.Conflict, "")
		if v := got(h.Open(h.ctx, h.manager, id))(h.t); v.State != Active || v.Voluntary {
			h.t.Errorf("after B revoked: %s, voluntary %v", v.State, v.Voluntary)
		}
		if n := len(h.told(b)); n != toldB+2 { // of the new terms; the revocation is its own
			h.t.Errorf("B was told %d times, want %d", n, toldB+2)
		}
		if n := len(h.told(a)); n != toldA {
			h.t.Errorf("A was told %v about the mandate of B", h.told(a))
		}
		h.changes(id, b, "revoked 25-25 2027-12-20", "reduced 30-25 2027-12-20", "extended 20-30 2027-12-20")
		h.changes(id, a)
	})
}

// changes checks what the page of a mandate tells of its changes, newest first.
func (h *house) changes(id, referral string, want ...string) {
	h.t.Helper()
	v := got(h.OpenMandate(h.ctx, h.manager, id, referral))(h.t)
	var read []string
	for _, m := range v.Mandates {
		for _, c := range m.Changes {
			read = append(read, fmt.Sprintf("%s %d-%d %s", c.Kind, c.SessionsBefore, c.SessionsAfter, c.UntilAfter))
			if c.Reason != why || c.DocumentOn != clock.MustDate("2026-11-20") || c.Who == "" || m.ReferralID != referral {
				h.t.Errorf("a change reads %+v", c)
			}
		}
	}
	if !slices.Equal(read, want) {
		h.t.Errorf("the mandate of %s tells %q, want %q", referral, read, want)
	}
}

// TestDecisions reads what the coordination wrote when it decided, and keeps the reading.
func TestDecisions(t *testing.T) {
	each(t, func(h *house) {
		id := h.active(h.case1(obliged))
		h.must(h.Suspend(h.ctx, h.manager, id, SuspendForm{Reason: "illness", Note: "Está en el hospital.", Until: "01/12/2026"}))
		h.clk.Advance(time.Hour)
		h.must(h.Resume(h.ctx, h.manager, id))
		h.clk.Advance(time.Hour)
		h.must(h.Transfer(h.ctx, h.manager, id, TransferForm{Center: h.lerma, Reason: "residence"}))
		h.clk.Advance(time.Hour)
		h.must(h.Discharge(h.ctx, h.awayManager, id, DischargeForm{Reason: "relocation", Note: "Se fue a otro estado."}))
		h.follows("case.ended", `{"case_id":"`+id+`"}`)
		_, err := h.Decisions(h.ctx, h.manager, id)
		h.refused("the old center", err, fault.NotFound, "")
		v := got(h.Decisions(h.ctx, h.awayManager, id))(h.t)
		var read []string
		for _, d := range v.Decisions {
			read = append(read, d.Reason+" "+d.To+" "+d.Text)
			if d.Who == "" || d.At.IsZero() {
				h.t.Errorf("a decision of nobody: %+v", d)
			}
		}
		if want := []string{"relocation  Se fue a otro estado.", "residence Centro Lerma ", "illness  Está en el hospital."}; !slices.Equal(read, want) {
			h.t.Errorf("decisions %q, want %q", read, want)
		}
		if s := v.Decisions[2]; s.Resumed.IsZero() || s.Until != clock.MustDate("2026-12-01") {
			h.t.Errorf("the suspension reads %+v", s)
		}
		if n := h.count(`select count(*) from ledger_entries where action = 'case.decisions.read' and subject_id = $1`, id); n != 1 {
			h.t.Errorf("%d readings in the ledger, want 1", n)
		}
		h.endings()
	})
}

// endings reads how a completion and a referral to other care were explained.
func (h *house) endings() {
	h.t.Helper()
	out, done := h.active(h.case1(obliged)), h.active(h.case1(obliged))
	h.must(h.ReferOut(h.ctx, h.manager, out, ReferOutForm{To: "Clínica Ficticia", Note: why}))
	h.tx(func(tx *db.Tx) error { return h.ReportTx(h.ctx, tx, h.manager, done, db.NewID()) })
	h.must(h.Complete(h.ctx, h.manager, done, "Faltó por causas ajenas a él."))
	if d := got(h.Decisions(h.ctx, h.manager, out))(h.t).Decisions; len(d) != 1 || d[0].To != "Clínica Ficticia" || d[0].Text != why || d[0].Who == "" {
		h.t.Errorf("referred out: %+v", d)
	}
	h.follows("case.ended", `{"case_id":"`+out+`"}`)
	h.follows("case.ended", `{"case_id":"`+done+`"}`)
	if d := got(h.Decisions(h.ctx, h.manager, done))(h.t).Decisions; len(d) != 1 || d[0].Text != "Faltó por causas ajenas a él." {
		h.t.Errorf("completed: %+v", d)
	}
}

// TestCase3Transfer: another center gets everything and it counts there on, the old one
// sees nothing.
func TestCase3Transfer(t *testing.T) {
	each(t, func(h *house) {
		a := h.sent(h.clerkA, obliged, "", "35")
		id := h.active(h.accept(a))
		h.deliver(id, 6, 4)
		group := h.plan(id).Components[1].ID
		h.tx(func(tx *db.Tx) error { return h.DeliveredTx(h.ctx, tx, id, group, 4, 480, 2) })
		first := clock.MustDate("2026-11-24")
		g := h.group(true, 8, first)
		got(h.join(h.manager, id, g))(h.t)
		got(h.WriteNote(h.ctx, h.psych, id, NoteForm{Body: "Antes de irse.", Disclosable: "no"}))(h.t)
		plan, papers := h.plan(id), got(h.Papers(h.ctx, h.manager, id))(h.t)
		h.clk.Set(first.AddDays(8).At(9, 0))
		h.must(h.Transfer(h.ctx, h.manager, id, TransferForm{Center: h.lerma, Reason: "residence"}))

		_, err := h.Open(h.ctx, h.manager, id)
		h.refused("the old center opens the file", err, fault.NotFound, "")
		_, err = h.referrals.Open(h.ctx, h.manager, a)
		h.refused("the old center opens the referral", err, fault.NotFound, "")
		if p := got(h.Files(h.ctx, h.manager, Filter{Text: "ficticio"}))(h.t); p.Total != 0 || len(p.Rows) != 0 {
			h.t.Errorf("the old center lists %d", p.Total)
		}
		if m := h.members(g, clock.DateOf(h.clk.Now())); len(m) != 0 {
			h.t.Errorf("the group of the old center keeps %+v", m)
		}
		v := got(h.Open(h.ctx, h.awayManager, id))(h.t)
		if !reflect.DeepEqual(v.Plan, plan) || v.Plan.Components[1].Missed != 2 || v.State != Active || len(v.Mandates) != 1 {
			h.t.Errorf("the new center reads %+v with the plan %+v, want %+v", v.Case, v.Plan, plan)
		}
		if m := v.Groups; len(m) != 1 || m[0].LeftOn.IsZero() {
			h.t.Errorf("the group he left is %+v", m)
		}
		if p := got(h.Files(h.ctx, h.awayManager, Filter{Text: "ficticio"}))(h.t); p.Total != 1 {
			h.t.Errorf("the new center finds %d", p.Total)
		}
		if n := got(h.ReadNotes(h.ctx, h.awayManager, id, why))(h.t); len(n.Notes) != 1 {
			h.t.Errorf("the notes did not move: %d", len(n.Notes))
		}
		if p := got(h.Papers(h.ctx, h.awayManager, id))(h.t); len(p.Papers) == 0 || len(p.Papers) != len(papers.Papers) {
			h.t.Errorf("%d documents moved of %d", len(p.Papers), len(papers.Papers))
		}
		if told := h.told(a); told[len(told)-1] != "case_moved" {
			h.t.Errorf("the authority was told %v", told)
		}
		h.follows("case.moved", `{"case_id":"`+id+`","from_center_id":"`+h.toluca+`"}`)
		// What the new center gives adds to what the old one gave, and ends the process.
		h.deliver(id, 20, 8)
		h.tx(func(tx *db.Tx) error { return h.ReportTx(h.ctx, tx, h.awayManager, id, db.NewID()) })
		h.must(h.Complete(h.ctx, h.awayManager, id, ""))
		if done := h.count(`select sessions_done from referrals where id = $1`, a); done != 28 {
			h.t.Errorf("the authority reads %d sessions, want 28", done)
		}
		h.follows("case.ended", `{"case_id":"`+id+`"}`)
	})
}

// follows checks which work the rooms above were left, and that it is one piece.
func (h *house) follows(kind, payload string) {
	h.t.Helper()
	if n := h.count(`select count(*) from jobs where kind = $1 and payload = $2`, kind, payload); n != 1 {
		h.t.Errorf("%d jobs %s of %s, want 1", n, kind, payload)
	}
}

// TestCase4ProgramVersionPublished: what is published later changes no plan.
func TestCase4ProgramVersionPublished(t *testing.T) {
	each(t, func(h *house) {
		id := h.active(h.case1(obliged))
		before := string(got(json.Marshal(h.plan(id)))(h.t))
		v := h.version("CeDeMas+")
		draft := got(h.programs.StartDraft(h.ctx, builder, v.ProgramID, v.ID))(h.t)
		d := got(h.programs.Version(h.ctx, builder, draft))(h.t)
		h.must(h.programs.RemoveComponent(h.ctx, builder, program.Edition{Version: draft, Revision: d.Revision}, d.Components[0].ID))
		d = got(h.programs.Version(h.ctx, builder, draft))(h.t)
		h.must(h.programs.Publish(h.ctx, builder, program.Edition{Version: draft, Revision: d.Revision}))
		if after := string(got(json.Marshal(h.plan(id)))(h.t)); after != before {
			h.t.Errorf("the plan changed:\n%s\nwas\n%s", after, before)
		}
		other := h.active(h.case1(obliged))
		if p := h.plan(other); p.Number != 2 || len(p.Components) != len(h.plan(id).Components)-1 {
			h.t.Errorf("a new plan follows version %d", p.Number)
		}
	})
}

// TestForecast warns of a mandate that ends before the program, on admission and later.
func TestForecast(t *testing.T) {
	each(t, func(h *house) {
		id := h.came(h.case1(obliged)) // until 20/05/2027
		_, choices, err := h.ProgramChoices(h.ctx, h.manager, id, tomorrow)
		h.must(err)
		for _, c := range choices {
			if late := c.Forecast.After(mandateEnd); late != (len(c.Late) == 1) {
				h.t.Errorf("%s ends %s: %d mandates that are too short", c.Version.ProgramName, c.Forecast, len(c.Late))
			}
		}
		h.must(h.AdmitTo(h.ctx, h.manager, id, AdmitForm{Version: h.version("CeDeMas+").ID, StartsOn: "24/11/2026"}))
		if n := got(h.WarnMandates(h.ctx, builder))(h.t); n != 0 {
			h.t.Errorf("warned of %d that fit", n)
		}
		h.clk.Advance(60 * 24 * 3600e9) // two months without a session
		if n := got(h.WarnMandates(h.ctx, builder))(h.t); n != 1 {
			h.t.Errorf("warned of %d, want 1", n)
		}
		if n := got(h.WarnMandates(h.ctx, builder))(h.t); n != 0 {
			h.t.Error("warned twice")
		}
		if v := got(h.Open(h.ctx, h.manager, id))(h.t); !v.Mandates[0].Short {
			h.t.Errorf("the page does not say so: projected %s", v.ProjectedOn)
		}
	})
}

// TestCase11MergeAndUnmerge: a duplicate is joined and taken apart again.
func TestCase11MergeAndUnmerge(t *testing.T) {
	each(t, func(h *house) {
		a, b := h.sent(h.clerkA, obliged, "", ""), h.sent(h.clerkB, obliged, "", "")
		first, second := h.active(h.accept(a)), h.accept(b)
		folio := h.text(`select folio from case_files where id = $1`, first)
		toldA, toldB := len(h.told(a)), len(h.told(b))
		got(h.Join(h.ctx, h.manager, second, folio))(h.t)
		if s := h.state(second); s != Discharged || len(h.told(a)) != toldA || len(h.told(b)) != toldB {
			h.t.Errorf("joined: %s, told A %v, B %v", s, h.told(a), h.told(b))
		}
		if v := got(h.Open(h.ctx, h.manager, first))(h.t); len(v.Mandates) != 2 {
			h.t.Fatalf("%d mandates", len(v.Mandates))
		}
		own := got(h.Separate(h.ctx, h.manager, first, b))(h.t)
		if v := got(h.Open(h.ctx, h.manager, own))(h.t); len(v.Mandates) != 1 || v.Mandates[0].ReferralID != b || v.State != ToSchedule {
			h.t.Errorf("separated: %+v", v.Case)
		}
		_, err := h.Separate(h.ctx, h.manager, first, a)
		h.refused("separate what it was born of", err, fault.Conflict, "")
		if strings.Contains(h.text(`select folio from case_files where id = $1`, own), folio) {
			t.Error("two files of one folio")
		}
	})
}

var mandateEnd = clock.MustDate("2027-05-20")

var tomorrow = clock.MustDate("2026-11-24")
