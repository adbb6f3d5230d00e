package identityhttp_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"sigue/internal/platform/access"
)

func TestAskForALink(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	s.want(b.get("/acceso"), http.StatusOK, "Pedir un enlace de acceso")
	known, unknown := b.post("/acceso", "email", clerkMail), b.post("/acceso", "email", "nobody@nowhere.example")
	s.want(known, http.StatusOK, "Si ese correo tiene una cuenta activa")
	if text(known) != text(unknown) {
		t.Error("the answer differs between an address with an account and one without")
	}
	s.want(b.post("/acceso", "email", " "), http.StatusUnprocessableEntity, "Escriba su correo.")
}

func TestRedeem(t *testing.T) {
	s := newSite(t)
	l := s.link(s.clerk)
	path := strings.TrimPrefix(l.URL, "https://sigue.example")
	b := s.as(adminMail) // who sat here before
	for range 3 {        // mail scanners follow links
		s.want(b.get(path), http.StatusOK, "Poner contraseña", "Ana Ejemplo", clerkMail)
	}
	s.want(b.post(path, "password", otherPhrase, "repeat", phrase), http.StatusUnprocessableEntity, "No es igual a la de arriba")
	s.want(b.post(path, "password", "corta", "repeat", "corta"), http.StatusUnprocessableEntity, "Use al menos 12 caracteres")
	admin := b.cookies["sigue"]
	s.wantGoes(b.post(path, "password", otherPhrase, "repeat", otherPhrase), "/entrar?aviso=clave")
	if _, kept := b.cookies["sigue"]; kept {
		t.Error("whoever sat here before is still signed in")
	}
	if _, err := s.svc.Gate().Authenticate(context.Background(), admin, "", s.clk.Now()); err == nil {
		t.Error("the session of whoever sat here before goes on")
	}
	s.want(b.get("/entrar?aviso=clave"), http.StatusOK, "Su contraseña quedó guardada.")
	s.wantGoes(b.post("/entrar", "email", clerkMail, "password", otherPhrase), "/")

	w := s.browser().get(path)
	s.want(w, http.StatusGone, "Este enlace ya se usó", "Pedir otro enlace")
	s.wantNot(w, "Ana Ejemplo", clerkMail)
	s.want(s.browser().post(path, "password", phrase, "repeat", phrase), http.StatusGone, "Este enlace ya se usó")
}

func TestLinkThatDoesNotOpen(t *testing.T) {
	s := newSite(t)
	l := s.link(s.clerk)
	b := s.browser()
	s.want(b.get("/acceso/"+l.ID+"/"+strings.Repeat("A", 22)), http.StatusNotFound)
	s.want(b.post("/acceso/"+l.ID+"/x", "password", phrase, "repeat", phrase), http.StatusNotFound)
	s.clk.Advance(24 * time.Hour)
	s.want(b.get("/acceso/"+l.ID+"/"+l.Sig), http.StatusGone, "Este enlace venció")
	fresh := s.link(s.clerk)
	must(t, s.svc.Suspend(context.Background(), program, s.clerk, "Motivo de prueba"))
	s.want(b.get("/acceso/"+fresh.ID+"/"+fresh.Sig), http.StatusGone, "Esta cuenta no está activa")
}

func TestPublicPagesNeedNoSession(t *testing.T) {
	s := newSite(t)
	for _, route := range s.rt.Routes() {
		if open := access.Anonymous("").May(route.Permission); open != (route.Permission == access.SessionOpen) {
			t.Errorf("%s %s: open to everyone = %v", route.Method, route.Path, open)
		}
	}
}
