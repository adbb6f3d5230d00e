package report

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

var analyst = access.Actor{Account: "analyst", Role: access.Analyst}

// figures gives the totals of the last twelve months.
func (h *house) figures(by access.Actor) map[Key]int64 {
	h.t.Helper()
	out := map[Key]int64{}
	for key, v := range got(h.Statistics(h.ctx, by, Filter{}))(h.t).Total.Values {
		if f, _ := FigureOf(key); v.Amount != 0 && !f.Ratio() {
			out[key] = v.Amount
		}
	}
	return out
}

func (h *house) wantFigures(by access.Actor, want map[Key]int64) {
	h.t.Helper()
	if have := h.figures(by); !maps.Equal(have, want) {
		h.t.Errorf("figures are %v, want %v", have, want)
	}
}

// attended writes an appointment of yesterday with the attendance of each case, and its
// entry, as the agenda does.
func (h *house) attended(center string, outcomes map[string]string) (id string) {
	h.t.Helper()
	id = db.NewID()
	h.must(h.d.Tx(h.ctx, func(tx *db.Tx) error {
		at := db.At(tx.Now().AddDate(0, 0, -1))
		if _, err := tx.Exec(h.ctx, `insert into appointments (id, center_id, kind, case_id, group_id, component_id, session_number, account_id,
				co_account_id, venue_id, room_id, mode, starts_at, minutes, created_at, created_by, moved_from, ended_by, ended_side, ended_reason, held_at, held_by, version)
			values ($1, $2, 'group', '', $3, '', 1, '', '', '', '', 'in_person', $4, 60, $4, '', '', '', '', '', $4, '', 1)`,
			id, center, "group", at); err != nil {
			return err
		}
		for caseID, outcome := range outcomes {
			if _, err := tx.Exec(h.ctx, `insert into attendances (appointment_id, case_id, outcome, recorded_at, recorded_by, page, excused_by, excuse, version)
				values ($1, $2, $3, $4, '', '', '', '', 1)`, id, caseID, outcome, at); err != nil {
				return err
			}
		}
		return h.recordTx(tx, id, center)
	}))
	return id
}

func (h *house) recordTx(tx *db.Tx, appointment, center string) error {
	return h.book.AppendTx(h.ctx, tx, h.desk, ledger.Entry{Action: "attendance.record",
		Subject: ledger.Subject{Type: "appointment", ID: appointment}, Center: center})
}

// TestGoldenReferrals counts three that were sent: one accepted, one declined, one returned.
func TestGoldenReferrals(t *testing.T) {
	each(t, func(h *house) {
		h.accept(h.sent(h.clerkA, obliged, curp))
		h.must(h.referrals.Decline(h.ctx, h.desk, h.sent(h.clerkB, obliged, ""), referral.Motive{Reason: "duplicate"}))
		h.must(h.referrals.Return(h.ctx, h.desk, h.sent(h.clerkA2, obliged, ""), referral.ReturnNote{Reasons: []string{"resolution_illegible"}, Note: "No se lee."}))
		h.wantFigures(analyst, map[Key]int64{Referrals: 3, Accepted: 1, Declined: 1, Returned: 1})
		h.wantFigures(h.away, map[Key]int64{})
	})
}

// TestGoldenProcess counts two people who were admitted, of whom one completed.
func TestGoldenProcess(t *testing.T) {
	each(t, func(h *house) {
		h.complete(h.active(h.accept(h.sent(h.clerkA, obliged, curp))))
		h.active(h.accept(h.sent(h.clerkB, voluntarily, "XAEP920708HMCNJD01")))
		h.wantFigures(h.manager, map[Key]int64{Referrals: 2, Accepted: 2, Presented: 2, Admissions: 2, Completions: 1})
	})
}

