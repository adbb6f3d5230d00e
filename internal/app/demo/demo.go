package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"sigue/internal/app"
	"sigue/internal/base/clock"
	"sigue/internal/base/config"
	"sigue/internal/base/db"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/access"
	"sigue/internal/platform/notify/mailcatcher"
	"sigue/internal/platform/web"
)

// Size is how much a demonstration holds.
const Size = 600

// cheap is what a password of the demonstration costs to check: it is printed on the
// sign-in page, so it protects nothing.
var cheap = identity.HashParams{MemoryKiB: 64, Passes: 1, Lanes: 1}

// Configure sets what a demonstration needs over a configuration: mail goes to the
// catcher and nowhere else.
func Configure(cfg config.Config, mail *mailcatcher.Catcher) config.Config {
	cfg.MailHost, cfg.MailPort, cfg.MailFrom, cfg.MailTLS = mail.Host(), mail.Port(), "avisos@sigue.example", "none"
	cfg.MailUser, cfg.MailPassword = "", ""
	cfg.ChildOffice = "proteccion@ninez.example"
	return cfg
}

// Seed fills an empty installation with fictional data as of now; one that has accounts
// is left as it is.
func Seed(ctx context.Context, cfg config.Config, log *slog.Logger, now time.Time, referrals int) (err error) {
	fake := clock.NewFake(now.Add(-200 * 24 * time.Hour))
	a, err := app.New(ctx, cfg, app.WithClock(fake), app.WithLog(log), app.WithHash(cheap))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if full, err := hasAccounts(ctx, a); full || err != nil {
		return err
	}
	world, err := build(ctx, a)
	if err != nil {
		return err
	}
	pdf, err := paper()
	if err != nil {
		return err
	}
	t := &teller{app: a, clock: fake, world: world, now: now, dice: rand.New(rand.NewPCG(7, 13)), paper: pdf}
	if err := t.tell(ctx, referrals); err != nil {
		return err
	}
	fake.Set(now)
	if _, err := a.Referrals.ExpireOverdue(ctx, access.System("expiry", access.JobRun)); err != nil {
		return err
	}
	if _, err := a.Ledger.Seal(ctx); err != nil {
		return err
	}
	return forgetOldNotices(ctx, a)
}

func hasAccounts(ctx context.Context, a *app.App) (bool, error) {
	var n int
	err := a.DB.View(ctx, func(tx *db.Tx) error { return tx.Get(ctx, &n, `select count(*) from accounts`) })
	return n > 0, err
}

// forgetOldNotices marks the notices of past months as sent: the demonstration shows
// how mail goes out with what happens from now on.
func forgetOldNotices(ctx context.Context, a *app.App) error {
	return a.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `update notices set sent_at = created_at, attempts = 1 where sent_at is null`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update jobs set state = 'done', ended_at = created_at where kind = 'notify.deliver' and state = 'ready'`)
		return err
	})
}

// Accounts lists the accounts of the sign-in page, one per role.
func Accounts() []app.DemoAccount {
	var out []app.DemoAccount
	for _, f := range access.Roles {
		place := "Secretaría"
		switch f.Side {
		case access.AtInstitution:
			place = "Juzgado Tercero Familiar, Toluca"
		case access.AtCenter:
			place = "Centro Toluca"
		}
		out = append(out, app.DemoAccount{
			Role: f.Label, Name: personName(int(f.Side)*5 + len(f.Role)), Place: place,
			Email: string(f.Role) + "@sigue.example", Password: Password,
		})
	}
	return out
}

// Open builds a demonstration that is seeded; its mail lies in the catcher, which the
// page /buzon shows.
func Open(ctx context.Context, cfg config.Config, log *slog.Logger, mail *mailcatcher.Catcher, opts ...app.Option) (*app.App, error) {
	opts = append([]app.Option{app.WithLog(log), app.WithHash(cheap), app.WithDemo(&app.Demo{
		Accounts: Accounts(),
		Register: func(rt *web.Router) { rt.Handle("GET /buzon", access.SessionOpen, outbox(mail)) },
	})}, opts...)
	return app.New(ctx, cfg, opts...)
}

// Run is the command: seed if need be, serve until the context ends.
func Run(ctx context.Context, cfg config.Config, log *slog.Logger, say func(format string, args ...any)) error {
	mail, err := mailcatcher.Start()
	if err != nil {
		return fmt.Errorf("demo: mail: %w", err)
	}
	cfg = Configure(cfg, mail)
	started := time.Now()
	if err := Seed(ctx, cfg, log, started, Size); err != nil {
		return errors.Join(err, mail.Close())
	}
	a, err := Open(ctx, cfg, log, mail)
	if err != nil {
		return errors.Join(err, mail.Close())
	}
	err = a.Run(ctx, func(string) {
		say("SIGUE is open at %s (ready after %.1f s). Sign in at %s/entrar; mails lie at %s/buzon. Ctrl-C ends it.\n",
			cfg.BaseURL, time.Since(started).Seconds(), cfg.BaseURL, cfg.BaseURL)
	})
	return errors.Join(err, a.Close(), mail.Close())
}
