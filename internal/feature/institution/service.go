package institution

import (
	"context"
	"errors"
	"sort"
	"strings"

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
func New(d *db.DB, l *ledger.Ledger, c *catalogue.Service, id *identity.Service) *Service {
	return &Service{db: d, ledger: l, catalogue: c, identity: id}
}

// Lists gives the lists of today, for the pages.
func (s *Service) Lists(ctx context.Context, actor access.Actor) (*catalogue.Lists, error) {
	if _, err := actor.Require(access.InstitutionRead); err != nil {
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

// columns names the owner of an institution, for the scope.
var columns = access.Columns{Institution: "i.id"}

// pageSize is how many institutions stand on a page.
const pageSize = 50

// Filter narrows the list of institutions. After is the name of the last one of the page
// before.
type Filter struct {
	Text   string
	Kind   string
	Closed bool // those that no longer refer too
	After  string
}

// Line is one row of the list.
type Line struct {
	Institution
	Areas int `db:"areas"` // open ones
}

// Page is one page of the list; Next is empty on the last.
type Page struct {
	Items []Line
	Total int
	Next  string
}

// Institutions lists the institutions that the actor may read, by name. They are
// filtered in memory, without regard to accents: a State has hundreds.
func (s *Service) Institutions(ctx context.Context, actor access.Actor, f Filter) (Page, error) {
	scope, err := actor.Require(access.InstitutionRead)
	if err != nil {
		return Page{}, err
	}
	var all []Line
	err = s.db.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		return tx.Select(ctx, &all, `select `+institutionColumns+`,
				(select count(*) from areas a where a.institution_id = i.id and a.closed_at is null) as areas
			from institutions i where `+scope.SQL(columns, &args), args...)
	})
	return f.page(all), err
}

func (f Filter) page(all []Line) Page {
	less := func(a, b string) bool {
		x, y := catalogue.Fold(a), catalogue.Fold(b)
		return x < y || x == y && a < b
	}
	sort.Slice(all, func(i, j int) bool { return less(all[i].Name, all[j].Name) })
	text := catalogue.Fold(f.Text)
	var p Page
	for _, l := range all {
		if f.Kind != "" && l.Kind != f.Kind || l.Closed() && !f.Closed || !strings.Contains(catalogue.Fold(l.Name), text) {
			continue
		}
		p.Total++
		switch {
		case f.After != "" && !less(f.After, l.Name): // on a page before
		case len(p.Items) < pageSize:
			p.Items = append(p.Items, l)
		case p.Next == "":
			p.Next = p.Items[len(p.Items)-1].Name
		}
	}
	return p
}

// load reads one institution inside the scope; what is outside does not exist.
func load(ctx context.Context, tx *db.Tx, scope access.Scope, id string) (Institution, error) {
	var args db.Args
	var i Institution
	err := tx.Get(ctx, &i, `select `+institutionColumns+` from institutions i
		where i.id = `+args.Add(id)+` and `+scope.SQL(columns, &args), args...)
	if errors.Is(err, db.ErrNoRows) {
		return i, fault.Missing()
	}
	return i, err
}

// Institution gives one institution.
func (s *Service) Institution(ctx context.Context, actor access.Actor, id string) (Institution, error) {
	scope, err := actor.Require(access.InstitutionRead)
	if err != nil {
		return Institution{}, err
	}
	var i Institution
	err = s.db.View(ctx, func(tx *db.Tx) error {
		var err error
		i, err = load(ctx, tx, scope, id)
		return err
	})
	return i, err
}

// Create adds an institution and gives its id.
func (s *Service) Create(ctx context.Context, actor access.Actor, f Form) (string, error) {
	if _, err := actor.Require(access.InstitutionAdmin); err != nil {
		return "", err
	}
	var id string
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		lists, err := s.catalogue.ListsTx(ctx, tx)
		if err != nil {
			return err
		}
		i, err := f.check(lists, Institution{})
		if err != nil {
			return err
		}
		i.ID, id = db.NewID(), ""
		if _, err := tx.Exec(ctx, `insert into institutions (id, kind, name, municipality_key, mailbox, created_at)
			values ($1, $2, $3, $4, $5, $6)`, i.ID, i.Kind, i.Name, i.MunicipalityKey, i.Mailbox, db.At(tx.Now())); err != nil {
			return taken(err)
		}
		id = i.ID
		return s.ledger.AppendTx(ctx, tx, actor, entry("institution.create", i.ID, i.changes(Institution{})))
	})
	return id, err
}

