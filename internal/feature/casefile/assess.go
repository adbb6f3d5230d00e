package casefile

import (
	"context"
	"slices"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// Seed publishes the shipped instruments that are not there yet. A version that is there
// stays as it was published.
func (s *Service) Seed(ctx context.Context, actor access.Actor) error {
	if _, err := actor.Require(access.CatalogueManage); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		for _, in := range shipped {
			if err := s.publishTx(ctx, tx, actor, in); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) publishTx(ctx context.Context, tx *db.Tx, actor access.Actor, in Instrument) error {
	in.ID, in.Revision, in.PublishedAt = db.NewID(), 1, tx.Now()
	n, err := insertInstrument(ctx, tx, actor, in)
	if err != nil || n == 0 {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, in.entry("instrument.publish", ledger.Change{Field: "code", After: in.Code}))
}

// Assessment is one that was made, with the questions as they were then.
type Assessment struct {
	ID          string
	Instrument  Instrument
	Answers     Answers
	Result      Result
	Disclosable bool
	At          time.Time
	Who         string // post and place
}

// AssessmentsView is what an actor reads of the assessments of a case file.
type AssessmentsView struct {
	Case
	Unread
	Done    []Assessment          // newest first
	Missing []program.ServiceArea // areas that have made none
	Offered []Instrument          // that he may apply
}

// Assessments reads the assessments that the actor's role may read. The read is in the
// ledger.
func (s *Service) Assessments(ctx context.Context, actor access.Actor, id string) (*AssessmentsView, error) {
	scope, err := actor.Require(access.CaseRead)
	if err != nil {
		return nil, err
	}
	return s.assessments(ctx, actor, scope, id, "")
}

// ReadAssessments reads the assessments too for which a reason is asked in writing, as
// [Service.ReadNotes].
func (s *Service) ReadAssessments(ctx context.Context, actor access.Actor, id, reason string) (*AssessmentsView, error) {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return nil, err
	}
	if reason, err = readingReason(reason); err != nil {
		return nil, err
	}
	return s.assessments(ctx, actor, scope, id, reason)
}

func (s *Service) assessments(ctx context.Context, actor access.Actor, scope access.Scope, id, reason string) (*AssessmentsView, error) {
	v := &AssessmentsView{}
	err := s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		v.Case = r.asCase()
		if err := s.readTx(ctx, tx, actor, r, "case.assessments.read", reason); err != nil {
			return err
		}
		all, err := s.assessmentsTx(ctx, tx, r)
		if err != nil {
			return err
		}
		var made, open []program.ServiceArea
		for _, area := range FileAreas {
			if slices.ContainsFunc(all, func(a Assessment) bool { return a.Instrument.Area == area }) {
				made = append(made, area)
			} else {
				v.Missing = append(v.Missing, area)
			}
		}
		open, v.Unread = sorted(actor.Role, reason, made)
		for _, a := range all {
			if slices.Contains(open, a.Instrument.Area) {
				v.Done = append(v.Done, a)
			}
		}
		if area, ok := areaOf(actor.Role); ok && r.State.Open() {
			v.Offered, err = instrumentsTx(ctx, tx, area)
		}
		return err
	})
	return v, err
}

// InstrumentFor gives an instrument that the actor may apply to a case file.
func (s *Service) InstrumentFor(ctx context.Context, actor access.Actor, id, instrumentID string) (Case, Instrument, error) {
	scope, err := actor.Require(access.CaseWork)
	if err != nil {
		return Case{}, Instrument{}, err
	}
	var c Case
	var in Instrument
	err = s.db.View(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, actor, scope, id)
		if err != nil {
			return err
		}
		c = r.asCase()
		in, err = ownInstrument(ctx, tx, actor, instrumentID)
		return err
	})
	return c, in, err
}

// ownInstrument reads an instrument of the area in which the actor writes; without an id,
// the first of them.
func ownInstrument(ctx context.Context, tx *db.Tx, actor access.Actor, id string) (Instrument, error) {
	if area, ok := areaOf(actor.Role); ok && id == "" {
		all, err := instrumentsTx(ctx, tx, area)
		if err == nil && len(all) == 0 {
			err = fault.Missing()
		}
		if err != nil {
			return Instrument{}, err
		}
		return all[0], nil
	}
	in, err := instrumentTx(ctx, tx, id)
	if err != nil {
		return Instrument{}, err
	}
	if area, ok := areaOf(actor.Role); !ok || in.Area != area || in.Draft() {
		return Instrument{}, fault.Missing()
	}
	return in, nil
}

// Assess keeps the answers to an instrument, sealed with the key of the case. An
// assessment is never changed; a later one stands beside it.
func (s *Service) Assess(ctx context.Context, actor access.Actor, id, instrumentID string, a Answers, disclosable string) error {
	scope, err := actor.Require(access.CaseWork)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		if !r.State.Open() {
			return fault.New(fault.Conflict, i18n.M("El proceso ya terminó: no se agregan valoraciones."))
		}
		in, err := ownInstrument(ctx, tx, actor, instrumentID)
		if err != nil {
			return err
		}
		answers, err := in.Check(a)
		if err != nil {
			return err
		}
		rowID := db.NewID()
		sealed, err := s.seal(ctx, tx, r, "assessments", "answers", rowID, answers)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into assessments (id, case_file_id, area, instrument_id, answers, disclosable, at, by)
			values ($1, $2, $3, $4, $5, $6, $7, $8)`,
			rowID, r.ID, string(in.Area), in.ID, sealed, disclosable == "yes", db.At(tx.Now()), actor.Account); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, r.entry("case.assessment", ledger.Change{Field: "area", After: string(in.Area)}))
	})
}

func (s *Service) assessmentsTx(ctx context.Context, tx *db.Tx, r *record) ([]Assessment, error) {
	var rows []struct {
		instrumentRow `db:""`
		RowID         string  `db:"assessment_id"`
		Answers       []byte  `db:"answers"`
		Disclosable   bool    `db:"disclosable"`
		At            db.Time `db:"at"`
		By            string  `db:"by"`
	}
	if err := tx.Select(ctx, &rows, `select a.id as assessment_id, a.answers, a.disclosable, a.at, a.by, `+instrumentColumns+`
		from assessments a join instruments i on i.id = a.instrument_id where a.case_file_id = $1 order by a.at desc, a.id desc`, r.ID); err != nil {
		return nil, err
	}
	accounts := make([]string, len(rows))
	for i, row := range rows {
		accounts[i] = row.By
	}
	names, err := s.identity.NamesTx(ctx, tx, accounts)
	if err != nil {
		return nil, err
	}
	out := make([]Assessment, len(rows))
	for i, row := range rows {
		a := Assessment{ID: row.RowID, Disclosable: row.Disclosable, At: row.At.Time, Who: names[row.By]}
		if a.Instrument, err = row.instrument(); err != nil {
			return nil, err
		}
		if err := s.unseal(ctx, tx, r, "assessments", "answers", row.RowID, row.Answers, &a.Answers); err != nil {
			return nil, err
		}
		a.Result = a.Instrument.Score(a.Answers)
		out[i] = a
	}
	return out, nil
}
