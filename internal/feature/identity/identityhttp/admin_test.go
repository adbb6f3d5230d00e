package identityhttp_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sigue/internal/base/db"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/access"
)

func TestListPage(t *testing.T) {
	s := newSite(t)
	admin, security := s.as(adminMail), s.as(securityMail)
	w := admin.get("/cuentas")
	s.want(w, http.StatusOK, "Ana Ejemplo", "2 cuentas.")
	s.wantNot(w, "Beto Ajeno", "Sara Ejemplo")
	s.want(security.get("/cuentas"), http.StatusOK, "Beto Ajeno", "4 cuentas.")
	w = security.get("/cuentas?texto=policia&estado=active")
	s.want(w, http.StatusOK, "Beto Ajeno", "1 cuenta.")
	s.wantNot(w, "Ana Ejemplo")
	s.want(security.get("/cuentas?texto=nadie"), http.StatusOK, "Ninguna cuenta coincide.")
	s.want(s.as(clerkMail).get("/cuentas"), http.StatusNotFound)
}

func TestOpenAccountPage(t *testing.T) {
	s := newSite(t)
	admin := s.as(adminMail)
	w := admin.get("/cuentas/nueva")
	s.want(w, http.StatusOK, "Juzgado Tercero Familiar", "Capturista de la instancia")
	s.wantNot(w, "Juzgado Primero Penal", "CeDeMas+ Toluca", "Auditoría")
	w = admin.post("/cuentas/nueva", "role", "referrer", "place", "area:a1", "title", "", "name", "", "email", "x")
	s.want(w, http.StatusUnprocessableEntity, "Escriba el puesto", "Escriba el nombre", "Escriba un correo completo")
	w = admin.post("/cuentas/nueva", "title", "Secretaria", "name", "Nora Ñáñez", "email", "nora@court3.example")
	location := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasSuffix(location, "?aviso=abierta") {
		t.Fatalf("got status %d to %q, want 303 to the new account", w.Code, location)
	}
	s.want(admin.get(location), http.StatusOK, "La cuenta quedó abierta", "Nora Ñáñez", "Sin activar", "Se abrió la cuenta")
	s.want(admin.post("/cuentas/nueva", "title", "X", "name", "Nora", "email", clerkMail), http.StatusUnprocessableEntity, "Ese correo ya tiene una cuenta: Ana Ejemplo")
}

func TestOpenAccountAsSecurity(t *testing.T) {
	s := newSite(t)
	b := s.as(securityMail)
	s.want(b.get("/cuentas/nueva"), http.StatusOK, "Juzgado Primero Penal", "CeDeMas+ Toluca", "Áreas de instituciones", `value="secretaria"`)
	s.want(b.post("/cuentas/nueva", "role", "reception", "place", "area:a2", "title", "R", "name", "N", "email", "n@n.example"),
		http.StatusUnprocessableEntity, "Esta función es de un centro")
	s.want(b.post("/cuentas/nueva", "role", "auditor", "place", "center:c1", "title", "R", "name", "N", "email", "n@n.example"),
		http.StatusUnprocessableEntity, "Esta función es de la Secretaría")
	s.want(b.post("/cuentas/nueva", "role", "reception", "place", "center:c99", "title", "R", "name", "N", "email", "n@n.example"),
		http.StatusUnprocessableEntity, "Elija el lugar")
	if w := b.post("/cuentas/nueva", "role", "auditor", "place", "secretaria", "title", "Auditoría", "name", "N", "email", "n@n.example"); w.Code != http.StatusSeeOther {
		t.Errorf("got status %d, want an auditor opened; body:\n%s", w.Code, text(w))
	}
}

func TestActions(t *testing.T) {
	s := newSite(t)
	admin := s.as(adminMail)
	path := "/cuentas/" + s.clerk
	clerk := s.as(clerkMail)
	s.want(admin.get(path), http.StatusOK, "Suspender", "Entregar el puesto…", "Cerrar sus sesiones")
	s.wantGoes(admin.post(path+"/cerrar-sesiones"), path+"?aviso=sesiones")
	s.wantGoes(clerk.get("/cuenta"), "/entrar?seguir=%2Fcuenta")
	s.wantGoes(admin.post(path+"/enlace"), path+"?aviso=enlace")
	s.want(admin.post(path+"/suspender"), http.StatusUnprocessableEntity, "Escriba por qué se suspende la cuenta", "<title>Error:")
	s.want(admin.get(path), http.StatusOK, "Enlace de acceso vigente hasta")
	s.wantGoes(admin.post(path+"/suspender", "reason", "Licencia de tres meses."), path+"?aviso=suspendida")
	w := admin.get(path + "?aviso=suspendida")
	s.want(w, http.StatusOK, "La cuenta quedó suspendida", "Reanudar", "Licencia de tres meses.", "Ninguno sirve")
	s.wantNot(w, "vigente")
	s.want(admin.post(path+"/suspender"), http.StatusConflict, "Esta cuenta ya estaba suspendida", "<title>Error:")
	s.want(admin.post(path+"/enlace"), http.StatusConflict, "no se le puede enviar un enlace")
	s.want(admin.post(path+"/reanudar"), http.StatusUnprocessableEntity, "Escriba por qué se reanuda la cuenta")
	s.wantGoes(admin.post(path+"/reanudar", "reason", "Volvió."), path+"?aviso=reanudada")
	s.as(clerkMail)
}

