package documenthttp

import (
	"bytes"
	"io"
	"net/url"
	"strconv"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/web"
)

// registerWordings adds the pages on which the texts of documents are written.
func registerWordings(rt *web.Router, p pages) {
	rt.Handle("GET /plantillas", access.TemplateManage, p.wordings)
	rt.Handle("GET /plantillas/{kind}", access.TemplateManage, p.wording)
	rt.Handle("POST /plantillas/{kind}", access.TemplateManage, p.saveWording)
	rt.Handle("GET /plantillas/{kind}/vista", access.TemplateManage, p.preview)
	rt.Handle("POST /plantillas/{kind}/publicar", access.TemplateManage, p.publishWording)
	rt.Handle("POST /plantillas/{kind}/descartar", access.TemplateManage, p.discardWording)
}

func wordingPath(kind document.Kind, rest string) string {
	return "/plantillas/" + url.PathEscape(string(kind)) + rest
}

func kindOf(r *web.Request) document.Kind { return document.Kind(r.PathValue("kind")) }

// The names of the fields of a text.
const (
	fieldTitle    = "title"
	fieldBody     = "body"
	fieldRevision = "revision"
	fieldFrom     = "from"
	fieldVersion  = "version"
)

// What was just done, in the address of the page that follows.
const (
	noticeSaved     = "guardado"
	noticePublished = "publicado"
	noticeDiscarded = "descartado"
)

func noticeOf(r *web.Request) i18n.Msg {
	switch r.Query().Get("aviso") {
	case noticeSaved:
		return i18n.M("El borrador quedó guardado. Vea cómo queda y publíquelo cuando esté listo.")
	case noticePublished:
		return i18n.M("El texto quedó publicado.")
	case noticeDiscarded:
		return i18n.M("El borrador quedó descartado.")
	}
	return i18n.Msg{}
}

func (p pages) wordings(r *web.Request) (web.Response, error) {
	var all []*document.Wordings
	for _, kind := range document.Kinds() {
		if !kind.Worded() {
			continue
		}
		w, err := p.documents.Wordings(r.Context(), r.Actor, kind)
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	return web.Page(i18n.M("Plantillas de documentos"), wordingsView(all)), nil
}

// wordingPage is the texts of one kind: that in force, the draft and the others.
type wordingPage struct {
	*document.Wordings
	Form    *web.Form
	Publish *web.Form
	Notice  i18n.Msg
	Clash   bool             // another saved meanwhile what was being edited
	Example document.Content // how the newest text reads with examples
}

// newest is the draft, or else the text in force.
func newest(w *document.Wordings) document.Wording {
	if w.Draft != nil {
		return *w.Draft
	}
	return w.InForce
}

func (p pages) wording(r *web.Request) (web.Response, error) { return p.showWording(r, wordingPage{}) }

// showWording shows the page with what was typed into one of its forms, if anything was.
func (p pages) showWording(r *web.Request, page wordingPage) (web.Response, error) {
	w, err := p.documents.Wordings(r.Context(), r.Actor, kindOf(r))
	if err != nil {
		return nil, err
	}
	page.Wordings, page.Notice = w, noticeOf(r)
	if page.Form == nil {
		page.Form = web.NewForm(typed(w))
	}
	if page.Clash { // what is seen now is the newest: saving again is meant
		page.Form.Values.Set(fieldRevision, typed(w).Get(fieldRevision))
	}
	if page.Publish == nil {
		page.Publish = web.NewForm(nil)
	}
	if _, page.Example, err = p.documents.Preview(r.Context(), r.Actor, w.Kind, newest(w).Version); err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Plantilla: %s", w.Kind.Label()), wordingView(page)), nil
}

// typed is what the form begins with: the draft, or else the text in force.
func typed(w *document.Wordings) url.Values {
	of, revision := newest(w), 0
	if w.Draft != nil {
		revision = w.Draft.Revision
	}
	return url.Values{fieldTitle: {of.Title}, fieldBody: {of.Body}, fieldRevision: {strconv.Itoa(revision)}}
}

func revisionOf(form *web.Form) int {
	n, _ := strconv.Atoi(form.Get(fieldRevision)) // what is no number was never seen: a Conflict
	return n
}

func (p pages) saveWording(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	err = p.documents.SaveWording(r.Context(), r.Actor, kindOf(r), document.WordingForm{
		Title: form.Get(fieldTitle), Body: form.Get(fieldBody), Revision: revisionOf(form)})
	if form.Fail(err) {
		return p.showWording(r, wordingPage{Form: form, Clash: fault.Is(err, fault.Conflict)})
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(wordingPath(kindOf(r), "?aviso="+noticeSaved)), nil
}

func (p pages) publishWording(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	err = p.documents.PublishWording(r.Context(), r.Actor, kindOf(r), revisionOf(form), form.Get(fieldFrom))
	if form.Fail(err) {
		return p.showWording(r, wordingPage{Publish: form})
	}
	if err != nil {
		return nil, err
	}
	return web.Redirect(wordingPath(kindOf(r), "?aviso="+noticePublished)), nil
}

func (p pages) discardWording(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	if err := p.documents.DiscardWording(r.Context(), r.Actor, kindOf(r), revisionOf(form)); err != nil {
		return nil, err
	}
	return web.Redirect(wordingPath(kindOf(r), "?aviso="+noticeDiscarded)), nil
}

// preview draws a version with examples in it; the draft, or else the text in force, when
// the address names none.
func (p pages) preview(r *web.Request) (web.Response, error) {
	version, err := strconv.Atoi(r.Query().Get(fieldVersion))
	if err != nil {
		w, err := p.documents.Wordings(r.Context(), r.Actor, kindOf(r))
		if err != nil {
			return nil, err
		}
		version = newest(w).Version
	}
	d, content, err := p.documents.Preview(r.Context(), r.Actor, kindOf(r), version)
	if err != nil {
		return nil, err
	}
	var pdf bytes.Buffer
	if err := p.documents.RenderPDF(&pdf, d, content); err != nil {
		return nil, err
	}
	return web.File(d.FileName(), "application/pdf", int64(pdf.Len()), io.NopCloser(&pdf), true), nil
}
