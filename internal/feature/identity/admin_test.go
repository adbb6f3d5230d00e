package identity

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
)

const (
	adminMail    = "admin@court3.example"
	securityMail = "sara@secretaria.example"
)

func (h *house) areaAdmin() access.Actor {
	return h.actor(court.as(access.AccountAdmin), "Admin Ejemplo", adminMail)
}

func (h *house) security() access.Actor {
	return h.actor(secretary, "Sara Ejemplo", securityMail)
}

func TestOpenAccount(t *testing.T) {
	each(t, func(h *house) {
		admin := h.areaAdmin()
		id, err := h.OpenAccount(h.ctx, admin, in(court, "  Ana\tÑáñez \n", " ANA@court3.example"))
		h.must(err)
		v, err := h.Account(h.ctx, admin, id)
		h.must(err)
		want := Post{ID: v.Post.ID, Role: access.Referrer, Title: "Capturista", Place: court.Place, InstitutionID: "i-courts", AreaID: "a-court3"}
		if v.Name != "Ana Ñáñez" || v.Email != ana || v.State != Pending || v.Post != want || !v.Changeable {
			t.Errorf("account = %+v, want it pending in %+v", v.Account, want)
		}
		if until := h.clk.Now().Add(24 * time.Hour); !v.LinkUntil.Equal(until) {
			t.Errorf("link until %v, want %v", v.LinkUntil, until)
		}
		if got := h.text(`select address from notices where to_id = $1`, id); got != ana {
			t.Errorf("link mailed to %q, want %q", got, ana)
		}
		var got []string
		for _, e := range v.History {
			got = append(got, e.What.Key+" / "+e.Who.ES)
		}
		if want := "Se envió un enlace de acceso / Capturista, " + court.Place + "; Se abrió la cuenta / Capturista, " + court.Place; strings.Join(got, "; ") != want {
			t.Errorf("history = %q, want %q", strings.Join(got, "; "), want)
		}
	})
}

func TestOpenAccountRefuses(t *testing.T) {
	each(t, func(h *house) {
		admin := h.areaAdmin()
		security := h.security()
		coordinator := h.actor(center.as(access.CenterCoordinator), "Coordinación Ejemplo", "coord@center.example")
		h.working(city, "Beto Ejemplo", "beto@city.example")
		h.working(court, "Ana Ejemplo", ana)
		forged := in(court, "N", "n@n.example")
		forged.InstitutionID = "i-city"
		for _, tt := range []struct {
			name   string
			actor  access.Actor
			n      NewAccount
			field  string // empty: NotFound
			begins string
		}{
			{"another area", admin, in(otherCourt, "N", "n@n.example"), "", ""},
			{"another institution", admin, in(city, "N", "n@n.example"), "", ""},
			{"own area under another institution", admin, forged, "", ""},
			{"a center", coordinator, in(NewPost{Role: access.Reception, Title: "R", Place: "P", CenterID: "c-lerma"}, "N", "n@n.example"), "", ""},
			{"supervisor by an area's administrator", admin, in(court.as(access.InstitutionSupervisor), "N", "n@n.example"), "role", "Elija una función"},
			{"another administrator", admin, in(court.as(access.AccountAdmin), "N", "n@n.example"), "role", "Elija una función"},
			{"coordinator by a coordinator", coordinator, in(center.as(access.CenterCoordinator), "N", "n@n.example"), "role", "Elija una función"},
			{"anonymous role", security, in(court.as("anonymous"), "N", "n@n.example"), "role", "Elija una función"},
			{"no role", security, in(court.as(""), "N", "n@n.example"), "role", "Elija una función"},
			{"role of an institution without area", security, in(NewPost{Role: access.Referrer, Title: "C", Place: "P", InstitutionID: "i-city"}, "N", "n@n.example"), "place", "Esta función es de una institución"},
			{"role of a center in an institution", security, in(court.as(access.Reception), "N", "n@n.example"), "place", "Esta función es de un centro"},
			{"role of the Secretaría in a center", security, in(center.as(access.Auditor), "N", "n@n.example"), "place", "Esta función es de la Secretaría"},
			{"no name", admin, in(court, " \n\t", "n@n.example"), "name", "Escriba el nombre"},
			{"endless name", admin, in(court, strings.Repeat("ñ", 161), "n@n.example"), "name", "Use %d caracteres o menos"},
			{"no title", admin, in(NewPost{Role: access.Referrer, Place: "P", InstitutionID: "i-courts", AreaID: "a-court3"}, "N", "n@n.example"), "title", "Escriba el puesto"},
			{"no address", admin, in(court, "N", "no es"), "email", "Escriba un correo completo"},
			{"two addresses", admin, in(court, "N", "a@b.example, c@d.example"), "email", "Escriba un correo completo"},
			{"a header in the address", admin, in(court, "N", "a@b.example\r\nbcc:c@d.example"), "email", "Escriba un correo completo"},
			{"an endless address", admin, in(court, "N", strings.Repeat("a", 250)+"@b.example"), "email", "Escriba un correo completo"},
			{"own area's address", admin, in(court, "N", "ANA@court3.example"), "email", "Ese correo ya tiene una cuenta: %s, %s"},
			{"another institution's address", admin, in(court, "N", "beto@city.example"), "email", "Ese correo ya tiene una cuenta en otra área"},
		} {
			before := h.number(`select count(*) from posts`)
			_, err := h.OpenAccount(h.ctx, tt.actor, tt.n)
			if tt.field == "" {
				if !fault.Is(err, fault.NotFound) {
					t.Errorf("%s: got %v, want NotFound", tt.name, err)
				}
			} else if m := fault.FieldsOf(err)[tt.field]; !strings.HasPrefix(m.Key, tt.begins) || m.Key == "" {
				t.Errorf("%s: got %v, want %q at %q", tt.name, err, tt.begins, tt.field)
			}
			if after := h.number(`select count(*) from posts`); after != before {
				t.Errorf("%s: left a post behind", tt.name)
			}
		}
	})
}

