package referral

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/google/uuid"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
	"sigue/internal/platform/attachment"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/vault"
)

// Attachment is one paper of a referral.
type Attachment struct {
	ID             string  `db:"id"`
	Class          string  `db:"class"`
	Name           string  `db:"name"`
	Type           string  `db:"type"`
	Size           int64   `db:"size"`
	SHA256         string  `db:"sha256"`
	OriginalSHA256 string  `db:"original_sha256"`
	Shrunk         bool    `db:"shrunk"`
	Blob           string  `db:"blob"`
	AddedAt        db.Time `db:"added_at"`

	Closed bool `db:"-"` // to the reader of a View, by the class of the paper
}

const attachmentColumns = `a.id, a.class, a.name, a.type, a.size, a.sha256, a.original_sha256, a.shrunk, a.blob, a.added_at`

// maxPapers bounds what one referral may carry.
const maxPapers = 20

func attachmentsTx(ctx context.Context, tx *db.Tx, referral string) ([]Attachment, error) {
	var out []Attachment
	q := attachmentsQuery(referral)
	err := tx.Select(ctx, &out, q.Text, q.Args...)
	return out, err
}

func attachmentsQuery(referral string) db.Query {
	return db.Q(`select `+attachmentColumns+` from referral_attachments a
		where a.referral_id = $1 and a.removed_at is null order by a.added_at, a.id`, referral)
}

// paperTx gives one paper of a referral that was not taken out.
func paperTx(ctx context.Context, tx *db.Tx, r *record, id string) (Attachment, error) {
	var a Attachment
	if uuid.Validate(id) != nil {
		return a, fault.Missing()
	}
	err := tx.Get(ctx, &a, `select `+attachmentColumns+` from referral_attachments a
		where a.id = $1 and a.referral_id = $2 and a.removed_at is null`, id, r.ID)
	if errors.Is(err, db.ErrNoRows) {
		return a, fault.Missing()
	}
	return a, err
}

// Attach receives one file into a draft. The file is judged, cleaned and encrypted
// while it streams in, outside any transaction; its row is written afterwards. A file
// that is refused leaves nothing behind and changes nothing that was typed.
func (s *Service) Attach(ctx context.Context, actor access.Actor, id, class, name string, body io.Reader) (Attachment, error) {
	scope, err := actor.Require(access.ReferralWrite)
	if err != nil {
		return Attachment{}, err
	}
	key, limit, err := s.attachKey(ctx, scope, id, class)
	if err != nil {
		return Attachment{}, err
	}
	paper := db.NewID()
	stored, err := s.intake.WithLimit(limit).Receive(ctx, key, paper, name, body)
	if err != nil {
		return Attachment{}, err
	}
	a := Attachment{
		ID: paper, Class: class, Name: stored.Name, Type: string(stored.Type), Size: stored.Size, SHA256: stored.SHA256,
		OriginalSHA256: stored.OriginalSHA256, Shrunk: stored.Shrunk, Blob: stored.Blob,
	}
	if err := s.keepPaper(ctx, actor, scope, id, &a); err != nil {
		// The row was not written, so nobody would ever find the file.
		return Attachment{}, errors.Join(err, s.intake.Remove(context.WithoutCancel(ctx), stored))
	}
	return a, nil
}

// attachKey checks that a paper may be added and gives the key of the case and the
// limit in bytes that the rule of the day sets.
func (s *Service) attachKey(ctx context.Context, scope access.Scope, id, class string) (key *vault.Key, limit int64, err error) {
	err = s.db.View(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		if err := writable(r.State); err != nil {
			return err
		}
		c, err := s.checker(ctx, tx)
		if err != nil {
			return err
		}
		var form fault.Form
		if c.code(&form, "class", catalogue.DocumentClass, class) == "" {
			form.Add("class", i18n.M("Elija qué documento es."))
		}
		if err := form.Err(); err != nil {
			return err
		}
		limit = int64(c.lists.Rule(catalogue.RuleAttachmentMB)) << 20
		key, err = s.vault.KeyTx(ctx, tx, r.KeyID)
		return err
	})
	return key, limit, err
}

