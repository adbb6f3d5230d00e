package document

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/folio"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/vault"
)

// Service issues, reads, verifies and revokes documents.
type Service struct {
	db       *db.DB
	vault    *vault.Vault
	ledger   *ledger.Ledger
	branding Branding
	baseURL  string
}

// New makes the service. baseURL ("https://sigue.example") begins the addresses that
// are printed.
func New(d *db.DB, v *vault.Vault, l *ledger.Ledger, b Branding, baseURL string) *Service {
	return &Service{db: d, vault: v, ledger: l, branding: b.withDefaults(), baseURL: strings.TrimRight(baseURL, "/")}
}

// Issue is a document to be issued. Key seals its content; Institution, Area and Center
// are the owners of its subject, who may read it; what stays inside names no institution.
type Issue struct {
	Kind                      Kind
	Folio                     folio.Folio // none only for an [AttendanceList]
	Occasion                  string      // what sets it apart from others of its kind: a month, an appointment; mostly empty
	Subject                   ledger.Subject
	Institution, Area, Center string
	Readers                   []string // accounts that alone open it at the center; none: all who may by their post
	Key                       *vault.Key
	Content                   Content
}

// Why a document stopped being valid. What a person wrote about it is in the ledger
// alone: it may name somebody.
const (
	superseded = "superseded" // a newer one took its place
	revoked    = "revoked"
)

// check tells a caller what he has done wrong; nobody who uses the pages can.
func (i Issue) check() error {
	f, known := kinds[i.Kind]
	switch {
	case !known || i.Key == nil || i.Folio.IsZero() && i.Kind != AttendanceList:
		return fmt.Errorf("document: a %q needs a known kind, a folio and a key", i.Kind)
	case f.prefix != "" && (i.Center == "" || i.Institution != "" || i.Area != ""):
		return fmt.Errorf("document: a %q belongs to its center alone", i.Kind)
	case f.table && !slices.ContainsFunc(i.Content.Tables, func(t Table) bool { return len(t.Rows) > 0 }):
		return fmt.Errorf("document: a %q needs a table with rows", i.Kind)
	case f.modest && claim(i.Content.text()) != "":
		return fmt.Errorf("document: a %q may not say %q", i.Kind, claim(i.Content.text()))
	}
	return i.Content.checkTables()
}

// IssueTx issues a document with the caller's transaction and draws its number in it. An
// earlier one of the same kind and occasion about the same subject stops being valid. The
// caller has reached the subject with his own permission.
func (s *Service) IssueTx(ctx context.Context, tx *db.Tx, actor access.Actor, i Issue) (Document, error) {
	if err := i.check(); err != nil {
		return Document{}, err
	}
	n, err := numberTx(ctx, tx, i)
	if err != nil {
		return Document{}, err
	}
	r := row{
		ID: db.NewID(), Kind: i.Kind, Folio: i.Folio, Number: n.text, Occasion: i.Occasion, Code: newCode(),
		SubjectType: i.Subject.Type, SubjectID: i.Subject.ID,
		Institution: i.Institution, Center: i.Center, KeyID: i.Key.ID(), IssuedAt: db.At(tx.Now()),
	}
	if r.Content, err = seal(i.Key, r.ID, i.Content); err != nil {
		return Document{}, err
	}
	if _, err := tx.Exec(ctx, `update documents set revoked_at = $1, revoked_by = $2, revoked_reason = $3
		where kind = $4 and subject_type = $5 and subject_id = $6 and occasion = $7 and revoked_at is null`,
		r.IssuedAt, actor.Name(), superseded, string(r.Kind), r.SubjectType, r.SubjectID, r.Occasion); err != nil {
		return Document{}, err
	}
	if _, err := tx.Exec(ctx, `
		insert into documents (id, kind, folio, series, place, number, occasion, code, subject_type, subject_id,
			institution_id, area_id, center_id, readers, key_id, content, issued_at, issued_by, revoked_by, revoked_reason)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, '', '')`,
		r.ID, string(r.Kind), r.Folio, n.series, n.place, r.Number, r.Occasion, r.Code, r.SubjectType, r.SubjectID,
		r.Institution, i.Area, r.Center, strings.Join(i.Readers, " "), r.KeyID, r.Content, r.IssuedAt, actor.Name()); err != nil {
		return Document{}, err
	}
	return r.document(), s.note(ctx, tx, actor, "document.issue", r, "")
}

// note appends to the ledger what was done to a document, on the record it is about,
// so that the history and the readers of that record hold it.
func (s *Service) note(ctx context.Context, tx *db.Tx, actor access.Actor, action string, r row, reason string) error {
	return s.ledger.AppendTx(ctx, tx, actor, ledger.Entry{
		Action: action, Subject: r.document().Subject, Institution: r.Institution, Center: r.Center, Reason: reason,
		Changes: []ledger.Change{{Field: "document", After: r.ID}},
	})
}

func place(id string) []byte { return vault.Place("documents", "content", id) }

func seal(key *vault.Key, id string, c Content) ([]byte, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("document: %w", err)
	}
	return key.Seal(body, place(id))
}

