package app_test

import (
	"testing"

	figures "sigue/internal/feature/report" // report is a function of these tests
	"sigue/internal/platform/access"
)

// goals is whose the goals are: the Secretaría plans and approves, a coordination reads and
// explains its own.
func goals(role access.Role, at, owner place) bool {
	switch role {
	case access.Analyst, access.ProgramAdmin:
		return true
	case access.CenterCoordinator:
		return at.center == owner.center
	}
	return false
}

// goalThings are a goal of each center, with a calendar that waits.
func (w *world) goalThings(t *testing.T, desks ...access.Actor) []thing {
	t.Helper()
	planner := access.Actor{Account: "planner", Role: access.Analyst}
	var out []thing
	for i, desk := range desks {
		word := []string{"Xochiyetla", "Metztli"}[i]
		f := figures.GoalForm{Year: "2026", Figure: string(figures.Contacts), Center: desk.Center, Service: "psychology"}
		f.Months[0], f.Reason = "12", "Por lo que pide "+word+" cada año."
		id, err := w.App.Reports.Propose(t.Context(), planner, f)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, thing{
			name: []string{"of own center", "of another center"}[i], owner: place{center: desk.Center},
			values: map[string]string{"goal": id}, secrets: []string{word},
		})
	}
	return out
}
