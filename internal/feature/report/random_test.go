package report

import (
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/access"
)

// slowly counts each figure from the raw tables by itself, without days and places: none
// of it goes through what derives facts.
var slowly = map[Key]string{
	Referrals:   `select count(*) from referrals where folio is not null and submitted_at is not null`,
	Accepted:    `select count(accepted_at) from referrals`,
	Declined:    `select count(declined_at) from referrals`,
	Returned:    `select count(*) from referral_returns`,
	Admissions:  `select count(admitted_at) from case_files`,
	Completions: `select count(completed_at) from case_files`,
	Discharges:  `select count(discharged_at) from case_files`,
	Expected: `select count(*) from attendances where appointment_id not in
		(select id from appointments where ended_at is not null)`,
	Presented: `select count(presented_at) from case_files`,
	People: `select count(distinct c.person_id) from attendances t join case_files c on c.id = t.case_id
		join appointments a on a.id = t.appointment_id where t.outcome in ('present', 'late') and a.ended_side = ''`,
	Sessions: `select count(*) from appointments a where a.ended_side = '' and
		(select count(*) from attendances t where t.appointment_id = a.id and t.outcome in ('present', 'late')) > 0`,
	Attendance: `select count(*) from attendances where outcome not in ('absent', 'removed') and appointment_id not in
		(select id from appointments where ended_at is not null)`,
	FollowupsReached:     `select count(*) from followups where side = 'center' and answers > 0 and reached = 'yes'`,
	FollowupsUnreached:   `select count(*) from followups where side = 'center' and answers > 0 and reached <> 'yes'`,
	FollowupsInstitution: `select count(*) from followups where side = 'institution' and answers > 0`,
	Contacts: `select count(*) from attendances where outcome not in ('absent', 'removed') and appointment_id not in
		(select id from appointments where ended_at is not null)`,
}

// TestNoSequenceLosesCount does things at random, over months, and counts after each.
func TestNoSequenceLosesCount(t *testing.T) {
	each(t, func(h *house) {
		w := &walk{house: h, r: rand.New(rand.NewPCG(7, 1)), other: New(h.d, h.catalogue, h.book, nil)}
		h.exec(`update centers set capacity = 900`)
		steps := 60
		if testing.Short() {
			steps = 20
		}
		for range steps {
			h.clk.Advance(time.Duration(w.r.IntN(72)) * time.Hour)
			w.step()
			w.agrees()
		}
	})
}

// walk does things at random; what a state refuses is a Conflict and changes nothing.
type walk struct {
	*house
	other *Service // another process, with a copy of its own
	r     *rand.Rand
	sends []string
	files []string // case files
	rolls []string
	did   []string
}

func (w *walk) step() {
	w.t.Helper()
	deeds := []struct {
		name string
		do   func() error
	}{
		{"send", func() error { w.sends = append(w.sends, w.sent(w.clerkA, obliged, "")); return nil }},
		{"accept", func() error { w.files = append(w.files, w.accept(w.sent(w.clerkB, voluntarily, ""))); return nil }},
		{"decline", w.toReferral(func(id string) error {
			return w.referrals.Decline(w.ctx, w.desk, id, referral.Motive{Reason: "duplicate"})
		})},
		{"return", w.toReferral(func(id string) error {
			return w.referrals.Return(w.ctx, w.desk, id, referral.ReturnNote{Reasons: []string{"resolution_illegible"}, Note: "No se lee."})
		})},
		{"admit", func() error {
			w.files = append(w.files, w.active(w.accept(w.sent(w.clerkA2, obliged, ""))))
			return nil
		}},
		{"complete", func() error { w.complete(w.active(w.accept(w.sent(w.clerkA, obliged, "")))); return nil }},
		{"discharge", w.toCase(func(id string) error {
			return w.cases.Discharge(w.ctx, w.bossOf(id), id, casefile.DischargeForm{Reason: "relocation", Note: "Se fue a otro estado."})
		})},
		{"transfer", w.toCase(func(id string) error {
			to := w.lerma
			if w.centerOf(id) == w.lerma {
				to = w.toluca
			}
			return w.cases.Transfer(w.ctx, w.bossOf(id), id, casefile.TransferForm{Center: to, Reason: "residence"})
		})},
		{"join", w.toCase(func(id string) error {
			into := w.text(`select folio from case_files where id = $1`, w.files[w.r.IntN(len(w.files))])
			_, err := w.cases.Join(w.ctx, w.bossOf(id), id, into)
			return err
		})},
		{"roll", w.roll},
		{"excuse", w.correct},
		{"cancel", w.cancel},
	}
	d := deeds[w.r.IntN(len(deeds))]
	w.did = append(w.did, d.name)
	if err := d.do(); err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Invalid) {
		w.t.Fatalf("%v: %v", w.did, err)
	}
	if wrong := got(w.Recount(w.ctx, system))(w.t); len(wrong) > 0 {
		w.t.Fatalf("after %v the recount differs at %v", w.did, wrong)
	}
}

