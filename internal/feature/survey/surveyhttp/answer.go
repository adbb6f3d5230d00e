package surveyhttp

import (
	"net/http"
	"net/url"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/survey"
	"sigue/internal/platform/web"
)

// askedPage is a survey to be answered.
type askedPage struct {
	survey.Version
	Form  *web.Form
	Path  string // to which it is sent
	Start string // of a kiosk: a fresh page; empty elsewhere
	Sends bool   // it can be sent; a preview cannot
}

// answerOf reads what was marked.
func answerOf(v url.Values) survey.AnswerForm {
	f := survey.AnswerForm{Version: v.Get("version"), Text: v.Get("text"), Marks: map[string]string{}}
	for name := range v {
		f.Marks[name] = v.Get(name)
	}
	return f
}

// typeCode is where a code is typed that somebody has on paper.
func (p *pages) typeCode(r *web.Request) (web.Response, error) {
	form := r.Query()
	code := form.Get("codigo")
	if code == "" {
		return web.Page(i18n.M("Contestar una encuesta"), typeView(form)).NoFrame(), nil
	}
	if _, err := p.svc.Coded(r.Context(), r.Actor, code); fault.Is(err, fault.NotFound) {
		form.Errors = map[string]i18n.Msg{"codigo": i18n.M("Ese código no es de una encuesta. Revíselo: son doce letras y números.")}
		return web.Page(i18n.M("Contestar una encuesta"), typeView(form)).NoFrame(), nil
	} else if err != nil {
		return nil, err
	}
	return web.Redirect("/encuesta/" + url.PathEscape(code)), nil
}

func (p *pages) coded(r *web.Request) (web.Response, error) {
	return p.codedWith(r, web.NewForm(nil))
}

func (p *pages) codedWith(r *web.Request, form *web.Form) (web.Response, error) {
	code := r.PathValue("ticket")
	q, err := p.svc.Coded(r.Context(), r.Actor, code)
	switch {
	case fault.Is(err, fault.NotFound):
		return noSurvey(), nil
	case err != nil:
		return nil, err
	case q.Done:
		return web.Page(i18n.M("Esta encuesta ya se contestó"), spentView()).NoFrame(), nil
	}
	page := askedPage{Version: q.Version, Form: form, Path: "/encuesta/" + url.PathEscape(code), Sends: true}
	return web.Page(i18n.M("%s", q.Title), askedView(page, r.Lang)).NoFrame(), nil
}

// noSurvey is the answer to what was never a code.
func noSurvey() web.Response {
	return web.Page(i18n.M("Aquí no hay ninguna encuesta"), noSurveyView()).Status(http.StatusNotFound).NoFrame()
}

// closedScreen is the answer to what was never a kiosk, or is none any more: before a tablet
// that was left on stands somebody who should find nothing else.
func closedScreen() web.Response {
	return web.Page(i18n.M("Aquí no hay ninguna encuesta"), closedScreenView()).Status(http.StatusNotFound).Alone()
}

// startOf is where the next person begins on a kiosk: with nothing marked, and in Spanish
// whatever the one before chose.
func startOf(screen string) string {
	return survey.ScreenPath(url.PathEscape(screen)) + "?lang=" + string(i18n.Spanish)
}

func (p *pages) doCoded(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	taken, err := p.svc.Answer(r.Context(), r.Actor, r.PathValue("ticket"), answerOf(form.Values))
	switch {
	case fault.Is(err, fault.NotFound):
		return noSurvey(), nil
	case form.Fail(err):
		return p.codedWith(r, form)
	case err != nil:
		return nil, err
	case !taken:
		return web.Page(i18n.M("Esta encuesta ya se contestó"), spentView()).NoFrame(), nil
	}
	return web.Redirect("/encuesta/gracias"), nil
}

func (p *pages) thanks(*web.Request) (web.Response, error) {
	return web.Page(i18n.M("Gracias"), thanksView("")).NoFrame(), nil
}

func (p *pages) screen(r *web.Request) (web.Response, error) {
	return p.screenWith(r, web.NewForm(nil))
}

func (p *pages) screenWith(r *web.Request, form *web.Form) (web.Response, error) {
	screen := r.PathValue("screen")
	q, err := p.svc.Screen(r.Context(), r.Actor, screen)
	if fault.Is(err, fault.NotFound) {
		return closedScreen(), nil
	}
	if err != nil {
		return nil, err
	}
	page := askedPage{Version: q.Version, Form: form, Path: survey.ScreenPath(url.PathEscape(screen)), Start: startOf(screen), Sends: true}
	return web.Page(i18n.M("%s", q.Title), askedView(page, r.Lang)).Alone(), nil
}

func (p *pages) doScreen(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	screen := r.PathValue("screen")
	err = p.svc.AnswerScreen(r.Context(), r.Actor, screen, answerOf(form.Values))
	switch {
	case fault.Is(err, fault.NotFound):
		return closedScreen(), nil
	case form.Fail(err):
		return p.screenWith(r, form)
	case err != nil:
		return nil, err
	}
	return web.Redirect(survey.ScreenPath(url.PathEscape(screen)) + "/gracias"), nil
}

func (p *pages) screenThanks(r *web.Request) (web.Response, error) {
	screen := r.PathValue("screen")
	if _, err := p.svc.Screen(r.Context(), r.Actor, screen); fault.Is(err, fault.NotFound) {
		return closedScreen(), nil
	} else if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Gracias"), thanksView(startOf(screen))).Alone(), nil
}
