package paper

import (
	"context"
	"slices"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/center"
	"sigue/internal/feature/person"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/folio"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/vault"
)

// piece is one document of a process with everything that it may tell of. What belongs to
// another mandate than its own is not in it.
type piece struct {
	Which
	of       casefile.Case
	mandate  *casefile.Mandate // nil for what no authority reads
	plan     *casefile.Plan    // nil before admission
	facts    []agenda.Fact     // with a mandate those of its time alone
	duties   []agenda.Duty     // of its mandate
	issued   []document.Document
	center   center.Center
	cal      clock.Calendar
	today    clock.Date
	name     person.Name
	folio    folio.Folio
	keyID    string
	month    clock.Month        // of a monthly report
	corrects *document.Document // of a correction
	missed   *agenda.Fact       // of an absence notice
	visit    *agenda.Appointment
}

// pieceTx gathers a document of a case that the actor reaches; what is outside does not
// exist, nor what the case cannot have.
func (s *Service) pieceTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, w Which) (*piece, error) {
	of, err := s.use.Cases.ReachTx(ctx, tx, actor, scope, w.Case)
	if err != nil {
		return nil, err
	}
	p := &piece{Which: w, of: of, today: clock.DateOf(tx.Now()), keyID: of.KeyID}
	for _, gather := range []func(context.Context, *db.Tx, *piece) error{s.mandateTx, s.factsTx, s.centerTx} {
		if err := gather(ctx, tx, p); err != nil {
			return nil, err
		}
	}
	return p, p.about()
}

// mandateTx finds whom the document is for, and the person by the name that its reader
// knows: what the center corrected is no matter of an authority (ADR 0014).
func (s *Service) mandateTx(ctx context.Context, tx *db.Tx, p *piece) error {
	who, text := p.of.PersonID, p.of.Folio
	if p.Mandate != "" {
		all, err := s.use.Cases.MandatesTx(ctx, tx, p.of.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(m casefile.Mandate) bool { return m.ReferralID == p.Mandate })
		if i < 0 || !p.Kind.ForAuthority() {
			return fault.Missing()
		}
		p.mandate = &all[i]
		order, err := s.use.Referrals.OrderTx(ctx, tx, p.Mandate)
		if err != nil {
			return err
		}
		who, text, p.keyID = order.PersonID, p.mandate.Folio, order.KeyID
	} else if p.Kind.ForAuthority() && (p.Kind != document.Conclusion || !p.of.Voluntary) {
		return fault.Missing() // a report without whom it is for
	}
	found, err := person.ByIDTx(ctx, tx, who)
	if err != nil {
		return err
	}
	p.name = found.Name
	p.folio, err = folio.Parse(text)
	return err
}

// factsTx reads what happened, as far as the document's reader may know it.
func (s *Service) factsTx(ctx context.Context, tx *db.Tx, p *piece) error {
	var err error
	if p.plan, err = s.use.Cases.PlanTx(ctx, tx, p.of.ID); err != nil {
		return err
	}
	if p.facts, err = s.use.Agenda.FactsTx(ctx, tx, p.of.ID); err != nil {
		return err
	}
	if p.duties, err = s.use.Agenda.DutiesTx(ctx, tx, p.of.ID); err != nil {
		return err
	}
	p.facts = slices.DeleteFunc(p.facts, func(f agenda.Fact) bool { return !p.tellsOf(f) })
	p.duties = slices.DeleteFunc(p.duties, func(d agenda.Duty) bool { return d.ReferralID != p.Mandate })
	p.issued, err = s.use.Documents.ListTx(ctx, tx, p.subject())
	return err
}

// tellsOf tells whether something that happened lies in the time of the document's
// mandate: after it joined, and within its days.
func (p *piece) tellsOf(f agenda.Fact) bool {
	m := p.mandate
	if m == nil {
		return true
	}
	day := f.Day()
	return !f.StartsAt.Before(m.JoinedAt) && !day.Before(m.From) && (m.Until.IsZero() || !day.After(m.Until)) &&
		(!m.Revoked() || f.StartsAt.Before(m.RevokedAt))
}

func (s *Service) centerTx(ctx context.Context, tx *db.Tx, p *piece) error {
	var err error
	if p.center, err = s.use.Centers.CenterTx(ctx, tx, p.of.CenterID); err != nil {
		return err
	}
	p.cal, err = s.use.Catalogue.CalendarTx(ctx, tx, p.of.CenterID)
	return err
}

// about reads the occasion; one that the kind does not have does not exist.
func (p *piece) about() error {
	var err error
	switch p.Kind {
	case document.MonthlyReport:
		p.month, err = clock.ParseMonth(p.Occasion)
	case document.AbsenceNotice:
		i := slices.IndexFunc(p.facts, func(f agenda.Fact) bool { return f.ID == p.Occasion })
		if i < 0 {
			return fault.Missing()
		}
		p.missed = &p.facts[i]
	case document.Correction:
		i := slices.IndexFunc(p.issued, func(d document.Document) bool {
			return p.correctable(d) && (d.ID == p.Occasion || d.Occasion == p.Occasion)
		})
		if i >= 0 {
			p.corrects, p.Occasion = &p.issued[i], p.issued[i].ID
		} else if !slices.ContainsFunc(p.duties, func(d agenda.Duty) bool { return d.AppointmentID == p.Occasion }) {
			return fault.Missing()
		}
	case document.BreachReport:
		if p.Occasion != "" && !slices.ContainsFunc(p.facts, func(f agenda.Fact) bool { return f.ID == p.Occasion }) {
			return fault.Missing()
		}
	case document.Summons, document.FollowUp: // of the appointment, or the follow-up, that the caller has reached
	default:
		if p.Occasion != "" {
			return fault.Missing()
		}
	}
	return err
}

