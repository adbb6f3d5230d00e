package agenda

import (
	"strings"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
)

// twelve is a group session that begins, with twelve members.
func (h *house) twelve() (session string, members []string) {
	h.t.Helper()
	h.exec(`update centers set capacity = 900 where id = $1`, h.toluca)
	for range 12 {
		members = append(members, h.planned(obliged))
	}
	g := h.group(3, clock.MustDate("2026-11-24"), members...)
	h.must(h.Confirm(h.ctx, h.manager, g))
	h.must(h.Confirm(h.ctx, h.manager, g)) // pressed twice
	h.at("2026-11-24", 16, 5)
	return h.texts(`select id from appointments where group_id = $1 order by starts_at`, g)[0], members
}

// TestCase5SessionOfTwelve records a session of twelve: nine present, one late, two absent are one
// session and ten service contacts (DOMAIN 10, case 5).
func TestCase5SessionOfTwelve(t *testing.T) {
	each(t, func(h *house) {
		session, members := h.twelve()
		var marks []Mark
		for i, m := range members {
			marks = append(marks, Mark{Case: m, Mark: []string{"absent", "absent", "late", "present"}[min(i, 3)]})
		}
		for range 2 { // sent twice changes nothing
			r := got(h.Attend(h.ctx, h.lead, session, Roll{Marks: marks, Page: "p1"}))(h.t)
			if r.Saved != 12 || len(r.Clashes) != 0 {
				h.t.Errorf("saved %d, clashes %v", r.Saved, r.Clashes)
			}
		}
		if c := got(h.Counts(h.ctx, h.manager, clock.MustDate("2026-11-24"), clock.MustDate("2026-11-24")))(h.t); c != (Count{1, 10, 2}) {
			h.t.Errorf("counted %+v, want 1 session, 10 contacts, 2 absences", c)
		}
		if n := h.count(`select count(*) from attendance_changes`); n != 12 {
			h.t.Errorf("%d words about 12 attendances", n)
		}
		if n := h.count(`select done_sessions * 1000 + done_minutes from plan_components where case_file_id = $1 and component_id = $2`, members[5], circles); n != 1120 {
			h.t.Errorf("delivered %d, want 1 session of 120 minutes", n)
		}
	})
}

// TestCase25TwoMarkOneList lets two people mark one list: each line has one winner, the other is
// told who, and what is not disputed is kept (case 25).
func TestCase25TwoMarkOneList(t *testing.T) {
	each(t, func(h *house) {
		session, members := h.twelve()
		got(h.Attend(h.ctx, h.lead, session, Roll{Page: "a", Marks: []Mark{{Case: members[0], Mark: "present"}, {Case: members[1], Mark: "late"}}}))(h.t)
		r := got(h.Attend(h.ctx, h.psych, session, Roll{Page: "b", Marks: []Mark{
			{Case: members[0], Mark: "absent"}, {Case: members[1], Mark: "late"}, {Case: members[2], Mark: "present"}}}))(h.t)
		if r.Saved != 2 || len(r.Clashes) != 1 || r.Clashes[0].Case != members[0] || r.Clashes[0].Mark != Present || !strings.Contains(r.Clashes[0].Who, "Facilitación") {
			h.t.Fatalf("saved %d, clashes %+v", r.Saved, r.Clashes)
		}
		// The answer to page a was lost on the way: it sends again, and more.
		r = got(h.Attend(h.ctx, h.lead, session, Roll{Page: "a", Marks: []Mark{{Case: members[0], Mark: "late"}, {Case: members[1], Mark: "late"}}}))(h.t)
		if r.Saved != 2 || len(r.Clashes) != 0 {
			h.t.Errorf("again: saved %d, clashes %+v", r.Saved, r.Clashes)
		}
		// Who has seen the other's word may change it.
		r = got(h.Attend(h.ctx, h.psych, session, Roll{Page: "b", Marks: []Mark{{Case: members[0], Mark: "absent", Version: 2}}}))(h.t)
		if r.Saved != 1 || h.text(`select outcome from attendances where case_id = $1`, members[0]) != "absent" {
			h.t.Errorf("after seeing it: %+v", r)
		}
	})
}

