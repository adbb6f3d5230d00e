package db

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
)

// keptPool is a pool of one connection and that connection's statements.
func keptPool(t *testing.T) (*sql.DB, func() int) {
	t.Helper()
	pool, err := openKept("file:" + filepath.Join(t.TempDir(), "kept.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	pool.SetMaxOpenConns(1)
	run(t, pool, `create table things (id integer primary key, name text unique)`)
	return pool, func() (n int) {
		conn, err := pool.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.Raw(func(c any) error { n = len(c.(*keptConn).kept); return nil })
		return n
	}
}

func run(t *testing.T, pool *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := pool.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func TestKeptOnce(t *testing.T) {
	pool, kept := keptPool(t)
	before := kept()
	for i := range 5 {
		run(t, pool, `insert into things (id, name) values ($1, $2)`, i, fmt.Sprint("n", i))
	}
	if got := kept() - before; got != 1 {
		t.Errorf("statements kept of one text = %d, want 1", got)
	}
}

// TestKeptBound checks that texts without end do not fill the memory.
func TestKeptBound(t *testing.T) {
	pool, kept := keptPool(t)
	for i := range 3 * maxKept {
		run(t, pool, fmt.Sprintf(`update things set name = 'x%d' where id = $1`, i), i)
	}
	if got := kept(); got != maxKept {
		t.Errorf("statements kept = %d, want %d", got, maxKept)
	}
}

// TestKeptInside checks that a text may run while its own rows are read.
func TestKeptInside(t *testing.T) {
	pool, _ := keptPool(t)
	for i := range 3 {
		run(t, pool, `insert into things (id, name) values ($1, $2)`, i, fmt.Sprint("n", i))
	}
	tx, err := pool.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if got := pairs(t, tx, 2); got != 9 {
		t.Errorf("rows of a query inside itself = %d, want 9", got)
	}
}

// pairs reads all things, and for each again all things, so deep.
func pairs(t *testing.T, tx *sql.Tx, depth int) (n int) {
	t.Helper()
	if depth == 0 {
		return 1
	}
	rows, err := tx.QueryContext(t.Context(), `select id from things order by id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		n += pairs(t, tx, depth-1)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestKeptAfterFailure checks that a statement that failed serves again, and without the
// values that it had.
func TestKeptAfterFailure(t *testing.T) {
	pool, _ := keptPool(t)
	const insert = `insert into things (id, name) values ($1, $2)`
	run(t, pool, insert, 1, "a")
	if _, err := pool.ExecContext(t.Context(), insert, 2, "a"); !IsUnique(err) {
		t.Fatalf("the same name twice = %v, want a refused duplicate", err)
	}
	run(t, pool, insert, 2, nil)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := pool.ExecContext(ended, insert, 3, "c"); err == nil {
		t.Fatal("ran with a context that had ended")
	}
	run(t, pool, insert, 3, "c")
	var n int
	if err := pool.QueryRowContext(t.Context(), `select count(*) from things where name is null`).Scan(&n); err != nil || n != 1 {
		t.Errorf("names that are null = %d, %v; want 1", n, err)
	}
}

// TestKeptNewColumns checks that a kept statement sees a table that changed.
func TestKeptNewColumns(t *testing.T) {
	pool, _ := keptPool(t)
	columns := func() int {
		rows, err := pool.QueryContext(t.Context(), `select * from things`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		names, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	if got := columns(); got != 2 {
		t.Fatalf("columns = %d, want 2", got)
	}
	run(t, pool, `alter table things add column note text`)
	if got := columns(); got != 3 {
		t.Errorf("columns after the change = %d, want 3", got)
	}
}
