// Package today is the first page of everyone, "Hoy": what one must do, by deadline,
// gathered from the rooms that one may enter. Beside it stand the two pages that
// show the platform itself: the outbox of notices and the ledger.
package today

import (
	"net/url"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/followup"
	"sigue/internal/feature/paper"
	"sigue/internal/feature/referral"
	"sigue/internal/feature/report"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
	"sigue/internal/platform/web"
)

// Options are what the pages gather from.
type Options struct {
	Referrals *referral.Service
	Agenda    *agenda.Service
	Followups *followup.Service
	Papers    *paper.Service
	Reports   *report.Service
	Ledger    *ledger.Ledger
	Outbox    *notify.Outbox
	Documents *document.Service
}

type pages struct{ Options }

// Register adds the routes.
func Register(rt *web.Router, o Options) {
	p := &pages{o}
	rt.Handle("GET /{$}", access.SelfManage, func(*web.Request) (web.Response, error) { return web.Redirect("/hoy"), nil })
	rt.Handle("GET /hoy", access.SelfManage, p.today)
	rt.Handle("GET /avisos", access.NoticeRead, p.notices)
	rt.Handle("GET /bitacora", access.LedgerRead, p.ledger)
}

// todayPage is what waits for one person.
type todayPage struct {
	Date    string
	Role    i18n.Msg
	Tasks   []task
	All     web.MenuItem // the rest, where there are more tasks than a page holds
	Drafts  []referral.DraftRow
	Links   []web.MenuItem
	Nothing bool
}

// task is one thing to do.
type task struct {
	Due    clock.Status
	What   i18n.Msg
	Folio  string
	Detail string
	Path   string
	Button i18n.Msg

	OwnHour bool // one's own appointment of the day
}

func (p *pages) today(r *web.Request) (web.Response, error) {
	page := todayPage{Date: longDate(r.Now, r.Lang), Role: r.Actor.Role.Label(), Links: links(r.Actor)}
	if r.Actor.May(access.ReferralReceive) {
		queue, err := p.Referrals.Queue(r.Context(), r.Actor, "")
		if err != nil {
			return nil, err
		}
		for _, row := range queue.Rows {
			page.Tasks = append(page.Tasks, receiveTask(row))
		}
		if queue.Next != "" {
			page.All = web.MenuItem{Label: i18n.M("Ver las %d por recibir", i18n.Number(queue.Total)), Path: "/recepcion"}
		}
	}
	if r.Actor.May(access.ReferralWrite) {
		if err := p.writing(r, &page); err != nil {
			return nil, err
		}
	}
	if err := p.followups(r, &page); err != nil {
		return nil, err
	}
	if err := p.agenda(r, &page); err != nil {
		return nil, err
	}
	if err := p.figures(r, &page); err != nil {
		return nil, err
	}
	page.Nothing = len(page.Tasks) == 0 && len(page.Drafts) == 0
	return web.Page(i18n.M("Hoy"), todayView(page)), nil
}

func (p *pages) writing(r *web.Request, page *todayPage) error {
	pending, err := p.Referrals.Pending(r.Context(), r.Actor, "")
	if err != nil {
		return err
	}
	if pending.Next != "" {
		page.All = web.MenuItem{Label: i18n.M("Ver las %d devueltas", i18n.Number(pending.Total)), Path: "/canalizaciones?estado=returned"}
	}
	for _, row := range pending.Rows {
		page.Tasks = append(page.Tasks, task{
			Due: row.Due, What: i18n.M("Corregir y reenviar"), Folio: row.Folio, Detail: row.CaseValue + " · " + row.Center,
			Path: "/canalizaciones/" + url.PathEscape(row.ID) + "/captura", Button: i18n.M("Corregir"),
		})
	}
	page.Drafts, err = p.Referrals.Drafts(r.Context(), r.Actor)
	return err
}

func receiveTask(row referral.Row) task {
	t := task{
		Due: row.Due, What: i18n.M("Responder la canalización"), Folio: row.Folio, Detail: row.Area,
		Path: "/canalizaciones/" + url.PathEscape(row.ID), Button: i18n.M("Revisar"),
	}
	if row.State == referral.Accepted {
		t.What, t.Button = i18n.M("Ofrecer primera cita"), i18n.M("Citar")
		t.Path = "/recepcion/" + url.PathEscape(row.ID) + "/citar"
	}
	return t
}

// links are the places a role works in, for those who have no tasks by deadline.
func links(actor access.Actor) []web.MenuItem {
	var out []web.MenuItem
	for _, item := range []web.MenuItem{
		{Label: i18n.M("Hacer una canalización"), Path: "/canalizaciones/nueva", Permission: access.ReferralWrite},
		{Label: i18n.M("Ver las canalizaciones"), Path: "/canalizaciones", Permission: access.ReferralRead},
		{Label: i18n.M("Instituciones y sus áreas"), Path: "/instituciones", Permission: access.InstitutionAdmin},
		{Label: i18n.M("Centros, sedes y municipios que atienden"), Path: "/centros", Permission: access.CenterAdmin},
		{Label: i18n.M("Catálogos, reglas y municipios"), Path: "/catalogos", Permission: access.CatalogueManage},
		{Label: i18n.M("Cuentas de acceso"), Path: "/cuentas", Permission: access.AccountAdminister},
		{Label: i18n.M("Avisos enviados"), Path: "/avisos", Permission: access.NoticeRead},
		{Label: i18n.M("Bitácora"), Path: "/bitacora", Permission: access.LedgerRead},
		{Label: i18n.M("Directorio de centros"), Path: "/centros", Permission: access.CenterRead},
	} {
		if actor.May(item.Permission) && !(item.Permission == access.CenterRead && actor.May(access.CenterAdmin)) {
			out = append(out, item)
		}
	}
	return out
}

// noticesPage is the outbox.
type noticesPage struct {
	Notices []notify.Sent
	Next    string
}

const pageSize = 50

func (p *pages) notices(r *web.Request) (web.Response, error) {
	sent, err := p.Outbox.List(r.Context(), r.Actor, notify.Filter{Before: r.Query().Get("desde"), Limit: pageSize + 1})
	if err != nil {
		return nil, err
	}
	page := noticesPage{Notices: sent}
	if len(sent) > pageSize {
		page.Notices = sent[:pageSize]
		page.Next = "/avisos?desde=" + url.QueryEscape(page.Notices[pageSize-1].Key())
	}
	return web.Page(i18n.M("Avisos"), noticesView(page)).Wide(), nil
}
