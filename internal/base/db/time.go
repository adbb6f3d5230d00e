package db

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// timeLayout is fixed in width, so that text compares as time does (SQLite keeps
// times as text).
const timeLayout = "2006-01-02T15:04:05.000000Z"

// Time is how every instant enters and leaves the database: UTC, microseconds,
// one fixed-width text. The zero Time is NULL. A raw time.Time in a query argument
// compares wrongly on SQLite and is refused by a test.
type Time struct{ time.Time }

// At makes a Time of an instant, cut to microseconds.
func At(t time.Time) Time {
	if t.IsZero() {
		return Time{}
	}
	return Time{t.UTC().Truncate(time.Microsecond)}
}

// Value is the text that is stored, or NULL.
func (t Time) Value() (driver.Value, error) {
	if t.IsZero() {
		return nil, nil
	}
	return t.UTC().Format(timeLayout), nil
}

// Scan reads what either engine gives back.
func (t *Time) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*t = Time{}
	case time.Time:
		*t = At(v)
	case string:
		return t.parse(v)
	case []byte:
		return t.parse(string(v))
	default:
		return fmt.Errorf("db: cannot read a time from %T", src)
	}
	return nil
}

func (t *Time) parse(s string) error {
	if s == "" {
		*t = Time{}
		return nil
	}
	for _, layout := range []string{timeLayout, time.RFC3339Nano, "2006-01-02 15:04:05.999999999-07:00"} {
		if v, err := time.Parse(layout, s); err == nil {
			*t = At(v)
			return nil
		}
	}
	return fmt.Errorf("db: cannot read the time %q", s)
}
