package notify

import (
	"errors"
	"fmt"
	"maps"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"sigue/internal/base/i18n"
	"sigue/internal/platform/folio"
)

// Kind is what a notice says. The list is closed: each kind has its fixed sentences.
type Kind string

// The kinds.
const (
	ReferralSubmitted     Kind = "referral_submitted"      // to the institution
	ReferralReceived      Kind = "referral_received"       // to the center
	ReferralReturned      Kind = "referral_returned"       // to the institution
	ReferralCorrected     Kind = "referral_corrected"      // to the center
	ReferralAccepted      Kind = "referral_accepted"       // to the institution
	AppointmentOffered    Kind = "appointment_offered"     // to the institution
	ReferralDeclined      Kind = "referral_declined"       // to the institution
	ReferralReassigned    Kind = "referral_reassigned"     // to the institution
	ReferralReassignedIn  Kind = "referral_reassigned_in"  // to the new center
	ReferralReassignedOut Kind = "referral_reassigned_out" // to the old center
	ReferralMinorOut      Kind = "referral_minor_out"      // to the center that had it
	ReferralWithdrawn     Kind = "referral_withdrawn"      // to the center
	ReferralExpired       Kind = "referral_expired"        // to both
	ReferralMinor         Kind = "referral_minor"          // to the child-protection office
	DeadlineNear          Kind = "deadline_near"           // to whoever must act
	CasePresented         Kind = "case_presented"          // to the institution
	CaseNoShow            Kind = "case_no_show"            // to the institution
	CaseAdmitted          Kind = "case_admitted"           // to the institution
	CaseSuspended         Kind = "case_suspended"          // to the institution
	CaseResumed           Kind = "case_resumed"            // to the institution
	CaseMoved             Kind = "case_moved"              // to the institution
	CaseMovedIn           Kind = "case_moved_in"           // to the new center
	CaseDischarged        Kind = "case_discharged"         // to the institution
	CaseCompleted         Kind = "case_completed"          // to the institution
	MandateChanged        Kind = "mandate_changed"         // to the institution
	MandateRevoked        Kind = "mandate_revoked"         // to the center
	MandateEnding         Kind = "mandate_ending"          // to the center
	CaseReadWithReason    Kind = "case_read_with_reason"   // to the center
	AbsenceTold           Kind = "absence_told"            // to the institution
	BreachTold            Kind = "breach_told"             // to the institution
	AbsenceCorrected      Kind = "absence_corrected"       // to the institution
	ReportIssued          Kind = "report_issued"           // to the institution
	ReportRevoked         Kind = "report_revoked"          // to the institution
	FollowupDue           Kind = "followup_due"            // to whichever side has to do it
	FollowupOverdue       Kind = "followup_overdue"        // to whichever side has to do it
	CaseReturn            Kind = "case_return"             // to the center
	AccountLink           Kind = "account_link"            // to the holder of an account
	VisitGiven            Kind = "visit_given"             // to the person who is cited, with a calendar file
	VisitMoved            Kind = "visit_moved"             // to the person who is cited, with a calendar file
	VisitOff              Kind = "visit_off"               // to the person who was cited, with a calendar file
	VisitReminder         Kind = "visit_reminder"          // to the person who is cited, with a calendar file
	SurveyAsked           Kind = "survey_asked"            // to the person who is asked what he thinks
)

// texts are the fixed sentences of a kind: its name on screen, its subject, its body.
type texts struct{ label, subject, body i18n.Msg }