// MoveTx gives the documents about a subject to another center, together with the
// subject. The caller has changed the center of the subject itself.
func (s *Service) MoveTx(ctx context.Context, tx *db.Tx, about ledger.Subject, center string) error {
	_, err := tx.Exec(ctx, `update documents set center_id = $1 where subject_type = $2 and subject_id = $3`,
		center, about.Type, about.ID)
	return err
}

// ReserveTx keeps the documents about a subject, at its center, for the accounts that are
// named; for none it opens them again to all who may by their post. What acknowledges a
// referral stays open: it names nobody.
func (s *Service) ReserveTx(ctx context.Context, tx *db.Tx, about ledger.Subject, readers []string) error {
	_, err := tx.Exec(ctx, `update documents set readers = $1 where subject_type = $2 and subject_id = $3 and kind <> $4`,
		strings.Join(readers, " "), about.Type, about.ID, string(Acknowledgement))
	return err
}

// row is a document as stored.
type row struct {
	ID          string      `db:"id"`
	Kind        Kind        `db:"kind"`
	Folio       folio.Folio `db:"folio"`
	Number      string      `db:"number"`
	Occasion    string      `db:"occasion"`
	Code        string      `db:"code"`
	SubjectType string      `db:"subject_type"`
	SubjectID   string      `db:"subject_id"`
	Institution string      `db:"institution_id"`
	Center      string      `db:"center_id"`
	KeyID       string      `db:"key_id"`
	Content     []byte      `db:"content"`
	IssuedAt    db.Time     `db:"issued_at"`
	RevokedAt   db.Time     `db:"revoked_at"`
}

func (r row) document() Document {
	return Document{
		ID: r.ID, Kind: r.Kind, Folio: r.Folio, Number: r.Number, Occasion: r.Occasion,
		Subject:  ledger.Subject{Type: r.SubjectType, ID: r.SubjectID},
		IssuedAt: r.IssuedAt, RevokedAt: r.RevokedAt, code: r.Code,
	}
}

// ListQuery is what [Service.ListTx] asks, for [db.Tx.Ahead].
func ListQuery(about ledger.Subject) db.Query {
	return db.Q(`select id, kind, folio, number, occasion, subject_type, subject_id, issued_at, revoked_at
		from documents where subject_type = $1 and subject_id = $2 order by issued_at, id`, about.Type, about.ID)
}

// ListTx gives the documents about a subject, the oldest first, the revoked too. The
// caller has reached the subject with his own permission.
func (s *Service) ListTx(ctx context.Context, tx *db.Tx, about ledger.Subject) ([]Document, error) {
	var rows []row
	q := ListQuery(about)
	if err := tx.Select(ctx, &rows, q.Text, q.Args...); err != nil {
		return nil, err
	}
	out := make([]Document, len(rows))
	for i, r := range rows {
		out[i] = r.document()
	}
	return out, nil
}

// reach is the part of a where that holds what an actor may do something with: for each
// kind the rows over which he has the permission that the kind asks for. NotFound when he
// has none.
func reach(actor access.Actor, asks func(facts) access.Permission, args *db.Args) (string, error) {
	byPermission := map[access.Permission][]string{}
	for _, kind := range order {
		p := asks(kinds[kind])
		byPermission[p] = append(byPermission[p], string(kind))
	}
	var parts []string
	for _, p := range slices.Sorted(maps.Keys(byPermission)) {
		scope, err := actor.Require(p)
		if err != nil {
			continue
		}
		parts = append(parts, `kind in (`+args.In(byPermission[p])+`) and `+
			scope.SQL(access.Columns{Institution: "institution_id", Area: "area_id", Center: "center_id"}, args))
	}
	if len(parts) == 0 {
		return "", fault.Missing()
	}
	where := `(` + strings.Join(parts, " or ") + `)`
	if actor.Center != "" {
		where += ` and (readers = '' or readers like ` + args.Add("%"+actor.Account+"%") + `)`
	}
	return where, nil
}

// load finds a document with which an actor may do something; any other does not exist.
func load(ctx context.Context, tx *db.Tx, actor access.Actor, id string, asks func(facts) access.Permission) (row, error) {
	var r row
	if uuid.Validate(id) != nil {
		return r, fault.Missing()
	}
	var args db.Args
	where, err := reach(actor, asks, &args)
	if err != nil {
		return r, err
	}
	err = tx.Get(ctx, &r, `select id, kind, folio, number, occasion, code, subject_type, subject_id, institution_id, center_id,
		key_id, content, issued_at, revoked_at from documents where id = `+args.Add(id)+` and `+where, args...)
	if errors.Is(err, db.ErrNoRows) {
		return r, fault.Missing()
	}
	return r, err
}

