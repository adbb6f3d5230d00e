package referral

import (
	"net/mail"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/person"
)

// Limits of what may be typed, in characters.
const (
	maxLine      = 200
	maxAddress   = 400
	maxNarrative = 20_000
)

// Basis is by what right, once checked.
type Basis struct {
	LegalBasis             string
	Authority              string
	CaseKind, CaseIssuer   string
	CaseValue, CaseNorm    string
	ResolvedOn             clock.Date
	MandateSessions        int
	MandateFrom, MandateTo clock.Date
	Urgent                 bool
}

// Circumstances are the facts, once checked.
type Circumstances struct {
	ViolenceTypes, Modalities                []string
	Relation, LivesWithVictim, MinorsExposed string
	Weapon, ProtectionOrder                  string
	ProtectionUntil                          clock.Date
	Narrative                                string
}

// Submission is a draft that passed every check.
type Submission struct {
	Person person.Person
	Basis  Basis
	Facts  Circumstances
	Center center.Center // zero for a minor
	Minor  bool          // goes to child protection, not to a center
}

// checker checks what was typed against the lists of a day.
type checker struct {
	lists *catalogue.Lists
	today clock.Date
}

// person checks the section of the person.
func (c checker) person(s PersonSection) (person.Person, error) {
	var form fault.Form
	p := person.Person{
		Name:       person.Name{Given: s.GivenNames, Surname1: s.Surname1, Surname2: s.Surname2}.Clean(),
		Alias:      line(&form, "alias", s.Alias),
		Address:    text(&form, "address", s.Address, maxAddress),
		Disability: strings.Join(c.codes(&form, "disability", catalogue.Disability, s.Disability), " "),
	}
	for field, err := range p.Name.Check() {
		form.Add(field, err)
	}
	c.identity(&form, s, &p)
	for _, list := range []struct {
		field, catalogue, value string
		into                    *string
	}{
		{"gender", catalogue.Gender, s.Gender, &p.Gender},
		{"occupation", catalogue.Occupation, s.Occupation, &p.Occupation},
		{"birth_state", catalogue.State, s.BirthState, &p.BirthState},
		{"marital_status", catalogue.MaritalStatus, s.MaritalStatus, &p.MaritalStatus},
		{"schooling", catalogue.Schooling, s.Schooling, &p.Schooling},
		{"literacy", catalogue.Literacy, s.Literacy, &p.Literacy},
		{"armed_occupation", catalogue.ArmedOccupation, s.ArmedOccupation, &p.ArmedOccupation},
		{"indigenous", catalogue.Indigenous, s.Indigenous, &p.Indigenous},
		{"language", catalogue.Language, s.Language, &p.Language},
		{"interpreter", catalogue.YesNo, s.Interpreter, &p.Interpreter},
		{"safe_message", catalogue.YesNo, s.SafeMessage, &p.SafeMessage},
		{"work_shift", catalogue.WorkShift, s.WorkShift, &p.WorkShift},
	} {
		*list.into = c.code(&form, list.field, list.catalogue, list.value)
	}
	c.contact(&form, s, &p)
	return p, form.Err()
}

// identity checks CURP, birth date or age, and sex.
func (c checker) identity(form *fault.Form, s PersonSection, p *person.Person) {
	c.birth(form, s, p)
	if typed := strings.TrimSpace(s.EstimatedAge); typed != "" {
		age, err := strconv.Atoi(typed)
		if err != nil || age < 1 || age > 110 {
			form.Add("estimated_age", i18n.M("Escriba la edad en años cumplidos, con número. Por ejemplo, 35."))
		} else {
			p.EstimatedAge = age
		}
	}
	if p.BirthDate.IsZero() && p.EstimatedAge == 0 {
		form.Add("birth_date", i18n.M("Escriba la fecha de nacimiento o, si no se conoce, la edad aproximada."))
	}
	if s.Sex == "" {
		form.Add("sex", i18n.M("Elija el sexo."))
	}
	p.Sex = c.code(form, "sex", catalogue.Sex, s.Sex)
}