var kinds = map[Kind]texts{
	ReferralSubmitted: {
		i18n.M("Canalización recibida en SIGUE"), i18n.M("Recibimos su canalización"),
		i18n.M("Su canalización quedó registrada. El centro la responderá dentro de su plazo y recibirá un aviso con cada respuesta."),
	},
	ReferralReceived: {
		i18n.M("Canalización nueva"), i18n.M("Llegó una canalización"),
		i18n.M("Su centro tiene una canalización nueva por responder."),
	},
	ReferralReturned: {
		i18n.M("Devuelta para corregir"), i18n.M("Hay que corregir una canalización"),
		i18n.M("El centro devolvió la canalización para corregirla. Entre para ver qué falta y hasta cuándo puede responder."),
	},
	ReferralCorrected: {
		i18n.M("Canalización corregida"), i18n.M("Una canalización volvió corregida"),
		i18n.M("La canalización que devolvió ya fue corregida y espera su respuesta."),
	},
	ReferralAccepted: {
		i18n.M("Canalización aceptada"), i18n.M("El centro aceptó la canalización"),
		i18n.M("El centro aceptó la canalización y después dará la primera cita."),
	},
	AppointmentOffered: {
		i18n.M("Primera cita"), i18n.M("El centro dio fecha para la primera cita"),
		i18n.M("El centro dio fecha, hora y lugar para la primera cita. Entre para verlos."),
	},
	ReferralDeclined: {
		i18n.M("Canalización no aceptada"), i18n.M("El centro no aceptó la canalización"),
		i18n.M("El centro no aceptó la canalización. Entre para leer el motivo y decidir qué sigue."),
	},
	ReferralReassigned: {
		i18n.M("Cambio de centro"), i18n.M("La canalización pasó a otro centro"),
		i18n.M("La canalización pasó a otro centro. El plazo para responder no cambia."),
	},
	ReferralReassignedIn: {
		i18n.M("Canalización de otro centro"), i18n.M("Otro centro le pasó una canalización"),
		i18n.M("Otro centro pasó a su centro una canalización por responder. El plazo no cambia."),
	},
	ReferralReassignedOut: {
		i18n.M("Canalización a otro centro"), i18n.M("Una canalización dejó su centro"),
		i18n.M("Una canalización de su centro pasó a otro centro. No tiene que hacer nada más."),
	},
	ReferralMinorOut: {
		i18n.M("Canalización a protección de la niñez"), i18n.M("Una canalización salió de su centro"),
		i18n.M("La corrección mostró que corresponde a la oficina de protección de la niñez, que ya recibió el aviso. Su centro ya no la ve y no tiene que hacer nada más."),
	},
	ReferralWithdrawn: {
		i18n.M("Canalización retirada"), i18n.M("Se retiró una canalización"),
		i18n.M("La institución retiró la canalización. No hay que seguir atendiéndola."),
	},
	ReferralExpired: {
		i18n.M("Venció el plazo para corregir"), i18n.M("Venció el plazo para corregir una canalización"),
		i18n.M("La canalización devuelta no se corrigió dentro del plazo y quedó cerrada."),
	},
	ReferralMinor: {
		i18n.M("Canalización de una persona menor de edad"), i18n.M("Alerta: canalización para protección de la niñez"),
		i18n.M("Se recibió una canalización que corresponde a esa oficina y no a un centro para adultos. Comuníquese con la institución que canaliza, citando el folio."),
	},
	DeadlineNear: {
		i18n.M("Plazo por vencer"), i18n.M("Un plazo está por vencer"),
		i18n.M("El plazo para responder vence el día que se indica abajo. Entre para ver qué falta."),
	},
	CasePresented: {
		i18n.M("Se presentó a la primera cita"), i18n.M("La persona se presentó en el centro"),
		i18n.M("La persona se presentó a su primera cita y el centro empezó su valoración."),
	},
	CaseNoShow: {
		i18n.M("No se presentó a la primera cita"), i18n.M("La persona no se presentó en el centro"),
		i18n.M("La persona no se presentó a su primera cita. El centro le dará otra, si no se llegó al límite de las reglas."),
	},
	CaseAdmitted: {
		i18n.M("Empezó el proceso"), i18n.M("La persona empezó su proceso"),
		i18n.M("El centro terminó la valoración y la persona empezó su proceso. Entre para ver su avance."),
	},
	CaseSuspended: {
		i18n.M("Proceso suspendido"), i18n.M("El proceso se suspendió"),
		i18n.M("El centro suspendió el proceso por un tiempo. Recibirá un aviso cuando siga o termine."),
	},
	CaseResumed: {
		i18n.M("Proceso reanudado"), i18n.M("El proceso sigue"),
		i18n.M("El proceso que estaba suspendido sigue. Entre para ver su avance."),
	},
	CaseMoved: {
		i18n.M("El proceso pasó a otro centro"), i18n.M("El proceso sigue en otro centro"),
		i18n.M("El proceso pasó a otro centro con todo lo hecho. Entre para ver a cuál."),
	},
	CaseMovedIn: {
		i18n.M("Expediente de otro centro"), i18n.M("Otro centro le pasó un expediente"),
		i18n.M("Un expediente de otro centro pasó al suyo con todo lo hecho. Entre para seguir el proceso."),
	},
	CaseDischarged: {
		i18n.M("Baja del proceso"), i18n.M("El proceso terminó antes de concluir"),
		i18n.M("El centro dio de baja el proceso antes de concluirlo. Entre para ver en qué quedó."),
	},
	CaseCompleted: {
		i18n.M("Proceso concluido"), i18n.M("La persona concluyó su proceso"),
		i18n.M("La persona concluyó su proceso. Entre para ver el informe y lo que sigue."),
	},
	MandateChanged: {
		i18n.M("Cambio en la obligación"), i18n.M("El centro registró un cambio de su resolución"),
		i18n.M("El centro registró el cambio que usted ordenó. Entre para ver lo que quedó registrado."),
	},
	MandateRevoked: {
		i18n.M("Obligación sin efecto"), i18n.M("Una obligación quedó sin efecto"),
		i18n.M("La obligación de un expediente quedó sin efecto. Entre para decidir qué sigue."),
	},
	MandateEnding: {
		i18n.M("Plazo de la obligación por terminar"), i18n.M("Una obligación termina antes que el proceso"),
		i18n.M("El proceso no cabe en el plazo de la obligación. Entre para ver cuánto falta y decidir qué sigue."),
	},
	CaseReadWithReason: {
		i18n.M("Lectura con motivo"), i18n.M("Alguien leyó un expediente con motivo escrito"),
		i18n.M("Se leyó un expediente de su centro con un motivo por escrito. Entre a las lecturas del expediente para verlo."),
	},
	AbsenceTold: {
		i18n.M("Inasistencia"), i18n.M("Hay una inasistencia que informar"),
		i18n.M("El centro informa de una inasistencia. Entre para ver la fecha."),
	},
	BreachTold: {
		i18n.M("Informe de incumplimiento"), i18n.M("Hay un informe de incumplimiento"),
		i18n.M("El centro emitió un informe de incumplimiento. Entre para verlo."),
	},
	AbsenceCorrected: {
		i18n.M("Corrección de una inasistencia"), i18n.M("El centro corrige lo que informó"),
		i18n.M("Se justificó después una inasistencia que el centro había informado. Entre para ver la fecha."),
	},
	ReportIssued: {
		i18n.M("Informe del centro"), i18n.M("El centro le envió un informe"),
		i18n.M("El centro emitió un informe sobre una canalización suya. Entre para verlo y descargarlo."),
	},
	ReportRevoked: {
		i18n.M("Informe sin validez"), i18n.M("Un informe dejó de valer"),
		i18n.M("El centro dejó sin validez un informe que le había enviado. No lo tome en cuenta; entre para ver cuál."),
	},
	FollowupDue: {
		i18n.M("Seguimiento por hacer"), i18n.M("Toca hacer un seguimiento"),
		i18n.M("Empezó la ventana de un seguimiento que le toca. Entre para ver hasta cuándo puede hacerlo y anotar lo que se sepa."),
	},
	FollowupOverdue: {
		i18n.M("Seguimiento con retraso"), i18n.M("Un seguimiento no se ha hecho"),
		i18n.M("Ya pasó la fecha de un seguimiento que le toca. Entre para hacerlo o anotar los intentos."),
	},
	CaseReturn: {
		i18n.M("Reingreso"), i18n.M("Un expediente nuevo es de alguien que ya concluyó"),
		i18n.M("La persona de un expediente nuevo de su centro ya había concluido un proceso. Entre para verlo. Este aviso es solo para el centro."),
	},
	AccountLink: {
		i18n.M("Enlace de acceso"), i18n.M("Su acceso a SIGUE"),
		i18n.M("Con este enlace puede poner su contraseña. Sirve una sola vez, durante 24 horas desde la fecha del hecho; si ya pasaron, pida otro en la página de entrada. Si usted no lo pidió, no haga nada."),
	},
	VisitGiven: {
		i18n.M("Cita, a la persona"), i18n.M("Su cita"), i18n.M("Tiene una cita."),
	},
	VisitMoved: {
		i18n.M("Cambio de cita, a la persona"), i18n.M("Su cita cambió"), i18n.M("Su cita cambió. Esta es la nueva."),
	},
	VisitOff: {
		i18n.M("Cita cancelada, a la persona"), i18n.M("Su cita se canceló"), i18n.M("Esta cita se canceló. No tiene que ir."),
	},
	VisitReminder: {
		i18n.M("Recordatorio de cita, a la persona"), i18n.M("Recordatorio de su cita"), i18n.M("Le recordamos su cita."),
	},
	SurveyAsked: {
		i18n.M("Encuesta, a la persona"), i18n.M("Una encuesta breve"),
		i18n.M("Nos ayuda saber cómo le ha ido. Son pocas preguntas, no pide su nombre y puede no contestarla. Este enlace sirve una sola vez:"),
	},
}

