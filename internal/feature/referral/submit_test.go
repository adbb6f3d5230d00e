package referral

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
)

func TestSubmittingTwiceMakesOneFolio(t *testing.T) {
	each(t, func(h *house) {
		id := h.drafted(h.clerk, h.light())
		first := h.submit(h.clerk, id)
		if again := h.submit(h.clerk, id); again != first {
			h.t.Errorf("sent again as %+v, want %+v", again, first)
		}
		h.oneOfEach(id)
		h.must(h.Withdraw(h.ctx, h.clerk, id, Motive{Reason: "mistake"}))
		if late := h.submit(h.clerk, id); late != first || h.row(id).State != Withdrawn {
			h.t.Errorf("a late click after the withdrawal: %+v, state %s", late, h.row(id).State)
		}
	})
}

func TestSubmittingAtOnceMakesOneFolio(t *testing.T) {
	each(t, func(h *house) {
		id := h.drafted(h.clerk, h.light())
		sent := make([]Sent, 4)
		h.eachAtOnce(len(sent), func(i int) (err error) {
			sent[i], err = h.Submit(h.ctx, h.clerk, id)
			return err
		})
		if len(slices.Compact(sent)) != 1 || sent[0].Folio == "" {
			h.t.Errorf("sent as %+v, want one folio", sent)
		}
		h.oneOfEach(id)
	})
}

// oneOfEach checks that nothing was made twice for a referral sent once.
func (h *house) oneOfEach(id string) {
	h.t.Helper()
	for what, query := range map[string]string{
		"folio given":         `select next - 1 from folio_counters`,
		"person":              `select count(*) from persons`,
		"acknowledgement":     `select count(*) from documents`,
		"entry of the submit": `select count(*) from ledger_entries where action = 'referral.submit'`,
		"notice to the area":  `select count(*) from notices where kind = 'referral_submitted'`,
		"notice to a center":  `select count(*) from notices where kind = 'referral_received'`,
		"plan of a reminder":  `select count(*) from jobs where kind = 'referral.remind'`,
		"row":                 `select count(*) from referrals`,
	} {
		if n := h.count(query); n != 1 {
			h.t.Errorf("%s: %d, want 1", what, n)
		}
	}
}

func TestManyWhoSubmitAtOnceGetDifferentFolios(t *testing.T) {
	each(t, func(h *house) {
		ids, sent := make([]string, 5), make([]Sent, 5)
		for i := range ids {
			ids[i] = h.drafted(h.clerk, h.light())
		}
		h.eachAtOnce(len(ids), func(i int) (err error) {
			sent[i], err = h.Submit(h.ctx, h.clerk, ids[i])
			return err
		})
		folios := map[string]bool{}
		for _, s := range sent {
			folios[s.Folio] = true
		}
		if len(folios) != len(ids) {
			h.t.Errorf("folios %v, want %d different ones", folios, len(ids))
		}
	})
}

func TestWhatIsNotCompleteIsNotSent(t *testing.T) {
	each(t, func(h *house) {
		id := h.start(h.clerk)
		_, err := h.Submit(h.ctx, h.clerk, id)
		if s := h.refused(err, fault.Invalid); !strings.Contains(s, "falta completar") {
			h.t.Errorf("an empty draft: %q", s)
		}
		if v := h.writing(h.clerk, id); len(v.Errors) != len(Sections) || v.CanSubmit {
			h.t.Errorf("errors in %d sections, want all %d", len(v.Errors), len(Sections))
		}
		h.fill(h.clerk, id, h.light())
		h.must(h.centers.Close(h.ctx, builder, h.toluca.center))
		h.says(h.CheckSection(h.ctx, h.clerk, id, SectionCenter), "center_id", "ya no recibe")
		_, err = h.Submit(h.ctx, h.clerk, id)
		h.refused(err, fault.Invalid)
		if n := h.count(`select count(*) from folio_counters`) + h.count(`select count(*) from persons`); n != 0 {
			h.t.Errorf("a refused draft left %d rows", n)
		}
	})
}

