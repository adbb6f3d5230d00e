package casefile

import (
	"encoding/json"
	"strings"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/feature/program"
)

// TestTwoAuthorities holds case 2: one process, two mandates, and no trace of one in what
// the other reads, byte for byte.
func TestTwoAuthorities(t *testing.T) {
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
		h.changeOne(id, a, b)
	})
}

// changeOne extends and revokes the mandate of B, which A must not notice (case 9).
func (h *house) changeOne(id, a, b string) {
	h.t.Helper()
	toldA, toldB := len(h.told(a)), len(h.told(b))
	h.must(h.ChangeMandate(h.ctx, h.manager, id, b, MandateForm{Kind: Extended, DocumentOn: "23/11/2026", Until: "20/12/2027", Sessions: "30", Reason: why}))
	if of := h.count(`select sessions_of from referrals where id = $1`, b); of != 30 {
		h.t.Errorf("B ordered 30 and reads of %d", of)
	}
	h.refused("a change that is none", h.ChangeMandate(h.ctx, h.manager, id, b, MandateForm{Kind: Extended, DocumentOn: "23/11/2026", Reason: why}), fault.Invalid, "until")
	h.must(h.ChangeMandate(h.ctx, h.manager, id, b, MandateForm{Kind: Revoked, DocumentOn: "23/11/2026", Reason: why}))
	h.refused("revoked twice", h.ChangeMandate(h.ctx, h.manager, id, b, MandateForm{Kind: Revoked, DocumentOn: "23/11/2026", Reason: why}), fault.Conflict, "")
	if v := got(h.Open(h.ctx, h.manager, id))(h.t); v.State != Active || v.Voluntary {
		h.t.Errorf("after B revoked: %s, voluntary %v", v.State, v.Voluntary)
	}
	if n := len(h.told(b)); n != toldB+1 { // of the extension; the revocation is its own
		h.t.Errorf("B was told %d times, want %d", n, toldB+1)
	}
	if n := len(h.told(a)); n != toldA {
		h.t.Errorf("A was told %v about the mandate of B", h.told(a))
	}
}

// TestTransfer holds case 3: another center gets everything, the old one sees nothing.
func TestTransfer(t *testing.T) {
	each(t, func(h *house) {
		a := h.sent(h.clerkA, obliged, "", "35")
		id := h.active(h.accept(a))
		h.deliver(id, 6, 4)
		got(h.WriteNote(h.ctx, h.psych, id, NoteForm{Body: "Antes de irse.", Disclosable: "no"}))(h.t)
		h.must(h.Transfer(h.ctx, h.manager, id, TransferForm{Center: h.lerma, Reason: "residence"}))
		_, err := h.Open(h.ctx, h.manager, id)
		h.refused("the old center opens the file", err, fault.NotFound, "")
		_, err = h.referrals.Open(h.ctx, h.manager, a)
		h.refused("the old center opens the referral", err, fault.NotFound, "")
		if p := got(h.Files(h.ctx, h.manager, Filter{Text: "ficticio"}))(h.t); p.Total != 0 || len(p.Rows) != 0 {
			h.t.Errorf("the old center lists %d", p.Total)
		}
		v := got(h.Open(h.ctx, h.awayManager, id))(h.t)
		if v.Plan.Progress().Done != 10 || v.State != Active || len(v.Mandates) != 1 {
			h.t.Errorf("the new center reads %+v, %v", v.Case, v.Plan.Progress())
		}
		if p := got(h.Files(h.ctx, h.awayManager, Filter{Text: "ficticio"}))(h.t); p.Total != 1 {
			h.t.Errorf("the new center finds %d", p.Total)
		}
		if n := got(h.ReadNotes(h.ctx, h.awayManager, id, why))(h.t); len(n.Notes) != 1 {
			h.t.Errorf("the notes did not move: %d", len(n.Notes))
		}
		if told := h.told(a); told[len(told)-1] != "case_moved" {
			h.t.Errorf("the authority was told %v", told)
		}
	})
}

// TestSnapshot holds case 4: what is published later changes no plan.
func TestSnapshot(t *testing.T) {
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

// TestJoinAndSeparate holds case 11: a duplicate is joined and taken apart again.
func TestJoinAndSeparate(t *testing.T) {
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