// toPerson gives the type of recipient of a kind that is for a person who has a case:
// who is cited, or who is asked. Empty for every other kind.
func (k Kind) toPerson() string {
	switch k {
	case VisitGiven, VisitMoved, VisitOff, VisitReminder:
		return invitation
	case SurveyAsked:
		return inquiry
	}
	return ""
}

// Kinds lists every kind, by name.
func Kinds() []Kind { return slices.Sorted(maps.Keys(kinds)) }

// Label is the name of a kind on screen.
func (k Kind) Label() i18n.Msg { return kinds[k].label }

// Link is a page of SIGUE. It is opaque: only LinkTo and SignedLinkTo make one.
type Link struct {
	path   string
	signed bool
}

// linkForm admits words and ids between slashes: no query, no name, no free text.
var linkForm = regexp.MustCompile(`^(/[a-z]{1,20})+/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// LinkTo makes a link to a page that is a word and an id, like "/canalizaciones/ID".
func LinkTo(path string) (Link, error) {
	if !linkForm.MatchString(path) {
		return Link{}, fmt.Errorf("notify: %q is no link of a word and an id", path)
	}
	return Link{path: path}, nil
}

// SignedLinkTo makes a link that opens something once. What makes it open is added
// when the mail goes out; nothing that is stored does.
func SignedLinkTo(path string) (Link, error) {
	l, err := LinkTo(path)
	l.signed = true
	return l, err
}

// Recipient is a mailbox, and whose it is.
type Recipient struct {
	Type    string    // area, institution, center, account, office, invitation, inquiry
	ID      string    // of the row of that type; of an office its name, "child_protection"
	Address string    // "mesa@juzgado.example"; empty for a person, whose mailbox is read when the mail goes out
	Lang    i18n.Lang // Spanish when empty
}

// Notice is one notice: no field of it can hold free text, EnqueueTx refuses one that
// does. The address names the mailbox and is not part of the message.
type Notice struct {
	Kind    Kind
	Folio   folio.Folio // none for AccountLink and for what goes to a person
	Link    Link
	To      Recipient
	EventAt time.Time // what its terms are counted from
}

var (
	recipientTypes = map[string]bool{"area": true, "institution": true, "center": true, "account": true, "office": true, invitation: true, inquiry: true}
	officeName     = regexp.MustCompile(`^[a-z]{1,20}(_[a-z]{1,20}){0,2}$`)
)

// check finds what the types leave open: a value outside its closed list or form. Such
// a notice is a defect of whoever wrote it. The address is judged apart (isMailbox):
// a person typed it.
func (n Notice) check() error {
	if _, known := kinds[n.Kind]; !known {
		return errors.New("notify: unknown kind")
	}
	person := n.Kind.toPerson()
	alone := n.Kind == AccountLink || person != "" // opens by its link, without a folio
	signed := alone && n.Kind != SurveyAsked       // whose link is drawn when the mail goes out
	if n.Link.path == "" || n.Folio.IsZero() != alone || n.Link.signed != signed || n.EventAt.IsZero() {
		return fmt.Errorf("notify: a %s notice lacks its link, folio or instant, or has one of another kind", n.Kind)
	}
	if isPerson(n.To.Type) != (person != "") || person != "" && person != n.To.Type {
		return fmt.Errorf("notify: a %s notice is not for a recipient of type %s", n.Kind, n.To.Type)
	}
	return n.To.check()
}

func (r Recipient) check() error {
	isID := uuid.Validate(r.ID) == nil
	if r.Type == "office" {
		isID = officeName.MatchString(r.ID)
	}
	switch {
	case !recipientTypes[r.Type]:
		return errors.New("notify: unknown type of recipient")
	case !isID:
		return errors.New("notify: the recipient's id is none")
	case isPerson(r.Type) && r.Address != "":
		return errors.New("notify: the mailbox of a person is not written into the outbox")
	case r.Lang != "" && r.Lang != i18n.Spanish && r.Lang != i18n.English:
		return errors.New("notify: unknown language of recipient")
	}
	return nil
}

// maxAddress is the length of an address by RFC 5321, in bytes.
const maxAddress = 254

// isMailbox tells whether mail can be sent to an address: a bare one, without a name,
// comment or quotes.
func isMailbox(address string) bool {
	parsed, err := mail.ParseAddress(address)
	return err == nil && parsed.Name == "" && parsed.Address == address && len(address) <= maxAddress &&
		!strings.ContainsAny(address, `" ()<>`)
}
