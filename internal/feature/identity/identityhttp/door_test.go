package identityhttp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"sigue/internal/feature/identity/identityhttp"
	"sigue/internal/platform/access"
)

func TestSignInPage(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	s.want(b.get("/entrar?seguir=/canalizaciones%3Festado%3Dx"), http.StatusOK, `value="/canalizaciones?estado=x"`, "No tengo contraseña")
	s.wantGoes(b.post("/entrar", "email", clerkMail, "password", phrase, "seguir", "/canalizaciones?estado=x"), "/canalizaciones?estado=x")
	s.want(b.get("/cuenta"), http.StatusOK, "Ana Ejemplo", "Juzgado Tercero Familiar")
	s.wantGoes(b.get("/entrar?seguir=/cuenta"), "/cuenta") // already inside
}

func TestSignInRefused(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	w := b.post("/entrar", "email", "nobody@nowhere.example", "password", phrase, "seguir", "/cuenta")
	s.want(w, http.StatusUnprocessableEntity, "El correo o la contraseña no coinciden.", `value="nobody@nowhere.example"`, `value="/cuenta"`, "<title>Error:")
	s.wantNot(w, phrase+`"`)
	known := text(b.post("/entrar", "email", clerkMail, "password", otherPhrase))
	unknown := text(b.post("/entrar", "email", "cla@court3.example", "password", otherPhrase))
	if strings.ReplaceAll(known, clerkMail, "") != strings.ReplaceAll(unknown, "cla@court3.example", "") {
		t.Error("the page differs between an address with an account and one without")
	}
	for range 4 {
		w = b.post("/entrar", "email", "nobody@nowhere.example", "password", phrase)
	}
	s.want(w, http.StatusTooManyRequests, "Hubo demasiados intentos con este correo. Espere 15 minutos", `value="nobody@nowhere.example"`)
	if len(b.cookies) != 0 {
		t.Errorf("a refusal set cookies %v", b.cookies)
	}
}

// A stranger with a paper in hand finds where to verify it.
func TestDoorLeadsToVerification(t *testing.T) {
	s := newSite(t)
	s.want(s.browser().get("/entrar"), http.StatusOK, `<a href="/v">Verificar un documento</a>`)
}

func TestSignInLeavesOnlyForThisSite(t *testing.T) {
	s := newSite(t)
	for _, to := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "javascript:alert(1)", "evil", ""} {
		s.wantGoes(s.browser().post("/entrar", "email", clerkMail, "password", phrase, "seguir", to), "/")
	}
}

// A token that somebody planted, or left, is of no use after the sign-in.
func TestNoFixation(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.cookies["sigue"] = strings.Repeat("A", 43)
	s.wantGoes(b.post("/entrar", "email", clerkMail, "password", phrase), "/")
	first := b.cookies["sigue"]
	if first == strings.Repeat("A", 43) {
		t.Error("the sign-in kept the token that the browser brought")
	}
	s.wantGoes(b.post("/entrar", "email", adminMail, "password", phrase), "/")
	if b.cookies["sigue"] == first {
		t.Error("the second sign-in kept the token of the first")
	}
	left := s.browser()
	left.cookies["sigue"] = first
	s.wantGoes(left.get("/cuenta"), "/entrar?seguir=%2Fcuenta")
}

// The button of a demonstration sends a whole sign-in form; what was typed goes along.
func TestDemoAccount(t *testing.T) {
	s := newSite(t, identityhttp.DemoAccount{Role: access.Referrer.Label(), Name: "Ana Ejemplo", Place: "Juzgado Tercero", Email: clerkMail, Password: phrase})
	b := s.browser()
	_, aside, _ := strings.Cut(b.get("/entrar?seguir=/cuenta").Body.String(), "<aside>")
	button := httptest.NewRecorder()
	button.Body.WriteString(aside)
	s.want(button, http.StatusOK, "Capturista de la instancia", "Ana Ejemplo")
	s.wantGoes(b.send("/entrar", hidden(button, "/entrar")), "/cuenta")
}

func TestSignOut(t *testing.T) {
	s := newSite(t)
	b := s.as(clerkMail)
	token := b.cookies["sigue"]
	s.wantGoes(b.post("/salir"), "/entrar?aviso=salida")
	if _, kept := b.cookies["sigue"]; kept {
		t.Error("the cookie outlives signing out")
	}
	s.want(b.get("/entrar?aviso=salida"), http.StatusOK, "Su sesión quedó cerrada")
	b.cookies["sigue"] = token
	s.wantGoes(b.get("/cuenta"), "/entrar?seguir=%2Fcuenta")
	s.wantGoes(b.post("/salir"), "/entrar?aviso=salida") // again, without a session
}

func TestExtend(t *testing.T) {
	s := newSite(t)
	b := s.as(clerkMail)
	s.clk.Advance(time.Minute)
	now := s.clk.Now().Unix()
	s.want(b.post("/sesion/seguir"), http.StatusOK, fmt.Sprintf(`{"idle":%d,"ends":%d,"now":%d}`, now+30*60, now+12*3600-60, now))
}

