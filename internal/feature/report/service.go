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
}

// New makes the service. Its [Service.ObserveTx] has to be given to the ledger. The seed, of
// 32 bytes, makes the key that signs closed months; without it none is closed.
func New(d *db.DB, c *catalogue.Service, l *ledger.Ledger, seed []byte) *Service {
	s := &Service{db: d, catalogue: c, ledger: l}
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

// amount is a sum by month.
type amount struct {
	Month  string `db:"month"`
	Figure Key    `db:"figure"`
	Amount int64  `db:"amount"`
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
		out, err = statisticsTx(ctx, tx, q)
		return err
	})
	return out, err
}

func statisticsTx(ctx context.Context, tx *db.Tx, q query) (*Statistics, error) {
	byMonth, total, err := monthsTx(ctx, tx, q, Figures)
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
func monthsTx(ctx context.Context, tx *db.Tx, q query, figures []Figure) (byMonth map[string]map[Key]Value, total map[Key]Value, err error) {
	var args db.Args
	var rows []amount
	if err := tx.Select(ctx, &rows, `select f.month, f.figure, cast(sum(f.amount) as bigint) as amount
		from report_sums f where `+q.where(&args, keysOf(figures)...)+` group by f.month, f.figure`, args...); err != nil {
		return nil, nil, err
	}
	sums, all := map[string]map[Key]int64{}, map[Key]int64{}
	for _, r := range rows {
		if sums[r.Month] == nil {
			sums[r.Month] = map[Key]int64{}
		}
		sums[r.Month][r.Figure] = r.Amount
		all[r.Figure] += r.Amount
	}
	for _, f := range figures {
		if !f.Distinct {
			continue
		}
		months, whole, err := peopleTx(ctx, tx, q, f.Key)
		if err != nil {
			return nil, nil, err
		}
		for m := range sums {
			delete(sums[m], f.Key)
		}
		for m, n := range months {
			sums[m][f.Key] = n
		}
		all[f.Key] = whole
	}
	byMonth = map[string]map[Key]Value{}
	for _, m := range q.Months() {
		byMonth[m.String()] = valuesOf(figures, sums[m.String()])
	}
	return byMonth, valuesOf(figures, all), nil
}

// peopleTx counts people, each once in a month and once in the period.
func peopleTx(ctx context.Context, tx *db.Tx, q query, key Key) (months map[string]int64, whole int64, err error) {
	var args db.Args
	from := ` from report_facts f join case_files c on c.id = f.subject_id where ` + q.where(&args, string(key))
	var rows []amount
	if err := tx.Select(ctx, &rows, `select f.month, f.figure, count(distinct c.person_id) as amount`+from+` group by f.month, f.figure`, args...); err != nil {
		return nil, 0, err
	}
	months = map[string]int64{}
	for _, r := range rows {
		months[r.Month] = r.Amount
	}
	return months, whole, tx.Get(ctx, &whole, `select count(distinct c.person_id)`+from, args...)
}

func keysOf(figures []Figure) []string {
	var keys []string
	for _, f := range figures {
		keys = append(keys, f.facts()...)
	}
	return keys
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
		byMonth, total, err := monthsTx(ctx, tx, q, []Figure{f})
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
	all := map[string]map[Key]int64{}
	if f.Distinct {
		err = distinctTx(ctx, tx, q, f, by, all)
	} else {
		err = addedTx(ctx, tx, q, f, by, all)
	}
	if err != nil {
		return nil, err
	}
	names := labelsOf(choices)
	var out []Row
	for _, value := range slices.Sorted(maps.Keys(all)) {
		out = append(out, Row{Choice{value, names.of(value)}, f.valueOf(all[value])})
	}
	slices.SortStableFunc(out, func(a, b Row) int { return int(b.Value.Amount - a.Value.Amount) })
	return out, nil
}

// addedTx adds up by the values of a dimension.
func addedTx(ctx context.Context, tx *db.Tx, q query, f Figure, by Dimension, to map[string]map[Key]int64) error {
	column := `f.` + dimensionTable[by].column
	var args db.Args
	var rows []struct {
		Value  string `db:"value"`
		Figure Key    `db:"figure"`
		Amount int64  `db:"amount"`
	}
	err := tx.Select(ctx, &rows, `select `+column+` as value, f.figure, cast(sum(f.amount) as bigint) as amount from report_sums f
		where `+q.where(&args, f.facts()...)+` group by `+column+`, f.figure`, args...)
	for _, r := range rows {
		for _, value := range by.values(r.Value) {
			if to[value] == nil {
				to[value] = map[Key]int64{}
			}
			to[value][r.Figure] += r.Amount
		}
	}
	return err
}

// distinctTx counts people by the values of a dimension, each once for each value.
func distinctTx(ctx context.Context, tx *db.Tx, q query, f Figure, by Dimension, to map[string]map[Key]int64) error {
	column := `f.` + dimensionTable[by].column
	var args db.Args
	type one struct {
		Value  string `db:"value"`
		Person string `db:"person_id"`
	}
	var rows []one
	err := tx.Select(ctx, &rows, `select distinct `+column+` as value, c.person_id
		from report_facts f join case_files c on c.id = f.subject_id
		where `+q.where(&args, f.facts()...), args...)
	seen := map[one]bool{}
	for _, r := range rows {
		for _, value := range by.values(r.Value) {
			if seen[one{value, r.Person}] {
				continue
			}
			seen[one{value, r.Person}] = true
			if to[value] == nil {
				to[value] = map[Key]int64{}
			}
			to[value][f.Key]++
		}
	}
	return err
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
