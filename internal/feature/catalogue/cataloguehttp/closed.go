package cataloguehttp

import (
	"strconv"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/web"
)

// closedPage is the calendar of everyone in a year.
type closedPage struct {
	Year   int
	Rest   []catalogue.RestDay // by law
	Days   []clock.ClosedDay   // decreed
	Form   *web.Form
	Notice i18n.Msg
}

func (p *pages) closedDays(r *web.Request) (web.Response, error) {
	return p.showClosed(r, web.NewForm(nil))
}

func (p *pages) showClosed(r *web.Request, form *web.Form) (web.Response, error) {
	year := yearOf(r)
	days, err := p.svc.NationalDays(r.Context(), r.Actor, year)
	if err != nil {
		return nil, err
	}
	page := closedPage{Year: year, Rest: catalogue.RestDays(year), Days: days, Form: form, Notice: saved(r)}
	return web.Page(i18n.M("Días inhábiles de todos"), closedView(page)), nil
}

func (p *pages) addClosedDays(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	err = p.svc.CloseNational(r.Context(), r.Actor, catalogue.Closure{From: form.Get("from"), Until: form.Get("until"), Name: form.Get("name")})
	if form.Fail(err) {
		return p.showClosed(r, form)
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(closedPath(yearTyped(form, yearOf(r)), true)), nil
}

func (p *pages) removeClosedDay(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	day := form.Get("day")
	if err := p.svc.OpenNational(r.Context(), r.Actor, day); err != nil {
		return nil, err
	}
	d, err := clock.ParseDate(day)
	if err != nil {
		return nil, err
	}
	return web.Redirect(closedPath(d.Year(), true)), nil
}

// yearTyped is the year of the first day that was typed, to show it after it was kept.
func yearTyped(form *web.Form, otherwise int) int {
	if iso, ok := form.Date("from"); ok && len(iso) >= 4 {
		if y, err := strconv.Atoi(iso[:4]); err == nil {
			return y
		}
	}
	return otherwise
}

func closedPath(year int, done bool) string {
	p := "/dias-inhabiles?anio=" + strconv.Itoa(year)
	if done {
		p += "&aviso=guardado"
	}
	return p
}
