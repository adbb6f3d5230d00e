package agenda

import (
	"slices"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/program"
)

func TestBeginning(t *testing.T) {
	steps := func(from, to int) (out []step) {
		for n := from; n <= to; n++ {
			out = append(out, step{number: n})
		}
		return out
	}
	set := func(from, to int, but ...int) map[int]bool {
		out := map[int]bool{}
		for n := from; n <= to; n++ {
			out[n] = true
		}
		for _, n := range but {
			delete(out, n)
		}
		return out
	}
	for _, tt := range []struct {
		name  string
		steps []step
		taken map[int]bool
		want  int // the number of a session; 0 for none
	}{
		{"a beginner in a new group", steps(1, 15), nil, 1},
		{"a beginner in one that goes on", steps(6, 15), nil, 6},
		{"goes on where he left", steps(4, 15), set(1, 8), 9},
		{"a session missed alone is for making up", steps(4, 15), set(1, 8, 5), 9},
		{"two missed together are taken again", steps(4, 15), set(1, 8, 5, 6), 5},
		{"left in the middle, came back late, left again", steps(3, 15), set(1, 14, 9, 10, 11, 12), 9},
		{"only the last is lacking", steps(10, 15), set(1, 14), 15},
		{"only one in the middle is lacking", steps(4, 15), set(1, 15, 7), 7},
		{"the group is past what he lacks", steps(10, 15), set(1, 15, 7), 0},
		{"nothing is lacking", steps(1, 15), set(1, 15), 0},
		{"the group is over", nil, nil, 0},
		{"a group longer than his plan", steps(14, 20), set(1, 15), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := 0
			if i := beginning(tt.steps, tt.taken, 15); i >= 0 {
				got = tt.steps[i].number
			}
			if got != tt.want {
				t.Errorf("begins at session %d, want %d", got, tt.want)
			}
		})
	}
}

// TestJoinGroup: he goes on in another group with the session that he lacks, at its real
// hour; his own appointment at that hour refuses the group, and the group's refuses one.
func TestJoinGroup(t *testing.T) {
	each(t, func(h *house) {
		h.at("2026-11-23", 9, 0)
		id := h.planned("judgment")
		first := h.group(6, clock.MustDate("2026-11-24"))
		h.must(h.Confirm(h.ctx, h.manager, first))
		if j := got(h.JoinGroup(h.ctx, h.manager, id, first))(h.t); j.AtSession != 1 || j.From != clock.MustDate("2026-11-24") || j.Again {
			h.t.Errorf("joined %+v", j)
		}
		sessions := h.texts(`select id from appointments where group_id = $1 order by starts_at`, first)
		for i, day := range []string{"2026-11-24", "2026-12-01"} {
			h.at(day, 18, 0)
			h.mark(sessions[i], id, "present")
		}
		h.must(h.cases.LeaveGroup(h.ctx, h.manager, id, first))

		second := h.group(6, clock.MustDate("2026-12-09"))
		h.must(h.Confirm(h.ctx, h.manager, second))
		third := h.texts(`select id from appointments where group_id = $1 order by starts_at`, second)[2]
		h.must(h.MoveSession(h.ctx, h.manager, third, Shift{Date: "24/12/2026", Time: "10:00", Change: Change{Side: string(ByCenter), Reason: "room"}}))
		h.at("2026-12-02", 9, 0)
		own := h.book(id, h.visit("24/12/2026", "11:00", h.psych2))
		_, err := h.JoinGroup(h.ctx, h.manager, id, second)
		if fields := fault.FieldsOf(err); fields["group"].IsZero() {
			h.t.Errorf("his own appointment at the hour of the group: %v", err)
		}
		h.must(h.Cancel(h.ctx, h.desk, own, Change{Side: string(ByCenter), Reason: "room"}))
		j := got(h.JoinGroup(h.ctx, h.manager, id, second))(h.t)
		if j.AtSession != 3 || j.From != clock.MustDate("2026-12-24") || !j.Again {
			h.t.Errorf("joined %+v, want session 3 on the day to which it was moved", j)
		}
		var next db.Time
		h.must(h.d.View(h.ctx, func(tx *db.Tx) error { return tx.Get(h.ctx, &next, `select next_at from case_files where id = $1`, id) }))
		if want := clock.MustDate("2026-12-24").At(10, 0); !next.Equal(want) {
			h.t.Errorf("the next appointment is at %s, want %s", clock.FormatMX(next.Time), clock.FormatMX(want))
		}
		h.refused(only(h.Book(h.ctx, h.desk, id, h.visit("24/12/2026", "11:00", h.psych2))), fault.Conflict)
		h.refused(only(h.JoinGroup(h.ctx, h.manager, id, second)), fault.Invalid)
	})
}