// birth checks CURP and birth date. The CURP stands in for a date that is missing; a
// date that contradicts it about being of age is asked, for that decides who may receive
// the person.
func (c checker) birth(form *fault.Form, s PersonSection, p *person.Person) {
	p.BirthDate = clock.FormDate(form, "birth_date", s.BirthDate)
	if strings.TrimSpace(s.CURP) != "" {
		curp, err := person.ParseCURP(s.CURP)
		switch born := (person.Person{BirthDate: curp.BirthDate()}); {
		case err != nil:
			form.Add("curp", sentence(err))
		case strings.TrimSpace(s.BirthDate) == "":
			p.CURP, p.BirthDate = curp.String(), curp.BirthDate()
		case !p.BirthDate.IsZero() && born.IsMinor(c.today) != p.IsMinor(c.today):
			form.Add("birth_date", i18n.M("La fecha de nacimiento y la CURP no coinciden, y de ello depende si es menor de edad. Revise cuál está mal; si no lo sabe, deje vacía la CURP."))
		default:
			p.CURP = curp.String()
		}
	}
	if p.BirthDate.After(c.today) {
		form.Add("birth_date", i18n.M("La fecha de nacimiento está en el futuro. Revise el año."))
	} else if !p.BirthDate.IsZero() && p.BirthDate.YearsUntil(c.today) > 110 {
		form.Add("birth_date", i18n.M("Con esa fecha tendría más de 110 años. Revise el año."))
	}
}

// contact checks how to reach the person.
func (c checker) contact(form *fault.Form, s PersonSection, p *person.Person) {
	p.Phone = line(form, "phone", s.Phone)
	if digits := countDigits(p.Phone); p.Phone != "" && (digits < 10 || digits > 15 || len(p.Phone) > 30) {
		form.Add("phone", i18n.M("El teléfono lleva 10 dígitos. Por ejemplo, 722 555 0123."))
	}
	p.Email = strings.TrimSpace(s.Email)
	if p.Email != "" {
		if a, err := mail.ParseAddress(p.Email); err != nil || a.Address != p.Email || utf8.RuneCountInString(p.Email) > maxLine {
			form.Add("email", i18n.M("Ese correo no está completo. Debe verse así: nombre@dominio.mx."))
		}
	}
	p.Municipality = strings.TrimSpace(s.Municipality)
	switch {
	case p.Municipality == "":
		form.Add("municipality", i18n.M("Elija el municipio donde vive; con él se sugiere el centro."))
	case !c.lists.HasMunicipality(p.Municipality):
		form.Add("municipality", i18n.M("Ese municipio no está en la lista. Elija uno de ella."))
	}
}

// basis checks the section of the legal basis and the mandate. A voluntary basis has no
// authority, number or term that could be asked for; what was typed of them is kept.
func (c checker) basis(s BasisSection) (Basis, error) {
	var form fault.Form
	rule := c.legalBasis(&form, s.LegalBasis)
	b := Basis{
		LegalBasis: rule.Code,
		Authority:  line(&form, "authority", s.Authority),
		CaseKind:   c.code(&form, "case_kind", catalogue.CaseKind, s.CaseKind),
		CaseIssuer: line(&form, "case_issuer", s.CaseIssuer),
		CaseValue:  line(&form, "case_value", s.CaseValue),
		Urgent:     s.Urgent != "",
	}
	if !rule.Voluntary {
		b.askOrder(&form)
	}
	b.CaseNorm = normalizeCase(b.CaseValue)
	b.ResolvedOn = clock.FormDate(&form, "resolved_on", s.ResolvedOn)
	if b.ResolvedOn.After(c.today) {
		form.Add("resolved_on", i18n.M("La fecha de la resolución está en el futuro. Revise el año."))
	}
	c.mandate(&form, s, rule, &b)
	return b, form.Err()
}

// askOrder asks who orders the referral and under which number.
func (b *Basis) askOrder(form *fault.Form) {
	if b.Authority == "" {
		form.Add("authority", i18n.M("Escriba qué autoridad lo ordena o recomienda."))
	}
	if b.CaseValue == "" {
		form.Add("case_value", i18n.M("Escriba el número de expediente, carpeta u oficio."))
	}
	if b.CaseKind == "" {
		form.Add("case_kind", i18n.M("Elija qué clase de número es."))
	}
}

