package paper

import (
	"context"
	"strconv"
	"strings"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/casefile"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
)

// es writes a sentence as papers do: they are in Spanish, whoever draws them.
func es(m i18n.Msg) string { return m.In(i18n.Spanish) }

// contentTx gives what the document says today, signed by an actor, with the reason that
// somebody wrote for it.
func (s *Service) contentTx(ctx context.Context, tx *db.Tx, actor access.Actor, p *piece, reason string) (document.Content, error) {
	signer, err := s.signerTx(ctx, tx, actor)
	if err != nil {
		return document.Content{}, err
	}
	all := p.fields()
	all[document.FieldSigner], all[document.FieldReason] = signer, reason
	fields := document.Fields{}
	for _, f := range p.Kind.Fields() {
		fields[f] = all[f]
	}
	c, err := s.use.Documents.WordTx(i18n.With(ctx, i18n.Spanish), tx, p.Kind, fields)
	if err != nil {
		return c, err
	}
	switch p.Kind {
	case document.MonthlyReport:
		c.Tables = []document.Table{sessionTable(p.ofMonth())}
	case document.Certificate:
		c.Tables = []document.Table{sessionTable(p.attended())}
	case document.Commitment:
		c.Signatures = []document.Signature{{Name: p.name.Full()}, {Post: p.center.Name}}
	}
	return c, nil
}

// signerTx names the post in which an actor signs.
func (s *Service) signerTx(ctx context.Context, tx *db.Tx, actor access.Actor) (string, error) {
	names, err := s.use.Identity.NamesTx(i18n.With(ctx, i18n.Spanish), tx, []string{actor.Account})
	return names[actor.Account], err
}

// fields are all that a document may say, of its own mandate.
func (p *piece) fields() document.Fields {
	f := document.Fields{
		document.FieldPerson: p.name.Full(), document.FieldFolio: p.folio.String(), document.FieldCenter: p.center.Name,
		document.FieldAddress: p.center.Address, document.FieldPhone: p.center.Phone,
		document.FieldAuthority: es(i18n.M("Para el expediente del centro")), document.FieldCase: p.of.Folio,
		document.FieldMissed: strconv.Itoa(len(p.absences(anyDay))),
	}
	if p.mandate != nil {
		f[document.FieldAuthority], f[document.FieldCase] = p.mandate.Area, p.mandate.CaseValue
		if strings.TrimSpace(p.mandate.CaseValue) == "" {
			f[document.FieldCase] = es(i18n.M("sin número"))
		}
	}
	p.planFields(f)
	p.occasionFields(f)
	return f
}

// planFields are what a plan says: to an authority what was done of its own mandate since
// that joined (ADR 0015).
func (p *piece) planFields(f document.Fields) {
	done := p.progress()
	f[document.FieldAttended], f[document.FieldPrescribed] = strconv.Itoa(done.Done), strconv.Itoa(done.Of)
	if done.Of == 0 {
		f[document.FieldPrescribed] = es(i18n.M("las")) // "0 de las sesiones previstas"
	}
	if p.plan == nil {
		return
	}
	starts, ends := p.plan.StartsOn, p.plan.ProjectedEnd(p.today, p.cal)
	if p.mandate != nil && clock.DateOf(p.mandate.JoinedAt).After(starts) {
		starts = clock.DateOf(p.mandate.JoinedAt)
	}
	switch {
	case p.Kind == document.Conclusion || p.Kind == document.Certificate:
		ends = p.today
		if !p.of.Facts.CompletedAt.IsZero() {
			ends = clock.DateOf(p.of.Facts.CompletedAt)
		}
	case ends.IsZero():
		ends = p.today
	}
	f[document.FieldProgram], f[document.FieldStart], f[document.FieldEnd] = p.plan.ProgramName, starts.MX(), ends.MX()
}

func (p *piece) progress() casefile.Progress {
	if p.mandate != nil {
		return p.mandate.Of(p.plan.Progress())
	}
	return p.plan.Progress()
}

func (p *piece) occasionFields(f document.Fields) {
	switch {
	case p.Kind == document.MonthlyReport:
		f[document.FieldPeriod] = es(p.month.Label())
		if !p.today.After(p.month.Last()) {
			f[document.FieldPeriod] = es(i18n.M("%s, hasta el %s", es(p.month.Label()), p.today.MX()))
		}
		f[document.FieldMissed] = strconv.Itoa(len(p.absences(p.month.Holds)))
	case p.missed != nil:
		f[document.FieldDate] = p.missed.Day().MX()
	case p.corrects != nil:
		f[document.FieldCorrected] = p.corrects.Number
	case p.visit != nil:
		f[document.FieldDate], f[document.FieldTime] = p.visit.Day().MX(), agenda.Hour(p.visit.StartsAt.Time)
	}
}

// ofMonth are the attendances of the month of a monthly report.
func (p *piece) ofMonth() []agenda.Fact {
	var in []agenda.Fact
	for _, f := range p.facts {
		if p.month.Holds(f.Day()) {
			in = append(in, f)
		}
	}
	return in
}

// sessionTable lists attendances: when, what kind of session, and whether he came. It says
// nothing of what a session was about.
func sessionTable(facts []agenda.Fact) document.Table {
	t := document.Table{Columns: []document.Column{
		{Title: es(i18n.M("Núm.")), Share: 1}, {Title: es(i18n.M("Fecha")), Share: 2}, {Title: es(i18n.M("Sesión")), Share: 4},
		{Title: es(i18n.M("Asistencia")), Share: 3},
	}}
	for i, f := range facts {
		t.Rows = append(t.Rows, []string{strconv.Itoa(i + 1), f.Day().MX(), es(f.Kind.Label()), es(f.Mark().Label())})
	}
	if len(t.Rows) == 0 {
		t.Rows = [][]string{{"", "", es(i18n.M("Sin sesiones en este tiempo")), ""}}
	}
	return t
}

// proposal is the text with which the reason of a document begins.
func (p *piece) proposal() string {
	switch p.Kind {
	case document.BreachReport:
		return es(i18n.M("Faltó sin justificar: %s.", days(p.absences(anyDay))))
	case document.Correction:
		return p.corrected()
	case document.Conclusion:
		if p.plan.Reached() {
			return es(i18n.M("Cumplió la asistencia que pide el programa: %d %% de las sesiones.", p.plan.Required))
		}
	}
	return ""
}

// corrected says what is no longer so of what a document told.
func (p *piece) corrected() string {
	if p.corrects == nil {
		return ""
	}
	var excused []agenda.Fact
	for _, f := range p.facts {
		if f.Excused() && !f.StartsAt.After(p.corrects.IssuedAt.Time) && !f.ExcusedAt.Before(p.corrects.IssuedAt.Time) {
			excused = append(excused, f)
		}
	}
	if len(excused) == 0 {
		return ""
	}
	return es(i18n.M("Se justificó después: %s. Las faltas sin justificar son ahora %d.", days(excused), len(p.absences(anyDay))))
}

// days lists the days of some attendances: "01/12/2026, 08/12/2026".
func days(facts []agenda.Fact) string {
	all := make([]string, len(facts))
	for i, f := range facts {
		all[i] = f.Day().MX()
	}
	return strings.Join(all, ", ")
}
