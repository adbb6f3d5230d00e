package survey

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"strings"

	"sigue/internal/base/db"
)

// A table keeps the order in which its rows were written: SQLite in its row numbers,
// PostgreSQL in the place of a row and in the transaction that wrote it. What comes one by
// one and must not tell its order is therefore written anew as a whole, in an order drawn
// by chance, each time that something is added or taken away.

// shuffle puts values in an order drawn by chance that nobody can foresee.
func shuffle[T any](all []T) {
	for i := len(all) - 1; i > 0; i-- {
		j := draw(i + 1)
		all[i], all[j] = all[j], all[i]
	}
}

// draw gives a number below n, each as likely as any other.
func draw(n int) int {
	limit := ^uint64(0) - ^uint64(0)%uint64(n)
	for {
		var b [8]byte
		_, _ = rand.Read(b[:]) // never fails: it ends the program instead
		if v := binary.LittleEndian.Uint64(b[:]); v < limit {
			return int(v % uint64(n))
		}
	}
}

// code is a code that may still be answered, as stored.
type code struct {
	MAC       string `db:"mac"`
	VersionID string `db:"version_id"`
	CenterID  string `db:"center_id"`
	Until     string `db:"until"`
}

// mixCodesTx writes the codes of a version and center anew, with those that come and
// without the one that goes.
func mixCodesTx(ctx context.Context, tx *db.Tx, version, center string, more []code, gone string) error {
	var all []code
	if err := tx.Select(ctx, &all, `select mac, version_id, center_id, until from survey_codes where version_id = $1 and center_id = $2`, version, center); err != nil {
		return err
	}
	rows := make([][]any, 0, len(all)+len(more))
	for _, c := range append(all, more...) {
		if c.MAC != gone {
			rows = append(rows, []any{c.MAC, c.VersionID, c.CenterID, c.Until})
		}
	}
	if _, err := tx.Exec(ctx, `delete from survey_codes where version_id = $1 and center_id = $2`, version, center); err != nil {
		return err
	}
	return insertMixedTx(ctx, tx, `insert into survey_codes (mac, version_id, center_id, until) values `, rows)
}

// text is what somebody wrote, as stored.
type text struct {
	ID    string `db:"id"`
	Month string `db:"month"`
	Body  []byte `db:"body"`
}

// mixTextsTx writes the texts of a version, center and month anew, with one more.
func mixTextsTx(ctx context.Context, tx *db.Tx, b box, one text) error {
	var all []text
	if err := tx.Select(ctx, &all, `select id, month, body from survey_texts where version_id = $1 and center_id = $2 and month = $3`, b.version, b.center, b.month); err != nil {
		return err
	}
	var rows [][]any
	for _, t := range append(all, one) {
		rows = append(rows, []any{t.ID, b.version, b.center, b.month, t.Body})
	}
	if _, err := tx.Exec(ctx, `delete from survey_texts where version_id = $1 and center_id = $2 and month = $3`, b.version, b.center, b.month); err != nil {
		return err
	}
	return insertMixedTx(ctx, tx, `insert into survey_texts (id, version_id, center_id, month, body) values `, rows)
}

// atOnce is how many rows one statement inserts: below what either engine binds.
const atOnce = 200

// insertMixedTx inserts rows of equal length in an order drawn by chance.
func insertMixedTx(ctx context.Context, tx *db.Tx, into string, rows [][]any) error {
	shuffle(rows)
	for len(rows) > 0 {
		n := min(len(rows), atOnce)
		var args db.Args
		var values []string
		for _, row := range rows[:n] {
			var marks []string
			for _, v := range row {
				marks = append(marks, args.Add(v))
			}
			values = append(values, "("+strings.Join(marks, ", ")+")")
		}
		if _, err := tx.Exec(ctx, into+strings.Join(values, ", "), args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}
