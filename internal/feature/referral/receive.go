package referral

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
)

// Accept takes a referral in; its first appointment is offered later. Of two who accept
// at once, the second gets a Conflict that says who did.
func (s *Service) Accept(ctx context.Context, actor access.Actor, id string) error {
	scope, err := actor.Require(access.ReferralReceive)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		if err := s.AcceptTx(ctx, tx, actor, scope, id); err != nil {
			return err
		}
		r, err := load(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		return s.tellArea(ctx, tx, r, notify.ReferralAccepted)
	})
}

// AcceptTx takes a referral in without a word to its area: the room above, which has
// required access.ReferralReceive with this scope, offers the first appointment in the
// same transaction.
func (s *Service) AcceptTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, id string) error {
	return s.answerTx(ctx, tx, scope, id, func(tx *db.Tx, r *record) error {
		r.AcceptedAt, r.AcceptedBy = db.At(tx.Now()), actor.Account
		// What was typed is in its columns now; the draft would only be a second copy.
		if _, err := tx.Exec(ctx, `update referrals set accepted_at = $1, accepted_by = $2, draft = null where id = $3`,
			r.AcceptedAt, r.AcceptedBy, r.ID); err != nil {
			return err
		}
		if err := s.ledger.AppendTx(ctx, tx, actor, r.entry("referral.accept")); err != nil {
			return err
		}
		return changedTx(ctx, tx, r)
	})
}

// FirstVisit is the first appointment of the process, as the agenda gave it.
type FirstVisit struct {
	StartsAt time.Time
	Mode     string // code of catalogue.AppointmentMode
	VenueID  string
}

// OfferedTx keeps the first appointment that the agenda gave for an accepted referral, or
// another one in its place, and tells the area. The caller has reached the referral.
func (s *Service) OfferedTx(ctx context.Context, tx *db.Tx, actor access.Actor, id string, v FirstVisit) error {
	r, err := s.anyTx(ctx, tx, id)
	if err != nil {
		return err
	}
	if r.State != Accepted {
		return fault.New(fault.Conflict, i18n.M("Primero hay que aceptar la canalización; después se le da cita."))
	}
	r.AppointmentAt = db.At(v.StartsAt)
	if _, err := tx.Exec(ctx, `update referrals set appointment_at = $1, appointment_mode = $2, appointment_venue = $3 where id = $4`,
		r.AppointmentAt, v.Mode, v.VenueID, r.ID); err != nil {
		return err
	}
	if err := s.ledger.AppendTx(ctx, tx, actor, r.entry("referral.appointment", ledger.Change{Field: "appointment_at"})); err != nil {
		return err
	}
	if err := s.tellArea(ctx, tx, r, notify.AppointmentOffered); err != nil {
		return err
	}
	return s.refresh(ctx, tx, r)
}

// ReturnNote is what is missing, when a referral is returned.
type ReturnNote struct {
	Reasons []string `form:"reasons"`
	Note    string   `form:"note"`
}

// Return sends a referral back for correction, saying what is missing.
func (s *Service) Return(ctx context.Context, actor access.Actor, id string, n ReturnNote) error {
	scope, err := actor.Require(access.ReferralReceive)
	if err != nil {
		return err
	}
	return s.answer(ctx, scope, id, func(tx *db.Tx, r *record) error {
		if err := s.checkReturn(ctx, tx, &n); err != nil {
			return err
		}
		r.ReturnedAt = later(tx.Now(), r.facts().arrived())
		if _, err := tx.Exec(ctx, `update referrals set returned_at = $1 where id = $2`, r.ReturnedAt, r.ID); err != nil {
			return err
		}
		deadline, err := s.deadline(ctx, tx, r)
		if err != nil {
			return err
		}
		if err := s.storeReturn(ctx, tx, actor, r, n, deadline.Due); err != nil {
			return err
		}
		if err := s.ledger.AppendTx(ctx, tx, actor, r.entry("referral.return",
			ledger.Change{Field: "reasons", After: strings.Join(n.Reasons, " ")})); err != nil {
			return err
		}
		return s.tellArea(ctx, tx, r, notify.ReferralReturned)
	})
}

func (s *Service) checkReturn(ctx context.Context, tx *db.Tx, n *ReturnNote) error {
	c, err := s.checker(ctx, tx)
	if err != nil {
		return err
	}
	var form fault.Form
	n.Reasons = c.codes(&form, "reasons", catalogue.ReturnReason, n.Reasons)
	n.Note = text(&form, "note", n.Note, 2000)
	if len(n.Reasons) == 0 {
		form.Add("reasons", i18n.M("Marque al menos una cosa que falte o haya que corregir."))
	}
	if utf8.RuneCountInString(n.Note) < 5 {
		form.Add("note", i18n.M("Explique en una frase qué debe corregir, para que baste un solo intento."))
	}
	return form.Err()
}

