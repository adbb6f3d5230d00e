package program_test

import (
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/base/fault"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/identity"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/schema"
)

var admin = access.Actor{Account: "a1", Role: access.ProgramAdmin}

// room is the service on a fresh database with what ships, and two centers.
type room struct {
	*program.Service
	centers *center.Service
	d       *db.DB
	clk     *clock.Fake
	home    place
	other   place
}

// place is a center with who works there.
type place struct {
	id, venue                                  string
	coordinator, reception, psychology, social access.Actor
}

func run(t *testing.T, test func(t *testing.T, r *room)) {
	t.Helper()
	dbtest.Run(t, schema.Migrations, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		l, err := ledger.New(d, []byte("mac"), make([]byte, 32))
		must(t, err)
		c := catalogue.New(d, l)
		must(t, c.Seed(t.Context(), admin))
		id := identity.New(d, l, nil, identity.Config{FailKey: []byte("key")})
		centers := center.New(d, l, c, id)
		r := &room{Service: program.New(d, l, c, id, centers), centers: centers, d: d, clk: clk}
		must(t, r.Seed(t.Context(), admin))
		r.home, r.other = r.open(t, "Toluca"), r.open(t, "Ecatepec")
		test(t, r)
	})
}

// open opens a center with one account of each role that the tests need.
func (r *room) open(t *testing.T, name string) place {
	t.Helper()
	ctx := t.Context()
	id, err := r.centers.Create(ctx, admin, center.Form{
		Name: "CeDeMas+ " + name, Municipality: "15106", Address: "Calle Uno 1", Phone: "722 555 0101",
		Mailbox: "centro@cedemas.example", Capacity: "12",
	})
	must(t, err)
	venues, err := r.centers.Venues(ctx, admin, id)
	must(t, err)
	p := place{id: id, venue: venues[0].ID}
	for role, actor := range map[access.Role]*access.Actor{
		access.CenterCoordinator: &p.coordinator, access.Reception: &p.reception,
		access.Psychology: &p.psychology, access.SocialWork: &p.social,
	} {
		*actor = r.account(t, id, name, role)
	}
	return p
}

// account stores an account of a center as identity does.
func (r *room) account(t *testing.T, centerID, name string, role access.Role) access.Actor {
	t.Helper()
	ctx, account, post := t.Context(), db.NewID(), db.NewID()
	must(t, r.d.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `insert into posts (id, role, title, place, institution_id, area_id, center_id, created_at)
			values ($1, $2, $3, $4, '', '', $5, $6)`, post, role, string(role)+" "+name, "CeDeMas+ "+name, centerID, db.At(tx.Now())); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `insert into accounts (id, post_id, name, email, password_hash, lang, created_at, created_by, suspended_by)
			values ($1, $2, 'Ana Ejemplo', $3, '', 'es-MX', $4, 'test', '')`, account, post, account+"@sigue.example", db.At(tx.Now()))
		return err
	}))
	return access.Actor{Account: account, Role: role, Center: centerID}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func fails(t *testing.T, err error, field string) {
	t.Helper()
	if fault.FieldsOf(err)[field].IsZero() {
		t.Errorf("error = %v, want a sentence at %q", err, field)
	}
}

func missing(t *testing.T, what string, err error) {
	t.Helper()
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("%s: %v, want NotFound", what, err)
	}
}

func conflict(t *testing.T, what string, err error) {
	t.Helper()
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("%s: %v, want Conflict", what, err)
	}
}

func (r *room) count(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	must(t, r.d.View(t.Context(), func(tx *db.Tx) error { return tx.Get(t.Context(), &n, query, args...) }))
	return n
}

// shipped gives the version that ships of a program, by the program's name.
func (r *room) shipped(t *testing.T, name string) program.Version {
	t.Helper()
	choices, err := r.Choices(t.Context(), admin)
	must(t, err)
	for _, v := range choices {
		if v.ProgramName == name {
			return v
		}
	}
	t.Fatalf("no program %q on offer", name)
	return program.Version{}
}

// version reads a version as the administration does.
func (r *room) version(t *testing.T, id string) *program.Version {
	t.Helper()
	v, err := r.Version(t.Context(), admin, id)
	must(t, err)
	return v
}

// at is a draft as it is now.
func (r *room) at(t *testing.T, id string) program.Edition {
	t.Helper()
	return program.Edition{Version: id, Revision: r.version(t, id).Revision}
}
