package agenda

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/identity"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
)

// Schedule is the sessions of a group: as planned while it is not confirmed, else as they
// stand in the agenda.
type Schedule struct {
	Group    program.Group
	Planned  []program.Planned
	Sessions []Item // every one, also those that were moved or called off
	Staff    []identity.Staff
	Lists    *catalogue.Lists
}

// groupTx gives a group inside a scope, the first session's hour, and the number of its
// sessions.
func (s *Service) groupTx(ctx context.Context, tx *db.Tx, scope access.Scope, id string) (program.Group, int, error) {
	if uuid.Validate(id) != nil {
		return program.Group{}, 0, fault.Missing()
	}
	g, err := s.programs.GroupTx(ctx, tx, id)
	if err != nil {
		return g, 0, err
	}
	if !scope.Covers("", "", g.CenterID, "") {
		return g, 0, fault.Missing()
	}
	v, err := s.programs.VersionTx(ctx, tx, g.VersionID)
	if err != nil {
		return g, 0, err
	}
	part, ok := v.Component(g.ComponentID)
	if !ok {
		return g, 0, fault.Missing()
	}
	return g, len(part.Sessions), nil
}

// GroupSchedule gives the sessions of a group, planned or confirmed.
func (s *Service) GroupSchedule(ctx context.Context, actor access.Actor, id string) (*Schedule, error) {
	scope, err := actor.Require(access.AgendaRead)
	if err != nil {
		return nil, err
	}
	out := &Schedule{}
	err = s.db.View(ctx, func(tx *db.Tx) error {
		g, n, err := s.groupTx(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		out.Group = g
		if out.Lists, err = s.catalogue.ListsTx(ctx, tx); err != nil {
			return err
		}
		if out.Staff, err = s.identity.StaffTx(ctx, tx, g.CenterID); err != nil {
			return err
		}
		out.Staff = slices.DeleteFunc(out.Staff, func(p identity.Staff) bool { return !attends(p.Role) })
		if !g.Confirmed() {
			cal, err := s.catalogue.CalendarTx(ctx, tx, g.CenterID)
			out.Planned = program.PlanSessions(g, n, cal)
			return err
		}
		rows, err := sessionsTx(ctx, tx, g.ID, `1 = 1`)
		if err != nil {
			return err
		}
		out.Sessions, err = s.showTx(ctx, tx, actor, scope, rows)
		return err
	})
	return out, err
}

// sessionsTx reads the sessions of a group in their order; where is a condition of this
// package.
func sessionsTx(ctx context.Context, tx *db.Tx, group, where string, args ...any) ([]Appointment, error) {
	var rows []Appointment
	err := tx.Select(ctx, &rows, `select `+appointmentColumns+` from appointments a where a.group_id = $1 and `+where+`
		order by a.starts_at, a.id`, append([]any{group}, args...)...)
	return rows, err
}

// Confirm puts the planned schedule of a group into the agenda, with its room and both
// who lead it. It is refused whole when one session collides, and says which.
func (s *Service) Confirm(ctx context.Context, actor access.Actor, id string) error {
	scope, err := actor.Require(access.GroupManage)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		g, n, err := s.groupTx(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		if g.Confirmed() {
			return nil // sent twice
		}
		cal, err := s.catalogue.CalendarTx(ctx, tx, g.CenterID)
		if err != nil {
			return err
		}
		minute, ok := center.ParseHour(g.StartsAt)
		if !ok || g.Minutes <= 0 || g.Minutes%quarter != 0 {
			return fault.New(fault.Conflict, i18n.M("La hora del grupo debe ser en cuartos de hora. Cámbiela en la página del grupo."))
		}
		last := g.FirstOn
		for _, p := range program.PlanSessions(g, n, cal) {
			last = p.On
			a := sessionOf(g, p.Number)
			a.StartsAt = db.At(atMinute(p.On, minute))
			if err := s.sessionTx(ctx, tx, actor, a); err != nil {
				return err
			}
		}
		if err := s.programs.ConfirmTx(ctx, tx, actor, g.ID); err != nil {
			return err
		}
		if err := s.nextOfGroupTx(ctx, tx, g.ID, last); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, groupEntry(g, "agenda.confirm"))
	})
}

