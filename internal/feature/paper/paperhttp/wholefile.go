package paperhttp

import (
	"sigue/internal/base/i18n"
	"sigue/internal/feature/paper"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// registerCopies adds the routes of the copies of whole case files.
func (p *pages) registerCopies(rt *web.Router) {
	rt.Handle("GET /expedientes/{case}/copia", access.CaseDecide, p.copies)
	rt.Handle("POST /expedientes/{case}/copia", access.CaseDecide, p.askCopy)
}

// copiesPage is the copies of a case file, and the form that asks for another.
type copiesPage struct {
	*paper.CopiesView
	Form *web.Form
}

func (p *pages) copies(r *web.Request) (web.Response, error) {
	return p.showCopies(r, web.NewForm(nil))
}

func (p *pages) showCopies(r *web.Request, form *web.Form) (web.Response, error) {
	v, err := p.svc.Copies(r.Context(), r.Actor, r.PathValue("case"))
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Copia completa de %s", v.Of.Folio), copiesView(copiesPage{v, form})), nil
}

func (p *pages) askCopy(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("case")
	err = p.svc.AskCopy(r.Context(), r.Actor, id, paper.CopyForm{Variant: form.Get("variant"), Reason: form.Values.Get("reason")})
	if form.Fail(err) {
		return p.showCopies(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(casePath(id) + "/copia"), nil
}

func variantOptions() []web.Option {
	out := make([]web.Option, len(paper.Variants))
	for i, v := range paper.Variants {
		out[i] = web.Option{Value: string(v), Label: v.Label()}
	}
	return out
}
