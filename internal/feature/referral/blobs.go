package referral

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"time"

	"sigue/internal/base/blob"
	"sigue/internal/base/db"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// Files are the stored files beside the rows that name them. A process that is killed
// between storing a file and writing its row leaves a file that nobody can find: an
// orphan. The rows of referral_attachments are the only ones that name files of this
// store; a table that joins them must be asked in named too.
type Files struct {
	db     *db.DB
	ledger *ledger.Ledger
	store  blob.Store
}

// NewFiles looks at a store. The ledger is needed by Sweep alone.
func NewFiles(d *db.DB, l *ledger.Ledger, store blob.Store) *Files {
	return &Files{db: d, ledger: l, store: store}
}

const (
	// orphanAge is how old a file without a row must be to be taken for an orphan. The
	// row follows its file within the request that brought both.
	orphanAge = 24 * time.Hour
	// MostOrphans is how many orphans Sweep believes. Killed processes leave a few; more
	// are rather the sign of a folder beside another or an older database, whose files
	// somebody may still need.
	MostOrphans = 200
	// filesAtOnce is how many names one query asks for.
	filesAtOnce = 5000
)

// Comparison is how files and rows differ.
type Comparison struct {
	Orphans int // files older than a day that no row names
	Lost    int // rows whose file is missing
}

// Compare counts what is wrong and changes nothing.
func (f *Files) Compare(ctx context.Context, actor access.Actor) (Comparison, error) {
	if _, err := actor.Require(access.JobRun); err != nil {
		return Comparison{}, err
	}
	orphans, err := f.orphans(ctx)
	if err != nil {
		return Comparison{}, err
	}
	lost, err := f.lost(ctx)
	return Comparison{Orphans: len(orphans), Lost: lost}, err
}

// Sweep removes the orphans and what interrupted writes left in the store, and tells how
// many orphans there were. Over [MostOrphans] it removes none and gives an error.
func (f *Files) Sweep(ctx context.Context, actor access.Actor) (int, error) {
	if _, err := actor.Require(access.JobRun); err != nil {
		return 0, err
	}
	if _, err := f.store.Sweep(ctx, f.before()); err != nil {
		return 0, err
	}
	orphans, err := f.orphans(ctx)
	if err != nil || len(orphans) == 0 {
		return 0, err
	}
	if len(orphans) > MostOrphans {
		return 0, fmt.Errorf("referral: %d files have no row, more than killed processes leave: is this the folder of this database? Nothing was removed", len(orphans))
	}
	// The entry comes first: a file that is gone must never be missing from the ledger.
	if err := f.ledger.Append(ctx, actor, ledger.Entry{
		Action: "attachment.sweep", Subject: ledger.Subject{Type: "attachments", ID: "orphans"},
		Changes: []ledger.Change{{Field: "files", Before: strconv.Itoa(len(orphans)), After: "0"}},
	}); err != nil {
		return 0, err
	}
	for i, name := range orphans {
		if err := f.store.Delete(ctx, name); err != nil {
			return i, err
		}
	}
	return len(orphans), nil
}

func (f *Files) before() time.Time { return f.db.Clock().Now().Add(-orphanAge) }

// orphans names the files that are old enough and have no row.
func (f *Files) orphans(ctx context.Context) ([]string, error) {
	var orphans, batch []string
	ask := func() error {
		named, err := f.named(ctx, batch)
		for _, name := range batch {
			if err == nil && !named[name] {
				orphans = append(orphans, name)
			}
		}
		batch = batch[:0]
		return err
	}
	before := f.before()
	err := f.store.Each(ctx, func(i blob.Info) error {
		if !i.Stored.Before(before) {
			return nil
		}
		if batch = append(batch, i.Name); len(batch) < filesAtOnce {
			return nil
		}
		return ask()
	})
	if err != nil {
		return nil, err
	}
	return orphans, ask()
}

// named tells which files have a row, also that of a paper that was taken out: what a
// center has seen stays on record.
func (f *Files) named(ctx context.Context, files []string) (map[string]bool, error) {
	named := make(map[string]bool, len(files))
	var args db.Args
	in := args.In(files)
	if in == "" {
		return named, nil
	}
	var found []string
	err := f.db.View(ctx, func(tx *db.Tx) error {
		return tx.Select(ctx, &found, `select blob from referral_attachments where blob in (`+in+`)`, args...)
	})
	for _, name := range found {
		named[name] = true
	}
	return named, err
}

// lost counts the rows whose file cannot be found.
func (f *Files) lost(ctx context.Context) (int, error) {
	n, after := 0, ""
	for {
		var rows []struct {
			ID   string `db:"id"`
			Blob string `db:"blob"`
		}
		err := f.db.View(ctx, func(tx *db.Tx) error {
			return tx.Select(ctx, &rows, `select id, blob from referral_attachments where id > $1 order by id limit $2`, after, filesAtOnce)
		})
		if err != nil || len(rows) == 0 {
			return n, err
		}
		for _, r := range rows {
			file, err := f.store.Open(ctx, r.Blob)
			switch {
			case err == nil:
				err = file.Close()
			case errors.Is(err, fs.ErrNotExist), errors.Is(err, blob.ErrName):
				n, err = n+1, nil
			}
			if err != nil {
				return n, err
			}
		}
		after = rows[len(rows)-1].ID
	}
}
