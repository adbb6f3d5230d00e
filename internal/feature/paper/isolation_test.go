package paper

import (
	"reflect"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
)

// things are what a visit may be about, all of Toluca.
type things struct {
	which                 Which
	visit, session, paper string
	follow                string
}

// visits are the methods that reach one thing of a center.
var visits = map[string]func(h *house, a access.Actor, x things) error{
	"Open":    func(h *house, a access.Actor, x things) error { return onlyErr(h.Open(h.ctx, a, x.which)) },
	"Choose":  func(h *house, a access.Actor, x things) error { return onlyErr(h.Choose(h.ctx, a, x.which.Case)) },
	"Save":    func(h *house, a access.Actor, x things) error { return h.Save(h.ctx, a, x.which, Text{}) },
	"Send":    func(h *house, a access.Actor, x things) error { return h.Send(h.ctx, a, x.which, Text{}) },
	"Return":  func(h *house, a access.Actor, x things) error { return h.Return(h.ctx, a, x.which, Text{}) },
	"Discard": func(h *house, a access.Actor, x things) error { return h.Discard(h.ctx, a, x.which, 0) },
	"Sign":    func(h *house, a access.Actor, x things) error { return onlyErr(h.Sign(h.ctx, a, x.which, Text{})) },
	"Letter":  func(h *house, a access.Actor, x things) error { return onlyErr(h.Letter(h.ctx, a, x.which.Case)) },
	"Summon":  func(h *house, a access.Actor, x things) error { return onlyErr(h.Summon(h.ctx, a, x.visit)) },
	"Invite": func(h *house, a access.Actor, x things) error {
		return onlyErr(h.Invite(h.ctx, a, x.follow, InviteForm{On: "25/11/2027", Time: "10:00"}))
	},
	"Inviting":  func(h *house, a access.Actor, x things) error { return onlyErr(h.Inviting(h.ctx, a, x.follow)) },
	"Sheet":     func(h *house, a access.Actor, x things) error { return onlyErr(h.Sheet(h.ctx, a, x.session)) },
	"Revocable": func(h *house, a access.Actor, x things) error { return onlyErr(h.Revocable(h.ctx, a, x.paper)) },
	"Copies":    func(h *house, a access.Actor, x things) error { return onlyErr(h.Copies(h.ctx, a, x.which.Case)) },
	"AskCopy":   func(h *house, a access.Actor, x things) error { return h.AskCopy(h.ctx, a, x.which.Case, CopyForm{}) },
	"Revoke":    func(h *house, a access.Actor, x things) error { return h.Revoke(h.ctx, a, x.paper, "Un motivo.") },
}

// others are the methods about the actor's own center.
var others = map[string]bool{"Pending": true, "OfMonth": true, "Unsigned": true, "MissingMonths": true, "SignMonth": true}

// TestEveryMethodIsVisited makes a new method of the service come into these tables.
func TestEveryMethodIsVisited(t *testing.T) {
	service := reflect.TypeFor[*Service]()
	for i := range service.NumMethod() {
		if name := service.Method(i).Name; visits[name] == nil && !others[name] {
			t.Errorf("%s is in none of the tables of this file", name)
		}
	}
}

