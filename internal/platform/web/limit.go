package web

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
)

// maxLimited is how many addresses a limiter remembers, at two generations.
const maxLimited = 20_000

// Limit lets each client address through perMinute times, burst at once, and answers
// TooMany beyond. Name tells limiters apart in the log. The count is of this process;
// what must hold over several is counted in the database by its feature.
func Limit(name string, perMinute, burst int, h Handler) Handler {
	l := newLimiter(rate.Limit(float64(perMinute)/60), burst)
	return func(r *Request) (Response, error) {
		if !l.allow(limitKey(r.IP()), r.Now) {
			return nil, fault.Wrap(fault.TooMany, i18n.M("Hubo demasiados intentos desde su conexión. Espere un minuto y vuelva a intentarlo."), errLimited(name))
		}
		return h(r)
	}
}

type errLimited string

func (e errLimited) Error() string { return "web: limit " + string(e) }

// limiter keeps one bucket for each key in two generations: when the young one is full
// it becomes the old one, whose keys are forgotten unless they were used again.
type limiter struct {
	every rate.Limit
	burst int

	mu         sync.Mutex
	young, old map[string]*rate.Limiter
}

func newLimiter(every rate.Limit, burst int) *limiter {
	return &limiter{every: every, burst: burst, young: map[string]*rate.Limiter{}}
}

func (l *limiter) allow(key string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket, ok := l.young[key]
	if !ok {
		if bucket, ok = l.old[key]; !ok {
			bucket = rate.NewLimiter(l.every, l.burst)
		}
		if len(l.young) >= maxLimited/2 {
			l.old, l.young = l.young, map[string]*rate.Limiter{}
		}
		l.young[key] = bucket
	}
	return bucket.AllowN(now, 1)
}

// limitKey counts an IPv6 client by its /64, of which it may use every address.
func limitKey(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil || addr.Is4() {
		return ip
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return ip
	}
	return prefix.String()
}
