package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sigue/internal/app/browser"
	"sigue/internal/feature/survey"
	"sigue/internal/platform/access"
)

// TestSurveyWay opens a kiosk on the device of who works at a center, answers on it, finds
// no way out of it, and answers a printed code: with and without a script.
func TestSurveyWay(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	s := openSite(t)
	id := s.text(t, `select id from surveys where stage = 'during'`)
	for _, look := range looks {
		t.Run(look.name, func(t *testing.T) {
			tab := b.Tab(t, look.o)
			name := "encuesta-" + strings.ReplaceAll(look.name, " ", "-")
			enter(tab, s, access.Facilitator)
			tab.Go(s.URL + "/encuestas").Click("Modo quiosco").Screenshot(name + "-abrir").Fits().Axe().Click("Usar este aparato").See("¿Cómo le va en el centro?")
			kiosk := tab.URL()
			tab.Screenshot(name + "-quiosco").Fits().Axe()
			if n := tab.Count(`a[href]:not([href^="/quiosco/"]):not([href^="#"])`); n > 0 {
				t.Errorf("%d links lead out of the kiosk", n)
			}
			var low float64
			tab.Evaluate(`Math.min(...[...document.querySelectorAll(".answer label")].map((l) => l.getBoundingClientRect().height))`, &low)
			if low < 48 {
				t.Errorf("the smallest answer is %.0f px high, want 48", low)
			}
			tab.Click("Enviar mis respuestas").See("Conteste al menos una pregunta.").Axe()
			for n := range 8 {
				tab.Evaluate(fmt.Sprintf(`document.querySelectorAll('[name="%s"]')[1].click()`, survey.MarkField(n)), nil)
			}
			tab.Fill("text", "Más lugar para sentarse.").Click("Enviar mis respuestas").Arrive(pathOf(kiosk) + "/gracias").See("Su opinión quedó guardada sin su nombre.").Screenshot(name + "-gracias").Fits().Axe()
			tab.Click("Que conteste otra persona").Arrive(pathOf(kiosk))
			if n := tab.Count(":checked"); n > 0 {
				t.Errorf("the next person finds %d marks", n)
			}
			tab.Click("English").See("How is it going at the center?").Click("Clear and start again").See("¿Cómo le va en el centro?")
			if !look.o.NoJS {
				listens(t, tab, pathOf(kiosk))
			}
			tab.Go(s.URL + "/hoy").Arrive("/entrar") // the session has ended
			tab.Go(s.URL+"/encuesta").Fill("codigo", "K7QM-2X9F-H4TD").Click("Continuar").See("Ese código no es de una encuesta.").Axe()
			code := s.surveyCodes(t, id, 1)[0]
			tab.Fill("codigo", strings.ToLower(code)).Click("Continuar").See("¿Cómo le va en el centro?").Screenshot(name + "-hoja").Axe()
			tab.Choose("p1", "Siempre").Click("Enviar mis respuestas").Arrive("/encuesta/gracias")
			tab.Go(s.URL + survey.CodePath(code)).See("Esta encuesta ya se contestó").Axe()
		})
	}
}

// listens checks that each question can be read aloud, and that a kiosk on which somebody
// left an answer half done forgets it.
func listens(t *testing.T, tab *browser.Tab, kiosk string) {
	t.Helper()
	var said string
	tab.Evaluate(`(() => { let said = ""; speechSynthesis.speak = (u) => said = u.lang + ": " + u.text; document.querySelector(".field > button").click(); return said })()`, &said)
	if want := "es-MX: 1. En el centro me tratan con respeto.. Siempre"; !strings.HasPrefix(said, want) {
		t.Errorf("reads %q aloud, want it to begin with %q", said, want)
	}
	tab.Choose("p2", "A veces")
	tab.Evaluate(`(() => { let go; window.setTimeout = (f) => { go = f; return 0 }; dispatchEvent(new Event("keydown")); go() })()`, nil)
	tab.Arrive(kiosk).See("¿Cómo le va en el centro?")
	if n := tab.Count(":checked"); n > 0 {
		t.Errorf("after a pause there are still %d marks", n)
	}
}

