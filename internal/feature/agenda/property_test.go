package agenda

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/base/fault"
	"sigue/internal/feature/casefile"
	"sigue/internal/platform/access"
	"sigue/internal/platform/notify"
	"sigue/internal/platform/schema"
)

// TestNoSequenceLeavesAnAuthorityUntold does things at random through the services, over
// people with one mandate, with two and with none, and asks after each: nobody and nothing
// is in two appointments; what the plans say was delivered is what the rows say; each
// notice that is owed was told or stands in the list, as late where it is, and what needs
// no signature was told by itself on its last day; whoever is voluntary is told of to
// nobody; every deadline is a business day.
func TestNoSequenceLeavesAnAuthorityUntold(t *testing.T) {
	dbtest.Run(t, schema.Migrations, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		seeds, steps := uint64(1), 60
		if strings.HasSuffix(t.Name(), "sqlite") {
			seeds, steps = 2, 150
		}
		if testing.Short() {
			steps = 30
		}
		h := newHouseWith(t, d, clk, notify.Config{BaseURL: "https://sigue.example", TLS: notify.TLSNone})
		h.exec(`update centers set capacity = 900 where id = $1`, h.toluca)
		for seed := range seeds {
			newChaos(h, seed).run(steps)
		}
	})
}

// chaos does things at random to some cases of a house.
type chaos struct {
	*house
	r     *rand.Rand
	cases []string
	there access.Actor // coordinator of the other center
	did   []string
}

func newChaos(h *house, seed uint64) *chaos {
	c := &chaos{house: h, r: rand.New(rand.NewPCG(seed, 11)), there: h.actor(access.CenterCoordinator, h.lerma)}
	one, two, none := h.planned(obliged), h.planned(obliged), h.planned(voluntarily)
	c.cases = []string{one, two, none, h.planned(obliged), h.planned(obliged), h.accepted(obliged), h.accepted(obliged)}
	h.joined(two, clock.DateOf(h.clk.Now()).AddDays(12), clock.DateOf(h.clk.Now()).AddDays(40))
	return c
}

// joined gives a case a further mandate of another area, for some days.
func (h *house) joined(id string, from, until clock.Date) (referral string) {
	h.t.Helper()
	referral = h.sent(obliged)
	h.must(h.referrals.Accept(h.ctx, h.desk, referral))
	h.exec(`insert into case_mandates (referral_id, case_file_id, institution_id, area_id, folio, case_value, basis, voluntary, sessions,
			from_on, until_on, done_before, joined_at, joined_by)
		select $1, case_file_id, institution_id, area_id, 'B-' || $1, case_value, basis, voluntary, sessions, $2, $3, 0, $5, joined_by
		from case_mandates where case_file_id = $4 limit 1`, referral, from, until, id, db.At(h.clk.Now()))
	return referral
}

func (c *chaos) run(steps int) {
	c.t.Helper()
	for range steps {
		what, err := c.step()
		c.did = append(c.did, what)
		if err != nil && !errors.As(err, new(*fault.Error)) {
			c.t.Fatalf("%s: %v", what, err)
		}
		got(c.Settle(c.ctx, access.System("agenda.settle", access.JobRun)))(c.t)
		got(c.TellDue(c.ctx, access.System("agenda.tell_due", access.JobRun)))(c.t)
		c.check()
		if c.t.Failed() {
			c.t.Fatalf("after:\n%s", strings.Join(c.did, "\n"))
		}
	}
}

// oneOf picks one at random; the zero value of none.
func oneOf[T any](c *chaos, of []T) (one T) {
	if len(of) == 0 {
		return one
	}
	return of[c.r.IntN(len(of))]
}

