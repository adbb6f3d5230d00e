package referral

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"sigue/internal/base/blob"
	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/identity"
	"sigue/internal/feature/institution"
	"sigue/internal/platform/access"
	"sigue/internal/platform/attachment"
	"sigue/internal/platform/document"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
	"sigue/internal/platform/notify/mailcatcher"
	"sigue/internal/platform/schema"
	"sigue/internal/platform/vault"
)

// builder makes the places and accounts of a test.
var builder = access.System("test", access.InstitutionAdmin, access.CenterAdmin, access.AccountAdminister,
	access.CatalogueManage, access.CatalogueRead, access.JobRun)

// spot is where an account has its post.
type spot struct{ institution, area, center, name string }

// house is the service with everything real around it, on one engine: institution A
// with two areas, institution B with one, three centers.
type house struct {
	*Service
	t      *testing.T
	ctx    context.Context
	d      *db.DB
	clk    *clock.Fake
	runner *jobs.Runner
	mail   *mailcatcher.Catcher
	store  *blob.Folder
	opened int // accounts, to tell their addresses apart

	termsChanged bool // deadlines given before are those of the old terms

	areaA1, areaA2, areaB spot
	toluca, lerma, chalco spot

	clerk, clerk2, supervisor access.Actor // of A: area 1, area 2, all of it
	stranger                  access.Actor // clerk of B
	desk, desk2               access.Actor // two receptionists of Toluca
	lermaDesk                 access.Actor
}

// each runs a test on both engines.
func each(t *testing.T, test func(h *house)) {
	t.Helper()
	dbtest.Run(t, schema.Migrations, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		test(newHouse(t, d, clk))
	})
}

func newHouse(t *testing.T, d *db.DB, clk *clock.Fake) *house {
	t.Helper()
	h := &house{t: t, ctx: t.Context(), d: d, clk: clk}
	h.build(t.TempDir())
	h.furnish()
	t.Cleanup(h.factsAgree) // whatever a test did, the cached state is that of the facts
	return h
}

// build makes the services.
func (h *house) build(dir string) {
	h.t.Helper()
	keys := filepath.Join(dir, "keys.json")
	h.must(vault.Create(keys))
	v := got(vault.Open(keys))(h.t)
	l := got(ledger.New(h.d, v.SigningKey("mac"), v.SigningKey("note")))(h.t)
	h.store = got(blob.OpenFolder(filepath.Join(dir, "blobs")))(h.t)
	h.mail = got(mailcatcher.Start())(h.t)
	h.t.Cleanup(func() { _, _ = h.mail.Close(), h.store.Close() })
	h.runner = jobs.NewRunner(h.d, slog.New(slog.DiscardHandler), time.Minute)
	outbox := got(notify.New(h.d, notify.Config{BaseURL: "https://sigue.example", From: "sigue@sigue.example",
		Host: h.mail.Host(), Port: h.mail.Port(), TLS: notify.TLSNone}, v.SigningKey("links"), h.runner))(h.t)
	c := catalogue.New(h.d, l)
	id := identity.New(h.d, l, outbox, identity.Config{FailKey: []byte("failures")})
	h.Service = New(Needs{
		DB: h.d, Ledger: l, Vault: v, Intake: attachment.New(h.store, attachment.DefaultLimit), Outbox: outbox,
		Documents: document.New(h.d, v, l, document.Branding{}, "https://sigue.example"), Catalogue: c, Identity: id,
		Institutions: institution.New(h.d, l, c, id), Centers: center.New(h.d, l, c, id),
		ChildOffice: "ninez@proteccion.example", Runner: h.runner,
	})
	h.must(c.Seed(h.ctx, builder))
}

