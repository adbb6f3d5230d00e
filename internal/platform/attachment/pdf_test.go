package attachment

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"codeberg.org/go-pdf/fpdf"

	"sigue/internal/base/fault"
)

// A small PDF by hand: what stands between its objects and its end can be chosen.
func tinyPDF(objects string) []byte {
	return []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n" + objects +
		"\nxref\n0 1\ntrailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n")
}

func TestPDFsThatAreRefused(t *testing.T) {
	good := makePDF(t, 2)
	with := func(parts ...string) []byte { return append(slices.Clone(good), strings.Join(parts, "")...) }
	const stream = "2 0 obj << /Length 99 >> stream\n"
	for _, tt := range []struct {
		name string
		file []byte
		says string
	}{
		{"a password", makePDF(t, 1, func(f *fpdf.Fpdf) { f.SetProtection(fpdf.CnProtectPrint, "abre", "dueño") }), "El PDF está protegido con contraseña. Guárdelo sin contraseña"},
		{"restrictions only", makePDF(t, 1, func(f *fpdf.Fpdf) { f.SetProtection(fpdf.CnProtectPrint, "", "dueño") }), "protegido con contraseña"},
		{"encrypted in a dictionary of a cross-reference stream", tinyPDF("9 0 obj <</Type/XRef/Encrypt 8 0 R/ID[<00><01>]>>stream\nx\nendstream endobj"), "protegido con contraseña"},
		{"a script", makePDF(t, 1, func(f *fpdf.Fpdf) { f.SetJavascript("app.alert('x')") }), "JavaScript"},
		{"a script spelt with escapes", tinyPDF("2 0 obj << /S /J#61va#53cript /JS (x) >> endobj"), "JavaScript"},
		{"a script with nothing between", tinyPDF("2 0 obj<</S/JavaScript/JS(x)>>endobj"), "JavaScript"},
		{"a script after a string with parentheses", tinyPDF(`2 0 obj << /T (a \) ( b \\) c) /S /JavaScript >> endobj`), "JavaScript"},
		{"a script after a stream", tinyPDF(stream + "endsendstream endobj\n3 0 obj << /S /JavaScript >> endobj"), "JavaScript"},
		{"a script after a stream that ends like its mark", tinyPDF(stream + "endstrendstream endobj\n3 0 obj << /S /JavaScript >> endobj"), "JavaScript"},
		{"a script after a word that is no stream", tinyPDF("2 0 obj stream\n<< /S /JavaScript >> endobj"), "JavaScript"},
		{"starts a program", tinyPDF("2 0 obj << /S /Launch /F (cmd.exe) >> endobj"), "contiene programas o abre otros"},
		{"a file inside", makePDF(t, 1, func(f *fpdf.Fpdf) {
			f.SetAttachments([]fpdf.Attachment{{Content: []byte("hola"), Filename: "a.txt"}})
		}), "lleva otros archivos dentro"},
		{"cut in a stream", good[:len(good)/2], "incompleto"},
		{"a stream that never ends", tinyPDF(stream), "incompleto"},
		{"cut before its end mark", bytes.TrimRight(good, "%EOF\n"), "incompleto"},
		{"a second version cut", with("7 0 obj << /A 1 >> endobj xref"), "incompleto"},
		{"padded with a kilobyte of text", with(strings.Repeat("relleno ", 128)), "pegado después de su final"},
		{"an archive appended", with("PK\x03\x04\x14\x00\x00\x00", strings.Repeat("\x91", 90000), string(zipEndRecord(0))), "pegado después de su final"},
		{"an archive appended without a line between", slices.Concat(bytes.TrimRight(good, "\n"), []byte("PK\x03\x04\x14\x00")), "pegado después de su final"},
		{"a page appended, with an end of its own", with("<html><script>alert(1)</script></html>\n%%EOF\n"), "pegado después de su final"},
		{"another PDF appended", with(string(good)), "pegado después de su final"},
		{"an archive whose comment is the end", with("%", string(zipEndRecord(7)), "\n%%EOF\n"), "un PDF y otra cosa a la vez"},
		{"an archive within a stream near the end", tinyPDF(stream + string(zipEndRecord(30)) + "\nendstream endobj"), "un PDF y otra cosa a la vez"},
		{"a page in the first comment", slices.Concat([]byte("%PDF-1.4 <HTML><body>\n"), good[9:]), "un PDF y otra cosa a la vez"},
		{"a script in a comment between objects", tinyPDF("% <ScRiPt>alert(1)</script>"), "un PDF y otra cosa a la vez"},
		{"a program between objects", tinyPDF("<?php system($_GET[0]); ?>"), "un PDF y otra cosa a la vez"},
		{"a header and an end, nothing else", []byte("%PDF-1.4\n%%EOF\n"), "dañado o no tiene páginas"},
		{"a header alone", []byte("%PDF-1.4\n"), "incompleto"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			newBench(t, DefaultLimit).refused(t, "a.pdf", tt.file, fault.Invalid, tt.says)
		})
	}
}

