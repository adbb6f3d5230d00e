// Package institutionhttp is the institution room's only contact with HTTP: the pages on
// which institutions, their areas and their closed days are read and edited. It decodes
// forms, calls the service and shows typed pages; it decides nothing.
package institutionhttp

import (
	"net/url"
	"strconv"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/institution"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

type pages struct{ svc *institution.Service }

// Register adds the room's routes.
func Register(rt *web.Router, svc *institution.Service) {
	p := &pages{svc}
	rt.Handle("GET /instituciones", access.InstitutionRead, p.list)
	rt.Handle("GET /instituciones/nueva", access.InstitutionAdmin, p.newInstitution)
	rt.Handle("POST /instituciones/nueva", access.InstitutionAdmin, p.create)
	rt.Handle("GET /instituciones/{institution}", access.InstitutionRead, p.institution)
	rt.Handle("GET /instituciones/{institution}/cambiar", access.InstitutionAdmin, p.edit)
	rt.Handle("POST /instituciones/{institution}/cambiar", access.InstitutionAdmin, p.update)
	rt.Handle("POST /instituciones/{institution}/cerrar", access.InstitutionAdmin, p.close)
	rt.Handle("POST /instituciones/{institution}/abrir", access.InstitutionAdmin, p.reopen)
	rt.Handle("POST /instituciones/{institution}/dias", access.InstitutionAdmin, p.addDays)
	rt.Handle("POST /instituciones/{institution}/dias/quitar", access.InstitutionAdmin, p.removeDay)
	rt.Handle("GET /instituciones/{institution}/areas/nueva", access.InstitutionAdmin, p.newArea)
	rt.Handle("POST /instituciones/{institution}/areas/nueva", access.InstitutionAdmin, p.createArea)
	rt.Handle("GET /instituciones/{institution}/areas/{area}", access.InstitutionAdmin, p.area)
	rt.Handle("POST /instituciones/{institution}/areas/{area}", access.InstitutionAdmin, p.updateArea)
	rt.Handle("POST /instituciones/{institution}/areas/{area}/cerrar", access.InstitutionAdmin, p.closeArea)
	rt.Handle("POST /instituciones/{institution}/areas/{area}/abrir", access.InstitutionAdmin, p.reopenArea)
}

// path is an address of one institution.
func path(id, rest string) string {
	p := "/instituciones/" + url.PathEscape(id)
	switch {
	case rest == "":
		return p
	case rest[0] == '?':
		return p + rest
	}
	return p + "/" + rest
}

func areaPath(institution, area, rest string) string {
	p := path(institution, "areas/"+url.PathEscape(area))
	if rest != "" {
		p += "/" + rest
	}
	return p
}

const kept = "?aviso=guardado"

// saved tells, after a redirect, that a change was kept.
func saved(r *web.Request) i18n.Msg {
	if r.Query().Get("aviso") == "guardado" {
		return i18n.M("Los cambios quedaron guardados.")
	}
	return i18n.Msg{}
}

// options are the entries of a list, and the one chosen before even when it has ended.
func options(r *web.Request, lists *catalogue.Lists, list, chosen string) []web.Option {
	var out []web.Option
	for _, e := range lists.Entries(list) {
		out = append(out, web.Option{Value: e.Code, Text: e.Label(r.Lang)})
	}
	if chosen != "" && !lists.Has(list, chosen) {
		out = append(out, web.Option{Value: chosen, Text: lists.Label(list, chosen, r.Lang)})
	}
	return out
}

func municipalities(r *web.Request, lists *catalogue.Lists) []web.Option {
	var out []web.Option
	for _, m := range lists.Municipalities() {
		out = append(out, web.Option{Value: m.Key, Text: m.Name, Group: lists.Label(catalogue.State, m.StateKey, r.Lang)})
	}
	return out
}

// listPage is one page of the institutions.
type listPage struct {
	Form   *web.Form
	Page   institution.Page
	Kinds  []web.Option
	Lists  *catalogue.Lists
	Admin  bool
	Filter bool // something narrows the list
}

func (p *pages) list(r *web.Request) (web.Response, error) {
	form := r.Query()
	found, err := p.svc.Institutions(r.Context(), r.Actor, institution.Filter{
		Text: form.Get("texto"), Kind: form.Get("clase"), Closed: form.Has("cerradas", web.Yes), After: form.Get("despues"),
	})
	if err != nil {
		return nil, err
	}
	lists, err := p.svc.Lists(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	page := listPage{
		Form: form, Page: found, Lists: lists, Kinds: options(r, lists, catalogue.InstitutionKind, ""),
		Admin: r.Actor.May(access.InstitutionAdmin), Filter: form.Get("texto") != "" || form.Get("clase") != "",
	}
	return web.Page(i18n.M("Instituciones"), listView(page)), nil
}

// path is the address of the same list, from after an institution on.
func (p listPage) path(after string) string {
	v := url.Values{}
	for _, name := range []string{"texto", "clase", "cerradas"} {
		if typed := p.Form.Get(name); typed != "" {
			v.Set(name, typed)
		}
	}
	if after != "" {
		v.Set("despues", after)
	}
	if len(v) == 0 {
		return "/instituciones"
	}
	return "/instituciones?" + v.Encode()
}

// first leads back to the first page; empty on it.
func (p listPage) first() string {
	if p.Form.Get("despues") == "" {
		return ""
	}
	return p.path("")
}

func (p listPage) next() string {
	if p.Page.Next == "" {
		return ""
	}
	return p.path(p.Page.Next)
}

// institutionPage is one institution with its areas and its calendar.
type institutionPage struct {
	Institution institution.Institution
	Areas       []institution.Area
	Lists       *catalogue.Lists
	Year        int
	Days        []clock.ClosedDay
	DayForm     *web.Form
	Admin       bool
	Notice      i18n.Msg
}

func (p *pages) institution(r *web.Request) (web.Response, error) {
	return p.show(r, web.NewForm(nil))
}

func (p *pages) show(r *web.Request, days *web.Form) (web.Response, error) {
	id := r.PathValue("institution")
	page := institutionPage{DayForm: days, Year: yearOf(r), Admin: r.Actor.May(access.InstitutionAdmin), Notice: saved(r)}
	var err error
	if page.Institution, err = p.svc.Institution(r.Context(), r.Actor, id); err != nil {
		return nil, err
	}
	if page.Areas, err = p.svc.AreasOf(r.Context(), r.Actor, id); err != nil {
		return nil, err
	}
	if page.Lists, err = p.svc.Lists(r.Context(), r.Actor); err != nil {
		return nil, err
	}
	if page.Days, err = p.svc.ClosedDays(r.Context(), r.Actor, id, page.Year); err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Institución: %s", page.Institution.Name), institutionView(page)), nil
}

// yearOf reads the year of a page's address; this year when there is none.
func yearOf(r *web.Request) int {
	now := clock.DateOf(r.Now).Year()
	if y, err := strconv.Atoi(r.Query().Get("anio")); err == nil && y >= now-50 && y <= now+50 {
		return y
	}
	return now
}

func yearPath(id string, year int) string { return path(id, "?anio="+strconv.Itoa(year)) }