// TestCase20MinorsGoToChildProtection sends referrals about people on both sides of their
// eighteenth birthday. The day is 23/11/2026.
func TestCase20MinorsGoToChildProtection(t *testing.T) {
	each(t, func(h *house) {
		for _, tt := range []struct {
			name             string
			birth, age, curp string
			minor            bool
		}{
			{"turns 18 today", "23/11/2008", "", "", false},
			{"turns 18 tomorrow", "24/11/2008", "", "", true},
			{"17 by estimate", "", "17", "", true},
			{"18 by estimate", "", "18", "", false},
			{"by date, whatever the estimate", "24/11/2008", "30", "", true},
			{"grown by date, whatever the estimate", "14/03/1985", "16", "", false},
			{"by CURP alone", "", "", "DEMJ100314HMCMMNA9", true},
			{"by CURP, whatever the estimate", "", "30", "DEMJ100314HMCMMNA9", true},
		} {
			c := h.light()
			c.Person.BirthDate, c.Person.EstimatedAge, c.Person.CURP = tt.birth, tt.age, tt.curp
			id := h.drafted(h.clerk, c)
			if v := h.writing(h.clerk, id); v.Minor != tt.minor || !v.CanSubmit {
				h.t.Errorf("%s: the draft says minor %v, want %v; %v", tt.name, v.Minor, tt.minor, v.Errors)
				continue
			}
			h.submit(h.clerk, id)
			if tt.minor {
				h.routed(tt.name, id)
			} else if r := h.row(id); r.State != Submitted || r.CenterID != h.toluca.center {
				h.t.Errorf("%s: %s at %q, want submitted to Toluca", tt.name, r.State, r.CenterID)
			}
		}
	})
}

// TestCase20TurnsEighteenMeanwhile writes a referral on the day before the birthday and
// sends it on the day itself: the day of the referral counts. Who was a minor on that day
// stays with child protection when he comes of age.
func TestCase20TurnsEighteenMeanwhile(t *testing.T) {
	each(t, func(h *house) {
		c := h.light()
		c.Person.BirthDate = "24/11/2008"
		early, late := h.drafted(h.clerk, c), h.drafted(h.clerk, c)
		h.submit(h.clerk, early)
		h.clk.Advance(24 * time.Hour)
		h.submit(h.clerk, late)
		h.routed("sent on the day before", early)
		if r := h.row(late); r.State != Submitted || r.CenterID != h.toluca.center {
			h.t.Errorf("sent on the birthday: %s at %q, want submitted to Toluca", r.State, r.CenterID)
		}
	})
}

// routed checks that child protection is told and no center sees it.
func (h *house) routed(name, id string) {
	h.t.Helper()
	r := h.row(id)
	if r.State != Routed || r.CenterID != "" || r.folio() == "" {
		h.t.Errorf("%s: %s at %q with folio %q", name, r.State, r.CenterID, r.folio())
	}
	if told := h.told(id); !slices.Contains(told, "referral_minor ninez@proteccion.example") || slices.ContainsFunc(told[max(0, len(told)-2):], func(s string) bool {
		return strings.Contains(s, "referral_received") || strings.Contains(s, "referral_corrected")
	}) {
		h.t.Errorf("%s: told %q", name, told)
	}
	for _, desk := range []access.Actor{h.desk, h.lermaDesk} {
		if _, err := h.Open(h.ctx, desk, id); !fault.Is(err, fault.NotFound) {
			h.t.Errorf("%s: a center opens it: %v", name, err)
		}
	}
	if v := h.open(h.clerk, id); v.State != Routed || v.Center.ID != "" || h.receipt(id).Folio.String() != r.folio() {
		h.t.Errorf("%s: the clerk reads %+v", name, v)
	}
	if n := h.count(`select count(*) from referrals where id = $1 and draft is not null`, id); n != 0 {
		h.t.Errorf("%s: a second copy stays in the draft", name)
	}
}

// TestTheReceiptOfAMinorExplainsWhoContinues reads the acknowledgement of a routed one.
func TestTheReceiptOfAMinorExplainsWhoContinues(t *testing.T) {
	each(t, func(h *house) {
		c := h.minor()
		c.Center.CenterID = "" // none is needed
		id := h.sentAs(h.clerk, c)
		_, content, err := h.documents.Read(h.ctx, h.clerk, h.open(h.clerk, id).Documents[0].ID)
		h.must(err)
		if text := strings.Join(content.Paragraphs, "\n"); !strings.Contains(text, "menor de 18 años") || !strings.Contains(text, "protección de la niñez") {
			h.t.Errorf("the receipt says %q", text)
		}
	})
}

func TestADateThatContradictsTheCURPAboutBeingOfAgeIsAsked(t *testing.T) {
	each(t, func(h *house) {
		c := h.light()
		c.Person.CURP = "DEMJ100314HMCMMNA9" // of 14/03/2010
		id := h.drafted(h.clerk, c)
		h.says(h.CheckSection(h.ctx, h.clerk, id, SectionPerson), "birth_date", "no coinciden")
		c.Person.BirthDate = "14/04/2010" // another day of a minor changes nothing
		h.save(h.clerk, id, SectionPerson, c)
		h.must(h.CheckSection(h.ctx, h.clerk, id, SectionPerson))
	})
}

