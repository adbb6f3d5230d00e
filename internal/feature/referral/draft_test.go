package referral

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
)

func TestStartingADraftTwiceMakesOne(t *testing.T) {
	each(t, func(h *house) {
		id := db.NewID()
		for range 2 {
			if again := got(h.StartDraft(h.ctx, h.clerk, id))(h.t); again != id {
				h.t.Errorf("the draft is %s, want %s", again, id)
			}
		}
		h.eachAtOnce(4, func(int) error { _, err := h.StartDraft(h.ctx, h.clerk, id); return err })
		if n := h.count(`select count(*) from referrals`); n != 1 {
			h.t.Errorf("%d drafts, want 1", n)
		}
		if n := h.count(`select count(*) from case_keys`); n != 1 {
			h.t.Errorf("%d keys, want 1: one was left over", n)
		}
		if n := h.count(`select count(*) from ledger_entries where action = 'referral.draft'`); n != 1 {
			h.t.Errorf("%d entries of a draft, want 1", n)
		}
		for _, bad := range []string{"", "no id", strings.ToUpper(id), "{" + id + "}", id + "\x00"} {
			if made := got(h.StartDraft(h.ctx, h.clerk, bad))(h.t); made == bad || made == id {
				h.t.Errorf("%q became the id of a draft", bad)
			}
		}
	})
}

// eachAtOnce runs a function in so many goroutines at once; each must succeed.
func (h *house) eachAtOnce(n int, do func(i int) error) {
	h.t.Helper()
	for i, err := range h.atOnce(n, do) {
		if err != nil {
			h.t.Errorf("number %d of %d at once: %v", i, n, err)
		}
	}
}

// atOnce runs a function in so many goroutines at once and gives their errors.
func (h *house) atOnce(n int, do func(i int) error) []error {
	h.t.Helper()
	errs, begin := make([]error, n), make(chan struct{})
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			<-begin
			errs[i] = do(i)
		})
	}
	close(begin)
	group.Wait()
	return errs
}

// TestNobodyTakesTheDraftOfAnother checks that an id that exists elsewhere is neither
// shown nor taken.
func TestNobodyTakesTheDraftOfAnother(t *testing.T) {
	each(t, func(h *house) {
		id := h.start(h.clerk)
		for name, actor := range map[string]access.Actor{"area 2": h.clerk2, "institution B": h.stranger} {
			if _, err := h.StartDraft(h.ctx, actor, id); !fault.Is(err, fault.NotFound) {
				h.t.Errorf("%s: %v, want NotFound", name, err)
			}
		}
		if r := h.row(id); r.AreaID != h.areaA1.area || r.CreatedBy != h.clerk.Account {
			h.t.Errorf("the draft went to area %s of %s", r.AreaID, r.CreatedBy)
		}
	})
}

// TestASecondWindowLosesNothing opens one draft in two windows.
func TestASecondWindowLosesNothing(t *testing.T) {
	each(t, func(h *house) {
		id := h.start(h.clerk)
		first, second := h.light(), h.light()
		second.Person.GivenNames = "Pedro"
		save := func(c Content, s Section, version int) (Saved, error) {
			return h.SaveSection(h.ctx, h.clerk, id, s, version, func(part any) error { return assign(part, c) })
		}
		one := got(save(first, SectionPerson, 0))(h.t)
		h.clk.Advance(time.Minute)
		_, err := save(second, SectionPerson, 0)
		if s := h.refused(err, fault.Conflict); one.At.IsZero() || !strings.Contains(s, "otra ventana el 23/11/2026 a las 10:00.") {
			h.t.Errorf("says %q, want when the other window saved", s)
		}
		if v := h.writing(h.clerk, id); v.Content.Person.GivenNames != "Juan" || v.Version != 1 {
			h.t.Errorf("after the conflict: %q, version %d", v.Content.Person.GivenNames, v.Version)
		}
		if again := got(save(first, SectionPerson, 0))(h.t); again != one {
			h.t.Errorf("the same text with an old version: %+v, want %+v", again, one)
		}
		if two := got(save(second, SectionPerson, one.Version))(h.t); two.Version != 2 {
			h.t.Errorf("version %d after the second text, want 2", two.Version)
		}
		if _, err := save(first, SectionPerson, 0); !fault.Is(err, fault.Conflict) {
			h.t.Errorf("an old text with an old version: %v, want Conflict", err)
		}
		if _, err := save(first, SectionFacts, 7); !fault.Is(err, fault.Conflict) {
			h.t.Errorf("a version that never was: %v, want Conflict", err)
		}
		if v := h.writing(h.clerk, id); v.Content.Person.GivenNames != "Pedro" || v.Status[SectionFacts] != NotStarted {
			h.t.Errorf("in the end: %q, facts %d", v.Content.Person.GivenNames, v.Status[SectionFacts])
		}
	})
}

