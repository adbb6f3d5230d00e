package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
)

// turn is what happens to a process on its way, beside sessions.
type turn int

const (
	straight turn = iota
	pauses
	moves
	leaves // is discharged
	sentOn // is referred out
	neverComes
)

// turns repeats over the cases, skewed like life.
var turns = []turn{
	straight, straight, pauses, straight, leaves, straight, pauses, straight, moves, straight, straight, leaves, straight,
	neverComes, pauses, straight, straight, sentOn, straight, leaves, straight, pauses, straight, straight, leaves, straight,
}

// leaving are the reasons of a discharge, given by turns.
var leaving = []string{
	"absence_limit", "relocation", "imprisonment", "new_violence", "absence_limit", "threat_violence", "intoxicated", "revoked",
	"other_care", "absence_limit", "death", "error", "relocation",
}

// story is a case as the teller remembers it.
type story struct {
	n        int
	house    *house
	dice     *rand.Rand
	area     *Place
	curp     bool   // he is known again
	referral string // empty for who came by himself
	id       string // of the case file
	temper   int    // how often he comes: 0 nearly always
	turn     turn
	turnAt   int // percent of the sessions
	reason   string

	course *course // of the group that he is to join
	group  *course // of the group that he is in
	from   clock.Date
	awaits clock.Date
	plan   *program.Version
	slot   *slot   // his hour with the professional
	set    *script // nil for all but the exemplar
	pause  int     // weeks of a suspension

	visits          []*visit
	solo, shared    int // sessions taken, alone and in the group
	missed, noShows int
	breach          string // appointment of the absence that was reported
	breachAt        time.Time
	missedAt        time.Time
	second          bool // another institution referred him too
	stopped, over   bool
	target          int // percent at which he completes
}

// slot is a person's hour of the week.
type slot struct {
	who     *worker
	weekday time.Weekday
	minute  int
	mode    string
}

// begin remembers a case that was just opened at a center.
func (t *teller) begin(n int, h *house, referral string) *story {
	s := &story{
		n: n, house: h, referral: referral, curp: hasCURP(n), dice: rand.New(rand.NewPCG(uint64(n), 29)), turn: turns[t.cases%len(turns)],
		target: []int{100, 84, 92, 100, 100}[n%5], temper: []int{0, 1, 0, 0, 2, 0, 1, 0}[n%8],
	}
	if n != exemplarNumber {
		t.cases++ // what happens to others does not depend on him
	}
	s.turnAt, s.pause = 15+s.dice.IntN(70), 5+s.dice.IntN(9)
	if s.turn == leaves && n != exemplarNumber {
		s.reason = leaving[t.leavers%len(leaving)]
		t.leavers++
		if s.reason == "absence_limit" {
			s.temper = 3
		}
	}
	s.course = h.pick(s.dice)
	if n == exemplarNumber {
		t.prescribe(s)
	}
	t.stories = append(t.stories, s)
	return s
}

// pick gives the course with the most room, or one of the others.
func (h *house) pick(dice *rand.Rand) *course {
	best := h.courses[dice.IntN(len(h.courses))]
	for _, l := range h.courses {
		if len(l.members)+len(l.waiting) < len(best.members)+len(best.waiting)-3 {
			best = l
		}
	}
	return best
}

// met tells whether the person is elsewhere at a time.
func (s *story) met(day clock.Date, at time.Time, minutes int) bool {
	if l := s.course; l != nil {
		if from := int(at.Sub(day.At(0, 0)) / time.Minute); l.meets(day, from, minutes) {
			return true
		}
	}
	for _, v := range s.visits {
		if !v.off && v.at.Before(at.Add(time.Duration(minutes)*time.Minute)) && at.Before(v.ends()) {
			return true
		}
	}
	return false
}

// part is the part of the plan that is given to him alone; nil when there is none.
func (s *story) part() *program.Component {
	if s.plan != nil {
		for i, c := range s.plan.Components {
			if !c.Group {
				return &s.plan.Components[i]
			}
		}
	}
	return nil
}

// progress is how much of the plan is done, in sessions.
func (s *story) progress() (done, of int) {
	for _, c := range s.plan.Components {
		of += len(c.Sessions)
		if c.Group {
			done += min(s.shared, len(c.Sessions))
		} else {
			done += min(s.solo, len(c.Sessions))
		}
	}
	return done, of
}

