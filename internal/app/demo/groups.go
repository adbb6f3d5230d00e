package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/center"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
)

// course is the place of a group in the week of a center: one group after another meets
// there and gives the same component.
type course struct {
	house     *house
	version   program.Version
	component program.Component
	weekday   time.Weekday
	minute    int
	venue     string
	hall      string
	lead, co  *worker
	members   []*story // in the group that meets now; empty when none does
	waiting   []*story
	group     string // the one that meets now
	last      clock.Date
	groups    int
}

const (
	seats  = 16 // of a group
	enough = 4  // who wait, to open one
	longUp = 21 // days that somebody waits at most
)

// meets tells whether the course has an hour on a day that touches a stretch of it.
func (l *course) meets(day clock.Date, from, minutes int) bool {
	return day.Weekday() == l.weekday && from < l.minute+l.component.Minutes && l.minute < from+minutes
}

// courseSeed is a course as it is drawn up.
type courseSeed struct {
	program string
	weekday time.Weekday
	hour    int
}

// courseSeeds are the groups of the first center, and of each of the others by turns.
var (
	firstCourses = []courseSeed{
		{"CeDeMas+", time.Tuesday, 17}, {"IRAVP", time.Thursday, 10}, {"CeDeMas+", time.Saturday, 9}, {"CECOVIM", time.Monday, 17},
		{"Vivir sin golpes", time.Wednesday, 17}, {"CeDeMas+", time.Friday, 10}, {"IRAVP", time.Sunday, 10},
	}
	otherCourses = [][]courseSeed{
		{{"CeDeMas+", time.Wednesday, 16}, {"IRAVP", time.Thursday, 10}},
		{{"CeDeMas+", time.Tuesday, 10}, {"CECOVIM", time.Friday, 15}},
		{{"IRAVP", time.Monday, 15}, {"Vivir sin golpes", time.Thursday, 15}},
	}
)

// draw draws up the courses of a center.
func (t *teller) draw(ctx context.Context, h *house, nth int, venue, hall string) error {
	versions, err := t.app.Programs.Choices(ctx, h.head)
	if err != nil {
		return err
	}
	seeds := firstCourses
	if nth > 0 {
		seeds = otherCourses[nth%len(otherCourses)]
	}
	leads, helpers := h.of(access.Facilitator), h.of(access.SocialWork, access.Psychology, access.Legal)
	for i, seed := range seeds {
		at := slices.IndexFunc(versions, func(v program.Version) bool { return v.ProgramName == seed.program })
		if at < 0 {
			return fmt.Errorf("demo: no program %q", seed.program)
		}
		v := versions[at]
		part := v.Components[slices.IndexFunc(v.Components, func(c program.Component) bool { return c.Group })]
		l := &course{house: h, version: v, component: part, weekday: seed.weekday, minute: seed.hour * 60, venue: venue, hall: hall,
			lead: leads[i%len(leads)], co: helpers[i%len(helpers)]}
		if l.lead != leads[0] {
			l.co = leads[0]
		}
		h.courses = append(h.courses, l)
	}
	return nil
}

// await puts somebody on the list for the next place in a course, and opens a group when
// enough people wait.
func (t *teller) await(ctx context.Context, l *course, s *story) error {
	l.waiting = append(l.waiting, s)
	s.awaits = t.today()
	t.on(t.workday(t.clock.Now().AddDate(0, 0, longUp), 1), func(ctx context.Context) error { return t.place(ctx, l) })
	return t.place(ctx, l)
}

// place gives places to those who wait: in the group that meets, or in a new one.
func (t *teller) place(ctx context.Context, l *course) error {
	l.waiting = slices.DeleteFunc(l.waiting, func(s *story) bool { return s.over || s.house != l.house || s.group == l && l.group != "" })
	if len(l.waiting) == 0 {
		return nil
	}
	if l.group == "" {
		oldest := l.waiting[0].awaits
		if len(l.waiting) < enough && t.today().Before(oldest.AddDays(longUp)) {
			return nil
		}
		if err := t.openGroup(ctx, l); err != nil {
			return err
		}
	}
	var next []*story // who waits for the next group
	for len(l.waiting) > 0 && len(l.members) < seats && t.today().AddDays(14).Before(l.last) {
		s := l.waiting[0]
		l.waiting = l.waiting[1:]
		err := t.enter(ctx, l, s)
		if fault.Is(err, fault.Invalid) { // kept apart from a member, or this group has given what he lacks
			next = append(next, s)
			continue
		}
		if err != nil {
			return err
		}
	}
	l.waiting = append(l.waiting, next...)
	return nil
}

