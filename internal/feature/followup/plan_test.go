package followup

import (
	"math/rand/v2"
	"testing"
	"time"

	"sigue/internal/base/clock"
)

// shipped are the rules as they ship.
var shipped = Rules{Months: [3]int{3, 6, 12}, Window: 15, Attempts: 3}

func TestPlanDays(t *testing.T) {
	closed := clock.NewCalendar(clock.ClosedDay{Date: clock.MustDate("2027-03-16"), Name: "Aniversario"})
	for _, c := range []struct {
		name, completed string
		cal             clock.Calendar
		due             [3]string
	}{
		{"a plain day", "2026-03-10", clock.Calendar{}, [3]string{"2026-06-10", "2026-09-10", "2027-03-10"}},
		{"30 November, clamped to February", "2026-11-30", clock.Calendar{}, [3]string{"2027-03-01", "2027-05-31", "2027-11-30"}}, // 28 February 2027 is a Sunday
		{"30 November, before a leap year", "2027-11-30", clock.Calendar{}, [3]string{"2028-02-29", "2028-05-30", "2028-11-30"}},
		{"31 August", "2026-08-31", clock.Calendar{}, [3]string{"2026-11-30", "2027-03-01", "2027-08-31"}},
		{"due on a day of rest", "2026-12-15", clock.Calendar{}, [3]string{"2027-03-16", "2027-06-15", "2027-12-15"}}, // 15 March 2027: Juárez
		{"and on a day on which the holder does not work", "2026-12-15", closed, [3]string{"2027-03-17", "2027-06-15", "2027-12-15"}},
		{"1 January", "2026-10-01", clock.Calendar{}, [3]string{"2027-01-04", "2027-04-01", "2027-10-01"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i, d := range PlanDays(clock.MustDate(c.completed), shipped, c.cal) {
				if d.Due.String() != c.due[i] || d.Months != shipped.Months[i] || d.Nth != i+1 {
					t.Errorf("the %dth, of %d months, is due on %s, want %s", d.Nth, d.Months, d.Due, c.due[i])
				}
			}
		})
	}
}

// TestPlanDaysOfRandomCalendars holds what must be true of every follow-up, whatever days
// nobody works, against a slow count of the days.
func TestPlanDaysOfRandomCalendars(t *testing.T) {
	rnd := rand.New(rand.NewPCG(34, 12))
	for range 3000 {
		completed := clock.MustDate("2024-01-01").AddDays(rnd.IntN(3650))
		r := Rules{Window: rnd.IntN(46)}
		for i := range r.Months {
			r.Months[i] = 1 + rnd.IntN(24)
		}
		var closed []clock.ClosedDay
		for range rnd.IntN(60) {
			closed = append(closed, clock.ClosedDay{Date: completed.AddDays(rnd.IntN(800)), Name: "No se trabaja"})
		}
		cal := clock.NewCalendar(closed...)
		for i, d := range PlanDays(completed, r, cal) {
			nominal := monthsLater(completed, r.Months[i])
			if d.Nominal != nominal {
				t.Fatalf("%d months after %s: %s, want %s", r.Months[i], completed, d.Nominal, nominal)
			}
			want := nominal
			for !cal.IsBusinessDay(want) {
				want = want.AddDays(1)
			}
			if d.Due != want {
				t.Fatalf("%s and %d months are due on %s, want %s, the first business day from %s on", completed, r.Months[i], d.Due, want, nominal)
			}
			if d.Opens.AddDays(r.Window) != d.Due || d.Due.AddDays(r.Window) != d.Closes {
				t.Fatalf("a window of %d days around %s runs from %s to %s", r.Window, d.Due, d.Opens, d.Closes)
			}
			f := Followup{OpensOn: d.Opens, DueOn: d.Due, ClosesOn: d.Closes}
			for _, day := range []clock.Date{d.Opens, d.Due, d.Closes} {
				if !f.InWindow(day) || f.State(day) != Open {
					t.Fatalf("%s lies outside %s to %s", day, d.Opens, d.Closes)
				}
			}
			if f.InWindow(d.Opens.AddDays(-1)) || f.InWindow(d.Closes.AddDays(1)) || f.State(d.Opens.AddDays(-1)) != Planned {
				t.Fatalf("the window of %s to %s is longer than it says", d.Opens, d.Closes)
			}
		}
	}
}

// monthsLater is the same day so many months later, or the last of that month, by the
// calendar of the standard library.
func monthsLater(d clock.Date, months int) clock.Date {
	year, month, day := d.Date()
	first := time.Date(year, month+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	out, err := clock.NewDate(first.Year(), first.Month(), min(day, last))
	if err != nil {
		panic(err)
	}
	return out
}

// TestDeadline asks the one deadline function at the edges of a follow-up.
func TestDeadline(t *testing.T) {
	f := Followup{OpensOn: clock.MustDate("2027-03-01"), DueOn: clock.MustDate("2027-03-16"), ClosesOn: clock.MustDate("2027-03-31")}
	done := f
	done.Answers, done.Reached = 1, Yes
	for _, c := range []struct {
		name, today string
		of          Followup
		want        clock.Kind
	}{
		{"before its window", "2027-02-26", f, clock.None},
		{"when its window opens", "2027-03-01", f, clock.Ahead},
		{"the day before", "2027-03-15", f, clock.Tomorrow},
		{"on its day", "2027-03-16", f, clock.Today},
		{"past its day, inside its window", "2027-03-17", f, clock.Overdue},
		{"past its window", "2027-04-20", f, clock.Overdue},
		{"done", "2027-03-17", done, clock.None},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.of.Deadline(clock.MustDate(c.today).At(10, 0), clock.Calendar{}).Kind; got != c.want {
				t.Errorf("kind %d, want %d", got, c.want)
			}
		})
	}
}
