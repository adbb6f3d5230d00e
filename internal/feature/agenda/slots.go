package agenda

import (
	"context"
	"slices"
	"strings"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/access"
)

// Slot is a free time: everybody whom an appointment needs can be there.
type Slot struct {
	StartsAt time.Time
	Account  string
	Who      string // post of who attends
	Room     string
	RoomName string // empty where no room is needed
}

// Value is the slot as the value of a button; [ReadSlot] reads it.
func (s Slot) Value() string {
	return clock.DateOf(s.StartsAt).MX() + " " + Hour(s.StartsAt) + " " + s.Account + " " + s.Room
}

// ReadSlot fills a visit with the slot that was chosen; false when it is none.
func ReadSlot(value string, v *Visit) bool {
	parts := strings.Fields(value)
	if len(parts) == 3 { // no room: a form takes the space at the end away
		parts = append(parts, "")
	}
	if len(parts) != 4 {
		return false
	}
	v.Date, v.Time, v.Account, v.Room = parts[0], parts[1], parts[2], parts[3]
	return true
}

// Search is what free times are looked for. Zero values: everybody, from today, in
// person, the usual length.
type Search struct {
	Account string
	Mode    string
	Minutes int
	From    clock.Date
	First   bool   // of a process: the center's capacity of first appointments counts
	Case    string // whose own appointments and groups are left out too; "" for nobody's
}

// Free is what was found, and why days are left out.
type Free struct {
	Slots   []Slot
	Staff   []identity.Staff
	Rooms   []center.Room
	Minutes int
	Mode    string
	From    clock.Date
	Next    clock.Date // from where to look further
	Closed  []Skipped
	Full    []clock.Date // first days of weeks that are full
	Lists   *catalogue.Lists
}

// Skipped is a day on which the center is closed, and why.
type Skipped struct {
	On  clock.Date
	Why i18n.Msg
}

const (
	lookAhead = 14 // days that one page looks over
	perDay    = 3  // times offered for each person and day: the first of the day, spread
	maxSlots  = 24
)

// FreeSlots gives the next free times of the actor's center, soonest first.
func (s *Service) FreeSlots(ctx context.Context, actor access.Actor, q Search) (*Free, error) {
	scope, err := actor.Require(access.AgendaBook)
	if err != nil {
		return nil, err
	}
	f := &Free{}
	if !scope.Covers("", "", actor.Center, "") {
		return f, nil
	}
	return f, s.db.View(ctx, func(tx *db.Tx) error {
		if q.Case != "" {
			if _, err := s.cases.ReachTx(ctx, tx, actor, scope, q.Case); err != nil {
				return err
			}
		}
		return s.freeSlotsTx(ctx, tx, actor.Center, q, f)
	})
}

func (s *Service) freeSlotsTx(ctx context.Context, tx *db.Tx, centerID string, q Search, f *Free) error {
	var err error
	if f.Lists, err = s.catalogue.ListsTx(ctx, tx); err != nil {
		return err
	}
	staff, err := s.identity.StaffTx(ctx, tx, centerID)
	if err != nil {
		return err
	}
	f.Staff = slices.DeleteFunc(staff, func(p identity.Staff) bool { return !sees(p.Role) })
	f.settle(q, today(tx))
	rooms, err := s.roomsFor(ctx, tx, centerID, f.Mode)
	if err != nil {
		return err
	}
	if f.Rooms, err = s.centers.RoomsTx(ctx, tx, centerID); err != nil {
		return err
	}
	w, err := s.weeksTx(ctx, tx, centerID)
	if err != nil {
		return err
	}
	t, err := takenBy(ctx, tx, append(f.resources(rooms), caseResource+q.Case), f.From, f.Next)
	if err != nil {
		return err
	}
	if err := s.addGroups(ctx, tx, t, q.Case, f.From, f.Next); err != nil {
		return err
	}
	full := map[clock.Date]bool{}
	if q.First {
		if full, err = s.fullWeeks(ctx, tx, centerID, f.From, f.Next); err != nil {
			return err
		}
	}
	f.collect(q, tx.Now(), w, rooms, t, full)
	return nil
}

