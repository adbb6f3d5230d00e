package web_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

func TestHandleRefuses(t *testing.T) {
	for _, test := range []struct {
		name, pattern string
		permission    access.Permission
		handler       web.Handler
	}{
		{"a route without permission", "GET /a", "", hello},
		{"a route without handler", "GET /a", access.SelfManage, nil},
		{"a pattern without method", "/a", access.SelfManage, hello},
		{"a method that no page uses", "DELETE /a", access.SelfManage, hello},
		{"a host", "GET example.test/a", access.SelfManage, hello},
		{"a pattern that is taken", "GET /taken/{id}", access.SelfManage, hello},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t, nil)
			s.Handle("GET /taken/{referral}", access.SelfManage, hello)
			defer func() {
				if recover() == nil {
					t.Errorf("got %q registered, want a panic", test.pattern)
				}
			}()
			s.Handle(test.pattern, test.permission, test.handler)
		})
	}
}

func TestRoutesListsWhatWasRegistered(t *testing.T) {
	s := newSite(t, nil)
	s.Handle("GET /casos/{referral}/papeles/{rest...}", access.ReferralRead, hello)
	s.HandleUpload("POST /casos/{referral}/papeles", access.ReferralWrite, 1, hello)
	s.Handle("GET /{$}", access.SelfManage, hello)
	want := []web.Route{
		{Method: "GET", Path: "/casos/{referral}/papeles/{rest...}", Permission: access.ReferralRead, Params: []string{"referral", "rest"}},
		{Method: "POST", Path: "/casos/{referral}/papeles", Permission: access.ReferralWrite, Params: []string{"referral"}, Upload: true},
		{Method: "GET", Path: "/{$}", Permission: access.SelfManage},
	}
	if got := s.Routes(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestWhoMayEnter(t *testing.T) {
	s := newSite(t, nil)
	s.Handle("GET /casos/{referral}", access.ReferralRead, hello)
	s.Handle("GET /bitacora", access.LedgerRead, hello)
	s.Handle("GET /entrar", access.SessionOpen, func(r *web.Request) (web.Response, error) {
		return web.Page(i18n.M("Entrar"), text(r.Actor.Name()+" "+r.Session.Place)), nil
	})
	for _, test := range []struct {
		name, path, token string
		status            int
		holds             string
		denied            int
	}{
		{"whoever holds the permission", "/casos/7", clerkToken, 200, "hola 7", 0},
		{"who lacks it sees nothing", "/bitacora", clerkToken, 404, "No encontramos", 1},
		{"nobody is sent to the sign-in", "/casos/7", "", 303, "", 0},
		{"an old cookie is nobody", "/casos/7", "forgotten", 303, "", 0},
		{"nobody opens the sign-in", "/entrar", "", 200, "anonymous ", 0},
		{"the sign-in knows who is signed in", "/entrar", clerkToken, 200, "anonymous Juzgado Tercero", 0},
		{"a broken session is no sign-out", "/casos/7", brokenToken, 500, "Algo falló", 0},
		{"the sign-in works with a broken session", "/entrar", brokenToken, 200, "anonymous", 0},
		{"an id that is no text", "/casos/%FF", clerkToken, 404, "No encontramos", 1},
		{"an id with a zero byte", "/casos/a%00b", clerkToken, 404, "No encontramos", 1},
		{"an unknown address", "/nada", clerkToken, 404, "No encontramos", 1},
		{"an unknown address, nobody", "/nada", "", 404, "No encontramos", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			s.denied = nil
			var options []option
			if test.token != "" {
				options = append(options, as(test.token))
			}
			w := s.get(test.path, options...)
			wantStatus(t, w, test.status)
			wantIn(t, w.Body.String(), test.holds)
			if len(s.denied) != test.denied {
				t.Errorf("got %v reported, want %d", s.denied, test.denied)
			}
		})
	}
}

func TestDeniedNamesWhoAndWhat(t *testing.T) {
	s := newSite(t, nil)
	s.Handle("GET /casos/{referral}", access.ReferralRead, func(*web.Request) (web.Response, error) { return nil, fault.Missing() })
	s.get("/casos/77?q=secreto", as(clerkToken))
	if want := []string{"account:a1 GET /casos/77"}; !reflect.DeepEqual(s.denied, want) {
		t.Errorf("got %v, want %v", s.denied, want)
	}
}

func TestErrorPages(t *testing.T) {
	for _, test := range []struct {
		name   string
		err    error
		status int
		holds  []string
		never  string
	}{
		{"not found", fault.Missing(), 404, []string{"No encontramos", "Ir al inicio"}, "Número"},
		{"conflict", fault.New(fault.Conflict, i18n.M("Ya la aceptó Recepción.")), 409, []string{"Ya la aceptó", "El registro ya cambió"}, ""},
		{"invalid", fault.New(fault.Invalid, i18n.M("Elija un centro.")), 422, []string{"Elija un centro."}, ""},
		{"too large", fault.New(fault.TooLarge, i18n.M("Pesa 60 MB.")), 413, []string{"Pesa 60 MB."}, ""},
		{"too many", fault.New(fault.TooMany, i18n.M("Despacio.")), 429, []string{"Despacio."}, ""},
		{"unavailable", fault.Wrap(fault.Unavailable, i18n.M("El archivo no responde."), errors.New("dial tcp")), 503, []string{"El archivo no responde.", "Mesa de ayuda", "Número"}, "dial tcp"},
		{"ours", errors.New("pq: relation"), 500, []string{"Algo falló", "Número de la falla", "Mesa de ayuda: 722"}, "pq:"},
		{"internal with a sentence", fault.Wrap(fault.Internal, i18n.M("private"), nil), 500, []string{"Algo falló"}, "private"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t, nil)
			s.Handle("GET /a", access.SelfManage, func(*web.Request) (web.Response, error) { return nil, test.err })
			w := s.get("/a", as(clerkToken))
			wantStatus(t, w, test.status)
			html := w.Body.String()
			for _, want := range test.holds {
				wantIn(t, html, want)
			}
			if test.never != "" {
				wantNotIn(t, html, test.never)
			}
			wantNoInline(t, html)
			wantHeader(t, w, "Cache-Control", "no-store")
			if test.status >= 500 {
				wantIn(t, html, w.Header().Get("X-Request-Id"))
				wantIn(t, s.log.String(), w.Header().Get("X-Request-Id"))
			}
		})
	}
}

