package paper

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/casefile"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/folio"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/vault"
)

// Variant says for whom a copy of a whole case file is.
type Variant string

// The variants. What goes to the person holds what the file says may be handed to him: no
// victim, no informant, nobody else of his groups (DOMAIN, section 6).
const (
	ForCenter Variant = "center"
	ForPerson Variant = "person"
)

// Variants are the answers to "for whom".
var Variants = []Variant{ForCenter, ForPerson}

// Label is the variant on screen.
func (v Variant) Label() i18n.Msg {
	switch v {
	case ForCenter:
		return i18n.M("Para el centro: todo el expediente")
	case ForPerson:
		return i18n.M("Para la persona: solo lo que se le puede entregar")
	}
	return i18n.Msg{}
}

// Copy is a copy of a whole case file that somebody asked for.
type Copy struct {
	ID         string  `db:"id"`
	CaseID     string  `db:"case_id"`
	CenterID   string  `db:"center_id"`
	Variant    Variant `db:"variant"`
	AskedAt    db.Time `db:"asked_at"`
	AskedBy    string  `db:"asked_by"`
	Step       int     `db:"step"` // parts that are gathered, of Steps
	Steps      int     `db:"steps"`
	MovedAt    db.Time `db:"moved_at"`
	FailedAt   db.Time `db:"failed_at"`
	MadeAt     db.Time `db:"made_at"`
	DocumentID string  `db:"document_id"`

	Who string `db:"-"` // post and place of who asked
}

const copyColumns = `id, case_id, center_id, variant, asked_at, asked_by, step, steps, moved_at, failed_at, made_at, document_id`

// patience is how long a copy may stand still before one may ask for another.
const patience = 30 * time.Minute

// Made tells whether the document is there.
func (c Copy) Made() bool { return !c.MadeAt.IsZero() }

// Failed tells whether it could not be made, or stands still for too long.
func (c Copy) Failed(now time.Time) bool {
	return !c.FailedAt.IsZero() || !c.Made() && now.Sub(c.MovedAt.Time) > patience
}

// Doing is the part that is being gathered.
func (c Copy) Doing() i18n.Msg {
	of := partsOf(c.Variant)
	if c.Step < len(of) {
		return of[c.Step].title
	}
	return i18n.M("Formar el documento")
}

// CopiesView is the copies of a case file.
type CopiesView struct {
	Of     casefile.Case
	Copies []Copy // newest first
	Now    time.Time
}

// Running tells whether one is being made.
func (v *CopiesView) Running() bool {
	return slices.ContainsFunc(v.Copies, func(c Copy) bool { return !c.Made() && !c.Failed(v.Now) })
}

// Copies tells which copies of a case file were asked for, and how far they are.
func (s *Service) Copies(ctx context.Context, actor access.Actor, caseID string) (*CopiesView, error) {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return nil, err
	}
	v := &CopiesView{}
	err = s.use.DB.View(ctx, func(tx *db.Tx) error {
		v.Now, v.Copies = tx.Now(), nil
		if v.Of, err = s.use.Cases.ReachTx(ctx, tx, actor, scope, caseID); err != nil {
			return err
		}
		if err := tx.Select(ctx, &v.Copies, `select `+copyColumns+` from case_copies where case_id = $1 order by asked_at desc, id desc`, v.Of.ID); err != nil {
			return err
		}
		by := make([]string, len(v.Copies))
		for i, c := range v.Copies {
			by[i] = c.AskedBy
		}
		names, err := s.use.Identity.NamesTx(ctx, tx, by)
		for i, c := range v.Copies {
			v.Copies[i].Who = names[c.AskedBy]
		}
		return err
	})
	return v, err
}

// CopyForm asks for a copy of a whole case file.
type CopyForm struct {
	Variant string
	Reason  string
}

// copyCase is the job that makes a copy.
type copyCase struct {
	Copy string `json:"copy"`
}

