package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"sigue/internal/platform/schema"
)

// refused is SQL that does not run, or not alike, on both engines.
var refused = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`::`), "cast(… as …)"},
	{regexp.MustCompile(`(?i)\bnow\s*\(`), "tx.Now() through db.At"},
	{regexp.MustCompile(`(?i)\bcurrent_(timestamp|date|time)\b`), "tx.Now() through db.At"},
	{regexp.MustCompile(`(?i)\binterval\s+'`), "an instant computed in Go"},
	{regexp.MustCompile(`(?i)\bilike\b`), "a folded column"},
	{regexp.MustCompile(`(?i)\bany\s*\(`), "in (…) with its placeholders"},
	{regexp.MustCompile(`(?i)\bextract\s*\(`), "a range of instants"},
	{regexp.MustCompile(`(?i)\bdate_trunc\s*\(`), "a range of instants"},
	{regexp.MustCompile(`(?i)\b(strftime|julianday|datetime)\s*\(`), "a range of instants"},
	{regexp.MustCompile(`(?i)\bfor\s+(no\s+key\s+)?(update|share)\b`), "tx.SkipLocked or tx.TryLock"},
	{regexp.MustCompile(`(?i)\b(greatest|least)\s*\(`), "case when"},
	{regexp.MustCompile(`(?i)\blateral\b`), "a join or a sub-select"},
	{regexp.MustCompile(`(?i)\bgen_random_uuid\s*\(`), "db.NewID"},
	{regexp.MustCompile(`(?i)\bas\s+(timestamptz|timestamp|uuid|date)\s*\)`), "db.At or text"},
	{regexp.MustCompile(`(?i)\binsert\s+into\s+\w+\s+(values|select|default)\b`), "a list of columns"},
	{regexp.MustCompile(`(?i)\binsert\s+or\s+(replace|ignore)\b`), "on conflict"},
	{regexp.MustCompile(`(?i)\(\s*[\w.]+\s*,\s*[\w.]+\s*\)\s*[<>]`), "a < x or (a = x and b < y)"},
	{regexp.MustCompile(`(?i)\bmax\s*\(\s*[\w.]*(_at|_on|\bat)\s*\)`), "order by … desc limit 1"},
	{regexp.MustCompile(`(?i)(\bas|\badd column \w+)\s+(` + engineTypes + `)\b|\bautoincrement\b`), "the words in braces of db.Migrate"},
	{regexp.MustCompile(`(?i)\bselect\s+\*`), "the names of the columns"},
	{regexp.MustCompile(`[=(,<>+]\s*\?|\bin\s*\?`), "$1, $2, …"},
	{regexp.MustCompile(`[=(,<>]\s*[:@][a-z]`), "$1, $2, …"},
	{regexp.MustCompile(`(?i)\bglob\b|\bregexp\b|~\*?\s*'|\bsimilar\s+to\b`), "like, or a folded column"},
	{regexp.MustCompile(`(?i)\bpragma\b|\bpg_\w+`), "a method of base/db"},
}

// engineTypes are types that one engine does not have.
const engineTypes = `serial|bigserial|jsonb?|datetime|bool|boolean|bytea|blob|timestamptz|varchar`

// engineColumn is a column of such a type, in a migration.
var engineColumn = regexp.MustCompile(`(?i)^\s+\w+\s+(` + engineTypes + `)\b`)

// looksLikeSQL is how a string in the source is known to be a part of a query.
var looksLikeSQL = regexp.MustCompile(`(?i)\b(select\s[^;]+\sfrom|insert\s+into|update\s+\w+\s+set|delete\s+from|where\s+[\w.]+\s|order\s+by|group\s+by|left\s+join|returning)\b|^\s*(and|or|select|where|from|union|values|set|join)\s`)

