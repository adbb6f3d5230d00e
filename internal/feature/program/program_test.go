package program_test

import (
	"math/rand/v2"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/feature/program"
)

// TestSeed checks what ships, and that seeding again adds and changes nothing.
func TestSeed(t *testing.T) {
	type part struct {
		area               program.ServiceArea
		n, minutes, topics int
	}
	want := map[string][]part{
		"CeDeMas+":         {{program.Psychology, 20, 60, 0}, {program.InGroup, 15, 120, 15}},
		"IRAVP":            {{program.InGroup, 25, 120, 25}},
		"CECOVIM":          {{program.InGroup, 16, 150, 16}},
		"Vivir sin golpes": {{program.InGroup, 37, 120, 39}},
	}
	run(t, func(t *testing.T, r *room) {
		ctx := t.Context()
		must(t, r.UpdateProgram(ctx, admin, r.shipped(t, "IRAVP").ProgramID, 1, program.ProgramForm{Name: "IRAVP Edomex", Summary: "Otro."}))
		must(t, r.Seed(ctx, admin))
		if n := r.count(t, `select count(*) from programs`); n != len(want) {
			t.Errorf("programs after seeding twice = %d, want %d", n, len(want))
		}
		must(t, r.UpdateProgram(ctx, admin, r.shipped(t, "IRAVP Edomex").ProgramID, 2, program.ProgramForm{Name: "IRAVP", Summary: "Otro."}))
		for name, parts := range want {
			v := r.shipped(t, name)
			if v.Number != 1 || v.Draft() || v.Required != 80 || v.GroupMin != 8 || v.GroupMax != 20 || v.Source == "" {
				t.Errorf("%s: got %d, %v, %d %%, groups of %d to %d, source %q", name, v.Number, v.PublishedAt, v.Required, v.GroupMin, v.GroupMax, v.Source)
			}
			if missing := v.Missing(); len(missing) > 0 {
				t.Errorf("%s lacks %v", name, missing)
			}
			for i, c := range v.Components {
				topics := 0
				for _, s := range c.Sessions {
					topics += len(s.Topics)
				}
				got := part{c.Area, len(c.Sessions), c.Minutes, topics}
				if i >= len(parts) || got != parts[i] || c.EveryDays != 7 || c.Group != (c.Area == program.InGroup) {
					t.Errorf("%s: component %d = %+v every %d days, want %+v every 7", name, i, got, c.EveryDays, parts)
				}
			}
		}
	})
}

func version(components ...program.Component) *program.Version {
	return &program.Version{Components: components}
}

func sessions(n int) []program.Session { return make([]program.Session, n) }

func TestForecastEnd(t *testing.T) {
	recess := clock.NewCalendar(clock.ClosedDay{Date: clock.MustDate("2027-01-11"), Name: "Inventario"})
	for _, tt := range []struct {
		name, start string
		v           *program.Version
		cal         clock.Calendar
		want        string
	}{
		{"one session", "2027-01-04", version(program.Component{EveryDays: 7, Sessions: sessions(1)}), clock.Calendar{}, "2027-01-04"},
		{"from a Sunday", "2027-01-03", version(program.Component{EveryDays: 7, Sessions: sessions(1)}), clock.Calendar{}, "2027-01-04"},
		{"two weeks", "2027-01-04", version(program.Component{EveryDays: 7, Sessions: sessions(3)}), clock.Calendar{}, "2027-01-18"},
		{"over a closed day", "2027-01-04", version(program.Component{EveryDays: 7, Sessions: sessions(2)}), recess, "2027-01-12"},
		{"the longest of two", "2027-01-04", version(program.Component{EveryDays: 7, Sessions: sessions(20)},
			program.Component{EveryDays: 7, Sessions: sessions(15)}), clock.Calendar{}, "2027-05-18"},
		{"no sessions", "2027-01-04", version(program.Component{EveryDays: 7}), clock.Calendar{}, ""},
		{"no components", "2027-01-04", version(), clock.Calendar{}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.v.ForecastEnd(clock.MustDate(tt.start), tt.cal).String(); got != tt.want {
				t.Errorf("ForecastEnd(%s) = %q, want %q", tt.start, got, tt.want)
			}
		})
	}
	if got := version(program.Component{EveryDays: 7, Sessions: sessions(2)}).ForecastEnd(clock.Date{}, clock.Calendar{}); !got.IsZero() {
		t.Errorf("ForecastEnd without a start = %s", got)
	}
}

// closedDays closes up to 60 days of three years, some in a row.
func closedDays(r *rand.Rand) []clock.ClosedDay {
	var days []clock.ClosedDay
	for range r.IntN(12) {
		d := clock.MustDate("2026-01-01").AddDays(r.IntN(1000))
		for range 1 + r.IntN(20) {
			days = append(days, clock.ClosedDay{Date: d, Name: "cerrado"})
			d = d.AddDays(1)
		}
	}
	return days
}

