package notify_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/notify"
	"sigue/internal/platform/notify/mailcatcher"
)

// personal tells whether a kind is for a person who has a case.
func personal(k notify.Kind) bool {
	return slices.Contains([]notify.Kind{notify.VisitGiven, notify.VisitMoved, notify.VisitOff, notify.VisitReminder, notify.SurveyAsked}, k)
}

// post is the room that knows appointments, as these tests play it.
type post struct {
	*house
	read  func() (notify.Letter, error)
	ended []error
}

// bindPost binds the delivery to persons; the letter may change until it goes out.
func bindPost(h *house) *post {
	p := &post{house: h}
	p.read = func() (notify.Letter, error) { return h.letter(), nil }
	jobs.Handle(h.runner, notify.ToPerson, func(ctx context.Context, d notify.Delivery) error {
		err := h.outbox.Deliver(ctx, d.Notice, func(notify.Kind, string) (notify.Letter, error) { return p.read() })
		p.ended = append(p.ended, err)
		return err
	})
	return p
}

const mailbox = "persona@correo.example"

func (h *house) letter() notify.Letter {
	return notify.Letter{Mailbox: mailbox, Mode: notify.InPerson, Phone: "722 555 0100",
		Event: notify.Event{UID: h.outbox.UIDFor("a1"), StartsAt: clock.MustDate("2026-11-25").At(10, 30), Minutes: 60, Place: "Calle Ficticia 1, Toluca", Stamp: h.clk.Now()}}
}

// cited is a notice to a person.
func (h *house) cited(kind notify.Kind) notify.Notice {
	h.t.Helper()
	link, err := notify.SignedLinkTo("/cita/" + db.NewID())
	if err != nil {
		h.t.Fatal(err)
	}
	return notify.Notice{Kind: kind, Link: link, EventAt: h.clk.Now(), To: notify.InvitationTo(db.NewID())}
}

// TestToAPerson takes every mail to a person apart: fixed sentences, when, where, the
// link; a sender that tells nothing; the calendar file.
func TestToAPerson(t *testing.T) {
	allowed := regexp.MustCompile(`^(|Día y hora: miércoles 25/11/2026, 10:30|Lugar: Calle Ficticia 1, Toluca|Díganos si va a ir o si no puede:|` +
		regexp.QuoteMeta(base) + `/cita/[0-9a-f-]{36}/[A-Za-z0-9_-]{22}|Si tiene dudas, llame al 722 555 0100\. Este correo no recibe respuestas\.)$`)
	for _, kind := range []notify.Kind{notify.VisitGiven, notify.VisitMoved, notify.VisitOff, notify.VisitReminder} {
		t.Run(string(kind), func(t *testing.T) {
			onBoth(t, func(c *notify.Config) { c.From = "Atención a la violencia <avisos@sigue.example>" }, func(h *house) {
				bindPost(h)
				n := h.cited(kind)
				h.mustEnqueue(n)
				if dump := h.dump(); strings.Contains(dump, "correo.example") || strings.Contains(dump, "Ficticia") {
					h.t.Errorf("the outbox holds what only a letter may:\n%s", dump)
				}
				h.drain()
				m := h.mails(1)[0]
				if m.To != mailbox || m.Sender != `"Citas" <avisos@sigue.example>` {
					h.t.Errorf("got it from %q to %q, want it from Citas to the person", m.Sender, m.To)
				}
				first, rest, _ := strings.Cut(m.Body, "\n")
				if !i18n.Has(i18n.English, first) || !i18n.Has(i18n.English, m.Subject) {
					h.t.Errorf("%q or %q is no fixed sentence with a translation", m.Subject, first)
				}
				for line := range strings.Lines(rest) {
					if line = strings.TrimSuffix(line, "\n"); !allowed.MatchString(line) {
						h.t.Errorf("%q has the line %q", m.Subject, line)
					}
				}
				off := kind == notify.VisitOff
				if strings.Contains(m.Body, "/cita/") == off {
					h.t.Errorf("the link of %s:\n%s", kind, m.Body)
				}
				want := "METHOD:PUBLISH"
				if off {
					want = "METHOD:CANCEL"
				}
				if !strings.Contains(m.Calendar, want) || !strings.HasPrefix(m.CalendarType, "text/calendar; charset=utf-8; method=") {
					h.t.Errorf("got %s with\n%s\nwant %s", m.CalendarType, m.Calendar, want)
				}
				for _, secret := range []string{"violencia", "Atención", "SIGUE-20"} {
					if strings.Contains(m.Sender+m.Subject+m.Body+m.Calendar, secret) {
						h.t.Errorf("the mail holds %q", secret)
					}
				}
				if dump := h.dump(); strings.Contains(dump, "correo.example") {
					h.t.Errorf("the outbox keeps the mailbox:\n%s", dump)
				}
			})
		})
	}
}

