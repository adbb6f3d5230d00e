package agenda

import (
	"strings"
	"sync"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/feature/center"
)

// TestCase27FiftyBookers lets fifty people book the same professional, and the same room, in one
// moment: one wins, and each other reads who is taken and when (DOMAIN 10, case 27).
func TestCase27FiftyBookers(t *testing.T) {
	each(t, func(h *house) {
		const bookers = 50
		cases := []string{h.accepted(voluntarily), h.accepted(voluntarily)}
		h.exec(`update centers set capacity = 900 where id = $1`, h.toluca)
		errs := make([]error, bookers)
		var wait sync.WaitGroup
		for i := range bookers {
			wait.Go(func() {
				v := h.visit("25/11/2026", []string{"10:00", "10:30"}[i%2], h.psych)
				_, errs[i] = h.Book(h.ctx, h.desk, cases[i/2%2], v)
			})
		}
		wait.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			says := h.refused(err, fault.Conflict)
			if !strings.Contains(says, " de 10:") || strings.Contains(says, "Ficticio") {
				h.t.Errorf("refused with %q", says)
			}
		}
		if rows := h.count(`select count(*) from appointments where ended_at is null`); won != 1 || rows != 1 {
			h.t.Errorf("%d bookers won, %d appointments are there; want 1", won, rows)
		}
		if slots := h.count(`select count(*) from bookings`); slots != 3*4 {
			h.t.Errorf("%d quarters of an hour are taken, want 12", slots)
		}
	})
}

// TestCase27Collisions refuses a professional, a room and a person that are taken, and says
// who and when (DOMAIN 10, case 27).
func TestCase27Collisions(t *testing.T) {
	each(t, func(h *house) {
		a, b := h.accepted(voluntarily), h.accepted(voluntarily)
		h.book(a, h.visit("25/11/2026", "10:00", h.psych))
		elsewhere := h.visit("25/11/2026", "10:30", h.psych2)
		elsewhere.Room = h.hall
		later := h.visit("25/11/2026", "11:00", h.psych)
		for _, tt := range []struct {
			name, who string
			v         Visit
			want      string
		}{
			{"the professional", b, Visit{Date: "25/11/2026", Time: "10:45", Minutes: 30, Account: h.psych.Account, Room: h.hall, Mode: InPerson}, "Psicología 3, Lugar tiene otra cita de 10:00 a 11:00."},
			{"the professional by telephone", b, Visit{Date: "25/11/2026", Time: "09:30", Minutes: 45, Account: h.psych.Account, Mode: "phone"}, "Psicología 3, Lugar tiene otra cita de 10:00 a 11:00."},
			{"the room", b, h.visit("25/11/2026", "09:30", h.psych2), "La sala Consultorio 1 está ocupada de 10:00 a 11:00."},
			{"the person", a, elsewhere, "Esta persona ya tiene una cita de 10:00 a 11:00."},
		} {
			_, err := h.Book(h.ctx, h.desk, tt.who, tt.v)
			if says := h.refused(err, fault.Conflict); !strings.Contains(says, tt.want) {
				h.t.Errorf("%s: refused with %q, want %q", tt.name, says, tt.want)
			}
		}
		h.book(b, later) // touches, does not meet
	})
}

func TestMovedKeepsWhoAndWhy(t *testing.T) {
	each(t, func(h *house) {
		id := h.accepted(voluntarily)
		was := h.book(id, h.visit("25/11/2026", "10:00", h.psych))
		why := Change{Side: "person", Reason: "work"}
		is := got(h.Move(h.ctx, h.desk, was, h.visit("25/11/2026", "10:30", h.psych), why))(h.t)
		v := got(h.Open(h.ctx, h.desk, was))(h.t)
		if !v.Ended() || v.EndedSide != ByPerson || v.EndedReason != "work" || v.After != is {
			h.t.Errorf("the old one: %+v, then %s; want moved by the person for work to %s", v.Appointment, v.After, is)
		}
		if next := got(h.Open(h.ctx, h.desk, is))(h.t); next.MovedFrom != was || next.Before == nil || next.Kind != First {
			h.t.Errorf("the new one: %+v", next.Appointment)
		}
		_, err := h.Move(h.ctx, h.desk, was, h.visit("26/11/2026", "10:30", h.psych), why)
		h.refused(err, fault.Conflict)
		h.must(h.Cancel(h.ctx, h.desk, is, Change{Side: "center", Reason: "room"}))
		if n := h.count(`select count(*) from bookings`); n != 0 {
			h.t.Errorf("%d quarters stay taken", n)
		}
		if c := h.count(`select count(*) from attendances`) + h.count(`select count(*) from tasks`); c != 0 {
			h.t.Errorf("calling off left %d absences or tasks", c)
		}
	})
}

