package report

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/schema"
)

// BenchmarkStatistics asks for the pages with 10,000, 100,000 and 1,000,000 attendances of ten
// years behind them, and closes a month: go test -run '^$' -bench Statistics. Short, it takes
// the least. The median of each is told in milliseconds.
func BenchmarkStatistics(b *testing.B) {
	sizes := []int{10_000, 100_000, 1_000_000}
	if testing.Short() {
		sizes = sizes[:1]
	}
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		for _, n := range sizes {
			b.Run(fmt.Sprintf("%s/%d", engine, n), func(b *testing.B) { statisticsBench(b, engine, n) })
		}
	}
}

func statisticsBench(b *testing.B, engine db.Engine, n int) {
	d, clk := dbtest.Open(b, engine, schema.Migrations)
	l, err := ledger.New(d, make([]byte, 32), make([]byte, 32))
	if err != nil {
		b.Fatal(err)
	}
	c := catalogue.New(d, l)
	s := New(d, c, l, make([]byte, 32))
	ctx := b.Context()
	if err := c.Seed(ctx, builder); err != nil {
		b.Fatal(err)
	}
	fillBench(b, d, n)
	clk.Advance(time.Hour) // what was written is not under way any more
	now := clock.MonthOf(clock.DateOf(clk.Now()))
	far := Filter{From: now.Add(1 - longest).String()}
	for _, page := range []struct {
		name string
		ask  func() error
	}{
		{"year", func() error { _, err := s.Statistics(ctx, analyst, Filter{}); return err }},
		{"five-years", func() error { _, err := s.Statistics(ctx, analyst, far); return err }},
		{"map", func() error { _, err := s.Figure(ctx, analyst, Contacts, ByMunicipality, Filter{}); return err }},
		{"map-five-years", func() error { _, err := s.Figure(ctx, analyst, Contacts, ByMunicipality, far); return err }},
		{"types", func() error { _, err := s.Figure(ctx, analyst, Contacts, ByViolence, Filter{}); return err }},
		{"people", func() error { _, err := s.Figure(ctx, analyst, People, BySex, Filter{}); return err }},
		{"people-five-years", func() error { _, err := s.Figure(ctx, analyst, People, BySex, far); return err }},
		{"outcomes", func() error { _, err := s.Outcomes(ctx, analyst, Filter{}); return err }},
	} {
		b.Run(page.name, func(b *testing.B) { median(b, page.ask) })
	}
	b.Run("close", func(b *testing.B) {
		closer := access.Actor{Account: "analyst", Role: access.Analyst}
		median(b, func() error {
			next, err := s.NextClose(ctx, closer)
			if err != nil {
				return err
			}
			return s.Close(ctx, closer, next.String())
		})
	})
}

func median(b *testing.B, ask func() error) {
	b.Helper()
	var took []time.Duration
	for b.Loop() {
		from := time.Now()
		if err := ask(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(from))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "median-ms")
}

// fillBench writes the facts of so many attendances: people with thirty-five each, over nine
// months somewhere in ten years, at twenty centers and from sixty institutions.
func fillBench(b *testing.B, d *db.DB, n int) {
	const each, months = 35, 120
	r := rand.New(rand.NewPCG(1, 1))
	now := clock.MonthOf(clock.DateOf(d.Clock().Now()))
	all := sums{}
	var facts []fact
	store := func() {
		if err := d.Tx(b.Context(), func(tx *db.Tx) error { return storeTx(b.Context(), tx, facts) }); err != nil {
			b.Fatal(err)
		}
		facts = facts[:0]
	}
	var cases [][2]string
	for person := range n / each {
		id := db.NewID()
		cases = append(cases, [2]string{id, "p" + strconv.Itoa(person)})
		first := now.Add(-months + r.IntN(months-8))
		about := place{Center: fmt.Sprintf("center-%d", r.IntN(20)), Institution: fmt.Sprintf("institution-%d", r.IntN(60)),
			Municipality: fmt.Sprintf("15%03d", 1+r.IntN(125)), Basis: fmt.Sprintf("basis-%d", r.IntN(8)), Voluntary: []string{yes, no}[r.IntN(2)],
			Sex: []string{"H", "M"}[r.IntN(10)/9], AgeBand: ageBands[1+r.IntN(4)].Value,
			Violence: []string{"physical", "physical,psychological", "psychological", "economic"}[r.IntN(4)], Modality: "family"}
		add := func(kind, figureOf, origin string, m clock.Month, service string) {
			at := about
			at.Month, at.Service = m.String(), service
			f := fact{SubjectType: kind, SubjectID: id, Figure: Key(figureOf), Origin: origin, Day: m.First.AddDays(r.IntN(28)), place: at, Amount: 1}
			facts = append(facts, f)
			all.add(f, 1)
		}
		for _, key := range []Key{Referrals, Accepted} {
			add(ofReferral, string(key), "", first, "")
		}
		for _, key := range []Key{Presented, Admissions, waited} {
			add(ofCase, string(key), "", first, "")
		}
		seen := map[string]bool{}
		for visit := range each {
			m, service := first.Add(visit/4), []string{"psychology", "social_work", "group"}[visit%3]
			add(ofCase, string(Expected), strconv.Itoa(visit), m, service)
			if r.IntN(10) > 0 {
				add(ofCase, string(Contacts), strconv.Itoa(visit), m, service)
				if once := m.String() + service; !seen[once] {
					seen[once] = true
					add(ofCase, string(People), once, m, service)
				}
			}
		}
		add(ofCase, string(Completions), "", first.Add(8), "")
		if len(facts) > 20_000 {
			store()
		}
	}
	store()
	err := d.Tx(b.Context(), func(tx *db.Tx) error {
		for chunk := range slices.Chunk(cases, batch) {
			var args db.Args
			rows := ""
			for i, c := range chunk {
				if i > 0 {
					rows += ", "
				}
				rows += args.Row(c[0], "C-"+c[0], "center", c[1], "", false, db.At(tx.Now()), "", 0, "", "", "", "", "", "", "active", 1)
			}
			if _, err := tx.Exec(b.Context(), `insert into case_files (id, folio, center_id, person_id, key_id, voluntary, opened_at, opened_by, no_shows,
				completed_by, discharged_by, discharge_reason, report_document_id, merged_into, risk_level, state, version) values `+rows, args...); err != nil {
				return err
			}
		}
		return all.storeTx(b.Context(), tx)
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := d.Tx(b.Context(), func(tx *db.Tx) error { _, err := tx.Exec(b.Context(), `analyze`); return err }); err != nil {
		b.Fatal(err)
	}
	var rows, summed int
	if err := d.Get(b.Context(), &rows, `select count(*) from report_facts`); err != nil {
		b.Fatal(err)
	}
	if err := d.Get(b.Context(), &summed, `select count(*) from report_sums`); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d attendances are %d facts and %d sums", n, rows, summed)
}
