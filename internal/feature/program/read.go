package program

import (
	"context"
	"errors"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
)

// programRow is a program as stored.
type programRow struct {
	ID       string  `db:"id"`
	Name     string  `db:"name"`
	Summary  string  `db:"summary"`
	Revision int     `db:"revision"`
	ClosedAt db.Time `db:"closed_at"`
}

const programColumns = `p.id, p.name, p.summary, p.revision, p.closed_at`

func (r programRow) program() *Program {
	return &Program{ID: r.ID, Name: r.Name, Summary: r.Summary, Revision: r.Revision, ClosedAt: r.ClosedAt.Time}
}

// versionRow is a version as stored, with its program's name.
type versionRow struct {
	ID          string  `db:"id"`
	ProgramID   string  `db:"program_id"`
	ProgramName string  `db:"program_name"`
	Number      int     `db:"number"`
	Required    int     `db:"required"`
	GroupMin    int     `db:"group_min"`
	GroupMax    int     `db:"group_max"`
	Rules       string  `db:"rules"`
	Source      string  `db:"source"`
	Revision    int     `db:"revision"`
	CreatedAt   db.Time `db:"created_at"`
	PublishedAt db.Time `db:"published_at"`
	RetiredAt   db.Time `db:"retired_at"`
}

const versionColumns = `v.id, v.program_id, p.name as program_name, v.number, v.required, v.group_min, v.group_max, v.rules,
	v.source, v.revision, v.created_at, v.published_at, v.retired_at`

func (r versionRow) version() Version {
	return Version{
		ID: r.ID, ProgramID: r.ProgramID, ProgramName: r.ProgramName, Number: r.Number, Required: r.Required,
		GroupMin: r.GroupMin, GroupMax: r.GroupMax, Rules: r.Rules, Source: r.Source, Revision: r.Revision,
		CreatedAt: r.CreatedAt.Time, PublishedAt: r.PublishedAt.Time, RetiredAt: r.RetiredAt.Time,
	}
}

// onlyPublished leaves drafts to whoever edits programs.
const onlyPublished = ` and v.published_at is not null`

// versionsTx reads versions whole, of each program the newest first; where is a condition
// of this package.
func versionsTx(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Version, error) {
	var rows []versionRow
	if err := tx.Select(ctx, &rows, `select `+versionColumns+` from program_versions v join programs p on p.id = v.program_id
		where `+where+` order by v.program_id, v.number desc`, args...); err != nil {
		return nil, err
	}
	all := make([]Version, len(rows))
	ids := make([]string, len(rows))
	for i, r := range rows {
		all[i], ids[i] = r.version(), r.ID
	}
	return all, contentTx(ctx, tx, all, ids)
}

// contentTx reads the components, sessions and topics of versions.
func contentTx(ctx context.Context, tx *db.Tx, versions []Version, ids []string) error {
	var args db.Args
	in := args.In(ids)
	if in == "" {
		return nil
	}
	topics, err := topicsTx(ctx, tx, in, args)
	if err != nil {
		return err
	}
	sessions, err := sessionsTx(ctx, tx, in, args)
	if err != nil {
		return err
	}
	var components []struct {
		ID        string      `db:"id"`
		VersionID string      `db:"version_id"`
		Area      ServiceArea `db:"area"`
		Name      string      `db:"name"`
		Minutes   int         `db:"minutes"`
		EveryDays int         `db:"every_days"`
	}
	if err := tx.Select(ctx, &components, `select id, version_id, area, name, minutes, every_days from program_components
		where version_id in (`+in+`) order by version_id, position, id`, args...); err != nil {
		return err
	}
	byID := map[string]*Version{}
	for i := range versions {
		byID[versions[i].ID] = &versions[i]
		versions[i].Topics = topics[versions[i].ID]
	}
	for _, c := range components {
		v := byID[c.VersionID]
		v.Components = append(v.Components, Component{
			ID: c.ID, Area: c.Area, Name: c.Name, Group: c.Area == InGroup, Minutes: c.Minutes, EveryDays: c.EveryDays,
			Sessions: sessions[c.ID],
		})
	}
	return nil
}

