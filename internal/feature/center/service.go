package center

import (
	"context"
	"errors"
	"sort"
	"strconv"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// Service is what one can do with centers.
type Service struct {
	db        *db.DB
	ledger    *ledger.Ledger
	catalogue *catalogue.Service
	identity  *identity.Service
}

// New makes the service.
func New(d *db.DB, l *ledger.Ledger, c *catalogue.Service, i *identity.Service) *Service {
	return &Service{db: d, ledger: l, catalogue: c, identity: i}
}

const (
	columns      = `c.id, c.name, c.municipality_key, c.address, c.phone, c.mailbox, c.capacity, c.closed_at`
	venueColumns = `v.id, v.center_id, v.name, v.address, v.closed_at`
)

// Centers gives the directory: every center that is open, by name. There are tens, so
// it has no pages.
func (s *Service) Centers(ctx context.Context, actor access.Actor) ([]Center, error) {
	if _, err := actor.Require(access.CenterRead); err != nil {
		return nil, err
	}
	var out []Center
	err := s.db.View(ctx, func(tx *db.Tx) error {
		return tx.Select(ctx, &out, `select `+columns+` from centers c where c.closed_at is null order by c.name`)
	})
	return out, err
}

// All gives every center, closed ones too.
func (s *Service) All(ctx context.Context, actor access.Actor) ([]Center, error) {
	if _, err := actor.Require(access.CenterAdmin); err != nil {
		return nil, err
	}
	var out []Center
	err := s.db.View(ctx, func(tx *db.Tx) error {
		return tx.Select(ctx, &out, `select `+columns+` from centers c order by c.name`)
	})
	return out, err
}

// Detail is a center with all that belongs to it.
type Detail struct {
	Center
	Venues   []Venue
	Coverage []Covered
	Closed   []clock.ClosedDay
}

// Covered is a municipality that a center serves.
type Covered struct {
	Municipality string `db:"municipality_key"`
	Rank         int    `db:"rank"`
}

// Center gives one center of the directory with its venues and coverage.
func (s *Service) Center(ctx context.Context, actor access.Actor, id string) (Detail, error) {
	if _, err := actor.Require(access.CenterRead); err != nil {
		return Detail{}, err
	}
	var d Detail
	err := s.db.View(ctx, func(tx *db.Tx) error {
		var err error
		if d.Center, err = s.CenterTx(ctx, tx, id); err != nil {
			return err
		}
		if err := tx.Select(ctx, &d.Venues, `select `+venueColumns+` from venues v where v.center_id = $1 order by v.name`, id); err != nil {
			return err
		}
		if err := tx.Select(ctx, &d.Coverage, `select municipality_key, rank from center_coverage where center_id = $1 order by municipality_key`, id); err != nil {
			return err
		}
		d.Closed, err = s.catalogue.ClosedDaysTx(ctx, tx, id, clock.DateOf(tx.Now()).Year())
		return err
	})
	return d, err
}

// CenterTx gives one center; the directory is open to all who are signed in.
func (s *Service) CenterTx(ctx context.Context, tx *db.Tx, id string) (Center, error) {
	var c Center
	err := tx.Get(ctx, &c, `select `+columns+` from centers c where c.id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		return c, fault.Missing()
	}
	return c, err
}

// NamesTx names centers by id, for lists.
func (s *Service) NamesTx(ctx context.Context, tx *db.Tx, ids []string) (map[string]string, error) {
	var args db.Args
	in := args.In(ids)
	if in == "" {
		return nil, nil
	}
	var centers []Center
	if err := tx.Select(ctx, &centers, `select `+columns+` from centers c where c.id in (`+in+`)`, args...); err != nil {
		return nil, err
	}
	out := make(map[string]string, len(centers))
	for _, c := range centers {
		out[c.ID] = c.Name
	}
	return out, nil
}

// Venues gives the open venues of a center.
func (s *Service) Venues(ctx context.Context, actor access.Actor, center string) ([]Venue, error) {
	if _, err := actor.Require(access.CenterRead); err != nil {
		return nil, err
	}
	var out []Venue
	err := s.db.View(ctx, func(tx *db.Tx) (err error) {
		out, err = s.VenuesTx(ctx, tx, center)
		return err
	})
	return out, err
}

// VenuesTx gives the open venues of a center, oldest first: the first is its own.
func (s *Service) VenuesTx(ctx context.Context, tx *db.Tx, center string) ([]Venue, error) {
	var out []Venue
	err := tx.Select(ctx, &out, `select `+venueColumns+` from venues v where v.center_id = $1 and v.closed_at is null order by v.created_at, v.id`, center)
	return out, err
}

// VenueTx gives one venue, also a closed one: history names it.
func (s *Service) VenueTx(ctx context.Context, tx *db.Tx, id string) (Venue, error) {
	var v Venue
	err := tx.Get(ctx, &v, `select `+venueColumns+` from venues v where v.id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		return v, fault.Missing()
	}
	return v, err
}

// Suggest orders the open centers for whoever lives in a municipality: those that
// serve it by rank, then those in it, then the others by name.
func (s *Service) Suggest(ctx context.Context, actor access.Actor, municipality string) ([]Suggestion, error) {
	if _, err := actor.Require(access.CenterRead); err != nil {
		return nil, err
	}
	var centers []Center
	var coverage []struct {
		CenterID string `db:"center_id"`
		Rank     int    `db:"rank"`
	}
	err := s.db.View(ctx, func(tx *db.Tx) error {
		if err := tx.Select(ctx, &centers, `select `+columns+` from centers c where c.closed_at is null order by c.name`); err != nil {
			return err
		}
		return tx.Select(ctx, &coverage, `select center_id, rank from center_coverage where municipality_key = $1`, municipality)
	})
	if err != nil {
		return nil, err
	}
	rank := map[string]int{}
	for _, c := range coverage {
		rank[c.CenterID] = c.Rank
	}
	const inPlace, elsewhere = 1_000, 1_001
	out := make([]Suggestion, len(centers))
	for i, c := range centers {
		r, covers := rank[c.ID]
		switch {
		case covers:
		case c.Municipality == municipality:
			r, covers = inPlace, true
		default:
			r = elsewhere
		}
		out[i] = Suggestion{Center: c, Rank: r, Covers: covers}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Rank < out[j].Rank })
	return out, nil
}