func (s *Service) storeReturn(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, n ReturnNote, due clock.Date) error {
	reasons, err := json.Marshal(n.Reasons)
	if err != nil {
		return err
	}
	id := db.NewID()
	note, err := s.sealJSON(ctx, tx, r, "return_note", n.Note)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into referral_returns (id, referral_id, at, by, reasons, note, due_on)
		values ($1, $2, $3, $4, $5, $6, $7)`,
		id, r.ID, db.At(tx.Now()), actor.Account, string(reasons), note, due)
	return err
}

// Motive is why a referral is declined, reassigned or withdrawn: a code, and a sentence
// where the code alone says nothing.
type Motive struct {
	Reason string `form:"reason"`
	Note   string `form:"note"`
}

// otherReason is the code of "another reason" in every list of motives.
const otherReason = "other"

const maxMotive = 500 // characters

// check adds what is wrong with a motive to the form.
func (m *Motive) check(c checker, form *fault.Form, list string) {
	if c.code(form, "reason", list, m.Reason) == "" {
		form.Add("reason", i18n.M("Elija un motivo de la lista."))
	}
	m.Note = text(form, "note", m.Note, maxMotive)
	if m.Reason == otherReason && utf8.RuneCountInString(m.Note) < 5 {
		form.Add("note", i18n.M("Escriba en una frase cuál es el motivo."))
	}
}

// Decline answers that the center cannot take the person, and why.
func (s *Service) Decline(ctx context.Context, actor access.Actor, id string, why Motive) error {
	scope, err := actor.Require(access.ReferralReceive)
	if err != nil {
		return err
	}
	return s.answer(ctx, scope, id, func(tx *db.Tx, r *record) error {
		note, err := s.motive(ctx, tx, r, catalogue.DeclineReason, &why)
		if err != nil {
			return err
		}
		r.DeclinedAt, r.DeclinedBy = db.At(tx.Now()), actor.Account
		if _, err := tx.Exec(ctx, `update referrals set declined_at = $1, declined_by = $2, decline_reason = $3, motive_note = $4,
			draft = null where id = $5`, r.DeclinedAt, r.DeclinedBy, why.Reason, note, r.ID); err != nil {
			return err
		}
		if err := s.ledger.AppendTx(ctx, tx, actor, r.entry("referral.decline",
			ledger.Change{Field: "reason", After: why.Reason})); err != nil {
			return err
		}
		return s.tellArea(ctx, tx, r, notify.ReferralDeclined)
	})
}

// Reassign passes a referral to another center; the state stays, the clock goes on.
func (s *Service) Reassign(ctx context.Context, actor access.Actor, id, toCenter string, why Motive) error {
	scope, err := actor.Require(access.ReferralReceive)
	if err != nil {
		return err
	}
	return s.answer(ctx, scope, id, func(tx *db.Tx, r *record) error {
		c, err := s.checker(ctx, tx)
		if err != nil {
			return err
		}
		var form fault.Form
		why.check(c, &form, catalogue.ReassignReason)
		if err := s.checkCenter(ctx, tx, &form, toCenter); err != nil {
			return err
		}
		if toCenter == r.CenterID {
			form.Add("center_id", i18n.M("Elija un centro distinto del suyo."))
		}
		if err := form.Err(); err != nil {
			return err
		}
		return s.moveTx(ctx, tx, actor, r, toCenter, why)
	})
}

func (s *Service) moveTx(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, to string, why Motive) error {
	from := r.CenterID
	// The entry names the center that let it go; that is the one that acted.
	if err := s.ledger.AppendTx(ctx, tx, actor, r.entry("referral.reassign",
		ledger.Change{Field: "center", Before: from, After: to}, ledger.Change{Field: "reason", After: why.Reason})); err != nil {
		return err
	}
	note, err := s.sealNote(ctx, tx, r, why.Note)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into referral_reassignments (id, referral_id, at, by, from_center, to_center, reason, note)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`, db.NewID(), r.ID, db.At(tx.Now()), actor.Account, from, to, why.Reason, note); err != nil {
		return err
	}
	for _, q := range []string{
		`update referrals set center_id = $1 where id = $2`,
		`update referral_words set center_id = $1 where referral_id = $2`,
	} {
		if _, err := tx.Exec(ctx, q, to, r.ID); err != nil {
			return err
		}
	}
	if err := s.documents.MoveTx(ctx, tx, r.subject(), to); err != nil {
		return err
	}
	r.CenterID = to
	if err := s.tellCenter(ctx, tx, r, to, notify.ReferralReassignedIn); err != nil {
		return err
	}
	return s.tellArea(ctx, tx, r, notify.ReferralReassigned)
}

