package web

import (
	"context"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"sigue/internal/base/i18n"
)

// FieldProps describes one field of a form. Label and Name are required.
type FieldProps struct {
	Name  string
	Label i18n.Msg
	Hint  i18n.Msg

	Required bool // others are marked "(opcional)"
	Plain    bool // no such mark: filters, sign-in
	Type     string
	Width    Width

	Autocomplete string // "off" when empty: most fields are about somebody else
	Inputmode    string
	MaxLength    int
	Rows         int      // of a Textarea; 5 when 0
	Fill         string   // path that is asked for values of other fields, see the package comment
	Accept       string   // of a FileField: ".pdf,.jpg,.jpeg,.png"
	Multiple     bool     // of a FileField
	Inline       bool     // Radios and Checkboxes in one row: short answers
	Empty        i18n.Msg // first choice of a Select; "Elija una opción" when zero

	date bool
}

// Width is how wide a field looks, which tells how much is expected.
type Width string

// The widths; the zero value fills the column.
const (
	WidthFull   Width = ""
	WidthTiny   Width = "w-tiny"   // 4 characters
	WidthShort  Width = "w-short"  // 10 characters: dates, codes
	WidthMedium Width = "w-medium" // 20 characters: CURP, telephone
)

// Option is one choice. Label is a sentence of the program, Text is data such as a name;
// one of them is enough.
type Option struct {
	Value string
	Label i18n.Msg
	Text  string
	Hint  i18n.Msg
	Group string // of a Select
}

func (o Option) show(ctx context.Context) string {
	if !o.Label.IsZero() {
		return i18n.Show(ctx, o.Label)
	}
	return o.Text
}

// Yes is the value of a ticked Check.
const Yes = "si"

// fieldID is the id of a field, by which error links reach it.
func fieldID(name string) string { return "c-" + name }

func optionID(name string, i int) string {
	if i == 0 {
		return fieldID(name) // the error link goes to the first answer
	}
	return fieldID(name) + "-" + strconv.Itoa(i)
}

// describedBy lists the ids of hint and error.
func describedBy(f *Form, p FieldProps) string {
	var ids []string
	if !p.Hint.IsZero() {
		ids = append(ids, fieldID(p.Name)+"-a")
	}
	if m := f.Error(p.Name); !m.IsZero() {
		ids = append(ids, fieldID(p.Name)+"-e")
	}
	return strings.Join(ids, " ")
}

// attributes are those that input, select and textarea share.
func attributes(f *Form, p FieldProps) templ.Attributes {
	a := templ.Attributes{"id": fieldID(p.Name), "name": p.Name}
	put := func(name, value string) {
		if value != "" {
			a[name] = value
		}
	}
	put("aria-describedby", describedBy(f, p))
	put("class", string(p.Width))
	put("inputmode", p.Inputmode)
	put("data-fill", p.Fill)
	if m := f.Error(p.Name); !m.IsZero() {
		a["aria-invalid"] = "true"
	}
	if p.Required {
		a["aria-required"] = "true" // not "required": our own sentence says what is missing
	}
	if p.MaxLength > 0 {
		a["maxlength"] = strconv.Itoa(p.MaxLength)
	}
	return a
}

