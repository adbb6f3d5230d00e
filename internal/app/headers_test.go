package app_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigue/internal/app/demo"
	"sigue/internal/base/config"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// everyHeader are the headers that each answer carries, with what they must say.
var everyHeader = map[string]string{
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY",
	"Referrer-Policy":              "same-origin",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Cache-Control":                "no-store",
}

// maxPage is the largest page, in bytes, that a slow line of an office should carry.
const maxPage = 100 << 10

// faults lists what is wrong with an answer that holds a page or a file.
func faults(got answer) []string {
	var out []string
	bad := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for name, want := range everyHeader {
		if have := got.Header.Get(name); have != want {
			bad("%s is %q, want %q", name, have, want)
		}
	}
	if got.Header.Get("X-Request-Id") == "" || got.Header.Get("Permissions-Policy") == "" {
		bad("X-Request-Id or Permissions-Policy is missing")
	}
	policy, kind := got.Header.Get("Content-Security-Policy"), got.Header.Get("Content-Type")
	if !strings.HasPrefix(policy, "default-src 'none';") || !strings.Contains(policy, "frame-ancestors 'none'") {
		bad("the policy is %q", policy)
	}
	if !strings.HasPrefix(kind, "text/html") {
		return out
	}
	if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "script-src 'self'") {
		bad("the policy of a page is %q", policy)
	}
	if len(got.Body) > maxPage {
		bad("the page has %d KB, want at most %d", len(got.Body)>>10, maxPage>>10)
	}
	return append(out, markupFaults(got.Body)...)
}

var (
	tag      = regexp.MustCompile(`<([a-zA-Z][a-zA-Z0-9-]*)((?:[^>"']|"[^"]*"|'[^']*')*)>`)
	quoted   = regexp.MustCompile(`"[^"]*"|'[^']*'`)
	onEvent  = regexp.MustCompile(`(?i)\s(on[a-z]+|style)\s*(=|\s|$)`)
	scripted = regexp.MustCompile(`(?i)=\s*["']?\s*javascript:`)
	script   = regexp.MustCompile(`(?s)<script\b([^>]*)>(.*?)</script>`)
)

// markupFaults finds script and style that stand in a page itself.
func markupFaults(page string) []string {
	var out []string
	for _, m := range script.FindAllStringSubmatch(page, -1) {
		if !strings.Contains(m[1], ` src="/estatico/`) || m[2] != "" {
			out = append(out, "holds a script: "+m[0])
		}
	}
	for _, m := range tag.FindAllStringSubmatch(page, -1) {
		attributes := " " + quoted.ReplaceAllString(m[2], `""`)
		if strings.EqualFold(m[1], "style") || onEvent.MatchString(attributes) || scripted.MatchString(m[2]) {
			out = append(out, "holds script or style: "+m[0])
		}
	}
	return out
}

func TestMarkupFaultsBites(t *testing.T) {
	for _, bad := range []string{
		`<script>alert(1)</script>`, `<script src="https://other.example/a.js"></script>`, `<script src="/estatico/a.js">x</script>`,
		`<style>p{}</style>`, `<p style="color:red">`, `<p onclick="x()">`, `<p class="a" onClick=x>`, `<a href="javascript:x">`,
	} {
		if len(markupFaults(bad)) == 0 {
			t.Errorf("nothing is found in %s", bad)
		}
	}
	good := `<script type="module" src="/estatico/x/sigue.js"></script><p title="on style= onclick=">on style=</p><link rel="stylesheet" href="/a.css">`
	if got := markupFaults(good); got != nil {
		t.Errorf("in %s: found %v, want nothing", good, got)
	}
}

// nobody is whoever has not signed in, as a role.
const nobody access.Role = "nobody"

// asNobody walks without signing in.
func (w *world) asNobody() *walker {
	return &walker{world: w, role: nobody, actor: access.Anonymous("test"), client: browse(), opened: map[string]bool{}}
}

// everyone is a walker of each role, and of nobody.
func (w *world) everyone(t *testing.T) []*walker {
	t.Helper()
	out := []*walker{w.asNobody()}
	for _, f := range access.Roles {
		out = append(out, w.walker(t, f.Role))
	}
	return out
}

// doors are the addresses of a route that a walker may open.
func (k *walker) doors(route web.Route) []visit {
	var out []visit
	for _, v := range k.visits(route) {
		if v.own {
			out = append(out, v)
		}
	}
	return out
}