// portable is the rule that one SQL text serves both engines. It reads every string that
// looks like a part of a query, and every constant that is handed to a query; base/db
// itself is where engines may differ.
func portable(m *module) []finding {
	var found []finding
	for _, p := range m.pkgs {
		if strings.HasPrefix(p.path, "internal/base/db") || strings.HasPrefix(p.path, "internal/app/archtest") {
			continue
		}
		inQuery := queryStrings(p)
		for _, file := range p.files {
			if _, sql := importsOf([]*ast.File{file})["sigue/internal/base/db"]; !sql {
				continue
			}
			ast.Inspect(file, func(n ast.Node) bool {
				literal, ok := n.(*ast.BasicLit)
				if !ok || literal.Kind != token.STRING {
					return true
				}
				text, err := strconv.Unquote(literal.Value)
				if err == nil && (inQuery[literal] || looksLikeSQL.MatchString(text)) {
					for _, what := range refusedIn(text) {
						found = append(found, m.at(literal.Pos(), "%s", what))
					}
				}
				return true
			})
		}
	}
	return found
}

func refusedIn(text string) []string {
	var all []string
	for _, r := range refused {
		if part := r.pattern.FindString(text); part != "" {
			all = append(all, fmt.Sprintf("SQL that does not run alike on both engines: %q; write %s", part, r.instead))
		}
	}
	return all
}

// queryCall tells whether a call is one of a transaction's queries, and where in its
// arguments the query and what it binds begin.
func queryCall(p *pkg, call *ast.CallExpr) (query int, ok bool) {
	sel, isSelector := call.Fun.(*ast.SelectorExpr)
	if !isSelector {
		return 0, false
	}
	at, known := map[string]int{"Exec": 1, "Get": 2, "Select": 2}[sel.Sel.Name]
	x, typed := p.info.Types[sel.X]
	return at, known && typed && x.Type.String() == "*sigue/internal/base/db.Tx" && len(call.Args) > at
}

// queryStrings are the literals that stand in the query of a call.
func queryStrings(p *pkg) map[*ast.BasicLit]bool {
	all := map[*ast.BasicLit]bool{}
	calls(p.files, func(call *ast.CallExpr) {
		at, ok := queryCall(p, call)
		if !ok {
			return
		}
		ast.Inspect(call.Args[at], func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok {
				all[literal] = true
			}
			_, nested := n.(*ast.CallExpr) // args.Add(…) and the like bind; they are not the query
			return !nested
		})
	})
	return all
}

func TestPortable(t *testing.T) { check(t, portable) }

func TestPortableBites(t *testing.T) {
	const head = "package person\nimport (\"context\"; \"sigue/internal/base/db\")\n"
	for _, test := range []struct{ name, query, want string }{
		{"plain", "select id from persons where name = $1 order by id limit 2", ""},
		{"what both know", "insert into a (b) values ($1) on conflict (b) do update set c = $2 returning d", ""},
		{"a cast of PostgreSQL", "select id::text from a", "::"},
		{"the engine's clock", "select id from a where at < now()", "now("},
		{"interval", "select id from a where at < $1 - interval '1 day'", "interval"},
		{"ilike", "select id from a where b ilike $1", "ilike"},
		{"any", "select id from a where b = any($1)", "any("},
		{"extract", "select extract(year from at) from a", "extract("},
		{"locks", "select id from a where b = 1 for update", "for update"},
		{"greatest", "select greatest(a, b) from c", "greatest("},
		{"question marks", "select id from a where b = ?", "= ?"},
		{"names", "select id from a where b = :name", ":n"},
		{"no columns", "insert into a values ($1)", "insert into a values"},
		{"rows compared", "select id from a where (b, c) < ($1, $2)", "(b, c) <"},
		{"cast to a date", "select cast(a as date) from b", "as date)"},
		{"all columns", "select * from a", "select *"},
		{"newest by max", "select max(submitted_at) from a", "max("},
	} {
		t.Run(test.name, func(t *testing.T) {
			var want []string
			if test.want != "" {
				want = append(want, test.want)
			}
			bites(t, portable, map[string]string{"internal/feature/person/a.go": head +
				"func f(ctx context.Context, tx *db.Tx) { tx.Select(ctx, nil, `" + test.query + "`) }"}, want...)
		})
	}
	t.Run("a part kept in a constant", func(t *testing.T) {
		bites(t, portable, map[string]string{"internal/feature/person/a.go": head +
			"const tail = ` where b ilike $1 order by c`\nfunc f(ctx context.Context, tx *db.Tx) { tx.Select(ctx, nil, `select a from b`+tail) }"}, "ilike")
	})
	t.Run("text that is no query", func(t *testing.T) {
		bites(t, portable, map[string]string{"internal/feature/person/a.go": head + "const text = `std::string, now()`"})
	})
	t.Run("base/db may", func(t *testing.T) {
		bites(t, portable, map[string]string{"internal/base/db/a.go": "package db\nconst q = `select now() from a`"})
	})
}

