package institution

import (
	"net/mail"
	"strings"
	"unicode/utf8"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
)

// Institution is an organisation that refers.
type Institution struct {
	ID           string  `db:"id"`
	Kind         string  `db:"kind"`
	Name         string  `db:"name"`
	Municipality string  `db:"municipality_key"`
	Mailbox      string  `db:"mailbox"`
	ClosedAt     db.Time `db:"closed_at"`
}

// Closed tells whether it refers no more.
func (i Institution) Closed() bool { return !i.ClosedAt.IsZero() }

// Area is a part of an institution, with its own caseload and mailbox.
type Area struct {
	ID              string  `db:"id"`
	InstitutionID   string  `db:"institution_id"`
	InstitutionName string  `db:"institution_name"`
	Name            string  `db:"name"`
	District        string  `db:"district"`
	Mailbox         string  `db:"mailbox"`
	ClosedAt        db.Time `db:"closed_at"`
}

// Closed tells whether it refers no more.
func (a Area) Closed() bool { return !a.ClosedAt.IsZero() }

// PlaceName names the area so that nobody mistakes it: "Juzgado Tercero Familiar,
// Poder Judicial".
func (a Area) PlaceName() string {
	if a.Name == "" || a.Name == a.InstitutionName {
		return a.InstitutionName
	}
	return a.Name + ", " + a.InstitutionName
}

// Form is an institution as typed.
type Form struct {
	Kind         string `form:"kind"`
	Name         string `form:"name"`
	Municipality string `form:"municipality"`
	Mailbox      string `form:"mailbox"`
}

// AreaForm is an area as typed.
type AreaForm struct {
	Name     string `form:"name"`
	District string `form:"district"`
	Mailbox  string `form:"mailbox"`
}

const maxName = 200

func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

// check reads a form against the lists of the day.
func (f Form) check(lists *catalogue.Lists) (Institution, error) {
	var form fault.Form
	i := Institution{Kind: f.Kind, Name: tidy(f.Name), Municipality: f.Municipality, Mailbox: strings.TrimSpace(f.Mailbox)}
	if !lists.Has(catalogue.InstitutionKind, i.Kind) {
		form.Add("kind", i18n.M("Elija qué clase de institución es."))
	}
	checkName(&form, i.Name)
	if !lists.HasMunicipality(i.Municipality) {
		form.Add("municipality", i18n.M("Elija el municipio de la lista."))
	}
	checkMailbox(&form, i.Mailbox)
	return i, form.Err()
}

func (f AreaForm) check(lists *catalogue.Lists) (Area, error) {
	var form fault.Form
	a := Area{Name: tidy(f.Name), District: f.District, Mailbox: strings.TrimSpace(f.Mailbox)}
	checkName(&form, a.Name)
	if a.District != "" && !lists.Has(catalogue.JudicialDistrict, a.District) {
		form.Add("district", i18n.M("Elija el distrito de la lista o déjelo vacío."))
	}
	checkMailbox(&form, a.Mailbox)
	return a, form.Err()
}

func checkName(form *fault.Form, name string) {
	if n := utf8.RuneCountInString(name); n == 0 || n > maxName {
		form.Add("name", i18n.M("Escriba el nombre, hasta %d caracteres.", maxName))
	}
}

func checkMailbox(form *fault.Form, address string) {
	if _, err := mail.ParseAddress(address); err != nil || len(address) > 254 {
		form.Add("mailbox", i18n.M("Escriba el correo al que llegan los avisos, como area@institucion.mx."))
	}
}
