package institution_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/base/fault"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/identity"
	"sigue/internal/feature/institution"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/schema"
)

var admin = access.Actor{Account: "a1", Role: access.ProgramAdmin}

// clerkOf is a clerk of an institution.
func clerkOf(id string) access.Actor {
	return access.Actor{Account: "a2", Role: access.Referrer, Institution: id, Area: "some"}
}

// room is the service on a fresh database with a seeded catalogue.
type room struct {
	*institution.Service
	catalogue *catalogue.Service
	d         *db.DB
}

func run(t *testing.T, test func(t *testing.T, r room)) {
	t.Helper()
	dbtest.Run(t, schema.Migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		l, err := ledger.New(d, []byte("mac"), make([]byte, 32))
		must(t, err)
		c := catalogue.New(d, l)
		must(t, c.Seed(t.Context(), admin))
		test(t, room{institution.New(d, l, c, identity.New(d, l, nil, identity.Config{FailKey: []byte("key")})), c, d})
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func fails(t *testing.T, err error, field string) {
	t.Helper()
	if fault.FieldsOf(err)[field].IsZero() {
		t.Errorf("error = %v, want a sentence at %q", err, field)
	}
}

func missing(t *testing.T, what string, err error) {
	t.Helper()
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("%s: %v, want NotFound", what, err)
	}
}

var (
	judiciary = institution.Form{Name: "Poder Judicial del Estado de México", Kind: "court", Municipality: "15106"}
	court     = institution.AreaForm{Name: "Juzgado Tercero Familiar", District: "toluca", Mailbox: "juzgado3@pj.example"}
)

func (r room) create(t *testing.T, f institution.Form) string {
	t.Helper()
	id, err := r.Create(t.Context(), admin, f)
	must(t, err)
	return id
}

func (r room) createArea(t *testing.T, institution string, f institution.AreaForm) string {
	t.Helper()
	id, err := r.CreateArea(t.Context(), admin, institution, f)
	must(t, err)
	return id
}

func (r room) count(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	must(t, r.d.View(t.Context(), func(tx *db.Tx) error { return tx.Get(t.Context(), &n, query, args...) }))
	return n
}

func TestCreateAndUpdate(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		id := r.create(t, judiciary)
		changed := judiciary
		changed.Name, changed.Mailbox = "Poder  Judicial", "oficialia@pj.example"
		must(t, r.Update(ctx, admin, id, changed))
		must(t, r.Update(ctx, admin, id, changed)) // nothing new
		got, err := r.Institution(ctx, clerkOf(id), id)
		if err != nil || got.Name != "Poder Judicial" || got.Kind != "court" || got.MunicipalityKey != "15106" || got.Mailbox != "oficialia@pj.example" {
			t.Errorf("institution = %+v, %v", got, err)
		}
		if n := r.count(t, `select count(*) from ledger_entries where subject_id = $1 and institution_id = $1`, id); n != 2 {
			t.Errorf("ledger entries = %d, want 2", n)
		}
	})
}

func TestFormRefuses(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		id := r.create(t, judiciary)
		for _, tt := range []struct {
			name, field string
			change      func(*institution.Form)
		}{
			{"no name", "name", func(f *institution.Form) { f.Name = " \t" }},
			{"a name of 201 letters", "name", func(f *institution.Form) { f.Name = strings.Repeat("Ñ", 201) }},
			{"a name in use", "name", func(f *institution.Form) {}},
			{"no kind", "kind", func(f *institution.Form) { f.Kind = "" }},
			{"an unknown kind", "kind", func(f *institution.Form) { f.Kind = "circus" }},
			{"no municipality", "municipality", func(f *institution.Form) { f.Municipality = "" }},
			{"an unknown municipality", "municipality", func(f *institution.Form) { f.Municipality = "15999" }},
			{"half a mailbox", "mailbox", func(f *institution.Form) { f.Mailbox = "oficialia@" }},
			{"a mailbox with a name", "mailbox", func(f *institution.Form) { f.Mailbox = "Ana <a@pj.example>" }},
		} {
			t.Run(tt.name, func(t *testing.T) {
				f := judiciary
				tt.change(&f)
				_, err := r.Create(t.Context(), admin, f)
				fails(t, err, tt.field)
				if tt.name != "a name in use" { // it is its own
					fails(t, r.Update(t.Context(), admin, id, f), tt.field)
				}
			})
		}
	})
}