// TestTwoWindowsThatSaveAtOnce checks that one of two different texts is kept and the
// other window is told.
func TestTwoWindowsThatSaveAtOnce(t *testing.T) {
	each(t, func(h *house) {
		id := h.start(h.clerk)
		names := []string{"Juan", "Pedro"}
		errs := h.atOnce(2, func(i int) error {
			c := h.light()
			c.Person.GivenNames = names[i]
			_, err := h.SaveSection(h.ctx, h.clerk, id, SectionPerson, 0, func(part any) error { return assign(part, c) })
			return err
		})
		won := slices.Index(errs, nil)
		if won < 0 || !fault.Is(errs[1-won], fault.Conflict) {
			h.t.Fatalf("errors = %v, want one nil and one Conflict", errs)
		}
		if v := h.writing(h.clerk, id); v.Content.Person.GivenNames != names[won] || v.Version != 1 {
			h.t.Errorf("kept %q at version %d, want %q at 1", v.Content.Person.GivenNames, v.Version, names[won])
		}
	})
}

func TestASectionIsKeptAsItWasTyped(t *testing.T) {
	each(t, func(h *house) {
		id := h.start(h.clerk)
		typed := Content{
			Person: PersonSection{GivenNames: "  ", Surname1: "O’Ñández", BirthDate: "31/02/1990", CURP: "xx", Disability: []string{"none"}},
			Basis:  BasisSection{CaseValue: "Exp. 0118 / 2026", MandateSessions: "muchas"},
			Facts:  FactsSection{Narrative: "<script>alert(1)</script>\r\n'; drop table referrals; --", ViolenceTypes: []string{"gossip"}},
			Center: CenterSection{CenterID: "the moon\x00"},
		}
		h.fill(h.clerk, id, typed)
		if kept := h.writing(h.clerk, id).Content; !reflect.DeepEqual(kept, typed) {
			h.t.Errorf("kept %+v, want %+v", kept, typed)
		}
		h.save(h.clerk, id, SectionPerson, Content{})
		if kept := h.writing(h.clerk, id).Content; len(kept.Person.Disability) != 0 || kept.Basis.CaseValue != typed.Basis.CaseValue {
			h.t.Errorf("after the section was emptied: %+v", kept)
		}
	})
}

func TestSaveSectionRefusals(t *testing.T) {
	each(t, func(h *house) {
		id := h.start(h.clerk)
		broken := errors.New("not a form")
		for _, tt := range []struct {
			name    string
			section Section
			decode  error
			check   func(error) bool
		}{
			{"papers have no text", SectionPapers, nil, func(err error) bool { return fault.Is(err, fault.NotFound) }},
			{"there is no such section", "otra", nil, func(err error) bool { return fault.Is(err, fault.NotFound) }},
			{"the form cannot be read", SectionFacts, broken, func(err error) bool { return errors.Is(err, broken) }},
		} {
			if _, err := h.SaveSection(h.ctx, h.clerk, id, tt.section, 0, func(any) error { return tt.decode }); !tt.check(err) {
				h.t.Errorf("%s: %v", tt.name, err)
			}
		}
		if v := h.writing(h.clerk, id); v.Version != 0 {
			h.t.Errorf("a refused save made version %d", v.Version)
		}
	})
}

func TestWhatWasSentCannotBeWritten(t *testing.T) {
	each(t, func(h *house) {
		id := h.sent()
		_, err := h.OpenDraft(h.ctx, h.clerk, id)
		h.refused(err, fault.Conflict)
		_, err = h.SaveSection(h.ctx, h.clerk, id, SectionFacts, 4, func(any) error { return nil })
		h.refused(err, fault.Conflict)
		_, err = h.Attach(h.ctx, h.clerk, id, "other", "a.pdf", strings.NewReader("%PDF-1.4"))
		h.refused(err, fault.Conflict)
		h.refused(h.Detach(h.ctx, h.clerk, id, db.NewID()), fault.Conflict)
		if s := h.refused(h.DiscardDraft(h.ctx, h.clerk, id), fault.Conflict); !strings.Contains(s, "retirar") {
			h.t.Errorf("discarding says %q, want the way out", s)
		}
	})
}

