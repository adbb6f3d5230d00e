package agenda

import (
	"reflect"
	"strings"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/feature/center"
	"sigue/internal/platform/access"
)

// things are what a visit may be about, all of Toluca.
type things struct{ referral, caseID, appointment, session, group, task, absence, call string }

// visits are the methods that reach one thing of a center.
var visits = map[string]func(h *house, a access.Actor, x things) error{
	"Book": func(h *house, a access.Actor, x things) error { return only(h.Book(h.ctx, a, x.caseID, Visit{})) },
	"FreeSlots": func(h *house, a access.Actor, x things) error {
		return only(h.FreeSlots(h.ctx, a, Search{Case: x.caseID}))
	},
	"OfferTo":   func(h *house, a access.Actor, x things) error { return only(h.OfferTo(h.ctx, a, x.caseID, Search{})) },
	"CaseItems": func(h *house, a access.Actor, x things) error { return only(h.CaseItems(h.ctx, a, x.caseID)) },
	"Move": func(h *house, a access.Actor, x things) error {
		return only(h.Move(h.ctx, a, x.appointment, Visit{}, Change{}))
	},
	"Cancel": func(h *house, a access.Actor, x things) error { return h.Cancel(h.ctx, a, x.appointment, Change{}) },
	"Open":   func(h *house, a access.Actor, x things) error { return only(h.Open(h.ctx, a, x.appointment)) },
	"Attend": func(h *house, a access.Actor, x things) error { return only(h.Attend(h.ctx, a, x.appointment, Roll{})) },
	"Excuse": func(h *house, a access.Actor, x things) error {
		return h.Excuse(h.ctx, a, x.appointment, x.caseID, "illness")
	},
	"Note":        func(h *house, a access.Actor, x things) error { return h.Note(h.ctx, a, x.appointment, x.caseID, "x") },
	"Confirm":     func(h *house, a access.Actor, x things) error { return h.Confirm(h.ctx, a, x.group) },
	"MoveSession": func(h *house, a access.Actor, x things) error { return h.MoveSession(h.ctx, a, x.session, Shift{}) },
	"Seats":       func(h *house, a access.Actor, x things) error { return only(h.Seats(h.ctx, a, x.caseID)) },
	"JoinGroup":   func(h *house, a access.Actor, x things) error { return only(h.JoinGroup(h.ctx, a, x.caseID, x.group)) },
	"CatchUp":     func(h *house, a access.Actor, x things) error { return h.CatchUp(h.ctx, a, x.caseID, x.session) },
	"DropCatchUp": func(h *house, a access.Actor, x things) error { return h.DropCatchUp(h.ctx, a, x.caseID, x.session) },
	"Cover":       func(h *house, a access.Actor, x things) error { return h.Cover(h.ctx, a, x.session, "", "") },
	"GroupSchedule": func(h *house, a access.Actor, x things) error {
		return only(h.GroupSchedule(h.ctx, a, x.group))
	},
	"Tell":   func(h *house, a access.Actor, x things) error { return h.Tell(h.ctx, a, x.task) },
	"Answer": func(h *house, a access.Actor, x things) error { return h.Answer(h.ctx, a, x.task, AnswerForm{}) },
	"Called": func(h *house, a access.Actor, x things) error { return h.Called(h.ctx, a, x.task, "reached") },
	"VisitCalled": func(h *house, a access.Actor, x things) error {
		return h.VisitCalled(h.ctx, a, x.call, CallForm{Result: "reached"})
	},
	"RemoveAbsence": func(h *house, a access.Actor, x things) error { return h.RemoveAbsence(h.ctx, a, x.absence) },
	"SetWorkHours": func(h *house, a access.Actor, x things) error {
		return h.SetWorkHours(h.ctx, a, h.psych.Account, [7]center.HourLine{})
	},
	"Arriving": func(h *house, a access.Actor, x things) error {
		return only(h.Arriving(h.ctx, a, x.referral, Search{}))
	},
	"Accept":      func(h *house, a access.Actor, x things) error { return only(h.Accept(h.ctx, a, x.referral, Visit{})) },
	"AcceptLater": func(h *house, a access.Actor, x things) error { return h.AcceptLater(h.ctx, a, x.referral) },
	"OfferFirst": func(h *house, a access.Actor, x things) error {
		return only(h.OfferFirst(h.ctx, a, x.referral, Visit{}))
	},
}

