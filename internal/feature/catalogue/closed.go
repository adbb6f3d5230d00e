package catalogue

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// National owns the closed days of everyone: those that are decreed, such as election
// days. The rest days of LFT art. 74 are computed and stand in no table.
const National = "national"

// maxClosure is the longest stretch that may be entered at once, in days: a judicial
// recess with room to spare.
const maxClosure = 62

// closedTx reads every closed day by its owner.
func closedTx(ctx context.Context, tx *db.Tx) (map[string][]clock.ClosedDay, error) {
	var rows []struct {
		Owner string     `db:"owner"`
		Day   clock.Date `db:"day"`
		Name  string     `db:"name"`
	}
	if err := tx.Select(ctx, &rows, `select owner, day, name from closed_days order by owner, day`); err != nil {
		return nil, err
	}
	all := map[string][]clock.ClosedDay{}
	for _, r := range rows {
		all[r.Owner] = append(all[r.Owner], clock.ClosedDay{Date: r.Day, Name: r.Name})
	}
	return all, nil
}

// ClosedDaysTx lists the closed days of an owner in a year.
func (s *Service) ClosedDaysTx(ctx context.Context, tx *db.Tx, owner string, year int) ([]clock.ClosedDay, error) {
	var rows []struct {
		Day  clock.Date `db:"day"`
		Name string     `db:"name"`
	}
	err := tx.Select(ctx, &rows, `select day, name from closed_days where owner = $1 and day between $2 and $3 order by day`,
		owner, fmt.Sprintf("%04d-01-01", year), fmt.Sprintf("%04d-12-31", year))
	days := make([]clock.ClosedDay, len(rows))
	for i, r := range rows {
		days[i] = clock.ClosedDay{Date: r.Day, Name: r.Name}
	}
	return days, err
}

// RestDay is an obligatory rest day by law.
type RestDay struct {
	Date clock.Date
	Name i18n.Msg
}

// RestDays are the obligatory rest days of a year that fall on Monday to Friday.
func RestDays(year int) []RestDay {
	var days []RestDay
	d, err := clock.NewDate(year, time.January, 1)
	if err != nil {
		return nil
	}
	for range 366 {
		if why := (clock.Calendar{}).Why(d); d.Year() == year && !isWeekend(d) && !why.IsZero() {
			days = append(days, RestDay{d, why})
		}
		d = d.AddDays(1)
	}
	return days
}

func isWeekend(d clock.Date) bool {
	return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
}

// Closure is a stretch of closed days, as it was typed. Until may be empty: one day.
type Closure struct{ From, Until, Name string }

// days checks the closure and gives its days without weekends.
func (c Closure) days() ([]clock.ClosedDay, error) {
	var form fault.Form
	name := required(&form, "name", c.Name, i18n.M("Escriba por qué no se trabaja. Por ejemplo, «Segundo periodo vacacional»."))
	from := clock.FormDate(&form, "from", c.From)
	if strings.TrimSpace(c.From) == "" {
		form.Add("from", i18n.M("Escriba el día, o el primero si son varios."))
	}
	until := from
	if strings.TrimSpace(c.Until) != "" {
		until = clock.FormDate(&form, "until", c.Until)
	}
	switch {
	case from.IsZero() || until.IsZero():
	case until.Before(from):
		form.Add("until", i18n.M("El último día es anterior al primero. Revise las dos fechas."))
	case until.After(from.AddDays(maxClosure)):
		form.Add("until", i18n.M("Son más de %d días. Revise el año o captúrelos en partes.", maxClosure))
	}
	if err := form.Err(); err != nil {
		return nil, err
	}
	var days []clock.ClosedDay
	for d := from; !d.After(until); d = d.AddDays(1) {
		if !isWeekend(d) {
			days = append(days, clock.ClosedDay{Date: d, Name: name})
		}
		if d == until { // the calendar's last day has no day after it
			break
		}
	}
	if len(days) == 0 {
		form.Add("from", i18n.M("Es fin de semana; ya es inhábil y no hace falta anotarlo."))
	}
	return days, form.Err()
}

// CloseDaysTx adds closed days to an owner's calendar. A day that was there takes the
// new name. Deadlines already counted stay as they are. The caller has required the
// permission over the owner and gives the ledger entry, to which the days are added.
func (s *Service) CloseDaysTx(ctx context.Context, tx *db.Tx, actor access.Actor, owner string, c Closure, e ledger.Entry) error {
	days, err := c.days()
	if err != nil {
		return err
	}
	for _, d := range days {
		if _, err := tx.Exec(ctx, `insert into closed_days (owner, day, name) values ($1, $2, $3)
			on conflict (owner, day) do update set name = excluded.name`, owner, d.Date, d.Name); err != nil {
			return err
		}
		e.Changes = append(e.Changes, ledger.Change{Field: d.Date.String(), After: d.Name})
	}
	s.changed(tx)
	return s.ledger.AppendTx(ctx, tx, actor, e)
}

// OpenDayTx takes a day out of an owner's closed days; as [Service.CloseDaysTx].
func (s *Service) OpenDayTx(ctx context.Context, tx *db.Tx, actor access.Actor, owner, day string, e ledger.Entry) error {
	d, err := clock.ParseDate(day)
	if err != nil {
		return fault.Missing()
	}
	n, err := tx.Exec(ctx, `delete from closed_days where owner = $1 and day = $2`, owner, d)
	if err != nil || n == 0 {
		return err // gone already: what was asked for holds
	}
	e.Changes = append(e.Changes, ledger.Change{Field: d.String(), Before: "closed", After: "open"})
	s.changed(tx)
	return s.ledger.AppendTx(ctx, tx, actor, e)
}

// NationalDays lists the decreed closed days of a year.
func (s *Service) NationalDays(ctx context.Context, actor access.Actor, year int) ([]clock.ClosedDay, error) {
	if _, err := actor.Require(access.CatalogueRead); err != nil {
		return nil, err
	}
	var days []clock.ClosedDay
	err := s.db.View(ctx, func(tx *db.Tx) error {
		var err error
		days, err = s.ClosedDaysTx(ctx, tx, National, year)
		return err
	})
	return days, err
}

// CloseNational adds decreed closed days for everyone.
func (s *Service) CloseNational(ctx context.Context, actor access.Actor, c Closure) error {
	if _, err := actor.Require(access.CatalogueManage); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		return s.CloseDaysTx(ctx, tx, actor, National, c, nationalEntry("closed_days.add"))
	})
}

// OpenNational takes a day out of the closed days of everyone.
func (s *Service) OpenNational(ctx context.Context, actor access.Actor, day string) error {
	if _, err := actor.Require(access.CatalogueManage); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		return s.OpenDayTx(ctx, tx, actor, National, day, nationalEntry("closed_days.remove"))
	})
}

func nationalEntry(action string) ledger.Entry {
	return ledger.Entry{Action: action, Subject: ledger.Subject{Type: "calendar", ID: National}}
}
