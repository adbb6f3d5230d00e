package catalogue

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

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

// RuleValue is one value of a rule: of the past, of today or to come.
type RuleValue struct {
	Rule
	SetAt time.Time   // zero for the shipped one
	SetBy access.Role // whose post it was; empty for the shipped one and the program
}

// RuleHistory gives every value of a rule, the newest first, those to come too. The last
// is the shipped one.
func (s *Service) RuleHistory(ctx context.Context, actor access.Actor, code RuleCode) ([]RuleValue, error) {
	if _, err := actor.Require(access.CatalogueRead); err != nil {
		return nil, err
	}
	kind, ok := KindOf(code)
	if !ok {
		return nil, fault.Missing()
	}
	var values []RuleValue
	err := s.db.View(ctx, func(tx *db.Tx) error {
		rules, err := rulesTx(ctx, tx, `code = $1`, string(code))
		if err != nil {
			return err
		}
		values, err = withSetters(ctx, tx, code, rules)
		return err
	})
	slices.Reverse(values)
	return append(values, RuleValue{Rule: kind.shipped()}), err
}

// RulesToCome gives the values that are set for a later day than today, each rule's by
// date.
func (s *Service) RulesToCome(ctx context.Context, actor access.Actor) (map[RuleCode][]RuleValue, error) {
	if _, err := actor.Require(access.CatalogueRead); err != nil {
		return nil, err
	}
	out := map[RuleCode][]RuleValue{}
	err := s.db.View(ctx, func(tx *db.Tx) error {
		rules, err := rulesTx(ctx, tx, `valid_from > $1`, clock.DateOf(tx.Now()))
		if err != nil {
			return err
		}
		byCode := map[RuleCode][]Rule{}
		for _, r := range rules {
			byCode[r.Code] = append(byCode[r.Code], r)
		}
		for code, rules := range byCode {
			if out[code], err = withSetters(ctx, tx, code, rules); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// withSetters adds to values who set them and when: the last who did, as the ledger says.
func withSetters(ctx context.Context, tx *db.Tx, code RuleCode, rules []Rule) ([]RuleValue, error) {
	history, err := ledger.HistoryTx(ctx, tx, ruleSubject(code))
	if err != nil {
		return nil, err
	}
	setters := map[string]ledger.Record{}
	for _, record := range history {
		for _, c := range record.Changes {
			if c.Field == "valid_from" && c.After != "" {
				setters[c.After] = record
			}
		}
	}
	values := make([]RuleValue, len(rules))
	for i, r := range rules {
		setter := setters[r.ValidFrom.String()]
		values[i] = RuleValue{Rule: r, SetAt: setter.At.Time, SetBy: setter.Role}
	}
	return values, nil
}

func ruleSubject(code RuleCode) ledger.Subject { return ledger.Subject{Type: "rule", ID: string(code)} }

// WithdrawRule takes back a value before the day on which it begins.
func (s *Service) WithdrawRule(ctx context.Context, actor access.Actor, code RuleCode, from string) error {
	if _, err := actor.Require(access.CatalogueManage); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		rules, err := rulesTx(ctx, tx, `code = $1`, string(code))
		if err != nil {
			return err
		}
		at := slices.IndexFunc(rules, func(r Rule) bool { return r.ValidFrom.String() == from })
		if at < 0 {
			return fault.Missing()
		}
		r := rules[at]
		if !r.ValidFrom.After(clock.DateOf(tx.Now())) {
			return begun(r.ValidFrom)
		}
		if _, err := tx.Exec(ctx, `delete from rules where code = $1 and valid_from = $2`, string(code), r.ValidFrom); err != nil {
			return err
		}
		s.changed(tx)
		return s.ledger.AppendTx(ctx, tx, actor, ledger.Entry{
			Action: "rule.withdraw", Subject: ruleSubject(code),
			Changes: changesOf(field{"value", strconv.Itoa(r.Value), ""}, field{"source", r.Source, ""}, field{"valid_from", r.ValidFrom.String(), ""}),
		})
	})
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
			Action: "rule.set", Subject: ruleSubject(code),
			Changes: append(changesOf(field{"value", strconv.Itoa(was.Value), strconv.Itoa(r.Value)}, field{"source", was.Source, r.Source}),
				ledger.Change{Field: "valid_from", After: r.ValidFrom.String()}),
		})
	})
}

func (f RuleForm) check(kind RuleKind, today clock.Date) (Rule, error) {
	var form fault.Form
	r := Rule{Code: kind.Code, Unit: kind.Unit, ValidFrom: clock.FormDate(&form, "from", f.From)}
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
