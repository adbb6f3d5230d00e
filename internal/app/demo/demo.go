package demo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"time"

	"sigue/internal/app"
	"sigue/internal/base/clock"
	"sigue/internal/base/config"
	"sigue/internal/base/db"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify/mailcatcher"
	"sigue/internal/platform/schema"
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

// subject is what the mark of a demonstration is about in the ledger: an entry that
// nobody can put there without the installation's keys.
var subject = ledger.Subject{Type: "demo", ID: "seed"}

// Seed fills an empty installation with fictional data as of now. One that it filled
// before is left as it is; any other that holds something is refused and not touched.
func Seed(ctx context.Context, cfg config.Config, log *slog.Logger, now time.Time, referrals int) error {
	return seed(ctx, cfg, log, now, referrals, nil)
}

// seed is Seed, and says how many referrals of how many are made.
func seed(ctx context.Context, cfg config.Config, log *slog.Logger, now time.Time, referrals int, say func(done, of int)) (err error) {
	full, err := filled(ctx, cfg)
	if full || err != nil {
		return err
	}
	fake := clock.NewFake(now.Add(-history(referrals) - 20*24*time.Hour))
	a, err := app.New(ctx, cfg, app.WithClock(fake), app.WithLog(log), app.WithHash(cheap))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	a.Catalogue.Alone()
	// The mark comes first: what a killed seeding leaves is a demonstration too.
	if err := a.Ledger.Append(ctx, builder, ledger.Entry{Action: "demo.seed", Subject: subject}); err != nil {
		return err
	}
	world, err := build(ctx, a)
	if err != nil {
		return err
	}
	pdf, err := resolution()
	if err != nil {
		return err
	}
	t := &teller{app: a, clock: fake, calendar: clock.NewCalendar(), world: world, now: now, dice: rand.New(rand.NewPCG(7, 13)),
		paper: pdf, say: say, curps: map[string]int{}}
	if err := t.settleIn(ctx, referrals); err != nil {
		return err
	}
	if err := t.tell(ctx, referrals); err != nil {
		return err
	}
	fake.Set(now)
	if _, err := a.Referrals.ExpireOverdue(ctx, access.System("expiry", access.JobRun)); err != nil {
		return err
	}
	if err := work(ctx, a); err != nil {
		return err
	}
	if _, err := a.Ledger.Seal(ctx); err != nil {
		return err
	}
	return forgetOldNotices(ctx, a)
}

// many is from how many referrals on every center has people who attend; of fewer, only
// the first two.
const many = 200

// settleIn puts the centers to work.
func (t *teller) settleIn(ctx context.Context, referrals int) error {
	for i := range t.world.Centers {
		if referrals < many && i > 1 {
			p := &t.world.Centers[i]
			t.houses = append(t.houses, &house{Place: p, desk: p.Actors[access.Reception]})
			continue
		}
		h, err := t.world.employ(ctx, t.app, i)
		if err != nil {
			return err
		}
		t.houses = append(t.houses, h)
		if err := t.furnish(ctx, h, i); err != nil {
			return err
		}
	}
	return nil
}

// filled tells whether a database was filled by Seed. It looks before the house is
// built, which would migrate a real database and write to it.
func filled(ctx context.Context, cfg config.Config) (full bool, err error) {
	d, err := db.Open(ctx, cfg.Database, clock.System{})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	pending, err := d.Pending(ctx, schema.Migrations)
	if err != nil {
		return false, err
	}
	if all, err := fs.Glob(schema.Migrations, "*.sql"); err != nil || pending == len(all) {
		return false, err // no table yet
	}
	err = d.View(ctx, func(tx *db.Tx) error {
		marks, err := ledger.HistoryTx(ctx, tx, subject)
		if full = len(marks) > 0; full || err != nil {
			return err
		}
		return refuseReal(ctx, tx)
	})
	return full, err
}

// refuseReal refuses a database without the mark that holds anything people entered.
func refuseReal(ctx context.Context, tx *db.Tx) error {
	for _, of := range []struct{ what, count string }{
		{"accounts", `select count(*) from accounts`}, {"referrals", `select count(*) from referrals`},
		{"institutions", `select count(*) from institutions`}, {"centers", `select count(*) from centers`},
	} {
		var n int
		if err := tx.Get(ctx, &n, of.count); err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("demo: the database holds %d %s that no demonstration made, so nothing was written to it; name another with --data or --database", n, of.what)
		}
	}
	return nil
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
			Role: f.Label, Name: ownName(f.Role), Place: place,
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
		Register: func(rt *web.Router) { rt.Handle("GET /buzon", access.SessionOpen, outbox(mail, cfg.BaseURL)) },
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
	progress := func(done, of int) { say("Making fictional cases: %d of %d referrals.\n", done, of) }
	if err := seed(ctx, cfg, log, started, Size, progress); err != nil {
		return errors.Join(err, mail.Close())
	}
	if cfg, err = certify(cfg, started); err != nil {
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
