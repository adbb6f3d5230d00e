package institution

import (
	"context"
	"sort"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// areasTx reads areas, ordered by the name by which they are found.
func (s *Service) areasTx(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Area, error) {
	lists, err := s.catalogue.ListsTx(ctx, tx)
	if err != nil {
		return nil, err
	}
	var rows []areaRow
	if err := tx.Select(ctx, &rows, areaSelect+where, args...); err != nil {
		return nil, err
	}
	areas := make([]Area, len(rows))
	keys := make(map[string]string, len(rows))
	for i, r := range rows {
		areas[i] = r.area(lists)
		keys[r.ID] = catalogue.Fold(areas[i].PlaceName()) + " " + r.ID
	}
	sort.Slice(areas, func(i, j int) bool { return keys[areas[i].ID] < keys[areas[j].ID] })
	return areas, nil
}

// AreaQuery is what [Service.AreaTx] asks, for [db.Tx.Ahead].
func AreaQuery(id string) db.Query { return db.Q(areaSelect+`where a.id = $1`, id) }

// AreaTx gives an area with its institution's name, closed or not, or NotFound.
func (s *Service) AreaTx(ctx context.Context, tx *db.Tx, id string) (Area, error) {
	areas, err := s.areasTx(ctx, tx, `where a.id = $1`, id)
	if err != nil {
		return Area{}, err
	}
	if len(areas) == 0 {
		return Area{}, fault.Missing()
	}
	return areas[0], nil
}

// AreaNamesTx names areas for lists, by id; unknown ids are left out.
func (s *Service) AreaNamesTx(ctx context.Context, tx *db.Tx, ids []string) (map[string]string, error) {
	names := map[string]string{}
	var args db.Args
	in := args.In(ids)
	if in == "" {
		return names, nil
	}
	lists, err := s.catalogue.ListsTx(ctx, tx)
	if err != nil {
		return nil, err
	}
	var rows []areaRow
	err = tx.Select(ctx, &rows, `select a.id, a.name, a.district, i.name as institution_name
		from areas a join institutions i on i.id = a.institution_id where a.id in (`+in+`)`, args...)
	for _, r := range rows {
		names[r.ID] = r.area(lists).PlaceName()
	}
	return names, err
}

// Areas lists the open areas that the actor may read, for choosing one.
func (s *Service) Areas(ctx context.Context, actor access.Actor) ([]Area, error) {
	scope, err := actor.Require(access.InstitutionRead)
	if err != nil {
		return nil, err
	}
	var args db.Args
	where := `where a.closed_at is null and i.closed_at is null and ` + scope.SQL(columns, &args)
	return s.readAreas(ctx, where, args)
}

// AreasOf lists every area of an institution, closed ones too.
func (s *Service) AreasOf(ctx context.Context, actor access.Actor, institution string) ([]Area, error) {
	scope, err := actor.Require(access.InstitutionRead)
	if err != nil {
		return nil, err
	}
	var args db.Args
	where := `where a.institution_id = ` + args.Add(institution) + ` and ` + scope.SQL(columns, &args)
	return s.readAreas(ctx, where, args)
}

func (s *Service) readAreas(ctx context.Context, where string, args db.Args) ([]Area, error) {
	var areas []Area
	err := s.db.View(ctx, func(tx *db.Tx) error {
		var err error
		areas, err = s.areasTx(ctx, tx, where, args...)
		return err
	})
	return areas, err
}

// Area gives one area of an institution.
func (s *Service) Area(ctx context.Context, actor access.Actor, institution, id string) (Area, error) {
	if _, err := actor.Require(access.InstitutionRead); err != nil {
		return Area{}, err
	}
	areas, err := s.AreasOf(ctx, actor, institution)
	if err != nil {
		return Area{}, err
	}
	for _, a := range areas {
		if a.ID == id {
			return a, nil
		}
	}
	return Area{}, fault.Missing()
}

// CreateArea adds an area to an institution and gives its id.
func (s *Service) CreateArea(ctx context.Context, actor access.Actor, institution string, f AreaForm) (string, error) {
	scope, err := actor.Require(access.InstitutionAdmin)
	if err != nil {
		return "", err
	}
	var id string
	err = s.change(ctx, scope, institution, func(tx *db.Tx, in Institution) error {
		if in.Closed() {
			return fault.New(fault.Conflict, i18n.M("La institución está cerrada. Ábrala de nuevo antes de agregar un área."))
		}
		lists, err := s.catalogue.ListsTx(ctx, tx)
		if err != nil {
			return err
		}
		a, err := f.check(lists, areaRow{})
		if err != nil {
			return err
		}
		a.ID = db.NewID()
		if _, err := tx.Exec(ctx, `insert into areas (id, institution_id, name, district, mailbox, created_at)
			values ($1, $2, $3, $4, $5, $6)`, a.ID, institution, a.Name, a.District, a.Mailbox, db.At(tx.Now())); err != nil {
			return taken(err)
		}
		id = a.ID
		return s.ledger.AppendTx(ctx, tx, actor, areaEntry("area.create", institution, a.ID, a.changes(areaRow{})))
	})
	return id, err
}

// UpdateArea changes an area. A new name reaches its posts.
func (s *Service) UpdateArea(ctx context.Context, actor access.Actor, institution, id string, f AreaForm) error {
	scope, err := actor.Require(access.InstitutionAdmin)
	if err != nil {
		return err
	}
	return s.changeArea(ctx, scope, institution, id, func(tx *db.Tx, was areaRow) error {
		lists, err := s.catalogue.ListsTx(ctx, tx)
		if err != nil {
			return err
		}
		a, err := f.check(lists, was)
		changes := a.changes(was)
		if err != nil || len(changes) == 0 {
			return err
		}
		if _, err := tx.Exec(ctx, `update areas set name = $1, district = $2, mailbox = $3 where id = $4`,
			a.Name, a.District, a.Mailbox, id); err != nil {
			return taken(err)
		}
		if err := s.identity.SetPlaceTx(ctx, tx, identity.Owner{AreaID: id}, a.area(lists).PlaceName()); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, areaEntry("area.update", institution, id, changes))
	})
}

