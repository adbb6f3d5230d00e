package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/platform/access"
)

// TestFollowupWay logs an attempt and answers a follow-up on both sides, without a script:
// what is wrong is told at its field and nothing typed is lost.
func TestFollowupWay(t *testing.T) {
	t.Parallel()
	w := plantWorld(t, openSite(t))
	day := clock.DateOf(w.App.Clock.Now()).MX()
	for _, c := range []struct {
		name string
		role access.Role
		of   int
	}{{"the center", access.SocialWork, 0}, {"an area", access.Referrer, 2}} {
		t.Run(c.name, func(t *testing.T) {
			client, page := w.signIn(t, c.role), "/seguimientos/"+w.kinds["followup"].things[c.of].values["followup"]
			if got := w.get(t, client, "/hoy"); !strings.Contains(got.Body, page) {
				t.Error("it is not on the first page")
			}
			if got := w.get(t, client, "/seguimientos"); !strings.Contains(got.Body, page) {
				t.Error("it is not in the list")
			}
			expect := func(what string, got answer, status int, words ...string) {
				t.Helper()
				if got.Status != status {
					t.Errorf("%s: status %d, want %d", what, got.Status, status)
				}
				for _, word := range words {
					if !strings.Contains(got.Body, word) {
						t.Errorf("%s: the page does not say %q", what, word)
					}
				}
			}
			tried := url.Values{"tried_on": {"31/02/2026"}, "tried_time": {"25:99"}, "channel": {"phone"}, "note": {"Algo escrito"}}
			expect("a bad attempt", w.post(t, client, page+"/intento", tried), http.StatusUnprocessableEntity,
				"Algo escrito", "31/02/2026", "25:99", "Elija en qué quedó el intento.", `value="phone" selected`)
			tried = url.Values{"tried_on": {day}, "tried_time": {"16:05"}, "channel": {"phone"}, "result": {"reached"}, "note": {"Algo escrito"}}
			expect("an attempt", w.post(t, client, page+"/intento", tried), http.StatusSeeOther)
			expect("the page", w.get(t, client, page), http.StatusOK, "Algo escrito", "16:05")
			said := url.Values{"version": {"0"}, "answered_on": {day}, "reached": {"yes"}, "relapse": {"no"}, "abstains": {"unknown"}, "why": {"Lo escrito"}}
			expect("a bad answer", w.post(t, client, page+"/respuesta", said), http.StatusUnprocessableEntity, "Lo escrito", "Elija quién lo dijo.")
			said.Set("relapse_source", "authority")
			expect("an answer", w.post(t, client, page+"/respuesta", said), http.StatusSeeOther)
			expect("the page", w.get(t, client, page+"?aviso=guardado"), http.StatusOK, "Quedó guardado.", "No, según: Autoridad judicial o ministerial", "No se sabe", "Corregir la respuesta")
			expect("a late second answer", w.post(t, client, page+"/respuesta", url.Values{"version": {"0"}, "answered_on": {day}, "reached": {"no"}}), http.StatusConflict, "Alguien respondió")
			if got := w.get(t, client, "/hoy"); strings.Contains(got.Body, page) {
				t.Error("what is done is still on the first page")
			}
		})
	}
}
