package program_test

import (
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/program"
	"sigue/internal/platform/access"
)

// form is a sound group of a center: CeDeMas+, Tuesdays at 16:00 from 1 December 2026.
func (r *room) form(t *testing.T, p place) program.GroupForm {
	t.Helper()
	v := r.shipped(t, "CeDeMas+")
	return program.GroupForm{
		Name: "Martes por la tarde", Component: v.Components[1].ID, Entry: program.OpenEntry, Capacity: "12", Venue: p.venue,
		FirstOn: "01/12/2026", StartsAt: "16:00", Mode: string(program.InPerson), Lead: p.psychology.Account, CoLead: p.social.Account,
	}
}

func (r *room) group(t *testing.T, p place) string {
	t.Helper()
	id, err := r.CreateGroup(t.Context(), p.coordinator, r.form(t, p))
	must(t, err)
	return id
}

func TestCreateGroup(t *testing.T) {
	run(t, func(t *testing.T, r *room) {
		ctx, id := t.Context(), r.group(t, r.home)
		g, err := r.Group(ctx, r.home.reception, id)
		must(t, err)
		if g.Weekday != time.Tuesday || g.StartsAt != "16:00" || g.EndsAt() != "18:00" || g.Minutes != 120 || g.EveryDays != 7 || !g.Open ||
			g.Capacity != 12 || g.Lead != r.home.psychology.Account || g.CoLead != r.home.social.Account || g.Confirmed() || g.Closed() {
			t.Errorf("group = %+v", g)
		}
		view, err := r.GroupView(ctx, r.home.psychology, id)
		if err != nil || view.NameOf(g.Lead) != "psychology Toluca" || view.Version.ProgramName != "CeDeMas+" || len(view.Component.Sessions) != 15 {
			t.Errorf("view: leader %q of %q, %v", view.NameOf(g.Lead), view.Version.ProgramName, err)
		}
	})
}

func TestGroupForms(t *testing.T) {
	run(t, func(t *testing.T, r *room) {
		r.group(t, r.home)
		r.clk.Advance(time.Second)
		must(t, r.centers.CloseDays(t.Context(), admin, r.home.id, catalogue.Closure{From: "08/12/2026", Name: "Inventario"}))
		individual := r.shipped(t, "CeDeMas+").Components[0].ID
		for _, tt := range []struct {
			name, field string
			change      func(f *program.GroupForm)
		}{
			{"no name", "name", func(f *program.GroupForm) { f.Name = "" }},
			{"a name in use", "name", func(f *program.GroupForm) { f.Name = "Martes por la tarde" }},
			{"no component", "component", func(f *program.GroupForm) { f.Component = "" }},
			{"an individual component", "component", func(f *program.GroupForm) { f.Component = individual }},
			{"no entry", "entry", func(f *program.GroupForm) { f.Entry = "" }},
			{"too few people", "capacity", func(f *program.GroupForm) { f.Capacity = "7" }},
			{"too many people", "capacity", func(f *program.GroupForm) { f.Capacity = "21" }},
			{"people in words", "capacity", func(f *program.GroupForm) { f.Capacity = "doce" }},
			{"another center's venue", "venue", func(f *program.GroupForm) { f.Venue = r.other.venue }},
			{"a room that is not there", "room", func(f *program.GroupForm) { f.Room = "x" }},
			{"no mode", "mode", func(f *program.GroupForm) { f.Mode = "video" }},
			{"no day", "first_on", func(f *program.GroupForm) { f.FirstOn = "" }},
			{"a day that is not", "first_on", func(f *program.GroupForm) { f.FirstOn = "31/02/2027" }},
			{"yesterday", "first_on", func(f *program.GroupForm) { f.FirstOn = "20/11/2026" }},
			{"a holiday", "first_on", func(f *program.GroupForm) { f.FirstOn = "25/12/2026" }},
			{"a closed day", "first_on", func(f *program.GroupForm) { f.FirstOn = "08/12/2026" }},
			{"a Saturday on which the center does not open", "first_on", func(f *program.GroupForm) { f.FirstOn = "05/12/2026" }},
			{"no hour", "starts_at", func(f *program.GroupForm) { f.StartsAt = "a las 4" }},
			{"an hour after closing", "starts_at", func(f *program.GroupForm) { f.StartsAt = "16:15" }},
			{"an hour past midnight", "starts_at", func(f *program.GroupForm) { f.StartsAt = "23:45" }},
			{"no leader", "lead", func(f *program.GroupForm) { f.Lead = "" }},
			{"a leader of another center", "lead", func(f *program.GroupForm) { f.Lead = r.other.psychology.Account }},
			{"a receptionist, who calls no roll", "co_lead", func(f *program.GroupForm) { f.CoLead = r.home.reception.Account }},
			{"twice the same", "co_lead", func(f *program.GroupForm) { f.CoLead = f.Lead }},
		} {
			t.Run(tt.name, func(t *testing.T) {
				f := r.form(t, r.home)
				f.Name = "Otro"
				tt.change(&f)
				_, err := r.CreateGroup(t.Context(), r.home.coordinator, f)
				fails(t, err, tt.field)
			})
		}
		if n := r.count(t, `select count(*) from program_groups`); n != 1 {
			t.Errorf("groups = %d, want 1", n)
		}
	})
}

