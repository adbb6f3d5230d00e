package agenda

import (
	"strings"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
)

var anybody = access.Anonymous("REQ-7")

// TestReply answers by the link of the mail, changes the answer, and stops when the
// appointment begins. That he cannot come asks for a call and calls nothing off.
func TestReply(t *testing.T) {
	eachMail(t, func(p *posted) {
		id := p.planned(obliged)
		p.writeTo(id, he, "yes")
		a := p.book(id, p.visit("26/11/2026", "10:00", p.psych))
		link, mac := p.link(p.letters()[0])
		page := got(p.Invited(p.ctx, anybody, link, mac))(p.t)
		if page.Reply != "" || page.Address != "Calle Ficticia 1" || page.Phone != "722 555 0100" || !page.StartsAt.Equal(clock.MustDate("2026-11-26").At(10, 0)) {
			p.t.Errorf("got %+v", page)
		}
		entries := p.count(`select count(*) from ledger_entries`)
		got(p.Invited(p.ctx, anybody, link, mac))(p.t)
		if now := p.count(`select count(*) from ledger_entries`); now != entries {
			p.t.Error("to open the link wrote something")
		}

		p.must(p.Reply(p.ctx, anybody, link, mac, ReplyForm{Answer: "no", Reason: "work"}))
		p.must(p.Reply(p.ctx, anybody, link, mac, ReplyForm{Answer: "no", Reason: "work"})) // sent twice
		if n := p.count(`select count(*) from ledger_entries where action = 'appointment.reply'`); n != 1 {
			p.t.Errorf("%d entries, want 1", n)
		}
		p.want(p.calls(), "cannot")
		if ended := p.count(`select count(*) from appointments where id = $1 and ended_at is not null`, a); ended != 0 {
			p.t.Error("his answer called the appointment off")
		}
		week := got(p.WeekOf(p.ctx, p.desk, clock.MustDate("2026-11-26"), Filter{}))(p.t)
		if r := week.Days[3].Items[0].Replies; r != (Replies{Asked: 1, NotComing: 1}) {
			p.t.Errorf("the week says %+v", r)
		}

		p.must(p.Reply(p.ctx, anybody, link, mac, ReplyForm{Answer: "yes", Reason: "work"}))
		p.want(p.calls())
		if page := got(p.Invited(p.ctx, anybody, link, mac))(p.t); page.Reply != Coming || page.Reason != "" {
			p.t.Errorf("got %+v", page)
		}
		p.must(p.Reply(p.ctx, anybody, link, mac, ReplyForm{Answer: "no", Reason: "illness"}))
		call := got(p.VisitCalls(p.ctx, p.desk))(p.t)[0]
		if call.Reason != "illness" || call.Phone == "" || call.Why != CallCannot {
			p.t.Errorf("got %+v", call)
		}
		if atField(p.VisitCalled(p.ctx, p.desk, call.ID, CallForm{Result: "reached", Answer: "tal vez"}), "answer") == "" {
			p.t.Error("an answer that is none was taken")
		}
		p.must(p.VisitCalled(p.ctx, p.desk, call.ID, CallForm{Result: "reached", Answer: "yes"}))
		p.want(p.calls())
		if page := got(p.Invited(p.ctx, anybody, link, mac))(p.t); page.Reply != Coming || page.Reason != "" {
			p.t.Errorf("what he said by telephone is not his answer: %+v", page)
		}

		p.at("2026-11-26", 10, 0)
		p.refused(p.Reply(p.ctx, anybody, link, mac, ReplyForm{Answer: "yes"}), fault.NotFound)
		p.refused(only(p.Invited(p.ctx, anybody, link, mac)), fault.NotFound)
	})
}

func TestBadReplies(t *testing.T) {
	eachMail(t, func(p *posted) {
		id := p.planned(obliged)
		p.writeTo(id, he, "yes")
		p.book(id, p.visit("26/11/2026", "10:00", p.psych))
		link, mac := p.link(p.letters()[0])
		for name, tt := range map[string]struct {
			form  ReplyForm
			field string
		}{
			"nothing": {ReplyForm{}, "answer"}, "another word": {ReplyForm{Answer: "tal vez"}, "answer"},
			"no reason": {ReplyForm{Answer: "no"}, "reason"}, "another reason": {ReplyForm{Answer: "no", Reason: "hearing"}, "reason"},
		} {
			if got := atField(p.Reply(p.ctx, anybody, link, mac, tt.form), tt.field); got == "" {
				p.t.Errorf("%s: no sentence at %s", name, tt.field)
			}
		}
		p.want(p.calls())
	})
}

