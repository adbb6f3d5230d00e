package referral

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
)

// TestTwoAcceptAtOnceAndOneReadsWhoDid has the two receptionists of a center accept the
// same referral at the same moment.
func TestTwoAcceptAtOnceAndOneReadsWhoDid(t *testing.T) {
	each(t, func(h *house) {
		id, desks := h.sent(), []access.Actor{h.desk, h.desk2}
		errs := h.atOnce(2, func(i int) error { return h.Accept(h.ctx, desks[i], id) })
		won := slices.Index(errs, nil)
		if won < 0 {
			h.t.Fatalf("nobody accepted: %v", errs)
		}
		if s := h.refused(errs[1-won], fault.Conflict); !strings.Contains(s, "Aceptada") || !strings.Contains(s, h.post(desks[won])+", el 23/11/2026 a las 10:01. ") {
			h.t.Errorf("the other reads %q, want the state and %q", s, h.post(desks[won]))
		}
		if by := h.row(id).AcceptedBy; by != desks[won].Account {
			h.t.Errorf("accepted by %s, want the winner", by)
		}
		for what, query := range map[string]string{
			"acceptance": `select count(*) from ledger_entries where action = 'referral.accept'`,
			"notice":     `select count(*) from notices where kind = 'referral_accepted'`,
		} {
			if n := h.count(query); n != 1 {
				h.t.Errorf("%s: %d, want 1", what, n)
			}
		}
	})
}

// TestDifferentAnswersAtOnceLeaveOne has one accept while the other declines and the
// institution withdraws.
func TestDifferentAnswersAtOnceLeaveOne(t *testing.T) {
	each(t, func(h *house) {
		id := h.sent()
		errs := h.atOnce(3, func(i int) error {
			switch i {
			case 0:
				return h.Decline(h.ctx, h.desk, id, Motive{Reason: "no_capacity"})
			case 1:
				return h.Return(h.ctx, h.desk2, id, note)
			}
			return h.Reassign(h.ctx, h.desk, id, h.lerma.center, Motive{Reason: "closer"})
		})
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.NotFound) { // to whom it moved away it is unseen
				h.t.Errorf("the loser gets %v", err)
			}
		}
		if won != 1 {
			h.t.Errorf("%d answers won: %v", won, errs)
		}
	})
}

// answers are the ways in which a center answers, each right for a waiting referral.
func (h *house) answers() map[string]func(actor access.Actor, id string) error {
	return map[string]func(access.Actor, string) error{
		"accept": func(actor access.Actor, id string) error { return h.Accept(h.ctx, actor, id) },
		"return": func(actor access.Actor, id string) error { return h.Return(h.ctx, actor, id, note) },
		"decline": func(actor access.Actor, id string) error {
			return h.Decline(h.ctx, actor, id, Motive{Reason: "no_capacity"})
		},
		"reassign": func(actor access.Actor, id string) error {
			return h.Reassign(h.ctx, actor, id, h.lerma.center, Motive{Reason: "closer"})
		},
	}
}

// TestAnAnswerInAWrongStateIsRefusedAndChangesNothing tries every answer on a referral
// in every other state.
func TestAnAnswerInAWrongStateIsRefusedAndChangesNothing(t *testing.T) {
	each(t, func(h *house) {
		expired := h.returned()
		h.clk.Set(clock.MustDate("2026-12-08").At(10, 0))
		got(h.ExpireOverdue(h.ctx, access.System("expiry", access.JobRun)))(h.t)
		states := map[State]string{Returned: h.returned(), Accepted: h.sent(), Declined: h.sent(), Withdrawn: h.sent(), Expired: expired}
		h.must(h.Accept(h.ctx, h.desk, states[Accepted]))
		h.must(h.Decline(h.ctx, h.desk, states[Declined], Motive{Reason: "no_capacity"}))
		h.must(h.Withdraw(h.ctx, h.clerk, states[Withdrawn], Motive{Reason: "mistake"}))
		for state, id := range states {
			before := *h.row(id)
			for name, answer := range h.answers() {
				s := h.refused(answer(h.desk2, id), fault.Conflict)
				if !strings.Contains(s, state.Label().Key) {
					h.t.Errorf("%s of what is %s says %q, want the state", name, state, s)
				}
				if byDesk := state == Accepted || state == Declined || state == Returned; byDesk && !strings.Contains(s, h.post(h.desk)) {
					h.t.Errorf("%s of what is %s says %q, want who did it", name, state, s)
				}
			}
			if after := *h.row(id); after.State != before.State || after.DueOn != before.DueOn || after.CenterID != before.CenterID {
				h.t.Errorf("%s changed to %+v", state, after)
			}
		}
	})
}

