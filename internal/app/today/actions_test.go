package today

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// TestEveryActionHasASentence reads the source: what any room appends to the ledger can
// be read by an auditor, and the table holds nothing that no room appends.
func TestEveryActionHasASentence(t *testing.T) {
	used := actionsIn(t, os.DirFS("../.."))
	if len(used) < 50 {
		t.Errorf("found %d actions in the source, want all: %v", len(used), slices.Sorted(maps.Keys(used)))
	}
	for action, at := range used {
		if _, ok := actions[action]; !ok {
			t.Errorf("%s: the action %q has no sentence in internal/app/today/actions.go", at, action)
		}
	}
	for action := range actions {
		if used[action] == "" {
			t.Errorf("internal/app/today/actions.go: no room appends %q", action)
		}
	}
}

func TestActionsAreFound(t *testing.T) {
	const source = `package room
import "sigue/internal/platform/ledger"
func note(tx int, action, reason string) {}
func (r row) entry(n int, action string, changes ...ledger.Change) ledger.Entry { return ledger.Entry{Action: action} }
func do(r row) {
	note(1, "room.note", "not.this")
	r.entry(1, "room.entry")
	action, at := "room.first", 2
	action = "room.second"
	e := ledger.Entry{Action: "room.literal"}
	e.Action = "room.late"
	t := told{notice: 1, action: "room.told"}
	job := Kind{Name: "room.job"}
}
var handler = thing{Action: "/path"}
`
	got := actionsIn(t, fstest.MapFS{"room/a.go": {Data: []byte(source)}})
	want := []string{"room.entry", "room.first", "room.late", "room.literal", "room.note", "room.second", "room.told"}
	if keys := slices.Sorted(maps.Keys(got)); !slices.Equal(keys, want) {
		t.Errorf("got %v, want %v", keys, want)
	}
}

// actionsIn finds the actions of ledger entries in the Go files of a folder, each with a
// place where it stands: what is given to a parameter, a variable or a field named
// "action". An entry whose action comes from elsewhere would escape, and is refused.
func actionsIn(t *testing.T, root fs.FS) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, files := range packagesOf(t, root) {
		takers := actionTakers(files.all)
		for _, file := range files.all {
			ast.Inspect(file, func(n ast.Node) bool {
				for _, value := range actionValues(n, takers) {
					switch v := value.(type) {
					case *ast.BasicLit:
						if text, err := strconv.Unquote(v.Value); err == nil && actionForm.MatchString(text) {
							found[text] = files.set.Position(v.Pos()).String()
						}
					default: // a parameter or variable, whose values are found where they are given
						if !strings.EqualFold(nameOf(v), "action") && (isEntry(n) || isCall(n)) {
							t.Errorf("%s: an entry's action is a literal, or a variable named %q that is given one", files.set.Position(v.Pos()), "action")
						}
					}
				}
				return true
			})
		}
	}
	return found
}

var actionForm = regexp.MustCompile(`^[a-z_]+\.[a-z_]+$`)

// sources are the files of one package.
type sources struct {
	set *token.FileSet
	all []*ast.File
}

func packagesOf(t *testing.T, root fs.FS) map[string]*sources {
	t.Helper()
	all := map[string]*sources{}
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
			return err
		}
		text, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		folder := filepath.Dir(path)
		if all[folder] == nil {
			all[folder] = &sources{set: token.NewFileSet()}
		}
		file, err := parser.ParseFile(all[folder].set, path, text, parser.SkipObjectResolution)
		if file != nil { // half of a file that somebody is writing is better than none
			all[folder].all = append(all[folder].all, file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// actionTakers are the functions of a package with a parameter named "action", and which
// it is.
func actionTakers(files []*ast.File) map[string]int {
	takers := map[string]int{}
	for _, file := range files {
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			at := 0
			for _, field := range f.Type.Params.List {
				for _, name := range field.Names {
					if kind, ok := field.Type.(*ast.Ident); ok && name.Name == "action" && kind.Name == "string" {
						takers[f.Name.Name] = at
					}
					at++
				}
			}
		}
	}
	return takers
}

// actionValues are the expressions that a node gives as an action.
func actionValues(n ast.Node, takers map[string]int) []ast.Expr {
	switch n := n.(type) {
	case *ast.CallExpr:
		if at, ok := takers[calleeName(n)]; ok && at < len(n.Args) {
			return n.Args[at : at+1]
		}
	case *ast.AssignStmt:
		var values []ast.Expr
		for i, left := range n.Lhs {
			if strings.EqualFold(nameOf(left), "action") && i < len(n.Rhs) {
				values = append(values, n.Rhs[i])
			}
		}
		return values
	case *ast.KeyValueExpr:
		if strings.EqualFold(nameOf(n.Key), "action") {
			return []ast.Expr{n.Value}
		}
	case *ast.CompositeLit:
		if isEntry(n) {
			for _, element := range n.Elts {
				if pair, ok := element.(*ast.KeyValueExpr); ok && nameOf(pair.Key) == "Action" {
					return []ast.Expr{pair.Value}
				}
			}
		}
	}
	return nil
}

// isEntry tells whether a node is a literal of ledger.Entry.
func isEntry(n ast.Node) bool {
	literal, ok := n.(*ast.CompositeLit)
	if !ok {
		return false
	}
	kind, ok := literal.Type.(*ast.SelectorExpr)
	return ok && kind.Sel.Name == "Entry" && nameOf(kind.X) == "ledger"
}

func isCall(n ast.Node) bool {
	_, ok := n.(*ast.CallExpr)
	return ok
}

func calleeName(call *ast.CallExpr) string { return nameOf(call.Fun) }

// nameOf is the last name of an expression: of x.Action, "Action".
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}
