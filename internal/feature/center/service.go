package center

import (
	"context"
	"errors"
	"sort"

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
func New(d *db.DB, l *ledger.Ledger, c *catalogue.Service, id *identity.Service) *Service {
	return &Service{db: d, ledger: l, catalogue: c, identity: id}
}

// Lists gives the lists of today, for the pages.
func (s *Service) Lists(ctx context.Context, actor access.Actor) (*catalogue.Lists, error) {
	if _, err := actor.Require(access.CenterRead); err != nil {
		return nil, err
	}
	var lists *catalogue.Lists
	err := s.db.View(ctx, func(tx *db.Tx) error {
		var err error
		lists, err = s.catalogue.ListsTx(ctx, tx)
		return err
	})
	return lists, err
}

// columns names the owner of a center, for the scope.
var columns = access.Columns{Center: "c.id"}

// centersTx reads centers, by name without regard to accents.
func centersTx(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Center, error) {
	var all []Center
	if err := tx.Select(ctx, &all, `select `+centerColumns+` from centers c where `+where, args...); err != nil {
		return nil, err
	}
	keys := make(map[string]string, len(all))
	for _, c := range all {
		keys[c.ID] = catalogue.Fold(c.Name) + " " + c.ID
	}
	sort.Slice(all, func(i, j int) bool { return keys[all[i].ID] < keys[all[j].ID] })
	return all, nil
}

// load reads one center inside the scope; what is outside does not exist.
func load(ctx context.Context, tx *db.Tx, scope access.Scope, id string) (Center, error) {
	var args db.Args
	var c Center
	err := tx.Get(ctx, &c, `select `+centerColumns+` from centers c
		where c.id = `+args.Add(id)+` and `+scope.SQL(columns, &args), args...)
	if errors.Is(err, db.ErrNoRows) {
		return c, fault.Missing()
	}
	return c, err
}

// CenterQuery is what [Service.CenterTx] asks, for [db.Tx.Ahead].
func CenterQuery(id string) db.Query {
	return db.Q(`select `+centerColumns+` from centers c where c.id = $1`, id)
}

// CenterTx gives a center, closed or not, or NotFound.
func (s *Service) CenterTx(ctx context.Context, tx *db.Tx, id string) (Center, error) {
	var c Center
	q := CenterQuery(id)
	err := tx.Get(ctx, &c, q.Text, q.Args...)
	if errors.Is(err, db.ErrNoRows) {
		return c, fault.Missing()
	}
	return c, err
}

// NamesTx names centers for lists, by id; unknown ids are left out.
func (s *Service) NamesTx(ctx context.Context, tx *db.Tx, ids []string) (map[string]string, error) {
	names := map[string]string{}
	var args db.Args
	in := args.In(ids)
	if in == "" {
		return names, nil
	}
	var rows []struct {
		ID   string `db:"id"`
		Name string `db:"name"`
	}
	err := tx.Select(ctx, &rows, `select id, name from centers where id in (`+in+`)`, args...)
	for _, r := range rows {
		names[r.ID] = r.Name
	}
	return names, err
}

// Centers lists the centers that receive, by name.
func (s *Service) Centers(ctx context.Context, actor access.Actor) ([]Center, error) {
	scope, err := actor.Require(access.CenterRead)
	if err != nil {
		return nil, err
	}
	return s.list(ctx, scope, ` and c.closed_at is null`)
}

// AllCenters lists every center, closed ones too.
func (s *Service) AllCenters(ctx context.Context, actor access.Actor) ([]Center, error) {
	scope, err := actor.Require(access.CenterAdmin)
	if err != nil {
		return nil, err
	}
	return s.list(ctx, scope, "")
}

func (s *Service) list(ctx context.Context, scope access.Scope, more string) ([]Center, error) {
	var args db.Args
	where := scope.SQL(columns, &args) + more
	var all []Center
	err := s.db.View(ctx, func(tx *db.Tx) error {
		var err error
		all, err = centersTx(ctx, tx, where, args...)
		return err
	})
	return all, err
}

// Center gives one center.
func (s *Service) Center(ctx context.Context, actor access.Actor, id string) (Center, error) {
	scope, err := actor.Require(access.CenterRead)
	if err != nil {
		return Center{}, err
	}
	var c Center
	err = s.db.View(ctx, func(tx *db.Tx) error {
		var err error
		c, err = load(ctx, tx, scope, id)
		return err
	})
	return c, err
}

// Create adds a center with one venue at its own address, and gives its id: without a
// venue nobody could be cited.
func (s *Service) Create(ctx context.Context, actor access.Actor, f Form) (string, error) {
	if _, err := actor.Require(access.CenterAdmin); err != nil {
		return "", err
	}
	var id string
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		lists, err := s.catalogue.ListsTx(ctx, tx)
		if err != nil {
			return err
		}
		c, err := f.check(lists, Center{})
		if err != nil {
			return err
		}
		c.ID = db.NewID()
		if _, err := tx.Exec(ctx, `insert into centers (id, name, municipality_key, address, phone, mailbox, capacity, created_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8)`,
			c.ID, c.Name, c.MunicipalityKey, c.Address, c.Phone, c.Mailbox, c.Capacity, db.At(tx.Now())); err != nil {
			return taken(err)
		}
		id = c.ID
		if err := s.ledger.AppendTx(ctx, tx, actor, entry("center.create", c.ID, c.changes(Center{}))); err != nil {
			return err
		}
		name := i18n.M("Sede principal").In(i18n.Spanish)
		return s.addVenue(ctx, tx, actor, Venue{CenterID: c.ID, Name: name, Address: c.Address}, new(string))
	})
	return id, err
}

