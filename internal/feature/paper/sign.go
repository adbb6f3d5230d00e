package paper

import (
	"context"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/casefile"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/notify"
)

// Sign issues a document with what was typed, and in the same transaction what follows: its
// authority is told, the task that waited for it is done, the case knows its conclusion
// report. Pressed twice it issues one and gives that.
func (s *Service) Sign(ctx context.Context, actor access.Actor, w Which, t Text) (document.Document, error) {
	scope, err := actor.Require(access.ReportSign)
	if err != nil {
		return document.Document{}, err
	}
	var d document.Document
	sign := func() error {
		return s.on(ctx, actor, scope, w, func(tx *db.Tx, p *piece) error {
			var err error
			d, err = s.signTx(ctx, tx, actor, p, t)
			return err
		})
	}
	if err = sign(); fault.Is(err, fault.Conflict) {
		err = sign() // the other press of the same button may have issued it meanwhile
	}
	return d, err
}

func (s *Service) signTx(ctx context.Context, tx *db.Tx, actor access.Actor, p *piece, t Text) (document.Document, error) {
	if d := p.standing(); d != nil {
		return *d, nil
	}
	if err := p.possible(); err != nil {
		return document.Document{}, err
	}
	reason, err := t.check(p.Kind, true)
	if err != nil {
		return document.Document{}, err
	}
	row, err := s.keepTx(ctx, tx, actor, p, reason, t.Revision)
	if err != nil {
		return document.Document{}, err
	}
	d, err := s.issueTx(ctx, tx, actor, p, reason)
	if err != nil {
		return d, err
	}
	if _, err := tx.Exec(ctx, `update paper_drafts set document_id = $1, note = null where id = $2`, d.ID, row.ID); err != nil {
		return d, err
	}
	return d, s.followTx(ctx, tx, actor, p, d)
}

// issueTx issues a document as its content is now.
func (s *Service) issueTx(ctx context.Context, tx *db.Tx, actor access.Actor, p *piece, reason string) (document.Document, error) {
	content, err := s.contentTx(ctx, tx, actor, p, reason)
	if err != nil {
		return document.Document{}, err
	}
	key, err := s.keyTx(ctx, tx, p)
	if err != nil {
		return document.Document{}, err
	}
	i := document.Issue{Kind: p.Kind, Folio: p.folio, Occasion: p.Occasion, Subject: p.subject(), Center: p.of.CenterID, Key: key, Content: content}
	if p.mandate != nil {
		i.Institution, i.Area = p.mandate.InstitutionID, p.mandate.AreaID
	}
	if i.Readers, err = s.use.Cases.SealedForTx(ctx, tx, p.of.ID); err != nil {
		return document.Document{}, err
	}
	return s.use.Documents.IssueTx(ctx, tx, actor, i)
}

// followTx does what follows from a document that was signed.
func (s *Service) followTx(ctx context.Context, tx *db.Tx, actor access.Actor, p *piece, d document.Document) error {
	if p.Kind == document.Conclusion && p.of.State == casefile.Active {
		if err := s.use.Cases.ReportTx(ctx, tx, actor, p.of.ID, d.ID); err != nil {
			return err
		}
	}
	if p.mandate == nil {
		return nil
	}
	t, special := tellings[p.Kind]
	if !special {
		t = told{notice: notify.ReportIssued, action: "process.report"}
	} else if err := s.use.Agenda.ReportedTx(ctx, tx, actor, p.of.ID, p.Mandate, p.appointment(), t.task, d.ID); err != nil {
		return err
	}
	return s.use.Referrals.TellTx(ctx, tx, actor, p.Mandate, t.notice, t.action)
}
