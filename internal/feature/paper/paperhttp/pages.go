// Package paperhttp is the documents' only contact with HTTP at the center: preparing,
// signing, printing and taking them back. It decodes forms, calls the service and shows
// typed pages; it decides nothing.
package paperhttp

import (
	"bytes"
	"io"
	"net/url"
	"strconv"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/paper"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/web"
)

// Options are what the pages work with.
type Options struct {
	Papers    *paper.Service
	Documents *document.Service // to draw what is not issued yet
}

type pages struct {
	svc       *paper.Service
	documents *document.Service
}

// Register adds the room's routes.
func Register(rt *web.Router, o Options) {
	p := &pages{o.Papers, o.Documents}
	p.registerCopies(rt)
	registerInvite(rt, p)
	rt.Handle("GET /informes", access.ReportPrepare, p.desk)
	rt.Handle("POST /informes/mensual", access.ReportSign, p.signOne)
	rt.Handle("POST /informes/mensual/todos", access.ReportSign, p.signMonth)
	rt.Handle("GET /expedientes/{case}/documentos/nuevo", access.ReportPrepare, p.choose)
	rt.Handle("GET /expedientes/{case}/documentos/preparar", access.ReportPrepare, p.prepare)
	rt.Handle("GET /expedientes/{case}/documentos/vista", access.ReportPrepare, p.preview)
	rt.Handle("POST /expedientes/{case}/documentos/preparar", access.ReportPrepare, p.save)
	rt.Handle("POST /expedientes/{case}/documentos/a-firma", access.ReportPrepare, p.send)
	rt.Handle("POST /expedientes/{case}/documentos/quitar-borrador", access.ReportPrepare, p.discard)
	rt.Handle("POST /expedientes/{case}/documentos/firmar", access.ReportSign, p.sign)
	rt.Handle("POST /expedientes/{case}/documentos/devolver", access.ReportSign, p.giveBack)
	rt.Handle("POST /expedientes/{case}/documentos/carta-compromiso", access.CaseContact, p.letter)
	rt.Handle("POST /citas/{appointment}/citatorio", access.AgendaBook, p.summon)
	rt.Handle("POST /citas/{appointment}/lista", access.AgendaRead, p.sheet)
	rt.Handle("GET /documentos/{document}/revocar", access.ReportSign, p.revocable)
	rt.Handle("POST /documentos/{document}/revocar", access.ReportSign, p.revoke)
}

// The names of the fields that say which document is meant.
const (
	fieldKind     = "tipo"
	fieldMandate  = "canalizacion"
	fieldOccasion = "ocasion"
	fieldRevision = "revision"
)

// which reads the document that a form or an address means.
func which(r *web.Request, form *web.Form) paper.Which {
	return paper.Which{Case: r.PathValue("case"), Kind: document.Kind(form.Get(fieldKind)), Mandate: form.Get(fieldMandate), Occasion: form.Get(fieldOccasion)}
}

func casePath(id string) string { return "/expedientes/" + url.PathEscape(id) }

// papersPath is an address under the documents of a case.
func papersPath(id, rest string) string { return casePath(id) + "/documentos/" + rest }

// documentPath is the address of an issued document.
func documentPath(id string) string { return "/documentos/" + url.PathEscape(id) }

// whichPath is an address about one document that is being prepared.
func whichPath(w paper.Which, rest string) string {
	q := url.Values{fieldKind: {string(w.Kind)}}
	if w.Mandate != "" {
		q.Set(fieldMandate, w.Mandate)
	}
	if w.Occasion != "" {
		q.Set(fieldOccasion, w.Occasion)
	}
	return papersPath(w.Case, rest) + "?" + q.Encode()
}

// deskPath is the address of the documents of a center, with a month.
func deskPath(m clock.Month) string { return "/informes?" + url.Values{"mes": {m.String()}}.Encode() }

// choosePage is what can be prepared about a case.
type choosePage struct {
	*paper.Choices
	Form *web.Form
}

func (p *pages) choose(r *web.Request) (web.Response, error) {
	return p.showChoices(r, web.NewForm(nil))
}

