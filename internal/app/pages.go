package app

import (
	"context"
	"net/url"
	"time"

	"sigue/internal/app/today"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/agenda/agendahttp"
	"sigue/internal/feature/casefile/casefilehttp"
	"sigue/internal/feature/catalogue/cataloguehttp"
	"sigue/internal/feature/center/centerhttp"
	"sigue/internal/feature/followup/followuphttp"
	"sigue/internal/feature/identity/identityhttp"
	"sigue/internal/feature/institution/institutionhttp"
	"sigue/internal/feature/paper/paperhttp"
	"sigue/internal/feature/program/programhttp"
	"sigue/internal/feature/referral/referralhttp"
	"sigue/internal/feature/report/reporthttp"
	"sigue/internal/feature/survey/surveyhttp"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document/documenthttp"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/web"
)

const (
	megabyte = 1 << 20
	// uploadLimit is how much is read of an upload before the connection is cut, so
	// that what is merely too large gets its sentence.
	uploadLimit = 110 * megabyte
)

// menu is the main menu, in the order of use; each sees the entries that he may open.
var menu = []web.MenuItem{
	{Label: i18n.M("Hoy"), Path: "/hoy", Permission: access.SelfManage},
	{Label: i18n.M("Por recibir"), Path: "/recepcion", Permission: access.ReferralReceive},
	{Label: i18n.M("Agenda"), Path: "/agenda", Permission: access.AgendaRead, Also: []string{"/citas", "/sesiones", "/llamadas"}},
	{Label: i18n.M("Expedientes"), Path: "/expedientes", Permission: access.CaseContact},
	{Label: i18n.M("Grupos"), Path: "/grupos", Permission: access.GroupRead},
	{Label: i18n.M("Informes"), Path: "/informes", Permission: access.ReportPrepare},
	{Label: i18n.M("Por avisar"), Path: "/autoridades", Permission: access.ReportPrepare},
	{Label: i18n.M("Seguimientos"), Path: "/seguimientos", Permission: access.FollowupRead},
	{Label: i18n.M("Canalizaciones"), Path: "/canalizaciones", Permission: access.ReferralRead},
	{Label: i18n.M("Nueva canalización"), Path: "/canalizaciones/nueva", Permission: access.ReferralWrite},
	{Label: i18n.M("Estadística"), Path: "/estadistica", Permission: access.StatisticsRead},
	{Label: i18n.M("Metas"), Path: "/metas", Permission: access.GoalRead},
	{Label: i18n.M("Encuestas"), Path: "/encuestas", Permission: access.SurveyRead},
	{Label: i18n.M("Programas"), Path: "/programas", Permission: access.ProgramRead},
	{Label: i18n.M("Instrumentos"), Path: "/instrumentos", Permission: access.ProgramManage},
	{Label: i18n.M("Consultar un expediente"), Path: "/expedientes/consulta", Permission: access.CaseReason},
	{Label: i18n.M("Instituciones"), Path: "/instituciones", Permission: access.InstitutionAdmin},
	{Label: i18n.M("Centros"), Path: "/centros", Permission: access.CenterRead},
	{Label: i18n.M("Catálogos y reglas"), Path: "/catalogos", Permission: access.CatalogueManage,
		Also: []string{"/reglas", "/municipios", "/dias-inhabiles"}},
	{Label: i18n.M("Plantillas"), Path: "/plantillas", Permission: access.TemplateManage},
	{Label: i18n.M("Cuentas"), Path: "/cuentas", Permission: access.AccountAdminister},
	{Label: i18n.M("Avisos"), Path: "/avisos", Permission: access.NoticeRead},
	{Label: i18n.M("Bitácora"), Path: "/bitacora", Permission: access.LedgerRead},
}

