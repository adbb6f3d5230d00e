package notify_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/folio"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/notify"
	"sigue/internal/platform/notify/mailcatcher"
	"sigue/internal/platform/schema"
)

const (
	base  = "https://sigue.example"
	lease = time.Hour
)

var admin = access.Actor{Account: "a1", Role: access.ProgramAdmin}

// house is an outbox with its runner and a mail server.
type house struct {
	t      *testing.T
	ctx    context.Context
	db     *db.DB
	clk    *clock.Fake
	server *mailcatcher.Catcher
	runner *jobs.Runner
	outbox *notify.Outbox
	log    strings.Builder
}

// onBoth runs a test on each engine; change adapts the settings.
func onBoth(t *testing.T, change func(*notify.Config), test func(h *house)) {
	t.Helper()
	dbtest.Run(t, schema.Migrations, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		server, err := mailcatcher.Start()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Close() })
		h := &house{t: t, ctx: t.Context(), db: d, clk: clk, server: server}
		h.runner = jobs.NewRunner(d, slog.New(slog.NewTextHandler(&h.log, nil)), lease)
		cfg := notify.Config{
			BaseURL: base, From: "avisos@sigue.example", Host: server.Host(), Port: server.Port(),
			TLS: notify.TLSNone, Timeout: 5 * time.Second,
		}
		if change != nil {
			change(&cfg)
		}
		if h.outbox, err = notify.New(d, cfg, []byte("signing key"), h.runner); err != nil {
			t.Fatal(err)
		}
		test(h)
	})
}

func referralLink(t *testing.T) notify.Link {
	t.Helper()
	link, err := notify.LinkTo("/canalizaciones/" + db.NewID())
	if err != nil {
		t.Fatal(err)
	}
	return link
}

// received is a notice as features write it.
func (h *house) received() notify.Notice {
	h.t.Helper()
	return notify.Notice{
		Kind: notify.ReferralReceived, Folio: folio.Mint(2026, 123), Link: referralLink(h.t), EventAt: h.clk.Now(),
		To: notify.Recipient{Type: "center", ID: db.NewID(), Address: "recepcion@centro.example", Lang: i18n.Spanish},
	}
}

func (h *house) enqueue(n notify.Notice) error {
	return h.db.Tx(h.ctx, func(tx *db.Tx) error { return h.outbox.EnqueueTx(h.ctx, tx, n) })
}

