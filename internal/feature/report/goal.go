package report

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// Targets are what a goal asks of each month, January first.
type Targets [12]int64

// Until adds up the months up to one, of January = 1.
func (t Targets) Until(month int) (sum int64) {
	for _, n := range t[:month] {
		sum += n
	}
	return sum
}

// Year is the goal of the whole year.
func (t Targets) Year() int64 { return t.Until(12) }

// quarter adds up a quarter, the first = 1.
func (t Targets) quarter(q int) int64 { return t.Until(3*q) - t.Until(3*q-3) }

// Light tells how what was reached stands to what was programmed (DOMAIN, section 8): below
// 50 % red, below 70 orange, below 90 yellow, up to 110 green; above it the planning was
// deficient and asks for a justification.
type Light string

// The lights.
const (
	Unlit   Light = "" // nothing was programmed
	Red     Light = "red"
	Orange  Light = "orange"
	Yellow  Light = "yellow"
	Green   Light = "green"
	Planned Light = "deficient"
)

// LightOf compares in whole numbers, so that 89.99 % is not 90.
func LightOf(reached, target int64) Light {
	switch {
	case target <= 0:
		return Unlit
	case reached*100 < target*50:
		return Red
	case reached*100 < target*70:
		return Orange
	case reached*100 < target*90:
		return Yellow
	case reached*100 <= target*110:
		return Green
	}
	return Planned
}

// Label is the light in words: it is never told by a colour alone.
func (l Light) Label() i18n.Msg {
	switch l {
	case Red:
		return i18n.M("Rojo: menos del 50 por ciento")
	case Orange:
		return i18n.M("Naranja: menos del 70 por ciento")
	case Yellow:
		return i18n.M("Amarillo: menos del 90 por ciento")
	case Green:
		return i18n.M("Verde: del 90 al 110 por ciento")
	case Planned:
		return i18n.M("Planeación deficiente: más del 110 por ciento")
	}
	return i18n.M("Sin meta programada")
}

// Short is the light in few words, beside a percentage.
func (l Light) Short() i18n.Msg {
	switch l {
	case Red:
		return i18n.M("Rojo")
	case Orange:
		return i18n.M("Naranja")
	case Yellow:
		return i18n.M("Amarillo")
	case Green:
		return i18n.M("Verde")
	case Planned:
		return i18n.M("Planeación deficiente")
	}
	return i18n.M("Sin meta programada")
}

// Asks tells whether a quarter with this light needs a justification.
func (l Light) Asks() bool { return l != Unlit && l != Green }

// Quarter is a part of a goal's year.
type Quarter struct {
	Number  int
	Target  int64
	Reached int64
	Closed  bool // its three months are closed: its goal does not change any more
	Light   Light
	Notes   []GoalNote
}

// Unexplained tells whether the quarter needs a justification that nobody wrote.
func (q Quarter) Unexplained() bool { return q.Closed && q.Light.Asks() && len(q.Notes) == 0 }

// GoalNote is why a goal was not reached in a quarter, or was passed by far.
type GoalNote struct {
	Quarter int     `db:"quarter"`
	Text    string  `db:"text"`
	At      db.Time `db:"at"`
	By      string  `db:"by"`
}

// Calendar is a division of a goal into months that somebody proposed.
type Calendar struct {
	ID         string
	Targets    Targets
	Reason     string
	ProposedAt db.Time
	ProposedBy string
	DecidedAt  db.Time // zero while it waits
	DecidedBy  string
	Approved   bool
}

// Waits tells whether nobody has decided yet.
func (c Calendar) Waits() bool { return c.DecidedAt.IsZero() }

// Goal is what the annual plan asks of a center, or of the State, in a figure.
type Goal struct {
	ID      string
	Year    int
	Figure  Figure
	Center  string // its name; empty for the State
	Service string

	centerID  string
	Targets   Targets // those in force; zero until they are approved
	Reached   Targets // of closed months, with what came later to months before
	Closed    int     // how many months of the year are closed
	Quarters  []Quarter
	Calendars []Calendar // the newest first
}

// ToDate is what was programmed and what was reached until the last closed month.
func (g Goal) ToDate() (target, reached int64) {
	return g.Targets.Until(g.Closed), g.Reached.Until(g.Closed)
}

// Light is that of the year so far.
func (g Goal) Light() Light {
	target, reached := g.ToDate()
	return LightOf(reached, target)
}

