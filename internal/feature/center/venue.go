package center

import (
	"context"
	"errors"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// venuesTx reads venues in the order in which they were added: the main one is first.
func venuesTx(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Venue, error) {
	var all []Venue
	err := tx.Select(ctx, &all, `select `+venueColumns+` from venues v join centers c on c.id = v.center_id
		where `+where+` order by v.created_at, v.id`, args...)
	return all, err
}

// VenuesTx lists the venues of a center to which one can be cited.
func (s *Service) VenuesTx(ctx context.Context, tx *db.Tx, center string) ([]Venue, error) {
	return venuesTx(ctx, tx, `v.center_id = $1 and v.closed_at is null`, center)
}

// VenueTx gives a venue, closed or not, or NotFound.
func (s *Service) VenueTx(ctx context.Context, tx *db.Tx, id string) (Venue, error) {
	var v Venue
	err := tx.Get(ctx, &v, `select `+venueColumns+` from venues v where v.id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		return v, fault.Missing()
	}
	return v, err
}

// Venues lists the venues of a center to which one can be cited.
func (s *Service) Venues(ctx context.Context, actor access.Actor, center string) ([]Venue, error) {
	scope, err := actor.Require(access.CenterRead)
	if err != nil {
		return nil, err
	}
	return s.readVenues(ctx, scope, center, ` and v.closed_at is null`)
}

// AllVenues lists every venue of a center, closed ones too.
func (s *Service) AllVenues(ctx context.Context, actor access.Actor, center string) ([]Venue, error) {
	scope, err := actor.Require(access.CenterAdmin)
	if err != nil {
		return nil, err
	}
	return s.readVenues(ctx, scope, center, "")
}

func (s *Service) readVenues(ctx context.Context, scope access.Scope, center, more string) ([]Venue, error) {
	var args db.Args
	where := `v.center_id = ` + args.Add(center) + ` and ` + scope.SQL(columns, &args) + more
	var all []Venue
	err := s.db.View(ctx, func(tx *db.Tx) error {
		var err error
		all, err = venuesTx(ctx, tx, where, args...)
		return err
	})
	return all, err
}

// Venue gives one venue of a center.
func (s *Service) Venue(ctx context.Context, actor access.Actor, center, id string) (Venue, error) {
	scope, err := actor.Require(access.CenterAdmin)
	if err != nil {
		return Venue{}, err
	}
	var v Venue
	err = s.db.View(ctx, func(tx *db.Tx) error {
		if _, err := load(ctx, tx, scope, center); err != nil {
			return err
		}
		var err error
		v, err = venueOf(ctx, tx, center, id)
		return err
	})
	return v, err
}

func venueOf(ctx context.Context, tx *db.Tx, center, id string) (Venue, error) {
	var v Venue
	err := tx.Get(ctx, &v, `select `+venueColumns+` from venues v where v.id = $1 and v.center_id = $2`, id, center)
	if errors.Is(err, db.ErrNoRows) {
		return v, fault.Missing()
	}
	return v, err
}

// CreateVenue adds a venue to a center and gives its id.
func (s *Service) CreateVenue(ctx context.Context, actor access.Actor, center string, f VenueForm) (string, error) {
	scope, err := actor.Require(access.CenterAdmin)
	if err != nil {
		return "", err
	}
	var id string
	err = s.change(ctx, scope, center, func(tx *db.Tx, _ Center) error {
		v, err := f.check(Venue{CenterID: center})
		if err != nil {
			return err
		}
		return s.addVenue(ctx, tx, actor, v, &id)
	})
	return id, err
}

func (s *Service) addVenue(ctx context.Context, tx *db.Tx, actor access.Actor, v Venue, id *string) error {
	v.ID = db.NewID()
	if _, err := tx.Exec(ctx, `insert into venues (id, center_id, name, address, created_at) values ($1, $2, $3, $4, $5)`,
		v.ID, v.CenterID, v.Name, v.Address, db.At(tx.Now())); err != nil {
		return taken(err)
	}
	*id = v.ID
	return s.ledger.AppendTx(ctx, tx, actor, venueEntry("venue.create", v, v.changes(Venue{})))
}

// UpdateVenue changes a venue.
func (s *Service) UpdateVenue(ctx context.Context, actor access.Actor, center, id string, f VenueForm) error {
	scope, err := actor.Require(access.CenterAdmin)
	if err != nil {
		return err
	}
	return s.changeVenue(ctx, scope, center, id, func(tx *db.Tx, was Venue) error {
		v, err := f.check(was)
		changes := v.changes(was)
		if err != nil || len(changes) == 0 {
			return err
		}
		if _, err := tx.Exec(ctx, `update venues set name = $1, address = $2 where id = $3`, v.Name, v.Address, id); err != nil {
			return taken(err)
		}
		return s.ledger.AppendTx(ctx, tx, actor, venueEntry("venue.update", v, changes))
	})
}

// CloseVenue ends a venue. The last open one of a center that receives stays: without it
// nobody could be cited.
func (s *Service) CloseVenue(ctx context.Context, actor access.Actor, center, id string) error {
	scope, err := actor.Require(access.CenterAdmin)
	if err != nil {
		return err
	}
	return s.changeVenue(ctx, scope, center, id, func(tx *db.Tx, was Venue) error {
		if was.Closed() {
			return nil
		}
		open, err := s.VenuesTx(ctx, tx, center)
		if err != nil {
			return err
		}
		if len(open) == 1 {
			return fault.New(fault.Conflict, i18n.M("Es la única sede abierta del centro. Agregue otra antes de cerrarla, o cierre el centro."))
		}
		return s.setVenueClosed(ctx, tx, actor, was, db.At(tx.Now()), "venue.close")
	})
}

// ReopenVenue takes back a close.
func (s *Service) ReopenVenue(ctx context.Context, actor access.Actor, center, id string) error {
	scope, err := actor.Require(access.CenterAdmin)
	if err != nil {
		return err
	}
	return s.changeVenue(ctx, scope, center, id, func(tx *db.Tx, was Venue) error {
		if !was.Closed() {
			return nil
		}
		return s.setVenueClosed(ctx, tx, actor, was, db.Time{}, "venue.reopen")
	})
}

func (s *Service) setVenueClosed(ctx context.Context, tx *db.Tx, actor access.Actor, v Venue, at db.Time, action string) error {
	if _, err := tx.Exec(ctx, `update venues set closed_at = $1 where id = $2`, at, v.ID); err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, venueEntry(action, v, nil))
}

// changeVenue runs a change of one venue of a center inside a scope.
func (s *Service) changeVenue(ctx context.Context, scope access.Scope, center, id string, do func(tx *db.Tx, was Venue) error) error {
	return s.change(ctx, scope, center, func(tx *db.Tx, _ Center) error {
		v, err := venueOf(ctx, tx, center, id)
		if err != nil {
			return err
		}
		return do(tx, v)
	})
}

func venueEntry(action string, v Venue, changes []ledger.Change) ledger.Entry {
	return ledger.Entry{Action: action, Subject: ledger.Subject{Type: "venue", ID: v.ID}, Center: v.CenterID, Changes: changes}
}
