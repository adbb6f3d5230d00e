package institutionhttp

import (
	"context"
	"net/url"
	"strings"

	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/institution"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// formPage is the form of an institution; ID is empty for a new one.
type formPage struct {
	ID             string
	Name           string
	Form           *web.Form
	Kinds          []web.Option
	Municipalities []web.Option
}

func (p *pages) newInstitution(r *web.Request) (web.Response, error) {
	return p.showForm(r, formPage{Form: web.NewForm(nil)}, "")
}

func (p *pages) showForm(r *web.Request, page formPage, kind string) (web.Response, error) {
	lists, err := p.svc.Lists(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	page.Kinds, page.Municipalities = options(r, lists, catalogue.InstitutionKind, kind), municipalities(r, lists)
	title := i18n.M("Nueva institución")
	if page.ID != "" {
		title = i18n.M("Cambiar %s", page.Name)
	}
	return web.Page(title, formView(page)), nil
}

func institutionForm(f *web.Form) institution.Form {
	return institution.Form{Name: f.Get("name"), Kind: f.Get("kind"), Municipality: f.Get("municipality"), Mailbox: f.Get("mailbox")}
}

func (p *pages) create(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id, err := p.svc.Create(r.Context(), r.Actor, institutionForm(form))
	if form.Fail(err) {
		return p.showForm(r, formPage{Form: form}, "")
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(path(id, kept)), nil
}

func (p *pages) edit(r *web.Request) (web.Response, error) { return p.showEdit(r, nil) }

func (p *pages) showEdit(r *web.Request, form *web.Form) (web.Response, error) {
	i, err := p.svc.Institution(r.Context(), r.Actor, r.PathValue("institution"))
	if err != nil {
		return nil, err
	}
	if form == nil {
		form = web.NewForm(url.Values{"name": {i.Name}, "kind": {i.Kind}, "municipality": {i.MunicipalityKey}, "mailbox": {i.Mailbox}})
	}
	return p.showForm(r, formPage{ID: i.ID, Name: i.Name, Form: form}, i.Kind)
}

func (p *pages) update(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("institution")
	if err := p.svc.Update(r.Context(), r.Actor, id, institutionForm(form)); form.Fail(err) {
		return p.showEdit(r, form)
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(path(id, kept)), nil
}

// act runs an action of one press on an institution and shows it again.
func (p *pages) act(r *web.Request, do func(context.Context, access.Actor, string) error) (web.Response, error) {
	id := r.PathValue("institution")
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
	id := r.PathValue("institution")
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
	id, day := r.PathValue("institution"), form.Get("day")
	if err := p.svc.OpenDay(r.Context(), r.Actor, id, day); err != nil {
		return nil, err
	}
	return web.Redirect(path(id, keptYear(day))), nil
}

// areaPage is the form of an area; Area is zero for a new one.
type areaPage struct {
	Institution institution.Institution
	Area        institution.Area
	Form        *web.Form
	Districts   []web.Option
}

func (p *pages) newArea(r *web.Request) (web.Response, error) {
	return p.showNewArea(r, web.NewForm(nil))
}

func (p *pages) showNewArea(r *web.Request, form *web.Form) (web.Response, error) {
	page, err := p.areaForm(r, institution.Area{}, form)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Nueva área de %s", page.Institution.Name), newAreaView(page)), nil
}

func (p *pages) areaForm(r *web.Request, a institution.Area, form *web.Form) (areaPage, error) {
	page := areaPage{Area: a, Form: form}
	var err error
	if page.Institution, err = p.svc.Institution(r.Context(), r.Actor, r.PathValue("institution")); err != nil {
		return page, err
	}
	lists, err := p.svc.Lists(r.Context(), r.Actor)
	if err != nil {
		return page, err
	}
	page.Districts = options(r, lists, catalogue.JudicialDistrict, a.District)
	return page, nil
}

func decodeArea(f *web.Form) institution.AreaForm {
	return institution.AreaForm{Name: f.Get("name"), District: f.Get("district"), Mailbox: f.Get("mailbox")}
}

func (p *pages) createArea(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("institution")
	if _, err := p.svc.CreateArea(r.Context(), r.Actor, id, decodeArea(form)); form.Fail(err) {
		return p.showNewArea(r, form)
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(path(id, kept)), nil
}

func (p *pages) area(r *web.Request) (web.Response, error) { return p.showArea(r, nil) }

func (p *pages) showArea(r *web.Request, form *web.Form) (web.Response, error) {
	a, err := p.svc.Area(r.Context(), r.Actor, r.PathValue("institution"), r.PathValue("area"))
	if err != nil {
		return nil, err
	}
	if form == nil {
		form = web.NewForm(url.Values{"name": {a.Name}, "district": {a.District}, "mailbox": {a.Mailbox}})
	}
	page, err := p.areaForm(r, a, form)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Área: %s", a.Name), areaView(page)), nil
}

func (p *pages) updateArea(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("institution")
	if err := p.svc.UpdateArea(r.Context(), r.Actor, id, r.PathValue("area"), decodeArea(form)); form.Fail(err) {
		return p.showArea(r, form)
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(path(id, kept)), nil
}

// actArea runs an action of one press on an area and shows its institution again.
func (p *pages) actArea(r *web.Request, do func(ctx context.Context, actor access.Actor, institution, id string) error) (web.Response, error) {
	id := r.PathValue("institution")
	if err := do(r.Context(), r.Actor, id, r.PathValue("area")); err != nil {
		return nil, err
	}
	return web.Redirect(path(id, kept)), nil
}

func (p *pages) closeArea(r *web.Request) (web.Response, error) { return p.actArea(r, p.svc.CloseArea) }
func (p *pages) reopenArea(r *web.Request) (web.Response, error) {
	return p.actArea(r, p.svc.ReopenArea)
}
