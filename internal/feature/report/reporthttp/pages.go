// Package reporthttp is the figures' only contact with HTTP: the page of statistics, the
// file of the same table, and the definitions. It decides nothing.
package reporthttp

import (
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"net/url"
	"strconv"
	"strings"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/report"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

type pages struct {
	svc *report.Service
	clk clock.Clock
}

// Register adds the room's routes.
func Register(rt *web.Router, svc *report.Service, clk clock.Clock) {
	p := &pages{svc, clk}
	rt.Handle("GET /estadistica", access.StatisticsRead, p.show)
	rt.Handle("GET /estadistica/definiciones", access.StatisticsRead, p.definitions)
	rt.Handle("GET /estadistica/cifras.csv", access.StatisticsRead, p.file)
}

// statisticsPage is the figures with the form that chooses them. Without figures the form
// says what to mend.
type statisticsPage struct {
	*report.Statistics
	Form    *web.Form
	Centers []report.Named
	Now     clock.Month
}

func filterOf(q url.Values) report.Filter {
	return report.Filter{From: q.Get("from"), Until: q.Get("until"), Center: q.Get("centro")}
}

func (p *pages) show(r *web.Request) (web.Response, error) {
	q := r.Query()
	page := statisticsPage{Form: q, Now: clock.MonthOf(clock.DateOf(p.clk.Now()))}
	var err error
	if page.Centers, err = p.svc.CentersFor(r.Context(), r.Actor); err != nil {
		return nil, err
	}
	page.Statistics, err = p.svc.Statistics(r.Context(), r.Actor, filterOf(q.Values))
	if q.Fail(err) {
		return web.Page(i18n.M("Estadística"), showView(page)).Wide(), nil
	}
	if err != nil {
		return nil, err
	}
	q.Values.Set("from", page.From.String())
	q.Values.Set("until", page.Until.String())
	return web.Page(i18n.M("Estadística"), showView(page)).Wide().Print(), nil
}

func (p *pages) definitions(*web.Request) (web.Response, error) {
	return web.Page(i18n.M("Qué cuenta cada cifra"), definitionsView()).Print(), nil
}

// file is the table of the page as CSV, one row for each month and figure. It has as many
// rows as a period has months and figures, a few hundred at most.
func (p *pages) file(r *web.Request) (web.Response, error) {
	s, err := p.svc.Statistics(r.Context(), r.Actor, filterOf(r.Query().Values))
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	if err := writeCSV(r.Context(), &body, s); err != nil {
		return nil, err
	}
	return web.File("estadistica.csv", "text/csv; charset=utf-8", int64(body.Len()), io.NopCloser(&body), false), nil
}

func writeCSV(ctx context.Context, to io.Writer, s *report.Statistics) error {
	w := csv.NewWriter(to)
	rows := [][]string{{"mes", "clave", "cifra", "unidad", "version", "cantidad"}}
	for _, line := range s.Months {
		for _, f := range report.Figures {
			rows = append(rows, []string{line.Month.String(), string(f.Key), i18n.Show(ctx, f.Name), i18n.Show(ctx, f.Unit),
				strconv.Itoa(f.Version), strconv.FormatInt(line.Counts[f.Key], 10)})
		}
	}
	for _, row := range rows {
		for i := range row {
			row[i] = plainCell(row[i])
		}
	}
	return w.WriteAll(rows)
}

// plainCell keeps a spreadsheet from running a text as a formula.
func plainCell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// filePath is the file of what the page shows.
func (p statisticsPage) filePath() string {
	q := url.Values{"from": {p.From.String()}, "until": {p.Until.String()}}
	if p.Center != "" {
		q.Set("centro", p.Center)
	}
	return "/estadistica/cifras.csv?" + q.Encode()
}

// choosable is how many months back a period may begin in the form.
const choosable = 36

func (p statisticsPage) monthOptions(field string) []web.Option {
	chosen := p.Form.Get(field)
	var out []web.Option
	found := false
	for i := range choosable {
		m := p.Now.Add(-i)
		out = append(out, web.Option{Value: m.String(), Label: m.Label()})
		found = found || m.String() == chosen
	}
	if m, err := clock.ParseMonth(chosen); err == nil && !found {
		out = append(out, web.Option{Value: m.String(), Label: m.Label()})
	}
	return out
}

func (p statisticsPage) centerOptions() []web.Option {
	var out []web.Option
	for _, c := range p.Centers {
		out = append(out, web.Option{Value: c.ID, Label: i18n.M("%s", c.Name)})
	}
	return out
}
