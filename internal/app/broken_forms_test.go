package app_test

import (
	"net/url"
	"testing"
	"time"

	"sigue/internal/platform/access"
)

// TestOddForms posts what has broken the program: each is answered, and not with a failure.
func TestOddForms(t *testing.T) {
	t.Parallel()
	w := plantWorld(t, openSite(t))
	draft, sent := w.kinds["referral"].things[6].values["referral"], w.kinds["referral"].things[0].values["referral"]
	center := w.actor(t, homeDesk).Center
	closed := url.Values{"from": {"31/12/9999"}, "until": {"31/12/9999"}, "name": {"Vacaciones"}}
	for _, c := range []struct {
		name, path string
		role       access.Role
		form       url.Values
	}{
		{"an index that is none", "/recepcion/" + sent + "/devolver", access.Reception, url.Values{"reasons[x]": {"y"}}},
		{"brackets in brackets", "/recepcion/" + sent + "/devolver", access.Reception, url.Values{"note[[]]": {"y"}}},
		{"an index that is none, in a draft", "/canalizaciones/" + draft + "/captura/hechos", access.Referrer, url.Values{"version": {"4"}, "violence_types[x]": {"y"}}},
		{"brackets in brackets, in a draft", "/canalizaciones/" + draft + "/captura/persona", access.Referrer, url.Values{"version": {"4"}, "curp[[]]": {"y"}}},
		{"brackets in an appointment", "/recepcion/" + sent + "/aceptar", access.Reception, url.Values{"date[[]]": {"y"}}},
		{"the last day of all, for all", "/dias-inhabiles", access.ProgramAdmin, closed},
		{"the last day of all, for a center", "/centros/" + center + "/dias", access.ProgramAdmin, closed},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := w.signIn(t, c.role)
			client.Timeout = 5 * time.Second
			if got := w.post(t, client, c.path, c.form); got.Status >= 500 {
				t.Errorf("got status %d", got.Status)
			}
		})
	}
}
