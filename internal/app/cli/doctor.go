package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sigue/internal/base/blob"
	"sigue/internal/base/clock"
	"sigue/internal/base/config"
	"sigue/internal/base/db"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/referral"
	"sigue/internal/feature/report"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/schema"
	"sigue/internal/platform/vault"
)

// finding is one thing that doctor looked at: a problem with what to do, or a remark.
type finding struct {
	what    string
	problem string
	mend    string
}

// doctorCommand tells what is wrong with an installation. It changes nothing: not even
// the database is migrated.
func doctorCommand(ctx context.Context, c *cmdline) error {
	cfg, err := c.settings("doctor").load(c.args)
	if err != nil {
		return err
	}
	var all []finding
	for _, look := range []func(context.Context, config.Config) []finding{
		lookAtSettings, lookAtData, lookAtKeys, lookAtSignature, lookAtDatabase, lookAtMail,
	} {
		all = append(all, look(ctx, cfg)...)
	}
	problems := 0
	for _, f := range all {
		if f.problem == "" {
			fmt.Fprintf(c.out, "ok       %s\n", f.what)
			continue
		}
		problems++
		fmt.Fprintf(c.out, "PROBLEM  %s: %s\n         mend it: %s\n", f.what, f.problem, f.mend)
	}
	if problems > 0 {
		return fmt.Errorf("%d problems", problems)
	}
	fmt.Fprintln(c.out, "nothing is wrong")
	return nil
}

func lookAtSettings(_ context.Context, cfg config.Config) []finding {
	address := finding{what: "address " + cfg.BaseURL}
	if host, _, err := net.SplitHostPort(strings.TrimPrefix(strings.TrimPrefix(cfg.BaseURL, "http://"), "https://")); !cfg.Secure() && (err != nil || host != "localhost" && host != "127.0.0.1") {
		address.problem, address.mend = "browsers come without encryption", "set base_url to an https:// address and put TLS before the server"
	}
	office := finding{what: "child-protection office"}
	if cfg.ChildOffice == "" {
		office.problem, office.mend = "child_office is not set", "set it to the mailbox that is told of referrals of minors; serve refuses to start without it"
	}
	return []finding{address, office}
}

// lookAtData checks the folder and the room on its disk.
func lookAtData(_ context.Context, cfg config.Config) []finding {
	f := finding{what: "data folder " + cfg.Data}
	info, err := os.Stat(cfg.Data)
	switch {
	case errors.Is(err, os.ErrNotExist):
		f.problem, f.mend = "it does not exist", "start the server once, or set data to the right folder"
		return []finding{f}
	case err != nil:
		f.problem, f.mend = err.Error(), "let the program's user read it"
		return []finding{f}
	case info.Mode().Perm()&0o077 != 0:
		f.problem, f.mend = "others on this machine may read it", "chmod 700 "+cfg.Data
	}
	probe := filepath.Join(cfg.Data, ".doctor")
	if err := os.WriteFile(probe, nil, 0o600); err != nil {
		f.problem, f.mend = "it cannot be written", "give it to the program's user"
	} else if err := os.Remove(probe); err != nil {
		f.problem, f.mend = err.Error(), "remove the file "+probe
	}
	return []finding{f, lookAtDisk(cfg.Data)}
}

// least is the room below which attachments will soon be refused.
const least = 1 << 30

func lookAtDisk(folder string) finding {
	f := finding{what: "room on the disk"}
	var st syscall.Statfs_t
	if err := syscall.Statfs(folder, &st); err != nil {
		f.problem, f.mend = err.Error(), "look at the disk"
	} else if free := st.Bavail * uint64(st.Bsize); free < least {
		f.problem, f.mend = fmt.Sprintf("%d MB are left", free>>20), "make room: attachments and the database need it"
	}
	return f
}

func lookAtKeys(_ context.Context, cfg config.Config) []finding {
	f := finding{what: "key file " + cfg.KeyFile}
	if _, err := vault.Open(cfg.KeyFile); err != nil {
		f.problem, f.mend = err.Error(), "put back the copy that is kept apart from the backups; without it nothing sealed can be read"
	}
	return []finding{f}
}

// lookAtSignature checks the certificate of documents, where one is set.
func lookAtSignature(_ context.Context, cfg config.Config) []finding {
	if cfg.SignCertificate == "" {
		return []finding{{what: "signature of documents: none is set"}}
	}
	f := finding{what: "signature of documents"}
	s, err := document.LoadSigner(cfg.SignCertificate, cfg.SignKey)
	if err != nil {
		f.problem, f.mend = err.Error(), "mend sign_certificate and sign_key; serve refuses to start with them"
		return []finding{f}
	}
	const renew = "ask for a new certificate, put it and its key in place, and start the server again"
	f.what += " by " + s.Name() + " until " + s.Until().Format(time.DateOnly)
	switch now := (clock.System{}).Now(); {
	case !s.Holds(now):
		f.problem, f.mend = "the certificate is not in force: documents come out without signature and say so", renew
	case !s.Holds(now.Add(document.RenewWithin)):
		f.problem, f.mend = "the certificate ends within 30 days", renew
	}
	return []finding{f}
}

