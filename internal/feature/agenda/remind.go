package agenda

import (
	"context"
	"errors"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/person"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
	"sigue/internal/platform/vault"
)

// invitation is what one person was told of one appointment, and what he answered.
type invitation struct {
	ID            string  `db:"id"`
	AppointmentID string  `db:"appointment_id"`
	CaseID        string  `db:"case_id"`
	RemindedAt    db.Time `db:"reminded_at"`
	Answer        Reply   `db:"answer"`
	Reason        string  `db:"reason"`
	AnsweredAt    db.Time `db:"answered_at"`
	Call          CallFor `db:"call"`
	CallAt        db.Time `db:"call_at"`
	CalledAt      db.Time `db:"called_at"`
}

const invitationColumns = `i.id, i.appointment_id, i.case_id, i.reminded_at, i.answer, i.reason, i.answered_at, i.call, i.call_at, i.called_at`

// inviteTx gives the invitation of a person to an appointment, made when there is none.
func inviteTx(ctx context.Context, tx *db.Tx, appointment, caseID string) (invitation, error) {
	var i invitation
	if _, err := tx.Exec(ctx, `insert into invitations (id, appointment_id, case_id, created_at, answer, reason, call, called_by, call_result)
		values ($1, $2, $3, $4, '', '', '', '', '') on conflict (appointment_id, case_id) do nothing`,
		db.NewID(), appointment, caseID, db.At(tx.Now())); err != nil {
		return i, err
	}
	err := tx.Get(ctx, &i, `select `+invitationColumns+` from invitations i where i.appointment_id = $1 and i.case_id = $2`, appointment, caseID)
	return i, err
}

// expectedTx gives the people of an appointment: one, or the list of a group on its day with
// those who make up a session there.
func (s *Service) expectedTx(ctx context.Context, tx *db.Tx, a *Appointment) ([]casefile.Case, error) {
	if a.Kind == Group {
		members, err := s.cases.MembersTx(ctx, tx, a.GroupID, a.Day())
		if err != nil {
			return nil, err
		}
		guests, err := s.comingTx(ctx, tx, a, members)
		return append(members, guests...), err
	}
	c, err := s.cases.CaseTx(ctx, tx, a.CaseID)
	return []casefile.Case{c}, err
}

// comes tells whether somebody in a state of his process is expected at appointments.
func comes(c casefile.Case) bool {
	switch c.State {
	case casefile.Suspended, casefile.Discharged, casefile.ReferredOut, casefile.Closed:
		return false
	}
	return true
}

// mailbox is where a person may be written to: an address that he gave, unless he said
// that it is not safe to leave him a message. Empty means that somebody calls him.
func mailbox(p person.Person) string {
	if p.SafeMessage == "no" || !notify.IsMailbox(p.Email) {
		return ""
	}
	return p.Email
}

// callOf is the call that takes the place of a mail which cannot go.
var callOf = map[notify.Kind]CallFor{
	notify.VisitGiven: CallGiven, notify.VisitMoved: CallMoved, notify.VisitOff: CallOff, notify.VisitReminder: CallRemind,
}

// tellPeopleTx writes to the people of an appointment that is still to come. Who cannot be
// written to is called when the news is not his own doing.
func (s *Service) tellPeopleTx(ctx context.Context, tx *db.Tx, actor access.Actor, a *Appointment, kind notify.Kind, asked Side) error {
	if !a.StartsAt.After(tx.Now()) {
		return nil
	}
	people, err := s.expectedTx(ctx, tx, a)
	if err != nil {
		return err
	}
	for _, c := range people {
		if !comes(c) && (kind != notify.VisitOff || a.Kind == Group) {
			continue
		}
		if err := s.tellPersonTx(ctx, tx, actor, a, c, kind, asked != ByPerson && kind != notify.VisitGiven); err != nil {
			return err
		}
	}
	return nil
}

