package catalogue_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/schema"
)

var (
	admin = access.Actor{Account: "a1", Role: access.ProgramAdmin}
	clerk = access.Actor{Account: "a2", Role: access.Referrer, Institution: "i1", Area: "r1"}
)

// room is a catalogue on a fresh database.
type room struct {
	*catalogue.Service
	d   *db.DB
	clk *clock.Fake
}

func newService(t *testing.T, d *db.DB) *catalogue.Service {
	t.Helper()
	l, err := ledger.New(d, []byte("mac"), make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	return catalogue.New(d, l)
}

// run runs a test on a seeded catalogue, on each engine.
func run(t *testing.T, test func(t *testing.T, r room)) {
	t.Helper()
	dbtest.Run(t, schema.Migrations, func(t *testing.T, d *db.DB, clk *clock.Fake) {
		r := room{newService(t, d), d, clk}
		if err := r.Seed(t.Context(), admin); err != nil {
			t.Fatal(err)
		}
		test(t, r)
	})
}

func (r room) lists(t *testing.T) *catalogue.Lists {
	t.Helper()
	lists, err := r.Lists(t.Context(), clerk)
	if err != nil {
		t.Fatal(err)
	}
	return lists
}

// ledgerCount counts the entries of an action.
func (r room) ledgerCount(t *testing.T, action string) (n int) {
	t.Helper()
	err := r.d.View(t.Context(), func(tx *db.Tx) error {
		return tx.Get(t.Context(), &n, `select count(*) from ledger_entries where action = $1`, action)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// fails checks that an error has a sentence at a field.
func fails(t *testing.T, err error, field string) {
	t.Helper()
	if got := fault.FieldsOf(err)[field]; got.IsZero() {
		t.Errorf("error = %v, want a sentence at %q", err, field)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestSeed(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		lists := r.lists(t)
		for _, list := range catalogue.All {
			if len(lists.Entries(list.Name)) < 3 {
				t.Errorf("%s has %d entries, want a usable list", list.Name, len(lists.Entries(list.Name)))
			}
			for _, e := range lists.Entries(list.Name) {
				if e.Name.ES == "" || e.Name.EN == "" || lists.Label(list.Name, e.Code, i18n.English) != e.Name.EN {
					t.Errorf("%s/%s reads %q and %q", list.Name, e.Code, e.Name.ES, e.Name.EN)
				}
			}
		}
		for name, want := range map[string]int{
			catalogue.LegalBasisList: 12, catalogue.JudicialDistrict: 18, catalogue.State: 34, catalogue.ViolenceType: 7, catalogue.Modality: 11,
		} {
			if got := len(lists.Entries(name)); got != want {
				t.Errorf("%s has %d entries, want %d", name, got, want)
			}
		}
		if got := len(lists.Municipalities()); got != 125 {
			t.Errorf("municipalities = %d, want 125", got)
		}
		toluca, ok := lists.Municipality("15106")
		if !ok || toluca.Name != "Toluca" || !toluca.AlertFemicide || !toluca.AlertDisappearance {
			t.Errorf("15106 = %+v, %t", toluca, ok)
		}
		if last := lists.Entries(catalogue.Relation); last[len(last)-1].Code != "not_specified" {
			t.Errorf("relation ends with %q, want the answer that says nothing", last[len(last)-1].Code)
		}
	})
}

func TestSeedKeepsWhatWasEdited(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		must(t, r.ChangeEntry(ctx, admin, catalogue.Modality, "family", catalogue.EntryForm{LabelES: "En la familia", LabelEN: "In the family"}))
		must(t, r.EndEntry(ctx, admin, catalogue.Modality, "dating", "31/10/2026"))
		must(t, r.UpdateMunicipality(ctx, admin, "15106", catalogue.MunicipalityForm{Name: "Toluca de Lerdo"}))
		entries := r.ledgerCount(t, "catalogue.seed")
		must(t, r.Seed(ctx, admin))
		must(t, newService(t, r.d).Seed(ctx, admin))
		if got := r.ledgerCount(t, "catalogue.seed"); got != entries {
			t.Errorf("ledger holds %d seeds, want %d: seeding again adds nothing", got, entries)
		}
		lists := r.lists(t)
		if got := lists.Label(catalogue.Modality, "family", i18n.Spanish); got != "En la familia" {
			t.Errorf("label = %q", got)
		}
		if lists.Has(catalogue.Modality, "dating") || lists.MunicipalityName("15106") != "Toluca de Lerdo" {
			t.Error("seeding again undid an edit")
		}
	})
}

func TestLegalBasis(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		lists := r.lists(t)
		for _, tt := range []struct {
			code                          string
			mandatory, voluntary, refused bool
			min, max                      int
		}{
			{"conditional_suspension", true, false, false, 6, 36},
			{"judgment", true, false, false, 0, 0},
			{"recommendation", false, false, false, 0, 0},
			{"voluntary", false, true, false, 0, 0},
			{"mediation", false, false, true, 0, 0},
		} {
			got, ok := lists.LegalBasis(tt.code)
			if !ok || got.Code != tt.code || got.Mandatory != tt.mandatory || got.Voluntary != tt.voluntary ||
				got.Refused != tt.refused || got.MinMonths != tt.min || got.MaxMonths != tt.max {
				t.Errorf("%s = %+v, %t", tt.code, got, ok)
			}
			if got.Refused != strings.Contains(got.RefusedReason.In(i18n.Spanish), "art. 8, fr. IV") {
				t.Errorf("%s: reason %q", tt.code, got.RefusedReason)
			}
		}
		if _, ok := lists.LegalBasis("nothing"); ok {
			t.Error("an unknown basis was found")
		}
	})
}