func TestAreas(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		id := r.create(t, judiciary)
		area := r.createArea(t, id, court)
		town := r.create(t, institution.Form{Name: "Ayuntamiento de Ñuñoa", Kind: "municipality", Municipality: "15033"})
		office := r.createArea(t, town, institution.AreaForm{Name: "Instancia de las Mujeres", Mailbox: "mujeres@a.example"})

		must(t, r.d.View(ctx, func(tx *db.Tx) error {
			a, err := r.AreaTx(ctx, tx, area)
			if err != nil || a.PlaceName() != "Juzgado Tercero Familiar, Toluca" || a.InstitutionName != judiciary.Name || a.Mailbox != court.Mailbox {
				t.Errorf("area = %+v, %v", a, err)
			}
			names, err := r.AreaNamesTx(ctx, tx, []string{area, office, area, "", "nobody"})
			if err != nil || len(names) != 2 || names[office] != "Instancia de las Mujeres, Ayuntamiento de Ñuñoa" {
				t.Errorf("names = %v, %v", names, err)
			}
			if names, err := r.AreaNamesTx(ctx, tx, nil); err != nil || len(names) != 0 {
				t.Errorf("no ids: %v, %v", names, err)
			}
			_, err = r.AreaTx(ctx, tx, "nobody")
			missing(t, "an unknown area", err)
			return nil
		}))
		all, err := r.Areas(ctx, admin)
		if err != nil || len(all) != 2 || all[0].ID != office {
			t.Errorf("areas = %v, %v; want both, by name", all, err)
		}
	})
}

func TestAreaFormRefuses(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		id := r.create(t, judiciary)
		r.createArea(t, id, court)
		for _, tt := range []struct {
			name, field string
			change      func(*institution.AreaForm)
		}{
			{"no name", "name", func(f *institution.AreaForm) { f.Name = "" }},
			{"a name in use there", "name", func(f *institution.AreaForm) {}},
			{"no mailbox", "mailbox", func(f *institution.AreaForm) { f.Mailbox = "" }},
			{"no such mailbox", "mailbox", func(f *institution.AreaForm) { f.Mailbox = "juzgado" }},
			{"an unknown district", "district", func(f *institution.AreaForm) { f.District = "atlantis" }},
		} {
			t.Run(tt.name, func(t *testing.T) {
				f := court
				tt.change(&f)
				_, err := r.CreateArea(t.Context(), admin, id, f)
				fails(t, err, tt.field)
			})
		}
	})
}

// TestRename checks that posts show the new name of their place.
func TestRename(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		town := r.create(t, institution.Form{Name: "Ayuntamiento", Kind: "municipality", Municipality: "15033"})
		office := r.createArea(t, town, institution.AreaForm{Name: "Instancia", Mailbox: "m@a.example"})
		must(t, r.d.Tx(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `insert into posts (id, role, title, place, institution_id, area_id, center_id, created_at)
				values ('p1', 'referrer', 'Titular', 'Instancia, Ayuntamiento', $1, $2, '', $3)`, town, office, db.At(tx.Now()))
			return err
		}))
		place := func() (s string) {
			must(t, r.d.View(ctx, func(tx *db.Tx) error { return tx.Get(ctx, &s, `select place from posts where id = 'p1'`) }))
			return s
		}
		must(t, r.Update(ctx, admin, town, institution.Form{Name: "Ayuntamiento de Ecatepec", Kind: "municipality", Municipality: "15033"}))
		if got := place(); got != "Instancia, Ayuntamiento de Ecatepec" {
			t.Errorf("after the institution's new name the place is %q", got)
		}
		must(t, r.UpdateArea(ctx, admin, town, office, institution.AreaForm{Name: "Instancia de las Mujeres", District: "ecatepec", Mailbox: "m@a.example"}))
		if got := place(); got != "Instancia de las Mujeres, Ecatepec de Morelos" {
			t.Errorf("after the area's new name the place is %q", got)
		}
	})
}

