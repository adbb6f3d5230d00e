package agenda

import (
	"context"
	"slices"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/access"
)

// Item is an appointment as an agenda shows it.
type Item struct {
	Appointment
	Who      string // the person, by a short name; the group; the folio of a sealed file
	Folio    string // of the case
	Staff    string // post of who attends
	CoStaff  string
	Room     string
	Marked   int // people recorded
	Expected int // people in the list of a group on that day
	Replies  Replies
}

// State is where an appointment stands, in words.
func (i Item) State(now time.Time) i18n.Msg {
	switch {
	case i.Ended() && i.EndedSide == ByCenter:
		return i18n.M("Cancelada por el centro")
	case i.Ended():
		return i18n.M("Cambiada o cancelada")
	case i.Held():
		return i18n.M("Se llevó a cabo")
	case i.Marked > 0:
		return i18n.M("No acudió")
	case now.After(i.EndsAt()):
		return i18n.M("Falta la asistencia")
	case !now.Before(i.StartsAt.Time):
		return i18n.M("En curso")
	}
	return i18n.M("Por venir")
}

// Standing is what the people of an appointment that still holds have answered; the zero
// sentence where nobody was asked.
func (i Item) Standing() i18n.Msg {
	if i.Ended() || i.Marked > 0 {
		return i18n.Msg{}
	}
	return i.Replies.Label(i.Kind == Group)
}

// Week is the agenda of a center from a Monday on.
type Week struct {
	Monday  clock.Date
	Days    []Day
	Staff   []identity.Staff
	Rooms   []center.Room
	Lists   *catalogue.Lists
	MayBook bool
}

// Day is one day of an agenda.
type Day struct {
	On    clock.Date
	Why   i18n.Msg // why the center is closed; zero when it is open
	Items []Item
}

// Filter narrows an agenda to one professional or one room.
type Filter struct {
	Account string
	Room    string
}

func (f Filter) where(args *db.Args) (where string) {
	if f.Account != "" {
		id := args.Add(f.Account)
		where += ` and (a.account_id = ` + id + ` or a.co_account_id = ` + id + `)`
	}
	if f.Room != "" {
		where += ` and a.room_id = ` + args.Add(f.Room)
	}
	return where
}

// WeekOf gives the week of a day. Saturdays and Sundays are left out when nothing is there
// and the center is closed on them.
func (s *Service) WeekOf(ctx context.Context, actor access.Actor, day clock.Date, f Filter) (*Week, error) {
	scope, err := actor.Require(access.AgendaRead)
	if err != nil {
		return nil, err
	}
	w := &Week{Monday: mondayOf(day), MayBook: actor.May(access.AgendaBook)}
	err = s.db.View(ctx, func(tx *db.Tx) error { return s.weekTx(ctx, tx, actor, scope, f, w) })
	return w, err
}

func (s *Service) weekTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, f Filter, w *Week) error {
	var err error
	if w.Lists, err = s.catalogue.ListsTx(ctx, tx); err != nil {
		return err
	}
	if w.Staff, err = s.identity.StaffTx(ctx, tx, actor.Center); err != nil {
		return err
	}
	w.Staff = slices.DeleteFunc(w.Staff, func(p identity.Staff) bool { return !attends(p.Role) })
	if w.Rooms, err = s.centers.RoomsTx(ctx, tx, actor.Center); err != nil {
		return err
	}
	hours, err := s.weeksTx(ctx, tx, actor.Center)
	if err != nil {
		return err
	}
	items, err := s.itemsTx(ctx, tx, actor, scope, w.Monday, w.Monday.AddDays(7), f)
	if err != nil {
		return err
	}
	for i := range 7 {
		d := Day{On: w.Monday.AddDays(i)}
		_, d.Why = hours.center.On(d.On, hours.cal)
		for _, item := range items {
			if item.Day() == d.On {
				d.Items = append(d.Items, item)
			}
		}
		if i < 5 || d.Why.IsZero() || len(d.Items) > 0 {
			w.Days = append(w.Days, d)
		}
	}
	return nil
}

