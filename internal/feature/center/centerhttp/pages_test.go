package centerhttp_test

import (
	"context"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/db/dbtest"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/center/centerhttp"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/schema"
	"sigue/internal/platform/web"
)

// actors are who can sign in, by token.
var actors = map[string]access.Actor{
	"admin":     {Account: "a1", Role: access.ProgramAdmin},
	"clerk":     {Account: "a2", Role: access.Referrer, Institution: "i1", Area: "r1"},
	"reception": {Account: "a3", Role: access.Reception, Center: "c1"},
}

// site is the room's pages with one center and its venue.
type site struct {
	*web.Router
	t             *testing.T
	svc           *center.Service
	center, venue string
}

var toluca = center.Form{
	Name: "CeDeMas+ Toluca", Municipality: "15106", Address: "Calle Uno 1", Phone: "722 555 0101",
	Mailbox: "toluca@cedemas.example", Capacity: "12",
}

func newSite(t *testing.T) *site {
	t.Helper()
	d, clk := dbtest.SQLite(t, schema.Migrations)
	l, err := ledger.New(d, []byte("mac"), make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	c := catalogue.New(d, l)
	if err := c.Seed(t.Context(), actors["admin"]); err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, svc: center.New(d, l, c, identity.New(d, l, nil, identity.Config{FailKey: []byte("key")}))}
	if s.center, err = s.svc.Create(t.Context(), actors["admin"], toluca); err != nil {
		t.Fatal(err)
	}
	venues, err := s.svc.Venues(t.Context(), actors["clerk"], s.center)
	if err != nil {
		t.Fatal(err)
	}
	s.venue = venues[0].ID
	s.Router = web.NewRouter(web.Options{Clock: clk, Log: slog.New(slog.DiscardHandler), Authenticate: authenticate})
	centerhttp.Register(s.Router, s.svc)
	return s
}

func authenticate(_ context.Context, token, _ string, now time.Time) (web.Session, error) {
	return web.Session{Actor: actors[token], Name: "Ana Ejemplo", IdleEnds: now.Add(time.Hour), Ends: now.Add(time.Hour)}, nil
}

