package casefile

import (
	"context"
	"strings"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
	"sigue/internal/platform/jobs"
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
		if err := s.afterEndTx(ctx, tx, actor, r); err != nil {
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
		if err := s.afterEndTx(ctx, tx, actor, r); err != nil {
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

// FollowTx begins the follow-up of an ended process; one that has begun goes on.
func (s *Service) FollowTx(ctx context.Context, tx *db.Tx, actor access.Actor, caseID string) error {
	r, err := byID(ctx, tx, caseID)
	if err != nil || r.State == InFollowup {
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
	if err := Moved.EnqueueTx(ctx, tx, MovedCase{CaseID: r.ID, FromCenter: from}, jobs.Options{}); err != nil {
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
