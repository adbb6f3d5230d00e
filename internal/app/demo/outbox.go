package demo

import (
	"slices"

	"sigue/internal/base/i18n"
	"sigue/internal/platform/notify/mailcatcher"
	"sigue/internal/platform/web"
)

// outbox shows the mails that went out over SMTP since the start, newest first.
func outbox(mail *mailcatcher.Catcher) web.Handler {
	return func(*web.Request) (web.Response, error) {
		messages := mail.Messages()
		slices.Reverse(messages)
		return web.Page(i18n.M("Buzón de la demostración"), outboxView(messages)), nil
	}
}
