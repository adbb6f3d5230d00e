// Package db opens the database, SQLite inside or PostgreSQL, and runs
// transactions on it. One SQL text serves both engines: $1 placeholders, common SQL
// only; what they do differently lives here.
//
// Promises: a transaction is all or nothing and durable when [DB.Tx] returns nil;
// it is run again whole when the engine says that it collided with another, so its
// function must have no effect outside the transaction; there is one Now in it.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/georgysavva/scany/v2/dbscan"
	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	"modernc.org/sqlite"               // driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"sigue/internal/base/clock"
)

// ErrNoRows is what Get gives when the query matched nothing.
var ErrNoRows = sql.ErrNoRows

// Engine is one of the two databases.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// DB is an open database. It is safe for many goroutines.
type DB struct {
	engine Engine
	write  *sql.DB // on SQLite one connection, so that writers queue instead of failing
	read   *sql.DB
	clock  clock.Clock
}

// Open opens the database that a URL names: "sqlite:PATH" (made when missing) or
// "postgres://…". It does not migrate.
func Open(ctx context.Context, dsn string, clk clock.Clock) (*DB, error) {
	scheme, rest, ok := strings.Cut(dsn, ":")
	if !ok {
		return nil, fmt.Errorf("db: %q is no database URL; use sqlite:PATH or postgres://…", redact(dsn))
	}
	d := &DB{clock: clk}
	var err error
	switch scheme {
	case "sqlite":
		err = d.openSQLite(rest)
	case "postgres", "postgresql":
		err = d.openPostgres(dsn)
	default:
		return nil, fmt.Errorf("db: unknown engine %q; use sqlite:PATH or postgres://…", scheme)
	}
	if err != nil {
		return nil, err
	}
	if err := d.Ping(ctx); err != nil {
		d.Close()
		return nil, fmt.Errorf("db: cannot reach %s: %w", redact(dsn), err)
	}
	return d, nil
}

func (d *DB) openSQLite(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	d.engine = SQLite
	// busy_timeout stands first: the pragmas behind it may wait for a lock too.
	// synchronous=FULL: an acknowledgement that was given survives a power cut.
	// secure_delete: what was erased is overwritten, also in pages that become free, which
	// its mode FAST would leave.
	query := "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)" +
		"&_pragma=synchronous(FULL)&_pragma=secure_delete(ON)&_pragma=cache_size(-16000)&_pragma=temp_store(MEMORY)"
	name := "file:" + (&url.URL{Path: path}).EscapedPath() + query
	var err error
	if d.write, err = openKept(name + "&_txlock=immediate"); err != nil {
		return err
	}
	d.write.SetMaxOpenConns(1)
	if d.read, err = openKept(name + "&_pragma=query_only(1)"); err != nil {
		return err
	}
	d.read.SetMaxOpenConns(8)
	d.read.SetMaxIdleConns(8)
	return nil
}

func (d *DB) openPostgres(dsn string) error {
	d.engine = Postgres
	pool, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	pool.SetMaxOpenConns(20)
	pool.SetMaxIdleConns(20)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	d.write, d.read = pool, pool
	return nil
}

// redact takes the password out of a URL that goes into a message.
func redact(dsn string) string {
	if u, err := url.Parse(dsn); err == nil {
		return u.Redacted()
	}
	return "the given address"
}

// Engine tells which database this is.
func (d *DB) Engine() Engine { return d.engine }

// Clock is the clock that transactions read.
func (d *DB) Clock() clock.Clock { return d.clock }

// Ping tells whether the database answers.
func (d *DB) Ping(ctx context.Context) error {
	if err := d.write.PingContext(ctx); err != nil {
		return err
	}
	return d.read.PingContext(ctx)
}

// Close ends every connection.
func (d *DB) Close() error {
	err := d.write.Close()
	if d.read != d.write && d.read != nil {
		err = errors.Join(err, d.read.Close())
	}
	return err
}

// attempts is how often a transaction that collided is run in all. Many writers of one
// row let one through in each round, so there are more rounds than writers.
const attempts = 20

// Tx runs fn in a transaction that may write, and commits it when fn returns nil.
func (d *DB) Tx(ctx context.Context, fn func(tx *Tx) error) error {
	var err error
	for try := range attempts {
		if err = d.once(ctx, d.write, false, fn); err == nil || !collided(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause(try)):
		}
	}
	return err
}

// pause is how long to let the others end: longer from try to try, and by chance, so
// that those who collided do not meet again.
func pause(try int) time.Duration {
	longest := min(4*time.Millisecond<<try, 200*time.Millisecond)
	return rand.N(longest)
}

// Get reads one row like [Tx.Get], alone: a single query is its own snapshot, and without
// a transaction around it PostgreSQL is asked once and not three times.
func (d *DB) Get(ctx context.Context, dest any, query string, args ...any) error {
	rows, err := d.read.QueryContext(ctx, query, args...)
	return scanOne(dest, rows, err, query)
}

// View runs fn in a transaction that only reads, on one snapshot.
func (d *DB) View(ctx context.Context, fn func(tx *Tx) error) error {
	return d.once(ctx, d.read, true, fn)
}