func (h *house) mustEnqueue(n notify.Notice) {
	h.t.Helper()
	if err := h.enqueue(n); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) drain() {
	h.t.Helper()
	if _, err := h.runner.Drain(h.ctx); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) exec(query string, args ...any) {
	h.t.Helper()
	err := h.db.Tx(h.ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(h.ctx, query, args...)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) list() []notify.Sent {
	h.t.Helper()
	all, err := h.outbox.List(h.ctx, admin, notify.Filter{Limit: 100})
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

func (h *house) only() notify.Sent {
	h.t.Helper()
	all := h.list()
	if len(all) != 1 {
		h.t.Fatalf("got %d notices, want 1", len(all))
	}
	return all[0]
}

// mails wants that many mails at the server.
func (h *house) mails(want int) []mailcatcher.Message {
	h.t.Helper()
	got := h.server.Messages()
	if len(got) != want {
		h.t.Fatalf("the server got %d mails, want %d", len(got), want)
	}
	return got
}

func TestGoesOnce(t *testing.T) {
	onBoth(t, nil, func(h *house) {
		n := h.received()
		h.mustEnqueue(n)
		h.drain()
		h.clk.Advance(time.Hour)
		h.drain()

		m := h.mails(1)[0]
		if m.From != "avisos@sigue.example" || m.To != n.To.Address {
			h.t.Errorf("got from %q to %q, want from the sender to %q", m.From, m.To, n.To.Address)
		}
		if want := "Llegó una canalización · " + n.Folio.String(); m.Subject != want {
			h.t.Errorf("got subject %q, want %q", m.Subject, want)
		}
		for _, want := range []string{
			"Su centro tiene una canalización nueva por responder.", "Folio: " + n.Folio.String(),
			"Fecha del hecho: 23/11/2026, 10:00", base + "/canalizaciones/", "Este aviso no lleva datos personales.",
		} {
			if !strings.Contains(m.Body, want) {
				h.t.Errorf("got body\n%s\nwant in it %q", m.Body, want)
			}
		}
		s := h.only()
		if s.SentAt.IsZero() || !s.FailedAt.IsZero() || s.Attempts != 1 || s.LastError != "" || !s.Problem().IsZero() {
			h.t.Errorf("got %+v, want it sent at the first attempt", s)
		}
		if want := "<" + s.ID + "@sigue.example>"; m.MessageID != want {
			h.t.Errorf("got Message-ID %q, want %q", m.MessageID, want)
		}
	})
}

// TestRolledBack checks that nobody hears of what did not happen.
func TestRolledBack(t *testing.T) {
	onBoth(t, nil, func(h *house) {
		undone := errors.New("undone")
		err := h.db.Tx(h.ctx, func(tx *db.Tx) error {
			if err := h.outbox.EnqueueTx(h.ctx, tx, h.received()); err != nil {
				return err
			}
			return undone
		})
		if !errors.Is(err, undone) {
			h.t.Fatalf("got %v, want %v", err, undone)
		}
		h.drain()
		h.mails(0)
	})
}

func TestEnglish(t *testing.T) {
	onBoth(t, nil, func(h *house) {
		n := h.received()
		n.To.Lang = i18n.English
		h.mustEnqueue(n)
		h.drain()
		if got := h.mails(1)[0]; !strings.HasPrefix(got.Subject, "A referral has come in · ") || !strings.Contains(got.Body, "no personal data") {
			h.t.Errorf("got %q\n%s\nwant it in English", got.Subject, got.Body)
		}
	})
}

// TestThreeDaysDown keeps the mail server down for three days. The notice goes when it
// is back, once, and counts from its event.
func TestThreeDaysDown(t *testing.T) {
	onBoth(t, nil, func(h *house) {
		port := h.server.Port()
		if err := h.server.Close(); err != nil {
			h.t.Fatal(err)
		}
		h.mustEnqueue(h.received())
		for range 3 * 24 * 4 {
			h.drain()
			h.clk.Advance(15 * time.Minute)
		}
		s := h.only()
		if !s.SentAt.IsZero() || !s.FailedAt.IsZero() || s.Attempts < 280 || !strings.HasPrefix(s.LastError, "no contact: ") {
			h.t.Fatalf("got %+v, want it waiting", s)
		}
		if got, want := s.Problem().Key, "El servidor de correo no responde. Se reintenta."; got != want {
			h.t.Errorf("got %q, want %q", got, want)
		}

		var err error
		if h.server, err = mailcatcher.StartAt(port); err != nil {
			h.t.Fatal(err)
		}
		h.t.Cleanup(func() { _ = h.server.Close() })
		h.clk.Advance(15 * time.Minute)
		h.drain()
		h.drain()
		m := h.mails(1)[0]
		if want := "Fecha del hecho: 23/11/2026, 10:00"; !strings.Contains(m.Body, want) {
			h.t.Errorf("got body\n%s\nwant in it %q", m.Body, want)
		}
		if s := h.only(); s.SentAt.Sub(s.EventAt) < 72*time.Hour || s.LastError != "" {
			h.t.Errorf("got %+v, want it sent after three days", s)
		}
	})
}

// TestAnswers follows what the mail server may say to a recipient.
func TestAnswers(t *testing.T) {
	tests := []struct {
		name   string
		code   int
		failed bool
		says   string
	}{
		{"busy", 451, false, "deferred: 451"},
		{"greylisted", 450, false, "deferred: 450"},
		{"unknown mailbox", 550, true, "refused: 550"},
		{"mailbox moved", 551, true, "refused: 551"},
		{"we must sign in", 530, false, "not us: 530"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			onBoth(t, nil, func(h *house) {
				h.server.FailWith(tt.code)
				h.mustEnqueue(h.received())
				h.drain()
				s := h.only()
				if s.FailedAt.IsZero() == tt.failed || !strings.HasPrefix(s.LastError, tt.says) || s.Problem().IsZero() {
					h.t.Errorf("got %+v, want failed %v and %q", s, tt.failed, tt.says)
				}
				for where, text := range map[string]string{"last error": s.LastError, "log": h.log.String()} {
					if strings.Contains(text, "recepcion@") {
						h.t.Errorf("the %s holds the address: %s", where, text)
					}
				}
				h.server.FailWith(0)
				h.clk.Advance(time.Hour)
				h.drain()
				if tt.failed {
					h.mails(0)
				} else {
					h.mails(1)
				}
			})
		})
	}
}

// TestCrash ends the program between the server's word and ours: the second mail is
// known to be the first.
func TestCrash(t *testing.T) {
	onBoth(t, nil, func(h *house) {
		h.mustEnqueue(h.received())
		h.drain()
		h.exec(`update notices set sent_at = null, attempts = 0`)
		h.exec(`update jobs set state = 'running', ended_at = null, worker = 'gone', lease_until = $1`, db.At(h.clk.Now().Add(lease)))
		h.drain()
		h.mails(1)
		h.clk.Advance(lease + time.Second)
		h.drain()
		mails := h.mails(2)
		if mails[0].MessageID != mails[1].MessageID || mails[0].MessageID == "" {
			h.t.Errorf("got Message-IDs %q and %q, want the same", mails[0].MessageID, mails[1].MessageID)
		}
		if s := h.only(); s.SentAt.IsZero() {
			h.t.Errorf("got %+v, want it recorded as sent", s)
		}
	})
}

// TestCrashAfterRecord ends it a moment later: nothing is sent again.
func TestCrashAfterRecord(t *testing.T) {
	onBoth(t, nil, func(h *house) {
		h.mustEnqueue(h.received())
		h.drain()
		h.exec(`update jobs set state = 'ready', ended_at = null`)
		h.drain()
		h.mails(1)
	})
}

// TestSilentServer checks that one that takes the connection and says nothing holds up
// one delivery and not all of them.
func TestSilentServer(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	onBoth(t, func(c *notify.Config) {
		c.Port, c.Timeout = silent.Addr().(*net.TCPAddr).Port, 50*time.Millisecond
	}, func(h *house) {
		for range 20 {
			h.mustEnqueue(h.received())
		}
		h.drain()
		tried := 0
		for _, s := range h.list() {
			tried += s.Attempts
		}
		if tried != 1 {
			h.t.Errorf("%d notices waited for the silent server, want 1", tried)
		}
		h.clk.Advance(10 * time.Second)
		h.drain()
		if tried = 0; len(h.list()) != 20 {
			h.t.Error("notices were lost")
		}
		for _, s := range h.list() {
			tried += s.Attempts
		}
		if tried != 2 {
			h.t.Errorf("%d attempts after the rest, want 2", tried)
		}
	})
}

// TestTLSRequired checks that nothing goes in clear where that is forbidden.
func TestTLSRequired(t *testing.T) {
	for _, tt := range []struct {
		mode  notify.TLS
		mails int
	}{{notify.TLSRequired, 0}, {notify.TLSOpportunistic, 1}, {notify.TLSNone, 1}} {
		t.Run(string(tt.mode), func(t *testing.T) {
			onBoth(t, func(c *notify.Config) { c.TLS = tt.mode }, func(h *house) {
				h.mustEnqueue(h.received())
				h.drain()
				h.mails(tt.mails)
			})
		})
	}
}

func TestNoServer(t *testing.T) {
	onBoth(t, func(c *notify.Config) { c.Host, c.From = "", "" }, func(h *house) {
		h.mustEnqueue(h.received())
		h.drain()
		s := h.only()
		if !s.SentAt.IsZero() || !s.FailedAt.IsZero() || s.LastError != "no server" || s.Problem().IsZero() {
			h.t.Errorf("got %+v, want it waiting for a server", s)
		}
	})
}

// TestNoMailbox checks that a recipient without mailbox stops nothing and is seen.
func TestNoMailbox(t *testing.T) {
	for _, address := range []string{
		"", "sin correo", "Juana Pérez <juana@centro.example>", "juana@centro.example\r\nBcc: otra@centro.example",
		`"Juana Pérez"@centro.example`, strings.Repeat("a", 300) + "@centro.example",
	} {
		t.Run(address, func(t *testing.T) {
			onBoth(t, nil, func(h *house) {
				n := h.received()
				n.To.Address = address
				h.mustEnqueue(n)
				h.drain()
				h.mails(0)
				s := h.only()
				if s.FailedAt.IsZero() || s.To.Address != "" || s.Problem().IsZero() {
					h.t.Errorf("got %+v, want it failed, without what was typed for an address", s)
				}
			})
		})
	}
}

// TestSignedLink checks that what opens an account is in the mail and nowhere else.
func TestSignedLink(t *testing.T) {
	onBoth(t, nil, func(h *house) {
		path := "/entrar/enlace/" + db.NewID()
		link, err := notify.SignedLinkTo(path)
		if err != nil {
			h.t.Fatal(err)
		}
		h.mustEnqueue(notify.Notice{
			Kind: notify.AccountLink, Link: link, EventAt: h.clk.Now(),
			To: notify.Recipient{Type: "account", ID: db.NewID(), Address: "juana@juzgado.example"},
		})
		h.drain()
		found := regexp.MustCompile(regexp.QuoteMeta(base+path) + `/([A-Za-z0-9_-]{22})\n`).FindStringSubmatch(h.mails(1)[0].Body)
		if found == nil {
			h.t.Fatalf("no signed link in\n%s", h.mails(1)[0].Body)
		}
		sig := found[1]
		if !h.outbox.CheckSignature(path, sig) {
			h.t.Error("the signature of the mail does not open its link")
		}
		for name, wrong := range map[string][2]string{
			"another path": {"/entrar/enlace/" + db.NewID(), sig}, "cut": {path, sig[:21]}, "none": {path, ""},
			"longer": {path, sig + "A"}, "other case": {path, strings.ToUpper(sig)},
		} {
			if h.outbox.CheckSignature(wrong[0], wrong[1]) {
				h.t.Errorf("%s: the signature was taken", name)
			}
		}
		if s := h.only(); !s.Folio.IsZero() {
			h.t.Errorf("got folio %v, want none", s.Folio)
		}
		if dump := h.dump(); strings.Contains(dump, sig) {
			h.t.Errorf("the signature is stored:\n%s", dump)
		}
	})
}

// dump gives all text of the tables that a notice touches.
func (h *house) dump() string {
	h.t.Helper()
	var all []string
	err := h.db.View(h.ctx, func(tx *db.Tx) error {
		return tx.Select(h.ctx, &all, `
			select id || ' ' || kind || ' ' || folio || ' ' || link || ' ' || to_type || ' ' || to_id || ' ' || address || ' ' || lang || ' ' || last_error from notices
			union all
			select id || ' ' || kind || ' ' || payload || ' ' || unique_key || ' ' || last_error from jobs`)
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return strings.Join(all, "\n")
}

// TestLinkTo checks that a link holds words and an id and no more.
func TestLinkTo(t *testing.T) {
	id := db.NewID()
	for _, path := range []string{"/canalizaciones/" + id, "/entrar/enlace/" + id} {
		if _, err := notify.LinkTo(path); err != nil {
			t.Errorf("LinkTo(%q) = %v, want it taken", path, err)
		}
	}
	for _, path := range []string{
		"", "/", "canalizaciones/" + id, "/canalizaciones", "/canalizaciones/" + id + "?nombre=Juana", "/Juana/" + id,
		"//otro.example/" + id, "https://otro.example/" + id, "/canalizaciones/" + id + "\n", "/canalizaciones/" + strings.ToUpper(id),
		"/juana-perez/" + id, "/canalizaciones/" + id + "/juana", "/canalizaciones/../" + id, "/canalizaciones/ñ/" + id,
	} {
		if _, err := notify.LinkTo(path); err == nil {
			t.Errorf("LinkTo(%q) was taken", path)
		}
		if _, err := notify.SignedLinkTo(path); err == nil {
			t.Errorf("SignedLinkTo(%q) was taken", path)
		}
	}
}

// canary is what must never get into a notice.
const canary = "Juana Pérez, violencia"

// texts lists every field of a type that can hold text, and fails on one that could
// hold anything.
func texts(t *testing.T, typ reflect.Type, path string) []string {
	t.Helper()
	var found []string
	for i := range typ.NumField() {
		field := typ.Field(i)
		name := strings.TrimPrefix(path+"."+field.Name, ".")
		switch {
		case field.Type == reflect.TypeFor[time.Time]():
		case field.Type.Kind() == reflect.String:
			found = append(found, name)
		case field.Type.Kind() == reflect.Struct:
			found = append(found, texts(t, field.Type, name)...)
		case field.Type.Kind() == reflect.Bool:
		default:
			t.Errorf("%s is a %s, which can hold anything", name, field.Type)
		}
	}
	return found
}

// TestNoRoom checks that a notice has no room for free text: each text in it is of a
// closed list or form, and EnqueueTx or its constructor refuses any other.
func TestNoRoom(t *testing.T) {
	refusals := map[string]func(*notify.Notice) error{
		"Kind":       func(n *notify.Notice) error { n.Kind = canary; return nil },
		"Folio.text": func(*notify.Notice) error { _, err := folio.Parse(canary); return err },
		"Link.path":  func(*notify.Notice) error { _, err := notify.LinkTo("/" + canary); return err },
		"To.Type":    func(n *notify.Notice) error { n.To.Type = canary; return nil },
		"To.ID":      func(n *notify.Notice) error { n.To.ID = canary; return nil },
		"To.Address": func(n *notify.Notice) error { n.To.Address = canary; return nil },
		"To.Lang":    func(n *notify.Notice) error { n.To.Lang = canary; return nil },
	}
	fields := texts(t, reflect.TypeFor[notify.Notice](), "")
	if len(fields) != len(refusals) {
		t.Errorf("the texts of a notice are %v; this test knows %d of them", fields, len(refusals))
	}
	onBoth(t, nil, func(h *house) {
		for _, field := range fields {
			try, known := refusals[field]
			if !known {
				h.t.Errorf("%s can hold free text", field)
				continue
			}
			n := h.received()
			err := try(&n)
			if err == nil {
				err = h.enqueue(n)
			}
			if err == nil && field != "To.Address" { // that one is left out instead: a person typed it
				h.t.Errorf("%s took free text", field)
			}
		}
		h.drain()
		if dump := h.dump(); strings.Contains(dump, "Juana") || strings.Contains(dump, "violencia") {
			h.t.Errorf("the canary was stored:\n%s", dump)
		}
		h.mails(0)
	})
}

// TestOnlyFixedSentences takes every mail apart: what is left after the fixed
// sentences, folio, date and link is nothing.
func TestOnlyFixedSentences(t *testing.T) {
	allowed := regexp.MustCompile(`^(|Folio: SIGUE-\d{4}-\d{6}-[A-Z]|Fecha del hecho: \d\d/\d\d/\d{4}, \d\d:\d\d|` +
		regexp.QuoteMeta(base) + `(/[a-z]+)+/[0-9a-f-]{36}(/[A-Za-z0-9_-]{22})?|Este aviso no lleva datos personales\..*)$`)
	onBoth(t, nil, func(h *house) {
		kinds := slices.DeleteFunc(notify.Kinds(), personal)
		for _, kind := range kinds {
			n := h.received()
			n.Kind = kind
			if kind == notify.AccountLink {
				var err error
				if n.Link, err = notify.SignedLinkTo("/entrar/enlace/" + db.NewID()); err != nil {
					h.t.Fatal(err)
				}
				n.Folio = folio.Folio{}
			}
			h.mustEnqueue(n)
		}
		h.drain()
		for _, m := range h.mails(len(kinds)) {
			first, rest, _ := strings.Cut(m.Body, "\n")
			if !i18n.Has(i18n.English, first) {
				h.t.Errorf("%q is no fixed sentence with a translation", first)
			}
			for line := range strings.Lines(rest) {
				if line = strings.TrimSuffix(line, "\n"); !allowed.MatchString(line) {
					h.t.Errorf("%q has the line %q", m.Subject, line)
				}
			}
		}
	})
}

func TestKinds(t *testing.T) {
	for _, kind := range notify.Kinds() {
		if !i18n.Has(i18n.English, kind.Label().Key) || kind.Label().IsZero() {
			t.Errorf("%s has no name in both languages", kind)
		}
	}
}

func TestIncomplete(t *testing.T) {
	signed, err := notify.SignedLinkTo("/entrar/enlace/" + db.NewID())
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]func(*notify.Notice){
		"no folio":                   func(n *notify.Notice) { n.Folio = folio.Folio{} },
		"no link":                    func(n *notify.Notice) { n.Link = notify.Link{} },
		"no instant":                 func(n *notify.Notice) { n.EventAt = time.Time{} },
		"a folio on an account link": func(n *notify.Notice) { n.Kind, n.Link = notify.AccountLink, signed },
		"a signed link to a record":  func(n *notify.Notice) { n.Link = signed },
		"a person's mailbox": func(n *notify.Notice) {
			n.Kind, n.Folio, n.Link = notify.VisitGiven, folio.Folio{}, signed
			n.To = notify.InvitationTo(db.NewID())
			n.To.Address = "persona@correo.example"
		},
		"a folio to a person": func(n *notify.Notice) {
			n.Kind, n.Link, n.To = notify.VisitGiven, signed, notify.InvitationTo(db.NewID())
		},
		"what is a person's to a center": func(n *notify.Notice) { n.Kind, n.Folio, n.Link = notify.VisitGiven, folio.Folio{}, signed },
		"what is a center's to a person": func(n *notify.Notice) { n.To = notify.InvitationTo(db.NewID()) },
		"a word for a center's id":       func(n *notify.Notice) { n.To.ID = "toluca" },
	}
	onBoth(t, nil, func(h *house) {
		for name, change := range tests {
			n := h.received()
			change(&n)
			if err := h.enqueue(n); err == nil {
				h.t.Errorf("%s: the notice was taken", name)
			}
		}
	})
}

func TestList(t *testing.T) {
	onBoth(t, nil, func(h *house) {
		for i := range 5 {
			n := h.received()
			n.Folio = folio.Mint(2026, i+1)
			h.mustEnqueue(n)
			h.clk.Advance(time.Second)
		}
		h.drain()
		h.server.FailWith(550)
		h.mustEnqueue(h.received())
		h.drain()
		h.server.FailWith(451)
		h.mustEnqueue(h.received())
		h.drain()

		tests := []struct {
			name   string
			filter notify.Filter
			want   int
		}{
			{"all", notify.Filter{Limit: 100}, 7},
			{"a page", notify.Filter{Limit: 3}, 3},
			{"sent", notify.Filter{State: notify.Delivered, Limit: 100}, 5},
			{"failed", notify.Filter{State: notify.Failed, Limit: 100}, 1},
			{"waiting", notify.Filter{State: notify.Waiting, Limit: 100}, 1},
			{"no limit gives one", notify.Filter{}, 1},
		}
		for _, tt := range tests {
			got, err := h.outbox.List(h.ctx, admin, tt.filter)
			if err != nil || len(got) != tt.want {
				h.t.Errorf("%s: got %d, %v; want %d", tt.name, len(got), err, tt.want)
			}
		}
		h.pages()
		h.refusedLists()
	})
}

// pages goes through the list two at a time and wants each once, newest first.
func (h *house) pages() {
	h.t.Helper()
	var seen []string
	for before := ""; ; {
		page, err := h.outbox.List(h.ctx, admin, notify.Filter{Before: before, Limit: 2})
		if err != nil {
			h.t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, s := range page {
			seen = append(seen, s.ID)
		}
		before = page[len(page)-1].Key()
	}
	var want []string
	for _, s := range h.list() {
		want = append(want, s.ID)
	}
	if fmt.Sprint(seen) != fmt.Sprint(want) {
		h.t.Errorf("got %v by pages, want %v", seen, want)
	}
}

func (h *house) refusedLists() {
	h.t.Helper()
	clerk := access.Actor{Account: "a2", Role: access.Referrer, Institution: "i1", Area: "r1"}
	for name, list := range map[string]func() ([]notify.Sent, error){
		"a clerk": func() ([]notify.Sent, error) { return h.outbox.List(h.ctx, clerk, notify.Filter{Limit: 1}) },
		"nobody": func() ([]notify.Sent, error) {
			return h.outbox.List(h.ctx, access.Anonymous("r"), notify.Filter{Limit: 1})
		},
		"a hostile key": func() ([]notify.Sent, error) {
			return h.outbox.List(h.ctx, admin, notify.Filter{Before: "\x00' or 1=1", Limit: 1})
		},
		"a strange state": func() ([]notify.Sent, error) {
			return h.outbox.List(h.ctx, admin, notify.Filter{State: "x", Limit: 1})
		},
	} {
		if got, err := list(); !fault.Is(err, fault.NotFound) || len(got) != 0 {
			h.t.Errorf("%s: got %d notices, %v; want NotFound", name, len(got), err)
		}
	}
}

func TestForFolio(t *testing.T) {
	onBoth(t, nil, func(h *house) {
		mine, other := h.received(), h.received()
		other.Folio = folio.Mint(2026, 124)
		h.mustEnqueue(mine)
		h.mustEnqueue(other)
		mine.Kind = notify.ReferralWithdrawn
		h.mustEnqueue(mine)
		err := h.db.View(h.ctx, func(tx *db.Tx) error {
			got, err := h.outbox.ForFolioTx(h.ctx, tx, mine.Folio)
			if err != nil {
				return err
			}
			if len(got) != 2 || got[0].Kind != notify.ReferralReceived || got[1].Kind != notify.ReferralWithdrawn {
				h.t.Errorf("got %+v, want the two of the folio in their order", got)
			}
			none, err := h.outbox.ForFolioTx(h.ctx, tx, folio.Folio{})
			if len(none) != 0 {
				h.t.Errorf("got %d notices of no folio, want none", len(none))
			}
			return err
		})
		if err != nil {
			h.t.Fatal(err)
		}
	})
}

func TestNewRefuses(t *testing.T) {
	for name, cfg := range map[string]notify.Config{
		"no address of the site": {From: "a@b.example", Host: "mail.example"},
		"a sender that is none":  {BaseURL: base, From: "SIGUE", Host: "mail.example"},
	} {
		runner := jobs.NewRunner(nil, slog.New(slog.DiscardHandler), lease)
		if _, err := notify.New(nil, cfg, []byte("k"), runner); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
