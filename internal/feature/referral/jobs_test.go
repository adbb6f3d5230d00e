package referral

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
)

var job = access.System("test", access.JobRun)

// TestAReturnedReferralExpiresAfterItsLastDayAndNotBefore goes to the last minute of
// the term, and past it.
func TestAReturnedReferralExpiresAfterItsLastDayAndNotBefore(t *testing.T) {
	each(t, func(h *house) {
		id, other := h.returned(), h.returned()
		due := h.row(id).DueOn
		h.clk.Set(due.At(23, 59))
		if n := got(h.ExpireOverdue(h.ctx, job))(h.t); n != 0 || h.row(id).State != Returned {
			h.t.Errorf("on the last day %d expired, state %s", n, h.row(id).State)
		}
		h.submit(h.clerk, other) // in the last minute
		h.clk.Set(due.AddDays(1).At(0, 0))
		if n := got(h.ExpireOverdue(h.ctx, job))(h.t); n != 1 {
			h.t.Errorf("%d expired, want 1", n)
		}
		if n := got(h.ExpireOverdue(h.ctx, job))(h.t); n != 0 {
			h.t.Errorf("%d expired a second time", n)
		}
		want := []string{"referral_expired juzgado.primero@instancia.example", "referral_expired centro.toluca@cedemas.example"}
		if told := h.told(id); h.row(id).State != Expired || !slices.Equal(told[len(told)-2:], want) {
			h.t.Errorf("%s, told %q, want expired and both told", h.row(id).State, told)
		}
		if state := h.row(other).State; state != Submitted {
			h.t.Errorf("what was corrected in time is %s", state)
		}
		_, err := h.OpenDraft(h.ctx, h.clerk, id)
		h.refused(err, fault.Conflict)
		if v := h.open(h.desk, id); v.State != Expired || v.Timeline[len(v.Timeline)-1].Who != "SIGUE, automático" {
			h.t.Errorf("the center reads %s, last event %+v", v.State, v.Timeline)
		}
		story := got(h.Open(i18n.With(h.ctx, i18n.English), h.desk, id))(h.t).Timeline
		if who := story[len(story)-1].Who; who != "SIGUE, automatic" {
			h.t.Errorf("in English it was done by %q", who)
		}
	})
}

// TestExpiryGoesOnPastOneThatFails breaks one of three.
func TestExpiryGoesOnPastOneThatFails(t *testing.T) {
	each(t, func(h *house) {
		ids := []string{h.returned(), h.returned(), h.returned()}
		h.exec(`update referrals set folio = 'broken' where id = $1`, ids[1])
		h.clk.Advance(40 * 24 * time.Hour)
		n, err := h.ExpireOverdue(h.ctx, job)
		if n != 2 || err == nil {
			h.t.Errorf("expired %d with %v, want 2 and an error", n, err)
		}
		for i, want := range []State{Expired, Returned, Expired} {
			if state := h.row(ids[i]).State; state != want {
				h.t.Errorf("number %d is %s, want %s", i, state, want)
			}
		}
	})
}

// TestTheTermToCorrectRunsInTheDaysOfTheInstitution closes the court for a week.
func TestTheTermToCorrectRunsInTheDaysOfTheInstitution(t *testing.T) {
	each(t, func(h *house) {
		h.exec(`insert into closed_days (owner, day, name) values ($1, '2026-11-25', 'x'), ($1, '2026-11-26', 'x'), ($2, '2026-11-24', 'y')`,
			h.areaA1.institution, h.toluca.center)
		h.clk.Advance(5 * time.Minute) // past what the catalogue remembers
		if id := h.sent(); h.row(id).DueOn != clock.MustDate("2026-11-25") {
			h.t.Errorf("the center answers by %s, want its first open day 2026-11-25", h.row(id).DueOn)
		}
		if id := h.returned(); h.row(id).DueOn != clock.MustDate("2026-12-09") {
			h.t.Errorf("the institution corrects by %s, want 2026-12-09", h.row(id).DueOn)
		}
	})
}

// reminders lists those about a referral.
func (h *house) reminders(id string) []string {
	h.t.Helper()
	return slices.DeleteFunc(h.told(id), func(s string) bool { return !strings.HasPrefix(s, "deadline_near") })
}

