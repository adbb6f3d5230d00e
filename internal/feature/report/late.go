package report

import (
	"context"
	"slices"
	"strings"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
)

// latecomers are units that came to a month, or went from it, when it was over.
type latecomers struct {
	after clock.Month // the month that is running
	units []fact      // with a negative amount for what went
}

func (l *latecomers) add(f fact, sign int64) {
	if f.Month >= l.after.String() {
		return
	}
	f.Amount *= sign
	l.units = append(l.units, f)
}

// storeTx keeps them until a close takes them in.
func (l *latecomers) storeTx(ctx context.Context, tx *db.Tx) error {
	at := db.At(tx.Now())
	for chunk := range slices.Chunk(l.units, batch) {
		var args db.Args
		rows := make([]string, len(chunk))
		for i, f := range chunk {
			rows[i] = args.Row(append([]any{db.NewID(), "", at}, f.values()...)...)
		}
		if _, err := tx.Exec(ctx, `insert into report_late (id, closing, at, `+factColumns+`) values `+strings.Join(rows, ", "), args...); err != nil {
			return err
		}
	}
	return nil
}
