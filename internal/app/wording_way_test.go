package app_test

import (
	"fmt"
	"strings"
	"testing"

	"sigue/internal/app/browser"
	"sigue/internal/platform/access"
)

// TestWayOfAWording writes a new text of a document, sees what it changes and puts it in
// force, with JavaScript and without.
func TestWayOfAWording(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	for _, o := range []browser.Options{{}, {NoJS: true}} {
		s := openSite(t)
		tab := b.Tab(t, o)
		enter(tab, s, access.ProgramAdmin)
		tab.Go(s.URL + "/hoy").Click("Más").Click("Plantillas").Click("Citatorio").Axe()
		want := "Se le espera, {{persona}}"
		tab.Fill("body", want)
		if !o.NoJS {
			tab.Fill("body", "Se le espera, ").Click("Insertar Nombre de la persona")
		}
		if got := tab.Value("body"); got != want {
			t.Fatalf("NoJS=%t: the text is %q, want %q", o.NoJS, got, want)
		}
		tab.Click("Guardar borrador").See("quedó guardado").See("Qué cambia el borrador").Screenshot(fmt.Sprintf("wording-draft-nojs-%t", o.NoJS)).Axe()
		tab.Click("Publicar el borrador").See("El texto quedó publicado.").See("Versión 2").Axe()
		if got := tab.Text(); !strings.Contains(got, "Otras versiones") {
			t.Errorf("NoJS=%t: the former text is gone", o.NoJS)
		}
	}
}
