package report

import (
	"math"
	"strconv"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
)

// Key names a figure in the database, in files and in addresses.
type Key string

// The figures.
const (
	Referrals            Key = "referrals"
	Accepted             Key = "accepted"
	Returned             Key = "returned"
	Declined             Key = "declined"
	Presented            Key = "presented"
	Waiting              Key = "waiting"
	Admissions           Key = "admissions"
	People               Key = "people"
	Sessions             Key = "sessions"
	Expected             Key = "expected"
	Contacts             Key = "contacts"
	Attendance           Key = "attendance"
	Completions          Key = "completions"
	Discharges           Key = "discharges"
	FollowupsReached     Key = "followups_reached"
	FollowupsUnreached   Key = "followups_unreached"
	FollowupsInstitution Key = "followups_institution"

	waited Key = "waited" // days, summed; part of Waiting and no figure itself
)

const yes, no = "yes", "no"

// Figure is the definition of what is counted. A change of the formula is a new version.
type Figure struct {
	Key     Key
	Name    i18n.Msg
	Unit    i18n.Msg
	Formula i18n.Msg
	Version int
	Since   string // the first day on which this version held, as data

	// A figure that is a part of another or a mean is Amount over Over; the rest are sums.
	Amount, Over Key
	Percent      bool
	// Distinct counts people, each once in a month and once in a period: months do not add up.
	Distinct bool
}

// Value is what a figure amounts to. Over is what it is a part of, for a part or a mean.
type Value struct{ Amount, Over int64 }

// Ratio tells whether the figure is one amount over another.
func (f Figure) Ratio() bool { return f.Over != "" }

// Show writes a value as people read it: "1,204", "83 %" (which does not break), "12.4"; a dash when there is
// nothing of which it could be a part.
func (f Figure) Show(v Value) string {
	switch {
	case !f.Ratio():
		return i18n.Number(v.Amount).String()
	case v.Over == 0:
		return "—"
	case f.Percent:
		return strconv.Itoa(int(math.Round(100*f.Of(v)))) + "\u00a0%"
	}
	return strconv.FormatFloat(f.Of(v), 'f', 1, 64)
}

// Of is a value as a number, for charts and spreadsheets: a part is between 0 and 1.
func (f Figure) Of(v Value) float64 {
	switch {
	case !f.Ratio():
		return float64(v.Amount)
	case v.Over == 0:
		return 0
	}
	return float64(v.Amount) / float64(v.Over)
}

// Tells tells whether the figure can be told apart by a dimension: a session is of nobody,
// and a step of a process of no service area.
func (f Figure) Tells(d Dimension) bool {
	switch f.Key {
	case Sessions:
		return d == ByCenter || d == ByService
	case People, Expected, Contacts, Attendance:
		return d.Known()
	}
	return d.Known() && d != ByService
}

// facts are the keys under which the facts of a figure are stored.
func (f Figure) facts() []string {
	if f.Ratio() {
		return []string{string(f.Amount), string(f.Over)}
	}
	return []string{string(f.Key)}
}

// valueOf picks the value of a figure from sums by key.
func (f Figure) valueOf(sums map[Key]int64) Value {
	if f.Ratio() {
		return Value{sums[f.Amount], sums[f.Over]}
	}
	return Value{Amount: sums[f.Key]}
}

// Day is the day since which this version holds.
func (f Figure) Day() clock.Date { return clock.MustDate(f.Since) }

// since is the first day of the first versions.
const since = "2026-11-23"

