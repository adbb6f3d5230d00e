package demo_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sigue/internal/app"
	"sigue/internal/app/demo"
	"sigue/internal/base/clock"
	"sigue/internal/base/config"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/access"
)

var silent = slog.New(slog.DiscardHandler)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// settings are those of an installation in a folder of the test, on a fresh database
// without tables.
func settings(t *testing.T, engine db.Engine) config.Config {
	t.Helper()
	data := t.TempDir()
	must(t, os.Chmod(data, 0o700))
	cfg, err := config.Load("", []string{"SIGUE_DATA=" + data, "SIGUE_CHILD_OFFICE=proteccion@ninez.example",
		"SIGUE_DATABASE=" + dbtest.URL(t, engine, nil)})
	must(t, err)
	return cfg
}

func count(t *testing.T, cfg config.Config, query string) (n int) {
	t.Helper()
	d, err := db.Open(t.Context(), cfg.Database, clock.System{})
	must(t, err)
	defer d.Close()
	must(t, d.View(t.Context(), func(tx *db.Tx) error { return tx.Get(t.Context(), &n, query) }))
	return n
}

// install makes an installation as people do, with one account.
func install(t *testing.T, cfg config.Config) {
	t.Helper()
	a, err := app.New(t.Context(), cfg, app.WithLog(silent))
	must(t, err)
	_, err = a.Identity.OpenAccount(t.Context(), access.System("test", access.AccountAdminister), identity.NewAccount{
		Role: access.SecurityAdmin, Title: "Seguridad", Place: "Estado", Name: "Pedro Modelo", Email: "seguridad@sigue.example",
	})
	must(t, err)
	must(t, a.Close())
}

// TestSeedRefusesARealDatabase checks that nothing is written to it, with its own data
// folder or with another.
func TestSeedRefusesARealDatabase(t *testing.T) {
	for _, engine := range dbtest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			cfg := settings(t, engine)
			install(t, cfg)
			before := count(t, cfg, `select count(*) from ledger_entries`)
			other := cfg
			other.Data = t.TempDir()
			other.KeyFile = filepath.Join(other.Data, "keys.json")
			for name, cfg := range map[string]config.Config{"its folder": cfg, "another folder": other} {
				err := demo.Seed(t.Context(), cfg, silent, time.Now(), 0)
				if err == nil || !strings.Contains(err.Error(), "1 accounts that no demonstration made") || !strings.Contains(err.Error(), "--database") {
					t.Errorf("%s: %v, want a refusal that says what to do", name, err)
				}
			}
			if after := count(t, cfg, `select count(*) from ledger_entries`); after != before {
				t.Errorf("%d entries in the ledger, want %d as before", after, before)
			}
		})
	}
}

// TestSeedKnowsItsOwn seeds twice: the second time nothing happens.
func TestSeedKnowsItsOwn(t *testing.T) {
	for _, engine := range dbtest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			cfg := settings(t, engine)
			must(t, demo.Seed(t.Context(), cfg, silent, time.Now(), 2))
			before := count(t, cfg, `select count(*) from ledger_entries`)
			must(t, demo.Seed(t.Context(), cfg, silent, time.Now(), 2))
			if after := count(t, cfg, `select count(*) from ledger_entries`); after != before || count(t, cfg, `select count(*) from referrals`) == 0 {
				t.Errorf("%d entries in the ledger after the second time, want %d", after, before)
			}
		})
	}
}

// TestSeedTakesAnInstalledOne seeds one that was migrated and never used.
func TestSeedTakesAnInstalledOne(t *testing.T) {
	cfg := settings(t, db.SQLite)
	a, err := app.New(t.Context(), cfg, app.WithLog(silent))
	must(t, err)
	must(t, a.Close())
	must(t, demo.Seed(t.Context(), cfg, silent, time.Now(), 0))
	if count(t, cfg, `select count(*) from accounts`) == 0 {
		t.Error("nothing was seeded")
	}
}

// TestSeedLivesCasesOut checks what a newcomer sees of a small demonstration, and that
// what was told keeps the promises of the program.
func TestSeedLivesCasesOut(t *testing.T) {
	cfg, now := settings(t, db.SQLite), time.Now()
	must(t, demo.Seed(t.Context(), cfg, silent, now, 60))
	instant := func(t time.Time) string { return "'" + t.UTC().Format("2006-01-02T15:04:05.000000Z") + "'" }
	at, before := instant(now), instant(now.Add(-2*time.Hour)) // who meets somebody now is recorded afterwards
	for _, state := range []casefile.State{casefile.Scheduled, casefile.InAssessment, casefile.Active, casefile.Suspended, casefile.Discharged} {
		if count(t, cfg, `select count(*) from case_files where state = '`+string(state)+`'`) == 0 {
			t.Errorf("no case file is %s", state)
		}
	}
	for what, query := range map[string]string{
		"sessions of groups that people took": `select count(*) from attendances t join appointments a on a.id = t.appointment_id where a.kind = 'group' and t.outcome = 'present'`,
		"people who came late":                `select count(*) from attendances where outcome = 'late'`,
		"absences that were excused":          `select count(*) from attendances where excused_at is not null`,
		"days called off":                     `select count(*) from appointments where ended_reason = 'center_closed'`,
		"authorities told of an absence":      `select count(*) from tasks where kind = 'absence_notice' and done_at is not null`,
		"people who came by themselves":       `select count(*) from case_files c where not exists (select 1 from case_mandates m where m.case_file_id = c.id)`,
		"people whom two authorities sent":    `select count(*) from (select case_file_id from case_mandates group by case_file_id having count(*) > 1) x`,
		"notes":                               `select count(*) from notes`,
		"appointments to come":                `select count(*) from appointments where kind = 'individual' and ended_at is null and starts_at > ` + at,
		"sessions of groups to come":          `select count(*) from appointments where kind = 'group' and ended_at is null and starts_at > ` + at,
	} {
		if count(t, cfg, query) == 0 {
			t.Errorf("no %s", what)
		}
	}
	for what, query := range map[string]string{
		"attendances of what has not begun":           `select count(*) from attendances t join appointments a on a.id = t.appointment_id where a.starts_at > ` + at,
		"entries of the ledger after now":             `select count(*) from ledger_entries where at > ` + at,
		"open cases whose next appointment is over":   `select count(*) from case_files where state in ('active', 'scheduled', 'in_assessment') and next_at < ` + before,
		"people in two appointments at once":          `select count(*) from bookings a join bookings b on a.resource = b.resource and a.slot = b.slot and a.appointment_id <> b.appointment_id`,
		"words to authorities about who is voluntary": `select count(*) from tasks k join case_files c on c.id = k.case_id where k.kind <> 'call' and not exists (select 1 from case_mandates m where m.case_file_id = c.id)`,
		"notices to an authority past their deadline": `select count(*) from tasks where kind in ('absence_notice', 'no_show_notice') and done_at is null and void_at is null and due_on < '` + clock.DateOf(now).String() + `'`,
		"more than a couple of reports past theirs":   `select case when count(*) > 2 then 1 else 0 end from tasks where kind = 'breach_report' and done_at is null and void_at is null and due_on < '` + clock.DateOf(now).String() + `'`,
	} {
		if n := count(t, cfg, query); n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
	a, err := app.New(t.Context(), cfg, app.WithLog(silent))
	must(t, err)
	report, err := a.Ledger.Verify(t.Context())
	must(t, errors.Join(err, a.Close()))
	if !report.OK() {
		t.Errorf("the ledger does not verify: %+v", report)
	}
}