func entry(action, id string, changes ...ledger.Change) ledger.Entry {
	return ledger.Entry{Action: action, Subject: ledger.Subject{Type: "center", ID: id}, Center: id, Changes: changes}
}

// Create adds a center, with its own address as its first venue, and gives its id.
func (s *Service) Create(ctx context.Context, actor access.Actor, f Form) (string, error) {
	if _, err := actor.Require(access.CenterAdmin); err != nil {
		return "", err
	}
	id := db.NewID()
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		c, err := s.checked(ctx, tx, f, id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into centers (id, name, municipality_key, address, phone, mailbox, capacity, created_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8)`, id, c.Name, c.Municipality, c.Address, c.Phone, c.Mailbox, c.Capacity, db.At(tx.Now())); err != nil {
			return err
		}
		if err := insertVenue(ctx, tx, id, Venue{ID: db.NewID(), Name: c.Name, Address: c.Address}); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, entry("center.create", id, ledger.Change{Field: "name", After: c.Name}))
	})
	return id, err
}

func insertVenue(ctx context.Context, tx *db.Tx, center string, v Venue) error {
	_, err := tx.Exec(ctx, `insert into venues (id, center_id, name, address, created_at) values ($1, $2, $3, $4, $5)`,
		v.ID, center, v.Name, v.Address, db.At(tx.Now()))
	return err
}

func (s *Service) checked(ctx context.Context, tx *db.Tx, f Form, id string) (Center, error) {
	lists, err := s.catalogue.ListsTx(ctx, tx)
	if err != nil {
		return Center{}, err
	}
	c, err := f.check(lists)
	if err != nil {
		return c, err
	}
	var n int
	if err := tx.Get(ctx, &n, `select count(*) from centers where name = $1 and id <> $2`, c.Name, id); err != nil {
		return c, err
	}
	if n > 0 {
		return c, taken(i18n.M("Ya hay un centro con ese nombre."))
	}
	return c, nil
}

func taken(m i18n.Msg) error {
	var form fault.Form
	form.Add("name", m)
	return form.Err()
}

// Update changes a center; closed tells whether it receives no more.
func (s *Service) Update(ctx context.Context, actor access.Actor, id string, f Form, closed bool) error {
	if _, err := actor.Require(access.CenterAdmin); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		old, err := s.CenterTx(ctx, tx, id)
		if err != nil {
			return err
		}
		c, err := s.checked(ctx, tx, f, id)
		if err != nil {
			return err
		}
		if c.ClosedAt = old.ClosedAt; !closed {
			c.ClosedAt = db.Time{}
		} else if !old.Closed() {
			c.ClosedAt = db.At(tx.Now())
		}
		if _, err := tx.Exec(ctx, `update centers set name = $1, municipality_key = $2, address = $3, phone = $4, mailbox = $5,
			capacity = $6, closed_at = $7 where id = $8`,
			c.Name, c.Municipality, c.Address, c.Phone, c.Mailbox, c.Capacity, c.ClosedAt, id); err != nil {
			return err
		}
		if err := s.identity.SetPlaceTx(ctx, tx, identity.Owner{CenterID: id}, c.Name); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, entry("center.update", id,
			ledger.Change{Field: "name", Before: old.Name, After: c.Name},
			ledger.Change{Field: "capacity", Before: strconv.Itoa(old.Capacity), After: strconv.Itoa(c.Capacity)},
			ledger.Change{Field: "mailbox", Before: old.Mailbox, After: c.Mailbox}))
	})
}

// AddVenue adds a venue to a center.
func (s *Service) AddVenue(ctx context.Context, actor access.Actor, center string, f VenueForm) (string, error) {
	if _, err := actor.Require(access.CenterAdmin); err != nil {
		return "", err
	}
	id := db.NewID()
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := s.CenterTx(ctx, tx, center); err != nil {
			return err
		}
		v, err := f.check()
		if err != nil {
			return err
		}
		var n int
		if err := tx.Get(ctx, &n, `select count(*) from venues where center_id = $1 and name = $2`, center, v.Name); err != nil {
			return err
		}
		if n > 0 {
			return taken(i18n.M("El centro ya tiene una sede con ese nombre."))
		}
		v.ID = id
		if err := insertVenue(ctx, tx, center, v); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, entry("venue.create", center, ledger.Change{Field: "venue", After: v.Name}))
	})
	return id, err
}

// CloseVenue ends a venue; appointments already given there stay.
func (s *Service) CloseVenue(ctx context.Context, actor access.Actor, center, venue string) error {
	if _, err := actor.Require(access.CenterAdmin); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `update venues set closed_at = $1 where id = $2 and center_id = $3 and closed_at is null`,
			db.At(tx.Now()), venue, center)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Missing()
		}
		return s.ledger.AppendTx(ctx, tx, actor, entry("venue.close", center, ledger.Change{Field: "venue", Before: venue}))
	})
}

// maxRank bounds the order of preference.
const maxRank = 9

// Cover says that a center serves a municipality, with a rank: 1 is suggested first.
func (s *Service) Cover(ctx context.Context, actor access.Actor, center, municipality, rank string) error {
	if _, err := actor.Require(access.CenterAdmin); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := s.CenterTx(ctx, tx, center); err != nil {
			return err
		}
		lists, err := s.catalogue.ListsTx(ctx, tx)
		if err != nil {
			return err
		}
		var form fault.Form
		if !lists.HasMunicipality(municipality) {
			form.Add("municipality", i18n.M("Elija el municipio de la lista."))
		}
		n, err := strconv.Atoi(rank)
		if err != nil || n < 1 || n > maxRank {
			form.Add("rank", i18n.M("Escriba el orden en que se sugiere, de 1 a %d.", maxRank))
		}
		if err := form.Err(); err != nil {
			return err
		}
		if err := uncoverTx(ctx, tx, center, municipality); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into center_coverage (center_id, municipality_key, rank) values ($1, $2, $3)`, center, municipality, n); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, entry("center.cover", center, ledger.Change{Field: municipality, After: strconv.Itoa(n)}))
	})
}

