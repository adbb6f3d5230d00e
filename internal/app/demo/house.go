package demo

import (
	"context"
	"fmt"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/center"
	"sigue/internal/platform/access"
)

// house is a center at work: who attends, where, and what of their time is given away.
// The teller keeps its own book of that, so that it proposes times as a receptionist
// does who looks at the agenda; the services have the last word.
type house struct {
	*Place
	staff   []*worker
	desk    access.Actor
	head    access.Actor // the coordination
	hours   center.Week
	offices []string // rooms for one person
	courses []*course
	taken   map[quarter]bool

	tidying     bool // somebody will look at what is owed
	calls, told int
	forgot      string     // the task that was forgotten
	closedOn    clock.Date // a day on which it could not open
}

// staffed tells whether anybody attends there.
func (h *house) staffed() bool { return len(h.staff) > 0 }

// worker is somebody who attends.
type worker struct {
	access.Actor
	hours center.Week
	away  func(clock.Date) bool
}

// quarter is a quarter of an hour of somebody or of a room.
type quarter struct {
	of string
	at int64
}

// of lists who has a role, in the order in which they came.
func (h *house) of(roles ...access.Role) (all []*worker) {
	for _, role := range roles {
		for _, w := range h.staff {
			if w.Role == role {
				all = append(all, w)
			}
		}
	}
	return all
}

// visit is an appointment of one person.
type visit struct {
	id        string
	who       *worker
	room      string
	mode      string
	at        time.Time
	minutes   int
	component string
	off       bool                            // called off
	over      bool                            // it is recorded who came
	again     func(ctx context.Context) error // gives another one in its place
}

func (v *visit) form() agenda.Visit {
	return agenda.Visit{
		Date: clock.DateOf(v.at).MX(), Time: agenda.Hour(v.at), Minutes: v.minutes, Account: v.who.Account, Room: v.room, Mode: v.mode,
		Component: v.component,
	}
}

func (v *visit) ends() time.Time { return v.at.Add(time.Duration(v.minutes) * time.Minute) }

func quarters(at time.Time, minutes int) (all []int64) {
	for m := 0; m < minutes; m += 15 {
		all = append(all, at.Unix()/900+int64(m/15))
	}
	return all
}

// free tells whether nothing of somebody or something is given away.
func (h *house) free(of string, at time.Time, minutes int) bool {
	for _, q := range quarters(at, minutes) {
		if h.taken[quarter{of, q}] {
			return false
		}
	}
	return true
}

func (h *house) take(of string, at time.Time, minutes int) {
	for _, q := range quarters(at, minutes) {
		h.taken[quarter{of, q}] = true
	}
}

func (h *house) give(of string, at time.Time, minutes int) {
	for _, q := range quarters(at, minutes) {
		delete(h.taken, quarter{of, q})
	}
}

// fit tries to put a visit at a time with somebody; it takes a room where one is needed.
func (t *teller) fit(h *house, s *story, w *worker, mode string, at time.Time, minutes int) *visit {
	day := clock.DateOf(at)
	open, _ := h.hours.On(day, t.calendar)
	hours := open.And(w.hours[day.Weekday()])
	from := int(at.Sub(day.At(0, 0)) / time.Minute)
	if from < hours.From || from+minutes > hours.Until || w.away(day) || h.inCourse(w, day, from, minutes) || s.met(day, at, minutes) {
		return nil
	}
	if !at.After(t.clock.Now()) || !h.free(w.Account, at, minutes) {
		return nil
	}
	v := &visit{who: w, mode: mode, at: at, minutes: minutes}
	if mode != agenda.InPerson {
		return v
	}
	for _, room := range h.offices {
		if h.free(room, at, minutes) {
			v.room = room
			return v
		}
	}
	return nil
}

// inCourse tells whether somebody leads a group at that time of that weekday.
func (h *house) inCourse(w *worker, day clock.Date, from, minutes int) bool {
	for _, l := range h.courses {
		if (l.lead == w || l.co == w) && l.meets(day, from, minutes) {
			return true
		}
	}
	return false
}

