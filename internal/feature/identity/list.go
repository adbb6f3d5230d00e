package identity

import (
	"context"
	"strings"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/platform/access"
)

// Filter narrows a list of accounts. After pages by key: the Next of the page above.
type Filter struct {
	Text  string // words of a name, an address, a title or a place
	State State  // empty for all
	After string
}

// Page is one page of accounts, by name. Rows and total come from one predicate.
type Page struct {
	Rows  []Account
	Total int    // how many match
	Next  string // key of the next page; empty on the last
}

const pageSize = 50

// Accounts lists the accounts of the actor's scope.
func (s *Service) Accounts(ctx context.Context, actor access.Actor, f Filter) (*Page, error) {
	scope, err := actor.Require(access.AccountAdminister)
	if err != nil {
		return nil, err
	}
	p := &Page{}
	err = s.db.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		where := f.where(scope, &args)
		if err := tx.Get(ctx, &p.Total, `select count(*)`+recordTables+where, args...); err != nil {
			return err
		}
		where, err := f.after(ctx, tx, scope, where, &args)
		if err != nil {
			return err
		}
		var rows []record
		err = tx.Select(ctx, &rows, `select `+recordColumns+recordTables+where+
			` order by `+folded("a.name")+`, a.id limit `+args.Add(pageSize+1), args...)
		if len(rows) > pageSize {
			rows = rows[:pageSize]
			p.Next = rows[pageSize-1].ID
		}
		for i := range rows {
			p.Rows = append(p.Rows, rows[i].account(actor))
		}
		return err
	})
	return p, err
}

// where is the one predicate of a list: scope, state and each word of the text.
func (f Filter) where(scope access.Scope, args *db.Args) string {
	where := `where ` + scope.SQL(columns, args) + ` and ` + f.State.where()
	for i, word := range strings.Fields(fold(cleanLine(f.Text))) {
		if i == maxWords {
			break
		}
		hole := args.Add("%" + likeEscape.Replace(word) + "%")
		where += ` and (` + folded("a.name") + ` like ` + hole + ` escape '!' or a.email like ` + hole + ` escape '!' or ` +
			folded("p.title") + ` like ` + hole + ` escape '!' or ` + folded("p.place") + ` like ` + hole + ` escape '!')`
	}
	return where
}

const maxWords = 8 // of a search; more would only make it slower

var likeEscape = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// after narrows a list to what follows the account that ended the page above; a key
// that names no account of the scope starts the list anew.
func (f Filter) after(ctx context.Context, tx *db.Tx, scope access.Scope, where string, args *db.Args) (string, error) {
	if f.After == "" {
		return where, nil
	}
	last, err := load(ctx, tx, scope, f.After)
	if fault.Is(err, fault.NotFound) {
		return where, nil
	}
	if err != nil {
		return "", err
	}
	name, id := folded("a.name"), args.Add(last.ID)
	key := strings.ReplaceAll(name, "a.name", args.Add(last.Name))
	return where + ` and (` + name + ` > ` + key + ` or (` + name + ` = ` + key + ` and a.id > ` + id + `))`, nil
}

// folded is the SQL of a column in lower case without the accents of Spanish: SQLite
// lowers ASCII alone, and neither engine drops accents unasked.
func folded(column string) string {
	sql := column
	for _, pair := range [][2]string{
		{"Á", "a"}, {"É", "e"}, {"Í", "i"}, {"Ó", "o"}, {"Ú", "u"}, {"Ü", "u"}, {"Ñ", "n"},
		{"á", "a"}, {"é", "e"}, {"í", "i"}, {"ó", "o"}, {"ú", "u"}, {"ü", "u"}, {"ñ", "n"},
	} {
		sql = "replace(" + sql + ", '" + pair[0] + "', '" + pair[1] + "')"
	}
	return "lower(" + sql + ")"
}
