// Package documenthttp shows documents: the download for whoever may read them, and
// the public page behind the QR code, which says kind, date and validity only.
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

type pages struct{ documents *document.Service }

// Register adds the routes.
func Register(rt *web.Router, documents *document.Service) {
	p := &pages{documents}
	rt.Handle("GET /documentos/{document}", access.ReferralRead, p.download)
	rt.Handle("GET /v/{code}", access.DocumentVerify, web.Limit("verify", 30, 30, p.verify))
}

func (p *pages) download(r *web.Request) (web.Response, error) {
	d, content, err := p.documents.Read(r.Context(), r.Actor, r.PathValue("document"))
	if err != nil {
		return nil, err
	}
	var pdf bytes.Buffer
	if err := p.documents.RenderPDF(&pdf, d, content); err != nil {
		return nil, err
	}
	size := int64(pdf.Len())
	return web.File(d.Folio.String()+".pdf", "application/pdf", size, io.NopCloser(&pdf), true), nil
}

func (p *pages) verify(r *web.Request) (web.Response, error) {
	public, err := p.documents.Verify(r.Context(), r.Actor, r.PathValue("code"))
	if fault.Is(err, fault.NotFound) {
		return web.Page(i18n.M("Documento no encontrado"), unknownView()).Status(404), nil
	}
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Verificación de documento"), verifyView(public)), nil
}
