package identity

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
)

func (p *Page) names() (names []string) {
	for _, a := range p.Rows {
		names = append(names, a.Name)
	}
	return names
}

func TestAccounts(t *testing.T) {
	each(t, func(h *house) {
		admin := h.areaAdmin()
		security := h.security()
		h.working(court, "Ñáñez Íñigo, Óscar", "oscar@court3.example")
		h.opened(court, "Zoila Pendiente", "zoila@court3.example")
		h.must(h.Suspend(h.ctx, program, h.working(court, "álvaro Suspendido", "alvaro@court3.example"), why))
		h.working(city, "Beto 100% Ajeno", "beto@city.example")
		for _, tt := range []struct {
			name string
			list func() (*Page, error)
			want string
		}{
			{"the area's", func() (*Page, error) { return h.Accounts(h.ctx, admin, Filter{}) },
				"Admin Ejemplo|álvaro Suspendido|Ñáñez Íñigo, Óscar|Zoila Pendiente"},
			{"all", func() (*Page, error) { return h.Accounts(h.ctx, security, Filter{}) },
				"Admin Ejemplo|álvaro Suspendido|Beto 100% Ajeno|Ñáñez Íñigo, Óscar|Sara Ejemplo|Zoila Pendiente"},
			{"words in any order, without accents", func() (*Page, error) { return h.Accounts(h.ctx, security, Filter{Text: " OSCAR ñañ"}) },
				"Ñáñez Íñigo, Óscar"},
			{"by address", func() (*Page, error) { return h.Accounts(h.ctx, security, Filter{Text: "@city"}) }, "Beto 100% Ajeno"},
			{"by place", func() (*Page, error) { return h.Accounts(h.ctx, security, Filter{Text: "policia metepec"}) }, "Beto 100% Ajeno"},
			{"a sign is a sign", func() (*Page, error) { return h.Accounts(h.ctx, security, Filter{Text: "0%"}) }, "Beto 100% Ajeno"},
			{"any sign", func() (*Page, error) { return h.Accounts(h.ctx, security, Filter{Text: "_!'"}) }, ""},
			{"another's stays hidden", func() (*Page, error) { return h.Accounts(h.ctx, admin, Filter{Text: "beto"}) }, ""},
			{"odd text", func() (*Page, error) {
				return h.Accounts(h.ctx, admin, Filter{Text: "\x00\xff" + strings.Repeat("a b ", 500)})
			}, ""},
			{"pending", func() (*Page, error) { return h.Accounts(h.ctx, security, Filter{State: Pending}) }, "Zoila Pendiente"},
			{"suspended", func() (*Page, error) { return h.Accounts(h.ctx, security, Filter{State: Suspended}) }, "álvaro Suspendido"},
			{"ended", func() (*Page, error) { return h.Accounts(h.ctx, security, Filter{State: Ended}) }, ""},
		} {
			p, err := tt.list()
			h.must(err)
			if got := strings.Join(p.names(), "|"); got != tt.want || p.Total != len(p.Rows) {
				t.Errorf("%s: got %q of %d, want %q", tt.name, got, p.Total, tt.want)
			}
		}
	})
}

func TestAccountsPageByKey(t *testing.T) {
	each(t, func(h *house) {
		for i := range 2*pageSize + 7 {
			h.opened(court, fmt.Sprintf("Nombre %d igual", i/3), fmt.Sprintf("n%d@court3.example", i))
		}
		seen := map[string]bool{}
		var names []string
		f := Filter{Text: "igual"}
		for range 3 {
			p, err := h.Accounts(h.ctx, program, f)
			h.must(err)
			if p.Total != 2*pageSize+7 {
				t.Errorf("total = %d, want %d on every page", p.Total, 2*pageSize+7)
			}
			for _, a := range p.Rows {
				seen[a.ID] = true
				names = append(names, a.Name)
			}
			f.After = p.Next
		}
		if len(seen) != 2*pageSize+7 || len(names) != len(seen) || f.After != "" {
			t.Errorf("%d rows, %d different, next %q; want each of %d once", len(names), len(seen), f.After, 2*pageSize+7)
		}
		if h.d.Engine() == db.SQLite && !slices.IsSorted(names) {
			t.Error("names do not go on in order from page to page")
		}
		p, err := h.Accounts(h.ctx, program, Filter{After: "no es"})
		h.must(err)
		if len(p.Rows) != pageSize {
			t.Errorf("an unknown key gives %d rows, want the first page", len(p.Rows))
		}
	})
}

