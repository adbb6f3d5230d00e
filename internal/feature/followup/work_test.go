package followup

import (
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
	"sigue/internal/platform/vault"
)

// TestBadInput sends what each form refuses, and says at which field.
func TestBadInput(t *testing.T) {
	each(t, func(h *house) {
		caseID, _, _ := h.served()
		f := h.of(h.ids(caseID, "")[0])
		h.on(f.DueOn)
		day := f.DueOn.MX()
		for _, c := range []struct {
			name, field string
			form        AttemptForm
		}{
			{"nothing", "channel", AttemptForm{}},
			{"no day", "tried_on", AttemptForm{Channel: "phone", Result: "no_answer"}},
			{"no such day", "tried_on", AttemptForm{On: "31/02/2027", Channel: "phone", Result: "no_answer"}},
			{"tomorrow", "tried_on", AttemptForm{On: f.DueOn.AddDays(1).MX(), Channel: "phone", Result: "no_answer"}},
			{"before the completion", "tried_on", AttemptForm{On: f.CompletedOn.AddDays(-1).MX(), Channel: "phone", Result: "no_answer"}},
			{"no such hour", "tried_time", AttemptForm{On: day, Time: "25:10", Channel: "phone", Result: "no_answer"}},
			{"no such channel", "channel", AttemptForm{On: day, Channel: "pigeon", Result: "no_answer"}},
			{"no such result", "result", AttemptForm{On: day, Channel: "phone", Result: "x"}},
			{"a long note", "note", AttemptForm{On: day, Channel: "phone", Result: "no_answer", Note: strings.Repeat("ñ", 501)}},
		} {
			h.refused(c.name, h.LogAttempt(h.ctx, h.social, f.ID, c.form), fault.Invalid, c.field)
		}
		well := h.well()
		for _, c := range []struct {
			name, field string
			change      func(a *AnswerForm)
		}{
			{"reached unknown", "reached", func(a *AnswerForm) { a.Reached = "unknown" }},
			{"relapse left out", "relapse", func(a *AnswerForm) { a.Relapse = "" }},
			{"relapse of another list", "relapse", func(a *AnswerForm) { a.Relapse = "not_specified" }},
			{"no relapse, said by nobody", "relapse_source", func(a *AnswerForm) { a.RelapseSource = "" }},
			{"abstains, said by no such source", "abstains_source", func(a *AnswerForm) { a.AbstainsSource = "neighbour" }},
			{"not reached, said by himself", "abstains_source", func(a *AnswerForm) { a.Reached = "no" }},
			{"no day", "answered_on", func(a *AnswerForm) { a.On = "" }},
			{"tomorrow", "answered_on", func(a *AnswerForm) { a.On = f.DueOn.AddDays(1).MX() }},
			{"nothing learnt and nothing tried", "reached", func(a *AnswerForm) { a.Reached, a.Relapse, a.Abstains = "no", "unknown", "unknown" }},
		} {
			form := well
			c.change(&form)
			h.refused(c.name, h.Answer(h.ctx, h.social, f.ID, form), fault.Invalid, c.field)
		}
		if n := h.count(`select count(*) from followup_attempts`) + h.count(`select count(*) from followup_answers`); n != 0 {
			t.Errorf("%d rows of what was refused", n)
		}
	})
}

// TestUnreached ends a follow-up without anybody reached: after enough attempts.
func TestUnreached(t *testing.T) {
	each(t, func(h *house) {
		caseID, _, _ := h.served()
		id := h.ids(caseID, "")[0]
		h.on(h.of(id).DueOn)
		for range 3 {
			h.try(h.social, id)
		}
		nobody := AnswerForm{Version: "0", On: clock.DateOf(h.clk.Now()).MX(), Reached: "no", Relapse: "unknown", RelapseSource: "self", Abstains: "unknown"}
		h.must(h.Answer(h.ctx, h.social, id, nobody))
		if h.state(id) != Unreached {
			t.Errorf("state %s", h.state(id))
		}
		if s := h.text(`select relapse_source from followup_answers`); s != "" {
			t.Errorf("what is not known was said by %q", s)
		}
		later := h.well()
		later.Version, later.Why = "1", "Llamó después por su cuenta."
		h.must(h.Answer(h.ctx, h.social, id, later))
		v := got(h.Open(h.ctx, h.social, id))(t)
		if v.State != Done || len(v.History) != 2 || v.History[1].Reached != No || v.History[0].Why != later.Why {
			t.Errorf("after the correction: %s, %+v", v.State, v.History)
		}
		h.refused("a correction without a reason", h.Answer(h.ctx, h.social, id, AnswerForm{Version: "2", On: later.On, Reached: "yes",
			Relapse: "unknown", Abstains: "unknown"}), fault.Invalid, "why")
	})
}

