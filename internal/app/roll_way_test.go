package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sigue/internal/app/browser"
	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/platform/access"
)

// ready is what the page says once its script listens to keys.
const ready = "Con el teclado"

// fifteen is how many people are on the list of LOOK's roll call.
const fifteen = 15

// rollToday gives the page of a session of a group at the demonstration's center that
// began a moment ago, with fifteen people and nobody marked.
func (s *site) rollToday(t *testing.T) (path, appointment string) {
	t.Helper()
	centerID := s.actor(t, "facilitator@sigue.example").Center
	appointment = s.text(t, `select min(id) from appointments where kind = 'group' and ended_at is null and center_id = $1
		and starts_at = (select min(starts_at) from appointments where kind = 'group' and ended_at is null and center_id = $1 and starts_at > $2)`,
		centerID, db.At(time.Now()))
	group := s.text(t, `select group_id from appointments where id = $1`, appointment)
	component := s.text(t, `select component_id from appointments where id = $1`, appointment)
	// The demonstration of tests is small: those of other centers and programs come to this group.
	cases := s.texts(t, `select id from case_files where state = 'active' order by id`)
	if len(cases) < fifteen {
		t.Fatalf("the demonstration has %d active cases, the list needs %d", len(cases), fifteen)
	}
	must(t, s.db.Tx(t.Context(), func(tx *db.Tx) error {
		if _, err := tx.Exec(t.Context(), `update appointments set starts_at = $1 where id = $2`, db.At(time.Now().Add(-time.Minute).Truncate(time.Minute)), appointment); err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), `delete from group_members where group_id = $1`, group); err != nil {
			return err
		}
		for _, id := range cases[:fifteen] {
			if _, err := tx.Exec(t.Context(), `update case_files set center_id = $1 where id = $2`, centerID, id); err != nil {
				return err
			}
			if _, err := tx.Exec(t.Context(), `update plan_components set component_id = $1 where case_file_id = $2 and in_group
				and not exists (select 1 from plan_components o where o.case_file_id = $2 and o.component_id = $1)`, component, id); err != nil {
				return err
			}
			if _, err := tx.Exec(t.Context(), `insert into group_members (id, group_id, case_file_id, joined_on, joined_by, at_session, left_by)
				values ($1, $2, $3, $4, 'test', 1, '')`, db.NewID(), group, id, clock.DateOf(time.Now()).AddDays(-30)); err != nil {
				return err
			}
		}
		return nil
	}))
	return "/citas/" + appointment, appointment
}

// written is what is recorded of an appointment: marks, and words in its history.
func (s *site) written(t *testing.T, appointment string) (marks, words int) {
	t.Helper()
	return s.count(t, `select count(*) from attendances where appointment_id = $1`, appointment),
		s.count(t, `select count(*) from attendance_changes where appointment_id = $1`, appointment)
}

// TestRollCallOffline: the connection breaks in the middle of a roll call. What is marked
// meanwhile is kept, survives a closed page, and is sent once when the connection is back.
func TestRollCallOffline(t *testing.T) {
	b := browser.Start(t)
	s := openSite(t)
	path, appointment := s.rollToday(t)
	tab := b.Tab(t, browser.Options{Phone: true})
	enter(tab, s, access.Facilitator)
	tab.Go(s.URL + path).See(ready).Press("1").See("Guardadas 1 de 15")
	tab.Offline(true).Press("1 3").See("está guardado en este aparato")
	tab.Screenshot("roll-offline").Axe()
	if marks, _ := s.written(t, appointment); marks != 1 {
		t.Fatalf("%d marks arrived without a connection", marks)
	}
	tab.Offline(false).See("Guardadas 3 de 15")
	if marks, words := s.written(t, appointment); marks != 3 || words != 3 {
		t.Errorf("%d marks with %d words of history, want 3 of each", marks, words)
	}

	// The page is left before the connection comes back; another page says so.
	found := tab.LoseRequests("*/asistencia")
	tab.Press("2").See("está guardado en este aparato")
	tab.Go(s.URL + "/hoy").See("aún no se envían").Screenshot("roll-unsent").Axe()
	found()
	tab.Click("Abrir la lista y enviarlas").See("Guardadas 4 de 15")
	tab.Go(s.URL + "/hoy").NotSee("aún no se envían")
	if got := s.count(t, `select count(*) from attendances where appointment_id = $1 and outcome = 'late'`, appointment); got != 1 {
		t.Errorf("%d people were late, want the one marked before the page was closed", got)
	}

	// The server hears it, but its answer is lost: sent again, it is recorded once.
	tab.Go(s.URL + path).See(ready)
	found = tab.LoseAnswers("*/asistencia")
	tab.Press("1").See("está guardado en este aparato")
	s.eventually(t, "the mark arrives", func() bool { marks, _ := s.written(t, appointment); return marks == 5 })
	found()
	tab.See("Guardadas 5 de 15")
	if marks, words := s.written(t, appointment); marks != 5 || words != 5 {
		t.Errorf("%d marks with %d words of history, want 5 of each", marks, words)
	}
}