func TestPDFsThatAreTaken(t *testing.T) {
	const stream = "2 0 obj << /Length 99 >> stream\r\n"
	for _, tt := range []struct {
		name string
		file []byte
	}{
		{"by hand", tinyPDF("")},
		{"anything in a stream", tinyPDF(stream + "/Encrypt /JavaScript <html> %%EOF PK\x05\x06 ( \xff\xd8\xff \nendstream endobj")},
		{"anything in a string", tinyPDF(`2 0 obj << /T (/Encrypt /JavaScript <html> %%EOF \( >> stream) >> endobj`)},
		{"refused names as parts of others", tinyPDF("2 0 obj << /EncryptMetadata true /JavaScripts 1 /Launched 1 /F /Encrypt#2b >> endobj")},
		{"hexadecimal strings beside dictionaries", tinyPDF("2 0 obj << /A <</B <abcd>>> /C <0b0d> /D <b0> >> endobj")},
		{"a stream after a hexadecimal string", tinyPDF("2 0 obj << /A <abcd>>>stream\n/JavaScript\nendstream endobj")},
		{"a stream after a comment", tinyPDF("2 0 obj << /A 1 >> % a comment\nstream\n/JavaScript\nendstream endobj")},
		{"a comment that seems an end", tinyPDF("% %%EOF\n2 0 obj << >> endobj")},
		{"a later version", append(tinyPDF(""), "2 0 obj << /A 1 >> endobj\nxref\n0 1\ntrailer << >>\nstartxref\n99\n%%EOF"...)},
		{"a later version without a line between", append(bytes.TrimRight(tinyPDF(""), "\n"), "\r2 0 obj << /A 1 >> endobj xref trailer << >> startxref 99\r%%EOF\r"...)},
		{"lines that end in carriage returns", bytes.ReplaceAll(tinyPDF("2 0 obj << /A 1 >> endobj"), []byte("\n"), []byte("\r"))},
		{"the mark of an archive by chance", tinyPDF(stream + "PK\x05\x06\x91\x22\x00\x00 and so on and so on\nendstream endobj")},
		{"a string that never ends", tinyPDF("2 0 obj << /T (oh >> endobj")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := inspect(tt.file, len(tt.file)); err != nil {
				t.Errorf("refused: %v", err)
			}
		})
	}
}

// inspect shows a file to an inspector in pieces of some size.
func inspect(file []byte, piece int) error {
	var p inspector
	for b := range slices.Chunk(file, max(1, piece)) {
		if _, err := p.Write(b); err != nil {
			return err
		}
	}
	return p.Close()
}

// Where the pieces of a file end must not change the verdict.
func TestPiecesDoNotMatter(t *testing.T) {
	for _, file := range [][]byte{
		makePDF(t, 2),
		makePDF(t, 1, func(f *fpdf.Fpdf) { f.SetJavascript("x") }),
		tinyPDF("2 0 obj <</A 1>> stream\nendstrendstream <?php"),
		tinyPDF("2 0 obj <</A 1>> stream\n" + string(zipEndRecord(20)) + "endstream"),
	} {
		want := inspect(file, len(file))
		for _, piece := range []int{1, 2, 3, 7, 64, 1000} {
			if got := inspect(file, piece); !sameRefusal(got, want) {
				t.Errorf("pieces of %d: %v, whole: %v", piece, got, want)
			}
		}
	}
}

func sameRefusal(a, b error) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Error() == b.Error()
}

func TestARefusalStays(t *testing.T) {
	var p inspector
	_, first := p.Write(tinyPDF("<?php"))
	_, second := p.Write(tinyPDF(""))
	if first == nil || !errors.Is(second, first) || !errors.Is(p.Close(), first) {
		t.Errorf("first %v, then %v, at last %v", first, second, p.Close())
	}
}

func TestTail(t *testing.T) {
	var all []byte
	var tl tail
	for i, size := range []int{0, 10, tailSize - 5, 3, tailSize, 1, 3*tailSize + 7, 100, 40000, 40000, 40000, 40000} {
		b := bytes.Repeat([]byte{byte(i)}, size)
		all = append(all, b...)
		tl.write(b)
		if want := all[max(0, len(all)-tailSize):]; !bytes.Equal(tl.bytes(), want) {
			t.Fatalf("after write %d: %d bytes kept, want the last %d", i, len(tl.bytes()), len(want))
		}
	}
	if cap(tl.kept) != 2*tailSize {
		t.Errorf("the window grew to %d", cap(tl.kept))
	}
}