func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Path
}

// surveyCodes makes a sheet at the home center.
func (s *site) surveyCodes(t *testing.T, id string, n int) []string {
	t.Helper()
	sheet, err := s.App.Surveys.Sheet(t.Context(), s.actor(t, homeDesk), id, survey.SheetForm{Count: fmt.Sprint(n)})
	must(t, err)
	for i, code := range sheet.Codes {
		sheet.Codes[i] = survey.ShowCode(code)
	}
	return sheet.Codes
}

// TestSurveyEditing writes a version, looks at it and publishes it; what is wrong is told at
// its field and nothing typed is lost.
func TestSurveyEditing(t *testing.T) {
	t.Parallel()
	s := openSite(t)
	client := s.signIn(t, access.ProgramAdmin)
	page := "/encuestas/" + s.text(t, `select id from surveys where stage = 'end'`)
	expect := func(what string, got answer, status int, words ...string) {
		t.Helper()
		if got.Status != status {
			t.Errorf("%s: status %d, want %d", what, got.Status, status)
		}
		for _, word := range words {
			if !strings.Contains(got.Body, word) {
				t.Errorf("%s: the page does not say %q", what, word)
			}
		}
	}
	expect("the editor", s.get(t, client, page+"/editar"), http.StatusOK, "¿Cómo fue su proceso?", "¿Cuánto respeto recibió del personal?")
	typed := url.Values{"revision": {"0"}, "scale": {"much"}, "title_es": {""}, "questions_es": {"¿Cuánto le gustó?\n¿Cuánto aprendió?"}, "questions_en": {"How much?"}, "intro_es": {"Lo escrito"}}
	expect("a bad draft", s.post(t, client, page+"/editar", typed), http.StatusUnprocessableEntity, "Lo escrito", "¿Cuánto aprendió?", "Escriba el título", "Hay 2 preguntas en español y 1 en inglés.")
	typed.Set("title_es", "Una más corta")
	typed.Del("questions_en")
	expect("a draft", s.post(t, client, page+"/editar", typed), http.StatusSeeOther)
	expect("the preview", s.get(t, client, page+"/vista"), http.StatusOK, "Una más corta", "¿Cuánto aprendió?", "Publicar esta versión", "Más o menos")
	expect("another's draft", s.post(t, client, page+"/editar", url.Values{"revision": {"0"}, "scale": {"much"}, "title_es": {"De otra ventana"}, "questions_es": {"¿Qué?"}}),
		http.StatusConflict, "De otra ventana", "Alguien más cambió el borrador")
	expect("publishing", s.post(t, client, page+"/publicar", url.Values{"revision": {"1"}}), http.StatusSeeOther)
	expect("the survey", s.get(t, client, page+"?aviso=publicada"), http.StatusOK, "Desde ahora se pregunta esta versión", "Versión 2", "Versión 1")
	desk := s.signIn(t, access.Reception)
	expect("a bad sheet", s.post(t, desk, page+"/hoja", url.Values{"count": {"900"}}), http.StatusUnprocessableEntity, "900", "Escriba un número del 1 al 40.")
	expect("a sheet", s.post(t, desk, page+"/hoja", url.Values{"count": {"3"}}), http.StatusOK, "data:image/png;base64,", "Imprímala ahora", "/encuesta")
	expect("a kiosk elsewhere", s.post(t, desk, page+"/quiosco", url.Values{}), http.StatusOK, "/quiosco/", "data:image/png;base64,")
	expect("no results for the desk", s.get(t, desk, page+"/resultados"), http.StatusNotFound)
	expect("no surveys for a court", s.get(t, s.signIn(t, access.Referrer), "/encuestas"), http.StatusNotFound)
}
