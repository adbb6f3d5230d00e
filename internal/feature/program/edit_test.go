package program_test

import (
	"slices"
	"strings"
	"testing"

	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
)

// draft makes a program with one group component of three sessions and two topics, which
// stand in no session yet, and gives its draft.
func (r *room) draft(t *testing.T, name string) *program.Version {
	t.Helper()
	ctx := t.Context()
	id, err := r.CreateProgram(ctx, admin, program.ProgramForm{Name: name, Summary: "Grupo breve."})
	must(t, err)
	_, err = r.AddComponent(ctx, admin, r.at(t, id), component("Grupo", "3"))
	must(t, err)
	must(t, r.AddTopics(ctx, admin, r.at(t, id), "Acuerdos\n\n  Violencia  y poder "))
	return r.version(t, id)
}

func component(name, sessions string) program.ComponentForm {
	return program.ComponentForm{Area: "group", Name: name, Minutes: "120", EveryDays: "7", Sessions: sessions}
}

// shape is a version in one line: its components with their sessions' texts.
func shape(v *program.Version) string {
	var parts []string
	for _, c := range v.Components {
		var texts []string
		for i, s := range c.Sessions {
			if s.Number != i+1 {
				texts = append(texts, "wrong number")
			}
			texts = append(texts, s.Text())
		}
		parts = append(parts, c.Name+"["+strings.Join(texts, ",")+"]")
	}
	return strings.Join(parts, " ")
}

// complete gives a draft what it lacks.
func (r *room) complete(t *testing.T, v *program.Version) {
	t.Helper()
	ctx := t.Context()
	must(t, r.SetRules(ctx, admin, r.at(t, v.ID), program.RulesForm{Required: "90", GroupMin: "6", GroupMax: "14", Source: "Acuerdo de ejemplo 1"}))
	for i, s := range v.Components[0].Sessions {
		must(t, r.UpdateSession(ctx, admin, r.at(t, v.ID), s.ID, program.SessionForm{Topics: []string{v.Topics[i%2].ID}}))
	}
}

func TestDraft(t *testing.T) {
	run(t, func(t *testing.T, r *room) {
		ctx := t.Context()
		v := r.draft(t, "Breve")
		if got := shape(v); got != "Grupo[,,]" || v.Required != 80 || v.GroupMin != 8 || v.GroupMax != 20 || len(v.Topics) != 2 || v.Topics[1].Title != "Violencia y poder" {
			t.Fatalf("draft = %s, %+v", got, v)
		}
		g := v.Components[0]
		must(t, r.AddSessions(ctx, admin, r.at(t, v.ID), g.ID, program.SessionsForm{Count: "3", Titles: "Cuatro\nCinco"}))
		must(t, r.MoveSession(ctx, admin, r.at(t, v.ID), r.version(t, v.ID).Components[0].Sessions[4].ID, program.Up))
		must(t, r.RemoveSession(ctx, admin, r.at(t, v.ID), g.Sessions[0].ID))
		if got := shape(r.version(t, v.ID)); got != "Grupo[,,Cinco,Cuatro,]" {
			t.Errorf("after adding, moving and removing sessions: %s", got)
		}
		// One topic in two sessions, two topics in one session.
		last := r.version(t, v.ID).Components[0].Sessions[4].ID
		must(t, r.UpdateTopic(ctx, admin, r.at(t, v.ID), v.Topics[0].ID, program.TopicForm{Title: "Acuerdos", Sessions: []string{g.Sessions[1].ID, last}}))
		must(t, r.UpdateSession(ctx, admin, r.at(t, v.ID), last, program.SessionForm{Topics: []string{v.Topics[0].ID, v.Topics[1].ID}}))
		must(t, r.MoveTopic(ctx, admin, r.at(t, v.ID), v.Topics[1].ID, program.Up))
		if got := shape(r.version(t, v.ID)); got != "Grupo[Acuerdos,,Cinco,Cuatro,Violencia y poder; Acuerdos]" {
			t.Errorf("after linking topics: %s", got)
		}
		must(t, r.RemoveTopic(ctx, admin, r.at(t, v.ID), v.Topics[0].ID))
		_, err := r.AddComponent(ctx, admin, r.at(t, v.ID), program.ComponentForm{Area: "legal", Name: "Asesoría", Minutes: "45", EveryDays: "14", Sessions: "2"})
		must(t, err)
		second := r.version(t, v.ID).Components[1].ID
		must(t, r.MoveComponent(ctx, admin, r.at(t, v.ID), second, program.Up))
		must(t, r.MoveComponent(ctx, admin, r.at(t, v.ID), second, program.Up)) // it is the first already
		must(t, r.UpdateComponent(ctx, admin, r.at(t, v.ID), g.ID, component("Grupo corto", "")))
		if got := shape(r.version(t, v.ID)); got != "Asesoría[,] Grupo corto[,,Cinco,Cuatro,Violencia y poder]" {
			t.Errorf("after moving components: %s", got)
		}
		must(t, r.RemoveComponent(ctx, admin, r.at(t, v.ID), g.ID))
		if got := shape(r.version(t, v.ID)); got != "Asesoría[,]" {
			t.Errorf("after removing a component: %s", got)
		}
		if n := r.count(t, `select count(*) from ledger_entries where subject_type = 'program_version' and subject_id = $1`, v.ID); n != 13 {
			t.Errorf("ledger entries of the draft = %d, want 13", n)
		}
	})
}