// furnish makes places and accounts, through the services that own them.
func (h *house) furnish() {
	h.t.Helper()
	a := h.institution("Poder Judicial (ejemplo)", "court")
	h.areaA1, h.areaA2 = h.area(a, "Juzgado Primero"), h.area(a, "Juzgado Segundo")
	h.areaB = h.area(h.institution("Ayuntamiento (ejemplo)", "municipality"), "Justicia Cívica")
	h.toluca, h.lerma, h.chalco = h.center("Centro Toluca"), h.center("Centro Lerma"), h.center("Centro Chalco")
	h.clerk, h.clerk2 = h.actor(access.Referrer, h.areaA1), h.actor(access.Referrer, h.areaA2)
	h.supervisor = h.actor(access.InstitutionSupervisor, h.areaA1)
	h.stranger = h.actor(access.Referrer, h.areaB)
	h.desk, h.desk2 = h.actor(access.Reception, h.toluca), h.actor(access.Reception, h.toluca)
	h.lermaDesk = h.actor(access.Reception, h.lerma)
}

func (h *house) institution(name, kind string) string {
	h.t.Helper()
	return got(h.institutions.Create(h.ctx, builder, institution.Form{Name: name, Kind: kind, Municipality: "15106"}))(h.t)
}

func (h *house) area(of, name string) spot {
	h.t.Helper()
	f := institution.AreaForm{Name: name, Mailbox: mailbox(name, "instancia.example")}
	return spot{institution: of, area: got(h.institutions.CreateArea(h.ctx, builder, of, f))(h.t), name: name}
}

func (h *house) center(name string) spot {
	h.t.Helper()
	f := center.Form{Name: name, Municipality: "15106", Address: "Calle Ficticia 1", Phone: "722 555 0100",
		Mailbox: mailbox(name, "cedemas.example"), Capacity: "10"}
	return spot{center: got(h.centers.Create(h.ctx, builder, f))(h.t), name: name}
}

// mailbox is the address of a place.
func mailbox(name, domain string) string {
	word := strings.ToLower(strings.ReplaceAll(name, " ", "."))
	return strings.NewReplacer("í", "i").Replace(word) + "@" + domain
}

// actor opens an account in a post of its own, whose title tells it apart.
func (h *house) actor(role access.Role, p spot) access.Actor {
	h.t.Helper()
	h.opened++
	id := got(h.identity.OpenAccount(h.ctx, builder, identity.NewAccount{
		Role: role, Title: fmt.Sprintf("%s %d", role.Label().In(i18n.Spanish), h.opened), Place: p.name, InstitutionID: p.institution,
		AreaID: p.area, CenterID: p.center, Name: "Persona Ficticia", Email: fmt.Sprintf("cuenta%d@sigue.example", h.opened),
	}))(h.t)
	return access.Actor{Account: id, Role: role, Institution: p.institution, Area: p.area, Center: p.center, Request: "REQ-1"}
}

// post is how an account is named to others.
func (h *house) post(a access.Actor) string {
	h.t.Helper()
	var names map[string]string
	h.must(h.d.View(h.ctx, func(tx *db.Tx) (err error) {
		names, err = h.identity.NamesTx(h.ctx, tx, []string{a.Account})
		return err
	}))
	return names[a.Account]
}

// complete is a draft in which nothing is missing but its paper.
func (h *house) complete() Content {
	return Content{
		Person: PersonSection{GivenNames: "Juan", Surname1: "Ficticio", Surname2: "Demo", BirthDate: "14/03/1985", Sex: "H",
			Municipality: "15106", Phone: "722 555 0123", SafeMessage: "no"},
		Basis: BasisSection{LegalBasis: "conditional_suspension", Authority: "Juez de Control", CaseKind: "judicial_file",
			CaseValue: "118/2026", ResolvedOn: "20/11/2026", MandateSessions: "35", MandateUntil: "20/08/2027"},
		Facts: FactsSection{ViolenceTypes: []string{"psychological", "physical"}, Modalities: []string{"family"}, Relation: "spouse",
			ProtectionOrder: "unknown", Narrative: "Un hecho ficticio."},
		Center: CenterSection{CenterID: h.toluca.center},
	}
}

// light is a complete draft that needs no paper: a recommendation obliges to nothing.
func (h *house) light() Content {
	c := h.complete()
	c.Basis.LegalBasis, c.Basis.MandateUntil = "recommendation", ""
	return c
}