// TestGoldenMeans takes two who waited three days and none, and a session to which one of
// two came.
func TestGoldenMeans(t *testing.T) {
	each(t, func(h *house) {
		early := h.sent(h.clerkA, obliged, curp)
		h.clk.Advance(3 * 24 * time.Hour)
		one, other := h.active(h.accept(early)), h.active(h.accept(h.sent(h.clerkB, voluntarily, "XAEP920708HMCNJD01")))
		h.attended(h.toluca, map[string]string{one: "present", other: "absent"})
		total := got(h.Statistics(h.ctx, analyst, Filter{}))(h.t).Total.Values
		for key, want := range map[Key]string{Waiting: "1.5", Attendance: "50\u00a0%", Contacts: "1", Discharges: "0"} {
			if f, _ := FigureOf(key); f.Show(total[key]) != want {
				h.t.Errorf("%s is %s, want %s", key, f.Show(total[key]), want)
			}
		}
		if f, _ := FigureOf(Attendance); f.Show(Value{}) != "—" {
			h.t.Errorf("the attendance of nobody is %s", f.Show(Value{}))
		}
	})
}

// TestGoldenDimensions tells two referrals apart by what they tell.
func TestGoldenDimensions(t *testing.T) {
	each(t, func(h *house) {
		one := h.active(h.accept(h.sent(h.clerkA, obliged, curp)))
		h.accept(h.sent(h.clerkB, voluntarily, "XAEP920708HMCNJD01"))
		h.attended(h.toluca, map[string]string{one: "present"})
		for _, c := range []struct {
			figure Key
			by     Dimension
			want   map[string]int64
		}{
			{Referrals, ByCenter, map[string]int64{h.toluca: 2}},
			{Referrals, ByInstitution, map[string]int64{h.clerkA.Institution: 1, h.clerkB.Institution: 1}},
			{Referrals, ByVoluntary, map[string]int64{no: 1, yes: 1}},
			{Admissions, ByVoluntary, map[string]int64{no: 1}},
			{People, ByInstitution, map[string]int64{h.clerkA.Institution: 1}},
			{Contacts, BySex, map[string]int64{"H": 1}},
		} {
			have := map[string]int64{}
			for _, r := range got(h.Figure(h.ctx, analyst, c.figure, c.by, Filter{}))(h.t).Rows {
				have[r.Choice.Value] = r.Value.Amount
			}
			if !maps.Equal(have, c.want) {
				h.t.Errorf("%s by %s: %v, want %v", c.figure, c.by, have, c.want)
			}
		}
		several := 0
		for _, r := range got(h.Figure(h.ctx, analyst, Referrals, ByViolence, Filter{}))(h.t).Rows {
			chosen := got(h.Figure(h.ctx, analyst, Referrals, BySex, Filter{Where: map[Dimension]string{ByViolence: r.Choice.Value}}))(h.t)
			if chosen.Total != r.Value {
				h.t.Errorf("%s: chosen %v, told apart %v", r.Choice.Value, chosen.Total, r.Value)
			}
			several++
		}
		if several == 0 {
			h.t.Error("no type of violence is told apart")
		}
		for _, by := range []Dimension{ByService, "x"} {
			if _, err := h.Figure(h.ctx, analyst, Referrals, by, Filter{}); !fault.Is(err, fault.NotFound) {
				h.t.Errorf("referrals by %q: %v", by, err)
			}
		}
	})
}

// TestDetail reads more rows than one piece has, and finds each once.
func TestDetail(t *testing.T) {
	each(t, func(h *house) {
		const n = detailBatch + 7
		for i := range n {
			h.exec(fmt.Sprintf(`insert into report_sums (figure, %s, amount, changed_at) values ('contacts', '2026-11', '%s', '', '', '%05d', '', '', '', '', '', '', '', 2, '2026-11-01T00:00:00Z')`, placeColumns, h.toluca, i))
		}
		seen, sum := map[string]bool{}, int64(0)
		h.must(h.Detail(h.ctx, analyst, Filter{From: "2026-11", Until: "2026-11"}, func(cells []string, amount int64) error {
			seen[strings.Join(cells, "|")], sum = true, sum+amount
			if len(cells)+1 != len(DetailHead()) {
				h.t.Errorf("%d cells under %d heads", len(cells)+1, len(DetailHead()))
			}
			return nil
		}))
		if len(seen) != n || sum != 2*n {
			h.t.Errorf("%d rows add up to %d, want %d and %d", len(seen), sum, n, 2*n)
		}
		h.exec(`delete from report_sums`)
	})
}