// TestACorrectionMayShowAMinor returns a referral whose person turns out to be 16.
func TestACorrectionMayShowAMinor(t *testing.T) {
	each(t, func(h *house) {
		id := h.returned()
		h.save(h.clerk, id, SectionPerson, h.minor())
		h.submit(h.clerk, id)
		h.routed("corrected", id)
		if told := h.told(id); !slices.Contains(told, "referral_minor_out centro.toluca@cedemas.example") {
			h.t.Errorf("the center that had it was not told: %q", told)
		}
		if _, _, err := h.documents.Read(h.ctx, h.desk, h.open(h.clerk, id).Documents[0].ID); !fault.Is(err, fault.NotFound) {
			h.t.Errorf("the center still reads its receipt: %v", err)
		}
		if p := h.panel(h.desk, PanelFilter{Text: "ficticio"}); len(p.Rows) != 0 || p.Total != 0 {
			h.t.Errorf("the center still finds it by name: %+v", p.Rows)
		}
	})
}

// TestACorrectionMayNameAnotherCenter checks that everything goes along.
func TestACorrectionMayNameAnotherCenter(t *testing.T) {
	each(t, func(h *house) {
		id := h.returned()
		c := h.light()
		c.Center.CenterID = h.lerma.center
		h.save(h.clerk, id, SectionCenter, c)
		h.submit(h.clerk, id)
		h.movedToLerma(id)
		told := h.told(id)
		for _, want := range []string{"referral_reassigned_out centro.toluca@cedemas.example", "referral_received centro.lerma@cedemas.example"} {
			if !slices.Contains(told, want) {
				h.t.Errorf("told %q, want %q", told, want)
			}
		}
	})
}

// movedToLerma checks that Toluca sees a referral no more and Lerma sees all of it.
func (h *house) movedToLerma(id string) {
	h.t.Helper()
	receipt := h.open(h.clerk, id).Documents[0].ID
	for _, tt := range []struct {
		name  string
		actor access.Actor
		sees  int
	}{{"the old center", h.desk, 0}, {"the new center", h.lermaDesk, 1}} {
		p := h.panel(tt.actor, PanelFilter{Text: "ficticio"})
		queue := got(h.Queue(h.ctx, tt.actor, ""))(h.t).Rows
		_, openErr := h.Open(h.ctx, tt.actor, id)
		_, _, readErr := h.documents.Read(h.ctx, tt.actor, receipt)
		for what, ok := range map[string]bool{
			"the search finds it":   len(p.Rows) == tt.sees && p.Total == tt.sees,
			"it waits in the queue": len(queue) == tt.sees,
			"the page opens":        (openErr == nil) == (tt.sees == 1) && (openErr == nil || fault.Is(openErr, fault.NotFound)),
			"the receipt opens":     (readErr == nil) == (tt.sees == 1) && (readErr == nil || fault.Is(readErr, fault.NotFound)),
		} {
			if !ok {
				h.t.Errorf("%s: %s: not as it should be (panel %d, queue %d, %v, %v)", tt.name, what, len(p.Rows), len(queue), openErr, readErr)
			}
		}
	}
}

func TestWhatTheCenterDownloadsGoesAlongWithACorrection(t *testing.T) {
	each(t, func(h *house) {
		id := h.drafted(h.clerk, h.complete())
		seen := h.attach(h.clerk, id, "mala.pdf", pdf(t, "ilegible"))
		h.submit(h.clerk, id)
		h.clk.Advance(time.Minute)
		h.must(h.Return(h.ctx, h.desk, id, note))
		h.clk.Advance(time.Minute)
		h.must(h.Detach(h.ctx, h.clerk, id, seen.ID))
		better := h.attach(h.clerk, id, "buena.pdf", pdf(t, "legible"))
		h.submit(h.clerk, id)
		v := h.open(h.desk, id)
		if len(v.Papers) != 1 || v.Papers[0].ID != better.ID {
			h.t.Errorf("papers = %+v, want the better one", v.Papers)
		}
		h.drain()
		if n := h.blobs(); n != 2 {
			h.t.Errorf("%d files kept, want 2: what the center saw stays on record", n)
		}
	})
}

func TestSentencesOfDraftsAreTranslated(t *testing.T) {
	each(t, func(h *house) {
		id := h.start(h.clerk)
		for section, err := range h.writing(h.clerk, id).Errors {
			for field, m := range fault.FieldsOf(err) {
				if !i18n.Has(i18n.English, m.Key) {
					h.t.Errorf("%s, %s: %q has no English", section, field, m.Key)
				}
			}
		}
	})
}