var copyKind = jobs.Kind[copyCase]{Name: "paper.copy_case", MaxAttempts: 20}

// AskCopy asks for a copy of a whole case file, with a written reason that the center is
// told. It is made in the background; one that is being made already is not begun again.
func (s *Service) AskCopy(ctx context.Context, actor access.Actor, caseID string, f CopyForm) error {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return err
	}
	return s.use.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := s.use.Cases.ReachTx(ctx, tx, actor, scope, caseID); err != nil {
			return err
		}
		var form fault.Form
		variant := Variant(f.Variant)
		if !slices.Contains(Variants, variant) {
			form.Add("variant", i18n.M("Diga para quién es la copia."))
		}
		of, reason, err := s.use.Cases.CopiedTx(ctx, tx, actor, scope, caseID, f.Reason)
		if fields := fault.FieldsOf(err); fields != nil {
			for field, says := range fields {
				form.Add(field, says)
			}
		} else if err != nil {
			return err
		}
		if err := form.Err(); err != nil {
			return err
		}
		return s.beginTx(ctx, tx, actor, of, variant, reason)
	})
}

// beginTx stores a copy to be made, unless one of its variant is being made.
func (s *Service) beginTx(ctx context.Context, tx *db.Tx, actor access.Actor, of casefile.Case, variant Variant, reason string) error {
	if _, err := tx.Exec(ctx, `update case_copies set failed_at = $1 where case_id = $2 and variant = $3
		and made_at is null and failed_at is null and moved_at < $4`,
		db.At(tx.Now()), of.ID, string(variant), db.At(tx.Now().Add(-patience))); err != nil {
		return err
	}
	key, err := s.use.Vault.KeyTx(ctx, tx, of.KeyID)
	if err != nil {
		return err
	}
	id := db.NewID()
	sealed, err := key.Seal([]byte(reason), vault.Place("case_copies", "reason", id))
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `insert into case_copies (id, case_id, center_id, variant, reason, asked_at, asked_by, step, steps, moved_at, document_id)
		values ($1, $2, $3, $4, $5, $6, $7, 0, $8, $6, '') on conflict (case_id, variant) where failed_at is null and made_at is null do nothing`,
		id, of.ID, of.CenterID, string(variant), sealed, db.At(tx.Now()), actor.Account, len(partsOf(variant)))
	if err != nil || n == 0 {
		return err
	}
	return copyKind.EnqueueTx(ctx, tx, copyCase{id}, jobs.Options{})
}

// copyist is the program itself, making a copy for whoever asked.
var copyist = access.System("paper.copy_case", access.JobRun, access.ReferralRead)

// bind gives the runner the room's background work.
func (s *Service) bind(r *jobs.Runner) {
	if r == nil {
		return
	}
	jobs.Handle(r, copyKind, func(ctx context.Context, job copyCase) error { return s.copyCase(ctx, job.Copy) })
}

// copyCase makes a copy. What fails is kept as failed, so that whoever asked may ask
// again; a process that dies says nothing, and the job begins again from the first part.
func (s *Service) copyCase(ctx context.Context, id string) error {
	err := s.makeCopy(ctx, id)
	if err == nil || ctx.Err() != nil {
		return err
	}
	if failure := s.use.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `update case_copies set failed_at = $1 where id = $2 and made_at is null and failed_at is null`, db.At(tx.Now()), id)
		return err
	}); failure != nil {
		return failure
	}
	return jobs.Permanent(err)
}

