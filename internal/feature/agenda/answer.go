package agenda

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/person"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// Reply is what a person answered to an invitation; empty while he has not.
type Reply string

// The replies.
const (
	Coming    Reply = "yes"
	NotComing Reply = "no"
)

// Label is the reply as the center reads it.
func (r Reply) Label() i18n.Msg {
	switch r {
	case Coming:
		return i18n.M("Confirmó que va")
	case NotComing:
		return i18n.M("Avisó que no puede")
	}
	return i18n.M("No ha respondido")
}

// answerPath is the page behind the one-time link of an invitation; its MAC follows it.
func answerPath(id string) string { return "/cita/" + id }

// Invited is what the page behind a one-time link shows: nothing of whom it is for.
type Invited struct {
	Appointment
	Address string // where, in person
	Phone   string // of the center
	Reply   Reply
	Reason  string
	Lists   *catalogue.Lists
}

// Invited reads the page behind a one-time link and changes nothing, since programs that
// look for harm in mails open every link. A link that opens nothing, now or ever, is
// NotFound. It opens until the appointment begins or is changed.
func (s *Service) Invited(ctx context.Context, actor access.Actor, id, mac string) (*Invited, error) {
	if _, err := actor.Require(access.AppointmentAnswer); err != nil {
		return nil, err
	}
	var page *Invited
	err := s.db.View(ctx, func(tx *db.Tx) error {
		i, a, err := s.invitedTx(ctx, tx, id, mac)
		if err != nil {
			return err
		}
		l, err := s.letterTx(ctx, tx, a)
		if err != nil {
			return err
		}
		lists, err := s.catalogue.ListsTx(ctx, tx)
		page = &Invited{Appointment: *a, Address: l.Event.Place, Phone: l.Phone, Reply: i.Answer, Reason: i.Reason, Lists: lists}
		return err
	})
	return page, err
}

// invitedTx reads what a one-time link opens.
func (s *Service) invitedTx(ctx context.Context, tx *db.Tx, id, mac string) (invitation, *Appointment, error) {
	var i invitation
	if uuid.Validate(id) != nil || !s.outbox.CheckSignature(answerPath(id), mac) {
		return i, nil, fault.Missing()
	}
	err := tx.Get(ctx, &i, `select `+invitationColumns+` from invitations i where i.id = $1`, id)
	if missing(err) {
		return i, nil, fault.Missing()
	}
	if err != nil {
		return i, nil, err
	}
	a, err := appointmentTx(ctx, tx, i.AppointmentID)
	if err != nil {
		return i, nil, err
	}
	if a.Ended() || !a.StartsAt.After(tx.Now()) {
		return i, nil, fault.Missing()
	}
	return i, a, nil
}

// ReplyForm is what a person answers on that page.
type ReplyForm struct {
	Answer string `form:"answer"`
	Reason string `form:"reason"`
}

