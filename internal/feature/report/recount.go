package report

import (
	"context"

	"sigue/internal/base/db"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// ofSum is the type under which a recount names a sum that differs from its facts.
const ofSum = "sum"

// Recount derives every fact from nothing, adds the facts up, and gives the subjects whose
// stored facts differ and the sums that differ from their facts: none, when all is well. It
// changes nothing. System actors alone.
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
			same, err := s.agreesTx(ctx, tx, subject)
			if err != nil {
				return err
			}
			if !same {
				wrong = append(wrong, subject)
			}
		}
		differ, err := wrongSumsTx(ctx, tx)
		wrong = append(wrong, differ...)
		return err
	})
	return wrong, err
}

func wrongSumsTx(ctx context.Context, tx *db.Tx) ([]ledger.Subject, error) {
	change, err := missingTx(ctx, tx)
	var wrong []ledger.Subject
	for _, c := range change.changed() {
		wrong = append(wrong, ledger.Subject{Type: ofSum, ID: string(c.Figure) + " " + c.Month + " " + c.Center})
	}
	return wrong, err
}

// missingTx is by how much the sums that are stored differ from their facts.
func missingTx(ctx context.Context, tx *db.Tx) (sums, error) {
	facts, err := sumTx(ctx, tx)
	if err != nil {
		return nil, err
	}
	stored, err := storedSumsTx(ctx, tx)
	for c, n := range stored {
		facts[c] -= n
	}
	return facts, err
}

// subjectsTx lists what has facts or may have some.
func subjectsTx(ctx context.Context, tx *db.Tx) ([]ledger.Subject, error) {
	var rows []struct {
		Type string `db:"subject_type"`
		ID   string `db:"subject_id"`
	}
	err := tx.Select(ctx, &rows, `select 'referral' as subject_type, id as subject_id from referrals where submitted_at is not null
		union select 'case', id from case_files
		union select 'appointment', appointment_id from attendances
		union select subject_type, subject_id from report_facts order by 1, 2`)
	out := make([]ledger.Subject, len(rows))
	for i, r := range rows {
		out[i] = ledger.Subject{Type: r.Type, ID: r.ID}
	}
	return out, err
}

func (s *Service) agreesTx(ctx context.Context, tx *db.Tx, of ledger.Subject) (bool, error) {
	stored, err := storedTx(ctx, tx, of)
	if err != nil {
		return false, err
	}
	derived, err := s.deriveTx(ctx, tx, of)
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
// corrects the sums, and gives how many differed. System actors alone.
func (s *Service) Mend(ctx context.Context, actor access.Actor) (int, error) {
	wrong, err := s.Recount(ctx, actor)
	if err != nil || len(wrong) == 0 {
		return 0, err
	}
	for _, subject := range wrong {
		if subject.Type == ofSum {
			continue
		}
		if err := s.db.Tx(ctx, func(tx *db.Tx) error { return s.refreshTx(ctx, tx, subject) }); err != nil {
			return 0, err
		}
	}
	return len(wrong), s.db.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.Exclusive(ctx, "report_sums"); err != nil {
			return err
		}
		change, err := missingTx(ctx, tx)
		if err != nil {
			return err
		}
		return change.storeTx(ctx, tx)
	})
}