// Read gives a document with its content, for [Service.RenderPDF]. The reading is in
// the ledger, in the same transaction: who could not write that he read, has not read.
// Its kind says with which permission it is opened, and over which rows.
func (s *Service) Read(ctx context.Context, actor access.Actor, id string) (Document, Content, error) {
	if _, err := actor.Require(access.SelfManage); err != nil {
		return Document{}, Content{}, err
	}
	var r row
	var content Content
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		var err error
		opens := func(f facts) access.Permission { return f.opens(actor) }
		if r, err = load(ctx, tx, actor, id, opens); err != nil {
			return err
		}
		if content, err = s.open(ctx, tx, r); err != nil {
			return err
		}
		return s.note(ctx, tx, actor, "document.read", r, "")
	})
	if err != nil {
		return Document{}, Content{}, err
	}
	return r.document(), content, nil
}

func (s *Service) open(ctx context.Context, tx *db.Tx, r row) (Content, error) {
	var c Content
	key, err := s.vault.KeyTx(ctx, tx, r.KeyID)
	if err != nil {
		return c, err
	}
	body, err := key.Open(r.Content, place(r.ID))
	if err != nil {
		return c, fmt.Errorf("document %s: %w", r.ID, err)
	}
	return c, json.Unmarshal(body, &c)
}

// Verify tells a stranger whether the document of a code is genuine and stands. An
// unknown code is NotFound.
func (s *Service) Verify(ctx context.Context, actor access.Actor, code string) (Public, error) {
	if _, err := actor.Require(access.DocumentVerify); err != nil {
		return Public{}, err
	}
	code = parseCode(code)
	if code == "" {
		return Public{}, fault.Missing()
	}
	var r row
	err := s.db.View(ctx, func(tx *db.Tx) error {
		return tx.Get(ctx, &r, `select kind, issued_at, revoked_at from documents where code = $1`, code)
	})
	if errors.Is(err, db.ErrNoRows) {
		return Public{}, fault.Missing()
	}
	if err != nil {
		return Public{}, err
	}
	return Public{Kind: r.Kind, IssuedAt: r.IssuedAt.Time, Valid: r.RevokedAt.IsZero()}, nil
}

// maxReason is the most that a reason may have, in characters.
const maxReason = 500

// Revoke ends the validity of a document, see [Service.RevokeTx].
func (s *Service) Revoke(ctx context.Context, actor access.Actor, id, reason string) error {
	if _, err := actor.Require(access.SelfManage); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		_, err := s.RevokeTx(ctx, tx, actor, id, reason)
		return err
	})
}

// RevokeTx ends the validity of a document, with a written reason that stays inside, in
// the caller's transaction. Its kind says with which permission. To revoke it again is a
// Conflict.
func (s *Service) RevokeTx(ctx context.Context, tx *db.Tx, actor access.Actor, id, reason string) (Document, error) {
	reason, err := checkReason(reason)
	if err != nil {
		return Document{}, err
	}
	r, err := load(ctx, tx, actor, id, func(f facts) access.Permission { return f.revoke })
	if err != nil {
		return Document{}, err
	}
	r.RevokedAt = db.At(tx.Now())
	n, err := tx.Exec(ctx, `update documents set revoked_at = $1, revoked_by = $2, revoked_reason = $3
		where id = $4 and revoked_at is null`, r.RevokedAt, actor.Name(), revoked, r.ID)
	if err != nil {
		return Document{}, err
	}
	if n == 0 {
		return Document{}, fault.New(fault.Conflict, i18n.M("Este documento ya no era válido. No hay nada más que hacer."))
	}
	return r.document(), s.note(ctx, tx, actor, "document.revoke", r, reason)
}

func checkReason(reason string) (string, error) {
	var form fault.Form
	reason = clean(strings.TrimSpace(reason))
	switch n := len([]rune(reason)); {
	case n == 0:
		form.Add("reason", i18n.M("Escriba por qué deja de valer el documento."))
	case n > maxReason:
		form.Add("reason", i18n.M("Escriba el motivo en %d caracteres o menos; tiene %d.", maxReason, i18n.Number(n)))
	}
	return reason, form.Err()
}

// VerifyURL is the public address in the QR code; empty for a document from a list.
func (s *Service) VerifyURL(d Document) string {
	if d.code == "" {
		return ""
	}
	return s.baseURL + "/v/" + d.code
}

// VerifyPage is the public address at which a code can be typed.
func (s *Service) VerifyPage() string { return s.baseURL + "/v" }

// SubjectOf gives what a folio's documents are about, so that whoever reads the ledger
// finds its entries by the folio he knows. An unknown folio is NotFound.
func (s *Service) SubjectOf(ctx context.Context, actor access.Actor, f folio.Folio) (ledger.Subject, error) {
	if _, err := actor.Require(access.LedgerRead); err != nil {
		return ledger.Subject{}, err
	}
	var found []struct {
		Type string `db:"subject_type"`
		ID   string `db:"subject_id"`
	}
	err := s.db.View(ctx, func(tx *db.Tx) error {
		return tx.Select(ctx, &found, `select subject_type, subject_id from documents where folio = $1 limit 1`, f)
	})
	if err == nil && len(found) == 0 {
		return ledger.Subject{}, fault.Missing()
	}
	if err != nil {
		return ledger.Subject{}, err
	}
	return ledger.Subject{Type: found[0].Type, ID: found[0].ID}, nil
}
