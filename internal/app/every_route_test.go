package app_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"sigue/internal/app/browser"
	"sigue/internal/platform/access"
)

// notPlain are the signs of a path that no file name should hold.
var notPlain = regexp.MustCompile(`[^a-z0-9]+`)

// TestEveryRoute looks at every page that there is, as the first role that may open it:
// narrow as a telephone held upright, and by the rules of WCAG. It asks the router, so a
// new page is in it without being added.
func TestEveryRoute(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	w := plantWorld(t, openSite(t))
	routes := w.App.Router.Routes()
	looked := map[string]bool{}
	for _, f := range access.Roles {
		t.Run(string(f.Role), func(t *testing.T) {
			k := w.walker(t, f.Role)
			tab := b.Tab(t, browser.Options{Width: 320})
			enter(tab, w.site, f.Role)
			for _, route := range routes {
				if route.Method != http.MethodGet || looked[route.Path] {
					continue
				}
				for _, v := range k.visits(route) {
					if !v.own {
						continue
					}
					path := v.path + queries[route.Path]
					if got := k.get(t, k.client, path); got.Status != http.StatusOK || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/html") {
						continue
					}
					looked[route.Path] = true
					tab.Go(w.URL + path).Screenshot("route" + notPlain.ReplaceAllString(strings.ToLower(route.Path), "-")).Fits().Axe()
					break
				}
			}
		})
	}
	for _, route := range routes {
		if route.Method == http.MethodGet && !looked[route.Path] && !noHTML[route.Path] {
			t.Errorf("nobody has looked at %s: no role opens one of its own there as a page", route.Path)
		}
	}
}

// noHTML are the addresses that answer whoever is signed in with something else than a
// page, or lead elsewhere.
var noHTML = map[string]bool{
	"/{$}": true, "/entrar": true, "/healthz": true, "/curp": true,
	"/calendario/{feed}": true, "/documentos/{document}": true, "/canalizaciones/{referral}/adjuntos/{attachment}": true,
	"/expedientes/{case}/documentos/vista": true, "/plantillas/{kind}/vista": true,
	"/estadistica/cifras.csv": true, "/estadistica/cifras.xlsx": true, "/estadistica/cifras.pdf": true,
	"/estadistica/detalle.csv": true, "/estadistica/detalle.xlsx": true, "/estadistica/cierres/{month}/informe.pdf": true,
	"/estadistica/cierres/{month}/datos.zip": true,
}
