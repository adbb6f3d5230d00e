package casefile

import (
	"slices"
	"time"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
)

// State is where a case file stands. It is computed from facts and cached for lists.
type State string

// The states of DOMAIN, section 3.
const (
	ToSchedule   State = "to_schedule"
	Scheduled    State = "scheduled"
	InAssessment State = "in_assessment"
	WaitingList  State = "waiting_list"
	Active       State = "active"
	Suspended    State = "suspended"
	Completed    State = "completed"
	Discharged   State = "discharged"
	ReferredOut  State = "referred_out"
	InFollowup   State = "in_followup"
	Closed       State = "closed"
)

// States lists them in the order of the way of a case.
var States = []State{ToSchedule, Scheduled, InAssessment, WaitingList, Active, Suspended, Completed, Discharged, ReferredOut,
	InFollowup, Closed}

// Label is the state in words.
func (s State) Label() i18n.Msg {
	switch s {
	case ToSchedule:
		return i18n.M("Por citar")
	case Scheduled:
		return i18n.M("Con primera cita")
	case InAssessment:
		return i18n.M("En valoración")
	case WaitingList:
		return i18n.M("En lista de espera")
	case Active:
		return i18n.M("En proceso")
	case Suspended:
		return i18n.M("Suspendido")
	case Completed:
		return i18n.M("Concluido")
	case Discharged:
		return i18n.M("Baja")
	case ReferredOut:
		return i18n.M("Derivado a otro servicio")
	case InFollowup:
		return i18n.M("En seguimiento")
	case Closed:
		return i18n.M("Cerrado")
	}
	return i18n.Msg{}
}

// Open tells whether the process goes on: a further mandate joins it.
func (s State) Open() bool {
	switch s {
	case ToSchedule, Scheduled, InAssessment, WaitingList, Active, Suspended:
		return true
	}
	return false
}

// Facts are the events that make the state. ScheduledAt is when the first appointment
// was given, not when it is held; each is the last of its kind.
type Facts struct {
	OpenedAt      time.Time
	ScheduledAt   time.Time
	PresentedAt   time.Time
	NoShowAt      time.Time
	NoShows       int // first appointments to which he did not come
	WaitlistedAt  time.Time
	AdmittedAt    time.Time
	SuspendedAt   time.Time
	ResumedAt     time.Time
	CompletedAt   time.Time
	DischargedAt  time.Time
	ReferredOutAt time.Time
	FollowupAt    time.Time
	ClosedAt      time.Time
}

// State is the one function that says where a case file stands.
func (f Facts) State() State {
	switch {
	case !f.ClosedAt.IsZero():
		return Closed
	case !f.FollowupAt.IsZero():
		return InFollowup
	case !f.CompletedAt.IsZero():
		return Completed
	case !f.ReferredOutAt.IsZero():
		return ReferredOut
	case !f.DischargedAt.IsZero():
		return Discharged
	case !f.AdmittedAt.IsZero() && f.SuspendedAt.After(f.ResumedAt):
		return Suspended
	case !f.AdmittedAt.IsZero():
		return Active
	case !f.WaitlistedAt.IsZero():
		return WaitingList
	case !f.PresentedAt.IsZero():
		return InAssessment
	case f.ScheduledAt.After(f.NoShowAt):
		return Scheduled
	default:
		return ToSchedule
	}
}

// Move is something that changes where a case file stands.
type Move string

// The moves.
const (
	Schedule Move = "schedule"
	Miss     Move = "no_show"
	Present  Move = "present"
	Wait     Move = "wait"
	Admit    Move = "admit"
	Suspend  Move = "suspend"
	Resume   Move = "resume"
	Complete Move = "complete"
	Drop     Move = "discharge"
	ReferOut Move = "refer_out"
	Follow   Move = "follow_up"
	Close    Move = "close"
)

// moves are the states from which each move is possible. He who comes without an
// appointment, or whose absence was noted in error, is present from to_schedule.
var moves = map[Move][]State{
	Schedule: {ToSchedule},
	Miss:     {Scheduled},
	Present:  {ToSchedule, Scheduled},
	Wait:     {InAssessment},
	Admit:    {InAssessment, WaitingList},
	Suspend:  {Active},
	Resume:   {Suspended},
	Complete: {Active},
	Drop:     {ToSchedule, Scheduled, InAssessment, WaitingList, Active, Suspended},
	ReferOut: {ToSchedule, Scheduled, InAssessment, WaitingList, Active, Suspended},
	Follow:   {Completed, Discharged, ReferredOut},
	Close:    {Completed, Discharged, ReferredOut, InFollowup},
}

// transitions are the ways between states that exist (DOMAIN, section 3).
var transitions = map[State][]State{
	ToSchedule:   {Scheduled, InAssessment, Discharged, ReferredOut},
	Scheduled:    {ToSchedule, InAssessment, Discharged, ReferredOut},
	InAssessment: {WaitingList, Active, Discharged, ReferredOut},
	WaitingList:  {Active, Discharged, ReferredOut},
	Active:       {Suspended, Completed, Discharged, ReferredOut},
	Suspended:    {Active, Discharged, ReferredOut},
	Completed:    {InFollowup, Closed},
	Discharged:   {InFollowup, Closed},
	ReferredOut:  {InFollowup, Closed},
	InFollowup:   {Closed},
}

// Can tells whether a move is possible in a state.
func (s State) Can(m Move) bool { return slices.Contains(moves[m], s) }

// after gives the facts with a move at an instant, or a Conflict that says where the
// file stands. Order, not the clocks of two machines, makes the state: what comes after
// something else is never put before it.
func (f Facts) after(m Move, at time.Time) (Facts, error) {
	if state := f.State(); !state.Can(m) {
		return f, fault.New(fault.Conflict, i18n.M("No se puede en este momento: el expediente está «%s». No se cambió nada.", state.Label()))
	}
	switch m {
	case Schedule:
		f.ScheduledAt = past(at, f.NoShowAt)
	case Miss:
		f.NoShowAt, f.NoShows = past(at, f.ScheduledAt), f.NoShows+1
	case Present:
		f.PresentedAt = at
	case Wait:
		f.WaitlistedAt = at
	case Admit:
		f.AdmittedAt = at
	case Suspend:
		f.SuspendedAt = past(at, f.ResumedAt)
	case Resume:
		f.ResumedAt = past(at, f.SuspendedAt)
	case Complete:
		f.CompletedAt = at
	case Drop:
		f.DischargedAt = at
	case ReferOut:
		f.ReferredOutAt = at
	case Follow:
		f.FollowupAt = at
	case Close:
		f.ClosedAt = at
	}
	return f, nil
}

// past is an instant, or the first one after another.
func past(at, than time.Time) time.Time {
	if !at.After(than) {
		return than.Add(time.Microsecond)
	}
	return at
}