func TestEntriesOfADay(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		for day, want := range map[string]bool{"2024-01-16": false, "2024-01-17": true, "2026-11-23": true} {
			entries, err := r.Entries(t.Context(), clerk, catalogue.ViolenceType, clock.MustDate(day))
			must(t, err)
			got := false
			for _, e := range entries {
				got = got || e.Code == "vicarious"
			}
			if got != want {
				t.Errorf("on %s vicarious violence is listed: %t, want %t", day, got, want)
			}
		}
		if _, err := r.Entries(t.Context(), clerk, "no_such_list", clock.Date{}); !fault.Is(err, fault.NotFound) {
			t.Errorf("unknown list: %v, want NotFound", err)
		}
	})
}

func TestAddEntry(t *testing.T) {
	ok := catalogue.EntryForm{LabelES: "Causa  ñandú", LabelEN: "Rhea cause"}
	for _, tt := range []struct {
		name   string
		change func(*catalogue.EntryForm)
		field  string
	}{
		{"no Spanish label", func(f *catalogue.EntryForm) { f.LabelES = " " }, "label_es"},
		{"no English label", func(f *catalogue.EntryForm) { f.LabelEN = "" }, "label_en"},
		{"a label of 201 characters", func(f *catalogue.EntryForm) { f.LabelES = strings.Repeat("ñ", 201) }, "label_es"},
		{"a code with accents", func(f *catalogue.EntryForm) { f.Code = "Más" }, "code"},
		{"a code that is there", func(f *catalogue.EntryForm) { f.Code = "other" }, "code"},
		{"a label in Cyrillic gives no code", func(f *catalogue.EntryForm) { f.LabelES = "Пётр" }, "code"},
		{"no place in the list", func(f *catalogue.EntryForm) { f.Sort = "first" }, "sort"},
		{"no date", func(f *catalogue.EntryForm) { f.From = "30/02/2026" }, "from"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, _ := dbtest.SQLite(t, schema.Migrations)
			s := newService(t, d)
			must(t, s.Seed(t.Context(), admin))
			f := ok
			tt.change(&f)
			_, err := s.AddEntry(t.Context(), admin, catalogue.DeclineReason, f)
			fails(t, err, tt.field)
		})
	}
	run(t, func(t *testing.T, r room) {
		code, err := r.AddEntry(t.Context(), admin, catalogue.DeclineReason, ok)
		must(t, err)
		lists := r.lists(t)
		if code != "causa_nandu" || lists.Label(catalogue.DeclineReason, code, i18n.Spanish) != "Causa ñandú" {
			t.Errorf("added %q, reads %q", code, lists.Label(catalogue.DeclineReason, code, i18n.Spanish))
		}
		if !lists.Has(catalogue.DeclineReason, code) || r.ledgerCount(t, "catalogue.add") != 1 {
			t.Error("the entry cannot be chosen or is not in the ledger")
		}
		if _, err := r.AddEntry(t.Context(), admin, "no_such_list", ok); !fault.Is(err, fault.NotFound) {
			t.Errorf("unknown list: %v", err)
		}
	})
}

