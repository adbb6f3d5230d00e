package casefile

import (
	"context"
	"strconv"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
)

// MandateForm is a change of a mandate as the form gives it: extended or reduced with its
// new end or number of sessions, or revoked.
type MandateForm struct {
	Kind       string `form:"kind"` // extended, reduced, revoked
	DocumentOn string `form:"document_on"`
	Until      string `form:"until"`
	Sessions   string `form:"sessions"`
	Reason     string `form:"reason"`
}

// Kinds of a change of a mandate.
const (
	Extended = "extended"
	Reduced  = "reduced"
	Revoked  = "revoked"
)

// ChangeMandate records that an authority extended, reduced or revoked what it ordered, by
// a document of a date. The other mandates are not touched.
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
		return s.newTermsTx(ctx, tx, actor, r, m, c)
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
	case Extended, Reduced:
		if until := dayOrNone(&form, "until", f.Until); !until.IsZero() {
			c.until = until
		}
		if n, ok := number(&form, "sessions", f.Sessions); ok {
			c.sessions = n
		}
		if form.Err() == nil && c.until == m.Until && c.sessions == m.Sessions {
			form.Add("until", i18n.M("Escriba la fecha nueva, el número nuevo de sesiones, o ambos: no hay ningún cambio."))
		}
		if form.Err() == nil && !c.agrees(m) {
			form.Add("kind", i18n.M("Lo que escribió no concuerda: revise si la amplió o la redujo, y las cifras nuevas."))
		}
	default:
		form.Add("kind", i18n.M("Elija si la amplió, la redujo o la dejó sin efecto."))
	}
	return c, form.Err()
}

// agrees tells whether the new end or number of sessions goes the way that the kind says.
// What was not limited before can only be reduced.
func (c mandateChange) agrees(m Mandate) bool {
	longer := !m.Until.IsZero() && c.until.After(m.Until) || m.Sessions > 0 && c.sessions > m.Sessions
	shorter := m.Until.After(c.until) || m.Sessions > c.sessions ||
		m.Until.IsZero() && !c.until.IsZero() || m.Sessions == 0 && c.sessions > 0
	return c.kind == Extended && longer || c.kind == Reduced && shorter
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

// newTermsTx writes the new terms of a mandate and tells its authority, and no other, what
// was recorded.
func (s *Service) newTermsTx(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, m Mandate, c mandateChange) error {
	if _, err := tx.Exec(ctx, `update case_mandates set until_on = $1, sessions = $2, warned_on = null where referral_id = $3`,
		c.until, c.sessions, m.ReferralID); err != nil {
		return err
	}
	changes := []ledger.Change{{Field: "mandate", After: m.ReferralID}}
	changes = append(changes, changed("until", m.Until.String(), c.until.String())...)
	changes = append(changes, changed("sessions", strconv.Itoa(m.Sessions), strconv.Itoa(c.sessions))...)
	e := r.entry("case.mandate_extend", changes...)
	if c.kind == Reduced {
		e = r.entry("case.mandate_reduce", changes...)
	}
	if err := s.ledger.AppendTx(ctx, tx, actor, e); err != nil {
		return err
	}
	if err := s.spreadTx(ctx, tx, r); err != nil || m.Voluntary {
		return err
	}
	return s.referrals.TellTx(ctx, tx, actor, m.ReferralID, notify.MandateChanged, "process.extended")
}

// MandateChange is what an authority changed of what it had ordered, by which document,
// and who recorded it when.
type MandateChange struct {
	Kind                          string // Extended, Reduced, Revoked
	DocumentOn                    clock.Date
	Reason                        string // what the document says
	SessionsBefore, SessionsAfter int    // 0: as many as the plan has
	UntilBefore, UntilAfter       clock.Date
	At                            time.Time
	Who                           string // post and place
}

// changesTx reads the changes of a mandate, the newest first.
func (s *Service) changesTx(ctx context.Context, tx *db.Tx, r *record, referralID string) ([]MandateChange, error) {
	var rows []struct {
		ID             string     `db:"id"`
		Kind           string     `db:"kind"`
		DocumentOn     clock.Date `db:"document_on"`
		Reason         []byte     `db:"reason"`
		SessionsBefore int        `db:"sessions_before"`
		SessionsAfter  int        `db:"sessions_after"`
		UntilBefore    clock.Date `db:"until_before"`
		UntilAfter     clock.Date `db:"until_after"`
		At             db.Time    `db:"at"`
		By             string     `db:"by"`
	}
	if err := tx.Select(ctx, &rows, `select id, kind, document_on, reason, sessions_before, sessions_after, until_before, until_after, at, by
		from mandate_changes where referral_id = $1 order by at desc, id desc`, referralID); err != nil {
		return nil, err
	}
	accounts := make([]string, len(rows))
	for i, row := range rows {
		accounts[i] = row.By
	}
	names, err := s.identity.NamesTx(ctx, tx, accounts)
	if err != nil {
		return nil, err
	}
	out := make([]MandateChange, len(rows))
	for i, row := range rows {
		out[i] = MandateChange{
			Kind: row.Kind, DocumentOn: row.DocumentOn, SessionsBefore: row.SessionsBefore, SessionsAfter: row.SessionsAfter,
			UntilBefore: row.UntilBefore, UntilAfter: row.UntilAfter, At: row.At.Time, Who: names[row.By],
		}
		if err := s.unseal(ctx, tx, r, "mandate_changes", "reason", row.ID, row.Reason, &out[i].Reason); err != nil {
			return nil, err
		}
	}
	return out, nil
}
