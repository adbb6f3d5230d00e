package today

import (
	"strings"

	"sigue/internal/base/i18n"
)

// actions are the sentences of the ledger's page: what whoever acted did. Each action
// that any room appends stands here, and a test finds the one that does not.
var actions = map[string]i18n.Msg{
	"access.denied":            i18n.M("Pidió una página que no existe o que no es suya"),
	"account.end":              i18n.M("Terminó una cuenta al entregarse su puesto"),
	"account.end_sessions":     i18n.M("Cerró las sesiones de una cuenta"),
	"account.lang":             i18n.M("Cambió el idioma de su cuenta"),
	"account.link":             i18n.M("Pidió o envió un enlace de acceso"),
	"account.open":             i18n.M("Abrió una cuenta"),
	"account.password":         i18n.M("Puso una contraseña"),
	"account.resume":           i18n.M("Reanudó una cuenta suspendida"),
	"account.suspend":          i18n.M("Suspendió una cuenta"),
	"agenda.absence":           i18n.M("Anotó la ausencia de alguien del personal"),
	"agenda.absence_end":       i18n.M("Quitó la ausencia de alguien del personal"),
	"agenda.absence_notice":    i18n.M("Avisó a quien canalizó de una inasistencia"),
	"agenda.breach_report":     i18n.M("Avisó a quien canalizó de un incumplimiento"),
	"agenda.correction":        i18n.M("Avisó a quien canalizó de una corrección"),
	"agenda.answer":            i18n.M("Anotó la respuesta a una tarea de la agenda"),
	"agenda.calls":             i18n.M("Consultó a quién llamar por sus citas"),
	"agenda.confirm":           i18n.M("Confirmó algo de la agenda"),
	"agenda.hours":             i18n.M("Cambió el horario de alguien del personal"),
	"agenda.task":              i18n.M("Creó una tarea de la agenda"),
	"appointment.book":         i18n.M("Dio una cita"),
	"appointment.call":         i18n.M("Anotó cómo fue una llamada por una cita"),
	"appointment.cancel":       i18n.M("Canceló una cita"),
	"appointment.catch_up":     i18n.M("Apartó lugar para reponer una sesión"),
	"appointment.catch_up_off": i18n.M("Quitó el lugar para reponer una sesión"),
	"appointment.cover":        i18n.M("Cambió quién atiende una cita"),
	"appointment.create":       i18n.M("Registró una cita"),
	"appointment.move":         i18n.M("Movió una cita"),
	"appointment.reply":        i18n.M("Respondió desde su enlace si va a una cita"),
	"appointment.tell":         i18n.M("Mandó a la persona un correo sobre su cita"),
	"appointment.read":         i18n.M("Consultó una cita"),
	"area.close":               i18n.M("Cerró un área"),
	"area.create":              i18n.M("Dio de alta un área"),
	"area.reopen":              i18n.M("Reabrió un área"),
	"area.update":              i18n.M("Cambió los datos de un área"),
	"attachment.add":           i18n.M("Adjuntó un documento a una canalización"),
	"attachment.read":          i18n.M("Descargó un documento de una canalización"),
	"attachment.remove":        i18n.M("Quitó un documento de una canalización"),
	"attachment.sweep":         i18n.M("Borró archivos que ninguna canalización usa"),
	"attendance.excuse":        i18n.M("Justificó una inasistencia"),
	"attendance.note":          i18n.M("Anotó algo sobre una asistencia"),
	"attendance.record":        i18n.M("Registró una asistencia o una falta"),
	"calendar.make":            i18n.M("Hizo el enlace de su calendario"),
	"calendar.revoke":          i18n.M("Quitó el enlace de su calendario"),
	"case.admit":               i18n.M("Admitió a la persona en el programa"),
	"case.amend":               i18n.M("Corrigió un expediente"),
	"case.assessment":          i18n.M("Registró una valoración"),
	"case.close":               i18n.M("Cerró un expediente"),
	"case.commitment":          i18n.M("Registró la carta compromiso"),
	"case.complete":            i18n.M("Dio por concluido un proceso"),
	"case_copy.read":           i18n.M("Pidió una copia completa de un expediente"),
	"case.discharge":           i18n.M("Dio de baja un expediente"),
	"case.follow_up":           i18n.M("Pasó un expediente a seguimiento"),
	"case.group_join":          i18n.M("Puso a la persona en un grupo"),
	"case.group_leave":         i18n.M("Sacó a la persona de un grupo"),
	"case.join":                i18n.M("Unió dos expedientes"),
	"case.keep_apart":          i18n.M("Anotó que dos personas no deben coincidir"),
	"case.mandate":             i18n.M("Agregó un mandato a un expediente"),
	"case.mandate_extend":      i18n.M("Prolongó un mandato"),
	"case.mandate_reduce":      i18n.M("Redujo un mandato"),
	"case.mandate_revoke":      i18n.M("Anotó que se revocó un mandato"),
	"case.mandate_withdrawn":   i18n.M("Anotó que se retiró un mandato"),
	"case.meet_again":          i18n.M("Anotó que dos personas pueden volver a coincidir"),
	"case.no_show":             i18n.M("Anotó que la persona no se presentó"),
	"case.note":                i18n.M("Escribió una nota en un expediente"),
	"case.open":                i18n.M("Dio de alta un expediente"),
	"case.present":             i18n.M("Anotó que la persona se presentó"),
	"case.privacy_notice":      i18n.M("Registró que se entregó el aviso de privacidad"),
	"case.read":                i18n.M("Abrió un expediente"),
	"case.refer_out":           i18n.M("Derivó a la persona a otro servicio"),
	"case.report":              i18n.M("Informó sobre un expediente"),
	"case.resume":              i18n.M("Reanudó un proceso"),
	"case.risk":                i18n.M("Registró un nivel de riesgo"),
	"case.schedule":            i18n.M("Fijó la primera cita de un expediente"),
	"case.seal":                i18n.M("Reservó un expediente"),
	"case.separate":            i18n.M("Separó dos expedientes unidos"),
	"case.suspend":             i18n.M("Suspendió un proceso"),
	"case.transfer":            i18n.M("Pasó un expediente a otro centro"),
	"case.unseal":              i18n.M("Quitó la reserva de un expediente"),
	"case.wait":                i18n.M("Puso a la persona en lista de espera"),
	"case.warn":                i18n.M("Dejó constancia de una advertencia"),
	"case_key.rewrap":          i18n.M("Envolvió llaves de expedientes con otra llave maestra"),
	"catalogue.add":            i18n.M("Agregó una opción a una lista"),
	"catalogue.change":         i18n.M("Cambió una opción de una lista"),
	"catalogue.end":            i18n.M("Puso fin a una opción de una lista"),
	"catalogue.seed":           i18n.M("Cargó las listas con que empieza el programa"),
	"catalogue.withdraw":       i18n.M("Retiró una opción que aún no empezaba"),
	"center.close":             i18n.M("Cerró un centro"),
	"center.close_room":        i18n.M("Cerró una sala de un centro"),
	"center.coverage":          i18n.M("Cambió los municipios que atiende un centro"),
	"center.create":            i18n.M("Dio de alta un centro"),
	"center.hours":             i18n.M("Cambió el horario de un centro"),
	"center.reopen":            i18n.M("Reabrió un centro"),
	"center.reopen_room":       i18n.M("Reabrió una sala de un centro"),
	"center.room":              i18n.M("Dio de alta o cambió una sala de un centro"),
	"center.update":            i18n.M("Cambió los datos de un centro"),
	"closed_days.add":          i18n.M("Agregó días en que no se trabaja"),
	"closed_days.remove":       i18n.M("Quitó un día en que no se trabajaba"),
	"delegation.act":           i18n.M("Empezó a actuar en otro puesto por delegación"),
	"delegation.end":           i18n.M("Terminó la delegación de un puesto"),
	"delegation.give":          i18n.M("Delegó su puesto"),
	"delegation.return":        i18n.M("Volvió a actuar en su propio puesto"),
	"demo.seed":                i18n.M("Llenó la demostración con casos ficticios"),
	"document.issue":           i18n.M("Emitió un documento"),
	"document.read":            i18n.M("Descargó un documento emitido"),
	"document.revoke":          i18n.M("Dejó sin validez un documento emitido"),
	"followup.answer":          i18n.M("Respondió un seguimiento"),
	"followup.attempt":         i18n.M("Anotó un intento de un seguimiento"),
	"followup.correct":         i18n.M("Corrigió la respuesta de un seguimiento"),
	"followup.end":             i18n.M("Terminó un seguimiento sin respuesta"),
	"followup.make":            i18n.M("Programó un seguimiento"),
	"followup.move":            i18n.M("Cambió las fechas de un seguimiento"),
	"followup.outreach":        i18n.M("Consultó a quién llamar por seguimientos"),
	"followup.read":            i18n.M("Consultó un seguimiento"),
	"followup.return":          i18n.M("Señaló el reingreso de una persona"),
	"group.close":              i18n.M("Cerró un grupo"),
	"group.confirm":            i18n.M("Confirmó un grupo"),
	"group.cover_end":          i18n.M("Puso fin a una suplencia en un grupo"),
	"group.open":               i18n.M("Abrió un grupo"),
	"group.staff":              i18n.M("Cambió quién conduce un grupo"),
	"group.update":             i18n.M("Cambió los datos de un grupo"),
	"institution.close":        i18n.M("Cerró una institución"),
	"institution.create":       i18n.M("Dio de alta una institución"),
	"institution.reopen":       i18n.M("Reabrió una institución"),
	"institution.update":       i18n.M("Cambió los datos de una institución"),
	"instrument.bands":         i18n.M("Cambió los cortes de un instrumento"),
	"instrument.create":        i18n.M("Dio de alta un instrumento de valoración"),
	"instrument.discard":       i18n.M("Descartó una versión de un instrumento"),
	"instrument.draft":         i18n.M("Empezó una versión de un instrumento"),
	"instrument.item":          i18n.M("Cambió una pregunta de un instrumento"),
	"instrument.item_add":      i18n.M("Agregó una pregunta a un instrumento"),
	"instrument.item_move":     i18n.M("Movió una pregunta de un instrumento"),
	"instrument.item_remove":   i18n.M("Quitó una pregunta de un instrumento"),
	"instrument.publish":       i18n.M("Publicó un instrumento de valoración"),
	"instrument.restore":       i18n.M("Volvió a usar una versión de un instrumento"),
	"instrument.retire":        i18n.M("Dejó de usar una versión de un instrumento"),
	"instrument.update":        i18n.M("Cambió los datos de un instrumento"),
	"master_key.add":           i18n.M("Puso en uso otra llave maestra"),
	"municipality.add":         i18n.M("Agregó un municipio"),
	"municipality.update":      i18n.M("Cambió los datos de un municipio"),
	"post.open":                i18n.M("Abrió un puesto"),
	"paper.discard":            i18n.M("Descartó el borrador de un informe"),
	"paper.draft":              i18n.M("Guardó el borrador de un informe"),
	"paper.read":               i18n.M("Abrió el borrador de un informe"),
	"paper.return":             i18n.M("Devolvió un informe para corregirlo"),
	"paper.send":               i18n.M("Pasó un informe a firma"),
	"process.admitted":         i18n.M("Pasó a la canalización que la persona empezó su proceso"),
	"process.completed":        i18n.M("Pasó a la canalización que el proceso concluyó"),
	"process.discharged":       i18n.M("Pasó a la canalización que la persona causó baja"),
	"process.moved":            i18n.M("Pasó a la canalización que el proceso sigue en otro centro"),
	"process.no_show":          i18n.M("Pasó a la canalización que la persona no se presentó"),
	"process.presented":        i18n.M("Pasó a la canalización que la persona se presentó"),
	"process.referred_out":     i18n.M("Pasó a la canalización que la persona fue derivada"),
	"process.report":           i18n.M("Envió un informe a quien canalizó"),
	"process.report_revoked":   i18n.M("Avisó a quien canalizó que un informe dejó de valer"),
	"process.resumed":          i18n.M("Pasó a la canalización que el proceso se reanudó"),
	"process.suspended":        i18n.M("Pasó a la canalización que el proceso se suspendió"),
	"program.close":            i18n.M("Cerró un programa"),
	"program.component":        i18n.M("Cambió un componente de un programa"),
	"program.component_add":    i18n.M("Agregó un componente a un programa"),
	"program.component_move":   i18n.M("Movió un componente de un programa"),
	"program.component_remove": i18n.M("Quitó un componente de un programa"),
	"program.create":           i18n.M("Dio de alta un programa"),
	"program.discard":          i18n.M("Descartó una versión de un programa"),
	"program.draft":            i18n.M("Empezó una versión de un programa"),
	"program.publish":          i18n.M("Publicó una versión de un programa"),
	"program.reopen":           i18n.M("Reabrió un programa"),
	"program.restore":          i18n.M("Volvió a usar una versión de un programa"),
	"program.retire":           i18n.M("Dejó de usar una versión de un programa"),
	"program.rules":            i18n.M("Cambió las reglas de un programa"),
	"program.seed":             i18n.M("Cargó los programas con que empieza el sistema"),
	"program.session":          i18n.M("Cambió una sesión de un programa"),
	"program.session_move":     i18n.M("Movió una sesión de un programa"),
	"program.session_remove":   i18n.M("Quitó una sesión de un programa"),
	"program.sessions_add":     i18n.M("Agregó sesiones a un programa"),
	"program.topic":            i18n.M("Cambió un tema de un programa"),
	"program.topic_move":       i18n.M("Movió un tema de un programa"),
	"program.topic_remove":     i18n.M("Quitó un tema de un programa"),
	"program.topics_add":       i18n.M("Agregó temas a un programa"),
	"program.update":           i18n.M("Cambió los datos de un programa"),
	"referral.accept":          i18n.M("Aceptó una canalización"),
	"referral.appointment":     i18n.M("Ofreció la primera cita"),
	"referral.correct":         i18n.M("Envió corregida una canalización devuelta"),
	"referral.decline":         i18n.M("No aceptó una canalización"),
	"referral.discard":         i18n.M("Descartó un borrador de canalización"),
	"referral.draft":           i18n.M("Empezó a capturar una canalización"),
	"referral.expire":          i18n.M("Cerró una canalización que no se corrigió a tiempo"),
	"referral.read":            i18n.M("Abrió una canalización"),
	"referral.reassign":        i18n.M("Pasó una canalización a otro centro"),
	"referral.return":          i18n.M("Devolvió una canalización para corregir"),
	"referral.route":           i18n.M("Turnó una canalización a protección de la niñez"),
	"referral.submit":          i18n.M("Envió una canalización"),
	"referral.transfer":        i18n.M("Pasó el proceso de una canalización a otro centro"),
	"referral.withdraw":        i18n.M("Retiró una canalización"),
	"rule.set":                 i18n.M("Cambió el valor de una regla"),
	"rule.withdraw":            i18n.M("Retiró un valor de regla que aún no empezaba"),
	"session.close":            i18n.M("Salió"),
	"session.close_all":        i18n.M("Salió de todos los equipos"),
	"session.lock":             i18n.M("Agotó los intentos de entrar; hubo una espera"),
	"session.open":             i18n.M("Entró"),
	"session.refused":          i18n.M("Intentó entrar y no pudo"),
	"goal.approve":             i18n.M("Aprobó un calendario de una meta"),
	"goal.explain":             i18n.M("Justificó un trimestre de una meta"),
	"goal.propose":             i18n.M("Propuso un calendario de una meta"),
	"goal.refuse":              i18n.M("Rechazó un calendario de una meta"),
	"statistics.close":         i18n.M("Cerró las cifras de un mes"),
	"survey.answer":            i18n.M("Alguien contestó una encuesta"),
	"survey.ask":               i18n.M("Mandó por correo una encuesta"),
	"survey.create":            i18n.M("Creó una encuesta"),
	"survey.kiosk":             i18n.M("Abrió un quiosco para contestar una encuesta"),
	"survey.kiosk_close":       i18n.M("Cerró un quiosco"),
	"survey.offer":             i18n.M("Consultó si a una persona se le puede mandar una encuesta"),
	"survey.publish":           i18n.M("Publicó una versión de una encuesta"),
	"survey.remove_text":       i18n.M("Quitó de los resultados un texto que nombraba a alguien"),
	"survey.save":              i18n.M("Guardó el borrador de una encuesta"),
	"survey.sheet":             i18n.M("Hizo una hoja con códigos de una encuesta"),
	"survey.sweep":             i18n.M("Quitó códigos de encuesta que ya no servían"),
	"template.discard":         i18n.M("Descartó el borrador del texto de un documento"),
	"template.draft":           i18n.M("Cambió el borrador del texto de un documento"),
	"template.publish":         i18n.M("Publicó el texto de un documento"),
	"venue.close":              i18n.M("Cerró una sede"),
	"venue.create":             i18n.M("Dio de alta una sede"),
	"venue.reopen":             i18n.M("Reabrió una sede"),
	"venue.update":             i18n.M("Cambió los datos de una sede"),
}

