package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strings"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/platform/access"
	"sigue/internal/platform/folio"
	"sigue/internal/platform/jobs"
)

// TLS says how the connection to the mail server is protected.
type TLS string

// The ways.
const (
	TLSRequired      TLS = "required"
	TLSOpportunistic TLS = "opportunistic"
	TLSNone          TLS = "none"
)

// Config is where mail goes. With an empty Host notices wait in the outbox.
type Config struct {
	BaseURL        string // "https://sigue.example"
	From           string
	Host           string
	Port           int
	User, Password string
	TLS            TLS
	Timeout        time.Duration // of one delivery; 30 s when zero
}

// Outbox writes notices and delivers them.
type Outbox struct {
	db   *db.DB
	cfg  Config
	host string // of the Message-IDs
	key  []byte
}

// deliver is the job that sends one notice.
type deliver struct {
	Notice string `json:"notice"`
}

var deliverKind = jobs.Kind[deliver]{Name: "notify.deliver"} // tried until the server is back

// New makes the outbox and binds its delivery. signingKey signs one-time links.
func New(d *db.DB, cfg Config, signingKey []byte, runner *jobs.Runner) (*Outbox, error) {
	base, err := url.Parse(cfg.BaseURL)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("notify: base address %q", cfg.BaseURL)
	}
	if cfg.Host != "" {
		if _, err := mail.ParseAddress(cfg.From); err != nil {
			return nil, fmt.Errorf("notify: sender %q: %w", cfg.From, err)
		}
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	o := &Outbox{db: d, cfg: cfg, host: base.Hostname(), key: signingKey}
	jobs.Handle(runner, deliverKind, func(ctx context.Context, p deliver) error { return o.deliver(ctx, p.Notice) })
	return o, nil
}

// EnqueueTx writes a notice with the caller's transaction; it goes out after the commit.
func (o *Outbox) EnqueueTx(ctx context.Context, tx *db.Tx, n Notice) error {
	if _, known := kinds[n.Kind]; !known {
		return fmt.Errorf("notify: unknown kind %q", n.Kind)
	}
	if n.Link.path == "" || n.Folio.IsZero() != (n.Kind == AccountLink) {
		return fmt.Errorf("notify: a %s notice needs its link and its folio", n.Kind)
	}
	id := db.NewID()
	if _, err := tx.Exec(ctx, `
		insert into notices (id, kind, folio, link, to_type, to_id, address, lang, event_at, created_at, attempts, last_error)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, '')`,
		id, string(n.Kind), n.Folio, n.Link.stored(), n.To.Type, n.To.ID, n.To.Address, string(n.To.Lang),
		db.At(n.EventAt), db.At(tx.Now())); err != nil {
		return err
	}
	return deliverKind.EnqueueTx(ctx, tx, deliver{Notice: id}, jobs.Options{UniqueKey: id})
}

// signedMark stands before the path of a signed link in the table.
const signedMark = "signed:"

func (l Link) stored() string {
	if l.signed {
		return signedMark + l.path
	}
	return l.path
}

// sign gives what makes a signed link open.
func (o *Outbox) sign(path string) string {
	h := hmac.New(sha256.New, o.key)
	h.Write([]byte(path))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))[:22]
}

// CheckSignature tells whether sig is what was sent behind the path of a signed link.
func (o *Outbox) CheckSignature(path, sig string) bool {
	return hmac.Equal([]byte(o.sign(path)), []byte(sig))
}

// SignedPath is a signed link as it stands in the mail, for whoever hands it over in
// person (the first account of an installation).
func (o *Outbox) SignedPath(ctx context.Context, actor access.Actor, l Link) (string, error) {
	if _, err := actor.Require(access.AccountAdminister); err != nil {
		return "", err
	}
	return o.cfg.BaseURL + o.address(l.stored()), nil
}

// address is the path of a stored link as it is sent.
func (o *Outbox) address(stored string) string {
	if path, signed := strings.CutPrefix(stored, signedMark); signed {
		return path + "/" + o.sign(path)
	}
	return stored
}

