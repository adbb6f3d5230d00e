package report

import (
	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
)

// Key names a figure in the database, in files and in addresses.
type Key string

// The figures.
const (
	Referrals   Key = "referrals"
	Accepted    Key = "accepted"
	Returned    Key = "returned"
	Declined    Key = "declined"
	Admissions  Key = "admissions"
	Completions Key = "completions"
	Discharges  Key = "discharges"
	Expected    Key = "expected"
	Contacts    Key = "contacts"
)

// Figure is the definition of what is counted. A change of the formula is a new version.
type Figure struct {
	Key     Key
	Name    i18n.Msg
	Unit    i18n.Msg
	Formula i18n.Msg
	Version int
	Since   string // the first day on which this version held, as data
}

// Day is the day since which this version holds.
func (f Figure) Day() clock.Date { return clock.MustDate(f.Since) }

// since is the first day of the first versions.
const since = "2026-11-23"

// Figures lists every figure, in the order of a process.
var Figures = []Figure{
	{Referrals, i18n.M("Canalizaciones recibidas"), i18n.M("canalización"),
		i18n.M("Canalizaciones con folio, el día en que se enviaron por primera vez, también las que después se retiraron o se turnaron a protección de la niñez. Cuentan en el centro que las tiene hoy."), 1, since},
	{Accepted, i18n.M("Canalizaciones aceptadas"), i18n.M("canalización"),
		i18n.M("Canalizaciones que un centro aceptó, el día en que las aceptó."), 1, since},
	{Returned, i18n.M("Devoluciones para corregir"), i18n.M("devolución"),
		i18n.M("Veces que un centro devolvió una canalización, el día de cada devolución. Una canalización puede contar más de una vez."), 1, since},
	{Declined, i18n.M("Canalizaciones no aceptadas"), i18n.M("canalización"),
		i18n.M("Canalizaciones que un centro no aceptó, el día de su respuesta."), 1, since},
	{Admissions, i18n.M("Ingresos al programa"), i18n.M("expediente"),
		i18n.M("Expedientes admitidos a un programa, el día de la admisión, en el centro que los tenía ese día."), 1, since},
	{Completions, i18n.M("Conclusiones"), i18n.M("expediente"),
		i18n.M("Expedientes que concluyeron el programa, el día de la conclusión, en el centro que los tenía ese día."), 1, since},
	{Discharges, i18n.M("Bajas"), i18n.M("expediente"),
		i18n.M("Expedientes dados de baja sin concluir, por cualquier causa, el día de la baja, en el centro que los tenía ese día."), 1, since},
	{Expected, i18n.M("Asistencias esperadas"), i18n.M("asistencia"),
		i18n.M("Una por persona y cita cuya asistencia se registró: vino, llegó tarde, faltó (con o sin justificación) o se le pidió salir, el día de la cita. Lo que el centro canceló o movió no cuenta."), 1, since},
	{Contacts, i18n.M("Asesorías"), i18n.M("asesoría"),
		i18n.M("Una por persona que vino o llegó tarde a una cita, el día de la cita. Una sesión de grupo a la que vienen doce personas son doce asesorías. Lo que el centro canceló o movió no cuenta."), 1, since},
}

// FigureOf finds a definition by its key.
func FigureOf(key Key) (Figure, bool) {
	for _, f := range Figures {
		if f.Key == key {
			return f, true
		}
	}
	return Figure{}, false
}
