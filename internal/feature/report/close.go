package report

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// Closing is a month whose figures are frozen: what is captured afterwards is an adjustment
// of a later close and changes nothing here.
type Closing struct {
	Month       clock.Month
	ClosedAt    db.Time
	By          string
	Definitions string // "referrals/1 accepted/1 …": the versions by which it was counted
	Hash        string // SHA-256 of all that is frozen, see hashTx
	Sealed      bool   // whether hash and signature stand: nobody touched what is stored
}

// closingRow is a close as it is stored.
type closingRow struct {
	Month       string  `db:"month"`
	ClosedAt    db.Time `db:"closed_at"`
	By          string  `db:"closed_by"`
	Definitions string  `db:"definitions"`
	Sums        int64   `db:"sums"`
	Hash        string  `db:"hash"`
	Signature   []byte  `db:"signature"`
}

const closingColumns = `month, closed_at, closed_by, definitions, sums, hash, signature`

func (r closingRow) closing() Closing {
	month, _ := clock.ParseMonth(r.Month)
	return Closing{Month: month, ClosedAt: r.ClosedAt, By: r.By, Definitions: r.Definitions, Hash: r.Hash}
}

// Adjustment is what came to a figure of a month after its close, or went from it.
type Adjustment struct {
	Month  string `db:"month"`
	Figure Key    `db:"figure"`
	Center string `db:"center_id"`
	Came   int64  `db:"came"`
	Went   int64  `db:"went"`
}

// Name is that of the figure.
func (a Adjustment) Name() i18n.Msg { return nameOf(a.Figure) }

// LateUnit is one thing that came to a month, or went from it, after it was closed.
type LateUnit struct {
	Day    clock.Date `db:"day"`
	At     db.Time    `db:"at"` // when it was captured
	Figure Key        `db:"figure"`
	Center string     `db:"center_id"`
	Amount int64      `db:"amount"`
}

// Name is that of the figure.
func (u LateUnit) Name() i18n.Msg { return nameOf(u.Figure) }

func nameOf(key Key) i18n.Msg {
	if f, ok := FigureOf(key); ok {
		return f.Name
	}
	return i18n.M("Días de espera, sumados")
}

// ClosedMonth is a close with its figures and what came after it.
type ClosedMonth struct {
	Closing
	Values      map[string]map[Key]Value // by center; of no center is the State
	Centers     []Choice                 // those that have some
	Adjustments []Adjustment             // of months before, that this close took in
	Late        []Adjustment             // that came to this month afterwards
	Units       []LateUnit               // those one by one, the newest first
	MoreUnits   bool
	centers     []Choice // all that there are
}

// CenterName is the name of a center of this close; a dash for what belongs to none.
func (c *ClosedMonth) CenterName(id string) string {
	for _, one := range c.centers {
		if one.Value == id {
			return one.Label.In(i18n.Spanish)
		}
	}
	return "—"
}

// maxUnits bounds a list that somebody reads.
const maxUnits = 300

// NextClose is the month that can be closed next. It is over, every month before it is
// closed, and there is something to count; the zero month when there is none.
func (s *Service) NextClose(ctx context.Context, actor access.Actor) (clock.Month, error) {
	if _, err := actor.Require(access.StatisticsClose); err != nil {
		return clock.Month{}, err
	}
	var next clock.Month
	err := s.db.View(ctx, func(tx *db.Tx) (err error) {
		next, err = nextTx(ctx, tx)
		return err
	})
	return next, err
}

func nextTx(ctx context.Context, tx *db.Tx) (clock.Month, error) {
	var last, first *string
	if err := tx.Get(ctx, &last, `select max(month) from report_closings`); err != nil {
		return clock.Month{}, err
	}
	if err := tx.Get(ctx, &first, `select min(month) from report_sums where amount <> 0`); err != nil {
		return clock.Month{}, err
	}
	var next clock.Month
	switch {
	case last != nil:
		m, err := clock.ParseMonth(*last)
		if err != nil {
			return clock.Month{}, err
		}
		next = m.Next()
	case first != nil:
		m, err := clock.ParseMonth(*first)
		if err != nil {
			return clock.Month{}, err
		}
		next = m
	default:
		return clock.Month{}, nil
	}
	if !next.Last().Before(clock.DateOf(tx.Now())) {
		return clock.Month{}, nil
	}
	return next, nil
}

