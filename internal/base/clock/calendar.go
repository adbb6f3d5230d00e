package clock

import "time"

// ClosedDay is a day on which an authority does not work, beside weekends and
// national rest days.
type ClosedDay struct {
	Date Date
	Name string
}

// Calendar tells business days. The zero Calendar knows weekends and the rest days
// of article 74 of the Federal Labour Act (LFT); NewCalendar adds those of an
// authority. Election days are decreed and thus data, not computed. (The calendar
// library that was tried holds no Mexico.)
type Calendar struct{ closed map[Date]string }

// NewCalendar makes a calendar with an authority's own closed days.
func NewCalendar(extra ...ClosedDay) Calendar {
	c := Calendar{closed: make(map[Date]string, len(extra))}
	for _, day := range extra {
		c.closed[day.Date] = day.Name
	}
	return c
}

// IsBusinessDay tells whether the authority works that day.
func (c Calendar) IsBusinessDay(d Date) bool {
	if w := d.Weekday(); w == time.Saturday || w == time.Sunday {
		return false
	}
	_, closed := c.closed[d]
	return !closed && !isRestDay(d)
}

// isRestDay tells whether article 74 of the LFT makes a day an obligatory rest day.
func isRestDay(d Date) bool {
	switch d.Month() {
	case time.January:
		return d.Day() == 1
	case time.February: // first Monday, for 5 February
		return d.Weekday() == time.Monday && d.Day() <= 7
	case time.March: // third Monday, for 21 March
		return d.Weekday() == time.Monday && d.Day() > 14 && d.Day() <= 21
	case time.May:
		return d.Day() == 1
	case time.September:
		return d.Day() == 16
	case time.October: // change of the federal executive, every six years from 2024
		return d.Day() == 1 && d.Year() >= 2024 && (d.Year()-2024)%6 == 0
	case time.November: // third Monday, for 20 November
		return d.Weekday() == time.Monday && d.Day() > 14 && d.Day() <= 21
	case time.December:
		change := d.Year() <= 2018 && (2018-d.Year())%6 == 0
		return d.Day() == 25 || d.Day() == 1 && change
	}
	return false
}

// Next is the first business day on or after d.
func (c Calendar) Next(d Date) Date {
	for !c.IsBusinessDay(d) {
		d = d.AddDays(1)
	}
	return d
}

// Add is n business days after d; d itself does not count. With n zero it is Next(d).
func (c Calendar) Add(d Date, n int) Date {
	if n <= 0 {
		return c.Next(d)
	}
	for n > 0 {
		d = c.Next(d.AddDays(1))
		n--
	}
	return d
}

// Between counts the business days after a up to and with b; negative when b is the
// earlier one.
func (c Calendar) Between(a, b Date) int {
	if b.Before(a) {
		return -c.Between(b, a)
	}
	n := 0
	for d := a.AddDays(1); !d.After(b); d = d.AddDays(1) {
		if c.IsBusinessDay(d) {
			n++
		}
	}
	return n
}