// TestRollCallOfflineButton: without a connection the button loses neither the marks nor
// the page; what it asked for is done when the connection is back.
func TestRollCallOfflineButton(t *testing.T) {
	b := browser.Start(t)
	s := openSite(t)
	path, appointment := s.rollToday(t)
	tab := b.Tab(t, browser.Options{})
	enter(tab, s, access.Facilitator)
	tab.Go(s.URL + path).See(ready).Offline(true).Press("3").Click("Guardar; quien no tiene marca, asistió").See("está guardado en este aparato")
	tab.Offline(false).See("Quedó guardado").Screenshot("roll-saved")
	got := fmt.Sprint(s.texts(t, `select outcome from attendances where appointment_id = $1 order by outcome`, appointment))
	if want := "[absent" + strings.Repeat(" present", fifteen-1) + "]"; got != want {
		t.Errorf("recorded %s, want %s", got, want)
	}
}

// TestCase25TwoMarkOneList: two people mark one list. Each sees what the other marked;
// where they differ nothing is overwritten, and whoever came second is told who and what.
func TestCase25TwoMarkOneList(t *testing.T) {
	b := browser.Start(t)
	s := openSite(t)
	path, appointment := s.rollToday(t)
	lead, co := b.Tab(t, browser.Options{}), b.Tab(t, browser.Options{Phone: true})
	enter(lead, s, access.Facilitator)
	enter(co, s, access.CenterCoordinator)
	lead.Go(s.URL + path).See(ready)
	co.Go(s.URL + path).See(ready)
	lead.Press("3").See("Guardadas 1 de 15")
	first := s.text(t, `select case_id from attendances where appointment_id = $1`, appointment)
	mark := func() string {
		return s.text(t, `select outcome from attendances where appointment_id = $1 and case_id = $2`, appointment, first)
	}

	// The other page still shows nobody marked: its first line is marked otherwise.
	co.Press("1").See("registró «Faltó»").See("márquelo de nuevo").Screenshot("roll-clash").Axe()
	if got := co.Value("m_" + first); got != "absent" {
		t.Errorf("the line shows %q, want what stands", got)
	}
	co.Press("1") // the second line; what was refused is not sent along with it
	co.See("Guardadas 2 de 15")
	if got := mark(); got != "absent" {
		t.Errorf("the first line is %q after a mark on the second, want absent", got)
	}
	// The first page sees the other's line with its own next mark.
	lead.Press("Tab").Press("1").See("registró «Asistió»")
	// Marked again on purpose, the later word holds.
	co.Click(`[name="m_` + first + `"][value="present"]`).See("Guardadas 3 de 15")
	if got := mark(); got != "present" {
		t.Errorf("marked again on purpose, the line is %q", got)
	}
	if words := s.count(t, `select count(*) from attendance_changes where appointment_id = $1 and case_id = $2`, appointment, first); words != 2 {
		t.Errorf("%d words in the history of the line, want both", words)
	}
}