func TestAddLegalBasis(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		f := catalogue.EntryForm{
			LabelES: "Acuerdo reparatorio", LabelEN: "Reparatory agreement", Mandatory: true, MinMonths: "12", MaxMonths: "3",
			Voluntary: true, Refused: true, Notify: "everyone",
		}
		_, err := r.AddEntry(t.Context(), admin, catalogue.LegalBasisList, f)
		for _, field := range []string{"max_months", "voluntary", "notify", "refused_es"} {
			fails(t, err, field)
		}
		f.MaxMonths, f.Voluntary, f.Refused, f.Notify, f.Authorities = "24", false, false, "authority", []string{"court"}
		code, err := r.AddEntry(t.Context(), admin, catalogue.LegalBasisList, f)
		must(t, err)
		got, _ := r.lists(t).LegalBasis(code)
		if got.MinMonths != 12 || got.MaxMonths != 24 || !got.Mandatory || len(got.Authorities) != 1 {
			t.Errorf("basis = %+v", got)
		}
	})
}

// TestChangeEntry follows one entry through a new name, a correction, an end: history
// always renders.
func TestChangeEntry(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		label := func() string { return r.lists(t).Label(catalogue.Modality, "school", i18n.Spanish) }
		form := func(es, from string) catalogue.EntryForm {
			return catalogue.EntryForm{LabelES: es, LabelEN: "School", From: from}
		}
		must(t, r.ChangeEntry(ctx, admin, catalogue.Modality, "school", form("Escolar", "25/11/2026")))
		if got := label(); got != "Docente o escolar" {
			t.Errorf("two days before, the label is %q", got)
		}
		r.clk.Advance(48 * time.Hour)
		if got := label(); got != "Escolar" {
			t.Errorf("on the day, the label is %q", got)
		}
		must(t, r.ChangeEntry(ctx, admin, catalogue.Modality, "school", form("Escolar o docente", "25/11/2026")))
		if got := label(); got != "Escolar o docente" {
			t.Errorf("after a correction at once, the label is %q", got)
		}
		versions := 0
		all, err := r.Versions(ctx, admin, catalogue.Modality)
		must(t, err)
		for _, e := range all {
			if e.Code == "school" {
				versions++
			}
		}
		if versions != 2 {
			t.Errorf("versions = %d, want 2: a correction makes none", versions)
		}
		must(t, r.EndEntry(ctx, admin, catalogue.Modality, "school", "26/11/2026"))
		r.clk.Advance(48 * time.Hour)
		if lists := r.lists(t); lists.Has(catalogue.Modality, "school") || label() != "Escolar o docente" {
			t.Errorf("ended: can be chosen %t, reads %q", lists.Has(catalogue.Modality, "school"), label())
		}
		must(t, r.EndEntry(ctx, admin, catalogue.Modality, "school", ""))
		if !r.lists(t).Has(catalogue.Modality, "school") {
			t.Error("without its end it cannot be chosen")
		}
		if got := r.ledgerCount(t, "catalogue.change") + r.ledgerCount(t, "catalogue.end"); got != 4 {
			t.Errorf("ledger entries = %d, want 4", got)
		}
	})
}

