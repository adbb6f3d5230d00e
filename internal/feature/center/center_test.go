package center_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/schema"
)

var (
	admin = access.Actor{Account: "a1", Role: access.ProgramAdmin}
	clerk = access.Actor{Account: "a2", Role: access.Referrer, Institution: "i1", Area: "r1"}
)

// room is the service on a fresh database with a seeded catalogue.
type room struct {
	*center.Service
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
		test(t, room{center.New(d, l, c, identity.New(d, l, nil, identity.Config{FailKey: []byte("key")})), c, d})
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

// form is a sound center of that name in a municipality.
func form(name, municipality string) center.Form {
	return center.Form{
		Name: name, Municipality: municipality, Address: "Calle Uno 1, Centro", Phone: "722 555 0101",
		Mailbox: "centro@cedemas.example", Capacity: "12",
	}
}

func (r room) create(t *testing.T, name, municipality string) string {
	t.Helper()
	id, err := r.Create(t.Context(), admin, form(name, municipality))
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
		id := r.create(t, "CeDeMas+ Toluca", "15106")
		must(t, r.d.Tx(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `insert into posts (id, role, title, place, institution_id, area_id, center_id, created_at)
				values ('p1', 'reception', 'Recepción', 'CeDeMas+ Toluca', '', '', $1, $2)`, id, db.At(tx.Now()))
			return err
		}))
		changed := form("CeDeMas+  Valle de Toluca", "15106")
		changed.Capacity = "0"
		must(t, r.Update(ctx, admin, id, changed))
		must(t, r.Update(ctx, admin, id, changed)) // nothing new
		got, err := r.Center(ctx, clerk, id)
		if err != nil || got.Name != "CeDeMas+ Valle de Toluca" || got.Capacity != 0 || got.Address != "Calle Uno 1, Centro" {
			t.Errorf("center = %+v, %v", got, err)
		}
		if r.count(t, `select count(*) from posts where place = 'CeDeMas+ Valle de Toluca'`) != 1 {
			t.Error("the post kept the old name of its center")
		}
		if n := r.count(t, `select count(*) from ledger_entries where center_id = $1 and action in ('center.create', 'center.update', 'venue.create')`, id); n != 3 {
			t.Errorf("ledger entries = %d, want 3", n)
		}
		venues, err := r.Venues(ctx, clerk, id)
		if err != nil || len(venues) != 1 || venues[0].Address != "Calle Uno 1, Centro" {
			t.Errorf("venues = %+v, %v; want one at the center's address", venues, err)
		}
	})
}

func TestFormRefuses(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		r.create(t, "Taken", "15106")
		for _, tt := range []struct {
			name, field string
			change      func(*center.Form)
		}{
			{"no name", "name", func(f *center.Form) { f.Name = "" }},
			{"a name in use", "name", func(f *center.Form) { f.Name = "Taken" }},
			{"a long name", "name", func(f *center.Form) { f.Name = strings.Repeat("a", 201) }},
			{"no address", "address", func(f *center.Form) { f.Address = " " }},
			{"no municipality", "municipality", func(f *center.Form) { f.Municipality = "" }},
			{"half a telephone", "phone", func(f *center.Form) { f.Phone = "555 01" }},
			{"no mailbox", "mailbox", func(f *center.Form) { f.Mailbox = "" }},
			{"a mailbox without a domain", "mailbox", func(f *center.Form) { f.Mailbox = "centro@local" }},
			{"no capacity", "capacity", func(f *center.Form) { f.Capacity = "" }},
			{"capacity in words", "capacity", func(f *center.Form) { f.Capacity = "doce" }},
			{"negative capacity", "capacity", func(f *center.Form) { f.Capacity = "-1" }},
		} {
			t.Run(tt.name, func(t *testing.T) {
				f := form("Free", "15106")
				tt.change(&f)
				_, err := r.Create(t.Context(), admin, f)
				fails(t, err, tt.field)
			})
		}
	})
}

