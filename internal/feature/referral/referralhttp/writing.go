package referralhttp

import (
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"

	"sigue/internal/base/clock"
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
	return web.Redirect(path(id, "captura/persona?hecho="+begun)), nil
}

// begun is what was done when a draft was made; else it is the section that was saved.
const begun = "borrador"

// doneNow says what the step before stored. It comes in the address, so what cannot be
// told from the draft itself is not said.
func doneNow(step *web.Form, d *referral.DraftView) []i18n.Msg {
	section := referral.Section(step.Get("hecho"))
	switch {
	case section == begun:
		return []i18n.Msg{i18n.M("Se creó el borrador. Puede cerrar y seguir después: está en «Nueva canalización».")}
	case section == referral.SectionPapers:
		return papersNow(step, d)
	case slices.Contains(referral.Sections, section):
		return []i18n.Msg{i18n.M("Se guardó «%s».", sectionTitle(section))}
	}
	return nil
}

// papersNow says which of the draft's papers were stored just now.
func papersNow(step *web.Form, d *referral.DraftView) []i18n.Msg {
	var out []i18n.Msg
	for _, a := range d.Papers {
		if step.Has("archivo", a.ID) {
			out = append(out, i18n.M("Se guardó %s, %s.", a.Name, size(a.Size)))
		}
	}
	if len(out) == 0 && !step.Values.Has("archivo") {
		out = append(out, i18n.M("Se quitó el documento."))
	}
	return out
}

// tasksPage is the task list of one draft.
type tasksPage struct {
	Draft *referral.DraftView
	Lists *catalogue.Lists
	Tasks []web.Task
	Left  int
	Done  []i18n.Msg
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
	page := newTasksPage(r, draft, lists)
	page.Done = doneNow(r.Query(), draft)
	return web.Page(draftTitle(draft), tasksView(page, r)), nil
}

func draftTitle(d *referral.DraftView) i18n.Msg {
	if d.State == referral.Returned {
		return i18n.M("Corregir %s", d.Folio)
	}
	return i18n.M("Nueva canalización")
}

func newTasksPage(r *web.Request, d *referral.DraftView, lists *catalogue.Lists) tasksPage {
	page := tasksPage{Draft: d, Lists: lists}
	for _, section := range referral.Sections {
		task := sectionTask(d, section)
		if task.Path = path(d.ID, "captura/"+string(section)); d.Returned != nil {
			correcting(&task, r, d, lists, section)
		}
		if d.Status[section] != referral.Complete {
			page.Left++
		}
		page.Tasks = append(page.Tasks, task)
	}
	page.Tasks = append(page.Tasks, lastTask(d, page.Left))
	return page
}

// sectionTask says how far a section is.
func sectionTask(d *referral.DraftView, section referral.Section) web.Task {
	task := web.Task{Label: sectionTitle(section), State: i18n.M("Sin empezar")}
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
	}
	return task
}

// correcting says of a section of a returned referral what the center asked for there
// and whether it was changed since.
func correcting(task *web.Task, r *web.Request, d *referral.DraftView, lists *catalogue.Lists, section referral.Section) {
	asked := d.Returned.Asks(section)
	if len(asked) > 0 {
		task.Hint = i18n.M("%s", strings.Join(labels(r, lists, catalogue.ReturnReason, asked), "; "))
	}
	switch {
	case d.Status[section] != referral.Complete:
	case d.Changed[section]:
		task.State = i18n.M("Cambiada desde que la devolvieron")
	case len(asked) > 0:
		task.Kind, task.State = web.TagWait, i18n.M("Por corregir")
	default:
		task.Kind, task.State = web.TagPlain, i18n.M("Sin cambios desde que la devolvieron")
	}
}

// lastTask is the page of checking and sending.
func lastTask(d *referral.DraftView, left int) web.Task {
	last := web.Task{Label: i18n.M("Revisar y enviar"), State: i18n.M("Aún no: faltan %d partes", left)}
	if left == 1 {
		last.State = i18n.M("Aún no: falta 1 parte")
	}
	ready := i18n.M("Lista para enviar")
	if d.Returned != nil {
		last.Label, ready = i18n.M("Corregir y reenviar"), i18n.M("Lista para reenviar")
		if !anyChanged(d) {
			ready = i18n.M("Todavía no ha cambiado nada")
		}
	}
	if d.CanSubmit {
		last.Path, last.Kind, last.State = path(d.ID, "captura/revisar"), web.TagBrand, ready
	}
	return last
}

