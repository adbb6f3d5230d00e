package agenda

import (
	"context"
	"slices"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
)

// Seats are the places of a person in groups: those that he has, may take, and may make
// up a missed session at.
type Seats struct {
	Case        casefile.Case
	Memberships []casefile.Membership
	Choices     []Choice
	Lacking     []casefile.PlanSession // of groups: not taken, and not to come in his own group
	Offers      []CatchUp
	Kept        []CatchUp
}

// In tells whether he is in a group now.
func (v *Seats) In() bool {
	return slices.ContainsFunc(v.Memberships, func(m casefile.Membership) bool { return m.LeftOn.IsZero() && !m.Group.Closed() })
}

// Choice is a group that gives a part of his plan, and where he would begin in it. A group
// in which he cannot begin says why.
type Choice struct {
	Group program.Group
	Joined
	Why i18n.Msg
}

// Joined is where a person begins in a group.
type Joined = casefile.Joined

// CatchUp is a session of another group at which a person makes up one that he missed. It
// counts as any session to which he comes, and it is on the list of that day alone.
type CatchUp struct {
	Appointment
	Group string
	Title string

	capacity int // of the group
}

// catchUpDays is how far ahead sessions are offered.
const catchUpDays = 60

// Seats gives the groups of a person and what may be done about them.
func (s *Service) Seats(ctx context.Context, actor access.Actor, caseID string) (*Seats, error) {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return nil, err
	}
	_, groups, err := s.cases.GroupChoices(ctx, actor, caseID)
	if err != nil {
		return nil, err
	}
	out := &Seats{}
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		*out = Seats{}
		if out.Case, err = s.cases.ReachTx(ctx, tx, actor, scope, caseID); err != nil {
			return err
		}
		if out.Memberships, err = s.cases.MembershipsTx(ctx, tx, caseID); err != nil {
			return err
		}
		for _, g := range groups {
			if err := s.choiceTx(ctx, tx, actor, scope, caseID, g, out); err != nil {
				return err
			}
		}
		if err := s.catchUpsTx(ctx, tx, out); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, caseEntry(out.Case, "case.read"))
	})
	return out, err
}

// choiceTx adds a group that the person may enter, or that says why he may not. Whoever is
// in a group has no choice of another for the same part of his plan.
func (s *Service) choiceTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, caseID string, g program.Group, out *Seats) error {
	if slices.ContainsFunc(out.Memberships, func(m casefile.Membership) bool {
		return m.LeftOn.IsZero() && !m.Group.Closed() && m.Group.ComponentID == g.ComponentID
	}) {
		return nil
	}
	choice := Choice{Group: g}
	seat, err := s.cases.SeatTx(ctx, tx, actor, scope, caseID, g.ID)
	if err == nil {
		choice.Joined, err = s.entryTx(ctx, tx, seat)
	}
	switch why := fault.FieldsOf(err)["group"]; {
	case !why.IsZero():
		choice.Why = why
	case fault.Is(err, fault.Conflict): // not in process: nothing to choose
		return nil
	case err != nil:
		return err
	}
	out.Choices = append(out.Choices, choice)
	return nil
}

// JoinGroup puts a person into a group from its next session on that he lacks. Who left a
// group goes on where he left; sessions that he missed one by one are for making up. It is
// refused while he has an appointment of his own at the hours of the group.
func (s *Service) JoinGroup(ctx context.Context, actor access.Actor, caseID, groupID string) (Joined, error) {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return Joined{}, err
	}
	var joined Joined
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		seat, err := s.cases.SeatTx(ctx, tx, actor, scope, caseID, groupID)
		if err != nil {
			return err
		}
		if joined, err = s.entryTx(ctx, tx, seat); err != nil {
			return err
		}
		if err := s.unoccupiedTx(ctx, tx, seat, joined.From); err != nil {
			return err
		}
		if err := s.cases.JoinTx(ctx, tx, actor, seat, joined); err != nil {
			return err
		}
		return s.nextTx(ctx, tx, caseID)
	})
	return joined, err
}

// step is a session of a group that is still to come.
type step struct {
	number int
	on     clock.Date
}

// entryTx tells at which session a person begins in a group.
func (s *Service) entryTx(ctx context.Context, tx *db.Tx, seat casefile.Seat) (Joined, error) {
	taken, err := takenSessionsTx(ctx, tx, seat.ID, seat.Group.ComponentID)
	if err != nil {
		return Joined{}, err
	}
	steps, err := s.stepsTx(ctx, tx, seat.Group, seat.Part.Prescribed)
	if err != nil {
		return Joined{}, err
	}
	at := beginning(steps, taken, seat.Part.Prescribed)
	if at < 0 {
		return Joined{}, wrong("group", i18n.M("El grupo «%s» ya no tiene sesiones por dar de las que le faltan. Elija otro.", seat.Group.Name))
	}
	again := false
	for n := range taken {
		again = again || n < steps[at].number
	}
	return Joined{Group: seat.Group, From: steps[at].on, AtSession: steps[at].number, Again: again}, nil
}

