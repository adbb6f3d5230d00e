package cataloguehttp_test

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/catalogue/cataloguehttp"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/schema"
	"sigue/internal/platform/web"
)

// actors are who can sign in, by token.
var actors = map[string]access.Actor{
	"admin": {Account: "a1", Role: access.ProgramAdmin},
	"clerk": {Account: "a2", Role: access.Referrer, Institution: "i1", Area: "r1"},
}

// site is the room's pages over a seeded catalogue.
type site struct {
	*web.Router
	t   *testing.T
	svc *catalogue.Service
}

func newSite(t *testing.T) *site {
	t.Helper()
	d, clk := dbtest.SQLite(t, schema.Migrations)
	l, err := ledger.New(d, []byte("mac"), make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	svc := catalogue.New(d, l)
	if err := svc.Seed(t.Context(), actors["admin"]); err != nil {
		t.Fatal(err)
	}
	rt := web.NewRouter(web.Options{Clock: clk, Log: slog.New(slog.DiscardHandler), Authenticate: func(_ context.Context, token, _ string, now time.Time) (web.Session, error) {
		return web.Session{Actor: actors[token], Name: "Ana Ejemplo", IdleEnds: now.Add(time.Hour), Ends: now.Add(time.Hour)}, nil
	}})
	cataloguehttp.Register(rt, svc)
	return &site{rt, t, svc}
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
func (s *site) post(path string, fields ...string) *httptest.ResponseRecorder {
	v := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		v.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.do("admin", r)
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

func (s *site) wantGoes(w *httptest.ResponseRecorder, to string) {
	s.t.Helper()
	if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != to {
		s.t.Errorf("status = %d to %q, want 303 to %q; body:\n%s", w.Code, got, to, html.UnescapeString(w.Body.String()))
	}
}

func TestPagesOpen(t *testing.T) {
	s := newSite(t)
	for path, says := range map[string]string{
		"/catalogos":                                      "18 fuentes por confirmar",
		"/catalogos/judicial_district":                    "(artículo por confirmar)",
		"/catalogos/violence_type":                        "Vicaria",
		"/catalogos/legal_basis/nueva":                    "Obliga a la persona",
		"/catalogos/document_class/nueva":                 "Quién puede abrir",
		"/catalogos/legal_basis/cambiar?codigo=mediation": "LGAMVLV, art. 8, fr. IV",
		"/reglas": "Contestar una canalización recibida",
		"/reglas/cambiar?regla=appointment_offer":   "Norma o acuerdo que lo fija",
		"/municipios?texto=cuautitlan":              "2 municipios",
		"/municipios?texto=nada":                    "Ningún municipio coincide.",
		"/municipios/15106":                         "Municipio de Toluca",
		"/municipios/cargar":                        "catálogo del INEGI",
		"/dias-inhabiles?anio=2027":                 "01/02/2027 · Día de la Constitución",
		"/dias-inhabiles?anio=tomorrow":             "Días inhábiles de 2026",
		"/dias-inhabiles?anio=99999999999999999999": "Días inhábiles de 2026",
	} {
		s.want(s.get("admin", path), http.StatusOK, says)
		if w := s.get("clerk", path); w.Code != http.StatusNotFound {
			t.Errorf("%s for a clerk: %d, want 404", path, w.Code)
		}
	}
	for _, path := range []string{
		"/catalogos/nada", "/catalogos/nada/nueva", "/catalogos/nada/cambiar?codigo=x", "/catalogos/sex/cambiar", "/catalogos/sex/cambiar?codigo=Z",
		"/reglas/cambiar", "/reglas/cambiar?regla=nada", "/municipios/15999", "/municipios/%00",
	} {
		s.want(s.get("admin", path), http.StatusNotFound)
	}
}

func TestEnglish(t *testing.T) {
	s := newSite(t)
	for path, says := range map[string]string{
		"/catalogos": "Judicial districts", "/reglas": "business days", "/municipios": "125 municipalities",
		"/catalogos/legal_basis/nueva": "Child-protection office",
	} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.AddCookie(&http.Cookie{Name: "idioma", Value: "en"})
		s.want(s.do("admin", r), http.StatusOK, says)
	}
}

func TestEntryPages(t *testing.T) {
	s := newSite(t)
	s.want(s.post("/catalogos/decline_reason/nueva", "label_es", "Causa <b>", "label_en", ""), http.StatusUnprocessableEntity,
		"Escriba cómo se lee la opción en inglés.", `value="Causa <b>"`, "<title>Error:")
	s.wantGoes(s.post("/catalogos/decline_reason/nueva", "label_es", "Causa nueva", "label_en", "New cause"), "/catalogos/decline_reason?aviso=guardado")
	s.want(s.get("admin", "/catalogos/decline_reason?aviso=guardado"), http.StatusOK, "Causa nueva", "causa_nueva", "Los cambios quedaron guardados.")

	change := "/catalogos/decline_reason/cambiar?codigo=causa_nueva"
	s.want(s.post(change, "label_es", "Otra", "label_en", "Other", "from", "31/02/2027"), http.StatusUnprocessableEntity, "Esa fecha no existe", `value="31/02/2027"`)
	s.wantGoes(s.post(change, "label_es", "Causa cambiada", "label_en", "Changed", "from", "01/01/2027"), "/catalogos/decline_reason?aviso=guardado")
	s.want(s.get("admin", "/catalogos/decline_reason"), http.StatusOK, "Causa cambiada", "Desde el 01/01/2027", "Hasta el 31/12/2026")
	end := "/catalogos/decline_reason/terminar?codigo=causa_nueva"
	s.want(s.post(end, "last", "01/01/2000"), http.StatusUnprocessableEntity, "no puede terminar antes", `value="01/01/2000"`)
	s.wantGoes(s.post(end, "last", "31/01/2027"), "/catalogos/decline_reason?aviso=guardado")
	s.want(s.post("/catalogos/nada/terminar?codigo=x"), http.StatusNotFound)
	s.want(s.post("/catalogos/nada/nueva"), http.StatusNotFound)
}

// TestBasisRoundTrip checks that saving a legal basis as it is shown changes nothing.
func TestBasisRoundTrip(t *testing.T) {
	s := newSite(t)
	path := "/catalogos/legal_basis/cambiar?codigo=conditional_suspension"
	s.want(s.get("admin", path), http.StatusOK, `value="36"`, `value="6"`)
	s.wantGoes(s.post(path, "label_es", "Suspensión condicional", "label_en", "Conditional suspension", "mandatory", "si",
		"min_months", "6", "max_months", "36", "authorities", "court", "notify", "authority"), "/catalogos/legal_basis?aviso=guardado")
	lists, err := s.svc.Lists(t.Context(), actors["clerk"])
	if err != nil {
		t.Fatal(err)
	}
	got, ok := lists.LegalBasis("conditional_suspension")
	if !ok || got.Label.In(i18n.Spanish) != "Suspensión condicional" || !got.Mandatory || got.MaxMonths != 36 || len(got.Authorities) != 1 {
		t.Errorf("basis = %+v, %t", got, ok)
	}
	if entries := lists.Entries(catalogue.LegalBasisList); entries[1].Code != "conditional_suspension" {
		t.Error("an empty place in the list moved the entry")
	}
}

func TestRulePages(t *testing.T) {
	s := newSite(t)
	path := "/reglas/cambiar?regla=appointment_offer"
	s.want(s.post(path, "value", "cinco", "source", "x"), http.StatusUnprocessableEntity, "Escriba un número de 0 a 30.", `value="cinco"`)
	s.wantGoes(s.post(path, "value", "5", "source", "Acuerdo 3/2026"), "/reglas?aviso=guardado")
	s.want(s.get("admin", "/reglas"), http.StatusOK, "Acuerdo 3/2026", "desde el 23/11/2026")
	s.want(s.get("admin", path), http.StatusOK, "desde el inicio")
}

// TestToComePages checks that what will hold stands beside what holds, says who set it
// and can be taken back.
func TestToComePages(t *testing.T) {
	s := newSite(t)
	path := "/reglas/cambiar?regla=appointment_offer"
	s.wantGoes(s.post(path, "value", "5", "from", "01/12/2026", "source", "Acuerdo 3/2026"), "/reglas?aviso=guardado")
	s.want(s.get("admin", "/reglas"), http.StatusOK, "Hoy: 3 días hábiles", "Desde el 01/12/2026: 5 días hábiles",
		"lo fijó "+access.ProgramAdmin.Label().In(i18n.Spanish)+" el 23/11/2026", "Retirar")
	s.want(s.get("admin", path), http.StatusOK, "Hoy: 3 días hábiles", `value="3"`, "lo fijó")
	s.want(s.post("/reglas/retirar?regla=appointment_offer", "from", "2027-12-01"), http.StatusNotFound)
	s.wantGoes(s.post("/reglas/retirar?regla=appointment_offer", "from", "2026-12-01"), "/reglas?aviso=guardado")
	if w := s.get("admin", "/reglas"); strings.Contains(w.Body.String(), "01/12/2026") {
		t.Error("what was taken back is still shown")
	}
	s.wantGoes(s.post(path, "value", "5", "source", "Acuerdo 3/2026"), "/reglas?aviso=guardado")
	s.want(s.post("/reglas/retirar?regla=appointment_offer", "from", "2026-11-23"), http.StatusConflict, "Ya rige desde el 23/11/2026")

	entry := "/catalogos/modality/cambiar?codigo=school"
	s.wantGoes(s.post(entry, "label_es", "Escolar", "label_en", "Schools", "from", "01/12/2026"), "/catalogos/modality?aviso=guardado")
	s.want(s.get("admin", entry), http.StatusOK, "Cambiar «Docente o escolar»", "Hoy: Docente o escolar", "Desde el 01/12/2026: Escolar", `value="Docente o escolar"`)
	withdraw := "/catalogos/modality/retirar?codigo=school"
	s.want(s.post(withdraw, "from", "2000-01-01"), http.StatusConflict, "Ya rige desde el 01/01/2000", `value="Docente o escolar"`)
	s.wantGoes(s.post(withdraw, "from", "2026-12-01"), "/catalogos/modality?aviso=guardado")
	s.want(s.post(withdraw, "from", "2026-12-01"), http.StatusNotFound)
	s.want(s.post("/catalogos/modality/nueva", "label_es", "LABORAL", "label_en", "x"), http.StatusUnprocessableEntity,
		"Se leería igual que «Laboral», clave work", `value="LABORAL"`)
}

func TestMunicipalityPages(t *testing.T) {
	s := newSite(t)
	s.want(s.post("/municipios/15002", "name", ""), http.StatusUnprocessableEntity, "Escriba el nombre del municipio.")
	s.wantGoes(s.post("/municipios/15002", "name", "Acolman", "alert_femicide", "si"), "/municipios?aviso=guardado")
	s.want(s.get("admin", "/municipios?alerta=si&entidad=15"), http.StatusOK, "12 municipios", "Acolman")
	w := s.get("admin", "/municipios")
	s.want(w, http.StatusOK, `rel="next"`, "despues=")
	s.want(s.get("admin", "/municipios?despues=15050"), http.StatusOK, `rel="prev"`)
}

// upload posts a multipart form: a file and a text.
func (s *site) upload(file, text string) *httptest.ResponseRecorder {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "municipios.csv")
	if err == nil {
		_, err = part.Write([]byte(file))
	}
	if err == nil {
		err = form.WriteField("text", text)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/municipios/cargar", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return s.do("admin", r)
}

func TestLoadPage(t *testing.T) {
	s := newSite(t)
	s.want(s.upload("cvegeo,nombre\n09002,Azcapotzalco\n", ""), http.StatusOK, "1 nuevos, 0 cambiados, 0 iguales.")
	s.want(s.upload("", "cvegeo,nombre\r\n09002,Azcapotzalco\r\n09003,Coyoacán\r\n"), http.StatusOK, "1 nuevos, 0 cambiados, 1 iguales.")
	s.want(s.upload("", "cvegeo,nombre\n0900X,<script>\n"), http.StatusUnprocessableEntity, "Renglón 2, columna «cvegeo»: la clave «0900X»", "0900X,<script>")
	var country strings.Builder
	for i := 1; i <= 999; i++ {
		fmt.Fprintf(&country, "20%03d;M%d\n21%03d;M%d\n", i, i, i, i)
	}
	s.want(s.upload("cvegeo;nombre\n"+country.String(), ""), http.StatusOK, "1,998 nuevos, 0 cambiados, 0 iguales.")
	s.want(s.get("admin", "/municipios"), http.StatusOK, "2,125 municipios")
	s.want(s.upload("", ""), http.StatusUnprocessableEntity, "El archivo está vacío")
	s.want(s.upload("<html>", ""), http.StatusUnprocessableEntity, "faltan los encabezados «cvegeo»")
	w := s.upload("cvegeo,nombre\n09004,Cuajimalpa de Morelos\n09005,Gustavo A. Madero \xe1\n", "")
	s.want(w, http.StatusOK, "2 nuevos", "se leyó como el CSV de Excel")
	s.want(s.upload(strings.Repeat("x", 9<<20), ""), http.StatusUnprocessableEntity, "El archivo pesa más de 2 MB", "Archivo CSV")
	s.want(s.post("/municipios/cargar", "text", "x"), http.StatusUnprocessableEntity)
}

func TestClosedDaysPage(t *testing.T) {
	s := newSite(t)
	s.want(s.post("/dias-inhabiles?anio=2027", "from", "06/06/2027", "name", ""), http.StatusUnprocessableEntity,
		"Escriba por qué no se trabaja", `value="06/06/2027"`, "Días inhábiles de 2027")
	s.wantGoes(s.post("/dias-inhabiles", "from", "07/06/2027", "name", "Jornada electoral"), "/dias-inhabiles?anio=2027&aviso=guardado")
	s.want(s.get("admin", "/dias-inhabiles?anio=2027"), http.StatusOK, "07/06/2027 · Jornada electoral")
	s.wantGoes(s.post("/dias-inhabiles/quitar", "day", "2027-06-07"), "/dias-inhabiles?anio=2027&aviso=guardado")
	s.want(s.get("admin", "/dias-inhabiles?anio=2027"), http.StatusOK, "Ninguno anotado en este año.")
	s.want(s.post("/dias-inhabiles/quitar", "day", "ayer"), http.StatusNotFound)
	days, err := s.svc.NationalDays(t.Context(), actors["clerk"], clock.DateOf(dbtest.Start).Year()+1)
	if err != nil || len(days) != 0 {
		t.Errorf("days = %v, %v", days, err)
	}
}
