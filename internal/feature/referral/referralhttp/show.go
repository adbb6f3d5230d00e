package referralhttp

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/person"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/access"
	"sigue/internal/platform/notify"
	"sigue/internal/platform/web"
)

// group is one block of a page of answers.
type group struct {
	Title i18n.Msg
	Rows  []web.SummaryRow
}

// size shows a number of bytes.
func size(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return strconv.FormatInt(n>>10, 10) + " KB"
	}
	return strconv.FormatInt(n, 10) + " B"
}

func municipalities(lists *catalogue.Lists) []web.Option {
	var out []web.Option
	for _, m := range lists.Municipalities() {
		out = append(out, web.Option{Value: m.Key, Text: m.Name, Group: lists.Label(catalogue.State, m.StateKey, i18n.Spanish)})
	}
	return out
}

// moreFields are those under "Más datos", which opens when one of them is wrong.
var moreFields = []string{
	"address", "email", "alias", "gender", "birth_state", "marital_status", "schooling", "literacy", "occupation",
	"armed_occupation", "work_shift", "indigenous", "language", "interpreter", "disability",
}

func moreErrors(f *web.Form) bool {
	for _, name := range moreFields {
		if m := f.Error(name); !m.IsZero() {
			return true
		}
	}
	return false
}

// unfinished lists the sections that keep a draft from being sent.
func unfinished(d *referral.DraftView) []referral.Section {
	var out []referral.Section
	for _, s := range referral.Sections {
		if d.Status[s] != referral.Complete {
			out = append(out, s)
		}
	}
	return out
}

// reviewGroups are the answers of a draft, each with its change link.
func reviewGroups(p reviewPage, r *web.Request) []group {
	c, lists := p.Draft.Content, p.Lists
	change := func(s referral.Section) string { return path(p.Draft.ID, "captura/"+string(s)+"?volver=revisar") }
	label := func(list, code string) string { return lists.Label(list, code, r.Lang) }
	row := func(s referral.Section, l i18n.Msg, v string) web.SummaryRow {
		return web.SummaryRow{Label: l, Value: v, Change: change(s)}
	}
	var papers []string
	for _, a := range p.Draft.Papers {
		papers = append(papers, lists.Label(catalogue.DocumentClass, a.Class, r.Lang)+": "+a.Name+" · "+size(a.Size))
	}
	center := row(referral.SectionCenter, i18n.M("Centro"), p.Center)
	if p.Draft.Minor {
		center = web.SummaryRow{Label: i18n.M("Destino"), Text: i18n.M("Oficina de protección de la niñez")}
	}
	return []group{
		{sectionTitle(referral.SectionPerson), []web.SummaryRow{
			row(referral.SectionPerson, i18n.M("Nombre"), strings.TrimSpace(c.Person.GivenNames+" "+c.Person.Surname1+" "+c.Person.Surname2)),
			row(referral.SectionPerson, i18n.M("CURP"), strings.ToUpper(c.Person.CURP)),
			row(referral.SectionPerson, i18n.M("Nacimiento o edad"), strings.TrimSpace(c.Person.BirthDate+" "+c.Person.EstimatedAge)),
			row(referral.SectionPerson, i18n.M("Sexo"), label(catalogue.Sex, c.Person.Sex)),
			row(referral.SectionPerson, i18n.M("Municipio"), lists.MunicipalityName(c.Person.Municipality)),
			row(referral.SectionPerson, i18n.M("Teléfono"), c.Person.Phone),
			row(referral.SectionPerson, i18n.M("Es seguro dejar mensaje"), label(catalogue.YesNo, c.Person.SafeMessage)),
			row(referral.SectionPerson, i18n.M("Domicilio"), c.Person.Address),
			row(referral.SectionPerson, i18n.M("Horario de trabajo"), label(catalogue.WorkShift, c.Person.WorkShift)),
		}},
		{sectionTitle(referral.SectionBasis), reviewBasis(p, r, row)},
		{sectionTitle(referral.SectionFacts), []web.SummaryRow{
			{Label: i18n.M("Tipos de violencia"), Lines: labels(r, lists, catalogue.ViolenceType, c.Facts.ViolenceTypes), Change: change(referral.SectionFacts)},
			{Label: i18n.M("Modalidad"), Lines: labels(r, lists, catalogue.Modality, c.Facts.Modalities), Change: change(referral.SectionFacts)},
			row(referral.SectionFacts, i18n.M("Relación con la víctima"), label(catalogue.Relation, c.Facts.Relation)),
			row(referral.SectionFacts, i18n.M("Orden de protección"), label(catalogue.YesNo, c.Facts.ProtectionOrder)),
			row(referral.SectionFacts, i18n.M("Vence la orden de protección"), c.Facts.ProtectionUntil),
			row(referral.SectionFacts, i18n.M("Vive con la víctima"), label(catalogue.YesNo, c.Facts.LivesWithVictim)),
			row(referral.SectionFacts, i18n.M("Menores expuestos"), label(catalogue.YesNo, c.Facts.MinorsExposed)),
			row(referral.SectionFacts, i18n.M("Arma"), label(catalogue.YesNo, c.Facts.Weapon)),
			{Label: i18n.M("Hechos"), Lines: strings.Split(c.Facts.Narrative, "\n"), Change: change(referral.SectionFacts)},
		}},
		{sectionTitle(referral.SectionPapers), []web.SummaryRow{
			{Label: i18n.M("Archivos"), Lines: papers, Change: change(referral.SectionPapers)},
		}},
		{sectionTitle(referral.SectionCenter), []web.SummaryRow{center}},
	}
}

