package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
)

// Response is what a handler answers with. The kinds are those this package makes.
type Response interface {
	// send writes the answer. An error means that nothing was written yet.
	send(rt *Router, w http.ResponseWriter, r *Request) error
}

// PageResponse is a page inside the frame.
type PageResponse struct {
	title   i18n.Msg
	body    templ.Component
	status  int
	wide    bool
	noFrame bool
	alone   bool
	print   bool
}

// Page makes a page with a title and a body, which is rendered whole before anything is
// sent.
func Page(title i18n.Msg, body templ.Component) *PageResponse {
	return &PageResponse{title: title, body: body}
}

// Status sets the status code; without it 200, or 422 when the form has errors.
func (p *PageResponse) Status(code int) *PageResponse { p.status = code; return p }

// Wide lets the page use the whole width, for dense lists.
func (p *PageResponse) Wide() *PageResponse { p.wide = true; return p }

// NoFrame leaves out menu and footer, for pages that show one thing: a kiosk, a public
// check.
func (p *PageResponse) NoFrame() *PageResponse { p.noFrame = true; return p }

// Alone leaves out all that leads to another page too: whoever stands before a kiosk finds
// nothing else behind it.
func (p *PageResponse) Alone() *PageResponse { p.noFrame, p.alone = true, true; return p }

// Print marks a page that people print: a letterhead, and a button to print.
func (p *PageResponse) Print() *PageResponse { p.print = true; return p }

func (p *PageResponse) send(rt *Router, w http.ResponseWriter, r *Request) error {
	html, status, err := p.render(rt, r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	return write(w, r, status, html)
}

// render gives the page's HTML and status. The body comes first: its parts report
// whether the form has errors, which the title tells. Such a body is rendered once more,
// now that the order of its fields is known to the list of errors above them.
func (p *PageResponse) render(rt *Router, r *Request) ([]byte, int, error) {
	seen := &notes{fields: map[string]int{}}
	ctx := context.WithValue(i18n.With(r.Context(), r.Lang), notesKey{}, seen)
	var body bytes.Buffer
	for pass := 1; pass == 1 || (pass == 2 && seen.status != 0); pass++ {
		body.Reset()
		if err := p.body.Render(ctx, &body); err != nil {
			return nil, 0, fmt.Errorf("web: rendering %q: %w", p.title.Key, err)
		}
	}
	status := p.status
	if status == 0 {
		status = max(http.StatusOK, seen.status)
	}
	var page bytes.Buffer
	page.Grow(body.Len() + 8<<10)
	view := rt.newFrame(r, p, seen.status != 0)
	if err := frameView(view, templ.Raw(body.String())).Render(ctx, &page); err != nil {
		return nil, 0, fmt.Errorf("web: rendering the frame: %w", err)
	}
	return page.Bytes(), status, nil
}

// notes is what a page's parts report while they are rendered.
type notes struct {
	status int            // of a form with errors
	fields map[string]int // field names in the order of the page
}

type notesKey struct{}

func notesOf(ctx context.Context) *notes {
	if seen, ok := ctx.Value(notesKey{}).(*notes); ok {
		return seen
	}
	return &notes{fields: map[string]int{}} // a part rendered alone, by a test
}

// failed reports a form with errors.
func (n *notes) failed(f *Form) {
	if !f.Failed() {
		return
	}
	n.status = http.StatusUnprocessableEntity
	if f.conflict {
		n.status = http.StatusConflict
	}
}

// field reports that a field stands on the page.
func (n *notes) field(name string) {
	if _, known := n.fields[name]; !known {
		n.fields[name] = len(n.fields)
	}
}

// write sends a whole body.
func write(w http.ResponseWriter, r *Request, status int, body []byte) error {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client went away: nobody to tell
	}
	return nil
}

type redirect string

// Redirect answers 303 See Other to a path of this site. Any other target goes to the
// home page: a redirect never leaves the site.
func Redirect(to string) Response { return redirect(LocalPath(to)) }

