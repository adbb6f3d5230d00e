package app

import (
	"context"
	"net/url"
	"slices"
	"time"

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
