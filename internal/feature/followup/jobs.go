package followup

import (
	"context"
	"time"

	"sigue/internal/feature/casefile"
	"sigue/internal/platform/access"
	"sigue/internal/platform/jobs"
)

// bind binds the background work.
func (s *Service) bind(runner *jobs.Runner) {
	if runner == nil {
		return
	}
	jobs.Handle(runner, casefile.Concluded, s.completed)
	jobs.Handle(runner, casefile.Opened, s.opened)
	runner.Every(24*time.Hour, "followup.day", func(ctx context.Context) error {
		_, err := s.Day(ctx, access.System("followup.day", access.JobRun))
		return err
	})
}
