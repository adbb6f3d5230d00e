package programhttp_test

import (
	"context"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/identity"
	"sigue/internal/feature/program"
	"sigue/internal/feature/program/programhttp"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/schema"
	"sigue/internal/platform/web"
)

// site is the room's pages with what ships, and two centers with those who can sign in.
type site struct {
	*web.Router
	t       *testing.T
	svc     *program.Service
	centers *center.Service
	d       *db.DB
	clk     *clock.Fake
	actors  map[string]access.Actor // by token
	center  string
	venue   string
}

func newSite(t *testing.T) *site {
	t.Helper()
	d, clk := dbtest.SQLite(t, schema.Migrations)
	l, err := ledger.New(d, []byte("mac"), make([]byte, 32))
	must(t, err)
	admin := access.Actor{Account: "a1", Role: access.ProgramAdmin}
	c := catalogue.New(d, l)
	must(t, c.Seed(t.Context(), admin))
	id := identity.New(d, l, nil, identity.Config{FailKey: []byte("key")})
	centers := center.New(d, l, c, id)
	s := &site{t: t, svc: program.New(d, l, c, id, centers), centers: centers, d: d, clk: clk, actors: map[string]access.Actor{
		"admin": admin, "clerk": {Account: "a2", Role: access.Referrer, Institution: "i1", Area: "r1"},
	}}
	must(t, s.svc.Seed(t.Context(), admin))
	s.center = s.open("Toluca")
	venues, err := centers.Venues(t.Context(), admin, s.center)
	must(t, err)
	s.venue = venues[0].ID
	s.account("boss", access.CenterCoordinator, s.center)
	s.account("psychology", access.Psychology, s.center)
	s.account("social", access.SocialWork, s.center)
	s.account("reception", access.Reception, s.center)
	s.account("stranger", access.CenterCoordinator, s.open("Ecatepec"))
	s.Router = web.NewRouter(web.Options{Clock: clk, Log: slog.New(slog.DiscardHandler), Authenticate: s.authenticate})
	programhttp.Register(s.Router, programhttp.Options{Programs: s.svc, Agenda: func(group string) string { return "/agenda/" + group }})
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *site) open(name string) string {
	s.t.Helper()
	id, err := s.centers.Create(s.t.Context(), s.actors["admin"], center.Form{
		Name: "CeDeMas+ " + name, Municipality: "15106", Address: "Calle Uno 1", Phone: "722 555 0101", Mailbox: "centro@cedemas.example", Capacity: "12",
	})
	must(s.t, err)
	return id
}

// account stores an account of a center as identity does; its token is its post's title.
func (s *site) account(token string, role access.Role, centerID string) {
	s.t.Helper()
	ctx, account, post := s.t.Context(), db.NewID(), db.NewID()
	must(s.t, s.d.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `insert into posts (id, role, title, place, institution_id, area_id, center_id, created_at)
			values ($1, $2, $3, 'CeDeMas+ Toluca', '', '', $4, $5)`, post, role, "Puesto "+token, centerID, db.At(tx.Now())); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `insert into accounts (id, post_id, name, email, password_hash, lang, created_at, created_by, suspended_by)
			values ($1, $2, 'Ana Ejemplo', $3, '', 'es-MX', $4, 'test', '')`, account, post, account+"@sigue.example", db.At(tx.Now()))
		return err
	}))
	s.actors[token] = access.Actor{Account: account, Role: role, Center: centerID}
}

func (s *site) authenticate(_ context.Context, token, _ string, now time.Time) (web.Session, error) {
	return web.Session{Actor: s.actors[token], Name: "Ana Ejemplo", IdleEnds: now.Add(time.Hour), Ends: now.Add(time.Hour)}, nil
}

