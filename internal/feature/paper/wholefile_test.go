package paper

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/casefile"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
)

// whole asks for a copy, lets the program make it, and gives the document with all that
// it says.
func (h *house) whole(id string, v Variant) (document.Document, document.Content, string) {
	h.t.Helper()
	h.must(h.AskCopy(h.ctx, h.manager, id, CopyForm{Variant: string(v), Reason: "Lo pidió la persona por escrito."}))
	got(h.runner.Drain(h.ctx))(h.t)
	c := got(h.Copies(h.ctx, h.manager, id))(h.t).Copies[0]
	if !c.Made() || c.Step != c.Steps || c.DocumentID == "" {
		h.t.Fatalf("the copy is %+v, want it made", c)
	}
	d, content, err := h.use.Documents.Read(h.ctx, h.manager, c.DocumentID)
	h.must(err)
	text := got(json.Marshal(content))(h.t)
	return d, content, string(text)
}

// TestCase21DataSubjectCopyWithoutThirdParties is case 21 of DOMAIN, section 10: what somebody
// receives of his own file names no victim, no informant and nobody else.
func TestCase21DataSubjectCopyWithoutThirdParties(t *testing.T) {
	each(t, func(h *house) {
		id, other := h.planned(obliged), h.planned(obliged)
		h.group(2, clock.MustDate("2026-12-11"), id, other)
		note := func(text, disclosable string) string {
			return got(h.use.Cases.WriteNote(h.ctx, h.psych, id, casefile.NoteForm{Body: text, Disclosable: disclosable}))(h.t)
		}
		note("Nota que se le puede dar.", "yes")
		note("La vecina informó que gritó.", "no")
		n := note("Primera versión abierta que nombra a Rosa.", "yes")
		h.must(h.use.Cases.AmendNote(h.ctx, h.psych, id, n, casefile.NoteForm{Body: "Versión cerrada que nombra a Rosa.", Disclosable: "no"}))
		n = note("Versión cerrada de antes, con la hermana.", "no")
		h.must(h.use.Cases.AmendNote(h.ctx, h.psych, id, n, casefile.NoteForm{Body: "Versión abierta de ahora.", Disclosable: "yes"}))
		h.must(h.use.Cases.SetRisk(h.ctx, h.psych, id, casefile.RiskForm{Level: "high", Reason: "Amenazó a la víctima por teléfono.", ReviewOn: "30/11/2026"}))
		h.must(h.use.Cases.KeepApart(h.ctx, h.manager, id, h.text(`select folio from case_files where id = $1`, other), "Son cuñados y se pelearon."))
		h.must(h.use.Cases.Suspend(h.ctx, h.manager, id, casefile.SuspendForm{Reason: "illness", Note: "Su cuñada avisó que está hospitalizado."}))

		_, _, center := h.whole(id, ForCenter)
		_, _, person := h.whole(id, ForPerson)
		peer := h.text(`select p.surname1 from case_files c join persons p on p.id = c.person_id where c.id = $1`, other)
		for _, c := range []struct {
			name, words    string
			center, person bool
		}{
			{"his own name", "Juan", true, true},
			{"a note for him", "Nota que se le puede dar", true, true},
			{"a note that became his", "Versión abierta de ahora", true, true},
			{"its earlier version", "con la hermana", false, false},
			{"a note of an informant", "La vecina informó", true, false},
			{"a note that stopped being his", "que nombra a Rosa", true, false},
			{"why he is a risk", "Amenazó a la víctima", true, false},
			{"the facts of the referral", "Un hecho ficticio", true, false},
			{"what the coordination wrote", "Su cuñada avisó", true, false},
			{"why", "Son cuñados", false, false},
			{"the name of a peer", peer, false, false},
			{"who read the file", "Quién lo ha leído", true, false},
			{"his group", "Grupo ", true, true},
		} {
			if got := strings.Contains(center, c.words); got != c.center {
				h.t.Errorf("%s in the center's copy: %v, want %v", c.name, got, c.center)
			}
			if got := strings.Contains(person, c.words); got != c.person {
				h.t.Errorf("%s in the person's copy: %v, want %v", c.name, got, c.person)
			}
		}
	})
}

// TestACopyIsAsked for with a reason, once at a time, and stands in the ledger.
func TestACopyIsAsked(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(obliged)
		err := h.AskCopy(h.ctx, h.manager, id, CopyForm{Variant: "all", Reason: "sí"})
		if atField(err, "variant") == "" || atField(err, "reason") == "" {
			h.t.Errorf("asked for nothing in particular: %v, want what is missing of both", err)
		}
		for range 2 {
			h.must(h.AskCopy(h.ctx, h.manager, id, CopyForm{Variant: "center", Reason: "Para el amparo 12/2026."}))
		}
		v := got(h.Copies(h.ctx, h.manager, id))(h.t)
		if len(v.Copies) != 1 || !v.Running() {
			h.t.Errorf("%d copies, running %v; want the one that was begun", len(v.Copies), v.Running())
		}
		got(h.runner.Drain(h.ctx))(h.t)
		h.whole(id, ForCenter)
		if n := h.issuedAs(document.CaseFile); n != 2 {
			h.t.Errorf("%d documents, want 2", n)
		}
		if n := h.count(`select count(*) from documents where kind = 'case_file' and revoked_at is null`); n != 1 {
			h.t.Errorf("%d are valid, want the newest", n)
		}
		for action, want := range map[string]int{"case_copy.read": 3, "document.read": 1} {
			if n := h.count(`select count(*) from ledger_entries where action = $1`, action); n != want {
				h.t.Errorf("%d entries %s, want %d", n, action, want)
			}
		}
		h.exec(`update case_files set sealed_at = $1 where id = $2`, db.At(h.clk.Now()), id)
		if _, err := h.Copies(h.ctx, h.manager, id); !fault.Is(err, fault.NotFound) {
			h.t.Errorf("the copies of a sealed file are shown: %v", err)
		}
	})
}

