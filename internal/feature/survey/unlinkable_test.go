package survey

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/platform/access"
	"sigue/internal/platform/vault"
)

// TestSchemaTellsNothing holds the columns of what was answered to a list: a new one has to
// be thought about here. None is an instant, none names a person, a case, a code or a kiosk,
// and what they refer to is a version.
func TestSchemaTellsNothing(t *testing.T) {
	want := map[string][]string{
		"survey_tallies": {"version_id", "center_id", "month", "question", "mark", "n"},
		"survey_texts":   {"id", "version_id", "center_id", "month", "body"},
		"survey_codes":   {"mac", "version_id", "center_id", "until"},
	}
	each(t, func(h *house) {
		for table, columns := range want {
			var got, to []string
			if h.d.Engine() == db.SQLite {
				got = h.texts(`select name from pragma_table_info('` + table + `') order by cid`)
				to = h.texts(`select "table" from pragma_foreign_key_list('` + table + `')`)
			} else {
				got = h.texts(`select column_name from information_schema.columns where table_name = $1 and table_schema = current_schema() order by ordinal_position`, table)
				to = h.texts(`select confrelid::regclass::text from pg_constraint where contype = 'f' and conrelid = $1::regclass`, table)
			}
			if !slices.Equal(got, columns) {
				t.Errorf("%s has the columns %v, want %v", table, got, columns)
			}
			if !slices.Equal(to, []string{"survey_versions"}) {
				t.Errorf("%s refers to %v, want survey_versions alone", table, to)
			}
		}
		for _, table := range []string{"survey_tallies", "survey_texts", "survey_codes"} {
			var from []string
			if h.d.Engine() == db.SQLite {
				from = h.texts(`select m.name from sqlite_master m join pragma_foreign_key_list(m.name) f where m.type = 'table' and f."table" = $1`, table)
			} else {
				from = h.texts(`select conrelid::regclass::text from pg_constraint where contype = 'f' and confrelid = $1::regclass`, table)
			}
			if len(from) > 0 {
				t.Errorf("%v refer to %s", from, table)
			}
		}
	})
}

// answered is how many answers the attacked database holds: enough that an order drawn by
// chance is not taken for one that was kept.
const answered = 50

// TestRowsTellNothing answers fifty codes in a known order, each with a text that names its
// place, and then tries to tell that order, the codes or the hours from all that the
// database holds.
func TestRowsTellNothing(t *testing.T) {
	each(t, func(h *house) {
		id := h.survey(During)
		codes := append(h.codes(h.desk, id, maxSheet), h.codes(h.desk, id, maxSheet)...)
		h.wantMixed("the codes of a sheet", h.placesOf("survey_codes", "mac", func(mac string) int {
			return slices.IndexFunc(codes, func(c string) bool { return h.stored("code", c) == mac })
		}))
		given := slices.Clone(codes)
		shuffle(given)
		given = given[:answered]
		for n, code := range given {
			h.clk.Advance(37 * time.Minute)
			h.put(code, marked(1+n%Marks, fmt.Sprintf("texto número %d", n)))
		}
		h.textsTellNothing(h.openTexts())
		h.writtenTogether("survey_tallies", "survey_texts", "survey_codes")
		h.ledgerTellsNothing(id, given)
		h.wantMixed("the codes that are left", h.placesOf("survey_codes", "mac", func(mac string) int {
			return slices.IndexFunc(codes, func(c string) bool { return h.stored("code", c) == mac })
		}))
		everything := h.dump()
		for n, code := range given {
			for _, trace := range []string{code, ShowCode(code), h.stored("code", code), fmt.Sprintf("texto número %d", n)} {
				if strings.Contains(everything, trace) {
					t.Errorf("the database holds %q of answer %d", trace, n)
				}
			}
		}
		if got, want := h.count(`select sum(n) from survey_tallies`), answered*len(shipped[0].content.Questions); got != want {
			t.Errorf("counted %d marks, want %d", got, want)
		}
	})
}

// openTexts gives the id of each stored text with its place in the order of answering.
func (h *house) openTexts() map[string]int {
	h.t.Helper()
	v := got(h.Open(h.ctx, h.manager, h.survey(During)))(h.t).Current
	places := map[string]int{}
	h.must(h.d.View(h.ctx, func(tx *db.Tx) error {
		key, err := h.vault.KeyTx(h.ctx, tx, v.keyID)
		if err != nil {
			return err
		}
		var rows []text
		if err := tx.Select(h.ctx, &rows, `select id, month, body from survey_texts`); err != nil {
			return err
		}
		for _, r := range rows {
			body, err := key.Open(r.Body, vault.Place("survey_texts", "body", r.ID))
			if err != nil {
				return err
			}
			var n int
			if _, err := fmt.Sscanf(string(body), "texto número %d", &n); err != nil {
				return err
			}
			places[r.ID] = n
		}
		return nil
	}))
	return places
}

