package identity

import (
	"context"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// View is an account as whoever administers it reads it.
type View struct {
	Account
	Sessions  int       // open now
	LinkUntil time.Time // until when the newest link opens; zero when none does
	Former    []Account // who held the post before, the latest first
	History   []Event   // what was done to the account, the latest first
}

// Event is one thing done to an account.
type Event struct {
	At     time.Time
	What   i18n.Msg
	Who    i18n.Text // title and place of the post that did it; empty for the holder by a link
	Reason string    // why, where one is asked for
}

// Account gives one account of the actor's scope.
func (s *Service) Account(ctx context.Context, actor access.Actor, id string) (*View, error) {
	scope, err := actor.Require(access.AccountAdminister)
	if err != nil {
		return nil, err
	}
	var v *View
	err = s.db.View(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		v = &View{Account: r.account(actor)}
		if err := tx.Get(ctx, &v.Sessions, `select count(*) from sessions where account_id = $1 and idle_ends > $2 and ends_at > $2`,
			r.ID, db.At(tx.Now())); err != nil {
			return err
		}
		if v.LinkUntil, err = openLinkTx(ctx, tx, r); err != nil {
			return err
		}
		if v.Former, err = formerTx(ctx, tx, actor, r); err != nil {
			return err
		}
		v.History, err = s.historyTx(ctx, tx, r)
		return err
	})
	return v, err
}

func formerTx(ctx context.Context, tx *db.Tx, actor access.Actor, r *record) ([]Account, error) {
	var rows []record
	err := tx.Select(ctx, &rows, `select `+recordColumns+recordTables+`
		where a.post_id = $1 and a.ended_at is not null and a.id <> $2 order by a.ended_at desc, a.id desc limit 50`, r.PostID, r.ID)
	out := make([]Account, len(rows))
	for i := range rows {
		out[i] = rows[i].account(actor)
	}
	return out, err
}

func (s *Service) historyTx(ctx context.Context, tx *db.Tx, r *record) ([]Event, error) {
	records, err := ledger.HistoryTx(ctx, tx, r.entry("").Subject)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, rec := range records {
		if id, ok := AccountOf(rec.Actor); ok {
			ids = append(ids, id)
		}
	}
	names, err := s.shownTx(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	var out []Event
	for i := len(records) - 1; i >= 0; i-- {
		rec := records[i]
		if what := eventText(rec.Action); !what.IsZero() {
			out = append(out, Event{At: rec.At.Time, What: what, Who: who(rec.Actor, names), Reason: rec.Reason})
		}
	}
	return out, nil
}

func who(actor string, names map[string]i18n.Text) i18n.Text {
	if id, ok := AccountOf(actor); ok {
		return names[id]
	}
	if actor == "anonymous" {
		return i18n.Text{}
	}
	return i18n.Text{ES: "SIGUE"}
}

// eventText is how an action of the ledger reads in an account's history; the zero
// sentence keeps it out.
func eventText(action string) i18n.Msg {
	switch action {
	case "account.open":
		return i18n.M("Se abrió la cuenta")
	case "account.link":
		return i18n.M("Se envió un enlace de acceso")
	case "account.password":
		return i18n.M("Se puso una contraseña")
	case "account.suspend":
		return i18n.M("Se suspendió")
	case "account.resume":
		return i18n.M("Se reanudó")
	case "account.end_sessions":
		return i18n.M("Se cerraron sus sesiones")
	case "delegation.give":
		return i18n.M("Delegó su puesto por unos días")
	case "delegation.end":
		return i18n.M("Terminó la delegación de su puesto")
	case "delegation.act":
		return i18n.M("Una persona empezó a actuar en este puesto por delegación")
	case "account.end":
		return i18n.M("Terminó: el puesto se entregó a otra persona")
	}
	return i18n.Msg{}
}
