package institution

import (
	"net/mail"
	"strings"
	"unicode/utf8"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/ledger"
)

// maxLine is the most that a name or an address may have, in characters.
const maxLine = 200

// Institution is who refers: the judiciary, a municipality, a prosecutor's office.
type Institution struct {
	ID              string  `db:"id"`
	Kind            string  `db:"kind"` // code of catalogue.InstitutionKind
	Name            string  `db:"name"`
	MunicipalityKey string  `db:"municipality_key"`
	Mailbox         string  `db:"mailbox"` // of the institution as a whole; may be empty
	CreatedAt       db.Time `db:"created_at"`
	ClosedAt        db.Time `db:"closed_at"` // zero while it refers
}

const institutionColumns = `i.id, i.kind, i.name, i.municipality_key, i.mailbox, i.created_at, i.closed_at`

// Closed tells whether the institution no longer refers.
func (i Institution) Closed() bool { return !i.ClosedAt.IsZero() }

// Area is a part of an institution that refers by itself: a court, an office.
type Area struct {
	ID              string
	InstitutionID   string
	InstitutionName string
	Name            string
	District        string // code of catalogue.JudicialDistrict; empty outside the judiciary
	DistrictName    string
	Mailbox         string // gets the notices
	CreatedAt       db.Time
	ClosedAt        db.Time // of the area or its institution, whichever closed it
}

// Closed tells whether the area no longer refers.
func (a Area) Closed() bool { return !a.ClosedAt.IsZero() }

// PlaceName is how the area is named where it stands alone: "Juzgado Tercero Familiar,
// Toluca", or with its institution when it belongs to no judicial district.
func (a Area) PlaceName() string {
	if a.DistrictName != "" {
		return a.Name + ", " + a.DistrictName
	}
	return a.Name + ", " + a.InstitutionName
}

type areaRow struct {
	ID                string  `db:"id"`
	InstitutionID     string  `db:"institution_id"`
	InstitutionName   string  `db:"institution_name"`
	Name              string  `db:"name"`
	District          string  `db:"district"`
	Mailbox           string  `db:"mailbox"`
	CreatedAt         db.Time `db:"created_at"`
	ClosedAt          db.Time `db:"closed_at"`
	InstitutionClosed db.Time `db:"institution_closed"`
}

const areaSelect = `select a.id, a.institution_id, i.name as institution_name, a.name, a.district, a.mailbox,
		a.created_at, a.closed_at, i.closed_at as institution_closed
	from areas a join institutions i on i.id = a.institution_id `

func (r areaRow) area(lists *catalogue.Lists) Area {
	a := Area{
		ID: r.ID, InstitutionID: r.InstitutionID, InstitutionName: r.InstitutionName, Name: r.Name,
		District: r.District, DistrictName: lists.Label(catalogue.JudicialDistrict, r.District, i18n.Spanish),
		Mailbox: r.Mailbox, CreatedAt: r.CreatedAt, ClosedAt: r.ClosedAt,
	}
	if a.ClosedAt.IsZero() {
		a.ClosedAt = r.InstitutionClosed
	}
	return a
}

// Form is an institution as it was typed.
type Form struct{ Name, Kind, Municipality, Mailbox string }

// check gives the institution of a form. A code that the institution had before stays
// allowed after its entry ended.
func (f Form) check(lists *catalogue.Lists, was Institution) (Institution, error) {
	var form fault.Form
	i := was
	i.Name = required(&form, "name", f.Name, i18n.M("Escriba el nombre oficial de la institución."))
	i.Mailbox = mailbox(&form, "mailbox", f.Mailbox)
	i.Kind, i.MunicipalityKey = strings.TrimSpace(f.Kind), strings.TrimSpace(f.Municipality)
	if i.Kind == "" || i.Kind != was.Kind && !lists.Has(catalogue.InstitutionKind, i.Kind) {
		form.Add("kind", i18n.M("Elija de qué clase es la institución."))
	}
	if !lists.HasMunicipality(i.MunicipalityKey) {
		form.Add("municipality", i18n.M("Elija el municipio donde está; si falta en la lista, cárguelo en Municipios."))
	}
	return i, form.Err()
}

// AreaForm is an area as it was typed.
type AreaForm struct{ Name, District, Mailbox string }

func (f AreaForm) check(lists *catalogue.Lists, was areaRow) (areaRow, error) {
	var form fault.Form
	a := was
	a.Name = required(&form, "name", f.Name, i18n.M("Escriba el nombre del área. Por ejemplo, «Juzgado Tercero Familiar»."))
	a.Mailbox = mailbox(&form, "mailbox", f.Mailbox)
	if a.Mailbox == "" {
		form.Add("mailbox", i18n.M("Escriba el correo del área; a él llegan los avisos de sus canalizaciones."))
	}
	a.District = strings.TrimSpace(f.District)
	if a.District != "" && a.District != was.District && !lists.Has(catalogue.JudicialDistrict, a.District) {
		form.Add("district", i18n.M("Ese distrito judicial no está en la lista. Elija uno de ella o déjelo vacío."))
	}
	return a, form.Err()
}

// field is one public value before and after a change.
type field struct{ name, before, after string }

func changesOf(fields ...field) []ledger.Change {
	var changes []ledger.Change
	for _, f := range fields {
		if f.before != f.after {
			changes = append(changes, ledger.Change{Field: f.name, Before: f.before, After: f.after})
		}
	}
	return changes
}

func (i Institution) changes(was Institution) []ledger.Change {
	return changesOf(field{"name", was.Name, i.Name}, field{"kind", was.Kind, i.Kind},
		field{"municipality", was.MunicipalityKey, i.MunicipalityKey}, field{"mailbox", was.Mailbox, i.Mailbox})
}

func (r areaRow) changes(was areaRow) []ledger.Change {
	return changesOf(field{"name", was.Name, r.Name}, field{"district", was.District, r.District},
		field{"mailbox", was.Mailbox, r.Mailbox})
}

// required cleans a text of one line and refuses an empty or a too long one.
func required(form *fault.Form, name, typed string, missing i18n.Msg) string {
	typed = strings.Join(strings.Fields(typed), " ")
	if typed == "" {
		form.Add(name, missing)
	}
	if n := utf8.RuneCountInString(typed); n > maxLine {
		form.Add(name, i18n.M("Tiene %d caracteres y caben %d. Acórtelo.", n, maxLine))
	}
	return typed
}

// mailbox checks an e-mail address without a name; empty is none.
func mailbox(form *fault.Form, name, typed string) string {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return ""
	}
	a, err := mail.ParseAddress(typed)
	if err != nil || a.Address != typed || !strings.Contains(typed, ".") || len(typed) > maxLine {
		form.Add(name, i18n.M("Ese correo no está completo. Debe verse así: oficina@dominio.mx."))
	}
	return typed
}

// localYear is the year of an instant in the State.
func localYear(tx *db.Tx) int { return clock.DateOf(tx.Now()).Year() }
