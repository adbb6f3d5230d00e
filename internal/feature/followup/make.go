package followup

import (
	"context"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/casefile"
	"sigue/internal/platform/access"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/ledger"
)

// completed makes the follow-ups of a case whose process was completed.
func (s *Service) completed(ctx context.Context, c casefile.CompletedCase) error {
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		return s.settleTx(ctx, tx, access.System("followup.completed", access.JobRun), c.CaseID)
	})
	if fault.Is(err, fault.NotFound) {
		return jobs.Permanent(err) // erased meanwhile
	}
	return err
}

// duty is whom a completion obliges to follow up.
type duty struct {
	side                                       Side
	referral, folio, center, institution, area string
}

// key names a follow-up of a case.
type key struct {
	referral string
	nth      int
}

// settleTx brings the follow-ups of a case up to its completion and its mandates: what is
// missing is made, what nothing asks for any more ends, what was ended so and is asked for
// again goes on. What was done stays. Doing it twice is doing it once.
func (s *Service) settleTx(ctx context.Context, tx *db.Tx, actor access.Actor, caseID string) error {
	c, err := s.cases.CaseTx(ctx, tx, caseID)
	if err != nil {
		return err
	}
	duties, err := s.dutiesTx(ctx, tx, c)
	if err != nil {
		return err
	}
	rows, err := rowsTx(ctx, tx, caseID)
	if err != nil {
		return err
	}
	wanted := map[key]bool{}
	for _, d := range duties {
		days, err := s.daysTx(ctx, tx, c, d)
		if err != nil {
			return err
		}
		for _, day := range days {
			wanted[key{d.referral, day.Nth}] = true
			if err := s.wantTx(ctx, tx, actor, c, d, day, rows); err != nil {
				return err
			}
		}
	}
	for k, f := range rows {
		if !wanted[k] {
			if err := s.endTx(ctx, tx, actor, &f, endVoid); err != nil {
				return err
			}
		}
	}
	return s.stateTx(ctx, tx, actor, c, rows)
}

// dutiesTx tells who must follow a case up: nobody before its completion; then its center,
// and each area whose mandate stands and obliges.
func (s *Service) dutiesTx(ctx context.Context, tx *db.Tx, c casefile.Case) ([]duty, error) {
	if c.Facts.CompletedAt.IsZero() {
		return nil, nil
	}
	all := []duty{{side: OfCenter, folio: c.Folio, center: c.CenterID}}
	mandates, err := s.cases.MandatesTx(ctx, tx, c.ID)
	for _, m := range mandates {
		if !m.Voluntary && !m.Revoked() {
			all = append(all, duty{side: OfInstitution, referral: m.ReferralID, folio: m.Folio, institution: m.InstitutionID, area: m.AreaID})
		}
	}
	return all, err
}

// daysTx gives the days of the follow-ups of one of those.
func (s *Service) daysTx(ctx context.Context, tx *db.Tx, c casefile.Case, d duty) ([]Days, error) {
	lists, err := s.catalogue.ListsTx(ctx, tx)
	if err != nil {
		return nil, err
	}
	cal, err := s.catalogue.CalendarTx(ctx, tx, d.center+d.institution) // one of them is empty
	return PlanDays(clock.DateOf(c.Facts.CompletedAt), rules(lists), cal), err
}

func rowsTx(ctx context.Context, tx *db.Tx, caseID string) (map[key]Followup, error) {
	var rows []Followup
	if err := tx.Select(ctx, &rows, `select `+followupColumns+` from followups f where f.case_id = $1`, caseID); err != nil {
		return nil, err
	}
	out := map[key]Followup{}
	for _, f := range rows {
		out[key{f.ReferralID, f.Nth}] = f
	}
	return out, nil
}

