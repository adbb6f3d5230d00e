package casefile

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// Membership is that a person belongs to a group, or did.
type Membership struct {
	Group     program.Group
	JoinedOn  clock.Date
	AtSession int        // number of the group's session at which he joined
	LeftOn    clock.Date // zero while he belongs to it
}

// Seat is a place in a group that a person may take.
type Seat struct {
	Case
	Group program.Group
	Part  PlanComponent // what the group gives of his plan
}

// Joined is where a person begins in a group.
type Joined struct {
	Group     program.Group
	From      clock.Date // his first session there
	AtSession int
	Again     bool // he was in sessions of this part before
}

// SeatTx gives the place of a person in a group of his center that gives a component of
// his plan. It is refused at the field "group" when the group is full, has ended, is his
// already, or holds somebody whom he must not meet. The scope comes from the caller's own
// Require.
func (s *Service) SeatTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, id, groupID string) (Seat, error) {
	r, err := load(ctx, tx, actor, scope, id)
	if err != nil {
		return Seat{}, err
	}
	if r.State != Active {
		return Seat{}, fault.New(fault.Conflict, i18n.M("Entra a un grupo quien está en proceso; este expediente está «%s».", r.State.Label()))
	}
	g, part, err := s.groupFor(ctx, tx, r, groupID)
	if err != nil {
		return Seat{}, err
	}
	return Seat{r.asCase(), g, part}, s.roomFor(ctx, tx, r, g)
}

// JoinTx puts a person into a group, from a session on. A closed group that has begun takes
// only who goes on with it.
func (s *Service) JoinTx(ctx context.Context, tx *db.Tx, actor access.Actor, seat Seat, j Joined) error {
	r, err := byID(ctx, tx, seat.ID)
	if err != nil {
		return err
	}
	if !seat.Group.Open && !j.Again && j.AtSession > 1 {
		return refuseGroup(i18n.M("El grupo «%s» es cerrado y ya empezó. Elija uno abierto o uno que no haya empezado.", seat.Group.Name))
	}
	if _, err := tx.Exec(ctx, `insert into group_members (id, group_id, case_file_id, joined_on, joined_by, at_session, left_by)
		values ($1, $2, $3, $4, $5, $6, '')`, db.NewID(), seat.Group.ID, r.ID, j.From, actor.Account, j.AtSession); err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, r.entry("case.group_join", ledger.Change{Field: "group", After: seat.Group.ID}))
}

func refuseGroup(m i18n.Msg) error {
	var form fault.Form
	form.Add("group", m)
	return form.Err()
}

// groupFor gives a group of the person's center that gives a component of his plan.
func (s *Service) groupFor(ctx context.Context, tx *db.Tx, r *record, groupID string) (program.Group, PlanComponent, error) {
	unknown := refuseGroup(i18n.M("Elija un grupo de la lista."))
	if uuid.Validate(groupID) != nil {
		return program.Group{}, PlanComponent{}, unknown
	}
	g, err := s.programs.GroupTx(ctx, tx, groupID)
	if fault.Is(err, fault.NotFound) || err == nil && g.CenterID != r.CenterID {
		return g, PlanComponent{}, unknown
	}
	if err != nil {
		return g, PlanComponent{}, err
	}
	plan, err := s.PlanTx(ctx, tx, r.ID)
	if err != nil {
		return g, PlanComponent{}, err
	}
	i := slices.IndexFunc(plan.Components, func(c PlanComponent) bool { return c.ID == g.ComponentID })
	switch {
	case i < 0:
		return g, PlanComponent{}, refuseGroup(i18n.M("El grupo «%s» no es de su plan. Elija uno de su programa.", g.Name))
	case g.Closed():
		return g, PlanComponent{}, refuseGroup(i18n.M("El grupo «%s» ya terminó. Elija otro.", g.Name))
	}
	return g, plan.Components[i], nil
}

