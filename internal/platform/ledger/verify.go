package ledger

import (
	"bytes"
	"context"
	"crypto/hmac"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"sigue/internal/base/db"
)

// Finding is one thing that is wrong with the ledger.
type Finding struct {
	Kind  string // changed, removed, inserted, tree, checkpoint
	Where string // entry id, leaf or size
	What  string
}

// Report is what verification found.
type Report struct {
	Entries     int64 // sealed and checked
	Unsealed    int64 // written since the last checkpoint, checked by their MAC
	Checkpoints int
	Findings    []Finding
}

// OK tells whether nothing is wrong.
func (r *Report) OK() bool { return len(r.Findings) == 0 }

func (r *Report) add(kind, where, what string) {
	r.Findings = append(r.Findings, Finding{Kind: kind, Where: where, What: what})
}

// Verify recomputes every leaf, the tree and every checkpoint from the entries
// themselves. outside holds signed checkpoints kept elsewhere, which must agree too.
// It reads all of the ledger on one snapshot; memory is 64 bytes an entry.
func (l *Ledger) Verify(ctx context.Context, outside ...string) (*Report, error) {
	report := &Report{}
	err := l.db.View(ctx, func(tx *db.Tx) error {
		tree := &memoryTree{}
		if err := l.verifyLeaves(ctx, tx, tree, report); err != nil {
			return err
		}
		if err := l.verifyLoose(ctx, tx, report); err != nil {
			return err
		}
		if err := l.verifyCheckpoints(ctx, tx, tree, report, outside); err != nil || !report.OK() {
			return err
		}
		// Only now: what is wrong above is wrong in the stored hashes too, many times over.
		return verifyHashes(ctx, tx, tree, report)
	})
	return report, err
}

type leafRow struct {
	Leaf    int64  `db:"leaf"`
	EntryID string `db:"entry_id"`
	Hash    []byte `db:"hash"`
}

const verifyBatch = 2000

// verifyLeaves goes through the leaves in order and rebuilds the tree from what the
// entries say now.
func (l *Ledger) verifyLeaves(ctx context.Context, tx *db.Tx, tree *memoryTree, report *Report) error {
	for from := int64(0); ; from += verifyBatch {
		var leaves []leafRow
		if err := tx.Select(ctx, &leaves, `select leaf, entry_id, hash from ledger_leaves
			where leaf >= $1 and leaf < $2 order by leaf`, from, from+verifyBatch); err != nil {
			return err
		}
		rows, err := entriesOf(ctx, tx, from)
		if err != nil {
			return err
		}
		for _, leaf := range leaves {
			if leaf.Leaf != report.Entries {
				report.add("removed", fmt.Sprintf("leaf %d", report.Entries), "a leaf of the tree is missing")
				report.Entries = leaf.Leaf
			}
			if err := l.verifyLeaf(leaf, rows[leaf.EntryID], tree, report); err != nil {
				return err
			}
			report.Entries++
		}
		if len(leaves) == 0 {
			return l.verifyTail(ctx, tx, from, report)
		}
	}
}

// verifyTail finds leaves outside the row that was gone through: behind a gap of more
// than a batch, or before the first.
func (l *Ledger) verifyTail(ctx context.Context, tx *db.Tx, from int64, report *Report) error {
	var n int64
	if err := tx.Get(ctx, &n, `select count(*) from ledger_leaves where leaf < 0 or leaf >= $1`, from); err != nil {
		return err
	}
	if n > 0 {
		report.add("tree", fmt.Sprintf("leaf %d", report.Entries), fmt.Sprintf("%d leaves stand apart from the others", n))
	}
	return nil
}

func entriesOf(ctx context.Context, tx *db.Tx, from int64) (map[string]*row, error) {
	var list []*row
	if err := tx.Select(ctx, &list, `select `+rowColumns+` from ledger_leaves l
		join ledger_entries e on e.id = l.entry_id
		where l.leaf >= $1 and l.leaf < $2`, from, from+verifyBatch); err != nil {
		return nil, err
	}
	rows := make(map[string]*row, len(list))
	for _, r := range list {
		rows[r.ID] = r
	}
	return rows, nil
}

func (l *Ledger) verifyLeaf(leaf leafRow, r *row, tree *memoryTree, report *Report) error {
	var hash tlog.Hash
	copy(hash[:], leaf.Hash)
	switch {
	case r == nil:
		report.add("removed", leaf.EntryID, "the entry is in the tree and no longer in the ledger")
	case !hmac.Equal(l.mac(r), r.MAC):
		report.add("changed", leaf.EntryID, "the entry does not agree with its MAC")
	}
	if r != nil {
		now := tlog.RecordHash(r.canonical())
		if !bytes.Equal(now[:], leaf.Hash) {
			report.add("changed", leaf.EntryID, "the entry does not agree with its leaf")
		}
		hash = now
	}
	return tree.append(hash)
}

