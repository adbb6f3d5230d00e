package ledger

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/hkdf"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"sigue/internal/base/db"
)

const origin = "sigue-ledger"

// signingKeys derives the checkpoint key pair from a seed, the same each time.
func signingKeys(seed []byte) (note.Signer, note.Verifier, error) {
	random := hkdf.New(sha256.New, seed, nil, []byte("sigue ledger checkpoint"))
	secret, public, err := note.GenerateKey(io.LimitReader(random, 64), origin)
	if err != nil {
		return nil, nil, err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, nil, err
	}
	verifier, err := note.NewVerifier(public)
	return signer, verifier, err
}

// PublicKey is what an outside keeper of checkpoints needs to check them.
func PublicKey(seed []byte) (string, error) {
	random := hkdf.New(sha256.New, seed, nil, []byte("sigue ledger checkpoint"))
	_, public, err := note.GenerateKey(io.LimitReader(random, 64), origin)
	return public, err
}

// Checkpoint is a signed statement: at this instant the tree had this many leaves
// and this root.
type Checkpoint struct {
	Size int64   `db:"size"`
	At   db.Time `db:"at"`
	Note string  `db:"note"`
}

// ErrAltered is given instead of sealing when the stored tree and its last checkpoint
// no longer agree: signing on top of that would hide what was altered. Verify says what.
var ErrAltered = errors.New("ledger: the stored tree does not agree with its last checkpoint; verify the ledger")

// sealBatch bounds one sealing transaction, in entries.
const sealBatch = 2000

// Seal puts committed entries that are not in the tree yet into it and signs a
// checkpoint. It gives the number sealed; another process sealing at the same time
// leaves nothing to do. An entry that the program did not write is left out.
func (l *Ledger) Seal(ctx context.Context) (int, error) {
	total := 0
	for after := ""; ; {
		b, err := l.sealBatch(ctx, after)
		total += b.sealed
		if db.IsUnique(err) {
			return total, nil // another process was first
		}
		if err != nil || b.read < sealBatch {
			return total, err
		}
		after = b.last
	}
}

// batch is what one sealing transaction did.
type batch struct {
	read, sealed int
	last         string // id of the last entry that was read
}

func (l *Ledger) sealBatch(ctx context.Context, after string) (batch, error) {
	var b batch
	err := l.db.Tx(ctx, func(tx *db.Tx) error {
		b = batch{}
		if mine, err := tx.TryLock(ctx, origin); err != nil || !mine {
			return err
		}
		var rows []*row
		// One whose mark was taken away is in the tree all the same.
		if err := tx.Select(ctx, &rows, `select `+rowColumns+` from ledger_entries e
			where not e.sealed and e.id > $1
			and not exists (select 1 from ledger_leaves l where l.entry_id = e.id)
			order by e.id limit $2`, after, sealBatch); err != nil || len(rows) == 0 {
			return err
		}
		n, err := l.sealRows(ctx, tx, rows)
		b = batch{read: len(rows), sealed: n, last: rows[len(rows)-1].ID}
		return err
	})
	if err != nil {
		return batch{}, err
	}
	return b, nil
}

// sealRows puts entries into the tree and signs it; it gives how many.
func (l *Ledger) sealRows(ctx context.Context, tx *db.Tx, rows []*row) (int, error) {
	reader := &hashReader{ctx: ctx, tx: tx, fresh: map[int64]tlog.Hash{}}
	first, err := l.base(ctx, tx, reader)
	if err != nil {
		return 0, err
	}
	size := first
	for _, r := range rows {
		if !hmac.Equal(l.mac(r), r.MAC) {
			// Sealing it would lend it the tree's authority; verify names it.
			continue
		}
		if err := appendLeaf(ctx, tx, reader, size, r); err != nil {
			return 0, err
		}
		size++
	}
	if size == first {
		return 0, nil
	}
	root, err := tlog.TreeHash(size, reader)
	if err != nil {
		return 0, fmt.Errorf("ledger: root: %w", err)
	}
	return int(size - first), l.sign(ctx, tx, size, root)
}

