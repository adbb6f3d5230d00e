// Package app builds the house: it opens the database, the keys and the files, makes
// the services of every room by hand, binds their background work and their pages,
// and runs it all. Outside its room a feature is one line here.
package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"sigue/internal/base/blob"
	"sigue/internal/base/clock"
	"sigue/internal/base/config"
	"sigue/internal/base/db"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/followup"
	"sigue/internal/feature/identity"
	"sigue/internal/feature/institution"
	"sigue/internal/feature/paper"
	"sigue/internal/feature/program"
	"sigue/internal/feature/referral"
	"sigue/internal/feature/report"
	"sigue/internal/feature/survey"
	"sigue/internal/platform/access"
	"sigue/internal/platform/attachment"
	"sigue/internal/platform/document"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
	"sigue/internal/platform/schema"
	"sigue/internal/platform/vault"
	"sigue/internal/platform/web"
)

// App is a built house: its services, its pages, its background work.
type App struct {
	Config config.Config
	Log    *slog.Logger
	Clock  clock.Clock

	DB           *db.DB
	Vault        *vault.Vault
	Ledger       *ledger.Ledger
	Runner       *jobs.Runner
	Outbox       *notify.Outbox
	Documents    *document.Service
	Catalogue    *catalogue.Service
	Identity     *identity.Service
	Institutions *institution.Service
	Centers      *center.Service
	Referrals    *referral.Service
	Programs     *program.Service
	Cases        *casefile.Service
	Agenda       *agenda.Service
	Followups    *followup.Service
	Surveys      *survey.Service
	Papers       *paper.Service
	Reports      *report.Service
	Gate         *identity.Gate
	Router       *web.Router
}

// Option changes how the house is built.
type Option func(*options)

type options struct {
	clock clock.Clock
	log   *slog.Logger
	demo  *Demo
	hash  identity.HashParams
}

// WithClock builds on a clock other than the machine's.
func WithClock(c clock.Clock) Option { return func(o *options) { o.clock = c } }

// WithLog sends the log elsewhere than standard error.
func WithLog(l *slog.Logger) Option { return func(o *options) { o.log = l } }

// WithHash sets the cost of passwords; only for demonstrations and tests.
func WithHash(h identity.HashParams) Option { return func(o *options) { o.hash = h } }

// WithDemo marks the house as a demonstration with fictional people.
func WithDemo(d *Demo) Option { return func(o *options) { o.demo = d } }

