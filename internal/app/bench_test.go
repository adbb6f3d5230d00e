package app_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/a-h/templ"

	"sigue/internal/app"
	"sigue/internal/app/demo"
	"sigue/internal/base/config"
	"sigue/internal/base/db"
	"sigue/internal/feature/person"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/access"
	"sigue/internal/platform/notify/mailcatcher"
)

// The benchmarks compare a page of SIGUE, with session, permission, scope, ledger,
// encryption and its whole frame, with a bare handler: the same SQL and rows, and
// nothing else. Both run in turn in one loop, so that a noisy machine disturbs both; the
// figure to read is "ours/bare". SIGUE_BENCH_SIZES="10000,100000" sets how many
// referrals there are.

// bench is a house with many referrals and two people signed in.
type bench struct {
	app                   *app.App
	clerk, desk           access.Actor
	clerkToken, deskToken string
	area, center, file    string
	pdf                   []byte
}

func benchSizes() []int {
	text := os.Getenv("SIGUE_BENCH_SIZES")
	if text == "" {
		text = "1000"
	}
	var out []int
	for _, part := range strings.Split(text, ",") {
		if n, err := strconv.Atoi(strings.TrimSpace(part)); err == nil {
			out = append(out, n)
		}
	}
	return out
}

var benches = struct {
	sync.Mutex
	bySize map[int]*bench
}{bySize: map[int]*bench{}}

// benchOf builds the house of a size once in a run.
func benchOf(b *testing.B, size int) *bench {
	b.Helper()
	benches.Lock()
	defer benches.Unlock()
	if made := benches.bySize[size]; made != nil {
		return made
	}
	made, err := newBench(filepath.Join(scratch, "bench"+strconv.Itoa(size)), size)
	if err != nil {
		b.Fatal(err)
	}
	benches.bySize[size] = made
	return made
}

func newBench(folder string, size int) (*bench, error) {
	ctx := context.Background()
	mail, err := mailcatcher.Start()
	if err != nil {
		return nil, err
	}
	cfg, err := config.Load("", []string{"SIGUE_DATA=" + folder, "SIGUE_ADDR=localhost:1"})
	if err != nil {
		return nil, err
	}
	cfg = demo.Configure(cfg, mail)
	log := slog.New(slog.DiscardHandler)
	if err := demo.Seed(ctx, cfg, log, time.Now(), 20); err != nil {
		return nil, err
	}
	a, err := demo.Open(ctx, cfg, log, mail)
	if err != nil {
		return nil, err
	}
	n := &bench{app: a}
	if n.pdf, err = thickPDF(300 << 10); err != nil {
		return nil, err
	}
	if n.clerk, n.clerkToken, err = n.enter(ctx, access.Referrer); err != nil {
		return nil, err
	}
	if n.desk, n.deskToken, err = n.enter(ctx, access.Reception); err != nil {
		return nil, err
	}
	n.area, n.center = n.clerk.Area, n.desk.Center
	return n, n.fill(ctx, size)
}

// thickPDF makes a PDF of about so many bytes.
func thickPDF(size int) ([]byte, error) {
	pdf := fpdf.New("P", "mm", "Letter", "")
	pdf.SetCompression(false)
	pdf.AddPage()
	pdf.SetFont("Helvetica", "", 8)
	for range size / 130 {
		pdf.CellFormat(0, 3, strings.Repeat("SIGUE ", 10), "", 1, "L", false, 0, "")
	}
	var out bytes.Buffer
	err := pdf.Output(&out)
	return out.Bytes(), err
}

func (n *bench) enter(ctx context.Context, role access.Role) (access.Actor, string, error) {
	token, _, err := n.app.Identity.SignIn(ctx, access.Anonymous("bench"), string(role)+"@sigue.example", demo.Password, "bench")
	if err != nil {
		return access.Actor{}, "", err
	}
	s, err := n.app.Gate.Authenticate(ctx, token, "bench", time.Now())
	return s.Actor, token, err
}

