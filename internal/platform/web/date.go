package web

import (
	"time"

	"sigue/internal/base/clock"
)

// ParseDate reads a date as people type it ([clock.ParseDateMX]) as ISO text; false when
// it is not a date that exists.
func ParseDate(text string) (iso string, ok bool) {
	date, err := clock.ParseDateMX(text)
	if err != nil {
		return "", false
	}
	return date.String(), true
}

// ShowDate writes an ISO date as dd/mm/aaaa; text that is no ISO date is left as it is.
func ShowDate(iso string) string {
	if date, err := clock.ParseDate(iso); err == nil {
		return date.MX()
	}
	return iso
}

// ShowTime writes an instant as dd/mm/aaaa hh:mm of the State's zone; empty for none.
func ShowTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(clock.Zone()).Format("02/01/2006 15:04")
}

// ShowDay writes the day of an instant as dd/mm/aaaa of the State's zone; empty for none.
func ShowDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return clock.DateOf(t).MX()
}
