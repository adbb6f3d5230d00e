package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"sigue/internal/app"
	"sigue/internal/base/config"
	"sigue/internal/base/db"
	"sigue/internal/platform/access"
)

// TestKillBeforeMailToAPerson kills the program between an appointment called off and its
// mail to the person, while the mail server holds the connection. Started again, the mail
// goes out once, with its calendar file.
func TestKillBeforeMailToAPerson(t *testing.T) {
	t.Parallel()
	const mailbox = "persona@correo.example"
	data, silence := seedCopy(t), startDeaf(t)
	appointment := cited(t, data)
	p := start(t, served(data, silence.port), "serve")
	p.watch(t, sqliteIn(data))
	p.writeTo(t, appointment, mailbox)
	got := p.post(t, p.signIn(t, access.Reception), "/citas/"+appointment+"/cancelar", url.Values{"side": {"center"}, "reason": {"room"}})
	if got.Status != http.StatusSeeOther && got.Status != http.StatusOK {
		t.Fatalf("to call it off: got status %d\n%s", got.Status, got.Body)
	}
	eventually(t, "a delivery to begin", func() bool { return silence.callers.Load() > 0 })
	if code := p.end(t, syscall.SIGKILL); code != -1 {
		t.Fatalf("it ended with %d, want it killed", code)
	}
	waiting := p.texts(t, `select n.id from notices n join invitations i on i.id = n.to_id where n.kind = 'visit_off' and n.address = '' and n.sent_at is null and i.appointment_id = $1`, appointment)
	if len(waiting) != 1 {
		t.Fatalf("after the kill %d notices wait, want 1 without an address", len(waiting))
	}

	mail := startMail(t)
	again := start(t, served(data, mail.Port()), "serve")
	again.db = p.db
	eventually(t, "the notice to go out", func() bool {
		return again.count(t, `select count(*) from notices where id = $1 and sent_at is not null`, waiting[0]) == 1
	})
	if code := again.end(t, syscall.SIGTERM); code != 0 {
		t.Errorf("it ended with %d, want 0", code)
	}
	came := 0
	for _, m := range mail.Messages() {
		if m.To != mailbox {
			continue
		}
		if came++; !strings.HasPrefix(m.MessageID, "<"+waiting[0]+"@") || !strings.Contains(m.Calendar, "METHOD:CANCEL") {
			t.Errorf("got %s with\n%s", m.MessageID, m.Calendar)
		}
	}
	if came != 1 {
		t.Errorf("%d mails came, want 1", came)
	}
}

// cited gives a data folder one appointment to come, before anything serves it.
func cited(t *testing.T, data string) string {
	t.Helper()
	cfg, err := config.Load("", []string{"SIGUE_DATA=" + data, "SIGUE_CHILD_OFFICE=proteccion@ninez.example"})
	must(t, err)
	a, err := app.New(t.Context(), cfg)
	must(t, err)
	w := &world{site: &site{App: a, db: a.DB}}
	desk := w.actor(t, homeDesk)
	r := w.plant(t, "accepted", w.actor(t, homeClerk), desk.Center, "Interrumpido", asSent)
	appointment, _ := w.cite(t, desk, r.values["referral"])
	must(t, a.Close())
	return appointment
}

// writeTo gives the person of an appointment a mailbox.
func (p *program) writeTo(t *testing.T, appointment, mailbox string) {
	t.Helper()
	must(t, p.db.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `update persons set email = $1, safe_message = 'yes' where id = (select c.person_id from case_files c
			join appointments a on a.case_id = c.id where a.id = $2)`, mailbox, appointment)
		return err
	}))
}
