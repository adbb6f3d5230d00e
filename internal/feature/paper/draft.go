package paper

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/casefile"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/vault"
)

// Text is what somebody typed into a draft. Revision is that of the draft that he saw; 0
// when there was none.
type Text struct {
	Reason   string // what the document says in his own words, where its kind has that
	Note     string // why it goes back to whoever prepares it
	Revision int
}

// The most and the least that such a text may have, in characters.
const (
	maxReason = 2000
	minReason = 10
)

// Stage is where a draft stands.
type Stage string

// The stages. A proposal is what the program writes by itself; nobody has saved it.
const (
	Proposal Stage = "proposal"
	Writing  Stage = "writing"
	Waiting  Stage = "waiting" // for the signature
	Returned Stage = "returned"
	Issued   Stage = "issued"
)

// Label is the stage on screen.
func (s Stage) Label() i18n.Msg {
	switch s {
	case Proposal:
		return i18n.M("Sin preparar")
	case Writing:
		return i18n.M("En preparación")
	case Waiting:
		return i18n.M("Por firmar")
	case Returned:
		return i18n.M("Devuelto para corregir")
	case Issued:
		return i18n.M("Emitido")
	}
	return i18n.Msg{}
}

// draft is a row of paper_drafts. ID is empty while nobody has saved it.
type draft struct {
	ID         string        `db:"id"`
	CaseID     string        `db:"case_id"`
	Kind       document.Kind `db:"kind"`
	ReferralID string        `db:"referral_id"`
	Occasion   string        `db:"occasion"`
	Reason     []byte        `db:"reason"`
	Note       []byte        `db:"note"`
	Revision   int           `db:"revision"`
	SavedAt    db.Time       `db:"saved_at"`
	SavedBy    string        `db:"saved_by"`
	SentAt     db.Time       `db:"sent_at"`
	ReturnedAt db.Time       `db:"returned_at"`
	DocumentID string        `db:"document_id"`
}

const draftColumns = `d.id, d.case_id, d.kind, d.referral_id, d.occasion, d.reason, d.note, d.revision, d.saved_at, d.saved_by,
	d.sent_at, d.returned_at, d.document_id`

func (d draft) which() Which {
	return Which{Case: d.CaseID, Kind: d.Kind, Mandate: d.ReferralID, Occasion: d.Occasion}
}

func (d draft) stage() Stage {
	switch {
	case d.ID == "":
		return Proposal
	case d.SentAt.IsZero() && d.ReturnedAt.IsZero():
		return Writing
	case d.ReturnedAt.After(d.SentAt.Time):
		return Returned
	}
	return Waiting
}

func draftTx(ctx context.Context, tx *db.Tx, w Which) (draft, error) {
	var d draft
	err := tx.Get(ctx, &d, `select `+draftColumns+` from paper_drafts d
		where d.case_id = $1 and d.kind = $2 and d.referral_id = $3 and d.occasion = $4`, w.Case, string(w.Kind), w.Mandate, w.Occasion)
	if errors.Is(err, db.ErrNoRows) {
		return draft{}, nil
	}
	return d, err
}

// reasonTx opens the text of a draft, or proposes one.
func (s *Service) reasonTx(ctx context.Context, tx *db.Tx, p *piece, d draft) (string, error) {
	if d.ID == "" {
		return p.proposal(), nil
	}
	return s.openTx(ctx, tx, p.of, "reason", d.ID, d.Reason)
}

// sealTx encrypts a text of a draft with the key of the case.
func (s *Service) sealTx(ctx context.Context, tx *db.Tx, of casefile.Case, column, id, text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	key, err := s.use.Vault.KeyTx(ctx, tx, of.KeyID)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(text)
	if err != nil {
		return nil, err
	}
	return key.Seal(body, vault.Place("paper_drafts", column, id))
}

func (s *Service) openTx(ctx context.Context, tx *db.Tx, of casefile.Case, column, id string, sealed []byte) (text string, err error) {
	if len(sealed) == 0 {
		return "", nil
	}
	key, err := s.use.Vault.KeyTx(ctx, tx, of.KeyID)
	if err != nil {
		return "", err
	}
	body, err := key.Open(sealed, vault.Place("paper_drafts", column, id))
	if err != nil {
		return "", err
	}
	return text, json.Unmarshal(body, &text)
}

// View is a document that is being prepared, with what it will say.
type View struct {
	Which
	Of         casefile.Case
	Mandate    *casefile.Mandate
	Stage      Stage
	Reason     string
	Note       string // why it came back
	Revision   int
	SavedAt    time.Time
	SavedBy    string // post
	Due        clock.Status
	Owed       bool // a task waits for it; Due is its deadline
	Content    document.Content
	Why        i18n.Msg           // it cannot be issued now, and what to do
	Issued     *document.Document // of this Which, that is valid
	Corrects   *document.Document
	MaySign    bool
	paperFolio document.Document // to be drawn
}

