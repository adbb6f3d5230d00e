package clock

import (
	"time"

	"sigue/internal/base/i18n"
)

// Deadline is the last day on which something is in time. The zero Deadline is none.
type Deadline struct{ Due Date }

// DueIn is the deadline so many business days after an event. Clocks count from the
// event, never from the delivery of a message about it.
func DueIn(event time.Time, days int, c Calendar) Deadline {
	return Deadline{Due: c.Add(DateOf(event), days)}
}

// Kind says how pressing a deadline is.
type Kind int

// The kinds, from none to late.
const (
	NoDeadline Kind = iota
	Ahead
	Soon // at most two business days
	Today
	Overdue
)

// Status is where a deadline stands at an instant. It is computed by [Deadline.Status]
// for badge, list, notice and statistic alike, and never stored.
type Status struct {
	Due      Date
	Kind     Kind
	Left     int  // business days left; negative when late
	Tomorrow bool // the due day is the next day of the calendar
}

// Status is where the deadline stands now, in the calendar of whoever must act. A day
// is in time until it ends.
func (d Deadline) Status(now time.Time, c Calendar) Status {
	if d.Due.IsZero() {
		return Status{}
	}
	today := DateOf(now)
	s := Status{Due: d.Due, Left: c.Between(today, d.Due), Tomorrow: today.AddDays(1) == d.Due}
	switch {
	case d.Due == today:
		s.Kind = Today
	case d.Due.Before(today):
		s.Kind = Overdue
	case s.Left <= 2:
		s.Kind = Soon
	default:
		s.Kind = Ahead
	}
	return s
}

// Pressing tells whether it is due today or late.
func (s Status) Pressing() bool { return s.Kind == Today || s.Kind == Overdue }

// Words say it in a few words, for a badge; the zero sentence when nothing is due.
func (s Status) Words() i18n.Msg {
	switch {
	case s.Kind == NoDeadline:
		return i18n.Msg{}
	case s.Kind == Today:
		return i18n.M("Vence hoy")
	case s.Kind == Overdue && s.Left == 0:
		return i18n.M("Venció el %s", s.Due.MX()) // late, and no business day has passed since
	case s.Kind == Overdue && s.Left == -1:
		return i18n.M("1 día hábil de retraso")
	case s.Kind == Overdue:
		return i18n.M("%d días hábiles de retraso", -s.Left)
	case s.Tomorrow:
		return i18n.M("Vence mañana")
	case s.Left == 1:
		return i18n.M("Queda 1 día hábil")
	default:
		return i18n.M("Quedan %d días hábiles", s.Left)
	}
}