func TestNames(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		a, b := r.create(t, "Ávila", "15106"), r.create(t, "Beta", "15106")
		must(t, r.Close(ctx, admin, b))
		must(t, r.d.View(ctx, func(tx *db.Tx) error {
			names, err := r.NamesTx(ctx, tx, []string{b, a, a, "", "nobody"})
			if err != nil || len(names) != 2 || names[b] != "Beta" {
				t.Errorf("names = %v, %v", names, err)
			}
			if names, err := r.NamesTx(ctx, tx, []string{""}); err != nil || len(names) != 0 {
				t.Errorf("no ids: %v, %v", names, err)
			}
			c, err := r.CenterTx(ctx, tx, b)
			if err != nil || !c.Closed() {
				t.Errorf("closed center = %+v, %v", c, err)
			}
			_, err = r.CenterTx(ctx, tx, "nobody")
			missing(t, "an unknown center", err)
			_, err = r.VenueTx(ctx, tx, "nobody")
			missing(t, "an unknown venue", err)
			return nil
		}))
		open, err := r.Centers(ctx, clerk)
		all, err2 := r.AllCenters(ctx, admin)
		if err != nil || err2 != nil || len(open) != 1 || len(all) != 2 || all[0].ID != a {
			t.Errorf("open %v, all %v, %v, %v", open, all, err, err2)
		}
	})
}

func TestVenues(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		id, other := r.create(t, "Uno", "15106"), r.create(t, "Dos", "15033")
		first, err := r.Venues(ctx, clerk, id)
		must(t, err)
		if err := r.CloseVenue(ctx, admin, id, first[0].ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("closing the only venue: %v, want Conflict", err)
		}
		second, err := r.CreateVenue(ctx, admin, id, center.VenueForm{Name: "Anexo", Address: "Calle Dos 2"})
		must(t, err)
		must(t, r.UpdateVenue(ctx, admin, id, second, center.VenueForm{Name: "Anexo norte", Address: "Calle Dos 2"}))
		must(t, r.CloseVenue(ctx, admin, id, first[0].ID))
		must(t, r.CloseVenue(ctx, admin, id, first[0].ID)) // twice
		must(t, r.d.View(ctx, func(tx *db.Tx) error {      // old appointments still say where
			v, err := r.VenueTx(ctx, tx, first[0].ID)
			if err != nil || !v.Closed() || v.Address != first[0].Address {
				t.Errorf("closed venue = %+v, %v", v, err)
			}
			return nil
		}))
		open, err := r.Venues(ctx, clerk, id)
		if err != nil || len(open) != 1 || open[0].Name != "Anexo norte" {
			t.Errorf("open venues = %+v, %v", open, err)
		}
		must(t, r.ReopenVenue(ctx, admin, id, first[0].ID))
		all, err := r.AllVenues(ctx, admin, id)
		if err != nil || len(all) != 2 || all[0].ID != first[0].ID {
			t.Errorf("all venues = %+v, %v; want the main one first", all, err)
		}
		_, err = r.CreateVenue(ctx, admin, id, center.VenueForm{Name: "Anexo norte", Address: "x"})
		fails(t, err, "name")
		_, err = r.CreateVenue(ctx, admin, id, center.VenueForm{Name: "Sin domicilio"})
		fails(t, err, "address")
		_, err = r.Venue(ctx, admin, other, second)
		missing(t, "a venue under another center", err)
		missing(t, "update it there", r.UpdateVenue(ctx, admin, other, second, center.VenueForm{Name: "x", Address: "x"}))
		missing(t, "close it there", r.CloseVenue(ctx, admin, other, second))
	})
}

