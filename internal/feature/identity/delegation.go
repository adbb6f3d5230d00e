package identity

import (
	"context"
	"errors"
	"slices"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// Delegation lets another person of the same institution or center act in a holder's
// post from one day to another, both included. Who acts keeps his own account: the
// ledger names the account and the post.
type Delegation struct {
	ID    string
	From  clock.Date
	Until clock.Date
	Post  Post   // that is delegated
	Name  string // of the other person: who received it, or who gave it
	Title i18n.Text
	Now   bool // it is in force today
}

// MaxDelegation is how long a delegation may last, in days: who is away for longer hands
// the post over.
const MaxDelegation = 90

// undelegated are the roles that open accounts for others far and wide: a second account
// is opened instead, so that each such act has one name.
var undelegated = []access.Role{access.SecurityAdmin, access.AccountAdmin}

// delegationTables has the delegation d, its giver a with his post p. In force is
// [inForce].
const (
	delegationTables  = ` from delegations d join accounts a on a.id = d.account_id join posts p on p.id = a.post_id `
	delegationColumns = `d.id, d.from_on, d.until_on, a.post_id, p.role, p.title, p.place, p.institution_id, p.area_id, p.center_id`
	standing          = `d.ended_at is null and a.suspended_at is null and a.ended_at is null and p.closed_at is null`
)

type delegationRow struct {
	ID            string      `db:"id"`
	From          clock.Date  `db:"from_on"`
	Until         clock.Date  `db:"until_on"`
	PostID        string      `db:"post_id"`
	Role          access.Role `db:"role"`
	Title         string      `db:"title"`
	Place         string      `db:"place"`
	InstitutionID string      `db:"institution_id"`
	AreaID        string      `db:"area_id"`
	CenterID      string      `db:"center_id"`
	Name          string      `db:"name"`
	OtherRole     access.Role `db:"other_role"`
	OtherTitle    string      `db:"other_title"`
}

func (r delegationRow) delegation(today clock.Date) Delegation {
	return Delegation{
		ID: r.ID, From: r.From, Until: r.Until, Name: r.Name, Title: TitleText(r.OtherRole, r.OtherTitle),
		Post: Post{ID: r.PostID, Role: r.Role, Title: r.Title, Place: r.Place, InstitutionID: r.InstitutionID, AreaID: r.AreaID, CenterID: r.CenterID},
		Now:  !r.From.After(today) && !r.Until.Before(today),
	}
}

// Delegations are those of the actor that have not ended, and to whom he may give one.
type Delegations struct {
	Given, Received []Delegation
	Colleagues      []Colleague
	Undelegated     bool // his role is not delegated
	Acting          bool // the session acts in another's post now
}

// Colleague is somebody to whom a post may be delegated.
type Colleague struct {
	Account string
	Name    string
	Title   i18n.Text
	Place   i18n.Text
}

// Delegations gives what the actor gave and received, today and to come.
func (s *Service) Delegations(ctx context.Context, actor access.Actor) (*Delegations, error) {
	scope, err := actor.Require(access.SelfManage)
	if err != nil {
		return nil, err
	}
	out := &Delegations{}
	err = s.db.View(ctx, func(tx *db.Tx) error {
		own, err := load(ctx, tx, scope, actor.Account)
		if err != nil {
			return err
		}
		out.Acting = own.PostID != actor.Post
		out.Undelegated = slices.Contains(undelegated, own.Role)
		today := clock.DateOf(tx.Now())
		if out.Given, err = delegationsTx(ctx, tx, today, `o.id = d.to_account_id`, scope, access.Columns{Account: "d.account_id"}); err != nil {
			return err
		}
		if out.Received, err = delegationsTx(ctx, tx, today, `o.id = d.account_id`, scope, access.Columns{Account: "d.to_account_id"}); err != nil {
			return err
		}
		out.Colleagues, err = colleaguesTx(ctx, tx, own)
		return err
	})
	return out, err
}

// delegationsTx lists what stands and has not passed; other names the other person o.
func delegationsTx(ctx context.Context, tx *db.Tx, today clock.Date, other string, scope access.Scope, owner access.Columns) ([]Delegation, error) {
	var rows []delegationRow
	var args db.Args
	err := tx.Select(ctx, &rows, `select `+delegationColumns+`, o.name, q.role as other_role, q.title as other_title`+delegationTables+`
		join accounts o on `+other+` join posts q on q.id = o.post_id
		where `+standing+` and d.until_on >= `+args.Add(today)+` and `+scope.SQL(owner, &args)+` order by d.from_on, d.id`, args...)
	out := make([]Delegation, len(rows))
	for i, r := range rows {
		out[i] = r.delegation(today)
	}
	return out, err
}

// colleaguesTx lists the working accounts of the same institution, center or Secretaría.
func colleaguesTx(ctx context.Context, tx *db.Tx, own *record) ([]Colleague, error) {
	var rows []record
	if err := tx.Select(ctx, &rows, `select a.id, a.name, p.role, p.title, p.place`+recordTables+`
		where p.institution_id = $1 and p.center_id = $2 and a.id <> $3 and p.closed_at is null and `+Active.where()+`
		order by a.name, a.id`, own.InstitutionID, own.CenterID, own.ID); err != nil {
		return nil, err
	}
	out := make([]Colleague, len(rows))
	for i, r := range rows {
		out[i] = Colleague{Account: r.ID, Name: r.Name, Title: TitleText(r.Role, r.Title), Place: PlaceText(r.Place)}
	}
	return out, nil
}

// DelegationForm is a delegation as it was typed: days as day/month/year.
type DelegationForm struct {
	To    string `form:"to"` // account
	From  string `form:"from"`
	Until string `form:"until"`
}

func (f DelegationForm) check(form *fault.Form, own *record, colleagues []Colleague, today clock.Date) (from, until clock.Date) {
	if slices.Contains(undelegated, own.Role) {
		form.Add("to", i18n.M("Su función administra cuentas y no se delega. Pida que se abra otra cuenta para quien le va a suplir."))
		return
	}
	if !slices.ContainsFunc(colleagues, func(c Colleague) bool { return c.Account == f.To }) {
		form.Add("to", i18n.M("Elija de la lista a la persona que le va a suplir."))
	}
	from, until = clock.FormDate(form, "from", f.From), clock.FormDate(form, "until", f.Until)
	switch {
	case from.IsZero():
		form.Add("from", i18n.M("Escriba el primer día."))
	case until.IsZero():
		form.Add("until", i18n.M("Escriba el último día."))
	case from.Before(today):
		form.Add("from", i18n.M("Elija hoy (%s) o un día posterior.", today.MX()))
	case until.Before(from):
		form.Add("until", i18n.M("El último día es anterior al primero. Revise las dos fechas."))
	case until.After(from.AddDays(MaxDelegation - 1)):
		form.Add("until", i18n.M("Un puesto se delega por %d días a lo más: hasta el %s. Si la ausencia es más larga, pida que se entregue el puesto.",
			MaxDelegation, from.AddDays(MaxDelegation-1).MX()))
	}
	return from, until
}

// Delegate lets a colleague act in the actor's own post from one day to another. Fields
// of an Invalid error: to, from, until. One post is delegated to one person at a time:
// days that overlap with another delegation are Invalid too.
func (s *Service) Delegate(ctx context.Context, actor access.Actor, f DelegationForm) error {
	scope, err := actor.Require(access.SelfManage)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		own, err := load(ctx, tx, scope, actor.Account)
		if err != nil {
			return err
		}
		if err := holdPostTx(ctx, tx, own); err != nil {
			return err
		}
		colleagues, err := colleaguesTx(ctx, tx, own)
		if err != nil {
			return err
		}
		var form fault.Form
		from, until := f.check(&form, own, colleagues, clock.DateOf(tx.Now()))
		if err := form.Err(); err != nil {
			return err
		}
		if err := aloneTx(ctx, tx, own, from, until); err != nil {
			return err
		}
		id := db.NewID()
		if _, err := tx.Exec(ctx, `insert into delegations (id, account_id, to_account_id, from_on, until_on, created_at)
			values ($1, $2, $3, $4, $5, $6)`, id, own.ID, f.To, from, until, db.At(tx.Now())); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, own.entry("delegation.give",
			ledger.Change{Field: "delegation", After: id}, ledger.Change{Field: "account", After: f.To},
			ledger.Change{Field: "from", After: from.String()}, ledger.Change{Field: "until", After: until.String()}))
	})
}

