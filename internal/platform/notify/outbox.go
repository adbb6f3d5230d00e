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

	"github.com/google/uuid"
	gomail "github.com/wneessen/go-mail"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
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
	rest rest
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
	cfg.BaseURL = strings.TrimRight(cfg.BaseURL, "/")
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	o := &Outbox{db: d, cfg: cfg, host: base.Hostname(), key: signingKey}
	jobs.Handle(runner, deliverKind, func(ctx context.Context, p deliver) error { return o.deliver(ctx, p.Notice) })
	return o, nil
}

// EnqueueTx writes a notice with the caller's transaction; it goes out after the
// commit. A recipient without a usable address does not stop the change that he should
// hear of: his notice is written as failed, where it is seen.
func (o *Outbox) EnqueueTx(ctx context.Context, tx *db.Tx, n Notice) error {
	if err := n.check(); err != nil {
		return err
	}
	id, address, failed, text := db.NewID(), n.To.Address, db.Time{}, ""
	if !isPerson(n.To.Type) && !isMailbox(address) {
		address, failed, text = "", db.At(tx.Now()), string(noMailbox)
	}
	if _, err := tx.Exec(ctx, `
		insert into notices (id, kind, folio, link, to_type, to_id, address, lang, event_at, created_at, attempts, failed_at, last_error)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12)`,
		id, string(n.Kind), n.Folio.String(), n.Link.stored(), n.To.Type, n.To.ID, address, string(n.To.Lang),
		db.At(n.EventAt), db.At(tx.Now()), failed, text); err != nil {
		return err
	}
	if !failed.IsZero() {
		return nil
	}
	switch n.To.Type {
	case invitation:
		return ToPerson.EnqueueTx(ctx, tx, Delivery{Notice: id}, jobs.Options{UniqueKey: id})
	case inquiry:
		return ToAsked.EnqueueTx(ctx, tx, Delivery{Notice: id}, jobs.Options{UniqueKey: id})
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
	LastError string // a reason and the server's answer, for administrators; see Problem
}

// Key names the place after a notice in a list.
func (s Sent) Key() string { return s.ID }

type row struct {
	ID        string  `db:"id"`
	Kind      Kind    `db:"kind"`
	Folio     string  `db:"folio"` // empty for none
	Link      string  `db:"link"`
	ToType    string  `db:"to_type"`
	ToID      string  `db:"to_id"`
	Address   string  `db:"address"`
	Lang      string  `db:"lang"`
	EventAt   db.Time `db:"event_at"`
	CreatedAt db.Time `db:"created_at"`
	Attempts  int     `db:"attempts"`
	SentAt    db.Time `db:"sent_at"`
	FailedAt  db.Time `db:"failed_at"`
	LastError string  `db:"last_error"`
}

const columns = `id, kind, folio, link, to_type, to_id, address, lang, event_at, created_at, attempts, sent_at, failed_at, last_error`

func (r row) sent() (Sent, error) {
	var f folio.Folio
	if err := f.UnmarshalText([]byte(r.Folio)); err != nil {
		return Sent{}, fmt.Errorf("notify: notice %s: %w", r.ID, err)
	}
	to := Recipient{Type: r.ToType, ID: r.ToID, Address: r.Address, Lang: i18n.Lang(r.Lang)}
	return Sent{
		ID: r.ID, Kind: r.Kind, Folio: f, To: to, EventAt: r.EventAt.Time, CreatedAt: r.CreatedAt.Time,
		Attempts: r.Attempts, SentAt: r.SentAt.Time, FailedAt: r.FailedAt.Time, LastError: r.LastError,
	}, nil
}

func selectSent(ctx context.Context, tx *db.Tx, tail string, args ...any) ([]Sent, error) {
	var rows []row
	if err := tx.Select(ctx, &rows, `select `+columns+` from notices `+tail, args...); err != nil {
		return nil, err
	}
	out := make([]Sent, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = r.sent(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// State is how far notices are, to choose some of them.
type State string

// The states; the zero State is any.
const (
	Waiting   State = "waiting"
	Delivered State = "delivered"
	Failed    State = "failed"
)

// stateSQL is the predicate of each state.
var stateSQL = map[State]string{
	"":        "1 = 1",
	Waiting:   "sent_at is null and failed_at is null",
	Delivered: "sent_at is not null",
	Failed:    "failed_at is not null",
}

// maxList is the most that one page of a list may hold.
const maxList = 500

// Filter chooses notices. Before is the Key of the last one of the page above.
type Filter struct {
	State  State
	Before string
	Limit  int // at most 500
}

// List gives notices, newest first. A state or a key that is none finds nothing.
func (o *Outbox) List(ctx context.Context, actor access.Actor, f Filter) ([]Sent, error) {
	if _, err := actor.Require(access.NoticeRead); err != nil {
		return nil, err
	}
	where, known := stateSQL[f.State]
	if !known || f.Before != "" && uuid.Validate(f.Before) != nil {
		return nil, fault.Missing()
	}
	var args db.Args
	if f.Before != "" {
		where += " and id < " + args.Add(f.Before)
	}
	tail := "where " + where + " order by id desc limit " + args.Add(min(max(f.Limit, 1), maxList))
	var out []Sent
	err := o.db.View(ctx, func(tx *db.Tx) error {
		var err error
		out, err = selectSent(ctx, tx, tail, args...)
		return err
	})
	return out, err
}

const folioTail = `where folio = $1 order by created_at, id`

// FolioQuery is what [Outbox.ForFolioTx] asks, for [db.Tx.Ahead].
func FolioQuery(f folio.Folio) db.Query {
	return db.Q(`select `+columns+` from notices `+folioTail, f.String())
}

// ForFolioTx gives the notices about one folio, oldest first: who was told. The caller
// has reached the folio through a record of his scope.
func (o *Outbox) ForFolioTx(ctx context.Context, tx *db.Tx, f folio.Folio) ([]Sent, error) {
	if f.IsZero() {
		return nil, nil
	}
	return selectSent(ctx, tx, folioTail, f.String())
}

// deliver sends one notice unless it went out before, and records how that went.
func (o *Outbox) deliver(ctx context.Context, id string) error {
	r, err := o.waiting(ctx, id)
	if err != nil || r == nil {
		return err
	}
	return o.attempt(ctx, r, func() (*gomail.Msg, error) { return o.message(*r) })
}

// waiting reads a notice that is to be sent; nil when it went out or was given up.
func (o *Outbox) waiting(ctx context.Context, id string) (*row, error) {
	var r row
	err := o.db.View(ctx, func(tx *db.Tx) error {
		return tx.Get(ctx, &r, `select `+columns+` from notices where id = $1`, id)
	})
	if errors.Is(err, db.ErrNoRows) {
		return nil, jobs.Permanent(err)
	}
	if err != nil || !r.SentAt.IsZero() {
		return nil, err
	}
	return &r, nil
}

// attempt hands one notice to the mail server and records how that went.
func (o *Outbox) attempt(ctx context.Context, r *row, write func() (*gomail.Msg, error)) error {
	if !o.rest.enter(o.db.Clock().Now()) {
		return errResting
	}
	failure := o.send(ctx, write)
	var p *problem
	errors.As(failure, &p)
	o.rest.leave(o.db.Clock().Now(), p == nil || p.why != noContact)
	return o.ended(ctx, *r, p)
}

// ended records an attempt and gives what the job makes of it.
func (o *Outbox) ended(ctx context.Context, r row, p *problem) error {
	if err := o.record(ctx, r, p); err != nil {
		return err // it may be sent again, under the same Message-ID
	}
	switch {
	case p == nil:
		return nil
	case p.permanent():
		return jobs.Permanent(p)
	}
	return p
}

func (o *Outbox) record(ctx context.Context, r row, p *problem) error {
	return o.db.Tx(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		var sent, failed db.Time
		text := ""
		switch now := db.At(tx.Now()); {
		case p == nil:
			sent = now
		case p.permanent():
			failed, text = now, p.Error()
		default:
			text = p.Error()
		}
		_, err := tx.Exec(ctx, `update notices set attempts = attempts + 1, sent_at = $1, failed_at = $2, last_error = $3 where id = $4`,
			sent, failed, text, r.ID)
		return err
	})
}
