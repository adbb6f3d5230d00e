package document_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rsc.io/qr"

	"sigue/internal/base/db/dbtest"
	"sigue/internal/platform/document"
	"sigue/internal/platform/schema"
)

func (h *house) pdf(d document.Document, c document.Content) []byte {
	h.t.Helper()
	var out bytes.Buffer
	if err := h.RenderPDF(&out, d, c); err != nil {
		h.t.Fatal(err)
	}
	return out.Bytes()
}

// tool finds a program of poppler-utils; without it the test is skipped, under CI it
// fails.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing: install poppler-utils", name)
		}
		t.Skipf("NOT TESTED ON PAPER: %s is missing: install poppler-utils", name)
	}
	return path
}

// text is what a reader finds in a PDF.
func text(t *testing.T, pdf []byte) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tool(t, "pdftotext"), "-layout", "-", "-")
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("pdftotext: %v\n%s", err, out)
	}
	return string(out)
}

// pages draws each page of a PDF at 200 points to the inch.
func pages(t *testing.T, pdf []byte) []image.Image {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), tool(t, "pdftoppm"), "-r", "200", "-png", "-", filepath.Join(dir, "p"))
	cmd.Stdin = bytes.NewReader(pdf)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("pdftoppm: %v\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.png"))
	if err != nil {
		t.Fatal(err)
	}
	var out []image.Image
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		page, err := png.Decode(f)
		_ = f.Close()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, page)
	}
	return out
}

// drawn makes a document to draw, on one engine: what is drawn does not come from it.
func drawn(t *testing.T) (*house, document.Document) {
	t.Helper()
	d, clk := dbtest.SQLite(t, schema.Migrations)
	h := newHouse(t, d, clk)
	return h, h.issue()
}

// TestSameBytes checks that a document is drawn the same each time, whatever the hour.
func TestSameBytes(t *testing.T) {
	h, d := drawn(t)
	first := h.pdf(d, content)
	h.clk.Advance(1000 * 3600e9)
	again, c, err := h.Read(h.ctx, clerk, d.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	for range 3 {
		if !bytes.Equal(h.pdf(again, c), first) {
			h.t.Fatal("the same document gave other bytes")
		}
	}
	if n := bytes.Count(first, []byte("D:20261123160000")); n != 2 {
		t.Errorf("%d of 2 dates in the file are that of the issue", n)
	}
	if !bytes.HasPrefix(first, []byte("%PDF-1.")) || len(first) > 100<<10 {
		h.t.Errorf("got %d bytes that begin with %q", len(first), first[:8])
	}
}

func TestText(t *testing.T) {
	h, d := drawn(t)
	got := text(h.t, h.pdf(d, content))
	for _, want := range []string{
		"Acuse de canalización", "SIGUE-2026-000123-", "Gobierno del Estado de México", "23/11/2026, 10:00",
		"Juzgado Tercero Familiar, Toluca", "J. Ñ. Ü.", "resolución.pdf", "312 kB", strings.Repeat("9f86d081", 8),
		"El centro responde a más tardar el 24/11/2026.", h.VerifyURL(d), document.Grouped(d.Code()), "escribirlo en " + h.VerifyPage(),
		"Este documento no contiene", "Página 1 de 1",
	} {
		if !strings.Contains(got, want) {
			h.t.Errorf("got\n%s\nwant in it %q", got, want)
		}
	}
	if strings.Contains(got, "SIN VALIDEZ") {
		h.t.Error("a valid document says that it is not")
	}
}

func TestTextOfRevoked(t *testing.T) {
	h, d := drawn(t)
	if err := h.Revoke(h.ctx, reception, d.ID, "error"); err != nil {
		h.t.Fatal(err)
	}
	d, c, err := h.Read(h.ctx, clerk, d.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	if got, want := text(h.t, h.pdf(d, c)), "SIN VALIDEZ desde el 23/11/2026"; !strings.Contains(got, want) {
		h.t.Errorf("got\n%s\nwant in it %q", got, want)
	}
}

// TestHostileContent checks that whatever people type is drawn, on as many pages as it
// takes, each with its foot.
func TestHostileContent(t *testing.T) {
	tests := []struct {
		name    string
		content document.Content
		want    []string
		pages   int
	}{
		{"nothing", document.Content{}, []string{"Página 1 de 1"}, 1},
		{"scripts", line("Иван Müller O’Connor Ñandú"), []string{"Иван Müller O’Connor Ñandú"}, 1},
		{"no font draws it", line("a😀b \x00 漢字 مرحبا"), []string{"a?b"}, 1},
		{"the library's own signs", line("{nb} \\( ) %PDF <script>"), []string{"{nb} \\( ) %PDF <script>"}, 1},
		{"one endless word", line(strings.Repeat("x", 10_000)), []string{"Página 5 de 5"}, 5},
		{"one endless text", line(strings.Repeat("palabra ", 5_000)), []string{"Página 16 de 16"}, 16},
		{"line ends", line("uno\ndos\r\n\n\ntres"), []string{"uno", "dos", "tres"}, 1},
		{"an empty value", line(""), []string{"—"}, 1},
		{"many files", document.Content{Attachments: many(60)}, []string{"Archivos recibidos (60)", "archivo 59.pdf", "Página 4 de 4"}, 4},
	}
	h, d := drawn(t)
	for _, tt := range tests {
		h.t.Run(tt.name, func(t *testing.T) {
			pdf := (&house{t: t, Service: h.Service}).pdf(d, tt.content)
			got := text(t, pdf)
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("got\n%.2000s\nwant in it %q", got, want)
				}
			}
			if n := strings.Count(got, "\f"); n != tt.pages {
				t.Errorf("got %d pages, want %d", n, tt.pages)
			}
			if n := strings.Count(got, "Este documento no contiene"); n != tt.pages {
				t.Errorf("%d of %d pages have a foot", n, tt.pages)
			}
		})
	}
}

