// Package jobs does the work that follows a commit: mail, sealing, expiry. A job is
// a row put in by the transaction that causes it, so it exists exactly when that
// change does; any process may run it.
//
// Promises: a job is run at least once and by one process at a time while its lease
// lasts; a process that dies loses its jobs to another when the lease ends; a failed
// job is tried again with growing pauses until its attempts are used up; two jobs of
// one kind with the same unique key are one job, until 90 days after it ended; then its
// row is removed.
//
// Table: jobs. A payload holds ids, never personal data.
package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sigue/internal/base/db"
)

// Kind names a sort of job and the type of its payload.
type Kind[T any] struct {
	Name        string
	MaxAttempts int // 0: tried until it works
}

// Options of one job. The zero value runs it at once and as often as it is put in.
type Options struct {
	UniqueKey string
	RunAt     time.Time
}

// EnqueueTx puts a job in with the caller's transaction.
func (k Kind[T]) EnqueueTx(ctx context.Context, tx *db.Tx, payload T, o Options) error {
	body, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("jobs: %s: %w", k.Name, err)
	}
	if o.RunAt.IsZero() {
		o.RunAt = tx.Now()
	}
	var key any
	if o.UniqueKey != "" {
		key = o.UniqueKey
	}
	_, err = tx.Exec(ctx, `
		insert into jobs (id, kind, payload, unique_key, state, run_at, attempts, worker, last_error, created_at)
		values ($1, $2, $3, $4, 'ready', $5, 0, '', '', $6)
		on conflict (kind, unique_key) do nothing`,
		db.NewID(), k.Name, string(body), key, db.At(o.RunAt), db.At(tx.Now()))
	return err
}

// Permanent marks an error that no further attempt can mend.
func Permanent(err error) error { return permanent{err} }

type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// IsPermanent tells whether trying again is useless.
func IsPermanent(err error) bool {
	var p permanent
	return errors.As(err, &p)
}

// pause is how long to wait before the next attempt: 10 s, 20 s, 40 s … at most 15
// minutes, so that what waited three days goes out soon after the cause ends.
func pause(attempts int) time.Duration {
	const first, most = 10 * time.Second, 15 * time.Minute
	if attempts > 7 {
		return most
	}
	return min(first<<(attempts-1), most)
}