// Sent is a notice in a list.
type Sent struct {
	ID        string
	Kind      Kind
	Folio     folio.Folio
	To        Recipient
	EventAt   time.Time
	CreatedAt time.Time
	Attempts  int
	SentAt    time.Time
	FailedAt  time.Time
	LastError string
}

// Key names the place after a notice in a list.
func (s Sent) Key() string { return s.ID }

type row struct {
	ID        string      `db:"id"`
	Kind      Kind        `db:"kind"`
	Folio     folio.Folio `db:"folio"`
	Link      string      `db:"link"`
	ToType    string      `db:"to_type"`
	ToID      string      `db:"to_id"`
	Address   string      `db:"address"`
	Lang      string      `db:"lang"`
	EventAt   db.Time     `db:"event_at"`
	CreatedAt db.Time     `db:"created_at"`
	Attempts  int         `db:"attempts"`
	SentAt    db.Time     `db:"sent_at"`
	FailedAt  db.Time     `db:"failed_at"`
	LastError string      `db:"last_error"`
}

const columns = `id, kind, folio, link, to_type, to_id, address, lang, event_at, created_at, attempts, sent_at, failed_at, last_error`

func (r row) sent() Sent {
	return Sent{
		ID: r.ID, Kind: r.Kind, Folio: r.Folio, To: Recipient{Type: r.ToType, ID: r.ToID, Address: r.Address},
		EventAt: r.EventAt.Time, CreatedAt: r.CreatedAt.Time, Attempts: r.Attempts,
		SentAt: r.SentAt.Time, FailedAt: r.FailedAt.Time, LastError: r.LastError,
	}
}

// Filter pages a list: Before is the Key of the last one above.
type Filter struct {
	Before string
	Limit  int
}

// List gives notices, newest first.
func (o *Outbox) List(ctx context.Context, actor access.Actor, f Filter) ([]Sent, error) {
	if _, err := actor.Require(access.NoticeRead); err != nil {
		return nil, err
	}
	var out []Sent
	err := o.db.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		where := "1 = 1"
		if f.Before != "" {
			where = "id < " + args.Add(f.Before)
		}
		var rows []row
		err := tx.Select(ctx, &rows, `select `+columns+` from notices where `+where+` order by id desc limit `+args.Add(f.Limit), args...)
		for _, r := range rows {
			out = append(out, r.sent())
		}
		return err
	})
	return out, err
}

// ForFolioTx gives the notices about one folio, oldest first. The caller has reached
// the folio through a record of his scope.
func (o *Outbox) ForFolioTx(ctx context.Context, tx *db.Tx, f folio.Folio) ([]Sent, error) {
	var rows []row
	if err := tx.Select(ctx, &rows, `select `+columns+` from notices where folio = $1 order by created_at, id`, f); err != nil {
		return nil, err
	}
	out := make([]Sent, len(rows))
	for i, r := range rows {
		out[i] = r.sent()
	}
	return out, nil
}

// deliver sends one notice unless it went out before, and records how that went.
func (o *Outbox) deliver(ctx context.Context, id string) error {
	var r row
	err := o.db.View(ctx, func(tx *db.Tx) error {
		return tx.Get(ctx, &r, `select `+columns+` from notices where id = $1`, id)
	})
	if errors.Is(err, db.ErrNoRows) {
		return jobs.Permanent(err)
	}
	if err != nil || !r.SentAt.IsZero() {
		return err
	}
	failure := o.send(ctx, r)
	if err := o.record(ctx, r, failure); err != nil {
		return err // it may be sent again, under the same Message-ID
	}
	return failure
}

func (o *Outbox) record(ctx context.Context, r row, failure error) error {
	return o.db.Tx(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		now, text := db.At(tx.Now()), ""
		sent, failed := now, db.Time{}
		if failure != nil {
			sent, text = db.Time{}, failure.Error()
			if jobs.IsPermanent(failure) {
				failed = now
			}
		}
		_, err := tx.Exec(ctx, `update notices set attempts = attempts + 1, sent_at = $1, failed_at = $2, last_error = $3 where id = $4`,
			sent, failed, text, r.ID)
		return err
	})
}