// minor is a complete draft about a person of 16 years.
func (h *house) minor() Content {
	c := h.light()
	c.Person.BirthDate = "14/03/2010"
	return c
}

func assign(part any, c Content) error {
	switch p := part.(type) {
	case *PersonSection:
		*p = c.Person
	case *BasisSection:
		*p = c.Basis
	case *FactsSection:
		*p = c.Facts
	case *CenterSection:
		*p = c.Center
	}
	return nil
}

func (h *house) start(actor access.Actor) string {
	h.t.Helper()
	return got(h.StartDraft(h.ctx, actor, db.NewID()))(h.t)
}

// save keeps one section on top of whatever version there is.
func (h *house) save(actor access.Actor, id string, s Section, c Content) {
	h.t.Helper()
	v := h.writing(actor, id)
	got(h.SaveSection(h.ctx, actor, id, s, v.Version, func(part any) error { return assign(part, c) }))(h.t)
}

// fill keeps all typed sections.
func (h *house) fill(actor access.Actor, id string, c Content) {
	h.t.Helper()
	for _, s := range Sections {
		if s != SectionPapers {
			h.save(actor, id, s, c)
		}
	}
}

// drafted is a draft with a content.
func (h *house) drafted(actor access.Actor, c Content) string {
	h.t.Helper()
	id := h.start(actor)
	h.fill(actor, id, c)
	return id
}

func (h *house) submit(actor access.Actor, id string) Sent {
	h.t.Helper()
	return got(h.Submit(h.ctx, actor, id))(h.t)
}

// sent is a referral that waits at Toluca.
func (h *house) sent() string {
	h.t.Helper()
	return h.sentAs(h.clerk, h.light())
}

func (h *house) sentAs(actor access.Actor, c Content) string {
	h.t.Helper()
	id := h.drafted(actor, c)
	h.submit(actor, id)
	h.clk.Advance(time.Minute)
	return id
}

// returned is a referral that Toluca returned.
func (h *house) returned() string {
	h.t.Helper()
	id := h.sent()
	h.must(h.Return(h.ctx, h.desk, id, note))
	h.clk.Advance(time.Minute)
	return id
}

var note = ReturnNote{Reasons: []string{"resolution_illegible"}, Note: "La segunda hoja no se lee."}

// offer gives the first appointment as the agenda does: in two days at an hour.
func (h *house) offer(id string, hour, minute int) error {
	venues := got(h.centers.Venues(h.ctx, h.desk, h.toluca.center))(h.t)
	at := clock.DateOf(h.clk.Now()).AddDays(2).At(hour, minute)
	return h.d.Tx(h.ctx, func(tx *db.Tx) error {
		return h.OfferedTx(h.ctx, tx, h.desk, id, FirstVisit{StartsAt: at, Mode: "in_person", VenueID: venues[0].ID})
	})
}

// cite accepts a referral with its first appointment.
func (h *house) cite(id string) {
	h.t.Helper()
	h.must(h.Accept(h.ctx, h.desk, id))
	h.must(h.offer(id, 10, 0))
}

func (h *house) attach(actor access.Actor, id, name string, body []byte) Attachment {
	h.t.Helper()
	return got(h.Attach(h.ctx, actor, id, "resolution", name, bytes.NewReader(body)))(h.t)
}

func (h *house) open(actor access.Actor, id string) *View {
	h.t.Helper()
	return got(h.Open(h.ctx, actor, id))(h.t)
}

func (h *house) writing(actor access.Actor, id string) *DraftView {
	h.t.Helper()
	return got(h.OpenDraft(h.ctx, actor, id))(h.t)
}

func (h *house) panel(actor access.Actor, f PanelFilter) *Panel {
	h.t.Helper()
	return got(h.Panel(h.ctx, actor, f))(h.t)
}

// download reads a paper as it is served.
func (h *house) download(actor access.Actor, id, paper string) []byte {
	h.t.Helper()
	p := got(h.OpenPaper(h.ctx, actor, id, paper))(h.t)
	defer p.Body.Close()
	return got(io.ReadAll(p.Body))(h.t)
}

