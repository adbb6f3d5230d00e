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
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"sigue/internal/app"
	"sigue/internal/app/demo"
	"sigue/internal/base/clock"
	"sigue/internal/base/config"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/feature/person"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/access"
	"sigue/internal/platform/notify/mailcatcher"
)

// bench is a house with many referrals and two people signed in.
type bench struct {
	app         *app.App
	bare        *bare
	clerk, desk visitor
	files       []string // referrals made through the services, with papers and history
	pdf         []byte
	asked       atomic.Uint32
}

// visitor is somebody signed in.
type visitor struct {
	actor access.Actor
	token string
}

// openBench builds the house and fills it.
func openBench(b *testing.B, engine db.Engine, size int) *bench {
	b.Helper()
	cfg, mail := benchConfig(b, engine)
	log := slog.New(slog.NewTextHandler(io.Discard, nil)) // a line is written for each request, as in life
	if err := demo.Seed(b.Context(), cfg, log, time.Now(), 20); err != nil {
		b.Fatal(err)
	}
	a, err := demo.Open(b.Context(), cfg, log, mail)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = a.Close() })
	n := &bench{app: a, pdf: thickPDF(b, 300<<10)}
	n.clerk, n.desk = n.enter(b, access.Referrer), n.enter(b, access.Reception)
	n.fill(b, size)
	for range 32 {
		took(b, n.create)
	}
	if err := a.DB.View(b.Context(), func(tx *db.Tx) error {
		return tx.Select(b.Context(), &n.files, `select id from referrals where area_id = $1 and submitted_at is not null
			order by submitted_at desc limit 32`, n.clerk.actor.Area)
	}); err != nil {
		b.Fatal(err)
	}
	n.bare = openBare(b, engine, cfg, n)
	return n
}

func benchConfig(b *testing.B, engine db.Engine) (config.Config, *mailcatcher.Catcher) {
	b.Helper()
	mail, err := mailcatcher.Start()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = mail.Close() })
	folder := b.TempDir()
	settings := []string{"SIGUE_DATA=" + folder, "SIGUE_ADDR=localhost:1", "SIGUE_DATABASE=sqlite:" + filepath.Join(folder, "bench.db")}
	if engine == db.Postgres {
		settings[2] = "SIGUE_DATABASE=" + dbtest.URL(b, engine, nil)
	}
	cfg, err := config.Load("", settings)
	if err != nil {
		b.Fatal(err)
	}
	return demo.Configure(cfg, mail), mail
}

// thickPDF makes a PDF of about so many bytes.
func thickPDF(b *testing.B, size int) []byte {
	b.Helper()
	pdf := fpdf.New("P", "mm", "Letter", "")
	pdf.SetCompression(false)
	pdf.AddPage()
	pdf.SetFont("Helvetica", "", 8)
	for range size / 130 {
		pdf.CellFormat(0, 3, strings.Repeat("SIGUE ", 10), "", 1, "L", false, 0, "")
	}
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

func (n *bench) enter(b *testing.B, role access.Role) visitor {
	b.Helper()
	ctx := b.Context()
	token, _, err := n.app.Identity.SignIn(ctx, access.Anonymous("bench"), string(role)+"@sigue.example", demo.Password, "bench")
	if err != nil {
		b.Fatal(err)
	}
	s, err := n.app.Gate.Authenticate(ctx, token, "bench", time.Now())
	if err != nil {
		b.Fatal(err)
	}
	return visitor{s.Actor, token}
}

// page asks the whole program for a page, as somebody who is signed in.
func (n *bench) page(who visitor, path string) action {
	return func() error {
		r := httptest.NewRequest(http.MethodGet, n.app.Config.BaseURL+path, nil)
		r.AddCookie(&http.Cookie{Name: "sigue", Value: who.token})
		return answered(n.app.Router, r)
	}
}

// file asks for the files in turn.
func (n *bench) file() action {
	return func() error {
		id := n.files[n.asked.Add(1)%uint32(len(n.files))]
		return n.page(n.clerk, "/canalizaciones/"+id)()
	}
}

func answered(h http.Handler, r *http.Request) error {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		return fmt.Errorf("%s answers %d", r.URL.Path, w.Code)
	}
	return nil
}

// create makes a referral through the services: a draft in four sections, each stored
// sealed, a paper that is judged, encrypted and streamed to its place, and the
// submission with folio, receipt, ledger and notices.
func (n *bench) create() error {
	id, err := n.draft()
	if err != nil {
		return err
	}
	if err := n.attach(id); err != nil {
		return err
	}
	return n.submit(id)
}

func (n *bench) draft() (string, error) {
	ctx, s, clerk := context.Background(), n.app.Referrals, n.clerk.actor
	id, err := s.StartDraft(ctx, clerk, "")
	if err != nil {
		return "", err
	}
	content := plantedContent(n.desk.actor.Center, "Modelo")
	for version, section := range []referral.Section{referral.SectionPerson, referral.SectionBasis, referral.SectionFacts, referral.SectionCenter} {
		if _, err := s.SaveSection(ctx, clerk, id, section, version, func(part any) error { return give(part, content) }); err != nil {
			return "", err
		}
	}
	return id, nil
}

func (n *bench) attach(id string) error {
	_, err := n.app.Referrals.Attach(context.Background(), n.clerk.actor, id, "resolution", "resolucion.pdf", bytes.NewReader(n.pdf))
	return err
}

func (n *bench) submit(id string) error {
	_, err := n.app.Referrals.Submit(context.Background(), n.clerk.actor, id)
	return err
}

