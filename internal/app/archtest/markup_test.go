package archtest

import (
	"go/ast"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// untranslated is what may stand in a page as it is.
var untranslated = []string{"SIGUE", "SHA-256"}

// readAloud are the attributes that a person reads or hears.
var readAloud = []string{"aria-label", "aria-description", "title", "placeholder", "alt", "label"}

var onEvent = regexp.MustCompile(`^on[a-z]+$`)

// markup is the rule about the HTML that templates write: no text in it that has no
// translation, no style or script in it that the content policy would refuse.
func markup(m *module) []finding {
	var found []finding
	for _, p := range m.pkgs {
		for _, file := range p.files {
			if !strings.HasSuffix(m.file(file.Package), "_templ.go") {
				continue
			}
			for _, decl := range file.Decls {
				found = append(found, markupOf(m, decl)...)
			}
		}
		found = append(found, spreadAttributes(m, p)...)
	}
	return found
}

// markupOf reads the strings that one component writes, in their order.
func markupOf(m *module, decl ast.Decl) []finding {
	var found []finding
	r := &reader{}
	ast.Inspect(decl, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || !isPackageCall(call, "templruntime", "WriteString") || len(call.Args) < 3 {
			return true
		}
		literal, ok := call.Args[2].(*ast.BasicLit)
		if !ok {
			return true
		}
		text, err := strconv.Unquote(literal.Value)
		if err != nil {
			return true
		}
		for _, what := range r.read(text) {
			found = append(found, m.at(literal.Pos(), "%s", what))
		}
		return true
	})
	return found
}

// reader follows HTML through the pieces in which a template writes it.
type reader struct {
	inTag     bool
	quote     byte // of the attribute's value that it is in
	tag       string
	attribute string
	value     strings.Builder
}

// read takes the next piece and gives what is wrong in it.
func (r *reader) read(piece string) []string {
	var found []string
	var text strings.Builder
	say := func() {
		if word := wording(text.String()); word != "" {
			found = append(found, "text without a translation: "+strconv.Quote(word))
		}
		text.Reset()
	}
	for i := 0; i < len(piece); i++ {
		c := piece[i]
		switch {
		case r.quote != 0:
			if c == r.quote {
				found = append(found, r.endValue()...)
			} else {
				r.value.WriteByte(c)
			}
		case r.inTag && c == '>':
			found = append(found, r.endTag()...)
		case r.inTag && (c == '"' || c == '\''):
			r.quote = c
			r.attribute = strings.ToLower(strings.TrimSuffix(lastWord(r.value.String()), "="))
			r.value.Reset()
		case r.inTag:
			r.value.WriteByte(c)
		case c == '<':
			say()
			r.inTag, r.tag = true, tagName(piece[i+1:])
			r.value.Reset()
		default:
			text.WriteByte(c)
		}
	}
	if r.quote != 0 { // what follows is written by the program
		found = append(found, r.judgeValue()...)
		r.value.Reset()
	}
	say()
	return found
}

func (r *reader) endTag() []string {
	r.inTag = false
	rest := r.value.String()
	r.value.Reset()
	if r.tag == "style" || (r.tag == "script" && !strings.Contains(rest, "src=") && r.attribute != "src") {
		return []string{"<" + r.tag + "> inside the page, which the content policy refuses"}
	}
	return nil
}

func (r *reader) endValue() []string {
	found := r.judgeValue()
	r.quote = 0
	r.value.Reset()
	return found
}

// judgeValue judges a piece of an attribute's value.
func (r *reader) judgeValue() []string {
	switch {
	case r.attribute == "style" || onEvent.MatchString(r.attribute):
		return []string{"attribute " + r.attribute + ", which the content policy refuses"}
	case slices.Contains(readAloud, r.attribute):
		if word := wording(r.value.String()); word != "" {
			return []string{"attribute " + r.attribute + " without a translation: " + strconv.Quote(word)}
		}
	}
	return nil
}

func lastWord(text string) string {
	words := strings.Fields(text)
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}

func tagName(text string) string {
	end := strings.IndexFunc(text, func(c rune) bool {
		return c != '/' && !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '-' && c != '!'
	})
	if end < 0 {
		end = len(text)
	}
	return strings.ToLower(text[:end])
}

var entity = regexp.MustCompile(`&[a-z]+;|&#\d+;`)

