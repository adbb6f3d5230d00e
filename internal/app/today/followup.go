package today

import (
	"net/url"

	"sigue/internal/base/i18n"
	"sigue/internal/feature/followup"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// followups adds the follow-ups that one's own side has to do.
func (p *pages) followups(r *web.Request, page *todayPage) error {
	if !r.Actor.May(access.FollowupWork) {
		return nil
	}
	list, err := p.Followups.List(r.Context(), r.Actor, followup.Filter{})
	if err != nil {
		return err
	}
	for _, row := range list.Rows {
		page.Tasks = append(page.Tasks, task{Due: row.Due, What: row.Title(), Folio: row.Folio, Detail: row.Who,
			Path: "/seguimientos/" + url.PathEscape(row.ID), Button: i18n.M("Abrir")})
	}
	if list.Next != "" && page.All.Path == "" {
		page.All = web.MenuItem{Label: i18n.M("Ver los %d seguimientos por hacer", i18n.Number(list.Total)), Path: "/seguimientos"}
	}
	return nil
}