var version4 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func (h *house) textsTellNothing(places map[string]int) {
	h.t.Helper()
	if len(places) != answered {
		h.t.Fatalf("%d texts are kept, want %d", len(places), answered)
	}
	of := func(id string) int { return places[id] }
	h.wantMixed("the places of the texts", h.placesOf("survey_texts", "id", of))
	ids := h.texts(`select id from survey_texts order by id`)
	var byID []int
	for _, id := range ids {
		if !version4.MatchString(id) {
			h.t.Errorf("the id %s is not drawn by chance", id)
		}
		byID = append(byID, of(id))
	}
	h.wantMixed("the ids of the texts", byID)
}

// placesOf reads a table in the order in which the engine keeps its rows.
func (h *house) placesOf(table, column string, of func(string) int) []int {
	h.t.Helper()
	place := "rowid"
	if h.d.Engine() == db.Postgres {
		place = "ctid"
	}
	var out []int
	for _, v := range h.texts(`select ` + column + ` from ` + table + ` order by ` + place) {
		out = append(out, of(v))
	}
	return out
}

// wantMixed fails where an order is like the one that was kept from it: of numbers in an
// order drawn by chance so high a correlation comes once in a hundred thousand tries.
func (h *house) wantMixed(what string, order []int) {
	h.t.Helper()
	if r, most := correlation(order), 4.5/math.Sqrt(float64(len(order)-1)); math.Abs(r) > most {
		h.t.Errorf("%s tell the order: correlation %.2f, want below %.2f: %v", what, r, most, order)
	}
}

// correlation is that of numbers with the places in which they stand.
func correlation(order []int) float64 {
	var n, sx, sy, sxx, syy, sxy float64
	for x, y := range order {
		a, b := float64(x), float64(y)
		n, sx, sy, sxx, syy, sxy = n+1, sx+a, sy+b, sxx+a*a, syy+b*b, sxy+a*b
	}
	return (n*sxy - sx*sy) / math.Sqrt((n*sxx-sx*sx)*(n*syy-sy*sy))
}

// writtenTogether checks that PostgreSQL keeps one transaction for all rows of a table: that
// of the newest answer, which wrote them all.
func (h *house) writtenTogether(tables ...string) {
	h.t.Helper()
	if h.d.Engine() != db.Postgres {
		return
	}
	for _, table := range tables {
		if n := h.count(`select count(distinct xmin::text) from ` + table); n != 1 {
			h.t.Errorf("%d transactions wrote the rows of %s, want 1", n, table)
		}
	}
}

// ledgerTellsNothing checks that an entry names the survey, and nothing by which it could be
// told from the other ones but its hour.
func (h *house) ledgerTellsNothing(survey string, given []string) {
	h.t.Helper()
	entries := h.texts(`select distinct actor || '|' || post || '|' || role || '|' || subject_type || '|' || subject_id || '|' || institution_id || '|' || center_id
		|| '|' || request_id || '|' || changes || '|' || reason from ledger_entries where action = 'survey.answer'`)
	if want := "anonymous||anonymous|survey|" + survey + "||||[]|"; !slices.Equal(entries, []string{want}) {
		h.t.Errorf("the ledger says %q, want %q alone", entries, want)
	}
	if n := h.count(`select count(*) from ledger_entries where action = 'survey.answer'`); n != len(given) {
		h.t.Errorf("the ledger has %d answers, want %d", n, len(given))
	}
}

// TestNightTellsNothing answers at two centers on two days: by the next day no row tells
// when it was written.
func TestNightTellsNothing(t *testing.T) {
	each(t, func(h *house) {
		other := h.desk
		other.Center = h.lerma
		for _, by := range []access.Actor{h.desk, other} {
			h.put(h.codes(by, h.survey(During), 2)[0], marked(4, "Un texto."))
			h.clk.Advance(24 * time.Hour)
		}
		before := h.texts(`select center_id || question || mark || n from survey_tallies order by 1`)
		got(h.Sweep(h.ctx, system))(t)
		h.writtenTogether("survey_tallies", "survey_texts", "survey_codes")
		if after := h.texts(`select center_id || question || mark || n from survey_tallies order by 1`); !slices.Equal(before, after) {
			t.Errorf("the night changed what was counted:\n%v\nwas\n%v", after, before)
		}
	})
}

// dump is all that the database holds, as text.
func (h *house) dump() string {
	h.t.Helper()
	tables := `select name from sqlite_master where type = 'table'`
	if h.d.Engine() == db.Postgres {
		tables = `select table_name from information_schema.tables where table_schema = current_schema()`
	}
	var out strings.Builder
	for _, table := range h.texts(tables) {
		h.must(h.d.View(h.ctx, func(tx *db.Tx) error {
			var rows []map[string]any
			if err := tx.Select(h.ctx, &rows, `select * from `+table); err != nil {
				return err
			}
			for _, r := range rows {
				for _, v := range r {
					if b, ok := v.([]byte); ok {
						v = string(b)
					}
					fmt.Fprintln(&out, v)
				}
			}
			return nil
		}))
	}
	if out.Len() < 10_000 {
		h.t.Fatalf("read %d characters of the database: the test is blind", out.Len())
	}
	return out.String()
}