// An unusual name is kept as it was written.
func TestOpenAccountKeepsNames(t *testing.T) {
	each(t, func(h *house) {
		for i, name := range []string{"Ñuño", "Müller O'Higgins", "Иван Петров", strings.Repeat("ü", 160), "<script>alert(1)</script>", "Robert'); drop table accounts;--"} {
			id := h.opened(court, name, fmt.Sprintf("n%d@court3.example", i))
			v, err := h.Account(h.ctx, program, id)
			h.must(err)
			if v.Name != name {
				t.Errorf("name = %q, want %q", v.Name, name)
			}
		}
	})
}

func TestOpenAccountOnceForAnAddress(t *testing.T) {
	each(t, func(h *house) {
		errs := atOnce(6, func(i int) error {
			_, err := h.OpenAccount(h.ctx, program, in(court, "Ana Ejemplo", ana))
			return err
		})
		if n := succeeded(errs); n != 1 {
			t.Errorf("%d of 6 opened an account with one address, want 1", n)
		}
		for _, err := range errs {
			if err != nil {
				h.wantField(err, "email", "Ese correo ya tiene")
			}
		}
	})
}

func TestOpenPost(t *testing.T) {
	each(t, func(h *house) {
		admin := h.areaAdmin()
		post, err := h.OpenPost(h.ctx, admin, court)
		h.must(err)
		errs := atOnce(4, func(i int) error {
			_, err := h.OpenAccount(h.ctx, admin, NewAccount{PostID: post, Name: "N", Email: fmt.Sprintf("n%d@court3.example", i)})
			return err
		})
		if n := succeeded(errs); n != 1 {
			t.Errorf("%d of 4 took one post (%v), want 1", n, errs)
		}
		for _, err := range errs {
			if err != nil {
				h.wantKind(err, fault.Conflict, "Ese puesto ya tiene titular")
			}
		}
		_, err = h.OpenPost(h.ctx, admin, otherCourt)
		h.wantKind(err, fault.NotFound, "")
		_, err = h.OpenPost(h.ctx, admin, court.as(access.Auditor))
		h.wantField(err, "role", "Elija una función")
		foreign, err := h.OpenPost(h.ctx, program, city)
		h.must(err)
		_, err = h.OpenAccount(h.ctx, admin, NewAccount{PostID: foreign, Name: "N", Email: "n@n.example"})
		h.wantKind(err, fault.NotFound, "")
	})
}