func TestDraftsAreListedNewestFirstByWhatIsKnown(t *testing.T) {
	each(t, func(h *house) {
		nothing := h.start(h.clerk)
		h.clk.Advance(time.Minute)
		onlyCase := h.start(h.clerk)
		h.save(h.clerk, onlyCase, SectionBasis, h.light())
		h.clk.Advance(time.Minute)
		both := h.drafted(h.clerk, h.light())
		h.drafted(h.clerk2, h.light()) // of the other area
		h.sent()
		want := []DraftRow{{ID: both, Label: "J. Ficticio Demo · 118/2026"}, {ID: onlyCase, Label: "118/2026"}, {ID: nothing}}
		list := got(h.Drafts(h.ctx, h.clerk))(h.t)
		if len(list) != len(want) {
			h.t.Fatalf("%d drafts, want %d", len(list), len(want))
		}
		for i, row := range list {
			if row.ID != want[i].ID || row.Label != want[i].Label || row.SavedAt.IsZero() {
				h.t.Errorf("draft %d = %+v, want %+v", i, row, want[i])
			}
		}
		if all := got(h.Drafts(h.ctx, h.supervisor))(h.t); len(all) != 4 {
			h.t.Errorf("the supervisor sees %d drafts, want 4 of both areas", len(all))
		}
	})
}

func TestADiscardedDraftLeavesNothing(t *testing.T) {
	each(t, func(h *house) {
		id := h.drafted(h.clerk, h.complete())
		h.attach(h.clerk, id, "a.pdf", pdf(h.t, "uno"))
		taken := h.attach(h.clerk, id, "b.pdf", pdf(h.t, "dos"))
		h.must(h.Detach(h.ctx, h.clerk, id, taken.ID))
		key := h.row(id).KeyID
		h.must(h.DiscardDraft(h.ctx, h.clerk, id))
		h.gone(id, key)
		if n := h.count(`select count(*) from ledger_entries where action = 'referral.discard' and subject_id = $1`, id); n != 1 {
			h.t.Errorf("%d entries of the discard, want 1", n)
		}
		if err := h.DiscardDraft(h.ctx, h.clerk, id); !fault.Is(err, fault.NotFound) {
			h.t.Errorf("discarded twice: %v, want NotFound", err)
		}
	})
}

// gone checks that row, key and files of a draft are no more.
func (h *house) gone(id, key string) {
	h.t.Helper()
	h.drain()
	if n := h.count(`select (select count(*) from referrals where id = $1) + (select count(*) from referral_attachments where referral_id = $1)`, id); n != 0 {
		h.t.Errorf("%d rows stayed", n)
	}
	err := h.d.View(h.ctx, func(tx *db.Tx) error { _, err := h.vault.KeyTx(h.ctx, tx, key); return err })
	if !fault.Is(err, fault.NotFound) {
		h.t.Errorf("the key still opens: %v", err)
	}
	if n := h.blobs(); n != 0 {
		h.t.Errorf("%d files stayed", n)
	}
}

func TestOldDraftsArePurgedAndTouchedOnesStay(t *testing.T) {
	each(t, func(h *house) {
		job := access.System("expiry", access.JobRun)
		old, withPaper := h.drafted(h.clerk, h.complete()), h.drafted(h.clerk, h.light())
		returned := h.returned()
		h.attach(h.clerk, old, "a.pdf", pdf(h.t, "uno"))
		key := h.row(old).KeyID
		h.clk.Advance(draftLife - time.Hour)
		if n := got(h.PurgeDrafts(h.ctx, job))(h.t); n != 0 {
			h.t.Errorf("purged %d before their time", n)
		}
		paper := h.attach(h.clerk, withPaper, "b.pdf", pdf(h.t, "dos"))
		h.clk.Advance(2 * time.Hour)
		if n := got(h.PurgeDrafts(h.ctx, job))(h.t); n != 1 {
			h.t.Errorf("purged %d, want 1: a paper that was added is a touch", n)
		}
		h.must(h.Detach(h.ctx, h.clerk, withPaper, paper.ID))
		h.gone(old, key)
		h.writing(h.clerk, withPaper)
		h.writing(h.clerk, returned) // what was sent once is no draft to purge
		if n := h.count(`select count(*) from ledger_entries where action = 'referral.discard' and actor = 'system:expiry'`); n != 1 {
			h.t.Errorf("%d entries of the purge, want 1", n)
		}
	})
}

// TestAnEarlierReferralOfTheSameCaseIsNamed checks the warning of a repeated case number.
func TestAnEarlierReferralOfTheSameCaseIsNamed(t *testing.T) {
	each(t, func(h *house) {
		first := h.sent()
		again := h.light()
		again.Basis.CaseValue = "Exp. 0118 - 2026"
		if v := h.writing(h.clerk, h.drafted(h.clerk, again)); v.Twin != h.row(first).folio() {
			h.t.Errorf("twin = %q, want %q", v.Twin, h.row(first).folio())
		}
		if v := h.writing(h.stranger, h.drafted(h.stranger, again)); v.Twin != "" {
			h.t.Errorf("institution B is told of %q", v.Twin)
		}
	})
}

