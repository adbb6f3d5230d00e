package catalogue

import "sigue/internal/base/i18n"

// Sources that stand in several lists.
const (
	lgamvlv    = "Ley General de Acceso de las Mujeres a una Vida Libre de Violencia"
	localLaw   = "Ley de Acceso de las Mujeres a una Vida Libre de Violencia del Estado de México"
	cnpp       = "Código Nacional de Procedimientos Penales"
	judiciary  = "Ley Orgánica del Poder Judicial del Estado de México"
	inegi      = "INEGI, Catálogo Único de Claves de Áreas Geoestadísticas"
	washington = "Grupo de Washington sobre Estadísticas de la Discapacidad, conjunto breve de preguntas"
)

// seeds are the lists as they ship.
var seeds = []seedList{
	{LegalBasisList, "", []seedEntry{
		law("judgment", "Sentencia", "Judgment", "Código Penal del Estado de México; "+lgamvlv).basis(
			LegalBasisAttributes{Mandatory: true, Authorities: []string{"court"}, Notify: NotifyAuthority}),
		law("conditional_suspension", "Suspensión condicional del proceso", "Conditional suspension of proceedings",
			cnpp+", arts. 191 a 195 (de seis meses a tres años)").basis(
			LegalBasisAttributes{Mandatory: true, MinMonths: 6, MaxMonths: 36, Authorities: []string{"court"}, Notify: NotifyAuthority}),
		law("precautionary_measure", "Medida cautelar", "Precautionary measure", cnpp+", art. 155").basis(
			LegalBasisAttributes{Mandatory: true, Authorities: []string{"court", "prosecutor"}, Notify: NotifyAuthority}),
		law("protection_order", "Orden o medida de protección", "Protection order", lgamvlv+", arts. 27 y siguientes; "+cnpp+", art. 137").basis(
			LegalBasisAttributes{Mandatory: true, Authorities: []string{"court", "prosecutor", "municipality"}, Notify: NotifyAuthority}),
		law("family_ruling", "Resolución en materia familiar", "Family court ruling", "Código de Procedimientos Civiles del Estado de México").basis(
			LegalBasisAttributes{Mandatory: true, Authorities: []string{"court"}, Notify: NotifyAuthority}),
		law("civic_sanction", "Sanción de justicia cívica", "Civic justice sanction", "Bando municipal; Ley Orgánica Municipal del Estado de México").basis(
			LegalBasisAttributes{Mandatory: true, Authorities: []string{"civic_judge", "municipality"}, Notify: NotifyAuthority}),
		law("administrative_ruling", "Resolución administrativa", "Administrative ruling", "Ley de Responsabilidades Administrativas del Estado de México y Municipios").basis(
			LegalBasisAttributes{Mandatory: true, Authorities: []string{"control_body", "public_administration"}, Notify: NotifyAuthority}),
		law("electoral_ruling", "Resolución electoral", "Electoral ruling", lgamvlv+", art. 20 Bis; Código Electoral del Estado de México").basis(
			LegalBasisAttributes{Mandatory: true, Authorities: []string{"electoral"}, Notify: NotifyAuthority}),
		law("sentence_benefit", "Beneficio en la ejecución de la pena", "Benefit in the execution of a sentence", "Ley Nacional de Ejecución Penal").basis(
			LegalBasisAttributes{Mandatory: true, Authorities: []string{"court", "penitentiary"}, Notify: NotifyAuthority}),
		word("recommendation", "Recomendación o invitación", "Recommendation").basis(
			LegalBasisAttributes{Notify: NotifyReferrer}),
		word("voluntary", "Voluntaria", "Voluntary").basis(
			LegalBasisAttributes{Voluntary: true, Notify: NotifyNobody}),
		law("mediation", "Mediación o conciliación", "Mediation or conciliation", lgamvlv+", art. 8, fr. IV").basis(
			LegalBasisAttributes{Refused: true, Notify: NotifyNobody, RefusedReason: i18n.Text{
				ES: "la ley pide evitar la mediación y la conciliación entre la víctima y quien ejerció la violencia (LGAMVLV, art. 8, fr. IV). Si además hay una resolución, elija esa como base.",
				EN: "the law asks to avoid mediation and conciliation between the victim and whoever used violence (LGAMVLV, art. 8, fr. IV). If there is a ruling as well, choose that as the basis.",
			}}),
	}},
	{CaseKind, "", []seedEntry{
		word("judicial_file", "Expediente judicial", "Court file"),
		word("investigation_folder", "Carpeta de investigación", "Investigation folder"),
		word("administrative_file", "Expediente administrativo", "Administrative file"),
		word("other", "Otro número", "Other number"),
	}},
	{ViolenceType, "", []seedEntry{
		law("psychological", "Psicológica", "Psychological", lgamvlv+", art. 6, fr. I"),
		law("physical", "Física", "Physical", lgamvlv+", art. 6, fr. II"),
		law("patrimonial", "Patrimonial", "Against property", lgamvlv+", art. 6, fr. III"),
		law("economic", "Económica", "Economic", lgamvlv+", art. 6, fr. IV"),
		law("sexual", "Sexual", "Sexual", lgamvlv+", art. 6, fr. V"),
		law("vicarious", "Vicaria (a través de interpósita persona)", "Vicarious (through another person)",
			lgamvlv+", art. 6, fr. VI (DOF 17-01-2024)").since("2024-01-17"),
		law("other_analogous", "Otra forma análoga", "Other analogous form", lgamvlv+", art. 6, última fracción"),
	}},
	{Modality, "", []seedEntry{
		law("family", "Familiar", "Family", lgamvlv+", art. 7"),
		law("work", "Laboral", "Work", lgamvlv+", arts. 10 y 11"),
		law("school", "Docente o escolar", "School", lgamvlv+", art. 12"),
		law("community", "En la comunidad", "Community", lgamvlv+", art. 16"),
		law("institutional", "Institucional", "Institutional", lgamvlv+", art. 18"),
		law("political", "Política", "Political", lgamvlv+", art. 20 Bis"),
		law("digital_media", "Digital y mediática", "Digital and media", lgamvlv+", arts. 20 Quáter y 20 Quinquies"),
		law("femicidal", "Feminicida", "Femicidal", lgamvlv+", art. 21"),
		law("obstetric", "Obstétrica", "Obstetric", localLaw),
		law("dating", "En el noviazgo", "Dating", localLaw),
		notSpecified,
	}},
	{Relation, "", []seedEntry{
		word("spouse", "Cónyuge", "Spouse"),
		word("partner", "Pareja en unión libre o concubinato", "Partner, living together"),
		word("dating", "Novio o novia", "Dating partner"),
		word("ex_spouse", "Excónyuge", "Former spouse"),
		word("ex_partner", "Expareja", "Former partner"),
		word("parent", "Padre, madre o quien hace sus veces", "Parent or whoever acts as one"),
		word("child", "Hijo o hija", "Child"),
		word("sibling", "Hermano o hermana", "Sibling"),
		word("other_relative", "Otro familiar", "Other relative"),
		word("co_worker", "Compañero de trabajo", "Co-worker"),
		word("superior", "Superior en el trabajo", "Superior at work"),
		word("teacher", "Docente", "Teacher"),
		word("schoolmate", "Compañero de escuela", "Schoolmate"),
		word("public_servant", "Servidor público en su función", "Public servant in office"),
		word("political_actor", "Actor político", "Political actor"),
		word("neighbour", "Vecino", "Neighbour"),
		word("acquaintance", "Conocido", "Acquaintance"),
		word("stranger", "Desconocido", "Stranger"),
		word("other", "Otra relación", "Other relation"),
		unknown, notSpecified,
	}},
	{YesNo, "", []seedEntry{
		word("yes", "Sí", "Yes"),
		word("no", "No", "No"),
		unknown, notSpecified,
	}},
	{DocumentClass, "", []seedEntry{
		word("resolution", "Resolución", "Ruling").access(AccessLegal),
		word("official_letter", "Oficio de canalización", "Official letter").access(AccessReferral),
		word("identification", "Identificación", "Identification").access(AccessIdentity),
		word("protection_order", "Orden de protección", "Protection order").access(AccessLegal),
		word("other", "Otro documento", "Other document").access(AccessReferral),
	}},
	{ReturnReason, "", []seedEntry{
		word("resolution_missing", "Falta la resolución o el oficio", "The ruling or letter is missing"),
		word("resolution_illegible", "La resolución no se puede leer", "The ruling cannot be read"),
		word("resolution_incomplete", "La resolución está incompleta o sin firma", "The ruling is incomplete or unsigned"),
		word("data_mismatch", "Los datos no coinciden con la resolución", "The data do not match the ruling"),
		word("basis_wrong", "La base legal no corresponde", "The legal basis is wrong"),
		word("mandate_missing", "Falta el plazo o el número de sesiones", "The term or the number of sessions is missing"),
		word("case_number", "Falta o está mal el número de expediente", "The case number is missing or wrong"),
		word("identity_unclear", "No queda claro quién es la persona", "It is not clear who the person is"),
		word("contact_missing", "Faltan datos para localizar a la persona", "Contact details are missing"),
		word("facts_unclear", "Faltan datos de los hechos", "The facts are incomplete"),
		word("wrong_document", "El documento es de otro asunto", "The document belongs to another case"),
		word("other", "Otro motivo", "Other reason"),
	}},
	{DeclineReason, "", []seedEntry{
		word("not_gender_violence", "Los hechos no son violencia de género", "The facts are not gender violence"),
		word("other_care_first", "Necesita antes otra atención (salud mental o consumo de sustancias)", "Needs other care first (mental health or substance use)"),
		law("mediation", "Procede de una mediación o conciliación", "It stems from mediation or conciliation", lgamvlv+", art. 8, fr. IV"),
		word("mandate_too_short", "El plazo no alcanza para el programa", "The term is too short for the program"),
		word("in_custody", "Está privada de la libertad", "The person is in custody"),
		word("lives_elsewhere", "Vive fuera del Estado", "Lives outside the State"),
		word("duplicate", "Ya está canalizada por el mismo asunto", "Already referred for the same case"),
		word("no_capacity", "Ningún centro tiene cupo", "No center has room"),
		word("conflict", "Conflicto de interés que no se resuelve con otro centro", "Conflict of interest that no other center solves"),
		word("other", "Otro motivo", "Other reason"),
	}},
	{ReassignReason, "", []seedEntry{
		word("closer", "Otro centro le queda más cerca", "Another center is closer"),
		word("capacity", "Este centro no tiene cupo", "This center has no room"),
		word("schedule", "Otro centro tiene el horario que puede cumplir", "Another center has hours that fit"),
		word("victim_nearby", "La víctima acude o vive cerca de este centro", "The victim attends or lives near this center"),
		word("knows_staff", "Conoce a alguien del personal", "Knows a member of the staff"),
		word("venue_closed", "La sede está cerrada", "The venue is closed"),
		word("language", "Otro centro atiende en su lengua", "Another center works in the person's language"),
		word("other", "Otro motivo", "Other reason"),
	}},
	{WithdrawReason, "", []seedEntry{
		word("mistake", "Se capturó por error", "Entered by mistake"),
		word("duplicate", "Está repetida", "It is a duplicate"),
		word("revoked", "La resolución se revocó o cambió", "The ruling was revoked or changed"),
		word("other_program", "Se cumplirá en otro programa", "It will be carried out in another program"),
		word("in_custody", "Quedó privada de la libertad", "The person was taken into custody"),
		word("moved", "Se fue a vivir a otra entidad", "Moved to another state"),
		word("died", "Falleció", "Died"),
		word("other", "Otro motivo", "Other reason"),
	}},
	{AppointmentMode, "", []seedEntry{
		word("in_person", "Presencial", "In person"),
		word("video", "Por videollamada", "By video call"),
		word("phone", "Por teléfono", "By telephone"),
	}},
	{AbsenceReason, "", []seedEntry{
		word("illness", "Enfermedad", "Illness"),
		word("work", "Trabajo", "Work"),
		word("care", "Cuidado de un familiar", "Care of a relative"),
		word("bereavement", "Fallecimiento de un familiar", "Bereavement"),
		word("hearing", "Diligencia ante una autoridad", "Hearing before an authority"),
		word("custody", "Detención", "Detention"),
		word("transport", "Falta de transporte o de dinero para él", "No transport or no money for it"),
		word("disaster", "Fenómeno natural o inseguridad en el camino", "Natural disaster or unsafe way"),
		word("no_reason", "Sin motivo", "No reason given"),
		word("other", "Otro motivo", "Other reason"),
		notSpecified,
	}},
	{ContactResult, "", []seedEntry{
		word("reached", "Se habló con la persona", "Spoke with the person"),
		word("no_answer", "No contestó", "No answer"),
		word("message_left", "Se dejó mensaje, donde es seguro", "Left a message, where it is safe"),
		word("relative", "Contestó otra persona; no se dijo el motivo", "Another person answered; the reason was not given"),
		word("wrong_number", "El número no es de la persona", "Wrong number"),
		word("out_of_service", "El número no existe o está fuera de servicio", "Number out of service"),
		word("address_not_found", "No se localizó el domicilio", "Address not found"),
		word("refused", "No quiso hablar", "Refused to talk"),
		word("other", "Otro resultado", "Other result"),
	}},
	sexSeed, genderSeed, maritalSeed, schoolingSeed, literacySeed, occupationSeed, armedSeed, indigenousSeed,
	languageSeed, disabilitySeed, shiftSeed, institutionSeed, districtSeed, stateSeed, changeReasonSeed, cannotReasonSeed,
	contactChannelSeed, followupSourceSeed,
}
