package survey

import (
	"context"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/platform/access"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
)

// bind binds the background work.
func (s *Service) bind(runner *jobs.Runner) {
	if runner == nil {
		return
	}
	jobs.Handle(runner, notify.ToAsked, s.deliver)
	runner.Every(24*time.Hour, "survey.sweep", func(ctx context.Context) error {
		_, err := s.Sweep(ctx, access.System("survey.sweep", access.JobRun))
		return err
	})
}

// Sweep removes the codes whose time is over, and gives how many there were. It writes all
// else that could still change anew in one transaction, so that on PostgreSQL, where a row
// tells which transaction wrote it last, none tells by the next day when that was.
func (s *Service) Sweep(ctx context.Context, actor access.Actor) (int, error) {
	if _, err := actor.Require(access.JobRun); err != nil {
		return 0, err
	}
	var n int64
	err := s.db.Tx(ctx, func(tx *db.Tx) (err error) {
		n, err = tx.Exec(ctx, `delete from survey_codes where until < $1`, monthOf(today(tx)))
		if err != nil {
			return err
		}
		if err := touchTx(ctx, tx); err != nil || n == 0 {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, ledger.Entry{Action: "survey.sweep", Subject: ledger.Subject{Type: "survey", ID: "codes"}})
	})
	return int(n), err
}

// touchTx writes what may have changed since yesterday anew, as it is.
func touchTx(ctx context.Context, tx *db.Tx) error {
	since := monthOf(today(tx).AddDays(-2))
	if _, err := tx.Exec(ctx, `update survey_tallies set n = n where month >= $1`, since); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update survey_texts set month = month where month >= $1`, since); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `update survey_codes set until = until`)
	return err
}