// What is another's does not exist, whatever one wants to do with it.
func TestForeignAccountsDoNotExist(t *testing.T) {
	each(t, func(h *house) {
		admin := h.areaAdmin()
		clerk := h.actor(court, "Ana Ejemplo", ana)
		supervisor := h.working(court.as(access.InstitutionSupervisor), "Jueza Ejemplo", "jueza@court3.example")
		foreign := h.working(city, "Beto Ejemplo", "beto@city.example")
		neighbour := h.working(otherCourt, "Cora Ejemplo", "cora@court1.example")
		acts := map[string]func(actor access.Actor, id string) error{
			"Account":     func(a access.Actor, id string) error { _, err := h.Account(h.ctx, a, id); return err },
			"Suspend":     func(a access.Actor, id string) error { return h.Suspend(h.ctx, a, id, why) },
			"Resume":      func(a access.Actor, id string) error { return h.Resume(h.ctx, a, id, why) },
			"SendLink":    func(a access.Actor, id string) error { return h.SendLink(h.ctx, a, id) },
			"EndSessions": func(a access.Actor, id string) error { return h.EndSessions(h.ctx, a, id) },
			"HandOver": func(a access.Actor, id string) error {
				_, err := h.HandOver(h.ctx, a, h.postOf(id), Holder{})
				return err
			},
		}
		for name, act := range acts {
			for who, id := range map[string]string{"another institution's": foreign, "another area's": neighbour, "nobody's": db.NewID(), "an odd": "\x00'"} {
				if err := act(admin, id); !fault.Is(err, fault.NotFound) {
					t.Errorf("%s of %s account = %v, want NotFound", name, who, err)
				}
			}
			if err := act(clerk, clerk.Account); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s by a clerk = %v, want NotFound", name, err)
			}
			if name == "Account" {
				continue
			}
			if err := act(admin, supervisor); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s of a role that may not be granted = %v, want NotFound", name, err)
			}
		}
		v, err := h.Account(h.ctx, admin, supervisor)
		h.must(err)
		if v.Changeable {
			t.Error("the supervisor's account looks changeable to the area's administrator")
		}
	})
}

func (h *house) postOf(account string) string {
	if !isID(account) {
		return account
	}
	var post string
	_ = h.d.View(h.ctx, func(tx *db.Tx) error {
		return tx.Get(h.ctx, &post, `select post_id from accounts where id = $1`, account)
	})
	return post
}

func TestSuspendAndResume(t *testing.T) {
	each(t, func(h *house) {
		admin := h.areaAdmin()
		id := h.working(court, "Ana Ejemplo", ana)
		token := h.enter(ana, phrase)
		h.must(h.Suspend(h.ctx, admin, id, why))
		h.wantSignedOut(token, "after the suspension")
		h.wantKind(h.Suspend(h.ctx, admin, id, why), fault.Conflict, "Esta cuenta ya estaba suspendida")
		h.must(h.Resume(h.ctx, admin, id, why))
		h.wantSignedOut(token, "after resuming")
		h.wantKind(h.Resume(h.ctx, admin, id, why), fault.Conflict, "Esta cuenta no estaba suspendida")
		h.enter(ana, phrase)
	})
}

// Both ask why, keep it in the ledger, and show it with who and when.
func TestSuspensionHasAReason(t *testing.T) {
	each(t, func(h *house) {
		admin := h.areaAdmin()
		id := h.working(court, "Ana Ejemplo", ana)
		long := strings.Repeat("x", maxReason+1)
		h.wantField(h.Suspend(h.ctx, admin, id, " \n"), "reason", "Escriba por qué se suspende")
		h.wantField(h.Suspend(h.ctx, admin, id, long), "reason", "Escriba el motivo en %d caracteres")
		h.must(h.Suspend(h.ctx, admin, id, " Licencia\nde tres meses. "))
		h.wantField(h.Resume(h.ctx, admin, id, ""), "reason", "Escriba por qué se reanuda")
		h.must(h.Resume(h.ctx, admin, id, "Volvió."))
		v, err := h.Account(h.ctx, admin, id)
		h.must(err)
		for i, want := range []Event{
			{What: eventText("account.resume"), Reason: "Volvió."},
			{What: eventText("account.suspend"), Reason: "Licencia de tres meses."},
		} {
			got := v.History[i]
			if got.What.Key != want.What.Key || got.Reason != want.Reason || got.Who.ES == "" || !got.At.Equal(h.clk.Now()) {
				t.Errorf("history[%d] = %+v, want %q for %q with who and when", i, got, want.What.Key, want.Reason)
			}
		}
		if got := h.text(`select reason from ledger_entries where action = 'account.suspend'`); got != "Licencia de tres meses." {
			t.Errorf("the ledger gives the reason %q", got)
		}
	})
}

