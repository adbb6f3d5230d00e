package program

import (
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/center"
)

// Mode is how a group meets.
type Mode string

// The modes of a group.
const (
	InPerson Mode = "in_person"
	Remote   Mode = "remote"
)

// Modes are the modes in the order of a form.
var Modes = []Mode{InPerson, Remote}

// Label is the mode's name on screen; the zero Msg for a mode that is not listed.
func (m Mode) Label() i18n.Msg {
	switch m {
	case InPerson:
		return i18n.M("Presencial")
	case Remote:
		return i18n.M("A distancia")
	}
	return i18n.Msg{}
}

// Group gives one component of a program version to several people of one center. Its
// sessions follow each other on one weekday at one hour.
type Group struct {
	ID, CenterID, VersionID, ComponentID string
	Name                                 string
	Open                                 bool // people may join after the first session
	Capacity                             int
	VenueID, RoomID                      string
	Weekday                              time.Weekday // of FirstOn
	StartsAt                             string       // local hour, HH:MM
	Minutes                              int
	Mode                                 Mode
	FirstOn                              clock.Date
	EveryDays                            int    // from one session to the next, of the component
	Lead, CoLead                         string // accounts, of today; of the first day until then
	Revision                             int
	OpenedAt, ConfirmedAt, ClosedAt      time.Time
	CloseReason                          string
}

// Confirmed tells whether its sessions stand in the agenda.
func (g Group) Confirmed() bool { return !g.ConfirmedAt.IsZero() }

// Closed tells whether the group has ended.
func (g Group) Closed() bool { return !g.ClosedAt.IsZero() }

// EndsAt is the local hour at which a session ends, HH:MM.
func (g Group) EndsAt() string {
	starts, _ := center.ParseHour(g.StartsAt)
	return center.ShowHour(starts + g.Minutes)
}

// Planned is one session of a group's schedule.
type Planned struct {
	Number  int // from 1
	On      clock.Date
	Skipped []Skip // days of the group since the session before on which it does not meet
}

// Skip is a day on which a group would meet and does not.
type Skip struct {
	On  clock.Date
	Why i18n.Msg
}

// PlanSessions gives the first n sessions of a group by a calendar: one every EveryDays
// from FirstOn. A closed day is skipped and the session moves to the group's next day,
// so that the weekday stays. A group that meets on a Saturday or Sunday does so on
// purpose: only holidays and closed days stop it.
func PlanSessions(g Group, n int, cal clock.Calendar) []Planned {
	every := g.EveryDays
	if every <= 0 {
		every = 7
	}
	var plan []Planned
	var skipped []Skip
	for day := g.FirstOn; len(plan) < n && !day.IsZero(); {
		if why := closed(day, cal); why.IsZero() {
			plan = append(plan, Planned{len(plan) + 1, day, skipped})
			skipped = nil
		} else {
			skipped = append(skipped, Skip{day, why})
		}
		next := day.AddDays(every)
		if next == day { // the end of the calendar
			break
		}
		day = next
	}
	return plan
}

// closed says why a group does not meet on a day that is one of its own; zero when it
// does.
func closed(day clock.Date, cal clock.Calendar) i18n.Msg {
	why := cal.Why(day)
	if isWeekend(day) && (why.Key == "sábado" || why.Key == "domingo") {
		return i18n.Msg{}
	}
	return why
}

func isWeekend(d clock.Date) bool {
	return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
}