// answer runs one answer of the center to a referral that waits for it, and
// refreshes its state.
func (s *Service) answer(ctx context.Context, scope access.Scope, id string, do func(tx *db.Tx, r *record) error) error {
	return s.db.Tx(ctx, func(tx *db.Tx) error { return s.answerTx(ctx, tx, scope, id, do) })
}

func (s *Service) answerTx(ctx context.Context, tx *db.Tx, scope access.Scope, id string, do func(tx *db.Tx, r *record) error) error {
	r, err := load(ctx, tx, scope, id)
	if err != nil {
		return err
	}
	if r.State != Submitted {
		return s.tooLate(ctx, tx, r)
	}
	if err := do(tx, r); err != nil {
		return err
	}
	return s.refresh(ctx, tx, r)
}

// tooLate says what became of a referral that somebody wanted to answer, and who did it.
func (s *Service) tooLate(ctx context.Context, tx *db.Tx, r *record) error {
	var who string
	var at time.Time
	switch r.State {
	case Accepted:
		who, at = r.AcceptedBy, r.AcceptedAt.Time
	case Declined:
		who, at = r.DeclinedBy, r.DeclinedAt.Time
	case Returned:
		ret, err := s.lastReturnTx(ctx, tx, r)
		if err != nil {
			return err
		}
		who, at = ret.By, ret.At
	default:
		return fault.New(fault.Conflict, i18n.M("Esta canalización ya no espera respuesta: %s.", r.State.Label()))
	}
	names, err := s.identity.NamesTx(ctx, tx, []string{who})
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, i18n.M("Alguien respondió antes: %s, por %s, el %s a las %s. No se cambió nada.",
		r.State.Label(), names[who], clock.DateOf(at).MX(), at.In(clock.Zone()).Format("15:04")))
}

// motive checks why a referral ends and gives its sentence sealed; nil when there is none.
func (s *Service) motive(ctx context.Context, tx *db.Tx, r *record, list string, why *Motive) ([]byte, error) {
	c, err := s.checker(ctx, tx)
	if err != nil {
		return nil, err
	}
	var form fault.Form
	why.check(c, &form, list)
	if err := form.Err(); err != nil {
		return nil, err
	}
	return s.sealNote(ctx, tx, r, why.Note)
}

func (s *Service) sealNote(ctx context.Context, tx *db.Tx, r *record, note string) ([]byte, error) {
	if note == "" {
		return nil, nil
	}
	return s.sealJSON(ctx, tx, r, "motive_note", note)
}

// Withdraw takes a referral back, before or after it was accepted, and says why.
func (s *Service) Withdraw(ctx context.Context, actor access.Actor, id string, why Motive) error {
	scope, err := actor.Require(access.ReferralWrite)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		if !r.State.Withdrawable() {
			return fault.New(fault.Conflict, i18n.M("Esta canalización ya no se puede retirar: %s.", r.State.Label()))
		}
		note, err := s.motive(ctx, tx, r, catalogue.WithdrawReason, &why)
		if err != nil {
			return err
		}
		r.WithdrawnAt = db.At(tx.Now())
		if _, err := tx.Exec(ctx, `update referrals set withdrawn_at = $1, withdrawn_by = $2, withdraw_reason = $3, motive_note = $4,
			draft = null where id = $5`, r.WithdrawnAt, actor.Account, why.Reason, note, r.ID); err != nil {
			return err
		}
		if err := s.ledger.AppendTx(ctx, tx, actor, r.entry("referral.withdraw",
			ledger.Change{Field: "reason", After: why.Reason})); err != nil {
			return err
		}
		if err := s.tellCenter(ctx, tx, r, r.CenterID, notify.ReferralWithdrawn); err != nil {
			return err
		}
		if err := changedTx(ctx, tx, r); err != nil {
			return err
		}
		return s.refresh(ctx, tx, r)
	})
}

// Return is one return of a referral, as it is shown.
type Return struct {
	At      time.Time
	By      string // account
	Reasons []string
	Note    string
	DueOn   clock.Date
}

func (s *Service) lastReturnTx(ctx context.Context, tx *db.Tx, r *record) (*Return, error) {
	var row struct {
		At      db.Time    `db:"at"`
		By      string     `db:"by"`
		Reasons string     `db:"reasons"`
		Note    []byte     `db:"note"`
		DueOn   clock.Date `db:"due_on"`
	}
	err := tx.Get(ctx, &row, `select at, by, reasons, note, due_on from referral_returns
		where referral_id = $1 order by at desc, id desc limit 1`, r.ID)
	if errors.Is(err, db.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := &Return{At: row.At.Time, By: row.By, DueOn: row.DueOn}
	if err := json.Unmarshal([]byte(row.Reasons), &out.Reasons); err != nil {
		return nil, err
	}
	return out, s.openJSON(ctx, tx, r, "return_note", row.Note, &out.Note)
}
