package report

import (
	"context"

	"sigue/internal/base/db"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// Recount derives every fact from nothing and gives the subjects whose stored facts differ:
// none, when all is well. It changes nothing. System actors alone.
func (s *Service) Recount(ctx context.Context, actor access.Actor) ([]ledger.Subject, error) {
	if _, err := actor.Require(access.JobRun); err != nil {
		return nil, err
	}
	var wrong []ledger.Subject
	err := s.db.View(ctx, func(tx *db.Tx) error {
		subjects, err := subjectsTx(ctx, tx)
		if err != nil {
			return err
		}
		for _, subject := range subjects {
			same, err := agreesTx(ctx, tx, subject)
			if err != nil {
				return err
			}
			if !same {
				wrong = append(wrong, subject)
			}
		}
		return nil
	})
	return wrong, err
}

// subjectsTx lists what has facts or may have some.
func subjectsTx(ctx context.Context, tx *db.Tx) ([]ledger.Subject, error) {
	var rows []struct {
		Type string `db:"subject_type"`
		ID   string `db:"subject_id"`
	}
	err := tx.Select(ctx, &rows, `select 'referral' as subject_type, id as subject_id from referrals where submitted_at is not null
		union select 'case', id from case_files
		union select subject_type, subject_id from report_facts order by 1, 2`)
	out := make([]ledger.Subject, len(rows))
	for i, r := range rows {
		out[i] = ledger.Subject{Type: r.Type, ID: r.ID}
	}
	return out, err
}

func agreesTx(ctx context.Context, tx *db.Tx, s ledger.Subject) (bool, error) {
	stored, err := storedTx(ctx, tx, s)
	if err != nil {
		return false, err
	}
	derived, err := deriveTx(ctx, tx, s)
	if err != nil {
		return false, err
	}
	for _, f := range derived {
		if stored[f.id()] != f {
			return false, nil
		}
		delete(stored, f.id())
	}
	return len(stored) == 0, nil
}

// Mend derives again what a recount finds wrong, each subject in a transaction of its own,
// and gives how many there were. System actors alone.
func (s *Service) Mend(ctx context.Context, actor access.Actor) (int, error) {
	wrong, err := s.Recount(ctx, actor)
	if err != nil {
		return 0, err
	}
	for _, subject := range wrong {
		if err := s.db.Tx(ctx, func(tx *db.Tx) error { return refreshTx(ctx, tx, subject) }); err != nil {
			return 0, err
		}
	}
	return len(wrong), nil
}
