package identity

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// State is where an account stands. It is computed from facts, never stored.
type State string

// The states of an account.
const (
	Pending   State = "pending"   // opened; its holder has not set a password yet
	Active    State = "active"    //
	Suspended State = "suspended" // closed for a time; nobody enters with it
	Ended     State = "ended"     // its holder left the post
)

// States lists the states in the order of the chooser.
var States = []State{Active, Pending, Suspended, Ended}

// Label is the state's name on screen.
func (s State) Label() i18n.Msg {
	switch s {
	case Pending:
		return i18n.M("Sin activar")
	case Active:
		return i18n.M("Activa")
	case Suspended:
		return i18n.M("Suspendida")
	case Ended:
		return i18n.M("Terminada")
	}
	return i18n.Msg{}
}

// where is the predicate of a state, over the columns that stateOf reads; a test
// compares the two.
func (s State) where() string {
	switch s {
	case Pending:
		return "a.ended_at is null and a.suspended_at is null and a.password_set_at is null"
	case Active:
		return "a.ended_at is null and a.suspended_at is null and a.password_set_at is not null"
	case Suspended:
		return "a.ended_at is null and a.suspended_at is not null"
	case Ended:
		return "a.ended_at is not null"
	}
	return "1 = 1"
}

func stateOf(ended, suspended, passwordSet time.Time) State {
	switch {
	case !ended.IsZero():
		return Ended
	case !suspended.IsZero():
		return Suspended
	case passwordSet.IsZero():
		return Pending
	}
	return Active
}

// Post is a seat of a place, with what its holder may do.
type Post struct {
	ID            string
	Role          access.Role
	Title         string // "Secretaria de acuerdos"
	Place         string // "Juzgado Tercero Familiar, Toluca"
	InstitutionID string
	AreaID        string
	CenterID      string
}

// Account is one person in one post.
type Account struct {
	ID           string
	Name         string
	Email        string
	Lang         i18n.Lang // of mails, and of pages at sign-in
	Post         Post
	State        State
	CreatedAt    time.Time
	SuspendedAt  time.Time
	EndedAt      time.Time
	LastSignInAt time.Time
	// Changeable tells whether the actor who reads it may change it.
	Changeable bool
}

// record is an account with its post as stored.
type record struct {
	ID            string      `db:"id"`
	PostID        string      `db:"post_id"`
	Name          string      `db:"name"`
	Email         string      `db:"email"`
	PasswordHash  string      `db:"password_hash"`
	PasswordSetAt db.Time     `db:"password_set_at"`
	Lang          i18n.Lang   `db:"lang"`
	CreatedAt     db.Time     `db:"created_at"`
	SuspendedAt   db.Time     `db:"suspended_at"`
	EndedAt       db.Time     `db:"ended_at"`
	LastSignInAt  db.Time     `db:"last_sign_in_at"`
	Role          access.Role `db:"role"`
	Title         string      `db:"title"`
	Place         string      `db:"place"`
	InstitutionID string      `db:"institution_id"`
	AreaID        string      `db:"area_id"`
	CenterID      string      `db:"center_id"`
	PostClosedAt  db.Time     `db:"post_closed_at"`
}

const (
	recordColumns = `a.id, a.post_id, a.name, a.email, a.password_hash, a.password_set_at, a.lang, a.created_at,
		a.suspended_at, a.ended_at, a.last_sign_in_at, p.role, p.title, p.place, p.institution_id, p.area_id,
		p.center_id, p.closed_at as post_closed_at`
	recordTables = ` from accounts a join posts p on p.id = a.post_id `
)

// columns names the owners of an account, for the scope.
var columns = access.Columns{Institution: "p.institution_id", Area: "p.area_id", Center: "p.center_id", Account: "a.id"}

func (r *record) state() State {
	return stateOf(r.EndedAt.Time, r.SuspendedAt.Time, r.PasswordSetAt.Time)
}

