package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
)

// send hands one mail to the mail server, once. The error is a *problem.
func (o *Outbox) send(ctx context.Context, write func() (*gomail.Msg, error)) error {
	if o.cfg.Host == "" {
		return &problem{why: noServer}
	}
	msg, err := write()
	if err != nil {
		return &problem{why: noMailbox}
	}
	client, err := gomail.NewClient(o.cfg.Host, o.options()...)
	if err != nil {
		return &problem{why: noContact, detail: err.Error()}
	}
	ctx, cancel := context.WithTimeout(ctx, o.cfg.Timeout)
	defer cancel()
	err = client.DialAndSendWithContext(ctx, msg)
	if err == nil || msg.IsDelivered() {
		return nil // what goes wrong behind the server's word that it has the mail is no failure
	}
	return problemOf(err)
}

// implicitTLS is the port on which a connection is TLS from its first byte (RFC 8314).
const implicitTLS = 465

func (o *Outbox) options() []gomail.Option {
	policy := gomail.TLSMandatory
	switch o.cfg.TLS {
	case TLSOpportunistic:
		policy = gomail.TLSOpportunistic
	case TLSNone:
		policy = gomail.NoTLS
	}
	opts := []gomail.Option{
		gomail.WithPort(o.cfg.Port), gomail.WithTLSPolicy(policy), gomail.WithTimeout(o.cfg.Timeout), gomail.WithHELO(o.host),
	}
	if o.cfg.Port == implicitTLS && o.cfg.TLS != TLSNone {
		opts = append(opts, gomail.WithSSL())
	}
	if o.cfg.User != "" {
		opts = append(opts, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(o.cfg.User), gomail.WithPassword(o.cfg.Password))
	}
	return opts
}

// message writes a notice as plain text. Its Message-ID is that of the notice, so that
// a second copy after a crash is known to be the same; its date is that of today, so
// that one which waited for days is found at the top of the mailbox.
func (o *Outbox) message(r row) (*gomail.Msg, error) {
	msg, err := o.envelope(r, r.Address)
	if err != nil {
		return nil, err
	}
	if err := msg.From(o.cfg.From); err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	lang := i18n.Parse(r.Lang)
	subject := kinds[r.Kind].subject.In(lang)
	if r.Folio != "" {
		subject += " · " + r.Folio
	}
	msg.Subject(subject)
	msg.SetBodyString(gomail.TypeTextPlain, o.body(r, lang))
	return msg, nil
}

// envelope is a mail with what every notice has in common.
func (o *Outbox) envelope(r row, address string) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := msg.To(address); err != nil {
		return nil, fmt.Errorf("recipient: %w", err)
	}
	msg.SetMessageIDWithValue(r.ID + "@" + o.host)
	msg.SetDateWithValue(o.db.Clock().Now())
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no answering machine replies
	return msg, nil
}

// body is the whole text of a notice: fixed sentences, the folio, the instant, the link.
func (o *Outbox) body(r row, lang i18n.Lang) string {
	lines := []string{kinds[r.Kind].body.In(lang), ""}
	if r.Folio != "" {
		lines = append(lines, i18n.M("Folio: %s", r.Folio).In(lang))
	}
	lines = append(lines,
		i18n.M("Fecha del hecho: %s", clock.FormatMX(r.EventAt.Time)).In(lang), "",
		o.cfg.BaseURL+o.address(r.Link), "",
		i18n.M("Este aviso no lleva datos personales. Los plazos cuentan desde la fecha del hecho, no desde que llega este correo.").In(lang))
	return strings.Join(lines, "\n") + "\n"
}

// why says in one word why a notice has not gone out.
type why string

// The reasons, as they stand in notices.last_error before the server's answer.
const (
	noServer  why = "no server"  // none is configured
	noMailbox why = "no mailbox" // the recipient has no address that can be used
	noContact why = "no contact" // the server cannot be reached, or breaks off
	notUs     why = "not us"     // the server takes nothing from us: an administrator mends that
	deferred  why = "deferred"   // the server asks to come back later
	refused   why = "refused"    // the server will never take this mail
	overtaken why = "overtaken"  // what it says is over: the appointment began, or is no more
)

// problem is why one attempt failed. It never holds the address: the logs and the job
// hold its text.
type problem struct {
	why    why
	detail string
}

func (p *problem) Error() string {
	if p.detail == "" {
		return string(p.why)
	}
	return string(p.why) + ": " + p.detail
}

// permanent tells whether no further attempt can help.
func (p *problem) permanent() bool {
	return p.why == refused || p.why == noMailbox || p.why == overtaken
}

// problemOf reads what the mail library says. Of a server's answer only code and stage
// are kept: the words around them repeat the address.
func problemOf(err error) *problem {
	var answer *gomail.SendError
	if !errors.As(err, &answer) {
		return &problem{why: noContact, detail: cut(err.Error())}
	}
	detail := strings.TrimSpace(fmt.Sprintf("%d %s", answer.ErrorCode(), answer.EnhancedStatusCode())) + ", " + answer.Reason.String()
	switch code := answer.ErrorCode(); {
	case code == 0:
		return &problem{why: noContact, detail: answer.Reason.String()}
	case code < 500:
		return &problem{why: deferred, detail: detail}
	case answer.Reason == gomail.ErrSMTPMailFrom || code == 530 || code == 535 || strings.HasPrefix(answer.EnhancedStatusCode(), "5.7."):
		return &problem{why: notUs, detail: detail}
	default:
		return &problem{why: refused, detail: detail}
	}
}

// cut bounds a text for the table, on one line.
func cut(text string) string {
	const most = 300
	runes := []rune(strings.Join(strings.Fields(text), " "))
	return string(runes[:min(len(runes), most)])
}

// Problem says in plain words why a notice has not gone out; the zero sentence when
// nothing went wrong so far.
func (s Sent) Problem() i18n.Msg {
	if s.LastError == "" || !s.SentAt.IsZero() {
		return i18n.Msg{}
	}
	reason, detail, _ := strings.Cut(s.LastError, ": ")
	switch why(reason) {
	case noServer:
		return i18n.M("No hay servidor de correo configurado. El aviso espera.")
	case overtaken:
		return i18n.M("Ya no hacía falta: la cita empezó o cambió antes de que el correo saliera. No se envió.")
	case noMailbox:
		return i18n.M("El destinatario no tiene un buzón de correo válido. Corríjalo en su registro y avise por otro medio.")
	case notUs:
		return i18n.M("El servidor de correo no nos acepta envíos (%s). Revise usuario, contraseña y remitente; se reintenta.", detail)
	case deferred:
		return i18n.M("El servidor de correo pide esperar (%s). Se reintenta.", detail)
	case refused:
		return i18n.M("El servidor de correo rechaza ese buzón (%s). Corríjalo en su registro y avise por otro medio.", detail)
	}
	return i18n.M("El servidor de correo no responde. Se reintenta.")
}
