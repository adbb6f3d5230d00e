package cli

import (
	"context"
	"errors"
	"fmt"

	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/report"
	"sigue/internal/platform/access"
)

// figuresCommand mends the figures that differ from a recount, which doctor tells of.
func figuresCommand(ctx context.Context, c *cmdline) error {
	if len(c.args) == 0 || c.args[0] != "mend" {
		fmt.Fprintln(c.err, "usage: sigue figures mend")
		return errUsage
	}
	cfg, err := c.settings("figures mend").load(c.args[1:])
	if err != nil {
		return err
	}
	d, err := openExisting(ctx, cfg)
	if err != nil {
		return err
	}
	n, err := report.New(d, catalogue.New(d, nil), nil, nil).Mend(ctx, access.System("figures.mend", access.JobRun))
	if err := errors.Join(err, d.Close()); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "mended those of %d referrals or case files\n", n)
	return nil
}
