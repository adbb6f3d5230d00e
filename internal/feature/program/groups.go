package program

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/center"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/access"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/ledger"
)

// GroupForm is a group as it was typed. How long a session lasts and how often there is
// one is said by the component; the weekday by the first day.
type GroupForm struct {
	Name, Component, Entry, Capacity string
	Venue, Room                      string
	FirstOn, StartsAt, Mode          string
	Lead, CoLead                     string // only for a new group; later [Service.ChangeStaff]
}

// The two ways into a group, as they are typed.
const (
	OpenEntry   = "open"
	ClosedEntry = "closed"
)

// GroupChoice is a component that a group may give, with its version.
type GroupChoice struct {
	Version   Version
	Component Component
}

// GroupOptions is what the form of a group offers.
type GroupOptions struct {
	Components []GroupChoice
	Venues     []center.Venue
	Rooms      []center.Room
	Staff      []identity.Staff // who may record attendance
	Center     center.Center

	week     center.Week
	calendar clock.Calendar
	today    clock.Date
}

// choice gives a component on offer by its id.
func (o *GroupOptions) choice(component string) (GroupChoice, bool) {
	for _, c := range o.Components {
		if c.Component.ID == component {
			return c, true
		}
	}
	return GroupChoice{}, false
}

// optionsTx gathers what a group of a center may choose. Versions that are no longer
// offered are among it: plans that run need their groups.
func (s *Service) optionsTx(ctx context.Context, tx *db.Tx, centerID string) (*GroupOptions, error) {
	o := &GroupOptions{today: today(tx)}
	programs, err := programsTx(ctx, tx, false, `1 = 1`)
	if err != nil {
		return nil, err
	}
	for _, p := range programs {
		for _, v := range p.Versions {
			for _, c := range v.Components {
				if c.Group {
					o.Components = append(o.Components, GroupChoice{v, c})
				}
			}
		}
	}
	if o.Center, err = s.centers.CenterTx(ctx, tx, centerID); err != nil {
		return nil, err
	}
	if o.Venues, err = s.centers.VenuesTx(ctx, tx, centerID); err != nil {
		return nil, err
	}
	if o.Rooms, err = s.centers.RoomsTx(ctx, tx, centerID); err != nil {
		return nil, err
	}
	if o.week, err = s.centers.HoursTx(ctx, tx, centerID); err != nil {
		return nil, err
	}
	if o.calendar, err = s.catalogue.CalendarTx(ctx, tx, centerID); err != nil {
		return nil, err
	}
	o.Staff, err = s.recordersTx(ctx, tx, centerID)
	return o, err
}

// recordersTx lists who of a center may record attendance.
func (s *Service) recordersTx(ctx context.Context, tx *db.Tx, centerID string) ([]identity.Staff, error) {
	staff, err := s.identity.StaffTx(ctx, tx, centerID)
	return slices.DeleteFunc(staff, func(one identity.Staff) bool {
		return !access.Actor{Account: one.Account, Role: one.Role}.May(access.AttendanceRecord)
	}), err
}

// GroupOptions gives what the form of a group of the actor's center offers.
func (s *Service) GroupOptions(ctx context.Context, actor access.Actor) (*GroupOptions, error) {
	scope, err := actor.Require(access.GroupManage)
	if err != nil {
		return nil, err
	}
	if actor.Center == "" || !scope.Covers("", "", actor.Center, "") {
		return nil, fault.Missing()
	}
	var o *GroupOptions
	err = s.db.View(ctx, func(tx *db.Tx) error {
		o, err = s.optionsTx(ctx, tx, actor.Center)
		return err
	})
	return o, err
}

// check gives the group that was typed over what it was. A group whose sessions stand in
// the agenda keeps what they depend on.
func (f GroupForm) check(o *GroupOptions, was Group) (Group, error) {
	var form fault.Form
	g := was
	g.Name = line(&form, "name", f.Name, i18n.M("Escriba el nombre del grupo. Por ejemplo, «Martes por la tarde»."))
	switch f.Entry {
	case OpenEntry, ClosedEntry:
		g.Open = f.Entry == OpenEntry
	default:
		form.Add("entry", i18n.M("Diga si se puede entrar cuando el grupo ya empezó."))
	}
	if !was.Confirmed() {
		f.checkSchedule(&form, o, &g)
	}
	least, most := 1, maxGroup // until it is known what is given
	if choice, ok := o.choice(g.ComponentID); ok {
		least, most = choice.Version.GroupMin, choice.Version.GroupMax
	}
	g.Capacity = number(&form, "capacity", f.Capacity, least, most,
		i18n.M("Escriba para cuántas personas es, de %d a %d: así lo fija el programa.", least, most))
	return g, form.Err()
}