// TestEveryAnswer opens every page that each role may open and looks at its headers,
// its markup and its size; then asks for its headers alone.
func TestEveryAnswer(t *testing.T) {
	t.Parallel()
	w := plantWorld(t, openSite(t, behindProxy))
	for _, k := range w.everyone(t) {
		for _, route := range w.App.Router.Routes() {
			if route.Method != http.MethodGet {
				continue
			}
			for _, v := range k.doors(route) {
				got := k.try(t, route, v.path)
				for _, f := range faults(got) {
					k.complain(v, "%s", f)
				}
				k.compareHead(t, v, got)
			}
		}
		for _, path := range []string{noPage, "/canalizaciones/" + nowhere, "/salir", "/%00", "/estatico/nada.js"} {
			for _, f := range faults(k.get(t, k.client, path)) {
				k.complain(visit{route: web.Route{Method: "GET", Path: path}}, "%s", f)
			}
		}
		report(t, k.found)
	}
}

// compareHead asks for an address without its body.
func (k *walker) compareHead(t *testing.T, v visit, want answer) {
	t.Helper()
	got := k.send(t, k.client, k.request(t, http.MethodHead, v.path+queries[v.route.Path], "", nil))
	if got.Status != want.Status || got.Body != "" || got.Header.Get("Content-Type") != want.Header.Get("Content-Type") {
		k.complain(v, "HEAD gives %d %q, GET %d %q", got.Status, got.Header.Get("Content-Type"), want.Status, want.Header.Get("Content-Type"))
	}
}

// behindProxy lets each request of a test come from an address of its own, so that the
// limits on one address do not stop it.
func behindProxy(cfg *config.Config) { cfg.TrustProxy = true }

func TestStaticFiles(t *testing.T) {
	s := openSite(t)
	for _, path := range regexp.MustCompile(`/estatico/[^"]+`).FindAllString(s.get(t, nil, "/entrar").Body, -1) {
		got := s.get(t, nil, path)
		if got.Status != 200 || got.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(got.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: got %d %v, want 200 with nosniff and immutable", path, got.Status, got.Header)
		}
		if got.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s sets a cookie", path)
		}
	}
}

func TestCookies(t *testing.T) {
	for _, c := range []struct {
		name, base, cookie string
		secure             bool
	}{
		{"over http", "", "sigue", false},
		{"over https", "https://sigue.example", "__Host-sigue", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openSite(t, func(cfg *config.Config) {
				if c.base != "" {
					cfg.BaseURL = c.base
				}
			})
			in := s.post(t, browse(), "/entrar", url.Values{"email": {homeClerk}, "password": {demo.Password}})
			checkCookie(t, in, c.cookie, c.secure)
			checkCookie(t, s.get(t, nil, "/entrar?lang=en"), "idioma", c.secure)
			sts := in.Header.Get("Strict-Transport-Security")
			if (sts != "") != c.secure {
				t.Errorf("Strict-Transport-Security is %q", sts)
			}
			if again := s.post(t, browse(), "/entrar", url.Values{"email": {homeClerk}, "password": {"otra"}}); again.Header.Get("Set-Cookie") != "" {
				t.Error("a refused sign-in sets a cookie")
			}
		})
	}
}

func checkCookie(t *testing.T, got answer, name string, secure bool) {
	t.Helper()
	cookies := (&http.Response{Header: got.Header}).Cookies()
	if len(cookies) != 1 {
		t.Fatalf("got %d cookies, want 1 called %s", len(cookies), name)
	}
	c := cookies[0]
	if c.Name != name || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure != secure {
		t.Errorf("the cookie is %q, want %s, HttpOnly, Lax, / and Secure=%v", c.Raw, name, secure)
	}
}

// TestSignOut holds a cookie over its session's end.
func TestSignOut(t *testing.T) {
	s := openSite(t)
	client := s.signIn(t, access.Referrer)
	at, err := url.Parse(s.URL)
	must(t, err)
	kept := client.Jar.Cookies(at)
	s.post(t, client, "/salir", nil)
	thief := browse()
	thief.Jar.SetCookies(at, kept)
	if got := s.get(t, thief, "/hoy"); got.Status != http.StatusSeeOther {
		t.Errorf("after the sign-out its cookie gives %d, want 303 to the sign-in page", got.Status)
	}
}

