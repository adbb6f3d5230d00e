package attachment

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"codeberg.org/go-pdf/fpdf"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
)

// asZIP makes an archive with files of some names.
func asZIP(t testing.TB, names ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range names {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if name == "mimetype" {
			_, err = f.Write([]byte("application/vnd.oasis.opendocument.text"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestOtherTypesAreNamed(t *testing.T) {
	b := newBench(t, DefaultLimit)
	for _, tt := range []struct {
		name string
		file string
		says string
	}{
		{"empty", "", "El archivo está vacío (0 bytes)"},
		{"a page named .pdf", "\ufeff\n <!DOCTYPE html><html>%PDF-1.4</html>", "página web (HTML)"},
		{"a page without a head", "<script>alert(1)</script>", "página web (HTML)"},
		{"an invoice", "<?xml version=\"1.0\"?><cfdi:Comprobante/>", "un XML"},
		{"a drawing", "<svg xmlns='x'><script/></svg>", "formato que no se acepta"},
		{"Word", string(asZIP(t, "[Content_Types].xml", "word/document.xml")), "documento de Word. Se aceptan PDF, JPG y PNG. Ábralo, elija «Guardar como»"},
		{"Excel", string(asZIP(t, "[Content_Types].xml", "xl/workbook.xml")), "hoja de Excel"},
		{"PowerPoint", string(asZIP(t, "[Content_Types].xml", "ppt/presentation.xml")), "presentación"},
		{"old Word", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more", "Office de un formato antiguo"},
		{"RTF", `{\rtf1\ansi hola}`, "RTF"},
		{"an archive", string(asZIP(t, "acta.pdf")), "carpeta comprimida"},
		{"an empty archive", string(asZIP(t)), "carpeta comprimida"},
		{"a photo of an iPhone", "\x00\x00\x00\x24ftypheic\x00\x00\x00\x00mif1", "foto HEIC"},
		{"a photo of another phone", "\x00\x00\x00\x24ftypmif1\x00\x00\x00\x00heic", "Más compatible"},
		{"AVIF", "\x00\x00\x00\x20ftypavif\x00\x00\x00\x00", "formato que no se acepta"},
		{"GIF", "GIF89a\x01\x00", "formato que no se acepta"},
		{"WebP", "RIFF\x24\x00\x00\x00WEBPVP8 ", "formato que no se acepta"},
		{"TIFF", "II*\x00\x08\x00\x00\x00", "formato que no se acepta"},
		{"a video", "\x00\x00\x00\x20ftypisom\x00\x00\x02\x00", "un video"},
		{"a voice message", "OggS\x00\x02", "un audio"},
		{"a program", "MZ\x90\x00\x03\x00", "un programa"},
		{"a PDF that begins late", "HTTP/1.1 200 OK\r\n\r\n%PDF-1.4\n", "trae algo delante"},
		{"a letter in plain text", "Toluca, México, 2 de marzo.\nSeñor juez:\n", "texto sin formato"},
		{"noise", "\x01\x02\x03\x04\x05", "No reconocemos el tipo"},
		{"one byte", "\xff", "No reconocemos el tipo"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b.refused(t, "acta.pdf", []byte(tt.file), fault.Invalid, tt.says)
		})
	}
}

func TestAnOpenDocumentIsNamed(t *testing.T) {
	file := asZIP(t, "mimetype", "content.xml")
	// The library leaves the sizes to the end; an office program writes the content
	// straight after the name, as its standard asks.
	if !bytes.Contains(file, []byte("mimetypeapplication/vnd.oasis")) {
		t.Fatal("the fixture is not built as office programs build it")
	}
	newBench(t, DefaultLimit).refused(t, "acta.odt", file, fault.Invalid, "LibreOffice")
}

func TestContentDecidesNotTheName(t *testing.T) {
	b := newBench(t, DefaultLimit)
	for _, tt := range []struct {
		as   string
		file []byte
		want Type
		name string
	}{
		{"acta.pdf", asJPEG(t, photo(9, 9)), JPEG, "acta.jpg"},
		{"foto.jpg", makePDF(t, 1), PDF, "foto.pdf"},
		{"foto.jpg", asPNG(t, photo(9, 9)), PNG, "foto.png"},
		{"a PDF inside a photo.pdf", append(asJPEG(t, photo(9, 9)), makePDF(t, 1)...), JPEG, "a PDF inside a photo.jpg"},
	} {
		if s := b.receive(t, tt.as, tt.file); s.Type != tt.want || s.Name != tt.name {
			t.Errorf("%s became %s, %q; want %s, %q", tt.as, s.Type, s.Name, tt.want, tt.name)
		}
	}
}

func TestMIME(t *testing.T) {
	for kind, want := range map[Type]string{PDF: "application/pdf", JPEG: "image/jpeg", PNG: "image/png", "exe": ""} {
		if got := kind.MIME(); got != want {
			t.Errorf("%q.MIME() = %q, want %q", kind, got, want)
		}
	}
}

// Every sentence of this package has its English.
func TestSentencesAreTranslated(t *testing.T) {
	sentence := regexp.MustCompile(`i18n\.M\("([^"]+)"`)
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range sentence.FindAllSubmatch(text, -1) {
			if !i18n.Has(i18n.English, string(m[1])) {
				t.Errorf("%s: no English for %q", file, m[1])
			}
		}
	}
}

// FuzzReceive sends anything through the whole intake: it is kept as one of the
// three types and reads back as Stored says, or is refused with a sentence and leaves
// nothing.
func FuzzReceive(f *testing.F) {
	small := photo(12, 9)
	for _, seed := range [][]byte{
		nil, tinyPDF(""), tinyPDF("2 0 obj <</A <ab>>> stream\nendstreendstream endobj (a\\)) % <ht"),
		makePDF(f, 1, func(d *fpdf.Fpdf) { d.SetCompression(false) }),
		asPNG(f, small), asJPEG(f, small), withEXIF(f, asJPEG(f, small), binary.LittleEndian, 6),
		jpegHeader(0xc2, 20, 20), pngHeader(9, 9), asZIP(f, "word/x"), []byte("<html>"),
		append(tinyPDF(""), zipEndRecord(0)...),
	} {
		f.Add(seed)
	}
	b := newBench(f, 64<<10)
	b.maxPixels = 1 << 20 // so that each try is quick
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := b.Receive(context.Background(), b.key, "a1", "x", bytes.NewReader(file))
		if err != nil {
			if kind := fault.KindOf(err); kind != fault.Invalid && kind != fault.TooLarge {
				t.Fatalf("Receive = %v, want a fault of the file", err)
			}
			if n := b.blobs(t); n != 0 {
				t.Fatalf("%d blobs stayed", n)
			}
			return
		}
		kept := b.content(t, s)
		if s.Type.MIME() == "" || s.Size != int64(len(kept)) || s.SHA256 != hexSum(kept) || s.OriginalSHA256 != hexSum(file) {
			t.Errorf("Stored = %+v for %d bytes", s, len(kept))
		}
		if s.Type == PDF && !bytes.Equal(kept, file) {
			t.Error("the PDF changed")
		}
		if err := b.Remove(context.Background(), s); err != nil {
			t.Fatal(err)
		}
	})
}
