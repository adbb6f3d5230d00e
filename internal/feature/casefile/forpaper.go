package casefile

import (
	"context"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
)

// Served is a mandate with the case file that serves it.
type Served struct {
	Case    Case
	Mandate Mandate
}

// ServedTx gives the mandates inside a scope whose authority hears of a process that ran
// its program on some of the days given, by person. The scope comes from the caller's own
// Require.
func (s *Service) ServedTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, from, until clock.Date) ([]Served, error) {
	var args db.Args
	begins, ends := args.Add(db.At(from.At(0, 0))), args.Add(db.At(until.AddDays(1).At(0, 0)))
	var rows []record
	if err := tx.Select(ctx, &rows, `select `+recordColumns+recordTables+`where c.admitted_at < `+ends+`
		and (c.completed_at is null or c.completed_at >= `+begins+`) and (c.discharged_at is null or c.discharged_at >= `+begins+`)
		and (c.referred_out_at is null or c.referred_out_at >= `+begins+`) and `+visible(actor, scope, &args)+`
		order by p.surname1, p.surname2, p.given_names, c.id`, args...); err != nil {
		return nil, err
	}
	var out []Served
	for i := range rows {
		mandates, err := s.MandatesTx(ctx, tx, rows[i].ID)
		if err != nil {
			return nil, err
		}
		for _, m := range mandates {
			if m.ToldOf(from, until) {
				out = append(out, Served{rows[i].asCase(), m})
			}
		}
	}
	return out, nil
}

// ToldOf tells whether the authority hears of some of the days given: the mandate obliges
// on them, and the process serves it by then.
func (m Mandate) ToldOf(from, until clock.Date) bool {
	return !m.Voluntary && !m.Revoked() && !clock.DateOf(m.JoinedAt).After(until) && !m.From.After(until) &&
		(m.Until.IsZero() || !m.Until.Before(from))
}

// ServesTx gives the case file that serves a referral; NotFound when there is none.
func (s *Service) ServesTx(ctx context.Context, tx *db.Tx, referralID string) (Case, error) {
	id, err := caseOf(ctx, tx, referralID)
	if err == nil && id == "" {
		err = fault.Missing()
	}
	if err != nil {
		return Case{}, err
	}
	return s.CaseTx(ctx, tx, id)
}

// ReportIDTx gives the document that is the conclusion report of a case file; empty while
// there is none.
func (s *Service) ReportIDTx(ctx context.Context, tx *db.Tx, caseID string) (string, error) {
	r, err := byID(ctx, tx, caseID)
	if err != nil {
		return "", err
	}
	return r.ReportDocumentID, nil
}