func TestAnswersNeedTheirReasons(t *testing.T) {
	each(t, func(h *house) {
		id := h.sent()
		long := strings.Repeat("a", 2001)
		for _, tt := range []struct {
			name, field, says string
			err               error
		}{
			{"declined without a reason", "reason", "Elija un motivo", h.Decline(h.ctx, h.desk, id, Motive{Reason: ""})},
			{"declined for a reason of another list", "reason", "", h.Decline(h.ctx, h.desk, id, Motive{Reason: "closer"})},
			{"reassigned without a reason", "reason", "Elija un motivo", h.Reassign(h.ctx, h.desk, id, h.lerma.center, Motive{Reason: ""})},
			{"reassigned to nowhere", "center_id", "Elija el centro", h.Reassign(h.ctx, h.desk, id, "", Motive{Reason: "closer"})},
			{"reassigned to no center", "center_id", "ya no recibe", h.Reassign(h.ctx, h.desk, id, "x\x00", Motive{Reason: "closer"})},
			{"reassigned to itself", "center_id", "distinto del suyo", h.Reassign(h.ctx, h.desk, id, h.toluca.center, Motive{Reason: "closer"})},
			{"returned without a reason", "reasons", "al menos una", h.Return(h.ctx, h.desk, id, ReturnNote{Note: note.Note})},
			{"returned without a note", "note", "en una frase", h.Return(h.ctx, h.desk, id, ReturnNote{Reasons: note.Reasons, Note: " \n "})},
			{"returned with a long note", "note", "caben 2000", h.Return(h.ctx, h.desk, id, ReturnNote{Reasons: note.Reasons, Note: long})},
			{"withdrawn without a reason", "reason", "Elija un motivo", h.Withdraw(h.ctx, h.clerk, id, Motive{Reason: ""})},
		} {
			if s := atField(tt.err, tt.field); s == "" || !strings.Contains(s, tt.says) {
				h.t.Errorf("%s: %v at %q, want %q", tt.name, tt.err, tt.field, tt.says)
			}
		}
		h.must(h.centers.Close(h.ctx, builder, h.chalco.center))
		h.says(h.Reassign(h.ctx, h.desk, id, h.chalco.center, Motive{Reason: "closer"}), "center_id", "ya no recibe")
		if r := h.row(id); r.State != Submitted || h.count(`select count(*) from referral_returns`) != 0 {
			h.t.Errorf("a refused answer made it %s", r.State)
		}
	})
}

// TestDecliningIsToldWithItsReason reads it as the institution does.
func TestDecliningIsToldWithItsReason(t *testing.T) {
	each(t, func(h *house) {
		id := h.sent()
		h.must(h.Decline(h.ctx, h.desk, id, Motive{Reason: "mandate_too_short"}))
		if v := h.open(h.clerk, id); v.State != Declined || v.Motive.Reason != "mandate_too_short" {
			h.t.Errorf("the clerk reads %s for %q", v.State, v.Motive.Reason)
		}
		if told := h.told(id); told[len(told)-1] != "referral_declined juzgado.primero@instancia.example" {
			h.t.Errorf("told %q", told)
		}
		h.refused(h.Withdraw(h.ctx, h.clerk, id, Motive{Reason: "mistake"}), fault.Conflict)
	})
}

// TestReassigningMovesEverythingAndTheClockGoesOn passes a referral to Lerma a day late.
func TestReassigningMovesEverythingAndTheClockGoesOn(t *testing.T) {
	each(t, func(h *house) {
		id := h.sent()
		due := h.row(id).DueOn
		h.clk.Advance(48 * time.Hour)
		h.must(h.Reassign(h.ctx, h.desk, id, h.lerma.center, Motive{Reason: "closer"}))
		h.movedToLerma(id)
		if r := h.row(id); r.State != Submitted || r.DueOn != due {
			h.t.Errorf("%s due on %s, want submitted due on %s as before", r.State, r.DueOn, due)
		}
		if queue := got(h.Queue(h.ctx, h.lermaDesk, ""))(h.t).Rows; !queue[0].Due.Late() {
			h.t.Errorf("the new center is shown %+v, want it late", queue[0].Due)
		}
		want := []string{"referral_reassigned_in centro.lerma@cedemas.example", "referral_reassigned juzgado.primero@instancia.example"}
		if told := h.told(id); !slices.Equal(told[len(told)-2:], want) {
			h.t.Errorf("told %q, want %q last", told, want)
		}
		if n := h.count(`select count(*) from referral_words where referral_id = $1 and center_id <> $2`, id, h.lerma.center); n != 0 {
			h.t.Errorf("%d words stayed at the old center", n)
		}
		if n := h.count(`select count(*) from referral_reassignments where from_center = $1 and to_center = $2 and reason = 'closer'`, h.toluca.center, h.lerma.center); n != 1 {
			h.t.Errorf("%d records of the move, want 1", n)
		}
		h.must(h.Reassign(h.ctx, h.lermaDesk, id, h.toluca.center, Motive{Reason: "knows_staff"})) // and back
		h.open(h.desk, id)
	})
}

