package casefile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
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
		j := got(h.join(h.manager, one, g))(h.t)
		if j.From != first || j.AtSession != 1 || j.Again {
			h.t.Errorf("joined %+v", j)
		}
		_, err := h.join(h.manager, one, g)
		h.refused("twice", err, fault.Invalid, "group")
		_, err = h.join(h.manager, two, g)
		h.refused("full", err, fault.Invalid, "group")
		if m := h.members(g, first); len(m) != 1 || m[0].ID != one {
			h.t.Errorf("members %+v", m)
		}
		h.clk.Set(first.AddDays(15).At(9, 0)) // two sessions were held, the third is next
		h.must(h.LeaveGroup(h.ctx, h.manager, one, g))
		h.refused("left twice", h.LeaveGroup(h.ctx, h.manager, one, g), fault.Conflict, "")
		late := h.group(true, 8, clock.DateOf(h.clk.Now()))
		got(h.join(h.manager, one, late))(h.t)
		begun := h.group(false, 8, first)
		_, err = h.join(h.manager, two, begun)
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
	_, err := h.join(h.manager, two, group)
	h.refused("kept apart", err, fault.Invalid, "group")
	said := fault.FieldsOf(err)["group"].In(i18n.Spanish)
	for _, secret := range []string{"hermano", "Ficticio", folio, "coincidir", "separ"} {
		if strings.Contains(said, secret) {
			h.t.Errorf("the refusal says %q", said)
		}
	}
	h.must(h.MeetAgain(h.ctx, h.manager, two, one))
	got(h.join(h.manager, two, group))(h.t)
}

// join puts somebody into a group at its next session by the plan; where he begins is the
// agenda's to say.
func (h *house) join(actor access.Actor, id, group string) (j Joined, err error) {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return j, err
	}
	return j, h.Service.db.Tx(h.ctx, func(tx *db.Tx) error {
		seat, err := h.SeatTx(h.ctx, tx, actor, scope, id, group)
		if err != nil {
			return err
		}
		cal, err := h.Service.catalogue.CalendarTx(h.ctx, tx, seat.Group.CenterID)
		if err != nil {
			return err
		}
		for _, p := range program.PlanSessions(seat.Group, seat.Part.Prescribed, cal) {
			if !p.On.Before(today(tx)) {
				j = Joined{Group: seat.Group, From: p.On, AtSession: p.Number}
				break
			}
		}
		return h.JoinTx(h.ctx, tx, actor, seat, j)
	})
}

func (h *house) members(group string, on clock.Date) (all []Case) {
	h.t.Helper()
	h.tx(func(tx *db.Tx) (err error) { all, err = h.MembersTx(h.ctx, tx, group, on); return err })
	return all
}
