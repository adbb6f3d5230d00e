package dbtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"sigue/internal/base/db/dbtest/pgtemp"
)

// errOff says that the person who runs the tests left PostgreSQL out.
var errOff = errors.New("dbtest: SIGUE_TEST_POSTGRES=off")

// server gives the PostgreSQL server that this test binary uses; it starts one at the
// first call when none was given, and that one ends with the process.
var server = sync.OnceValues(func() (*pgtemp.Cluster, error) {
	switch given := os.Getenv("SIGUE_TEST_POSTGRES"); given {
	case "":
		return pgtemp.Start()
	case "off":
		return nil, errOff
	default:
		return &pgtemp.Cluster{URL: given}, prune(given)
	}
})

func postgresURL(t testing.TB, migrations fs.FS) string {
	t.Helper()
	running, err := server()
	switch {
	case err == nil:
	case errors.Is(err, errOff) || (errors.Is(err, pgtemp.ErrMissing) && os.Getenv("CI") != "true"):
		t.Skipf("NOT TESTED ON POSTGRESQL: %v", err)
	default:
		t.Fatal(err)
	}
	base, name := running.URL, prefix(time.Now())+randomHex()
	if err := create(base, name, migrations); err != nil {
		t.Fatalf("dbtest: %v", err)
	}
	t.Cleanup(func() {
		if err := execute(base, "drop database if exists "+name+" with (force)"); err != nil {
			t.Errorf("dbtest: %v", err)
		}
	})
	return at(base, name)
}

// create makes a database from the template of these migrations.
func create(base, name string, migrations fs.FS) error {
	if migrations == nil {
		return execute(base, "create database "+name)
	}
	template, err := template(base, migrations)
	if err != nil {
		return err
	}
	return execute(base, "create database "+name+" template "+template)
}

// templates are the names of those made by this process, by the migrations' hash.
var templates = struct {
	sync.Mutex
	byHash map[string]string
}{byHash: map[string]string{}}

// template gives the name of a migrated database to copy. Test binaries that share a
// server share it too, so it is named by the migrations' content and made under a lock.
func template(base string, migrations fs.FS) (string, error) {
	hash, err := hashOf(migrations)
	if err != nil {
		return "", err
	}
	templates.Lock()
	defer templates.Unlock()
	if name, ok := templates.byHash[hash]; ok {
		return name, nil
	}
	name := prefix(time.Now()) + "template_" + hash
	err = locked(base, func(admin *sql.Conn) error {
		ctx := context.Background()
		var there bool
		if err := admin.QueryRowContext(ctx, "select exists (select 1 from pg_database where datname = $1)", name).Scan(&there); err != nil || there {
			return err
		}
		// Made under another name first: a run that is killed leaves no half template.
		half := prefix(time.Now()) + randomHex()
		if _, err := admin.ExecContext(ctx, "create database "+half); err != nil {
			return err
		}
		if err := migrate(at(base, half), migrations); err != nil {
			return err
		}
		_, err := admin.ExecContext(ctx, "alter database "+half+" rename to "+name)
		return err
	})
	if err == nil {
		templates.byHash[hash] = name
	}
	return name, err
}

// prefix begins the name of each database made on a day.
func prefix(day time.Time) string { return day.UTC().Format("sigue_test_20060102_") }

// prune drops what earlier runs left on a shared server: killed tests' databases, and
// templates of days gone by.
func prune(base string) error {
	return locked(base, func(admin *sql.Conn) error {
		ctx := context.Background()
		rows, err := admin.QueryContext(ctx, `select datname from pg_database where datname like 'sigue\_test\_%'`)
		if err != nil {
			return err
		}
		defer rows.Close()
		var old []string
		oldest := prefix(time.Now().AddDate(0, 0, -1))
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			if name < oldest {
				old = append(old, name)
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
		for _, name := range old {
			if _, err := admin.ExecContext(ctx, `drop database if exists "`+name+`" with (force)`); err != nil {
				return err
			}
		}
		return nil
	})
}

// locked runs fn on one connection to the server's own database, one caller at a time.
func locked(base string, fn func(admin *sql.Conn) error) error {
	const key = 7448301 // any number, the same for all
	ctx := context.Background()
	pool, err := sql.Open("pgx", base)
	if err != nil {
		return err
	}
	defer pool.Close()
	admin, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer admin.Close()
	if _, err := admin.ExecContext(ctx, "select pg_advisory_lock($1)", key); err != nil {
		return err
	}
	return fn(admin) // the lock ends with the connection
}

func execute(base, statement string) error {
	pool, err := sql.Open("pgx", base)
	if err != nil {
		return err
	}
	defer pool.Close()
	if _, err := pool.Exec(statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// at is the URL of another database on the same server.
func at(base, name string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	u.Path = "/" + name
	return u.String()
}

func randomHex() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// hashOf names the content of a set of migrations.
func hashOf(migrations fs.FS) (string, error) {
	names, err := fs.Glob(migrations, "*.sql")
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, name := range names {
		text, err := fs.ReadFile(migrations, name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n%s", name, len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}
