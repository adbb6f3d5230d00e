package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"sigue/internal/base/db"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/vault"
)

// keysCommand turns the master key: a new one is added to the key file and the key of
// every case is wrapped again by it.
func keysCommand(ctx context.Context, c *cmdline) error {
	if len(c.args) == 0 || c.args[0] != "rotate" {
		fmt.Fprintln(c.err, "usage: sigue keys rotate")
		return errUsage
	}
	cfg, err := c.settings("keys rotate").load(c.args[1:])
	if err != nil {
		return err
	}
	l, d, err := openLedger(ctx, cfg)
	if err != nil {
		return err
	}
	r := &rotation{file: cfg.KeyFile, db: d, ledger: l, batch: rewrapBatch, out: c.out}
	return errors.Join(r.run(ctx), d.Close())
}

// rewrapBatch is how many keys one transaction wraps again: a few milliseconds, in which
// others wait.
const rewrapBatch = 500

// rotation turns the master key. All it knows stands in the key file and in the wrapped
// keys themselves, so one that was killed goes on where it was.
type rotation struct {
	file   string
	db     *db.DB
	ledger *ledger.Ledger
	batch  int
	out    io.Writer

	vault *vault.Vault
	all   int // keys that were behind at the beginning
}

// keeper is the command as actor in the ledger.
var keeper = access.System("cli")

func (r *rotation) run(ctx context.Context) error {
	begun, err := r.begin(ctx)
	if err != nil {
		return err
	}
	if begun {
		fmt.Fprintf(r.out, "made master key %s; copy %s now to where its copy is kept: no older copy opens what follows\n", r.vault.Master(), r.file)
	} else {
		fmt.Fprintf(r.out, "%d case keys are not under master key %s yet; going on with them\n", r.all, r.vault.Master())
	}
	for after, done := "", 0; ; {
		last, n, err := r.rewrap(ctx, after)
		switch {
		case err != nil:
			return fmt.Errorf("stopped after %d of %d case keys; nothing is lost, run sigue keys rotate again to go on: %w", done, r.all, err)
		case n == 0:
			fmt.Fprintf(r.out, "all case keys are under master key %s\n", r.vault.Master())
			return nil
		}
		after, done = last, done+n
		fmt.Fprintf(r.out, "%d of %d case keys\n", done, max(r.all, done))
	}
}

// begin makes a new master key, unless the last turn was not finished; then it tells
// false. Of several commands at once one makes a key: the table's lock lets one in at a
// time, and the next finds keys that are behind. A kill between the file and the commit
// leaves just that, and the next command writes the entry.
func (r *rotation) begin(ctx context.Context) (begun bool, err error) {
	err = r.db.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.Exclusive(ctx, "case_keys"); err != nil {
			return err
		}
		if err := r.look(ctx, tx); err != nil {
			return err
		}
		if begun = r.all == 0; begun {
			if err := vault.Rotate(r.file); err != nil {
				return err
			}
			if err := r.look(ctx, tx); err != nil {
				return err
			}
		}
		return r.recordTx(ctx, tx)
	})
	return begun, err
}

// look opens the key file and counts what is behind it.
func (r *rotation) look(ctx context.Context, tx *db.Tx) error {
	var err error
	if r.vault, err = vault.Open(r.file); err != nil {
		return err
	}
	r.all, err = r.vault.BehindTx(ctx, tx)
	return err
}

// recordTx writes that there is a new master key, once.
func (r *rotation) recordTx(ctx context.Context, tx *db.Tx) error {
	known, err := ledger.HistoryTx(ctx, tx, r.subject())
	if err != nil || len(known) > 0 {
		return err
	}
	return r.ledger.AppendTx(ctx, tx, keeper, ledger.Entry{Action: "master_key.add", Subject: r.subject()})
}

// rewrap wraps one batch again.
func (r *rotation) rewrap(ctx context.Context, after string) (last string, n int, err error) {
	err = r.db.Tx(ctx, func(tx *db.Tx) error {
		if last, n, err = r.vault.RewrapTx(ctx, tx, after, r.batch); err != nil || n == 0 {
			return err
		}
		return r.ledger.AppendTx(ctx, tx, keeper, ledger.Entry{
			Action: "case_key.rewrap", Subject: r.subject(), Changes: []ledger.Change{{Field: "case_keys", After: strconv.Itoa(n)}},
		})
	})
	return last, n, err
}

func (r *rotation) subject() ledger.Subject {
	return ledger.Subject{Type: "master_key", ID: r.vault.Master()}
}