// TestForms checks that what is wrong is said at its field, and nothing is stored.
func TestForms(t *testing.T) {
	long := strings.Repeat("a", 201)
	run(t, func(t *testing.T, r *room) {
		ctx, v := t.Context(), r.draft(t, "Breve")
		g, at := v.Components[0], r.at(t, v.ID)
		for _, tt := range []struct {
			name, field string
			do          func() error
		}{
			{"a program without a name", "name", func() error {
				_, err := r.CreateProgram(ctx, admin, program.ProgramForm{Summary: "x"})
				return err
			}},
			{"a program's name in use", "name", func() error {
				_, err := r.CreateProgram(ctx, admin, program.ProgramForm{Name: "IRAVP", Summary: "x"})
				return err
			}},
			{"a program without a summary", "summary", func() error {
				return r.UpdateProgram(ctx, admin, v.ProgramID, 1, program.ProgramForm{Name: "x", Summary: "  "})
			}},
			{"another program's name", "name", func() error {
				return r.UpdateProgram(ctx, admin, v.ProgramID, 1, program.ProgramForm{Name: "CECOVIM", Summary: "x"})
			}},
			{"attendance in words", "required", func() error {
				return r.SetRules(ctx, admin, at, program.RulesForm{Required: "ochenta", GroupMin: "8", GroupMax: "20"})
			}},
			{"attendance over 100", "required", func() error {
				return r.SetRules(ctx, admin, at, program.RulesForm{Required: "101", GroupMin: "8", GroupMax: "20"})
			}},
			{"a largest group below the least", "group_max", func() error {
				return r.SetRules(ctx, admin, at, program.RulesForm{Required: "80", GroupMin: "8", GroupMax: "7"})
			}},
			{"no area", "area", func() error {
				_, err := r.AddComponent(ctx, admin, at, program.ComponentForm{Name: "x", Minutes: "60", EveryDays: "7"})
				return err
			}},
			{"a component's name in use", "name", func() error {
				_, err := r.AddComponent(ctx, admin, at, component("GRUPO", "1"))
				return err
			}},
			{"a session of ten hours", "minutes", func() error {
				return r.UpdateComponent(ctx, admin, at, g.ID, program.ComponentForm{Area: "group", Name: "x", Minutes: "600", EveryDays: "7"})
			}},
			{"a session of fifty minutes", "minutes", func() error {
				return r.UpdateComponent(ctx, admin, at, g.ID, program.ComponentForm{Area: "group", Name: "x", Minutes: "50", EveryDays: "7"})
			}},
			{"every 0 days", "every_days", func() error {
				return r.UpdateComponent(ctx, admin, at, g.ID, program.ComponentForm{Area: "group", Name: "x", Minutes: "60", EveryDays: "0"})
			}},
			{"too many sessions at once", "sessions", func() error {
				_, err := r.AddComponent(ctx, admin, at, component("Otro", "121"))
				return err
			}},
			{"too many sessions", "count", func() error { return r.AddSessions(ctx, admin, at, g.ID, program.SessionsForm{Count: "118"}) }},
			{"no number of sessions", "count", func() error { return r.AddSessions(ctx, admin, at, g.ID, program.SessionsForm{}) }},
			{"more titles than sessions", "count", func() error {
				return r.AddSessions(ctx, admin, at, g.ID, program.SessionsForm{Count: "1", Titles: "a\nb"})
			}},
			{"a long title", "titles", func() error { return r.AddSessions(ctx, admin, at, g.ID, program.SessionsForm{Titles: long}) }},
			{"a long title of a session", "title", func() error {
				return r.UpdateSession(ctx, admin, at, g.Sessions[0].ID, program.SessionForm{Title: long})
			}},
			{"no topics", "titles", func() error { return r.AddTopics(ctx, admin, at, " \n ") }},
			{"a topic that is there", "titles", func() error { return r.AddTopics(ctx, admin, at, "ACUERDOS") }},
			{"a topic twice", "titles", func() error { return r.AddTopics(ctx, admin, at, "Nuevo\nnuevo") }},
			{"a topic without a title", "title", func() error { return r.UpdateTopic(ctx, admin, at, v.Topics[0].ID, program.TopicForm{}) }},
			{"another topic's title", "title", func() error {
				return r.UpdateTopic(ctx, admin, at, v.Topics[0].ID, program.TopicForm{Title: "violencia y poder"})
			}},
		} {
			t.Run(tt.name, func(t *testing.T) { fails(t, tt.do(), tt.field) })
		}
		if got := r.version(t, v.ID); got.Revision != v.Revision || shape(got) != shape(v) {
			t.Errorf("bad input changed the draft: %s, revision %d", shape(got), got.Revision)
		}
	})
}

