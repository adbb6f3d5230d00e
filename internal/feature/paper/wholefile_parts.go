package paper

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/document"
	"sigue/internal/platform/ledger"
)

// part is one section of a copy.
type part struct {
	title  i18n.Msg
	person bool // it is in the person's copy too, as far as it may be
	read   func(m *maker, ctx context.Context, w *casefile.Whole) (document.Section, error)
}

// parts are those of a whole case file, in the order of the index.
var parts = []part{
	{i18n.M("Resumen"), true, (*maker).summary},
	{i18n.M("Obligaciones"), true, (*maker).mandates},
	{i18n.M("Canalizaciones"), false, (*maker).referrals},
	{i18n.M("Ingreso y correcciones"), true, (*maker).intake},
	{i18n.M("Valoraciones"), true, (*maker).assessments},
	{i18n.M("Riesgo"), false, (*maker).risks},
	{i18n.M("Notas"), true, (*maker).notes},
	{i18n.M("Plan"), true, (*maker).plan},
	{i18n.M("Asistencia"), true, (*maker).attendance},
	{i18n.M("Grupos"), true, (*maker).groups},
	{i18n.M("Decisiones"), true, (*maker).decisions},
	{i18n.M("Documentos"), true, (*maker).documents},
	{i18n.M("Historia"), true, (*maker).history},
	{i18n.M("Quién lo ha leído"), false, (*maker).readers},
}

// partsOf are the parts of a variant.
func partsOf(v Variant) []part {
	return slices.DeleteFunc(slices.Clone(parts), func(p part) bool { return v == ForPerson && !p.person })
}

// maker gathers a copy.
type maker struct {
	Copy
	s     *Service
	tx    *db.Tx // of the part that is being read
	lists *catalogue.Lists
	order []string // referrals whose texts are still to be read

}

// all tells whether the copy holds what the person may not have.
func (m *maker) all() bool { return m.Variant == ForCenter }

// gather reads one part. A part with nothing says so.
func (m *maker) gather(ctx context.Context, p part) (document.Section, error) {
	var section document.Section
	err := m.s.use.DB.View(ctx, func(tx *db.Tx) error {
		m.tx = tx
		var err error
		if m.lists, err = m.s.use.Catalogue.ListsTx(ctx, tx); err != nil {
			return err
		}
		w, err := m.s.use.Cases.WholeTx(ctx, tx, m.CaseID)
		if err != nil {
			return err
		}
		section, err = p.read(m, ctx, w)
		return err
	})
	if err == nil {
		err = m.openReferrals(ctx, &section) // each is read in a transaction of its own
	}
	section.Title = es(p.title)
	if len(section.Lines)+len(section.Body)+len(section.Tables) == 0 {
		section.Body = []string{es(i18n.M("Nada en este apartado."))}
	}
	return section, err
}

// label is the name of a code, in Spanish.
func (m *maker) label(list, code string) string {
	if code == "" {
		return ""
	}
	return m.lists.Label(list, code, i18n.Spanish)
}

// lines are the rows that say something.
type lines []document.Line

func (l *lines) add(label i18n.Msg, value string) {
	if strings.TrimSpace(value) != "" {
		*l = append(*l, document.Line{Label: es(label), Value: value})
	}
}

func mx(d clock.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.MX()
}

// table is a table with columns of the widths given; none without rows.
func table(title i18n.Msg, shares []float64, heads []i18n.Msg, rows [][]string) []document.Table {
	if len(rows) == 0 {
		return nil
	}
	t := document.Table{Rows: rows}
	if !title.IsZero() {
		t.Title = es(title)
	}
	for i, h := range heads {
		t.Columns = append(t.Columns, document.Column{Title: es(h), Share: shares[i]})
	}
	return []document.Table{t}
}

func yesNo(yes bool) string {
	if yes {
		return es(i18n.M("Sí"))
	}
	return es(i18n.M("No"))
}