// finished tells whether he has taken what he needs.
func (s *story) finished() bool {
	if s.plan == nil {
		return false
	}
	done, of := s.progress()
	return done*100 >= of*s.target
}

// mark is whether he comes to a session, and his excuse when he has one.
func (t *teller) mark(s *story) (agenda.Outcome, string) {
	if s.set != nil {
		return s.set.mark(s)
	}
	chances := [][3]int{{2, 4, 4}, {7, 8, 8}, {14, 8, 12}, {45, 5, 5}}[s.temper] // absent, excused, late; in percent
	recent := t.clock.Now().After(t.now.AddDate(0, 0, -5))
	switch {
	case s.temper < 3 && s.missed >= 2 && !recent:
		chances[0] = 0 // he was told what a third absence means
	case s.temper < 3 && s.missed >= 2:
		chances[0] = 40
	}
	switch roll := s.dice.IntN(100); {
	case roll < chances[0]:
		return agenda.Missed, ""
	case roll < chances[0]+chances[1]:
		return agenda.Excused, excuses[s.dice.IntN(len(excuses))]
	case roll < chances[0]+chances[1]+chances[2]:
		return agenda.Late, ""
	}
	return agenda.Present, ""
}

var excuses = []string{"illness", "work", "care", "hearing", "transport", "bereavement"}

// offer gives the first appointment of a case that is open, or the next one after he did
// not come.
func (t *teller) offer(ctx context.Context, s *story) error {
	if s.over {
		return nil
	}
	v := t.seek(s.house, s, s.house.of(access.SocialWork, access.Psychology, access.Legal), t.mode(s, 12), t.calendar.Add(t.today(), 3))
	return t.book(ctx, s, v, t.first)
}

// mode is how a visit is held: some by telephone or video.
func (t *teller) mode(s *story, percent int) string {
	switch roll := s.dice.IntN(100); {
	case roll < percent/3:
		return "phone"
	case roll < percent:
		return "video"
	}
	return agenda.InPerson
}

// book gives an appointment through the desk.
func (t *teller) book(ctx context.Context, s *story, v *visit, then func(context.Context, *story, bool) error) error {
	if v == nil {
		t.unplaced++
		return nil
	}
	id, err := t.app.Agenda.Book(ctx, s.house.desk, s.id, v.form())
	if err != nil {
		return fmt.Errorf("booking %s: %w", clock.FormatMX(v.at), err)
	}
	v.id = id
	t.hold(s, v, func(ctx context.Context, came bool) error { return then(ctx, s, came) })
	return nil
}

// meet records whether somebody came to a visit.
func (t *teller) meet(ctx context.Context, s *story, v *visit, then func(context.Context, bool) error) error {
	mark, excuse := t.mark(s)
	if s.turn == neverComes {
		mark, excuse = agenda.Missed, ""
	}
	if _, err := t.app.Agenda.Attend(ctx, v.who.Actor, v.id, agenda.Roll{Page: v.id, Marks: []agenda.Mark{{Case: s.id, Mark: string(mark), Excuse: excuse}}}); err != nil {
		return fmt.Errorf("attendance of %s: %w", clock.FormatMX(v.at), err)
	}
	if v.component != "" {
		if err := t.recorded(ctx, s, v.id, mark, false); err != nil {
			return err
		}
	} else if mark == agenda.Missed {
		t.tidy(s.house)
	}
	if mark.Came() && s.dice.IntN(4) == 0 {
		if err := t.note(ctx, s, v.who); err != nil {
			return err
		}
	}
	return then(ctx, mark.Came())
}

// first is what follows from the first appointment.
func (t *teller) first(ctx context.Context, s *story, came bool) error {
	if !came {
		s.noShows++
		if s.noShows > 2 {
			s.over = true // the service has discharged him
			return nil
		}
		t.on(t.workday(t.clock.Now(), 1), func(ctx context.Context) error { return t.offer(ctx, s) })
		return nil
	}
	desk := s.house.desk
	if err := t.app.Cases.AcceptNotice(ctx, desk, s.id, casefile.NoticeForm{Lang: "spanish", How: []string{"signed", "signed", "fingerprint", "verbal"}[s.n%4]}); err != nil {
		return err
	}
	if err := t.app.Cases.Commit(ctx, desk, s.id, t.today().MX()); err != nil {
		return err
	}
	return t.assess(ctx, s, access.SocialWork)
}