func TestBadInput(t *testing.T) {
	each(t, func(h *house) {
		id := h.accepted(voluntarily)
		good := h.visit("25/11/2026", "10:00", h.psych)
		for _, tt := range []struct {
			name, field, want string
			spoil             func(v *Visit)
		}{
			{"no date", "date", "Escriba el día", func(v *Visit) { v.Date = "mañana" }},
			{"past", "date", "ya pasaron", func(v *Visit) { v.Date = "20/11/2026" }},
			{"too far", "date", "seis meses", func(v *Visit) { v.Date = "25/11/2027" }},
			{"Sunday", "date", "domingo", func(v *Visit) { v.Date = "29/11/2026" }},
			{"holiday", "date", "Navidad", func(v *Visit) { v.Date = "25/12/2026" }},
			{"no hour", "time", "Escriba la hora", func(v *Visit) { v.Time = "10" }},
			{"no quarter", "time", "cuartos de hora", func(v *Visit) { v.Time = "10:10" }},
			{"too early", "time", "abre de 09:00 a 18:00", func(v *Visit) { v.Time = "08:00" }},
			{"ends too late", "time", "abre de 09:00 a 18:00", func(v *Visit) { v.Time = "17:30" }},
			{"nobody", "account", "Elija quién atiende", func(v *Visit) { v.Account = "x" }},
			{"reception", "account", "Elija quién atiende", func(v *Visit) { v.Account = h.desk.Account }},
			{"no room", "room", "Elija una sala", func(v *Visit) { v.Room = "" }},
			{"strange mode", "mode", "Elija cómo", func(v *Visit) { v.Mode = "pigeon" }},
			{"7 minutes", "minutes", "de 15 a 240", func(v *Visit) { v.Minutes = 7 }},
			{"no plan", "component", "parte del plan", func(v *Visit) { v.Component = "x" }},
		} {
			v := good
			tt.spoil(&v)
			_, err := h.Book(h.ctx, h.desk, id, v)
			if says := atField(err, tt.field); !strings.Contains(says, tt.want) {
				h.t.Errorf("%s: at %q %q (%v), want %q", tt.name, tt.field, says, err, tt.want)
			}
		}
	})
}

func TestFreeSlots(t *testing.T) {
	each(t, func(h *house) {
		var week [7]center.HourLine
		week[2], week[3] = center.HourLine{From: "10:00", Until: "13:00"}, center.HourLine{From: "09:00", Until: "11:00"}
		h.must(h.SetWorkHours(h.ctx, h.manager, h.psych.Account, week))
		if left := got(h.AddAbsence(h.ctx, h.manager, AbsenceForm{Account: h.psych.Account, From: "24/11/2026"}))(h.t); left != 0 {
			h.t.Errorf("%d appointments in the absence, want none", left)
		}
		h.book(h.accepted(voluntarily), h.visit("25/11/2026", "09:00", h.psych))
		f := got(h.FreeSlots(h.ctx, h.desk, Search{Account: h.psych.Account}))(h.t)
		var got []string
		for _, s := range f.Slots[:3] {
			got = append(got, clock.DateOf(s.StartsAt).String()+" "+Hour(s.StartsAt))
		}
		// Tuesday 24 he is away, Wednesday 25 he works from 9 to 11 and 9 is taken.
		if want := "2026-11-25 10:00, 2026-12-01 10:00, 2026-12-01 10:30"; strings.Join(got, ", ") != want {
			h.t.Errorf("free: %v, want %s", got, want)
		}
		var v Visit
		if !ReadSlot(f.Slots[0].Value(), &v) {
			h.t.Fatal("the value of a slot is not read")
		}
		v.Mode = InPerson
		h.book(h.accepted(voluntarily), v)
		if full := f.Full; len(full) != 0 {
			h.t.Errorf("full weeks %v, want none", full)
		}
		h.exec(`update centers set capacity = 2 where id = $1`, h.toluca)
		if f := first(h); len(f.Full) == 0 || f.Full[0] != clock.MustDate("2026-11-23") {
			h.t.Errorf("full weeks %v, want that of 23 November", f.Full)
		}
	})
}

// TestFreeSlotsOfAPerson offers no time at which the person himself is taken: by an
// appointment with somebody else, or by a session of his group.
func TestFreeSlotsOfAPerson(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(voluntarily)
		h.must(h.Confirm(h.ctx, h.manager, h.group(1, clock.MustDate("2026-11-25"), id)))
		h.book(id, h.visit("25/11/2026", "10:00", h.psych2))
		f := got(h.OfferTo(h.ctx, h.desk, id, Search{Account: h.psych2.Account, From: clock.MustDate("2026-11-25")}))(h.t).Free
		for _, s := range f.Slots {
			if hour := Hour(s.StartsAt); clock.DateOf(s.StartsAt) == clock.MustDate("2026-11-25") && (hour > "09:00" && hour < "11:00" || hour > "15:00" && hour < "18:00") {
				h.t.Errorf("he is offered %s of the 25th: he is taken from 10:00 to 11:00, and his group meets from 16:00 to 18:00", hour)
			}
		}
		if len(f.Slots) == 0 || Hour(f.Slots[0].StartsAt) != "09:00" {
			h.t.Errorf("the first free time is %v, want 09:00", f.Slots)
		}
	})
}

func first(h *house) *Free { return got(h.FreeSlots(h.ctx, h.desk, Search{First: true}))(h.t) }

// TestASlotThroughAForm reads a slot back as a form gives it, without the space at its end.
func TestASlotThroughAForm(t *testing.T) {
	for _, room := range []string{"", "sala"} {
		s := Slot{StartsAt: clock.MustDate("2026-11-25").At(9, 30), Account: "cuenta", Room: room}
		var v Visit
		if !ReadSlot(strings.TrimSpace(s.Value()), &v) || v.Date != "25/11/2026" || v.Time != "09:30" || v.Account != "cuenta" || v.Room != room {
			t.Errorf("in the room %q it is read as %+v", room, v)
		}
	}
	var v Visit
	if ReadSlot("25/11/2026", &v) || ReadSlot("", &v) {
		t.Error("what is no slot is read as one")
	}
}