// legalBasis finds the basis; one that the law forbids is refused with its reason.
func (c checker) legalBasis(form *fault.Form, code string) catalogue.LegalBasisRule {
	if code == "" {
		form.Add("legal_basis", i18n.M("Elija la base legal de la canalización."))
		return catalogue.LegalBasisRule{}
	}
	rule, ok := c.lists.LegalBasis(code)
	switch {
	case !ok:
		form.Add("legal_basis", i18n.M("Esa base legal no está en la lista. Elija una de ella."))
	case rule.Refused:
		form.Add("legal_basis", i18n.M("%s no puede ser base de una canalización: %s", rule.Label, rule.RefusedReason))
	}
	return rule
}

// mandate checks what is ordered: its sessions and its term.
func (c checker) mandate(form *fault.Form, s BasisSection, rule catalogue.LegalBasisRule, b *Basis) {
	if typed := strings.TrimSpace(s.MandateSessions); typed != "" {
		n, err := strconv.Atoi(typed)
		if err != nil || n < 1 || n > 500 {
			form.Add("mandate_sessions", i18n.M("Escriba cuántas sesiones con número, de 1 a 500; déjelo vacío si la resolución no lo dice."))
		} else {
			b.MandateSessions = n
		}
	}
	b.MandateFrom = clock.FormDate(form, "mandate_from", s.MandateFrom)
	b.MandateTo = clock.FormDate(form, "mandate_until", s.MandateUntil)
	if rule.Mandatory && strings.TrimSpace(s.MandateUntil) == "" {
		form.Add("mandate_until", i18n.M("Escriba hasta cuándo obliga la resolución; el centro calcula con ello si alcanza el tiempo."))
	}
	if b.MandateTo.IsZero() {
		return
	}
	from := b.MandateFrom
	if from.IsZero() {
		from = c.today
	}
	switch {
	case b.MandateTo.Before(c.today):
		form.Add("mandate_until", i18n.M("La obligación ya habría terminado. Revise el año."))
	case b.MandateTo.Before(from):
		form.Add("mandate_until", i18n.M("El término es anterior al inicio. Revise las dos fechas."))
	case rule.MaxMonths > 0 && b.MandateTo.After(from.AddMonths(rule.MaxMonths)):
		form.Add("mandate_until", i18n.M("Con esta base legal el plazo es de %d meses como máximo. Revise la fecha.", rule.MaxMonths))
	case rule.MinMonths > 0 && !b.MandateFrom.IsZero() && b.MandateTo.Before(from.AddMonths(rule.MinMonths)):
		form.Add("mandate_until", i18n.M("Con esta base legal el plazo es de %d meses como mínimo. Revise la fecha.", rule.MinMonths))
	}
}

// facts checks the section of what happened; resolved is the date of the resolution.
func (c checker) facts(s FactsSection, resolved clock.Date) (Circumstances, error) {
	var form fault.Form
	f := Circumstances{
		ViolenceTypes:   c.codes(&form, "violence_types", catalogue.ViolenceType, s.ViolenceTypes),
		Modalities:      c.codes(&form, "modalities", catalogue.Modality, s.Modalities),
		Relation:        c.code(&form, "relation", catalogue.Relation, s.Relation),
		LivesWithVictim: c.code(&form, "lives_with_victim", catalogue.YesNo, s.LivesWithVictim),
		MinorsExposed:   c.code(&form, "minors_exposed", catalogue.YesNo, s.MinorsExposed),
		Weapon:          c.code(&form, "weapon", catalogue.YesNo, s.Weapon),
		ProtectionOrder: c.code(&form, "protection_order", catalogue.YesNo, s.ProtectionOrder),
		Narrative:       text(&form, "narrative", s.Narrative, maxNarrative),
	}
	if len(s.ViolenceTypes) == 0 {
		form.Add("violence_types", i18n.M("Marque al menos un tipo de violencia."))
	}
	if f.Relation == "" {
		form.Add("relation", i18n.M("Elija qué relación tiene con la víctima; no escriba su nombre."))
	}
	if f.ProtectionOrder == "" {
		form.Add("protection_order", i18n.M("Diga si hay orden de protección; si no lo sabe, elija «No sabe»."))
	}
	until := clock.FormDate(&form, "protection_until", s.ProtectionUntil)
	if f.ProtectionOrder == yes {
		f.ProtectionUntil = until
	}
	if !f.ProtectionUntil.IsZero() && f.ProtectionUntil.Before(resolved) {
		form.Add("protection_until", i18n.M("La orden de protección vencería antes de la fecha de la resolución, que es el %s. Revise las dos fechas.", resolved.MX()))
	}
	return f, form.Err()
}