// roomFor refuses a group that is full, that he is in already, or in which somebody is
// whom he must not meet. The last refusal does not tell why: who it is, and that there
// is such a person, is nobody's to learn here.
func (s *Service) roomFor(ctx context.Context, tx *db.Tx, r *record, g program.Group) error {
	var in []string
	if err := tx.Select(ctx, &in, `select case_file_id from group_members where group_id = $1 and left_on is null order by id`, g.ID); err != nil {
		return err
	}
	if slices.Contains(in, r.ID) {
		return refuseGroup(i18n.M("Ya está en el grupo «%s».", g.Name))
	}
	memberships, err := s.membershipsTx(ctx, tx, r)
	if err != nil {
		return err
	}
	for _, m := range memberships {
		if m.LeftOn.IsZero() && !m.Group.Closed() && m.Group.ComponentID == g.ComponentID {
			return refuseGroup(i18n.M("Ya está en el grupo «%s», que da la misma parte de su plan. Sáquelo de él antes de inscribirlo en otro.", m.Group.Name))
		}
	}
	if len(in) >= g.Capacity {
		return refuseGroup(i18n.M("El grupo «%s» está lleno: caben %d personas. Elija otro.", g.Name, g.Capacity))
	}
	apart, err := s.ApartTx(ctx, tx, append(in, r.ID))
	if err != nil {
		return err
	}
	for _, pair := range apart {
		if pair[0] == r.ID || pair[1] == r.ID {
			return refuseGroup(i18n.M("Esta persona no puede entrar al grupo «%s». Elija otro grupo.", g.Name))
		}
	}
	return nil
}

// GroupChoices gives the groups of the center that give a component of a person's plan.
func (s *Service) GroupChoices(ctx context.Context, actor access.Actor, id string) (Case, []program.Group, error) {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return Case{}, nil, err
	}
	groups, err := s.programs.Groups(ctx, actor)
	if err != nil {
		return Case{}, nil, err
	}
	var c Case
	var out []program.Group
	err = s.db.View(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, actor, scope, id)
		if err != nil {
			return err
		}
		c = r.asCase()
		plan, err := s.PlanTx(ctx, tx, r.ID)
		if err != nil || plan == nil {
			return err
		}
		for _, g := range groups {
			if slices.ContainsFunc(plan.Components, func(c PlanComponent) bool { return c.ID == g.ComponentID }) {
				out = append(out, g)
			}
		}
		return nil
	})
	return c, out, err
}

// LeaveGroup takes a person out of a group.
func (s *Service) LeaveGroup(ctx context.Context, actor access.Actor, id, groupID string) error {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		n, err := s.leaveTx(ctx, tx, actor, r, groupID)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Conflict, i18n.M("Ya no está en ese grupo. No se cambió nada."))
		}
		return nil
	})
}

