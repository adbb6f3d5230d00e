package reporthttp

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"sigue/internal/base/i18n"
	"sigue/internal/feature/report"
	"sigue/internal/platform/document"
	"sigue/internal/platform/web"
)

const (
	csvType  = "text/csv; charset=utf-8"
	xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	pdfType  = "application/pdf"
)

// made answers with a file of few rows: a period has at most sixty months.
func made(name, kind string, write func(io.Writer) error) (web.Response, error) {
	var body bytes.Buffer
	if err := write(&body); err != nil {
		return nil, err
	}
	return web.File(name, kind, int64(body.Len()), io.NopCloser(&body), false), nil
}

// streamed answers with a file of any number of rows. What has to be refused is refused
// before: the answer cannot be taken back once it began.
func streamed(name, kind string, write func(io.Writer) error) web.Response {
	return web.File(name, kind, -1, pipe(write), false)
}

// pipe gives what write writes, as it is read. A panic is an error of the one who reads: here
// nobody else would catch it, and it would end the program.
func pipe(write func(io.Writer) error) io.ReadCloser {
	from, to := io.Pipe()
	go func() {
		defer func() {
			if p := recover(); p != nil {
				to.CloseWithError(fmt.Errorf("panic: %v", p))
			}
		}()
		to.CloseWithError(write(to))
	}()
	return from
}

// table is where rows go: CSV or a sheet.
type table interface {
	row(cells ...any) error
	close() error
}

type csvTable struct{ w *csv.Writer }

func newCSV(to io.Writer) csvTable { return csvTable{csv.NewWriter(to)} }

func (t csvTable) row(cells ...any) error {
	out := make([]string, len(cells))
	for i, c := range cells {
		switch c := c.(type) {
		case string:
			out[i] = plainCell(c)
		case int64:
			out[i] = strconv.FormatInt(c, 10)
		case float64:
			out[i] = strconv.FormatFloat(c, 'f', 4, 64)
		}
	}
	return t.w.Write(out)
}

func (t csvTable) close() error {
	t.w.Flush()
	return t.w.Error()
}

// plainCell keeps a spreadsheet from running a text as a formula.
func plainCell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// sheetTable writes a workbook of one sheet, row by row. The library keeps what does not fit
// into a little memory in a file, which close removes.
type sheetTable struct {
	file *excelize.File
	rows *excelize.StreamWriter
	to   io.Writer
	bold int
	n    int
}

func newSheet(to io.Writer, name string) (*sheetTable, error) {
	t := &sheetTable{file: excelize.NewFile(), to: to}
	err := t.file.SetSheetName("Sheet1", name)
	if err == nil {
		t.bold, err = t.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	}
	if err == nil {
		t.rows, err = t.file.NewStreamWriter(name)
	}
	if err == nil {
		err = t.rows.SetColWidth(1, 3, 24)
	}
	if err == nil {
		err = t.rows.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	}
	return t, err
}

// row writes strings as strings: a sheet runs none of them.
func (t *sheetTable) row(cells ...any) error {
	t.n++
	at, err := excelize.CoordinatesToCellName(1, t.n)
	if err != nil {
		return err
	}
	if t.n == 1 {
		return t.rows.SetRow(at, cells, excelize.RowOpts{StyleID: t.bold})
	}
	return t.rows.SetRow(at, cells)
}

func (t *sheetTable) close() error {
	return errors.Join(t.rows.Flush(), t.file.Write(t.to), t.file.Close())
}

// months writes one row for each figure and month.
func months(ctx context.Context, s *report.Statistics, to table) error {
	head := []any{"mes", "clave", "cifra", "unidad", "version", "cantidad", "de"}
	if err := to.row(head...); err != nil {
		return err
	}
	for _, line := range s.Lines {
		for _, f := range report.Figures {
			v := line.Values[f.Key]
			cells := []any{line.Month.String(), string(f.Key), i18n.Show(ctx, f.Name), i18n.Show(ctx, f.Unit), int64(f.Version), v.Amount, ""}
			if f.Ratio() {
				cells[6] = v.Over
			}
			if err := to.row(cells...); err != nil {
				return err
			}
		}
	}
	return to.close()
}

func (p *pages) statistics(r *web.Request) (*report.Statistics, error) {
	return p.svc.Statistics(r.Context(), r.Actor, filterOf(r.Query().Values))
}

func (p *pages) monthsCSV(r *web.Request) (web.Response, error) {
	s, err := p.statistics(r)
	if err != nil {
		return nil, err
	}
	return made("estadistica.csv", csvType, func(w io.Writer) error { return months(r.Context(), s, newCSV(w)) })
}

// monthsXLSX has a row for each figure and a column for each month, as the page.
func (p *pages) monthsXLSX(r *web.Request) (web.Response, error) {
	s, err := p.statistics(r)
	if err != nil {
		return nil, err
	}
	ctx := r.Context()
	return made("estadistica.xlsx", xlsxType, func(w io.Writer) error {
		t, err := newSheet(w, i18n.T(ctx, "Cifras"))
		if err != nil {
			return err
		}
		head := []any{i18n.T(ctx, "Cifra"), i18n.T(ctx, "Unidad"), i18n.T(ctx, "Definición")}
		for _, line := range s.Lines {
			head = append(head, i18n.Show(ctx, line.Month.Label()))
		}
		if err := t.row(append(head, i18n.T(ctx, "Todo el periodo"))...); err != nil {
			return err
		}
		for _, f := range report.Figures {
			cells := []any{i18n.Show(ctx, f.Name), i18n.Show(ctx, f.Unit), i18n.Show(ctx, f.Formula)}
			for _, line := range s.Lines {
				cells = append(cells, f.Of(line.Values[f.Key]))
			}
			if err := t.row(append(cells, f.Of(s.Total.Values[f.Key]))...); err != nil {
				return err
			}
		}
		return t.close()
	})
}

