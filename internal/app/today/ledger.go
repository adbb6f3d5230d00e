package today

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/access"
	"sigue/internal/platform/folio"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/web"
)

// ledgerPage is a page of the ledger with its newest checkpoint.
type ledgerPage struct {
	Rows       []ledgerRow
	Checkpoint string
	Form       *web.Form
	Only       i18n.Text // whose doings are shown, when it is one post or account
	Narrowed   bool
	Next       string
}

// ledgerRow is an entry in words.
type ledgerRow struct {
	At       time.Time
	Who      i18n.Text // title and place of the post
	WhoPath  string    // to all that was done in this post; empty for none
	Role     i18n.Msg
	Mine     string // to all that this account did; empty for none
	What     i18n.Msg
	Code     string
	Kind     i18n.Text
	About    i18n.Text
	Changes  []i18n.Text
	Reason   string
	Withheld bool // a reason was written, and stays with its case
}

// Names of the filter's fields.
const (
	fieldSubject = "sobre"
	fieldWho     = "quien"
	fieldGroup   = "que"
	fieldFrom    = "del"
	fieldTo      = "al"
	fieldBefore  = "desde"
)

func (p *pages) ledger(r *web.Request) (web.Response, error) {
	page := ledgerPage{Form: r.Query()}
	filter, err := p.ledgerFilter(r, &page)
	if err != nil {
		return nil, err
	}
	var records []ledger.Record
	if !page.Form.Failed() {
		if records, err = p.Ledger.List(r.Context(), r.Actor, filter, pageSize+1); err != nil {
			return nil, err
		}
	}
	if len(records) > pageSize {
		records = records[:pageSize]
		page.Next = ledgerPath(page.Form, records[pageSize-1].ID)
	}
	if page.Rows, err = p.ledgerRows(r.Context(), r.Actor, records); err != nil {
		return nil, err
	}
	checkpoints, err := p.Ledger.Checkpoints(r.Context(), r.Actor, 1)
	if err != nil {
		return nil, err
	}
	if len(checkpoints) > 0 {
		page.Checkpoint = strings.TrimSpace(checkpoints[0].Note)
	}
	return web.Page(i18n.M("Bitácora"), ledgerView(page)).Wide(), nil
}

// ledgerPath is the address of this list from below a record on.
func ledgerPath(form *web.Form, before string) string {
	next := url.Values{fieldBefore: {before}}
	for _, name := range []string{fieldSubject, fieldWho, fieldGroup, fieldFrom, fieldTo} {
		if v := form.Get(name); v != "" {
			next.Set(name, v)
		}
	}
	return "/bitacora?" + next.Encode()
}

func whoPath(id string) string { return "/bitacora?" + url.Values{fieldWho: {id}}.Encode() }

// ledgerFilter reads what is looked for. What cannot be read is told at its field.
func (p *pages) ledgerFilter(r *web.Request, page *ledgerPage) (ledger.Filter, error) {
	form := page.Form
	f := ledger.Filter{Before: form.Get(fieldBefore), Actions: actionsOf(form.Get(fieldGroup))}
	from, fromOK := dayOf(form, fieldFrom)
	to, toOK := dayOf(form, fieldTo)
	if fromOK {
		f.From = from.At(0, 0)
	}
	if toOK {
		f.To = to.AddDays(1).At(0, 0)
	}
	for _, name := range []string{fieldSubject, fieldWho, fieldGroup, fieldFrom, fieldTo} {
		page.Narrowed = page.Narrowed || form.Get(name) != ""
	}
	var err error
	if f.SubjectID, err = p.subject(r, form.Get(fieldSubject)); err != nil {
		return f, err
	}
	return f, p.whoFilter(r, page, &f)
}

// dayOf reads a day of the filter; false for none.
func dayOf(form *web.Form, name string) (clock.Date, bool) {
	typed := form.Get(name)
	if typed == "" {
		return clock.Date{}, false
	}
	day, err := clock.ParseDateMX(typed)
	if err != nil {
		if form.Errors == nil {
			form.Errors = map[string]i18n.Msg{}
		}
		form.Errors[name] = i18n.M("Escriba la fecha como 14/03/2026.")
		return clock.Date{}, false
	}
	return day, true
}

// subject is what the ledger calls what somebody looks for: a folio stands for its
// referral, anything else for itself.
func (p *pages) subject(r *web.Request, typed string) (string, error) {
	f, err := folio.Parse(typed)
	if err != nil {
		return typed, nil
	}
	found, err := p.Documents.SubjectOf(r.Context(), r.Actor, f)
	if fault.Is(err, fault.NotFound) {
		return typed, nil
	}
	return found.ID, err
}

