package survey

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/fault"
)

var linked = regexp.MustCompile(`https://sigue\.example(/encuesta/([0-9A-Z-]+))`)

// TestAsk mails a link to whom it is safe to write, which answers once and is nowhere else.
func TestAsk(t *testing.T) {
	each(t, func(h *house) {
		c := h.active("persona@correo.example", "yes")
		id := h.survey(During)
		if o := got(h.Offer(h.ctx, h.social, c))(t); !o.Safe || len(o.Surveys) != 1 || o.Surveys[0].ID != id || !o.Surveys[0].AskedAt.IsZero() {
			t.Fatalf("offered %+v", o)
		}
		h.must(h.Ask(h.ctx, h.social, c, id))
		h.must(h.Ask(h.ctx, h.desk, c, id)) // once for each survey
		h.drain()
		var mails []string
		for _, m := range h.mail.Messages() {
			if m.To == "persona@correo.example" && strings.Contains(m.Body, "/encuesta/") {
				mails = append(mails, m.Sender+"\n"+m.Subject+"\n"+m.Body)
			}
		}
		if len(mails) != 1 {
			t.Fatalf("%d mails, want 1", len(mails))
		}
		for _, word := range []string{"Ficticio", "Juan", "Toluca", "violencia", "SIGUE-", "Centro"} {
			if strings.Contains(mails[0], word) {
				t.Errorf("the mail says %q:\n%s", word, mails[0])
			}
		}
		code := linked.FindStringSubmatch(mails[0])
		if code == nil {
			t.Fatalf("no link in:\n%s", mails[0])
		}
		plain := strings.ReplaceAll(code[2], "-", "")
		if dump := h.dump(); strings.Contains(dump, plain) || strings.Contains(dump, code[2]) || strings.Count(dump, h.stored("code", plain)) != 1 {
			t.Error("the database holds the link, or its proof elsewhere than among the codes")
		}
		if o := got(h.Offer(h.ctx, h.social, c))(t); o.Surveys[0].AskedAt.IsZero() {
			t.Error("it does not say that he was asked")
		}
		before := h.texts(`select id || asked_at from survey_asks`)
		h.put(code[2], marked(4, ""))
		if after := h.texts(`select id || asked_at from survey_asks`); len(before) != 1 || after[0] != before[0] {
			t.Errorf("answering changed who was asked: %v, was %v", after, before)
		}
		if n := h.count(`select count(*) from ledger_entries where subject_id = $1 and action = 'survey.answer'`, c); n != 0 {
			t.Error("the history of the case says that it was answered")
		}
	})
}

// TestAskRefuses does not write where it is not safe, nor at the wrong time.
func TestAskRefuses(t *testing.T) {
	each(t, func(h *house) {
		unsafe, unknown, none := h.active("a@correo.example", "no"), h.active("b@correo.example", ""), h.active("", "yes")
		for name, c := range map[string]string{"who said that it is not": unsafe, "of whom it is not known": unknown, "who has no mailbox": none} {
			if o := got(h.Offer(h.ctx, h.social, c))(t); o.Safe {
				t.Errorf("%s may be asked", name)
			}
			h.refused(name, h.Ask(h.ctx, h.social, c, h.survey(During)), fault.Conflict, "")
		}
		c := h.active("c@correo.example", "yes")
		h.refused("the survey of the end", h.Ask(h.ctx, h.social, c, h.survey(AtEnd)), fault.Conflict, "")
		for _, id := range []string{"", "x", c} {
			h.refused("no survey", h.Ask(h.ctx, h.social, c, id), fault.Invalid, "survey")
		}
		h.drain()
		for _, m := range h.mail.Messages() {
			if strings.Contains(m.Body, "/encuesta/") {
				t.Errorf("a mail went to %s", m.To)
			}
		}
	})
}

// TestMailServerDown tries again, and leaves no code of what did not go out.
func TestMailServerDown(t *testing.T) {
	each(t, func(h *house) {
		c := h.active("persona@correo.example", "yes")
		h.mail.FailWith(451)
		h.must(h.Ask(h.ctx, h.social, c, h.survey(During)))
		for range 5 {
			_, _ = h.runner.Drain(h.ctx)
			if n := h.count(`select count(*) from survey_codes`); n != 0 {
				t.Fatalf("%d codes of mails that did not go out", n)
			}
			h.clk.Advance(6 * time.Hour)
		}
		if n := h.count(`select attempts from notices where kind = 'survey_asked'`); n < 2 {
			t.Errorf("tried %d times", n)
		}
		h.mail.FailWith(0)
		h.drain()
		if n := h.count(`select count(*) from survey_codes`); n != 1 {
			t.Errorf("%d codes, want that of the mail", n)
		}
	})
}
