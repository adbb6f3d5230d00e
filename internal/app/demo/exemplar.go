package demo

import (
	"context"
	"fmt"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/paper"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/access"
)

// Exemplar is the surname of the one person whose whole way is told, from the referral by
// the demonstration's court to the certificate: look for it to see everything at once.
const Exemplar = "Recorrido"

// exemplarNumber is his among the people, of those whom the second center attends.
const exemplarNumber = 8001

// script is what is set about somebody, where of others it is drawn.
type script struct {
	late   map[int]bool // sessions of his, counted from 1
	missed map[int]bool
	turns  []planned // after the first one
	moveTo *house
}

// planned is what happens to a process when so many percent of the sessions are given.
type planned struct {
	turn turn
	at   int
}

// exemplar plans his referral, as early as the way needs.
func (t *teller) exemplar() {
	at := t.workday(t.now.AddDate(0, 0, -328), 0)
	t.on(at, func(ctx context.Context) error {
		return t.refer(ctx, fresh{n: exemplarNumber, person: exemplarNumber, area: &t.world.Areas[0], fate: acceptedWithAppointment, at: at})
	})
	t.on(t.now.Add(-5*time.Hour), t.lookedAt)
}

// newcomerNumber is one of those whom the first center attends.
const newcomerNumber = 8020

// newcomer plans a referral of the last business day, so that somebody is always waiting
// for his first appointment.
func (t *teller) newcomer() {
	day := clock.DateOf(t.now).AddDays(-1)
	for !t.calendar.IsBusinessDay(day) {
		day = day.AddDays(-1)
	}
	at := day.At(1, 0)
	t.on(at, func(ctx context.Context) error {
		return t.refer(ctx, fresh{n: newcomerNumber, person: newcomerNumber, area: &t.world.Areas[0], fate: acceptedWithAppointment, at: at})
	})
}

// named gives the exemplar his name.
func named(p referral.PersonSection) referral.PersonSection {
	p.GivenNames, p.Surname1, p.Surname2 = "Rogelio", Exemplar, "Ejemplo"
	p.Email, p.SafeMessage = "rogelio.recorrido@correo.example", "yes"
	return p
}

// prescribe sets what happens to him: he misses his first appointment twice, then comes; a
// month of sessions, two missed and a third that is reported; he pauses, goes on, moves to
// the first center, and completes.
func (t *teller) prescribe(s *story) {
	s.set = &script{late: map[int]bool{5: true}, missed: map[int]bool{9: true, 11: true, 13: true},
		turns: []planned{{moves, 60}}, moveTo: t.houses[0]}
	s.turn, s.turnAt, s.pause, s.target, s.reason = pauses, 45, 4, 90, ""
	s.second = true // his are the mandate of one court and its file alone
	for _, l := range s.house.courses {
		if l.version.ProgramName == "CeDeMas+" {
			s.course = l
		}
	}
}

// mark is what is set about his next attendance.
func (x *script) mark(s *story) (agenda.Outcome, string) {
	n := s.solo + s.shared + s.missed + 1
	switch {
	case s.plan == nil && s.noShows < 2, s.plan != nil && x.missed[n]:
		return agenda.Missed, ""
	case s.plan != nil && x.late[n]:
		return agenda.Late, ""
	}
	return agenda.Present, ""
}

// excusedLate brings, after the breach report of his third absence, what excuses it.
func (t *teller) excusedLate(s *story) {
	t.calmly(s, t.workday(t.clock.Now(), 8), func(ctx context.Context, s *story) error {
		t.tidy(s.house)
		return t.app.Agenda.Excuse(ctx, s.house.of(access.SocialWork)[0].Actor, s.breach, s.id, "illness")
	})
}

// whole is the story of the exemplar; nil before his referral is accepted.
func (t *teller) whole() *story {
	for _, s := range t.stories {
		if s.set != nil {
			return s
		}
	}
	return nil
}

// lookedAt is what is done last about him: his court reads its page, and the coordination
// asks for a copy of the whole file.
func (t *teller) lookedAt(ctx context.Context) error {
	s := t.whole()
	if s == nil {
		return nil
	}
	if _, err := t.app.Referrals.Open(ctx, s.area.Actors[access.Referrer], s.referral); err != nil {
		return fmt.Errorf("the court's page: %w", err)
	}
	if err := t.app.Papers.AskCopy(ctx, s.house.head, s.id, paper.CopyForm{Variant: string(paper.ForCenter), Reason: "La coordinación revisa el expediente al concluir."}); err != nil {
		return fmt.Errorf("a copy of his file: %w", err)
	}
	return nil
}
