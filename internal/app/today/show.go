package today

import (
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/notify"
	"sigue/internal/platform/web"
)

var weekdays = []i18n.Msg{
	i18n.M("domingo"), i18n.M("lunes"), i18n.M("martes"), i18n.M("miércoles"), i18n.M("jueves"), i18n.M("viernes"), i18n.M("sábado"),
}

var months = []i18n.Msg{
	i18n.M("enero"), i18n.M("febrero"), i18n.M("marzo"), i18n.M("abril"), i18n.M("mayo"), i18n.M("junio"), i18n.M("julio"),
	i18n.M("agosto"), i18n.M("septiembre"), i18n.M("octubre"), i18n.M("noviembre"), i18n.M("diciembre"),
}

// longDate is "domingo 22 de noviembre" in the local zone.
func longDate(now time.Time, lang i18n.Lang) string {
	local := now.In(clock.Zone())
	return i18n.M("%s %d de %s", weekdays[local.Weekday()], local.Day(), months[local.Month()-1]).In(lang)
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
