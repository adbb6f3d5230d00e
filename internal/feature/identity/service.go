package identity

import (
	"context"
	"strings"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
)

// Config is what an installation sets. FailKey is required; every other zero field
// takes its default.
type Config struct {
	// IdleLimit ends a session without use. Default 30 minutes.
	IdleLimit time.Duration
	// AbsoluteLimit ends a session in any case. Default 12 hours.
	AbsoluteLimit time.Duration
	// LinkLife is how long a one-time link opens. Default 24 hours (DOMAIN, "Clocks").
	LinkLife time.Duration
	// MaxFailures wrong passwords from one network within LockFor lock an address, known or
	// not, for that network and as long. Default 5 and 15 minutes.
	MaxFailures int
	LockFor     time.Duration
	// FailKey hides addresses in the table of failures.
	FailKey []byte
	// Hash is the cost of a password; see HashParams before lowering it.
	Hash HashParams
}

func (c Config) withDefaults() Config {
	def := func(field *time.Duration, value time.Duration) {
		if *field == 0 {
			*field = value
		}
	}
	def(&c.IdleLimit, 30*time.Minute)
	def(&c.AbsoluteLimit, 12*time.Hour)
	def(&c.LinkLife, 24*time.Hour)
	def(&c.LockFor, 15*time.Minute)
	if c.MaxFailures == 0 {
		c.MaxFailures = 5
	}
	return c
}

// Service is what one can do with accounts.
type Service struct {
	db     *db.DB
	ledger *ledger.Ledger
	outbox *notify.Outbox
	cfg    Config
	hasher *hasher

	network string // of the client that asks; see From
}

// New makes the service. It panics without Config.FailKey.
func New(d *db.DB, l *ledger.Ledger, outbox *notify.Outbox, cfg Config) *Service {
	if len(cfg.FailKey) == 0 {
		panic("identity: Config needs FailKey")
	}
	cfg = cfg.withDefaults()
	return &Service{db: d, ledger: l, outbox: outbox, cfg: cfg, hasher: newHasher(cfg.Hash)}
}

// accountPrefix is how the ledger names an account as actor.
const accountPrefix = "account:"

// AccountOf gives the account behind an actor's name in the ledger; false for the
// program itself and for whoever had not signed in.
func AccountOf(actor string) (id string, ok bool) { return strings.CutPrefix(actor, accountPrefix) }

// NamesTx names accounts for timelines, by id: title and place of the post, not the
// person's own name, in the reader's language. Accounts that ended keep theirs; unknown
// ids are left out.
func (s *Service) NamesTx(ctx context.Context, tx *db.Tx, ids []string) (map[string]string, error) {
	shown, err := s.shownTx(ctx, tx, ids)
	names := make(map[string]string, len(shown))
	for id, name := range shown {
		names[id] = name.In(i18n.From(ctx))
	}
	return names, err
}

// Who is an actor of the ledger as a page names him.
type Who struct {
	Person string // his own name, for those who may know who read a file; empty for the program
	Post   string // title and place of the post, or what acted by itself
}

// WhoTx tells who acted, by the name that the ledger gives an actor.
func (s *Service) WhoTx(ctx context.Context, tx *db.Tx, actors []string) (map[string]Who, error) {
	var ids []string
	who := make(map[string]Who, len(actors))
	for _, actor := range actors {
		if id, ok := AccountOf(actor); ok {
			ids = append(ids, id)
		} else {
			who[actor] = Who{Post: i18n.T(ctx, "SIGUE, automático")}
		}
	}
	var args db.Args
	in := args.In(ids)
	if in == "" {
		return who, nil
	}
	var rows []record
	err := tx.Select(ctx, &rows, `select a.id, a.name, p.role, p.title, p.place`+recordTables+`where a.id in (`+in+`)`, args...)
	for _, r := range rows {
		who[accountPrefix+r.ID] = Who{Person: r.Name, Post: r.shown().In(i18n.From(ctx))}
	}
	return who, err
}

// shownTx is NamesTx in both languages.
func (s *Service) shownTx(ctx context.Context, tx *db.Tx, ids []string) (map[string]i18n.Text, error) {
	names := map[string]i18n.Text{}
	var args db.Args
	in := args.In(ids)
	if in == "" {
		return names, nil
	}
	var rows []record
	err := tx.Select(ctx, &rows, `select a.id, p.role, p.title, p.place`+recordTables+
		`where a.id in (`+in+`)`, args...)
	for _, r := range rows {
		names[r.ID] = r.shown()
	}
	return names, err
}

// shown is the post of an account as a page names it.
func (r record) shown() i18n.Text {
	title, place := r.post().Shown()
	return i18n.Text{
		ES: nameOf(title.In(i18n.Spanish), place.In(i18n.Spanish)),
		EN: nameOf(title.In(i18n.English), place.In(i18n.English)),
	}
}

func nameOf(title, place string) string {
	if place == "" {
		return title
	}
	return title + ", " + place
}

// EmailOfTx gives the address and language of an account that can be entered, for a
// notice; fault.NotFound for any other.
func (s *Service) EmailOfTx(ctx context.Context, tx *db.Tx, id string) (string, i18n.Lang, error) {
	r, err := one(ctx, tx, `where a.id = $1 and a.suspended_at is null and a.ended_at is null and p.closed_at is null`, id)
	if err != nil {
		return "", "", err
	}
	return r.Email, r.Lang, nil
}

// Owner names whose posts are meant: those of an area, of a center, or of a whole
// institution. Exactly one field is set.
type Owner struct{ InstitutionID, AreaID, CenterID string }

// SetPlaceTx gives the posts of an owner its new name, in the transaction that renames
// it.
func (s *Service) SetPlaceTx(ctx context.Context, tx *db.Tx, owner Owner, place string) error {
	column, id := "institution_id", owner.InstitutionID
	switch {
	case owner.AreaID != "":
		column, id = "area_id", owner.AreaID
	case owner.CenterID != "":
		column, id = "center_id", owner.CenterID
	}
	if id == "" {
		return nil // the Secretaría's posts have no owner to rename
	}
	_, err := tx.Exec(ctx, `update posts set place = $1 where `+column+` = $2`, cleanLine(place), id)
	return err
}

// Sweep deletes what is over: sessions, forgotten failures, links of more than 30 days
// ago. It tells how many rows went.
func (s *Service) Sweep(ctx context.Context, actor access.Actor) (int64, error) {
	if _, err := actor.Require(access.JobRun); err != nil {
		return 0, err
	}
	var total int64
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		total = 0
		now := tx.Now()
		for _, sweep := range []struct {
			query  string
			before time.Time
		}{
			{`delete from sessions where idle_ends <= $1 or ends_at <= $1`, now},
			{`delete from sign_in_failures where first_at <= $1 and (locked_until is null or locked_until <= $1)`, now.Add(-24 * time.Hour)},
			{`delete from one_time_links where expires_at <= $1`, now.AddDate(0, 0, -30)},
		} {
			n, err := tx.Exec(ctx, sweep.query, db.At(sweep.before))
			if err != nil {
				return err
			}
			total += n
		}
		return nil
	})
	return total, err
}