// TestRemindersGoOnceToWhoMustAct follows one referral over its deadlines, with the
// jobs as the program runs them.
func TestRemindersGoOnceToWhoMustAct(t *testing.T) {
	each(t, func(h *house) {
		id := h.sent()
		step := func(name string, at time.Time, want ...string) {
			h.t.Helper()
			h.clk.Set(at)
			h.drain()
			h.drain()
			if told := h.reminders(id); !slices.Equal(told, want) {
				h.t.Errorf("%s: reminded %q, want %q", name, told, want)
			}
		}
		center, area := "deadline_near centro.toluca@cedemas.example", "deadline_near juzgado.primero@instancia.example"
		due := h.row(id).DueOn
		step("the evening before", due.AddDays(-1).At(23, 0))
		step("the morning of the day", due.At(8, 0), center)
		h.must(h.Return(h.ctx, h.desk, id, note))
		due = h.row(id).DueOn
		step("days before the correction is due", due.AddDays(-3).At(12, 0), center)
		step("the day of the correction", due.At(8, 0), center, area)
		h.submit(h.clerk, id)
		h.cite(id)
		step("a month later nothing is due", due.AddDays(30).At(8, 0), center, area)
	})
}

// TestAReminderIsNotSentTwiceThoughItsJobRunsTwice stands for a process that was killed
// between its commit and the end of the job.
func TestAReminderIsNotSentTwiceThoughItsJobRunsTwice(t *testing.T) {
	each(t, func(h *house) {
		id := h.sent()
		due := h.row(id).DueOn
		h.clk.Set(due.At(8, 0))
		h.eachAtOnce(2, func(int) error { return h.Remind(h.ctx, job, id, due.String()) })
		h.clk.Advance(20 * time.Minute)
		h.must(h.Remind(h.ctx, job, id, due.String()))
		if told := h.reminders(id); len(told) != 1 {
			h.t.Errorf("reminded %q, want once", told)
		}
	})
}

func TestAReminderOfWhatIsNoLongerDueIsNotSent(t *testing.T) {
	each(t, func(h *house) {
		id := h.sent()
		due := h.row(id).DueOn.String()
		h.must(h.Remind(h.ctx, job, id, "2026-11-20"))
		h.must(h.Decline(h.ctx, h.desk, id, Motive{Reason: "other", Note: "No hay quien lo reciba."}))
		h.must(h.Remind(h.ctx, job, id, due))
		h.must(h.Remind(h.ctx, job, id, ""))
		h.must(h.Remind(h.ctx, job, "gone", due))
		if told := h.reminders(id); len(told) != 0 {
			h.t.Errorf("reminded %q, want nobody", told)
		}
	})
}

// TestAReassignedReferralRemindsItsNewCenter checks that a reminder that was planned
// before goes where the referral is now.
func TestAReassignedReferralRemindsItsNewCenter(t *testing.T) {
	each(t, func(h *house) {
		id := h.sent()
		h.must(h.Reassign(h.ctx, h.desk, id, h.lerma.center, Motive{Reason: "closer"}))
		h.clk.Set(h.row(id).DueOn.At(9, 0))
		h.drain()
		if told := h.reminders(id); !slices.Equal(told, []string{"deadline_near centro.lerma@cedemas.example"}) {
			h.t.Errorf("reminded %q, want Lerma", told)
		}
	})
}

func TestOnlyTheProgramItselfRunsTheJobs(t *testing.T) {
	each(t, func(h *house) {
		for _, actor := range []access.Actor{h.clerk, h.desk, h.supervisor, access.Anonymous("x"), access.System("other", access.ReferralRead)} {
			_, expire := h.ExpireOverdue(h.ctx, actor)
			_, purge := h.PurgeDrafts(h.ctx, actor)
			for _, err := range []error{expire, purge, h.Remind(h.ctx, actor, "x", "x")} {
				if !fault.Is(err, fault.NotFound) {
					h.t.Errorf("%s: %v, want NotFound", actor.Name(), err)
				}
			}
		}
	})
}