func (p *pages) showChoices(r *web.Request, form *web.Form) (web.Response, error) {
	c, err := p.svc.Choose(r.Context(), r.Actor, r.PathValue("case"))
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Preparar un documento, %s", c.Of.Folio), chooseView(choosePage{c, form})), nil
}

// preparePage is a document that is being prepared. The form holds what was typed.
type preparePage struct {
	*paper.View
	Form *web.Form
	Sent bool // the draft was just kept
}

func (p *pages) prepare(r *web.Request) (web.Response, error) {
	form := r.Query()
	if !paper.Signed(which(r, form).Kind) { // typed, or an old address
		return p.showChoices(r, unknownKind())
	}
	return p.show(r, which(r, form), nil)
}

// unknownKind asks for a document of the list.
func unknownKind() *web.Form {
	form := web.NewForm(nil)
	form.Summary = i18n.M("Elija de la lista qué documento preparar.")
	return form
}

// show shows a document that is being prepared, with what was typed if that failed.
func (p *pages) show(r *web.Request, w paper.Which, typed *web.Form) (web.Response, error) {
	v, err := p.svc.Open(r.Context(), r.Actor, w)
	if err != nil {
		return nil, err
	}
	page := preparePage{View: v, Form: typed, Sent: r.URL.Query().Has("guardado")}
	if typed == nil {
		page.Form = web.NewForm(url.Values{"reason": {v.Reason}})
	}
	return web.Page(i18n.M("%s, %s", v.Kind.Label(), v.Of.Folio), prepareView(page)), nil
}

// preview draws the document as it would be issued now.
func (p *pages) preview(r *web.Request) (web.Response, error) {
	w := which(r, r.Query())
	if !paper.Signed(w.Kind) {
		if _, err := p.svc.Choose(r.Context(), r.Actor, w.Case); err != nil {
			return nil, err
		}
		return web.Redirect(papersPath(w.Case, "nuevo")), nil
	}
	v, err := p.svc.Open(r.Context(), r.Actor, w)
	if err != nil {
		return nil, err
	}
	if !v.Why.IsZero() {
		return web.Redirect(whichPath(w, "preparar")), nil // it says why
	}
	var pdf bytes.Buffer
	if err := p.documents.RenderPDF(&pdf, v.Paper(), v.Content); err != nil {
		return nil, err
	}
	return web.File(v.Paper().FileName(), "application/pdf", int64(pdf.Len()), io.NopCloser(&pdf), true), nil
}

