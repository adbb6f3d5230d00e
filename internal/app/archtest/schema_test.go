package archtest

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/platform/schema"
)

// column names one column of the database.
type column struct {
	Table string `db:"table_name"`
	Name  string `db:"column_name"`
}

var (
	createTable = regexp.MustCompile(`^create table (\w+) \($`)
	addColumn   = regexp.MustCompile(`^alter table (\w+) add column (\w+) `)
	columnLine  = regexp.MustCompile(`^\s+(\w+)\s+\S`)
	dataClass   = regexp.MustCompile(`-- (public|personal|sensitive|secret)( subject)?$`)
	constraints = []string{"primary", "unique", "foreign", "check", "constraint"}
)

// classes reads the data class of every column from the migrations. A column whose line
// says none, or contradicts itself, is a finding.
func classes(migrations fs.FS) (map[column]string, []finding) {
	all := map[column]string{}
	var found []finding
	names, _ := fs.Glob(migrations, "*.sql")
	for _, name := range names {
		content, err := fs.ReadFile(migrations, name)
		if err != nil {
			return nil, []finding{{name, err.Error()}}
		}
		table := ""
		for n, line := range strings.Split(string(content), "\n") {
			line = strings.TrimRight(line, " ")
			c := column{Table: table}
			if start := createTable.FindStringSubmatch(line); start != nil {
				table = start[1]
				continue
			} else if strings.HasPrefix(line, ");") {
				table = ""
				continue
			} else if add := addColumn.FindStringSubmatch(line); add != nil {
				c = column{Table: add[1], Name: add[2]}
			} else if part := columnLine.FindStringSubmatch(line); part != nil && table != "" && !slices.Contains(constraints, part[1]) {
				c.Name = part[1]
			}
			if c.Name == "" {
				continue
			}
			class := dataClass.FindStringSubmatch(line)
			switch {
			case class == nil:
				found = append(found, findingAt(name, n+1, fmt.Sprintf("%s.%s has no data class: end its line with -- public, personal, sensitive or secret", c.Table, c.Name)))
			case class[1] == "secret" && class[2] != "":
				found = append(found, findingAt(name, n+1, fmt.Sprintf("%s.%s is secret, and its subject may not receive it", c.Table, c.Name)))
			}
			if class != nil {
				all[c] = class[1] + class[2]
			} else {
				all[c] = "?"
			}
		}
	}
	return all, found
}

func findingAt(file string, line int, what string) finding {
	return finding{fmt.Sprintf("%s:%d", file, line), what}
}

// columns are those that the database really has.
func columns(t *testing.T, migrations fs.FS) []column {
	t.Helper()
	d, _ := dbtest.SQLite(t, migrations)
	var all []column
	err := d.View(t.Context(), func(tx *db.Tx) error {
		return tx.Select(t.Context(), &all, `select m.name as table_name, p.name as column_name
			from sqlite_master m join pragma_table_info(m.name) p
			where m.type = 'table' and m.name not like 'sqlite~_%' escape '~' and m.name <> 'goose_db_version'`)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// unclassified compares the classes written with the columns there are.
func unclassified(t *testing.T, migrations fs.FS) []finding {
	t.Helper()
	written, found := classes(migrations)
	for _, c := range columns(t, migrations) {
		if _, ok := written[c]; !ok {
			found = append(found, finding{"schema", fmt.Sprintf("%s.%s has no line of its own with a data class", c.Table, c.Name)})
		}
	}
	return found
}

func TestDataClasses(t *testing.T) {
	written, _ := classes(schema.Migrations)
	if len(written) < 100 {
		t.Errorf("read %d columns of the schema; the rule is blind", len(written))
	}
	for _, f := range unclassified(t, schema.Migrations) {
		t.Error(f)
	}
}

func TestDataClassesBites(t *testing.T) {
	found := unclassified(t, fstest.MapFS{
		"00001_a.sql": {Data: []byte(`-- +goose Up
create table people (
    id      text primary key,                       -- public
    name    text not null,                          -- personal subject
    secret  text not null,
    hash    text not null,                          -- secret subject
    colour  text not null,                          -- blue
    unique (name)
);
create table hidden (id text);
-- +goose Down
`)},
		"00002_b.sql": {Data: []byte("-- +goose Up\nalter table people add column age integer;\nalter table people add column tall integer; -- public\n-- +goose Down\n")},
	})
	var said []string
	for _, f := range found {
		said = append(said, f.String())
	}
	all := strings.Join(said, "\n")
	for _, want := range []string{"00001_a.sql:5: people.secret has no", "people.hash is secret, and", "people.colour has no", "hidden.id has no line", "00002_b.sql:2: people.age"} {
		if !strings.Contains(all, want) {
			t.Errorf("no finding says %q:\n%s", want, all)
		}
	}
	if len(found) != 5 {
		t.Errorf("findings = %d, want 5:\n%s", len(found), all)
	}
}