// actionText is the sentence of an action. One without is of a newer program that wrote
// into the same ledger.
func actionText(action string) i18n.Msg {
	if m, ok := actions[action]; ok {
		return m
	}
	return i18n.M("Hizo algo que esta versión no conoce")
}

// group is what an auditor looks for at once. Its rooms are how its actions begin.
type group struct {
	name  string
	label i18n.Msg
	rooms []string
}

// readings is the group of what ends in ".read"; all others go by their room.
const readings = "lecturas"

var groups = []group{
	{readings, i18n.M("Lecturas de expedientes"), []string{}},
	{"canalizaciones", i18n.M("Canalizaciones y sus documentos"), []string{"referral", "attachment", "document"}},
	{"atencion", i18n.M("Atención en el centro"), []string{"case", "process", "appointment", "attendance", "agenda", "instrument"}},
	{"negados", i18n.M("Accesos negados"), []string{"access"}},
	{"sesiones", i18n.M("Entradas y salidas"), []string{"session"}},
	{"cuentas", i18n.M("Cuentas y puestos"), []string{"account", "post"}},
	{"lugares", i18n.M("Instituciones y centros"), []string{"institution", "area", "center", "venue", "closed_days"}},
	{"catalogos", i18n.M("Catálogos, reglas y municipios"), []string{"catalogue", "rule", "municipality"}},
	{"programas", i18n.M("Programas y grupos"), []string{"program", "group"}},
	{"sistema", i18n.M("Trabajo del sistema"), []string{"master_key", "case_key", "demo"}},
}

