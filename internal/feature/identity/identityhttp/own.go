package identityhttp

import (
	"net/url"
	"strings"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/web"
)

// ownPage is one's own account.
type ownPage struct {
	Account  identity.Account
	Sessions []identity.OpenSession
	Password *web.Form
	Lang     *web.Form
	Notice   i18n.Msg
}

// What the forms of one's own page do.
const (
	doPassword = "clave"
	doLang     = "idioma"
	doOutAll   = "salir"
)

func (p *pages) own(r *web.Request) (web.Response, error) {
	return p.showOwn(r, web.NewForm(nil))
}

func (p *pages) showOwn(r *web.Request, password *web.Form) (web.Response, error) {
	account, err := p.Identity.Own(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	sessions, err := p.Identity.Sessions(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Mi cuenta"), ownView(ownPage{
		Account: account, Sessions: sessions, Password: password, Notice: noticeOf(r),
		Lang: web.NewForm(url.Values{"lang": {string(account.Lang)}}),
	})), nil
}

func (p *pages) changeOwn(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	switch form.Get("accion") {
	case doPassword:
		return p.changePassword(r, form)
	case doLang:
		lang := i18n.Parse(form.Get("lang"))
		if err := p.Identity.SetLang(r.Context(), r.Actor, lang); err != nil {
			return nil, err
		}
		next := url.Values{"aviso": {string(noticeLang)}, "lang": {string(lang)}}
		return web.Redirect("/cuenta?" + next.Encode()), nil
	case doOutAll:
		if err := p.Identity.SignOutEverywhere(r.Context(), r.Actor); err != nil {
			return nil, err
		}
		return web.ClearSession(noticeOutAll.with("/entrar")), nil
	}
	return nil, fault.New(fault.Invalid, i18n.M("Vuelva a «Mi cuenta» y elija qué quiere cambiar."))
}

func (p *pages) changePassword(r *web.Request, form *web.Form) (web.Response, error) {
	password := form.Values.Get("password")
	err := repeated(form, password)
	if err == nil {
		err = p.Identity.ChangePassword(r.Context(), r.Actor, form.Values.Get("current"), password)
	}
	if form.Fail(err) {
		return p.showOwn(r, form)
	}
	if err != nil {
		return nil, err
	}
	return noticePassword.with("/cuenta"), nil
}

func langOptions() []web.Option {
	return []web.Option{
		{Value: string(i18n.Spanish), Text: "Español"},
		{Value: string(i18n.English), Text: "English"},
	}
}

// known lists what a browser calls itself by, the more particular first: most claim to
// be their rivals too.
var (
	knownBrowsers = [][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"Firefox", "Firefox"}, {"FxiOS", "Firefox"},
		{"CriOS", "Chrome"}, {"Chrom", "Chrome"}, {"Safari", "Safari"}}
	knownSystems = [][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS", "Mac"},
		{"CrOS", "Chromebook"}, {"Linux", "Linux"}}
)

// device is a browser's name for itself in words that people know it by.
func device(agent string) i18n.Msg {
	browser, system := find(knownBrowsers, agent), find(knownSystems, agent)
	if browser == "" || system == "" {
		return i18n.M("Otro navegador")
	}
	return i18n.M("%s en %s", browser, system)
}

func find(known [][2]string, agent string) string {
	for _, pair := range known {
		if strings.Contains(agent, pair[0]) {
			return pair[1]
		}
	}
	return ""
}