// order is who assesses after whom.
var order = map[access.Role]access.Role{access.SocialWork: access.Psychology, access.Psychology: access.Legal}

// assess keeps an assessment and gives the appointment for the next one; after the last
// the coordination decides.
func (t *teller) assess(ctx context.Context, s *story, area access.Role) error {
	who := s.house.of(area)[0]
	if err := t.app.Cases.Assess(ctx, who.Actor, s.id, "", t.answers(s, area), []string{"yes", "no"}[s.n%2]); err != nil {
		return fmt.Errorf("assessment: %w", err)
	}
	if area == access.Psychology {
		if err := t.risk(ctx, s); err != nil {
			return err
		}
	}
	if err := t.note(ctx, s, who); err != nil {
		return err
	}
	next, more := order[area]
	if !more {
		t.on(t.workday(t.clock.Now(), 1+s.dice.IntN(3)), func(ctx context.Context) error { return t.decide(ctx, s) })
		return nil
	}
	return t.cite(ctx, s, next)
}

// cite gives the appointment for an assessment.
func (t *teller) cite(ctx context.Context, s *story, area access.Role) error {
	v := t.seek(s.house, s, s.house.of(area), agenda.InPerson, t.calendar.Add(t.today(), 2+s.dice.IntN(3)))
	return t.book(ctx, s, v, func(ctx context.Context, s *story, came bool) error {
		if came {
			return t.assess(ctx, s, area)
		}
		t.on(t.workday(t.clock.Now(), 1), func(ctx context.Context) error { return t.cite(ctx, s, area) })
		return nil
	})
}

// risk enters how high the psychologist takes the risk to be.
func (t *teller) risk(ctx context.Context, s *story) error {
	i := s.n % len(risks)
	return t.app.Cases.SetRisk(ctx, s.house.of(access.Psychology)[0].Actor, s.id, casefile.RiskForm{
		Level: string(risks[i].level), Reason: risks[i].why, ReviewOn: t.today().AddDays(risks[i].days).MX(),
	})
}

// decide is what the coordination does with the assessments.
func (t *teller) decide(ctx context.Context, s *story) error {
	if s.over {
		return nil
	}
	if s.turn == sentOn && s.n%2 == 0 {
		return t.referOut(ctx, s)
	}
	if len(s.course.version.Components) == 1 || s.n%6 == 0 {
		if err := t.app.Cases.PutOnWaitingList(ctx, s.house.head, s.id); err != nil {
			return err
		}
	} else if err := t.admit(ctx, s); err != nil {
		return err
	}
	return t.await(ctx, s.course, s)
}

// admit admits to the program of his course, and begins what is given to him alone.
func (t *teller) admit(ctx context.Context, s *story) error {
	if err := t.app.Cases.AdmitTo(ctx, s.house.head, s.id, casefile.AdmitForm{Version: s.course.version.ID, StartsOn: t.today().MX()}); err != nil {
		return fmt.Errorf("admission: %w", err)
	}
	s.plan = &s.course.version
	if s.papers() {
		if err := t.welcome(ctx, s); err != nil {
			return err
		}
	}
	return t.settle(ctx, s)
}

// settle finds him an hour of the week, and gives the next appointments in it.
func (t *teller) settle(ctx context.Context, s *story) error {
	if s.part() == nil {
		return nil
	}
	h := s.house
	who := h.of(access.Psychology)
	if s.dice.IntN(10) < 8 { // most know the first of them
		who = who[:1]
	}
	s.slot = nil
	start := t.today().AddDays(1)
	for try := range 200 {
		w := who[s.dice.IntN(len(who))]
		day := start.AddDays(try % 14)
		hours := w.hours[day.Weekday()]
		if !hours.Open() {
			continue
		}
		minute := hours.From + 60*s.dice.IntN((hours.Until-hours.From)/60)
		mode := t.mode(s, 15)
		good := true
		for week := range 3 {
			good = good && t.fit(h, s, w, mode, day.AddDays(7*week).At(minute/60, minute%60), 60) != nil
		}
		if good {
			s.slot = &slot{w, day.Weekday(), minute, mode}
			break
		}
	}
	return t.further(ctx, s)
}

