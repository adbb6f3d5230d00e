package reporthttp

import (
	"bytes"
	"io"
	"strconv"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/report"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/web"
)

// closingsPage lists what was closed. Next is the month that can be closed; zero for whoever
// closes none, or when there is none.
type closingsPage struct {
	All  []report.Closing
	Next clock.Month
	May  bool
}

func (p *pages) closings(r *web.Request) (web.Response, error) {
	page := closingsPage{May: r.Actor.May(access.StatisticsClose)}
	var err error
	if page.All, err = p.svc.Closings(r.Context(), r.Actor); err != nil {
		return nil, err
	}
	if page.May {
		if page.Next, err = p.svc.NextClose(r.Context(), r.Actor); err != nil {
			return nil, err
		}
	}
	return web.Page(i18n.M("Cierres de mes"), closingsView(page)), nil
}

// confirmPage shows what would be frozen.
type confirmPage struct {
	Month clock.Month
	*report.Statistics
}

func (p *pages) confirm(r *web.Request) (web.Response, error) {
	next, err := p.svc.NextClose(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	if next == (clock.Month{}) {
		return web.Redirect("/estadistica/cierres"), nil
	}
	s, err := p.svc.Statistics(r.Context(), r.Actor, report.Filter{From: next.String(), Until: next.String()})
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Cerrar %s", next.Label()), confirmView(confirmPage{next, s})), nil
}

func (p *pages) closeMonth(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	month := form.Get("month")
	if err := p.svc.Close(r.Context(), r.Actor, month); err != nil {
		return nil, err
	}
	return web.Redirect("/estadistica/cierres/" + month), nil
}

func (p *pages) closing(r *web.Request) (web.Response, error) {
	c, err := p.svc.ClosedMonth(r.Context(), r.Actor, r.PathValue("month"))
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Cierre de %s", c.Month.Label()), closingView(c, r.Actor.May(access.StatisticsClose))).Wide().Print(), nil
}

func (p *pages) closingPDF(r *web.Request) (web.Response, error) {
	c, err := p.svc.ClosedMonth(r.Context(), r.Actor, r.PathValue("month"))
	if err != nil {
		return nil, err
	}
	return made("cierre-"+c.Month.String()+".pdf", pdfType, func(w io.Writer) error {
		return p.paper.RenderSheet(w, c.ClosedAt.Time, closingSheet(c))
	})
}

// openData is the folder of open data of a close.
func (p *pages) openData(r *web.Request) (web.Response, error) {
	month := r.PathValue("month")
	var folder bytes.Buffer
	if err := p.svc.OpenData(r.Context(), r.Actor, month, &folder); err != nil {
		return nil, err
	}
	return web.File("sigue-"+month+".zip", "application/zip", int64(folder.Len()), io.NopCloser(&folder), false), nil
}

// centerColumns is how many centers stand beside each other on paper.
const centerColumns = 4

// closingSheet is the monthly report: what was frozen, what was adjusted, what each figure
// counts, and lines to sign.
func closingSheet(c *report.ClosedMonth) document.Content {
	es := i18n.Spanish
	sheet := document.Content{
		Title: i18n.M("Informe mensual de %s", c.Month.Label()).In(es),
		Lines: []document.Line{
			{Label: i18n.M("Cerrado").In(es), Value: clock.FormatMX(c.ClosedAt.Time)},
			{Label: i18n.M("Huella (SHA-256)").In(es), Value: c.Hash},
			{Label: i18n.M("Definiciones").In(es), Value: c.Definitions},
		},
		Signatures: []document.Signature{{Post: i18n.M("Elaboró").In(es)}, {Post: i18n.M("Autorizó").In(es)}},
		Foot:       i18n.M("Cifras del cierre de %s. Lo que se capture después aparece como ajuste en un cierre posterior.", c.Month.Label()).In(es),
	}
	centers := c.Centers
	if c.Values[""] != nil {
		centers = append([]report.Choice{{Label: i18n.M("Estado")}}, centers...)
	}
	for first := 0; first < len(centers); first += centerColumns {
		some := centers[first:min(first+centerColumns, len(centers))]
		t := document.Table{Columns: []document.Column{{Title: i18n.M("Cifra").In(es), Share: 2.4}}}
		for _, one := range some {
			t.Columns = append(t.Columns, document.Column{Title: one.Label.In(es), Share: 1.2})
		}
		for _, f := range report.Figures {
			row := []string{f.Name.In(es)}
			for _, one := range some {
				row = append(row, f.Show(c.Values[one.Value][f.Key]))
			}
			t.Rows = append(t.Rows, row)
		}
		sheet.Tables = append(sheet.Tables, t)
	}
	if len(c.Adjustments) > 0 {
		t := document.Table{Title: i18n.M("Ajustes de meses anteriores").In(es), Columns: []document.Column{
			{Title: i18n.M("Mes").In(es), Share: 1.4}, {Title: i18n.M("Cifra").In(es), Share: 3}, {Title: i18n.M("Centro").In(es), Share: 2},
			{Title: i18n.M("Se sumaron").In(es), Share: 1}, {Title: i18n.M("Se quitaron").In(es), Share: 1}}}
		for _, a := range c.Adjustments {
			t.Rows = append(t.Rows, []string{monthText(a.Month, es), a.Name().In(es), c.CenterName(a.Center),
				strconv.FormatInt(a.Came, 10), strconv.FormatInt(a.Went, 10)})
		}
		sheet.Tables = append(sheet.Tables, t)
	}
	return withDefinitions(sheet)
}

func monthText(month string, lang i18n.Lang) string {
	m, err := clock.ParseMonth(month)
	if err != nil {
		return month
	}
	return m.Short(lang)
}