// TestCatchUp: who missed a session takes it with another group, once: he is on the list of
// that day, it counts, and it moves and ends with him.
func TestCatchUp(t *testing.T) {
	each(t, func(h *house) {
		h.at("2026-11-23", 9, 0)
		id := h.planned("judgment")
		h.exec(`insert into plan_sessions (case_file_id, component_id, number, title, topics) values ($1, $2, 1, 'La primera', '[]'), ($1, $2, 2, 'La segunda', '[]')`, id, circles)
		mine := h.group(4, clock.MustDate("2026-11-24"), id)
		h.must(h.Confirm(h.ctx, h.manager, mine))
		other := h.group(4, clock.MustDate("2026-12-03"))
		h.must(h.Confirm(h.ctx, h.manager, other))
		sessions := h.texts(`select id from appointments where group_id = $1 order by starts_at`, mine)
		h.at("2026-11-24", 18, 0)
		h.mark(sessions[0], id, "absent")

		v := got(h.Seats(h.ctx, h.manager, id))(h.t)
		if len(v.Lacking) != 1 || v.Lacking[0].Title != "La primera" || len(v.Offers) != 1 || v.Offers[0].SessionNumber != 1 {
			h.t.Fatalf("lacking %v, offered %v", v.Lacking, v.Offers)
		}
		there := v.Offers[0].ID
		h.refused(h.CatchUp(h.ctx, h.manager, id, sessions[1]), fault.Invalid)
		h.must(h.CatchUp(h.ctx, h.manager, id, there))
		h.must(h.CatchUp(h.ctx, h.manager, id, there)) // sent twice
		h.refused(only(h.Book(h.ctx, h.desk, id, h.visit("03/12/2026", "17:00", h.psych2))), fault.Conflict)
		if n := h.count(`select count(*) from session_guests where case_id = $1`, id); n != 1 {
			h.t.Errorf("%d places, want 1", n)
		}

		h.must(h.MoveSession(h.ctx, h.manager, there, Shift{Date: "04/12/2026", Time: "16:00", Change: Change{Side: string(ByCenter), Reason: "room"}}))
		there = h.text(`select id from appointments where moved_from = $1`, there)
		h.at("2026-12-04", 18, 0)
		roll := got(h.Open(h.ctx, h.psych, there))(h.t)
		if len(roll.Lines) != 1 || roll.Lines[0].Case.ID != id || !roll.Lines[0].Guest {
			h.t.Fatalf("the list of the day: %+v", roll.Lines)
		}
		h.mark(there, id, "present")
		if n := h.count(`select done_sessions from plan_components where case_file_id = $1 and component_id = $2`, id, circles); n != 1 {
			h.t.Errorf("%d sessions count, want 1", n)
		}
		if v = got(h.Seats(h.ctx, h.manager, id))(h.t); len(v.Lacking) != 1 || v.Lacking[0].Title != "La segunda" || len(v.Offers) != 1 || v.Offers[0].SessionNumber != 2 {
			h.t.Errorf("afterwards lacking %v, offered %v", v.Lacking, v.Offers) // the second of his own is over and nobody recorded it
		}
		h.numbersAgree()
	})
}

