// Package documenthttp is the contact of package document with browsers: the public
// page that verifies a code, the download of a document as PDF, and the texts of documents
// for those who write them.
//
// Promises: the public page shows kind, day and validity of a document and nothing
// else, to everybody alike, and answers each address a limited number of times; a
// document outside the reader's scope does not exist.
package documenthttp

import (
	"bytes"
	"io"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/web"
)

// How often one address may ask for codes: a person with a pile of papers is let
// through, a program that tries codes is not.
const (
	perMinute = 30
	atOnce    = 20
)

type pages struct{ documents *document.Service }

// Register adds the routes.
func Register(rt *web.Router, documents *document.Service) {
	p := pages{documents}
	verify := web.Limit("document.verify", perMinute, atOnce, p.verify) // one count for both pages
	rt.Handle("GET /v", access.DocumentVerify, func(r *web.Request) (web.Response, error) {
		if form := r.Query(); form.Get(fieldCode) == "" {
			return ask(form), nil // whoever only opens the page has tried no code
		}
		return verify(r)
	})
	rt.Handle("GET /v/{code}", access.DocumentVerify, verify)
	rt.Handle("GET /documentos/{document}", access.SelfManage, p.download) // its kind says who opens it
	registerWordings(rt, p)
}

// fieldCode is the code as it was typed, on the page that asks for one.
const fieldCode = "codigo"

// verifyPage asks for a code.
type verifyPage struct {
	Form    *web.Form
	Unknown bool // the code that was asked belongs to nothing
}

func title() i18n.Msg { return i18n.M("Verificación de un documento") }

// ask shows the page on which a code is typed.
func ask(form *web.Form) web.Response {
	if form.Values.Has(fieldCode) {
		form.Errors = map[string]i18n.Msg{fieldCode: i18n.M("Escriba el código que está impreso al pie del documento.")}
	}
	return web.Page(title(), askView(verifyPage{Form: form})).NoFrame()
}

// verify answers a stranger who holds a paper: whoever follows its address, and whoever
// types its code.
func (p pages) verify(r *web.Request) (web.Response, error) {
	form := r.Query()
	code := r.PathValue("code")
	if code == "" {
		code = form.Get(fieldCode)
	}
	found, err := p.documents.Verify(r.Context(), r.Actor, code)
	switch {
	case fault.Is(err, fault.NotFound):
		return web.Page(title(), askView(verifyPage{Form: form, Unknown: true})).Status(404).NoFrame(), nil
	case err != nil:
		return nil, err
	}
	return web.Page(title(), foundView(found)).NoFrame(), nil
}

// download draws a document; nothing is sent before it is whole.
func (p pages) download(r *web.Request) (web.Response, error) {
	d, content, err := p.documents.Read(r.Context(), r.Actor, r.PathValue("document"))
	if err != nil {
		return nil, err
	}
	var pdf bytes.Buffer
	if err := p.documents.RenderPDF(&pdf, d, content); err != nil {
		return nil, err
	}
	return web.File(d.FileName(), "application/pdf", int64(pdf.Len()), io.NopCloser(&pdf), true), nil
}
