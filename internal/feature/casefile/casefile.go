package casefile

import (
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/feature/program"
)

// Case is a case file without its texts.
type Case struct {
	ID         string
	Folio      string // its own: that of a referral would name one authority to another
	CenterID   string
	PersonID   string
	KeyID      string
	State      State
	Facts      Facts
	Voluntary  bool   // no mandate obliges him now: no authority is told anything
	Person     string // short; the folio, of a sealed file
	Sealed     bool
	NextAt     time.Time // of the next appointment; zero when there is none
	Risk       RiskLevel
	RiskReview clock.Date
	MergedInto string // of a file that another one took up
}

// Mandate is what one authority ordered, of a case file.
type Mandate struct {
	ReferralID    string
	InstitutionID string
	AreaID        string
	Area          string // name with its institution
	Folio         string // of the referral
	CaseValue     string
	Basis         string // code of the legal basis
	Voluntary     bool
	Sessions      int // 0: as many as the plan has
	From, Until   clock.Date
	DoneBefore    int // sessions delivered before this mandate joined
	JoinedAt      time.Time
	RevokedAt     time.Time
}

// Revoked tells whether the mandate obliges to nothing any more.
func (m Mandate) Revoked() bool { return !m.RevokedAt.IsZero() }

// Plan is the snapshot of a program version that a person follows.
type Plan struct {
	VersionID   string
	ProgramName string
	Number      int // of the version
	Required    int // attendance to complete it, in percent
	Source      string
	StartsOn    clock.Date
	ForecastOn  clock.Date // as computed on admission
	AdmittedAt  time.Time
	Components  []PlanComponent
}

// PlanComponent is a part of a plan with what was delivered of it. ID is that of the
// program's component, so that groups and appointments name the same one.
type PlanComponent struct {
	ID          string
	Area        program.ServiceArea
	Name        string
	Group       bool
	Minutes     int // of one session
	EveryDays   int
	Prescribed  int // sessions
	Done        int // sessions delivered
	DoneMinutes int
	Missed      int // sessions held without him, not excused
	Sessions    []PlanSession
}

// PlanSession is one session of a plan.
type PlanSession struct {
	Number int
	Title  string
	Topics []string
}

// Progress is how much of something is done, in sessions.
type Progress struct{ Done, Of int }

// Percent is the share that is done, rounded down; 0 of nothing.
func (p Progress) Percent() int {
	if p.Of == 0 {
		return 0
	}
	return p.Done * 100 / p.Of
}

// Progress is the sum over all components.
func (p *Plan) Progress() (sum Progress) {
	if p == nil {
		return sum
	}
	for _, c := range p.Components {
		sum.Done += min(c.Done, c.Prescribed)
		sum.Of += c.Prescribed
	}
	return sum
}

// Reached tells whether the required attendance is reached: delivered of prescribed.
func (p *Plan) Reached() bool {
	sum := p.Progress()
	return sum.Of > 0 && sum.Done*100 >= sum.Of*p.Required
}

// ProjectedEnd is the day of the last session when what is left is given from a day on:
// the longest component, one session every EveryDays, business days only. It is zero
// when nothing is left.
func (p *Plan) ProjectedEnd(from clock.Date, cal clock.Calendar) clock.Date {
	left := program.Version{}
	for _, c := range p.Components {
		if n := c.Prescribed - c.Done; n > 0 {
			left.Components = append(left.Components, program.Component{EveryDays: c.EveryDays, Sessions: make([]program.Session, n)})
		}
	}
	return left.ForecastEnd(from, cal)
}

// Of is how much of a mandate is done when so many sessions of the plan were delivered
// in all: what came before it joined counts for the others, not for it.
func (m Mandate) Of(plan Progress) Progress {
	of := m.Sessions
	if of == 0 {
		of = max(plan.Of-m.DoneBefore, 0)
	}
	return Progress{Done: min(max(plan.Done-m.DoneBefore, 0), of), Of: of}
}
