package agenda

import (
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/center"
)

// Kind is what an appointment is for.
type Kind string

// The kinds. First is the one with which a process begins.
const (
	First      Kind = "first"
	Individual Kind = "individual"
	Group      Kind = "group"
)

// Label is the kind on screen.
func (k Kind) Label() i18n.Msg {
	switch k {
	case First:
		return i18n.M("Primera cita")
	case Group:
		return i18n.M("Sesión de grupo")
	}
	return i18n.M("Cita individual")
}

// Side is who asked for a change of an appointment.
type Side string

// The sides.
const (
	ByPerson    Side = "person"
	ByCenter    Side = "center"
	ByAuthority Side = "authority"
)

// Sides are the answers to "who asks for it".
var Sides = []Side{ByPerson, ByCenter, ByAuthority}

// Label is the side on screen.
func (s Side) Label() i18n.Msg {
	switch s {
	case ByPerson:
		return i18n.M("La persona")
	case ByCenter:
		return i18n.M("El centro")
	case ByAuthority:
		return i18n.M("Una autoridad")
	}
	return i18n.Msg{}
}

// InPerson is the mode of the catalogue that needs a room.
const InPerson = "in_person"

// Appointment is one appointment as it is stored.
type Appointment struct {
	ID            string  `db:"id"`
	CenterID      string  `db:"center_id"`
	Kind          Kind    `db:"kind"`
	CaseID        string  `db:"case_id"`  // empty for a group
	GroupID       string  `db:"group_id"` // empty for one person
	ComponentID   string  `db:"component_id"`
	SessionNumber int     `db:"session_number"`
	Account       string  `db:"account_id"`
	CoAccount     string  `db:"co_account_id"`
	VenueID       string  `db:"venue_id"`
	RoomID        string  `db:"room_id"`
	Mode          string  `db:"mode"`
	StartsAt      db.Time `db:"starts_at"`
	Minutes       int     `db:"minutes"`
	CreatedAt     db.Time `db:"created_at"`
	CreatedBy     string  `db:"created_by"`
	MovedFrom     string  `db:"moved_from"`
	EndedAt       db.Time `db:"ended_at"`
	EndedBy       string  `db:"ended_by"`
	EndedSide     Side    `db:"ended_side"`
	EndedReason   string  `db:"ended_reason"`
	HeldAt        db.Time `db:"held_at"`
	HeldBy        string  `db:"held_by"`
	Version       int     `db:"version"`

	guests []string // cases that make up a session of a group, where it was looked for
}

const appointmentColumns = `a.id, a.center_id, a.kind, a.case_id, a.group_id, a.component_id, a.session_number, a.account_id,
	a.co_account_id, a.venue_id, a.room_id, a.mode, a.starts_at, a.minutes, a.created_at, a.created_by, a.moved_from,
	a.ended_at, a.ended_by, a.ended_side, a.ended_reason, a.held_at, a.held_by, a.version`

// Ended tells whether it was moved or called off.
func (a Appointment) Ended() bool { return !a.EndedAt.IsZero() }

// Held tells whether it took place: somebody came.
func (a Appointment) Held() bool { return !a.HeldAt.IsZero() }

// EndsAt is its end by the plan.
func (a Appointment) EndsAt() time.Time {
	return a.StartsAt.Add(time.Duration(a.Minutes) * time.Minute)
}

// Day is the local day of its beginning.
func (a Appointment) Day() clock.Date { return clock.DateOf(a.StartsAt.Time) }

// span is its hours on its day.
func (a Appointment) span() center.Span {
	from := minuteOf(a.StartsAt.Time)
	return center.Span{From: from, Until: from + a.Minutes}
}

// minuteOf gives the minutes after local midnight.
func minuteOf(t time.Time) int {
	local := t.In(clock.Zone())
	return local.Hour()*60 + local.Minute()
}

// atMinute is the instant of so many minutes after the midnight of a day.
func atMinute(day clock.Date, minute int) time.Time { return day.At(minute/60, minute%60) }

// Hour is the beginning of an instant's hour on screen, "10:30".
func Hour(t time.Time) string { return t.In(clock.Zone()).Format("15:04") }

// quarter is the grid of the agenda.
const quarter = 15

// slots are the quarters of an hour that an appointment takes, as they are stored.
func (a Appointment) slots() []string {
	var all []string
	for t := a.StartsAt.UTC(); t.Before(a.EndsAt()); t = t.Add(quarter * time.Minute) {
		all = append(all, slotAt(t))
	}
	return all
}

// slotAt names a quarter of an hour; the names sort as time does.
func slotAt(t time.Time) string { return t.UTC().Format("2006-01-02T15:04Z") }

// What a booking takes.
const (
	caseResource    = "case:"
	accountResource = "account:"
	roomResource    = "room:"
)

// resources are what the appointment takes while it lasts.
func (a Appointment) resources() []string {
	var all []string
	add := func(kind, id string) {
		if id != "" {
			all = append(all, kind+id)
		}
	}
	add(caseResource, a.CaseID)
	for _, id := range a.guests {
		add(caseResource, id)
	}
	add(accountResource, a.Account)
	if a.CoAccount != a.Account {
		add(accountResource, a.CoAccount)
	}
	add(roomResource, a.RoomID)
	return all
}

// free gives the beginnings, in minutes, of stretches of a length inside some hours that
// nothing taken touches. They lie on the half hour, and right after the hours begin.
func free(hours center.Span, taken map[int]bool, minutes int) []int {
	var starts []int
	for at := hours.From; at+minutes <= hours.Until; at = nextHalf(at) {
		if !touches(taken, at, minutes) {
			starts = append(starts, at)
		}
	}
	return starts
}

func nextHalf(at int) int { return (at/30 + 1) * 30 }

// touches tells whether a stretch meets a taken quarter.
func touches(taken map[int]bool, at, minutes int) bool {
	for q := at; q < at+minutes; q += quarter {
		if taken[q] {
			return true
		}
	}
	return false
}
