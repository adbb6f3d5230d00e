package document

import (
	"slices"

	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
)

// Kind is a sort of document. The list is closed (DOMAIN, section 7).
type Kind string

// The kinds.
const (
	Acknowledgement Kind = "acknowledgement"   // of a referral, to whoever refers
	Summons         Kind = "summons"           // calls a person to an appointment
	Commitment      Kind = "commitment"        // the letter that a person signs at admission
	IntakeReport    Kind = "intake_report"     // tells an authority what the intake found
	MonthlyReport   Kind = "monthly_report"    // attendance of a month, to an authority
	AbsenceNotice   Kind = "absence_notice"    // to an authority
	BreachReport    Kind = "breach_report"     // to an authority
	Correction      Kind = "correction"        // of a report that an authority has
	Conclusion      Kind = "conclusion_report" // to an authority
	Certificate     Kind = "certificate"       // of attendance, to the person
	FollowUp        Kind = "follow_up"         // letter after the end, to the person
	AttendanceList  Kind = "attendance_list"   // of a session of a group, to be signed
	CaseFile        Kind = "case_file"         // the whole of it, with an index
)

// facts are the fixed words and rules of a kind.
type facts struct {
	label  i18n.Msg // its name on screen, and its title on paper when it has no wording
	file   string   // how the name of its file begins
	prefix string   // of its numbers; empty when they follow the folio of a referral
	lacks  i18n.Msg // what the paper leaves out, or holds, in its footer

	atCenter    access.Permission // opens it at the center
	atAuthority access.Permission // opens it where the person was referred; empty when it stays inside
	revoke      access.Permission

	table  bool    // it must hold one: what it tells is in its rows
	index  bool    // its sections are listed on the first page
	modest bool    // it may claim nothing about the person, see claims
	fields []Field // that its wording may use; none when it has no wording
}

// toAuthority completes the facts of what an authority is told: whoever referred reads
// it, and the center but for its reception (DOMAIN, section 6).
func toAuthority(f facts) facts {
	f.atCenter, f.atAuthority, f.revoke = access.CaseRead, access.ReferralRead, access.ReportSign
	f.lacks = i18n.M("Este documento no contiene datos de la víctima ni notas clínicas.")
	f.fields = append([]Field{FieldPerson, FieldAuthority, FieldCase, FieldFolio, FieldCenter, FieldSigner}, f.fields...)
	return f
}

// toPerson completes the facts of what is handed to the person.
func toPerson(f facts) facts {
	f.atCenter, f.revoke = access.CaseContact, access.ReportSign
	f.lacks = i18n.M("Este documento no contiene datos de la víctima, notas clínicas ni el motivo de la canalización.")
	f.fields = append([]Field{FieldPerson, FieldFolio, FieldCenter, FieldAddress, FieldPhone, FieldSigner}, f.fields...)
	return f
}

// inside completes the facts of what stays at the center.
func inside(opens access.Permission, f facts) facts {
	f.atCenter, f.revoke = opens, access.ReportSign
	f.lacks = i18n.M("Documento interno del centro con datos personales. Guárdelo bajo llave y no lo copie.")
	f.fields = append([]Field{FieldCenter, FieldSigner}, f.fields...)
	return f
}

var kinds = map[Kind]facts{
	Acknowledgement: {
		label: i18n.M("Acuse de canalización"), file: "acuse",
		lacks:    i18n.M("Este documento no contiene el nombre de la persona, datos de la víctima ni la narración de los hechos."),
		atCenter: access.ReferralRead, atAuthority: access.ReferralRead, revoke: access.ReferralReceive,
	},
	Summons: toPerson(facts{
		label: i18n.M("Citatorio"), file: "citatorio", prefix: "CIT", fields: []Field{FieldDate, FieldTime},
	}),
	Commitment: toPerson(facts{
		label: i18n.M("Carta compromiso"), file: "carta-compromiso", prefix: "CCO",
		fields: []Field{FieldProgram, FieldPrescribed, FieldStart, FieldEnd},
	}),
	IntakeReport: toAuthority(facts{
		label: i18n.M("Informe de ingreso"), file: "informe-de-ingreso", fields: []Field{FieldProgram, FieldPrescribed, FieldStart, FieldEnd},
	}),
	MonthlyReport: toAuthority(facts{
		label: i18n.M("Informe mensual de asistencia"), file: "informe-mensual", table: true,
		fields: []Field{FieldPeriod, FieldAttended, FieldPrescribed, FieldMissed, FieldEnd},
	}),
	AbsenceNotice: toAuthority(facts{
		label: i18n.M("Aviso de inasistencia"), file: "aviso-de-inasistencia", fields: []Field{FieldDate, FieldMissed},
	}),
	BreachReport: toAuthority(facts{
		label: i18n.M("Informe de incumplimiento"), file: "informe-de-incumplimiento",
		fields: []Field{FieldMissed, FieldAttended, FieldPrescribed, FieldReason},
	}),
	Correction: toAuthority(facts{
		label: i18n.M("Corrección de un informe"), file: "correccion", fields: []Field{FieldCorrected, FieldReason},
	}),
	Conclusion: toAuthority(facts{
		label: i18n.M("Informe de conclusión"), file: "informe-de-conclusion", modest: true,
		fields: []Field{FieldProgram, FieldAttended, FieldPrescribed, FieldStart, FieldEnd, FieldReason},
	}),
	Certificate: toPerson(facts{
		label: i18n.M("Constancia de asistencia"), file: "constancia", prefix: "CON", table: true, modest: true,
		fields: []Field{FieldProgram, FieldAttended, FieldPrescribed, FieldStart, FieldEnd},
	}),
	FollowUp: toPerson(facts{
		label: i18n.M("Carta de seguimiento"), file: "carta-de-seguimiento", prefix: "SEG", modest: true, fields: []Field{FieldDate, FieldTime},
	}),
	AttendanceList: inside(access.AgendaRead, facts{
		label: i18n.M("Lista de asistencia"), file: "lista-de-asistencia", prefix: "LIS", table: true,
		fields: []Field{FieldGroup, FieldDate, FieldTime},
	}),
	CaseFile: inside(access.CaseDecide, facts{
		label: i18n.M("Expediente completo"), file: "expediente", prefix: "EXP", index: true, fields: []Field{FieldFolio, FieldDate},
	}),
}

