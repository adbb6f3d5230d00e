package app_test

import (
	"context"
	"database/sql"
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/a-h/templ"

	"sigue/internal/base/clock"
	"sigue/internal/base/config"
	"sigue/internal/base/db"
	"sigue/internal/feature/person"
)

// bare is the least program that answers the same: a mux, database/sql, and templates
// of about the size of our pages. It knows no session, permission or scope, keeps no
// ledger but one line for each file that is read, and encrypts nothing.
type bare struct {
	house       *bench
	read, write *sql.DB
	mux         *http.ServeMux
	folder      string
	asked       atomic.Uint32
}

// openBare opens the same database apart, as our program does: on SQLite one writer,
// and durable.
func openBare(b *testing.B, engine db.Engine, cfg config.Config, n *bench) *bare {
	b.Helper()
	p := &bare{house: n, mux: http.NewServeMux(), folder: b.TempDir()}
	if engine == db.Postgres {
		p.read = openPool(b, "pgx", cfg.Database, 20)
		if _, err := p.read.ExecContext(b.Context(), `vacuum analyze`); err != nil { // as its own housekeeping does within minutes
			b.Fatal(err)
		}
		p.write = p.read
	} else {
		name := "file:" + strings.TrimPrefix(cfg.Database, "sqlite:") + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)" +
			"&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)&_pragma=cache_size(-16000)&_pragma=temp_store(MEMORY)"
		p.write = openPool(b, "sqlite", name+"&_txlock=immediate", 1)
		p.read = openPool(b, "sqlite", name+"&_pragma=query_only(1)", 8)
	}
	for _, statement := range []string{
		`create table bench_reads (id text primary key, at text not null, actor text not null, subject text not null)`,
		`create index bench_reads_subject on bench_reads (subject, at)`,
	} {
		if _, err := p.write.ExecContext(b.Context(), statement); err != nil {
			b.Fatal(err)
		}
	}
	p.mux.HandleFunc("GET /panel", p.panel)
	p.mux.HandleFunc("GET /queue", p.queue)
	p.mux.HandleFunc("GET /search", p.search)
	p.mux.HandleFunc("GET /file/{id}", p.showFile)
	return p
}

func openPool(b *testing.B, driver, name string, most int) *sql.DB {
	b.Helper()
	pool, err := sql.Open(driver, name)
	if err != nil {
		b.Fatal(err)
	}
	pool.SetMaxOpenConns(most)
	pool.SetMaxIdleConns(most)
	b.Cleanup(func() { _ = pool.Close() })
	return pool
}

// page asks the bare program for a page.
func (p *bare) page(path string) action {
	return func() error {
		return answered(p.mux, httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil))
	}
}

// file asks for the files in turn.
func (p *bare) file(ids []string) action {
	return func() error { return p.page("/file/" + ids[p.asked.Add(1)%uint32(len(ids))])() }
}

type bareRow struct {
	id, folio, number, state, given, surname1, surname2, place, area, institution string
	urgent                                                                        bool
	sent, cited                                                                   db.Time
	due                                                                           clock.Date
}

const bareList = `select r.id, r.folio, r.case_value, r.state, r.urgent, r.submitted_at, r.appointment_at, r.due_on,
		p.given_names, p.surname1, p.surname2, coalesce(c.name, ''), a.name, i.name
	from referrals r join persons p on p.id = r.person_id left join centers c on c.id = r.center_id
		join areas a on a.id = r.area_id join institutions i on i.id = a.institution_id where r.submitted_at is not null and `

