package center

import (
	"net/mail"
	"strconv"
	"strings"
	"unicode/utf8"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/ledger"
)

// Limits of what may be typed, in characters, and of the numbers.
const (
	maxLine     = 200
	maxAddress  = 400
	maxCapacity = 1000
	maxRank     = 99
)

// Center is a place that receives people. Its data are public.
type Center struct {
	ID              string  `db:"id"`
	Name            string  `db:"name"`
	MunicipalityKey string  `db:"municipality_key"`
	Address         string  `db:"address"`
	Phone           string  `db:"phone"`
	Mailbox         string  `db:"mailbox"`  // gets the notices
	Capacity        int     `db:"capacity"` // first appointments in a week; 0 takes no new cases
	CreatedAt       db.Time `db:"created_at"`
	ClosedAt        db.Time `db:"closed_at"` // zero while it receives
}

const centerColumns = `c.id, c.name, c.municipality_key, c.address, c.phone, c.mailbox, c.capacity, c.created_at, c.closed_at`

// Closed tells whether the center no longer receives.
func (c Center) Closed() bool { return !c.ClosedAt.IsZero() }

// TakesNew tells whether the center takes new cases. One that does not goes on with
// those it has.
func (c Center) TakesNew() bool { return !c.Closed() && c.Capacity > 0 }

// Venue is where a center works; most have one, some several.
type Venue struct {
	ID        string  `db:"id"`
	CenterID  string  `db:"center_id"`
	Name      string  `db:"name"`
	Address   string  `db:"address"`
	CreatedAt db.Time `db:"created_at"`
	ClosedAt  db.Time `db:"closed_at"`
}

const venueColumns = `v.id, v.center_id, v.name, v.address, v.created_at, v.closed_at`

// Closed tells whether nobody is cited to the venue any more.
func (v Venue) Closed() bool { return !v.ClosedAt.IsZero() }

// Covered is a municipality that a center serves. Rank 1 is suggested first there.
type Covered struct {
	MunicipalityKey string `db:"municipality_key"`
	Name            string
	Rank            int `db:"rank"`
}

// Form is a center as it was typed.
type Form struct{ Name, Municipality, Address, Phone, Mailbox, Capacity string }

func (f Form) check(lists *catalogue.Lists, was Center) (Center, error) {
	var form fault.Form
	c := was
	c.Name = required(&form, "name", f.Name, maxLine, i18n.M("Escriba el nombre del centro. Por ejemplo, «CeDeMas+ Toluca»."))
	c.Address = required(&form, "address", f.Address, maxAddress, i18n.M("Escriba el domicilio; quien canaliza lo entrega a la persona."))
	if c.MunicipalityKey = strings.TrimSpace(f.Municipality); !lists.HasMunicipality(c.MunicipalityKey) {
		form.Add("municipality", i18n.M("Elija el municipio donde está el centro."))
	}
	if c.Phone = strings.TrimSpace(f.Phone); c.Phone != "" && (digits(c.Phone) < 10 || len(c.Phone) > 60) {
		form.Add("phone", i18n.M("El teléfono lleva 10 dígitos. Por ejemplo, 722 555 0123."))
	}
	c.Mailbox = strings.TrimSpace(f.Mailbox)
	if a, err := mail.ParseAddress(c.Mailbox); err != nil || a.Address != c.Mailbox || !strings.Contains(c.Mailbox, ".") || len(c.Mailbox) > maxLine {
		form.Add("mailbox", i18n.M("Escriba el correo completo del centro; a él llegan los avisos. Debe verse así: centro@dominio.mx."))
	}
	n, err := strconv.Atoi(strings.TrimSpace(f.Capacity))
	if err != nil || n < 0 || n > maxCapacity {
		form.Add("capacity", i18n.M("Escriba cuántas personas nuevas puede citar por semana, de 0 a %d; con 0 no recibe casos nuevos.", maxCapacity))
	}
	c.Capacity = n
	return c, form.Err()
}

// VenueForm is a venue as it was typed.
type VenueForm struct{ Name, Address string }

func (f VenueForm) check(was Venue) (Venue, error) {
	var form fault.Form
	v := was
	v.Name = required(&form, "name", f.Name, maxLine, i18n.M("Escriba el nombre de la sede. Por ejemplo, «Sede centro»."))
	v.Address = required(&form, "address", f.Address, maxAddress, i18n.M("Escriba el domicilio de la sede; la cita lo dice."))
	return v, form.Err()
}

// CoverageLine is one municipality of a coverage as it was typed: an empty rank takes it
// out.
type CoverageLine struct{ Municipality, Rank string }

// CoverageField is the name of the field of a municipality's rank.
func CoverageField(municipality string) string { return "rank_" + municipality }

// checkCoverage gives the ranks by municipality.
func checkCoverage(lists *catalogue.Lists, lines []CoverageLine) (map[string]int, error) {
	var form fault.Form
	ranks := map[string]int{}
	for _, l := range lines {
		key, typed := strings.TrimSpace(l.Municipality), strings.TrimSpace(l.Rank)
		if key == "" || typed == "" {
			continue
		}
		n, err := strconv.Atoi(typed)
		switch {
		case !lists.HasMunicipality(key):
			form.Add("municipality", i18n.M("Ese municipio no está en la lista. Elija uno de ella."))
		case err != nil || n < 1 || n > maxRank:
			form.Add(CoverageField(key), i18n.M("%s: escriba el orden con número, de 1 a %d; 1 es la primera opción. Déjelo vacío para quitarlo.",
				lists.MunicipalityName(key), maxRank))
		}
		ranks[key] = n
	}
	return ranks, form.Err()
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

func (c Center) changes(was Center) []ledger.Change {
	return changesOf(field{"name", was.Name, c.Name}, field{"municipality", was.MunicipalityKey, c.MunicipalityKey},
		field{"address", was.Address, c.Address}, field{"phone", was.Phone, c.Phone}, field{"mailbox", was.Mailbox, c.Mailbox},
		field{"capacity", strconv.Itoa(was.Capacity), strconv.Itoa(c.Capacity)})
}

func (v Venue) changes(was Venue) []ledger.Change {
	return changesOf(field{"name", was.Name, v.Name}, field{"address", was.Address, v.Address})
}

// required cleans a text of one line and refuses an empty or a too long one.
func required(form *fault.Form, name, typed string, most int, missing i18n.Msg) string {
	typed = strings.Join(strings.Fields(typed), " ")
	if typed == "" {
		form.Add(name, missing)
	}
	if n := utf8.RuneCountInString(typed); n > most {
		form.Add(name, i18n.M("Tiene %d caracteres y caben %d. Acórtelo.", n, most))
	}
	return typed
}

func digits(s string) int {
	n := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

// localYear is the year of a transaction's instant in the State.
func localYear(tx *db.Tx) int { return clock.DateOf(tx.Now()).Year() }
