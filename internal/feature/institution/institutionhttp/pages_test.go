package institutionhttp_test

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
	"sigue/internal/feature/identity"
	"sigue/internal/feature/institution"
	"sigue/internal/feature/institution/institutionhttp"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/schema"
	"sigue/internal/platform/web"
)

var admin = access.Actor{Account: "a1", Role: access.ProgramAdmin}

// site is the room's pages with two institutions, one area each.
type site struct {
	*web.Router
	t                       *testing.T
	svc                     *institution.Service
	court, courtArea        string
	prosecutor, prosecution string
}

func newSite(t *testing.T) *site {
	t.Helper()
	d, clk := dbtest.SQLite(t, schema.Migrations)
	l, err := ledger.New(d, []byte("mac"), make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	c := catalogue.New(d, l)
	if err := c.Seed(t.Context(), admin); err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, svc: institution.New(d, l, c, identity.New(d, l, nil, identity.Config{FailKey: []byte("key")}))}
	s.court, s.courtArea = s.add("Poder Judicial", "court", institution.AreaForm{Name: "Juzgado Tercero Familiar", District: "toluca", Mailbox: "j3@pj.example"})
	s.prosecutor, s.prosecution = s.add("Fiscalía", "prosecutor", institution.AreaForm{Name: "Unidad de Género", Mailbox: "u@f.example"})
	s.Router = web.NewRouter(web.Options{Clock: clk, Log: slog.New(slog.DiscardHandler), Authenticate: s.authenticate})
	institutionhttp.Register(s.Router, s.svc)
	return s
}

