package document

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/liberation/liberationmonoregular"
	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
	"rsc.io/qr"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
)

// Branding is what a State puts on its papers.
type Branding struct {
	Name   string  // of the program; "SIGUE" when empty
	State  string  // "Gobierno del Estado de México"
	Signer *Signer // nil when papers are not signed
}

func (b Branding) withDefaults() Branding {
	if b.Name == "" {
		b.Name = "SIGUE"
	}
	if b.State == "" {
		b.State = "Gobierno del Estado de México"
	}
	return b
}

// Measures of the paper, letter size, in millimetres.
const (
	pageWidth, pageHeight = 215.9, 279.4
	margin                = 22.0
	bodyWidth             = pageWidth - 2*margin
	footerTop             = pageHeight - 21
	labelWidth            = 42.0
	qrSize                = 34.0
)

type colour struct{ r, g, b int }

var (
	violet = colour{0x5b, 0x2a, 0x86}
	soft   = colour{0xf4, 0xee, 0xf9}
	ink    = colour{0x21, 0x1c, 0x29}
	grey   = colour{0x5d, 0x57, 0x66}
	line   = colour{0xd9, 0xd2, 0xe0}
	red    = colour{0xa8, 0x1c, 0x1c}
	white  = colour{0xff, 0xff, 0xff}
)

// The fonts that a document is set in. They hold Latin, Greek and Cyrillic.
const (
	sans = "sans"
	mono = "mono"
)

// es gives a sentence as it is printed: documents are in Spanish.
func es(m i18n.Msg) string { return m.In(i18n.Spanish) }

// RenderPDF draws a document that Read or IssueTx gave, or one of [Draft]. The same
// document gives the same bytes each time; one that was revoked says so. With a certificate
// in force a document, not a draft, is signed: that is appended, with the time of now.
func (s *Service) RenderPDF(w io.Writer, d Document, c Content) error {
	if d.code == "" && !d.preview {
		return errors.New("document: only a document that was read can be drawn")
	}
	p, now := newSheet(s.branding, d, c), s.db.Clock().Now()
	if !d.preview {
		p.foot += s.branding.Signer.line(now)
	}
	p.AddPage()
	p.title()
	switch {
	case d.preview:
		p.band(es(i18n.M("VISTA PREVIA: este papel no es un documento ni tiene validez")))
	case !d.Valid():
		p.band(es(i18n.M("SIN VALIDEZ desde el %s", clock.DateOf(d.RevokedAt.Time).MX())))
	}
	p.lines(c.Lines)
	p.body(c.Body)
	p.tables(c.Tables)
	p.sections(c.Sections)
	p.attachments(c.Attachments)
	if len(c.Paragraphs) > 0 {
		p.heading(es(i18n.M("Qué sigue")))
		p.body(c.Paragraphs)
	}
	p.signatures(c.Signatures)
	if !d.preview {
		code, err := qr.Encode(s.VerifyURL(d), qr.M)
		if err != nil {
			return fmt.Errorf("document: QR: %w", err)
		}
		p.verification(s.VerifyURL(d), s.VerifyPage(), code)
	}
	p.footers()
	return s.deliver(w, p, now)
}

// RenderSheet draws a sheet that is no document: it is not issued, has neither number nor
// code, and says so at its foot unless the content has a foot of its own.
func (s *Service) RenderSheet(w io.Writer, at time.Time, c Content) error {
	if err := c.checkTables(); err != nil {
		return err
	}
	c.Foot = cmp.Or(c.Foot, es(i18n.M("Consulta del %s. No es un documento emitido: no tiene número ni firma.", clock.FormatMX(at))))
	p := newSheet(s.branding, Document{IssuedAt: db.At(at), preview: true}, c)
	p.AddPage()
	p.font(sans, "B", 22, ink)
	p.MultiCell(bodyWidth, 10, p.name, "", "L", false)
	p.SetY(p.GetY() + 4)
	p.lines(c.Lines)
	p.tables(c.Tables)
	p.signatures(c.Signatures)
	p.footers()
	return s.deliver(w, p, at)
}

