package web_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// gallery shows every part; with SIGUE_GALLERY=folder the test below writes it there with
// the static files, to be looked at in a browser.
func gallery() templ.Component {
	return templ.Join(
		web.Breadcrumb([]web.Crumb{{Label: i18n.M("Hoy"), Path: "/"}, {Label: i18n.M("Mis canalizaciones"), Path: "/canalizaciones"}, {Text: "SIGUE-2026-000412-R"}}),
		raw(`<div class="two"><section>`),
		web.ErrorSummary(wrongForm()), heading("h1", "Nueva canalización"),
		web.TaskList([]web.Task{
			{Label: i18n.M("Persona"), Path: "/a", Kind: web.TagGood, State: i18n.M("Completa")},
			{Label: i18n.M("Hechos y riesgo"), Hint: i18n.M("Unos cuatro minutos"), Path: "/b", Kind: web.TagWait, State: i18n.M("En curso")},
			{Label: i18n.M("Documentos"), Path: "/c", State: i18n.M("Sin empezar")},
			{Label: i18n.M("Revisar y enviar"), State: i18n.M("Aún no: falta «Hechos y riesgo»")},
		}),
		form(),
		raw(`</section><aside>`), sidebar(), raw(`</aside></div>`),
		heading("h2", "Mis canalizaciones"), cases(), web.Pager("/canalizaciones?antes=3", "/canalizaciones?desde=9"),
	)
}

func wrongForm() *web.Form {
	f := web.NewForm(url.Values{
		"curp": {"FIDJ850314HMCCMN07"}, "name": {`Juan "Ñandú" <b>O'Higgins</b>`}, "birth_date": {"1985-03-14"},
		"basis": {"b2"}, "risk": {"high"}, "violence": {"v1", "v3"}, "told": {web.Yes}, "facts": {"\nUno\ndos"},
	})
	f.Fail(&fault.Error{Kind: fault.Invalid, Public: i18n.M("Revise los datos marcados."), Fields: map[string]i18n.Msg{
		"violence": i18n.M("Marque al menos un tipo de violencia."), "curp": i18n.M("El último dígito no corresponde."),
		"elsewhere": i18n.M("El centro ya no recibe canalizaciones."),
	}})
	return f
}

func form() templ.Component {
	f := wrongForm()
	fields := templ.Join(
		web.Text(f, web.FieldProps{Name: "curp", Label: i18n.M("CURP"), Hint: i18n.M("18 letras y números; llena fecha, sexo y estado"), MaxLength: 18, Width: web.WidthMedium, Fill: "/curp"}),
		web.Text(f, web.FieldProps{Name: "name", Label: i18n.M("Nombre"), Required: true}),
		web.DateField(f, web.FieldProps{Name: "birth_date", Label: i18n.M("Fecha de nacimiento")}),
		web.Select(f, web.FieldProps{Name: "basis", Label: i18n.M("Base legal"), Required: true}, []web.Option{
			{Value: "b1", Text: "Sentencia"}, {Value: "b2", Text: "Suspensión condicional", Group: "Penal"}, {Value: "b3", Text: "Medida cautelar", Group: "Penal"},
		}),
		web.Radios(f, web.FieldProps{Name: "risk", Label: i18n.M("Nivel de riesgo"), Inline: true}, []web.Option{
			{Value: "low", Label: i18n.M("Bajo")}, {Value: "mid", Label: i18n.M("Medio")}, {Value: "high", Label: i18n.M("Alto")},
		}),
		web.Checkboxes(f, web.FieldProps{Name: "violence", Label: i18n.M("Tipos de violencia"), Required: true}, []web.Option{
			{Value: "v1", Text: "Psicológica"}, {Value: "v2", Text: "Física"}, {Value: "v3", Text: "Vicaria", Hint: i18n.M("Por medio de hijas, hijos o personas cercanas")},
		}),
		web.Textarea(f, web.FieldProps{Name: "facts", Label: i18n.M("Hechos"), Rows: 4}),
		web.FileField(f, web.FieldProps{Name: "paper", Label: i18n.M("Resolución"), Accept: ".pdf,.jpg,.png", Hint: i18n.M("PDF o foto, hasta 10 MB")}),
		web.Check(f, web.FieldProps{Name: "told", Label: i18n.M("Informé a la persona usuaria"), Hint: i18n.M("Verbalmente o por escrito")}),
		web.Hidden("step", "2"),
		web.Submit(i18n.M("Enviar canalización"), i18n.M("El centro recibirá un aviso con folio y enlace, sin datos personales.")),
	)
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return web.PostForm(web.FormProps{Action: "/gallery", Autosave: true, Version: 3}).Render(templ.WithChildren(ctx, fields), w)
	})
}

func sidebar() templ.Component {
	return templ.Join(
		notice(web.TagBrand, i18n.M("Centro sugerido: Toluca"), "Le queda a 6 km; espera actual, 8 días hábiles."),
		notice(web.TagUrgent, i18n.M("La persona tiene 17 años"), "La canalización va a la procuraduría de protección."),
		heading("h2", "Revise antes de enviar"),
		web.Summary([]web.SummaryRow{
			{Label: i18n.M("Base legal"), Value: "Suspensión condicional", Change: "/a"},
			{Label: i18n.M("Obligación"), Value: "35 sesiones", Lines: []string{"hasta 30/06/2027"}, Change: "/b"},
			{Label: i18n.M("Alias"), Change: "/c"},
		}),
		heading("h2", "Qué ha pasado"),
		web.Timeline([]web.TimelineItem{
			{Title: i18n.M("Devuelta para corregir"), Text: "Falta la resolución firmada.", At: noon, Who: "Recepción", Kind: web.TagUrgent},
			{Title: i18n.M("Recibida"), Detail: i18n.M("El centro tiene un día hábil."), At: noon.AddDate(0, 0, -1), Who: "Recepción"},
			{Title: i18n.M("Enviada"), At: noon.AddDate(0, 0, -2), Who: "Juzgado Tercero Familiar"},
		}),
		web.Back(i18n.M("Volver a la lista"), "/canalizaciones"),
	)
}

