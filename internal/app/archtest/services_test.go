package archtest

import (
	"go/ast"
	"go/types"
	"strings"
	"testing"
)

// serviceExceptions are exported methods of a Service that do not ask for a permission.
var serviceExceptions = map[string]string{}

// services is the rule that permission and filter are one: each exported method of a type
// named Service on the feature floor takes (ctx, actor, …) and asks actor.Require before
// it does anything. Two kinds are free of it: a method without a context, which cannot
// reach the database, and one named …Tx that takes (ctx, tx, …), which runs inside the
// transaction of a method that has asked.
func services(m *module) []finding { return servicesBut(m, serviceExceptions) }

func servicesBut(m *module, exceptions map[string]string) []finding {
	var found []finding
	used := map[string]bool{}
	for _, p := range m.pkgs {
		if !strings.HasPrefix(p.path, "internal/feature/") {
			continue
		}
		c := &serviceCheck{p: p, bodies: declarations(p)}
		for _, file := range p.files {
			for _, decl := range file.Decls {
				method, ok := decl.(*ast.FuncDecl)
				if !ok || receiver(method) != "Service" || !method.Name.IsExported() {
					continue
				}
				why := c.judge(method)
				if why == "" {
					continue
				}
				name := p.path + "." + method.Name.Name
				if used[name] = true; exceptions[name] == "" {
					found = append(found, m.at(method.Pos(), "Service.%s %s", method.Name.Name, why))
				}
			}
		}
	}
	return append(found, unused(exceptions, used)...)
}

// serviceCheck judges the methods of one package.
type serviceCheck struct {
	p      *pkg
	bodies map[types.Object]*ast.FuncDecl
}

func declarations(p *pkg) map[types.Object]*ast.FuncDecl {
	all := map[types.Object]*ast.FuncDecl{}
	for _, file := range p.files {
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok {
				all[p.info.Defs[f.Name]] = f
			}
		}
	}
	return all
}

// judge tells what is wrong with a method; "" when nothing is.
func (c *serviceCheck) judge(method *ast.FuncDecl) string {
	params := parameters(c.p, method)
	switch {
	case !takes(params, 0, "context.Context"):
		return ""
	case takes(params, 1, "*sigue/internal/base/db.Tx"):
		if !strings.HasSuffix(method.Name.Name, "Tx") {
			return "takes a transaction: name it …Tx"
		}
		return ""
	case !takes(params, 1, "sigue/internal/platform/access.Actor"):
		return "does not take (ctx context.Context, actor access.Actor, …)"
	case !c.asksFirst(method, params[1].name, 0):
		return "does not begin with actor.Require"
	}
	return ""
}

// asksFirst tells whether the first call of a body asks actor.Require, by itself or by
// a function of the same package that does so first and says so in a comment.
func (c *serviceCheck) asksFirst(f *ast.FuncDecl, actor string, depth int) bool {
	if f.Body == nil || depth > 3 {
		return false
	}
	for _, statement := range f.Body.List {
		call := firstCall(statement)
		if call == nil {
			if working(statement) {
				return false
			}
			continue
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Require" {
			x, ok := sel.X.(*ast.Ident)
			return ok && x.Name == actor
		}
		helper := c.bodies[c.callee(call)]
		if helper == nil || helper.Doc == nil {
			return false
		}
		handed := -1
		for i, arg := range call.Args {
			if x, ok := arg.(*ast.Ident); ok && x.Name == actor {
				handed = i
			}
		}
		params := parameters(c.p, helper)
		return handed >= 0 && handed < len(params) && c.asksFirst(helper, params[handed].name, depth+1)
	}
	return false
}

func (c *serviceCheck) callee(call *ast.CallExpr) types.Object {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return c.p.info.Uses[f]
	case *ast.SelectorExpr:
		return c.p.info.Uses[f.Sel]
	}
	return nil
}

// working tells whether a statement without a call may do something: leave or branch.
func working(statement ast.Stmt) bool {
	switch statement.(type) {
	case *ast.DeclStmt, *ast.AssignStmt, *ast.EmptyStmt:
		return false
	}
	return true
}

// firstCall is the first call that a statement makes for certain; nil when it makes none
// or only under a condition.
func firstCall(statement ast.Stmt) (first *ast.CallExpr) {
	certain := []ast.Node{statement}
	switch s := statement.(type) {
	case *ast.IfStmt:
		certain = []ast.Node{s.Cond}
		if s.Init != nil {
			certain = []ast.Node{s.Init, s.Cond}
		}
	case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt, *ast.GoStmt, *ast.DeferStmt:
		return nil
	}
	for _, node := range certain {
		ast.Inspect(node, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && first == nil {
				first = call
			}
			return first == nil
		})
	}
	return first
}

type parameter struct {
	name string
	kind types.Type
}

func parameters(p *pkg, f *ast.FuncDecl) []parameter {
	var all []parameter
	for _, field := range f.Type.Params.List {
		kind := p.info.Types[field.Type].Type
		if len(field.Names) == 0 {
			all = append(all, parameter{"_", kind})
		}
		for _, name := range field.Names {
			all = append(all, parameter{name.Name, kind})
		}
	}
	return all
}

func takes(params []parameter, i int, kind string) bool {
	return i < len(params) && params[i].kind != nil && params[i].kind.String() == kind
}