func inputAttributes(f *Form, p FieldProps) templ.Attributes {
	a := attributes(f, p)
	a["type"] = orElse(p.Type, "text")
	a["autocomplete"] = orElse(p.Autocomplete, "off")
	if p.Type != "password" {
		a["value"] = f.Values.Get(p.Name)
	}
	if p.date {
		a["data-date"] = true
	}
	if p.Type == "search" {
		a["data-search"] = "/"
	}
	return a
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func rows(p FieldProps) string {
	if p.Rows == 0 {
		return "5"
	}
	return strconv.Itoa(p.Rows)
}

// FormProps describes a form.
type FormProps struct {
	Action   string // where it posts; empty posts to the page's own address
	Autosave bool   // not with Upload
	Version  int    // of the draft, with Autosave
	Upload   bool   // multipart: it holds a FileField
	Class    string
}

func formAttributes(p FormProps) templ.Attributes {
	a := templ.Attributes{"method": "post", "novalidate": true, "data-once": true}
	if p.Action != "" {
		a["action"] = p.Action
	}
	if p.Class != "" {
		a["class"] = p.Class
	}
	if p.Autosave {
		a["data-autosave"] = true
	}
	if p.Upload {
		a["enctype"] = "multipart/form-data"
	}
	return a
}

// failureLine is one error of a form in its summary.
type failureLine struct {
	Name   string
	Text   i18n.Msg
	OnPage bool
}

// TagKind is what a tag, a notice or a task says besides its words: a colour and a shape.
type TagKind string

// The kinds.
const (
	TagPlain  TagKind = ""
	TagBrand  TagKind = "brand"  // in process
	TagGood   TagKind = "good"   // done
	TagWait   TagKind = "wait"   // waits for somebody
	TagUrgent TagKind = "urgent" // cannot wait
	TagBad    TagKind = "bad"    // went wrong
)

func classes(names ...string) string {
	return strings.Join(strings.Fields(strings.Join(names, " ")), " ")
}

// TimelineItem is one thing that happened.
type TimelineItem struct {
	Title  i18n.Msg
	Detail i18n.Msg
	Text   string // what somebody wrote about it
	At     time.Time
	Who    string
	Kind   TagKind
}

// SummaryRow is one answer to check. Show it by Value (what was typed) or Label of a
// catalogue (Text); Lines adds more lines.
type SummaryRow struct {
	Label  i18n.Msg
	Value  string
	Text   i18n.Msg
	Lines  []string
	Change string // path of the change link; empty for none
}

// Task is one section of a long form.
type Task struct {
	Label i18n.Msg
	Hint  i18n.Msg
	Path  string // empty while it cannot be opened
	Kind  TagKind
	State i18n.Msg // "Completa", "Sin empezar"
}

// Crumb is one step of the way to a page; the last has no path.
type Crumb struct {
	Label i18n.Msg
	Text  string
	Path  string
}

func (c Crumb) show(ctx context.Context) string {
	return Option{Label: c.Label, Text: c.Text}.show(ctx)
}

// lines are the form's errors in the order of the page's fields; those of fields that the
// page lacks come last, without a link.
func (f *Form) lines(seen *notes) []failureLine {
	lines := make([]failureLine, 0, len(f.Errors))
	for name, text := range f.Errors {
		_, onPage := seen.fields[name]
		lines = append(lines, failureLine{name, text, onPage})
	}
	rank := func(l failureLine) int {
		if !l.OnPage {
			return len(seen.fields)
		}
		return seen.fields[l.Name]
	}
	sort.Slice(lines, func(i, j int) bool {
		if a, b := rank(lines[i]), rank(lines[j]); a != b {
			return a < b
		}
		return lines[i].Name < lines[j].Name
	})
	return lines
}

type group struct {
	name    string
	options []Option
}

// groups keeps the order of the options and puts neighbours of one group together.
func groups(options []Option) []group {
	var all []group
	for _, o := range options {
		if n := len(all); n == 0 || all[n-1].name != o.Group {
			all = append(all, group{name: o.Group})
		}
		last := &all[len(all)-1]
		last.options = append(last.options, o)
	}
	return all
}

func inlineClass(p FieldProps) string {
	if p.Inline {
		return "inline"
	}
	return ""
}

func groupAttributes(f *Form, p FieldProps) templ.Attributes {
	a := templ.Attributes{}
	if ids := describedBy(f, p); ids != "" {
		a["aria-describedby"] = ids
	}
	return a
}

func hintAttributes(name string, i int, o Option) templ.Attributes {
	if o.Hint.IsZero() {
		return nil
	}
	return templ.Attributes{"aria-describedby": optionID(name, i) + "-o"}
}

func fileAttributes(f *Form, p FieldProps) templ.Attributes {
	a := attributes(f, p)
	if p.Accept != "" {
		a["accept"] = p.Accept
	}
	if p.Multiple {
		a["multiple"] = true
	}
	return a
}

// dateForm shows an ISO value of a field as dd/mm/aaaa.
func dateForm(f *Form, name string) *Form {
	shown := *f
	shown.Values = url.Values{name: {ShowDate(f.Get(name))}}
	return &shown
}

func dateProps(p FieldProps) FieldProps {
	p.date = true
	if p.Hint.IsZero() {
		p.Hint = i18n.M("Día, mes y año: 05/12/2026")
	}
	if p.Width == "" {
		p.Width = WidthShort
	}
	if p.MaxLength == 0 {
		p.MaxLength = 10
	}
	p.Inputmode = orElse(p.Inputmode, "numeric")
	return p
}

func taskID(i int) string { return "parte-" + strconv.Itoa(i+1) }
