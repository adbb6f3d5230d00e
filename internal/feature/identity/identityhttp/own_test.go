package identityhttp_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestOwnPage(t *testing.T) {
	s := newSite(t)
	b := s.as(clerkMail)
	s.want(b.get("/cuenta"), http.StatusOK, "Ana Ejemplo", clerkMail, "Capturista de la instancia", "Este equipo", "Otro navegador")
}

func TestChangePassword(t *testing.T) {
	s := newSite(t)
	b, other := s.as(clerkMail), s.as(clerkMail)
	w := b.post("/cuenta", "accion", "clave", "current", "no es", "password", otherPhrase, "repeat", otherPhrase)
	s.want(w, http.StatusUnprocessableEntity, "Esta no es su contraseña actual.", `href="#c-current"`)
	s.wantNot(w, otherPhrase)
	s.want(b.post("/cuenta", "accion", "clave", "current", phrase, "password", otherPhrase, "repeat", "x"), http.StatusUnprocessableEntity, "No es igual")
	s.want(b.post("/cuenta", "accion", "clave", "current", phrase, "password", "ana ejemplo 2026", "repeat", "ana ejemplo 2026"), http.StatusUnprocessableEntity, "No use su nombre")
	s.wantGoes(b.post("/cuenta", "accion", "clave", "current", phrase, "password", otherPhrase, "repeat", otherPhrase), "/cuenta?aviso=clave")
	s.want(b.get("/cuenta?aviso=clave"), http.StatusOK, "Su contraseña quedó guardada.")
	s.wantGoes(other.get("/cuenta"), "/entrar?seguir=%2Fcuenta")
}

func TestLanguage(t *testing.T) {
	s := newSite(t)
	b := s.as(clerkMail)
	w := b.post("/cuenta", "accion", "idioma", "lang", "en")
	s.wantGoes(w, "/cuenta?aviso=idioma&lang=en")
	s.wantGoes(b.get(w.Header().Get("Location")), "/cuenta?aviso=idioma")
	s.want(b.get("/cuenta"), http.StatusOK, "My account", `lang="en"`)
	// Another browser, where nobody has chosen yet, speaks it from the sign-in on.
	s.wantGoes(s.browser().post("/entrar", "email", clerkMail, "password", phrase, "seguir", "/cuenta?a=b"), "/cuenta?a=b&lang=en")
}

func TestSignOutEverywhere(t *testing.T) {
	s := newSite(t)
	b, other := s.as(clerkMail), s.as(clerkMail)
	s.wantGoes(b.post("/cuenta", "accion", "salir"), "/entrar?aviso=salida-total")
	s.wantGoes(other.get("/cuenta"), "/entrar?seguir=%2Fcuenta")
	s.want(s.as(clerkMail).post("/cuenta", "accion", "otra"), http.StatusUnprocessableEntity)
}

// No page speaks Spanish to whoever chose English.
func TestEnglish(t *testing.T) {
	s := newSite(t)
	l := s.link(s.clerk)
	security := s.as(securityMail).english()
	for path, want := range map[string]string{
		"/cuenta": "Change password", "/cuentas": "Open an account", "/cuentas/nueva": "What they may see and do depends on it.",
		"/cuentas/" + s.clerk: "Hand over the post", "/cuentas/" + s.clerk + "/entregar": "Today it is held by",
	} {
		s.want(security.get(path), http.StatusOK, want)
	}
	visitor := s.browser().english()
	for path, want := range map[string]string{"/entrar": "I have no password", "/acceso": "Ask for an access link", "/acceso/" + l.ID + "/" + l.Sig: "New password"} {
		w := visitor.get(path)
		s.want(w, http.StatusOK, want)
		if strings.Contains(text(w), "ñ") && !strings.Contains(text(w), "Español") {
			t.Errorf("%s holds Spanish", path)
		}
	}
}