func (s *Service) keepPaper(ctx context.Context, actor access.Actor, scope access.Scope, id string, a *Attachment) error {
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		if err := writable(r.State); err != nil {
			return err
		}
		if err := touch(ctx, tx, r); err != nil {
			return err
		}
		papers, err := attachmentsTx(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := roomFor(papers, a); err != nil {
			return err
		}
		a.AddedAt = db.At(tx.Now())
		if _, err := tx.Exec(ctx, `insert into referral_attachments (id, referral_id, class, name, type, size, sha256,
			original_sha256, shrunk, blob, added_at, added_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			a.ID, r.ID, a.Class, a.Name, a.Type, a.Size, a.SHA256, a.OriginalSHA256, a.Shrunk, a.Blob, a.AddedAt, actor.Account); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, r.entry("attachment.add",
			ledger.Change{Field: "attachment", After: a.ID}, ledger.Change{Field: "sha256", After: a.SHA256}))
	})
}

// roomFor refuses the same file twice and more papers than fit.
func roomFor(papers []Attachment, a *Attachment) error {
	var form fault.Form
	for _, p := range papers {
		if p.OriginalSHA256 == a.OriginalSHA256 {
			form.Add("file", i18n.M("Ese archivo ya está adjunto como «%s». No hace falta subirlo otra vez.", p.Name))
		}
	}
	if len(papers) >= maxPapers {
		form.Add("file", i18n.M("Ya hay %d documentos, que es el máximo. Quite uno o únalos en un solo PDF.", maxPapers))
	}
	return form.Err()
}

// Detach takes a paper out of a draft. The bytes go with it unless the referral was
// sent before: then what the center saw stays on record.
func (s *Service) Detach(ctx context.Context, actor access.Actor, id, paper string) error {
	scope, err := actor.Require(access.ReferralWrite)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		if err := writable(r.State); err != nil {
			return err
		}
		a, err := paperTx(ctx, tx, r, paper)
		if err != nil {
			return err
		}
		if err := touch(ctx, tx, r); err != nil {
			return err
		}
		if err := s.takeOutTx(ctx, tx, r, a); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, r.entry("attachment.remove", ledger.Change{Field: "attachment", Before: paper}))
	})
}

// takeOutTx takes a paper out: for good, unless the center has seen it.
func (s *Service) takeOutTx(ctx context.Context, tx *db.Tx, r *record, a Attachment) error {
	if !r.SubmittedAt.IsZero() {
		_, err := tx.Exec(ctx, `update referral_attachments set removed_at = $1 where id = $2`, db.At(tx.Now()), a.ID)
		return err
	}
	if _, err := tx.Exec(ctx, `delete from referral_attachments where id = $1`, a.ID); err != nil {
		return err
	}
	return dropKind.EnqueueTx(ctx, tx, drop{Blob: a.Blob}, onceFor(a.Blob))
}

// touch marks a draft as worked on before its papers change. Whoever changes or sends
// it at the same moment then waits and runs again, so that no paper slips into what was
// sent, none is kept twice and no two make one too many.
func touch(ctx context.Context, tx *db.Tx, r *record) error {
	_, err := tx.Exec(ctx, `update referrals set draft_saved_at = $1 where id = $2`, db.At(tx.Now()), r.ID)
	return err
}

// Paper is an opened attachment; the caller closes the body.
type Paper struct {
	Attachment
	Body io.ReadCloser
}

// OpenPaper streams one paper, decrypted on the way. The read is in the ledger before
// the first byte leaves.
func (s *Service) OpenPaper(ctx context.Context, actor access.Actor, id, paper string) (Paper, error) {
	scope, err := actor.Require(access.ReferralRead)
	if err != nil {
		return Paper{}, err
	}
	var a Attachment
	var key *vault.Key
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		if a, err = paperTx(ctx, tx, r, paper); err != nil {
			return err
		}
		lists, err := s.catalogue.ListsTx(ctx, tx)
		if err != nil {
			return err
		}
		if !opens(actor.Role, accessClass(lists, a), r.State) {
			return fault.Missing()
		}
		if key, err = s.vault.KeyTx(ctx, tx, r.KeyID); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, r.entry("attachment.read", ledger.Change{Field: "attachment", After: a.ID}))
	})
	if err != nil {
		return Paper{}, err
	}
	body, err := s.intake.Open(ctx, key, a.stored())
	return Paper{Attachment: a, Body: body}, err
}

// accessClass is who may open a paper. One whose class the list no longer tells is kept
// as the narrowest.
func accessClass(lists *catalogue.Lists, a Attachment) catalogue.AccessClass {
	if e, ok := lists.Entry(catalogue.DocumentClass, a.Class); ok && e.Attributes.Access != "" {
		return e.Attributes.Access
	}
	return catalogue.AccessLegal
}

// opens tells whether a role may open a paper of a class (DOMAIN, section 6, "legal file").
// Whoever reaches a referral may see identity and contact, so only the legal class narrows
// further: reception reads it while the referral waits for its answer, which it cannot give
// without, and not afterwards; psychology never.
func opens(role access.Role, class catalogue.AccessClass, state State) bool {
	if class != catalogue.AccessLegal {
		return true
	}
	switch role {
	case access.Referrer, access.InstitutionSupervisor, access.SocialWork, access.Legal, access.CenterCoordinator:
		return true
	case access.Reception:
		return state == Submitted
	}
	return false
}

func (a Attachment) stored() attachment.Stored {
	return attachment.Stored{ID: a.ID, Name: a.Name, Type: attachment.Type(a.Type), Size: a.Size, SHA256: a.SHA256, Blob: a.Blob}
}

// dropBlobsTx plans the removal of the bytes of a draft that is discarded.
func (s *Service) dropBlobsTx(ctx context.Context, tx *db.Tx, r *record) error {
	var blobs []string
	if err := tx.Select(ctx, &blobs, `select blob from referral_attachments where referral_id = $1`, r.ID); err != nil {
		return err
	}
	for _, b := range blobs {
		if err := dropKind.EnqueueTx(ctx, tx, drop{Blob: b}, onceFor(b)); err != nil {
			return err
		}
	}
	return nil
}

// AddedOn is when the paper was attached.
func (a Attachment) AddedOn() time.Time { return a.AddedAt.Time }