// ServiceLabel is the service area; all of them when it has none.
func (g Goal) ServiceLabel() i18n.Msg {
	if g.Service == "" {
		return i18n.M("Todas las áreas")
	}
	return program.ServiceArea(g.Service).Label()
}

// Unexplained lists the quarters that need a justification that nobody wrote: "1, 3".
func (g Goal) Unexplained() string {
	var out []string
	for _, q := range g.Quarters {
		if q.Unexplained() {
			out = append(out, strconv.Itoa(q.Number))
		}
	}
	return strings.Join(out, ", ")
}

// Waiting is the calendar that waits for a decision; nil when there is none.
func (g Goal) Waiting() *Calendar {
	for i := range g.Calendars {
		if g.Calendars[i].Waits() {
			return &g.Calendars[i]
		}
	}
	return nil
}

// GoalFigures are the figures of which there may be goals: sums whose months add up.
func GoalFigures() []Figure {
	var out []Figure
	for _, f := range Figures {
		if !f.Ratio() && !f.Distinct {
			out = append(out, f)
		}
	}
	return out
}

// GoalForm is a new goal as it was typed.
type GoalForm struct {
	Year, Figure, Center, Service string
	CalendarForm
}

// CalendarForm is a calendar as it was typed: twelve months and why. What is wrong with a
// month is told at its field, "m1" to "m12".
type CalendarForm struct {
	Months [12]string
	Reason string
}

// MonthField names the field of a month, of January = 1.
func MonthField(month int) string { return "m" + strconv.Itoa(month) }

// most bounds what a month may ask: above it somebody typed something else.
const most = 1_000_000

func (f CalendarForm) check(form *fault.Form) (t Targets) {
	for i, typed := range f.Months {
		if typed = strings.TrimSpace(typed); typed == "" {
			continue
		}
		n, err := strconv.ParseInt(strings.ReplaceAll(typed, ",", ""), 10, 64)
		if err != nil || n < 0 || n > most {
			form.Add(MonthField(i+1), i18n.M("Escriba en %s un número entero de 0 a 1,000,000, como 120.", clock.MonthName(time.Month(i+1))))
			continue
		}
		t[i] = n
	}
	if form.Err() == nil && t.Year() == 0 {
		form.Add(MonthField(1), i18n.M("Escriba la meta de al menos un mes."))
	}
	if len(strings.TrimSpace(f.Reason)) < 10 {
		form.Add("reason", i18n.M("Escriba por qué, en al menos diez letras: quien aprueba lo lee."))
	}
	return t
}

// Propose makes a goal with a first calendar, which somebody else has to approve.
func (s *Service) Propose(ctx context.Context, actor access.Actor, f GoalForm) (string, error) {
	scope, err := actor.Require(access.GoalPropose)
	if err != nil {
		return "", err
	}
	var form fault.Form
	year, err := strconv.Atoi(strings.TrimSpace(f.Year))
	if err != nil || year < 2020 || year > 2100 {
		form.Add("year", i18n.M("Escriba el año con cuatro cifras, como 2027."))
	}
	figure, known := FigureOf(Key(f.Figure))
	if !known || figure.Ratio() || figure.Distinct {
		form.Add("figure", i18n.M("Elija una cifra de la lista."))
	}
	if f.Service != "" && (!slices.Contains(program.Areas, program.ServiceArea(f.Service)) || !figure.Tells(ByService)) {
		form.Add("service", i18n.M("Esa cifra no se cuenta por área. Elija «Todas las áreas»."))
	}
	if f.Center != "" && (uuid.Validate(f.Center) != nil || !scope.Covers("", "", f.Center, "")) {
		form.Add("center", i18n.M("Elija un centro de la lista."))
	}
	targets := f.check(&form)
	if err := form.Err(); err != nil {
		return "", err
	}
	id := db.NewID()
	return id, s.db.Tx(ctx, func(tx *db.Tx) error {
		var there bool
		if err := tx.Get(ctx, &there, `select exists (select 1 from goals where year = $1 and figure = $2 and center_id = $3 and service = $4)`,
			year, f.Figure, f.Center, f.Service); err != nil {
			return err
		}
		if there {
			return fault.New(fault.Conflict, i18n.M("Esa meta ya existe. Ábrala en la lista y proponga ahí otro calendario."))
		}
		if _, err := tx.Exec(ctx, `insert into goals (id, year, figure, center_id, service, made_at) values ($1, $2, $3, $4, $5, $6)`,
			id, year, f.Figure, f.Center, f.Service, db.At(tx.Now())); err != nil {
			return err
		}
		return s.proposeTx(ctx, tx, actor, id, f.Center, targets, f.Reason)
	})
}

