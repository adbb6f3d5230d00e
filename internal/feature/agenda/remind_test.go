package agenda

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/platform/access"
	"sigue/internal/platform/notify"
	"sigue/internal/platform/notify/mailcatcher"
	"sigue/internal/platform/schema"
)

// itself is the program at its work.
var itself = access.System("agenda.remind", access.JobRun)

// posted is a house with a mail server.
type posted struct {
	*house
	server *mailcatcher.Catcher
}

// eachMail runs a test on both engines, with a mail server.
func eachMail(t *testing.T, test func(p *posted)) {
	t.Helper()
	dbtest.Run(t, schema.Migrations, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		server := got(mailcatcher.Start())(t)
		t.Cleanup(func() { _ = server.Close() })
		test(&posted{newHouseWith(t, d, clk, notify.Config{BaseURL: "https://sigue.example", From: "SIGUE <avisos@sigue.example>",
			Host: server.Host(), Port: server.Port(), TLS: notify.TLSNone, Timeout: 5 * time.Second}), server})
	})
}

// writeTo gives the person of a case a mailbox.
func (h *house) writeTo(caseID, mailbox, safe string) {
	h.t.Helper()
	h.exec(`update persons set email = $1, safe_message = $2 where id = (select person_id from case_files where id = $3)`, mailbox, safe, caseID)
}

func (h *house) run() {
	h.t.Helper()
	got(h.runner.Drain(h.ctx))(h.t)
}

// letters are the mails to persons since the last time, as "mailbox subject".
func (p *posted) letters() []mailcatcher.Message {
	p.t.Helper()
	p.run()
	var all []mailcatcher.Message
	for _, m := range p.server.Messages() {
		if m.Calendar != "" {
			all = append(all, m)
		}
	}
	return all
}

func subjects(all []mailcatcher.Message) []string {
	var out []string
	for _, m := range all {
		out = append(out, m.To+" "+m.Subject)
	}
	slices.Sort(out)
	return out
}

func (h *house) want(got []string, want ...string) {
	h.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		h.t.Errorf("got %q, want %q", got, want)
	}
}

func (h *house) remind() int {
	h.t.Helper()
	return got(h.Remind(h.ctx, itself))(h.t)
}

// calls are the reasons for which the reception has to call, as "reason folio".
func (h *house) calls() []string {
	h.t.Helper()
	var out []string
	for _, c := range got(h.VisitCalls(h.ctx, h.desk))(h.t) {
		out = append(out, string(c.Why))
	}
	return out
}

const he = "persona@correo.example"

// TestRemindedTheDayBefore follows one appointment: told when given, reminded in the
// afternoon of the day before, once, by two processes too.
func TestRemindedTheDayBefore(t *testing.T) {
	eachMail(t, func(p *posted) {
		id := p.planned(obliged)
		p.writeTo(id, he, "yes")
		p.book(id, p.visit("26/11/2026", "10:00", p.psych)) // a Thursday
		p.want(subjects(p.letters()), he+" Su cita")

		p.at("2026-11-25", 15, 59)
		if n := p.remind(); n != 0 {
			p.t.Errorf("%d reminded before the hour", n)
		}
		p.at("2026-11-25", 16, 0)
		var group sync.WaitGroup
		total := make([]int, 4)
		for i := range total {
			group.Go(func() {
				n, err := p.Remind(p.ctx, itself)
				if err != nil {
					p.t.Error(err)
				}
				total[i] = n
			})
		}
		group.Wait()
		if n := total[0] + total[1] + total[2] + total[3]; n != 1 {
			p.t.Errorf("four at once reminded %d, want 1", n)
		}
		p.want(subjects(p.letters()), he+" Recordatorio de su cita", he+" Su cita")
		p.at("2026-11-25", 20, 0)
		if n := p.remind(); n != 0 || len(p.letters()) != 2 {
			p.t.Errorf("%d reminded again", n)
		}
		p.want(p.calls())
	})
}

// TestNobodyIsToldWhy looks in mails, the outbox and the ledger for what they must not hold.
func TestNobodyIsToldWhy(t *testing.T) {
	eachMail(t, func(p *posted) {
		id := p.planned(obliged)
		p.writeTo(id, he, "yes")
		p.book(id, p.visit("26/11/2026", "10:00", p.psych))
		m := p.letters()[0]
		for _, word := range []string{"Ficticio", "SIGUE-", "violencia", "Psicolog", "Centro Toluca", "Consultorio"} {
			if text := m.Sender + m.Subject + m.Body + m.Calendar; strings.Contains(text, word) {
				p.t.Errorf("the mail holds %q:\n%s", word, text)
			}
		}
		for _, want := range []string{"jueves 26/11/2026, 10:00", "Lugar: Calle Ficticia 1", "722 555 0100", "https://sigue.example/cita/"} {
			if !strings.Contains(m.Body, want) {
				p.t.Errorf("got\n%s\nwant %q", m.Body, want)
			}
		}
		for _, table := range []string{`select address || link || last_error from notices`, `select payload from jobs`, `select changes from ledger_entries`} {
			if all := strings.Join(p.texts(table), "\n"); strings.Contains(all, "correo.example") {
				p.t.Errorf("%s holds the mailbox", table)
			}
		}
	})
}

