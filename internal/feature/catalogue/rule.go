package catalogue

import (
	"slices"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
)

// RuleCode names a rule.
type RuleCode string

// The rules of DOMAIN, "Clocks", and the limits beside them.
const (
	RuleAnswer          RuleCode = "referral_answer"
	RuleReturn          RuleCode = "referral_return"
	RuleCorrect         RuleCode = "referral_correct"
	RuleOffer           RuleCode = "appointment_offer"
	RuleOfferUrgent     RuleCode = "appointment_offer_urgent"
	RuleFirstHeld       RuleCode = "appointment_held"
	RuleNoShowNotice    RuleCode = "no_show_notice"
	RuleAssessments     RuleCode = "assessments"
	RuleAbsenceNotice   RuleCode = "absence_notice"
	RuleAbsenceLimit    RuleCode = "absence_limit"
	RuleBreachReport    RuleCode = "breach_report"
	RuleRiskAlert       RuleCode = "risk_alert"
	RuleAttendance      RuleCode = "attendance_required"
	RuleConclusion      RuleCode = "conclusion_report"
	RuleFollowupWindow  RuleCode = "followup_window"
	RuleEnrollment      RuleCode = "enrollment_answer"
	RuleActivationLink  RuleCode = "activation_link"
	RuleRecertify       RuleCode = "account_recertify"
	RuleARCO            RuleCode = "arco_answer"
	RuleARCOExtension   RuleCode = "arco_extension"
	RuleAttachmentMB    RuleCode = "attachment_mb"
	RuleStatisticsCell  RuleCode = "statistics_cell"
	RuleSurveyThreshold RuleCode = "survey_threshold"
)

// Unit is what a rule counts.
type Unit string

// The units.
const (
	BusinessDays Unit = "business_days"
	Days         Unit = "days"
	Hours        Unit = "hours"
	Megabytes    Unit = "mb"
	Percent      Unit = "percent"
	Count        Unit = "count"
)

// Label is the unit's name on screen.
func (u Unit) Label() i18n.Msg {
	switch u {
	case BusinessDays:
		return i18n.M("días hábiles")
	case Days:
		return i18n.M("días naturales")
	case Hours:
		return i18n.M("horas")
	case Megabytes:
		return i18n.M("MB")
	case Percent:
		return i18n.M("por ciento")
	case Minutes:
		return i18n.M("minutos")
	case Months:
		return i18n.M("meses")
	}
	return i18n.M("en número")
}

// Of is a number of the unit in words: "1 día hábil", "80 por ciento".
func (u Unit) Of(n int) i18n.Msg {
	switch {
	case u == BusinessDays && n == 1:
		return i18n.M("1 día hábil")
	case u == BusinessDays:
		return i18n.M("%d días hábiles", n)
	case u == Days && n == 1:
		return i18n.M("1 día natural")
	case u == Days:
		return i18n.M("%d días naturales", n)
	case u == Hours && n == 1:
		return i18n.M("1 hora")
	case u == Hours:
		return i18n.M("%d horas", n)
	case u == Megabytes:
		return i18n.M("%d MB", n)
	case u == Percent:
		return i18n.M("%d por ciento", n)
	case u == Minutes:
		return i18n.M("%d minutos", n)
	case u == Months && n == 1:
		return i18n.M("1 mes")
	case u == Months:
		return i18n.M("%d meses", n)
	}
	return i18n.M("%d", n)
}

// Rule is a deadline or a limit, from a day on.
type Rule struct {
	Code      RuleCode
	Value     int
	Unit      Unit
	Source    string // the law, or why it is set so
	ValidFrom clock.Date
}

// RuleKind is what the program knows about a rule besides its value of the day.
type RuleKind struct {
	Code     RuleCode
	Label    i18n.Msg
	Unit     Unit
	Default  int
	Min, Max int
	Source   string
}

// localRule is the source of a value that no law sets.
const localRule = "Regla del programa; ninguna norma fija el plazo."

