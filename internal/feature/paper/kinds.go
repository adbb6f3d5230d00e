package paper

import (
	"slices"

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
