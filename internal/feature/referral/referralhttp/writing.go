package referralhttp

import (
	"errors"
	"io"
	"net/url"
	"strings"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/person"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/web"
)

// startPage offers a new draft and those begun before.
type startPage struct {
	Once   string // id of the draft to be, so that a second click finds the first
	Drafts []referral.DraftRow
}

func (p *pages) start(r *web.Request) (web.Response, error) {
	drafts, err := p.svc.Drafts(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Nueva canalización"), startView(startPage{Once: db.NewID(), Drafts: drafts})), nil
}

func (p *pages) create(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id, err := p.svc.StartDraft(r.Context(), r.Actor, form.Get("once"))
	if err != nil {
		return nil, err
	}
	return web.Redirect(path(id, "captura/persona")), nil
}

// tasksPage is the task list of one draft.
type tasksPage struct {
	Draft *referral.DraftView
	Lists *catalogue.Lists
	Tasks []web.Task
	Left  int
}

func (p *pages) tasks(r *web.Request) (web.Response, error) {
	id := r.PathValue("referral")
	draft, err := p.svc.OpenDraft(r.Context(), r.Actor, id)
	if fault.Is(err, fault.Conflict) {
		return web.Redirect(path(id, "")), nil // sent already: the file says where it stands
	}
	if err != nil {
		return nil, err
	}
	lists, err := p.svc.Lists(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	return web.Page(draftTitle(draft), tasksView(newTasksPage(draft, lists), r)), nil
}

func draftTitle(d *referral.DraftView) i18n.Msg {
	if d.State == referral.Returned {
		return i18n.M("Corregir %s", d.Folio)
	}
	return i18n.M("Nueva canalización")
}

func newTasksPage(d *referral.DraftView, lists *catalogue.Lists) tasksPage {
	page := tasksPage{Draft: d, Lists: lists}
	for _, section := range referral.Sections {
		task := web.Task{Label: sectionTitle(section), Path: path(d.ID, "captura/"+string(section))}
		switch d.Status[section] {
		case referral.Complete:
			task.Kind, task.State = web.TagGood, i18n.M("Completa")
			if section == referral.SectionPapers {
				if task.State = i18n.M("Completa: %d archivos", len(d.Papers)); len(d.Papers) == 1 {
					task.State = i18n.M("Completa: 1 archivo")
				}
			}
		case referral.InProgress:
			task.Kind, task.State = web.TagWait, i18n.M("En curso")
			page.Left++
		default:
			task.State = i18n.M("Sin empezar")
			page.Left++
		}
		page.Tasks = append(page.Tasks, task)
	}
	last := web.Task{Label: i18n.M("Revisar y enviar"), State: i18n.M("Aún no: faltan %d partes", page.Left)}
	if page.Left == 1 {
		last.State = i18n.M("Aún no: falta 1 parte")
	}
	if d.CanSubmit {
		last.Path, last.Kind, last.State = path(d.ID, "captura/revisar"), web.TagBrand, i18n.M("Lista para enviar")
	}
	page.Tasks = append(page.Tasks, last)
	return page
}

// sectionPage is the form of one section.
type sectionPage struct {
	Draft   *referral.DraftView
	Section referral.Section
	Version int
	Form    *web.Form
	Lists   *catalogue.Lists
	Centers []centerChoice
}

// centerChoice is a center to choose, with why and how busy it is.
type centerChoice struct {
	center.Suggestion
	Waiting int
}

func (p *pages) section(s referral.Section) web.Handler {
	return func(r *web.Request) (web.Response, error) {
		draft, err := p.svc.OpenDraft(r.Context(), r.Actor, r.PathValue("referral"))
		if err != nil {
			return nil, err
		}
		form := web.NewForm(values(draft.Content.Part(s)))
		return p.showSection(r, s, draft, form, draft.Version)
	}
}

func (p *pages) showSection(r *web.Request, s referral.Section, draft *referral.DraftView, form *web.Form, version int) (web.Response, error) {
	lists, err := p.svc.Lists(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	page := sectionPage{Draft: draft, Section: s, Version: version, Form: form, Lists: lists}
	switch s {
	case referral.SectionPerson:
		return web.Page(sectionTitle(s), personView(page, r)), nil
	case referral.SectionBasis:
		return web.Page(sectionTitle(s), basisView(page, r)), nil
	case referral.SectionFacts:
		return web.Page(sectionTitle(s), factsView(page, r)), nil
	}
	if page.Centers, err = p.choices(r, draft.Content.Person.Municipality); err != nil {
		return nil, err
	}
	if form.Get("center_id") == "" && len(page.Centers) > 0 && page.Centers[0].Covers {
		form.Values.Set("center_id", page.Centers[0].Center.ID) // the suggestion, still to be confirmed
	}
	return web.Page(sectionTitle(s), centerView(page)), nil
}

func (p *pages) choices(r *web.Request, municipality string) ([]centerChoice, error) {
	suggested, err := p.centers.Suggest(r.Context(), r.Actor, municipality)
	if err != nil {
		return nil, err
	}
	load, err := p.svc.Load(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	out := make([]centerChoice, len(suggested))
	for i, s := range suggested {
		out[i] = centerChoice{Suggestion: s, Waiting: load[s.Center.ID]}
	}
	return out, nil
}

func (p *pages) saveSection(s referral.Section) web.Handler {
	return func(r *web.Request) (web.Response, error) {
		id := r.PathValue("referral")
		form, err := r.Form()
		if err != nil {
			return nil, err
		}
		saved, err := p.svc.SaveSection(r.Context(), r.Actor, id, s, number(form.Get("version")), decodeInto(form.Values))
		if r.Autosave() {
			if err != nil {
				return nil, err
			}
			return web.Saved(saved.Version, saved.At), nil
		}
		if err == nil {
			err = p.svc.CheckSection(r.Context(), r.Actor, id, s)
		}
		if err == nil {
			return p.afterSection(r, id, s, form)
		}
		if !form.Fail(err) {
			return nil, err
		}
		draft, err := p.svc.OpenDraft(r.Context(), r.Actor, id)
		if err != nil {
			return nil, err
		}
		return p.showSection(r, s, draft, form, draft.Version)
	}
}

func (p *pages) afterSection(r *web.Request, id string, s referral.Section, form *web.Form) (web.Response, error) {
	if form.Get("luego") == "lista" {
		return web.Redirect(path(id, "captura")), nil
	}
	if r.URL.Query().Get("volver") == "revisar" {
		return web.Redirect(path(id, "captura/revisar")), nil
	}
	return web.Redirect(path(id, next(s))), nil
}

// papersPage lists the papers and takes another one.
type papersPage struct {
	Draft *referral.DraftView
	Form  *web.Form
	Lists *catalogue.Lists
}

func (p *pages) papers(r *web.Request) (web.Response, error) {
	return p.showPapers(r, web.NewForm(nil))
}

func (p *pages) showPapers(r *web.Request, form *web.Form) (web.Response, error) {
	draft, err := p.svc.OpenDraft(r.Context(), r.Actor, r.PathValue("referral"))
	if err != nil {
		return nil, err
	}
	lists, err := p.svc.Lists(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	return web.Page(sectionTitle(referral.SectionPapers), papersView(papersPage{Draft: draft, Form: form, Lists: lists}, r)), nil
}

// attach streams each file of the form into the service. Fields stand before the file
// in the form, so the class is known when the file comes.
func (p *pages) attach(r *web.Request) (web.Response, error) {
	id := r.PathValue("referral")
	// Whoever may not write here shall not be read from either.
	if _, err := p.svc.OpenDraft(r.Context(), r.Actor, id); err != nil {
		return nil, err
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, i18n.M("El formulario no llegó completo. Vuelva a la página e inténtelo de nuevo."), err)
	}
	form := web.NewForm(url.Values{})
	files := 0
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, web.BodyError(err)
		}
		if part.FileName() == "" {
			if err := readField(form, part.FormName(), part); err != nil {
				return nil, err
			}
			continue
		}
		files++
		if _, err := p.svc.Attach(r.Context(), r.Actor, id, form.Get("class"), part.FileName(), part); err != nil && !failUpload(form, err) {
			return nil, web.BodyError(err)
		}
	}
	goesOn := form.Get("luego") == "centro"
	if files == 0 && !goesOn {
		form.Errors = map[string]i18n.Msg{"file": i18n.M("Elija primero un archivo de su equipo o tome una foto.")}
	}
	if form.Failed() {
		return p.showPapers(r, form)
	}
	if goesOn { // with a file that was chosen and not attached yet, it is attached now
		return web.Redirect(path(id, next(referral.SectionPapers))), nil
	}
	return web.Redirect(path(id, "captura/documentos")), nil
}

// failUpload shows what is wrong with a file at its field.
func failUpload(form *web.Form, err error) bool {
	var e *fault.Error
	if !errors.As(err, &e) || e.Kind != fault.Invalid && e.Kind != fault.TooLarge && e.Kind != fault.Conflict {
		return false
	}
	if len(e.Fields) > 0 {
		return form.Fail(err)
	}
	return form.Fail(&fault.Error{Kind: fault.Invalid, Public: i18n.M("Revise los datos marcados."), Fields: map[string]i18n.Msg{"file": e.Public}})
}

// maxField bounds a plain field of an upload form.
const maxField = 1000

func readField(form *web.Form, name string, from io.Reader) error {
	body, err := io.ReadAll(io.LimitReader(from, maxField))
	if err != nil {
		return web.BodyError(err)
	}
	form.Values.Add(name, web.Clean(string(body)))
	return nil
}

func (p *pages) detach(r *web.Request) (web.Response, error) {
	id := r.PathValue("referral")
	if err := p.svc.Detach(r.Context(), r.Actor, id, r.PathValue("attachment")); err != nil {
		return nil, err
	}
	return web.Redirect(path(id, "captura/documentos")), nil
}

// reviewPage is "check your answers".
type reviewPage struct {
	Draft  *referral.DraftView
	Lists  *catalogue.Lists
	Form   *web.Form
	Center string
}

func (p *pages) review(r *web.Request) (web.Response, error) {
	return p.showReview(r, web.NewForm(nil))
}

func (p *pages) showReview(r *web.Request, form *web.Form) (web.Response, error) {
	id := r.PathValue("referral")
	draft, err := p.svc.OpenDraft(r.Context(), r.Actor, id)
	if fault.Is(err, fault.Conflict) {
		return web.Redirect(path(id, "")), nil
	}
	if err != nil {
		return nil, err
	}
	lists, err := p.svc.Lists(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	page := reviewPage{Draft: draft, Lists: lists, Form: form}
	choices, err := p.choices(r, draft.Content.Person.Municipality)
	if err != nil {
		return nil, err
	}
	for _, c := range choices {
		if c.Center.ID == draft.CenterID {
			page.Center = c.Center.Name
		}
	}
	return web.Page(i18n.M("Revise antes de enviar"), reviewView(page, r)), nil
}

func (p *pages) submit(r *web.Request) (web.Response, error) {
	id := r.PathValue("referral")
	sent, err := p.svc.Submit(r.Context(), r.Actor, id)
	if fault.Is(err, fault.Invalid) {
		form := web.NewForm(nil)
		form.Fail(err)
		return p.showReview(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(path(sent.ID, "enviada")), nil
}

func (p *pages) sent(r *web.Request) (web.Response, error) {
	id := r.PathValue("referral")
	view, err := p.svc.Open(r.Context(), r.Actor, id)
	if err != nil {
		return nil, err
	}
	if view.State == referral.Draft {
		return web.Redirect(path(id, "captura")), nil
	}
	return web.Page(i18n.M("Canalización enviada"), sentView(view)), nil
}

func (p *pages) discard(r *web.Request) (web.Response, error) {
	if err := p.svc.DiscardDraft(r.Context(), r.Actor, r.PathValue("referral")); err != nil {
		return nil, err
	}
	return web.Redirect("/canalizaciones/nueva"), nil
}

// choicePage asks for one coded reason.
type choicePage struct {
	View    *referral.View
	Form    *web.Form
	Options []web.Option
	Centers []centerChoice
}

func (p *pages) withdraw(r *web.Request) (web.Response, error) {
	return p.showWithdraw(r, web.NewForm(nil))
}

func (p *pages) showWithdraw(r *web.Request, form *web.Form) (web.Response, error) {
	view, err := p.svc.Open(r.Context(), r.Actor, r.PathValue("referral"))
	if err != nil {
		return nil, err
	}
	page := choicePage{View: view, Form: form, Options: options(r, view.Lists, catalogue.WithdrawReason)}
	return web.Page(i18n.M("Retirar %s", view.Folio), withdrawView(page)), nil
}

func (p *pages) doWithdraw(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("referral")
	err = p.svc.Withdraw(r.Context(), r.Actor, id, form.Get("reason"))
	if form.Fail(err) {
		return p.showWithdraw(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(path(id, "")), nil
}

// curp reads birth date, sex and state out of a CURP, for the form to fill.
func (p *pages) curp(r *web.Request) (web.Response, error) {
	curp, err := person.ParseCURP(r.Query().Get("curp"))
	var e *fault.Error
	if errors.As(err, &e) {
		return web.Fill(r, e.Public, nil), nil
	}
	if err != nil {
		return nil, err
	}
	fields := map[string]string{
		"birth_date": curp.BirthDate().MX(), "sex": strings.ToUpper(curp.Sex()), "birth_state": curp.StateKey(),
	}
	return web.Fill(r, i18n.M("Se llenaron la fecha de nacimiento, el sexo y la entidad a partir de la CURP. Revíselos."), fields), nil
}