// wantTx makes one follow-up, or brings the one that there is up to the completion. The
// days of one that somebody has begun, or that was made for the same completion, stay: the
// rules of another day are not those under which it was made.
func (s *Service) wantTx(ctx context.Context, tx *db.Tx, actor access.Actor, c casefile.Case, d duty, day Days, rows map[key]Followup) error {
	on := clock.DateOf(c.Facts.CompletedAt)
	f, known := rows[key{d.referral, day.Nth}]
	switch {
	case !known:
		return s.makeTx(ctx, tx, actor, c, d, day, on)
	case f.EndedWhy == endVoid:
		_, err := tx.Exec(ctx, `update followups set ended_at = null, ended_why = '' where id = $1`, f.ID)
		if err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, f.entry("followup.make", nthOf(f.Nth)))
	case f.CompletedOn == on || f.Attempts+f.Answers > 0 || !f.EndedAt.IsZero():
		return nil
	}
	_, err := tx.Exec(ctx, `update followups set months = $1, completed_on = $2, opens_on = $3, due_on = $4, closes_on = $5 where id = $6`,
		day.Months, on, day.Opens, day.Due, day.Closes, f.ID)
	if err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, f.entry("followup.move", ledger.Change{Field: "due_on", Before: f.DueOn.String(), After: day.Due.String()}))
}

func (s *Service) makeTx(ctx context.Context, tx *db.Tx, actor access.Actor, c casefile.Case, d duty, day Days, on clock.Date) error {
	f := Followup{ID: db.NewID(), Side: d.side, CaseID: c.ID, ReferralID: d.referral, Folio: d.folio, CenterID: d.center,
		InstitutionID: d.institution, AreaID: d.area, Nth: day.Nth}
	n, err := tx.Exec(ctx, `insert into followups (id, side, case_id, referral_id, folio, center_id, institution_id, area_id, nth, months,
			completed_on, opens_on, due_on, closes_on, made_at, attempts, answers, reached, relapse, abstains, ended_why)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, 0, '', '', '', '')
		on conflict (case_id, referral_id, nth) do nothing`,
		f.ID, string(f.Side), f.CaseID, f.ReferralID, f.Folio, f.CenterID, f.InstitutionID, f.AreaID, f.Nth, day.Months,
		on, day.Opens, day.Due, day.Closes, db.At(tx.Now()))
	if err != nil || n == 0 {
		return err // made meanwhile
	}
	return s.ledger.AppendTx(ctx, tx, actor, f.entry("followup.make", nthOf(f.Nth)))
}

// endTx ends a follow-up that nobody has answered.
func (s *Service) endTx(ctx context.Context, tx *db.Tx, actor access.Actor, f *Followup, why string) error {
	n, err := tx.Exec(ctx, `update followups set ended_at = $1, ended_why = $2 where id = $3 and answers = 0 and ended_at is null`,
		db.At(tx.Now()), why, f.ID)
	if err != nil || n == 0 {
		return err
	}
	f.EndedAt, f.EndedWhy = db.At(tx.Now()), why
	return s.ledger.AppendTx(ctx, tx, actor, f.entry("followup.end", nthOf(f.Nth), ledger.Change{Field: "why", After: why}))
}

// stateTx takes the case file to where its follow-ups are: a completed one is in follow-up
// from now on; one that was closed by hand asks for nothing more at its center.
func (s *Service) stateTx(ctx context.Context, tx *db.Tx, actor access.Actor, c casefile.Case, rows map[key]Followup) error {
	switch c.State {
	case casefile.Completed:
		return s.cases.FollowTx(ctx, tx, actor, c.ID)
	case casefile.Closed:
		for _, f := range rows {
			if f.Side == OfCenter {
				if err := s.endTx(ctx, tx, actor, &f, endClosed); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// closeTx closes the case file of the center's last follow-up, once that is done or can be
// done no more.
func (s *Service) closeTx(ctx context.Context, tx *db.Tx, actor access.Actor, f *Followup) error {
	if f.Side != OfCenter || !f.Last() {
		return nil
	}
	c, err := s.cases.CaseTx(ctx, tx, f.CaseID)
	if err != nil || c.State != casefile.InFollowup {
		return err
	}
	if err := s.cases.CloseTx(ctx, tx, actor, c.ID); err != nil {
		return err
	}
	return s.settleTx(ctx, tx, actor, c.ID)
}

func nthOf(n int) ledger.Change {
	return ledger.Change{Field: "nth", After: string(rune('0' + n))}
}