// TestCase3GoldenTransfer discharges at Lerma whom Toluca admitted: each counts its own.
func TestCase3GoldenTransfer(t *testing.T) {
	each(t, func(h *house) {
		id := h.active(h.accept(h.sent(h.clerkA, obliged, curp)))
		h.attended(h.toluca, map[string]string{id: "present"})
		h.clk.Advance(24 * time.Hour)
		h.must(h.cases.Transfer(h.ctx, h.manager, id, casefile.TransferForm{Center: h.lerma, Reason: "residence"}))
		h.clk.Advance(24 * time.Hour)
		h.must(h.cases.Discharge(h.ctx, h.away, id, casefile.DischargeForm{Reason: "relocation", Note: "Se fue a otro estado."}))
		h.wantFigures(h.manager, map[Key]int64{Presented: 1, Admissions: 1, Expected: 1, Contacts: 1, Sessions: 1, People: 1})
		h.wantFigures(h.away, map[Key]int64{Referrals: 1, Accepted: 1, Discharges: 1})
	})
}

// TestGoldenCase5 is a session of twelve: nine present, one late, two absent.
func TestGoldenCase5(t *testing.T) {
	each(t, func(h *house) {
		outcomes := map[string]string{}
		for i := range 12 {
			id := h.accept(h.sent(h.clerkA, voluntarily, ""))
			outcomes[id] = "present"
			switch i {
			case 9:
				outcomes[id] = "late"
			case 10, 11:
				outcomes[id] = "absent"
			}
		}
		session := h.attended(h.toluca, outcomes)
		want := map[Key]int64{Referrals: 12, Accepted: 12, Expected: 12, Contacts: 10, Sessions: 1, People: 10}
		h.wantFigures(analyst, want)

		// Case 7: the center was closed that day after all; nobody was expected.
		h.must(h.d.Tx(h.ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(h.ctx, `update appointments set ended_at = starts_at, ended_side = 'center' where id = $1`, session); err != nil {
				return err
			}
			return h.recordTx(tx, session, h.toluca)
		}))
		want = map[Key]int64{Referrals: 12, Accepted: 12}
		h.wantFigures(analyst, want)
	})
}

// TestRecountFinds changes what is stored behind the back of the program.
func TestRecountFinds(t *testing.T) {
	each(t, func(h *house) {
		id := h.accept(h.sent(h.clerkA, obliged, curp))
		for _, change := range []string{
			`update report_facts set amount = 2 where figure = 'referrals'`,
			`delete from report_facts where figure = 'accepted'`,
			`insert into report_facts (` + factColumns + `) values ('case', '` + id + `', 'admissions', '', '2026-01-01', '2026-01', '', '', '', '', '', '', '', '', '', '', '', 1)`,
			`update report_sums set amount = 2 where figure = 'referrals'`,
			`update report_sums set amount = 0 where figure = 'referrals'`,
			`delete from report_sums where figure = 'accepted'`,
			`insert into report_sums (figure, ` + placeColumns + `, amount, changed_at) values ('admissions', '2025-12', '', '', '', '', '', '', '', '', '', '', '', 1, '2026-01-01T00:00:00Z')`,
		} {
			h.exec(change)
			if n := got(h.Mend(h.ctx, system))(h.t); n == 0 {
				h.t.Errorf("after %q nothing was mended", change)
			}
			if wrong := got(h.Recount(h.ctx, system))(h.t); len(wrong) > 0 {
				h.t.Errorf("after %q was mended the recount finds %v", change, wrong)
			}
		}
	})
}

