package followup

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/feature/casefile"
	"sigue/internal/platform/access"
)

// visits are the methods that reach one follow-up, or those of one case.
var visits = map[string]func(h *house, a access.Actor, id, caseID string) error{
	"Open": func(h *house, a access.Actor, id, _ string) error { return only(h.Open(h.ctx, a, id)) },
	"LogAttempt": func(h *house, a access.Actor, id, _ string) error {
		return h.LogAttempt(h.ctx, a, id, AttemptForm{On: clock.DateOf(h.clk.Now()).MX(), Channel: "phone", Result: "no_answer"})
	},
	"Answer": func(h *house, a access.Actor, id, _ string) error { return h.Answer(h.ctx, a, id, h.well()) },
	"Returns": func(h *house, a access.Actor, _, caseID string) error {
		_, _, err := h.Returns(h.ctx, a, caseID)
		return err
	},
	"OfCase": func(h *house, a access.Actor, _, caseID string) error { return only(h.OfCase(h.ctx, a, caseID)) },
}

// others are the methods about the actor's own side or about none, with the reason.
var others = map[string]string{
	"List": "of the actor's own side, see TestListsOfOneSide", "Outreach": "of the actor's own center", "Attrition": "of the actor's own side", "Due": "of the actor's own side",
	"Day": "for the program itself", "ReachTx": "inside the transaction of a room above",
}

func only[T any](_ T, err error) error { return err }

// TestEveryMethodIsVisited makes a new method of the service come into these tables.
func TestEveryMethodIsVisited(t *testing.T) {
	service := reflect.TypeFor[*Service]()
	for i := range service.NumMethod() {
		if name := service.Method(i).Name; visits[name] == nil && others[name] == "" {
			t.Errorf("%s is in none of the tables of this file", name)
		}
	}
	if known := len(visits) + len(others); known != service.NumMethod() {
		t.Errorf("the tables hold %d methods, the service has %d", known, service.NumMethod())
	}
}

// TestCase1WhatIsNotYoursDoesNotExist calls every method as everyone who has no business
// with a follow-up, and checks that nothing changed.
func TestCase1WhatIsNotYoursDoesNotExist(t *testing.T) {
	each(t, func(h *house) {
		caseID, a, _ := h.served()
		own, ofA := h.ids(caseID, "")[0], h.ids(caseID, a)[0]
		h.on(h.of(own).DueOn)
		nobody := map[string]access.Actor{"nobody": {}, "anonymous": access.Anonymous("REQ-9"), "another part of the program": access.System("other", access.CatalogueRead)}
		ofCenter := map[string]access.Actor{"coordination of another center": h.away, "social work of another center": h.awaySocial,
			"the court A": h.clerkA, "its supervision": h.bossA, "the court B": h.clerkB, "reception": h.desk}
		ofCourt := map[string]access.Actor{"another area of A": h.clerkA2, "the court B": h.clerkB, "the center": h.social, "its coordination": h.manager,
			"its reception": h.desk, "another center": h.awaySocial}
		entries := h.count(`select count(*) from ledger_entries`)
		for name, visit := range visits {
			for _, x := range []struct {
				id  string
				who map[string]access.Actor
			}{{own, ofCenter}, {own, nobody}, {ofA, ofCourt}, {ofA, nobody}} {
				for who, actor := range x.who {
					if (name == "OfCase" || name == "Returns") && x.id == ofA {
						continue // the case is the center's
					}
					if err := visit(h, actor, x.id, caseID); !fault.Is(err, fault.NotFound) {
						t.Errorf("%s by %s: %v, want NotFound", name, who, err)
					}
				}
			}
		}
		for _, id := range []string{"", "x", "01900000-0000-7000-8000-000000000000", own + "'"} {
			for name, visit := range visits {
				if err := visit(h, h.social, id, id); !fault.Is(err, fault.NotFound) {
					t.Errorf("%s of %q: %v, want NotFound", name, id, err)
				}
			}
		}
		if after := h.count(`select count(*) from ledger_entries`); after != entries {
			t.Errorf("%d entries were written by those to whom nothing exists", after-entries)
		}
		h.must(visits["Open"](h, h.bossA, ofA, ""))
		h.must(visits["Open"](h, h.psych, own, ""))
		h.refused("an answer by psychology", h.Answer(h.ctx, h.psych, own, h.well()), fault.NotFound, "")
	})
}

