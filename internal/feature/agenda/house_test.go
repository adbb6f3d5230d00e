package agenda

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
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

// builder makes the places and accounts of a test.
var builder = access.System("test", access.InstitutionAdmin, access.CenterAdmin, access.AccountAdminister,
	access.CatalogueManage, access.CatalogueRead, access.JobRun)

// house is the service with everything real around it, on one engine: an institution with
// an area, and the centers of Toluca and Lerma.
type house struct {
	*Service
	t            *testing.T
	ctx          context.Context
	d            *db.DB
	clk          *clock.Fake
	runner       *jobs.Runner
	institutions *institution.Service
	opened       int
	mail         notify.Config // where mail goes; nowhere unless a test says so

	area, institution, toluca, lerma          string
	clerk, desk, psych, psych2, lead, manager access.Actor // the last five at Toluca
	away                                      access.Actor // reception of Lerma
	room, hall                                string
}

// each runs a test on both engines.
func each(t *testing.T, test func(h *house)) {
	t.Helper()
	dbtest.Run(t, schema.Migrations, func(t *testing.T, d *db.DB, clk *clock.Fake) { test(newHouse(t, d, clk)) })
}

func newHouse(t *testing.T, d *db.DB, clk *clock.Fake) *house {
	t.Helper()
	return newHouseWith(t, d, clk, notify.Config{BaseURL: "https://sigue.example", TLS: notify.TLSNone})
}

func newHouseWith(t *testing.T, d *db.DB, clk *clock.Fake, mail notify.Config) *house {
	t.Helper()
	h := &house{t: t, ctx: t.Context(), d: d, clk: clk, mail: mail}
	h.build(t.TempDir())
	h.furnish()
	t.Cleanup(h.numbersAgree)
	return h
}

func (h *house) build(dir string) {
	h.t.Helper()
	keys := filepath.Join(dir, "keys.json")
	h.must(vault.Create(keys))
	v := got(vault.Open(keys))(h.t)
	l := got(ledger.New(h.d, v.SigningKey("mac"), v.SigningKey("note")))(h.t)
	files := got(blob.OpenFolder(filepath.Join(dir, "blobs")))(h.t)
	h.runner = jobs.NewRunner(h.d, slog.New(slog.DiscardHandler), time.Minute)
	outbox := got(notify.New(h.d, h.mail, v.SigningKey("links"), h.runner))(h.t)
	c := catalogue.New(h.d, l)
	id := identity.New(h.d, l, outbox, identity.Config{FailKey: []byte("failures")})
	h.institutions = institution.New(h.d, l, c, id)
	centers := center.New(h.d, l, c, id)
	documents := document.New(h.d, v, l, document.Branding{}, "https://sigue.example")
	referrals := referral.New(referral.Needs{DB: h.d, Ledger: l, Vault: v, Intake: attachment.New(files, attachment.DefaultLimit),
		Outbox: outbox, Documents: documents, Catalogue: c, Identity: id, Institutions: h.institutions, Centers: centers, Runner: h.runner})
	programs := program.New(h.d, l, c, id, centers)
	cases := casefile.New(casefile.Needs{DB: h.d, Ledger: l, Vault: v, Outbox: outbox, Documents: documents, Catalogue: c, Identity: id,
		Institutions: h.institutions, Centers: centers, Referrals: referrals, Programs: programs, Runner: h.runner})
	h.Service = New(Needs{DB: h.d, Ledger: l, Vault: v, Outbox: outbox, Catalogue: c, Identity: id, Centers: centers,
		Referrals: referrals, Programs: programs, Cases: cases, Runner: h.runner})
	h.must(c.Seed(h.ctx, builder))
}