func TestClose(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		id := r.create(t, judiciary)
		area := r.createArea(t, id, court)
		open := func() int {
			areas, err := r.Areas(ctx, admin)
			must(t, err)
			return len(areas)
		}
		for _, step := range []struct {
			name string
			do   func() error
			want int
		}{
			{"close the area", func() error { return r.CloseArea(ctx, admin, id, area) }, 0},
			{"close it twice", func() error { return r.CloseArea(ctx, admin, id, area) }, 0},
			{"reopen the area", func() error { return r.ReopenArea(ctx, admin, id, area) }, 1},
			{"close the institution", func() error { return r.Close(ctx, admin, id) }, 0},
			{"close it twice", func() error { return r.Close(ctx, admin, id) }, 0},
			{"reopen the institution", func() error { return r.Reopen(ctx, admin, id) }, 1},
			{"reopen it twice", func() error { return r.Reopen(ctx, admin, id) }, 1},
		} {
			if err := step.do(); err != nil || open() != step.want {
				t.Errorf("%s: %v, %d open areas, want %d", step.name, err, open(), step.want)
			}
		}
		must(t, r.Close(ctx, admin, id))
		a, err := r.Area(ctx, admin, id, area)
		if err != nil || !a.Closed() {
			t.Errorf("the area of a closed institution = %+v, %v", a, err)
		}
		if _, err := r.CreateArea(ctx, admin, id, institution.AreaForm{Name: "Otra", Mailbox: "o@pj.example"}); !fault.Is(err, fault.Conflict) {
			t.Errorf("an area for a closed institution: %v, want Conflict", err)
		}
		if got := r.count(t, `select count(*) from ledger_entries where action in
			('area.close', 'area.reopen', 'institution.close', 'institution.reopen')`); got != 5 {
			t.Errorf("ledger entries = %d, want 5", got)
		}
	})
}

func TestList(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		for i := range 61 {
			r.create(t, institution.Form{Name: fmt.Sprintf("Ayuntamiento %03d", i), Kind: "municipality", Municipality: "15106"})
		}
		id := r.create(t, institution.Form{Name: "Índice de Órganos", Kind: "other", Municipality: "15106"})
		r.createArea(t, id, court)
		closed := r.create(t, institution.Form{Name: "Zócalo", Kind: "other", Municipality: "15106"})
		must(t, r.Close(ctx, admin, closed))

		var names []string
		f := institution.Filter{}
		for {
			p, err := r.Institutions(ctx, admin, f)
			must(t, err)
			if p.Total != 62 {
				t.Errorf("total = %d, want 62", p.Total)
			}
			for _, l := range p.Items {
				names = append(names, l.Name)
			}
			if f.After = p.Next; p.Next == "" {
				break
			}
		}
		if len(names) != 62 || len(slices.Compact(names)) != 62 || names[61] != "Índice de Órganos" {
			t.Errorf("pages hold %d, the last %q", len(names), names[len(names)-1])
		}
		for _, tt := range []struct {
			name   string
			filter institution.Filter
			want   int
		}{
			{"by text without accents", institution.Filter{Text: "indice de organos"}, 1},
			{"by kind", institution.Filter{Kind: "other"}, 1},
			{"closed ones too", institution.Filter{Kind: "other", Closed: true}, 2},
			{"nothing", institution.Filter{Text: "%"}, 0},
			{"after the last", institution.Filter{After: "zzz"}, 0},
		} {
			p, err := r.Institutions(ctx, admin, tt.filter)
			if err != nil || len(p.Items) != tt.want {
				t.Errorf("%s: %d, %v; want %d", tt.name, len(p.Items), err, tt.want)
			}
			if tt.want == 1 && p.Items[0].Areas != map[string]int{"Índice de Órganos": 1}[p.Items[0].Name] {
				t.Errorf("%s: %d areas", tt.name, p.Items[0].Areas)
			}
		}
	})
}

