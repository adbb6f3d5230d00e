// Package document issues papers: a PDF with folio and QR, and a public page that
// tells whoever holds the paper what kind it is, when it was issued and whether it is
// valid, and nothing else.
//
// Promises: a document is what it was on the day it was issued (its content is kept,
// sealed with the key of its case, and drawn the same each time); the code in the QR
// cannot be guessed; a revoked document says so on its page; each download is in the
// ledger.
//
// Table: documents. Permissions: access.ReferralRead, access.DocumentVerify.
package document

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/folio"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/vault"
)

// Kind is what a document is.
type Kind string

// The kinds.
const (
	Acknowledgement Kind = "acknowledgement"
)

// Label names a kind, as a title and on the public page.
func (k Kind) Label() i18n.Msg {
	if k == Acknowledgement {
		return i18n.M("Acuse de canalización")
	}
	return i18n.M("Documento")
}

// Content is what a document says. Its texts are Spanish: it is an official paper.
type Content struct {
	Lines       []Line       `json:"lines"`
	Attachments []Attachment `json:"attachments,omitempty"`
	Paragraphs  []string     `json:"paragraphs,omitempty"`
}

// Line is one fact of a document.
type Line struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// Attachment is a paper that a document lists, with the hash that proves it.
type Attachment struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

// Issue is an order to issue a document.
type Issue struct {
	Kind                      Kind
	Folio                     folio.Folio
	Subject                   ledger.Subject
	Institution, Area, Center string
	Key                       *vault.Key
	Content                   Content
}

// Document is an issued document without its content.
type Document struct {
	ID        string      `db:"id"`
	Kind      Kind        `db:"kind"`
	Folio     folio.Folio `db:"folio"`
	Code      string      `db:"code"`
	IssuedAt  db.Time     `db:"issued_at"`
	RevokedAt db.Time     `db:"revoked_at"`
}

const columns = `d.id, d.kind, d.folio, d.code, d.issued_at, d.revoked_at`

// Branding is whose papers these are.
type Branding struct{ State string }

// Service issues, reads, verifies and revokes documents.
type Service struct {
	db       *db.DB
	vault    *vault.Vault
	ledger   *ledger.Ledger
	branding Branding
	baseURL  string
}

// New makes the service. baseURL is printed into the QR code.
func New(d *db.DB, v *vault.Vault, l *ledger.Ledger, b Branding, baseURL string) *Service {
	return &Service{db: d, vault: v, ledger: l, branding: b, baseURL: baseURL}
}

// newCode makes a code that cannot be guessed: 130 bits, in letters and digits that
// are read aloud without error.
func newCode() string { return strings.ToLower(rand.Text()) }

func place(id string) []byte { return vault.Place("documents", "content", id) }

// IssueTx issues a document with the caller's transaction.
func (s *Service) IssueTx(ctx context.Context, tx *db.Tx, actor access.Actor, i Issue) (Document, error) {
	d := Document{ID: db.NewID(), Kind: i.Kind, Folio: i.Folio, Code: newCode(), IssuedAt: db.At(tx.Now())}
	body, err := json.Marshal(i.Content)
	if err != nil {
		return d, err
	}
	sealed, err := i.Key.Seal(body, place(d.ID))
	if err != nil {
		return d, err
	}
	if _, err := tx.Exec(ctx, `
		insert into documents (id, kind, folio, code, subject_type, subject_id, institution_id, area_id, center_id, key_id,
			content, issued_at, issued_by, revoked_by, revoked_reason)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', '')`,
		d.ID, string(i.Kind), i.Folio, d.Code, i.Subject.Type, i.Subject.ID, i.Institution, i.Area, i.Center, i.Key.ID(),
		sealed, d.IssuedAt, actor.Name()); err != nil {
		return d, err
	}
	return d, s.ledger.AppendTx(ctx, tx, actor, ledger.Entry{
		Action: "document.issue", Subject: i.Subject, Institution: i.Institution, Center: i.Center,
		Changes: []ledger.Change{{Field: "document", After: d.ID}, {Field: "kind", After: string(i.Kind)}},
	})
}

// ListTx gives the documents of one subject. The caller has reached the subject
// through a record of his scope.
func (s *Service) ListTx(ctx context.Context, tx *db.Tx, subject ledger.Subject) ([]Document, error) {
	var out []Document
	err := tx.Select(ctx, &out, `select `+columns+` from documents d where d.subject_type = $1 and d.subject_id = $2
		order by d.issued_at, d.id`, subject.Type, subject.ID)
	return out, err
}