func TestChangeEntryRefuses(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		f := catalogue.EntryForm{LabelES: "X", LabelEN: "X", From: "01/01/1999"}
		fails(t, r.ChangeEntry(ctx, admin, catalogue.Modality, "school", f), "from")
		fails(t, r.EndEntry(ctx, admin, catalogue.Modality, "school", "31/12/1999"), "last")
		fails(t, r.EndEntry(ctx, admin, catalogue.Modality, "school", "mañana"), "last")
		if err := r.ChangeEntry(ctx, admin, catalogue.Modality, "nothing", f); !fault.Is(err, fault.NotFound) {
			t.Errorf("unknown code: %v", err)
		}
		if err := r.EndEntry(ctx, admin, "nothing", "school", ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("unknown list: %v", err)
		}
	})
}

// TestNoTwoReadAlike adds, changes and prolongs entries into the words of another.
func TestNoTwoReadAlike(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		add := func(es, en, from string) (string, error) {
			return r.AddEntry(ctx, admin, catalogue.Modality, catalogue.EntryForm{LabelES: es, LabelEN: en, From: from})
		}
		refused := func(err error, field, other string) {
			t.Helper()
			if says := fault.FieldsOf(err)[field].In(i18n.Spanish); !strings.Contains(says, other) {
				t.Errorf("%q at %s, want it to name %q", says, field, other)
			}
		}
		_, err := add("  LABORÁL ", "Something else", "")
		refused(err, "label_es", "«Laboral», clave work, vigente desde el 01/01/2000")
		_, err = add("Otra cosa", "work", "")
		refused(err, "label_en", "«Work», clave work")
		refused(r.ChangeEntry(ctx, admin, catalogue.Modality, "school", catalogue.EntryForm{LabelES: "Laboral", LabelEN: "School"}), "label_es", "clave work")
		// To itself an entry may be alike.
		must(t, r.ChangeEntry(ctx, admin, catalogue.Modality, "school", catalogue.EntryForm{LabelES: "Docente o escolar", LabelEN: "School, college"}))

		// The words are free from the day after the other ended, and not before.
		must(t, r.EndEntry(ctx, admin, catalogue.Modality, "work", "31/12/2026"))
		_, err = add("Laboral", "At work, of late", "31/12/2026")
		refused(err, "label_es", "vigente del 01/01/2000 al 31/12/2026")
		code, err := add("Laboral", "At work, of late", "01/01/2027")
		must(t, err)
		refused(r.EndEntry(ctx, admin, catalogue.Modality, "work", ""), "last", "«Laboral», clave "+code)
		refused(r.EndEntry(ctx, admin, catalogue.Modality, "work", "01/01/2027"), "last", "clave "+code)
		must(t, r.EndEntry(ctx, admin, catalogue.Modality, "work", "30/12/2026"))

		// Nor do they come back by taking back what stood in between.
		must(t, r.ChangeEntry(ctx, admin, catalogue.Modality, "community", catalogue.EntryForm{LabelES: "Comunitaria", LabelEN: "In the community", From: "01/02/2027"}))
		_, err = add("En la comunidad", "Out there", "01/02/2027")
		must(t, err)
		refused(r.WithdrawEntry(ctx, admin, catalogue.Modality, "community", "2027-02-01"), "last", "«En la comunidad»")
	})
}

// TestAddAtOnce adds one label under several codes at the same moment, more than once,
// as two may miss each other by chance.
func TestAddAtOnce(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		for round := range 8 {
			var group sync.WaitGroup
			start := make(chan struct{})
			errs := make([]error, 6)
			for i := range errs {
				group.Go(func() {
					<-start
					_, errs[i] = r.AddEntry(t.Context(), admin, catalogue.Modality, catalogue.EntryForm{
						Code: fmt.Sprintf("code_%d_%d", round, i), LabelES: fmt.Sprintf("Nueva %d", round), LabelEN: fmt.Sprintf("New %d", round),
					})
				})
			}
			close(start)
			group.Wait()
			won := 0
			for _, err := range errs {
				if err == nil {
					won++
				} else {
					fails(t, err, "label_es")
				}
			}
			if won != 1 {
				t.Errorf("%d were added, want 1", won)
			}
		}
	})
}