// topicsTx reads the topics of versions, by version.
func topicsTx(ctx context.Context, tx *db.Tx, in string, args []any) (map[string][]Topic, error) {
	var rows []struct {
		ID        string `db:"id"`
		VersionID string `db:"version_id"`
		Title     string `db:"title"`
	}
	err := tx.Select(ctx, &rows, `select id, version_id, title from program_topics
		where version_id in (`+in+`) order by version_id, position, id`, args...)
	all := map[string][]Topic{}
	for _, r := range rows {
		all[r.VersionID] = append(all[r.VersionID], Topic{r.ID, r.Title})
	}
	return all, err
}

// sessionsTx reads the sessions of versions with their topics, by component.
func sessionsTx(ctx context.Context, tx *db.Tx, in string, args []any) (map[string][]Session, error) {
	var links []struct {
		SessionID string `db:"session_id"`
		ID        string `db:"id"`
		Title     string `db:"title"`
	}
	if err := tx.Select(ctx, &links, `select l.session_id, t.id, t.title from program_session_topics l
		join program_topics t on t.id = l.topic_id where t.version_id in (`+in+`) order by t.position, t.id`, args...); err != nil {
		return nil, err
	}
	topics := map[string][]Topic{}
	for _, l := range links {
		topics[l.SessionID] = append(topics[l.SessionID], Topic{l.ID, l.Title})
	}
	var rows []struct {
		ID          string `db:"id"`
		ComponentID string `db:"component_id"`
		Number      int    `db:"number"`
		Title       string `db:"title"`
	}
	err := tx.Select(ctx, &rows, `select s.id, s.component_id, s.number, s.title from program_sessions s
		join program_components c on c.id = s.component_id where c.version_id in (`+in+`) order by s.component_id, s.number`, args...)
	all := map[string][]Session{}
	for _, r := range rows {
		all[r.ComponentID] = append(all[r.ComponentID], Session{r.ID, r.Number, r.Title, topics[r.ID]})
	}
	return all, err
}

// VersionTx gives a version, draft or published, or NotFound.
func (s *Service) VersionTx(ctx context.Context, tx *db.Tx, id string) (*Version, error) {
	found, err := versionsTx(ctx, tx, `v.id = $1`, id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fault.Missing()
	}
	return &found[0], nil
}

// Choices gives what a new plan may choose: the newest version that is offered of each
// program that is open, by name.
func (s *Service) Choices(ctx context.Context, actor access.Actor) ([]Version, error) {
	if _, err := actor.Require(access.ProgramRead); err != nil {
		return nil, err
	}
	var out []Version
	err := s.db.View(ctx, func(tx *db.Tx) error {
		programs, err := programsTx(ctx, tx, false, `p.closed_at is null`)
		for _, p := range programs {
			if v := p.Current(); v != nil {
				out = append(out, *v)
			}
		}
		return err
	})
	return out, err
}

// programsTx reads programs with their versions, by name without regard to accents;
// where is a condition of this package.
func programsTx(ctx context.Context, tx *db.Tx, drafts bool, where string, args ...any) ([]*Program, error) {
	var rows []programRow
	if err := tx.Select(ctx, &rows, `select `+programColumns+` from programs p where `+where, args...); err != nil {
		return nil, err
	}
	if !drafts {
		where += onlyPublished
	}
	versions, err := versionsTx(ctx, tx, where, args...)
	if err != nil {
		return nil, err
	}
	byID := map[string]*Program{}
	var out []*Program
	for _, r := range rows {
		byID[r.ID] = r.program()
	}
	for _, v := range versions {
		byID[v.ProgramID].Versions = append(byID[v.ProgramID].Versions, v)
	}
	for _, r := range rows {
		if p := byID[r.ID]; drafts || len(p.Versions) > 0 {
			out = append(out, p)
		}
	}
	sortBy(out, func(p *Program) string { return catalogue.Fold(p.Name) + " " + p.ID })
	return out, nil
}