// TestOneAnswerForEveryDeadLink tells nobody whether a link ever opened anything.
func TestOneAnswerForEveryDeadLink(t *testing.T) {
	eachMail(t, func(p *posted) {
		one, two := p.planned(obliged), p.planned(obliged)
		p.writeTo(one, "uno@correo.example", "yes")
		p.writeTo(two, "dos@correo.example", "yes")
		p.book(one, p.visit("26/11/2026", "10:00", p.psych))
		moved := p.book(two, p.visit("26/11/2026", "12:00", p.psych))
		all := p.letters()
		link, mac := p.link(all[0])
		other, otherMAC := p.link(all[1])
		p.must(only(p.Move(p.ctx, p.desk, moved, p.visit("27/11/2026", "12:00", p.psych), Change{"center", "room"})))
		var said string
		for name, try := range map[string][2]string{
			"another's mac": {link, otherMAC}, "no mac": {link, ""}, "a longer mac": {link, mac + "A"}, "no id": {"", mac},
			"an id of nothing": {db.NewID(), mac}, "no uuid": {"x' or 1=1", mac}, "moved": {other, otherMAC},
		} {
			err := only(p.Invited(p.ctx, anybody, try[0], try[1]))
			sentence := p.refused(err, fault.NotFound)
			if said == "" {
				said = sentence
			}
			if sentence != said {
				p.t.Errorf("%s: %q, and others %q", name, sentence, said)
			}
			p.refused(p.Reply(p.ctx, anybody, try[0], try[1], ReplyForm{Answer: "yes"}), fault.NotFound)
		}
		got(p.Invited(p.ctx, anybody, link, mac))(p.t)
	})
}

// TestFeed follows a calendar feed: shown once, hashed, without a name, dead when revoked,
// replaced, or when its owner may not enter.
func TestFeed(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(obliged)
		h.book(id, h.visit("26/11/2026", "10:00", h.psych))
		v := h.visit("27/11/2026", "10:00", h.psych)
		v.Mode, v.Room = "phone", ""
		h.book(id, v)
		h.book(id, h.visit("30/11/2026", "10:00", h.psych2))
		g := h.group(2, clock.MustDate("2026-12-11"), id)
		h.must(h.Confirm(h.ctx, h.manager, g))

		if own := got(h.OwnFeed(h.ctx, h.psych))(h.t); !own.Since.IsZero() {
			h.t.Errorf("got %+v before one was made", own)
		}
		token := h.feedOf(h.psych)
		file := string(got(h.Feed(h.ctx, anybody, token))(h.t))
		if n := strings.Count(file, "BEGIN:VEVENT"); n != 4 {
			h.t.Errorf("%d events, want his two and two of the group:\n%s", n, file)
		}
		for _, want := range []string{"LOCATION:Consultorio 1", "LOCATION:Por teléfono", "SUMMARY:Sesión de grupo", "SUMMARY:Cita", "X-WR-CALNAME:Citas"} {
			if !strings.Contains(file, want) {
				h.t.Errorf("no %q in\n%s", want, file)
			}
		}
		for _, secret := range []string{"Ficticio", "SIGUE-", "Grupo", id, "ATTENDEE"} {
			if strings.Contains(file, secret) {
				h.t.Errorf("%q in\n%s", secret, file)
			}
		}
		if again := string(got(h.Feed(h.ctx, anybody, token))(h.t)); again != file {
			h.t.Error("the same calendar is written in two ways")
		}
		if n := h.count(`select count(*) from calendar_feeds where token_hash = $1`, token); n != 0 {
			h.t.Error("the token itself is stored")
		}

		second := h.feedOf(h.psych)
		h.refused(only(h.Feed(h.ctx, anybody, token)), fault.NotFound)
		got(h.Feed(h.ctx, anybody, second))(h.t)
		h.must(h.RevokeFeed(h.ctx, h.psych))
		h.must(h.RevokeFeed(h.ctx, h.psych))
		h.refused(only(h.Feed(h.ctx, anybody, second)), fault.NotFound)
		h.want(h.texts(`select action from ledger_entries where action like 'calendar.%' order by id`), "calendar.make", "calendar.make", "calendar.revoke")

		third := h.feedOf(h.psych)
		h.must(h.identity.Suspend(h.ctx, builder, h.psych.Account, "Se fue"))
		h.refused(only(h.Feed(h.ctx, anybody, third)), fault.NotFound)
		for _, wrong := range []string{"", "x", feedHash(third), third + "A"} {
			h.refused(only(h.Feed(h.ctx, anybody, wrong)), fault.NotFound)
		}
	})
}

// feedOf makes a feed and gives its secret.
func (h *house) feedOf(a access.Actor) string {
	h.t.Helper()
	address := got(h.MakeFeed(h.ctx, a))(h.t)
	token, ok := strings.CutPrefix(strings.TrimSuffix(address, ".ics"), "https://sigue.example/calendario/")
	if !ok {
		h.t.Fatalf("got %s", address)
	}
	return token
}

// TestTheirFeedIsTheirs gives nobody without appointments a feed, and shows the one of a
// center nothing of another.
func TestTheirFeedIsTheirs(t *testing.T) {
	each(t, func(h *house) {
		for who, a := range map[string]access.Actor{"reception": h.desk, "the court": h.clerk, "nobody": {}, "anonymous": anybody} {
			h.refused(only(h.MakeFeed(h.ctx, a)), fault.NotFound)
			h.refused(only(h.OwnFeed(h.ctx, a)), fault.NotFound)
			if err := h.RevokeFeed(h.ctx, a); !fault.Is(err, fault.NotFound) {
				h.t.Errorf("%s revokes: %v", who, err)
			}
		}
		h.book(h.planned(obliged), h.visit("26/11/2026", "10:00", h.psych))
		theirs := h.actor(access.Psychology, h.lerma)
		if file := string(got(h.Feed(h.ctx, anybody, h.feedOf(theirs)))(h.t)); strings.Contains(file, "VEVENT") {
			h.t.Errorf("another center's calendar:\n%s", file)
		}
	})
}
