package casefile

import (
	"context"
	"slices"
	"strings"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/identity"
	"sigue/internal/feature/person"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/ledger"
)

// View is a case file as whoever may see it reads it. What his role does not see is
// empty.
type View struct {
	Case
	Person      person.Person
	Center      center.Center
	Lists       *catalogue.Lists
	Full        bool // more than identity and contact
	Mandates    []MandateView
	Plan        *Plan
	ProjectedOn clock.Date // when what is left would be given, from today on
	Intake      Intake
	Assessed    map[program.ServiceArea]bool // areas that have made an assessment
	RiskRight   Right
	Risks       []Risk // newest first, with reasons; only for those who may enter them
	Groups      []Membership
	Apart       []Case // whom he must not meet; only for the coordination
	Discharge   string // code of the reason
	Suspension  Suspension
	Amendments  []Amendment
	Actions     []Action
	HasReport   bool // a conclusion report was issued
}

// MandateView is a mandate with how much of it is done.
type MandateView struct {
	Mandate
	Progress
	Short   bool            // it ends before what is left can be given
	Changes []MandateChange // newest first; only of the one that [Service.OpenMandate] opens
}

// Suspension is the one that runs; zero when none does.
type Suspension struct {
	Reason string // code
	Since  time.Time
	Until  clock.Date // when it is to be looked at again
}

// Action is what can be done with a case file, or when and by whom it could.
type Action struct {
	Name  string // last part of its address
	Label i18n.Msg
	When  []State // in which it can be done; nil: in all
	Who   i18n.Msg
	Can   bool // by the actor, now
}

// ByCoordination is who decides about a case file.
var ByCoordination = i18n.M("la coordinación del centro")

// actions are the decisions about a case file in the order of the page.
var actions = []struct {
	name  string
	label i18n.Msg
	when  []State
}{
	{"espera", i18n.M("Poner en lista de espera"), moves[Wait]},
	{"admitir", i18n.M("Elegir programa y admitir"), moves[Admit]},
	{"grupos", i18n.M("Grupos"), []State{Active}},
	{"suspender", i18n.M("Suspender"), moves[Suspend]},
	{"reanudar", i18n.M("Reanudar"), moves[Resume]},
	{"concluir", i18n.M("Concluir"), moves[Complete]},
	{"derivar", i18n.M("Derivar a otro servicio"), moves[ReferOut]},
	{"baja", i18n.M("Dar de baja"), moves[Drop]},
	{"transferir", i18n.M("Pasar a otro centro"), openStates},
	{"separar", i18n.M("Mantener separado de alguien"), openStates},
	{"unir", i18n.M("Es la misma persona que otra"), []State{ToSchedule, Scheduled}},
	{"cerrar", i18n.M("Cerrar expediente"), moves[Close]},
	{"copia", i18n.M("Copia completa"), nil},
	{"reserva", i18n.M("Reservar"), nil},
}

// openStates are those of a process that goes on.
var openStates = slices.DeleteFunc(slices.Clone(States), func(s State) bool { return !s.Open() })

// Actions tells what can be done from a state, and for the rest when and by whom.
func Actions(state State, actor access.Actor) []Action {
	out := make([]Action, 0, len(actions))
	for _, a := range actions {
		now := a.when == nil || slices.Contains(a.when, state)
		out = append(out, Action{a.name, a.label, a.when, ByCoordination, now && actor.May(access.CaseDecide)})
	}
	return out
}

// Booking is the action to give an appointment, which is done in the agenda.
func Booking(state State, actor access.Actor) Action {
	return Action{"", i18n.M("Dar una cita"), openStates, i18n.M("recepción, quien lo atiende o la coordinación del centro"),
		state.Open() && actor.May(access.AgendaBook)}
}

// Open reads the summary of a case file. The read is an entry in the ledger, in the same
// transaction.
func (s *Service) Open(ctx context.Context, actor access.Actor, id string) (*View, error) {
	scope, err := actor.Require(access.CaseContact)
	if err != nil {
		return nil, err
	}
	var v *View
	err = s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		if err := s.readTx(ctx, tx, actor, r, "case.read", ""); err != nil {
			return err
		}
		v, err = s.view(ctx, tx, actor, scope, r)
		return err
	})
	return v, err
}