// TestForecastEndHolds checks, for random calendars and programs, what a forecast may
// never get wrong.
func TestForecastEndHolds(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	for range 400 {
		days := closedDays(r)
		cal, start := clock.NewCalendar(days...), clock.MustDate("2026-01-01").AddDays(r.IntN(700))
		var v program.Version
		for range 1 + r.IntN(3) {
			v.Components = append(v.Components, program.Component{EveryDays: 1 + r.IntN(15), Sessions: sessions(1 + r.IntN(40))})
		}
		end := v.ForecastEnd(start, cal)
		if !cal.IsBusinessDay(end) || end.Before(start) {
			t.Fatalf("from %s ends on %s, no business day after it", start, end)
		}
		for _, c := range v.Components {
			if least := start.AddDays((len(c.Sessions) - 1) * c.EveryDays); end.Before(least) {
				t.Fatalf("from %s ends on %s, before %d sessions every %d days fit", start, end, len(c.Sessions), c.EveryDays)
			}
			if alone := version(c).ForecastEnd(start, cal); alone.After(end) {
				t.Fatalf("one component ends on %s, all together on %s", alone, end)
			}
		}
		if open := v.ForecastEnd(start, clock.Calendar{}); open.After(end) {
			t.Fatalf("closing days brought the end from %s to %s", open, end)
		}
		if later := v.ForecastEnd(start.AddDays(1), cal); later.Before(end) {
			t.Fatalf("a day later begun, %s ends before %s", later, end)
		}
	}
}

// TestPlanSessionsHolds checks the same of a group's schedule.
func TestPlanSessionsHolds(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 17))
	for range 400 {
		cal := clock.NewCalendar(closedDays(r)...)
		first := clock.MustDate("2026-01-01").AddDays(r.IntN(700))
		every, n := 7*(1+r.IntN(2)), 1+r.IntN(40)
		plan := program.PlanSessions(program.Group{FirstOn: first, EveryDays: every}, n, cal)
		if len(plan) != n {
			t.Fatalf("%d sessions planned, want %d", len(plan), n)
		}
		day := first
		for i, p := range plan {
			if p.Number != i+1 {
				t.Fatalf("session %d has number %d", i+1, p.Number)
			}
			for _, skip := range p.Skipped {
				if skip.On != day || skip.Why.IsZero() || cal.IsBusinessDay(skip.On) {
					t.Fatalf("skips %s for %q, want %s and why it is closed", skip.On, skip.Why.Key, day)
				}
				day = day.AddDays(every)
			}
			if p.On != day || p.On.Weekday() != first.Weekday() {
				t.Fatalf("session %d on %s, want %s", p.Number, p.On, day)
			}
			weekend := p.On.Weekday() == 0 || p.On.Weekday() == 6
			if !weekend && !cal.IsBusinessDay(p.On) {
				t.Fatalf("session %d on %s, a closed day", p.Number, p.On)
			}
			day = day.AddDays(every)
		}
	}
}

func TestPlanSessions(t *testing.T) {
	type skip struct{ on, why string }
	for _, tt := range []struct {
		name, first string
		closed      []clock.ClosedDay
		n           int
		want        []string
		skipped     map[int][]skip // by the number of the session that follows
	}{
		{"over Labour Day, which is a Saturday's", "2027-04-24", nil, 3, []string{"2027-04-24", "2027-05-08", "2027-05-15"}, map[int][]skip{2: {{"2027-05-01", "Día del Trabajo"}}}},
		{"over 1 May on a Monday", "2028-04-24", nil, 2, []string{"2028-04-24", "2028-05-08"}, map[int][]skip{2: {{"2028-05-01", "Día del Trabajo"}}}},
		{"over a closed day of the center", "2027-01-04", []clock.ClosedDay{{Date: clock.MustDate("2027-01-11"), Name: "Fumigación"}}, 3,
			[]string{"2027-01-04", "2027-01-18", "2027-01-25"}, map[int][]skip{2: {{"2027-01-11", "día inhábil: Fumigación"}}}},
		{"the first day is closed", "2027-02-01", nil, 1, []string{"2027-02-08"}, map[int][]skip{1: {{"2027-02-01", "Día de la Constitución"}}}},
		{"two in a row", "2026-12-18", []clock.ClosedDay{{Date: clock.MustDate("2027-01-01"), Name: "x"}}, 2,
			[]string{"2026-12-18", "2027-01-08"}, map[int][]skip{2: {{"2026-12-25", "Navidad"}, {"2027-01-01", "Año Nuevo"}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plan := program.PlanSessions(program.Group{FirstOn: clock.MustDate(tt.first), EveryDays: 7}, tt.n, clock.NewCalendar(tt.closed...))
			for i, p := range plan {
				if p.On.String() != tt.want[i] {
					t.Errorf("session %d on %s, want %s", p.Number, p.On, tt.want[i])
				}
				var got []skip
				for _, s := range p.Skipped {
					got = append(got, skip{s.On.String(), s.Why.In("es-MX")})
				}
				if want := tt.skipped[p.Number]; len(got) != len(want) || (len(got) > 0 && (got[0] != want[0] || got[len(got)-1] != want[len(want)-1])) {
					t.Errorf("before session %d skips %v, want %v", p.Number, got, want)
				}
			}
		})
	}
	if plan := program.PlanSessions(program.Group{}, 3, clock.Calendar{}); len(plan) != 0 {
		t.Errorf("a group without a first day has %d sessions", len(plan))
	}
	if plan := program.PlanSessions(program.Group{FirstOn: clock.MustDate("9999-12-30")}, 3, clock.Calendar{}); len(plan) > 2 {
		t.Errorf("%d sessions after the end of the calendar", len(plan))
	}
}