// change does something with what was typed into a draft and goes on to an address.
func (p *pages) change(r *web.Request, do func(w paper.Which, t paper.Text) (next string, err error)) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	w := which(r, form)
	if !paper.Signed(w.Kind) {
		return p.showChoices(r, unknownKind())
	}
	next, err := do(w, textOf(form))
	if form.Fail(err) {
		return p.show(r, w, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(next), nil
}

// textOf reads what was typed into a draft. A revision that is no number is that of none.
func textOf(form *web.Form) paper.Text {
	revision, err := strconv.Atoi(form.Get(fieldRevision))
	if err != nil {
		revision = -1
	}
	return paper.Text{Reason: form.Values.Get("reason"), Note: form.Get("note"), Revision: revision}
}

func (p *pages) save(r *web.Request) (web.Response, error) {
	return p.change(r, func(w paper.Which, t paper.Text) (string, error) {
		return whichPath(w, "preparar") + "&guardado", p.svc.Save(r.Context(), r.Actor, w, t)
	})
}

func (p *pages) send(r *web.Request) (web.Response, error) {
	return p.change(r, func(w paper.Which, t paper.Text) (string, error) {
		return whichPath(w, "preparar") + "&guardado", p.svc.Send(r.Context(), r.Actor, w, t)
	})
}

func (p *pages) giveBack(r *web.Request) (web.Response, error) {
	return p.change(r, func(w paper.Which, t paper.Text) (string, error) {
		return "/informes", p.svc.Return(r.Context(), r.Actor, w, t)
	})
}

func (p *pages) discard(r *web.Request) (web.Response, error) {
	return p.change(r, func(w paper.Which, t paper.Text) (string, error) {
		return papersPath(w.Case, "nuevo"), p.svc.Discard(r.Context(), r.Actor, w, t.Revision)
	})
}

func (p *pages) sign(r *web.Request) (web.Response, error) {
	return p.change(r, func(w paper.Which, t paper.Text) (string, error) {
		_, err := p.svc.Sign(r.Context(), r.Actor, w, t)
		return whichPath(w, "preparar"), err
	})
}

// deskPage is the documents of a center that are not issued yet, and those of a month.
type deskPage struct {
	*paper.Desk
	Missing []paper.MissingMonth
	Month   *paper.MonthView
	Form    *web.Form
	Sent    i18n.Msg // how many were just signed together
}

func (p *pages) desk(r *web.Request) (web.Response, error) { return p.showDesk(r, r.Query()) }

func (p *pages) showDesk(r *web.Request, form *web.Form) (web.Response, error) {
	desk, err := p.svc.Pending(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	month, err := p.svc.OfMonth(r.Context(), r.Actor, form.Get("mes"))
	if form.Fail(err) {
		month, err = p.svc.OfMonth(r.Context(), r.Actor, "")
	}
	if err != nil {
		return nil, err
	}
	missing, err := p.svc.MissingMonths(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	page := deskPage{Desk: desk, Missing: missing, Month: month, Form: form}
	if n, err := strconv.Atoi(r.URL.Query().Get("enviados")); err == nil && n >= 0 {
		page.Sent = i18n.M("Informes firmados y enviados: %s", i18n.Number(n))
	}
	return web.Page(i18n.M("Informes"), deskView(page)), nil
}

// signMonth signs all reports of a month that is over.
func (p *pages) signMonth(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	n, err := p.svc.SignMonth(r.Context(), r.Actor, form.Get("mes"))
	if form.Fail(err) {
		return p.showDesk(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect("/informes?" + url.Values{"mes": {form.Get("mes")}, "enviados": {strconv.Itoa(n)}}.Encode()), nil
}

// signOne signs one monthly report from the list.
func (p *pages) signOne(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	w := paper.Which{Case: form.Get("case"), Kind: document.MonthlyReport, Mandate: form.Get(fieldMandate), Occasion: form.Get("mes")}
	if w.Case == "" {
		form.Summary = i18n.M("Elija de la lista qué informe firmar.")
		return p.showDesk(r, form)
	}
	_, err = p.svc.Sign(r.Context(), r.Actor, w, textOf(form))
	if form.Fail(err) {
		return p.showDesk(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect("/informes?" + url.Values{"mes": {w.Occasion}}.Encode()), nil
}

// print issues what is printed at once and leads to its file.
func (p *pages) print(d document.Document, err error) (web.Response, error) {
	if err != nil {
		return nil, err
	}
	return web.Redirect(documentPath(d.ID)), nil
}

func (p *pages) letter(r *web.Request) (web.Response, error) {
	return p.print(p.svc.Letter(r.Context(), r.Actor, r.PathValue("case")))
}

func (p *pages) summon(r *web.Request) (web.Response, error) {
	return p.print(p.svc.Summon(r.Context(), r.Actor, r.PathValue("appointment")))
}

func (p *pages) sheet(r *web.Request) (web.Response, error) {
	return p.print(p.svc.Sheet(r.Context(), r.Actor, r.PathValue("appointment")))
}

// revokePage takes a document back.
type revokePage struct {
	Document document.Document
	Form     *web.Form
}

func (p *pages) revocable(r *web.Request) (web.Response, error) {
	return p.showRevoke(r, web.NewForm(nil))
}

func (p *pages) showRevoke(r *web.Request, form *web.Form) (web.Response, error) {
	d, err := p.svc.Revocable(r.Context(), r.Actor, r.PathValue("document"))
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Dejar sin validez %s", d.Number), revokeView(revokePage{d, form})), nil
}

func (p *pages) revoke(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("document")
	err = p.svc.Revoke(r.Context(), r.Actor, id, form.Values.Get("reason"))
	if form.Fail(err) {
		return p.showRevoke(r, form)
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(documentPath(id) + "/revocar"), nil
}