// blobs counts the files in the store.
func (h *house) blobs() (n int) {
	h.t.Helper()
	h.must(h.store.Each(h.ctx, func(blob.Info) error { n++; return nil }))
	return n
}

// drain runs the jobs that are due.
func (h *house) drain() {
	h.t.Helper()
	got(h.runner.Drain(h.ctx))(h.t)
}

func (h *house) count(query string, args ...any) int {
	h.t.Helper()
	return value[int](h, query, args...)
}

// value reads one value out of the database.
func value[T any](h *house, query string, args ...any) (v T) {
	h.t.Helper()
	h.must(h.d.View(h.ctx, func(tx *db.Tx) error { return tx.Get(h.ctx, &v, query, args...) }))
	return v
}

// told lists the notices about a referral as "kind to whom".
func (h *house) told(id string) (out []string) {
	h.t.Helper()
	folio := value[string](h, `select folio from referrals where id = $1`, id)
	h.must(h.d.View(h.ctx, func(tx *db.Tx) error {
		return tx.Select(h.ctx, &out, `select kind || ' ' || address from notices where folio = $1 order by id`, folio)
	}))
	return out
}

// row reads a referral as it is stored.
func (h *house) row(id string) *record {
	h.t.Helper()
	r := value[record](h, `select `+recordColumns+` from referrals r where r.id = $1`, id)
	return &r
}

// factsAgree compares the cached state and deadline of every referral with what its
// facts say.
func (h *house) factsAgree() {
	ctx := context.Background() // that of the test is over
	err := h.d.View(ctx, func(tx *db.Tx) error {
		var rows []record
		if err := tx.Select(ctx, &rows, `select `+recordColumns+` from referrals r`); err != nil {
			return err
		}
		for i := range rows {
			deadline, err := h.deadline(ctx, tx, &rows[i])
			if err != nil {
				return err
			}
			if state := rows[i].facts().State(); rows[i].State != state || rows[i].DueOn != deadline.Due && !h.termsChanged {
				h.t.Errorf("referral %s: cached %s due %s, its facts say %s due %s", rows[i].ID, rows[i].State, rows[i].DueOn, state, deadline.Due)
			}
		}
		return nil
	})
	if err != nil {
		h.t.Error(err)
	}
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// got gives the value of a call that must not fail: got(f())(t).
func got[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// refused checks the kind of an error and gives its public sentence.
func (h *house) refused(err error, kind fault.Kind) string {
	h.t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != kind {
		h.t.Errorf("error = %v, want a fault of kind %d", err, kind)
		return ""
	}
	return f.Public.In(i18n.Spanish)
}

// atField gives the sentence at a field of an Invalid error; empty when there is none.
func atField(err error, field string) string { return fault.FieldsOf(err)[field].In(i18n.Spanish) }

// says checks that a sentence stands at a field and holds a text.
func (h *house) says(err error, field, text string) {
	h.t.Helper()
	if s := atField(err, field); s == "" || !strings.Contains(s, text) {
		h.t.Errorf("at %q: %q (%v), want a sentence with %q", field, s, err, text)
	}
}

// pdf draws a document of one page with a text.
func pdf(t *testing.T, text string) []byte {
	t.Helper()
	doc := fpdf.New("P", "mm", "Letter", "")
	doc.SetCompression(false)
	doc.AddPage()
	doc.SetFont("Helvetica", "", 14)
	doc.Cell(0, 10, text)
	var out bytes.Buffer
	if err := doc.Output(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// photo draws a JPEG.
func photo(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 60, 40))
	for i := range 60 * 40 {
		img.Set(i%60, i/60, color.RGBA{R: uint8(i), G: uint8(i / 7), B: 90, A: 255})
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func (h *house) exec(query string, args ...any) {
	h.t.Helper()
	h.must(h.d.Tx(h.ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(h.ctx, query, args...)
		return err
	}))
}