// verifyLoose looks at entries outside the tree: those since the last checkpoint
// must carry a right MAC, and none may claim to be sealed.
func (l *Ledger) verifyLoose(ctx context.Context, tx *db.Tx, report *Report) error {
	after := ""
	for {
		var rows []*row
		if err := tx.Select(ctx, &rows, `select `+rowColumns+` from ledger_entries e
			where not exists (select 1 from ledger_leaves l where l.entry_id = e.id) and e.id > $1
			order by e.id limit $2`, after, verifyBatch); err != nil {
			return err
		}
		for _, r := range rows {
			if !hmac.Equal(l.mac(r), r.MAC) {
				report.add("inserted", r.ID, "the entry was not written by the program, or was changed before it was sealed")
			}
			after = r.ID
			report.Unsealed++
		}
		if len(rows) < verifyBatch {
			break
		}
	}
	return verifyMarks(ctx, tx, report)
}

// verifyMarks looks for entries whose mark says otherwise than the tree.
func verifyMarks(ctx context.Context, tx *db.Tx, report *Report) error {
	for _, wrong := range []struct{ where, kind, what string }{
		{"e.sealed and not exists", "inserted", "the entry claims to be sealed and is not in the tree"},
		{"not e.sealed and exists", "changed", "the entry is in the tree and claims not to be sealed"},
	} {
		var ids []string
		if err := tx.Select(ctx, &ids, `select e.id from ledger_entries e
			where `+wrong.where+` (select 1 from ledger_leaves l where l.entry_id = e.id) order by e.id limit 100`); err != nil {
			return err
		}
		for _, id := range ids {
			report.add(wrong.kind, id, wrong.what)
		}
	}
	return nil
}

func (l *Ledger) verifyCheckpoints(ctx context.Context, tx *db.Tx, tree *memoryTree, report *Report, outside []string) error {
	var stored []Checkpoint
	if err := tx.Select(ctx, &stored, `select size, at, note from ledger_checkpoints order by size`); err != nil {
		return err
	}
	for _, c := range stored {
		if size := l.verifyCheckpoint(c.Note, tree, report); size >= 0 && size != c.Size {
			report.add("checkpoint", fmt.Sprintf("size %d", c.Size), fmt.Sprintf("the signed size is %d", size))
		}
	}
	for _, signed := range outside {
		l.verifyCheckpoint(signed, tree, report)
	}
	report.Checkpoints = len(stored) + len(outside)
	last := int64(0)
	if len(stored) > 0 {
		last = stored[len(stored)-1].Size
	}
	if last != tree.size {
		report.add("checkpoint", fmt.Sprintf("size %d", last), fmt.Sprintf("the tree has %d leaves", tree.size))
	}
	return nil
}

// verifyCheckpoint checks a checkpoint against the tree and gives the size that was
// signed; -1 when it is not ours.
func (l *Ledger) verifyCheckpoint(signed string, tree *memoryTree, report *Report) int64 {
	size, root, err := l.openCheckpoint(signed)
	if err != nil {
		report.add("checkpoint", "?", "the signature is not ours: "+err.Error())
		return -1
	}
	where := fmt.Sprintf("size %d", size)
	if size > tree.size {
		report.add("removed", where, fmt.Sprintf("a signed checkpoint counts more entries than the %d there are", tree.size))
		return size
	}
	now, err := tlog.TreeHash(size, tree)
	if err != nil || now != root {
		report.add("tree", where, "the entries no longer give the root that was signed")
	}
	return size
}

// verifyHashes compares the stored tree, on which the next checkpoint will stand, with
// the one made of the entries.
func verifyHashes(ctx context.Context, tx *db.Tx, tree *memoryTree, report *Report) error {
	var stored []struct {
		Idx  int64  `db:"idx"`
		Hash []byte `db:"hash"`
	}
	for next := int64(0); ; next += int64(len(stored)) {
		stored = stored[:0]
		if err := tx.Select(ctx, &stored, `select idx, hash from ledger_hashes where idx >= $1 order by idx limit $2`,
			next, verifyBatch); err != nil {
			return err
		}
		for i, s := range stored {
			at := next + int64(i)
			if s.Idx != at || at >= int64(len(tree.hashes)) || !bytes.Equal(s.Hash, tree.hashes[at][:]) {
				report.add("tree", fmt.Sprintf("hash %d", at), "the stored tree is not that of the entries")
				return nil
			}
		}
		if len(stored) < verifyBatch {
			if n := next + int64(len(stored)); n != int64(len(tree.hashes)) {
				report.add("tree", fmt.Sprintf("hash %d", n), "the stored tree is not whole")
			}
			return nil
		}
	}
}

// memoryTree is a tree rebuilt in memory.
type memoryTree struct {
	size   int64
	hashes []tlog.Hash
}

func (t *memoryTree) append(hash tlog.Hash) error {
	hashes, err := tlog.StoredHashesForRecordHash(t.size, hash, t)
	if err != nil {
		return err
	}
	t.hashes = append(t.hashes, hashes...)
	t.size++
	return nil
}

// ReadHashes is what tlog asks for.
func (t *memoryTree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, idx := range indexes {
		if idx >= int64(len(t.hashes)) {
			return nil, fmt.Errorf("ledger: no hash %d", idx)
		}
		out[i] = t.hashes[idx]
	}
	return out, nil
}