// tellPersonTx writes to one person, or asks for a call where that is wanted.
func (s *Service) tellPersonTx(ctx context.Context, tx *db.Tx, actor access.Actor, a *Appointment, c casefile.Case, kind notify.Kind, call bool) error {
	who, err := person.ByIDTx(ctx, tx, c.PersonID)
	if err != nil {
		return err
	}
	reachable := mailbox(who) != ""
	if !reachable && !call {
		return nil
	}
	i, err := inviteTx(ctx, tx, a.ID, c.ID)
	if err != nil {
		return err
	}
	if !reachable {
		return askCallTx(ctx, tx, i.ID, callOf[kind])
	}
	link, err := notify.SignedLinkTo(answerPath(i.ID))
	if err != nil {
		return err
	}
	n := notify.Notice{Kind: kind, Link: link, To: notify.InvitationTo(i.ID), EventAt: tx.Now()}
	if err := s.outbox.EnqueueTx(ctx, tx, n); err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, caseEntry(c, "appointment.tell", ledger.Change{Field: string(kind), After: a.ID}))
}

// deliver sends one notice to a person. What no mail will bring him, somebody tells him by
// telephone.
func (s *Service) deliver(ctx context.Context, d notify.Delivery) error {
	var told string
	var about notify.Kind
	err := s.outbox.Deliver(ctx, d.Notice, func(kind notify.Kind, recipient string) (notify.Letter, error) {
		told, about = recipient, kind
		return s.letter(ctx, kind, recipient)
	})
	if !errors.As(err, new(notify.Unsent)) {
		return err
	}
	if failed := s.db.Tx(ctx, func(tx *db.Tx) error { return askCallTx(ctx, tx, told, callOf[about]) }); failed != nil {
		return failed
	}
	return err
}

// letter reads what a mail says at the moment in which it goes out. It is overtaken when
// the appointment has begun, was changed since, or the case is no more.
func (s *Service) letter(ctx context.Context, kind notify.Kind, id string) (notify.Letter, error) {
	var l notify.Letter
	err := s.db.View(ctx, func(tx *db.Tx) error {
		var i invitation
		if err := tx.Get(ctx, &i, `select `+invitationColumns+` from invitations i where i.id = $1`, id); err != nil {
			return err
		}
		a, err := appointmentTx(ctx, tx, i.AppointmentID)
		if err != nil {
			return err
		}
		if !a.StartsAt.After(tx.Now()) || a.Ended() != (kind == notify.VisitOff) {
			return notify.ErrOvertaken
		}
		c, err := s.cases.CaseTx(ctx, tx, i.CaseID)
		if err != nil {
			return err
		}
		if !comes(c) && kind != notify.VisitOff {
			return notify.ErrOvertaken
		}
		if _, err := s.vault.KeyTx(ctx, tx, c.KeyID); err != nil {
			if errors.Is(err, vault.ErrErased) {
				return notify.ErrOvertaken
			}
			return err
		}
		who, err := person.ByIDTx(ctx, tx, c.PersonID)
		if err != nil {
			return err
		}
		l, err = s.letterTx(ctx, tx, a)
		l.Mailbox = mailbox(who)
		return err
	})
	return l, err
}

// letterTx is what a mail says of an appointment.
func (s *Service) letterTx(ctx context.Context, tx *db.Tx, a *Appointment) (notify.Letter, error) {
	event, err := s.eventTx(ctx, tx, a)
	if err != nil {
		return notify.Letter{}, err
	}
	at, err := s.centers.CenterTx(ctx, tx, a.CenterID)
	if err != nil {
		return notify.Letter{}, err
	}
	if a.Mode == InPerson && a.VenueID != "" {
		venue, err := s.centers.VenueTx(ctx, tx, a.VenueID)
		if err != nil {
			return notify.Letter{}, err
		}
		event.Place = venue.Address
	}
	return notify.Letter{Mode: notify.Mode(a.Mode), Event: event, Phone: at.Phone}, nil
}

// appointmentTx reads an appointment for the program itself.
func appointmentTx(ctx context.Context, tx *db.Tx, id string) (*Appointment, error) {
	var a Appointment
	err := tx.Get(ctx, &a, `select `+appointmentColumns+` from appointments a where a.id = $1`, id)
	if missing(err) {
		return nil, fault.Missing()
	}
	return &a, err
}

// ahead is how many days before an appointment somebody may be reminded of it: longer than
// any row of closed days.
const ahead = 21

// reminder is an appointment with the instants from which its people are reminded.
type reminder struct {
	Appointment
	mailFrom time.Time // the afternoon of the day before
	callFrom time.Time // the last day on which the center works before it
}

