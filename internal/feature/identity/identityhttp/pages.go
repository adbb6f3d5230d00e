// Package identityhttp is the identity room's only contact with HTTP: the sign-in page,
// one-time links, each one's own account, and the administration of accounts. It decodes
// forms, calls the service and shows typed pages; it decides nothing.
//
// Promises: a sign-in never goes on under a token that the browser brought along; what
// was typed on a page whose session had ended survives the sign-in; no answer tells
// whether an address has an account.
package identityhttp

import (
	"context"
	"net/url"

	"sigue/internal/base/i18n"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// Options are what the pages work with. Identity, Gate and Places are required.
type Options struct {
	Identity *identity.Service
	Gate     *identity.Gate
	// Places lists where an account may be opened; those outside what the actor may
	// hand out are left out here.
	Places func(ctx context.Context, actor access.Actor) ([]Place, error)
	// DemoAccounts are offered on the sign-in page of a demonstration, with their
	// passwords. Never set them elsewhere.
	DemoAccounts []DemoAccount
}

// Place is an area or a center, as the page that opens accounts offers it.
type Place struct {
	ID, Label                       string
	InstitutionID, AreaID, CenterID string
}

// DemoAccount is one button of a demonstration's sign-in page.
type DemoAccount struct {
	Role                         i18n.Msg
	Name, Place, Email, Password string
}

type pages struct{ Options }

// Register adds the room's routes. Counts are by client and minute: high enough for an
// office behind one address, since each account has its own count in the database.
func Register(rt *web.Router, o Options) {
	p := &pages{o}
	rt.Handle("GET /entrar", access.SessionOpen, p.door)
	rt.Handle("POST /entrar", access.SessionOpen, web.Limit("sign-in", 60, 60, p.enter))
	rt.Handle("POST /salir", access.SessionOpen, p.leave)
	rt.Handle("POST /sesion/seguir", access.SelfManage, p.extend)
	rt.Handle("GET /acceso", access.SessionOpen, p.askLink)
	rt.Handle("POST /acceso", access.SessionOpen, web.Limit("ask for a link", 20, 20, p.sendLink))
	rt.Handle("GET /acceso/{link}/{sig}", access.SessionOpen, web.Limit("open a link", 60, 60, p.openLink))
	rt.Handle("POST /acceso/{link}/{sig}", access.SessionOpen, web.Limit("redeem a link", 30, 30, p.redeem))
	rt.Handle("GET /cuenta", access.SelfManage, p.own)
	rt.Handle("POST /cuenta", access.SelfManage, p.changeOwn)
	rt.Handle("GET /cuenta/delegacion", access.SelfManage, p.delegations)
	rt.Handle("POST /cuenta/delegacion", access.SelfManage, p.changeDelegation)
	p.registerAdministration(rt)
}

func (p *pages) registerAdministration(rt *web.Router) {
	rt.Handle("GET /cuentas", access.AccountAdminister, p.list)
	rt.Handle("GET /cuentas/nueva", access.AccountAdminister, p.fresh)
	rt.Handle("POST /cuentas/nueva", access.AccountAdminister, p.open)
	rt.Handle("GET /cuentas/{account}", access.AccountAdminister, p.account)
	rt.Handle("POST /cuentas/{account}/suspender", access.AccountAdminister, p.decide(p.Identity.Suspend, noticeSuspended))
	rt.Handle("POST /cuentas/{account}/reanudar", access.AccountAdminister, p.decide(p.Identity.Resume, noticeResumed))
	rt.Handle("POST /cuentas/{account}/enlace", access.AccountAdminister, p.act(p.Identity.SendLink, noticeLink))
	rt.Handle("POST /cuentas/{account}/cerrar-sesiones", access.AccountAdminister, p.act(p.Identity.EndSessions, noticeSessions))
	rt.Handle("GET /cuentas/{account}/entregar", access.AccountAdminister, p.handOver)
	rt.Handle("POST /cuentas/{account}/entregar", access.AccountAdminister, p.doHandOver)
}

// notice names what was just done, in the address of the page that follows.
type notice string

const (
	noticeOut       notice = "salida"
	noticeOutAll    notice = "salida-total"
	noticePassword  notice = "clave"
	noticeLang      notice = "idioma"
	noticeOpened    notice = "abierta"
	noticeSuspended notice = "suspendida"
	noticeResumed   notice = "reanudada"
	noticeLink      notice = "enlace"
	noticeSessions  notice = "sesiones"
	noticeHanded    notice = "entregada"

	noticeDelegated     notice = "delegado"
	noticeDelegationEnd notice = "delegacion-terminada"
)

// noticeOf reads it; anything else says nothing.
func noticeOf(r *web.Request) i18n.Msg {
	switch notice(r.Query().Get("aviso")) {
	case noticeOut:
		return i18n.M("Su sesión quedó cerrada en este equipo.")
	case noticeOutAll:
		return i18n.M("Sus sesiones quedaron cerradas en todos los equipos.")
	case noticePassword:
		return i18n.M("Su contraseña quedó guardada.")
	case noticeLang:
		return i18n.M("Su idioma quedó guardado.")
	case noticeOpened:
		return i18n.M("La cuenta quedó abierta. Enviamos a su correo un enlace para poner la contraseña.")
	case noticeSuspended:
		return i18n.M("La cuenta quedó suspendida y sus sesiones, cerradas.")
	case noticeResumed:
		return i18n.M("La cuenta quedó activa otra vez.")
	case noticeLink:
		return i18n.M("Enviamos un enlace nuevo a su correo.")
	case noticeSessions:
		return i18n.M("Sus sesiones quedaron cerradas en todos los equipos.")
	case noticeDelegated:
		return i18n.M("Su puesto quedó delegado. Avise a esa persona: el primer día encontrará en «Mi cuenta» cómo actuar en él.")
	case noticeDelegationEnd:
		return i18n.M("La delegación quedó terminada.")
	case noticeHanded:
		return i18n.M("El puesto quedó entregado con todo lo que lleva. Enviamos un enlace de acceso a su nuevo titular.")
	}
	return i18n.Msg{}
}

// with is a path of this site that says what was just done.
func (n notice) with(path string) web.Response {
	return web.Redirect(path + "?" + url.Values{"aviso": {string(n)}}.Encode())
}

func accountPath(id, rest string) string {
	path := "/cuentas/" + url.PathEscape(id)
	if rest != "" {
		path += "/" + rest
	}
	return path
}

// webSession is a session as the page frame shows it.
func webSession(s identity.Session) web.Session {
	return web.Session{Actor: s.Actor, Name: s.Name, Place: s.Place, IdleEnds: s.IdleEnds, Ends: s.Ends}
}
