package cataloguehttp

import (
	"bytes"
	"errors"
	"io"
	"net/url"
	"strings"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/web"
)

// municipalitiesPage is one page of the municipalities.
type municipalitiesPage struct {
	Form   *web.Form
	Page   catalogue.MunicipalityPage
	States []web.Option
	Lists  *catalogue.Lists
	Notice i18n.Msg
}

func (p *pages) municipalities(r *web.Request) (web.Response, error) {
	form := r.Query()
	filter := catalogue.MunicipalityFilter{
		Text: form.Get("texto"), State: form.Get("entidad"), Alert: form.Has("alerta", web.Yes), After: form.Get("despues"),
	}
	found, err := p.svc.Municipalities(r.Context(), r.Actor, filter)
	if err != nil {
		return nil, err
	}
	lists, err := p.svc.Lists(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	page := municipalitiesPage{Form: form, Page: found, Lists: lists, Notice: saved(r), States: states(r, lists)}
	return web.Page(i18n.M("Municipios"), municipalitiesView(page)), nil
}

// states are those that have municipalities, in the order of the list.
func states(r *web.Request, lists *catalogue.Lists) []web.Option {
	var out []web.Option
	for _, m := range lists.Municipalities() {
		if len(out) == 0 || out[len(out)-1].Value != m.StateKey {
			out = append(out, web.Option{Value: m.StateKey, Text: lists.Label(catalogue.State, m.StateKey, r.Lang)})
		}
	}
	return out
}

// path is the address of the same list, from after a municipality on.
func (p municipalitiesPage) path(after string) string {
	v := url.Values{}
	for _, name := range []string{"texto", "entidad", "alerta"} {
		if typed := p.Form.Get(name); typed != "" {
			v.Set(name, typed)
		}
	}
	if after != "" {
		v.Set("despues", after)
	}
	if len(v) == 0 {
		return "/municipios"
	}
	return "/municipios?" + v.Encode()
}

// first leads back to the first page; empty on it.
func (p municipalitiesPage) first() string {
	if p.Form.Get("despues") == "" {
		return ""
	}
	return p.path("")
}

func (p municipalitiesPage) next() string {
	if p.Page.Next == "" {
		return ""
	}
	return p.path(p.Page.Next)
}

func municipalityPath(key string) string { return "/municipios/" + url.PathEscape(key) }

// municipalityPage is the form of one municipality.
type municipalityPage struct {
	Municipality catalogue.Municipality
	Form         *web.Form
}

func (p *pages) municipality(r *web.Request) (web.Response, error) { return p.showMunicipality(r, nil) }

func (p *pages) showMunicipality(r *web.Request, form *web.Form) (web.Response, error) {
	m, err := p.svc.Municipality(r.Context(), r.Actor, r.PathValue("municipality"))
	if err != nil {
		return nil, err
	}
	if form == nil {
		form = web.NewForm(url.Values{"name": {m.Name}})
		if m.AlertFemicide {
			form.Values.Set("alert_femicide", web.Yes)
		}
		if m.AlertDisappearance {
			form.Values.Set("alert_disappearance", web.Yes)
		}
	}
	return web.Page(i18n.M("Municipio de %s", m.Name), municipalityView(municipalityPage{m, form})), nil
}

func (p *pages) saveMunicipality(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	err = p.svc.UpdateMunicipality(r.Context(), r.Actor, r.PathValue("municipality"), catalogue.MunicipalityForm{
		Name: form.Get("name"), AlertFemicide: form.Has("alert_femicide", web.Yes), AlertDisappearance: form.Has("alert_disappearance", web.Yes),
	})
	if form.Fail(err) {
		return p.showMunicipality(r, form)
	} else if err != nil {
		return nil, err
	}
	return web.Redirect("/municipios?aviso=guardado"), nil
}

// loadPage is the form that takes a file of municipalities.
type loadPage struct {
	Form *web.Form
	Done *catalogue.Loaded
}

func (p *pages) load(*web.Request) (web.Response, error) {
	return showLoad(loadPage{Form: web.NewForm(nil)}), nil
}

func showLoad(page loadPage) web.Response {
	return web.Page(i18n.M("Cargar municipios"), loadView(page))
}

// doLoad takes a file or, without one, what was pasted.
func (p *pages) doLoad(r *web.Request) (web.Response, error) {
	form, file, err := readUpload(r)
	if fault.Is(err, fault.TooLarge) {
		form = web.NewForm(nil)
		form.Fail(catalogue.FileTooLarge())
		return showLoad(loadPage{Form: form}), nil
	} else if err != nil {
		return nil, err
	}
	from := io.Reader(bytes.NewReader(file))
	if len(file) == 0 {
		from = strings.NewReader(form.Values.Get("text"))
	}
	done, err := p.svc.LoadMunicipalities(r.Context(), r.Actor, from)
	if form.Fail(err) {
		return showLoad(loadPage{Form: form}), nil
	} else if err != nil {
		return nil, err
	}
	return showLoad(loadPage{Form: web.NewForm(nil), Done: &done}), nil
}

// readUpload reads the small upload into memory: the route's limit bounds it.
func readUpload(r *web.Request) (*web.Form, []byte, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, nil, web.BodyError(err)
	}
	form := web.NewForm(nil)
	var file []byte
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return form, file, nil
		}
		if err != nil {
			return nil, nil, web.BodyError(err)
		}
		body, err := io.ReadAll(part)
		if err != nil {
			return nil, nil, web.BodyError(err)
		}
		switch part.FormName() {
		case "file":
			file = body
		case "text":
			form.Values.Set("text", web.Clean(string(body)))
		}
	}
}