// order is how lists of kinds are shown: as a process comes by them.
var order = []Kind{Acknowledgement, Summons, Commitment, IntakeReport, MonthlyReport, AbsenceNotice, BreachReport, Correction,
	Conclusion, Certificate, FollowUp, AttendanceList, CaseFile}

// Kinds lists every kind, as a process comes by them.
func Kinds() []Kind { return slices.Clone(order) }

// Label is the name of a kind on screen; the zero sentence for one that is not listed.
func (k Kind) Label() i18n.Msg { return kinds[k].label }

// Worded tells whether the text of the kind comes from a template.
func (k Kind) Worded() bool { return len(kinds[k].fields) > 0 }

// ForAuthority tells whether whoever referred the person reads documents of the kind.
func (k Kind) ForAuthority() bool { return kinds[k].atAuthority != "" }

// Fields are what the wording of the kind may use.
func (k Kind) Fields() []Field { return slices.Clone(kinds[k].fields) }

// opens is the permission with which an actor opens documents of a kind, by where he
// works; empty when nobody there does.
func (f facts) opens(actor access.Actor) access.Permission {
	if actor.Center != "" {
		return f.atCenter
	}
	return f.atAuthority
}

// Field is a name that stands in a wording for what differs from paper to paper:
// "{{persona}}". The names are Spanish, for those who write the wording.
type Field string

// The fields.
const (
	FieldPerson     Field = "persona"
	FieldAuthority  Field = "autoridad"
	FieldCase       Field = "expediente"
	FieldFolio      Field = "folio"
	FieldCenter     Field = "centro"
	FieldAddress    Field = "domicilio"
	FieldPhone      Field = "telefono"
	FieldSigner     Field = "firma"
	FieldDate       Field = "fecha"
	FieldTime       Field = "hora"
	FieldProgram    Field = "programa"
	FieldPrescribed Field = "sesiones_previstas"
	FieldAttended   Field = "sesiones_asistidas"
	FieldMissed     Field = "faltas"
	FieldPeriod     Field = "periodo"
	FieldStart      Field = "inicio"
	FieldEnd        Field = "termino"
	FieldReason     Field = "motivo"
	FieldCorrected  Field = "documento_corregido"
	FieldGroup      Field = "grupo"
)

// fieldFacts are what a field means to whoever writes a wording.
type fieldFacts struct {
	label   i18n.Msg
	example string // fictional
}

var fieldTable = map[Field]fieldFacts{
	FieldPerson:     {i18n.M("Nombre de la persona"), "Juan Ejemplo Prueba"},
	FieldAuthority:  {i18n.M("Autoridad que canalizó"), "Juzgado Tercero Familiar de Ejemplo"},
	FieldCase:       {i18n.M("Número de expediente de la autoridad"), "77/2026"},
	FieldFolio:      {i18n.M("Folio de SIGUE"), sampleFolio.String()},
	FieldCenter:     {i18n.M("Nombre del centro"), "Centro de Reeducación de Ejemplo"},
	FieldAddress:    {i18n.M("Domicilio del centro"), "Calle Ejemplo 5, Toluca"},
	FieldPhone:      {i18n.M("Teléfono del centro"), "722 555 0100"},
	FieldSigner:     {i18n.M("Cargo de quien firma"), "Coordinación del centro"},
	FieldDate:       {i18n.M("Fecha"), "24/11/2026"},
	FieldTime:       {i18n.M("Hora"), "10:00"},
	FieldProgram:    {i18n.M("Nombre del programa"), "Programa de ejemplo"},
	FieldPrescribed: {i18n.M("Sesiones previstas"), "35"},
	FieldAttended:   {i18n.M("Sesiones a las que asistió"), "32"},
	FieldMissed:     {i18n.M("Sesiones a las que faltó"), "3"},
	FieldPeriod:     {i18n.M("Mes del informe"), "noviembre de 2026"},
	FieldStart:      {i18n.M("Fecha de inicio"), "05/01/2026"},
	FieldEnd:        {i18n.M("Fecha de término"), "20/11/2026"},
	FieldReason:     {i18n.M("Motivo"), "Motivo de ejemplo."},
	FieldCorrected:  {i18n.M("Número del documento que se corrige"), sampleFolio.String() + "-02"},
	FieldGroup:      {i18n.M("Nombre del grupo"), "Grupo de los martes"},
}

// Label is what the field stands for.
func (f Field) Label() i18n.Msg { return fieldTable[f].label }

// Example is a fictional value of the field.
func (f Field) Example() string { return fieldTable[f].example }
