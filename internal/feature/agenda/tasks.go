package agenda

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
)

// taskRow is a task as stored.
type taskRow struct {
	ID            string     `db:"id"`
	CenterID      string     `db:"center_id"`
	CaseID        string     `db:"case_id"`
	ReferralID    string     `db:"referral_id"`
	AppointmentID string     `db:"appointment_id"`
	Seq           int        `db:"seq"`
	Kind          TaskKind   `db:"kind"`
	EventAt       db.Time    `db:"event_at"`
	DueOn         clock.Date `db:"due_on"`
	DoneAt        db.Time    `db:"done_at"`
	DoneBy        string     `db:"done_by"`
	Outcome       string     `db:"outcome"`
	VoidAt        db.Time    `db:"void_at"`
	AnsweredOn    clock.Date `db:"answered_on"`
	Answer        []byte     `db:"answer"`
}

const taskColumns = `k.id, k.center_id, k.case_id, k.referral_id, k.appointment_id, k.seq, k.kind, k.event_at, k.due_on, k.done_at,
	k.done_by, k.outcome, k.void_at, k.answered_on, k.answer`

func (r taskRow) deed() deed {
	return deed{ID: r.ID, Kind: r.Kind, DoneAt: r.DoneAt.Time, Void: !r.VoidAt.IsZero()}
}

// cause is what a task is about: one absence, for one authority or for the call.
type cause struct{ referral, appointment string }

