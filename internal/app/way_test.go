package app_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"sigue/internal/app/browser"
	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/platform/access"
)

// resolution makes the PDF that a court would attach.
func resolution(t *testing.T) string {
	t.Helper()
	pdf := fpdf.New("P", "mm", "Letter", "")
	pdf.AddPage()
	pdf.SetFont("Helvetica", "", 14)
	pdf.CellFormat(0, 10, "RESOLUCION FICTICIA", "", 1, "C", false, 0, "")
	file := filepath.Join(t.TempDir(), "resolución 1184.pdf")
	if err := pdf.OutputFileAndClose(file); err != nil {
		t.Fatal(err)
	}
	return file
}

// photo makes a picture as large as a telephone's, with a place in its metadata.
func photo(t *testing.T) string {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 3000, 2000))
	for y := range 2000 {
		for x := range 3000 {
			m.Set(x, y, color.RGBA{uint8(x / 12), uint8(y / 8), uint8((x ^ y) & 0xff), 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	raw := out.Bytes()
	exif := append([]byte{0xff, 0xe1, 0x00, 0x20}, []byte("Exif\x00\x00GPSLatitude 19.2826 N     ")[:30]...)
	with := append(append(append([]byte{}, raw[:2]...), exif...), raw[2:]...)
	file := filepath.Join(t.TempDir(), "IMG_0042.jpg")
	if err := os.WriteFile(file, with, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

var folioForm = regexp.MustCompile(`SIGUE-\d{4}-\d{6}-[A-Z]`)

// enter signs in as a role of the demonstration, by its button.
func enter(tab *browser.Tab, s *site, role access.Role) {
	tab.Go(s.URL + "/entrar").Click(role.Label().Key).Arrive("/hoy")
}

// looks are the ways in which the whole journey is made.
var looks = []struct {
	name string
	o    browser.Options
}{
	{"desktop", browser.Options{}},
	{"phone", browser.Options{Phone: true}},
	{"desktop without JavaScript", browser.Options{NoJS: true}},
	{"phone without JavaScript, dark", browser.Options{Phone: true, NoJS: true, Dark: true}},
}

// TestWay is the main job from a court to a center and back, as a person does it.
func TestWay(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	for _, look := range looks {
		t.Run(look.name, func(t *testing.T) {
			t.Parallel()
			s := openSite(t)
			w := &way{t: t, s: s, name: strings.ReplaceAll(look.name, " ", "-"), clerk: b.Tab(t, look.o), desk: b.Tab(t, look.o), nojs: look.o.NoJS}
			enter(w.clerk, s, access.Referrer)
			w.write()
			w.review()
			w.send()
			w.verifyPaper(b.Tab(t, look.o))
			enter(w.desk, s, access.Reception)
			w.giveBack()
			w.correct()
			w.accept()
			w.follow()
			w.mails()
		})
	}
}

// mandateUntil is a day until which a court orders: more than half a year from now.
func mandateUntil() string { return clock.DateOf(time.Now()).AddDays(220).MX() }

type way struct {
	t           *testing.T
	s           *site
	name        string
	clerk, desk *browser.Tab
	nojs        bool
	folio, file string
}

// look keeps a picture and asks the accessibility engine.
func (w *way) look(tab *browser.Tab, page string) {
	w.t.Helper()
	tab.Screenshot("way-" + w.name + "-" + page)
	tab.Axe().Fits()
}

// write fills the sections of a new referral.
func (w *way) write() {
	c := w.clerk
	c.Go(w.s.URL + "/canalizaciones/nueva")
	w.look(c, "01-nueva")
	c.Click("Empezar").See("Nombre o nombres")
	w.look(c, "02-persona")
	if w.nojs {
		c.Fill("curp", "FIDJ850314HMCCMN06").Fill("birth_date", "14/03/1985").Choose("sex", "H")
	} else {
		c.Fill("curp", "FIDJ850314HMCCMN06").Press("Tab").See("Se llenaron")
		if got := c.Value("birth_date"); got != "14/03/1985" {
			w.t.Errorf("the CURP filled the birth date %q", got)
		}
	}
	c.Fill("given_names", "Juan").Fill("surname1", "Ficticio").Fill("surname2", "Ñandú").Choose("municipality", "15106")
	c.Click("Guardar y seguir").See("Base legal")
	c.Choose("legal_basis", "mediation").Click("Guardar y seguir").See("no puede ser base")
	w.look(c, "03-base-errores")
	c.Choose("legal_basis", "conditional_suspension").Fill("authority", "Juzgado de Control de Toluca").Choose("case_kind", "judicial_file").
		Fill("case_value", "1184/2026-"+w.name[:1]).Fill("mandate_sessions", "35").Fill("mandate_until", mandateUntil())
	c.Click("Guardar y seguir").See("Tipos de violencia")
	c.Choose("violence_types", "physical").Choose("violence_types", "psychological").Choose("relation", "ex_partner").Choose("protection_order", "no")
	c.Fill("narrative", "Hechos <script>alert(1)</script>; drop table referrals;--\nsegunda línea")
	w.look(c, "04-hechos")
	c.Click("Guardar y seguir").See("Agregar")
	w.attach()
	c.Click("Seguir con el centro").See("Primera opción para")
	w.look(c, "06-centro")
	c.Click("Guardar y seguir").See("Revise antes de enviar")
}

// attach adds a PDF and a photo, and has a text refused that is named like a PDF.
func (w *way) attach() {
	c := w.clerk
	fake := filepath.Join(w.t.TempDir(), "falso.pdf")
	if err := os.WriteFile(fake, []byte("<html><script>alert(1)</script></html>"), 0o600); err != nil {
		w.t.Fatal(err)
	}
	c.Choose("class", "official_letter").Attach("file", fake).Click("Adjuntar").See("Revise los datos marcados")
	if got := c.Value("class"); got != "official_letter" {
		w.t.Errorf("after a refused file the class is %q", got)
	}
	c.Choose("class", "resolution").Attach("file", resolution(w.t)).Click("Adjuntar").See("resolución 1184.pdf")
	c.Choose("class", "identification").Attach("file", photo(w.t)).Click("Adjuntar").See("IMG_0042.jpg").See("reducida")
	w.look(c, "05-documentos")
}

func (w *way) review() {
	w.look(w.clerk, "07-revisar")
	w.clerk.See("Juan Ficticio Ñandú").See(mandateUntil()).See("Centro Toluca")
}

// send presses twice, as a hurried person does: one referral comes of it.
func (w *way) send() {
	c := w.clerk
	c.DoubleClick("Enviar canalización").See("Canalización enviada")
	w.look(c, "08-enviada")
	w.folio = folioForm.FindString(c.Text())
	if w.folio == "" {
		w.t.Fatal("no folio on the page after sending")
	}
	c.See("A quién se avisó")
	w.file = strings.TrimSuffix(c.URL(), "/enviada")
	if n := w.s.count(w.t, `select count(*) from referrals where folio = $1`, w.folio); n != 1 {
		w.t.Errorf("%d referrals have folio %s", n, w.folio)
	}
	if pdf := c.Download("Descargar el acuse en PDF"); !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		w.t.Error("the acknowledgement is no PDF")
	}
}

// verifyPaper opens the public page of the acknowledgement as anybody.
func (w *way) verifyPaper(anybody *browser.Tab) {
	code := w.s.text(w.t, `select code from documents where folio = $1`, w.folio)
	anybody.Go(w.s.URL + "/v/" + code).See("Acuse de canalización").See("Válido").NotSee("Ñandú").NotSee("Juan").NotSee(w.folio)
	w.look(anybody, "09-verificacion")
}

// giveBack finds the referral in the queue, reads a paper and returns it.
func (w *way) giveBack() {
	d := w.desk
	d.Go(w.s.URL + "/recepcion").See(w.folio)
	w.look(d, "10-por-recibir")
	d.Go(w.file).See("drop table referrals").See("Aceptar y citar")
	w.look(d, "11-canalizacion")
	if paper := d.Download("resolución 1184.pdf"); !bytes.HasPrefix(paper, []byte("%PDF-")) {
		w.t.Error("the paper is no PDF")
	}
	if paper := d.Download("IMG_0042.jpg"); bytes.Contains(paper, []byte("GPS")) || len(paper) < 1000 {
		w.t.Error("the photo still says where it was taken, or is empty")
	}
	d.Click("Devolver para corregir").See("Qué falta")
	d.Click("Devolver para corregir").See("Marque al menos una cosa")
	d.Choose("reasons", "resolution_illegible").Fill("note", "La segunda hoja no se lee.")
	w.look(d, "12-devolver")
	d.Click("Devolver para corregir").See("Devuelta para corregir")
	if n := w.s.count(w.t, `select count(*) from ledger_entries where action = 'referral.read' and subject_id = (select id from referrals where folio = $1)`, w.folio); n == 0 {
		w.t.Error("the reads are not in the ledger")
	}
}

// correct answers the return from the clerk's first page.
func (w *way) correct() {
	c := w.clerk
	c.Go(w.s.URL + "/hoy").See(w.folio)
	w.look(c, "13-hoy")
	c.Go(w.file + "/captura").See("La segunda hoja no se lee")
	w.look(c, "14-corregir")
	c.Click("Hechos y riesgo").Choose("weapon", "no").Click("Guardar y volver a la lista").Click("Corregir y reenviar").
		Click("Corregir y reenviar").See("Canalización corregida y reenviada").See(w.folio)
}

// accept takes the referral in with the appointment that is proposed.
func (w *way) accept() {
	d := w.desk
	before := d.Clicks() + d.Keys()
	d.Go(w.file).Click("Aceptar y citar").See("Aceptar y citar en un lugar libre")
	w.look(d, "15-aceptar")
	d.Click(`button[name="slot"]`).See("La canalización está aceptada y con primera cita.").See("Primera cita:")
	if n := d.Clicks() + d.Keys() - before; n > 6 {
		w.t.Errorf("accepting with the first appointment took %d interactions, LOOK allows 6", n)
	}
	w.look(d, "16-aceptada")
}

// follow sees on the panel and the file where the referral stands.
func (w *way) follow() {
	c := w.clerk
	c.Go(w.s.URL + "/canalizaciones?texto=" + w.folio).See("Aceptada, con cita").See("1 canalización.")
	c.Go(w.s.URL + "/canalizaciones?texto=ficticio").See(w.folio)
	c.Go(w.s.URL + "/canalizaciones")
	w.look(c, "17-panel")
	c.Go(w.file).See("El centro ofreció cita").See("Se envió corregida")
	w.look(c, "18-historia")
}

// mails waits for the notices and looks for what must not be in them.
func (w *way) mails() {
	w.s.eventually(w.t, "the notices of "+w.folio, func() bool {
		n := 0
		for _, m := range w.s.Mail.Messages() {
			if strings.Contains(m.Subject+m.Body, w.folio) {
				n++
				for _, secret := range []string{"Juan", "Ficticio", "Ñandú", "1184", "drop table"} {
					if strings.Contains(m.Subject+m.Body, secret) {
						w.t.Errorf("a notice says %q", secret)
					}
				}
			}
		}
		return n >= 5
	})
	w.clerk.Go(w.s.URL + "/buzon").See(w.folio)
	w.look(w.clerk, "19-buzon")
}

// TestEveryPage looks at every page that a role finds in its menu, in light, dark,
// narrow and as printed.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	s := openSite(t)
	// A page that looks the same to several roles is looked at once.
	seen := map[string]bool{}
	for _, f := range access.Roles {
		t.Run(string(f.Role), func(t *testing.T) {
			tab := b.Tab(t, browser.Options{})
			enter(tab, s, f.Role)
			var paths []string
			tab.Evaluate(`[...document.querySelectorAll("header nav a, main ul.tasks a")].map(a => a.getAttribute("href"))`, &paths)
			dark, narrow := b.Tab(t, browser.Options{Dark: true}), b.Tab(t, browser.Options{Width: 320})
			enter(dark, s, f.Role)
			enter(narrow, s, f.Role)
			for _, path := range paths {
				once := path
				if path == "/hoy" || path == "/canalizaciones" || path == "/centros" && f.Role == access.ProgramAdmin {
					once += string(f.Role)
				}
				if seen[once] || !strings.HasPrefix(path, "/") {
					continue
				}
				seen[once] = true
				name := "page-" + string(f.Role) + strings.ReplaceAll(path, "/", "-")
				tab.Go(s.URL + path).Screenshot(name).Axe()
				dark.Go(s.URL + path).Screenshot(name + "-dark").Axe()
				narrow.Go(s.URL + path).Screenshot(name + "-narrow").Fits().Axe()
				if pdf := tab.PDF(); !bytes.HasPrefix(pdf, []byte("%PDF-")) {
					t.Errorf("%s cannot be printed", path)
				}
			}
		})
	}
}

// TestDraftSavesItself: what was typed is on the server without a press on any button,
// and another window sees it.
func TestDraftSavesItself(t *testing.T) {
	b := browser.Start(t)
	s := openSite(t)
	first, second := b.Tab(t, browser.Options{}), b.Tab(t, browser.Options{})
	enter(first, s, access.Referrer)
	enter(second, s, access.Referrer)
	first.Go(s.URL+"/canalizaciones/nueva").Click("Empezar").Fill("given_names", "Ernesto").See("Guardado")
	address := first.URL()
	second.Go(address)
	if got := second.Value("given_names"); got != "Ernesto" {
		t.Errorf("the other window shows %q", got)
	}
	second.Fill("surname1", "Inventado").See("Guardado")
	// The first window is behind now: it is told, and what stands in it stays.
	first.Expect("409")
	first.Fill("surname1", "Supuesto").See("otra ventana")
	if got := first.Value("surname1"); got != "Supuesto" {
		t.Errorf("after the conflict the field holds %q", got)
	}
}

// TestSessionEndsWhileTyping: without JavaScript, what was typed when the session had
// ended is there after signing in again.
func TestSessionEndsWhileTyping(t *testing.T) {
	b := browser.Start(t)
	s := openSite(t)
	tab := b.Tab(t, browser.Options{NoJS: true})
	enter(tab, s, access.Referrer)
	tab.Go(s.URL+"/canalizaciones/nueva").Click("Empezar").Fill("given_names", "Ernesto").Fill("surname1", "Inventado")
	address := tab.URL()
	if err := s.App.DB.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `delete from sessions`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	tab.Expect("401")
	tab.Click("Guardar y seguir").See("Su sesión había terminado").Click(access.Referrer.Label().Key).See("nada se perdió")
	tab.Screenshot("session-ended-while-typing").Axe()
	tab.Click("Enviar lo que escribí").Go(address)
	if got := tab.Value("surname1"); got != "Inventado" {
		t.Errorf("the surname typed is %q after signing in again", got)
	}
}