// TestModes says how somebody meets who does not come.
func TestModes(t *testing.T) {
	for mode, want := range map[notify.Mode]string{notify.ByPhone: "Es por teléfono: le llamamos a esa hora.", notify.ByVideo: "Es por videollamada: le llamamos a esa hora."} {
		t.Run(string(mode), func(t *testing.T) {
			onBoth(t, nil, func(h *house) {
				p := bindPost(h)
				p.read = func() (notify.Letter, error) {
					l := h.letter()
					l.Mode = mode
					return l, nil
				}
				h.mustEnqueue(h.cited(notify.VisitGiven))
				h.drain()
				if body := h.mails(1)[0].Body; !strings.Contains(body, want) || strings.Contains(body, "Lugar") {
					h.t.Errorf("got\n%s\nwant %q", body, want)
				}
			})
		})
	}
}

// TestAPlaceStaysOneLine keeps what was typed for an address from being a header or a line.
func TestAPlaceStaysOneLine(t *testing.T) {
	onBoth(t, nil, func(h *house) {
		p := bindPost(h)
		p.read = func() (notify.Letter, error) {
			l := h.letter()
			l.Event.Place = "Calle 1\r\nATTENDEE:mailto:otra@correo.example\r\n" + strings.Repeat("ñ", 500)
			return l, nil
		}
		h.mustEnqueue(h.cited(notify.VisitGiven))
		h.drain()
		m := h.mails(1)[0]
		if strings.Contains(m.Calendar, "\nATTENDEE") || strings.Contains(m.Body, "\nATTENDEE") || strings.Count(m.Body, "ñ") > 300 {
			h.t.Errorf("got\n%s\n%s", m.Body, m.Calendar)
		}
	})
}

// TestDownUntilItIsOver keeps the mail server down past the appointment: nothing goes when
// it is back. Had it come back before, the mail would have gone once.
func TestDownUntilItIsOver(t *testing.T) {
	for name, tt := range map[string]struct {
		down  time.Duration
		mails int
	}{"back in time": {time.Hour, 1}, "back too late": {72 * time.Hour, 0}} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, nil, func(h *house) {
				p, port := bindPost(h), h.server.Port()
				p.read = func() (notify.Letter, error) {
					if l := h.letter(); h.clk.Now().Before(l.Event.StartsAt) {
						return l, nil
					}
					return notify.Letter{}, notify.ErrOvertaken
				}
				if err := h.server.Close(); err != nil {
					h.t.Fatal(err)
				}
				h.mustEnqueue(h.cited(notify.VisitReminder))
				for end := h.clk.Now().Add(tt.down); h.clk.Now().Before(end); h.clk.Advance(15 * time.Minute) {
					h.drain()
				}
				var err error
				if h.server, err = mailcatcher.StartAt(port); err != nil {
					h.t.Fatal(err)
				}
				h.t.Cleanup(func() { _ = h.server.Close() })
				h.drain()
				h.clk.Advance(time.Hour)
				h.drain()
				h.mails(tt.mails)
				if s := h.only(); s.SentAt.IsZero() != (tt.mails == 0) || s.FailedAt.IsZero() != (tt.mails == 1) || tt.mails == 0 && s.LastError != "overtaken" {
					h.t.Errorf("got %+v", s)
				}
			})
		})
	}
}

// TestUnsent tells the room that no mail will reach the person, once and for all.
func TestUnsent(t *testing.T) {
	for name, spoil := range map[string]func(p *post){
		"no mailbox": func(p *post) { p.read = func() (notify.Letter, error) { return notify.Letter{}, nil } },
		"refused":    func(p *post) { p.server.FailWith(550) },
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, nil, func(h *house) {
				p := bindPost(h)
				spoil(p)
				h.mustEnqueue(h.cited(notify.VisitGiven))
				h.drain()
				h.clk.Advance(time.Hour)
				h.drain()
				if len(p.ended) != 1 || !errors.As(p.ended[0], new(notify.Unsent)) || !jobs.IsPermanent(p.ended[0]) {
					h.t.Errorf("got %v, want one Unsent that is permanent", p.ended)
				}
				if s := h.only(); s.FailedAt.IsZero() || strings.Contains(s.LastError+h.log.String(), "correo.example") {
					h.t.Errorf("got %+v\n%s", s, h.log.String())
				}
			})
		})
	}
}

// TestCrashAtAPersonsMail ends the program between the server's word and ours: the second
// mail is known to be the first. A moment later nothing is sent again.
func TestCrashAtAPersonsMail(t *testing.T) {
	onBoth(t, nil, func(h *house) {
		bindPost(h)
		h.mustEnqueue(h.cited(notify.VisitReminder))
		h.drain()
		h.exec(`update notices set sent_at = null, attempts = 0`)
		h.exec(`update jobs set state = 'running', ended_at = null, worker = 'gone', lease_until = $1`, db.At(h.clk.Now().Add(lease)))
		h.drain()
		h.mails(1)
		h.clk.Advance(lease + time.Second)
		h.drain()
		if mails := h.mails(2); mails[0].MessageID != mails[1].MessageID || mails[0].MessageID == "" {
			h.t.Errorf("got Message-IDs %q and %q, want the same", mails[0].MessageID, mails[1].MessageID)
		}
		h.exec(`update jobs set state = 'ready', ended_at = null`)
		h.drain()
		h.mails(2)
	})
}