func (m *maker) summary(ctx context.Context, w *casefile.Whole) (document.Section, error) {
	p, err := w.Person(ctx)
	if err != nil {
		return document.Section{}, err
	}
	of := w.Case()
	at, err := m.s.use.Centers.CenterTx(ctx, m.tx, of.CenterID)
	if err != nil {
		return document.Section{}, err
	}
	var l lines
	l.add(i18n.M("Folio"), of.Folio)
	l.add(i18n.M("Centro"), at.Name)
	l.add(i18n.M("Estado"), es(of.State.Label()))
	l.add(i18n.M("Abierto el"), clock.FormatMX(of.Facts.OpenedAt))
	l.add(i18n.M("Nombre"), p.Full())
	l.add(i18n.M("Alias"), p.Alias)
	l.add(i18n.M("CURP"), p.CURP)
	l.add(i18n.M("Fecha de nacimiento"), mx(p.BirthDate))
	if p.EstimatedAge > 0 {
		l.add(i18n.M("Edad estimada"), strconv.Itoa(p.EstimatedAge))
	}
	l.add(i18n.M("Sexo"), m.label(catalogue.Sex, p.Sex))
	l.add(i18n.M("Género"), m.label(catalogue.Gender, p.Gender))
	l.add(i18n.M("Lugar de nacimiento"), m.label(catalogue.State, p.BirthState))
	l.add(i18n.M("Estado civil"), m.label(catalogue.MaritalStatus, p.MaritalStatus))
	l.add(i18n.M("Escolaridad"), m.label(catalogue.Schooling, p.Schooling))
	l.add(i18n.M("Lee y escribe"), m.label(catalogue.Literacy, p.Literacy))
	l.add(i18n.M("Ocupación"), m.label(catalogue.Occupation, p.Occupation))
	l.add(i18n.M("Se identifica como indígena"), m.label(catalogue.Indigenous, p.Indigenous))
	l.add(i18n.M("Lengua"), m.label(catalogue.Language, p.Language))
	l.add(i18n.M("Teléfono"), p.Phone)
	l.add(i18n.M("Correo electrónico"), p.Email)
	l.add(i18n.M("Domicilio"), p.Address)
	l.add(i18n.M("Municipio"), m.lists.MunicipalityName(p.Municipality))
	l.add(i18n.M("Turno de trabajo"), m.label(catalogue.WorkShift, p.WorkShift))
	return document.Section{Lines: l}, nil
}

func (m *maker) mandates(ctx context.Context, w *casefile.Whole) (document.Section, error) {
	all, err := w.Mandates(ctx)
	if err != nil {
		return document.Section{}, err
	}
	var rows, changes [][]string
	for _, v := range all {
		of := strconv.Itoa(v.Done) + " / " + strconv.Itoa(v.Progress.Of)
		until := mx(v.Until)
		if v.Revoked() {
			until = es(i18n.M("sin efecto desde el %s", clock.FormatMX(v.RevokedAt)))
		}
		rows = append(rows, []string{v.Folio, v.Area, v.CaseValue, m.label(catalogue.LegalBasisList, v.Basis), of, mx(v.From), until})
		for _, c := range v.Changes {
			changes = append(changes, []string{clock.FormatMX(c.At), v.Folio, mx(c.DocumentOn), c.Reason})
		}
	}
	t := table(i18n.Msg{}, []float64{3.4, 4, 2, 3, 1.6, 2, 2.4}, []i18n.Msg{i18n.M("Folio"), i18n.M("Autoridad"), i18n.M("Número"), i18n.M("Fundamento"),
		i18n.M("Sesiones"), i18n.M("Desde"), i18n.M("Hasta")}, rows)
	return document.Section{Tables: append(t, table(i18n.M("Cambios de las obligaciones"), []float64{2, 3, 2, 6},
		[]i18n.Msg{i18n.M("Fecha"), i18n.M("Folio"), i18n.M("Documento del"), i18n.M("Lo que dice")}, changes)...)}, nil
}

// referrals notes whose texts are to be read, once the transaction of the part is over.
func (m *maker) referrals(ctx context.Context, w *casefile.Whole) (document.Section, error) {
	var err error
	m.order, err = referralIDs(ctx, w)
	return document.Section{}, err
}

