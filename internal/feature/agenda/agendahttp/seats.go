package agendahttp

import (
	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/casefile"
	"sigue/internal/platform/web"
)

// seatsPage is the groups of a person.
type seatsPage struct {
	*agenda.Seats
	Form *web.Form
}

// choices are the groups in which he can begin, each with where.
func (p seatsPage) choices() []web.Option {
	var out []web.Option
	for _, c := range p.Choices {
		if !c.Why.IsZero() {
			continue
		}
		entry := i18n.M("Cerrado. Empieza el %s, a las %s, en la sesión %d", c.From.MX(), c.Group.StartsAt, c.AtSession)
		if c.Group.Open {
			entry = i18n.M("Abierto. Empieza el %s, a las %s, en la sesión %d", c.From.MX(), c.Group.StartsAt, c.AtSession)
		}
		out = append(out, web.Option{Value: c.Group.ID, Text: c.Group.Name, Hint: entry})
	}
	return out
}

// refusals are why he cannot enter the others.
func (p seatsPage) refusals() []i18n.Msg {
	var out []i18n.Msg
	for _, c := range p.Choices {
		if !c.Why.IsZero() {
			out = append(out, c.Why)
		}
	}
	return out
}

// offers are the sessions at which he can make one up.
func (p seatsPage) offers() []web.Option {
	out := make([]web.Option, len(p.Offers))
	for i, o := range p.Offers {
		out[i] = web.Option{Value: o.ID, Label: sessionName(o.SessionNumber, o.Title), Hint: i18n.M("%s, %s", whenOf(o), o.Group)}
	}
	return out
}

func sessionName(number int, title string) i18n.Msg {
	if title == "" {
		return i18n.M("Sesión %d", number)
	}
	return i18n.M("Sesión %d: %s", number, title)
}

// whenOf is the day and hour of a session: "Martes 24/11/2026, 16:00".
func whenOf(o agenda.CatchUp) i18n.Msg {
	return i18n.M("%s %s, %s", clock.WeekdayTitle(o.Day().Weekday()), o.Day().MX(), agenda.Hour(o.StartsAt.Time))
}

func membershipText(m casefile.Membership) i18n.Msg {
	if m.LeftOn.IsZero() {
		return i18n.M("desde el %s, en la sesión %d", m.JoinedOn.MX(), m.AtSession)
	}
	return i18n.M("del %s al %s", m.JoinedOn.MX(), m.LeftOn.MX())
}

func (p *pages) seats(r *web.Request) (web.Response, error) {
	return p.showSeats(r, web.NewForm(nil))
}

func (p *pages) showSeats(r *web.Request, form *web.Form) (web.Response, error) {
	v, err := p.svc.Seats(r.Context(), r.Actor, r.PathValue("case"))
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Grupos de %s", v.Case.Folio), seatsView(seatsPage{v, form})), nil
}

func (p *pages) joinGroup(r *web.Request) (web.Response, error) {
	return p.changeSeats(r, func(id string, form *web.Form) error {
		_, err := p.svc.JoinGroup(r.Context(), r.Actor, id, form.Get("group"))
		return err
	})
}

func (p *pages) catchUp(r *web.Request) (web.Response, error) {
	return p.changeSeats(r, func(id string, form *web.Form) error {
		return p.svc.CatchUp(r.Context(), r.Actor, id, form.Get("session"))
	})
}

func (p *pages) dropCatchUp(r *web.Request) (web.Response, error) {
	return p.changeSeats(r, func(id string, form *web.Form) error {
		return p.svc.DropCatchUp(r.Context(), r.Actor, id, form.Get("session"))
	})
}

// changeSeats does one change and shows the groups again, with what was wrong.
func (p *pages) changeSeats(r *web.Request, change func(id string, form *web.Form) error) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("case")
	err = change(id, form)
	if form.Fail(err) {
		return p.showSeats(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(casePath(id) + "/grupos"), nil
}
