package casefile

import (
	"context"
	"encoding/json"

	"sigue/internal/base/db"
	"sigue/internal/feature/program"
)

// countsText reads the components of a plan.
const countsText = `select component_id, area, name, in_group, minutes, every_days, prescribed, done_sessions,
	done_minutes, missed from plan_components where case_file_id = $1 order by sort`

// countsTx gives the components of a plan with what was delivered of each, without the
// sessions' titles; none before admission.
func countsTx(ctx context.Context, tx *db.Tx, caseID string) ([]PlanComponent, error) {
	var rows []struct {
		ID          string              `db:"component_id"`
		Area        program.ServiceArea `db:"area"`
		Name        string              `db:"name"`
		Group       bool                `db:"in_group"`
		Minutes     int                 `db:"minutes"`
		EveryDays   int                 `db:"every_days"`
		Prescribed  int                 `db:"prescribed"`
		Done        int                 `db:"done_sessions"`
		DoneMinutes int                 `db:"done_minutes"`
		Missed      int                 `db:"missed"`
	}
	if err := tx.Select(ctx, &rows, countsText, caseID); err != nil {
		return nil, err
	}
	out := make([]PlanComponent, len(rows))
	for i, row := range rows {
		out[i] = PlanComponent{
			ID: row.ID, Area: row.Area, Name: row.Name, Group: row.Group, Minutes: row.Minutes, EveryDays: row.EveryDays,
			Prescribed: row.Prescribed, Done: row.Done, DoneMinutes: row.DoneMinutes, Missed: row.Missed,
		}
	}
	return out, nil
}

// sessionsText reads the sessions of a plan.
const sessionsText = `select component_id, number, title, topics from plan_sessions
	where case_file_id = $1 order by component_id, number`

// componentsTx reads what a plan holds, with what was delivered.
func componentsTx(ctx context.Context, tx *db.Tx, caseID string) ([]PlanComponent, error) {
	out, err := countsTx(ctx, tx, caseID)
	if err != nil {
		return nil, err
	}
	var sessions []struct {
		ComponentID string `db:"component_id"`
		Number      int    `db:"number"`
		Title       string `db:"title"`
		Topics      string `db:"topics"`
	}
	if err := tx.Select(ctx, &sessions, sessionsText, caseID); err != nil {
		return nil, err
	}
	of := map[string][]PlanSession{}
	for _, row := range sessions {
		session := PlanSession{Number: row.Number, Title: row.Title}
		if err := json.Unmarshal([]byte(row.Topics), &session.Topics); err != nil {
			return nil, err
		}
		of[row.ComponentID] = append(of[row.ComponentID], session)
	}
	for i := range out {
		out[i].Sessions = of[out[i].ID]
	}
	return out, nil
}
