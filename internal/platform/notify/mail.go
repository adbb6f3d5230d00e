package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/jobs"
)

var errNoServer = errors.New("no mail server is configured")

// send hands one notice to the mail server. What another attempt cannot mend is
// jobs.Permanent.
func (o *Outbox) send(ctx context.Context, r row) error {
	if o.cfg.Host == "" {
		return errNoServer
	}
	msg, err := o.message(r)
	if err != nil {
		return jobs.Permanent(err)
	}
	client, err := gomail.NewClient(o.cfg.Host, o.options()...)
	if err != nil {
		return fmt.Errorf("mail server: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, o.cfg.Timeout)
	defer cancel()
	err = client.DialAndSendWithContext(ctx, msg)
	var refused *gomail.SendError
	if errors.As(err, &refused) && !refused.IsTemp() && refused.ErrorCode() >= 500 {
		return jobs.Permanent(err)
	}
	return err
}

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
	if o.cfg.User != "" {
		opts = append(opts, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(o.cfg.User), gomail.WithPassword(o.cfg.Password))
	}
	return opts
}

// message writes a notice as plain text. Its id and date are those of the notice, so
// that a second copy after a crash is known to be the same.
func (o *Outbox) message(r row) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := msg.From(o.cfg.From); err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	if err := msg.To(r.Address); err != nil {
		return nil, fmt.Errorf("recipient: %w", err)
	}
	lang := i18n.Parse(r.Lang)
	subject := kinds[r.Kind].subject.In(lang)
	if !r.Folio.IsZero() {
		subject += " · " + r.Folio.String()
	}
	msg.Subject(subject)
	msg.SetMessageIDWithValue(r.ID + "@" + o.host)
	msg.SetDateWithValue(r.CreatedAt.Time)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, o.body(r, lang))
	return msg, nil
}

// body is the whole text of a notice: fixed sentences, the folio, the instant, the link.
func (o *Outbox) body(r row, lang i18n.Lang) string {
	lines := []string{kinds[r.Kind].body.In(lang), ""}
	if !r.Folio.IsZero() {
		lines = append(lines, i18n.M("Folio: %s", r.Folio.String()).In(lang))
	}
	lines = append(lines,
		i18n.M("Ocurrió el %s", clock.FormatMX(r.EventAt.Time)).In(lang), "",
		o.cfg.BaseURL+o.address(r.Link), "",
		i18n.M("Este aviso no lleva datos personales. Los plazos cuentan desde que ocurrió el hecho, no desde que llega este correo.").In(lang))
	return strings.Join(lines, "\n") + "\n"
}