func line(value string) document.Content {
	return document.Content{Lines: []document.Line{{Label: "Canaliza", Value: value}}}
}

func many(n int) []document.Attachment {
	out := make([]document.Attachment, n)
	for i := range out {
		out[i] = document.Attachment{Name: fmt.Sprintf("archivo %d.pdf", i), SHA256: strings.Repeat("ab", 32), Size: int64(i) * 1_000_000}
	}
	return out
}

// TestQR reads the square back from the drawn page, module by module, and wants what
// encodes the address.
func TestQR(t *testing.T) {
	h, d := drawn(t)
	want, err := qr.Encode("https://sigue.example/v/"+d.Code(), qr.M)
	if err != nil {
		h.t.Fatal(err)
	}
	page := pages(h.t, h.pdf(d, content))[0]
	const dots = 200 / 25.4 // to the millimetre
	x, y, size := document.QRPlace()
	module := size / float64(want.Size)
	wrong := 0
	for row := range want.Size {
		for col := range want.Size {
			at := func(start float64, n int) int { return int((start + (float64(n)+0.5)*module) * dots) }
			r, _, _, _ := page.At(at(x, col), at(y, row)).RGBA()
			if dark := r < 0x8000; dark != want.Black(col, row) {
				wrong++
			}
		}
	}
	if wrong != 0 {
		h.t.Errorf("%d of %d modules are wrong", wrong, want.Size*want.Size)
	}
	if dotted := module * dots; dotted < 5 {
		h.t.Errorf("a module is %.1f dots wide at 200 dpi, too small for a telephone", dotted)
	}
}

func TestRenderNeedsCode(t *testing.T) {
	h, _ := drawn(t)
	if err := h.RenderPDF(&bytes.Buffer{}, h.list()[0], content); err == nil {
		h.t.Error("a document from a list was drawn without its code")
	}
}

func BenchmarkRenderPDF(b *testing.B) {
	s := document.New(nil, nil, nil, document.Branding{}, "https://sigue.example")
	d := document.Sample()
	for b.Loop() {
		var out bytes.Buffer
		if err := s.RenderPDF(&out, d, content); err != nil {
			b.Fatal(err)
		}
	}
}