// openReferrals writes what the authorities sent; each reading is in the ledger.
func (m *maker) openReferrals(ctx context.Context, s *document.Section) error {
	for _, id := range m.order {
		v, err := m.s.use.Referrals.Open(ctx, copyist, id)
		if err != nil {
			return err
		}
		all := func(list string, codes ...string) string {
			labels := make([]string, len(codes))
			for i, code := range codes {
				labels[i] = m.label(list, code)
			}
			return strings.Join(labels, ", ")
		}
		c := v.Circumstances
		l := lines(s.Lines)
		l.add(i18n.M("Canalización"), v.Folio)
		l.add(i18n.M("Quién canalizó"), v.Area.Name)
		l.add(i18n.M("Autoridad"), v.Basis.Authority)
		l.add(i18n.M("Resuelta el"), mx(v.Basis.ResolvedOn))
		l.add(i18n.M("Tipos de violencia"), all(catalogue.ViolenceType, c.ViolenceTypes...))
		l.add(i18n.M("Modalidades"), all(catalogue.Modality, c.Modalities...))
		l.add(i18n.M("Relación con la víctima"), all(catalogue.Relation, c.Relation))
		l.add(i18n.M("Vive con la víctima"), all(catalogue.YesNo, c.LivesWithVictim))
		l.add(i18n.M("Menores expuestos"), all(catalogue.YesNo, c.MinorsExposed))
		l.add(i18n.M("Arma"), all(catalogue.YesNo, c.Weapon))
		l.add(i18n.M("Orden de protección"), all(catalogue.YesNo, c.ProtectionOrder))
		l.add(i18n.M("Vence la orden de protección"), mx(c.ProtectionUntil))
		l.add(i18n.M("Hechos"), c.Narrative)
		for _, p := range v.Papers {
			l.add(i18n.M("Adjunto"), p.Name+" · "+m.label(catalogue.DocumentClass, p.Class)+" · SHA-256 "+p.SHA256)
		}
		s.Lines = l
	}
	m.order = nil
	return nil
}

// referralIDs are those of the mandates.
func referralIDs(ctx context.Context, w *casefile.Whole) ([]string, error) {
	all, err := w.Mandates(ctx)
	ids := make([]string, len(all))
	for i, v := range all {
		ids[i] = v.ReferralID
	}
	return ids, err
}

func (m *maker) intake(ctx context.Context, w *casefile.Whole) (document.Section, error) {
	in, err := w.Intake(ctx)
	if err != nil {
		return document.Section{}, err
	}
	amended, err := w.Amendments(ctx)
	if err != nil {
		return document.Section{}, err
	}
	var l lines
	if in.NoticeVersion != "" {
		l.add(i18n.M("Aviso de privacidad"), es(i18n.M("versión %s, aceptado el %s", in.NoticeVersion, clock.FormatMX(in.NoticeAt))))
		l.add(i18n.M("Lengua en que se leyó"), m.label(catalogue.Language, in.NoticeLang))
		l.add(i18n.M("Cómo lo aceptó"), m.label(catalogue.NoticeAcceptance, in.NoticeHow))
	}
	l.add(i18n.M("Carta compromiso firmada el"), mx(in.CommittedOn))
	rows := make([][]string, len(amended))
	for i, a := range amended {
		rows[i] = []string{clock.FormatMX(a.At), es(a.Field.Label()), a.Old, a.New, a.Reason}
	}
	return document.Section{Lines: l, Tables: table(i18n.M("Correcciones"), []float64{2, 2.4, 3, 3, 4},
		[]i18n.Msg{i18n.M("Fecha"), i18n.M("Dato"), i18n.M("Decía"), i18n.M("Dice"), i18n.M("Motivo")}, rows)}, nil
}

func (m *maker) assessments(ctx context.Context, w *casefile.Whole) (document.Section, error) {
	all, err := w.Assessments(ctx)
	var s document.Section
	for _, a := range all {
		if !a.Disclosable && !m.all() {
			continue
		}
		s.Body = append(s.Body, es(i18n.M("%s (%s), versión %d. %s. %s.", a.Instrument.Name, casefile.AreaLabel(a.Instrument.Area), a.Instrument.Version,
			clock.FormatMX(a.At), a.Who)))
		var rows [][]string
		if a.Result.Counted {
			rows = append(rows, []string{es(i18n.M("Resultado")), es(i18n.M("%s (%d de %d puntos)", a.Result.Band.Name, a.Result.Score, a.Result.Of))})
		}
		s.Tables = append(s.Tables, table(i18n.M("%s, %s", a.Instrument.Name, clock.FormatMX(a.At)), []float64{5, 6},
			[]i18n.Msg{i18n.M("Pregunta"), i18n.M("Respuesta")}, append(rows, answered(a)...))...)
	}
	return s, err
}

// answered are the questions of an assessment that have an answer, in words.
func answered(a casefile.Assessment) [][]string {
	var rows [][]string
	for _, item := range a.Instrument.Items {
		text := a.Answers[item.Code]
		for _, c := range item.Choices {
			if c.Code == text {
				text = c.Text
			}
		}
		if text != "" {
			rows = append(rows, []string{item.Text, text})
		}
	}
	return rows
}