// TestWhoReads tells who sees what: the State all, a coordination its center, others nothing.
func TestWhoReads(t *testing.T) {
	each(t, func(h *house) {
		h.accept(h.sent(h.clerkA, obliged, curp))
		for name, c := range map[string]struct {
			by     access.Actor
			center string
			want   int64 // -1: it does not exist
		}{
			"the State": {analyst, "", 1}, "the State, one center": {analyst, h.lerma, 0}, "its center": {h.manager, h.toluca, 1},
			"another center": {h.away, "", 0}, "another's": {h.away, h.toluca, -1}, "no center": {analyst, "x", -1},
			"a court": {h.clerkA, "", -1}, "its supervision": {h.bossA, "", -1}, "reception": {h.desk, "", -1}, "nobody": {access.Actor{}, "", -1},
		} {
			s, err := h.Statistics(h.ctx, c.by, Filter{Where: map[Dimension]string{ByCenter: c.center}})
			switch {
			case c.want < 0 && !fault.Is(err, fault.NotFound):
				h.t.Errorf("%s: %v, want NotFound", name, err)
			case c.want >= 0 && (err != nil || s.Total.Values[Referrals].Amount != c.want):
				h.t.Errorf("%s: %v (%v), want %d", name, s, err, c.want)
			}
		}
		others := Filter{Where: map[Dimension]string{ByCenter: h.toluca}}
		for name, ask := range map[string]func(access.Actor, Filter) error{
			"figure": func(a access.Actor, f Filter) error { _, err := h.Figure(h.ctx, a, Referrals, BySex, f); return err },
			"cases":  func(a access.Actor, f Filter) error { _, err := h.Cases(h.ctx, a, Referrals, f); return err },
			"may":    func(a access.Actor, f Filter) error { return h.May(h.ctx, a, f) },
			"detail": func(a access.Actor, f Filter) error {
				return h.Detail(h.ctx, a, f, func([]string, int64) error { return nil })
			},
		} {
			h.must(ask(h.manager, others))
			for _, by := range []access.Actor{h.away, h.clerkA, h.desk, {}} {
				if err := ask(by, others); !fault.Is(err, fault.NotFound) {
					h.t.Errorf("%s of another center by %s: %v", name, by.Role, err)
				}
			}
		}
		if list := got(h.Cases(h.ctx, h.manager, Referrals, Filter{}))(h.t); len(list.Lines) != 1 || list.Away != 0 {
			h.t.Errorf("its coordination opens %+v", list)
		}
		if list := got(h.Cases(h.ctx, h.away, Referrals, Filter{}))(h.t); len(list.Lines) != 0 {
			h.t.Errorf("another coordination opens %+v", list)
		}
		if _, err := h.Cases(h.ctx, analyst, Referrals, Filter{}); !fault.Is(err, fault.NotFound) {
			h.t.Errorf("the State opens what was counted: %v", err)
		}
		if _, err := h.Recount(h.ctx, h.manager); !fault.Is(err, fault.NotFound) {
			h.t.Errorf("a coordination recounts: %v", err)
		}
		if _, err := h.Mend(h.ctx, h.manager); !fault.Is(err, fault.NotFound) {
			h.t.Errorf("a coordination mends: %v", err)
		}
		if _, err := h.Choices(h.ctx, h.clerkA); !fault.Is(err, fault.NotFound) {
			h.t.Errorf("a court lists what there is to choose: %v", err)
		}
		if all := got(h.Choices(h.ctx, h.manager))(h.t); all[ByCenter] != nil {
			h.t.Errorf("a coordination may choose among %v", all[ByCenter])
		}
	})
}

func TestPeriod(t *testing.T) {
	now := clock.MonthOf(clock.MustDate("2026-11-23"))
	for _, c := range []struct {
		name, from, until string
		months            int // 0: refused
	}{
		{"nothing chosen", "", "", 12}, {"one month", "2026-11", "2026-11", 1}, {"over a year's end", "2025-12", "2026-01", 2},
		{"backwards", "2026-11", "2026-10", 0}, {"the longest", "2021-12", "2026-11", longest}, {"too long", "2021-11", "2026-11", 0},
		{"no month", "x", "2026-11", 0},
	} {
		s, err := periodOf(Filter{From: c.from, Until: c.until}, now)
		if c.months == 0 {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v, want Invalid", c.name, err)
			}
		} else if err != nil || len(s.Months()) != c.months {
			t.Errorf("%s: %v (%v), want %d months", c.name, s, err, c.months)
		}
	}
}

func TestAgeBand(t *testing.T) {
	day := clock.MustDate("2026-11-23")
	for _, c := range []struct {
		birth, want string
		estimated   int
	}{
		{"2008-11-24", "0-17", 0}, {"2008-11-23", "18-29", 0}, {"1966-11-23", "60+", 0}, {"", "30-44", 44}, {"", "45-59", 45}, {"", "", 0},
	} {
		var birth clock.Date
		if c.birth != "" {
			birth = clock.MustDate(c.birth)
		}
		if have := ageBand(birth, c.estimated, day); have != c.want {
			t.Errorf("born %q, estimated %d: %q, want %q", c.birth, c.estimated, have, c.want)
		}
	}
}