func (d *DB) once(ctx context.Context, pool *sql.DB, readOnly bool, fn func(tx *Tx) error) error {
	var options *sql.TxOptions
	if d.engine == Postgres {
		options = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: readOnly}
	}
	tx := &Tx{db: d, now: d.clock.Now().UTC().Truncate(time.Microsecond)}
	inner, err := tx.begin(ctx, pool, options)
	if err != nil {
		return fmt.Errorf("db: begin: %w", err)
	}
	defer tx.release()
	// After a commit this does nothing; after an error, a panic or runtime.Goexit it
	// gives the connection back, which on SQLite is the only one that writes.
	defer func() { _ = inner.Rollback() }()
	if err := fn(tx); err != nil {
		return err
	}
	if err := inner.Commit(); err != nil {
		return fmt.Errorf("db: commit: %w", err)
	}
	tx.release()
	for _, after := range tx.after {
		after()
	}
	return nil
}

// begin begins on PostgreSQL on a connection of its own, which [Tx.Ahead] needs.
func (tx *Tx) begin(ctx context.Context, pool *sql.DB, options *sql.TxOptions) (*sql.Tx, error) {
	var err error
	if tx.db.engine != Postgres {
		tx.tx, err = pool.BeginTx(ctx, options)
		return tx.tx, err
	}
	if tx.conn, err = pool.Conn(ctx); err != nil {
		return nil, err
	}
	if tx.tx, err = tx.conn.BeginTx(ctx, options); err != nil {
		tx.release()
	}
	return tx.tx, err
}

// release gives the connection back, after the transaction has ended.
func (tx *Tx) release() {
	if tx.conn != nil {
		_ = tx.conn.Close()
	}
}

// collided tells whether an error means "run the whole transaction again".
func collided(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40001" || pg.Code == "40P01" // serialization failure, deadlock
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		code := lite.Code() & 0xff
		return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
	}
	return false
}

// IsUnique tells whether an error is a refused duplicate.
func IsUnique(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505"
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return false
}

// Tx is one transaction. It is for one goroutine and ends with its function.
type Tx struct {
	tx    *sql.Tx
	conn  *sql.Conn // on PostgreSQL
	db    *DB
	ahead []waiting
	now   time.Time
	after []func()
}

// Now is the instant of this transaction; the same each time it is asked.
func (tx *Tx) Now() time.Time { return tx.now }

// Engine tells which database this runs on.
func (tx *Tx) Engine() Engine { return tx.db.engine }

// AfterCommit runs fn once the transaction is committed; only to wake who waits
// for its rows, never for anything that must happen.
func (tx *Tx) AfterCommit(fn func()) { tx.after = append(tx.after, fn) }

// Exec runs a statement and gives the number of rows it touched.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	tx.ahead = nil
	res, err := tx.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, wrap(err, query)
	}
	return res.RowsAffected()
}

// Get reads one row into a struct (by its db tags) or a single value.
// It gives ErrNoRows when there is none.
func (tx *Tx) Get(ctx context.Context, dest any, query string, args ...any) error {
	if kept := tx.took(query, args); kept != nil {
		return scanOne(dest, kept, nil, query)
	}
	rows, err := tx.tx.QueryContext(ctx, query, args...)
	return scanOne(dest, rows, err, query)
}

func scanOne(dest any, rows dbscan.Rows, err error, query string) error {
	if err != nil {
		return wrap(err, query)
	}
	if err := scanner.ScanOne(dest, rows); err != nil {
		if dbscan.NotFound(err) {
			return ErrNoRows
		}
		return wrap(err, query)
	}
	return nil
}

// Select reads all rows into a slice of structs or single values.
func (tx *Tx) Select(ctx context.Context, dest any, query string, args ...any) error {
	if kept := tx.took(query, args); kept != nil {
		if err := scanner.ScanAll(dest, kept); err != nil {
			return wrap(err, query)
		}
		return nil
	}
	rows, err := tx.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return wrap(err, query)
	}
	if err := scanner.ScanAll(dest, rows); err != nil {
		return wrap(err, query)
	}
	return nil
}

// scanner is strict: a column without a field is an error, so a query that selects
// more than it shows is found by its first test.
var scanner = func() *dbscan.API {
	api, err := dbscan.NewAPI(dbscan.WithScannableTypes((*sql.Scanner)(nil)))
	if err != nil {
		panic(err) // fixed options: cannot happen
	}
	return api
}()

func wrap(err error, query string) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("db: %w\n\tin %s", err, strings.Join(strings.Fields(query), " "))
}

// TryLock takes a named lock until the transaction ends and tells whether it got
// it. On SQLite the only writer holds every lock.
func (tx *Tx) TryLock(ctx context.Context, name string) (bool, error) {
	if tx.db.engine == SQLite {
		return true, nil
	}
	var got bool
	err := tx.Get(ctx, &got, `select pg_try_advisory_xact_lock(hashtext($1))`, name)
	return got, err
}

// Exclusive makes writers of a table wait for each other from here on, where many
// change one row of it. It must be the first statement: what waited then sees what the
// one before it wrote. On SQLite writers always wait.
func (tx *Tx) Exclusive(ctx context.Context, table string) error {
	if tx.db.engine == SQLite {
		return nil
	}
	_, err := tx.Exec(ctx, `lock table `+table+` in share row exclusive mode`)
	return err
}

// SkipLocked ends a sub-select that claims a row, so that several processes claim
// different ones.
func (tx *Tx) SkipLocked() string {
	if tx.db.engine == SQLite {
		return ""
	}
	return " for update skip locked"
}