func (s *Service) proposeTx(ctx context.Context, tx *db.Tx, actor access.Actor, goal, center string, t Targets, reason string) error {
	months, err := json.Marshal(t)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into goal_calendars (id, goal_id, targets, reason, proposed_at, proposed_by, decided_by, approved)
		values ($1, $2, $3, $4, $5, $6, '', false)`, db.NewID(), goal, string(months), strings.TrimSpace(reason), db.At(tx.Now()), actor.Account); err != nil {
		return err
	}
	return s.noteTx(ctx, tx, actor, "goal.propose", goal, center, ledger.Change{Field: "targets", After: strings.Trim(string(months), "[]")})
}

func (s *Service) noteTx(ctx context.Context, tx *db.Tx, actor access.Actor, action, goal, center string, changes ...ledger.Change) error {
	return s.ledger.AppendTx(ctx, tx, actor, ledger.Entry{Action: action, Subject: ledger.Subject{Type: "goal", ID: goal}, Center: center, Changes: changes})
}

// ProposeCalendar proposes other months for a goal. Those of quarters that are closed stay as
// they are, and only one proposal waits at a time.
func (s *Service) ProposeCalendar(ctx context.Context, actor access.Actor, goal string, f CalendarForm) error {
	scope, err := actor.Require(access.GoalPropose)
	if err != nil {
		return err
	}
	var form fault.Form
	targets := f.check(&form)
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		g, err := s.goalTx(ctx, tx, scope, goal)
		if err != nil {
			return err
		}
		if g.Waiting() != nil {
			return fault.New(fault.Conflict, i18n.M("Ya hay un calendario propuesto que espera aprobación. Se decide sobre él antes de proponer otro."))
		}
		for _, q := range g.Quarters {
			if q.Closed && !slices.Equal(targets[3*q.Number-3:3*q.Number], g.Targets[3*q.Number-3:3*q.Number]) {
				form.Add(MonthField(3*q.Number-2), i18n.M("El trimestre %d está cerrado: sus metas no cambian. Deje en él los números que tenía.", q.Number))
			}
		}
		if err := form.Err(); err != nil {
			return err
		}
		return s.proposeTx(ctx, tx, actor, goal, g.centerID, targets, f.Reason)
	})
}

// Decide approves the calendar that waits, or refuses it. Nobody decides about his own.
func (s *Service) Decide(ctx context.Context, actor access.Actor, goal string, approve bool) error {
	scope, err := actor.Require(access.GoalApprove)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		g, err := s.goalTx(ctx, tx, scope, goal)
		if err != nil {
			return err
		}
		waiting := g.Waiting()
		switch {
		case waiting == nil:
			return fault.New(fault.Conflict, i18n.M("No hay ningún calendario que espere aprobación."))
		case waiting.ProposedBy == actor.Account:
			return fault.New(fault.Conflict, i18n.M("Un calendario lo aprueba otra persona que quien lo propuso."))
		}
		for _, q := range g.Quarters {
			if approve && q.Closed && g.Targets != (Targets{}) && waiting.Targets.quarter(q.Number) != q.Target {
				return fault.New(fault.Conflict, i18n.M("El trimestre %d se cerró mientras esto esperaba: sus metas ya no cambian. Rechácelo y pida otra propuesta.", q.Number))
			}
		}
		if _, err := tx.Exec(ctx, `update goal_calendars set decided_at = $1, decided_by = $2, approved = $3 where id = $4`,
			db.At(tx.Now()), actor.Account, approve, waiting.ID); err != nil {
			return err
		}
		action := "goal.refuse"
		if approve {
			action = "goal.approve"
		}
		return s.noteTx(ctx, tx, actor, action, goal, g.centerID, ledger.Change{Field: "calendar", After: waiting.ID})
	})
}

// Explain writes why a closed quarter stands as it does. What was written stays; more may be
// added.
func (s *Service) Explain(ctx context.Context, actor access.Actor, goal, quarter, text string) error {
	scope, err := actor.Require(access.GoalExplain)
	if err != nil {
		return err
	}
	var form fault.Form
	text = strings.TrimSpace(text)
	if len([]rune(text)) < 20 || len([]rune(text)) > 2000 {
		form.Add("text", i18n.M("Escriba la justificación en 20 a 2,000 letras: qué pasó y qué se hará."))
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		g, err := s.goalTx(ctx, tx, scope, goal)
		if err != nil {
			return err
		}
		n, _ := strconv.Atoi(quarter)
		if n < 1 || n > 4 || !g.Quarters[n-1].Closed {
			form.Add("quarter", i18n.M("Elija un trimestre cerrado."))
		}
		if err := form.Err(); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into goal_notes (id, goal_id, quarter, text, at, by) values ($1, $2, $3, $4, $5, $6)`,
			db.NewID(), goal, n, text, db.At(tx.Now()), actor.Account); err != nil {
			return err
		}
		return s.noteTx(ctx, tx, actor, "goal.explain", goal, g.centerID, ledger.Change{Field: "quarter", After: strconv.Itoa(n)})
	})
}

