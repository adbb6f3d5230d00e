package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"sigue/internal/base/db"
)

// Runner runs jobs of the kinds it was given. Bind every kind before Run.
type Runner struct {
	db       *db.DB
	log      *slog.Logger
	worker   string
	lease    time.Duration
	poll     time.Duration
	handlers map[string]handler
	schedule []scheduled
}

type handler struct {
	run         func(ctx context.Context, payload []byte) error
	maxAttempts int
}

type scheduled struct {
	kind  Kind[struct{}]
	every time.Duration
	last  time.Time
}

// NewRunner makes a runner. lease is how long a job is held before another process
// may take it; it is renewed while the job runs.
func NewRunner(d *db.DB, log *slog.Logger, lease time.Duration) *Runner {
	return &Runner{
		db: d, log: log, worker: db.NewID(), lease: lease, poll: time.Second,
		handlers: map[string]handler{},
	}
}

// Handle binds the work of a kind. The work must bear being run twice.
func Handle[T any](r *Runner, k Kind[T], work func(ctx context.Context, payload T) error) {
	if _, taken := r.handlers[k.Name]; taken {
		panic("jobs: two handlers for " + k.Name)
	}
	r.handlers[k.Name] = handler{maxAttempts: k.MaxAttempts, run: func(ctx context.Context, body []byte) error {
		var payload T
		if err := json.Unmarshal(body, &payload); err != nil {
			return Permanent(fmt.Errorf("payload: %w", err))
		}
		return work(ctx, payload)
	}}
}

// Every binds work that is done once in each interval by one of all processes.
func (r *Runner) Every(interval time.Duration, name string, work func(ctx context.Context) error) {
	kind := Kind[struct{}]{Name: name, MaxAttempts: 1}
	Handle(r, kind, func(ctx context.Context, _ struct{}) error { return work(ctx) })
	r.schedule = append(r.schedule, scheduled{kind: kind, every: interval})
}