// TestWhatIsNotYoursDoesNotExist calls every method as everyone who has no business with
// the center, and checks that nothing changed.
func TestWhatIsNotYoursDoesNotExist(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(obliged)
		x := things{which: Which{Case: id, Kind: document.IntakeReport, Mandate: h.referralOf(id)}, visit: h.book(id, "25/11/2026", "10:00")}
		x.paper = h.sign(x.which).ID
		group := h.group(2, clock.MustDate("2026-12-11"), id)
		h.must(h.use.Agenda.Confirm(h.ctx, h.manager, group))
		x.session = h.texts(`select id from appointments where group_id = $1 order by starts_at`, group)[0]
		x.follow = h.followup(h.planned(obliged))
		outsiders := map[string]access.Actor{
			"coordination of another center": h.away, "reception of another center": h.actor(access.Reception, h.lerma), "the court": h.clerk,
			"nobody": {}, "anonymous": access.Anonymous("REQ-9"), "another part of the program": access.System("other", access.CatalogueRead),
		}
		entries := h.count(`select count(*) from ledger_entries`)
		for name, visit := range visits {
			for who, actor := range outsiders {
				if err := visit(h, actor, x); !fault.Is(err, fault.NotFound) {
					h.t.Errorf("%s by %s: %v, want NotFound", name, who, err)
				}
			}
		}
		if after := h.count(`select count(*) from ledger_entries`); after != entries {
			h.t.Errorf("%d entries were written by those to whom nothing exists", after-entries)
		}
		for who, actor := range outsiders {
			for name, list := range map[string]func() (int, error){
				"Pending": func() (int, error) {
					d, err := h.Pending(h.ctx, actor)
					if err != nil {
						return 0, err
					}
					return len(d.Waiting) + len(d.Rest), nil
				},
				"Unsigned": func() (int, error) { return h.Unsigned(h.ctx, actor) },
				"MissingMonths": func() (int, error) {
					m, err := h.MissingMonths(h.ctx, actor)
					return len(m), err
				},
				"SignMonth": func() (int, error) { return h.SignMonth(h.ctx, actor, "2026-10") },
				"OfMonth": func() (int, error) {
					m, err := h.OfMonth(h.ctx, actor, "2026-11")
					if err != nil {
						return 0, err
					}
					return len(m.Open) + len(m.Issued), nil
				},
			} {
				if n, err := list(); n != 0 || err != nil && !fault.Is(err, fault.NotFound) {
					h.t.Errorf("%s by %s: %d, %v", name, who, n, err)
				}
			}
		}
	})
}

// TestASealedFile exists only for those it names, on this desk too.
func TestASealedFile(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(obliged)
		w := Which{Case: id, Kind: document.IntakeReport, Mandate: h.referralOf(id)}
		h.must(h.Send(h.ctx, h.legal, w, Text{}))
		h.exec(`update case_files set sealed_at = $1 where id = $2`, db.At(h.clk.Now()), id)
		if d := got(h.Pending(h.ctx, h.manager))(h.t); len(d.Waiting) != 0 {
			h.t.Errorf("a sealed file is on the desk: %+v", d.Waiting)
		}
		if m := got(h.OfMonth(h.ctx, h.manager, "2026-11"))(h.t); len(m.Open) != 0 {
			h.t.Errorf("a sealed file is in the month: %+v", m.Open)
		}
		if _, err := h.Open(h.ctx, h.legal, w); !fault.Is(err, fault.NotFound) {
			h.t.Errorf("a sealed file opens: %v", err)
		}
	})
}

// TestPapersOfASealedFile: what was and is issued of a sealed file opens, at its center,
// for those alone whom the file names; its authority reads its own as before.
func TestPapersOfASealedFile(t *testing.T) {
	each(t, func(h *house) {
		id := h.planned(obliged)
		report := h.sign(Which{Case: id, Kind: document.IntakeReport, Mandate: h.referralOf(id)}).ID
		copied, _, _ := h.whole(id, ForCenter)
		other := h.actor(access.CenterCoordinator, h.toluca)
		opens := func(when string, want bool, actor access.Actor, papers ...string) {
			h.t.Helper()
			for _, p := range papers {
				_, _, err := h.use.Documents.Read(h.ctx, actor, p)
				if (err == nil) != want || err != nil && !fault.Is(err, fault.NotFound) {
					h.t.Errorf("%s a paper opens for %s: %v, want %v", when, actor.Role, err, want)
				}
			}
		}
		opens("before the seal", true, other, report, copied.ID)
		h.must(h.use.Cases.Seal(h.ctx, h.manager, id, nil))
		later := got(h.Letter(h.ctx, h.manager, id))(h.t).ID
		opens("sealed", false, other, report, copied.ID, later)
		opens("sealed", false, h.legal, report)
		opens("sealed", true, h.manager, report, copied.ID, later)
		opens("sealed", true, h.clerk, report)
		h.refused(h.use.Documents.Revoke(h.ctx, other, report, "Error"), fault.NotFound)
		h.must(h.use.Cases.Unseal(h.ctx, h.manager, id))
		opens("after the seal", true, other, report, copied.ID, later)
	})
}
