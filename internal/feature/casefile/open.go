package casefile

import (
	"context"
	"errors"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/person"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/access"
	"sigue/internal/platform/folio"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/ledger"
)

// bind binds the background work.
func (s *Service) bind(runner *jobs.Runner) {
	if runner == nil {
		return
	}
	jobs.Handle(runner, referral.Changed, func(ctx context.Context, p referral.ChangedReferral) error {
		err := s.FollowReferral(ctx, access.System("casefile.follow", access.JobRun), p.Referral)
		if fault.Is(err, fault.NotFound) {
			return jobs.Permanent(err) // erased meanwhile
		}
		return err
	})
	runner.Every(24*time.Hour, "casefile.warn", func(ctx context.Context) error {
		_, err := s.WarnMandates(ctx, access.System("casefile.warn", access.JobRun))
		return err
	})
}

// FollowReferral brings case files up to what became of a referral: an accepted one has
// its file or joins one, the mandate of a withdrawn one is revoked. Doing it twice is
// doing it once.
func (s *Service) FollowReferral(ctx context.Context, actor access.Actor, referralID string) error {
	if _, err := actor.Require(access.JobRun); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		order, err := s.referrals.OrderTx(ctx, tx, referralID)
		if err != nil {
			return err
		}
		switch order.State {
		case referral.Accepted:
			err = s.acceptedTx(ctx, tx, actor, order)
		case referral.Withdrawn:
			err = s.withdrawnTx(ctx, tx, actor, referralID)
		}
		return err
	})
}

// acceptedTx gives an accepted referral its case file, and that its first appointment.
func (s *Service) acceptedTx(ctx context.Context, tx *db.Tx, actor access.Actor, o referral.Order) error {
	id, err := s.OpenTx(ctx, tx, actor, o.ReferralID)
	if err != nil {
		return err
	}
	r, err := byID(ctx, tx, id)
	if err != nil || r.State != ToSchedule || !o.AppointmentAt.After(r.NoShowAt.Time) {
		return err
	}
	return s.ScheduledTx(ctx, tx, actor, r.ID, o.AppointmentAt)
}

// OpenTx gives the case file of an accepted referral. Where the same person, by his
// CURP, has a process that goes on at that center, the referral becomes a further
// mandate of it; otherwise a new file is opened. It is called in the transaction of the
// acceptance, or later by a job; the second call changes nothing.
func (s *Service) OpenTx(ctx context.Context, tx *db.Tx, actor access.Actor, referralID string) (string, error) {
	if id, err := caseOf(ctx, tx, referralID); err != nil || id != "" {
		return id, err
	}
	order, err := s.referrals.OrderTx(ctx, tx, referralID)
	if err != nil {
		return "", err
	}
	who, err := person.ByIDTx(ctx, tx, order.PersonID)
	if err != nil {
		return "", err
	}
	r, err := s.sameTx(ctx, tx, who, order.CenterID, true)
	if err != nil {
		return "", err
	}
	if r == nil {
		if r, err = s.newTx(ctx, tx, actor, who, opening{order.CenterID, order.KeyID, order.Voluntary, order.AcceptedAt}); err != nil {
			return "", err
		}
	}
	if err := s.joinTx(ctx, tx, actor, r, order); err != nil {
		return "", err
	}
	return r.ID, s.spreadTx(ctx, tx, r)
}

// caseOf gives the case file that serves a referral; empty when there is none.
func caseOf(ctx context.Context, tx *db.Tx, referralID string) (string, error) {
	var id string
	err := tx.Get(ctx, &id, `select case_file_id from case_mandates where referral_id = $1`, referralID)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return id, err
}

// sameTx finds the newest case file of the same person at a center, by CURP: one that
// goes on, or any. It is nil when there is none.
func (s *Service) sameTx(ctx context.Context, tx *db.Tx, who person.Person, centerID string, open bool) (*record, error) {
	if who.CURP == "" {
		return nil, nil
	}
	var rows []record
	if err := tx.Select(ctx, &rows, `select `+recordColumns+recordTables+`where p.curp = $1 and c.center_id = $2 and c.merged_into = ''
		order by c.opened_at desc, c.id desc`, who.CURP, centerID); err != nil {
		return nil, err
	}
	for i := range rows {
		if !open || rows[i].State.Open() {
			return &rows[i], nil
		}
	}
	return nil, nil
}

