package identityhttp

import (
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/web"
)

// delegationPage is what one has delegated and what one may act for.
type delegationPage struct {
	*identity.Delegations
	Form   *web.Form
	Notice i18n.Msg
}

// What the forms of the page do.
const (
	doDelegate = "delegar"
	doAct      = "actuar"
	doReturn   = "volver"
	doEnd      = "terminar"
)

const delegationPath = "/cuenta/delegacion"

func (p *pages) delegations(r *web.Request) (web.Response, error) {
	return p.showDelegations(r, web.NewForm(nil))
}

func (p *pages) showDelegations(r *web.Request, form *web.Form) (web.Response, error) {
	all, err := p.Identity.Delegations(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Delegar mi puesto"), delegationView(delegationPage{Delegations: all, Form: form, Notice: noticeOf(r)})), nil
}

func (p *pages) changeDelegation(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	switch form.Get("accion") {
	case doDelegate:
		err := p.Identity.Delegate(r.Context(), r.Actor, identity.DelegationForm{To: form.Get("to"), From: form.Get("from"), Until: form.Get("until")})
		if form.Fail(err) {
			return p.showDelegations(r, form)
		}
		if err != nil {
			return nil, err
		}
		return noticeDelegated.with(delegationPath), nil
	case doEnd:
		if err := p.Identity.EndDelegation(r.Context(), r.Actor, form.Get("delegation")); err != nil {
			return nil, err
		}
		return noticeDelegationEnd.with(delegationPath), nil
	case doAct:
		if err := p.Identity.ActFor(r.Context(), r.Actor, form.Get("delegation")); err != nil {
			return nil, err
		}
		return web.Redirect("/"), nil
	case doReturn:
		if err := p.Identity.ActFor(r.Context(), r.Actor, ""); err != nil {
			return nil, err
		}
		return web.Redirect("/"), nil
	}
	return nil, fault.New(fault.Invalid, i18n.M("Vuelva a «Delegar mi puesto» y elija qué quiere hacer."))
}

// colleagueOptions are the people to whom the post may be delegated.
func colleagueOptions(all []identity.Colleague, lang i18n.Lang) []web.Option {
	out := make([]web.Option, len(all))
	for i, c := range all {
		out[i] = web.Option{Value: c.Account, Text: c.Name + ", " + c.Title.In(lang) + ", " + c.Place.In(lang)}
	}
	return out
}
