// Package cli is the program's command line: serve, demo, migrate, user, ledger, keys,
// doctor. Each command says what it did, and what to do when it cannot.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"sigue/internal/app"
	"sigue/internal/app/demo"
	"sigue/internal/base/config"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
)

// command is one verb of the command line.
type command struct {
	name, about string
	run         func(ctx context.Context, c *cmdline) error
}

// cmdline is what a command works with.
type cmdline struct {
	args     []string
	out, err io.Writer
}

var commands = []command{
	{"demo", "open a working SIGUE with fictional data", demoCommand},
	{"serve", "serve pages and run background work", serveCommand},
	{"migrate", "bring the database to this version", migrateCommand},
	{"user", "open the first security account: user create --email … --name …", userCommand},
	{"ledger", "verify the ledger, or print its newest checkpoint", ledgerCommand},
	{"keys", "turn the master key: keys rotate", keysCommand},
	{"figures", "derive again the figures that differ from a recount: figures mend", figuresCommand},
	{"doctor", "tell what is wrong with an installation", doctorCommand},
}

// errUsage was explained already.
var errUsage = errors.New("usage")

// Main runs one command and gives the process's exit code. SIGTERM and SIGINT end it
// cleanly.
func Main(args []string, out, errOut io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if len(args) > 0 {
		for _, c := range commands {
			if c.name != args[0] {
				continue
			}
			err := c.run(ctx, &cmdline{args: args[1:], out: out, err: errOut})
			switch {
			case err == nil, errors.Is(err, flag.ErrHelp):
				return 0
			case !errors.Is(err, errUsage):
				fmt.Fprintln(errOut, "sigue:", explain(err))
			}
			return 1
		}
	}
	usage(errOut)
	return 2
}

// explain gives an error as its reader is to have it: the sentences for people where
// there are some, with what they are about.
func explain(err error) string {
	var e *fault.Error
	if !errors.As(err, &e) || e.Public.IsZero() {
		return err.Error()
	}
	lines := []string{e.Public.In(i18n.English)}
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
		lines = append(lines, "  "+name+": "+e.Fields[name].In(i18n.English))
	}
	return strings.Join(lines, "\n")
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "usage: sigue COMMAND [options]")
	for _, c := range commands {
		fmt.Fprintf(w, "  %-8s %s\n", c.name, c.about)
	}
	fmt.Fprintln(w, "sigue COMMAND -h lists a command's options.")
}

// settings are the options that every command shares.
type settings struct {
	set                  *flag.FlagSet
	file                 *string
	addr, data, database *string
}

func (c *cmdline) settings(name string) *settings {
	set := flag.NewFlagSet("sigue "+name, flag.ContinueOnError)
	set.SetOutput(c.err)
	return &settings{
		set:      set,
		file:     set.String("config", "", "file with settings (TOML)"),
		addr:     set.String("addr", "", "where to listen, host:port"),
		data:     set.String("data", "", "folder of the program"),
		database: set.String("database", "", "sqlite:PATH or postgres://…"),
	}
}

// load parses the options and gives the configuration, options over environment
// over file.
func (s *settings) load(args []string) (config.Config, error) {
	if err := s.set.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return config.Config{}, err
		}
		return config.Config{}, errUsage // the flag package said what
	}
	environ := config.Environ()
	for name, value := range map[string]string{"SIGUE_ADDR": *s.addr, "SIGUE_DATA": *s.data, "SIGUE_DATABASE": *s.database} {
		if value != "" {
			environ = append(environ, name+"="+value)
		}
	}
	return config.Load(*s.file, environ)
}

func logger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

func serveCommand(ctx context.Context, c *cmdline) error {
	s := c.settings("serve")
	cfg, err := s.load(c.args)
	if err != nil {
		return err
	}
	if cfg.ChildOffice == "" {
		return errors.New("child_office is not set: referrals of minors must have somewhere to go")
	}
	log := logger(c.err)
	a, err := app.New(ctx, cfg, app.WithLog(log))
	if err != nil {
		return err
	}
	err = a.Run(ctx, func(addr string) { log.Info("ready", "addr", addr, "base_url", cfg.BaseURL) })
	return errors.Join(err, a.Close())
}

func migrateCommand(ctx context.Context, c *cmdline) error {
	cfg, err := c.settings("migrate").load(c.args)
	if err != nil {
		return err
	}
	a, err := app.New(ctx, cfg, app.WithLog(logger(c.err)))
	if err != nil {
		return err
	}
	fmt.Fprintln(c.out, "the database is at this version")
	return a.Close()
}

// demoCommand opens a demonstration in a folder of its own.
func demoCommand(ctx context.Context, c *cmdline) error {
	s := c.settings("demo")
	cfg, err := s.load(c.args)
	if err != nil {
		return err
	}
	if *s.data == "" {
		cfg.Data = "sigue-demo"
		cfg.KeyFile = filepath.Join(cfg.Data, "keys.json")
		if *s.database == "" {
			cfg.Database = "sqlite:" + filepath.Join(cfg.Data, "sigue.db")
		}
	}
	return demo.Run(ctx, cfg, logger(c.err), func(format string, args ...any) { fmt.Fprintf(c.out, format, args...) })
}
