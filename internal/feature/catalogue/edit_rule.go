package catalogue

import (
	"context"
	"strconv"
	"strings"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// RuleForm is a rule's new value, as it was typed.
type RuleForm struct {
	Value  string
	From   string // first day; today when empty
	Source string
}

// RuleHistory gives every value of a rule, the newest first, those to come too. The last
// is the shipped one.
func (s *Service) RuleHistory(ctx context.Context, actor access.Actor, code RuleCode) ([]Rule, error) {
	if _, err := actor.Require(access.CatalogueRead); err != nil {
		return nil, err
	}
	kind, ok := KindOf(code)
	if !ok {
		return nil, fault.Missing()
	}
	var rules []Rule
	err := s.db.View(ctx, func(tx *db.Tx) error {
		var err error
		rules, err = rulesTx(ctx, tx, `code = $1`, string(code))
		return err
	})
	history := []Rule{kind.shipped()}
	for _, r := range rules {
		history = append([]Rule{r}, history...)
	}
	return history, err
}

// SetRule gives a rule another value from a day on. The past cannot be changed:
// deadlines were counted with it.
func (s *Service) SetRule(ctx context.Context, actor access.Actor, code RuleCode, f RuleForm) error {
	if _, err := actor.Require(access.CatalogueManage); err != nil {
		return err
	}
	kind, ok := KindOf(code)
	if !ok {
		return fault.Missing()
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		r, err := f.check(kind, clock.DateOf(tx.Now()))
		if err != nil {
			return err
		}
		there, err := rulesTx(ctx, tx, `code = $1`, string(code))
		if err != nil {
			return err
		}
		was := rulesOn(r.ValidFrom, there)[code]
		if was.Value == r.Value && was.Source == r.Source {
			return formError("value", i18n.M("Es el valor que ya rige en esa fecha."))
		}
		s.changed(tx)
		if _, err := tx.Exec(ctx, `insert into rules (code, value, unit, source, valid_from) values ($1, $2, $3, $4, $5)
			on conflict (code, valid_from) do update set value = excluded.value, source = excluded.source`,
			string(r.Code), r.Value, string(r.Unit), r.Source, r.ValidFrom); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, ledger.Entry{
			Action: "rule.set", Subject: ledger.Subject{Type: "rule", ID: string(code)},
			Changes: append(changesOf(field{"value", strconv.Itoa(was.Value), strconv.Itoa(r.Value)}, field{"source", was.Source, r.Source}),
				ledger.Change{Field: "valid_from", After: r.ValidFrom.String()}),
		})
	})
}

func (f RuleForm) check(kind RuleKind, today clock.Date) (Rule, error) {
	var form fault.Form
	r := Rule{Code: kind.Code, Unit: kind.Unit, ValidFrom: date(&form, "from", f.From)}
	if strings.TrimSpace(f.From) == "" {
		r.ValidFrom = today
	}
	n, err := strconv.Atoi(strings.TrimSpace(f.Value))
	if err != nil || n < kind.Min || n > kind.Max {
		form.Add("value", i18n.M("Escriba un número de %d a %d.", kind.Min, kind.Max))
	}
	r.Value = n
	r.Source = line(&form, "source", f.Source, maxSource)
	if r.Source == "" {
		form.Add("source", i18n.M("Escriba qué norma o acuerdo lo fija; quien revise la bitácora lo buscará."))
	}
	if !r.ValidFrom.IsZero() && r.ValidFrom.Before(today) {
		form.Add("from", i18n.M("Una regla no cambia hacia atrás: ya hay plazos contados con ella. Elija hoy o un día que venga."))
	}
	return r, form.Err()
}
