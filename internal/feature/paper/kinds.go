package paper

import (
	"slices"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/agenda"
	"sigue/internal/platform/document"
	"sigue/internal/platform/notify"
)

// Which names one document of a process. The same Which is the same document: it has one
// draft, and of what is issued of it one at most is valid.
type Which struct {
	Case    string
	Kind    document.Kind
	Mandate string // the referral whose authority reads it; empty for what no authority reads
	// Occasion sets it apart from others of its kind: the month "2026-11", the appointment
	// that was missed or is called to, the document that is corrected. Empty for what there
	// is once in a process.
	Occasion string
}

// signedKinds are what is prepared, and signed in the center's name, in the order in which
// a process comes by them.
var signedKinds = []document.Kind{document.IntakeReport, document.MonthlyReport, document.AbsenceNotice, document.BreachReport,
	document.Correction, document.Conclusion, document.Certificate}

// Signed tells whether documents of a kind are prepared and signed; the others are printed
// by whoever hands them over.
func Signed(k document.Kind) bool { return slices.Contains(signedKinds, k) }

// Reasoned tells whether somebody writes a text of his own into documents of a kind.
func Reasoned(k document.Kind) bool { return slices.Contains(k.Fields(), document.FieldReason) }

// told is what follows when an authority gets a document: its notice, what its history
// says, and the task that the document answers.
type told struct {
	notice notify.Kind
	action string
	task   agenda.TaskKind // empty when none waits for it
}

// tellings are by kind; what is not here is told as a report.
var tellings = map[document.Kind]told{
	document.AbsenceNotice: {notice: notify.AbsenceTold, action: "agenda.absence_notice", task: agenda.TaskAbsenceNotice},
	document.BreachReport:  {notice: notify.BreachTold, action: "agenda.breach_report", task: agenda.TaskBreachReport},
	document.Correction:    {notice: notify.AbsenceCorrected, action: "agenda.correction", task: agenda.TaskCorrection},
}

// KindOfTask is the document that answers a task; false when a notice is enough.
func KindOfTask(k agenda.TaskKind) (document.Kind, bool) {
	for kind, t := range tellings {
		if t.task == k {
			return kind, true
		}
	}
	return "", false
}

// Month is a month of the calendar, by its first day.
type Month struct{ First clock.Date }

// MonthOf is the month of a day.
func MonthOf(d clock.Date) Month { return Month{d.AddDays(1 - d.Day())} }

// ParseMonth reads "2026-11".
func ParseMonth(typed string) (Month, error) {
	first, err := clock.ParseDate(typed + "-01")
	if err != nil {
		return Month{}, fault.New(fault.Invalid, i18n.M("Elija un mes de la lista."))
	}
	return Month{first}, nil
}

// String is the month as an occasion: "2026-11".
func (m Month) String() string { return m.First.String()[:len("2026-11")] }

// Last is its last day.
func (m Month) Last() clock.Date { return m.Next().First.AddDays(-1) }

// Next is the month after it.
func (m Month) Next() Month { return Month{m.First.AddMonths(1)} }

// Before is the month before it.
func (m Month) Before() Month { return Month{m.First.AddMonths(-1)} }

// Holds tells whether a day is in the month.
func (m Month) Holds(d clock.Date) bool { return !d.Before(m.First) && !d.After(m.Last()) }

var monthNames = [...]i18n.Msg{
	i18n.M("enero"), i18n.M("febrero"), i18n.M("marzo"), i18n.M("abril"), i18n.M("mayo"), i18n.M("junio"), i18n.M("julio"), i18n.M("agosto"),
	i18n.M("septiembre"), i18n.M("octubre"), i18n.M("noviembre"), i18n.M("diciembre"),
}

// Label is the month in words: "noviembre de 2026".
func (m Month) Label() i18n.Msg {
	return i18n.M("%s de %d", monthNames[m.First.Month()-1], m.First.Year())
}