// open tells whether the account can be entered, or could once it has a password.
func (r *record) open() bool {
	return r.SuspendedAt.IsZero() && r.EndedAt.IsZero() && r.PostClosedAt.IsZero()
}

func (r *record) post() Post {
	return Post{ID: r.PostID, Role: r.Role, Title: r.Title, Place: r.Place,
		InstitutionID: r.InstitutionID, AreaID: r.AreaID, CenterID: r.CenterID}
}

func (r *record) account(actor access.Actor) Account {
	return Account{
		ID: r.ID, Name: r.Name, Email: shownEmail(r.ID, r.Email), Lang: r.Lang, Post: r.post(), State: r.state(),
		CreatedAt: r.CreatedAt.Time, SuspendedAt: r.SuspendedAt.Time, EndedAt: r.EndedAt.Time,
		LastSignInAt: r.LastSignInAt.Time, Changeable: mayGrant(actor, r.Role),
	}
}

// entry is a ledger entry about an account.
func (r *record) entry(action string, changes ...ledger.Change) ledger.Entry {
	return ledger.Entry{Action: action, Subject: ledger.Subject{Type: "account", ID: r.ID},
		Institution: r.InstitutionID, Center: r.CenterID, Changes: changes}
}

// load reads one account inside the scope; what is outside does not exist.
func load(ctx context.Context, tx *db.Tx, scope access.Scope, id string) (*record, error) {
	if !isID(id) {
		return nil, fault.Missing()
	}
	var args db.Args
	return one(ctx, tx, `where a.id = `+args.Add(id)+` and `+scope.SQL(columns, &args), args...)
}

// one reads the account that a predicate names, or says that it is missing.
func one(ctx context.Context, tx *db.Tx, where string, args ...any) (*record, error) {
	var r record
	err := tx.Get(ctx, &r, `select `+recordColumns+recordTables+where, args...)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.Missing()
	}
	return &r, err
}

// mayGrant tells whether an actor may open or change an account of a role. The program
// itself may, where it was given the permission.
func mayGrant(actor access.Actor, role access.Role) bool {
	return !actor.SignedIn() || actor.Role.CanGrant(role)
}

// isID tells whether a text can be the id of a row; anything else a browser sends is
// not even asked for.
func isID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }

// maxEmail is the longest address that mail can carry (RFC 5321).
const maxEmail = 254

var emailForm = regexp.MustCompile(`^[a-z0-9.!#$%&'*+/=?^_{|}~-]+@[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)

// normalEmail is the one form in which an address is stored and looked up.
func normalEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func validEmail(normal string) bool { return len(normal) <= maxEmail && emailForm.MatchString(normal) }

// An account that ended gives its address back, so that its owner can hold another post
// under it: the column, which is unique, then keeps the address behind the account's id.
func formerEmail(id, email string) string { return id + ":" + email }

func shownEmail(id, stored string) string { return strings.TrimPrefix(stored, id+":") }

const maxText = 160 // characters of a name, a title, a place

// cleanLine is one line of text that both engines can store.
func cleanLine(s string) string {
	s = norm.NFC.String(strings.ToValidUTF8(s, ""))
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || r == 0xa0 }), " ")
}

// takeLine checks a required line of a form.
func takeLine(form *fault.Form, field, s string, missing i18n.Msg) string {
	s = cleanLine(s)
	switch n := utf8.RuneCountInString(s); {
	case n == 0:
		form.Add(field, missing)
	case n > maxText:
		form.Add(field, i18n.M("Use %d caracteres o menos.", maxText))
	}
	return s
}

// takePerson checks who is to hold an account.
func takePerson(form *fault.Form, name, email string) (string, string) {
	name = takeLine(form, "name", name, i18n.M("Escriba el nombre de la persona."))
	email = normalEmail(email)
	if !validEmail(email) {
		form.Add("email", i18n.M("Escriba un correo completo, como nombre@institucion.example."))
	}
	return name, email
}