// TestTheNewCenterDownloadsThePapers checks that files go along with a reassignment.
func TestTheNewCenterDownloadsThePapers(t *testing.T) {
	each(t, func(h *house) {
		id, body := h.drafted(h.clerk, h.complete()), pdf(t, "resolucion")
		paper := h.attach(h.clerk, id, "a.pdf", body)
		h.submit(h.clerk, id)
		h.must(h.Reassign(h.ctx, h.desk, id, h.lerma.center, Motive{Reason: "closer"}))
		if !slices.Equal(h.download(h.lermaDesk, id, paper.ID), body) {
			h.t.Error("the new center downloads something else")
		}
		if _, err := h.OpenPaper(h.ctx, h.desk, id, paper.ID); !fault.Is(err, fault.NotFound) {
			h.t.Errorf("the old center: %v, want NotFound", err)
		}
	})
}

// TestWithdrawing checks from where the institution may take a referral back.
func TestWithdrawing(t *testing.T) {
	each(t, func(h *house) {
		accepted := h.sent()
		h.cite(accepted)
		for name, id := range map[string]string{"submitted": h.sent(), "returned": h.returned(), "accepted": accepted} {
			h.must(h.Withdraw(h.ctx, h.clerk, id, Motive{Reason: "revoked"}))
			if told := h.told(id); h.row(id).State != Withdrawn || told[len(told)-1] != "referral_withdrawn centro.toluca@cedemas.example" {
				h.t.Errorf("%s: %s, told %q", name, h.row(id).State, told)
			}
			h.refused(h.Withdraw(h.ctx, h.clerk, id, Motive{Reason: "revoked"}), fault.Conflict)
		}
		h.refused(h.Withdraw(h.ctx, h.clerk, h.start(h.clerk), Motive{Reason: "revoked"}), fault.Conflict)
		h.refused(h.Withdraw(h.ctx, h.clerk, h.sentAs(h.clerk, h.minor()), Motive{Reason: "revoked"}), fault.Conflict)
	})
}

// TestAnAppointmentMayComeLaterAndMayChange accepts first, offers later, offers again.
func TestAnAppointmentMayComeLaterAndMayChange(t *testing.T) {
	each(t, func(h *house) {
		id := h.sent()
		h.refused(h.offer(id, 10, 0), fault.Conflict) // not accepted yet
		h.must(h.Accept(h.ctx, h.desk, id))
		if v := h.open(h.clerk, id); v.Appointment != nil || v.DueOn.IsZero() {
			h.t.Errorf("accepted without an appointment: %+v due on %s", v.Appointment, v.DueOn)
		}
		for i, hour := range []string{"10:00", "16:30"} {
			h.clk.Advance(time.Minute)
			h.must(h.offer(id, []int{10, 16}[i], []int{0, 30}[i]))
			if v := h.open(h.clerk, id); clock.FormatMX(v.Appointment.StartsAt) != "25/11/2026, "+hour || !v.DueOn.IsZero() {
				h.t.Errorf("appointment %s due on %q, want at %s and nothing due", clock.FormatMX(v.Appointment.StartsAt), v.DueOn, hour)
			}
		}
		kinds := []string{"referral_accepted", "appointment_offered", "appointment_offered"}
		for i, told := range h.told(id)[2:] {
			if want := kinds[i] + " juzgado.primero@instancia.example"; told != want {
				h.t.Errorf("notice %d is %q, want %q", i, told, want)
			}
		}
	})
}