// fill writes referrals by plain SQL, skewed like life: the first area has a fortieth
// part or more of all, as a court of a large district has.
func (n *bench) fill(ctx context.Context, size int) error {
	var places []struct {
		Area        string `db:"id"`
		Institution string `db:"institution_id"`
	}
	var centers []string
	var key string
	if err := n.app.DB.View(ctx, func(tx *db.Tx) error {
		if err := tx.Select(ctx, &places, `select id, institution_id from areas order by case when id = $1 then 0 else 1 end, id`, n.area); err != nil {
			return err
		}
		if err := tx.Select(ctx, &centers, `select id from centers order by case when id = $1 then 0 else 1 end, id`, n.center); err != nil {
			return err
		}
		return tx.Get(ctx, &key, `select id from case_keys order by id limit 1`)
	}); err != nil {
		return err
	}
	dice := rand.New(rand.NewPCG(1, 2))
	start := time.Now().Add(-3 * 365 * 24 * time.Hour)
	names := []string{"Ficticio", "Ejemplo", "Inventado", "Imaginario", "Supuesto", "Modelo", "Muestra", "Ensayo", "Ñandú", "Güemes"}
	const batch = 2000
	for from := 0; from < size; from += batch {
		if err := n.app.DB.Tx(ctx, func(tx *db.Tx) error {
			for i := from; i < min(from+batch, size); i++ {
				place := places[int(float64(len(places))*dice.Float64()*dice.Float64())]
				center := centers[int(float64(len(centers))*dice.Float64()*dice.Float64())]
				name := person.Name{Given: "Juan", Surname1: names[dice.IntN(len(names))], Surname2: names[dice.IntN(len(names))]}
				at := start.Add(time.Duration(i) * 3 * 365 * 24 * time.Hour / time.Duration(size))
				if err := insertReferral(ctx, tx, i, place.Institution, place.Area, center, key, name, at); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return n.app.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `analyze`); err != nil {
			return err
		}
		return tx.Get(ctx, &n.file, `select id from referrals where area_id = $1 and submitted_at is not null order by submitted_at desc limit 1`, n.area)
	})
}

// insertReferral is what "create" costs a bare program, too.
func insertReferral(ctx context.Context, tx *db.Tx, i int, institution, area, center, key string, name person.Name, at time.Time) error {
	p, err := person.InsertTx(ctx, tx, person.Person{Name: name, Sex: "H", Municipality: "15106"})
	if err != nil {
		return err
	}
	id, state, due := db.NewID(), "accepted", any(nil)
	if i%50 == 0 {
		state, due = "submitted", at.Format(time.DateOnly)
	}
	var accepted, appointment db.Time
	if state == "accepted" {
		accepted, appointment = db.At(at.Add(time.Hour)), db.At(at.Add(72*time.Hour))
	}
	if _, err := tx.Exec(ctx, `
		insert into referrals (id, folio, channel, institution_id, area_id, center_id, person_id, key_id, created_at, created_by,
			draft_version, draft_saved_at, legal_basis, authority, case_kind, case_issuer, case_value, case_norm,
			mandate_sessions, relation, lives_with_victim, minors_exposed, weapon, protection_order, urgent,
			submitted_at, submitted_by, accepted_at, accepted_by, declined_by, decline_reason, withdrawn_by, withdraw_reason,
			appointment_at, state, due_on, version)
		values ($1, $2, 'institution', $3, $4, $5, $6, $7, $8, '', 1, $8, 'judgment', 'Autoridad', 'judicial_file', '', $9, $9,
			35, 'spouse', 'no', 'no', 'no', 'no', $10, $8, '', $11, '', '', '', '', '', $12, $13, $14, 1)`,
		id, fmt.Sprintf("SIGUE-%d-%s", at.Year(), id), institution, area, center, p, key, db.At(at), strconv.Itoa(i)+"/"+strconv.Itoa(at.Year()),
		false, accepted, appointment, state, due); err != nil {
		return err
	}
	for _, word := range name.Words() {
		if _, err := tx.Exec(ctx, `insert into referral_words (referral_id, word, institution_id, area_id, center_id)
			values ($1, $2, $3, $4, $5) on conflict (referral_id, word) do nothing`, id, word, institution, area, center); err != nil {
			return err
		}
	}
	return nil
}

// get asks the whole program for a page, as somebody who is signed in.
func (n *bench) get(b *testing.B, token, path string) int {
	r := httptest.NewRequest(http.MethodGet, n.app.Config.BaseURL+path, nil)
	r.AddCookie(&http.Cookie{Name: "sigue", Value: token})
	w := httptest.NewRecorder()
	n.app.Router.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		b.Fatalf("%s answers %d", path, w.Code)
	}
	return w.Body.Len()
}