// weeksAhead is how many of his weekly appointments a person knows.
const weeksAhead = 2

// further gives the next weekly appointments, as long as sessions are left.
func (t *teller) further(ctx context.Context, s *story) error {
	part := s.part()
	if part == nil || s.over || s.stopped || s.slot == nil {
		return nil
	}
	ahead, last := 0, t.today()
	for _, v := range s.visits {
		if !v.off && v.component != "" && v.ends().After(t.clock.Now()) {
			ahead++
			last = clock.DateOf(v.at)
		}
	}
	for day := last.AddDays(1); ahead < weeksAhead && s.solo+ahead < len(part.Sessions) && day.Before(last.AddDays(60)); day = day.AddDays(1) {
		if day.Weekday() != s.slot.weekday {
			continue
		}
		v := t.fit(s.house, s, s.slot.who, s.slot.mode, day.At(s.slot.minute/60, s.slot.minute%60), part.Minutes)
		if v == nil {
			continue
		}
		v.component = part.ID
		if err := t.book(ctx, s, v, func(ctx context.Context, s *story, _ bool) error { return t.further(ctx, s) }); err != nil {
			return err
		}
		ahead++
	}
	return nil
}

// recorded keeps what a session changed, and decides what comes of it.
func (t *teller) recorded(ctx context.Context, s *story, appointment string, mark agenda.Outcome, shared bool) error {
	switch {
	case mark == agenda.Missed:
		s.missed++
		s.missedAt = t.clock.Now()
		if s.missed == 3 {
			s.breach, s.breachAt = appointment, t.clock.Now()
			if s.set != nil {
				t.excusedLate(s)
			}
		}
		t.tidy(s.house)
	case mark.Came() && shared:
		s.shared++
	case mark.Came():
		s.solo++
	}
	if s.reason == "absence_limit" && s.missed >= 4 && !s.stopped {
		s.turn, s.stopped = straight, true
		t.calmly(s, t.workday(t.clock.Now(), 4), t.discharge)
		return nil
	}
	if s.finished() && !s.stopped {
		s.stopped = true // what is left is the end
		t.calmly(s, t.workday(t.clock.Now(), 2+s.dice.IntN(4)), t.conclude)
		return nil
	}
	if done, of := s.progress(); s.turn != straight && done*100 >= of*s.turnAt {
		return t.turned(ctx, s)
	}
	return nil
}

// turned plans what happens to the process now.
func (t *teller) turned(_ context.Context, s *story) error {
	do := map[turn]func(context.Context, *story) error{pauses: t.pause, moves: t.move, leaves: t.discharge, sentOn: t.referOut}[s.turn]
	if s.turn == leaves && s.reason == "absence_limit" {
		return nil // his absences decide
	}
	s.turn = straight
	if do == nil {
		return nil
	}
	if s.set != nil && len(s.set.turns) > 0 {
		s.turn, s.turnAt, s.set.turns = s.set.turns[0].turn, s.set.turns[0].at, s.set.turns[1:]
	}
	t.calmly(s, t.workday(t.clock.Now(), 1), func(ctx context.Context, s *story) error {
		if s.stopped {
			return nil
		}
		return do(ctx, s)
	})
	return nil
}

// calmly does something about a process that goes on, when the person is not just meeting
// somebody: who meets him records it first.
func (t *teller) calmly(s *story, at time.Time, do func(context.Context, *story) error) {
	t.on(at, func(ctx context.Context) error {
		now := t.clock.Now()
		if slices.ContainsFunc(s.visits, func(v *visit) bool { return !v.off && !v.over && !v.at.After(now) }) {
			t.calmly(s, now.Add(2*time.Hour), do)
			return nil
		}
		if s.over {
			return nil
		}
		return do(ctx, s)
	})
}

// caseOf opens the case of an accepted referral, as the job does that follows it.
func (t *teller) caseOf(ctx context.Context, referral string) (id string, err error) {
	err = t.app.DB.Tx(ctx, func(tx *db.Tx) error {
		id, err = t.app.Cases.OpenTx(ctx, tx, access.System("casefile.follow", access.JobRun), referral)
		return err
	})
	return id, err
}
