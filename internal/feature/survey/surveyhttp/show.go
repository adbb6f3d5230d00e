package surveyhttp

import (
	"strconv"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/survey"
)

// monthName is a month, or the month of a day, in words: "marzo de 2027".
func monthName(iso string) i18n.Msg {
	m, err := clock.ParseMonth(iso[:min(len(iso), len("2027-03"))])
	if err != nil {
		return i18n.M("%s", iso)
	}
	return m.Label()
}

// periodText names the months of a figure.
func periodText(f survey.Figure) i18n.Msg {
	if f.From == f.Until {
		return monthName(f.From)
	}
	return i18n.M("de %s a %s", monthName(f.From), monthName(f.Until))
}

// share is how many of a hundred gave a mark.
func share(f survey.Figure, mark int) string {
	n := f.N()
	if n == 0 {
		return ""
	}
	return strconv.Itoa((200*f.Counts[mark-1]+n)/(2*n)) + " %"
}
