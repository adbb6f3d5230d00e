package referralhttp

import (
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/web"
)

// shown renders a part of a page.
func shown(t *testing.T, part templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := part.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// answering is the page of an answer, with another center to which one may pass.
func answering(waits bool, others ...string) choicePage {
	p := choicePage{View: &referral.Brief{ID: "id", Folio: "SIGUE-2026-000001-H", Lists: &catalogue.Lists{}}, Form: web.NewForm(nil), Waits: waits}
	for _, name := range others {
		p.Centers = append(p.Centers, centerChoice{Suggestion: center.Suggestion{Center: center.Center{ID: name, Name: name}}})
	}
	return p
}

// TestWhatFollowsIsSaidBeforeTheButton looks at the answers that cannot be taken back.
func TestWhatFollowsIsSaidBeforeTheButton(t *testing.T) {
	p := answering(true, "Centro Lerma")
	late := answering(false, "Centro Lerma")
	for name, page := range map[string]struct {
		view func(choicePage) templ.Component
		says string
	}{
		"decline":  {declineView, "Va a responder que no acepta SIGUE-2026-000001-H"},
		"reassign": {reassignView, "Va a pasar SIGUE-2026-000001-H al centro que eligió"},
		"withdraw": {withdrawView, "Va a retirar SIGUE-2026-000001-H"},
	} {
		html := shown(t, page.view(p))
		if warned, button := strings.Index(html, page.says), strings.LastIndex(html, "<button"); warned < 0 || button < warned {
			t.Errorf("%s: the notice stands at %d, the button at %d", name, warned, button)
		}
		if !strings.Contains(html, `name="note"`) {
			t.Errorf("%s: no place for a sentence", name)
		}
		if html := shown(t, page.view(late)); strings.Contains(html, "<form") || !strings.Contains(html, path("id", "")) {
			t.Errorf("%s: the form is offered when the answer is given: %s", name, html)
		}
	}
}

func TestNoOtherCenterSaysWhy(t *testing.T) {
	if html := shown(t, reassignView(answering(true))); strings.Contains(html, "<form") || !strings.Contains(html, "su capacidad es 0") {
		t.Errorf("with no other center the page is %s", html)
	}
}

// TestWhatWasDoneIsASentenceOfOurs puts a text of its own into the address.
func TestWhatWasDoneIsASentenceOfOurs(t *testing.T) {
	for _, did := range []done{didAccept, didOffer, didReturn, didDecline, didReassign, didWithdraw} {
		if html := shown(t, doneNotice(did)); !strings.Contains(html, "aviso") || !strings.Contains(html, `role="status"`) {
			t.Errorf("%s says %q, want who is told", did, html)
		}
	}
	if html := shown(t, doneNotice("Todo se borró")); html != "" {
		t.Errorf("a text of the address is shown: %q", html)
	}
}

func TestWhatNobodyFilledInIsLeftOut(t *testing.T) {
	rows := filled([]web.SummaryRow{{Value: "a"}, {}, {Lines: []string{""}}, {Text: i18n.M("Sí")}, {Lines: []string{"b", ""}}})
	if len(rows) != 3 || rows[0].Value != "a" || rows[1].Text.IsZero() || len(rows[2].Lines) != 2 {
		t.Errorf("rows = %+v, want the three that say something", rows)
	}
}

// TestTheAppointmentThatMayBeMoved leads to the first one until the process goes on.
func TestTheAppointmentThatMayBeMoved(t *testing.T) {
	first, next := clock.MustDate("2026-11-25").At(10, 0), clock.MustDate("2026-12-02").At(18, 0)
	for _, tt := range []struct {
		name string
		v    referral.View
		want string
	}{
		{"none", referral.View{}, ""},
		{"the first", referral.View{Appointment: &referral.FirstAppointment{StartsAt: first}}, "/agenda/dia?dia=25%2F11%2F2026"},
		{"the next", referral.View{Appointment: &referral.FirstAppointment{StartsAt: first},
			Process: referral.Process{State: "active", NextAt: next}}, "/agenda/dia?dia=02%2F12%2F2026"},
		{"the last was held", referral.View{Appointment: &referral.FirstAppointment{StartsAt: first}, Process: referral.Process{State: "completed"}}, ""},
	} {
		tt.v.CanReceive, tt.v.State = true, referral.Accepted
		html := shown(t, fileActions(&tt.v))
		if offered := strings.Contains(html, "/agenda/dia"); offered != (tt.want != "") || !strings.Contains(html, tt.want) {
			t.Errorf("%s: %s, want a link to %q", tt.name, html, tt.want)
		}
	}
}

func TestAnObligationInWords(t *testing.T) {
	from, to := clock.MustDate("2026-11-23"), clock.MustDate("2027-03-14")
	for _, tt := range []struct {
		name     string
		from, to clock.Date
		want     string
	}{
		{"both", from, to, "del 23/11/2026 al 14/03/2027"},
		{"no start", clock.Date{}, to, "hasta el 14/03/2027"},
		{"no end", from, clock.Date{}, "desde el 23/11/2026"},
		{"neither", clock.Date{}, clock.Date{}, ""},
	} {
		if got := span(tt.from, tt.to).In(i18n.Spanish); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestTheHistorySaysWhy(t *testing.T) {
	v := &referral.View{Lists: &catalogue.Lists{}, Timeline: []referral.Event{
		{What: i18n.M("Se envió la canalización")},
		{What: i18n.M("El centro no la aceptó"), Of: catalogue.DeclineReason, Why: []string{"other"}, Note: "Vive en otro estado."},
	}}
	items := timelineItems(v, request("/"))
	if newest := items[0]; newest.Detail.In(i18n.Spanish) != "Motivo: other" || newest.Text != "Vive en otro estado." {
		t.Errorf("newest = %+v", newest)
	}
	if oldest := items[1]; !oldest.Detail.IsZero() || oldest.Text != "" {
		t.Errorf("oldest = %+v", oldest)
	}
}

// TestACorrectionIsNotSaidToBeSent reads the page after sending, for the first time and again.
func TestACorrectionIsNotSaidToBeSent(t *testing.T) {
	v := &referral.View{Lists: &catalogue.Lists{}}
	if html := shown(t, sentView(v)); !strings.Contains(html, "Canalización enviada") {
		t.Errorf("the first time: %s", html)
	}
	v.Facts.ResubmittedAt = time.Date(2026, 11, 24, 16, 0, 0, 0, time.UTC)
	if html := shown(t, sentView(v)); !strings.Contains(html, "Canalización corregida y reenviada") || strings.Contains(html, "Canalización enviada") {
		t.Errorf("corrected: %s", html)
	}
}
