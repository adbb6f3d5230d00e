package db_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
)

// migrations use each word that the engines name differently.
var migrations = fstest.MapFS{
	"00001_things.sql": {Data: []byte(`-- +goose Up
create table things (
    id     text primary key,
    name   {text_c} not null,
    at     {time},
    bytes  {bytes},
    yes    {bool} not null,
    number integer not null,
    unique (name)
);
-- +goose Down
drop table things;
`)},
	"00002_more.sql": {Data: []byte("-- +goose Up\nalter table things add column note text;\n-- +goose Down\n")},
}

type thing struct {
	ID     string  `db:"id"`
	Name   string  `db:"name"`
	At     db.Time `db:"at"`
	Bytes  []byte  `db:"bytes"`
	Yes    bool    `db:"yes"`
	Number int     `db:"number"`
	Note   *string `db:"note"`
}

const columns = "id, name, at, bytes, yes, number, note"

func insert(ctx context.Context, tx *db.Tx, v thing) error {
	_, err := tx.Exec(ctx, "insert into things ("+columns+") values ($1, $2, $3, $4, $5, $6, $7)",
		v.ID, v.Name, v.At, v.Bytes, v.Yes, v.Number, v.Note)
	return err
}

// store inserts things, each in a row of its own.
func store(t *testing.T, d *db.DB, all ...thing) {
	t.Helper()
	err := d.Tx(t.Context(), func(tx *db.Tx) error {
		for _, v := range all {
			if err := insert(t.Context(), tx, v); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// one reads a single value.
func one[T any](t *testing.T, d *db.DB, query string, args ...any) T {
	t.Helper()
	var v T
	err := d.View(t.Context(), func(tx *db.Tx) error { return tx.Get(t.Context(), &v, query, args...) })
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestRoundTrip(t *testing.T) {
	dbtest.Run(t, migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		note := "Ñandú, O'Higgins, Пётр"
		mexico := time.FixedZone("", -6*3600)
		want := thing{ID: db.NewID(), Name: "full", At: db.At(time.Date(2026, 11, 23, 10, 0, 0, 123456789, mexico)),
			Bytes: []byte{0, 1, 255}, Yes: true, Number: -7, Note: &note}
		store(t, d, want, thing{ID: db.NewID(), Name: "empty"})

		got := one[thing](t, d, "select "+columns+" from things where name = $1", "full")
		if got.At.Location() != time.UTC || !got.At.Equal(want.At.Time) || got.At.Nanosecond() != 123456000 {
			t.Errorf("at = %v, want %v, in UTC and microseconds", got.At, want.At)
		}
		if string(got.Bytes) != string(want.Bytes) || !got.Yes || got.Number != -7 || *got.Note != note || got.ID != want.ID {
			t.Errorf("row = %+v, want %+v", got, want)
		}
		empty := one[thing](t, d, "select "+columns+" from things where name = $1", "empty")
		if !empty.At.IsZero() || empty.Bytes != nil || empty.Yes || empty.Note != nil {
			t.Errorf("empty row = %+v", empty)
		}
		if got := one[int](t, d, "select count(*) from things where at is null"); got != 1 {
			t.Errorf("rows whose time is null = %d, want 1", got)
		}
	})
}

// TestTimeOrder checks that the database orders and compares instants as time does.
func TestTimeOrder(t *testing.T) {
	base := time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)
	instants := []time.Time{ // in order
		base.AddDate(-30, 0, 0), base.Add(-time.Microsecond), base,
		base.Add(time.Microsecond), base.Add(10 * time.Microsecond), base.Add(time.Second).In(time.FixedZone("", 14*3600)),
	}
	dbtest.Run(t, migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		for i := range instants {
			at := len(instants) - 1 - i // stored the other way round
			store(t, d, thing{ID: db.NewID(), Name: fmt.Sprint(at), At: db.At(instants[at])})
		}
		var names []string
		err := d.View(t.Context(), func(tx *db.Tx) error {
			return tx.Select(t.Context(), &names, "select name from things order by at")
		})
		if got := strings.Join(names, " "); err != nil || got != "0 1 2 3 4 5" {
			t.Errorf("order = %q, %v", got, err)
		}
		for i, instant := range instants {
			if got := one[int](t, d, "select count(*) from things where at < $1", db.At(instant)); got != i {
				t.Errorf("rows before %v = %d, want %d", instant, got, i)
			}
			if got := one[string](t, d, "select name from things where at = $1", db.At(instant)); got != fmt.Sprint(i) {
				t.Errorf("row at %v = %s, want %d", instant, got, i)
			}
		}
	})
}

func TestNowIsOne(t *testing.T) {
	dbtest.Run(t, migrations, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		clk.Set(time.Date(2026, 11, 23, 16, 0, 0, 999, time.UTC))
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			first := tx.Now()
			clk.Advance(time.Hour)
			if !tx.Now().Equal(first) || first.Nanosecond() != 0 || first.Location() != time.UTC {
				t.Errorf("now = %v, then %v; want one instant in microseconds, UTC", first, tx.Now())
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		_ = d.View(t.Context(), func(tx *db.Tx) error {
			if want := clk.Now().Truncate(time.Microsecond); !tx.Now().Equal(want) {
				t.Errorf("now of the next transaction = %v, want %v", tx.Now(), want)
			}
			return nil
		})
	})
}

// TestCollisions has several writers read a number, add one and write it back. Each
// addition must be there in the end, which takes queueing (SQLite) or running the
// collided transaction again (PostgreSQL).
func TestCollisions(t *testing.T) {
	const writers, rounds = 8, 50
	dbtest.Run(t, migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		store(t, d, thing{ID: "counter", Name: "counter"})
		var runs atomic.Int64
		add := func(tx *db.Tx) error {
			runs.Add(1)
			var n int
			if err := tx.Get(t.Context(), &n, "select number from things where id = 'counter'"); err != nil {
				return err
			}
			_, err := tx.Exec(t.Context(), "update things set number = $1 where id = 'counter'", n+1)
			return err
		}
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				for range rounds {
					if err := d.Tx(t.Context(), add); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		if got := one[int](t, d, "select number from things where id = 'counter'"); got != writers*rounds {
			t.Errorf("counter = %d, want %d", got, writers*rounds)
		}
		t.Logf("%d transactions took %d runs", writers*rounds, runs.Load())
	})
}

// TestTwoProcessesCollide does the same from two pools, as two processes would.
func TestTwoProcessesCollide(t *testing.T) {
	for _, engine := range dbtest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			url := dbtest.URL(t, engine, migrations)
			first := dbtest.Connect(t, url, clock.System{})
			store(t, first, thing{ID: "counter", Name: "counter"})
			var wg sync.WaitGroup
			for _, d := range []*db.DB{first, dbtest.Connect(t, url, clock.System{})} {
				wg.Go(func() {
					for range 50 {
						err := d.Tx(t.Context(), func(tx *db.Tx) error {
							var n int
							if err := tx.Get(t.Context(), &n, "select number from things"); err != nil {
								return err
							}
							_, err := tx.Exec(t.Context(), "update things set number = $1", n+1)
							return err
						})
						if err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			if got := one[int](t, first, "select number from things"); got != 100 {
				t.Errorf("counter = %d, want 100", got)
			}
		})
	}
}

func TestViewReadsOnly(t *testing.T) {
	dbtest.Run(t, migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		err := d.View(t.Context(), func(tx *db.Tx) error { return insert(t.Context(), tx, thing{ID: "a", Name: "a"}) })
		if err == nil || !strings.Contains(strings.ToLower(err.Error()), "read") {
			t.Errorf("a write in View gave %v, want an error about reading only", err)
		}
		if got := one[int](t, d, "select count(*) from things"); got != 0 {
			t.Errorf("View wrote %d rows", got)
		}
		// The connection that refused is fit for the next reader and writer.
		store(t, d, thing{ID: "b", Name: "b"})
	})
}

// TestViewIsOneSnapshot checks that what commits during a View is not in it.
func TestViewIsOneSnapshot(t *testing.T) {
	dbtest.Run(t, migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		err := d.View(t.Context(), func(tx *db.Tx) error {
			var before, after int
			if err := tx.Get(t.Context(), &before, "select count(*) from things"); err != nil {
				return err
			}
			store(t, d, thing{ID: "a", Name: "a"})
			err := tx.Get(t.Context(), &after, "select count(*) from things")
			if before != 0 || after != 0 {
				t.Errorf("counts in one View = %d, then %d; want 0 and 0", before, after)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestAllOrNothing(t *testing.T) {
	refused := errors.New("refused")
	dbtest.Run(t, migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		told := 0
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			tx.AfterCommit(func() { told++ })
			if err := insert(t.Context(), tx, thing{ID: "a", Name: "a"}); err != nil {
				return err
			}
			return refused
		})
		if !errors.Is(err, refused) {
			t.Errorf("Tx = %v, want the function's own error", err)
		}
		if got := one[int](t, d, "select count(*) from things"); got != 0 || told != 0 {
			t.Errorf("after a rollback: %d rows, AfterCommit ran %d times; want 0 and 0", got, told)
		}
	})
}

func TestAfterCommit(t *testing.T) {
	dbtest.Run(t, migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		var seen []int
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			tx.AfterCommit(func() { seen = append(seen, one[int](t, d, "select count(*) from things")) })
			if err := insert(t.Context(), tx, thing{ID: "a", Name: "a"}); err != nil {
				return err
			}
			if len(seen) != 0 {
				t.Error("AfterCommit ran before the commit")
			}
			return nil
		})
		if err != nil || len(seen) != 1 || seen[0] != 1 {
			t.Errorf("AfterCommit saw %v rows, %v; want once and 1", seen, err)
		}
	})
}

// TestRetryForgetsAfterCommit checks that a transaction that was run again tells of
// its commit once.
func TestRetryForgetsAfterCommit(t *testing.T) {
	dbtest.Run(t, migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		if d.Engine() == db.SQLite {
			return // its writers queue and never run twice
		}
		store(t, d, thing{ID: "a", Name: "a"})
		runs, told := 0, 0
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			runs++
			tx.AfterCommit(func() { told++ })
			var n int
			if err := tx.Get(t.Context(), &n, "select number from things"); err != nil {
				return err
			}
			if runs == 1 { // someone else writes the row in between
				if err := d.Tx(t.Context(), func(other *db.Tx) error {
					_, err := other.Exec(t.Context(), "update things set number = 10")
					return err
				}); err != nil {
					return err
				}
			}
			_, err := tx.Exec(t.Context(), "update things set number = $1", n+1)
			return err
		})
		if err != nil || runs != 2 || told != 1 {
			t.Errorf("Tx = %v after %d runs, told %d times; want nil, 2, 1", err, runs, told)
		}
		if got := one[int](t, d, "select number from things"); got != 11 {
			t.Errorf("number = %d, want 11", got)
		}
	})
}

