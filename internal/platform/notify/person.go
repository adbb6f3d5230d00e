package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/jobs"
)

// invitation is the type of recipient that is a person who is cited: the row that says of
// which appointment he was told. The outbox knows neither his name nor his mailbox.
const invitation = "invitation"

// InvitationTo is the recipient of what a person is told of one appointment.
func InvitationTo(id string) Recipient { return Recipient{Type: invitation, ID: id} }

// Delivery is the work of sending one notice to a person.
type Delivery struct {
	Notice string `json:"notice"`
}

// ToPerson is the job that sends a notice to a person. The room that knows the
// appointment binds it, and hands what it reads there to [Outbox.Deliver].
var ToPerson = jobs.Kind[Delivery]{Name: "notify.person"} // tried until the server is back

// Mode is how somebody meets.
type Mode string

// The modes.
const (
	InPerson Mode = "in_person"
	ByPhone  Mode = "phone"
	ByVideo  Mode = "video"
)

// Letter is what a mail to a person says, read when it goes out and stored nowhere. It has
// no field for who he is or why he is cited: somebody else may read that mailbox.
type Letter struct {
	Mailbox string
	Mode    Mode
	Event   Event
	Phone   string // of the center, public; empty for none
}

// ErrOvertaken is given for a letter that must not go: what it would say is over.
var ErrOvertaken = errors.New("notify: overtaken")

// Unsent says why a notice to a person will never go out by e-mail.
type Unsent struct{ error }

// Deliver sends one notice to a person unless it went out before, and records how that
// went. read gives the letter for the recipient's id as things stand now, or ErrOvertaken.
// An Unsent error says that no mail will reach him, so that somebody calls instead.
func (o *Outbox) Deliver(ctx context.Context, id string, read func(kind Kind, recipient string) (Letter, error)) error {
	r, err := o.waiting(ctx, id)
	if err != nil || r == nil {
		return err
	}
	if !r.FailedAt.IsZero() { // given up before; the room may not have heard of it
		return gaveUp(r.LastError)
	}
	letter, err := read(r.Kind, r.ToID)
	switch {
	case errors.Is(err, ErrOvertaken):
		err = o.ended(ctx, *r, &problem{why: overtaken})
	case err != nil:
		return err
	case !isMailbox(letter.Mailbox):
		err = o.ended(ctx, *r, &problem{why: noMailbox})
	default:
		err = o.attempt(ctx, r, func() (*gomail.Msg, error) { return o.letter(*r, letter) })
	}
	return unsent(err)
}

// gaveUp is the end of a notice that failed for good.
func gaveUp(reason string) error {
	word, _, _ := strings.Cut(reason, ": ")
	return unsent(jobs.Permanent(&problem{why: why(word)}))
}

// unsent marks the failures after which somebody should call. That what was overtaken did
// not go out is no failure.
func unsent(err error) error {
	var p *problem
	switch {
	case !errors.As(err, &p):
		return err
	case p.why == overtaken:
		return nil
	case p.permanent():
		return Unsent{err}
	}
	return err
}

// Unwrap is what went wrong.
func (u Unsent) Unwrap() error { return u.error }

// Absolute is the full address of a path of this site.
func (o *Outbox) Absolute(path string) string { return o.cfg.BaseURL + path }

// IsMailbox tells whether mail can be sent to an address.
func IsMailbox(address string) bool { return isMailbox(address) }

// letter writes a mail to a person. Its sender bears a name that tells nothing.
func (o *Outbox) letter(r row, l Letter) (*gomail.Msg, error) {
	msg, err := o.envelope(r, l.Mailbox)
	if err != nil {
		return nil, err
	}
	lang := i18n.Parse(r.Lang)
	sender, err := mail.ParseAddress(o.cfg.From)
	if err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	if err := msg.FromFormat(i18n.M("Citas").In(lang), sender.Address); err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	msg.Subject(kinds[r.Kind].subject.In(lang))
	msg.SetBodyString(gomail.TypeTextPlain, o.letterBody(r, l, lang))
	l.Event.Cancelled = r.Kind == VisitOff
	file := Calendar{Events: []Event{l.Event}, Organizer: sender.Address, Lang: lang}
	return msg, msg.AttachReader("cita.ics", bytes.NewReader(file.Bytes()),
		gomail.WithFileContentType(gomail.ContentType(CalendarType+"; method="+string(file.method()))))
}

// letterBody is the whole text: when, how and where, and the link to answer.
func (o *Outbox) letterBody(r row, l Letter, lang i18n.Lang) string {
	lines := []string{kinds[r.Kind].body.In(lang), "", whenOf(l.Event.StartsAt).In(lang)}
	if where := whereOf(l); !where.IsZero() {
		lines = append(lines, where.In(lang))
	}
	if r.Kind != VisitOff {
		lines = append(lines, "", i18n.M("Díganos si va a ir o si no puede:").In(lang), o.cfg.BaseURL+o.address(r.Link))
	}
	lines = append(lines, "")
	if phone := oneLine(l.Phone); phone != "" {
		lines = append(lines, i18n.M("Si tiene dudas, llame al %s. Este correo no recibe respuestas.", phone).In(lang))
	} else {
		lines = append(lines, i18n.M("Este correo no recibe respuestas.").In(lang))
	}
	return strings.Join(lines, "\n") + "\n"
}

// whenOf is an instant as one reads it aloud: "martes 14/03/2027, 10:30".
func whenOf(t time.Time) i18n.Msg {
	return i18n.M("Día y hora: %s %s", clock.Weekday(clock.DateOf(t).Weekday()), clock.FormatMX(t))
}

func whereOf(l Letter) i18n.Msg {
	switch place := oneLine(l.Event.Place); {
	case l.Mode == ByPhone:
		return i18n.M("Es por teléfono: le llamamos a esa hora.")
	case l.Mode == ByVideo:
		return i18n.M("Es por videollamada: le llamamos a esa hora.")
	case place != "":
		return i18n.M("Lugar: %s", place)
	}
	return i18n.Msg{}
}
