package casefile

import (
	"context"
	"slices"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// Seal closes the file about a colleague or relative of the staff: from now on it exists
// for the accounts that are named and for whoever names them, and for nobody else of the
// center.
func (s *Service) Seal(ctx context.Context, actor access.Actor, id string, accounts []string) error {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		staff, err := staffTx(ctx, tx, r.CenterID)
		if err != nil {
			return err
		}
		for _, a := range accounts {
			if !slices.Contains(staff, a) {
				var form fault.Form
				form.Add("accounts", i18n.M("Elija cuentas de su centro."))
				return form.Err()
			}
		}
		if _, err := tx.Exec(ctx, `delete from case_seals where case_file_id = $1`, r.ID); err != nil {
			return err
		}
		for _, a := range append(accounts, actor.Account) {
			if _, err := tx.Exec(ctx, `insert into case_seals (case_file_id, account_id, at, by) values ($1, $2, $3, $4)
				on conflict (case_file_id, account_id) do nothing`, r.ID, a, db.At(tx.Now()), actor.Account); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `update case_files set sealed_at = $1 where id = $2`, db.At(tx.Now()), r.ID); err != nil {
			return err
		}
		if err := s.reservePapersTx(ctx, tx, r.ID); err != nil {
			return err
		}
		var changes []ledger.Change
		for _, a := range accounts {
			changes = append(changes, ledger.Change{Field: "account", After: a})
		}
		return s.ledger.AppendTx(ctx, tx, actor, r.entry("case.seal", changes...))
	})
}

// Unseal opens a sealed file to the center again.
func (s *Service) Unseal(ctx context.Context, actor access.Actor, id string) error {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		if r.SealedAt.IsZero() {
			return fault.New(fault.Conflict, i18n.M("El expediente no está reservado. No se cambió nada."))
		}
		if _, err := tx.Exec(ctx, `delete from case_seals where case_file_id = $1`, r.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update case_files set sealed_at = null where id = $1`, r.ID); err != nil {
			return err
		}
		if err := s.reservePapersTx(ctx, tx, r.ID); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, r.entry("case.unseal"))
	})
}

// reservePapersTx gives the documents of a case file the readers that the file has.
func (s *Service) reservePapersTx(ctx context.Context, tx *db.Tx, id string) error {
	readers, err := s.SealedForTx(ctx, tx, id)
	if err != nil {
		return err
	}
	mandates, err := mandatesTx(ctx, tx, id)
	if err != nil {
		return err
	}
	subjects := []ledger.Subject{{Type: "case", ID: id}}
	for _, m := range mandates {
		subjects = append(subjects, ledger.Subject{Type: "referral", ID: m.ReferralID})
	}
	for _, about := range subjects {
		if err := s.documents.ReserveTx(ctx, tx, about, readers); err != nil {
			return err
		}
	}
	return nil
}

// SealedForTx gives the accounts for which alone a case file exists at its center; none
// when it is not sealed.
func (s *Service) SealedForTx(ctx context.Context, tx *db.Tx, caseID string) ([]string, error) {
	var accounts []string
	err := tx.Select(ctx, &accounts, `select account_id from case_seals where case_file_id = $1 order by account_id`, caseID)
	return accounts, err
}

// Colleague is an account of the center that a sealed file may name.
type Colleague struct{ Account, Name string }

// Colleagues gives the accounts of the center of a case file.
func (s *Service) Colleagues(ctx context.Context, actor access.Actor, id string) (Case, []Colleague, error) {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return Case{}, nil, err
	}
	var c Case
	var out []Colleague
	err = s.db.View(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, actor, scope, id)
		if err != nil {
			return err
		}
		c = r.asCase()
		staff, err := staffTx(ctx, tx, r.CenterID)
		if err != nil {
			return err
		}
		names, err := s.identity.NamesTx(ctx, tx, staff)
		if err != nil {
			return err
		}
		for _, a := range staff {
			if a != actor.Account {
				out = append(out, Colleague{a, names[a]})
			}
		}
		return nil
	})
	return c, out, err
}

// staffTx gives the accounts that work at a center.
func staffTx(ctx context.Context, tx *db.Tx, centerID string) ([]string, error) {
	var ids []string
	err := tx.Select(ctx, &ids, `select a.id from accounts a join posts p on p.id = a.post_id
		where p.center_id = $1 and a.ended_at is null order by p.title, a.id`, centerID)
	return ids, err
}
