package app

import (
	"context"
	"net/url"
	"slices"
	"time"

	"sigue/internal/base/i18n"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/casefile/casefilehttp"
	"sigue/internal/platform/access"
)

// caseAgenda is what the page of a case file shows of the agenda.
func (a *App) caseAgenda() *casefilehttp.Agenda {
	return &casefilehttp.Agenda{
		BookPath: func(id string) string { return "/agenda/citar/" + url.PathEscape(id) },
		Next: func(ctx context.Context, actor access.Actor, id string) ([]casefilehttp.Appointment, error) {
			items, err := a.Agenda.CaseItems(ctx, actor, id)
			return toCome(items, a.Clock.Now()), err
		},
	}
}

// caseAlerts are what the page of a case file says first: that its person came back.
func (a *App) caseAlerts(ctx context.Context, actor access.Actor, id string) ([]casefilehttp.Alert, error) {
	if !actor.May(access.FollowupRead) {
		return nil, nil
	}
	earlier, later, err := a.Followups.Returns(ctx, actor, id)
	var out []casefilehttp.Alert
	path := "/expedientes/" + url.PathEscape(id) + "/seguimientos"
	if len(earlier) > 0 {
		out = append(out, casefilehttp.Alert{Title: i18n.M("Reingreso"), Text: i18n.M("Esta persona ya había concluido un proceso."), Path: path})
	}
	if len(later) > 0 {
		out = append(out, casefilehttp.Alert{Title: i18n.M("Reingreso"), Text: i18n.M("Esta persona volvió por una nueva canalización."), Path: path})
	}
	return out, err
}

// toCome are the appointments that stand and begin after an instant, the nearest first.
func toCome(items []agenda.Item, now time.Time) []casefilehttp.Appointment {
	var out []casefilehttp.Appointment
	for _, i := range slices.Backward(items) {
		if !i.Ended() && i.StartsAt.After(now) {
			out = append(out, casefilehttp.Appointment{At: i.StartsAt.Time, With: i.Staff, Path: "/citas/" + url.PathEscape(i.ID)})
		}
	}
	return out
}
