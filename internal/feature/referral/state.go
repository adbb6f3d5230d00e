package referral

import (
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
)

// State is where a referral stands. It is computed from facts and cached for lists.
type State string

// The states of DOMAIN, section 3, and Routed: a minor, sent to child protection.
const (
	Draft     State = "draft"
	Submitted State = "submitted"
	Returned  State = "returned"
	Accepted  State = "accepted"
	Declined  State = "declined"
	Withdrawn State = "withdrawn"
	Expired   State = "expired"
	Routed    State = "routed"
)

// States lists those that a panel can be filtered by.
var States = []State{Submitted, Returned, Accepted, Declined, Withdrawn, Expired, Routed}

// Label is the state in words, as a person of either side reads it.
func (s State) Label() i18n.Msg {
	switch s {
	case Draft:
		return i18n.M("Borrador")
	case Submitted:
		return i18n.M("Enviada, por responder")
	case Returned:
		return i18n.M("Devuelta para corregir")
	case Accepted:
		return i18n.M("Aceptada")
	case Declined:
		return i18n.M("No aceptada")
	case Withdrawn:
		return i18n.M("Retirada")
	case Expired:
		return i18n.M("Vencida sin corregir")
	case Routed:
		return i18n.M("Turnada a protección de la niñez")
	}
	return i18n.Msg{}
}

// Withdrawable tells whether the institution can still take the referral back.
func (s State) Withdrawable() bool { return s == Submitted || s == Accepted || s == Returned }

// Facts are the events that make the state.
type Facts struct {
	SubmittedAt   time.Time
	ResubmittedAt time.Time // the last time it came back corrected
	ReturnedAt    time.Time // the last time it was returned
	AcceptedAt    time.Time
	DeclinedAt    time.Time
	WithdrawnAt   time.Time
	ExpiredAt     time.Time
	RoutedAt      time.Time
	AppointmentAt time.Time // of the first appointment, once offered
	Urgent        bool
}

// State is the one function that says where a referral stands.
func (f Facts) State() State {
	switch {
	case f.SubmittedAt.IsZero():
		return Draft
	case !f.WithdrawnAt.IsZero():
		return Withdrawn
	case !f.RoutedAt.IsZero():
		return Routed
	case !f.DeclinedAt.IsZero():
		return Declined
	case !f.ExpiredAt.IsZero():
		return Expired
	case !f.AcceptedAt.IsZero():
		return Accepted
	case f.ReturnedAt.After(f.arrived()):
		return Returned
	default:
		return Submitted
	}
}

// arrived is when the text that the center has in hand came in.
func (f Facts) arrived() time.Time {
	if f.ResubmittedAt.After(f.SubmittedAt) {
		return f.ResubmittedAt
	}
	return f.SubmittedAt
}

// Clocks are the terms, in business days, that apply to a referral (DOMAIN, section
// 5; rules of the catalogue).
type Clocks struct {
	Answer      int // the center answers a referral
	Correct     int // the institution corrects a returned one
	Offer       int // the center offers the first appointment
	OfferUrgent int
}

// Deadline is what is due next and by when: the only place that says so. The
// calendar is that of whoever must act. It is zero when nobody is waited for.
func (f Facts) Deadline(c Clocks, center, institution clock.Calendar) clock.Deadline {
	switch f.State() {
	case Submitted:
		return clock.DueIn(f.arrived(), c.Answer, center)
	case Returned:
		return clock.DueIn(f.ReturnedAt, c.Correct, institution)
	case Accepted:
		if f.AppointmentAt.IsZero() {
			days := c.Offer
			if f.Urgent {
				days = c.OfferUrgent
			}
			return clock.DueIn(f.AcceptedAt, days, center)
		}
	}
	return clock.Deadline{}
}
