package app_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/platform/access"
)

// BenchmarkCases measures a center's day: the page of a case file, with the entry that it
// was read, and the roll call of a group of fifteen. Each case has ten appointments with
// their attendance.
func BenchmarkCases(b *testing.B) {
	for _, size := range benchSizes(b) {
		b.Run(fmt.Sprintf("%s/%d", benchEngine(), size), func(b *testing.B) {
			n := openBench(b, benchEngine(), size)
			c := openCases(b, n)
			b.Run("case", func(b *testing.B) { inTurn(b, c.bareCase, c.ourCase) })
			b.Run("case-by-16", func(b *testing.B) { atOnce(b, c.bareCase, c.ourCase) })
			b.Run("roll", func(b *testing.B) { inTurn(b, c.bareRoll(), c.ourRoll()) })
		})
	}
}

// caseBench is a center with case files and a group that meets now.
type caseBench struct {
	*bench
	boss    visitor
	cases   []string
	members []string
	session string
	old     string // a session of the bare program
}

// visits is how many appointments a case has had.
const visits = 10

func openCases(b *testing.B, n *bench) *caseBench {
	b.Helper()
	c := &caseBench{bench: n, boss: n.enter(b, access.CenterCoordinator)}
	for _, fill := range []func(*testing.B, *db.Tx){c.fillCases, c.fillVisits, c.fillGroup} {
		if err := n.app.DB.Tx(b.Context(), func(tx *db.Tx) error { fill(b, tx); return nil }); err != nil {
			b.Fatal(err)
		}
	}
	if benchEngine() == db.Postgres {
		if _, err := n.bare.write.ExecContext(b.Context(), `vacuum analyze`); err != nil {
			b.Fatal(err)
		}
	}
	n.bare.mux.HandleFunc("GET /case/{id}", n.bare.showCase)
	return c
}

// runs makes one statement of the filling.
func runs(b *testing.B, tx *db.Tx, query string, args ...any) {
	b.Helper()
	if _, err := tx.Exec(b.Context(), query, args...); err != nil {
		b.Fatal(err)
	}
}

// fillCases makes a case file in a program of each accepted referral that has none.
func (c *caseBench) fillCases(b *testing.B, tx *db.Tx) {
	now := db.At(time.Now())
	runs(b, tx, `insert into case_files (id, folio, center_id, person_id, key_id, voluntary, opened_at, opened_by, no_shows, completed_by,
			discharged_by, discharge_reason, admitted_at, presented_at, report_document_id, merged_into, risk_level, state, version)
		select r.id, 'C-' || r.folio, r.center_id, r.person_id, r.key_id, $1, r.accepted_at, '', 0, '', '', '', r.appointment_at, r.appointment_at, '', '', '', 'active', 1
		from referrals r where r.state = 'accepted' and not exists (select 1 from case_mandates m where m.referral_id = r.id)`, false)
	runs(b, tx, `insert into case_mandates (referral_id, case_file_id, institution_id, area_id, folio, case_value, basis, voluntary, sessions, done_before, joined_at, joined_by)
		select r.id, r.id, r.institution_id, r.area_id, r.folio, r.case_value, r.legal_basis, $1, 35, 0, r.accepted_at, ''
		from referrals r join case_files f on f.id = r.id`, false)
	runs(b, tx, `insert into plans (case_file_id, version_id, program_name, number, required, source, starts_on, forecast_on, admitted_at, admitted_by)
		select f.id, v.id, 'Programa', 1, 80, '', '2026-01-05', '2027-01-05', $1, '' from case_files f
		join (select min(version_id) as id from program_components where area = 'group') v on 1 = 1 where not exists (select 1 from plans p where p.case_file_id = f.id)`, now)
	runs(b, tx, `insert into plan_components (case_file_id, component_id, sort, area, name, in_group, minutes, every_days, prescribed, done_sessions, done_minutes, missed)
		select p.case_file_id, k.id, k.position, k.area, k.name, k.area = 'group', 60, 7, 20, 10, 600, 0 from plans p join program_components k on k.version_id = p.version_id
		where not exists (select 1 from plan_components o where o.case_file_id = p.case_file_id)`)
}

