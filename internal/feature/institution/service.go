package institution

import (
	"context"
	"errors"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// Service is what one can do with institutions and areas.
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
	columns     = `i.id, i.kind, i.name, i.municipality_key, i.mailbox, i.closed_at`
	areaColumns = `a.id, a.institution_id, i.name as institution_name, a.name, a.district, a.mailbox, a.closed_at`
	areaFrom    = ` from areas a join institutions i on i.id = a.institution_id `
)

var (
	owner     = access.Columns{Institution: "i.id"}
	areaOwner = access.Columns{Institution: "a.institution_id", Area: "a.id"}
)

// pageSize is how many institutions a page lists.
const pageSize = 50

// Filter narrows the list: Text is part of a name, After the last name of the page above.
type Filter struct{ Text, After string }

// Institutions gives a page of those in scope, by name, and the key of the next page.
func (s *Service) Institutions(ctx context.Context, actor access.Actor, f Filter) ([]Institution, string, error) {
	scope, err := actor.Require(access.InstitutionRead)
	if err != nil {
		return nil, "", err
	}
	var out []Institution
	err = s.db.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		where := scope.SQL(owner, &args)
		if f.Text != "" {
			where += ` and lower(i.name) like lower(` + args.Add("%"+f.Text+"%") + `)`
		}
		if f.After != "" {
			where += ` and i.name > ` + args.Add(f.After)
		}
		return tx.Select(ctx, &out, `select `+columns+` from institutions i where `+where+
			` order by i.name limit `+args.Add(pageSize+1), args...)
	})
	next := ""
	if len(out) > pageSize {
		out = out[:pageSize]
		next = out[pageSize-1].Name
	}
	return out, next, err
}

// Detail is an institution with its areas and closed days.
type Detail struct {
	Institution
	Areas  []Area
	Closed []clock.ClosedDay
}

// Institution gives one with its areas.
func (s *Service) Institution(ctx context.Context, actor access.Actor, id string) (Detail, error) {
	scope, err := actor.Require(access.InstitutionRead)
	if err != nil {
		return Detail{}, err
	}
	var d Detail
	err = s.db.View(ctx, func(tx *db.Tx) error {
		var err error
		if d.Institution, err = load(ctx, tx, scope, id); err != nil {
			return err
		}
		if d.Closed, err = s.catalogue.ClosedDaysTx(ctx, tx, id, clock.DateOf(tx.Now()).Year()); err != nil {
			return err
		}
		return tx.Select(ctx, &d.Areas, `select `+areaColumns+areaFrom+`where a.institution_id = $1 order by a.name`, id)
	})
	return d, err
}

func load(ctx context.Context, tx *db.Tx, scope access.Scope, id string) (Institution, error) {
	var args db.Args
	var i Institution
	err := tx.Get(ctx, &i, `select `+columns+` from institutions i where i.id = `+args.Add(id)+` and `+scope.SQL(owner, &args), args...)
	if errors.Is(err, db.ErrNoRows) {
		return i, fault.Missing()
	}
	return i, err
}

// Areas gives every open area in scope, by place name.
func (s *Service) Areas(ctx context.Context, actor access.Actor) ([]Area, error) {
	scope, err := actor.Require(access.InstitutionRead)
	if err != nil {
		return nil, err
	}
	var out []Area
	err = s.db.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		return tx.Select(ctx, &out, `select `+areaColumns+areaFrom+`where a.closed_at is null and i.closed_at is null and `+
			scope.SQL(areaOwner, &args)+` order by a.name, i.name`, args...)
	})
	return out, err
}

