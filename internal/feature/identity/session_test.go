package identity

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
)

const neutral = "El correo o la contraseña no coinciden."

func TestSignIn(t *testing.T) {
	each(t, func(h *house) {
		id := h.working(court, "Ana Ejemplo", ana)
		token, ends, err := h.SignIn(h.ctx, anyone, "  ANA@Court3.Example ", phrase, "Firefox\x00/1.0\n")
		h.must(err)
		if want := h.clk.Now().Add(12 * time.Hour); !ends.Equal(want) {
			t.Errorf("ends = %v, want %v", ends, want)
		}
		s := h.session(token)
		want := Session{
			Actor: access.Actor{Account: id, Post: s.Actor.Post, Role: access.Referrer, Institution: "i-courts", Area: "a-court3",
				Session: s.Actor.Session, Request: "REQ-2"},
			Name: "Ana Ejemplo", Place: "Juzgado Tercero Familiar, Toluca", Lang: i18n.Spanish,
			IdleEnds: h.clk.Now().Add(30 * time.Minute), Ends: ends,
		}
		if s.Actor.Post == "" || s.Actor.Session == "" {
			t.Errorf("actor lacks post or session: %+v", s.Actor)
		}
		if s.Name != want.Name || s.Actor.Institution != want.Actor.Institution || s.Actor.Area != want.Actor.Area ||
			s.Actor.Account != want.Actor.Account || s.Actor.Role != want.Actor.Role || s.Actor.Request != want.Actor.Request ||
			s.Place != want.Place || s.Lang != want.Lang || !s.IdleEnds.Equal(want.IdleEnds) || !s.Ends.Equal(want.Ends) {
			t.Errorf("session = %+v, want %+v", s, want)
		}
		if n := h.entries("session.open"); n != 1 {
			t.Errorf("ledger holds %d session.open, want 1", n)
		}
		if got, want := h.text(`select actor from ledger_entries where action = 'session.open'`), "account:"+id; got != want {
			t.Errorf("session.open was done by %q, want %q", got, want)
		}
	})
}

// Whatever is wrong, the answer is the same.
func TestSignInIsNeutral(t *testing.T) {
	each(t, func(h *house) {
		h.working(court, "Ana Ejemplo", ana)
		h.opened(city, "Pendiente Ejemplo", "pending@city.example")
		suspended := h.working(center, "Suspendida Ejemplo", "suspended@center.example")
		h.must(h.Suspend(h.ctx, program, suspended, why))
		post := h.session(h.enter(ana, phrase)).Actor.Post
		if _, err := h.HandOver(h.ctx, program, post, Holder{Name: "Beto Ejemplo", Email: "beto@court3.example"}); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct{ name, email, password string }{
			{"no such address", "nobody@nowhere.example", phrase},
			{"no address at all", "", phrase},
			{"not an address", "ana' or 1=1 --\x00", phrase},
			{"wrong password", "suspended@center.example", otherPhrase},
			{"not activated", "pending@city.example", ""},
			{"suspended", "suspended@center.example", phrase},
			{"ended", ana, phrase},
		} {
			t.Run(tt.name, func(t *testing.T) {
				token, _, err := h.SignIn(h.ctx, anyone, tt.email, tt.password, "")
				h.wantKind(err, fault.Invalid, neutral)
				if token != "" {
					t.Errorf("token = %q, want none", token)
				}
			})
		}
		if got := h.number(`select count(*) from ledger_entries where action = 'session.refused' and (changes like '%@%' or subject_id like '%@%' or reason <> '')`); got != 0 {
			t.Errorf("%d refusals in the ledger hold an address, want none", got)
		}
		if got := h.entries("session.refused"); got != 7 {
			t.Errorf("ledger holds %d refusals, want 7", got)
		}
	})
}

func TestSignInNeedsWhoeverMay(t *testing.T) {
	each(t, func(h *house) {
		h.working(court, "Ana Ejemplo", ana)
		_, _, err := h.SignIn(h.ctx, access.Actor{Role: access.Referrer}, ana, phrase, "")
		h.wantKind(err, fault.NotFound, "")
	})
}

