package agenda

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
)

// Visit is an appointment of one person as the form gives it.
type Visit struct {
	Date      string `form:"date"` // dd/mm/aaaa
	Time      string `form:"time"` // HH:MM
	Minutes   int    `form:"minutes"`
	Account   string `form:"account"`
	Room      string `form:"room"`
	Mode      string `form:"mode"`
	Component string `form:"component"`
}

// longest is the longest appointment in minutes.
const longest = 4 * 60

// furthest is how many months ahead one can be cited.
const furthest = 6

// Book gives an appointment to the person of a case. It is refused, with who is taken
// and when, if the person, the professional or the room is in another one.
func (s *Service) Book(ctx context.Context, actor access.Actor, caseID string, v Visit) (string, error) {
	scope, err := actor.Require(access.AgendaBook)
	if err != nil {
		return "", err
	}
	var id string
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		c, err := s.cases.ReachTx(ctx, tx, actor, scope, caseID)
		if err != nil {
			return err
		}
		a, err := s.visitTx(ctx, tx, c, v)
		if err != nil {
			return err
		}
		err = s.giveTx(ctx, tx, actor, c, a)
		id = a.ID
		return err
	})
	return id, err
}

// visitTx checks an appointment as it was typed, for a case. It is the first one while
// the person has never come.
func (s *Service) visitTx(ctx context.Context, tx *db.Tx, c casefile.Case, v Visit) (*Appointment, error) {
	a := &Appointment{CenterID: c.CenterID, CaseID: c.ID, Kind: Individual}
	if c.Facts.PresentedAt.IsZero() {
		a.Kind = First
	}
	if err := s.checkVisit(ctx, tx, a, v); err != nil {
		return nil, err
	}
	return a, s.checkComponent(ctx, tx, a, v.Component)
}

// checkComponent takes the part of the plan that a session belongs to.
func (s *Service) checkComponent(ctx context.Context, tx *db.Tx, a *Appointment, component string) error {
	if component = strings.TrimSpace(component); component == "" {
		return nil
	}
	plan, err := s.cases.PlanTx(ctx, tx, a.CaseID)
	if err != nil {
		return err
	}
	if plan != nil {
		for _, part := range plan.Components {
			if part.ID == component && !part.Group {
				a.ComponentID = component
				return nil
			}
		}
	}
	return wrong("component", i18n.M("Elija una parte del plan de esta persona."))
}

// checkVisit checks day, hour, length, mode, professional and room, and that the center
// and the professional work then.
func (s *Service) checkVisit(ctx context.Context, tx *db.Tx, a *Appointment, v Visit) error {
	lists, err := s.catalogue.ListsTx(ctx, tx)
	if err != nil {
		return err
	}
	var form fault.Form
	day, minute := checkWhen(&form, tx.Now(), v)
	if a.Mode = strings.TrimSpace(v.Mode); !lists.Has(catalogue.AppointmentMode, a.Mode) {
		form.Add("mode", i18n.M("Elija cómo será la cita."))
	}
	if a.Minutes = v.Minutes; a.Minutes == 0 {
		a.Minutes = lists.Rule(catalogue.RuleVisitMinutes)
	}
	if a.Minutes < quarter || a.Minutes > longest || a.Minutes%quarter != 0 {
		form.Add("minutes", i18n.M("La cita dura de 15 a %d minutos, en cuartos de hora.", longest))
	}
	if err := form.Err(); err != nil {
		return err
	}
	a.Account, a.StartsAt = v.Account, db.At(atMinute(day, minute))
	if err := s.checkRoom(ctx, tx, &form, a, v.Room); err != nil {
		return err
	}
	if err := s.checkHours(ctx, tx, &form, a); err != nil {
		return err
	}
	return form.Err()
}

// checkWhen reads the day and the hour.
func checkWhen(form *fault.Form, now time.Time, v Visit) (clock.Date, int) {
	day, err := clock.ParseDateMX(v.Date)
	if err != nil {
		form.Add("date", i18n.M("Escriba el día como 14/03/2027."))
	}
	minute, ok := center.ParseHour(v.Time)
	if !ok {
		form.Add("time", i18n.M("Escriba la hora como 10:30, en cuartos de hora."))
	}
	switch {
	case err != nil || !ok:
	case atMinute(day, minute).Before(now):
		form.Add("date", i18n.M("Esa fecha y hora ya pasaron."))
	case day.After(clock.DateOf(now).AddMonths(furthest)):
		form.Add("date", i18n.M("Esa fecha está a más de seis meses. Revise el año."))
	}
	return day, minute
}