// holdPostTx makes two who delegate, or hand over, the same post wait for each other.
func holdPostTx(ctx context.Context, tx *db.Tx, own *record) error {
	_, err := tx.Exec(ctx, `update posts set closed_at = closed_at where id = $1`, own.PostID)
	return err
}

func aloneTx(ctx context.Context, tx *db.Tx, own *record, from, until clock.Date) error {
	var other delegationRow
	err := tx.Get(ctx, &other, `select d.id, d.from_on, d.until_on from delegations d
		where d.account_id = $1 and d.ended_at is null and d.from_on <= $2 and d.until_on >= $3 order by d.from_on limit 1`, own.ID, until, from)
	if errors.Is(err, db.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return wrongField("from", i18n.M("Del %s al %s su puesto ya está delegado. Elija otros días, o termine antes esa delegación.", other.From.MX(), other.Until.MX()))
}

// EndDelegation ends a delegation that the actor gave or received; whoever acts by it
// acts in his own post again with his next request. To end it again changes nothing.
func (s *Service) EndDelegation(ctx context.Context, actor access.Actor, id string) error {
	scope, err := actor.Require(access.SelfManage)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		giver, err := delegationTx(ctx, tx, id, func(args *db.Args) string {
			return `(` + scope.SQL(access.Columns{Account: "d.account_id"}, args) + ` or ` + scope.SQL(access.Columns{Account: "d.to_account_id"}, args) + `)`
		})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update delegations set ended_at = $1 where id = $2`, db.At(tx.Now()), id); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, giver.entry("delegation.end", ledger.Change{Field: "delegation", After: id}))
	})
}

// delegationTx gives the account that gave a delegation which stands; NotFound for any
// other.
func delegationTx(ctx context.Context, tx *db.Tx, id string, where func(args *db.Args) string) (*record, error) {
	if !isID(id) {
		return nil, fault.Missing()
	}
	var r record
	var args db.Args
	err := tx.Get(ctx, &r, `select `+recordColumns+delegationTables+`where d.id = `+args.Add(id)+` and `+standing+` and `+where(&args), args...)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.Missing()
	}
	return &r, err
}

// ActFor makes the actor's session act in the post of a delegation that he received and
// that is in force today; the empty id returns it to his own post.
func (s *Service) ActFor(ctx context.Context, actor access.Actor, id string) error {
	scope, err := actor.Require(access.SelfManage)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		subject, err := load(ctx, tx, scope, actor.Account)
		action := "delegation.return"
		if id != "" && err == nil {
			action = "delegation.act"
			subject, err = delegationTx(ctx, tx, id, func(args *db.Args) string {
				today := args.Add(clock.DateOf(tx.Now()))
				return `d.from_on <= ` + today + ` and d.until_on >= ` + today + ` and ` + scope.SQL(access.Columns{Account: "d.to_account_id"}, args)
			})
		}
		if err != nil {
			return err
		}
		var args db.Args
		if _, err := tx.Exec(ctx, `update sessions as s set delegation_id = `+args.Add(id)+` where s.id = `+args.Add(actor.Session)+` and `+
			scope.SQL(ownSessions, &args), args...); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, subject.entry(action))
	})
}