func TestCoverage(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		id := r.create(t, "Uno", "15106")
		set := func(lines ...center.CoverageLine) error {
			return r.SetCoverage(ctx, admin, id, r.version(t, id), lines)
		}
		must(t, set(center.CoverageLine{"15106", "1"}, center.CoverageLine{"15054", "2"}, center.CoverageLine{"15118", "1"}))
		must(t, set(center.CoverageLine{"15106", "2"}, center.CoverageLine{"15054", ""}, center.CoverageLine{"15118", "1"}, center.CoverageLine{"", ""}))
		must(t, set(center.CoverageLine{"15106", "2"}, center.CoverageLine{"15118", "1"})) // nothing new
		got, err := r.Coverage(ctx, clerk, id)
		want := []center.Covered{{"15118", "Zinacantepec", 1}, {"15106", "Toluca", 2}}
		if err != nil || !slices.Equal(got.Covered, want) {
			t.Errorf("coverage = %v, %v; want %v", got, err, want)
		}
		fails(t, set(center.CoverageLine{"15106", "0"}), center.CoverageField("15106"))
		fails(t, set(center.CoverageLine{"15106", "uno"}), center.CoverageField("15106"))
		fails(t, set(center.CoverageLine{"15999", "1"}), "municipality")
		if n := r.count(t, `select count(*) from ledger_entries where action = 'center.coverage'`); n != 2 {
			t.Errorf("ledger entries = %d, want 2", n)
		}
		if n := r.count(t, `select count(*) from center_coverage`); n != 2 {
			t.Errorf("rows = %d, want 2", n)
		}
	})
}

// version is that of a center's coverage as it is.
func (r room) version(t *testing.T, id string) string {
	t.Helper()
	c, err := r.Coverage(t.Context(), clerk, id)
	must(t, err)
	return c.Version
}

// TestCoverageChangedMeanwhile lets two administrators change one coverage: the second
// is told, nothing of the first is lost, and on the new state he may.
func TestCoverageChangedMeanwhile(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		id := r.create(t, "Uno", "15106")
		seen := r.version(t, id)
		must(t, r.SetCoverage(ctx, admin, id, seen, []center.CoverageLine{{"15106", "1"}}))
		second := []center.CoverageLine{{"15054", "1"}}
		if err := r.SetCoverage(ctx, admin, id, seen, second); !fault.Is(err, fault.Conflict) {
			t.Errorf("on what was empty: %v, want Conflict", err)
		}
		seen = r.version(t, id)
		must(t, r.SetCoverage(ctx, admin, id, seen, []center.CoverageLine{{"15106", "2"}}))
		if err := r.SetCoverage(ctx, admin, id, seen, second); !fault.Is(err, fault.Conflict) {
			t.Errorf("on another rank: %v, want Conflict", err)
		}
		// To ask for what is there already is no conflict.
		must(t, r.SetCoverage(ctx, admin, id, seen, []center.CoverageLine{{"15106", "2"}}))
		must(t, r.SetCoverage(ctx, admin, id, r.version(t, id), second))
		got, err := r.Coverage(ctx, clerk, id)
		if want := []center.Covered{{"15054", "Metepec", 1}}; err != nil || !slices.Equal(got.Covered, want) {
			t.Errorf("coverage = %v, %v; want %v", got.Covered, err, want)
		}
	})
}

// TestCoverageAtOnce fills an empty coverage from several sides at the same moment, more
// than once, as two may miss each other by chance.
func TestCoverageAtOnce(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		keys := []string{"15106", "15054", "15118", "15033", "15104", "15025"}
		for round := range 8 {
			id := r.create(t, fmt.Sprintf("Centro %d", round), "15106")
			errs := make([]error, len(keys))
			var group sync.WaitGroup
			start := make(chan struct{})
			for i, key := range keys {
				group.Go(func() {
					<-start
					errs[i] = r.SetCoverage(t.Context(), admin, id, "", []center.CoverageLine{{key, "1"}})
				})
			}
			close(start)
			group.Wait()
			won := 0
			for _, err := range errs {
				if err == nil {
					won++
				} else if !fault.Is(err, fault.Conflict) {
					t.Errorf("got %v, want Conflict", err)
				}
			}
			if rows := r.count(t, `select count(*) from center_coverage where center_id = $1`, id); won != 1 || rows != 1 {
				t.Errorf("%d were kept in %d rows, want 1", won, rows)
			}
		}
	})
}

