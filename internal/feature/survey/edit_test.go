package survey

import (
	"slices"
	"strings"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
)

// TestPublishedNeverChanges publishes a second version and reads the first as it was.
func TestPublishedNeverChanges(t *testing.T) {
	each(t, func(h *house) {
		id := h.survey(During)
		was := h.text(`select content from survey_versions where survey_id = $1 and number = 1`, id)
		f := FormOf(got(h.Open(h.ctx, h.admin, id))(t).Newest())
		f.TitleES, f.QuestionsES = "Otro título", "Una pregunta.\n\n  Otra   pregunta. \n"
		f.QuestionsEN = ""
		h.must(h.Save(h.ctx, h.admin, id, f))
		h.must(h.Save(h.ctx, h.admin, id, f)) // sent twice
		v := got(h.Open(h.ctx, h.admin, id))(t)
		if !v.Draft || v.Current.Number != 1 || len(v.Versions) != 2 || v.Versions[0].Questions[1].ES != "Otra pregunta." {
			t.Fatalf("after a draft: %+v", v)
		}
		if seen := got(h.Open(h.ctx, h.desk, id))(t); seen.Draft || len(seen.Versions) != 1 {
			t.Errorf("the center sees the draft: %+v", seen)
		}
		h.refused("published from an old page", h.Publish(h.ctx, h.admin, id, "7"), fault.Conflict, "")
		h.must(h.Publish(h.ctx, h.admin, id, "1"))
		h.must(h.Publish(h.ctx, h.admin, id, "1")) // pressed twice
		if now := h.text(`select content from survey_versions where survey_id = $1 and number = 1`, id); now != was {
			t.Errorf("the first version changed:\n%s\nwas\n%s", now, was)
		}
		f.Revision, f.TitleES = "1", "Un cambio después"
		h.refused("a change of what is published", h.Save(h.ctx, h.admin, id, f), fault.Conflict, "")
		f.Revision = "0"
		h.must(h.Save(h.ctx, h.admin, id, f))
		if v := got(h.Open(h.ctx, h.admin, id))(t); v.Versions[0].Number != 3 || v.Current.Title.ES != "Otro título" {
			t.Errorf("after a third: %+v", v.Versions[0])
		}
	})
}

// TestTwoEditors lets the second of two who write one draft know.
func TestTwoEditors(t *testing.T) {
	each(t, func(h *house) {
		id := h.survey(During)
		mine := FormOf(got(h.Open(h.ctx, h.admin, id))(t).Newest())
		theirs := mine
		mine.TitleES, theirs.TitleES = "Uno", "Dos"
		h.must(h.Save(h.ctx, h.admin, id, mine))
		h.refused("a second draft", h.Save(h.ctx, h.admin, id, theirs), fault.Conflict, "")
		theirs.Revision = "1"
		h.must(h.Save(h.ctx, h.admin, id, theirs))
		mine.Revision, mine.TitleES = "1", "Tres"
		h.refused("a change of an old draft", h.Save(h.ctx, h.admin, id, mine), fault.Conflict, "")
	})
}

func TestFormRefuses(t *testing.T) {
	good := FormOf(Version{Content: shipped[0].content})
	for _, tt := range []struct {
		name, field string
		change      func(f *Form)
	}{
		{"no title", "title_es", func(f *Form) { f.TitleES = " " }},
		{"a long title", "title_es", func(f *Form) { f.TitleES = strings.Repeat("ñ", maxTitle+1) }},
		{"a long introduction", "intro_en", func(f *Form) { f.IntroEN = strings.Repeat("x", maxIntro+1) }},
		{"no scale", "scale", func(f *Form) { f.Scale = "stars" }},
		{"no question", "questions_es", func(f *Form) { f.QuestionsES = "\n \n" }},
		{"too many", "questions_es", func(f *Form) { f.QuestionsES = strings.Repeat("¿Qué?\n", maxQuestions+1) }},
		{"the same twice", "questions_es", func(f *Form) { f.QuestionsES, f.QuestionsEN = "¿Qué?\n¿Qué?", "" }},
		{"a long question", "questions_es", func(f *Form) { f.QuestionsES, f.QuestionsEN = strings.Repeat("x", maxQuestion+1), "" }},
		{"fewer in English", "questions_en", func(f *Form) { f.QuestionsEN = "One" }},
		{"an open question in English alone", "open_es", func(f *Form) { f.OpenES = "" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := good
			tt.change(&f)
			_, err := f.check()
			if m := fault.FieldsOf(err)[tt.field]; m.IsZero() {
				t.Errorf("nothing at %q: %v", tt.field, fault.FieldsOf(err))
			}
		})
	}
	if c, err := good.check(); err != nil || len(c.Questions) != len(shipped[0].content.Questions) || c.Questions[1] != shipped[0].content.Questions[1] {
		t.Errorf("what is shipped is refused or changed: %v, %v", c.Questions, fault.FieldsOf(err))
	}
}