// Run works until the context ends, then lets the job in hand finish.
func (r *Runner) Run(ctx context.Context) error {
	ticker := time.NewTicker(r.poll)
	defer ticker.Stop()
	for {
		if err := r.turn(ctx); err != nil && ctx.Err() == nil {
			r.log.Error("jobs: turn failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func (r *Runner) turn(ctx context.Context) error {
	if err := r.plan(ctx); err != nil {
		return err
	}
	_, err := r.Drain(ctx)
	return err
}

// Drain runs jobs until none is due and tells how many it ran. Work that is
// scheduled is not put in by it.
func (r *Runner) Drain(ctx context.Context) (int, error) {
	for n := 0; ; n++ {
		ran, err := r.one(ctx)
		if err != nil || !ran || ctx.Err() != nil {
			return n, err
		}
	}
}

// plan puts in the scheduled jobs whose interval has begun.
func (r *Runner) plan(ctx context.Context) error {
	for i := range r.schedule {
		s := &r.schedule[i]
		slot := r.db.Clock().Now().Truncate(s.every)
		if !slot.After(s.last) {
			continue
		}
		err := r.db.Tx(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `delete from jobs where kind = $1 and ended_at < $2`,
				s.kind.Name, db.At(slot.Add(-s.every))); err != nil {
				return err
			}
			return s.kind.EnqueueTx(ctx, tx, struct{}{}, Options{UniqueKey: slot.Format(time.RFC3339)})
		})
		if err != nil {
			return err
		}
		s.last = slot
	}
	return nil
}

type claimed struct {
	ID       string `db:"id"`
	Kind     string `db:"kind"`
	Payload  string `db:"payload"`
	Attempts int    `db:"attempts"`
}

// one claims and runs a job; false when none is due.
func (r *Runner) one(ctx context.Context) (bool, error) {
	due, err := r.due(ctx)
	if err != nil || !due {
		return false, err
	}
	job, err := r.claim(ctx)
	if err != nil || job.ID == "" {
		return false, err
	}
	h, known := r.handlers[job.Kind]
	if !known {
		return true, r.end(ctx, job, h, Permanent(fmt.Errorf("no handler for %q", job.Kind)))
	}
	return true, r.end(ctx, job, h, r.work(ctx, job, h))
}

// due looks without a lock, so that an idle program does not write.
func (r *Runner) due(ctx context.Context) (bool, error) {
	var n int
	err := r.db.View(ctx, func(tx *db.Tx) error {
		now := db.At(tx.Now())
		return tx.Get(ctx, &n, `
			select count(*) from (
				select id from jobs where state = 'ready' and run_at <= $1
				union all
				select id from jobs where state = 'running' and lease_until < $1
			) due`, now)
	})
	return n > 0, err
}

func (r *Runner) claim(ctx context.Context) (claimed, error) {
	var job claimed
	err := r.db.Tx(ctx, func(tx *db.Tx) error {
		job = claimed{}
		now := db.At(tx.Now())
		if _, err := tx.Exec(ctx, `
			update jobs set state = 'ready' where state = 'running' and lease_until < $1`, now); err != nil {
			return err
		}
		err := tx.Get(ctx, &job, `
			update jobs set state = 'running', worker = $1, lease_until = $2, attempts = attempts + 1
			where id = (select id from jobs where state = 'ready' and run_at <= $3
			            order by run_at, id limit 1`+tx.SkipLocked()+`)
			and state = 'ready'
			returning id, kind, payload, attempts`,
			r.worker, db.At(tx.Now().Add(r.lease)), now)
		if errors.Is(err, db.ErrNoRows) {
			return nil
		}
		return err
	})
	return job, err
}

// work runs the handler, renewing the lease meanwhile; a panic is a failed attempt.
func (r *Runner) work(ctx context.Context, job claimed, h handler) (err error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var renewing sync.WaitGroup
	renewing.Go(func() { r.renew(ctx, job) })
	defer func() {
		cancel()
		renewing.Wait()
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return h.run(ctx, []byte(job.Payload))
}

func (r *Runner) renew(ctx context.Context, job claimed) {
	ticker := time.NewTicker(max(r.lease/3, time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			err := r.db.Tx(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, `update jobs set lease_until = $1 where id = $2 and worker = $3 and state = 'running'`,
					db.At(tx.Now().Add(r.lease)), job.ID, r.worker)
				return err
			})
			if err != nil && ctx.Err() == nil {
				r.log.Warn("jobs: lease not renewed", "job", job.ID, "error", err)
			}
		}
	}
}

// end records how a job went. It is not stopped by the end of the program: a mail
// that went out must be known to have gone.
func (r *Runner) end(ctx context.Context, job claimed, h handler, failure error) error {
	ctx = context.WithoutCancel(ctx)
	state, runAt, text := "done", time.Time{}, ""
	if failure != nil {
		text = failure.Error()
		last := isPermanent(failure) || h.maxAttempts > 0 && job.Attempts >= h.maxAttempts
		if last {
			state = "failed"
			r.log.Error("jobs: gave up", "kind", job.Kind, "job", job.ID, "attempts", job.Attempts, "error", failure)
		} else {
			state, runAt = "ready", r.db.Clock().Now().Add(pause(job.Attempts))
			r.log.Warn("jobs: will try again", "kind", job.Kind, "job", job.ID, "attempts", job.Attempts, "error", failure)
		}
	}
	return r.db.Tx(ctx, func(tx *db.Tx) error {
		if state == "ready" {
			_, err := tx.Exec(ctx, `update jobs set state = 'ready', run_at = $1, lease_until = null, last_error = $2
				where id = $3 and worker = $4`, db.At(runAt), text, job.ID, r.worker)
			return err
		}
		_, err := tx.Exec(ctx, `update jobs set state = $1, lease_until = null, last_error = $2, ended_at = $3
			where id = $4 and worker = $5`, state, text, db.At(tx.Now()), job.ID, r.worker)
		return err
	})
}
