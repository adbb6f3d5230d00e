package document

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/folio"
	"sigue/internal/platform/ledger"
)

// Fields are what a document says in the places of its wording.
type Fields map[Field]string

// Wording is a version of what a kind of document says. A published one never changes.
type Wording struct {
	ID          string     `db:"id"`
	Kind        Kind       `db:"kind"`
	Version     int        `db:"version"`
	Title       string     `db:"title"`
	Body        string     `db:"body"` // paragraphs, parted by an empty line
	ValidFrom   clock.Date `db:"valid_from"`
	Revision    int        `db:"revision"` // of a draft: each saving makes the next
	PublishedAt db.Time    `db:"published_at"`
	PublishedBy string     `db:"published_by"`
}

// Draft tells whether the version can still be edited.
func (w Wording) Draft() bool { return w.PublishedAt.IsZero() }

const wordingColumns = `id, kind, version, title, body, valid_from, revision, published_at, published_by`

// The most that a title and a text may have, in characters.
const (
	MaxTitle = 120
	MaxBody  = 6000
)

// gap is a field in a wording: "{{persona}}".
var gap = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)

// gaps are the fields of a text, each once, as they come.
func gaps(text string) []Field {
	var out []Field
	for _, m := range gap.FindAllStringSubmatch(text, -1) {
		if f := Field(m[1]); !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// names writes fields for the eye: "{{a}}, {{b}}".
func names(fields []Field) string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = "{{" + string(f) + "}}"
	}
	return strings.Join(out, ", ")
}

// fill puts the values into the places. What a value says is never read as a field.
func fill(text string, values Fields) string {
	return gap.ReplaceAllStringFunc(text, func(m string) string {
		return strings.TrimSpace(values[Field(gap.FindStringSubmatch(m)[1])])
	})
}

