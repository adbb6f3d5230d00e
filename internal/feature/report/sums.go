package report

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"sigue/internal/base/db"
)

// cell is one sum: a figure at one place.
type cell struct {
	Figure Key `db:"figure"`
	place  `db:""`
}

// sums are amounts by cell: a change, or all that there is.
type sums map[cell]int64

func (s sums) add(f fact, sign int64) { s[cell{f.Figure, f.place}] += sign * f.Amount }

// changed gives the cells whose amount is not zero, in one order for everybody, so that two
// who change the same ones wait for each other and do not block each other.
func (s sums) changed() []cell {
	var out []cell
	for c, n := range s {
		if n != 0 {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b cell) int { return slices.CompareFunc(a.values(), b.values(), compare) })
	return out
}

func (c cell) values() []any { return append([]any{string(c.Figure)}, c.place.values()...) }

func compare(a, b any) int { return cmp.Compare(a.(string), b.(string)) }

// storeTx adds a change to what is stored.
func (s sums) storeTx(ctx context.Context, tx *db.Tx) error {
	at := db.At(tx.Now())
	for chunk := range slices.Chunk(s.changed(), batch) {
		var args db.Args
		rows := make([]string, len(chunk))
		for i, c := range chunk {
			rows[i] = args.Row(append(c.values(), s[c], at)...)
		}
		if _, err := tx.Exec(ctx, `insert into report_sums (figure, `+placeColumns+`, amount, changed_at) values `+strings.Join(rows, ", ")+`
			on conflict (figure, `+placeColumns+`) do update set amount = report_sums.amount + excluded.amount, changed_at = excluded.changed_at`, args...); err != nil {
			return err
		}
	}
	return nil
}

// sumTx adds up the facts that are stored.
func sumTx(ctx context.Context, tx *db.Tx) (sums, error) {
	return readSumsTx(ctx, tx, `select figure, `+placeColumns+`, cast(sum(amount) as bigint) as amount from report_facts
		group by figure, `+placeColumns)
}

// storedSumsTx reads the sums that are stored.
func storedSumsTx(ctx context.Context, tx *db.Tx) (sums, error) {
	return readSumsTx(ctx, tx, `select figure, `+placeColumns+`, amount from report_sums where amount <> 0`)
}

func readSumsTx(ctx context.Context, tx *db.Tx, query string) (sums, error) {
	var rows []struct {
		cell   `db:""`
		Amount int64 `db:"amount"`
	}
	err := tx.Select(ctx, &rows, query)
	out := make(sums, len(rows))
	for _, r := range rows {
		out[r.cell] = r.Amount
	}
	return out, err
}
