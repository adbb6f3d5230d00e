package casefile

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

// builder makes the places and accounts of a test.
var builder = access.System("test", access.InstitutionAdmin, access.CenterAdmin, access.AccountAdminister,
	access.CatalogueManage, access.CatalogueRead, access.ProgramManage, access.ProgramRead, access.JobRun)

// house is the service with everything real around it, on one engine: the courts A and B,
// the centers of Toluca and Lerma.
type house struct {
	*Service
	t      *testing.T
	ctx    context.Context
	d      *db.DB
	clk    *clock.Fake
	runner *jobs.Runner
	opened int

	toluca, lerma                               string
	clerkA, clerkB                              access.Actor
	desk, social, psych, psych2, legal, manager access.Actor // at Toluca
	away, awayManager                           access.Actor // at Lerma
	secretary                                   access.Actor // program_admin of the Secretaría
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
	t.Cleanup(h.factsAgree)
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
	h.runner = jobs.NewRunner(h.d, slog.New(slog.DiscardHandler), time.Minute)
	outbox := got(notify.New(h.d, notify.Config{BaseURL: "https://sigue.example", TLS: notify.TLSNone}, v.SigningKey("links"), jobs.NewRunner(h.d, slog.New(slog.DiscardHandler), time.Minute)))(h.t)
	c := catalogue.New(h.d, l)
	id := identity.New(h.d, l, outbox, identity.Config{FailKey: []byte("failures")})
	n := Needs{
		DB: h.d, Ledger: l, Vault: v, Outbox: outbox, Documents: document.New(h.d, v, l, document.Branding{}, "https://sigue.example"),
		Catalogue: c, Identity: id, Institutions: institution.New(h.d, l, c, id), Centers: center.New(h.d, l, c, id), Runner: h.runner,
	}
	n.Referrals = referral.New(referral.Needs{DB: h.d, Ledger: l, Vault: v, Intake: attachment.New(files, attachment.DefaultLimit),
		Outbox: outbox, Documents: n.Documents, Catalogue: c, Identity: id, Institutions: n.Institutions, Centers: n.Centers, Runner: h.runner})
	n.Programs = program.New(h.d, l, c, id, n.Centers)
	h.Service = New(n)
	h.must(c.Seed(h.ctx, builder))
	h.must(n.Programs.Seed(h.ctx, builder))
	h.must(h.Seed(h.ctx, builder))
}

func (h *house) furnish() {
	h.t.Helper()
	court := func(name, box string) (string, string) {
		of := got(h.institutions.Create(h.ctx, builder, institution.Form{Name: name, Kind: "court", Municipality: "15106"}))(h.t)
		return of, got(h.institutions.CreateArea(h.ctx, builder, of, institution.AreaForm{Name: "Juzgado de " + name, Mailbox: box}))(h.t)
	}
	h.toluca, h.lerma = h.center("Centro Toluca"), h.center("Centro Lerma")
	of, area := court("Instancia A", "a@instancia.example")
	h.clerkA = h.actor(identity.NewAccount{Role: access.Referrer, InstitutionID: of, AreaID: area})
	of, area = court("Instancia B", "b@instancia.example")
	h.clerkB = h.actor(identity.NewAccount{Role: access.Referrer, InstitutionID: of, AreaID: area})
	at := func(role access.Role, center string) access.Actor {
		return h.actor(identity.NewAccount{Role: role, CenterID: center})
	}
	h.desk, h.social, h.legal = at(access.Reception, h.toluca), at(access.SocialWork, h.toluca), at(access.Legal, h.toluca)
	h.psych, h.psych2, h.manager = at(access.Psychology, h.toluca), at(access.Psychology, h.toluca), at(access.CenterCoordinator, h.toluca)
	h.away, h.awayManager = at(access.Reception, h.lerma), at(access.CenterCoordinator, h.lerma)
	h.secretary = h.actor(identity.NewAccount{Role: access.ProgramAdmin})
}