func TestClosedDays(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		id := r.create(t, judiciary)
		must(t, r.CloseDays(ctx, admin, id, catalogue.Closure{From: "14/12/2026", Until: "18/12/2026", Name: "Receso"}))
		must(t, r.OpenDay(ctx, admin, id, "2026-12-16"))
		days, err := r.ClosedDays(ctx, clerkOf(id), id, 0)
		if err != nil || len(days) != 4 || days[0].Name != "Receso" {
			t.Errorf("days = %v, %v; want four", days, err)
		}
		calendar, err := r.catalogue.CalendarFor(ctx, admin, id)
		if err != nil || calendar.IsBusinessDay(clock.MustDate("2026-12-14")) || !calendar.IsBusinessDay(clock.MustDate("2026-12-16")) {
			t.Errorf("the calendar does not follow: %v", err)
		}
		fails(t, r.CloseDays(ctx, admin, id, catalogue.Closure{Name: "x"}), "from")
	})
}

// TestOthersDoNotExist checks that who belongs to one institution finds no other, and
// changes none.
func TestOthersDoNotExist(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		mine := r.create(t, judiciary)
		other := r.create(t, institution.Form{Name: "Fiscalía", Kind: "prosecutor", Municipality: "15106"})
		area := r.createArea(t, other, institution.AreaForm{Name: "Unidad", Mailbox: "u@f.example"})
		me := clerkOf(mine)

		p, err := r.Institutions(ctx, me, institution.Filter{Closed: true})
		if err != nil || len(p.Items) != 1 || p.Items[0].ID != mine {
			t.Errorf("a clerk sees %+v, %v", p.Items, err)
		}
		if areas, err := r.Areas(ctx, me); err != nil || len(areas) != 0 {
			t.Errorf("a clerk sees areas %v, %v", areas, err)
		}
		_, err = r.Institution(ctx, me, other)
		missing(t, "institution", err)
		_, err = r.Area(ctx, me, other, area)
		missing(t, "area", err)
		_, err = r.Area(ctx, admin, mine, area)
		missing(t, "area under another institution", err)
		_, err = r.ClosedDays(ctx, me, other, 0)
		missing(t, "closed days", err)
		_, err = r.Create(ctx, me, judiciary)
		missing(t, "create", err)
		_, err = r.CreateArea(ctx, me, mine, court)
		missing(t, "create area", err)
		missing(t, "update", r.Update(ctx, me, mine, judiciary))
		missing(t, "close", r.Close(ctx, me, mine))
		missing(t, "reopen", r.Reopen(ctx, me, mine))
		missing(t, "update area", r.UpdateArea(ctx, me, other, area, court))
		missing(t, "close area", r.CloseArea(ctx, me, other, area))
		missing(t, "reopen area", r.ReopenArea(ctx, me, other, area))
		missing(t, "close days", r.CloseDays(ctx, me, mine, catalogue.Closure{From: "14/12/2026", Name: "x"}))
		missing(t, "open day", r.OpenDay(ctx, me, mine, "2026-12-14"))
		missing(t, "update an area under another institution", r.UpdateArea(ctx, admin, mine, area, court))
		missing(t, "update nothing", r.Update(ctx, admin, "nothing", judiciary))
		_, err = r.Institutions(ctx, access.Actor{Account: "a3", Role: access.Reception, Center: "c1"}, institution.Filter{})
		missing(t, "list by a center", err)
	})
}