func (to redirect) send(_ *Router, w http.ResponseWriter, _ *Request) error {
	w.Header().Set("Location", string(to))
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// LocalPath gives back a path with query of this site, or "/" for anything else, such as
// another site's address in one of the forms that browsers accept.
func LocalPath(to string) string {
	u, err := url.Parse(to)
	bad := err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" ||
		!strings.HasPrefix(to, "/") || strings.HasPrefix(u.Path, "//") || strings.HasPrefix(to, "//") ||
		strings.ContainsAny(to, "\\\x00\r\n\t") || strings.Contains(u.Path, "\\")
	if bad {
		return "/"
	}
	return u.String()
}

type noContent struct{}

// NoContent answers 204.
func NoContent() Response { return noContent{} }

func (noContent) send(_ *Router, w http.ResponseWriter, _ *Request) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

type jsonResponse struct {
	status int
	value  any
}

// JSON answers a script with a struct, or a slice of structs.
func JSON(v any) Response { return jsonResponse{http.StatusOK, v} }

func (j jsonResponse) send(_ *Router, w http.ResponseWriter, r *Request) error {
	t := reflect.TypeOf(j.value)
	for t != nil && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice) {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return fmt.Errorf("web: JSON of %T: only structs", j.value)
	}
	body, err := json.Marshal(j.value)
	if err != nil {
		return fmt.Errorf("web: JSON: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	return write(w, r, j.status, body)
}

type saved struct {
	Version int    `json:"version"`
	Saved   string `json:"saved"`
}

// Saved answers an autosave: the draft's new version and when it was saved.
func Saved(version int, at time.Time) Response {
	return JSON(saved{version, at.In(clock.Zone()).Format("15:04")})
}

type fill struct {
	Fields  map[string]string `json:"fields"`
	Message string            `json:"message"`
}

// Fill answers a field with data-fill: values for other fields of the same form by name,
// dates as dd/mm/aaaa, and a sentence to announce.
func Fill(r *Request, message i18n.Msg, fields map[string]string) Response {
	return JSON(fill{fields, message.In(r.Lang)})
}

type sessionEnds struct {
	Idle int64 `json:"idle"`
	Ends int64 `json:"ends"`
	Now  int64 `json:"now"`
}

// SessionEnds answers the session dialog: when the session now ends.
func SessionEnds(r *Request, s Session) Response {
	return JSON(sessionEnds{s.IdleEnds.Unix(), s.Ends.Unix(), r.Now.Unix()})
}

type file struct {
	name, kind string
	size       int64
	body       io.ReadCloser
	inline     bool
}

// File streams a file of size bytes (negative when unknown) and closes body. It is shown
// in the browser only when inline and of a kind that cannot run anything; everything
// else is downloaded.
func File(name, contentType string, size int64, body io.ReadCloser, inline bool) Response {
	return &file{name, contentType, size, body, inline}
}

// shown lists what a browser may show: kinds that hold no script of the page's origin.
var shown = map[string]bool{
	"application/pdf": true, "image/png": true, "image/jpeg": true, "text/plain; charset=utf-8": true,
}

func (f *file) send(_ *Router, w http.ResponseWriter, r *Request) error {
	defer f.body.Close()
	h := w.Header()
	disposition := "attachment"
	if f.inline && shown[f.kind] {
		disposition = "inline"
	}
	h.Set("Content-Disposition", dispositionOf(disposition, f.name))
	h.Set("Content-Type", f.kind)
	h.Set("Content-Security-Policy", filePolicy(f.kind, disposition))
	if f.size >= 0 {
		h.Set("Content-Length", strconv.FormatInt(f.size, 10))
	}
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	if _, err := io.Copy(w, f.body); err != nil {
		// The status is gone: cut the connection, so that nobody takes half a file for whole.
		panic(http.ErrAbortHandler)
	}
	return nil
}

// filePolicy forbids a file everything. The sandbox would also forbid the browser's own
// PDF viewer, so a PDF shown in place goes without it.
func filePolicy(kind, disposition string) string {
	if kind == "application/pdf" && disposition == "inline" {
		return "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'none'"
	}
	return "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'none'; sandbox"
}

// dispositionOf writes the header with a name that holds no path and no control
// character, in UTF-8 where it needs it (RFC 6266).
func dispositionOf(disposition, name string) string {
	name = path.Base(strings.ReplaceAll(Clean(name), "\\", "/"))
	name = strings.NewReplacer("\n", "", "\t", " ").Replace(name)
	if name == "" || name == "." || name == "/" || name == ".." {
		name = "archivo"
	}
	return mime.FormatMediaType(disposition, map[string]string{"filename": name})
}

// withCookie is a response that also sets a cookie.
type withCookie struct {
	Response
	token string
	ends  time.Time
}

// SetSession adds the session's cookie to a response; it lasts until ends.
func SetSession(r Response, token string, ends time.Time) Response {
	return withCookie{r, token, ends}
}

// ClearSession adds to a response that the browser forgets the session's cookie.
func ClearSession(r Response) Response { return withCookie{Response: r} }

func (c withCookie) send(rt *Router, w http.ResponseWriter, r *Request) error {
	cookie := &http.Cookie{
		Name: rt.cookieName(), Value: c.token, Path: "/", Secure: rt.o.Secure,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: -1,
	}
	if c.token != "" {
		cookie.MaxAge = max(1, int(c.ends.Sub(r.Now).Seconds()))
	}
	http.SetCookie(w, cookie)
	return c.Response.send(rt, w, r)
}

// cookieName has the prefix by which browsers refuse the cookie from a subdomain or
// without https.
func (rt *Router) cookieName() string {
	if rt.o.Secure {
		return "__Host-sigue"
	}
	return "sigue"
}
