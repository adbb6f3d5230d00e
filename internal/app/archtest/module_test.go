package archtest

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/go/packages"
)

// module is the program, or an example of one.
type module struct {
	fset *token.FileSet
	pkgs []*pkg
	root string

	broken []finding // packages that do not build, which no rule could read
}

// pkg is one package without its tests, and the files of its tests apart.
type pkg struct {
	path  string // "internal/base/db"
	name  string
	files []*ast.File
	tests []*ast.File
	info  *types.Info
	types *types.Package
}

// finding is one breach of a rule.
type finding struct {
	at   string // file:line
	what string
}

func (f finding) String() string { return f.at + ": " + f.what }

// at makes a finding at a place in the source.
func (m *module) at(pos token.Pos, format string, args ...any) finding {
	p := m.fset.Position(pos)
	file := p.Filename
	if rel, err := filepath.Rel(m.root, file); err == nil && m.root != "" {
		file = rel
	}
	return finding{fmt.Sprintf("%s:%d", file, p.Line), fmt.Sprintf(format, args...)}
}

// file is the path of a file below the root.
func (m *module) file(pos token.Pos) string {
	name, _, _ := strings.Cut(m.at(pos, "").at, ":")
	return name
}

// program is the module itself, loaded once for all rules.
var program = sync.OnceValues(load)

func load() (*module, error) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		return nil, err
	}
	m := &module{fset: token.NewFileSet(), root: root}
	found, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports |
			packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo,
		Dir: root, Fset: m.fset,
	}, "./...")
	if err != nil {
		return nil, err
	}
	for _, p := range found {
		if len(p.Errors) > 0 {
			m.broken = append(m.broken, finding{p.PkgPath, "does not build: " + p.Errors[0].Error()})
			continue
		}
		one := &pkg{
			path: strings.TrimPrefix(p.PkgPath, "sigue/"), name: p.Name,
			files: p.Syntax, info: p.TypesInfo, types: p.Types,
		}
		if one.tests, err = m.parseTests(filepath.Join(root, one.path)); err != nil {
			return nil, err
		}
		m.pkgs = append(m.pkgs, one)
	}
	return m, nil
}

func (m *module) parseTests(dir string) ([]*ast.File, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, name := range names {
		file, err := parser.ParseFile(m.fset, name, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// check runs a rule over the program.
func check(t *testing.T, rule func(m *module) []finding) {
	t.Helper()
	m, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rule(m) {
		t.Error(f)
	}
}

func TestEverythingBuilds(t *testing.T) { check(t, func(m *module) []finding { return m.broken }) }

// stubs stand for what examples import: only names and types matter to the rules.
var stubs = map[string]string{
	"context": `package context; type Context interface{ Done() }`,
	"time":    `package time; type Time struct{}; type Duration int; func Now() Time; func Sleep(d Duration)`,
	"sigue/internal/base/db": `package db
		import "context"
		type Time struct{}
		type Args []any
		func (a *Args) Add(v any) string
		type Tx struct{}
		func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int, error)
		func (t *Tx) Get(ctx context.Context, dest any, query string, args ...any) error
		func (t *Tx) Select(ctx context.Context, dest any, query string, args ...any) error`,
	"sigue/internal/base/i18n": `package i18n
		import "context"
		type Msg struct{}
		func M(key string, args ...any) Msg
		func T(ctx context.Context, key string, args ...any) string`,
	"sigue/internal/platform/access": `package access
		type Permission string
		type Scope struct{}
		type Actor struct{}
		func (a Actor) Require(p Permission) (Scope, error)
		const Read Permission = "read"`,
	"github.com/a-h/templ": `package templ; type Attributes map[string]any`,
}

// example makes a module of a few files. What it imports and is neither among them nor
// among the stubs is an empty package, and errors of type are let pass.
func example(t *testing.T, sources map[string]string) *module {
	t.Helper()
	m := &module{fset: token.NewFileSet()}
	byPath := map[string]*pkg{}
	for name, text := range sources {
		if !strings.HasSuffix(name, ".go") {
			continue
		}
		file, err := parser.ParseFile(m.fset, name, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		p := byPath[path.Dir(name)]
		if p == nil {
			p = &pkg{path: path.Dir(name), name: strings.TrimSuffix(file.Name.Name, "_test")}
			byPath[p.path] = p
			m.pkgs = append(m.pkgs, p)
		}
		if strings.HasSuffix(name, "_test.go") {
			p.tests = append(p.tests, file)
		} else {
			p.files = append(p.files, file)
		}
	}
	slices.SortFunc(m.pkgs, func(a, b *pkg) int { return cmp.Compare(a.path, b.path) })
	r := &resolver{m: m, pkgs: byPath, done: map[string]*types.Package{}}
	for _, p := range m.pkgs {
		_, _ = r.Import("sigue/" + p.path)
	}
	return m
}

// resolver type-checks an example.
type resolver struct {
	m    *module
	pkgs map[string]*pkg
	done map[string]*types.Package
}

// Import checks a package of the example or a stub.
func (r *resolver) Import(name string) (*types.Package, error) {
	if p, ok := r.done[name]; ok {
		return p, nil
	}
	config := &types.Config{Importer: r, Error: func(error) {}}
	if p, ok := r.pkgs[strings.TrimPrefix(name, "sigue/")]; ok {
		p.info = &types.Info{
			Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{},
			Defs: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
		}
		p.types, _ = config.Check(name, r.m.fset, p.files, p.info)
		r.done[name] = p.types
		return p.types, nil
	}
	text, ok := stubs[name]
	if !ok {
		r.done[name] = types.NewPackage(name, path.Base(name))
		r.done[name].MarkComplete()
		return r.done[name], nil
	}
	file, err := parser.ParseFile(r.m.fset, name+".go", text, 0)
	if err != nil {
		return nil, err
	}
	r.done[name], _ = config.Check(name, r.m.fset, []*ast.File{file}, nil)
	return r.done[name], nil
}

// bites checks that a rule finds in an example what it should, and nothing in one that
// keeps it. Each want is a part of one finding, in the order of the findings.
func bites(t *testing.T, rule func(m *module) []finding, sources map[string]string, want ...string) {
	t.Helper()
	found := rule(example(t, sources))
	said := make([]string, len(found))
	for i, f := range found {
		said[i] = f.String()
	}
	slices.Sort(said)
	if len(found) != len(want) {
		t.Fatalf("findings = %d, want %d:\n%s", len(found), len(want), strings.Join(said, "\n"))
	}
	for _, part := range want {
		if !slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, part) }) {
			t.Errorf("no finding says %q:\n%s", part, strings.Join(said, "\n"))
		}
	}
}

// importsOf lists what files import, with where.
func importsOf(files []*ast.File) map[string]token.Pos {
	all := map[string]token.Pos{}
	for _, file := range files {
		for _, spec := range file.Imports {
			if name, err := strconv.Unquote(spec.Path.Value); err == nil {
				all[name] = spec.Pos()
			}
		}
	}
	return all
}

// calls walks every call of some files.
func calls(files []*ast.File, visit func(call *ast.CallExpr)) {
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				visit(call)
			}
			return true
		})
	}
}

// isPackageCall tells whether a call is pkg.Name(…), by the import's last word.
func isPackageCall(call *ast.CallExpr, pkg string, names ...string) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !slices.Contains(names, sel.Sel.Name) {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && x.Name == pkg
}
