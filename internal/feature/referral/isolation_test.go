package referral

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
)

// A visit is one exported method, called on a referral that may not be the caller's.
type visit struct {
	on      State  // what the referral must be for the call to make sense
	allowed string // who may, of the insiders; everyone else finds nothing
	do      func(h *house, actor access.Actor, id, paper string) error
}

// visits are the methods that reach one referral.
var visits = map[string]visit{
	"StartDraft": {Draft, "clerk supervisor", func(h *house, a access.Actor, id, _ string) error {
		_, err := h.StartDraft(h.ctx, a, id)
		return err
	}},
	"OpenDraft": {Draft, "clerk supervisor", func(h *house, a access.Actor, id, _ string) error {
		_, err := h.OpenDraft(h.ctx, a, id)
		return err
	}},
	"SaveSection": {Draft, "clerk supervisor", func(h *house, a access.Actor, id, _ string) error {
		_, err := h.SaveSection(h.ctx, a, id, SectionFacts, 4, func(part any) error { return assign(part, Content{}) })
		return err
	}},
	"CheckSection": {Draft, "clerk supervisor", func(h *house, a access.Actor, id, _ string) error {
		return h.CheckSection(h.ctx, a, id, SectionFacts)
	}},
	"DiscardDraft": {Draft, "clerk supervisor", func(h *house, a access.Actor, id, _ string) error {
		return h.DiscardDraft(h.ctx, a, id)
	}},
	"Attach": {Draft, "clerk supervisor", func(h *house, a access.Actor, id, _ string) error {
		_, err := h.Attach(h.ctx, a, id, "other", "b.pdf", strings.NewReader(""))
		return err
	}},
	"Detach": {Draft, "clerk supervisor", func(h *house, a access.Actor, id, paper string) error {
		return h.Detach(h.ctx, a, id, paper)
	}},
	"Submit": {Draft, "clerk supervisor", func(h *house, a access.Actor, id, _ string) error {
		_, err := h.Submit(h.ctx, a, id)
		return err
	}},
	"Withdraw": {Submitted, "clerk supervisor", func(h *house, a access.Actor, id, _ string) error {
		return h.Withdraw(h.ctx, a, id, Motive{Reason: "mistake"})
	}},
	"Open": {Submitted, "clerk supervisor desk social coordinator", func(h *house, a access.Actor, id, _ string) error {
		_, err := h.Open(h.ctx, a, id)
		return err
	}},
	"Brief": {Submitted, "clerk supervisor desk social coordinator", func(h *house, a access.Actor, id, _ string) error {
		_, err := h.Brief(h.ctx, a, id)
		return err
	}},
	"OpenPaper": {Submitted, "clerk supervisor desk social coordinator", func(h *house, a access.Actor, id, paper string) error {
		p, err := h.OpenPaper(h.ctx, a, id, paper)
		if err == nil {
			err = p.Body.Close()
		}
		return err
	}},
	"Readers": {Submitted, "coordinator", func(h *house, a access.Actor, id, _ string) error {
		_, err := h.Readers(h.ctx, a, id)
		return err
	}},
	"Accept": {Submitted, "desk coordinator", func(h *house, a access.Actor, id, _ string) error {
		return h.Accept(h.ctx, a, id)
	}},
	"Return": {Submitted, "desk coordinator", func(h *house, a access.Actor, id, _ string) error {
		return h.Return(h.ctx, a, id, note)
	}},
	"Decline": {Submitted, "desk coordinator", func(h *house, a access.Actor, id, _ string) error {
		return h.Decline(h.ctx, a, id, Motive{Reason: "no_capacity"})
	}},
	"Reassign": {Submitted, "desk coordinator", func(h *house, a access.Actor, id, _ string) error {
		return h.Reassign(h.ctx, a, id, h.chalco.center, Motive{Reason: "closer"})
	}},
	"Remind": {Submitted, "program", func(h *house, a access.Actor, id, _ string) error {
		return h.Remind(h.ctx, a, id, "2026-11-24")
	}},
	"ExpireOverdue": {Submitted, "program", func(h *house, a access.Actor, _, _ string) error {
		_, err := h.ExpireOverdue(h.ctx, a)
		return err
	}},
	"PurgeDrafts": {Submitted, "program", func(h *house, a access.Actor, _, _ string) error {
		_, err := h.PurgeDrafts(h.ctx, a)
		return err
	}},
}