func (s *site) do(who string, r *http.Request) *httptest.ResponseRecorder {
	r.AddCookie(&http.Cookie{Name: "sigue", Value: who})
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func (s *site) get(who, path string) *httptest.ResponseRecorder {
	return s.do(who, httptest.NewRequest(http.MethodGet, path, nil))
}

// post sends fields, given as name, value, name, value.
func (s *site) post(who, path string, fields ...string) *httptest.ResponseRecorder {
	v := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		v.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.do(who, r)
}

// want checks the status and that the page says all this.
func (s *site) want(w *httptest.ResponseRecorder, status int, says ...string) {
	s.t.Helper()
	text := html.UnescapeString(w.Body.String())
	if w.Code != status {
		s.t.Errorf("status = %d, want %d; body:\n%s", w.Code, status, text)
	}
	for _, sentence := range says {
		if !strings.Contains(text, sentence) {
			s.t.Errorf("the page does not say %q", sentence)
		}
	}
}

func (s *site) wantNot(w *httptest.ResponseRecorder, says ...string) {
	s.t.Helper()
	for _, sentence := range says {
		if strings.Contains(html.UnescapeString(w.Body.String()), sentence) {
			s.t.Errorf("the page says %q", sentence)
		}
	}
}

func (s *site) wantGoes(w *httptest.ResponseRecorder, to string) {
	s.t.Helper()
	if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != to {
		s.t.Errorf("status = %d to %q, want 303 to %q; body:\n%s", w.Code, got, to, html.UnescapeString(w.Body.String()))
	}
}

// TestDirectory checks that everyone signed in reads and only the administration edits.
func TestDirectory(t *testing.T) {
	s := newSite(t)
	for _, who := range []string{"clerk", "reception"} {
		w := s.get(who, "/centros")
		s.want(w, http.StatusOK, "CeDeMas+ Toluca", "Calle Uno 1", "722 555 0101")
		s.wantNot(w, "Agregar un centro")
		w = s.get(who, "/centros/"+s.center)
		s.want(w, http.StatusOK, "Sede principal", "toluca@cedemas.example", "Ninguno asignado")
		s.wantNot(w, "Cerrar el centro", "Cambiar los datos", "Agregar una sede", "Cambiar la cobertura")
		for _, rest := range []string{"/cambiar", "/cobertura", "/sedes/nueva", "/sedes/" + s.venue} {
			s.want(s.get(who, "/centros/"+s.center+rest), http.StatusNotFound)
			s.want(s.post(who, "/centros/"+s.center+rest), http.StatusNotFound)
		}
		for _, rest := range []string{"/cerrar", "/abrir", "/dias", "/dias/quitar", "/sedes/" + s.venue + "/cerrar", "/sedes/" + s.venue + "/abrir"} {
			s.want(s.post(who, "/centros/"+s.center+rest), http.StatusNotFound)
		}
		s.want(s.get(who, "/centros/nuevo"), http.StatusNotFound)
	}
	s.want(s.get("admin", "/centros"), http.StatusOK, "Agregar un centro", "Abierto")
	s.want(s.get("admin", "/centros/"+s.center), http.StatusOK, "Cerrar el centro", "Cambiar la cobertura")
	s.want(s.get("admin", "/centros/nada"), http.StatusNotFound)
	s.want(s.get("admin", "/centros/"+s.center+"/sedes/nada"), http.StatusNotFound)
	s.want(s.get("admin", "/centros/nada/cobertura"), http.StatusNotFound)
}

func TestCenterForms(t *testing.T) {
	s := newSite(t)
	s.want(s.get("admin", "/centros/nuevo"), http.StatusOK, "Zumpango")
	s.want(s.post("admin", "/centros/nuevo", "name", "CeDeMas+ <b>", "capacity", "doce"), http.StatusUnprocessableEntity,
		`value="CeDeMas+ <b>"`, "Escriba cuántas personas nuevas", "Escriba el domicilio", "<title>Error:")
	w := s.post("admin", "/centros/nuevo", "name", "CeDeMas+ Ecatepec", "municipality", "15033", "address", "Calle Dos 2",
		"mailbox", "e@cedemas.example", "capacity", "8")
	to := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasSuffix(to, "?aviso=guardado") {
		t.Fatalf("got %d to %q, want 303 to the new center", w.Code, to)
	}
	s.want(s.get("admin", to), http.StatusOK, "CeDeMas+ Ecatepec", "Los cambios quedaron guardados.", "Sede principal")
	edit := "/centros/" + s.center + "/cambiar"
	s.want(s.get("admin", edit), http.StatusOK, `value="Calle Uno 1"`, `value="12"`)
	s.want(s.post("admin", edit, "name", "CeDeMas+ Ecatepec", "municipality", "15106", "address", "x", "mailbox", "t@c.example", "capacity", "1"),
		http.StatusUnprocessableEntity, "Ese nombre ya está en uso")
	s.wantGoes(s.post("admin", edit, "name", "CeDeMas+ Valle", "municipality", "15106", "address", "x", "mailbox", "t@c.example", "capacity", "1"),
		"/centros/"+s.center+"?aviso=guardado")
	s.wantGoes(s.post("admin", "/centros/"+s.center+"/cerrar"), "/centros/"+s.center+"?aviso=guardado")
	s.want(s.get("admin", "/centros"), http.StatusOK, "Cerrado")
	s.wantNot(s.get("clerk", "/centros"), "CeDeMas+ Valle")
	s.wantGoes(s.post("admin", "/centros/"+s.center+"/abrir"), "/centros/"+s.center+"?aviso=guardado")
}

func TestVenueForms(t *testing.T) {
	s := newSite(t)
	base := "/centros/" + s.center
	s.want(s.post("admin", base+"/sedes/"+s.venue+"/cerrar"), http.StatusConflict, "Es la única sede abierta", `value="Sede principal"`)
	s.want(s.get("admin", base+"/sedes/nueva"), http.StatusOK, "Nombre de la sede")
	s.want(s.post("admin", base+"/sedes/nueva", "name", "Anexo"), http.StatusUnprocessableEntity, "Escriba el domicilio de la sede", `value="Anexo"`)
	s.wantGoes(s.post("admin", base+"/sedes/nueva", "name", "Anexo", "address", "Calle Tres 3"), base+"?aviso=guardado")
	s.want(s.get("admin", base+"/sedes/"+s.venue), http.StatusOK, `value="Sede principal"`)
	s.want(s.post("admin", base+"/sedes/"+s.venue, "name", "Anexo", "address", "x"), http.StatusUnprocessableEntity, "Ese nombre ya está en uso")
	s.wantGoes(s.post("admin", base+"/sedes/"+s.venue, "name", "Sede centro", "address", "x"), base+"?aviso=guardado")
	s.wantGoes(s.post("admin", base+"/sedes/"+s.venue+"/cerrar"), base+"?aviso=guardado")
	w := s.get("clerk", base)
	s.want(w, http.StatusOK, "Anexo")
	s.wantNot(w, "Sede centro")
	s.wantGoes(s.post("admin", base+"/sedes/"+s.venue+"/abrir"), base+"?aviso=guardado")
	s.want(s.post("admin", base+"/sedes/nada/cerrar"), http.StatusNotFound)
}

// version is the state of the coverage that the form shows.
func (s *site) version() string {
	s.t.Helper()
	c, err := s.svc.Coverage(s.t.Context(), actors["clerk"], s.center)
	if err != nil {
		s.t.Fatal(err)
	}
	s.want(s.get("admin", "/centros/"+s.center+"/cobertura"), http.StatusOK, `name="version" value="`+c.Version+`"`)
	return c.Version
}

func TestCoverageForm(t *testing.T) {
	s := newSite(t)
	base := "/centros/" + s.center
	path := base + "/cobertura"
	s.want(s.get("admin", path), http.StatusOK, "Municipio nuevo 4")
	s.wantGoes(s.post("admin", path, "version", s.version(), "new_0", "15106", "new_1", "15054", "new_rank_1", "2"), base+"?aviso=guardado")
	s.want(s.get("clerk", base), http.StatusOK, "Toluca · primera opción", "Metepec · opción 2")
	s.want(s.get("admin", path), http.StatusOK, `name="rank_15106"`, "Toluca, orden")

	seen := s.version()
	w := s.post("admin", path, "version", seen, "rank_15106", "uno", "rank_15054", "2", "new_0", "15118", "new_rank_0", "0")
	s.want(w, http.StatusUnprocessableEntity, "Toluca: escriba el orden con número", `value="uno"`, `href="#c-rank_15118"`, "Zinacantepec, orden",
		`name="version" value="`+seen+`"`)
	s.want(s.post("admin", path, "version", seen, "new_0", "15999"), http.StatusUnprocessableEntity, "Ese municipio no está en la lista.")
	s.wantGoes(s.post("admin", path, "version", seen, "rank_15106", "", "rank_15054", "1"), base+"?aviso=guardado")
	w = s.get("clerk", base)
	s.want(w, http.StatusOK, "Metepec · primera opción")
	s.wantNot(w, "Toluca · primera", "Toluca · opción")
}

// TestCoverageConflict checks that the second of two who edit keeps what he typed, sees
// what the first did, and saves both on the second try.
func TestCoverageConflict(t *testing.T) {
	s := newSite(t)
	base := "/centros/" + s.center
	path := base + "/cobertura"
	seen := s.version()
	s.wantGoes(s.post("admin", path, "version", seen, "new_0", "15106", "new_rank_0", "3"), base+"?aviso=guardado")
	w := s.post("admin", path, "version", seen, "new_0", "15054", "new_rank_0", "2")
	s.want(w, http.StatusConflict, "Alguien más cambió la cobertura", "Lo que atiende ahora", "Toluca · opción 3",
		`name="rank_15054"`, `value="2"`, `name="rank_15106"`, `value="3"`, `name="version" value="`+s.version()+`"`)
	s.wantGoes(s.post("admin", path, "version", s.version(), "rank_15106", "3", "rank_15054", "2"), base+"?aviso=guardado")
	s.want(s.get("clerk", base), http.StatusOK, "Toluca · opción 3", "Metepec · opción 2")
}

// TestFullCenter checks that capacity 0 is said in words, with what to do.
func TestFullCenter(t *testing.T) {
	s := newSite(t)
	base := "/centros/" + s.center
	full := toluca
	full.Capacity = "0"
	if err := s.svc.Update(t.Context(), actors["admin"], s.center, full); err != nil {
		t.Fatal(err)
	}
	s.want(s.get("clerk", "/centros"), http.StatusOK, "No recibe casos nuevos")
	w := s.get("clerk", base)
	s.want(w, http.StatusOK, "no recibe casos nuevos: su capacidad es 0", "Sigue con los que ya tiene")
	s.wantNot(w, "Para que vuelva a recibir")
	s.want(s.get("admin", base), http.StatusOK, "Para que vuelva a recibir", "Cerrar el centro")
	s.wantGoes(s.post("admin", base+"/cerrar"), base+"?aviso=guardado")
	w = s.get("admin", base)
	s.want(w, http.StatusOK, "Cerrado", "pero su capacidad es 0")
	s.wantNot(w, "Sigue con los que ya tiene")
}

func TestDays(t *testing.T) {
	s := newSite(t)
	base := "/centros/" + s.center
	s.want(s.post("admin", base+"/dias", "from", "", "name", "Fumigación"), http.StatusUnprocessableEntity, "Escriba el día", `value="Fumigación"`)
	s.wantGoes(s.post("admin", base+"/dias", "from", "04012027", "name", "Fumigación"), base+"?aviso=guardado&anio=2027")
	s.want(s.get("clerk", base+"?anio=2027"), http.StatusOK, "04/01/2027 · Fumigación")
	s.wantGoes(s.post("admin", base+"/dias/quitar", "day", "2027-01-04"), base+"?aviso=guardado&anio=2027")
	s.wantNot(s.get("clerk", base+"?anio=2027"), "Fumigación")
	s.want(s.post("admin", base+"/dias/quitar", "day", ""), http.StatusNotFound)
}
