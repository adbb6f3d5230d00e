package identityhttp

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/web"
)

// doorPage is the sign-in page.
type doorPage struct {
	Form   *web.Form
	Follow string // where to go after; a path of this site
	Held   *held  // what was typed when the session had ended; nil for nothing
	Demo   []DemoAccount
	Notice i18n.Msg
}

// held is a post that waits for its sender to sign in again.
type held struct {
	Path string // where it was going
	Body string // its fields, encoded as a form
}

// maxHeld is the largest body that waits, in bytes of its encoding. It lies well under
// the limit of a post, in which it travels encoded a second time.
const maxHeld = 256 << 10

// Fields of the sign-in form that carry a held post along.
const (
	fieldFollow = "seguir"
	fieldPath   = "pendiente_ruta"
	fieldBody   = "pendiente"
)

// newHeld keeps a post of this site that is not too large; nil for any other.
func newHeld(path, body string) *held {
	if path == "" || web.LocalPath(path) != path || body == "" || len(body) > maxHeld {
		return nil
	}
	if values, err := url.ParseQuery(body); err != nil || len(values) == 0 {
		return nil
	}
	return &held{Path: path, Body: body}
}

// field is one value of a held post.
type field struct{ Name, Value string }

// fields are the values of a held post, in the order of their names.
func (h *held) fields() []field {
	values, err := url.ParseQuery(h.Body)
	if err != nil {
		return nil // newHeld has read it: cannot happen
	}
	var out []field
	for name, all := range values {
		for _, value := range all {
			out = append(out, field{name, value})
		}
	}
	slices.SortStableFunc(out, func(a, b field) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// typed are the fields that are shown again: words, but no password and no code.
func (h *held) typed() []field {
	return slices.DeleteFunc(h.fields(), func(f field) bool {
		secret := strings.Contains(f.Name, "password") || f.Name == "current" || f.Name == "repeat"
		return secret || len(strings.TrimSpace(f.Value)) < 3 || (len(f.Value) == 36 && strings.Count(f.Value, "-") == 4)
	})
}

// doorTitle is the title of the sign-in page.
func doorTitle() i18n.Msg { return i18n.M("Entrar") }

func (p *pages) door(r *web.Request) (web.Response, error) {
	query := r.Query()
	follow := web.LocalPath(query.Get(fieldFollow))
	if r.Session.Actor.SignedIn() {
		return web.Redirect(follow), nil
	}
	page := doorPage{Form: web.NewForm(nil), Follow: follow, Demo: p.DemoAccounts, Notice: noticeOf(r)}
	return web.Page(doorTitle(), doorView(page)), nil
}

// SignInAgain is the sign-in page for a post whose session had ended, for
// web.Options.SignInAgain. It holds what was typed until its sender has signed in.
func SignInAgain(o Options, r *web.Request, path string, body url.Values) web.Response {
	page := doorPage{Form: web.NewForm(nil), Follow: "/", Held: newHeld(path, body.Encode()), Demo: o.DemoAccounts}
	if page.Held == nil {
		page.Notice = i18n.M("Su sesión terminó. Entre de nuevo para continuar.")
	}
	return web.Page(doorTitle(), doorView(page)).Status(http.StatusUnauthorized)
}

func (p *pages) enter(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	page := doorPage{
		Form: form, Follow: web.LocalPath(form.Get(fieldFollow)), Demo: p.DemoAccounts,
		Held: newHeld(form.Values.Get(fieldPath), form.Values.Get(fieldBody)),
	}
	token, ends, err := p.Identity.From(r.IP()).SignIn(r.Context(), r.Actor, form.Get("email"), form.Values.Get("password"), r.UserAgent())
	if status := refused(form, err); status != 0 {
		return web.Page(doorTitle(), doorView(page)).Status(status), nil
	}
	if err != nil {
		return nil, err
	}
	return p.entered(r, page, token, ends)
}

// refused takes a refusal into the form, so that what was typed stays, and gives the
// status of the page; 0 when err is none.
func refused(form *web.Form, err error) int {
	var e *fault.Error
	switch {
	case !errors.As(err, &e):
		return 0
	case e.Kind == fault.TooMany:
		form.Summary = e.Public
		return http.StatusTooManyRequests
	case e.Kind == fault.Unavailable:
		form.Summary = e.Public
		return http.StatusServiceUnavailable
	case form.Fail(err):
		return http.StatusUnprocessableEntity
	}
	return 0
}

// entered ends the session that this browser had before, and leads on under the new one.
func (p *pages) entered(r *web.Request, page doorPage, token string, ends time.Time) (web.Response, error) {
	if err := p.signOut(r); err != nil {
		return nil, err
	}
	session, err := p.Gate.Authenticate(r.Context(), token, r.ID, r.Now)
	if err != nil {
		return nil, err
	}
	if page.Held != nil {
		r.Session, r.Actor = webSession(session), session.Actor // the page shows who entered
		return web.SetSession(web.Page(heldTitle(), heldView(page.Held)), token, ends), nil
	}
	return web.SetSession(web.Redirect(inLang(r, page.Follow, session)), token, ends), nil
}

// signOut ends the session that the request came with, if any.
func (p *pages) signOut(r *web.Request) error {
	if !r.Session.Actor.SignedIn() {
		return nil
	}
	return p.Identity.SignOut(r.Context(), r.Session.Actor)
}

func heldTitle() i18n.Msg { return i18n.M("Aquí está lo que escribió") }

// inLang leads to the page in the language of the account, where this browser has not
// chosen one yet.
func inLang(r *web.Request, path string, s identity.Session) string {
	u, err := url.Parse(path)
	if err != nil || r.Lang != i18n.Spanish || s.Lang == i18n.Spanish {
		return path
	}
	query := u.Query()
	query.Set("lang", string(s.Lang))
	u.RawQuery = query.Encode()
	return u.String()
}

func (p *pages) leave(r *web.Request) (web.Response, error) {
	if err := p.signOut(r); err != nil {
		return nil, err
	}
	return web.ClearSession(noticeOut.with("/entrar")), nil
}

func (p *pages) extend(r *web.Request) (web.Response, error) {
	idle, ends, err := p.Identity.Extend(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	return web.SessionEnds(r, web.Session{IdleEnds: idle, Ends: ends}), nil
}
