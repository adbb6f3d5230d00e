package agendahttp

import (
	"context"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/agenda"
	"sigue/internal/platform/web"
)

// stateKind is the colour and shape of how an appointment stands.
func stateKind(i agenda.Item, now time.Time) web.TagKind {
	switch {
	case i.Ended():
		return web.TagPlain
	case i.Held():
		return web.TagGood
	case i.Marked > 0:
		return web.TagBad
	case now.After(i.EndsAt()):
		return web.TagWait
	}
	return web.TagBrand
}

// taskClass is the edge of a task in a list.
func taskClass(t agenda.Task) string {
	if t.Due.Kind >= clock.Today {
		return "urgent"
	}
	return "wait"
}

// slotDay is one day of free times.
type slotDay struct {
	On    clock.Date
	Slots []agenda.Slot
}

// slotDays puts free times of one day together.
func slotDays(slots []agenda.Slot) []slotDay {
	var days []slotDay
	for _, s := range slots {
		on := clock.DateOf(s.StartsAt)
		if n := len(days); n == 0 || days[n-1].On != on {
			days = append(days, slotDay{On: on})
		}
		last := &days[len(days)-1]
		last.Slots = append(last.Slots, s)
	}
	return days
}

// holidays are the closed days that are worth a word: not the weekends of every week.
func holidays(closed []agenda.Skipped) []agenda.Skipped {
	var out []agenda.Skipped
	for _, s := range closed {
		if s.On.Weekday() != time.Saturday && s.On.Weekday() != time.Sunday {
			out = append(out, s)
		}
	}
	return out
}

// whyEnded is why an appointment was moved or called off: a reason of the catalogue, or the
// program's own.
func whyEnded(ctx context.Context, v *agenda.View) string {
	if m := v.EndedByProgram(); !m.IsZero() {
		return i18n.Show(ctx, m)
	}
	return v.Lists.Label("change_reason", v.EndedReason, i18n.From(ctx))
}
