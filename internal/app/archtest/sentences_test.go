package archtest

import (
	"fmt"
	"go/ast"
	"go/constant"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// translation is one entry of a catalogue.
type translation struct {
	at       string // file:line
	key, own string
}

// sentences is the rule of the two languages: the key of every sentence is a literal, has
// an English translation with the same verbs, is given what its verbs ask for, and no
// catalogue holds what nobody says or says it in two ways.
func sentences(m *module, catalogues map[string]string) []finding {
	entries, found := readCatalogues(catalogues)
	byKey := map[string][]translation{}
	for _, e := range entries {
		byKey[e.key] = append(byKey[e.key], e)
	}
	said := map[string]bool{}
	for _, p := range m.pkgs {
		if p.path == "internal/base/i18n" {
			continue // where keys pass through
		}
		calls(p.files, func(call *ast.CallExpr) {
			at, ok := sentenceCall(call)
			if !ok {
				return
			}
			key, literal := literalOf(p, call.Args[at])
			if !literal {
				found = append(found, m.at(call.Pos(), "the sentence is not a literal, so no test can find its translation"))
				return
			}
			said[key] = true
			if len(byKey[key]) == 0 {
				found = append(found, m.at(call.Pos(), "no English translation of %q", key))
			}
			if given := len(call.Args) - at - 1; call.Ellipsis == 0 && given != verbCount(key) {
				found = append(found, m.at(call.Pos(), "%q asks for %d arguments and gets %d", key, verbCount(key), given))
			}
		})
	}
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		found = append(found, judgeEntries(byKey[key], said[key])...)
	}
	return found
}

// judgeEntries judges all translations of one sentence.
func judgeEntries(all []translation, said bool) []finding {
	var found []finding
	for _, e := range all {
		switch {
		case !said:
			found = append(found, finding{e.at, fmt.Sprintf("nobody says %q", e.key)})
		case e.own == "":
			found = append(found, finding{e.at, fmt.Sprintf("the translation of %q is empty", e.key)})
		case verbs(e.key) != verbs(e.own):
			found = append(found, finding{e.at, fmt.Sprintf("%q and %q have different verbs: %s and %s", e.key, e.own, verbs(e.key), verbs(e.own))})
		case e.own != all[0].own:
			found = append(found, finding{e.at, fmt.Sprintf("%q is %q here and %q at %s", e.key, e.own, all[0].own, all[0].at)})
		}
	}
	return found
}

// sentenceCall tells whether a call makes a sentence, and where its key stands.
func sentenceCall(call *ast.CallExpr) (key int, ok bool) {
	switch {
	case isPackageCall(call, "i18n", "M"):
		return 0, len(call.Args) > 0
	case isPackageCall(call, "i18n", "T"):
		return 1, len(call.Args) > 1
	}
	return 0, false
}

// literalOf gives the text of a literal, or of several added up. A named constant is
// none: whoever reads the call should read the sentence.
func literalOf(p *pkg, e ast.Expr) (string, bool) {
	named := false
	ast.Inspect(e, func(n ast.Node) bool {
		if _, ok := n.(*ast.Ident); ok {
			named = true
		}
		return true
	})
	value := p.info.Types[e].Value
	if named || value == nil || value.Kind() != constant.String {
		return "", false
	}
	return constant.StringVal(value), true
}

var verb = regexp.MustCompile(`%(\[\d+\])?[-+# 0]*\d*(?:\.\d+)?([a-zA-Z%])`)

// verbs lists which verb each argument gets, in the order of the arguments.
func verbs(text string) string {
	var all []string
	next := 1
	for _, v := range verb.FindAllStringSubmatch(text, -1) {
		if v[2] == "%" {
			continue
		}
		if v[1] != "" {
			next, _ = strconv.Atoi(strings.Trim(v[1], "[]"))
		}
		all = append(all, fmt.Sprintf("%d:%%%s", next, v[2]))
		next++
	}
	slices.Sort(all)
	return "[" + strings.Join(slices.Compact(all), " ") + "]"
}

func verbCount(text string) int {
	most := 0
	next := 1
	for _, v := range verb.FindAllStringSubmatch(text, -1) {
		if v[2] == "%" {
			continue
		}
		if v[1] != "" {
			next, _ = strconv.Atoi(strings.Trim(v[1], "[]"))
		}
		most = max(most, next)
		next++
	}
	return most
}

// readCatalogues reads PO files, by name.
func readCatalogues(files map[string]string) (all []translation, found []finding) {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		entries, bad := readPO(name, files[name])
		all, found = append(all, entries...), append(found, bad...)
	}
	return all, found
}

