package identity

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
	"sigue/internal/platform/schema"
)

// Two institutions and a center, whose rooms lie above this one: their ids are enough.
var (
	court      = NewPost{Role: access.Referrer, Title: "Capturista", Place: "Juzgado Tercero Familiar, Toluca", InstitutionID: "i-courts", AreaID: "a-court3"}
	otherCourt = NewPost{Role: access.Referrer, Title: "Capturista", Place: "Juzgado Primero Penal, Lerma", InstitutionID: "i-courts", AreaID: "a-court1"}
	city       = NewPost{Role: access.Referrer, Title: "Jefatura", Place: "Policía, Metepec", InstitutionID: "i-city", AreaID: "a-police"}
	center     = NewPost{Role: access.Reception, Title: "Recepción", Place: "CeDeMas+ Toluca", CenterID: "c-toluca"}
	secretary  = NewPost{Role: access.SecurityAdmin, Title: "Seguridad", Place: "Secretaría"}
)

const (
	phrase      = "cinco tortugas lentas"
	otherPhrase = "seis garzas en el lago"
	ana         = "ana@court3.example"
	why         = "Licencia de tres meses."
)

var (
	anyone  = access.Anonymous("REQ-1")
	program = access.System("test", access.AccountAdminister, access.JobRun)
)

// house is a service on one engine, with a clock that stands still.
type house struct {
	*Service
	t    *testing.T
	ctx  context.Context
	d    *db.DB
	clk  *clock.Fake
	gate *Gate
}

// each runs a test on both engines.
func each(t *testing.T, test func(h *house)) {
	t.Helper()
	dbtest.Run(t, schema.Migrations, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		test(newHouse(t, d, clk))
	})
}

func newHouse(t *testing.T, d *db.DB, clk *clock.Fake) *house {
	t.Helper()
	l, err := ledger.New(d, []byte("mac"), make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	runner := jobs.NewRunner(d, slog.New(slog.NewTextHandler(io.Discard, nil)), time.Minute)
	outbox, err := notify.New(d, notify.Config{BaseURL: "https://sigue.example"}, []byte("links"), runner)
	if err != nil {
		t.Fatal(err)
	}
	s := New(d, l, outbox, Config{FailKey: []byte("fail"), Hash: cheap})
	return &house{Service: s, t: t, ctx: context.Background(), d: d, clk: clk, gate: s.Gate()}
}

// in makes an account request in a post.
func in(p NewPost, name, email string) NewAccount {
	return NewAccount{Role: p.Role, Title: p.Title, Place: p.Place, InstitutionID: p.InstitutionID,
		AreaID: p.AreaID, CenterID: p.CenterID, Name: name, Email: email}
}

// as gives a post with another role.
func (n NewPost) as(r access.Role) NewPost { n.Role = r; return n }

// opened opens an account that has no password yet.
func (h *house) opened(p NewPost, name, email string) string {
	h.t.Helper()
	id, err := h.OpenAccount(h.ctx, program, in(p, name, email))
	h.must(err)
	return id
}

// working opens an account whose holder has set the usual phrase as password.
func (h *house) working(p NewPost, name, email string) string {
	h.t.Helper()
	id := h.opened(p, name, email)
	l := h.link(id)
	h.must(h.RedeemLink(h.ctx, anyone, l.ID, l.Sig, phrase))
	return id
}

func (h *house) link(account string) IssuedLink {
	h.t.Helper()
	l, err := h.IssueLink(h.ctx, program, account)
	h.must(err)
	return l
}

// enter signs in and gives the token.
func (h *house) enter(email, password string) string {
	h.t.Helper()
	token, _, err := h.SignIn(h.ctx, anyone, email, password, "Firefox")
	h.must(err)
	return token
}

// actor opens a working account, signs in, and gives who that is.
func (h *house) actor(p NewPost, name, email string) access.Actor {
	h.t.Helper()
	h.working(p, name, email)
	return h.session(h.enter(email, phrase)).Actor
}

func (h *house) session(token string) Session {
	h.t.Helper()
	s, err := h.authenticate(token)
	h.must(err)
	return s
}

func (h *house) authenticate(token string) (Session, error) {
	return h.gate.Authenticate(h.ctx, token, "REQ-2", h.clk.Now())
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// wantKind checks the kind of an error; "" as begins accepts any sentence.
func (h *house) wantKind(err error, kind fault.Kind, begins string) {
	h.t.Helper()
	if !fault.Is(err, kind) || !strings.HasPrefix(err.Error(), begins) {
		h.t.Errorf("got error %v (kind %d), want kind %d beginning with %q", err, fault.KindOf(err), kind, begins)
	}
}

// wantField checks that an error is about one field of a form.
func (h *house) wantField(err error, field, begins string) {
	h.t.Helper()
	if m, ok := fault.FieldsOf(err)[field]; !ok || !strings.HasPrefix(m.Key, begins) {
		h.t.Errorf("got error %v, want one at field %q beginning with %q", err, field, begins)
	}
}

func (h *house) wantSignedOut(token, when string) {
	h.t.Helper()
	if _, err := h.authenticate(token); !fault.Is(err, fault.Unauthenticated) {
		h.t.Errorf("%s the token still opens (%v), want Unauthenticated", when, err)
	}
}

// number runs a query that counts.
func (h *house) number(query string, args ...any) int {
	h.t.Helper()
	var n int
	h.must(h.d.View(h.ctx, func(tx *db.Tx) error { return tx.Get(h.ctx, &n, query, args...) }))
	return n
}

// text runs a query that gives one text.
func (h *house) text(query string, args ...any) string {
	h.t.Helper()
	var s string
	h.must(h.d.View(h.ctx, func(tx *db.Tx) error { return tx.Get(h.ctx, &s, query, args...) }))
	return s
}

func (h *house) entries(action string) int {
	h.t.Helper()
	return h.number(`select count(*) from ledger_entries where action = $1`, action)
}

// atOnce runs n calls at the same time and gives their errors.
func atOnce(n int, call func(i int) error) []error {
	errs := make([]error, n)
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			errs[i] = call(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return errs
}

func succeeded(errs []error) (n int) {
	for _, err := range errs {
		if err == nil {
			n++
		}
	}
	return n
}
