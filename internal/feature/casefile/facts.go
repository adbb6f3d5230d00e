package casefile

import (
	"context"
	"errors"
	"slices"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
)

// MandatesTx gives the mandates of a case file in the order in which they joined, the
// revoked ones too. The caller has reached the case file with his own permission.
func (s *Service) MandatesTx(ctx context.Context, tx *db.Tx, caseID string) ([]Mandate, error) {
	all, err := mandatesTx(ctx, tx, caseID)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(all))
	for i, m := range all {
		ids[i] = m.AreaID
	}
	names, err := s.institutions.AreaNamesTx(ctx, tx, ids)
	for i, m := range all {
		all[i].Area = names[m.AreaID]
	}
	return all, err
}

// mandatesText reads the mandates of a case file.
const mandatesText = `select referral_id, institution_id, area_id, folio, case_value, basis, voluntary, sessions,
	from_on, until_on, done_before, joined_at, revoked_at from case_mandates where case_file_id = $1
	order by joined_at, referral_id`

// mandatesTx gives the mandates without the names of their areas.
func mandatesTx(ctx context.Context, tx *db.Tx, caseID string) ([]Mandate, error) {
	var rows []struct {
		ReferralID    string     `db:"referral_id"`
		InstitutionID string     `db:"institution_id"`
		AreaID        string     `db:"area_id"`
		Folio         string     `db:"folio"`
		CaseValue     string     `db:"case_value"`
		Basis         string     `db:"basis"`
		Voluntary     bool       `db:"voluntary"`
		Sessions      int        `db:"sessions"`
		From          clock.Date `db:"from_on"`
		Until         clock.Date `db:"until_on"`
		DoneBefore    int        `db:"done_before"`
		JoinedAt      db.Time    `db:"joined_at"`
		RevokedAt     db.Time    `db:"revoked_at"`
	}
	if err := tx.Select(ctx, &rows, mandatesText, caseID); err != nil {
		return nil, err
	}
	out := make([]Mandate, len(rows))
	for i, row := range rows {
		out[i] = Mandate{
			ReferralID: row.ReferralID, InstitutionID: row.InstitutionID, AreaID: row.AreaID, Folio: row.Folio,
			CaseValue: row.CaseValue, Basis: row.Basis, Voluntary: row.Voluntary, Sessions: row.Sessions, From: row.From, Until: row.Until,
			DoneBefore: row.DoneBefore, JoinedAt: row.JoinedAt.Time, RevokedAt: row.RevokedAt.Time,
		}
	}
	return out, nil
}

// ScheduledTx keeps the next appointment: the first one makes a case file scheduled.
func (s *Service) ScheduledTx(ctx context.Context, tx *db.Tx, actor access.Actor, caseID string, at time.Time) error {
	r, err := byID(ctx, tx, caseID)
	if err != nil {
		return err
	}
	if err := setNext(ctx, tx, r, at); err != nil {
		return err
	}
	if !r.State.Can(Schedule) {
		return s.spreadTx(ctx, tx, r)
	}
	return s.move(ctx, tx, actor, r, Schedule, r.entry("case.schedule", ledger.Change{Field: "next_at"}))
}

// NextTx keeps when the next appointment is, or with the zero Time that there is none.
func (s *Service) NextTx(ctx context.Context, tx *db.Tx, caseID string, at time.Time) error {
	r, err := byID(ctx, tx, caseID)
	if err != nil {
		return err
	}
	if err := setNext(ctx, tx, r, at); err != nil {
		return err
	}
	return s.spreadTx(ctx, tx, r)
}

func setNext(ctx context.Context, tx *db.Tx, r *record, at time.Time) error {
	r.NextAt = db.At(at)
	_, err := tx.Exec(ctx, `update case_files set next_at = $1 where id = $2`, r.NextAt, r.ID)
	return err
}

// PresentedTx keeps that the person came. Where the first appointment was waited for,
// the case file goes to assessment and its authorities are told; later it changes nothing.
func (s *Service) PresentedTx(ctx context.Context, tx *db.Tx, actor access.Actor, caseID string, at time.Time) error {
	r, err := byID(ctx, tx, caseID)
	if err != nil || !r.State.Can(Present) {
		return err
	}
	if err := s.move(ctx, tx, actor, r, Present, r.entry("case.present", ledger.Change{Field: "at", After: clock.FormatMX(at)})); err != nil {
		return err
	}
	return s.tellTx(ctx, tx, actor, r, notify.CasePresented, "process.presented")
}

