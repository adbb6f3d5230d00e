package casefilehttp

import (
	"context"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/db/dbtest"
	"sigue/internal/feature/casefile"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/schema"
	"sigue/internal/platform/web"
)

// desk is the pages of instruments with who signs in as the program's administration.
type desk struct {
	*web.Router
	t *testing.T
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d, clk := dbtest.SQLite(t, schema.Migrations)
	l, err := ledger.New(d, []byte("mac"), make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	admin := access.Actor{Account: "a1", Role: access.ProgramAdmin}
	svc := casefile.New(casefile.Needs{DB: d, Ledger: l})
	if err := svc.Seed(t.Context(), admin); err != nil {
		t.Fatal(err)
	}
	rt := web.NewRouter(web.Options{Clock: clk, Log: slog.New(slog.DiscardHandler),
		Authenticate: func(_ context.Context, _, _ string, now time.Time) (web.Session, error) {
			return web.Session{Actor: admin, Name: "Ana Ejemplo", IdleEnds: now.Add(time.Hour), Ends: now.Add(time.Hour)}, nil
		}})
	Register(rt, Options{Cases: svc})
	return &desk{rt, t}
}

// send asks for a page, or posts fields: name, value, name, value. It gives the status,
// where it leads, and the page.
func (d *desk) send(method, path string, fields ...string) (status int, to, page string) {
	d.t.Helper()
	v := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		v.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(method, path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(&http.Cookie{Name: "sigue", Value: "x"})
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Code, strings.TrimSuffix(w.Header().Get("Location"), saved), html.UnescapeString(w.Body.String())
}

// says asks for a page and checks what it says.
func (d *desk) says(path string, sentences ...string) string {
	d.t.Helper()
	status, _, page := d.send(http.MethodGet, path)
	d.holds(path, page, sentences...)
	if status != http.StatusOK {
		d.t.Errorf("%s: status %d", path, status)
	}
	return page
}

func (d *desk) holds(what, page string, sentences ...string) {
	d.t.Helper()
	for _, sentence := range sentences {
		if !strings.Contains(page, sentence) {
			d.t.Errorf("%s does not say %q", what, sentence)
		}
	}
}

var revisionField = regexp.MustCompile(`name="revision" value="(\d+)"`)

// keeps sends a form of a draft as its page shows it, which must be taken.
func (d *desk) keeps(path string, fields ...string) string {
	d.t.Helper()
	seen := revisionField.FindStringSubmatch(d.says(path))
	if seen == nil {
		d.t.Fatalf("%s has no form", path)
	}
	status, to, page := d.send(http.MethodPost, path, append(fields, "revision", seen[1])...)
	if status != http.StatusSeeOther {
		d.t.Fatalf("%s: status %d: %s", path, status, page)
	}
	return to
}

// TestInstrumentPages writes an instrument from nothing to its publication, as one does
// with forms alone.
func TestInstrumentPages(t *testing.T) {
	d := newDesk(t)
	d.says("/instrumentos", "Estudio social breve", "Versión 1, desde el")
	status, _, page := d.send(http.MethodPost, "/instrumentos/nuevo", "name", "Guía", "area", "legal", "source", "Equipo")
	d.holds("the form sent back", page, "Diga con qué licencia", `value="Guía"`, "Equipo")
	if status != http.StatusUnprocessableEntity {
		t.Errorf("without a licence: %d", status)
	}
	_, in, _ := d.send(http.MethodPost, "/instrumentos/nuevo", "name", "Guía", "area", "legal", "source", "Equipo", "licence", "Propias")
	d.says(in, "Agregue al menos una pregunta.", "Agregar: Se elige una respuesta")
	d.says(in+"/preguntas/nueva?tipo=one_of", `value="No se sabe"`)
	d.keeps(in+"/preguntas/nueva", "kind", "number", "text", "Del 0 al 10", "min", "0", "max", "10", "weight", "1")
	if to := d.keeps(in+"/preguntas/nueva", "kind", "one_of", "text", "¿Vino?", "choice_text_1", "Sí", "choice_weight_1", "0", "choice_text_4", "No", "choice_weight_4", "5"); to != in {
		t.Errorf("a question leads to %s, want %s", to, in)
	}
	d.says(in, "Las preguntas cuentan hasta 15 puntos y no hay cortes", "Un número del 0 al 10", "5 puntos")

	seen := revisionField.FindStringSubmatch(d.says(in + "/cortes"))[1]
	status, _, page = d.send(http.MethodPost, in+"/cortes", "revision", seen, "band_from_1", "0", "band_name_1", "Baja", "band_from_5", "muchos", "band_name_5", "Alta")
	d.holds("the cut-offs sent back", page, "Escriba un número del 0 al", `value="muchos"`, `value="Alta"`)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a cut-off in words: %d", status)
	}
	d.keeps(in+"/cortes", "band_from_1", "0", "band_name_1", "Baja", "band_from_2", "8", "band_name_2", "Alta", "band_help_2", "Hable con él.")
	d.says(in, "Borrador completo", "de 0 a 7", "de 8 a 15")

	codes := regexp.MustCompile(`preguntas/([0-9a-f-]{36})"`).FindAllStringSubmatch(d.says(in), -1)
	_, _, page = d.send(http.MethodPost, in+"/vista", codes[0][1], "9")
	d.holds("a try without an answer", page, "Falta esta respuesta.", `value="9"`)
	option := regexp.MustCompile(`name="`+codes[1][1]+`" value="([^"]+)"`).FindAllStringSubmatch(page, -1)
	_, _, page = d.send(http.MethodPost, in+"/vista", codes[0][1], "9", codes[1][1], option[0][1])
	d.holds("a try", page, "Así se leería", "Alta", "(9 de 15 puntos)", "Hable con él.")

	d.keeps(in + "/publicar")
	d.says(in, "Publicada", "Empezar una versión nueva", "Retirar la versión")
	if status, _, _ := d.send(http.MethodGet, in+"/cortes"); status != http.StatusConflict {
		t.Errorf("the form of a published version: %d, want 409", status)
	}
	_, next, _ := d.send(http.MethodPost, in+"/borrador")
	d.says("/instrumentos", "Seguir con el borrador")
	d.keeps(next + "/descartar")
	d.says(in, "Versión 1")
}

// TestInstrumentTwoWindows sends an old page back with what was typed, so that pressing
// again keeps it.
func TestInstrumentTwoWindows(t *testing.T) {
	d := newDesk(t)
	_, in, _ := d.send(http.MethodPost, "/instrumentos/nuevo", "name", "Guía", "area", "legal", "licence", "Propias")
	about := []string{"name", "Guía dos", "area", "legal", "licence", "Propias"}
	d.keeps(in+"/datos", about...)
	status, _, page := d.send(http.MethodPost, in+"/datos", "name", "Guía tres", "area", "legal", "licence", "Propias", "revision", "1")
	d.holds("the old page", page, "Alguien cambió esto en otra ventana", `value="Guía tres"`, `name="revision" value="2"`)
	if status != http.StatusConflict {
		t.Errorf("an old page: %d, want 409", status)
	}
}
