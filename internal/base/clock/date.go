package clock

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
)

// isoLayout is how a date stands in data.
const isoLayout = "2006-01-02"

// Zone is the time zone of the State, America/Mexico_City.
func Zone() *time.Location { return zone() }

var zone = sync.OnceValue(func() *time.Location {
	z, err := time.LoadLocation("America/Mexico_City")
	if err != nil {
		panic(err) // the zones are embedded: cannot happen
	}
	return z
})

// Date is a day of the calendar in the State, without an hour: a birth date, a day
// on which something is due. The zero Date is no date: NULL in the database, empty as
// text, before every other. Dates compare with == and serve as map keys.
//
// Dates run from 0001-01-01 to 9999-12-31; arithmetic stops at these ends.
type Date struct{ n int32 } // days since the eve of 0001-01-01; 0 is no date

// unixEve is the eve of 0001-01-01 in days of Unix time.
const unixEve = -719163

// lastDay is 9999-12-31.
const lastDay = 3652059

// NewDate makes a date, or tells that there is no such day.
func NewDate(year int, month time.Month, day int) (Date, error) {
	if year < 1 || year > 9999 || month < time.January || month > time.December {
		return Date{}, errNotADate()
	}
	if last := daysIn(year, month); day < 1 || day > last {
		return Date{}, fault.New(fault.Invalid, i18n.M("Esa fecha no existe: ese mes tiene %d días. Revise el día y el mes.", last))
	}
	return civil(year, month, day), nil
}

// ParseDate reads a date as it stands in data, "2026-11-22", and nothing else.
func ParseDate(iso string) (Date, error) {
	p := isoShape.FindStringSubmatch(iso)
	if p == nil {
		return Date{}, errNotADate()
	}
	return fromDigits(p[1], p[2], p[3])
}

// MustDate is [ParseDate] for dates written in the program; it panics on others.
func MustDate(iso string) Date {
	d, err := ParseDate(iso)
	if err != nil {
		panic(fmt.Sprintf("clock: %q is no date", iso))
	}
	return d
}

var (
	isoShape   = regexp.MustCompile(`^(\d{4})-(\d{2})-(\d{2})$`)
	mxShape    = regexp.MustCompile(`^(\d{1,2})\s*[/.\-\s]\s*(\d{1,2})\s*[/.\-\s]\s*(\d{4})$`)
	bareShape  = regexp.MustCompile(`^(\d{2})(\d{2})(\d{4})$`)
	shortShape = regexp.MustCompile(`^\d{1,2}\s*[/.\-\s]\s*\d{1,2}\s*[/.\-\s]\s*\d{2}$`)
)

// ParseDateMX reads a date as people write it: day, month and year with any of
// "/ . -" or a space between, or eight digits in a row. The form of data is read too,
// because some browsers send it. The error is fault.Invalid and says how to mend it.
func ParseDateMX(typed string) (Date, error) {
	typed = strings.TrimSpace(typed)
	for _, shape := range []*regexp.Regexp{mxShape, bareShape} {
		if p := shape.FindStringSubmatch(typed); p != nil {
			return fromDigits(p[3], p[2], p[1])
		}
	}
	if shortShape.MatchString(typed) {
		return Date{}, fault.New(fault.Invalid, i18n.M("Escriba el año con sus cuatro cifras, por ejemplo 05/12/1985."))
	}
	return ParseDate(typed)
}

// FormDate reads a date that somebody typed into a form ([ParseDateMX]). An empty one is no
// date; of a wrong one the form says at its field how to mend it.
func FormDate(form *fault.Form, field, typed string) Date {
	if strings.TrimSpace(typed) == "" {
		return Date{}
	}
	d, err := ParseDateMX(typed)
	var wrong *fault.Error
	if errors.As(err, &wrong) {
		form.Add(field, wrong.Public)
	}
	return d
}

func fromDigits(year, month, day string) (Date, error) {
	// The shapes let only short runs of digits through, so Atoi cannot fail.
	y, _ := strconv.Atoi(year)
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	return NewDate(y, time.Month(m), d)
}

func errNotADate() error {
	return fault.New(fault.Invalid, i18n.M("Esa fecha no existe o no se entiende. Escríbala como día/mes/año, por ejemplo 05/12/1985."))
}

// DateOf gives the day that an instant falls on in the State; no date for the zero Time.
func DateOf(t time.Time) Date {
	if t.IsZero() {
		return Date{}
	}
	year, month, day := t.In(zone()).Date()
	return civil(year, month, day)
}

// civil counts the day of a year, month and day; days past the month run into the next.
func civil(year int, month time.Month, day int) Date {
	return clamp(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()/86400 - unixEve)
}

func clamp(n int64) Date { return Date{int32(min(max(n, 1), lastDay))} }

func daysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func (d Date) utc() time.Time { return time.Unix((int64(d.n)+unixEve)*86400, 0).UTC() }

// IsZero tells whether there is no date.
func (d Date) IsZero() bool { return d.n == 0 }

// Date gives year, month and day, all 0 for no date.
func (d Date) Date() (year int, month time.Month, day int) {
	if d.IsZero() {
		return 0, 0, 0
	}
	return d.utc().Date()
}

// Year is the year, 0 for no date.
func (d Date) Year() int {
	year, _, _ := d.Date()
	return year
}

// Month is the month, 0 for no date.
func (d Date) Month() time.Month {
	_, month, _ := d.Date()
	return month
}

// Day is the day of the month, 0 for no date.
func (d Date) Day() int {
	_, _, day := d.Date()
	return day
}

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return time.Weekday(d.n % 7) }

// At is the instant of an hour of that day in the State; the zero Time for no date.
func (d Date) At(hour, minute int) time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	year, month, day := d.Date()
	return time.Date(year, month, day, hour, minute, 0, 0, zone())
}

// Compare is -1, 0 or 1 as d lies before, on or after e.
func (d Date) Compare(e Date) int {
	switch {
	case d.n < e.n:
		return -1
	case d.n > e.n:
		return 1
	}
	return 0
}

// Before tells whether d lies before e.
func (d Date) Before(e Date) bool { return d.n < e.n }

// After tells whether d lies after e.
func (d Date) After(e Date) bool { return d.n > e.n }

// AddDays is the date that many calendar days later, or earlier for a negative number.
func (d Date) AddDays(days int) Date {
	if d.IsZero() {
		return d
	}
	return clamp(int64(d.n) + int64(min(max(days, -lastDay), lastDay)))
}

// AddMonths is the same day that many calendar months later, or the last day of that
// month when it is shorter: three months after 30 November is 28 or 29 February.
func (d Date) AddMonths(months int) Date {
	if d.IsZero() {
		return d
	}
	year, month, day := d.Date()
	const span = 9999 * 12 // more than this leaves the calendar from anywhere
	total := year*12 + int(month) - 1 + min(max(months, -span), span)
	if total < 12 {
		return Date{1}
	}
	year, month = total/12, time.Month(total%12+1)
	if year > 9999 {
		return Date{lastDay}
	}
	return civil(year, month, min(day, daysIn(year, month)))
}

// DaysUntil is how many days later e is; negative when it is earlier.
func (d Date) DaysUntil(e Date) int { return int(e.n) - int(d.n) }

// YearsUntil counts the whole years from d to e: the age on e of who was born on d. A
// birthday of 29 February is completed on 1 March in a common year, so that nobody
// counts as of age a day early. It is negative when e lies before d, 0 without dates.
func (d Date) YearsUntil(e Date) int {
	if d.IsZero() || e.IsZero() {
		return 0
	}
	if e.Before(d) {
		return -e.YearsUntil(d)
	}
	y1, m1, d1 := d.Date()
	y2, m2, d2 := e.Date()
	years := y2 - y1
	if m2 < m1 || m2 == m1 && d2 < d1 {
		years--
	}
	return years
}

// String is the date as it stands in data, "2026-11-22"; empty for no date.
func (d Date) String() string { return d.format(isoLayout) }

// MX is the date as people here write it, "22/11/2026"; empty for no date.
func (d Date) MX() string { return d.format("02/01/2006") }

func (d Date) format(layout string) string {
	if d.IsZero() {
		return ""
	}
	return d.utc().Format(layout)
}

// FormatMX writes an instant as people here do, "22/11/2026, 17:05", in the time of
// the State; empty for the zero Time.
func FormatMX(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone()).Format("02/01/2006, 15:04")
}

// MarshalText is [Date.String].
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote; empty is no date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err == nil {
		*d = parsed
	}
	return err
}

// Value is what the database stores: ISO text, or NULL for no date.
func (d Date) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	return d.String(), nil
}

// Scan reads what either engine gives back. A time is a column of type date, whose
// midnight the driver puts in UTC: its day is taken as written, not moved to the zone
// of the State.
func (d *Date) Scan(src any) error {
	var err error
	switch v := src.(type) {
	case nil:
		*d = Date{}
	case time.Time:
		*d = Date{}
		if !v.IsZero() {
			*d = civil(v.Date())
		}
	case string:
		err = d.UnmarshalText([]byte(v))
	case []byte:
		err = d.UnmarshalText(v)
	default:
		err = fmt.Errorf("clock: cannot read a date from %T", src)
	}
	if err != nil {
		// A stored text that is no date is a defect, never the fault of who reads it.
		return fmt.Errorf("clock: cannot read the date %q: %v", src, err)
	}
	return nil
}