// AreaTx gives one area, for a room that reached it through a record of its scope.
func (s *Service) AreaTx(ctx context.Context, tx *db.Tx, id string) (Area, error) {
	var a Area
	err := tx.Get(ctx, &a, `select `+areaColumns+areaFrom+`where a.id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		return a, fault.Missing()
	}
	return a, err
}

// AreaNamesTx names areas by id, for lists.
func (s *Service) AreaNamesTx(ctx context.Context, tx *db.Tx, ids []string) (map[string]string, error) {
	var args db.Args
	in := args.In(ids)
	if in == "" {
		return nil, nil
	}
	var areas []Area
	if err := tx.Select(ctx, &areas, `select `+areaColumns+areaFrom+`where a.id in (`+in+`)`, args...); err != nil {
		return nil, err
	}
	out := make(map[string]string, len(areas))
	for _, a := range areas {
		out[a.ID] = a.PlaceName()
	}
	return out, nil
}

// Create adds an institution and gives its id.
func (s *Service) Create(ctx context.Context, actor access.Actor, f Form) (string, error) {
	if _, err := actor.Require(access.InstitutionAdmin); err != nil {
		return "", err
	}
	id := db.NewID()
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		i, err := s.checked(ctx, tx, f, id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into institutions (id, kind, name, municipality_key, mailbox, created_at)
			values ($1, $2, $3, $4, $5, $6)`, id, i.Kind, i.Name, i.Municipality, i.Mailbox, db.At(tx.Now())); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, entry("institution.create", id, ledger.Change{Field: "name", After: i.Name}))
	})
	return id, err
}

// checked reads a form and refuses a name that another institution has.
func (s *Service) checked(ctx context.Context, tx *db.Tx, f Form, id string) (Institution, error) {
	lists, err := s.catalogue.ListsTx(ctx, tx)
	if err != nil {
		return Institution{}, err
	}
	i, err := f.check(lists)
	if err != nil {
		return i, err
	}
	var n int
	if err := tx.Get(ctx, &n, `select count(*) from institutions where name = $1 and id <> $2`, i.Name, id); err != nil {
		return i, err
	}
	if n > 0 {
		return i, taken(i18n.M("Ya hay una institución con ese nombre. Búsquela en la lista o distinga esta con su municipio."))
	}
	return i, nil
}

func taken(m i18n.Msg) error {
	var form fault.Form
	form.Add("name", m)
	return form.Err()
}

func entry(action, id string, changes ...ledger.Change) ledger.Entry {
	return ledger.Entry{Action: action, Subject: ledger.Subject{Type: "institution", ID: id}, Institution: id, Changes: changes}
}

// Update changes an institution; a new name shows on the posts of its accounts.
func (s *Service) Update(ctx context.Context, actor access.Actor, id string, f Form) error {
	scope, err := actor.Require(access.InstitutionAdmin)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		old, err := load(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		i, err := s.checked(ctx, tx, f, id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update institutions set kind = $1, name = $2, municipality_key = $3, mailbox = $4 where id = $5`,
			i.Kind, i.Name, i.Municipality, i.Mailbox, id); err != nil {
			return err
		}
		if err := s.renamePosts(ctx, tx, id); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, entry("institution.update", id, diff(
			"name", old.Name, i.Name, "kind", old.Kind, i.Kind, "municipality", old.Municipality, i.Municipality, "mailbox", old.Mailbox, i.Mailbox)...))
	})
}

// diff gives the changes among triples of field, before and after.
func diff(triples ...string) []ledger.Change {
	var out []ledger.Change
	for i := 0; i+2 < len(triples); i += 3 {
		if triples[i+1] != triples[i+2] {
			out = append(out, ledger.Change{Field: triples[i], Before: triples[i+1], After: triples[i+2]})
		}
	}
	return out
}

// renamePosts writes the place names of all areas on the posts there.
func (s *Service) renamePosts(ctx context.Context, tx *db.Tx, institution string) error {
	var areas []Area
	if err := tx.Select(ctx, &areas, `select `+areaColumns+areaFrom+`where a.institution_id = $1`, institution); err != nil {
		return err
	}
	for _, a := range areas {
		if err := s.identity.SetPlaceTx(ctx, tx, identity.Owner{AreaID: a.ID}, a.PlaceName()); err != nil {
			return err
		}
	}
	return nil
}

// SetOpen closes an institution, or opens it again.
func (s *Service) SetOpen(ctx context.Context, actor access.Actor, id string, open bool) error {
	scope, err := actor.Require(access.InstitutionAdmin)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := load(ctx, tx, scope, id); err != nil {
			return err
		}
		closed, action := db.At(tx.Now()), "institution.close"
		if open {
			closed, action = db.Time{}, "institution.open"
		}
		if _, err := tx.Exec(ctx, `update institutions set closed_at = $1 where id = $2`, closed, id); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, entry(action, id))
	})
}

// CreateArea adds an area and gives its id.
func (s *Service) CreateArea(ctx context.Context, actor access.Actor, institution string, f AreaForm) (string, error) {
	scope, err := actor.Require(access.InstitutionAdmin)
	if err != nil {
		return "", err
	}
	id := db.NewID()
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := load(ctx, tx, scope, institution); err != nil {
			return err
		}
		a, err := s.checkedArea(ctx, tx, f, institution, id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into areas (id, institution_id, name, district, mailbox, created_at)
			values ($1, $2, $3, $4, $5, $6)`, id, institution, a.Name, a.District, a.Mailbox, db.At(tx.Now())); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, entry("area.create", institution, ledger.Change{Field: "area", After: id}, ledger.Change{Field: "name", After: a.Name}))
	})
	return id, err
}

