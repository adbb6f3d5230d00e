package casefile

import (
	"context"
	"encoding/json"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
)

// ProgramChoice is a program that a person may follow, with when it would end.
type ProgramChoice struct {
	Version  program.Version
	Forecast clock.Date
	Late     []LateMandate // mandates that end before
}

// LateMandate is a mandate that ends before what is planned.
type LateMandate struct {
	Mandate
	End clock.Date // when the plan ends
}

// AdmitForm is an admission as the form gives it.
type AdmitForm struct {
	Version  string `form:"version"`
	StartsOn string `form:"starts_on"`
}

// lateMandates are those of the mandates that end before a day.
func lateMandates(mandates []Mandate, end clock.Date) (late []LateMandate) {
	for _, m := range mandates {
		if !m.Revoked() && !m.Until.IsZero() && end.After(m.Until) {
			late = append(late, LateMandate{m, end})
		}
	}
	return late
}

// ProgramChoices gives the programs that the coordination can choose for a person, each
// with its forecast end from a day on, against the end of each mandate.
func (s *Service) ProgramChoices(ctx context.Context, actor access.Actor, id string, from clock.Date) (Case, []ProgramChoice, error) {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return Case{}, nil, err
	}
	versions, err := s.programs.Choices(ctx, actor)
	if err != nil {
		return Case{}, nil, err
	}
	var c Case
	out := make([]ProgramChoice, len(versions))
	err = s.db.View(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, actor, scope, id)
		if err != nil {
			return err
		}
		c = r.asCase()
		mandates, err := s.MandatesTx(ctx, tx, r.ID)
		if err != nil {
			return err
		}
		cal, err := s.catalogue.CalendarTx(ctx, tx, r.CenterID)
		if err != nil {
			return err
		}
		if from.IsZero() {
			from = today(tx)
		}
		for i, v := range versions {
			end := v.ForecastEnd(from, cal)
			out[i] = ProgramChoice{Version: v, Forecast: end, Late: lateMandates(mandates, end)}
		}
		return nil
	})
	return c, out, err
}

// PutOnWaitingList keeps that the assessment is done and there is no place yet.
func (s *Service) PutOnWaitingList(ctx context.Context, actor access.Actor, id string) error {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		return s.move(ctx, tx, actor, r, Wait, r.entry("case.wait"))
	})
}

// AdmitTo admits a person to a published version of a program: his plan is a snapshot
// of it, which no later version changes.
func (s *Service) AdmitTo(ctx context.Context, actor access.Actor, id string, f AdmitForm) error {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		if err := r.possible(Admit); err != nil {
			return err
		}
		var form fault.Form
		starts := day(&form, "starts_on", f.StartsOn)
		switch {
		case starts.IsZero():
		case starts.Before(today(tx)):
			form.Add("starts_on", i18n.M("El proceso no puede empezar antes de hoy."))
		case starts.After(today(tx).AddMonths(6)):
			form.Add("starts_on", i18n.M("Esa fecha está a más de seis meses. Si no hay lugar, use la lista de espera."))
		}
		v, err := s.programs.VersionTx(ctx, tx, f.Version)
		switch {
		case fault.Is(err, fault.NotFound) || err == nil && (v.Draft() || v.Retired()):
			form.Add("version", i18n.M("Elija un programa de la lista."))
		case err != nil:
			return err
		}
		if err := form.Err(); err != nil {
			return err
		}
		return s.admitTx(ctx, tx, actor, r, v, starts)
	})
}

func (s *Service) admitTx(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, v *program.Version, starts clock.Date) error {
	cal, err := s.catalogue.CalendarTx(ctx, tx, r.CenterID)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into plans (case_file_id, version_id, program_name, number, required, source, starts_on,
			forecast_on, admitted_at, admitted_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		r.ID, v.ID, v.ProgramName, v.Number, v.Required, v.Source, starts, v.ForecastEnd(starts, cal), db.At(tx.Now()), actor.Account); err != nil {
		return err
	}
	for n, c := range v.Components {
		if err := snapshot(ctx, tx, r.ID, n, c); err != nil {
			return err
		}
	}
	if err := s.move(ctx, tx, actor, r, Admit, r.entry("case.admit", ledger.Change{Field: "version", After: v.ID})); err != nil {
		return err
	}
	return s.tellTx(ctx, tx, actor, r, notify.CaseAdmitted, "process.admitted")
}

// snapshot copies one component with its sessions into a plan.
func snapshot(ctx context.Context, tx *db.Tx, caseID string, sort int, c program.Component) error {
	if _, err := tx.Exec(ctx, `insert into plan_components (case_file_id, component_id, sort, area, name, in_group, minutes, every_days,
			prescribed, done_sessions, done_minutes, missed) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0)`,
		caseID, c.ID, sort, string(c.Area), c.Name, c.Group, c.Minutes, c.EveryDays, len(c.Sessions)); err != nil {
		return err
	}
	for _, session := range c.Sessions {
		titles := make([]string, len(session.Topics))
		for i, t := range session.Topics {
			titles[i] = t.Title
		}
		topics, err := json.Marshal(titles)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into plan_sessions (case_file_id, component_id, number, title, topics)
			values ($1, $2, $3, $4, $5)`, caseID, c.ID, session.Number, session.Title, string(topics)); err != nil {
			return err
		}
	}
	return nil
}

// WarnMandates tells the centers of the mandates that end before what is left of the
// plan can be given. Each is told once for each end that the mandate has.
func (s *Service) WarnMandates(ctx context.Context, actor access.Actor) (int, error) {
	if _, err := actor.Require(access.JobRun); err != nil {
		return 0, err
	}
	var ids []string
	if err := s.db.View(ctx, func(tx *db.Tx) error {
		return tx.Select(ctx, &ids, `select distinct c.id from case_files c join case_mandates m on m.case_file_id = c.id
			where c.state in ('active', 'suspended') and m.revoked_at is null and m.until_on is not null and m.warned_on is null order by c.id`)
	}); err != nil {
		return 0, err
	}
	warned := 0
	for _, id := range ids {
		err := s.db.Tx(ctx, func(tx *db.Tx) error {
			n, err := s.warnTx(ctx, tx, actor, id)
			warned += n
			return err
		})
		if err != nil {
			return warned, err
		}
	}
	return warned, nil
}

func (s *Service) warnTx(ctx context.Context, tx *db.Tx, actor access.Actor, id string) (int, error) {
	r, err := byID(ctx, tx, id)
	if err != nil {
		return 0, err
	}
	plan, err := s.PlanTx(ctx, tx, id)
	if err != nil || plan == nil {
		return 0, err
	}
	cal, err := s.catalogue.CalendarTx(ctx, tx, r.CenterID)
	if err != nil {
		return 0, err
	}
	mandates, err := s.MandatesTx(ctx, tx, id)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, late := range lateMandates(mandates, plan.ProjectedEnd(today(tx), cal)) {
		set, err := tx.Exec(ctx, `update case_mandates set warned_on = $1 where referral_id = $2 and warned_on is null`,
			late.End, late.ReferralID)
		if err != nil {
			return n, err
		}
		n += int(set)
	}
	if n == 0 {
		return 0, nil
	}
	if err := s.ledger.AppendTx(ctx, tx, actor, r.entry("case.warn")); err != nil {
		return n, err
	}
	return n, s.tellCenterTx(ctx, tx, r, r.CenterID, notify.MandateEnding)
}
