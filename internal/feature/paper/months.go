package paper

import (
	"context"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/casefile"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/ledger"
)

// MissingMonth is a month that is over and of which monthly reports were never sent.
type MissingMonth struct {
	Month   clock.Month
	Missing int
}

// monthsBack is how many months that are over are looked at: a year.
const monthsBack = 12

// MissingMonths gives the months of the last year of which the actor's center owes monthly
// reports, the oldest first. [Service.OfMonth] tells for whom.
func (s *Service) MissingMonths(ctx context.Context, actor access.Actor) ([]MissingMonth, error) {
	scope, err := prepare(actor)
	if err != nil {
		return nil, err
	}
	var out []MissingMonth
	err = s.use.DB.View(ctx, func(tx *db.Tx) error {
		today := clock.DateOf(tx.Now())
		last := clock.MonthOf(today).Before()
		months := make([]MissingMonth, monthsBack)
		for i, m := monthsBack-1, last; i >= 0; i, m = i-1, m.Before() {
			months[i].Month = m
		}
		all, err := s.use.Cases.ServedTx(ctx, tx, actor, scope, months[0].Month.First, last.Last())
		if err != nil {
			return err
		}
		for _, served := range all {
			issued, err := s.use.Documents.ListTx(ctx, tx, ledger.Subject{Type: "referral", ID: served.Mandate.ReferralID})
			if err != nil {
				return err
			}
			for i, m := range months {
				if unreported(served, m.Month, issued, today) {
					months[i].Missing++
				}
			}
		}
		out = nil
		for _, m := range months {
			if m.Missing > 0 {
				out = append(out, m)
			}
		}
		return nil
	})
	return out, err
}

// unreported tells whether an authority was owed the report of a month and has none.
func unreported(of casefile.Served, m clock.Month, issued []document.Document, today clock.Date) bool {
	f := of.Case.Facts
	begins, ends := m.First.At(0, 0), m.Next().First.At(0, 0)
	if f.AdmittedAt.IsZero() || !f.AdmittedAt.Before(ends) || !of.Mandate.ToldOf(m.First, m.Last()) {
		return false
	}
	for _, end := range []clock.Date{clock.DateOf(f.CompletedAt), clock.DateOf(f.DischargedAt), clock.DateOf(f.ReferredOutAt)} {
		if !end.IsZero() && end.At(0, 0).Before(begins) {
			return false
		}
	}
	p := piece{Which: Which{Kind: document.MonthlyReport, Occasion: m.String()}, month: m, issued: issued, today: today}
	return p.standing() == nil
}

// SignMonth issues every monthly report of a month that is over and that the center has not
// sent, and gives how many. What was returned to be corrected waits for its own signature.
// Each is one transaction: what another signs meanwhile is not issued twice.
func (s *Service) SignMonth(ctx context.Context, actor access.Actor, typed string) (int, error) {
	if _, err := actor.Require(access.ReportSign); err != nil {
		return 0, err
	}
	if _, err := clock.ParseMonth(typed); err != nil {
		return 0, err
	}
	v, err := s.OfMonth(ctx, actor, typed)
	if err != nil {
		return 0, err
	}
	if v.Running {
		return 0, fault.New(fault.Conflict, i18n.M("El mes no ha terminado. Firme uno por uno los informes que se necesiten antes; al terminar el mes se firman todos juntos."))
	}
	n := 0
	for _, i := range v.Open {
		if i.Stage == Returned {
			continue
		}
		_, err := s.Sign(ctx, actor, i.Which, Text{Revision: i.Revision})
		if fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound) {
			continue // changed meanwhile: it stays in the list
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// Together is how many reports of the month one press signs.
func (v *MonthView) Together() (n int) {
	for _, i := range v.Open {
		if i.Stage != Returned && v.MaySign && !v.Running {
			n++
		}
	}
	return n
}

// choosable are the months that an authority can be told of: the last one, the one that
// runs, and then of the year before whatever it was never told.
func (p *piece) choosable() []clock.Month {
	this := clock.MonthOf(p.today)
	months := []clock.Month{this.Before(), this}
	for m := this.Before().Before(); len(months) < monthsBack && p.plan != nil; m = m.Before() {
		if !unreported(casefile.Served{Case: p.of, Mandate: *p.mandate}, m, p.issued, p.today) {
			if m.Last().Before(clock.DateOf(p.of.Facts.AdmittedAt)) {
				break
			}
			continue
		}
		months = append(months, m)
	}
	return months
}
