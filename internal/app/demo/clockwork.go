package demo

import (
	"container/heap"
	"context"
	"fmt"
	"time"

	"sigue/internal/base/clock"
)

// scene is something that happens at an instant of the past that is told.
type scene struct {
	at   time.Time
	nth  int // of those at one instant, the one put in first comes first
	play func(ctx context.Context) error
}

// scenes are what is still to come, as a heap.
type scenes []scene

func (s scenes) Len() int { return len(s) }
func (s scenes) Less(a, b int) bool {
	return s[a].at.Before(s[b].at) || s[a].at.Equal(s[b].at) && s[a].nth < s[b].nth
}
func (s scenes) Swap(a, b int) { s[a], s[b] = s[b], s[a] }
func (s *scenes) Push(x any)   { *s = append(*s, x.(scene)) }
func (s *scenes) Pop() any {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}

// on plans that something happens at an instant. What lies after now never does.
func (t *teller) on(at time.Time, play func(ctx context.Context) error) {
	if at.After(t.now) {
		return
	}
	if at.Before(t.clock.Now()) {
		at = t.clock.Now() // time goes one way
	}
	t.planned++
	heap.Push(&t.ahead, scene{at, t.planned, play})
}

// play moves the clock through everything that was planned, and what follows from it.
func (t *teller) play(ctx context.Context) error {
	for len(t.ahead) > 0 {
		next := heap.Pop(&t.ahead).(scene)
		if next.at.After(t.clock.Now()) { // a scene may take minutes
			t.clock.Set(next.at)
		}
		if err := next.play(ctx); err != nil {
			return fmt.Errorf("demo: %s: %w", clock.FormatMX(next.at), err)
		}
	}
	return nil
}

// today is the local day of the instant that is told.
func (t *teller) today() clock.Date { return clock.DateOf(t.clock.Now()) }

// People do things at round times here: what happens at one instant reads the lists and
// rules once.

// workday is the instant so many business days after another, in the hours of an office.
func (t *teller) workday(from time.Time, days int) time.Time {
	day := t.calendar.Add(clock.DateOf(from), days)
	return day.At(9, 10+30*t.dice.IntN(15))
}

// soon is an instant itself in the hours of an office, else the next morning of one.
func (t *teller) soon(at time.Time) time.Time {
	local := at.In(clock.Zone())
	if day := clock.DateOf(at); !t.calendar.IsBusinessDay(day) || local.Hour() >= 17 {
		return t.workday(at, 1)
	} else if local.Hour() < 9 {
		return day.At(9, 10)
	}
	return at
}
