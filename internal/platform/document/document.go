package document

import (
	"time"

	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/folio"
	"sigue/internal/platform/ledger"
)

// Kind is a sort of document. The list is closed.
type Kind string

// The kinds.
const (
	Acknowledgement Kind = "acknowledgement" // of a referral, to whoever refers
)

// facts are the fixed words of a kind.
type facts struct {
	label i18n.Msg // its name on screen, and its title on paper
	file  string   // how the name of its file begins
	lacks i18n.Msg // what the paper leaves out, in its footer
}

var kinds = map[Kind]facts{
	Acknowledgement: {
		label: i18n.M("Acuse de canalización"),
		file:  "acuse",
		lacks: i18n.M("Este documento no contiene el nombre de la persona, datos de la víctima ni la narración de los hechos."),
	},
}

// Label is the name of a kind on screen; the zero sentence for one that is not listed.
func (k Kind) Label() i18n.Msg { return kinds[k].label }

// Document is an issued document without its content.
type Document struct {
	ID        string
	Kind      Kind
	Folio     folio.Folio
	Subject   ledger.Subject // what it is about
	IssuedAt  db.Time
	RevokedAt db.Time // zero while it is valid

	code string // of its verification; only what Read and IssueTx give holds it
}

// Valid tells whether the document stands.
func (d Document) Valid() bool { return d.RevokedAt.IsZero() }

// FileName is how the document is called when it is saved: "acuse-SIGUE-2026-000123-F.pdf".
func (d Document) FileName() string { return kinds[d.Kind].file + "-" + d.Folio.String() + ".pdf" }

// Content is what a document says, in Spanish, as on the day it was issued.
type Content struct {
	Lines       []Line       `json:"lines,omitempty"`
	Attachments []Attachment `json:"attachments,omitempty"`
	Paragraphs  []string     `json:"paragraphs,omitempty"` // what happens next
}

// Line is one row: what it is and what it says.
type Line struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// Attachment is a file that came with the subject, by its hash.
type Attachment struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // hexadecimal
	Size   int64  `json:"size"`   // bytes
}

// Public is all that a stranger learns about a document.
type Public struct {
	Kind     Kind
	IssuedAt time.Time
	Valid    bool
}