func TestSuggest(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		_, err := r.catalogue.LoadMunicipalities(ctx, admin, strings.NewReader("cvegeo,nombre\n09002,Azcapotzalco\n"))
		must(t, err)
		second, first := r.create(t, "Alfa", "15106"), r.create(t, "Beta", "15104")
		r.create(t, "Casa", "15033") // stands in the municipality, but does not serve it
		r.create(t, "Delta", "15054")
		r.create(t, "Ajena", "09002")
		closed := r.create(t, "Aaa", "15033")
		must(t, r.SetCoverage(ctx, admin, first, "", []center.CoverageLine{{Municipality: "15033", Rank: "1"}}))
		must(t, r.SetCoverage(ctx, admin, second, "", []center.CoverageLine{{Municipality: "15033", Rank: "2"}, {Municipality: "15106", Rank: "1"}}))
		must(t, r.SetCoverage(ctx, admin, closed, "", []center.CoverageLine{{Municipality: "15033", Rank: "1"}}))
		must(t, r.Close(ctx, admin, closed))
		for _, tt := range []struct{ name, municipality, want, reason string }{
			{"served by two", "15033", "Beta* Alfa* Casa Delta Ajena", "Atiende Ecatepec de Morelos; es la primera opción."},
			{"served by one", "15106", "Alfa* Beta Casa Delta Ajena", "Atiende Toluca; es la primera opción."},
			{"served by none", "15001", "Alfa Beta Casa Delta Ajena", "Está en Toluca; no tiene asignado el municipio de la persona."},
			{"another state", "09002", "Ajena Alfa Beta Casa Delta", "Está en Azcapotzalco, aunque no lo tiene asignado."},
			{"not known", "", "Ajena Alfa Beta Casa Delta", "Está en Azcapotzalco."},
		} {
			got, err := r.Suggest(ctx, clerk, tt.municipality)
			must(t, err)
			var names []string
			for _, s := range got {
				name := s.Center.Name
				if s.Covers {
					name += "*"
				}
				names = append(names, name)
			}
			if line := strings.Join(names, " "); line != tt.want || got[0].Reason.In(i18n.Spanish) != tt.reason {
				t.Errorf("%s: %q because %q; want %q because %q", tt.name, line, got[0].Reason.In(i18n.Spanish), tt.want, tt.reason)
			}
		}
	})
}

// TestSuggestFull checks that a center that takes nobody new comes last and says so,
// though it serves the municipality.
func TestSuggestFull(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		f := form("Alfa", "15106")
		f.Capacity = "0"
		full, err := r.Create(ctx, admin, f)
		must(t, err)
		must(t, r.SetCoverage(ctx, admin, full, "", []center.CoverageLine{{"15106", "1"}}))
		other := r.create(t, "Beta", "15106")
		must(t, r.SetCoverage(ctx, admin, other, "", []center.CoverageLine{{"15106", "3"}}))
		r.create(t, "Casa", "15033")
		for _, municipality := range []string{"15106", "15033", ""} {
			got, err := r.Suggest(ctx, clerk, municipality)
			must(t, err)
			last := got[len(got)-1]
			if last.Center.ID != full || last.Reason.In(i18n.Spanish) != "No recibe casos nuevos por ahora." {
				t.Errorf("for %q the last is %s because %q", municipality, last.Center.Name, last.Reason.In(i18n.Spanish))
			}
		}
		got, err := r.Suggest(ctx, clerk, "15106")
		if err != nil || got[0].Reason.In(i18n.Spanish) != "Atiende Toluca; es la opción 3." {
			t.Errorf("first: %v, %v", got[0].Reason, err)
		}
	})
}

