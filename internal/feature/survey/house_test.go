package survey

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
	"sigue/internal/platform/notify/mailcatcher"
	"sigue/internal/platform/schema"
	"sigue/internal/platform/vault"
)

// builder makes the places and accounts of a test, system does the work of the program,
// nobody is whoever answers.
var (
	builder = access.System("test", access.InstitutionAdmin, access.CenterAdmin, access.AccountAdminister,
		access.CatalogueManage, access.CatalogueRead, access.ProgramManage, access.SurveyManage)
	system = access.System("test", access.JobRun)
	nobody = access.Anonymous("REQ-9")
)

// house is the service with everything real around it, on one engine, with one area that
// refers and the centers of Toluca and Lerma.
type house struct {
	*Service
	t         *testing.T
	ctx       context.Context
	d         *db.DB
	clk       *clock.Fake
	runner    *jobs.Runner
	mail      *mailcatcher.Catcher
	referrals *referral.Service
	programs  *program.Service
	catalogue *catalogue.Service
	places    *institution.Service
	opened    int

	toluca, lerma                              string
	clerk, desk, social, leader, manager, away access.Actor // away coordinates Lerma
	admin, analyst                             access.Actor
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
	h.mail = got(mailcatcher.Start())(h.t)
	h.t.Cleanup(func() { _ = h.mail.Close() })
	outbox := got(notify.New(h.d, notify.Config{BaseURL: "https://sigue.example", From: "avisos@sigue.example", Host: h.mail.Host(), Port: h.mail.Port(), TLS: notify.TLSNone},
		v.SigningKey("links"), h.runner))(h.t)
	c := catalogue.New(h.d, l)
	id := identity.New(h.d, l, outbox, identity.Config{FailKey: []byte("failures")})
	documents := document.New(h.d, v, l, document.Branding{}, "https://sigue.example")
	h.catalogue, h.places = c, institution.New(h.d, l, c, id)
	centers := center.New(h.d, l, c, id)
	h.referrals = referral.New(referral.Needs{DB: h.d, Ledger: l, Vault: v, Intake: attachment.New(files, attachment.DefaultLimit),
		Outbox: outbox, Documents: documents, Catalogue: c, Identity: id, Institutions: h.places, Centers: centers, Runner: h.runner})
	h.programs = program.New(h.d, l, c, id, centers)
	cases := casefile.New(casefile.Needs{DB: h.d, Ledger: l, Vault: v, Outbox: outbox, Documents: documents, Catalogue: c, Identity: id,
		Institutions: h.places, Centers: centers, Referrals: h.referrals, Programs: h.programs, Runner: h.runner})
	h.Service = New(Needs{DB: h.d, Ledger: l, Vault: v, Outbox: outbox, Identity: id, Centers: centers, Cases: cases, Runner: h.runner})
	h.must(c.Seed(h.ctx, builder))
	h.must(h.programs.Seed(h.ctx, builder))
	h.must(h.Seed(h.ctx, builder))
}