// seek finds a visit with one of some people, from a day on.
func (t *teller) seek(h *house, s *story, who []*worker, mode string, from clock.Date) *visit {
	for day := range 25 {
		d := from.AddDays(day)
		turn := t.dice.IntN(len(who))
		for i := range who {
			w := who[(turn+i)%len(who)]
			hours := w.hours[d.Weekday()]
			if !hours.Open() {
				continue
			}
			first := hours.From + 60*t.dice.IntN(5)
			for at := first; at < first+8*60; at += 60 {
				if v := t.fit(h, s, w, mode, d.At(at/60, at%60), 60); v != nil {
					return v
				}
			}
		}
	}
	return nil
}

// hold keeps a visit in the teller's own book, and what happens when it is over.
func (t *teller) hold(s *story, v *visit, then func(ctx context.Context, came bool) error) {
	h := s.house
	h.take(v.who.Account, v.at, v.minutes)
	if v.room != "" {
		h.take(v.room, v.at, v.minutes)
	}
	s.visits = append(s.visits, v)
	v.again = func(ctx context.Context) error { return then(ctx, false) }
	t.on(v.ends().Add(10*time.Minute), func(ctx context.Context) error {
		if v.off {
			return nil
		}
		v.over = true
		return t.meet(ctx, s, v, then)
	})
}

// furnish gives a center its rooms, hours and people's hours, as its coordination does.
func (t *teller) furnish(ctx context.Context, h *house, nth int) error {
	venues, err := t.app.Centers.Venues(ctx, h.head, h.CenterID)
	if err != nil {
		return err
	}
	for i, seats := range []int{4, 4, 4, 6} {
		id, err := t.app.Centers.AddRoom(ctx, h.head, center.RoomForm{Name: fmt.Sprintf("Consultorio %d", i+1), Venue: venues[0].ID, Capacity: fmt.Sprint(seats)})
		if err != nil {
			return err
		}
		h.offices = append(h.offices, id)
	}
	hall, err := t.app.Centers.AddRoom(ctx, h.head, center.RoomForm{Name: "Sala de grupos", Venue: venues[0].ID, Capacity: "20"})
	if err != nil {
		return err
	}
	h.hours = center.UsualWeek()
	if nth == 0 {
		h.hours = longWeek()
		if err := t.app.Centers.SetHours(ctx, h.head, hourLines(h.hours)); err != nil {
			return err
		}
	}
	for i, w := range h.staff {
		w.hours = ownHours(h.hours, w.Role, i)
		if err := t.app.Agenda.SetWorkHours(ctx, h.head, w.Account, hourLines(w.hours)); err != nil {
			return fmt.Errorf("hours of %s: %w", w.Role, err)
		}
	}
	return t.draw(ctx, h, nth, venues[0].ID, hall)
}

// span is a stretch of a day in full hours.
func span(from, until int) center.Span { return center.Span{From: from * 60, Until: until * 60} }

// longWeek is the week of the first center, which opens at weekends for those who work.
func longWeek() (w center.Week) {
	for day := range w {
		w[day] = span(8, 20)
	}
	w[time.Saturday], w[time.Sunday] = span(9, 14), span(9, 14)
	return w
}

// ownHours are those of the nth who attends at a center: everybody covers a part of the
// week, the first of the psychologists and of the facilitators every day.
func ownHours(house center.Week, role access.Role, nth int) (w center.Week) {
	shift, free := span(9, 17), []time.Weekday{time.Sunday}
	switch role {
	case access.Psychology:
		if shift = span(9, 16); nth%2 == 1 {
			shift, free = span(11, 19), []time.Weekday{time.Saturday, time.Sunday}
		} else {
			free = nil
		}
	case access.Facilitator:
		shift, free = span(9, 20), nil
	case access.Legal, access.CenterCoordinator:
		free = []time.Weekday{time.Saturday, time.Sunday}
	}
	for day := range w {
		w[day] = house[day].And(shift)
	}
	for _, day := range free {
		w[day] = center.Span{}
	}
	return w
}

// hourLines is a week as it is typed.
func hourLines(w center.Week) (lines [7]center.HourLine) {
	for day, s := range w {
		if s.Open() {
			lines[day] = center.HourLine{From: center.ShowHour(s.From), Until: center.ShowHour(s.Until)}
		}
	}
	return lines
}
