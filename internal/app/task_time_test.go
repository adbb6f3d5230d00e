package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sigue/internal/app/browser"
	"sigue/internal/base/db"
	"sigue/internal/platform/access"
)

// TestTimeOnTask does the tasks of LOOK as the people do who do them all day, from the page
// on which they find their work, and counts what they click, choose and fill.
func TestTimeOnTask(t *testing.T) {
	b := browser.Start(t)
	s := openSite(t)
	path, appointment := s.rollToday(t)
	for _, task := range []struct {
		name string
		who  access.Role
		most int
		from string
		do   func(t *testing.T, tab *browser.Tab)
	}{
		{"refer a known kind of case with one PDF", access.Referrer, 45, "/hoy", s.referQuickly},
		{"accept a referral and give the first appointment", access.Reception, 6, "/hoy", s.acceptQuickly},
		{"record one attendance with its note", access.Psychology, 5, s.visitNow(t), s.attendQuickly},
		{"roll call of a group of 15", access.Facilitator, 18, "/hoy", func(t *testing.T, tab *browser.Tab) {
			tab.Click(`a[href="` + path + `"]`).See(ready).Press(strings.Repeat("1 ", fifteen)).Click("Guardar la asistencia").See("Quedó guardado")
			if marks, _ := s.written(t, appointment); marks != fifteen {
				t.Errorf("%d of %d are marked", marks, fifteen)
			}
		}},
		{"answer a judge: attendance report as signed PDF", access.CenterCoordinator, 4, s.reportable(t), s.reportQuickly},
		{"see where each of my referrals stands", access.InstitutionSupervisor, 1, "/hoy", func(_ *testing.T, tab *browser.Tab) {
			tab.Click("Canalizaciones").See("En proceso").See("Siguiente")
		}},
	} {
		t.Run(task.name, func(t *testing.T) {
			tab := b.Tab(t, browser.Options{})
			enter(tab, s, task.who)
			tab.Go(s.URL + task.from)
			before, begun := tab.Interactions(), time.Now()
			task.do(t, tab)
			took := tab.Interactions() - before
			t.Attr("measured", fmt.Sprintf("%s, by %s: %d interactions of at most %d; the program took %.1f s of it", task.name, task.who, took, task.most, time.Since(begun).Seconds()))
			if took > task.most {
				t.Errorf("%d interactions, LOOK allows %d", took, task.most)
			}
		})
	}
}

// referQuickly sends a case of a known kind with its resolution.
func (s *site) referQuickly(t *testing.T, c *browser.Tab) {
	c.Click("Nueva canalización").Click("Empezar").See("Nombre o nombres")
	c.Fill("curp", "FIDJ850314HMCCMN06").Press("Tab").See("Se llenaron").Fill("given_names", "Juan").Fill("surname1", "Ficticio").
		Choose("municipality", "15106").Click("Guardar y seguir").See("Base legal")
	c.Choose("legal_basis", "conditional_suspension").Fill("authority", "Juzgado de Control de Toluca").Choose("case_kind", "judicial_file").
		Fill("case_value", "77/2026").Fill("mandate_sessions", "35").Fill("mandate_until", mandateUntil()).Click("Guardar y seguir").See("Tipos de violencia")
	c.Choose("violence_types", "physical").Choose("relation", "ex_partner").Choose("protection_order", "no").Click("Guardar y seguir").See("Agregar")
	c.Choose("class", "resolution").Attach("file", resolution(t)).Click("Adjuntar").See("resolución 1184.pdf")
	c.Click("Seguir con el centro").See("Primera opción para").Click("Guardar y seguir").See("Revise antes de enviar").
		Click("Enviar canalización").See("Canalización enviada")
}

// acceptQuickly takes in the first referral that waits, with the time proposed first.
func (s *site) acceptQuickly(_ *testing.T, d *browser.Tab) {
	d.Click("Por recibir").Click("Revisar").Click("Aceptar y citar").Click(`button[name="slot"]`).See("aceptada y con primera cita")
}

// visitNow lets an appointment of the psychologist begin a moment ago, and gives the page
// of his day.
func (s *site) visitNow(t *testing.T) string {
	t.Helper()
	account := s.actor(t, "psychology@sigue.example").Account
	id := s.text(t, `select a.id from appointments a join case_files c on c.id = a.case_id where a.account_id = $1 and a.kind = 'individual'
		and a.ended_at is null and c.state = 'active' and a.starts_at > $2 order by a.starts_at limit 1`, account, db.At(time.Now()))
	must(t, s.db.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `update appointments set starts_at = $1 where id = $2`, db.At(time.Now().Add(-time.Minute).Truncate(time.Minute)), id)
		return err
	}))
	return "/hoy"
}

// attendQuickly marks the appointment under way, with its note.
func (s *site) attendQuickly(t *testing.T, p *browser.Tab) {
	note := "Reconoce lo que hizo; acordó no buscarla."
	p.Click("Abrir").Click("Asistió").Fill("note", note).Click("Guardar la asistencia").See("Quedó guardado")
	if got := p.Value("note"); got != note {
		t.Errorf("the note reads %q", got)
	}
}

// reportable is the page of a case of the coordinator's center whose attendance an
// authority may ask for.
func (s *site) reportable(t *testing.T) string {
	t.Helper()
	return "/expedientes/" + s.text(t, `select c.id from case_files c join case_mandates m on m.case_file_id = c.id
		where c.center_id = $1 and c.state = 'active' and c.voluntary = $2 order by c.id limit 1`, s.actor(t, "center_coordinator@sigue.example").Center, false)
}

// reportQuickly signs this month's attendance report of the case.
func (s *site) reportQuickly(_ *testing.T, c *browser.Tab) {
	c.Click("Documentos").Click("Preparar un documento").Click("Informe mensual de asistencia").Click("Firmar y enviar").See("Emitido con el número")
}
