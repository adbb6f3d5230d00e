// Package casefilehttp is the case file room's only contact with HTTP: the list of a
// center, the pages of one case file, and those on which it is worked and decided. It
// decodes forms, calls the service and shows typed pages; it decides nothing.
package casefilehttp

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/go-playground/form/v4"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// Options are what the pages work with.
type Options struct {
	Cases     *casefile.Service
	Centers   *center.Service
	Catalogue *catalogue.Service
	Agenda    *Agenda // nil: the page of a case file shows no appointments
	// Alerts are what other rooms have to say first on the page of a case file; nil for nothing.
	Alerts func(ctx context.Context, actor access.Actor, caseID string) ([]Alert, error)
}

// Alert is something that whoever opens a case file must know.
type Alert struct {
	Title, Text i18n.Msg
	Path        string // where one reads more
}

// Agenda is what the page of a case file shows of the agenda, a room above this one.
type Agenda struct {
	Next     func(ctx context.Context, actor access.Actor, caseID string) ([]Appointment, error) // to come, the nearest first
	BookPath func(caseID string) string                                                          // where one is given
}

// Appointment is one that is to come.
type Appointment struct {
	At   time.Time
	With string // post of who attends
	Path string // of its page
}

type pages struct {
	svc       *casefile.Service
	centers   *center.Service
	catalogue *catalogue.Service
	agenda    *Agenda
	alerts    func(ctx context.Context, actor access.Actor, caseID string) ([]Alert, error)
}

// Register adds the room's routes.
func Register(rt *web.Router, o Options) {
	p := &pages{o.Cases, o.Centers, o.Catalogue, o.Agenda, o.Alerts}
	rt.Handle("GET /expedientes", access.CaseContact, p.list)
	rt.Handle("GET /expedientes/ingreso", access.CaseContact, p.walkIn)
	rt.Handle("POST /expedientes/ingreso", access.CaseContact, p.doWalkIn)
	rt.Handle("GET /expedientes/consulta", access.CaseReason, p.consult)
	rt.Handle("POST /expedientes/consulta", access.CaseReason, p.doConsult)
	rt.Handle("GET /expedientes/{case}", access.CaseContact, p.file)
	p.registerReading(rt)
	p.registerWorking(rt)
	p.registerDecisions(rt)
	registerInstruments(rt, p)
}

func (p *pages) registerReading(rt *web.Router) {
	rt.Handle("GET /expedientes/{case}/valoraciones", access.CaseRead, p.assessments)
	rt.Handle("POST /expedientes/{case}/valoraciones/leer", access.CaseDecide, p.readAssessments)
	rt.Handle("GET /expedientes/{case}/plan", access.CaseRead, p.plan)
	rt.Handle("GET /expedientes/{case}/notas", access.CaseRead, p.notes)
	rt.Handle("POST /expedientes/{case}/notas/leer", access.CaseDecide, p.readNotes)
	rt.Handle("GET /expedientes/{case}/documentos", access.CaseRead, p.papers)
	rt.Handle("GET /expedientes/{case}/historia", access.CaseRead, p.history)
	rt.Handle("GET /expedientes/{case}/decisiones", access.CaseDecide, p.decisions)
	rt.Handle("GET /expedientes/{case}/lecturas", access.ReadersRead, p.readers)
}

func (p *pages) registerWorking(rt *web.Router) {
	rt.Handle("GET /expedientes/{case}/aviso", access.CaseContact, p.form(noticeStep))
	rt.Handle("POST /expedientes/{case}/aviso", access.CaseContact, p.post(noticeStep))
	rt.Handle("GET /expedientes/{case}/carta", access.CaseContact, p.form(letterStep))
	rt.Handle("POST /expedientes/{case}/carta", access.CaseContact, p.post(letterStep))
	rt.Handle("GET /expedientes/{case}/corregir", access.CaseContact, p.form(amendStep))
	rt.Handle("POST /expedientes/{case}/corregir", access.CaseContact, p.post(amendStep))
	rt.Handle("GET /expedientes/{case}/riesgo", access.RiskWrite, p.form(riskStep))
	rt.Handle("POST /expedientes/{case}/riesgo", access.RiskWrite, p.post(riskStep))
	rt.Handle("GET /expedientes/{case}/valorar", access.CaseWork, p.assess)
	rt.Handle("POST /expedientes/{case}/valorar", access.CaseWork, p.doAssess)
	rt.Handle("GET /expedientes/{case}/nota", access.CaseWork, p.note)
	rt.Handle("POST /expedientes/{case}/nota", access.CaseWork, p.doNote)
}

