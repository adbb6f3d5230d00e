package web_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// noon is when the tests take place: Monday, 12:00 in Toluca.
var noon = time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)

const (
	clerkToken     = "clerk-token"
	receptionToken = "reception-token"
	brokenToken    = "broken-token"
)

// site is a router under test with what it told the outside.
type site struct {
	*web.Router
	log    strings.Builder
	denied []string
	again  url.Values // what the sign-in page was given to carry along
}

// newSite makes a site with two people who can sign in; change adapts its options.
func newSite(t *testing.T, change func(*web.Options)) *site {
	t.Helper()
	s := &site{}
	o := web.Options{
		Clock:        clock.NewFake(noon),
		Log:          slog.New(slog.NewTextHandler(&s.log, nil)),
		Authenticate: authenticate,
		Denied: func(_ context.Context, actor access.Actor, method, path string) {
			s.denied = append(s.denied, actor.Name()+" "+method+" "+path)
		},
		SignInAgain: func(_ *web.Request, resume string, body url.Values) web.Response {
			s.again = body
			return web.Page(i18n.M("Entrar"), text("again "+resume))
		},
		Menu: []web.MenuItem{
			{Label: i18n.M("Hoy"), Path: "/", Permission: access.SelfManage},
			{Label: i18n.M("Mis canalizaciones"), Path: "/canalizaciones", Permission: access.ReferralRead, Also: []string{"/panel"}},
			{Label: i18n.M("Nueva canalización"), Path: "/canalizaciones/nueva", Permission: access.ReferralWrite},
			{Label: i18n.M("Bitácora"), Path: "/bitacora", Permission: access.LedgerRead},
		},
		Branding: web.Branding{Support: "Mesa de ayuda: 722 000 0000"},
	}
	if change != nil {
		change(&o)
	}
	s.Router = web.NewRouter(o)
	return s
}

func authenticate(_ context.Context, token, _ string, now time.Time) (web.Session, error) {
	session := web.Session{Name: "Clara Ejemplo", IdleEnds: now.Add(30 * time.Minute), Ends: now.Add(8 * time.Hour)}
	switch token {
	case clerkToken:
		session.Actor = access.Actor{Account: "a1", Role: access.Referrer, Institution: "i1", Area: "r1"}
		session.Place = "Juzgado Tercero Familiar, Toluca"
	case receptionToken:
		session.Actor = access.Actor{Account: "a2", Role: access.Reception, Center: "c1"}
		session.Place = "Centro Toluca"
	case brokenToken:
		return web.Session{}, io.ErrUnexpectedEOF
	default:
		return web.Session{}, fault.New(fault.Unauthenticated, i18n.M("Entre de nuevo"))
	}
	return session, nil
}

// text is a body of plain words.
func text(words string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, templ.EscapeString(words))
		return err
	})
}

// hello is a handler that shows a page.
func hello(r *web.Request) (web.Response, error) {
	return web.Page(i18n.M("Hola"), text("hola "+r.PathValue("referral"))), nil
}

// option adapts a request of a test.
type option func(*http.Request)

func as(token string) option {
	return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "sigue", Value: token}) }
}

func header(name, value string) option {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func (s *site) get(target string, options ...option) *httptest.ResponseRecorder {
	return s.do(httptest.NewRequest(http.MethodGet, target, nil), options...)
}

func (s *site) post(target, body string, options ...option) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.do(r, options...)
}

func (s *site) do(r *http.Request, options ...option) *httptest.ResponseRecorder {
	for _, o := range options {
		o(r)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func wantStatus(t *testing.T, w *httptest.ResponseRecorder, want int) {
	t.Helper()
	if w.Code != want {
		t.Fatalf("got status %d, want %d; body:\n%s", w.Code, want, w.Body)
	}
}

func wantHeader(t *testing.T, w *httptest.ResponseRecorder, name, want string) {
	t.Helper()
	if got := w.Header().Get(name); got != want {
		t.Errorf("got %s %q, want %q", name, got, want)
	}
}

func wantIn(t *testing.T, where, want string) {
	t.Helper()
	if !strings.Contains(where, want) {
		t.Errorf("got\n%s\nwant in it %q", where, want)
	}
}

func wantNotIn(t *testing.T, where, unwanted string) {
	t.Helper()
	if strings.Contains(where, unwanted) {
		t.Errorf("got\n%s\nwant nowhere in it %q", where, unwanted)
	}
}