// monthsPDF is the table of the page on paper, with the definitions.
func (p *pages) monthsPDF(r *web.Request) (web.Response, error) {
	s, err := p.statistics(r)
	if err != nil {
		return nil, err
	}
	return made("estadistica.pdf", pdfType, func(w io.Writer) error {
		return p.paper.RenderSheet(w, p.clk.Now(), sheetOf(s, p.names(r)))
	})
}

// names gives the name of what was chosen.
func (p *pages) names(r *web.Request) map[report.Dimension]string {
	choices, err := p.svc.Choices(r.Context(), r.Actor)
	if err != nil {
		return nil
	}
	out := map[report.Dimension]string{}
	for d, all := range choices {
		for _, c := range all {
			if c.Value == r.Query().Get(string(d)) {
				out[d] = c.Label.In(i18n.Spanish)
			}
		}
	}
	return out
}

// onPaper is how many months a table on paper has beside each other.
const onPaper = 6

func sheetOf(s *report.Statistics, chosen map[report.Dimension]string) document.Content {
	es := i18n.Spanish
	c := document.Content{Title: i18n.M("Informe de cifras").In(es), Lines: []document.Line{
		{Label: i18n.M("Periodo").In(es), Value: i18n.M("de %s a %s", s.From.Label(), s.Until.Label()).In(es)},
	}}
	for _, d := range report.Dimensions {
		if value := s.Where[d]; value != "" {
			name := chosen[d]
			if name == "" {
				name = i18n.M("el propio").In(es)
			}
			c.Lines = append(c.Lines, document.Line{Label: d.Label().In(es), Value: name})
		}
	}
	for first := 0; first < len(s.Lines); first += onPaper {
		lines := s.Lines[first:min(first+onPaper, len(s.Lines))]
		last := first+onPaper >= len(s.Lines)
		t := document.Table{Columns: []document.Column{{Title: i18n.M("Cifra").In(es), Share: 3}}}
		for _, l := range lines {
			t.Columns = append(t.Columns, document.Column{Title: l.Month.Short(es), Share: 1})
		}
		if last {
			t.Columns = append(t.Columns, document.Column{Title: i18n.M("Periodo").In(es), Share: 1.2})
		}
		for _, f := range report.Figures {
			row := []string{f.Name.In(es)}
			for _, l := range lines {
				row = append(row, f.Show(l.Values[f.Key]))
			}
			if last {
				row = append(row, f.Show(s.Total.Values[f.Key]))
			}
			t.Rows = append(t.Rows, row)
		}
		c.Tables = append(c.Tables, t)
	}
	return withDefinitions(c)
}

// withDefinitions adds what each figure counts and the version of its definition.
func withDefinitions(c document.Content) document.Content {
	es := i18n.Spanish
	t := document.Table{Title: i18n.M("Qué cuenta cada cifra").In(es), Columns: []document.Column{
		{Title: i18n.M("Cifra").In(es), Share: 2}, {Title: i18n.M("Unidad").In(es), Share: 1.4},
		{Title: i18n.M("Definición").In(es), Share: 6}, {Title: i18n.M("Versión").In(es), Share: 1}}}
	for _, f := range report.Figures {
		t.Rows = append(t.Rows, []string{f.Name.In(es), f.Unit.In(es), f.Formula.In(es), strconv.Itoa(f.Version)})
	}
	c.Tables = append(c.Tables, t)
	return c
}

func (p *pages) detailCSV(r *web.Request) (web.Response, error) {
	return p.detail(r, "estadistica-detalle.csv", csvType, func(w io.Writer) (table, error) { return newCSV(w), nil })
}

func (p *pages) detailXLSX(r *web.Request) (web.Response, error) {
	name := i18n.T(r.Context(), "Detalle")
	return p.detail(r, "estadistica-detalle.xlsx", xlsxType, func(w io.Writer) (table, error) { return newSheet(w, name) })
}

// detail is every sum of the period.
func (p *pages) detail(r *web.Request, name, kind string, open func(io.Writer) (table, error)) (web.Response, error) {
	filter := filterOf(r.Query().Values)
	if err := p.svc.May(r.Context(), r.Actor, filter); err != nil {
		return nil, err
	}
	ctx := r.Context()
	return streamed(name, kind, func(w io.Writer) error {
		t, err := open(w)
		if err != nil {
			return err
		}
		var head []any
		for _, m := range report.DetailHead() {
			head = append(head, i18n.Show(ctx, m))
		}
		if err := t.row(head...); err != nil {
			return err
		}
		err = p.svc.Detail(ctx, r.Actor, filter, func(cells []string, amount int64) error {
			row := []any{}
			for _, c := range cells {
				row = append(row, c)
			}
			return t.row(append(row, amount)...)
		})
		return errors.Join(err, t.close())
	}), nil
}
