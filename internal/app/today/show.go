package today

import (
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/notify"
	"sigue/internal/platform/web"
)

// longDate is "domingo 22 de noviembre" in the local zone.
func longDate(now time.Time, lang i18n.Lang) string {
	local := now.In(clock.Zone())
	return i18n.M("%s %d de %s", clock.Weekday(local.Weekday()), local.Day(), clock.MonthName(local.Month())).In(lang)
}

// noticeState is how far a notice is, as a tag.
func noticeState(n notify.Sent) (web.TagKind, i18n.Msg) {
	switch {
	case !n.SentAt.IsZero():
		return web.TagGood, i18n.M("Enviado")
	case !n.FailedAt.IsZero():
		return web.TagBad, i18n.M("No se pudo entregar")
	case n.Attempts > 0:
		return web.TagUrgent, i18n.M("Se reintenta")
	}
	return web.TagWait, i18n.M("En camino")
}
