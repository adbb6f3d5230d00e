package followup

import (
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
)

// Side is who does a follow-up.
type Side string

// The sides.
const (
	OfCenter      Side = "center"
	OfInstitution Side = "institution"
)

// State is where a follow-up stands.
type State string

// The states.
const (
	Planned   State = "planned"   // its window has not opened
	Open      State = "open"      // to be done
	Done      State = "done"      // the person was reached, or something was learnt of him
	Unreached State = "unreached" // tried: nobody was reached and nothing was learnt
	Undone    State = "undone"    // the file was closed before anybody did it
	Void      State = "void"      // nothing asks for it any more
)

// States lists them in the order of the lists.
var States = []State{Open, Planned, Done, Unreached, Undone, Void}

// Label is the state in words.
func (s State) Label() i18n.Msg {
	switch s {
	case Planned:
		return i18n.M("Por venir")
	case Open:
		return i18n.M("Por hacer")
	case Done:
		return i18n.M("Hecho")
	case Unreached:
		return i18n.M("No localizado")
	case Undone:
		return i18n.M("No se hizo")
	case Void:
		return i18n.M("Sin efecto")
	}
	return i18n.Msg{}
}

// Why a follow-up ended without an answer.
const (
	endUnreached = "unreached" // its window passed and enough was tried
	endClosed    = "closed"    // the case file was closed
	endVoid      = "void"      // the mandate no longer stands, or serves another file
)

// Followup is one follow-up of one side.
type Followup struct {
	ID            string     `db:"id"`
	Side          Side       `db:"side"`
	CaseID        string     `db:"case_id"`
	ReferralID    string     `db:"referral_id"`
	Folio         string     `db:"folio"` // of the case file at a center, of the referral at an institution
	CenterID      string     `db:"center_id"`
	InstitutionID string     `db:"institution_id"`
	AreaID        string     `db:"area_id"`
	Nth           int        `db:"nth"`
	Months        int        `db:"months"`
	CompletedOn   clock.Date `db:"completed_on"`
	OpensOn       clock.Date `db:"opens_on"`
	DueOn         clock.Date `db:"due_on"`
	ClosesOn      clock.Date `db:"closes_on"`
	Attempts      int        `db:"attempts"`
	Answers       int        `db:"answers"` // how many times it was answered: the first, and corrections
	AnsweredOn    clock.Date `db:"answered_on"`
	Reached       Known      `db:"reached"`
	Relapse       Known      `db:"relapse"`
	Abstains      Known      `db:"abstains"`
	EndedAt       db.Time    `db:"ended_at"`
	EndedWhy      string     `db:"ended_why"`
}

const followupColumns = `f.id, f.side, f.case_id, f.referral_id, f.folio, f.center_id, f.institution_id, f.area_id, f.nth, f.months,
	f.completed_on, f.opens_on, f.due_on, f.closes_on, f.attempts, f.answers, f.answered_on, f.reached, f.relapse, f.abstains, f.ended_at, f.ended_why`

// Last tells whether it is the last one of its side.
func (f Followup) Last() bool { return f.Nth == len(Rules{}.Months) }

// State is the one function that says where a follow-up stands on a day. An answer that
// came after it had ended holds.
func (f Followup) State(today clock.Date) State {
	switch {
	case f.Answers > 0 && learnt(f.Reached, f.Relapse, f.Abstains):
		return Done
	case f.Answers > 0:
		return Unreached
	case f.EndedWhy == endVoid:
		return Void
	case f.EndedWhy == endClosed:
		return Undone
	case f.EndedWhy == endUnreached:
		return Unreached
	case f.OpensOn.After(today):
		return Planned
	}
	return Open
}

// learnt tells whether the person was reached, or something is known of him.
func learnt(reached, relapse, abstains Known) bool {
	return reached == Yes || relapse.Value() != Unknown || abstains.Value() != Unknown
}

// Deadline is when it is due; none unless it is to be done.
func (f Followup) Deadline(now time.Time, cal clock.Calendar) clock.Status {
	if f.State(clock.DateOf(now)) != Open {
		return clock.Status{}
	}
	return clock.Deadline{Due: f.DueOn}.Status(now, cal)
}

// InWindow tells whether a day lies in the window, with its first and last day.
func (f Followup) InWindow(day clock.Date) bool {
	return !day.Before(f.OpensOn) && !day.After(f.ClosesOn)
}

// Outside tells whether it was answered outside its window.
func (f Followup) Outside() bool { return f.Answers > 0 && !f.InWindow(f.AnsweredOn) }

// Title names a follow-up.
func (f Followup) Title() i18n.Msg {
	if f.Months == 1 {
		return i18n.M("Seguimiento de 1 mes")
	}
	return i18n.M("Seguimiento de %d meses", f.Months)
}