// OpenMandate reads the summary of a case file with what its authority changed of one of
// its mandates, to decide about it.
func (s *Service) OpenMandate(ctx context.Context, actor access.Actor, id, referralID string) (*View, error) {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return nil, err
	}
	var v *View
	err = s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		if _, err := s.mandateTx(ctx, tx, r, referralID); err != nil {
			return err
		}
		if err := s.readTx(ctx, tx, actor, r, "case.read", ""); err != nil {
			return err
		}
		if v, err = s.view(ctx, tx, actor, scope, r); err != nil {
			return err
		}
		i := slices.IndexFunc(v.Mandates, func(m MandateView) bool { return m.ReferralID == referralID })
		v.Mandates[i].Changes, err = s.changesTx(ctx, tx, r, referralID)
		return err
	})
	return v, err
}

// OpenWithReason reads the summary of a case file of any center, by its folio, for a
// reason that stands in the ledger and that the center is told.
func (s *Service) OpenWithReason(ctx context.Context, actor access.Actor, typed, reason string) (*View, error) {
	scope, err := actor.Require(access.CaseReason)
	if err != nil {
		return nil, err
	}
	var v *View
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		var form fault.Form
		reason := reasoned(&form, "reason", reason)
		r, err := byFolio(ctx, tx, actor, scope, typed)
		switch {
		case fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid):
			form.Add("folio", i18n.M("Ningún expediente tiene ese folio. Revíselo."))
		case err != nil:
			return err
		}
		if err := form.Err(); err != nil {
			return err
		}
		if err := s.readTx(ctx, tx, actor, r, "case.read", reason); err != nil {
			return err
		}
		v, err = s.view(ctx, tx, actor, scope, r)
		return err
	})
	return v, err
}

func (s *Service) view(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, r *record) (*View, error) {
	v := &View{Case: r.asCase(), Full: Policy(actor.Role, Status) >= WithReason, RiskRight: Policy(actor.Role, RiskPart)}
	if err := tx.Ahead(ctx, r.queries()...); err != nil {
		return nil, err
	}
	var err error
	if v.Lists, err = s.catalogue.ListsTx(ctx, tx); err != nil {
		return nil, err
	}
	if v.Person, err = person.ByIDTx(ctx, tx, r.PersonID); err != nil {
		return nil, err
	}
	if v.Center, err = s.centers.CenterTx(ctx, tx, r.CenterID); err != nil {
		return nil, err
	}
	if v.Intake, err = intakeTx(ctx, tx, r.ID); err != nil {
		return nil, err
	}
	if v.Amendments, err = s.amendmentsTx(ctx, tx, r); err != nil {
		return nil, err
	}
	if v.RiskRight == Nothing {
		v.Risk, v.RiskReview = "", clock.Date{}
	}
	if !v.Full {
		v.Voluntary, v.MergedInto = false, ""
		return v, nil
	}
	v.Actions, v.Discharge, v.HasReport = Actions(r.State, actor), r.DischargeReason, r.ReportDocumentID != ""
	return v, s.fill(ctx, tx, actor, scope, r, v)
}

// assessedText reads the areas that have assessed the person of a case file.
const assessedText = `select distinct area from assessments where case_file_id = $1 order by area`

// queries are what view asks for, whoever reads.
func (r *record) queries() []db.Query {
	all := []db.Query{person.ByIDQuery(r.PersonID), center.CenterQuery(r.CenterID)}
	for _, text := range []string{intakeText, amendmentsText, mandatesText, planText, countsText, sessionsText, membershipsText, risksText, assessedText, apartText} {
		all = append(all, db.Q(text, r.ID))
	}
	return all
}

// fill reads what more than identity and contact is.
func (s *Service) fill(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, r *record, v *View) error {
	if err := s.fillPlan(ctx, tx, r, v); err != nil {
		return err
	}
	var areas []string
	if err := tx.Select(ctx, &areas, assessedText, r.ID); err != nil {
		return err
	}
	v.Assessed = map[program.ServiceArea]bool{}
	for _, a := range areas {
		v.Assessed[program.ServiceArea(a)] = true
	}
	var err error
	if v.RiskRight == Write {
		if v.Risks, err = s.risksTx(ctx, tx, r, true); err != nil {
			return err
		}
	}
	if actor.May(access.CaseDecide) {
		if v.Apart, err = apartTx(ctx, tx, actor, scope, r); err != nil {
			return err
		}
	}
	if r.State == Suspended {
		v.Suspension, err = suspensionTx(ctx, tx, r)
	}
	return err
}