// checkRoom takes the room and its venue. Where a center has rooms, who comes in person
// needs one.
func (s *Service) checkRoom(ctx context.Context, tx *db.Tx, form *fault.Form, a *Appointment, room string) error {
	rooms, err := s.centers.RoomsTx(ctx, tx, a.CenterID)
	if err != nil {
		return err
	}
	venues, err := s.centers.VenuesTx(ctx, tx, a.CenterID)
	if err != nil {
		return err
	}
	if len(venues) > 0 {
		a.VenueID = venues[0].ID
	}
	room = strings.TrimSpace(room)
	at := slices.IndexFunc(rooms, func(r center.Room) bool { return r.ID == room })
	switch {
	case a.Mode != InPerson:
	case at >= 0:
		a.RoomID, a.VenueID = rooms[at].ID, rooms[at].VenueID
	case room != "" || len(rooms) > 0:
		form.Add("room", i18n.M("Elija una sala del centro."))
	}
	return nil
}

// checkHours tells whether the center and the professional work at that time.
func (s *Service) checkHours(ctx context.Context, tx *db.Tx, form *fault.Form, a *Appointment) error {
	staff, err := s.identity.StaffTx(ctx, tx, a.CenterID)
	if err != nil {
		return err
	}
	who := slices.IndexFunc(staff, func(p identity.Staff) bool {
		return p.Account == a.Account && (sees(p.Role) || a.Kind == Group && attends(p.Role))
	})
	if who < 0 {
		form.Add("account", i18n.M("Elija quién atiende."))
		return nil
	}
	w, err := s.weeksTx(ctx, tx, a.CenterID)
	if err != nil {
		return err
	}
	hours, why := w.center.On(a.Day(), w.cal)
	if !hours.Open() {
		form.Add("date", i18n.M("El %s el centro no abre: %s.", a.Day().MX(), why))
		return nil
	}
	if hours.And(a.span()) != a.span() {
		form.Add("time", i18n.M("El centro abre de %s a %s ese día.", center.ShowHour(hours.From), center.ShowHour(hours.Until)))
		return nil
	}
	if own := w.staff(a.Account, a.Day()); own.And(a.span()) != a.span() {
		form.Add("account", i18n.M("%s no atiende a esa hora el %s.", staff[who].Title, a.Day().MX()))
	}
	return nil
}

// sees tells whether a role takes appointments of one person. Who only facilitates has
// groups: he may not see whom the center attends.
func sees(r access.Role) bool { return attends(r) && r != access.Facilitator }

// attends tells whether a role takes appointments.
func attends(r access.Role) bool {
	switch r {
	case access.SocialWork, access.Psychology, access.Legal, access.Facilitator, access.CenterCoordinator:
		return true
	}
	return false
}

// giveTx stores an appointment of a case that was checked, and tells whom it concerns.
func (s *Service) giveTx(ctx context.Context, tx *db.Tx, actor access.Actor, c casefile.Case, a *Appointment) error {
	if err := s.groupsFree(ctx, tx, a); err != nil {
		return err
	}
	if err := s.storeTx(ctx, tx, actor, a); err != nil {
		return err
	}
	if err := s.ledger.AppendTx(ctx, tx, actor, caseEntry(c, "appointment.book", ledger.Change{Field: "appointment", After: a.ID})); err != nil {
		return err
	}
	if err := s.cases.ScheduledTx(ctx, tx, actor, c.ID, a.StartsAt.Time); err != nil {
		return err
	}
	if a.Kind == First {
		if err := s.tellFirstTx(ctx, tx, actor, c, a); err != nil {
			return err
		}
	}
	if err := s.nextTx(ctx, tx, c.ID); err != nil {
		return err
	}
	if a.MovedFrom == "" {
		return s.tellPeopleTx(ctx, tx, actor, a, notify.VisitGiven, "")
	}
	return nil // whoever moves it tells him, and knows who asked
}