// TestListsOfOneSide lists for each side its own.
func TestListsOfOneSide(t *testing.T) {
	each(t, func(h *house) {
		caseID, a, b := h.served()
		h.on(h.of(h.ids(caseID, "")[0]).DueOn.AddDays(5))
		for who, c := range map[string]struct {
			actor access.Actor
			want  []string
			shows string
		}{
			"social work": {h.social, h.ids(caseID, ""), "Ficticio"}, "psychology": {h.psych, h.ids(caseID, ""), "Ficticio"},
			"the court A": {h.clerkA, h.ids(caseID, a), "/2026"}, "its supervision": {h.bossA, h.ids(caseID, a), "/2026"},
			"the court B": {h.clerkB, h.ids(caseID, b), "/2026"}, "another area of A": {actor: h.clerkA2}, "another center": {actor: h.awaySocial},
		} {
			var found []string
			for _, s := range States {
				p := got(h.List(h.ctx, c.actor, Filter{State: s}))(t)
				for _, r := range p.Rows {
					found = append(found, r.ID)
					if r.State != s || !strings.Contains(r.Who, c.shows) {
						t.Errorf("%s: in the list %s stands one that is %s, of %q", who, s, r.State, r.Who)
					}
				}
				if p.Total != len(p.Rows) {
					t.Errorf("%s: the list %s holds %d and says %d", who, s, len(p.Rows), p.Total)
				}
			}
			slices.Sort(found)
			slices.Sort(c.want)
			if !slices.Equal(found, c.want) {
				t.Errorf("%s sees %v, want %v", who, found, c.want)
			}
			late := got(h.List(h.ctx, c.actor, Filter{State: Overdue}))(t)
			if want := min(len(c.want), 1); len(late.Rows) != want || late.Total != want || late.Counts[Overdue] != want {
				t.Errorf("%s: %d overdue, %d counted, want %d", who, len(late.Rows), late.Counts[Overdue], want)
			}
			for _, r := range late.Rows {
				if !r.Due.Late() {
					t.Errorf("%s: in the list of what is overdue the badge says %v", who, r.Due)
				}
			}
		}
		for who, actor := range map[string]access.Actor{"social work": h.social, "the court A": h.clerkA} {
			if rows, past, err := h.Due(h.ctx, actor); err != nil || len(rows) != 1 || past != 0 || rows[0].Side == "" {
				t.Errorf("%s has %d to do now and %d past, %v", who, len(rows), past, err)
			}
		}
		if _, _, err := h.Due(h.ctx, h.psych); !fault.Is(err, fault.NotFound) {
			t.Errorf("psychology has follow-ups to do: %v", err)
		}
		if p := got(h.List(h.ctx, h.social, Filter{State: "x' or 1=1"}))(t); len(p.Rows) != 0 {
			t.Errorf("a list that there is not has %d rows", len(p.Rows))
		}
	})
}

// TestDue keeps what is long past from hiding what is due now.
func TestDue(t *testing.T) {
	each(t, func(h *house) {
		caseID, _, _ := h.served()
		own := h.ids(caseID, "")
		h.on(h.of(own[1]).DueOn) // the window of the first is past
		rows, past, err := h.Due(h.ctx, h.social)
		if err != nil || past != 1 || len(rows) != 1 || rows[0].ID != own[1] {
			t.Errorf("%d to do now, %d past, %v", len(rows), past, err)
		}
	})
}

// TestSealed shows the follow-ups of a sealed file to those that it names, and those of
// the authorities to them as before.
func TestSealed(t *testing.T) {
	each(t, func(h *house) {
		caseID, a, _ := h.served()
		own := h.ids(caseID, "")[0]
		h.on(h.of(own).DueOn)
		h.must(h.cases.Seal(h.ctx, h.manager, caseID, nil))
		h.refused("a sealed file", only(h.Open(h.ctx, h.social, own)), fault.NotFound, "")
		h.refused("a sealed file, by its case", only(h.OfCase(h.ctx, h.social, caseID)), fault.NotFound, "")
		if p := got(h.List(h.ctx, h.social, Filter{}))(t); len(p.Rows)+p.Total != 0 {
			t.Errorf("the list shows %d of a sealed file", p.Total)
		}
		if o := got(h.Outreach(h.ctx, h.desk))(t); len(o.Calls) != 0 {
			t.Error("the reception is to call the person of a sealed file")
		}
		if f := got(h.Attrition(h.ctx, h.social))(t); len(f) != 0 {
			t.Errorf("the figures count a sealed file: %+v", f)
		}
		h.must(only(h.Open(h.ctx, h.manager, own)))
		h.must(only(h.Open(h.ctx, h.clerkA, h.ids(caseID, a)[0])))
	})
}

// TestOutreach lists whom to call this week, with what is needed to call and no note.
func TestOutreach(t *testing.T) {
	each(t, func(h *house) {
		caseID, _, _ := h.served()
		f := h.of(h.ids(caseID, "")[0])
		h.on(f.OpensOn.AddDays(-8))
		if o := got(h.Outreach(h.ctx, h.desk))(t); len(o.Calls) != 0 {
			t.Errorf("a week too early: %d", len(o.Calls))
		}
		h.on(f.DueOn)
		h.try(h.social, f.ID)
		for who, actor := range map[string]access.Actor{"reception": h.desk, "social work": h.social} {
			o := got(h.Outreach(h.ctx, actor))(t)
			if len(o.Calls) != 1 || o.Calls[0].Person.Phone != "722 555 0123" || o.Calls[0].Last.Result != "no_answer" || o.Calls[0].Last.Note != "" {
				t.Errorf("%s reads %+v", who, o.Calls)
			}
		}
		for who, actor := range map[string]access.Actor{"the court": h.clerkA, "psychology": h.psych} {
			h.refused(who, only(h.Outreach(h.ctx, actor)), fault.NotFound, "")
		}
		h.must(h.Answer(h.ctx, h.social, f.ID, h.well()))
		if o := got(h.Outreach(h.ctx, h.desk))(t); len(o.Calls) != 0 {
			t.Error("whom one has reached is still to be called")
		}
	})
}

