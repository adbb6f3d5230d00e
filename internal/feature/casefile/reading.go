package casefile

import (
	"context"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
	"sigue/internal/platform/notify"
)

// Unread are the areas of a file whose texts an actor does not read.
type Unread struct {
	Hidden     []program.ServiceArea // never
	WithReason []program.ServiceArea // until he has written why
}

// sorted tells which of some areas a role reads, having given a reason or none, and which
// not.
func sorted(role access.Role, reason string, areas []program.ServiceArea) (open []program.ServiceArea, not Unread) {
	for _, area := range areas {
		switch right := Policy(role, fileOf(area)); {
		case right >= Read || right == WithReason && reason != "":
			open = append(open, area)
		case right == WithReason:
			not.WithReason = append(not.WithReason, area)
		default:
			not.Hidden = append(not.Hidden, area)
		}
	}
	return open, not
}

// readingReason checks the reason for which somebody reads what he does not read otherwise.
func readingReason(typed string) (string, error) {
	var form fault.Form
	reason := reasoned(&form, "reason", typed)
	return reason, form.Err()
}

// readTx keeps that an actor read a part of a file; with a reason, the center is told.
func (s *Service) readTx(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, action, reason string) error {
	e := r.entry(action)
	e.Reason = reason
	if err := s.ledger.AppendTx(ctx, tx, actor, e); err != nil || reason == "" {
		return err
	}
	return s.tellCenterTx(ctx, tx, r, r.CenterID, notify.CaseReadWithReason)
}
