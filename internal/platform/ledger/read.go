package ledger

import (
	"context"
	"encoding/json"

	"sigue/internal/base/db"
	"sigue/internal/platform/access"
)

// Record is an entry as it is shown.
type Record struct {
	ID      string
	At      db.Time
	Actor   string
	Post    string
	Role    access.Role
	Action  string
	Subject Subject
	Changes []Change
	Reason  string
}

// HistoryTx gives what was done to one subject, oldest first, without the reads. The
// caller must have loaded the subject with his scope: that is what lets him see this.
func HistoryTx(ctx context.Context, tx *db.Tx, s Subject) ([]Record, error) {
	return records(ctx, tx, `where e.subject_type = $1 and e.subject_id = $2 and e.action not like '%.read'
		order by e.at, e.id`, s.Type, s.ID)
}

// ReadersTx gives who has read one subject, newest first, at most 200. The same
// condition holds.
func ReadersTx(ctx context.Context, tx *db.Tx, s Subject) ([]Record, error) {
	return records(ctx, tx, `where e.subject_type = $1 and e.subject_id = $2 and e.action like '%.read'
		order by e.at desc, e.id desc limit 200`, s.Type, s.ID)
}

// Filter narrows a list of the ledger. Before pages: the id of the last record of
// the page above.
type Filter struct {
	Actor, SubjectID, Before string
}

// List gives a page of the whole ledger, newest first.
func (l *Ledger) List(ctx context.Context, actor access.Actor, f Filter, limit int) ([]Record, error) {
	if _, err := actor.Require(access.LedgerRead); err != nil {
		return nil, err
	}
	f = Filter{Actor: storable(f.Actor), SubjectID: storable(f.SubjectID), Before: storable(f.Before)}
	var out []Record
	err := l.db.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		where := "where 1 = 1"
		if f.Actor != "" {
			where += " and e.actor = " + args.Add(f.Actor)
		}
		if f.SubjectID != "" {
			where += " and e.subject_id = " + args.Add(f.SubjectID)
		}
		if f.Before != "" {
			where += " and e.id < " + args.Add(f.Before)
		}
		var err error
		out, err = records(ctx, tx, where+" order by e.id desc limit "+args.Add(limit), args...)
		return err
	})
	return out, err
}

// Checkpoints gives the newest signed checkpoints.
func (l *Ledger) Checkpoints(ctx context.Context, actor access.Actor, limit int) ([]Checkpoint, error) {
	if _, err := actor.Require(access.LedgerRead); err != nil {
		return nil, err
	}
	var out []Checkpoint
	err := l.db.View(ctx, func(tx *db.Tx) error {
		return tx.Select(ctx, &out, `select size, at, note from ledger_checkpoints order by size desc limit $1`, limit)
	})
	return out, err
}

func records(ctx context.Context, tx *db.Tx, tail string, args ...any) ([]Record, error) {
	var rows []*row
	if err := tx.Select(ctx, &rows, `select `+rowColumns+` from ledger_entries e `+tail, args...); err != nil {
		return nil, err
	}
	out := make([]Record, len(rows))
	for i, r := range rows {
		out[i] = Record{
			ID: r.ID, At: r.At.Time, Actor: r.Actor, Post: r.Post, Role: access.Role(r.Role), Action: r.Action,
			Subject: Subject{Type: r.SubjectType, ID: r.SubjectID}, Reason: r.Reason,
		}
		if err := json.Unmarshal([]byte(r.Changes), &out[i].Changes); err != nil {
			return nil, err
		}
	}
	return out, nil
}
