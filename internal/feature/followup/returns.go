package followup

import (
	"context"
	"fmt"
	"slices"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/casefile"
	"sigue/internal/platform/access"
	"sigue/internal/platform/folio"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
)

// opened looks, when a case file begins, whether its person completed a process before. It
// tells the center alone: to an authority a return says that another one referred him.
func (s *Service) opened(ctx context.Context, o casefile.OpenedCase) error {
	actor := access.System("followup.opened", access.JobRun)
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		earlier, _, err := s.cases.ReturnsTx(ctx, tx, o.CaseID)
		if err != nil || len(earlier) == 0 {
			return err
		}
		c, err := s.cases.CaseTx(ctx, tx, o.CaseID)
		if err != nil {
			return err
		}
		return s.flagTx(ctx, tx, actor, c)
	})
	if fault.Is(err, fault.NotFound) {
		return jobs.Permanent(err)
	}
	return err
}

// flagTx keeps that a person came back, once, and tells his new center.
func (s *Service) flagTx(ctx context.Context, tx *db.Tx, actor access.Actor, c casefile.Case) error {
	about := ledger.Subject{Type: "case", ID: c.ID}
	history, err := ledger.HistoryTx(ctx, tx, about)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(history, func(r ledger.Record) bool { return r.Action == "followup.return" }) {
		return nil
	}
	if err := s.ledger.AppendTx(ctx, tx, actor, ledger.Entry{Action: "followup.return", Subject: about, Center: c.CenterID}); err != nil {
		return err
	}
	return s.tellCenterTx(ctx, tx, c.CenterID, c.Folio, "/expedientes/"+c.ID, notify.CaseReturn)
}

// tellCenterTx sends a notice to a center.
func (s *Service) tellCenterTx(ctx context.Context, tx *db.Tx, centerID, number, page string, kind notify.Kind) error {
	c, err := s.centers.CenterTx(ctx, tx, centerID)
	if err != nil {
		return err
	}
	return s.tellTx(ctx, tx, notify.Recipient{Type: "center", ID: c.ID, Address: c.Mailbox, Lang: i18n.Spanish}, number, page, kind)
}

func (s *Service) tellTx(ctx context.Context, tx *db.Tx, to notify.Recipient, number, page string, kind notify.Kind) error {
	link, err := notify.LinkTo(page)
	if err != nil {
		return err
	}
	f, err := folio.Parse(number)
	if err != nil {
		return fmt.Errorf("followup: folio of a notice: %w", err)
	}
	return s.outbox.EnqueueTx(ctx, tx, notify.Notice{Kind: kind, Folio: f, Link: link, To: to, EventAt: tx.Now()})
}

// Returns tells which processes the person of a case file completed before, and which he
// began after he had completed this one.
func (s *Service) Returns(ctx context.Context, actor access.Actor, caseID string) (earlier, later []Return, err error) {
	scope, err := actor.Require(access.FollowupRead)
	if err != nil {
		return nil, nil, err
	}
	v := &CaseView{}
	err = s.db.View(ctx, func(tx *db.Tx) error {
		if v.Case, err = s.cases.ReachTx(ctx, tx, actor, scope, caseID); err != nil {
			return err
		}
		return s.returnsTx(ctx, tx, actor, scope, v)
	})
	return v.Earlier, v.Later, err
}

// returnsTx reads the other processes of the person of a case file. Of one that the actor
// does not reach, at another center or sealed, he learns that it is there and when.
func (s *Service) returnsTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, v *CaseView) error {
	earlier, later, err := s.cases.ReturnsTx(ctx, tx, v.Case.ID)
	if err != nil {
		return err
	}
	for _, c := range earlier {
		r, err := s.shownTx(ctx, tx, actor, scope, c)
		if err != nil {
			return err
		}
		r.On = c.Facts.CompletedAt
		v.Earlier = append(v.Earlier, r)
	}
	for _, c := range later {
		r, err := s.shownTx(ctx, tx, actor, scope, c)
		if err != nil {
			return err
		}
		r.On = c.Facts.OpenedAt
		v.Later = append(v.Later, r)
	}
	return nil
}

func (s *Service) shownTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, c casefile.Case) (Return, error) {
	_, err := s.cases.ReachTx(ctx, tx, actor, scope, c.ID)
	switch {
	case fault.Is(err, fault.NotFound):
		return Return{}, nil
	case err != nil:
		return Return{}, err
	}
	return Return{CaseID: c.ID, Folio: c.Folio}, nil
}