// Update changes a center. A new name reaches its posts.
func (s *Service) Update(ctx context.Context, actor access.Actor, id string, f Form) error {
	scope, err := actor.Require(access.CenterAdmin)
	if err != nil {
		return err
	}
	return s.change(ctx, scope, id, func(tx *db.Tx, was Center) error {
		lists, err := s.catalogue.ListsTx(ctx, tx)
		if err != nil {
			return err
		}
		c, err := f.check(lists, was)
		changes := c.changes(was)
		if err != nil || len(changes) == 0 {
			return err
		}
		if _, err := tx.Exec(ctx, `update centers set name = $1, municipality_key = $2, address = $3, phone = $4, mailbox = $5,
			capacity = $6 where id = $7`, c.Name, c.MunicipalityKey, c.Address, c.Phone, c.Mailbox, c.Capacity, id); err != nil {
			return taken(err)
		}
		if c.Name != was.Name {
			if err := s.identity.SetPlaceTx(ctx, tx, identity.Owner{CenterID: id}, c.Name); err != nil {
				return err
			}
		}
		return s.ledger.AppendTx(ctx, tx, actor, entry("center.update", id, changes))
	})
}

// Close ends a center: it is offered no more and keeps what it received. Referrals that
// wait there are passed on by whoever receives them.
func (s *Service) Close(ctx context.Context, actor access.Actor, id string) error {
	scope, err := actor.Require(access.CenterAdmin)
	if err != nil {
		return err
	}
	return s.change(ctx, scope, id, func(tx *db.Tx, was Center) error {
		if was.Closed() {
			return nil
		}
		return s.setClosed(ctx, tx, actor, id, db.At(tx.Now()), "center.close")
	})
}

// Reopen takes back a close.
func (s *Service) Reopen(ctx context.Context, actor access.Actor, id string) error {
	scope, err := actor.Require(access.CenterAdmin)
	if err != nil {
		return err
	}
	return s.change(ctx, scope, id, func(tx *db.Tx, was Center) error {
		if !was.Closed() {
			return nil
		}
		return s.setClosed(ctx, tx, actor, id, db.Time{}, "center.reopen")
	})
}

func (s *Service) setClosed(ctx context.Context, tx *db.Tx, actor access.Actor, id string, at db.Time, action string) error {
	if _, err := tx.Exec(ctx, `update centers set closed_at = $1 where id = $2`, at, id); err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, entry(action, id, nil))
}

// change runs a change of one center inside a scope.
func (s *Service) change(ctx context.Context, scope access.Scope, id string, do func(tx *db.Tx, was Center) error) error {
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		was, err := load(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		return do(tx, was)
	})
}

// ClosedDays lists the days of a year on which a center is closed, beside the national
// ones; year 0 is this year.
func (s *Service) ClosedDays(ctx context.Context, actor access.Actor, id string, year int) ([]clock.ClosedDay, error) {
	scope, err := actor.Require(access.CenterRead)
	if err != nil {
		return nil, err
	}
	var days []clock.ClosedDay
	err = s.db.View(ctx, func(tx *db.Tx) error {
		if _, err := load(ctx, tx, scope, id); err != nil {
			return err
		}
		if year == 0 {
			year = localYear(tx)
		}
		var err error
		days, err = s.catalogue.ClosedDaysTx(ctx, tx, id, year)
		return err
	})
	return days, err
}

// CloseDays adds days on which a center is closed.
func (s *Service) CloseDays(ctx context.Context, actor access.Actor, id string, c catalogue.Closure) error {
	scope, err := actor.Require(access.CenterAdmin)
	if err != nil {
		return err
	}
	return s.change(ctx, scope, id, func(tx *db.Tx, _ Center) error {
		return s.catalogue.CloseDaysTx(ctx, tx, actor, id, c, entry("closed_days.add", id, nil))
	})
}

// OpenDay takes a day out of them.
func (s *Service) OpenDay(ctx context.Context, actor access.Actor, id, day string) error {
	scope, err := actor.Require(access.CenterAdmin)
	if err != nil {
		return err
	}
	return s.change(ctx, scope, id, func(tx *db.Tx, _ Center) error {
		return s.catalogue.OpenDayTx(ctx, tx, actor, id, day, entry("closed_days.remove", id, nil))
	})
}

func entry(action, id string, changes []ledger.Change) ledger.Entry {
	return ledger.Entry{Action: action, Subject: ledger.Subject{Type: "center", ID: id}, Center: id, Changes: changes}
}

// taken says that a name is in use, when that is why the database refused.
func taken(err error) error {
	if !db.IsUnique(err) {
		return err
	}
	var form fault.Form
	form.Add("name", i18n.M("Ese nombre ya está en uso. Si es otra, agregue algo que la distinga."))
	return form.Err()
}
