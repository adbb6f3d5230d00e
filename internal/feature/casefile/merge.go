package casefile

import (
	"context"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/person"
	"sigue/internal/platform/access"
	"sigue/internal/platform/folio"
	"sigue/internal/platform/ledger"
)

// byFolio finds a case file by its folio among those that the actor reaches.
func byFolio(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, typed string) (*record, error) {
	f, err := folio.Parse(typed)
	if err != nil {
		return nil, err
	}
	var id string
	if err := tx.Get(ctx, &id, `select id from case_files where folio = $1`, f.String()); err != nil {
		return nil, fault.Missing()
	}
	return load(ctx, tx, actor, scope, id)
}

// Join says that a file which was just opened is about the same person as another one
// that goes on: its mandates become mandates of that one, and it ends as a duplicate. No
// authority learns of it. What was begun in both cannot be joined.
func (s *Service) Join(ctx context.Context, actor access.Actor, id, intoFolio string) (string, error) {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return "", err
	}
	var into *record
	err = s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		var form fault.Form
		if into, err = byFolio(ctx, tx, actor, scope, intoFolio); err != nil || into.ID == r.ID || into.CenterID != r.CenterID {
			form.Add("folio", i18n.M("Ningún otro expediente de su centro tiene ese folio. Revíselo."))
			return form.Err()
		}
		if !into.State.Open() {
			form.Add("folio", i18n.M("Ese proceso ya terminó: quien vuelve empieza un expediente nuevo. No se cambió nada."))
			return form.Err()
		}
		if r.State != ToSchedule && r.State != Scheduled {
			return fault.New(fault.Conflict, i18n.M("Este proceso ya empezó y no se puede unir a otro. Siga en uno y dé de baja el otro como duplicado."))
		}
		return s.mergeTx(ctx, tx, actor, r, into)
	})
	if err != nil {
		return "", err
	}
	return into.ID, nil
}

func (s *Service) mergeTx(ctx context.Context, tx *db.Tx, actor access.Actor, r, into *record) error {
	plan, err := s.PlanTx(ctx, tx, into.ID)
	if err != nil {
		return err
	}
	mandates, err := mandatesTx(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	for _, m := range mandates {
		if err := s.carryTx(ctx, tx, r, into, m.ReferralID, plan.Progress().Done); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `update case_files set merged_into = $1 where id = $2`, into.ID, r.ID); err != nil {
		return err
	}
	if err := s.ledger.AppendTx(ctx, tx, actor, into.entry("case.join", ledger.Change{Field: "case", After: r.ID})); err != nil {
		return err
	}
	// It serves no referral any more, so that its end tells nobody anything.
	if err := s.dischargeTx(ctx, tx, actor, r, Duplicate, ""); err != nil {
		return err
	}
	if err := s.obligationTx(ctx, tx, into); err != nil {
		return err
	}
	if err := s.reservePapersTx(ctx, tx, into.ID); err != nil {
		return err
	}
	return s.spreadTx(ctx, tx, into)
}

// carryTx makes a mandate of one case file one of another, from so many delivered sessions
// on. What its documents say is sealed with the key of the file that it belongs to.
func (s *Service) carryTx(ctx context.Context, tx *db.Tx, from, to *record, referralID string, done int) error {
	var rows []struct {
		ID     string `db:"id"`
		Reason []byte `db:"reason"`
	}
	if err := tx.Select(ctx, &rows, `select id, reason from mandate_changes where referral_id = $1`, referralID); err != nil {
		return err
	}
	for _, row := range rows {
		var reason string
		if err := s.unseal(ctx, tx, from, "mandate_changes", "reason", row.ID, row.Reason, &reason); err != nil {
			return err
		}
		sealed, err := s.seal(ctx, tx, to, "mandate_changes", "reason", row.ID, reason)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update mandate_changes set reason = $1 where id = $2`, sealed, row.ID); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `update case_mandates set case_file_id = $1, done_before = $2 where referral_id = $3`, to.ID, done, referralID)
	return err
}

// Separate gives a mandate that was taken for one of the same person a case file of its
// own, which begins anew. The process that it is taken from goes on, or stays ended: an
// error about who somebody is can be mended at any time.
func (s *Service) Separate(ctx context.Context, actor access.Actor, id, referralID string) (string, error) {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return "", err
	}
	var own *record
	err = s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		if _, err := s.mandateTx(ctx, tx, r, referralID); err != nil {
			return err
		}
		mandates, err := s.MandatesTx(ctx, tx, r.ID)
		if err != nil {
			return err
		}
		order, err := s.referrals.OrderTx(ctx, tx, referralID)
		if err != nil {
			return err
		}
		if len(mandates) == 1 || order.KeyID == r.KeyID {
			return fault.New(fault.Conflict, i18n.M("Este expediente nació de esa obligación: separe las otras."))
		}
		who, err := person.ByIDTx(ctx, tx, order.PersonID)
		if err != nil {
			return err
		}
		who.CURP = "" // the next referral with it would be taken for the same person again
		if own, err = s.newTx(ctx, tx, actor, who, opening{r.CenterID, order.KeyID, order.Voluntary, tx.Now()}); err != nil {
			return err
		}
		if err := s.carryTx(ctx, tx, r, own, referralID, 0); err != nil {
			return err
		}
		if err := s.ledger.AppendTx(ctx, tx, actor, r.entry("case.separate", ledger.Change{Field: "case", After: own.ID})); err != nil {
			return err
		}
		for _, of := range []*record{r, own} {
			if err := s.obligationTx(ctx, tx, of); err != nil {
				return err
			}
			if err := s.reservePapersTx(ctx, tx, of.ID); err != nil {
				return err
			}
			if err := s.spreadTx(ctx, tx, of); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return own.ID, nil
}
