package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sigue/internal/app/browser"
	"sigue/internal/app/demo"
	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/platform/access"
)

// caseLooks are the ways in which a case is worked from intake to certificate.
var caseLooks = []struct {
	name string
	o    browser.Options
}{
	{"desktop", browser.Options{}},
	{"phone without JavaScript, dark", browser.Options{Phone: true, NoJS: true, Dark: true}},
}

// TestWayOfACase is the work of a center as its people do it, from a court's referral to
// the certificate, over months: two appointments missed, intake, plan, group, absences of
// which the court is told, a correction, suspension, transfer, completion.
func TestWayOfACase(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	for _, look := range caseLooks {
		t.Run(look.name, func(t *testing.T) {
			t.Parallel()
			now := clock.NewFake(time.Now())
			w := &caseWay{t: t, s: openSiteOn(t, now), b: b, o: look.o, now: now, tabs: map[string]*browser.Tab{}, since: map[string]time.Time{},
				name: strings.ReplaceAll(look.name, " ", "-")}
			w.refer()
			w.firstAppointment()
			w.intake()
			w.plan()
			w.month()
			w.change()
			w.finish()
		})
	}
}

type caseWay struct {
	t     *testing.T
	s     *site
	b     *browser.Browser
	o     browser.Options
	now   *clock.Fake
	name  string
	tabs  map[string]*browser.Tab
	since map[string]time.Time // when each signed in

	referral string // path of the court's page
	id, file string // of the case, and the path of its page
	folio    string
	group    string
	boss     string // who coordinates his center, after the transfer
}

// as is the window of a role, signed in at the time it is there.
func (w *caseWay) as(role access.Role) *browser.Tab {
	w.t.Helper()
	return w.at(string(role) + "@sigue.example")
}

// at is the window of an account.
func (w *caseWay) at(email string) *browser.Tab {
	w.t.Helper()
	tab := w.tabs[email]
	if tab == nil {
		tab = w.b.Tab(w.t, w.o)
		w.tabs[email] = tab
	}
	if now := w.now.Now(); now.Sub(w.since[email]) > 5*time.Minute {
		tab.Go(w.s.URL + "/entrar")
		if !strings.HasSuffix(tab.URL(), "/hoy") {
			tab.Fill("#c-email", email).Fill("#c-password", demo.Password).Click("Entrar").Arrive("/hoy")
		}
		w.since[email] = now
	}
	return tab
}

func (w *caseWay) look(tab *browser.Tab, page string) {
	w.t.Helper()
	tab.Screenshot("case-" + w.name + "-" + page)
	tab.Axe().Fits()
}

// refer sends the court's referral.
func (w *caseWay) refer() {
	court := &way{t: w.t, s: w.s, name: w.name, clerk: w.as(access.Referrer), nojs: w.o.NoJS}
	court.write()
	court.review()
	court.send()
	w.referral, w.folio = strings.TrimPrefix(court.file, w.s.URL), court.folio
}

// appointment is the one that is next for the person.
func (w *caseWay) appointment() (id string, at time.Time) {
	w.t.Helper()
	id = w.s.text(w.t, `select id from appointments where case_id = $1 and ended_at is null and starts_at > $2 order by starts_at limit 1`, w.id, db.At(w.now.Now()))
	return id, w.startOf(id)
}

func (w *caseWay) startOf(appointment string) time.Time {
	w.t.Helper()
	return ask[db.Time](w.t, w.s.db, `select starts_at from appointments where id = $1`, appointment).Time
}

// mark records on the page of an appointment, a quarter of an hour after its beginning.
func (w *caseWay) mark(tab func() *browser.Tab, appointment, answer string) {
	w.t.Helper()
	w.now.Set(w.startOf(appointment).Add(15 * time.Minute))
	t := tab().Go(w.s.URL + "/citas/" + appointment)
	t.Choose("m_"+w.id, answer).Click("Guardar la asistencia").See("Quedó guardado")
}

func (w *caseWay) coordinator() *browser.Tab { return w.as(access.CenterCoordinator) }

