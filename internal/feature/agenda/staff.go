package agenda

import (
	"context"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/center"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// weeks are the hours of a center and of those who work there.
type weeks struct {
	cal    clock.Calendar
	center center.Week
	own    map[string]*center.Week // of those who work other hours than the center's
	away   map[string][]Absent
}

// Absent is a stretch of days on which somebody does not work.
type Absent struct {
	ID      string     `db:"id"`
	Account string     `db:"account_id"`
	From    clock.Date `db:"from_on"`
	Until   clock.Date `db:"until_on"`
}

// staff gives the hours in which somebody attends on a day.
func (w *weeks) staff(account string, day clock.Date) center.Span {
	hours, _ := w.center.On(day, w.cal)
	for _, a := range w.away[account] {
		if !day.Before(a.From) && !day.After(a.Until) {
			return center.Span{}
		}
	}
	if own := w.own[account]; own != nil {
		hours = hours.And(own[day.Weekday()])
	}
	return hours
}

func (s *Service) weeksTx(ctx context.Context, tx *db.Tx, centerID string) (*weeks, error) {
	w := &weeks{own: map[string]*center.Week{}, away: map[string][]Absent{}}
	var err error
	if w.cal, err = s.catalogue.CalendarTx(ctx, tx, centerID); err != nil {
		return nil, err
	}
	if w.center, err = s.centers.HoursTx(ctx, tx, centerID); err != nil {
		return nil, err
	}
	var rows []struct {
		Account string `db:"account_id"`
		Weekday int    `db:"weekday"`
		Starts  string `db:"starts"`
		Ends    string `db:"ends"`
	}
	if err := tx.Select(ctx, &rows, `select account_id, weekday, starts, ends from work_hours where center_id = $1`, centerID); err != nil {
		return nil, err
	}
	for _, r := range rows {
		if w.own[r.Account] == nil {
			w.own[r.Account] = &center.Week{}
		}
		from, _ := center.ParseHour(r.Starts)
		until, _ := center.ParseHour(r.Ends)
		w.own[r.Account][r.Weekday%7] = center.Span{From: from, Until: until}
	}
	var away []Absent
	err = tx.Select(ctx, &away, `select id, account_id, from_on, until_on from staff_absences
		where center_id = $1 and removed_at is null and until_on >= $2 order by from_on, id`, centerID, today(tx).AddDays(-1))
	for _, a := range away {
		w.away[a.Account] = append(w.away[a.Account], a)
	}
	return w, err
}

// Worker is somebody who attends at a center, with his hours.
type Worker struct {
	identity.Staff
	Own  *center.Week // nil: the center's
	Away []Absent
}

// Workers lists who attends at the actor's center, with hours and absences.
func (s *Service) Workers(ctx context.Context, actor access.Actor) ([]Worker, error) {
	scope, err := actor.Require(access.AgendaManage)
	if err != nil {
		return nil, err
	}
	if !scope.Covers("", "", actor.Center, "") {
		return nil, fault.Missing()
	}
	var all []Worker
	err = s.db.View(ctx, func(tx *db.Tx) error {
		staff, err := s.identity.StaffTx(ctx, tx, actor.Center)
		if err != nil {
			return err
		}
		w, err := s.weeksTx(ctx, tx, actor.Center)
		for _, p := range staff {
			if attends(p.Role) {
				all = append(all, Worker{p, w.own[p.Account], w.away[p.Account]})
			}
		}
		return err
	})
	return all, err
}

// worker finds somebody who attends at the actor's center.
func (s *Service) worker(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, account string) error {
	if !scope.Covers("", "", actor.Center, "") || uuid.Validate(account) != nil {
		return fault.Missing()
	}
	staff, err := s.identity.StaffTx(ctx, tx, actor.Center)
	if err == nil && !slices.ContainsFunc(staff, func(p identity.Staff) bool { return p.Account == account && attends(p.Role) }) {
		return fault.Missing()
	}
	return err
}

// SetWorkHours sets the hours in which somebody attends; none at all: the center's. What
// is booked outside them stays.
func (s *Service) SetWorkHours(ctx context.Context, actor access.Actor, account string, lines [7]center.HourLine) error {
	scope, err := actor.Require(access.AgendaManage)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		if err := s.worker(ctx, tx, actor, scope, account); err != nil {
			return err
		}
		week, err := center.CheckWeek(lines)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from work_hours where account_id = $1`, account); err != nil {
			return err
		}
		changes := []ledger.Change{{Field: "account", After: account}}
		for day, span := range week {
			if !span.Open() {
				continue
			}
			changes = append(changes, ledger.Change{Field: "hours_" + strconv.Itoa(day), After: span.String()})
			if _, err := tx.Exec(ctx, `insert into work_hours (account_id, weekday, center_id, starts, ends) values ($1, $2, $3, $4, $5)`,
				account, day, actor.Center, center.ShowHour(span.From), center.ShowHour(span.Until)); err != nil {
				return err
			}
		}
		return s.ledger.AppendTx(ctx, tx, actor, staffEntry(actor, "agenda.hours", changes...))
	})
}

func staffEntry(actor access.Actor, action string, changes ...ledger.Change) ledger.Entry {
	return ledger.Entry{Action: action, Subject: ledger.Subject{Type: "center", ID: actor.Center}, Center: actor.Center, Changes: changes}
}

// AbsenceForm is an absence of somebody as it was typed; an empty Until: one day.
type AbsenceForm struct {
	Account string `form:"account"`
	From    string `form:"from"`
	Until   string `form:"until"`
}

// maxAbsence is the longest absence that may be entered at once, in days.
const maxAbsence = 366

func (f AbsenceForm) check(now clock.Date) (from, until clock.Date, err error) {
	var form fault.Form
	from, wrongFrom := clock.ParseDateMX(f.From)
	if wrongFrom != nil {
		form.Add("from", i18n.M("Escriba el primer día como 14/03/2027."))
	}
	until = from
	if f.Until != "" {
		var wrongUntil error
		if until, wrongUntil = clock.ParseDateMX(f.Until); wrongUntil != nil {
			form.Add("until", i18n.M("Escriba el último día como 14/03/2027."))
		}
	}
	switch {
	case form.Err() != nil:
	case until.Before(from):
		form.Add("until", i18n.M("El último día es anterior al primero. Revise las dos fechas."))
	case until.Before(now):
		form.Add("from", i18n.M("Esos días ya pasaron."))
	case until.After(from.AddDays(maxAbsence)):
		form.Add("until", i18n.M("Son más de %d días. Revise el año.", maxAbsence))
	}
	return from, until, form.Err()
}

// AddAbsence takes somebody out of the agenda for some days, and gives how many
// appointments lie there: they stay until they are moved.
func (s *Service) AddAbsence(ctx context.Context, actor access.Actor, f AbsenceForm) (int, error) {
	scope, err := actor.Require(access.AgendaManage)
	if err != nil {
		return 0, err
	}
	var left int
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		from, until, err := f.check(today(tx))
		if err != nil {
			return err
		}
		if err := s.worker(ctx, tx, actor, scope, f.Account); fault.Is(err, fault.NotFound) {
			return wrong("account", i18n.M("Elija quién falta."))
		} else if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into staff_absences (id, center_id, account_id, from_on, until_on, created_at, created_by)
			values ($1, $2, $3, $4, $5, $6, $7)`, db.NewID(), actor.Center, f.Account, from, until, db.At(tx.Now()), actor.Account); err != nil {
			return err
		}
		if err := tx.Get(ctx, &left, `select count(*) from appointments where ended_at is null and (account_id = $1 or co_account_id = $1)
			and starts_at >= $2 and starts_at < $3`, f.Account, db.At(from.At(0, 0)), db.At(until.AddDays(1).At(0, 0))); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, staffEntry(actor, "agenda.absence", ledger.Change{Field: "account", After: f.Account},
			ledger.Change{Field: "from", After: from.String()}, ledger.Change{Field: "until", After: until.String()}))
	})
	return left, err
}

// RemoveAbsence takes an absence back.
func (s *Service) RemoveAbsence(ctx context.Context, actor access.Actor, id string) error {
	scope, err := actor.Require(access.AgendaManage)
	if err != nil {
		return err
	}
	if uuid.Validate(id) != nil {
		return fault.Missing()
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		args := db.Args{db.At(tx.Now()), id}
		n, err := tx.Exec(ctx, `update staff_absences as a set removed_at = $1 where a.id = $2 and a.removed_at is null and `+
			scope.SQL(columns, &args), args...)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Missing()
		}
		return s.ledger.AppendTx(ctx, tx, actor, staffEntry(actor, "agenda.absence_end", ledger.Change{Field: "absence", After: id}))
	})
}