// groupOf is the group of an action; empty when it is in none.
func groupOf(action string) string {
	if strings.HasSuffix(action, ".read") {
		return readings
	}
	room, _, _ := strings.Cut(action, ".")
	for _, g := range groups {
		for _, r := range g.rooms {
			if r == room {
				return g.name
			}
		}
	}
	return ""
}

// actionsOf are the actions of a group; nil, which narrows nothing, for no group.
func actionsOf(name string) []string {
	if name == "" {
		return nil
	}
	out := []string{}
	for action := range actions {
		if groupOf(action) == name {
			out = append(out, action)
		}
	}
	return out
}

// kind is a sort of thing that entries are about.
type kind struct {
	label i18n.Msg
	// open tells that no case stands behind it: what was written as a reason may be read
	// by whoever reads the ledger. Of a case it is the center's.
	open bool
}

var kinds = map[string]kind{
	"account":         {i18n.M("Cuenta"), true},
	"post":            {i18n.M("Puesto"), true},
	"session":         {i18n.M("Su sesión"), false},
	"sign_in":         {i18n.M("Intento de entrada"), false},
	"referral":        {i18n.M("Canalización"), false},
	"case":            {i18n.M("Expediente del centro"), false},
	"appointment":     {i18n.M("Cita"), false},
	"institution":     {i18n.M("Institución"), true},
	"area":            {i18n.M("Área"), true},
	"center":          {i18n.M("Centro"), true},
	"venue":           {i18n.M("Sede"), true},
	"calendar":        {i18n.M("Calendario de todos"), true},
	"catalogue":       {i18n.M("Catálogos"), true},
	"catalogue_entry": {i18n.M("Lista"), true},
	"municipality":    {i18n.M("Municipio"), true},
	"rule":            {i18n.M("Regla"), true},
	"path":            {i18n.M("Página"), false},
	"attachments":     {i18n.M("Archivos sin uso"), false},
	"master_key":      {i18n.M("Llave maestra"), false},
	"demo":            {i18n.M("Demostración"), false},
	"program":         {i18n.M("Programa"), true},
	"group":           {i18n.M("Grupo"), true},
	"instrument":      {i18n.M("Instrumento de valoración"), true},
	"program_version": {i18n.M("Versión de un programa"), true},
}

