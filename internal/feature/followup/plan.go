package followup

import "sigue/internal/base/clock"

// Rules are those of the day of a completion.
type Rules struct {
	Months   [3]int // after the completion, in calendar months
	Window   int    // days before and after the due day in which it is done in time
	Attempts int    // before it may end without anybody reached and nothing learnt
}

// Days are when one follow-up is to be done.
type Days struct {
	Nth     int // 1, 2, 3
	Months  int
	Due     clock.Date // the day of the month, or the next business day
	Opens   clock.Date
	Closes  clock.Date
	Nominal clock.Date // the same day that many months later, clamped to the month
}

// PlanDays gives the days of each follow-up of a process that was completed on a day, in
// the calendar of whoever does them: 30 November and three months are 28 or 29 February.
func PlanDays(completed clock.Date, r Rules, cal clock.Calendar) []Days {
	out := make([]Days, len(r.Months))
	for i, months := range r.Months {
		d := Days{Nth: i + 1, Months: months, Nominal: completed.AddMonths(months)}
		d.Due = cal.Add(d.Nominal, 0)
		d.Opens, d.Closes = d.Due.AddDays(-r.Window), d.Due.AddDays(r.Window)
		out[i] = d
	}
	return out
}
