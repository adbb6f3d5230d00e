package agendahttp

import (
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/agenda"
	"sigue/internal/platform/web"
)

// weekdays are the days of a week, Monday first.
var weekdays = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

// weekday names a day at the beginning of a line.
func weekday(d time.Weekday) i18n.Msg {
	switch d {
	case time.Monday:
		return i18n.M("Lunes")
	case time.Tuesday:
		return i18n.M("Martes")
	case time.Wednesday:
		return i18n.M("Miércoles")
	case time.Thursday:
		return i18n.M("Jueves")
	case time.Friday:
		return i18n.M("Viernes")
	case time.Saturday:
		return i18n.M("Sábado")
	}
	return i18n.M("Domingo")
}

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