// portableSchema reads migrations by the same list, and by their columns' types.
func portableSchema(migrations fs.FS) []finding {
	var found []finding
	names, _ := fs.Glob(migrations, "*.sql")
	for _, name := range names {
		content, err := fs.ReadFile(migrations, name)
		if err != nil {
			return []finding{{name, err.Error()}}
		}
		for n, line := range strings.Split(string(content), "\n") {
			statement, _, _ := strings.Cut(line, "--")
			statement = braces.ReplaceAllString(statement, "")
			for _, what := range refusedIn(statement) {
				found = append(found, findingAt(name, n+1, what))
			}
			if kind := engineColumn.FindStringSubmatch(statement); kind != nil {
				found = append(found, findingAt(name, n+1, "type "+kind[1]+" is of one engine; write a word in braces of db.Migrate"))
			}
		}
	}
	return found
}

func TestPortableSchema(t *testing.T) {
	for _, f := range portableSchema(schema.Migrations) {
		t.Error(f)
	}
}

func TestPortableSchemaBites(t *testing.T) {
	found := portableSchema(fstest.MapFS{"1.sql": {Data: []byte(`create table a (
    id   text primary key,   -- public, as now() is
    blob text not null,      -- public
    at   {time} not null,    -- public
    yes  boolean not null,   -- public
    made text default now()  -- public
);`)}})
	if len(found) != 2 || found[0].at != "1.sql:5" || found[1].at != "1.sql:6" {
		t.Errorf("found %v, want the lines 5 and 6", found)
	}
}

var braces = regexp.MustCompile(`\{\w+\}`)

// times is the rule that no raw time is bound: on SQLite it compares wrongly. It goes
// through db.At.
func times(m *module) []finding {
	var found []finding
	for _, p := range m.pkgs {
		calls(p.files, func(call *ast.CallExpr) {
			var bound []ast.Expr
			if at, ok := queryCall(p, call); ok {
				bound = call.Args[at+1:]
			} else if isArgsAdd(p, call) {
				bound = call.Args
			}
			for _, arg := range bound {
				if isTime(p.info.Types[arg].Type) {
					found = append(found, m.at(arg.Pos(), "binds a raw time; use db.At"))
				}
			}
		})
	}
	return found
}

func isArgsAdd(p *pkg, call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Add" {
		return false
	}
	x := p.info.Types[sel.X].Type
	return x != nil && strings.TrimPrefix(x.String(), "*") == "sigue/internal/base/db.Args"
}

func isTime(kind types.Type) bool {
	if kind == nil {
		return false
	}
	name := strings.TrimLeft(types.Unalias(kind).String(), "*[]")
	return name == "time.Time"
}

func TestTimes(t *testing.T) { check(t, times) }

func TestTimesBites(t *testing.T) {
	bites(t, times, map[string]string{"internal/feature/person/a.go": `package person
import ("context"; "sigue/internal/base/db"; "time")
type other struct{}
func (o other) Exec(ctx context.Context, query string, args ...any) {}
func f(ctx context.Context, tx *db.Tx, at time.Time, good db.Time) {
	tx.Exec(ctx, "update a set b = $1", at)
	tx.Get(ctx, nil, "select a from b where c = $1 and d = $2", 1, &at)
	tx.Select(ctx, nil, "select a from b where c = $1", good)
	var args db.Args
	args.Add(at)
	args.Add(good)
	other{}.Exec(ctx, "", at)
}`}, "a.go:6", "a.go:7", "a.go:10")
}