// Goals lists the goals of a year that the actor reaches, with what was reached.
func (s *Service) Goals(ctx context.Context, actor access.Actor, year int) ([]Goal, error) {
	scope, err := actor.Require(access.GoalRead)
	if err != nil {
		return nil, err
	}
	var out []Goal
	err = s.db.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		out, err = s.goalsTx(ctx, tx, `g.year = `+args.Add(year)+` and `+scope.SQL(goalColumn, &args), args)
		return err
	})
	return out, err
}

// Goal gives one goal. One outside the actor's reach is not there.
func (s *Service) Goal(ctx context.Context, actor access.Actor, id string) (Goal, error) {
	scope, err := actor.Require(access.GoalRead)
	if err != nil {
		return Goal{}, err
	}
	var out Goal
	err = s.db.View(ctx, func(tx *db.Tx) error {
		out, err = s.goalTx(ctx, tx, scope, id)
		return err
	})
	return out, err
}

// Waiting counts the calendars that wait for a decision.
func (s *Service) Waiting(ctx context.Context, actor access.Actor) (int, error) {
	if _, err := actor.Require(access.GoalApprove); err != nil {
		return 0, err
	}
	var n int
	err := s.db.Get(ctx, &n, `select count(*) from goal_calendars where decided_at is null`)
	return n, err
}

// Unexplained counts the quarters of this year and the last that wait for a justification
// within the actor's reach; none for who writes none.
func (s *Service) Unexplained(ctx context.Context, actor access.Actor) (int, error) {
	scope, err := actor.Require(access.GoalExplain)
	if err != nil {
		return 0, err
	}
	n := 0
	err = s.db.View(ctx, func(tx *db.Tx) error {
		year := clock.DateOf(tx.Now()).Year()
		var args db.Args
		goals, err := s.goalsTx(ctx, tx, `g.year >= `+args.Add(year-1)+` and `+scope.SQL(goalColumn, &args), args)
		for _, g := range goals {
			for _, q := range g.Quarters {
				if q.Unexplained() {
					n++
				}
			}
		}
		return err
	})
	return n, err
}

var goalColumn = access.Columns{Center: "g.center_id"}

func (s *Service) goalTx(ctx context.Context, tx *db.Tx, scope access.Scope, id string) (Goal, error) {
	if uuid.Validate(id) != nil {
		return Goal{}, fault.Missing()
	}
	var args db.Args
	all, err := s.goalsTx(ctx, tx, `g.id = `+args.Add(id)+` and `+scope.SQL(goalColumn, &args), args)
	if err == nil && len(all) == 0 {
		return Goal{}, fault.Missing()
	}
	if err != nil {
		return Goal{}, err
	}
	return all[0], nil
}

