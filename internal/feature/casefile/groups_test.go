package casefile

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/program"
)

// group is an open group of Toluca that gives the group sessions of CeDeMas+.
func (h *house) group(open bool, capacity int, first clock.Date) string {
	h.t.Helper()
	h.opened++
	v, id := h.version("CeDeMas+"), db.NewID()
	i := slices.IndexFunc(v.Components, func(c program.Component) bool { return c.Group })
	venue := got(h.centers.Venues(h.ctx, h.manager, h.toluca))(h.t)[0].ID
	h.tx(func(tx *db.Tx) error {
		_, err := tx.Exec(h.ctx, `insert into program_groups (id, center_id, version_id, component_id, name, open_entry, capacity, venue_id,
				room_id, first_on, starts_at, minutes, mode, revision, opened_at, opened_by, confirmed_by, closed_by, close_reason)
			values ($1, $2, $3, $4, $5, $6, $7, $8, '', $9, '16:00', 120, 'in_person', 1, $10, '', '', '', '')`,
			id, h.toluca, v.ID, v.Components[i].ID, fmt.Sprintf("Grupo %d", h.opened), open, capacity, venue, first, db.At(h.clk.Now()))
		return err
	})
	return id
}

// TestGroups joins, leaves and takes up the topic again; a full group, one that has begun
// and one with somebody whom he must not meet refuse him.
func TestGroups(t *testing.T) {
	each(t, func(h *house) {
		first := clock.MustDate("2026-11-24")
		one, two := h.active(h.case1(obliged)), h.active(h.case1(obliged))
		g := h.group(true, 1, first)
		j := got(h.JoinGroup(h.ctx, h.manager, one, g))(h.t)
		if j.From != first || j.AtSession != 1 || j.Again {
			h.t.Errorf("joined %+v", j)
		}
		_, err := h.JoinGroup(h.ctx, h.manager, one, g)
		h.refused("twice", err, fault.Invalid, "group")
		_, err = h.JoinGroup(h.ctx, h.manager, two, g)
		h.refused("full", err, fault.Invalid, "group")
		if m := h.members(g, first); len(m) != 1 || m[0].ID != one {
			h.t.Errorf("members %+v", m)
		}
		h.clk.Set(first.AddDays(15).At(9, 0)) // two sessions were held, the third is next
		h.must(h.LeaveGroup(h.ctx, h.manager, one, g))
		h.refused("left twice", h.LeaveGroup(h.ctx, h.manager, one, g), fault.Conflict, "")
		late := h.group(true, 8, clock.DateOf(h.clk.Now()))
		if j = got(h.JoinGroup(h.ctx, h.manager, one, late))(h.t); !j.Again || j.AtSession < 3 {
			h.t.Errorf("took up %+v, want the session at which he left", j)
		}
		begun := h.group(false, 8, first)
		_, err = h.JoinGroup(h.ctx, h.manager, two, begun)
		h.refused("closed and begun", err, fault.Invalid, "group")
		h.apart(one, two, late)
	})
}

// apart keeps two people from one group, without saying why.
func (h *house) apart(one, two, group string) {
	h.t.Helper()
	folio := h.text(`select folio from case_files where id = $1`, one)
	h.refused("no folio", h.KeepApart(h.ctx, h.manager, two, "", why), fault.Invalid, "folio")
	h.must(h.KeepApart(h.ctx, h.manager, two, folio, "Es su hermano y lo amenazó."))
	_, err := h.JoinGroup(h.ctx, h.manager, two, group)
	h.refused("kept apart", err, fault.Invalid, "group")
	said := fault.FieldsOf(err)["group"].In(i18n.Spanish)
	for _, secret := range []string{"hermano", "Ficticio", folio, "coincidir", "separ"} {
		if strings.Contains(said, secret) {
			h.t.Errorf("the refusal says %q", said)
		}
	}
	h.must(h.MeetAgain(h.ctx, h.manager, two, one))
	got(h.JoinGroup(h.ctx, h.manager, two, group))(h.t)
}

func (h *house) members(group string, on clock.Date) (all []Case) {
	h.t.Helper()
	h.tx(func(tx *db.Tx) (err error) { all, err = h.MembersTx(h.ctx, tx, group, on); return err })
	return all
}

// TestNextAtGroup checks that the first session in a group is the next appointment of who
// joins it, once the sessions stand in the agenda, and not where one comes before it.
func TestNextAtGroup(t *testing.T) {
	each(t, func(h *house) {
		first := clock.MustDate("2026-11-24")
		one, two, three := h.active(h.case1(obliged)), h.active(h.case1(obliged)), h.active(h.case1(obliged))
		next := func(who, id string, want time.Time) {
			h.t.Helper()
			var got db.Time
			h.tx(func(tx *db.Tx) error { return tx.Get(h.ctx, &got, `select next_at from case_files where id = $1`, id) })
			if !got.Equal(want) {
				h.t.Errorf("%s: next at %s, want %s", who, got, want)
			}
		}
		g := h.group(true, 8, first)
		h.tx(func(tx *db.Tx) error { return h.NextTx(h.ctx, tx, one, time.Time{}) })
		got(h.JoinGroup(h.ctx, h.manager, one, g))(h.t)
		next("sessions not in the agenda", one, time.Time{})
		h.tx(func(tx *db.Tx) error {
			_, err := tx.Exec(h.ctx, `update program_groups set confirmed_at = $1, confirmed_by = '' where id = $2`, db.At(h.clk.Now()), g)
			return err
		})
		h.tx(func(tx *db.Tx) error { return h.NextTx(h.ctx, tx, two, time.Time{}) })
		got(h.JoinGroup(h.ctx, h.manager, two, g))(h.t)
		next("none before", two, first.At(16, 0))
		h.tx(func(tx *db.Tx) error { return h.NextTx(h.ctx, tx, three, first.At(10, 0)) })
		got(h.JoinGroup(h.ctx, h.manager, three, g))(h.t)
		next("one before", three, first.At(10, 0))
	})
}
