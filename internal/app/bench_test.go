package app_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sigue/internal/base/db"
)

// The benchmarks set a page of SIGUE, with its session, permission, scope, ledger,
// encryption and frame, beside a bare handler: the same SQL and the same rows, and
// nothing else. The two run in turn, so that a noisy machine disturbs both; the figure
// to read is "ours/bare". docs/benchmarks.md says how to run them and what they gave.

// benchSizes are how many referrals there are: SIGUE_BENCH_SIZES="10000,100000".
func benchSizes(b *testing.B) (sizes []int) {
	b.Helper()
	text := os.Getenv("SIGUE_BENCH_SIZES")
	if text == "" {
		text = "1000"
	}
	for _, part := range strings.Split(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 1 {
			b.Fatalf("SIGUE_BENCH_SIZES=%q: want numbers with commas between", text)
		}
		sizes = append(sizes, n)
	}
	return sizes
}

// benchEngine is SQLite, or what SIGUE_BENCH_ENGINE says.
func benchEngine() db.Engine {
	if engine := db.Engine(os.Getenv("SIGUE_BENCH_ENGINE")); engine != "" {
		return engine
	}
	return db.SQLite
}

// action is one thing that both programs do, once.
type action func() error

// BenchmarkReferrals measures what people do all day, by one client and by sixteen.
func BenchmarkReferrals(b *testing.B) {
	for _, size := range benchSizes(b) {
		b.Run(fmt.Sprintf("%s/%d", benchEngine(), size), func(b *testing.B) {
			n := openBench(b, benchEngine(), size)
			for _, p := range []struct {
				name       string
				bare, ours action
			}{
				{"panel", n.bare.page("/panel"), n.page(n.clerk, "/canalizaciones")},
				{"queue", n.bare.page("/queue"), n.page(n.desk, "/recepcion")},
				{"file", n.bare.file(n.files), n.file()},
				{"search", n.bare.page("/search?text=" + sought), n.page(n.clerk, "/canalizaciones?texto="+sought)},
				{"create", n.bare.create(), n.create},
			} {
				b.Run(p.name, func(b *testing.B) { inTurn(b, p.bare, p.ours) })
				b.Run(p.name+"-by-16", func(b *testing.B) { atOnce(b, p.bare, p.ours) })
			}
			b.Run("create-parts", n.parts)
		})
	}
}

// inTurn measures the two programs at one client: the median of each and their ratio.
func inTurn(b *testing.B, bare, ours action) {
	took(b, bare) // the first of each warms what is kept
	took(b, ours)
	var fast, slow []time.Duration
	for b.Loop() {
		fast = append(fast, took(b, bare))
		slow = append(slow, took(b, ours))
	}
	f, s := median(fast), median(slow)
	b.ReportMetric(0, "ns/op") // of both together it says nothing
	b.ReportMetric(f.Seconds()*1000, "bare-ms")
	b.ReportMetric(s.Seconds()*1000, "ours-ms")
	b.ReportMetric(s.Seconds()/f.Seconds(), "ours/bare")
}

// clients ask at once, each so many times in a round.
const (
	clients = 16
	times   = 4
)

// atOnce measures the two programs under many clients, in rounds: how many requests
// each answers in a second and how much longer ours takes.
func atOnce(b *testing.B, bare, ours action) {
	var fast, slow []time.Duration
	for b.Loop() {
		fast = append(fast, took(b, crowd(bare)))
		slow = append(slow, took(b, crowd(ours)))
	}
	f, s := median(fast), median(slow)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(clients*times/f.Seconds(), "bare/s")
	b.ReportMetric(clients*times/s.Seconds(), "ours/s")
	b.ReportMetric(s.Seconds()/f.Seconds(), "ours/bare")
}

// crowd is one round of all clients.
func crowd(do action) action {
	return func() error {
		var all sync.WaitGroup
		failed := make(chan error, clients)
		for range clients {
			all.Go(func() {
				for range times {
					if err := do(); err != nil {
						failed <- err
						return
					}
				}
			})
		}
		all.Wait()
		close(failed)
		return <-failed
	}
}

func took(b *testing.B, do action) time.Duration {
	b.Helper()
	start := time.Now()
	err := do()
	end := time.Since(start)
	if err != nil {
		b.Fatal(err)
	}
	return end
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}