// Remind reminds the people of each appointment that is near, once: by e-mail from the
// hour of the rules on the day before, or by a place in the list of calls on the last
// working day before. It gives how many were reminded.
func (s *Service) Remind(ctx context.Context, actor access.Actor) (int, error) {
	scope, err := actor.Require(access.JobRun)
	if err != nil {
		return 0, err
	}
	near, err := s.near(ctx, scope)
	if err != nil {
		return 0, err
	}
	total := 0
	var failed error
	for _, r := range near { // each alone: one that fails holds up no other
		n := 0
		err := s.db.Tx(ctx, func(tx *db.Tx) (err error) {
			n, err = s.remindTx(ctx, tx, actor, scope, r)
			return err
		})
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		total += n
	}
	return total, failed
}

// near lists the appointments of whose people some may be due a reminder.
func (s *Service) near(ctx context.Context, scope access.Scope) ([]reminder, error) {
	var due []reminder
	err := s.db.View(ctx, func(tx *db.Tx) error {
		due = nil
		lists, err := s.catalogue.ListsTx(ctx, tx)
		if err != nil {
			return err
		}
		var args db.Args
		var rows []Appointment
		if err := tx.Select(ctx, &rows, `select `+appointmentColumns+` from appointments a where `+scope.SQL(columns, &args)+`
			and a.ended_at is null and a.starts_at > `+args.Add(db.At(tx.Now()))+`
			and a.starts_at < `+args.Add(db.At(today(tx).AddDays(ahead).At(0, 0)))+`
			and not exists (select 1 from invitations i where i.appointment_id = a.id and i.case_id = a.case_id and i.reminded_at is not null)
			order by a.starts_at, a.id`, args...); err != nil {
			return err
		}
		calendars := map[string]clock.Calendar{}
		for _, a := range rows {
			cal, known := calendars[a.CenterID]
			if !known {
				if cal, err = s.catalogue.CalendarTx(ctx, tx, a.CenterID); err != nil {
					return err
				}
				calendars[a.CenterID] = cal
			}
			if r := reminderOf(a, cal, lists.Rule(catalogue.RuleReminderHour)); !tx.Now().Before(r.callFrom) {
				due = append(due, r)
			}
		}
		return nil
	})
	return due, err
}

// reminderOf says from when the people of an appointment are reminded.
func reminderOf(a Appointment, cal clock.Calendar, hour int) reminder {
	before := a.Day().AddDays(-1)
	working := before
	for n := 0; n < ahead && !cal.IsBusinessDay(working); n++ {
		working = working.AddDays(-1)
	}
	return reminder{a, before.At(hour, 0), working.At(0, 0)}
}

// remindTx reminds those people of an appointment who are due it and have not been.
func (s *Service) remindTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, r reminder) (int, error) {
	a, err := load(ctx, tx, actor, scope, r.ID)
	if err != nil || a.Ended() || !a.StartsAt.After(tx.Now()) {
		return 0, err
	}
	people, err := s.expectedTx(ctx, tx, a)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, c := range people {
		told, err := s.remindPersonTx(ctx, tx, actor, r, c)
		if err != nil {
			return 0, err
		}
		if told {
			n++
		}
	}
	return n, nil
}

func (s *Service) remindPersonTx(ctx context.Context, tx *db.Tx, actor access.Actor, r reminder, c casefile.Case) (bool, error) {
	if !comes(c) {
		return false, nil
	}
	who, err := person.ByIDTx(ctx, tx, c.PersonID)
	if err != nil {
		return false, err
	}
	from := r.mailFrom
	if mailbox(who) == "" {
		from = r.callFrom
	}
	if tx.Now().Before(from) {
		return false, nil
	}
	i, err := inviteTx(ctx, tx, r.ID, c.ID)
	if err != nil {
		return false, err
	}
	// Of two that come here at once, one finds the mark of the other.
	n, err := tx.Exec(ctx, `update invitations set reminded_at = $1 where id = $2 and reminded_at is null`, db.At(tx.Now()), i.ID)
	if err != nil || n == 0 {
		return false, err
	}
	if r.justTold(from) || mailbox(who) == "" && i.Answer != "" {
		return false, nil
	}
	return true, s.tellPersonTx(ctx, tx, actor, &r.Appointment, c, notify.VisitReminder, true)
}

// justTold tells whether the people heard of an appointment so late that to hear of it
// again would be noise. Nobody hears of the sessions of a group when they are planned.
func (r reminder) justTold(from time.Time) bool {
	return !r.CreatedAt.Before(from) && (r.Kind != Group || r.MovedFrom != "")
}
