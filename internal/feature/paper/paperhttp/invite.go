package paperhttp

import (
	"net/url"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/paper"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// registerInvite adds the letter that invites a person to a follow-up.
func registerInvite(rt *web.Router, p *pages) {
	rt.Handle("GET /seguimientos/{followup}/carta", access.FollowupWork, p.invite)
	rt.Handle("POST /seguimientos/{followup}/carta", access.FollowupWork, p.doInvite)
}

// invitePage asks for the day and the hour of the letter.
type invitePage struct {
	*paper.Invitation
	Form *web.Form
}

func (p *pages) invite(r *web.Request) (web.Response, error) {
	return p.showInvite(r, nil)
}

func (p *pages) showInvite(r *web.Request, form *web.Form) (web.Response, error) {
	v, err := p.svc.Inviting(r.Context(), r.Actor, r.PathValue("followup"))
	if err != nil {
		return nil, err
	}
	if form == nil {
		form = web.NewForm(nil)
		if v.DueOn.After(clock.DateOf(r.Now)) {
			form.Values.Set("on", v.DueOn.MX())
		}
	}
	return web.Page(i18n.M("Carta de seguimiento"), inviteView(invitePage{v, form})), nil
}

func (p *pages) doInvite(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	f := paper.InviteForm{On: form.Get("on"), Time: form.Get("time")}
	d, err := p.svc.Invite(r.Context(), r.Actor, r.PathValue("followup"), f)
	if form.Fail(err) {
		return p.showInvite(r, form)
	}
	return p.print(d, err)
}

func followupPath(id, rest string) string { return "/seguimientos/" + url.PathEscape(id) + rest }