// settle fills in what was not asked for.
func (f *Free) settle(q Search, today clock.Date) {
	f.Minutes, f.Mode, f.From = q.Minutes, q.Mode, q.From
	if f.Minutes < quarter || f.Minutes > longest || f.Minutes%quarter != 0 {
		f.Minutes = f.Lists.Rule(catalogue.RuleVisitMinutes)
	}
	if !f.Lists.Has(catalogue.AppointmentMode, f.Mode) {
		f.Mode = InPerson
	}
	if f.From.Before(today) || f.From.After(today.AddMonths(furthest)) {
		f.From = today
	}
	f.Next = f.From.AddDays(lookAhead)
}

// roomsFor gives the rooms that an appointment may take: one without a name where none is
// needed, or where the center has not said which it has.
func (s *Service) roomsFor(ctx context.Context, tx *db.Tx, centerID, mode string) ([]center.Room, error) {
	if mode != InPerson {
		return []center.Room{{}}, nil
	}
	rooms, err := s.centers.RoomsTx(ctx, tx, centerID)
	if len(rooms) == 0 {
		rooms = []center.Room{{}}
	}
	// A small room is taken first, so that the large one stays free for groups.
	slices.SortStableFunc(rooms, func(a, b center.Room) int { return a.Capacity - b.Capacity })
	return rooms, err
}

func (f *Free) resources(rooms []center.Room) []string {
	var all []string
	for _, p := range f.Staff {
		all = append(all, accountResource+p.Account)
	}
	for _, r := range rooms {
		if r.ID != "" {
			all = append(all, roomResource+r.ID)
		}
	}
	return all
}

// taken are the quarters of an hour of each resource and day that are booked.
type taken map[string]map[clock.Date]map[int]bool

func (t taken) on(resource string, day clock.Date) map[int]bool { return t[resource][day] }

func takenBy(ctx context.Context, tx *db.Tx, resources []string, from, until clock.Date) (taken, error) {
	t := taken{}
	var args db.Args
	in := args.In(resources)
	if in == "" {
		return t, nil
	}
	var rows []struct {
		Resource string `db:"resource"`
		Slot     string `db:"slot"`
	}
	if err := tx.Select(ctx, &rows, `select resource, slot from bookings where resource in (`+in+`) and slot >= `+
		args.Add(slotAt(from.At(0, 0)))+` and slot < `+args.Add(slotAt(until.At(0, 0))), args...); err != nil {
		return nil, err
	}
	for _, r := range rows {
		at, err := time.Parse("2006-01-02T15:04Z", r.Slot)
		if err != nil {
			return nil, err
		}
		t.take(r.Resource, at)
	}
	return t, nil
}

// take books the quarter of an hour that begins at an instant.
func (t taken) take(resource string, at time.Time) {
	day := clock.DateOf(at)
	if t[resource] == nil {
		t[resource] = map[clock.Date]map[int]bool{}
	}
	if t[resource][day] == nil {
		t[resource][day] = map[int]bool{}
	}
	t[resource][day][minuteOf(at)] = true
}

// addGroups takes the sessions of a person's groups from his time.
func (s *Service) addGroups(ctx context.Context, tx *db.Tx, t taken, caseID string, from, until clock.Date) error {
	if caseID == "" {
		return nil
	}
	groups, err := s.cases.BelongsTx(ctx, tx, caseID)
	if err != nil {
		return err
	}
	for _, g := range groups {
		since := from
		if since.Before(g.From) {
			since = g.From
		}
		sessions, err := sessionsTx(ctx, tx, g.GroupID, `a.ended_at is null and a.starts_at >= $2 and a.starts_at < $3`,
			db.At(since.At(0, 0)), db.At(until.At(0, 0)))
		if err != nil {
			return err
		}
		for _, a := range sessions {
			for at := a.StartsAt.Time; at.Before(a.EndsAt()); at = at.Add(quarter * time.Minute) {
				t.take(caseResource+caseID, at)
			}
		}
	}
	return nil
}

