package casefilehttp

import (
	"net/url"
	"strconv"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/web"
)

// walkInPage takes in who comes by himself.
type walkInPage struct {
	Form  *web.Form
	Lists *catalogue.Lists
	Lang  i18n.Lang
}

func (p walkInPage) municipalities() []web.Option {
	var out []web.Option
	for _, m := range p.Lists.Municipalities() {
		out = append(out, web.Option{Value: m.Key, Text: m.Name, Group: p.Lists.Label(catalogue.State, m.StateKey, p.Lang)})
	}
	return out
}

func (p *pages) walkIn(r *web.Request) (web.Response, error) {
	return p.showWalkIn(r, web.NewForm(nil))
}

func (p *pages) showWalkIn(r *web.Request, form *web.Form) (web.Response, error) {
	if r.Actor.Center == "" {
		return nil, fault.Missing()
	}
	lists, err := p.catalogue.Lists(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Ingreso voluntario"), walkInView(walkInPage{form, lists, r.Lang})), nil
}

func (p *pages) doWalkIn(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	var w casefile.WalkIn
	if err := decode(&w, form.Values); err != nil {
		return nil, err
	}
	id, err := p.svc.StartVoluntary(r.Context(), r.Actor, w)
	if form.Fail(err) {
		return p.showWalkIn(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(path(id)), nil
}

// assessPage applies an instrument.
type assessPage struct {
	Case       casefile.Case
	Instrument casefile.Instrument
	Form       *web.Form
}

// assess shows the questions of an instrument: the one that the address names, or that
// of the actor's area.
func (p *pages) assess(r *web.Request) (web.Response, error) {
	return p.showAssess(r, web.NewForm(url.Values{"instrument": {r.Query().Get("con")}}))
}

func (p *pages) showAssess(r *web.Request, form *web.Form) (web.Response, error) {
	c, in, err := p.svc.InstrumentFor(r.Context(), r.Actor, r.PathValue("case"), form.Get("instrument"))
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("%s", in.Name), assessView(assessPage{c, in, form})), nil
}

func (p *pages) doAssess(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("case")
	err = p.svc.Assess(r.Context(), r.Actor, id, form.Get("instrument"), typedAnswers(form), form.Get("disclosable"))
	if form.Fail(err) {
		return p.showAssess(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(path(id, "valoraciones")), nil
}

func choiceOptions(item casefile.Item) []web.Option {
	var out []web.Option
	for _, c := range item.Choices {
		out = append(out, web.Option{Value: c.Code, Text: c.Text})
	}
	return out
}

// notePage writes a note or a further version of one.
type notePage struct {
	Case  casefile.Case
	Form  *web.Form
	Amend bool
}

// note shows the form of a new note, or of a further version of the one that the address
// names.
func (p *pages) note(r *web.Request) (web.Response, error) {
	return p.showNote(r, nil, r.Query().Get("cual"))
}

// showNote shows the form of a note; that of an existing one begins with its last text.
func (p *pages) showNote(r *web.Request, form *web.Form, noteID string) (web.Response, error) {
	view, err := p.svc.Notes(r.Context(), r.Actor, r.PathValue("case"))
	if err != nil {
		return nil, err
	}
	page := notePage{Case: view.Case, Form: form, Amend: noteID != ""}
	if form == nil {
		page.Form = web.NewForm(nil)
	}
	if page.Amend {
		note, ok := ownNote(view, noteID)
		if !ok {
			return nil, fault.Missing()
		}
		if form == nil {
			page.Form = web.NewForm(url.Values{"note": {noteID}, "body": {note.Versions[0].Body}, "disclosable": {yesNo(note.Versions[0].Disclosable)}})
		}
	}
	title := i18n.M("Nota nueva de %s", view.Folio)
	if page.Amend {
		title = i18n.M("Nueva versión de una nota de %s", view.Folio)
	}
	return web.Page(title, noteView(page)), nil
}

func ownNote(v *casefile.NotesView, id string) (casefile.Note, bool) {
	for _, n := range v.Notes {
		if n.ID == id && n.Mine {
			return n, true
		}
	}
	return casefile.Note{}, false
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

func disclosableOptions() []web.Option {
	return []web.Option{{Value: "no", Label: i18n.M("No")}, {Value: "yes", Label: i18n.M("Sí")}}
}

func (p *pages) doNote(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	var f casefile.NoteForm
	if err := decode(&f, form.Values); err != nil {
		return nil, err
	}
	id, noteID := r.PathValue("case"), form.Get("note")
	if noteID == "" {
		_, err = p.svc.WriteNote(r.Context(), r.Actor, id, f)
	} else {
		err = p.svc.AmendNote(r.Context(), r.Actor, id, noteID, f)
	}
	if form.Fail(err) {
		return p.showNote(r, form, noteID)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(path(id, "notas")), nil
}

// admitPage chooses the program of a person.
type admitPage struct {
	Case    casefile.Case
	Choices []casefile.ProgramChoice
	Form    *web.Form
}

func (p *pages) admit(r *web.Request) (web.Response, error) {
	form := r.Query()
	if form.Get("starts_on") == "" {
		form = web.NewForm(url.Values{"starts_on": {clock.NewCalendar().Add(clock.DateOf(r.Now), 1).MX()}})
	}
	return p.showAdmit(r, form)
}

func (p *pages) showAdmit(r *web.Request, form *web.Form) (web.Response, error) {
	from, err := clock.ParseDateMX(form.Get("starts_on"))
	if err != nil {
		from = clock.DateOf(r.Now)
	}
	c, choices, err := p.svc.ProgramChoices(r.Context(), r.Actor, r.PathValue("case"), from)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Elegir programa de %s", c.Folio), admitView(admitPage{c, choices, form})), nil
}

func (p *pages) doAdmit(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	var f casefile.AdmitForm
	if err := decode(&f, form.Values); err != nil {
		return nil, err
	}
	id := r.PathValue("case")
	err = p.svc.AdmitTo(r.Context(), r.Actor, id, f)
	if form.Fail(err) {
		return p.showAdmit(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(path(id, "plan")), nil
}

func (p admitPage) options() []web.Option {
	var out []web.Option
	for _, c := range p.Choices {
		hint := i18n.M("%d sesiones; terminaría hacia el %s.", c.Version.SessionCount(), c.Forecast.MX())
		for _, l := range c.Late { // the nearest end is the one that matters
			hint = i18n.M("%d sesiones; terminaría hacia el %s. Atención: no cabe en una obligación que termina el %s.",
				c.Version.SessionCount(), c.Forecast.MX(), l.Until.MX())
		}
		out = append(out, web.Option{Value: c.Version.ID, Text: c.Version.ProgramName + " · v" + strconv.Itoa(c.Version.Number), Hint: hint})
	}
	return out
}

func (p *pages) leaveGroup(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("case")
	if err := p.svc.LeaveGroup(r.Context(), r.Actor, id, form.Get("group")); err != nil {
		return nil, err
	}
	return web.Redirect(path(id, "grupos")), nil
}

func (p *pages) meetAgain(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("case")
	if err := p.svc.MeetAgain(r.Context(), r.Actor, id, form.Get("other")); err != nil {
		return nil, err
	}
	return web.Redirect(path(id)), nil
}

// reservePage names who may see a sealed file.
type reservePage struct {
	Case       casefile.Case
	Colleagues []web.Option
	Form       *web.Form
}

func (p *pages) reserve(r *web.Request) (web.Response, error) {
	return p.showReserve(r, web.NewForm(nil))
}

func (p *pages) showReserve(r *web.Request, form *web.Form) (web.Response, error) {
	c, colleagues, err := p.svc.Colleagues(r.Context(), r.Actor, r.PathValue("case"))
	if err != nil {
		return nil, err
	}
	page := reservePage{Case: c, Form: form}
	for _, one := range colleagues {
		page.Colleagues = append(page.Colleagues, web.Option{Value: one.Account, Text: one.Name})
	}
	return web.Page(i18n.M("Reservar %s", c.Folio), reserveView(page)), nil
}

func (p *pages) doReserve(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("case")
	err = p.svc.Seal(r.Context(), r.Actor, id, form.Values["accounts"])
	if form.Fail(err) {
		return p.showReserve(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(path(id)), nil
}

func (p *pages) unreserve(r *web.Request) (web.Response, error) {
	id := r.PathValue("case")
	if err := p.svc.Unseal(r.Context(), r.Actor, id); err != nil {
		return nil, err
	}
	return web.Redirect(path(id)), nil
}
