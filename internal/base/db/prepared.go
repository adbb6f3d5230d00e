package db

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"modernc.org/sqlite"
)

// openKept opens a pool of SQLite connections that keep their statements prepared.
// PostgreSQL's driver does so by itself; SQLite's parses and plans a text at each use,
// which costs more than running it.
func openKept(name string) (*sql.DB, error) {
	inner, err := sqlite.NewConnector(name)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(keeper{inner}), nil
}

type keeper struct{ driver.Connector }

// Connect opens one connection.
func (k keeper) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &keptConn{sqliteConn: inner.(sqliteConn), kept: map[string]sqliteStmt{}}, nil
}

// sqliteConn is what the driver's connections do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// maxKept bounds the statements of one connection: lists are put together from few
// parts, but what a visitor types decides how many there are.
const maxKept = 200

// keptConn is a connection with its statements by text. Like every connection it is used
// by one goroutine at a time.
type keptConn struct {
	sqliteConn
	kept map[string]sqliteStmt
}

// ExecContext runs a statement.
func (c *keptConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.ExecContext(ctx, args)
	c.give(query, s)
	return result, err
}

// QueryContext runs a query; its statement is free for the next one when the rows are
// closed.
func (c *keptConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		c.give(query, s)
		return nil, err
	}
	return &keptRows{Rows: rows, free: func() { c.give(query, s) }}, nil
}

// take gives the statement of a text for oneself: a kept one leaves the map, so that
// the same text inside the reading of its rows gets another.
func (c *keptConn) take(ctx context.Context, query string) (sqliteStmt, error) {
	if s, ok := c.kept[query]; ok {
		delete(c.kept, query)
		return s, nil
	}
	s, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.(sqliteStmt), nil
}

// give keeps a statement for its next use; where there are too many, some other goes.
func (c *keptConn) give(query string, s sqliteStmt) {
	if twin, ok := c.kept[query]; ok {
		_ = twin.Close()
	}
	for other, old := range c.kept {
		if len(c.kept) < maxKept {
			break
		}
		delete(c.kept, other)
		_ = old.Close()
	}
	c.kept[query] = s
}

// Close ends the connection with its statements.
func (c *keptConn) Close() error {
	for _, s := range c.kept {
		_ = s.Close()
	}
	clear(c.kept)
	return c.sqliteConn.Close()
}

type keptRows struct {
	driver.Rows
	free func()
}

// Close ends the reading.
func (r *keptRows) Close() error {
	err := r.Rows.Close()
	if r.free != nil {
		r.free()
		r.free = nil
	}
	return err
}
