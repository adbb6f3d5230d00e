package casefilehttp

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/casefile"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// registerInstruments adds the pages on which assessment instruments are written.
func registerInstruments(rt *web.Router, p *pages) {
	const one = "/instrumentos/{instrument}"
	edit := func(path string, show, keep web.Handler) {
		rt.Handle("GET "+path, access.ProgramManage, show)
		rt.Handle("POST "+path, access.ProgramManage, keep)
	}
	rt.Handle("GET /instrumentos", access.ProgramManage, p.instruments)
	edit("/instrumentos/nuevo", p.newInstrument, p.createInstrument)
	rt.Handle("GET "+one, access.ProgramManage, p.instrument)
	rt.Handle("POST "+one+"/borrador", access.ProgramManage, p.startInstrument)
	rt.Handle("POST "+one+"/retirar", access.ProgramManage, p.offerInstrument(p.svc.RetireInstrument))
	rt.Handle("POST "+one+"/ofrecer", access.ProgramManage, p.offerInstrument(p.svc.RestoreInstrument))
	edit(one+"/datos", p.aboutInstrument, p.setInstrument)
	edit(one+"/preguntas/nueva", p.newItem, p.addItem)
	edit(one+"/preguntas/{item}", p.item, p.updateItem)
	edit(one+"/cortes", p.bands, p.setBands)
	edit(one+"/vista", p.preview, p.tryInstrument)
	edit(one+"/publicar", p.publishing, p.publish)
	edit(one+"/descartar", p.discarding, p.discard)
	rt.Handle("POST "+one+"/preguntas/{item}/subir", access.ProgramManage, p.moveItem(casefile.Up))
	rt.Handle("POST "+one+"/preguntas/{item}/bajar", access.ProgramManage, p.moveItem(casefile.Down))
	rt.Handle("POST "+one+"/preguntas/{item}/quitar", access.ProgramManage, p.pressItem(p.svc.RemoveItem))
}

// instrumentPath is an address of a version of an instrument: its page, or one below it.
func instrumentPath(id string, rest ...string) string {
	out := "/instrumentos/" + url.PathEscape(id)
	for _, part := range rest {
		out += "/" + url.PathEscape(part)
	}
	return out
}

const saved = "?aviso=guardado"