// wording gives the words of a text, but for those that may stand as they are.
func wording(text string) string {
	text = entity.ReplaceAllString(text, " ")
	for _, word := range untranslated {
		text = strings.ReplaceAll(text, word, "")
	}
	if !strings.ContainsFunc(text, unicode.IsLetter) {
		return ""
	}
	return strings.TrimSpace(text)
}

// spreadAttributes finds the same in attributes that are made in Go.
func spreadAttributes(m *module, p *pkg) []finding {
	var found []finding
	for _, file := range p.files {
		ast.Inspect(file, func(n ast.Node) bool {
			literal, ok := n.(*ast.CompositeLit)
			if !ok || p.info.Types[literal].Type == nil || p.info.Types[literal].Type.String() != "github.com/a-h/templ.Attributes" {
				return true
			}
			for _, element := range literal.Elts {
				pair, ok := element.(*ast.KeyValueExpr)
				if !ok {
					continue
				}
				key := p.info.Types[pair.Key].Value
				if key == nil {
					continue
				}
				name := strings.Trim(key.ExactString(), `"`)
				value, isText := pair.Value.(*ast.BasicLit)
				switch {
				case name == "style" || onEvent.MatchString(name):
					found = append(found, m.at(pair.Pos(), "attribute %s, which the content policy refuses", name))
				case slices.Contains(readAloud, name) && isText && wording(value.Value) != "":
					found = append(found, m.at(pair.Pos(), "attribute %s without a translation: %s", name, value.Value))
				}
			}
			return true
		})
	}
	return found
}

func TestMarkup(t *testing.T) { check(t, markup) }

func TestMarkupBites(t *testing.T) {
	for _, test := range []struct {
		name   string
		pieces []string
		want   []string
	}{
		{"tags only", []string{`<p class="hint" id="a">`, `</p><ul><li>`, `</li></ul> · 12 &nbsp; SIGUE`}, nil},
		{"a text", []string{`<p>Hola `, `</p>`}, []string{`text without a translation: "Hola"`}},
		{"a text after a value", []string{`<a href="`, `">Ver</a>`}, []string{`"Ver"`}},
		{"a text between conditions", []string{`<p`, ` class="a"`, `>`, `Fin</p>`}, []string{`"Fin"`}},
		{"a label", []string{`<nav aria-label="Menú">`}, []string{"attribute aria-label"}},
		{"a label with a gap", []string{`<nav aria-label="Menú `, `">`}, []string{"attribute aria-label"}},
		{"a label of the program", []string{`<nav aria-label="`, `">`}, nil},
		{"alt", []string{`<img src="a.png" alt="foto">`}, []string{"attribute alt"}},
		{"placeholder", []string{`<input name="a" placeholder='nombre'>`}, []string{"attribute placeholder"}},
		{"other attributes", []string{`<input type="text" name="nombre" autocomplete="off" data-fill="x">`}, nil},
		{"style", []string{`<p style="color: red">`}, []string{"attribute style"}},
		{"an event", []string{`<button type="button" onclick="f()">`}, []string{"attribute onclick"}},
		{"a script", []string{`<script>f()</script>`}, []string{"<script> inside", `"f()"`}},
		{"a script of a file", []string{`<script type="module" src="`, `"></script>`}, nil},
		{"a style sheet inside", []string{`<style>`, `</style>`}, []string{"<style> inside"}},
		{"the doctype", []string{`<!doctype html><html lang="`, `">`}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var b strings.Builder
			b.WriteString("// Code generated by templ - DO NOT EDIT.\npackage a\nfunc f() {\n")
			for _, piece := range test.pieces {
				b.WriteString("templruntime.WriteString(buffer, 1, " + strconv.Quote(piece) + ")\n")
			}
			bites(t, markup, map[string]string{"internal/app/a/a_templ.go": b.String() + "}"}, test.want...)
		})
	}
	t.Run("attributes made in Go", func(t *testing.T) {
		bites(t, markup, map[string]string{"internal/app/a/a.go": `package a
import "github.com/a-h/templ"
var _ = templ.Attributes{"style": "x", "onfocus": "f()", "aria-label": "Menú", "title": x, "class": "a"}
var x string`}, "attribute style", "attribute onfocus", "attribute aria-label")
	})
}