func (h *house) center(name string) string {
	h.t.Helper()
	return got(h.centers.Create(h.ctx, builder, center.Form{Name: name, Municipality: "15106", Address: "Calle Ficticia 1",
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

// sent is a referral that waits at Toluca; sessions are those ordered, "" none.
func (h *house) sent(clerk access.Actor, basis, curp, sessions string) string {
	h.t.Helper()
	h.opened++
	id := got(h.referrals.StartDraft(h.ctx, clerk, ""))(h.t)
	content := referral.Content{
		Person: referral.PersonSection{GivenNames: "Juan", Surname1: "Ficticio", Surname2: "Demo", BirthDate: "14/03/1985", CURP: curp,
			Sex: "H", Municipality: "15106", Phone: "722 555 0123", SafeMessage: "no"},
		Basis: referral.BasisSection{LegalBasis: basis, Authority: "Juez de Control", CaseKind: "judicial_file", CaseValue: fmt.Sprintf("%d/2026", h.opened),
			ResolvedOn: "20/11/2026", MandateSessions: sessions, MandateUntil: "20/05/2027"},
		Facts: referral.FactsSection{ViolenceTypes: []string{"psychological"}, Modalities: []string{"family"}, Relation: "spouse",
			ProtectionOrder: "unknown", Narrative: "Un hecho ficticio."},
		Center: referral.CenterSection{CenterID: h.toluca},
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

// accept accepts a referral and gives the case file that serves it, which a job opened.
func (h *house) accept(r string) string {
	h.t.Helper()
	h.must(h.referrals.Accept(h.ctx, h.desk, r))
	h.drain()
	return h.text(`select case_file_id from case_mandates where referral_id = $1`, r)
}

// opened by A, with a mandate of 35 sessions.
func (h *house) case1(basis string) string {
	h.t.Helper()
	return h.accept(h.sent(h.clerkA, basis, "", "35"))
}

// came is a case whose person came to the first appointment.
func (h *house) came(id string) string {
	h.t.Helper()
	h.tx(func(tx *db.Tx) error { return h.ScheduledTx(h.ctx, tx, h.desk, id, h.clk.Now().Add(time.Hour)) })
	h.tx(func(tx *db.Tx) error { return h.PresentedTx(h.ctx, tx, h.psych, id, h.clk.Now()) })
	return id
}

// version is the published version of a shipped program by its name.
func (h *house) version(name string) program.Version {
	h.t.Helper()
	all := got(h.programs.Choices(h.ctx, h.manager))(h.t)
	i := slices.IndexFunc(all, func(v program.Version) bool { return v.ProgramName == name })
	if i < 0 {
		h.t.Fatalf("no program %q in %d", name, len(all))
	}
	return all[i]
}

// active is a case in its program, CeDeMas+.
func (h *house) active(id string) string {
	h.t.Helper()
	h.came(id)
	h.must(h.AdmitTo(h.ctx, h.manager, id, AdmitForm{Version: h.version("CeDeMas+").ID, StartsOn: clock.DateOf(h.clk.Now()).MX()}))
	return id
}

// deliver records sessions of the components of a plan, in their order.
func (h *house) deliver(id string, done ...int) {
	h.t.Helper()
	plan := h.plan(id)
	for i, n := range done {
		h.tx(func(tx *db.Tx) error { return h.DeliveredTx(h.ctx, tx, id, plan.Components[i].ID, n, n*60, 0) })
	}
}

func (h *house) plan(id string) (p *Plan) {
	h.t.Helper()
	h.tx(func(tx *db.Tx) (err error) { p, err = h.PlanTx(h.ctx, tx, id); return err })
	return p
}

func (h *house) state(id string) State {
	h.t.Helper()
	return State(h.text(`select state from case_files where id = $1`, id))
}

// told lists the notices about a referral, by kind.
func (h *house) told(r string) (kinds []string) {
	h.t.Helper()
	h.must(h.d.View(h.ctx, func(tx *db.Tx) error {
		return tx.Select(h.ctx, &kinds, `select n.kind from notices n join referrals r on r.folio = n.folio where r.id = $1
			and n.to_type = 'area' order by n.id`, r)
	}))
	return kinds
}

// factsAgree compares the cached state of every case file with what its facts say.
func (h *house) factsAgree() {
	ctx := context.Background() // that of the test is over
	err := h.d.View(ctx, func(tx *db.Tx) error {
		var rows []record
		if err := tx.Select(ctx, &rows, `select `+recordColumns+recordTables); err != nil {
			return err
		}
		for i := range rows {
			if state := rows[i].facts().State(); rows[i].State != state {
				h.t.Errorf("case %s: cached %s, its facts say %s", rows[i].ID, rows[i].State, state)
			}
		}
		return nil
	})
	if err != nil {
		h.t.Error(err)
	}
}

func (h *house) tx(fn func(tx *db.Tx) error) {
	h.t.Helper()
	h.must(h.d.Tx(h.ctx, fn))
}

// drain runs the jobs that are due.
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

// refused checks the kind of an error, and that it says something at a field ("" none).
func (h *house) refused(what string, err error, kind fault.Kind, field string) {
	h.t.Helper()
	if !fault.Is(err, kind) {
		h.t.Errorf("%s: %v, want a fault of kind %d", what, err, kind)
	}
	if m := fault.FieldsOf(err)[field]; field != "" && m.IsZero() {
		h.t.Errorf("%s: nothing at %q: %v", what, field, fault.FieldsOf(err))
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