// checkSchedule checks what the group gives, where and when.
func (f GroupForm) checkSchedule(form *fault.Form, o *GroupOptions, g *Group) {
	choice, ok := o.choice(f.Component)
	if !ok {
		form.Add("component", i18n.M("Elija qué se da en el grupo."))
	}
	g.VersionID, g.ComponentID = choice.Version.ID, choice.Component.ID
	g.Minutes, g.EveryDays = choice.Component.Minutes, choice.Component.EveryDays
	if g.VenueID = f.Venue; !slices.ContainsFunc(o.Venues, func(v center.Venue) bool { return v.ID == f.Venue }) {
		form.Add("venue", i18n.M("Elija la sede donde se reúne."))
	}
	if g.RoomID = f.Room; f.Room != "" && !slices.ContainsFunc(o.Rooms, func(r center.Room) bool { return r.ID == f.Room && r.VenueID == f.Venue }) {
		form.Add("room", i18n.M("Esa sala no está en la sede que eligió. Elija otra o déjela para después."))
	}
	if g.Mode = Mode(f.Mode); !slices.Contains(Modes, g.Mode) {
		form.Add("mode", i18n.M("Elija si se reúne en persona o a distancia."))
	}
	f.checkTime(form, o, g)
}

// checkTime checks that the center is open at the hour on the first day.
func (f GroupForm) checkTime(form *fault.Form, o *GroupOptions, g *Group) {
	day := clock.FormDate(form, "first_on", f.FirstOn)
	starts, ok := center.ParseHour(f.StartsAt)
	if !ok || starts+g.Minutes > 24*60 {
		form.Add("starts_at", i18n.M("Escriba la hora como 16:30, en cuartos de hora."))
	}
	switch {
	case strings.TrimSpace(f.FirstOn) == "":
		form.Add("first_on", i18n.M("Escriba el día de la primera sesión. El grupo se reúne siempre en ese día de la semana."))
		return
	case day.IsZero():
		return
	}
	if day.Before(o.today) && day != g.FirstOn {
		form.Add("first_on", i18n.M("El %s ya pasó. Escriba un día de hoy en adelante.", day.MX()))
	}
	g.FirstOn, g.Weekday, g.StartsAt = day, day.Weekday(), center.ShowHour(starts)
	hours, why := o.week.On(day, o.calendar)
	if !why.IsZero() {
		form.Add("first_on", i18n.M("El %s no se puede: %s. Elija otro día.", day.MX(), why))
	} else if ok && (starts < hours.From || starts+g.Minutes > hours.Until) {
		form.Add("starts_at", i18n.M("Ese día el centro abre de %s a %s, y la sesión dura %d minutos. Elija otra hora o cambie el horario del centro.",
			center.ShowHour(hours.From), center.ShowHour(hours.Until), g.Minutes))
	}
}

// checkPair checks the two who lead a group.
func checkPair(form *fault.Form, staff []identity.Staff, lead, co string) {
	works := func(account string) bool {
		return slices.ContainsFunc(staff, func(s identity.Staff) bool { return s.Account == account })
	}
	if !works(lead) {
		form.Add("lead", i18n.M("Elija quién facilita: alguien del centro que puede pasar lista."))
	}
	switch {
	case !works(co):
		form.Add("co_lead", i18n.M("Elija quién cofacilita: alguien del centro que puede pasar lista."))
	case co == lead:
		form.Add("co_lead", i18n.M("La pareja es de dos personas distintas. Elija a otra."))
	}
}

