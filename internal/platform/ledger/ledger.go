// Package ledger remembers every change and every read: who, when, what, on what,
// why. An entry is appended plainly in the caller's transaction; a job seals
// committed entries in order into a Merkle tree and signs a checkpoint of it, which
// may be kept outside. Verify proves that nothing was changed, removed or put in
// between.
//
// Promises: an entry exists exactly when its change does. Values of personal data
// are never in it, only that they changed, so that erasing a case leaves the proof
// and nothing else. Each entry carries a MAC from the moment it is written, so one
// that the program did not write is found even before sealing.
//
// What it cannot see: a row removed before it was sealed (seconds), and a tail cut
// off together with its checkpoints, unless a later checkpoint was kept outside.
//
// Tables: ledger_entries, ledger_leaves, ledger_hashes, ledger_checkpoints.
// Permission: access.LedgerRead (all of it), access.ReadersRead.
package ledger

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"sigue/internal/base/db"
	"sigue/internal/platform/access"
)

// Ledger appends, seals, lists and verifies.
type Ledger struct {
	db     *db.DB
	macKey []byte
	signer note.Signer
	verify note.Verifier

	observers []Observer
}

// Observer is told of each entry in the transaction that writes it; its error undoes the
// transaction. Rooms write first what changed and then its entry, so it reads what holds
// after the change.
type Observer func(ctx context.Context, tx *db.Tx, e Entry) error

// Observe tells o of every entry from now on; only while the program is built, before
// anything is written.
func (l *Ledger) Observe(o Observer) { l.observers = append(l.observers, o) }

// New makes a ledger. macKey authenticates entries; seed (32 bytes) gives the key
// that signs checkpoints.
func New(d *db.DB, macKey, seed []byte) (*Ledger, error) {
	signer, verifier, err := signingKeys(seed)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return &Ledger{db: d, macKey: macKey, signer: signer, verify: verifier}, nil
}

// Subject is what an entry is about.
type Subject struct{ Type, ID string }

// Change is one field that changed. Before and After stay empty for personal and
// sensitive fields: the entry then says only that it changed.
type Change struct {
	Field  string `json:"field"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Entry is one thing that was done.
type Entry struct {
	Action      string // "referral.submit"; reads end in ".read"
	Subject     Subject
	Institution string // whose record it is, so that feeds can be cut by it
	Center      string
	Changes     []Change
	Reason      string // written by the actor, where one is asked for
}

// row is an entry as stored.
type row struct {
	ID          string `db:"id"`
	At          stamp  `db:"at"`
	Actor       string `db:"actor"`
	Post        string `db:"post"`
	Role        string `db:"role"`
	Action      string `db:"action"`
	SubjectType string `db:"subject_type"`
	SubjectID   string `db:"subject_id"`
	Institution string `db:"institution_id"`
	Center      string `db:"center_id"`
	Request     string `db:"request_id"`
	Changes     string `db:"changes"`
	Reason      string `db:"reason"`
	MAC         []byte `db:"mac"`
}

// stamp is an instant as stored. Text that is none reads as no instant, so that Verify
// reports it as changed and does not stop at it.
type stamp struct{ db.Time }

// Scan never fails.
func (s *stamp) Scan(src any) error {
	if s.Time.Scan(src) != nil {
		s.Time = db.Time{}
	}
	return nil
}

const rowColumns = `e.id, e.at, e.actor, e.post, e.role, e.action, e.subject_type, e.subject_id,
	e.institution_id, e.center_id, e.request_id, e.changes, e.reason, e.mac`

// canonical is the one byte form of an entry, over which MAC and leaf are made.
func (r *row) canonical() []byte {
	body, err := json.Marshal([]string{
		"sigue-ledger-1", r.ID, r.At.UTC().Format(time.RFC3339Nano), r.Actor, r.Post, r.Role, r.Action,
		r.SubjectType, r.SubjectID, r.Institution, r.Center, r.Request, r.Changes, r.Reason,
	})
	if err != nil {
		panic(err) // strings always marshal
	}
	return body
}

func (l *Ledger) mac(r *row) []byte {
	h := hmac.New(sha256.New, l.macKey)
	h.Write(r.canonical())
	return h.Sum(nil)
}

// AppendTx writes an entry with the caller's transaction.
func (l *Ledger) AppendTx(ctx context.Context, tx *db.Tx, actor access.Actor, e Entry) error {
	changes := "[]"
	if len(e.Changes) > 0 {
		body, err := json.Marshal(e.Changes)
		if err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
		changes = string(body)
	}
	r := row{
		ID: db.NewID(), At: stamp{db.At(tx.Now())}, Actor: actor.Name(), Post: actor.Post, Role: string(actor.Role),
		Action: e.Action, SubjectType: e.Subject.Type, SubjectID: storable(e.Subject.ID),
		Institution: e.Institution, Center: e.Center, Request: storable(actor.Request), Changes: changes, Reason: storable(e.Reason),
	}
	r.MAC = l.mac(&r)
	_, err := tx.Exec(ctx, `
		insert into ledger_entries (id, at, actor, post, role, action, subject_type, subject_id,
			institution_id, center_id, request_id, changes, reason, sealed, mac)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		r.ID, r.At, r.Actor, r.Post, r.Role, r.Action, r.SubjectType, r.SubjectID,
		r.Institution, r.Center, r.Request, r.Changes, r.Reason, false, r.MAC)
	if err != nil {
		return err
	}
	for _, observe := range l.observers {
		if err := observe(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

// storable gives text that both engines keep as it is: what a stranger typed into an
// address must not keep the attempt out of the ledger.
func storable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

// Append writes an entry in a transaction of its own, for what changes nothing else.
func (l *Ledger) Append(ctx context.Context, actor access.Actor, e Entry) error {
	return l.db.Tx(ctx, func(tx *db.Tx) error { return l.AppendTx(ctx, tx, actor, e) })
}