// firstAppointment: given with the acceptance from the free times, missed, given again,
// missed, and kept at the third.
func (w *caseWay) firstAppointment() {
	desk := w.as(access.Reception)
	desk.Go(w.s.URL + w.referral).Click("Aceptar y citar").Click(`button[name="slot"]`).See("Primera cita:")
	w.id = w.s.text(w.t, `select m.case_file_id from case_mandates m join referrals r on r.id = m.referral_id where r.folio = $1`, w.folio)
	w.file = w.s.URL + "/expedientes/" + w.id
	for range 2 {
		missed, _ := w.appointment()
		w.mark(w.coordinator, missed, "absent")
		desk = w.as(access.Reception).Go(w.file).See("Por citar")
		desk.Click("Dar una cita").See("Próximos lugares libres").Click(`button[name="slot"]`).Arrive("/citas/")
	}
	w.look(desk, "01-tercera-cita")
	kept, _ := w.appointment()
	w.mark(w.coordinator, kept, "present")
	w.look(w.coordinator().Go(w.file).See("En valoración"), "02-expediente")
	court := w.as(access.Referrer).Go(w.s.URL + w.referral)
	court.See("No se presentó").See("Se presentó")
	w.look(court, "03-juzgado-ingreso")
}

// intake: reception keeps the notice and the letter, three areas assess, psychology
// enters the risk.
func (w *caseWay) intake() {
	today := clock.DateOf(w.now.Now())
	desk := w.as(access.Reception).Go(w.file + "/aviso")
	desk.Choose("lang", "es").Click(`[name="how"]`).Click("Registrar").Go(w.file+"/carta").Fill("committed_on", today.MX()).Click("Registrar la firma")
	w.look(desk.Go(w.file), "04-ingreso")
	for _, role := range []access.Role{access.SocialWork, access.Psychology, access.Legal} {
		tab := w.as(role).Go(w.file + "/valoraciones").Click("Aplicar:")
		w.answerAll(tab)
		w.look(tab, "05-valorar-"+string(role))
		tab.Click("Guardar valoración").Arrive("/expedientes/" + w.id + "/valoraciones")
	}
	psych := w.as(access.Psychology).Go(w.file + "/riesgo")
	psych.Choose("level", "medium").Fill("reason", "Antecedentes que la entrevista confirma.").Fill("review_on", today.AddDays(60).MX()).Click("Registrar el nivel")
	psych.Go(w.file+"/nota").Fill("body", "Acepta hablar de lo ocurrido.").Choose("disclosable", "no").Click("Guardar nota").See("Acepta hablar de lo ocurrido.")
	w.look(psych, "06-notas")
}

// answerAll gives every question of the form an answer.
func (w *caseWay) answerAll(tab *browser.Tab) {
	w.t.Helper()
	var fields []struct{ Name, Kind, Value string }
	tab.Evaluate(`[...new Map([...document.querySelectorAll("main form[method=post] [name]")].filter(e => e.type !== "hidden" && e.type !== "submit").reverse()
		.map(e => [e.name, {Name: e.name, Kind: e.type, Value: e.value}])).values()].reverse()`, &fields)
	for _, f := range fields {
		switch f.Kind {
		case "radio":
			tab.Choose(f.Name, f.Value)
		case "text":
			tab.Fill(f.Name, "1")
		case "textarea":
			tab.Fill(f.Name, "Sin novedad.")
		}
	}
}

