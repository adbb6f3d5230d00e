package identity

import (
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
)

const beto = "beto@court1.example"

// days gives a form for a colleague from one day to another, counted from today.
func (h *house) days(to string, from, until int) DelegationForm {
	today := clock.DateOf(h.clk.Now())
	return DelegationForm{To: to, From: today.AddDays(from).MX(), Until: today.AddDays(until).MX()}
}

func (h *house) received(actor access.Actor) []Delegation {
	h.t.Helper()
	all, err := h.Delegations(h.ctx, actor)
	h.must(err)
	return all.Received
}

// TestCase23DelegationEndsOnItsDate checks that who was delegated a post acts in it from
// the first day to the last and no longer, under his own name, also in a session that
// stays open over midnight.
func TestCase23DelegationEndsOnItsDate(t *testing.T) {
	each(t, func(h *house) {
		titular := h.actor(court, "Ana Ejemplo", ana)
		helper := h.actor(otherCourt, "Beto Ejemplo", beto)
		h.must(h.Delegate(h.ctx, titular, h.days(helper.Account, 1, 2)))
		id := h.received(helper)[0].ID
		h.wantKind(h.ActFor(h.ctx, helper, id), fault.NotFound, "")

		h.clk.Advance(24 * time.Hour)
		token := h.enter(beto, phrase)
		own := h.session(token)
		h.must(h.ActFor(h.ctx, own.Actor, id))
		acting := h.session(token)
		if a := acting.Actor; a.Account != helper.Account || a.Post != titular.Post || a.Area != "a-court3" || a.Role != access.Referrer {
			t.Errorf("acting as %+v, want his own account in the post of the titular", a)
		}
		if want := "Juzgado Tercero Familiar, Toluca, por delegación hasta el " + clock.DateOf(h.clk.Now()).AddDays(1).MX(); acting.Place != want {
			t.Errorf("got place %q, want %q", acting.Place, want)
		}
		if acting.Name != "Beto Ejemplo" {
			t.Errorf("acts under the name %q, want his own", acting.Name)
		}

		h.must(h.ActFor(h.ctx, acting.Actor, ""))
		if got := h.session(token).Actor.Post; got != helper.Post {
			t.Errorf("got post %s after the return, want his own", got)
		}
		h.must(h.ActFor(h.ctx, own.Actor, id))
		last := clock.DateOf(h.clk.Now()).AddDays(2).At(0, 0) // the midnight that ends it
		h.clk.Advance(last.Sub(h.clk.Now()) - time.Minute)
		token = h.enter(beto, phrase)
		h.must(h.ActFor(h.ctx, h.session(token).Actor, id))
		if got := h.session(token).Actor.Post; got != titular.Post {
			t.Errorf("a minute before its end acts in %s, want the titular's post", got)
		}
		h.clk.Advance(time.Minute)
		if got := h.session(token).Actor.Post; got != helper.Post {
			t.Errorf("after its last day acts in %s, want his own post", got)
		}
		if got := h.received(helper); len(got) != 0 {
			t.Errorf("a delegation that has passed is still offered: %+v", got)
		}
	})
}

// TestDelegationStops checks what ends a delegation before its last day, at once.
func TestDelegationStops(t *testing.T) {
	tests := []struct {
		name string
		stop func(h *house, titular, helper access.Actor, id string) error
	}{
		{"the titular ends it", func(h *house, titular, _ access.Actor, id string) error { return h.EndDelegation(h.ctx, titular, id) }},
		{"the helper ends it", func(h *house, _, helper access.Actor, id string) error { return h.EndDelegation(h.ctx, helper, id) }},
		{"the titular is suspended", func(h *house, titular, _ access.Actor, _ string) error {
			return h.Suspend(h.ctx, program, titular.Account, why)
		}},
		{"the post is handed over", func(h *house, titular, _ access.Actor, _ string) error {
			_, err := h.HandOver(h.ctx, program, titular.Post, Holder{Name: "Carla Ejemplo", Email: "carla@court3.example"})
			return err
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			each(t, func(h *house) {
				titular := h.actor(court, "Ana Ejemplo", ana)
				helper := h.actor(otherCourt, "Beto Ejemplo", beto)
				h.must(h.Delegate(h.ctx, titular, h.days(helper.Account, 0, 5)))
				id := h.received(helper)[0].ID
				token := h.enter(beto, phrase)
				h.must(h.ActFor(h.ctx, h.session(token).Actor, id))
				if got := h.session(token).Actor.Post; got != titular.Post {
					t.Fatalf("acts in %s, want the titular's post", got)
				}
				h.must(tt.stop(h, titular, helper, id))
				if got := h.session(token).Actor.Post; got != helper.Post {
					t.Errorf("acts in %s, want his own post again", got)
				}
				h.wantKind(h.ActFor(h.ctx, h.session(token).Actor, id), fault.NotFound, "")
			})
		})
	}
}

// TestDelegationIsRefused checks who cannot delegate what to whom, with the sentence at
// its field.
func TestDelegationIsRefused(t *testing.T) {
	each(t, func(h *house) {
		titular := h.actor(court, "Ana Ejemplo", ana)
		helper := h.actor(otherCourt, "Beto Ejemplo", beto)
		stranger := h.actor(city, "Eva Ejemplo", "eva@city.example")
		guard := h.actor(secretary, "Sara Ejemplo", "sara@state.example")
		h.working(secretary, "Tere Ejemplo", "tere@state.example")
		h.must(h.Delegate(h.ctx, titular, h.days(helper.Account, 10, 12)))
		tests := []struct {
			name  string
			actor access.Actor
			form  DelegationForm
			field string
		}{
			{"another institution", titular, h.days(stranger.Account, 0, 1), "to"},
			{"to himself", titular, h.days(titular.Account, 0, 1), "to"},
			{"to nobody", titular, h.days("", 0, 1), "to"},
			{"to what is no account", titular, h.days("' or 1=1", 0, 1), "to"},
			{"yesterday", titular, h.days(helper.Account, -1, 1), "from"},
			{"backwards", titular, h.days(helper.Account, 3, 2), "until"},
			{"too long", titular, h.days(helper.Account, 20, 20+MaxDelegation), "until"},
			{"no day", titular, DelegationForm{To: helper.Account, From: "mañana", Until: "31/02/2027"}, "from"},
			{"days that are taken", titular, h.days(helper.Account, 8, 10), "from"},
			{"a role that opens accounts", guard, h.days(guard.Account, 0, 1), "to"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				err := h.Delegate(h.ctx, tt.actor, tt.form)
				f, ok := err.(*fault.Error)
				if !ok || f.Kind != fault.Invalid || f.Fields[tt.field].IsZero() {
					t.Errorf("got %v, want a sentence at %q", err, tt.field)
				}
			})
		}
		id := h.received(helper)[0].ID
		h.wantKind(h.EndDelegation(h.ctx, stranger, id), fault.NotFound, "")
		h.wantKind(h.ActFor(h.ctx, stranger, id), fault.NotFound, "")
		h.wantKind(h.ActFor(h.ctx, titular, id), fault.NotFound, "")
	})
}
