package followup

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/platform/access"
	"sigue/internal/platform/folio"
)

// Overdue narrows a list to what is to be done and past its day. It is no state: it is
// never stored.
const Overdue State = "overdue"

// Filter narrows a list of follow-ups. After pages by key: the Next of the page above.
type Filter struct {
	State State  // of States, or Overdue; empty for all that are to be done, or with a folio for all
	Folio string // of the case file at a center, of the referral at an institution
	After string
}

// all tells whether the filter asks for every state.
func (f Filter) all() bool { return f.State == "" && strings.TrimSpace(f.Folio) != "" }

// Row is a follow-up in a list.
type Row struct {
	Followup
	State State
	Due   clock.Status
	Who   string // at a center the person, by a short name; at an institution its case number
}

// Page is one page of follow-ups with the counts of the same scope.
type Page struct {
	Rows   []Row
	Next   string // key of the next page; empty on the last
	Counts map[State]int
	Total  int // of the filter
}

const pageSize = 50

// stateSQL is [Followup.State] for a query; a test holds the two against each other.
func stateSQL(day clock.Date, args *db.Args) string {
	return `case when f.answers > 0 and (f.reached = 'yes' or f.relapse in ('yes', 'no') or f.abstains in ('yes', 'no')) then 'done'
		when f.answers > 0 or f.ended_why = '` + endUnreached + `' then 'unreached'
		when f.ended_why = '` + endVoid + `' then 'void'
		when f.ended_why = '` + endClosed + `' then 'undone'
		when f.opens_on > ` + args.Add(day) + ` then 'planned' else 'open' end`
}

// narrow is the predicate of a filter.
func (f Filter) narrow(day clock.Date, args *db.Args) string {
	if f.all() {
		return ""
	}
	switch {
	case f.State == Overdue:
		return ` and f.answers = 0 and f.ended_at is null and f.opens_on <= ` + args.Add(day) + ` and f.due_on < ` + args.Add(day)
	case f.State == "" || f.State == Open:
		return ` and f.answers = 0 and f.ended_at is null and f.opens_on <= ` + args.Add(day)
	case slices.Contains(States, f.State):
		return ` and (` + stateSQL(day, args) + `) = ` + args.Add(string(f.State))
	}
	return ` and 1 = 0`
}

// named is the predicate of a folio: what is none, or names nothing, finds nothing.
func (f Filter) named(args *db.Args) string {
	if strings.TrimSpace(f.Folio) == "" {
		return ""
	}
	number, err := folio.Parse(f.Folio)
	if err != nil {
		return ` and 1 = 0`
	}
	return ` and f.folio = ` + args.Add(number.String())
}

// List gives the follow-ups of the actor's side, the soonest due first; what is done or
// ended, the latest first. Page, total and counts come from one predicate.
func (s *Service) List(ctx context.Context, actor access.Actor, f Filter) (*Page, error) {
	scope, err := actor.Require(access.FollowupRead)
	if err != nil {
		return nil, err
	}
	p := &Page{Counts: map[State]int{}}
	err = s.db.View(ctx, func(tx *db.Tx) error {
		if err := countTx(ctx, tx, actor, scope, f, p); err != nil {
			return err
		}
		p.Total = f.total(p.Counts)
		p.Rows, p.Next, err = s.pageTx(ctx, tx, actor, scope, f)
		return err
	})
	return p, err
}

// total is how many rows a filter finds, of the counts by state.
func (f Filter) total(counts map[State]int) (n int) {
	switch {
	case f.all():
		for _, s := range States {
			n += counts[s]
		}
		return n
	case f.State == "":
		return counts[Open]
	}
	return counts[f.State]
}

func countTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, f Filter, p *Page) error {
	var args db.Args
	day := today(tx)
	state := stateSQL(day, &args)
	late := args.Add(day)
	where, err := mine(actor, scope, &args)
	if err != nil {
		return err
	}
	where += f.named(&args)
	var counts []struct {
		State State `db:"state"`
		Late  int   `db:"late"`
		N     int   `db:"n"`
	}
	if err := tx.Select(ctx, &counts, `select q.state, sum(q.late) as late, count(*) as n from (select `+state+` as state,
			case when f.due_on < `+late+` then 1 else 0 end as late from followups f where `+where+`) q group by q.state`, args...); err != nil {
		return err
	}
	for _, c := range counts {
		p.Counts[c.State] = c.N
		if c.State == Open {
			p.Counts[Overdue] = c.Late
		}
	}
	return nil
}

