package report

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"io"
	"strconv"
	"testing"

	"sigue/internal/base/disclosure"
	"sigue/internal/base/fault"
)

// TestCase22OpenData publishes a month with small numbers: they are hidden, and with what is
// shown nobody tells them.
func TestCase22OpenData(t *testing.T) {
	each(t, func(h *house) {
		for i := range 9 { // eight of A at Toluca, one of B
			by := h.clerkA
			if i == 8 {
				by = h.clerkB
			}
			h.accept(h.sent(by, voluntarily, ""))
		}
		h.over()
		month := got(h.NextClose(h.ctx, analyst))(h.t).String()
		h.must(h.Close(h.ctx, analyst, month))

		var first, again bytes.Buffer
		h.must(h.OpenData(h.ctx, analyst, month, &first))
		h.accept(h.sent(h.clerkB, voluntarily, "")) // later, and no concern of a close
		h.must(h.OpenData(h.ctx, analyst, month, &again))
		if !bytes.Equal(first.Bytes(), again.Bytes()) {
			h.t.Error("the same close gives other data")
		}

		files := unzip(h.t, first.Bytes())
		for _, name := range []string{"totales.csv", "por-institucion.csv", "por-municipio.csv", "definiciones.csv", "diccionario.csv", "catalogo.jsonld"} {
			if files["sigue-"+month+"/"+name] == nil {
				h.t.Errorf("%s is missing", name)
			}
		}
		hidden := 0
		for name, body := range files {
			rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
			if err != nil || len(rows[0]) < 2 || rows[0][len(rows[0])-1] != "nota" {
				continue
			}
			for _, row := range rows[1:] {
				amount, note := row[len(row)-2], row[len(row)-1]
				if n, err := strconv.Atoi(amount); err == nil && n > 0 && n < disclosure.K {
					h.t.Errorf("%s shows %v", name, row)
				}
				if note == "reservado" {
					hidden++
					if amount != "" {
						h.t.Errorf("%s hides and shows %v", name, row)
					}
				}
			}
		}
		if hidden < 2 {
			h.t.Errorf("%d numbers are hidden: the one of B, and one that would tell it", hidden)
		}
		if bytes.Contains(first.Bytes(), []byte(h.toluca)) {
			h.t.Error("an id of the installation leaves it")
		}
		for _, err := range []error{
			h.OpenData(h.ctx, h.manager, month, io.Discard), h.OpenData(h.ctx, h.clerkA, month, io.Discard), h.OpenData(h.ctx, analyst, "2020-01", io.Discard),
		} {
			if !fault.Is(err, fault.NotFound) {
				h.t.Errorf("open data: %v", err)
			}
		}
	})
}

func unzip(t *testing.T, body []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = text
	}
	return out
}