// TestWhomNoMailReaches puts those without a mailbox, or whom no message may be left, into
// the list of calls, on the last working day before.
func TestWhomNoMailReaches(t *testing.T) {
	for name, tt := range map[string]struct{ mailbox, safe string }{
		"none": {"", "yes"}, "not one": {"no tiene", "yes"}, "not safe": {he, "no"},
	} {
		t.Run(name, func(t *testing.T) {
			eachMail(t, func(p *posted) {
				id := p.planned(obliged)
				p.writeTo(id, tt.mailbox, tt.safe)
				p.book(id, p.visit("30/11/2026", "10:00", p.psych)) // a Monday
				p.at("2026-11-26", 23, 59)
				if n := p.remind(); n != 0 {
					p.t.Errorf("%d reminded on Thursday", n)
				}
				p.at("2026-11-27", 8, 0) // Friday
				if n := p.remind(); n != 1 {
					p.t.Errorf("%d reminded on Friday, want 1", n)
				}
				p.want(p.calls(), "remind")
				p.want(subjects(p.letters()))
				call := got(p.VisitCalls(p.ctx, p.desk))(p.t)[0]
				if atField(p.VisitCalled(p.ctx, p.desk, call.ID, CallForm{Result: "nada"}), "result") == "" {
					p.t.Error("a result that is none was taken")
				}
				p.must(p.VisitCalled(p.ctx, p.desk, call.ID, CallForm{Result: "reached"}))
				p.want(p.calls())
				p.remind()
				p.want(p.calls())
			})
		})
	}
}

// TestMailThatBounces ends in a call.
func TestMailThatBounces(t *testing.T) {
	eachMail(t, func(p *posted) {
		id := p.planned(obliged)
		p.writeTo(id, he, "yes")
		p.server.FailWith(550)
		p.book(id, p.visit("26/11/2026", "10:00", p.psych))
		p.run()
		p.want(p.calls(), "given")
		p.at("2026-11-25", 17, 0)
		p.remind()
		p.run()
		p.want(p.calls(), "remind")
	})
}

// TestMovedAndCalledOff sends a new calendar file of the same name each time, whose number
// grows, and takes it back in the end.
func TestMovedAndCalledOff(t *testing.T) {
	eachMail(t, func(p *posted) {
		id := p.planned(obliged)
		p.writeTo(id, he, "yes")
		first := p.book(id, p.visit("26/11/2026", "10:00", p.psych))
		p.letters()
		why := Change{Side: "center", Reason: "staff_absent"}
		second := got(p.Move(p.ctx, p.desk, first, p.visit("27/11/2026", "12:00", p.psych), why))(p.t)
		p.letters()
		p.must(p.Cancel(p.ctx, p.desk, second, why))
		all := p.letters()
		p.want(subjects(all), he+" Su cita", he+" Su cita cambió", he+" Su cita se canceló")
		var uid string
		for n, m := range all {
			cal := got(ics.ParseCalendar(strings.NewReader(m.Calendar)))(p.t)
			e := cal.Events()[0]
			if uid == "" {
				uid = e.Id()
			}
			if e.Id() != uid || e.GetProperty(ics.ComponentPropertySequence).Value != fmt.Sprint(n) {
				p.t.Errorf("mail %d: %s number %s, want %s number %d", n, e.Id(), e.GetProperty(ics.ComponentPropertySequence).Value, uid, n)
			}
		}
		if !strings.Contains(all[2].Calendar, "METHOD:CANCEL") || !strings.Contains(all[1].Calendar, "DTSTART;TZID=America/Mexico_City:20261127T120000") {
			p.t.Errorf("got\n%s\n%s", all[1].Calendar, all[2].Calendar)
		}
		p.at("2026-11-26", 17, 0)
		if n := p.remind(); n != 0 {
			p.t.Errorf("%d reminded of what was called off", n)
		}
	})
}

// TestNewsWithoutAMailbox asks for a call when the center changes what was given, and for
// none when the person asked for it.
func TestNewsWithoutAMailbox(t *testing.T) {
	for side, want := range map[string][2][]string{"center": {{"moved"}, {"off"}}, "person": {nil, nil}} {
		t.Run(side, func(t *testing.T) {
			eachMail(t, func(p *posted) {
				id := p.planned(obliged)
				why := Change{Side: side, Reason: "other"}
				a := p.book(id, p.visit("26/11/2026", "10:00", p.psych))
				a = got(p.Move(p.ctx, p.desk, a, p.visit("27/11/2026", "12:00", p.psych), why))(p.t)
				p.want(p.calls(), want[0]...)
				p.must(p.Cancel(p.ctx, p.desk, a, why))
				p.want(p.calls(), want[1]...)
			})
		})
	}
}

