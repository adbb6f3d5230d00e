package app_test

import (
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/feature/followup"
	"sigue/internal/platform/access"
)

// following is who follows a completed process up: of the center whoever reads its cases,
// of an institution whoever referred.
func following(role access.Role, at, owner place) bool {
	switch role {
	case access.Referrer:
		return owner.area == at.area
	case access.InstitutionSupervisor:
		return owner.institution == at.institution
	case access.SocialWork, access.Psychology, access.Legal, access.CenterCoordinator:
		return owner.center == at.center
	}
	return false
}

// followupThings gives each of two centers, and each of some clerks, a follow-up that is to
// be done, with an attempt whose note bears a word that is nowhere else.
func (w *world) followupThings(t *testing.T, clerks ...access.Actor) *kind {
	t.Helper()
	of := &kind{reach: following}
	// What is planted stands without a completion: the day's work, done meanwhile, would end it.
	w.eventually(t, "the day's work on follow-ups is done", func() bool {
		return w.count(t, `select count(*) from jobs where kind = 'followup.day' and state = 'done'`) > 0
	})
	for i, c := range w.kinds["case"].things {
		worker := access.Actor{Account: w.text(t, `select min(a.id) from accounts a join posts p on p.id = a.post_id where p.role = 'social_work' and p.center_id = $1`, c.owner.center), Role: access.SocialWork, Center: c.owner.center, Request: "test"}
		of.things = append(of.things, w.followupThing(t, "of center, "+c.name, c, worker, "", []string{"Coyametlin", "Tochtlin"}[i]))
	}
	for i, clerk := range clerks {
		name := []string{"of own area", "of another area", "of another institution"}[i]
		referral := w.kinds["referral"].things[[]int{0, 2, 3}[i]].values["referral"]
		of.things = append(of.things, w.followupThing(t, name, w.kinds["case"].things[i%2], clerk, referral, []string{"Mazatlin", "Ozomatlin", "Cuauhtlin"}[i]))
	}
	return of
}

// followupThing plants one: of a center without a referral, of an area with its own.
func (w *world) followupThing(t *testing.T, name string, of thing, by access.Actor, referral, word string) thing {
	t.Helper()
	id, now, side, folio := db.NewID(), w.App.Clock.Now(), followup.OfCenter, `select folio from case_files where id = $1`
	owned, about := place{"", "", by.Center}, of.values["case"]
	if referral != "" {
		side, folio, about = followup.OfInstitution, `select folio from referrals where id = $1`, referral
		owned = place{by.Institution, by.Area, ""}
	}
	day := clock.DateOf(now)
	number := w.text(t, folio, about)
	must(t, w.App.DB.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `insert into followups (id, side, case_id, referral_id, folio, center_id, institution_id, area_id, nth, months,
				completed_on, opens_on, due_on, closes_on, made_at, attempts, answers, reached, relapse, abstains, ended_why)
			values ($1, $2, $3, $4, $5, $6, $7, $8, 1, 3, $9, $10, $11, $12, $13, 0, 0, '', '', '', '')`,
			id, string(side), of.values["case"], referral, number, owned.center, owned.institution, owned.area,
			day.AddMonths(-3), day.AddDays(-15), day, day.AddDays(15), db.At(now))
		return err
	}))
	must(t, w.App.Followups.LogAttempt(t.Context(), by, id, followup.AttemptForm{On: day.MX(), Channel: "phone", Result: "no_answer", Note: "Nota " + word}))
	return thing{name: "follow-up " + name, owner: owned, values: map[string]string{"followup": id}, secrets: []string{word}, marks: []string{id}}
}
