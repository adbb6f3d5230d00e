package clock

import (
	"database/sql/driver"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Zone is the local zone of the State: America/Mexico_City.
func Zone() *time.Location { return zone }

var zone = func() *time.Location {
	loc, err := time.LoadLocation("America/Mexico_City")
	if err != nil {
		panic(err) // the zone is embedded in the binary
	}
	return loc
}()

// Date is a day of the local calendar, without an hour. In data it is YYYY-MM-DD
// text; the zero Date is NULL there and empty text on screen.
type Date struct{ days time.Time } // midnight UTC of that day, or zero

// NewDate makes a date; false when the calendar has no such day.
func NewDate(year int, month time.Month, day int) (Date, bool) {
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if t.Year() != year || t.Month() != month || t.Day() != day {
		return Date{}, false
	}
	return Date{t}, true
}

// DateOf is the local day of an instant.
func DateOf(t time.Time) Date {
	l := t.In(zone)
	return Date{time.Date(l.Year(), l.Month(), l.Day(), 0, 0, 0, 0, time.UTC)}
}

// ParseDate reads YYYY-MM-DD.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("clock: %q is no date", s)
	}
	return Date{t}, nil
}

var written = regexp.MustCompile(`^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})$`)

// ParseDateMX reads a date as people of the State write it, day first: 14/03/1985,
// 14-3-1985, 14031985; ISO too. A day that does not exist is an error.
func ParseDateMX(s string) (Date, error) {
	s = strings.TrimSpace(s)
	if len(s) == 8 && strings.Trim(s, "0123456789") == "" {
		s = s[:2] + "/" + s[2:4] + "/" + s[4:]
	}
	m := written.FindStringSubmatch(s)
	if m == nil {
		return ParseDate(s)
	}
	day, _ := strconv.Atoi(m[1]) // the expression admits digits only
	month, _ := strconv.Atoi(m[2])
	year, _ := strconv.Atoi(m[3])
	d, ok := NewDate(year, time.Month(month), day)
	if !ok || year < 1850 {
		return Date{}, fmt.Errorf("clock: %q does not exist", s)
	}
	return d, nil
}

// IsZero tells whether there is no date.
func (d Date) IsZero() bool { return d.days.IsZero() }

// String is the date as data, YYYY-MM-DD; empty for none.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.days.Format(time.DateOnly)
}

// MX is the date on screen, dd/mm/aaaa; empty for none.
func (d Date) MX() string {
	if d.IsZero() {
		return ""
	}
	return d.days.Format("02/01/2006")
}

// FormatMX is an instant on screen in local time, "22/11/2026, 17:05".
func FormatMX(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format("02/01/2006, 15:04")
}

// At is an hour of that day in the local zone.
func (d Date) At(hour, minute int) time.Time {
	return time.Date(d.days.Year(), d.days.Month(), d.days.Day(), hour, minute, 0, 0, zone)
}

// Year, Month, Day and Weekday are the parts of the date.
func (d Date) Year() int { return d.days.Year() }

// Month is the month of the date.
func (d Date) Month() time.Month { return d.days.Month() }

// Day is the day of the month.
func (d Date) Day() int { return d.days.Day() }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.days.Weekday() }

// Compare is negative, zero or positive as d is before, at or after o.
func (d Date) Compare(o Date) int { return d.days.Compare(o.days) }

// Before tells whether d is an earlier day than o.
func (d Date) Before(o Date) bool { return d.days.Before(o.days) }

// After tells whether d is a later day than o.
func (d Date) After(o Date) bool { return d.days.After(o.days) }

// AddDays moves by calendar days.
func (d Date) AddDays(n int) Date {
	if d.IsZero() {
		return d
	}
	return Date{d.days.AddDate(0, 0, n)}
}

// AddMonths moves by calendar months; a day that the month lacks becomes its last
// (30 November and three months are 28 or 29 February).
func (d Date) AddMonths(n int) Date {
	if d.IsZero() {
		return d
	}
	first := time.Date(d.Year(), d.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return Date{first.AddDate(0, 0, min(d.Day(), last)-1)}
}

// DaysUntil counts calendar days from d to o; negative when o is earlier.
func (d Date) DaysUntil(o Date) int { return int(o.days.Sub(d.days).Hours() / 24) }

// YearsUntil counts whole years from d to o: the age on day o of whoever was born on
// d. Born on 29 February, one ages on 1 March of a common year.
func (d Date) YearsUntil(o Date) int {
	years := o.Year() - d.Year()
	if o.Month() < d.Month() || o.Month() == d.Month() && o.Day() < d.Day() {
		years--
	}
	return years
}

// Value stores the date as text, none as NULL.
func (d Date) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	return d.String(), nil
}

// Scan reads what either engine gives back.
func (d *Date) Scan(src any) error {
	var text string
	switch v := src.(type) {
	case nil:
	case string:
		text = v
	case []byte:
		text = string(v)
	case time.Time:
		text = v.Format(time.DateOnly)
	default:
		return fmt.Errorf("clock: cannot read a date from %T", src)
	}
	return d.UnmarshalText([]byte(text))
}

// MarshalText is the date as data.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the date as data; empty text is none.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	v, err := ParseDate(string(text))
	*d = v
	return err
}