// beginning chooses the first session to come that a person lacks and after which he lacks the
// next one too: one missed alone would make him sit through those after it once more. It is
// -1 when the group has given all that he lacks.
func beginning(steps []step, taken map[int]bool, of int) int {
	alone := -1
	for i, s := range steps {
		switch {
		case taken[s.number] || s.number > of:
		case s.number == of || !taken[s.number+1]:
			return i
		case alone < 0:
			alone = i
		}
	}
	return alone
}

// takenSessionsTx are the numbers of the sessions of a component to which a person came.
func takenSessionsTx(ctx context.Context, tx *db.Tx, caseID, component string) (map[int]bool, error) {
	var numbers []int
	if err := tx.Select(ctx, &numbers, `select distinct a.session_number from attendances t join appointments a on a.id = t.appointment_id
		where t.case_id = $1 and a.component_id = $2 and a.ended_at is null and t.outcome in ('present', 'late') order by 1`, caseID, component); err != nil {
		return nil, err
	}
	taken := map[int]bool{}
	for _, n := range numbers {
		taken[n] = true
	}
	return taken, nil
}

// stepsTx are the sessions of a group to come: of the agenda, or as planned.
func (s *Service) stepsTx(ctx context.Context, tx *db.Tx, g program.Group, prescribed int) ([]step, error) {
	var out []step
	if g.Confirmed() {
		rows, err := sessionsTx(ctx, tx, g.ID, `a.ended_at is null and a.starts_at > $2`, db.At(tx.Now()))
		for _, a := range rows {
			out = append(out, step{a.SessionNumber, a.Day()})
		}
		return out, err
	}
	cal, err := s.catalogue.CalendarTx(ctx, tx, g.CenterID)
	if err != nil {
		return nil, err
	}
	for _, p := range program.PlanSessions(g, prescribed, cal) {
		if !p.On.Before(today(tx)) {
			out = append(out, step{p.Number, p.On})
		}
	}
	return out, nil
}

// unoccupiedTx refuses a group that meets while the person has an appointment of his own.
func (s *Service) unoccupiedTx(ctx context.Context, tx *db.Tx, seat casefile.Seat, from clock.Date) error {
	rows, err := sessionsTx(ctx, tx, seat.Group.ID, `a.ended_at is null and a.starts_at >= $2`, db.At(from.At(0, 0)))
	if err != nil {
		return err
	}
	for _, a := range rows {
		own, err := ownAtTx(ctx, tx, seat.ID, a)
		if err != nil {
			return err
		}
		if own != nil {
			return wrong("group", i18n.M("El grupo «%s» se reúne el %s, y esta persona ya tiene una cita ese día de %s a %s. Muévala primero o elija otro grupo.",
				seat.Group.Name, a.Day().MX(), Hour(own.StartsAt.Time), Hour(own.EndsAt())))
		}
	}
	return nil
}

