package programhttp

import (
	"net/url"
	"strconv"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// registerGroups adds the pages of a center's groups.
func registerGroups(rt *web.Router, p *pages) {
	rt.Handle("GET /grupos", access.GroupRead, p.groups)
	rt.Handle("GET /grupos/terminados", access.GroupRead, p.endedGroups)
	rt.Handle("GET /grupos/nuevo", access.GroupManage, p.newGroup)
	rt.Handle("POST /grupos/nuevo", access.GroupManage, p.createGroup)
	rt.Handle("GET /grupos/{group}", access.GroupRead, p.group)
	rt.Handle("GET /grupos/{group}/calendario", access.GroupRead, p.schedule)
	rt.Handle("GET /grupos/{group}/cambiar", access.GroupManage, p.editGroup)
	rt.Handle("POST /grupos/{group}/cambiar", access.GroupManage, p.updateGroup)
	rt.Handle("GET /grupos/{group}/personal", access.GroupManage, p.staff)
	rt.Handle("POST /grupos/{group}/personal", access.GroupManage, p.setStaff)
	rt.Handle("POST /grupos/{group}/personal/quitar", access.GroupManage, p.endCover)
	rt.Handle("GET /grupos/{group}/cerrar", access.GroupManage, p.closing)
	rt.Handle("POST /grupos/{group}/cerrar", access.GroupManage, p.closeGroup)
}

// groupPath is an address of a group: its page, or a page below it.
func groupPath(id string, rest ...string) string {
	return join(append([]string{"grupos", id}, rest...)...)
}

// groupsPage lists groups: those that run, or those that ended.
type groupsPage struct {
	Groups  []program.GroupView
	Manage  bool
	Centers bool // of several centers: their names are shown
	First   string
	Next    string
}

func (p *pages) groups(r *web.Request) (web.Response, error) {
	views, err := p.svc.GroupViews(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	page := groupsPage{Groups: views, Manage: r.Actor.May(access.GroupManage), Centers: r.Actor.Center == ""}
	return web.Page(i18n.M("Grupos"), groupsView(page)), nil
}

func (p *pages) endedGroups(r *web.Request) (web.Response, error) {
	after := r.Query().Get("despues")
	found, err := p.svc.EndedGroups(r.Context(), r.Actor, after)
	if err != nil {
		return nil, err
	}
	page := groupsPage{Groups: found.Rows, Centers: r.Actor.Center == ""}
	if after != "" {
		page.First = "/grupos/terminados"
	}
	if found.Next != "" {
		page.Next = "/grupos/terminados?despues=" + url.QueryEscape(found.Next)
	}
	return web.Page(i18n.M("Grupos que terminaron"), endedGroupsView(page)), nil
}

// groupState is where a group stands, as a tag.
func groupState(g program.Group) (web.TagKind, i18n.Msg) {
	switch {
	case g.Closed():
		return web.TagPlain, i18n.M("Terminó")
	case g.Confirmed():
		return web.TagGood, i18n.M("En la agenda")
	}
	return web.TagWait, i18n.M("Calendario sin confirmar")
}

func entryText(g program.Group) i18n.Msg {
	if g.Open {
		return i18n.M("Abierto: se puede entrar ya empezado")
	}
	return i18n.M("Cerrado: solo desde la primera sesión")
}

// longDate is a day in words: "lunes 1 de mayo de 2028".
func longDate(d clock.Date) i18n.Msg {
	return i18n.M("%s %d de %s de %d", clock.Weekday(d.Weekday()), d.Day(), clock.MonthName(d.Month()), d.Year())
}

// slot is when a group meets: "martes, 16:30 a 18:30".
func slot(g program.Group) i18n.Msg {
	return i18n.M("%s, %s a %s", clock.Weekday(g.Weekday), g.StartsAt, g.EndsAt())
}

// groupPage is one group.
type groupPage struct {
	*program.GroupView
	Manage bool
	Agenda string // address of its sessions there; empty for none
	Notice i18n.Msg
}

// inAgenda is the address of a group's sessions in the agenda, for whoever may see them.
func (p *pages) inAgenda(r *web.Request, g program.Group) string {
	if p.agenda == nil || !g.Confirmed() || !r.Actor.May(access.AgendaRead) {
		return ""
	}
	return p.agenda(g.ID)
}

func (p *pages) group(r *web.Request) (web.Response, error) {
	view, err := p.svc.GroupView(r.Context(), r.Actor, r.PathValue("group"))
	if err != nil {
		return nil, err
	}
	page := groupPage{GroupView: view, Manage: r.Actor.May(access.GroupManage) && !view.Closed(), Agenda: p.inAgenda(r, view.Group), Notice: saved(r)}
	return web.Page(i18n.M("Grupo: %s", view.Name), groupView(page)), nil
}

// schedulePage is every session of a group, before or after it is confirmed.
type schedulePage struct {
	*program.Schedule
	Confirm string // address to which the confirmation is sent; empty when there is none
	Agenda  string // address of its sessions in the agenda; empty for none
}

func (p *pages) schedule(r *web.Request) (web.Response, error) {
	plan, err := p.svc.Schedule(r.Context(), r.Actor, r.PathValue("group"))
	if err != nil {
		return nil, err
	}
	page := schedulePage{Schedule: plan, Agenda: p.inAgenda(r, plan.Group)}
	if g := plan.Group; p.agenda != nil && r.Actor.May(access.GroupManage) && !g.Confirmed() && !g.Closed() {
		page.Confirm = p.agenda(g.ID)
	}
	return web.Page(i18n.M("Calendario de «%s»", plan.Group.Name), scheduleView(page)), nil
}

// groupForm is the form of a group; Group is zero for a new one.
type groupForm struct {
	Group    program.Group
	Options  *program.GroupOptions
	Revision string
	Form     *web.Form
}

func (f groupForm) components() []web.Option {
	var out []web.Option
	for _, c := range f.Options.Components {
		o := web.Option{Value: c.Component.ID, Label: i18n.M("%s: %s", c.Component.Name, dose(c.Component)), Group: c.Version.ProgramName}
		switch {
		case c.Version.Retired():
			o.Label = i18n.M("Versión %d, retirada. %s", c.Version.Number, o.Label)
		case c.Version.Number > 1:
			o.Label = i18n.M("Versión %d. %s", c.Version.Number, o.Label)
		}
		out = append(out, o)
	}
	return out
}

func (f groupForm) venues() []web.Option {
	var out []web.Option
	for _, v := range f.Options.Venues {
		out = append(out, web.Option{Value: v.ID, Text: v.Name})
	}
	return out
}

func (f groupForm) rooms() []web.Option {
	names := map[string]string{}
	for _, v := range f.Options.Venues {
		names[v.ID] = v.Name
	}
	var out []web.Option
	for _, room := range f.Options.Rooms {
		out = append(out, web.Option{Value: room.ID, Text: room.Name, Group: names[room.VenueID]})
	}
	return out
}

func staffOptions(o *program.GroupOptions) []web.Option {
	var out []web.Option
	for _, one := range o.Staff {
		out = append(out, web.Option{Value: one.Account, Text: one.Title})
	}
	return out
}

func modeOptions() []web.Option {
	var out []web.Option
	for _, m := range program.Modes {
		out = append(out, web.Option{Value: string(m), Label: m.Label()})
	}
	return out
}

func entryOptions() []web.Option {
	return []web.Option{
		{Value: program.OpenEntry, Label: i18n.M("Sí, abierto")}, {Value: program.ClosedEntry, Label: i18n.M("No, cerrado")},
	}
}

func decodeGroup(f *web.Form) program.GroupForm {
	return program.GroupForm{
		Name: f.Get("name"), Component: f.Get("component"), Entry: f.Get("entry"), Capacity: f.Get("capacity"), Venue: f.Get("venue"),
		Room: f.Get("room"), FirstOn: f.Get("first_on"), StartsAt: f.Get("starts_at"), Mode: f.Get("mode"), Lead: f.Get("lead"), CoLead: f.Get("co_lead"),
	}
}

func (p *pages) newGroup(r *web.Request) (web.Response, error) {
	return p.showNewGroup(r, nil)
}

// showNewGroup shows the form; with what was typed, or with what is most likely.
func (p *pages) showNewGroup(r *web.Request, form *web.Form) (web.Response, error) {
	options, err := p.svc.GroupOptions(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	if form == nil {
		form = web.NewForm(url.Values{"mode": {string(program.InPerson)}})
		if len(options.Venues) == 1 {
			form.Values.Set("venue", options.Venues[0].ID)
		}
	}
	return web.Page(i18n.M("Nuevo grupo"), newGroupView(groupForm{Options: options, Form: form})), nil
}

func (p *pages) createGroup(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id, err := p.svc.CreateGroup(r.Context(), r.Actor, decodeGroup(form))
	if form.Fail(err) {
		return p.showNewGroup(r, form)
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(groupPath(id, "calendario")), nil
}

func (p *pages) editGroup(r *web.Request) (web.Response, error) { return p.showEditGroup(r, nil, nil) }

// showEditGroup shows the form; with what was typed and what was wrong, or as it is
// stored.
func (p *pages) showEditGroup(r *web.Request, form *web.Form, wrong error) (web.Response, error) {
	g, err := p.svc.Group(r.Context(), r.Actor, r.PathValue("group"))
	if err != nil {
		return nil, err
	}
	options, err := p.svc.GroupOptions(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	if form == nil {
		form = web.NewForm(groupValues(g))
	}
	page := groupForm{g, options, revision(form, g.Revision, wrong), form}
	return web.Page(i18n.M("Cambiar «%s»", g.Name), editGroupView(page)), nil
}

func groupValues(g program.Group) url.Values {
	entry := program.ClosedEntry
	if g.Open {
		entry = program.OpenEntry
	}
	return url.Values{
		"name": {g.Name}, "component": {g.ComponentID}, "entry": {entry}, "capacity": {strconv.Itoa(g.Capacity)}, "venue": {g.VenueID},
		"room": {g.RoomID}, "first_on": {g.FirstOn.String()}, "starts_at": {g.StartsAt}, "mode": {string(g.Mode)},
	}
}

func (p *pages) updateGroup(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("group")
	if err := p.svc.UpdateGroup(r.Context(), r.Actor, id, seen(form), decodeGroup(form)); form.Fail(err) {
		return p.showEditGroup(r, form, err)
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(groupPath(id) + kept), nil
}

// staffPage is who leads a group, with the form to change it.
type staffPage struct {
	*program.GroupView
	Options *program.GroupOptions
	Form    *web.Form
	Notice  i18n.Msg
}

func (p *pages) staff(r *web.Request) (web.Response, error) {
	return p.showStaff(r, web.NewForm(nil))
}

func (p *pages) showStaff(r *web.Request, form *web.Form) (web.Response, error) {
	view, err := p.svc.GroupView(r.Context(), r.Actor, r.PathValue("group"))
	if err != nil {
		return nil, err
	}
	options, err := p.svc.GroupOptions(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	page := staffPage{view, options, form, saved(r)}
	return web.Page(i18n.M("Quién facilita «%s»", view.Name), staffView(page)), nil
}

func roleOptions() []web.Option {
	return []web.Option{
		{Value: string(program.Lead), Label: i18n.M("Facilita desde ese día")},
		{Value: string(program.CoLead), Label: i18n.M("Cofacilita desde ese día")},
		{Value: string(program.Cover), Label: i18n.M("Cubre unos días"), Hint: i18n.M("La pareja sigue siendo la misma.")},
	}
}

func (p *pages) setStaff(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("group")
	err = p.svc.SetStaff(r.Context(), r.Actor, id, program.StaffForm{
		Role: form.Get("role"), Account: form.Get("account"), From: form.Get("from"), Until: form.Get("until"),
	})
	if form.Fail(err) {
		return p.showStaff(r, form)
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(groupPath(id, "personal") + kept), nil
}

func (p *pages) endCover(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("group")
	if err := p.svc.EndCover(r.Context(), r.Actor, id, form.Get("cover")); err != nil {
		return nil, err
	}
	return web.Redirect(groupPath(id, "personal") + kept), nil
}

// closePage asks why a group ends.
type closePage struct {
	*program.GroupView
	Form *web.Form
}

func (p *pages) closing(r *web.Request) (web.Response, error) {
	return p.showClosing(r, web.NewForm(nil))
}

func (p *pages) showClosing(r *web.Request, form *web.Form) (web.Response, error) {
	view, err := p.svc.GroupView(r.Context(), r.Actor, r.PathValue("group"))
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Terminar «%s»", view.Name), closeGroupView(closePage{view, form})), nil
}

func (p *pages) closeGroup(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("group")
	if err := p.svc.CloseGroup(r.Context(), r.Actor, id, form.Get("reason")); form.Fail(err) {
		return p.showClosing(r, form)
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(groupPath(id) + kept), nil
}
