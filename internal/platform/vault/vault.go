// Package vault gives every case a key of its own and keeps it wrapped by a master
// key. Sensitive text and attachments are sealed with the key of their case: to
// erase that one key erases the case, wherever copies of its content lie.
//
// Promises: what was sealed opens only with the same key and the same associated
// data (its [Place]), unchanged and whole; each use of a key reads its row, so a key
// that any process erased opens nothing from that commit on; no key is kept in
// memory longer than its user holds it.
//
// What it cannot do: a backup of the database made before an erasure still holds the
// wrapped key, until that backup expires. The old bytes of the row stay in the log of
// the database for a while: in SQLite's WAL until it is written over (the file itself
// is overwritten at once), in PostgreSQL until vacuum and the end of the WAL archive.
// They are unreadable without the key file, which therefore must be backed up apart.
//
// How: the key file holds the master keys, a Tink AEAD keyset (AES-256-GCM), and one
// random secret for [Vault.SigningKey]. What a master key wrapped begins with its name, so
// it can be told which keys an older one wraps. A case key is 32 random bytes; HKDF-SHA256
// makes of it one key for small fields (AES-256-GCM, random nonce, first byte the
// format) and one for streams (Tink's AES-256-GCM-HKDF, segments of 64 KiB).
//
// Table: case_keys. It asks for no permission of its own: whoever may have a key was
// let through to the case that owns it.
package vault

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/tink-crypto/tink-go/v2/tink"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
)

// ErrErased is the cause of what [Vault.KeyTx] gives for an erased key.
var ErrErased = errors.New("vault: the key was erased")

// ErrBroken is given for what does not open: altered, cut short, or sealed with
// another key or for another place.
var ErrBroken = errors.New("vault: sealed content does not open")

// keySize is the length of every key here, in bytes.
const keySize = 32

// Vault makes, finds and erases the keys of cases. It is safe for many goroutines.
type Vault struct {
	file   string
	master atomic.Pointer[master]
	secret []byte
}

// master are the master keys of a key file: the primary one wraps, each of them unwraps.
type master struct {
	tink.AEAD
	primary uint32
	mark    []byte // what begins all that the primary wrapped
}

// Master names the primary master key, for the ledger. The name tells nothing of it.
func (v *Vault) Master() string { return fmt.Sprintf("%08x", v.master.Load().primary) }

// Purposes for [Vault.SigningKey]. A changed text is another key.
const (
	LedgerMAC  = "ledger entry mac"
	LedgerNote = "ledger checkpoint note" // an ed25519 seed
	Links      = "one-time links"
)

// SigningKey gives the 32 bytes that belong to a purpose: the same each time, and
// telling nothing about those of another purpose. Rotating master keys does not
// change it.
func (v *Vault) SigningKey(purpose string) []byte {
	return derive(v.secret, "sigue/signing/v1/"+purpose)
}

// NewKeyTx makes a key and stores it wrapped.
func (v *Vault) NewKeyTx(ctx context.Context, tx *db.Tx) (*Key, error) {
	id, root := db.NewID(), make([]byte, keySize)
	rand.Read(root) // never fails: it ends the program instead
	wrapped, err := v.master.Load().Encrypt(root, wrapPlace(id))
	if err != nil {
		return nil, fmt.Errorf("vault: wrap: %w", err)
	}
	_, err = tx.Exec(ctx, `insert into case_keys (id, wrapped, created_at) values ($1, $2, $3)`,
		id, wrapped, db.At(tx.Now()))
	if err != nil {
		return nil, err
	}
	return newKey(id, root)
}

// row is one row of case_keys.
type row struct {
	ID       string  `db:"id"`
	Wrapped  []byte  `db:"wrapped"`
	ErasedAt db.Time `db:"erased_at"`
}

