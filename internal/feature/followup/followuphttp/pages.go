// Package followuphttp is the follow-ups' only contact with HTTP: the lists of each side,
// whom to call, one follow-up with its attempts and answers, those of a case file. It
// decodes forms, calls the service and shows typed pages; it decides nothing.
package followuphttp

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/go-playground/form/v4"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/followup"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

type pages struct{ svc *followup.Service }

// Register adds the room's routes.
func Register(rt *web.Router, svc *followup.Service) {
	p := &pages{svc}
	rt.Handle("GET /seguimientos", access.FollowupRead, p.list)
	rt.Handle("GET /seguimientos/contactar", access.FollowupContact, p.outreach)
	rt.Handle("GET /seguimientos/{followup}", access.FollowupRead, p.show)
	rt.Handle("POST /seguimientos/{followup}/intento", access.FollowupWork, p.attempt)
	rt.Handle("GET /seguimientos/{followup}/respuesta", access.FollowupWork, p.answer)
	rt.Handle("POST /seguimientos/{followup}/respuesta", access.FollowupWork, p.doAnswer)
	rt.Handle("GET /expedientes/{case}/seguimientos", access.CaseRead, p.ofCase)
}

func path(id, rest string) string {
	return strings.TrimSuffix("/seguimientos/"+url.PathEscape(id)+"/"+rest, "/")
}
func casePath(id string) string     { return "/expedientes/" + url.PathEscape(id) }
func referralPath(id string) string { return "/canalizaciones/" + url.PathEscape(id) }

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

// options are the entries of a list as choices.
func options(r *web.Request, lists *catalogue.Lists, name string) []web.Option {
	var out []web.Option
	for _, e := range lists.Entries(name) {
		out = append(out, web.Option{Value: e.Code, Text: e.Label(r.Lang)})
	}
	return out
}

// known are the three answers as choices.
func known() []web.Option {
	var out []web.Option
	for _, k := range followup.Answers {
		out = append(out, web.Option{Value: string(k), Label: k.Label()})
	}
	return out
}

// yesOrNo are the answers of what whoever answers must know.
func yesOrNo() []web.Option {
	return []web.Option{{Value: string(followup.Yes), Label: followup.Yes.Label()}, {Value: string(followup.No), Label: followup.No.Label()}}
}

// shown are the lists of the page in their order.
var shown = []followup.State{followup.Open, followup.Overdue, followup.Planned, followup.Done, followup.Unreached, followup.Undone, followup.Void}

// stateLabel names a list.
func stateLabel(s followup.State) i18n.Msg {
	if s == followup.Overdue {
		return i18n.M("Con retraso")
	}
	return s.Label()
}

// stateTag is the colour of a state; its words say the same.
func stateTag(s followup.State) web.TagKind {
	switch s {
	case followup.Done:
		return web.TagGood
	case followup.Open:
		return web.TagWait
	case followup.Overdue:
		return web.TagUrgent
	case followup.Unreached, followup.Undone:
		return web.TagBad
	}
	return web.TagPlain
}

// listPage is the follow-ups of one side.
type listPage struct {
	*followup.Page
	Filter  followup.Filter
	State   followup.State // of the list that is shown; empty for all
	Form    *web.Form
	Center  bool // of a center, where a row names a person
	Figures []followup.Figure
	Calls   bool // the actor may see whom to call
}

// with is the address of another list under the same folio.
func (p listPage) with(s followup.State, after string) string {
	q := url.Values{}
	for name, v := range map[string]string{"estado": string(s), "folio": p.Filter.Folio, "desde": after} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return strings.TrimSuffix("/seguimientos?"+q.Encode(), "?")
}

func (p listPage) first() string {
	if p.Filter.After == "" {
		return ""
	}
	return p.with(p.Filter.State, "")
}

func (p listPage) next() string {
	if p.Next == "" {
		return ""
	}
	return p.with(p.Filter.State, p.Next)
}

