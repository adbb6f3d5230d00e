package referralhttp

import (
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"

	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/web"
)

func typed(v url.Values) *web.Form { return web.NewForm(v) }

func request(target string) *web.Request {
	return &web.Request{Request: httptest.NewRequest("GET", target, nil), Lang: i18n.Spanish}
}

// complete is a draft in which every section is complete.
func complete() *referral.DraftView {
	d := &referral.DraftView{ID: "id", State: referral.Draft, Status: map[referral.Section]referral.Status{}, CanSubmit: true}
	for _, s := range referral.Sections {
		d.Status[s] = referral.Complete
	}
	return d
}

func states(p tasksPage) (out []string) {
	for _, task := range p.Tasks {
		out = append(out, task.State.In(i18n.Spanish))
	}
	return out
}

func TestTasksOfADraft(t *testing.T) {
	d := complete()
	d.Papers = []referral.Attachment{{}}
	page := newTasksPage(request("/"), d, &catalogue.Lists{})
	want := []string{"Completa", "Completa", "Completa", "Completa: 1 archivo", "Completa", "Lista para enviar"}
	if got := states(page); !slices.Equal(got, want) {
		t.Errorf("states = %q, want %q", got, want)
	}
	d.Status[referral.SectionFacts], d.CanSubmit = referral.InProgress, false
	if last := newTasksPage(request("/"), d, &catalogue.Lists{}).Tasks[5]; last.Path != "" || last.State.In(i18n.Spanish) != "Aún no: falta 1 parte" {
		t.Errorf("with one part missing the last task is %+v", last)
	}
}

// TestTasksOfAReturnedReferral says what is asked, what was changed and what was not.
func TestTasksOfAReturnedReferral(t *testing.T) {
	d := complete()
	d.State, d.Returned = referral.Returned, &referral.Return{Reasons: []string{"case_number", "facts_unclear", "other"}}
	lists := &catalogue.Lists{}
	const same = "Sin cambios desde que la devolvieron"
	page := newTasksPage(request("/"), d, lists)
	want := []string{same, "Por corregir", "Por corregir", same, same, "Todavía no ha cambiado nada"}
	if got := states(page); !slices.Equal(got, want) {
		t.Errorf("just returned: %q, want %q", got, want)
	}
	if hint := page.Tasks[1].Hint.In(i18n.Spanish); hint != "case_number" {
		t.Errorf("the section of the number is asked %q", hint)
	}
	if last := page.Tasks[5]; last.Label.In(i18n.Spanish) != "Corregir y reenviar" || last.Path == "" {
		t.Errorf("the last task is %+v", last)
	}
	d.Changed = map[referral.Section]bool{referral.SectionBasis: true, referral.SectionPerson: true}
	want = []string{"Cambiada desde que la devolvieron", "Cambiada desde que la devolvieron", "Por corregir", same, same, "Lista para reenviar"}
	if got := states(newTasksPage(request("/"), d, lists)); !slices.Equal(got, want) {
		t.Errorf("after changes: %q, want %q", got, want)
	}
}

// TestAfterSection goes on, but once to what deserves a second look.
func TestAfterSection(t *testing.T) {
	warned := complete()
	warned.Warnings = []referral.Warning{{Section: referral.SectionPerson, Field: "sex"}, {Section: referral.SectionPerson, Field: "curp", Mild: true}}
	for _, tt := range []struct {
		name, target string
		draft        *referral.DraftView
		form         url.Values
		want         string
	}{
		{"goes on", "/", complete(), nil, "/canalizaciones/id/captura/base?hecho=persona"},
		{"to the list", "/", warned, url.Values{"luego": {"lista"}}, "/canalizaciones/id/captura?hecho=persona"},
		{"back to the check", "/?volver=revisar", complete(), nil, "/canalizaciones/id/captura/revisar?hecho=persona"},
		{"warned for the first time", "/", warned, nil, "/canalizaciones/id/captura/persona?hecho=persona"},
		{"warned on the way back", "/?volver=revisar", warned, nil, "/canalizaciones/id/captura/persona?hecho=persona&volver=revisar"},
		{"warned before", "/", warned, url.Values{"avisado": {"sex"}}, "/canalizaciones/id/captura/base?hecho=persona"},
		{"warned of something else before", "/", warned, url.Values{"avisado": {"birth_date"}}, "/canalizaciones/id/captura/persona?hecho=persona"},
	} {
		if got := afterSection(request(tt.target), tt.draft, referral.SectionPerson, typed(tt.form)); got != web.Redirect(tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, got, tt.want)
		}
	}
}

