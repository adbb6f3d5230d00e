package app_test

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"sigue/internal/base/db"
	"sigue/internal/feature/agenda"
	"sigue/internal/platform/access"
)

// answerLink is the page behind the one-time link of a planted appointment.
func (w *world) answerLink() string {
	v := w.kinds["invitation"].things[0].values
	return "/cita/" + v["invitation"] + "/" + v["mac"]
}

// rows counts what any change would leave behind.
func (w *world) rows(t *testing.T) int {
	t.Helper()
	return w.count(t, `select (select count(*) from ledger_entries) + (select count(*) from jobs where kind like 'notify.%')
		+ (select count(*) from invitations where answered_at is not null)`)
}

// TestAnswerPage is what a person sees behind his link, and what everybody else does who
// opens it: no name, no folio, nothing of why, and nothing happens by looking.
func TestAnswerPage(t *testing.T) {
	w := plantWorld(t, openSite(t, behindProxy))
	link, before := w.answerLink(), w.rows(t)
	page := w.get(t, nil, link)
	if page.Status != http.StatusOK || !strings.Contains(page.Body, "Sí voy a ir") || !strings.Contains(page.Body, "Lugar: ") {
		t.Fatalf("got status %d\n%s", page.Status, page.Body)
	}
	if after := w.rows(t); after != before {
		t.Error("to open the page changed something")
	}
	for _, of := range w.kinds["referral"].things {
		for _, word := range append(of.secrets, "SIGUE-20", "violencia", "Psicolog", "Centro Toluca", "J. ") {
			if strings.Contains(page.Body, word) {
				t.Errorf("the page shows %q", word)
			}
		}
	}
	for _, tt := range []struct {
		name   string
		form   url.Values
		status int
		says   string // on the page that follows
	}{
		{"nothing", url.Values{}, http.StatusUnprocessableEntity, "Elija si va a ir o si no puede."},
		{"no reason", url.Values{"answer": {"no"}}, http.StatusUnprocessableEntity, "Elija por qué no puede."},
		{"yes", url.Values{"answer": {"yes"}}, http.StatusSeeOther, "Nos dijo que sí va a ir."},
		{"changed his mind", url.Values{"answer": {"no"}, "reason": {"transport"}}, http.StatusSeeOther, "Nos dijo que no puede ir."},
		{"sent twice", url.Values{"answer": {"no"}, "reason": {"transport"}}, http.StatusSeeOther, "Nos dijo que no puede ir."},
	} {
		got := w.post(t, nil, link, tt.form)
		if got.Status == http.StatusSeeOther {
			got.Body = w.get(t, nil, got.Header.Get("Location")).Body
		}
		if got.Status != tt.status || !strings.Contains(got.Body, tt.says) {
			t.Errorf("%s: got status %d, want %d and %q", tt.name, got.Status, tt.status, tt.says)
		}
	}
	if n := w.count(t, `select count(*) from ledger_entries where action = 'appointment.reply'`); n != 2 {
		t.Errorf("%d entries of answers, want 2", n)
	}
	if calls := w.get(t, w.signIn(t, access.Reception), "/llamadas").Body; !strings.Contains(calls, "acuerde otra fecha") || !strings.Contains(calls, "Transporte") {
		t.Error("the reception is not asked to call")
	}
}

// TestDeadLinks gives one page to every link that opens nothing: nobody learns whether it
// ever did.
func TestDeadLinks(t *testing.T) {
	w := plantWorld(t, openSite(t, behindProxy))
	link := w.answerLink()
	mac := path.Base(link)
	blank := w.get(t, nil, "/cita/"+nowhere+"/"+mac)
	if blank.Status != http.StatusNotFound || !strings.Contains(blank.Body, "no abre ninguna cita") {
		t.Fatalf("got status %d\n%s", blank.Status, blank.Body)
	}
	dead := map[string]string{"a longer mac": link + "A", "another mac": path.Dir(link) + "/AAAAAAAAAAAAAAAAAAAAAA", "no id": "/cita/x/" + mac}
	check := func(name, at string) {
		t.Helper()
		if got := w.get(t, nil, at); got.Status != blank.Status || same(got.Body) != same(blank.Body) {
			t.Errorf("%s: got status %d and\n%s", name, got.Status, got.Body)
		}
		if got := w.post(t, nil, at, url.Values{"answer": {"yes"}}); got.Status != blank.Status || same(got.Body) != same(blank.Body) {
			t.Errorf("%s, answered: got status %d and\n%s", name, got.Status, got.Body)
		}
	}
	for name, at := range dead {
		check(name, at)
	}
	appointment := w.text(t, `select appointment_id from invitations where id = $1`, path.Base(path.Dir(link)))
	must(t, w.App.Agenda.Cancel(t.Context(), w.actor(t, homeDesk), appointment, agenda.Change{Side: "center", Reason: "room"}))
	check("called off", link)
}

// TestCalendarFeed reads a professional's calendar as a program does: by its address alone,
// kept in no cache, until its owner may not enter.
func TestCalendarFeed(t *testing.T) {
	w := plantWorld(t, openSite(t, behindProxy))
	owner := w.actor(t, "psychology@sigue.example")
	must(t, w.App.DB.Tx(t.Context(), func(tx *db.Tx) error { // one of the planted appointments is his
		_, err := tx.Exec(t.Context(), `update appointments set account_id = $1 where id = $2`, owner.Account, w.kinds["appointment"].things[0].values["appointment"])
		return err
	}))
	address, err := w.App.Agenda.MakeFeed(t.Context(), owner)
	must(t, err)
	at := "/calendario/" + path.Base(address)
	got := w.get(t, nil, at)
	if got.Status != http.StatusOK || got.Header.Get("Content-Type") != "text/calendar; charset=utf-8" || got.Header.Get("Cache-Control") != "no-store" || !strings.Contains(got.Body, "BEGIN:VEVENT") {
		t.Fatalf("got status %d, %v\n%s", got.Status, got.Header, got.Body)
	}
	for _, word := range append(w.kinds["referral"].things[0].secrets, "SIGUE-20", "Axolotin", "Teponaztlin") {
		if strings.Contains(got.Body, word) {
			t.Errorf("the calendar holds %q", word)
		}
	}
	blank := w.get(t, nil, "/calendario/x.ics")
	must(t, w.App.Identity.Suspend(t.Context(), access.System("test", access.AccountAdminister), owner.Account, "Prueba"))
	for name, address := range map[string]string{"suspended": at, "without its ending": strings.TrimSuffix(at, ".ics"), "of nothing": "/calendario/AAAA.ics"} {
		if got := w.get(t, nil, address); got.Status != http.StatusNotFound || same(got.Body) != same(blank.Body) {
			t.Errorf("%s: got status %d\n%s", name, got.Status, got.Body)
		}
	}
}
