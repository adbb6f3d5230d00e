package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"sigue/internal/base/clock"
	"sigue/internal/base/config"
	"sigue/internal/base/db"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/vault"
)

// ledgerCommand verifies the ledger, or prints the newest checkpoint to keep outside.
func ledgerCommand(ctx context.Context, c *cmdline) error {
	if len(c.args) == 0 || c.args[0] != "verify" && c.args[0] != "checkpoint" {
		fmt.Fprintln(c.err, "usage: sigue ledger verify [--checkpoint FILE] | sigue ledger checkpoint")
		return errUsage
	}
	s := c.settings("ledger " + c.args[0])
	outside := s.set.String("checkpoint", "", "file with a checkpoint kept outside, to be checked too")
	cfg, err := s.load(c.args[1:])
	if err != nil {
		return err
	}
	l, d, err := openLedger(ctx, cfg)
	if err != nil {
		return err
	}
	if c.args[0] == "verify" {
		err = verifyLedger(ctx, c, l, *outside)
	} else {
		err = printCheckpoint(ctx, c, l)
	}
	return errors.Join(err, d.Close())
}

// openLedger opens the ledger of an installation that is there. It makes nothing, for a
// ledger that was just made at a mistyped path would be found intact.
func openLedger(ctx context.Context, cfg config.Config) (*ledger.Ledger, *db.DB, error) {
	keys, err := vault.Open(cfg.KeyFile)
	if err != nil {
		return nil, nil, err
	}
	d, err := openExisting(ctx, cfg)
	if err != nil {
		return nil, nil, err
	}
	l, err := ledger.New(d, keys.SigningKey(vault.LedgerMAC), keys.SigningKey(vault.LedgerNote))
	if err != nil {
		return nil, nil, errors.Join(err, d.Close())
	}
	return l, d, nil
}

// openExisting opens a database that is there and of this version.
func openExisting(ctx context.Context, cfg config.Config) (*db.DB, error) {
	if path, ok := strings.CutPrefix(cfg.Database, "sqlite:"); ok {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("the database file %s does not exist; check --data or --database", path)
		}
	}
	d, err := db.Open(ctx, cfg.Database, clock.System{})
	if err != nil {
		return nil, err
	}
	pending, err := lacks(ctx, d)
	if err == nil && pending > 0 {
		err = fmt.Errorf("the database lacks %d migrations; run sigue migrate", pending)
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func verifyLedger(ctx context.Context, c *cmdline, l *ledger.Ledger, outside string) error {
	var kept []string
	if outside != "" {
		text, err := os.ReadFile(outside)
		if err != nil {
			return err
		}
		kept = append(kept, string(text))
	}
	report, err := l.Verify(ctx, kept...)
	if err != nil {
		return err
	}
	for _, f := range report.Findings {
		fmt.Fprintf(c.out, "%s %s: %s\n", f.Kind, f.Where, f.What)
	}
	fmt.Fprintf(c.out, "%d entries sealed, %d not yet, %d checkpoints\n", report.Entries, report.Unsealed, report.Checkpoints)
	if !report.OK() {
		return fmt.Errorf("the ledger is not intact: %d findings", len(report.Findings))
	}
	fmt.Fprintln(c.out, "the ledger is intact")
	return nil
}

// printCheckpoint seals what is left and prints the newest checkpoint.
func printCheckpoint(ctx context.Context, c *cmdline, l *ledger.Ledger) error {
	if _, err := l.Seal(ctx); err != nil {
		return err
	}
	checkpoints, err := l.Checkpoints(ctx, access.System("cli", access.LedgerRead), 1)
	if err != nil {
		return err
	}
	if len(checkpoints) == 0 {
		return errors.New("the ledger is empty")
	}
	fmt.Fprint(c.out, checkpoints[0].Note)
	return nil
}
