package notify

import (
	"errors"
	"sync"
	"time"
)

// restFor is how long nothing is sent after the mail server could not be reached.
const restFor = 10 * time.Second

// errResting postpones a delivery without an attempt.
var errResting = errors.New("the mail server did not answer a moment ago")

// rest keeps a mail server that does not answer from holding up every worker for the
// length of a timeout: after a failure one delivery at a time tries it again, the
// others step back at once. It is safe for many goroutines.
type rest struct {
	mu      sync.Mutex
	down    bool
	probing bool
	until   time.Time
}

// enter tells whether a delivery may try now; who may must leave.
func (r *rest) enter(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down && (r.probing || now.Before(r.until)) {
		return false
	}
	r.probing = r.down
	return true
}

// leave reports how it went.
func (r *rest) leave(now time.Time, reached bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down, r.probing = !reached, false
	if !reached {
		r.until = now.Add(restFor)
	}
}
