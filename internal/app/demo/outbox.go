package demo

import (
	"slices"
	"strings"

	"sigue/internal/base/i18n"
	"sigue/internal/platform/notify/mailcatcher"
	"sigue/internal/platform/web"
)

// outbox shows the mails that went out over SMTP since the start, newest first. baseURL
// is how the links of the demonstration begin.
func outbox(mail *mailcatcher.Catcher, baseURL string) web.Handler {
	return func(*web.Request) (web.Response, error) {
		messages := mail.Messages()
		slices.Reverse(messages)
		return web.Page(i18n.M("Buzón de la demostración"), outboxView(messages, baseURL)), nil
	}
}

// line is a line of a mail, and where it leads when it is a link into this site.
type line struct{ Text, Path string }

// lines splits a mail. Only an address of this site becomes a link, and as a path, so
// that it leads nowhere else whatever the mail says.
func lines(body, baseURL string) []line {
	var out []line
	for text := range strings.SplitSeq(strings.TrimRight(body, "\n"), "\n") {
		l := line{Text: text}
		if path, ours := strings.CutPrefix(text, strings.TrimRight(baseURL, "/")+"/"); ours && web.LocalPath("/"+path) == "/"+path {
			l.Path = "/" + path
		}
		out = append(out, l)
	}
	return out
}
