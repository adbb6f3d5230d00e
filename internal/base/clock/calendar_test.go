package clock

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sigue/internal/base/i18n"
)

// restDays lists the weekdays of a year on which a calendar rests.
func restDays(c Calendar, year int) []string {
	var out []string
	for d := civil(year, 1, 1); d.Year() == year; d = d.AddDays(1) {
		if !isWeekend(d) && !c.IsBusinessDay(d) {
			out = append(out, d.String()[5:])
		}
	}
	return out
}

func TestNationalDays(t *testing.T) {
	for _, tt := range []struct {
		year int
		want []string
	}{
		{2018, []string{"01-01", "02-05", "03-19", "05-01", "11-19", "12-25"}}, // 16 September and 1 December: weekend
		{2023, []string{"02-06", "03-20", "05-01", "11-20", "12-25"}},
		{2024, []string{"01-01", "02-05", "03-18", "05-01", "09-16", "10-01", "11-18", "12-25"}},
		{2025, []string{"01-01", "02-03", "03-17", "05-01", "09-16", "11-17", "12-25"}},
		{2026, []string{"01-01", "02-02", "03-16", "05-01", "09-16", "11-16", "12-25"}},
		{2027, []string{"01-01", "02-01", "03-15", "09-16", "11-15"}},
		{2030, []string{"01-01", "02-04", "03-18", "05-01", "09-16", "10-01", "11-18", "12-25"}},
	} {
		if got := restDays(Calendar{}, tt.year); !slices.Equal(got, tt.want) {
			t.Errorf("%d: got %v, want %v", tt.year, got, tt.want)
		}
	}
}

func TestHandOver(t *testing.T) {
	for _, tt := range []struct {
		date string
		rest bool
	}{
		{"2000-12-01", true}, {"2006-12-01", true}, {"2012-12-01", true}, {"2018-12-01", true}, {"2018-10-01", false},
		{"2024-10-01", true}, {"2024-12-01", false}, {"2030-10-01", true}, {"2036-10-01", true}, {"2025-10-01", false},
	} {
		if got := !nationalRest(MustDate(tt.date)).IsZero(); got != tt.rest {
			t.Errorf("%s: rest day %t, want %t", tt.date, got, tt.rest)
		}
	}
}

// winter is a court's calendar with its winter recess, 18 December to 2 January.
func winter() Calendar {
	var days []ClosedDay
	for d := MustDate("2026-12-18"); !d.After(MustDate("2027-01-02")); d = d.AddDays(1) {
		days = append(days, ClosedDay{d, "receso de invierno"})
	}
	return NewCalendar(days...)
}

// english is a sentence in English, empty for none.
func english(m i18n.Msg) string {
	if m.IsZero() {
		return ""
	}
	return m.In(i18n.English)
}

func TestWhy(t *testing.T) {
	for date, want := range map[string]string{
		"2026-11-16": "Revolution Day",
		"2026-11-17": "",
		"2026-11-21": "Saturday",
		"2026-12-21": "closed: receso de invierno",
		"2026-12-25": "Christmas Day",
		"":           "",
	} {
		var d Date
		if err := d.UnmarshalText([]byte(date)); err != nil {
			t.Fatal(err)
		}
		if got := english(winter().Why(d)); got != want {
			t.Errorf("Why(%s) = %q, want %q", date, got, want)
		}
	}
}

func TestAdd(t *testing.T) {
	for _, tt := range []struct {
		name string
		cal  Calendar
		from string
		n    int
		want string
	}{
		{"the event day does not count", Calendar{}, "2026-11-24", 1, "2026-11-25"},
		{"over a weekend", Calendar{}, "2026-11-20", 1, "2026-11-23"},
		{"over a long weekend", Calendar{}, "2026-11-13", 1, "2026-11-17"},
		{"event on a Saturday", Calendar{}, "2026-11-21", 1, "2026-11-23"},
		{"ten days", Calendar{}, "2026-11-20", 10, "2026-12-04"},
		{"0 on a business day", Calendar{}, "2026-11-24", 0, "2026-11-24"},
		{"0 on a Saturday", Calendar{}, "2026-11-21", 0, "2026-11-23"},
		{"0 on a holiday", Calendar{}, "2026-11-16", 0, "2026-11-17"},
		{"back", Calendar{}, "2026-11-17", -1, "2026-11-13"},
		{"over a recess", winter(), "2026-12-17", 1, "2027-01-04"},
		{"the same without it", Calendar{}, "2026-12-17", 1, "2026-12-18"},
		{"no end", Calendar{}, "2026-11-24", 1 << 40, "9999-12-31"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.cal.Add(MustDate(tt.from), tt.n).String(); got != tt.want {
				t.Errorf("Add(%s, %d) = %s, want %s", tt.from, tt.n, got, tt.want)
			}
		})
	}
	if got := (Calendar{}).Add(Date{}, 3); !got.IsZero() {
		t.Errorf("Add to no date = %s", got)
	}
}

// randomCalendar closes up to 60 days of the years around 2026, some in a row.
func randomCalendar(r *rand.Rand) Calendar {
	var days []ClosedDay
	for range r.IntN(12) {
		d := randomDate(r)
		for range 1 + r.IntN(20) {
			days = append(days, ClosedDay{d, "cerrado"})
			d = d.AddDays(1)
		}
	}
	return NewCalendar(days...)
}

func randomDate(r *rand.Rand) Date { return MustDate("2024-06-01").AddDays(r.IntN(1200)) }

// TestBusinessDays holds for any calendar and any days.
func TestBusinessDays(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		cal, a, b, c := randomCalendar(r), randomDate(r), randomDate(r), randomDate(r)
		n := 1 + r.IntN(60)
		due := cal.Add(a, n)
		switch {
		case !cal.IsBusinessDay(due):
			t.Fatalf("Add(%s, %d) = %s, no business day", a, n, due)
		case cal.Between(a, due) != n:
			t.Fatalf("Between(%s, %s) = %d, want %d", a, due, cal.Between(a, due), n)
		case cal.Add(due, -n).After(a), !cal.Add(due, -n+1).After(a) && n > 1:
			t.Fatalf("%d days before %s is %s; the event was %s", n, due, cal.Add(due, -n), a)
		case cal.Add(a, n+1) != cal.Next(due):
			t.Fatalf("Add(%s, %d) = %s, want the next of %s", a, n+1, cal.Add(a, n+1), due)
		case cal.Between(a, b) != -cal.Between(b, a):
			t.Fatalf("Between(%s, %s) = %d, back %d", a, b, cal.Between(a, b), cal.Between(b, a))
		case cal.Between(a, b)+cal.Between(b, c) != cal.Between(a, c):
			t.Fatalf("Between(%s, %s, %s) does not add up", a, b, c)
		case !cal.Why(due).IsZero():
			t.Fatalf("%s is a business day, yet %q", due, cal.Why(due).Key)
		}
		if zero := cal.Add(a, 0); cal.IsBusinessDay(a) != (zero == a) || !cal.IsBusinessDay(zero) {
			t.Fatalf("Add(%s, 0) = %s", a, zero)
		}
		if cal.IsBusinessDay(a) == !cal.Why(a).IsZero() {
			t.Fatalf("%s: business day %t, yet why %q", a, cal.IsBusinessDay(a), cal.Why(a).Key)
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	cal, from := winter(), DateOf(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))
	for b.Loop() {
		cal.Add(from, 15)
	}
}