// EmptyGroupTx takes everybody out of a group that ended.
func (s *Service) EmptyGroupTx(ctx context.Context, tx *db.Tx, actor access.Actor, groupID string) error {
	var ids []string
	if err := tx.Select(ctx, &ids, `select distinct case_file_id from group_members where group_id = $1 and left_on is null order by 1`, groupID); err != nil {
		return err
	}
	for _, id := range ids {
		r, err := byID(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := s.leaveTx(ctx, tx, actor, r, groupID); err != nil {
			return err
		}
	}
	return nil
}

// leaveTx ends the memberships of a person, in one group or with "" in all.
func (s *Service) leaveTx(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, groupID string) (int, error) {
	var rows []struct {
		ID      string `db:"id"`
		GroupID string `db:"group_id"`
	}
	if err := tx.Select(ctx, &rows, `select id, group_id from group_members where case_file_id = $1 and left_on is null order by id`, r.ID); err != nil {
		return 0, err
	}
	n := 0
	for _, row := range rows {
		if groupID != "" && row.GroupID != groupID {
			continue
		}
		if _, err := tx.Exec(ctx, `update group_members set left_on = $1, left_by = $2 where id = $3`,
			today(tx), actor.Name(), row.ID); err != nil {
			return n, err
		}
		if err := s.ledger.AppendTx(ctx, tx, actor, r.entry("case.group_leave", ledger.Change{Field: "group", After: row.GroupID})); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// membershipsText reads the groups of a case file.
const membershipsText = `select group_id, joined_on, at_session, left_on from group_members
	where case_file_id = $1 order by case when left_on is null then 0 else 1 end, joined_on desc, id desc`

// membershipsTx reads the groups of a person, those that he is in first.
func (s *Service) membershipsTx(ctx context.Context, tx *db.Tx, r *record) ([]Membership, error) {
	var rows []struct {
		GroupID   string     `db:"group_id"`
		JoinedOn  clock.Date `db:"joined_on"`
		AtSession int        `db:"at_session"`
		LeftOn    clock.Date `db:"left_on"`
	}
	if err := tx.Select(ctx, &rows, membershipsText, r.ID); err != nil {
		return nil, err
	}
	out := make([]Membership, len(rows))
	for i, row := range rows {
		g, err := s.programs.GroupTx(ctx, tx, row.GroupID)
		if err != nil {
			return nil, err
		}
		out[i] = Membership{Group: g, JoinedOn: row.JoinedOn, AtSession: row.AtSession, LeftOn: row.LeftOn}
	}
	return out, nil
}

// MembershipsTx gives the groups of a person, those that he is in first.
func (s *Service) MembershipsTx(ctx context.Context, tx *db.Tx, caseID string) ([]Membership, error) {
	r, err := byID(ctx, tx, caseID)
	if err != nil {
		return nil, err
	}
	return s.membershipsTx(ctx, tx, r)
}

// KeepApart keeps two people of a center from meeting in a group. The reason is sealed.
func (s *Service) KeepApart(ctx context.Context, actor access.Actor, id, otherFolio, reason string) error {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		var form fault.Form
		reason := reasoned(&form, "reason", reason)
		other, err := byFolio(ctx, tx, actor, scope, otherFolio)
		switch {
		case fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid):
			form.Add("folio", i18n.M("Ningún expediente de su centro tiene ese folio. Revíselo."))
		case err != nil:
			return err
		case other.ID == r.ID:
			form.Add("folio", i18n.M("Ese es el folio de esta misma persona. Escriba el de la otra."))
		}
		if err := form.Err(); err != nil {
			return err
		}
		return s.keepApartTx(ctx, tx, actor, r, other, reason)
	})
}

func (s *Service) keepApartTx(ctx context.Context, tx *db.Tx, actor access.Actor, r, other *record, reason string) error {
	a, b := r.ID, other.ID
	if a > b {
		a, b = b, a
	}
	id := db.NewID()
	sealed, err := s.seal(ctx, tx, r, "kept_apart", "reason", id, reason)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `insert into kept_apart (id, case_a, case_b, reason, at, by) values ($1, $2, $3, $4, $5, $6)
		on conflict (case_a, case_b) where ended_at is null do nothing`, id, a, b, sealed, db.At(tx.Now()), actor.Account)
	if err != nil || n == 0 {
		return err
	}
	for _, of := range []*record{r, other} {
		if err := s.ledger.AppendTx(ctx, tx, actor, of.entry("case.keep_apart")); err != nil {
			return err
		}
	}
	return nil
}

// MeetAgain ends what kept two people apart.
func (s *Service) MeetAgain(ctx context.Context, actor access.Actor, id, otherID string) error {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		n, err := tx.Exec(ctx, `update kept_apart set ended_at = $1 where ended_at is null
			and ((case_a = $2 and case_b = $3) or (case_a = $3 and case_b = $2))`, db.At(tx.Now()), r.ID, otherID)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Missing()
		}
		return s.ledger.AppendTx(ctx, tx, actor, r.entry("case.meet_again"))
	})
}

// apartText reads who must not meet the person of a case file.
const apartText = `select case when case_a = $1 then case_b else case_a end from kept_apart
	where ended_at is null and (case_a = $1 or case_b = $1)`

// apartTx gives the files of people whom a person must not meet, that the actor reaches.
func apartTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, r *record) ([]Case, error) {
	var ids []string
	if err := tx.Select(ctx, &ids, apartText, r.ID); err != nil || len(ids) == 0 {
		return nil, err
	}
	var args db.Args
	var rows []record
	if err := tx.Select(ctx, &rows, `select `+recordColumns+recordTables+`where c.id in (`+args.In(ids)+`) and `+
		visible(actor, scope, &args)+` order by c.id`, args...); err != nil {
		return nil, err
	}
	out := make([]Case, len(rows))
	for i := range rows {
		out[i] = rows[i].asCase()
	}
	return out, nil
}