// Paper is the document as it can be drawn before it is signed: without a number, and saying
// of itself that it is none.
func (v *View) Paper() document.Document { return v.paperFolio }

// prepare begins what whoever prepares reports does, by actor.Require.
func prepare(actor access.Actor) (access.Scope, error) { return actor.Require(access.ReportPrepare) }

// Open reads a document that is being prepared, as it would be issued now. The read is in
// the ledger.
func (s *Service) Open(ctx context.Context, actor access.Actor, w Which) (*View, error) {
	scope, err := prepare(actor)
	if err != nil {
		return nil, err
	}
	if !Signed(w.Kind) {
		return nil, fault.Missing()
	}
	var v *View
	err = s.use.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := s.pieceTx(ctx, tx, actor, scope, w)
		if err != nil {
			return err
		}
		if v, err = s.viewTx(ctx, tx, actor, p); err != nil {
			return err
		}
		return s.noteTx(ctx, tx, actor, p, "paper.read")
	})
	return v, err
}

func (s *Service) viewTx(ctx context.Context, tx *db.Tx, actor access.Actor, p *piece) (*View, error) {
	d, err := draftTx(ctx, tx, p.Which)
	if err != nil {
		return nil, err
	}
	v := &View{Which: p.Which, Of: p.of, Mandate: p.mandate, Stage: d.stage(), Revision: d.Revision, SavedAt: d.SavedAt.Time, Why: p.impossible(),
		Issued: p.standing(), Corrects: p.corrects, MaySign: actor.May(access.ReportSign), paperFolio: document.Draft(p.Kind, p.folio, tx.Now())}
	if v.Issued != nil {
		v.Stage = Issued
	}
	if owed := p.duty(); owed != nil {
		v.Due, v.Owed = owed.Due, true
	}
	if v.Reason, err = s.reasonTx(ctx, tx, p, d); err != nil {
		return nil, err
	}
	if v.Note, err = s.openTx(ctx, tx, p.of, "note", d.ID, d.Note); err != nil {
		return nil, err
	}
	if d.ID != "" {
		who, err := s.use.Identity.WhoTx(ctx, tx, []string{d.SavedBy})
		if err != nil {
			return nil, err
		}
		v.SavedBy = who[d.SavedBy].Post
	}
	if !v.Why.IsZero() {
		return v, nil
	}
	shown := v.Reason
	if strings.TrimSpace(shown) == "" {
		shown = es(i18n.M("(Aquí va el motivo, que falta escribir.)"))
	}
	v.Content, err = s.contentTx(ctx, tx, actor, p, shown)
	return v, err
}

// noteTx appends what was done to a draft, on its case.
func (s *Service) noteTx(ctx context.Context, tx *db.Tx, actor access.Actor, p *piece, action string) error {
	return s.use.Ledger.AppendTx(ctx, tx, actor, ledger.Entry{Action: action, Subject: ledger.Subject{Type: "case", ID: p.of.ID}, Center: p.of.CenterID,
		Changes: []ledger.Change{{Field: string(p.Kind), After: p.Mandate}}})
}

func stale() error {
	return fault.New(fault.Conflict, i18n.M("Alguien guardó este documento mientras usted escribía. Lo que escribió sigue aquí; compárelo con lo de ahora y guárdelo de nuevo."))
}

// check gives the reason as it is kept, or what is wrong with it. One that is required
// later may be empty now.
func (t Text) check(k document.Kind, required bool) (string, error) {
	var form fault.Form
	reason := strings.TrimSpace(strings.ReplaceAll(t.Reason, "\r\n", "\n"))
	n := utf8.RuneCountInString(reason)
	switch {
	case !Reasoned(k):
		return "", nil
	case n > maxReason:
		form.Add("reason", i18n.M("Caben %d caracteres y tiene %d. Acórtelo.", maxReason, n))
	case required && n < minReason:
		form.Add("reason", i18n.M("Escriba lo que el documento debe decir en sus propias palabras, al menos %d caracteres.", minReason))
	}
	if words := k.Claim(reason); words != "" {
		form.Add("reason", i18n.M("El documento no puede decir «%s»: asistir a sesiones no lo prueba. Diga a qué asistió la persona.", words))
	}
	return reason, form.Err()
}

// on runs a change of a draft that the actor reaches.
func (s *Service) on(ctx context.Context, actor access.Actor, scope access.Scope, w Which, do func(tx *db.Tx, p *piece) error) error {
	if !Signed(w.Kind) {
		return fault.Missing()
	}
	err := s.use.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := s.pieceTx(ctx, tx, actor, scope, w)
		if err != nil {
			return err
		}
		return do(tx, p)
	})
	if db.IsUnique(err) { // another saved the first version of it
		return stale()
	}
	return err
}