// whoFilter narrows to who acted: an account or a post by its id, as the links of a row
// give it, or the posts whose title and place hold the words.
func (p *pages) whoFilter(r *web.Request, page *ledgerPage, f *ledger.Filter) error {
	typed := page.Form.Get(fieldWho)
	if typed == "" {
		return nil
	}
	posts, err := p.Ledger.Every(r.Context(), r.Actor, "post", "title", "place", "role")
	if err != nil {
		return err
	}
	if uuid.Validate(typed) != nil {
		f.Posts = []string{}
		for post, said := range posts {
			if holds(said["title"]+" "+said["place"], typed) {
				f.Posts = append(f.Posts, post.ID)
			}
		}
		return nil
	}
	if said, isPost := posts[ledger.Subject{Type: "post", ID: typed}]; isPost {
		f.Posts, page.Only = []string{typed}, postText(said)
		return nil
	}
	f.Actor = accountActor + typed
	account := ledger.Subject{Type: "account", ID: typed}
	known, err := p.Ledger.Known(r.Context(), r.Actor, []ledger.Subject{account}, "post")
	if post := known[account]["post"]; err == nil && post != "" {
		page.Only = postText(posts[ledger.Subject{Type: "post", ID: post}])
	}
	return err
}

// accountActor begins the name of an account as actor.
const accountActor = "account:"

