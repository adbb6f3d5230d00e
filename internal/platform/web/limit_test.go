package web

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"sigue/internal/base/fault"
)

func TestLimit(t *testing.T) {
	now := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
	h := Limit("sign-in", 6, 2, func(*Request) (Response, error) { return NoContent(), nil })
	ask := func(ip string, after time.Duration) error {
		_, err := h(&Request{Request: httptest.NewRequest("POST", "/", nil), ip: ip, Now: now.Add(after)})
		return err
	}
	for _, step := range []struct {
		name, ip string
		after    time.Duration
		through  bool
	}{
		{"first", "192.0.2.1", 0, true},
		{"second at once", "192.0.2.1", 0, true},
		{"third at once", "192.0.2.1", 0, false},
		{"somebody else", "192.0.2.2", 0, true},
		{"nine seconds later", "192.0.2.1", 9 * time.Second, false},
		{"ten seconds later", "192.0.2.1", 10 * time.Second, true},
		{"a network of version 6", "2001:db8::1", 0, true},
		{"its neighbour", "2001:db8::2", 0, true},
		{"another neighbour", "2001:db8:0:0:ffff::3", 0, false},
		{"the next network", "2001:db8:0:1::1", 0, true},
	} {
		err := ask(step.ip, step.after)
		if (err == nil) != step.through {
			t.Errorf("%s: got %v, want through %v", step.name, err, step.through)
		}
		if err != nil && !fault.Is(err, fault.TooMany) {
			t.Errorf("%s: got %v, want TooMany", step.name, err)
		}
	}
}

func TestLimiterForgets(t *testing.T) {
	now := time.Now()
	l := newLimiter(rate.Limit(0.001), 1)
	l.allow("busy", now)
	for i := range 3 * maxLimited {
		l.allow(fmt.Sprint(i), now)
		if i%1000 == 0 && l.allow("busy", now) {
			t.Fatalf("got a busy address forgotten after %d others", i)
		}
		if got := len(l.young) + len(l.old); got > maxLimited {
			t.Fatalf("got %d addresses in memory, want at most %d", got, maxLimited)
		}
	}
}
