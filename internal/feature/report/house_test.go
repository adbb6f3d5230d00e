package report

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"sigue/internal/base/blob"
	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/identity"
	"sigue/internal/feature/institution"
	"sigue/internal/feature/program"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/access"
	"sigue/internal/platform/attachment"
	"sigue/internal/platform/document"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
	"sigue/internal/platform/schema"
	"sigue/internal/platform/vault"
)

// builder makes the places and accounts of a test, system does the work of the program.
var (
	builder = access.System("test", access.InstitutionAdmin, access.CenterAdmin, access.AccountAdminister,
		access.CatalogueManage, access.CatalogueRead, access.ProgramManage)
	system = access.System("test", access.JobRun)
)

// house is the service with everything real around it, on one engine: the institutions A
// and B, and the centers of Toluca and Lerma.
type house struct {
	*Service
	t        *testing.T
	ctx      context.Context
	d        *db.DB
	clk      *clock.Fake
	runner   *jobs.Runner
	programs *program.Service
	opened   int

	book         *ledger.Ledger
	identity     *identity.Service
	institutions *institution.Service
	centerRoom   *center.Service
	referrals    *referral.Service
	cases        *casefile.Service
	at           string // the center to which referrals go

	toluca, lerma                                  string
	clerkA, clerkA2, clerkB, bossA                 access.Actor // clerkA2 of another area of A
	desk, social, psych, manager, away, awaySocial access.Actor // the last two at Lerma
}

// each runs a test on both engines.
func each(t *testing.T, test func(h *house)) {
	t.Helper()
	dbtest.Run(t, schema.Migrations, func(t *testing.T, d *db.DB, clk *clock.Fake) { test(newHouse(t, d, clk)) })
}

func newHouse(t *testing.T, d *db.DB, clk *clock.Fake) *house {
	t.Helper()
	h := &house{t: t, ctx: t.Context(), d: d, clk: clk}
	h.build(t.TempDir())
	h.furnish()
	t.Cleanup(h.countsAgree)
	return h
}

func (h *house) build(dir string) {
	h.t.Helper()
	keys := filepath.Join(dir, "keys.json")
	h.must(vault.Create(keys))
	v := got(vault.Open(keys))(h.t)
	l := got(ledger.New(h.d, v.SigningKey("mac"), v.SigningKey("note")))(h.t)
	files := got(blob.OpenFolder(filepath.Join(dir, "blobs")))(h.t)
	h.t.Cleanup(func() { _ = files.Close() })
	quiet := slog.New(slog.DiscardHandler)
	h.runner = jobs.NewRunner(h.d, quiet, time.Minute)
	outbox := got(notify.New(h.d, notify.Config{BaseURL: "https://sigue.example", TLS: notify.TLSNone}, v.SigningKey("links"), jobs.NewRunner(h.d, quiet, time.Minute)))(h.t)
	c := catalogue.New(h.d, l)
	id := identity.New(h.d, l, outbox, identity.Config{FailKey: []byte("failures")})
	documents := document.New(h.d, v, l, document.Branding{}, "https://sigue.example")
	h.identity, h.institutions, h.centerRoom = id, institution.New(h.d, l, c, id), center.New(h.d, l, c, id)
	h.referrals = referral.New(referral.Needs{DB: h.d, Ledger: l, Vault: v, Intake: attachment.New(files, attachment.DefaultLimit),
		Outbox: outbox, Documents: documents, Catalogue: c, Identity: id, Institutions: h.institutions, Centers: h.centerRoom, Runner: h.runner})
	h.programs = program.New(h.d, l, c, id, h.centerRoom)
	h.cases = casefile.New(casefile.Needs{DB: h.d, Ledger: l, Vault: v, Outbox: outbox, Documents: documents, Catalogue: c, Identity: id,
		Institutions: h.institutions, Centers: h.centerRoom, Referrals: h.referrals, Programs: h.programs, Runner: h.runner})
	h.Service, h.book = New(h.d, c, l, v.SigningKey("closings")), l
	l.Observe(h.ObserveTx)
	h.must(c.Seed(h.ctx, builder))
	h.must(h.programs.Seed(h.ctx, builder))
}

