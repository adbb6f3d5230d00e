package today

import (
	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// figures adds what waits in the annual plan: a month to close, goals to decide about, and
// quarters to justify.
func (p *pages) figures(r *web.Request, page *todayPage) error {
	if r.Actor.May(access.StatisticsClose) {
		next, err := p.Reports.NextClose(r.Context(), r.Actor)
		if err != nil {
			return err
		}
		if next != (clock.Month{}) {
			page.Tasks = append(page.Tasks, task{What: i18n.M("Cerrar las cifras de %s", next.Label()), Path: "/estadistica/cierres/nuevo", Button: i18n.M("Ver y cerrar")})
		}
	}
	if r.Actor.May(access.GoalApprove) {
		n, err := p.Reports.Waiting(r.Context(), r.Actor)
		if err != nil {
			return err
		}
		if n > 0 {
			page.Tasks = append(page.Tasks, task{What: i18n.M("Metas que esperan aprobación: %d", n), Path: "/metas", Button: i18n.M("Ver")})
		}
	}
	if !r.Actor.May(access.GoalExplain) {
		return nil
	}
	n, err := p.Reports.Unexplained(r.Context(), r.Actor)
	if err == nil && n > 0 {
		page.Tasks = append(page.Tasks, task{What: i18n.M("Trimestres de metas por justificar: %d", n), Path: "/metas", Button: i18n.M("Ver")})
	}
	return err
}
