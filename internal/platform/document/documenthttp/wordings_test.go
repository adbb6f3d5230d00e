package documenthttp_test

import (
	"bytes"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
)

const summons = "/plantillas/summons"

// newDeskSite is the site with its texts, for somebody who writes them.
func newDeskSite(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	if err := s.documents.Seed(t.Context(), access.System("seed", access.TemplateManage)); err != nil {
		t.Fatal(err)
	}
	return s
}

// post sends fields as the writer, given as name, value, name, value.
func (s *site) post(path string, fields ...string) *httptest.ResponseRecorder {
	v := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		v.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.AddCookie(&http.Cookie{Name: "sigue", Value: "writer"})
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// wants checks the status of an answer and what its page says.
func (s *site) wants(w *httptest.ResponseRecorder, status int, says ...string) {
	s.t.Helper()
	text := html.UnescapeString(w.Body.String())
	if w.Code != status {
		s.t.Errorf("got status %d, want %d\n%s", w.Code, status, text)
	}
	for _, sentence := range says {
		if !strings.Contains(text, sentence) {
			s.t.Errorf("the page does not say %q\n%s", sentence, text)
		}
	}
}

// leads checks that an answer leads to a notice on the page of the summons.
func (s *site) leads(w *httptest.ResponseRecorder, notice, says string) {
	s.t.Helper()
	if got, want := w.Header().Get("Location"), summons+"?aviso="+notice; w.Code != http.StatusSeeOther || got != want {
		s.t.Fatalf("got %d to %q, want to %q\n%s", w.Code, got, want, w.Body)
	}
	s.wants(s.get(w.Header().Get("Location"), "writer"), http.StatusOK, says)
}

// TestWordingPages follows a text from its draft to its being in force.
func TestWordingPages(t *testing.T) {
	s := newDeskSite(t)
	s.wants(s.get("/plantillas", "writer"), http.StatusOK, "Citatorio", "Versión 1, la de origen", "Sin cambios pendientes")
	s.wants(s.get(summons, "writer"), http.StatusOK, "Escribir un texto nuevo", "{{persona}}", document.FieldPerson.Example(), "Así se lee el texto vigente")

	s.leads(s.post(summons, "title", "Citatorio", "body", "Se le espera, {{persona}}.", "revision", "0"), "guardado", "El borrador quedó guardado.")
	s.wants(s.get(summons, "writer"), http.StatusOK, "Qué cambia el borrador", "<ins>Se le espera, {{persona}}.</ins>", "<del>",
		"Se le espera, "+document.FieldPerson.Example()+".", "Descartar el borrador")
	s.wants(s.get("/plantillas", "writer"), http.StatusOK, "Hay un borrador")
	w := s.get(summons+"/vista", "writer")
	if w.Code != http.StatusOK || !bytes.HasPrefix(w.Body.Bytes(), []byte("%PDF-")) {
		t.Errorf("preview: got %d and %.20q, want a PDF", w.Code, w.Body)
	}

	s.wants(s.post(summons+"/publicar", "revision", "1", "from", "01/01/2020"), http.StatusUnprocessableEntity, "o un día posterior", `value="01/01/2020"`)
	s.leads(s.post(summons+"/publicar", "revision", "1", "from", ""), "publicado", "El texto quedó publicado.")
	s.wants(s.get(summons, "writer"), http.StatusOK, "Versión 2, desde el 23/11/2026", "Otras versiones", "Versión 1, la de origen", "Qué tiene distinto el texto vigente")

	s.post(summons, "title", "Citatorio", "body", "Otro.", "revision", "0")
	s.leads(s.post(summons+"/descartar", "revision", "1"), "descartado", "El borrador quedó descartado.")
	s.wants(s.post(summons+"/descartar", "revision", "1"), http.StatusConflict)
}

// TestWordingKeepsWhatWasTyped: nothing typed is lost, and nobody's draft is written over
// unseen.
func TestWordingKeepsWhatWasTyped(t *testing.T) {
	s := newDeskSite(t)
	s.post(summons, "title", "De ella", "body", "Lo de ella.", "revision", "0")
	w := s.post(summons, "title", "De él", "body", "Lo de él, {{víctima}}.", "revision", "0")
	s.wants(w, http.StatusUnprocessableEntity, "no tiene el dato {{víctima}}", "Lo de él, {{víctima}}.</textarea>", `name="revision" value="0"`)
	w = s.post(summons, "title", "De él", "body", "Lo de él.", "revision", "0")
	s.wants(w, http.StatusConflict, "Alguien cambió este borrador", "Lo de él.</textarea>", "frente a lo guardado ahora", "<del>ella.</del>", `name="revision" value="1"`)
	s.leads(s.post(summons, "title", "De él", "body", "Lo de él.", "revision", "1"), "guardado", "Lo de él.")
}

// TestWordingIsolation: for who does not write texts the pages do not exist, nor for
// anybody those of what is no kind.
func TestWordingIsolation(t *testing.T) {
	s := newDeskSite(t)
	for _, path := range []string{"/plantillas", summons, summons + "/vista"} {
		for _, who := range []string{"clerk", "reception", "auditor"} {
			if w := s.get(path, who); w.Code != http.StatusNotFound {
				t.Errorf("%s: %s got %d, want 404", path, who, w.Code)
			}
		}
	}
	for _, path := range []string{"/plantillas/acknowledgement", "/plantillas/x", "/plantillas/x/vista", summons + "/vista?version=99"} {
		if w := s.get(path, "writer"); w.Code != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, w.Code)
		}
	}
}