func (h *house) furnish() {
	h.t.Helper()
	h.toluca, h.lerma = h.center("Centro Toluca"), h.center("Centro Lerma")
	of := got(h.places.Create(h.ctx, builder, institution.Form{Name: "Instancia A", Kind: "court", Municipality: "15106"}))(h.t)
	area := got(h.places.CreateArea(h.ctx, builder, of, institution.AreaForm{Name: "Juzgado Primero", Mailbox: "buzon@instancia.example"}))(h.t)
	h.clerk = h.actor(identity.NewAccount{Role: access.Referrer, InstitutionID: of, AreaID: area})
	staff := func(role access.Role, center string) access.Actor {
		return h.actor(identity.NewAccount{Role: role, CenterID: center})
	}
	h.desk, h.social, h.leader = staff(access.Reception, h.toluca), staff(access.SocialWork, h.toluca), staff(access.Facilitator, h.toluca)
	h.manager, h.away = staff(access.CenterCoordinator, h.toluca), staff(access.CenterCoordinator, h.lerma)
	h.admin, h.analyst = staff(access.ProgramAdmin, ""), staff(access.Analyst, "")
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

// active is a case in its program at Toluca, of a person with a mailbox that is safe or not.
func (h *house) active(email, safe string) string {
	h.t.Helper()
	h.opened++
	day := clock.DateOf(h.clk.Now())
	id := got(h.referrals.StartDraft(h.ctx, h.clerk, ""))(h.t)
	parts := map[referral.Section]func(part any){
		referral.SectionPerson: func(part any) {
			*part.(*referral.PersonSection) = referral.PersonSection{GivenNames: "Juan", Surname1: "Ficticio" + string(rune('a'+h.opened%26)), Surname2: "Demo",
				BirthDate: "14/03/1985", Sex: "H", Municipality: "15106", Phone: "722 555 0123", Address: "Calle Ficticia 5", Email: email, SafeMessage: safe}
		},
		referral.SectionBasis: func(part any) {
			*part.(*referral.BasisSection) = referral.BasisSection{LegalBasis: "judgment", Authority: "Juez de Control", CaseKind: "judicial_file",
				CaseValue: fmt.Sprintf("%d/2026", h.opened), ResolvedOn: day.AddDays(-3).MX(), MandateSessions: "35", MandateUntil: day.AddMonths(18).MX()}
		},
		referral.SectionFacts: func(part any) {
			*part.(*referral.FactsSection) = referral.FactsSection{ViolenceTypes: []string{"psychological"}, Modalities: []string{"family"}, Relation: "spouse",
				ProtectionOrder: "unknown", Narrative: "Un hecho ficticio."}
		},
		referral.SectionCenter: func(part any) { *part.(*referral.CenterSection) = referral.CenterSection{CenterID: h.toluca} },
	}
	for version, section := range []referral.Section{referral.SectionPerson, referral.SectionBasis, referral.SectionFacts, referral.SectionCenter} {
		got(h.referrals.SaveSection(h.ctx, h.clerk, id, section, version, func(part any) error { parts[section](part); return nil }))(h.t)
	}
	got(h.referrals.Attach(h.ctx, h.clerk, id, "resolution", "a.pdf", bytes.NewReader(pdf(h.t, id))))(h.t)
	got(h.referrals.Submit(h.ctx, h.clerk, id))(h.t)
	h.must(h.referrals.Accept(h.ctx, h.desk, id))
	h.drain()
	c := h.text(`select case_file_id from case_mandates where referral_id = $1`, id)
	h.must(h.d.Tx(h.ctx, func(tx *db.Tx) error { return h.cases.PresentedTx(h.ctx, tx, h.social, c, h.clk.Now()) }))
	all := got(h.programs.Choices(h.ctx, h.manager))(h.t)
	i := slices.IndexFunc(all, func(v program.Version) bool { return v.ProgramName == "CeDeMas+" })
	h.must(h.cases.AdmitTo(h.ctx, h.manager, c, casefile.AdmitForm{Version: all[i].ID, StartsOn: day.MX()}))
	h.drain()
	return c
}

// survey is the survey of a stage that the program comes with.
func (h *house) survey(stage Stage) string {
	h.t.Helper()
	return h.text(`select id from surveys where stage = $1`, string(stage))
}

// codes makes a sheet at the center of an actor.
func (h *house) codes(by access.Actor, survey string, n int) []string {
	h.t.Helper()
	return got(h.Sheet(h.ctx, by, survey, SheetForm{Count: fmt.Sprint(n)}))(h.t).Codes
}

// marked answers every question with one mark.
func marked(mark int, text string) AnswerForm {
	f := AnswerForm{Marks: map[string]string{}, Text: text}
	for n := range maxQuestions {
		f.Marks[MarkField(n)] = fmt.Sprint(mark)
	}
	return f
}

// put answers a code, which must be good.
func (h *house) put(code string, f AnswerForm) {
	h.t.Helper()
	if !got(h.Answer(h.ctx, nobody, code, f))(h.t) {
		h.t.Fatalf("the code %s is spent", code)
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

func (h *house) texts(query string, args ...any) (all []string) {
	h.t.Helper()
	h.must(h.d.View(h.ctx, func(tx *db.Tx) error { return tx.Select(h.ctx, &all, query, args...) }))
	return all
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
