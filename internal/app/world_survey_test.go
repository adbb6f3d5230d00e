package app_test

import (
	"testing"

	"sigue/internal/feature/survey"
	"sigue/internal/platform/access"
)

// collecting is who gives people of a center a survey to answer.
func collecting(role access.Role, at, owner place) bool {
	switch role {
	case access.Reception, access.SocialWork, access.Psychology, access.Legal, access.Facilitator, access.CenterCoordinator:
		return owner.center == at.center
	}
	return false
}

// surveyThings gives each of two centers an open kiosk, and one a code. Surveys themselves
// belong to nobody; a code and the address of a kiosk are for whoever has them.
func (w *world) surveyThings(t *testing.T, desk, otherDesk access.Actor) {
	t.Helper()
	id := w.text(t, `select id from surveys where stage = 'during'`)
	kiosks, screens := &kind{reach: collecting}, &kind{}
	for name, actor := range map[string]access.Actor{"own": desk, "of another center": otherDesk} {
		screen, err := w.App.Surveys.OpenKiosk(t.Context(), actor, id)
		must(t, err)
		kiosk := w.text(t, `select max(id) from survey_kiosks where center_id = $1`, actor.Center)
		kiosks.things = append(kiosks.things, thing{name: "kiosk, " + name, owner: place{"", "", actor.Center}, values: map[string]string{"kiosk": kiosk}, marks: []string{kiosk}})
		screens.things = append(screens.things, thing{name: "screen, " + name, values: map[string]string{"screen": screen}})
	}
	sheet, err := w.App.Surveys.Sheet(t.Context(), desk, id, survey.SheetForm{Count: "1"})
	must(t, err)
	w.kinds["kiosk"], w.kinds["screen"] = kiosks, screens
	w.kinds["ticket"] = &kind{things: []thing{{name: "code", values: map[string]string{"ticket": survey.ShowCode(sheet.Codes[0])}}}}
	w.kinds["survey"] = &kind{things: []thing{{name: "survey", values: map[string]string{"survey": id}}}}
}
