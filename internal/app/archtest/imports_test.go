package archtest

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// floors, from the ground up. A package uses only its own floor and those below.
var floors = []string{"internal/base/", "internal/platform/", "internal/feature/", "internal/app/", "cmd/"}

// features are in the order in which one may use another: only those before it.
var features = []string{
	"catalogue", "identity", "institution", "center", "person", "referral", "program", "casefile",
	"agenda", "followup", "survey", "paper", "report", "measure", "privacy",
}

// ban is an import that may not be. Patterns are paths; "…/" at the end takes what lies
// below, a "*" takes one part of a path, or its beginning.
type ban struct {
	from, to []string
	but      []string // packages to which it does not apply
	why      string
}

const (
	anywhere    = "internal/"
	featureHTTP = "internal/feature/*/*http"
)

var bans = []ban{
	{
		from: []string{"internal/feature/*"}, to: []string{"net/http", "html/template", "github.com/a-h/templ", "internal/platform/web", "internal/platform/api"},
		why: "what SIGUE does knows nothing of HTTP or pages: its http folder does, so that pages, API, jobs and commands share it",
	},
	{
		from: []string{anywhere}, to: []string{featureHTTP},
		but: []string{"internal/app/"},
		why: "an http folder is the contact of one room; another that needs the same part takes it from web",
	},
	{
		from: []string{featureHTTP}, to: []string{"internal/platform/ledger", "internal/platform/vault", "internal/base/blob"},
		why: "a page asks its service, which asks for the permission; behind that back there is no data",
	},
	{
		from: []string{"internal/platform/"}, to: []string{"internal/platform/web", "internal/platform/api"},
		but: []string{"internal/platform/web", "internal/platform/api", "internal/platform/*/*http"},
		why: "the rest of the platform serves jobs and commands too",
	},
	{
		from: []string{"internal/platform/schema"}, to: []string{"internal/", "database/sql"},
		why: "the schema is SQL and data classes, nothing that runs",
	},
	{
		from: []string{anywhere}, to: []string{"database/sql", "modernc.org/", "github.com/jackc/", "github.com/pressly/", "github.com/georgysavva/"},
		but: []string{"internal/base/db/"},
		why: "what the engines do differently lives in base/db",
	},
	{
		from: []string{anywhere, "cmd/"}, to: []string{"internal/base/db/dbtest/", "internal/app/browser", "internal/app/archtest", "testing"},
		but: []string{"internal/base/db/dbtest/", "internal/app/browser"},
		why: "what tests need is not in the program",
	},
	{
		from: []string{anywhere}, to: []string{"math/rand", "math/rand/v2"},
		but: []string{"internal/app/demo/", "internal/base/db"}, // db: the length of a pause
		why: "chance that can be foreseen is for fictional people only",
	},
	{
		from: []string{anywhere}, to: []string{"log", "github.com/sirupsen/", "go.uber.org/zap"},
		but: []string{"internal/platform/notify/mailcatcher"}, // the mail server's library asks for one
		why: "log/slog is the only log",
	},
	{
		from: []string{"cmd/"}, to: []string{"internal/"},
		but: []string{"cmd/sigue → internal/app/cli"},
		why: "a command hands over to internal/app/cli, nothing else",
	},
}

// matches tells whether a path fits one of some patterns.
func matches(path string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if prefix, ok := strings.CutSuffix(p, "/"); ok && !strings.Contains(p, "*") {
			return path == prefix || strings.HasPrefix(path, p)
		}
		want, got := strings.Split(p, "/"), strings.Split(path, "/")
		if len(want) != len(got) {
			return false
		}
		for i, part := range want {
			before, after, star := strings.Cut(part, "*")
			if star && strings.HasPrefix(got[i], before) && strings.HasSuffix(got[i], after) {
				continue
			}
			if part != got[i] {
				return false
			}
		}
		return true
	})
}

func floor(path string) int {
	return slices.IndexFunc(floors, func(f string) bool { return strings.HasPrefix(path+"/", f) })
}

// room gives the feature of a path, and its place in the order; -1 for a path that is no
// feature's.
func room(path string) (string, int) {
	rest, ok := strings.CutPrefix(path, "internal/feature/")
	if !ok {
		return "", -1
	}
	name, _, _ := strings.Cut(rest, "/")
	return name, slices.Index(features, name)
}

// imports is the rule of who may import whom. Tests keep the floors, but are free of
// the bans: they may look at anything below.
func imports(m *module) []finding {
	var found []finding
	for _, p := range m.pkgs {
		if name, order := room(p.path); name != "" && order < 0 {
			found = append(found, finding{p.path, "is no feature of the list in archtest: give it its place in the order"})
		}
		for to, pos := range importsOf(p.files) {
			to = strings.TrimPrefix(to, "sigue/")
			if why := upward(p.path, to); why != "" {
				found = append(found, m.at(pos, "%s imports %s: %s", p.path, to, why))
			}
			for _, b := range bans {
				if matches(p.path, b.from) && matches(to, b.to) && !matches(p.path, b.but) && !slices.Contains(b.but, p.path+" → "+to) && !own(p.path, to) {
					found = append(found, m.at(pos, "%s imports %s: %s", p.path, to, b.why))
				}
			}
		}
		for to, pos := range importsOf(p.tests) {
			if why := upward(p.path, strings.TrimPrefix(to, "sigue/")); why != "" {
				found = append(found, m.at(pos, "the test of %s imports %s: %s", p.path, to, why))
			}
		}
	}
	return found
}

