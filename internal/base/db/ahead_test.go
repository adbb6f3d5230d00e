package db_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
)

// TestAhead checks that what was read ahead is what the same questions would get, in
// whatever order, once, and not across a write.
func TestAhead(t *testing.T) {
	const byID, all = `select ` + columns + ` from things where id = $1`, `select ` + columns + ` from things order by id`
	dbtest.Run(t, migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		ctx, note := t.Context(), "Ñandú"
		store(t, d, thing{ID: "a", Name: "Á", At: db.At(time.Date(2026, 11, 23, 12, 0, 0, 123456000, time.UTC)), Bytes: []byte{0, 1}, Yes: true, Number: 7, Note: &note},
			thing{ID: "b", Name: "B"})
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		read := func(tx *db.Tx, id string) (out thing) {
			t.Helper()
			must(tx.Get(ctx, &out, byID, id))
			return out
		}
		must(d.Tx(ctx, func(tx *db.Tx) error {
			plain, plains := read(tx, "a"), []thing(nil)
			must(tx.Select(ctx, &plains, all))

			const other = `select number, name from things where id = $1 and number = $2`
			must(tx.Ahead(ctx, db.Q(all), db.Q(other, "a", 7), db.Q(byID, "a"), db.Q(byID, "nobody")))
			var few struct {
				Number int    `db:"number"`
				Name   string `db:"name"`
			}
			must(tx.Get(ctx, &few, other, "a", 7))
			if few.Name != "Á" || few.Number != 7 {
				t.Errorf("got %+v of other columns, want Á and 7", few)
			}
			var none thing
			if err := tx.Get(ctx, &none, byID, "nobody"); !errors.Is(err, db.ErrNoRows) {
				t.Errorf("got %v for what is not there, want ErrNoRows", err)
			}
			if got := read(tx, "a"); !reflect.DeepEqual(got, plain) {
				t.Errorf("got %+v ahead, want %+v", got, plain)
			}
			if got := read(tx, "b"); got.ID != "b" { // was not asked ahead
				t.Errorf("got %+v, want b", got)
			}
			var got []thing
			must(tx.Select(ctx, &got, all))
			if !reflect.DeepEqual(got, plains) || len(got) != 2 {
				t.Errorf("got %+v ahead, want %+v", got, plains)
			}

			must(tx.Ahead(ctx, db.Q(byID, "a"), db.Q(byID, "a")))
			if _, err := tx.Exec(ctx, `update things set number = 8 where id = 'a'`); err != nil {
				return err
			}
			if got := read(tx, "a"); got.Number != 8 {
				t.Errorf("got %d after a write, want 8", got.Number)
			}
			must(tx.Ahead(ctx, db.Q(byID, "a")))
			var n int
			must(tx.Get(ctx, &n, `update things set number = 9 where id = 'a' returning number`))
			if got := read(tx, "a"); got.Number != 9 {
				t.Errorf("got %d after a write that returns, want 9", got.Number)
			}
			return nil
		}))
		err := d.View(ctx, func(tx *db.Tx) error { return tx.Ahead(ctx, db.Q(byID, "a"), db.Q(`select nothing from nowhere`)) })
		if (err != nil) != (d.Engine() == db.Postgres) {
			t.Errorf("got %v from a query that cannot run", err)
		}
		must(d.View(ctx, func(tx *db.Tx) error { // and the connection still works
			if got := read(tx, "b"); got.Name != "B" {
				t.Errorf("got %+v, want B", got)
			}
			return nil
		}))
	})
}

// BenchmarkAhead sets ten reads in one round trip beside ten round trips.
func BenchmarkAhead(b *testing.B) {
	d, _ := dbtest.Postgres(b, migrations)
	ctx := b.Context()
	const query = `select ` + columns + ` from things where id = $1`
	ten := func(ahead bool) time.Duration {
		start := time.Now()
		err := d.View(ctx, func(tx *db.Tx) error {
			var all []db.Query
			for i := range 10 {
				all = append(all, db.Q(query, string(rune('a'+i))))
			}
			if ahead {
				if err := tx.Ahead(ctx, all...); err != nil {
					return err
				}
			}
			for _, q := range all {
				var rows []thing
				if err := tx.Select(ctx, &rows, q.Text, q.Args...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		return time.Since(start)
	}
	var slow, fast time.Duration
	for b.Loop() {
		slow += ten(false)
		fast += ten(true)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(fast)/float64(slow), "ahead/one-by-one")
}
