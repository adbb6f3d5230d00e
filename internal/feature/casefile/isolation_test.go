package casefile

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
)

// visits are the methods that reach one case file, and those of the center whom it lets in.
var visits = map[string]struct {
	allowed string
	do      func(h *house, ctx context.Context, a access.Actor, id string) error
}{
	"Open": {"desk social psych legal manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		_, err := h.Open(ctx, a, id)
		return err
	}},
	"History": {"social psych legal manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		_, err := h.History(ctx, a, id)
		return err
	}},
	"Papers": {"social psych legal manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		_, err := h.Papers(ctx, a, id)
		return err
	}},
	"Decisions": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		_, err := h.Decisions(ctx, a, id)
		return err
	}},
	"Notes": {"social psych legal manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		_, err := h.Notes(ctx, a, id)
		return err
	}},
	"ReadNotes": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		_, err := h.ReadNotes(ctx, a, id, why)
		return err
	}},
	"Assessments": {"social psych legal manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		_, err := h.Assessments(ctx, a, id)
		return err
	}},
	"ReadAssessments": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		_, err := h.ReadAssessments(ctx, a, id, why)
		return err
	}},
	"InstrumentFor": {"social psych legal", func(h *house, ctx context.Context, a access.Actor, id string) error {
		_, _, err := h.InstrumentFor(ctx, a, id, "")
		return err
	}},
	"Assess": {"social psych legal", func(h *house, ctx context.Context, a access.Actor, id string) error {
		return h.Assess(ctx, a, id, "", Answers{}, "no")
	}},
	"WriteNote": {"social psych legal", func(h *house, ctx context.Context, a access.Actor, id string) error {
		_, err := h.WriteNote(ctx, a, id, NoteForm{})
		return err
	}},
	"AmendNote": {"", func(h *house, ctx context.Context, a access.Actor, id string) error {
		return h.AmendNote(ctx, a, id, db.NewID(), NoteForm{})
	}},
	"SetRisk": {"psych manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		return h.SetRisk(ctx, a, id, RiskForm{})
	}},
	"AcceptNotice": {"desk social psych legal manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		return h.AcceptNotice(ctx, a, id, NoticeForm{})
	}},
	"Commit": {"desk social psych legal manager", func(h *house, ctx context.Context, a access.Actor, id string) error { return h.Commit(ctx, a, id, "") }},
	"Amend": {"desk social psych legal manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		return h.Amend(ctx, a, id, AmendForm{})
	}},
	"Readers": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		_, _, err := h.Readers(ctx, a, id)
		return err
	}},
	"ProgramChoices": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		_, _, err := h.ProgramChoices(ctx, a, id, clock.Date{})
		return err
	}},
	"GroupChoices": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		_, _, err := h.GroupChoices(ctx, a, id)
		return err
	}},
	"Colleagues": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		_, _, err := h.Colleagues(ctx, a, id)
		return err
	}},
	"AdmitTo": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		return h.AdmitTo(ctx, a, id, AdmitForm{})
	}},
	"PutOnWaitingList": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		return h.PutOnWaitingList(ctx, a, id)
	}},
	"Suspend": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		return h.Suspend(ctx, a, id, SuspendForm{})
	}},
	"Resume": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error { return h.Resume(ctx, a, id) }},
	"Discharge": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		return h.Discharge(ctx, a, id, DischargeForm{})
	}},
	"ReferOut": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		return h.ReferOut(ctx, a, id, ReferOutForm{})
	}},
	"Complete": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		return h.Complete(ctx, a, id, "")
	}},
	"CloseFile": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error { return h.CloseFile(ctx, a, id) }},
	"Transfer": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		return h.Transfer(ctx, a, id, TransferForm{})
	}},
	"ChangeMandate": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		return h.ChangeMandate(ctx, a, id, h.text(`select min(referral_id) from case_mandates where case_file_id = $1`, id), MandateForm{})
	}},
	"OpenMandate": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		_, err := h.OpenMandate(ctx, a, id, h.text(`select min(referral_id) from case_mandates where case_file_id = $1`, id))
		return err
	}},
	"Separate": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		_, err := h.Separate(ctx, a, id, h.text(`select min(referral_id) from case_mandates where case_file_id = $1`, id))
		return err
	}},
	"Join": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		_, err := h.Join(ctx, a, id, "")
		return err
	}},
	"LeaveGroup": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		return h.LeaveGroup(ctx, a, id, "x")
	}},
	"KeepApart": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		return h.KeepApart(ctx, a, id, "", "")
	}},
	"MeetAgain": {"", func(h *house, ctx context.Context, a access.Actor, id string) error {
		return h.MeetAgain(ctx, a, id, db.NewID())
	}},
	"Seal": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error {
		return h.Seal(ctx, a, id, []string{"x"})
	}},
	"Unseal": {"manager", func(h *house, ctx context.Context, a access.Actor, id string) error { return h.Unseal(ctx, a, id) }},
}

const ofProgram = "TestInstrumentsAreOfTheProgram"