// fields are the names of what changed, in words.
var fields = map[string]i18n.Msg{
	"account":             i18n.M("cuenta"),
	"address":             i18n.M("domicilio"),
	"alert_disappearance": i18n.M("alerta por desaparición"),
	"alert_femicide":      i18n.M("alerta por feminicidio"),
	"appointment":         i18n.M("cita"),
	"appointment_at":      i18n.M("fecha de la cita"),
	"at":                  i18n.M("fecha y hora"),
	"attachment":          i18n.M("documento adjunto"),
	"attributes":          i18n.M("reglas de la opción"),
	"capacity":            i18n.M("cupo"),
	"case_keys":           i18n.M("llaves de expedientes"),
	"center":              i18n.M("centro"),
	"district":            i18n.M("distrito"),
	"document":            i18n.M("documento"),
	"email":               i18n.M("correo"),
	"entries":             i18n.M("opciones"),
	"files":               i18n.M("archivos"),
	"folio":               i18n.M("folio"),
	"from":                i18n.M("desde"),
	"kind":                i18n.M("clase"),
	"label_en":            i18n.M("nombre en inglés"),
	"label_es":            i18n.M("nombre"),
	"lang":                i18n.M("idioma"),
	"mailbox":             i18n.M("correo de avisos"),
	"mandate":             i18n.M("mandato"),
	"municipality":        i18n.M("municipio"),
	"municipalities":      i18n.M("municipios"),
	"name":                i18n.M("nombre"),
	"narrative":           i18n.M("narración de los hechos"),
	"next_at":             i18n.M("próxima cita"),
	"password":            i18n.M("contraseña"),
	"phone":               i18n.M("teléfono"),
	"place":               i18n.M("lugar"),
	"post":                i18n.M("puesto"),
	"reason":              i18n.M("motivo"),
	"reasons":             i18n.M("motivos"),
	"role":                i18n.M("función"),
	"room":                i18n.M("sala"),
	"sha256":              i18n.M("huella SHA-256"),
	"sort":                i18n.M("orden"),
	"source":              i18n.M("fuente"),
	"state":               i18n.M("estado"),
	"title":               i18n.M("puesto"),
	"until":               i18n.M("hasta"),
	"valid_from":          i18n.M("vigente desde"),
	"valid_to":            i18n.M("vigente hasta"),
	"value":               i18n.M("valor"),
}
