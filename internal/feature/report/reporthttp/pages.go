// Package reporthttp is the figures' only contact with HTTP: the page of statistics, one
// page for each figure, the same as files, the definitions, closed months and goals. It
// decides nothing.
package reporthttp

import (
	"net/url"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/report"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/web"
)

type pages struct {
	svc   *report.Service
	clk   clock.Clock
	paper *document.Service
}

// Register adds the room's routes.
func Register(rt *web.Router, svc *report.Service, paper *document.Service, clk clock.Clock) {
	p := &pages{svc, clk, paper}
	rt.Handle("GET /estadistica", access.StatisticsRead, p.show)
	rt.Handle("GET /estadistica/definiciones", access.StatisticsRead, p.definitions)
	rt.Handle("GET /estadistica/resultados", access.StatisticsRead, p.outcomes)
	rt.Handle("GET /estadistica/cifras.csv", access.StatisticsRead, p.monthsCSV)
	rt.Handle("GET /estadistica/cifras.xlsx", access.StatisticsRead, p.monthsXLSX)
	rt.Handle("GET /estadistica/cifras.pdf", access.StatisticsRead, p.monthsPDF)
	rt.Handle("GET /estadistica/detalle.csv", access.StatisticsRead, p.detailCSV)
	rt.Handle("GET /estadistica/detalle.xlsx", access.StatisticsRead, p.detailXLSX)
	rt.Handle("GET /estadistica/cifra/{figure}", access.StatisticsRead, p.figure)
	rt.Handle("GET /estadistica/cifra/{figure}/casos", access.StatisticsRead, p.cases)

	rt.Handle("GET /estadistica/cierres", access.StatisticsRead, p.closings)
	rt.Handle("GET /estadistica/cierres/nuevo", access.StatisticsClose, p.confirm)
	rt.Handle("POST /estadistica/cierres", access.StatisticsClose, p.closeMonth)
	rt.Handle("GET /estadistica/cierres/{month}", access.StatisticsRead, p.closing)
	rt.Handle("GET /estadistica/cierres/{month}/informe.pdf", access.StatisticsRead, p.closingPDF)
	rt.Handle("GET /estadistica/cierres/{month}/datos.zip", access.StatisticsClose, p.openData)

	rt.Handle("GET /metas", access.GoalRead, p.goals)
	rt.Handle("GET /metas/nueva", access.GoalPropose, p.newGoal)
	rt.Handle("POST /metas", access.GoalPropose, p.propose)
	rt.Handle("GET /metas/{goal}", access.GoalRead, p.goal)
	rt.Handle("POST /metas/{goal}/calendario", access.GoalPropose, p.proposeCalendar)
	rt.Handle("POST /metas/{goal}/aprobar", access.GoalApprove, p.approve)
	rt.Handle("POST /metas/{goal}/rechazar", access.GoalApprove, p.refuse)
	rt.Handle("POST /metas/{goal}/justificar", access.GoalExplain, p.explain)
}

// choosing is the form that chooses what is counted.
type choosing struct {
	Form    *web.Form
	Choices map[report.Dimension][]report.Choice
	Now     clock.Month
}

func (p *pages) choosing(r *web.Request) (choosing, error) {
	choices, err := p.svc.Choices(r.Context(), r.Actor)
	return choosing{r.Query(), choices, clock.MonthOf(clock.DateOf(p.clk.Now()))}, err
}

func filterOf(q url.Values) report.Filter {
	f := report.Filter{From: q.Get("from"), Until: q.Get("until"), Where: map[report.Dimension]string{}}
	for _, d := range report.Dimensions {
		f.Where[d] = q.Get(string(d))
	}
	return f
}

// queryOf is a period with what was chosen, as it stands in an address.
func queryOf(p report.Period) url.Values {
	q := url.Values{"from": {p.From.String()}, "until": {p.Until.String()}}
	for d, value := range p.Where {
		q.Set(string(d), value)
	}
	return q
}

