package agenda

import (
	"context"
	"time"

	"sigue/internal/feature/casefile"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/notify"
)

// bind binds the background work.
func (s *Service) bind(runner *jobs.Runner) {
	if runner == nil {
		return
	}
	jobs.Handle(runner, notify.ToPerson, s.deliver)
	jobs.Handle(runner, casefile.Moved, s.caseMoved)
	jobs.Handle(runner, casefile.Ended, s.caseEnded)
	jobs.Handle(runner, program.Changed, s.groupChanged)
	runner.Every(15*time.Minute, "agenda.remind", func(ctx context.Context) error {
		_, err := s.Remind(ctx, access.System("agenda.remind", access.JobRun))
		return err
	})
	runner.Every(24*time.Hour, "agenda.settle", func(ctx context.Context) error {
		_, err := s.Settle(ctx, access.System("agenda.settle", access.JobRun))
		return err
	})
	runner.Every(time.Hour, "agenda.tell_due", func(ctx context.Context) error {
		_, err := s.TellDue(ctx, access.System("agenda.tell_due", access.JobRun))
		return err
	})
}