// DayOf gives the appointments of a day that still hold, in their order.
func (s *Service) DayOf(ctx context.Context, actor access.Actor, day clock.Date, f Filter) (*Day, error) {
	scope, err := actor.Require(access.AgendaRead)
	if err != nil {
		return nil, err
	}
	d := &Day{On: day}
	err = s.db.View(ctx, func(tx *db.Tx) error {
		hours, err := s.weeksTx(ctx, tx, actor.Center)
		if err != nil {
			return err
		}
		_, d.Why = hours.center.On(day, hours.cal)
		d.Items, err = s.itemsTx(ctx, tx, actor, scope, day, day.AddDays(1), f)
		return err
	})
	return d, err
}

// itemsTx reads the appointments of some days that still hold.
func (s *Service) itemsTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, from, until clock.Date, f Filter) ([]Item, error) {
	var args db.Args
	where := mine(actor, scope, &args) + f.where(&args)
	var rows []Appointment
	if err := tx.Select(ctx, &rows, `select `+appointmentColumns+` from appointments a where `+where+` and a.ended_at is null
		and a.starts_at >= `+args.Add(db.At(from.At(0, 0)))+` and a.starts_at < `+args.Add(db.At(until.At(0, 0)))+`
		order by a.starts_at, a.id`, args...); err != nil {
		return nil, err
	}
	return s.showTx(ctx, tx, actor, scope, rows)
}

// CaseItems gives the appointments of a case, newest first, those that were moved or
// called off too.
func (s *Service) CaseItems(ctx context.Context, actor access.Actor, caseID string) ([]Item, error) {
	scope, err := actor.Require(access.AgendaRead)
	if err != nil {
		return nil, err
	}
	var items []Item
	err = s.db.View(ctx, func(tx *db.Tx) error {
		c, err := s.cases.ReachTx(ctx, tx, actor, scope, caseID)
		if err != nil {
			return err
		}
		var args db.Args
		var rows []Appointment
		id := args.Add(c.ID)
		if err := tx.Select(ctx, &rows, `select `+appointmentColumns+` from appointments a where a.id in (
				select id from appointments where case_id = `+id+` and case_id <> '' union
				select appointment_id from attendances where case_id = `+id+`) and `+mine(actor, scope, &args)+`
			order by a.starts_at desc, a.id desc limit 200`, args...); err != nil {
			return err
		}
		items, err = s.showTx(ctx, tx, actor, scope, rows)
		return err
	})
	return items, err
}

// showTx gives names to appointments.
func (s *Service) showTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, rows []Appointment) ([]Item, error) {
	var staff []string
	for _, a := range rows {
		staff = append(staff, a.Account, a.CoAccount)
	}
	names, err := s.identity.NamesTx(ctx, tx, staff)
	if err != nil {
		return nil, err
	}
	replies, err := repliesTx(ctx, tx, rows)
	if err != nil {
		return nil, err
	}
	marked, err := markedTx(ctx, tx, rows)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, a := range rows {
		if a.Kind != Group {
			ids = append(ids, a.CaseID)
		}
	}
	cases, err := s.cases.ShownTx(ctx, tx, actor, scope, ids)
	if err != nil {
		return nil, err
	}
	rooms, groups := map[string]string{}, groupsShown{names: map[string]string{}, expected: map[meeting]int{}}
	items := make([]Item, len(rows))
	for i, a := range rows {
		c := cases[a.CaseID]
		items[i] = Item{Appointment: a, Staff: names[a.Account], CoStaff: names[a.CoAccount], Replies: replies[a.ID],
			Marked: marked[a.ID], Who: c.Person, Folio: c.Folio}
		if err := s.roomName(ctx, tx, rooms, &items[i]); err != nil {
			return nil, err
		}
		if a.Kind == Group {
			if err := s.groupName(ctx, tx, groups, &items[i]); err != nil {
				return nil, err
			}
		}
	}
	return items, nil
}