func TestPanicRollsBack(t *testing.T) {
	dbtest.Run(t, migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		func() {
			defer func() {
				if got := recover(); got != "boom" {
					t.Errorf("recovered %v, want the panic itself", got)
				}
			}()
			_ = d.Tx(t.Context(), func(tx *db.Tx) error {
				if err := insert(t.Context(), tx, thing{ID: "a", Name: "a"}); err != nil {
					t.Error(err)
				}
				panic("boom")
			})
		}()
		store(t, d, thing{ID: "b", Name: "b"}) // the writer is free again
		if got := one[int](t, d, "select count(*) from things"); got != 1 {
			t.Errorf("rows = %d, want 1", got)
		}
	})
}

// TestGoexitRollsBack checks that a goroutine that ends inside a transaction, as
// t.FailNow does, gives the only writer back.
func TestGoexitRollsBack(t *testing.T) {
	dbtest.Run(t, migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = d.Tx(context.Background(), func(tx *db.Tx) error {
				runtime.Goexit()
				return nil
			})
		}()
		<-ended
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if err := d.Tx(ctx, func(tx *db.Tx) error { return nil }); err != nil {
			t.Errorf("the next transaction: %v", err)
		}
	})
}

func TestErrors(t *testing.T) {
	dbtest.Run(t, migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		store(t, d, thing{ID: "a", Name: "a"})
		for _, test := range []struct {
			name           string
			do             func(ctx context.Context, tx *db.Tx) error
			unique, noRows bool
		}{
			{"same key", func(ctx context.Context, tx *db.Tx) error { return insert(ctx, tx, thing{ID: "a", Name: "b"}) }, true, false},
			{"same unique column", func(ctx context.Context, tx *db.Tx) error { return insert(ctx, tx, thing{ID: "b", Name: "a"}) }, true, false},
			{"null where none may be", func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, "update things set name = null")
				return err
			}, false, false},
			{"no row", func(ctx context.Context, tx *db.Tx) error {
				var n int
				return tx.Get(ctx, &n, "select number from things where id = 'z'")
			}, false, true},
			{"no such table", func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, "update nothing set a = 1")
				return err
			}, false, false},
			{"a column without a field", func(ctx context.Context, tx *db.Tx) error {
				var v struct {
					ID string `db:"id"`
				}
				return tx.Get(ctx, &v, "select id, name from things")
			}, false, false},
		} {
			t.Run(test.name, func(t *testing.T) {
				err := d.Tx(t.Context(), func(tx *db.Tx) error { return test.do(t.Context(), tx) })
				if err == nil {
					t.Fatal("no error")
				}
				if got := db.IsUnique(err); got != test.unique {
					t.Errorf("IsUnique(%v) = %v, want %v", err, got, test.unique)
				}
				if got := errors.Is(err, db.ErrNoRows); got != test.noRows {
					t.Errorf("Is(%v, ErrNoRows) = %v, want %v", err, got, test.noRows)
				}
			})
		}
		if db.IsUnique(nil) || db.IsUnique(errors.New("other")) {
			t.Error("IsUnique is true of what is none")
		}
	})
}

