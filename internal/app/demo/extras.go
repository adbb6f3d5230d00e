package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/casefile"
	"sigue/internal/platform/access"
)

// extras plans what happens now and then at a center beside referrals.
func (t *teller) extras(referrals int) {
	t.walkIns(referrals / 20)
	for n := 40; n <= 500; n += 60 {
		t.on(t.workday(t.now.AddDate(0, 0, -n), 1), t.secondMandate)
	}
	ago := func(days int, do func(context.Context, *house) error) {
		for _, h := range t.houses[:2] {
			if !h.staffed() {
				continue
			}
			t.on(t.workday(t.now.AddDate(0, 0, -days), 0), func(ctx context.Context) error { return do(ctx, h) })
		}
	}
	ago(30, t.apart)
	ago(24, t.closeDay)
	ago(20, t.staffAway)
	ago(18, t.reserve)
	ago(16, t.correct)
	ago(15, t.extend)
	ago(12, t.rest)
	ago(9, t.readWithReason)
	for _, h := range t.houses {
		if h.staffed() {
			t.on(t.now.Add(-26*time.Hour), func(ctx context.Context) error { return t.justify(ctx, h) })
			t.on(t.now.Add(-10*time.Minute), func(ctx context.Context) error { return t.prepare(ctx, h) })
			t.on(t.now.Add(-20*time.Minute), func(ctx context.Context) error { return t.makeUp(ctx, h) })
		}
	}
}

// rest suspends somebody for so long that he is still away.
func (t *teller) rest(ctx context.Context, h *house) error {
	s := t.some(h, 6)
	if s == nil || s.turn == moves {
		return nil
	}
	s.pause = 6
	return t.pause(ctx, s)
}