// TestCase25FollowupTwice sends forms twice, and two people at once.
func TestCase25FollowupTwice(t *testing.T) {
	each(t, func(h *house) {
		caseID, _, _ := h.served()
		id := h.ids(caseID, "")[0]
		h.on(h.of(id).DueOn)
		form := AttemptForm{Once: db.NewID(), On: clock.DateOf(h.clk.Now()).MX(), Channel: "phone", Result: "reached"}
		for range 2 {
			h.must(h.LogAttempt(h.ctx, h.social, id, form))
			h.must(h.Answer(h.ctx, h.social, id, h.well()))
		}
		if f := h.of(id); f.Attempts != 1 || f.Answers != 1 {
			t.Errorf("sent twice: %d attempts, %d answers", f.Attempts, f.Answers)
		}
		h.refused("another's answer meanwhile", h.Answer(h.ctx, h.manager, id, h.well()), fault.Conflict, "")
		second := h.ids(caseID, "")[1]
		h.on(h.of(second).DueOn)
		well := h.well()
		var group errgroup.Group
		kept := make([]bool, 2)
		for i, by := range []access.Actor{h.social, h.manager} {
			group.Go(func() error {
				err := h.Answer(h.ctx, by, second, well)
				if kept[i] = err == nil; fault.Is(err, fault.Conflict) {
					return nil
				}
				return err
			})
		}
		h.must(group.Wait())
		if kept[0] == kept[1] || h.of(second).Answers != 1 {
			t.Errorf("two at once: kept %v, %d answers", kept, h.of(second).Answers)
		}
	})
}

// TestWindowOfItsHolder gives each side the days of its own calendar.
func TestWindowOfItsHolder(t *testing.T) {
	each(t, func(h *house) {
		h.on(clock.MustDate("2026-12-15")) // three months later is a day of rest, 15 March 2027
		h.must(h.institutions.CloseDays(h.ctx, builder, h.clerkB.Institution, catalogue.Closure{From: "16/03/2027", Name: "Aniversario"}))
		caseID, a, b := h.served()
		for who, want := range map[string]string{"": "2027-03-16", a: "2027-03-16", b: "2027-03-17"} {
			if f := h.of(h.ids(caseID, who)[0]); f.DueOn.String() != want || f.OpensOn != f.DueOn.AddDays(-15) || f.ClosesOn != f.DueOn.AddDays(15) {
				t.Errorf("of %q: due %s in %s to %s, want %s", who, f.DueOn, f.OpensOn, f.ClosesOn, want)
			}
		}
	})
}

// TestVoluntary makes the center's follow-ups alone.
func TestVoluntary(t *testing.T) {
	each(t, func(h *house) {
		r := h.sent(h.clerkA, voluntarily, "")
		caseID := h.complete(h.active(h.accept(r)))
		if own, theirs := len(h.ids(caseID, "")), len(h.ids(caseID, r)); own != 3 || theirs != 0 {
			t.Errorf("%d of the center, %d of who referred", own, theirs)
		}
		h.on(h.of(h.ids(caseID, "")[2]).DueOn)
		h.day()
		if n := h.told("followup_due", "area") + h.told("followup_overdue", "area"); n != 0 {
			t.Errorf("%d notices about who came by himself", n)
		}
	})
}