func (h *house) furnish() {
	h.t.Helper()
	h.institution = got(h.institutions.Create(h.ctx, builder, institution.Form{Name: "Poder Judicial (ejemplo)", Kind: "court", Municipality: "15106"}))(h.t)
	h.area = got(h.institutions.CreateArea(h.ctx, builder, h.institution, institution.AreaForm{Name: "Juzgado Primero", Mailbox: "juzgado@instancia.example"}))(h.t)
	h.toluca, h.lerma = h.center("Centro Toluca"), h.center("Centro Lerma")
	h.clerk = h.actor(access.Referrer, "")
	h.desk, h.psych, h.psych2 = h.actor(access.Reception, h.toluca), h.actor(access.Psychology, h.toluca), h.actor(access.Psychology, h.toluca)
	h.lead, h.manager = h.actor(access.Facilitator, h.toluca), h.actor(access.CenterCoordinator, h.toluca)
	h.away = h.actor(access.Reception, h.lerma)
	venue := got(h.centers.Venues(h.ctx, h.manager, h.toluca))(h.t)[0].ID
	h.room = got(h.centers.AddRoom(h.ctx, h.manager, center.RoomForm{Name: "Consultorio 1", Venue: venue, Capacity: "3"}))(h.t)
	h.hall = got(h.centers.AddRoom(h.ctx, h.manager, center.RoomForm{Name: "Sala de grupos", Venue: venue, Capacity: "20"}))(h.t)
}

func (h *house) center(name string) string {
	h.t.Helper()
	return got(h.centers.Create(h.ctx, builder, center.Form{Name: name, Municipality: "15106", Address: "Calle Ficticia 1",
		Phone: "722 555 0100", Mailbox: "centro@cedemas.example", Capacity: "10"}))(h.t)
}

// actor opens an account at a center, or of the area.
func (h *house) actor(role access.Role, at string) access.Actor {
	h.t.Helper()
	h.opened++
	n := identity.NewAccount{Role: role, Title: fmt.Sprintf("%s %d", role.Label().In(i18n.Spanish), h.opened), Place: "Lugar", CenterID: at,
		Name: "Persona Ficticia", Email: fmt.Sprintf("cuenta%d@sigue.example", h.opened)}
	if at == "" {
		n.InstitutionID, n.AreaID = h.institution, h.area
	}
	id := got(h.identity.OpenAccount(h.ctx, builder, n))(h.t)
	return access.Actor{Account: id, Role: role, Institution: n.InstitutionID, Area: n.AreaID, Center: at, Request: "REQ-1"}
}

// accepted is a case of Toluca that follows from an accepted referral.
func (h *house) accepted(basis string) string {
	h.t.Helper()
	r := h.sent(basis)
	h.must(h.referrals.Accept(h.ctx, h.desk, r))
	var id string
	h.must(h.d.Tx(h.ctx, func(tx *db.Tx) (err error) {
		id, err = h.cases.OpenTx(h.ctx, tx, h.desk, r)
		return err
	}))
	return id
}

// sent is a referral that waits at Toluca.
func (h *house) sent(basis string) string {
	h.t.Helper()
	h.opened++
	id := got(h.referrals.StartDraft(h.ctx, h.clerk, ""))(h.t)
	content := referral.Content{
		Person: referral.PersonSection{GivenNames: "Juan", Surname1: "Ficticio" + string(rune('a'+h.opened%20)) + "ez", Surname2: "Demo", BirthDate: "14/03/1985",
			Sex: "H", Municipality: "15106", Phone: "722 555 0123", SafeMessage: "no"},
		Basis: referral.BasisSection{LegalBasis: basis, Authority: "Juez de Control", CaseKind: "judicial_file", CaseValue: fmt.Sprintf("%d/2026", h.opened),
			ResolvedOn: "20/11/2026", MandateSessions: "35", MandateUntil: "20/08/2028"},
		Facts: referral.FactsSection{ViolenceTypes: []string{"psychological"}, Modalities: []string{"family"}, Relation: "spouse",
			ProtectionOrder: "unknown", Narrative: "Un hecho ficticio."},
		Center: referral.CenterSection{CenterID: h.toluca},
	}
	if basis == voluntarily {
		content.Basis.MandateUntil = ""
	}
	for version, section := range []referral.Section{referral.SectionPerson, referral.SectionBasis, referral.SectionFacts, referral.SectionCenter} {
		got(h.referrals.SaveSection(h.ctx, h.clerk, id, section, version, func(part any) error { return give(part, content) }))(h.t)
	}
	got(h.referrals.Attach(h.ctx, h.clerk, id, "resolution", "a.pdf", bytes.NewReader(pdf(h.t, id))))(h.t)
	got(h.referrals.Submit(h.ctx, h.clerk, id))(h.t)
	return id
}

