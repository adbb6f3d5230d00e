package casefile

import (
	"context"
	"net/mail"
	"slices"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/person"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// Field is one thing about a person that can be corrected.
type Field string

// The fields.
const (
	GivenNames Field = "given_names"
	Surname1   Field = "surname1"
	Surname2   Field = "surname2"
	Alias      Field = "alias"
	CURP       Field = "curp"
	Phone      Field = "phone"
	Email      Field = "email"
	Address    Field = "address"
)

// Fields are those that can be corrected, in the order of the form.
var Fields = []Field{Phone, Address, Email, GivenNames, Surname1, Surname2, Alias, CURP}

// Label is the field's name on screen.
func (f Field) Label() i18n.Msg {
	switch f {
	case GivenNames:
		return i18n.M("Nombres")
	case Surname1:
		return i18n.M("Primer apellido")
	case Surname2:
		return i18n.M("Segundo apellido")
	case Alias:
		return i18n.M("Alias")
	case CURP:
		return i18n.M("CURP")
	case Phone:
		return i18n.M("Teléfono")
	case Email:
		return i18n.M("Correo electrónico")
	case Address:
		return i18n.M("Domicilio")
	}
	return i18n.Msg{}
}

// of is where the field stands in a person.
func (f Field) of(p *person.Person) *string {
	switch f {
	case GivenNames:
		return &p.Given
	case Surname1:
		return &p.Surname1
	case Surname2:
		return &p.Surname2
	case Alias:
		return &p.Alias
	case CURP:
		return &p.CURP
	case Phone:
		return &p.Phone
	case Email:
		return &p.Email
	case Address:
		return &p.Address
	}
	return nil
}

// AmendForm is a correction as the form gives it.
type AmendForm struct {
	Field  string `form:"field"`
	Value  string `form:"value"`
	Reason string `form:"reason"`
}

// Amendment is a correction that was made.
type Amendment struct {
	Field            Field
	Old, New, Reason string
	At               time.Time
	Who              string
}

// Amend corrects one thing about the person of a case file, with a reason. Old and new
// are kept, sealed. The referrals of the authorities stay as they wrote them.
func (s *Service) Amend(ctx context.Context, actor access.Actor, id string, f AmendForm) error {
	scope, err := actor.Require(access.CaseContact)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		who, err := person.ByIDTx(ctx, tx, r.PersonID)
		if err != nil {
			return err
		}
		old, a, err := f.apply(&who)
		if err != nil {
			return err
		}
		if err := person.UpdateTx(ctx, tx, r.PersonID, who); err != nil {
			return err
		}
		r.Name = who.Name
		if err := storeWords(ctx, tx, r); err != nil {
			return err
		}
		return s.storeAmendment(ctx, tx, actor, r, a, old)
	})
}

// apply checks a correction and makes it in a person; it gives what stood there.
func (f AmendForm) apply(p *person.Person) (old string, a Amendment, err error) {
	var form fault.Form
	a = Amendment{Field: Field(f.Field), Reason: reasoned(&form, "reason", f.Reason)}
	if !slices.Contains(Fields, a.Field) {
		form.Add("field", i18n.M("Elija qué dato se corrige."))
		return "", a, form.Err()
	}
	at := a.Field.of(p)
	old, *at = *at, written(&form, "value", f.Value, 300)
	p.Name = p.Name.Clean()
	a.checkValue(&form, p)
	a.New = *at
	if a.New == old && form.Err() == nil {
		form.Add("value", i18n.M("Es lo mismo que ya está. Escriba el dato corregido."))
	}
	return old, a, form.Err()
}

func (a Amendment) checkValue(form *fault.Form, p *person.Person) {
	switch a.Field {
	case GivenNames, Surname1, Surname2:
		if m, wrong := p.Name.Check()[string(a.Field)]; wrong {
			form.Add("value", m)
		}
	case CURP:
		if p.CURP == "" {
			return
		}
		curp, err := person.ParseCURP(p.CURP)
		if f, ok := err.(*fault.Error); ok {
			form.Add("value", f.Public)
			return
		}
		p.CURP = curp.String()
	case Email:
		if _, err := mail.ParseAddress(p.Email); p.Email != "" && err != nil {
			form.Add("value", i18n.M("Escriba un correo como nombre@ejemplo.mx, o déjelo vacío."))
		}
	}
}

func (s *Service) storeAmendment(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, a Amendment, old string) error {
	id := db.NewID()
	var sealed [3][]byte
	for i, v := range []struct{ column, text string }{{"old_value", old}, {"new_value", a.New}, {"reason", a.Reason}} {
		var err error
		if sealed[i], err = s.seal(ctx, tx, r, "amendments", v.column, id, v.text); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `insert into amendments (id, case_file_id, field, old_value, new_value, reason, at, by)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		id, r.ID, string(a.Field), sealed[0], sealed[1], sealed[2], db.At(tx.Now()), actor.Account); err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, r.entry("case.amend", ledger.Change{Field: string(a.Field)}))
}

// amendmentsText reads the amendments of a case file.
const amendmentsText = `select id, field, old_value, new_value, reason, at, by from amendments
	where case_file_id = $1 order by at desc, id desc`

// amendmentsTx reads the corrections of a case file, newest first.
func (s *Service) amendmentsTx(ctx context.Context, tx *db.Tx, r *record) ([]Amendment, error) {
	var rows []struct {
		ID     string  `db:"id"`
		Field  Field   `db:"field"`
		Old    []byte  `db:"old_value"`
		New    []byte  `db:"new_value"`
		Reason []byte  `db:"reason"`
		At     db.Time `db:"at"`
		By     string  `db:"by"`
	}
	if err := tx.Select(ctx, &rows, amendmentsText, r.ID); err != nil {
		return nil, err
	}
	accounts := make([]string, len(rows))
	for i, row := range rows {
		accounts[i] = row.By
	}
	names, err := s.identity.NamesTx(ctx, tx, accounts)
	if err != nil {
		return nil, err
	}
	out := make([]Amendment, len(rows))
	for i, row := range rows {
		a := Amendment{Field: row.Field, At: row.At.Time, Who: names[row.By]}
		for _, v := range []struct {
			column string
			sealed []byte
			into   *string
		}{{"old_value", row.Old, &a.Old}, {"new_value", row.New, &a.New}, {"reason", row.Reason, &a.Reason}} {
			if err := s.unseal(ctx, tx, r, "amendments", v.column, row.ID, v.sealed, v.into); err != nil {
				return nil, err
			}
		}
		out[i] = a
	}
	return out, nil
}
