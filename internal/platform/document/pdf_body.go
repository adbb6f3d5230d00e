package document

import (
	"strconv"

	"sigue/internal/base/i18n"
)

// body sets paragraphs. A line end in one stays.
func (p *sheet) body(all []string) {
	for _, text := range all {
		p.font(sans, "", 11, ink)
		lines := p.SplitText(clean(text), bodyWidth)
		for i := range lines {
			if i == 0 || i == len(lines)-2 { // no line of several alone on a page
				p.room(min(2, float64(len(lines)-i)) * lineHeight)
			}
			p.room(lineHeight)
			y := p.GetY()
			p.cell(margin, y, lines, i, 11, ink)
			p.SetY(y + lineHeight)
		}
		p.SetY(p.GetY() + 3)
	}
	if len(all) > 0 {
		p.SetY(p.GetY() + 2)
	}
}

// Measures of a table, in millimetres.
const (
	tableLine  = 4.7 // of text
	tableText  = 9.6 // points
	tablePad   = 1.5 // above and below the text of a row
	tableSpace = 3.0 // between columns
)

// grid is a table while it is drawn.
type grid struct {
	*sheet
	columns []Column
	x       []float64
	width   []float64
	height  float64 // least of a row
}

func (p *sheet) tables(all []Table) {
	for _, t := range all {
		p.table(t)
	}
}

func (p *sheet) table(t Table) {
	if len(t.Columns) == 0 {
		return
	}
	g := grid{sheet: p, columns: t.Columns, height: t.Height}
	sum, x := 0.0, margin
	for _, c := range t.Columns {
		sum += c.Share
	}
	for _, c := range t.Columns {
		w := bodyWidth * c.Share / sum
		g.x, g.width = append(g.x, x), append(g.width, w-tableSpace)
		x += w
	}
	if t.Title != "" {
		p.heading(clean(t.Title))
	}
	p.room(6*tableLine + t.Height) // a head never stands without a row
	g.head()
	for _, cells := range t.Rows {
		g.row(cells)
	}
	p.rule(p.GetY())
	p.SetY(p.GetY() + 7)
}

// split breaks the cells of a row into lines.
func (g *grid) split(style string, cells []string) (lines [][]string, most int) {
	g.font(sans, style, tableText, ink)
	for i, c := range cells {
		l := g.SplitText(clean(c), g.width[i])
		lines = append(lines, l)
		most = max(most, len(l))
	}
	return lines, most
}

func (g *grid) head() {
	titles := make([]string, len(g.columns))
	for i, c := range g.columns {
		titles[i] = c.Title
	}
	lines, most := g.split("B", titles)
	height := float64(most)*tableLine + 2*tablePad
	y := g.GetY()
	g.sheet.fill(soft)
	g.Rect(margin-1.5, y, bodyWidth+3, height, "F")
	for n := range most {
		g.line(y+tablePad+float64(n)*tableLine, lines, n, "B", violet)
	}
	g.SetY(y + height)
}

// line writes the n-th line of each cell.
func (g *grid) line(y float64, lines [][]string, n int, style string, c colour) {
	for i, cell := range lines {
		if n >= len(cell) {
			continue
		}
		g.font(sans, style, tableText, c)
		g.SetXY(g.x[i], y)
		g.CellFormat(g.width[i], tableLine, cell[n], "", 0, "L", false, 0, "")
	}
}

// row stays whole where a page holds it; a longer one goes on under a repeated head.
func (g *grid) row(cells []string) {
	lines, most := g.split("", cells)
	height := max(float64(most)*tableLine+2*tablePad, g.height)
	g.onward(min(height, footerTop/2))
	g.rule(g.GetY())
	end := g.GetY() + height
	g.SetY(g.GetY() + tablePad)
	for n := range most {
		if g.onward(tableLine + tablePad) {
			end = 0
		}
		y := g.GetY()
		g.line(y, lines, n, "", ink)
		g.SetY(y + tableLine)
	}
	g.SetY(max(end, g.GetY()+tablePad))
}

// onward begins a new page with the head of the table unless that much fits.
func (g *grid) onward(height float64) bool {
	page := g.PageNo()
	g.room(height)
	if g.PageNo() == page {
		return false
	}
	g.head()
	return true
}

// sections are parts with headings. In a kind with an index each begins a page, is a
// bookmark, and stands in the index with its page.
func (p *sheet) sections(all []Section) {
	index := kinds[p.d.Kind].index
	var entries []entry
	if index {
		entries = p.index(all)
	}
	for i, s := range all {
		if index {
			p.AddPage()
			entries[i].to = p.PageNo()
			p.SetLink(entries[i].link, 0, p.PageNo())
			p.font(sans, "B", 12.5, violet)
			p.Bookmark(clean(s.Title), 0, 0)
		}
		p.heading(clean(s.Title))
		p.lines(s.Lines)
		p.body(s.Body)
		p.tables(s.Tables)
	}
	last := p.PageNo()
	y := p.GetY()
	for _, e := range entries {
		p.SetPage(e.page)
		p.SetFont(mono, "", 8.4) // the library leaves out a font that it takes for set already
		p.font(sans, "", 11, ink)
		p.SetXY(margin, e.y)
		p.CellFormat(bodyWidth, lineHeight, strconv.Itoa(e.to), "", 0, "R", false, 0, "")
	}
	if len(entries) > 0 {
		p.SetPage(last)
		p.SetFont(mono, "", 8.4)
		p.SetY(y)
	}
}

// entry is a line of the index: where it stands, and to which page it leads.
type entry struct {
	page, to int
	y        float64
	link     int
}

func (p *sheet) index(all []Section) []entry {
	p.heading(es(i18n.M("Índice")))
	entries := make([]entry, len(all))
	for i, s := range all {
		p.room(lineHeight + 2)
		y := p.GetY()
		entries[i] = entry{page: p.PageNo(), y: y, link: p.AddLink()}
		p.font(sans, "", 11, ink)
		p.cell(margin, y, p.SplitText(clean(s.Title), bodyWidth-14), 0, 11, ink)
		p.rule(y + lineHeight + 0.6)
		p.Link(margin, y, bodyWidth, lineHeight, entries[i].link)
		p.SetY(y + lineHeight + 2)
	}
	return entries
}

// signatures are lines to sign on, two to a row.
func (p *sheet) signatures(all []Signature) {
	const (
		above = 18.0
		below = 12.0
		width = (bodyWidth - 16) / 2
	)
	for i, s := range all {
		if i%2 == 0 {
			p.room(above + below)
			p.SetY(p.GetY() + above)
		}
		x, y := margin, p.GetY()
		if i%2 == 1 {
			x += width + 16
		}
		p.SetDrawColor(ink.r, ink.g, ink.b)
		p.SetLineWidth(0.25)
		p.Line(x, y, x+width, y)
		p.font(sans, "B", 10, ink)
		p.SetXY(x, y+1.5)
		p.CellFormat(width, 4.6, clean(s.Name), "", 0, "C", false, 0, "")
		p.font(sans, "", 9.4, grey)
		p.SetXY(x, y+6)
		p.CellFormat(width, 4.6, clean(s.Post), "", 0, "C", false, 0, "")
		p.SetY(y)
		if i%2 == 1 || i == len(all)-1 {
			p.SetY(y + below)
		}
	}
}
