package referral

import (
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
)

// on is noon of a day of November 2026.
func on(day int) time.Time { return time.Date(2026, time.November, day, 18, 0, 0, 0, time.UTC) }

var (
	terms = Clocks{Answer: 1, Correct: 10, Offer: 3, OfferUrgent: 1}
	// The center closes on Tuesday 24, the institution on Wednesday 25.
	centerDays      = clock.NewCalendar(clock.ClosedDay{Date: clock.MustDate("2026-11-24"), Name: "inventario"})
	institutionDays = clock.NewCalendar(clock.ClosedDay{Date: clock.MustDate("2026-11-25"), Name: "aniversario"})
)

func TestStateAndDeadlineOfEachHistory(t *testing.T) {
	for _, tt := range []struct {
		name  string
		facts Facts
		state State
		due   string
	}{
		{"nothing happened", Facts{}, Draft, ""},
		{"sent on a Monday, the center closed on Tuesday", Facts{SubmittedAt: on(23)}, Submitted, "2026-11-25"},
		{"sent on a Saturday", Facts{SubmittedAt: on(21)}, Submitted, "2026-11-23"},
		{"sent at 23:00 of a Sunday, already Monday in London", Facts{SubmittedAt: time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)}, Submitted, "2026-11-23"},
		{"returned, in the days of the institution", Facts{SubmittedAt: on(23), ReturnedAt: on(24)}, Returned, "2026-12-09"},
		{"corrected, the clock of the answer starts anew", Facts{SubmittedAt: on(10), ReturnedAt: on(11), ResubmittedAt: on(23)}, Submitted, "2026-11-25"},
		{"returned a second time", Facts{SubmittedAt: on(10), ResubmittedAt: on(12), ReturnedAt: on(23)}, Returned, "2026-12-08"},
		{"accepted, an appointment is owed", Facts{SubmittedAt: on(20), AcceptedAt: on(23)}, Accepted, "2026-11-27"},
		{"accepted, urgent", Facts{SubmittedAt: on(20), AcceptedAt: on(23), Urgent: true}, Accepted, "2026-11-25"},
		{"accepted with an appointment", Facts{SubmittedAt: on(20), AcceptedAt: on(23), AppointmentAt: on(27)}, Accepted, ""},
		{"declined", Facts{SubmittedAt: on(20), DeclinedAt: on(23)}, Declined, ""},
		{"expired", Facts{SubmittedAt: on(2), ReturnedAt: on(3), ExpiredAt: on(23)}, Expired, ""},
		{"withdrawn after it was accepted", Facts{SubmittedAt: on(20), AcceptedAt: on(23), WithdrawnAt: on(24)}, Withdrawn, ""},
		{"withdrawn while it was returned", Facts{SubmittedAt: on(20), ReturnedAt: on(23), WithdrawnAt: on(24)}, Withdrawn, ""},
		{"routed when it was sent", Facts{SubmittedAt: on(20), RoutedAt: on(20)}, Routed, ""},
		{"routed when it was corrected", Facts{SubmittedAt: on(10), ReturnedAt: on(11), ResubmittedAt: on(12), RoutedAt: on(12)}, Routed, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.facts.State(); got != tt.state {
				t.Errorf("state = %s, want %s", got, tt.state)
			}
			if got := tt.facts.Deadline(terms, centerDays, institutionDays).Due.String(); got != tt.due {
				t.Errorf("due on %q, want %q", got, tt.due)
			}
		})
	}
}

// everyFacts gives all combinations of facts, with returns and corrections in any order.
func everyFacts(visit func(Facts)) {
	at := func(given bool, t time.Time) time.Time {
		if given {
			return t
		}
		return time.Time{}
	}
	for bits := range 1 << 11 {
		has := func(n int) bool { return bits>>n&1 == 1 }
		visit(Facts{
			SubmittedAt: at(has(0), on(2)), ReturnedAt: at(has(1), on(3)), ResubmittedAt: at(has(2), on(map[bool]int{true: 5, false: 3}[has(3)]-1)),
			AcceptedAt: at(has(4), on(6)), DeclinedAt: at(has(5), on(6)), WithdrawnAt: at(has(6), on(9)), ExpiredAt: at(has(7), on(9)),
			RoutedAt: at(has(8), on(9)), AppointmentAt: at(has(9), on(12)), Urgent: has(10),
		})
	}
}

