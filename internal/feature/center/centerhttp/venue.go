package centerhttp

import (
	"context"
	"net/url"

	"sigue/internal/base/i18n"
	"sigue/internal/feature/center"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// venuePage is the form of a venue; Venue is zero for a new one.
type venuePage struct {
	Center center.Center
	Venue  center.Venue
	Form   *web.Form
}

func (p *pages) newVenue(r *web.Request) (web.Response, error) {
	return p.showNewVenue(r, web.NewForm(nil))
}

func (p *pages) showNewVenue(r *web.Request, form *web.Form) (web.Response, error) {
	c, err := p.svc.Center(r.Context(), r.Actor, r.PathValue("center"))
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Nueva sede de %s", c.Name), newVenueView(venuePage{Center: c, Form: form})), nil
}

func decodeVenue(f *web.Form) center.VenueForm {
	return center.VenueForm{Name: f.Get("name"), Address: f.Get("address")}
}

func (p *pages) createVenue(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("center")
	if _, err := p.svc.CreateVenue(r.Context(), r.Actor, id, decodeVenue(form)); form.Fail(err) {
		return p.showNewVenue(r, form)
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(path(id, kept)), nil
}

func (p *pages) venue(r *web.Request) (web.Response, error) { return p.showVenue(r, nil) }

func (p *pages) showVenue(r *web.Request, form *web.Form) (web.Response, error) {
	id := r.PathValue("center")
	v, err := p.svc.Venue(r.Context(), r.Actor, id, r.PathValue("venue"))
	if err != nil {
		return nil, err
	}
	c, err := p.svc.Center(r.Context(), r.Actor, id)
	if err != nil {
		return nil, err
	}
	if form == nil {
		form = web.NewForm(url.Values{"name": {v.Name}, "address": {v.Address}})
	}
	return web.Page(i18n.M("Sede: %s", v.Name), venueView(venuePage{c, v, form})), nil
}

func (p *pages) updateVenue(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("center")
	if err := p.svc.UpdateVenue(r.Context(), r.Actor, id, r.PathValue("venue"), decodeVenue(form)); form.Fail(err) {
		return p.showVenue(r, form)
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(path(id, kept)), nil
}

// closeVenue closes a venue. When it may not be, the page says why.
func (p *pages) closeVenue(r *web.Request) (web.Response, error) {
	return p.actVenue(r, p.svc.CloseVenue)
}

func (p *pages) reopenVenue(r *web.Request) (web.Response, error) {
	return p.actVenue(r, p.svc.ReopenVenue)
}

func (p *pages) actVenue(r *web.Request, do func(ctx context.Context, actor access.Actor, center, id string) error) (web.Response, error) {
	id, venue := r.PathValue("center"), r.PathValue("venue")
	err := do(r.Context(), r.Actor, id, venue)
	if err == nil {
		return web.Redirect(path(id, kept)), nil
	}
	v, missing := p.svc.Venue(r.Context(), r.Actor, id, venue)
	form := web.NewForm(url.Values{"name": {v.Name}, "address": {v.Address}})
	if missing != nil || !form.Fail(err) {
		return nil, err
	}
	return p.showVenue(r, form)
}
