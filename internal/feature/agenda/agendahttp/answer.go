package agendahttp

import (
	"net/http"
	"net/url"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// How often one address may open or answer one-time links: a family behind one address is
// let through, a program that tries links is not.
const (
	answersPerMinute = 30
	answersAtOnce    = 20
)

// registerReach adds the routes by which people outside are reached: the one-time link of
// who is cited, and the calendar of who attends.
func registerReach(rt *web.Router, p *pages) {
	rt.Handle("GET /cita/{invitation}/{mac}", access.AppointmentAnswer, web.Limit("agenda.invited", answersPerMinute, answersAtOnce, p.invited))
	rt.Handle("POST /cita/{invitation}/{mac}", access.AppointmentAnswer, web.Limit("agenda.reply", answersPerMinute, answersAtOnce, p.reply))
	rt.Handle("POST /llamadas/citas/{call}", access.AgendaBook, p.visitCalled)
	rt.Handle("GET /calendario/{feed}", access.CalendarRead, web.Limit("agenda.feed", feedsPerMinute, feedsAtOnce, p.feed))
	rt.Handle("GET /agenda/calendario", access.AttendanceRecord, p.ownFeed)
	rt.Handle("POST /agenda/calendario", access.AttendanceRecord, p.makeFeed)
	rt.Handle("POST /agenda/calendario/quitar", access.AttendanceRecord, p.revokeFeed)
}

// answerPage is what a person sees behind his one-time link.
type answerPage struct {
	Visit   *agenda.Invited
	Form    *web.Form
	Path    string
	Reasons []web.Option
}

func (p *pages) invited(r *web.Request) (web.Response, error) {
	return p.showInvited(r, web.NewForm(nil))
}

// showInvited shows the page. Whatever is wrong with a link, the answer is the same.
func (p *pages) showInvited(r *web.Request, form *web.Form) (web.Response, error) {
	id, mac := r.PathValue("invitation"), r.PathValue("mac")
	visit, err := p.svc.Invited(r.Context(), r.Actor, id, mac)
	if fault.Is(err, fault.NotFound) {
		return deadLink(), nil
	}
	if err != nil {
		return nil, err
	}
	if !form.Failed() {
		form.Values.Set("reason", visit.Reason)
	}
	page := answerPage{Visit: visit, Form: form, Path: "/cita/" + url.PathEscape(id) + "/" + url.PathEscape(mac),
		Reasons: options(r, visit.Lists, catalogue.CannotReason)}
	return web.Page(i18n.M("Su cita"), answerView(page)).NoFrame(), nil
}

func deadLink() web.Response {
	return web.Page(i18n.M("Este enlace no abre ninguna cita"), deadLinkView()).Status(http.StatusNotFound).NoFrame()
}

func (p *pages) reply(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	var f agenda.ReplyForm
	if err := decode(&f, form.Values); err != nil {
		return nil, err
	}
	err = p.svc.Reply(r.Context(), r.Actor, r.PathValue("invitation"), r.PathValue("mac"), f)
	switch {
	case fault.Is(err, fault.NotFound):
		return deadLink(), nil
	case form.Fail(err):
		return p.showInvited(r, form)
	case err != nil:
		return nil, err
	}
	return web.Redirect("/cita/" + url.PathEscape(r.PathValue("invitation")) + "/" + url.PathEscape(r.PathValue("mac"))), nil
}

func visitCallPath(id string) string { return "/llamadas/citas/" + url.PathEscape(id) }

func (p *pages) visitCalled(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	var f agenda.CallForm
	if err := decode(&f, form.Values); err != nil {
		return nil, err
	}
	err = p.svc.VisitCalled(r.Context(), r.Actor, r.PathValue("call"), f)
	if form.Fail(err) {
		return p.showCalls(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect("/llamadas"), nil
}

// callKind is the edge of a call in the list: what cannot wait stands out.
func callKind(c agenda.VisitCall) string {
	if c.Why == agenda.CallRemind {
		return "wait"
	}
	return "urgent"
}
