package surveyhttp

import (
	"strconv"
	"strings"

	"sigue/internal/base/i18n"
	"sigue/internal/feature/survey"
)

// monthName is a month, or the month of a day, in words: "marzo de 2027".
func monthName(iso string) i18n.Msg {
	parts := strings.SplitN(iso, "-", 3)
	if len(parts) < 2 {
		return i18n.M("%s", iso)
	}
	names := []i18n.Msg{
		i18n.M("enero"), i18n.M("febrero"), i18n.M("marzo"), i18n.M("abril"), i18n.M("mayo"), i18n.M("junio"),
		i18n.M("julio"), i18n.M("agosto"), i18n.M("septiembre"), i18n.M("octubre"), i18n.M("noviembre"), i18n.M("diciembre"),
	}
	n, err := strconv.Atoi(parts[1])
	if err != nil || n < 1 || n > len(names) {
		return i18n.M("%s", iso)
	}
	return i18n.M("%s de %s", names[n-1], parts[0])
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
