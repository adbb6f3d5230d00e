package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/schema"
)

// lease is long in the machine's time, so that no renewal comes between.
const lease = time.Hour

type letter struct{ Number int }

var letters = jobs.Kind[letter]{Name: "test.letter"}

// bench is a database with runners that share it, as processes would.
type bench struct {
	t   *testing.T
	ctx context.Context
	url string
	clk *clock.Fake
	db  *db.DB
}

// onBoth runs a test on each engine.
func onBoth(t *testing.T, test func(b *bench)) {
	t.Helper()
	for _, engine := range dbtest.Engines {
		t.Run(string(engine), func(t *testing.T) { test(newBench(t, engine)) })
	}
}

func newBench(t *testing.T, engine db.Engine) *bench {
	t.Helper()
	clk := clock.NewFake(dbtest.Start)
	url := dbtest.URL(t, engine, schema.Migrations)
	return &bench{t: t, ctx: t.Context(), url: url, clk: clk, db: dbtest.Connect(t, url, clk)}
}

func (b *bench) runner() *jobs.Runner {
	b.t.Helper()
	return jobs.NewRunner(dbtest.Connect(b.t, b.url, b.clk), slog.New(slog.DiscardHandler), lease)
}

func (b *bench) put(kind jobs.Kind[letter], number int, o jobs.Options) {
	b.t.Helper()
	err := b.db.Tx(b.ctx, func(tx *db.Tx) error { return kind.EnqueueTx(b.ctx, tx, letter{number}, o) })
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) exec(query string, args ...any) {
	b.t.Helper()
	err := b.db.Tx(b.ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(b.ctx, query, args...)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// job is a row of jobs.
type job struct {
	Kind     string  `db:"kind"`
	State    string  `db:"state"`
	Attempts int     `db:"attempts"`
	Error    string  `db:"last_error"`
	RunAt    db.Time `db:"run_at"`
	EndedAt  db.Time `db:"ended_at"`
}

func (b *bench) rows() []job {
	b.t.Helper()
	var rows []job
	err := b.db.View(b.ctx, func(tx *db.Tx) error {
		return tx.Select(b.ctx, &rows, `select kind, state, attempts, last_error, run_at, ended_at from jobs order by id`)
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return rows
}

func (b *bench) only() job {
	b.t.Helper()
	rows := b.rows()
	if len(rows) != 1 {
		b.t.Fatalf("got %d jobs, want 1", len(rows))
	}
	return rows[0]
}

// drain runs what is due and wants that many runs.
func (b *bench) drain(r *jobs.Runner, want int) {
	b.t.Helper()
	got, err := r.Drain(b.ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	if got != want {
		b.t.Fatalf("Drain ran %d jobs, want %d", got, want)
	}
}

func TestDrain(t *testing.T) {
	onBoth(t, func(b *bench) {
		r := b.runner()
		var got []int
		jobs.Handle(r, letters, func(_ context.Context, l letter) error {
			got = append(got, l.Number)
			return nil
		})
		b.put(letters, 3, jobs.Options{RunAt: b.clk.Now().Add(time.Minute)})
		b.put(letters, 1, jobs.Options{})
		b.put(letters, 2, jobs.Options{})

		b.drain(r, 2)
		b.clk.Advance(time.Minute)
		b.drain(r, 1)
		b.drain(r, 0)

		if want := []int{1, 2, 3}; fmt.Sprint(got) != fmt.Sprint(want) {
			b.t.Errorf("ran %v, want %v", got, want)
		}
		for _, row := range b.rows() {
			if row.State != "done" || row.Attempts != 1 || row.EndedAt.IsZero() {
				b.t.Errorf("job ended as %+v", row)
			}
		}
	})
}

// TestRolledBack checks that a job exists exactly when its cause does.
func TestRolledBack(t *testing.T) {
	onBoth(t, func(b *bench) {
		refused := errors.New("refused")
		err := b.db.Tx(b.ctx, func(tx *db.Tx) error {
			if err := letters.EnqueueTx(b.ctx, tx, letter{1}, jobs.Options{}); err != nil {
				return err
			}
			return refused
		})
		if !errors.Is(err, refused) {
			b.t.Fatalf("got %v, want %v", err, refused)
		}
		if rows := b.rows(); len(rows) != 0 {
			b.t.Errorf("%d jobs outlived their transaction", len(rows))
		}
	})
}

func TestUniqueKey(t *testing.T) {
	onBoth(t, func(b *bench) {
		r := b.runner()
		jobs.Handle(r, letters, func(context.Context, letter) error { return nil })
		others := jobs.Kind[letter]{Name: "test.other"}
		jobs.Handle(r, others, func(context.Context, letter) error { return nil })

		b.put(letters, 1, jobs.Options{UniqueKey: "a"})
		b.put(letters, 2, jobs.Options{UniqueKey: "a"})
		b.put(letters, 3, jobs.Options{UniqueKey: "b"})
		b.put(others, 4, jobs.Options{UniqueKey: "a"})
		b.put(letters, 5, jobs.Options{})
		b.put(letters, 6, jobs.Options{})
		b.drain(r, 5)
		b.put(letters, 7, jobs.Options{UniqueKey: "a"})
		b.drain(r, 0) // what was done once stays done
	})
}

// TestPauses follows a job that fails for three days: the pauses grow to a quarter of
// an hour, and it runs as soon as its cause has ended.
func TestPauses(t *testing.T) {
	onBoth(t, func(b *bench) {
		r := b.runner()
		down := true
		jobs.Handle(r, letters, func(context.Context, letter) error {
			if down {
				return errors.New("the server is down")
			}
			return nil
		})
		b.put(letters, 1, jobs.Options{})
		want := []time.Duration{
			10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second,
			160 * time.Second, 320 * time.Second, 640 * time.Second, 15 * time.Minute, 15 * time.Minute,
		}
		for i, pause := range want {
			b.drain(r, 1)
			row := b.only()
			if row.State != "ready" || row.Error != "the server is down" {
				b.t.Fatalf("attempt %d: got %+v", i+1, row)
			}
			if got := row.RunAt.Sub(b.clk.Now()); got != pause {
				b.t.Errorf("pause after attempt %d = %v, want %v", i+1, got, pause)
			}
			b.clk.Advance(pause - time.Microsecond)
			b.drain(r, 0)
			b.clk.Advance(time.Microsecond)
		}
		b.clk.Advance(72 * time.Hour)
		down = false
		b.drain(r, 1)
		if row := b.only(); row.State != "done" || row.Error != "" {
			b.t.Errorf("got %+v, want done", row)
		}
	})
}

func TestGivesUp(t *testing.T) {
	broken := errors.New("broken")
	tests := []struct {
		name     string
		kind     jobs.Kind[letter]
		fail     func() error
		attempts int
		text     string
	}{
		{"a permanent error ends it at once", letters, func() error { return jobs.Permanent(broken) }, 1, "broken"},
		{"a wrapped permanent error too", letters,
			func() error { return fmt.Errorf("sending: %w", jobs.Permanent(broken)) }, 1, "sending: broken"},
		{"attempts are used up", jobs.Kind[letter]{Name: "test.thrice", MaxAttempts: 3},
			func() error { return broken }, 3, "broken"},
		{"a panic is a failed attempt", jobs.Kind[letter]{Name: "test.twice", MaxAttempts: 2},
			func() error { panic("oh") }, 2, "panic: oh"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			onBoth(t, func(b *bench) {
				r := b.runner()
				jobs.Handle(r, tt.kind, func(context.Context, letter) error { return tt.fail() })
				b.put(tt.kind, 1, jobs.Options{})
				for range tt.attempts {
					b.drain(r, 1)
					b.clk.Advance(time.Hour)
				}
				b.drain(r, 0)
				row := b.only()
				if row.State != "failed" || row.Attempts != tt.attempts || row.Error != tt.text || row.EndedAt.IsZero() {
					b.t.Errorf("got %+v, want failed after %d with %q", row, tt.attempts, tt.text)
				}
			})
		})
	}
}

func TestBadPayload(t *testing.T) {
	onBoth(t, func(b *bench) {
		r := b.runner()
		jobs.Handle(r, letters, func(context.Context, letter) error { return nil })
		b.put(letters, 1, jobs.Options{})
		b.exec(`update jobs set payload = '{"Number": "one"}'`)
		b.drain(r, 1)
		if row := b.only(); row.State != "failed" {
			b.t.Errorf("got %+v, want failed: no attempt can mend it", row)
		}
	})
}

// TestUnknownKind checks that an older process leaves a job of a newer one to it.
func TestUnknownKind(t *testing.T) {
	onBoth(t, func(b *bench) {
		older, newer := b.runner(), b.runner()
		ran := 0
		jobs.Handle(newer, letters, func(context.Context, letter) error { ran++; return nil })
		b.put(letters, 1, jobs.Options{})
		b.drain(older, 1)
		if row := b.only(); row.State != "ready" || row.Error == "" {
			b.t.Fatalf("got %+v, want it ready with the reason", row)
		}
		b.clk.Advance(time.Minute)
		b.drain(newer, 1)
		if ran != 1 {
			b.t.Errorf("ran %d times, want 1", ran)
		}
	})
}

// TestLeaseRunsOut checks that a job of a process that hangs goes to another, and that
// the first one's word no longer counts.
func TestLeaseRunsOut(t *testing.T) {
	onBoth(t, func(b *bench) {
		hung, other := b.runner(), b.runner()
		started, release := make(chan struct{}), make(chan struct{})
		jobs.Handle(hung, letters, func(context.Context, letter) error {
			close(started)
			<-release
			return jobs.Permanent(errors.New("too late"))
		})
		jobs.Handle(other, letters, func(context.Context, letter) error { return nil })
		b.put(letters, 1, jobs.Options{})

		done := make(chan error)
		go func() {
			_, err := hung.Drain(context.Background())
			done <- err
		}()
		<-started
		b.drain(other, 0)
		b.clk.Advance(lease + time.Second)
		b.drain(other, 1)
		close(release)
		if err := <-done; err != nil {
			b.t.Fatal(err)
		}
		if row := b.only(); row.State != "done" || row.Attempts != 2 || row.Error != "" {
			b.t.Errorf("got %+v, want done at the second attempt", row)
		}
	})
}

// TestRenews checks that a lease is renewed while its job runs.
func TestRenews(t *testing.T) {
	onBoth(t, func(b *bench) {
		const short = 30 * time.Millisecond
		r := jobs.NewRunner(b.db, slog.New(slog.DiscardHandler), short)
		jobs.Handle(r, letters, func(ctx context.Context, _ letter) error {
			b.clk.Advance(short / 2)
			var until db.Time
			for want := b.clk.Now().Add(short); !until.Equal(want); {
				err := b.db.View(ctx, func(tx *db.Tx) error { return tx.Get(ctx, &until, `select lease_until from jobs`) })
				if err != nil {
					return err
				}
			}
			return nil
		})
		b.put(letters, 1, jobs.Options{})
		b.drain(r, 1)
		if row := b.only(); row.State != "done" {
			b.t.Errorf("got %+v, want done", row)
		}
	})
}

// TestLosesLease checks that work whose job was taken by another is told to stop.
func TestLosesLease(t *testing.T) {
	onBoth(t, func(b *bench) {
		r := jobs.NewRunner(b.db, slog.New(slog.DiscardHandler), 30*time.Millisecond)
		jobs.Handle(r, letters, func(ctx context.Context, _ letter) error {
			b.exec(`update jobs set worker = 'another', attempts = attempts + 1`)
			<-ctx.Done()
			return ctx.Err()
		})
		b.put(letters, 1, jobs.Options{})
		b.drain(r, 1)
		if row := b.only(); row.State != "running" || row.Attempts != 2 {
			b.t.Errorf("got %+v, want it running at the other", row)
		}
	})
}

// TestEachOnce runs 1000 jobs by two processes of eight workers each.
func TestEachOnce(t *testing.T) {
	onBoth(t, func(b *bench) {
		const total, workers = 1000, 8
		err := b.db.Tx(b.ctx, func(tx *db.Tx) error {
			for i := range total {
				if err := letters.EnqueueTx(b.ctx, tx, letter{i}, jobs.Options{}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.t.Fatal(err)
		}
		var mu sync.Mutex
		ran := map[int]int{}
		var group sync.WaitGroup
		for range 2 {
			r := b.runner()
			jobs.Handle(r, letters, func(_ context.Context, l letter) error {
				mu.Lock()
				defer mu.Unlock()
				ran[l.Number]++
				return nil
			})
			for range workers {
				group.Go(func() {
					if _, err := r.Drain(b.ctx); err != nil {
						b.t.Errorf("a worker stopped: %v", err)
					}
				})
			}
		}
		group.Wait()
		for i := range total {
			if ran[i] != 1 {
				b.t.Errorf("job %d ran %d times, want 1", i, ran[i])
			}
		}
	})
}

// TestEvery checks that scheduled work is done once in each interval by two processes.
func TestEvery(t *testing.T) {
	onBoth(t, func(b *bench) {
		ran := make(chan time.Time, 100)
		run := func(processes, times int) {
			ctx, stop := context.WithCancel(b.ctx)
			var group sync.WaitGroup
			for range processes {
				r := b.runner()
				r.SetPoll(5 * time.Millisecond)
				r.Every(time.Minute, "test.minute", func(context.Context) error {
					ran <- b.clk.Now()
					return nil
				})
				group.Go(func() { _ = r.Run(ctx) })
			}
			for i := range times {
				want := b.clk.Now()
				if got := <-ran; !got.Equal(want) {
					b.t.Errorf("run %d at %v, want %v", i+1, got, want)
				}
				if i < times-1 {
					b.clk.Advance(time.Minute)
				}
			}
			stop()
			group.Wait()
			if more := len(ran); more != 0 {
				b.t.Errorf("%d runs too many", more)
			}
		}
		run(2, 10)
		b.clk.Advance(3 * time.Minute)
		run(1, 1)
		kept := 0
		for _, row := range b.rows() {
			if row.Kind == "test.minute" {
				kept++
			}
		}
		if kept != 1 {
			b.t.Errorf("%d rows of runs are kept after a pause, want the last: %v", kept, b.rows())
		}
	})
}

// TestSweep checks that old jobs go, done or given up, and that what did not end and
// what ended lately stays with its key.
func TestSweep(t *testing.T) {
	onBoth(t, func(b *bench) {
		r := b.runner()
		jobs.Handle(r, letters, func(_ context.Context, l letter) error {
			if l.Number == 2 {
				return jobs.Permanent(errors.New("broken"))
			}
			return nil
		})
		b.put(letters, 1, jobs.Options{UniqueKey: "done"})
		b.put(letters, 2, jobs.Options{UniqueKey: "given up"})
		b.put(letters, 3, jobs.Options{UniqueKey: "of another process"})
		b.exec(`update jobs set state = 'running', lease_until = $1 where unique_key = 'of another process'`,
			db.At(b.clk.Now().AddDate(1, 0, 0)))
		b.put(letters, 4, jobs.Options{UniqueKey: "to come", RunAt: b.clk.Now().AddDate(1, 0, 0)})
		b.drain(r, 2)
		b.clk.Advance(80 * 24 * time.Hour)
		b.put(letters, 5, jobs.Options{UniqueKey: "lately"})
		b.drain(r, 1)

		sweep := func(want, left int) {
			t.Helper()
			n, err := r.Sweep(b.ctx)
			if rows := len(b.rows()); err != nil || n != want || rows != left {
				t.Errorf("swept %d, %v, and %d are left; want %d and %d", n, err, rows, want, left)
			}
		}
		sweep(0, 5)
		b.clk.Advance(10*24*time.Hour + time.Second)
		sweep(2, 3)
		for _, key := range []string{"of another process", "to come", "lately"} {
			b.put(letters, 9, jobs.Options{UniqueKey: key})
		}
		if rows := len(b.rows()); rows != 3 {
			t.Errorf("%d jobs, want 3: a key that must hold did not", rows)
		}
	})
}

// TestSweepsDaily checks that the runner sweeps by itself, more than one batch.
func TestSweepsDaily(t *testing.T) {
	onBoth(t, func(b *bench) {
		old := db.At(b.clk.Now().AddDate(0, -4, 0))
		err := b.db.Tx(b.ctx, func(tx *db.Tx) error {
			for range 2500 {
				if _, err := tx.Exec(b.ctx, `insert into jobs (id, kind, payload, state, run_at, attempts, worker, last_error, created_at, ended_at)
					values ($1, 'x', '{}', 'done', $2, 1, '', '', $2, $2)`, db.NewID(), old); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.t.Fatal(err)
		}
		ctx, stop := context.WithTimeout(b.ctx, time.Minute)
		r := b.runner()
		r.SetPoll(5 * time.Millisecond)
		var group sync.WaitGroup
		group.Go(func() { _ = r.Run(ctx) })
		ended := func() bool {
			rows := b.rows()
			return len(rows) == 1 && rows[0].Kind == "jobs.sweep" && rows[0].State == "done"
		}
		for !ended() {
			if ctx.Err() != nil {
				b.t.Error("the old jobs were not swept")
				break
			}
			runtime.Gosched()
		}
		stop()
		group.Wait()
	})
}

// TestRunFinishes checks that the end of the program lets the job in hand finish.
func TestRunFinishes(t *testing.T) {
	onBoth(t, func(b *bench) {
		ctx, stop := context.WithCancel(b.ctx)
		r := b.runner()
		jobs.Handle(r, letters, func(ctx context.Context, _ letter) error {
			stop()
			return ctx.Err()
		})
		b.put(letters, 1, jobs.Options{})
		if err := r.Run(ctx); err != nil {
			b.t.Fatal(err)
		}
		done := slices.ContainsFunc(b.rows(), func(row job) bool { return row.Kind == letters.Name && row.State == "done" })
		if !done {
			b.t.Errorf("got %+v, want the letter done", b.rows())
		}
	})
}

func TestTwoHandlers(t *testing.T) {
	r := jobs.NewRunner(nil, slog.New(slog.DiscardHandler), lease)
	jobs.Handle(r, letters, func(context.Context, letter) error { return nil })
	defer func() {
		if recover() == nil {
			t.Error("a second handler for one kind was taken")
		}
	}()
	jobs.Handle(r, letters, func(context.Context, letter) error { return nil })
}
