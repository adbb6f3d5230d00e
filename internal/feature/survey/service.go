package survey

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"github.com/google/uuid"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/center"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
	"sigue/internal/platform/vault"
)

// Service is what one can do with surveys.
type Service struct {
	db       *db.DB
	ledger   *ledger.Ledger
	vault    *vault.Vault
	outbox   *notify.Outbox
	identity *identity.Service
	centers  *center.Service
	cases    *casefile.Service
	key      []byte
}

// Needs are the rooms and tools that the service works with.
type Needs struct {
	DB       *db.DB
	Ledger   *ledger.Ledger
	Vault    *vault.Vault
	Outbox   *notify.Outbox
	Identity *identity.Service
	Centers  *center.Service
	Cases    *casefile.Service
	Runner   *jobs.Runner
}

// New makes the service and binds its background work.
func New(n Needs) *Service {
	s := &Service{db: n.DB, ledger: n.Ledger, vault: n.Vault, outbox: n.Outbox, identity: n.Identity, centers: n.Centers,
		cases: n.Cases, key: n.Vault.SigningKey("survey codes")}
	s.bind(n.Runner)
	return s
}

// mac is what stands in the database of something secret, or what proves that we made it:
// without the key file nobody can compute it.
func (s *Service) mac(purpose, secret string) []byte {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(purpose + "\x00" + secret))
	return h.Sum(nil)
}

func (s *Service) stored(purpose, secret string) string {
	return hex.EncodeToString(s.mac(purpose, secret)[:16])
}

// loadTx reads one survey. Surveys belong to nobody: whoever may read them reads all.
func loadTx(ctx context.Context, tx *db.Tx, id string) (Survey, error) {
	var s Survey
	if uuid.Validate(id) != nil {
		return s, fault.Missing()
	}
	err := tx.Get(ctx, &s, `select `+surveyColumns+` from surveys s where s.id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		return s, fault.Missing()
	}
	return s, err
}

// versionsTx reads versions by a predicate, newest first.
func versionsTx(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Version, error) {
	var rows []versionRow
	if err := tx.Select(ctx, &rows, `select `+versionColumns+` from survey_versions v where `+where+` order by v.number desc`, args...); err != nil {
		return nil, err
	}
	all := make([]Version, len(rows))
	for i, r := range rows {
		var err error
		if all[i], err = r.version(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// versionTx reads one version that was published.
func versionTx(ctx context.Context, tx *db.Tx, id string) (Version, error) {
	all, err := versionsTx(ctx, tx, `v.id = $1 and v.published_at is not null`, id)
	if err != nil {
		return Version{}, err
	}
	if len(all) == 0 {
		return Version{}, fault.Missing()
	}
	return all[0], nil
}

// currentTx gives the newest published version of a survey, NotFound while there is none.
func currentTx(ctx context.Context, tx *db.Tx, survey string) (Version, error) {
	all, err := versionsTx(ctx, tx, `v.survey_id = $1 and v.published_at is not null`, survey)
	if err != nil {
		return Version{}, err
	}
	if len(all) == 0 {
		return Version{}, fault.Missing()
	}
	return all[0], nil
}

func today(tx *db.Tx) clock.Date { return clock.DateOf(tx.Now()) }

// entry is a ledger entry about a survey.
func entry(action, survey string, changes ...ledger.Change) ledger.Entry {
	return ledger.Entry{Action: action, Subject: ledger.Subject{Type: "survey", ID: survey}, Changes: changes}
}

// at names the center where it happened.
func at(center string, e ledger.Entry) ledger.Entry {
	e.Center = center
	return e
}