// step does one thing. What is refused is part of the play.
func (c *chaos) step() (string, error) {
	id := oneOf(c, c.cases)
	switch n := c.r.IntN(40); {
	case n < 9:
		v := c.visitAny()
		if c.count(`select count(*) from plans where case_file_id = $1`, id) == 0 {
			v.Component = ""
		}
		_, err := c.Book(c.ctx, c.desk, id, v)
		return fmt.Sprintf("book %s on %s at %s", id, v.Date, v.Time), err
	case n < 11:
		a := oneOf(c, c.holding())
		_, err := c.Move(c.ctx, c.desk, a, c.visitAny(), Change{Side: "person", Reason: "work"})
		return "move " + a, err
	case n < 12:
		a := oneOf(c, c.holding())
		return "cancel " + a, c.Cancel(c.ctx, c.desk, a, Change{Side: "person", Reason: "work"})
	case n < 23:
		return c.attend()
	case n < 26:
		return c.excuse()
	case n < 27:
		day := clock.DateOf(c.clk.Now()).AddDays(c.r.IntN(4) - 2)
		_, err := c.CloseDay(c.ctx, c.manager, day)
		return "close " + day.String(), err
	case n < 29:
		return c.mandate(id)
	case n < 30:
		if c.r.IntN(2) == 0 {
			return "resume " + id, c.Service.cases.Resume(c.ctx, c.manager, id)
		}
		return "suspend " + id, c.Service.cases.Suspend(c.ctx, c.manager, id, casefile.SuspendForm{Reason: "illness", Note: "Lo operaron."})
	case n < 31:
		// Where something is owed, and not too early: the other center does nothing with it.
		if id = oneOf(c, c.texts(`select case_id from tasks where kind <> 'call' and done_at is null and void_at is null group by case_id order by case_id`)); id != "" {
			return "transfer " + id, c.transfer(id)
		}
	case n < 33:
		if tasks := got(c.Untold(c.ctx, c.manager))(c.t); len(tasks) > 0 {
			task := oneOf(c, tasks)
			return "tell " + task.ID, c.Tell(c.ctx, c.manager, task.ID)
		}
	}
	c.clk.Set(c.clk.Now().Add(time.Duration(1+c.r.IntN(30)) * time.Hour))
	return "now it is " + clock.FormatMX(c.clk.Now()), nil
}

func (c *chaos) visitAny() Visit {
	day := clock.DateOf(c.clk.Now()).AddDays(c.r.IntN(8))
	v := Visit{Date: day.MX(), Time: fmt.Sprintf("%02d:%02d", 9+c.r.IntN(4), 15*c.r.IntN(4)), Minutes: 15 * (1 + c.r.IntN(6)),
		Account: oneOf(c, []string{c.psych.Account, c.psych2.Account, c.lead.Account}), Room: oneOf(c, []string{c.room, c.hall}), Mode: InPerson}
	if c.r.IntN(4) > 0 {
		v.Component = talks
	}
	if c.r.IntN(4) == 0 {
		v.Mode, v.Room = "phone", ""
	}
	return v
}

// holding are the appointments that hold.
func (c *chaos) holding() []string {
	return c.texts(`select id from appointments where ended_at is null and case_id in ('` + strings.Join(c.cases, "', '") + `') order by id`)
}

func (c *chaos) attend() (string, error) {
	begun := c.texts(`select id from appointments where ended_at is null and starts_at <= $1 and kind <> 'group' order by starts_at desc limit 6`, db.At(c.clk.Now()))
	a := oneOf(c, begun)
	if a == "" {
		return "nothing to attend", nil
	}
	id := c.text(`select case_id from appointments where id = $1`, a)
	mark := oneOf(c, []string{"present", "late", "absent", "absent", "absent", "absent", "excused", "removed"})
	version := c.count(`select coalesce(sum(version), 0) from attendances where appointment_id = $1 and case_id = $2`, a, id)
	_, err := c.Attend(c.ctx, c.psych, a, Roll{Marks: []Mark{{Case: id, Mark: mark, Version: version}}, Late: "Se anotó en papel"})
	return "mark " + mark + " of " + id + " at " + a, err
}

func (c *chaos) excuse() (string, error) {
	a := oneOf(c, c.texts(`select appointment_id from attendances where outcome = 'absent' order by appointment_id`))
	if a == "" {
		return "nothing to excuse", nil
	}
	return "excuse at " + a, c.Excuse(c.ctx, c.psych, a, c.text(`select case_id from appointments where id = $1`, a), "illness")
}

func (c *chaos) mandate(id string) (string, error) {
	if c.r.IntN(3) == 0 && len(c.cases) < 12 {
		from := clock.DateOf(c.clk.Now()).AddDays(c.r.IntN(20) - 10)
		return "a further mandate of " + id + " from " + from.String() + ": " + c.joined(id, from, from.AddDays(5+c.r.IntN(30))), nil
	}
	of := oneOf(c, c.texts(`select referral_id from case_mandates where case_file_id = $1 and revoked_at is null order by referral_id`, id))
	if of == "" {
		return "no mandate", nil
	}
	today := clock.DateOf(c.clk.Now())
	f := casefile.MandateForm{Kind: oneOf(c, []string{casefile.Extended, casefile.Reduced, casefile.Revoked}), DocumentOn: today.MX(),
		Until: today.AddDays(c.r.IntN(60) - 20).MX(), Reason: "Así lo ordenó."}
	return f.Kind + " " + of + " until " + f.Until, c.Service.cases.ChangeMandate(c.ctx, c.manager, id, of, f)
}

