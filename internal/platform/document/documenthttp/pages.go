// Package documenthttp is the contact of package document with browsers: the public
// page that verifies a code, and the download of a document as PDF.
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
	rt.Handle("GET /v/{code}", access.DocumentVerify, web.Limit("document.verify", perMinute, atOnce, p.verify))
	rt.Handle("GET /documentos/{document}", access.ReferralRead, p.download)
}

// verify answers a stranger who holds a paper.
func (p pages) verify(r *web.Request) (web.Response, error) {
	found, err := p.documents.Verify(r.Context(), r.Actor, r.PathValue("code"))
	title := i18n.M("Verificación de un documento")
	switch {
	case fault.Is(err, fault.NotFound):
		return web.Page(title, unknownView()).Status(404).NoFrame(), nil
	case err != nil:
		return nil, err
	}
	return web.Page(title, foundView(found)).NoFrame(), nil
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
