package paper

import (
	"context"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
)

// Revocable reads a document that the actor may take back. The read is in the ledger.
func (s *Service) Revocable(ctx context.Context, actor access.Actor, id string) (document.Document, error) {
	if _, err := actor.Require(access.ReportSign); err != nil {
		return document.Document{}, err
	}
	d, _, err := s.use.Documents.Read(ctx, actor, id)
	return d, err
}

// Revoke takes a document back, with a written reason that stays inside: whoever asks for
// its code learns that it no longer stands. The authority that has it is told; a conclusion
// report that is taken back before the completion no longer allows it.
func (s *Service) Revoke(ctx context.Context, actor access.Actor, id, reason string) error {
	if _, err := actor.Require(access.ReportSign); err != nil {
		return err
	}
	return s.use.DB.Tx(ctx, func(tx *db.Tx) error {
		d, err := s.use.Documents.RevokeTx(ctx, tx, actor, id, reason)
		if err != nil {
			return err
		}
		if d.Kind == document.Conclusion {
			if err := s.unreportTx(ctx, tx, actor, d); err != nil {
				return err
			}
		}
		if !Signed(d.Kind) || d.Subject.Type != "referral" {
			return nil
		}
		action := "process.report_revoked"
		return s.use.Referrals.TellTx(ctx, tx, actor, d.Subject.ID, notify.ReportRevoked, action)
	})
}

// unreportTx takes a revoked conclusion report from its case, if that is not completed;
// another one that stands takes its place.
func (s *Service) unreportTx(ctx context.Context, tx *db.Tx, actor access.Actor, d document.Document) error {
	caseID := d.Subject.ID
	if d.Subject.Type == "referral" {
		of, err := s.use.Cases.ServesTx(ctx, tx, d.Subject.ID)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		caseID = of.ID
	}
	of, err := s.use.Cases.CaseTx(ctx, tx, caseID)
	if err != nil || !of.Facts.CompletedAt.IsZero() {
		return err
	}
	known, err := s.use.Cases.ReportIDTx(ctx, tx, caseID)
	if err != nil || known != d.ID {
		return err
	}
	other, err := s.conclusionTx(ctx, tx, caseID)
	if err != nil {
		return err
	}
	return s.use.Cases.ReportTx(ctx, tx, actor, caseID, other)
}

// conclusionTx finds a valid conclusion report of a case; empty when there is none.
func (s *Service) conclusionTx(ctx context.Context, tx *db.Tx, caseID string) (string, error) {
	mandates, err := s.use.Cases.MandatesTx(ctx, tx, caseID)
	if err != nil {
		return "", err
	}
	about := []ledger.Subject{{Type: "case", ID: caseID}}
	for _, m := range mandates {
		about = append(about, ledger.Subject{Type: "referral", ID: m.ReferralID})
	}
	for _, subject := range about {
		issued, err := s.use.Documents.ListTx(ctx, tx, subject)
		if err != nil {
			return "", err
		}
		for _, d := range issued {
			if d.Kind == document.Conclusion && d.Valid() {
				return d.ID, nil
			}
		}
	}
	return "", nil
}