// markedTx counts how many people are recorded at each appointment.
func markedTx(ctx context.Context, tx *db.Tx, rows []Appointment) (map[string]int, error) {
	ids := make([]string, len(rows))
	for i, a := range rows {
		ids[i] = a.ID
	}
	out := map[string]int{}
	var args db.Args
	in := args.In(ids)
	if in == "" {
		return out, nil
	}
	var counts []struct {
		ID string `db:"appointment_id"`
		N  int    `db:"n"`
	}
	err := tx.Select(ctx, &counts, `select appointment_id, count(*) as n from attendances where appointment_id in (`+in+`)
		group by appointment_id`, args...)
	for _, c := range counts {
		out[c.ID] = c.N
	}
	return out, err
}

func (s *Service) roomName(ctx context.Context, tx *db.Tx, known map[string]string, i *Item) error {
	if i.RoomID == "" {
		return nil
	}
	if known[i.RoomID] == "" {
		room, err := s.centers.RoomTx(ctx, tx, i.RoomID)
		if err != nil {
			return err
		}
		known[i.RoomID] = room.Name
	}
	i.Room = known[i.RoomID]
	return nil
}

// meeting is a group on a day.
type meeting struct {
	group string
	day   clock.Date
}

// groupsShown is what a list has read of its groups.
type groupsShown struct {
	names    map[string]string
	expected map[meeting]int
}

// groupName names the group of an appointment and counts whom it expects.
func (s *Service) groupName(ctx context.Context, tx *db.Tx, known groupsShown, i *Item) error {
	if known.names[i.GroupID] == "" {
		g, err := s.programs.GroupTx(ctx, tx, i.GroupID)
		if err != nil {
			return err
		}
		known.names[i.GroupID] = g.Name
	}
	m := meeting{i.GroupID, i.Day()}
	if _, ok := known.expected[m]; !ok {
		members, err := s.cases.MembersTx(ctx, tx, i.GroupID, i.Day())
		if err != nil {
			return err
		}
		known.expected[m] = len(members)
	}
	guests, err := guestsTx(ctx, tx, i.ID)
	i.Who, i.Expected = known.names[i.GroupID], known.expected[m]+len(guests)
	return err
}

// View is an appointment on its page.
type View struct {
	Item
	Lines     []Line
	Venue     center.Venue
	Group     string
	Before    *Item // what it was moved from
	After     string
	EndedWho  string
	Lists     *catalogue.Lists
	History   map[string][]Word   // by case
	Answers   map[string]Answered // by case
	Plan      *casefile.Plan
	MayBook   bool
	MayRecord bool
	Begun     bool // it may be recorded
	Later     bool // it is captured on a later day: say why
}

// Word is one entry of the history of an attendance.
type Word struct {
	At     time.Time
	Who    string
	Mark   Outcome
	Excuse string
	Late   string
}

// Open reads an appointment with its people; the read is in the ledger.
func (s *Service) Open(ctx context.Context, actor access.Actor, id string) (*View, error) {
	scope, err := actor.Require(access.AgendaRead)
	if err != nil {
		return nil, err
	}
	var v *View
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		a, lines, err := s.rollTx(ctx, tx, actor, scope, id)
		if err != nil {
			return err
		}
		v = &View{Lines: lines, MayBook: actor.May(access.AgendaBook), MayRecord: actor.May(access.AttendanceRecord),
			Begun: !tx.Now().Before(a.StartsAt.Add(-early)), Later: a.Day().Before(today(tx))}
		if err := s.fillTx(ctx, tx, actor, scope, a, v); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, a.entry("appointment.read"))
	})
	return v, err
}

