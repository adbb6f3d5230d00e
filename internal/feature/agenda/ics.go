package agenda

import (
	"context"

	"sigue/internal/base/db"
	"sigue/internal/platform/notify"
)

// eventTx is an appointment in a calendar, without a place. It keeps the name of the one
// which it was moved from, so that a calendar shows one appointment and not two; each move
// and the end of it count as a change.
func (s *Service) eventTx(ctx context.Context, tx *db.Tx, a *Appointment) (notify.Event, error) {
	root, moves := a.ID, 0
	for before := a.MovedFrom; before != ""; moves++ {
		root = before
		if err := tx.Get(ctx, &before, `select moved_from from appointments where id = $1`, root); err != nil {
			return notify.Event{}, err
		}
	}
	e := notify.Event{UID: s.outbox.UIDFor(root), Sequence: moves, StartsAt: a.StartsAt.Time, Minutes: a.Minutes, Stamp: a.CreatedAt.Time}
	if a.Ended() {
		e.Sequence, e.Stamp = moves+1, a.EndedAt.Time
	}
	return e, nil
}
