package agenda

import (
	"slices"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
)

// TaskKind is what somebody of the center owes.
type TaskKind string

// The kinds. All but the call are a word to an authority.
const (
	TaskCall          TaskKind = "call"           // to the person, after an absence
	TaskAbsenceNotice TaskKind = "absence_notice" // to the referring area
	TaskNoShowNotice  TaskKind = "no_show_notice" // did not come to the first appointment
	TaskBreachReport  TaskKind = "breach_report"  // to the authority, signed
	TaskCorrection    TaskKind = "correction"     // what it was told is no longer so
)

// ToAuthority tells whether the task is a word to an authority.
func (k TaskKind) ToAuthority() bool { return k != TaskCall }

// Label is the task on screen.
func (k TaskKind) Label() i18n.Msg {
	switch k {
	case TaskCall:
		return i18n.M("Llamar a la persona")
	case TaskAbsenceNotice:
		return i18n.M("Avisar de la inasistencia")
	case TaskNoShowNotice:
		return i18n.M("Avisar que no se presentó")
	case TaskBreachReport:
		return i18n.M("Informar del incumplimiento")
	case TaskCorrection:
		return i18n.M("Corregir lo informado")
	}
	return i18n.Msg{}
}

// Rules are the rules of the ladder on a day, from the catalogue. Terms are in business
// days and count from the absence itself.
type Rules struct {
	Tell        int // unexcused absences until the first notice
	Breach      int // until the breach report
	NoShows     int // of the first appointment, until the breach report
	CallDays    int
	NoticeDays  int
	NoShowDays  int
	BreachDays  int
	CorrectDays int
}

// Absence is an unexcused absence.
type Absence struct {
	Appointment string
	At          time.Time // when the appointment began
	First       bool      // it was the first appointment of the process
}

// Mandate is the time in which one authority obliges the person; a zero day is open.
type Mandate struct {
	Referral    string
	Voluntary   bool
	Revoked     bool
	From, Until clock.Date
}

// obliges tells whether the authority must hear of an absence on a day.
func (m Mandate) obliges(day clock.Date) bool {
	return !m.Voluntary && !m.Revoked && !day.Before(m.From) && (m.Until.IsZero() || !day.After(m.Until))
}

// Owed is one thing that an absence calls for.
type Owed struct {
	Referral    string // empty for a call
	Appointment string
	Kind        TaskKind
	At          time.Time
	DueOn       clock.Date
}

// Ladder gives what some absences, oldest first, call for. The first ones call for a
// telephone call; from the number Tell on each is told to the referring area, the one
// numbered Breach is reported as a breach. Each authority counts only the absences inside
// its own mandate, so that none learns of another's; without a mandate there is only the
// call.
func Ladder(absences []Absence, mandates []Mandate, r Rules, cal clock.Calendar) []Owed {
	var owed []Owed
	for _, a := range absences {
		owed = append(owed, Owed{Appointment: a.Appointment, Kind: TaskCall, At: a.At, DueOn: clock.DueIn(a.At, r.CallDays, cal).Due})
	}
	for _, m := range mandates {
		missed, noShows := 0, 0
		for _, a := range absences {
			if !m.obliges(clock.DateOf(a.At)) {
				continue
			}
			o := Owed{Referral: m.Referral, Appointment: a.Appointment, At: a.At}
			if a.First {
				noShows++
				o.Kind, o.DueOn = r.noShow(noShows, a.At, cal)
			} else {
				missed++
				o.Kind, o.DueOn = r.missed(missed, a.At, cal)
			}
			if o.Kind != "" {
				owed = append(owed, o)
			}
		}
	}
	return owed
}

// placing is how an absence lies to the mandate of one authority.
type placing int

const (
	within    placing = iota // the ladder says what the authority must be told
	quiet                    // it must hear nothing more, not even a correction
	elsewhere                // its mandate is not of this case file
)

// place tells how an absence lies to a mandate. An authority that revoked its order, or
// that obliges no longer on the day of an absence that stands, hears nothing more of it:
// what it was told was true when it was told. A call is always within.
func place(about cause, absences []Absence, mandates []Mandate) placing {
	if about.referral == "" {
		return within
	}
	i := slices.IndexFunc(mandates, func(m Mandate) bool { return m.Referral == about.referral })
	if i < 0 {
		return elsewhere
	}
	m := mandates[i]
	if m.Revoked || slices.ContainsFunc(absences, func(a Absence) bool {
		return a.Appointment == about.appointment && !m.obliges(clock.DateOf(a.At))
	}) {
		return quiet
	}
	return within
}

// missed is what the nth absence calls for.
func (r Rules) missed(n int, at time.Time, cal clock.Calendar) (TaskKind, clock.Date) {
	switch {
	case n == r.Breach:
		return TaskBreachReport, clock.DueIn(at, r.BreachDays, cal).Due
	case n >= r.Tell || n > r.Breach:
		return TaskAbsenceNotice, clock.DueIn(at, r.NoticeDays, cal).Due
	}
	return "", clock.Date{}
}

// noShow is what the nth time calls for that somebody did not come to his first
// appointment.
func (r Rules) noShow(n int, at time.Time, cal clock.Calendar) (TaskKind, clock.Date) {
	if n == r.NoShows {
		return TaskBreachReport, clock.DueIn(at, r.BreachDays, cal).Due
	}
	return TaskNoShowNotice, clock.DueIn(at, r.NoShowDays, cal).Due
}

// deed is a task as the ladder needs it.
type deed struct {
	ID     string
	Kind   TaskKind
	DoneAt time.Time
	Void   bool
}

func (d deed) open() bool { return d.DoneAt.IsZero() && !d.Void }

// due gives the one task that must be open about an absence, for one authority (or the
// call), when want is what the ladder calls for, "" for nothing; "" when none must be. An
// authority that was told what no longer holds must get a correction; one that was told
// less than it must know gets the report.
func due(history []deed, want TaskKind) TaskKind {
	told := told(history)
	switch {
	case want == "" && told == "":
		return ""
	case want == "" && told == TaskCall:
		return ""
	case want == "", told == TaskBreachReport && want != TaskBreachReport: // an earlier absence was excused: no breach any more
		return TaskCorrection
	case told == "", want == TaskBreachReport && told != TaskBreachReport:
		return want
	}
	return ""
}

// told is what was last done about an absence and still stands: "" after a correction.
// A breach report says more than a notice.
func told(history []deed) TaskKind {
	done := slices.DeleteFunc(slices.Clone(history), func(d deed) bool { return d.DoneAt.IsZero() })
	slices.SortStableFunc(done, func(a, b deed) int { return a.DoneAt.Compare(b.DoneAt) })
	var last TaskKind
	for _, d := range done {
		switch {
		case d.Kind == TaskCorrection:
			last = ""
		case last != TaskBreachReport:
			last = d.Kind
		}
	}
	return last
}
