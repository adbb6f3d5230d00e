package document_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"sigue/internal/platform/document"
	"sigue/internal/platform/folio"
)

// rows are n rows for a table of three columns; every seventh takes several lines.
func rows(n int) [][]string {
	out := make([][]string, n)
	for i := range out {
		topic := fmt.Sprintf("Tema %d.", i+1)
		if i%7 == 0 {
			topic += strings.Repeat(" Responsabilidad y trato igualitario.", 6)
		}
		out[i] = []string{strconv.Itoa(i + 1), "10/11/2026", topic}
	}
	return out
}

var columns = []document.Column{{Title: "Núm.", Share: 1}, {Title: "Día", Share: 2}, {Title: "Asunto", Share: 6}}

// TestLongTable checks that a table goes on over pages under its repeated head and that
// no row is lost.
func TestLongTable(t *testing.T) {
	h, d := drawn(t)
	got := text(t, h.pdf(d, document.Content{Tables: []document.Table{{Title: "Sesiones", Columns: columns, Rows: rows(150)}}}))
	pages := strings.Split(strings.TrimSuffix(got, "\f"), "\f")
	if len(pages) < 4 {
		t.Fatalf("got %d pages, want 150 rows on 4 or more", len(pages))
	}
	for i, page := range pages {
		if strings.Contains(page, "Tema ") != strings.Contains(page, "Asunto") {
			t.Errorf("page %d: rows stand without their head, or a head without rows:\n%s", i+1, page)
		}
		if want := fmt.Sprintf("Página %d de %d", i+1, len(pages)); !strings.Contains(page, want) {
			t.Errorf("page %d lacks %q", i+1, want)
		}
	}
	for i := range 150 {
		if want := fmt.Sprintf("Tema %d.", i+1); strings.Count(got, want) != 1 {
			t.Errorf("%q stands %d times, want once", want, strings.Count(got, want))
		}
	}
}

// TestRowLongerThanAPage checks that a cell of any length is drawn whole.
func TestRowLongerThanAPage(t *testing.T) {
	h, d := drawn(t)
	long := strings.Repeat("palabra ", 2000) + "última."
	got := text(t, h.pdf(d, document.Content{Tables: []document.Table{{Columns: columns, Rows: [][]string{{"1", "hoy", long}}}}}))
	if n := strings.Count(got, "palabra"); n != 2000 || !strings.Contains(got, "última.") {
		t.Errorf("got %d words of 2000", n)
	}
}

// TestIndex checks that each section of a case file begins the page that the index says.
func TestIndex(t *testing.T) {
	h, _ := drawn(t)
	var all []document.Section
	for i := range 40 {
		all = append(all, document.Section{Title: fmt.Sprintf("Parte %d del expediente", i+1), Body: []string{"Texto."},
			Tables: []document.Table{{Columns: columns, Rows: rows(i * 3)}}})
	}
	got := text(t, h.pdf(document.Draft(document.CaseFile, folio.Mint(2026, 5), time.Now()), document.Content{Sections: all}))
	pages := strings.Split(got, "\f")
	for _, s := range all {
		index, _, found := strings.Cut(got[strings.Index(got, s.Title)+len(s.Title):], "\n")
		n, err := strconv.Atoi(strings.TrimSpace(index))
		if !found || err != nil || n < 2 || n >= len(pages) {
			t.Fatalf("the index says %q of %q", index, s.Title)
		}
		if !strings.Contains(pages[n-1], s.Title) {
			t.Errorf("%q is not on page %d", s.Title, n)
		}
	}
}

// TestDraft checks that what is looked at before it is issued cannot pass for a document.
func TestDraft(t *testing.T) {
	h, _ := drawn(t)
	d := document.Draft(document.Certificate, folio.Mint(2026, 5), time.Now())
	got := text(t, h.pdf(d, document.Content{
		Title: "Constancia de prueba", Body: []string{"Juzgado de Ejemplo\nExpediente 7/2026", "Segundo párrafo."},
		Signatures: []document.Signature{{Name: "Juan Ejemplo"}, {Post: "Coordinación"}, {Post: "Testigo"}}, Foot: "Pie propio.",
	}))
	for _, want := range []string{"VISTA PREVIA", "sin número", "Constancia de prueba", "Juzgado de Ejemplo\nExpediente 7/2026", "Segundo párrafo.",
		"Juan Ejemplo", "Coordinación", "Testigo", "Pie propio."} {
		if !strings.Contains(got, want) {
			t.Errorf("got\n%s\nwant in it %q", got, want)
		}
	}
	for _, bad := range []string{"auténtico", "/v/"} {
		if strings.Contains(got, bad) {
			t.Errorf("a draft says %q", bad)
		}
	}
}