func (m *maker) risks(ctx context.Context, w *casefile.Whole) (document.Section, error) {
	all, err := w.Risks(ctx)
	rows := make([][]string, len(all))
	for i, r := range all {
		rows[i] = []string{clock.FormatMX(r.At), es(r.Level.Label()), r.Reason, mx(r.ReviewOn)}
	}
	return document.Section{Tables: table(i18n.Msg{}, []float64{2, 2, 6, 2},
		[]i18n.Msg{i18n.M("Fecha"), i18n.M("Nivel"), i18n.M("Motivo"), i18n.M("Revisar el")}, rows)}, err
}

// notes are in their last version; the center's copy lists the earlier ones.
func (m *maker) notes(ctx context.Context, w *casefile.Whole) (document.Section, error) {
	all, err := w.Notes(ctx)
	var s document.Section
	var versions [][]string
	for _, n := range all {
		last := n.Versions[0]
		if !last.Disclosable && !m.all() {
			continue
		}
		s.Body = append(s.Body, es(i18n.M("%s, %s. %s. Versión %d.", casefile.AreaLabel(n.Area), clock.FormatMX(last.At), last.Who, last.Number)), last.Body)
		if !m.all() || len(n.Versions) == 1 {
			continue
		}
		for _, v := range n.Versions {
			versions = append(versions, []string{es(casefile.AreaLabel(n.Area)), strconv.Itoa(v.Number), clock.FormatMX(v.At), v.Who, yesNo(v.Disclosable)})
		}
	}
	s.Tables = table(i18n.M("Versiones de las notas que cambiaron"), []float64{3, 1.5, 2, 5, 3},
		[]i18n.Msg{i18n.M("Área"), i18n.M("Versión"), i18n.M("Fecha"), i18n.M("Quién"), i18n.M("Se entrega a la persona")}, versions)
	return s, err
}

func (m *maker) plan(ctx context.Context, w *casefile.Whole) (document.Section, error) {
	p, err := w.Plan(ctx)
	if err != nil || p == nil {
		return document.Section{}, err
	}
	var l lines
	l.add(i18n.M("Programa"), es(i18n.M("%s, versión %d", p.ProgramName, p.Number)))
	l.add(i18n.M("Admitido el"), clock.FormatMX(p.AdmittedAt))
	l.add(i18n.M("Empieza el"), mx(p.StartsOn))
	l.add(i18n.M("Término previsto al admitir"), mx(p.ForecastOn))
	l.add(i18n.M("Asistencia que pide"), strconv.Itoa(p.Required)+" %")
	var rows [][]string
	for _, c := range p.Components {
		rows = append(rows, []string{c.Name, strconv.Itoa(c.Prescribed), strconv.Itoa(c.Done), strconv.Itoa(c.DoneMinutes), strconv.Itoa(c.Missed)})
	}
	return document.Section{Lines: l, Tables: table(i18n.M("Lo previsto y lo dado"), []float64{5, 2, 2, 2, 2},
		[]i18n.Msg{i18n.M("Parte"), i18n.M("Previstas"), i18n.M("Dadas"), i18n.M("Minutos"), i18n.M("Faltas")}, rows)}, nil
}

func (m *maker) attendance(ctx context.Context, w *casefile.Whole) (document.Section, error) {
	facts, err := m.s.use.Agenda.FactsTx(ctx, m.tx, m.CaseID)
	if err != nil {
		return document.Section{}, err
	}
	plan, err := w.Plan(ctx)
	if err != nil {
		return document.Section{}, err
	}
	parts := map[string]string{}
	if plan != nil {
		for _, c := range plan.Components {
			parts[c.ID] = c.Name
		}
	}
	rows := make([][]string, len(facts))
	for i, f := range facts {
		rows[i] = []string{strconv.Itoa(i + 1), f.Day().MX(), agenda.Hour(f.StartsAt.Time), strconv.Itoa(f.Minutes), es(f.Kind.Label()), parts[f.ComponentID], es(f.Mark().Label())}
	}
	return document.Section{Tables: table(i18n.Msg{}, []float64{1, 2, 1.3, 1.5, 3, 4, 3}, []i18n.Msg{i18n.M("Núm."), i18n.M("Fecha"), i18n.M("Hora"), i18n.M("Minutos"),
		i18n.M("Sesión"), i18n.M("Parte"), i18n.M("Asistencia")}, rows)}, nil
}

