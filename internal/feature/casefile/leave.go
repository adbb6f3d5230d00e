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
	Duplicate      = "duplicate"
)

// dischargeTx ends a process before its completion, for a reason of the catalogue, and
// tells its authorities. What follows it may be a new process of the same person.
func (s *Service) dischargeTx(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, reason, note string) error {
	r.DischargeReason = reason
	if _, err := tx.Exec(ctx, `update case_files set discharge_reason = $1, discharged_by = $2, next_at = null where id = $3`,
		reason, actor.Name(), r.ID); err != nil {
		return err
	}
	r.NextAt = db.Time{}
	e := r.entry("case.discharge", ledger.Change{Field: "reason", After: reason})
	e.Reason = note
	if err := s.move(ctx, tx, actor, r, Drop, e); err != nil {
		return err
	}
	if err := leaveGroupsTx(ctx, tx, actor, r); err != nil {
		return err
	}
	return s.tellTx(ctx, tx, actor, r, notify.CaseDischarged, "process.discharged")
}

// leaveGroupsTx ends every membership of a person whose process ends or moves.
func leaveGroupsTx(ctx context.Context, tx *db.Tx, actor access.Actor, r *record) error {
	_, err := tx.Exec(ctx, `update group_members set left_on = $1, left_by = $2 where case_file_id = $3 and left_on is null`,
		today(tx), actor.Name(), r.ID)
	return err
}
