package identity

import (
	"context"
	"errors"
	"path"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/notify"
)

// LinkState is what a one-time link is good for.
type LinkState string

// The states of a link whose signature is right.
const (
	LinkOpen    LinkState = "open"
	LinkUsed    LinkState = "used"    // here, or outdone by a newer password or a suspension
	LinkExpired LinkState = "expired" //
	LinkClosed  LinkState = "closed"  // its account is suspended or ended
)

// Link is a one-time link as its page shows it.
type Link struct {
	State     LinkState
	Name      string // of the holder; empty unless the link is open
	Email     string
	ExpiresAt time.Time
}

// linkRecord is a link as stored.
type linkRecord struct {
	ID        string  `db:"id"`
	AccountID string  `db:"account_id"`
	ExpiresAt db.Time `db:"expires_at"`
	UsedAt    db.Time `db:"used_at"`
}

func (l *linkRecord) state(r *record, now time.Time) LinkState {
	switch {
	case !r.open():
		return LinkClosed
	case !l.UsedAt.IsZero():
		return LinkUsed
	case !l.ExpiresAt.After(now):
		return LinkExpired
	}
	return LinkOpen
}

// linkPath is the page of a link, which is what its signature covers.
func linkPath(id string) string { return "/acceso/" + id }

// RequestLink sends a one-time link to an address that has an account which can be
// entered. Nobody learns whether it has: there is no other answer than nil, also when
// the address has asked too often.
func (s *Service) RequestLink(ctx context.Context, actor access.Actor, email string) error {
	if _, err := actor.Require(access.SessionOpen); err != nil {
		return err
	}
	email = normalEmail(email)
	try, err := s.take(ctx, s.linkTries(email))
	if err != nil || !try.allowed {
		return err
	}
	r, err := s.byEmail(ctx, email)
	if err != nil || r.ID == "" || !r.open() {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error { return s.sendLinkTx(ctx, tx, actor, r) })
}

// sendLinkTx makes a link and the notice that carries it.
func (s *Service) sendLinkTx(ctx context.Context, tx *db.Tx, actor access.Actor, r *record) error {
	id, err := s.newLinkTx(ctx, tx, actor, r)
	if err != nil {
		return err
	}
	link, err := notify.SignedLinkTo(linkPath(id))
	if err != nil {
		return err
	}
	return s.outbox.EnqueueTx(ctx, tx, notify.Notice{
		Kind: notify.AccountLink, Link: link, EventAt: tx.Now(),
		To: notify.Recipient{Type: "account", ID: r.ID, Address: r.Email, Lang: r.Lang},
	})
}

func (s *Service) newLinkTx(ctx context.Context, tx *db.Tx, actor access.Actor, r *record) (string, error) {
	id := db.NewID()
	_, err := tx.Exec(ctx, `insert into one_time_links (id, account_id, created_at, expires_at) values ($1, $2, $3, $4)`,
		id, r.ID, db.At(tx.Now()), db.At(tx.Now().Add(s.cfg.LinkLife)))
	if err != nil {
		return "", err
	}
	return id, s.ledger.AppendTx(ctx, tx, actor, r.entry("account.link"))
}

// IssuedLink is a link to hand over in person.
type IssuedLink struct{ ID, Sig, URL string }

// IssueLink makes a one-time link and gives it instead of mailing it: for the first
// account of an installation and for demonstrations. Only the program itself may; a
// person who could read such a link could enter as somebody else.
func (s *Service) IssueLink(ctx context.Context, actor access.Actor, account string) (IssuedLink, error) {
	scope, err := actor.Require(access.AccountAdminister)
	if err != nil {
		return IssuedLink{}, err
	}
	if actor.SignedIn() {
		return IssuedLink{}, fault.Missing()
	}
	var id string
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, scope, account)
		if err != nil {
			return err
		}
		id, err = s.newLinkTx(ctx, tx, actor, r)
		return err
	})
	if err != nil {
		return IssuedLink{}, err
	}
	link, err := notify.SignedLinkTo(linkPath(id))
	if err != nil {
		return IssuedLink{}, err
	}
	url, err := s.outbox.SignedPath(ctx, actor, link)
	return IssuedLink{ID: id, Sig: path.Base(url), URL: url}, err
}

