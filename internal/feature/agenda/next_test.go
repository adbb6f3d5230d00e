package agenda

import (
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
)

// TestNextFollowsGroups checks that a session of the person's group is his next
// appointment: once it is in the agenda, after one is over, and when one is moved or
// called off.
func TestNextFollowsGroups(t *testing.T) {
	each(t, func(h *house) {
		h.at("2026-11-23", 9, 0)
		id := h.planned("judgment")
		g := h.group(4, clock.MustDate("2026-11-24"), id)
		next := func(when, day string, hour int) {
			h.t.Helper()
			var got db.Time
			h.must(h.d.View(h.ctx, func(tx *db.Tx) error { return tx.Get(h.ctx, &got, `select next_at from case_files where id = $1`, id) }))
			if want := clock.MustDate(day).At(hour, 0); !got.Equal(want) {
				h.t.Errorf("%s: the next appointment is at %s, want %s", when, clock.FormatMX(got.Time), clock.FormatMX(want))
			}
		}
		h.must(h.Confirm(h.ctx, h.manager, g))
		next("confirmed", "2026-11-24", 16)
		sessions := h.texts(`select id from appointments where group_id = $1 order by starts_at`, g)
		h.at("2026-11-24", 18, 0)
		h.mark(sessions[0], id, "present")
		next("the first is over", "2026-12-01", 16)
		h.must(h.MoveSession(h.ctx, h.manager, sessions[1], Shift{Date: "02/12/2026", Time: "15:00", Change: Change{Side: string(ByCenter), Reason: "room"}}))
		next("the second is moved", "2026-12-02", 15)
		got(h.CloseDay(h.ctx, h.manager, clock.MustDate("2026-12-02")))(h.t)
		next("and called off", "2026-12-08", 16)
	})
}
