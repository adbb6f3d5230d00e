package center

import (
	"net/mail"
	"strconv"
	"strings"
	"unicode/utf8"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
)

// Center is a re-education center (CeDeMas+).
type Center struct {
	ID           string  `db:"id"`
	Name         string  `db:"name"`
	Municipality string  `db:"municipality_key"`
	Address      string  `db:"address"`
	Phone        string  `db:"phone"`
	Mailbox      string  `db:"mailbox"`
	Capacity     int     `db:"capacity"` // people it takes in a week
	ClosedAt     db.Time `db:"closed_at"`
}

// Closed tells whether it receives no more.
func (c Center) Closed() bool { return !c.ClosedAt.IsZero() }

// Venue is a place where a center attends.
type Venue struct {
	ID       string  `db:"id"`
	CenterID string  `db:"center_id"`
	Name     string  `db:"name"`
	Address  string  `db:"address"`
	ClosedAt db.Time `db:"closed_at"`
}

// Closed tells whether nobody is attended there any more.
func (v Venue) Closed() bool { return !v.ClosedAt.IsZero() }

// Suggestion is a center for a municipality: those that serve it come first, by rank.
type Suggestion struct {
	Center Center
	Rank   int
	Covers bool
}

// Form is a center as typed.
type Form struct {
	Name         string `form:"name"`
	Municipality string `form:"municipality"`
	Address      string `form:"address"`
	Phone        string `form:"phone"`
	Mailbox      string `form:"mailbox"`
	Capacity     string `form:"capacity"`
}

// VenueForm is a venue as typed.
type VenueForm struct {
	Name    string `form:"name"`
	Address string `form:"address"`
}

func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

func (f Form) check(lists *catalogue.Lists) (Center, error) {
	var form fault.Form
	c := Center{Name: tidy(f.Name), Municipality: f.Municipality, Address: tidy(f.Address), Phone: tidy(f.Phone), Mailbox: strings.TrimSpace(f.Mailbox)}
	checkText(&form, "name", c.Name, i18n.M("Escriba el nombre, hasta 200 caracteres."))
	checkText(&form, "address", c.Address, i18n.M("Escriba el domicilio, hasta 200 caracteres."))
	if utf8.RuneCountInString(c.Phone) > 60 {
		form.Add("phone", i18n.M("El teléfono es muy largo."))
	}
	if !lists.HasMunicipality(c.Municipality) {
		form.Add("municipality", i18n.M("Elija el municipio de la lista."))
	}
	if _, err := mail.ParseAddress(c.Mailbox); err != nil || len(c.Mailbox) > 254 {
		form.Add("mailbox", i18n.M("Escriba el correo al que llegan los avisos, como centro@dependencia.mx."))
	}
	n, err := strconv.Atoi(strings.TrimSpace(f.Capacity))
	if err != nil || n < 1 || n > 1000 {
		form.Add("capacity", i18n.M("Escriba cuántas personas puede recibir por semana, de 1 a 1000."))
	}
	c.Capacity = n
	return c, form.Err()
}

func (f VenueForm) check() (Venue, error) {
	var form fault.Form
	v := Venue{Name: tidy(f.Name), Address: tidy(f.Address)}
	checkText(&form, "name", v.Name, i18n.M("Escriba el nombre, hasta 200 caracteres."))
	checkText(&form, "address", v.Address, i18n.M("Escriba el domicilio, hasta 200 caracteres."))
	return v, form.Err()
}

func checkText(form *fault.Form, field, s string, m i18n.Msg) {
	if n := utf8.RuneCountInString(s); n == 0 || n > 200 {
		form.Add(field, m)
	}
}