// strangers are what a browser sends with a form of another site.
var strangers = []struct {
	name   string
	header map[string]string
}{
	{"another site", map[string]string{"Origin": "https://otro.example"}},
	{"no origin", map[string]string{"Origin": "null"}},
	{"a browser that says so", map[string]string{"Sec-Fetch-Site": "cross-site"}},
	{"a neighbour of the same site", map[string]string{"Sec-Fetch-Site": "same-site"}},
}

// TestCrossOrigin sends every form as another site would: none is taken.
func TestCrossOrigin(t *testing.T) {
	w := plantWorld(t, openSite(t, behindProxy))
	for _, p := range w.posts(t) {
		before := w.deeds(t)
		for _, from := range strangers {
			r := w.request(t, http.MethodPost, p.visit.path, "application/x-www-form-urlencoded", strings.NewReader(meant.Encode()))
			r.Header.Del("Origin")
			for name, value := range from.header {
				r.Header.Set(name, value)
			}
			got := w.send(t, p.walker.client, r)
			if got.Status != http.StatusForbidden || !strings.Contains(got.Body, "otro sitio") {
				t.Errorf("%s from %s: got status %d, want 403 with its page", p.visit, from.name, got.Status)
			}
		}
		if after := w.deeds(t); after != before {
			t.Errorf("%s: forms of other sites left %d entries in the ledger", p.visit, after-before)
		}
	}
}

// deeds counts what people have done.
func (w *world) deeds(t *testing.T) int {
	return w.count(t, `select count(*) from ledger_entries where actor like 'account:%' and action <> 'access.denied'`)
}

// aPost is an address that somebody may post to.
type aPost struct {
	walker *walker
	visit  visit
}

// posts are the addresses of every route that takes a form, each with the first role
// that may; the routes that end a session last.
func (w *world) posts(t *testing.T) []aPost {
	t.Helper()
	everyone := w.everyone(t)
	var out []aPost
	for _, route := range w.App.Router.Routes() {
		if route.Method != http.MethodPost {
			continue
		}
		i := slices.IndexFunc(everyone, func(k *walker) bool { return len(k.doors(route)) > 0 })
		if i < 0 {
			t.Fatalf("no role may send %s to a thing of its own", route.Path)
		}
		for _, v := range everyone[i].doors(route) {
			out = append(out, aPost{everyone[i], v})
		}
	}
	return out
}

// TestLimits asks too often: the page says to wait, and other pages go on.
func TestLimits(t *testing.T) {
	s := openSite(t)
	for _, c := range []struct {
		name string
		most int
		ask  func() answer
	}{
		{"sign-in", 70, func() answer {
			return s.post(t, nil, "/entrar", url.Values{"email": {"x@sigue.example"}, "password": {"y"}})
		}},
		{"a code", 30, func() answer { return s.get(t, nil, "/v/ABCD-EFGH-JKLM") }},
		{"a link", 70, func() answer { return s.get(t, nil, "/acceso/"+nowhere+"/x") }},
		{"an answer", 70, func() answer { return s.get(t, nil, "/cita/"+nowhere+"/x") }},
		{"a calendar", 130, func() answer { return s.get(t, nil, "/calendario/x.ics") }},
		{"a survey", 70, func() answer { return s.get(t, nil, "/encuesta/x") }},
		{"a kiosk", 70, func() answer { return s.get(t, nil, "/quiosco/x") }},
		{"asking for a link", 30, func() answer { return s.post(t, nil, "/acceso", url.Values{"email": {"x@sigue.example"}}) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.ask()
			if got.Status == http.StatusTooManyRequests {
				t.Fatal("the first request is refused")
			}
			for n := 0; !strings.Contains(got.Body, "Espere un m"); n++ {
				if n > c.most {
					t.Fatalf("after %d requests: got status %d, want 429", n, got.Status)
				}
				got = c.ask()
			}
			if got.Status != http.StatusTooManyRequests || got.Header.Get("Retry-After") == "" {
				t.Errorf("got status %d and Retry-After %q, want 429 with a time", got.Status, got.Header.Get("Retry-After"))
			}
			if other := s.get(t, nil, "/healthz"); other.Status != http.StatusOK {
				t.Errorf("another page gives %d, want 200", other.Status)
			}
		})
	}
}