func TestSeedsReadDifferently(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		for _, list := range catalogue.All {
			for _, lang := range []i18n.Lang{i18n.Spanish, i18n.English} {
				seen := map[string]string{}
				for _, e := range r.lists(t).Entries(list.Name) {
					label := catalogue.Fold(e.Label(lang))
					if other := seen[label]; other != "" {
						t.Errorf("%s: %s and %s both read %q", list.Name, other, e.Code, label)
					}
					seen[label] = e.Code
				}
			}
		}
	})
}

// TestLawsWithoutArticleAreMarked checks that what ships names the article of each law or
// says that it has to be confirmed.
func TestLawsWithoutArticleAreMarked(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		for _, tt := range []struct {
			list, code string
			marked     bool
		}{
			{catalogue.LegalBasisList, "judgment", true}, {catalogue.LegalBasisList, "conditional_suspension", false},
			{catalogue.JudicialDistrict, "toluca", true}, {catalogue.Language, "mazahua", false}, {catalogue.Sex, "H", false},
		} {
			e, ok := r.lists(t).Entry(tt.list, tt.code)
			if !ok || catalogue.Unconfirmed(e.Source) != tt.marked {
				t.Errorf("%s/%s: source %q, want it marked: %t", tt.list, tt.code, e.Source, tt.marked)
			}
		}
		for _, list := range catalogue.All {
			for _, e := range r.lists(t).Entries(list.Name) {
				for _, law := range strings.Split(e.Source, "; ") {
					named := strings.HasPrefix(law, "Ley ") || strings.HasPrefix(law, "Código ")
					if named && !strings.Contains(law, " art. ") && !strings.Contains(law, " arts. ") && !catalogue.Unconfirmed(law) {
						t.Errorf("%s/%s: %q names no article and is not marked", list.Name, e.Code, law)
					}
				}
			}
		}
		for _, rule := range r.lists(t).Rules() {
			if strings.HasPrefix(rule.Source, "Ley ") && !strings.Contains(rule.Source, " art. ") && !catalogue.Unconfirmed(rule.Source) {
				t.Errorf("%s: %q names no article and is not marked", rule.Code, rule.Source)
			}
		}
	})
}

// TestWithdrawEntry takes back what has not begun: a new wording, and a new choice.
func TestWithdrawEntry(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		must(t, r.ChangeEntry(ctx, admin, catalogue.Modality, "school", catalogue.EntryForm{LabelES: "Escolar", LabelEN: "Schools", From: "01/12/2026"}))
		must(t, r.ChangeEntry(ctx, admin, catalogue.Modality, "school", catalogue.EntryForm{LabelES: "Escolar y docente", LabelEN: "Schools and teachers", From: "01/01/2027"}))
		code, err := r.AddEntry(ctx, admin, catalogue.Modality, catalogue.EntryForm{LabelES: "Nueva", LabelEN: "New", From: "01/12/2026"})
		must(t, err)
		must(t, r.WithdrawEntry(ctx, admin, catalogue.Modality, "school", "2026-12-01")) // the one in the middle
		must(t, r.WithdrawEntry(ctx, admin, catalogue.Modality, code, "2026-12-01"))
		if err := r.WithdrawEntry(ctx, admin, catalogue.Modality, "school", "2000-01-01"); !fault.Is(err, fault.Conflict) {
			t.Errorf("what holds already: %v, want Conflict", err)
		}
		for _, from := range []string{"2026-12-01", "", "mañana"} {
			if err := r.WithdrawEntry(ctx, admin, catalogue.Modality, "school", from); !fault.Is(err, fault.NotFound) {
				t.Errorf("from %q: %v, want NotFound", from, err)
			}
		}
		r.clk.Advance(30 * 24 * time.Hour) // 23 December
		if got := r.lists(t).Label(catalogue.Modality, "school", i18n.Spanish); got != "Docente o escolar" || !r.lists(t).Has(catalogue.Modality, "school") || r.lists(t).Has(catalogue.Modality, code) {
			t.Errorf("in December it reads %q", got)
		}
		r.clk.Advance(15 * 24 * time.Hour)
		if got := r.lists(t).Label(catalogue.Modality, "school", i18n.Spanish); got != "Escolar y docente" {
			t.Errorf("in January it reads %q", got)
		}
		if n := r.ledgerCount(t, "catalogue.withdraw"); n != 2 {
			t.Errorf("ledger entries = %d, want 2", n)
		}
	})
}