func (p *pages) registerDecisions(rt *web.Router) {
	rt.Handle("GET /expedientes/{case}/admitir", access.CaseDecide, p.admit)
	rt.Handle("POST /expedientes/{case}/admitir", access.CaseDecide, p.doAdmit)
	for name, s := range map[string]step{
		"espera": waitStep, "suspender": suspendStep, "reanudar": resumeStep, "concluir": completeStep, "derivar": referOutStep,
		"baja": dischargeStep, "cerrar": closeStep, "transferir": transferStep, "separar": apartStep, "unir": joinStep,
		"obligaciones/{mandate}": mandateStep, "obligaciones/{mandate}/separar": separateStep,
	} {
		rt.Handle("GET /expedientes/{case}/"+name, access.CaseDecide, p.form(s))
		rt.Handle("POST /expedientes/{case}/"+name, access.CaseDecide, p.post(s))
	}
	rt.Handle("POST /expedientes/{case}/separar/quitar", access.CaseDecide, p.meetAgain)
	rt.Handle("POST /expedientes/{case}/grupos/salir", access.CaseDecide, p.leaveGroup)
	rt.Handle("GET /expedientes/{case}/reserva", access.CaseDecide, p.reserve)
	rt.Handle("POST /expedientes/{case}/reserva", access.CaseDecide, p.doReserve)
	rt.Handle("POST /expedientes/{case}/reserva/quitar", access.CaseDecide, p.unreserve)
}

// path is an address of one case file.
func path(id string, rest ...string) string {
	out := "/expedientes/" + url.PathEscape(id)
	for _, part := range rest {
		out += "/" + url.PathEscape(part)
	}
	return out
}

var decoder = form.NewDecoder()

// formPath is the address of a form about one thing of a case file.
func formPath(id, form, name, value string) string {
	return path(id, form) + "?" + url.Values{name: {value}}.Encode()
}

// decode reads form values into a typed part; what the part does not know is left out.
// A name with brackets is none of ours, and the decoder takes it for an index.
func decode(into any, v url.Values) error {
	plain := make(url.Values, len(v))
	for name, values := range v {
		if !strings.ContainsAny(name, "[]") {
			plain[name] = values
		}
	}
	if err := decoder.Decode(into, plain); err != nil {
		return fault.Wrap(fault.Invalid, i18n.M("El formulario no llegó completo. Vuelva a la página e inténtelo de nuevo."), err)
	}
	return nil
}

// options are the entries of a list as choices, in the language of the request.
func options(lang i18n.Lang, lists *catalogue.Lists, name string) []web.Option {
	var out []web.Option
	for _, e := range lists.Entries(name) {
		out = append(out, web.Option{Value: e.Code, Text: e.Label(lang)})
	}
	return out
}

// stateTag is the colour of a state.
func stateTag(s casefile.State) web.TagKind {
	switch s {
	case casefile.ToSchedule:
		return web.TagUrgent
	case casefile.Scheduled, casefile.InAssessment, casefile.WaitingList:
		return web.TagWait
	case casefile.Active:
		return web.TagBrand
	case casefile.Completed, casefile.InFollowup:
		return web.TagGood
	case casefile.Discharged, casefile.Suspended:
		return web.TagBad
	}
	return web.TagPlain
}

func riskTag(l casefile.RiskLevel) web.TagKind {
	switch l {
	case casefile.RiskHigh, casefile.RiskExtreme:
		return web.TagUrgent
	case casefile.RiskMedium:
		return web.TagWait
	}
	return web.TagPlain
}

// tab is one of the pages of a case file.
type tab struct {
	name  string
	label i18n.Msg
	needs access.Permission
}

var tabs = []tab{
	{"", i18n.M("Resumen"), access.CaseContact},
	{"valoraciones", i18n.M("Valoraciones"), access.CaseRead},
	{"plan", i18n.M("Plan y avance"), access.CaseRead},
	{"notas", i18n.M("Notas"), access.CaseRead},
	{"documentos", i18n.M("Documentos"), access.CaseRead},
	{"seguimientos", i18n.M("Seguimientos"), access.FollowupRead},
	{"historia", i18n.M("Historia"), access.CaseRead},
	{"decisiones", i18n.M("Decisiones y motivos"), access.CaseDecide},
	{"lecturas", i18n.M("Quién lo ha leído"), access.ReadersRead},
}

func (t tab) path(id string) string {
	if t.name == "" {
		return path(id)
	}
	return path(id, t.name)
}
