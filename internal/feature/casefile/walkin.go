package casefile

import (
	"context"
	"strconv"
	"strings"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/person"
	"sigue/internal/platform/access"
)

// WalkIn is who comes by himself, as the form gives it.
type WalkIn struct {
	GivenNames   string `form:"given_names"`
	Surname1     string `form:"surname1"`
	Surname2     string `form:"surname2"`
	CURP         string `form:"curp"`
	BirthDate    string `form:"birth_date"`
	EstimatedAge string `form:"estimated_age"`
	Sex          string `form:"sex"`
	Municipality string `form:"municipality"`
	Phone        string `form:"phone"`
	SafeMessage  string `form:"safe_message"`
}

// StartVoluntary opens the case file of a person who comes by himself: he has no mandate,
// and no authority ever learns of him. Where a process of the same person goes on at the
// center, it gives that one.
func (s *Service) StartVoluntary(ctx context.Context, actor access.Actor, w WalkIn) (id string, err error) {
	scope, err := actor.Require(access.CaseContact)
	if err != nil {
		return "", err
	}
	if !scope.Covers("", "", actor.Center, actor.Account) || actor.Center == "" {
		return "", fault.Missing()
	}
	return id, s.db.Tx(ctx, func(tx *db.Tx) error {
		lists, err := s.catalogue.ListsTx(ctx, tx)
		if err != nil {
			return err
		}
		who, err := w.check(lists, today(tx))
		if err != nil {
			return err
		}
		same, err := s.sameTx(ctx, tx, who, actor.Center, true)
		if err != nil {
			return err
		}
		if same != nil {
			return fault.New(fault.Conflict, i18n.M("Esa CURP ya tiene un proceso en este centro. Búsquela en «Expedientes»; si no la encuentra, hable con la coordinación."))
		}
		key, err := s.vault.NewKeyTx(ctx, tx)
		if err != nil {
			return err
		}
		r, err := s.newTx(ctx, tx, actor, who, opening{actor.Center, key.ID(), true, tx.Now()})
		if err == nil {
			id = r.ID
		}
		return err
	})
}

func (w WalkIn) check(lists *catalogue.Lists, today clock.Date) (person.Person, error) {
	var form fault.Form
	p := person.Person{Name: person.Name{Given: w.GivenNames, Surname1: w.Surname1, Surname2: w.Surname2}.Clean()}
	for field, m := range p.Name.Check() {
		form.Add(field, m)
	}
	if curp := strings.TrimSpace(w.CURP); curp != "" {
		parsed, err := person.ParseCURP(curp)
		if f, ok := err.(*fault.Error); ok {
			form.Add("curp", f.Public)
		}
		p.CURP = parsed.String()
	}
	p.BirthDate = dayOrNone(&form, "birth_date", w.BirthDate)
	if p.BirthDate.After(today) {
		form.Add("birth_date", i18n.M("La fecha de nacimiento no puede ser posterior a hoy."))
	}
	if age := strings.TrimSpace(w.EstimatedAge); age != "" {
		n, err := strconv.Atoi(age)
		if err != nil || n < 1 || n > 110 {
			form.Add("estimated_age", i18n.M("Escriba la edad en años, por ejemplo 35."))
		}
		p.EstimatedAge = n
	}
	if p.BirthDate.IsZero() && p.EstimatedAge == 0 {
		form.Add("birth_date", i18n.M("Escriba la fecha de nacimiento o, si no la sabe, la edad aproximada."))
	}
	if p.IsMinor(today) {
		form.Add("birth_date", i18n.M("Es menor de 18 años: el programa es para personas adultas. Comuníquese con la Procuraduría de Protección de Niñas, Niños y Adolescentes."))
	}
	p.Sex = chosen(&form, lists, "sex", catalogue.Sex, w.Sex)
	if p.Municipality = strings.TrimSpace(w.Municipality); !lists.HasMunicipality(p.Municipality) {
		form.Add("municipality", i18n.M("Elija el municipio."))
	}
	p.Phone = written(&form, "phone", w.Phone, 40)
	p.SafeMessage = chosen(&form, lists, "safe_message", catalogue.YesNo, w.SafeMessage)
	return p, form.Err()
}
