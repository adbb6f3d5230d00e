package paper

import (
	"strings"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
)

// followup completes a case and gives the center's first follow-up of it.
func (h *house) followup(id string) string {
	h.t.Helper()
	h.must(h.d.Tx(h.ctx, func(tx *db.Tx) error { return h.use.Cases.ReportTx(h.ctx, tx, h.manager, id, db.NewID()) }))
	h.must(h.use.Cases.Complete(h.ctx, h.manager, id, "Cumplió lo esencial del programa."))
	got(h.runner.Drain(h.ctx))(h.t)
	return h.text(`select id from followups where case_id = $1 and side = 'center' and nth = 1`, id)
}

// TestInvite prints the letter of a follow-up, once for each time, and says nothing of why
// the person came to the program.
func TestInvite(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(obliged)
		follow := h.followup(id)
		social := h.actor(access.SocialWork, h.toluca)
		day := clock.DateOf(h.clk.Now()).AddDays(7)
		form := InviteForm{On: day.MX(), Time: "9:30"}
		letter := got(h.Invite(h.ctx, social, follow, form))(h.t)
		if again := got(h.Invite(h.ctx, social, follow, form))(h.t); again.ID != letter.ID {
			h.t.Error("pressed twice, two letters")
		}
		if other := got(h.Invite(h.ctx, social, follow, InviteForm{On: day.MX(), Time: "11:00"}))(h.t); other.ID == letter.ID {
			h.t.Error("another hour has no letter of its own")
		}
		if letter.Kind != document.FollowUp || !letter.Valid() {
			h.t.Errorf("issued %+v", letter)
		}
		text := h.says(social, letter.ID)
		for _, want := range []string{"09:30", day.MX(), "Calle Ficticia 1"} {
			if !strings.Contains(text, want) {
				h.t.Errorf("the letter does not say %q: %s", want, text)
			}
		}
		for _, not := range []string{"violencia", "Juzgado", "2026/", "sentencia"} {
			if strings.Contains(text, not) {
				h.t.Errorf("the letter says %q", not)
			}
		}
		for name, c := range map[string]struct {
			form  InviteForm
			field string
		}{
			"no day": {InviteForm{Time: "10:00"}, "on"}, "yesterday": {InviteForm{On: day.AddDays(-8).MX(), Time: "10:00"}, "on"},
			"a Sunday": {InviteForm{On: "29/11/2026", Time: "10:00"}, "on"}, "in two years": {InviteForm{On: day.AddMonths(24).MX(), Time: "10:00"}, "on"},
			"no hour": {InviteForm{On: day.MX()}, "time"}, "no such hour": {InviteForm{On: day.MX(), Time: "25:00"}, "time"},
		} {
			if err := onlyErr(h.Invite(h.ctx, social, follow, c.form)); !fault.Is(err, fault.Invalid) || fault.FieldsOf(err)[c.field].IsZero() {
				h.t.Errorf("%s: %v", name, err)
			}
		}
		ofCourt := h.text(`select id from followups where case_id = $1 and side = 'institution' and nth = 1`, id)
		h.refused(onlyErr(h.Invite(h.ctx, h.clerk, ofCourt, form)), fault.NotFound)
		h.refused(onlyErr(h.Invite(h.ctx, h.legal, follow, form)), fault.NotFound)
	})
}
