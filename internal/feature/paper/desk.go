package paper

import (
	"context"
	"slices"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/casefile"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
)

// Item is a document that somebody of the center has to do something about.
type Item struct {
	Which
	Person string // short; the folio, of a sealed file
	Folio  string // of the referral whose authority reads it, or of the case
	Area   string // that reads it; empty for what no authority reads
	Stage  Stage
	Due    clock.Status
	Owed   bool // a task waits for it; Due is its deadline
}

// Desk is the documents of a center that are not issued yet: what is owed to an authority
// first, the soonest due before the rest.
type Desk struct {
	Waiting []Item // for the signature
	Rest    []Item // owed and not prepared, in preparation, or returned
	MaySign bool
}

// columns names the owner of a draft, for the scope: it goes with its case.
var columns = access.Columns{Center: "c.center_id"}

// maxItems is the most that one page shows.
const maxItems = 200

// Pending gives the documents of the actor's center that are not issued yet. A breach report
// or a correction that is owed is there before anybody prepares it: the program proposes
// its text.
func (s *Service) Pending(ctx context.Context, actor access.Actor) (*Desk, error) {
	scope, err := prepare(actor)
	if err != nil {
		return nil, err
	}
	untold, err := s.use.Agenda.Untold(ctx, actor)
	if err != nil {
		return nil, err
	}
	desk := &Desk{MaySign: actor.May(access.ReportSign)}
	err = s.use.DB.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		var rows []draft
		if err := tx.Select(ctx, &rows, `select `+draftColumns+` from paper_drafts d join case_files c on c.id = d.case_id
			where d.document_id = '' and `+scope.SQL(columns, &args)+` order by d.saved_at, d.id limit `+args.Add(maxItems), args...); err != nil {
			return err
		}
		seen := map[Which]bool{}
		for _, d := range rows {
			p, err := s.pieceTx(ctx, tx, actor, scope, d.which())
			if fault.Is(err, fault.NotFound) {
				continue // a sealed file, or what it was about is gone
			}
			if err != nil {
				return err
			}
			seen[p.Which] = true
			desk.add(p.item(d.stage()))
		}
		return s.owedTx(ctx, tx, actor, scope, untold, seen, desk)
	})
	for _, list := range [][]Item{desk.Waiting, desk.Rest} {
		slices.SortStableFunc(list, byUrgency)
	}
	return desk, err
}

// Unsigned counts the drafts of the actor's center that wait for his signature.
func (s *Service) Unsigned(ctx context.Context, actor access.Actor) (n int, err error) {
	scope, err := actor.Require(access.ReportSign)
	if err != nil {
		return 0, err
	}
	err = s.use.DB.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		return tx.Get(ctx, &n, `select count(*) from paper_drafts d join case_files c on c.id = d.case_id
			where d.document_id = '' and d.sent_at is not null and c.sealed_at is null and `+scope.SQL(columns, &args), args...)
	})
	return n, err
}

// owedTx adds the documents that tasks wait for and nobody has begun.
func (s *Service) owedTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, untold []agenda.Task, seen map[Which]bool, desk *Desk) error {
	for _, t := range untold {
		kind, ok := KindOfTask(t.Kind)
		if !ok || kind == document.AbsenceNotice { // for that the notice is enough
			continue
		}
		p, err := s.pieceTx(ctx, tx, actor, scope, Which{Case: t.CaseID, Kind: kind, Mandate: t.ReferralID, Occasion: t.AppointmentID})
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if !seen[p.Which] && p.impossible().IsZero() {
			desk.add(p.item(Proposal))
		}
	}
	return nil
}

func (d *Desk) add(i Item) {
	if i.Stage == Waiting {
		d.Waiting = append(d.Waiting, i)
		return
	}
	d.Rest = append(d.Rest, i)
}

func (p *piece) item(stage Stage) Item {
	i := Item{Which: p.Which, Person: p.of.Person, Folio: p.folio.String(), Stage: stage}
	if p.of.Sealed {
		i.Person = p.of.Folio
	}
	if p.mandate != nil {
		i.Area = p.mandate.Area
	}
	if owed := p.duty(); owed != nil {
		i.Due, i.Owed = owed.Due, true
	}
	return i
}

// byUrgency puts breach reports first, then what is owed by its deadline, then the rest as
// it was given.
func byUrgency(a, b Item) int {
	rank := func(i Item) int {
		switch {
		case i.Kind == document.BreachReport:
			return 0
		case i.Owed:
			return 1
		}
		return 2
	}
	if r := rank(a) - rank(b); r != 0 {
		return r
	}
	return a.Due.Due.Compare(b.Due.Due)
}

// MonthItem is the attendance of one mandate in a month.
type MonthItem struct {
	Item
	Revision int // of its draft, for signing it
	Held     int // attendances recorded in the month
	Attended int
	Missed   int // without an excuse
	Issued   *document.Document
}

// MonthView is the monthly reports of a center.
type MonthView struct {
	Month   clock.Month
	Open    []MonthItem // not issued yet
	Issued  []MonthItem
	MaySign bool
	Running bool // the month is not over
}

// OfMonth gives the monthly report of every mandate that ran in a month, by person; the last
// month that is over when none is typed.
func (s *Service) OfMonth(ctx context.Context, actor access.Actor, typed string) (*MonthView, error) {
	scope, err := prepare(actor)
	if err != nil {
		return nil, err
	}
	v := &MonthView{MaySign: actor.May(access.ReportSign)}
	return v, s.use.DB.View(ctx, func(tx *db.Tx) error {
		today := clock.DateOf(tx.Now())
		v.Month = clock.MonthOf(today).Before()
		if typed != "" {
			if v.Month, err = clock.ParseMonth(typed); err != nil {
				return err
			}
		}
		v.Running = !today.After(v.Month.Last())
		if v.Month.First.After(today) {
			return nil
		}
		all, err := s.use.Cases.ServedTx(ctx, tx, actor, scope, v.Month.First, v.Month.Last())
		if err != nil {
			return err
		}
		for _, served := range all {
			if err := s.monthTx(ctx, tx, actor, scope, served, v); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) monthTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, served casefile.Served, v *MonthView) error {
	p, err := s.pieceTx(ctx, tx, actor, scope, Which{Case: served.Case.ID, Kind: document.MonthlyReport, Mandate: served.Mandate.ReferralID,
		Occasion: v.Month.String()})
	if err != nil {
		return err
	}
	d, err := draftTx(ctx, tx, p.Which)
	if err != nil {
		return err
	}
	i := MonthItem{Item: p.item(d.stage()), Revision: d.Revision, Missed: len(p.absences(v.Month.Holds)), Issued: p.standing()}
	for _, f := range p.ofMonth() {
		i.Held++
		if f.Outcome.Came() {
			i.Attended++
		}
	}
	switch {
	case i.Issued != nil:
		v.Issued = append(v.Issued, i)
	case p.impossible().IsZero():
		v.Open = append(v.Open, i)
	}
	return nil
}
