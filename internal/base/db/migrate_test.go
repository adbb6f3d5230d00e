package db

import (
	"io/fs"
	"testing"
	"testing/fstest"
)

func TestExpand(t *testing.T) {
	in := fstest.MapFS{
		"00001_a.sql": {Data: []byte("a {time}, b {bytes}, c {bool}, d {text_c}, e text default '{}'")},
		"notes.txt":   {Data: []byte("not a migration")},
	}
	for _, test := range []struct {
		engine Engine
		want   string
	}{
		{SQLite, "a text, b blob, c integer, d text, e text default '{}'"},
		{Postgres, `a timestamptz, b bytea, c boolean, d text collate "C", e text default '{}'`},
	} {
		t.Run(string(test.engine), func(t *testing.T) {
			out, err := expand(in, words[test.engine])
			if err != nil {
				t.Fatal(err)
			}
			got, err := fs.ReadFile(out, "00001_a.sql")
			if err != nil || string(got) != test.want {
				t.Errorf("expanded = %q, %v; want %q", got, err, test.want)
			}
			if names, _ := fs.Glob(out, "*"); len(names) != 1 {
				t.Errorf("files = %v, want the migration only", names)
			}
		})
	}
}
