package demo_test

import (
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