// parts measures the steps of a creation apart.
func (n *bench) parts(b *testing.B) {
	var drafts, papers, sent []time.Duration
	for b.Loop() {
		var id string
		drafts = append(drafts, took(b, func() (err error) { id, err = n.draft(); return err }))
		papers = append(papers, took(b, func() error { return n.attach(id) }))
		sent = append(sent, took(b, func() error { return n.submit(id) }))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(drafts).Seconds()*1000, "draft-ms")
	b.ReportMetric(median(papers).Seconds()*1000, "attach-ms")
	b.ReportMetric(median(sent).Seconds()*1000, "submit-ms")
}

// sought is part of a surname, as somebody types it: about one person in sixty has it.
const sought = "manzanar"

// Invented surnames, put together from two parts.
var (
	nameHeads = []string{"Manz", "Ficti", "Ejem", "Inven", "Imagi", "Supu", "Mode", "Mues", "Ensa", "Ñan", "Güe", "Hipo"}
	nameTails = []string{"anares", "eros", "iondo", "uela", "ántara", "uelos", "izar", "oro", "ieta", "ola"}
)

func inventedName(dice *rand.Rand) person.Name {
	surname := func() string { return nameHeads[dice.IntN(len(nameHeads))] + nameTails[dice.IntN(len(nameTails))] }
	return person.Name{Given: nameHeads[dice.IntN(len(nameHeads))] + "o", Surname1: surname(), Surname2: surname()}
}

// rowOf is a referral to be written by plain SQL.
type rowOf struct {
	id, institution, area, center, key string
	number                             int
	name                               person.Name
	at                                 time.Time
	open                               bool
	due                                clock.Date
}

const (
	history = 3 * 365 * 24 * time.Hour // over which the referrals were sent
	waiting = 400                      // how many of the last ones are still open, in a State of any size
)

// fill writes referrals by plain SQL, skewed like life: the first area has about a
// tenth of all, the first center a third.
func (n *bench) fill(b *testing.B, size int) {
	b.Helper()
	places, centers, key := n.places(b)
	dice := rand.New(rand.NewPCG(1, 2))
	skewed := func(n int) int { return int(float64(n) * dice.Float64() * dice.Float64()) }
	now := time.Now()
	const batch = 5000
	for from := 0; from < size; from += batch {
		if err := n.app.DB.Tx(b.Context(), func(tx *db.Tx) error {
			for i := from; i < min(from+batch, size); i++ {
				place := places[skewed(len(places))]
				row := rowOf{
					id: db.NewID(), institution: place.Institution, area: place.Area, center: centers[skewed(len(centers))], key: key,
					number: i, name: inventedName(dice), at: now.Add(-history / time.Duration(size) * time.Duration(size-i)),
					open: size-i <= waiting, due: clock.DateOf(now).AddDays(dice.IntN(6) - 1),
				}
				if err := row.insert(b.Context(), tx); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
}

type areaPlace struct {
	Area        string `db:"id"`
	Institution string `db:"institution_id"`
}

// places are the areas and centers, those of the two visitors first, and a key.
func (n *bench) places(b *testing.B) (areas []areaPlace, centers []string, key string) {
	b.Helper()
	err := n.app.DB.View(b.Context(), func(tx *db.Tx) error {
		if err := tx.Select(b.Context(), &areas, `select id, institution_id from areas
			order by case when id = $1 then 0 else 1 end, id`, n.clerk.actor.Area); err != nil {
			return err
		}
		if err := tx.Select(b.Context(), &centers, `select id from centers
			order by case when id = $1 then 0 else 1 end, id`, n.desk.actor.Center); err != nil {
			return err
		}
		return tx.Get(b.Context(), &key, `select id from case_keys order by id limit 1`)
	})
	if err != nil {
		b.Fatal(err)
	}
	return areas, centers, key
}

func (r rowOf) insert(ctx context.Context, tx *db.Tx) error {
	p, err := person.InsertTx(ctx, tx, person.Person{Name: r.name, Sex: "H", Municipality: "15106"})
	if err != nil {
		return err
	}
	state, due := referral.Submitted, r.due
	var accepted, appointment db.Time
	if !r.open {
		state, due = referral.Accepted, clock.Date{}
		accepted, appointment = db.At(r.at.Add(time.Hour)), db.At(r.at.Add(72*time.Hour))
	}
	number := strconv.Itoa(r.number) + "/" + strconv.Itoa(r.at.Year())
	if _, err := tx.Exec(ctx, `
		insert into referrals (id, folio, channel, institution_id, area_id, center_id, person_id, key_id, created_at, created_by,
			draft_version, draft_saved_at, legal_basis, authority, case_kind, case_issuer, case_value, case_norm,
			mandate_sessions, relation, lives_with_victim, minors_exposed, weapon, protection_order, urgent,
			submitted_at, submitted_by, accepted_at, accepted_by, declined_by, decline_reason, withdrawn_by, withdraw_reason,
			appointment_at, state, due_on, version)
		values ($1, $2, 'institution', $3, $4, $5, $6, $7, $8, '', 1, $8, 'judgment', 'Autoridad', 'judicial_file', '', $9, $9,
			35, 'spouse', 'no', 'no', 'no', 'no', $10, $8, '', $11, '', '', '', '', '', $12, $13, $14, 1)`,
		r.id, "SIGUE-"+r.id, r.institution, r.area, r.center, p, r.key, db.At(r.at), number,
		false, accepted, appointment, string(state), due); err != nil {
		return err
	}
	for _, word := range r.name.Words() {
		if _, err := tx.Exec(ctx, `insert into referral_words (referral_id, word, institution_id, area_id, center_id)
			values ($1, $2, $3, $4, $5) on conflict (referral_id, word) do nothing`, r.id, word, r.institution, r.area, r.center); err != nil {
			return err
		}
	}
	return nil
}