// readPO reads msgid and msgstr pairs, each of one or more quoted lines.
func readPO(name, content string) (all []translation, found []finding) {
	var e translation
	var into *string
	end := func() {
		if e.key != "" {
			all = append(all, e)
		}
		e, into = translation{}, nil
	}
	for n, line := range strings.Split(content, "\n") {
		line = strings.TrimSpace(line)
		at := fmt.Sprintf("%s:%d", name, n+1)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case strings.HasPrefix(line, "msgid "):
			end()
			e.at, into = at, &e.key
			line = strings.TrimPrefix(line, "msgid ")
		case strings.HasPrefix(line, "msgstr "):
			into = &e.own
			line = strings.TrimPrefix(line, "msgstr ")
		}
		text, err := strconv.Unquote(line)
		if err != nil || into == nil {
			found = append(found, finding{at, "is neither msgid nor msgstr nor a quoted line"})
			continue
		}
		*into += text
	}
	end()
	return all, found
}

func TestSentences(t *testing.T) {
	names, err := filepath.Glob("../../base/i18n/en/*.po")
	if err != nil || len(names) == 0 {
		t.Fatalf("catalogues = %v, %v", names, err)
	}
	files := map[string]string{}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files["internal/base/i18n/en/"+filepath.Base(name)] = string(content)
	}
	check(t, func(m *module) []finding { return sentences(m, files) })
}

func TestSentencesBites(t *testing.T) {
	const head = "package a\nimport (\"context\"; \"sigue/internal/base/i18n\")\nvar ctx context.Context\nconst word = \"Palabra\"\nvar n int\n"
	pairs := func(pairs ...string) string {
		var b strings.Builder
		b.WriteString("msgid \"\"\nmsgstr \"\"\n\"Language: en\\n\"\n")
		for i := 0; i < len(pairs); i += 2 {
			fmt.Fprintf(&b, "\nmsgid %q\nmsgstr %q\n", pairs[i], pairs[i+1])
		}
		return b.String()
	}
	for _, test := range []struct {
		name, code string
		po         map[string]string
		want       []string
	}{
		{"said and translated", `var _ = i18n.M("Sí"); var _ = i18n.T(ctx, "Quedan %d de %s", n, n)`,
			map[string]string{"a.po": pairs("Sí", "Yes", "Quedan %d de %s", "Of %[2]s, %[1]d are left")}, nil},
		{"in two lines", `var _ = i18n.M("Uno " + "dos")`, map[string]string{"a.po": "msgid \"Uno \"\n\"dos\"\nmsgstr \"One\"\n\" two\"\n"}, nil},
		{"a percent sign", `var _ = i18n.M("100 %% de %d", n)`, map[string]string{"a.po": pairs("100 %% de %d", "100%% of %d")}, nil},
		{"not translated", `var _ = i18n.M("Sí")`, nil, []string{`a.go:6: no English translation of "Sí"`}},
		{"empty", `var _ = i18n.M("Sí")`, map[string]string{"a.po": pairs("Sí", "")}, []string{"is empty"}},
		{"a variable", `func f(s string) { i18n.M(s) }`, nil, []string{"not a literal"}},
		{"a named constant", `var _ = i18n.T(ctx, word)`, nil, []string{"not a literal"}},
		{"nobody says it", ``, map[string]string{"a.po": pairs("Sí", "Yes")}, []string{`a.po:5: nobody says "Sí"`}},
		{"other verbs", `var _ = i18n.M("De %s", n)`, map[string]string{"a.po": pairs("De %s", "Of %d")}, []string{"different verbs"}},
		{"a verb is missing", `var _ = i18n.M("De %s", n)`, map[string]string{"a.po": pairs("De %s", "Of")}, []string{"different verbs"}},
		{"an argument is missing", `var _ = i18n.M("De %s a %s", n)`, map[string]string{"a.po": pairs("De %s a %s", "%s to %s")}, []string{"asks for 2 arguments and gets 1"}},
		{"two ways", `var _ = i18n.M("Sí")`, map[string]string{"a.po": pairs("Sí", "Yes"), "b.po": pairs("Sí", "Yeah")}, []string{`"Yeah" here and "Yes" at a.po:5`}},
		{"twice the same", `var _ = i18n.M("Sí")`, map[string]string{"a.po": pairs("Sí", "Yes"), "b.po": pairs("Sí", "Yes")}, nil},
		{"a broken file", ``, map[string]string{"a.po": "msgid Sí\n"}, []string{"a.po:1: is neither"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			rule := func(m *module) []finding { return sentences(m, test.po) }
			bites(t, rule, map[string]string{"internal/app/a/a.go": head + test.code}, test.want...)
		})
	}
}