// pair runs the bare program and ours in turn and reports both and their ratio.
func pair(b *testing.B, bare, ours func()) {
	b.Helper()
	bare()
	ours()
	var slow, fast time.Duration
	rounds := 0
	for b.Loop() {
		at := time.Now()
		bare()
		between := time.Now()
		ours()
		fast += between.Sub(at)
		slow += time.Since(between)
		rounds++
	}
	b.ReportMetric(0, "ns/op") // of both together: it says nothing
	b.ReportMetric(float64(fast.Microseconds())/float64(rounds), "bare-µs")
	b.ReportMetric(float64(slow.Microseconds())/float64(rounds), "ours-µs")
	b.ReportMetric(float64(slow)/float64(fast), "ours/bare")
}

type bareRow struct {
	ID          string  `db:"id"`
	Folio       string  `db:"folio"`
	CaseValue   string  `db:"case_value"`
	State       string  `db:"state"`
	SubmittedAt db.Time `db:"submitted_at"`
	Given       string  `db:"given_names"`
	Surname1    string  `db:"surname1"`
	Surname2    string  `db:"surname2"`
}

const bareColumns = `r.id, r.folio, r.case_value, r.state, r.submitted_at, p.given_names, p.surname1, p.surname2
	from referrals r join persons p on p.id = r.person_id `

// bareList is a list page of a bare program: rows, a count, a table.
func (n *bench) bareList(b *testing.B, where, order string, args ...any) {
	ctx := context.Background()
	var rows []bareRow
	var total int
	err := n.app.DB.View(ctx, func(tx *db.Tx) error {
		if err := tx.Select(ctx, &rows, `select `+bareColumns+`where `+where+` order by `+order+` limit 50`, args...); err != nil {
			return err
		}
		return tx.Get(ctx, &total, `select count(*) from (select 1 from referrals r where `+where+` limit 5001) c`, args...)
	})
	if err != nil {
		b.Fatal(err)
	}
	w := httptest.NewRecorder()
	bareTable(rows, total).Render(ctx, w)
}

func bareTable(rows []bareRow, total int) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var out strings.Builder
		fmt.Fprintf(&out, "<!doctype html><title>Lista</title><p>%d</p><table>", total)
		for _, r := range rows {
			for _, cell := range []string{r.Folio, r.CaseValue, r.State, r.Given + " " + r.Surname1 + " " + r.Surname2, r.SubmittedAt.Format(time.DateTime)} {
				out.WriteString("<td>" + templ.EscapeString(cell) + "</td>")
			}
			out.WriteString(`<td><a href="/x/` + templ.EscapeString(r.ID) + `">Ver</a></td></tr>`)
		}
		_, err := io.WriteString(w, out.String()+"</table>")
		return err
	})
}

// bareFile is a file page of a bare program, with the entry that it was read.
func (n *bench) bareFile(b *testing.B) {
	ctx := context.Background()
	var rows []bareRow
	err := n.app.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `insert into ledger_entries (id, at, actor, post, role, action, subject_type, subject_id,
			institution_id, center_id, request_id, changes, reason, sealed, mac) values ($1, $2, 'bench', '', '', 'bench', 'bench', $3, '', '', '', '', '', $4, $5)`,
			db.NewID(), db.At(tx.Now()), n.file, true, []byte{1}); err != nil {
			return err
		}
		if err := tx.Select(ctx, &rows, `select `+bareColumns+`where r.id = $1`, n.file); err != nil {
			return err
		}
		var papers, returns []string
		if err := tx.Select(ctx, &papers, `select name from referral_attachments where referral_id = $1`, n.file); err != nil {
			return err
		}
		return tx.Select(ctx, &returns, `select id from referral_returns where referral_id = $1`, n.file)
	})
	if err != nil {
		b.Fatal(err)
	}
	w := httptest.NewRecorder()
	bareTable(rows, 1).Render(ctx, w)
}