func (p *pages) instruments(r *web.Request) (web.Response, error) {
	all, err := p.svc.Instruments(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Instrumentos de valoración"), instrumentsView(all)), nil
}

// shownInstrument is the version that tells what an instrument is: the one in force, else
// the newest.
func shownInstrument(all casefile.InstrumentVersions) casefile.Instrument {
	if in, ok := all.InForce(); ok {
		return in
	}
	return all[0]
}

// instrumentTag is where a version stands.
func instrumentTag(in casefile.Instrument) (web.TagKind, i18n.Msg) {
	switch {
	case in.Draft():
		return web.TagWait, i18n.M("Borrador")
	case in.Retired():
		return web.TagPlain, i18n.M("Retirada")
	}
	return web.TagGood, i18n.M("Publicada")
}

// instrumentPage is a version of an instrument, or a form that edits it.
type instrumentPage struct {
	casefile.Instrument
	Versions casefile.InstrumentVersions
	Form     *web.Form
	Seen     string // the revision on which the form rests
	Item     casefile.Item
	Rows     int // of choices or cut-offs
	Kept     bool
	Result   *casefile.Result // of a try
}

func (p instrumentPage) path(rest ...string) string { return instrumentPath(p.ID, rest...) }

// crumbs is the way to a page below the version's.
func (p instrumentPage) crumbs(here i18n.Msg) []web.Crumb {
	return []web.Crumb{{Label: i18n.M("Instrumentos de valoración"), Path: "/instrumentos"},
		{Label: i18n.M("%s, versión %d", p.Name, p.Version), Path: p.path()}, {Label: here}}
}

// loadInstrument reads the version that the address names. A form that was sent back keeps
// what was typed and the revision that it was shown with, unless another window has
// changed the draft meanwhile: then the present one, so that what was typed can be kept.
func (p *pages) loadInstrument(r *web.Request, form *web.Form, wrong error) (instrumentPage, error) {
	in, versions, err := p.svc.InstrumentVersion(r.Context(), r.Actor, r.PathValue("instrument"))
	page := instrumentPage{Instrument: in, Versions: versions, Form: form, Seen: strconv.Itoa(in.Revision)}
	if form == nil {
		page.Form = web.NewForm(nil)
	} else if typed := form.Get("revision"); typed != "" && !fault.Is(wrong, fault.Conflict) {
		page.Seen = typed
	}
	return page, err
}

// loadDraft is loadInstrument for a page that edits: a published version has none.
func (p *pages) loadDraft(r *web.Request, form *web.Form, wrong error) (instrumentPage, error) {
	page, err := p.loadInstrument(r, form, wrong)
	if err == nil {
		err = page.Editable()
	}
	return page, err
}

// edition is the draft as the form was shown with it.
func edition(r *web.Request, form *web.Form) casefile.InstrumentEdition {
	n, _ := strconv.Atoi(form.Get("revision")) // 0 is none
	return casefile.InstrumentEdition{Instrument: r.PathValue("instrument"), Revision: n}
}

// showForm shows a form with what was typed and what is wrong with it; nil for a new one.
type showForm func(r *web.Request, form *web.Form, wrong error) (web.Response, error)

// keep reads a form, hands it to a change of a draft and goes back to the draft's page, or
// shows the form again with what is wrong.
func (p *pages) keep(r *web.Request, change func(at casefile.InstrumentEdition, form *web.Form) error, show showForm) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	at := edition(r, form)
	if err := change(at, form); form.Fail(err) {
		return show(r, form, err)
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(instrumentPath(at.Instrument) + saved), nil
}

func (p *pages) instrument(r *web.Request) (web.Response, error) {
	return p.showInstrument(r, nil, nil)
}

func (p *pages) showInstrument(r *web.Request, form *web.Form, wrong error) (web.Response, error) {
	page, err := p.loadInstrument(r, form, wrong)
	if err != nil {
		return nil, err
	}
	page.Kept = r.Query().Get("aviso") == "guardado"
	return web.Page(i18n.M("%s, versión %d", page.Name, page.Version), instrumentView(page)), nil
}

func (p *pages) startInstrument(r *web.Request) (web.Response, error) {
	id, err := p.svc.StartInstrumentDraft(r.Context(), r.Actor, r.PathValue("instrument"))
	if err != nil {
		return nil, err
	}
	return web.Redirect(instrumentPath(id)), nil
}

func (p *pages) offerInstrument(do func(context.Context, access.Actor, string) error) web.Handler {
	return func(r *web.Request) (web.Response, error) {
		if err := do(r.Context(), r.Actor, r.PathValue("instrument")); err != nil {
			return nil, err
		}
		return web.Redirect(instrumentPath(r.PathValue("instrument")) + saved), nil
	}
}

func (p *pages) newInstrument(*web.Request) (web.Response, error) {
	return web.Page(i18n.M("Nuevo instrumento"), newInstrumentView(web.NewForm(nil))), nil
}

func (p *pages) createInstrument(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	var f casefile.InstrumentForm
	if err := decode(&f, form.Values); err != nil {
		return nil, err
	}
	id, err := p.svc.CreateInstrument(r.Context(), r.Actor, f)
	if form.Fail(err) {
		return web.Page(i18n.M("Nuevo instrumento"), newInstrumentView(form)), nil
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(instrumentPath(id)), nil
}

func (p *pages) aboutInstrument(r *web.Request) (web.Response, error) {
	return p.showAbout(r, nil, nil)
}

func (p *pages) showAbout(r *web.Request, form *web.Form, wrong error) (web.Response, error) {
	page, err := p.loadDraft(r, form, wrong)
	if err != nil {
		return nil, err
	}
	if form == nil {
		page.Form.Values = url.Values{"name": {page.Name}, "area": {string(page.Area)}, "licence": {page.Licence}, "source": {page.Source}, "intro": {page.Intro}}
	}
	return web.Page(i18n.M("Datos de %s", page.Name), aboutInstrumentView(page)), nil
}

func (p *pages) setInstrument(r *web.Request) (web.Response, error) {
	return p.keep(r, func(at casefile.InstrumentEdition, form *web.Form) error {
		var f casefile.InstrumentForm
		if err := decode(&f, form.Values); err != nil {
			return err
		}
		return p.svc.SetInstrument(r.Context(), r.Actor, at, f)
	}, p.showAbout)
}

func areaOptions() []web.Option {
	var out []web.Option
	for _, area := range casefile.FileAreas {
		out = append(out, web.Option{Value: string(area), Label: casefile.AreaLabel(area)})
	}
	return out
}

// kinds are the kinds of question in the order of the page.
var kinds = []casefile.ItemKind{casefile.OneOf, casefile.Number, casefile.Open}

func kindLabel(k casefile.ItemKind) i18n.Msg {
	switch k {
	case casefile.OneOf:
		return i18n.M("Se elige una respuesta")
	case casefile.Number:
		return i18n.M("Se escribe un número")
	case casefile.Open:
		return i18n.M("Se escribe un texto")
	}
	return i18n.Msg{}
}

// kindOf is the kind that an address or a form names; a choice when it names none.
func kindOf(name string) casefile.ItemKind {
	if k := casefile.ItemKind(name); slices.Contains(kinds, k) {
		return k
	}
	return casefile.OneOf
}

// newItem shows the form of a new question of the kind that the address names.
func (p *pages) newItem(r *web.Request) (web.Response, error) { return p.showNewItem(r, nil, nil) }

func (p *pages) showNewItem(r *web.Request, form *web.Form, wrong error) (web.Response, error) {
	page, err := p.loadDraft(r, form, wrong)
	if err != nil {
		return nil, err
	}
	if page.Item.Kind = kindOf(page.Form.Get("kind")); form == nil {
		page.Item.Kind = kindOf(r.Query().Get("tipo"))
		page.Form.Values = url.Values{casefile.ChoiceField("text", 3): {casefile.UnknownAnswer}, casefile.ChoiceField("weight", 3): {"0"}}
	}
	page.Rows = rowsOf(page.Form, casefile.ChoiceField, 6, casefile.MaxChoices)
	return web.Page(i18n.M("Nueva pregunta de %s", page.Name), newItemView(page)), nil
}

// rowsOf is how many rows a form shows: all that hold something and two empty ones, at
// least so many and at most as many as may be.
func rowsOf(form *web.Form, field func(string, int) string, least, most int) int {
	n := least
	for row := 1; row <= most; row++ {
		for _, what := range []string{"text", "weight", "from", "name", "help"} {
			if form.Get(field(what, row)) != "" {
				n = max(n, row+2)
			}
		}
	}
	return min(n, most)
}

func decodeItem(f *web.Form) casefile.ItemForm {
	item := casefile.ItemForm{Kind: kindOf(f.Get("kind")), Text: f.Get("text"), Optional: f.Get("optional"), Min: f.Get("min"), Max: f.Get("max"), Weight: f.Get("weight")}
	for row := 1; row <= casefile.MaxChoices; row++ {
		item.Choices = append(item.Choices, casefile.ChoiceForm{Code: f.Get(casefile.ChoiceField("code", row)),
			Text: f.Get(casefile.ChoiceField("text", row)), Weight: f.Get(casefile.ChoiceField("weight", row))})
	}
	return item
}

func (p *pages) addItem(r *web.Request) (web.Response, error) {
	return p.keep(r, func(at casefile.InstrumentEdition, form *web.Form) error {
		return p.svc.AddItem(r.Context(), r.Actor, at, decodeItem(form))
	}, p.showNewItem)
}

func (p *pages) item(r *web.Request) (web.Response, error) { return p.showItem(r, nil, nil) }

func (p *pages) showItem(r *web.Request, form *web.Form, wrong error) (web.Response, error) {
	page, err := p.loadDraft(r, form, wrong)
	if err != nil {
		return nil, err
	}
	var ok bool
	if page.Item, ok = page.Instrument.Item(r.PathValue("item")); !ok {
		return nil, fault.Missing()
	}
	if form == nil {
		page.Form.Values = itemValues(page.Item)
	}
	page.Rows = rowsOf(page.Form, casefile.ChoiceField, 4, casefile.MaxChoices)
	return web.Page(i18n.M("Pregunta: %s", page.Item.Text), editItemView(page)), nil
}

func itemValues(item casefile.Item) url.Values {
	v := url.Values{"text": {item.Text}, "min": {strconv.Itoa(item.Min)}, "max": {strconv.Itoa(item.Max)}, "weight": {strconv.Itoa(item.Weight)}}
	if item.Optional {
		v.Set("optional", web.Yes)
	}
	for n, c := range item.Choices {
		v.Set(casefile.ChoiceField("code", n+1), c.Code)
		v.Set(casefile.ChoiceField("text", n+1), c.Text)
		v.Set(casefile.ChoiceField("weight", n+1), strconv.Itoa(c.Weight))
	}
	return v
}

func (p *pages) updateItem(r *web.Request) (web.Response, error) {
	return p.keep(r, func(at casefile.InstrumentEdition, form *web.Form) error {
		return p.svc.UpdateItem(r.Context(), r.Actor, at, r.PathValue("item"), decodeItem(form))
	}, p.showItem)
}

func (p *pages) moveItem(step casefile.Step) web.Handler {
	return p.pressItem(func(ctx context.Context, actor access.Actor, at casefile.InstrumentEdition, code string) error {
		return p.svc.MoveItem(ctx, actor, at, code, step)
	})
}

// pressItem runs an action of one press on a question; when it may not be, the draft says
// why.
func (p *pages) pressItem(do func(ctx context.Context, actor access.Actor, at casefile.InstrumentEdition, code string) error) web.Handler {
	return func(r *web.Request) (web.Response, error) {
		return p.keep(r, func(at casefile.InstrumentEdition, _ *web.Form) error {
			return do(r.Context(), r.Actor, at, r.PathValue("item"))
		}, p.showInstrument)
	}
}

func (p *pages) bands(r *web.Request) (web.Response, error) { return p.showBands(r, nil, nil) }

func (p *pages) showBands(r *web.Request, form *web.Form, wrong error) (web.Response, error) {
	page, err := p.loadDraft(r, form, wrong)
	if err != nil {
		return nil, err
	}
	if form == nil {
		for n, b := range page.Bands {
			page.Form.Values.Set(casefile.BandField("from", n+1), strconv.Itoa(b.From))
			page.Form.Values.Set(casefile.BandField("name", n+1), b.Name)
			page.Form.Values.Set(casefile.BandField("help", n+1), b.Help)
		}
	}
	page.Rows = rowsOf(page.Form, casefile.BandField, 3, casefile.MaxBands)
	return web.Page(i18n.M("Cortes de %s", page.Name), bandsView(page)), nil
}

func (p *pages) setBands(r *web.Request) (web.Response, error) {
	return p.keep(r, func(at casefile.InstrumentEdition, form *web.Form) error {
		var f casefile.BandsForm
		for row := 1; row <= casefile.MaxBands; row++ {
			f = append(f, casefile.BandForm{From: form.Get(casefile.BandField("from", row)), Name: form.Get(casefile.BandField("name", row)),
				Help: form.Get(casefile.BandField("help", row))})
		}
		return p.svc.SetBands(r.Context(), r.Actor, at, f)
	}, p.showBands)
}

// preview shows the questions as whoever applies them sees them.
func (p *pages) preview(r *web.Request) (web.Response, error) { return p.showPreview(r, nil, nil) }

func (p *pages) showPreview(r *web.Request, form *web.Form, result *casefile.Result) (web.Response, error) {
	page, err := p.loadInstrument(r, form, nil)
	if err != nil {
		return nil, err
	}
	page.Result = result
	return web.Page(i18n.M("Vista previa de %s", page.Name), previewView(page)), nil
}

// tryInstrument counts answers and stores nothing.
func (p *pages) tryInstrument(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	page, err := p.loadInstrument(r, form, nil)
	if err != nil {
		return nil, err
	}
	answers, err := page.Check(typedAnswers(form))
	if form.Fail(err) {
		return p.showPreview(r, form, nil)
	} else if err != nil {
		return nil, err
	}
	result := page.Score(answers)
	return p.showPreview(r, form, &result)
}

// typedAnswers are the values of a form as answers; what is no question counts nothing.
func typedAnswers(form *web.Form) casefile.Answers {
	answers := casefile.Answers{}
	for name := range form.Values {
		answers[name] = form.Get(name)
	}
	return answers
}

func (p *pages) publishing(r *web.Request) (web.Response, error) { return p.showPublish(r, nil, nil) }

func (p *pages) showPublish(r *web.Request, form *web.Form, wrong error) (web.Response, error) {
	page, err := p.loadDraft(r, form, wrong)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Publicar la versión %d de %s", page.Version, page.Name), publishInstrumentView(page)), nil
}

func (p *pages) publish(r *web.Request) (web.Response, error) {
	return p.keep(r, func(at casefile.InstrumentEdition, _ *web.Form) error {
		return p.svc.PublishInstrument(r.Context(), r.Actor, at)
	}, p.showPublish)
}

func (p *pages) discarding(r *web.Request) (web.Response, error) { return p.showDiscard(r, nil, nil) }

func (p *pages) showDiscard(r *web.Request, form *web.Form, wrong error) (web.Response, error) {
	page, err := p.loadDraft(r, form, wrong)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Descartar la versión %d de %s", page.Version, page.Name), discardInstrumentView(page)), nil
}

func (p *pages) discard(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	left, err := p.svc.DiscardInstrument(r.Context(), r.Actor, edition(r, form))
	switch {
	case form.Fail(err):
		return p.showDiscard(r, form, err)
	case err != nil:
		return nil, err
	case left == "":
		return web.Redirect("/instrumentos"), nil
	}
	return web.Redirect(instrumentPath(left)), nil
}
