package clock

import (
	"math/rand/v2"
	"testing"

	"sigue/internal/base/i18n"
)

func TestDueIn(t *testing.T) {
	for _, tt := range []struct {
		name, day string
		hour      int
		days      int
		want      string
	}{
		{"the next day", "2026-11-24", 9, 1, "2026-11-25"},
		{"at night", "2026-11-24", 23, 1, "2026-11-25"},
		{"on a Saturday night", "2026-11-21", 23, 1, "2026-11-23"},
		{"the same day", "2026-11-24", 9, 0, "2026-11-24"},
		{"the same day, a Sunday", "2026-11-22", 9, 0, "2026-11-23"},
	} {
		if got := DueIn(MustDate(tt.day).At(tt.hour, 30), tt.days, Calendar{}).Due.String(); got != tt.want {
			t.Errorf("%s: due %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestStatus(t *testing.T) {
	for _, tt := range []struct {
		name, today, due string
		cal              Calendar
		left             int
		kind             Kind
		es, en           string
	}{
		{"none", "2026-11-24", "", Calendar{}, 0, None, "", ""},
		{"ahead", "2026-11-23", "2026-11-27", Calendar{}, 4, Ahead, "quedan 4 días hábiles", "4 business days left"},
		{"ahead over a weekend", "2026-11-26", "2026-12-01", Calendar{}, 3, Ahead, "quedan 3 días hábiles", "3 business days left"},
		{"two left", "2026-11-23", "2026-11-25", Calendar{}, 2, Soon, "quedan 2 días hábiles", "2 business days left"},
		{"tomorrow", "2026-11-23", "2026-11-24", Calendar{}, 1, Tomorrow, "vence mañana", "due tomorrow"},
		{"Friday to Monday", "2026-11-20", "2026-11-23", Calendar{}, 1, Soon, "vence el lunes", "due on Monday"},
		{"Friday to Tuesday after a long weekend", "2026-11-13", "2026-11-17", Calendar{}, 1, Soon, "vence el martes", "due on Tuesday"},
		{"Sunday to Monday", "2026-11-22", "2026-11-23", Calendar{}, 1, Tomorrow, "vence mañana", "due tomorrow"},
		{"over a recess", "2026-12-17", "2027-01-04", winter(), 1, Soon, "vence el 04/01/2027", "due on 04/01/2027"},
		{"a day that was closed later", "2026-12-16", "2026-12-19", winter(), 1, Soon, "vence el sábado", "due on Saturday"},
		{"today", "2026-11-23", "2026-11-23", Calendar{}, 0, Today, "vence hoy", "due today"},
		{"Saturday after Friday", "2026-11-21", "2026-11-20", Calendar{}, 0, Overdue, "venció ayer", "was due yesterday"},
		{"Sunday after Friday", "2026-11-22", "2026-11-20", Calendar{}, 0, Overdue, "venció el viernes", "was due on Friday"},
		{"in the recess", "2026-12-30", "2026-12-17", winter(), 0, Overdue, "venció el 17/12/2026", "was due on 17/12/2026"},
		{"Monday after Friday", "2026-11-23", "2026-11-20", Calendar{}, -1, Overdue, "1 día hábil de retraso", "1 business day late"},
		{"late", "2026-11-25", "2026-11-20", Calendar{}, -3, Overdue, "3 días hábiles de retraso", "3 business days late"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var d Deadline
			if err := d.Due.UnmarshalText([]byte(tt.due)); err != nil {
				t.Fatal(err)
			}
			for _, hour := range []int{0, 12, 23} {
				got := d.Status(MustDate(tt.today).At(hour, 59), tt.cal)
				if got.Left != tt.left || got.Kind != tt.kind || got.Late() != (tt.kind == Overdue) {
					t.Errorf("at %d: left %d, kind %d; want %d, %d", hour, got.Left, got.Kind, tt.left, tt.kind)
				}
				if es, en := got.Words().In(i18n.Spanish), english(got.Words()); es != tt.es || en != tt.en {
					t.Errorf("at %d: %q, %q; want %q, %q", hour, es, en, tt.es, tt.en)
				}
			}
		})
	}
}

// TestStatusRunsDown watches one deadline from day to day in any calendar: what is
// left never grows, it never gets less pressing, and each day has its words.
func TestStatusRunsDown(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		cal, event, days := randomCalendar(r), randomDate(r), r.IntN(20)
		deadline := DueIn(event.At(r.IntN(24), r.IntN(60)), days, cal)
		before := deadline.Status(event.At(12, 0), cal)
		if days > 0 && before.Left != days {
			t.Fatalf("due in %d days, yet %d left", days, before.Left)
		}
		for day := event.AddDays(1); day.Before(deadline.Due.AddDays(40)); day = day.AddDays(1) {
			now := deadline.Status(day.At(r.IntN(24), 0), cal)
			switch step := before.Left - now.Left; {
			case step != 0 && step != 1, step == 1 != cal.IsBusinessDay(day):
				t.Fatalf("%s, due %s: from %d to %d left", day, deadline.Due, before.Left, now.Left)
			case now.Kind < before.Kind:
				t.Fatalf("%s, due %s: from kind %d to %d", day, deadline.Due, before.Kind, now.Kind)
			case now.Late() != day.After(deadline.Due), (now.Kind == Today) != (day == deadline.Due):
				t.Fatalf("%s, due %s: kind %d", day, deadline.Due, now.Kind)
			case now.Words().IsZero() || !i18n.Has(i18n.English, now.Words().Key):
				t.Fatalf("%s, due %s: no words in both languages", day, deadline.Due)
			}
			before = now
		}
	}
}