// TestGroupIsolation checks that a center's groups do not exist for another.
func TestGroupIsolation(t *testing.T) {
	run(t, func(t *testing.T, r *room) {
		ctx, id := t.Context(), r.group(t, r.home)
		f := r.form(t, r.home)
		for _, stranger := range []access.Actor{r.other.coordinator, r.other.psychology, {Account: "x", Role: access.Referrer, Area: "r"}, {Account: "x", Role: access.Analyst}} {
			_, err := r.Group(ctx, stranger, id)
			missing(t, "Group", err)
			_, err = r.GroupView(ctx, stranger, id)
			missing(t, "GroupView", err)
			_, err = r.Schedule(ctx, stranger, id)
			missing(t, "Schedule", err)
			missing(t, "UpdateGroup", r.UpdateGroup(ctx, stranger, id, 1, f))
			missing(t, "SetStaff", r.SetStaff(ctx, stranger, id, program.StaffForm{}))
			missing(t, "EndCover", r.EndCover(ctx, stranger, id, "x"))
			missing(t, "CloseGroup", r.CloseGroup(ctx, stranger, id, "x"))
		}
		for _, reader := range []access.Actor{r.home.psychology, r.home.reception} {
			missing(t, "a reader closes", r.CloseGroup(ctx, reader, id, "x"))
			_, err := r.CreateGroup(ctx, reader, f)
			missing(t, "a reader opens", err)
		}
		for actor, want := range map[*access.Actor]int{&r.home.reception: 1, &r.other.coordinator: 0, &admin: 1} {
			groups, err := r.Groups(ctx, *actor)
			if err != nil || len(groups) != want {
				t.Errorf("%s sees %d groups, %v; want %d", actor.Role, len(groups), err, want)
			}
		}
		must(t, r.CloseGroup(ctx, r.home.coordinator, id, "Se dieron todas"))
		for actor, want := range map[*access.Actor]int{&r.home.reception: 1, &r.other.coordinator: 0} {
			page, err := r.EndedGroups(ctx, *actor, id)
			if err != nil || len(page.Rows) != 0 { // nothing after the last, for either
				t.Errorf("after the key: %d, %v", len(page.Rows), err)
			}
			if page, err = r.EndedGroups(ctx, *actor, ""); err != nil || len(page.Rows) != want {
				t.Errorf("%s sees %d ended groups, %v; want %d", actor.Role, len(page.Rows), err, want)
			}
		}
	})
}

// TestSchedule previews a group over holidays, which are named.
func TestSchedule(t *testing.T) {
	run(t, func(t *testing.T, r *room) {
		ctx, id := t.Context(), r.group(t, r.home)
		must(t, r.centers.CloseDays(ctx, admin, r.home.id, catalogue.Closure{From: "22/12/2026", Until: "05/01/2027", Name: "Vacaciones"}))
		r.clk.Advance(time.Minute)
		plan, err := r.Schedule(ctx, r.home.psychology, id)
		must(t, err)
		if len(plan.Planned) != 15 || plan.Planned[0].On.String() != "2026-12-01" || plan.Last().String() != "2027-03-30" || plan.Skips() != 3 {
			t.Errorf("%d sessions from %s to %s, %d skipped", len(plan.Planned), plan.Planned[0].On, plan.Last(), plan.Skips())
		}
		skipped := plan.Planned[3].Skipped
		if len(skipped) != 3 || skipped[0].On.String() != "2026-12-22" || skipped[0].Why.In("es-MX") != "día inhábil: Vacaciones" {
			t.Errorf("skipped before session 4: %v", skipped)
		}
	})
}