// Programs lists the programs, by name: those that were published, and for whoever edits
// them also those that are being written.
func (s *Service) Programs(ctx context.Context, actor access.Actor) ([]*Program, error) {
	if _, err := actor.Require(access.ProgramRead); err != nil {
		return nil, err
	}
	var out []*Program
	err := s.db.View(ctx, func(tx *db.Tx) error {
		var err error
		out, err = programsTx(ctx, tx, actor.May(access.ProgramManage), `1 = 1`)
		return err
	})
	return out, err
}

// Program gives one program with its versions.
func (s *Service) Program(ctx context.Context, actor access.Actor, id string) (*Program, error) {
	if _, err := actor.Require(access.ProgramRead); err != nil {
		return nil, err
	}
	var out *Program
	err := s.db.View(ctx, func(tx *db.Tx) error {
		found, err := programsTx(ctx, tx, actor.May(access.ProgramManage), `p.id = $1`, id)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fault.Missing()
		}
		out = found[0]
		return nil
	})
	return out, err
}

// Version gives one version; a draft only to whoever edits programs.
func (s *Service) Version(ctx context.Context, actor access.Actor, id string) (*Version, error) {
	if _, err := actor.Require(access.ProgramRead); err != nil {
		return nil, err
	}
	var v *Version
	err := s.db.View(ctx, func(tx *db.Tx) error {
		var err error
		if v, err = s.VersionTx(ctx, tx, id); err == nil && v.Draft() && !actor.May(access.ProgramManage) {
			err = fault.Missing()
		}
		return err
	})
	return v, err
}

// Draft gives a version to edit; a published one is a Conflict that says so.
func (s *Service) Draft(ctx context.Context, actor access.Actor, id string) (*Version, error) {
	if _, err := actor.Require(access.ProgramManage); err != nil {
		return nil, err
	}
	var v *Version
	err := s.db.View(ctx, func(tx *db.Tx) error {
		var err error
		if v, err = s.VersionTx(ctx, tx, id); err == nil && !v.Draft() {
			err = published(v)
		}
		return err
	})
	return v, err
}

// Forecast gives the end of a version that begins today, by the calendar of the actor's
// center.
func (s *Service) Forecast(ctx context.Context, actor access.Actor, v *Version) (clock.Date, error) {
	if _, err := actor.Require(access.ProgramRead); err != nil {
		return clock.Date{}, err
	}
	var end clock.Date
	err := s.db.View(ctx, func(tx *db.Tx) error {
		cal, err := s.catalogue.CalendarTx(ctx, tx, actor.Center)
		end = v.ForecastEnd(today(tx), cal)
		return err
	})
	return end, err
}

// groupRow is a group as stored, with its component's cadence.
type groupRow struct {
	ID          string     `db:"id"`
	CenterID    string     `db:"center_id"`
	VersionID   string     `db:"version_id"`
	ComponentID string     `db:"component_id"`
	Name        string     `db:"name"`
	OpenEntry   bool       `db:"open_entry"`
	Capacity    int        `db:"capacity"`
	VenueID     string     `db:"venue_id"`
	RoomID      string     `db:"room_id"`
	FirstOn     clock.Date `db:"first_on"`
	StartsAt    string     `db:"starts_at"`
	Minutes     int        `db:"minutes"`
	Mode        Mode       `db:"mode"`
	Revision    int        `db:"revision"`
	OpenedAt    db.Time    `db:"opened_at"`
	ConfirmedAt db.Time    `db:"confirmed_at"`
	ClosedAt    db.Time    `db:"closed_at"`
	CloseReason string     `db:"close_reason"`
	EveryDays   int        `db:"every_days"`
}

