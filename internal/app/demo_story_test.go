package app_test

import (
	"strings"
	"testing"

	"sigue/internal/app/demo"
	"sigue/internal/platform/access"
)

// TestStoryOfTheDemonstration finds in the demonstration one person with whom everything
// happened that a process can hold, step by step, and reads what his court sees of it.
func TestStoryOfTheDemonstration(t *testing.T) {
	t.Parallel()
	s := openSite(t)
	id := s.text(t, `select f.id from case_files f join persons p on p.id = f.person_id where p.surname1 = $1`, demo.Exemplar)
	referral := s.text(t, `select referral_id from case_mandates where case_file_id = $1`, id)
	for _, step := range []struct {
		name, query string
		args        []any
		want        int
	}{
		{"he missed the first appointment twice, and came", `select no_shows from case_files where id = $1 and presented_at is not null`, []any{id}, 2},
		{"each time his authority was told", `select count(*) from tasks where case_id = $1 and kind = 'no_show_notice' and done_at is not null`, []any{id}, 2},
		{"three areas assessed him", `select count(distinct area) from assessments where case_file_id = $1`, []any{id}, 3},
		{"a risk was entered", `select count(*) from risk_levels where case_file_id = $1`, []any{id}, 1},
		{"his end was forecast", `select count(*) from plans where case_file_id = $1 and forecast_on > starts_on`, []any{id}, 1},
		{"his plan has 20 individual sessions", `select count(*) from plan_sessions s join plan_components c on c.case_file_id = s.case_file_id and c.component_id = s.component_id
			where s.case_file_id = $1 and c.in_group = 0`, []any{id}, 20},
		{"and 15 of a group", `select count(*) from plan_sessions s join plan_components c on c.case_file_id = s.case_file_id and c.component_id = s.component_id
			where s.case_file_id = $1 and c.in_group = 1`, []any{id}, 15},
		{"he was late once", `select count(*) from attendances where case_id = $1 and outcome = 'late'`, []any{id}, 1},
		{"he missed three sessions", `select count(*) from attendances a join appointments p on p.id = a.appointment_id where a.case_id = $1 and a.outcome = 'absent' and p.kind <> 'first'`, []any{id}, 3},
		{"the second was told in writing", `select count(*) from documents where subject_id = $1 and kind = 'absence_notice' and revoked_at is null`, []any{referral}, 1},
		{"the third was reported", `select count(*) from documents where subject_id = $1 and kind = 'breach_report' and revoked_at is null`, []any{referral}, 1},
		{"on time", `select count(*) from tasks where case_id = $1 and kind = 'breach_report' and done_at is not null and substr(done_at, 1, 10) <= due_on`, []any{id}, 1},
		{"he excused it late", `select count(*) from attendances where case_id = $1 and outcome = 'absent' and excused_at is not null`, []any{id}, 1},
		{"a correction went out", `select count(*) from documents where subject_id = $1 and kind = 'correction'`, []any{referral}, 1},
		{"he paused and went on", `select count(*) from suspensions where case_file_id = $1`, []any{id}, 1},
		{"he moved to another center", `select count(*) from transfers where case_file_id = $1`, []any{id}, 1},
		{"he completed", `select count(*) from case_files where id = $1 and completed_at is not null and suspended_at < resumed_at and resumed_at < completed_at`, []any{id}, 1},
		{"with a certificate", `select count(*) from documents where subject_id = $1 and kind = 'certificate' and number like 'CON-%' and revoked_at is null`, []any{id}, 1},
		{"and a report to his authority", `select count(*) from documents where subject_id = $1 and kind = 'conclusion_report' and revoked_at is null`, []any{referral}, 1},
		{"nobody is untold", `select count(*) from tasks where case_id = $1 and done_at is null and void_at is null`, []any{id}, 0},
		{"three follow-ups of the center, three of the court", `select count(*) from followups where case_id = $1`, []any{id}, 6},
	} {
		t.Run(step.name, func(t *testing.T) {
			if got := s.count(t, step.query, step.args...); got != step.want {
				t.Errorf("got %d, want %d", got, step.want)
			}
		})
	}
	t.Run("his court sees it on one page, and nothing that is not hers", func(t *testing.T) {
		got := s.get(t, s.signIn(t, access.Referrer), "/canalizaciones/"+referral)
		for _, word := range []string{demo.Exemplar, "Proceso concluido", "Informe de conclusión", "Informe de incumplimiento", "Corrección de un informe",
			"El proceso se suspendió", "El proceso pasó a otro centro", "de 35"} {
			if !strings.Contains(got.Body, word) {
				t.Errorf("the page does not say %q", word)
			}
		}
		for _, word := range []string{id, s.text(t, `select folio from case_files where id = $1`, id)} {
			if strings.Contains(got.Body, word) {
				t.Errorf("the page says %q, which is the center's", word)
			}
		}
	})
}