// Two legal bases: one that obliges, one that does not.
const (
	obliged     = "judgment"
	voluntarily = "voluntary"
)

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

// The parts of the plan that planned gives.
const (
	talks   = "component-talks"
	circles = "component-circles"
)

// planned is an admitted case with a plan of two parts, who came to the first appointment.
func (h *house) planned(basis string) string {
	h.t.Helper()
	id := h.accepted(basis)
	h.exec(`update case_files set presented_at = $1, admitted_at = $2, state = 'active' where id = $3`, db.At(h.clk.Now()), db.At(h.clk.Now()), id)
	h.exec(`insert into plans (case_file_id, version_id, program_name, number, required, source, starts_on, forecast_on, admitted_at, admitted_by)
		values ($1, 'v', 'CeDeMas+', 1, 80, '', '2026-11-23', '2027-11-23', $2, '')`, id, db.At(h.clk.Now()))
	for i, part := range []string{talks, circles} {
		h.exec(`insert into plan_components (case_file_id, component_id, sort, area, name, in_group, minutes, every_days, prescribed,
			done_sessions, done_minutes, missed) values ($1, $2, $3, 'psychology', $4, $5, 60, 7, 20, 0, 0, 0)`, id, part, i, part, part == circles)
	}
	return id
}

// group is a group of Toluca whose members are some cases. The first one makes the program.
func (h *house) group(sessions int, first clock.Date, members ...string) string {
	h.t.Helper()
	h.opened++
	now, tag, id := db.At(h.clk.Now()), fmt.Sprintf("%d", h.opened), db.NewID()
	venue := got(h.centers.Venues(h.ctx, h.manager, h.toluca))(h.t)[0].ID
	if h.count(`select count(*) from program_components where id = $1`, circles) > 0 {
		return h.sameGroup(id, tag, venue, first, now, members)
	}
	h.exec(`insert into programs (id, code, name, summary, revision, created_at, created_by) values ($1, $1, $1, '', 1, $2, '')`, "p-circles", now)
	h.exec(`insert into program_versions (id, program_id, number, required, group_min, group_max, rules, source, copied_from, revision, created_at, created_by, published_at, published_by)
		values ($1, $2, 1, 80, 8, 20, '', '', '', 1, $3, '', $3, '')`, "v-circles", "p-circles", now)
	h.exec(`insert into program_components (id, version_id, position, area, name, minutes, every_days) values ($1, $2, 1, 'group', 'Círculo', 120, 7)`, circles, "v-circles")
	for n := range sessions {
		h.exec(`insert into program_sessions (id, component_id, number, title) values ($1, $2, $3, 'Sesión')`, fmt.Sprintf("s%s-%d", tag, n), circles, n+1)
	}
	return h.sameGroup(id, tag, venue, first, now, members)
}

func (h *house) sameGroup(id, tag, venue string, first clock.Date, now db.Time, members []string) string {
	h.t.Helper()
	h.exec(`insert into program_groups (id, center_id, version_id, component_id, name, open_entry, capacity, venue_id, room_id, first_on, starts_at, minutes, mode,
			revision, opened_at, opened_by, confirmed_by, closed_by, close_reason)
		values ($1, $2, $3, $4, $5, $6, 20, $7, $8, $9, '16:00', 120, 'in_person', 1, $10, '', '', '', '')`,
		id, h.toluca, "v-circles", circles, "Grupo "+tag, true, venue, h.hall, first, now)
	for role, who := range map[string]string{"lead": h.lead.Account, "co": h.psych.Account} {
		h.exec(`insert into group_staff (id, group_id, account_id, role, from_on) values ($1, $2, $3, $4, $5)`, db.NewID(), id, who, role, first)
	}
	for _, m := range members {
		h.exec(`insert into group_members (id, group_id, case_file_id, joined_on, joined_by, at_session, left_by)
			values ($1, $2, $3, $4, '', 1, '')`, db.NewID(), id, m, first)
	}
	return id
}

