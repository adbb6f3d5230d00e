package cli_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"database/sql"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"sigue/internal/feature/referral"
	"sigue/internal/platform/notify/mailcatcher"
)

// installation is one that works, in a folder of the test.
type installation struct {
	data, keys, database string
	env                  map[string]string
}

// install makes an installation with nothing wrong.
func install(t *testing.T) *installation {
	t.Helper()
	mail, err := mailcatcher.Start()
	must(t, err)
	t.Cleanup(func() { _ = mail.Close() })
	data := filepath.Join(t.TempDir(), "data")
	i := &installation{data: data, keys: filepath.Join(data, "keys.json"), database: filepath.Join(data, "sigue.db"), env: map[string]string{
		"SIGUE_DATA": data, "SIGUE_CHILD_OFFICE": "proteccion@ninez.example", "SIGUE_MAIL_HOST": mail.Host(),
		"SIGUE_MAIL_PORT": strconv.Itoa(mail.Port()), "SIGUE_MAIL_FROM": "avisos@sigue.example", "SIGUE_MAIL_TLS": "none",
	}}
	if code, out, errOut := run(t, i.env, "migrate"); code != 0 {
		t.Fatalf("migrate: %d\n%s%s", code, out, errOut)
	}
	return i
}

// alter changes the database with a connection of its own.
func (i *installation) alter(t *testing.T, statement string) {
	t.Helper()
	raw, err := sql.Open("sqlite", i.database)
	must(t, err)
	_, err = raw.Exec(statement)
	must(t, err)
	must(t, raw.Close())
}

// orphan leaves an old attachment that no row names.
func (i *installation) orphan(t *testing.T, n int) {
	t.Helper()
	name := fmt.Sprintf("%04dorphanorphanorphan", n)
	folder := filepath.Join(i.data, "attachments", name[:2], name[2:4])
	must(t, os.MkdirAll(folder, 0o700))
	file := filepath.Join(folder, name)
	must(t, os.WriteFile(file, nil, 0o600))
	yesterday := time.Now().Add(-25 * time.Hour)
	must(t, os.Chtimes(file, yesterday, yesterday))
}