func (s *Service) fillTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, a *Appointment, v *View) error {
	items, err := s.showTx(ctx, tx, actor, scope, []Appointment{*a})
	if err != nil {
		return err
	}
	v.Item = items[0]
	if v.Lists, err = s.catalogue.ListsTx(ctx, tx); err != nil {
		return err
	}
	if a.VenueID != "" {
		if v.Venue, err = s.centers.VenueTx(ctx, tx, a.VenueID); err != nil {
			return err
		}
	}
	if a.CaseID != "" {
		if v.Plan, err = s.cases.PlanTx(ctx, tx, a.CaseID); err != nil {
			return err
		}
	}
	if err := s.linksTx(ctx, tx, actor, scope, a, v); err != nil {
		return err
	}
	if v.Answers, err = answersTx(ctx, tx, a.ID); err != nil {
		return err
	}
	return s.wordsTx(ctx, tx, a, v)
}

// linksTx finds what an appointment was moved from and to.
func (s *Service) linksTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, a *Appointment, v *View) error {
	if a.MovedFrom != "" {
		was, err := load(ctx, tx, actor, scope, a.MovedFrom)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if was != nil {
			v.Before = &Item{Appointment: *was}
		}
	}
	if !a.Ended() {
		return nil
	}
	names, err := s.identity.NamesTx(ctx, tx, []string{a.EndedBy})
	if err != nil {
		return err
	}
	v.EndedWho = names[a.EndedBy]
	err = tx.Get(ctx, &v.After, `select id from appointments where moved_from = $1`, a.ID)
	if missing(err) {
		return nil
	}
	return err
}

func (s *Service) wordsTx(ctx context.Context, tx *db.Tx, a *Appointment, v *View) error {
	var rows []struct {
		CaseID  string  `db:"case_id"`
		At      db.Time `db:"at"`
		By      string  `db:"by"`
		Outcome Outcome `db:"outcome"`
		Excuse  string  `db:"excuse"`
		Late    string  `db:"late_reason"`
	}
	if err := tx.Select(ctx, &rows, `select case_id, at, by, outcome, excuse, late_reason from attendance_changes
		where appointment_id = $1 order by at, id`, a.ID); err != nil {
		return err
	}
	var who []string
	for _, r := range rows {
		who = append(who, r.By)
	}
	names, err := s.identity.NamesTx(ctx, tx, who)
	v.History = map[string][]Word{}
	for _, r := range rows {
		mark := r.Outcome
		if r.Excuse != "" {
			mark = Excused
		}
		v.History[r.CaseID] = append(v.History[r.CaseID], Word{r.At.Time, names[r.By], mark, r.Excuse, r.Late})
	}
	return err
}

// Count is what the attendance rows of a center say about some days: a session of a group
// with twelve people is one session and twelve service contacts.
type Count struct{ Sessions, Contacts, Absences int }

// Counts counts the sessions held and the service contacts of the actor's center.
func (s *Service) Counts(ctx context.Context, actor access.Actor, from, until clock.Date) (Count, error) {
	scope, err := actor.Require(access.AgendaRead)
	if err != nil {
		return Count{}, err
	}
	var row struct {
		Sessions int `db:"sessions"`
		Contacts int `db:"contacts"`
		Absences int `db:"absences"`
	}
	err = s.db.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		return tx.Get(ctx, &row, `select count(distinct case when t.outcome in ('present', 'late') then a.id end) as sessions,
				coalesce(sum(case when t.outcome in ('present', 'late') then 1 else 0 end), 0) as contacts,
				coalesce(sum(case when t.outcome = 'absent' then 1 else 0 end), 0) as absences
			from appointments a join attendances t on t.appointment_id = a.id
			where a.ended_at is null and `+scope.SQL(columns, &args)+` and a.starts_at >= `+args.Add(db.At(from.At(0, 0)))+`
			and a.starts_at < `+args.Add(db.At(until.AddDays(1).At(0, 0))), args...)
	})
	return Count{row.Sessions, row.Contacts, row.Absences}, err
}
