// Package fault gives every error a kind, a public sentence and a private
// cause. The public sentence says, in words for whoever sits at the screen, what
// happened and how to mend it; it is translated when it is shown. The cause goes to
// the log with the request id and never to a browser.
//
// An error that is not a *fault.Error is Internal: the browser then sees one
// neutral sentence.
package fault

import (
	"errors"
	"sort"
	"strings"

	"sigue/internal/base/i18n"
)

// Kind says what sort of failure an error is; the web and API kits map it to a
// status code, and nothing else decides that.
type Kind int

// The kinds. Unseen and missing are both NotFound: a record of another
// institution does not exist (DOMAIN, "Who may see what").
const (
	Internal        Kind = iota // a defect of ours or of the machine: 500
	Invalid                     // the input must be mended: 422
	NotFound                    // it does not exist, or not for this actor: 404
	Conflict                    // someone else was first, or the state does not allow it: 409
	Unauthenticated             // sign in first: 401, pages redirect to the sign-in
	TooMany                     // slow down: 429
	TooLarge                    // the body is over the limit: 413
	Unavailable                 // a part is down, try again: 503
)

// Error is one failure.
type Error struct {
	Kind   Kind
	Public i18n.Msg            // what the person reads; zero for Internal
	Fields map[string]i18n.Msg // form field name to its own sentence; only with Invalid
	Cause  error               // private
}

// Error is for logs: it may hold private detail.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Public.Key)
	names := make([]string, 0, len(e.Fields))
	for name := range e.Fields {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		b.WriteString("; " + name + ": " + e.Fields[name].Key)
	}
	if e.Cause != nil {
		if b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(e.Cause.Error())
	}
	return b.String()
}

// Unwrap gives the private cause.
func (e *Error) Unwrap() error { return e.Cause }

// New makes an error of a kind with its public sentence.
func New(kind Kind, public i18n.Msg) *Error { return &Error{Kind: kind, Public: public} }

// Wrap makes an error of a kind with its public sentence and a private cause.
func Wrap(kind Kind, public i18n.Msg, cause error) *Error {
	return &Error{Kind: kind, Public: public, Cause: cause}
}

// Missing is the one answer for what does not exist or is not for this actor.
func Missing() *Error {
	return New(NotFound, i18n.M("No encontramos lo que busca. Puede que la dirección esté mal escrita o que ese registro no sea de su institución."))
}

// KindOf tells the kind of any error; a plain error is Internal, nil too.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is tells whether err is a fault of that kind.
func Is(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}

// FieldsOf gives the sentences by field of an Invalid error, or nil.
func FieldsOf(err error) map[string]i18n.Msg {
	var e *Error
	if errors.As(err, &e) {
		return e.Fields
	}
	return nil
}

// Form collects sentences by field while a form is checked.
type Form struct{ fields map[string]i18n.Msg }

// Add keeps the first sentence for a field.
func (f *Form) Add(field string, m i18n.Msg) {
	if f.fields == nil {
		f.fields = map[string]i18n.Msg{}
	}
	if _, taken := f.fields[field]; !taken {
		f.fields[field] = m
	}
}

// Err is nil when nothing was added, else an Invalid error with every field.
func (f *Form) Err() error {
	if len(f.fields) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Public: i18n.M("Revise los datos marcados."), Fields: f.fields}
}
