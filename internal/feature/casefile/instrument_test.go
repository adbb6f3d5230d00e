package casefile

import (
	"strings"
	"sync"
	"testing"

	"sigue/internal/base/fault"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
)

// about is a new instrument of psychology.
var about = InstrumentForm{Name: "Guía de ejemplo", Area: "psychology", Licence: "Preguntas propias.", Source: "Equipo de ejemplo."}

// at is a draft as a page shows it now.
func (h *house) at(id string) InstrumentEdition {
	h.t.Helper()
	in, _, err := h.InstrumentVersion(h.ctx, builder, id)
	h.must(err)
	return InstrumentEdition{id, in.Revision}
}

func (h *house) instrument(id string) Instrument {
	h.t.Helper()
	in, _, err := h.InstrumentVersion(h.ctx, builder, id)
	h.must(err)
	return in
}

// calm is a question of two answers, which counts up to three points.
var calm = ItemForm{Kind: OneOf, Text: "¿Llegó tranquilo?", Choices: []ChoiceForm{{Text: "Sí", Weight: "0"}, {Text: "No", Weight: "3"}}}

// guide is the draft of an instrument with all that a publication needs.
func (h *house) guide() string {
	h.t.Helper()
	id := got(h.CreateInstrument(h.ctx, builder, about))(h.t)
	h.must(h.AddItem(h.ctx, builder, h.at(id), calm))
	h.must(h.AddItem(h.ctx, builder, h.at(id), ItemForm{Kind: Number, Text: "Del 0 al 10", Min: "0", Max: "10", Weight: "1", Optional: "si"}))
	h.must(h.AddItem(h.ctx, builder, h.at(id), ItemForm{Kind: Open, Text: "Observaciones", Optional: "si"}))
	h.must(h.SetBands(h.ctx, builder, h.at(id), BandsForm{{From: "5", Name: "Alta"}, {}, {From: "0", Name: "Baja", Help: "Nada especial."}}))
	return id
}

// texts are the questions of an instrument in one line.
func texts(in Instrument) string {
	var out []string
	for _, item := range in.Items {
		out = append(out, item.Text)
	}
	return strings.Join(out, "|")
}

// TestInstrumentVersions writes an instrument, publishes it, and a second version: what
// was answered keeps its questions and its score.
func TestInstrumentVersions(t *testing.T) {
	each(t, func(h *house) {
		first := h.guide()
		in := h.instrument(first)
		if in.Highest() != 13 || len(in.Missing()) != 0 || in.Bands[0].Name != "Baja" || in.Items[0].Choices[1].Code == in.Items[0].Choices[0].Code {
			h.t.Fatalf("the draft is %+v and lacks %v", in, in.Missing())
		}
		id := h.came(h.case1(obliged))
		h.refused("applying a draft", h.Assess(h.ctx, h.psych, id, first, Answers{}, "no"), fault.NotFound, "")
		h.must(h.PublishInstrument(h.ctx, builder, h.at(first)))
		h.refused("changing what is published", h.SetInstrument(h.ctx, builder, h.at(first), about), fault.Conflict, "")
		_, err := h.DiscardInstrument(h.ctx, builder, h.at(first))
		h.refused("discarding what is published", err, fault.Conflict, "")

		calmly := in.Items[0].Choices[1].Code
		h.must(h.Assess(h.ctx, h.psych, id, first, Answers{in.Items[0].Code: calmly, in.Items[1].Code: "4"}, "no"))
		h.refused("the area of another", h.Assess(h.ctx, h.social, id, first, Answers{}, "no"), fault.NotFound, "")

		second := got(h.StartInstrumentDraft(h.ctx, builder, first))(h.t)
		if again := got(h.StartInstrumentDraft(h.ctx, builder, first))(h.t); again != second {
			h.t.Error("a second draft of one instrument")
		}
		if next := h.instrument(second); next.Version != 2 || texts(next) != texts(in) || !next.Draft() {
			h.t.Errorf("the draft copied %+v", next)
		}
		h.must(h.UpdateItem(h.ctx, builder, h.at(second), in.Items[0].Code, ItemForm{Text: "¿Llegó sereno?", Choices: []ChoiceForm{
			{in.Items[0].Choices[0].Code, "Sí", "0"}, {}, {"", "A ratos", "2"}, {calmly, "No", "9"}}}))
		h.must(h.MoveItem(h.ctx, builder, h.at(second), in.Items[2].Code, Up))
		h.must(h.MoveItem(h.ctx, builder, h.at(second), in.Items[0].Code, Up)) // it is the first already
		h.must(h.RemoveItem(h.ctx, builder, h.at(second), in.Items[1].Code))
		if next := h.instrument(second); texts(next) != "¿Llegó sereno?|Observaciones" || len(next.Items[0].Choices) != 3 || next.Items[0].Choices[2].Code != calmly {
			h.t.Errorf("after the changes: %+v", next.Items)
		}
		h.must(h.PublishInstrument(h.ctx, builder, h.at(second)))

		v := got(h.Assessments(h.ctx, h.psych, id))(h.t)
		if a := v.Done[0]; a.Instrument.Version != 1 || texts(a.Instrument) != texts(in) || a.Result.Score != 7 || a.Result.Band.Name != "Alta" {
			h.t.Errorf("the old answers read %+v with %+v", a.Result, a.Instrument)
		}
		h.offers(id, second)
		h.must(h.RetireInstrument(h.ctx, builder, second))
		h.offers(id, first)
		h.must(h.RestoreInstrument(h.ctx, builder, second))
		h.offers(id, second)
	})
}