func (s *Service) checkedArea(ctx context.Context, tx *db.Tx, f AreaForm, institution, id string) (Area, error) {
	lists, err := s.catalogue.ListsTx(ctx, tx)
	if err != nil {
		return Area{}, err
	}
	a, err := f.check(lists)
	if err != nil {
		return a, err
	}
	var n int
	if err := tx.Get(ctx, &n, `select count(*) from areas where institution_id = $1 and name = $2 and id <> $3`, institution, a.Name, id); err != nil {
		return a, err
	}
	if n > 0 {
		return a, taken(i18n.M("La institución ya tiene un área con ese nombre."))
	}
	return a, nil
}

// UpdateArea changes an area; closed tells whether it refers no more.
func (s *Service) UpdateArea(ctx context.Context, actor access.Actor, institution, id string, f AreaForm, closed bool) error {
	scope, err := actor.Require(access.InstitutionAdmin)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := load(ctx, tx, scope, institution); err != nil {
			return err
		}
		old, err := s.AreaTx(ctx, tx, id)
		if err != nil {
			return err
		}
		if old.InstitutionID != institution {
			return fault.Missing()
		}
		a, err := s.checkedArea(ctx, tx, f, institution, id)
		if err != nil {
			return err
		}
		if a.ClosedAt = old.ClosedAt; !closed {
			a.ClosedAt = db.Time{}
		} else if !old.Closed() {
			a.ClosedAt = db.At(tx.Now())
		}
		if _, err := tx.Exec(ctx, `update areas set name = $1, district = $2, mailbox = $3, closed_at = $4 where id = $5`,
			a.Name, a.District, a.Mailbox, a.ClosedAt, id); err != nil {
			return err
		}
		if err := s.renamePosts(ctx, tx, institution); err != nil {
			return err
		}
		changes := append(diff("name", old.Name, a.Name, "district", old.District, a.District, "mailbox", old.Mailbox, a.Mailbox),
			ledger.Change{Field: "area", After: id})
		return s.ledger.AppendTx(ctx, tx, actor, entry("area.update", institution, changes...))
	})
}

// CloseDays adds days on which the institution does not work.
func (s *Service) CloseDays(ctx context.Context, actor access.Actor, id string, c catalogue.Closure) error {
	scope, err := actor.Require(access.InstitutionAdmin)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := load(ctx, tx, scope, id); err != nil {
			return err
		}
		return s.catalogue.CloseDaysTx(ctx, tx, actor, id, c, entry("institution.close_days", id))
	})
}

// OpenDay takes such a day back.
func (s *Service) OpenDay(ctx context.Context, actor access.Actor, id, day string) error {
	scope, err := actor.Require(access.InstitutionAdmin)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := load(ctx, tx, scope, id); err != nil {
			return err
		}
		return s.catalogue.OpenDayTx(ctx, tx, actor, id, day, entry("institution.open_day", id))
	})
}
