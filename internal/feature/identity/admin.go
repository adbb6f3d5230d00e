package identity

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// Grants is what an actor may hand out: which roles, over which places.
type Grants struct {
	Roles []access.Role
	actor access.Actor
	scope access.Scope
}

// Grants tells what the actor may hand out, for the page that opens an account.
func (s *Service) Grants(_ context.Context, actor access.Actor) (Grants, error) {
	scope, err := actor.Require(access.AccountAdminister)
	if err != nil {
		return Grants{}, err
	}
	g := Grants{actor: actor, scope: scope}
	for _, f := range access.Roles {
		if mayGrant(actor, f.Role) {
			g.Roles = append(g.Roles, f.Role)
		}
	}
	return g, nil
}

// Covers tells whether a post of that place lies where the actor may open one.
func (g Grants) Covers(institution, area, center string) bool {
	own := func(of, place string) bool { return of == "" || of == place }
	return g.scope.Covers(institution, area, center, "") &&
		own(g.actor.Institution, institution) && own(g.actor.Center, center)
}

// NewPost is a post to be opened. A post of an institution names institution and area,
// one of a center its center, one of the Secretaría none of them.
type NewPost struct {
	Role                            access.Role
	Title, Place                    string
	InstitutionID, AreaID, CenterID string
}

// check gives the post with its lines cleaned, or what is wrong by field. A role that
// the actor may not hand out is wrong at "role"; a place outside his scope does not
// exist.
func (n NewPost) check(form *fault.Form, g Grants) (NewPost, error) {
	n.Title = takeLine(form, "title", n.Title, i18n.M("Escriba el puesto, por ejemplo «Secretaria de acuerdos»."))
	n.Place = takeLine(form, "place", n.Place, i18n.M("Elija el lugar del puesto."))
	side, known := n.Role.Side()
	if !known || !mayGrant(g.actor, n.Role) {
		form.Add("role", i18n.M("Elija una función de la lista."))
		return n, nil
	}
	if !n.placed(side) {
		form.Add("place", placeFor(side))
		return n, nil
	}
	if !g.Covers(n.InstitutionID, n.AreaID, n.CenterID) {
		return n, fault.Missing()
	}
	return n, nil
}

// placed tells whether the post names what its side asks for, and nothing else.
func (n NewPost) placed(side access.Side) bool {
	institution, area, center := n.InstitutionID != "", n.AreaID != "", n.CenterID != ""
	switch side {
	case access.AtInstitution:
		return institution && area && !center
	case access.AtCenter:
		return center && !institution && !area
	}
	return !institution && !area && !center
}

func placeFor(side access.Side) i18n.Msg {
	switch side {
	case access.AtInstitution:
		return i18n.M("Esta función es de una institución: elija una de sus áreas.")
	case access.AtCenter:
		return i18n.M("Esta función es de un centro: elija un centro.")
	}
	return i18n.M("Esta función es de la Secretaría: elija «Secretaría».")
}

// OpenPost opens a post without a holder and gives its id.
func (s *Service) OpenPost(ctx context.Context, actor access.Actor, n NewPost) (string, error) {
	scope, err := actor.Require(access.AccountAdminister)
	if err != nil {
		return "", err
	}
	g := Grants{actor: actor, scope: scope}
	var form fault.Form
	if n, err = n.check(&form, g); err != nil {
		return "", err
	}
	if err := form.Err(); err != nil {
		return "", err
	}
	var id string
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		post, err := s.openPostTx(ctx, tx, actor, n)
		id = post.ID
		return err
	})
	return id, err
}