// bareCreate stores a referral and a file and nothing else, durably.
func (n *bench) bareCreate(b *testing.B, i int) {
	ctx := context.Background()
	file, err := os.CreateTemp(scratch, "paper")
	if err == nil {
		_, err = file.Write(n.pdf)
	}
	if err == nil {
		err = file.Sync()
	}
	if err != nil {
		b.Fatal(err)
	}
	_ = file.Close()
	if err := n.app.DB.Tx(ctx, func(tx *db.Tx) error {
		return insertReferral(ctx, tx, i, n.clerk.Institution, n.area, n.center, "none", person.Name{Given: "Juan", Surname1: "Ficticio"}, tx.Now())
	}); err != nil {
		b.Fatal(err)
	}
}

// create is the same through the services: a draft in four sections, a paper that is
// judged and encrypted, the submission with folio, receipt, ledger and notices.
func (n *bench) create(b *testing.B) {
	ctx, s := context.Background(), n.app.Referrals
	id, err := s.StartDraft(ctx, n.clerk, "")
	if err != nil {
		b.Fatal(err)
	}
	lastWeek := time.Now().AddDate(0, 0, -7).Format("02/01/2006")
	content := referral.Content{
		Person: referral.PersonSection{GivenNames: "Juan", Surname1: "Ficticio", BirthDate: "14/03/1985", Sex: "H", Municipality: "15106"},
		Basis: referral.BasisSection{LegalBasis: "judgment", Authority: "Juzgado", CaseKind: "judicial_file", CaseValue: "1/2026",
			MandateUntil: time.Now().AddDate(0, 8, 0).Format("02/01/2006"), ResolvedOn: lastWeek},
		Facts:  referral.FactsSection{ViolenceTypes: []string{"physical"}, Relation: "spouse", ProtectionOrder: "no", Narrative: "Hechos."},
		Center: referral.CenterSection{CenterID: n.center},
	}
	for version, section := range []referral.Section{referral.SectionPerson, referral.SectionBasis, referral.SectionFacts, referral.SectionCenter} {
		if _, err := s.SaveSection(ctx, n.clerk, id, section, version, func(part any) error {
			switch p := part.(type) {
			case *referral.PersonSection:
				*p = content.Person
			case *referral.BasisSection:
				*p = content.Basis
			case *referral.FactsSection:
				*p = content.Facts
			case *referral.CenterSection:
				*p = content.Center
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := s.Attach(ctx, n.clerk, id, "resolution", "resolucion.pdf", bytes.NewReader(n.pdf)); err != nil {
		b.Fatal(err)
	}
	if _, err := s.Submit(ctx, n.clerk, id); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkPages measures the pages and the creation of a referral beside a bare program.
func BenchmarkPages(b *testing.B) {
	for _, size := range benchSizes() {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			n := benchOf(b, size)
			newest := `r.submitted_at desc, r.id desc`
			b.Run("panel", func(b *testing.B) {
				pair(b, func() { n.bareList(b, `r.submitted_at is not null and r.area_id = $1`, newest, n.area) },
					func() { n.get(b, n.clerkToken, "/canalizaciones") })
			})
			b.Run("queue", func(b *testing.B) {
				where := `r.submitted_at is not null and r.due_on is not null and r.center_id = $1 and r.state in ('submitted', 'accepted')`
				pair(b, func() { n.bareList(b, where, `r.due_on, r.id`, n.center) }, func() { n.get(b, n.deskToken, "/recepcion") })
			})
			b.Run("file", func(b *testing.B) {
				pair(b, func() { n.bareFile(b) }, func() { n.get(b, n.clerkToken, "/canalizaciones/"+n.file) })
			})
			b.Run("search", func(b *testing.B) {
				word := person.Words("gue")[0]
				from, to := person.PrefixRange(word)
				where := `r.submitted_at is not null and r.area_id = $1 and r.id in (select w.referral_id from referral_words w
					where w.area_id = $1 and w.word >= $2 and w.word < $3)`
				pair(b, func() { n.bareList(b, where, newest, n.area, from, to) },
					func() { n.get(b, n.clerkToken, "/canalizaciones?texto="+url.QueryEscape("gue")) })
			})
			b.Run("create", func(b *testing.B) {
				i := 0
				pair(b, func() { i++; n.bareCreate(b, i) }, func() { n.create(b) })
			})
		})
	}
}

// BenchmarkPanelAtOnce is the panel asked for by sixteen at once, in requests a second.
func BenchmarkPanelAtOnce(b *testing.B) {
	for _, size := range benchSizes() {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			n := benchOf(b, size)
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					n.get(b, n.clerkToken, "/canalizaciones")
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
		})
	}
}