// deliver writes what was drawn, signed where it has to be.
func (s *Service) deliver(w io.Writer, p *sheet, now time.Time) error {
	var drawn bytes.Buffer
	if err := p.Output(&drawn); err != nil {
		return fmt.Errorf("document: %w", err)
	}
	pdf := drawn.Bytes()
	if !p.d.preview {
		var err error
		if pdf, err = s.branding.Signer.seal(pdf, now); err != nil {
			return err
		}
	}
	_, err := w.Write(pdf)
	return err
}

// sheet is a document while it is drawn.
type sheet struct {
	*fpdf.Fpdf
	brand Branding
	d     Document
	name  string // its title
	foot  string
}

func newSheet(b Branding, d Document, c Content) *sheet {
	p := &sheet{Fpdf: fpdf.New("P", "mm", "Letter", ""), brand: b, d: d, name: clean(cmp.Or(c.Title, es(d.Kind.Label()))),
		foot: clean(cmp.Or(c.Foot, es(kinds[d.Kind].lacks)))}
	p.AddUTF8FontFromBytes(sans, "", liberationsansregular.TTF)
	p.AddUTF8FontFromBytes(sans, "B", liberationsansbold.TTF)
	p.AddUTF8FontFromBytes(mono, "", liberationmonoregular.TTF)
	p.SetCatalogSort(true) // with the dates below: the same bytes each time
	p.SetCreationDate(d.IssuedAt.UTC())
	p.SetModificationDate(d.IssuedAt.UTC())
	p.SetProducer("SIGUE", true)
	p.SetCreator("SIGUE", true)
	p.SetLang("es-MX")
	p.SetTitle(p.name+" "+d.Number, true)
	p.SetAuthor(clean(b.State), true)
	p.SetMargins(margin, 17, margin)
	p.SetCellMargin(0)
	p.SetAutoPageBreak(false, 0)
	p.SetHeaderFunc(p.header)
	return p
}

func (p *sheet) font(family, style string, size float64, c colour) {
	p.SetFont(family, style, size)
	p.SetTextColor(c.r, c.g, c.b)
}

func (p *sheet) fill(c colour) { p.SetFillColor(c.r, c.g, c.b) }

// rule draws a hairline over the width of the body.
func (p *sheet) rule(y float64) {
	p.SetDrawColor(line.r, line.g, line.b)
	p.SetLineWidth(0.2)
	p.Line(margin, y, margin+bodyWidth, y)
}

// header is the letterhead, on each page.
func (p *sheet) header() {
	p.fill(violet)
	p.Rect(0, 0, pageWidth, 4, "F")
	p.SetXY(margin, 13)
	p.font(sans, "B", 19, violet)
	p.CellFormat(60, 8, clean(p.brand.Name), "", 0, "L", false, 0, "")
	p.font(sans, "", 10, grey)
	p.CellFormat(bodyWidth-60, 9, clean(p.brand.State), "", 0, "R", false, 0, "")
	p.fill(violet)
	p.Rect(margin, 24, bodyWidth, 0.7, "F")
	p.SetXY(margin, 32)
}