func TestWhatWasStoredIsSaid(t *testing.T) {
	d := complete()
	d.Papers = []referral.Attachment{{ID: "a", Name: "resolucion.pdf", Size: 300 << 10}, {ID: "b", Name: "oficio.pdf", Size: 2 << 20}}
	for _, tt := range []struct {
		name, query string
		want        []string
	}{
		{"nothing", "", nil},
		{"a step that is none", "hecho=%3Cb%3E&archivo=a", nil},
		{"a draft", "hecho=borrador", []string{"Se creó el borrador. Puede cerrar y seguir después: está en «Nueva canalización»."}},
		{"a section", "hecho=hechos", []string{"Se guardó «Hechos y riesgo»."}},
		{"a paper", "hecho=documentos&archivo=a", []string{"Se guardó resolucion.pdf, 300 KB."}},
		{"two papers", "hecho=documentos&archivo=a&archivo=b", []string{"Se guardó resolucion.pdf, 300 KB.", "Se guardó oficio.pdf, 2.0 MB."}},
		{"a paper of somebody else", "hecho=documentos&archivo=x", nil},
		{"a paper taken out", "hecho=documentos", []string{"Se quitó el documento."}},
	} {
		var got []string
		for _, m := range doneNow(request("/?"+tt.query).Query(), d) {
			got = append(got, m.In(i18n.Spanish))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestWarningsStandAtTheirField gives way to what is wrong there.
func TestWarningsStandAtTheirField(t *testing.T) {
	d := complete()
	d.Warnings = []referral.Warning{{Section: referral.SectionPerson, Field: "sex", Text: i18n.M("%s", "revise")}}
	p := sectionPage{Draft: d, Section: referral.SectionPerson, Form: typed(nil)}
	if got := p.warning("sex").In(i18n.Spanish); got != "revise" {
		t.Errorf("at the field: %q", got)
	}
	if m := p.warning("curp"); !m.IsZero() {
		t.Errorf("at another field: %q", m.Key)
	}
	p.Form.Errors = map[string]i18n.Msg{"sex": i18n.M("%s", "elija")}
	if m := p.warning("sex"); !m.IsZero() {
		t.Errorf("at a field that is wrong: %q", m.Key)
	}
}

func TestHowBusyACenterIs(t *testing.T) {
	for _, tt := range []struct {
		waiting, capacity int
		want              string
	}{
		{0, 10, "Puede recibirla esta semana."},
		{9, 10, "Puede recibirla esta semana."},
		{10, 10, "Tiene alrededor de una semana de espera."},
		{35, 10, "Tiene alrededor de 3 semanas de espera."},
	} {
		c := centerChoice{Suggestion: center.Suggestion{Center: center.Center{Capacity: tt.capacity}}, Waiting: tt.waiting}
		if got := c.wait().In(i18n.Spanish); got != tt.want {
			t.Errorf("%d of %d: %q, want %q", tt.waiting, tt.capacity, got, tt.want)
		}
	}
	for rank, want := range map[int]string{1: "Primera opción para Toluca", 2: "Atiende Toluca"} {
		c := centerChoice{Suggestion: center.Suggestion{Covers: true, Rank: rank}}
		if got := c.serves("Toluca").In(i18n.Spanish); got != want {
			t.Errorf("rank %d: %q, want %q", rank, got, want)
		}
	}
}