// Figures lists every figure, in the order of a process.
var Figures = []Figure{
	{Key: Referrals, Name: i18n.M("Canalizaciones recibidas"), Unit: i18n.M("canalización"), Version: 1, Since: since,
		Formula: i18n.M("Canalizaciones con folio, el día en que se enviaron por primera vez, también las que después se retiraron o se turnaron a protección de la niñez. Cuentan en el centro que las tiene hoy.")},
	{Key: Accepted, Name: i18n.M("Canalizaciones aceptadas"), Unit: i18n.M("canalización"), Version: 1, Since: since,
		Formula: i18n.M("Canalizaciones que un centro aceptó, el día en que las aceptó.")},
	{Key: Returned, Name: i18n.M("Devoluciones para corregir"), Unit: i18n.M("devolución"), Version: 1, Since: since,
		Formula: i18n.M("Veces que un centro devolvió una canalización, el día de cada devolución. Una canalización puede contar más de una vez.")},
	{Key: Declined, Name: i18n.M("Canalizaciones no aceptadas"), Unit: i18n.M("canalización"), Version: 1, Since: since,
		Formula: i18n.M("Canalizaciones que un centro no aceptó, el día de su respuesta.")},
	{Key: Presented, Name: i18n.M("Primeras asistencias"), Unit: i18n.M("expediente"), Version: 1, Since: since,
		Formula: i18n.M("Expedientes de quienes se presentaron por primera vez, el día en que se presentaron, en el centro que los tenía ese día.")},
	{Key: Waiting, Name: i18n.M("Días de espera"), Unit: i18n.M("días naturales por expediente"), Version: 1, Since: since, Amount: waited, Over: Presented,
		Formula: i18n.M("Días naturales desde que se envió la primera canalización de un expediente hasta que la persona se presentó por primera vez, en promedio, de quienes se presentaron en el periodo.")},
	{Key: Admissions, Name: i18n.M("Ingresos al programa"), Unit: i18n.M("expediente"), Version: 1, Since: since,
		Formula: i18n.M("Expedientes admitidos a un programa, el día de la admisión, en el centro que los tenía ese día.")},
	{Key: People, Name: i18n.M("Personas atendidas"), Unit: i18n.M("persona"), Version: 1, Since: since, Distinct: true,
		Formula: i18n.M("Personas distintas con al menos una asesoría. Cada persona cuenta una vez en cada mes y una sola vez en el periodo, así que los meses no se suman.")},
	{Key: Sessions, Name: i18n.M("Sesiones realizadas"), Unit: i18n.M("sesión"), Version: 1, Since: since,
		Formula: i18n.M("Citas y sesiones de grupo a las que vino al menos una persona, el día en que se hicieron. Una sesión de grupo es una sesión, vengan cuantas personas vengan; no se cuenta por persona ni por institución.")},
	{Key: Expected, Name: i18n.M("Asistencias esperadas"), Unit: i18n.M("asistencia"), Version: 1, Since: since,
		Formula: i18n.M("Una por persona y cita cuya asistencia se registró: vino, llegó tarde, faltó (con o sin justificación) o se le pidió salir, el día de la cita. Lo que el centro canceló o movió no cuenta.")},
	{Key: Contacts, Name: i18n.M("Asesorías"), Unit: i18n.M("asesoría"), Version: 1, Since: since,
		Formula: i18n.M("Una por persona que vino o llegó tarde a una cita, el día de la cita. Una sesión de grupo a la que vienen doce personas son doce asesorías. Lo que el centro canceló o movió no cuenta.")},
	{Key: Attendance, Name: i18n.M("Asistencia"), Unit: i18n.M("porcentaje de las asistencias esperadas"), Version: 1, Since: since, Amount: Contacts, Over: Expected, Percent: true,
		Formula: i18n.M("Asesorías entre asistencias esperadas. Una falta justificada sigue siendo una falta.")},
	{Key: Completions, Name: i18n.M("Conclusiones"), Unit: i18n.M("expediente"), Version: 1, Since: since,
		Formula: i18n.M("Expedientes que concluyeron el programa, el día de la conclusión, en el centro que los tenía ese día.")},
	{Key: Discharges, Name: i18n.M("Bajas"), Unit: i18n.M("expediente"), Version: 1, Since: since,
		Formula: i18n.M("Expedientes dados de baja sin concluir, por cualquier causa, el día de la baja, en el centro que los tenía ese día.")},
	{Key: FollowupsReached, Name: i18n.M("Seguimientos con la persona localizada"), Unit: i18n.M("seguimiento"), Version: 1, Since: since,
		Formula: i18n.M("Seguimientos del centro en los que se localizó a la persona, el día de la respuesta.")},
	{Key: FollowupsUnreached, Name: i18n.M("Seguimientos sin localizar a la persona"), Unit: i18n.M("seguimiento"), Version: 1, Since: since,
		Formula: i18n.M("Seguimientos del centro que se respondieron sin localizar a la persona, el día de la respuesta. Lo que no se sabe no cuenta como que no reincidió.")},
	{Key: FollowupsInstitution, Name: i18n.M("Seguimientos de las instituciones"), Unit: i18n.M("seguimiento"), Version: 1, Since: since,
		Formula: i18n.M("Seguimientos que respondió la institución que canalizó, el día de la respuesta.")},
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
