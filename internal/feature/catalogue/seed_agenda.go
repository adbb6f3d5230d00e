package catalogue

import "sigue/internal/base/i18n"

// The rules of the agenda: how long an appointment is, and the ladder that absences
// climb (DOMAIN, "Program and plan").
const (
	RuleVisitMinutes  RuleCode = "visit_minutes"
	RuleAbsenceCall   RuleCode = "absence_call"
	RuleAbsenceTell   RuleCode = "absence_tell"
	RuleNoShowLimit   RuleCode = "no_show_limit"
	RuleCorrectReport RuleCode = "correct_report"
	RuleReminderHour  RuleCode = "reminder_hour"
)

// Minutes is a length of time in an appointment.
const Minutes Unit = "minutes"

// agendaRules stand after the others on the page.
var agendaRules = []RuleKind{
	{RuleVisitMinutes, i18n.M("Duración de una cita individual"), Minutes, 60, 15, 240, localRule},
	{RuleAbsenceCall, i18n.M("Llamar a la persona después de una inasistencia"), BusinessDays, 1, 0, 10, localRule},
	{RuleAbsenceTell, i18n.M("Inasistencias sin justificar hasta el primer aviso a la instancia"), Count, 2, 1, 20, localRule},
	{RuleNoShowLimit, i18n.M("Veces que puede no presentarse a la primera cita"), Count, 2, 1, 10, localRule},
	{RuleCorrectReport, i18n.M("Corregir lo que se informó, si después se justifica la falta"), BusinessDays, 2, 0, 30, localRule},
	{RuleReminderHour, i18n.M("Hora del día anterior desde la que se recuerda una cita por correo"), Hours, 16, 8, 21,
		"Regla del programa: a una hora en que se lee el correo y aún puede cambiarse la cita."},
}

// ChangeReason is why an appointment was moved or called off.
const ChangeReason = "change_reason"

var changeReasonSeed = seedList{ChangeReason, "", []seedEntry{
	word("illness", "Enfermedad", "Illness"),
	word("work", "Trabajo", "Work"),
	word("family", "Motivo familiar", "Family"),
	word("hearing", "Diligencia ante una autoridad", "Hearing before an authority"),
	word("staff_absent", "Falta quien atiende", "The professional is absent"),
	word("center_closed", "El centro no abre ese día", "The center is closed that day"),
	word("room", "No hay sala", "No room"),
	word("risk", "Por seguridad", "For safety"),
	word("mistake", "Se capturó por error", "Entered by mistake"),
	word("other", "Otro motivo", "Other reason"),
}}

// CannotReason is why a person says that he cannot come, on a page that anybody who reads
// his mail may see: nothing in it tells of an authority.
const CannotReason = "cannot_reason"

var cannotReasonSeed = seedList{CannotReason, "", []seedEntry{
	word("illness", "Enfermedad", "Illness"),
	word("work", "Trabajo", "Work"),
	word("family", "Motivo familiar", "Family"),
	word("transport", "Transporte", "Transport"),
	word("other", "Otro motivo", "Other reason"),
}}