// ladderTx brings the tasks of a case up to its absences: what they call for is open, what
// they no longer call for is void, what was told and no longer holds is to be corrected.
func (s *Service) ladderTx(ctx context.Context, tx *db.Tx, c casefile.Case) error {
	d, err := s.dueTx(ctx, tx, c)
	if err != nil {
		return err
	}
	var rows []taskRow
	if err := tx.Select(ctx, &rows, `select `+taskColumns+` from tasks k where k.case_id = $1 order by k.seq, k.id`, c.ID); err != nil {
		return err
	}
	history, order := map[cause][]taskRow{}, []cause{}
	for _, r := range rows {
		about := cause{r.ReferralID, r.AppointmentID}
		if history[about] == nil {
			order = append(order, about)
		}
		history[about] = append(history[about], r)
	}
	wanted := map[cause]Owed{}
	for _, o := range Ladder(d.absences, d.mandates, d.rules, d.cal) {
		about := cause{o.Referral, o.Appointment}
		if history[about] == nil && wanted[about].Kind == "" {
			order = append(order, about)
		}
		wanted[about] = o
	}
	for _, about := range order {
		var err error
		switch place(about, d.absences, d.mandates) {
		case elsewhere: // another case file answers to that authority now; what is owed stays owed
		case quiet:
			err = voidTx(ctx, tx, history[about])
		default:
			err = settleTx(ctx, tx, c, about, history[about], wanted[about], d.correct)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// voidTx takes back the open ones of some tasks.
func voidTx(ctx context.Context, tx *db.Tx, rows []taskRow) error {
	for _, r := range rows {
		if !r.deed().open() {
			continue
		}
		if _, err := tx.Exec(ctx, `update tasks set void_at = $1 where id = $2`, db.At(tx.Now()), r.ID); err != nil {
			return err
		}
	}
	return nil
}

// standing is what the ladder of a case rests on.
type standing struct {
	absences []Absence
	mandates []Mandate
	rules    Rules
	cal      clock.Calendar
	correct  clock.Date // until when a correction would be due
}

func (s *Service) dueTx(ctx context.Context, tx *db.Tx, c casefile.Case) (*standing, error) {
	_, rules, err := s.rules(ctx, tx)
	if err != nil {
		return nil, err
	}
	cal, err := s.catalogue.CalendarTx(ctx, tx, c.CenterID)
	if err != nil {
		return nil, err
	}
	d := &standing{rules: rules, cal: cal, correct: clock.DueIn(tx.Now(), rules.CorrectDays, cal).Due}
	var rows []struct {
		ID       string  `db:"id"`
		StartsAt db.Time `db:"starts_at"`
		Kind     Kind    `db:"kind"`
	}
	if err := tx.Select(ctx, &rows, `select a.id, a.starts_at, a.kind from attendances t join appointments a on a.id = t.appointment_id
		where t.case_id = $1 and t.outcome = 'absent' and t.excused_at is null and a.ended_at is null order by a.starts_at, a.id`, c.ID); err != nil {
		return nil, err
	}
	for _, r := range rows {
		d.absences = append(d.absences, Absence{Appointment: r.ID, At: r.StartsAt.Time, First: r.Kind == First})
	}
	all, err := s.cases.MandatesTx(ctx, tx, c.ID)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		from := m.From
		if joined := clock.DateOf(m.JoinedAt); joined.After(from) { // what was before it came is not its own
			from = joined
		}
		d.mandates = append(d.mandates, Mandate{Referral: m.ReferralID, Voluntary: m.Voluntary, Revoked: m.Revoked(), From: from, Until: m.Until})
	}
	return d, nil
}

// settleTx leaves open about one absence the one task that must be, and no other.
func settleTx(ctx context.Context, tx *db.Tx, c casefile.Case, about cause, history []taskRow, want Owed, correct clock.Date) error {
	deeds := make([]deed, len(history))
	for i, r := range history {
		deeds[i] = r.deed()
	}
	open, there := due(deeds, want.Kind), false
	for _, d := range deeds {
		switch {
		case !d.open():
		case d.Kind == open:
			there = true
		default:
			if _, err := tx.Exec(ctx, `update tasks set void_at = $1 where id = $2`, db.At(tx.Now()), d.ID); err != nil {
				return err
			}
		}
	}
	if open == "" || there {
		return nil
	}
	at, on := want.At, want.DueOn
	if open == TaskCorrection { // it is owed from the moment in which what was told is no longer so
		at, on = tx.Now(), correct
	}
	_, err := tx.Exec(ctx, `insert into tasks (id, center_id, case_id, referral_id, appointment_id, seq, kind, event_at, due_on, created_at,
			done_by, outcome)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', '')`,
		db.NewID(), c.CenterID, c.ID, about.referral, about.appointment, len(history)+1, string(open), db.At(at), on, db.At(tx.Now()))
	return err
}

// Task is a task in a list.
type Task struct {
	ID            string
	Kind          TaskKind
	CaseID        string
	ReferralID    string // empty for a call
	AppointmentID string
	Folio         string // of the case
	Person        string // only for whoever may see it
	Referral      string // folio of the referral whose authority must hear it
	Area          string
	EventAt       time.Time
	Due           clock.Status
	Phone         string
	DoneAt        time.Time
	Answered      clock.Date
	Answer        string
}

// taskOwner names the owner of a task, for the scope.
var taskOwner = access.Columns{Center: "k.center_id"}

// Untold lists what authorities of the center's cases have not been told yet, soonest
// due first. It is empty when every authority knows what it must.
func (s *Service) Untold(ctx context.Context, actor access.Actor) ([]Task, error) {
	scope, err := actor.Require(access.ReportPrepare)
	if err != nil {
		return nil, err
	}
	return s.tasks(ctx, actor, scope, `k.kind <> 'call' and k.done_at is null and k.void_at is null`)
}

// Told lists what authorities were told in the last 60 days, newest first, with what they
// answered.
func (s *Service) Told(ctx context.Context, actor access.Actor) ([]Task, error) {
	scope, err := actor.Require(access.ReportPrepare)
	if err != nil {
		return nil, err
	}
	return s.tasks(ctx, actor, scope, `k.kind <> 'call' and k.done_at is not null`)
}

// CallList lists the people who must be called after an absence, soonest due first, and
// the lists with the results of a call.
func (s *Service) CallList(ctx context.Context, actor access.Actor) ([]Task, *catalogue.Lists, error) {
	scope, err := actor.Require(access.AgendaBook)
	if err != nil {
		return nil, nil, err
	}
	calls, err := s.tasks(ctx, actor, scope, `k.kind = 'call' and k.done_at is null and k.void_at is null`)
	if err != nil {
		return nil, nil, err
	}
	lists, err := s.catalogue.Lists(ctx, actor)
	return calls, lists, err
}

// CalledOff is what the program itself called off of one case, still to come: hours that
// are free now, and of which whoever had them would otherwise learn from an empty chair.
type CalledOff struct {
	Why    i18n.Msg
	Count  int
	First  time.Time // the next of them
	Staff  string    // with whom that one was
	CaseID string    // empty where the case is not of this center any more
	Folio  string
}

// calledOffFor is for how many days the staff reads of it.
const calledOffFor = 7

// CalledOff gives what a transfer or an ending called off in the last days, the nearest
// first: to a professional, of his own appointments; to the reception and the coordination,
// of the center's. A case that another center has now is not named.
func (s *Service) CalledOff(ctx context.Context, actor access.Actor) ([]CalledOff, error) {
	scope, err := actor.Require(access.AgendaRead)
	if err != nil {
		return nil, err
	}
	var f Filter
	if attends(actor.Role) && !actor.May(access.AgendaManage) {
		f.Account = actor.Account
	}
	var all []CalledOff
	err = s.db.View(ctx, func(tx *db.Tx) error {
		all = nil
		var args db.Args
		var rows []Appointment
		if err := tx.Select(ctx, &rows, `select `+appointmentColumns+` from appointments a where `+mine(actor, scope, &args)+f.where(&args)+`
			and a.ended_reason in (`+args.In([]string{reasonMoved, reasonEnded})+`) and a.ended_at >= `+args.Add(db.At(today(tx).AddDays(-calledOffFor).At(0, 0)))+`
			and a.starts_at > `+args.Add(db.At(tx.Now()))+` order by a.starts_at, a.id limit `+args.Add(maxTasks), args...); err != nil {
			return err
		}
		known := map[string]int{}
		for _, a := range rows {
			if i, ok := known[a.CaseID]; ok {
				all[i].Count++
				continue
			}
			off, shown, err := s.calledOffTx(ctx, tx, actor, scope, a)
			if err != nil {
				return err
			}
			if shown {
				known[a.CaseID] = len(all)
				all = append(all, off)
			}
		}
		return nil
	})
	return all, err
}

// calledOffTx shows one of them; false for one of a file that is sealed for others.
func (s *Service) calledOffTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, a Appointment) (CalledOff, bool, error) {
	names, err := s.identity.NamesTx(ctx, tx, []string{a.Account})
	if err != nil {
		return CalledOff{}, false, err
	}
	off := CalledOff{Why: a.EndedByProgram(), Count: 1, First: a.StartsAt.Time, Staff: names[a.Account]}
	c, err := s.cases.ReachTx(ctx, tx, actor, scope, a.CaseID)
	switch {
	case fault.Is(err, fault.NotFound):
		return off, a.EndedReason == reasonMoved, nil
	case err != nil:
		return off, false, err
	}
	off.CaseID, off.Folio = c.ID, c.Folio
	return off, true, nil
}

// maxTasks is the most that one page shows.
const maxTasks = 200

func (s *Service) tasks(ctx context.Context, actor access.Actor, scope access.Scope, where string) ([]Task, error) {
	var all []Task
	err := s.db.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		var rows []taskRow
		if err := tx.Select(ctx, &rows, `select `+taskColumns+` from tasks k where `+scope.SQL(taskOwner, &args)+` and `+where+`
			order by k.done_at desc, k.due_on, k.id limit `+args.Add(maxTasks), args...); err != nil {
			return err
		}
		for _, r := range rows {
			t, err := s.taskTx(ctx, tx, actor, scope, r)
			if fault.Is(err, fault.NotFound) {
				continue // a sealed file
			}
			if err != nil {
				return err
			}
			all = append(all, t)
		}
		return nil
	})
	return all, err
}

