package followup

import "sigue/internal/base/i18n"

// Known is an answer of three values. What is not yes and not no is unknown: an empty
// answer, one of another list, one that nobody gave.
type Known string

// The values.
const (
	Yes     Known = "yes"
	No      Known = "no"
	Unknown Known = "unknown"
)

// Answers are the values in the order of a form.
var Answers = []Known{Yes, No, Unknown}

// Value is the answer as one of the three.
func (k Known) Value() Known {
	if k == Yes || k == No {
		return k
	}
	return Unknown
}

// Label is the answer in words.
func (k Known) Label() i18n.Msg {
	switch k.Value() {
	case Yes:
		return i18n.M("Sí")
	case No:
		return i18n.M("No")
	}
	return i18n.M("No se sabe")
}

// Tally counts answers of three values. There is no sum of No and Unknown: whoever wants
// a share takes it of the known ones and says how many are not known.
type Tally struct{ Yes, No, Unknown int }

// Add counts n answers.
func (t *Tally) Add(k Known, n int) {
	switch k.Value() {
	case Yes:
		t.Yes += n
	case No:
		t.No += n
	default:
		t.Unknown += n
	}
}

// Known is how many answers say something.
func (t Tally) Known() int { return t.Yes + t.No }

// All is how many answers were counted.
func (t Tally) All() int { return t.Yes + t.No + t.Unknown }
