package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigue/internal/app/cli"
)

// run runs a command in this process, and gives its exit code and what it said.
func run(t *testing.T, env map[string]string, args ...string) (code int, out, errOut string) {
	t.Helper()
	for name, value := range env {
		t.Setenv(name, value)
	}
	if _, ok := env["SIGUE_CHILD_OFFICE"]; !ok {
		t.Setenv("SIGUE_CHILD_OFFICE", "")
	}
	var o, e bytes.Buffer
	code = cli.Main(args, &o, &e)
	return code, o.String(), e.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		code int
		want string // on standard error
	}{
		{"no command", nil, 2, "usage: sigue COMMAND"},
		{"a command that is none", []string{"dance"}, 2, "usage: sigue COMMAND"},
		{"help of a command", []string{"serve", "-h"}, 0, "-config"},
		{"an option that is none", []string{"migrate", "--colour"}, 1, "-colour"},
		{"user without a verb", []string{"user"}, 1, "usage: sigue user create"},
		{"ledger without a verb", []string{"ledger"}, 1, "usage: sigue ledger verify"},
		{"keys without a verb", []string{"keys"}, 1, "usage: sigue keys rotate"},
		{"ledger with another verb", []string{"ledger", "burn"}, 1, "usage: sigue ledger verify"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errOut := run(t, nil, c.args...)
			if code != c.code || !strings.Contains(errOut, c.want) || out != "" {
				t.Errorf("got %d, %q, %q; want %d and %q on standard error alone", code, out, errOut, c.code, c.want)
			}
		})
	}
}

// TestSettings says the same setting in three ways: the option wins over the
// environment, which wins over the file.
func TestSettings(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "sigue.toml")
	must(t, os.WriteFile(file, []byte("data = \""+filepath.Join(dir, "of-file")+"\"\n"), 0o600))
	for _, c := range []struct {
		name string
		env  map[string]string
		args []string
		want string
	}{
		{"file", map[string]string{}, []string{"--config", file}, "of-file"},
		{"environment", map[string]string{"SIGUE_DATA": filepath.Join(dir, "of-environment")}, []string{"--config", file}, "of-environment"},
		{"option", map[string]string{"SIGUE_DATA": filepath.Join(dir, "of-environment")}, []string{"--config", file, "--data", filepath.Join(dir, "of-option")}, "of-option"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errOut := run(t, c.env, append([]string{"migrate"}, c.args...)...)
			if code != 0 {
				t.Fatalf("got %d\n%s%s", code, out, errOut)
			}
			if _, err := os.Stat(filepath.Join(dir, c.want, "sigue.db")); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestUserCreate opens accounts from the command line.
func TestUserCreate(t *testing.T) {
	i := install(t)
	create := func(email, name string) (int, string, string) {
		return run(t, i.env, "user", "create", "--email", email, "--name", name)
	}
	code, out, errOut := create("seguridad@sigue.example", "Pedro Modelo")
	if code != 0 || !strings.Contains(out, "http://localhost:8080/acceso/") {
		t.Errorf("got %d\n%s%s\nwant 0 and a link", code, out, errOut)
	}
	for _, c := range []struct{ name, email, person, want string }{
		{"twice", "seguridad@sigue.example", "Pedro Modelo", "email: That address already has an account: Pedro Modelo, Seguridad"},
		{"no address", "", "Pedro Modelo", "email: "},
		{"what is no address", "seguridad", "Pedro Modelo", "email: "},
		{"no name", "otra@sigue.example", "", "name: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errOut := create(c.email, c.person)
			if code != 1 || out != "" || !strings.Contains(errOut, c.want) || strings.Contains(errOut, "%!") || strings.Contains(errOut, "%s") {
				t.Errorf("got %d, %q, %q; want 1 and %q", code, out, errOut, c.want)
			}
		})
	}
}

// TestLedgerMakesNothing asks for the ledger of an installation that is not there.
func TestLedgerMakesNothing(t *testing.T) {
	for _, verb := range []string{"verify", "checkpoint"} {
		t.Run(verb, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "mistyped")
			code, out, errOut := run(t, nil, "ledger", verb, "--data", data)
			if code != 1 || strings.Contains(out, "intact") {
				t.Errorf("got %d, %q, %q; want 1", code, out, errOut)
			}
			if _, err := os.Stat(data); !os.IsNotExist(err) {
				t.Errorf("the folder is there now: %v", err)
			}
		})
	}
	t.Run("no database", func(t *testing.T) {
		i := install(t)
		must(t, os.Remove(i.database))
		if code, _, errOut := run(t, i.env, "ledger", "verify"); code != 1 || !strings.Contains(errOut, "does not exist") {
			t.Errorf("got %d, %q; want 1, naming the file", code, errOut)
		}
	})
	t.Run("an older database", func(t *testing.T) {
		i := install(t)
		must(t, os.WriteFile(i.database, nil, 0o600))
		if code, _, errOut := run(t, i.env, "ledger", "verify"); code != 1 || !strings.Contains(errOut, "sigue migrate") {
			t.Errorf("got %d, %q; want 1 and sigue migrate", code, errOut)
		}
	})
	t.Run("no checkpoint file", func(t *testing.T) {
		i := install(t)
		if code, _, errOut := run(t, i.env, "ledger", "verify", "--checkpoint", filepath.Join(i.data, "none")); code != 1 || !strings.Contains(errOut, "none") {
			t.Errorf("got %d, %q; want 1, naming the file", code, errOut)
		}
	})
}
