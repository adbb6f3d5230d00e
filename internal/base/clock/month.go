package clock

import (
	"fmt"
	"time"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
)

// Month is a month of the calendar, by its first day. The zero Month is none.
type Month struct{ First Date }

// MonthOf is the month of a day.
func MonthOf(d Date) Month { return Month{d.AddDays(1 - d.Day())} }

// ParseMonth reads "2026-11", as [Month.String] writes it; an error says to choose one.
func ParseMonth(typed string) (Month, error) {
	first, err := ParseDate(typed + "-01")
	if err != nil {
		return Month{}, fault.New(fault.Invalid, i18n.M("Elija un mes de la lista."))
	}
	return Month{first}, nil
}

// String is the month as data: "2026-11".
func (m Month) String() string {
	if m.First.IsZero() {
		return ""
	}
	return m.First.String()[:len("2026-11")]
}

// Last is its last day.
func (m Month) Last() Date { return m.Next().First.AddDays(-1) }

// Next is the month after it.
func (m Month) Next() Month { return m.Add(1) }

// Before is the month before it.
func (m Month) Before() Month { return m.Add(-1) }

// Add is the month so many months later.
func (m Month) Add(months int) Month { return Month{m.First.AddMonths(months)} }

// Holds tells whether a day is in the month.
func (m Month) Holds(d Date) bool { return !d.Before(m.First) && !d.After(m.Last()) }

// Label is the month in words: "noviembre de 2026".
func (m Month) Label() i18n.Msg {
	return i18n.M("%s de %d", MonthName(m.First.Month()), m.First.Year())
}

// Short is the month in few letters, for a chart: "nov 26".
func (m Month) Short(lang i18n.Lang) string {
	return fmt.Sprintf("%.3s %02d", MonthName(m.First.Month()).In(lang), m.First.Year()%100)
}

var monthNames = [...]i18n.Msg{
	i18n.M("enero"), i18n.M("febrero"), i18n.M("marzo"), i18n.M("abril"), i18n.M("mayo"), i18n.M("junio"), i18n.M("julio"), i18n.M("agosto"),
	i18n.M("septiembre"), i18n.M("octubre"), i18n.M("noviembre"), i18n.M("diciembre"),
}

// MonthName is the name of a month, in lower case.
func MonthName(m time.Month) i18n.Msg { return monthNames[m-1] }
