package program

import (
	"context"
	"slices"
	"strings"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/center"
	"sigue/internal/platform/access"
)

// GroupView is a group as its pages show it.
type GroupView struct {
	Group
	Version   Version
	Component Component
	Center    string
	Venue     center.Venue
	Room      string  // name; empty when none was chosen
	Staff     []Staff // whoever leads it, did or will, in the order in which they begin

	names map[string]string
}

// NameOf is how somebody of the staff is shown: by post. The center is left out: all are
// of this one.
func (v *GroupView) NameOf(account string) string {
	return strings.TrimSuffix(v.names[account], ", "+v.Center)
}

// GroupPage is a list of groups.
type GroupPage struct {
	Rows []GroupView
	Next string // key of the next page; empty on the last
}

// groupPage is how many groups that ended stand on one page.
const groupPage = 50

// GroupViews lists the groups of the actor's center that run or will, in the order of the
// week.
func (s *Service) GroupViews(ctx context.Context, actor access.Actor) ([]GroupView, error) {
	scope, err := actor.Require(access.GroupRead)
	if err != nil {
		return nil, err
	}
	var views []GroupView
	err = s.db.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		groups, err := groupsTx(ctx, tx, scope.SQL(groupOwner, &args)+` and g.closed_at is null`, args...)
		if err != nil {
			return err
		}
		views, err = s.viewsTx(ctx, tx, groups)
		return err
	})
	return views, err
}

// EndedGroups lists the groups of the actor's center that ended, the last one first;
// after is the Next of the page above.
func (s *Service) EndedGroups(ctx context.Context, actor access.Actor, after string) (*GroupPage, error) {
	scope, err := actor.Require(access.GroupRead)
	if err != nil {
		return nil, err
	}
	page := &GroupPage{}
	err = s.db.View(ctx, func(tx *db.Tx) error {
		ids, err := endedTx(ctx, tx, scope, after)
		if err != nil {
			return err
		}
		if len(ids) > groupPage {
			ids = ids[:groupPage]
			page.Next = ids[groupPage-1]
		}
		var args db.Args
		in := args.In(ids)
		if in == "" {
			return nil
		}
		groups, err := groupsTx(ctx, tx, `g.id in (`+in+`)`, args...)
		if err != nil {
			return err
		}
		slices.SortFunc(groups, func(a, b Group) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
		page.Rows, err = s.viewsTx(ctx, tx, groups)
		return err
	})
	return page, err
}

// endedTx gives the ids of a page of ended groups, and one more when there is another
// page. A key that names no group of the scope starts the list anew.
func endedTx(ctx context.Context, tx *db.Tx, scope access.Scope, after string) ([]string, error) {
	var args db.Args
	where := scope.SQL(groupOwner, &args) + ` and g.closed_at is not null`
	if after != "" {
		last, err := reachGroup(ctx, tx, scope, after)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		if err == nil && last.Closed() {
			at, id := args.Add(db.At(last.ClosedAt)), args.Add(last.ID)
			where += ` and (g.closed_at < ` + at + ` or (g.closed_at = ` + at + ` and g.id < ` + id + `))`
		}
	}
	var ids []string
	err := tx.Select(ctx, &ids, `select g.id from program_groups g where `+where+
		` order by g.closed_at desc, g.id desc limit `+args.Add(groupPage+1), args...)
	return ids, err
}

// GroupView gives one group of the actor's center for its page.
func (s *Service) GroupView(ctx context.Context, actor access.Actor, id string) (*GroupView, error) {
	scope, err := actor.Require(access.GroupRead)
	if err != nil {
		return nil, err
	}
	var view *GroupView
	err = s.db.View(ctx, func(tx *db.Tx) error {
		g, err := reachGroup(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		views, err := s.viewsTx(ctx, tx, []Group{g})
		if err == nil {
			view = &views[0]
		}
		return err
	})
	return view, err
}

// viewsTx completes groups for their pages.
func (s *Service) viewsTx(ctx context.Context, tx *db.Tx, groups []Group) ([]GroupView, error) {
	var ids, centers, versionIDs []string
	for _, g := range groups {
		ids, centers, versionIDs = append(ids, g.ID), append(centers, g.CenterID), append(versionIDs, g.VersionID)
	}
	staff, err := staffTx(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	centerNames, err := s.centers.NamesTx(ctx, tx, centers)
	if err != nil {
		return nil, err
	}
	versions, err := versionsByID(ctx, tx, versionIDs)
	if err != nil {
		return nil, err
	}
	views := make([]GroupView, len(groups))
	for i, g := range groups {
		v := GroupView{Group: g, Staff: staff[g.ID], Center: centerNames[g.CenterID], Version: versions[g.VersionID]}
		v.Component, _ = v.Version.Component(g.ComponentID)
		if err := s.placeTx(ctx, tx, &v); err != nil {
			return nil, err
		}
		views[i] = v
	}
	return views, nil
}

// versionsByID reads versions whole.
func versionsByID(ctx context.Context, tx *db.Tx, ids []string) (map[string]Version, error) {
	all := map[string]Version{}
	var args db.Args
	in := args.In(ids)
	if in == "" {
		return all, nil
	}
	versions, err := versionsTx(ctx, tx, `v.id in (`+in+`)`, args...)
	for _, v := range versions {
		all[v.ID] = v
	}
	return all, err
}

// placeTx adds to a view where it meets, and the names of who leads it.
func (s *Service) placeTx(ctx context.Context, tx *db.Tx, v *GroupView) error {
	var err error
	if v.Venue, err = s.centers.VenueTx(ctx, tx, v.VenueID); err != nil {
		return err
	}
	if v.RoomID != "" {
		room, err := s.centers.RoomTx(ctx, tx, v.RoomID)
		if err != nil {
			return err
		}
		v.Room = room.Name
	}
	accounts := make([]string, len(v.Staff))
	for i, one := range v.Staff {
		accounts[i] = one.Account
	}
	v.names, err = s.identity.NamesTx(ctx, tx, accounts)
	return err
}