func uncoverTx(ctx context.Context, tx *db.Tx, center, municipality string) error {
	_, err := tx.Exec(ctx, `delete from center_coverage where center_id = $1 and municipality_key = $2`, center, municipality)
	return err
}

// Uncover takes a municipality from a center.
func (s *Service) Uncover(ctx context.Context, actor access.Actor, center, municipality string) error {
	if _, err := actor.Require(access.CenterAdmin); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := s.CenterTx(ctx, tx, center); err != nil {
			return err
		}
		if err := uncoverTx(ctx, tx, center, municipality); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, entry("center.uncover", center, ledger.Change{Field: "municipality", Before: municipality}))
	})
}

// CloseDays adds days on which the center does not open.
func (s *Service) CloseDays(ctx context.Context, actor access.Actor, center string, c catalogue.Closure) error {
	if _, err := actor.Require(access.CenterAdmin); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := s.CenterTx(ctx, tx, center); err != nil {
			return err
		}
		return s.catalogue.CloseDaysTx(ctx, tx, actor, center, c, entry("center.close_days", center))
	})
}

// OpenDay takes such a day back.
func (s *Service) OpenDay(ctx context.Context, actor access.Actor, center, day string) error {
	if _, err := actor.Require(access.CenterAdmin); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := s.CenterTx(ctx, tx, center); err != nil {
			return err
		}
		return s.catalogue.OpenDayTx(ctx, tx, actor, center, day, entry("center.open_day", center))
	})
}