func groupEntry(g program.Group, action string, changes ...ledger.Change) ledger.Entry {
	return ledger.Entry{Action: action, Subject: ledger.Subject{Type: "group", ID: g.ID}, Center: g.CenterID, Changes: changes}
}

func sessionOf(g program.Group, number int) *Appointment {
	mode := InPerson
	if g.Mode == program.Remote {
		mode = "video"
	}
	return &Appointment{CenterID: g.CenterID, Kind: Group, GroupID: g.ID, ComponentID: g.ComponentID, SessionNumber: number,
		Account: g.Lead, CoAccount: g.CoLead, VenueID: g.VenueID, RoomID: g.RoomID, Mode: mode, Minutes: g.Minutes}
}

// sessionTx stores one session; a collision says which session it is.
func (s *Service) sessionTx(ctx context.Context, tx *db.Tx, actor access.Actor, a *Appointment) error {
	err := s.storeTx(ctx, tx, actor, a)
	var f *fault.Error
	if asFault(err, &f) && f.Kind == fault.Conflict {
		return fault.New(fault.Conflict, i18n.M("Sesión %d, %s: %s", a.SessionNumber, a.Day().MX(), f.Public))
	}
	return err
}

// Shift is how a session of a group is moved, as it was typed.
type Shift struct {
	Date    string `form:"date"`
	Time    string `form:"time"`
	Cascade bool   `form:"-"` // the later ones move along, on the group's own days
	Change
}

// MoveSession moves one session of a group; with Cascade those after it follow, each to
// the group's next day.
func (s *Service) MoveSession(ctx context.Context, actor access.Actor, id string, to Shift) error {
	scope, err := actor.Require(access.GroupManage)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		a, err := s.openTx(ctx, tx, actor, scope, id)
		if err != nil {
			return err
		}
		if a.Kind != Group {
			return fault.Missing()
		}
		side, err := s.checkChange(ctx, tx, to.Change)
		if err != nil {
			return err
		}
		var form fault.Form
		day, minute := checkWhen(&form, tx.Now(), Visit{Date: to.Date, Time: to.Time})
		if err := form.Err(); err != nil {
			return err
		}
		g, err := s.programs.GroupTx(ctx, tx, a.GroupID)
		if err != nil {
			return err
		}
		cal, err := s.catalogue.CalendarTx(ctx, tx, g.CenterID)
		if err != nil {
			return err
		}
		if _, why := everyDay.On(day, cal); !why.IsZero() {
			return wrong("date", i18n.M("El %s el centro no abre: %s.", day.MX(), why))
		}
		moved := []Appointment{*a}
		if to.Cascade {
			later, err := sessionsTx(ctx, tx, a.GroupID, `a.ended_at is null and a.starts_at > $2 and not exists (
				select 1 from attendances t where t.appointment_id = a.id)`, a.StartsAt)
			if err != nil {
				return err
			}
			moved = append(moved, later...)
		}
		return s.shiftTx(ctx, tx, actor, g, moved, day, minute, cal, side, to.Reason)
	})
}

// everyDay closes a center on holidays and its closed days alone: a group may meet on a
// Saturday on purpose.
var everyDay = func() (w center.Week) {
	for day := range w {
		w[day] = center.Span{From: 0, Until: 24 * 60}
	}
	return w
}()

// shiftTx ends some sessions and gives each a new one: the first on the day given, the
// others on the group's days after it. All give back their time first, so that a session
// may take the place of the one after it.
func (s *Service) shiftTx(ctx context.Context, tx *db.Tx, actor access.Actor, g program.Group, moved []Appointment, day clock.Date, minute int,
	cal clock.Calendar, side Side, reason string) error {
	for i := range moved {
		if err := s.endTx(ctx, tx, actor, &moved[i], side, reason, "appointment.move"); err != nil {
			return err
		}
	}
	g.FirstOn = day
	for i, p := range program.PlanSessions(g, len(moved), cal) {
		was := moved[i]
		next := was
		next.MovedFrom, next.StartsAt = was.ID, db.At(atMinute(p.On, minute))
		if err := s.sessionTx(ctx, tx, actor, &next); err != nil {
			return err
		}
		day = p.On
		// Those after it keep the weekday and the hour of the group: their people hear of
		// them the day before.
		if i > 0 {
			continue
		}
		if err := s.tellPeopleTx(ctx, tx, actor, &next, notify.VisitMoved, side); err != nil {
			return err
		}
	}
	return s.nextOfGroupTx(ctx, tx, g.ID, day)
}

