package today

import (
	"context"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/folio"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/schema"
	"sigue/internal/platform/vault"
	"sigue/internal/platform/web"
)

// desk is the ledger's page on a database.
type desk struct {
	*web.Router
	t   *testing.T
	db  *db.DB
	clk *clock.Fake
	*ledger.Ledger
	documents *document.Service
	vault     *vault.Vault
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d, clk := dbtest.SQLite(t, schema.Migrations)
	file := filepath.Join(t.TempDir(), "keys.json")
	if err := vault.Create(file); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.New(d, v.SigningKey(vault.LedgerMAC), v.SigningKey(vault.LedgerNote))
	if err != nil {
		t.Fatal(err)
	}
	s := &desk{t: t, db: d, clk: clk, vault: v, Ledger: l, documents: document.New(d, v, l, document.Branding{}, "https://sigue.example")}
	s.Router = web.NewRouter(web.Options{Clock: clk, Log: slog.New(slog.DiscardHandler), Authenticate: auditing})
	Register(s.Router, Options{Ledger: l, Documents: s.documents})
	return s
}

// auditing takes every token for the auditor's.
func auditing(_ context.Context, _, _ string, now time.Time) (web.Session, error) {
	return web.Session{Actor: access.Actor{Account: "a-auditor", Role: access.Auditor}, IdleEnds: now.Add(time.Hour), Ends: now.Add(time.Hour)}, nil
}

func (s *desk) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// add appends an entry a minute after the one before.
func (s *desk) add(actor access.Actor, e ledger.Entry) {
	s.t.Helper()
	s.must(s.Append(s.t.Context(), actor, e))
	s.clk.Advance(time.Minute)
}

// page is the text of the ledger's page, without its marks and with one space between
// words.
func (s *desk) page(query url.Values, lang i18n.Lang) string {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/bitacora?"+query.Encode(), nil)
	r.AddCookie(&http.Cookie{Name: "sigue", Value: "x"})
	r.AddCookie(&http.Cookie{Name: "idioma", Value: string(lang)})
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != http.StatusOK && w.Code != http.StatusUnprocessableEntity {
		s.t.Fatalf("got status %d", w.Code)
	}
	_, main, _ := strings.Cut(w.Body.String(), "<main")
	return strings.Join(strings.Fields(html.UnescapeString(anyMark.ReplaceAllString(main, " "))), " ")
}

var anyMark = regexp.MustCompile(`<[^>]*>`)

func (s *desk) want(text string, words ...string) {
	s.t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			s.t.Errorf("the page lacks %q:\n%s", w, text)
		}
	}
}

func (s *desk) wantNot(text string, words ...string) {
	s.t.Helper()
	for _, w := range words {
		if strings.Contains(text, w) {
			s.t.Errorf("the page shows %q:\n%s", w, text)
		}
	}
}

// cast are the ids of a small ledger.
type cast struct {
	clerk, admin      access.Actor
	referral, account string
	center            string
}

// play writes what a few people did.
func (s *desk) play() cast {
	s.t.Helper()
	program := access.System("seed")
	c := cast{
		clerk:    access.Actor{Account: db.NewID(), Post: db.NewID(), Role: access.Referrer},
		admin:    access.Actor{Account: db.NewID(), Post: db.NewID(), Role: access.SecurityAdmin},
		referral: db.NewID(), account: db.NewID(), center: db.NewID(),
	}
	post := func(of access.Actor, title, place string) {
		s.add(program, ledger.Entry{Action: "post.open", Subject: ledger.Subject{Type: "post", ID: of.Post},
			Changes: []ledger.Change{{Field: "role", After: string(of.Role)}, {Field: "title", After: title}, {Field: "place", After: place}}})
	}
	post(c.clerk, "Secretaria de acuerdos", "Juzgado Tercero Familiar, Toluca")
	post(c.admin, "Seguridad", "Secretaría")
	s.add(c.admin, ledger.Entry{Action: "account.open", Subject: ledger.Subject{Type: "account", ID: c.account},
		Changes: []ledger.Change{{Field: "post", After: c.clerk.Post}, {Field: "name"}}})
	s.add(c.admin, ledger.Entry{Action: "center.create", Subject: ledger.Subject{Type: "center", ID: c.center}, Changes: []ledger.Change{{Field: "name", After: "Centro Ecatepec"}, {Field: "capacity", Before: "0", After: "20000"}}})
	about := ledger.Subject{Type: "referral", ID: c.referral}
	s.add(c.clerk, ledger.Entry{Action: "referral.submit", Subject: about, Changes: []ledger.Change{{Field: "folio", After: "SIGUE-2026-000123-F"}}})
	s.add(c.clerk, ledger.Entry{Action: "referral.reassign", Subject: about, Reason: "CANARIO-CASO", Changes: []ledger.Change{{Field: "center", After: c.center}, {Field: "narrative"}}})
	s.clk.Advance(48 * time.Hour)
	s.add(c.admin, ledger.Entry{Action: "account.suspend", Subject: ledger.Subject{Type: "account", ID: c.account}, Reason: "Licencia de tres meses."})
	s.add(access.Anonymous("r"), ledger.Entry{Action: "session.refused", Subject: ledger.Subject{Type: "sign_in", ID: c.account}})
	s.add(c.clerk, ledger.Entry{Action: "access.denied", Subject: ledger.Subject{Type: "path", ID: "GET /canalizaciones/" + c.referral}})
	s.add(c.clerk, ledger.Entry{Action: "another.version", Subject: ledger.Subject{Type: "unknown", ID: c.referral}})
	return c
}

