package clock

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
)

func TestParseDateMX(t *testing.T) {
	for _, tt := range []struct {
		name, typed, want string
	}{
		{"two digits", "05/03/1985", "1985-03-05"},
		{"one digit", "5/3/1985", "1985-03-05"},
		{"spaces around", "  5/3/1985 ", "1985-03-05"},
		{"spaces inside", "5 / 3 / 1985", "1985-03-05"},
		{"dashes", "5-3-1985", "1985-03-05"},
		{"dots", "5.3.1985", "1985-03-05"},
		{"spaces between", "5 3 1985", "1985-03-05"},
		{"digits in a row", "05031985", "1985-03-05"},
		{"as data", "1985-03-05", "1985-03-05"},
		{"leap day", "29/02/2024", "2024-02-29"},
		{"leap day of a century", "29/02/2000", "2000-02-29"},
		{"no leap day", "29/02/2023", ""},
		{"no leap day of a century", "29/02/1900", ""},
		{"31 November", "31/11/2026", ""},
		{"day 0", "0/1/2026", ""},
		{"month 0", "1/0/2026", ""},
		{"month 13", "1/13/2026", ""},
		{"month first", "11/22/2026", ""},
		{"year 0", "1/1/0000", ""},
		{"two digits of year", "5/3/85", ""},
		{"words", "mañana", ""},
		{"empty", "", ""},
		{"negative", "-5/3/1985", ""},
		{"rest behind", "5/3/1985x", ""},
		{"line behind", "1985-03-05\nx", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseDateMX(tt.typed)
			if got.String() != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("ParseDateMX(%q) = %q, %v; want %q", tt.typed, got, err, tt.want)
			}
			if err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("ParseDateMX(%q): %v is no fault.Invalid", tt.typed, err)
			}
		})
	}
}

func TestParseDateMXSays(t *testing.T) {
	for typed, want := range map[string]string{
		"31/02/2026": "That date does not exist: that month has 28 days. Check the day and the month.",
		"5/3/85":     "Write the year with its four digits, for example 05/12/1985.",
		"ayer":       "That date does not exist or could not be understood. Write it as day/month/year, for example 05/12/1985.",
	} {
		_, err := ParseDateMX(typed)
		e, ok := err.(*fault.Error)
		if !ok {
			t.Fatalf("ParseDateMX(%q) = %v, want a fault", typed, err)
		}
		if got := e.Public.In(i18n.English); got != want {
			t.Errorf("ParseDateMX(%q) says %q, want %q", typed, got, want)
		}
	}
}

func TestParseDateIsStrict(t *testing.T) {
	for _, s := range []string{"", "2026-1-2", "02/01/2026", "2026-02-30", " 2026-01-02", "2026-01-02T00:00:00Z", "0000-01-01"} {
		if d, err := ParseDate(s); err == nil {
			t.Errorf("ParseDate(%q) = %v, want an error", s, d)
		}
	}
}

// TestAgainstTime compares every sixth day of the calendar with package time.
func TestAgainstTime(t *testing.T) {
	for day := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 10000; day = day.AddDate(0, 0, 6) {
		d := civil(day.Date())
		if got, want := d.String(), day.Format("2006-01-02"); got != want {
			t.Fatalf("String = %s, want %s", got, want)
		}
		if d.Year() != day.Year() || d.Month() != day.Month() || d.Day() != day.Day() {
			t.Fatalf("%s: parts %d, %d, %d", d, d.Year(), d.Month(), d.Day())
		}
		if d.Weekday() != day.Weekday() {
			t.Fatalf("%s: Weekday = %s, want %s", d, d.Weekday(), day.Weekday())
		}
		if again, err := ParseDate(d.String()); again != d || err != nil {
			t.Fatalf("ParseDate(%s) = %s, %v", d, again, err)
		}
	}
}