func paragraphs(body string) []string {
	var out []string
	for p := range strings.SplitSeq(body, "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// word fills a wording in. A field that the kind does not have is a defect of the caller;
// one that the wording uses and that has no value is Invalid; both are named.
func (w Wording) word(values Fields) (Content, error) {
	var unknown, missing []Field
	for f := range values {
		if !slices.Contains(kinds[w.Kind].fields, f) {
			unknown = append(unknown, f)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return Content{}, fmt.Errorf("document: a %q has no %s", w.Kind, names(unknown))
	}
	for _, f := range gaps(w.Title + "\n" + w.Body) {
		if strings.TrimSpace(values[f]) == "" {
			missing = append(missing, f)
		}
	}
	if len(missing) > 0 {
		return Content{}, fault.New(fault.Invalid, i18n.M("Para emitir el documento faltan estos datos: %s. Complételos y vuelva a intentarlo.", names(missing)))
	}
	c := Content{Title: fill(w.Title, values), Wording: fmt.Sprintf("%s/%d", w.Kind, w.Version)}
	for _, p := range paragraphs(w.Body) {
		c.Body = append(c.Body, fill(p, values))
	}
	return c, nil
}

// WordTx gives the text of a document of today: the wording in force with its fields
// filled in. A field without a value is Invalid and named; one that the kind does not have,
// or a kind without wording, is an error.
func (s *Service) WordTx(ctx context.Context, tx *db.Tx, kind Kind, values Fields) (Content, error) {
	w, err := inForceTx(ctx, tx, kind)
	if err != nil {
		return Content{}, err
	}
	return w.word(values)
}

// inForceTx gives the wording of today. Of two that begin on one day it is the later.
func inForceTx(ctx context.Context, tx *db.Tx, kind Kind) (Wording, error) {
	var w Wording
	err := tx.Get(ctx, &w, `select `+wordingColumns+` from document_templates
		where kind = $1 and published_at is not null and valid_from <= $2
		order by valid_from desc, version desc limit 1`, string(kind), clock.DateOf(tx.Now()).String())
	if errors.Is(err, db.ErrNoRows) {
		return w, fmt.Errorf("document: a %q has no wording", kind)
	}
	return w, err
}

// Wordings are the versions of a kind, as whoever edits them sees them.
type Wordings struct {
	Kind    Kind
	InForce Wording
	Draft   *Wording
	Others  []Wording // published: past and to come, the newest first
}

// Wordings gives the versions of a kind. A kind without wording is NotFound.
func (s *Service) Wordings(ctx context.Context, actor access.Actor, kind Kind) (*Wordings, error) {
	if _, err := actor.Require(access.TemplateManage); err != nil {
		return nil, err
	}
	if !kind.Worded() {
		return nil, fault.Missing()
	}
	out := &Wordings{Kind: kind}
	return out, s.db.View(ctx, func(tx *db.Tx) error {
		var err error
		if out.InForce, err = inForceTx(ctx, tx, kind); err != nil {
			return err
		}
		var all []Wording
		if err := tx.Select(ctx, &all, `select `+wordingColumns+` from document_templates where kind = $1 order by version desc`, string(kind)); err != nil {
			return err
		}
		for _, w := range all {
			switch {
			case w.Draft():
				out.Draft = &w
			case w.ID != out.InForce.ID:
				out.Others = append(out.Others, w)
			}
		}
		return nil
	})
}

// WordingForm is a wording as it was typed. Revision is that of the draft that was seen;
// 0 when there was none.
type WordingForm struct {
	Title, Body string
	Revision    int
}

// check gives title and text as they are kept, or what is wrong with them, by field.
func (f WordingForm) check(kind Kind) (title, body string, err error) {
	var form fault.Form
	title, body = clean(strings.TrimSpace(f.Title)), clean(strings.TrimSpace(f.Body))
	checkText(&form, kind, "title", title, MaxTitle)
	checkText(&form, kind, "body", body, MaxBody)
	return title, body, form.Err()
}

func checkText(form *fault.Form, kind Kind, field, text string, longest int) {
	if text == "" {
		form.Add(field, i18n.M("Escriba el texto; un documento no puede salir vacío."))
		return
	}
	if n := utf8.RuneCountInString(text); n > longest {
		form.Add(field, i18n.M("Escríbalo en %s caracteres o menos; tiene %s.", i18n.Number(longest), i18n.Number(n)))
	}
	var unknown []Field
	for _, f := range gaps(text) {
		if !slices.Contains(kinds[kind].fields, f) {
			unknown = append(unknown, f)
		}
	}
	if len(unknown) > 0 {
		form.Add(field, i18n.M("Este documento no tiene el dato %s. Use solo los de la lista, escritos igual.", names(unknown)))
	}
	if rest := gap.ReplaceAllString(text, ""); strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
		form.Add(field, i18n.M("Hay llaves sin su pareja. Cada dato va entre dos llaves que abren y dos que cierran, como {{%s}}.", string(kinds[kind].fields[0])))
	}
	if words := claim(text); kinds[kind].modest && words != "" {
		form.Add(field, i18n.M("Este documento no puede decir «%s»: asistir a sesiones no lo prueba. Diga a qué asistió la persona.", words))
	}
}

func stale() error {
	return fault.New(fault.Conflict, i18n.M("Alguien cambió este borrador mientras usted escribía. Lo que escribió sigue aquí; compárelo con el borrador de ahora y guárdelo de nuevo."))
}

// SaveWording keeps the draft of a kind, the first time as a new version. Who saw an older
// draft than there is gets a Conflict.
func (s *Service) SaveWording(ctx context.Context, actor access.Actor, kind Kind, f WordingForm) error {
	if _, err := actor.Require(access.TemplateManage); err != nil {
		return err
	}
	if !kind.Worded() {
		return fault.Missing()
	}
	title, body, err := f.check(kind)
	if err != nil {
		return err
	}
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `update document_templates set title = $1, body = $2, revision = revision + 1
			where kind = $3 and published_at is null and revision = $4`, title, body, string(kind), f.Revision)
		if err != nil {
			return err
		}
		if n == 0 && f.Revision != 0 {
			return stale()
		}
		if n == 0 {
			if _, err := tx.Exec(ctx, `insert into document_templates (id, kind, version, title, body, revision, created_at, created_by, published_by)
				select $1, $2, coalesce(max(version), 0) + 1, $3, $4, 1, $5, $6, '' from document_templates where kind = $2`,
				db.NewID(), string(kind), title, body, db.At(tx.Now()), actor.Name()); err != nil {
				return err
			}
		}
		return s.noteWording(ctx, tx, actor, "template.draft", kind, ledger.Change{Field: "title"}, ledger.Change{Field: "body"})
	})
	if db.IsUnique(err) { // another began a draft
		return stale()
	}
	return err
}

