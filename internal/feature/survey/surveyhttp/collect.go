package surveyhttp

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"

	"rsc.io/qr"

	"sigue/internal/base/i18n"
	"sigue/internal/feature/survey"
	"sigue/internal/platform/web"
)

// qrImage draws an address to be scanned, as the source of an image.
func qrImage(address string) (string, error) {
	code, err := qr.Encode(address, qr.M)
	if err != nil {
		return "", fmt.Errorf("surveyhttp: QR: %w", err)
	}
	code.Scale = 6
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(code.PNG()), nil
}

// plain is an address as one types it.
func plain(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	return rest
}

func (p *pages) sheet(r *web.Request) (web.Response, error) {
	return p.sheetWith(r, web.NewForm(url.Values{"count": {"12"}}))
}

func (p *pages) sheetWith(r *web.Request, form *web.Form) (web.Response, error) {
	v, err := p.svc.Open(r.Context(), r.Actor, r.PathValue("survey"))
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Hoja con códigos"), sheetFormView(v, form)), nil
}

// slip is one code to hand out.
type slip struct{ Code, Image string }

// sheetPage is what is printed.
type sheetPage struct {
	*survey.Sheet
	ID    string
	Where string // to type the code
	Slips []slip
}

func (p *pages) doSheet(r *web.Request) (web.Response, error) {
	var f survey.SheetForm
	form, err := posted(r, &f)
	if err != nil {
		return nil, err
	}
	id := r.PathValue("survey")
	sheet, err := p.svc.Sheet(r.Context(), r.Actor, id, f)
	if form.Fail(err) {
		return p.sheetWith(r, form)
	}
	if err != nil {
		return nil, err
	}
	page := sheetPage{Sheet: sheet, ID: id, Where: plain(p.svc.Address("/encuesta"))}
	for _, code := range sheet.Codes {
		image, err := qrImage(p.svc.Address(survey.CodePath(code)))
		if err != nil {
			return nil, err
		}
		page.Slips = append(page.Slips, slip{survey.ShowCode(code), image})
	}
	return web.Page(i18n.M("Hoja con códigos"), sheetView(page)).Print(), nil
}

func (p *pages) kiosk(r *web.Request) (web.Response, error) {
	return p.kioskWith(r, web.NewForm(nil))
}

func (p *pages) kioskWith(r *web.Request, form *web.Form) (web.Response, error) {
	v, err := p.svc.Open(r.Context(), r.Actor, r.PathValue("survey"))
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Modo quiosco"), kioskFormView(v, form)), nil
}

// doKiosk opens a kiosk: on this device, whose session ends, or on another one.
func (p *pages) doKiosk(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	open, here := p.svc.OpenKiosk, form.Get("here") == web.Yes
	if here {
		open = p.svc.LeaveTo
	}
	id := r.PathValue("survey")
	screen, err := open(r.Context(), r.Actor, id)
	if form.Fail(err) {
		return p.kioskWith(r, form)
	}
	if err != nil {
		return nil, err
	}
	if here {
		return web.ClearSession(web.Redirect(survey.ScreenPath(screen))), nil
	}
	address := p.svc.Address(survey.ScreenPath(screen))
	image, err := qrImage(address)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Modo quiosco"), kioskOpenView(id, address, image)), nil
}

func (p *pages) closeKiosk(r *web.Request) (web.Response, error) {
	id, err := p.svc.CloseKiosk(r.Context(), r.Actor, r.PathValue("kiosk"))
	if err != nil {
		return nil, err
	}
	return web.Redirect(path(id, "") + "?aviso=quiosco"), nil
}
