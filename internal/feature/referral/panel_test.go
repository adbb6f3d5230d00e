package referral

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/platform/access"
)

// many sends so many referrals, some at the same instant, with numbered cases.
func (h *house) many(n int) (ids []string) {
	h.t.Helper()
	for i := range n {
		c := h.light()
		c.Basis.CaseValue = fmt.Sprintf("%d/2025", 1000+i)
		id := h.drafted(h.clerk, c)
		h.submit(h.clerk, id)
		if i%3 == 0 {
			h.clk.Advance(time.Second)
		}
		ids = append(ids, id)
	}
	return ids
}

// TestPagingVisitsEveryRowOnceWhileRowsAreInserted reads the pages of 110 referrals
// while others come in.
func TestPagingVisitsEveryRowOnceWhileRowsAreInserted(t *testing.T) {
	each(t, func(h *house) {
		ids := h.many(110)
		visited := map[string]int{}
		var last Row
		pages, f := 0, PanelFilter{}
		for {
			p := h.panel(h.clerk, f)
			for _, row := range p.Rows {
				visited[row.ID]++
				if last.ID != "" && (row.SubmittedAt.After(last.SubmittedAt) || row.SubmittedAt.Equal(last.SubmittedAt) && row.ID > last.ID) {
					h.t.Errorf("%s stands after %s", row.ID, last.ID)
				}
				last = row
			}
			pages++
			if f.After = p.Next; f.After == "" {
				break
			}
			h.sent() // while one reads
		}
		if pages != 3 {
			h.t.Errorf("%d pages, want 3", pages)
		}
		for _, id := range ids {
			if visited[id] != 1 {
				h.t.Errorf("%s was visited %d times", id, visited[id])
			}
		}
		if len(visited) != len(ids) {
			h.t.Errorf("visited %d referrals, want %d: newer ones stay above", len(visited), len(ids))
		}
		if p := h.panel(h.clerk, PanelFilter{}); p.Total != 112 || p.Counts[Submitted] != 112 || p.More {
			h.t.Errorf("counts %v, total %d, want 112", p.Counts, p.Total)
		}
	})
}

func TestAPageKeyThatIsNoneBeginsAtTheTop(t *testing.T) {
	each(t, func(h *house) {
		id := h.sent()
		for _, key := range []string{"x", "_", "2026-11-23T16:00:00.000000Z", "2026-99-23T16:00:00.000000Z_" + id, "_" + id,
			"2026-11-23T16:00:00.000000Z_x\x00", "2026-11-23T16:00:00.000000Z_\xff"} {
			if p := h.panel(h.clerk, PanelFilter{After: key}); len(p.Rows) != 1 {
				h.t.Errorf("key %q: %d rows, want 1", key, len(p.Rows))
			}
		}
	})
}

// TestCountsFollowTheFilter checks page, total and counts under text and state.
func TestCountsFollowTheFilter(t *testing.T) {
	each(t, func(h *house) {
		other := h.light()
		other.Person.Surname1, other.Basis.CaseValue = "Imaginario", "77/2024"
		h.sent()
		h.returned()
		h.must(h.Decline(h.ctx, h.desk, h.sent(), Motive{Reason: "no_capacity"}))
		h.must(h.Decline(h.ctx, h.desk, h.sentAs(h.clerk, other), Motive{Reason: "no_capacity"}))
		h.start(h.clerk)          // a draft is in no panel
		h.sentAs(h.clerk2, other) // nor is that of another area
		all := map[State]int{Submitted: 1, Returned: 1, Declined: 2}
		for _, tt := range []struct {
			name   string
			filter PanelFilter
			rows   int
			counts map[State]int
		}{
			{"everything", PanelFilter{}, 4, all},
			{"one state", PanelFilter{State: Declined}, 2, all},
			{"a state without any", PanelFilter{State: Expired}, 0, all},
			{"drafts are not asked here", PanelFilter{State: Draft}, 0, all},
			{"a state that is none", PanelFilter{State: "x\x00"}, 0, all},
			{"a name", PanelFilter{Text: "ficticio"}, 3, map[State]int{Submitted: 1, Returned: 1, Declined: 1}},
			{"a name and a state", PanelFilter{Text: " ficticio ", State: Declined}, 1, map[State]int{Submitted: 1, Returned: 1, Declined: 1}},
			{"a case number", PanelFilter{Text: "Exp. 077/2024"}, 1, map[State]int{Declined: 1}},
			{"nothing that is there", PanelFilter{Text: "nadie"}, 0, map[State]int{}},
			{"signs only", PanelFilter{Text: "%"}, 0, map[State]int{}},
		} {
			p := h.panel(h.clerk, tt.filter)
			if len(p.Rows) != tt.rows || p.Total != tt.rows || p.More || fmt.Sprint(p.Counts) != fmt.Sprint(tt.counts) {
				h.t.Errorf("%s: %d rows, total %d, counts %v; want %d and %v", tt.name, len(p.Rows), p.Total, p.Counts, tt.rows, tt.counts)
			}
		}
	})
}