// KeyTx finds a key by its id. An erased one is a NotFound that says so, with
// [ErrErased] as its cause.
func (v *Vault) KeyTx(ctx context.Context, tx *db.Tx, id string) (*Key, error) {
	r, err := find(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if !r.ErasedAt.IsZero() {
		return nil, fault.Wrap(fault.NotFound, i18n.M("El contenido de este expediente fue borrado y ya no puede recuperarse. Si cree que es un error, avise a quien administra el sistema."), ErrErased)
	}
	root, err := v.unwrap(r)
	if err != nil {
		return nil, err
	}
	return newKey(id, root)
}

// KeyQuery is what [Vault.KeyTx] asks, for [db.Tx.Ahead].
func KeyQuery(id string) db.Query {
	return db.Q(`select id, wrapped, erased_at from case_keys where id = $1`, id)
}

func find(ctx context.Context, tx *db.Tx, id string) (row, error) {
	var r row
	q := KeyQuery(id)
	err := tx.Get(ctx, &r, q.Text, q.Args...)
	if errors.Is(err, db.ErrNoRows) {
		// Not ErrNoRows: whoever asked holds a row that names this key, so its absence
		// is a defect and not an empty answer.
		return row{}, fmt.Errorf("vault: there is no key %q", id)
	}
	return r, err
}

// unwrap opens a wrapped key. One that no master key here opens may be wrapped by a
// newer one: then the key file is read again, so that processes need not stop while
// master keys are turned.
func (v *Vault) unwrap(r row) ([]byte, error) {
	m := v.master.Load()
	root, err := m.Decrypt(r.Wrapped, wrapPlace(r.ID))
	if err != nil && v.reload(m) {
		root, err = v.master.Load().Decrypt(r.Wrapped, wrapPlace(r.ID))
	}
	if err != nil {
		return nil, fmt.Errorf("vault: key %s is wrapped by no master key of the key file, or was altered: %w", r.ID, err)
	}
	return root, nil
}

// reload takes the key file's master keys when they are others than these.
func (v *Vault) reload(known *master) bool {
	handle, _, err := read(v.file)
	if err != nil {
		return false // what to say of it is known: the key does not open
	}
	now, err := newMaster(handle)
	if err != nil || now.primary == known.primary {
		return false
	}
	v.master.Store(now)
	return true
}

// EraseTx erases a key for good: nothing that was sealed with it opens again. To
// erase it twice is no error; the first time stays on record.
func (v *Vault) EraseTx(ctx context.Context, tx *db.Tx, id string) error {
	n, err := tx.Exec(ctx, `update case_keys set wrapped = $2, erased_at = $3 where id = $1 and erased_at is null`,
		id, []byte{}, db.At(tx.Now()))
	if err != nil || n == 1 {
		return err
	}
	_, err = find(ctx, tx, id)
	return err
}

// behind is the condition for keys that an older master key wraps; $1 is the mark of the
// primary one.
const behind = `erased_at is null and substr(wrapped, 1, 5) <> $1`

// BehindTx tells how many keys are wrapped by a master key that is not the primary one.
func (v *Vault) BehindTx(ctx context.Context, tx *db.Tx) (int, error) {
	var n int
	err := tx.Get(ctx, &n, `select count(*) from case_keys where `+behind, v.master.Load().mark)
	return n, err
}

// RewrapTx wraps the next keys after an id that are behind, at most limit, by the
// primary master key. It gives the last id and how many there were: none when all are
// done. What is sealed stays as it is.
func (v *Vault) RewrapTx(ctx context.Context, tx *db.Tx, after string, limit int) (last string, n int, err error) {
	m := v.master.Load()
	var rows []row
	err = tx.Select(ctx, &rows, `select id, wrapped, erased_at from case_keys
		where `+behind+` and id > $2 order by id limit $3`, m.mark, after, limit)
	if err != nil {
		return "", 0, err
	}
	for _, r := range rows {
		root, err := v.unwrap(r)
		if err != nil {
			return "", 0, err
		}
		wrapped, err := m.Encrypt(root, wrapPlace(r.ID))
		if err != nil {
			return "", 0, fmt.Errorf("vault: wrap: %w", err)
		}
		if _, err := tx.Exec(ctx, `update case_keys set wrapped = $2 where id = $1 and erased_at is null`, r.ID, wrapped); err != nil {
			return "", 0, err
		}
		last = r.ID
	}
	return last, len(rows), nil
}

// Place is the associated data that binds sealed bytes to where they belong, so that
// they open nowhere else: a row id never contains a NUL, so no two places agree.
func Place(table, column, row string) []byte {
	return []byte(strings.Join([]string{table, column, row}, "\x00"))
}

func wrapPlace(id string) []byte { return Place("case_keys", "wrapped", id) }

func derive(secret []byte, info string) []byte {
	key, err := hkdf.Key(sha256.New, secret, nil, info, keySize)
	if err != nil {
		panic(err) // only lengths are refused, and these are fixed
	}
	return key
}