// TestLateMailIsNotSent keeps the mail server down until an appointment has begun, was
// moved, or its case has no key any more.
func TestLateMailIsNotSent(t *testing.T) {
	for name, tt := range map[string]struct {
		meanwhile func(p *posted, id, appointment string)
		want      []string
	}{
		"back in time": {func(*posted, string, string) {}, []string{he + " Su cita"}},
		"it has begun": {func(p *posted, _, _ string) { p.at("2026-11-26", 10, 0) }, nil},
		"it was moved": {func(p *posted, _, a string) {
			p.must(only(p.Move(p.ctx, p.desk, a, p.visit("27/11/2026", "12:00", p.psych), Change{"center", "room"})))
		}, []string{he + " Su cita cambió"}},
		"discharged": {func(p *posted, id, _ string) {
			p.exec(`update case_files set state = 'discharged', discharged_at = $1 where id = $2`, db.At(p.clk.Now()), id)
		}, nil},
		"key is erased": {func(p *posted, id, _ string) {
			key := p.text(`select key_id from case_files where id = $1`, id)
			p.must(p.d.Tx(p.ctx, func(tx *db.Tx) error { return p.vault.EraseTx(p.ctx, tx, key) }))
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			eachMail(t, func(p *posted) {
				id := p.planned(obliged)
				p.writeTo(id, he, "yes")
				p.server.FailWith(451)
				a := p.book(id, p.visit("26/11/2026", "10:00", p.psych))
				p.run()
				tt.meanwhile(p, id, a)
				p.server.FailWith(0)
				p.clk.Advance(30 * time.Minute)
				p.want(subjects(p.letters()), tt.want...)
				p.want(p.calls()) // nothing is left to tell him
			})
		})
	}
}

// TestGroupIsReminded reminds those of the list who are expected, each for himself.
func TestGroupIsReminded(t *testing.T) {
	eachMail(t, func(p *posted) {
		one, two, away, mute := p.planned(obliged), p.planned(obliged), p.planned(obliged), p.planned(voluntarily)
		p.writeTo(one, "uno@correo.example", "yes")
		p.writeTo(two, "dos@correo.example", "unknown")
		p.writeTo(away, "tres@correo.example", "yes")
		p.exec(`update case_files set state = 'suspended' where id = $1`, away)
		g := p.group(3, clock.MustDate("2026-12-11"), one, two, away, mute)
		p.must(p.Confirm(p.ctx, p.manager, g))
		p.want(subjects(p.letters()))
		p.at("2026-12-10", 17, 0)
		if n := p.remind(); n != 3 {
			p.t.Errorf("%d reminded, want the three who are expected", n)
		}
		p.want(subjects(p.letters()), "dos@correo.example Recordatorio de su cita", "uno@correo.example Recordatorio de su cita")
		p.want(p.calls(), "remind")

		first := p.texts(`select id from appointments where group_id = $1 order by starts_at`, g)[0]
		p.must(p.MoveSession(p.ctx, p.manager, first, Shift{Date: "14/12/2026", Time: "16:00", Cascade: true, Change: Change{"center", "room"}}))
		all := subjects(p.letters())
		p.want(all[2:], "uno@correo.example Recordatorio de su cita", "uno@correo.example Su cita cambió")
		p.want(p.calls(), "moved")
		got(p.CloseDay(p.ctx, p.manager, clock.MustDate("2026-12-14")))(p.t)
		if all := subjects(p.letters()); len(all) != 6 || all[5] != "uno@correo.example Su cita se canceló" {
			p.t.Errorf("got %q", all)
		}
		p.want(p.calls(), "off")
	})
}

// TestLateBooking reminds nobody who has just been told.
func TestLateBooking(t *testing.T) {
	eachMail(t, func(p *posted) {
		id := p.planned(obliged)
		p.writeTo(id, he, "yes")
		p.at("2026-11-25", 17, 0)
		p.book(id, p.visit("26/11/2026", "10:00", p.psych))
		if n := p.remind(); n != 0 {
			p.t.Errorf("%d reminded", n)
		}
		p.want(subjects(p.letters()), he+" Su cita")
	})
}

// link is the id and the MAC of the one-time link of a mail.
func (p *posted) link(m mailcatcher.Message) (id, mac string) {
	p.t.Helper()
	for line := range strings.Lines(m.Body) {
		if u, err := url.Parse(strings.TrimSpace(line)); err == nil && strings.HasPrefix(u.Path, "/cita/") {
			parts := strings.Split(u.Path, "/")
			return parts[2], parts[3]
		}
	}
	p.t.Fatalf("no link in\n%s", m.Body)
	return "", ""
}