// fillVisits gives each case its past appointments, on a hundred different sets of days.
func (c *caseBench) fillVisits(b *testing.B, tx *db.Tx) {
	kind := "text"
	if benchEngine() == db.Postgres {
		kind = "timestamptz"
	}
	runs(b, tx, `create table bench_days (bucket integer not null, n integer not null, at `+kind+` not null)`)
	start := time.Now().AddDate(-1, 0, 0).Truncate(time.Hour)
	for bucket := range 100 {
		for n := range visits {
			runs(b, tx, `insert into bench_days (bucket, n, at) values ($1, $2, $3)`, bucket, n, db.At(start.Add(time.Duration(bucket*3+n*24*21)*time.Hour)))
		}
	}
	runs(b, tx, `insert into appointments (id, center_id, kind, case_id, group_id, component_id, session_number, account_id, co_account_id, venue_id, room_id,
			mode, starts_at, minutes, created_at, created_by, moved_from, ended_by, ended_side, ended_reason, held_at, held_by, version)
		select f.id || '-' || d.n, f.center_id, 'individual', f.id, '', f.component, d.n + 1, $1, '', '', '', 'in_person', d.at, 60, d.at, '', '', '', '', '', d.at, '', 1
		from (select c.id, c.center_id, k.component, row_number() over (order by c.id) % 100 as bucket from case_files c
			join (select case_file_id, min(component_id) as component from plan_components group by case_file_id) k on k.case_file_id = c.id) f
		join bench_days d on d.bucket = f.bucket`, c.boss.actor.Account)
	runs(b, tx, `insert into attendances (appointment_id, case_id, outcome, recorded_at, recorded_by, page, excused_by, excuse, version)
		select id, case_id, 'present', starts_at, '', '', '', '', 1 from appointments where id = case_id || '-' || (session_number - 1)`)
	if err := tx.Select(b.Context(), &c.cases, `select f.id from case_files f join plans p on p.case_file_id = f.id where f.center_id = $1
		and exists (select 1 from appointments a where a.id = f.id || '-0') order by f.id desc limit 64`, c.boss.actor.Center); err != nil {
		b.Fatal(err)
	}
}

// fillGroup makes two sessions of a group that meets now, one for each program.
func (c *caseBench) fillGroup(b *testing.B, tx *db.Tx) {
	c.members = c.cases[:15]
	now, today := time.Now(), clock.DateOf(time.Now())
	group := db.NewID()
	runs(b, tx, `insert into program_groups (id, center_id, version_id, component_id, name, open_entry, capacity, venue_id, room_id, first_on, starts_at, minutes,
			mode, revision, opened_at, opened_by, confirmed_at, confirmed_by, closed_by, close_reason)
		select $1, $2, k.version_id, k.id, 'Grupo', $3, 15, v.id, '', $4, '10:00', 60, 'in_person', 1, $5, '', $5, '', '', ''
		from program_components k, venues v where k.area = 'group' and v.center_id = $2
			and k.version_id = (select version_id from plans where case_file_id = $6) order by k.id, v.id limit 1`,
		group, c.boss.actor.Center, true, today, db.At(now), c.cases[0])
	for _, id := range c.members {
		runs(b, tx, `insert into group_members (id, group_id, case_file_id, joined_on, joined_by, at_session, left_by) values ($1, $2, $3, $4, '', 1, '')`,
			db.NewID(), group, id, today.AddDays(-30))
	}
	for _, id := range []*string{&c.session, &c.old} {
		*id = db.NewID()
		runs(b, tx, `insert into appointments (id, center_id, kind, case_id, group_id, component_id, session_number, account_id, co_account_id, venue_id, room_id,
				mode, starts_at, minutes, created_at, created_by, moved_from, ended_by, ended_side, ended_reason, held_by, version)
			select $1, $2, 'group', '', g.id, g.component_id, 1, $3, '', g.venue_id, '', 'in_person', $4, 60, $4, '', '', '', '', '', '', 1
			from program_groups g where g.id = $5`, *id, c.boss.actor.Center, c.boss.actor.Account, db.At(now), group)
	}
}

