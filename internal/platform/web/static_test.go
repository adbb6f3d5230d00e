package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

func TestStaticFiles(t *testing.T) {
	s := newSite(t, nil)
	const forever = "public, max-age=31536000, immutable"
	for _, test := range []struct {
		name, path, kind, cache string
		status                  int
	}{
		{"style", s.Static("sigue.css"), "text/css; charset=utf-8", forever, 200},
		{"script", s.Static("js/sigue.js"), "text/javascript; charset=utf-8", forever, 200},
		{"drawing", s.Static("icono.svg"), "image/svg+xml", forever, 200},
		{"a page of another version asks", "/estatico/0123456789ab/sigue.css", "text/css; charset=utf-8", "no-store", 200},
		{"by habit", "/favicon.ico", "image/svg+xml", "no-store", 200},
		{"nothing", s.Static("nada.css"), "text/html; charset=utf-8", "no-store", 404},
		{"outside", s.Static("../static.go"), "text/html; charset=utf-8", "no-store", 404},
		{"the folder", "/estatico/", "text/html; charset=utf-8", "no-store", 404},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := s.get(test.path)
			wantStatus(t, w, test.status)
			wantHeader(t, w, "Content-Type", test.kind)
			wantHeader(t, w, "Cache-Control", test.cache)
		})
	}
}

func TestStaticIsCompressedForWhoAsks(t *testing.T) {
	s := newSite(t, nil)
	plain := s.get(s.Static("sigue.css"))
	wantHeader(t, plain, "Content-Encoding", "")
	packed := s.get(s.Static("sigue.css"), header("Accept-Encoding", "br, gzip"))
	wantHeader(t, packed, "Content-Encoding", "gzip")
	reader, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(reader); err != nil || string(got) != plain.Body.String() {
		t.Errorf("got other content packed (%v)", err)
	}
}

// TestFirstViewIsLight holds what a phone on a slow line waits for: what travels, packed,
// of all that every page loads, and with a page, which is not packed.
func TestFirstViewIsLight(t *testing.T) {
	s := gallerySite(t)
	packed := header("Accept-Encoding", "gzip")
	files := 0
	for _, name := range staticNames {
		w := s.get(s.Static(name), packed)
		wantStatus(t, w, http.StatusOK)
		files += w.Body.Len()
	}
	if files > 18_000 {
		t.Errorf("got %d bytes of style and scripts, want at most 18,000", files)
	}
	if page := s.get("/canalizaciones/nueva", as(clerkToken), packed).Body.Len(); files+page > 30_000 {
		t.Errorf("got a first view of %d bytes, want at most 30,000", files+page)
	}
}

func TestBranding(t *testing.T) {
	for _, test := range []struct {
		name     string
		branding web.Branding
		wrong    string
	}{
		{"nothing set", web.Branding{}, ""},
		{"a wine red", web.Branding{Brand: "#6b1530", BrandSoft: "#f7e9ed"}, ""},
		{"too pale to read", web.Branding{Brand: "#c9a6f0"}, "contrast"},
		{"too dark for the night", web.Branding{BrandDark: "#5b2a86"}, "contrast"},
		{"a rule in place of a colour", web.Branding{Brand: "red;}body{display:none"}, "not colours"},
		{"a ground that is none", web.Branding{BrandSoftDark: "#fff"}, "not colours"},
		{"a shield from elsewhere", web.Branding{Logo: "https://evil.example/a.png"}, "Logo"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.branding.Check()
			if (err != nil) != (test.wrong != "") || (err != nil && !strings.Contains(err.Error(), test.wrong)) {
				t.Errorf("got %v, want %q", err, test.wrong)
			}
		})
	}
}

func TestBrandingReachesThePage(t *testing.T) {
	s := newSite(t, func(o *web.Options) {
		o.Branding = web.Branding{Name: "SIGUE Oriente", State: "Gobierno de Ejemplo", Brand: "#6b1530", Logo: "data:image/png;base64,AAAA"}
	})
	s.Handle("GET /a", access.DocumentVerify, func(*web.Request) (web.Response, error) {
		return web.Page(i18n.M("A"), text("a")), nil
	})
	html := s.get("/a").Body.String()
	for _, want := range []string{"<title>A · SIGUE Oriente</title>", "Gobierno de Ejemplo", `src="data:image/png;base64,AAAA"`} {
		wantIn(t, html, want)
	}
	wantIn(t, s.get(s.Static("marca.css")).Body.String(), "--brand: #6b1530")
	if other := newSite(t, nil); other.Static("marca.css") == s.Static("marca.css") {
		t.Error("got one address for two brands: browsers would keep the old one")
	}
}