// toReferral does something to a referral that was sent, whatever became of it.
func (w *walk) toReferral(do func(id string) error) func() error {
	return func() error {
		if len(w.sends) == 0 {
			return nil
		}
		return do(w.sends[w.r.IntN(len(w.sends))])
	}
}

// toCase does something to a case file, whatever became of it.
func (w *walk) toCase(do func(id string) error) func() error {
	return func() error {
		if len(w.files) == 0 {
			return nil
		}
		return do(w.files[w.r.IntN(len(w.files))])
	}
}

func (w *walk) centerOf(id string) string {
	return w.text(`select center_id from case_files where id = $1`, id)
}

func (w *walk) bossOf(id string) access.Actor {
	if w.centerOf(id) == w.lerma {
		return w.away
	}
	return w.manager
}

func (w *walk) roll() error {
	outcomes := map[string]string{}
	for _, id := range w.files {
		outcomes[id] = []string{"present", "late", "absent", "removed"}[w.r.IntN(4)]
	}
	w.rolls = append(w.rolls, w.attended([]string{w.toluca, w.lerma}[w.r.IntN(2)], outcomes))
	return nil
}

// correct changes what was recorded at a session, with its entry.
func (w *walk) correct() error {
	return w.amend(`update attendances set outcome = 'present' where appointment_id = $1`)
}

// cancel says of a session that the center was closed.
func (w *walk) cancel() error {
	return w.amend(`update appointments set ended_at = starts_at, ended_side = 'center' where id = $1`)
}

func (w *walk) amend(query string) error {
	if len(w.rolls) == 0 {
		return nil
	}
	id := w.rolls[w.r.IntN(len(w.rolls))]
	return w.d.Tx(w.ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(w.ctx, query, id); err != nil {
			return err
		}
		return w.recordTx(tx, id, w.toluca)
	})
}

func (w *walk) agrees() {
	w.t.Helper()
	from := clock.MonthOf(clock.DateOf(w.clk.Now())).Add(1 - longest).String()
	have := got(w.Statistics(w.ctx, analyst, Filter{From: from}))(w.t).Total.Values
	if too := got(w.other.Statistics(w.ctx, analyst, Filter{From: from}))(w.t).Total.Values; !maps.Equal(too, have) {
		w.t.Fatalf("after %v: another process counts %v, this one %v", w.did, too, have)
	}
	if want := w.waitedSlowly(); have[Waiting].Amount != want {
		w.t.Fatalf("after %v: %d days waited, counted slowly %d", w.did, have[Waiting].Amount, want)
	}
	for key, query := range slowly {
		if want := w.count(query); have[key].Amount != int64(want) {
			w.t.Fatalf("after %v: %s is %d, counted slowly %d", w.did, key, have[key].Amount, want)
		}
		f, _ := FigureOf(key)
		for _, by := range Dimensions {
			if !f.Tells(by) || by.Several() || f.Distinct {
				continue
			}
			var sum int64
			for _, r := range got(w.Figure(w.ctx, analyst, key, by, Filter{From: from}))(w.t).Rows {
				sum += r.Value.Amount
			}
			if sum != have[key].Amount {
				w.t.Fatalf("after %v: %s by %s adds up to %d, want %d", w.did, key, by, sum, have[key].Amount)
			}
		}
	}
}

// waitedSlowly adds up the days from midnight to midnight.
func (w *walk) waitedSlowly() (days int64) {
	w.t.Helper()
	var rows []struct {
		Sent db.Time `db:"submitted_at"`
		Came db.Time `db:"presented_at"`
	}
	w.must(w.d.View(w.ctx, func(tx *db.Tx) error {
		return tx.Select(w.ctx, &rows, `select c.presented_at, (select r.submitted_at from case_mandates m join referrals r on r.id = m.referral_id
			where m.case_file_id = c.id order by m.joined_at, m.referral_id limit 1) as submitted_at
			from case_files c where c.presented_at is not null`)
	}))
	for _, r := range rows {
		sent, came := clock.DateOf(r.Sent.Time), clock.DateOf(r.Came.Time)
		for ; !r.Sent.IsZero() && sent.Before(came); sent = sent.AddDays(1) {
			days++
		}
	}
	return days
}

// TestEveryFigureIsCountedSlowly holds the slow counts to the definitions.
func TestEveryFigureIsCountedSlowly(t *testing.T) {
	for _, f := range Figures {
		if slowly[f.Key] == "" && f.Key != Waiting {
			t.Errorf("%s has no slow count", f.Key)
		}
	}
}
