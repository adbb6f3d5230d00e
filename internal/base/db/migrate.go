package db

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// words are the column types that the engines name differently. A migration writes
// the name in braces.
var words = map[Engine]*strings.Replacer{
	SQLite:   strings.NewReplacer("{time}", "text", "{bytes}", "blob", "{bool}", "integer", "{text_c}", "text"),
	Postgres: strings.NewReplacer("{time}", "timestamptz", "{bytes}", "bytea", "{bool}", "boolean", "{text_c}", `text collate "C"`),
}

// Migrate brings the schema to the newest of the given migrations. Several
// processes may call it at once: one does the work, the others wait.
func (d *DB) Migrate(ctx context.Context, migrations fs.FS) error {
	provider, err := d.provider(migrations)
	if err != nil {
		return err
	}
	for before := len(provider.ListSources()); ; {
		_, err := provider.Up(ctx)
		if err == nil {
			return nil
		}
		// SQLite has no lock that spans migrations: another process may have applied one
		// between our look and our turn. Then fewer are pending than before; go on.
		after, pendingErr := pending(ctx, provider)
		if d.engine != SQLite || pendingErr != nil || after >= before {
			return fmt.Errorf("db: migrate: %w", err)
		}
		before = after
	}
}

// Pending tells how many of the given migrations have not been applied.
func (d *DB) Pending(ctx context.Context, migrations fs.FS) (int, error) {
	provider, err := d.provider(migrations)
	if err != nil {
		return 0, err
	}
	return pending(ctx, provider)
}

func pending(ctx context.Context, provider *goose.Provider) (int, error) {
	statuses, err := provider.Status(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, s := range statuses {
		if s.State == goose.StatePending {
			n++
		}
	}
	return n, nil
}

func (d *DB) provider(migrations fs.FS) (*goose.Provider, error) {
	expanded, err := expand(migrations, words[d.engine])
	if err != nil {
		return nil, err
	}
	if d.engine == SQLite {
		return goose.NewProvider(goose.DialectSQLite3, d.write, expanded)
	}
	// The library's default polls every five seconds, which a start would wait for.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120), lock.WithUnlockTimeout(1, 10))
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, d.write, expanded, goose.WithSessionLocker(locker))
}

// expand replaces the words in braces in every migration file.
func expand(migrations fs.FS, r *strings.Replacer) (fs.FS, error) {
	names, err := fs.Glob(migrations, "*.sql")
	if err != nil {
		return nil, err
	}
	out := fstest.MapFS{}
	for _, name := range names {
		text, err := fs.ReadFile(migrations, name)
		if err != nil {
			return nil, err
		}
		text = bytes.Clone([]byte(r.Replace(string(text))))
		out[name] = &fstest.MapFile{Data: text, Mode: 0o444, ModTime: time.Unix(0, 0)}
	}
	return out, nil
}