// TestSearchFindsByFolioNumberCURPSoundAndBeginning sends three referrals and looks for
// the first.
func TestSearchFindsByFolioNumberCURPSoundAndBeginning(t *testing.T) {
	each(t, func(h *house) {
		c := h.light()
		c.Person.GivenNames, c.Person.Surname1, c.Person.Surname2 = "Ximena", "Jiménez", "Hernández"
		c.Person.CURP, c.Basis.CaseValue = "fidj850314hmccmn06", "0118/2026"
		sent := h.submit(h.clerk, h.drafted(h.clerk, c)) // SIGUE-2026-000001
		for i, number := range []string{"119/2026", "2026/A"} {
			d := h.light()
			d.Person.GivenNames, d.Basis.CaseValue = []string{"Óscar", "Saúl"}[i], number
			h.submit(h.clerk, h.drafted(h.clerk, d))
		}
		for _, tt := range []struct {
			text string
			want int // how many, the first referral among them
		}{
			{sent.Folio, 1}, {strings.ToLower(strings.ReplaceAll(sent.Folio, "-", " ")), 1},
			{"SIGUE-2026-000001", 1}, {"sigue 2026 1", 1}, {"2026-000001", 1},
			{"000001", 2}, {"1", 2}, // a folio, and the beginning of 119/2026
			{"118/2026", 1}, {"Exp 118-2026", 1}, {"118/2026 ", 1},
			{"118", 1}, {"0118", 1}, {"11", 2}, {"118/2", 1}, {"2026", 3}, {"/2026", 3},
			{"FIDJ850314HMCCMN06", 1}, {"fidj850314hmccmn06", 1}, {" FIDJ 850314-HMCCMN06", 1},
			{"jimenez", 1}, {"gimenes", 1}, {"XIMÉNEZ", 1}, {"jim", 1}, {"hern jim", 1}, {"ernandes", 1}, {"ximena hernandez", 1},
		} {
			p := h.panel(h.clerk, PanelFilter{Text: tt.text})
			if len(p.Rows) != tt.want || p.Total != tt.want || !slices.ContainsFunc(p.Rows, func(r Row) bool { return r.ID == sent.ID }) {
				h.t.Errorf("%q finds %d, want %d with the first", tt.text, len(p.Rows), tt.want)
			}
		}
		for _, text := range []string{"26", "12/A", "8/2026", "18", "SIGUE-2025-000001", "SIGUE-2026-000009", "SIGUE 118", "jimenez demo",
			"zzzz", "ZZZ jimenez", "9999999999999999999999", "FIDJ850314HMCCMN0", "FIDJ850314HMCCMN07", "DEMJ100314HMCMMNA9"} {
			if p := h.panel(h.clerk, PanelFilter{Text: text}); len(p.Rows) != 0 {
				h.t.Errorf("%q finds %d, want none", text, len(p.Rows))
			}
		}
	})
}

