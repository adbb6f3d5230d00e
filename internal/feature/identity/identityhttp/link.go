package identityhttp

import (
	"net/http"
	"net/url"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/web"
)

func (p *pages) askLink(r *web.Request) (web.Response, error) {
	return web.Page(i18n.M("Pedir un enlace de acceso"), askLinkView(web.NewForm(nil))), nil
}

func (p *pages) sendLink(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	if form.Get("email") == "" {
		form.Errors = map[string]i18n.Msg{"email": i18n.M("Escriba su correo.")}
		return web.Page(i18n.M("Pedir un enlace de acceso"), askLinkView(form)), nil
	}
	if err := p.Identity.RequestLink(r.Context(), r.Actor, form.Get("email")); err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Revise su correo"), linkSentView()), nil
}

// linkPage is the page behind a one-time link.
type linkPage struct {
	Link identity.Link
	Form *web.Form
	Path string
}

func (p *pages) openLink(r *web.Request) (web.Response, error) {
	return p.showLink(r, web.NewForm(nil))
}

func (p *pages) showLink(r *web.Request, form *web.Form) (web.Response, error) {
	id, sig := r.PathValue("link"), r.PathValue("sig")
	l, err := p.Identity.LinkState(r.Context(), r.Actor, id, sig)
	if err != nil {
		return nil, err
	}
	page := linkPage{Link: l, Form: form, Path: "/acceso/" + url.PathEscape(id) + "/" + url.PathEscape(sig)}
	if l.State != identity.LinkOpen {
		return web.Page(i18n.M("Este enlace ya no abre"), spentLinkView(page)).Status(http.StatusGone), nil
	}
	return web.Page(i18n.M("Poner contraseña"), linkView(page)), nil
}

func (p *pages) redeem(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	password := form.Values.Get("password")
	if form.Fail(repeated(form, password)) {
		return p.showLink(r, form)
	}
	err = p.Identity.From(r.IP()).RedeemLink(r.Context(), r.Actor, r.PathValue("link"), r.PathValue("sig"), password)
	switch {
	case fault.Is(err, fault.Conflict):
		return p.showLink(r, web.NewForm(nil)) // which says what became of it
	case form.Fail(err):
		return p.showLink(r, form)
	case err != nil:
		return nil, err
	}
	if err := p.signOut(r); err != nil { // whoever sat here before
		return nil, err
	}
	return web.ClearSession(noticePassword.with("/entrar")), nil
}

// repeated checks that a new password was typed twice the same way: nobody sees what
// he types in such a field.
func repeated(form *web.Form, password string) error {
	if form.Values.Get("repeat") == password {
		return nil
	}
	var wrong fault.Form
	wrong.Add("repeat", i18n.M("No es igual a la de arriba. Escriba otra vez las dos."))
	return wrong.Err()
}
