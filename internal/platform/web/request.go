package web

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
)

// Request is what a handler is given: the HTTP request, who asks, and when.
type Request struct {
	*http.Request
	Actor   access.Actor
	Session Session // zero when nobody is signed in
	Lang    i18n.Lang
	Now     time.Time // the one "now" of this request
	ID      string    // request id, shown on error pages and kept in the log

	route      Route
	raw        io.Reader // a post's body without its limit
	ip         string
	sessionErr error
}

// Session is what the page frame shows of who is signed in. Zero for nobody.
type Session struct {
	Actor    access.Actor
	Name     string    // of the person
	Place    string    // "Juzgado Tercero Familiar, Toluca"
	IdleEnds time.Time // without another request
	Ends     time.Time // in any case
}

// IP is the address of the client: of the connection, or with Options.TrustProxy what
// the nearest proxy saw. Empty when it is not an address.
func (r *Request) IP() string { return r.ip }

// Autosave tells whether a script saves a draft in the background: answer with
// [Saved] instead of a page.
func (r *Request) Autosave() bool { return r.Header.Get("X-Autosave") != "" }

// wantsJSON tells whether a script asks, so that errors are JSON too.
func (r *Request) wantsJSON() bool {
	return r.Autosave() || strings.HasPrefix(r.Header.Get("Accept"), "application/json")
}

type requestKey struct{}

func withRequest(ctx context.Context, r *Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

func requestOf(hr *http.Request) *Request {
	return hr.Context().Value(requestKey{}).(*Request)
}

// clientIP is the address to count requests by.
func clientIP(hr *http.Request, trustProxy bool) string {
	host, _, err := net.SplitHostPort(hr.RemoteAddr)
	if err != nil {
		host = hr.RemoteAddr
	}
	if forwarded := hr.Header.Values("X-Forwarded-For"); trustProxy && len(forwarded) > 0 {
		all := strings.Split(strings.Join(forwarded, ","), ",")
		host = strings.TrimSpace(all[len(all)-1]) // the last one is the proxy's own word
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return ""
	}
	return addr.Unmap().WithZone("").String()
}
