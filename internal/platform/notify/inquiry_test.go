package notify_test

import (
	"context"
	"strings"
	"testing"

	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/notify"
)

// asked is a notice to somebody who is asked what he thinks.
func (h *house) asked() notify.Notice {
	h.t.Helper()
	link, err := notify.LinkTo("/encuesta/" + db.NewID())
	if err != nil {
		h.t.Fatal(err)
	}
	return notify.Notice{Kind: notify.SurveyAsked, Link: link, EventAt: h.clk.Now(), To: notify.InquiryTo(db.NewID())}
}

// TestInquiry takes a mail to somebody who is asked apart: fixed sentences and a link that
// the outbox does not hold.
func TestInquiry(t *testing.T) {
	onBoth(t, func(c *notify.Config) { c.From = "Atención a la violencia <avisos@sigue.example>" }, func(h *house) {
		read := notify.Inquiry{Mailbox: mailbox, Path: "/encuesta/K7QM-2X9F-H4TD"}
		jobs.Handle(h.runner, notify.ToAsked, func(ctx context.Context, d notify.Delivery) error {
			return h.outbox.Ask(ctx, d.Notice, func(string) (notify.Inquiry, error) { return read, nil })
		})
		h.mustEnqueue(h.asked())
		h.drain()
		m := h.mails(1)[0]
		if m.To != mailbox || m.Sender != `"Encuesta" <avisos@sigue.example>` {
			h.t.Errorf("got it from %q to %q, want it from Encuesta to the person", m.Sender, m.To)
		}
		lines := strings.Split(strings.TrimSpace(m.Body), "\n")
		if len(lines) != 5 || !i18n.Has(i18n.English, lines[0]) || lines[2] != base+read.Path || !i18n.Has(i18n.English, lines[4]) || !i18n.Has(i18n.English, m.Subject) {
			h.t.Errorf("got %q with\n%s", m.Subject, m.Body)
		}
		if strings.Contains(m.Sender+m.Subject+m.Body, "violencia") {
			h.t.Error("the mail says why he has a case")
		}
		if dump := h.dump(); strings.Contains(dump, "K7QM") || strings.Contains(dump, mailbox) {
			h.t.Errorf("the outbox holds the link or the mailbox:\n%s", dump)
		}
		read.Mailbox = ""
		h.mustEnqueue(h.asked())
		_, _ = h.runner.Drain(h.ctx)
		if h.mails(1); !strings.Contains(h.dump(), "no mailbox") {
			h.t.Error("a notice without a mailbox is not given up")
		}
	})
}

// TestInquiryRefused refuses a notice that mixes the two sorts of person.
func TestInquiryRefused(t *testing.T) {
	onBoth(t, nil, func(h *house) {
		for name, change := range map[string]func(n *notify.Notice){
			"to who is cited":    func(n *notify.Notice) { n.To = notify.InvitationTo(db.NewID()) },
			"to an area":         func(n *notify.Notice) { n.To = notify.Recipient{Type: "area", ID: db.NewID(), Address: mailbox} },
			"with its mailbox":   func(n *notify.Notice) { n.To.Address = mailbox },
			"a visit to the one": func(n *notify.Notice) { n.Kind = notify.VisitGiven },
		} {
			n := h.asked()
			change(&n)
			if err := h.db.Tx(h.ctx, func(tx *db.Tx) error { return h.outbox.EnqueueTx(h.ctx, tx, n) }); err == nil {
				h.t.Errorf("%s: taken", name)
			}
		}
	})
}