// TestLockout guesses a password until the account is locked: the right one is refused
// too, in the words that an address without an account gets.
func TestLockout(t *testing.T) {
	s := openSite(t)
	enter := func(email, password string) answer {
		return s.post(t, nil, "/entrar", url.Values{"email": {email}, "password": {password}})
	}
	answers := map[string][]string{}
	for _, email := range []string{foreignClerk, "nadie@sigue.example"} {
		for range 12 {
			got := enter(email, "una-clave-que-no-es")
			answers[email] = append(answers[email], fmt.Sprint(got.Status, strings.ReplaceAll(same(got.Body), email, "")))
		}
	}
	for n, known := range answers[foreignClerk] {
		if unknown := answers["nadie@sigue.example"][n]; known != unknown {
			t.Fatalf("try %d tells which address has an account:\n%s\nand without one\n%s", n+1, known, unknown)
		}
	}
	if got := enter(foreignClerk, demo.Password); got.Status != http.StatusTooManyRequests || got.Header.Get("Set-Cookie") != "" {
		t.Errorf("the right password after the lock: got status %d, want 429 and no cookie", got.Status)
	}
	if got := enter(homeDesk, demo.Password); got.Status != http.StatusSeeOther {
		t.Errorf("another account: got status %d, want 303", got.Status)
	}
	if n := s.count(t, `select count(*) from ledger_entries where action = 'session.refused'`); n == 0 {
		t.Error("the ledger holds no refused sign-in")
	}
}

// endless is a body of one letter.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

// unread are routes of one press: they do what they do without a form.
var unread = regexp.MustCompile(`^/(salir|sesion/seguir)$|/(cerrar|abrir|suspender|reanudar|enlace|cerrar-sesiones|quitar|enviar|descartar|avisar|ofrecer|citatorio|lista|carta-compromiso)$|^/programas/(cerrar|abrir)/|/version/\{version\}/retirar$|^/instrumentos/\{instrument\}/(borrador|retirar)$`)

// TestHugeBodies sends forms that are far too large: a page says so.
func TestHugeBodies(t *testing.T) {
	w := plantWorld(t, openSite(t, behindProxy))
	seen := map[string]bool{}
	for _, p := range w.posts(t) {
		route := p.visit.route
		if seen[route.Path] || route.Upload || (unread.MatchString(route.Path) && !strings.HasSuffix(route.Path, "dias/quitar")) {
			continue
		}
		seen[route.Path] = true
		body := io.MultiReader(strings.NewReader("name="), io.LimitReader(endless{}, 2<<20))
		got := w.send(t, p.walker.client, w.request(t, http.MethodPost, p.visit.path, "application/x-www-form-urlencoded", body))
		if got.Status != http.StatusRequestEntityTooLarge || !strings.Contains(got.Body, "demasiado grande") {
			t.Errorf("%s as %s: got status %d, want 413 with its sentence", p.visit, p.walker.role, got.Status)
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d routes take a form", len(seen))
	}
}

// TestHugeUploads sends files over the limit of a paper and over that of the connection.
func TestHugeUploads(t *testing.T) {
	w := plantWorld(t, openSite(t))
	client, id := w.signIn(t, access.Referrer), w.kinds["referral"].things[6].values["referral"]
	for _, c := range []struct {
		name     string
		size     int64
		status   int
		sentence string
	}{
		{"a paper of 12 MB", 12 << 20, http.StatusUnprocessableEntity, "10 MB"},
		{"a body of 120 MB", 120 << 20, http.StatusRequestEntityTooLarge, "demasiado grande"},
	} {
		t.Run(c.name, func(t *testing.T) {
			const border = "frontera"
			head := "--" + border + "\r\nContent-Disposition: form-data; name=\"class\"\r\n\r\nresolution\r\n--" + border +
				"\r\nContent-Disposition: form-data; name=\"file\"; filename=\"grande.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7\n"
			body := io.MultiReader(strings.NewReader(head), io.LimitReader(endless{}, c.size), strings.NewReader("\r\n--"+border+"--\r\n"))
			got := w.send(t, client, w.request(t, http.MethodPost, "/canalizaciones/"+id+"/captura/documentos", "multipart/form-data; boundary="+border, body))
			if got.Status != c.status || !strings.Contains(got.Body, c.sentence) {
				t.Errorf("got status %d, want %d with %q", got.Status, c.status, c.sentence)
			}
		})
	}
}

// garbage makes bodies that no page of ours sends.
type garbage struct{ dice *rand.Rand }

// nasty are values that have broken other programs.
var nasty = []string{
	"", " ", "\x00", "\xff\xfe", "'; drop table referrals; --", "<script>alert(1)</script>", strings.Repeat("ñ", 5000), "Иван", "\u202egnp.exe",
	"-1", "0", "99999999999999999999999999", "1e309", "NaN", "31/02/2026", "2026-02-31", "00/00/0000", "9999-12-31", "25:61", "\r\n\r\n",
	"../../etc/passwd", "%s%n%d", "${jndi}", nowhere, "on", "si", "15106", "judgment", "[]", "{}", "\u0000\u0008", "🙈🙉🙊", "a@b", "@", "=1+1",
}

func (g garbage) value() string { return nasty[g.dice.IntN(len(nasty))] }

// fields are the names that forms of this site have.
var fields = slices.Concat(slices.Sorted(maps.Keys(meant)), []string{
	"once", "municipalities", "birth_date", "curp", "estimated_age", "mandate_sessions", "mandate_until", "violence_types", "disability",
	"rank", "ranks", "alert_femicide", "authorities", "min_months", "access", "lang", "current", "seguir", "pendiente", "pendiente_ruta", "text", "sin_cita",
})

// body is one of many sorts, with the type it claims to be.
func (g garbage) body() (kind, body string) {
	const form = "application/x-www-form-urlencoded"
	switch g.dice.IntN(8) {
	case 0:
		return form, g.bytes(200)
	case 1:
		return []string{"", "text/plain", "application/json", "multipart/form-data", ";;;"}[g.dice.IntN(5)], g.bytes(50)
	case 2:
		return "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"class\"\r\n\r\n" + g.value() +
			"\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + strings.ReplaceAll(g.value(), "\"", "") + "\"\r\n\r\n" + g.bytes(100) + "\r\n--x--\r\n"
	case 3:
		return "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF-" + g.bytes(30)
	}
	values := url.Values{}
	for _, name := range fields {
		if g.dice.IntN(3) > 0 {
			values.Add(name, g.value())
		}
		if g.dice.IntN(10) == 0 {
			values.Add(name+"["+g.value()+"]", g.value())
		}
	}
	return form, values.Encode()
}