// yesNo is the code of an answer.
func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// fileGroups are the contents of a sent referral.
func fileGroups(v *referral.View, r *web.Request) []group {
	label := func(list, code string) string { return v.Lists.Label(list, code, r.Lang) }
	p, b, c := v.Person, v.Basis, v.Circumstances
	return []group{
		{i18n.M("Persona"), personRows(v, r)},
		{i18n.M("Base legal y obligación ordenada"), []web.SummaryRow{
			{Label: i18n.M("Base legal"), Value: label(catalogue.LegalBasisList, b.LegalBasis)},
			{Label: i18n.M("Autoridad"), Value: b.Authority},
			{Label: i18n.M("Canaliza"), Value: v.Area.PlaceName()},
			{Label: i18n.M("Expediente"), Value: strings.Trim(label(catalogue.CaseKind, b.CaseKind)+": "+b.CaseValue, ": ")},
			{Label: i18n.M("Fecha de la resolución"), Value: b.ResolvedOn.MX()},
			{Label: i18n.M("Sesiones ordenadas"), Value: count(b.MandateSessions)},
			{Label: i18n.M("Obligación"), Text: span(b.MandateFrom, b.MandateTo)},
		}},
		{i18n.M("Hechos y riesgo"), []web.SummaryRow{
			{Label: i18n.M("Tipos de violencia"), Lines: labels(r, v.Lists, catalogue.ViolenceType, c.ViolenceTypes)},
			{Label: i18n.M("Modalidad"), Lines: labels(r, v.Lists, catalogue.Modality, c.Modalities)},
			{Label: i18n.M("Relación con la víctima"), Value: label(catalogue.Relation, c.Relation)},
			{Label: i18n.M("Orden de protección"), Value: strings.TrimSpace(label(catalogue.YesNo, c.ProtectionOrder) + " " + c.ProtectionUntil.MX())},
			{Label: i18n.M("Vive con la víctima"), Value: label(catalogue.YesNo, c.LivesWithVictim)},
			{Label: i18n.M("Menores expuestos"), Value: label(catalogue.YesNo, c.MinorsExposed)},
			{Label: i18n.M("Arma"), Value: label(catalogue.YesNo, c.Weapon)},
			{Label: i18n.M("Hechos"), Lines: strings.Split(c.Narrative, "\n")},
		}},
		{i18n.M("Contacto"), []web.SummaryRow{
			{Label: i18n.M("Teléfono"), Value: p.Phone},
			{Label: i18n.M("Es seguro dejar mensaje"), Value: label(catalogue.YesNo, p.SafeMessage)},
			{Label: i18n.M("Correo electrónico"), Value: p.Email},
			{Label: i18n.M("Domicilio"), Value: p.Address},
			{Label: i18n.M("Municipio"), Value: v.Lists.MunicipalityName(p.Municipality)},
			{Label: i18n.M("Horario de trabajo"), Value: label(catalogue.WorkShift, p.WorkShift)},
		}},
	}
}