// TestRevokedAndSeparated ends the follow-ups of an area whose mandate no longer stands.
func TestRevokedAndSeparated(t *testing.T) {
	each(t, func(h *house) {
		caseID, a, b := h.served()
		first := h.ids(caseID, a)[0]
		h.on(h.of(first).DueOn)
		h.must(h.Answer(h.ctx, h.clerkA, first, h.well()))
		h.must(h.cases.ChangeMandate(h.ctx, h.manager, caseID, a, casefile.MandateForm{Kind: casefile.Revoked,
			DocumentOn: clock.DateOf(h.clk.Now()).MX(), Reason: "La autoridad la dejó sin efecto."}))
		got(h.cases.Separate(h.ctx, h.manager, caseID, b))(t)
		h.day()
		h.day()
		ids := h.ids(caseID, a)
		if h.state(ids[0]) != Done || h.state(ids[1]) != Void || h.state(ids[2]) != Void || h.state(h.ids(caseID, b)[0]) != Void {
			t.Errorf("of a revoked mandate: %s, %s, %s; of a separated one: %s", h.state(ids[0]), h.state(ids[1]), h.state(ids[2]), h.state(h.ids(caseID, b)[0]))
		}
		if own := h.ids(caseID, ""); h.state(own[0]) != Open {
			t.Errorf("the center's is %s", h.state(own[0]))
		}
		h.refused("an attempt of a void one", h.LogAttempt(h.ctx, h.clerkA, ids[1], AttemptForm{}), fault.Conflict, "")
		if n := h.count(`select count(*) from followups f where f.case_id <> $1`, caseID); n != 0 {
			t.Errorf("%d follow-ups of a process that begins", n)
		}
	})
}

// TestMovedCompletion brings what nobody has begun up to another day of completion.
func TestMovedCompletion(t *testing.T) {
	each(t, func(h *house) {
		caseID, _, _ := h.served()
		own := h.ids(caseID, "")
		h.clk.Advance(24 * 60 * 60 * 1e9)
		h.try(h.social, own[0])
		was := h.of(own[0]).DueOn
		moved := clock.DateOf(h.clk.Now()).AddDays(-30)
		h.exec(`update case_files set completed_at = $1 where id = $2`, db.At(moved.At(10, 0)), caseID)
		h.day()
		if f := h.of(own[1]); f.CompletedOn != moved || f.DueOn != PlanDays(moved, shipped, clock.Calendar{})[1].Due {
			t.Errorf("the second is due on %s", f.DueOn)
		}
		if f := h.of(own[0]); f.DueOn != was {
			t.Errorf("the first, which somebody began, moved to %s", f.DueOn)
		}
		if n := h.count(`select count(*) from followups`); n != 9 {
			t.Errorf("%d follow-ups, want 9", n)
		}
	})
}

// TestNoticesOnce tells each side that a window opened and that its day is past, once.
func TestNoticesOnce(t *testing.T) {
	each(t, func(h *house) {
		caseID, _, _ := h.served()
		f := h.of(h.ids(caseID, "")[0])
		count := func(when string, due, overdue int) {
			t.Helper()
			h.day()
			h.day()
			for _, c := range []struct {
				kind, to string
				want     int
			}{{"followup_due", "center", due}, {"followup_due", "area", 2 * due}, {"followup_overdue", "center", overdue}, {"followup_overdue", "area", 2 * overdue}} {
				if n := h.told(c.kind, c.to); n != c.want {
					t.Errorf("%s: %d notices %s to a %s, want %d", when, n, c.kind, c.to, c.want)
				}
			}
		}
		h.on(f.OpensOn.AddDays(-1))
		count("before the window", 0, 0)
		h.on(f.OpensOn)
		count("when it opens", 1, 0)
		h.on(f.DueOn)
		count("on its day", 1, 0)
		h.on(f.DueOn.AddDays(1))
		count("the day after", 1, 1)
	})
}

// TestNoticesToTheirOwn addresses each authority with its own folio.
func TestNoticesToTheirOwn(t *testing.T) {
	each(t, func(h *house) {
		caseID, a, b := h.served()
		h.on(h.of(h.ids(caseID, a)[0]).OpensOn)
		h.day()
		for _, c := range []struct{ referral, area string }{{a, h.clerkA.Area}, {b, h.clerkB.Area}} {
			folio := h.text(`select folio from referrals where id = $1`, c.referral)
			if is := h.text(`select folio from notices where kind = 'followup_due' and to_id = $1`, c.area); is != folio {
				t.Errorf("the area hears of %s, want its own %s", is, folio)
			}
		}
	})
}

