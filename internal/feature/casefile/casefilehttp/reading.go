package casefilehttp

import (
	"context"
	"net/url"
	"strconv"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// listPage is the list of a center.
type listPage struct {
	Page   *casefile.Page
	Filter casefile.Filter
	Form   *web.Form
	States []web.Option
	WalkIn bool
}

func (p *pages) list(r *web.Request) (web.Response, error) {
	query := r.Query()
	filter := casefile.Filter{State: casefile.State(query.Get("estado")), Text: query.Get("texto"), After: query.Get("desde")}
	list, err := p.svc.Files(r.Context(), r.Actor, filter)
	if err != nil {
		return nil, err
	}
	page := listPage{Page: list, Filter: filter, Form: query, WalkIn: r.Actor.Center != ""}
	for _, s := range casefile.States {
		page.States = append(page.States, web.Option{Value: string(s), Label: s.Label()})
	}
	return web.Page(i18n.M("Expedientes"), listView(page)).Wide(), nil
}

// with gives the list's address under another filter.
func (p listPage) with(state casefile.State, after string) string {
	q := url.Values{}
	if state != "" {
		q.Set("estado", string(state))
	}
	if p.Filter.Text != "" {
		q.Set("texto", p.Filter.Text)
	}
	if after != "" {
		q.Set("desde", after)
	}
	if len(q) == 0 {
		return "/expedientes"
	}
	return "/expedientes?" + q.Encode()
}

func (p listPage) first() string {
	if p.Filter.After == "" {
		return ""
	}
	return p.with(p.Filter.State, "")
}

func (p listPage) next() string {
	if p.Page.Next == "" {
		return ""
	}
	return p.with(p.Filter.State, p.Page.Next)
}

func totalText(n int) i18n.Msg {
	if n == 1 {
		return i18n.M("1 expediente.")
	}
	return i18n.M("%d expedientes.", n)
}

func countText(n int) string { return strconv.Itoa(n) }

// filePage is the summary of a case file with its appointments.
type filePage struct {
	*casefile.View
	Alerts   []Alert
	Agenda   bool // the appointments are shown
	Next     []Appointment
	Booking  casefile.Action
	BookPath string
}

func (p *pages) file(r *web.Request) (web.Response, error) {
	view, err := p.svc.Open(r.Context(), r.Actor, r.PathValue("case"))
	if err != nil {
		return nil, err
	}
	page := filePage{View: view}
	if p.alerts != nil {
		if page.Alerts, err = p.alerts(r.Context(), r.Actor, view.ID); err != nil {
			return nil, err
		}
	}
	if p.agenda != nil && r.Actor.May(access.AgendaRead) {
		page.Agenda, page.Booking, page.BookPath = true, casefile.Booking(view.State, r.Actor), p.agenda.BookPath(view.ID)
		if page.Next, err = p.agenda.Next(r.Context(), r.Actor, view.ID); err != nil {
			return nil, err
		}
	}
	return web.Page(i18n.M("Expediente %s", view.Folio), fileView(page, r)).Wide(), nil
}

func (p *pages) plan(r *web.Request) (web.Response, error) {
	view, err := p.svc.Open(r.Context(), r.Actor, r.PathValue("case"))
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Plan y avance de %s", view.Folio), planView(view, r)).Wide(), nil
}

// contactRows are identity and contact.
func contactRows(v *casefile.View, lang i18n.Lang) []web.SummaryRow {
	p := v.Person
	rows := []web.SummaryRow{
		{Label: i18n.M("Nombre"), Value: p.Name.Full()},
		{Label: i18n.M("Teléfono"), Value: p.Phone},
		{Label: i18n.M("Es seguro dejar mensaje"), Value: v.Lists.Label(catalogue.YesNo, p.SafeMessage, lang)},
	}
	for _, more := range []web.SummaryRow{
		{Label: i18n.M("Correo electrónico"), Value: p.Email},
		{Label: i18n.M("Domicilio"), Value: p.Address},
		{Label: i18n.M("Municipio"), Value: v.Lists.MunicipalityName(p.Municipality)},
		{Label: i18n.M("Horario de trabajo"), Value: v.Lists.Label(catalogue.WorkShift, p.WorkShift, lang)},
		{Label: i18n.M("CURP"), Value: p.CURP},
		{Label: i18n.M("Nacimiento"), Value: p.BirthDate.MX()},
		{Label: i18n.M("Lengua"), Value: v.Lists.Label(catalogue.Language, p.Language, lang)},
	} {
		if more.Value != "" { // what nobody filled in is not shown
			rows = append(rows, more)
		}
	}
	return rows
}

// intakeTasks are the steps of the intake with their state.
func intakeTasks(v *casefile.View, r *web.Request) []web.Task {
	at := func(name string) string {
		if !v.State.Open() || !r.Actor.May(access.CaseContact) {
			return ""
		}
		return path(v.ID, name)
	}
	task := func(label i18n.Msg, to string, done bool, on string) web.Task {
		if done {
			return web.Task{Label: label, Path: to, Kind: web.TagGood, State: i18n.M("Hecho %s", on)}
		}
		return web.Task{Label: label, Path: to, Kind: web.TagWait, State: i18n.M("Falta")}
	}
	out := []web.Task{
		task(i18n.M("Aviso de privacidad"), at("aviso"), v.Intake.NoticeVersion != "", web.ShowDay(v.Intake.NoticeAt)),
		task(i18n.M("Carta compromiso"), at("carta"), !v.Intake.CommittedOn.IsZero(), v.Intake.CommittedOn.MX()),
	}
	if !v.Full {
		return out
	}
	for _, area := range casefile.FileAreas {
		out = append(out, task(i18n.M("Valoración de %s", casefile.AreaLabel(area)), at("valoraciones"), v.Assessed[area], ""))
	}
	if v.RiskRight > casefile.Nothing {
		to := ""
		if r.Actor.May(access.RiskWrite) {
			to = at("riesgo")
		}
		out = append(out, task(i18n.M("Nivel de riesgo"), to, v.Risk != "", ""))
	}
	return out
}

func (p *pages) assessments(r *web.Request) (web.Response, error) {
	view, err := p.svc.Assessments(r.Context(), r.Actor, r.PathValue("case"))
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Valoraciones de %s", view.Folio), assessmentsView(view, web.NewForm(nil), r)).Wide(), nil
}

func (p *pages) readAssessments(r *web.Request) (web.Response, error) {
	view, form, err := withReason(r, p.svc.ReadAssessments, p.svc.Assessments)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Valoraciones de %s", view.Folio), assessmentsView(view, form, r)).Wide(), nil
}

// withReason reads a part of a case file for the reason that was typed; where that is no
// reason, the part as it is read without one, with the form.
func withReason[V any](r *web.Request, read func(context.Context, access.Actor, string, string) (V, error),
	without func(context.Context, access.Actor, string) (V, error)) (V, *web.Form, error) {
	form, err := r.Form()
	if err != nil {
		var none V
		return none, nil, err
	}
	view, err := read(r.Context(), r.Actor, r.PathValue("case"), form.Get("reason"))
	if form.Fail(err) {
		view, err = without(r.Context(), r.Actor, r.PathValue("case"))
	}
	return view, form, err
}

// answerRows are the answers of an assessment in words.
func answerRows(a casefile.Assessment) []web.SummaryRow {
	var out []web.SummaryRow
	for _, item := range a.Instrument.Items {
		text := a.Answers[item.Code]
		for _, c := range item.Choices {
			if c.Code == text {
				text = c.Text
			}
		}
		if text != "" {
			out = append(out, web.SummaryRow{Label: i18n.M("%s", item.Text), Value: text})
		}
	}
	return out
}

func (p *pages) notes(r *web.Request) (web.Response, error) {
	view, err := p.svc.Notes(r.Context(), r.Actor, r.PathValue("case"))
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Notas de %s", view.Folio), notesView(view, web.NewForm(nil), r)).Wide(), nil
}

func (p *pages) readNotes(r *web.Request) (web.Response, error) {
	view, form, err := withReason(r, p.svc.ReadNotes, p.svc.Notes)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Notas de %s", view.Folio), notesView(view, form, r)).Wide(), nil
}

func disclosable(yes bool) i18n.Msg {
	if yes {
		return i18n.M("Se puede entregar a la persona")
	}
	return i18n.M("No se entrega a la persona")
}

func (p *pages) papers(r *web.Request) (web.Response, error) {
	view, err := p.svc.Papers(r.Context(), r.Actor, r.PathValue("case"))
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Documentos de %s", view.Folio), papersView(view, r)).Wide(), nil
}

func (p *pages) history(r *web.Request) (web.Response, error) {
	view, err := p.svc.History(r.Context(), r.Actor, r.PathValue("case"))
	if err != nil {
		return nil, err
	}
	items := make([]web.TimelineItem, len(view.Events))
	for i, e := range view.Events {
		items[i] = web.TimelineItem{Title: e.What, At: e.At, Who: e.Who}
	}
	return web.Page(i18n.M("Historia de %s", view.Folio), historyView(view.Case, items, r)), nil
}

func (p *pages) decisions(r *web.Request) (web.Response, error) {
	view, err := p.svc.Decisions(r.Context(), r.Actor, r.PathValue("case"))
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Decisiones y motivos de %s", view.Folio), decisionsView(view, r)), nil
}

func (p *pages) readers(r *web.Request) (web.Response, error) {
	c, readers, err := p.svc.Readers(r.Context(), r.Actor, r.PathValue("case"))
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Quién ha leído %s", c.Folio), readersView(c, readers, r)).Wide(), nil
}

// consultPage asks for a folio and a reason.
func (p *pages) consult(*web.Request) (web.Response, error) {
	return web.Page(i18n.M("Consultar un expediente"), consultView(web.NewForm(nil))), nil
}

func (p *pages) doConsult(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	view, err := p.svc.OpenWithReason(r.Context(), r.Actor, form.Get("folio"), form.Get("reason"))
	if form.Fail(err) {
		return web.Page(i18n.M("Consultar un expediente"), consultView(form)), nil
	}
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Expediente %s", view.Folio), fileView(filePage{View: view}, r)).Wide(), nil
}

// hours writes minutes as hours.
func hours(minutes int) string {
	if minutes%60 == 0 {
		return strconv.Itoa(minutes/60) + " h"
	}
	return strconv.Itoa(minutes/60) + " h " + strconv.Itoa(minutes%60) + " min"
}

func areaLabel(a program.ServiceArea) i18n.Msg { return a.Label() }

func span(from, until clock.Date) i18n.Msg {
	switch {
	case from.IsZero() && until.IsZero():
		return i18n.Msg{}
	case from.IsZero():
		return i18n.M("hasta el %s", until.MX())
	case until.IsZero():
		return i18n.M("desde el %s", from.MX())
	}
	return i18n.M("del %s al %s", from.MX(), until.MX())
}
