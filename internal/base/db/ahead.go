package db

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
)

// Query is a read with its arguments.
type Query struct {
	Text string
	Args []any
}

// Q makes a query.
func Q(text string, args ...any) Query { return Query{text, args} }

// Ahead says which reads come next, so that on PostgreSQL they travel in one round trip
// and not in one each; on SQLite, where nothing travels, it does nothing. [Tx.Get] and
// [Tx.Select] give each of them when they are asked for the same text with the same
// arguments, once. A write of this transaction forgets what is left of them. Asking for
// something else, or for nothing, is no error.
func (tx *Tx) Ahead(ctx context.Context, queries ...Query) error {
	if tx.conn == nil || len(queries) == 0 {
		return nil
	}
	batch := &pgx.Batch{}
	for _, q := range queries {
		batch.Queue(q.Text, q.Args...)
	}
	return tx.conn.Raw(func(driver any) error {
		conn := driver.(*stdlib.Conn).Conn()
		results := conn.SendBatch(ctx, batch)
		for _, q := range queries {
			rows, err := results.Query()
			if err != nil {
				_ = results.Close()
				return wrap(err, q.Text)
			}
			read := &arrived{types: conn.TypeMap(), fields: slices.Clone(rows.FieldDescriptions()), at: -1} // the driver uses them again
			for rows.Next() {
				read.rows = append(read.rows, copied(rows.RawValues()))
			}
			if err := rows.Err(); err != nil {
				_ = results.Close()
				return wrap(err, q.Text)
			}
			tx.ahead = append(tx.ahead, waiting{q, read})
		}
		return results.Close()
	})
}

// copied copies the values of a row, whose bytes the driver uses again; a null stays nil.
func copied(row [][]byte) [][]byte {
	out := make([][]byte, len(row))
	for i, v := range row {
		out[i] = bytes.Clone(v)
	}
	return out
}

// waiting is a query that was read ahead.
type waiting struct {
	Query
	rows *arrived
}

// took gives the rows of a query that was read ahead; nil when it was not.
func (tx *Tx) took(text string, args []any) *arrived {
	if !strings.HasPrefix(strings.TrimSpace(text), "select") { // it may write
		tx.ahead = nil
	}
	for i, w := range tx.ahead {
		if w.Text == text && (len(args) == 0 && len(w.Args) == 0 || reflect.DeepEqual(w.Args, args)) {
			tx.ahead = append(tx.ahead[:i:i], tx.ahead[i+1:]...)
			return w.rows
		}
	}
	return nil
}

// arrived are rows that have come, as the scanner reads them.
type arrived struct {
	types  *pgtype.Map
	fields []pgconn.FieldDescription
	rows   [][][]byte
	at     int
}

func (r *arrived) Next() bool          { r.at++; return r.at < len(r.rows) }
func (r *arrived) Err() error          { return nil }
func (r *arrived) Close() error        { return nil }
func (r *arrived) NextResultSet() bool { return false }

func (r *arrived) Columns() ([]string, error) {
	names := make([]string, len(r.fields))
	for i, f := range r.fields {
		names[i] = f.Name
	}
	return names, nil
}

func (r *arrived) Scan(into ...any) error {
	for i, f := range r.fields {
		if err := r.types.Scan(f.DataTypeOID, f.Format, r.rows[r.at][i], into[i]); err != nil {
			return fmt.Errorf("column %s: %w", f.Name, err)
		}
	}
	return nil
}