func TestDateOf(t *testing.T) {
	for _, tt := range []struct{ name, at, want string }{
		{"an evening here is the next day in UTC", "2026-11-23T05:59:59Z", "2026-11-22"},
		{"midnight", "2026-11-23T06:00:00Z", "2026-11-23"},
		{"no summer time since 2022", "2026-07-02T05:59:59Z", "2026-07-01"},
		{"summer time before", "2021-07-02T05:00:00Z", "2021-07-02"},
	} {
		at, err := time.Parse(time.RFC3339, tt.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := DateOf(at).String(); got != tt.want {
			t.Errorf("%s: DateOf(%s) = %s, want %s", tt.name, tt.at, got, tt.want)
		}
	}
}

func TestShown(t *testing.T) {
	d := MustDate("2026-11-22")
	at := d.At(17, 5)
	if got, want := at.UTC().Format(time.RFC3339), "2026-11-22T23:05:00Z"; got != want {
		t.Errorf("At = %s, want %s", got, want)
	}
	if got, want := FormatMX(at.UTC()), "22/11/2026, 17:05"; got != want {
		t.Errorf("FormatMX = %q, want %q", got, want)
	}
	if got, want := d.MX(), "22/11/2026"; got != want {
		t.Errorf("MX = %q, want %q", got, want)
	}
	if DateOf(at) != d {
		t.Errorf("DateOf(At) = %s, want %s", DateOf(at), d)
	}
}

func TestNoDate(t *testing.T) {
	var none Date
	if none.String() != "" || none.MX() != "" || FormatMX(time.Time{}) != "" {
		t.Errorf("no date is shown as %q, %q, %q", none, none.MX(), FormatMX(time.Time{}))
	}
	if !none.IsZero() || !none.Before(MustDate("0001-01-01")) || none.Year() != 0 || none.Month() != 0 || none.Day() != 0 {
		t.Error("no date must be zero and before all")
	}
	if !none.At(9, 0).IsZero() || !DateOf(time.Time{}).IsZero() {
		t.Error("no date must have no instant, nor the reverse")
	}
	if !none.AddDays(3).IsZero() || !none.AddMonths(3).IsZero() || none.YearsUntil(MustDate("2026-01-01")) != 0 {
		t.Error("arithmetic made a date of none")
	}
}

func TestAddMonths(t *testing.T) {
	for _, tt := range []struct {
		from   string
		months int
		want   string
	}{
		{"2026-11-30", 3, "2027-02-28"},
		{"2027-11-30", 3, "2028-02-29"},
		{"2026-01-31", 1, "2026-02-28"},
		{"2026-03-31", -1, "2026-02-28"},
		{"2026-12-15", 12, "2027-12-15"},
		{"2024-02-29", 12, "2025-02-28"},
		{"2026-08-31", 6, "2027-02-28"},
		{"2026-01-15", -1, "2025-12-15"},
		{"2026-01-15", 0, "2026-01-15"},
		{"2026-01-15", 1 << 40, "9999-12-31"},
		{"2026-01-15", -1 << 40, "0001-01-01"},
	} {
		if got := MustDate(tt.from).AddMonths(tt.months).String(); got != tt.want {
			t.Errorf("%s + %d months = %s, want %s", tt.from, tt.months, got, tt.want)
		}
	}
}

func TestAddDaysStopsAtTheEnds(t *testing.T) {
	d := MustDate("2026-01-15")
	if got := d.AddDays(1 << 40).String(); got != "9999-12-31" {
		t.Errorf("far ahead = %s, want 9999-12-31", got)
	}
	if got := d.AddDays(-1 << 40).String(); got != "0001-01-01" {
		t.Errorf("far back = %s, want 0001-01-01", got)
	}
}

func TestYearsUntil(t *testing.T) {
	for _, tt := range []struct {
		birth, on string
		want      int
	}{
		{"2008-11-22", "2026-11-21", 17},
		{"2008-11-22", "2026-11-22", 18},
		{"2008-11-22", "2026-11-23", 18},
		{"2008-02-29", "2026-02-28", 17},
		{"2008-02-29", "2026-03-01", 18},
		{"2008-02-29", "2024-02-29", 16},
		{"2026-01-01", "2026-01-01", 0},
		{"2026-01-01", "2025-06-01", 0},
		{"2026-01-01", "2024-01-01", -2},
	} {
		if got := MustDate(tt.birth).YearsUntil(MustDate(tt.on)); got != tt.want {
			t.Errorf("born %s, on %s: %d years, want %d", tt.birth, tt.on, got, tt.want)
		}
	}
}

// TestDateArithmetic holds for any date: days add up, months keep their order, and who
// is n years old has had his nth birthday.
func TestDateArithmetic(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		d := Date{int32(500_000 + r.IntN(400_000))}
		n, m := r.IntN(2000)-1000, r.IntN(600)
		if got := d.AddDays(n).AddDays(-n); got != d {
			t.Fatalf("%s + %d - %d days = %s", d, n, n, got)
		}
		if a, b := d.AddMonths(m), d.AddMonths(m+1); !a.Before(b) {
			t.Fatalf("%s + %d months = %s, not before one more, %s", d, m, a, b)
		}
		on := d.AddDays(r.IntN(30_000))
		if age := d.YearsUntil(on); d.AddMonths(12*age).After(on) || !d.AddMonths(12*(age+1)).AddDays(1).After(on) {
			t.Fatalf("born %s, on %s: %d years", d, on, age)
		}
	}
}