// opening is where, for what and from when a case file is opened.
type opening struct {
	centerID, keyID string
	voluntary       bool
	at              time.Time
}

// newTx opens a case file. The person is a copy, so that what the center corrects does
// not show in the referral of one of the authorities; whoever comes again to the same
// center keeps his. All openings draw their folio from one row: of two for the same person
// at one instant, the second runs again (see db.DB.Tx) and finds the file of the first.
func (s *Service) newTx(ctx context.Context, tx *db.Tx, actor access.Actor, who person.Person, n opening) (*record, error) {
	f, err := folio.NextTx(ctx, tx, clock.DateOf(tx.Now()).Year())
	if err != nil {
		return nil, err
	}
	before, err := s.sameTx(ctx, tx, who, n.centerID, false)
	if err != nil {
		return nil, err
	}
	personID := ""
	if before != nil {
		personID = before.PersonID
	} else if personID, err = person.InsertTx(ctx, tx, who); err != nil {
		return nil, err
	}
	id := db.NewID()
	if _, err := tx.Exec(ctx, `insert into case_files (id, folio, center_id, person_id, key_id, voluntary, opened_at, opened_by,
			no_shows, completed_by, discharged_by, discharge_reason, report_document_id, merged_into, risk_level, state, version)
		values ($1, $2, $3, $4, $5, $6, $7, $8, 0, '', '', '', '', '', '', $9, 0)`,
		id, f.String(), n.centerID, personID, n.keyID, n.voluntary, db.At(n.at), actor.Name(), string(ToSchedule)); err != nil {
		return nil, err
	}
	r, err := byID(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if err := storeWords(ctx, tx, r); err != nil {
		return nil, err
	}
	if err := Opened.EnqueueTx(ctx, tx, OpenedCase{CaseID: r.ID}, jobs.Options{}); err != nil {
		return nil, err
	}
	return r, s.ledger.AppendTx(ctx, tx, actor, r.entry("case.open", ledger.Change{Field: "folio", After: r.Folio}))
}

// storeWords keeps the words of the name with the center beside them, so that a search
// reads one index.
func storeWords(ctx context.Context, tx *db.Tx, r *record) error {
	if _, err := tx.Exec(ctx, `delete from case_words where case_file_id = $1`, r.ID); err != nil {
		return err
	}
	for _, word := range r.Name.Words() {
		if _, err := tx.Exec(ctx, `insert into case_words (case_file_id, word, center_id) values ($1, $2, $3)
			on conflict (case_file_id, word) do nothing`, r.ID, word, r.CenterID); err != nil {
			return err
		}
	}
	return nil
}

// joinTx makes a referral a mandate of a case file. Its own progress begins now.
func (s *Service) joinTx(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, o referral.Order) error {
	plan, err := s.PlanTx(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into case_mandates (referral_id, case_file_id, institution_id, area_id, folio, case_value, basis,
			voluntary, sessions, from_on, until_on, done_before, joined_at, joined_by)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		o.ReferralID, r.ID, o.InstitutionID, o.AreaID, o.Folio, o.CaseValue, o.Basis, o.Voluntary, o.Sessions, o.From, o.Until,
		plan.Progress().Done, db.At(tx.Now()), actor.Name()); err != nil {
		return err
	}
	// The authority is not named here: the history of the case is read by whoever works it,
	// and printed for the person.
	if err := s.ledger.AppendTx(ctx, tx, actor, r.entry("case.mandate", ledger.Change{Field: "mandate", After: o.ReferralID})); err != nil {
		return err
	}
	return s.obligationTx(ctx, tx, r)
}

// obligationTx keeps whether anything obliges the person: no mandate that stands and is
// not voluntary, no obligation.
func (s *Service) obligationTx(ctx context.Context, tx *db.Tx, r *record) error {
	var obliging int
	if err := tx.Get(ctx, &obliging, `select count(*) from case_mandates
		where case_file_id = $1 and voluntary = $2 and revoked_at is null`, r.ID, false); err != nil {
		return err
	}
	r.Voluntary = obliging == 0
	_, err := tx.Exec(ctx, `update case_files set voluntary = $1 where id = $2`, r.Voluntary, r.ID)
	return err
}