// NoShowTx keeps that he did not come to the first appointment: the case file waits for
// another one and its authorities are told. Past the limit of the rules it is
// discharged as never presented. Later absences are no matter of the state and change nothing.
func (s *Service) NoShowTx(ctx context.Context, tx *db.Tx, actor access.Actor, caseID string, at time.Time) error {
	r, err := byID(ctx, tx, caseID)
	if err != nil || !r.State.Can(Miss) {
		return err
	}
	if err := setNext(ctx, tx, r, time.Time{}); err != nil {
		return err
	}
	if err := s.move(ctx, tx, actor, r, Miss, r.entry("case.no_show", ledger.Change{Field: "at", After: clock.FormatMX(at)})); err != nil {
		return err
	}
	if err := s.tellTx(ctx, tx, actor, r, notify.CaseNoShow, "process.no_show"); err != nil {
		return err
	}
	lists, err := s.catalogue.ListsTx(ctx, tx)
	if err != nil || r.NoShows <= lists.Rule(catalogue.RuleNoShowLimit) {
		return err
	}
	return s.dischargeTx(ctx, tx, actor, r, NeverPresented, "")
}

// DeliveredTx keeps what was delivered of a component, recounted: sessions attended,
// their minutes, and sessions missed without excuse. The numbers replace the earlier
// ones, so that telling them twice counts once.
func (s *Service) DeliveredTx(ctx context.Context, tx *db.Tx, caseID, componentID string, done, minutes, missed int) error {
	r, err := byID(ctx, tx, caseID)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `update plan_components set done_sessions = $1, done_minutes = $2, missed = $3
		where case_file_id = $4 and component_id = $5`, done, minutes, missed, r.ID, componentID)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Missing()
	}
	return s.spreadTx(ctx, tx, r)
}

// planText reads the plan of a case file.
const planText = `select version_id, program_name, number, required, source, starts_on, forecast_on, admitted_at
	from plans where case_file_id = $1`

// PlanTx gives the plan of a case file; nil before admission.
func (s *Service) PlanTx(ctx context.Context, tx *db.Tx, caseID string) (*Plan, error) {
	var row struct {
		VersionID  string     `db:"version_id"`
		Name       string     `db:"program_name"`
		Number     int        `db:"number"`
		Required   int        `db:"required"`
		Source     string     `db:"source"`
		StartsOn   clock.Date `db:"starts_on"`
		ForecastOn clock.Date `db:"forecast_on"`
		AdmittedAt db.Time    `db:"admitted_at"`
	}
	err := tx.Get(ctx, &row, planText, caseID)
	if errors.Is(err, db.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	p := &Plan{
		VersionID: row.VersionID, ProgramName: row.Name, Number: row.Number, Required: row.Required, Source: row.Source,
		StartsOn: row.StartsOn, ForecastOn: row.ForecastOn, AdmittedAt: row.AdmittedAt.Time,
	}
	p.Components, err = componentsTx(ctx, tx, caseID)
	return p, err
}

// MembersTx gives who belongs to a group on a day, by name. A sealed file is named by
// its folio alone.
func (s *Service) MembersTx(ctx context.Context, tx *db.Tx, groupID string, on clock.Date) ([]Case, error) {
	var rows []record
	if err := tx.Select(ctx, &rows, `select `+recordColumns+recordTables+`join group_members m on m.case_file_id = c.id
		where m.group_id = $1 and m.joined_on <= $2 and (m.left_on is null or m.left_on > $2)
		order by p.surname1, p.surname2, p.given_names, c.id`, groupID, on); err != nil {
		return nil, err
	}
	out := make([]Case, len(rows))
	for i := range rows {
		out[i] = rows[i].asCase()
		if out[i].Sealed {
			out[i].Person = out[i].Folio
		}
	}
	return out, nil
}

// ShownTx gives case files by id, as a list shows them to an actor: outside his scope, and
// sealed against him, by their folio alone.
func (s *Service) ShownTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, ids []string) (map[string]Case, error) {
	out := map[string]Case{}
	var all, seen db.Args
	in := all.In(ids)
	if in == "" {
		return out, nil
	}
	var rows []record
	if err := tx.Select(ctx, &rows, `select `+recordColumns+recordTables+`where c.id in (`+in+`)`, all...); err != nil {
		return nil, err
	}
	var open []string
	if err := tx.Select(ctx, &open, `select c.id from case_files c where c.id in (`+seen.In(ids)+`) and `+visible(actor, scope, &seen), seen...); err != nil {
		return nil, err
	}
	for i := range rows {
		c := rows[i].asCase()
		if !slices.Contains(open, c.ID) {
			c.Person = c.Folio
		}
		out[c.ID] = c
	}
	return out, nil
}

// ApartTx gives, of some case files, the pairs that must not meet.
func (s *Service) ApartTx(ctx context.Context, tx *db.Tx, caseIDs []string) ([][2]string, error) {
	var args db.Args
	in := args.In(caseIDs)
	if in == "" {
		return nil, nil
	}
	var rows []struct {
		A string `db:"case_a"`
		B string `db:"case_b"`
	}
	if err := tx.Select(ctx, &rows, `select case_a, case_b from kept_apart where ended_at is null
		and case_a in (`+in+`) and case_b in (`+in+`) order by id`, args...); err != nil {
		return nil, err
	}
	out := make([][2]string, len(rows))
	for i, row := range rows {
		out[i] = [2]string{row.A, row.B}
	}
	return out, nil
}
