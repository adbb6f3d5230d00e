package casefile

import (
	"context"
	"slices"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// Decision is what the coordination decided about a case file, with what it wrote then.
type Decision struct {
	What    i18n.Msg
	At      time.Time
	Who     string // post and place
	List    string // of the catalogue, where the reason has a code
	Reason  string // the code
	Text    string // what was written; it is sealed with the key of the case
	To      string // the center or service to which the person went
	Until   clock.Date
	Resumed time.Time // of a suspension; zero when it runs
}

// DecisionsView is the decisions about a case file.
type DecisionsView struct {
	Case
	Lists     *catalogue.Lists
	Decisions []Decision // newest first
}

// Decisions reads what was decided about a case file and why: suspensions, transfers, and
// how it ended. The read is in the ledger.
func (s *Service) Decisions(ctx context.Context, actor access.Actor, id string) (*DecisionsView, error) {
	scope, err := actor.Require(access.CaseDecide)
	if err != nil {
		return nil, err
	}
	v := &DecisionsView{}
	err = s.on(ctx, actor, scope, id, func(tx *db.Tx, r *record) error {
		v.Case = r.asCase()
		if v.Lists, err = s.catalogue.ListsTx(ctx, tx); err != nil {
			return err
		}
		if err := s.readTx(ctx, tx, actor, r, "case.decisions.read", ""); err != nil {
			return err
		}
		v.Decisions, err = s.decisionsTx(ctx, tx, r)
		return err
	})
	return v, err
}

// decisionsTx reads all decisions about a case file, newest first.
func (s *Service) decisionsTx(ctx context.Context, tx *db.Tx, r *record) ([]Decision, error) {
	var all []Decision
	for _, read := range []func(context.Context, *db.Tx, *record) ([]Decision, error){s.suspensionsTx, s.transfersTx, s.endTx} {
		some, err := read(ctx, tx, r)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.SortStableFunc(all, func(a, b Decision) int { return b.At.Compare(a.At) })
	return all, nil
}

// suspensionsTx reads all suspensions of a case file.
func (s *Service) suspensionsTx(ctx context.Context, tx *db.Tx, r *record) ([]Decision, error) {
	var rows []struct {
		ID        string     `db:"id"`
		Reason    string     `db:"reason"`
		Note      []byte     `db:"note"`
		Until     clock.Date `db:"until_on"`
		At        db.Time    `db:"at"`
		By        string     `db:"by"`
		ResumedAt db.Time    `db:"resumed_at"`
	}
	if err := tx.Select(ctx, &rows, `select id, reason, note, until_on, at, by, resumed_at from suspensions
		where case_file_id = $1 order by at, id`, r.ID); err != nil {
		return nil, err
	}
	out := make([]Decision, len(rows))
	by := make([]string, len(rows))
	for i, row := range rows {
		by[i] = row.By
		out[i] = Decision{What: decisionText("case.suspend"), At: row.At.Time, List: catalogue.SuspendReason, Reason: row.Reason,
			Until: row.Until, Resumed: row.ResumedAt.Time}
		if err := s.unseal(ctx, tx, r, "suspensions", "note", row.ID, row.Note, &out[i].Text); err != nil {
			return nil, err
		}
	}
	return out, s.signed(ctx, tx, out, by)
}

// transfersTx reads all transfers of a case file.
func (s *Service) transfersTx(ctx context.Context, tx *db.Tx, r *record) ([]Decision, error) {
	var rows []struct {
		To     string  `db:"to_center"`
		Reason string  `db:"reason"`
		At     db.Time `db:"at"`
		By     string  `db:"by"`
	}
	if err := tx.Select(ctx, &rows, `select to_center, reason, at, by from transfers where case_file_id = $1 order by at, id`, r.ID); err != nil {
		return nil, err
	}
	out := make([]Decision, len(rows))
	by := make([]string, len(rows))
	for i, row := range rows {
		c, err := s.centers.CenterTx(ctx, tx, row.To)
		if err != nil {
			return nil, err
		}
		by[i] = row.By
		out[i] = Decision{What: decisionText("case.transfer"), At: row.At.Time, List: catalogue.TransferReason, Reason: row.Reason, To: c.Name}
	}
	return out, s.signed(ctx, tx, out, by)
}

// signed names who took decisions, by account.
func (s *Service) signed(ctx context.Context, tx *db.Tx, of []Decision, by []string) error {
	names, err := s.identity.NamesTx(ctx, tx, by)
	for i := range of {
		of[i].Who = names[by[i]]
	}
	return err
}

// endTx reads how a process ended: completed, discharged or referred to other care. Who
// did it stands in the ledger, because the program itself discharges too.
func (s *Service) endTx(ctx context.Context, tx *db.Tx, r *record) ([]Decision, error) {
	d, action, err := s.ending(ctx, tx, r)
	if err != nil || action == "" {
		return nil, err
	}
	d.What = decisionText(action)
	records, err := ledger.HistoryTx(ctx, tx, r.subject())
	if err != nil {
		return nil, err
	}
	for _, rec := range records {
		if rec.Action == action {
			who, err := s.identity.WhoTx(ctx, tx, []string{rec.Actor})
			if err != nil {
				return nil, err
			}
			d.Who = who[rec.Actor].Post
		}
	}
	return []Decision{d}, nil
}

// ending opens what was written when a process ended, and tells by which action.
func (s *Service) ending(ctx context.Context, tx *db.Tx, r *record) (d Decision, action string, err error) {
	var row struct {
		Override   []byte `db:"override_reason"`
		Note       []byte `db:"discharge_note"`
		ReferredTo []byte `db:"referred_out_to"`
	}
	if err := tx.Get(ctx, &row, `select override_reason, discharge_note, referred_out_to from case_files where id = $1`, r.ID); err != nil {
		return d, "", err
	}
	switch {
	case !r.DischargedAt.IsZero():
		d, action = Decision{At: r.DischargedAt.Time, List: catalogue.DischargeReason, Reason: r.DischargeReason}, "case.discharge"
		err = s.unseal(ctx, tx, r, "case_files", "discharge_note", r.ID, row.Note, &d.Text)
	case !r.ReferredOutAt.IsZero():
		var out referredOut
		err = s.unseal(ctx, tx, r, "case_files", "referred_out_to", r.ID, row.ReferredTo, &out)
		d, action = Decision{At: r.ReferredOutAt.Time, To: out.To, Text: out.Note}, "case.refer_out"
	case !r.CompletedAt.IsZero():
		d, action = Decision{At: r.CompletedAt.Time}, "case.complete"
		err = s.unseal(ctx, tx, r, "case_files", "override_reason", r.ID, row.Override, &d.Text)
	}
	return d, action, err
}
