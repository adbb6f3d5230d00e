package centerhttp

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// formPage is the form of a center; ID is empty for a new one.
type formPage struct {
	ID, Name       string
	Form           *web.Form
	Municipalities []web.Option
}

func (p *pages) newCenter(r *web.Request) (web.Response, error) {
	return p.showForm(r, formPage{Form: web.NewForm(nil)})
}

func (p *pages) showForm(r *web.Request, page formPage) (web.Response, error) {
	lists, err := p.svc.Lists(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	page.Municipalities = municipalities(r, lists)
	title := i18n.M("Nuevo centro")
	if page.ID != "" {
		title = i18n.M("Cambiar %s", page.Name)
	}
	return web.Page(title, formView(page)), nil
}

func decodeCenter(f *web.Form) center.Form {
	return center.Form{
		Name: f.Get("name"), Municipality: f.Get("municipality"), Address: f.Get("address"),
		Phone: f.Get("phone"), Mailbox: f.Get("mailbox"), Capacity: f.Get("capacity"),
	}
}

func (p *pages) create(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id, err := p.svc.Create(r.Context(), r.Actor, decodeCenter(form))
	if form.Fail(err) {
		return p.showForm(r, formPage{Form: form})
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(path(id, kept)), nil
}

func (p *pages) edit(r *web.Request) (web.Response, error) { return p.showEdit(r, nil) }

func (p *pages) showEdit(r *web.Request, form *web.Form) (web.Response, error) {
	c, err := p.svc.Center(r.Context(), r.Actor, r.PathValue("center"))
	if err != nil {
		return nil, err
	}
	if form == nil {
		form = web.NewForm(url.Values{
			"name": {c.Name}, "municipality": {c.MunicipalityKey}, "address": {c.Address}, "phone": {c.Phone},
			"mailbox": {c.Mailbox}, "capacity": {strconv.Itoa(c.Capacity)},
		})
	}
	return p.showForm(r, formPage{ID: c.ID, Name: c.Name, Form: form})
}

func (p *pages) update(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("center")
	if err := p.svc.Update(r.Context(), r.Actor, id, decodeCenter(form)); form.Fail(err) {
		return p.showEdit(r, form)
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(path(id, kept)), nil
}

// act runs an action of one press on a center and shows it again.
func (p *pages) act(r *web.Request, do func(context.Context, access.Actor, string) error) (web.Response, error) {
	id := r.PathValue("center")
	if err := do(r.Context(), r.Actor, id); err != nil {
		return nil, err
	}
	return web.Redirect(path(id, kept)), nil
}

func (p *pages) close(r *web.Request) (web.Response, error)  { return p.act(r, p.svc.Close) }
func (p *pages) reopen(r *web.Request) (web.Response, error) { return p.act(r, p.svc.Reopen) }

func (p *pages) addDays(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("center")
	err = p.svc.CloseDays(r.Context(), r.Actor, id, catalogue.Closure{From: form.Get("from"), Until: form.Get("until"), Name: form.Get("name")})
	if form.Fail(err) {
		return p.show(r, form)
	} else if err != nil {
		return nil, err
	}
	iso, _ := form.Date("from") // the service took it for a date
	return web.Redirect(path(id, keptYear(iso))), nil
}

// keptYear shows the year of a day that was changed.
func keptYear(iso string) string {
	year, _, _ := strings.Cut(iso, "-")
	return kept + "&anio=" + url.QueryEscape(year)
}

func (p *pages) removeDay(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id, day := r.PathValue("center"), form.Get("day")
	if err := p.svc.OpenDay(r.Context(), r.Actor, id, day); err != nil {
		return nil, err
	}
	return web.Redirect(path(id, keptYear(day))), nil
}
