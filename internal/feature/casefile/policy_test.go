package casefile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/access"
)

// TestPolicy is the table of DOMAIN, section 6, for all roles and parts.
func TestPolicy(t *testing.T) {
	parts := []Part{Identity, Status, SocialFile, PsychFile, LegalFile, RiskPart}
	want := map[access.Role][]Right{ // in the order of parts
		access.Reception:         {Write, Nothing, Nothing, Nothing, Nothing, Nothing},
		access.SocialWork:        {Write, Read, Write, Nothing, Read, Level},
		access.Psychology:        {Write, Read, Read, Write, Nothing, Write},
		access.Legal:             {Write, Read, Read, Nothing, Write, Level},
		access.CenterCoordinator: {Write, Write, Read, WithReason, Read, Write},
		access.ProgramAdmin:      {WithReason, WithReason, Nothing, Nothing, Nothing, Nothing},
	}
	for _, role := range access.Roles {
		rights := want[role.Role]
		if rights == nil {
			rights = make([]Right, len(parts))
		}
		for i, part := range parts {
			if got := Policy(role.Role, part); got != rights[i] {
				t.Errorf("%s on %s: %d, want %d", role.Role, part, got, rights[i])
			}
		}
	}
}

// TestNotes writes and reads as each role: the matrix through the service.
func TestNotes(t *testing.T) {
	each(t, func(h *house) {
		id := h.came(h.case1(obliged))
		mine := ""
		for area, who := range map[string]access.Actor{"social": h.social, "psychology": h.psych, "legal": h.legal} {
			note := got(h.WriteNote(h.ctx, who, id, NoteForm{Body: "Nota de " + area, Disclosable: "no"}))(h.t)
			if area == "psychology" {
				mine = note
			}
		}
		for _, test := range []struct {
			who  access.Actor
			want string
		}{{h.social, "social legal"}, {h.psych, "social psychology"}, {h.psych2, "social psychology"}, {h.legal, "social legal"}, {h.manager, "social legal"}} {
			if is := areas(got(h.Notes(h.ctx, test.who, id))(h.t)); is != test.want {
				h.t.Errorf("%s reads %q, want %q", test.who.Role, is, test.want)
			}
		}
		_, err := h.ReadNotes(h.ctx, h.manager, id, "ver")
		h.refused("no reason", err, fault.Invalid, "reason")
		if is := areas(got(h.ReadNotes(h.ctx, h.manager, id, why))(h.t)); is != "social psychology legal" {
			h.t.Errorf("with a reason the coordination reads %q", is)
		}
		_, readers, err := h.Readers(h.ctx, h.manager, id)
		h.must(err)
		if !slices.ContainsFunc(readers, func(r identity.Reader) bool { return r.Reason == why }) {
			h.t.Error("the reason is not beside the read")
		}
		if n := h.count(`select count(*) from notices where kind = 'case_read_with_reason'`); n != 1 {
			h.t.Errorf("the center was told %d times", n)
		}
		h.versions(id, mine)
	})
}

// versions amends a note: only its writer may, and nothing is overwritten.
func (h *house) versions(id, note string) {
	h.t.Helper()
	for who, actor := range map[string]access.Actor{"a colleague": h.psych2, "another area": h.social} {
		h.refused(who, h.AmendNote(h.ctx, actor, id, note, NoteForm{Body: "Otra cosa", Disclosable: "yes"}), fault.NotFound, "")
	}
	h.refused("empty", h.AmendNote(h.ctx, h.psych, id, note, NoteForm{}), fault.Invalid, "body")
	h.must(h.AmendNote(h.ctx, h.psych, id, note, NoteForm{Body: "Corregida", Disclosable: "yes"}))
	for _, n := range got(h.Notes(h.ctx, h.psych, id))(h.t).Notes {
		if n.ID != note {
			continue
		}
		if len(n.Versions) != 2 || n.Versions[0].Body != "Corregida" || n.Versions[1].Body != "Nota de psychology" || !n.Mine {
			h.t.Errorf("versions: %+v", n)
		}
	}
	var bodies [][]byte
	h.tx(func(tx *db.Tx) error { return tx.Select(h.ctx, &bodies, `select body from notes`) })
	for _, b := range bodies {
		if strings.Contains(string(b), "Nota") || strings.Contains(string(b), "Corregida") {
			h.t.Error("a note lies open in the database")
		}
	}
}