// TestAKilledCopy begins again and ends with one document.
func TestAKilledCopy(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(obliged)
		h.must(h.AskCopy(h.ctx, h.manager, id, CopyForm{Variant: "center", Reason: "Para el amparo 12/2026."}))
		c := got(h.Copies(h.ctx, h.manager, id))(h.t).Copies[0]
		h.must(h.reach(h.ctx, c.ID, 7)) // and then the process dies with its lease
		h.exec(`update jobs set state = 'running', worker = 'dead', lease_until = $1, attempts = 1 where kind = 'paper.copy_case'`,
			db.At(h.clk.Now().Add(time.Minute)))
		got(h.runner.Drain(h.ctx))(h.t)
		if c = got(h.Copies(h.ctx, h.manager, id))(h.t).Copies[0]; c.Made() || c.Step != 7 {
			h.t.Fatalf("the copy is %+v, want it at part 7", c)
		}
		h.clk.Advance(2 * time.Minute)
		got(h.runner.Drain(h.ctx))(h.t)
		h.must(h.copyCase(h.ctx, c.ID)) // a job may run twice
		if n := h.issuedAs(document.CaseFile); n != 1 {
			h.t.Errorf("%d documents, want 1", n)
		}
	})
}

// TestAFailedCopy says so, and can be asked for again.
func TestAFailedCopy(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(obliged)
		ask := CopyForm{Variant: "center", Reason: "Para el amparo 12/2026."}
		h.must(h.AskCopy(h.ctx, h.manager, id, ask))
		h.exec(`update case_copies set center_id = $1`, h.lerma) // the file goes to another center meanwhile
		got(h.runner.Drain(h.ctx))(h.t)
		v := got(h.Copies(h.ctx, h.manager, id))(h.t)
		if !v.Copies[0].Failed(v.Now) || v.Running() || h.issuedAs(document.CaseFile) != 0 {
			h.t.Errorf("the copy is %+v, want it failed, with no document", v.Copies[0])
		}
		h.whole(id, ForCenter)

		h.must(h.AskCopy(h.ctx, h.manager, id, ask))
		h.exec(`delete from jobs where kind = 'paper.copy_case'`) // nobody works on it any more
		h.clk.Advance(patience + time.Minute)
		if v = got(h.Copies(h.ctx, h.manager, id))(h.t); !v.Copies[0].Failed(v.Now) {
			h.t.Error("a copy that stands still is still waited for")
		}
		h.whole(id, ForCenter)
	})
}

// TestACopyOfALongCase draws a case with 2,000 sessions.
func TestACopyOfALongCase(t *testing.T) {
	each(t, func(h *house) {
		const sessions = 2000
		id := h.planned(obliged)
		begin := h.clk.Now()
		h.must(h.d.Tx(h.ctx, func(tx *db.Tx) error {
			for n := range sessions {
				at, visit := db.At(begin.AddDate(0, 0, -n)), fmt.Sprintf("visit-%d", n)
				if _, err := tx.Exec(h.ctx, `insert into appointments (id, center_id, kind, case_id, group_id, component_id, session_number, account_id, co_account_id,
						venue_id, room_id, mode, starts_at, minutes, created_at, created_by, moved_from, ended_by, ended_side, ended_reason, held_at, held_by, version)
					values ($1, $2, 'individual', $3, '', $4, 0, '', '', '', '', 'in_person', $5, 60, $5, '', '', '', '', '', $5, '', 1)`,
					visit, h.toluca, id, talks, at); err != nil {
					return err
				}
				if _, err := tx.Exec(h.ctx, `insert into attendances (appointment_id, case_id, outcome, recorded_at, recorded_by, page, excused_by, excuse, version)
					values ($1, $2, 'present', $3, '', '', '', '', 1)`, visit, id, at); err != nil {
					return err
				}
			}
			return nil
		}))
		d, content, _ := h.whole(id, ForCenter)
		rows := 0
		for _, s := range content.Sections {
			for _, t := range s.Tables {
				rows = max(rows, len(t.Rows))
			}
		}
		if rows != sessions {
			h.t.Errorf("the longest table has %d rows, want %d", rows, sessions)
		}
		var pdf bytes.Buffer
		h.must(h.use.Documents.RenderPDF(&pdf, d, content))
		pages := bytes.Count(pdf.Bytes(), []byte("/Type /Page\n"))
		h.t.Logf("%d rows: %d kB, %d pages", rows, pdf.Len()>>10, pages)
		if pages < 40 || pdf.Len() > 8<<20 {
			h.t.Errorf("%d pages of %d bytes in all", pages, pdf.Len())
		}
	})
}

// TestACopyIsForTheCoordination alone.
func TestACopyIsForTheCoordination(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(obliged)
		for _, actor := range []access.Actor{h.psych, h.desk, h.legal, h.away, h.clerk, {}} {
			if err := h.AskCopy(h.ctx, actor, id, CopyForm{Variant: "center", Reason: "Quiero tenerlo todo."}); !fault.Is(err, fault.NotFound) {
				h.t.Errorf("%s asks for a copy: %v, want NotFound", actor.Role, err)
			}
		}
	})
}
