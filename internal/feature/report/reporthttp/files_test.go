package reporthttp

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"runtime"
	"testing"

	"github.com/xuri/excelize/v2"
)

// hostile are names that a spreadsheet would take for a formula (DOMAIN, case 19).
var hostile = []string{"=1+1", "+52 722", "-Juárez", "@SUM(A1)", "\tx", "Ñandú O'Higgins", "<b>&", ""}

func write(t *testing.T, to table, rows int) {
	t.Helper()
	for i := range rows {
		if err := to.row(hostile[i%len(hostile)], int64(i), 0.5); err != nil {
			t.Fatal(err)
		}
	}
	if err := to.close(); err != nil {
		t.Fatal(err)
	}
}

// TestSheetsRunNothing opens what was written: texts are texts, numbers are numbers.
func TestSheetsRunNothing(t *testing.T) {
	var body bytes.Buffer
	sheet, err := newSheet(&body, "Cifras")
	if err != nil {
		t.Fatal(err)
	}
	write(t, sheet, len(hostile))
	file, err := excelize.OpenReader(&body)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for i, want := range hostile {
		cell := fmt.Sprintf("A%d", i+1)
		formula, _ := file.GetCellFormula("Cifras", cell)
		have, err := file.GetCellValue("Cifras", cell)
		if err != nil || have != want || formula != "" {
			t.Errorf("%q is %q with the formula %q (%v)", want, have, formula, err)
		}
	}

	var plain bytes.Buffer
	write(t, newCSV(&plain), len(hostile))
	rows, err := csv.NewReader(&plain).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"'=1+1", "'+52 722", "'-Juárez", "'@SUM(A1)", "'\tx", "Ñandú O'Higgins", "<b>&", ""} {
		if rows[i][0] != want {
			t.Errorf("%q is written %q, want %q", hostile[i], rows[i][0], want)
		}
	}
}

// TestPipeCatchesPanics breaks a file in its middle: the reader learns of it, and the program
// goes on.
func TestPipeCatchesPanics(t *testing.T) {
	body := pipe(func(w io.Writer) error {
		if _, err := io.WriteString(w, "mes,"); err != nil {
			return err
		}
		panic("broken")
	})
	defer body.Close()
	if text, err := io.ReadAll(body); err == nil || string(text) != "mes," {
		t.Errorf("read %q, %v; want its beginning and an error", text, err)
	}
}

// BenchmarkSheet writes 100,000 rows of fourteen cells and tells what the heap grew by.
func BenchmarkSheet(b *testing.B) {
	const rows = 100_000
	cells := make([]any, 14)
	for i := range cells {
		cells[i] = fmt.Sprintf("Centro de reeducación %d", i)
	}
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		t, err := newSheet(io.Discard, "Detalle")
		if err != nil {
			b.Fatal(err)
		}
		for range rows {
			if err := t.row(cells...); err != nil {
				b.Fatal(err)
			}
		}
		runtime.ReadMemStats(&after)
		if err := t.close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(after.HeapInuse-before.HeapInuse)/1e6, "heap-MB")
	b.ReportMetric(rows, "rows")
}
