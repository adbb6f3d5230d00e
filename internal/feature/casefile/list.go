package casefile

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"sigue/internal/base/db"
	"sigue/internal/feature/person"
	"sigue/internal/platform/access"
	"sigue/internal/platform/folio"
)

// Filter narrows a list of case files. After pages by key: the Next of the page above.
type Filter struct {
	State State
	Text  string // a folio, or part of a name
	After string
}

// Page is one page of case files with the counts of the same filter.
type Page struct {
	Rows   []Case
	Next   string // key of the next page; empty on the last
	Counts map[State]int
	Total  int
	Full   bool // the actor reads more of a file than identity and contact
}

const pageSize = 50

// Files gives the case files of the actor's center, the newest first. Page, total and
// counts come from one predicate.
func (s *Service) Files(ctx context.Context, actor access.Actor, f Filter) (*Page, error) {
	scope, err := actor.Require(access.CaseContact)
	if err != nil {
		return nil, err
	}
	p := &Page{Counts: map[State]int{}, Full: actor.May(access.CaseRead)}
	err = s.db.View(ctx, func(tx *db.Tx) error {
		if err := fileRows(ctx, tx, actor, scope, f, p); err != nil {
			return err
		}
		var args db.Args
		var counts []struct {
			State State `db:"state"`
			N     int   `db:"n"`
		}
		if err := tx.Select(ctx, &counts, `select c.state, count(*) as n from case_files c where `+
			f.where(actor, scope, false, &args)+` group by c.state`, args...); err != nil {
			return err
		}
		for _, c := range counts {
			p.Counts[c.State] = c.N
			if f.State == "" || f.State == c.State {
				p.Total += c.N
			}
		}
		return nil
	})
	return p, err
}

// where is the one predicate of a list: scope, text and state. The state is left out
// where counts by state are made.
func (f Filter) where(actor access.Actor, scope access.Scope, withState bool, args *db.Args) string {
	where := visible(actor, scope, args)
	switch {
	case !withState || f.State == "":
	case slices.Contains(States, f.State):
		where += ` and c.state = ` + args.Add(string(f.State))
	default:
		where += ` and 1 = 0`
	}
	text := strings.TrimSpace(f.Text)
	if text == "" {
		return where
	}
	if strings.ContainsAny(text, "0123456789") {
		typed, err := folio.Parse(text)
		if err != nil {
			return where + ` and 1 = 0`
		}
		return where + ` and c.folio = ` + args.Add(typed.String())
	}
	words := person.Words(text)
	if len(words) == 0 {
		return where + ` and 1 = 0`
	}
	for _, word := range words {
		from, to := person.PrefixRange(word)
		owner := scope.SQL(access.Columns{Center: "w.center_id"}, args)
		where += ` and c.id in (select w.case_file_id from case_words w where ` + owner +
			` and w.word >= ` + args.Add(from) + ` and w.word < ` + args.Add(to) + `)`
	}
	return where
}

func fileRows(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, f Filter, p *Page) error {
	var args db.Args
	where := f.where(actor, scope, true, &args)
	if at, id, ok := parseKey(f.After); ok {
		t := args.Add(at)
		where += ` and (c.opened_at < ` + t + ` or (c.opened_at = ` + t + ` and c.id < ` + args.Add(id) + `))`
	}
	var rows []record
	if err := tx.Select(ctx, &rows, `select `+recordColumns+recordTables+`where `+where+
		` order by c.opened_at desc, c.id desc limit `+strconv.Itoa(pageSize+1), args...); err != nil {
		return err
	}
	if len(rows) > pageSize {
		rows = rows[:pageSize]
		p.Next = makeKey(rows[pageSize-1].OpenedAt.Time, rows[pageSize-1].ID)
	}
	for i := range rows {
		p.Rows = append(p.Rows, rows[i].asCase())
	}
	return nil
}

// makeKey names the place after a row in a list.
func makeKey(at time.Time, id string) string {
	return at.UTC().Format(time.RFC3339Nano) + "_" + id
}

func parseKey(key string) (at db.Time, id string, ok bool) {
	left, id, ok := strings.Cut(key, "_")
	t, err := time.Parse(time.RFC3339Nano, left)
	if !ok || err != nil || uuid.Validate(id) != nil {
		return db.Time{}, "", false
	}
	return db.At(t), id, true
}
