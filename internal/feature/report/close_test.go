package report

import (
	"testing"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
)

var chief = access.Actor{Account: "chief", Role: access.ProgramAdmin}

// over lets the running month end.
func (h *house) over() { h.clk.Advance(31 * 24 * time.Hour) }

// attendedOn writes a session of a day that is past, as a capture with a reason does.
func (h *house) attendedOn(ago time.Duration, center string, outcomes map[string]string) string {
	h.t.Helper()
	id := h.attended(center, outcomes)
	h.must(h.d.Tx(h.ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(h.ctx, `update appointments set starts_at = $1 where id = $2`, db.At(tx.Now().Add(-ago)), id); err != nil {
			return err
		}
		return h.recordTx(tx, id, center)
	}))
	return id
}

// TestCase14LateCapture captures an attendance after its month was closed: the close does not
// change, the next one takes it in as an adjustment, and the unit is told.
func TestCase14LateCapture(t *testing.T) {
	each(t, func(h *house) {
		one, other := h.active(h.accept(h.sent(h.clerkA, obliged, curp))), h.active(h.accept(h.sent(h.clerkB, voluntarily, "XAEP920708HMCNJD01")))
		h.attended(h.toluca, map[string]string{one: "present", other: "absent"})
		if next := got(h.NextClose(h.ctx, analyst))(h.t); next.String() != "" {
			h.t.Errorf("%s can be closed while it runs", next)
		}
		h.over()
		next := got(h.NextClose(h.ctx, analyst))(h.t)
		month := next.String()
		h.must(h.Close(h.ctx, analyst, month))
		before := got(h.ClosedMonth(h.ctx, analyst, month))(h.t)
		if v := before.Values[""]; !before.Sealed || v[Contacts].Amount != 1 || v[Attendance] != (Value{1, 2}) || v[People].Amount != 1 {
			h.t.Fatalf("closed %+v", before)
		}

		h.attendedOn(31*24*time.Hour, h.toluca, map[string]string{other: "present"})
		after := got(h.ClosedMonth(h.ctx, analyst, month))(h.t)
		if !after.Sealed || after.Hash != before.Hash || after.Values[""][Contacts] != before.Values[""][Contacts] {
			h.t.Errorf("what came later changed the close: %+v", after)
		}
		late := map[Key]int64{}
		for _, a := range after.Late {
			late[a.Figure] += a.Came - a.Went
		}
		if late[Contacts] != 1 || late[Expected] != 1 || late[Sessions] != 1 {
			h.t.Errorf("what came later is %v", late)
		}
		units := 0
		for _, u := range after.Units {
			if u.Figure == Contacts && u.Amount == 1 && u.Center == h.toluca && next.Holds(u.Day) {
				units++
			}
		}
		if units != 1 {
			h.t.Errorf("%d service contacts are told one by one, want 1: %v", units, after.Units)
		}
		if err := h.Close(h.ctx, analyst, month); !fault.Is(err, fault.Conflict) {
			h.t.Errorf("a month closed twice: %v", err)
		}

		h.over()
		following := got(h.NextClose(h.ctx, analyst))(h.t).String()
		h.must(h.Close(h.ctx, analyst, following))
		c := got(h.ClosedMonth(h.ctx, analyst, following))(h.t)
		sum := int64(0)
		for _, a := range c.Adjustments {
			if a.Figure == Contacts && a.Month == month {
				sum += a.Came - a.Went
			}
		}
		if sum != 1 || !c.Sealed {
			h.t.Errorf("the next close adjusts by %d, want 1 (%+v)", sum, c.Adjustments)
		}
		// What was reported, with all adjustments, is what there is.
		now := got(h.Statistics(h.ctx, analyst, Filter{From: month, Until: month}))(h.t).Total.Values[Contacts]
		if reported := before.Values[""][Contacts].Amount + sum; reported != now.Amount {
			h.t.Errorf("reported %d, counted now %d", reported, now.Amount)
		}
		// Its own center reads of itself alone.
		if c := got(h.ClosedMonth(h.ctx, h.away, month))(h.t); c.Values[""] != nil || c.Values[h.toluca] != nil || len(c.Units) > 0 || len(c.Late) > 0 {
			h.t.Errorf("another center reads %+v", c)
		}
	})
}

