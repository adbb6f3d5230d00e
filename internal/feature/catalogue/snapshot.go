package catalogue

import (
	"context"
	"strings"
	"sync"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
)

// freshFor is how long a snapshot serves before it is read again, which is how late this
// process may see what another one changed. Reading it costs a few milliseconds.
const freshFor = 5 * time.Second

// snapshot is everything in the catalogue at one instant.
type snapshot struct {
	readAt  time.Time
	entries []Entry
	rules   []Rule
	places  *places
	closed  map[string][]clock.ClosedDay

	mu        sync.Mutex
	lists     *Lists // of the day last asked for
	calendars map[string]clock.Calendar
}

// cache keeps the newest snapshot of this process.
type cache struct {
	mu        sync.Mutex
	held      *snapshot
	changedAt time.Time // when this process last changed the catalogue
	alone     bool      // no other process does
}

// get gives the snapshot held, or none when it has to be read.
func (c *cache) get(now time.Time) *snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil || !c.alone && now.Sub(c.held.readAt).Abs() >= freshFor {
		return nil
	}
	return c.held
}

// put keeps a snapshot, unless its transaction began before the last change: it may not
// have seen that change, and serves its own reader only.
func (c *cache) put(s *snapshot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !s.readAt.Before(c.changedAt) {
		c.held = s
	}
}

// drop forgets the snapshot after a change was committed.
func (c *cache) drop(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held, c.changedAt = nil, now.UTC().Truncate(time.Microsecond)
}

// changed makes the commit of a transaction drop the snapshot. Until then the
// transaction itself still reads the old one.
func (s *Service) changed(tx *db.Tx) {
	tx.AfterCommit(func() { s.cache.drop(s.db.Clock().Now()) })
}

// Alone tells the service that no other process changes the catalogue, so that what it
// has read serves until it changes it itself. It is for a program that has the database
// to itself and moves its clock through months.
func (s *Service) Alone() {
	s.cache.mu.Lock()
	defer s.cache.mu.Unlock()
	s.cache.alone = true
}

func (s *Service) snapshotTx(ctx context.Context, tx *db.Tx) (*snapshot, error) {
	if held := s.cache.get(tx.Now()); held != nil {
		return held, nil
	}
	fresh, err := readSnapshot(ctx, tx)
	if err != nil {
		return nil, err
	}
	s.cache.put(fresh)
	return fresh, nil
}

func readSnapshot(ctx context.Context, tx *db.Tx) (*snapshot, error) {
	s := &snapshot{readAt: tx.Now(), calendars: map[string]clock.Calendar{}}
	var err error
	if s.entries, err = entriesTx(ctx, tx, `1 = 1`); err != nil {
		return nil, err
	}
	if s.rules, err = rulesTx(ctx, tx, `1 = 1`); err != nil {
		return nil, err
	}
	if s.places, err = placesTx(ctx, tx); err != nil {
		return nil, err
	}
	s.closed, err = closedTx(ctx, tx)
	return s, err
}

// on gives the lists of a day.
func (s *snapshot) on(day clock.Date) *Lists {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lists == nil || s.lists.day != day {
		s.lists = newLists(day, s.entries, s.rules, s.places)
	}
	return s.lists
}

// calendar gives the business days of whoever is closed on the national days and on
// those of all the owners.
func (s *snapshot) calendar(owners []string) clock.Calendar {
	key := strings.Join(owners, " ")
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.calendars[key]; ok {
		return c
	}
	days := s.closed[National]
	for _, owner := range owners {
		days = append(days[:len(days):len(days)], s.closed[owner]...)
	}
	c := clock.NewCalendar(days...)
	s.calendars[key] = c
	return c
}

// entriesTx reads entries in the order of a form; where is a condition of this package.
func entriesTx(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Entry, error) {
	var rows []entryRow
	if err := tx.Select(ctx, &rows, `select `+entryColumns+` from catalogue_entries where `+where, args...); err != nil {
		return nil, err
	}
	all := make([]Entry, len(rows))
	for i, row := range rows {
		var err error
		if all[i], err = row.entry(); err != nil {
			return nil, err
		}
	}
	sortEntries(all)
	return all, nil
}

// rulesTx reads rules, oldest first; where is a condition of this package.
func rulesTx(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Rule, error) {
	var rows []struct {
		Code      string     `db:"code"`
		Value     int        `db:"value"`
		Unit      string     `db:"unit"`
		Source    string     `db:"source"`
		ValidFrom clock.Date `db:"valid_from"`
	}
	if err := tx.Select(ctx, &rows, `select code, value, unit, source, valid_from from rules
		where `+where+` order by valid_from, code`, args...); err != nil {
		return nil, err
	}
	all := make([]Rule, len(rows))
	for i, r := range rows {
		all[i] = Rule{Code: RuleCode(r.Code), Value: r.Value, Unit: Unit(r.Unit), Source: r.Source, ValidFrom: r.ValidFrom}
	}
	return all, nil
}
