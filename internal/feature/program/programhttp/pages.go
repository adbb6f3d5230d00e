// Package programhttp is the program room's only contact with HTTP: the pages on which
// programs are read and edited, and those of the groups of a center. It decodes forms,
// calls the service and shows typed pages; it decides nothing.
package programhttp

import (
	"net/url"
	"strconv"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// Options are what the pages need.
type Options struct {
	Programs *program.Service
	// Agenda is the address of a group's sessions in the agenda; a post to it puts them
	// there. No page leads there when it is nil.
	Agenda func(group string) string
}

type pages struct {
	svc    *program.Service
	agenda func(group string) string
}

// Register adds the room's routes.
func Register(rt *web.Router, o Options) {
	p := &pages{o.Programs, o.Agenda}
	rt.Handle("GET /programas", access.ProgramRead, p.list)
	rt.Handle("GET /programas/nuevo", access.ProgramManage, p.newProgram)
	rt.Handle("POST /programas/nuevo", access.ProgramManage, p.createProgram)
	rt.Handle("GET /programas/{program}", access.ProgramRead, p.program)
	rt.Handle("GET /programas/cambiar/{program}", access.ProgramManage, p.editProgram)
	rt.Handle("POST /programas/cambiar/{program}", access.ProgramManage, p.updateProgram)
	rt.Handle("POST /programas/borrador/{program}", access.ProgramManage, p.startDraft)
	rt.Handle("POST /programas/cerrar/{program}", access.ProgramManage, p.closeProgram)
	rt.Handle("POST /programas/abrir/{program}", access.ProgramManage, p.reopenProgram)
	rt.Handle("GET /programas/version/{version}", access.ProgramRead, p.version)
	rt.Handle("POST /programas/version/{version}/retirar", access.ProgramManage, p.retire)
	rt.Handle("POST /programas/version/{version}/ofrecer", access.ProgramManage, p.restore)
	registerDraft(rt, p)
	registerGroups(rt, p)
}

// join makes an address of escaped parts.
func join(parts ...string) string {
	path := ""
	for _, part := range parts {
		path += "/" + url.PathEscape(part)
	}
	return path
}

func programPath(id string) string { return join("programas", id) }

// versionPath is an address of a version: its page, or a page below it.
func versionPath(id string, rest ...string) string {
	return join(append([]string{"programas", "version", id}, rest...)...)
}

const kept = "?aviso=guardado"

// saved tells, after a redirect, that a change was kept.
func saved(r *web.Request) i18n.Msg {
	if r.Query().Get("aviso") == "guardado" {
		return i18n.M("Los cambios quedaron guardados.")
	}
	return i18n.Msg{}
}

// revision is the state of what a form edits on which the form rests: what was seen
// first, unless another window has changed it meanwhile: then the present one, so that
// what was typed can be kept.
func revision(form *web.Form, present int, err error) string {
	if seen := form.Get("version"); seen != "" && !fault.Is(err, fault.Conflict) {
		return seen
	}
	return strconv.Itoa(present)
}

// seen is the revision that a form was shown with; 0, which is none, when it says none.
func seen(form *web.Form) int {
	n, _ := strconv.Atoi(form.Get("version"))
	return n
}

// listPage is every program, as whoever chooses one reads it.
type listPage struct {
	Programs []*program.Program
	Admin    bool
}

func (p *pages) list(r *web.Request) (web.Response, error) {
	programs, err := p.svc.Programs(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Programas"), listView(listPage{programs, r.Actor.May(access.ProgramManage)})), nil
}

// state is where a program stands, as a tag.
func state(p *program.Program) (web.TagKind, i18n.Msg) {
	switch {
	case p.Closed():
		return web.TagPlain, i18n.M("Cerrado a planes nuevos")
	case p.Current() == nil:
		return web.TagWait, i18n.M("Sin versión en uso")
	}
	return web.TagGood, i18n.M("En uso")
}

// versionState is where a version stands, as a tag.
func versionState(v *program.Version) (web.TagKind, i18n.Msg) {
	switch {
	case v.Draft():
		return web.TagWait, i18n.M("Borrador")
	case v.Retired():
		return web.TagPlain, i18n.M("Retirada")
	}
	return web.TagGood, i18n.M("Publicada")
}

// shown is the version that tells what a program is: the one in use, else the newest.
func shown(p *program.Program) *program.Version {
	if v := p.Current(); v != nil {
		return v
	}
	if len(p.Versions) > 0 {
		return &p.Versions[0]
	}
	return &program.Version{}
}

// dose says what a component gives: "15 sesiones de 2 horas, cada semana".
func dose(c program.Component) i18n.Msg {
	return i18n.M("%s %s, %s", count(len(c.Sessions)), length(c.Minutes), cadence(c.EveryDays))
}

func count(sessions int) i18n.Msg {
	if sessions == 1 {
		return i18n.M("1 sesión")
	}
	return i18n.M("%d sesiones", sessions)
}

func length(minutes int) i18n.Msg {
	switch {
	case minutes == 60:
		return i18n.M("de 1 hora")
	case minutes%60 == 0:
		return i18n.M("de %d horas", minutes/60)
	case minutes > 60 && minutes%30 == 0:
		return i18n.M("de %d horas y media", minutes/60)
	}
	return i18n.M("de %d minutos", minutes)
}

func cadence(days int) i18n.Msg {
	switch {
	case days == 1:
		return i18n.M("cada día hábil")
	case days == 7:
		return i18n.M("cada semana")
	case days%7 == 0:
		return i18n.M("cada %d semanas", days/7)
	}
	return i18n.M("cada %d días", days)
}

func weeks(n int) i18n.Msg {
	if n == 1 {
		return i18n.M("1 semana")
	}
	return i18n.M("%d semanas", n)
}

// programPage is one program with its versions.
type programPage struct {
	Program *program.Program
	Admin   bool
	Notice  i18n.Msg
	Form    *web.Form // of a new draft
}

func (p *pages) program(r *web.Request) (web.Response, error) {
	found, err := p.svc.Program(r.Context(), r.Actor, r.PathValue("program"))
	if err != nil {
		return nil, err
	}
	page := programPage{found, r.Actor.May(access.ProgramManage), saved(r), web.NewForm(nil)}
	return web.Page(i18n.M("Programa: %s", found.Name), programView(page)), nil
}

// versionPage is one version: its content, and for a draft what it lacks.
type versionPage struct {
	Version  *program.Version
	Form     *web.Form // what was wrong with an action
	Admin    bool
	Notice   i18n.Msg
	Forecast clock.Date
}

// Editing tells whether the page shows the means to change the version.
func (p versionPage) Editing() bool { return p.Admin && p.Version.Draft() }

func (p *pages) version(r *web.Request) (web.Response, error) {
	return p.showVersion(r, web.NewForm(nil))
}

func (p *pages) showVersion(r *web.Request, form *web.Form) (web.Response, error) {
	v, err := p.svc.Version(r.Context(), r.Actor, r.PathValue("version"))
	if err != nil {
		return nil, err
	}
	page := versionPage{Version: v, Form: form, Admin: r.Actor.May(access.ProgramManage), Notice: saved(r)}
	if page.Forecast, err = p.svc.Forecast(r.Context(), r.Actor, v); err != nil {
		return nil, err
	}
	return web.Page(i18n.M("%s, versión %d", v.ProgramName, v.Number), versionView(page)), nil
}

// programForm is the form of a program; ID is empty for a new one.
type programForm struct {
	ID, Name, Revision string
	Form               *web.Form
}

func (p *pages) newProgram(*web.Request) (web.Response, error) {
	return showNewProgram(web.NewForm(nil)), nil
}

func showNewProgram(form *web.Form) web.Response {
	return web.Page(i18n.M("Nuevo programa"), newProgramView(programForm{Form: form}))
}

func decodeProgram(form *web.Form) program.ProgramForm {
	return program.ProgramForm{Name: form.Get("name"), Summary: form.Get("summary")}
}

func (p *pages) createProgram(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id, err := p.svc.CreateProgram(r.Context(), r.Actor, decodeProgram(form))
	if form.Fail(err) {
		return showNewProgram(form), nil
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(versionPath(id) + kept), nil
}

func (p *pages) editProgram(r *web.Request) (web.Response, error) {
	return p.showEditProgram(r, nil, nil)
}

// showEditProgram shows the form; with what was typed and what was wrong, or as it is
// stored.
func (p *pages) showEditProgram(r *web.Request, form *web.Form, wrong error) (web.Response, error) {
	found, err := p.svc.Program(r.Context(), r.Actor, r.PathValue("program"))
	if err != nil {
		return nil, err
	}
	if form == nil {
		form = web.NewForm(url.Values{"name": {found.Name}, "summary": {found.Summary}})
	}
	page := programForm{found.ID, found.Name, revision(form, found.Revision, wrong), form}
	return web.Page(i18n.M("Cambiar %s", found.Name), editProgramView(page)), nil
}

func (p *pages) updateProgram(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("program")
	if err := p.svc.UpdateProgram(r.Context(), r.Actor, id, seen(form), decodeProgram(form)); form.Fail(err) {
		return p.showEditProgram(r, form, err)
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(programPath(id) + kept), nil
}

func (p *pages) startDraft(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id, err := p.svc.StartDraft(r.Context(), r.Actor, r.PathValue("program"), form.Get("from"))
	if err != nil {
		return nil, err
	}
	return web.Redirect(versionPath(id)), nil
}

func (p *pages) closeProgram(r *web.Request) (web.Response, error) {
	id := r.PathValue("program")
	if err := p.svc.CloseProgram(r.Context(), r.Actor, id); err != nil {
		return nil, err
	}
	return web.Redirect(programPath(id) + kept), nil
}

func (p *pages) reopenProgram(r *web.Request) (web.Response, error) {
	id := r.PathValue("program")
	if err := p.svc.ReopenProgram(r.Context(), r.Actor, id); err != nil {
		return nil, err
	}
	return web.Redirect(programPath(id) + kept), nil
}

func (p *pages) retire(r *web.Request) (web.Response, error) {
	id := r.PathValue("version")
	if err := p.svc.Retire(r.Context(), r.Actor, id); err != nil {
		return nil, err
	}
	return web.Redirect(versionPath(id) + kept), nil
}

func (p *pages) restore(r *web.Request) (web.Response, error) {
	id := r.PathValue("version")
	if err := p.svc.Restore(r.Context(), r.Actor, id); err != nil {
		return nil, err
	}
	return web.Redirect(versionPath(id) + kept), nil
}