// Update changes an institution. A new name reaches the posts of its areas.
func (s *Service) Update(ctx context.Context, actor access.Actor, id string, f Form) error {
	scope, err := actor.Require(access.InstitutionAdmin)
	if err != nil {
		return err
	}
	return s.change(ctx, scope, id, func(tx *db.Tx, was Institution) error {
		lists, err := s.catalogue.ListsTx(ctx, tx)
		if err != nil {
			return err
		}
		i, err := f.check(lists, was)
		changes := i.changes(was)
		if err != nil || len(changes) == 0 {
			return err
		}
		if _, err := tx.Exec(ctx, `update institutions set kind = $1, name = $2, municipality_key = $3, mailbox = $4
			where id = $5`, i.Kind, i.Name, i.MunicipalityKey, i.Mailbox, id); err != nil {
			return taken(err)
		}
		if i.Name != was.Name {
			if err := s.renamePlaces(ctx, tx, id); err != nil {
				return err
			}
		}
		return s.ledger.AppendTx(ctx, tx, actor, entry("institution.update", id, changes))
	})
}

// Close ends an institution: it and its areas stay in old referrals and are offered no
// more. Accounts are ended by whoever administers them.
func (s *Service) Close(ctx context.Context, actor access.Actor, id string) error {
	scope, err := actor.Require(access.InstitutionAdmin)
	if err != nil {
		return err
	}
	return s.change(ctx, scope, id, func(tx *db.Tx, was Institution) error {
		if was.Closed() {
			return nil
		}
		return s.setClosed(ctx, tx, actor, id, db.At(tx.Now()), "institution.close")
	})
}

// Reopen takes back a close.
func (s *Service) Reopen(ctx context.Context, actor access.Actor, id string) error {
	scope, err := actor.Require(access.InstitutionAdmin)
	if err != nil {
		return err
	}
	return s.change(ctx, scope, id, func(tx *db.Tx, was Institution) error {
		if !was.Closed() {
			return nil
		}
		return s.setClosed(ctx, tx, actor, id, db.Time{}, "institution.reopen")
	})
}

func (s *Service) setClosed(ctx context.Context, tx *db.Tx, actor access.Actor, id string, at db.Time, action string) error {
	if _, err := tx.Exec(ctx, `update institutions set closed_at = $1 where id = $2`, at, id); err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, entry(action, id, nil))
}

// change runs a change of one institution inside a scope.
func (s *Service) change(ctx context.Context, scope access.Scope, id string, do func(tx *db.Tx, was Institution) error) error {
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		was, err := load(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		return do(tx, was)
	})
}

// renamePlaces gives the posts of every area of an institution their new name.
func (s *Service) renamePlaces(ctx context.Context, tx *db.Tx, id string) error {
	areas, err := s.areasTx(ctx, tx, `where a.institution_id = $1`, id)
	if err != nil {
		return err
	}
	for _, a := range areas {
		if err := s.identity.SetPlaceTx(ctx, tx, identity.Owner{AreaID: a.ID}, a.PlaceName()); err != nil {
			return err
		}
	}
	return nil
}

// ClosedDays lists the days of a year on which an institution is closed, beside the
// national ones; year 0 is this year.
func (s *Service) ClosedDays(ctx context.Context, actor access.Actor, id string, year int) ([]clock.ClosedDay, error) {
	scope, err := actor.Require(access.InstitutionRead)
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

// CloseDays adds days on which an institution is closed.
func (s *Service) CloseDays(ctx context.Context, actor access.Actor, id string, c catalogue.Closure) error {
	scope, err := actor.Require(access.InstitutionAdmin)
	if err != nil {
		return err
	}
	return s.change(ctx, scope, id, func(tx *db.Tx, _ Institution) error {
		return s.catalogue.CloseDaysTx(ctx, tx, actor, id, c, entry("closed_days.add", id, nil))
	})
}

// OpenDay takes a day out of them.
func (s *Service) OpenDay(ctx context.Context, actor access.Actor, id, day string) error {
	scope, err := actor.Require(access.InstitutionAdmin)
	if err != nil {
		return err
	}
	return s.change(ctx, scope, id, func(tx *db.Tx, _ Institution) error {
		return s.catalogue.OpenDayTx(ctx, tx, actor, id, day, entry("closed_days.remove", id, nil))
	})
}

func entry(action, id string, changes []ledger.Change) ledger.Entry {
	return ledger.Entry{Action: action, Subject: ledger.Subject{Type: "institution", ID: id}, Institution: id, Changes: changes}
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