// A link that was on its way when its account was suspended never opens again, and is not
// told of as valid.
func TestSuspensionVoidsLinks(t *testing.T) {
	each(t, func(h *house) {
		admin := h.areaAdmin()
		id := h.opened(court, "Ana Ejemplo", ana)
		l := h.link(id)
		until := func() time.Time {
			v, err := h.Account(h.ctx, admin, id)
			h.must(err)
			return v.LinkUntil
		}
		if until().IsZero() {
			t.Fatal("an open link is not told of")
		}
		redeem := func() error { return h.RedeemLink(h.ctx, anyone, l.ID, l.Sig, phrase) }
		h.must(h.Suspend(h.ctx, admin, id, why))
		if got := until(); !got.IsZero() {
			t.Errorf("the link of a suspended account is told of until %v", got)
		}
		h.wantKind(redeem(), fault.Conflict, "Esta cuenta no está activa")
		h.must(h.Resume(h.ctx, admin, id, why))
		if got := until(); !got.IsZero() {
			t.Errorf("after resuming, the old link is told of until %v", got)
		}
		h.wantKind(redeem(), fault.Conflict, "Este enlace ya se usó")
	})
}

// A session opened while the account was being suspended is of no use.
func TestGateLooksAtTheAccount(t *testing.T) {
	each(t, func(h *house) {
		id := h.working(court, "Ana Ejemplo", ana)
		token := h.enter(ana, phrase)
		set := func(query string, args ...any) {
			h.must(h.d.Tx(h.ctx, func(tx *db.Tx) error { _, err := tx.Exec(h.ctx, query, args...); return err }))
		}
		now := db.At(h.clk.Now())
		set(`update accounts set suspended_at = $1 where id = $2`, now, id)
		h.wantSignedOut(token, "with the account suspended")
		set(`update accounts set suspended_at = null, ended_at = $1 where id = $2`, now, id)
		h.wantSignedOut(token, "with the account ended")
		set(`update accounts set ended_at = null where id = $1`, id)
		set(`update posts set closed_at = $1`, now)
		h.wantSignedOut(token, "with the post closed")
		_, _, err := h.SignIn(h.ctx, anyone, ana, phrase, "")
		h.wantKind(err, fault.Invalid, neutral)
		set(`update posts set closed_at = null`)
		h.session(token)
	})
}

func TestCase23LastAdministratorStays(t *testing.T) {
	each(t, func(h *house) {
		first := h.security()
		h.opened(secretary, "Pendiente Ejemplo", "pending@secretaria.example")
		h.wantKind(h.Suspend(h.ctx, first, first.Account, why), fault.Conflict, "No puede suspender su propia cuenta")
		h.wantKind(h.Suspend(h.ctx, program, first.Account, why), fault.Conflict, "Es la única cuenta de seguridad")
		_, err := h.HandOver(h.ctx, program, first.Post, Holder{Name: "N", Email: "n@n.example"})
		h.wantKind(err, fault.Conflict, "Es la única cuenta de seguridad")
		_, err = h.HandOver(h.ctx, first, first.Post, Holder{Name: "N", Email: "n@n.example"})
		h.wantKind(err, fault.Conflict, "No puede entregar su propio puesto")

		pair := []access.Actor{first, h.actor(secretary, "Saúl Ejemplo", "saul@secretaria.example")}
		for range 8 { // a race shows itself now and then
			errs := atOnce(2, func(i int) error { return h.Suspend(h.ctx, pair[i], pair[1-i].Account, why) })
			if n := succeeded(errs); n != 1 {
				t.Fatalf("%d of two who suspended each other at once succeeded (%v), want 1", n, errs)
			}
			for _, actor := range pair {
				_ = h.Resume(h.ctx, program, actor.Account, why)
			}
		}
	})
}