// TestClosedMonthIsSealed changes what is stored behind the back of the program.
func TestClosedMonthIsSealed(t *testing.T) {
	each(t, func(h *house) {
		h.active(h.accept(h.sent(h.clerkA, obliged, curp)))
		h.over()
		month := got(h.NextClose(h.ctx, analyst))(h.t).String()
		h.must(h.Close(h.ctx, analyst, month))
		for change, back := range map[string]string{
			`update report_closed_values set amount = amount + 1 where figure = 'referrals'`: `update report_closed_values set amount = amount - 1 where figure = 'referrals'`,
			`update report_closed_sums set center_id = 'x'`:                                  `update report_closed_sums set center_id = '` + h.toluca + `'`,
			`update report_closings set closed_by = 'x'`:                                     `update report_closings set closed_by = 'analyst'`,
			`update report_closings set definitions = definitions || ' '`:                    `update report_closings set definitions = trim(definitions)`,
		} {
			h.exec(change)
			if got(h.ClosedMonth(h.ctx, analyst, month))(h.t).Sealed {
				h.t.Errorf("after %q the close is said to be whole", change)
			}
			h.exec(back)
			if !got(h.ClosedMonth(h.ctx, analyst, month))(h.t).Sealed {
				h.t.Fatalf("after %q the close is said to be broken", back)
			}
		}
		for name, by := range map[string]access.Actor{"a coordination": h.manager, "a court": h.clerkA, "nobody": {}} {
			if err := h.Close(h.ctx, by, month); !fault.Is(err, fault.NotFound) {
				h.t.Errorf("%s closes: %v", name, err)
			}
		}
		for _, month := range []string{"", "x", "2026-13", "1999-01"} {
			if _, err := h.ClosedMonth(h.ctx, analyst, month); !fault.Is(err, fault.NotFound) {
				h.t.Errorf("the close of %q: %v", month, err)
			}
			if err := h.Close(h.ctx, analyst, month); err == nil {
				h.t.Errorf("%q was closed", month)
			}
		}
	})
}

func (h *house) goal(monthly string) string {
	h.t.Helper()
	f := GoalForm{Year: h.clk.Now().Format("2006"), Figure: string(Contacts), Center: h.toluca, CalendarForm: calendar(monthly)}
	return got(h.Propose(h.ctx, analyst, f))(h.t)
}

func calendar(monthly string) CalendarForm {
	f := CalendarForm{Reason: "Lo que el personal puede atender."}
	for i := range f.Months {
		f.Months[i] = monthly
	}
	return f
}