// An auditor reads who, what, about what, what changed and why, and never an id or what
// was written about a case.
func TestLedgerIsReadable(t *testing.T) {
	s := newDesk(t)
	c := s.play()
	text := s.page(nil, i18n.Spanish)
	s.want(text,
		"Secretaria de acuerdos, Juzgado Tercero Familiar, Toluca Capturista de la instancia",
		"Envió una canalización referral.submit Canalización SIGUE-2026-000123-F folio: SIGUE-2026-000123-F",
		"Pasó una canalización a otro centro referral.reassign Canalización SIGUE-2026-000123-F centro: Centro Ecatepec narración de los hechos Dio un motivo por escrito",
		"Suspendió una cuenta account.suspend Cuenta Secretaria de acuerdos, Juzgado Tercero Familiar, Toluca Motivo: Licencia de tres meses.",
		"Alguien que no había entrado Intentó entrar y no pudo session.refused Intento de entrada Secretaria de acuerdos",
		"Página GET /canalizaciones/…", "nombre: Centro Ecatepec cupo: 0 → 20,000", "SIGUE, automático Abrió un puesto",
		"Hizo algo que esta versión no conoce another.version unknown")
	s.wantNot(text, "CANARIO", c.referral, c.account, c.clerk.Post, c.clerk.Account, c.center)
	s.want(s.page(nil, i18n.English), "Security, Secretaría Security", "Suspended an account", "Moved a referral to another center", "center: Centro Ecatepec")
}

func TestLedgerFilters(t *testing.T) {
	s := newDesk(t)
	c := s.play()
	const submit, suspend, refused = "referral.submit", "account.suspend", "session.refused"
	began := clock.DateOf(dbtest.Start)
	for _, tt := range []struct {
		name      string
		query     url.Values
		has, none []string
	}{
		{"a group", url.Values{"que": {"cuentas"}}, []string{suspend, "post.open"}, []string{submit, refused}},
		{"readings", url.Values{"que": {"lecturas"}}, []string{"Nada coincide"}, []string{submit}},
		{"a group that is none", url.Values{"que": {"x"}}, []string{"Nada coincide"}, []string{submit}},
		{"words of a post", url.Values{"quien": {"acuerdos TOLUCA"}}, []string{submit}, []string{suspend, refused}},
		{"words of none", url.Values{"quien": {"nadie"}}, []string{"Nada coincide"}, []string{submit}},
		{"a post", url.Values{"quien": {c.admin.Post}}, []string{suspend, "Solo lo que hizo: Seguridad, Secretaría."}, []string{submit}},
		{"a person", url.Values{"quien": {c.clerk.Account}}, []string{submit}, []string{suspend}},
		{"the first day", url.Values{"del": {began.MX()}, "al": {began.MX()}}, []string{submit}, []string{suspend}},
		{"from the next day on", url.Values{"del": {began.AddDays(1).MX()}}, []string{suspend}, []string{submit}},
		{"no date", url.Values{"al": {"ayer"}}, []string{"Escriba la fecha como 14/03/2026."}, []string{submit}},
		{"a subject", url.Values{"sobre": {c.account}}, []string{suspend}, []string{submit}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := s.page(tt.query, i18n.Spanish)
			s.want(text, tt.has...)
			s.wantNot(text, tt.none...)
		})
	}
}

func TestLedgerPages(t *testing.T) {
	s := newDesk(t)
	clerk := access.Actor{Account: db.NewID(), Post: db.NewID(), Role: access.Referrer}
	for range 2*pageSize + 1 {
		s.must(s.Append(t.Context(), clerk, ledger.Entry{Action: "referral.read", Subject: ledger.Subject{Type: "referral", ID: "r"}}))
	}
	seen, query := 0, url.Values{"que": {"lecturas"}}
	for n := 1; ; n++ {
		page := ledgerPage{Form: web.NewForm(query)}
		records, err := s.List(t.Context(), access.Actor{Role: access.Auditor, Account: "a"}, ledger.Filter{Actions: actionsOf("lecturas"), Before: query.Get("desde")}, pageSize)
		s.must(err)
		seen += strings.Count(s.page(query, i18n.Spanish), "referral.read")
		if len(records) < pageSize {
			if n != 3 {
				t.Errorf("got %d pages, want 3", n)
			}
			break
		}
		next, err := url.Parse(ledgerPath(page.Form, records[pageSize-1].ID))
		s.must(err)
		query = next.Query()
	}
	if want := 2*pageSize + 1; seen != want {
		t.Errorf("the pages show %d entries, want %d", seen, want)
	}
}

// A folio stands for the referral whose document bears it.
func TestLedgerByFolio(t *testing.T) {
	s := newDesk(t)
	c := s.play()
	f := folio.Mint(2026, 123)
	s.must(s.db.Tx(t.Context(), func(tx *db.Tx) error {
		key, err := s.vault.NewKeyTx(t.Context(), tx)
		if err != nil {
			return err
		}
		_, err = s.documents.IssueTx(t.Context(), tx, c.clerk, document.Issue{Kind: document.Acknowledgement, Folio: f,
			Subject: ledger.Subject{Type: "referral", ID: c.referral}, Institution: "i", Area: "a", Center: c.center, Key: key})
		return err
	}))
	text := s.page(url.Values{"sobre": {strings.ToLower(f.String())}}, i18n.Spanish)
	s.want(text, "referral.submit", "document.issue")
	s.wantNot(text, "account.suspend")
}
