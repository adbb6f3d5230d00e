package app_test

import (
	"testing"

	"sigue/internal/feature/casefile"
	"sigue/internal/platform/access"
)

// fillCases gives each planted case file words that are nowhere else: in the name that
// its center corrected and in a note of its psychologist.
func (w *world) fillCases(t *testing.T) {
	t.Helper()
	ctx, svc, of := t.Context(), w.App.Cases, w.kinds["case"]
	for i := range of.things {
		one, word := &of.things[i], []string{"Teponaztlin", "Huehuetlin"}[i]
		id, at := one.values["case"], one.owner.center
		psychologist := w.text(t, `select min(a.id) from accounts a join posts p on p.id = a.post_id where p.role = 'psychology' and p.center_id = $1`, at)
		must(t, svc.Amend(ctx, access.Actor{Account: psychologist, Role: access.Psychology, Center: at}, id,
			casefile.AmendForm{Field: string(casefile.Surname2), Value: word, Reason: "Como aparece en su identificación."}))
		_, err := svc.WriteNote(ctx, access.Actor{Account: psychologist, Role: access.Psychology, Center: at}, id,
			casefile.NoteForm{Body: "Nota de " + word, Disclosable: "no"})
		must(t, err)
		one.values["mandate"] = w.text(t, `select min(referral_id) from case_mandates where case_file_id = $1`, id)
		one.secrets = []string{word}
		one.marks = []string{id, w.text(t, `select folio from case_files where id = $1`, id)}
	}
}

// instrumentThings are an instrument that ships and one that is being written.
func (w *world) instrumentThings(t *testing.T) []thing {
	t.Helper()
	ctx, svc, admin := t.Context(), w.App.Cases, w.actor(t, "program_admin@sigue.example")
	draft, err := svc.CreateInstrument(ctx, admin, casefile.InstrumentForm{Name: "Guía Nahuaque", Area: "legal", Licence: "Preguntas propias."})
	must(t, err)
	must(t, svc.AddItem(ctx, admin, casefile.InstrumentEdition{Instrument: draft, Revision: 1}, casefile.ItemForm{Kind: casefile.Open, Text: "Qué vigilar"}))
	shipped := w.text(t, `select min(id) from instruments where published_at is not null`)
	var out []thing
	for _, id := range []string{shipped, draft} {
		in, _, err := svc.InstrumentVersion(ctx, admin, id)
		must(t, err)
		out = append(out, thing{name: in.Name, values: map[string]string{"instrument": id, "item": in.Items[0].Code}})
	}
	return out
}
