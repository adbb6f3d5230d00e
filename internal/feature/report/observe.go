package report

import (
	"context"
	"slices"
	"strings"

	"sigue/internal/base/clock"
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
		if err := s.refreshTx(ctx, tx, subject); err != nil {
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
	case ofAppointment:
		var ids []string
		if err := tx.Select(ctx, &ids, `select case_id from attendances where appointment_id = $1 order by case_id`, e.Subject.ID); err != nil {
			return nil, err
		}
		out := []ledger.Subject{e.Subject}
		for _, id := range ids {
			out = append(out, ledger.Subject{Type: ofCase, ID: id})
		}
		return out, nil
	case "followup":
		var ids []string
		err := tx.Select(ctx, &ids, `select case_id from followups where id = $1`, e.Subject.ID)
		out := make([]ledger.Subject, len(ids))
		for i, id := range ids {
			out[i] = ledger.Subject{Type: ofCase, ID: id}
		}
		return out, err
	}
	return nil, nil
}

// refreshTx derives the facts of a subject, stores what differs, and keeps the sums.
func (s *Service) refreshTx(ctx context.Context, tx *db.Tx, of ledger.Subject) error {
	stored, err := storedTx(ctx, tx, of)
	if err != nil {
		return err
	}
	derived, err := s.deriveTx(ctx, tx, of)
	if err != nil {
		return err
	}
	change := sums{}
	var fresh []fact
	late := latecomers{after: clock.MonthOf(clock.DateOf(tx.Now()))}
	for _, f := range derived {
		old, known := stored[f.id()]
		delete(stored, f.id())
		if known && old == f {
			continue
		}
		if known {
			change.add(old, -1)
			late.add(old, -1)
		}
		change.add(f, 1)
		late.add(f, 1)
		fresh = append(fresh, f)
	}
	for _, gone := range stored {
		change.add(gone, -1)
		late.add(gone, -1)
		if _, err := tx.Exec(ctx, `delete from report_facts where subject_type = $1 and subject_id = $2 and figure = $3 and origin = $4`,
			gone.SubjectType, gone.SubjectID, string(gone.Figure), gone.Origin); err != nil {
			return err
		}
	}
	if err := storeTx(ctx, tx, fresh); err != nil {
		return err
	}
	if err := late.storeTx(ctx, tx); err != nil {
		return err
	}
	return change.storeTx(ctx, tx)
}

func storedTx(ctx context.Context, tx *db.Tx, of ledger.Subject) (map[[4]string]fact, error) {
	var rows []fact
	err := tx.Select(ctx, &rows, `select `+factColumns+` from report_facts where subject_type = $1 and subject_id = $2`, of.Type, of.ID)
	out := make(map[[4]string]fact, len(rows))
	for _, f := range rows {
		out[f.id()] = f
	}
	return out, err
}

// batch bounds the rows of one statement: SQLite takes 32,766 values in one.
const batch = 500

func storeTx(ctx context.Context, tx *db.Tx, all []fact) error {
	for chunk := range slices.Chunk(all, batch) {
		var args db.Args
		rows := make([]string, len(chunk))
		for i, f := range chunk {
			rows[i] = args.Row(f.values()...)
		}
		if _, err := tx.Exec(ctx, `insert into report_facts (`+factColumns+`) values `+strings.Join(rows, ", ")+`
			on conflict (subject_type, subject_id, figure, origin) do update set day = excluded.day, month = excluded.month,
				center_id = excluded.center_id, service = excluded.service, institution_id = excluded.institution_id,
				municipality_key = excluded.municipality_key, basis = excluded.basis, voluntary = excluded.voluntary,
				sex = excluded.sex, age_band = excluded.age_band, violence = excluded.violence, modality = excluded.modality,
				person_id = excluded.person_id, amount = excluded.amount`, args...); err != nil {
			return err
		}
	}
	return nil
}
