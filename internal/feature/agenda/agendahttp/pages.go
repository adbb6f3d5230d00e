// Package agendahttp is the agenda's only contact with HTTP: the week, free times,
// appointments, the roll call, groups' sessions, who attends when, and what authorities
// have not been told. It decodes forms, calls the service and shows typed pages; it
// decides nothing.
package agendahttp

import (
	"net/url"
	"strings"

	"github.com/go-playground/form/v4"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

type pages struct{ svc *agenda.Service }

// Register adds the room's routes.
func Register(rt *web.Router, svc *agenda.Service) {
	p := &pages{svc}
	rt.Handle("GET /recepcion/{referral}/aceptar", access.ReferralReceive, p.accept)
	rt.Handle("POST /recepcion/{referral}/aceptar", access.ReferralReceive, p.doAccept)
	rt.Handle("GET /recepcion/{referral}/citar", access.ReferralReceive, p.offerFirst)
	rt.Handle("POST /recepcion/{referral}/citar", access.ReferralReceive, p.doOfferFirst)
	rt.Handle("GET /agenda", access.AgendaRead, p.week)
	rt.Handle("GET /agenda/dia", access.AgendaRead, p.day)
	rt.Handle("GET /agenda/personal", access.AgendaManage, p.staff)
	rt.Handle("POST /agenda/personal", access.AgendaManage, p.addAbsence)
	rt.Handle("POST /agenda/ausencias/{absence}/quitar", access.AgendaManage, p.removeAbsence)
	rt.Handle("GET /agenda/personal/{worker}", access.AgendaManage, p.hours)
	rt.Handle("POST /agenda/personal/{worker}", access.AgendaManage, p.setHours)
	rt.Handle("POST /agenda/cerrar", access.AgendaManage, p.closeDay)
	rt.Handle("GET /agenda/citar/{case}", access.AgendaBook, p.offer)
	rt.Handle("POST /agenda/citar/{case}", access.AgendaBook, p.book)
	rt.Handle("GET /expedientes/{case}/grupos", access.CaseDecide, p.seats)
	rt.Handle("POST /expedientes/{case}/grupos", access.CaseDecide, p.joinGroup)
	rt.Handle("POST /expedientes/{case}/grupos/reponer", access.CaseDecide, p.catchUp)
	rt.Handle("POST /expedientes/{case}/grupos/no-reponer", access.CaseDecide, p.dropCatchUp)
	rt.Handle("GET /citas/{appointment}", access.AgendaRead, p.appointment)
	rt.Handle("POST /citas/{appointment}/asistencia", access.AttendanceRecord, p.attend)
	rt.Handle("POST /citas/{appointment}/justificar", access.AttendanceRecord, p.excuse)
	rt.Handle("GET /citas/{appointment}/cambiar", access.AgendaBook, p.change)
	rt.Handle("POST /citas/{appointment}/cambiar", access.AgendaBook, p.move)
	rt.Handle("POST /citas/{appointment}/cancelar", access.AgendaBook, p.cancel)
	rt.Handle("GET /grupos/{group}/sesiones", access.AgendaRead, p.group)
	rt.Handle("POST /grupos/{group}/sesiones", access.GroupManage, p.confirm)
	rt.Handle("GET /sesiones/{appointment}", access.GroupManage, p.session)
	rt.Handle("POST /sesiones/{appointment}", access.GroupManage, p.moveSession)
	rt.Handle("POST /sesiones/{appointment}/cubrir", access.GroupManage, p.cover)
	rt.Handle("GET /autoridades", access.ReportPrepare, p.untold)
	rt.Handle("POST /autoridades/{task}/avisar", access.ReportPrepare, p.tell)
	rt.Handle("POST /autoridades/{task}/respuesta", access.ReportPrepare, p.answer)
	rt.Handle("GET /llamadas", access.AgendaBook, p.calls)
	rt.Handle("POST /llamadas/{task}", access.AgendaBook, p.called)
	registerReach(rt, p)
}

func appointmentPath(id, rest string) string {
	p := "/citas/" + url.PathEscape(id)
	if rest != "" {
		p += "/" + rest
	}
	return p
}

func sessionPath(id, rest string) string {
	return strings.TrimSuffix("/sesiones/"+url.PathEscape(id)+"/"+rest, "/")
}
func groupPath(id string) string { return "/grupos/" + url.PathEscape(id) + "/sesiones" }

// reportPath is where the document that a task waits for is prepared.
func reportPath(t agenda.Task) string {
	return casePath(t.CaseID) + "/documentos/preparar?" + url.Values{"tipo": {string(t.Kind)}, "canalizacion": {t.ReferralID}, "ocasion": {t.AppointmentID}}.Encode()
}

// tellButton is the button that tells by a notice; beside that of a document it is the
// lesser one.
func tellButton(t agenda.Task) string {
	if t.Kind == agenda.TaskBreachReport || t.Kind == agenda.TaskCorrection {
		return "button quiet"
	}
	return "button"
}

func taskPath(id, rest string) string { return "/autoridades/" + url.PathEscape(id) + "/" + rest }
func callPath(id string) string       { return "/llamadas/" + url.PathEscape(id) }
func casePath(id string) string       { return "/expedientes/" + url.PathEscape(id) }
func offerPath(id string) string      { return "/agenda/citar/" + url.PathEscape(id) }
func workerPath(id string) string     { return "/agenda/personal/" + url.PathEscape(id) }
func absencePath(id string) string    { return "/agenda/ausencias/" + url.PathEscape(id) + "/quitar" }

var decoder = form.NewDecoder()

// decode reads form values into a typed part; what the part does not know is left out.
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

// dayOf reads a day of the address; today when there is none.
func dayOf(r *web.Request, name string) clock.Date {
	if d, err := clock.ParseDateMX(r.Query().Get(name)); err == nil {
		return d
	}
	return clock.DateOf(r.Now)
}

// options are the entries of a list as choices.
func options(r *web.Request, lists *catalogue.Lists, name string) []web.Option {
	var out []web.Option
	for _, e := range lists.Entries(name) {
		out = append(out, web.Option{Value: e.Code, Text: e.Label(r.Lang)})
	}
	return out
}

func staffOptions(staff []identity.Staff) []web.Option {
	var out []web.Option
	for _, p := range staff {
		out = append(out, web.Option{Value: p.Account, Text: p.Title})
	}
	return out
}

func roomOptions(rooms []center.Room) []web.Option {
	var out []web.Option
	for _, room := range rooms {
		out = append(out, web.Option{Value: room.ID, Text: room.Name})
	}
	return out
}

func sideOptions() []web.Option {
	var out []web.Option
	for _, s := range agenda.Sides {
		out = append(out, web.Option{Value: string(s), Label: s.Label()})
	}
	return out
}

// weekPage is the week of a center, one row for each professional or room.
type weekPage struct {
	Week     *agenda.Week
	ByRoom   bool
	Rows     []weekRow
	Today    clock.Date
	Day      clock.Date
	MayOwn   bool
	May      func(access.Permission) bool
	Notice   i18n.Msg
	DayForm  *web.Form
	PrevWeek string
	NextWeek string
}

// weekRow is one professional or room with its appointments by day.
type weekRow struct {
	Name  string
	Cells [][]agenda.Item
}

func weekPath(day clock.Date, byRoom bool) string {
	q := url.Values{"semana": {day.MX()}}
	if byRoom {
		q.Set("por", "sala")
	}
	return "/agenda?" + q.Encode()
}

func (p *pages) week(r *web.Request) (web.Response, error) {
	return p.showWeek(r, web.NewForm(nil))
}

func (p *pages) showWeek(r *web.Request, form *web.Form) (web.Response, error) {
	q := r.Query()
	day := dayOf(r, "semana")
	week, err := p.svc.WeekOf(r.Context(), r.Actor, day, agenda.Filter{})
	if err != nil {
		return nil, err
	}
	page := weekPage{Week: week, ByRoom: q.Get("por") == "sala", Today: clock.DateOf(r.Now), Day: day, May: r.Actor.May, DayForm: form}
	page.Rows = rowsOf(week, page.ByRoom)
	page.PrevWeek, page.NextWeek = weekPath(week.Monday.AddDays(-7), page.ByRoom), weekPath(week.Monday.AddDays(7), page.ByRoom)
	return web.Page(i18n.M("Agenda: semana del %s", week.Monday.MX()), weekView(page)).Wide(), nil
}

// rowsOf sorts a week by who attends or where; whoever and whatever has nothing is left
// out, except one's own name.
func rowsOf(w *agenda.Week, byRoom bool) []weekRow {
	type owner struct{ id, name string }
	var owners []owner
	if byRoom {
		for _, room := range w.Rooms {
			owners = append(owners, owner{room.ID, room.Name})
		}
		owners = append(owners, owner{"", ""})
	} else {
		for _, s := range w.Staff {
			owners = append(owners, owner{s.Account, s.Title})
		}
	}
	var rows []weekRow
	for _, o := range owners {
		row, any := weekRow{Name: o.name}, false
		for _, d := range w.Days {
			var cell []agenda.Item
			for _, i := range d.Items {
				if byRoom && i.RoomID == o.id || !byRoom && (i.Account == o.id || i.CoAccount == o.id) {
					cell, any = append(cell, i), true
				}
			}
			row.Cells = append(row.Cells, cell)
		}
		if any {
			rows = append(rows, row)
		}
	}
	return rows
}

// dayPage is one day, to read from top to bottom and to print.
type dayPage struct {
	Day  *agenda.Day
	Mine bool
}

func dayPath(day clock.Date, own bool) string {
	q := url.Values{"dia": {day.MX()}}
	if own {
		q.Set("de", "mi")
	}
	return "/agenda/dia?" + q.Encode()
}

func (p *pages) day(r *web.Request) (web.Response, error) {
	page := dayPage{Mine: r.Query().Get("de") == "mi"}
	f := agenda.Filter{}
	if page.Mine {
		f.Account = r.Actor.Account
	}
	var err error
	if page.Day, err = p.svc.DayOf(r.Context(), r.Actor, dayOf(r, "dia"), f); err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Citas del %s", page.Day.On.MX()), dayView(page, r.Now)).Print(), nil
}

func (p *pages) closeDay(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	day, wrong := clock.ParseDateMX(form.Get("date"))
	if wrong != nil {
		form.Errors = map[string]i18n.Msg{"date": i18n.M("Escriba el día como 14/03/2027.")}
		form.Summary = i18n.M("Revise los datos marcados.")
		return p.showWeek(r, form)
	}
	if _, err := p.svc.CloseDay(r.Context(), r.Actor, day); err != nil {
		return nil, err
	}
	return web.Redirect(weekPath(day, false)), nil
}