func (s *Service) noteWording(ctx context.Context, tx *db.Tx, actor access.Actor, action string, kind Kind, changes ...ledger.Change) error {
	return s.ledger.AppendTx(ctx, tx, actor, ledger.Entry{Action: action, Subject: ledger.Subject{Type: "template", ID: string(kind)}, Changes: changes})
}

// DiscardWording removes the draft of a kind that was seen.
func (s *Service) DiscardWording(ctx context.Context, actor access.Actor, kind Kind, revision int) error {
	if _, err := actor.Require(access.TemplateManage); err != nil {
		return err
	}
	if !kind.Worded() {
		return fault.Missing()
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `delete from document_templates where kind = $1 and published_at is null and revision = $2`, string(kind), revision)
		if err != nil {
			return err
		}
		if n == 0 {
			return stale()
		}
		return s.noteWording(ctx, tx, actor, "template.discard", kind)
	})
}

// PublishWording puts the draft of a kind that was seen in force from a day on, today when
// from is empty. It never changes again, and what was issued before keeps its text.
func (s *Service) PublishWording(ctx context.Context, actor access.Actor, kind Kind, revision int, from string) error {
	if _, err := actor.Require(access.TemplateManage); err != nil {
		return err
	}
	if !kind.Worded() {
		return fault.Missing()
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		day, err := checkFrom(from, clock.DateOf(tx.Now()))
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `update document_templates set published_at = $1, published_by = $2, valid_from = $3
			where kind = $4 and published_at is null and revision = $5`,
			db.At(tx.Now()), actor.Name(), day, string(kind), revision)
		if err != nil {
			return err
		}
		if n == 0 {
			return stale()
		}
		return s.noteWording(ctx, tx, actor, "template.publish", kind, ledger.Change{Field: "valid_from", After: day.String()})
	})
}

func checkFrom(typed string, today clock.Date) (clock.Date, error) {
	var form fault.Form
	if strings.TrimSpace(typed) == "" {
		return today, nil
	}
	day := clock.FormDate(&form, "from", typed)
	if !day.IsZero() && day.Before(today) {
		form.Add("from", i18n.M("Elija hoy (%s) o un día posterior: lo ya emitido no cambia.", today.MX()))
	}
	return day, form.Err()
}

// sampleFolio stands in examples: one that no person has.
var sampleFolio = folio.Mint(2026, 999_999)

// Preview gives a version of a wording with examples in it, to be drawn: it says of itself
// that it is no document, and has neither number nor code. version 0 is the draft.
func (s *Service) Preview(ctx context.Context, actor access.Actor, kind Kind, version int) (Document, Content, error) {
	if _, err := actor.Require(access.TemplateManage); err != nil {
		return Document{}, Content{}, err
	}
	var w Wording
	var d Document
	err := s.db.View(ctx, func(tx *db.Tx) error {
		d = Draft(kind, sampleFolio, tx.Now())
		return tx.Get(ctx, &w, `select `+wordingColumns+` from document_templates
			where kind = $1 and (version = $2 or $2 = 0 and published_at is null)`, string(kind), version)
	})
	if errors.Is(err, db.ErrNoRows) {
		return Document{}, Content{}, fault.Missing()
	}
	if err != nil {
		return Document{}, Content{}, err
	}
	values := Fields{}
	for _, f := range kinds[kind].fields {
		values[f] = f.Example()
	}
	c, err := w.word(values)
	if kinds[kind].table {
		c.Tables = []Table{sampleTable()}
	}
	return d, c, err
}

// sampleTable stands for the rows that a document of the kind holds.
func sampleTable() Table {
	return Table{
		Columns: []Column{{Title: es(i18n.M("Sesión")), Share: 1}, {Title: es(FieldDate.Label()), Share: 2}, {Title: es(i18n.M("Asistencia")), Share: 2}},
		Rows: [][]string{
			{"1", "10/11/2026", es(i18n.M("Asistió"))}, {"2", "17/11/2026", es(i18n.M("Asistió"))}, {"3", "24/11/2026", es(i18n.M("Faltó"))},
		},
	}
}