func TestScan(t *testing.T) {
	for _, tt := range []struct {
		name string
		src  any
		want string
		ok   bool
	}{
		{"null", nil, "", true},
		{"text", "2026-11-22", "2026-11-22", true},
		{"bytes", []byte("2026-11-22"), "2026-11-22", true},
		{"empty text", "", "", true},
		{"midnight in UTC, as drivers give a date", time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), "2026-11-22", true},
		{"zero time", time.Time{}, "", true},
		{"no date", "22/11/2026", "", false},
		{"number", int64(3), "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got Date
			err := got.Scan(tt.src)
			if got.String() != tt.want || (err == nil) != tt.ok {
				t.Errorf("Scan(%v) = %q, %v; want %q, ok %t", tt.src, got, err, tt.want, tt.ok)
			}
			if fault.Is(err, fault.Invalid) {
				t.Errorf("Scan(%v) blames the reader: %v", tt.src, err)
			}
		})
	}
}

func TestValue(t *testing.T) {
	if got, err := MustDate("2026-11-22").Value(); got != "2026-11-22" || err != nil {
		t.Errorf("Value = %v, %v", got, err)
	}
	if got, err := (Date{}).Value(); got != nil || err != nil {
		t.Errorf("Value of no date = %v, %v; want NULL", got, err)
	}
}

func TestJSON(t *testing.T) {
	type row struct{ On, Until Date }
	in := row{On: MustDate("2026-11-22")}
	text, err := json.Marshal(in)
	if want := `{"On":"2026-11-22","Until":""}`; err != nil || string(text) != want {
		t.Fatalf("Marshal = %s, %v; want %s", text, err, want)
	}
	var out row
	if err := json.Unmarshal(text, &out); err != nil || out != in {
		t.Errorf("Unmarshal = %v, %v; want %v", out, err, in)
	}
	if err := json.Unmarshal([]byte(`{"On":"2026-02-30"}`), &out); err == nil || out != in {
		t.Errorf("an impossible date gave %v, %v", out, err)
	}
}

func FuzzParseDateMX(f *testing.F) {
	for _, s := range []string{"22/11/2026", "5-3-1985", "29/02/2023", "05031985", "2026-11-22", "1/1/1", "//", "０５/03/1985"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		d, err := ParseDateMX(typed)
		if (err == nil) == d.IsZero() {
			t.Fatalf("ParseDateMX(%q) = %q, %v", typed, d, err)
		}
		if err != nil {
			return
		}
		if again, err := ParseDateMX(d.MX()); again != d || err != nil {
			t.Fatalf("ParseDateMX(%q) = %s, but its own text gives %s, %v", typed, d, again, err)
		}
	})
}