// yes is the code of the answer in catalogue.YesNo.
const yes = "yes"

// Warning is what deserves a second look and keeps nobody from going on.
type Warning struct {
	Section Section
	Field   string
	Text    i18n.Msg
	Mild    bool // likely right all the same: told, but never worth a second page
}

// warnings finds what may be a slip: a CURP that tells another date, sex, state or name
// than those typed, a protection order that is over.
func (c checker) warnings(content Content) []Warning {
	all := c.curpWarnings(content.Person)
	f := content.Facts
	until, err := clock.ParseDateMX(strings.TrimSpace(f.ProtectionUntil))
	if err == nil && f.ProtectionOrder == yes && until.Before(c.today) {
		all = append(all, Warning{Section: SectionFacts, Field: "protection_until",
			Text: i18n.M("La orden de protección venció el %s; si ya no está vigente, elija «No».", until.MX())})
	}
	return all
}

func (c checker) curpWarnings(s PersonSection) []Warning {
	curp, err := person.ParseCURP(s.CURP)
	if err != nil {
		return nil
	}
	var all []Warning
	if curp.MismatchName(s.GivenNames, s.Surname1, s.Surname2) { // names are written in many ways
		all = append(all, Warning{Section: SectionPerson, Field: "curp", Mild: true,
			Text: i18n.M("El nombre no coincide con la CURP. Puede ser correcto; solo verifique que no haya un error de captura.")})
	}
	warn := func(field string, text i18n.Msg) {
		all = append(all, Warning{Section: SectionPerson, Field: field, Text: text})
	}
	if born, err := clock.ParseDateMX(strings.TrimSpace(s.BirthDate)); err == nil && born != curp.BirthDate() {
		warn("birth_date", i18n.M("La CURP dice %s y aquí está escrito %s. Revise cuál está mal.", curp.BirthDate().MX(), born.MX()))
	}
	for _, told := range []struct{ field, list, typed, curp string }{
		{"sex", catalogue.Sex, s.Sex, curp.Sex()},
		{"birth_state", catalogue.State, s.BirthState, curp.StateKey()},
	} {
		if e, ok := c.lists.Entry(told.list, told.curp); ok && told.typed != "" && told.typed != told.curp {
			warn(told.field, i18n.M("La CURP dice «%s» y aquí está elegida otra opción. Revise cuál está mal.", e.Name))
		}
	}
	return all
}

// code checks one choice of a list; empty is allowed here.
func (c checker) code(form *fault.Form, field, list, value string) string {
	if value != "" && !c.lists.Has(list, value) {
		form.Add(field, i18n.M("Esa opción ya no está en la lista. Elija otra."))
		return ""
	}
	return value
}

func (c checker) codes(form *fault.Form, field, list string, values []string) []string {
	var kept []string
	seen := map[string]bool{}
	for _, v := range values {
		if v = c.code(form, field, list, v); v != "" && !seen[v] {
			seen[v] = true
			kept = append(kept, v)
		}
	}
	return kept
}

// line cleans a text of one line and refuses one that is too long.
func line(form *fault.Form, field, typed string) string {
	return text(form, field, strings.Join(strings.Fields(typed), " "), maxLine)
}

func text(form *fault.Form, field, typed string, most int) string {
	typed = strings.TrimSpace(strings.Map(typable, strings.ToValidUTF8(typed, "")))
	if n := utf8.RuneCountInString(typed); n > most {
		form.Add(field, i18n.M("El texto tiene %d caracteres y caben %d. Acórtelo o adjunte el resto como documento.", n, most))
	}
	return typed
}

// typable leaves out the control characters that no keyboard types and that one of the
// engines refuses; line breaks and tabs stay.
func typable(r rune) rune {
	if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' {
		return -1
	}
	return r
}

func countDigits(s string) int {
	n := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

// sentence takes the public sentence out of an error of a parser.
func sentence(err error) i18n.Msg {
	var e *fault.Error
	if asFault(err, &e) {
		return e.Public
	}
	return i18n.M("Revise este dato.")
}