// TestTwoWindows checks that the second of two windows is told, and what agrees is not
// refused.
func TestTwoWindows(t *testing.T) {
	run(t, func(t *testing.T, r *room) {
		ctx, v := t.Context(), r.draft(t, "Breve")
		old := r.at(t, v.ID)
		rules := program.RulesForm{Required: "85", GroupMin: "8", GroupMax: "20", Source: "Manual"}
		must(t, r.SetRules(ctx, admin, old, rules))
		must(t, r.SetRules(ctx, admin, old, rules)) // the answer to the first got lost
		rules.Required = "70"
		conflict(t, "rules from an old window", r.SetRules(ctx, admin, old, rules))
		conflict(t, "topics from an old window", r.AddTopics(ctx, admin, old, "Otro"))
		conflict(t, "publishing from an old window", r.Publish(ctx, admin, old))
		must(t, r.UpdateProgram(ctx, admin, v.ProgramID, 1, program.ProgramForm{Name: "Breve", Summary: "Otra cosa."}))
		conflict(t, "a program from an old window", r.UpdateProgram(ctx, admin, v.ProgramID, 1, program.ProgramForm{Name: "Corto", Summary: "x"}))
		if got := r.version(t, v.ID); got.Required != 85 || len(got.Topics) != 2 {
			t.Errorf("an old window changed the draft: %d %%, %d topics", got.Required, len(got.Topics))
		}
	})
}