// others are the methods about no case file in particular, with who they are for; tests
// of their own hold them.
var others = map[string]string{
	"Files": "TestReserve and TestCase3Transfer", "StartVoluntary": "TestWalkIn", "OpenWithReason": "TestReasonOfTheSecretariat",
	"Instruments": ofProgram, "InstrumentVersion": ofProgram, "CreateInstrument": ofProgram, "StartInstrumentDraft": ofProgram,
	"SetInstrument": ofProgram, "AddItem": ofProgram, "UpdateItem": ofProgram, "MoveItem": ofProgram, "RemoveItem": ofProgram,
	"SetBands": ofProgram, "PublishInstrument": ofProgram, "DiscardInstrument": ofProgram, "RetireInstrument": ofProgram,
	"RestoreInstrument": ofProgram,
	"FollowReferral":    "the program", "WarnMandates": "the program", "Seed": "the program",
}

// TestIsolation calls each method as everybody: who is not let in finds nothing, and
// nothing changes.
func TestIsolation(t *testing.T) {
	service := reflect.TypeFor[*Service]()
	for i := range service.NumMethod() {
		name := service.Method(i).Name
		if _, visited := visits[name]; !visited && others[name] == "" && !strings.HasSuffix(name, "Tx") {
			t.Errorf("%s is in none of the tables of this file", name)
		}
	}
	each(t, func(h *house) {
		id := h.came(h.case1(obliged))
		inside := map[string]access.Actor{"desk": h.desk, "social": h.social, "psych": h.psych, "legal": h.legal, "manager": h.manager}
		outside := map[string]access.Actor{"referrer": h.clerkA, "stranger": h.clerkB, "reception of another center": h.away,
			"coordination of another center": h.awayManager, "Secretaría": h.secretary, "nobody": access.Anonymous("REQ-9")}
		for name, v := range visits {
			for who, actor := range inside {
				denied := !strings.Contains(" "+v.allowed+" ", " "+who+" ")
				if denied {
					outside["own "+who] = actor
				}
			}
			before := h.count(`select count(*) from ledger_entries`)
			for who, actor := range outside {
				if err := v.do(h, h.ctx, actor, id); !fault.Is(err, fault.NotFound) {
					h.t.Errorf("%s by %s: %v, want NotFound", name, who, err)
				}
				if strings.HasPrefix(who, "own ") {
					delete(outside, who)
				}
			}
			if after := h.count(`select count(*) from ledger_entries`); after != before {
				h.t.Errorf("%s left %d entries of those who found nothing", name, after-before)
			}
		}
		for name, v := range visits { // last, because some of them change something
			for _, who := range strings.Fields(v.allowed) {
				if err := v.do(h, h.ctx, inside[who], h.came(h.case1(obliged))); fault.Is(err, fault.NotFound) {
					h.t.Errorf("%s: the %s does not find it", name, who)
				}
			}
		}
	})
}

// TestWalkIn opens the file of who comes by himself, once, without a mandate.
func TestWalkIn(t *testing.T) {
	each(t, func(h *house) {
		w := WalkIn{GivenNames: "Íñigo", Surname1: "Ñandú", CURP: curp, BirthDate: "14/03/1985", Sex: "H", Municipality: "15106", SafeMessage: "no"}
		_, err := h.StartVoluntary(h.ctx, h.clerkA, w)
		h.refused("a court", err, fault.NotFound, "")
		_, err = h.StartVoluntary(h.ctx, h.desk, WalkIn{})
		for _, field := range []string{"given_names", "surname1", "birth_date", "sex", "municipality", "safe_message"} {
			h.refused("nothing typed", err, fault.Invalid, field)
		}
		young := w
		young.BirthDate = "14/03/2010"
		_, err = h.StartVoluntary(h.ctx, h.desk, young)
		h.refused("a minor", err, fault.Invalid, "birth_date")
		young.BirthDate = "24/11/2008"
		_, err = h.StartVoluntary(h.ctx, h.desk, young)
		h.refused("who turns 18 tomorrow (case 20)", err, fault.Invalid, "birth_date")
		young.BirthDate, young.CURP = "23/11/2008", ""
		got(h.StartVoluntary(h.ctx, h.desk, young))(h.t)
		id := got(h.StartVoluntary(h.ctx, h.desk, w))(h.t)
		v := got(h.Open(h.ctx, h.manager, id))(h.t)
		if !v.Voluntary || len(v.Mandates) != 0 || v.State != ToSchedule || v.Person.Given != "Íñigo" {
			h.t.Errorf("opened %+v", v.Case)
		}
		_, err = h.StartVoluntary(h.ctx, h.desk, w)
		h.refused("twice", err, fault.Conflict, "")
		if n := h.count(`select count(*) from notices where kind <> 'account_link'`); n != 0 {
			h.t.Errorf("%d notices about who came by himself", n)
		}
		h.must(h.Amend(h.ctx, h.desk, id, AmendForm{Field: "surname1", Value: "Ñandúes", Reason: "Como en su acta."}))
		if a := got(h.Open(h.ctx, h.desk, id))(h.t).Amendments; len(a) != 1 || a[0].Old != "Ñandú" || a[0].New != "Ñandúes" {
			h.t.Errorf("amendments: %+v", a)
		}
		if p := got(h.Files(h.ctx, h.desk, Filter{Text: "ñandues"}))(h.t); p.Total != 1 {
			h.t.Errorf("the corrected name finds %d", p.Total)
		}
	})
}
