package casefile

import (
	"context"
	"slices"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// RiskLevel is the risk that a person entered, from what he knows of the case. No
// program computes it.
type RiskLevel string

// The levels; empty before one was entered.
const (
	RiskLow     RiskLevel = "low"
	RiskMedium  RiskLevel = "medium"
	RiskHigh    RiskLevel = "high"
	RiskExtreme RiskLevel = "extreme"
)

// RiskLevels are the levels, the lowest first.
var RiskLevels = []RiskLevel{RiskLow, RiskMedium, RiskHigh, RiskExtreme}

// Label is the level in words.
func (l RiskLevel) Label() i18n.Msg {
	switch l {
	case RiskLow:
		return i18n.M("Bajo")
	case RiskMedium:
		return i18n.M("Medio")
	case RiskHigh:
		return i18n.M("Alto")
	case RiskExtreme:
		return i18n.M("Extremo")
	}
	return i18n.M("Sin valorar")
}

// RiskForm is a risk level as the form gives it.
type RiskForm struct {
	Level    string `form:"level"`
	Reason   string `form:"reason"`
	ReviewOn string `form:"review_on"`
}

// Risk is a level that somebody entered, and when it is to be looked at again.
type Risk struct {
	Level    RiskLevel
	Reason   string // only for those who may enter levels
	ReviewOn clock.Date
	At       time.Time
	By       string // account
}

// SetRisk enters a risk level with its reason and the day on which it is to be reviewed.
// The earlier ones stay.
func (s *Service) SetRisk(ctx context.Context, actor access.Actor, id string, f RiskForm) error {
	scope, err := actor.Require(access.RiskWrite)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		if !r.State.Open() {
			return fault.New(fault.Conflict, i18n.M("El proceso ya terminó: el riesgo queda como se registró."))
		}
		var form fault.Form
		level := RiskLevel(f.Level)
		if !slices.Contains(RiskLevels, level) {
			form.Add("level", i18n.M("Elija un nivel."))
		}
		reason := reasoned(&form, "reason", f.Reason)
		review := day(&form, "review_on", f.ReviewOn)
		switch {
		case review.IsZero():
		case !review.After(today(tx)):
			form.Add("review_on", i18n.M("La revisión tiene que ser después de hoy."))
		case review.After(today(tx).AddMonths(6)):
			form.Add("review_on", i18n.M("Elija una fecha dentro de seis meses: el riesgo cambia."))
		}
		if err := form.Err(); err != nil {
			return err
		}
		rowID := db.NewID()
		sealed, err := s.seal(ctx, tx, r, "risk_levels", "reason", rowID, reason)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into risk_levels (id, case_file_id, level, reason, review_on, at, by)
			values ($1, $2, $3, $4, $5, $6, $7)`, rowID, r.ID, string(level), sealed, review, db.At(tx.Now()), actor.Account); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update case_files set risk_level = $1, risk_review_on = $2 where id = $3`,
			string(level), review, r.ID); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, r.entry("case.risk", ledger.Change{Field: "level"}))
	})
}

// risksText reads the risk levels of a case file.
const risksText = `select id, level, reason, review_on, at, by from risk_levels where case_file_id = $1
	order by at desc, id desc`

// risksTx reads the levels that were entered, newest first; their reasons only when asked.
func (s *Service) risksTx(ctx context.Context, tx *db.Tx, r *record, reasons bool) ([]Risk, error) {
	var rows []struct {
		ID       string     `db:"id"`
		Level    RiskLevel  `db:"level"`
		Reason   []byte     `db:"reason"`
		ReviewOn clock.Date `db:"review_on"`
		At       db.Time    `db:"at"`
		By       string     `db:"by"`
	}
	if err := tx.Select(ctx, &rows, risksText, r.ID); err != nil {
		return nil, err
	}
	out := make([]Risk, len(rows))
	for i, row := range rows {
		out[i] = Risk{Level: row.Level, ReviewOn: row.ReviewOn, At: row.At.Time, By: row.By}
		if reasons {
			if err := s.unseal(ctx, tx, r, "risk_levels", "reason", row.ID, row.Reason, &out[i].Reason); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}
