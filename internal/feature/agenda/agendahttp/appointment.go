package agendahttp

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/web"
)

// appointmentPage is one appointment with its roll call.
type appointmentPage struct {
	View    *agenda.View
	Form    *web.Form
	Reasons []web.Option
	Once    string
	Clashes map[string]i18n.Msg // by case
	Now     time.Time
	Saved   bool
}

// marks are the four buttons.
var marks = []agenda.Outcome{agenda.Present, agenda.Late, agenda.Missed, agenda.Excused}

func markField(caseID string) string    { return "m_" + caseID }
func versionField(caseID string) string { return "v_" + caseID }

// shown is the mark that a line shows: what was typed, else what is recorded.
func (p appointmentPage) shown(l agenda.Line) string {
	if typed := p.Form.Get(markField(l.Case.ID)); typed != "" {
		return typed
	}
	return string(l.Record.Mark())
}

func (p *pages) appointment(r *web.Request) (web.Response, error) {
	return p.showAppointment(r, web.NewForm(nil), nil)
}

func (p *pages) showAppointment(r *web.Request, form *web.Form, clashes map[string]i18n.Msg) (web.Response, error) {
	view, err := p.svc.Open(r.Context(), r.Actor, r.PathValue("appointment"))
	if err != nil {
		return nil, err
	}
	page := appointmentPage{View: view, Form: form, Once: form.Get("once"), Clashes: clashes, Now: r.Now, Reasons: options(r, view.Lists, catalogue.AbsenceReason)}
	page.Saved = r.Query().Get("aviso") == "guardado"
	if page.Once == "" {
		page.Once = db.NewID()
	}
	if len(view.Lines) == 1 && form.Get("note") == "" {
		form.Values.Set("note", view.Lines[0].Note)
	}
	response := web.Page(i18n.M("%s, %s", view.Who, clock.FormatMX(view.StartsAt.Time)), appointmentView(page))
	if view.Kind == agenda.Group {
		response.Print() // an attendance list to sign
	}
	return response, nil
}

// rollOf reads a roll call. "all" marks everybody who has no mark yet.
func rollOf(form *web.Form) agenda.Roll {
	roll := agenda.Roll{Page: form.Get("once"), Late: form.Get("late_reason")}
	for name, values := range form.Values {
		id, ok := strings.CutPrefix(name, "v_")
		if !ok || len(values) == 0 {
			continue
		}
		m := agenda.Mark{Case: id, Mark: form.Get(markField(id))}
		m.Version, _ = strconv.Atoi(values[0])
		if m.Mark == "" {
			m.Mark = form.Get("all")
		}
		roll.Marks = append(roll.Marks, m)
	}
	slices.SortFunc(roll.Marks, func(a, b agenda.Mark) int { return strings.Compare(a.Case, b.Case) })
	return roll
}

// rollAnswer is what the script of the roll call reads.
type rollAnswer struct {
	Message string              `json:"message"`
	Lines   map[string]rollLine `json:"lines"`
	Clashes int                 `json:"clashes"`
}

// rollLine is a line as it stands now. Other says who marked it, if that was not this page.
type rollLine struct {
	Version int    `json:"version"`
	Mark    string `json:"mark"`
	Other   string `json:"other"`
	Clash   bool   `json:"clash"` // and this page had marked it otherwise
}

func (p *pages) attend(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id, roll := r.PathValue("appointment"), rollOf(form)
	if !r.Autosave() && !slices.ContainsFunc(roll.Marks, func(m agenda.Mark) bool { return m.Mark != "" }) {
		form.Fail(fault.New(fault.Invalid, i18n.M("No marcó a nadie. Marque si asistió, llegó tarde o faltó, y guarde.")))
		return p.showAppointment(r, form, nil)
	}
	out, err := p.svc.Attend(r.Context(), r.Actor, id, roll)
	if err == nil && form.Values.Has("note") && len(roll.Marks) == 1 && roll.Marks[0].Mark != "" {
		err = p.svc.Note(r.Context(), r.Actor, id, roll.Marks[0].Case, form.Get("note"))
	}
	if r.Autosave() {
		if err != nil {
			return nil, err
		}
		return web.JSON(answerOf(r, roll, out)), nil
	}
	if form.Fail(err) {
		return p.showAppointment(r, form, nil)
	}
	if err != nil {
		return nil, err
	}
	if len(out.Clashes) > 0 {
		form.Fail(fault.New(fault.Conflict, clashSummary(len(out.Clashes))))
		return p.showAppointment(r, form, clashesOf(out))
	}
	return web.Redirect(appointmentPath(id, "?aviso=guardado")), nil
}

func clashSummary(n int) i18n.Msg {
	if n == 1 {
		return i18n.M("Otra persona cambió una línea mientras usted marcaba. Lo que usted marcó sigue aquí: revise y guarde de nuevo.")
	}
	return i18n.M("Otra persona cambió %d líneas mientras usted marcaba. Lo que usted marcó sigue aquí: revise y guarde de nuevo.", n)
}