func TestCreate(t *testing.T) {
	each(t, func(h *house) {
		h.refused("without a name", only(h.Create(h.ctx, h.admin, CreateForm{Stage: "end"})), fault.Invalid, "name")
		h.refused("without a stage", only(h.Create(h.ctx, h.admin, CreateForm{Name: "A", Stage: "x"})), fault.Invalid, "stage")
		h.refused("of a name that there is", only(h.Create(h.ctx, h.admin, CreateForm{Name: shipped[0].name, Stage: "end"})), fault.Invalid, "name")
		h.must(h.Seed(h.ctx, builder)) // again
		if n := len(got(h.List(h.ctx, h.analyst))(t)); n != len(shipped) {
			t.Errorf("%d surveys, want %d", n, len(shipped))
		}
	})
}

// TestResults lets out what may be shown, to whom it may.
func TestResults(t *testing.T) {
	each(t, func(h *house) {
		id := h.survey(During)
		give := func(by string, n, mark int, text string) {
			h.t.Helper()
			actor := h.desk
			actor.Center = by
			for _, code := range h.codes(actor, id, n) {
				h.put(code, marked(mark, text))
			}
		}
		read := func() *Results { h.t.Helper(); return got(h.Results(h.ctx, h.manager, id, Filter{}))(t) }
		give(h.toluca, 4, 5, "Bien.")
		give(h.lerma, 6, 1, "Mal.")
		if r := read(); r.Questions[0].Total.N() != 0 || len(r.Texts) != 0 {
			t.Errorf("the running month is shown: %+v", r.Questions[0])
		}
		h.clk.Set(clock.MustDate("2026-12-10").At(10, 0))
		if r := read(); r.Questions[0].Total.N() != 0 || len(r.Texts) != 0 {
			t.Errorf("four are shown: %+v", r.Questions[0])
		}
		give(h.toluca, 2, 3, "")
		h.clk.Set(clock.MustDate("2027-01-10").At(10, 0))
		r := read()
		if q := r.Questions[0]; q.Total.N() != 6 || len(q.Periods) != 1 || q.Periods[0].From != "2026-11" || q.Periods[0].Until != "2026-12" || q.Total.Mean() != 26.0/6 || len(q.Centers) != 0 {
			t.Errorf("the coordination reads %+v", q)
		}
		if len(r.Texts) != 0 {
			t.Errorf("four texts are shown: %v", r.Texts)
		}
		all := got(h.Results(h.ctx, h.analyst, id, Filter{}))(t)
		if q := all.Questions[0]; q.Total.N() != 12 || len(q.Centers) != 2 || q.Centers[0].Name != "Centro Lerma" || len(all.Texts) != 6 {
			t.Errorf("the analyst reads %+v and %v", q, all.Texts)
		}
		if one := got(h.Results(h.ctx, h.admin, id, Filter{Center: h.lerma}))(t); one.Questions[2].Total.N() != 6 || len(one.Questions[2].Periods) != 1 {
			t.Errorf("of one center: %+v", one.Questions[2])
		}
		h.refused("another center", only(h.Results(h.ctx, h.manager, id, Filter{Center: h.lerma})), fault.NotFound, "")
		h.refused("no center", only(h.Results(h.ctx, h.analyst, id, Filter{Center: "x"})), fault.NotFound, "")
		h.refused("no version", only(h.Results(h.ctx, h.analyst, id, Filter{Version: "x"})), fault.NotFound, "")
		h.must(h.RemoveText(h.ctx, h.admin, id, all.Texts[0].ID))
		for _, gone := range []string{"", "x", all.Version.ID} {
			h.refused("a text that is none", h.RemoveText(h.ctx, h.admin, id, gone), fault.NotFound, "")
		}
		h.refused("a text of another survey", h.RemoveText(h.ctx, h.admin, h.survey(AtEnd), all.Texts[1].ID), fault.NotFound, "")
		if left := got(h.Results(h.ctx, h.analyst, id, Filter{}))(t).Texts; len(left) != 5 || slices.ContainsFunc(left, func(x Text) bool { return x.ID == all.Texts[0].ID }) {
			t.Errorf("after one was taken away: %v", left)
		}
		h.publish(id, "Una nueva.")
		if fresh := got(h.Results(h.ctx, h.analyst, id, Filter{}))(t); fresh.Version.Number != 2 || fresh.Questions[0].Total.N() != 0 {
			t.Errorf("the new version shows %+v", fresh.Questions[0])
		}
		if old := got(h.Results(h.ctx, h.analyst, id, Filter{Version: all.Version.ID}))(t); old.Questions[0].Total.N() != 12 {
			t.Errorf("the old version shows %+v", old.Questions[0])
		}
	})
}
