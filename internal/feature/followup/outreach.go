package followup

import (
	"context"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/person"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// Call is a person whom a center has to reach this week.
type Call struct {
	Row
	Person person.Person
	Last   Attempt // the newest one; zero when nobody has tried
}

// Outreach is whom to reach this week.
type Outreach struct {
	Until clock.Date // the Sunday with which the week ends
	Calls []Call
	More  int // beside those of the page
	Lists *catalogue.Lists
	Works bool // the actor may open a follow-up and log an attempt
}

// maxCalls is the most that one page shows: more than a week of calls.
const maxCalls = 100

// Outreach gives whom the actor's center has to reach until the end of the week: whose
// window is open or opens by then, the soonest due first, with what is needed to call. It
// tells nothing of what a follow-up found. The read is in the ledger.
func (s *Service) Outreach(ctx context.Context, actor access.Actor) (*Outreach, error) {
	scope, err := actor.Require(access.FollowupContact)
	if err != nil {
		return nil, err
	}
	o := &Outreach{Works: actor.May(access.FollowupWork)}
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		if o.Lists, err = s.catalogue.ListsTx(ctx, tx); err != nil {
			return err
		}
		o.Until = sunday(today(tx))
		found, err := s.dueTx(ctx, tx, actor, scope, o)
		if err != nil {
			return err
		}
		rows, err := s.rowsTx(ctx, tx, actor, scope, found)
		if err != nil {
			return err
		}
		for _, r := range rows {
			c, err := s.callTx(ctx, tx, r)
			if err != nil {
				return err
			}
			o.Calls = append(o.Calls, c)
		}
		return s.ledger.AppendTx(ctx, tx, actor, ledger.Entry{Action: "followup.outreach", Subject: ledger.Subject{Type: "center", ID: actor.Center}, Center: actor.Center})
	})
	return o, err
}

// dueTx finds whom to reach, and how many there are beside those of the page.
func (s *Service) dueTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, o *Outreach) ([]Followup, error) {
	var args db.Args
	where, err := mine(actor, scope, &args)
	if err != nil {
		return nil, err
	}
	where += ` and f.side = 'center' and f.answers = 0 and f.ended_at is null and f.opens_on <= ` + args.Add(o.Until)
	if err := tx.Get(ctx, &o.More, `select count(*) from followups f where `+where, args...); err != nil {
		return nil, err
	}
	var found []Followup
	err = tx.Select(ctx, &found, `select `+followupColumns+` from followups f where `+where+` order by f.due_on, f.id limit `+args.Add(maxCalls), args...)
	o.More -= len(found)
	return found, err
}

func (s *Service) callTx(ctx context.Context, tx *db.Tx, r Row) (Call, error) {
	c, err := s.cases.CaseTx(ctx, tx, r.CaseID)
	if err != nil {
		return Call{}, err
	}
	out := Call{Row: r}
	if out.Person, err = person.ByIDTx(ctx, tx, c.PersonID); err != nil {
		return out, err
	}
	tries, err := attemptsTx(ctx, tx, nil, r.ID) // without the notes: they are not for every role
	if len(tries) > 0 {
		out.Last = tries[0]
	}
	return out, err
}

// sunday is the last day of the week of a day.
func sunday(d clock.Date) clock.Date {
	if d.Weekday() == time.Sunday {
		return d
	}
	return d.AddDays(int(7 - d.Weekday()))
}

// Figure counts the follow-ups of one month whose window has opened. Those without effect
// are not among them.
type Figure struct {
	Nth, Months int
	All         int
	Reached     int
	Unreached   int // tried, or answered, without reaching the person
	Undone      int // the file was closed before anybody did it
	Waiting     int // to be done
	Relapse     Tally
	Abstains    Tally
}

// Attrition counts, for each follow-up of the actor's side, how many could be reached, and
// what is known of those that were answered.
func (s *Service) Attrition(ctx context.Context, actor access.Actor) ([]Figure, error) {
	scope, err := actor.Require(access.FollowupRead)
	if err != nil {
		return nil, err
	}
	var out []Figure
	err = s.db.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		opened := args.Add(today(tx))
		where, err := mine(actor, scope, &args)
		if err != nil {
			return err
		}
		var rows []figureRow
		if err := tx.Select(ctx, &rows, `select f.nth, f.months, f.answers > 0 as answered, f.reached, f.relapse, f.abstains, f.ended_why, count(*) as n
			from followups f where (f.opens_on <= `+opened+` or f.answers > 0) and f.ended_why <> '`+endVoid+`' and `+where+`
			group by f.nth, f.months, f.answers > 0, f.reached, f.relapse, f.abstains, f.ended_why order by f.nth, f.months`, args...); err != nil {
			return err
		}
		out = figures(rows)
		return nil
	})
	return out, err
}

// figureRow is a count of follow-ups that stand alike.
type figureRow struct {
	Nth      int    `db:"nth"`
	Months   int    `db:"months"`
	Answered bool   `db:"answered"`
	Reached  Known  `db:"reached"`
	Relapse  Known  `db:"relapse"`
	Abstains Known  `db:"abstains"`
	EndedWhy string `db:"ended_why"`
	N        int    `db:"n"`
}

// figures sums rows, which are in the order of nth and months.
func figures(rows []figureRow) []Figure {
	var out []Figure
	for _, r := range rows {
		if len(out) == 0 || out[len(out)-1].Nth != r.Nth || out[len(out)-1].Months != r.Months {
			out = append(out, Figure{Nth: r.Nth, Months: r.Months})
		}
		out[len(out)-1].add(r)
	}
	return out
}

func (g *Figure) add(r figureRow) {
	g.All += r.N
	switch {
	case r.Answered:
		g.Relapse.Add(r.Relapse, r.N)
		g.Abstains.Add(r.Abstains, r.N)
		if r.Reached == Yes {
			g.Reached += r.N
		} else {
			g.Unreached += r.N
		}
	case r.EndedWhy == endUnreached:
		g.Unreached += r.N
	case r.EndedWhy == endClosed:
		g.Undone += r.N
	default:
		g.Waiting += r.N
	}
}
