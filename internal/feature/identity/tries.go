package identity

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math"
	"net/netip"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
)

// tries is a count of attempts at one thing, and how many it may have.
type tries struct {
	key   string
	most  int
	span  time.Duration // in which they count
	pause time.Duration // for which the thing is closed once they are used up
}

// addressMost: guesses at one address from a single network end soon (Config.MaxFailures),
// which keeps nobody else from his account. Guesses that come from many networks meet a
// second count over all of them: once an hour has seen this many, one is heard each
// addressPause. Whoever spreads his guesses gets some 80 an hour and never a lock, so that
// a stranger can make the owner wait for a minute and never shut him out.
const (
	addressMost  = 20
	addressSpan  = time.Hour
	addressPause = time.Minute
)

// linkMost: asking for a link sends a mail, so an address is written to three times an
// hour at most. It also keeps anybody from measuring how long an answer takes.
const (
	linkMost = 3
	linkSpan = time.Hour
)

// signInTries are the counts that a sign-in must pass: of the address in this network,
// and of the address in all.
func (s *Service) signInTries(email string) []tries {
	return []tries{
		{s.failureKey("sign-in", email+"\x00"+s.network), s.cfg.MaxFailures, s.cfg.LockFor, s.cfg.LockFor},
		{s.failureKey("sign-in everywhere", email), addressMost, addressSpan, addressPause},
	}
}

func (s *Service) passwordTries(account string) tries {
	return tries{s.failureKey("password", account), s.cfg.MaxFailures, s.cfg.LockFor, s.cfg.LockFor}
}

func (s *Service) linkTries(email string) tries {
	return tries{s.failureKey("link", email), linkMost, linkSpan, linkSpan}
}

// From gives the service as it answers one client address. Without it all clients count
// as of one unknown network.
func (s *Service) From(ip string) *Service {
	of := *s
	of.network = networkOf(ip)
	return &of
}

// networkOf is what one subscriber or office can take addresses from at will: an IPv4 /24
// and an IPv6 /64 (RFC 6177 gives each site at least that). Empty for no address.
func networkOf(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	addr = addr.Unmap().WithZone("")
	bits := 64
	if addr.Is4() {
		bits = 24
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return ""
	}
	return prefix.String()
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

// next counts one more try. A count is forgotten when its span has passed.
func (c count) next(now time.Time, t tries) count {
	if now.Sub(c.FirstAt.Time) >= t.span {
		c = count{FirstAt: db.At(now)}
	}
	c.Failures++
	if c.Failures >= t.most {
		c.LockedUntil = db.At(now.Add(t.pause))
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
// cannot overtake their count; success forgets it. A try that one count refuses is added
// to none. A transaction that collides with another on the same row runs again, and finds
// the other's count.
func (s *Service) take(ctx context.Context, all ...tries) (taken, error) {
	var out taken
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		out = taken{allowed: true}
		counts := make([]count, len(all))
		for i, t := range all {
			c, err := countTx(ctx, tx, t)
			if err != nil {
				return err
			}
			if c.LockedUntil.After(tx.Now()) {
				out = taken{until: later(out.until, c.LockedUntil.Time)}
			}
			counts[i] = c
		}
		if !out.allowed {
			return nil
		}
		for i, t := range all {
			c := counts[i].next(tx.Now(), t)
			out.until = later(out.until, c.LockedUntil.Time)
			if err := c.storeTx(ctx, tx, t); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

func countTx(ctx context.Context, tx *db.Tx, t tries) (count, error) {
	var c count
	err := tx.Get(ctx, &c, `select failures, first_at, locked_until from sign_in_failures where key = $1`, t.key)
	if errors.Is(err, db.ErrNoRows) {
		return count{}, nil
	}
	return c, err
}

func (c count) storeTx(ctx context.Context, tx *db.Tx, t tries) error {
	_, err := tx.Exec(ctx, `
		insert into sign_in_failures (key, failures, first_at, locked_until) values ($1, $2, $3, $4)
		on conflict (key) do update set failures = excluded.failures, first_at = excluded.first_at,
			locked_until = excluded.locked_until`, t.key, c.Failures, c.FirstAt, c.LockedUntil)
	return err
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// forgetTx ends the counts of whoever proved to be who he says.
func forgetTx(ctx context.Context, tx *db.Tx, all ...tries) error {
	var args db.Args
	keys := make([]string, len(all))
	for i, t := range all {
		keys[i] = t.key
	}
	_, err := tx.Exec(ctx, `delete from sign_in_failures where key in (`+args.In(keys)+`)`, args...)
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