const groupColumns = `g.id, g.center_id, g.version_id, g.component_id, g.name, g.open_entry, g.capacity, g.venue_id, g.room_id,
	g.first_on, g.starts_at, g.minutes, g.mode, g.revision, g.opened_at, g.confirmed_at, g.closed_at, g.close_reason, c.every_days`

// groupOwner names the owner of a group, for the scope.
var groupOwner = access.Columns{Center: "g.center_id"}

func (r groupRow) group() Group {
	return Group{
		ID: r.ID, CenterID: r.CenterID, VersionID: r.VersionID, ComponentID: r.ComponentID, Name: r.Name, Open: r.OpenEntry,
		Capacity: r.Capacity, VenueID: r.VenueID, RoomID: r.RoomID, Weekday: r.FirstOn.Weekday(), StartsAt: r.StartsAt,
		Minutes: r.Minutes, Mode: r.Mode, FirstOn: r.FirstOn, EveryDays: r.EveryDays, Revision: r.Revision,
		OpenedAt: r.OpenedAt.Time, ConfirmedAt: r.ConfirmedAt.Time, ClosedAt: r.ClosedAt.Time, CloseReason: r.CloseReason,
	}
}

// groupsTx reads groups with whom leads them today, in the order of the week.
func groupsTx(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Group, error) {
	var rows []groupRow
	if err := tx.Select(ctx, &rows, `select `+groupColumns+` from program_groups g join program_components c on c.id = g.component_id
		where `+where, args...); err != nil {
		return nil, err
	}
	all := make([]Group, len(rows))
	ids := make([]string, len(rows))
	for i, r := range rows {
		all[i], ids[i] = r.group(), r.ID
	}
	staff, err := staffTx(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].lead(staff[all[i].ID], clock.DateOf(tx.Now()))
	}
	sortBy(all, func(g Group) string {
		return string('0'+rune(g.Weekday)) + g.StartsAt + catalogue.Fold(g.Name) + " " + g.ID
	})
	return all, nil
}

// GroupTx gives a group, closed or not, or NotFound.
func (s *Service) GroupTx(ctx context.Context, tx *db.Tx, id string) (Group, error) {
	return loadGroup(ctx, tx, `g.id = $1`, id)
}

func loadGroup(ctx context.Context, tx *db.Tx, where string, args ...any) (Group, error) {
	found, err := groupsTx(ctx, tx, where, args...)
	if err == nil && len(found) == 0 {
		err = fault.Missing()
	}
	if err != nil {
		return Group{}, err
	}
	return found[0], nil
}

// reachGroup reads one group inside the scope; what is outside does not exist.
func reachGroup(ctx context.Context, tx *db.Tx, scope access.Scope, id string) (Group, error) {
	var args db.Args
	where := `g.id = ` + args.Add(id) + ` and ` + scope.SQL(groupOwner, &args)
	return loadGroup(ctx, tx, where, args...)
}

// Groups lists the groups of the actor's center, in the order of the week: those that
// run or will, closed ones not.
func (s *Service) Groups(ctx context.Context, actor access.Actor) ([]Group, error) {
	scope, err := actor.Require(access.GroupRead)
	if err != nil {
		return nil, err
	}
	var out []Group
	err = s.db.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		out, err = groupsTx(ctx, tx, scope.SQL(groupOwner, &args)+` and g.closed_at is null`, args...)
		return err
	})
	return out, err
}

// Group gives one group of the actor's center, closed or not.
func (s *Service) Group(ctx context.Context, actor access.Actor, id string) (Group, error) {
	scope, err := actor.Require(access.GroupRead)
	if err != nil {
		return Group{}, err
	}
	var g Group
	err = s.db.View(ctx, func(tx *db.Tx) error {
		g, err = reachGroup(ctx, tx, scope, id)
		return err
	})
	return g, err
}

// isMissing tells whether a query found no row.
func isMissing(err error) bool { return errors.Is(err, db.ErrNoRows) }