func personRows(v *referral.View, r *web.Request) []web.SummaryRow {
	label := func(list, code string) string { return v.Lists.Label(list, code, r.Lang) }
	p := v.Person
	return []web.SummaryRow{
		{Label: i18n.M("Nombre"), Value: p.Name.Full()},
		{Label: i18n.M("CURP"), Value: p.CURP},
		{Label: i18n.M("Nacimiento o edad"), Value: birth(p)},
		{Label: i18n.M("Sexo"), Value: label(catalogue.Sex, p.Sex)},
		{Label: i18n.M("Alias"), Value: p.Alias},
		{Label: i18n.M("Género"), Value: label(catalogue.Gender, p.Gender)},
		{Label: i18n.M("Nació en"), Value: label(catalogue.State, p.BirthState)},
		{Label: i18n.M("Estado civil"), Value: label(catalogue.MaritalStatus, p.MaritalStatus)},
		{Label: i18n.M("Escolaridad"), Value: label(catalogue.Schooling, p.Schooling)},
		{Label: i18n.M("Lee y escribe"), Value: label(catalogue.Literacy, p.Literacy)},
		{Label: i18n.M("Ocupación"), Value: label(catalogue.Occupation, p.Occupation)},
		{Label: i18n.M("Trabajo policial, militar o de seguridad"), Value: label(catalogue.ArmedOccupation, p.ArmedOccupation)},
		{Label: i18n.M("Se considera indígena"), Value: label(catalogue.Indigenous, p.Indigenous)},
		{Label: i18n.M("Lengua"), Value: label(catalogue.Language, p.Language)},
		{Label: i18n.M("Necesita intérprete"), Value: label(catalogue.YesNo, p.Interpreter)},
		{Label: i18n.M("Dificultad"), Lines: labels(r, v.Lists, catalogue.Disability, strings.Fields(p.Disability))},
	}
}

// filled leaves out what nobody filled in.
func filled(rows []web.SummaryRow) []web.SummaryRow {
	return slices.DeleteFunc(rows, func(row web.SummaryRow) bool {
		return row.Value == "" && row.Text.IsZero() && strings.Join(row.Lines, "") == ""
	})
}

func birth(p person.Person) string {
	if !p.BirthDate.IsZero() {
		return p.BirthDate.MX()
	}
	return count(p.EstimatedAge)
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// span is how long an obligation lasts.
func span(from, to clock.Date) i18n.Msg {
	switch {
	case from.IsZero() && to.IsZero():
		return i18n.Msg{}
	case from.IsZero():
		return i18n.M("hasta el %s", to.MX())
	case to.IsZero():
		return i18n.M("desde el %s", from.MX())
	}
	return i18n.M("del %s al %s", from.MX(), to.MX())
}

func timelineItems(v *referral.View, r *web.Request) []web.TimelineItem {
	out := make([]web.TimelineItem, len(v.Timeline))
	for i, e := range v.Timeline {
		item := web.TimelineItem{Title: e.What, At: e.At, Who: e.Who, Text: e.Note}
		if e.Of != "" {
			item.Detail = i18n.M("Motivo: %s", strings.Join(labels(r, v.Lists, e.Of, e.Why), "; "))
		}
		out[len(out)-1-i] = item
	}
	return out
}

// nextStep says who is waited for, and for what.
func nextStep(s referral.State) i18n.Msg {
	switch s {
	case referral.Submitted:
		return i18n.M("El centro responde")
	case referral.Returned:
		return i18n.M("Quien canaliza corrige")
	case referral.Accepted:
		return i18n.M("El centro da la primera cita")
	}
	return i18n.Msg{}
}

func panelHint(p panelPage) i18n.Msg {
	switch p.Panel.Reach {
	case access.Institution:
		return i18n.M("Las de todas las áreas de su institución. Ninguna otra institución puede verlas.")
	case access.Center:
		return i18n.M("Las que ha recibido su centro.")
	}
	return i18n.M("Las de su área. Ninguna otra institución puede verlas.")
}

func countKind(s referral.State) web.TagKind {
	kind, _ := stateTag(referral.Row{State: s})
	if s == referral.Accepted {
		return web.TagGood
	}
	return kind
}

func countText(n int) string { return strconv.Itoa(n) }

func totalText(p panelPage) i18n.Msg {
	switch {
	case p.Panel.More:
		return i18n.M("Más de %d canalizaciones.", i18n.Number(p.Panel.Total))
	case p.Panel.Total == 1:
		return i18n.M("1 canalización.")
	}
	return i18n.M("%d canalizaciones.", i18n.Number(p.Panel.Total))
}

func toldWho(n notify.Sent, v *referral.View) i18n.Msg {
	switch n.To.Type {
	case "area", "institution":
		return i18n.M("%s", v.Area.PlaceName())
	case "center":
		return i18n.M("%s", v.Center.Name)
	case "office":
		return i18n.M("oficina de protección de la niñez")
	}
	return i18n.M("cuenta")
}

func toldState(n notify.Sent) i18n.Msg {
	switch {
	case !n.SentAt.IsZero():
		return i18n.M("enviado el %s", clock.FormatMX(n.SentAt))
	case !n.FailedAt.IsZero():
		return i18n.M("no se pudo entregar; avise por otro medio")
	}
	return i18n.M("en camino")
}

func otherCenters(p choicePage) []web.Option {
	var out []web.Option
	for _, c := range p.Centers {
		if c.Center.ID != p.View.Center.ID {
			out = append(out, web.Option{Value: c.Center.ID, Text: c.Center.Name, Hint: i18n.Msg{}})
		}
	}
	return out
}