// CloseArea ends an area; as [Service.Close].
func (s *Service) CloseArea(ctx context.Context, actor access.Actor, institution, id string) error {
	scope, err := actor.Require(access.InstitutionAdmin)
	if err != nil {
		return err
	}
	return s.setAreaClosed(ctx, actor, scope, institution, id, true)
}

// ReopenArea takes back a close.
func (s *Service) ReopenArea(ctx context.Context, actor access.Actor, institution, id string) error {
	scope, err := actor.Require(access.InstitutionAdmin)
	if err != nil {
		return err
	}
	return s.setAreaClosed(ctx, actor, scope, institution, id, false)
}

func (s *Service) setAreaClosed(ctx context.Context, actor access.Actor, scope access.Scope, institution, id string, closed bool) error {
	return s.changeArea(ctx, scope, institution, id, func(tx *db.Tx, was areaRow) error {
		if closed != was.ClosedAt.IsZero() {
			return nil // it is so already
		}
		action, at := "area.reopen", db.Time{}
		if closed {
			action, at = "area.close", db.At(tx.Now())
		}
		if _, err := tx.Exec(ctx, `update areas set closed_at = $1 where id = $2`, at, id); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, areaEntry(action, institution, id, nil))
	})
}

// changeArea runs a change of one area of an institution inside a scope.
func (s *Service) changeArea(ctx context.Context, scope access.Scope, institution, id string, do func(tx *db.Tx, was areaRow) error) error {
	return s.change(ctx, scope, institution, func(tx *db.Tx, _ Institution) error {
		var rows []areaRow
		if err := tx.Select(ctx, &rows, areaSelect+`where a.id = $1 and a.institution_id = $2`, id, institution); err != nil {
			return err
		}
		if len(rows) == 0 {
			return fault.Missing()
		}
		return do(tx, rows[0])
	})
}

func areaEntry(action, institution, id string, changes []ledger.Change) ledger.Entry {
	return ledger.Entry{Action: action, Subject: ledger.Subject{Type: "area", ID: id}, Institution: institution, Changes: changes}
}
