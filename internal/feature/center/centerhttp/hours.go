package centerhttp

import (
	"context"
	"net/url"
	"time"

	"sigue/internal/base/i18n"
	"sigue/internal/feature/center"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// registerHours adds the pages of one's own center: when it is open, and its rooms.
func (p *pages) registerHours(rt *web.Router) {
	rt.Handle("GET /horario", access.AgendaManage, p.hours)
	rt.Handle("POST /horario", access.AgendaManage, p.setHours)
	rt.Handle("POST /salas", access.AgendaManage, p.addRoom)
	rt.Handle("POST /salas/{room}/cerrar", access.AgendaManage, p.closeRoom)
	rt.Handle("POST /salas/{room}/abrir", access.AgendaManage, p.openRoom)
}

// hoursPage is the week of a center, and its rooms.
type hoursPage struct {
	Form     *web.Form // of the hours
	RoomForm *web.Form
	Rooms    []center.Room
	Venues   []web.Option
	Notice   i18n.Msg
}

func (p *pages) hours(r *web.Request) (web.Response, error) {
	return p.showHours(r, nil, web.NewForm(nil))
}

func (p *pages) showHours(r *web.Request, form, room *web.Form) (web.Response, error) {
	week, err := p.svc.Hours(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	page := hoursPage{Form: form, RoomForm: room, Notice: saved(r)}
	if form == nil {
		page.Form = web.NewForm(weekValues(week))
	}
	if page.Rooms, err = p.svc.Rooms(r.Context(), r.Actor); err != nil {
		return nil, err
	}
	venues, err := p.svc.Venues(r.Context(), r.Actor, r.Actor.Center)
	for _, v := range venues {
		page.Venues = append(page.Venues, web.Option{Value: v.ID, Text: v.Name})
	}
	return web.Page(i18n.M("Horario y salas del centro"), hoursView(page)), err
}

func weekValues(w center.Week) url.Values {
	v := url.Values{}
	for day, span := range w {
		if span.Open() {
			v.Set(center.HourField("from", time.Weekday(day)), center.ShowHour(span.From))
			v.Set(center.HourField("until", time.Weekday(day)), center.ShowHour(span.Until))
		}
	}
	return v
}

func (p *pages) setHours(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	var lines [7]center.HourLine
	for day := range lines {
		d := time.Weekday(day)
		lines[day] = center.HourLine{From: form.Get(center.HourField("from", d)), Until: form.Get(center.HourField("until", d))}
	}
	if err := p.svc.SetHours(r.Context(), r.Actor, lines); form.Fail(err) {
		return p.showHours(r, form, web.NewForm(nil))
	} else if err != nil {
		return nil, err
	}
	return web.Redirect("/horario" + kept), nil
}

func (p *pages) addRoom(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	f := center.RoomForm{Name: form.Get("name"), Venue: form.Get("venue"), Capacity: form.Get("capacity")}
	if _, err := p.svc.AddRoom(r.Context(), r.Actor, f); form.Fail(err) {
		return p.showHours(r, nil, form)
	} else if err != nil {
		return nil, err
	}
	return web.Redirect("/horario" + kept), nil
}

func (p *pages) closeRoom(r *web.Request) (web.Response, error) {
	return p.useRoom(r, p.svc.CloseRoom)
}

func (p *pages) openRoom(r *web.Request) (web.Response, error) {
	return p.useRoom(r, p.svc.ReopenRoom)
}

func (p *pages) useRoom(r *web.Request, do func(ctx context.Context, actor access.Actor, id string) error) (web.Response, error) {
	if err := do(r.Context(), r.Actor, r.PathValue("room")); err != nil {
		return nil, err
	}
	return web.Redirect("/horario" + kept), nil
}
