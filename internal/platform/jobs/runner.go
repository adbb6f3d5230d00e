package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
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
	claiming sync.Mutex
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
	r := &Runner{
		db: d, log: log, worker: db.NewID(), lease: lease, poll: time.Second,
		handlers: map[string]handler{},
	}
	r.Every(24*time.Hour, "jobs.sweep", func(ctx context.Context) error {
		_, err := r.Sweep(ctx)
		return err
	})
	return r
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

// workers is how many jobs one process runs at a time: a mail server that does not
// answer holds up one of them and not the sealing of the ledger.
const workers = 4

// Run works until the context ends, then lets the jobs in hand finish.
func (r *Runner) Run(ctx context.Context) error {
	var group sync.WaitGroup
	group.Go(func() { r.loop(ctx, r.plan) })
	for range workers {
		group.Go(func() {
			r.loop(ctx, func(ctx context.Context) error {
				_, err := r.Drain(ctx)
				return err
			})
		})
	}
	group.Wait()
	return nil
}

// loop takes one turn at once and then one at each tick.
func (r *Runner) loop(ctx context.Context, turn func(ctx context.Context) error) {
	ticker := time.NewTicker(r.poll)
	defer ticker.Stop()
	for {
		if err := turn(ctx); err != nil && ctx.Err() == nil {
			r.log.Error("jobs: turn failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Drain runs jobs until none is due and tells how many it ran. Work that is
// scheduled is not put in by it. Several goroutines may drain one runner.
func (r *Runner) Drain(ctx context.Context) (int, error) {
	for n := 0; ; n++ {
		ran, err := r.one(ctx)
		if err != nil || !ran || ctx.Err() != nil {
			return n, err
		}
	}
}

// kept is how long a job stays after it ended: a quarter, in which somebody asks why a
// mail did not go out; the notice itself keeps its outcome for good. With a row goes its
// unique key, so a key holds for this long after the end and no longer. That is enough
// for every kind there is: a key names one event (a notice, a removed file, a deadline of
// a referral), which puts its job in when it happens and not again months later, and
// handlers bear being run twice anyway. Scheduled work holds its slot's key for its
// interval only (see plan), which is much shorter.
const kept = 90 * 24 * time.Hour

// sweepBatch bounds one transaction of Sweep: others want to write meanwhile.
const sweepBatch = 1000

// Sweep removes the jobs that ended long ago, done or given up, and tells how many. What
// is ready or running stays, however old. The runner does it daily.
func (r *Runner) Sweep(ctx context.Context) (int, error) {
	for total := 0; ; {
		var n int64
		err := r.db.Tx(ctx, func(tx *db.Tx) error {
			var err error
			n, err = tx.Exec(ctx, `delete from jobs where id in
				(select id from jobs where ended_at < $1 order by ended_at limit $2)`,
				db.At(tx.Now().Add(-kept)), sweepBatch)
			return err
		})
		total += int(n)
		if err != nil || n < sweepBatch {
			return total, err
		}
	}
}

// plan puts in the scheduled jobs whose interval has begun. Those of intervals past go
// at once: work of every minute would leave a hundred thousand rows until Sweep.
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
			key := slot.Format(time.RFC3339)
			var late bool // another process is an interval ahead, and may have removed this one's row
			err := tx.Get(ctx, &late, `select exists (select 1 from jobs where kind = $1 and unique_key > $2)`, s.kind.Name, key)
			if err != nil || late {
				return err
			}
			return s.kind.EnqueueTx(ctx, tx, struct{}{}, Options{UniqueKey: key})
		})
		if err != nil {
			return err
		}
		s.last = slot
	}
	return nil
}

type claimed struct {
	ID       string  `db:"id"`
	Kind     string  `db:"kind"`
	Payload  string  `db:"payload"`
	Attempts int     `db:"attempts"`
	RunAt    db.Time `db:"run_at"`
}

// one claims and runs a job; false when none is due.
func (r *Runner) one(ctx context.Context) (bool, error) {
	job, err := r.next(ctx)
	if err != nil || job.ID == "" {
		return false, err
	}
	h, known := r.handlers[job.Kind]
	if !known {
		// Not permanent: a newer process that knows the kind may run beside this one.
		return true, r.end(ctx, job, h, fmt.Errorf("no handler for %q in this process", job.Kind))
	}
	return true, r.end(ctx, job, h, r.work(ctx, job, h))
}

// next claims the job that is due first, one worker of a process at a time: workers
// that reach for the same row would only make each other start again.
func (r *Runner) next(ctx context.Context) (claimed, error) {
	r.claiming.Lock()
	defer r.claiming.Unlock()
	w, err := r.waiting(ctx)
	if err != nil {
		return claimed{}, err
	}
	if w.Expired {
		if err := r.release(ctx); err != nil {
			return claimed{}, err
		}
	}
	if !w.Ready && !w.Expired {
		return claimed{}, nil
	}
	return r.claim(ctx)
}