// RuleKinds are every rule with its shipped value, in the order of the page.
var RuleKinds = slices.Concat([]RuleKind{
	{RuleAnswer, i18n.M("Contestar una canalización recibida"), BusinessDays, 1, 0, 30, localRule},
	{RuleReturn, i18n.M("Devolverla para corregir"), BusinessDays, 2, 0, 30, localRule},
	{RuleCorrect, i18n.M("Corregir una canalización devuelta, antes de que venza"), BusinessDays, 10, 1, 60, localRule},
	{RuleOffer, i18n.M("Ofrecer la primera cita"), BusinessDays, 3, 0, 30, localRule},
	{RuleOfferUrgent, i18n.M("Ofrecer la primera cita de un caso urgente"), BusinessDays, 1, 0, 30, localRule},
	{RuleFirstHeld, i18n.M("Llevar a cabo la primera cita"), BusinessDays, 10, 1, 60, localRule},
	{RuleNoShowNotice, i18n.M("Avisar que no se presentó"), BusinessDays, 2, 0, 30, localRule},
	{RuleAssessments, i18n.M("Terminar las tres valoraciones"), BusinessDays, 15, 1, 90, localRule},
	{RuleAbsenceNotice, i18n.M("Avisar de una inasistencia"), BusinessDays, 2, 0, 30, localRule},
	{RuleAbsenceLimit, i18n.M("Inasistencias sin justificar hasta el informe de incumplimiento"), Count, 3, 1, 20, localRule},
	{RuleBreachReport, i18n.M("Informar del incumplimiento a la autoridad"), BusinessDays, 3, 0, 30, localRule},
	{RuleRiskAlert, i18n.M("Atender una alerta de riesgo (0: el mismo día)"), BusinessDays, 0, 0, 5, localRule},
	{RuleAttendance, i18n.M("Asistencia que se pide para concluir"), Percent, 80, 1, 100, localRule},
	{RuleConclusion, i18n.M("Entregar el informe de conclusión"), BusinessDays, 5, 0, 30, localRule},
	{RuleFollowupWindow, i18n.M("Margen del seguimiento, antes y después de su fecha"), Days, 15, 0, 45, localRule},
	{RuleEnrollment, i18n.M("Contestar una solicitud de registro"), BusinessDays, 3, 0, 30, localRule},
	{RuleActivationLink, i18n.M("Vigencia del enlace para activar una cuenta"), Hours, 24, 1, 168, localRule},
	{RuleRecertify, i18n.M("Confirmar que cada cuenta sigue en uso"), Days, 180, 30, 730, localRule},
	{RuleARCO, i18n.M("Contestar una solicitud de derechos ARCO"), BusinessDays, 20, 1, 20,
		"Ley General de Protección de Datos Personales en Posesión de Sujetos Obligados " + toConfirm + ": veinte días."},
	{RuleARCOExtension, i18n.M("Ampliar esa respuesta, una sola vez"), BusinessDays, 10, 0, 10,
		"Ley General de Protección de Datos Personales en Posesión de Sujetos Obligados " + toConfirm + ": diez días más, una vez."},
	{RuleAttachmentMB, i18n.M("Tamaño de cada documento adjunto, como máximo"), Megabytes, 10, 1, 100, "Regla del programa."},
	{RuleStatisticsCell, i18n.M("Casilla más pequeña que se publica en una estadística"), Count, 5, 3, 50,
		"Regla del programa: nadie debe poder reconocerse en una cifra."},
	{RuleSurveyThreshold, i18n.M("Respuestas desde las que se muestra una encuesta"), Count, 5, 3, 50, "Regla del programa."},
}, agendaRules, followupRules)

// KindOf gives what is known about a rule; false when there is no such rule.
func KindOf(code RuleCode) (RuleKind, bool) {
	for _, k := range RuleKinds {
		if k.Code == code {
			return k, true
		}
	}
	return RuleKind{}, false
}

// shipped is the rule before anybody changed it.
func (k RuleKind) shipped() Rule {
	return Rule{Code: k.Code, Value: k.Default, Unit: k.Unit, Source: k.Source, ValidFrom: beginning}
}

// Ships tells whether a value is the one that came with the program.
func (k RuleKind) Ships(r Rule) bool { return r.ValidFrom == beginning }

// beginning is the day from which shipped entries and rules hold: long before any record.
var beginning = clock.MustDate("2000-01-01")