// TestReturn flags a person who completed a process and was referred again, to centers alone.
func TestReturn(t *testing.T) {
	each(t, func(h *house) {
		caseID, _, _ := h.served()
		h.clk.Advance(100 * 24 * 60 * 60 * 1e9)
		entries := h.count(`select count(*) from notices where to_type = 'area'`)
		again := h.accept(h.sent(h.clerkB, obliged, curp))
		if n := h.told("case_return", "center"); n != 1 || again == caseID {
			t.Fatalf("%d notices of a return", n)
		}
		late := h.count(`select count(*) from notices where to_type = 'area' and kind in ('followup_due', 'followup_overdue', 'case_return')`)
		if after := h.count(`select count(*) from notices where to_type = 'area'`); late != 0 || after != entries+2 { // received, accepted
			t.Errorf("authorities were told %d things, %d of them about it", after-entries, late)
		}
		old, fresh := got(h.OfCase(h.ctx, h.social, caseID))(t), got(h.OfCase(h.ctx, h.social, again))(t)
		if len(old.Later) != 1 || old.Later[0].CaseID != again || len(old.Earlier) != 0 {
			t.Errorf("the completed file shows %+v", old.Later)
		}
		if len(fresh.Earlier) != 1 || fresh.Earlier[0].CaseID != caseID || len(fresh.Later) != 0 {
			t.Errorf("the new file shows %+v", fresh.Earlier)
		}
		if v := got(h.Open(h.ctx, h.social, h.ids(caseID, "")[0]))(t); !v.Returned {
			t.Error("the follow-up does not say that he came back")
		}
		if v := got(h.Open(h.ctx, h.clerkB, h.texts(`select id from followups where area_id = $1 order by nth`, h.clerkB.Area)[0]))(t); v.Returned || v.Contact != nil || v.Halves != nil {
			t.Errorf("the authority reads %+v", v)
		}
		h.must(h.Service.opened(h.ctx, casefile.OpenedCase{CaseID: again})) // the job runs again
		if n := h.told("case_return", "center"); n != 1 {
			t.Errorf("told %d times", n)
		}
		for _, r := range h.texts(`select action from ledger_entries where subject_type = 'referral' and action like 'followup%'`) {
			t.Errorf("the history of a referral holds %s", r)
		}
	})
}

// TestReturnElsewhere tells a center that its person completed elsewhere, and not where.
func TestReturnElsewhere(t *testing.T) {
	each(t, func(h *house) {
		caseID, _, _ := h.served()
		h.clk.Advance(24 * 60 * 60 * 1e9)
		h.at = h.lerma
		again := h.accept(h.sent(h.clerkB, obliged, curp))
		for _, v := range []*CaseView{got(h.OfCase(h.ctx, h.social, caseID))(t), got(h.OfCase(h.ctx, h.awaySocial, again))(t)} {
			all := append(v.Earlier, v.Later...)
			if len(all) != 1 || all[0].CaseID != "" || all[0].Folio != "" || all[0].On.IsZero() {
				t.Errorf("a center reads of the other's file: %+v", all)
			}
		}
	})
}

// TestListByFolio finds the follow-ups of one folio, of one's own side.
func TestListByFolio(t *testing.T) {
	each(t, func(h *house) {
		caseID, a, b := h.served()
		ofA, ofB := h.text(`select folio from referrals where id = $1`, a), h.text(`select folio from referrals where id = $1`, b)
		for _, c := range []struct {
			name  string
			actor access.Actor
			folio string
			want  int
		}{
			{"the case, by its center", h.social, h.text(`select folio from case_files where id = $1`, caseID), 3},
			{"a referral, by the center", h.social, ofA, 0},
			{"its own referral, by A", h.clerkA, " " + strings.ToLower(ofA), 3},
			{"that of B, by A", h.clerkA, ofB, 0},
			{"nothing that is a folio", h.social, "'; x", 0},
		} {
			if p := got(h.List(h.ctx, c.actor, Filter{Folio: c.folio}))(t); len(p.Rows) != c.want || p.Total != c.want {
				t.Errorf("%s: %d rows, %d counted, want %d", c.name, len(p.Rows), p.Total, c.want)
			}
		}
	})
}