func address(path string, q url.Values) string { return path + "?" + q.Encode() }

// statisticsPage is the figures with the form that chooses them. Without figures the form
// says what to mend.
type statisticsPage struct {
	choosing
	*report.Statistics
}

func (p *pages) show(r *web.Request) (web.Response, error) {
	c, err := p.choosing(r)
	if err != nil {
		return nil, err
	}
	page := statisticsPage{choosing: c}
	page.Statistics, err = p.svc.Statistics(r.Context(), r.Actor, filterOf(c.Form.Values))
	if c.Form.Fail(err) {
		return web.Page(i18n.M("Estadística"), showView(page)).Wide(), nil
	}
	if err != nil {
		return nil, err
	}
	page.setMonths(page.Period)
	return web.Page(i18n.M("Estadística"), showView(page)).Wide().Print(), nil
}

// figurePage is one figure by month and by a dimension.
type figurePage struct {
	choosing
	*report.Table
	By    report.Dimension
	Lang  i18n.Lang
	Cases bool // whether the actor may open what was counted
}

func (p *pages) figure(r *web.Request) (web.Response, error) {
	c, err := p.choosing(r)
	if err != nil {
		return nil, err
	}
	f, ok := report.FigureOf(report.Key(r.PathValue("figure")))
	if !ok {
		return nil, fault.Missing()
	}
	page := figurePage{choosing: c, By: byOf(f, c), Lang: i18n.From(r.Context())}
	page.Table, err = p.svc.Figure(r.Context(), r.Actor, f.Key, page.By, filterOf(c.Form.Values))
	if c.Form.Fail(err) {
		page.Table = &report.Table{Figure: f, By: page.By}
		return web.Page(f.Name, figureView(page)).Wide(), nil
	}
	if err != nil {
		return nil, err
	}
	page.Cases = page.Table.Openable(r.Actor)
	page.setMonths(page.Period)
	c.Form.Values.Set("por", string(page.By))
	return web.Page(f.Name, figureView(page)).Wide().Print(), nil
}

// byOf is the dimension that was chosen, or the first that tells something.
func byOf(f report.Figure, c choosing) report.Dimension {
	if typed := c.Form.Get("por"); typed != "" {
		return report.Dimension(typed)
	}
	if c.Choices[report.ByCenter] == nil || !f.Tells(report.ByCenter) {
		for _, d := range report.Dimensions {
			if d != report.ByCenter && f.Tells(d) {
				return d
			}
		}
	}
	return report.ByCenter
}

func (c choosing) setMonths(p report.Period) {
	c.Form.Values.Set("from", p.From.String())
	c.Form.Values.Set("until", p.Until.String())
}

type casesPage struct {
	report.Figure
	*report.CaseList
	Back string
}

func (p *pages) cases(r *web.Request) (web.Response, error) {
	f, ok := report.FigureOf(report.Key(r.PathValue("figure")))
	if !ok {
		return nil, fault.Missing()
	}
	q := r.Query()
	list, err := p.svc.Cases(r.Context(), r.Actor, f.Key, filterOf(q.Values))
	if err != nil {
		return nil, err
	}
	back := queryOf(list.Period)
	return web.Page(f.Name, casesView(casesPage{f, list, address("/estadistica/cifra/"+string(f.Key), back)})), nil
}

func (p *pages) definitions(*web.Request) (web.Response, error) {
	return web.Page(i18n.M("Qué cuenta cada cifra"), definitionsView()).Print(), nil
}

// choosable is how many months back a period may begin in the form.
const choosable = 60

func (c choosing) monthOptions(field string) []web.Option {
	chosen := c.Form.Get(field)
	var out []web.Option
	found := false
	for i := range choosable {
		m := c.Now.Add(-i)
		out = append(out, web.Option{Value: m.String(), Label: m.Label()})
		found = found || m.String() == chosen
	}
	if m, err := clock.ParseMonth(chosen); err == nil && !found {
		out = append(out, web.Option{Value: m.String(), Label: m.Label()})
	}
	return out
}

