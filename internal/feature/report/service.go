package report

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/center"
	"sigue/internal/platform/access"
)

// Service is what one can do with figures.
type Service struct {
	db      *db.DB
	centers *center.Service
}

// New makes the service. Its [Service.ObserveTx] has to be given to the ledger.
func New(d *db.DB, centers *center.Service) *Service { return &Service{d, centers} }

// Filter chooses what is counted. Months are data ("2026-11"); empty ones are the twelve
// months that end with the current one. An empty center is all that the actor reaches.
type Filter struct {
	From, Until string
	Center      string
}

// longest is how many months one table shows.
const longest = 60

// Line is one month or one total, with an amount for each figure.
type Line struct {
	Month  clock.Month
	Counts map[Key]int64
}

// Statistics are the figures of a period.
type Statistics struct {
	From, Until clock.Month
	Center      string
	Total       Line
	Months      []Line // every month of the period, oldest first, also those without facts
}

// factColumn names whose a fact is, for the scope. Institutions read nothing yet: their
// small numbers would tell of single people.
var factColumn = access.Columns{Center: "f.center_id"}

// Statistics counts by month. A center outside the actor's reach is not there.
func (s *Service) Statistics(ctx context.Context, actor access.Actor, filter Filter) (*Statistics, error) {
	scope, err := actor.Require(access.StatisticsRead)
	if err != nil {
		return nil, err
	}
	var out *Statistics
	err = s.db.View(ctx, func(tx *db.Tx) error {
		if out, err = periodOf(filter, clock.MonthOf(clock.DateOf(tx.Now()))); err != nil {
			return err
		}
		var args db.Args
		where := `f.month >= ` + args.Add(out.From.String()) + ` and f.month <= ` + args.Add(out.Until.String()) + ` and ` + scope.SQL(factColumn, &args)
		if filter.Center != "" {
			if uuid.Validate(filter.Center) != nil || !scope.Covers("", "", filter.Center, "") {
				return fault.Missing()
			}
			if _, err := s.centers.CenterTx(ctx, tx, filter.Center); err != nil {
				return err
			}
			out.Center = filter.Center
			where += ` and f.center_id = ` + args.Add(filter.Center)
		}
		return out.fillTx(ctx, tx, where, args)
	})
	return out, err
}

// periodOf reads the months of a filter and makes its empty lines.
func periodOf(filter Filter, now clock.Month) (*Statistics, error) {
	var form fault.Form
	out := &Statistics{Until: now, Total: Line{Counts: map[Key]int64{}}}
	month := func(field, typed string, otherwise clock.Month) clock.Month {
		if typed == "" {
			return otherwise
		}
		m, err := clock.ParseMonth(typed)
		if err != nil {
			form.Add(field, i18n.M("Elija un mes de la lista."))
		}
		return m
	}
	out.Until = month("until", filter.Until, now)
	out.From = month("from", filter.From, out.Until.Add(-11))
	if err := form.Err(); err != nil {
		return nil, err
	}
	switch {
	case out.Until.First.Before(out.From.First):
		form.Add("until", i18n.M("El último mes no puede ser anterior al primero."))
	case !out.Until.First.Before(out.From.Add(longest).First):
		form.Add("from", i18n.M("Elija un periodo de %d meses o menos.", longest))
	}
	for m := out.From; form.Err() == nil && !out.Until.First.Before(m.First); m = m.Next() {
		out.Months = append(out.Months, Line{m, map[Key]int64{}})
	}
	return out, form.Err()
}

func (t *Statistics) fillTx(ctx context.Context, tx *db.Tx, where string, args db.Args) error {
	var rows []struct {
		Month  string `db:"month"`
		Figure Key    `db:"figure"`
		Amount int64  `db:"amount"`
	}
	if err := tx.Select(ctx, &rows, `select f.month, f.figure, cast(sum(f.amount) as bigint) as amount
		from report_facts f where `+where+` group by f.month, f.figure`, args...); err != nil {
		return err
	}
	for _, r := range rows {
		i := slices.IndexFunc(t.Months, func(l Line) bool { return l.Month.String() == r.Month })
		t.Months[i].Counts[r.Figure] = r.Amount
		t.Total.Counts[r.Figure] += r.Amount
	}
	return nil
}

// Named is a center with its name.
type Named struct{ ID, Name string }

// CentersFor lists the centers whose figures the actor may choose among; none for who has
// only those of his own.
func (s *Service) CentersFor(ctx context.Context, actor access.Actor) ([]Named, error) {
	scope, err := actor.Require(access.StatisticsRead)
	if err != nil || scope.Reach() != access.All {
		return nil, err
	}
	centers, err := s.centers.Centers(ctx, actor)
	all := make([]Named, len(centers))
	for i, c := range centers {
		all[i] = Named{c.ID, c.Name}
	}
	return all, err
}
