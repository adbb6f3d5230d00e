package catalogue

import "sigue/internal/base/i18n"

// The rules of the follow-up of a completed process (DOMAIN, "Completion and follow-up").
const (
	RuleFollowupFirst    RuleCode = "followup_first"
	RuleFollowupSecond   RuleCode = "followup_second"
	RuleFollowupThird    RuleCode = "followup_third"
	RuleFollowupAttempts RuleCode = "followup_attempts"
)

// Months are calendar months.
const Months Unit = "months"

// followupRules stand after the others on the page.
var followupRules = []RuleKind{
	{RuleFollowupFirst, i18n.M("Primer seguimiento después de concluir"), Months, 3, 1, 60, localRule},
	{RuleFollowupSecond, i18n.M("Segundo seguimiento después de concluir"), Months, 6, 1, 60, localRule},
	{RuleFollowupThird, i18n.M("Último seguimiento después de concluir, que cierra el expediente"), Months, 12, 1, 60, localRule},
	{RuleFollowupAttempts, i18n.M("Intentos de contacto antes de dar un seguimiento por no localizado"), Count, 3, 1, 20,
		"Regla del programa: un solo intento no basta para decir que no se localizó a la persona."},
}

// ContactChannel is how a contact was tried, FollowupSource who said what a follow-up
// learnt. Both are codes of lists.
const (
	ContactChannel = "contact_channel"
	FollowupSource = "followup_source"
)

// The sources of an answer.
const (
	SourceSelf        = "self"
	SourcePartner     = "partner_service"
	SourceAuthority   = "authority"
	SourceInstitution = "institution"
)

var contactChannelSeed = seedList{ContactChannel, "", []seedEntry{
	word("phone", "Llamada telefónica", "Telephone call"),
	word("video", "Videollamada", "Video call"),
	word("message", "Mensaje de texto, sin datos del caso", "Text message, without data of the case"),
	word("email", "Correo electrónico, sin datos del caso", "E-mail, without data of the case"),
	word("visit", "Visita domiciliaria", "Visit at home"),
	word("in_person", "La persona acudió", "The person came"),
	word("letter", "Oficio o citatorio", "Official letter or summons"),
	word("records", "Consulta de registros propios", "Search of own records"),
	word("other", "Otro medio", "Other means"),
}}

var followupSourceSeed = seedList{FollowupSource, "Reglas de operación del programa", []seedEntry{
	word(SourceSelf, "La propia persona", "The person himself"),
	word(SourcePartner, "Servicio que atiende a la pareja o expareja", "Service that attends to the partner or former partner"),
	word(SourceAuthority, "Autoridad judicial o ministerial", "Court or prosecution"),
	word(SourceInstitution, "Institución que canalizó", "Institution that referred"),
}}