func (s *site) add(name, kind string, area institution.AreaForm) (id, areaID string) {
	s.t.Helper()
	id, err := s.svc.Create(s.t.Context(), admin, institution.Form{Name: name, Kind: kind, Municipality: "15106"})
	if err == nil {
		areaID, err = s.svc.CreateArea(s.t.Context(), admin, id, area)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return id, areaID
}

func (s *site) authenticate(_ context.Context, token, _ string, now time.Time) (web.Session, error) {
	actor := map[string]access.Actor{
		"admin":     admin,
		"clerk":     {Account: "a2", Role: access.Referrer, Institution: s.court, Area: s.courtArea},
		"reception": {Account: "a3", Role: access.Reception, Center: "c1"},
	}[token]
	return web.Session{Actor: actor, Name: "Ana Ejemplo", IdleEnds: now.Add(time.Hour), Ends: now.Add(time.Hour)}, nil
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

func TestAdminReads(t *testing.T) {
	s := newSite(t)
	s.want(s.get("admin", "/instituciones"), http.StatusOK, "Instituciones: 2", "Poder Judicial", "Fiscalía", "Toluca")
	s.want(s.get("admin", "/instituciones?texto=fiscalia&clase=prosecutor"), http.StatusOK, "Instituciones: 1", "Fiscalía")
	s.want(s.get("admin", "/instituciones?texto=nada"), http.StatusOK, "Ninguna institución coincide.")
	s.want(s.get("admin", "/instituciones/"+s.court), http.StatusOK, "Juzgado Tercero Familiar", "j3@pj.example", "Cerrar la institución")
	s.want(s.get("admin", "/instituciones/"+s.court+"?anio=2027"), http.StatusOK, "Días inhábiles propios de 2027")
	s.want(s.get("admin", "/instituciones/"+s.court+"/areas/"+s.courtArea), http.StatusOK, `value="j3@pj.example"`, "Cerrar el área")
	s.want(s.get("admin", "/instituciones/"+s.court+"/areas/"+s.prosecution), http.StatusNotFound)
	s.want(s.get("admin", "/instituciones/nada"), http.StatusNotFound)
}

// TestClerkReads checks that a clerk reads his own institution, edits nothing and finds
// no other.
func TestClerkReads(t *testing.T) {
	s := newSite(t)
	w := s.get("clerk", "/instituciones?texto=fiscalia")
	s.want(w, http.StatusOK, "Instituciones: 0")
	s.want(s.get("clerk", "/instituciones"), http.StatusOK, "Instituciones: 1", "Poder Judicial")
	w = s.get("clerk", "/instituciones/"+s.court)
	s.want(w, http.StatusOK, "Juzgado Tercero Familiar")
	s.wantNot(w, "Cerrar la institución", "Agregar un área", "Cambiar los datos", "Agregar días")
	for _, path := range []string{
		"/instituciones/" + s.prosecutor, "/instituciones/nueva", "/instituciones/" + s.court + "/cambiar",
		"/instituciones/" + s.court + "/areas/nueva", "/instituciones/" + s.court + "/areas/" + s.courtArea,
	} {
		s.want(s.get("clerk", path), http.StatusNotFound)
	}
	for _, path := range []string{"/cerrar", "/abrir", "/cambiar", "/dias", "/dias/quitar", "/areas/nueva"} {
		s.want(s.post("clerk", "/instituciones/"+s.court+path), http.StatusNotFound)
	}
	s.want(s.get("reception", "/instituciones"), http.StatusNotFound)
}

func TestInstitutionForms(t *testing.T) {
	s := newSite(t)
	s.want(s.get("admin", "/instituciones/nueva"), http.StatusOK, "Justicia cívica", "Zumpango")
	s.want(s.post("admin", "/instituciones/nueva", "name", "Ñandú <b>", "kind", "", "municipality", "15002", "mailbox", "x"),
		http.StatusUnprocessableEntity, `value="Ñandú <b>"`, "Elija de qué clase", "Ese correo no está completo", "<title>Error:")
	w := s.post("admin", "/instituciones/nueva", "name", "Ayuntamiento de Acolman", "kind", "municipality", "municipality", "15002")
	to := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasSuffix(to, "?aviso=guardado") {
		t.Fatalf("got %d to %q, want 303 to the new institution", w.Code, to)
	}
	s.want(s.get("admin", to), http.StatusOK, "Ayuntamiento de Acolman", "Los cambios quedaron guardados.", "Aún no tiene áreas")

	edit := "/instituciones/" + s.court + "/cambiar"
	s.want(s.get("admin", edit), http.StatusOK, `value="Poder Judicial"`, `value="15106" selected`)
	s.want(s.post("admin", edit, "name", "Fiscalía", "kind", "court", "municipality", "15106"), http.StatusUnprocessableEntity, "Ese nombre ya está en uso", `value="Fiscalía"`)
	s.wantGoes(s.post("admin", edit, "name", "Poder Judicial del Estado", "kind", "court", "municipality", "15106"), "/instituciones/"+s.court+"?aviso=guardado")
	s.want(s.post("admin", "/instituciones/nada/cambiar", "name", "x"), http.StatusNotFound)
}

func TestAreaForms(t *testing.T) {
	s := newSite(t)
	fresh := "/instituciones/" + s.court + "/areas/nueva"
	s.want(s.get("admin", fresh), http.StatusOK, "Nezahualcóyotl")
	s.want(s.post("admin", fresh, "name", "Juzgado Cuarto"), http.StatusUnprocessableEntity, "Escriba el correo del área", `value="Juzgado Cuarto"`)
	s.wantGoes(s.post("admin", fresh, "name", "Juzgado Cuarto", "mailbox", "j4@pj.example"), "/instituciones/"+s.court+"?aviso=guardado")
	one := "/instituciones/" + s.court + "/areas/" + s.courtArea
	s.want(s.post("admin", one, "name", "", "mailbox", "j3@pj.example"), http.StatusUnprocessableEntity, "Escriba el nombre del área")
	s.wantGoes(s.post("admin", one, "name", "Juzgado Tercero", "mailbox", "j3@pj.example"), "/instituciones/"+s.court+"?aviso=guardado")
	s.wantGoes(s.post("admin", one+"/cerrar"), "/instituciones/"+s.court+"?aviso=guardado")
	s.want(s.get("admin", one), http.StatusOK, "Abrir de nuevo")
	s.wantGoes(s.post("admin", one+"/abrir"), "/instituciones/"+s.court+"?aviso=guardado")
	s.want(s.post("admin", "/instituciones/"+s.prosecutor+"/areas/"+s.courtArea+"/cerrar"), http.StatusNotFound)
}

func TestClosePages(t *testing.T) {
	s := newSite(t)
	s.wantGoes(s.post("admin", "/instituciones/"+s.court+"/cerrar"), "/instituciones/"+s.court+"?aviso=guardado")
	w := s.get("admin", "/instituciones/"+s.court)
	s.want(w, http.StatusOK, "Abrir de nuevo")
	s.wantNot(w, "Agregar un área")
	s.want(s.get("admin", "/instituciones"), http.StatusOK, "Instituciones: 1")
	s.want(s.get("admin", "/instituciones?cerradas=si"), http.StatusOK, "Instituciones: 2", "Cerrada")
	s.want(s.get("admin", "/instituciones/"+s.court+"/areas/"+s.courtArea), http.StatusOK, "La institución está cerrada")
	s.want(s.post("admin", "/instituciones/"+s.court+"/areas/nueva", "name", "x", "mailbox", "x@x.example"), http.StatusConflict, "La institución está cerrada")
	s.wantGoes(s.post("admin", "/instituciones/"+s.court+"/abrir"), "/instituciones/"+s.court+"?aviso=guardado")
}

func TestDays(t *testing.T) {
	s := newSite(t)
	path := "/instituciones/" + s.court
	s.want(s.post("admin", path+"/dias", "from", "21/12/2026", "until", "01/01/2026", "name", "Receso"), http.StatusUnprocessableEntity,
		"El último día es anterior al primero", `value="21/12/2026"`)
	s.wantGoes(s.post("admin", path+"/dias", "from", "04/01/2027", "until", "05/01/2027", "name", "Receso"), path+"?aviso=guardado&anio=2027")
	s.want(s.get("clerk", path+"?anio=2027"), http.StatusOK, "05/01/2027 · Receso")
	s.wantGoes(s.post("admin", path+"/dias/quitar", "day", "2027-01-05"), path+"?aviso=guardado&anio=2027")
	w := s.get("clerk", path+"?anio=2027")
	s.want(w, http.StatusOK, "04/01/2027")
	s.wantNot(w, "05/01/2027")
	s.want(s.post("admin", path+"/dias/quitar", "day", "x"), http.StatusNotFound)
}

func TestPaging(t *testing.T) {
	s := newSite(t)
	for i := range 60 {
		name := "Ayuntamiento " + strings.Repeat("a", i+1)
		if _, err := s.svc.Create(t.Context(), admin, institution.Form{Name: name, Kind: "municipality", Municipality: "15106"}); err != nil {
			t.Fatal(err)
		}
	}
	w := s.get("admin", "/instituciones?clase=municipality")
	s.want(w, http.StatusOK, "Instituciones: 60", `rel="next"`)
	_, after, _ := strings.Cut(html.UnescapeString(w.Body.String()), `rel="next" href="`)
	next, _, _ := strings.Cut(after, `"`)
	w = s.get("admin", next)
	s.want(w, http.StatusOK, "Instituciones: 60", `rel="prev"`)
	s.wantNot(w, `rel="next"`)
	if got := strings.Count(w.Body.String(), "<small>Ayuntamiento</small>"); got != 10 {
		t.Errorf("the second page holds %d, want 10", got)
	}
}
