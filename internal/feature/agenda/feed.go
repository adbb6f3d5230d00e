package agenda

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
)

// OwnFeed is whether an account has a calendar feed, and since when.
type OwnFeed struct {
	Since time.Time // zero for none
}

// feedHash is what is stored of the secret of a feed: whoever reads the table can read no
// calendar. The secret is random, so that it needs no salt.
func feedHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// OwnFeed tells whether the actor has a calendar feed.
func (s *Service) OwnFeed(ctx context.Context, actor access.Actor) (OwnFeed, error) {
	if _, err := actor.Require(access.AttendanceRecord); err != nil {
		return OwnFeed{}, err
	}
	var since db.Time
	err := s.db.View(ctx, func(tx *db.Tx) error {
		return tx.Get(ctx, &since, `select created_at from calendar_feeds where account_id = $1 and revoked_at is null`, actor.Account)
	})
	if missing(err) {
		return OwnFeed{}, nil
	}
	return OwnFeed{Since: since.Time}, err
}

// MakeFeed makes the calendar feed of the actor's account and gives its address, which is
// shown this once. An older one is dead from then on.
func (s *Service) MakeFeed(ctx context.Context, actor access.Actor) (string, error) {
	if _, err := actor.Require(access.AttendanceRecord); err != nil {
		return "", err
	}
	token := rand.Text()
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := revokeFeedTx(ctx, tx, actor); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into calendar_feeds (id, account_id, center_id, token_hash, created_at) values ($1, $2, $3, $4, $5)`,
			db.NewID(), actor.Account, actor.Center, feedHash(token), db.At(tx.Now())); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, feedEntry(actor, "calendar.make"))
	})
	return s.outbox.Absolute("/calendario/" + token + ".ics"), err
}

// RevokeFeed ends the actor's calendar feed. To end none is no error.
func (s *Service) RevokeFeed(ctx context.Context, actor access.Actor) error {
	if _, err := actor.Require(access.AttendanceRecord); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		ended, err := revokeFeedTx(ctx, tx, actor)
		if err != nil || !ended {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, feedEntry(actor, "calendar.revoke"))
	})
}

func revokeFeedTx(ctx context.Context, tx *db.Tx, actor access.Actor) (bool, error) {
	n, err := tx.Exec(ctx, `update calendar_feeds set revoked_at = $1 where account_id = $2 and revoked_at is null`, db.At(tx.Now()), actor.Account)
	return n > 0, err
}

func feedEntry(actor access.Actor, action string) ledger.Entry {
	return ledger.Entry{Action: action, Subject: ledger.Subject{Type: "account", ID: actor.Account}, Center: actor.Center}
}

// past is how far back a feed goes, in days.
const past = 30

// Feed gives the calendar file behind the secret of a feed: when and where its owner
// attends, and never whom. It is NotFound for any other secret, for one that was revoked,
// and once the account cannot enter or works elsewhere.
func (s *Service) Feed(ctx context.Context, actor access.Actor, token string) ([]byte, error) {
	if _, err := actor.Require(access.CalendarRead); err != nil {
		return nil, err
	}
	file := notify.Calendar{Lang: i18n.Spanish}
	err := s.db.View(ctx, func(tx *db.Tx) error {
		var feed struct {
			Account string `db:"account_id"`
			Center  string `db:"center_id"`
		}
		err := tx.Get(ctx, &feed, `select account_id, center_id from calendar_feeds where token_hash = $1 and revoked_at is null`, feedHash(token))
		if missing(err) {
			return fault.Missing()
		}
		if err != nil {
			return err
		}
		staff, err := s.identity.StaffTx(ctx, tx, feed.Center)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(staff, func(p identity.Staff) bool { return p.Account == feed.Account && attends(p.Role) }) {
			return fault.Missing()
		}
		var rows []Appointment
		if err := tx.Select(ctx, &rows, `select `+appointmentColumns+` from appointments a where a.center_id = $1
			and (a.account_id = $2 or a.co_account_id = $2) and a.ended_at is null and a.starts_at >= $3 and a.starts_at < $4
			order by a.starts_at, a.id`, feed.Center, feed.Account, db.At(today(tx).AddDays(-past).At(0, 0)),
			db.At(today(tx).AddMonths(furthest).At(0, 0))); err != nil {
			return err
		}
		file.Events, err = s.feedTx(ctx, tx, feed.Center, rows)
		return err
	})
	if err != nil {
		return nil, err
	}
	return file.Bytes(), nil
}

// feedTx gives the appointments of a feed: kind, hour and place.
func (s *Service) feedTx(ctx context.Context, tx *db.Tx, center string, rows []Appointment) ([]notify.Event, error) {
	lists, err := s.catalogue.ListsTx(ctx, tx)
	if err != nil {
		return nil, err
	}
	rooms := map[string]string{}
	events := make([]notify.Event, len(rows))
	for i := range rows {
		a := &rows[i]
		if events[i], err = s.eventTx(ctx, tx, a); err != nil {
			return nil, err
		}
		item := Item{Appointment: *a}
		if err := s.roomName(ctx, tx, rooms, &item); err != nil {
			return nil, err
		}
		events[i].Group, events[i].Place = a.Kind == Group, item.Room
		if a.Mode != InPerson {
			events[i].Place = lists.Label(catalogue.AppointmentMode, a.Mode, i18n.Spanish)
		}
	}
	return events, nil
}