// The lock falls on any address alike.
func TestLock(t *testing.T) {
	each(t, func(h *house) {
		h.working(court, "Ana Ejemplo", ana)
		for _, email := range []string{ana, "nobody@nowhere.example"} {
			for try := 1; try <= 4; try++ {
				_, _, err := h.SignIn(h.ctx, anyone, email, otherPhrase, "")
				h.wantKind(err, fault.Invalid, neutral)
			}
			for try := 5; try <= 6; try++ {
				_, _, err := h.SignIn(h.ctx, anyone, email, phrase+"!", "")
				h.wantKind(err, fault.TooMany, "Hubo demasiados intentos con este correo. Espere %d minutos")
			}
		}
		_, _, err := h.SignIn(h.ctx, anyone, ana, phrase, "")
		h.wantKind(err, fault.TooMany, "")
		if got := h.entries("session.lock"); got != 2 {
			t.Errorf("ledger holds %d locks, want 2", got)
		}
		h.clk.Advance(14*time.Minute + 30*time.Second)
		_, _, err = h.SignIn(h.ctx, anyone, ana, phrase, "")
		h.wantKind(err, fault.TooMany, "Hubo demasiados intentos con este correo. Espere un minuto")
		h.clk.Advance(time.Minute)
		h.enter(ana, phrase)
		if got := h.number(`select count(*) from sign_in_failures where key = $1`, h.signInTries(ana)[0].key); got != 0 {
			t.Error("the count outlives a sign-in")
		}
	})
}

// A stranger's guesses close his own network to the address, not the owner's.
func TestLockIsOfOneNetwork(t *testing.T) {
	each(t, func(h *house) {
		h.working(court, "Ana Ejemplo", ana)
		try := func(ip, password string) error {
			_, _, err := h.From(ip).SignIn(h.ctx, anyone, ana, password, "")
			return err
		}
		for range 5 {
			_ = try("203.0.113.7", otherPhrase)
		}
		for _, tt := range []struct {
			name, ip string
			kind     fault.Kind
		}{
			{"the same address", "203.0.113.7", fault.TooMany},
			{"a neighbour of it", "203.0.113.250", fault.TooMany},
			{"the same, written as IPv6", "::ffff:203.0.113.9", fault.TooMany},
			{"another network", "203.0.114.7", 0},
			{"an IPv6 network", "2001:db8:1:2::7", 0},
			{"no address", "", 0},
		} {
			if err := try(tt.ip, phrase); fault.KindOf(err) != tt.kind && (err != nil || tt.kind != 0) {
				t.Errorf("%s: got %v, want kind %d", tt.name, err, tt.kind)
			}
		}
		for range 5 {
			_ = try("2001:db8:1:2::7", otherPhrase)
		}
		h.wantKind(try("2001:db8:1:2:ffff::1", phrase), fault.TooMany, "")
		h.must(try("2001:db8:1:3::7", phrase))
	})
}

// Guesses from everywhere at one address slow each other down, known or not; its owner
// waits for a minute at most.
func TestManyNetworksSlowDown(t *testing.T) {
	each(t, func(h *house) {
		h.working(court, "Ana Ejemplo", ana)
		for _, email := range []string{ana, "nobody@nowhere.example"} {
			try := func(network int, password string) error {
				_, _, err := h.From(fmt.Sprintf("198.51.%d.1", network)).SignIn(h.ctx, anyone, email, password, "")
				return err
			}
			for n := range addressMost - 1 {
				h.wantKind(try(n, otherPhrase), fault.Invalid, neutral)
			}
			const slow = "Hubo demasiados intentos con este correo. Espere un minuto"
			h.wantKind(try(100, otherPhrase), fault.TooMany, slow)
			for n := range 10 {
				h.wantKind(try(101+n, phrase), fault.TooMany, slow)
			}
			h.clk.Advance(addressPause)
			h.wantKind(try(150, otherPhrase), fault.TooMany, slow) // one is heard, and the next waits again
		}
		h.clk.Advance(addressPause)
		h.enter(ana, phrase)
		if got := h.number(`select count(*) from sign_in_failures where key = $1`, h.signInTries(ana)[1].key); got != 0 {
			t.Error("the count over all networks outlives a sign-in")
		}
	})
}

