package report

import (
	"math"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/feature/casefile"
)

// TestSurvival is the curve of six people, by hand: two leave in the first month and in the
// third, one is seen for one month only, three complete.
func TestSurvival(t *testing.T) {
	today := clock.MustDate("2026-11-23")
	at := func(date string) db.Time { return db.At(clock.MustDate(date).At(12, 0)) }
	var leave, seen [survivalMonths + 1]int64
	for _, p := range []process{
		{Admitted: at("2026-01-10"), Discharged: at("2026-01-20")},
		{Admitted: at("2026-01-10"), Discharged: at("2026-03-15")},
		{Admitted: at("2026-10-10")},
		{Admitted: at("2025-01-10"), Completed: at("2025-04-10")},
		{Admitted: at("2025-01-10"), Completed: at("2025-05-10")},
		{Admitted: at("2025-01-10"), Completed: at("2025-06-10")},
	} {
		stay(p, today, &leave, &seen)
	}
	have := survivalOf(leave, seen)
	// 5/6 stay the first month; the one who was seen for a month is out of the reckoning then;
	// of the four left one leaves in the third.
	for month, want := range map[int]float64{0: 1, 1: 5. / 6, 2: 5. / 6, 3: 5. / 6 * 3 / 4, 12: 5. / 6 * 3 / 4} {
		if math.Abs(have[month].Share-want) > 1e-9 {
			t.Errorf("after %d months %v stay, want %v", month, have[month].Share, want)
		}
	}
	if have[1].AtRisk != 6 || have[3].AtRisk != 4 {
		t.Errorf("at risk: %+v", have)
	}
	if none := survivalOf([survivalMonths + 1]int64{}, [survivalMonths + 1]int64{}); len(none) != 1 {
		t.Errorf("the curve of nobody is %v", none)
	}
}

// TestGoldenOutcomes follows four people: one only referred, one admitted and gone, one on his
// way, one who completed.
func TestGoldenOutcomes(t *testing.T) {
	each(t, func(h *house) {
		h.sent(h.clerkA, obliged, curp)
		gone := h.active(h.accept(h.sent(h.clerkB, voluntarily, "XAEP920708HMCNJD01")))
		stays := h.active(h.accept(h.sent(h.clerkA2, obliged, "")))
		done := h.active(h.accept(h.sent(h.clerkA, obliged, "")))
		h.attended(h.toluca, map[string]string{gone: "absent", stays: "present", done: "late"})
		h.clk.Advance(48 * time.Hour)
		h.must(h.cases.Discharge(h.ctx, h.manager, gone, casefile.DischargeForm{Reason: "relocation", Note: "Se fue a otro estado."}))
		h.complete(done)
		o := got(h.Outcomes(h.ctx, analyst, Filter{}))(h.t)
		for i, want := range []int64{4, 3, 3, 1, 1, 0} {
			if o.Funnel[i].Count != want {
				h.t.Errorf("%v: %d, want %d", o.Funnel[i].Name, o.Funnel[i].Count, want)
			}
		}
		if o.Admitted != 3 || o.All != (After{Count: 3, Unknown: 3}) || o.Completers != (After{Count: 1, Unknown: 1}) {
			h.t.Errorf("after twelve months: %+v, %+v of %d", o.Completers, o.All, o.Admitted)
		}
		if b := o.Bands[0]; b.Count != 2 || b.Completed != 1 || b.Left != 0 {
			h.t.Errorf("the first band is %+v", b)
		}
		if s := o.Survival[1]; math.Abs(s.Share-2./3) > 1e-9 {
			h.t.Errorf("after a month %v stay, want two thirds", s.Share)
		}
		// What is not known is not no relapse; what somebody said counts.
		h.exec(`insert into followups (id, side, case_id, referral_id, folio, center_id, institution_id, area_id, nth, months,
			completed_on, opens_on, due_on, closes_on, made_at, attempts, answers, reached, relapse, abstains, ended_why)
			select '` + db.NewID() + `', 'center', id, '', folio, center_id, '', '', 9, 12, '2026-11-23', '2026-11-23', '2026-11-23', '2026-11-23',
			opened_at, 1, 1, 'yes', 'no', '', '' from case_files where id = '` + done + `'`)
		o = got(h.Outcomes(h.ctx, analyst, Filter{}))(h.t)
		if o.Completers != (After{Count: 1, None: 1}) || o.Funnel[5].Count != 1 {
			h.t.Errorf("after an answer: %+v, %+v", o.Completers, o.Funnel[5])
		}
		h.exec(`delete from followups where nth = 9`)
		if o := got(h.Outcomes(h.ctx, h.away, Filter{}))(h.t); o.Funnel[0].Count != 0 {
			h.t.Errorf("another center reads %+v", o)
		}
	})
}