// receiver is the name of the type that a method is of.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return ""
	}
	kind := f.Recv.List[0].Type
	if star, ok := kind.(*ast.StarExpr); ok {
		kind = star.X
	}
	if name, ok := kind.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

func TestServices(t *testing.T) { check(t, services) }

func TestServicesBites(t *testing.T) {
	const head = `package person
import ("context"; "sigue/internal/platform/access"; "sigue/internal/base/db")
type Service struct{ n int }
type Other struct{}
func load() error { return nil }
`
	for _, test := range []struct{ name, code, want string }{
		{"asks", `func (s *Service) Good(ctx context.Context, actor access.Actor) error { scope, err := actor.Require(access.Read); _ = scope; return err }`, ""},
		{"asks inside an if", `func (s *Service) Good(ctx context.Context, actor access.Actor) error { if _, err := actor.Require(access.Read); err != nil { return err }; return load() }`, ""},
		{"declares before it asks", `func (s *Service) Good(ctx context.Context, actor access.Actor) (err error) { var out int; n := 0; _, err = actor.Require(access.Read); _, _ = out, n; return err }`, ""},
		{"does not ask", `func (s *Service) Bad(ctx context.Context, actor access.Actor) error { return nil }`, "Service.Bad does not begin"},
		{"asks too late", `func (s *Service) Bad(ctx context.Context, actor access.Actor) error { if err := load(); err != nil { return err }; _, err := actor.Require(access.Read); return err }`, "Service.Bad does not begin"},
		{"asks only sometimes", `func (s *Service) Bad(ctx context.Context, actor access.Actor) error { if s.n > 0 { _, err := actor.Require(access.Read); return err }; return nil }`, "Service.Bad does not begin"},
		{"leaves before it asks", `func (s *Service) Bad(ctx context.Context, actor access.Actor) error { if s.n > 0 { return nil }; _, err := actor.Require(access.Read); return err }`, "Service.Bad does not begin"},
		{"asks for another", `func (s *Service) Bad(ctx context.Context, actor access.Actor) error { other := access.Actor{}; _, err := other.Require(access.Read); return err }`, "Service.Bad does not begin"},
		{"takes no actor", `func (s *Service) Bad(ctx context.Context, id string) error { return nil }`, "Service.Bad does not take"},
		{"takes it elsewhere", `func (s *Service) Bad(ctx context.Context, id string, actor access.Actor) error { _, err := actor.Require(access.Read); return err }`, "Service.Bad does not take"},
		{"a helper asks", `// change asks for the permission and runs.
func (s *Service) change(ctx context.Context, who access.Actor, fn func() error) error { if _, err := who.Require(access.Read); err != nil { return err }; return fn() }
func (s *Service) Good(ctx context.Context, actor access.Actor) error { return s.change(ctx, actor, load) }`, ""},
		{"a helper without a comment", `func (s *Service) change(ctx context.Context, who access.Actor) error { _, err := who.Require(access.Read); return err }
func (s *Service) Bad(ctx context.Context, actor access.Actor) error { return s.change(ctx, actor) }`, "Service.Bad does not begin"},
		{"a helper that does not ask", `// change runs.
func (s *Service) change(ctx context.Context, who access.Actor) error { return load() }
func (s *Service) Bad(ctx context.Context, actor access.Actor) error { return s.change(ctx, actor) }`, "Service.Bad does not begin"},
		{"inside a transaction", `func (s *Service) NameTx(ctx context.Context, tx *db.Tx, id string) error { return nil }`, ""},
		{"a transaction by another name", `func (s *Service) Name(ctx context.Context, tx *db.Tx, id string) error { return nil }`, "name it …Tx"},
		{"without a context", `func (s *Service) Count() int { return s.n }`, ""},
		{"not exported", `func (s *Service) load(ctx context.Context) error { return nil }`, ""},
		{"of another type", `func (o *Other) Load(ctx context.Context) error { return nil }`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var want []string
			if test.want != "" {
				want = append(want, test.want)
			}
			bites(t, services, map[string]string{"internal/feature/person/service.go": head + test.code}, want...)
		})
	}
}

// pages is the rule that an http folder reaches no database: it names neither db.DB nor
// db.Tx. It may name what else db has, an id or a time.
func pages(m *module) []finding {
	var found []finding
	for _, p := range m.pkgs {
		if !matches(p.path, []string{featureHTTP}) {
			continue
		}
		for _, file := range p.files {
			ast.Inspect(file, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if !ok || (sel.Sel.Name != "DB" && sel.Sel.Name != "Tx") {
					return true
				}
				if object := p.info.Uses[sel.Sel]; object != nil && object.Pkg() != nil && object.Pkg().Path() == "sigue/internal/base/db" {
					found = append(found, m.at(sel.Pos(), "names db.%s: a page asks its service, which asks for the permission", sel.Sel.Name))
				}
				return true
			})
		}
	}
	return found
}

func TestPages(t *testing.T) { check(t, pages) }

func TestPagesBites(t *testing.T) {
	source := func(name string) string {
		return "package " + name + "\nimport \"sigue/internal/base/db\"\nvar a db.Time\nvar tx *db.Tx\n"
	}
	bites(t, pages, map[string]string{
		"internal/feature/person/personhttp/a.go": source("personhttp"),
		"internal/feature/person/a.go":            source("person"),
	}, "personhttp/a.go:4: names db.Tx")
}