func (p *bare) list(ctx context.Context, where string, args ...any) ([]bareRow, error) {
	rows, err := p.read.QueryContext(ctx, bareList+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []bareRow
	for rows.Next() {
		var r bareRow
		if err := rows.Scan(&r.id, &r.folio, &r.number, &r.state, &r.urgent, &r.sent, &r.cited, &r.due, &r.given, &r.surname1, &r.surname2, &r.place, &r.area, &r.institution); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// counts counts by state, as far as our panel does.
func (p *bare) counts(ctx context.Context, where string, args ...any) (map[string]int, error) {
	rows, err := p.read.QueryContext(ctx, `select c.state, count(*) from (
		select r.state from referrals r where r.submitted_at is not null and `+where+` limit 5001) c group by c.state`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var state string
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return nil, err
		}
		out[state] = n
	}
	return out, rows.Err()
}

func (p *bare) panel(w http.ResponseWriter, r *http.Request) {
	p.listPage(w, r, `r.area_id = $1`, p.house.clerk.actor.Area)
}

func (p *bare) search(w http.ResponseWriter, r *http.Request) {
	from, to := person.PrefixRange(person.Words(r.FormValue("text"))[0])
	p.listPage(w, r, `r.area_id || '' = $1 and r.id in (select w.referral_id from referral_words w
		where w.area_id = $1 and w.word >= $2 and w.word < $3)`, p.house.clerk.actor.Area, from, to)
}

func (p *bare) listPage(w http.ResponseWriter, r *http.Request, where string, args ...any) {
	rows, err := p.list(r.Context(), where+` order by r.submitted_at desc, r.id desc limit 51`, args...)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	counts, err := p.counts(r.Context(), where+` order by r.state desc`, args...)
	bareAnswer(w, r, err, bareTable(rows[:min(50, len(rows))], counts))
}

func (p *bare) queue(w http.ResponseWriter, r *http.Request) {
	const where = `r.due_on is not null and r.center_id = $1 and r.state in ('submitted', 'accepted')`
	rows, err := p.list(r.Context(), where+` order by r.due_on, r.urgent desc, r.id limit 51`, p.house.desk.actor.Center)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	counts, err := p.counts(r.Context(), where, p.house.desk.actor.Center)
	bareAnswer(w, r, err, bareTable(rows[:min(50, len(rows))], counts))
}

func bareAnswer(w http.ResponseWriter, r *http.Request, err error, body templ.Component) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = body.Render(r.Context(), w)
}

// bareFrame stands for menu, head and foot.
var bareFrame = "<!doctype html><html lang=es><title>Lista</title>" + strings.Repeat(`<li><a class="menu" href="/x">Entrada del menú</a></li>`, 60)

func bareTable(rows []bareRow, counts map[string]int) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var out strings.Builder
		out.WriteString(bareFrame)
		for state, n := range counts {
			fmt.Fprintf(&out, `<a class="tag" href="?state=%s">%d · %s</a>`, state, n, state)
		}
		out.WriteString(`<table class="cards"><thead><tr><th scope="col">Folio</th></tr></thead><tbody>`)
		for _, r := range rows {
			r.write(&out)
		}
		out.WriteString(`</tbody></table></html>`)
		_, err := io.WriteString(w, out.String())
		return err
	})
}

func (r bareRow) write(out *strings.Builder) {
	next := "Enviada el " + r.sent.Format("02/01/2006 15:04")
	switch {
	case !r.cited.IsZero():
		next = "Primera cita " + r.cited.Format("02/01/2006 15:04")
	case !r.due.IsZero():
		next = "Vence el " + r.due.MX()
	}
	out.WriteString(`<tr><td><a class="folio" href="/canalizaciones/` + html.EscapeString(r.id) + `">` + html.EscapeString(r.folio) + `</a><br><small>`)
	out.WriteString(html.EscapeString(r.number) + `</small></td><td>` + html.EscapeString(r.given+" "+r.surname1+" "+r.surname2) + `</td><td>`)
	out.WriteString(`<span class="tag good"><svg class="icon" aria-hidden="true"><use href="/static/icons.svg#check"></use></svg>` + html.EscapeString(r.state) + `</span></td><td>`)
	out.WriteString(html.EscapeString(r.place+", "+r.area+", "+r.institution) + `</td><td>` + html.EscapeString(next) + `</td><td><a class="button small" href="/canalizaciones/` + html.EscapeString(r.id) + `">Ver</a></td></tr>`)
}