// plan: the coordination chooses the program by its forecast end, opens a group, confirms
// its sessions and puts the person into it.
func (w *caseWay) plan() {
	boss := w.coordinator().Go(w.file + "/plan").Click("Elegir programa y admitir").See("Terminaría")
	w.look(boss, "07-admitir")
	boss.Choose("version", "CeDeMas+").Click("Admitir").Go(w.file + "/plan").See("0 de 35").See("se previó terminar")
	w.look(boss, "08-plan")
	first := clock.DateOf(w.now.Now()).AddDays(3)
	for first.Weekday() != time.Thursday {
		first = first.AddDays(1)
	}
	group := "Jueves de prueba"
	boss.Go(w.s.URL+"/grupos/nuevo").Fill("name", group).Fill("capacity", "15").Choose("entry", "open").Choose("component", "Grupo psicoeducativo").
		Fill("first_on", first.MX()).Fill("starts_at", "13:00").Choose("mode", "in_person").Choose("venue", w.venue()).
		Choose("lead", "Facilitación").Choose("co_lead", "Psicología 3")
	w.look(boss, "09-grupo")
	boss.Click("Ver el calendario").See("Calendario sin confirmar")
	w.look(boss, "10-calendario")
	boss.Click("Confirmar el calendario").See(first.MX())
	w.look(boss, "11-sesiones")
	boss.Go(w.file+"/grupos").Choose("group", group).Click("Inscribir").See(group)
	w.look(boss.Go(w.file), "12-inscrito")
	w.group = w.s.text(w.t, `select group_id from group_members where case_file_id = $1 and left_on is null`, w.id)
}

// sessions are those of his group that are still to come, soonest first.
func (w *caseWay) sessions() []string {
	return w.s.texts(w.t, `select id from appointments where group_id = $1 and ended_at is null and starts_at > $2 order by starts_at`, w.group, db.At(w.now.Now()))
}

// month: an appointment of each kind is given and kept; the group's sessions are recorded
// from the week's agenda, and what three absences bring about is done.
func (w *caseWay) month() {
	desk := w.as(access.Reception).Go(w.s.URL + "/agenda/citar/" + w.id)
	var parts []string
	desk.Evaluate(`[...document.querySelectorAll("select[name=component] option")].map(o => o.value).filter(v => v)`, &parts)
	desk.Choose("component", parts[0]).Click(`button[name="slot"]`).Arrive("/citas/")
	kept, _ := w.appointment()
	w.mark(w.coordinator, kept, "present")
	var missed []string
	for n, answer := range []string{"present", "absent", "absent", "absent"} {
		session := w.sessions()[0]
		w.now.Set(w.startOf(session).Add(15 * time.Minute))
		lead := w.as(access.Facilitator).Go(w.s.URL + "/agenda").Click(`a[href="/citas/` + session + `"]`)
		lead.Choose("m_"+w.id, answer).Click("Guardar la asistencia").See("Quedó guardado")
		if n == 0 {
			w.look(lead, "13-lista")
		} else {
			missed = append(missed, session)
		}
		if n == 2 { // the second absence: the institution is told
			boss := w.coordinator().Go(w.s.URL + "/autoridades").See("Avisar de la inasistencia")
			w.look(boss, "14-por-avisar")
			boss.Click(`li:has(a[href="/expedientes/` + w.id + `"]) button`).See("Avisado el")
			w.as(access.Referrer).Go(w.s.URL + w.referral).See("El centro informó de una inasistencia")
		}
	}
	w.sign("Informe de incumplimiento", "Faltó sin justificar a tres sesiones del grupo.")
	w.look(w.coordinator(), "15-incumplimiento")
	// The second absence was justified after all: what the court was told is corrected.
	boss := w.coordinator().Go(w.s.URL+"/citas/"+missed[1]).Click("Justificar después la falta de").Choose("excuse", "illness").Click("Justificar la falta")
	boss.See("Quedó guardado").See("Justificó")
	w.sign("Corrección", "La falta quedó justificada con constancia médica.")
	court := w.as(access.Referrer).Go(w.s.URL + w.referral).See("Informe de incumplimiento")
	w.look(court, "16-juzgado-informes")
}

// sign prepares, signs and sends what waits at the reports' desk.
func (w *caseWay) sign(kind, reason string) {
	w.t.Helper()
	boss := w.coordinator().Go(w.s.URL + "/informes").See(kind)
	w.look(boss, "informes-"+strings.ToLower(kind[:5]))
	boss.Click(`li:has(a[href^="/expedientes/` + w.id + `/"]) a.button`).See("Así saldrá")
	boss.Fill("reason", reason).Click("Firmar y enviar").See("Emitido con el número")
}