// LinkState tells what a link is good for, without using it up: a mail scanner that
// follows links does no harm. A wrong signature is NotFound.
func (s *Service) LinkState(ctx context.Context, actor access.Actor, id, sig string) (Link, error) {
	if _, err := actor.Require(access.SessionOpen); err != nil {
		return Link{}, err
	}
	l, r, err := s.link(ctx, id, sig)
	if err != nil {
		return Link{}, err
	}
	out := Link{State: l.state(r, s.now()), ExpiresAt: l.ExpiresAt.Time}
	if out.State == LinkOpen {
		out.Name, out.Email = r.Name, r.Email
	}
	return out, nil
}

// link reads a link and its account. The signature alone opens it: no scope reaches
// what whoever has not signed in may see.
func (s *Service) link(ctx context.Context, id, sig string) (*linkRecord, *record, error) {
	if !s.outbox.CheckSignature(linkPath(id), sig) {
		return nil, nil, fault.Missing()
	}
	var l linkRecord
	var r *record
	err := s.db.View(ctx, func(tx *db.Tx) error {
		err := tx.Get(ctx, &l, `select id, account_id, expires_at, used_at from one_time_links where id = $1`, id)
		if errors.Is(err, db.ErrNoRows) {
			return fault.Missing() // swept away
		}
		if err != nil {
			return err
		}
		r, err = one(ctx, tx, `where a.id = $1`, l.AccountID)
		return err
	})
	return &l, r, err
}

// RedeemLink sets a password by a link, once: of several at the same time one wins. It
// ends all sessions of the account, voids its other links and lifts a lock of this network.
// A link that is used, expired or closed is a Conflict; what is wrong with the password is Invalid
// at the field "password", and the link stays good.
func (s *Service) RedeemLink(ctx context.Context, actor access.Actor, id, sig, password string) error {
	if _, err := actor.Require(access.SessionOpen); err != nil {
		return err
	}
	l, r, err := s.link(ctx, id, sig)
	if err != nil {
		return err
	}
	if state := l.state(r, s.now()); state != LinkOpen {
		return spent(state)
	}
	if m := checkPassword(password, r.Name, r.Email); !m.IsZero() {
		return wrongField("password", m)
	}
	hash, err := s.hasher.make(ctx, password)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `update one_time_links set used_at = $1 where id = $2 and used_at is null and expires_at > $1`,
			db.At(tx.Now()), l.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return spent(LinkUsed)
		}
		lifted := append(s.signInTries(r.Email), s.passwordTries(r.ID), s.linkTries(r.Email))
		if err := forgetTx(ctx, tx, lifted...); err != nil {
			return err
		}
		return s.setPasswordTx(ctx, tx, actor, r, hash, "")
	})
}

// Explain says why a link no longer opens, and what to do; the zero sentence for one
// that does.
func (s LinkState) Explain() i18n.Msg {
	switch s {
	case LinkUsed:
		return i18n.M("Este enlace ya se usó. Si ya puso su contraseña, entre con ella; si no, pida otro enlace.")
	case LinkExpired:
		return i18n.M("Este enlace venció. Pida otro: llega a su correo en unos minutos.")
	case LinkClosed:
		return i18n.M("Esta cuenta no está activa. Hable con quien administra las cuentas de su área.")
	}
	return i18n.Msg{}
}

func spent(s LinkState) error { return fault.New(fault.Conflict, s.Explain()) }

// voidLinksTx makes every link of an account unusable.
func voidLinksTx(ctx context.Context, tx *db.Tx, account string) error {
	_, err := tx.Exec(ctx, `update one_time_links set used_at = $1 where account_id = $2 and used_at is null`,
		db.At(tx.Now()), account)
	return err
}

// SendLink mails a new one-time link to the holder of an account.
func (s *Service) SendLink(ctx context.Context, actor access.Actor, account string) error {
	scope, err := actor.Require(access.AccountAdminister)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, scope, account, func(tx *db.Tx, r *record) error {
		if !r.open() {
			return fault.New(fault.Conflict, i18n.M("Esta cuenta está suspendida o terminada: no se le puede enviar un enlace."))
		}
		return s.sendLinkTx(ctx, tx, actor, r)
	})
}

// openLinkTx tells until when the newest link of an account opens; zero when none does.
func openLinkTx(ctx context.Context, tx *db.Tx, r *record) (time.Time, error) {
	if !r.open() {
		return time.Time{}, nil
	}
	var until db.Time
	err := tx.Get(ctx, &until, `
		select expires_at from one_time_links where account_id = $1 and used_at is null and expires_at > $2
		order by expires_at desc limit 1`, r.ID, db.At(tx.Now()))
	if errors.Is(err, db.ErrNoRows) {
		return time.Time{}, nil
	}
	return until.Time, err
}