// title is what the document is, its number and its day. What acknowledges a referral
// shows its folio, by which people will ask for it.
func (p *sheet) title() {
	p.font(sans, "B", 22, ink)
	p.MultiCell(bodyWidth, 10, p.name, "", "L", false)
	y := p.GetY() + 3
	p.fill(soft)
	p.Rect(margin, y, bodyWidth, 22, "F")
	p.fill(violet)
	p.Rect(margin, y, 1.4, 22, "F")
	label, number := es(i18n.M("Número")), p.d.Number
	if p.d.Kind == Acknowledgement {
		label, number = es(i18n.M("Folio")), p.d.Folio.String()
	}
	p.caption(margin+7, y+4.2, label)
	p.SetXY(margin+7, y+8.6)
	p.font(sans, "B", 21, violet)
	p.CellFormat(110, 9, number, "", 0, "L", false, 0, "")
	p.caption(margin+124, y+4.2, es(i18n.M("Emitido")))
	p.SetXY(margin+124, y+9.6)
	p.font(sans, "", 11.5, ink)
	p.CellFormat(45, 7, clock.FormatMX(p.d.IssuedAt.Time), "", 0, "L", false, 0, "")
	p.SetXY(margin, y+22+6)
}

func (p *sheet) caption(x, y float64, text string) {
	p.SetXY(x, y)
	p.font(sans, "", 9, grey)
	p.CellFormat(60, 4, text, "", 0, "L", false, 0, "")
}

// band says above all else that the paper does not stand.
func (p *sheet) band(text string) {
	y := p.GetY()
	p.fill(red)
	p.Rect(margin, y, bodyWidth, 11, "F")
	p.SetXY(margin+7, y+2)
	p.font(sans, "B", 12, white)
	p.CellFormat(bodyWidth-14, 7, text, "", 0, "L", false, 0, "")
	p.SetXY(margin, y+11+6)
}

// room begins a new page unless that much fits above the footer.
func (p *sheet) room(height float64) {
	if p.GetY()+height > footerTop-4 {
		p.AddPage()
	}
}

const lineHeight = 5.4

func (p *sheet) lines(lines []Line) {
	if len(lines) == 0 {
		return
	}
	for _, l := range lines {
		p.row(clean(l.Label), clean(l.Value))
	}
	p.rule(p.GetY())
	p.SetY(p.GetY() + 7)
}

// row is a label and what it says, in as many lines as that takes.
func (p *sheet) row(label, value string) {
	if value == "" {
		value = "—"
	}
	p.font(sans, "", 11.5, ink)
	text := p.SplitText(value, bodyWidth-labelWidth)
	p.font(sans, "", 10, grey)
	labels := p.SplitText(label, labelWidth-4)
	p.room(6 + lineHeight)
	p.rule(p.GetY())
	p.SetY(p.GetY() + 2.6)
	for i := range max(len(text), len(labels)) {
		p.room(lineHeight)
		y := p.GetY()
		p.cell(margin, y, labels, i, 10, grey)
		p.cell(margin+labelWidth, y, text, i, 11.5, ink)
		p.SetY(y + lineHeight)
	}
	p.SetY(p.GetY() + 2.2)
}

// cell writes the i-th line of a text that was split, if it has one.
func (p *sheet) cell(x, y float64, text []string, i int, size float64, c colour) {
	if i >= len(text) {
		return
	}
	p.font(sans, "", size, c)
	p.SetXY(x, y)
	p.CellFormat(bodyWidth, lineHeight, text[i], "", 0, "L", false, 0, "")
}

func (p *sheet) heading(text string) {
	p.room(8 + 3*lineHeight) // never alone at the end of a page
	p.font(sans, "B", 12.5, violet)
	p.SetX(margin)
	p.CellFormat(bodyWidth, 7, text, "", 1, "L", false, 0, "")
	p.SetY(p.GetY() + 1.5)
}