func TestHandOver(t *testing.T) {
	each(t, func(h *house) {
		admin := h.areaAdmin()
		old := h.working(court, "Ana Ejemplo", ana)
		token := h.enter(ana, phrase)
		pending := h.link(old)
		post := h.postOf(old)
		_, err := h.HandOver(h.ctx, admin, post, Holder{Name: "", Email: "no"})
		h.wantField(err, "name", "Escriba el nombre")
		_, err = h.HandOver(h.ctx, admin, post, Holder{Name: "N", Email: adminMail})
		h.wantField(err, "email", "Ese correo ya tiene")
		h.session(token) // a refused hand-over ends nothing

		next, err := h.HandOver(h.ctx, admin, post, Holder{Name: "Beto Ejemplo", Email: "beto@court3.example"})
		h.must(err)
		h.wantSignedOut(token, "after the post was handed over")
		h.wantKind(h.RedeemLink(h.ctx, anyone, pending.ID, pending.Sig, phrase), fault.Conflict, "Esta cuenta no está activa")
		v, err := h.Account(h.ctx, admin, next)
		h.must(err)
		if v.Post.ID != post || v.State != Pending || len(v.Former) != 1 || v.Former[0].Name != "Ana Ejemplo" || v.Former[0].Email != ana || v.Former[0].State != Ended {
			t.Errorf("new holder = %+v, want him pending in the same post after Ana", v)
		}
		h.wantKind(h.Resume(h.ctx, admin, old, why), fault.Conflict, "Esta cuenta no estaba suspendida")
		h.wantKind(h.Suspend(h.ctx, admin, old, why), fault.Conflict, "Esta cuenta ya estaba suspendida o terminada")

		// Whoever left a post can hold another under the same address, and come back.
		h.working(city, "Ana Ejemplo", ana)
		h.enter(ana, phrase)
		_, err = h.HandOver(h.ctx, program, h.postOf(h.text(`select id from accounts where email = $1`, ana)), Holder{Name: "Cora Ejemplo", Email: "cora@city.example"})
		h.must(err)
		_, err = h.HandOver(h.ctx, admin, post, Holder{Name: "Ana Ejemplo", Email: ana})
		h.must(err)
	})
}

func TestHandOverOnce(t *testing.T) {
	each(t, func(h *house) {
		id := h.working(court, "Ana Ejemplo", ana)
		post := h.postOf(id)
		errs := atOnce(4, func(i int) error {
			_, err := h.HandOver(h.ctx, program, post, Holder{Name: "N", Email: fmt.Sprintf("n%d@court3.example", i)})
			return err
		})
		for _, err := range errs {
			h.must(err)
		}
		if n := h.number(`select count(*) from accounts where post_id = $1 and ended_at is null`, post); n != 1 {
			t.Errorf("the post has %d holders, want 1", n)
		}
	})
}

func TestEndSessions(t *testing.T) {
	each(t, func(h *house) {
		admin := h.areaAdmin()
		id := h.working(court, "Ana Ejemplo", ana)
		one, two := h.enter(ana, phrase), h.enter(ana, phrase)
		v, err := h.Account(h.ctx, admin, id)
		h.must(err)
		if v.Sessions != 2 {
			t.Errorf("%d sessions, want 2", v.Sessions)
		}
		h.must(h.EndSessions(h.ctx, admin, id))
		h.wantSignedOut(one, "after its end")
		h.wantSignedOut(two, "after its end")
	})
}

func TestGrants(t *testing.T) {
	each(t, func(h *house) {
		for _, tt := range []struct {
			name  string
			actor access.Actor
			roles int
			court bool
		}{
			{"area", h.areaAdmin(), 1, true},
			{"center", h.actor(center.as(access.CenterCoordinator), "C", "coord@center.example"), 5, false},
			{"security", h.security(), len(access.Roles), true},
			{"program", program, len(access.Roles), true},
		} {
			g, err := h.Grants(h.ctx, tt.actor)
			h.must(err)
			if len(g.Roles) != tt.roles || g.Covers("i-courts", "a-court3", "") != tt.court {
				t.Errorf("%s: may grant %v, the court %v; want %d roles, the court %v", tt.name, g.Roles, !tt.court, tt.roles, tt.court)
			}
		}
		_, err := h.Grants(h.ctx, h.actor(city, "Beto", "beto@city.example"))
		h.wantKind(err, fault.NotFound, "")
	})
}
