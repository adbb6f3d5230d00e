package web

import (
	"regexp"
	"strings"
	"time"
)

var (
	dateDMY    = regexp.MustCompile(`^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})$`)
	dateDigits = regexp.MustCompile(`^(\d{2})(\d{2})(\d{4})$`)
	dateISO    = regexp.MustCompile(`^(\d{4})-(\d{2})-(\d{2})$`)
)

// ParseDate reads a date as people type it: dd/mm/aaaa with any separator, eight digits,
// or ISO. The answer is ISO text; false when it is not a date that exists.
func ParseDate(text string) (iso string, ok bool) {
	text = strings.TrimSpace(text)
	var y, m, d string
	if p := dateISO.FindStringSubmatch(text); p != nil {
		y, m, d = p[1], p[2], p[3]
	} else if p := dateDMY.FindStringSubmatch(text); p != nil {
		y, m, d = p[3], p[2], p[1]
	} else if p := dateDigits.FindStringSubmatch(text); p != nil {
		y, m, d = p[3], p[2], p[1]
	} else {
		return "", false
	}
	date, err := time.Parse("2006-1-2", y+"-"+m+"-"+d)
	if err != nil || date.Year() < 1 {
		return "", false
	}
	return date.Format("2006-01-02"), true
}

// ShowDate writes an ISO date as dd/mm/aaaa; text that is no ISO date is left as it is.
func ShowDate(iso string) string {
	if date, err := time.Parse("2006-01-02", iso); err == nil {
		return date.Format("02/01/2006")
	}
	return iso
}

// zone is the State's; clock embeds the zone data.
var zone = func() *time.Location {
	z, err := time.LoadLocation("America/Mexico_City")
	if err != nil {
		panic(err) // embedded: cannot happen
	}
	return z
}()

// ShowTime writes an instant as dd/mm/aaaa hh:mm of the State's zone; empty for none.
func ShowTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format("02/01/2006 15:04")
}

// ShowDay writes the day of an instant as dd/mm/aaaa of the State's zone; empty for none.
func ShowDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format("02/01/2006")
}
