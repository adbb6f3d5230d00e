package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
)

// HashParams is what one password hash costs (argon2id). A zero field takes the
// default: 19 MiB, two passes, one lane, about 40 ms. Lower costs are for
// demonstrations and tests, whose passwords protect nothing; when the costs change,
// each hash is renewed at its owner's next sign-in.
type HashParams struct {
	MemoryKiB uint32
	Passes    uint32
	Lanes     uint8
}

func (p HashParams) withDefaults() HashParams {
	if p.MemoryKiB == 0 {
		p.MemoryKiB = 19 << 10
	}
	if p.Passes == 0 {
		p.Passes = 2
	}
	if p.Lanes == 0 {
		p.Lanes = 1
	}
	return p
}

const (
	hashesAtOnce = 2                // so that a crowd at the door costs 38 MiB, not the machine
	hashWait     = 15 * time.Second // for a turn
	saltSize     = 16
	keySize      = 32
)

// hasher makes and checks password hashes, few at once.
type hasher struct {
	params HashParams
	turns  chan struct{}
	decoy  string // a hash that no password fits, checked where there is no account
}

func newHasher(p HashParams) *hasher {
	h := &hasher{params: p.withDefaults(), turns: make(chan struct{}, hashesAtOnce)}
	h.decoy = encodeHash(h.params, random(saltSize), random(keySize))
	return h
}

// make hashes a new password.
func (h *hasher) make(ctx context.Context, password string) (string, error) {
	salt := random(saltSize)
	key, err := h.key(ctx, h.params, salt, password)
	if err != nil {
		return "", err
	}
	return encodeHash(h.params, salt, key), nil
}

// check compares a password with a stored hash; with an empty hash it does the same
// work and says no.
func (h *hasher) check(ctx context.Context, stored, password string) (bool, error) {
	if stored == "" {
		stored = h.decoy
	}
	p, salt, want, err := decodeHash(stored)
	if err != nil {
		return false, err
	}
	got, err := h.key(ctx, p, salt, password)
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1, err
}

// stale tells whether a stored hash was made at another cost.
func (h *hasher) stale(stored string) bool {
	p, _, _, err := decodeHash(stored)
	return err != nil || p != h.params
}

// key derives the key when its turn comes. Passwords are compared in one Unicode form,
// because keyboards type ñ in two.
func (h *hasher) key(ctx context.Context, p HashParams, salt []byte, password string) ([]byte, error) {
	wait, cancel := context.WithTimeout(ctx, hashWait)
	defer cancel()
	select {
	case h.turns <- struct{}{}:
	case <-wait.Done():
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return nil, fault.New(fault.Unavailable, i18n.M("Muchas personas están entrando a la vez. Espere un minuto y vuelva a intentarlo."))
	}
	defer func() { <-h.turns }()
	return argon2.IDKey([]byte(norm.NFKC.String(password)), salt, p.Passes, p.MemoryKiB, p.Lanes, keySize), nil
}

var b64 = base64.RawStdEncoding

// encodeHash writes the PHC string of a hash, which names its own costs.
func encodeHash(p HashParams, salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		p.MemoryKiB, p.Passes, p.Lanes, b64.EncodeToString(salt), b64.EncodeToString(key))
}

var errHash = errors.New("identity: stored password hash is malformed")

func decodeHash(s string) (p HashParams, salt, key []byte, err error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, nil, nil, errHash
	}
	n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.MemoryKiB, &p.Passes, &p.Lanes)
	if err != nil || n != 3 || p.Passes == 0 || p.Lanes == 0 {
		return p, nil, nil, errHash
	}
	salt, errSalt := b64.DecodeString(parts[4])
	key, errKey := b64.DecodeString(parts[5])
	if errSalt != nil || errKey != nil || len(key) != keySize {
		return p, nil, nil, errHash
	}
	return p, salt, key, nil
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}
