package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"sigue/internal/app"
	"sigue/internal/platform/access"
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
	a, err := app.New(ctx, cfg, app.WithLog(logger(c.err)))
	if err != nil {
		return err
	}
	if c.args[0] == "verify" {
		err = verifyLedger(ctx, c, a, *outside)
	} else {
		err = printCheckpoint(ctx, c, a)
	}
	return errors.Join(err, a.Close())
}

func verifyLedger(ctx context.Context, c *cmdline, a *app.App, outside string) error {
	var kept []string
	if outside != "" {
		text, err := os.ReadFile(outside)
		if err != nil {
			return err
		}
		kept = append(kept, string(text))
	}
	report, err := a.Ledger.Verify(ctx, kept...)
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
func printCheckpoint(ctx context.Context, c *cmdline, a *app.App) error {
	if _, err := a.Ledger.Seal(ctx); err != nil {
		return err
	}
	checkpoints, err := a.Ledger.Checkpoints(ctx, access.System("cli", access.LedgerRead), 1)
	if err != nil {
		return err
	}
	if len(checkpoints) == 0 {
		return errors.New("the ledger is empty")
	}
	fmt.Fprint(c.out, checkpoints[0].Note)
	return nil
}
