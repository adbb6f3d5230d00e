package identityhttp_test

import (
	"context"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/identity"
	"sigue/internal/feature/identity/identityhttp"
	"sigue/internal/platform/access"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
	"sigue/internal/platform/schema"
	"sigue/internal/platform/web"
)

const (
	phrase      = "cinco tortugas lentas"
	otherPhrase = "seis garzas en el lago"

	clerkMail    = "ana@court3.example"
	adminMail    = "admin@court3.example"
	securityMail = "sara@secretaria.example"
)

var program = access.System("test", access.AccountAdminister)

// site is the pages on a real service, with three working accounts and one of another
// institution.
type site struct {
	t       *testing.T
	rt      *web.Router
	svc     *identity.Service
	d       *db.DB
	clk     *clock.Fake
	clerk   string
	foreign string
	posted  url.Values // what the page of another room received
}

func newSite(t *testing.T, demo ...identityhttp.DemoAccount) *site {
	t.Helper()
	d, clk := dbtest.SQLite(t, schema.Migrations)
	l, err := ledger.New(d, []byte("mac"), make([]byte, 32))
	must(t, err)
	runner := jobs.NewRunner(d, slog.New(slog.NewTextHandler(io.Discard, nil)), time.Minute)
	outbox, err := notify.New(d, notify.Config{BaseURL: "https://sigue.example"}, []byte("links"), runner)
	must(t, err)
	s := &site{t: t, d: d, clk: clk}
	s.svc = identity.New(d, l, outbox, identity.Config{FailKey: []byte("fail"), Hash: identity.HashParams{MemoryKiB: 64, Passes: 1}})
	s.route(demo)
	court := identity.NewAccount{Role: access.Referrer, Title: "Capturista", Place: "Juzgado Tercero Familiar", InstitutionID: "i1", AreaID: "a1"}
	s.clerk = s.working(court, "Ana Ejemplo", clerkMail)
	court.Role, court.Title = access.AccountAdmin, "Administración"
	s.working(court, "Admin Ejemplo", adminMail)
	s.working(identity.NewAccount{Role: access.SecurityAdmin, Title: "Seguridad", Place: "Secretaría"}, "Sara Ejemplo", securityMail)
	s.foreign = s.working(identity.NewAccount{Role: access.Referrer, Title: "Jefatura", Place: "Policía", InstitutionID: "i2", AreaID: "a9"}, "Beto Ajeno", "beto@city.example")
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// route builds the router, with one page of another room.
func (s *site) route(demo []identityhttp.DemoAccount) {
	gate := s.svc.Gate()
	o := identityhttp.Options{Identity: s.svc, Gate: gate, Places: places, DemoAccounts: demo}
	s.rt = web.NewRouter(web.Options{
		Clock: s.clk, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Authenticate: func(ctx context.Context, token, requestID string, now time.Time) (web.Session, error) {
			a, err := gate.Authenticate(ctx, token, requestID, now)
			return web.Session{Actor: a.Actor, Name: a.Name, Place: a.Place, IdleEnds: a.IdleEnds, Ends: a.Ends}, err
		},
		SignInAgain: func(r *web.Request, path string, body url.Values) web.Response {
			return identityhttp.SignInAgain(o, r, path, body)
		},
	})
	identityhttp.Register(s.rt, o)
	s.rt.Handle("POST /otra", access.SelfManage, func(r *web.Request) (web.Response, error) {
		form, err := r.Form()
		if err != nil {
			return nil, err
		}
		s.posted = form.Values
		return web.NoContent(), nil
	})
}

func places(context.Context, access.Actor) ([]identityhttp.Place, error) {
	return []identityhttp.Place{
		{ID: "area:a1", Label: "Juzgado Tercero Familiar", InstitutionID: "i1", AreaID: "a1"},
		{ID: "area:a2", Label: "Juzgado Primero Penal", InstitutionID: "i1", AreaID: "a2"},
		{ID: "center:c1", Label: "CeDeMas+ Toluca", CenterID: "c1"},
	}, nil
}

func (s *site) working(n identity.NewAccount, name, email string) string {
	s.t.Helper()
	n.Name, n.Email = name, email
	id, err := s.svc.OpenAccount(context.Background(), program, n)
	must(s.t, err)
	l := s.link(id)
	must(s.t, s.svc.RedeemLink(context.Background(), access.Anonymous(""), l.ID, l.Sig, phrase))
	return id
}

func (s *site) link(account string) identity.IssuedLink {
	s.t.Helper()
	l, err := s.svc.IssueLink(context.Background(), program, account)
	must(s.t, err)
	return l
}

// browser keeps its cookies.
type browser struct {
	*site
	cookies map[string]string
}

func (s *site) browser() *browser { return &browser{s, map[string]string{}} }

// as is a browser in which somebody has signed in.
func (s *site) as(email string) *browser {
	s.t.Helper()
	b := s.browser()
	s.want(b.post("/entrar", "email", email, "password", phrase), http.StatusSeeOther)
	return b
}

func (b *browser) get(path string) *httptest.ResponseRecorder {
	return b.do(httptest.NewRequest(http.MethodGet, path, nil))
}

// post sends a form of pairs of names and values.
func (b *browser) post(path string, pairs ...string) *httptest.ResponseRecorder {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	return b.send(path, values)
}

func (b *browser) send(path string, values url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

func (b *browser) do(r *http.Request) *httptest.ResponseRecorder {
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.rt.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return w
}

func (s *site) want(w *httptest.ResponseRecorder, status int, words ...string) {
	s.t.Helper()
	if w.Code != status {
		s.t.Errorf("got status %d, want %d; body:\n%s", w.Code, status, text(w))
	}
	for _, word := range words {
		if !strings.Contains(text(w), word) {
			s.t.Errorf("page lacks %q; got:\n%s", word, text(w))
		}
	}
}

func (s *site) wantNot(w *httptest.ResponseRecorder, words ...string) {
	s.t.Helper()
	for _, word := range words {
		if strings.Contains(text(w), word) {
			s.t.Errorf("page holds %q; got:\n%s", word, text(w))
		}
	}
}

func (s *site) wantGoes(w *httptest.ResponseRecorder, to string) {
	s.t.Helper()
	if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != to {
		s.t.Errorf("got status %d to %q, want 303 to %q; body:\n%s", w.Code, got, to, text(w))
	}
}

// text is what a page says, with its entities resolved.
func text(w *httptest.ResponseRecorder) string { return html.UnescapeString(w.Body.String()) }

var (
	formForm   = regexp.MustCompile(`(?s)<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>`)
	hiddenForm = regexp.MustCompile(`(?s)<input type="hidden" name="([^"]*)" value="([^"]*)"`)
)

// hidden gives the hidden fields of the form on a page that posts to action.
func hidden(w *httptest.ResponseRecorder, action string) url.Values {
	values := url.Values{}
	for _, form := range formForm.FindAllStringSubmatch(w.Body.String(), -1) {
		if html.UnescapeString(form[1]) != action {
			continue
		}
		for _, field := range hiddenForm.FindAllStringSubmatch(form[2], -1) {
			values.Add(html.UnescapeString(field[1]), html.UnescapeString(field[2]))
		}
		return values
	}
	return values
}

// english is the browser of somebody who chose that language.
func (b *browser) english() *browser {
	b.cookies["idioma"] = string(i18n.English)
	return b
}