// holds tells whether a text has each of some words, however they are accented.
func holds(text, words string) bool {
	text = catalogue.Fold(text)
	for _, word := range strings.Fields(catalogue.Fold(words)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

func postText(said map[string]string) i18n.Text {
	return joined(identity.TitleText(access.Role(said["role"]), said["title"]), identity.PlaceText(said["place"]))
}

// joined puts the parts that are there on one line.
func joined(parts ...i18n.Text) i18n.Text {
	in := func(lang i18n.Lang) string {
		var all []string
		for _, p := range parts {
			if s := p.In(lang); s != "" {
				all = append(all, s)
			}
		}
		return strings.Join(all, ", ")
	}
	return i18n.Text{ES: in(i18n.Spanish), EN: in(i18n.English)}
}

func both(m i18n.Msg) i18n.Text {
	return i18n.Text{ES: m.In(i18n.Spanish), EN: m.In(i18n.English)}
}

// names are what the ledger calls the things on a page.
type names struct{ ledger.Known }

// called are the fields by which people know a thing.
var called = []string{"name", "folio", "title", "place", "role", "label_es", "label_en", "post"}

// ledgerRows puts entries into words.
func (p *pages) ledgerRows(ctx context.Context, actor access.Actor, records []ledger.Record) ([]ledgerRow, error) {
	n, err := p.namesFor(ctx, actor, records)
	if err != nil {
		return nil, err
	}
	rows := make([]ledgerRow, len(records))
	for i, r := range records {
		rows[i] = n.row(r)
	}
	return rows, nil
}

// namesFor asks for the names of what a page shows, then for the posts of its accounts.
func (p *pages) namesFor(ctx context.Context, actor access.Actor, records []ledger.Record) (names, error) {
	var subjects []ledger.Subject
	for _, r := range records {
		subjects = append(subjects, named(r.Subject), ledger.Subject{Type: "post", ID: r.Post})
		for _, c := range r.Changes {
			if c.Field == "center" {
				subjects = append(subjects, ledger.Subject{Type: "center", ID: c.Before}, ledger.Subject{Type: "center", ID: c.After})
			}
		}
	}
	known, err := p.Ledger.Known(ctx, actor, subjects, called...)
	if err != nil {
		return names{}, err
	}
	var posts []ledger.Subject
	for subject, said := range known {
		if subject.Type == "account" {
			posts = append(posts, ledger.Subject{Type: "post", ID: said["post"]})
		}
	}
	more, err := p.Ledger.Known(ctx, actor, posts, called...)
	for subject, said := range more {
		known[subject] = said
	}
	return names{known}, err
}

// named is the subject whose name an entry goes by: an attempt to sign in goes by the
// account that was tried.
func named(s ledger.Subject) ledger.Subject {
	if s.Type == "sign_in" {
		s.Type = "account"
	}
	return s
}

func (n names) row(r ledger.Record) ledgerRow {
	row := ledgerRow{At: r.At.Time, Role: r.Role.Label(), What: actionText(r.Action), Code: r.Action, Kind: n.kind(r.Subject), About: n.about(r.Subject)}
	if id, ok := identity.AccountOf(r.Actor); ok {
		row.Mine = whoPath(id)
	}
	switch {
	case r.Post != "":
		row.Who, row.WhoPath = postText(n.Known[ledger.Subject{Type: "post", ID: r.Post}]), whoPath(r.Post)
	case r.Actor == "anonymous":
		row.Who, row.Role = both(i18n.M("Alguien que no había entrado")), i18n.Msg{}
	default:
		row.Who, row.Role = both(i18n.M("SIGUE, automático")), i18n.Msg{}
	}
	if row.Who.ES == "" { // a post that this ledger did not see opened
		row.Who = both(row.Role)
	}
	for _, c := range r.Changes {
		row.Changes = append(row.Changes, n.change(c))
	}
	if kinds[r.Subject.Type].open {
		row.Reason = r.Reason
	}
	row.Withheld = r.Reason != "" && row.Reason == ""
	return row
}

// kind is what sort of thing a subject is.
func (n names) kind(s ledger.Subject) i18n.Text {
	if s.Type == "catalogue_entry" {
		name, _, _ := strings.Cut(s.ID, "/")
		if list, ok := catalogue.Find(name); ok {
			return both(list.Label)
		}
	}
	if k, ok := kinds[s.Type]; ok {
		return both(k.label)
	}
	return i18n.Text{ES: s.Type}
}

// about is what a subject is called; empty where its kind says all.
func (n names) about(s ledger.Subject) i18n.Text {
	said := n.Known[named(s)]
	switch {
	case s.Type == "path":
		return i18n.Text{ES: anyID.ReplaceAllString(s.ID, "…")}
	case s.Type == "rule":
		if k, ok := catalogue.KindOf(catalogue.RuleCode(s.ID)); ok {
			return both(k.Label)
		}
		return i18n.Text{ES: s.ID}
	case s.Type == "account", s.Type == "sign_in":
		return postText(n.Known[ledger.Subject{Type: "post", ID: said["post"]}])
	case s.Type == "post":
		return postText(said)
	case s.Type == "referral" && said["folio"] == "":
		return both(i18n.M("borrador sin folio"))
	case s.Type == "catalogue_entry" && said["label_es"] == "":
		_, code, _ := strings.Cut(s.ID, "/")
		return i18n.Text{ES: code}
	}
	return joined(i18n.Text{ES: said["folio"]}, i18n.Text{ES: said["name"]}, i18n.Text{ES: said["title"]}, i18n.Text{ES: said["label_es"], EN: said["label_en"]})
}

// anyID is the id of a row, which tells a reader nothing.
var anyID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// change puts one changed field into words. Of an id only what it names is shown.
func (n names) change(c ledger.Change) i18n.Text {
	field := i18n.Text{ES: c.Field}
	if m, ok := fields[c.Field]; ok {
		field = both(m)
	} else if day, err := clock.ParseDate(c.Field); err == nil {
		field = i18n.Text{ES: day.MX()}
	}
	before, after := n.value(c.Field, c.Before), n.value(c.Field, c.After)
	in := func(lang i18n.Lang) string {
		values := slices.DeleteFunc([]string{before.In(lang), after.In(lang)}, func(s string) bool { return s == "" })
		if len(values) == 0 {
			return field.In(lang)
		}
		return field.In(lang) + ": " + strings.Join(values, " → ")
	}
	return i18n.Text{ES: in(i18n.Spanish), EN: in(i18n.English)}
}

// value puts a stored value into words; empty for one that tells a reader nothing.
func (n names) value(field, v string) i18n.Text {
	if day, err := clock.ParseDate(v); err == nil {
		return i18n.Text{ES: day.MX()}
	}
	switch {
	case field == "center":
		return i18n.Text{ES: n.Known[ledger.Subject{Type: "center", ID: v}]["name"]}
	case field == "attributes" || anyID.MatchString(v):
		return i18n.Text{}
	case field == "role":
		return both(access.Role(v).Label())
	case field == "place":
		return identity.PlaceText(v)
	case counts[field]:
		return i18n.Text{ES: counted(v)}
	case v == "yes":
		return both(i18n.M("Sí"))
	case v == "no":
		return both(i18n.M("No"))
	case v == "open":
		return both(i18n.M("Abierto"))
	case v == "closed":
		return both(i18n.M("Cerrado"))
	}
	return i18n.Text{ES: v}
}

// counts are the fields that hold a count.
var counts = map[string]bool{"capacity": true, "case_keys": true, "entries": true, "files": true, "municipalities": true, "value": true}

// counted writes a count as numbers stand in text; anything else as it is.
func counted(v string) string {
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return v
	}
	return i18n.Number(n).String()
}

func groupOptions() []web.Option {
	out := make([]web.Option, len(groups))
	for i, g := range groups {
		out[i] = web.Option{Value: g.name, Label: g.label}
	}
	return out
}
