package vault

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/schema"
)

func newVault(t testing.TB) (*Vault, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "keys.json")
	if err := Create(file); err != nil {
		t.Fatal(err)
	}
	return reopen(t, file), file
}

func reopen(t testing.TB, file string) *Vault {
	t.Helper()
	v, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func newCase(t testing.TB, d *db.DB, v *Vault) *Key {
	t.Helper()
	var k *Key
	err := d.Tx(context.Background(), func(tx *db.Tx) (err error) {
		k, err = v.NewKeyTx(context.Background(), tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func keyOf(d *db.DB, v *Vault, id string) (k *Key, err error) {
	err = d.View(context.Background(), func(tx *db.Tx) error {
		k, err = v.KeyTx(context.Background(), tx, id)
		return err
	})
	return k, err
}

func erase(t *testing.T, d *db.DB, v *Vault, id string) {
	t.Helper()
	if err := d.Tx(t.Context(), func(tx *db.Tx) error { return v.EraseTx(t.Context(), tx, id) }); err != nil {
		t.Fatalf("EraseTx = %v", err)
	}
}

func seal(t *testing.T, k *Key, plain string, ad []byte) []byte {
	t.Helper()
	sealed, err := k.Seal([]byte(plain), ad)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestAKeyIsFoundAgain(t *testing.T) {
	dbtest.Run(t, schema.Migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		v, file := newVault(t)
		made := newCase(t, d, v)
		ad := Place("referrals", "narrative", "r1")
		sealed := seal(t, made, "los hechos", ad)

		found, err := keyOf(d, reopen(t, file), made.ID()) // as another process would
		if err != nil {
			t.Fatal(err)
		}
		if got, err := found.Open(sealed, ad); err != nil || string(got) != "los hechos" {
			t.Errorf("Open = %q, %v", got, err)
		}
	})
}

func TestErasedIsErased(t *testing.T) {
	dbtest.Run(t, schema.Migrations, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		v, file := newVault(t)
		k, other := newCase(t, d, v), newCase(t, d, v)
		at := clk.Now()
		erase(t, d, reopen(t, file), k.ID()) // by another process
		clk.Advance(time.Hour)
		erase(t, d, v, k.ID()) // again: no error, and the first time stays

		_, err := keyOf(d, v, k.ID())
		if !errors.Is(err, ErrErased) || !fault.Is(err, fault.NotFound) {
			t.Errorf("KeyTx = %v, want NotFound because of ErrErased", err)
		}
		var f *fault.Error
		if errors.As(err, &f) && !i18n.Has(i18n.English, f.Public.Key) {
			t.Errorf("no English for %q", f.Public.Key)
		}
		if _, err := keyOf(d, v, other.ID()); err != nil {
			t.Errorf("the other case's key: %v", err)
		}
		var r row
		err = d.View(t.Context(), func(tx *db.Tx) (err error) {
			r, err = find(t.Context(), tx, k.ID())
			return err
		})
		if err != nil || len(r.Wrapped) != 0 || !r.ErasedAt.Equal(at) {
			t.Errorf("row = %x erased %v, %v; want nothing, %v", r.Wrapped, r.ErasedAt, err, at)
		}
	})
}

func TestAMissingKeyIsADefect(t *testing.T) {
	dbtest.Run(t, schema.Migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		v, _ := newVault(t)
		_, err := keyOf(d, v, "nobody")
		if err == nil || fault.KindOf(err) != fault.Internal || errors.Is(err, db.ErrNoRows) {
			t.Errorf("KeyTx = %v, want an internal error that is not ErrNoRows", err)
		}
		err = d.Tx(t.Context(), func(tx *db.Tx) error { return v.EraseTx(t.Context(), tx, "nobody") })
		if err == nil {
			t.Error("EraseTx of no key gave no error")
		}
	})
}

func TestAWrappedKeyFitsOnlyItsRow(t *testing.T) {
	dbtest.Run(t, schema.Migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		v, _ := newVault(t)
		a, b := newCase(t, d, v), newCase(t, d, v)
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `update case_keys set wrapped = (select wrapped from case_keys where id = $1) where id = $2`, a.ID(), b.ID())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := keyOf(d, v, b.ID()); err == nil {
			t.Error("a key copied to another row was unwrapped")
		}
	})
}

func TestAnotherKeyFileOpensNothing(t *testing.T) {
	dbtest.Run(t, schema.Migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		v, _ := newVault(t)
		k := newCase(t, d, v)
		stranger, _ := newVault(t)
		if _, err := keyOf(d, stranger, k.ID()); err == nil {
			t.Error("unwrapped with a strange master key")
		}
		if got := stranger.SigningKey(LedgerMAC); bytes.Equal(got, v.SigningKey(LedgerMAC)) {
			t.Error("two key files give one signing key")
		}
	})
}

