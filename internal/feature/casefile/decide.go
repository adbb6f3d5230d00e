package casefile

import (
	"context"
	"strings"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
)

// on runs a change of one case file that the actor reaches.
func (s *Service) on(ctx context.Context, actor access.Actor, scope access.Scope, id string, do func(tx *db.Tx, r *record) error) error {
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, actor, scope, id)
		if err != nil {
			return err
		}
		return do(tx, r)
	})
}

// possible is a Conflict where a move cannot be made from where the file stands.
func (r *record) possible(m Move) error {
	_, err := r.facts().after(m, time.Time{})
	return err
}

// SuspendForm is a suspension as the form gives it.
type SuspendForm struct {
	Reason string `form:"reason"`
	Note   string `form:"note"`
	Until  string `form:"until"` // when it is to be looked at again; may be empty
}

// Suspend stops a process for a time: its clocks of attendance stop, its plan stays.
func (s *Service) Suspend(ctx context.Context, actor access.Actor, id string, f SuspendForm) error {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		if err := r.possible(Suspend); err != nil {
			return err
		}
		lists, err := s.catalogue.ListsTx(ctx, tx)
		if err != nil {
			return err
		}
		var form fault.Form
		reason := chosen(&form, lists, "reason", catalogue.SuspendReason, f.Reason)
		note := reasoned(&form, "note", f.Note)
		until := dayOrNone(&form, "until", f.Until)
		if !until.IsZero() && !until.After(today(tx)) {
			form.Add("until", i18n.M("Esa fecha ya pasó. Escriba una posterior a hoy."))
		}
		if err := form.Err(); err != nil {
			return err
		}
		rowID := db.NewID()
		sealed, err := s.seal(ctx, tx, r, "suspensions", "note", rowID, note)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into suspensions (id, case_file_id, reason, note, until_on, at, by, resumed_by)
			values ($1, $2, $3, $4, $5, $6, $7, '')`, rowID, r.ID, reason, sealed, until, db.At(tx.Now()), actor.Account); err != nil {
			return err
		}
		if err := s.move(ctx, tx, actor, r, Suspend, r.entry("case.suspend", ledger.Change{Field: "reason", After: reason})); err != nil {
			return err
		}
		return s.tellTx(ctx, tx, actor, r, notify.CaseSuspended, "process.suspended")
	})
}

// Resume takes a suspended process up again.
func (s *Service) Resume(ctx context.Context, actor access.Actor, id string) error {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		if err := s.move(ctx, tx, actor, r, Resume, r.entry("case.resume")); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update suspensions set resumed_at = $1, resumed_by = $2 where case_file_id = $3 and resumed_at is null`,
			db.At(tx.Now()), actor.Account, r.ID); err != nil {
			return err
		}
		return s.tellTx(ctx, tx, actor, r, notify.CaseResumed, "process.resumed")
	})
}

// DischargeForm is a discharge as the form gives it.
type DischargeForm struct {
	Reason string `form:"reason"`
	Note   string `form:"note"`
}

// Discharge ends a process before its completion, for a coded reason. Leaving by one's
// own decision is a reason only for whom no mandate obliges.
func (s *Service) Discharge(ctx context.Context, actor access.Actor, id string, f DischargeForm) error {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		if err := r.possible(Drop); err != nil {
			return err
		}
		lists, err := s.catalogue.ListsTx(ctx, tx)
		if err != nil {
			return err
		}
		var form fault.Form
		reason := chosen(&form, lists, "reason", catalogue.DischargeReason, f.Reason)
		note := reasoned(&form, "note", f.Note)
		if reason == ByOwnDecision && !r.Voluntary {
			form.Add("reason", i18n.M("Una obligación ordenada sigue en pie: no es baja por decisión propia. Elija otra causa, o registre antes que la autoridad dejó sin efecto la obligación."))
		}
		if err := form.Err(); err != nil {
			return err
		}
		return s.dischargeTx(ctx, tx, actor, r, reason, note)
	})
}

// ReferOutForm says where a person is sent to other care.
type ReferOutForm struct {
	To   string `form:"to"`
	Note string `form:"note"`
}

