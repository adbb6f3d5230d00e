package agendahttp

import (
	"net/url"
	"strconv"
	"time"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// groupPage is the sessions of a group: planned, or in the agenda.
type groupPage struct {
	Schedule *agenda.Schedule
	Form     *web.Form
	Manage   bool
	Now      time.Time
}

func (p *pages) group(r *web.Request) (web.Response, error) { return p.showGroup(r, web.NewForm(nil)) }

func (p *pages) showGroup(r *web.Request, form *web.Form) (web.Response, error) {
	s, err := p.svc.GroupSchedule(r.Context(), r.Actor, r.PathValue("group"))
	if err != nil {
		return nil, err
	}
	page := groupPage{Schedule: s, Form: form, Manage: r.Actor.May(access.GroupManage), Now: r.Now}
	return web.Page(i18n.M("Sesiones de %s", s.Group.Name), groupView(page)).Print(), nil
}

func (p *pages) confirm(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("group")
	err = p.svc.Confirm(r.Context(), r.Actor, id)
	if form.Fail(err) {
		return p.showGroup(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(groupPath(id)), nil
}

// sessionPage moves a session of a group or puts somebody else in it.
type sessionPage struct {
	View  *agenda.View
	Form  *web.Form
	Cause []web.Option
	Staff []web.Option
	Pair  []web.Option
}

func (p *pages) session(r *web.Request) (web.Response, error) {
	return p.showSession(r, web.NewForm(nil))
}

func (p *pages) showSession(r *web.Request, form *web.Form) (web.Response, error) {
	view, err := p.svc.Open(r.Context(), r.Actor, r.PathValue("appointment"))
	if err != nil {
		return nil, err
	}
	if view.Kind != agenda.Group {
		return web.Redirect(appointmentPath(view.ID, "cambiar")), nil
	}
	s, err := p.svc.GroupSchedule(r.Context(), r.Actor, view.GroupID)
	if err != nil {
		return nil, err
	}
	page := sessionPage{View: view, Form: form, Cause: options(r, s.Lists, catalogue.ChangeReason), Staff: staffOptions(s.Staff)}
	for _, who := range []web.Option{{Value: view.Account, Text: view.Staff}, {Value: view.CoAccount, Text: view.CoStaff}} {
		if who.Value != "" {
			page.Pair = append(page.Pair, who)
		}
	}
	return web.Page(i18n.M("Cambiar la sesión %d de %s", view.SessionNumber, view.Who), sessionView(page)), nil
}

func (p *pages) moveSession(r *web.Request) (web.Response, error) {
	return p.onSession(r, func(id string, form *web.Form) error {
		return p.svc.MoveSession(r.Context(), r.Actor, id, agenda.Shift{Date: form.Get("date"), Time: form.Get("time"),
			Cascade: form.Get("cascade") == web.Yes, Change: agenda.Change{Side: form.Get("side"), Reason: form.Get("reason")}})
	})
}

func (p *pages) cover(r *web.Request) (web.Response, error) {
	return p.onSession(r, func(id string, form *web.Form) error {
		return p.svc.Cover(r.Context(), r.Actor, id, form.Get("instead"), form.Get("account"))
	})
}

// onSession changes a session and goes back to its group.
func (p *pages) onSession(r *web.Request, do func(id string, form *web.Form) error) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("appointment")
	err = do(id, form)
	if form.Fail(err) {
		return p.showSession(r, form)
	}
	if err != nil {
		return nil, err
	}
	view, err := p.svc.Open(r.Context(), r.Actor, id)
	if err != nil {
		return nil, err
	}
	return web.Redirect(groupPath(view.GroupID)), nil
}

// tasksPage is what authorities have not been told, and what they were.
type tasksPage struct {
	Open, Told []agenda.Task
	Form       *web.Form
	On         string // the task whose answer was typed
}

func (p *pages) untold(r *web.Request) (web.Response, error) {
	return p.showUntold(r, web.NewForm(nil), "")
}

func (p *pages) showUntold(r *web.Request, form *web.Form, on string) (web.Response, error) {
	page := tasksPage{Form: form, On: on}
	var err error
	if page.Open, err = p.svc.Untold(r.Context(), r.Actor); err != nil {
		return nil, err
	}
	if page.Told, err = p.svc.Told(r.Context(), r.Actor); err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Autoridades sin avisar"), untoldView(page)).Wide(), nil
}

func (p *pages) tell(r *web.Request) (web.Response, error) {
	if err := p.svc.Tell(r.Context(), r.Actor, r.PathValue("task")); err != nil {
		return nil, err
	}
	return web.Redirect("/autoridades"), nil
}

func (p *pages) answer(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("task")
	err = p.svc.Answer(r.Context(), r.Actor, id, agenda.AnswerForm{On: form.Get("on"), Text: form.Get("text")})
	if form.Fail(err) {
		return p.showUntold(r, form, id)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect("/autoridades"), nil
}

// callsPage is who must be called: after an absence, and about appointments to come.
type callsPage struct {
	Calls   []agenda.Task
	Visits  []agenda.VisitCall
	Lists   *catalogue.Lists
	Form    *web.Form
	Results []web.Option
}

func (p *pages) calls(r *web.Request) (web.Response, error) { return p.showCalls(r, web.NewForm(nil)) }

func (p *pages) showCalls(r *web.Request, form *web.Form) (web.Response, error) {
	calls, lists, err := p.svc.CallList(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	visits, err := p.svc.VisitCalls(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	page := callsPage{Calls: calls, Visits: visits, Lists: lists, Form: form, Results: options(r, lists, catalogue.ContactResult)}
	return web.Page(i18n.M("Llamadas pendientes"), callsView(page)).Wide(), nil
}

func (p *pages) called(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	err = p.svc.Called(r.Context(), r.Actor, r.PathValue("task"), form.Get("result"))
	if form.Fail(err) {
		return p.showCalls(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect("/llamadas"), nil
}

// staffPage is who attends when, and who is away.
type staffPage struct {
	Workers []agenda.Worker
	Form    *web.Form
	Choices []web.Option
	Notice  i18n.Msg
}

func (p *pages) staff(r *web.Request) (web.Response, error) { return p.showStaff(r, web.NewForm(nil)) }

func (p *pages) showStaff(r *web.Request, form *web.Form) (web.Response, error) {
	workers, err := p.svc.Workers(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	page := staffPage{Workers: workers, Form: form}
	for _, w := range workers {
		page.Choices = append(page.Choices, web.Option{Value: w.Account, Text: w.Title})
	}
	if n, err := strconv.Atoi(r.Query().Get("quedan")); err == nil && n > 0 {
		page.Notice = i18n.M("La ausencia quedó guardada. En esos días hay %d citas: cámbielas desde la agenda.", n)
	}
	return web.Page(i18n.M("Horarios y ausencias del personal"), staffView(page)), nil
}

func (p *pages) addAbsence(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	var f agenda.AbsenceForm
	if err := decode(&f, form.Values); err != nil {
		return nil, err
	}
	left, err := p.svc.AddAbsence(r.Context(), r.Actor, f)
	if form.Fail(err) {
		return p.showStaff(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect("/agenda/personal?quedan=" + strconv.Itoa(left)), nil
}

func (p *pages) removeAbsence(r *web.Request) (web.Response, error) {
	if err := p.svc.RemoveAbsence(r.Context(), r.Actor, r.PathValue("absence")); err != nil {
		return nil, err
	}
	return web.Redirect("/agenda/personal"), nil
}

// hoursPage is the weekly hours of one professional.
type hoursPage struct {
	Worker agenda.Worker
	Form   *web.Form
}

func (p *pages) hours(r *web.Request) (web.Response, error) { return p.showHours(r, nil) }

func (p *pages) showHours(r *web.Request, form *web.Form) (web.Response, error) {
	workers, err := p.svc.Workers(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	for _, w := range workers {
		if w.Account != r.PathValue("worker") {
			continue
		}
		if form == nil {
			form = web.NewForm(weekValues(w.Own))
		}
		return web.Page(i18n.M("Horario de %s", w.Title), hoursView(hoursPage{w, form})), nil
	}
	return nil, fault.Missing()
}

func weekValues(w *center.Week) url.Values {
	v := url.Values{}
	if w == nil {
		return v
	}
	for day, span := range w {
		if span.Open() {
			v.Set(center.HourField("from", time.Weekday(day)), center.ShowHour(span.From))
			v.Set(center.HourField("until", time.Weekday(day)), center.ShowHour(span.Until))
		}
	}
	return v
}

func weekLines(form *web.Form) (lines [7]center.HourLine) {
	for day := range lines {
		lines[day] = center.HourLine{From: form.Get(center.HourField("from", time.Weekday(day))), Until: form.Get(center.HourField("until", time.Weekday(day)))}
	}
	return lines
}

func (p *pages) setHours(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	err = p.svc.SetWorkHours(r.Context(), r.Actor, r.PathValue("worker"), weekLines(form))
	if form.Fail(err) {
		return p.showHours(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect("/agenda/personal"), nil
}