func clashesOf(out *agenda.Recorded) map[string]i18n.Msg {
	all := map[string]i18n.Msg{}
	for _, c := range out.Clashes {
		all[c.Case] = i18n.M("%s registró «%s» a las %s. Guarde de nuevo si usted tiene razón.", c.Who, c.Mark.Label(), agenda.Hour(c.At))
	}
	return all
}

func answerOf(r *web.Request, roll agenda.Roll, out *agenda.Recorded) rollAnswer {
	a, marked := rollAnswer{Lines: map[string]rollLine{}, Clashes: len(out.Clashes)}, 0
	for _, l := range out.Lines {
		a.Lines[l.Case.ID] = rollLine{Version: l.Record.Version, Mark: string(l.Record.Mark()), Other: otherMark(l, roll).In(r.Lang)}
		if l.Record.Version > 0 {
			marked++
		}
	}
	for _, c := range out.Clashes {
		line := a.Lines[c.Case]
		line.Clash = true
		line.Other = i18n.M("%s registró «%s» a las %s. Si no es así, márquelo de nuevo.", c.Who, c.Mark.Label(), agenda.Hour(c.At)).In(r.Lang)
		a.Lines[c.Case] = line
	}
	a.Message = i18n.M("Guardadas %d de %d, a las %s", marked, len(out.Lines), agenda.Hour(r.Now)).In(r.Lang)
	switch a.Clashes {
	case 0:
	case 1:
		a.Message = i18n.M("Otra persona había marcado una línea de otro modo. Revísela.").In(r.Lang)
	default:
		a.Message = i18n.M("Otra persona había marcado %d líneas de otro modo. Revíselas.", a.Clashes).In(r.Lang)
	}
	return a
}

// otherMark says who marked a line since this page showed it; the zero Msg when nobody did.
func otherMark(l agenda.Line, roll agenda.Roll) i18n.Msg {
	i := slices.IndexFunc(roll.Marks, func(m agenda.Mark) bool { return m.Case == l.Case.ID })
	if i < 0 || l.Record.Version <= roll.Marks[i].Version || l.Record.Page == roll.Page {
		return i18n.Msg{}
	}
	return i18n.M("%s registró «%s» a las %s.", l.Who, l.Record.Mark().Label(), agenda.Hour(l.Record.RecordedAt.Time))
}

