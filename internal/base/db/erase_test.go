package db_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
)

// TestErasedIsOverwritten looks for what was erased in the bytes of the SQLite file: in
// a row that became shorter, and in the free pages of one that was deleted.
func TestErasedIsOverwritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sigue.db")
	d, err := db.Open(t.Context(), "sqlite:"+path, clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	erased := bytes.Repeat([]byte("a-secret-that-was-erased "), 1000) // longer than a page
	for _, step := range []struct {
		statement string
		args      []any
	}{
		{`create table kept (id integer primary key, body blob not null)`, nil},
		{`insert into kept (id, body) values (1, $1), (2, $2), (3, $3)`, []any{erased[:60], erased, []byte("another")}},
		{`update kept set body = $1 where id = 1`, []any{[]byte{}}},
		{`delete from kept where id = 2`, nil},
	} {
		if err := d.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), step.statement, step.args...)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil { // moves the log into the file
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(file, []byte("a-secret")); n > 0 || !bytes.Contains(file, []byte("another")) {
		t.Errorf("the file still says the secret %d times", n)
	}
}