// TestCase15GoalAfterItsQuarter changes a goal whose quarter is closed: refused; what is open
// may change, with two signatures.
func TestCase15GoalAfterItsQuarter(t *testing.T) {
	each(t, func(h *house) {
		one := h.active(h.accept(h.sent(h.clerkA, obliged, curp)))
		h.attended(h.toluca, map[string]string{one: "present"})
		id := h.goal("1")
		if g := got(h.Goal(h.ctx, analyst, id))(h.t); g.Targets.Year() != 0 || g.Waiting() == nil {
			h.t.Errorf("a goal is in force before somebody approved it: %+v", g)
		}
		if err := h.Decide(h.ctx, access.Actor{Account: analyst.Account, Role: access.ProgramAdmin}, id, true); !fault.Is(err, fault.Conflict) {
			h.t.Errorf("who proposed it approves it: %v", err)
		}
		h.must(h.Decide(h.ctx, chief, id, true))
		if n := got(h.Waiting(h.ctx, chief))(h.t); n != 0 {
			h.t.Errorf("%d wait after the decision", n)
		}

		// The last month of the year is closed, and with it its last quarter.
		year := h.clk.Now().Year()
		for h.clk.Now().Year() == year {
			h.over()
		}
		for {
			next := got(h.NextClose(h.ctx, analyst))(h.t)
			if next.First.Year() != year {
				break
			}
			h.must(h.Close(h.ctx, analyst, next.String()))
		}
		g := got(h.Goal(h.ctx, h.manager, id))(h.t)
		last := g.Quarters[3]
		if !last.Closed || last.Target != 3 || last.Reached != 1 || last.Light != Red || !last.Unexplained() {
			h.t.Errorf("the last quarter is %+v", last)
		}
		if err := h.ProposeCalendar(h.ctx, analyst, id, calendar("2")); !fault.Is(err, fault.Invalid) {
			h.t.Errorf("the goal of a closed quarter changes: %v", err)
		}
		if n := got(h.Unexplained(h.ctx, h.manager))(h.t); n == 0 {
			h.t.Error("the center is not asked why")
		}
		if err := h.Explain(h.ctx, h.manager, id, "4", "corto"); !fault.Is(err, fault.Invalid) {
			h.t.Errorf("a justification of five letters: %v", err)
		}
		for q := range 4 {
			h.must(h.Explain(h.ctx, h.manager, id, string(rune('1'+q)), "El centro cerró tres semanas por una inundación."))
		}
		if n := got(h.Unexplained(h.ctx, h.manager))(h.t); n != 0 {
			h.t.Errorf("%d quarters still wait", n)
		}

		// A late capture counts in the close that takes it in, not in the closed quarter.
		h.attendedOn(h.clk.Now().Sub(time.Date(year, 12, 15, 18, 0, 0, 0, time.UTC)), h.toluca, map[string]string{one: "present"})
		if again := got(h.Goal(h.ctx, analyst, id))(h.t); again.Quarters[3].Reached != 1 {
			h.t.Errorf("a closed quarter reached %d, want 1 as reported", again.Quarters[3].Reached)
		}

		// Who is of another center reads and changes nothing.
		if _, err := h.Goal(h.ctx, h.away, id); !fault.Is(err, fault.NotFound) {
			h.t.Errorf("another center reads the goal: %v", err)
		}
		if err := h.Explain(h.ctx, h.away, id, "4", "El centro cerró tres semanas por una inundación."); !fault.Is(err, fault.NotFound) {
			h.t.Errorf("another center explains the goal: %v", err)
		}
		if all := got(h.Goals(h.ctx, h.away, year))(h.t); len(all) != 0 {
			h.t.Errorf("another center lists %v", all)
		}
		for name, err := range map[string]error{
			"a coordination proposes": func() error { _, err := h.Propose(h.ctx, h.manager, GoalForm{}); return err }(),
			"a coordination approves": h.Decide(h.ctx, h.manager, id, true),
			"the analyst approves":    h.Decide(h.ctx, analyst, id, true),
		} {
			if !fault.Is(err, fault.NotFound) {
				h.t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestGoalForms(t *testing.T) {
	each(t, func(h *house) {
		right := GoalForm{Year: "2026", Figure: string(Contacts), CalendarForm: calendar("10")}
		for name, c := range map[string]struct {
			field  string
			change func(f *GoalForm)
		}{
			"no year":            {"year", func(f *GoalForm) { f.Year = "" }},
			"a ratio":            {"figure", func(f *GoalForm) { f.Figure = string(Attendance) }},
			"people":             {"figure", func(f *GoalForm) { f.Figure = string(People) }},
			"no figure":          {"figure", func(f *GoalForm) { f.Figure = "x" }},
			"no center":          {"center", func(f *GoalForm) { f.Center = "x" }},
			"no service":         {"service", func(f *GoalForm) { f.Service = "x" }},
			"no service of it":   {"service", func(f *GoalForm) { f.Figure, f.Service = string(Referrals), "legal" }},
			"a word for a month": {"m3", func(f *GoalForm) { f.Months[2] = "diez" }},
			"a negative month":   {"m12", func(f *GoalForm) { f.Months[11] = "-1" }},
			"too many":           {"m1", func(f *GoalForm) { f.Months[0] = "1000001" }},
			"nothing":            {"m1", func(f *GoalForm) { f.Months = [12]string{} }},
			"no reason":          {"reason", func(f *GoalForm) { f.Reason = "" }},
		} {
			f := right
			c.change(&f)
			_, err := h.Propose(h.ctx, analyst, f)
			if _, there := fault.FieldsOf(err)[c.field]; !there {
				h.t.Errorf("%s: %v %v, want a sentence at %s", name, err, fault.FieldsOf(err), c.field)
			}
		}
		right.Months[0] = "1,200"
		id := got(h.Propose(h.ctx, analyst, right))(h.t)
		if _, err := h.Propose(h.ctx, analyst, right); !fault.Is(err, fault.Conflict) {
			h.t.Errorf("the same goal twice: %v", err)
		}
		if err := h.ProposeCalendar(h.ctx, analyst, id, calendar("5")); !fault.Is(err, fault.Conflict) {
			h.t.Errorf("two proposals wait: %v", err)
		}
		h.must(h.Decide(h.ctx, chief, id, false))
		if err := h.Decide(h.ctx, chief, id, true); !fault.Is(err, fault.Conflict) {
			h.t.Errorf("decided twice: %v", err)
		}
		h.must(h.ProposeCalendar(h.ctx, analyst, id, calendar("5")))
		h.must(h.Decide(h.ctx, chief, id, true))
		if g := got(h.Goal(h.ctx, chief, id))(h.t); g.Targets.Year() != 60 || len(g.Calendars) != 2 {
			h.t.Errorf("the goal is %+v", g)
		}
		if n := h.count(`select count(*) from ledger_entries where subject_type = 'goal'`); n != 4 {
			h.t.Errorf("%d entries tell of the goal, want 4", n)
		}
	})
}

func TestLight(t *testing.T) {
	for _, c := range []struct {
		reached, target int64
		want            Light
	}{
		{0, 0, Unlit}, {5, 0, Unlit}, {0, 10, Red}, {499, 1000, Red}, {500, 1000, Orange}, {699, 1000, Orange}, {700, 1000, Yellow},
		{899, 1000, Yellow}, {900, 1000, Green}, {1100, 1000, Green}, {1101, 1000, Planned}, {496, 200, Planned},
	} {
		if have := LightOf(c.reached, c.target); have != c.want {
			t.Errorf("%d of %d is %q, want %q", c.reached, c.target, have, c.want)
		}
	}
}