func TestConfirm(t *testing.T) {
	run(t, func(t *testing.T, r *room) {
		ctx, id := t.Context(), r.group(t, r.home)
		f := r.form(t, r.home)
		f.FirstOn, f.StartsAt = "02/12/2026", "10:00"
		must(t, r.UpdateGroup(ctx, r.home.coordinator, id, 1, f))
		conflict(t, "an old window", r.UpdateGroup(ctx, r.home.coordinator, id, 1, r.form(t, r.home)))
		confirm := func() error {
			return r.d.Tx(ctx, func(tx *db.Tx) error { return r.ConfirmTx(ctx, tx, r.home.coordinator, id) })
		}
		must(t, confirm())
		conflict(t, "a second time", confirm())
		f.Name, f.FirstOn, f.Capacity = "Miércoles", "03/12/2026", "10"
		must(t, r.UpdateGroup(ctx, r.home.coordinator, id, 3, f))
		g, err := r.Group(ctx, r.home.coordinator, id)
		if err != nil || g.Name != "Miércoles" || g.Capacity != 10 || g.FirstOn.String() != "2026-12-02" || !g.Confirmed() {
			t.Errorf("after it is confirmed a change gave %+v, %v", g, err)
		}
		if g.Lead != r.home.psychology.Account {
			t.Error("the pair did not follow the new first day")
		}
		fails(t, r.CloseGroup(ctx, r.home.coordinator, id, " "), "reason")
		must(t, r.CloseGroup(ctx, r.home.coordinator, id, "Se dieron todas"))
		conflict(t, "changing what ended", r.UpdateGroup(ctx, r.home.coordinator, id, 4, f))
		conflict(t, "ending it again", r.CloseGroup(ctx, r.home.coordinator, id, "otra vez"))
		if n := r.count(t, `select count(*) from ledger_entries where subject_type = 'group' and subject_id = $1 and center_id = $2`, id, r.home.id); n != 5 {
			t.Errorf("ledger entries = %d, want 5", n)
		}
	})
}

// TestStaff changes who leads from a day on, and covers some days.
func TestStaff(t *testing.T) {
	run(t, func(t *testing.T, r *room) {
		ctx, id, boss := t.Context(), r.group(t, r.home), r.home.coordinator
		legal := r.account(t, r.home.id, "Toluca", access.Legal)
		for _, tt := range []struct {
			name, field string
			f           program.StaffForm
		}{
			{"no role", "role", program.StaffForm{Account: legal.Account, From: "15/12/2026"}},
			{"nobody", "account", program.StaffForm{Role: "lead", From: "15/12/2026"}},
			{"of another center", "account", program.StaffForm{Role: "lead", Account: r.other.social.Account, From: "15/12/2026"}},
			{"in the group already", "account", program.StaffForm{Role: "lead", Account: r.home.social.Account, From: "15/12/2026"}},
			{"before the group begins", "from", program.StaffForm{Role: "lead", Account: legal.Account, From: "30/11/2026"}},
			{"no day", "from", program.StaffForm{Role: "lead", Account: legal.Account}},
			{"a cover without an end", "until", program.StaffForm{Role: "cover", Account: legal.Account, From: "15/12/2026"}},
			{"a cover that ends before it begins", "until", program.StaffForm{Role: "cover", Account: legal.Account, From: "15/12/2026", Until: "14/12/2026"}},
			{"a leader with an end", "until", program.StaffForm{Role: "lead", Account: legal.Account, From: "15/12/2026", Until: "16/12/2026"}},
		} {
			t.Run(tt.name, func(t *testing.T) { fails(t, r.SetStaff(ctx, boss, id, tt.f), tt.field) })
		}
		must(t, r.SetStaff(ctx, boss, id, program.StaffForm{Role: "cover", Account: legal.Account, From: "08/12/2026", Until: "08/12/2026"}))
		must(t, r.SetStaff(ctx, boss, id, program.StaffForm{Role: "lead", Account: legal.Account, From: "15/12/2026"}))
		leads := func(day string) string {
			var names string
			must(t, r.d.View(ctx, func(tx *db.Tx) error {
				staff, err := r.StaffTx(ctx, tx, id)
				for _, role := range []program.StaffRole{program.Lead, program.CoLead, program.Cover} {
					for _, s := range staff {
						if s.Role == role && s.On(clock.MustDate(day)) {
							names += map[string]string{r.home.psychology.Account: "P", r.home.social.Account: "S", legal.Account: "L"}[s.Account]
						}
					}
				}
				return err
			}))
			return names
		}
		for day, want := range map[string]string{"2026-12-01": "PS", "2026-12-08": "PSL", "2026-12-14": "PS", "2026-12-15": "LS", "2027-01-05": "LS"} {
			if got := leads(day); got != want {
				t.Errorf("on %s led by %q, want %q", day, got, want)
			}
		}
		r.clk.Set(clock.MustDate("2026-12-20").At(10, 0))
		if g, err := r.Group(ctx, boss, id); err != nil || g.Lead != legal.Account {
			t.Errorf("leader of today = %s, %v", g.Lead, err)
		}
		must(t, r.SetStaff(ctx, boss, id, program.StaffForm{Role: "cover", Account: r.home.psychology.Account, From: "29/12/2026", Until: "31/12/2026"}))
		view, err := r.GroupView(ctx, boss, id)
		must(t, err)
		cover := view.Staff[len(view.Staff)-1]
		must(t, r.EndCover(ctx, boss, id, cover.ID))
		missing(t, "a cover that is gone", r.EndCover(ctx, boss, id, cover.ID))
		missing(t, "the pair is no cover", r.EndCover(ctx, boss, id, view.Staff[0].ID))
	})
}