// base gives the size of the tree to build on, which must be the one that was signed.
func (l *Ledger) base(ctx context.Context, tx *db.Tx, reader *hashReader) (int64, error) {
	last, err := lastCheckpoint(ctx, tx)
	if err != nil || last.Note == "" {
		return 0, err
	}
	size, signed, err := l.openCheckpoint(last.Note)
	if err != nil || size != last.Size {
		return 0, ErrAltered
	}
	root, err := tlog.TreeHash(size, reader)
	if errors.Is(err, db.ErrNoRows) || err == nil && root != signed {
		return 0, ErrAltered
	}
	return size, err
}

func appendLeaf(ctx context.Context, tx *db.Tx, reader *hashReader, leaf int64, r *row) error {
	hash := tlog.RecordHash(r.canonical())
	hashes, err := tlog.StoredHashesForRecordHash(leaf, hash, reader)
	if err != nil {
		return fmt.Errorf("ledger: leaf %d: %w", leaf, err)
	}
	first := tlog.StoredHashIndex(0, leaf)
	for i, h := range hashes {
		reader.fresh[first+int64(i)] = h
		if _, err := tx.Exec(ctx, `insert into ledger_hashes (idx, hash) values ($1, $2)`, first+int64(i), h[:]); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `insert into ledger_leaves (leaf, entry_id, hash) values ($1, $2, $3)`, leaf, r.ID, hash[:]); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update ledger_entries set sealed = $1 where id = $2`, true, r.ID)
	return err
}

func (l *Ledger) sign(ctx context.Context, tx *db.Tx, size int64, root tlog.Hash) error {
	signed, err := note.Sign(&note.Note{Text: checkpointText(size, root, tx.Now())}, l.signer)
	if err != nil {
		return fmt.Errorf("ledger: sign: %w", err)
	}
	_, err = tx.Exec(ctx, `insert into ledger_checkpoints (size, at, note) values ($1, $2, $3)`,
		size, db.At(tx.Now()), string(signed))
	return err
}

// checkpointText is the signed text, in the form of transparency logs: origin,
// size, root, and the time as an extension line.
func checkpointText(size int64, root tlog.Hash, at time.Time) string {
	return origin + "\n" + strconv.FormatInt(size, 10) + "\n" + base64.StdEncoding.EncodeToString(root[:]) + "\n" +
		at.UTC().Format(time.RFC3339) + "\n"
}

// openCheckpoint checks the signature of a checkpoint and reads size and root.
func (l *Ledger) openCheckpoint(signed string) (size int64, root tlog.Hash, err error) {
	opened, err := note.Open([]byte(signed), note.VerifierList(l.verify))
	if err != nil {
		return 0, root, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 3 || lines[0] != origin {
		return 0, root, fmt.Errorf("not a checkpoint of %s", origin)
	}
	if size, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return 0, root, err
	}
	raw, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(raw) != tlog.HashSize {
		return 0, root, fmt.Errorf("bad root")
	}
	copy(root[:], raw)
	return size, root, nil
}

func lastCheckpoint(ctx context.Context, tx *db.Tx) (Checkpoint, error) {
	var all []Checkpoint
	err := tx.Select(ctx, &all, `select size, at, note from ledger_checkpoints order by size desc limit 1`)
	if err != nil || len(all) == 0 {
		return Checkpoint{}, err
	}
	return all[0], nil
}

// hashReader gives the tree its stored hashes: those of this transaction first.
type hashReader struct {
	ctx   context.Context
	tx    *db.Tx
	fresh map[int64]tlog.Hash
}

// ReadHashes is what tlog asks for.
func (h *hashReader) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, idx := range indexes {
		if hash, ok := h.fresh[idx]; ok {
			out[i] = hash
			continue
		}
		var raw []byte
		if err := h.tx.Get(h.ctx, &raw, `select hash from ledger_hashes where idx = $1`, idx); err != nil {
			return nil, err
		}
		copy(out[i][:], raw)
		h.fresh[idx] = out[i]
	}
	return out, nil
}
