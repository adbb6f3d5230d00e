package dbtest_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
)

var migrations = fstest.MapFS{"00001_notes.sql": {Data: []byte(
	"-- +goose Up\ncreate table notes (id text primary key);\n-- +goose Down\ndrop table notes;\n")}}

func count(t *testing.T, d *db.DB) int {
	t.Helper()
	var n int
	err := d.View(context.Background(), func(tx *db.Tx) error {
		return tx.Get(context.Background(), &n, "select count(*) from notes")
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestFresh checks that a database holds nothing of the one before it.
func TestFresh(t *testing.T) {
	for range 2 {
		dbtest.Run(t, migrations, func(t *testing.T, d *db.DB, clk *clock.Fake) {
			if got := count(t, d); got != 0 {
				t.Fatalf("a fresh database holds %d rows", got)
			}
			err := d.Tx(context.Background(), func(tx *db.Tx) error {
				_, err := tx.Exec(context.Background(), "insert into notes (id) values ($1)", "a")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := count(t, d); got != 1 {
				t.Errorf("rows = %d, want 1", got)
			}
			if !clk.Now().Equal(dbtest.Start) {
				t.Errorf("the clock stands at %v, want %v", clk.Now(), dbtest.Start)
			}
		})
	}
}

// TestRunTakesBothEngines checks that neither engine is left out unnoticed.
func TestRunTakesBothEngines(t *testing.T) {
	var seen []string
	dbtest.Run(t, nil, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		if !strings.HasSuffix(t.Name(), "/"+string(d.Engine())) {
			t.Errorf("test %s runs on %s", t.Name(), d.Engine())
		}
		seen = append(seen, string(d.Engine()))
	})
	want := "sqlite postgres"
	if os.Getenv("SIGUE_TEST_POSTGRES") == "off" {
		want = "sqlite"
	}
	if got := strings.Join(seen, " "); got != want && os.Getenv("CI") == "true" {
		t.Errorf("ran on %q, want %q", got, want)
	}
}

// TestURL checks that two processes can reach one database.
func TestURL(t *testing.T) {
	for _, engine := range dbtest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			url := dbtest.URL(t, engine, migrations)
			one, two := dbtest.Connect(t, url, clock.System{}), dbtest.Connect(t, url, clock.System{})
			err := one.Tx(context.Background(), func(tx *db.Tx) error {
				_, err := tx.Exec(context.Background(), "insert into notes (id) values ('b')")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := count(t, two); got != 1 {
				t.Errorf("the other process sees %d rows, want 1", got)
			}
		})
	}
}