func (c choosing) options(d report.Dimension) []web.Option {
	var out []web.Option
	for _, choice := range c.Choices[d] {
		out = append(out, web.Option{Value: choice.Value, Label: choice.Label})
	}
	return out
}

// more tells whether one of the folded choices is made.
func (c choosing) more() bool {
	for _, d := range report.Dimensions {
		if d != report.ByCenter && c.Form.Get(string(d)) != "" {
			return true
		}
	}
	return false
}

// head are the figures that stand large above the table.
var head = []report.Key{report.Referrals, report.People, report.Contacts, report.Attendance, report.Admissions, report.Completions}

func (p statisticsPage) figurePath(f report.Figure) string {
	return address("/estadistica/cifra/"+string(f.Key), queryOf(p.Period))
}

// applies tells whether a figure can be told apart by all that was chosen.
func (p statisticsPage) applies(f report.Figure) bool {
	for d := range p.Where {
		if !f.Tells(d) {
			return false
		}
	}
	return true
}

func (p statisticsPage) shown(f report.Figure, l report.Line) string {
	if !p.applies(f) {
		return "—"
	}
	return f.Show(l.Values[f.Key])
}

func (p figurePage) byOptions() []web.Option {
	var out []web.Option
	for _, d := range report.Dimensions {
		if p.Figure.Tells(d) {
			out = append(out, web.Option{Value: string(d), Label: d.Label()})
		}
	}
	return out
}

// rowPath is the same figure of one row only.
func (p figurePage) rowPath(r report.Row) string {
	q := queryOf(p.Period)
	q.Set(string(p.By), r.Choice.Value)
	q.Set("por", string(p.By))
	return address("/estadistica/cifra/"+string(p.Figure.Key), q)
}

func (p figurePage) casesPath() string {
	return address("/estadistica/cifra/"+string(p.Figure.Key)+"/casos", queryOf(p.Period))
}

// part is what a row is of the largest.
func (p figurePage) part(r report.Row) float64 {
	most := 0.0
	for _, other := range p.Rows {
		most = max(most, p.Figure.Of(other.Value))
	}
	if most == 0 {
		return 0
	}
	return p.Figure.Of(r.Value) / most
}

// chart is the figure by month.
func (p figurePage) chart() web.Chart {
	name := p.Figure.Name
	c := web.Chart{ID: "meses", Title: i18n.M("%s por mes", name),
		Text: i18n.M("De %s a %s: %s en total. La tabla de abajo dice cada mes.", p.From.Label(), p.Until.Label(), p.Figure.Show(p.Total))}
	if p.Figure.Ratio() {
		c.Text = i18n.M("De %s a %s: %s en promedio. La tabla de abajo dice cada mes.", p.From.Label(), p.Until.Label(), p.Figure.Show(p.Total))
	}
	for i, m := range p.Period.Months() {
		v := p.Months[i]
		size := p.Figure.Of(v)
		if p.Figure.Percent {
			size *= 100
		}
		c.Bars = append(c.Bars, web.Bar{Label: m.Short(p.Lang), Value: p.Figure.Show(v), Size: size, Open: !m.Last().Before(p.Now.First),
			Detail: m.Label().In(p.Lang) + ": " + p.Figure.Show(v)})
	}
	return c
}

// mapOf is the figure by municipality.
func (p figurePage) mapOf() (web.Chart, []web.Tile) {
	return web.Chart{ID: "mapa", Title: i18n.M("%s por municipio del Estado de México", p.Figure.Name),
		Text: i18n.M("Cada cuadro es un municipio, más oscuro cuanto mayor es la cifra. La tabla de abajo dice cada uno.")}, tilesOf(p.Table, p.Choices[report.ByMunicipality], p.Lang)
}