func (s *Service) taskTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, r taskRow) (Task, error) {
	c, err := s.cases.ReachTx(ctx, tx, actor, scope, r.CaseID)
	if err != nil {
		return Task{}, err
	}
	cal, err := s.catalogue.CalendarTx(ctx, tx, r.CenterID)
	if err != nil {
		return Task{}, err
	}
	t := Task{ID: r.ID, Kind: r.Kind, CaseID: r.CaseID, ReferralID: r.ReferralID, AppointmentID: r.AppointmentID, Folio: c.Folio, Person: c.Person, EventAt: r.EventAt.Time,
		Due: clock.Deadline{Due: r.DueOn}.Status(tx.Now(), cal), DoneAt: r.DoneAt.Time, Answered: r.AnsweredOn}
	if r.Kind.ToAuthority() {
		mandates, err := s.cases.MandatesTx(ctx, tx, r.CaseID)
		if err != nil {
			return t, err
		}
		for _, m := range mandates {
			if m.ReferralID == r.ReferralID {
				t.Referral, t.Area = m.Folio, m.Area
			}
		}
	}
	t.Answer, err = s.openText(ctx, tx, c, "tasks", "answer", r.ID, r.Answer)
	return t, err
}

// loadTask reads a task inside a scope, with its case.
func (s *Service) loadTask(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, id, where string) (taskRow, casefile.Case, error) {
	var r taskRow
	if uuid.Validate(id) != nil {
		return r, casefile.Case{}, fault.Missing()
	}
	var args db.Args
	err := tx.Get(ctx, &r, `select `+taskColumns+` from tasks k where k.id = `+args.Add(id)+` and `+scope.SQL(taskOwner, &args)+` and `+where, args...)
	if missing(err) {
		return r, casefile.Case{}, fault.Missing()
	}
	if err != nil {
		return r, casefile.Case{}, err
	}
	c, err := s.cases.ReachTx(ctx, tx, actor, scope, r.CaseID)
	return r, c, err
}