// referredOut is what is sealed about it.
type referredOut struct{ To, Note string }

// ReferOut ends the process here because the person needs care that the center does not
// give.
func (s *Service) ReferOut(ctx context.Context, actor access.Actor, id string, f ReferOutForm) error {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		if err := r.possible(ReferOut); err != nil {
			return err
		}
		var form fault.Form
		to := written(&form, "to", f.To, 200)
		if to == "" {
			form.Add("to", i18n.M("Escriba a qué institución o servicio se deriva."))
		}
		note := reasoned(&form, "note", f.Note)
		if err := form.Err(); err != nil {
			return err
		}
		sealed, err := s.seal(ctx, tx, r, "case_files", "referred_out_to", r.ID, referredOut{to, note})
		if err != nil {
			return err
		}
		r.NextAt = db.Time{}
		if _, err := tx.Exec(ctx, `update case_files set referred_out_to = $1, next_at = null where id = $2`, sealed, r.ID); err != nil {
			return err
		}
		if err := s.move(ctx, tx, actor, r, ReferOut, r.entry("case.refer_out")); err != nil {
			return err
		}
		if _, err := s.leaveTx(ctx, tx, actor, r, ""); err != nil {
			return err
		}
		return s.tellTx(ctx, tx, actor, r, notify.CaseDischarged, "process.referred_out")
	})
}

// Complete concludes a process. It needs the required attendance, or the written reason
// of the coordination for doing without, and in any case the conclusion report.
func (s *Service) Complete(ctx context.Context, actor access.Actor, id, override string) error {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		if err := r.possible(Complete); err != nil {
			return err
		}
		plan, err := s.PlanTx(ctx, tx, r.ID)
		if err != nil {
			return err
		}
		if r.ReportDocumentID == "" {
			return fault.New(fault.Conflict, i18n.M("Falta el informe de conclusión. Prepárelo y fírmelo en «Documentos»; después se puede concluir."))
		}
		var sealed []byte
		e := r.entry("case.complete")
		if !plan.Reached() {
			var form fault.Form
			why := written(&form, "override", override, maxReason)
			if len(why) < minReason {
				done := plan.Progress()
				form.Add("override", i18n.M("Lleva %d de %d sesiones (%d %%) y el programa pide %d %%. Para concluir sin alcanzarlo, escriba por qué.",
					done.Done, done.Of, done.Percent(), plan.Required))
			}
			if err := form.Err(); err != nil {
				return err
			}
			if sealed, err = s.seal(ctx, tx, r, "case_files", "override_reason", r.ID, why); err != nil {
				return err
			}
			e.Changes = append(e.Changes, ledger.Change{Field: "override", After: "yes"})
		}
		r.NextAt = db.Time{}
		if _, err := tx.Exec(ctx, `update case_files set completed_by = $1, override_reason = $2, next_at = null where id = $3`,
			actor.Account, sealed, r.ID); err != nil {
			return err
		}
		if err := s.move(ctx, tx, actor, r, Complete, e); err != nil {
			return err
		}
		if _, err := s.leaveTx(ctx, tx, actor, r, ""); err != nil {
			return err
		}
		return s.tellTx(ctx, tx, actor, r, notify.CaseCompleted, "process.completed")
	})
}