// fileQueries read what our file page shows, each by the referral's id.
var fileQueries = []string{
	`select r.folio, r.state, r.case_value, r.legal_basis, r.authority, r.resolved_on, r.mandate_sessions, r.mandate_until, r.relation,
		r.weapon, r.protection_order, r.narrative, r.submitted_at, r.due_on, p.given_names, p.surname1, p.surname2, p.curp,
		p.birth_date, p.phone, p.address, a.name, i.name, c.name, c.address, c.phone
		from referrals r join persons p on p.id = r.person_id join areas a on a.id = r.area_id
		join institutions i on i.id = r.institution_id left join centers c on c.id = r.center_id where r.id = $1`,
	`select catalogue, code from referral_violence where referral_id = $1`,
	`select name, type, size, sha256, added_at from referral_attachments where referral_id = $1 and removed_at is null order by added_at, id`,
	`select id, kind, folio, issued_at, revoked_at from documents where subject_type = 'referral' and subject_id = $1 order by issued_at, id`,
	`select n.kind, n.to_type, n.created_at, n.sent_at from notices n join referrals r on r.folio = n.folio where r.id = $1 order by n.created_at`,
	`select e.at, e.action, p.title, p.place from ledger_entries e left join accounts a on 'account:' || a.id = e.actor
		left join posts p on p.id = a.post_id
		where e.subject_type = 'referral' and e.subject_id = $1 and e.action not like '%.read' order by e.at, e.id`,
}

// showFile is the page of one referral; that it was read is written down.
func (p *bare) showFile(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	var parts [][]string
	err := p.inTx(r.Context(), func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(r.Context(), `insert into bench_reads (id, at, actor, subject) values ($1, $2, 'bench', $3)`,
			db.NewID(), db.At(time.Now()), id); err != nil {
			return err
		}
		for _, query := range fileQueries {
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

func (p *bare) inTx(ctx context.Context, do func(tx *sql.Tx) error) error {
	tx, err := p.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// texts reads every value of a query as text.
func texts(ctx context.Context, tx *sql.Tx, query, id string) ([]string, error) {
	rows, err := tx.QueryContext(ctx, query, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out []string
	for rows.Next() {
		cells, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		for _, c := range cells {
			out = append(out, c.String)
		}
	}
	return out, rows.Err()
}

func bareParts(parts [][]string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var out strings.Builder
		out.WriteString(bareFrame)
		for _, cells := range parts {
			out.WriteString(`<section class="card"><h2>Parte</h2><dl class="facts">`)
			for _, cell := range cells {
				out.WriteString(`<div><dt>Dato del expediente</dt><dd>` + html.EscapeString(cell) + `</dd></div>`)
			}
			out.WriteString(`</dl></section>`)
		}
		_, err := io.WriteString(w, out.String()+`</html>`)
		return err
	})
}

// create writes a referral in the same steps as a clerk does on the pages: a draft, four
// sections, a paper, the sending; each durable, and nothing else.
func (p *bare) create() action {
	n := p.house
	return func() error {
		now := time.Now()
		row := rowOf{
			id: db.NewID(), institution: n.clerk.actor.Institution, area: n.clerk.actor.Area, center: n.desk.actor.Center, key: "none",
			number: int(p.asked.Add(1)), name: inventedName(rand.New(rand.NewPCG(uint64(now.UnixNano()), 1))), at: now, open: true, due: clock.DateOf(now),
		}
		if err := n.app.DB.Tx(context.Background(), func(tx *db.Tx) error { return row.insert(context.Background(), tx) }); err != nil {
			return err
		}
		for version := range 4 {
			if err := p.write1(`update referrals set draft = $1, draft_version = $2 where id = $3`, draftText, version, row.id); err != nil {
				return err
			}
		}
		if err := p.writePaper(n.pdf); err != nil {
			return err
		}
		if err := p.write1(`insert into referral_attachments (id, referral_id, class, name, type, size, sha256, original_sha256, shrunk,
			blob, added_at, added_by) values ($1, $2, 'resolution', 'resolucion.pdf', 'application/pdf', $3, '', $1, $4, $1, $5, '')`,
			db.NewID(), row.id, len(n.pdf), false, db.At(now)); err != nil {
			return err
		}
		return p.write1(`update referrals set submitted_at = $1, draft = null where id = $2`, db.At(now), row.id)
	}
}

// draftText is about as long as what a clerk types.
var draftText = []byte(strings.Repeat("Lo que se captura. ", 80))

// write1 is one statement in a transaction of its own.
func (p *bare) write1(query string, args ...any) error {
	return p.inTx(context.Background(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(context.Background(), query, args...)
		return err
	})
}

func (p *bare) writePaper(body []byte) error {
	file, err := os.Create(filepath.Join(p.folder, db.NewID()))
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Write(body); err != nil {
		return err
	}
	return file.Sync()
}