func TestFailuresAreForgotten(t *testing.T) {
	each(t, func(h *house) {
		h.working(court, "Ana Ejemplo", ana)
		for range 3 {
			for range 4 {
				_, _, err := h.SignIn(h.ctx, anyone, ana, otherPhrase, "")
				h.wantKind(err, fault.Invalid, neutral)
			}
			h.clk.Advance(15 * time.Minute)
		}
		h.enter(ana, phrase)
	})
}

// Of many guesses at once no more are heard than the limit allows.
func TestLockHoldsAgainstMany(t *testing.T) {
	each(t, func(h *house) {
		h.working(court, "Ana Ejemplo", ana)
		errs := atOnce(50, func(int) error {
			_, _, err := h.SignIn(h.ctx, anyone, ana, otherPhrase, "")
			return err
		})
		for _, err := range errs {
			if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooMany) {
				t.Errorf("got %v, want every guess refused in words", err)
			}
		}
		if got := h.entries("session.refused"); got != 5 {
			t.Errorf("%d guesses were heard, want 5", got)
		}
	})
}

func TestTokens(t *testing.T) {
	each(t, func(h *house) {
		h.working(court, "Ana Ejemplo", ana)
		first, second := h.enter(ana, phrase), h.enter(ana, phrase)
		if first == second {
			t.Error("two sessions share a token")
		}
		if got := h.number(`select count(*) from sessions where token_hash in ($1, $2)`, first, second); got != 0 {
			t.Error("a token is stored as it is")
		}
		for name, token := range map[string]string{
			"empty": "", "short": "x", "unknown": strings.Repeat("A", tokenLength), "hash": hashToken(first), "not UTF-8": strings.Repeat("\xff", tokenLength),
		} {
			if _, err := h.authenticate(token); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%s token: got %v, want Unauthenticated", name, err)
			}
		}
	})
}

func TestSessionEnds(t *testing.T) {
	each(t, func(h *house) {
		h.working(court, "Ana Ejemplo", ana)
		idle := h.enter(ana, phrase)
		h.clk.Advance(30 * time.Minute)
		h.wantSignedOut(idle, "after 30 minutes without use")

		kept := h.enter(ana, phrase)
		for range 12*60/20 - 1 {
			h.clk.Advance(20 * time.Minute)
			h.session(kept)
		}
		h.clk.Advance(19 * time.Minute)
		if s := h.session(kept); !s.IdleEnds.Equal(s.Ends) {
			t.Errorf("idle end %v lies behind the end %v", s.IdleEnds, s.Ends)
		}
		h.clk.Advance(time.Minute)
		h.wantSignedOut(kept, "after 12 hours of use")
	})
}

// Reading pages writes at most once a minute.
func TestAuthenticateSavesWrites(t *testing.T) {
	each(t, func(h *house) {
		h.working(court, "Ana Ejemplo", ana)
		token := h.enter(ana, phrase)
		began := h.clk.Now()
		seen := func() string { return h.text(`select seen_at from sessions`) }
		at := seen()
		h.clk.Advance(59 * time.Second)
		if s := h.session(token); seen() != at || !s.IdleEnds.Equal(began.Add(30*time.Minute)) {
			t.Errorf("within the minute the session was written, or its end moved to %v", s.IdleEnds)
		}
		h.clk.Advance(time.Second)
		want := h.clk.Now().Add(30 * time.Minute)
		if s := h.session(token); seen() == at || !s.IdleEnds.Equal(want) {
			t.Errorf("after the minute the idle end is %v, want %v", s.IdleEnds, want)
		}
		for _, err := range atOnce(8, func(int) error { _, err := h.authenticate(token); return err }) {
			h.must(err)
		}
		at = seen()
		late := sessionRow{ID: h.session(token).Actor.Session, EndsAt: db.At(began.Add(12 * time.Hour))}
		h.must(h.gate.renew(h.ctx, &late, h.clk.Now().Add(-time.Second)))
		if seen() != at {
			t.Error("a request that was overtaken moved the session back")
		}
	})
}