// offers checks which version of the guide a psychologist is offered.
func (h *house) offers(id, want string) {
	h.t.Helper()
	var found []string
	for _, in := range got(h.Assessments(h.ctx, h.psych, id))(h.t).Offered {
		if in.Name == about.Name {
			found = append(found, in.ID)
		}
	}
	if len(found) != 1 || found[0] != want {
		h.t.Errorf("offered %v, want %s", found, want)
	}
}

// TestInstrumentForms checks that what is wrong is said at its field, and nothing is stored.
func TestInstrumentForms(t *testing.T) {
	each(t, func(h *house) {
		id := h.guide()
		at := h.at(id)
		before := h.text(`select content from instruments where id = $1`, id)
		create := func(f InstrumentForm) func() error {
			return func() error { _, err := h.CreateInstrument(h.ctx, builder, f); return err }
		}
		add := func(f ItemForm) func() error { return func() error { return h.AddItem(h.ctx, builder, at, f) } }
		choices := func(c ...ChoiceForm) func() error {
			return add(ItemForm{Kind: OneOf, Text: "Otra", Choices: c})
		}
		cut := func(f ...BandForm) func() error { return func() error { return h.SetBands(h.ctx, builder, at, f) } }
		for _, tt := range []struct {
			name, field string
			do          func() error
		}{
			{"no name", "name", create(InstrumentForm{Area: "legal", Licence: "x"})},
			{"no area", "area", create(InstrumentForm{Name: "Otro", Area: "group", Licence: "x"})},
			{"no licence", "licence", create(InstrumentForm{Name: "Otro", Area: "legal", Licence: " "})},
			{"a name in use", "name", create(InstrumentForm{Name: "ESTUDIO social BREVE", Area: "legal", Licence: "x"})},
			{"an empty question", "text", add(ItemForm{Kind: Open, Text: "  "})},
			{"a question twice", "text", add(ItemForm{Kind: Open, Text: "observaciones"})},
			{"one answer", "choice_text_2", choices(ChoiceForm{"", "Sí", "1"})},
			{"points without an answer", "choice_text_2", choices(ChoiceForm{"", "Sí", "1"}, ChoiceForm{"", "", "2"})},
			{"an answer without points", "choice_weight_2", choices(ChoiceForm{"", "Sí", "1"}, ChoiceForm{"", "No", ""})},
			{"points in words", "choice_weight_2", choices(ChoiceForm{"", "Sí", "1"}, ChoiceForm{"", "No", "dos"})},
			{"points with a fraction", "choice_weight_1", choices(ChoiceForm{"", "Sí", "1.5"}, ChoiceForm{"", "No", "0"})},
			{"an answer twice", "choice_text_3", choices(ChoiceForm{"", "Sí", "1"}, ChoiceForm{"", "No", "0"}, ChoiceForm{"", "sí", "2"})},
			{"a number up to less", "max", add(ItemForm{Kind: Number, Text: "Otra", Min: "5", Max: "5", Weight: "1"})},
			{"a number without points", "weight", add(ItemForm{Kind: Number, Text: "Otra", Min: "0", Max: "5"})},
			{"two bands from one score", "band_from_3", cut(BandForm{"0", "Baja", ""}, BandForm{"4", "Media", ""}, BandForm{"4", "Alta", ""})},
			{"no band from 0", "band_from_2", cut(BandForm{"6", "Alta", ""}, BandForm{"3", "Media", ""})},
			{"a band without a name", "band_name_1", cut(BandForm{"0", "", ""})},
			{"a band from a word", "band_from_1", cut(BandForm{"cero", "Baja", ""})},
			{"a band that nobody reaches", "band_from_2", cut(BandForm{"0", "Baja", ""}, BandForm{"14", "Alta", ""})},
		} {
			h.refused(tt.name, tt.do(), fault.Invalid, tt.field)
		}
		if after := h.text(`select content from instruments where id = $1`, id); after != before || h.at(id) != at {
			h.t.Errorf("a refused form changed the draft:\n%s\nwas\n%s", after, before)
		}
		if n := h.count(`select count(*) from instruments where published_at is null`); n != 1 {
			h.t.Errorf("%d drafts, want 1", n)
		}
	})
}

