package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// halfPage writes something and then fails.
type halfPage struct{}

func (halfPage) Render(_ context.Context, w io.Writer) error {
	_, _ = io.WriteString(w, "half")
	return errors.New("broken")
}

var redirects = []struct{ name, to, want string }{
	{"a path", "/casos/7?q=1#a", "/casos/7?q=1#a"},
	{"home", "/", "/"},
	{"nothing", "", "/"},
	{"another site", "https://evil.example/", "/"},
	{"without scheme", "//evil.example/", "/"},
	{"three slashes", "///evil.example", "/"},
	{"a backslash", `/\evil.example`, "/"},
	{"an escaped backslash", "/%5Cevil.example", "/"},
	{"an escaped slash", "/%2F/evil.example", "/"},
	{"a tab", "/\t/evil.example", "/"},
	{"a line end", "/a\r\nSet-Cookie: x=1", "/"},
	{"a script", "javascript:alert(1)", "/"},
	{"a user", "//user@evil.example", "/"},
	{"a relative path", "casos", "/"},
	{"a bad escape", "/%zz", "/"},
}

func TestRedirectStaysHere(t *testing.T) {
	for _, test := range redirects {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t, nil)
			s.Handle("POST /a", access.SelfManage, func(*web.Request) (web.Response, error) { return web.Redirect(test.to), nil })
			w := s.post("/a", "", as(clerkToken))
			wantStatus(t, w, http.StatusSeeOther)
			wantHeader(t, w, "Location", test.want)
		})
	}
}

// FuzzLocalPath looks for an address that leaves the site.
func FuzzLocalPath(f *testing.F) {
	for _, test := range redirects {
		f.Add(test.to)
	}
	base, _ := url.Parse("https://sigue.example/a/b")
	f.Fuzz(func(t *testing.T, to string) {
		got := web.LocalPath(to)
		u, err := base.Parse(got)
		if err != nil || u.Host != base.Host || u.Scheme != base.Scheme || strings.ContainsAny(got, "\\\r\n\t") {
			t.Errorf("got %q for %q, which leads to %v (%v)", got, to, u, err)
		}
		if web.LocalPath(got) != got {
			t.Errorf("got %q from %q, which is not kept as it is", web.LocalPath(got), got)
		}
	})
}

func TestSessionCookie(t *testing.T) {
	for _, test := range []struct {
		name   string
		secure bool
		answer func(web.Response) web.Response
		want   string
	}{
		{"over https", true, func(r web.Response) web.Response { return web.SetSession(r, "t0", noon.Add(time.Hour)) },
			"__Host-sigue=t0; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax"},
		{"over http", false, func(r web.Response) web.Response { return web.SetSession(r, "t0", noon.Add(time.Hour)) },
			"sigue=t0; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax"},
		{"forgotten", true, web.ClearSession, "__Host-sigue=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t, func(o *web.Options) { o.Secure = test.secure })
			s.Handle("POST /entrar", access.SessionOpen, func(*web.Request) (web.Response, error) {
				return test.answer(web.Redirect("/hoy")), nil
			})
			w := s.post("/entrar", "")
			wantStatus(t, w, http.StatusSeeOther)
			wantHeader(t, w, "Set-Cookie", test.want)
			wantHeader(t, w, "Location", "/hoy")
		})
	}
}

func TestFileIsSafe(t *testing.T) {
	for _, test := range []struct {
		name, file, kind string
		inline           bool
		disposition      string
		sandbox          bool
	}{
		{"a PDF to read", "acuse.pdf", "application/pdf", true, `inline; filename=acuse.pdf`, false},
		{"a PDF to keep", "acuse.pdf", "application/pdf", false, `attachment; filename=acuse.pdf`, true},
		{"a photo", "foto 1.jpg", "image/jpeg", true, `inline; filename="foto 1.jpg"`, true},
		{"a page is never shown", "a.html", "text/html", true, `attachment; filename=a.html`, true},
		{"nor a drawing", "a.svg", "image/svg+xml", true, `attachment; filename=a.svg`, true},
		{"a Spanish name", "Resolución Ñ.pdf", "application/pdf", false, `attachment; filename*=utf-8''Resoluci%C3%B3n%20%C3%91.pdf`, true},
		{"a path", `..\..\etc/pass"wd`, "image/png", false, `attachment; filename="pass\"wd"`, true},
		{"a header", "a\r\nX-Evil: 1.png", "image/png", false, `attachment; filename="aX-Evil: 1.png"`, true},
		{"no name", "", "image/png", false, `attachment; filename=archivo`, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t, nil)
			s.Handle("GET /f", access.ReferralRead, func(*web.Request) (web.Response, error) {
				return web.File(test.file, test.kind, 4, io.NopCloser(strings.NewReader("data")), test.inline), nil
			})
			w := s.get("/f", as(clerkToken))
			wantStatus(t, w, http.StatusOK)
			wantHeader(t, w, "Content-Disposition", test.disposition)
			wantHeader(t, w, "Content-Type", test.kind)
			wantHeader(t, w, "Content-Length", "4")
			wantHeader(t, w, "X-Content-Type-Options", "nosniff")
			wantHeader(t, w, "Cache-Control", "no-store")
			policy := w.Header().Get("Content-Security-Policy")
			wantIn(t, policy, "default-src 'none'")
			if got := strings.HasSuffix(policy, "sandbox"); got != test.sandbox {
				t.Errorf("got policy %q, want sandbox %v", policy, test.sandbox)
			}
		})
	}
}

// closing notes that it was closed, and fails after its words.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

