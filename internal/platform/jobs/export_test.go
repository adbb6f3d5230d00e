package jobs

import "time"

// SetPoll makes a runner look for work more often than a program would.
func (r *Runner) SetPoll(d time.Duration) { r.poll = d }