func (h *house) furnish() {
	h.t.Helper()
	court := func(name string, areas ...string) []access.Actor {
		of := got(h.institutions.Create(h.ctx, builder, institution.Form{Name: name, Kind: "court", Municipality: "15106"}))(h.t)
		var clerks []access.Actor
		for _, a := range areas {
			area := got(h.institutions.CreateArea(h.ctx, builder, of, institution.AreaForm{Name: a, Mailbox: "buzon@instancia.example"}))(h.t)
			clerks = append(clerks, h.actor(identity.NewAccount{Role: access.Referrer, InstitutionID: of, AreaID: area}))
		}
		return clerks
	}
	h.toluca, h.lerma = h.center("Centro Toluca"), h.center("Centro Lerma")
	h.at = h.toluca
	a := court("Instancia A", "Juzgado Primero", "Juzgado Segundo")
	h.clerkA, h.clerkA2, h.clerkB = a[0], a[1], court("Instancia B", "Juzgado de B")[0]
	h.bossA = h.actor(identity.NewAccount{Role: access.InstitutionSupervisor, InstitutionID: h.clerkA.Institution, AreaID: h.clerkA.Area})
	staff := func(role access.Role, center string) access.Actor {
		return h.actor(identity.NewAccount{Role: role, CenterID: center})
	}
	h.desk, h.social, h.psych = staff(access.Reception, h.toluca), staff(access.SocialWork, h.toluca), staff(access.Psychology, h.toluca)
	h.manager = staff(access.CenterCoordinator, h.toluca)
	h.away, h.awaySocial = staff(access.CenterCoordinator, h.lerma), staff(access.SocialWork, h.lerma)
}

func (h *house) center(name string) string {
	h.t.Helper()
	return got(h.centerRoom.Create(h.ctx, builder, center.Form{Name: name, Municipality: "15106", Address: "Calle Ficticia 1",
		Phone: "722 555 0100", Mailbox: "centro@cedemas.example", Capacity: "10"}))(h.t)
}

func (h *house) actor(n identity.NewAccount) access.Actor {
	h.t.Helper()
	h.opened++
	n.Title, n.Place = fmt.Sprintf("%s %d", n.Role.Label().In(i18n.Spanish), h.opened), "Lugar"
	n.Name, n.Email = "Persona Ficticia", fmt.Sprintf("cuenta%d@sigue.example", h.opened)
	id := got(h.identity.OpenAccount(h.ctx, builder, n))(h.t)
	return access.Actor{Account: id, Role: n.Role, Institution: n.InstitutionID, Area: n.AreaID, Center: n.CenterID, Request: "REQ-1"}
}

// Two legal bases: one that obliges, one that nobody is told of.
const (
	obliged     = "judgment"
	voluntarily = "voluntary"
)

// curp is of one person, whom A and B may both refer.
const curp = "FIDJ850314HMCCMN06"

// sent is a referral that waits at the center.
func (h *house) sent(clerk access.Actor, basis, curp string) string {
	h.t.Helper()
	h.opened++
	day := clock.DateOf(h.clk.Now())
	id := got(h.referrals.StartDraft(h.ctx, clerk, ""))(h.t)
	content := referral.Content{
		Person: referral.PersonSection{GivenNames: "Juan", Surname1: "Ficticio", Surname2: "Demo", BirthDate: "14/03/1985", CURP: curp,
			Sex: "H", Municipality: "15106", Phone: "722 555 0123", SafeMessage: "no"},
		Basis: referral.BasisSection{LegalBasis: basis, Authority: "Juez de Control", CaseKind: "judicial_file", CaseValue: fmt.Sprintf("%d/2026", h.opened),
			ResolvedOn: day.AddDays(-3).MX(), MandateSessions: "35", MandateUntil: day.AddMonths(18).MX()},
		Facts: referral.FactsSection{ViolenceTypes: []string{"psychological"}, Modalities: []string{"family"}, Relation: "spouse",
			ProtectionOrder: "unknown", Narrative: "Un hecho ficticio."},
		Center: referral.CenterSection{CenterID: h.at},
	}
	if basis == voluntarily {
		content.Basis.MandateUntil = ""
	}
	for version, section := range []referral.Section{referral.SectionPerson, referral.SectionBasis, referral.SectionFacts, referral.SectionCenter} {
		got(h.referrals.SaveSection(h.ctx, clerk, id, section, version, func(part any) error { return give(part, content) }))(h.t)
	}
	got(h.referrals.Attach(h.ctx, clerk, id, "resolution", "a.pdf", bytes.NewReader(pdf(h.t, id))))(h.t)
	got(h.referrals.Submit(h.ctx, clerk, id))(h.t)
	return id
}

