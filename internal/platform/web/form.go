package web

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
)

// Limits of a posted form, far above what any page of ours sends.
const (
	maxFields    = 2000
	maxFieldName = 200
)

// Form is what was typed and what is wrong with it.
type Form struct {
	Values  url.Values
	Errors  map[string]i18n.Msg // by field name
	Summary i18n.Msg            // of all that is wrong

	conflict bool
}

// NewForm makes a form that shows the values given; nil for an empty form.
func NewForm(v url.Values) *Form {
	if v == nil {
		v = url.Values{}
	}
	return &Form{Values: v}
}

// Get is a field's first value without the space around it. Values.Get leaves a value
// as it was typed, which a password needs.
func (f *Form) Get(name string) string { return strings.TrimSpace(f.Values.Get(name)) }

// Has tells whether a field holds a value among those it may hold several of.
func (f *Form) Has(name, value string) bool {
	for _, v := range f.Values[name] {
		if v == value {
			return true
		}
	}
	return false
}

// Date reads a date field as ISO text ("1985-03-14"); empty and true when nothing was
// typed, false when it is no date.
func (f *Form) Date(name string) (iso string, ok bool) {
	if f.Get(name) == "" {
		return "", true
	}
	return ParseDate(f.Get(name))
}

// Error is what is wrong with a field; zero when nothing is.
func (f *Form) Error(name string) i18n.Msg { return f.Errors[name] }

// Failed tells whether anything is wrong with the form.
func (f *Form) Failed() bool { return len(f.Errors) > 0 || !f.Summary.IsZero() }

// Fail takes the sentences of an error that whoever typed can mend (Invalid, Conflict)
// into the form and returns true; false, when err is nil or is no such error and must
// be returned by the handler.
func (f *Form) Fail(err error) bool {
	var e *fault.Error
	if !errors.As(err, &e) || (e.Kind != fault.Invalid && e.Kind != fault.Conflict) {
		return false
	}
	f.conflict = f.conflict || e.Kind == fault.Conflict
	f.Summary = e.Public
	for name, sentence := range e.Fields {
		if f.Errors == nil {
			f.Errors = map[string]i18n.Msg{}
		}
		f.Errors[name] = sentence
	}
	return true
}

// Form reads the urlencoded body of a post, once. Control characters other than tab
// and newline are dropped, line ends become \n. A body that is no form is Invalid, one
// over the route's limit TooLarge.
func (r *Request) Form() (*Form, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, badForm(errors.New("web: content type " + r.Header.Get("Content-Type")))
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, BodyError(err)
	}
	values, err := parseForm(string(body))
	if err != nil {
		return nil, badForm(err)
	}
	return NewForm(values), nil
}

// Query is the address's query as a form, cleaned as a posted one; what cannot be read
// is left out.
func (r *Request) Query() *Form {
	values, err := parseForm(r.URL.RawQuery)
	if err != nil {
		values = nil
	}
	return NewForm(values)
}

// parseForm decodes urlencoded text into clean values.
func parseForm(text string) (url.Values, error) {
	if strings.Count(text, "&") >= maxFields {
		return nil, errors.New("web: too many fields")
	}
	raw, err := url.ParseQuery(text)
	if err != nil {
		return nil, err
	}
	for name, values := range raw {
		if len(name) > maxFieldName || !utf8.ValidString(name) {
			return nil, errors.New("web: unreadable field name")
		}
		for i, value := range values {
			if !utf8.ValidString(value) {
				return nil, errors.New("web: field is not UTF-8: " + name)
			}
			values[i] = Clean(value)
		}
	}
	return raw, nil
}

// Clean drops control characters other than tab and newline and makes every line end
// \n. Handlers of uploads use it for the text parts of a multipart body.
func Clean(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\r':
			return '\n'
		case unicode.IsControl(c) && c != '\n' && c != '\t':
			return -1
		}
		return c
	}, s)
}

func badForm(cause error) error {
	return fault.Wrap(fault.Invalid, i18n.M("No pudimos leer lo que envió su navegador. Vuelva a la página anterior e inténtelo otra vez."), cause)
}

// BodyError turns a failure to read a request's body into its fault: TooLarge over the
// route's limit, else Invalid. Handlers of uploads use it for r.MultipartReader.
func BodyError(err error) error {
	var over *http.MaxBytesError
	if errors.As(err, &over) {
		return fault.Wrap(fault.TooLarge, i18n.M("Lo que envió es demasiado grande. Quite texto o archivos y vuelva a enviarlo."), err)
	}
	return badForm(err)
}