type waiting struct {
	Ready   bool `db:"ready"`
	Expired bool `db:"expired"` // held by a process that let its lease run out
}

// waiting looks without a lock, so that an idle program does not write.
func (r *Runner) waiting(ctx context.Context) (waiting, error) {
	var w waiting
	err := r.db.View(ctx, func(tx *db.Tx) error {
		return tx.Get(ctx, &w, `
			select exists (select 1 from jobs where state = 'ready' and run_at <= $1) as ready,
			       exists (select 1 from jobs where state = 'running' and lease_until < $1) as expired`, db.At(tx.Now()))
	})
	return w, err
}

// release gives back the jobs whose lease ran out.
func (r *Runner) release(ctx context.Context) error {
	return r.db.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `update jobs set state = 'ready', lease_until = null
			where state = 'running' and lease_until < $1`, db.At(tx.Now()))
		return err
	})
}

func (r *Runner) claim(ctx context.Context) (claimed, error) {
	var job claimed
	err := r.db.Tx(ctx, func(tx *db.Tx) error {
		job = claimed{}
		err := tx.Get(ctx, &job, `
			update jobs set state = 'running', worker = $1, lease_until = $2, attempts = attempts + 1
			where id = (select id from jobs where state = 'ready' and run_at <= $3
			            order by run_at, id limit 1`+tx.SkipLocked()+`)
			and state = 'ready'
			returning id, kind, payload, attempts, run_at`,
			r.worker, db.At(tx.Now().Add(r.lease)), db.At(tx.Now()))
		if errors.Is(err, db.ErrNoRows) {
			return nil
		}
		return err
	})
	return job, err
}

// work runs the handler, renewing the lease meanwhile; a panic is a failed attempt.
// The handler's context outlives the program's, and ends when the lease is lost.
func (r *Runner) work(ctx context.Context, job claimed, h handler) (err error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var renewing sync.WaitGroup
	renewing.Go(func() { r.renew(ctx, cancel, job) })
	defer func() {
		cancel()
		renewing.Wait()
		if p := recover(); p != nil {
			r.log.Error("jobs: panic", "kind", job.Kind, "job", job.ID, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return h.run(ctx, []byte(job.Payload))
}

func (r *Runner) renew(ctx context.Context, lost context.CancelFunc, job claimed) {
	ticker := time.NewTicker(max(r.lease/3, time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			held, err := r.extend(ctx, job)
			switch {
			case ctx.Err() != nil:
			case err != nil:
				r.log.Warn("jobs: lease not renewed", "job", job.ID, "error", err)
			case !held:
				r.log.Warn("jobs: lease lost", "job", job.ID)
				lost()
			}
		}
	}
}

// extend renews a lease; false when another has taken the job. The number of the
// attempt tells holders apart: goroutines of one process share the worker's name.
func (r *Runner) extend(ctx context.Context, job claimed) (bool, error) {
	var n int64
	err := r.db.Tx(ctx, func(tx *db.Tx) error {
		var err error
		n, err = tx.Exec(ctx, `
			update jobs set lease_until = $1
			where id = $2 and worker = $3 and attempts = $4 and state = 'running'`,
			db.At(tx.Now().Add(r.lease)), job.ID, r.worker, job.Attempts)
		return err
	})
	return n == 1, err
}

// end records how a job went. It is not stopped by the end of the program: a mail
// that went out must be known to have gone. Nothing is recorded for a lease that was
// lost: the attempt that took over does that.
func (r *Runner) end(ctx context.Context, job claimed, h handler, failure error) error {
	ctx = context.WithoutCancel(ctx)
	o := r.outcome(job, h, failure)
	return r.db.Tx(ctx, func(tx *db.Tx) error {
		var ended time.Time
		if o.state != "ready" {
			ended, o.runAt = tx.Now(), job.RunAt.Time
		}
		_, err := tx.Exec(ctx, `
			update jobs set state = $1, run_at = $2, lease_until = null, last_error = $3, ended_at = $4
			where id = $5 and worker = $6 and attempts = $7 and state = 'running'`,
			o.state, db.At(o.runAt), o.text, db.At(ended), job.ID, r.worker, job.Attempts)
		return err
	})
}

type outcome struct {
	state string
	runAt time.Time // of the next attempt
	text  string
}

// outcome decides what becomes of a job after an attempt.
func (r *Runner) outcome(job claimed, h handler, failure error) outcome {
	if failure == nil {
		return outcome{state: "done"}
	}
	o := outcome{state: "ready", text: failure.Error(), runAt: r.db.Clock().Now().Add(pause(job.Attempts))}
	level, what := slog.LevelWarn, "jobs: will try again"
	if IsPermanent(failure) || h.maxAttempts > 0 && job.Attempts >= h.maxAttempts {
		o.state = "failed"
		level, what = slog.LevelError, "jobs: gave up"
	}
	r.log.Log(context.Background(), level, what, "kind", job.Kind, "job", job.ID, "attempts", job.Attempts, "error", failure)
	return o
}