// behindOf counts the keys that v's primary master key does not wrap.
func behindOf(t *testing.T, d *db.DB, v *Vault) (n int) {
	t.Helper()
	err := d.View(t.Context(), func(tx *db.Tx) (err error) {
		n, err = v.BehindTx(t.Context(), tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRotation(t *testing.T) {
	dbtest.Run(t, schema.Migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		old, file := newVault(t)
		var ids []string
		for range 5 {
			ids = append(ids, newCase(t, d, old).ID())
		}
		erase(t, d, old, ids[3])
		if err := Rotate(file); err != nil {
			t.Fatal(err)
		}
		v := reopen(t, file)
		if n := behindOf(t, d, v); n != 4 || v.Master() == old.Master() {
			t.Errorf("%d keys are behind %s, want 4 behind another than %s", n, v.Master(), old.Master())
		}
		if _, err := keyOf(d, v, ids[0]); err != nil {
			t.Errorf("a case made before the rotation: %v", err)
		}
		if !bytes.Equal(v.SigningKey(LedgerNote), old.SigningKey(LedgerNote)) {
			t.Error("the rotation changed a signing key")
		}
		if newCase(t, d, v); behindOf(t, d, v) != 4 {
			t.Error("the new primary was not used")
		}

		var batches []int
		for after, n := "", 1; n > 0; batches = append(batches, n) {
			err := d.Tx(t.Context(), func(tx *db.Tx) (err error) {
				after, n, err = v.RewrapTx(t.Context(), tx, after, 3)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(batches, []int{3, 1, 0}) || behindOf(t, d, v) != 0 {
			t.Errorf("batches of %v and %d behind, want 3, 1, 0 and none", batches, behindOf(t, d, v))
		}
		for i, id := range ids {
			_, err := keyOf(d, v, id)
			if erased := i == 3; errors.Is(err, ErrErased) != erased || (err != nil) != erased {
				t.Errorf("case %d after rewrapping: %v", i, err)
			}
		}
	})
}

// TestARunningProcessTakesTheNewKey checks that one that opened the key file before a
// rotation opens what was wrapped after it, and wraps with the new key from then on.
func TestARunningProcessTakesTheNewKey(t *testing.T) {
	d, _ := dbtest.SQLite(t, schema.Migrations)
	running, file := newVault(t)
	before := newCase(t, d, running).ID()
	if err := Rotate(file); err != nil {
		t.Fatal(err)
	}
	v := reopen(t, file)
	after := newCase(t, d, v).ID()
	for _, id := range []string{before, after, before} {
		if _, err := keyOf(d, running, id); err != nil {
			t.Errorf("the running process: %v", err)
		}
	}
	if newCase(t, d, running); running.Master() != v.Master() || behindOf(t, d, v) != 1 {
		t.Errorf("it wraps with %s and %d are behind, want %s and 1", running.Master(), behindOf(t, d, v), v.Master())
	}
}

func TestSigningKeys(t *testing.T) {
	v, file := newVault(t)
	seen := map[string]string{}
	for _, purpose := range []string{LedgerMAC, LedgerNote, Links} {
		k := v.SigningKey(purpose)
		if len(k) != 32 {
			t.Errorf("%s: %d bytes, want 32", purpose, len(k))
		}
		if other, taken := seen[string(k)]; taken {
			t.Errorf("%s and %s share a key", purpose, other)
		}
		seen[string(k)] = purpose
		if again := reopen(t, file).SigningKey(purpose); !bytes.Equal(again, k) {
			t.Errorf("%s: another key after opening again", purpose)
		}
	}
}

func TestPlacesNeverAgree(t *testing.T) {
	if a, b := Place("a", "bc", "d"), Place("ab", "c", "d"); bytes.Equal(a, b) {
		t.Errorf("two places are %q", a)
	}
}

func BenchmarkKeyTx(b *testing.B) {
	for _, engine := range dbtest.Engines {
		b.Run(string(engine), func(b *testing.B) {
			d, _ := dbtest.Open(b, engine, schema.Migrations)
			v, _ := newVault(b)
			id := newCase(b, d, v).ID()
			err := d.View(b.Context(), func(tx *db.Tx) error {
				for b.Loop() {
					if _, err := v.KeyTx(b.Context(), tx, id); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkUnwrap is the share of BenchmarkKeyTx that a cache could save.
func BenchmarkUnwrap(b *testing.B) {
	d, _ := dbtest.SQLite(b, schema.Migrations)
	v, _ := newVault(b)
	var r row
	id := newCase(b, d, v).ID()
	err := d.View(b.Context(), func(tx *db.Tx) (err error) {
		r, err = find(b.Context(), tx, id)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		root, err := v.unwrap(r)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := newKey(id, root); err != nil {
			b.Fatal(err)
		}
	}
}

func TestKeyFile(t *testing.T) {
	_, file := newVault(t)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		content []byte
		mode    os.FileMode
		opens   bool
	}{
		{"as made", whole, 0o600, true},
		{"read by a group", whole, 0o640, true},
		{"read by all", whole, 0o644, false},
		{"written by a group", whole, 0o660, false},
		{"empty", nil, 0o600, false},
		{"cut", whole[:len(whole)/2], 0o600, false},
		{"no secret", []byte(`{"master":{}}`), 0o600, false},
		{"no master key", []byte(`{"secret":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`), 0o600, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "keys.json")
			if err := os.WriteFile(file, tt.content, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(file, tt.mode); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(file); (err == nil) != tt.opens {
				t.Errorf("Open = %v, want it to open: %v", err, tt.opens)
			}
		})
	}
}

func TestCreate(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new", "keys.json")
	if _, err := Open(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Open of no file = %v, want fs.ErrNotExist", err)
	}
	if err := Create(file); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := Create(file); !errors.Is(err, os.ErrExist) {
		t.Errorf("second Create = %v, want fs.ErrExist", err)
	}
	if again, _ := os.ReadFile(file); !bytes.Equal(again, first) {
		t.Error("the second Create changed the file")
	}
	if info, _ := os.Stat(file); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o, want 600", info.Mode().Perm())
	}
	if rest, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".*")); len(rest) != 0 {
		t.Errorf("left behind: %v", rest)
	}
}