func TestAClosedAreaStartsNoDraft(t *testing.T) {
	each(t, func(h *house) {
		h.must(h.institutions.CloseArea(h.ctx, builder, h.areaA1.institution, h.areaA1.area))
		_, err := h.StartDraft(h.ctx, h.clerk, db.NewID())
		if s := h.refused(err, fault.Conflict); !strings.Contains(s, "Juzgado Primero") {
			h.t.Errorf("says %q, want the area named", s)
		}
		h.start(h.clerk2) // of the area beside it
		if n := h.count(`select count(*) from referrals`); n != 1 {
			h.t.Errorf("%d drafts, want 1", n)
		}
	})
}

// TestADraftWhoseKeyWasErasedHidesNoOther erases the text of one of two drafts.
func TestADraftWhoseKeyWasErasedHidesNoOther(t *testing.T) {
	each(t, func(h *house) {
		stays, erased := h.drafted(h.clerk, h.light()), h.drafted(h.clerk, h.light())
		key := h.row(erased).KeyID
		h.must(h.d.Tx(h.ctx, func(tx *db.Tx) error { return h.vault.EraseTx(h.ctx, tx, key) }))
		list := got(h.Drafts(h.ctx, h.clerk))(h.t)
		if len(list) != 1 || list[0].ID != stays {
			h.t.Errorf("drafts = %+v, want only %s", list, stays)
		}
		_, err := h.OpenDraft(h.ctx, h.clerk, erased)
		h.refused(err, fault.NotFound)
	})
}

// TestAReturnedReferralTellsWhatWasAskedAndWhatChanged corrects one section and a paper.
func TestAReturnedReferralTellsWhatWasAskedAndWhatChanged(t *testing.T) {
	each(t, func(h *house) {
		id := h.drafted(h.clerk, h.light())
		h.attach(h.clerk, id, "a.pdf", pdf(h.t, "uno"))
		h.submit(h.clerk, id)
		if v := h.returnedAgain(id); len(v.Changed) != 0 {
			h.t.Errorf("just returned, changed = %v", v.Changed)
		}
		v := h.writing(h.clerk, id)
		for section, want := range map[Section][]string{
			SectionPerson: {"data_mismatch"}, SectionBasis: {"data_mismatch", "case_number"}, SectionPapers: {"resolution_illegible"},
			SectionFacts: nil, SectionCenter: nil,
		} {
			if asks := v.Returned.Asks(section); !slices.Equal(asks, want) {
				h.t.Errorf("%s is asked %v, want %v", section, asks, want)
			}
		}
		h.save(h.clerk, id, SectionFacts, h.light()) // saved again as it was: nothing changed
		other := h.light()
		other.Basis.CaseValue = "119/2026"
		h.save(h.clerk, id, SectionBasis, other)
		h.attach(h.clerk, id, "b.pdf", pdf(h.t, "dos"))
		changed := h.writing(h.clerk, id).Changed
		if !changed[SectionBasis] || !changed[SectionPapers] || changed[SectionPerson] || changed[SectionFacts] || changed[SectionCenter] {
			h.t.Errorf("changed = %v, want basis and papers", changed)
		}
		h.submit(h.clerk, id)
		if v := h.returnedAgain(id); v.Changed[SectionBasis] || v.Changed[SectionPapers] {
			h.t.Errorf("returned again, changed = %v, want nothing since then", v.Changed)
		}
		h.must(h.Detach(h.ctx, h.clerk, id, h.writing(h.clerk, id).Papers[0].ID))
		if !h.writing(h.clerk, id).Changed[SectionPapers] {
			h.t.Error("a paper taken out is no change")
		}
	})
}

// returnedAgain returns a referral for three reasons and opens it.
func (h *house) returnedAgain(id string) *DraftView {
	h.t.Helper()
	h.clk.Advance(time.Minute)
	h.must(h.Return(h.ctx, h.desk, id, ReturnNote{Reasons: []string{"data_mismatch", "case_number", "resolution_illegible", "other"}, Note: "Revise la segunda hoja."}))
	h.clk.Advance(time.Minute)
	v := h.writing(h.clerk, id)
	for section, changed := range v.Changed {
		if !changed {
			delete(v.Changed, section)
		}
	}
	return v
}

// TestEverySeedReasonOfAReturnIsPlaced holds the reasons that ship against the sections.
func TestEverySeedReasonOfAReturnIsPlaced(t *testing.T) {
	each(t, func(h *house) {
		lists := got(h.Lists(h.ctx, h.clerk))(h.t)
		for _, e := range lists.Entries(catalogue.ReturnReason) {
			if len(asks[e.Code]) == 0 && e.Code != "other" {
				h.t.Errorf("reason %q concerns no section", e.Code)
			}
		}
	})
}