// Cover puts somebody else in the place of one of the two who lead a session.
func (s *Service) Cover(ctx context.Context, actor access.Actor, id, instead, account string) error {
	scope, err := actor.Require(access.GroupManage)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		a, err := s.openTx(ctx, tx, actor, scope, id)
		if err != nil {
			return err
		}
		if a.Kind != Group {
			return fault.Missing()
		}
		staff, err := s.identity.StaffTx(ctx, tx, a.CenterID)
		if err != nil {
			return err
		}
		known := slices.ContainsFunc(staff, func(p identity.Staff) bool { return p.Account == account && attends(p.Role) })
		switch {
		case !known || account == a.Account || account == a.CoAccount:
			return wrong("account", i18n.M("Elija a otra persona del centro."))
		case instead == a.Account:
			a.Account = account
		case instead != "" && instead == a.CoAccount:
			a.CoAccount = account
		default:
			return wrong("instead", i18n.M("Elija a quién cubre."))
		}
		if _, err := tx.Exec(ctx, `update appointments set account_id = $1, co_account_id = $2, version = version + 1 where id = $3`,
			a.Account, a.CoAccount, a.ID); err != nil {
			return err
		}
		if err := s.retakeTx(ctx, tx, a); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, a.entry("appointment.cover", ledger.Change{Field: "account", Before: instead, After: account}))
	})
}

// CloseDay calls off, in the center's name, every appointment of a day on which the
// center is closed. Nobody is absent from what the center called off.
func (s *Service) CloseDay(ctx context.Context, actor access.Actor, day clock.Date) (int, error) {
	scope, err := actor.Require(access.AgendaManage)
	if err != nil {
		return 0, err
	}
	n := 0
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		var args db.Args
		var rows []Appointment
		if err := tx.Select(ctx, &rows, `select `+appointmentColumns+` from appointments a where `+scope.SQL(columns, &args)+`
			and a.ended_at is null and a.starts_at >= `+args.Add(db.At(day.At(0, 0)))+` and a.starts_at < `+args.Add(db.At(day.AddDays(1).At(0, 0)))+`
			and not exists (select 1 from attendances t where t.appointment_id = a.id and t.outcome in ('present', 'late'))
			order by a.starts_at, a.id`, args...); err != nil {
			return err
		}
		for i := range rows {
			if err := s.callOffTx(ctx, tx, actor, &rows[i]); err != nil {
				return err
			}
		}
		n = len(rows)
		return nil
	})
	return n, err
}

// callOffTx calls one appointment off in the center's name, also when somebody had been
// recorded as absent: that was no absence.
func (s *Service) callOffTx(ctx context.Context, tx *db.Tx, actor access.Actor, a *Appointment) error {
	if err := s.endTx(ctx, tx, actor, a, ByCenter, "center_closed", "appointment.cancel"); err != nil {
		return err
	}
	if err := s.tellPeopleTx(ctx, tx, actor, a, notify.VisitOff, ByCenter); err != nil {
		return err
	}
	var people []string
	if err := tx.Select(ctx, &people, `select case_id from attendances where appointment_id = $1 order by case_id`, a.ID); err != nil {
		return err
	}
	for _, id := range people {
		c, err := s.cases.CaseTx(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.recountTx(ctx, tx, id, a.ComponentID); err != nil {
			return err
		}
		if err := s.ladderTx(ctx, tx, c); err != nil {
			return err
		}
	}
	if a.Kind == Group {
		return s.nextOfGroupTx(ctx, tx, a.GroupID, a.Day())
	}
	return s.nextTx(ctx, tx, a.CaseID)
}