// TestACURPFindsInsideTheScopeOnly seeks one person of two institutions.
func TestACURPFindsInsideTheScopeOnly(t *testing.T) {
	each(t, func(h *house) {
		c := h.light()
		c.Person.CURP = "FIDJ850314HMCCMN06"
		h.sentAs(h.clerk, c)
		corrected := h.returned()
		h.save(h.clerk, corrected, SectionPerson, c)
		h.submit(h.clerk, corrected)
		moved := h.sentAs(h.stranger, c)
		h.must(h.Reassign(h.ctx, h.desk, moved, h.lerma.center, Motive{Reason: "closer"}))
		for _, tt := range []struct {
			name  string
			actor access.Actor
			want  int
		}{
			{"its area, with one that was corrected", h.clerk, 2}, {"its supervisor", h.supervisor, 2}, {"another area", h.clerk2, 0},
			{"institution B", h.stranger, 1}, {"the center", h.desk, 2}, {"the center to which one went", h.lermaDesk, 1},
		} {
			if p := h.panel(tt.actor, PanelFilter{Text: c.Person.CURP}); len(p.Rows) != tt.want || p.Total != tt.want {
				h.t.Errorf("%s: %d rows, total %d, want %d", tt.name, len(p.Rows), p.Total, tt.want)
			}
		}
	})
}

// TestASupervisorSeesAllAreasOfHisInstitution compares the panels of all who may look.
func TestASupervisorSeesAllAreasOfHisInstitution(t *testing.T) {
	each(t, func(h *house) {
		h.sent()
		h.sentAs(h.clerk2, h.light())
		h.sentAs(h.stranger, h.light())
		h.returned()
		for _, tt := range []struct {
			name        string
			actor       access.Actor
			rows, waits int
		}{
			{"clerk of area 1", h.clerk, 2, 1}, {"clerk of area 2", h.clerk2, 1, 0}, {"supervisor", h.supervisor, 3, 1},
			{"institution B", h.stranger, 1, 0},
		} {
			p, pending := h.panel(tt.actor, PanelFilter{}), got(h.Pending(h.ctx, tt.actor, ""))(h.t).Rows
			if len(p.Rows) != tt.rows || p.Total != tt.rows || len(pending) != tt.waits {
				h.t.Errorf("%s: %d rows, total %d, %d pending; want %d and %d", tt.name, len(p.Rows), p.Total, len(pending), tt.rows, tt.waits)
			}
		}
		areas := map[string]bool{}
		for _, row := range h.panel(h.supervisor, PanelFilter{}).Rows {
			areas[row.Area] = true
		}
		if len(areas) != 2 {
			h.t.Errorf("the supervisor sees areas %v, want two", areas)
		}
	})
}

// TestTheQueueShowsTheMostPressingFirst checks the order and the load of a center.
func TestTheQueueShowsTheMostPressingFirst(t *testing.T) {
	each(t, func(h *house) {
		first := h.sent()
		h.clk.Advance(24 * time.Hour)
		second := h.sent()
		h.must(h.Accept(h.ctx, h.desk, first)) // due in three days now
		h.returned()
		queue := got(h.Queue(h.ctx, h.desk, ""))(h.t).Rows
		if len(queue) != 2 || queue[0].ID != second || queue[1].ID != first {
			h.t.Errorf("queue = %+v, want %s before %s", queue, second, first)
		}
		if load := got(h.Load(h.ctx, h.clerk))(h.t); load[h.toluca.center] != 2 || load[h.lerma.center] != 0 {
			h.t.Errorf("load = %v, want 2 at Toluca", load)
		}
	})
}