// fillPlan reads mandates, plan and groups.
func (s *Service) fillPlan(ctx context.Context, tx *db.Tx, r *record, v *View) error {
	mandates, err := s.MandatesTx(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	if v.Plan, err = s.PlanTx(ctx, tx, r.ID); err != nil {
		return err
	}
	if v.Plan != nil && r.State.Open() {
		cal, err := s.catalogue.CalendarTx(ctx, tx, r.CenterID)
		if err != nil {
			return err
		}
		v.ProjectedOn = v.Plan.ProjectedEnd(today(tx), cal)
	}
	late := lateMandates(mandates, v.ProjectedOn)
	for _, m := range mandates {
		short := slices.ContainsFunc(late, func(l LateMandate) bool { return l.ReferralID == m.ReferralID })
		v.Mandates = append(v.Mandates, MandateView{Mandate: m, Progress: m.Of(v.Plan.Progress()), Short: short})
	}
	v.Groups, err = s.membershipsTx(ctx, tx, r)
	return err
}

func suspensionTx(ctx context.Context, tx *db.Tx, r *record) (Suspension, error) {
	var row struct {
		Reason string     `db:"reason"`
		At     db.Time    `db:"at"`
		Until  clock.Date `db:"until_on"`
	}
	err := tx.Get(ctx, &row, `select reason, at, until_on from suspensions where case_file_id = $1 and resumed_at is null
		order by at desc, id desc limit 1`, r.ID)
	return Suspension{row.Reason, row.At.Time, row.Until}, err
}

// Event is one line of the history of a case file.
type Event struct {
	At   time.Time
	What i18n.Msg
	Who  string // post and place, never a private name
}

// HistoryView is the history of a case file.
type HistoryView struct {
	Case
	Events []Event // newest first
}

// History tells what was done with a case file, from the ledger.
func (s *Service) History(ctx context.Context, actor access.Actor, id string) (*HistoryView, error) {
	scope, err := actor.Require(access.CaseRead)
	if err != nil {
		return nil, err
	}
	v := &HistoryView{}
	err = s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		v.Case = r.asCase()
		records, err := ledger.HistoryTx(ctx, tx, r.subject())
		if err != nil {
			return err
		}
		if err := s.readTx(ctx, tx, actor, r, "case.history.read", ""); err != nil {
			return err
		}
		who, err := s.identity.WhoTx(ctx, tx, ledger.Actors(records))
		if err != nil {
			return err
		}
		for _, rec := range slices.Backward(records) {
			if what := eventText(rec.Action); !what.IsZero() {
				v.Events = append(v.Events, Event{At: rec.At.Time, What: what, Who: who[rec.Actor].Post})
			}
		}
		return nil
	})
	return v, err
}

// Readers tells who has read a case file, newest first.
func (s *Service) Readers(ctx context.Context, actor access.Actor, id string) (Case, []identity.Reader, error) {
	scope, err := actor.Require(access.ReadersRead)
	if err != nil {
		return Case{}, nil, err
	}
	var c Case
	var out []identity.Reader
	err = s.db.View(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, actor, scope, id)
		if err != nil {
			return err
		}
		c = r.asCase()
		out, err = s.identity.ReadersTx(ctx, tx, r.subject(), readText)
		return err
	})
	return c, out, err
}

// Paper is a document about the case or one of its referrals.
type Paper struct {
	document.Document
	Mandate string // folio of the referral that it is about; empty for the center's own
}

// PapersView is the documents of a case file.
type PapersView struct {
	Case
	Papers   []Paper
	Mandates []Mandate // whose referrals hold what the authorities sent
}