func TestExtend(t *testing.T) {
	each(t, func(h *house) {
		h.working(court, "Ana Ejemplo", ana)
		token := h.enter(ana, phrase)
		s := h.session(token)
		h.clk.Advance(30 * time.Second)
		idle, ends, err := h.Extend(h.ctx, s.Actor)
		h.must(err)
		if want := h.clk.Now().Add(30 * time.Minute); !idle.Equal(want) || !ends.Equal(s.Ends) {
			t.Errorf("Extend = %v, %v; want %v, %v", idle, ends, want, s.Ends)
		}
		other := s.Actor
		other.Account = db.NewID()
		_, _, err = h.Extend(h.ctx, other)
		h.wantKind(err, fault.Unauthenticated, "")
	})
}

func TestSignOut(t *testing.T) {
	each(t, func(h *house) {
		h.working(court, "Ana Ejemplo", ana)
		h.working(city, "Beto Ejemplo", "beto@city.example")
		one, two, other := h.enter(ana, phrase), h.enter(ana, phrase), h.enter("beto@city.example", phrase)
		actor := h.session(one).Actor
		h.must(h.SignOut(h.ctx, actor))
		h.wantSignedOut(one, "after signing out")
		h.session(two)
		h.must(h.SignOut(h.ctx, actor)) // twice does no harm
		if n := h.entries("session.close"); n != 1 {
			t.Errorf("ledger holds %d session.close, want 1", n)
		}
		h.must(h.SignOutEverywhere(h.ctx, h.session(two).Actor))
		h.wantSignedOut(two, "after signing out everywhere")
		h.session(other)

		foreign := h.session(other).Actor
		third := h.enter(ana, phrase)
		foreign.Session = h.session(third).Actor.Session
		h.must(h.SignOut(h.ctx, foreign))
		h.session(third) // nobody ends another's session by its id
	})
}

func TestSessions(t *testing.T) {
	each(t, func(h *house) {
		h.working(court, "Ana Ejemplo", ana)
		h.working(city, "Beto Ejemplo", "beto@city.example")
		h.enter(ana, phrase)
		h.clk.Advance(31 * time.Minute)
		h.enter("beto@city.example", phrase)
		h.enter(ana, phrase)
		h.clk.Advance(time.Second)
		now := h.session(h.enter(ana, phrase)).Actor
		list, err := h.Sessions(h.ctx, now)
		h.must(err)
		if len(list) != 2 || !list[0].Current || list[1].Current || list[0].ID != now.Session || list[0].Agent != "Firefox" {
			t.Errorf("Sessions = %+v, want this one and the one before it", list)
		}
	})
}

func TestChangePassword(t *testing.T) {
	each(t, func(h *house) {
		h.working(court, "Ana Ejemplo", ana)
		kept, other := h.enter(ana, phrase), h.enter(ana, phrase)
		actor := h.session(kept).Actor
		h.wantField(h.ChangePassword(h.ctx, actor, phrase, "corta"), "password", "Use al menos")
		h.wantField(h.ChangePassword(h.ctx, actor, phrase, "ana.ejemplo-2026"), "password", "No use su nombre")
		h.wantField(h.ChangePassword(h.ctx, actor, "no es", otherPhrase), "current", "Esta no es")
		h.must(h.ChangePassword(h.ctx, actor, phrase, otherPhrase))
		h.session(kept)
		h.wantSignedOut(other, "after another session changed the password")
		_, _, err := h.SignIn(h.ctx, anyone, ana, phrase, "")
		h.wantKind(err, fault.Invalid, neutral)
		h.enter(ana, otherPhrase)
	})
}

