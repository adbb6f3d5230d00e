package report

import (
	"context"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
)

// CaseLine is one referral or case file that counts.
type CaseLine struct {
	Type   string     `db:"subject_type"`
	ID     string     `db:"subject_id"`
	Folio  string     `db:"folio"`
	Day    clock.Date `db:"day"`
	Amount int64      `db:"amount"`
}

// Referral tells whether the line is a referral, and not a case file.
func (l CaseLine) Referral() bool { return l.Type == ofReferral }

// CaseList is what a figure counted, for whoever may open it.
type CaseList struct {
	Period
	Lines []CaseLine
	Days  bool  // whether there is more than one thing of a file: the days, not only the first
	More  bool  // whether there are more lines than are listed
	Away  int64 // that are now at another center, or sealed
}

// maxCases bounds a list that somebody reads.
const maxCases = 200

// openable tells whether what a figure counts are referrals or case files.
func (f Figure) openable() bool { return f.Key != Sessions }

// Openable tells whether the actor may open what was counted: those of a center who may read
// its case files and referrals.
func (t *Table) Openable(actor access.Actor) bool {
	return t.Figure.openable() && actor.May(access.CaseRead) && actor.May(access.ReferralRead)
}

// Cases lists the referrals or case files that a figure counted, the newest first. Only those
// that are at the actor's center now, and are not sealed; how many others there are is told.
func (s *Service) Cases(ctx context.Context, actor access.Actor, key Key, filter Filter) (*CaseList, error) {
	files, err := actor.Require(access.CaseRead)
	if err != nil {
		return nil, err
	}
	f, ok := FigureOf(key)
	if !ok || !f.openable() {
		return nil, fault.Missing()
	}
	scope, err := actor.Require(access.StatisticsRead)
	if err != nil {
		return nil, err
	}
	referrals, err := actor.Require(access.ReferralRead)
	if err != nil {
		return nil, err
	}
	var out *CaseList
	err = s.db.View(ctx, func(tx *db.Tx) error {
		q, err := s.queryTx(ctx, tx, scope, filter)
		if err != nil {
			return err
		}
		out = &CaseList{Period: q.Period}
		// What is a part of another, or a mean, is counted of all that it is over.
		counted := string(f.Key)
		if f.Ratio() {
			counted = string(f.Over)
		}
		var args db.Args
		where := q.where(&args, counted)
		here := `(select folio from case_files where id = f.subject_id and sealed_at is null and merged_into = '' and ` +
			files.SQL(access.Columns{Center: "center_id"}, &args) + `)`
		sent := `(select folio from referrals where id = f.subject_id and ` + referrals.SQL(access.Columns{Center: "center_id"}, &args) + `)`
		from := ` from (select f.subject_type, f.subject_id, max(f.day) as day, cast(sum(f.amount) as bigint) as amount,
			case f.subject_type when 'case' then ` + here + ` else ` + sent + ` end as folio
			from report_facts f where ` + where + ` group by f.subject_type, f.subject_id) x`
		if err := tx.Get(ctx, &out.Away, `select count(*)`+from+` where x.folio is null`, args...); err != nil {
			return err
		}
		err = tx.Select(ctx, &out.Lines, `select x.subject_type, x.subject_id, x.folio, x.day, x.amount`+from+`
			where x.folio is not null order by x.day desc, x.folio limit `+args.Add(maxCases+1), args...)
		if len(out.Lines) > maxCases {
			out.Lines, out.More = out.Lines[:maxCases], true
		}
		for _, l := range out.Lines {
			out.Days = out.Days || l.Amount > 1
		}
		return err
	})
	return out, err
}