// anyChanged tells whether anything of a returned referral was changed since.
func anyChanged(d *referral.DraftView) bool {
	for _, changed := range d.Changed {
		if changed {
			return true
		}
	}
	return false
}

// sectionPage is the form of one section.
type sectionPage struct {
	Draft    *referral.DraftView
	Section  referral.Section
	Version  int
	Form     *web.Form
	Lists    *catalogue.Lists
	Centers  []centerChoice
	Done     []i18n.Msg
	Conflict bool // another window saved meanwhile
	Today    clock.Date
}

// centerChoice is a center to choose, with why and how busy it is.
type centerChoice struct {
	center.Suggestion
	Waiting int
}

// warning is what deserves a second look at a field; zero when nothing does, or when the
// field is wrong anyway.
func (p sectionPage) warning(field string) i18n.Msg {
	for _, w := range p.Draft.Warnings {
		if m := p.Form.Error(field); w.Section == p.Section && w.Field == field && m.IsZero() {
			return w.Text
		}
	}
	return i18n.Msg{}
}

// warned lists the fields of a section for which the writer is shown the page once more.
// The page carries it along: what it has shown before keeps nobody from going on.
func warned(d *referral.DraftView, s referral.Section) string {
	var fields []string
	for _, w := range d.Warnings {
		if w.Section == s && !w.Mild {
			fields = append(fields, w.Field)
		}
	}
	return strings.Join(fields, " ")
}

// orderFields are those that a voluntary basis leaves out.
var orderFields = []string{"authority", "case_kind", "case_value", "resolved_on", "mandate_sessions", "mandate_from", "mandate_until"}

// asksOrder tells whether authority, number and term are asked for: not with a voluntary
// basis, unless something was typed there that would vanish from sight.
func (p sectionPage) asksOrder() bool {
	rule, _ := p.Lists.LegalBasis(p.Form.Get("legal_basis"))
	return !rule.Voluntary || slices.ContainsFunc(orderFields, func(name string) bool { return p.Form.Get(name) != "" })
}

// freely names the voluntary bases of a form.
func freely(r *web.Request, lists *catalogue.Lists) string {
	var names []string
	for _, e := range lists.Entries(catalogue.LegalBasisList) {
		if a := e.Attributes.LegalBasis; a != nil && a.Voluntary {
			names = append(names, "«"+e.Label(r.Lang)+"»")
		}
	}
	return strings.Join(names, ", ")
}

func (p *pages) section(s referral.Section) web.Handler {
	return func(r *web.Request) (web.Response, error) {
		draft, err := p.svc.OpenDraft(r.Context(), r.Actor, r.PathValue("referral"))
		if err != nil {
			return nil, err
		}
		return p.showSection(r, sectionPage{Section: s, Draft: draft, Form: web.NewForm(values(draft.Content.Part(s)))})
	}
}

