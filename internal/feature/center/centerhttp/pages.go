// Package centerhttp is the center room's only contact with HTTP: the directory of
// centers, and the pages on which centers, their venues, their coverage and their closed
// days are edited. It decodes forms, calls the service and shows typed pages; it decides
// nothing.
package centerhttp

import (
	"net/url"
	"strconv"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

type pages struct{ svc *center.Service }

// Register adds the room's routes.
func Register(rt *web.Router, svc *center.Service) {
	p := &pages{svc}
	p.registerHours(rt)
	rt.Handle("GET /centros", access.CenterRead, p.list)
	rt.Handle("GET /centros/nuevo", access.CenterAdmin, p.newCenter)
	rt.Handle("POST /centros/nuevo", access.CenterAdmin, p.create)
	rt.Handle("GET /centros/{center}", access.CenterRead, p.center)
	rt.Handle("GET /centros/{center}/cambiar", access.CenterAdmin, p.edit)
	rt.Handle("POST /centros/{center}/cambiar", access.CenterAdmin, p.update)
	rt.Handle("POST /centros/{center}/cerrar", access.CenterAdmin, p.close)
	rt.Handle("POST /centros/{center}/abrir", access.CenterAdmin, p.reopen)
	rt.Handle("GET /centros/{center}/cobertura", access.CenterAdmin, p.coverage)
	rt.Handle("POST /centros/{center}/cobertura", access.CenterAdmin, p.setCoverage)
	rt.Handle("POST /centros/{center}/dias", access.CenterAdmin, p.addDays)
	rt.Handle("POST /centros/{center}/dias/quitar", access.CenterAdmin, p.removeDay)
	rt.Handle("GET /centros/{center}/sedes/nueva", access.CenterAdmin, p.newVenue)
	rt.Handle("POST /centros/{center}/sedes/nueva", access.CenterAdmin, p.createVenue)
	rt.Handle("GET /centros/{center}/sedes/{venue}", access.CenterAdmin, p.venue)
	rt.Handle("POST /centros/{center}/sedes/{venue}", access.CenterAdmin, p.updateVenue)
	rt.Handle("POST /centros/{center}/sedes/{venue}/cerrar", access.CenterAdmin, p.closeVenue)
	rt.Handle("POST /centros/{center}/sedes/{venue}/abrir", access.CenterAdmin, p.reopenVenue)
}

// path is an address of one center.
func path(id, rest string) string {
	p := "/centros/" + url.PathEscape(id)
	switch {
	case rest == "":
		return p
	case rest[0] == '?':
		return p + rest
	}
	return p + "/" + rest
}

func venuePath(v center.Venue, rest string) string {
	p := path(v.CenterID, "sedes/"+url.PathEscape(v.ID))
	if rest != "" {
		p += "/" + rest
	}
	return p
}

func yearPath(id string, year int) string { return path(id, "?anio="+strconv.Itoa(year)) }

const kept = "?aviso=guardado"

// saved tells, after a redirect, that a change was kept.
func saved(r *web.Request) i18n.Msg {
	if r.Query().Get("aviso") == "guardado" {
		return i18n.M("Los cambios quedaron guardados.")
	}
	return i18n.Msg{}
}

// yearOf reads the year of a page's address; this year when there is none.
func yearOf(r *web.Request) int {
	now := clock.DateOf(r.Now).Year()
	if y, err := strconv.Atoi(r.Query().Get("anio")); err == nil && y >= now-50 && y <= now+50 {
		return y
	}
	return now
}

func municipalities(r *web.Request, lists *catalogue.Lists) []web.Option {
	var out []web.Option
	for _, m := range lists.Municipalities() {
		out = append(out, web.Option{Value: m.Key, Text: m.Name, Group: lists.Label(catalogue.State, m.StateKey, r.Lang)})
	}
	return out
}

// place says where a center stands among those that serve a municipality.
func place(rank int) i18n.Msg {
	if rank == 1 {
		return i18n.M("primera opción")
	}
	return i18n.M("opción %d", rank)
}

// listPage is the directory.
type listPage struct {
	Centers []center.Center
	Lists   *catalogue.Lists
	Admin   bool
}

func (p *pages) list(r *web.Request) (web.Response, error) {
	page := listPage{Admin: r.Actor.May(access.CenterAdmin)}
	read := p.svc.Centers
	if page.Admin {
		read = p.svc.AllCenters
	}
	var err error
	if page.Centers, err = read(r.Context(), r.Actor); err != nil {
		return nil, err
	}
	if page.Lists, err = p.svc.Lists(r.Context(), r.Actor); err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Centros"), listView(page)), nil
}

// centerPage is one center with its venues, its coverage and its calendar.
type centerPage struct {
	Center  center.Center
	Venues  []center.Venue
	Covered []center.Covered
	Lists   *catalogue.Lists
	Year    int
	Days    []clock.ClosedDay
	DayForm *web.Form
	Admin   bool
	Notice  i18n.Msg
}

func (p *pages) center(r *web.Request) (web.Response, error) { return p.show(r, web.NewForm(nil)) }

func (p *pages) show(r *web.Request, days *web.Form) (web.Response, error) {
	id := r.PathValue("center")
	page := centerPage{DayForm: days, Year: yearOf(r), Admin: r.Actor.May(access.CenterAdmin), Notice: saved(r)}
	venues := p.svc.Venues
	if page.Admin {
		venues = p.svc.AllVenues
	}
	var err error
	if page.Center, err = p.svc.Center(r.Context(), r.Actor, id); err != nil {
		return nil, err
	}
	if page.Venues, err = venues(r.Context(), r.Actor, id); err != nil {
		return nil, err
	}
	coverage, err := p.svc.Coverage(r.Context(), r.Actor, id)
	if err != nil {
		return nil, err
	}
	page.Covered = coverage.Covered
	if page.Lists, err = p.svc.Lists(r.Context(), r.Actor); err != nil {
		return nil, err
	}
	if page.Days, err = p.svc.ClosedDays(r.Context(), r.Actor, id, page.Year); err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Centro: %s", page.Center.Name), centerView(page)), nil
}