// Papers lists the documents that were issued about a case file and its referrals, the
// newest first.
func (s *Service) Papers(ctx context.Context, actor access.Actor, id string) (*PapersView, error) {
	scope, err := actor.Require(access.CaseRead)
	if err != nil {
		return nil, err
	}
	v := &PapersView{}
	err = s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		v.Case = r.asCase()
		if err := s.readTx(ctx, tx, actor, r, "case.papers.read", ""); err != nil {
			return err
		}
		if v.Mandates, err = s.MandatesTx(ctx, tx, r.ID); err != nil {
			return err
		}
		own, err := s.documents.ListTx(ctx, tx, r.subject())
		if err != nil {
			return err
		}
		for _, d := range own {
			v.Papers = append(v.Papers, Paper{Document: d})
		}
		for _, m := range v.Mandates {
			docs, err := s.documents.ListTx(ctx, tx, ledger.Subject{Type: "referral", ID: m.ReferralID})
			if err != nil {
				return err
			}
			for _, d := range docs {
				v.Papers = append(v.Papers, Paper{Document: d, Mandate: m.Folio})
			}
		}
		slices.SortStableFunc(v.Papers, func(a, b Paper) int { return b.IssuedAt.Compare(a.IssuedAt.Time) })
		return nil
	})
	return v, err
}

// readText is how a read of the ledger is told to whoever asks who has read.
func readText(action string) i18n.Msg {
	switch strings.TrimPrefix(action, "case.") {
	case "notes.read":
		return i18n.M("Leyó las notas")
	case "assessments.read":
		return i18n.M("Leyó las valoraciones")
	case "decisions.read":
		return i18n.M("Leyó los motivos de las decisiones")
	case "history.read":
		return i18n.M("Leyó la historia")
	case "papers.read":
		return i18n.M("Vio la lista de documentos")
	case "copy.read":
		return i18n.M("Pidió una copia completa")
	}
	return i18n.M("Abrió el expediente")
}

// eventText is how an action of the ledger reads in the history; the zero sentence keeps
// it out.
func eventText(action string) i18n.Msg {
	switch action {
	case "case.open":
		return i18n.M("Se abrió el expediente")
	case "case.mandate":
		return i18n.M("Se agregó una obligación")
	case "case.mandate_extend":
		return i18n.M("Se amplió una obligación")
	case "case.mandate_reduce":
		return i18n.M("Se redujo una obligación")
	case "case.mandate_revoke":
		return i18n.M("Quedó sin efecto una obligación")
	case "case.mandate_withdrawn":
		return i18n.M("Quien canalizó retiró una obligación")
	case "case.schedule":
		return i18n.M("Se dio la primera cita")
	case "case.present":
		return i18n.M("Se presentó a la primera cita")
	case "case.no_show":
		return i18n.M("No se presentó a la primera cita")
	case "case.privacy_notice":
		return i18n.M("Aceptó el aviso de privacidad")
	case "case.commitment":
		return i18n.M("Firmó la carta compromiso")
	case "case.assessment":
		return i18n.M("Se hizo una valoración")
	case "case.risk":
		return i18n.M("Se registró el nivel de riesgo")
	case "case.note":
		return i18n.M("Se escribió una nota")
	}
	return decisionText(action)
}

func decisionText(action string) i18n.Msg {
	switch action {
	case "case.wait":
		return i18n.M("Pasó a lista de espera")
	case "case.admit":
		return i18n.M("Empezó su programa")
	case "case.suspend":
		return i18n.M("Se suspendió")
	case "case.resume":
		return i18n.M("Se reanudó")
	case "case.transfer":
		return i18n.M("Pasó a otro centro")
	case "case.discharge":
		return i18n.M("Baja")
	case "case.refer_out":
		return i18n.M("Se derivó a otro servicio")
	case "case.report":
		return i18n.M("Se emitió el informe de conclusión")
	case "case.complete":
		return i18n.M("Concluyó")
	case "case.follow_up":
		return i18n.M("Empezó el seguimiento")
	case "case.close":
		return i18n.M("Se cerró el expediente")
	case "case.group_join":
		return i18n.M("Entró a un grupo")
	case "case.group_leave":
		return i18n.M("Salió de un grupo")
	case "case.amend":
		return i18n.M("Se corrigió un dato")
	case "case.seal":
		return i18n.M("Se reservó el expediente")
	case "case.unseal":
		return i18n.M("Se quitó la reserva")
	case "case.join":
		return i18n.M("Se le unió un expediente duplicado")
	case "case.separate":
		return i18n.M("Se separó una obligación en otro expediente")
	case "case.warn":
		return i18n.M("Se avisó que la obligación termina antes que el proceso")
	}
	return i18n.Msg{}
}
