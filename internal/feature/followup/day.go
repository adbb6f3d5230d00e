package followup

import (
	"context"
	"errors"
	"fmt"

	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/notify"
)

// Day does the work of a day: it brings follow-ups up to mandates that were revoked
// meanwhile and files that were closed, ends those that were tried in vain, and tells each
// side once that a window opened and once that its day is past. It gives how many
// follow-ups it changed or told of.
func (s *Service) Day(ctx context.Context, actor access.Actor) (int, error) {
	scope, err := actor.Require(access.JobRun)
	if err != nil {
		return 0, err
	}
	settled, err := s.eachOf(ctx, scope, `select distinct f.case_id from followups f where %s and f.answers = 0 and f.ended_at is null order by f.case_id`,
		func(tx *db.Tx, id string) error { return s.settleTx(ctx, tx, actor, id) })
	if err != nil {
		return settled, err
	}
	lapsed, err := s.lapse(ctx, actor, scope)
	if err != nil {
		return lapsed, err
	}
	told, err := s.tellDay(ctx, actor, scope)
	return lapsed + told, err
}

// eachOf does something for each row of a query, in a transaction of its own: one that
// fails does not keep the others waiting.
func (s *Service) eachOf(ctx context.Context, scope access.Scope, text string, do func(tx *db.Tx, id string) error, more ...any) (int, error) {
	var ids []string
	err := s.db.View(ctx, func(tx *db.Tx) error {
		args := db.Args(more)
		return tx.Select(ctx, &ids, fmt.Sprintf(text, scope.SQL(owner, &args)), args...)
	})
	if err != nil {
		return 0, err
	}
	done := 0
	var failed []error
	for _, id := range ids {
		if err := s.db.Tx(ctx, func(tx *db.Tx) error { return do(tx, id) }); err != nil {
			failed = append(failed, fmt.Errorf("followup %s: %w", id, err))
			continue
		}
		done++
	}
	return done, errors.Join(failed...)
}

// lapse ends what was tried often enough and whose window is past: nobody was reached, and
// nothing is known. The center's last one closes its file then too. What nobody tried
// stays open, and overdue.
func (s *Service) lapse(ctx context.Context, actor access.Actor, scope access.Scope) (int, error) {
	lists, err := s.catalogue.Lists(ctx, access.System("followup.day", access.CatalogueRead))
	if err != nil {
		return 0, err
	}
	return s.eachOf(ctx, scope, `select f.id from followups f where f.closes_on < $1 and f.attempts >= $2 and %s and f.answers = 0
		and f.ended_at is null order by f.due_on, f.id`, func(tx *db.Tx, id string) error {
		f, err := load(ctx, tx, actor, scope, id)
		if err != nil {
			return err
		}
		if err := s.endTx(ctx, tx, actor, f, endUnreached); err != nil {
			return err
		}
		return s.closeTx(ctx, tx, actor, f)
	}, lists.Day(), rules(lists).Attempts)
}

// tellDay tells what is due and has not been told.
func (s *Service) tellDay(ctx context.Context, actor access.Actor, scope access.Scope) (int, error) {
	var day any
	if err := s.db.View(ctx, func(tx *db.Tx) error { day = today(tx); return nil }); err != nil {
		return 0, err
	}
	return s.eachOf(ctx, scope, `select f.id from followups f where f.opens_on <= $1 and (f.opened_told_at is null or (f.due_on < $1
		and f.overdue_told_at is null)) and %s and f.answers = 0 and f.ended_at is null order by f.due_on, f.id`, func(tx *db.Tx, id string) error {
		f, err := load(ctx, tx, actor, scope, id)
		if err != nil {
			return err
		}
		return s.tellDueTx(ctx, tx, f)
	}, day)
}

// tellDueTx tells the side of a follow-up that its window is open, or that its day is
// past. Whoever hears that it is overdue needs not hear that it began.
func (s *Service) tellDueTx(ctx context.Context, tx *db.Tx, f *Followup) error {
	kind, text := notify.FollowupDue, `update followups set opened_told_at = $1 where id = $2 and opened_told_at is null`
	if f.DueOn.Before(today(tx)) {
		kind = notify.FollowupOverdue
		text = `update followups set opened_told_at = coalesce(opened_told_at, $1), overdue_told_at = $1 where id = $2 and overdue_told_at is null`
	}
	n, err := tx.Exec(ctx, text, db.At(tx.Now()), f.ID)
	if err != nil || n == 0 {
		return err
	}
	page := "/seguimientos/" + f.ID
	if f.Side == OfCenter {
		return s.tellCenterTx(ctx, tx, f.CenterID, f.Folio, page, kind)
	}
	area, err := s.institutions.AreaTx(ctx, tx, f.AreaID)
	if err != nil {
		return err
	}
	return s.tellTx(ctx, tx, notify.Recipient{Type: "area", ID: area.ID, Address: area.Mailbox, Lang: i18n.Spanish}, f.Folio, page, kind)
}
