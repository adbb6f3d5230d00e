package program

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/access"
	"sigue/internal/platform/jobs"
)

// ChangedGroup is a group that ended, or whose staff changed.
type ChangedGroup struct {
	GroupID string `json:"group_id"`
}

// Changed is the work that follows in the rooms above, put in with the change.
var Changed = jobs.Kind[ChangedGroup]{Name: "group.changed"}

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

// StaffForm is who leads a group from a day on, as it was typed; Until only for a cover.
type StaffForm struct{ Role, Account, From, Until string }

// check gives the row that was typed, for a group whose staff is known.
func (f StaffForm) check(g Group, staff []Staff, works []identity.Staff, today clock.Date) (Staff, error) {
	var form fault.Form
	one := Staff{GroupID: g.ID, Account: f.Account, Role: StaffRole(f.Role)}
	if one.Role.Label().IsZero() {
		form.Add("role", i18n.M("Elija qué hará en el grupo."))
	}
	if !slices.ContainsFunc(works, func(s identity.Staff) bool { return s.Account == f.Account }) {
		form.Add("account", i18n.M("Elija a alguien del centro que puede pasar lista."))
	}
	one.From = day(&form, "from", f.From, i18n.M("Escriba desde qué día."))
	switch least := later(today, g.FirstOn); {
	case !one.From.IsZero() && one.From.Before(least):
		form.Add("from", i18n.M("Escriba un día desde el %s: lo que ya pasó no cambia.", least.MX()))
	case one.Role == Cover:
		one.Until = day(&form, "until", f.Until, i18n.M("Escriba hasta qué día cubre; si es uno solo, el mismo."))
		if !one.Until.IsZero() && one.Until.Before(one.From) {
			form.Add("until", i18n.M("El último día es anterior al primero. Revise las dos fechas."))
		}
	case strings.TrimSpace(f.Until) != "":
		form.Add("until", i18n.M("Solo quien cubre lleva último día. Deje vacía la casilla."))
	}
	if form.Err() == nil {
		for _, other := range staff {
			if other.Account == one.Account && other.Role != one.Role && other.overlaps(one) {
				form.Add("account", i18n.M("Ya está en el grupo en esos días. Elija a otra persona."))
			}
		}
	}
	return one, form.Err()
}

// overlaps tells whether two rows hold on a common day.
func (s Staff) overlaps(o Staff) bool {
	return (s.Until.IsZero() || !s.Until.Before(o.From)) && (o.Until.IsZero() || !o.Until.Before(s.From))
}

func later(a, b clock.Date) clock.Date {
	if a.Before(b) {
		return b
	}
	return a
}

// day reads a date that has to be there.
func day(form *fault.Form, name, typed string, missing i18n.Msg) clock.Date {
	if strings.TrimSpace(typed) == "" {
		form.Add(name, missing)
		return clock.Date{}
	}
	return clock.FormDate(form, name, typed)
}

// SetStaff says who leads a group, or one of the pair, from a day on; or who covers for
// some days. Whoever did so before ends on the eve. What has passed stays as it was.
func (s *Service) SetStaff(ctx context.Context, actor access.Actor, group string, f StaffForm) error {
	return s.changeGroup(ctx, actor, group, func(ctx context.Context, tx *db.Tx, g Group) error {
		staff, err := s.StaffTx(ctx, tx, group)
		if err != nil {
			return err
		}
		works, err := s.recordersTx(ctx, tx, g.CenterID)
		if err != nil {
			return err
		}
		one, err := f.check(g, staff, works, today(tx))
		if err != nil {
			return err
		}
		if one.Role != Cover {
			if err := endStaff(ctx, tx, one); err != nil {
				return err
			}
		}
		if err := insertStaff(ctx, tx, one); err != nil {
			return err
		}
		if err := Changed.EnqueueTx(ctx, tx, ChangedGroup{GroupID: g.ID}, jobs.Options{}); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, groupEntry("group.staff", g, changesOf(
			change{string(one.Role), "", one.Account}, change{"from", "", one.From.String()}, change{"until", "", one.Until.String()})...))
	})
}

// endStaff ends on the eve whoever has the role on the first day of another, and takes
// out those who would only have begun.
func endStaff(ctx context.Context, tx *db.Tx, next Staff) error {
	if _, err := tx.Exec(ctx, `delete from group_staff where group_id = $1 and role = $2 and from_on >= $3`, next.GroupID, next.Role, next.From); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `update group_staff set until_on = $1 where group_id = $2 and role = $3 and (until_on is null or until_on >= $4)`,
		next.From.AddDays(-1), next.GroupID, next.Role, next.From)
	return err
}

// EndCover ends a cover today, or takes it out when it has not begun.
func (s *Service) EndCover(ctx context.Context, actor access.Actor, group, id string) error {
	return s.changeGroup(ctx, actor, group, func(ctx context.Context, tx *db.Tx, g Group) error {
		staff, err := s.StaffTx(ctx, tx, group)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(staff, func(one Staff) bool { return one.ID == id && one.Role == Cover })
		if at < 0 {
			return fault.Missing()
		}
		one, now := staff[at], today(tx)
		switch {
		case one.From.After(now):
			_, err = tx.Exec(ctx, `delete from group_staff where id = $1`, id)
		case one.Until.After(now):
			_, err = tx.Exec(ctx, `update group_staff set until_on = $1 where id = $2`, now, id)
		default: // over already: what was asked for holds
			return nil
		}
		if err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, groupEntry("group.cover_end", g, changesOf(change{"cover", one.Account, ""})...))
	})
}

func insertStaff(ctx context.Context, tx *db.Tx, one Staff) error {
	_, err := tx.Exec(ctx, `insert into group_staff (id, group_id, account_id, role, from_on, until_on) values ($1, $2, $3, $4, $5, $6)`,
		db.NewID(), one.GroupID, one.Account, one.Role, one.From, one.Until)
	return err
}

// lead fills in the pair of a day; before the group begins, that of its first day.
func (g *Group) lead(staff []Staff, today clock.Date) {
	day := later(today, g.FirstOn)
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
