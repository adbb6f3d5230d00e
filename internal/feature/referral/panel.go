package referral

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/feature/person"
	"sigue/internal/platform/access"
)

// Row is a referral in a list: enough to know it and to act on it.
type Row struct {
	ID            string
	Folio         string
	CaseValue     string
	Person        string // short: "J. Ficticio Demo"
	State         State
	Urgent        bool
	SubmittedAt   time.Time
	AppointmentAt time.Time
	DueOn         clock.Date
	Due           clock.Status // of DueOn, in the calendar of whoever must act
	Center        string       // name, in the lists of institutions
	Area          string       // name, in the lists of centers
	AreaID        string
	CenterID      string
	Process       Process // of what follows from it
}

// PanelFilter narrows a panel. After pages by key: the Next of the page above.
type PanelFilter struct {
	State State
	Text  string // a folio, a CURP, the beginning of a case number or part of a name
	After string
}

// Panel is one page of referrals with the counts of the same filter.
type Panel struct {
	Rows   []Row
	Next   string // key of the next page; empty on the last
	Counts map[State]int
	Total  int  // how many match, at most countLimit
	More   bool // there are more than Total
	Reach  access.Reach
}

const (
	pageSize   = 50
	countLimit = 5000
)

// Panel gives the referrals of the actor's area, institution or center, newest
// first. Page, total and counts come from one predicate.
func (s *Service) Panel(ctx context.Context, actor access.Actor, f PanelFilter) (*Panel, error) {
	scope, err := actor.Require(access.ReferralRead)
	if err != nil {
		return nil, err
	}
	p := &Panel{Reach: scope.Reach()}
	err = s.db.View(ctx, func(tx *db.Tx) error {
		if err := s.panelRows(ctx, tx, scope, f, p); err != nil {
			return err
		}
		return s.panelCounts(ctx, tx, scope, f, p)
	})
	return p, err
}

// listRow is what lists select.
type listRow struct {
	ID            string     `db:"id"`
	Folio         string     `db:"folio"`
	CaseValue     string     `db:"case_value"`
	State         State      `db:"state"`
	Urgent        bool       `db:"urgent"`
	SubmittedAt   db.Time    `db:"submitted_at"`
	AppointmentAt db.Time    `db:"appointment_at"`
	DueOn         clock.Date `db:"due_on"`
	InstitutionID string     `db:"institution_id"`
	AreaID        string     `db:"area_id"`
	CenterID      string     `db:"center_id"`
	Given         string     `db:"given_names"`
	Surname1      string     `db:"surname1"`
	Surname2      string     `db:"surname2"`
	CaseState     string     `db:"case_state"`
	Done          int        `db:"sessions_done"`
	Of            int        `db:"sessions_of"`
	NextAt        db.Time    `db:"next_at"`
}

const listColumns = `r.id, r.folio, r.case_value, r.state, r.urgent, r.submitted_at, r.appointment_at, r.due_on,
	r.institution_id, r.area_id, r.center_id, p.given_names, p.surname1, p.surname2,
	r.case_state, r.sessions_done, r.sessions_of, r.next_at`

// panelWhere is the one predicate of a panel: scope, text and state. The state is
// left out where counts by state are made.
func panelWhere(scope access.Scope, f PanelFilter, withState bool, args *db.Args) string {
	f.Text = strings.TrimSpace(f.Text)
	owner := columns
	if f.Text != "" && !isFolio(f.Text) {
		owner = unindexed
	}
	where := `r.submitted_at is not null and ` + scope.SQL(owner, args)
	switch {
	case !withState || f.State == "":
	case slices.Contains(States, f.State):
		where += ` and r.state = ` + args.Add(string(f.State))
	default:
		where += ` and 1 = 0`
	}
	if f.Text != "" {
		where += ` and ` + matching(scope, f.Text, args)
	}
	return where
}

// unindexed are the owners of a referral in a form that no index serves. A text is looked
// up among the words, which are few; an engine that does not know this would read
// through all referrals of the owner for it.
var unindexed = access.Columns{Institution: "r.institution_id || ''", Area: "r.area_id || ''", Center: "r.center_id || ''"}