func (p *pages) list(r *web.Request) (web.Response, error) {
	q := r.Query()
	f := followup.Filter{State: followup.State(q.Get("estado")), Folio: q.Get("folio"), After: q.Get("desde")}
	page := listPage{Filter: f, State: f.State, Form: q, Center: r.Actor.Center != "", Calls: r.Actor.May(access.FollowupContact)}
	if page.State == "" && f.Folio == "" {
		page.State = followup.Open
	}
	var err error
	if page.Page, err = p.svc.List(r.Context(), r.Actor, f); err != nil {
		return nil, err
	}
	if page.Figures, err = p.svc.Attrition(r.Context(), r.Actor); err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Seguimientos"), listView(page)).Wide(), nil
}

func (p *pages) outreach(r *web.Request) (web.Response, error) {
	o, err := p.svc.Outreach(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("A quién llamar esta semana"), outreachView(o, r)).Wide().Print(), nil
}

// showPage is one follow-up with the form that logs an attempt.
type showPage struct {
	*followup.View
	Form     *web.Form
	Channels []web.Option
	Results  []web.Option
	Saved    bool
}

func (p *pages) show(r *web.Request) (web.Response, error) {
	return p.showWith(r, web.NewForm(url.Values{"tried_on": {clock.DateOf(r.Now).MX()}, "once": {db.NewID()}}))
}

func (p *pages) showWith(r *web.Request, form *web.Form) (web.Response, error) {
	v, err := p.svc.Open(r.Context(), r.Actor, r.PathValue("followup"))
	if err != nil {
		return nil, err
	}
	page := showPage{View: v, Form: form, Channels: options(r, v.Lists, catalogue.ContactChannel),
		Results: options(r, v.Lists, catalogue.ContactResult), Saved: r.Query().Get("aviso") == "guardado"}
	return web.Page(v.Title(), showView(page, r)).Wide(), nil
}

func (p *pages) attempt(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	var f followup.AttemptForm
	if err := decode(&f, form.Values); err != nil {
		return nil, err
	}
	id := r.PathValue("followup")
	err = p.svc.LogAttempt(r.Context(), r.Actor, id, f)
	if form.Fail(err) {
		return p.showWith(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(path(id, "") + "?aviso=guardado"), nil
}

// answerPage is the form that keeps what a follow-up learnt.
type answerPage struct {
	*followup.View
	Form    *web.Form
	Sources []web.Option
}

func (p *pages) answer(r *web.Request) (web.Response, error) {
	return p.answerWith(r, nil)
}

// answerWith shows the form: as it was sent, or with the answer that holds.
func (p *pages) answerWith(r *web.Request, form *web.Form) (web.Response, error) {
	v, err := p.svc.Open(r.Context(), r.Actor, r.PathValue("followup"))
	if err != nil {
		return nil, err
	}
	if form == nil {
		form = web.NewForm(asAnswered(v, clock.DateOf(r.Now)))
	}
	form.Values.Set("version", version(v)) // what holds now stands on the page: sent again, it is a correction
	page := answerPage{View: v, Form: form, Sources: options(r, v.Lists, catalogue.FollowupSource)}
	return web.Page(i18n.M("Responder: %s", v.Title()), answerView(page)), nil
}

func asAnswered(v *followup.View, today clock.Date) url.Values {
	out := url.Values{"answered_on": {today.MX()}}
	if len(v.History) > 0 {
		h := v.History[0]
		out.Set("answered_on", h.On.MX())
		out.Set("reached", string(h.Reached))
		out.Set("relapse", string(h.Relapse))
		out.Set("relapse_source", h.RelapseSource)
		out.Set("abstains", string(h.Abstains))
		out.Set("abstains_source", h.AbstainsSource)
	}
	return out
}

func (p *pages) doAnswer(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	var f followup.AnswerForm
	if err := decode(&f, form.Values); err != nil {
		return nil, err
	}
	id := r.PathValue("followup")
	err = p.svc.Answer(r.Context(), r.Actor, id, f)
	if form.Fail(err) {
		return p.answerWith(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(path(id, "") + "?aviso=guardado"), nil
}

func (p *pages) ofCase(r *web.Request) (web.Response, error) {
	v, err := p.svc.OfCase(r.Context(), r.Actor, r.PathValue("case"))
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Seguimientos de %s", v.Case.Folio), caseView(v)).Wide(), nil
}

// version is how often a follow-up was answered, as the form carries it.
func version(v *followup.View) string { return strconv.Itoa(v.Answers) }