func areas(v *NotesView) string {
	var out []string
	for _, n := range v.Notes {
		out = append(out, strings.TrimPrefix(n.Versions[0].Body, "Nota de "))
	}
	return strings.Join(out, " ")
}

// TestRisk shows the level to those who may see it, and why to those who may enter it.
func TestRisk(t *testing.T) {
	each(t, func(h *house) {
		id := h.came(h.case1(obliged))
		h.refused("nothing typed", h.SetRisk(h.ctx, h.psych, id, RiskForm{}), fault.Invalid, "level")
		h.refused("in the past", h.SetRisk(h.ctx, h.psych, id, RiskForm{Level: "high", Reason: why, ReviewOn: "01/11/2026"}), fault.Invalid, "review_on")
		h.refused("social work", h.SetRisk(h.ctx, h.social, id, RiskForm{Level: "high", Reason: why, ReviewOn: "01/12/2026"}), fault.NotFound, "")
		h.must(h.SetRisk(h.ctx, h.psych, id, RiskForm{Level: "high", Reason: why, ReviewOn: "01/12/2026"}))
		for _, test := range []struct {
			who  access.Actor
			want string
		}{{h.desk, " 0"}, {h.social, "high 0"}, {h.legal, "high 0"}, {h.psych, "high 1"}, {h.manager, "high 1"}} {
			v := got(h.Open(h.ctx, test.who, id))(h.t)
			if is := fmt.Sprintf("%s %d", v.Risk, len(v.Risks)); is != test.want {
				h.t.Errorf("%s sees %q, want %q", test.who.Role, is, test.want)
			}
		}
	})
}

// TestReserve hides a sealed file from all that it does not name.
func TestReserve(t *testing.T) {
	each(t, func(h *house) {
		id := h.came(h.case1(obliged))
		h.must(h.Seal(h.ctx, h.manager, id, []string{h.psych.Account}))
		h.refused("an account of another center", h.Seal(h.ctx, h.manager, id, []string{h.away.Account}), fault.Invalid, "accounts")
		for who, actor := range map[string]access.Actor{"reception": h.desk, "social work": h.social, "a colleague": h.psych2} {
			_, err := h.Open(h.ctx, actor, id)
			h.refused(who, err, fault.NotFound, "")
			if p := got(h.Files(h.ctx, actor, Filter{}))(h.t); p.Total != 0 || len(p.Rows) != 0 || len(p.Counts) != 0 {
				h.t.Errorf("%s lists %d of %v", who, p.Total, p.Counts)
			}
		}
		got(h.Open(h.ctx, h.psych, id))(h.t)
		h.refused("moved while sealed", h.Transfer(h.ctx, h.manager, id, TransferForm{Center: h.lerma, Reason: "residence"}), fault.Conflict, "")
		h.must(h.Unseal(h.ctx, h.manager, id))
		got(h.Open(h.ctx, h.desk, id))(h.t)
	})
}

// TestReasonOfTheSecretariat opens a summary for a written reason, and nothing more.
func TestReasonOfTheSecretariat(t *testing.T) {
	each(t, func(h *house) {
		id := h.came(h.case1(obliged))
		folio := h.text(`select folio from case_files where id = $1`, id)
		_, err := h.OpenWithReason(h.ctx, h.secretary, folio, "")
		h.refused("no reason", err, fault.Invalid, "reason")
		_, err = h.OpenWithReason(h.ctx, h.secretary, "SIGUE-2026-999999-X", why)
		h.refused("no folio", err, fault.Invalid, "folio")
		v := got(h.OpenWithReason(h.ctx, h.secretary, folio, why))(h.t)
		if v.ID != id || v.Risk != "" || len(v.Risks) != 0 {
			h.t.Errorf("reads %+v", v.Case)
		}
		_, err = h.Open(h.ctx, h.secretary, id)
		h.refused("without the page for it", err, fault.NotFound, "")
		if n := h.count(`select count(*) from ledger_entries where action = 'case.read' and reason = $1`, why); n != 1 {
			h.t.Errorf("%d entries with the reason", n)
		}
	})
}
