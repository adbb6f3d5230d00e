package agenda

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
)

// sessions gives a case so many appointments on business days from 25 November on.
func (h *house) sessions(id string, n int) (all []string) {
	h.t.Helper()
	day := clock.MustDate("2026-11-24")
	for range n {
		day = (clock.Calendar{}).Next(day)
		v := h.visit(day.MX(), "10:00", h.psych)
		v.Component = talks
		all = append(all, h.book(id, v))
	}
	return all
}

// after puts the clock behind an appointment.
func (h *house) after(id string) {
	h.t.Helper()
	var at db.Time
	h.must(h.d.View(h.ctx, func(tx *db.Tx) error {
		return tx.Get(h.ctx, &at, `select starts_at from appointments where id = $1`, id)
	}))
	h.clk.Set(at.Add(time.Hour))
}

// open lists the open tasks as "kind due".
func (h *house) open(id string) string {
	h.t.Helper()
	return strings.Join(h.texts(`select kind || ' ' || due_on from tasks where case_id = $1 and done_at is null and void_at is null
		order by due_on, kind, id`, id), ", ")
}

// TestLadder climbs it: call, notice, breach report, and a late justification after the
// report (DOMAIN 10, cases 6 and 8).
func TestLadder(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(obliged)
		dates := h.sessions(id, 4) // 25, 26, 27, 30 November
		want := []string{
			"call 2026-11-26",
			"call 2026-11-26, call 2026-11-27, absence_notice 2026-11-30",
			"call 2026-11-26, call 2026-11-27, absence_notice 2026-11-30, call 2026-11-30, breach_report 2026-12-02",
		}
		for i, w := range want {
			h.after(dates[i])
			h.mark(dates[i], id, "absent")
			if got := h.open(id); got != w {
				h.t.Errorf("after %d absences: %s, want %s", i+1, got, w)
			}
		}
		for _, task := range got(h.Untold(h.ctx, h.manager))(h.t) {
			h.must(h.Tell(h.ctx, h.manager, task.ID))
			h.must(h.Tell(h.ctx, h.manager, task.ID)) // pressed twice
		}
		if left := got(h.Untold(h.ctx, h.manager))(h.t); len(left) != 0 {
			h.t.Errorf("told, and yet %v", left)
		}
		if told := h.texts(`select kind from notices where kind in ('absence_told', 'breach_told') order by id`); len(told) != 2 {
			h.t.Errorf("notices %v, want an absence and a breach", told)
		}
		h.after(dates[3])
		h.must(h.Excuse(h.ctx, h.psych, dates[2], id, "illness"))
		h.must(h.Excuse(h.ctx, h.psych, dates[2], id, "illness"))
		if got := h.open(id); !strings.Contains(got, "correction 2026-12-02") {
			h.t.Errorf("after the late justification: %s, want a correction", got)
		}
		if history := got(h.Open(h.ctx, h.psych, dates[2]))(h.t).History[id]; len(history) != 2 || history[0].Mark != Missed || history[1].Mark != Excused {
			h.t.Errorf("history %+v", history)
		}
		told := got(h.Told(h.ctx, h.manager))(h.t)
		h.must(h.Answer(h.ctx, h.manager, told[0].ID, AnswerForm{On: clock.DateOf(h.clk.Now()).MX(), Text: "Se tiene por presentado."}))
		if again := got(h.Told(h.ctx, h.manager))(h.t); again[0].Answer != "Se tiene por presentado." {
			h.t.Errorf("the answer reads %q", again[0].Answer)
		}
	})
}

func TestVoluntaryReachesNoAuthority(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(voluntarily)
		for _, a := range h.sessions(id, 5) {
			h.after(a)
			h.mark(a, id, "absent")
		}
		if n := h.count(`select count(*) from tasks where kind <> 'call'`); n != 0 {
			h.t.Errorf("%d words to an authority about somebody who is voluntary", n)
		}
	})
}

// TestNoShow does not come to the first appointment twice, as often as the rule allows: the
// case waits for another one each time and the authority knows. Then he comes, or fails once
// more: the process ends and the breach is reported.
func TestNoShow(t *testing.T) {
	each(t, func(h *house) {
		id := h.accepted(obliged)
		for i, day := range []string{"25/11/2026", "26/11/2026"} {
			a := h.book(id, h.visit(day, "10:00", h.psych))
			h.after(a)
			h.mark(a, id, "absent")
			if state := h.text(`select state from case_files where id = $1`, id); state != "to_schedule" {
				h.t.Errorf("after %d: %s", i+1, state)
			}
		}
		if n := h.count(`select count(*) from notices where kind = 'case_no_show'`); n != 2 {
			h.t.Errorf("%d notices of not coming, want 2", n)
		}
		if got := h.open(id); strings.Contains(got, "breach_report") || strings.Contains(got, "no_show_notice") {
			h.t.Errorf("open: %s, want no breach yet and both notices given", got)
		}
		a := h.book(id, h.visit("27/11/2026", "10:00", h.psych))
		h.after(a)
		h.mark(a, id, "late")
		if state := h.text(`select state from case_files where id = $1`, id); state != "in_assessment" {
			h.t.Errorf("after coming: %s", state)
		}
		h.mark(a, id, "absent")
		if got := h.open(id); !strings.Contains(got, "breach_report 2026-12-02") {
			h.t.Errorf("open: %s, want the breach report of the third time", got)
		}
	})
}