func TestClosedDays(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		id := r.create(t, "Uno", "15106")
		must(t, r.CloseDays(ctx, admin, id, catalogue.Closure{From: "24/11/2026", Until: "25/11/2026", Name: "Fumigación"}))
		must(t, r.OpenDay(ctx, admin, id, "2026-11-25"))
		missing(t, "a day that is none", r.OpenDay(ctx, admin, id, "mañana"))
		days, err := r.ClosedDays(ctx, clerk, id, 0)
		if err != nil || len(days) != 1 || days[0].Name != "Fumigación" {
			t.Errorf("days = %v, %v", days, err)
		}
		calendar, err := r.catalogue.CalendarFor(ctx, admin, id)
		if err != nil || calendar.IsBusinessDay(clock.MustDate("2026-11-24")) {
			t.Errorf("the calendar does not follow: %v", err)
		}
	})
}

// TestPermissions checks that the directory is for everyone signed in and for him alone
// to read.
func TestPermissions(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		id := r.create(t, "Uno", "15106")
		reception := access.Actor{Account: "a3", Role: access.CenterCoordinator, Center: id}
		for name, actor := range map[string]access.Actor{"clerk": clerk, "coordinator": reception} {
			_, create := r.Create(ctx, actor, form("X", "15106"))
			_, venue := r.CreateVenue(ctx, actor, id, center.VenueForm{Name: "x", Address: "x"})
			_, all := r.AllCenters(ctx, actor)
			_, venues := r.AllVenues(ctx, actor, id)
			_, one := r.Venue(ctx, actor, id, "v")
			for what, err := range map[string]error{
				"create": create, "venue": venue, "all": all, "venues": venues, "one venue": one,
				"update": r.Update(ctx, actor, id, form("X", "15106")), "close": r.Close(ctx, actor, id),
				"reopen": r.Reopen(ctx, actor, id), "coverage": r.SetCoverage(ctx, actor, id, "", nil),
				"update venue": r.UpdateVenue(ctx, actor, id, "v", center.VenueForm{}), "close venue": r.CloseVenue(ctx, actor, id, "v"),
				"reopen venue": r.ReopenVenue(ctx, actor, id, "v"),
				"close days":   r.CloseDays(ctx, actor, id, catalogue.Closure{}), "open day": r.OpenDay(ctx, actor, id, "2026-11-24"),
			} {
				missing(t, what+" by a "+name, err)
			}
		}
		nobody := access.Anonymous("")
		_, list := r.Centers(ctx, nobody)
		_, suggest := r.Suggest(ctx, nobody, "15106")
		_, coverage := r.Coverage(ctx, nobody, id)
		_, days := r.ClosedDays(ctx, nobody, id, 0)
		for what, err := range map[string]error{"list": list, "suggest": suggest, "coverage": coverage, "days": days} {
			missing(t, what+" by nobody", err)
		}
		_, err := r.Center(ctx, clerk, "nothing")
		missing(t, "an unknown center", err)
		missing(t, "update nothing", r.Update(ctx, admin, "nothing", form("X", "15106")))
	})
}

func TestCloseAndReopen(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		id := r.create(t, "Uno", "15106")
		for _, step := range []struct {
			do   func() error
			open int
		}{
			{func() error { return r.Close(ctx, admin, id) }, 0},
			{func() error { return r.Close(ctx, admin, id) }, 0},
			{func() error { return r.Reopen(ctx, admin, id) }, 1},
			{func() error { return r.Reopen(ctx, admin, id) }, 1},
		} {
			must(t, step.do())
			if open, err := r.Centers(ctx, clerk); err != nil || len(open) != step.open {
				t.Errorf("open centers = %d, %v; want %d", len(open), err, step.open)
			}
		}
		if n := r.count(t, `select count(*) from ledger_entries where action in ('center.close', 'center.reopen')`); n != 2 {
			t.Errorf("ledger entries = %d, want 2", n)
		}
	})
}