// TestEveryCombinationOfFactsHasOneStateWithItsDeadline states what holds whatever
// happened, apart from the way in which State works it out.
func TestEveryCombinationOfFactsHasOneStateWithItsDeadline(t *testing.T) {
	seen := map[State]int{}
	everyFacts(func(f Facts) {
		state := f.State()
		seen[state]++
		ended := !f.WithdrawnAt.IsZero() || !f.RoutedAt.IsZero() || !f.DeclinedAt.IsZero() || !f.ExpiredAt.IsZero()
		back := f.ReturnedAt.After(f.ResubmittedAt) // it was sent before the first return
		rules := []struct {
			says string
			ok   bool
		}{
			{"a draft is what was not sent", (state == Draft) == f.SubmittedAt.IsZero()},
			{"who withdrew has withdrawn", state == Draft || f.WithdrawnAt.IsZero() || state == Withdrawn},
			{"each end has its fact", (state != Withdrawn || !f.WithdrawnAt.IsZero()) && (state != Routed || !f.RoutedAt.IsZero()) &&
				(state != Declined || !f.DeclinedAt.IsZero()) && (state != Expired || !f.ExpiredAt.IsZero())},
			{"what ended waits for nobody", !ended || state == Draft || state == Withdrawn || state == Routed || state == Declined || state == Expired},
			{"accepted is for good, unless it ended", state == Draft || ended || f.AcceptedAt.IsZero() || state == Accepted},
			{"what was returned last is returned", state == Draft || ended || !f.AcceptedAt.IsZero() || (state == Returned) == back},
		}
		for _, rule := range rules {
			if !rule.ok {
				t.Errorf("%+v is %s, but: %s", f, state, rule.says)
			}
		}
		due := f.Deadline(terms, centerDays, institutionDays).Due
		waits := state == Submitted || state == Returned || state == Accepted && f.AppointmentAt.IsZero()
		if due.IsZero() == waits {
			t.Errorf("%+v is %s and due on %q", f, state, due)
		}
	})
	for _, state := range append([]State{Draft}, States...) {
		if seen[state] == 0 {
			t.Errorf("no combination of facts is %s", state)
		}
		if label := state.Label(); label.IsZero() || !i18n.Has(i18n.English, label.Key) {
			t.Errorf("%s has no name, or none in English", state)
		}
	}
	if !State("other").Label().IsZero() {
		t.Error("an unknown state has a name")
	}
}

// TestTheCachedStateAndDeadlineAreThoseOfTheFacts brings one referral into each state;
// the house compares all of them with their facts when the test ends.
func TestTheCachedStateAndDeadlineAreThoseOfTheFacts(t *testing.T) {
	each(t, func(h *house) {
		urgent := h.light()
		urgent.Basis.Urgent = "yes"
		for _, tt := range []struct {
			name  string
			make  func() string
			state State
			due   string
		}{
			{"draft", func() string { return h.start(h.clerk) }, Draft, ""},
			{"submitted", h.sent, Submitted, "2026-11-24"},
			{"returned", h.returned, Returned, "2026-12-07"},
			{"corrected", func() string { id := h.returned(); h.submit(h.clerk, id); return id }, Submitted, "2026-11-24"},
			{"accepted", func() string { id := h.sent(); h.must(h.Accept(h.ctx, h.desk, id)); return id }, Accepted, "2026-11-26"},
			{"accepted, urgent", func() string {
				id := h.sentAs(h.clerk, urgent)
				h.must(h.Accept(h.ctx, h.desk, id))
				return id
			}, Accepted, "2026-11-24"},
			{"accepted with its appointment", func() string { id := h.sent(); h.cite(id); return id }, Accepted, ""},
			{"declined", func() string {
				id := h.sent()
				h.must(h.Decline(h.ctx, h.desk, id, Motive{Reason: "no_capacity"}))
				return id
			}, Declined, ""},
			{"reassigned", func() string {
				id := h.sent()
				h.must(h.Reassign(h.ctx, h.desk, id, h.lerma.center, Motive{Reason: "closer"}))
				return id
			}, Submitted, "2026-11-24"},
			{"withdrawn", func() string {
				id := h.sent()
				h.must(h.Withdraw(h.ctx, h.clerk, id, Motive{Reason: "mistake"}))
				return id
			}, Withdrawn, ""},
			{"routed", func() string { return h.sentAs(h.clerk, h.minor()) }, Routed, ""},
			{"expired", func() string {
				id := h.returned()
				h.clk.Advance(40 * 24 * time.Hour)
				got(h.ExpireOverdue(h.ctx, access.System("expiry", access.JobRun)))(h.t)
				return id
			}, Expired, ""},
		} {
			if r := h.row(tt.make()); r.State != tt.state || r.DueOn.String() != tt.due {
				h.t.Errorf("%s: cached %s due %q, want %s due %q", tt.name, r.State, r.DueOn, tt.state, tt.due)
			}
		}
	})
}

// TestAReturnIsSeenThoughClocksDiffer checks that an answer counts when the clock of
// the machine that takes it lags behind the one that took the referral.
func TestAReturnIsSeenThoughClocksDiffer(t *testing.T) {
	each(t, func(h *house) {
		for _, lag := range []time.Duration{0, time.Second} {
			id := h.drafted(h.clerk, h.light())
			h.submit(h.clerk, id)
			h.clk.Advance(-lag)
			h.must(h.Return(h.ctx, h.desk, id, note))
			if state := h.row(id).State; state != Returned {
				h.t.Errorf("returned %s before it arrived: %s", lag, state)
			}
			h.clk.Advance(-lag)
			h.submit(h.clerk, id)
			if state := h.row(id).State; state != Submitted {
				h.t.Errorf("corrected %s before it was returned: %s", lag, state)
			}
		}
	})
}

// TestTheTermsComeFromTheCatalogue checks that no term is a constant of the code.
func TestTheTermsComeFromTheCatalogue(t *testing.T) {
	each(t, func(h *house) {
		h.termsChanged = true
		h.must(h.catalogue.SetRule(h.ctx, builder, catalogue.RuleAnswer, catalogue.RuleForm{Value: "5", From: "24/11/2026", Source: "Acuerdo ficticio"}))
		before := h.sent()
		h.clk.Advance(24 * time.Hour)
		if due, later := h.row(before).DueOn.String(), h.row(h.sent()).DueOn.String(); due != "2026-11-24" || later != "2026-12-01" {
			h.t.Errorf("due on %s and, sent under the rule of 5 days, on %s; want 2026-11-24 and 2026-12-01", due, later)
		}
	})
}