// TestRulesToCome sets values for later days, replaces one and takes one back.
func TestRulesToCome(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		security := access.Actor{Account: "a9", Role: access.ProgramAdmin}
		for _, set := range []struct {
			actor       access.Actor
			value, from string
		}{{admin, "5", "01/12/2026"}, {admin, "6", "01/01/2027"}, {security, "7", "01/01/2027"}} {
			must(t, r.SetRule(ctx, set.actor, catalogue.RuleOffer, catalogue.RuleForm{Value: set.value, From: set.from, Source: "Acuerdo"}))
			r.clk.Advance(time.Hour)
		}
		toCome, err := r.RulesToCome(ctx, clerk)
		must(t, err)
		got := toCome[catalogue.RuleOffer]
		if len(toCome) != 1 || len(got) != 2 || got[0].Value != 5 || got[1].Value != 7 || got[1].SetBy != access.ProgramAdmin || !got[1].SetAt.Equal(dbtest.Start.Add(2*time.Hour)) {
			t.Errorf("to come: %+v", toCome)
		}
		must(t, r.WithdrawRule(ctx, admin, catalogue.RuleOffer, "2026-12-01"))
		if err := r.WithdrawRule(ctx, admin, catalogue.RuleOffer, "2026-12-01"); !fault.Is(err, fault.NotFound) {
			t.Errorf("twice: %v, want NotFound", err)
		}
		r.clk.Advance(20 * 24 * time.Hour)
		if got := r.lists(t).Rule(catalogue.RuleOffer); got != 3 {
			t.Errorf("in December the rule is %d, want 3 as before", got)
		}
		r.clk.Advance(30 * 24 * time.Hour)
		if got := r.lists(t).Rule(catalogue.RuleOffer); got != 7 {
			t.Errorf("in January the rule is %d, want 7", got)
		}
		if err := r.WithdrawRule(ctx, admin, catalogue.RuleOffer, "2027-01-01"); !fault.Is(err, fault.Conflict) {
			t.Errorf("what holds already: %v, want Conflict", err)
		}
		if n := r.ledgerCount(t, "rule.withdraw"); n != 1 {
			t.Errorf("ledger entries = %d, want 1", n)
		}
	})
}

func TestRules(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		for code, want := range map[catalogue.RuleCode]int{
			catalogue.RuleAnswer: 1, catalogue.RuleReturn: 2, catalogue.RuleCorrect: 10, catalogue.RuleOffer: 3,
			catalogue.RuleOfferUrgent: 1, catalogue.RuleRecertify: 180, catalogue.RuleARCO: 20, catalogue.RuleAttachmentMB: 10,
		} {
			if got := r.lists(t).Rule(code); got != want {
				t.Errorf("%s = %d, want %d", code, got, want)
			}
		}
		must(t, r.SetRule(ctx, admin, catalogue.RuleOffer, catalogue.RuleForm{Value: "5", From: "25/11/2026", Source: "Acuerdo 7/2026"}))
		if got := r.lists(t).Rule(catalogue.RuleOffer); got != 3 {
			t.Errorf("before its day the rule is %d, want 3", got)
		}
		r.clk.Advance(48 * time.Hour)
		got, err := r.Rule(ctx, clerk, catalogue.RuleOffer)
		if err != nil || got.Value != 5 || got.Source != "Acuerdo 7/2026" || got.Unit != catalogue.BusinessDays {
			t.Errorf("on its day the rule is %+v, %v", got, err)
		}
		history, err := r.RuleHistory(ctx, clerk, catalogue.RuleOffer)
		if err != nil || len(history) != 2 || history[0].Value != 5 || history[0].SetBy != access.ProgramAdmin || history[1].Value != 3 || !history[1].SetAt.IsZero() {
			t.Errorf("history = %+v, %v", history, err)
		}
		if r.ledgerCount(t, "rule.set") != 1 {
			t.Error("the change is not in the ledger")
		}
	})
}

