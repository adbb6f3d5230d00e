package casefile

import (
	"context"

	"sigue/internal/base/db"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
)

// Reasons of the catalogue that the program itself gives.
const (
	NeverPresented = "never_presented"
	ByOwnDecision  = "voluntary"
	Duplicate      = "duplicate"
)

// dischargeTx ends a process before its completion, for a reason of the catalogue, and
// tells its authorities. What follows it may be a new process of the same person.
func (s *Service) dischargeTx(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, reason, note string) error {
	sealed, err := s.seal(ctx, tx, r, "case_files", "discharge_note", r.ID, note)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update case_files set discharge_reason = $1, discharge_note = $2, discharged_by = $3, next_at = null
		where id = $4`, reason, sealed, actor.Name(), r.ID); err != nil {
		return err
	}
	r.DischargeReason, r.NextAt = reason, db.Time{}
	if err := s.move(ctx, tx, actor, r, Drop, r.entry("case.discharge", ledger.Change{Field: "reason", After: reason})); err != nil {
		return err
	}
	if err := s.afterEndTx(ctx, tx, actor, r); err != nil {
		return err
	}
	return s.tellTx(ctx, tx, actor, r, notify.CaseDischarged, "process.discharged")
}