func (s *site) do(who string, r *http.Request) *httptest.ResponseRecorder {
	r.AddCookie(&http.Cookie{Name: "sigue", Value: who})
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func (s *site) get(who, path string) *httptest.ResponseRecorder {
	return s.do(who, httptest.NewRequest(http.MethodGet, path, nil))
}

// post sends fields, given as name, value, name, value.
func (s *site) post(who, path string, fields ...string) *httptest.ResponseRecorder {
	v := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		v.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.do(who, r)
}

// want checks the status and that the page says all this.
func (s *site) want(w *httptest.ResponseRecorder, status int, says ...string) {
	s.t.Helper()
	text := html.UnescapeString(w.Body.String())
	if w.Code != status {
		s.t.Errorf("status = %d, want %d; body:\n%s", w.Code, status, text)
	}
	for _, sentence := range says {
		if !strings.Contains(text, sentence) {
			s.t.Errorf("the page does not say %q", sentence)
		}
	}
}

func (s *site) wantNot(w *httptest.ResponseRecorder, says ...string) {
	s.t.Helper()
	for _, sentence := range says {
		if strings.Contains(html.UnescapeString(w.Body.String()), sentence) {
			s.t.Errorf("the page says %q", sentence)
		}
	}
}

// goes checks that an answer leads on, and gives where to.
func (s *site) goes(w *httptest.ResponseRecorder) string {
	s.t.Helper()
	if w.Code != http.StatusSeeOther {
		s.t.Fatalf("status = %d, want 303; body:\n%s", w.Code, html.UnescapeString(w.Body.String()))
	}
	return w.Header().Get("Location")
}

var (
	hidden = regexp.MustCompile(`name="version" value="(\d+)"`)
	links  = regexp.MustCompile(`href="([^"]*)"`)
)

// revision is the hidden state of the form on a page.
func (s *site) revision(who, path string) string {
	s.t.Helper()
	found := hidden.FindStringSubmatch(s.get(who, path).Body.String())
	if found == nil {
		s.t.Fatalf("no form on %s", path)
	}
	return found[1]
}

// link is the first address on a page that holds a part, and does not end in another.
func (s *site) link(who, path, part string) string {
	s.t.Helper()
	for _, found := range links.FindAllStringSubmatch(s.get(who, path).Body.String(), -1) {
		if strings.Contains(found[1], part) && !strings.HasSuffix(found[1], "/sesiones") && !strings.Contains(found[1], "nuev") {
			return found[1]
		}
	}
	s.t.Fatalf("no address with %q on %s", part, path)
	return ""
}

// program is the address of a program by its name.
func (s *site) program(name string) string {
	s.t.Helper()
	programs, err := s.svc.Programs(s.t.Context(), s.actors["admin"])
	must(s.t, err)
	for _, p := range programs {
		if p.Name == name {
			return "/programas/" + p.ID
		}
	}
	s.t.Fatalf("no program %q", name)
	return ""
}

// TestReading checks that centers read programs, that nobody else does, and that only the
// administration edits.
func TestReading(t *testing.T) {
	s := newSite(t)
	for _, who := range []string{"boss", "reception", "psychology"} {
		w := s.get(who, "/programas")
		s.want(w, http.StatusOK, "CeDeMas+", "20 sesiones de 1 hora, cada semana", "15 sesiones de 2 horas, cada semana", "20 semanas", "80 por ciento",
			"16 sesiones de 2 horas y media, cada semana")
		s.wantNot(w, "Agregar un programa")
		w = s.get(who, s.program("CeDeMas+"))
		s.want(w, http.StatusOK, "Versión 1", "Publicada", "de 8 a 20")
		s.wantNot(w, "Empezar un borrador", "Cerrar a planes nuevos")
		version := s.link(who, s.program("CeDeMas+"), "/version/")
		s.want(s.get(who, version), http.StatusOK, "Encuadre", "Lo que se trata en cada sesión se acuerda con la persona.",
			"Quien empezara hoy terminaría el 06/04/2027", "no reproducen ningún manual")
		for _, path := range []string{"/programas/nuevo", version + "/reglas", version + "/publicar", version + "/componentes/nuevo", version + "/temas/nuevos"} {
			s.want(s.get(who, path), http.StatusNotFound)
			s.want(s.post(who, path), http.StatusNotFound)
		}
	}
	s.want(s.get("clerk", "/programas"), http.StatusNotFound)
	s.want(s.get("clerk", "/grupos"), http.StatusNotFound)
	s.want(s.get("admin", "/programas/nada"), http.StatusNotFound)
	s.want(s.get("admin", "/programas/version/nada"), http.StatusNotFound)
	// What is published has no form to change it.
	version := s.link("admin", s.program("IRAVP"), "/version/")
	s.want(s.get("admin", version), http.StatusOK, "Retirar la versión")
	s.wantNot(s.get("admin", version), "Agregar un componente")
	s.want(s.get("admin", version+"/reglas"), http.StatusConflict, "ya está publicada y no cambia")
	s.want(s.post("admin", version+"/temas/nuevos", "version", "1", "titles", "Otro"), http.StatusConflict, "ya está publicada y no cambia")
}

// TestEditor writes a program from nothing to its publication.
func TestEditor(t *testing.T) {
	s := newSite(t)
	s.want(s.post("admin", "/programas/nuevo", "name", "Breve <b>"), http.StatusUnprocessableEntity, `value="Breve <b>"`, "Diga en una o dos frases", "<title>Error:")
	s.want(s.post("admin", "/programas/nuevo", "name", "IRAVP", "summary", "x"), http.StatusUnprocessableEntity, "Ya hay un programa con ese nombre")
	draft, _, _ := strings.Cut(s.goes(s.post("admin", "/programas/nuevo", "name", "Breve", "summary", "Un grupo corto.")), "?")
	s.want(s.get("admin", draft), http.StatusOK, "Borrador", "Agregue al menos un componente.", "Escriba la fuente")
	s.want(s.get("boss", draft), http.StatusNotFound)
	s.wantNot(s.get("boss", "/programas"), "Breve")

	add := draft + "/componentes/nuevo"
	s.want(s.post("admin", add, "version", s.revision("admin", add), "name", "Grupo", "minutes", "dos horas", "every_days", "7", "sessions", "veinte"),
		http.StatusUnprocessableEntity, "Elija quién da las sesiones.", "Escriba cuántos minutos", "Escriba cuántas sesiones", `value="dos horas"`, `value="veinte"`)
	s.goes(s.post("admin", add, "version", s.revision("admin", add), "area", "group", "name", "Grupo", "minutes", "120", "every_days", "7", "sessions", "20"))
	s.want(s.get("admin", draft), http.StatusOK, "20 sesiones de 2 horas, cada semana", "ponga título o tema a cada sesión; faltan: 1, 2, 3")

	component := s.link("admin", draft, "/componentes/")
	s.want(s.get("admin", component), http.StatusOK, `value="120"`, "Se borran del borrador sus 20 sesiones")
	s.want(s.post("admin", component+"/sesiones", "version", s.revision("admin", component+"/sesiones"), "count", "1", "titles", "Una\nDos"),
		http.StatusUnprocessableEntity, "Escribió 2 títulos para 1 sesiones", "Una\nDos")
	s.goes(s.post("admin", component, "version", s.revision("admin", component), "area", "psychology", "name", "Individual", "minutes", "45", "every_days", "7"))
	topics := draft + "/temas/nuevos"
	s.want(s.post("admin", topics, "version", s.revision("admin", topics), "titles", "Uno\nuno"), http.StatusUnprocessableEntity, "«Uno» está dos veces", "Uno\nuno")
	s.goes(s.post("admin", topics, "version", s.revision("admin", topics), "titles", "Uno\nDos"))
	session := s.link("admin", draft, "/sesiones/")
	topic := s.link("admin", draft, "/temas/")
	s.want(s.get("admin", draft), http.StatusOK, "los temas que no están en ninguna: Uno; Dos")
	both := regexp.MustCompile(`name="topics" value="([^"]+)"`).FindAllStringSubmatch(s.get("admin", session).Body.String(), -1)
	s.goes(s.post("admin", session, "version", s.revision("admin", session), "title", "Inicio", "topics", both[0][1], "topics", both[1][1]))
	s.want(s.get("admin", topic), http.StatusOK, "Individual, sesión 1: Inicio", "checked")
	s.goes(s.post("admin", session+"/bajar", "version", s.revision("admin", draft)))
	rules := draft + "/reglas"
	s.want(s.post("admin", rules, "version", s.revision("admin", rules), "required", "120", "group_min", "8", "group_max", "20", "source", "Manual"),
		http.StatusUnprocessableEntity, "Escriba el porcentaje de asistencia", `value="120"`, "Manual")
	s.want(s.post("admin", draft+"/publicar", "version", s.revision("admin", draft)), http.StatusConflict, "Aún falta algo para publicar", "Escriba la fuente")
	s.goes(s.post("admin", rules, "version", s.revision("admin", rules), "required", "75", "group_min", "8", "group_max", "20", "source", "Manual"))
	s.want(s.get("admin", draft+"/publicar"), http.StatusOK, "Ya no se podrá cambiar", "75 por ciento")
	s.goes(s.post("admin", draft+"/publicar", "version", s.revision("admin", draft+"/publicar")))
	s.want(s.get("boss", "/programas"), http.StatusOK, "Breve", "75 por ciento")
	s.want(s.get("boss", draft), http.StatusOK, "Inicio", "Uno", "Dos")
}

// TestTwoTabs checks that the second of two tabs is told and loses nothing typed, and that
// pressing again keeps it.
func TestTwoTabs(t *testing.T) {
	s := newSite(t)
	draft := s.goes(s.post("admin", strings.Replace(s.program("IRAVP"), "/programas/", "/programas/borrador/", 1)))
	rules := draft + "/reglas"
	old := s.revision("admin", rules)
	s.goes(s.post("admin", rules, "version", old, "required", "85", "group_min", "8", "group_max", "20", "source", "Uno"))
	w := s.post("admin", rules, "version", old, "required", "70", "group_min", "8", "group_max", "20", "source", "Dos")
	s.want(w, http.StatusConflict, "Alguien cambió esto en otra ventana", `value="70"`, "Dos")
	now := hidden.FindStringSubmatch(w.Body.String())[1]
	if now == old {
		t.Fatal("the form still rests on the old state")
	}
	s.goes(s.post("admin", rules, "version", now, "required", "70", "group_min", "8", "group_max", "20", "source", "Dos"))
	session := s.link("admin", draft, "/sesiones/")
	s.want(s.post("admin", session+"/bajar", "version", old), http.StatusConflict, "Alguien cambió esto en otra ventana", "Borrador")
	// After a mistake the form rests on what was seen first, so that a change between is noticed.
	w = s.post("admin", rules, "version", old, "required", "x", "group_min", "8", "group_max", "20", "source", "Tres")
	if got := hidden.FindStringSubmatch(w.Body.String())[1]; got != old {
		t.Errorf("after a mistake the form rests on %s, want %s", got, old)
	}

	edit := strings.Replace(s.program("IRAVP"), "/programas/", "/programas/cambiar/", 1)
	was := s.revision("admin", edit)
	s.goes(s.post("admin", edit, "version", was, "name", "IRAVP", "summary", "Uno."))
	s.want(s.post("admin", edit, "version", was, "name", "IRAVP 2", "summary", "Dos."), http.StatusConflict, "Alguien cambió esto en otra ventana", `value="IRAVP 2"`)

	s.want(s.get("admin", draft+"/descartar"), http.StatusOK, "No se puede deshacer.")
	if to := s.goes(s.post("admin", draft+"/descartar", "version", s.revision("admin", draft))); !strings.HasPrefix(to, s.program("IRAVP")) {
		t.Errorf("after a draft is discarded: %s", to)
	}
	s.want(s.get("admin", draft), http.StatusNotFound)
}

func TestOffering(t *testing.T) {
	s := newSite(t)
	page := s.program("IRAVP")
	version := s.link("admin", page, "/version/")
	s.goes(s.post("admin", version+"/retirar"))
	s.want(s.get("boss", page), http.StatusOK, "Sin versión en uso", "Retirada")
	s.goes(s.post("admin", version+"/ofrecer"))
	s.want(s.get("boss", page), http.StatusOK, "En uso")
	s.goes(s.post("admin", strings.Replace(page, "/programas/", "/programas/cerrar/", 1)))
	s.want(s.get("boss", "/programas"), http.StatusOK, "Cerrado a planes nuevos")
	s.goes(s.post("admin", strings.Replace(page, "/programas/", "/programas/abrir/", 1)))
	s.wantNot(s.get("boss", "/programas"), "Cerrado a planes nuevos")
}

// group are the fields of a sound group: Mondays from 24 April 2028, over 1 May.
func (s *site) group(change ...string) []string {
	s.t.Helper()
	options, err := s.svc.GroupOptions(s.t.Context(), s.actors["boss"])
	must(s.t, err)
	fields := map[string]string{
		"name": "Lunes por la mañana", "component": options.Components[1].Component.ID, "entry": "open", "capacity": "12", "venue": s.venue,
		"first_on": "24/04/2028", "starts_at": "10:00", "mode": "in_person", "lead": s.actors["psychology"].Account, "co_lead": s.actors["social"].Account,
	}
	for i := 0; i+1 < len(change); i += 2 {
		fields[change[i]] = change[i+1]
	}
	var out []string
	for name, value := range fields {
		out = append(out, name, value)
	}
	return out
}

func TestGroupPages(t *testing.T) {
	s := newSite(t)
	s.want(s.get("boss", "/grupos"), http.StatusOK, "No hay grupos abiertos. Abra uno")
	s.want(s.get("reception", "/grupos"), http.StatusOK, "Los abre la coordinación del centro")
	s.want(s.get("reception", "/grupos/nuevo"), http.StatusNotFound)
	s.want(s.get("boss", "/grupos/nuevo"), http.StatusOK, "Puesto psychology", `value="`+s.venue+`" selected`)
	s.wantNot(s.get("boss", "/grupos/nuevo"), "Puesto reception", "Puesto stranger")
	w := s.post("boss", "/grupos/nuevo", s.group("capacity", "40", "first_on", "01/05/2028", "co_lead", s.actors["psychology"].Account)...)
	s.want(w, http.StatusUnprocessableEntity, "Escriba para cuántas personas es, de 8 a 20", "El 01/05/2028 no se puede: Día del Trabajo. Elija otro día.",
		"La pareja es de dos personas distintas", `value="40"`, `value="01/05/2028"`, `value="Lunes por la mañana"`)

	schedule := s.goes(s.post("boss", "/grupos/nuevo", s.group()...))
	page := strings.TrimSuffix(schedule, "/calendario")
	s.want(s.get("boss", schedule), http.StatusOK, "lunes 24 de abril de 2028", "lunes 1 de mayo de 2028: Día del Trabajo", "lunes 8 de mayo de 2028",
		"1 día: está marcado abajo", "Última sesión", "Confirmar el calendario", "/agenda/")
	s.wantNot(s.get("psychology", schedule), "Confirmar el calendario")
	s.want(s.get("psychology", page), http.StatusOK, "lunes, 10:00 a 12:00", "Puesto psychology", "Sus sesiones aún no están en la agenda")
	s.wantNot(s.get("psychology", page), "Cambiar el grupo", "Terminar el grupo")
	s.want(s.get("reception", "/grupos"), http.StatusOK, "Lunes por la mañana", "Puesto social", "Calendario sin confirmar")
	s.want(s.get("admin", "/grupos"), http.StatusOK, "Lunes por la mañana", "CeDeMas+ Toluca")
	s.wantNot(s.get("stranger", "/grupos"), "Lunes por la mañana")
	for _, rest := range []string{"", "/calendario", "/cambiar", "/personal", "/cerrar"} {
		s.want(s.get("stranger", page+rest), http.StatusNotFound)
	}
	s.want(s.post("boss", "/grupos/nuevo", s.group()...), http.StatusUnprocessableEntity, "Ya hay un grupo con ese nombre en el centro")

	edit := page + "/cambiar"
	was := s.revision("boss", edit)
	s.goes(s.post("boss", edit, s.group("version", was, "starts_at", "11:00")...))
	s.want(s.post("boss", edit, s.group("version", was, "starts_at", "12:00")...), http.StatusConflict, "Alguien cambió esto en otra ventana", `value="12:00"`)
	must(t, s.d.Tx(t.Context(), func(tx *db.Tx) error {
		return s.svc.ConfirmTx(t.Context(), tx, s.actors["boss"], strings.TrimPrefix(page, "/grupos/"))
	}))
	s.want(s.get("psychology", page), http.StatusOK, "En la agenda", "Ver sus sesiones en la agenda", "/agenda/")
	s.wantNot(s.get("boss", schedule), "Confirmar el calendario")
	s.want(s.get("boss", edit), http.StatusOK, "Día, hora, sede y contenido ya están en la agenda")

	s.want(s.post("boss", page+"/cerrar"), http.StatusUnprocessableEntity, "Escriba por qué termina el grupo")
	s.goes(s.post("boss", page+"/cerrar", "reason", "Se dieron las 15 sesiones"))
	s.want(s.get("reception", page), http.StatusOK, "Terminó", "Se dieron las 15 sesiones")
	s.wantNot(s.get("reception", "/grupos"), "Lunes por la mañana")
	s.want(s.get("reception", "/grupos/terminados"), http.StatusOK, "Lunes por la mañana", "Se dieron las 15 sesiones")
	s.want(s.post("boss", edit, s.group("version", "9")...), http.StatusConflict, "ya no cambia")
}

func TestStaffPage(t *testing.T) {
	s := newSite(t)
	page := strings.TrimSuffix(s.goes(s.post("boss", "/grupos/nuevo", s.group()...)), "/calendario")
	staff := page + "/personal"
	s.want(s.get("boss", staff), http.StatusOK, "Puesto psychology", "Facilita", "Cofacilita", "24/04/2028")
	s.want(s.post("boss", staff, "role", "cover", "account", s.actors["boss"].Account, "from", "mañana", "until", ""), http.StatusUnprocessableEntity,
		"Esa fecha no existe o no se entiende", "Escriba hasta qué día cubre", `value="mañana"`)
	s.goes(s.post("boss", staff, "role", "cover", "account", s.actors["boss"].Account, "from", "08/05/2028", "until", "15/05/2028"))
	w := s.get("boss", staff)
	s.want(w, http.StatusOK, "Puesto boss", "08/05/2028", "15/05/2028", "Ya no cubre")
	cover := regexp.MustCompile(`name="cover" value="([^"]+)"`).FindStringSubmatch(w.Body.String())[1]
	s.want(s.post("stranger", staff+"/quitar", "cover", cover), http.StatusNotFound)
	s.goes(s.post("boss", staff+"/quitar", "cover", cover))
	s.wantNot(s.get("boss", staff), "15/05/2028")
	s.want(s.post("boss", staff+"/quitar", "cover", cover), http.StatusNotFound)
}