func (p *pages) excuse(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("appointment")
	err = p.svc.Excuse(r.Context(), r.Actor, id, form.Get("case"), form.Get("excuse"))
	if form.Fail(err) {
		return p.showAppointment(r, form, nil)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(appointmentPath(id, "?aviso=guardado")), nil
}

// slotsPage gives an appointment, or moves one, with the next free times first.
type slotsPage struct {
	Free   *agenda.Free
	Form   *web.Form
	Search *web.Form
	Path   string
	Back   string
	Who    string
	Title  i18n.Msg
	Modes  []web.Option
	Staff  []web.Option
	Parts  []web.Option
	Rooms  []web.Option
	Why    bool // a change: who asks and why
	Cause  []web.Option
	First  bool
	Next   string
	Prefix string
}

func search(r *web.Request) agenda.Search {
	q := r.Query()
	s := agenda.Search{Account: q.Get("con"), Mode: q.Get("modo")}
	s.Minutes, _ = strconv.Atoi(q.Get("minutos"))
	s.From, _ = clock.ParseDateMX(q.Get("desde"))
	return s
}

func (p *pages) offer(r *web.Request) (web.Response, error) { return p.showOffer(r, web.NewForm(nil)) }

func (p *pages) showOffer(r *web.Request, form *web.Form) (web.Response, error) {
	v, err := p.svc.OfferTo(r.Context(), r.Actor, r.PathValue("case"), search(r))
	if err != nil {
		return nil, err
	}
	page := slotsPage{Form: form, Who: v.Who, Title: i18n.M("Dar cita a %s", v.Who), Path: offerPath(r.PathValue("case")), Back: casePath(r.PathValue("case")), First: v.First}
	for _, part := range v.Parts {
		page.Parts = append(page.Parts, web.Option{Value: part.ID, Text: part.Name})
	}
	page.fill(r, v.Free)
	return web.Page(page.Title, slotsView(page)), nil
}

func (s *slotsPage) fill(r *web.Request, free *agenda.Free) {
	s.Free, s.Modes, s.Staff = free, options(r, free.Lists, catalogue.AppointmentMode), staffOptions(free.Staff)
	s.Rooms, s.Cause = roomOptions(free.Rooms), options(r, free.Lists, catalogue.ChangeReason)
	q := r.Query().Values
	s.Search = web.NewForm(url.Values{"con": q["con"], "modo": {free.Mode}, "minutos": {strconv.Itoa(free.Minutes)}, "desde": {free.From.MX()}})
	next := url.Values{"con": q["con"], "modo": {free.Mode}, "minutos": {strconv.Itoa(free.Minutes)}, "desde": {free.Next.MX()}}
	s.Next = s.Path + "?" + next.Encode()
	for name, value := range map[string]string{"mode": free.Mode, "minutes": strconv.Itoa(free.Minutes)} {
		if s.Form.Get(name) == "" {
			s.Form.Values.Set(name, value)
		}
	}
}

// visitOf reads an appointment: a free time that was pressed, or what was typed.
func visitOf(form *web.Form) (agenda.Visit, error) {
	var v agenda.Visit
	if form.Get("minutes") == "" {
		form.Values.Del("minutes")
	}
	if _, err := strconv.Atoi(form.Get("minutes")); err != nil {
		form.Values.Set("minutes", "0")
	}
	if err := decode(&v, form.Values); err != nil {
		return v, err
	}
	agenda.ReadSlot(form.Get("slot"), &v)
	return v, nil
}

func (p *pages) book(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	v, err := visitOf(form)
	if err != nil {
		return nil, err
	}
	id, err := p.svc.Book(r.Context(), r.Actor, r.PathValue("case"), v)
	if form.Fail(err) {
		return p.showOffer(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(appointmentPath(id, "")), nil
}

func (p *pages) change(r *web.Request) (web.Response, error) {
	return p.showChange(r, web.NewForm(nil))
}

func (p *pages) showChange(r *web.Request, form *web.Form) (web.Response, error) {
	id := r.PathValue("appointment")
	view, err := p.svc.Open(r.Context(), r.Actor, id)
	if err != nil {
		return nil, err
	}
	if view.Kind == agenda.Group {
		return nil, fault.New(fault.Conflict, i18n.M("Una sesión de grupo se mueve desde su página."))
	}
	q := search(r)
	q.Case = view.CaseID
	if q.Account == "" && !r.Query().Values.Has("con") {
		q.Account = view.Account
	}
	if q.Mode == "" {
		q.Mode = view.Mode
	}
	free, err := p.svc.FreeSlots(r.Context(), r.Actor, q)
	if err != nil {
		return nil, err
	}
	page := slotsPage{Form: form, Who: view.Who, Why: true, Title: i18n.M("Cambiar la cita de %s", view.Who), Path: appointmentPath(id, "cambiar"), Back: appointmentPath(id, "")}
	page.fill(r, free)
	return web.Page(page.Title, slotsView(page)), nil
}

func (p *pages) move(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	v, err := visitOf(form)
	if err != nil {
		return nil, err
	}
	id, err := p.svc.Move(r.Context(), r.Actor, r.PathValue("appointment"), v, agenda.Change{Side: form.Get("side"), Reason: form.Get("reason")})
	if form.Fail(err) {
		return p.showChange(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(appointmentPath(id, "")), nil
}

func (p *pages) cancel(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("appointment")
	err = p.svc.Cancel(r.Context(), r.Actor, id, agenda.Change{Side: form.Get("side"), Reason: form.Get("reason")})
	if form.Fail(err) {
		return p.showChange(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(appointmentPath(id, "")), nil
}

func receivePath(id, action string) string { return "/recepcion/" + url.PathEscape(id) + "/" + action }
func referralPath(id string) string        { return "/canalizaciones/" + url.PathEscape(id) }

// arrivalPage gives the first appointment of a referral, with its acceptance or after it.
type arrivalPage struct {
	slotsPage
	View   *referral.View
	Accept bool
}

func (p *pages) accept(r *web.Request) (web.Response, error) {
	return p.showArrival(r, web.NewForm(nil), true)
}

func (p *pages) offerFirst(r *web.Request) (web.Response, error) {
	return p.showArrival(r, web.NewForm(nil), false)
}

func (p *pages) showArrival(r *web.Request, form *web.Form, accept bool) (web.Response, error) {
	id, action := r.PathValue("referral"), "citar"
	a, err := p.svc.Arriving(r.Context(), r.Actor, id, search(r))
	if err != nil {
		return nil, err
	}
	page := arrivalPage{View: a.View, Accept: accept, slotsPage: slotsPage{Form: form, Title: i18n.M("Dar primera cita a %s", a.View.Folio)}}
	if accept {
		action, page.Title = "aceptar", i18n.M("Aceptar %s", a.View.Folio)
	}
	page.Path, page.Back = receivePath(id, action), referralPath(id)
	page.fill(r, a.Free)
	return web.Page(page.Title, arrivalView(page)), nil
}

func (p *pages) doAccept(r *web.Request) (web.Response, error) { return p.takeArrival(r, true) }

func (p *pages) doOfferFirst(r *web.Request) (web.Response, error) { return p.takeArrival(r, false) }

func (p *pages) takeArrival(r *web.Request, accept bool) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	v, err := visitOf(form)
	if err != nil {
		return nil, err
	}
	id, did := r.PathValue("referral"), "citada"
	switch {
	case accept && form.Get("sin_cita") != "":
		did = "aceptada"
		err = p.svc.AcceptLater(r.Context(), r.Actor, id)
	case accept:
		_, err = p.svc.Accept(r.Context(), r.Actor, id, v)
	default:
		_, err = p.svc.OfferFirst(r.Context(), r.Actor, id, v)
	}
	if form.Fail(err) {
		return p.showArrival(r, form, accept)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(referralPath(id) + "?hecho=" + did), nil // the page of the referral says what was done
}