// ReportTx keeps which document is the conclusion report of a case file; an empty id
// takes back one that was revoked before the completion.
func (s *Service) ReportTx(ctx context.Context, tx *db.Tx, actor access.Actor, caseID, documentID string) error {
	r, err := byID(ctx, tx, caseID)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update case_files set report_document_id = $1 where id = $2`, documentID, r.ID); err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, r.entry("case.report", ledger.Change{Field: "document", Before: r.ReportDocumentID, After: documentID}))
}

// FollowTx begins the follow-up of an ended process.
func (s *Service) FollowTx(ctx context.Context, tx *db.Tx, actor access.Actor, caseID string) error {
	r, err := byID(ctx, tx, caseID)
	if err != nil {
		return err
	}
	return s.move(ctx, tx, actor, r, Follow, r.entry("case.follow_up"))
}

// CloseFile closes a file whose process has ended and which waits for nothing more.
func (s *Service) CloseFile(ctx context.Context, actor access.Actor, id string) error {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		return s.move(ctx, tx, actor, r, Close, r.entry("case.close"))
	})
}

// TransferForm says to which center a process goes.
type TransferForm struct {
	Center string `form:"center_id"`
	Reason string `form:"reason"`
}

// Transfer moves a process that goes on to another center with everything: plan and
// what was delivered, notes, documents, and the referrals that it serves. The old center
// no longer sees it.
func (s *Service) Transfer(ctx context.Context, actor access.Actor, id string, f TransferForm) error {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		if !r.State.Open() {
			return fault.New(fault.Conflict, i18n.M("El proceso ya terminó: no se puede pasar a otro centro. Si la persona vuelve, el otro centro le abre un expediente nuevo."))
		}
		if !r.SealedAt.IsZero() {
			return fault.New(fault.Conflict, i18n.M("El expediente está reservado. Quite la reserva antes de pasarlo; el otro centro podrá reservarlo de nuevo."))
		}
		lists, err := s.catalogue.ListsTx(ctx, tx)
		if err != nil {
			return err
		}
		var form fault.Form
		reason := chosen(&form, lists, "reason", catalogue.TransferReason, f.Reason)
		if err := s.checkCenter(ctx, tx, &form, r, f.Center); err != nil {
			return err
		}
		if err := form.Err(); err != nil {
			return err
		}
		return s.transferTx(ctx, tx, actor, r, f.Center, reason)
	})
}

func (s *Service) checkCenter(ctx context.Context, tx *db.Tx, form *fault.Form, r *record, id string) error {
	c, err := s.centers.CenterTx(ctx, tx, strings.TrimSpace(id))
	switch {
	case fault.Is(err, fault.NotFound):
		form.Add("center_id", i18n.M("Elija un centro de la lista."))
		return nil
	case err != nil:
		return err
	case c.ID == r.CenterID:
		form.Add("center_id", i18n.M("Elija un centro distinto del suyo."))
	case c.Closed():
		form.Add("center_id", i18n.M("Ese centro ya no recibe personas. Elija otro."))
	}
	return nil
}

func (s *Service) transferTx(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, to, reason string) error {
	from := r.CenterID
	// The entry names the center that let it go; that is the one that acted.
	if err := s.ledger.AppendTx(ctx, tx, actor, r.entry("case.transfer", ledger.Change{Field: "center", Before: from, After: to},
		ledger.Change{Field: "reason", After: reason})); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into transfers (id, case_file_id, from_center, to_center, reason, at, by)
		values ($1, $2, $3, $4, $5, $6, $7)`, db.NewID(), r.ID, from, to, reason, db.At(tx.Now()), actor.Account); err != nil {
		return err
	}
	for _, q := range []string{
		`update case_files set center_id = $1, next_at = null where id = $2`,
		`update case_words set center_id = $1 where case_file_id = $2`,
	} {
		if _, err := tx.Exec(ctx, q, to, r.ID); err != nil {
			return err
		}
	}
	if _, err := s.leaveTx(ctx, tx, actor, r, ""); err != nil {
		return err
	}
	if err := s.documents.MoveTx(ctx, tx, r.subject(), to); err != nil {
		return err
	}
	mandates, err := s.MandatesTx(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	for _, m := range mandates {
		if err := s.referrals.MoveTx(ctx, tx, actor, m.ReferralID, to); err != nil {
			return err
		}
	}
	r.CenterID, r.NextAt = to, db.Time{}
	if err := s.spreadTx(ctx, tx, r); err != nil {
		return err
	}
	if err := s.tellCenterTx(ctx, tx, r, to, notify.CaseMovedIn); err != nil {
		return err
	}
	return s.tellTx(ctx, tx, actor, r, notify.CaseMoved, "process.moved")
}

// MandateForm is a change of a mandate as the form gives it: extended with its new end
// or number of sessions, or revoked.
type MandateForm struct {
	Kind       string `form:"kind"` // extended, revoked
	DocumentOn string `form:"document_on"`
	Until      string `form:"until"`
	Sessions   string `form:"sessions"`
	Reason     string `form:"reason"`
}