// lists are the methods that give many: nobody finds in them what is not his.
var lists = map[string]func(h *house, actor access.Actor) ([]string, error){
	"Drafts": func(h *house, a access.Actor) (ids []string, err error) {
		rows, err := h.Drafts(h.ctx, a)
		for _, r := range rows {
			ids = append(ids, r.ID)
		}
		return ids, err
	},
	"Panel": func(h *house, a access.Actor) (ids []string, err error) {
		for _, text := range []string{"", "ficticio", "SIGUE-2026-000001", "118/2026"} {
			p, err := h.Panel(h.ctx, a, PanelFilter{Text: text})
			if err != nil {
				return nil, err
			}
			ids = append(ids, idsOf(p.Rows)...)
			if p.Total != len(p.Rows) || len(p.Rows) == 0 && len(p.Counts) != 0 {
				h.t.Errorf("%s, %q: total %d and counts %v of %d rows", a.Role, text, p.Total, p.Counts, len(p.Rows))
			}
		}
		return ids, nil
	},
	"Queue": func(h *house, a access.Actor) ([]string, error) {
		w, err := h.Queue(h.ctx, a, "")
		return waitingIDs(h, w), err
	},
	"Pending": func(h *house, a access.Actor) ([]string, error) {
		w, err := h.Pending(h.ctx, a, "")
		return waitingIDs(h, w), err
	},
}

// waitingIDs are the rows of what waits, whose total must not count more than they are.
func waitingIDs(h *house, w *Waiting) []string {
	if w == nil {
		return nil
	}
	if w.Total != len(w.Rows) {
		h.t.Errorf("total %d of %d rows that wait", w.Total, len(w.Rows))
	}
	return idsOf(w.Rows)
}

// public are the methods about no referral in particular, with the reason.
var public = map[string]string{
	"Lists": "the catalogue, for everyone who signed in",
	"Load":  "how many wait at each center, a number of its directory",
}

func idsOf(rows []Row) (ids []string) {
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids
}

// forRoomsAbove are methods inside the transaction of a room above, which has asked for its
// own permission.
var forRoomsAbove = map[string]string{
	"OrderTx":   "what an accepted referral orders",
	"ProcessTx": "what its authority may know of the process",
	"AcceptTx":  "accepted together with its first appointment, under the scope that the room above required",
	"OfferedTx": "the first appointment was given",
	"MoveTx":    "the process goes to another center",
	"TellTx":    "its authority is told",
}

// TestEveryMethodIsVisited makes a new method of the service come into these tables.
func TestEveryMethodIsVisited(t *testing.T) {
	service := reflect.TypeFor[*Service]()
	for i := range service.NumMethod() {
		name := service.Method(i).Name
		_, visited := visits[name]
		_, listed := lists[name]
		if !visited && !listed && public[name] == "" && forRoomsAbove[name] == "" {
			t.Errorf("%s is in none of the tables of this file", name)
		}
	}
	if known := len(visits) + len(lists) + len(public) + len(forRoomsAbove); known != service.NumMethod() {
		t.Errorf("the tables hold %d methods, the service has %d", known, service.NumMethod())
	}
}

// outsiders are those to whom a referral of area A1 to Toluca does not exist.
func (h *house) outsiders() map[string]access.Actor {
	h.t.Helper()
	office := spot{name: "Secretaría"}
	all := map[string]access.Actor{
		"institution B": h.stranger, "its supervisor": h.actor(access.InstitutionSupervisor, h.areaB), "the other area": h.clerk2,
		"the other center": h.lermaDesk, "its coordinator": h.actor(access.CenterCoordinator, h.lerma),
		"nobody": {}, "anonymous": access.Anonymous("REQ-9"), "a role without an account": {Role: access.Referrer, Area: h.areaA1.area},
		"a role that is none":   {Account: h.clerk.Account, Role: "owner", Area: h.areaA1.area, Center: h.toluca.center},
		"a part of the program": access.System("other", access.CatalogueManage),
	}
	for _, role := range []access.Role{access.ProgramAdmin, access.Analyst, access.SecurityAdmin, access.Auditor, access.WorkingGroup} {
		all[string(role)] = h.actor(role, office)
	}
	all["facilitator of the same center"] = h.actor(access.Facilitator, h.toluca)
	all["account admin of the same area"] = h.actor(access.AccountAdmin, h.areaA1)
	return all
}

// insiders are those to whom it exists, each with what his role allows.
func (h *house) insiders() map[string]access.Actor {
	h.t.Helper()
	return map[string]access.Actor{
		"clerk": h.clerk, "supervisor": h.supervisor, "desk": h.desk, "social": h.actor(access.SocialWork, h.toluca),
		"coordinator": h.actor(access.CenterCoordinator, h.toluca), "program": job,
	}
}

// subject makes a referral with a paper, as a visit needs it.
func (h *house) subject(on State) (id, paper string) {
	h.t.Helper()
	id = h.drafted(h.clerk, h.light())
	paper = h.attach(h.clerk, id, "a.pdf", pdf(h.t, id)).ID
	if on != Draft {
		h.submit(h.clerk, id)
	}
	return id, paper
}