// Close freezes the figures of a month. It has to be the one of [Service.NextClose].
func (s *Service) Close(ctx context.Context, actor access.Actor, typed string) error {
	scope, err := actor.Require(access.StatisticsClose)
	if err != nil {
		return err
	}
	month, err := clock.ParseMonth(typed)
	if err != nil {
		return fault.Missing()
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		// Whoever is changing a sum ends first, so that what he changes is in this close or
		// comes after it, and not between.
		if err := tx.Exclusive(ctx, "report_sums"); err != nil {
			return err
		}
		return s.closeTx(ctx, tx, actor, scope, month)
	})
}

func (s *Service) closeTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, month clock.Month) error {
	next, err := nextTx(ctx, tx)
	if err != nil {
		return err
	}
	if next != month {
		return fault.New(fault.Conflict, i18n.M("Ese mes no es el que sigue por cerrar. Vuelva a la lista de cierres."))
	}
	q := query{Period{From: month, Until: month}, scope}
	row := closingRow{Month: month.String(), ClosedAt: db.At(tx.Now()), By: actor.Account, Definitions: definitions()}
	if _, err := tx.Exec(ctx, `insert into report_closings (month, closed_at, closed_by, definitions, sums, hash, signature)
		values ($1, $2, $3, $4, 0, '', $5)`, row.Month, row.ClosedAt, row.By, row.Definitions, []byte{}); err != nil {
		return err
	}
	if row.Sums, err = tx.Exec(ctx, `insert into report_closed_sums (closing, figure, center_id, service, institution_id, municipality_key, basis,
			voluntary, sex, age_band, violence, modality, amount)
		select month, figure, center_id, service, institution_id, municipality_key, basis, voluntary, sex, age_band, violence, modality, amount
		from report_sums where month = $1 and person_id = '' and amount <> 0`, row.Month); err != nil {
		return err
	}
	if err := s.freezeValuesTx(ctx, tx, q); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update report_late set closing = $1 where closing = '' and month <= $1`, row.Month); err != nil {
		return err
	}
	if row.Hash, err = hashTx(ctx, tx, row); err != nil {
		return err
	}
	row.Signature = ed25519.Sign(s.key, []byte(row.Hash))
	if _, err := tx.Exec(ctx, `update report_closings set sums = $1, hash = $2, signature = $3 where month = $4`,
		row.Sums, row.Hash, row.Signature, row.Month); err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, ledger.Entry{Action: "statistics.close", Subject: ledger.Subject{Type: "closing", ID: row.Month},
		Changes: []ledger.Change{{Field: "hash", After: row.Hash}}})
}

// definitions are the versions by which everything is counted now.
func definitions() string {
	var out []string
	for _, f := range Figures {
		out = append(out, fmt.Sprintf("%s/%d", f.Key, f.Version))
	}
	return strings.Join(out, " ")
}

// freezeValuesTx stores every figure of a month, of the State and of each center.
func (s *Service) freezeValuesTx(ctx context.Context, tx *db.Tx, q query) error {
	var centers []string
	if err := tx.Select(ctx, &centers, `select distinct center_id from report_sums where month = $1 and center_id <> '' and amount <> 0 order by 1`, q.From.String()); err != nil {
		return err
	}
	for _, center := range append([]string{""}, centers...) {
		q.Where = nil
		if center != "" {
			q.Where = map[Dimension]string{ByCenter: center}
		}
		_, total, err := s.monthsTx(ctx, tx, q, Figures)
		if err != nil {
			return err
		}
		var args db.Args
		var rows []string
		for _, f := range Figures {
			v := total[f.Key]
			rows = append(rows, args.Row(q.From.String(), center, string(f.Key), v.Amount, v.Over))
		}
		if _, err := tx.Exec(ctx, `insert into report_closed_values (closing, center_id, figure, amount, part_of) values `+strings.Join(rows, ", "), args...); err != nil {
			return err
		}
	}
	return nil
}

// hashTx is the SHA-256 of all that a close froze: its head, every value, every sum and every
// unit by which it adjusted months before, each on a line, in their order as text.
func hashTx(ctx context.Context, tx *db.Tx, r closingRow) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s %s %s\n", r.Month, clock.FormatMX(r.ClosedAt.Time), r.By, r.Definitions)
	for _, query := range []string{
		`select center_id || '|' || figure || '|' || amount || '|' || part_of from report_closed_values where closing = $1`,
		`select figure || '|' || center_id || '|' || service || '|' || institution_id || '|' || municipality_key || '|' || basis || '|' || voluntary || '|' ||
			sex || '|' || age_band || '|' || violence || '|' || modality || '|' || amount from report_closed_sums where closing = $1`,
		`select month || '|' || figure || '|' || center_id || '|' || id || '|' || amount from report_late where closing = $1 and month < $1`,
	} {
		var lines []string
		if err := tx.Select(ctx, &lines, query, r.Month); err != nil {
			return "", err
		}
		slices.Sort(lines) // the engines do not agree on the order of texts
		for _, line := range lines {
			io.WriteString(h, line+"\n")
		}
		io.WriteString(h, "\n")
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Closings lists the months that were closed, the newest first.
func (s *Service) Closings(ctx context.Context, actor access.Actor) ([]Closing, error) {
	if _, err := actor.Require(access.StatisticsRead); err != nil {
		return nil, err
	}
	var rows []closingRow
	err := s.db.View(ctx, func(tx *db.Tx) error {
		return tx.Select(ctx, &rows, `select `+closingColumns+` from report_closings order by month desc`)
	})
	out := make([]Closing, len(rows))
	for i, r := range rows {
		out[i] = r.closing()
	}
	return out, err
}

// ClosedMonth gives a close as it was frozen, whether it is whole, and what came after it. Who
// reads one center reads of that one alone.
func (s *Service) ClosedMonth(ctx context.Context, actor access.Actor, month string) (*ClosedMonth, error) {
	scope, err := actor.Require(access.StatisticsRead)
	if err != nil {
		return nil, err
	}
	var out *ClosedMonth
	err = s.db.View(ctx, func(tx *db.Tx) error {
		var row closingRow
		err := tx.Get(ctx, &row, `select `+closingColumns+` from report_closings where month = $1`, month)
		if errors.Is(err, db.ErrNoRows) {
			return fault.Missing()
		}
		if err != nil {
			return err
		}
		out = &ClosedMonth{Closing: row.closing()}
		hash, err := hashTx(ctx, tx, row)
		if err != nil {
			return err
		}
		out.Sealed = hash == row.Hash && ed25519.Verify(s.key.Public().(ed25519.PublicKey), []byte(hash), row.Signature)
		return out.fillTx(ctx, tx, scope)
	})
	return out, err
}

func (c *ClosedMonth) fillTx(ctx context.Context, tx *db.Tx, scope access.Scope) error {
	month := c.Month.String()
	var args db.Args
	var values []struct {
		Center string `db:"center_id"`
		Figure Key    `db:"figure"`
		Amount int64  `db:"amount"`
		Over   int64  `db:"part_of"`
	}
	if err := tx.Select(ctx, &values, `select f.center_id, f.figure, f.amount, f.part_of from report_closed_values f
		where f.closing = `+args.Add(month)+` and `+scope.SQL(factColumn, &args), args...); err != nil {
		return err
	}
	c.Values = map[string]map[Key]Value{}
	for _, v := range values {
		if c.Values[v.Center] == nil {
			c.Values[v.Center] = map[Key]Value{}
		}
		c.Values[v.Center][v.Figure] = Value{v.Amount, v.Over}
	}
	centers, err := namedTx(ctx, tx, `select id, name from centers order by name`)
	if err != nil {
		return err
	}
	c.centers = centers
	for _, one := range centers {
		if c.Values[one.Value] != nil {
			c.Centers = append(c.Centers, one)
		}
	}
	if c.Adjustments, err = adjustmentsTx(ctx, tx, scope, `f.closing = $1 and f.month < $1`, month); err != nil {
		return err
	}
	if c.Late, err = adjustmentsTx(ctx, tx, scope, `f.month = $1 and f.closing <> $1`, month); err != nil {
		return err
	}
	args = db.Args{month}
	err = tx.Select(ctx, &c.Units, `select f.day, f.at, f.figure, f.center_id, f.amount from report_late f
		where f.month = $1 and f.closing <> $1 and `+scope.SQL(factColumn, &args)+` order by f.at desc, f.id desc limit `+args.Add(maxUnits+1), args...)
	if len(c.Units) > maxUnits {
		c.Units, c.MoreUnits = c.Units[:maxUnits], true
	}
	return err
}

// adjustmentsTx adds up late units by month, figure and center. A unit that only moved, to
// another municipality say, is one that came and one that went.
func adjustmentsTx(ctx context.Context, tx *db.Tx, scope access.Scope, where, month string) ([]Adjustment, error) {
	args := db.Args{month}
	var all []Adjustment
	err := tx.Select(ctx, &all, `select f.month, f.figure, f.center_id,
			cast(sum(case when f.amount > 0 then f.amount else 0 end) as bigint) as came,
			cast(sum(case when f.amount < 0 then -f.amount else 0 end) as bigint) as went
		from report_late f where `+where+` and `+scope.SQL(factColumn, &args)+` group by f.month, f.figure, f.center_id
		order by f.month, f.figure, f.center_id`, args...)
	return all, err
}