func (g garbage) bytes(most int) string {
	out := make([]byte, g.dice.IntN(most))
	for i := range out {
		out[i] = byte(g.dice.IntN(256))
	}
	return string(out)
}

// TestGarbage posts nonsense to every route: it is refused or kept, and never a failure
// of the program.
func TestGarbage(t *testing.T) {
	t.Parallel()
	const bodies = 20
	w := plantWorld(t, openSite(t, behindProxy))
	targets := w.posts(t)
	for len(targets) > 0 {
		path := targets[0].visit.route.Path
		n := slices.IndexFunc(targets, func(p aPost) bool { return p.visit.route.Path != path })
		if n < 0 {
			n = len(targets)
		}
		g := garbage{rand.New(rand.NewPCG(7, uint64(len(targets))))}
		for i := range bodies {
			w.throw(t, g, targets[i%n])
		}
		targets = targets[n:]
	}
	if bad := w.count(t, `select count(*) from jobs where state = 'failed'`); bad > 0 {
		t.Errorf("%d jobs failed", bad)
	}
}

// throw posts one body of nonsense.
func (w *world) throw(t *testing.T, g garbage, p aPost) {
	t.Helper()
	kind, body := g.body()
	r := w.request(t, http.MethodPost, p.visit.path+queries[p.visit.route.Path], kind, strings.NewReader(body))
	if g.dice.IntN(5) == 0 {
		r.Header.Set("X-Autosave", "1")
	}
	got := w.send(t, w.door(t, p.walker), r)
	if got.Status >= 500 || got.Status < 200 {
		t.Errorf("%s as %s: got status %d for %s %q", p.visit, p.walker.role, got.Status, kind, body)
	}
	for _, f := range faults(got) {
		t.Errorf("%s: %s", p.visit, f)
	}
}

// door is a walker's client, signed in again when his session has ended.
func (w *world) door(t *testing.T, k *walker) *http.Client {
	t.Helper()
	if k.role == nobody {
		return browse()
	}
	if got := w.get(t, k.client, "/cuenta"); got.Status == http.StatusSeeOther {
		w.forget(k.role)
		k.client = w.signIn(t, k.role)
	}
	return k.client
}