func cases() templ.Component {
	row := func(folio string, kind web.TagKind, state i18n.Msg, done int) templ.Component {
		return templ.Join(raw(`<tr><td><a class="folio" href="/a">`+folio+`</a><br><small>Exp. 1184/2026</small></td><td>`),
			web.Tag(kind, state), raw(`</td><td>`), web.Progress(done, 35),
			raw(`</td><td><b>Responder hoy</b><small>vence en 1 día hábil</small></td><td><a class="button small" href="/a">Corregir y reenviar</a></td></tr>`))
	}
	return templ.Join(raw(`<table class="cards"><thead><tr><th>Folio y expediente</th><th>Estado</th><th>Avance</th><th>Siguiente</th><th><span class="sr">Acción</span></th></tr></thead><tbody>`),
		row("SIGUE-2026-000412-R", web.TagUrgent, i18n.M("Devuelta: falta resolución"), 0),
		row("SIGUE-2026-000398-M", web.TagBad, i18n.M("Segunda inasistencia"), 11),
		row("SIGUE-2026-000377-H", web.TagBrand, i18n.M("En proceso"), 22),
		row("SIGUE-2026-000351-C", web.TagWait, i18n.M("Aceptada, por citar"), 0),
		row("SIGUE-2026-000120-T", web.TagGood, i18n.M("Concluida"), 35),
		row("SIGUE-2026-000121-T", web.TagPlain, i18n.M("Borrador"), 0),
		raw(`</tbody></table>`))
}

func raw(html string) templ.Component { return templ.Raw(html) }

func heading(tag, words string) templ.Component {
	return raw("<" + tag + ">" + templ.EscapeString(words) + "</" + tag + ">")
}

func notice(kind web.TagKind, title i18n.Msg, words string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return web.Notice(kind, title).Render(templ.WithChildren(ctx, raw("<p>"+words+"</p>")), w)
	})
}

func gallerySite(t *testing.T) *site {
	s := newSite(t, func(o *web.Options) {
		o.Demo, o.Banner = true, i18n.M("Demostración: personas y casos ficticios.")
	})
	show := func(*web.Request) (web.Response, error) {
		return web.Page(i18n.M("Nueva canalización"), gallery()), nil
	}
	s.Handle("GET /canalizaciones/nueva", access.ReferralWrite, show)
	return s
}

func TestGalleryIsWhole(t *testing.T) {
	s := gallerySite(t)
	w := s.get("/canalizaciones/nueva", as(clerkToken))
	wantStatus(t, w, http.StatusUnprocessableEntity)
	html := w.Body.String()
	for _, want := range []string{
		`<title>Error: Nueva canalización · SIGUE</title>`, `lang="es-MX"`, `aria-invalid="true"`, `aria-describedby="c-curp-a c-curp-e"`,
		`value="14/03/1985"`, `value="b2" selected`, `id="c-risk-2" name="risk" value="high" checked`, `id="c-violence-2" name="violence" value="v3" checked`,
		`O&#39;Higgins&lt;/b&gt;`, `<textarea`, "\nUno\ndos</textarea>", `name="version" value="3"`, `data-autosave`, `data-fill="/curp"`, `11 de 35`,
		`href="/canalizaciones/nueva" aria-current="page"`, `23/11/2026 12:00`,
	} {
		wantIn(t, html, want)
	}
	wantNotIn(t, html, "/bitacora") // a clerk may not
	inOrder(t, html, `href="#c-curp"`, `href="#c-violence"`, "El centro ya no recibe")
	wantNotIn(t, html, "#c-elsewhere")
	wantNoInline(t, html)
	save(t, s, html)
}

// inOrder fails unless the words follow each other.
func inOrder(t *testing.T, html string, words ...string) {
	t.Helper()
	at := 0
	for _, w := range words {
		i := strings.Index(html[at:], w)
		if i < 0 {
			t.Fatalf("%q is missing or too early", w)
		}
		at += i
	}
}

var inline = regexp.MustCompile(`(?i)<[^>]+\s(on[a-z]+|style)\s*=|<style|<script(?:[^>]*)></script>|javascript:`)

// wantNoInline fails on whatever the policy would stop.
func wantNoInline(t *testing.T, html string) {
	t.Helper()
	for _, found := range inline.FindAllString(html, -1) {
		if strings.HasPrefix(found, "<script") && strings.Contains(found, ` src="/estatico/`) {
			continue
		}
		t.Errorf("got inline %q, want none", found)
	}
}

// save writes the gallery for a look, when asked to.
func save(t *testing.T, s *site, html string) {
	folder := os.Getenv("SIGUE_GALLERY")
	if folder == "" {
		return
	}
	put := func(name string, content []byte) {
		name = filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("index.html", []byte(html))
	for _, name := range staticNames {
		put(s.Static(name), s.get(s.Static(name)).Body.Bytes())
	}
}

var staticNames = []string{
	"sigue.css", "marca.css", "icono.svg", "js/sigue.js", "js/page.js", "js/autosave.js",
	"js/fill.js", "js/keys.js", "js/menu.js", "js/once.js", "js/session.js",
}
