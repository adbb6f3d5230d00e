package clock

import (
	"time"

	"sigue/internal/base/i18n"
)

// Deadline is the last day on which something is on time. The zero Deadline is none.
//
// This is the one deadline function of the house: badge, list, notice and statistic
// all ask it. Whether something is overdue is never stored.
type Deadline struct{ Due Date }

// DueIn gives the deadline that runs from an event: that many business days after the
// day on which it happened in the State, at whatever hour. It counts from the event,
// never from the delivery of a message. No event, no deadline.
func DueIn(event time.Time, days int, cal Calendar) Deadline {
	return Deadline{Due: cal.Add(DateOf(event), days)}
}

// Kind is how pressing a deadline is; a greater one is more pressing.
type Kind int

// The kinds. Each day has exactly one.
const (
	None     Kind = iota // there is no deadline
	Ahead                // more than two business days are left
	Soon                 // two business days or fewer are left
	Tomorrow             // due on the next day of the calendar
	Today                // due today
	Overdue              // the due day is past
)

// Status is where a deadline stands on a day.
type Status struct {
	// Left is the number of business days until the due day, and below zero those that
	// have gone by since. It can be 0 while overdue: on the Saturday after a Friday.
	// Whether it is late is told by Kind alone.
	Left int
	Kind Kind
	Due  Date // the last day on time

	today Date
}

// Status tells where the deadline stands at an instant, in the business days of
// whoever must act.
func (d Deadline) Status(now time.Time, cal Calendar) Status {
	today := DateOf(now)
	if d.Due.IsZero() || today.IsZero() {
		return Status{}
	}
	s := Status{Left: cal.Between(today, d.Due), Due: d.Due, today: today}
	switch {
	case d.Due.Before(today):
		s.Kind = Overdue
	case d.Due == today:
		s.Kind = Today
	case d.Due == today.AddDays(1):
		s.Kind = Tomorrow
	case s.Left <= 2:
		s.Kind = Soon
	default:
		s.Kind = Ahead
	}
	return s
}

// Late tells whether the due day is past.
func (s Status) Late() bool { return s.Kind == Overdue }

// Words says it in a few words, in lower case: "vence mañana", "quedan 4 días hábiles",
// "2 días hábiles de retraso". It is zero when there is no deadline.
func (s Status) Words() i18n.Msg {
	switch {
	case s.Kind == None:
		return i18n.Msg{}
	case s.Kind == Today:
		return i18n.M("vence hoy")
	case s.Kind == Tomorrow:
		return i18n.M("vence mañana")
	case s.Kind == Overdue:
		return s.lateWords()
	case s.Left > 1:
		return i18n.M("quedan %d días hábiles", s.Left)
	case s.Due.Before(s.today.AddDays(7)):
		return i18n.M("vence el %s", weekday(s.Due)) // on a Friday: "el lunes" is plainer than "1 día hábil"
	}
	return i18n.M("vence el %s", s.Due.MX())
}

func (s Status) lateWords() i18n.Msg {
	switch {
	case s.Left < -1:
		return i18n.M("%d días hábiles de retraso", -s.Left)
	case s.Left == -1:
		return i18n.M("1 día hábil de retraso")
	case s.Due == s.today.AddDays(-1):
		return i18n.M("venció ayer")
	case s.Due.After(s.today.AddDays(-7)):
		return i18n.M("venció el %s", weekday(s.Due))
	}
	return i18n.M("venció el %s", s.Due.MX())
}
