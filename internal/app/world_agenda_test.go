package app_test

import (
	"fmt"
	"maps"
	"path"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/center"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/access"
	"sigue/internal/platform/notify"
)

// agendaWork is who has a center's cases and appointments before him.
func agendaWork(role access.Role, at, owner place) bool {
	switch role {
	case access.Reception, access.SocialWork, access.Psychology, access.Legal, access.CenterCoordinator:
		return owner.center == at.center
	}
	return false
}

// coordination is who runs a center's agenda.
func coordination(role access.Role, at, owner place) bool {
	return role == access.CenterCoordinator && owner.center == at.center
}

// reporting is who tells an authority.
func reporting(role access.Role, at, owner place) bool {
	return (role == access.CenterCoordinator || role == access.Legal) && owner.center == at.center
}

// agendaThings gives each of two centers an accepted referral with its case and first
// appointment, a word that its authority is owed, a room, and somebody who is away.
func (w *world) agendaThings(t *testing.T, clerk access.Actor, desks ...access.Actor) (referrals []thing, all kinds) {
	t.Helper()
	all = kinds{"case": {reach: agendaWork}, "appointment": {reach: agendaWork}, "task": {reach: reporting}, "room": {reach: coordination},
		"absence": {reach: coordination}, "worker": {reach: coordination},
		"invitation": {}, "call": {reach: agendaWork}, "feed": {}}
	for i, desk := range desks {
		name, at := []string{"of own center", "of another center"}[i], place{"", "", desk.Center}
		_, err := w.App.Identity.OpenAccount(t.Context(), access.System("test", access.AccountAdminister), identity.NewAccount{
			Role: access.Psychology, Title: "Psicología de prueba", Place: "Centro", CenterID: desk.Center, Name: "Ana Modelo",
			Email: fmt.Sprintf("psicologia%d@sigue.example", 90+i)})
		must(t, err)
		r := w.plant(t, "accepted, "+name, clerk, desk.Center, []string{"Axolotin", "Tecolotin"}[i], asSent)
		papers := maps.Clone(r.values)
		delete(papers, "attachment") // who opens the papers of an accepted one is not told here
		open := r
		open.values = papers
		referrals = append(referrals, open)
		appointment, caseID := w.cite(t, desk, r.values["referral"])
		worker := w.text(t, `select min(a.id) from accounts a join posts p on p.id = a.post_id where p.role = 'psychology' and p.center_id = $1`, desk.Center)
		add := func(kind, param, id string) {
			of := thing{name: kind + " " + name, owner: at, values: map[string]string{param: id}}
			if kind == "appointment" {
				of.marks = []string{id}
			}
			all[kind].things = append(all[kind].things, of)
		}
		add("case", "case", caseID)
		add("appointment", "appointment", appointment)
		add("worker", "worker", worker)
		add("task", "task", w.owe(t, desk.Center, caseID, r.values["referral"], appointment))
		manager := access.Actor{Account: desk.Account, Role: access.CenterCoordinator, Center: desk.Center, Request: "test"}
		venue := w.text(t, `select min(id) from venues where center_id = $1`, desk.Center)
		room, err := w.App.Centers.AddRoom(t.Context(), manager, center.RoomForm{Name: "Sala de prueba", Venue: venue, Capacity: "4"})
		must(t, err)
		add("room", "room", room)
		_, err = w.App.Agenda.AddAbsence(t.Context(), manager, agenda.AbsenceForm{Account: worker, From: clock.DateOf(w.App.Clock.Now()).AddDays(40).MX()})
		must(t, err)
		call := w.invite(t, appointment, caseID)
		add("call", "call", call)
		if i == 0 {
			all["invitation"].things = []thing{w.answerThing(t, call)}
			all["feed"].things = []thing{w.feedThing(t, worker, desk.Center)}
		}
		add("absence", "absence", w.text(t, `select min(id) from staff_absences where center_id = $1`, desk.Center))
	}
	return referrals, all
}

// cite accepts a referral with the first free time.
func (w *world) cite(t *testing.T, desk access.Actor, referralID string) (appointment, caseID string) {
	t.Helper()
	a, err := w.App.Agenda.Arriving(t.Context(), desk, referralID, agenda.Search{From: clock.DateOf(w.App.Clock.Now()).AddDays(20)})
	must(t, err)
	v := agenda.Visit{Mode: a.Free.Mode}
	if len(a.Free.Slots) == 0 || !agenda.ReadSlot(a.Free.Slots[0].Value(), &v) {
		t.Fatal("no free time in the demonstration")
	}
	appointment, err = w.App.Agenda.Accept(t.Context(), desk, referralID, v)
	must(t, err)
	return appointment, w.text(t, `select case_id from appointments where id = $1`, appointment)
}

// invite plants an invitation of whose person somebody is to call.
func (w *world) invite(t *testing.T, appointment, caseID string) string {
	t.Helper()
	id, now := db.NewID(), db.At(w.App.Clock.Now())
	must(t, w.App.DB.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `insert into invitations (id, appointment_id, case_id, created_at, answer, reason, call, call_at, called_by, call_result)
			values ($1, $2, $3, $4, '', '', 'remind', $4, '', '')`, id, appointment, caseID, now)
		return err
	}))
	return id
}

// answerThing is the one-time link of an invitation.
func (w *world) answerThing(t *testing.T, invitation string) thing {
	t.Helper()
	link, err := notify.SignedLinkTo("/cita/" + invitation)
	must(t, err)
	address, err := w.App.Outbox.SignedPath(t.Context(), access.System("test", access.AccountAdminister), link)
	must(t, err)
	return thing{name: "answer link", values: map[string]string{"invitation": invitation, "mac": path.Base(address)}}
}

// feedThing is the calendar feed of somebody who attends at a center.
func (w *world) feedThing(t *testing.T, account, centerID string) thing {
	t.Helper()
	address, err := w.App.Agenda.MakeFeed(t.Context(), access.Actor{Account: account, Role: access.Psychology, Center: centerID, Request: "test"})
	must(t, err)
	return thing{name: "calendar feed", values: map[string]string{"feed": path.Base(address)}}
}

// owe plants a word that an authority is owed.
func (w *world) owe(t *testing.T, centerID, caseID, referralID, appointment string) string {
	t.Helper()
	id, now := db.NewID(), w.App.Clock.Now()
	must(t, w.App.DB.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `insert into tasks (id, center_id, case_id, referral_id, appointment_id, seq, kind, event_at, due_on, created_at, done_by, outcome)
			values ($1, $2, $3, $4, $5, 1, 'absence_notice', $6, $7, $6, '', '')`, id, centerID, caseID, referralID, appointment, db.At(now), clock.DateOf(now))
		return err
	}))
	return id
}

// groupSessions confirms each group, so that one of its sessions can be opened.
func (w *world) groupSessions(t *testing.T) {
	t.Helper()
	for _, of := range w.kinds["group"].things {
		group := of.values["group"]
		lead := w.text(t, `select min(account_id) from group_staff where group_id = $1`, group)
		manager := access.Actor{Account: lead, Role: access.CenterCoordinator, Center: of.owner.center, Request: "test"}
		must(t, w.App.Agenda.Confirm(t.Context(), manager, group))
		session := w.text(t, `select min(id) from appointments where group_id = $1`, group)
		w.kinds["appointment"].things = append(w.kinds["appointment"].things, thing{
			name: "group session " + of.name, owner: of.owner, values: map[string]string{"appointment": session}, marks: []string{session},
			also: func(role access.Role, at, owner place) bool {
				return role == access.Facilitator && owner.center == at.center
			},
		})
	}
}