func (s *Service) pageTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, f Filter) (rows []Row, next string, err error) {
	var args db.Args
	where, err := mine(actor, scope, &args)
	if err != nil {
		return nil, "", err
	}
	where += f.named(&args) + f.narrow(today(tx), &args)
	order, past := ` order by f.due_on, f.id`, `>`
	if f.State != "" && f.State != Open && f.State != Overdue && f.State != Planned {
		order, past = ` order by f.due_on desc, f.id desc`, `<`
	}
	if day, id, ok := parseKey(f.After); ok {
		d := args.Add(day)
		where += ` and (f.due_on ` + past + ` ` + d + ` or (f.due_on = ` + d + ` and f.id ` + past + ` ` + args.Add(id) + `))`
	}
	var found []Followup
	if err := tx.Select(ctx, &found, `select `+followupColumns+` from followups f where `+where+order+
		` limit `+strconv.Itoa(pageSize+1), args...); err != nil {
		return nil, "", err
	}
	if len(found) > pageSize {
		found = found[:pageSize]
		next = found[pageSize-1].DueOn.String() + "_" + found[pageSize-1].ID
	}
	rows, err = s.rowsTx(ctx, tx, actor, scope, found)
	return rows, next, err
}

// rowsTx gives follow-ups as a list shows them: each with its deadline, and with the name
// under which its side knows it.
func (s *Service) rowsTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, found []Followup) ([]Row, error) {
	rows := make([]Row, len(found))
	for i := range found {
		f := &found[i]
		cal, err := s.calendarTx(ctx, tx, f)
		if err != nil {
			return nil, err
		}
		rows[i] = Row{Followup: *f, State: f.State(today(tx)), Due: f.Deadline(tx.Now(), cal)}
	}
	return rows, s.nameTx(ctx, tx, actor, scope, rows)
}

func (s *Service) nameTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, rows []Row) error {
	var cases, referrals []string
	for _, r := range rows {
		if r.Side == OfCenter {
			cases = append(cases, r.CaseID)
		} else {
			referrals = append(referrals, r.ReferralID)
		}
	}
	people, err := s.cases.ShownTx(ctx, tx, actor, scope, cases)
	if err != nil {
		return err
	}
	numbers, err := caseNumbersTx(ctx, tx, referrals)
	for i := range rows {
		if rows[i].Side == OfCenter {
			rows[i].Who = people[rows[i].CaseID].Person
		} else {
			rows[i].Who = numbers[rows[i].ReferralID]
		}
	}
	return err
}

// caseNumbersTx gives the case number that each authority gave its own referral.
func caseNumbersTx(ctx context.Context, tx *db.Tx, referrals []string) (map[string]string, error) {
	out := map[string]string{}
	var args db.Args
	in := args.In(referrals)
	if in == "" {
		return out, nil
	}
	var rows []struct {
		ID    string `db:"referral_id"`
		Value string `db:"case_value"`
	}
	err := tx.Select(ctx, &rows, `select referral_id, case_value from case_mandates where referral_id in (`+in+`)`, args...)
	for _, r := range rows {
		out[r.ID] = r.Value
	}
	return out, err
}

// Due gives what the actor's own side has to do now, for his first page: each follow-up
// whose window is open, the soonest due first, as many as a page holds; and how many more
// are open whose window is past.
func (s *Service) Due(ctx context.Context, actor access.Actor) (rows []Row, past int, err error) {
	scope, err := actor.Require(access.FollowupWork)
	if err != nil {
		return nil, 0, err
	}
	err = s.db.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		where, err := mine(actor, scope, &args)
		if err != nil {
			return err
		}
		where += Filter{}.narrow(today(tx), &args)
		closed := args.Add(today(tx))
		if err := tx.Get(ctx, &past, `select count(*) from followups f where `+where+` and f.closes_on < `+closed, args...); err != nil {
			return err
		}
		var found []Followup
		if err := tx.Select(ctx, &found, `select `+followupColumns+` from followups f where `+where+` and f.closes_on >= `+closed+
			` order by f.due_on, f.id limit `+strconv.Itoa(pageSize), args...); err != nil {
			return err
		}
		rows, err = s.rowsTx(ctx, tx, actor, scope, found)
		return err
	})
	return rows, past, err
}

func parseKey(key string) (day clock.Date, id string, ok bool) {
	left, id, ok := strings.Cut(key, "_")
	day, err := clock.ParseDate(left)
	return day, id, ok && err == nil && uuid.Validate(id) == nil
}

func countText(n int) string { return strconv.Itoa(n) }