// storeTx stores an appointment with its bookings, or tells who is taken.
func (s *Service) storeTx(ctx context.Context, tx *db.Tx, actor access.Actor, a *Appointment) error {
	a.ID, a.CreatedAt, a.CreatedBy, a.Version = db.NewID(), db.At(tx.Now()), actor.Account, 1
	if _, err := tx.Exec(ctx, `insert into appointments (id, center_id, kind, case_id, group_id, component_id, session_number,
			account_id, co_account_id, venue_id, room_id, mode, starts_at, minutes, created_at, created_by, moved_from,
			ended_by, ended_side, ended_reason, held_by, version)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, '', '', '', '', 1)`,
		a.ID, a.CenterID, string(a.Kind), a.CaseID, a.GroupID, a.ComponentID, a.SessionNumber, a.Account, a.CoAccount,
		a.VenueID, a.RoomID, a.Mode, a.StartsAt, a.Minutes, a.CreatedAt, a.CreatedBy, a.MovedFrom); err != nil {
		return err
	}
	if a.MovedFrom != "" { // who was to make up a session comes along
		if _, err := tx.Exec(ctx, `update session_guests set appointment_id = $1 where appointment_id = $2`, a.ID, a.MovedFrom); err != nil {
			return err
		}
	}
	if err := s.takeTx(ctx, tx, a); err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, a.entry("appointment.create"))
}