// TestWhatIsNotYoursDoesNotExist calls every method as everyone who has no business
// with the referral, and checks that nothing changed.
func TestWhatIsNotYoursDoesNotExist(t *testing.T) {
	each(t, func(h *house) {
		outsiders, insiders := h.outsiders(), h.insiders()
		for _, on := range []State{Draft, Submitted} {
			id, paper := h.subject(on)
			before, entries := *h.row(id), h.count(`select count(*) from ledger_entries`)
			for name, v := range visits {
				if v.on != on {
					continue
				}
				everyone := maps.Clone(outsiders)
				for who, actor := range insiders {
					if !slices.Contains(strings.Fields(v.allowed), who) {
						everyone["not for the "+who] = actor
					}
				}
				for who, actor := range everyone {
					if err := v.do(h, actor, id, paper); !fault.Is(err, fault.NotFound) {
						h.t.Errorf("%s of a %s by %s: %v, want NotFound", name, on, who, err)
					}
				}
			}
			if after := *h.row(id); !reflect.DeepEqual(after, before) || h.count(`select count(*) from ledger_entries`) != entries {
				h.t.Errorf("a %s was changed by somebody to whom it does not exist", on)
			}
		}
	})
}

// TestWhoMayFindsIt calls every method as those whom it is for.
func TestWhoMayFindsIt(t *testing.T) {
	each(t, func(h *house) {
		insiders := h.insiders()
		for name, v := range visits {
			for _, who := range strings.Fields(v.allowed) {
				id, paper := h.subject(v.on)
				if err := v.do(h, insiders[who], id, paper); fault.Is(err, fault.NotFound) {
					h.t.Errorf("%s of a %s: the %s does not find it", name, v.on, who)
				}
			}
		}
	})
}

// TestListsHoldOnlyWhatIsYours reads every list as everyone.
func TestListsHoldOnlyWhatIsYours(t *testing.T) {
	each(t, func(h *house) {
		draft, _ := h.subject(Draft)
		sent, _ := h.subject(Submitted)
		returned := h.returned()
		mine := map[string]map[string][]string{
			"clerk": {"Drafts": {draft}, "Panel": {sent, returned}, "Pending": {returned}}, "desk": {"Panel": {sent, returned}, "Queue": {sent}},
			"social": {"Panel": {sent, returned}}, "program": {},
		}
		mine["supervisor"], mine["coordinator"] = mine["clerk"], mine["desk"]
		for name, list := range lists {
			for who, actor := range h.outsiders() {
				if ids, err := list(h, actor); len(ids) != 0 || err != nil && !fault.Is(err, fault.NotFound) {
					h.t.Errorf("%s of %s: %v, %v", name, who, ids, err)
				}
			}
			for who, actor := range h.insiders() {
				ids, err := list(h, actor)
				slices.Sort(ids)
				want := slices.Sorted(slices.Values(mine[who][name]))
				if ids = slices.Compact(ids); !slices.Equal(ids, want) || (err != nil) != (mine[who][name] == nil) {
					h.t.Errorf("%s of the %s: %v, %v; want %v", name, who, ids, err, want)
				}
			}
		}
	})
}

// TestDraftsAreInvisibleToCenters tries every read of a draft that names the center.
func TestDraftsAreInvisibleToCenters(t *testing.T) {
	each(t, func(h *house) {
		id, paper := h.subject(Draft)
		coordinator := h.actor(access.CenterCoordinator, h.toluca)
		_, readers := h.Readers(h.ctx, coordinator, id)
		_, open := h.Open(h.ctx, coordinator, id)
		_, download := h.OpenPaper(h.ctx, coordinator, id, paper)
		for what, err := range map[string]error{"readers": readers, "page": open, "paper": download} {
			if !fault.Is(err, fault.NotFound) {
				h.t.Errorf("%s: %v, want NotFound", what, err)
			}
		}
		if load := got(h.Load(h.ctx, h.desk))(h.t); len(load) != 0 {
			h.t.Errorf("a draft counts as load: %v", load)
		}
		if v := h.open(h.clerk, id); v.State != Draft || v.Person.ID != "" {
			h.t.Errorf("its own clerk opens %+v", v)
		}
	})
}

// TestWhatIsPublicStillAsksForAnAccount calls the methods about no referral.
func TestWhatIsPublicStillAsksForAnAccount(t *testing.T) {
	each(t, func(h *house) {
		id := h.sent()
		if lists := got(h.Lists(h.ctx, h.desk))(h.t); len(lists.Municipalities()) < 125 {
			h.t.Errorf("lists with %d municipalities", len(lists.Municipalities()))
		}
		_, lists := h.Lists(h.ctx, access.Anonymous("REQ-9"))
		_, load := h.Load(h.ctx, access.Anonymous("REQ-9"))
		for what, err := range map[string]error{"lists": lists, "load": load} {
			if !fault.Is(err, fault.NotFound) {
				h.t.Errorf("%s without an account: %v, want NotFound", what, err)
			}
		}
		v := h.open(h.clerk, id)
		if row := v.Row(); row.ID != id || row.Folio != v.Folio || row.State != Submitted || row.DueOn != v.DueOn || row.Due.Kind != v.Due.Kind {
			h.t.Errorf("as a row: %+v", row)
		}
	})
}