func give(part any, c referral.Content) error {
	switch p := part.(type) {
	case *referral.PersonSection:
		*p = c.Person
	case *referral.BasisSection:
		*p = c.Basis
	case *referral.FactsSection:
		*p = c.Facts
	case *referral.CenterSection:
		*p = c.Center
	}
	return nil
}

// accept accepts a referral at its center and gives the case file that serves it.
func (h *house) accept(r string) string {
	h.t.Helper()
	desk := h.desk
	desk.Center = h.at
	h.must(h.referrals.Accept(h.ctx, desk, r))
	h.drain()
	return h.text(`select case_file_id from case_mandates where referral_id = $1`, r)
}

// active is a case in its program.
func (h *house) active(id string) string {
	h.t.Helper()
	h.must(h.d.Tx(h.ctx, func(tx *db.Tx) error { return h.cases.PresentedTx(h.ctx, tx, h.psych, id, h.clk.Now()) }))
	all := got(h.programs.Choices(h.ctx, h.manager))(h.t)
	i := slices.IndexFunc(all, func(v program.Version) bool { return v.ProgramName == "CeDeMas+" })
	h.must(h.cases.AdmitTo(h.ctx, h.boss(), id, casefile.AdmitForm{Version: all[i].ID, StartsOn: clock.DateOf(h.clk.Now()).MX()}))
	return id
}

// boss is the coordination of the center to which referrals go.
func (h *house) boss() access.Actor {
	if h.at == h.lerma {
		return h.away
	}
	return h.manager
}

// complete completes a process, with everything that follows.
func (h *house) complete(id string) string {
	h.t.Helper()
	h.must(h.d.Tx(h.ctx, func(tx *db.Tx) error { return h.cases.ReportTx(h.ctx, tx, h.boss(), id, db.NewID()) }))
	h.must(h.cases.Complete(h.ctx, h.boss(), id, "Cumplió lo esencial del programa."))
	h.drain()
	return id
}

// countsAgree recounts everything after each test.
func (h *house) countsAgree() {
	wrong, err := h.Recount(context.Background(), system) // the context of the test is over
	if err != nil || len(wrong) > 0 {
		h.t.Errorf("the recount differs at %v (%v)", wrong, err)
	}
}

func (h *house) drain() {
	h.t.Helper()
	got(h.runner.Drain(h.ctx))(h.t)
}

func (h *house) text(query string, args ...any) (s string) {
	h.t.Helper()
	h.must(h.d.View(h.ctx, func(tx *db.Tx) error { return tx.Get(h.ctx, &s, query, args...) }))
	return s
}

func (h *house) count(query string, args ...any) (n int) {
	h.t.Helper()
	h.must(h.d.View(h.ctx, func(tx *db.Tx) error { return tx.Get(h.ctx, &n, query, args...) }))
	return n
}

func (h *house) exec(query string, args ...any) {
	h.t.Helper()
	h.must(h.d.Tx(h.ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(h.ctx, query, args...)
		return err
	}))
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatalf("%v %v", err, fault.FieldsOf(err))
	}
}

// got gives the value of a call that must not fail: got(f())(t).
func got[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatalf("%v %v", err, fault.FieldsOf(err))
		}
		return v
	}
}

// pdf draws a document of one page with a text.
func pdf(t *testing.T, text string) []byte {
	t.Helper()
	doc := fpdf.New("P", "mm", "Letter", "")
	doc.AddPage()
	doc.SetFont("Helvetica", "", 14)
	doc.Cell(0, 10, text)
	var out bytes.Buffer
	if err := doc.Output(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