// Called records how the call after an absence went.
func (s *Service) Called(ctx context.Context, actor access.Actor, id, result string) error {
	scope, err := actor.Require(access.AgendaBook)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		r, c, err := s.loadTask(ctx, tx, actor, scope, id, `k.kind = 'call'`)
		if err != nil {
			return err
		}
		lists, err := s.catalogue.ListsTx(ctx, tx)
		if err != nil {
			return err
		}
		if !lists.Has(catalogue.ContactResult, result) {
			return wrong("result", i18n.M("Elija qué pasó con la llamada."))
		}
		return s.doneTx(ctx, tx, actor, r, c, result)
	})
}

// Tell tells an authority what it is owed: the referral's page and a notice by e-mail say
// so from now on. A breach report is told by its document; this records that it went out.
func (s *Service) Tell(ctx context.Context, actor access.Actor, id string) error {
	scope, err := actor.Require(access.ReportPrepare)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		r, c, err := s.loadTask(ctx, tx, actor, scope, id, `k.kind <> 'call'`)
		if err != nil {
			return err
		}
		return s.tellTx(ctx, tx, actor, r, c)
	})
}

// tellTx tells an authority what it is owed, if it still is: a mandate may have ended since
// the task was made.
func (s *Service) tellTx(ctx context.Context, tx *db.Tx, actor access.Actor, r taskRow, c casefile.Case) error {
	if err := s.ladderTx(ctx, tx, c); err != nil {
		return err
	}
	var open int
	if err := tx.Get(ctx, &open, `select count(*) from tasks where id = $1 and done_at is null and void_at is null`, r.ID); err != nil || open == 0 {
		return err // sent twice, or no longer so
	}
	if err := s.referrals.TellTx(ctx, tx, actor, r.ReferralID, noticeOf[r.Kind], "agenda."+string(r.Kind)); err != nil {
		return err
	}
	return s.doneTx(ctx, tx, actor, r, c, "")
}

// noticeOf is the notice that tells an authority.
var noticeOf = map[TaskKind]notify.Kind{
	TaskAbsenceNotice: notify.AbsenceTold, TaskNoShowNotice: notify.CaseNoShow, TaskBreachReport: notify.BreachTold,
	TaskCorrection: notify.AbsenceCorrected,
}

func (s *Service) doneTx(ctx context.Context, tx *db.Tx, actor access.Actor, r taskRow, c casefile.Case, outcome string) error {
	n, err := tx.Exec(ctx, `update tasks set done_at = $1, done_by = $2, outcome = $3 where id = $4 and done_at is null and void_at is null`,
		db.At(tx.Now()), actor.Name(), outcome, r.ID)
	if err != nil || n == 0 {
		return err
	}
	if err := s.ledger.AppendTx(ctx, tx, actor, caseEntry(c, "agenda.task", ledger.Change{Field: string(r.Kind), After: outcome})); err != nil {
		return err
	}
	return s.ladderTx(ctx, tx, c)
}