// New builds the house on its database, which it migrates. It does not serve yet.
func New(ctx context.Context, cfg config.Config, opts ...Option) (*App, error) {
	o := options{clock: clock.System{}, log: slog.Default()}
	for _, opt := range opts {
		opt(&o)
	}
	a := &App{Config: cfg, Log: o.log, Clock: o.clock}
	if err := a.open(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	if err := a.services(o); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	if err := a.Catalogue.Seed(ctx, access.System("seed", access.CatalogueManage)); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	if err := a.Programs.Seed(ctx, access.System("seed", access.ProgramManage)); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	if err := a.Documents.Seed(ctx, access.System("seed", access.TemplateManage)); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	if err := a.Cases.Seed(ctx, access.System("seed", access.CatalogueManage)); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	if err := a.Surveys.Seed(ctx, access.System("seed", access.SurveyManage)); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	a.pages(o)
	return a, nil
}

// open opens what holds the program's state: database, keys, files.
func (a *App) open(ctx context.Context) error {
	if err := os.MkdirAll(a.Config.Data, 0o700); err != nil {
		return fmt.Errorf("app: data folder: %w", err)
	}
	var err error
	if a.DB, err = db.Open(ctx, a.Config.Database, a.Clock); err != nil {
		return err
	}
	if err := a.DB.Migrate(ctx, schema.Migrations); err != nil {
		return err
	}
	if err := a.makeKeys(ctx); err != nil {
		return fmt.Errorf("app: keys: %w", err)
	}
	if a.Vault, err = vault.Open(a.Config.KeyFile); err != nil {
		return fmt.Errorf("app: keys: %w", err)
	}
	return nil
}

// makeKeys makes the key file of a new installation. One that has worked before has lost
// its file: with a new one nothing sealed could be read, and no entry of the ledger would
// be ours.
func (a *App) makeKeys(ctx context.Context) error {
	file := a.Config.KeyFile
	if exists(file) {
		return nil
	}
	var entries int
	err := a.DB.View(ctx, func(tx *db.Tx) error { return tx.Get(ctx, &entries, `select count(*) from ledger_entries`) })
	switch {
	case err != nil:
		return err
	case entries > 0 && exists(file): // made meanwhile by a process that started with this one
		return nil
	case entries > 0:
		return fmt.Errorf("the file %s is missing, and the database was written with its keys; put back the copy that is kept apart", file)
	}
	if err := vault.Create(file); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	a.Log.Warn("made a new key file; keep a copy apart from the backups", "file", file)
	return nil
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return !errors.Is(err, fs.ErrNotExist)
}

// services makes the rooms, lower ones first.
func (a *App) services(o options) error {
	cfg := a.Config
	files, err := blob.OpenFolder(filepath.Join(cfg.Data, "attachments"))
	if err != nil {
		return fmt.Errorf("app: attachments: %w", err)
	}
	if a.Ledger, err = ledger.New(a.DB, a.Vault.SigningKey(vault.LedgerMAC), a.Vault.SigningKey(vault.LedgerNote)); err != nil {
		return err
	}
	a.Runner = jobs.NewRunner(a.DB, a.Log, time.Duration(cfg.JobLease))
	a.Runner.Every(time.Duration(cfg.SealEvery), "ledger.seal", func(ctx context.Context) error {
		_, err := a.Ledger.Seal(ctx)
		return err
	})
	a.Outbox, err = notify.New(a.DB, notify.Config{
		BaseURL: cfg.BaseURL, From: cfg.MailFrom, Host: cfg.MailHost, Port: cfg.MailPort,
		User: cfg.MailUser, Password: cfg.MailPassword, TLS: notify.TLS(cfg.MailTLS),
	}, a.Vault.SigningKey(vault.Links), a.Runner)
	if err != nil {
		return err
	}
	signer, err := a.signer()
	if err != nil {
		return err
	}
	a.Documents = document.New(a.DB, a.Vault, a.Ledger, document.Branding{State: cfg.State, Signer: signer}, cfg.BaseURL)
	a.Catalogue = catalogue.New(a.DB, a.Ledger)
	a.Identity = identity.New(a.DB, a.Ledger, a.Outbox, identity.Config{
		IdleLimit: time.Duration(cfg.IdleLimit), AbsoluteLimit: time.Duration(cfg.SessionLimit),
		FailKey: a.Vault.SigningKey("sign-in failures"), Hash: o.hash,
	})
	a.Gate = a.Identity.Gate()
	a.Runner.Every(time.Hour, "identity.sweep", func(ctx context.Context) error {
		_, err := a.Identity.Sweep(ctx, access.System("identity.sweep", access.JobRun))
		return err
	})
	a.Institutions = institution.New(a.DB, a.Ledger, a.Catalogue, a.Identity)
	a.Centers = center.New(a.DB, a.Ledger, a.Catalogue, a.Identity)
	a.Referrals = referral.New(referral.Needs{
		DB: a.DB, Ledger: a.Ledger, Vault: a.Vault, Intake: attachment.New(files, attachment.DefaultLimit), Outbox: a.Outbox,
		Documents: a.Documents, Catalogue: a.Catalogue, Identity: a.Identity, Institutions: a.Institutions,
		Centers: a.Centers, ChildOffice: cfg.ChildOffice, Runner: a.Runner,
	})
	a.Programs = program.New(a.DB, a.Ledger, a.Catalogue, a.Identity, a.Centers)
	a.Cases = casefile.New(casefile.Needs{
		DB: a.DB, Ledger: a.Ledger, Vault: a.Vault, Outbox: a.Outbox, Documents: a.Documents, Catalogue: a.Catalogue,
		Identity: a.Identity, Institutions: a.Institutions, Centers: a.Centers, Referrals: a.Referrals, Programs: a.Programs, Runner: a.Runner,
	})
	a.Agenda = agenda.New(agenda.Needs{
		DB: a.DB, Ledger: a.Ledger, Vault: a.Vault, Outbox: a.Outbox, Catalogue: a.Catalogue, Identity: a.Identity,
		Centers: a.Centers, Referrals: a.Referrals, Programs: a.Programs, Cases: a.Cases, Runner: a.Runner,
	})
	a.Followups = followup.New(followup.Needs{
		DB: a.DB, Ledger: a.Ledger, Vault: a.Vault, Outbox: a.Outbox, Catalogue: a.Catalogue, Identity: a.Identity,
		Institutions: a.Institutions, Centers: a.Centers, Referrals: a.Referrals, Cases: a.Cases, Runner: a.Runner,
	})
	a.Surveys = survey.New(survey.Needs{
		DB: a.DB, Ledger: a.Ledger, Vault: a.Vault, Outbox: a.Outbox, Identity: a.Identity, Centers: a.Centers, Cases: a.Cases, Runner: a.Runner,
	})
	a.Papers = paper.New(paper.Needs{
		DB: a.DB, Ledger: a.Ledger, Vault: a.Vault, Documents: a.Documents, Catalogue: a.Catalogue, Identity: a.Identity,
		Institutions: a.Institutions, Centers: a.Centers, Referrals: a.Referrals, Programs: a.Programs, Cases: a.Cases,
		Agenda: a.Agenda, Followups: a.Followups, Runner: a.Runner,
	})
	a.Reports = report.New(a.DB, a.Catalogue, a.Ledger, a.Vault.SigningKey("closings"))
	a.Ledger.Observe(a.Reports.ObserveTx)
	a.Runner.Every(24*time.Hour, "referral.sweep_files", func(ctx context.Context) error {
		_, err := referral.NewFiles(a.DB, a.Ledger, files).Sweep(ctx, access.System("referral.sweep_files", access.JobRun))
		return err
	})
	return nil
}

// signer loads what signs documents; none when none is set. One that is not in force is
// told in the log, now and each day.
func (a *App) signer() (*document.Signer, error) {
	if a.Config.SignCertificate == "" {
		return nil, nil
	}
	s, err := document.LoadSigner(a.Config.SignCertificate, a.Config.SignKey)
	if err != nil {
		return nil, fmt.Errorf("app: %w; mend sign_certificate and sign_key, or take both away to issue without signature", err)
	}
	warn := func(context.Context) error {
		if now := a.Clock.Now(); !s.Holds(now) || !s.Holds(now.Add(document.RenewWithin)) {
			a.Log.Warn("the certificate that signs documents is not in force or ends soon; renew it", "until", s.Until())
		}
		return nil
	}
	a.Runner.Every(24*time.Hour, "document.certificate", warn)
	return s, warn(context.Background())
}

// Close gives back what the house holds open.
func (a *App) Close() error {
	if a.DB == nil {
		return nil
	}
	return a.DB.Close()
}

// Run serves pages and runs jobs until the context ends, then finishes the requests
// in hand. ready is told the address once the first request can be answered.
func (a *App) Run(ctx context.Context, ready func(addr string)) error {
	listener, err := net.Listen("tcp", a.Config.Addr)
	if err != nil {
		return fmt.Errorf("app: %w", err)
	}
	server := &http.Server{
		Handler: a.Router, ErrorLog: slog.NewLogLogger(a.Log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 5 * time.Minute, WriteTimeout: 5 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error { return a.Runner.Run(ctx) })
	group.Go(func() error {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		return server.Shutdown(end)
	})
	if ready != nil {
		ready(listener.Addr().String())
	}
	return group.Wait()
}
