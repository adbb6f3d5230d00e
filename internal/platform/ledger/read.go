package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"sigue/internal/base/clock"
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
	Center  string // whose record it is
	Changes []Change
	Reason  string
}

// historyTail is the part of the query behind the columns.
const historyTail = `where e.subject_type = $1 and e.subject_id = $2 and e.action not like '%.read'
		order by e.at, e.id`

// HistoryQuery is what [HistoryTx] asks, for [db.Tx.Ahead].
func HistoryQuery(s Subject) db.Query {
	return db.Q(`select `+rowColumns+` from ledger_entries e `+historyTail, s.Type, s.ID)
}

// HistoryTx gives what was done to one subject, oldest first, without the reads. The
// caller must have loaded the subject with his scope: that is what lets him see this.
func HistoryTx(ctx context.Context, tx *db.Tx, s Subject) ([]Record, error) {
	return records(ctx, tx, historyTail, s.Type, s.ID)
}

// ReadersTx gives who has read one subject, newest first, at most 200. The same
// condition holds.
func ReadersTx(ctx context.Context, tx *db.Tx, s Subject) ([]Record, error) {
	return records(ctx, tx, `where e.subject_type = $1 and e.subject_id = $2 and e.action like '%.read'
		order by e.at desc, e.id desc limit 200`, s.Type, s.ID)
}

// Reads are the same reads of one actor on one day: the newest, and how often.
type Reads struct {
	Record
	Times int
}

// ByDay gathers reads that stand newest first: those of one actor, action and reason on
// one day of the State become one.
func ByDay(records []Record) []Reads {
	type same struct {
		actor, action, reason string
		day                   clock.Date
	}
	var out []Reads
	at := map[same]int{}
	for _, r := range records {
		key := same{r.Actor, r.Action, r.Reason, clock.DateOf(r.At.Time)}
		i, seen := at[key]
		if !seen {
			i = len(out)
			at[key] = i
			out = append(out, Reads{Record: r})
		}
		out[i].Times++
	}
	return out
}

// Actors gives who acted, each once.
func Actors(records []Record) []string {
	var out []string
	for _, r := range records {
		if !slices.Contains(out, r.Actor) {
			out = append(out, r.Actor)
		}
	}
	return out
}

// Filter narrows a list of the ledger; a zero field does not narrow.
type Filter struct {
	Actor     string   // who, as an entry names him
	Posts     []string // done in any of these posts; empty and not nil finds nothing
	SubjectID string
	Actions   []string  // any of these
	From, To  time.Time // from an instant on, and before another
	Before    string    // pages: the id of the last record of the page above
}

// List gives a page of the whole ledger, newest first.
func (l *Ledger) List(ctx context.Context, actor access.Actor, f Filter, limit int) ([]Record, error) {
	if _, err := actor.Require(access.LedgerRead); err != nil {
		return nil, err
	}
	var out []Record
	err := l.db.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		where, err := f.where(ctx, tx, &args)
		if err != nil {
			return err
		}
		out, err = records(ctx, tx, where+" order by e.at desc, e.id desc limit "+args.Add(limit), args...)
		return err
	})
	return out, err
}

func (f Filter) where(ctx context.Context, tx *db.Tx, args *db.Args) (string, error) {
	where := "where 1 = 1"
	if f.Actor != "" {
		where += " and e.actor = " + args.Add(storable(f.Actor))
	}
	if f.Posts != nil {
		where += " and " + among("e.post", f.Posts, args)
	}
	if f.SubjectID != "" {
		where += " and e.subject_id = " + args.Add(storable(f.SubjectID))
	}
	if f.Actions != nil {
		where += " and " + among("e.action", f.Actions, args)
	}
	if !f.From.IsZero() {
		where += " and e.at >= " + args.Add(db.At(f.From))
	}
	if !f.To.IsZero() {
		where += " and e.at < " + args.Add(db.At(f.To))
	}
	if f.Before == "" {
		return where, nil
	}
	var at db.Time
	err := tx.Get(ctx, &at, `select at from ledger_entries where id = $1`, storable(f.Before))
	if errors.Is(err, db.ErrNoRows) {
		return where + " and 1 = 0", nil
	}
	instant, id := args.Add(at), args.Add(f.Before)
	return where + " and (e.at < " + instant + " or (e.at = " + instant + " and e.id < " + id + "))", err
}

func among(column string, values []string, args *db.Args) string {
	clean := make([]string, len(values))
	for i, v := range values {
		clean[i] = storable(v)
	}
	if in := args.In(clean); in != "" {
		return column + " in (" + in + ")"
	}
	return "1 = 0"
}

// Known is what the ledger remembers of subjects: the newest values that its entries
// gave to fields.
type Known map[Subject]map[string]string

// Known gives what entries said of some subjects in the fields named, so that whoever
// reads the ledger knows them by their names. Only public values are in it.
func (l *Ledger) Known(ctx context.Context, actor access.Actor, subjects []Subject, fields ...string) (Known, error) {
	if _, err := actor.Require(access.LedgerRead); err != nil {
		return nil, err
	}
	byType := map[string][]string{}
	for _, s := range subjects {
		byType[s.Type] = append(byType[s.Type], s.ID)
	}
	known := Known{}
	err := l.db.View(ctx, func(tx *db.Tx) error {
		for kind, ids := range byType {
			var args db.Args
			where := "where e.subject_type = " + args.Add(kind) + " and " + among("e.subject_id", ids, &args)
			if err := known.add(ctx, tx, where, args, fields); err != nil {
				return err
			}
		}
		return nil
	})
	return known, err
}

// Every gives what entries said of all subjects of a type in the fields named.
func (l *Ledger) Every(ctx context.Context, actor access.Actor, subjectType string, fields ...string) (Known, error) {
	if _, err := actor.Require(access.LedgerRead); err != nil {
		return nil, err
	}
	known := Known{}
	err := l.db.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		return known.add(ctx, tx, "where e.subject_type = "+args.Add(subjectType), args, fields)
	})
	return known, err
}

// add reads the entries of a predicate that hold one of the fields, oldest first.
func (k Known) add(ctx context.Context, tx *db.Tx, where string, args db.Args, fields []string) error {
	holds := make([]string, len(fields))
	for i, f := range fields {
		holds[i] = "e.changes like " + args.Add(`%"field":"`+f+`"%`)
	}
	entries, err := records(ctx, tx, where+" and ("+strings.Join(holds, " or ")+") order by e.at, e.id", args...)
	if err != nil {
		return err
	}
	for _, e := range entries {
		for _, c := range e.Changes {
			if c.After == "" || !slices.Contains(fields, c.Field) {
				continue
			}
			if k[e.Subject] == nil {
				k[e.Subject] = map[string]string{}
			}
			k[e.Subject][c.Field] = c.After
		}
	}
	return nil
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
			Subject: Subject{Type: r.SubjectType, ID: r.SubjectID}, Center: r.Center, Reason: r.Reason,
		}
		if err := json.Unmarshal([]byte(r.Changes), &out[i].Changes); err != nil {
			return nil, err
		}
	}
	return out, nil
}