// own tells whether an http folder imports itself or a part below it.
func own(from, to string) bool {
	return from == to || strings.HasPrefix(to, from+"/") && strings.Contains(from, "http")
}

// upward tells why an import goes up, or sideways to a feature that comes later.
func upward(from, to string) string {
	a, b := floor(from), floor(to)
	if a < 0 || b < 0 {
		return ""
	}
	if b > a {
		return "a floor uses only what lies on its own and below"
	}
	fromRoom, fromOrder := room(from)
	toRoom, toOrder := room(to)
	if fromRoom != "" && toRoom != "" && fromRoom != toRoom && toOrder >= fromOrder {
		return "a feature uses only those before it in the order (archtest, features); a later one is set to work by a job"
	}
	return ""
}

func TestImports(t *testing.T) { check(t, imports) }

func TestImportsBites(t *testing.T) {
	for _, test := range []struct {
		name, from, to string
		want           string // "" when it is allowed
	}{
		{"base uses platform", "internal/base/db", "sigue/internal/platform/access", "its own and below"},
		{"platform uses a feature", "internal/platform/web", "sigue/internal/feature/person", "its own and below"},
		{"platform uses base", "internal/platform/web", "sigue/internal/base/db", ""},
		{"a feature uses one before it", "internal/feature/referral", "sigue/internal/feature/person", ""},
		{"a feature uses one after it", "internal/feature/person", "sigue/internal/feature/referral", "those before it"},
		{"a feature uses HTTP", "internal/feature/person", "net/http", "nothing of HTTP"},
		{"a feature uses web", "internal/feature/person", "sigue/internal/platform/web", "nothing of HTTP"},
		{"its http folder does", "internal/feature/person/personhttp", "net/http", ""},
		{"its http folder uses web", "internal/feature/person/personhttp", "sigue/internal/platform/web", ""},
		{"its http folder uses its room", "internal/feature/person/personhttp", "sigue/internal/feature/person", ""},
		{"its http folder uses the ledger", "internal/feature/person/personhttp", "sigue/internal/platform/ledger", "behind that back"},
		{"a room uses its http folder", "internal/feature/person", "sigue/internal/feature/person/personhttp", "contact of one room"},
		{"an http folder uses another", "internal/feature/referral/referralhttp", "sigue/internal/feature/person/personhttp", "contact of one room"},
		{"the app uses an http folder", "internal/app", "sigue/internal/feature/person/personhttp", ""},
		{"platform uses web", "internal/platform/ledger", "sigue/internal/platform/web", "jobs and commands too"},
		{"a folder of platform for HTTP", "internal/platform/document/documenthttp", "sigue/internal/platform/web", ""},
		{"the schema runs", "internal/platform/schema", "sigue/internal/base/db", "nothing that runs"},
		{"the schema embeds", "internal/platform/schema", "embed", ""},
		{"SQL by hand", "internal/feature/person", "database/sql", "lives in base/db"},
		{"a value of SQL", "internal/feature/person", "database/sql/driver", ""},
		{"a driver", "internal/platform/jobs", "modernc.org/sqlite", "lives in base/db"},
		{"test tools in the program", "internal/app", "sigue/internal/base/db/dbtest", "not in the program"},
		{"chance", "internal/platform/vault", "math/rand/v2", "can be foreseen"},
		{"chance of fictional people", "internal/app/demo", "math/rand/v2", ""},
		{"a command that does more", "cmd/sigue", "sigue/internal/app", "hands over"},
		{"a command", "cmd/sigue", "sigue/internal/app/cli", ""},
		{"an unknown feature", "internal/feature/weather", "time", "no feature of the list"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var want []string
			if test.want != "" {
				want = append(want, test.want)
			}
			source := map[string]string{test.from + "/a.go": "package a\nimport _ \"" + test.to + "\"\n"}
			bites(t, imports, source, want...)
		})
	}
	t.Run("a test that looks up", func(t *testing.T) {
		bites(t, imports, map[string]string{
			"internal/base/db/db.go":      "package db",
			"internal/base/db/db_test.go": "package db\nimport _ \"sigue/internal/platform/schema\"",
		}, "the test of internal/base/db imports")
	})
}

// TestBansAreNeeded checks that no ban names a place that is no longer there.
func TestBansAreNeeded(t *testing.T) {
	m, err := program()
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, p := range m.pkgs {
		there[p.path] = true
	}
	for _, b := range bans {
		for _, from := range b.from {
			if strings.Contains(from, "/api") {
				continue
			}
			if !slices.ContainsFunc(slices.Collect(maps.Keys(there)), func(p string) bool { return matches(p, []string{from}) }) {
				t.Errorf("a ban is about %s, where there is nothing", from)
			}
		}
	}
}