// What was typed when the session had ended survives the sign-in, without scripts.
func TestHeldPost(t *testing.T) {
	s := newSite(t)
	b := s.as(clerkMail)
	s.clk.Advance(time.Hour)
	typed := url.Values{
		"narrative": {"Línea uno\nDos \"comillas\" <script>alert(1)</script> & más"}, "type": {"a", "b"}, "version": {"7"}, "empty": {""},
	}
	w := b.send("/otra", typed)
	s.want(w, http.StatusUnauthorized, "Su sesión había terminado")
	if s.posted != nil {
		t.Fatal("the post went through without a session")
	}
	held := hidden(w, "/entrar")
	held.Set("email", clerkMail)
	held.Set("password", otherPhrase)
	w = b.send("/entrar", held) // a slip of the keys loses nothing
	s.want(w, http.StatusUnprocessableEntity, "no coinciden")
	held = hidden(w, "/entrar")
	held.Set("email", clerkMail)
	held.Set("password", phrase)
	w = b.send("/entrar", held)
	s.want(w, http.StatusOK, "Aquí está lo que escribió", "Ana Ejemplo", "Dos \"comillas\"")
	if strings.Contains(w.Body.String(), "<script>alert") {
		t.Error("what was typed runs on the page")
	}
	b.send("/otra", hidden(w, "/otra"))
	if !reflect.DeepEqual(s.posted, typed) {
		t.Errorf("got %v, want %v", s.posted, typed)
	}
}

func TestHeldPostIsCareful(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	for name, pairs := range map[string][]string{
		"another site's path": {"pendiente_ruta", "https://evil.example/", "pendiente", "a=b"},
		"no body":             {"pendiente_ruta", "/otra", "pendiente", ""},
		"no form":             {"pendiente_ruta", "/otra", "pendiente", "%zz"},
		"too large":           {"pendiente_ruta", "/otra", "pendiente", "a=" + strings.Repeat("x", 256<<10)},
	} {
		w := b.post("/entrar", append(pairs, "email", clerkMail, "password", phrase)...)
		if w.Code != http.StatusSeeOther {
			t.Errorf("%s: got status %d, want it dropped and 303", name, w.Code)
		}
	}
	w := b.post("/entrar", "pendiente_ruta", "/cuenta", "pendiente", "current=mi+secreta+frase&password=otra+secreta+frase&title=Capturista", "email", clerkMail, "password", phrase)
	s.want(w, http.StatusOK, `<li class="said">Capturista</li>`)
	s.wantNot(w, `<li class="said">mi secreta frase`, `<li class="said">otra secreta frase`)
}

// A body near the limit still fits when it travels a second time.
func TestLargeHeldPost(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	typed := url.Values{"narrative": {strings.Repeat("ñ", 40_000)}}
	held := hidden(b.send("/otra", typed), "/entrar")
	held.Set("email", clerkMail)
	held.Set("password", phrase)
	b.send("/otra", hidden(b.send("/entrar", held), "/otra"))
	if !reflect.DeepEqual(s.posted, typed) {
		t.Errorf("got %d bytes, want %d", len(s.posted.Get("narrative")), len(typed.Get("narrative")))
	}
}

func TestBadInputIsNeverAFailure(t *testing.T) {
	s := newSite(t)
	b := s.as(adminMail)
	hostile := []string{"", "\x00", "\xff\xfe", strings.Repeat("ñ", 100_000), "'; drop table accounts;--", "<script>", "../../", "%00", "Иван"}
	for _, route := range s.rt.Routes() {
		if route.Path == "/salir" || route.Path == "/cuenta" {
			continue // they end the session
		}
		for _, h := range hostile {
			path := route.Path
			for _, param := range route.Params {
				path = strings.ReplaceAll(path, "{"+param+"}", url.PathEscape(h[:min(len(h), 300)]))
			}
			var code int
			if route.Method == http.MethodGet {
				code = b.get(path + "?" + url.Values{"texto": {h[:min(len(h), 1000)]}, "estado": {h[:min(len(h), 100)]}, "desde": {h[:min(len(h), 100)]}, "seguir": {h[:min(len(h), 100)]}}.Encode()).Code
			} else {
				code = s.browserLike(b).post(path, "email", h, "password", h, "repeat", h, "name", h, "title", h, "place", h, "role", h, "lang", h, "accion", h, "seguir", h).Code
			}
			if code >= 500 {
				t.Errorf("%s %s with %.20q: got status %d", route.Method, route.Path, h, code)
			}
		}
	}
}

// browserLike is another window of the same browser, so that one's cookies stay.
func (s *site) browserLike(b *browser) *browser {
	c := s.browser()
	for name, value := range b.cookies {
		c.cookies[name] = value
	}
	return c
}
