package web

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
)

// ServeHTTP answers one request: id, log, headers, static files, origin check, session,
// language, then the route.
func (rt *Router) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	started := time.Now()
	r := &Request{
		Request: hr, Now: rt.o.Clock.Now(), ID: rt.requestID(hr), ip: clientIP(hr, rt.o.TrustProxy),
	}
	r.Actor = access.Anonymous(r.ID)
	r.Lang = rt.lang(hr)
	out := &recorder{ResponseWriter: w}
	rt.setHeaders(out.Header(), r.ID)
	defer func() { rt.logAccess(r, out, time.Since(started)) }()
	defer func() {
		if p := recover(); p != nil {
			rt.recovered(out, r, p)
		}
	}()
	r.Request = hr.WithContext(withRequest(i18n.With(hr.Context(), r.Lang), r))
	rt.serve(out, r)
}

func (rt *Router) serve(w http.ResponseWriter, r *Request) {
	if strings.HasPrefix(r.URL.Path, staticPrefix) || r.URL.Path == "/favicon.ico" {
		if !rt.assets.serve(w, r) {
			rt.fail(w, r, fault.Missing())
		}
		return
	}
	if err := rt.origin.Check(r.Request); err != nil {
		rt.fail(w, r, &crossOrigin{err})
		return
	}
	rt.signIn(r)
	if rt.switchLang(w, r) {
		return
	}
	if _, pattern := rt.mux.Handler(r.Request); pattern != "" {
		rt.mux.ServeHTTP(w, r.Request)
		return
	}
	rt.unrouted(w, r)
}

// signIn finds the session of the request's cookie. A failure other than "no session"
// is kept for the route: pages that need no session still answer.
func (rt *Router) signIn(r *Request) {
	cookie, err := r.Cookie(rt.cookieName())
	if err != nil || cookie.Value == "" {
		return
	}
	session, err := rt.o.Authenticate(r.Context(), cookie.Value, r.ID, r.Now)
	switch {
	case err == nil:
		r.Session, r.Actor = session, session.Actor
		r.Actor.Request = r.ID
	case fault.Is(err, fault.Unauthenticated) || fault.Is(err, fault.NotFound):
	default:
		r.sessionErr = err
	}
}

// unrouted answers an address without a route: without its trailing slash, or with
// another method, there may be one.
func (rt *Router) unrouted(w http.ResponseWriter, r *Request) {
	if p := strings.TrimRight(r.URL.Path, "/"); p != r.URL.Path && p != "" && r.Method != http.MethodPost && rt.routed(http.MethodGet, p) {
		target := &url.URL{Path: p, RawQuery: r.URL.RawQuery}
		w.Header().Set("Location", LocalPath(target.String()))
		w.WriteHeader(http.StatusPermanentRedirect)
		return
	}
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if rt.routed(method, r.URL.Path) {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		rt.fail(w, r, &wrongMethod{r.Method})
		return
	}
	rt.fail(w, r, fault.Missing())
}

// routed tells whether a page of this method lives at a path.
func (rt *Router) routed(method, path string) bool {
	probe := &http.Request{Method: method, URL: &url.URL{Path: path}}
	h, pattern := rt.mux.Handler(probe)
	_, ours := h.(*endpoint)
	return pattern != "" && ours
}

// answer sends what a handler gave back.
func (rt *Router) answer(w http.ResponseWriter, r *Request, response Response, err error) {
	if err == nil && response == nil {
		err = errors.New("web: the handler gave neither response nor error")
	}
	if err == nil {
		err = response.send(rt, w, r)
	}
	if err != nil {
		rt.fail(w, r, err)
	}
}

// maxResume is the largest post that the sign-in page carries along, in bytes.
const maxResume = 256 << 10

// askSignIn answers a request that needs a session and has none.
func (rt *Router) askSignIn(w http.ResponseWriter, r *Request) {
	if r.Method != http.MethodPost {
		rt.answer(w, r, Redirect(signInPath(r.URL.RequestURI())), nil)
		return
	}
	resume := "/"
	if rt.routed(http.MethodGet, r.URL.Path) {
		resume = r.URL.Path
	}
	if rt.o.SignInAgain != nil && !r.route.Upload {
		r.Body = http.MaxBytesReader(w, r.Body, maxResume)
		if form, err := r.Form(); err == nil {
			rt.answer(w, r, rt.o.SignInAgain(r, r.URL.Path, form.Values), nil)
			return
		}
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, maxResume))
	rt.answer(w, r, Redirect(signInPath(resume)), nil)
}

func signInPath(resume string) string {
	return "/entrar?" + url.Values{"seguir": {LocalPath(resume)}}.Encode()
}

// recovered answers after a panic and logs where it happened.
func (rt *Router) recovered(out *recorder, r *Request, p any) {
	if p == http.ErrAbortHandler {
		panic(p)
	}
	rt.log.ErrorContext(r.Context(), "panic", "request", r.ID, "route", r.route.Path, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	if out.status != 0 {
		panic(http.ErrAbortHandler) // half an answer must not look whole
	}
	rt.fail(out, r, fmt.Errorf("web: panic: %v", p))
}

// logAccess writes one line without personal data: the route, not the address, which
// may hold an id or a one-time code.
func (rt *Router) logAccess(r *Request, out *recorder, took time.Duration) {
	level := slog.LevelInfo
	if out.status >= 500 {
		level = slog.LevelError
	}
	rt.log.Log(r.Context(), level, "request", "request", r.ID, "method", r.Method, "route", r.route.Path,
		"status", out.status, "bytes", out.bytes, "ms", took.Milliseconds(), "actor", r.Actor.Name())
}

var requestIDForm = regexp.MustCompile(`^[0-9A-Za-z-]{8,64}$`)

// requestID names the request: twelve characters that can be read out over a telephone,
// or what the proxy gave.
func (rt *Router) requestID(hr *http.Request) string {
	if given := hr.Header.Get("X-Request-Id"); rt.o.TrustProxy && requestIDForm.MatchString(given) {
		return given
	}
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails
	id := readable.EncodeToString(random[:])
	return id[:4] + "-" + id[4:8] + "-" + id[8:12]
}

// readable has no letters that look alike.
var readable = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// recorder remembers what was sent, for the log and so that an error page is never
// written into half a page.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader notes the status.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// ReadFrom lets a file go out by the fast way of the connection.
func (w *recorder) ReadFrom(from io.Reader) (int64, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := io.Copy(w.ResponseWriter, from)
	w.bytes += n
	return n, err
}

// Unwrap is for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