func TestWhenItMayBeRecorded(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(voluntarily)
		a := h.book(id, h.visit("25/11/2026", "10:00", h.psych))
		roll := Roll{Marks: []Mark{{Case: id, Mark: "present"}}}
		h.at("2026-11-25", 9, 44)
		_, err := h.Attend(h.ctx, h.psych, a, roll)
		h.refused(err, fault.Conflict)
		h.at("2026-11-26", 9, 0)
		_, err = h.Attend(h.ctx, h.psych, a, roll)
		if says := atField(err, "late_reason"); says == "" {
			h.t.Errorf("captured a day late without a reason: %v", err)
		}
		roll.Late = "Se fue la luz"
		got(h.Attend(h.ctx, h.psych, a, roll))(h.t)
		h.must(h.Note(h.ctx, h.psych, a, id, "Pidió cambiar de hora."))
		v := got(h.Open(h.ctx, h.psych, a))(h.t)
		if !v.Held() || v.Lines[0].Note != "Pidió cambiar de hora." || v.History[id][0].Late != "Se fue la luz" {
			h.t.Errorf("%+v", v)
		}
		h.refused(h.Cancel(h.ctx, h.desk, a, Change{Side: "person", Reason: "work"}), fault.Conflict)
	})
}

// TestCase7ClosedDay calls a day off: nobody was absent (case 7).
func TestCase7ClosedDay(t *testing.T) {
	each(t, func(h *house) {
		session, members := h.twelve()
		h.mark(session, members[0], "absent")
		if n := got(h.CloseDay(h.ctx, h.manager, clock.MustDate("2026-11-24")))(h.t); n != 1 {
			h.t.Errorf("called off %d, want 1", n)
		}
		if n := h.count(`select count(*) from tasks where void_at is null`); n != 0 {
			h.t.Errorf("%d tasks stay after the center called the session off", n)
		}
		if n := h.count(`select missed from plan_components where case_file_id = $1 and component_id = $2`, members[0], circles); n != 0 {
			h.t.Errorf("%d missed", n)
		}
		_, err := h.Attend(h.ctx, h.lead, session, Roll{Marks: []Mark{{Case: members[1], Mark: "absent"}}})
		h.refused(err, fault.Conflict)
	})
}

func TestGroupSessionMoves(t *testing.T) {
	each(t, func(h *house) {
		h.exec(`update centers set capacity = 900 where id = $1`, h.toluca)
		m := h.planned(voluntarily)
		g := h.group(4, clock.MustDate("2026-12-11"), m) // Fridays: 11, 18; 25 is Christmas, 1 January is closed
		h.must(h.Confirm(h.ctx, h.manager, g))
		days := func() string {
			var all []string
			for _, i := range got(h.GroupSchedule(h.ctx, h.manager, g))(h.t).Sessions {
				if !i.Ended() {
					all = append(all, i.Day().MX()[:5])
				}
			}
			return strings.Join(all, " ")
		}
		if got := days(); got != "11/12 18/12 08/01 15/01" {
			h.t.Errorf("planned on %s", got)
		}
		_, err := h.Book(h.ctx, h.desk, m, h.visit("11/12/2026", "16:00", h.psych2))
		if says := h.refused(err, fault.Conflict); !strings.Contains(says, "sesión de grupo de 16:00 a 18:00") {
			h.t.Errorf("booked while the group meets: %q", says)
		}
		ids := h.texts(`select id from appointments where group_id = $1 and ended_at is null order by starts_at`, g)
		why := Change{Side: "center", Reason: "staff_absent"}
		h.must(h.MoveSession(h.ctx, h.manager, ids[0], Shift{Date: "14/12/2026", Time: "16:00", Change: why}))
		if got := days(); got != "14/12 18/12 08/01 15/01" {
			h.t.Errorf("after moving one: %s", got)
		}
		h.must(h.MoveSession(h.ctx, h.manager, ids[1], Shift{Date: "08/01/2027", Time: "16:00", Cascade: true, Change: why}))
		if got := days(); got != "14/12 08/01 15/01 22/01" {
			h.t.Errorf("after moving those behind it too: %s", got)
		}
		err = h.MoveSession(h.ctx, h.manager, h.texts(`select id from appointments where group_id = $1 and ended_at is null order by starts_at`, g)[0],
			Shift{Date: "25/12/2026", Time: "16:00", Change: why})
		if says := atField(err, "date"); !strings.Contains(says, "Navidad") {
			h.t.Errorf("moved to Christmas: %q", says)
		}
		last := h.texts(`select id from appointments where group_id = $1 and ended_at is null order by starts_at desc`, g)[0]
		h.must(h.Cover(h.ctx, h.manager, last, h.lead.Account, h.psych2.Account))
		_, err = h.Book(h.ctx, h.desk, h.planned(voluntarily), h.visit("22/01/2027", "16:00", h.psych2))
		h.refused(err, fault.Conflict)
		if n := h.count(`select count(*) from bookings where appointment_id = $1 and resource = $2`, last, "account:"+h.lead.Account); n != 0 {
			h.t.Errorf("who is covered for is still taken for %d quarters of an hour", n)
		}
		_, err = h.Book(h.ctx, h.desk, h.planned(voluntarily), h.visit("22/01/2027", "15:00", h.lead))
		if atField(err, "account") == "" {
			h.t.Errorf("who only facilitates was given one person alone: %v", err)
		}
	})
}