func (c *chaos) transfer(id string) error {
	if err := c.Service.cases.Transfer(c.ctx, c.manager, id, casefile.TransferForm{Center: c.lerma, Reason: "residence"}); err != nil {
		return err
	}
	return c.caseMoved(c.ctx, casefile.MovedCase{CaseID: id, FromCenter: c.toluca})
}

func (c *chaos) check() {
	c.t.Helper()
	c.nobodyTwice()
	c.numbersAgree()
	late := map[string]bool{}
	for _, who := range []access.Actor{c.manager, c.there} {
		for _, task := range got(c.Untold(c.ctx, who))(c.t) {
			late[task.ID] = task.Due.Late()
		}
	}
	for _, id := range c.cases {
		c.everyoneKnows(id, late)
	}
	if n := c.count(`select count(*) from tasks k join case_mandates m on m.referral_id = k.referral_id where m.voluntary`); n != 0 {
		c.t.Errorf("%d tasks to an authority of somebody who is voluntary", n)
	}
}

// nobodyTwice compares every two appointments that hold, the slow way.
func (c *chaos) nobodyTwice() {
	c.t.Helper()
	var all []Appointment
	c.must(c.d.View(c.ctx, func(tx *db.Tx) error {
		return tx.Select(c.ctx, &all, `select `+appointmentColumns+` from appointments a where a.ended_at is null order by a.starts_at, a.id`)
	}))
	for i, a := range all {
		for _, b := range all[i+1:] {
			if !b.StartsAt.Before(a.EndsAt()) {
				continue
			}
			for _, of := range a.resources() {
				if slices.Contains(b.resources(), of) {
					c.t.Errorf("%s is in two appointments: %s and %s", of, a.ID, b.ID)
				}
			}
		}
	}
}

// everyoneKnows looks for an authority of a case that does not know what it must.
func (c *chaos) everyoneKnows(id string, listed map[string]bool) {
	c.t.Helper()
	var stands *standing
	var rows []taskRow
	c.must(c.d.View(c.ctx, func(tx *db.Tx) error {
		of, err := c.Service.cases.CaseTx(c.ctx, tx, id)
		if err != nil {
			return err
		}
		if stands, err = c.dueTx(c.ctx, tx, of); err != nil {
			return err
		}
		return tx.Select(c.ctx, &rows, `select `+taskColumns+` from tasks k where k.case_id = $1 order by k.seq`, id)
	}))
	today := clock.DateOf(c.clk.Now())
	for _, r := range rows {
		if !stands.cal.IsBusinessDay(r.DueOn) {
			c.t.Errorf("%s of %s is due on %s, no business day", r.Kind, id, r.DueOn)
		}
	}
	for _, o := range Ladder(stands.absences, stands.mandates, stands.rules, stands.cal) {
		if o.Referral == "" {
			continue
		}
		told, reported, open := false, false, ""
		for _, r := range rows {
			switch {
			case r.ReferralID != o.Referral || r.AppointmentID != o.Appointment || !r.VoidAt.IsZero():
			case r.DoneAt.IsZero():
				open = r.ID
			case r.Kind == TaskCorrection:
				told, reported = false, false
			default:
				told, reported = true, reported || r.Kind == TaskBreachReport
			}
		}
		if told && (o.Kind != TaskBreachReport || reported) {
			continue
		}
		late, there := listed[open]
		switch {
		case open == "":
			c.t.Errorf("%s is not told of %s by a %s due on %s, and no task says so", o.Referral, o.Appointment, o.Kind, o.DueOn)
		case !there:
			c.t.Errorf("the %s of %s is in nobody's list", o.Kind, o.Appointment)
		case o.DueOn.Before(today) && !late:
			c.t.Errorf("the %s of %s was due on %s and is not marked as late", o.Kind, o.Appointment, o.DueOn)
		case o.Kind != TaskBreachReport && !o.DueOn.After(today):
			c.t.Errorf("the %s of %s needs no signature, is due on %s, and was not told by itself", o.Kind, o.Appointment, o.DueOn)
		}
	}
}