// correctable tells whether a document can be corrected: a valid report to the authority.
func (p *piece) correctable(d document.Document) bool {
	return d.Valid() && Signed(d.Kind) && d.Kind.ForAuthority() && d.Kind != document.Correction
}

// subject is what the document is issued about: who may read it follows from that.
func (p *piece) subject() ledger.Subject {
	if p.Mandate != "" {
		return ledger.Subject{Type: "referral", ID: p.Mandate}
	}
	return ledger.Subject{Type: "case", ID: p.of.ID}
}

// standing is the document of this Which that is valid; nil when there is none. A report
// of a month that was issued before the month was over no longer is the report of it.
func (p *piece) standing() *document.Document {
	for i, d := range p.issued {
		if !d.Valid() || d.Kind != p.Kind || d.Occasion != p.Occasion {
			continue
		}
		if p.Kind == document.MonthlyReport && reportedEarly(p.month, d, p.today) {
			continue
		}
		return &p.issued[i]
	}
	return nil
}

// reportedEarly tells whether a report of the month was issued before its end, which has
// passed by now.
func reportedEarly(m clock.Month, d document.Document, today clock.Date) bool {
	return !clock.DateOf(d.IssuedAt.Time).After(m.Last()) && today.After(m.Last())
}

// duty is the task that the document answers; nil when none waits.
func (p *piece) duty() *agenda.Duty {
	task := tellings[p.Kind].task
	for i, d := range p.duties {
		if task != "" && d.Kind == task && d.AppointmentID == p.appointment() {
			return &p.duties[i]
		}
	}
	return nil
}

// appointment is the absence that the document is about.
func (p *piece) appointment() string {
	if p.Kind != document.Correction {
		return p.Occasion
	}
	if p.corrects != nil {
		return p.corrects.Occasion
	}
	return p.Occasion
}

// absences are the unexcused absences that the document may tell of, in a span of days.
func (p *piece) absences(in func(clock.Date) bool) []agenda.Fact {
	return slices.DeleteFunc(slices.Clone(p.facts), func(f agenda.Fact) bool { return !f.Unexcused() || !in(f.Day()) })
}

func anyDay(clock.Date) bool { return true }

// impossible says why the document cannot be issued now, and what to do; zero when it can.
func (p *piece) impossible() i18n.Msg {
	if m := p.unheard(); !m.IsZero() {
		return m
	}
	if p.plan == nil && slices.Contains([]document.Kind{document.Commitment, document.IntakeReport, document.MonthlyReport, document.Conclusion}, p.Kind) {
		return i18n.M("Falta admitir a la persona en un programa.")
	}
	return p.untimely()
}

// unheard says why an authority is not told.
func (p *piece) unheard() i18n.Msg {
	switch {
	case p.mandate == nil:
		return i18n.Msg{}
	case p.mandate.Voluntary:
		return i18n.M("Viene por voluntad propia: no se informa a ninguna autoridad.")
	case p.mandate.Revoked() && p.Kind != document.Correction:
		return i18n.M("La obligación quedó sin efecto: a esta autoridad ya no se le informa.")
	}
	return i18n.Msg{}
}

// untimely says why the time of the document has not come.
func (p *piece) untimely() i18n.Msg {
	switch p.Kind {
	case document.MonthlyReport:
		if p.month.First.After(p.today) {
			return i18n.M("Ese mes todavía no empieza.")
		}
		if p.mandate != nil && !p.mandate.ToldOf(p.month.First, p.month.Last()) {
			return i18n.M("Esta obligación no corría en ese mes.")
		}
	case document.AbsenceNotice:
		if !p.missed.Unexcused() {
			return i18n.M("La falta ya está justificada o se corrigió: no hay de qué avisar.")
		}
	case document.BreachReport:
		if len(p.absences(anyDay)) == 0 {
			return i18n.M("No hay faltas sin justificar en el tiempo de esta obligación.")
		}
	case document.Correction:
		if p.corrects == nil {
			return i18n.M("Esa falta se informó con un aviso, no con un documento. En «Por avisar» puede enviar la corrección con un botón.")
		}
	case document.Conclusion:
		if s := p.of.State; s != casefile.Active && s != casefile.Completed && s != casefile.InFollowup {
			return i18n.M("El informe de conclusión se firma con el proceso en curso; ahora está «%s».", s.Label())
		}
	case document.Certificate:
		return p.uncertified()
	}
	return i18n.Msg{}
}

func (p *piece) uncertified() i18n.Msg {
	switch {
	case p.of.Facts.CompletedAt.IsZero():
		return i18n.M("La constancia se entrega cuando el proceso está concluido.")
	case len(p.attended()) == 0:
		return i18n.M("No hay ninguna sesión asistida que hacer constar.")
	}
	return i18n.Msg{}
}

// attended are the sessions of the plan to which the person came.
func (p *piece) attended() []agenda.Fact {
	return slices.DeleteFunc(slices.Clone(p.facts), func(f agenda.Fact) bool { return !f.Outcome.Came() || f.ComponentID == "" })
}

// keyTx is the key that seals the document: of the referral whose authority reads it, so
// that each is erased with its own, or of the case.
func (s *Service) keyTx(ctx context.Context, tx *db.Tx, p *piece) (*vault.Key, error) {
	return s.use.Vault.KeyTx(ctx, tx, p.keyID)
}