// The predicate of a state in SQL and the function that computes it agree.
func TestStateWhere(t *testing.T) {
	each(t, func(h *house) {
		at := db.At(h.clk.Now())
		for i := range 8 {
			facts := [3]db.Time{}
			for bit := range facts {
				if i&(1<<bit) != 0 {
					facts[bit] = at
				}
			}
			id := h.opened(court, "Ana Ejemplo", fmt.Sprintf("n%d@court3.example", i))
			h.must(h.d.Tx(h.ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(h.ctx, `update accounts set ended_at = $1, suspended_at = $2, password_set_at = $3 where id = $4`,
					facts[0], facts[1], facts[2], id)
				return err
			}))
			want := stateOf(facts[0].Time, facts[1].Time, facts[2].Time)
			for _, s := range States {
				got := h.number(`select count(*)`+recordTables+`where a.id = $1 and `+s.where(), id) == 1
				if got != (s == want) {
					t.Errorf("facts %v: %s holds in SQL = %v, computed %s", facts, s, got, want)
				}
			}
		}
	})
}

func TestNamesTx(t *testing.T) {
	each(t, func(h *house) {
		a, b := h.opened(court, "Ana Ejemplo", ana), h.opened(center, "Beto Ejemplo", "beto@center.example")
		var got map[string]string
		h.must(h.d.View(h.ctx, func(tx *db.Tx) (err error) {
			got, err = h.NamesTx(h.ctx, tx, []string{a, b, a, db.NewID(), ""})
			return err
		}))
		want := map[string]string{a: "Capturista, Juzgado Tercero Familiar, Toluca", b: "Recepción, CeDeMas+ Toluca"}
		if len(got) != 2 || got[a] != want[a] || got[b] != want[b] {
			t.Errorf("NamesTx = %v, want %v", got, want)
		}
		h.must(h.d.View(h.ctx, func(tx *db.Tx) error { _, err := h.NamesTx(h.ctx, tx, nil); return err }))
	})
}

func TestAccountOf(t *testing.T) {
	for actor, want := range map[string]string{"account:7": "7", "system:seed": "", "anonymous": ""} {
		id, ok := AccountOf(actor)
		if ok != (want != "") || (ok && id != want) {
			t.Errorf("AccountOf(%q) = %q, %v; want %q", actor, id, ok, want)
		}
	}
}

func TestEmailOfTx(t *testing.T) {
	each(t, func(h *house) {
		id := h.working(court, "Ana Ejemplo", ana)
		read := func() (email string, lang i18n.Lang, err error) {
			err = h.d.View(h.ctx, func(tx *db.Tx) error {
				email, lang, err = h.EmailOfTx(h.ctx, tx, id)
				return err
			})
			return email, lang, err
		}
		email, lang, err := read()
		if email != ana || lang != i18n.Spanish || err != nil {
			t.Errorf("EmailOfTx = %q, %q, %v; want %q", email, lang, err, ana)
		}
		h.must(h.Suspend(h.ctx, program, id, why))
		_, _, err = read()
		h.wantKind(err, fault.NotFound, "")
	})
}

func TestSetPlaceTx(t *testing.T) {
	each(t, func(h *house) {
		h.working(court, "Ana Ejemplo", ana)
		h.opened(city, "Beto Ejemplo", "beto@city.example")
		token := h.enter(ana, phrase)
		h.must(h.d.Tx(h.ctx, func(tx *db.Tx) error {
			return h.SetPlaceTx(h.ctx, tx, Owner{InstitutionID: "i-courts", AreaID: "a-court3"}, " Juzgado Cuarto\nFamiliar ")
		}))
		if got := h.session(token).Place; got != "Juzgado Cuarto Familiar" {
			t.Errorf("place = %q, want the new one", got)
		}
		h.must(h.d.Tx(h.ctx, func(tx *db.Tx) error { return h.SetPlaceTx(h.ctx, tx, Owner{}, "X") }))
		if n := h.number(`select count(*) from posts where place = 'Policía, Metepec'`); n != 1 {
			t.Error("another institution's posts were renamed")
		}
	})
}

func TestConfigDefaults(t *testing.T) {
	got := Config{}.withDefaults()
	if got.IdleLimit != 30*time.Minute || got.AbsoluteLimit != 12*time.Hour || got.LinkLife != 24*time.Hour ||
		got.MaxFailures != 5 || got.LockFor != 15*time.Minute {
		t.Errorf("defaults = %+v", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("New without a FailKey passed; want a panic")
		}
	}()
	New(nil, nil, nil, Config{})
}