// TestCatchUpRefused: no place is offered where the group is full, somebody is there whom he
// must not meet, or his own hours are taken; and one that was taken back is free again.
func TestCatchUpRefused(t *testing.T) {
	each(t, func(h *house) {
		h.at("2026-11-23", 9, 0)
		id, foe := h.planned("judgment"), h.planned("judgment")
		other := h.group(4, clock.MustDate("2026-12-03"), foe)
		h.must(h.Confirm(h.ctx, h.manager, other))
		offers := func() int { h.t.Helper(); return len(got(h.Seats(h.ctx, h.manager, id))(h.t).Offers) }
		if n := offers(); n != 4 {
			h.t.Fatalf("%d sessions are offered, want 4", n)
		}
		own := h.book(id, h.visit("03/12/2026", "17:00", h.psych2))
		if n := offers(); n != 3 {
			h.t.Errorf("%d are offered while his hour is taken, want 3", n)
		}
		h.must(h.Cancel(h.ctx, h.desk, own, Change{Side: string(ByCenter), Reason: "room"}))
		h.exec(`update program_groups set capacity = 1 where id = $1`, other)
		if n := offers(); n != 0 {
			h.t.Errorf("%d are offered by a full group", n)
		}
		h.exec(`update program_groups set capacity = 20 where id = $1`, other)
		folio := h.text(`select folio from case_files where id = $1`, foe)
		h.must(h.cases.KeepApart(h.ctx, h.manager, id, folio, "Lo amenazó en la entrada."))
		if n := offers(); n != 0 {
			h.t.Errorf("%d are offered with somebody whom he must not meet", n)
		}
		h.must(h.cases.MeetAgain(h.ctx, h.manager, id, foe))
		session := got(h.Seats(h.ctx, h.manager, id))(h.t).Offers[0].ID
		h.must(h.CatchUp(h.ctx, h.manager, id, session))
		h.must(h.DropCatchUp(h.ctx, h.manager, id, session))
		h.refused(h.DropCatchUp(h.ctx, h.manager, id, session), fault.Conflict)
		if n := offers(); n != 4 {
			h.t.Errorf("%d are offered afterwards, want 4", n)
		}
	})
}

// TestGroupEnds: what a group that ended was still to give is called off, without an absence,
// and its people may enter another.
func TestGroupEnds(t *testing.T) {
	each(t, func(h *house) {
		h.at("2026-11-23", 9, 0)
		id := h.planned("judgment")
		g := h.group(4, clock.MustDate("2026-11-24"), id)
		h.must(h.Confirm(h.ctx, h.manager, g))
		sessions := h.texts(`select id from appointments where group_id = $1 order by starts_at`, g)
		h.at("2026-11-24", 18, 0)
		h.mark(sessions[0], id, "present")
		h.must(h.programs.CloseGroup(h.ctx, h.manager, g, "Se juntó con otro grupo."))
		got(h.runner.Drain(h.ctx))(h.t)
		if n := h.count(`select count(*) from appointments where group_id = $1 and ended_reason = 'group_closed'`, g); n != 3 {
			h.t.Errorf("%d sessions are called off, want the 3 that were to come", n)
		}
		if n := h.count(`select count(*) from bookings b join appointments a on a.id = b.appointment_id where a.group_id = $1 and a.id <> $2`, g, sessions[0]); n != 0 {
			h.t.Errorf("%d quarters of an hour are still taken", n)
		}
		if n := h.count(`select count(*) from group_members where group_id = $1 and left_on is null`, g); n != 0 {
			h.t.Errorf("%d people are still in it", n)
		}
		if n := h.count(`select count(*) from case_files where id = $1 and next_at is not null`, id); n != 0 {
			h.t.Error("a session that was called off is still his next appointment")
		}
		other := h.group(4, clock.MustDate("2026-12-03"))
		if j := got(h.JoinGroup(h.ctx, h.manager, id, other))(h.t); j.AtSession != 2 {
			h.t.Errorf("goes on at session %d, want 2", j.AtSession)
		}
		h.numbersAgree()
	})
}

// TestGroupIsLedByAnother: who leads a group from a day on leads its sessions from then; one
// at which he is taken stays with who had it, and so does a cover of a single session.
func TestGroupIsLedByAnother(t *testing.T) {
	each(t, func(h *house) {
		h.at("2026-11-23", 9, 0)
		id := h.planned("judgment")
		g := h.group(4, clock.MustDate("2026-11-24"))
		h.must(h.Confirm(h.ctx, h.manager, g))
		sessions := h.texts(`select id from appointments where group_id = $1 order by starts_at`, g)
		h.book(id, h.visit("08/12/2026", "16:00", h.psych2))
		h.must(h.Cover(h.ctx, h.manager, sessions[3], h.lead.Account, h.manager.Account))
		h.must(h.programs.SetStaff(h.ctx, h.manager, g, program.StaffForm{Role: string(program.Lead), Account: h.psych2.Account, From: "01/12/2026"}))
		got(h.runner.Drain(h.ctx))(h.t)
		leads := h.texts(`select account_id from appointments where group_id = $1 and ended_at is null order by starts_at`, g)
		want := []string{h.lead.Account, h.psych2.Account, h.lead.Account, h.manager.Account}
		if !slices.Equal(leads, want) {
			h.t.Errorf("led by %v, want %v", leads, want)
		}
	})
}
