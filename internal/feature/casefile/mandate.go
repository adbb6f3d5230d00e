package casefile

import (
	"context"

	"sigue/internal/base/db"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
)

// withdrawnTx revokes the mandate of a referral that its authority withdrew.
func (s *Service) withdrawnTx(ctx context.Context, tx *db.Tx, actor access.Actor, referralID string) error {
	id, err := caseOf(ctx, tx, referralID)
	if err != nil || id == "" {
		return err
	}
	r, err := byID(ctx, tx, id)
	if err != nil {
		return err
	}
	return s.revokeTx(ctx, tx, actor, r, referralID, "case.mandate_withdrawn")
}

// revokeTx ends what a mandate obliges to. The process goes on; it ends by a discharge,
// which is a decision of its own.
func (s *Service) revokeTx(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, referralID, action string) error {
	n, err := tx.Exec(ctx, `update case_mandates set revoked_at = $1 where referral_id = $2 and case_file_id = $3 and revoked_at is null`,
		db.At(tx.Now()), referralID, r.ID)
	if err != nil || n == 0 {
		return err
	}
	if err := s.ledger.AppendTx(ctx, tx, actor, r.entry(action, ledger.Change{Field: "mandate", After: referralID})); err != nil {
		return err
	}
	if err := s.referrals.ProcessTx(ctx, tx, referralID, referral.Process{}); err != nil {
		return err
	}
	if err := s.obligationTx(ctx, tx, r); err != nil {
		return err
	}
	return s.tellCenterTx(ctx, tx, r, r.CenterID, notify.MandateRevoked)
}
