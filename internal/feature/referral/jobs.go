package referral

import (
	"context"
	"errors"
	"slices"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
	"sigue/internal/platform/attachment"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/notify"
)

// remind is the reminder of one deadline, put in when the deadline is set.
type remind struct {
	Referral string `json:"referral"`
	DueOn    string `json:"due_on"`
}

// drop is the removal of the bytes of a paper nobody can reach any more.
type drop struct {
	Blob string `json:"blob"`
}

var (
	remindKind = jobs.Kind[remind]{Name: "referral.remind", MaxAttempts: 20}
	dropKind   = jobs.Kind[drop]{Name: "referral.drop_blob", MaxAttempts: 20}
)

func onceFor(key string) jobs.Options { return jobs.Options{UniqueKey: key} }

// draftLife is how long an untouched draft is kept: personal data does not lie
// around in drafts.
const draftLife = 90 * 24 * time.Hour

// bind gives the runner the room's background work. Each part acts as a named system
// actor with the least rights.
func (s *Service) bind(r *jobs.Runner) {
	jobs.Handle(r, remindKind, func(ctx context.Context, p remind) error {
		return s.Remind(ctx, access.System("reminders", access.JobRun), p.Referral, p.DueOn)
	})
	jobs.Handle(r, dropKind, func(ctx context.Context, p drop) error {
		return s.intake.Remove(ctx, attachment.Stored{Blob: p.Blob})
	})
	r.Every(time.Hour, "referral.expire", func(ctx context.Context) error {
		_, err := s.ExpireOverdue(ctx, access.System("expiry", access.JobRun))
		return err
	})
	r.Every(24*time.Hour, "referral.purge_drafts", func(ctx context.Context) error {
		_, err := s.PurgeDrafts(ctx, access.System("expiry", access.JobRun))
		return err
	})
}

// Remind sends the reminder of a deadline if the referral still waits on that date and
// nobody was reminded of it: a job may run twice.
func (s *Service) Remind(ctx context.Context, actor access.Actor, id, dueOn string) error {
	scope, err := actor.Require(access.JobRun)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, scope, id)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil || r.DueOn.IsZero() || r.DueOn.String() != dueOn {
			return err
		}
		if done, err := s.reminded(ctx, tx, r); done || err != nil {
			return err
		}
		if r.State == Returned {
			return s.tellArea(ctx, tx, r, notify.DeadlineNear)
		}
		return s.tellCenter(ctx, tx, r, r.CenterID, notify.DeadlineNear)
	})
}

// reminded tells whether the reminder of the present deadline was written before. It
// marks the referral, so that of two who ask at once the second runs after the first.
func (s *Service) reminded(ctx context.Context, tx *db.Tx, r *record) (bool, error) {
	if _, err := tx.Exec(ctx, `update referrals set version = version + 1 where id = $1`, r.ID); err != nil {
		return false, err
	}
	f, err := folioOf(r)
	if err != nil {
		return false, err
	}
	told, err := s.outbox.ForFolioTx(ctx, tx, f)
	return slices.ContainsFunc(told, func(n notify.Sent) bool {
		return n.Kind == notify.DeadlineNear && !n.EventAt.Before(remindAt(r.DueOn))
	}), err
}

// remindAt is when whoever must act is reminded: on the morning of the last day.
func remindAt(due clock.Date) time.Time { return due.At(8, 0) }

// ExpireOverdue ends the returned referrals whose term to correct is over, and tells
// both sides. It gives how many.
func (s *Service) ExpireOverdue(ctx context.Context, actor access.Actor) (int, error) {
	scope, err := actor.Require(access.JobRun)
	if err != nil {
		return 0, err
	}
	var ids []string
	err = s.db.View(ctx, func(tx *db.Tx) error {
		return tx.Select(ctx, &ids, `select id from referrals where state = 'returned' and due_on < $1 order by due_on limit 500`, today(tx))
	})
	if err != nil {
		return 0, err
	}
	n := 0
	for _, id := range ids { // one that cannot be ended does not keep the others
		ended, failure := s.expire(ctx, actor, scope, id)
		if ended {
			n++
		}
		err = errors.Join(err, failure)
	}
	return n, err
}

func (s *Service) expire(ctx context.Context, actor access.Actor, scope access.Scope, id string) (ended bool, err error) {
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		ended = false
		r, err := load(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		if r.State != Returned || !r.DueOn.Before(today(tx)) {
			return nil // it was corrected or withdrawn meanwhile
		}
		ended = true
		return s.expireTx(ctx, tx, actor, r)
	})
	return ended && err == nil, err
}

func (s *Service) expireTx(ctx context.Context, tx *db.Tx, actor access.Actor, r *record) error {
	r.ExpiredAt = db.At(tx.Now())
	if _, err := tx.Exec(ctx, `update referrals set expired_at = $1, draft = null where id = $2`, r.ExpiredAt, r.ID); err != nil {
		return err
	}
	if err := s.ledger.AppendTx(ctx, tx, actor, r.entry("referral.expire")); err != nil {
		return err
	}
	if err := s.tellArea(ctx, tx, r, notify.ReferralExpired); err != nil {
		return err
	}
	if err := s.tellCenter(ctx, tx, r, r.CenterID, notify.ReferralExpired); err != nil {
		return err
	}
	return s.refresh(ctx, tx, r)
}

// PurgeDrafts discards drafts that nobody touched for 90 days. It gives how many.
func (s *Service) PurgeDrafts(ctx context.Context, actor access.Actor) (int, error) {
	scope, err := actor.Require(access.JobRun)
	if err != nil {
		return 0, err
	}
	var ids []string
	err = s.db.View(ctx, func(tx *db.Tx) error {
		return tx.Select(ctx, &ids, `select id from referrals where submitted_at is null and draft_saved_at < $1 limit 500`, lastTouch(tx))
	})
	if err != nil {
		return 0, err
	}
	n := 0
	for _, id := range ids {
		purged, failure := s.purge(ctx, actor, scope, id)
		if purged {
			n++
		}
		err = errors.Join(err, failure)
	}
	return n, err
}

// lastTouch is the instant before which a draft must have been touched last to be purged.
func lastTouch(tx *db.Tx) db.Time { return db.At(tx.Now().Add(-draftLife)) }

func (s *Service) purge(ctx context.Context, actor access.Actor, scope access.Scope, id string) (purged bool, err error) {
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		purged = false
		r, err := load(ctx, tx, scope, id)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil || r.State != Draft || !r.DraftSavedAt.Before(lastTouch(tx).Time) {
			return err // its writer came back meanwhile
		}
		purged = true
		return s.discardTx(ctx, tx, actor, r)
	})
	return purged && err == nil, err
}