// deadPort is a port of this machine where nothing listens.
func deadPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, l.Close())
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// signs gives the installation a certificate that ends at an instant.
func (i *installation) signs(t *testing.T, until time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	of := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Ejemplo"}, NotBefore: until.AddDate(-1, 0, 0), NotAfter: until}
	certificate, err := x509.CreateCertificate(rand.Reader, of, of, key.Public(), key)
	must(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	dir := t.TempDir()
	i.env["SIGUE_SIGN_CERTIFICATE"], i.env["SIGUE_SIGN_KEY"] = filepath.Join(dir, "sign.crt"), filepath.Join(dir, "sign.key")
	must(t, os.WriteFile(i.env["SIGUE_SIGN_CERTIFICATE"], pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}), 0o600))
	must(t, os.WriteFile(i.env["SIGUE_SIGN_KEY"], pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
}

const (
	job   = `insert into jobs (id, kind, payload, state, run_at, attempts, worker, last_error, created_at) values ('j', 'x', '{}', `
	paper = `insert into referral_attachments values ('p', 'r', 'other', 'a.pdf', 'pdf', 1, '', '', 0, 'abcdefghijklmnopqrst', '2026-01-01T00:00:00.000000Z', '', null)`
	entry = `insert into ledger_entries values ('e', '2026-01-01T00:00:00.000000Z', '', '', '', '', '', '', '', '', '', '[]', '', 0, x'00')`
)

// ailments are each one thing wrong, and what doctor must say of it.
var ailments = []struct {
	name  string
	spoil func(t *testing.T, i *installation)
	want  []string
}{
	{"no data folder", func(t *testing.T, i *installation) { must(t, os.RemoveAll(i.data)) }, []string{"data folder", "it does not exist", "start the server once"}},
	{"data folder open to others", func(t *testing.T, i *installation) { must(t, os.Chmod(i.data, 0o755)) }, []string{"data folder", "others on this machine may read it", "chmod 700"}},
	{"no key file", func(t *testing.T, i *installation) { must(t, os.Remove(i.keys)) }, []string{"key file", "no such file", "put back the copy"}},
	{"key file that is none", func(t *testing.T, i *installation) { must(t, os.WriteFile(i.keys, []byte("no"), 0o600)) }, []string{"key file", "is no key file"}},
	{"key file open to others", func(t *testing.T, i *installation) { must(t, os.Chmod(i.keys, 0o644)) }, []string{"key file", "may be read by others", "chmod 600"}},
	{"no database file", func(t *testing.T, i *installation) { must(t, os.Remove(i.database)) }, []string{"database", "does not exist"}},
	{"pending migrations", func(t *testing.T, i *installation) {
		i.alter(t, `delete from goose_db_version where version_id = (select max(version_id) from goose_db_version)`)
	}, []string{"database", "1 migrations are missing", "run sigue migrate"}},
	{"database that does not answer", func(t *testing.T, i *installation) {
		i.env["SIGUE_DATABASE"] = "postgres://sigue:clave-secreta@127.0.0.1:" + deadPort(t) + "/sigue?connect_timeout=1"
	}, []string{"database", "cannot reach", "check the address"}},
	{"no child office", func(_ *testing.T, i *installation) { delete(i.env, "SIGUE_CHILD_OFFICE") }, []string{"child-protection office", "child_office is not set"}},
	{"mail server that does not answer", func(t *testing.T, i *installation) { i.env["SIGUE_MAIL_PORT"] = deadPort(t) }, []string{"mail server", "connection refused", "check mail_host"}},
	{"no mail server", func(_ *testing.T, i *installation) { i.env["SIGUE_MAIL_HOST"] = "" }, []string{"mail server", "none is set"}},
	{"no encryption", func(_ *testing.T, i *installation) { i.env["SIGUE_BASE_URL"] = "http://sigue.example" }, []string{"http://sigue.example", "without encryption", "https://"}},
	{"certificate that is gone", func(t *testing.T, i *installation) {
		i.signs(t, time.Now().AddDate(0, 3, 0))
		must(t, os.Remove(i.env["SIGUE_SIGN_CERTIFICATE"]))
	}, []string{"signature of documents", "no such file", "refuses to start"}},
	{"certificate that ended", func(t *testing.T, i *installation) { i.signs(t, time.Now().Add(-time.Hour)) }, []string{"signature of documents by Ejemplo", "not in force", "new certificate"}},
	{"certificate that ends soon", func(t *testing.T, i *installation) { i.signs(t, time.Now().AddDate(0, 0, 29)) }, []string{"signature of documents by Ejemplo", "ends within 30 days", "new certificate"}},
	{"late work", func(t *testing.T, i *installation) {
		i.alter(t, job+`'ready', '2026-01-01T00:00:00.000000Z', 0, '', '', '2026-01-01T00:00:00.000000Z')`)
	}, []string{"background work", "wait for more than an hour"}},
	{"work given up", func(t *testing.T, i *installation) {
		i.alter(t, job+`'failed', '2026-01-01T00:00:00.000000Z', 9, '', 'x', '2026-01-01T00:00:00.000000Z')`)
	}, []string{"background work", "were given up"}},
	{"attachments folder that is gone", func(t *testing.T, i *installation) { must(t, os.RemoveAll(filepath.Join(i.data, "attachments"))) }, []string{"attachments", "no such file", "from the backup"}},
	{"a document whose file is gone", func(t *testing.T, i *installation) { i.alter(t, paper) }, []string{"attachments: 0 files without a row, 1 rows without a file", "cannot be opened", "from the backup"}},
	{"the attachments of another database", func(t *testing.T, i *installation) {
		for n := range referral.MostOrphans + 1 {
			i.orphan(t, n)
		}
	}, []string{"201 files without a row", "removes none of them", "belong together"}},
	{"ledger that is not sealed", func(t *testing.T, i *installation) { i.alter(t, entry) }, []string{"sealing of the ledger", "wait for more than an hour"}},
}

func TestDoctor(t *testing.T) {
	t.Run("nothing wrong", func(t *testing.T) {
		i := install(t)
		code, out, errOut := run(t, i.env, "doctor")
		if code != 0 || !strings.HasSuffix(out, "nothing is wrong\n") || strings.Contains(out, "PROBLEM") || errOut != "" {
			t.Errorf("got %d\n%s%s\nwant 0 and nothing wrong", code, out, errOut)
		}
	})
	for _, c := range ailments {
		t.Run(c.name, func(t *testing.T) {
			i := install(t)
			c.spoil(t, i)
			code, out, errOut := run(t, i.env, "doctor")
			if code != 1 || strings.Contains(out, "nothing is wrong") || !strings.Contains(errOut, "problem") {
				t.Errorf("got %d\n%s%s\nwant 1", code, out, errOut)
			}
			if !told(out, c.want) {
				t.Errorf("got\n%s\nwant a problem with %q", out, c.want)
			}
			if strings.Contains(out+errOut, "clave-secreta") {
				t.Error("it says the password")
			}
		})
	}
}

// TestDoctorKnowsTheCertificate checks that a good certificate is told with its end, and
// that one which cannot be read keeps the server from starting.
func TestDoctorKnowsTheCertificate(t *testing.T) {
	i := install(t)
	until := time.Now().AddDate(0, 3, 0)
	i.signs(t, until)
	code, out, errOut := run(t, i.env, "doctor")
	if want := "ok       signature of documents by Ejemplo until " + until.UTC().Format(time.DateOnly) + "\n"; code != 0 || !strings.Contains(out, want) {
		t.Errorf("got %d\n%s%s\nwant in it %q", code, out, errOut, want)
	}
	must(t, os.Remove(i.env["SIGUE_SIGN_KEY"]))
	if code, _, errOut := run(t, i.env, "serve"); code == 0 || !strings.Contains(errOut, "mend sign_certificate and sign_key") {
		t.Errorf("serve without the key: %d\n%s", code, errOut)
	}
}

// TestDoctorCountsOrphans checks that a few orphans are said and are no problem: the
// server removes them.
func TestDoctorCountsOrphans(t *testing.T) {
	i := install(t)
	i.orphan(t, 1)
	i.orphan(t, 2)
	code, out, errOut := run(t, i.env, "doctor")
	if code != 0 || !strings.Contains(out, "ok       attachments: 2 files without a row, 0 rows without a file (the server removes them within a day)") {
		t.Errorf("got %d\n%s%s\nwant 0 and 2 orphans", code, out, errOut)
	}
}

// told tells whether one problem of a report holds all the words.
func told(report string, words []string) bool {
	for _, problem := range strings.Split(report, "PROBLEM")[1:] {
		problem, _, _ = strings.Cut(problem, "\nok")
		all := true
		for _, w := range words {
			all = all && strings.Contains(problem, w)
		}
		if all {
			return true
		}
	}
	return false
}

// TestDoctorChangesNothing lets doctor look at a database without tables.
func TestDoctorChangesNothing(t *testing.T) {
	i := install(t)
	must(t, os.WriteFile(i.database, nil, 0o600))
	before, err := os.ReadDir(i.data)
	must(t, err)
	_, out, _ := run(t, i.env, "doctor")
	if !told(out, []string{"database", "migrations are missing"}) {
		t.Errorf("got\n%s\nwant missing migrations", out)
	}
	after, err := os.ReadDir(i.data)
	must(t, err)
	if len(after) != len(before) {
		t.Errorf("the folder holds %v, want %v as before", after, before)
	}
	raw, err := sql.Open("sqlite", i.database)
	must(t, err)
	defer raw.Close()
	var tables int
	must(t, raw.QueryRow(`select count(*) from sqlite_master`).Scan(&tables))
	if tables != 0 {
		t.Errorf("the database has %d tables, want none as before", tables)
	}
}