// openGroup opens the next group of a course, puts its sessions into the agenda, and plans
// its roll calls.
func (t *teller) openGroup(ctx context.Context, l *course) error {
	first := t.today().AddDays(4)
	for first.Weekday() != l.weekday || !t.calendar.Why(first).IsZero() && first.Weekday()%6 != 0 {
		first = first.AddDays(1)
	}
	l.groups++
	name := fmt.Sprintf("%s, %s %s", l.version.ProgramName, clock.WeekdayTitle(l.weekday).In(i18n.Spanish), roman[l.groups%len(roman)])
	form := program.GroupForm{
		Name: name, Component: l.component.ID, Entry: program.OpenEntry, Capacity: fmt.Sprint(seats), Venue: l.venue, Room: l.hall,
		FirstOn: first.MX(), StartsAt: center.ShowHour(l.minute), Mode: string(program.InPerson), Lead: l.lead.Account, CoLead: l.co.Account,
	}
	id, err := t.app.Programs.CreateGroup(ctx, l.house.head, form)
	if fault.Is(err, fault.Invalid) { // a holiday may fall on a Saturday
		form.FirstOn = first.AddDays(7).MX()
		id, err = t.app.Programs.CreateGroup(ctx, l.house.head, form)
	}
	if err != nil {
		return fmt.Errorf("group %s: %w", name, err)
	}
	if err := t.app.Agenda.Confirm(ctx, l.house.head, id); err != nil {
		return fmt.Errorf("group %s: %w", name, err)
	}
	schedule, err := t.app.Agenda.GroupSchedule(ctx, l.house.head, id)
	if err != nil {
		return err
	}
	l.group = id
	for i, session := range schedule.Sessions {
		if near := t.now.Sub(session.StartsAt.Time).Abs() < 7*24*time.Hour; near {
			t.on(earlier(session.StartsAt.Add(-time.Hour), t.now.Add(-time.Hour)), func(ctx context.Context) error { return t.sheet(ctx, l, session.Appointment) })
		}
		final := i == len(schedule.Sessions)-1
		if final {
			l.last = session.Day()
		}
		t.on(session.EndsAt().Add(10*time.Minute), func(ctx context.Context) error {
			if err := t.rollCall(ctx, l, session.Appointment); err != nil || !final {
				return err
			}
			return t.endGroup(ctx, l)
		})
	}
	return nil
}

// enter gives somebody a place in the group that meets, admitting who waits for that. It is
// an invalid request when the group is not for him.
func (t *teller) enter(ctx context.Context, l *course, s *story) error {
	if s.plan == nil {
		if err := t.admit(ctx, s); err != nil {
			return err
		}
	}
	joined, err := t.app.Agenda.JoinGroup(ctx, l.house.head, s.id, l.group)
	if err != nil {
		return fmt.Errorf("joining a group: %w", err)
	}
	s.group, s.from = l, joined.From
	l.members = append(l.members, s)
	return nil
}

// rollCall records who came to a session, and what follows for each.
func (t *teller) rollCall(ctx context.Context, l *course, session agenda.Appointment) error {
	if l.house.closedOn == session.Day() {
		return nil // the center called it off
	}
	roll := agenda.Roll{Page: session.ID}
	var there []*story
	for _, s := range l.members {
		if s.over || s.group != l || s.from.After(session.Day()) || s.stopped {
			continue
		}
		mark, excuse := t.mark(s)
		roll.Marks = append(roll.Marks, agenda.Mark{Case: s.id, Mark: string(mark), Excuse: excuse})
		there = append(there, s)
	}
	if len(there) == 0 {
		return nil
	}
	who := l.lead
	if session.SessionNumber%4 == 0 {
		who = l.co
	}
	if _, err := t.app.Agenda.Attend(ctx, who.Actor, session.ID, roll); err != nil {
		return fmt.Errorf("roll call of %s: %w", session.Day(), err)
	}
	for i, s := range there {
		if err := t.recorded(ctx, s, session.ID, agenda.Outcome(roll.Marks[i].Mark), true); err != nil {
			return err
		}
	}
	return nil
}

// sheet prints the list to be signed at a session.
func (t *teller) sheet(ctx context.Context, l *course, session agenda.Appointment) error {
	if l.house != t.houses[0] || l.house.closedOn == session.Day() || len(l.members) == 0 {
		return nil
	}
	_, err := t.app.Papers.Sheet(ctx, l.lead.Actor, session.ID)
	if fault.Is(err, fault.Conflict) { // its people begin later
		return nil
	}
	return err
}

// endGroup closes a group whose sessions are given; who has not finished waits for the
// next one.
func (t *teller) endGroup(ctx context.Context, l *course) error {
	if err := t.app.Programs.CloseGroup(ctx, l.house.head, l.group, fmt.Sprintf("Se dieron las %d sesiones.", len(l.component.Sessions))); err != nil {
		return err
	}
	members := l.members
	l.group, l.members, l.last = "", nil, clock.Date{}
	for _, s := range members {
		if s.group != l {
			continue
		}
		s.group = nil
		if !s.over && !s.stopped && !s.finished() {
			l.waiting = append(l.waiting, s)
			s.awaits = t.today()
		}
	}
	return t.place(ctx, l)
}

// leave takes somebody out of the teller's list; the services do it with the process.
func (l *course) leave(s *story) {
	is := func(other *story) bool { return other == s }
	l.members, l.waiting = slices.DeleteFunc(l.members, is), slices.DeleteFunc(l.waiting, is)
	s.group = nil
}

var roman = []string{"X", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"}