// TestPanelsUseAnIndex asks each engine how it would run the queries of panels. The
// tables hold almost nothing, so PostgreSQL is told not to read them whole.
func TestPanelsUseAnIndex(t *testing.T) {
	each(t, func(h *house) {
		h.sent()
		for _, tt := range []struct {
			name       string
			actor      access.Actor
			permission access.Permission
			filter     PanelFilter
			index      string
		}{
			{"area", h.clerk, access.ReferralRead, PanelFilter{}, "referrals_area"},
			{"area by state", h.clerk, access.ReferralRead, PanelFilter{State: Submitted}, "referrals_area"},
			{"institution", h.supervisor, access.ReferralRead, PanelFilter{}, "referrals_institution"},
			{"institution by state", h.supervisor, access.ReferralRead, PanelFilter{State: Submitted}, "referrals_institution"},
			{"center", h.desk, access.ReferralRead, PanelFilter{}, "referrals_"},
			{"center by state", h.desk, access.ReferralRead, PanelFilter{State: Submitted}, "referrals_center"},
			{"area by name", h.clerk, access.ReferralRead, PanelFilter{Text: "ficticio"}, "referral_words_"},
			{"institution by name", h.supervisor, access.ReferralRead, PanelFilter{Text: "ficticio"}, "referral_words_"},
			{"center by name", h.desk, access.ReferralRead, PanelFilter{Text: "ficticio"}, "referral_words_"},
			{"area by name or number", h.clerk, access.ReferralRead, PanelFilter{Text: "118"}, "referral_words_"},
			{"institution by name or number", h.supervisor, access.ReferralRead, PanelFilter{Text: "118/2026"}, "referral_words_"},
			{"center by number", h.desk, access.ReferralRead, PanelFilter{Text: "SIGUE-2026-000001"}, "referral_words_"},
			{"center by CURP, which names one", h.desk, access.ReferralRead, PanelFilter{Text: "FIDJ850314HMCCMN06"}, "referral_words_"},
		} {
			scope := got(tt.actor.Require(tt.permission))(h.t)
			var args db.Args
			where := panelWhere(scope, tt.filter, true, &args)
			query := `select ` + listColumns + ` from referrals r join persons p on p.id = r.person_id where ` + where +
				` order by r.submitted_at desc, r.id desc limit ` + args.Add(pageSize+1)
			h.planned(tt.name, tt.index, query, args)
			args = nil
			h.planned(tt.name+", counts", tt.index[:len("referral")], countsQuery(scope, tt.filter, &args), args)
		}
	})
}

// planned checks that a query reads an index and no table of referrals whole.
func (h *house) planned(name, index, query string, args db.Args) {
	h.t.Helper()
	var plan []string
	err := h.d.Tx(h.ctx, func(tx *db.Tx) error {
		if tx.Engine() == db.Postgres {
			if _, err := tx.Exec(h.ctx, `set local enable_seqscan = off`); err != nil {
				return err
			}
			return tx.Select(h.ctx, &plan, `explain `+query, args...)
		}
		var steps []struct {
			ID, Parent, Notused int
			Detail              string
		}
		err := tx.Select(h.ctx, &steps, `explain query plan `+query, args...)
		for _, step := range steps {
			plan = append(plan, step.Detail)
		}
		return err
	})
	h.must(err)
	text := strings.Join(plan, "\n")
	whole := strings.Contains(text, "SCAN r") || strings.Contains(text, "Seq Scan on referral") || strings.Contains(text, "SCAN p")
	if !strings.Contains(text, index) || whole {
		h.t.Errorf("%s: no %s in the plan, or a table is read whole:\n%s", name, index, text)
	}
	if h.d.Engine() == db.SQLite && !strings.Contains(name, "center") && !strings.Contains(name, "name") && strings.Contains(text, "TEMP B-TREE") {
		h.t.Errorf("%s: the page is sorted instead of read in order:\n%s", name, text)
	}
}