// CreateGroup opens a group of the actor's center, whose sessions are not in the agenda
// yet, and gives its id.
func (s *Service) CreateGroup(ctx context.Context, actor access.Actor, f GroupForm) (string, error) {
	scope, err := actor.Require(access.GroupManage)
	if err != nil {
		return "", err
	}
	if actor.Center == "" || !scope.Covers("", "", actor.Center, "") {
		return "", fault.Missing()
	}
	id := db.NewID()
	return id, s.db.Tx(ctx, func(tx *db.Tx) error {
		o, err := s.optionsTx(ctx, tx, actor.Center)
		if err != nil {
			return err
		}
		g, err := f.check(o, Group{ID: id, CenterID: actor.Center})
		var pair fault.Form
		checkPair(&pair, o.Staff, f.Lead, f.CoLead)
		if err := joined(err, pair.Err()); err != nil {
			return err
		}
		if err := insertGroup(ctx, tx, actor, g); err != nil {
			return taken(err, i18n.M("Ya hay un grupo con ese nombre en el centro. Póngale otro."))
		}
		for _, one := range []Staff{{Account: f.Lead, Role: Lead}, {Account: f.CoLead, Role: CoLead}} {
			one.GroupID, one.From = id, g.FirstOn
			if err := insertStaff(ctx, tx, one); err != nil {
				return err
			}
		}
		return s.ledger.AppendTx(ctx, tx, actor, groupEntry("group.open", g, g.changes(Group{})...))
	})
}

func insertGroup(ctx context.Context, tx *db.Tx, actor access.Actor, g Group) error {
	_, err := tx.Exec(ctx, `insert into program_groups (id, center_id, version_id, component_id, name, open_entry, capacity, venue_id,
			room_id, first_on, starts_at, minutes, mode, revision, opened_at, opened_by, confirmed_by, closed_by, close_reason)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $15, '', '', '')`,
		g.ID, g.CenterID, g.VersionID, g.ComponentID, g.Name, g.Open, g.Capacity, g.VenueID, g.RoomID, g.FirstOn, g.StartsAt,
		g.Minutes, g.Mode, db.At(tx.Now()), actor.Name())
	return err
}

// UpdateGroup changes a group. Once its sessions are in the agenda, days, hours and place
// are moved there, session by session or all that follow. revision is that of the page.
func (s *Service) UpdateGroup(ctx context.Context, actor access.Actor, id string, revision int, f GroupForm) error {
	return s.changeGroup(ctx, actor, id, func(ctx context.Context, tx *db.Tx, was Group) error {
		o, err := s.optionsTx(ctx, tx, was.CenterID)
		if err != nil {
			return err
		}
		g, err := f.check(o, was)
		changes := g.changes(was)
		if err != nil || len(changes) == 0 {
			return err
		}
		held, err := tx.Exec(ctx, `update program_groups set version_id = $1, component_id = $2, name = $3, open_entry = $4, capacity = $5,
				venue_id = $6, room_id = $7, first_on = $8, starts_at = $9, minutes = $10, mode = $11, revision = revision + 1
			where id = $12 and revision = $13`, g.VersionID, g.ComponentID, g.Name, g.Open, g.Capacity, g.VenueID, g.RoomID, g.FirstOn,
			g.StartsAt, g.Minutes, g.Mode, id, revision)
		if err != nil {
			return taken(err, i18n.M("Ya hay un grupo con ese nombre en el centro. Póngale otro."))
		}
		if held == 0 {
			return stale()
		}
		// Who leads it from the start does so from the day on which it now starts.
		if _, err := tx.Exec(ctx, `update group_staff set from_on = $1 where group_id = $2 and from_on = $3`, g.FirstOn, id, was.FirstOn); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, groupEntry("group.update", g, changes...))
	})
}

// changeGroup requires access.GroupManage and runs a change of one group that has not
// ended, inside the scope.
func (s *Service) changeGroup(ctx context.Context, actor access.Actor, id string, do func(context.Context, *db.Tx, Group) error) error {
	scope, err := actor.Require(access.GroupManage)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		was, err := reachGroup(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		if was.Closed() {
			return fault.New(fault.Conflict, i18n.M("El grupo terminó el %s y ya no cambia.", clock.DateOf(was.ClosedAt).MX()))
		}
		// The row is held, so that of two changes of its staff the second sees the first.
		if _, err := tx.Exec(ctx, `update program_groups set revision = revision where id = $1`, id); err != nil {
			return err
		}
		return do(ctx, tx, was)
	})
}