// lookAtDatabase checks that it answers, is of this version, and how its work stands.
func lookAtDatabase(ctx context.Context, cfg config.Config) []finding {
	f := finding{what: "database"}
	if path, ok := strings.CutPrefix(cfg.Database, "sqlite:"); ok {
		if _, err := os.Stat(path); err != nil {
			f.problem, f.mend = "the file "+path+" does not exist", "start the server once, or set database"
			return []finding{f}
		}
	}
	quick, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	d, err := db.Open(quick, cfg.Database, clock.System{})
	if err != nil {
		f.problem, f.mend = err.Error(), "check the address, that the server runs, and the password"
		return []finding{f}
	}
	defer d.Close()
	pending, err := lacks(quick, d)
	switch {
	case err != nil:
		f.problem, f.mend = err.Error(), "run sigue migrate"
	case pending > 0:
		f.problem, f.mend = strconv.Itoa(pending)+" migrations are missing", "run sigue migrate"
	default:
		return []finding{f, lookAtJobs(quick, d), lookAtSeal(quick, d), lookAtFiles(ctx, d, cfg), lookAtFigures(ctx, d)}
	}
	return []finding{f}
}

// lacks tells how many migrations a database has not had, and writes nothing to it: the
// migrator would make its own table where there is none.
func lacks(ctx context.Context, d *db.DB) (int, error) {
	err := d.View(ctx, func(tx *db.Tx) error {
		var n int
		return tx.Get(ctx, &n, `select count(*) from goose_db_version`)
	})
	if err != nil {
		all, err := fs.Glob(schema.Migrations, "*.sql")
		return len(all), err
	}
	return d.Pending(ctx, schema.Migrations)
}

func lookAtJobs(ctx context.Context, d *db.DB) finding {
	f := finding{what: "background work"}
	var failed, late int
	err := d.View(ctx, func(tx *db.Tx) error {
		if err := tx.Get(ctx, &failed, `select count(*) from jobs where state = 'failed'`); err != nil {
			return err
		}
		return tx.Get(ctx, &late, `select count(*) from jobs where state = 'ready' and run_at < $1`, db.At(tx.Now().Add(-time.Hour)))
	})
	switch {
	case err != nil:
		f.problem, f.mend = err.Error(), "look at the log"
	case late > 0:
		f.problem, f.mend = strconv.Itoa(late)+" jobs wait for more than an hour", "is a server running? is the mail server up?"
	case failed > 0:
		f.problem, f.mend = strconv.Itoa(failed)+" jobs were given up", "look at the page of notices: mailboxes that do not exist"
	}
	return f
}

func lookAtSeal(ctx context.Context, d *db.DB) finding {
	f := finding{what: "sealing of the ledger"}
	var waiting int
	err := d.View(ctx, func(tx *db.Tx) error {
		return tx.Get(ctx, &waiting, `select count(*) from ledger_entries where not sealed and at < $1`, db.At(tx.Now().Add(-time.Hour)))
	})
	if err != nil {
		f.problem, f.mend = err.Error(), "look at the log"
	} else if waiting > 0 {
		f.problem, f.mend = strconv.Itoa(waiting)+" entries wait for more than an hour", "is a server running? run sigue ledger verify: it names entries that the program did not write"
	}
	return f
}

// lookAtFiles compares the attachments with their rows. It has no deadline: a large
// folder takes its time.
func lookAtFiles(ctx context.Context, d *db.DB, cfg config.Config) finding {
	f := finding{what: "attachments"}
	folder := filepath.Join(cfg.Data, "attachments")
	if _, err := os.Stat(folder); err != nil {
		f.problem, f.mend = err.Error(), "put the folder back from the backup, or start the server once, which makes it"
		return f
	}
	store, err := blob.OpenFolder(folder)
	if err != nil {
		f.problem, f.mend = err.Error(), "give the folder to the program's user"
		return f
	}
	c, err := referral.NewFiles(d, nil, store).Compare(ctx, access.System("doctor", access.JobRun))
	if err := errors.Join(err, store.Close()); err != nil {
		f.problem, f.mend = err.Error(), "look at the disk"
		return f
	}
	f.what = fmt.Sprintf("attachments: %d files without a row, %d rows without a file", c.Orphans, c.Lost)
	switch {
	case c.Lost > 0:
		f.problem, f.mend = "documents cannot be opened", "put the missing files back from the backup of "+folder
	case c.Orphans > referral.MostOrphans:
		f.problem, f.mend = "more files than killed processes leave; the server removes none of them", "check that data and database belong together"
	case c.Orphans > 0:
		f.what += " (the server removes them within a day)"
	}
	return f
}

// lookAtFigures recounts what the statistics hold.
func lookAtFigures(ctx context.Context, d *db.DB) finding {
	f := finding{what: "figures"}
	wrong, err := report.New(d, catalogue.New(d, nil), nil, nil).Recount(ctx, access.System("doctor", access.JobRun))
	switch {
	case err != nil:
		f.problem, f.mend = err.Error(), "look at the database"
	case len(wrong) > 0:
		f.problem = fmt.Sprintf("those of %d referrals or case files differ from a recount", len(wrong))
		f.mend = "run sigue figures mend"
	}
	return f
}

func lookAtMail(ctx context.Context, cfg config.Config) []finding {
	f := finding{what: "mail server"}
	if cfg.MailHost == "" {
		f.problem, f.mend = "none is set: notices wait in the outbox", "set mail_host, mail_from and the rest"
		return []finding{f}
	}
	dialer := net.Dialer{Timeout: 5 * time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(cfg.MailHost, strconv.Itoa(cfg.MailPort)))
	if err != nil {
		f.problem, f.mend = err.Error(), "check mail_host and mail_port, and the firewall"
	} else {
		_ = conn.Close() // it answered; that was the question
	}
	return []finding{f}
}