// TestTellDue tells by itself, on the last day, what nobody told.
func TestTellDue(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(obliged)
		for _, a := range h.sessions(id, 3) {
			h.after(a)
			h.mark(a, id, "absent")
		}
		program := access.System("agenda.tell_due", access.JobRun)
		if n := got(h.TellDue(h.ctx, program))(h.t); n != 0 {
			h.t.Errorf("told %d before their day", n)
		}
		h.at("2026-12-03", 9, 0)
		if n := got(h.TellDue(h.ctx, program))(h.t); n != 1 {
			h.t.Errorf("told %d, want the notice", n)
		}
		left := got(h.Untold(h.ctx, h.manager))(h.t)
		if len(left) != 1 || left[0].Kind != TaskBreachReport || !left[0].Due.Late() {
			h.t.Errorf("left %+v, want the breach report, late and seen", left)
		}
	})
}

// TestNoAuthorityStaysUntold does things at random to absences and tasks, over random
// calendars, and asks after each: whatever an authority must know by now it was told, or
// a task about it is open.
func TestNoAuthorityStaysUntold(t *testing.T) {
	for seed := range uint64(400) {
		w := newWalk(seed)
		for range 60 {
			w.step()
			if problem := w.check(); problem != "" {
				t.Fatalf("seed %d: %s\n%s", seed, problem, strings.Join(w.log, "\n"))
			}
		}
	}
}

// walk is a case with its absences and tasks, in memory.
type walk struct {
	r        *rand.Rand
	now      time.Time
	cal      clock.Calendar
	rules    Rules
	mandates []Mandate
	missed   map[string]bool // by appointment: absent and not excused
	all      []Absence
	history  map[cause][]deed
	dueOn    map[string]clock.Date // by task
	log      []string
}

func newWalk(seed uint64) *walk {
	r := rand.New(rand.NewPCG(seed, 7))
	start := clock.MustDate("2026-11-02")
	w := &walk{r: r, now: start.At(10, 0), missed: map[string]bool{}, history: map[cause][]deed{}, dueOn: map[string]clock.Date{}}
	var closed []clock.ClosedDay
	for range r.IntN(12) {
		closed = append(closed, clock.ClosedDay{Date: start.AddDays(r.IntN(120)), Name: "cierre"})
	}
	w.cal = clock.NewCalendar(closed...)
	w.rules = Rules{Tell: 1 + r.IntN(3), Breach: 3 + r.IntN(2), NoShows: 1 + r.IntN(3), CallDays: 1, NoticeDays: r.IntN(4), NoShowDays: 2, BreachDays: r.IntN(5), CorrectDays: 2}
	w.mandates = []Mandate{{Referral: "A"}, {Referral: "B", From: start.AddDays(20), Until: start.AddDays(60)}, {Referral: "V", Voluntary: true}}
	return w
}

func (w *walk) step() {
	switch n := w.r.IntN(10); {
	case n < 4:
		id := db.NewID()
		w.all = append(w.all, Absence{Appointment: id, At: w.now.Add(-time.Duration(w.r.IntN(72)) * time.Hour), First: w.r.IntN(5) == 0})
		slices.SortStableFunc(w.all, func(a, b Absence) int { return a.At.Compare(b.At) })
		w.missed[id] = true
		w.log = append(w.log, "absent "+id)
	case n < 6 && len(w.all) > 0:
		id := w.all[w.r.IntN(len(w.all))].Appointment
		w.missed[id] = !w.missed[id]
		w.log = append(w.log, "turned "+id)
	case n < 8:
		w.tellOne()
	default:
		w.now = w.now.AddDate(0, 0, 1+w.r.IntN(4))
	}
	w.settle()
}

func (w *walk) tellOne() {
	for about, deeds := range w.history {
		for i, d := range deeds {
			if d.open() {
				w.history[about][i].DoneAt = w.now
				w.now = w.now.Add(time.Second)
				w.log = append(w.log, "told "+string(d.Kind)+" of "+about.appointment+" to "+about.referral)
				return
			}
		}
	}
}

func (w *walk) absences() (all []Absence) {
	for _, a := range w.all {
		if w.missed[a.Appointment] {
			all = append(all, a)
		}
	}
	return all
}

// settle is settleTx in memory.
func (w *walk) settle() {
	wanted := map[cause]Owed{}
	for _, o := range Ladder(w.absences(), w.mandates, w.rules, w.cal) {
		wanted[cause{o.Referral, o.Appointment}] = o
	}
	for about := range wanted {
		if w.history[about] == nil {
			w.history[about] = []deed{}
		}
	}
	for about, deeds := range w.history {
		open, there := due(deeds, wanted[about].Kind), false
		for i, d := range deeds {
			if d.open() && d.Kind != open {
				deeds[i].Void = true
			}
			there = there || d.open() && d.Kind == open
		}
		if open != "" && !there {
			d := deed{ID: db.NewID(), Kind: open}
			w.dueOn[d.ID] = wanted[about].DueOn
			w.history[about] = append(deeds, d)
		}
	}
}