func (s *Service) panelRows(ctx context.Context, tx *db.Tx, scope access.Scope, f PanelFilter, p *Panel) error {
	var args db.Args
	where := panelWhere(scope, f, true, &args)
	if at, id, ok := parseKey(f.After); ok {
		t, u := args.Add(at), args.Add(id)
		where += ` and (r.submitted_at < ` + t + ` or (r.submitted_at = ` + t + ` and r.id < ` + u + `))`
	}
	rows, err := s.rows(ctx, tx, scope.Reach(), where+` order by r.submitted_at desc, r.id desc limit `+strconv.Itoa(pageSize+1), args)
	if err != nil {
		return err
	}
	if len(rows) > pageSize {
		rows = rows[:pageSize]
		last := rows[pageSize-1]
		p.Next = makeKey(last.SubmittedAt, last.ID)
	}
	p.Rows = rows
	return nil
}

// rows runs a list query and dresses its rows with names and deadlines. A list names
// the other side: a center reads whose referral it is, an area where it went.
func (s *Service) rows(ctx context.Context, tx *db.Tx, reach access.Reach, tail string, args db.Args) ([]Row, error) {
	var list []listRow
	if err := tx.Select(ctx, &list, `select `+listColumns+` from referrals r join persons p on p.id = r.person_id where `+tail, args...); err != nil {
		return nil, err
	}
	names, err := s.names(ctx, tx, reach, list)
	if err != nil {
		return nil, err
	}
	out := make([]Row, len(list))
	for i, l := range list {
		out[i] = Row{
			ID: l.ID, Folio: l.Folio, CaseValue: l.CaseValue, State: l.State, Urgent: l.Urgent,
			Person:      person.Name{Given: l.Given, Surname1: l.Surname1, Surname2: l.Surname2}.Short(),
			SubmittedAt: l.SubmittedAt.Time, AppointmentAt: l.AppointmentAt.Time, DueOn: l.DueOn,
			Process: Process{State: l.CaseState, Done: l.Done, Of: l.Of, NextAt: l.NextAt.Time},
			AreaID:  l.AreaID, CenterID: l.CenterID, Area: names.areas[l.AreaID], Center: names.centers[l.CenterID],
		}
		if out[i].Due, err = s.due(ctx, tx, l); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// due is the status of a row's deadline: the same function for badge, list and file.
func (s *Service) due(ctx context.Context, tx *db.Tx, l listRow) (clock.Status, error) {
	if l.DueOn.IsZero() {
		return clock.Status{}, nil
	}
	owner := l.CenterID
	if l.State == Returned {
		owner = l.InstitutionID
	}
	calendar, err := s.catalogue.CalendarTx(ctx, tx, owner)
	if err != nil {
		return clock.Status{}, err
	}
	return clock.Deadline{Due: l.DueOn}.Status(tx.Now(), calendar), nil
}

func (s *Service) names(ctx context.Context, tx *db.Tx, reach access.Reach, list []listRow) (n rowNames, err error) {
	var centers, areas []string
	for _, l := range list {
		centers, areas = append(centers, l.CenterID), append(areas, l.AreaID)
	}
	if reach != access.Center {
		if n.centers, err = s.centers.NamesTx(ctx, tx, centers); err != nil {
			return n, err
		}
	}
	if reach != access.Area {
		n.areas, err = s.institutions.AreaNamesTx(ctx, tx, areas)
	}
	return n, err
}

// rowNames are the names that a list shows; of its own side none.
type rowNames struct{ centers, areas map[string]string }

// countsQuery counts by state under the same scope and text. Counting stops at
// countLimit, so that a panel costs the same in a State of any size. The order makes an
// index by state serve alone, and has the accepted ones, which are the many, counted
// last. A limit stands in the text: bound, SQLite would plan the query again each time.
func countsQuery(scope access.Scope, f PanelFilter, args *db.Args) string {
	return `select c.state, count(*) as n from (select r.state from referrals r where ` + panelWhere(scope, f, false, args) +
		` order by r.state desc limit ` + strconv.Itoa(countLimit+1) + `) c group by c.state`
}

// panelCounts fills in the counts. Where the page shows all that match in any state, it
// is counted itself.
func (s *Service) panelCounts(ctx context.Context, tx *db.Tx, scope access.Scope, f PanelFilter, p *Panel) error {
	if f.State == "" && f.After == "" && p.Next == "" {
		p.Counts, p.Total = map[State]int{}, len(p.Rows)
		for _, row := range p.Rows {
			p.Counts[row.State]++
		}
		return nil
	}
	var args db.Args
	var counts []struct {
		State State `db:"state"`
		N     int   `db:"n"`
	}
	if err := tx.Select(ctx, &counts, countsQuery(scope, f, &args), args...); err != nil {
		return err
	}
	p.Counts = map[State]int{}
	all := 0
	for _, c := range counts {
		p.Counts[c.State] = c.N
		all += c.N
	}
	p.Total, p.More = all, all > countLimit
	if f.State != "" {
		p.Total = p.Counts[f.State]
	}
	if p.More {
		p.Total = min(p.Total, countLimit)
	}
	return nil
}

// Waiting is one page of what somebody must do, the most pressing first: by the day on
// which it is due, on one day the urgent ones before the others.
type Waiting struct {
	Rows  []Row
	Next  string // key of the next page; empty on the last
	Total int    // how many wait, at most countLimit
}

// Queue gives what waits for an answer or an appointment at the actor's center. After
// is the Next of the page above.
func (s *Service) Queue(ctx context.Context, actor access.Actor, after string) (*Waiting, error) {
	scope, err := actor.Require(access.ReferralReceive)
	if err != nil {
		return nil, err
	}
	return s.waiting(ctx, scope, `r.state in ('submitted', 'accepted')`, after)
}

// Pending gives what the actor's institution must do. After is the Next of the page
// above.
func (s *Service) Pending(ctx context.Context, actor access.Actor, after string) (*Waiting, error) {
	scope, err := actor.Require(access.ReferralWrite)
	if err != nil {
		return nil, err
	}
	return s.waiting(ctx, scope, `r.state = 'returned'`, after)
}

func (s *Service) waiting(ctx context.Context, scope access.Scope, states, after string) (*Waiting, error) {
	w := &Waiting{}
	err := s.db.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		where := `r.submitted_at is not null and r.due_on is not null and ` + scope.SQL(columns, &args) + ` and ` + states
		if err := tx.Get(ctx, &w.Total, `select count(*) from (select 1 from referrals r where `+where+
			` limit `+strconv.Itoa(countLimit)+`) c`, args...); err != nil {
			return err
		}
		if due, urgent, id, ok := parseWaitingKey(after); ok {
			d, u := args.Add(due), args.Add(urgent)
			where += ` and (r.due_on > ` + d + ` or (r.due_on = ` + d + ` and (r.urgent < ` + u +
				` or (r.urgent = ` + u + ` and r.id > ` + args.Add(id) + `))))`
		}
		rows, err := s.rows(ctx, tx, scope.Reach(), where+` order by r.due_on, r.urgent desc, r.id limit `+strconv.Itoa(pageSize+1), args)
		if len(rows) > pageSize {
			rows = rows[:pageSize]
			w.Next = waitingKey(rows[pageSize-1])
		}
		w.Rows = rows
		return err
	})
	return w, err
}