func TestHandOverPage(t *testing.T) {
	s := newSite(t)
	admin := s.as(adminMail)
	path := "/cuentas/" + s.clerk
	s.want(admin.get(path+"/entregar"), http.StatusOK, "Capturista, Juzgado Tercero Familiar. Hoy lo ocupa Ana Ejemplo.")
	s.want(admin.post(path+"/entregar", "name", "Cora", "email", "no"), http.StatusUnprocessableEntity, "Escriba un correo completo", `value="Cora"`)
	w := admin.post(path+"/entregar", "name", "Cora Ejemplo", "email", "cora@court3.example")
	s.want(admin.get(w.Header().Get("Location")), http.StatusOK, "El puesto quedó entregado", "Cora Ejemplo", "Ana Ejemplo", "hasta el")
	s.want(admin.get(path), http.StatusOK, "La cuenta terminó cuando el puesto se entregó", clerkMail)
	s.want(admin.post(path+"/entregar", "name", "N", "email", "n@n.example"), http.StatusConflict, "ya se entregó")
}

// What may not be changed says who can, and offers nothing.
func TestAccountOfAHigherRole(t *testing.T) {
	s := newSite(t)
	id := s.working(identity.NewAccount{Role: access.InstitutionSupervisor, Title: "Jueza", Place: "Juzgado Tercero Familiar", InstitutionID: "i1", AreaID: "a1"}, "Julia Ejemplo", "julia@court3.example")
	admin := s.as(adminMail)
	w := admin.get("/cuentas/" + id)
	s.want(w, http.StatusOK, "Julia Ejemplo", "Esta función la administra Seguridad")
	s.wantNot(w, "Suspender", "Entregar el puesto…")
	s.want(admin.get("/cuentas/"+id+"/entregar"), http.StatusNotFound)
	s.want(admin.post("/cuentas/"+id+"/entregar", "name", "N", "email", "n@n.example"), http.StatusNotFound)
	s.want(admin.post("/cuentas/"+id+"/suspender"), http.StatusNotFound)
}

func TestLastSecurityAccountPage(t *testing.T) {
	s := newSite(t)
	b := s.as(securityMail)
	page, err := s.svc.Accounts(context.Background(), program, identity.Filter{Text: securityMail})
	must(t, err)
	own := page.Rows[0].ID
	s.want(b.get("/cuentas/"+own), http.StatusOK, "Es su propia cuenta")
	s.want(b.post("/cuentas/"+own+"/suspender"), http.StatusConflict, "No puede suspender su propia cuenta")
}

// What is another's does not exist: every route with an account in its path, and none is
// left out.
func TestForeignAccountIs404(t *testing.T) {
	s := newSite(t)
	walked := 0
	for _, who := range []string{adminMail, clerkMail} {
		b := s.as(who)
		for _, route := range s.rt.Routes() {
			if !strings.Contains(route.Path, "{account}") {
				continue
			}
			walked++
			for name, id := range map[string]string{"another institution's": s.foreign, "nobody's": db.NewID(), "no id": "x"} {
				path := strings.ReplaceAll(route.Path, "{account}", id)
				var w *httptest.ResponseRecorder
				if route.Method == http.MethodGet {
					w = b.get(path)
				} else {
					w = b.post(path)
				}
				if w.Code != http.StatusNotFound {
					t.Errorf("%s %s as %s with %s account: got status %d, want 404", route.Method, route.Path, who, name, w.Code)
				}
				s.wantNot(w, "Beto")
			}
		}
	}
	if walked < 14 {
		t.Errorf("walked %d routes, want at least 14", walked)
	}
}

// A title that is the name of a role is the program's own word; any other is a name.
func TestTitlesInEnglish(t *testing.T) {
	s := newSite(t)
	s.working(identity.NewAccount{Role: access.Reception, Title: "Recepción del centro", Place: "CeDeMas+ Toluca", CenterID: "c1"}, "Rita Ejemplo", "rita@center.example")
	b := s.as(securityMail)
	s.wantGoes(b.get("/cuentas?lang=en"), "/cuentas")
	b.cookies["idioma"] = "en"
	w := b.get("/cuentas")
	s.want(w, http.StatusOK, "Center reception", "CeDeMas+ Toluca", "Capturista", "Accounts")
	s.wantNot(w, "Recepción del centro")
}