// ownAtTx is an appointment that a person has in the hours of another; nil without one.
func ownAtTx(ctx context.Context, tx *db.Tx, caseID string, during Appointment) (*Appointment, error) {
	var args db.Args
	var rows []Appointment
	err := tx.Select(ctx, &rows, `select distinct `+appointmentColumns+` from appointments a join bookings b on b.appointment_id = a.id
		where b.resource = `+args.Add(caseResource+caseID)+` and b.slot in (`+args.In(during.slots())+`) and a.id <> `+args.Add(during.ID)+`
		order by a.starts_at limit 1`, args...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

// guestsTx are the cases that make up a session.
func guestsTx(ctx context.Context, tx *db.Tx, appointment string) ([]string, error) {
	var ids []string
	return ids, tx.Select(ctx, &ids, `select case_id from session_guests where appointment_id = $1 order by case_id`, appointment)
}

// comingTx gives who makes up a session and is in process, but for the members named.
func (s *Service) comingTx(ctx context.Context, tx *db.Tx, a *Appointment, members []casefile.Case) ([]casefile.Case, error) {
	ids, err := guestsTx(ctx, tx, a.ID)
	if err != nil {
		return nil, err
	}
	var out []casefile.Case
	for _, id := range ids {
		c, err := s.cases.CaseTx(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if c.State != casefile.Active || slices.ContainsFunc(members, func(m casefile.Case) bool { return m.ID == id }) {
			continue
		}
		if c.Sealed {
			c.Person = c.Folio
		}
		out = append(out, c)
	}
	return out, nil
}

// catchUpsTx adds what the person lacks of his groups, the sessions at which he may make
// it up, and the places that he keeps.
func (s *Service) catchUpsTx(ctx context.Context, tx *db.Tx, v *Seats) error {
	plan, err := s.cases.PlanTx(ctx, tx, v.Case.ID)
	if err != nil || plan == nil {
		return err
	}
	for _, part := range plan.Components {
		if !part.Group {
			continue
		}
		lacking, err := s.lackingTx(ctx, tx, v, part)
		if err != nil {
			return err
		}
		if err := s.offersTx(ctx, tx, v, part, lacking); err != nil {
			return err
		}
		for _, session := range part.Sessions {
			if lacking[session.Number] {
				v.Lacking = append(v.Lacking, session)
			}
		}
	}
	return nil
}

// lackingTx are the sessions of a part of his plan to which he did not come and which his
// own group will not give him.
func (s *Service) lackingTx(ctx context.Context, tx *db.Tx, v *Seats, part casefile.PlanComponent) (map[int]bool, error) {
	taken, err := takenSessionsTx(ctx, tx, v.Case.ID, part.ID)
	if err != nil {
		return nil, err
	}
	lacking := map[int]bool{}
	for n := 1; n <= part.Prescribed; n++ {
		lacking[n] = !taken[n]
	}
	for _, m := range v.Memberships {
		if !m.LeftOn.IsZero() || m.Group.ComponentID != part.ID {
			continue
		}
		steps, err := s.stepsTx(ctx, tx, m.Group, part.Prescribed)
		if err != nil {
			return nil, err
		}
		for _, step := range steps {
			if !step.on.Before(m.JoinedOn) {
				lacking[step.number] = false
			}
		}
	}
	return lacking, nil
}

// offersTx adds the sessions at which he keeps a place, which are lacking no more, and those
// of other groups of the center that give what he lacks of a part and have a place for him.
func (s *Service) offersTx(ctx context.Context, tx *db.Tx, v *Seats, part casefile.PlanComponent, lacking map[int]bool) error {
	var rows []Appointment
	if err := tx.Select(ctx, &rows, `select `+appointmentColumns+` from appointments a where a.center_id = $1 and a.kind = 'group' and a.component_id = $2
		and a.ended_at is null and a.starts_at > $3 and a.starts_at < $4 order by a.starts_at, a.id`,
		v.Case.CenterID, part.ID, db.At(tx.Now()), db.At(tx.Now().AddDate(0, 0, catchUpDays))); err != nil {
		return err
	}
	var others []CatchUp
	for _, a := range rows {
		g, err := s.programs.GroupTx(ctx, tx, a.GroupID)
		if err != nil {
			return err
		}
		guests, err := guestsTx(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		one := CatchUp{Appointment: a, Group: g.Name, capacity: g.Capacity}
		if i := slices.IndexFunc(part.Sessions, func(p casefile.PlanSession) bool { return p.Number == a.SessionNumber }); i >= 0 {
			one.Title = part.Sessions[i].Title
		}
		if slices.Contains(guests, v.Case.ID) {
			v.Kept = append(v.Kept, one)
			lacking[a.SessionNumber] = false
		} else {
			others = append(others, one)
		}
	}
	for _, one := range others {
		if !lacking[one.SessionNumber] || v.Case.State != casefile.Active {
			continue
		}
		fits, err := s.fitsTx(ctx, tx, v.Case, one)
		if err != nil {
			return err
		}
		if fits {
			v.Offers = append(v.Offers, one)
		}
	}
	return nil
}

// fitsTx tells whether a person can come to one session of a group that is not his: there is
// a place, nobody is there whom he must not meet, and his own hours are free.
func (s *Service) fitsTx(ctx context.Context, tx *db.Tx, c casefile.Case, at CatchUp) (bool, error) {
	a := at.Appointment
	expected, err := s.expectedTx(ctx, tx, &a)
	if err != nil || len(expected) >= at.capacity {
		return false, err
	}
	ids := []string{c.ID}
	for _, e := range expected {
		if e.ID == c.ID {
			return false, nil
		}
		ids = append(ids, e.ID)
	}
	apart, err := s.cases.ApartTx(ctx, tx, ids)
	if err != nil {
		return false, err
	}
	for _, pair := range apart {
		if slices.Contains(pair[:], c.ID) {
			return false, nil
		}
	}
	own, err := ownAtTx(ctx, tx, c.ID, a)
	if err != nil || own != nil {
		return false, err
	}
	err = s.groupsFree(ctx, tx, &Appointment{CenterID: a.CenterID, CaseID: c.ID, StartsAt: a.StartsAt, Minutes: a.Minutes})
	if fault.Is(err, fault.Conflict) {
		return false, nil
	}
	return err == nil, err
}

// CatchUp gives a person a place at one session of another group, one of [Seats].Offers. He
// hears of it as of an appointment. Sent twice it is one place.
func (s *Service) CatchUp(ctx context.Context, actor access.Actor, caseID, session string) error {
	return s.seat(ctx, actor, caseID, func(tx *db.Tx, v *Seats) error {
		is := func(o CatchUp) bool { return o.ID == session }
		if slices.ContainsFunc(v.Kept, is) {
			return nil
		}
		i := slices.IndexFunc(v.Offers, is)
		if i < 0 {
			return wrong("session", i18n.M("Elija una sesión de la lista. Si la que eligió ya no está, alguien tomó el último lugar o la sesión cambió."))
		}
		a := &v.Offers[i].Appointment
		if _, err := tx.Exec(ctx, `insert into session_guests (appointment_id, case_id, at, by) values ($1, $2, $3, $4)`,
			a.ID, caseID, db.At(tx.Now()), actor.Account); err != nil {
			return err
		}
		if err := s.retakeTx(ctx, tx, a); err != nil {
			return err
		}
		if err := s.ledger.AppendTx(ctx, tx, actor, caseEntry(v.Case, "appointment.catch_up", ledger.Change{Field: "appointment", After: a.ID})); err != nil {
			return err
		}
		if err := s.tellPersonTx(ctx, tx, actor, a, v.Case, notify.VisitGiven, true); err != nil {
			return err
		}
		return s.nextTx(ctx, tx, caseID)
	})
}

// DropCatchUp takes back a place that was kept and is still to come. It is no absence.
func (s *Service) DropCatchUp(ctx context.Context, actor access.Actor, caseID, session string) error {
	return s.seat(ctx, actor, caseID, func(tx *db.Tx, v *Seats) error {
		i := slices.IndexFunc(v.Kept, func(o CatchUp) bool { return o.ID == session })
		if i < 0 {
			return fault.New(fault.Conflict, i18n.M("Ya no tiene lugar en esa sesión. No se cambió nada."))
		}
		if err := s.dropSeatTx(ctx, tx, actor, v.Case, &v.Kept[i].Appointment); err != nil {
			return err
		}
		return s.nextTx(ctx, tx, caseID)
	})
}

// seat runs a change of the places of a person whom the actor decides about.
func (s *Service) seat(ctx context.Context, actor access.Actor, caseID string, do func(tx *db.Tx, v *Seats) error) error {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		v := &Seats{}
		if v.Case, err = s.cases.ReachTx(ctx, tx, actor, scope, caseID); err != nil {
			return err
		}
		if v.Memberships, err = s.cases.MembershipsTx(ctx, tx, caseID); err != nil {
			return err
		}
		if err := s.catchUpsTx(ctx, tx, v); err != nil {
			return err
		}
		return do(tx, v)
	})
}

// retakeTx books anew whom a session needs, after its people changed.
func (s *Service) retakeTx(ctx context.Context, tx *db.Tx, a *Appointment) error {
	if err := freeTx(ctx, tx, a); err != nil {
		return err
	}
	return s.takeTx(ctx, tx, a)
}

func (s *Service) dropSeatTx(ctx context.Context, tx *db.Tx, actor access.Actor, c casefile.Case, a *Appointment) error {
	if _, err := tx.Exec(ctx, `delete from session_guests where appointment_id = $1 and case_id = $2`, a.ID, c.ID); err != nil {
		return err
	}
	if err := s.retakeTx(ctx, tx, a); err != nil {
		return err
	}
	if err := s.ledger.AppendTx(ctx, tx, actor, caseEntry(c, "appointment.catch_up_off", ledger.Change{Field: "appointment", After: a.ID})); err != nil {
		return err
	}
	return s.tellPersonTx(ctx, tx, actor, a, c, notify.VisitOff, true)
}

// dropSeatsTx takes back every place that a person keeps at sessions to come.
func (s *Service) dropSeatsTx(ctx context.Context, tx *db.Tx, actor access.Actor, c casefile.Case) error {
	var rows []Appointment
	if err := tx.Select(ctx, &rows, `select `+appointmentColumns+` from appointments a join session_guests g on g.appointment_id = a.id
		where g.case_id = $1 and a.ended_at is null and a.starts_at > $2 order by a.starts_at, a.id`, c.ID, db.At(tx.Now())); err != nil {
		return err
	}
	for i := range rows {
		if err := s.dropSeatTx(ctx, tx, actor, c, &rows[i]); err != nil {
			return err
		}
	}
	return nil
}
