package document

import (
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/folio"
	"sigue/internal/platform/ledger"
)

// Document is an issued document without its content.
type Document struct {
	ID        string
	Kind      Kind
	Folio     folio.Folio    // of its referral or case; none for a list of a group
	Number    string         // its own: "CON-2026-0017", "SIGUE-2026-000123-F-02"
	Occasion  string         // see [Issue]
	Subject   ledger.Subject // what it is about
	IssuedAt  db.Time
	RevokedAt db.Time // zero while it is valid

	code    string // of its verification; only what Read and IssueTx give holds it
	preview bool   // of a wording, with examples: no document
}

// Draft is what will be issued, to be looked at before: it has neither number nor code,
// and what is drawn of it says that it is no document.
func Draft(kind Kind, f folio.Folio, at time.Time) Document {
	return Document{Kind: kind, Folio: f, Number: es(i18n.M("sin número")), IssuedAt: db.At(at), preview: true}
}

// Name is what the document is called in a list: its kind, and of a monthly report the
// month too.
func (d Document) Name() i18n.Msg {
	if month, err := clock.ParseMonth(d.Occasion); err == nil && d.Kind == MonthlyReport {
		return i18n.M("%s, %s", d.Kind.Label(), month.Label())
	}
	return d.Kind.Label()
}

// Valid tells whether the document stands.
func (d Document) Valid() bool { return d.RevokedAt.IsZero() }

// FileName is how the document is called when it is saved:
// "acuse-SIGUE-2026-000123-F-01.pdf".
func (d Document) FileName() string { return kinds[d.Kind].file + "-" + d.Number + ".pdf" }

// Content is what a document says, in Spanish, as on the day it was issued.
// It is printed in the order of the fields.
type Content struct {
	Title       string       `json:"title,omitempty"`   // that of its kind, when empty
	Wording     string       `json:"wording,omitempty"` // version of the template: "certificate/3"
	Lines       []Line       `json:"lines,omitempty"`
	Body        []string     `json:"body,omitempty"` // paragraphs
	Tables      []Table      `json:"tables,omitempty"`
	Sections    []Section    `json:"sections,omitempty"`
	Attachments []Attachment `json:"attachments,omitempty"`
	Paragraphs  []string     `json:"paragraphs,omitempty"` // what happens next
	Signatures  []Signature  `json:"signatures,omitempty"` // lines on which somebody signs
	Foot        string       `json:"foot,omitempty"`       // on each page, in place of that of its kind
}

// Section is a part with its own heading. In a kind with an index each begins a page.
type Section struct {
	Title  string   `json:"title"`
	Lines  []Line   `json:"lines,omitempty"`
	Body   []string `json:"body,omitempty"`
	Tables []Table  `json:"tables,omitempty"`
}

// Table has rows as long as its columns are many; its head is repeated on each page.
type Table struct {
	Title   string     `json:"title,omitempty"`
	Columns []Column   `json:"columns"`
	Rows    [][]string `json:"rows"`
	Height  float64    `json:"height,omitempty"` // least height of a row, in millimetres: room to sign
}

// Column is one of a table. Its width is Share of the sum of all shares.
type Column struct {
	Title string  `json:"title"`
	Share float64 `json:"share"`
}

// Signature is a line with the name and the post under it; both may be empty.
type Signature struct {
	Name string `json:"name,omitempty"`
	Post string `json:"post,omitempty"`
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