func TestSetRuleRefuses(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		for _, tt := range []struct {
			name, field string
			form        catalogue.RuleForm
		}{
			{"no number", "value", catalogue.RuleForm{Value: "dos", Source: "s"}},
			{"over the limit", "value", catalogue.RuleForm{Value: "31", Source: "s"}},
			{"negative", "value", catalogue.RuleForm{Value: "-1", Source: "s"}},
			{"no source", "source", catalogue.RuleForm{Value: "4"}},
			{"yesterday", "from", catalogue.RuleForm{Value: "4", From: "22/11/2026", Source: "s"}},
			{"no such date", "from", catalogue.RuleForm{Value: "4", From: "31/11/2026", Source: "s"}},
		} {
			t.Run(tt.name, func(t *testing.T) {
				fails(t, r.SetRule(t.Context(), admin, catalogue.RuleOffer, tt.form), tt.field)
			})
		}
		if err := r.SetRule(t.Context(), admin, "nothing", catalogue.RuleForm{}); !fault.Is(err, fault.NotFound) {
			t.Errorf("unknown rule: %v", err)
		}
	})
}

func TestClosedDays(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		open := func(owners ...string) bool {
			c, err := r.CalendarFor(ctx, clerk, owners...)
			must(t, err)
			return c.IsBusinessDay(clock.MustDate("2026-11-24"))
		}
		if !open() || !open("", "i1") {
			t.Error("an ordinary Tuesday is closed")
		}
		err := r.d.Tx(ctx, func(tx *db.Tx) error {
			return r.CloseDaysTx(ctx, tx, admin, "i1", catalogue.Closure{From: "21/11/2026", Until: "25/11/2026", Name: "Inventario"},
				ledger.Entry{Action: "closed_days.add", Subject: ledger.Subject{Type: "institution", ID: "i1"}})
		})
		must(t, err)
		if open("i1") || open("", "i1") || !open("i2") || !open() {
			t.Error("the day is not closed for its owner alone")
		}
		must(t, r.CloseNational(ctx, admin, catalogue.Closure{From: "24/11/2026", Name: "Jornada electoral"}))
		if open() || open("i2") {
			t.Error("a national day is not closed for all")
		}
		days, err := r.NationalDays(ctx, clerk, 2026)
		if err != nil || len(days) != 1 || days[0].Name != "Jornada electoral" {
			t.Errorf("national days = %v, %v", days, err)
		}
		must(t, r.OpenNational(ctx, admin, "2026-11-24"))
		must(t, r.OpenNational(ctx, admin, "2026-11-24")) // twice: it is open, as asked
		if !open() || open("i1") {
			t.Error("opening the national day did not leave the owner's")
		}
		if got := r.ledgerCount(t, "closed_days.add") + r.ledgerCount(t, "closed_days.remove"); got != 3 {
			t.Errorf("ledger entries = %d, want 3", got)
		}
	})
}

