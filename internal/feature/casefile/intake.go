package casefile

import (
	"context"
	"errors"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// PrivacyNotice is the version of the privacy notice that is read to people now.
const PrivacyNotice = "2026-1"

// Intake is what a person accepted when he came.
type Intake struct {
	NoticeVersion string // of the privacy notice; empty while none was accepted
	NoticeLang    string // code of catalogue.Language
	NoticeHow     string // code of catalogue.NoticeAcceptance
	NoticeAt      time.Time
	CommittedOn   clock.Date // of the commitment letter
}

// NoticeForm is an accepted privacy notice as the form gives it.
type NoticeForm struct {
	Lang string `form:"lang"`
	How  string `form:"how"`
}

// AcceptNotice records in which language the privacy notice was read and how the person
// accepted it.
func (s *Service) AcceptNotice(ctx context.Context, actor access.Actor, id string, f NoticeForm) error {
	scope, err := actor.Require(access.CaseContact)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		if err := r.receives(); err != nil {
			return err
		}
		lists, err := s.catalogue.ListsTx(ctx, tx)
		if err != nil {
			return err
		}
		var form fault.Form
		lang := chosen(&form, lists, "lang", catalogue.Language, f.Lang)
		how := chosen(&form, lists, "how", catalogue.NoticeAcceptance, f.How)
		if err := form.Err(); err != nil {
			return err
		}
		if err := intakeRow(ctx, tx, r.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update intakes set notice_version = $1, notice_lang = $2, notice_how = $3, notice_at = $4, notice_by = $5
			where case_file_id = $6`, PrivacyNotice, lang, how, db.At(tx.Now()), actor.Account, r.ID); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, r.entry("case.privacy_notice", ledger.Change{Field: "version", After: PrivacyNotice}))
	})
}

// Commit records that the person signed the commitment letter on a day.
func (s *Service) Commit(ctx context.Context, actor access.Actor, id, on string) error {
	scope, err := actor.Require(access.CaseContact)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		if err := r.receives(); err != nil {
			return err
		}
		var form fault.Form
		signed := day(&form, "committed_on", on)
		switch {
		case signed.After(today(tx)):
			form.Add("committed_on", i18n.M("La fecha de la firma no puede ser posterior a hoy."))
		case !signed.IsZero() && signed.Before(clock.DateOf(r.OpenedAt.Time)):
			form.Add("committed_on", i18n.M("La carta no puede ser anterior al expediente, que se abrió el %s.", clock.DateOf(r.OpenedAt.Time).MX()))
		}
		if err := form.Err(); err != nil {
			return err
		}
		if err := intakeRow(ctx, tx, r.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update intakes set committed_on = $1, committed_at = $2, committed_by = $3 where case_file_id = $4`,
			signed, db.At(tx.Now()), actor.Account, r.ID); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, r.entry("case.commitment", ledger.Change{Field: "on", After: signed.String()}))
	})
}

// receives is a Conflict where the process ended: nobody is taken in any more.
func (r *record) receives() error {
	if r.State.Open() {
		return nil
	}
	return fault.New(fault.Conflict, i18n.M("El proceso ya terminó: el ingreso queda como se registró."))
}

func intakeRow(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, `insert into intakes (case_file_id, notice_version, notice_lang, notice_how, notice_by, committed_by)
		values ($1, '', '', '', '', '') on conflict (case_file_id) do nothing`, id)
	return err
}

// intakeText reads the intake of a case file, by its id.
const intakeText = `select notice_version, notice_lang, notice_how, notice_at, committed_on from intakes
	where case_file_id = $1`

func intakeTx(ctx context.Context, tx *db.Tx, id string) (Intake, error) {
	var row struct {
		Version     string     `db:"notice_version"`
		Lang        string     `db:"notice_lang"`
		How         string     `db:"notice_how"`
		At          db.Time    `db:"notice_at"`
		CommittedOn clock.Date `db:"committed_on"`
	}
	err := tx.Get(ctx, &row, intakeText, id)
	if errors.Is(err, db.ErrNoRows) {
		return Intake{}, nil
	}
	return Intake{NoticeVersion: row.Version, NoticeLang: row.Lang, NoticeHow: row.How, NoticeAt: row.At.Time, CommittedOn: row.CommittedOn}, err
}