// others are the methods about the actor's own center or about none, with the reason.
var others = map[string]string{
	"WeekOf": "of the actor's own center", "DayOf": "of the actor's own center",
	"Workers": "of the actor's own center", "AddAbsence": "of the actor's own center", "CloseDay": "of the actor's own center",
	"Untold": "of the actor's own center", "Told": "of the actor's own center", "CallList": "of the actor's own center", "CalledOff": "of the actor's own center",
	"Counts": "of the actor's own center", "TellDue": "for the program itself", "Settle": "for the program itself", "ReportedTx": "inside the transaction of a room above",
	"FactsTx": "inside the transaction of a room above", "DutiesTx": "inside the transaction of a room above", "RosterTx": "inside the transaction of a room above",
	"VisitCalls": "of the actor's own center", "VisitCallsWaiting": "of the actor's own center", "OwnFeed": "of the actor's own account", "MakeFeed": "of the actor's own account",
	"RevokeFeed": "of the actor's own account", "Remind": "for the program itself", "Feed": "for whoever has its secret",
	"Invited": "for whoever has the link", "Reply": "for whoever has the link",
}

func only[T any](_ T, err error) error { return err }

// TestEveryMethodIsVisited makes a new method of the service come into these tables.
func TestEveryMethodIsVisited(t *testing.T) {
	service := reflect.TypeFor[*Service]()
	for i := range service.NumMethod() {
		if name := service.Method(i).Name; visits[name] == nil && others[name] == "" {
			t.Errorf("%s is in none of the tables of this file", name)
		}
	}
	if known := len(visits) + len(others); known != service.NumMethod() {
		t.Errorf("the tables hold %d methods, the service has %d", known, service.NumMethod())
	}
}

// TestWhatIsNotYoursDoesNotExist calls every method as everyone who has no business with
// the center, and checks that nothing changed.
func TestWhatIsNotYoursDoesNotExist(t *testing.T) {
	each(t, func(h *house) {
		x := things{referral: h.sent(obliged), caseID: h.planned(obliged)}
		v := h.visit("25/11/2026", "10:00", h.psych)
		x.appointment = h.book(x.caseID, v)
		x.group = h.group(2, clock.MustDate("2026-12-11"), x.caseID)
		h.must(h.Confirm(h.ctx, h.manager, x.group))
		x.session = h.texts(`select id from appointments where group_id = $1`, x.group)[0]
		h.at("2026-11-25", 11, 0)
		h.mark(x.appointment, x.caseID, "absent")
		x.task = h.text(`select id from tasks where kind = 'call'`)
		got(h.AddAbsence(h.ctx, h.manager, AbsenceForm{Account: h.psych2.Account, From: "30/11/2026"}))(h.t)
		x.absence = h.text(`select id from staff_absences`)
		why := Change{Side: "center", Reason: "room"}
		h.must(h.Cancel(h.ctx, h.desk, h.book(x.caseID, h.visit("30/11/2026", "10:00", h.psych)), why))
		x.call = h.text(`select id from invitations where call = 'off'`)
		outsiders := map[string]access.Actor{
			"reception of another center": h.away, "coordination of another center": h.actor(access.CenterCoordinator, h.lerma),
			"psychology of another center": h.actor(access.Psychology, h.lerma), "facilitator of another center": h.actor(access.Facilitator, h.lerma),
			"the court": h.clerk, "nobody": {}, "anonymous": access.Anonymous("REQ-9"), "another part of the program": access.System("other", access.CatalogueRead),
		}
		entries := h.count(`select count(*) from ledger_entries`)
		for name, visit := range visits {
			for who, actor := range outsiders {
				if who == "the court" && name == "Arriving" {
					continue // it reads its own referral elsewhere; here it may not at all
				}
				if err := visit(h, actor, x); !fault.Is(err, fault.NotFound) {
					h.t.Errorf("%s by %s: %v, want NotFound", name, who, err)
				}
			}
		}
		if after := h.count(`select count(*) from ledger_entries`); after != entries {
			h.t.Errorf("%d entries were written by those to whom nothing exists", after-entries)
		}
	})
}

// TestAFacilitatorSeesHisOwn shows a facilitator the groups and his own appointments, and
// not whom the others attend.
func TestAFacilitatorSeesHisOwn(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(voluntarily)
		theirs := h.book(id, h.visit("25/11/2026", "10:00", h.psych))
		if err := only(h.Open(h.ctx, h.lead, theirs)); !fault.Is(err, fault.NotFound) {
			h.t.Errorf("a facilitator opens another's appointment: %v", err)
		}
		week := got(h.WeekOf(h.ctx, h.lead, clock.MustDate("2026-11-25"), Filter{}))(h.t)
		for _, d := range week.Days {
			for _, i := range d.Items {
				if strings.Contains(i.Who, "Ficticio") {
					h.t.Errorf("his week names %s", i.Who)
				}
			}
		}
	})
}