// Reply stores what a person answers; he may change it until the appointment begins. That
// he cannot come calls nothing off: it asks the center to call him.
func (s *Service) Reply(ctx context.Context, actor access.Actor, id, mac string, f ReplyForm) error {
	if _, err := actor.Require(access.AppointmentAnswer); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		i, a, err := s.invitedTx(ctx, tx, id, mac)
		if err != nil {
			return err
		}
		answer, reason, err := s.checkReply(ctx, tx, f)
		if err != nil || answer == i.Answer && reason == i.Reason { // sent twice
			return err
		}
		c, err := s.cases.CaseTx(ctx, tx, i.CaseID)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update invitations set answer = $1, reason = $2, answered_at = $3 where id = $4`,
			string(answer), reason, db.At(tx.Now()), i.ID); err != nil {
			return err
		}
		if err := followReplyTx(ctx, tx, i, answer); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, caseEntry(c, "appointment.reply", ledger.Change{Field: "appointment", After: a.ID}))
	})
}

// followReplyTx asks for the call that an answer needs, and for none that it makes idle.
func followReplyTx(ctx context.Context, tx *db.Tx, i invitation, answer Reply) error {
	if answer == NotComing {
		return askCallTx(ctx, tx, i.ID, CallCannot)
	}
	_, err := tx.Exec(ctx, `update invitations set call = '', call_at = null where id = $1 and (called_at is null or called_at < call_at)`, i.ID)
	return err
}

func (s *Service) checkReply(ctx context.Context, tx *db.Tx, f ReplyForm) (Reply, string, error) {
	answer, reason := Reply(strings.TrimSpace(f.Answer)), strings.TrimSpace(f.Reason)
	switch answer {
	case Coming:
		return Coming, "", nil
	case NotComing:
	default:
		return "", "", wrong("answer", i18n.M("Elija si va a ir o si no puede."))
	}
	lists, err := s.catalogue.ListsTx(ctx, tx)
	if err != nil {
		return "", "", err
	}
	if !lists.Has(catalogue.CannotReason, reason) {
		return "", "", wrong("reason", i18n.M("Elija por qué no puede."))
	}
	return NotComing, reason, nil
}

// CallFor is why somebody is to be called about an appointment.
type CallFor string

// The reasons.
const (
	CallRemind CallFor = "remind" // he has no mailbox, or it does not work
	CallCannot CallFor = "cannot" // he answered that he cannot come
	CallGiven  CallFor = "given"  // the mail with the appointment did not arrive
	CallMoved  CallFor = "moved"  // he has not heard that it changed
	CallOff    CallFor = "off"    // he has not heard that it was called off
)

// Label says what to tell him.
func (c CallFor) Label() i18n.Msg {
	switch c {
	case CallCannot:
		return i18n.M("Avisó que no puede: acuerde otra fecha")
	case CallGiven:
		return i18n.M("Dígale la fecha: el correo no llegó")
	case CallMoved:
		return i18n.M("Dígale que la cita cambió")
	case CallOff:
		return i18n.M("Dígale que la cita se canceló")
	}
	return i18n.M("Recuérdele la cita")
}

// askCallTx asks the center to call a person.
func askCallTx(ctx context.Context, tx *db.Tx, id string, why CallFor) error {
	_, err := tx.Exec(ctx, `update invitations set call = $1, call_at = $2 where id = $3`, string(why), db.At(tx.Now()), id)
	return err
}

// owedCall is the condition for an invitation whose call nobody has made, while there is
// still an appointment to speak of.
const owedCall = `i.call <> '' and (i.called_at is null or i.called_at < i.call_at)
	and (a.ended_at is null or i.call = 'off')`

// VisitCall is one person to be called about an appointment.
type VisitCall struct {
	ID      string
	Why     CallFor
	CaseID  string
	Folio   string
	Person  string
	Phone   string
	Safe    string // code: whether a message may be left
	Kind    Kind
	Starts  db.Time
	Appoint string // empty where another center had it
	Center  string // name of the center that had it, if another
	Reason  string // code: why he cannot come
}

// VisitCalls lists whom the center is to call about appointments to come, the nearest
// first. It shows telephones, so the reading is in the ledger.
//
// Whose call it is, the case tells, not the appointment: after a transfer the new center
// calls about what was called off at the old one. It alone may still read the telephone and
// whether a message is safe to leave, and it can give him another date in the same call; a
// call that the old center could not make is a man who travels to a closed door.
func (s *Service) VisitCalls(ctx context.Context, actor access.Actor) ([]VisitCall, error) {
	scope, err := actor.Require(access.AgendaBook)
	if err != nil {
		return nil, err
	}
	var all []VisitCall
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		all = nil
		var args db.Args
		var rows []struct {
			invitation `db:""`
			StartsAt   db.Time `db:"starts_at"`
			Kind       Kind    `db:"kind"`
			CenterID   string  `db:"center_id"`
		}
		if err := tx.Select(ctx, &rows, `select `+invitationColumns+`, a.starts_at, a.kind, a.center_id from invitations i join appointments a on a.id = i.appointment_id
			where `+casefile.Within(actor, scope, "i.case_id", &args)+` and `+owedCall+` and a.starts_at > `+args.Add(db.At(tx.Now()))+`
			order by a.starts_at, i.id limit `+args.Add(maxTasks), args...); err != nil {
			return err
		}
		for _, r := range rows {
			c, err := s.cases.ReachTx(ctx, tx, actor, scope, r.CaseID)
			if err != nil {
				return err
			}
			who, err := person.ByIDTx(ctx, tx, c.PersonID)
			if err != nil {
				return err
			}
			call := VisitCall{ID: r.ID, Why: r.Call, CaseID: c.ID, Folio: c.Folio, Person: c.Person, Phone: who.Phone, Safe: who.SafeMessage,
				Kind: r.Kind, Starts: r.StartsAt, Appoint: r.AppointmentID, Reason: r.Reason}
			if r.CenterID != c.CenterID {
				had, err := s.centers.CenterTx(ctx, tx, r.CenterID)
				if err != nil {
					return err
				}
				call.Appoint, call.Center = "", had.Name
			}
			all = append(all, call)
		}
		if len(all) == 0 {
			return nil
		}
		return s.ledger.AppendTx(ctx, tx, actor, ledger.Entry{Action: "agenda.calls", Subject: ledger.Subject{Type: "center", ID: actor.Center}, Center: actor.Center})
	})
	return all, err
}

// VisitCallsWaiting counts those calls.
func (s *Service) VisitCallsWaiting(ctx context.Context, actor access.Actor) (int, error) {
	scope, err := actor.Require(access.AgendaBook)
	if err != nil {
		return 0, err
	}
	n := 0
	err = s.db.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		return tx.Get(ctx, &n, `select count(*) from invitations i join appointments a on a.id = i.appointment_id
			where `+casefile.Within(actor, scope, "i.case_id", &args)+` and `+owedCall+` and a.starts_at > `+args.Add(db.At(tx.Now())), args...)
	})
	return n, err
}

// CallForm is how a call about an appointment went, and what the person said, if he did.
type CallForm struct {
	Result string `form:"result"`
	Answer string `form:"answer"`
}

// check finds what is wrong with the form.
func (f CallForm) check(lists *catalogue.Lists) error {
	var form fault.Form
	if !lists.Has(catalogue.ContactResult, f.Result) {
		form.Add("result", i18n.M("Elija qué pasó con la llamada."))
	}
	switch Reply(f.Answer) {
	case "", Coming, NotComing:
	default:
		form.Add("answer", i18n.M("Elija si va a ir o si no puede."))
	}
	return form.Err()
}

// VisitCalled records how a call about an appointment went. What the person said is his
// answer from then on.
func (s *Service) VisitCalled(ctx context.Context, actor access.Actor, id string, f CallForm) error {
	scope, err := actor.Require(access.AgendaBook)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		i, c, err := s.callTx(ctx, tx, actor, scope, id)
		if err != nil {
			return err
		}
		lists, err := s.catalogue.ListsTx(ctx, tx)
		if err != nil {
			return err
		}
		if err := f.check(lists); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `update invitations set called_at = $1, called_by = $2, call_result = $3
			where id = $4 and call <> '' and (called_at is null or called_at < call_at)`, db.At(tx.Now()), actor.Name(), f.Result, i.ID)
		if err != nil || n == 0 { // somebody else has called
			return err
		}
		if f.Answer != "" {
			if _, err := tx.Exec(ctx, `update invitations set answer = $1, reason = '', answered_at = $2 where id = $3`,
				f.Answer, db.At(tx.Now()), i.ID); err != nil {
				return err
			}
		}
		return s.ledger.AppendTx(ctx, tx, actor, caseEntry(c, "appointment.call",
			ledger.Change{Field: "appointment", After: i.AppointmentID}, ledger.Change{Field: "result", After: f.Result}))
	})
}

// callTx reads an invitation of a center's case, with the case.
func (s *Service) callTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, id string) (invitation, casefile.Case, error) {
	var i invitation
	if uuid.Validate(id) != nil {
		return i, casefile.Case{}, fault.Missing()
	}
	var args db.Args
	err := tx.Get(ctx, &i, `select `+invitationColumns+` from invitations i
		where i.id = `+args.Add(id)+` and `+casefile.Within(actor, scope, "i.case_id", &args), args...)
	if missing(err) {
		return i, casefile.Case{}, fault.Missing()
	}
	if err != nil {
		return i, casefile.Case{}, err
	}
	c, err := s.cases.ReachTx(ctx, tx, actor, scope, i.CaseID)
	return i, c, err
}

// Replies is what the people of an appointment have answered.
type Replies struct{ Asked, Coming, NotComing int }

// Label is how they stand on an agenda; the zero sentence where nobody was asked, and of a
// group where nobody has answered.
func (r Replies) Label(group bool) i18n.Msg {
	switch {
	case r.Asked == 0, group && r.Coming+r.NotComing == 0:
		return i18n.Msg{}
	case group:
		return i18n.M("%d confirmaron, %d no pueden", r.Coming, r.NotComing)
	case r.Coming > 0:
		return Coming.Label()
	case r.NotComing > 0:
		return NotComing.Label()
	}
	return Reply("").Label()
}

// repliesTx counts the answers to some appointments, by appointment.
func repliesTx(ctx context.Context, tx *db.Tx, rows []Appointment) (map[string]Replies, error) {
	ids := make([]string, len(rows))
	for i, a := range rows {
		ids[i] = a.ID
	}
	all := map[string]Replies{}
	var args db.Args
	in := args.In(ids)
	if in == "" {
		return all, nil
	}
	var counts []struct {
		ID     string `db:"appointment_id"`
		Answer Reply  `db:"answer"`
		N      int    `db:"n"`
	}
	err := tx.Select(ctx, &counts, `select appointment_id, answer, count(*) as n from invitations where appointment_id in (`+in+`)
		group by appointment_id, answer`, args...)
	for _, c := range counts {
		r := all[c.ID]
		r.Asked += c.N
		switch c.Answer {
		case Coming:
			r.Coming += c.N
		case NotComing:
			r.NotComing += c.N
		}
		all[c.ID] = r
	}
	return all, err
}

// Answered is what one person answered to one invitation.
type Answered struct {
	Asked  bool
	Reply  Reply
	Reason string // code
}

// answersTx gives the answers to an appointment, by case.
func answersTx(ctx context.Context, tx *db.Tx, appointment string) (map[string]Answered, error) {
	var rows []invitation
	err := tx.Select(ctx, &rows, `select `+invitationColumns+` from invitations i where i.appointment_id = $1`, appointment)
	all := make(map[string]Answered, len(rows))
	for _, i := range rows {
		all[i.CaseID] = Answered{Asked: true, Reply: i.Answer, Reason: i.Reason}
	}
	return all, err
}
