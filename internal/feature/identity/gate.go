package identity

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
)

// Session is who is signed in and until when.
type Session struct {
	Actor    access.Actor
	Name     string // of the person
	Place    string // "Juzgado Tercero Familiar, Toluca"
	Lang     i18n.Lang
	IdleEnds time.Time // without another request
	Ends     time.Time // in any case
}

// Gate tells who comes with a token. It is apart from Service because it takes no
// actor: it is what makes one.
type Gate struct {
	db        *db.DB
	idleLimit time.Duration
}

// Gate gives the door of these accounts.
func (s *Service) Gate() *Gate { return &Gate{db: s.db, idleLimit: s.cfg.IdleLimit} }

// renewEvery is how often at most a session's idle end is moved, so that reading pages
// does not write each time. A session may thus end that much early.
const renewEvery = time.Minute

// Authenticate gives the session of a token and moves its idle end. It gives
// fault.Unauthenticated when there is none, when it has ended, and when the account is
// suspended or ended or its post closed.
func (g *Gate) Authenticate(ctx context.Context, token, requestID string, now time.Time) (Session, error) {
	if len(token) != tokenLength {
		return Session{}, signedOut()
	}
	var row sessionRow
	err := g.db.Get(ctx, &row, `
		select s.id, s.account_id, s.seen_at, s.idle_ends, s.ends_at, s.delegation_id, a.name, a.lang, a.post_id, p.role, p.place,
			p.institution_id, p.area_id, p.center_id
		from sessions s join accounts a on a.id = s.account_id join posts p on p.id = a.post_id
		where s.token_hash = $1 and s.idle_ends > $2 and s.ends_at > $2
			and a.suspended_at is null and a.ended_at is null and p.closed_at is null`,
		hashToken(token), db.At(now))
	if errors.Is(err, db.ErrNoRows) {
		return Session{}, signedOut()
	}
	if err != nil {
		return Session{}, err
	}
	if row.DelegationID != "" {
		if err := g.delegate(ctx, &row, now); err != nil {
			return Session{}, err
		}
	}
	if now.Sub(row.SeenAt.Time) >= renewEvery {
		if err := g.renew(ctx, &row, now); err != nil {
			return Session{}, err
		}
	}
	return row.session(requestID), nil
}

// delegate puts the session into the post in which it acts. Once the delegation has ended,
// or who gave it no longer holds the post, it is in its own again.
func (g *Gate) delegate(ctx context.Context, row *sessionRow, now time.Time) error {
	var d delegationRow
	err := g.db.Get(ctx, &d, `select `+delegationColumns+delegationTables+`
		where d.id = $1 and d.to_account_id = $2 and d.from_on <= $3 and d.until_on >= $3 and `+standing,
		row.DelegationID, row.AccountID, clock.DateOf(now))
	if errors.Is(err, db.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	row.PostID, row.Role, row.InstitutionID, row.AreaID, row.CenterID = d.PostID, d.Role, d.InstitutionID, d.AreaID, d.CenterID
	row.Place = i18n.M("%s, por delegación hasta el %s", PlaceText(d.Place), d.Until.MX()).In(row.Lang)
	return nil
}

// renew moves the idle end. Of several requests at once the first writes.
func (g *Gate) renew(ctx context.Context, row *sessionRow, now time.Time) error {
	row.IdleEnds = db.At(earlier(now.Add(g.idleLimit), row.EndsAt.Time))
	return g.db.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `update sessions set seen_at = $1, idle_ends = $2 where id = $3 and seen_at <= $4`,
			db.At(now), row.IdleEnds, row.ID, db.At(now.Add(-renewEvery)))
		return err
	})
}

// sessionRow is a session with its account and post.
type sessionRow struct {
	ID            string      `db:"id"`
	AccountID     string      `db:"account_id"`
	SeenAt        db.Time     `db:"seen_at"`
	IdleEnds      db.Time     `db:"idle_ends"`
	EndsAt        db.Time     `db:"ends_at"`
	DelegationID  string      `db:"delegation_id"`
	Name          string      `db:"name"`
	Lang          i18n.Lang   `db:"lang"`
	PostID        string      `db:"post_id"`
	Role          access.Role `db:"role"`
	Place         string      `db:"place"`
	InstitutionID string      `db:"institution_id"`
	AreaID        string      `db:"area_id"`
	CenterID      string      `db:"center_id"`
}

func (r *sessionRow) session(requestID string) Session {
	return Session{
		Actor: access.Actor{
			Account: r.AccountID, Post: r.PostID, Role: r.Role, Institution: r.InstitutionID, Area: r.AreaID,
			Center: r.CenterID, Session: r.ID, Request: requestID,
		},
		Name: r.Name, Place: r.Place, Lang: r.Lang, IdleEnds: r.IdleEnds.Time, Ends: r.EndsAt.Time,
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

const (
	tokenSize   = 32 // bytes of chance
	tokenLength = 43 // characters of them
)

func newToken() string { return base64.RawURLEncoding.EncodeToString(random(tokenSize)) }

// hashToken is what is stored of a token: nobody who reads the table can enter with it.
// The token is random, so it needs no salt and no cost.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func signedOut() error {
	return fault.New(fault.Unauthenticated, i18n.M("Su sesión terminó. Entre de nuevo para continuar."))
}
