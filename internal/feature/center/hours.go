package center

import (
	"context"
	"strconv"
	"strings"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
)

// Span is a stretch of a day in minutes after midnight, local time; From is in it, Until
// is not. The zero Span is closed.
type Span struct{ From, Until int }

// Open tells whether there is any time in it.
func (s Span) Open() bool { return s.Until > s.From }

// And is the time that lies in both.
func (s Span) And(t Span) Span {
	both := Span{max(s.From, t.From), min(s.Until, t.Until)}
	if !both.Open() {
		return Span{}
	}
	return both
}

// Week is the hours of each weekday, Sunday first.
type Week [7]Span

// usualHours hold for a center that has set none.
var usualHours = Span{From: 9 * 60, Until: 18 * 60}

// UsualWeek is Monday to Friday from 9 to 18.
func UsualWeek() Week {
	var w Week
	for day := time.Monday; day <= time.Friday; day++ {
		w[day] = usualHours
	}
	return w
}

// On gives the hours of a day by a calendar: none on a day on which the center does not
// work. A Saturday or Sunday with hours of its own is open unless it is a holiday or a
// closed day; why says why it is not.
func (w Week) On(day clock.Date, cal clock.Calendar) (hours Span, why i18n.Msg) {
	hours, why = w[day.Weekday()], cal.Why(day)
	switch {
	case !hours.Open() && why.IsZero():
		return Span{}, i18n.M("el centro no abre ese día de la semana")
	case !hours.Open() || !why.IsZero() && !onlyWeekend(day, why):
		return Span{}, why
	}
	return hours, i18n.Msg{}
}

// onlyWeekend tells whether a calendar closes a day for no reason but its weekday: then
// the reason is the name of the day and nothing else.
func onlyWeekend(day clock.Date, why i18n.Msg) bool {
	switch day.Weekday() {
	case time.Saturday:
		return why.Key == "sábado"
	case time.Sunday:
		return why.Key == "domingo"
	}
	return false
}

// HoursTx gives the weekly hours of a center; the usual ones when it has set none.
func (s *Service) HoursTx(ctx context.Context, tx *db.Tx, center string) (Week, error) {
	var rows []struct {
		Weekday int    `db:"weekday"`
		Opens   string `db:"opens"`
		Closes  string `db:"closes"`
	}
	if err := tx.Select(ctx, &rows, `select weekday, opens, closes from center_hours where center_id = $1`, center); err != nil {
		return Week{}, err
	}
	if len(rows) == 0 {
		return UsualWeek(), nil
	}
	var w Week
	for _, r := range rows {
		from, _ := ParseHour(r.Opens)
		until, _ := ParseHour(r.Closes)
		w[r.Weekday%7] = Span{from, until}
	}
	return w, nil
}

// Hours gives the weekly hours of the actor's center.
func (s *Service) Hours(ctx context.Context, actor access.Actor) (Week, error) {
	scope, err := actor.Require(access.AgendaManage)
	if err != nil {
		return Week{}, err
	}
	if !scope.Covers("", "", actor.Center, "") {
		return Week{}, fault.Missing()
	}
	var w Week
	err = s.db.View(ctx, func(tx *db.Tx) error {
		var err error
		w, err = s.HoursTx(ctx, tx, actor.Center)
		return err
	})
	return w, err
}

// HourLine is one weekday as it was typed; both empty: closed.
type HourLine struct{ From, Until string }

// HourField names the field of a weekday's hour: "from_1", "until_1".
func HourField(which string, day time.Weekday) string { return which + "_" + strconv.Itoa(int(day)) }

// CheckWeek reads a week as it was typed, Sunday first; errors stand at [HourField].
func CheckWeek(lines [7]HourLine) (Week, error) {
	var form fault.Form
	var w Week
	for day, l := range lines {
		if strings.TrimSpace(l.From) == "" && strings.TrimSpace(l.Until) == "" {
			continue
		}
		from, ok := ParseHour(l.From)
		if !ok {
			form.Add(HourField("from", time.Weekday(day)), i18n.M("Escriba la hora como 09:00, en cuartos de hora."))
		}
		until, ok2 := ParseHour(l.Until)
		if !ok2 {
			form.Add(HourField("until", time.Weekday(day)), i18n.M("Escriba la hora como 18:00, en cuartos de hora."))
		}
		if ok && ok2 && until <= from {
			form.Add(HourField("until", time.Weekday(day)), i18n.M("La hora de salida es anterior a la de entrada."))
		}
		w[day] = Span{from, until}
	}
	return w, form.Err()
}

// SetHours sets the weekly hours of the actor's center. Appointments that lie outside
// them stay; no new one is given there.
func (s *Service) SetHours(ctx context.Context, actor access.Actor, lines [7]HourLine) error {
	scope, err := actor.Require(access.AgendaManage)
	if err != nil {
		return err
	}
	if !scope.Covers("", "", actor.Center, "") {
		return fault.Missing()
	}
	w, err := CheckWeek(lines)
	if err != nil {
		return err
	}
	if w == (Week{}) {
		var form fault.Form
		form.Add(HourField("from", time.Monday), i18n.M("Escriba el horario de al menos un día."))
		return form.Err()
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		was, err := s.HoursTx(ctx, tx, actor.Center)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from center_hours where center_id = $1`, actor.Center); err != nil {
			return err
		}
		for day, span := range w {
			if !span.Open() {
				continue
			}
			if _, err := tx.Exec(ctx, `insert into center_hours (center_id, weekday, opens, closes) values ($1, $2, $3, $4)`,
				actor.Center, day, ShowHour(span.From), ShowHour(span.Until)); err != nil {
				return err
			}
		}
		return s.ledger.AppendTx(ctx, tx, actor, entry("center.hours", actor.Center, changesOf(hourChanges(was, w)...)))
	})
}

func hourChanges(was, is Week) (changes []field) {
	for day := range is {
		changes = append(changes, field{"hours_" + strconv.Itoa(day), was[day].String(), is[day].String()})
	}
	return changes
}

// String is the span as "09:00-18:00"; empty when closed.
func (s Span) String() string {
	if !s.Open() {
		return ""
	}
	return ShowHour(s.From) + "-" + ShowHour(s.Until)
}

// ParseHour reads "9:00" or "09:15" as minutes after midnight: quarters of an hour only,
// up to "24:00".
func ParseHour(typed string) (int, bool) {
	hour, minute, ok := strings.Cut(strings.TrimSpace(typed), ":")
	h, errH := strconv.Atoi(hour)
	m, errM := strconv.Atoi(minute)
	n := h*60 + m
	if !ok || errH != nil || errM != nil || len(minute) != 2 || h < 0 || m < 0 || m > 59 || n > 24*60 || n%15 != 0 {
		return 0, false
	}
	return n, true
}

// ShowHour writes minutes after midnight as "09:15".
func ShowHour(n int) string {
	two := func(v int) string { return string([]byte{'0' + byte(v/10), '0' + byte(v%10)}) }
	return two(n/60) + ":" + two(n%60)
}