// check looks for an authority that does not know what it must, in its own words: it
// counts the absences by itself and reads only what was told and what is open.
func (w *walk) check() string {
	for _, m := range w.mandates {
		n, noShows := 0, 0
		for _, a := range w.absences() {
			day := clock.DateOf(a.At)
			if m.From.After(day) || !m.Until.IsZero() && day.After(m.Until) {
				continue
			}
			mustKnow, report := false, false
			if a.First {
				noShows++
				mustKnow, report = true, noShows == w.rules.NoShows
			} else {
				n++
				mustKnow, report = n >= w.rules.Tell, n == w.rules.Breach
			}
			known, reported, open := w.state(cause{m.Referral, a.Appointment})
			switch {
			case m.Voluntary && (known || open):
				return "the authority of somebody voluntary has to do with " + a.Appointment
			case m.Voluntary:
			case (mustKnow || report) && !known && !open:
				return m.Referral + " is not told of " + a.Appointment + " and no task says so"
			case report && !reported && !open:
				return m.Referral + " has no report of " + a.Appointment + " and no task says so"
			}
		}
	}
	for about, deeds := range w.history {
		if known, _, open := w.state(about); about.referral != "" && known && !w.missed[about.appointment] && !open {
			return about.referral + " believes in an absence that is none: " + about.appointment
		}
		if n := len(slices.DeleteFunc(slices.Clone(deeds), func(d deed) bool { return !d.open() })); n > 1 {
			return "two tasks are open about " + about.appointment
		}
	}
	return ""
}

// state reads a history: whether the authority believes in the absence, whether it has a
// report of it, and whether a task is open.
func (w *walk) state(about cause) (known, reported, open bool) {
	deeds := slices.Clone(w.history[about])
	slices.SortStableFunc(deeds, func(a, b deed) int { return a.DoneAt.Compare(b.DoneAt) })
	for _, d := range deeds {
		switch {
		case d.open():
			open = true
		case d.Void:
		case d.Kind == TaskCorrection:
			known, reported = false, false
		default:
			known, reported = true, reported || d.Kind == TaskBreachReport
		}
	}
	return known, reported, open
}

// TestDeadlinesCountFromTheEvent checks every term over random calendars.
func TestDeadlinesCountFromTheEvent(t *testing.T) {
	for seed := range uint64(300) {
		w := newWalk(seed)
		at := w.now.AddDate(0, 0, w.r.IntN(90))
		first := Ladder([]Absence{{Appointment: "x", At: at}}, []Mandate{{Referral: "A"}}, Rules{Tell: 1, Breach: 9, NoticeDays: w.rules.NoticeDays}, w.cal)[1]
		if left := w.cal.Between(clock.DateOf(at), first.DueOn); w.rules.NoticeDays > 0 && left != w.rules.NoticeDays || !w.cal.IsBusinessDay(first.DueOn) {
			t.Fatalf("seed %d: absence on %s, due on %s: %d business days, want %d", seed, clock.DateOf(at), first.DueOn, left, w.rules.NoticeDays)
		}
	}
}

func TestTasksOfOthersDoNotExist(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(obliged)
		for _, a := range h.sessions(id, 2) {
			h.after(a)
			h.mark(a, id, "absent")
		}
		task := got(h.Untold(h.ctx, h.manager))(h.t)[0].ID
		other := h.actor(access.CenterCoordinator, h.lerma)
		h.refused(h.Tell(h.ctx, other, task), fault.NotFound)
		if list := got(h.Untold(h.ctx, other))(h.t); len(list) != 0 {
			h.t.Errorf("another center reads %v", list)
		}
	})
}

// TestDueAfterTold checks what is open about an absence once the authority was told of it.
func TestDueAfterTold(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	done := func(kinds ...TaskKind) (all []deed) {
		for i, k := range kinds {
			all = append(all, deed{Kind: k, DoneAt: at.Add(time.Duration(i) * time.Hour)})
		}
		return all
	}
	tests := []struct {
		name string
		told []deed
		want TaskKind // by the ladder
		due  TaskKind
	}{
		{"nothing was told", nil, TaskAbsenceNotice, TaskAbsenceNotice},
		{"the notice still holds", done(TaskAbsenceNotice), TaskAbsenceNotice, ""},
		{"the notice no longer holds", done(TaskAbsenceNotice), "", TaskCorrection},
		{"it is a breach by now", done(TaskAbsenceNotice), TaskBreachReport, TaskBreachReport},
		{"the breach still holds", done(TaskBreachReport), TaskBreachReport, ""},
		{"an earlier absence was excused: a breach no more", done(TaskBreachReport), TaskAbsenceNotice, TaskCorrection},
		{"this absence was excused: no breach at all", done(TaskBreachReport), "", TaskCorrection},
		{"it was corrected", done(TaskBreachReport, TaskCorrection), "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := due(tt.told, tt.want); got != tt.due {
				t.Errorf("got %q, want %q", got, tt.due)
			}
		})
	}
}