func (p *pages) showSection(r *web.Request, page sectionPage) (web.Response, error) {
	lists, err := p.svc.Lists(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	page.Version, page.Lists, page.Today, page.Done = page.Draft.Version, lists, clock.DateOf(r.Now), doneNow(r.Query(), page.Draft)
	if r.Query().Get("hecho") == string(page.Section) { // it was saved and is shown once more
		page.Done = []i18n.Msg{i18n.M("Se guardó. Revise lo señalado; si está bien así, siga.")}
	}
	title := sectionTitle(page.Section)
	switch page.Section {
	case referral.SectionPerson:
		return web.Page(title, personView(page, r)), nil
	case referral.SectionBasis:
		return web.Page(title, basisView(page, r)), nil
	case referral.SectionFacts:
		return web.Page(title, factsView(page, r)), nil
	}
	if page.Centers, err = p.choices(r, page.Draft.Content.Person.Municipality); err != nil {
		return nil, err
	}
	if page.Form.Get("center_id") == "" && len(page.Centers) > 0 && page.Centers[0].Covers {
		page.Form.Values.Set("center_id", page.Centers[0].Center.ID) // the suggestion, still to be confirmed
	}
	return web.Page(title, centerView(page, r)), nil
}

// choices are the centers that take new cases.
func (p *pages) choices(r *web.Request, municipality string) ([]centerChoice, error) {
	suggested, err := p.centers.Suggest(r.Context(), r.Actor, municipality)
	if err != nil {
		return nil, err
	}
	load, err := p.svc.Load(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	var out []centerChoice
	for _, s := range suggested {
		if s.Center.TakesNew() {
			out = append(out, centerChoice{Suggestion: s, Waiting: load[s.Center.ID]})
		}
	}
	return out, nil
}

// serves says of a center that serves the person's municipality how it does.
func (c centerChoice) serves(municipality string) i18n.Msg {
	if c.Rank == 1 {
		return i18n.M("Primera opción para %s", municipality)
	}
	return i18n.M("Atiende %s", municipality)
}

// wait says in words how busy a center is: by weeks of what it takes in.
func (c centerChoice) wait() i18n.Msg {
	switch weeks := c.Waiting / max(c.Center.Capacity, 1); weeks {
	case 0:
		return i18n.M("Puede recibirla esta semana.")
	case 1:
		return i18n.M("Tiene alrededor de una semana de espera.")
	default:
		return i18n.M("Tiene alrededor de %d semanas de espera.", weeks)
	}
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
		if err != nil && !form.Fail(err) {
			return nil, err
		}
		draft, opening := p.svc.OpenDraft(r.Context(), r.Actor, id)
		if opening != nil {
			return nil, opening
		}
		if err == nil && !form.Fail(draft.Errors[s]) {
			return afterSection(r, draft, s, form), nil
		}
		return p.showSection(r, sectionPage{Section: s, Draft: draft, Form: form, Conflict: fault.Is(err, fault.Conflict)})
	}
}

// afterSection goes on when a section is complete: but first to what deserves a second
// look there and was not shown yet.
func afterSection(r *web.Request, d *referral.DraftView, s referral.Section, form *web.Form) web.Response {
	done, back := "?hecho="+string(s), r.URL.Query().Get("volver") == "revisar"
	switch unseen := warned(d, s); {
	case form.Get("luego") == "lista":
		return web.Redirect(path(d.ID, "captura"+done))
	case unseen != "" && unseen != form.Get("avisado"):
		if back {
			done += "&volver=revisar"
		}
		return web.Redirect(path(d.ID, "captura/"+string(s)+done))
	case back:
		return web.Redirect(path(d.ID, "captura/revisar"+done))
	}
	return web.Redirect(path(d.ID, next(s)+done))
}

// papersPage lists the papers and takes another one.
type papersPage struct {
	Draft *referral.DraftView
	Form  *web.Form
	Lists *catalogue.Lists
	Done  []i18n.Msg
}

func (p *pages) papers(r *web.Request) (web.Response, error) {
	return p.showPapers(r, web.NewForm(nil), r.Query())
}

// showPapers shows the papers of a draft and what the step before did to them.
func (p *pages) showPapers(r *web.Request, form, step *web.Form) (web.Response, error) {
	draft, err := p.svc.OpenDraft(r.Context(), r.Actor, r.PathValue("referral"))
	if err != nil {
		return nil, err
	}
	lists, err := p.svc.Lists(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	return web.Page(sectionTitle(referral.SectionPapers), papersView(papersPage{Draft: draft, Form: form, Lists: lists, Done: doneNow(step, draft)}, r)), nil
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
	form, stored := web.NewForm(url.Values{}), url.Values{}
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
		a, err := p.svc.Attach(r.Context(), r.Actor, id, form.Get("class"), part.FileName(), part)
		switch {
		case err == nil:
			stored.Set("hecho", string(referral.SectionPapers))
			stored.Add("archivo", a.ID)
		case !failUpload(form, err):
			return nil, web.BodyError(err)
		}
	}
	goesOn := form.Get("luego") == "centro"
	if files == 0 && !goesOn {
		form.Errors = map[string]i18n.Msg{"file": i18n.M("Elija primero un archivo de su equipo o tome una foto.")}
	}
	if form.Failed() {
		return p.showPapers(r, form, web.NewForm(stored))
	}
	if goesOn { // with a file that was chosen and not attached yet, it is attached now
		return web.Redirect(path(id, next(referral.SectionPapers)+"?"+stored.Encode())), nil
	}
	return web.Redirect(path(id, "captura/documentos?"+stored.Encode())), nil
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
	return web.Redirect(path(id, "captura/documentos?hecho=documentos")), nil
}

// reviewPage is "check your answers".
type reviewPage struct {
	Draft  *referral.DraftView
	Lists  *catalogue.Lists
	Form   *web.Form
	Center string
	Done   []i18n.Msg
}

// reviewBasis are the answers about basis and mandate; a voluntary one has the rows of
// what was typed all the same.
func reviewBasis(p reviewPage, r *web.Request, row func(s referral.Section, l i18n.Msg, v string) web.SummaryRow) []web.SummaryRow {
	b, lists := p.Draft.Content.Basis, p.Lists
	rule, _ := lists.LegalBasis(b.LegalBasis)
	rows := []web.SummaryRow{row(referral.SectionBasis, i18n.M("Base legal"), lists.Label(catalogue.LegalBasisList, b.LegalBasis, r.Lang))}
	for _, order := range []struct {
		label i18n.Msg
		typed string
	}{
		{i18n.M("Autoridad"), b.Authority},
		{i18n.M("Expediente"), b.CaseValue},
		{i18n.M("Fecha de la resolución"), b.ResolvedOn},
		{i18n.M("Sesiones ordenadas"), b.MandateSessions},
		{i18n.M("La obligación empieza"), b.MandateFrom},
		{i18n.M("Obligación hasta"), b.MandateUntil},
	} {
		if order.typed != "" || !rule.Voluntary {
			rows = append(rows, row(referral.SectionBasis, order.label, order.typed))
		}
	}
	return append(rows, row(referral.SectionBasis, i18n.M("Es urgente"), lists.Label(catalogue.YesNo, yesNo(b.Urgent != ""), r.Lang)))
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
	page := reviewPage{Draft: draft, Lists: lists, Form: form, Done: doneNow(r.Query(), draft)}
	choices, err := p.choices(r, draft.Content.Person.Municipality)
	if err != nil {
		return nil, err
	}
	for _, c := range choices {
		if c.Center.ID == draft.CenterID {
			page.Center = c.Center.Name
		}
	}
	return web.Page(reviewTitle(draft), reviewView(page, r)), nil
}

func reviewTitle(d *referral.DraftView) i18n.Msg {
	if d.Returned != nil {
		return i18n.M("Revise antes de reenviar")
	}
	return i18n.M("Revise antes de enviar")
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
	return web.Page(sentTitle(view), sentView(view)), nil
}

// sentTitle says whether it was the first time.
func sentTitle(v *referral.View) i18n.Msg {
	if v.Facts.ResubmittedAt.IsZero() {
		return i18n.M("Canalización enviada")
	}
	return i18n.M("Canalización corregida y reenviada")
}

func (p *pages) discard(r *web.Request) (web.Response, error) {
	if err := p.svc.DiscardDraft(r.Context(), r.Actor, r.PathValue("referral")); err != nil {
		return nil, err
	}
	return web.Redirect("/canalizaciones/nueva"), nil
}

// choicePage asks for one coded reason.
type choicePage struct {
	View    *referral.Brief
	Form    *web.Form
	Options []web.Option
	Centers []centerChoice
	Waits   bool // the answer is still open; if not, only what became of it is said
}

func (p *pages) withdraw(r *web.Request) (web.Response, error) {
	return p.showWithdraw(r, web.NewForm(nil))
}

func (p *pages) showWithdraw(r *web.Request, form *web.Form) (web.Response, error) {
	view, err := p.svc.Brief(r.Context(), r.Actor, r.PathValue("referral"))
	if err != nil {
		return nil, err
	}
	page := choicePage{View: view, Form: form, Options: options(r, view.Lists, catalogue.WithdrawReason), Waits: view.State.Withdrawable()}
	if !page.Waits && !form.Failed() { // it was, in another window perhaps: the file says by whom and why
		return web.Redirect(path(view.ID, "")), nil
	}
	return web.Page(i18n.M("Retirar %s", view.Folio), withdrawView(page)), nil
}

func (p *pages) doWithdraw(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("referral")
	var why referral.Motive
	if err := decode(&why, form.Values); err != nil {
		return nil, err
	}
	err = p.svc.Withdraw(r.Context(), r.Actor, id, why)
	if form.Fail(err) {
		return p.showWithdraw(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(path(id, "") + "?hecho=" + string(didWithdraw)), nil
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
	lists, err := p.svc.Lists(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	fields := map[string]string{
		"birth_date": curp.BirthDate().MX(), "sex": strings.ToUpper(curp.Sex()), "birth_state": curp.StateKey(),
	}
	said := i18n.M("La CURP dice: %s, %s, %s. Se llenaron los datos que estaban vacíos; compare los demás.", curp.BirthDate().MX(),
		lists.Label(catalogue.Sex, fields["sex"], r.Lang), lists.Label(catalogue.State, fields["birth_state"], r.Lang))
	return web.Fill(r, said, fields), nil
}
