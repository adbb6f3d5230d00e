package casefile

import (
	"context"

	"sigue/internal/base/db"
	"sigue/internal/platform/access"
	"sigue/internal/platform/jobs"
)

// MovedCase is a case file that passed to another center.
type MovedCase struct {
	CaseID     string `json:"case_id"`
	FromCenter string `json:"from_center_id"`
}

// EndedCase is a case file whose process ended: completed, discharged, referred out.
type EndedCase struct {
	CaseID string `json:"case_id"`
}

// CompletedCase is a case file whose process was completed.
type CompletedCase struct {
	CaseID string `json:"case_id"`
}

// OpenedCase is a case file that begins.
type OpenedCase struct {
	CaseID string `json:"case_id"`
}

// Work that follows in the rooms above, put in with the transaction of what happened.
var (
	Moved     = jobs.Kind[MovedCase]{Name: "case.moved"}
	Ended     = jobs.Kind[EndedCase]{Name: "case.ended"}
	Concluded = jobs.Kind[CompletedCase]{Name: "case.completed"}
	Opened    = jobs.Kind[OpenedCase]{Name: "case.opened"}
)

// afterEndTx takes a person whose process ended out of his groups, and lets the rooms
// above follow.
func (s *Service) afterEndTx(ctx context.Context, tx *db.Tx, actor access.Actor, r *record) error {
	if _, err := s.leaveTx(ctx, tx, actor, r, ""); err != nil {
		return err
	}
	if r.State == Completed {
		if err := Concluded.EnqueueTx(ctx, tx, CompletedCase{CaseID: r.ID}, jobs.Options{}); err != nil {
			return err
		}
	}
	return Ended.EnqueueTx(ctx, tx, EndedCase{CaseID: r.ID}, jobs.Options{})
}