func TestSelectIntoNothing(t *testing.T) {
	dbtest.Run(t, migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		var all []thing
		err := d.View(t.Context(), func(tx *db.Tx) error {
			return tx.Select(t.Context(), &all, "select "+columns+" from things")
		})
		if err != nil || len(all) != 0 {
			t.Errorf("Select = %v, %v; want no row and no error", all, err)
		}
	})
}

// TestMigrateAtOnce checks that processes that start together migrate once.
func TestMigrateAtOnce(t *testing.T) {
	for _, engine := range dbtest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			url := dbtest.URL(t, engine, nil)
			var wg sync.WaitGroup
			for range 3 {
				d := dbtest.Connect(t, url, clock.System{})
				wg.Go(func() {
					if err := d.Migrate(t.Context(), migrations); err != nil {
						t.Error(err)
					}
					if n, err := d.Pending(t.Context(), migrations); n != 0 || err != nil {
						t.Errorf("pending = %d, %v; want 0", n, err)
					}
				})
			}
			wg.Wait()
			d := dbtest.Connect(t, url, clock.System{})
			store(t, d, thing{ID: "a", Name: "a"})
			if err := d.Migrate(t.Context(), migrations); err != nil {
				t.Errorf("Migrate when there is nothing to do: %v", err)
			}
			if got := one[int](t, d, "select count(*) from goose_db_version where version_id > 0"); got != len(migrations) {
				t.Errorf("migrations recorded = %d, want %d", got, len(migrations))
			}
		})
	}
}