// visit is an appointment on a day at an hour, with a professional, in the small room.
func (h *house) visit(day, hour string, with access.Actor) Visit {
	return Visit{Date: day, Time: hour, Minutes: 60, Account: with.Account, Room: h.room, Mode: InPerson}
}

func (h *house) book(id string, v Visit) string {
	h.t.Helper()
	return got(h.Book(h.ctx, h.desk, id, v))(h.t)
}

// at moves the clock to an hour of a day.
func (h *house) at(day string, hour, minute int) { h.clk.Set(clock.MustDate(day).At(hour, minute)) }

// mark records one person.
func (h *house) mark(appointment, id, outcome string) {
	h.t.Helper()
	version := h.count(`select coalesce(sum(version), 0) from attendances where appointment_id = $1 and case_id = $2`, appointment, id)
	r := got(h.Attend(h.ctx, h.psych, appointment, Roll{Marks: []Mark{{Case: id, Mark: outcome, Version: version}}, Late: "Se anotó en papel"}))(h.t)
	if r.Saved != 1 {
		h.t.Fatalf("recorded %d lines, want 1: %+v", r.Saved, r.Clashes)
	}
}

// numbersAgree compares what each plan says was delivered with a slow count of the rows.
func (h *house) numbersAgree() {
	ctx := context.Background() // that of the test is over
	err := h.d.View(ctx, func(tx *db.Tx) error {
		var rows []struct {
			Case      string `db:"case_id"`
			Component string `db:"component_id"`
			Outcome   string `db:"outcome"`
			Excused   bool   `db:"excused"`
			Minutes   int    `db:"minutes"`
		}
		if err := tx.Select(ctx, &rows, `select t.case_id, a.component_id, t.outcome, t.excused_at is not null as excused, a.minutes
			from attendances t join appointments a on a.id = t.appointment_id where a.ended_at is null`); err != nil {
			return err
		}
		want := map[[2]string][3]int{}
		for _, r := range rows {
			sum := want[[2]string{r.Case, r.Component}]
			switch {
			case r.Outcome == "present" || r.Outcome == "late":
				sum[0]++
				sum[1] += r.Minutes
			case r.Outcome == "absent" && !r.Excused:
				sum[2]++
			}
			want[[2]string{r.Case, r.Component}] = sum
		}
		var plans []struct {
			Case      string `db:"case_file_id"`
			Component string `db:"component_id"`
			Done      int    `db:"done_sessions"`
			Minutes   int    `db:"done_minutes"`
			Missed    int    `db:"missed"`
		}
		err := tx.Select(ctx, &plans, `select case_file_id, component_id, done_sessions, done_minutes, missed from plan_components`)
		for _, p := range plans {
			if is := [3]int{p.Done, p.Minutes, p.Missed}; is != want[[2]string{p.Case, p.Component}] {
				h.t.Errorf("plan of %s, %s: %v delivered, the rows say %v", p.Case, p.Component, is, want[[2]string{p.Case, p.Component}])
			}
		}
		return err
	})
	if err != nil {
		h.t.Error(err)
	}
}

func (h *house) count(query string, args ...any) (n int) {
	h.t.Helper()
	h.must(h.d.View(h.ctx, func(tx *db.Tx) error { return tx.Get(h.ctx, &n, query, args...) }))
	return n
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

func atField(err error, field string) string { return fault.FieldsOf(err)[field].In(i18n.Spanish) }

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
