package app_test

import (
	"fmt"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/feature/identity"
	curriculum "sigue/internal/feature/program" // "program" is this package's own command
	"sigue/internal/platform/access"
)

// unpublished owns what only the administration of the program sees.
var unpublished = place{institution: "unpublished"}

// programs is who sees a program: everyone who reads programs, but drafts only whoever
// edits them.
func programs(role access.Role, _, owner place) bool {
	return owner != unpublished || role == access.ProgramAdmin
}

// groups is whose a group is: its center's; the administration of the program reads all.
func groups(role access.Role, at, owner place) bool {
	side, _ := role.Side()
	return side == access.AtCenter && owner.center == at.center || role == access.ProgramAdmin
}

// programThings are a program that ships and one that was never published.
func (w *world) programThings(t *testing.T) []thing {
	t.Helper()
	ctx, svc, admin := t.Context(), w.App.Programs, w.actor(t, "program_admin@sigue.example")
	values := func(v *curriculum.Version) map[string]string {
		c := v.Components[len(v.Components)-1]
		return map[string]string{"program": v.ProgramID, "version": v.ID, "component": c.ID, "session": c.Sessions[0].ID, "topic": v.Topics[0].ID}
	}
	choices, err := svc.Choices(ctx, admin)
	must(t, err)
	draft, err := svc.CreateProgram(ctx, admin, curriculum.ProgramForm{Name: "Programa Nahuaque", Summary: "En borrador."})
	must(t, err)
	_, err = svc.AddComponent(ctx, admin, curriculum.Edition{Version: draft, Revision: 1},
		curriculum.ComponentForm{Area: "group", Name: "Grupo", Minutes: "120", EveryDays: "7", Sessions: "2"})
	must(t, err)
	must(t, svc.AddTopics(ctx, admin, curriculum.Edition{Version: draft, Revision: 2}, "Tema Nahuaque"))
	v, err := svc.Version(ctx, admin, draft)
	must(t, err)
	return []thing{
		{name: "published program", values: values(&choices[0])},
		{name: "program never published", owner: unpublished, values: values(v), secrets: []string{"Nahuaque"}, marks: []string{draft}},
	}
}

// groupThings are a group of each center, which its word names.
func (w *world) groupThings(t *testing.T, desks ...access.Actor) []thing {
	t.Helper()
	var out []thing
	for i, desk := range desks {
		word := []string{"Tlalpixqui", "Ocelotzin"}[i]
		out = append(out, thing{
			name: []string{"of own center", "of another center"}[i], owner: place{center: desk.Center},
			values: map[string]string{"group": w.openGroup(t, desk.Center, word)}, secrets: []string{word},
		})
	}
	return out
}

// openGroup opens a group of a center, led by two accounts of its own.
func (w *world) openGroup(t *testing.T, center, word string) string {
	t.Helper()
	ctx, svc := t.Context(), w.App.Programs
	pair := make([]string, 2)
	for i := range pair {
		id, err := w.App.Identity.OpenAccount(ctx, access.System("test", access.AccountAdminister), identity.NewAccount{
			Role: access.Facilitator, Title: "Facilitación", Place: "Centro", CenterID: center, Name: "Luis Modelo",
			Email: fmt.Sprintf("facilita%d@sigue.example", w.count(t, `select count(*) from accounts`)),
		})
		must(t, err)
		pair[i] = id
	}
	coordinator := access.Actor{Account: pair[0], Role: access.CenterCoordinator, Center: center, Request: "test"}
	options, err := svc.GroupOptions(ctx, coordinator)
	must(t, err)
	id, err := svc.CreateGroup(ctx, coordinator, curriculum.GroupForm{
		Name: "Grupo " + word, Component: options.Components[0].Component.ID, Entry: curriculum.OpenEntry, Capacity: "12",
		Venue: options.Venues[0].ID, FirstOn: clock.Calendar{}.Add(clock.DateOf(w.App.Clock.Now()), 5).String(), StartsAt: "10:00",
		Mode: string(curriculum.InPerson), Lead: pair[0], CoLead: pair[1],
	})
	must(t, err)
	return id
}
