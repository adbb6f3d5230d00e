package notify

import (
	"context"
	"fmt"
	"net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"sigue/internal/base/i18n"
	"sigue/internal/platform/jobs"
)

// inquiry is the type of recipient that is a person who is asked what he thinks: the row
// that says that he was asked. The outbox knows neither his name nor his mailbox, and not
// the link by which he answers: who knew it could tell whether he did.
const inquiry = "inquiry"

// InquiryTo is the recipient of what a person is asked.
func InquiryTo(id string) Recipient { return Recipient{Type: inquiry, ID: id} }

// isPerson tells whether a type of recipient is a person who has a case.
func isPerson(recipientType string) bool {
	return recipientType == invitation || recipientType == inquiry
}

// ToAsked is the job that asks a person. The room that asks binds it, and hands what it
// reads there to [Outbox.Ask].
var ToAsked = jobs.Kind[Delivery]{Name: "notify.asked"} // tried until the server is back

// Inquiry is what a mail to somebody who is asked needs, made when it goes out and stored
// nowhere: it has no field for who he is or what about.
type Inquiry struct {
	Mailbox string
	Path    string // of the page that answers, with what makes it open
}

// Ask sends one notice to a person who is asked, unless it went out before, and records how
// that went. read gives the inquiry for the recipient's id as things stand now.
func (o *Outbox) Ask(ctx context.Context, id string, read func(recipient string) (Inquiry, error)) error {
	r, err := o.waiting(ctx, id)
	if err != nil || r == nil {
		return err
	}
	if !r.FailedAt.IsZero() {
		return gaveUp(r.LastError)
	}
	q, err := read(r.ToID)
	switch {
	case err != nil:
		return err
	case !isMailbox(q.Mailbox):
		return o.ended(ctx, *r, &problem{why: noMailbox})
	}
	return o.attempt(ctx, r, func() (*gomail.Msg, error) { return o.question(*r, q) })
}

// question writes a mail to somebody who is asked. Its sender bears a name that tells
// nothing, its text nothing of why he has a case.
func (o *Outbox) question(r row, q Inquiry) (*gomail.Msg, error) {
	msg, err := o.envelope(r, q.Mailbox)
	if err != nil {
		return nil, err
	}
	lang := i18n.Parse(r.Lang)
	sender, err := mail.ParseAddress(o.cfg.From)
	if err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	if err := msg.FromFormat(i18n.M("Encuesta").In(lang), sender.Address); err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	msg.Subject(kinds[r.Kind].subject.In(lang))
	msg.SetBodyString(gomail.TypeTextPlain, strings.Join([]string{
		kinds[r.Kind].body.In(lang), "", o.cfg.BaseURL + q.Path, "", i18n.M("Este correo no recibe respuestas.").In(lang)}, "\n")+"\n")
	return msg, nil
}