func TestChangePasswordIsNoPlaceToGuess(t *testing.T) {
	each(t, func(h *house) {
		actor := h.actor(court, "Ana Ejemplo", ana)
		for range 5 {
			h.wantField(h.ChangePassword(h.ctx, actor, "no es", otherPhrase), "current", "Esta no es")
		}
		h.wantField(h.ChangePassword(h.ctx, actor, phrase, otherPhrase), "current", "Hubo demasiados intentos")
		h.clk.Advance(16 * time.Minute)
		h.must(h.ChangePassword(h.ctx, actor, phrase, otherPhrase))
	})
}

// A password changed while a sign-in with the old one was under way wins.
func TestEnterLooksAgain(t *testing.T) {
	each(t, func(h *house) {
		id := h.working(court, "Ana Ejemplo", ana)
		r, err := h.byEmail(h.ctx, ana)
		h.must(err)
		h.must(h.Suspend(h.ctx, program, id, why))
		_, _, err = h.enterWith(r)
		h.wantKind(err, fault.Invalid, neutral)
		h.must(h.Resume(h.ctx, program, id, why))
		l := h.link(id)
		h.must(h.RedeemLink(h.ctx, anyone, l.ID, l.Sig, otherPhrase))
		_, _, err = h.enterWith(r)
		h.wantKind(err, fault.Invalid, neutral)
	})
}

func (h *house) enterWith(r *record) (string, time.Time, error) {
	return h.Service.enter(h.ctx, anyone, r, h.signInTries(r.Email), phrase, "")
}

// Hashes made at another cost are renewed by the next sign-in.
func TestRehash(t *testing.T) {
	each(t, func(h *house) {
		h.working(court, "Ana Ejemplo", ana)
		before := h.text(`select password_hash from accounts`)
		h.Service.hasher = newHasher(HashParams{MemoryKiB: 128, Passes: 1, Lanes: 1})
		h.enter(ana, phrase)
		after := h.text(`select password_hash from accounts`)
		if !strings.Contains(before, "m=64,") || !strings.Contains(after, "m=128,") {
			t.Errorf("hash went from %q to %q, want the new cost", before, after)
		}
		h.enter(ana, phrase)
		if again := h.text(`select password_hash from accounts`); again != after {
			t.Error("a hash of the right cost was renewed")
		}
	})
}

func TestSetLang(t *testing.T) {
	each(t, func(h *house) {
		h.working(court, "Ana Ejemplo", ana)
		token := h.enter(ana, phrase)
		h.must(h.SetLang(h.ctx, h.session(token).Actor, i18n.English))
		if got := h.session(token).Lang; got != i18n.English {
			t.Errorf("lang = %q, want %q", got, i18n.English)
		}
		h.must(h.SetLang(h.ctx, h.session(token).Actor, "xx"))
		if got := h.session(token).Lang; got != i18n.Spanish {
			t.Errorf("lang = %q, want Spanish for what is not offered", got)
		}
	})
}

func TestSweep(t *testing.T) {
	each(t, func(h *house) {
		h.working(court, "Ana Ejemplo", ana)
		h.enter(ana, phrase)
		_, _, _ = h.SignIn(h.ctx, anyone, "nobody@nowhere.example", phrase, "")
		h.clk.Advance(29 * 24 * time.Hour)
		kept := h.enter(ana, phrase)
		n, err := h.Sweep(h.ctx, program)
		h.must(err)
		if n != 3 {
			t.Errorf("Sweep took %d rows, want the ended session and the two counts of the old failure", n)
		}
		h.session(kept)
		_, err = h.Sweep(h.ctx, access.System("other"))
		h.wantKind(err, fault.NotFound, "")
	})
}

// Who hangs up before his refusal is written is written down all the same.
func TestRefusalOutlivesItsRequest(t *testing.T) {
	each(t, func(h *house) {
		ctx, cancel := context.WithCancel(h.ctx)
		cancel()
		h.wantKind(h.refuse(ctx, anyone, &record{}, taken{allowed: true}), fault.Invalid, neutral)
		if n := h.entries("session.refused"); n != 1 {
			t.Errorf("ledger holds %d refusals, want 1", n)
		}
	})
}