// takeTx books every quarter of an hour of everybody whom an appointment needs. Two who
// want the same are told apart by the primary key: on SQLite one waits for the other; on
// PostgreSQL the later transaction collides, runs again and then sees who was first.
func (s *Service) takeTx(ctx context.Context, tx *db.Tx, a *Appointment) error {
	if a.Kind == Group {
		guests, err := guestsTx(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		a.guests = guests
	}
	resources := a.resources()
	slices.Sort(resources) // all take in one order, so that two do not wait for each other
	var args db.Args
	id := args.Add(a.ID)
	var rows []string
	for _, r := range resources {
		who := args.Add(r)
		for _, slot := range a.slots() {
			rows = append(rows, `(`+who+`, `+args.Add(slot)+`, `+id+`)`)
		}
	}
	n, err := tx.Exec(ctx, `insert into bookings (resource, slot, appointment_id) values `+strings.Join(rows, ", ")+`
		on conflict (resource, slot) do nothing`, args...)
	if err != nil || int(n) == len(rows) {
		return err
	}
	return s.takenTx(ctx, tx, a)
}

// freeTx gives back what an appointment took.
func freeTx(ctx context.Context, tx *db.Tx, a *Appointment) error {
	_, err := tx.Exec(ctx, `delete from bookings where appointment_id = $1`, a.ID)
	return err
}

// takenTx says who is taken and when, of those whom an appointment needs.
func (s *Service) takenTx(ctx context.Context, tx *db.Tx, a *Appointment) error {
	var args db.Args
	var other struct {
		Resource string  `db:"resource"`
		StartsAt db.Time `db:"starts_at"`
		Minutes  int     `db:"minutes"`
	}
	err := tx.Get(ctx, &other, `select b.resource, a.starts_at, a.minutes from bookings b join appointments a on a.id = b.appointment_id
		where b.resource in (`+args.In(a.resources())+`) and b.slot in (`+args.In(a.slots())+`) and b.appointment_id <> `+args.Add(a.ID)+`
		order by a.starts_at, b.resource limit 1`, args...)
	if errors.Is(err, db.ErrNoRows) {
		return fault.New(fault.Conflict, i18n.M("Alguien tomó ese lugar en este momento. Elija otra hora."))
	}
	if err != nil {
		return err
	}
	taken := Appointment{StartsAt: other.StartsAt, Minutes: other.Minutes}
	if a.Kind == Group && strings.HasPrefix(other.Resource, caseResource) {
		return fault.New(fault.Conflict, i18n.M("Quien repone esta sesión tiene otra cita de %s a %s. Elija otra hora, o quítele el lugar en los grupos de su expediente.",
			Hour(taken.StartsAt.Time), Hour(taken.EndsAt())))
	}
	return s.taken(ctx, tx, other.Resource, Hour(taken.StartsAt.Time), Hour(taken.EndsAt()))
}

// taken is the refusal. It names a professional by post and a room, and never says whom
// somebody meets.
func (s *Service) taken(ctx context.Context, tx *db.Tx, resource, from, until string) error {
	if id, ok := strings.CutPrefix(resource, accountResource); ok {
		names, err := s.identity.NamesTx(ctx, tx, []string{id})
		if err != nil {
			return err
		}
		return fault.New(fault.Conflict, i18n.M("%s tiene otra cita de %s a %s. Elija otra hora o a otra persona.", names[id], from, until))
	}
	if id, ok := strings.CutPrefix(resource, roomResource); ok {
		room, err := s.centers.RoomTx(ctx, tx, id)
		if err != nil {
			return err
		}
		return fault.New(fault.Conflict, i18n.M("La sala %s está ocupada de %s a %s. Elija otra sala u otra hora.", room.Name, from, until))
	}
	return fault.New(fault.Conflict, i18n.M("Esta persona ya tiene una cita de %s a %s. Elija otra hora.", from, until))
}

// groupsFree refuses an appointment while the person's group meets.
func (s *Service) groupsFree(ctx context.Context, tx *db.Tx, a *Appointment) error {
	var meets []Appointment
	if err := tx.Select(ctx, &meets, `select `+appointmentColumns+` from appointments a
		where a.center_id = $1 and a.kind = 'group' and a.ended_at is null and a.starts_at >= $2 and a.starts_at < $3`,
		a.CenterID, db.At(a.StartsAt.Add(-longest*time.Minute)), db.At(a.EndsAt())); err != nil {
		return err
	}
	for _, g := range meets {
		if !g.EndsAt().After(a.StartsAt.Time) {
			continue
		}
		members, err := s.cases.MembersTx(ctx, tx, g.GroupID, g.Day())
		if err != nil {
			return err
		}
		if slices.ContainsFunc(members, func(c casefile.Case) bool { return c.ID == a.CaseID }) {
			return fault.New(fault.Conflict, i18n.M("Esta persona tiene sesión de grupo de %s a %s. Elija otra hora.", Hour(g.StartsAt.Time), Hour(g.EndsAt())))
		}
	}
	return nil
}

// Change is why an appointment is moved or called off, and who asks for it.
type Change struct {
	Side   string `form:"side"`
	Reason string `form:"reason"`
}

func (s *Service) checkChange(ctx context.Context, tx *db.Tx, c Change) (Side, error) {
	lists, err := s.catalogue.ListsTx(ctx, tx)
	if err != nil {
		return "", err
	}
	var form fault.Form
	if !slices.Contains(Sides, Side(c.Side)) {
		form.Add("side", i18n.M("Elija quién lo pide."))
	}
	if !lists.Has(catalogue.ChangeReason, c.Reason) {
		form.Add("reason", i18n.M("Elija por qué."))
	}
	return Side(c.Side), form.Err()
}

// Move gives another appointment in the place of one. The old one keeps its row, with who
// asked and why; the new one names it.
func (s *Service) Move(ctx context.Context, actor access.Actor, id string, v Visit, why Change) (string, error) {
	scope, err := actor.Require(access.AgendaBook)
	if err != nil {
		return "", err
	}
	var newID string
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		was, err := s.openTx(ctx, tx, actor, scope, id)
		if err != nil {
			return err
		}
		if was.Kind == Group {
			return fault.New(fault.Conflict, i18n.M("Una sesión de grupo se mueve desde su página."))
		}
		c, err := s.cases.ReachTx(ctx, tx, actor, scope, was.CaseID)
		if err != nil {
			return err
		}
		side, err := s.checkChange(ctx, tx, why)
		if err != nil {
			return err
		}
		if v.Minutes == 0 {
			v.Minutes = was.Minutes
		}
		next, err := s.visitTx(ctx, tx, c, v)
		if err != nil {
			return err
		}
		next.MovedFrom, next.ComponentID, next.Kind = was.ID, was.ComponentID, was.Kind
		if err := s.endTx(ctx, tx, actor, was, side, why.Reason, "appointment.move"); err != nil {
			return err
		}
		if err := s.giveTx(ctx, tx, actor, c, next); err != nil {
			return err
		}
		newID = next.ID
		return s.tellPeopleTx(ctx, tx, actor, next, notify.VisitMoved, side)
	})
	return newID, err
}

// Cancel calls an appointment off. It is nobody's absence.
func (s *Service) Cancel(ctx context.Context, actor access.Actor, id string, why Change) error {
	scope, err := actor.Require(access.AgendaBook)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		a, err := s.openTx(ctx, tx, actor, scope, id)
		if err != nil {
			return err
		}
		side, err := s.checkChange(ctx, tx, why)
		if err != nil {
			return err
		}
		if err := s.endTx(ctx, tx, actor, a, side, why.Reason, "appointment.cancel"); err != nil {
			return err
		}
		if err := s.tellPeopleTx(ctx, tx, actor, a, notify.VisitOff, side); err != nil {
			return err
		}
		return s.nextTx(ctx, tx, a.CaseID)
	})
}

