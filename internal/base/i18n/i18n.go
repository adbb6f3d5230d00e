// Package i18n holds the program's sentences. Spanish stands in the source and
// is the key; English comes from an embedded PO catalogue. A test elsewhere names
// each sentence that is untranslated, unused or not a literal, by file and line.
//
// Promises: a missing translation shows the Spanish; formatting never panics.
package i18n

import (
	"context"
	"embed"
	"fmt"
	"strings"
	"sync"

	"github.com/leonelquinteros/gotext"
)

//go:embed en/*.po
var catalogues embed.FS

// Lang is a language of the interface, as an IETF tag.
type Lang string

// The languages offered.
const (
	Spanish Lang = "es-MX"
	English Lang = "en"
)

// Langs lists the languages in the order of the chooser.
var Langs = []Lang{Spanish, English}

// Parse gives the language of a tag or of an Accept-Language header; Spanish
// when nothing fits.
func Parse(tag string) Lang {
	for _, part := range strings.Split(tag, ",") {
		switch part = strings.ToLower(strings.TrimSpace(part)); {
		case strings.HasPrefix(part, "es"):
			return Spanish
		case strings.HasPrefix(part, "en"):
			return English
		}
	}
	return Spanish
}

// Text is data in both languages, such as the label of a catalogue.
type Text struct{ ES, EN string }

// In gives the text in a language; the Spanish when there is no other.
func (t Text) In(lang Lang) string {
	if lang == English && t.EN != "" {
		return t.EN
	}
	return t.ES
}

// Msg is a sentence not yet translated: its Spanish text, which is its key, and
// what fills its verbs (%s, %d). An argument that is itself a Msg or a Text is
// translated too.
type Msg struct {
	Key  string
	Args []any
}

// M makes a sentence. The key must be a literal: a test reads it from the source.
func M(key string, args ...any) Msg { return Msg{Key: key, Args: args} }

// IsZero tells whether there is no sentence.
func (m Msg) IsZero() bool { return m.Key == "" }

// In gives the sentence in a language.
func (m Msg) In(lang Lang) string {
	text := m.Key
	if translated, ok := english()[m.Key]; ok && lang == English {
		text = translated
	}
	if len(m.Args) == 0 {
		return text
	}
	args := make([]any, len(m.Args))
	for i, a := range m.Args {
		if inner, ok := a.(interface{ In(Lang) string }); ok {
			a = inner.In(lang)
		}
		args[i] = a
	}
	return fmt.Sprintf(text, args...)
}

// english holds every translated sentence of the catalogue, read once. There is
// one PO file for each room, so that a room's sentences stay together.
var english = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	files, err := catalogues.ReadDir("en")
	if err != nil {
		panic(err) // embedded at build: cannot happen
	}
	for _, file := range files {
		text, err := catalogues.ReadFile("en/" + file.Name())
		if err != nil {
			panic(err)
		}
		po := gotext.NewPo()
		po.Parse(text)
		for key, translation := range po.GetDomain().GetTranslations() {
			if key != "" && translation.IsTranslated() { // the empty key is the file's head
				all[key] = translation.Get()
			}
		}
	}
	return all
})

// Has tells whether the catalogue of a language holds a sentence; Spanish holds all.
func Has(lang Lang, key string) bool {
	_, ok := english()[key]
	return ok || lang == Spanish
}

type contextKey struct{}

// With puts the language of this request into the context, for templates.
func With(ctx context.Context, lang Lang) context.Context {
	return context.WithValue(ctx, contextKey{}, lang)
}

// From gives the language of this request; Spanish when none was put.
func From(ctx context.Context) Lang {
	if lang, ok := ctx.Value(contextKey{}).(Lang); ok {
		return lang
	}
	return Spanish
}

// T translates a literal sentence into the request's language.
func T(ctx context.Context, key string, args ...any) string {
	return M(key, args...).In(From(ctx))
}

// Show translates a sentence made elsewhere into the request's language.
func Show(ctx context.Context, m Msg) string { return m.In(From(ctx)) }