// TestPublish goes from what is missing to a published version, which then never changes.
func TestPublish(t *testing.T) {
	run(t, func(t *testing.T, r *room) {
		ctx, v := t.Context(), r.draft(t, "Breve")
		if missing := v.Missing(); len(missing) != 3 { // source, sessions without a text, loose topics
			t.Errorf("missing = %v, want 3", missing)
		}
		conflict(t, "publishing what is incomplete", r.Publish(ctx, admin, r.at(t, v.ID)))
		r.complete(t, v)
		if missing := r.version(t, v.ID).Missing(); len(missing) > 0 {
			t.Fatalf("still missing: %v", missing)
		}
		if _, err := r.Version(ctx, r.home.psychology, v.ID); err == nil {
			t.Error("a center reads a draft")
		}
		must(t, r.Publish(ctx, admin, r.at(t, v.ID)))
		published := r.shipped(t, "Breve")
		if published.ID != v.ID || published.Required != 90 {
			t.Errorf("on offer is %+v, want what was published", published)
		}
		r.neverChanges(t, &published)

		// Version 2 is a copy with ids of its own; version 1 stays as it is.
		next, err := r.StartDraft(ctx, admin, v.ProgramID, "")
		must(t, err)
		again, err := r.StartDraft(ctx, admin, v.ProgramID, v.ID)
		if err != nil || again != next {
			t.Errorf("a second draft = %s, %v; want the first", again, err)
		}
		two := r.version(t, next)
		if two.Number != 2 || shape(two) != shape(&published) || two.Components[0].ID == published.Components[0].ID || two.Required != 90 {
			t.Errorf("version 2 = %d %s", two.Number, shape(two))
		}
		must(t, r.RemoveComponent(ctx, admin, r.at(t, next), two.Components[0].ID))
		if got := r.version(t, v.ID); shape(got) != shape(&published) {
			t.Errorf("version 1 changed with version 2: %s", shape(got))
		}
		if got := r.shipped(t, "Breve"); got.ID != v.ID {
			t.Error("a draft is on offer")
		}
		stays, err := r.Discard(ctx, admin, r.at(t, next))
		if err != nil || !stays {
			t.Errorf("Discard = %v, %v", stays, err)
		}
		_, err = r.Version(ctx, admin, next)
		missing(t, "a discarded draft", err)
	})
}

// neverChanges tries every change on a published version.
func (r *room) neverChanges(t *testing.T, v *program.Version) {
	t.Helper()
	ctx, at := t.Context(), program.Edition{Version: v.ID, Revision: v.Revision}
	c, before := v.Components[0], shape(v)
	_, adding := r.AddComponent(ctx, admin, at, component("Otro", "1"))
	_, discarding := r.Discard(ctx, admin, at)
	for name, err := range map[string]error{
		"adding a component": adding, "discarding": discarding,
		"rules":            r.SetRules(ctx, admin, at, program.RulesForm{Required: "1", GroupMin: "1", GroupMax: "2"}),
		"publishing again": r.Publish(ctx, admin, at),
		"component":        r.UpdateComponent(ctx, admin, at, c.ID, component("Otro", "")),
		"moving it":        r.MoveComponent(ctx, admin, at, c.ID, program.Down),
		"removing it":      r.RemoveComponent(ctx, admin, at, c.ID),
		"sessions":         r.AddSessions(ctx, admin, at, c.ID, program.SessionsForm{Count: "1"}),
		"session":          r.UpdateSession(ctx, admin, at, c.Sessions[0].ID, program.SessionForm{Title: "x"}),
		"moving a session": r.MoveSession(ctx, admin, at, c.Sessions[0].ID, program.Down),
		"removing one":     r.RemoveSession(ctx, admin, at, c.Sessions[0].ID),
		"topics":           r.AddTopics(ctx, admin, at, "Otro"),
		"topic":            r.UpdateTopic(ctx, admin, at, v.Topics[0].ID, program.TopicForm{Title: "x"}),
		"moving a topic":   r.MoveTopic(ctx, admin, at, v.Topics[0].ID, program.Down),
		"removing a topic": r.RemoveTopic(ctx, admin, at, v.Topics[0].ID),
	} {
		conflict(t, name, err)
	}
	if got := r.version(t, v.ID); shape(got) != before || got.Required != v.Required || len(got.Topics) != len(v.Topics) {
		t.Errorf("a published version changed from %s to %s", before, shape(got))
	}
}

