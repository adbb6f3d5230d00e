package paper

import (
	"fmt"
	"slices"
	"testing"

	"sigue/internal/base/fault"
	"sigue/internal/feature/casefile"
	"sigue/internal/platform/document"
)

// TestMissingMonths: months that were never reported are told with how many are missing,
// agree with the list of each, and are signed together in one press; what was returned and
// the month that runs are not.
func TestMissingMonths(t *testing.T) {
	each(t, func(h *house) {
		one, two := h.planned(obliged), h.planned(obliged)
		h.planned(voluntarily)
		missing := func(want ...string) {
			h.t.Helper()
			var read []string
			for _, m := range got(h.MissingMonths(h.ctx, h.manager))(h.t) {
				read = append(read, fmt.Sprintf("%s %d", m.Month, m.Missing))
				if open := got(h.OfMonth(h.ctx, h.manager, m.Month.String()))(h.t).Open; len(open) != m.Missing {
					h.t.Errorf("%s: %d missing and %d in its list", m.Month, m.Missing, len(open))
				}
			}
			if !slices.Equal(read, want) {
				h.t.Errorf("missing %v, want %v", read, want)
			}
		}
		missing()
		_, err := h.SignMonth(h.ctx, h.manager, "2026-11")
		if !fault.Is(err, fault.Conflict) {
			h.t.Errorf("a month that runs: %v, want a Conflict", err)
		}
		h.at("2027-01-04", 9, 0)
		missing("2026-11 2", "2026-12 2")
		november := Which{Case: one, Kind: document.MonthlyReport, Mandate: h.referralOf(one), Occasion: "2026-11"}
		offered := func(want bool) {
			h.t.Helper()
			c := got(h.Choose(h.ctx, h.manager, one))(h.t).Readers[0].Choices
			if slices.ContainsFunc(c, func(c Choice) bool { return c.Which == november }) != want {
				h.t.Errorf("the case offers November: %v, want %v", !want, want)
			}
		}
		offered(true)
		h.must(h.Return(h.ctx, h.manager, november, Text{Note: "Falta una sesión del día 27."}))
		if n := got(h.SignMonth(h.ctx, h.manager, "2026-11"))(h.t); n != 1 {
			h.t.Errorf("%d signed together, want that of the other case", n)
		}
		missing("2026-11 1", "2026-12 2")
		h.sign(Which{Case: two, Kind: document.MonthlyReport, Mandate: h.referralOf(two), Occasion: "2026-12"})
		for _, want := range []int{1, 0} {
			if n := got(h.SignMonth(h.ctx, h.manager, "2026-12"))(h.t); n != want {
				h.t.Errorf("%d signed, want %d", n, want)
			}
		}
		d := got(h.Sign(h.ctx, h.manager, november, Text{Revision: 1}))(h.t)
		missing()
		offered(false)
		if n := h.count(`select count(*) from documents where kind = 'monthly_report' and revoked_at is null`); n != 4 || d.Number == "" {
			h.t.Errorf("%d reports, want one of each case and month", n)
		}
		h.at("2027-01-05", 9, 0)
		h.must(h.use.Cases.Discharge(h.ctx, h.manager, one, casefile.DischargeForm{Reason: "relocation", Note: "Se mudó a otro estado."}))
		h.at("2027-03-02", 9, 0)
		missing("2027-01 2", "2027-02 1")
	})
}