// nextTx keeps at the case when its next appointment is, his own or a session of a group
// to which he belongs.
func (s *Service) nextTx(ctx context.Context, tx *db.Tx, caseID string) error {
	if caseID == "" {
		return nil
	}
	next, err := soonestTx(ctx, tx, `a.case_id <> '' and a.case_id = $2`, tx.Now(), caseID)
	if err != nil {
		return err
	}
	groups, err := s.cases.BelongsTx(ctx, tx, caseID)
	if err != nil {
		return err
	}
	seat, err := soonestTx(ctx, tx, `a.id in (select appointment_id from session_guests where case_id = $2)`, tx.Now(), caseID)
	if err != nil {
		return err
	}
	if next.IsZero() || !seat.IsZero() && seat.Before(next) {
		next = seat
	}
	for _, g := range groups {
		after := tx.Now()
		if first := g.From.At(0, 0); first.After(after) {
			after = first
		}
		session, err := soonestTx(ctx, tx, `a.group_id <> '' and a.group_id = $2`, after, g.GroupID)
		if err != nil {
			return err
		}
		if next.IsZero() || !session.IsZero() && session.Before(next) {
			next = session
		}
	}
	return s.cases.NextTx(ctx, tx, caseID, next)
}

// soonestTx is when the first appointment of somebody after an instant is; zero without
// one. whose is a condition of this package on its second argument.
func soonestTx(ctx context.Context, tx *db.Tx, whose string, after time.Time, of string) (time.Time, error) {
	var next db.Time
	err := tx.Get(ctx, &next, `select a.starts_at from appointments a where `+whose+` and a.ended_at is null and a.starts_at > $1
		order by a.starts_at limit 1`, db.At(after), of)
	if errors.Is(err, db.ErrNoRows) {
		return time.Time{}, nil
	}
	return next.Time, err
}

// nextOfGroupTx does so for everybody who belongs to a group on a day.
func (s *Service) nextOfGroupTx(ctx context.Context, tx *db.Tx, group string, on clock.Date) error {
	members, err := s.cases.MembersTx(ctx, tx, group, on)
	if err != nil {
		return err
	}
	for _, c := range members {
		if err := s.nextTx(ctx, tx, c.ID); err != nil {
			return err
		}
	}
	return nil
}

// openTx reads an appointment that can still be changed.
func (s *Service) openTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, id string) (*Appointment, error) {
	a, err := load(ctx, tx, actor, scope, id)
	if err != nil {
		return nil, err
	}
	if a.Ended() {
		return nil, s.endedTx(ctx, tx, a)
	}
	var recorded int
	if err := tx.Get(ctx, &recorded, `select count(*) from attendances where appointment_id = $1`, a.ID); err != nil {
		return nil, err
	}
	if recorded > 0 {
		return nil, fault.New(fault.Conflict, i18n.M("Ya se registró la asistencia de esta cita. Dé otra cita en lugar de cambiar esta."))
	}
	return a, nil
}

// endedTx says who ended an appointment before.
func (s *Service) endedTx(ctx context.Context, tx *db.Tx, a *Appointment) error {
	names, err := s.identity.NamesTx(ctx, tx, []string{a.EndedBy})
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, i18n.M("Esta cita ya no vale: la cambió o canceló %s el %s.", names[a.EndedBy], clock.FormatMX(a.EndedAt.Time)))
}

// endTx ends an appointment and gives back what it took.
func (s *Service) endTx(ctx context.Context, tx *db.Tx, actor access.Actor, a *Appointment, side Side, reason, action string) error {
	n, err := tx.Exec(ctx, `update appointments set ended_at = $1, ended_by = $2, ended_side = $3, ended_reason = $4, version = version + 1
		where id = $5 and ended_at is null`, db.At(tx.Now()), actor.Account, string(side), reason, a.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Conflict, i18n.M("Esta cita ya no vale: alguien la cambió o canceló."))
	}
	if err := freeTx(ctx, tx, a); err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, a.entry(action,
		ledger.Change{Field: "side", After: string(side)}, ledger.Change{Field: "reason", After: reason}))
}
