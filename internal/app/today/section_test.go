package today

import (
	"fmt"
	"strings"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
)

// laid writes sections as "Label: kind shown+folded …".
func laid(all []section) string {
	var lines []string
	for _, s := range all {
		line := s.Label.Key + fmt.Sprintf(" %d:", s.Count)
		for _, p := range s.Piles {
			line += fmt.Sprintf(" %s %d+%d", p.Shown[0].What.Key, len(p.Shown), len(p.Folded))
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "; ")
}

func TestSections(t *testing.T) {
	of := func(n int, what string, kind clock.Kind) []task {
		out := make([]task, n)
		for i := range out {
			out[i] = task{What: i18n.Msg{Key: what}, Due: clock.Status{Kind: kind}}
		}
		return out
	}
	hours := of(9, "hour", clock.Today)
	for i := range hours {
		hours[i].OwnHour = true
	}
	join := func(lists ...[]task) (all []task) {
		for _, l := range lists {
			all = append(all, l...)
		}
		return all
	}
	for _, tt := range []struct {
		name  string
		tasks []task
		want  string
	}{
		{"nothing", nil, ""},
		{"few stay as they are", join(of(5, "answer", clock.Today)), "Para hoy 5: answer 5+0"},
		{"many of a kind", join(of(6, "answer", clock.Today), of(1, "call", clock.Today)), "Para hoy 7: answer 3+3 call 1+0"},
		{"what is late is never folded", join(of(9, "answer", clock.Overdue)), "Con retraso 9: answer 9+0"},
		{"nor the hours of the day", hours, "Para hoy 9: hour 9+0"},
		{"each in its section", join(of(1, "a", clock.Overdue), of(1, "b", clock.Today), of(1, "c", clock.Tomorrow), of(1, "c", clock.Ahead), of(1, "d", clock.None)),
			"Con retraso 1: a 1+0; Para hoy 1: b 1+0; Próximos días 2: c 2+0; Sin plazo 1: d 1+0"},
		{"kinds stand together", join(of(1, "a", clock.Soon), of(1, "b", clock.Soon), of(1, "a", clock.Soon)), "Próximos días 3: a 2+0 b 1+0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := laid(sections(tt.tasks)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