func (c *caseBench) ourCase() error {
	return c.page(c.boss, "/expedientes/"+c.cases[c.asked.Add(1)%uint32(len(c.cases))])()
}

func (c *caseBench) bareCase() error {
	return c.bare.page("/case/" + c.cases[c.asked.Add(1)%uint32(len(c.cases))])()
}

// caseQueries read what our page of a case file shows, each by its id.
var caseQueries = []string{
	`select f.folio, f.state, f.opened_at, f.next_at, f.risk_level, p.given_names, p.surname1, p.surname2, p.curp, p.birth_date, p.phone, p.address,
		c.name, c.address, c.phone, l.program_name, l.number, l.starts_on, l.forecast_on
		from case_files f join persons p on p.id = f.person_id join centers c on c.id = f.center_id left join plans l on l.case_file_id = f.id where f.id = $1`,
	`select m.folio, m.case_value, m.basis, m.sessions, m.until_on, a.name, i.name from case_mandates m join areas a on a.id = m.area_id
		join institutions i on i.id = m.institution_id where m.case_file_id = $1 order by m.joined_at`,
	`select name, prescribed, done_sessions, done_minutes, missed from plan_components where case_file_id = $1 order by sort`,
	`select a.starts_at, a.mode, t.outcome from appointments a left join attendances t on t.appointment_id = a.id where a.case_id = $1 and a.case_id <> '' order by a.starts_at desc limit 10`,
}

func (p *bare) showCase(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	var parts [][]string
	err := p.inTx(r.Context(), func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(r.Context(), `insert into bench_reads (id, at, actor, subject) values ($1, $2, 'bench', $3)`, db.NewID(), db.At(time.Now()), id); err != nil {
			return err
		}
		for _, query := range caseQueries {
			cells, err := texts(r.Context(), tx, query, id)
			if err != nil {
				return err
			}
			parts = append(parts, cells)
		}
		return nil
	})
	bareAnswer(w, r, err, bareParts(parts))
}

// ourRoll sends the whole list through the page, each time with other answers.
func (c *caseBench) ourRoll() action {
	turn := 0
	return func() error {
		turn++
		form := url.Values{"once": {"bench"}}
		for i, id := range c.members {
			form.Set("v_"+id, "0")
			form.Set("m_"+id, [...]string{"present", "late"}[(turn+i)%2])
		}
		r := httptest.NewRequest(http.MethodPost, c.app.Config.BaseURL+"/citas/"+c.session+"/asistencia", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.AddCookie(&http.Cookie{Name: "sigue", Value: c.boss.token})
		w := httptest.NewRecorder()
		c.app.Router.ServeHTTP(w, r)
		if w.Code != http.StatusSeeOther {
			return fmt.Errorf("the roll call answers %d: %.300s", w.Code, w.Body)
		}
		return nil
	}
}

// bareRoll keeps fifteen marks with who gave them, and counts the sessions of each.
func (c *caseBench) bareRoll() action {
	turn := 0
	return func() error {
		turn++
		ctx := context.Background()
		return c.bare.inTx(ctx, func(tx *sql.Tx) error {
			for i, id := range c.members {
				if _, err := tx.ExecContext(ctx, `insert into attendances (appointment_id, case_id, outcome, recorded_at, recorded_by, page, excused_by, excuse, version)
					values ($1, $2, $3, $4, $5, '', '', '', 1) on conflict (appointment_id, case_id) do update set outcome = $3, version = attendances.version + 1`,
					c.old, id, [...]string{"present", "late"}[(turn+i)%2], db.At(time.Now()), c.boss.actor.Account); err != nil {
					return err
				}
				if _, err := tx.ExecContext(ctx, `update plan_components set done_sessions = (select count(*) from attendances t join appointments a on a.id = t.appointment_id
					where t.case_id = $1 and a.component_id = plan_components.component_id and t.outcome in ('present', 'late')) where case_file_id = $1`, id); err != nil {
					return err
				}
			}
			_, err := tx.ExecContext(ctx, `insert into bench_reads (id, at, actor, subject) values ($1, $2, 'bench', $3)`, db.NewID(), db.At(time.Now()), c.old)
			return err
		})
	}
}