func (s *Service) openPostTx(ctx context.Context, tx *db.Tx, actor access.Actor, n NewPost) (Post, error) {
	p := Post{ID: db.NewID(), Role: n.Role, Title: n.Title, Place: n.Place,
		InstitutionID: n.InstitutionID, AreaID: n.AreaID, CenterID: n.CenterID}
	_, err := tx.Exec(ctx, `
		insert into posts (id, role, title, place, institution_id, area_id, center_id, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		p.ID, string(p.Role), p.Title, p.Place, p.InstitutionID, p.AreaID, p.CenterID, db.At(tx.Now()))
	if err != nil {
		return p, err
	}
	return p, s.ledger.AppendTx(ctx, tx, actor, ledger.Entry{
		Action: "post.open", Subject: ledger.Subject{Type: "post", ID: p.ID}, Institution: p.InstitutionID, Center: p.CenterID,
		Changes: []ledger.Change{{Field: "role", After: string(p.Role)}, {Field: "title", After: p.Title}, {Field: "place", After: p.Place}},
	})
}

// NewAccount is an account to be opened: in the post named, which must have no holder,
// or else in a new one made of the fields between.
type NewAccount struct {
	PostID string

	Role                            access.Role
	Title, Place                    string
	InstitutionID, AreaID, CenterID string

	Name, Email string
	Lang        i18n.Lang // Spanish when empty
}

func (n NewAccount) post() NewPost {
	return NewPost{n.Role, n.Title, n.Place, n.InstitutionID, n.AreaID, n.CenterID}
}

// OpenAccount opens an account, mails its holder the link to set a password, and gives
// its id. Fields of an Invalid error: role, title, place, name, email.
func (s *Service) OpenAccount(ctx context.Context, actor access.Actor, n NewAccount) (string, error) {
	scope, err := actor.Require(access.AccountAdminister)
	if err != nil {
		return "", err
	}
	g := Grants{actor: actor, scope: scope}
	var form fault.Form
	post := n.post()
	if n.PostID == "" {
		if post, err = post.check(&form, g); err != nil {
			return "", err
		}
	}
	name, email := takePerson(&form, n.Name, n.Email)
	if err := form.Err(); err != nil {
		return "", err
	}
	var id string
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		seat, err := s.seatForTx(ctx, tx, g, n.PostID, post)
		if err != nil {
			return err
		}
		id, err = s.seatTx(ctx, tx, g, seat, holder{name, email, i18n.Parse(string(n.Lang))})
		return err
	})
	return id, addressTaken(err)
}

// seatForTx gives the post for a new account: the vacant one named, or a new one.
func (s *Service) seatForTx(ctx context.Context, tx *db.Tx, g Grants, id string, n NewPost) (Post, error) {
	if id == "" {
		return s.openPostTx(ctx, tx, g.actor, n)
	}
	return s.vacantTx(ctx, tx, g, id)
}

// holder is a checked person.
type holder struct {
	name, email string
	lang        i18n.Lang
}

// seatTx opens the account of a person in a post that has no holder, and mails its link.
func (s *Service) seatTx(ctx context.Context, tx *db.Tx, g Grants, p Post, h holder) (string, error) {
	if err := duplicateTx(ctx, tx, g, h.email); err != nil {
		return "", err
	}
	r := record{ID: db.NewID(), PostID: p.ID, Email: h.email, Lang: h.lang, InstitutionID: p.InstitutionID, CenterID: p.CenterID}
	_, err := tx.Exec(ctx, `
		insert into accounts (id, post_id, name, email, password_hash, lang, created_at, created_by, suspended_by)
		values ($1, $2, $3, $4, '', $5, $6, $7, '')`,
		r.ID, r.PostID, h.name, h.email, string(h.lang), db.At(tx.Now()), g.actor.Name())
	if err != nil {
		return "", err
	}
	err = s.ledger.AppendTx(ctx, tx, g.actor, r.entry("account.open",
		ledger.Change{Field: "post", After: p.ID}, ledger.Change{Field: "name"}, ledger.Change{Field: "email"}))
	if err != nil {
		return "", err
	}
	return r.ID, s.sendLinkTx(ctx, tx, g.actor, &r)
}

// duplicateTx says whose an address is already, as far as the actor may know.
func duplicateTx(ctx context.Context, tx *db.Tx, g Grants, email string) error {
	r, err := one(ctx, tx, `where a.email = $1`, email)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if g.Covers(r.InstitutionID, r.AreaID, r.CenterID) {
		return wrongField("email", i18n.M("Ese correo ya tiene una cuenta: %s, %s. Búsquela en la lista de cuentas.", r.Name, nameOf(r.Title, r.Place)))
	}
	return emailTaken()
}

func emailTaken() error {
	return wrongField("email", i18n.M("Ese correo ya tiene una cuenta en otra área o institución. Use otro, o pida que allá entreguen ese puesto."))
}

// addressTaken turns the refusal of a duplicate address, made by two at once, into its answer.
func addressTaken(err error) error {
	if db.IsUnique(err) {
		return emailTaken()
	}
	return err
}

// vacantTx holds an open post of the actor's scope that nobody holds.
func (s *Service) vacantTx(ctx context.Context, tx *db.Tx, g Grants, id string) (Post, error) {
	p, err := postTx(ctx, tx, g, id)
	if err != nil {
		return Post{}, err
	}
	switch _, err := one(ctx, tx, `where a.post_id = $1 and a.ended_at is null`, id); {
	case err == nil:
		return Post{}, fault.New(fault.Conflict, i18n.M("Ese puesto ya tiene titular. Para cambiarlo, entregue el puesto desde la cuenta de quien lo ocupa."))
	case !fault.Is(err, fault.NotFound):
		return Post{}, err
	}
	return p, nil
}

// postTx reads an open post whose holder the actor may change, and keeps others from
// changing its holder until the transaction ends: the update collides with theirs.
func postTx(ctx context.Context, tx *db.Tx, g Grants, id string) (Post, error) {
	var row struct {
		ID            string      `db:"id"`
		Role          access.Role `db:"role"`
		Title         string      `db:"title"`
		Place         string      `db:"place"`
		InstitutionID string      `db:"institution_id"`
		AreaID        string      `db:"area_id"`
		CenterID      string      `db:"center_id"`
	}
	if !isID(id) {
		return Post{}, fault.Missing()
	}
	var args db.Args
	err := tx.Get(ctx, &row, `update posts as p set closed_at = closed_at
		where p.id = `+args.Add(id)+` and p.closed_at is null and `+g.scope.SQL(columns, &args)+`
		returning id, role, title, place, institution_id, area_id, center_id`, args...)
	if errors.Is(err, db.ErrNoRows) || (err == nil && !mayGrant(g.actor, row.Role)) {
		return Post{}, fault.Missing()
	}
	return Post(row), err
}

// change runs a change of one account that the actor may make. What is outside his
// scope, and what has a role that he may not hand out, does not exist for it.
func (s *Service) change(ctx context.Context, actor access.Actor, scope access.Scope, id string, do func(tx *db.Tx, r *record) error) error {
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		if !mayGrant(actor, r.Role) {
			e := fault.Missing()
			e.Cause = fmt.Errorf("identity: %s may not change an account of role %s", actor.Role, r.Role)
			return e
		}
		return do(tx, r)
	})
}

// maxReason is the most that a reason may have, in characters.
const maxReason = 500

// takeReason checks why an account is closed or opened again.
func takeReason(typed string, missing i18n.Msg) (string, error) {
	var form fault.Form
	reason := cleanLine(typed)
	switch n := utf8.RuneCountInString(reason); {
	case n == 0:
		form.Add("reason", missing)
	case n > maxReason:
		form.Add("reason", i18n.M("Escriba el motivo en %d caracteres o menos; tiene %d.", maxReason, i18n.Number(n)))
	}
	return reason, form.Err()
}

// because gives an entry with the reason that was written.
func because(e ledger.Entry, reason string) ledger.Entry {
	e.Reason = reason
	return e
}

// Suspend closes an account for a time, with a reason in writing; it ends its sessions
// and voids its links for good. The actor's own account and the last working security
// account are Conflicts. Field of an Invalid error: reason.
func (s *Service) Suspend(ctx context.Context, actor access.Actor, id, reason string) error {
	scope, err := actor.Require(access.AccountAdminister)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		if r.ID == actor.Account {
			return fault.New(fault.Conflict, i18n.M("No puede suspender su propia cuenta. Pida a otra persona que la suspenda."))
		}
		if err := keepSecurityTx(ctx, tx, r); err != nil {
			return err
		}
		if !r.SuspendedAt.IsZero() || !r.EndedAt.IsZero() {
			return alreadyClosed()
		}
		why, err := takeReason(reason, i18n.M("Escriba por qué se suspende la cuenta."))
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `update accounts set suspended_at = $1, suspended_by = $2
			where id = $3 and suspended_at is null and ended_at is null`, db.At(tx.Now()), actor.Name(), r.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return alreadyClosed()
		}
		if err := endSessionsTx(ctx, tx, r.ID, ""); err != nil {
			return err
		}
		if err := voidLinksTx(ctx, tx, r.ID); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, because(r.entry("account.suspend"), why))
	})
}

func alreadyClosed() error {
	return fault.New(fault.Conflict, i18n.M("Esta cuenta ya estaba suspendida o terminada. No se cambió nada."))
}

// keepSecurityTx refuses what would leave no security account that works. It writes on
// every security post, so that two such changes at once collide and count one after
// the other.
func keepSecurityTx(ctx context.Context, tx *db.Tx, r *record) error {
	if r.Role != access.SecurityAdmin || r.state() != Active {
		return nil
	}
	if _, err := tx.Exec(ctx, `update posts set closed_at = closed_at where role = $1 and closed_at is null`,
		string(access.SecurityAdmin)); err != nil {
		return err
	}
	var others int
	err := tx.Get(ctx, &others, `select count(*)`+recordTables+`where p.role = $1 and p.closed_at is null and a.id <> $2 and `+Active.where(),
		string(access.SecurityAdmin), r.ID)
	if err == nil && others == 0 {
		return fault.New(fault.Conflict, i18n.M("Es la única cuenta de seguridad que funciona: sin ella nadie podría administrar las cuentas. Abra y active otra antes."))
	}
	return err
}

// Resume opens a suspended account again, with a reason in writing; its holder enters with
// the password he had. Field of an Invalid error: reason.
func (s *Service) Resume(ctx context.Context, actor access.Actor, id, reason string) error {
	scope, err := actor.Require(access.AccountAdminister)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		if r.state() != Suspended {
			return notSuspended()
		}
		why, err := takeReason(reason, i18n.M("Escriba por qué se reanuda la cuenta."))
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `update accounts set suspended_at = null, suspended_by = ''
			where id = $1 and suspended_at is not null and ended_at is null`, r.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return notSuspended()
		}
		return s.ledger.AppendTx(ctx, tx, actor, because(r.entry("account.resume"), why))
	})
}

func notSuspended() error {
	return fault.New(fault.Conflict, i18n.M("Esta cuenta no estaba suspendida. No se cambió nada."))
}

// EndSessions signs an account out everywhere.
func (s *Service) EndSessions(ctx context.Context, actor access.Actor, id string) error {
	scope, err := actor.Require(access.AccountAdminister)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		if err := endSessionsTx(ctx, tx, r.ID, ""); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, r.entry("account.end_sessions"))
	})
}

// Holder is who takes over a post.
type Holder struct {
	Name, Email string
	Lang        i18n.Lang // Spanish when empty
}

// HandOver gives a post to a new holder and tells the id of his account. The account of
// the previous one ends with its sessions; what belongs to the post stays with it.
// Fields of an Invalid error: name, email.
func (s *Service) HandOver(ctx context.Context, actor access.Actor, postID string, to Holder) (string, error) {
	scope, err := actor.Require(access.AccountAdminister)
	if err != nil {
		return "", err
	}
	g := Grants{actor: actor, scope: scope}
	var id string
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		post, err := postTx(ctx, tx, g, postID)
		if err != nil {
			return err
		}
		var form fault.Form
		name, email := takePerson(&form, to.Name, to.Email)
		if err := form.Err(); err != nil {
			return err
		}
		if err := s.vacateTx(ctx, tx, actor, post); err != nil {
			return err
		}
		id, err = s.seatTx(ctx, tx, g, post, holder{name, email, i18n.Parse(string(to.Lang))})
		return err
	})
	return id, addressTaken(err)
}

// vacateTx ends the account that holds a post, if one does.
func (s *Service) vacateTx(ctx context.Context, tx *db.Tx, actor access.Actor, p Post) error {
	r, err := one(ctx, tx, `where a.post_id = $1 and a.ended_at is null`, p.ID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if r.ID == actor.Account {
		return fault.New(fault.Conflict, i18n.M("No puede entregar su propio puesto. Pida a otra persona que lo haga."))
	}
	if err := keepSecurityTx(ctx, tx, r); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update accounts set ended_at = $1, email = $2, password_hash = '' where id = $3`,
		db.At(tx.Now()), formerEmail(r.ID, r.Email), r.ID); err != nil {
		return err
	}
	if err := endSessionsTx(ctx, tx, r.ID, ""); err != nil {
		return err
	}
	if err := voidLinksTx(ctx, tx, r.ID); err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, r.entry("account.end"))
}