// makeUp gives one who missed sessions a place with another group.
func (t *teller) makeUp(ctx context.Context, h *house) error {
	for _, s := range t.active(h) {
		if s.group == nil {
			continue
		}
		v, err := t.app.Agenda.Seats(ctx, h.head, s.id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if len(v.Offers) > 0 {
			return t.app.Agenda.CatchUp(ctx, h.head, s.id, v.Offers[0].ID)
		}
	}
	return nil
}

// active lists the stories of a center whose process goes on.
func (t *teller) active(h *house) []*story {
	var all []*story
	for _, s := range t.stories {
		if s.house == h && s.plan != nil && !s.over && !s.stopped && s.set == nil {
			all = append(all, s)
		}
	}
	return all
}

// some is one of the running processes of a center by its place; nil when there are none.
func (t *teller) some(h *house, nth int) *story {
	if all := t.active(h); len(all) > 0 {
		return all[nth%len(all)]
	}
	return nil
}

// walkIns are people who come by themselves.
func (t *teller) walkIns(n int) {
	for i := range n {
		h := t.houses[i%len(t.houses)]
		if !h.staffed() {
			continue
		}
		days := 10 + i*23%400
		t.on(t.workday(t.now.AddDate(0, 0, -days), 0), func(ctx context.Context) error {
			p := t.person(5000+i, false)
			id, err := t.app.Cases.StartVoluntary(ctx, h.desk, casefile.WalkIn{
				GivenNames: p.GivenNames, Surname1: p.Surname1, Surname2: p.Surname2, BirthDate: p.BirthDate, Sex: p.Sex,
				Municipality: centerSeeds[slices.Index(t.houses, h)].municipality, Phone: p.Phone, SafeMessage: p.SafeMessage,
			})
			if err != nil {
				return fmt.Errorf("demo: walk-in %d: %w", i, err)
			}
			s := t.begin(5000+i, h, "")
			s.id = id
			return t.offer(ctx, s)
		})
	}
}

// secondMandate refers somebody, who is in a process, from another institution.
func (t *teller) secondMandate(ctx context.Context) error {
	for _, s := range t.stories {
		other := &t.world.Areas[(s.n*5+9)%len(t.world.Areas)]
		if s.referral == "" || s.second || !s.curp || s.over || s.plan == nil || s.house != t.houseOf(s.n) || other.InstitutionID == s.area.InstitutionID {
			continue
		}
		s.second = true
		return t.refer(ctx, fresh{n: s.n + 6000, person: s.n, area: other, fate: acceptedWithAppointment, at: t.clock.Now()})
	}
	return nil
}

// apart keeps two people from meeting.
func (t *teller) apart(ctx context.Context, h *house) error {
	a, b := t.some(h, 1), t.some(h, 4)
	if a == nil || a == b {
		return nil
	}
	folio, err := t.folio(ctx, b)
	if err != nil {
		return err
	}
	return t.app.Cases.KeepApart(ctx, h.head, a.id, folio, "Fueron vecinos y hay un conflicto abierto entre sus familias.")
}

// closeDay calls off a day on which a center could not open.
func (t *teller) closeDay(ctx context.Context, h *house) error {
	h.closedOn = t.busyDay(h)
	if _, err := t.app.Agenda.CloseDay(ctx, h.head, h.closedOn); err != nil {
		return err
	}
	for _, s := range t.stories {
		if s.house != h {
			continue
		}
		for _, v := range s.visits {
			if !v.off && clock.DateOf(v.at) == h.closedOn {
				t.drop(s, v)
				if err := v.again(ctx); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// busyDay is the next day of a center on which somebody is to come; tomorrow when nobody is.
func (t *teller) busyDay(h *house) clock.Date {
	for ahead := 1; ahead <= 10; ahead++ {
		day := t.today().AddDays(ahead)
		for _, s := range t.stories {
			if s.house == h && slices.ContainsFunc(s.visits, func(v *visit) bool { return !v.off && clock.DateOf(v.at) == day }) {
				return day
			}
		}
	}
	return t.today().AddDays(1)
}

// staffAway enters the holidays of the second psychologist of next week.
func (t *teller) staffAway(ctx context.Context, h *house) error {
	who := h.of(access.Psychology)
	w := who[len(who)-1]
	from := clock.DateOf(t.now).AddDays(5)
	until := from.AddDays(4)
	w.away = func(day clock.Date) bool { return !day.Before(from) && !day.After(until) }
	_, err := t.app.Agenda.AddAbsence(ctx, h.head, agenda.AbsenceForm{Account: w.Account, From: from.MX(), Until: until.MX()})
	return err
}

// reserve seals the file of somebody whom the staff knows.
func (t *teller) reserve(ctx context.Context, h *house) error {
	s := t.some(h, 2)
	if s == nil || s.turn == moves { // a reserved file stays at its center
		return nil
	}
	names := []string{h.desk.Account}
	for _, w := range h.staff {
		if w.Actor.Account != h.head.Account {
			names = append(names, w.Account)
		}
	}
	return t.app.Cases.Seal(ctx, h.head, s.id, names)
}

// correct corrects a telephone.
func (t *teller) correct(ctx context.Context, h *house) error {
	s := t.some(h, 3)
	if s == nil {
		return nil
	}
	return t.app.Cases.Amend(ctx, h.desk, s.id, casefile.AmendForm{Field: string(casefile.Phone), Value: fmt.Sprintf("722 555 8%03d", s.n%1000),
		Reason: "Cambió de número y lo dijo al confirmar su cita."})
}

// extend records that an authority gave more time.
func (t *teller) extend(ctx context.Context, h *house) error {
	for _, s := range t.active(h) {
		if s.referral == "" || s.n%3 != 0 {
			continue
		}
		return t.app.Cases.ChangeMandate(ctx, h.head, s.id, s.referral, casefile.MandateForm{Kind: casefile.Extended,
			DocumentOn: t.today().AddDays(-2).MX(), Until: clock.DateOf(t.now).AddMonths(14).MX(), Reason: "La autoridad amplió el plazo para terminar el programa."})
	}
	return nil
}

// readWithReason is the coordination that reads what psychology wrote, and says why.
func (t *teller) readWithReason(ctx context.Context, h *house) error {
	s := t.some(h, 5)
	if s == nil {
		return nil
	}
	_, err := t.app.Cases.ReadNotes(ctx, h.head, s.id, "Preparo la reunión de caso pedida por psicología.")
	return err
}

// justify brings, after a breach report went out, the paper that excuses its absence: what
// the authority was told is to be corrected.
func (t *teller) justify(ctx context.Context, h *house) error {
	for _, s := range slices.Backward(t.stories) {
		if s.house != h || s.breach == "" || s.over || s.referral == "" || t.clock.Now().Sub(s.breachAt) < 6*24*time.Hour {
			continue
		}
		return t.app.Agenda.Excuse(ctx, h.of(access.SocialWork)[0].Actor, s.breach, s.id, "illness")
	}
	return nil
}

// folio reads the folio of a case.
func (t *teller) folio(ctx context.Context, s *story) (string, error) {
	v, err := t.app.Cases.Open(ctx, s.house.head, s.id)
	if err != nil {
		return "", err
	}
	return v.Folio, nil
}