// Kinds of a change of a mandate.
const (
	Extended = "extended"
	Revoked  = "revoked"
)

// ChangeMandate records that an authority extended or revoked what it ordered, by a
// document of a date. The other mandates are not touched.
func (s *Service) ChangeMandate(ctx context.Context, actor access.Actor, id, referralID string, f MandateForm) error {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		m, err := s.mandateTx(ctx, tx, r, referralID)
		if err != nil {
			return err
		}
		if m.Revoked() {
			return fault.New(fault.Conflict, i18n.M("Esa obligación ya quedó sin efecto. No se cambió nada."))
		}
		c, err := f.check(m, today(tx))
		if err != nil {
			return err
		}
		if err := s.storeChange(ctx, tx, actor, r, m, c); err != nil {
			return err
		}
		if c.kind == Revoked {
			return s.revokeTx(ctx, tx, actor, r, m.ReferralID, "case.mandate_revoke")
		}
		return s.extendTx(ctx, tx, actor, r, m, c)
	})
}

// mandateTx gives a mandate of a case file, NotFound for one of another.
func (s *Service) mandateTx(ctx context.Context, tx *db.Tx, r *record, referralID string) (Mandate, error) {
	mandates, err := s.MandatesTx(ctx, tx, r.ID)
	for _, m := range mandates {
		if m.ReferralID == referralID {
			return m, err
		}
	}
	if err != nil {
		return Mandate{}, err
	}
	return Mandate{}, fault.Missing()
}

// mandateChange is a checked change.
type mandateChange struct {
	kind, reason string
	documentOn   clock.Date
	until        clock.Date
	sessions     int
}

func (f MandateForm) check(m Mandate, today clock.Date) (mandateChange, error) {
	var form fault.Form
	c := mandateChange{kind: f.Kind, until: m.Until, sessions: m.Sessions}
	c.documentOn = day(&form, "document_on", f.DocumentOn)
	if c.documentOn.After(today) {
		form.Add("document_on", i18n.M("La fecha del documento no puede ser posterior a hoy."))
	}
	c.reason = reasoned(&form, "reason", f.Reason)
	switch f.Kind {
	case Revoked:
	case Extended:
		if until := dayOrNone(&form, "until", f.Until); !until.IsZero() {
			c.until = until
		}
		if n, ok := number(&form, "sessions", f.Sessions); ok {
			c.sessions = n
		}
		if form.Err() == nil && c.until == m.Until && c.sessions == m.Sessions {
			form.Add("until", i18n.M("Escriba la fecha nueva, el número nuevo de sesiones, o ambos: no hay ningún cambio."))
		}
	default:
		form.Add("kind", i18n.M("Elija si se amplió o si quedó sin efecto."))
	}
	return c, form.Err()
}

func (s *Service) storeChange(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, m Mandate, c mandateChange) error {
	id := db.NewID()
	sealed, err := s.seal(ctx, tx, r, "mandate_changes", "reason", id, c.reason)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into mandate_changes (id, referral_id, kind, document_on, reason, sessions_before, sessions_after,
			until_before, until_after, at, by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		id, m.ReferralID, c.kind, c.documentOn, sealed, m.Sessions, c.sessions, m.Until, c.until, db.At(tx.Now()), actor.Account)
	return err
}

// extendTx writes the new terms of a mandate and tells its authority, and no other, what
// was recorded.
func (s *Service) extendTx(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, m Mandate, c mandateChange) error {
	if _, err := tx.Exec(ctx, `update case_mandates set until_on = $1, sessions = $2, warned_on = null where referral_id = $3`,
		c.until, c.sessions, m.ReferralID); err != nil {
		return err
	}
	if err := s.ledger.AppendTx(ctx, tx, actor, r.entry("case.mandate_extend", ledger.Change{Field: "mandate", After: m.ReferralID},
		ledger.Change{Field: "until", Before: m.Until.String(), After: c.until.String()})); err != nil {
		return err
	}
	if err := s.spreadTx(ctx, tx, r); err != nil || m.Voluntary {
		return err
	}
	return s.referrals.TellTx(ctx, tx, actor, m.ReferralID, notify.MandateChanged, "process.extended")
}