// groups tells to which he belonged; nobody else of them is in any copy.
func (m *maker) groups(ctx context.Context, w *casefile.Whole) (document.Section, error) {
	all, err := w.Groups(ctx)
	rows := make([][]string, len(all))
	for i, g := range all {
		rows[i] = []string{g.Group.Name, mx(g.JoinedOn), strconv.Itoa(g.AtSession), mx(g.LeftOn)}
	}
	return document.Section{Tables: table(i18n.Msg{}, []float64{5, 2, 3, 2},
		[]i18n.Msg{i18n.M("Grupo"), i18n.M("Desde"), i18n.M("Entró en la sesión"), i18n.M("Hasta")}, rows)}, err
}

// decisions are told to the person without what the coordination wrote about him.
func (m *maker) decisions(ctx context.Context, w *casefile.Whole) (document.Section, error) {
	all, err := w.Decisions(ctx)
	var s document.Section
	for _, d := range all {
		says := []string{clock.FormatMX(d.At), es(d.What), m.label(d.List, d.Reason), d.To}
		if !d.Until.IsZero() {
			says = append(says, es(i18n.M("a revisar el %s", mx(d.Until))))
		}
		if !d.Resumed.IsZero() {
			says = append(says, es(i18n.M("reanudado el %s", clock.FormatMX(d.Resumed))))
		}
		if m.all() {
			says = append(says, d.Who, d.Text)
		}
		s.Body = append(s.Body, strings.Join(slices.DeleteFunc(says, func(t string) bool { return t == "" }), " · "))
	}
	return s, err
}

func (m *maker) documents(ctx context.Context, w *casefile.Whole) (document.Section, error) {
	ids, err := referralIDs(ctx, w)
	if err != nil {
		return document.Section{}, err
	}
	about := []ledger.Subject{{Type: "case", ID: m.CaseID}}
	for _, id := range ids {
		about = append(about, ledger.Subject{Type: "referral", ID: id})
	}
	var rows [][]string
	for _, of := range about {
		docs, err := m.s.use.Documents.ListTx(ctx, m.tx, of)
		if err != nil {
			return document.Section{}, err
		}
		for _, d := range docs {
			valid := es(i18n.M("vale"))
			if !d.Valid() {
				valid = es(i18n.M("sin validez desde el %s", clock.FormatMX(d.RevokedAt.Time)))
			}
			rows = append(rows, []string{d.Number, es(d.Kind.Label()), clock.FormatMX(d.IssuedAt.Time), valid})
		}
	}
	return document.Section{Tables: table(i18n.Msg{}, []float64{4, 4, 2, 4},
		[]i18n.Msg{i18n.M("Número"), i18n.M("Documento"), i18n.M("Fecha"), i18n.M("Validez")}, rows)}, nil
}

// eventsOfPerson are the steps of his process; not what the center notes about him,
// nor that somebody must not meet him.
var eventsOfPerson = []string{"case.open", "case.mandate", "case.mandate_extend", "case.mandate_reduce", "case.mandate_revoke",
	"case.mandate_withdrawn", "case.schedule", "case.present", "case.no_show", "case.privacy_notice", "case.commitment", "case.wait", "case.admit",
	"case.suspend", "case.resume", "case.complete", "case.discharge", "case.refer_out", "case.transfer", "case.follow_up", "case.close"}

func (m *maker) history(ctx context.Context, w *casefile.Whole) (document.Section, error) {
	all, err := w.Events(ctx, func(action string) bool { return m.all() || slices.Contains(eventsOfPerson, action) })
	rows := make([][]string, len(all))
	heads, shares := []i18n.Msg{i18n.M("Fecha"), i18n.M("Qué")}, []float64{2, 6}
	if m.all() {
		heads, shares = append(heads, i18n.M("Quién")), append(shares, 5)
	}
	for i, e := range all {
		rows[i] = []string{clock.FormatMX(e.At), es(e.What)}
		if m.all() {
			rows[i] = append(rows[i], e.Who)
		}
	}
	return document.Section{Tables: table(i18n.Msg{}, shares, heads, rows)}, err
}

func (m *maker) readers(ctx context.Context, w *casefile.Whole) (document.Section, error) {
	all, err := w.Readers(ctx)
	rows := make([][]string, len(all))
	for i, r := range all {
		rows[i] = []string{clock.FormatMX(r.At), strconv.Itoa(r.Times), es(r.What), r.Who.Post, r.Reason}
	}
	return document.Section{Tables: table(i18n.Msg{}, []float64{2, 1.5, 4, 4, 4},
		[]i18n.Msg{i18n.M("Último día"), i18n.M("Veces"), i18n.M("Qué"), i18n.M("Quién"), i18n.M("Motivo")}, rows)}, err
}