// TestInstrumentMissing publishes no draft that lacks something, and says what.
func TestInstrumentMissing(t *testing.T) {
	whole := Instrument{Source: "x", Items: []Item{{Text: "a", Kind: Number, Max: 10, Weight: 1}}, Bands: []Band{{From: 0}, {From: 10}}}
	for _, tt := range []struct {
		name   string
		change func(in *Instrument)
		want   int
	}{
		{"nothing", func(*Instrument) {}, 0},
		{"not counted", func(in *Instrument) { in.Items[0].Weight, in.Bands = 0, nil }, 0},
		{"source", func(in *Instrument) { in.Source = "" }, 1},
		{"questions", func(in *Instrument) { in.Items = nil }, 1},
		{"cut-offs", func(in *Instrument) { in.Bands = nil }, 1},
		{"a reachable band", func(in *Instrument) { in.Items[0].Max = 9 }, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := whole
			in.Items = append([]Item(nil), whole.Items...)
			tt.change(&in)
			if got := in.Missing(); len(got) != tt.want {
				t.Errorf("lacks %v, want %d", got, tt.want)
			}
		})
	}
	each(t, func(h *house) {
		id := got(h.CreateInstrument(h.ctx, builder, InstrumentForm{Name: "Vacío", Area: "legal", Licence: "x"}))(h.t)
		h.refused("an empty draft", h.PublishInstrument(h.ctx, builder, h.at(id)), fault.Conflict, "")
		if left := got(h.DiscardInstrument(h.ctx, builder, h.at(id)))(h.t); left != "" || h.count(`select count(*) from instruments where id = $1`, id) != 0 {
			h.t.Errorf("discarded, %q is left", left)
		}
		draft := got(h.StartInstrumentDraft(h.ctx, builder, h.shipped(program.Legal)))(h.t)
		if left := got(h.DiscardInstrument(h.ctx, builder, h.at(draft)))(h.t); left != h.shipped(program.Legal) {
			h.t.Errorf("discarded, %q is left", left)
		}
	})
}

// shipped is the instrument that ships for an area.
func (h *house) shipped(area program.ServiceArea) string {
	h.t.Helper()
	return h.text(`select id from instruments where area = $1 and version = 1 and published_at is not null`, string(area))
}

// TestInstrumentWindows lets the first of two windows change a draft, and one of two
// publish it.
func TestInstrumentWindows(t *testing.T) {
	each(t, func(h *house) {
		id := h.guide()
		old := h.at(id)
		h.must(h.AddItem(h.ctx, builder, old, ItemForm{Kind: Open, Text: "Primera ventana"}))
		h.refused("an old page", h.AddItem(h.ctx, builder, old, ItemForm{Kind: Open, Text: "Segunda ventana"}), fault.Conflict, "")
		h.must(h.MoveItem(h.ctx, builder, old, h.instrument(id).Items[0].Code, Up)) // changes nothing
		at := h.at(id)
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			wg.Go(func() { errs[i] = h.PublishInstrument(h.ctx, builder, at) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !fault.Is(err, fault.Conflict) {
				h.t.Errorf("published at the same instant: %v", err)
			}
		}
		if n := h.count(`select count(*) from ledger_entries where action = 'instrument.publish' and subject_id = $1`, id); won != 1 || n != 1 {
			h.t.Errorf("%d of %d published, %d entries", won, len(errs), n)
		}
	})
}

// TestInstrumentsAreOfTheProgram lets in only whoever manages the program.
func TestInstrumentsAreOfTheProgram(t *testing.T) {
	each(t, func(h *house) {
		id := h.guide()
		at := h.at(id)
		for _, actor := range []access.Actor{h.psych, h.manager, h.clerkA, access.Anonymous("REQ-9")} {
			for name, err := range map[string]error{
				"Instruments":          second(h.Instruments(h.ctx, actor)),
				"CreateInstrument":     second(h.CreateInstrument(h.ctx, actor, about)),
				"StartInstrumentDraft": second(h.StartInstrumentDraft(h.ctx, actor, id)),
				"DiscardInstrument":    second(h.DiscardInstrument(h.ctx, actor, at)),
				"SetInstrument":        h.SetInstrument(h.ctx, actor, at, about),
				"AddItem":              h.AddItem(h.ctx, actor, at, calm),
				"UpdateItem":           h.UpdateItem(h.ctx, actor, at, "x", calm),
				"MoveItem":             h.MoveItem(h.ctx, actor, at, "x", Up),
				"RemoveItem":           h.RemoveItem(h.ctx, actor, at, "x"),
				"SetBands":             h.SetBands(h.ctx, actor, at, nil),
				"PublishInstrument":    h.PublishInstrument(h.ctx, actor, at),
				"RetireInstrument":     h.RetireInstrument(h.ctx, actor, id),
				"RestoreInstrument":    h.RestoreInstrument(h.ctx, actor, id),
			} {
				h.refused(name+" by "+string(actor.Role), err, fault.NotFound, "")
			}
			_, _, err := h.InstrumentVersion(h.ctx, actor, id)
			h.refused("InstrumentVersion", err, fault.NotFound, "")
		}
		all := got(h.Instruments(h.ctx, h.secretary))(h.t)
		if _, ok := all[2].Draft(); len(all) != 4 || !ok || all[2][0].Name != about.Name {
			h.t.Errorf("the Secretaría lists %+v", all)
		}
	})
}

func second[T any](_ T, err error) error { return err }
