package archtest

import (
	"go/ast"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// packageDocs is the rule that each package says what it is for.
func packageDocs(m *module) []finding {
	var found []finding
	for _, p := range m.pkgs {
		if len(p.files) == 0 {
			continue
		}
		want := "Package " + p.name + " "
		if p.name == "main" {
			want = "Command "
		}
		ok := slices.ContainsFunc(p.files, func(f *ast.File) bool { return f.Doc != nil && strings.HasPrefix(f.Doc.Text(), want) })
		if !ok {
			found = append(found, m.at(p.files[0].Package, "package %s has no comment that begins with %q", p.path, want+"…"))
		}
	}
	return found
}

func TestPackageDocs(t *testing.T) { check(t, packageDocs) }

func TestPackageDocsBites(t *testing.T) {
	bites(t, packageDocs, map[string]string{
		"internal/base/good/a.go":   "// Package good is good.\npackage good",
		"internal/base/good/b.go":   "package good",
		"internal/base/silent/a.go": "package silent",
		"internal/base/other/a.go":  "// This package is other.\npackage other",
		"cmd/one/main.go":           "// Command one does one thing.\npackage main",
		"cmd/two/main.go":           "// Package main does another.\npackage main",
	}, "internal/base/silent", "internal/base/other", "cmd/two")
}

// sleeps is the rule that a test waits for a signal, never for a time.
func sleeps(m *module) []finding {
	var found []finding
	for _, p := range m.pkgs {
		calls(p.tests, func(call *ast.CallExpr) {
			if isPackageCall(call, "time", "Sleep") {
				found = append(found, m.at(call.Pos(), "time.Sleep in a test: wait for what it waits for"))
			}
		})
	}
	return found
}

func TestSleeps(t *testing.T) { check(t, sleeps) }

func TestSleepsBites(t *testing.T) {
	bites(t, sleeps, map[string]string{
		"internal/base/a/a.go":      "package a",
		"internal/base/a/a_test.go": "package a\nimport \"time\"\nfunc f() { time.Sleep(1) }",
	}, "a_test.go:3: time.Sleep")
}

// clockExceptions may ask the machine for the time.
var clockExceptions = map[string]string{
	"internal/base/clock/clock.go":                        "is the clock",
	"internal/platform/web/serve.go":                      "measures how long an answer took, for the log",
	"internal/app/demo/demo.go":                           "measures how long the start took, for the screen",
	"internal/app/browser/act.go":                         "measures how long a page takes, in tests",
	"internal/base/db/dbtest/postgres.go":                 "names databases by the day, in tests",
	"internal/platform/notify/mailcatcher/mailcatcher.go": "is a mail server of its own, for tests and the demonstration",
}

// clocks is the rule that the time comes from the clock that was given.
func clocks(m *module) []finding { return clocksBut(m, clockExceptions) }

func clocksBut(m *module, exceptions map[string]string) []finding {
	var found []finding
	used := map[string]bool{}
	for _, p := range m.pkgs {
		calls(p.files, func(call *ast.CallExpr) {
			if !isPackageCall(call, "time", "Now", "Since", "Until") {
				return
			}
			file := m.file(call.Pos())
			if used[file] = true; exceptions[file] == "" {
				found = append(found, m.at(call.Pos(), "asks the machine for the time; take it from the clock or the transaction"))
			}
		})
	}
	return append(found, unused(exceptions, used)...)
}

// unused finds exceptions that nothing needs.
func unused(exceptions map[string]string, used map[string]bool) []finding {
	var found []finding
	for name := range exceptions {
		if !used[name] {
			found = append(found, finding{name, "is an exception that nothing needs any more"})
		}
	}
	return found
}

func TestClocks(t *testing.T) { check(t, clocks) }

func TestClocksBites(t *testing.T) {
	source := "package a\nimport \"time\"\nfunc f() { time.Now() }"
	rule := func(m *module) []finding {
		return clocksBut(m, map[string]string{"internal/base/b/b.go": "may", "internal/base/c/c.go": "is gone"})
	}
	bites(t, rule, map[string]string{"internal/base/a/a.go": source, "internal/base/b/b.go": source},
		"a/a.go:3: asks the machine", "c.go: is an exception that nothing needs")
}

// backgrounds is the rule that on the lower floors a context comes from the caller, so
// that what was given up stops, and a method without a context reaches no database.
func backgrounds(m *module) []finding {
	var found []finding
	for _, p := range m.pkgs {
		if !strings.HasPrefix(p.path, "internal/feature/") {
			continue
		}
		calls(p.files, func(call *ast.CallExpr) {
			if isPackageCall(call, "context", "Background", "TODO") {
				found = append(found, m.at(call.Pos(), "makes a context of its own; take the caller's"))
			}
		})
	}
	return found
}

func TestBackgrounds(t *testing.T) { check(t, backgrounds) }

func TestBackgroundsBites(t *testing.T) {
	bites(t, backgrounds, map[string]string{
		"internal/feature/person/a.go": "package a\nimport \"context\"\nfunc f() { context.Background() }",
		"internal/app/a.go":            "package a\nimport \"context\"\nfunc f() { context.Background() }",
	}, "person/a.go:3")
}

// generated is the rule that what a generator wrote says so.
func generated(m *module) []finding {
	var found []finding
	for _, p := range m.pkgs {
		for _, file := range p.files {
			if strings.HasSuffix(m.file(file.Package), "_templ.go") && !ast.IsGenerated(file) {
				found = append(found, m.at(file.Package, "is generated and does not say so"))
			}
		}
	}
	return found
}

func TestGenerated(t *testing.T) { check(t, generated) }

func TestGeneratedBites(t *testing.T) {
	bites(t, generated, map[string]string{
		"internal/app/a/a_templ.go": "package a",
		"internal/app/b/b_templ.go": "// Code generated by templ - DO NOT EDIT.\npackage b",
	}, "a_templ.go:1: is generated")
}

// forbidden are paths of a machine, which mean nothing on another. They are written in
// two halves so that this file does not hold them.
var forbidden = []string{"/wo" + "rk/", "/ro" + "ot/"}

// words is the rule that no text of the repository holds a forbidden one.
func words(files fs.FS) []finding {
	var found []finding
	_ = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", ".cache", "screenshots", "sigue-demo", "node_modules"}, d.Name()):
			return fs.SkipDir
		case d.IsDir() || !d.Type().IsRegular():
			return nil
		}
		content, err := fs.ReadFile(files, name)
		if err != nil || !utf8.Valid(content) || len(content) > 4<<20 {
			return nil // not a text
		}
		for n, line := range strings.Split(string(content), "\n") {
			for _, word := range forbidden {
				if strings.Contains(line, word) {
					found = append(found, findingAt(name, n+1, "holds "+word+", which is one machine's"))
				}
			}
		}
		return nil
	})
	return found
}

func TestWords(t *testing.T) {
	for _, f := range words(os.DirFS(filepath.Join("..", "..", ".."))) {
		t.Error(f)
	}
}

func TestWordsBites(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "notes.md"), []byte("see\n"+forbidden[0]+"main\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	found := words(os.DirFS(dir))
	if len(found) != 1 || found[0].at != "notes.md:2" {
		t.Errorf("found %v, want one at notes.md:2", found)
	}
}