func (s *Service) makeCopy(ctx context.Context, id string) error {
	ctx = i18n.With(ctx, i18n.Spanish)
	m := &maker{s: s}
	if err := s.use.DB.View(ctx, func(tx *db.Tx) error {
		return tx.Get(ctx, &m.Copy, `select `+copyColumns+` from case_copies where id = $1`, id)
	}); err != nil {
		return err
	}
	if m.Made() || !m.FailedAt.IsZero() {
		return nil
	}
	content := document.Content{}
	for n, p := range partsOf(m.Variant) {
		if err := s.reach(ctx, id, n); err != nil {
			return err
		}
		section, err := m.gather(ctx, p)
		if err != nil {
			return fmt.Errorf("paper: copy %s, part %d: %w", id, n+1, err)
		}
		content.Sections = append(content.Sections, section)
	}
	if err := s.reach(ctx, id, len(content.Sections)); err != nil {
		return err
	}
	return s.use.DB.Tx(ctx, func(tx *db.Tx) error { return s.finishTx(ctx, tx, m.Copy, content) })
}

// reach keeps how many parts of a copy are gathered.
func (s *Service) reach(ctx context.Context, id string, step int) error {
	return s.use.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `update case_copies set step = $1, moved_at = $2 where id = $3 and made_at is null and failed_at is null`,
			step, db.At(tx.Now()), id)
		return err
	})
}

// finishTx issues the document of a copy, once: of two processes that make the same one
// the second finds it made.
func (s *Service) finishTx(ctx context.Context, tx *db.Tx, c Copy, content document.Content) error {
	n, err := tx.Exec(ctx, `update case_copies set made_at = $1 where id = $2 and made_at is null and failed_at is null`, db.At(tx.Now()), c.ID)
	if err != nil || n == 0 {
		return err
	}
	of, err := s.use.Cases.CaseTx(ctx, tx, c.CaseID)
	if err != nil {
		return err
	}
	if of.CenterID != c.CenterID {
		return fmt.Errorf("paper: the case file of copy %s went to another center", c.ID)
	}
	f, err := folio.Parse(of.Folio)
	if err != nil {
		return err
	}
	if err := s.copyWordsTx(ctx, tx, c, of, &content); err != nil {
		return err
	}
	key, err := s.use.Vault.KeyTx(ctx, tx, of.KeyID)
	if err != nil {
		return err
	}
	readers, err := s.use.Cases.SealedForTx(ctx, tx, of.ID)
	if err != nil {
		return err
	}
	d, err := s.use.Documents.IssueTx(ctx, tx, copyist, document.Issue{Kind: document.CaseFile, Folio: f, Occasion: string(c.Variant),
		Subject: ledger.Subject{Type: "case", ID: of.ID}, Center: of.CenterID, Readers: readers, Key: key, Content: content})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update case_copies set document_id = $1 where id = $2`, d.ID, c.ID)
	return err
}

// copyWordsTx writes what stands before the parts: for the center by the wording of the
// kind, which says that it is all; for the person that it is not.
func (s *Service) copyWordsTx(ctx context.Context, tx *db.Tx, c Copy, of casefile.Case, content *document.Content) error {
	at, err := s.use.Centers.CenterTx(ctx, tx, of.CenterID)
	if err != nil {
		return err
	}
	on := clock.DateOf(tx.Now()).MX()
	if c.Variant == ForPerson {
		content.Title = es(i18n.M("Copia del expediente para la persona"))
		content.Body = []string{es(i18n.M("Copia de lo que el expediente %s de %s puede entregar a la persona de la que trata, hecha el %s. No contiene datos de otras personas.", of.Folio, at.Name, on))}
		content.Foot = es(i18n.M("Este documento se entrega a la persona de la que trata. No contiene datos de otras personas."))
		return nil
	}
	names, err := s.use.Identity.NamesTx(ctx, tx, []string{c.AskedBy})
	if err != nil {
		return err
	}
	w, err := s.use.Documents.WordTx(ctx, tx, document.CaseFile, document.Fields{document.FieldCenter: at.Name, document.FieldFolio: of.Folio,
		document.FieldDate: on, document.FieldSigner: names[c.AskedBy]})
	content.Title, content.Wording, content.Body = w.Title, w.Wording, w.Body
	return err
}
