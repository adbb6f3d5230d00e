package report

import (
	"context"
	"crypto/ed25519"
	"maps"
	"slices"

	"github.com/google/uuid"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// Service is what one can do with figures.
type Service struct {
	db        *db.DB
	catalogue *catalogue.Service
	ledger    *ledger.Ledger
	key       ed25519.PrivateKey
	cube      *cube
}

// New makes the service. Its [Service.ObserveTx] has to be given to the ledger. The seed, of
// 32 bytes, makes the key that signs closed months; without it none is closed.
func New(d *db.DB, c *catalogue.Service, l *ledger.Ledger, seed []byte) *Service {
	s := &Service{db: d, catalogue: c, ledger: l, cube: newCube()}
	if len(seed) == ed25519.SeedSize {
		s.key = ed25519.NewKeyFromSeed(seed)
	}
	return s
}

// Filter chooses what is counted. Months are data ("2026-11"); empty ones are the twelve
// months that end with the current one. Where has the value of each dimension that is
// chosen; the rest is all that the actor reaches.
type Filter struct {
	From, Until string
	Where       map[Dimension]string
}

// longest is how many months one table shows.
const longest = 60

// Line is one month or one total, with a value for each figure.
type Line struct {
	Month  clock.Month
	Values map[Key]Value
}

// Period is what was counted: its months, and what was chosen of it.
type Period struct {
	From, Until clock.Month
	Where       map[Dimension]string
}

// Months lists the months of the period, oldest first.
func (p Period) Months() []clock.Month {
	var out []clock.Month
	for m := p.From; !p.Until.First.Before(m.First); m = m.Next() {
		out = append(out, m)
	}
	return out
}

// Statistics are the figures of a period.
type Statistics struct {
	Period
	Total Line
	Lines []Line // every month of the period, oldest first, also those without facts
}

// factColumn names whose a fact is, for the scope. Institutions read nothing yet: their
// small numbers would tell of single people.
var factColumn = access.Columns{Center: "f.center_id"}

// query is a filter that was checked, as a condition on facts or sums.
type query struct {
	Period
	scope access.Scope
}

func (s *Service) queryTx(ctx context.Context, tx *db.Tx, scope access.Scope, filter Filter) (query, error) {
	p, err := periodOf(filter, clock.MonthOf(clock.DateOf(tx.Now())))
	if err != nil {
		return query{}, err
	}
	if center := p.Where[ByCenter]; center != "" {
		if uuid.Validate(center) != nil || !scope.Covers("", "", center, "") {
			return query{}, fault.Missing()
		}
		var there bool
		if err := tx.Get(ctx, &there, `select exists (select 1 from centers where id = $1)`, center); err != nil {
			return query{}, err
		}
		if !there {
			return query{}, fault.Missing()
		}
	}
	return query{p, scope}, nil
}

// where is the condition on the rows f of one or several keys.
func (q query) where(args *db.Args, keys ...string) string {
	out := `f.month >= ` + args.Add(q.From.String()) + ` and f.month <= ` + args.Add(q.Until.String()) + ` and ` + q.scope.SQL(factColumn, args)
	if len(keys) > 0 {
		out += ` and f.figure in (` + args.In(keys) + `)`
	}
	for _, d := range Dimensions {
		if value, chosen := q.Where[d]; chosen {
			out += ` and ` + d.where(value, args)
		}
	}
	return out
}

// periodOf reads the months of a filter.
func periodOf(filter Filter, now clock.Month) (Period, error) {
	var form fault.Form
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
	out := Period{Where: map[Dimension]string{}}
	out.Until = month("until", filter.Until, now)
	out.From = month("from", filter.From, out.Until.Add(-11))
	if err := form.Err(); err != nil {
		return Period{}, err
	}
	switch {
	case out.Until.First.Before(out.From.First):
		form.Add("until", i18n.M("El último mes no puede ser anterior al primero."))
	case !out.Until.First.Before(out.From.Add(longest).First):
		form.Add("from", i18n.M("Elija un periodo de %d meses o menos.", longest))
	}
	for d, value := range filter.Where {
		if d.Known() && value != "" {
			out.Where[d] = value
		}
	}
	return out, form.Err()
}

// Statistics counts every figure by month. A center outside the actor's reach is not there.
func (s *Service) Statistics(ctx context.Context, actor access.Actor, filter Filter) (*Statistics, error) {
	scope, err := actor.Require(access.StatisticsRead)
	if err != nil {
		return nil, err
	}
	var out *Statistics
	err = s.db.View(ctx, func(tx *db.Tx) error {
		q, err := s.queryTx(ctx, tx, scope, filter)
		if err != nil {
			return err
		}
		out, err = s.statisticsTx(ctx, tx, q)
		return err
	})
	return out, err
}

func (s *Service) statisticsTx(ctx context.Context, tx *db.Tx, q query) (*Statistics, error) {
	byMonth, total, err := s.monthsTx(ctx, tx, q, Figures)
	if err != nil {
		return nil, err
	}
	out := &Statistics{Period: q.Period, Total: Line{Values: total}}
	for _, m := range q.Months() {
		out.Lines = append(out.Lines, Line{m, byMonth[m.String()]})
	}
	return out, nil
}

// monthsTx gives the values of some figures, by month and of the whole period.
func (s *Service) monthsTx(ctx context.Context, tx *db.Tx, q query, figures []Figure) (byMonth map[string]map[Key]Value, total map[Key]Value, err error) {
	byMonth = map[string]map[Key]Value{}
	err = s.cube.readTx(ctx, tx, q, func(months []string, c *counting) {
		whole := newTally(c, figures)
		for _, m := range months {
			one := newTally(c, figures)
			c.each(m, func(r *cubeRow) { one.add(r); whole.add(r) })
			byMonth[m] = valuesOf(figures, one.sums())
		}
		total = valuesOf(figures, whole.sums())
	})
	return byMonth, total, err
}

func valuesOf(figures []Figure, sums map[Key]int64) map[Key]Value {
	out := map[Key]Value{}
	for _, f := range figures {
		out[f.Key] = f.valueOf(sums)
	}
	return out
}

// Row is one value of a dimension.
type Row struct {
	Choice
	Value Value
}

// Table is one figure by month and by a dimension.
type Table struct {
	Period
	Figure Figure
	By     Dimension
	Total  Value
	Months []Value // as the months of the period
	Rows   []Row   // the largest first; those of nothing are left out
}

// Figure counts one figure by month and by a dimension. A figure or dimension that there is
// not is not found.
func (s *Service) Figure(ctx context.Context, actor access.Actor, key Key, by Dimension, filter Filter) (*Table, error) {
	scope, err := actor.Require(access.StatisticsRead)
	if err != nil {
		return nil, err
	}
	f, ok := FigureOf(key)
	if !ok || !f.Tells(by) {
		return nil, fault.Missing()
	}
	var out *Table
	err = s.db.View(ctx, func(tx *db.Tx) error {
		q, err := s.queryTx(ctx, tx, scope, filter)
		if err != nil {
			return err
		}
		byMonth, total, err := s.monthsTx(ctx, tx, q, []Figure{f})
		if err != nil {
			return err
		}
		out = &Table{Period: q.Period, Figure: f, By: by, Total: total[key]}
		for _, m := range q.Months() {
			out.Months = append(out.Months, byMonth[m.String()][key])
		}
		out.Rows, err = s.rowsTx(ctx, tx, q, f, by)
		return err
	})
	return out, err
}

func (s *Service) rowsTx(ctx context.Context, tx *db.Tx, q query, f Figure, by Dimension) ([]Row, error) {
	choices, err := s.choicesTx(ctx, tx, by)
	if err != nil {
		return nil, err
	}
	all := map[string]*tally{}
	if err := s.cube.readTx(ctx, tx, q, func(months []string, c *counting) {
		split := c.splitter(by)
		for _, m := range months {
			c.each(m, func(r *cubeRow) {
				if !c.counts(r, f) {
					return
				}
				for _, value := range split(r) {
					if all[value] == nil {
						all[value] = newTally(c, []Figure{f})
					}
					all[value].add(r)
				}
			})
		}
	}); err != nil {
		return nil, err
	}
	names := labelsOf(choices)
	var out []Row
	for _, value := range slices.Sorted(maps.Keys(all)) {
		out = append(out, Row{Choice{value, names.of(value)}, f.valueOf(all[value].sums())})
	}
	slices.SortStableFunc(out, func(a, b Row) int { return int(b.Value.Amount - a.Value.Amount) })
	return out, nil
}

// May tells whether the actor may count that, and otherwise why not.
func (s *Service) May(ctx context.Context, actor access.Actor, filter Filter) error {
	scope, err := actor.Require(access.StatisticsRead)
	if err != nil {
		return err
	}
	return s.db.View(ctx, func(tx *db.Tx) error {
		_, err := s.queryTx(ctx, tx, scope, filter)
		return err
	})
}

// Choices lists what the actor may choose of each dimension; of centers only who reaches
// all of them.
func (s *Service) Choices(ctx context.Context, actor access.Actor) (map[Dimension][]Choice, error) {
	scope, err := actor.Require(access.StatisticsRead)
	if err != nil {
		return nil, err
	}
	out := map[Dimension][]Choice{}
	return out, s.db.View(ctx, func(tx *db.Tx) error {
		for _, d := range Dimensions {
			if d == ByCenter && scope.Reach() != access.All {
				continue
			}
			if out[d], err = s.choicesTx(ctx, tx, d); err != nil {
				return err
			}
		}
		return nil
	})
}
