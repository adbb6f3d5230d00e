package followup

import "testing"

// TestUnknownIsNeverNo holds the promise of DOMAIN, "Completion and follow-up".
func TestUnknownIsNeverNo(t *testing.T) {
	for _, c := range []struct {
		given Known
		want  Known
	}{
		{Yes, Yes}, {No, No}, {Unknown, Unknown}, {"", Unknown}, {"NO", Unknown}, {"not_specified", Unknown}, {" no", Unknown}, {"0", Unknown}, {"false", Unknown},
	} {
		t.Run("of "+string(c.given), func(t *testing.T) {
			if got := c.given.Value(); got != c.want {
				t.Errorf("%q counts as %s, want %s", c.given, got, c.want)
			}
			var tally Tally
			tally.Add(c.given, 2)
			want := map[Known]Tally{Yes: {Yes: 2}, No: {No: 2}, Unknown: {Unknown: 2}}[c.want]
			if tally != want || tally.All() != 2 || tally.Known() != want.Yes+want.No {
				t.Errorf("%q is tallied as %+v, want %+v", c.given, tally, want)
			}
		})
	}
}

// TestFiguresKeepUnknownApart sums rows as the page does.
func TestFiguresKeepUnknownApart(t *testing.T) {
	got := figures([]figureRow{
		{Nth: 1, Months: 3, Answered: true, Reached: Yes, Relapse: No, Abstains: Yes, N: 4},
		{Nth: 1, Months: 3, Answered: true, Reached: Yes, Relapse: Unknown, Abstains: Unknown, N: 3},
		{Nth: 1, Months: 3, Answered: true, Reached: No, Relapse: Yes, Abstains: Unknown, N: 2},
		{Nth: 1, Months: 3, EndedWhy: endUnreached, N: 5},
		{Nth: 1, Months: 3, EndedWhy: endClosed, N: 1},
		{Nth: 1, Months: 3, N: 6},
		{Nth: 2, Months: 6, N: 1},
	})
	want := Figure{Nth: 1, Months: 3, All: 21, Reached: 7, Unreached: 7, Undone: 1, Waiting: 6,
		Relapse: Tally{Yes: 2, No: 4, Unknown: 3}, Abstains: Tally{Yes: 4, Unknown: 5}}
	if len(got) != 2 || got[0] != want || got[1].Waiting != 1 {
		t.Errorf("got %+v, want %+v first", got, want)
	}
}