func TestErrorsForScriptsAreJSON(t *testing.T) {
	s := newSite(t, nil)
	s.Handle("POST /a", access.SelfManage, func(*web.Request) (web.Response, error) {
		f := fault.Form{}
		f.Add("curp", i18n.M("El último dígito no corresponde."))
		return nil, f.Err()
	})
	for _, test := range []struct {
		name    string
		options []option
		status  int
		want    string
	}{
		{"a form's errors", []option{as(clerkToken), header("X-Autosave", "1")}, 422, `{"message":"Revise los datos marcados.","fields":{"curp":"El último dígito no corresponde."}}`},
		{"no session", []option{header("X-Autosave", "1")}, 401, `{"message":"Su sesión terminó. Entre de nuevo para continuar."}`},
		{"by Accept", []option{header("Accept", "application/json")}, 401, `{"message":"Su sesión terminó. Entre de nuevo para continuar."}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := s.post("/a", "curp=x", test.options...)
			wantStatus(t, w, test.status)
			if got := w.Body.String(); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			wantHeader(t, w, "Content-Type", "application/json")
		})
	}
}

func TestPanicIsAnErrorPage(t *testing.T) {
	s := newSite(t, nil)
	s.Handle("GET /a", access.SelfManage, func(*web.Request) (web.Response, error) { panic("FIDJ850314") })
	w := s.get("/a", as(clerkToken))
	wantStatus(t, w, http.StatusInternalServerError)
	wantNotIn(t, w.Body.String(), "FIDJ850314")
	wantIn(t, s.log.String(), "router_test.go") // the stack
}

func TestFailingBodyLeavesNoHalfPage(t *testing.T) {
	s := newSite(t, nil)
	s.Handle("GET /a", access.SelfManage, func(*web.Request) (web.Response, error) {
		return web.Page(i18n.M("A"), halfPage{}), nil
	})
	w := s.get("/a", as(clerkToken))
	wantStatus(t, w, http.StatusInternalServerError)
	wantNotIn(t, w.Body.String(), "half")
}

func TestNothingAnsweredIsOurFault(t *testing.T) {
	s := newSite(t, nil)
	s.Handle("GET /a", access.SelfManage, func(*web.Request) (web.Response, error) { return nil, nil })
	wantStatus(t, s.get("/a", as(clerkToken)), http.StatusInternalServerError)
}

func TestHeaders(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Secure = true })
	s.Handle("GET /a", access.DocumentVerify, hello)
	for _, path := range []string{"/a", "/nada", s.Static("sigue.css")} {
		t.Run(path, func(t *testing.T) {
			w := s.get(path)
			for name, want := range map[string]string{
				"X-Content-Type-Options":       "nosniff",
				"Referrer-Policy":              "same-origin",
				"Cross-Origin-Opener-Policy":   "same-origin",
				"Cross-Origin-Resource-Policy": "same-origin",
				"Strict-Transport-Security":    "max-age=63072000; includeSubDomains",
			} {
				wantHeader(t, w, name, want)
			}
			policy := w.Header().Get("Content-Security-Policy")
			for _, want := range []string{"default-src 'none'", "script-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
				wantIn(t, policy, want)
			}
			wantNotIn(t, policy, "unsafe")
			if id := w.Header().Get("X-Request-Id"); !regexp.MustCompile(`^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$`).MatchString(id) {
				t.Errorf("got request id %q", id)
			}
		})
	}
}

func TestPostsOfOtherSitesAreRefused(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.BaseURL = "https://sigue.example/" })
	s.Handle("POST /a", access.SelfManage, hello)
	for _, test := range []struct {
		name    string
		options []option
		status  int
	}{
		{"another site", []option{header("Sec-Fetch-Site", "cross-site")}, 403},
		{"another site, old browser", []option{header("Origin", "https://evil.example")}, 403},
		{"a form without origin", []option{header("Origin", "null")}, 403},
		{"our own form", []option{header("Sec-Fetch-Site", "same-origin")}, 200},
		{"our address behind a proxy", []option{header("Origin", "https://sigue.example")}, 200},
		{"no browser", nil, 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			wantStatus(t, s.post("/a", "x=1", append(test.options, as(clerkToken))...), test.status)
		})
	}
}

func TestSignInKeepsTheWayBack(t *testing.T) {
	s := newSite(t, nil)
	s.Handle("GET /casos/{referral}", access.ReferralRead, hello)
	w := s.get("/casos/7?pagina=2&q=a%26b")
	wantStatus(t, w, http.StatusSeeOther)
	wantHeader(t, w, "Location", "/entrar?seguir=%2Fcasos%2F7%3Fpagina%3D2%26q%3Da%2526b")
}

func TestSignInAgainLosesNothing(t *testing.T) {
	long := "facts=" + strings.Repeat("a", 257<<10)
	for _, test := range []struct {
		name, path, body, location, again string
		status                            int
	}{
		{"a form is carried along", "/casos/7", "name=%C3%91and%C3%BA&b=1&b=2", "", "Ñandú", 200},
		{"one too large is not", "/casos/7", long, "/entrar?seguir=%2Fcasos%2F7", "", 303},
		{"an upload is not", "/casos/7/papeles", "name=a", "/entrar?seguir=%2F", "", 303},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t, nil)
			s.Handle("GET /casos/{referral}", access.ReferralWrite, hello)
			s.Handle("POST /casos/{referral}", access.ReferralWrite, hello)
			s.HandleUpload("POST /casos/{referral}/papeles", access.ReferralWrite, 10<<20, hello)
			w := s.post(test.path, test.body)
			wantStatus(t, w, test.status)
			wantHeader(t, w, "Location", test.location)
			if got := s.again.Get("name"); got != test.again {
				t.Errorf("got name %q carried along, want %q", got, test.again)
			}
		})
	}
}

func TestMethodsAndSlashes(t *testing.T) {
	s := newSite(t, nil)
	s.Handle("GET /casos", access.ReferralRead, hello)
	s.Handle("POST /casos/enviar", access.ReferralWrite, hello)
	for _, test := range []struct {
		name, method, path string
		status             int
		header, want       string
	}{
		{"HEAD is answered as GET", "HEAD", "/casos", 200, "", ""},
		{"a slash too many", "GET", "/casos/?q=1", 308, "Location", "/casos?q=1"},
		{"a slash before another host", "GET", "//evil.example/casos/", 404, "", ""},
		{"two slashes", "GET", "//casos", 307, "Location", "/casos"},
		{"a post where there is a page", "POST", "/casos", 405, "Allow", "GET"},
		{"a page where there is a post", "GET", "/casos/enviar", 405, "Allow", "POST"},
		{"a method of nobody", "PUT", "/casos", 405, "Allow", "GET"},
		{"a method nowhere", "DELETE", "/nada", 404, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := s.do(httptest.NewRequest(test.method, test.path, nil), as(clerkToken), func(r *http.Request) {
				r.URL.Path = strings.Split(test.path, "?")[0] // "//host" stays a path
				r.URL.Host = ""
			})
			wantStatus(t, w, test.status)
			if test.header != "" {
				wantHeader(t, w, test.header, test.want)
			}
			if test.method == "HEAD" && w.Body.Len() > 0 {
				t.Errorf("got %d bytes, want none", w.Body.Len())
			}
		})
	}
}

func TestLogHoldsNothingPersonal(t *testing.T) {
	s := newSite(t, nil)
	s.Handle("GET /enlace/{token}", access.SessionOpen, hello)
	s.get("/enlace/geheim-77?curp=FIDJ850314HMCCMN06", header("User-Agent", "agent-x"))
	log := s.log.String()
	for _, unwanted := range []string{"geheim-77", "FIDJ850314", "agent-x", "192.0.2.1"} {
		wantNotIn(t, log, unwanted)
	}
	wantIn(t, log, "route=/enlace/{token} status=200")
}

func TestLanguage(t *testing.T) {
	s := newSite(t, nil)
	s.Handle("GET /a", access.SelfManage, hello)
	s.Handle("POST /b", access.SelfManage, hello)
	english := header("Cookie", "idioma=en; sigue="+clerkToken)

	w := s.get("/a?q=1&lang=en", as(clerkToken))
	wantStatus(t, w, http.StatusSeeOther)
	wantHeader(t, w, "Location", "/a?q=1")
	wantIn(t, w.Header().Get("Set-Cookie"), "idioma=en; Path=/")

	w = s.get("/a?q=1", english)
	wantIn(t, w.Body.String(), `<html lang="en">`)
	wantIn(t, w.Body.String(), "Skip to content")
	wantIn(t, w.Body.String(), `href="/a?lang=es-MX&amp;q=1"`)

	w = s.get("/a", as(clerkToken), header("Accept-Language", "en-US,en"))
	wantIn(t, w.Body.String(), `<html lang="es-MX">`)

	w = s.post("/b", "x=1", english)
	wantIn(t, w.Body.String(), `href="/?lang=es-MX"`) // a post has no address to come back to
}

func TestForwardedAddressOnlyFromAProxy(t *testing.T) {
	for _, test := range []struct {
		name    string
		trust   bool
		options []option
		want    string
	}{
		{"the connection", false, nil, "192.0.2.1"},
		{"a header of the client", false, []option{header("X-Forwarded-For", "203.0.113.9")}, "192.0.2.1"},
		{"what the proxy saw", true, []option{header("X-Forwarded-For", "198.51.100.1, 203.0.113.9")}, "203.0.113.9"},
		{"rubbish", true, []option{header("X-Forwarded-For", "<script>")}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t, func(o *web.Options) { o.TrustProxy = test.trust })
			got := "?"
			s.Handle("GET /a", access.DocumentVerify, func(r *web.Request) (web.Response, error) {
				got = r.IP()
				return web.NoContent(), nil
			})
			wantStatus(t, s.get("/a", test.options...), http.StatusNoContent)
			if got != test.want {
				t.Errorf("got address %q, want %q", got, test.want)
			}
		})
	}
}

func TestRequestIDOfTheProxy(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.TrustProxy = true })
	wantHeader(t, s.get("/a", header("X-Request-Id", "proxy-12345")), "X-Request-Id", "proxy-12345")
	if got := s.get("/a", header("X-Request-Id", "a\tb <script>")).Header().Get("X-Request-Id"); strings.Contains(got, "script") {
		t.Errorf("got %q taken over", got)
	}
}

func TestUploadLimit(t *testing.T) {
	s := newSite(t, nil)
	s.HandleUpload("POST /papeles", access.ReferralWrite, 64, func(r *web.Request) (web.Response, error) {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			return nil, web.BodyError(err)
		}
		return web.JSON(struct{ N int64 }{n}), nil
	})
	w := s.post("/papeles", strings.Repeat("a", 64), as(clerkToken))
	wantStatus(t, w, http.StatusOK)
	wantIn(t, w.Body.String(), `{"N":64}`)
	w = s.post("/papeles", strings.Repeat("a", 65), as(clerkToken))
	wantStatus(t, w, http.StatusRequestEntityTooLarge)
	wantIn(t, w.Body.String(), "demasiado grande")
}

// TestUploadOverLimitGetsItsAnswer sends over a real connection more than fits its
// buffers: the client must still read the answer.
func TestUploadOverLimitGetsItsAnswer(t *testing.T) {
	s := newSite(t, nil)
	s.HandleUpload("POST /papeles", access.ReferralWrite, 64, func(r *web.Request) (web.Response, error) {
		_, err := io.Copy(io.Discard, r.Body)
		return nil, web.BodyError(err)
	})
	server := httptest.NewServer(s)
	defer server.Close()
	r, err := http.NewRequest(http.MethodPost, server.URL+"/papeles", strings.NewReader(strings.Repeat("a", 20<<20)))
	if err != nil {
		t.Fatal(err)
	}
	as(clerkToken)(r)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d, want 413", answer.StatusCode)
	}
}

func TestAnswersForScripts(t *testing.T) {
	s := newSite(t, nil)
	s.Handle("GET /saved", access.SelfManage, func(r *web.Request) (web.Response, error) { return web.Saved(7, r.Now), nil })
	s.Handle("GET /fill", access.SelfManage, func(r *web.Request) (web.Response, error) {
		return web.Fill(r, i18n.M("Listo"), map[string]string{"sex": "M"}), nil
	})
	s.Handle("GET /ends", access.SelfManage, func(r *web.Request) (web.Response, error) { return web.SessionEnds(r, r.Session), nil })
	s.Handle("GET /loose", access.SelfManage, func(*web.Request) (web.Response, error) { return web.JSON(map[string]any{"a": 1}), nil })
	for _, test := range []struct{ path, want string }{
		{"/saved", `{"version":7,"saved":"12:00"}`},
		{"/fill", `{"fields":{"sex":"M"},"message":"Listo"}`},
		{"/ends", `{"idle":1795458600,"ends":1795485600,"now":1795456800}`},
	} {
		w := s.get(test.path, as(clerkToken))
		wantStatus(t, w, http.StatusOK)
		if got := w.Body.String(); got != test.want || !json.Valid([]byte(got)) {
			t.Errorf("%s: got %s, want %s", test.path, got, test.want)
		}
	}
	wantStatus(t, s.get("/loose", as(clerkToken)), http.StatusInternalServerError)
}
