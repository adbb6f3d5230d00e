package survey

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
)

// who may do what: each method of the service as everyone, and who gets an answer.
var methods = map[string]struct {
	call func(h *house, a access.Actor, survey, caseID, kiosk string) error
	may  string
}{
	"List":    {func(h *house, a access.Actor, _, _, _ string) error { return only(h.List(h.ctx, a)) }, "desk social leader manager away admin analyst"},
	"Open":    {func(h *house, a access.Actor, id, _, _ string) error { return only(h.Open(h.ctx, a, id)) }, "desk social leader manager away admin analyst"},
	"Create":  {func(h *house, a access.Actor, _, _, _ string) error { return only(h.Create(h.ctx, a, CreateForm{})) }, "admin"},
	"Save":    {func(h *house, a access.Actor, id, _, _ string) error { return h.Save(h.ctx, a, id, Form{}) }, "admin"},
	"Publish": {func(h *house, a access.Actor, id, _, _ string) error { return h.Publish(h.ctx, a, id, "1") }, "admin"},
	"Sheet": {func(h *house, a access.Actor, id, _, _ string) error {
		return only(h.Sheet(h.ctx, a, id, SheetForm{Count: "1"}))
	}, "desk social leader manager away"},
	"OpenKiosk":  {func(h *house, a access.Actor, id, _, _ string) error { return only(h.OpenKiosk(h.ctx, a, id)) }, "desk social leader manager away"},
	"LeaveTo":    {func(h *house, a access.Actor, id, _, _ string) error { return only(h.LeaveTo(h.ctx, a, id)) }, "desk social leader manager away"},
	"CloseKiosk": {func(h *house, a access.Actor, _, _, kiosk string) error { return only(h.CloseKiosk(h.ctx, a, kiosk)) }, "desk social leader manager"},
	"Offer":      {func(h *house, a access.Actor, _, c, _ string) error { return only(h.Offer(h.ctx, a, c)) }, "desk social manager"},
	"Ask":        {func(h *house, a access.Actor, id, c, _ string) error { return h.Ask(h.ctx, a, c, id) }, "desk social manager"},
	"Results": {func(h *house, a access.Actor, id, _, _ string) error {
		return only(h.Results(h.ctx, a, id, Filter{}))
	}, "manager away admin analyst"},
	"RemoveText": {func(h *house, a access.Actor, id, _, _ string) error {
		return h.RemoveText(h.ctx, a, id, h.text(`select min(id) from survey_texts`))
	}, "admin"},
	"CentersFor": {func(h *house, a access.Actor, _, _, _ string) error { return only(h.CentersFor(h.ctx, a)) }, "manager away admin analyst"},
	"Coded":      {func(h *house, a access.Actor, _, _, _ string) error { return only(h.Coded(h.ctx, a, h.newCode())) }, "anonymous"},
	"Answer": {func(h *house, a access.Actor, _, _, _ string) error {
		return only(h.Answer(h.ctx, a, h.newCode(), AnswerForm{}))
	}, "anonymous"},
	"Sweep": {func(h *house, a access.Actor, _, _, _ string) error { return only(h.Sweep(h.ctx, a)) }, ""},
	"Seed":  {func(h *house, a access.Actor, _, _, _ string) error { return h.Seed(h.ctx, a) }, "admin"},
}

// others are methods that the tables above do not call, and why.
var others = map[string]string{
	"Screen": "needs an open kiosk, see TestKiosk", "AnswerScreen": "needs an open kiosk, see TestKiosk", "Address": "reads nothing",
}

func TestEveryMethodIsCalled(t *testing.T) {
	service := reflect.TypeFor[*Service]()
	for i := range service.NumMethod() {
		if name := service.Method(i).Name; methods[name].call == nil && others[name] == "" {
			t.Errorf("%s is in none of the tables of this file", name)
		}
	}
	if known := len(methods) + len(others); known != service.NumMethod() {
		t.Errorf("the tables hold %d methods, the service has %d", known, service.NumMethod())
	}
}

// TestCase1WhatIsNotYoursDoesNotExist calls every method as everyone.
func TestCase1WhatIsNotYoursDoesNotExist(t *testing.T) {
	each(t, func(h *house) {
		c, id := h.active("persona@correo.example", "yes"), h.survey(During)
		got(h.OpenKiosk(h.ctx, h.desk, id))(t)
		kiosk := h.text(`select id from survey_kiosks`)
		h.put(h.codes(h.desk, id, 1)[0], marked(1, "Un texto."))
		everyone := map[string]access.Actor{"desk": h.desk, "social": h.social, "leader": h.leader, "manager": h.manager, "away": h.away, "admin": h.admin,
			"analyst": h.analyst, "court": h.clerk, "anonymous": nobody, "nobody": {}, "system": access.System("other", access.CatalogueRead),
			"auditor": {Account: "x", Role: access.Auditor}, "security": {Account: "x", Role: access.SecurityAdmin}}
		for name, m := range methods {
			for who, actor := range everyone {
				entries := h.count(`select count(*) from ledger_entries`)
				err := m.call(h, actor, id, c, kiosk)
				if may := within(m.may, who); may == fault.Is(err, fault.NotFound) {
					t.Errorf("%s by %s: %v, want NotFound %t", name, who, err, !may)
				}
				if after := h.count(`select count(*) from ledger_entries`); fault.Is(err, fault.NotFound) && after != entries {
					t.Errorf("%s by %s wrote %d entries", name, who, after-entries)
				}
			}
		}
		for _, bad := range []string{"", "x", c, "01900000-0000-7000-8000-000000000000", id + "'"} {
			for _, name := range []string{"Open", "Save", "Publish", "Sheet", "OpenKiosk", "LeaveTo", "CloseKiosk", "Results", "RemoveText", "Offer"} {
				actor := h.manager
				if within(methods[name].may, "admin") {
					actor = h.admin
				}
				if name == "Offer" && bad == c {
					continue
				}
				if err := methods[name].call(h, actor, bad, bad, bad); !fault.Is(err, fault.NotFound) {
					t.Errorf("%s of %q: %v, want NotFound", name, bad, err)
				}
			}
		}
	})
}

func within(list, who string) bool {
	return slices.Contains(strings.Fields(list), who)
}
