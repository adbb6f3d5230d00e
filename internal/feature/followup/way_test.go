package followup

import (
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
)

// TestWay follows a completion to the closed file: six follow-ups for a center and one
// authority, three more for another, the same three times.
func TestWay(t *testing.T) {
	each(t, func(h *house) {
		caseID, a, b := h.served()
		if s := h.caseState(caseID); s != "in_followup" {
			t.Errorf("after the completion the case is %s", s)
		}
		own, ofA, ofB := h.ids(caseID, ""), h.ids(caseID, a), h.ids(caseID, b)
		if len(own) != 3 || len(ofA) != 3 || len(ofB) != 3 {
			t.Fatalf("%d of the center, %d of A, %d of B; want three each", len(own), len(ofA), len(ofB))
		}
		for i, id := range own {
			h.on(h.of(id).DueOn)
			h.try(h.social, id)
			h.must(h.Answer(h.ctx, h.social, id, h.well()))
			h.must(h.Answer(h.ctx, h.clerkA, ofA[i], h.well()))
			if h.state(id) != Done || h.state(ofA[i]) != Done || h.state(ofB[i]) != Open {
				t.Errorf("the %dth: %s of the center, %s of A, %s of B", i+1, h.state(id), h.state(ofA[i]), h.state(ofB[i]))
			}
			want := map[bool]string{false: "in_followup", true: "closed"}[i == 2]
			if s := h.caseState(caseID); s != want {
				t.Errorf("after the %dth the case is %s, want %s", i+1, s, want)
			}
		}
		h.must(h.Answer(h.ctx, h.clerkB, ofB[2], h.well())) // its half is still its own
		v := got(h.Open(h.ctx, h.social, own[0]))(t)
		if len(v.Tries) != 1 || v.Tries[0].Note != "Sonó ocupado." || v.Tries[0].Time != "09:30" || len(v.History) != 1 || v.History[0].Outside {
			t.Errorf("the page shows %+v and %+v", v.Tries, v.History)
		}
		if len(v.Halves) != 2 || v.Halves[0].Done == v.Halves[1].Done {
			t.Errorf("the center sees %+v of the authorities", v.Halves)
		}
	})
}

// TestCase12DueOnAHolidayAndDoneOutsideItsWindow is case 12 of DOMAIN, section 10.
func TestCase12DueOnAHolidayAndDoneOutsideItsWindow(t *testing.T) {
	each(t, func(h *house) {
		// Three months after 1 February 2027 are 1 May, a Saturday and a day of rest;
		// twelve are 1 February 2028, the Monday... of the Constitution's week.
		h.on(clock.MustDate("2027-01-30"))
		caseID, a, _ := h.served()
		first := h.of(h.ids(caseID, "")[0])
		if first.DueOn != clock.MustDate("2027-04-30") {
			t.Errorf("three months after 30 January 2027 are due on %s", first.DueOn)
		}
		last := h.of(h.ids(caseID, "")[2]) // 30 January 2028 is a Sunday
		if last.DueOn != clock.MustDate("2028-01-31") {
			t.Errorf("twelve months after 30 January 2027, a Sunday, are due on %s", last.DueOn)
		}
		h.on(first.ClosesOn.AddDays(1))
		late := h.well()
		h.refused("late without a reason", h.Answer(h.ctx, h.social, first.ID, late), fault.Invalid, "why")
		late.Why = "Cambió de teléfono y tardamos en hallarlo."
		h.must(h.Answer(h.ctx, h.social, first.ID, late))
		v := got(h.Open(h.ctx, h.social, first.ID))(t)
		if !v.Outside() || !v.History[0].Outside || v.History[0].Why != late.Why || v.State != Done {
			t.Errorf("done after its window: %+v", v.History)
		}
		ofA := h.of(h.ids(caseID, a)[0])
		early := h.well()
		early.On = ofA.OpensOn.AddDays(-1).MX()
		h.refused("early without a reason", h.Answer(h.ctx, h.clerkA, ofA.ID, early), fault.Invalid, "why")
	})
}
