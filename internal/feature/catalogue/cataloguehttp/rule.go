package cataloguehttp

import (
	"net/url"
	"strconv"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/web"
)

// rulesPage lists the rules of today.
type rulesPage struct {
	Rules  []ruleLine
	Notice i18n.Msg
}

type ruleLine struct {
	catalogue.RuleKind
	Now    catalogue.Rule
	ToCome []catalogue.RuleValue
}

func (p *pages) rules(r *web.Request) (web.Response, error) {
	lists, err := p.svc.Lists(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	toCome, err := p.svc.RulesToCome(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	page := rulesPage{Notice: saved(r)}
	for i, rule := range lists.Rules() {
		page.Rules = append(page.Rules, ruleLine{catalogue.RuleKinds[i], rule, toCome[rule.Code]})
	}
	return web.Page(i18n.M("Reglas"), rulesView(page)), nil
}

// rulePage is the form of one rule, with its history.
type rulePage struct {
	Kind    catalogue.RuleKind
	Form    *web.Form
	History []catalogue.RuleValue
	Today   clock.Date
}

// inForce is the value of today.
func (p rulePage) inForce() catalogue.RuleValue {
	for _, v := range p.History { // newest first
		if !v.ValidFrom.After(p.Today) {
			return v
		}
	}
	return p.History[len(p.History)-1] // the shipped one, which holds since long ago
}

func (p *pages) rule(r *web.Request) (web.Response, error) { return p.showRule(r, nil) }

func (p *pages) showRule(r *web.Request, form *web.Form) (web.Response, error) {
	kind, ok := catalogue.KindOf(catalogue.RuleCode(r.Query().Get("regla")))
	if !ok {
		return nil, fault.Missing()
	}
	history, err := p.svc.RuleHistory(r.Context(), r.Actor, kind.Code)
	if err != nil {
		return nil, err
	}
	page := rulePage{Kind: kind, Form: form, History: history, Today: clock.DateOf(r.Now)}
	if form == nil {
		page.Form = web.NewForm(url.Values{"value": {strconv.Itoa(page.inForce().Value)}})
	}
	return web.Page(i18n.M("Cambiar la regla «%s»", kind.Label), ruleView(page)), nil
}

func (p *pages) setRule(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	err = p.svc.SetRule(r.Context(), r.Actor, catalogue.RuleCode(r.Query().Get("regla")), catalogue.RuleForm{
		Value: form.Get("value"), From: form.Get("from"), Source: form.Get("source"),
	})
	if form.Fail(err) {
		return p.showRule(r, form)
	} else if err != nil {
		return nil, err
	}
	return web.Redirect("/reglas?aviso=guardado"), nil
}

func (p *pages) withdrawRule(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	if err := p.svc.WithdrawRule(r.Context(), r.Actor, catalogue.RuleCode(r.Query().Get("regla")), form.Get("from")); err != nil {
		return nil, err
	}
	return web.Redirect("/reglas?aviso=guardado"), nil
}

func withdrawRulePath(code catalogue.RuleCode) string {
	return "/reglas/retirar?regla=" + url.QueryEscape(string(code))
}

// setter says who set a value and when; nothing of the shipped one.
func setter(v catalogue.RuleValue) i18n.Msg {
	switch {
	case v.SetAt.IsZero():
		return i18n.Msg{}
	case v.SetBy == "":
		return i18n.M("fijado el %s", clock.DateOf(v.SetAt).MX())
	}
	return i18n.M("lo fijó %s el %s", v.SetBy.Label(), clock.DateOf(v.SetAt).MX())
}

func rulePath(code catalogue.RuleCode) string {
	return "/reglas/cambiar?regla=" + url.QueryEscape(string(code))
}

// since says from when a value holds; a shipped one holds from the beginning.
func since(rule catalogue.Rule) i18n.Msg {
	if kind, ok := catalogue.KindOf(rule.Code); ok && kind.Ships(rule) {
		return i18n.M("desde el inicio")
	}
	return i18n.M("desde el %s", rule.ValidFrom.MX())
}