// TestAReturnMayHappenTwice keeps both on record and shows the last.
func TestAReturnMayHappenTwice(t *testing.T) {
	each(t, func(h *house) {
		id := h.returned()
		h.submit(h.clerk, id)
		h.clk.Advance(time.Hour)
		second := ReturnNote{Reasons: []string{"case_number", "other"}, Note: "El número no coincide <b>."}
		h.must(h.Return(h.ctx, h.desk2, id, second))
		v := h.open(h.clerk, id)
		if v.Returned == nil || v.Returned.Note != second.Note || !slices.Equal(v.Returned.Reasons, second.Reasons) || v.Returned.By != h.desk2.Account {
			h.t.Errorf("returned = %+v, want the second time", v.Returned)
		}
		if n := h.count(`select count(*) from referral_returns where referral_id = $1`, id); n != 2 {
			h.t.Errorf("%d returns on record, want 2", n)
		}
	})
}

// TestAnotherReasonNeedsASentence asks for words where the code says nothing, and shows
// them to both sides with the code, on the page and in the history.
func TestAnotherReasonNeedsASentence(t *testing.T) {
	each(t, func(h *house) {
		const why = "La persona vive desde ayer en otro estado."
		for _, tt := range []struct {
			name   string
			reader access.Actor
			do     func(id string, m Motive) error
			note   func(v *View) string
		}{
			{"declined", h.clerk, func(id string, m Motive) error { return h.Decline(h.ctx, h.desk, id, m) },
				func(v *View) string { return v.Motive.Note }},
			{"withdrawn", h.desk, func(id string, m Motive) error { return h.Withdraw(h.ctx, h.clerk, id, m) },
				func(v *View) string { return v.Motive.Note }},
			{"reassigned", h.lermaDesk, func(id string, m Motive) error { return h.Reassign(h.ctx, h.desk, id, h.lerma.center, m) },
				func(v *View) string { return v.Timeline[len(v.Timeline)-1].Note }},
		} {
			id := h.sent()
			h.says(tt.do(id, Motive{Reason: "other"}), "note", "cuál es el motivo")
			h.says(tt.do(id, Motive{Reason: "other", Note: strings.Repeat("x", maxMotive+1)}), "note", "")
			h.must(tt.do(id, Motive{Reason: "other", Note: " " + why + " "}))
			v := got(h.Open(h.ctx, tt.reader, id))(h.t)
			last := v.Timeline[len(v.Timeline)-1]
			if tt.note(v) != why || last.Note != why || len(last.Why) != 1 || last.Why[0] != "other" {
				h.t.Errorf("%s: note %q, %q for %q in the history; want %q for other", tt.name, tt.note(v), last.Note, last.Why, why)
			}
		}
		plain := h.count(`select count(*) from ledger_entries where reason like '%vive desde ayer%' or changes like '%vive desde ayer%'`)
		if plain != 0 {
			h.t.Errorf("%d entries of the ledger hold what was written", plain)
		}
	})
}

func TestReassigningNamesAllThatIsMissing(t *testing.T) {
	each(t, func(h *house) {
		fields := fault.FieldsOf(h.Reassign(h.ctx, h.desk, h.sent(), "", Motive{}))
		if len(fields) != 2 {
			h.t.Errorf("fields = %v, want center and reason", fields)
		}
	})
}

// TestAskingForAnAnswerIsNoRead opens the outline on which the forms of an answer stand.
func TestAskingForAnAnswerIsNoRead(t *testing.T) {
	each(t, func(h *house) {
		id := h.sent()
		before := h.count(`select count(*) from ledger_entries`)
		b := got(h.Brief(h.ctx, h.desk, id))(h.t)
		if b.Folio == "" || b.State != Submitted || b.Center.ID != h.toluca.center || b.Area.ID == "" || b.Municipality == "" {
			h.t.Errorf("brief = %+v", b)
		}
		if n := h.count(`select count(*) from ledger_entries`) - before; n != 0 {
			h.t.Errorf("%d entries, want none: nothing about the person was read", n)
		}
	})
}

// TestReadersAreGatheredByDay opens a referral three times on one day and once on another.
func TestReadersAreGatheredByDay(t *testing.T) {
	each(t, func(h *house) {
		id := h.sent()
		for range 3 {
			got(h.Open(h.ctx, h.desk, id))(h.t)
		}
		h.clk.Advance(48 * time.Hour)
		got(h.Open(h.ctx, h.desk, id))(h.t)
		readers := got(h.Readers(h.ctx, h.actor(access.CenterCoordinator, h.toluca), id))(h.t)
		if len(readers) < 2 || readers[0].Times != 1 || readers[1].Times != 3 {
			h.t.Fatalf("readers = %+v, want one read after three", readers)
		}
		if who := readers[0].Who; who.Person == "" || who.Post == "" {
			h.t.Errorf("who = %+v, want name and post", who)
		}
	})
}
