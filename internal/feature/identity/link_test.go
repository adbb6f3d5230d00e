package identity

import (
	"testing"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
)

func TestRedeemLink(t *testing.T) {
	each(t, func(h *house) {
		id := h.opened(court, "Ana Ejemplo", ana)
		l := h.link(id)
		got, err := h.LinkState(h.ctx, anyone, l.ID, l.Sig)
		h.must(err)
		if want := (Link{LinkOpen, "Ana Ejemplo", ana, h.clk.Now().Add(24 * time.Hour)}); got != want {
			t.Errorf("LinkState = %+v, want %+v", got, want)
		}
		h.wantField(h.RedeemLink(h.ctx, anyone, l.ID, l.Sig, "corta"), "password", "Use al menos")
		h.must(h.RedeemLink(h.ctx, anyone, l.ID, l.Sig, phrase)) // a refused password left it good
		h.enter(ana, phrase)

		h.wantKind(h.RedeemLink(h.ctx, anyone, l.ID, l.Sig, otherPhrase), fault.Conflict, "Este enlace ya se usó")
		got, err = h.LinkState(h.ctx, anyone, l.ID, l.Sig)
		h.must(err)
		if got.State != LinkUsed || got.Name != "" || got.Email != "" {
			t.Errorf("LinkState of a used link = %+v, want used and nobody's name", got)
		}
	})
}

func TestLinkThatDoesNotOpen(t *testing.T) {
	each(t, func(h *house) {
		id := h.opened(court, "Ana Ejemplo", ana)
		l, other := h.link(id), h.link(id)
		for _, tt := range []struct{ name, id, sig string }{
			{"no signature", l.ID, ""}, {"another link's signature", l.ID, other.Sig}, {"cut", l.ID, l.Sig[:21]},
			{"no id", "", l.Sig}, {"odd id", "\x00", l.Sig}, {"account id", id, l.Sig},
		} {
			_, err := h.LinkState(h.ctx, anyone, tt.id, tt.sig)
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: LinkState = %v, want NotFound", tt.name, err)
			}
			if err := h.RedeemLink(h.ctx, anyone, tt.id, tt.sig, phrase); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: RedeemLink = %v, want NotFound", tt.name, err)
			}
		}
		h.clk.Advance(24 * time.Hour)
		h.wantKind(h.RedeemLink(h.ctx, anyone, l.ID, l.Sig, phrase), fault.Conflict, "Este enlace venció")

		fresh := h.link(id)
		h.must(h.Suspend(h.ctx, program, id, why))
		h.wantKind(h.RedeemLink(h.ctx, anyone, fresh.ID, fresh.Sig, phrase), fault.Conflict, "Esta cuenta no está activa")
	})
}

// A link opens once, also when it is pressed twice at the same moment, and outdoes the
// others of its account.
func TestRedeemLinkOnce(t *testing.T) {
	each(t, func(h *house) {
		id := h.opened(court, "Ana Ejemplo", ana)
		links := []IssuedLink{h.link(id), h.link(id)}
		errs := atOnce(8, func(i int) error {
			l := links[i%2]
			return h.RedeemLink(h.ctx, anyone, l.ID, l.Sig, phrase)
		})
		if n := succeeded(errs); n != 1 {
			t.Errorf("%d of 8 set a password, want 1", n)
		}
		for _, err := range errs {
			if err != nil {
				h.wantKind(err, fault.Conflict, "Este enlace ya se usó")
			}
		}
		if n := h.entries("account.password"); n != 1 {
			t.Errorf("ledger holds %d account.password, want 1", n)
		}
	})
}

func TestRedeemLinkEndsSessionsAndLock(t *testing.T) {
	each(t, func(h *house) {
		id := h.working(court, "Ana Ejemplo", ana)
		token := h.enter(ana, phrase)
		for range 5 {
			_, _, _ = h.SignIn(h.ctx, anyone, ana, "no es", "")
		}
		l := h.link(id)
		h.must(h.RedeemLink(h.ctx, anyone, l.ID, l.Sig, otherPhrase))
		h.wantSignedOut(token, "after a new password by link")
		h.enter(ana, otherPhrase) // the lock is lifted
	})
}

func TestRequestLink(t *testing.T) {
	each(t, func(h *house) {
		h.working(court, "Ana Ejemplo", ana)
		suspended := h.working(city, "Beto Ejemplo", "beto@city.example")
		h.must(h.Suspend(h.ctx, program, suspended, why))
		before := h.number(`select count(*) from notices`)
		for _, email := range []string{"nobody@nowhere.example", "beto@city.example", "", "\x00", "no es correo"} {
			h.must(h.RequestLink(h.ctx, anyone, email))
		}
		if n := h.number(`select count(*) from notices`) - before; n != 0 {
			t.Errorf("%d notices for addresses without a working account, want none", n)
		}
		for range 5 {
			h.must(h.RequestLink(h.ctx, anyone, " Ana@Court3.example"))
		}
		if n := h.number(`select count(*) from notices`) - before; n != 3 {
			t.Errorf("%d mails in an hour, want 3", n)
		}
		h.clk.Advance(time.Hour)
		h.must(h.RequestLink(h.ctx, anyone, ana))
		if n := h.number(`select count(*) from notices`) - before; n != 4 {
			t.Errorf("%d mails after the hour, want 4", n)
		}
		if got := h.text(`select address from notices order by id desc limit 1`); got != ana {
			t.Errorf("mailed to %q, want %q", got, ana)
		}
		h.enter(ana, phrase) // asking for a link locks nobody out
	})
}

func TestSendLink(t *testing.T) {
	each(t, func(h *house) {
		id := h.working(court, "Ana Ejemplo", ana)
		admin := h.actor(court.as(access.AccountAdmin), "Admin Ejemplo", "admin@court3.example")
		h.must(h.SendLink(h.ctx, admin, id))
		h.must(h.Suspend(h.ctx, admin, id, why))
		h.wantKind(h.SendLink(h.ctx, admin, id), fault.Conflict, "Esta cuenta está suspendida")
		h.wantKind(h.SendLink(h.ctx, admin, db.NewID()), fault.NotFound, "")
	})
}

// A link in hand is an account in hand: no person gets one for another.
func TestIssueLinkIsForTheProgram(t *testing.T) {
	each(t, func(h *house) {
		id := h.working(court, "Ana Ejemplo", ana)
		security := h.actor(secretary, "Sara Ejemplo", "sara@secretaria.example")
		_, err := h.IssueLink(h.ctx, security, id)
		h.wantKind(err, fault.NotFound, "")
		_, err = h.IssueLink(h.ctx, anyone, id)
		h.wantKind(err, fault.NotFound, "")
	})
}