// MoveTx gives the documents of a subject to another center, when the subject goes there.
func (s *Service) MoveTx(ctx context.Context, tx *db.Tx, subject ledger.Subject, center string) error {
	_, err := tx.Exec(ctx, `update documents set center_id = $1 where subject_type = $2 and subject_id = $3`,
		center, subject.Type, subject.ID)
	return err
}

// owned is a document with its owners and its sealed content.
type owned struct {
	Document
	SubjectType string `db:"subject_type"`
	SubjectID   string `db:"subject_id"`
	Institution string `db:"institution_id"`
	Center      string `db:"center_id"`
	KeyID       string `db:"key_id"`
	Content     []byte `db:"content"`
}

func load(ctx context.Context, tx *db.Tx, scope access.Scope, id string) (owned, error) {
	var o owned
	var args db.Args
	err := tx.Get(ctx, &o, `select `+columns+`, d.subject_type, d.subject_id, d.institution_id, d.center_id, d.key_id, d.content
		from documents d where d.id = `+args.Add(id)+` and `+scope.SQL(access.Columns{
		Institution: "d.institution_id", Area: "d.area_id", Center: "d.center_id",
	}, &args), args...)
	if errors.Is(err, db.ErrNoRows) {
		return o, fault.Missing()
	}
	return o, err
}

func (o owned) entry(action string) ledger.Entry {
	return ledger.Entry{
		Action: action, Subject: ledger.Subject{Type: o.SubjectType, ID: o.SubjectID}, Institution: o.Institution, Center: o.Center,
		Changes: []ledger.Change{{Field: "document", After: o.ID}},
	}
}

// Read gives a document of the actor's scope with its content, and writes that it was read.
func (s *Service) Read(ctx context.Context, actor access.Actor, id string) (Document, Content, error) {
	scope, err := actor.Require(access.ReferralRead)
	if err != nil {
		return Document{}, Content{}, err
	}
	var o owned
	var content Content
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		if o, err = load(ctx, tx, scope, id); err != nil {
			return err
		}
		key, err := s.vault.KeyTx(ctx, tx, o.KeyID)
		if err != nil {
			return err
		}
		body, err := key.Open(o.Content, place(o.ID))
		if err != nil {
			return err
		}
		if err := json.Unmarshal(body, &content); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, o.entry("document.read"))
	})
	return o.Document, content, err
}

// Public is all that the verification page may know.
type Public struct {
	Kind     Kind
	IssuedAt time.Time
	Valid    bool
}

var codeForm = regexp.MustCompile(`^[a-z2-7]{26}$`)

// Verify tells whoever holds a code what the document is. An unknown code is NotFound.
func (s *Service) Verify(ctx context.Context, actor access.Actor, code string) (Public, error) {
	if _, err := actor.Require(access.DocumentVerify); err != nil {
		return Public{}, err
	}
	code = strings.ToLower(strings.TrimSpace(code))
	if !codeForm.MatchString(code) {
		return Public{}, fault.Missing()
	}
	var d Document
	err := s.db.View(ctx, func(tx *db.Tx) error {
		return tx.Get(ctx, &d, `select `+columns+` from documents d where d.code = $1`, code)
	})
	if errors.Is(err, db.ErrNoRows) {
		return Public{}, fault.Missing()
	}
	return Public{Kind: d.Kind, IssuedAt: d.IssuedAt.Time, Valid: d.RevokedAt.IsZero()}, err
}

// Revoke takes a document's validity away; its page then says so.
func (s *Service) Revoke(ctx context.Context, actor access.Actor, id, reason string) error {
	scope, err := actor.Require(access.ReferralReceive)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		o, err := load(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		if !o.RevokedAt.IsZero() {
			return nil
		}
		if _, err := tx.Exec(ctx, `update documents set revoked_at = $1, revoked_by = $2, revoked_reason = $3 where id = $4`,
			db.At(tx.Now()), actor.Account, reason, id); err != nil {
			return err
		}
		entry := o.entry("document.revoke")
		entry.Reason = reason
		return s.ledger.AppendTx(ctx, tx, actor, entry)
	})
}

// VerifyURL is the address in the QR code.
func (s *Service) VerifyURL(d Document) string { return s.baseURL + "/v/" + d.Code }