// pages makes the router and adds every room's routes.
func (a *App) pages(o options) {
	auth := identityhttp.Options{Identity: a.Identity, Gate: a.Gate, Places: a.places}
	ro := web.Options{
		Clock: a.Clock, Log: a.Log, Secure: a.Config.Secure(), BaseURL: a.Config.BaseURL, TrustProxy: a.Config.TrustProxy,
		Menu: menu, Branding: web.Branding{State: a.Config.State}, Denied: a.denied,
		Authenticate: func(ctx context.Context, token, requestID string, now time.Time) (web.Session, error) {
			s, err := a.Gate.Authenticate(ctx, token, requestID, now)
			return web.Session{Actor: s.Actor, Name: s.Name, Place: s.Place, IdleEnds: s.IdleEnds, Ends: s.Ends}, err
		},
		SignInAgain: func(r *web.Request, resume string, body url.Values) web.Response {
			return identityhttp.SignInAgain(auth, r, resume, body)
		},
	}
	if o.demo != nil {
		ro.Demo, ro.Banner = true, i18n.M("Demostración: todas las personas y casos son ficticios.")
		auth.DemoAccounts = o.demo.doors()
	}
	rt := web.NewRouter(ro)
	rt.Handle("GET /healthz", access.SessionOpen, a.healthz)
	identityhttp.Register(rt, auth)
	documenthttp.Register(rt, a.Documents)
	cataloguehttp.Register(rt, a.Catalogue)
	institutionhttp.Register(rt, a.Institutions)
	centerhttp.Register(rt, a.Centers)
	referralhttp.Register(rt, referralhttp.Options{Referrals: a.Referrals, Centers: a.Centers, UploadLimit: uploadLimit})
	casefilehttp.Register(rt, casefilehttp.Options{Cases: a.Cases, Centers: a.Centers, Catalogue: a.Catalogue, Agenda: a.caseAgenda(), Alerts: a.caseAlerts})
	programhttp.Register(rt, programhttp.Options{
		Programs: a.Programs, Agenda: func(group string) string { return "/grupos/" + url.PathEscape(group) + "/sesiones" },
	})
	agendahttp.Register(rt, a.Agenda)
	followuphttp.Register(rt, a.Followups)
	surveyhttp.Register(rt, a.Surveys)
	paperhttp.Register(rt, paperhttp.Options{Papers: a.Papers, Documents: a.Documents})
	reporthttp.Register(rt, a.Reports, a.Documents, a.Clock)
	today.Register(rt, today.Options{Referrals: a.Referrals, Agenda: a.Agenda, Followups: a.Followups, Papers: a.Papers, Reports: a.Reports, Ledger: a.Ledger, Outbox: a.Outbox, Documents: a.Documents})
	if o.demo != nil {
		o.demo.Register(rt)
	}
	a.Router = rt
}

// healthz answers when the program can work: its database answers.
func (a *App) healthz(r *web.Request) (web.Response, error) {
	if err := a.DB.Ping(r.Context()); err != nil {
		return nil, err
	}
	return web.JSON(struct {
		OK bool `json:"ok"`
	}{true}), nil
}

// denied appends to the ledger that a signed-in actor asked for what is not his, or
// does not exist: the two are not told apart, here either.
func (a *App) denied(ctx context.Context, actor access.Actor, method, path string) {
	entry := ledger.Entry{Action: "access.denied", Subject: ledger.Subject{Type: "path", ID: method + " " + cut(path, 200)},
		Institution: actor.Institution, Center: actor.Center}
	if err := a.Ledger.Append(context.WithoutCancel(ctx), actor, entry); err != nil {
		a.Log.Error("denied access is not in the ledger", "request", actor.Request, "error", err)
	}
}

func cut(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// places lists where an account may be opened, for the page that opens one.
func (a *App) places(ctx context.Context, actor access.Actor) ([]identityhttp.Place, error) {
	var out []identityhttp.Place
	if actor.May(access.InstitutionRead) {
		areas, err := a.Institutions.Areas(ctx, actor)
		if err != nil {
			return nil, err
		}
		for _, area := range areas {
			out = append(out, identityhttp.Place{ID: "area:" + area.ID, Label: area.PlaceName(), InstitutionID: area.InstitutionID, AreaID: area.ID})
		}
	}
	centers, err := a.Centers.Centers(ctx, actor)
	if err != nil {
		return nil, err
	}
	for _, c := range centers {
		out = append(out, identityhttp.Place{ID: "center:" + c.ID, Label: c.Name, CenterID: c.ID})
	}
	return out, nil
}
