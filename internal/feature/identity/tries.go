package identity

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
)

// tries is a count of attempts at one thing by one address, and how many it may have.
type tries struct {
	key  string
	most int
	span time.Duration // in which they count, and for which they lock
}

// linkTries: asking for a link sends a mail, so an address is written to three times an
// hour at most. It also keeps anybody from measuring how long an answer takes.
const (
	linkMost = 3
	linkSpan = time.Hour
)

func (s *Service) signInTries(email string) tries {
	return tries{s.failureKey("sign-in", email), s.cfg.MaxFailures, s.cfg.LockFor}
}

func (s *Service) passwordTries(account string) tries {
	return tries{s.failureKey("password", account), s.cfg.MaxFailures, s.cfg.LockFor}
}

func (s *Service) linkTries(email string) tries {
	return tries{s.failureKey("link", email), linkMost, linkSpan}
}

// failureKey names what is tried without saying whose it is.
func (s *Service) failureKey(purpose, of string) string {
	h := hmac.New(sha256.New, s.cfg.FailKey)
	h.Write([]byte(purpose + "\x00" + of))
	return hex.EncodeToString(h.Sum(nil))
}

// count is a row of sign_in_failures.
type count struct {
	Failures    int     `db:"failures"`
	FirstAt     db.Time `db:"first_at"`
	LockedUntil db.Time `db:"locked_until"`
}

// next counts one more try. A count is forgotten when its span has passed, which it has
// when its lock ends.
func (c count) next(now time.Time, t tries) count {
	if now.Sub(c.FirstAt.Time) >= t.span {
		c = count{FirstAt: db.At(now)}
	}
	c.Failures++
	if c.Failures >= t.most {
		c.LockedUntil = db.At(now.Add(t.span))
	}
	return c
}

// taken is the answer to a try: refused until an instant, or allowed; the last one
// allowed has locked the address already.
type taken struct {
	allowed bool
	until   time.Time // of the lock; zero when there is none
}

// take counts a try before it is known how it ends, so that guesses that arrive at once
// cannot overtake their count; success forgets it. A transaction that collides with
// another on the same row runs again, and finds the other's count.
func (s *Service) take(ctx context.Context, t tries) (taken, error) {
	var out taken
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		var c count
		err := tx.Get(ctx, &c, `select failures, first_at, locked_until from sign_in_failures where key = $1`, t.key)
		if err != nil && !errors.Is(err, db.ErrNoRows) {
			return err
		}
		if c.LockedUntil.After(tx.Now()) {
			out = taken{until: c.LockedUntil.Time}
			return nil
		}
		c = c.next(tx.Now(), t)
		out = taken{allowed: true, until: c.LockedUntil.Time}
		_, err = tx.Exec(ctx, `
			insert into sign_in_failures (key, failures, first_at, locked_until) values ($1, $2, $3, $4)
			on conflict (key) do update set failures = excluded.failures, first_at = excluded.first_at,
				locked_until = excluded.locked_until`, t.key, c.Failures, c.FirstAt, c.LockedUntil)
		return err
	})
	return out, err
}

// forgetTx ends the count of whoever proved to be who he says.
func forgetTx(ctx context.Context, tx *db.Tx, t tries) error {
	_, err := tx.Exec(ctx, `delete from sign_in_failures where key = $1`, t.key)
	return err
}

// locked is the answer while a lock lasts, the same for any address.
func locked(until, now time.Time) error {
	minutes := max(1, int(math.Ceil(until.Sub(now).Minutes())))
	if minutes == 1 {
		return fault.New(fault.TooMany, i18n.M("Hubo demasiados intentos con este correo. Espere un minuto y vuelva a intentarlo."))
	}
	return fault.New(fault.TooMany, i18n.M("Hubo demasiados intentos con este correo. Espere %d minutos, o pida un enlace para poner otra contraseña.", minutes))
}
