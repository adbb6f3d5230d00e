package ledger

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
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

// sealBatch bounds one sealing transaction.
const sealBatch = 2000

// Seal puts committed entries that are not in the tree yet into it and signs a
// checkpoint. It gives the number sealed; another process sealing at the same time
// leaves nothing to do.
func (l *Ledger) Seal(ctx context.Context) (int, error) {
	total := 0
	for {
		n, err := l.sealBatch(ctx)
		total += n
		if db.IsUnique(err) {
			return total, nil // another process was first
		}
		if err != nil || n < sealBatch {
			return total, err
		}
	}
}

func (l *Ledger) sealBatch(ctx context.Context) (int, error) {
	n := 0
	err := l.db.Tx(ctx, func(tx *db.Tx) error {
		n = 0
		if mine, err := tx.TryLock(ctx, origin); err != nil || !mine {
			return err
		}
		var rows []*row
		if err := tx.Select(ctx, &rows, `select `+rowColumns+` from ledger_entries e
			where not e.sealed order by e.id limit $1`, sealBatch); err != nil || len(rows) == 0 {
			return err
		}
		n = len(rows)
		return l.sealRows(ctx, tx, rows)
	})
	return n, err
}

func (l *Ledger) sealRows(ctx context.Context, tx *db.Tx, rows []*row) error {
	last, err := lastCheckpoint(ctx, tx)
	if err != nil {
		return err
	}
	reader := &hashReader{ctx: ctx, tx: tx, fresh: map[int64]tlog.Hash{}}
	size := last.Size
	for _, r := range rows {
		if !hmac.Equal(l.mac(r), r.MAC) {
			// Sealing it would lend it the tree's authority; verify names it.
			continue
		}
		if err := appendLeaf(ctx, tx, reader, size, r); err != nil {
			return err
		}
		size++
	}
	if size == last.Size {
		return nil
	}
	root, err := tlog.TreeHash(size, reader)
	if err != nil {
		return fmt.Errorf("ledger: root: %w", err)
	}
	return l.sign(ctx, tx, size, root)
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