// change: suspended and resumed, then another center takes over with all that was done.
func (w *caseWay) change() {
	boss := w.coordinator().Go(w.file+"/suspender").Click(`[name="reason"]`).Fill("note", "Hospitalizado dos semanas.").Click("Suspender").See("Suspendido desde el")
	w.look(boss, "17-suspendido")
	w.now.Advance(14 * 24 * time.Hour)
	w.coordinator().Go(w.file + "/reanudar").Click("Reanudar").See("En proceso")
	done := w.s.count(w.t, `select sum(done_sessions) from plan_components where case_file_id = $1`, w.id)
	other := w.s.text(w.t, `select min(a.email) from accounts a join posts p on p.id = a.post_id where p.role = 'center_coordinator'
		and p.center_id <> (select center_id from case_files where id = $1)`, w.id)
	name := w.s.text(w.t, `select name from centers where id = (select p.center_id from accounts a join posts p on p.id = a.post_id where a.email = $1)`, other)
	boss = w.coordinator().Go(w.file+"/transferir").Choose("center_id", name).Click(`[name="reason"]`)
	w.look(boss, "18-transferir")
	boss.Click("Pasar a ese centro").Arrive("/expedientes")
	if status := w.coordinator().Go(w.file).Status(); status != 404 {
		w.t.Errorf("after the transfer the first center's page of the file answers %d, want 404", status)
	}
	w.boss = other
	next := w.at(other).Go(w.file).See(fmt.Sprintf("%d de 35", done))
	w.look(next, "19-otro-centro")
	next.Go(w.file + "/historia").See("Pasó a otro centro").See("Se suspendió").See("Se presentó a la primera cita")
}

// finish: what is left of the plan is delivered, and the process concludes.
func (w *caseWay) finish() {
	boss := w.at(w.boss).Go(w.file + "/concluir").See("Falta el informe de conclusión")
	w.look(boss, "20-concluir-sin-informe")
	w.issue("Informe de conclusión", "Firmar y enviar")
	boss = w.at(w.boss).Go(w.file+"/concluir").See("El informe de conclusión está emitido").Fill("override", "Terminó en otra institución, con constancia.")
	w.look(boss, "21-concluir")
	boss.Click("Concluir").Arrive("/expedientes/" + w.id).Go(w.file + "/historia").See("Concluyó")
	w.issue("Constancia de asistencia", "Firmar y emitir")
	w.look(w.at(w.boss).Go(w.file+"/documentos"), "22-documentos")
	w.verify()
	court := w.as(access.Referrer).Go(w.s.URL + w.referral).See("Informe de conclusión")
	w.look(court, "23-juzgado-final")
	for _, secret := range []string{"Acepta hablar de lo ocurrido", "Antecedentes que la entrevista confirma", "Hospitalizado", "Nota", "medio"} {
		if strings.Contains(court.Text(), secret) {
			w.t.Errorf("the court reads %q", secret)
		}
	}
}

// issue prepares a document from the list of those that can be made, and signs it.
func (w *caseWay) issue(kind, button string) {
	w.t.Helper()
	boss := w.at(w.boss).Go(w.file + "/documentos/nuevo").Click(kind).See("Así saldrá")
	if boss.Count(`textarea[name="reason"]`) > 0 {
		boss.Fill("reason", "Se atendió su proceso como consta en el expediente.")
	}
	boss.Click(button).See("Emitido con el número")
}

// verify opens the public page of each document of the case, as anybody with the paper.
func (w *caseWay) verify() {
	anybody := w.b.Tab(w.t, w.o)
	codes := w.s.texts(w.t, `select code from documents where subject_id in ($1, (select referral_id from case_mandates where case_file_id = $1)) order by code`, w.id)
	if len(codes) < 5 {
		w.t.Errorf("%d documents of the case, want acknowledgement, breach, correction, conclusion and certificate", len(codes))
	}
	for _, code := range codes {
		anybody.Go(w.s.URL + "/v/" + code).See("Válido").NotSee("Ñandú").NotSee(w.folio)
	}
}

func (w *caseWay) venue() string {
	return w.s.text(w.t, `select min(name) from venues where center_id = (select center_id from case_files where id = $1)`, w.id)
}