// keepTx keeps the text of a draft whose revision was seen, and gives its row.
func (s *Service) keepTx(ctx context.Context, tx *db.Tx, actor access.Actor, p *piece, reason string, revision int) (draft, error) {
	d, err := draftTx(ctx, tx, p.Which)
	if err != nil {
		return d, err
	}
	if d.Revision != revision {
		return d, stale()
	}
	fresh := d.ID == ""
	if fresh {
		d.ID = db.NewID()
	}
	if d.Reason, err = s.sealTx(ctx, tx, p.of, "reason", d.ID, reason); err != nil {
		return d, err
	}
	d.Revision, d.SavedAt, d.SavedBy = revision+1, db.At(tx.Now()), actor.Name()
	if fresh {
		_, err := tx.Exec(ctx, `insert into paper_drafts (id, case_id, kind, referral_id, occasion, reason, revision, saved_at, saved_by, document_id)
			values ($1, $2, $3, $4, $5, $6, 1, $7, $8, '')`, d.ID, p.of.ID, string(p.Kind), p.Mandate, p.Occasion, d.Reason, d.SavedAt, d.SavedBy)
		return d, err
	}
	n, err := tx.Exec(ctx, `update paper_drafts set reason = $1, revision = revision + 1, saved_at = $2, saved_by = $3, document_id = ''
		where id = $4 and revision = $5`, d.Reason, d.SavedAt, d.SavedBy, d.ID, revision)
	if err == nil && n == 0 {
		err = stale()
	}
	return d, err
}

// possible is a Conflict where the document cannot be issued now or already was.
func (p *piece) possible() error {
	if why := p.impossible(); !why.IsZero() {
		return fault.New(fault.Conflict, why)
	}
	if d := p.standing(); d != nil {
		return fault.New(fault.Conflict, i18n.M("Este documento ya se emitió con el número %s. Si está mal, déjelo sin validez y prepárelo de nuevo.", d.Number))
	}
	return nil
}

// Save keeps what was typed into a draft. Who saw an older one than there is gets a
// Conflict.
func (s *Service) Save(ctx context.Context, actor access.Actor, w Which, t Text) error {
	scope, err := prepare(actor)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, w, func(tx *db.Tx, p *piece) error {
		if err := p.possible(); err != nil {
			return err
		}
		reason, err := t.check(p.Kind, false)
		if err != nil {
			return err
		}
		if _, err := s.keepTx(ctx, tx, actor, p, reason, t.Revision); err != nil {
			return err
		}
		return s.noteTx(ctx, tx, actor, p, "paper.draft")
	})
}

// Send keeps a draft and gives it to whoever signs.
func (s *Service) Send(ctx context.Context, actor access.Actor, w Which, t Text) error {
	scope, err := prepare(actor)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, w, func(tx *db.Tx, p *piece) error {
		if err := p.possible(); err != nil {
			return err
		}
		reason, err := t.check(p.Kind, true)
		if err != nil {
			return err
		}
		d, err := s.keepTx(ctx, tx, actor, p, reason, t.Revision)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update paper_drafts set sent_at = $1, returned_at = null, note = null where id = $2`, db.At(tx.Now()), d.ID); err != nil {
			return err
		}
		return s.noteTx(ctx, tx, actor, p, "paper.send")
	})
}

// Return gives a draft back to whoever prepares it, with a written reason.
func (s *Service) Return(ctx context.Context, actor access.Actor, w Which, t Text) error {
	scope, err := actor.Require(access.ReportSign)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, w, func(tx *db.Tx, p *piece) error {
		if err := p.possible(); err != nil {
			return err
		}
		reason, err := t.check(p.Kind, false)
		if err != nil {
			return err
		}
		var form fault.Form
		note := strings.TrimSpace(t.Note)
		if n := utf8.RuneCountInString(note); n < minReason || n > maxReason {
			form.Add("note", i18n.M("Escriba qué hay que corregir, entre %d y %d caracteres.", minReason, maxReason))
		}
		if err := form.Err(); err != nil {
			return err
		}
		d, err := s.keepTx(ctx, tx, actor, p, reason, t.Revision)
		if err != nil {
			return err
		}
		sealed, err := s.sealTx(ctx, tx, p.of, "note", d.ID, note)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update paper_drafts set returned_at = $1, sent_at = null, note = $2 where id = $3`, db.At(tx.Now()), sealed, d.ID); err != nil {
			return err
		}
		return s.noteTx(ctx, tx, actor, p, "paper.return")
	})
}

// Discard removes a draft that was seen; what was issued from it stays.
func (s *Service) Discard(ctx context.Context, actor access.Actor, w Which, revision int) error {
	scope, err := prepare(actor)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, w, func(tx *db.Tx, p *piece) error {
		n, err := tx.Exec(ctx, `delete from paper_drafts where case_id = $1 and kind = $2 and referral_id = $3 and occasion = $4
			and revision = $5 and document_id = ''`, p.of.ID, string(p.Kind), p.Mandate, p.Occasion, revision)
		if err != nil {
			return err
		}
		if n == 0 {
			return stale()
		}
		return s.noteTx(ctx, tx, actor, p, "paper.discard")
	})
}
