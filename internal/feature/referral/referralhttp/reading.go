package referralhttp

import (
	"net/url"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// panelPage is the list of one's referrals.
type panelPage struct {
	Panel  *referral.Panel
	Filter referral.PanelFilter
	Form   *web.Form
	States []web.Option
	Write  bool
}

func (p *pages) panel(r *web.Request) (web.Response, error) {
	query := r.Query()
	filter := referral.PanelFilter{
		State: referral.State(query.Get("estado")), Text: query.Get("texto"), After: query.Get("desde"),
	}
	panel, err := p.svc.Panel(r.Context(), r.Actor, filter)
	if err != nil {
		return nil, err
	}
	page := panelPage{Panel: panel, Filter: filter, Form: query, Write: r.Actor.May(access.ReferralWrite)}
	for _, state := range referral.States {
		page.States = append(page.States, web.Option{Value: string(state), Label: state.Label()})
	}
	return web.Page(panelTitle(r.Actor), panelView(page)).Wide(), nil
}

func panelTitle(actor access.Actor) i18n.Msg {
	if actor.May(access.ReferralWrite) {
		return i18n.M("Mis canalizaciones")
	}
	return i18n.M("Canalizaciones del centro")
}

// with gives the panel's address under another filter.
func (p panelPage) with(state referral.State, after string) string {
	q := url.Values{}
	if state != "" {
		q.Set("estado", string(state))
	}
	if p.Filter.Text != "" {
		q.Set("texto", p.Filter.Text)
	}
	if after != "" {
		q.Set("desde", after)
	}
	if len(q) == 0 {
		return "/canalizaciones"
	}
	return "/canalizaciones?" + q.Encode()
}

func (p panelPage) next() string {
	if p.Panel.Next == "" {
		return ""
	}
	return p.with(p.Filter.State, p.Panel.Next)
}

func (p panelPage) first() string {
	if p.Filter.After == "" {
		return ""
	}
	return p.with(p.Filter.State, "")
}

func (p *pages) file(r *web.Request) (web.Response, error) {
	view, err := p.svc.Open(r.Context(), r.Actor, r.PathValue("referral"))
	if err != nil {
		return nil, err
	}
	if view.State == referral.Draft {
		return web.Redirect(path(view.ID, "captura")), nil
	}
	return web.Page(i18n.M("Canalización %s", view.Folio), fileView(view, r)).Wide(), nil
}

func (p *pages) paper(r *web.Request) (web.Response, error) {
	paper, err := p.svc.OpenPaper(r.Context(), r.Actor, r.PathValue("referral"), r.PathValue("attachment"))
	if err != nil {
		return nil, err
	}
	return web.File(paper.Name, paper.Type, paper.Size, paper.Body, false), nil
}

func (p *pages) readers(r *web.Request) (web.Response, error) {
	id := r.PathValue("referral")
	readers, err := p.svc.Readers(r.Context(), r.Actor, id)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Quién ha leído esta canalización"), readersView(id, readers)), nil
}

// nextVisit is the appointment that may still be moved: the first, or once the process goes
// on the next of it; zero when there is none.
func nextVisit(v *referral.View) time.Time {
	switch {
	case v.Process.Followed():
		return v.Process.NextAt
	case v.Appointment != nil:
		return v.Appointment.StartsAt
	}
	return time.Time{}
}

// agendaPath is the day of the agenda on which an appointment is seen, moved or cancelled.
func agendaPath(at time.Time) string {
	return "/agenda/dia?" + url.Values{"dia": {clock.DateOf(at).MX()}}.Encode()
}

// processTag is the colour of where a process stands.
func processTag(p referral.Process) web.TagKind {
	switch {
	case p.Ended():
		return web.TagPlain
	case p.Stopped():
		return web.TagBad
	case p.Achieved():
		return web.TagGood
	}
	return web.TagBrand
}

// stateTag is the colour and the words of a state on either side.
func stateTag(row referral.Row) (web.TagKind, i18n.Msg) {
	switch row.State {
	case referral.Submitted:
		return web.TagWait, row.State.Label()
	case referral.Returned:
		return web.TagUrgent, row.State.Label()
	case referral.Accepted:
		if row.Process.Followed() {
			return processTag(row.Process), row.Process.Label()
		}
		if row.AppointmentAt.IsZero() {
			return web.TagWait, i18n.M("Aceptada, por citar")
		}
		return web.TagGood, i18n.M("Aceptada, con cita")
	case referral.Declined, referral.Expired:
		return web.TagBad, row.State.Label()
	}
	return web.TagPlain, row.State.Label()
}
