package today

import (
	"net/url"

	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// followups adds the follow-ups that one's own side has to do.
func (p *pages) followups(r *web.Request, page *todayPage) error {
	if !r.Actor.May(access.FollowupWork) {
		return nil
	}
	rows, past, err := p.Followups.Due(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	for _, row := range rows {
		page.Tasks = append(page.Tasks, task{Due: row.Due, What: row.Title(), Folio: row.Folio, Detail: row.Who,
			Path: "/seguimientos/" + url.PathEscape(row.ID), Button: i18n.M("Abrir")})
	}
	if past > 0 { // one line: they must not push away what can still be done in time
		page.Tasks = append(page.Tasks, task{What: i18n.M("Seguimientos que no se hicieron en su ventana: %d", i18n.Number(past)),
			Path: "/seguimientos?estado=overdue", Button: i18n.M("Ver")})
	}
	return nil
}
