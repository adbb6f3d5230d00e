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

// entryPage is the form of an entry: a new one, or the next version of one.
type entryPage struct {
	List     catalogue.List
	Code     string // empty for a new one
	Form     *web.Form
	End      *web.Form // of an entry that is there
	Versions []entryLine
	Kinds    []web.Option // of institutions, for a legal basis
}

// inForce is the version that holds today; of one that does not, the newest.
func (p entryPage) inForce() entryLine {
	for _, v := range p.Versions {
		if v.InForce {
			return v
		}
	}
	return p.Versions[len(p.Versions)-1]
}

// toCome are the versions that begin on a later day.
func (p entryPage) toCome() []entryLine {
	var lines []entryLine
	for _, v := range p.Versions {
		if v.ToCome {
			lines = append(lines, v)
		}
	}
	return lines
}

func (p *pages) newEntry(r *web.Request) (web.Response, error) { return p.showNew(r, web.NewForm(nil)) }

func (p *pages) showNew(r *web.Request, form *web.Form) (web.Response, error) {
	list, ok := catalogue.Find(r.PathValue("catalogue"))
	if !ok {
		return nil, fault.Missing()
	}
	page := entryPage{List: list, Form: form}
	var err error
	if page.Kinds, err = p.kinds(r, list); err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Agregar a «%s»", list.Label), newEntryView(page)), nil
}

func (p *pages) addEntry(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	list := r.PathValue("catalogue")
	if _, err := p.svc.AddEntry(r.Context(), r.Actor, list, entryForm(form)); form.Fail(err) {
		return p.showNew(r, form)
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(listPath(list, "?aviso=guardado")), nil
}

func (p *pages) entry(r *web.Request) (web.Response, error) { return p.showEntry(r, nil, nil) }

// showEntry shows an entry with its versions; form and end are what was typed, or nil.
func (p *pages) showEntry(r *web.Request, form, end *web.Form) (web.Response, error) {
	list, ok := catalogue.Find(r.PathValue("catalogue"))
	if !ok {
		return nil, fault.Missing()
	}
	all, err := p.svc.Versions(r.Context(), r.Actor, list.Name)
	if err != nil {
		return nil, err
	}
	page := entryPage{List: list, Code: r.Query().Get("codigo"), Form: form, End: end}
	for _, line := range entryLines(all, clock.DateOf(r.Now)) {
		if line.Code == page.Code {
			page.Versions = append(page.Versions, line)
		}
	}
	if len(page.Versions) == 0 {
		return nil, fault.Missing()
	}
	newest := page.Versions[len(page.Versions)-1].Entry
	if form == nil {
		page.Form = web.NewForm(entryValues(page.inForce().Entry))
	}
	if end == nil {
		page.End = web.NewForm(url.Values{"last": {newest.ValidTo.String()}})
	}
	if page.Kinds, err = p.kinds(r, list); err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Cambiar «%s»", page.inForce().Label(r.Lang)), entryView(page)), nil
}

func (p *pages) changeEntry(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	list := r.PathValue("catalogue")
	if err := p.svc.ChangeEntry(r.Context(), r.Actor, list, r.Query().Get("codigo"), entryForm(form)); form.Fail(err) {
		return p.showEntry(r, form, nil)
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(listPath(list, "?aviso=guardado")), nil
}

func (p *pages) endEntry(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	list := r.PathValue("catalogue")
	if err := p.svc.EndEntry(r.Context(), r.Actor, list, r.Query().Get("codigo"), form.Get("last")); form.Fail(err) {
		return p.showEntry(r, nil, form)
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(listPath(list, "?aviso=guardado")), nil
}

func (p *pages) withdrawEntry(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	list, code := r.PathValue("catalogue"), r.Query().Get("codigo")
	if err := p.svc.WithdrawEntry(r.Context(), r.Actor, list, code, form.Get("from")); form.Fail(err) {
		form.Values.Del("from") // it is no field of the form that shows the sentence
		return p.showEntry(r, nil, form)
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(listPath(list, "?aviso=guardado")), nil
}

// kinds are the kinds of institution that can order a legal basis; none for other lists.
func (p *pages) kinds(r *web.Request, list catalogue.List) ([]web.Option, error) {
	if list.Name != catalogue.LegalBasisList {
		return nil, nil
	}
	lists, err := p.svc.Lists(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	var out []web.Option
	for _, e := range lists.Entries(catalogue.InstitutionKind) {
		out = append(out, web.Option{Value: e.Code, Text: e.Label(r.Lang)})
	}
	return out, nil
}

// entryForm decodes what was typed.
func entryForm(f *web.Form) catalogue.EntryForm {
	return catalogue.EntryForm{
		Code: f.Get("code"), LabelES: f.Get("label_es"), LabelEN: f.Get("label_en"), Source: f.Get("source"),
		Sort: f.Get("sort"), From: f.Get("from"),
		Mandatory: f.Has("mandatory", web.Yes), Voluntary: f.Has("voluntary", web.Yes), Refused: f.Has("refused", web.Yes),
		MinMonths: f.Get("min_months"), MaxMonths: f.Get("max_months"), Authorities: f.Values["authorities"],
		Notify: f.Get("notify"), RefusedES: f.Get("refused_es"), RefusedEN: f.Get("refused_en"), Access: f.Get("access"),
	}
}

// entryValues shows an entry in its form; the day is left for the next version.
func entryValues(e catalogue.Entry) url.Values {
	v := url.Values{
		"label_es": {e.Name.ES}, "label_en": {e.Name.EN}, "source": {e.Source}, "sort": {strconv.Itoa(e.Sort)},
		"access": {string(e.Attributes.Access)},
	}
	b := e.Attributes.LegalBasis
	if b == nil {
		return v
	}
	for name, on := range map[string]bool{"mandatory": b.Mandatory, "voluntary": b.Voluntary, "refused": b.Refused} {
		if on {
			v.Set(name, web.Yes)
		}
	}
	for name, n := range map[string]int{"min_months": b.MinMonths, "max_months": b.MaxMonths} {
		if n > 0 {
			v.Set(name, strconv.Itoa(n))
		}
	}
	v["authorities"] = b.Authorities
	v.Set("notify", string(b.Notify))
	v.Set("refused_es", b.RefusedReason.ES)
	v.Set("refused_en", b.RefusedReason.EN)
	return v
}

var notifyOptions = []web.Option{
	{Value: string(catalogue.NotifyAuthority), Label: i18n.M("A la autoridad que la dictó, por medio de quien canaliza")},
	{Value: string(catalogue.NotifyReferrer), Label: i18n.M("Solo a la institución que canaliza")},
	{Value: string(catalogue.NotifyNobody), Label: i18n.M("A nadie")},
}

var accessOptions = []web.Option{
	{Value: string(catalogue.AccessReferral), Label: i18n.M("Quien puede abrir la canalización")},
	{Value: string(catalogue.AccessIdentity), Label: i18n.M("Quien puede ver la identidad y el contacto")},
	{Value: string(catalogue.AccessLegal), Label: i18n.M("Quien canaliza, el área jurídica y la coordinación")},
}