// CloseGroup ends a group, with the reason. Its sessions still to come are called off and
// its people are in it no longer, as [Changed] follows. It is not opened again: who goes on
// does so in another.
func (s *Service) CloseGroup(ctx context.Context, actor access.Actor, id, reason string) error {
	return s.changeGroup(ctx, actor, id, func(ctx context.Context, tx *db.Tx, was Group) error {
		var form fault.Form
		reason := line(&form, "reason", reason, i18n.M("Escriba por qué termina el grupo. Por ejemplo, «Se dieron las 15 sesiones»."))
		if err := form.Err(); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update program_groups set closed_at = $1, closed_by = $2, close_reason = $3 where id = $4`,
			db.At(tx.Now()), actor.Name(), reason, id); err != nil {
			return err
		}
		if err := Changed.EnqueueTx(ctx, tx, ChangedGroup{GroupID: id}, jobs.Options{}); err != nil {
			return err
		}
		e := groupEntry("group.close", was)
		e.Reason = reason
		return s.ledger.AppendTx(ctx, tx, actor, e)
	})
}

// ConfirmTx says that the sessions of a group stand in the agenda. A second time is a
// Conflict, so that nobody makes them twice.
func (s *Service) ConfirmTx(ctx context.Context, tx *db.Tx, actor access.Actor, id string) error {
	g, err := s.GroupTx(ctx, tx, id)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `update program_groups set confirmed_at = $1, confirmed_by = $2, revision = revision + 1
		where id = $3 and confirmed_at is null and closed_at is null`, db.At(tx.Now()), actor.Name(), id)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Conflict, i18n.M("El calendario de «%s» ya estaba confirmado, o el grupo terminó. No se cambió nada.", g.Name))
	}
	return s.ledger.AppendTx(ctx, tx, actor, groupEntry("group.confirm", g))
}

// Schedule is the plan of a group as it would be made today.
type Schedule struct {
	Group     Group
	Component Component
	Planned   []Planned
}

// Last is the day of the last session; zero when there is none.
func (s *Schedule) Last() clock.Date {
	if len(s.Planned) == 0 {
		return clock.Date{}
	}
	return s.Planned[len(s.Planned)-1].On
}

// Skips is how many days of the group are skipped.
func (s *Schedule) Skips() int {
	n := 0
	for _, p := range s.Planned {
		n += len(p.Skipped)
	}
	return n
}

// ScheduleTx plans every session of a group by the calendar of its center.
func (s *Service) ScheduleTx(ctx context.Context, tx *db.Tx, g Group) (*Schedule, error) {
	v, err := s.VersionTx(ctx, tx, g.VersionID)
	if err != nil {
		return nil, err
	}
	c, ok := v.Component(g.ComponentID)
	if !ok {
		return nil, fault.Missing()
	}
	cal, err := s.catalogue.CalendarTx(ctx, tx, g.CenterID)
	return &Schedule{g, c, PlanSessions(g, len(c.Sessions), cal)}, err
}

// Schedule plans every session of a group of the actor's center.
func (s *Service) Schedule(ctx context.Context, actor access.Actor, id string) (*Schedule, error) {
	scope, err := actor.Require(access.GroupRead)
	if err != nil {
		return nil, err
	}
	var plan *Schedule
	err = s.db.View(ctx, func(tx *db.Tx) error {
		g, err := reachGroup(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		plan, err = s.ScheduleTx(ctx, tx, g)
		return err
	})
	return plan, err
}

func (g Group) changes(was Group) []ledger.Change {
	return changesOf(change{"name", was.Name, g.Name}, change{"component", was.ComponentID, g.ComponentID},
		change{"open", entry(was), entry(g)}, change{"capacity", strconv.Itoa(was.Capacity), strconv.Itoa(g.Capacity)},
		change{"venue", was.VenueID, g.VenueID}, change{"room", was.RoomID, g.RoomID}, change{"first_on", was.FirstOn.String(), g.FirstOn.String()},
		change{"starts_at", was.StartsAt, g.StartsAt}, change{"mode", string(was.Mode), string(g.Mode)})
}

// entry is the way into a group as it is typed; empty for one that is not there yet.
func entry(g Group) string {
	switch {
	case g.Name == "":
		return ""
	case g.Open:
		return OpenEntry
	}
	return ClosedEntry
}

func groupEntry(action string, g Group, changes ...ledger.Change) ledger.Entry {
	return ledger.Entry{Action: action, Subject: ledger.Subject{Type: "group", ID: g.ID}, Center: g.CenterID, Changes: changes}
}
