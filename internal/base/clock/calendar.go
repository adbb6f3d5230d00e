package clock

import (
	"time"

	"sigue/internal/base/i18n"
)

// ClosedDay is a day on which an authority does not work, and why.
type ClosedDay struct {
	Date Date
	Name string
}

// Calendar tells the business days of an authority: Monday to Friday without the
// obligatory rest days of the Federal Labour Law (LFT, art. 74) and without the days
// that the authority itself is closed. The zero Calendar has only the national days.
// A Calendar does not change and is safe for many goroutines.
//
// The national days are computed here, as the law stands since 2006, because
// github.com/rickar/cal/v2, which the house would use, has no Mexico. Election days
// are obligatory too (art. 74, IX), but which they are is decreed each time: they come
// in as closed days.
type Calendar struct{ closed map[Date]string }

// NewCalendar makes the calendar of an authority from the days that it closes beside
// the national ones. A ClosedDay without a date counts for nothing.
func NewCalendar(extra ...ClosedDay) Calendar {
	c := Calendar{closed: make(map[Date]string, len(extra))}
	for _, day := range extra {
		if !day.Date.IsZero() {
			c.closed[day.Date] = day.Name
		}
	}
	return c
}

// IsBusinessDay tells whether the authority works on that day. No date is none.
func (c Calendar) IsBusinessDay(d Date) bool {
	if d.IsZero() || isWeekend(d) || !nationalRest(d).IsZero() {
		return false
	}
	_, closed := c.closed[d]
	return !closed
}

// Why says in a few words why the authority does not work on that day: "sábado",
// "Día del Trabajo", or the name of its own closed day. It is zero on a business day.
func (c Calendar) Why(d Date) i18n.Msg {
	if d.IsZero() {
		return i18n.Msg{}
	}
	if reason := nationalRest(d); !reason.IsZero() {
		return reason
	}
	if name, closed := c.closed[d]; closed {
		return i18n.M("día inhábil: %s", name)
	}
	if isWeekend(d) {
		return weekday(d)
	}
	return i18n.Msg{}
}

// Add gives the nth business day after the day of the event, which itself does not
// count. With n = 0 it is that day, or the next business day when it is none; with a
// negative n the nth before.
func (c Calendar) Add(from Date, n int) Date {
	if from.IsZero() {
		return from
	}
	d, step := from, 1
	if n < 0 {
		n, step = -n, -1
	}
	if n == 0 && !c.IsBusinessDay(d) {
		n = 1
	}
	for n > 0 {
		next := d.AddDays(step)
		if next == d { // the end of the calendar
			return d
		}
		if d = next; c.IsBusinessDay(d) {
			n--
		}
	}
	return d
}

// Next is the first business day after d.
func (c Calendar) Next(d Date) Date { return c.Add(d, 1) }

// Between counts the business days after a up to and with b; it is negative when b
// lies before a, so that Between(a, b) = -Between(b, a), and 0 without dates. For
// n > 0, Between(d, Add(d, n)) = n.
func (c Calendar) Between(a, b Date) int {
	if a.IsZero() || b.IsZero() {
		return 0
	}
	if b.Before(a) {
		return -c.Between(b, a)
	}
	count := 0
	for d := a; d.Before(b); {
		if d = d.AddDays(1); c.IsBusinessDay(d) {
			count++
		}
	}
	return count
}

func isWeekend(d Date) bool {
	return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
}

// nationalRest names the obligatory rest day of LFT art. 74 that d is, if it is one.
func nationalRest(d Date) i18n.Msg {
	year, month, day := d.Date()
	monday := d.Weekday() == time.Monday
	switch {
	case month == time.January && day == 1:
		return i18n.M("Año Nuevo")
	case month == time.February && monday && day <= 7:
		return i18n.M("Día de la Constitución")
	case month == time.March && monday && day > 14 && day <= 21:
		return i18n.M("Natalicio de Benito Juárez")
	case month == time.May && day == 1:
		return i18n.M("Día del Trabajo")
	case month == time.September && day == 16:
		return i18n.M("Día de la Independencia")
	case month == time.November && monday && day > 14 && day <= 21:
		return i18n.M("Día de la Revolución")
	case day == 1 && month == handOver(year):
		return i18n.M("Transmisión del Poder Ejecutivo Federal")
	case month == time.December && day == 25:
		return i18n.M("Navidad")
	}
	return i18n.Msg{}
}

// handOver is the month on whose first day a federal executive takes office, 0 in
// years without one: 1 October from 2024 on, 1 December until 2018 (constitutional
// reform of 10 February 2014, art. 83).
func handOver(year int) time.Month {
	switch {
	case year%6 != 2024%6:
		return 0
	case year < 2024:
		return time.December
	}
	return time.October
}

// Week is the days of a week, Monday first.
var Week = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

func weekday(d Date) i18n.Msg { return Weekday(d.Weekday()) }

// Weekday names a day of the week inside a sentence: "lunes".
func Weekday(d time.Weekday) i18n.Msg {
	return [...]i18n.Msg{
		i18n.M("domingo"), i18n.M("lunes"), i18n.M("martes"), i18n.M("miércoles"), i18n.M("jueves"), i18n.M("viernes"), i18n.M("sábado"),
	}[d]
}

// WeekdayTitle names a day of the week at the beginning of a line: "Lunes".
func WeekdayTitle(d time.Weekday) i18n.Msg {
	return [...]i18n.Msg{
		i18n.M("Domingo"), i18n.M("Lunes"), i18n.M("Martes"), i18n.M("Miércoles"), i18n.M("Jueves"), i18n.M("Viernes"), i18n.M("Sábado"),
	}[d]
}