// fullWeeks are the Mondays of weeks in which the center has given as many first
// appointments as it can take. A capacity of 0 is none that counts.
func (s *Service) fullWeeks(ctx context.Context, tx *db.Tx, centerID string, from, until clock.Date) (map[clock.Date]bool, error) {
	full := map[clock.Date]bool{}
	c, err := s.centers.CenterTx(ctx, tx, centerID)
	if err != nil || c.Capacity == 0 {
		return full, err
	}
	for monday := mondayOf(from); monday.Before(until); monday = monday.AddDays(7) {
		var given int
		if err := tx.Get(ctx, &given, `select count(*) from appointments where center_id = $1 and kind = 'first' and ended_at is null
			and starts_at >= $2 and starts_at < $3`, centerID, db.At(monday.At(0, 0)), db.At(monday.AddDays(7).At(0, 0))); err != nil {
			return nil, err
		}
		full[monday] = given >= c.Capacity
	}
	return full, nil
}

// mondayOf is the first day of a day's week.
func mondayOf(d clock.Date) clock.Date { return d.AddDays(-((int(d.Weekday()) + 6) % 7)) }

// collect finds the free times, soonest first.
func (f *Free) collect(q Search, now time.Time, w *weeks, rooms []center.Room, t taken, full map[clock.Date]bool) {
	for day := f.From; day.Before(f.Next) && len(f.Slots) < maxSlots; day = day.AddDays(1) {
		hours, why := w.center.On(day, w.cal)
		if !hours.Open() {
			f.Closed = append(f.Closed, Skipped{day, why})
			continue
		}
		if monday := mondayOf(day); full[monday] {
			if !slices.Contains(f.Full, monday) {
				f.Full = append(f.Full, monday)
			}
			continue
		}
		f.Slots = append(f.Slots, f.ofDay(q, now, day, w, rooms, t)...)
		if len(f.Slots) >= maxSlots {
			f.Next = day.AddDays(1)
		}
	}
}

func (f *Free) ofDay(q Search, now time.Time, day clock.Date, w *weeks, rooms []center.Room, t taken) []Slot {
	var found []Slot
	for _, p := range f.Staff {
		if q.Account != "" && p.Account != q.Account {
			continue
		}
		most := perDay
		if q.Account != "" {
			most = maxSlots
		}
		given := 0
		for _, at := range free(w.staff(p.Account, day), t.on(accountResource+p.Account, day), f.Minutes) {
			starts := atMinute(day, at)
			room := slices.IndexFunc(rooms, func(r center.Room) bool { return !touches(t.on(roomResource+r.ID, day), at, f.Minutes) })
			if starts.Before(now) || room < 0 || given == most || touches(t.on(caseResource+q.Case, day), at, f.Minutes) {
				continue
			}
			given++
			found = append(found, Slot{starts, p.Account, p.Title, rooms[room].ID, rooms[room].Name})
		}
	}
	slices.SortStableFunc(found, func(a, b Slot) int { return a.StartsAt.Compare(b.StartsAt) })
	return found
}

// Offer is what the page needs that gives an appointment to the person of a case.
type Offer struct {
	Who   string
	Folio string
	First bool
	Parts []casefile.PlanComponent // of the plan, given to one person at a time
	Free  *Free
}

// OfferTo gives the next free times for the person of a case; the read is in the ledger.
func (s *Service) OfferTo(ctx context.Context, actor access.Actor, caseID string, q Search) (*Offer, error) {
	scope, err := actor.Require(access.AgendaBook)
	if err != nil {
		return nil, err
	}
	o := &Offer{Free: &Free{}}
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		c, err := s.cases.ReachTx(ctx, tx, actor, scope, caseID)
		if err != nil {
			return err
		}
		*o = Offer{Who: c.Person, Folio: c.Folio, First: c.Facts.PresentedAt.IsZero(), Free: &Free{}}
		plan, err := s.cases.PlanTx(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		if plan != nil {
			o.Parts = slices.DeleteFunc(slices.Clone(plan.Components), func(p casefile.PlanComponent) bool { return p.Group })
		}
		q.First, q.Case = o.First, c.ID
		if err := s.freeSlotsTx(ctx, tx, c.CenterID, q, o.Free); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, caseEntry(c, "case.contact.read"))
	})
	return o, err
}
