package attachment

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCleanName(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		t        Type
		want     string
	}{
		{"as it should be", "Sentencia 123-2026.pdf", PDF, "Sentencia 123-2026.pdf"},
		{"accents stay", "Ñandú güera José.pdf", PDF, "Ñandú güera José.pdf"},
		{"accents apart are joined", "Jose\u0301.pdf", PDF, "José.pdf"},
		{"extension in capitals", "FOTO.JPG", JPEG, "FOTO.jpg"},
		{"another extension of the type", "foto.jpeg", JPEG, "foto.jpeg"},
		{"an extension that lies", "foto.jpg", PNG, "foto.png"},
		{"a page that is a PDF", "acta.html", PDF, "acta.pdf"},
		{"no extension", "acta", PDF, "acta.pdf"},
		{"a number is no extension", "expediente 12.345", PDF, "expediente 12.345.pdf"},
		{"a sentence is no extension", "Of. de la Lic. Pérez", PDF, "Of. de la Lic. Pérez.pdf"},
		{"folders", "/etc/../acta.pdf", PDF, "acta.pdf"},
		{"folders of Windows", `C:\Users\x\acta.pdf`, PDF, "acta.pdf"},
		{"only folders", "../../", PDF, "archivo.pdf"},
		{"only points", "..", PDF, "archivo.pdf"},
		{"hidden", ".pdf", PDF, "archivo.pdf"},
		{"nothing", "", PNG, "archivo.png"},
		{"control characters", "a\x00b\r\nSet-Cookie: x\x1b.pdf", PDF, "ab Set-Cookie- x.pdf"},
		{"turned direction", "acta\u202efdp.exe", PDF, "actafdp.pdf"},
		{"invisible", "ac\u200bta\ufeff\u00ad.pdf", PDF, "acta.pdf"},
		{"not UTF-8", "acta\xff\xfe.pdf", PDF, "acta.pdf"},
		{"quotes and stars", `a"b*c?d<e>f|g.pdf`, PDF, "a-b-c-d-e-f-g.pdf"},
		{"many blanks", "  a \u00a0 \u2003 b .pdf", PDF, "a b.pdf"},
		{"points at the end", "acta...pdf", PDF, "acta.pdf"},
		{"too long", strings.Repeat("ñ", 300) + ".pdf", PDF, strings.Repeat("ñ", 116) + ".pdf"},
		{"too long, cut at a blank", strings.Repeat("a", 115) + " b.pdf", PDF, strings.Repeat("a", 115) + ".pdf"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := CleanName(tt.in, tt.t)
			if got != tt.want {
				t.Errorf("CleanName(%q) = %q, want %q", tt.in, got, tt.want)
			}
			if again := CleanName(got, tt.t); again != got {
				t.Errorf("cleaned again it is %q", again)
			}
		})
	}
}

func FuzzCleanName(f *testing.F) {
	f.Add("acta.pdf")
	f.Add("a\u202e/..\\.\x00" + strings.Repeat("e\u0301", 200))
	f.Fuzz(func(t *testing.T, name string) {
		for _, kind := range []Type{PDF, JPEG, PNG} {
			got := CleanName(name, kind)
			if !utf8.ValidString(got) || utf8.RuneCountInString(got) > maxName || strings.ContainsAny(got, "/\\\x00\r\n\"") {
				t.Errorf("CleanName(%q) = %q", name, got)
			}
			stem, ext := splitExt(got, kind)
			if stem == "" || !strings.HasSuffix(got, ext) {
				t.Errorf("CleanName(%q) = %q, which does not end in %s", name, got, ext)
			}
		}
	})
}