// TestOffer closes programs and retires versions: new plans no longer take them, and they
// can still be read.
func TestOffer(t *testing.T) {
	run(t, func(t *testing.T, r *room) {
		ctx, v := t.Context(), r.shipped(t, "IRAVP")
		offered := func() bool {
			choices, err := r.Choices(ctx, r.home.psychology)
			must(t, err)
			return slices.ContainsFunc(choices, func(c program.Version) bool { return c.ID == v.ID })
		}
		for _, step := range []struct {
			name string
			do   func() error
			want bool
		}{
			{"as it ships", func() error { return nil }, true},
			{"retired", func() error { return r.Retire(ctx, admin, v.ID) }, false},
			{"restored", func() error { return r.Restore(ctx, admin, v.ID) }, true},
			{"closed", func() error { return r.CloseProgram(ctx, admin, v.ProgramID) }, false},
			{"closed again", func() error { return r.CloseProgram(ctx, admin, v.ProgramID) }, false},
			{"opened again", func() error { return r.ReopenProgram(ctx, admin, v.ProgramID) }, true},
		} {
			must(t, step.do())
			if got := offered(); got != step.want {
				t.Errorf("%s: on offer %t, want %t", step.name, got, step.want)
			}
			if _, err := r.Version(ctx, r.home.psychology, v.ID); err != nil {
				t.Errorf("%s: a center cannot read it: %v", step.name, err)
			}
		}
		draft := r.draft(t, "Breve")
		conflict(t, "retiring a draft", r.Retire(ctx, admin, draft.ID))
		stays, err := r.Discard(ctx, admin, r.at(t, draft.ID))
		if err != nil || stays || r.count(t, `select count(*) from programs where id = $1`, draft.ProgramID) != 0 {
			t.Errorf("a program that was never published stays after its draft: %v, %v", stays, err)
		}
	})
}

// TestMissingParts checks that what is not there, or not in this version, does not exist.
func TestMissingParts(t *testing.T) {
	run(t, func(t *testing.T, r *room) {
		ctx, v, other := t.Context(), r.draft(t, "Breve"), r.shipped(t, "IRAVP")
		at := r.at(t, v.ID)
		_, err := r.StartDraft(ctx, admin, other.ProgramID, v.ID)
		missing(t, "a copy of another program's version", err)
		missing(t, "a component of another version", r.UpdateComponent(ctx, admin, at, other.Components[0].ID, component("x", "")))
		missing(t, "a session of another version", r.RemoveSession(ctx, admin, at, other.Components[0].Sessions[0].ID))
		missing(t, "a topic of another version", r.RemoveTopic(ctx, admin, at, other.Topics[0].ID))
		missing(t, "no version", r.AddTopics(ctx, admin, program.Edition{Version: "none"}, "x"))
		must(t, r.UpdateSession(ctx, admin, at, v.Components[0].Sessions[0].ID, program.SessionForm{Title: "a", Topics: []string{other.Topics[0].ID}}))
		if got := r.version(t, v.ID).Components[0].Sessions[0]; len(got.Topics) != 0 {
			t.Errorf("a session took a topic of another version: %v", got.Topics)
		}
		for _, actor := range []access.Actor{r.home.coordinator, r.home.reception, {Account: "a3", Role: access.Referrer, Area: "r"}} {
			_, err := r.CreateProgram(ctx, actor, program.ProgramForm{Name: "x", Summary: "x"})
			missing(t, string(actor.Role)+" makes a program", err)
			missing(t, string(actor.Role)+" edits a draft", r.AddTopics(ctx, actor, r.at(t, v.ID), "x"))
		}
		_, err = r.Programs(ctx, access.Actor{Account: "a3", Role: access.Referrer, Area: "r"})
		missing(t, "an institution reads programs", err)
	})
}