func TestPending(t *testing.T) {
	dbtest.Run(t, nil, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		if n, err := d.Pending(t.Context(), migrations); n != 2 || err != nil {
			t.Errorf("pending before = %d, %v; want 2", n, err)
		}
	})
}

// TestMigrateAllOrNothing checks that a migration that fails leaves no half of itself.
func TestMigrateAllOrNothing(t *testing.T) {
	broken := fstest.MapFS{"00001_broken.sql": {Data: []byte(
		"-- +goose Up\ncreate table half (id text primary key);\ncreate table half (id text primary key);\n")}}
	dbtest.Run(t, nil, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		if err := d.Migrate(t.Context(), broken); err == nil {
			t.Fatal("a broken migration gave no error")
		}
		err := d.View(t.Context(), func(tx *db.Tx) error {
			var n int
			return tx.Get(t.Context(), &n, "select count(*) from half")
		})
		if err == nil {
			t.Error("the table of the failed migration is there")
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	for _, test := range []struct{ name, url, want string }{
		{"no engine", "sigue.db", "use sqlite:PATH"},
		{"unknown engine", "mysql://u:secret@h/d", "unknown engine"},
		{"unreachable", "postgres://u:secret@127.0.0.1:1/d", "cannot reach"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := db.Open(t.Context(), test.url, clock.System{})
			if err == nil {
				d.Close()
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("error = %q, want %q and no password", err, test.want)
			}
		})
	}
}

// TestOddPath checks that a path with signs of the URL's own is only a path.
func TestOddPath(t *testing.T) {
	d := dbtest.Connect(t, "sqlite:"+t.TempDir()+"/Año 1?#%41/ñ.db", clock.System{})
	if err := d.Migrate(t.Context(), migrations); err != nil {
		t.Fatal(err)
	}
	store(t, d, thing{ID: "a", Name: "a"})
}

// TestTryLock checks that a named lock has one holder until its transaction ends.
func TestTryLock(t *testing.T) {
	dbtest.Run(t, nil, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		try := func(tx *db.Tx, name string) bool {
			got, err := tx.TryLock(t.Context(), name)
			if err != nil {
				t.Error(err)
			}
			return got
		}
		inTx := func(name string) (got bool) {
			if err := d.Tx(t.Context(), func(tx *db.Tx) error { got = try(tx, name); return nil }); err != nil {
				t.Error(err)
			}
			return got
		}
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			if !try(tx, "seal") {
				t.Error("the first did not get the lock")
			}
			if d.Engine() == db.Postgres { // on SQLite nobody else can be in a transaction
				if inTx("seal") {
					t.Error("a second got the same lock")
				}
				if !inTx("mail") {
					t.Error("another lock was held too")
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if !inTx("seal") {
			t.Error("the lock was not given back")
		}
	})
}

// TestSkipLocked has several claimers take rows at once: each row is taken once.
func TestSkipLocked(t *testing.T) {
	const rows = 60
	dbtest.Run(t, migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		for i := range rows {
			store(t, d, thing{ID: fmt.Sprint(i), Name: fmt.Sprint(i)})
		}
		claim := func() (id string, err error) {
			err = d.Tx(t.Context(), func(tx *db.Tx) error {
				return tx.Get(t.Context(), &id, `update things set number = 1 where id = (
					select id from things where number = 0 order by id limit 1`+tx.SkipLocked()+`) and number = 0 returning id`)
			})
			return id, err
		}
		var mu sync.Mutex
		taken := map[string]int{}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for {
					id, err := claim()
					if errors.Is(err, db.ErrNoRows) {
						return
					}
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					taken[id]++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(taken) != rows {
			t.Errorf("taken = %d rows, want %d", len(taken), rows)
		}
		for id, n := range taken {
			if n != 1 {
				t.Errorf("row %s was taken %d times", id, n)
			}
		}
	})
}

// TestCancelled checks that a context that ended begins nothing and blocks nobody.
func TestCancelled(t *testing.T) {
	dbtest.Run(t, migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		ctx, cancel := context.WithCancel(t.Context())
		err := d.Tx(ctx, func(tx *db.Tx) error {
			if err := insert(ctx, tx, thing{ID: "a", Name: "a"}); err != nil {
				return err
			}
			cancel()
			return nil
		})
		if err == nil {
			t.Error("a transaction committed after its context ended")
		}
		if err := d.Tx(ctx, func(*db.Tx) error { t.Error("ran"); return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("Tx with an ended context = %v, want context.Canceled", err)
		}
		if got := one[int](t, d, "select count(*) from things"); got != 0 {
			t.Errorf("rows = %d, want 0", got)
		}
	})
}

func TestArgs(t *testing.T) {
	var args db.Args
	for i := range 12 {
		if got, want := args.Add(i), fmt.Sprintf("$%d", i+1); got != want {
			t.Errorf("Add = %q, want %q", got, want)
		}
	}
	if len(args) != 12 || args[11] != 11 {
		t.Errorf("args = %v", args)
	}
}

func TestNewIDSorts(t *testing.T) {
	last := ""
	for range 1000 {
		id := db.NewID()
		if id <= last {
			t.Fatalf("id %s does not sort after %s", id, last)
		}
		last = id
	}
}

func TestTimeScan(t *testing.T) {
	want := time.Date(2026, 11, 23, 16, 0, 0, 500000000, time.UTC)
	for _, test := range []struct {
		name string
		src  any
		want time.Time
		fail bool
	}{
		{"null", nil, time.Time{}, false},
		{"empty text", "", time.Time{}, false},
		{"ours", "2026-11-23T16:00:00.500000Z", want, false},
		{"bytes", []byte("2026-11-23T16:00:00.500000Z"), want, false},
		{"another zone", "2026-11-23T10:00:00.5-06:00", want, false},
		{"an instant", want.In(time.FixedZone("", 3600)), want, false},
		{"a number", 5, time.Time{}, true},
		{"no time", "yesterday", time.Time{}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got db.Time
			err := got.Scan(test.src)
			if (err != nil) != test.fail || !got.Equal(test.want) {
				t.Errorf("Scan(%v) = %v, %v; want %v", test.src, got, err, test.want)
			}
		})
	}
}