func (s *Service) goalsTx(ctx context.Context, tx *db.Tx, where string, args db.Args) ([]Goal, error) {
	var rows []struct {
		ID       string `db:"id"`
		Year     int    `db:"year"`
		Figure   Key    `db:"figure"`
		CenterID string `db:"center_id"`
		Center   string `db:"center"`
		Service  string `db:"service"`
	}
	if err := tx.Select(ctx, &rows, `select g.id, g.year, g.figure, g.center_id, coalesce(c.name, '') as center, g.service
		from goals g left join centers c on c.id = g.center_id where `+where+` order by g.figure, coalesce(c.name, ''), g.service`, args...); err != nil {
		return nil, err
	}
	out := make([]Goal, len(rows))
	for i, r := range rows {
		f, known := FigureOf(r.Figure)
		if !known {
			return nil, errors.New("report: a goal of no figure: " + string(r.Figure))
		}
		out[i] = Goal{ID: r.ID, Year: r.Year, Figure: f, Center: r.Center, Service: r.Service, centerID: r.CenterID}
		if err := out[i].fillTx(ctx, tx); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// fillTx adds the calendars, what was reached of closed months, and the notes.
func (g *Goal) fillTx(ctx context.Context, tx *db.Tx) error {
	var calendars []struct {
		ID         string  `db:"id"`
		Targets    string  `db:"targets"`
		Reason     string  `db:"reason"`
		ProposedAt db.Time `db:"proposed_at"`
		ProposedBy string  `db:"proposed_by"`
		DecidedAt  db.Time `db:"decided_at"`
		DecidedBy  string  `db:"decided_by"`
		Approved   bool    `db:"approved"`
	}
	if err := tx.Select(ctx, &calendars, `select id, targets, reason, proposed_at, proposed_by, decided_at, decided_by, approved
		from goal_calendars where goal_id = $1 order by proposed_at desc, id desc`, g.ID); err != nil {
		return err
	}
	for _, c := range calendars {
		one := Calendar{ID: c.ID, Reason: c.Reason, ProposedAt: c.ProposedAt, ProposedBy: c.ProposedBy, DecidedAt: c.DecidedAt, DecidedBy: c.DecidedBy, Approved: c.Approved}
		if err := json.Unmarshal([]byte(c.Targets), &one.Targets); err != nil {
			return err
		}
		if one.Approved && g.Targets == (Targets{}) {
			g.Targets = one.Targets
		}
		g.Calendars = append(g.Calendars, one)
	}
	if err := g.reachedTx(ctx, tx); err != nil {
		return err
	}
	var notes []GoalNote
	if err := tx.Select(ctx, &notes, `select quarter, text, at, by from goal_notes where goal_id = $1 order by at, id`, g.ID); err != nil {
		return err
	}
	for n := 1; n <= 4; n++ {
		q := Quarter{Number: n, Target: g.Targets.quarter(n), Reached: g.Reached.quarter(n), Closed: g.Closed >= 3*n}
		q.Light = LightOf(q.Reached, q.Target)
		for _, note := range notes {
			if note.Quarter == n {
				q.Notes = append(q.Notes, note)
			}
		}
		g.Quarters = append(g.Quarters, q)
	}
	return nil
}

// reachedTx adds up what each close of the year froze of its own month and what it took in of
// months before, which counts when it was reported: a closed month never changes.
func (g *Goal) reachedTx(ctx context.Context, tx *db.Tx) error {
	year := fmt.Sprintf("%04d-", g.Year)
	var months []string
	if err := tx.Select(ctx, &months, `select month from report_closings where month >= $1 and month <= $2 order by month`, year+"01", year+"12"); err != nil {
		return err
	}
	g.Closed = 0
	for _, m := range months {
		n, _ := strconv.Atoi(m[len(year):])
		g.Closed = max(g.Closed, n)
	}
	of := func(table, also string) error {
		var args db.Args
		where := `f.closing >= ` + args.Add(year+"01") + ` and f.closing <= ` + args.Add(year+"12") + ` and f.figure = ` + args.Add(string(g.Figure.Key)) + also
		if g.centerID != "" {
			where += ` and f.center_id = ` + args.Add(g.centerID)
		}
		if g.Service != "" {
			where += ` and f.service = ` + args.Add(g.Service)
		}
		var rows []struct {
			Closing string `db:"closing"`
			Amount  int64  `db:"amount"`
		}
		err := tx.Select(ctx, &rows, `select f.closing, cast(sum(f.amount) as bigint) as amount from `+table+` f where `+where+` group by f.closing`, args...)
		for _, r := range rows {
			n, _ := strconv.Atoi(r.Closing[len(year):])
			g.Reached[n-1] += r.Amount
		}
		return err
	}
	if err := of("report_closed_sums", ""); err != nil {
		return err
	}
	return of("report_late", ` and f.month < f.closing`)
}