// waitingKey names the place after a row of what waits.
func waitingKey(row Row) string {
	return row.DueOn.String() + "_" + strconv.FormatBool(row.Urgent) + "_" + row.ID
}

func parseWaitingKey(key string) (due clock.Date, urgent bool, id string, ok bool) {
	parts := strings.Split(key, "_")
	if len(parts) != 3 || uuid.Validate(parts[2]) != nil {
		return clock.Date{}, false, "", false
	}
	due, err := clock.ParseDate(parts[0])
	return due, parts[1] == "true", parts[2], err == nil
}

// makeKey names the place after a row in a list.
func makeKey(at time.Time, id string) string {
	v, err := db.At(at).Value()
	if text, ok := v.(string); err == nil && ok {
		return text + "_" + id
	}
	return ""
}

func parseKey(key string) (at db.Time, id string, ok bool) {
	left, id, ok := strings.Cut(key, "_")
	if !ok || left == "" || at.Scan(left) != nil || uuid.Validate(id) != nil {
		return db.Time{}, "", false
	}
	return at, id, true
}

// Row is the referral as a list shows it.
func (v *View) Row() Row {
	row := Row{ID: v.ID, Folio: v.Folio, State: v.State, DueOn: v.DueOn, Due: v.Due, AppointmentAt: v.Facts.AppointmentAt, Process: v.Process}
	return row
}