// attachments lists what came with the subject, each by its SHA-256: whoever holds the
// file can prove that it is the one that was received.
func (p *sheet) attachments(all []Attachment) {
	if len(all) == 0 {
		return
	}
	p.heading(es(i18n.M("Archivos recibidos (%d)", len(all))))
	for _, a := range all {
		p.font(sans, "", 10.5, ink)
		names := p.SplitText(clean(a.Name), bodyWidth-24)
		p.room(float64(len(names))*lineHeight + 7)
		for i := range names {
			y := p.GetY()
			p.cell(margin, y, names, i, 10.5, ink)
			if i == 0 {
				p.font(sans, "", 9, grey)
				p.SetXY(margin+bodyWidth-24, y)
				p.CellFormat(24, lineHeight, sizeText(a.Size), "", 0, "R", false, 0, "")
			}
			p.SetY(y + lineHeight)
		}
		p.font(mono, "", 7.6, grey)
		p.SetX(margin)
		p.CellFormat(bodyWidth, 3.6, "SHA-256 "+clean(a.SHA256), "", 1, "L", false, 0, "")
		p.SetY(p.GetY() + 2.2)
	}
	p.SetY(p.GetY() + 4.8)
}

// sizeText writes a size as people say it.
func sizeText(bytes int64) string {
	const kilo, mega = 1000, 1000 * 1000
	if bytes < mega {
		return fmt.Sprintf("%d kB", max(1, (bytes+kilo/2)/kilo))
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/mega)
}

// verification stands at the foot of the last page: the square for a telephone, the
// same address for whoever has none, and the page on which the code can be typed.
func (p *sheet) verification(address, typed string, code *qr.Code) {
	const height = qrSize + 9
	p.room(height)
	y := footerTop - 4 - height
	p.rule(y)
	y += 5
	p.square(code, margin, y, qrSize)
	p.LinkString(margin, y, qrSize, qrSize, address) // for whoever reads it on a screen
	x, width := margin+qrSize+7, bodyWidth-qrSize-7
	p.SetXY(x, y+1)
	p.font(sans, "B", 12.5, violet)
	p.CellFormat(width, 6, es(i18n.M("Compruebe que este documento es auténtico")), "", 0, "L", false, 0, "")
	p.SetXY(x, y+8.4)
	p.font(sans, "", 10, ink)
	p.MultiCell(width, 4.8, es(i18n.M("Apunte la cámara del teléfono al cuadro o escriba esta dirección. La página muestra solo el tipo de documento, la fecha y si es válido.")), "", "L", false)
	p.SetXY(x, p.GetY()+1.4)
	p.font(mono, "", 8.6, ink)
	p.MultiCell(width, 4.2, address, "", "L", false)
	p.SetXY(x, p.GetY()+0.8)
	p.font(sans, "", 9, grey)
	p.MultiCell(width, 4.4, es(i18n.M("Código: %s\nTambién puede escribirlo en %s", grouped(p.d.code), typed)), "", "L", false)
}

// square draws a QR code as runs of dark modules. The paper around it is its quiet zone.
func (p *sheet) square(code *qr.Code, x, y, size float64) {
	module := size / float64(code.Size)
	p.SetFillColor(0, 0, 0)
	for row := range code.Size {
		for from := 0; from < code.Size; from++ {
			to := from
			for to < code.Size && code.Black(to, row) {
				to++
			}
			if to > from {
				p.Rect(x+float64(from)*module, y+float64(row)*module, float64(to-from)*module, module, "F")
				from = to
			}
		}
	}
}

// footers writes the foot of each page, now that their number is known.
func (p *sheet) footers() {
	total := p.PageCount()
	for page := 1; page <= total; page++ {
		p.SetPage(page)
		p.SetFont(mono, "", 8.4) // the library leaves out a font that it takes for set already
		p.rule(footerTop)
		p.SetXY(margin, footerTop+2.6)
		p.font(sans, "", 8.4, grey)
		p.MultiCell(bodyWidth-50, 3.9, p.foot, "", "L", false)
		p.SetXY(margin+bodyWidth-50, footerTop+2.6)
		p.CellFormat(50, 3.9, p.d.Number, "", 0, "R", false, 0, "")
		p.SetXY(margin+bodyWidth-50, footerTop+6.5)
		p.CellFormat(50, 3.9, es(i18n.M("Página %d de %d", page, total)), "", 0, "R", false, 0, "")
	}
	p.SetPage(total)
}
