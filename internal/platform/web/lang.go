package web

import (
	"net/http"
	"net/url"
	"time"

	"sigue/internal/base/i18n"
)

const langCookie = "idioma"

// lang is the language that the visitor chose; Spanish until then, whatever the browser
// says: many machines in Mexican offices are set up in English.
func (rt *Router) lang(hr *http.Request) i18n.Lang {
	cookie, err := hr.Cookie(langCookie)
	if err != nil {
		return i18n.Spanish
	}
	return i18n.Parse(cookie.Value)
}

// switchLang keeps the choice of a link with ?lang= and sends the visitor to the same
// page without it.
func (rt *Router) switchLang(w http.ResponseWriter, r *Request) bool {
	chosen := r.URL.Query().Get("lang")
	if chosen == "" || r.Method != http.MethodGet {
		return false
	}
	http.SetCookie(w, &http.Cookie{
		Name: langCookie, Value: string(i18n.Parse(chosen)), Path: "/", Secure: rt.o.Secure,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int((365 * 24 * time.Hour).Seconds()),
	})
	rt.answer(w, r, Redirect(withoutLang(r.URL)), nil)
	return true
}

func withoutLang(u *url.URL) string {
	query := u.Query()
	query.Del("lang")
	target := url.URL{Path: u.Path, RawQuery: query.Encode()}
	return target.String()
}

// langLink is where the switch to another language leads: this page when it can be had
// by GET, else home.
func (rt *Router) langLink(r *Request, lang i18n.Lang) string {
	path, query := "/", url.Values{}
	if rt.routed(http.MethodGet, r.URL.Path) {
		path = r.URL.Path
		if r.Method != http.MethodPost {
			query = r.URL.Query()
		}
	}
	query.Set("lang", string(lang))
	target := url.URL{Path: path, RawQuery: query.Encode()}
	return target.String()
}
