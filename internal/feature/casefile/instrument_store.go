package casefile

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// instrumentRow is a version of an instrument as stored.
type instrumentRow struct {
	ID          string  `db:"id"`
	Code        string  `db:"code"`
	Version     int     `db:"version"`
	Area        string  `db:"area"`
	Name        string  `db:"name"`
	Licence     string  `db:"licence"`
	Content     string  `db:"content"`
	Revision    int     `db:"revision"`
	PublishedAt db.Time `db:"published_at"`
	RetiredAt   db.Time `db:"retired_at"`
}

const instrumentColumns = `i.id, i.code, i.version, i.area, i.name, i.licence, i.content, i.revision, i.published_at, i.retired_at`

func (r instrumentRow) instrument() (Instrument, error) {
	in := Instrument{}
	err := json.Unmarshal([]byte(r.Content), &in)
	in.ID, in.Code, in.Version, in.Area, in.Name, in.Licence = r.ID, r.Code, r.Version, program.ServiceArea(r.Area), r.Name, r.Licence
	in.Revision, in.PublishedAt, in.RetiredAt = r.Revision, r.PublishedAt.Time, r.RetiredAt.Time
	return in, err
}

// entry is a ledger entry about a version of an instrument.
func (in Instrument) entry(action string, changes ...ledger.Change) ledger.Entry {
	return ledger.Entry{Action: action, Subject: ledger.Subject{Type: "instrument", ID: in.ID}, Changes: changes}
}

// selectInstruments reads versions; where is a condition of this package. Those of one
// code stand together, the newest first.
func selectInstruments(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Instrument, error) {
	var rows []instrumentRow
	if err := tx.Select(ctx, &rows, `select `+instrumentColumns+` from instruments i where `+where+
		` order by i.code, i.version desc`, args...); err != nil {
		return nil, err
	}
	out := make([]Instrument, len(rows))
	for n, row := range rows {
		var err error
		if out[n], err = row.instrument(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// instrumentTx gives one version, draft or published, or NotFound.
func instrumentTx(ctx context.Context, tx *db.Tx, id string) (Instrument, error) {
	if uuid.Validate(id) != nil {
		return Instrument{}, fault.Missing()
	}
	found, err := selectInstruments(ctx, tx, `i.id = $1`, id)
	if err == nil && len(found) == 0 {
		err = fault.Missing()
	}
	if err != nil {
		return Instrument{}, err
	}
	return found[0], nil
}

// offered is the condition for the versions that a new assessment takes: of each
// instrument the newest one that is published and not retired.
const offered = `i.published_at is not null and i.retired_at is null and not exists (select 1 from instruments n
	where n.code = i.code and n.version > i.version and n.published_at is not null and n.retired_at is null)`

// instrumentsTx gives what is offered to an area, by name.
func instrumentsTx(ctx context.Context, tx *db.Tx, area program.ServiceArea) ([]Instrument, error) {
	all, err := selectInstruments(ctx, tx, offered+` and i.area = $1`, string(area))
	byName(all)
	return all, err
}

// insertInstrument stores a version whose code has none of that number yet; else it
// stores nothing and gives 0.
func insertInstrument(ctx context.Context, tx *db.Tx, actor access.Actor, in Instrument) (int64, error) {
	content, err := in.content()
	if err != nil {
		return 0, err
	}
	by := ""
	if !in.Draft() {
		by = actor.Name()
	}
	return tx.Exec(ctx, `insert into instruments (id, code, version, area, name, licence, content, revision, created_at, created_by,
			published_at, published_by)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (code, version) do nothing`,
		in.ID, in.Code, in.Version, string(in.Area), in.Name, in.Licence, content, in.Revision, db.At(tx.Now()), actor.Name(),
		db.At(in.PublishedAt), by)
}

// storeDraft stores what a draft holds now.
func storeDraft(ctx context.Context, tx *db.Tx, in Instrument) error {
	content, err := in.content()
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update instruments set area = $1, name = $2, licence = $3, content = $4 where id = $5`,
		string(in.Area), in.Name, in.Licence, content, in.ID)
	return err
}
