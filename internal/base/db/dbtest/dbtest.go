// Package dbtest gives a test a fresh, migrated database on each engine.
//
// PostgreSQL is the server that SIGUE_TEST_POSTGRES names (a URL whose user may create
// databases), or else a private one that lives as long as the test binary; "off" leaves
// it out. Where there is none the test is skipped and says so; with CI=true it fails.
//
// Promises: migrations run once and are then copied (a file, or a template database), so
// a fresh database costs milliseconds; everything is dropped when the test ends.
package dbtest

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
)

// Engines are both engines, in the order in which Run takes them.
var Engines = []db.Engine{db.SQLite, db.Postgres}

// Start is where the clock of a test stands at first: 10:00 of a Monday in the State
// of México.
var Start = time.Date(2026, time.November, 23, 16, 0, 0, 0, time.UTC)

// Run runs a test on each engine, as the subtests "sqlite" and "postgres". Migrations
// may be nil.
func Run(t *testing.T, migrations fs.FS, test func(t *testing.T, d *db.DB, clk *clock.Fake)) {
	t.Helper()
	for _, engine := range Engines {
		t.Run(string(engine), func(t *testing.T) {
			d, clk := Open(t, engine, migrations)
			test(t, d, clk)
		})
	}
}

// SQLite opens a fresh SQLite database.
func SQLite(t testing.TB, migrations fs.FS) (*db.DB, *clock.Fake) {
	t.Helper()
	return Open(t, db.SQLite, migrations)
}

// Postgres opens a fresh PostgreSQL database; it skips the test where there is no
// server.
func Postgres(t testing.TB, migrations fs.FS) (*db.DB, *clock.Fake) {
	t.Helper()
	return Open(t, db.Postgres, migrations)
}

// Open opens a fresh database of an engine, migrated, with a clock that stands at Start.
// It is closed and dropped when the test ends.
func Open(t testing.TB, engine db.Engine, migrations fs.FS) (*db.DB, *clock.Fake) {
	t.Helper()
	clk := clock.NewFake(Start)
	d := Connect(t, URL(t, engine, migrations), clk)
	return d, clk
}

// Connect opens an existing database and closes it when the test ends; for tests that
// reach one database as several processes would.
func Connect(t testing.TB, url string, clk clock.Clock) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), url, clk)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// URL makes a fresh database, migrated, and gives its URL without opening it; for tests
// that start the program itself. It is dropped when the test ends.
func URL(t testing.TB, engine db.Engine, migrations fs.FS) string {
	t.Helper()
	if engine == db.Postgres {
		return postgresURL(t, migrations)
	}
	return sqliteURL(t, migrations)
}

func sqliteURL(t testing.TB, migrations fs.FS) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.db")
	if migrations != nil {
		file, err := migratedFile(migrations)
		if err != nil {
			t.Fatalf("dbtest: migrate SQLite: %v", err)
		}
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return "sqlite:" + path
}

// files are the migrated SQLite databases of this process, by the migrations' hash.
var files = struct {
	sync.Mutex
	byHash map[string][]byte
}{byHash: map[string][]byte{}}

func migratedFile(migrations fs.FS) ([]byte, error) {
	hash, err := hashOf(migrations)
	if err != nil {
		return nil, err
	}
	files.Lock()
	defer files.Unlock()
	if file, ok := files.byHash[hash]; ok {
		return file, nil
	}
	dir, err := os.MkdirTemp("", "sigue-dbtest-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	if err := migrate("sqlite:"+path, migrations); err != nil {
		return nil, err
	}
	if wal, err := os.ReadFile(path + "-wal"); err == nil && len(bytes.TrimSpace(wal)) > 0 {
		return nil, fmt.Errorf("%s-wal still holds rows after the database was closed", path)
	}
	file, err := os.ReadFile(path)
	files.byHash[hash] = file
	return file, err
}

// migrate brings the database at a URL to the newest migration and closes it.
func migrate(url string, migrations fs.FS) error {
	ctx := context.Background()
	d, err := db.Open(ctx, url, clock.System{})
	if err != nil {
		return err
	}
	if err := d.Migrate(ctx, migrations); err != nil {
		_ = d.Close()
		return err
	}
	return d.Close()
}
