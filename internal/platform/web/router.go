package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
)

// Handler answers one request with a page or another Response, or with an error whose
// kind decides the error page.
type Handler func(r *Request) (Response, error)

// Options is what the router is built from. Clock and Authenticate are required.
type Options struct {
	Clock   clock.Clock
	Log     *slog.Logger // nil keeps the default logger
	Secure  bool         // served over https: __Host- cookies, HSTS
	BaseURL string       // "https://sigue.example", trusted as origin behind a proxy

	// Authenticate finds the session of a cookie's token; fault.Unauthenticated when
	// there is none.
	Authenticate func(ctx context.Context, token, requestID string, now time.Time) (Session, error)
	// SignInAgain renders the sign-in page for a post whose session had ended, holding
	// what was typed; nil redirects to the sign-in. The body is at most 256 KB.
	SignInAgain func(r *Request, resumePath string, body url.Values) Response
	// Denied is told of each request of a signed-in actor that was answered 404.
	Denied func(ctx context.Context, actor access.Actor, method, path string)

	Menu       []MenuItem
	Branding   Branding
	Demo       bool
	Banner     i18n.Msg // shown on every page of a demonstration
	TrustProxy bool     // believe X-Forwarded-For and X-Request-Id
	MaxBody    int64    // bytes of a post that is not an upload; 0 is 1 MB
}

// MenuItem is one entry of the main menu, shown to whoever holds its permission.
type MenuItem struct {
	Label      i18n.Msg
	Path       string
	Permission access.Permission
	Also       []string // beginnings of other paths that belong to the entry
}

// Route is one registered route, for tests that walk them all.
type Route struct {
	Method, Path string
	Permission   access.Permission
	Params       []string // names of the path's wildcards
	Upload       bool
}

// Router is the site's http.Handler. Register every route before serving.
type Router struct {
	o      Options
	mux    *http.ServeMux
	routes []Route
	origin *http.CrossOriginProtection
	assets *assets
	log    *slog.Logger
}

// NewRouter makes a router that serves the static files and no page yet. It panics
// when the options cannot work.
func NewRouter(o Options) *Router {
	if o.Clock == nil || o.Authenticate == nil {
		panic("web: Options needs Clock and Authenticate")
	}
	if o.MaxBody == 0 {
		o.MaxBody = 1 << 20
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	o.Branding = o.Branding.withDefaults()
	if err := o.Branding.Check(); err != nil {
		panic(err)
	}
	rt := &Router{o: o, mux: http.NewServeMux(), origin: http.NewCrossOriginProtection(), log: o.Log}
	if o.BaseURL != "" {
		if err := rt.origin.AddTrustedOrigin(strings.TrimRight(o.BaseURL, "/")); err != nil {
			panic(fmt.Errorf("web: Options.BaseURL: %w", err))
		}
	}
	rt.assets = newAssets(o.Branding)
	return rt
}

// Handle registers a page: "GET /canalizaciones/{referral}" or "POST …". It panics when
// the permission is missing or the pattern is malformed or taken.
func (rt *Router) Handle(pattern string, p access.Permission, h Handler) {
	rt.handle(pattern, p, rt.o.MaxBody, false, h)
}

// HandleUpload registers a POST that streams its multipart body itself
// (r.MultipartReader); limit is in bytes, over the whole body.
func (rt *Router) HandleUpload(pattern string, p access.Permission, limit int64, h Handler) {
	rt.handle(pattern, p, limit, true, h)
}

// Routes lists every registered route, in the order of registration.
func (rt *Router) Routes() []Route { return append([]Route(nil), rt.routes...) }

var (
	patternForm = regexp.MustCompile(`^(GET|POST) (/\S*)$`)
	wildcard    = regexp.MustCompile(`\{([a-z_]+)(?:\.\.\.)?\}`)
)

func (rt *Router) handle(pattern string, p access.Permission, limit int64, upload bool, h Handler) {
	parts := patternForm.FindStringSubmatch(pattern)
	if parts == nil {
		panic(fmt.Sprintf("web: pattern %q is not \"GET /…\" or \"POST /…\"", pattern))
	}
	if p == "" {
		panic(fmt.Sprintf("web: %s has no permission", pattern))
	}
	if h == nil {
		panic(fmt.Sprintf("web: %s has no handler", pattern))
	}
	route := Route{Method: parts[1], Path: parts[2], Permission: p, Upload: upload}
	for _, name := range wildcard.FindAllStringSubmatch(route.Path, -1) {
		route.Params = append(route.Params, name[1])
	}
	rt.mux.Handle(pattern, &endpoint{rt: rt, route: route, limit: limit, handler: h})
	rt.routes = append(rt.routes, route)
}

// endpoint is one route at work.
type endpoint struct {
	rt      *Router
	route   Route
	limit   int64
	handler Handler
}

// ServeHTTP runs the handler for an actor who may, and answers.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	r := requestOf(hr)
	r.Request = hr // the mux filled in the path's values
	r.route = e.route
	if hr.Method == http.MethodPost {
		r.raw = hr.Body
		hr.Body = http.MaxBytesReader(w, hr.Body, e.limit)
	}
	response, err := e.run(r)
	e.rt.answer(w, r, response, err)
}

func (e *endpoint) run(r *Request) (Response, error) {
	anonymous := access.Anonymous(r.ID)
	switch {
	case r.Actor.May(e.route.Permission):
	case anonymous.May(e.route.Permission):
		r.Actor = anonymous
	case r.Actor.SignedIn():
		return nil, fault.Missing()
	case r.sessionErr != nil:
		return nil, r.sessionErr
	default:
		return nil, signInFirst()
	}
	for _, name := range e.route.Params {
		if v := r.PathValue(name); !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
			return nil, fault.Missing() // no id looks so, and PostgreSQL would refuse the text
		}
	}
	return e.handler(r)
}

func signInFirst() error {
	return fault.New(fault.Unauthenticated, i18n.M("Su sesión terminó. Entre de nuevo para continuar."))
}
