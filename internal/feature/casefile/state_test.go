package casefile

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sigue/internal/base/fault"
)

// TestRandomMoves tries moves at random: a state that is not listed, a way between states
// that is not declared, or a refused move that changes something, is never reached.
func TestRandomMoves(t *testing.T) {
	var all []Move
	for m := range moves {
		all = append(all, m)
	}
	slices.Sort(all)
	dice := rand.New(rand.NewPCG(1, 2))
	seen := map[State]bool{}
	for range 3000 {
		f, now := Facts{}, time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)
		for range 25 {
			now = now.Add(time.Duration(dice.IntN(3)-1) * time.Second) // clocks of two machines
			from, m := f.State(), all[dice.IntN(len(all))]
			next, err := f.after(m, now)
			to := next.State()
			seen[to] = true
			switch {
			case err != nil && (next != f || from.Can(m)):
				t.Fatalf("%s from %s: refused, and %+v became %+v", m, from, f, next)
			case err == nil && !slices.Contains(transitions[from], to):
				t.Fatalf("%s leads from %s to %s, which is not declared", m, from, to)
			case !slices.Contains(States, to):
				t.Fatalf("%s leads to the unknown state %q", m, to)
			}
			f = next
		}
	}
	for _, s := range States {
		if !seen[s] {
			t.Errorf("%s was never reached", s)
		}
		if s.Label().IsZero() {
			t.Errorf("%s has no name", s)
		}
	}
}

// TestMovesAreDeclared compares the two tables: every move leads along a declared way, and
// every declared way has a move.
func TestMovesAreDeclared(t *testing.T) {
	have := map[State][]State{}
	for m, from := range moves {
		for _, s := range from {
			next, err := reach(s).after(m, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
			if err != nil {
				t.Fatalf("%s from %s: %v", m, s, err)
			}
			have[s] = append(have[s], next.State())
		}
	}
	for from, ways := range transitions {
		for _, to := range ways {
			if !slices.Contains(have[from], to) {
				t.Errorf("no move leads from %s to %s", from, to)
			}
		}
	}
	if _, err := reach(Closed).after(Drop, time.Now()); !fault.Is(err, fault.Conflict) {
		t.Errorf("a closed file is discharged: %v", err)
	}
}

// reach gives facts of a state.
func reach(s State) Facts {
	at := time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)
	f := Facts{OpenedAt: at}
	way := map[State][]Move{
		ToSchedule: nil, Scheduled: {Schedule}, InAssessment: {Present}, WaitingList: {Present, Wait}, Active: {Present, Admit},
		Suspended: {Present, Admit, Suspend}, Completed: {Present, Admit, Complete}, Discharged: {Drop}, ReferredOut: {ReferOut},
		InFollowup: {Drop, Follow}, Closed: {Drop, Close},
	}
	for _, m := range way[s] {
		f, _ = f.after(m, at)
	}
	return f
}

// TestScore counts answers by weights and cut-offs; it is pure.
func TestScore(t *testing.T) {
	in := Instrument{
		Items: []Item{
			{Code: "a", Kind: OneOf, Choices: []Choice{{"no", "", 0}, {"yes", "", 2}}},
			{Code: "b", Kind: Number, Min: 0, Max: 10, Weight: 1, Optional: true},
			{Code: "c", Kind: Open, Optional: true},
		},
		Bands: []Band{{0, "baja", ""}, {3, "media", ""}, {8, "alta", ""}},
	}
	for _, test := range []struct {
		name    string
		answers Answers
		score   int
		band    string
		wrong   string // field
	}{
		{"nothing", Answers{}, 0, "baja", "a"},
		{"no", Answers{"a": "no"}, 0, "baja", ""},
		{"below a cut-off", Answers{"a": "yes"}, 2, "baja", ""},
		{"on a cut-off", Answers{"a": "yes", "b": "1"}, 3, "media", ""},
		{"the most", Answers{"a": "yes", "b": "10", "c": "texto"}, 12, "alta", ""},
		{"no choice of it", Answers{"a": "quizá"}, 0, "baja", "a"},
		{"out of range", Answers{"a": "yes", "b": "11"}, 2, "baja", "b"},
		{"no number", Answers{"a": "yes", "b": "dos"}, 2, "baja", "b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := in.Score(test.answers)
			if got.Score != test.score || got.Band.Name != test.band || got.Of != 12 {
				t.Errorf("got %+v, want %d, %s of 12", got, test.score, test.band)
			}
			_, err := in.Check(test.answers)
			if m, wrong := fault.FieldsOf(err)[test.wrong]; wrong != (test.wrong != "") || wrong && m.IsZero() || err != nil && test.wrong == "" {
				t.Errorf("check: %v, want something at %q", fault.FieldsOf(err), test.wrong)
			}
		})
	}
}