// TestLapse ends what was tried in vain once its window is past, and closes the file with
// the last one; what nobody tried stays overdue.
func TestLapse(t *testing.T) {
	each(t, func(h *house) {
		caseID, a, _ := h.served()
		own := h.ids(caseID, "")
		last := h.of(own[2])
		h.on(last.DueOn)
		for range 2 {
			h.try(h.social, last.ID)
		}
		h.on(last.ClosesOn.AddDays(1))
		h.day()
		if h.state(last.ID) != Open || h.caseState(caseID) != "in_followup" {
			t.Errorf("tried twice: %s, the case %s", h.state(last.ID), h.caseState(caseID))
		}
		h.try(h.social, last.ID)
		h.day()
		if h.state(last.ID) != Unreached || h.caseState(caseID) != "closed" {
			t.Errorf("tried three times: %s, the case %s", h.state(last.ID), h.caseState(caseID))
		}
		if h.state(own[0]) != Undone || h.state(h.ids(caseID, a)[0]) != Open {
			t.Errorf("the earlier ones: %s of the center, %s of A", h.state(own[0]), h.state(h.ids(caseID, a)[0]))
		}
		found := h.well() // he turned up after all
		found.Why = "Se presentó él mismo en el centro."
		h.must(h.Answer(h.ctx, h.social, last.ID, found))
		if h.state(last.ID) != Done || h.caseState(caseID) != "closed" {
			t.Errorf("answered after it had ended: %s, the case %s", h.state(last.ID), h.caseState(caseID))
		}
	})
}

// TestClosedByHand asks the center for nothing more of a file that it closed.
func TestClosedByHand(t *testing.T) {
	each(t, func(h *house) {
		caseID, a, _ := h.served()
		h.must(h.cases.CloseFile(h.ctx, h.manager, caseID))
		h.day()
		for _, id := range h.ids(caseID, "") {
			if h.state(id) != Undone {
				t.Errorf("the center's is %s", h.state(id))
			}
		}
		if s := h.state(h.ids(caseID, a)[0]); s != Planned {
			t.Errorf("that of A is %s", s)
		}
	})
}

// TestErased shows the facts of a follow-up whose texts were erased, and no text.
func TestErased(t *testing.T) {
	each(t, func(h *house) {
		caseID, _, b := h.served()
		own, ofB := h.ids(caseID, "")[0], h.ids(caseID, b)[0]
		h.on(h.of(own).DueOn)
		h.try(h.social, own)
		h.try(h.clerkB, ofB)
		key := h.text(`select key_id from case_files where id = $1`, caseID)
		h.must(h.d.Tx(h.ctx, func(tx *db.Tx) error { return h.vault.EraseTx(h.ctx, tx, key) }))
		v := got(h.Open(h.ctx, h.social, own))(t)
		if !v.Erased || len(v.Tries) != 1 || v.Tries[0].Note != "" {
			t.Errorf("after the erasure: %+v", v.Tries)
		}
		h.refused("a note of an erased case", h.LogAttempt(h.ctx, h.social, own, AttemptForm{On: clock.DateOf(h.clk.Now()).MX(), Channel: "phone",
			Result: "no_answer", Note: "Nota"}), fault.NotFound, "")
		if v := got(h.Open(h.ctx, h.clerkB, ofB))(t); v.Erased || v.Tries[0].Note != "Sonó ocupado." {
			t.Errorf("B's own note went with the case: %+v", v.Tries)
		}
	})
}

// TestNotesAreSealed looks for what was written in the rows.
func TestNotesAreSealed(t *testing.T) {
	each(t, func(h *house) {
		caseID, a, _ := h.served()
		for by, id := range map[*access.Actor]string{&h.social: h.ids(caseID, "")[0], &h.clerkA: h.ids(caseID, a)[0]} {
			h.on(h.of(id).DueOn)
			h.try(*by, id)
			var row struct {
				ID   string `db:"id"`
				Note []byte `db:"note"`
			}
			h.must(h.d.View(h.ctx, func(tx *db.Tx) error {
				return tx.Get(h.ctx, &row, `select id, note from followup_attempts where followup_id = $1`, id)
			}))
			if strings.Contains(string(row.Note), "ocupado") || len(row.Note) == 0 {
				t.Errorf("the note lies open: %q", row.Note)
			}
			if _, err := openText(nil, "followup_attempts", "note", row.ID, row.Note); err != nil {
				t.Error(err)
			}
			var wrong *vault.Key
			h.must(h.d.Tx(h.ctx, func(tx *db.Tx) (err error) { wrong, err = h.vault.NewKeyTx(h.ctx, tx); return err }))
			if _, err := openText(wrong, "followup_attempts", "note", row.ID, row.Note); err == nil {
				t.Error("another key opens the note")
			}
		}
	})
}
