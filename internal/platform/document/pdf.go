package document

import (
	"bytes"
	"fmt"
	"io"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/liberation/liberationmonoregular"
	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
	"rsc.io/qr"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
)

// Measures of a letter page, in millimetres.
const (
	margin   = 22.0
	width    = 215.9 - 2*margin
	labelCol = 46.0
	qrSide   = 34.0
)

// The one colour of the house.
const brandR, brandG, brandB = 0x5b, 0x2a, 0x86

// RenderPDF draws a document. The same document gives the same bytes.
func (s *Service) RenderPDF(w io.Writer, d Document, c Content) error {
	code, err := qr.Encode(s.VerifyURL(d), qr.M)
	if err != nil {
		return fmt.Errorf("document: QR: %w", err)
	}
	p := &page{Fpdf: fpdf.New("P", "mm", "Letter", ""), es: func(m i18n.Msg) string { return m.In(i18n.Spanish) }}
	p.setUp(s, d)
	p.AddPage()
	p.head(s.branding, d)
	p.lines(c.Lines)
	p.attachments(c.Attachments)
	p.paragraphs(c.Paragraphs)
	p.verification(code, s.VerifyURL(d))
	return p.Output(w)
}

// page is a document being drawn.
type page struct {
	*fpdf.Fpdf
	es func(i18n.Msg) string
}

func (p *page) setUp(s *Service, d Document) {
	at := d.IssuedAt.UTC()
	p.SetCatalogSort(true)
	p.SetCreationDate(at)
	p.SetModificationDate(at)
	p.SetTitle(p.es(d.Kind.Label())+" "+d.Folio.String(), true)
	p.SetAuthor(s.branding.State, true)
	p.SetCreator("SIGUE", true)
	p.SetLang("es-MX")
	p.AddUTF8FontFromBytes("sans", "", liberationsansregular.TTF)
	p.AddUTF8FontFromBytes("sans", "B", liberationsansbold.TTF)
	p.AddUTF8FontFromBytes("mono", "", liberationmonoregular.TTF)
	p.SetMargins(margin, margin, margin)
	p.SetAutoPageBreak(true, 24)
	p.AliasNbPages("{n}")
	p.SetFooterFunc(func() {
		p.SetY(-18)
		p.SetFont("sans", "", 8)
		p.SetTextColor(0x5a, 0x54, 0x68)
		p.CellFormat(width, 5, fmt.Sprintf("SIGUE · %s · %s", d.Folio, p.es(i18n.M("página %d de %s", p.PageNo(), "{n}"))), "", 0, "C", false, 0, "")
	})
}

func (p *page) ink() { p.SetTextColor(0x1d, 0x1a, 0x26) }

func (p *page) head(b Branding, d Document) {
	p.SetFont("sans", "", 10)
	p.SetTextColor(0x5a, 0x54, 0x68)
	p.CellFormat(width, 5, b.State, "", 1, "L", false, 0, "")
	p.SetFont("sans", "B", 18)
	p.SetTextColor(brandR, brandG, brandB)
	p.CellFormat(width, 11, p.es(d.Kind.Label()), "", 1, "L", false, 0, "")
	p.SetDrawColor(brandR, brandG, brandB)
	p.SetLineWidth(0.8)
	p.Line(margin, p.GetY()+1, margin+width, p.GetY()+1)
	p.Ln(6)
	p.ink()
	p.SetFont("mono", "", 17)
	p.CellFormat(width, 9, d.Folio.String(), "", 1, "L", false, 0, "")
	p.SetFont("sans", "", 10)
	p.CellFormat(width, 6, p.es(i18n.M("Emitido el %s", clock.FormatMX(d.IssuedAt.Time))), "", 1, "L", false, 0, "")
	p.Ln(4)
}

// lines draws label and value side by side, a thin rule under each.
func (p *page) lines(lines []Line) {
	p.SetDrawColor(0xd9, 0xd4, 0xe3)
	p.SetLineWidth(0.2)
	for _, l := range lines {
		top := p.GetY()
		p.SetFont("sans", "B", 10.5)
		p.MultiCell(labelCol-3, 6, l.Label, "", "L", false)
		bottom := p.GetY()
		p.SetXY(margin+labelCol, top)
		p.SetFont("sans", "", 10.5)
		p.MultiCell(width-labelCol, 6, l.Value, "", "L", false)
		p.SetY(max(bottom, p.GetY()) + 1)
		p.Line(margin, p.GetY(), margin+width, p.GetY())
		p.Ln(1.5)
	}
}

func (p *page) attachments(list []Attachment) {
	if len(list) == 0 {
		return
	}
	p.title(i18n.M("Documentos recibidos"))
	for _, a := range list {
		p.SetFont("sans", "", 10)
		p.MultiCell(width, 5.5, fmt.Sprintf("%s (%d KB)", a.Name, (a.Size+1023)/1024), "", "L", false)
		p.SetFont("mono", "", 7.5)
		p.MultiCell(width, 4, "SHA-256 "+a.SHA256, "", "L", false)
		p.Ln(1)
	}
}

func (p *page) paragraphs(list []string) {
	if len(list) == 0 {
		return
	}
	p.title(i18n.M("Qué sigue"))
	p.SetFont("sans", "", 10.5)
	for _, text := range list {
		p.MultiCell(width, 5.6, text, "", "L", false)
		p.Ln(1.5)
	}
}

func (p *page) title(m i18n.Msg) {
	p.Ln(3)
	p.SetFont("sans", "B", 12)
	p.CellFormat(width, 7, p.es(m), "", 1, "L", false, 0, "")
}

// verification draws the QR with its address in letters beside it.
func (p *page) verification(code *qr.Code, url string) {
	p.Ln(5)
	if p.GetY()+qrSide > 250 {
		p.AddPage()
	}
	top := p.GetY()
	p.RegisterImageOptionsReader("qr", fpdf.ImageOptions{ImageType: "PNG"}, bytes.NewReader(code.PNG()))
	p.ImageOptions("qr", margin, top, qrSide, qrSide, false, fpdf.ImageOptions{ImageType: "PNG"}, 0, "")
	p.SetXY(margin+qrSide+6, top+3)
	p.SetFont("sans", "B", 10.5)
	p.CellFormat(width-qrSide-6, 6, p.es(i18n.M("Compruebe este documento")), "", 2, "L", false, 0, "")
	p.SetFont("sans", "", 9.5)
	p.MultiCell(width-qrSide-6, 5, p.es(i18n.M("Lea el código o escriba la dirección. La página dice qué documento es, su fecha y si es válido; nada más.")), "", "L", false)
	p.SetX(margin + qrSide + 6)
	p.SetFont("mono", "", 8.5)
	p.MultiCell(width-qrSide-6, 4.5, url, "", "L", false)
}
