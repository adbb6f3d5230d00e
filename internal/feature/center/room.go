package center

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
)

// Room is where people meet at a venue. It is never removed, it is closed.
type Room struct {
	ID        string  `db:"id"`
	CenterID  string  `db:"center_id"`
	VenueID   string  `db:"venue_id"`
	Name      string  `db:"name"`
	Capacity  int     `db:"capacity"` // people at once
	CreatedAt db.Time `db:"created_at"`
	ClosedAt  db.Time `db:"closed_at"`
}

// Closed tells whether nobody meets in the room any more.
func (r Room) Closed() bool { return !r.ClosedAt.IsZero() }

const roomColumns = `r.id, r.center_id, r.venue_id, r.name, r.capacity, r.created_at, r.closed_at`

// roomOwner names the owner of a room and of hours, for the scope.
var roomOwner = access.Columns{Center: "r.center_id"}

// RoomsTx lists the rooms of a center that are in use, by name.
func (s *Service) RoomsTx(ctx context.Context, tx *db.Tx, center string) ([]Room, error) {
	var all []Room
	err := tx.Select(ctx, &all, `select `+roomColumns+` from rooms r where r.center_id = $1 and r.closed_at is null
		order by r.name, r.id`, center)
	return all, err
}

// RoomTx gives a room, closed or not, or NotFound.
func (s *Service) RoomTx(ctx context.Context, tx *db.Tx, id string) (Room, error) {
	var r Room
	err := tx.Get(ctx, &r, `select `+roomColumns+` from rooms r where r.id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		return r, fault.Missing()
	}
	return r, err
}

// Rooms lists the rooms of the actor's center, closed ones too.
func (s *Service) Rooms(ctx context.Context, actor access.Actor) ([]Room, error) {
	scope, err := actor.Require(access.AgendaManage)
	if err != nil {
		return nil, err
	}
	var args db.Args
	var all []Room
	err = s.db.View(ctx, func(tx *db.Tx) error {
		return tx.Select(ctx, &all, `select `+roomColumns+` from rooms r where `+scope.SQL(roomOwner, &args)+`
			order by r.name, r.id`, args...)
	})
	return all, err
}

// RoomForm is a room as it was typed.
type RoomForm struct{ Name, Venue, Capacity string }

// maxSeats is the most people in one room.
const maxSeats = 200

func (f RoomForm) check(venues []Venue) (Room, error) {
	var form fault.Form
	var r Room
	r.Name = required(&form, "name", f.Name, maxLine, i18n.M("Escriba el nombre de la sala. Por ejemplo, «Consultorio 2»."))
	for _, v := range venues {
		if v.ID == f.Venue {
			r.VenueID = v.ID
		}
	}
	if r.VenueID == "" {
		form.Add("venue", i18n.M("Elija en qué sede está la sala."))
	}
	n, err := strconv.Atoi(strings.TrimSpace(f.Capacity))
	if err != nil || n < 1 || n > maxSeats {
		form.Add("capacity", i18n.M("Escriba cuántas personas caben, de 1 a %d.", maxSeats))
	}
	r.Capacity = n
	return r, form.Err()
}

// AddRoom adds a room to the actor's center.
func (s *Service) AddRoom(ctx context.Context, actor access.Actor, f RoomForm) (string, error) {
	scope, err := actor.Require(access.AgendaManage)
	if err != nil {
		return "", err
	}
	if !scope.Covers("", "", actor.Center, "") {
		return "", fault.Missing()
	}
	id := db.NewID()
	return id, s.db.Tx(ctx, func(tx *db.Tx) error {
		venues, err := s.VenuesTx(ctx, tx, actor.Center)
		if err != nil {
			return err
		}
		r, err := f.check(venues)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into rooms (id, center_id, venue_id, name, capacity, created_at)
			values ($1, $2, $3, $4, $5, $6)`, id, actor.Center, r.VenueID, r.Name, r.Capacity, db.At(tx.Now())); err != nil {
			if db.IsUnique(err) {
				var form fault.Form
				form.Add("name", i18n.M("Ya hay una sala con ese nombre. Escriba otro."))
				return form.Err()
			}
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, entry("center.room", actor.Center, changesOf(
			field{"room", "", r.Name}, field{"capacity", "", strconv.Itoa(r.Capacity)})))
	})
}

// CloseRoom takes a room out of use; what is booked in it stays booked.
func (s *Service) CloseRoom(ctx context.Context, actor access.Actor, id string) error {
	scope, err := actor.Require(access.AgendaManage)
	if err != nil {
		return err
	}
	return s.useRoom(ctx, actor, scope, id, false)
}

// ReopenRoom takes back a close.
func (s *Service) ReopenRoom(ctx context.Context, actor access.Actor, id string) error {
	scope, err := actor.Require(access.AgendaManage)
	if err != nil {
		return err
	}
	return s.useRoom(ctx, actor, scope, id, true)
}

func (s *Service) useRoom(ctx context.Context, actor access.Actor, scope access.Scope, id string, use bool) error {
	if uuid.Validate(id) != nil {
		return fault.Missing()
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		closed, action := db.At(tx.Now()), "center.close_room"
		if use {
			closed, action = db.Time{}, "center.reopen_room"
		}
		args := db.Args{closed, id}
		n, err := tx.Exec(ctx, `update rooms as r set closed_at = $1 where r.id = $2 and `+scope.SQL(roomOwner, &args), args...)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Missing()
		}
		return s.ledger.AppendTx(ctx, tx, actor, entry(action, actor.Center, changesOf(field{"room", "", id})))
	})
}
