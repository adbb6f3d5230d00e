package program

import (
	"cmp"
	"context"
	"slices"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
)

// StaffRole is what somebody does in a group.
type StaffRole string

// The roles in a group.
const (
	Lead   StaffRole = "lead"
	CoLead StaffRole = "co"
	Cover  StaffRole = "cover" // stands in for one of the pair for some days
)

// Label is the role's name on screen; the zero Msg for a role that is not listed.
func (r StaffRole) Label() i18n.Msg {
	switch r {
	case Lead:
		return i18n.M("Facilita")
	case CoLead:
		return i18n.M("Cofacilita")
	case Cover:
		return i18n.M("Cubre")
	}
	return i18n.Msg{}
}

// Staff is somebody who leads a group from one day until another, both included.
type Staff struct {
	ID, GroupID, Account string
	Role                 StaffRole
	From                 clock.Date
	Until                clock.Date // zero while nobody follows
}

// On tells whether it holds on a day.
func (s Staff) On(day clock.Date) bool {
	return !s.From.After(day) && (s.Until.IsZero() || !s.Until.Before(day))
}

// staffTx reads who leads groups, by group, in the order in which they begin.
func staffTx(ctx context.Context, tx *db.Tx, groups []string) (map[string][]Staff, error) {
	all := map[string][]Staff{}
	var args db.Args
	in := args.In(groups)
	if in == "" {
		return all, nil
	}
	var rows []struct {
		ID      string     `db:"id"`
		GroupID string     `db:"group_id"`
		Account string     `db:"account_id"`
		Role    StaffRole  `db:"role"`
		From    clock.Date `db:"from_on"`
		Until   clock.Date `db:"until_on"`
	}
	err := tx.Select(ctx, &rows, `select id, group_id, account_id, role, from_on, until_on from group_staff
		where group_id in (`+in+`) order by from_on, id`, args...)
	for _, r := range rows {
		all[r.GroupID] = append(all[r.GroupID], Staff{r.ID, r.GroupID, r.Account, r.Role, r.From, r.Until})
	}
	return all, err
}

// StaffTx lists who leads a group, in the order in which they begin; [Staff.On] picks
// those of a day.
func (s *Service) StaffTx(ctx context.Context, tx *db.Tx, group string) ([]Staff, error) {
	staff, err := staffTx(ctx, tx, []string{group})
	return staff[group], err
}

// lead fills in the pair of a day; before the group begins, that of its first day.
func (g *Group) lead(staff []Staff, today clock.Date) {
	day := today
	if day.Before(g.FirstOn) {
		day = g.FirstOn
	}
	for _, s := range staff {
		switch {
		case !s.On(day):
		case s.Role == Lead:
			g.Lead = s.Account
		case s.Role == CoLead:
			g.CoLead = s.Account
		}
	}
}

// sortBy sorts by a text made of each element.
func sortBy[T any](all []T, key func(T) string) {
	slices.SortStableFunc(all, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
}