func TestCloseNationalRefuses(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		for _, tt := range []struct {
			name, field string
			c           catalogue.Closure
		}{
			{"no day", "from", catalogue.Closure{Name: "x"}},
			{"no name", "name", catalogue.Closure{From: "24/11/2026"}},
			{"no such day", "from", catalogue.Closure{From: "31/04/2026", Name: "x"}},
			{"backwards", "until", catalogue.Closure{From: "24/11/2026", Until: "23/11/2026", Name: "x"}},
			{"a year", "until", catalogue.Closure{From: "24/11/2026", Until: "24/11/2027", Name: "x"}},
			{"a weekend", "from", catalogue.Closure{From: "21/11/2026", Until: "22/11/2026", Name: "x"}},
		} {
			t.Run(tt.name, func(t *testing.T) { fails(t, r.CloseNational(t.Context(), admin, tt.c), tt.field) })
		}
	})
}

// TestTwoProcesses checks that a change is seen at once where it was made and within
// seconds elsewhere.
func TestTwoProcesses(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		other := room{newService(t, r.d), r.d, r.clk}
		before := other.lists(t)
		must(t, r.SetRule(t.Context(), admin, catalogue.RuleAnswer, catalogue.RuleForm{Value: "2", Source: "Acuerdo"}))
		if got := r.lists(t).Rule(catalogue.RuleAnswer); got != 2 {
			t.Errorf("where it was changed the rule is %d, want 2", got)
		}
		if other.lists(t) != before {
			t.Error("the other process read everything again at once")
		}
		r.clk.Advance(5 * time.Second)
		if got := other.lists(t).Rule(catalogue.RuleAnswer); got != 2 {
			t.Errorf("five seconds later the other process has %d, want 2", got)
		}
	})
}

// TestOldTransaction checks that a reader who began before a change does not make his
// old rows everybody's.
func TestOldTransaction(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		must(t, r.d.View(ctx, func(tx *db.Tx) error {
			var n int
			if err := tx.Get(ctx, &n, `select count(*) from rules`); err != nil { // takes the snapshot
				return err
			}
			r.clk.Advance(time.Second) // the snapshot would still be fresh
			must(t, r.SetRule(ctx, admin, catalogue.RuleAnswer, catalogue.RuleForm{Value: "2", Source: "Acuerdo"}))
			lists, err := r.ListsTx(ctx, tx)
			if err == nil && lists.Rule(catalogue.RuleAnswer) != 1 {
				t.Errorf("the old reader sees %d, want what held when he began", lists.Rule(catalogue.RuleAnswer))
			}
			return err
		}))
		if got := r.lists(t).Rule(catalogue.RuleAnswer); got != 2 {
			t.Errorf("after the old reader the rule is %d, want 2", got)
		}
	})
}

func TestPermissions(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		_, add := r.AddEntry(ctx, clerk, catalogue.Sex, catalogue.EntryForm{})
		_, versions := r.Versions(ctx, clerk, catalogue.Sex)
		_, load := r.LoadMunicipalities(ctx, clerk, strings.NewReader(""))
		for name, err := range map[string]error{
			"add": add, "versions": versions, "load": load, "seed": r.Seed(ctx, clerk),
			"change":        r.ChangeEntry(ctx, clerk, catalogue.Sex, "H", catalogue.EntryForm{}),
			"end":           r.EndEntry(ctx, clerk, catalogue.Sex, "H", ""),
			"withdraw":      r.WithdrawEntry(ctx, clerk, catalogue.Sex, "H", "2027-01-01"),
			"withdraw rule": r.WithdrawRule(ctx, clerk, catalogue.RuleAnswer, "2027-01-01"),
			"rule":          r.SetRule(ctx, clerk, catalogue.RuleAnswer, catalogue.RuleForm{}),
			"close":         r.CloseNational(ctx, clerk, catalogue.Closure{}), "open": r.OpenNational(ctx, clerk, "2026-11-24"),
			"municipality": r.UpdateMunicipality(ctx, clerk, "15106", catalogue.MunicipalityForm{Name: "x"}),
		} {
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("%s by a clerk: %v, want NotFound", name, err)
			}
		}
		if _, err := r.Lists(ctx, access.Anonymous("")); !fault.Is(err, fault.NotFound) {
			t.Errorf("lists for nobody: %v", err)
		}
	})
}
