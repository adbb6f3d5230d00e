package agenda

import (
	"context"
	"time"

	"sigue/internal/platform/access"
	"sigue/internal/platform/jobs"
)

// bind binds the background work.
func (s *Service) bind(runner *jobs.Runner) {
	if runner == nil {
		return
	}
	runner.Every(time.Hour, "agenda.tell_due", func(ctx context.Context) error {
		_, err := s.TellDue(ctx, access.System("agenda.tell_due", access.JobRun))
		return err
	})
}