// hostile are queries that no page of ours makes.
var hostile = []string{
	"?texto=%00&desde=%ff%fe&estado=%00&anio=x", "?texto=%27%3B--&desde=%27%22&estado=%3Cscript%3Ealert(1)%3C%2Fscript%3E&despues=%27",
	"?anio=99999999999999999999&desde=" + nowhere + "&actor=%25&sobre=_", "?lang=../../x", "?codigo=%3Cscript%3Ealert(1)%3C/script%3E&regla=%00&curp=%C3%91%00&aviso=%3Cb%3E",
	"?%zz=%&;&&&==&texto", "?seguir=https://otro.example/&seguir=//otro.example", "?" + strings.Repeat("a=b&", 3000), "?texto=" + strings.Repeat("%C3%B1", 3000),
}

// TestHostileQueries asks for every page with queries that are not meant.
func TestHostileQueries(t *testing.T) {
	t.Parallel()
	w := plantWorld(t, openSite(t, behindProxy))
	everyone := w.everyone(t)
	for _, route := range w.App.Router.Routes() {
		if route.Method != http.MethodGet {
			continue
		}
		for _, k := range everyone {
			doors := k.doors(route)
			if len(doors) == 0 {
				continue
			}
			for _, query := range hostile {
				got := w.get(t, k.client, doors[0].path+query)
				if to := got.Header.Get("Location"); got.Status >= 500 || strings.Contains(to, "otro.example") && !strings.HasPrefix(to, "/") {
					t.Errorf("%s%s as %s: got status %d to %q", route.Path, query, k.role, got.Status, to)
				}
				if strings.Contains(got.Body, "<script>alert") {
					t.Errorf("%s%s as %s: repeats a script", route.Path, query, k.role)
				}
			}
			break
		}
	}
}

// TestHostilePaths puts nonsense in the place of every id: nothing is there.
func TestHostilePaths(t *testing.T) {
	t.Parallel()
	w := plantWorld(t, openSite(t, behindProxy))
	everyone := w.everyone(t)
	for _, route := range w.App.Router.Routes() {
		if len(route.Params) == 0 {
			continue
		}
		i := slices.IndexFunc(everyone, func(k *walker) bool { return len(k.doors(route)) > 0 })
		for _, bad := range []string{"%00", "%ff", "..%2f..%2fetc", "'%20or%20'1'='1", "%25", strings.Repeat("a", 5000), "%E2%80%AE", "-", strings.ToUpper(nowhere), "{" + nowhere + "}"} {
			path := route.Path
			for _, name := range route.Params {
				path = strings.ReplaceAll(path, "{"+name+"}", bad)
			}
			var got answer
			if route.Method == http.MethodGet {
				got = w.get(t, everyone[i].client, path)
			} else {
				got = w.post(t, everyone[i].client, path, meant)
			}
			if got.Status != http.StatusNotFound {
				t.Errorf("%s %s as %s: got status %d, want 404", route.Method, path[:min(len(path), 80)], everyone[i].role, got.Status)
			}
		}
	}
}

// TestUnknownAddresses asks for what there is not.
func TestUnknownAddresses(t *testing.T) {
	s := openSite(t)
	client := s.signIn(t, access.Referrer)
	for _, c := range []struct {
		method, path string
		client       *http.Client
		status       int
	}{
		{"GET", "/no-existe", nil, 404}, {"GET", "/no-existe", client, 404}, {"POST", "/no-existe", client, 404}, {"HEAD", "/no-existe", client, 404},
		{"GET", "/hoy/", client, 308}, {"POST", "/hoy", client, 405}, {"GET", "/salir", client, 405}, {"PUT", "/hoy", client, 405},
		{"DELETE", "/canalizaciones/" + nowhere, client, 405}, {"GET", "//hoy", client, 307}, {"GET", "/.git/config", nil, 404}, {"HEAD", "/healthz", nil, 200},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			r := s.request(t, c.method, c.path, "", bytes.NewReader(nil))
			r.Header.Set("Origin", s.origin)
			if got := s.send(t, c.client, r); got.Status != c.status {
				t.Errorf("got status %d, want %d", got.Status, c.status)
			}
		})
	}
}
