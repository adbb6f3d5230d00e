// Package surveyhttp is the surveys' only contact with HTTP: the pages on which people
// answer, without an account; what a center prints or opens for them; the editor; the
// results. It decodes forms, calls the service and shows typed pages; it decides nothing.
package surveyhttp

import (
	"net/url"
	"strings"

	"github.com/go-playground/form/v4"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/survey"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

type pages struct{ svc *survey.Service }

// How often one address may open or answer what needs no account: a tablet in a waiting
// room is let through, a program that tries codes is not.
const (
	opensPerMinute   = 30
	opensAtOnce      = 20
	answersPerMinute = 30
	answersAtOnce    = 20
)

// Register adds the room's routes.
func Register(rt *web.Router, svc *survey.Service) {
	p := &pages{svc}
	rt.Handle("GET /encuestas", access.SurveyRead, p.list)
	rt.Handle("GET /encuestas/nueva", access.SurveyManage, p.create)
	rt.Handle("POST /encuestas/nueva", access.SurveyManage, p.doCreate)
	rt.Handle("GET /encuestas/{survey}", access.SurveyRead, p.show)
	rt.Handle("GET /encuestas/{survey}/editar", access.SurveyManage, p.edit)
	rt.Handle("POST /encuestas/{survey}/editar", access.SurveyManage, p.doEdit)
	rt.Handle("GET /encuestas/{survey}/vista", access.SurveyRead, p.preview)
	rt.Handle("POST /encuestas/{survey}/publicar", access.SurveyManage, p.publish)
	rt.Handle("GET /encuestas/{survey}/hoja", access.SurveyCollect, p.sheet)
	rt.Handle("POST /encuestas/{survey}/hoja", access.SurveyCollect, p.doSheet)
	rt.Handle("GET /encuestas/{survey}/quiosco", access.SurveyCollect, p.kiosk)
	rt.Handle("POST /encuestas/{survey}/quiosco", access.SurveyCollect, p.doKiosk)
	rt.Handle("POST /encuestas/quioscos/{kiosk}/cerrar", access.SurveyCollect, p.closeKiosk)
	rt.Handle("GET /encuestas/{survey}/resultados", access.SurveyResults, p.results)
	rt.Handle("POST /encuestas/{survey}/resultados", access.SurveyManage, p.removeText)
	rt.Handle("GET /expedientes/{case}/encuesta", access.SurveyAsk, p.ask)
	rt.Handle("POST /expedientes/{case}/encuesta", access.SurveyAsk, p.doAsk)

	open := func(name string, h web.Handler) web.Handler { return web.Limit(name, opensPerMinute, opensAtOnce, h) }
	answer := func(name string, h web.Handler) web.Handler {
		return web.Limit(name, answersPerMinute, answersAtOnce, h)
	}
	rt.Handle("GET /encuesta", access.SurveyAnswer, open("survey.type", p.typeCode))
	rt.Handle("GET /encuesta/gracias", access.SurveyAnswer, p.thanks)
	rt.Handle("GET /encuesta/{ticket}", access.SurveyAnswer, open("survey.open", p.coded))
	rt.Handle("POST /encuesta/{ticket}", access.SurveyAnswer, answer("survey.answer", p.doCoded))
	rt.Handle("GET /quiosco/{screen}", access.SurveyAnswer, open("survey.screen", p.screen))
	rt.Handle("POST /quiosco/{screen}", access.SurveyAnswer, answer("survey.answer_screen", p.doScreen))
	rt.Handle("GET /quiosco/{screen}/gracias", access.SurveyAnswer, open("survey.screen_thanks", p.screenThanks))
}

func path(id, rest string) string {
	return strings.TrimSuffix("/encuestas/"+url.PathEscape(id)+"/"+rest, "/")
}
func casePath(id string) string { return "/expedientes/" + url.PathEscape(id) }

var decoder = form.NewDecoder()

// decode reads form values into a typed part; what the part does not know is left out.
func decode(into any, v url.Values) error {
	plain := make(url.Values, len(v))
	for name, values := range v {
		if !strings.ContainsAny(name, "[]") {
			plain[name] = values
		}
	}
	if err := decoder.Decode(into, plain); err != nil {
		return fault.Wrap(fault.Invalid, i18n.M("El formulario no llegó completo. Vuelva a la página e inténtelo de nuevo."), err)
	}
	return nil
}

// posted reads a form into a typed part.
func posted(r *web.Request, into any) (*web.Form, error) {
	f, err := r.Form()
	if err != nil {
		return nil, err
	}
	return f, decode(into, f.Values)
}

func (p *pages) list(r *web.Request) (web.Response, error) {
	rows, err := p.svc.List(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Encuestas"), listView(rows, r)), nil
}

func (p *pages) create(r *web.Request) (web.Response, error) {
	return web.Page(i18n.M("Nueva encuesta"), createView(web.NewForm(nil))), nil
}

func (p *pages) doCreate(r *web.Request) (web.Response, error) {
	var f survey.CreateForm
	form, err := posted(r, &f)
	if err != nil {
		return nil, err
	}
	id, err := p.svc.Create(r.Context(), r.Actor, f)
	if form.Fail(err) {
		return web.Page(i18n.M("Nueva encuesta"), createView(form)), nil
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(path(id, "editar")), nil
}

// showPage is one survey and what one may do with it.
type showPage struct {
	*survey.View
	Notice i18n.Msg
}

// notices are what a page says after something was done, by the word in its address.
var notices = map[string]i18n.Msg{
	"publicada": i18n.M("Se publicó. Desde ahora se pregunta esta versión."),
	"quiosco":   i18n.M("El quiosco quedó cerrado."),
}

func (p *pages) show(r *web.Request) (web.Response, error) {
	v, err := p.svc.Open(r.Context(), r.Actor, r.PathValue("survey"))
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("%s", v.Name), showView(showPage{v, notices[r.Query().Get("aviso")]}, r)), nil
}

func (p *pages) edit(r *web.Request) (web.Response, error) {
	v, err := p.svc.Open(r.Context(), r.Actor, r.PathValue("survey"))
	if err != nil {
		return nil, err
	}
	return p.editWith(v, web.NewForm(valuesOf(survey.FormOf(v.Newest()))), r.Query().Get("aviso") == "guardado"), nil
}

func (p *pages) editWith(v *survey.View, form *web.Form, saved bool) web.Response {
	return web.Page(i18n.M("Editar: %s", v.Name), editView(v, form, saved))
}

func valuesOf(f survey.Form) url.Values {
	return url.Values{
		"revision": {f.Revision}, "scale": {f.Scale}, "title_es": {f.TitleES}, "title_en": {f.TitleEN}, "intro_es": {f.IntroES}, "intro_en": {f.IntroEN},
		"questions_es": {f.QuestionsES}, "questions_en": {f.QuestionsEN}, "open_es": {f.OpenES}, "open_en": {f.OpenEN},
	}
}

func (p *pages) doEdit(r *web.Request) (web.Response, error) {
	var f survey.Form
	form, err := posted(r, &f)
	if err != nil {
		return nil, err
	}
	id := r.PathValue("survey")
	err = p.svc.Save(r.Context(), r.Actor, id, f)
	if form.Fail(err) {
		v, err := p.svc.Open(r.Context(), r.Actor, id)
		if err != nil {
			return nil, err
		}
		if fresh := survey.FormOf(v.Newest()).Revision; fault.Is(err, fault.Conflict) {
			form.Values.Set("revision", fresh)
		}
		return p.editWith(v, form, false), nil
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(path(id, "editar") + "?aviso=guardado"), nil
}

// previewPage shows a version as people see it, without a way to send it.
type previewPage struct {
	survey.Survey
	Version survey.Version
	Draft   bool
}

func (p *pages) preview(r *web.Request) (web.Response, error) {
	v, err := p.svc.Open(r.Context(), r.Actor, r.PathValue("survey"))
	if err != nil {
		return nil, err
	}
	page := previewPage{Survey: v.Survey, Version: v.Newest(), Draft: v.Draft}
	if r.Query().Get("version") != "" {
		if page.Version, err = numbered(v.Versions, r.Query().Get("version")); err != nil {
			return nil, err
		}
		page.Draft = page.Version.ID != "" && page.Version.Draft()
	}
	return web.Page(i18n.M("Vista previa: %s", v.Name), previewView(page, r.Lang)), nil
}

func numbered(all []survey.Version, number string) (survey.Version, error) {
	for _, v := range all {
		if i18n.Number(v.Number).String() == number {
			return v, nil
		}
	}
	return survey.Version{}, fault.Missing()
}

func (p *pages) publish(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("survey")
	if err := p.svc.Publish(r.Context(), r.Actor, id, form.Get("revision")); err != nil {
		return nil, err
	}
	return web.Redirect(path(id, "") + "?aviso=publicada"), nil
}

func (p *pages) results(r *web.Request) (web.Response, error) {
	q := r.Query()
	res, err := p.svc.Results(r.Context(), r.Actor, r.PathValue("survey"), survey.Filter{Version: q.Get("version"), Center: q.Get("centro")})
	if err != nil {
		return nil, err
	}
	q.Values.Set("version", res.Version.ID)
	centers, err := p.svc.CentersFor(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Resultados: %s", res.Name), resultsView(resultsPage{Results: res, Form: q, Centers: centers}, r)).Wide().Print(), nil
}

// removeText takes away a text that names somebody.
func (p *pages) removeText(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("survey")
	if err := p.svc.RemoveText(r.Context(), r.Actor, id, form.Get("text")); err != nil {
		return nil, err
	}
	q := url.Values{"version": {form.Get("version")}, "centro": {form.Get("centro")}}
	return web.Redirect(path(id, "resultados") + "?" + q.Encode()), nil
}

// resultsPage is the results with the form that chooses them.
type resultsPage struct {
	*survey.Results
	Form    *web.Form
	Centers []survey.Named // to choose from; none for who has only his own
}

func (p resultsPage) versionOptions() []web.Option {
	var out []web.Option
	for _, v := range p.Versions {
		out = append(out, web.Option{Value: v.ID, Label: i18n.M("Versión %d", v.Number)})
	}
	return out
}

func (p resultsPage) centerOptions() []web.Option {
	var out []web.Option
	for _, c := range p.Centers {
		out = append(out, web.Option{Value: c.ID, Text: c.Name})
	}
	return out
}

// askPage is what the person of a case may be asked by e-mail.
type askPage struct {
	*survey.Offer
	Form *web.Form
	Sent bool
}

func (p *pages) ask(r *web.Request) (web.Response, error) {
	return p.askWith(r, web.NewForm(nil))
}

func (p *pages) askWith(r *web.Request, form *web.Form) (web.Response, error) {
	o, err := p.svc.Offer(r.Context(), r.Actor, r.PathValue("case"))
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Encuesta por correo"), askView(askPage{o, form, r.Query().Get("aviso") == "enviada"})), nil
}

func (p *pages) doAsk(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("case")
	err = p.svc.Ask(r.Context(), r.Actor, id, form.Get("survey"))
	if form.Fail(err) {
		return p.askWith(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(casePath(id) + "/encuesta?aviso=enviada"), nil
}
