package catalogue

import (
	"context"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// Service is what one can do with the catalogue.
type Service struct {
	db     *db.DB
	ledger *ledger.Ledger
	cache  cache
}

// New makes the service.
func New(d *db.DB, l *ledger.Ledger) *Service { return &Service{db: d, ledger: l} }

// ListsTx gives the lists of today. A transaction that itself changes the catalogue
// still reads the lists from before.
func (s *Service) ListsTx(ctx context.Context, tx *db.Tx) (*Lists, error) {
	snap, err := s.snapshotTx(ctx, tx)
	if err != nil {
		return nil, err
	}
	return snap.on(clock.DateOf(tx.Now())), nil
}

// CalendarTx gives the business days of whoever observes the closed days of all these
// owners: ids of institutions or centers. The national ones are always among them; an
// empty owner adds none.
func (s *Service) CalendarTx(ctx context.Context, tx *db.Tx, owners ...string) (clock.Calendar, error) {
	snap, err := s.snapshotTx(ctx, tx)
	if err != nil {
		return clock.Calendar{}, err
	}
	return snap.calendar(owners), nil
}

// lists gives the lists of today outside a transaction of the caller.
func (s *Service) lists(ctx context.Context) (*Lists, error) {
	var lists *Lists
	err := s.db.View(ctx, func(tx *db.Tx) error {
		var err error
		lists, err = s.ListsTx(ctx, tx)
		return err
	})
	return lists, err
}

// Lists gives the lists of today.
func (s *Service) Lists(ctx context.Context, actor access.Actor) (*Lists, error) {
	if _, err := actor.Require(access.CatalogueRead); err != nil {
		return nil, err
	}
	return s.lists(ctx)
}

// Entries gives the choices of a list on a day, in the order of a form.
func (s *Service) Entries(ctx context.Context, actor access.Actor, list string, day clock.Date) ([]Entry, error) {
	if _, err := actor.Require(access.CatalogueRead); err != nil {
		return nil, err
	}
	if _, ok := Find(list); !ok {
		return nil, fault.Missing()
	}
	var entries []Entry
	err := s.db.View(ctx, func(tx *db.Tx) error {
		snap, err := s.snapshotTx(ctx, tx)
		if err != nil {
			return err
		}
		// Not snap.on: it keeps one day, and that is today.
		entries = newLists(day, snap.entries, snap.rules, snap.places).Entries(list)
		return nil
	})
	return entries, err
}

// Rule gives a rule as it holds today.
func (s *Service) Rule(ctx context.Context, actor access.Actor, code RuleCode) (Rule, error) {
	if _, err := actor.Require(access.CatalogueRead); err != nil {
		return Rule{}, err
	}
	lists, err := s.lists(ctx)
	if err != nil {
		return Rule{}, err
	}
	rule, ok := lists.rules[code]
	if !ok {
		return Rule{}, fault.Missing()
	}
	return rule, nil
}

// CalendarFor gives a calendar, as [Service.CalendarTx].
func (s *Service) CalendarFor(ctx context.Context, actor access.Actor, owners ...string) (clock.Calendar, error) {
	if _, err := actor.Require(access.CatalogueRead); err != nil {
		return clock.Calendar{}, err
	}
	var c clock.Calendar
	err := s.db.View(ctx, func(tx *db.Tx) error {
		var err error
		c, err = s.CalendarTx(ctx, tx, owners...)
		return err
	})
	return c, err
}