func TestFileIsClosed(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		body := &closing{Reader: strings.NewReader("data")}
		s := newSite(t, nil)
		s.Handle("GET /f", access.ReferralRead, func(*web.Request) (web.Response, error) {
			return web.File("a.png", "image/png", -1, body, false), nil
		})
		w := s.do(httptest.NewRequest(method, "/f", nil), as(clerkToken))
		wantStatus(t, w, http.StatusOK)
		wantHeader(t, w, "Content-Length", "")
		if !body.closed {
			t.Errorf("%s: got an open file", method)
		}
	}
}

func TestBrokenFileIsNotTakenForWhole(t *testing.T) {
	s := newSite(t, nil)
	s.Handle("GET /f", access.ReferralRead, func(*web.Request) (web.Response, error) {
		broken := io.MultiReader(strings.NewReader("first half"), brokenReader{})
		return web.File("a.png", "image/png", -1, io.NopCloser(broken), false), nil
	})
	server := httptest.NewServer(s)
	defer server.Close()
	r, err := http.NewRequest(http.MethodGet, server.URL+"/f", nil)
	if err != nil {
		t.Fatal(err)
	}
	as(clerkToken)(r)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return // cut before the first byte: as good
	}
	defer answer.Body.Close()
	if got, err := io.ReadAll(answer.Body); err == nil {
		t.Errorf("got %q whole, want a broken connection", got)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("disk") }

func TestPageVariants(t *testing.T) {
	s := newSite(t, nil)
	show := func(change func(*web.PageResponse) *web.PageResponse) web.Handler {
		return func(*web.Request) (web.Response, error) { return change(web.Page(i18n.M("A"), text("cuerpo"))), nil }
	}
	s.Handle("GET /wide", access.SelfManage, show((*web.PageResponse).Wide))
	s.Handle("GET /bare", access.SelfManage, show((*web.PageResponse).NoFrame))
	s.Handle("GET /paper", access.SelfManage, show((*web.PageResponse).Print))
	s.Handle("GET /made", access.SelfManage, show(func(p *web.PageResponse) *web.PageResponse { return p.Status(201) }))
	for _, test := range []struct {
		path, holds string
		status      int
		menu        bool
	}{
		{"/wide", `class="wide"`, 200, true}, {"/bare", `class="bare"`, 200, false},
		{"/paper", "data-print", 200, true}, {"/made", "cuerpo", 201, true},
	} {
		w := s.get(test.path, as(clerkToken))
		wantStatus(t, w, test.status)
		wantIn(t, w.Body.String(), test.holds)
		wantIn(t, w.Body.String(), `id="session"`) // the session ends on every page
		if got := strings.Contains(w.Body.String(), `class="menu"`); got != test.menu {
			t.Errorf("%s: got menu %v, want %v", test.path, got, test.menu)
		}
	}
}

func TestMenuMarksWhereOneIs(t *testing.T) {
	s := newSite(t, nil)
	for _, path := range []string{"/canalizaciones", "/canalizaciones/nueva", "/canalizaciones/{referral}", "/canalizacionesx", "/panel/{referral}"} {
		s.Handle("GET "+path, access.SelfManage, hello)
	}
	for _, test := range []struct{ path, current string }{
		{"/canalizaciones", `href="/canalizaciones" aria-current="page"`},
		{"/canalizaciones/7", `href="/canalizaciones" aria-current="page"`},
		{"/canalizaciones/nueva", `href="/canalizaciones/nueva" aria-current="page"`},
		{"/panel/7", `href="/canalizaciones" aria-current="page"`},
		{"/canalizacionesx", ""},
	} {
		html := s.get(test.path, as(clerkToken)).Body.String()
		wantIn(t, html, test.current)
		want := 1
		if test.current == "" {
			want = 0
		}
		if got := strings.Count(html, `aria-current="page"`); got != want {
			t.Errorf("%s: got %d entries marked, want %d", test.path, got, want)
		}
	}
}

// TestMenuKeepsAPlaceForTheRest: what is used less is behind "Más", and the page one is
// at is marked there too.
func TestMenuKeepsAPlaceForTheRest(t *testing.T) {
	entries := func(n int) []web.MenuItem {
		var out []web.MenuItem
		for i := range n {
			out = append(out, web.MenuItem{Label: i18n.M("Hoy"), Path: fmt.Sprintf("/entrada-%d", i), Permission: access.SelfManage})
		}
		return out
	}
	for _, test := range []struct {
		name                string
		entries             int
		bar, more           int
		behind, narrowAlone bool
	}{
		{"few", 4, 4, 0, false, false},
		{"more than a phone holds", 5, 5, 2, false, true},
		{"one too many is no reason", 9, 9, 6, false, true},
		{"more than the bar holds", 10, 8, 7, true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t, func(o *web.Options) { o.Menu = entries(test.entries) })
			last := fmt.Sprintf("/entrada-%d", test.entries-1)
			s.Handle("GET "+last, access.SelfManage, hello)
			html := s.get(last, as(clerkToken)).Body.String()
			menu, _, _ := strings.Cut(html, "</nav>")
			bar, more, _ := strings.Cut(menu, "<details>")
			if got := strings.Count(bar, `href="/entrada-`); got != test.bar {
				t.Errorf("bar: got %d, want %d", got, test.bar)
			}
			if got := strings.Count(more, `href="/entrada-`); got != test.more {
				t.Errorf("behind: got %d, want %d", got, test.more)
			}
			if got := strings.Contains(html, `<summary aria-current="true">`); got != test.behind {
				t.Errorf("marked behind: got %v, want %v", got, test.behind)
			}
			if got := strings.Contains(html, `<li class="more narrowonly">`); got != test.narrowAlone {
				t.Errorf("only for a narrow screen: got %v, want %v", got, test.narrowAlone)
			}
			wantIn(t, html, fmt.Sprintf("href=%q aria-current=\"page\"", last))
		})
	}
}