// TestCountingStopsAtItsLimit fills an area beyond what is counted.
func TestCountingStopsAtItsLimit(t *testing.T) {
	each(t, func(h *house) {
		id := h.sent()
		h.exec(`insert into referrals (id, folio, channel, institution_id, area_id, center_id, person_id, key_id, created_at, created_by,
				draft_version, legal_basis, authority, case_kind, case_issuer, case_value, case_norm, mandate_sessions, relation,
				lives_with_victim, minors_exposed, weapon, protection_order, urgent, submitted_at, submitted_by, accepted_by,
				declined_at, declined_by, decline_reason, withdrawn_by, withdraw_reason, state, version)
			with recursive n(i) as (select 1 union all select i + 1 from n where i < $1)
			select r.id || i, r.folio || i, channel, institution_id, area_id, center_id, person_id, key_id, created_at, created_by,
				draft_version, legal_basis, authority, case_kind, case_issuer, case_value, case_norm, mandate_sessions, relation,
				lives_with_victim, minors_exposed, weapon, protection_order, urgent, submitted_at, submitted_by, accepted_by,
				submitted_at, declined_by, decline_reason, withdrawn_by, withdraw_reason, 'declined', version
			from referrals r, n where r.id = $2`, countLimit, id)
		for _, f := range []PanelFilter{{}, {State: Declined}} {
			if p := h.panel(h.clerk, f); !p.More || p.Total > countLimit || p.Total < countLimit-1 || len(p.Rows) != pageSize || p.Next == "" {
				h.t.Errorf("filter %+v: total %d, more %v, %d rows; want about %d and more", f, p.Total, p.More, len(p.Rows), countLimit)
			}
		}
		if p := h.panel(h.clerk, PanelFilter{Text: "SIGUE-2026-000001"}); p.More || p.Total != 1 {
			h.t.Errorf("one folio: total %d, more %v", p.Total, p.More)
		}
	})
}

// TestTheQueueIsPagedByKey walks a queue of more than a page: on one day the urgent ones
// stand first, and nothing is shown twice or left out.
func TestTheQueueIsPagedByKey(t *testing.T) {
	each(t, func(h *house) {
		id := h.sent()
		for i := range pageSize + 9 {
			h.exec(`insert into referrals (id, folio, channel, institution_id, area_id, center_id, person_id, key_id, created_at, created_by,
					draft_version, legal_basis, authority, case_kind, case_issuer, case_value, case_norm, mandate_sessions, relation,
					lives_with_victim, minors_exposed, weapon, protection_order, urgent, submitted_at, submitted_by, accepted_by,
					declined_by, decline_reason, withdrawn_by, withdraw_reason, state, due_on, version)
				select $1, $1, channel, institution_id, area_id, center_id, person_id, key_id, created_at, created_by,
					draft_version, legal_basis, authority, case_kind, case_issuer, case_value, case_norm, mandate_sessions, relation,
					lives_with_victim, minors_exposed, weapon, protection_order, $2, submitted_at, submitted_by, accepted_by,
					declined_by, decline_reason, withdrawn_by, withdraw_reason, state, due_on, version from referrals where id = $3`,
				db.NewID(), i%3 == 0, id)
		}
		var rows []Row
		after := ""
		for {
			w := got(h.Queue(h.ctx, h.desk, after))(h.t)
			if w.Total != pageSize+10 {
				h.t.Errorf("total = %d, want %d", w.Total, pageSize+10)
			}
			rows = append(rows, w.Rows...)
			if after = w.Next; after == "" {
				break
			}
		}
		seen := map[string]bool{}
		for i, row := range rows {
			if seen[row.ID] = true; i > 0 && row.Urgent && !rows[i-1].Urgent {
				h.t.Errorf("row %d is urgent and stands after one that is not", i)
			}
		}
		if len(rows) != pageSize+10 || len(seen) != len(rows) {
			h.t.Errorf("%d rows, %d different, want %d", len(rows), len(seen), pageSize+10)
		}
		if w := got(h.Queue(h.ctx, h.desk, "2026-99-99_true_x"))(h.t); len(w.Rows) != pageSize {
			h.t.Errorf("a bad key gives %d rows, want the first page", len(w.Rows))
		}
	})
}