// AnswerForm is what an authority answered, as it was typed.
type AnswerForm struct {
	On   string `form:"on"`
	Text string `form:"text"`
}

// Answer records what an authority answered to what it was told.
func (s *Service) Answer(ctx context.Context, actor access.Actor, id string, f AnswerForm) error {
	scope, err := actor.Require(access.ReportPrepare)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		r, c, err := s.loadTask(ctx, tx, actor, scope, id, `k.kind <> 'call' and k.done_at is not null`)
		if err != nil {
			return err
		}
		var form fault.Form
		on, wrongDate := clock.ParseDateMX(f.On)
		switch {
		case wrongDate != nil:
			form.Add("on", i18n.M("Escriba el día de la respuesta como 14/03/2027."))
		case on.After(today(tx)) || on.Before(clock.DateOf(r.DoneAt.Time)):
			form.Add("on", i18n.M("El día de la respuesta va del día del aviso a hoy."))
		}
		text := strings.TrimSpace(f.Text)
		if n := utf8.RuneCountInString(text); n < 3 || n > maxNote {
			form.Add("text", i18n.M("Escriba qué respondió la autoridad, en menos de %d caracteres.", maxNote))
		}
		if err := form.Err(); err != nil {
			return err
		}
		sealed, err := s.sealText(ctx, tx, c, "tasks", "answer", r.ID, text)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update tasks set answered_on = $1, answer = $2 where id = $3`, on, sealed, r.ID); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, caseEntry(c, "agenda.answer", ledger.Change{Field: "answer"}))
	})
}

// TellDue tells, on the last day, what is due by a notice and nobody has told: nothing is
// late because somebody forgot to press a button. A breach report waits for its signature.
func (s *Service) TellDue(ctx context.Context, actor access.Actor) (int, error) {
	scope, err := actor.Require(access.JobRun)
	if err != nil {
		return 0, err
	}
	var rows []taskRow
	err = s.db.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		return tx.Select(ctx, &rows, `select `+taskColumns+` from tasks k where `+scope.SQL(taskOwner, &args)+`
			and k.kind in ('absence_notice', 'no_show_notice', 'correction') and k.done_at is null and k.void_at is null
			and k.due_on <= `+args.Add(today(tx))+` order by k.due_on, k.id`, args...)
	})
	if err != nil {
		return 0, err
	}
	told := 0
	var failed []error
	for _, r := range rows { // one that cannot be told must not keep the others from being told
		err := s.db.Tx(ctx, func(tx *db.Tx) error {
			c, err := s.cases.CaseTx(ctx, tx, r.CaseID)
			if err != nil {
				return err
			}
			return s.tellTx(ctx, tx, actor, r, c)
		})
		if err != nil {
			failed = append(failed, fmt.Errorf("task %s: %w", r.ID, err))
			continue
		}
		told++
	}
	return told, errors.Join(failed...)
}

// ReportedTx marks that the document which answers the tasks of a kind about one absence
// went out; the room of documents calls it in the transaction that issues it. The caller
// has reached the case with his own permission and tells the authority himself.
func (s *Service) ReportedTx(ctx context.Context, tx *db.Tx, actor access.Actor, caseID, referralID, appointmentID string, kind TaskKind, document string) error {
	c, err := s.cases.CaseTx(ctx, tx, caseID)
	if err != nil {
		return err
	}
	var rows []taskRow
	if err := tx.Select(ctx, &rows, `select `+taskColumns+` from tasks k where k.case_id = $1 and k.referral_id = $2 and k.appointment_id = $3
		and k.kind = $4 and k.done_at is null and k.void_at is null order by k.due_on, k.id`, caseID, referralID, appointmentID, string(kind)); err != nil {
		return err
	}
	for _, r := range rows {
		if err := s.doneTx(ctx, tx, actor, r, c, document); err != nil {
			return err
		}
	}
	return nil
}
