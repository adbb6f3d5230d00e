package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// submit posts a body and gives the form that the handler read, or the answer.
func submit(t *testing.T, body string, options ...option) (*web.Form, int) {
	t.Helper()
	var form *web.Form
	s := newSite(t, nil)
	s.Handle("POST /a", access.SelfManage, func(r *web.Request) (web.Response, error) {
		var err error
		if form, err = r.Form(); err != nil {
			return nil, err
		}
		return web.NoContent(), nil
	})
	return form, s.post("/a", body, append(options, as(clerkToken))...).Code
}

func TestFormIsClean(t *testing.T) {
	for _, test := range []struct{ name, body, want string }{
		{"letters of every kind", "a=%C3%91and%C3%BA+O%27Higgins+%D0%98%D0%B2%D0%B0%D0%BD", "Ñandú O'Higgins Иван"},
		{"lines end alike", "a=uno%0D%0Ados%0Dtres%0Acuatro", "uno\ndos\ntres\ncuatro"},
		{"a tab stays", "a=uno%09dos", "uno\tdos"},
		{"control characters go", "a=u%00n%1Bo%C2%85%7F", "uno"},
		{"markup is text", "a=%3Cscript%3E", "<script>"},
		{"space around it is typed", "a=+uno+", " uno "},
	} {
		t.Run(test.name, func(t *testing.T) {
			form, status := submit(t, test.body)
			if status != http.StatusNoContent {
				t.Fatalf("got status %d", status)
			}
			if got := form.Values.Get("a"); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got, want := form.Get("a"), strings.TrimSpace(test.want); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestFormRefuses(t *testing.T) {
	for _, test := range []struct {
		name, body string
		options    []option
		status     int
	}{
		{"a bad escape", "a=%zz", nil, 422},
		{"a semicolon", "a=1;b=2", nil, 422},
		{"text of another code page", "a=%D1and%FA", nil, 422},
		{"a name of another code page", "%FA=1", nil, 422},
		{"a name without end", strings.Repeat("a", 201) + "=1", nil, 422},
		{"too many fields", strings.Repeat("a=1&", 2001), nil, 422},
		{"another kind of body", `{"a":1}`, []option{header("Content-Type", "application/json")}, 422},
		{"no kind of body", "a=1", []option{header("Content-Type", "")}, 422},
		{"more than a megabyte", "a=" + strings.Repeat("x", 1<<20), nil, 413},
	} {
		t.Run(test.name, func(t *testing.T) {
			if form, status := submit(t, test.body, test.options...); status != test.status {
				t.Errorf("got status %d (%v), want %d", status, form, test.status)
			}
		})
	}
}

func TestQueryIsCleanOrEmpty(t *testing.T) {
	for _, test := range []struct{ query, want string }{{"q=a%00b", "ab"}, {"q=%zz", ""}, {"q=%FF", ""}} {
		s := newSite(t, nil)
		got := "?"
		s.Handle("GET /a", access.SelfManage, func(r *web.Request) (web.Response, error) {
			got = r.Query().Get("q")
			return web.NoContent(), nil
		})
		if s.get("/a?"+test.query, as(clerkToken)); got != test.want {
			t.Errorf("%s: got %q, want %q", test.query, got, test.want)
		}
	}
}

// FuzzForm posts anything: the answer is a clean form or a sentence, never a failure.
func FuzzForm(f *testing.F) {
	for _, seed := range []string{"a=1&b=2", "a=%C3%91", "a=%00", "a=%zz", "a=1;b", "=&=&&", "a=%D1", "a=\r\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		form, status := submit(t, body)
		if form == nil {
			if status != http.StatusUnprocessableEntity && status != http.StatusRequestEntityTooLarge {
				t.Fatalf("got status %d for %q", status, body)
			}
			return
		}
		for name, values := range form.Values {
			for _, v := range values {
				if !utf8.ValidString(v) || strings.IndexFunc(v, dirty) >= 0 {
					t.Errorf("got %s=%q from %q", name, v, body)
				}
			}
		}
	})
}

func dirty(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\t' }

func TestFormTakesWhatCanBeMended(t *testing.T) {
	fields := fault.Form{}
	fields.Add("curp", i18n.M("Revise la CURP."))
	for _, test := range []struct {
		name  string
		err   error
		taken bool
		field string
	}{
		{"nothing wrong", nil, false, ""},
		{"a field", fields.Err(), true, "Revise la CURP."},
		{"a conflict", fault.New(fault.Conflict, i18n.M("Ya la aceptaron.")), true, ""},
		{"a wrapped one", errors.Join(errors.New("x"), fields.Err()), true, "Revise la CURP."},
		{"what is missing", fault.Missing(), false, ""},
		{"ours", errors.New("disk"), false, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := web.NewForm(nil)
			if got := f.Fail(test.err); got != test.taken || f.Failed() != test.taken {
				t.Errorf("got taken %v, failed %v, want %v", got, f.Failed(), test.taken)
			}
			if got := f.Error("curp").Key; got != test.field {
				t.Errorf("got %q at the field, want %q", got, test.field)
			}
		})
	}
}

func TestStatusOfAFormWithErrors(t *testing.T) {
	for _, test := range []struct {
		name   string
		err    error
		status int
		title  string
	}{
		{"none", nil, 200, "<title>Persona · SIGUE</title>"},
		{"a field", fault.New(fault.Invalid, i18n.M("Revise.")), 422, "<title>Error: Persona · SIGUE</title>"},
		{"a conflict", fault.New(fault.Conflict, i18n.M("Revise.")), 409, "<title>Error: Persona · SIGUE</title>"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t, nil)
			s.Handle("POST /a", access.SelfManage, func(*web.Request) (web.Response, error) {
				f := web.NewForm(url.Values{"name": {"Juan"}})
				f.Fail(test.err)
				return web.Page(i18n.M("Persona"), templ.Join(web.ErrorSummary(f), web.Text(f, web.FieldProps{Name: "name", Label: i18n.M("Nombre")}))), nil
			})
			w := s.post("/a", "", as(clerkToken))
			wantStatus(t, w, test.status)
			wantIn(t, w.Body.String(), test.title)
			wantIn(t, w.Body.String(), `value="Juan"`) // what was typed stays
		})
	}
}

func TestFormDate(t *testing.T) {
	for _, test := range []struct {
		typed, iso string
		ok         bool
	}{
		{"", "", true}, {"  ", "", true}, {"14/3/1985", "1985-03-14", true}, {"14031985", "1985-03-14", true},
		{"1985-03-14", "1985-03-14", true}, {"30/02/2026", "", false}, {"mañana", "", false}, {"03/14/1985", "", false},
	} {
		iso, ok := web.NewForm(url.Values{"d": {test.typed}}).Date("d")
		if iso != test.iso || ok != test.ok {
			t.Errorf("%q: got %q, %v, want %q, %v", test.typed, iso, ok, test.iso, test.ok)
		}
	}
}

// render gives a part's HTML alone.
func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestDateFieldKeepsWhatWasTyped(t *testing.T) {
	p := web.FieldProps{Name: "d", Label: i18n.M("Fecha")}
	for typed, want := range map[string]string{"1985-03-14": `value="14/03/1985"`, "30/02/2026": `value="30/02/2026"`, `">x`: `value="&#34;&gt;x"`} {
		wantIn(t, render(t, web.DateField(web.NewForm(url.Values{"d": {typed}}), p)), want)
	}
}

func TestPasswordIsNeverShownAgain(t *testing.T) {
	f := web.NewForm(url.Values{"password": {"geheim"}})
	wantNotIn(t, render(t, web.Text(f, web.FieldProps{Name: "password", Label: i18n.M("Contraseña"), Type: "password"})), "geheim")
}

func TestLinksOfPartsStayHere(t *testing.T) {
	for name, part := range map[string]templ.Component{
		"back":    web.Back(i18n.M("Volver"), "javascript:alert(1)"),
		"summary": web.Summary([]web.SummaryRow{{Label: i18n.M("A"), Change: "https://evil.example"}}),
		"tasks":   web.TaskList([]web.Task{{Label: i18n.M("A"), Path: "//evil.example", State: i18n.M("B")}}),
		"pager":   web.Pager("//evil.example", ""),
		"crumbs":  web.Breadcrumb([]web.Crumb{{Text: "A", Path: "javascript:1"}}),
	} {
		html := render(t, part)
		wantNotIn(t, html, "evil")
		wantNotIn(t, html, "javascript")
		wantIn(t, html, `href="/"`)
		_ = name
	}
}

func TestSelectGroupsAndSelects(t *testing.T) {
	f := web.NewForm(url.Values{"b": {"2"}})
	html := render(t, web.Select(f, web.FieldProps{Name: "b", Label: i18n.M("Base")}, []web.Option{
		{Value: "1", Text: "Uno"}, {Value: "2", Text: "Dos", Group: "G"}, {Value: "3", Text: "Tres", Group: "G"},
	}))
	inOrder(t, html, `<option value="">`, `<option value="1">Uno`, `<optgroup label="G">`, `<option value="2" selected>Dos`, `<option value="3">Tres`, "</optgroup>")
	if got := strings.Count(html, "<optgroup"); got != 1 {
		t.Errorf("got %d groups, want 1", got)
	}
}
