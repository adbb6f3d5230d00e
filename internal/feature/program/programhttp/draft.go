package programhttp

import (
	"context"
	"net/url"
	"strconv"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// registerDraft adds the pages on which a draft is written.
func registerDraft(rt *web.Router, p *pages) {
	const draft = "/programas/version/{version}"
	edit := func(path string, show, keep web.Handler) {
		rt.Handle("GET "+draft+path, access.ProgramManage, show)
		rt.Handle("POST "+draft+path, access.ProgramManage, keep)
	}
	edit("/reglas", p.rules, p.setRules)
	edit("/publicar", p.publishing, p.publish)
	edit("/descartar", p.discarding, p.discard)
	edit("/componentes/nuevo", p.newComponent, p.addComponent)
	edit("/componentes/{component}", p.component, p.updateComponent)
	edit("/componentes/{component}/sesiones", p.newSessions, p.addSessions)
	edit("/sesiones/{session}", p.session, p.updateSession)
	edit("/temas/nuevos", p.newTopics, p.addTopics)
	edit("/temas/{topic}", p.topic, p.updateTopic)
	for what, acts := range map[string]partActs{
		"/componentes/{component}": {"component", p.svc.MoveComponent, p.svc.RemoveComponent},
		"/sesiones/{session}":      {"session", p.svc.MoveSession, p.svc.RemoveSession},
		"/temas/{topic}":           {"topic", p.svc.MoveTopic, p.svc.RemoveTopic},
	} {
		rt.Handle("POST "+draft+what+"/subir", access.ProgramManage, p.step(acts, program.Up))
		rt.Handle("POST "+draft+what+"/bajar", access.ProgramManage, p.step(acts, program.Down))
		rt.Handle("POST "+draft+what+"/quitar", access.ProgramManage, p.remove(acts))
	}
}

// partActs are the actions of one press on a part of a draft.
type partActs struct {
	param  string // of the route's path
	move   func(context.Context, access.Actor, program.Edition, string, program.Step) error
	remove func(context.Context, access.Actor, program.Edition, string) error
}

func (p *pages) step(acts partActs, step program.Step) web.Handler {
	return p.act(func(r *web.Request, at program.Edition) error {
		return acts.move(r.Context(), r.Actor, at, r.PathValue(acts.param), step)
	})
}

func (p *pages) remove(acts partActs) web.Handler {
	return p.act(func(r *web.Request, at program.Edition) error {
		return acts.remove(r.Context(), r.Actor, at, r.PathValue(acts.param))
	})
}

// act runs an action of one press on a draft and shows the draft again; when it may not
// be, the draft says why.
func (p *pages) act(do func(r *web.Request, at program.Edition) error) web.Handler {
	return func(r *web.Request) (web.Response, error) {
		form, err := r.Form()
		if err != nil {
			return nil, err
		}
		at := edition(r, form)
		if err := do(r, at); form.Fail(err) {
			return p.showVersion(r, form)
		} else if err != nil {
			return nil, err
		}
		return web.Redirect(versionPath(at.Version)), nil
	}
}

// edition is the draft as the form was shown with it.
func edition(r *web.Request, form *web.Form) program.Edition {
	return program.Edition{Version: r.PathValue("version"), Revision: seen(form)}
}

// draftForm is a form that edits a draft, or a part of it.
type draftForm struct {
	Version   *program.Version
	Revision  string
	Form      *web.Form
	Component program.Component // of what is edited, where there is one
	Session   program.Session
	Topic     program.Topic
}

// path is an address below the draft's.
func (f draftForm) path(rest ...string) string { return versionPath(f.Version.ID, rest...) }

// crumbs is the way to the page.
func (f draftForm) crumbs(here i18n.Msg) []web.Crumb {
	v := f.Version
	return []web.Crumb{{Label: i18n.M("Programas"), Path: "/programas"}, {Text: v.ProgramName, Path: programPath(v.ProgramID)},
		{Label: i18n.M("Versión %d", v.Number), Path: versionPath(v.ID)}, {Label: here}}
}

// draft loads the draft of a page with its form, what was typed or nil, and what was
// wrong with it. find looks for the part that the page edits and may be nil.
func (p *pages) draft(r *web.Request, form *web.Form, wrong error, find func(*draftForm) bool) (draftForm, error) {
	v, err := p.svc.Draft(r.Context(), r.Actor, r.PathValue("version"))
	if err != nil {
		return draftForm{}, err
	}
	page := draftForm{Version: v, Form: form}
	if find != nil && !find(&page) {
		return draftForm{}, fault.Missing()
	}
	if form == nil {
		page.Form = web.NewForm(nil)
	}
	page.Revision = revision(page.Form, v.Revision, wrong)
	return page, nil
}

// keep reads a form, hands it to a change of the draft and goes back to the draft's page,
// or shows the form again with what is wrong.
func (p *pages) keep(r *web.Request, change func(at program.Edition, form *web.Form) error, show func(*web.Request, *web.Form, error) (web.Response, error)) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	at := edition(r, form)
	if err := change(at, form); form.Fail(err) {
		return show(r, form, err)
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(versionPath(at.Version) + kept), nil
}

func (p *pages) rules(r *web.Request) (web.Response, error) { return p.showRules(r, nil, nil) }

func (p *pages) showRules(r *web.Request, form *web.Form, wrong error) (web.Response, error) {
	page, err := p.draft(r, form, wrong, nil)
	if err != nil {
		return nil, err
	}
	if v := page.Version; form == nil {
		page.Form.Values = url.Values{
			"required": {strconv.Itoa(v.Required)}, "group_min": {strconv.Itoa(v.GroupMin)}, "group_max": {strconv.Itoa(v.GroupMax)},
			"rules": {v.Rules}, "source": {v.Source},
		}
	}
	return web.Page(i18n.M("Reglas y fuente de %s", page.Version.ProgramName), rulesView(page)), nil
}

func (p *pages) setRules(r *web.Request) (web.Response, error) {
	return p.keep(r, func(at program.Edition, f *web.Form) error {
		return p.svc.SetRules(r.Context(), r.Actor, at, program.RulesForm{
			Required: f.Get("required"), GroupMin: f.Get("group_min"), GroupMax: f.Get("group_max"), Rules: f.Get("rules"), Source: f.Get("source"),
		})
	}, p.showRules)
}

func (p *pages) publishing(r *web.Request) (web.Response, error) { return p.showPublish(r, nil, nil) }

func (p *pages) showPublish(r *web.Request, form *web.Form, wrong error) (web.Response, error) {
	page, err := p.draft(r, form, wrong, nil)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Publicar la versión %d de %s", page.Version.Number, page.Version.ProgramName), publishView(page)), nil
}

func (p *pages) publish(r *web.Request) (web.Response, error) {
	return p.keep(r, func(at program.Edition, _ *web.Form) error {
		return p.svc.Publish(r.Context(), r.Actor, at)
	}, p.showPublish)
}

func (p *pages) discarding(r *web.Request) (web.Response, error) {
	return p.showDiscard(r, nil, nil)
}

func (p *pages) showDiscard(r *web.Request, form *web.Form, wrong error) (web.Response, error) {
	page, err := p.draft(r, form, wrong, nil)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Descartar la versión %d de %s", page.Version.Number, page.Version.ProgramName), discardView(page)), nil
}

func (p *pages) discard(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	at := edition(r, form)
	v, err := p.svc.Draft(r.Context(), r.Actor, at.Version)
	if err != nil {
		return nil, err
	}
	stays, err := p.svc.Discard(r.Context(), r.Actor, at)
	switch {
	case form.Fail(err):
		return p.showDiscard(r, form, err)
	case err != nil:
		return nil, err
	case stays:
		return web.Redirect(programPath(v.ProgramID) + kept), nil
	}
	return web.Redirect("/programas"), nil
}

// areaOptions are who may give a component's sessions.
func areaOptions() []web.Option {
	var out []web.Option
	for _, a := range program.Areas {
		out = append(out, web.Option{Value: string(a), Label: a.Label()})
	}
	return out
}

func decodeComponent(f *web.Form) program.ComponentForm {
	return program.ComponentForm{
		Area: f.Get("area"), Name: f.Get("name"), Minutes: f.Get("minutes"), EveryDays: f.Get("every_days"), Sessions: f.Get("sessions"),
	}
}

func (p *pages) newComponent(r *web.Request) (web.Response, error) {
	return p.showNewComponent(r, nil, nil)
}

func (p *pages) showNewComponent(r *web.Request, form *web.Form, wrong error) (web.Response, error) {
	page, err := p.draft(r, form, wrong, nil)
	if err != nil {
		return nil, err
	}
	if form == nil {
		page.Form.Values.Set("every_days", "7")
	}
	return web.Page(i18n.M("Nuevo componente de %s", page.Version.ProgramName), newComponentView(page)), nil
}

func (p *pages) addComponent(r *web.Request) (web.Response, error) {
	return p.keep(r, func(at program.Edition, f *web.Form) error {
		_, err := p.svc.AddComponent(r.Context(), r.Actor, at, decodeComponent(f))
		return err
	}, p.showNewComponent)
}

// findComponent looks for the component of a page's address.
func findComponent(r *web.Request) func(*draftForm) bool {
	return func(f *draftForm) (ok bool) {
		f.Component, ok = f.Version.Component(r.PathValue("component"))
		return ok
	}
}

func (p *pages) component(r *web.Request) (web.Response, error) { return p.showComponent(r, nil, nil) }

func (p *pages) showComponent(r *web.Request, form *web.Form, wrong error) (web.Response, error) {
	page, err := p.draft(r, form, wrong, findComponent(r))
	if err != nil {
		return nil, err
	}
	if c := page.Component; form == nil {
		page.Form.Values = url.Values{
			"area": {string(c.Area)}, "name": {c.Name}, "minutes": {strconv.Itoa(c.Minutes)}, "every_days": {strconv.Itoa(c.EveryDays)},
		}
	}
	return web.Page(i18n.M("Componente: %s", page.Component.Name), editComponentView(page)), nil
}

func (p *pages) updateComponent(r *web.Request) (web.Response, error) {
	return p.keep(r, func(at program.Edition, f *web.Form) error {
		return p.svc.UpdateComponent(r.Context(), r.Actor, at, r.PathValue("component"), decodeComponent(f))
	}, p.showComponent)
}

func (p *pages) newSessions(r *web.Request) (web.Response, error) {
	return p.showNewSessions(r, nil, nil)
}

func (p *pages) showNewSessions(r *web.Request, form *web.Form, wrong error) (web.Response, error) {
	page, err := p.draft(r, form, wrong, findComponent(r))
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Agregar sesiones a «%s»", page.Component.Name), newSessionsView(page)), nil
}

func (p *pages) addSessions(r *web.Request) (web.Response, error) {
	return p.keep(r, func(at program.Edition, f *web.Form) error {
		return p.svc.AddSessions(r.Context(), r.Actor, at, r.PathValue("component"),
			program.SessionsForm{Count: f.Get("count"), Titles: f.Values.Get("titles")})
	}, p.showNewSessions)
}

func (p *pages) session(r *web.Request) (web.Response, error) { return p.showSession(r, nil, nil) }

func (p *pages) showSession(r *web.Request, form *web.Form, wrong error) (web.Response, error) {
	page, err := p.draft(r, form, wrong, func(f *draftForm) (ok bool) {
		f.Component, f.Session, ok = f.Version.Session(r.PathValue("session"))
		return ok
	})
	if err != nil {
		return nil, err
	}
	if form == nil {
		page.Form.Values.Set("title", page.Session.Title)
		for _, t := range page.Session.Topics {
			page.Form.Values.Add("topics", t.ID)
		}
	}
	return web.Page(i18n.M("Sesión %d de «%s»", page.Session.Number, page.Component.Name), sessionView(page)), nil
}

func (p *pages) updateSession(r *web.Request) (web.Response, error) {
	return p.keep(r, func(at program.Edition, f *web.Form) error {
		return p.svc.UpdateSession(r.Context(), r.Actor, at, r.PathValue("session"),
			program.SessionForm{Title: f.Get("title"), Topics: f.Values["topics"]})
	}, p.showSession)
}

// topicOptions are all topics of the draft.
func (f draftForm) topicOptions() []web.Option {
	var out []web.Option
	for _, t := range f.Version.Topics {
		out = append(out, web.Option{Value: t.ID, Text: t.Title})
	}
	return out
}

// sessionOptions are all sessions of the draft.
func (f draftForm) sessionOptions() []web.Option {
	var out []web.Option
	for _, c := range f.Version.Components {
		for _, s := range c.Sessions {
			o := web.Option{Value: s.ID, Label: i18n.M("%s, sesión %d", c.Name, s.Number)}
			if text := s.Text(); text != "" {
				o.Label = i18n.M("%s, sesión %d: %s", c.Name, s.Number, text)
			}
			out = append(out, o)
		}
	}
	return out
}

func (p *pages) newTopics(r *web.Request) (web.Response, error) { return p.showNewTopics(r, nil, nil) }

func (p *pages) showNewTopics(r *web.Request, form *web.Form, wrong error) (web.Response, error) {
	page, err := p.draft(r, form, wrong, nil)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Agregar temas a %s", page.Version.ProgramName), newTopicsView(page)), nil
}

func (p *pages) addTopics(r *web.Request) (web.Response, error) {
	return p.keep(r, func(at program.Edition, f *web.Form) error {
		return p.svc.AddTopics(r.Context(), r.Actor, at, f.Values.Get("titles"))
	}, p.showNewTopics)
}

func (p *pages) topic(r *web.Request) (web.Response, error) { return p.showTopic(r, nil, nil) }

func (p *pages) showTopic(r *web.Request, form *web.Form, wrong error) (web.Response, error) {
	page, err := p.draft(r, form, wrong, func(f *draftForm) (ok bool) {
		f.Topic, ok = f.Version.Topic(r.PathValue("topic"))
		return ok
	})
	if err != nil {
		return nil, err
	}
	if form == nil {
		page.Form.Values.Set("title", page.Topic.Title)
		for _, s := range page.Version.Treating(page.Topic.ID) {
			page.Form.Values.Add("sessions", s.ID)
		}
	}
	return web.Page(i18n.M("Tema: %s", page.Topic.Title), topicView(page)), nil
}

func (p *pages) updateTopic(r *web.Request) (web.Response, error) {
	return p.keep(r, func(at program.Edition, f *web.Form) error {
		return p.svc.UpdateTopic(r.Context(), r.Actor, at, r.PathValue("topic"),
			program.TopicForm{Title: f.Get("title"), Sessions: f.Values["sessions"]})
	}, p.showTopic)
}
