package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/schema"
	"sigue/internal/platform/vault"
)

// turning is an installation with cases whose master key is turned.
type turning struct {
	t    *testing.T
	d    *db.DB
	file string
	l    *ledger.Ledger
	ids  []string
}

// eachTurning runs a test on both engines, with that many cases.
func eachTurning(t *testing.T, cases int, test func(k *turning)) {
	t.Helper()
	dbtest.Run(t, schema.Migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := &turning{t: t, d: d, file: filepath.Join(t.TempDir(), "keys.json")}
		k.must(vault.Create(k.file))
		v := k.open()
		var err error
		k.l, err = ledger.New(d, v.SigningKey(vault.LedgerMAC), v.SigningKey(vault.LedgerNote))
		k.must(err)
		k.must(d.Tx(t.Context(), func(tx *db.Tx) error {
			k.ids = nil
			for range cases {
				key, err := v.NewKeyTx(t.Context(), tx)
				if err != nil {
					return err
				}
				k.ids = append(k.ids, key.ID())
			}
			return nil
		}))
		test(k)
	})
}

func (k *turning) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *turning) open() *vault.Vault {
	k.t.Helper()
	v, err := vault.Open(k.file)
	k.must(err)
	return v
}

// rotate runs the command's work in batches of two.
func (k *turning) rotate(ctx context.Context, out io.Writer) error {
	return (&rotation{file: k.file, db: k.d, ledger: k.l, batch: 2, out: out}).run(ctx)
}

// check checks that every case opens with a fresh key file, how many keys are behind, and
// how many entries of each kind the ledger has.
func (k *turning) check(behind, added, rewrapped int) {
	k.t.Helper()
	v := k.open()
	k.must(k.d.View(k.t.Context(), func(tx *db.Tx) error {
		for _, id := range k.ids {
			if _, err := v.KeyTx(k.t.Context(), tx, id); err != nil {
				k.t.Errorf("a case does not open: %v", err)
			}
		}
		n, err := v.BehindTx(k.t.Context(), tx)
		if err != nil || n != behind {
			k.t.Errorf("%d keys are behind, %v; want %d", n, err, behind)
		}
		for action, want := range map[string]int{"master_key.add": added, "case_key.rewrap": rewrapped} {
			var n int
			if err := tx.Get(k.t.Context(), &n, `select count(*) from ledger_entries where action = $1`, action); err != nil || n != want {
				k.t.Errorf("%d entries %s, %v; want %d", n, action, err, want)
			}
		}
		return nil
	}))
}

func TestRotate(t *testing.T) {
	eachTurning(t, 5, func(k *turning) {
		was := k.open().Master()
		var out bytes.Buffer
		k.must(k.rotate(k.t.Context(), &out))
		k.check(0, 1, 3)
		now := k.open().Master()
		for _, says := range []string{"made master key " + now, "copy " + k.file, "2 of 5 case keys\n4 of 5 case keys\n5 of 5 case keys\n", "all case keys are under master key " + now} {
			if !strings.Contains(out.String(), says) {
				k.t.Errorf("it says\n%s\nwant %q", out.String(), says)
			}
		}
		if now == was {
			k.t.Error("the master key is the old one")
		}
		k.must(k.rotate(k.t.Context(), io.Discard)) // another year
		k.check(0, 2, 6)
	})
}

// stopper ends a context when a line that it waits for is said, as a kill would come.
type stopper struct {
	line string
	stop context.CancelFunc
}

func (s stopper) Write(p []byte) (int, error) {
	if strings.HasPrefix(string(p), s.line) {
		s.stop()
	}
	return len(p), nil
}

// TestRotateGoesOn stops the command after each of its steps and runs it again: it
// makes no second master key, and everything opens at any time.
func TestRotateGoesOn(t *testing.T) {
	for _, step := range []struct {
		after  string
		behind int
		rounds int // entries of batches
	}{{"made master key", 5, 0}, {"2 of 5", 3, 1}, {"4 of 5", 1, 2}} {
		t.Run(step.after, func(t *testing.T) {
			eachTurning(t, 5, func(k *turning) {
				ctx, stop := context.WithCancel(k.t.Context())
				err := k.rotate(ctx, stopper{step.after, stop})
				if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "run sigue keys rotate again") {
					k.t.Errorf("stopped with %v, want what to do", err)
				}
				k.check(step.behind, 1, step.rounds)
				master := k.open().Master()
				var out bytes.Buffer
				k.must(k.rotate(k.t.Context(), &out))
				if want := fmt.Sprintf("%d case keys are not under master key %s yet", step.behind, master); !strings.Contains(out.String(), want) {
					k.t.Errorf("it says\n%s\nwant %q", out.String(), want)
				}
				k.check(0, 1, 3)
				if now := k.open().Master(); now != master {
					k.t.Errorf("going on made master key %s after %s", now, master)
				}
			})
		})
	}
}

// TestRotateAfterAKillBeforeTheEntry checks that a key file that was turned without its
// entry in the ledger gets it.
func TestRotateAfterAKillBeforeTheEntry(t *testing.T) {
	eachTurning(t, 1, func(k *turning) {
		k.must(vault.Rotate(k.file))
		k.check(1, 0, 0)
		k.must(k.rotate(k.t.Context(), io.Discard))
		k.check(0, 1, 1)
	})
}

// TestRotateTwiceAtOnce checks that no master key is lost and every case opens.
func TestRotateTwiceAtOnce(t *testing.T) {
	eachTurning(t, 9, func(k *turning) {
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				if err := k.rotate(k.t.Context(), io.Discard); err != nil {
					k.t.Error(err)
				}
			})
		}
		group.Wait()
		k.must(k.rotate(k.t.Context(), io.Discard)) // whatever the three left behind each other
		v := k.open()
		k.must(k.d.View(k.t.Context(), func(tx *db.Tx) error {
			for _, id := range k.ids {
				if _, err := v.KeyTx(k.t.Context(), tx, id); err != nil {
					k.t.Errorf("a case does not open: %v", err)
				}
			}
			return nil
		}))
	})
}

// TestKeysCommand turns the key of an installation from the command line.
func TestKeysCommand(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	var out, errOut bytes.Buffer
	if code := Main([]string{"migrate", "--data", data}, &out, &errOut); code != 0 {
		t.Fatalf("migrate: %d\n%s", code, errOut.String())
	}
	was, err := vault.Open(filepath.Join(data, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	if code := Main([]string{"keys", "rotate", "--data", data}, &out, &errOut); code != 0 || !strings.Contains(out.String(), "all case keys are under") {
		t.Errorf("got %d\n%s%s", code, out.String(), errOut.String())
	}
	if now, err := vault.Open(filepath.Join(data, "keys.json")); err != nil || now.Master() == was.Master() {
		t.Errorf("the master key was not turned: %v", err)
	}
	if code := Main([]string{"ledger", "verify", "--data", data}, &out, &errOut); code != 0 {
		t.Errorf("the ledger is not intact: %s%s", out.String(), errOut.String())
	}
}
