package catalogue

import "sigue/internal/base/i18n"

// The names of the lists. The municipalities are no list but a table of their own.
const (
	LegalBasisList   = "legal_basis"
	ViolenceType     = "violence_type"
	Modality         = "modality"
	Relation         = "relation"
	YesNo            = "yes_no"
	Sex              = "sex"
	Gender           = "gender"
	MaritalStatus    = "marital_status"
	Schooling        = "schooling"
	Literacy         = "literacy"
	Occupation       = "occupation"
	ArmedOccupation  = "armed_occupation"
	Indigenous       = "indigenous"
	Language         = "language"
	Disability       = "disability"
	WorkShift        = "work_shift"
	InstitutionKind  = "institution_kind"
	JudicialDistrict = "judicial_district"
	State            = "state"
	DeclineReason    = "decline_reason"
	ReturnReason     = "return_reason"
	ReassignReason   = "reassign_reason"
	WithdrawReason   = "withdraw_reason"
	DocumentClass    = "document_class"
	CaseKind         = "case_kind"
	AbsenceReason    = "absence_reason"
	ContactResult    = "contact_result"
	AppointmentMode  = "appointment_mode"
	DischargeReason  = "discharge_reason"
	SuspendReason    = "suspend_reason"
	TransferReason   = "transfer_reason"
	NoticeAcceptance = "notice_acceptance"
)

// List is one list of the catalogue: its name in data and on screen.
type List struct {
	Name  string
	Label i18n.Msg
}

// All is every list, in the order of the administration's page.
var All = []List{
	{LegalBasisList, i18n.M("Base legal")},
	{CaseKind, i18n.M("Clase de número de expediente")},
	{ViolenceType, i18n.M("Tipos de violencia")},
	{Modality, i18n.M("Modalidades de la violencia")},
	{Relation, i18n.M("Relación con la víctima")},
	{YesNo, i18n.M("Respuestas de sí o no")},
	{Sex, i18n.M("Sexo")},
	{Gender, i18n.M("Género")},
	{MaritalStatus, i18n.M("Estado civil")},
	{Schooling, i18n.M("Escolaridad")},
	{Literacy, i18n.M("Sabe leer y escribir")},
	{Occupation, i18n.M("Ocupación")},
	{ArmedOccupation, i18n.M("Trabajo policial, militar o de seguridad")},
	{Indigenous, i18n.M("Autoadscripción indígena")},
	{Language, i18n.M("Lengua")},
	{Disability, i18n.M("Dificultades para las actividades diarias")},
	{WorkShift, i18n.M("Horario de trabajo")},
	{InstitutionKind, i18n.M("Clases de institución")},
	{JudicialDistrict, i18n.M("Distritos judiciales")},
	{State, i18n.M("Entidades federativas")},
	{DocumentClass, i18n.M("Clases de documento")},
	{ReturnReason, i18n.M("Motivos para devolver una canalización")},
	{DeclineReason, i18n.M("Motivos para no aceptar una canalización")},
	{ReassignReason, i18n.M("Motivos para pasarla a otro centro")},
	{WithdrawReason, i18n.M("Motivos para retirar una canalización")},
	{AppointmentMode, i18n.M("Modos de la cita")},
	{AbsenceReason, i18n.M("Motivos de inasistencia")},
	{ChangeReason, i18n.M("Motivos para mover o cancelar una cita")},
	{CannotReason, i18n.M("Motivos de quien avisa que no puede ir")},
	{ContactResult, i18n.M("Resultados de un intento de contacto")},
	{ContactChannel, i18n.M("Medios de un intento de contacto")},
	{FollowupSource, i18n.M("Fuentes de las respuestas de un seguimiento")},
	{DischargeReason, i18n.M("Causas de baja")},
	{SuspendReason, i18n.M("Motivos para suspender un proceso")},
	{TransferReason, i18n.M("Motivos para pasar un proceso a otro centro")},
	{NoticeAcceptance, i18n.M("Formas de aceptar el aviso de privacidad")},
}

// Find gives the list of a name; false when there is none.
func Find(name string) (List, bool) {
	for _, l := range All {
		if l.Name == name {
			return l, true
		}
	}
	return List{}, false
}
