package reporthttp

import (
	"strconv"

	"sigue/internal/base/i18n"
	"sigue/internal/feature/report"
	"sigue/internal/platform/web"
)

// outcomesPage is what became of the people who were referred in a period.
type outcomesPage struct {
	choosing
	*report.Outcomes
	Lang i18n.Lang
}

func (p *pages) outcomes(r *web.Request) (web.Response, error) {
	c, err := p.choosing(r)
	if err != nil {
		return nil, err
	}
	page := outcomesPage{choosing: c, Lang: i18n.From(r.Context())}
	filter := filterOf(c.Form.Values)
	if filter.From == "" && filter.Until == "" { // those of the year before the last: they had time to end
		filter.From, filter.Until = c.Now.Add(-23).String(), c.Now.Add(-12).String()
	}
	page.Outcomes, err = p.svc.Outcomes(r.Context(), r.Actor, filter)
	if c.Form.Fail(err) {
		return web.Page(i18n.M("Resultados"), outcomesView(page)), nil
	}
	if err != nil {
		return nil, err
	}
	page.setMonths(page.Period)
	return web.Page(i18n.M("Resultados"), outcomesView(page)).Print(), nil
}

// part is a share of the first step.
func (p outcomesPage) part(n int64) float64 {
	if p.Funnel[0].Count == 0 {
		return 0
	}
	return float64(n) / float64(p.Funnel[0].Count)
}

func (p outcomesPage) curve() web.Chart {
	c := web.Chart{ID: "curva", Title: i18n.M("Permanencia en el programa"),
		Text: i18n.M("Porcentaje de quienes ingresaron y siguen en el programa o lo concluyeron, por meses desde el ingreso. La tabla de abajo dice cada mes.")}
	for _, s := range p.Survival {
		text := strconv.Itoa(int(100*s.Share+.5)) + "\u00a0%"
		c.Bars = append(c.Bars, web.Bar{Label: strconv.Itoa(s.Month), Value: text, Size: 100 * s.Share, Detail: s.Label().In(p.Lang) + ": " + text})
	}
	return c
}

func percentOf(share float64) string { return strconv.Itoa(int(100*share+.5)) + "\u00a0%" }
