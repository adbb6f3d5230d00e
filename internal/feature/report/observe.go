package report

import (
	"context"
	"strings"

	"sigue/internal/base/db"
	"sigue/internal/platform/ledger"
)

// ObserveTx keeps the facts of what an entry of the ledger is about, in the transaction of
// the entry. It relies on what every room does: first the change, then its entry.
func (s *Service) ObserveTx(ctx context.Context, tx *db.Tx, e ledger.Entry) error {
	if strings.HasSuffix(e.Action, ".read") {
		return nil
	}
	subjects, err := concernedTx(ctx, tx, e)
	if err != nil {
		return err
	}
	for _, subject := range subjects {
		if err := refreshTx(ctx, tx, subject); err != nil {
			return err
		}
	}
	return nil
}

// concernedTx gives the referrals and case files whose facts an entry may have changed: its
// subject, everybody of an appointment, and the file that was joined or separated.
func concernedTx(ctx context.Context, tx *db.Tx, e ledger.Entry) ([]ledger.Subject, error) {
	switch e.Subject.Type {
	case ofReferral:
		return []ledger.Subject{e.Subject}, nil
	case ofCase:
		out := []ledger.Subject{e.Subject}
		for _, c := range e.Changes {
			if c.Field == ofCase && c.After != "" {
				out = append(out, ledger.Subject{Type: ofCase, ID: c.After})
			}
		}
		return out, nil
	case "appointment":
		var ids []string
		if err := tx.Select(ctx, &ids, `select case_id from attendances where appointment_id = $1 order by case_id`, e.Subject.ID); err != nil {
			return nil, err
		}
		out := make([]ledger.Subject, len(ids))
		for i, id := range ids {
			out[i] = ledger.Subject{Type: ofCase, ID: id}
		}
		return out, nil
	}
	return nil, nil
}

// refreshTx derives the facts of a subject and stores what differs.
func refreshTx(ctx context.Context, tx *db.Tx, s ledger.Subject) error {
	stored, err := storedTx(ctx, tx, s)
	if err != nil {
		return err
	}
	derived, err := deriveTx(ctx, tx, s)
	if err != nil {
		return err
	}
	for _, f := range derived {
		old, known := stored[f.id()]
		delete(stored, f.id())
		if known && old == f {
			continue
		}
		if err := storeTx(ctx, tx, f); err != nil {
			return err
		}
	}
	for _, gone := range stored {
		if _, err := tx.Exec(ctx, `delete from report_facts where subject_type = $1 and subject_id = $2 and figure = $3 and origin = $4`,
			gone.SubjectType, gone.SubjectID, string(gone.Figure), gone.Origin); err != nil {
			return err
		}
	}
	return nil
}

func storedTx(ctx context.Context, tx *db.Tx, s ledger.Subject) (map[[4]string]fact, error) {
	var rows []fact
	err := tx.Select(ctx, &rows, `select `+factColumns+` from report_facts where subject_type = $1 and subject_id = $2`, s.Type, s.ID)
	out := make(map[[4]string]fact, len(rows))
	for _, f := range rows {
		out[f.id()] = f
	}
	return out, err
}

func storeTx(ctx context.Context, tx *db.Tx, f fact) error {
	_, err := tx.Exec(ctx, `insert into report_facts (`+factColumns+`)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		on conflict (subject_type, subject_id, figure, origin) do update set day = excluded.day, month = excluded.month,
			center_id = excluded.center_id, institution_id = excluded.institution_id, area_id = excluded.area_id,
			municipality_key = excluded.municipality_key, basis = excluded.basis, sex = excluded.sex,
			age_band = excluded.age_band, amount = excluded.amount`,
		f.SubjectType, f.SubjectID, string(f.Figure), f.Origin, f.Day, f.Month, f.Center, f.Institution, f.Area,
		f.Municipality, f.Basis, f.Sex, f.AgeBand, f.Amount)
	return err
}
