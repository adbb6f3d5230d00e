package app_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"sigue/internal/app"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// visit is one address of a route, and what must come of it for one role.
type visit struct {
	route web.Route
	path  string
	what  string // which thing, for the message
	own   bool   // may be opened; else it must look as if there were nothing
	blank string // where there is nothing, to compare with
}

func (v visit) String() string { return v.route.Method + " " + v.route.Path + " (" + v.what + ")" }

// walker goes through routes as one role.
type walker struct {
	*world
	role   access.Role
	actor  access.Actor
	client *http.Client
	at     place
	opened map[string]bool // routes, by path, of which something of its own opened
	found  []string
}

func (w *world) walker(t *testing.T, role access.Role) *walker {
	t.Helper()
	side, _ := role.Side()
	return &walker{world: w, role: role, actor: w.actor(t, string(role)+"@sigue.example"), client: w.signIn(t, role), at: w.home[side], opened: map[string]bool{}}
}

func (k *walker) complain(v visit, format string, args ...any) {
	k.found = append(k.found, fmt.Sprintf("%s as %s: ", v, k.role)+fmt.Sprintf(format, args...))
}

// reaches tells whether a thing is the walker's, on a route.
func (k *walker) reaches(route web.Route, of *kind, one thing) bool {
	if slices.Contains(closedTo[route.Path], k.role) {
		return false
	}
	return of.reach == nil || of.reach(k.role, k.at, one.owner) || one.also != nil && one.also(k.role, k.at, one.owner)
}

// visits lists the addresses of a route that the role must try.
func (k *walker) visits(route web.Route) []visit {
	may := k.actor.May(route.Permission) || access.Anonymous("").May(route.Permission)
	if len(route.Params) == 0 {
		return []visit{{route, fill(route, nil), "no parameter", may, noPage}}
	}
	of := k.kinds[kindOf[route.Params[0]]]
	for _, name := range route.Params {
		if kindOf[name] == "" || k.kinds[kindOf[name]] != of {
			k.complain(visit{route: route, what: "new"}, "the parameter {%s} is not known to this test: add it to kindOf, with things of each owner", name)
			return nil
		}
	}
	var out []visit
	for _, one := range of.things {
		if path := fill(route, one.values); path != "" {
			out = append(out, visit{route, path, one.name, may && k.reaches(route, of, one), fill(route, with(nil, route, nowhere))})
		}
	}
	if !may { // one thing is as good as another
		out[0].blank = noPage
		return out[:1]
	}
	return append(out, k.mixed(route, of)...)
}

// mixed are addresses whose parts belong to two things, the first one's own: the second
// must be looked for inside the first. What the first answers for itself, such as that
// it can no longer be changed, is no secret.
func (k *walker) mixed(route web.Route, of *kind) []visit {
	var out []visit
	if len(route.Params) < 2 {
		return nil
	}
	first := route.Params[0]
	for _, a := range of.things {
		for _, b := range of.things {
			if !k.reaches(route, of, a) || a.values[first] == b.values[first] {
				continue
			}
			values := maps.Clone(b.values)
			values[first] = a.values[first]
			if path := fill(route, values); path != "" {
				out = append(out, visit{route, path, b.name + " under one " + a.name, false, fill(route, with(a.values, route, nowhere))})
			}
		}
	}
	return out
}

// Addresses and ids of nothing.
const (
	noPage  = "/no-existe"
	nowhere = "01900000-0000-7000-8000-000000000000"
)

// with gives a value to each parameter of a route but the first when that is known.
func with(known map[string]string, route web.Route, value string) map[string]string {
	out := map[string]string{}
	for i, name := range route.Params {
		if out[name] = value; i == 0 && known != nil {
			out[name] = known[name]
		}
	}
	return out
}

// fill writes a route's path with the values of its parameters; empty when one is missing.
func fill(route web.Route, values map[string]string) string {
	path := strings.TrimSuffix(route.Path, "{$}")
	for _, name := range route.Params {
		if values[name] == "" {
			return ""
		}
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(values[name]))
	}
	return path
}

// walk tries every address of the routes: what is not the role's first, so that nothing
// it does to its own things can hide a change of another's.
func (k *walker) walk(t *testing.T, routes []web.Route) {
	t.Helper()
	var own, denied []visit
	for _, route := range routes {
		for _, v := range k.visits(route) {
			switch {
			case v.own && route.Method == http.MethodGet:
				own = append(own, v)
			case !v.own:
				denied = append(denied, v)
			}
		}
	}
	k.denied(t, denied)
	for _, v := range own {
		k.own(t, v)
	}
	for _, v := range own {
		if !k.opened[v.route.Path] {
			k.complain(v, "nothing of its own opens there, so that the walk proves nothing")
			k.opened[v.route.Path] = true // said once
		}
	}
}

// denied tries what is not the role's. Each answer must be the one that nothing gets,
// each try is in the ledger, and nothing has changed.
func (k *walker) denied(t *testing.T, visits []visit) {
	t.Helper()
	deeds := func() int {
		return k.count(t, `select count(*) from ledger_entries where actor = $1 and action <> 'access.denied'`, k.actor.Name())
	}
	before, refusals, blanks := deeds(), map[string]int{}, map[string]answer{}
	for _, v := range visits {
		key := v.route.Method + " " + v.blank
		want, asked := blanks[key]
		if !asked {
			want = k.try(t, v.route, v.blank)
			blanks[key] = want
		}
		got := k.try(t, v.route, v.path)
		if got.Status == http.StatusNotFound {
			refusals[v.route.Method+" "+v.path]++
		}
		k.compare(v, got, want)
		k.sing(v, got)
	}
	if after := deeds(); after != before {
		k.found = append(k.found, fmt.Sprintf("%s: what it may not do left %d entries in the ledger that are no refusals", k.role, after-before))
	}
	for request, want := range refusals {
		got := k.count(t, `select count(*) from ledger_entries where actor = $1 and action = 'access.denied' and subject_type = 'path' and subject_id = $2`, k.actor.Name(), request)
		if got != want {
			k.found = append(k.found, fmt.Sprintf("%s as %s: the ledger has %d refusals, want %d", request, k.role, got, want))
		}
	}
}

// compare holds an answer about another's thing against the one about nothing.
func (k *walker) compare(v visit, got, want answer) {
	mixed := strings.Contains(v.what, " under one ")
	switch {
	case got.Status != http.StatusNotFound && !(mixed && got.Status == http.StatusConflict):
		k.complain(v, "got status %d, want 404", got.Status)
	case got.Status != want.Status:
		k.complain(v, "got status %d, and %d where nothing is", got.Status, want.Status)
	case same(got.Body) != same(want.Body):
		k.complain(v, "the page is not that of an address where nothing is:\n%s\nwant\n%s", same(got.Body), same(want.Body))
	}
}

// own opens what is the role's.
func (k *walker) own(t *testing.T, v visit) {
	t.Helper()
	got := k.try(t, v.route, v.path)
	switch got.Status {
	case http.StatusOK, http.StatusSeeOther:
		k.opened[v.route.Path] = true
	case http.StatusUnprocessableEntity, http.StatusConflict:
	case http.StatusNotFound:
		k.complain(v, "got status 404 for what is its own")
	default:
		k.complain(v, "got status %d", got.Status)
	}
	k.sing(v, got)
}

// try asks for an address as the site's own page would, with a body that could be meant.
func (k *walker) try(t *testing.T, route web.Route, path string) answer {
	t.Helper()
	path += queries[route.Path]
	switch {
	case route.Method == http.MethodGet:
		return k.get(t, k.client, path)
	case route.Upload:
		kind, body, err := paperForm(paperPDF(t, "Cualquiera"))
		must(t, err)
		return k.send(t, k.client, k.request(t, http.MethodPost, path, kind, body))
	}
	return k.post(t, k.client, path, meant)
}

// meant is a body that would do something on most routes.
var meant = url.Values{
	"version": {"0"}, "given_names": {"Pedro"}, "surname1": {"Modelo"}, "legal_basis": {"judgment"}, "narrative": {"Texto"},
	"center_id": {"x"}, "reason": {"duplicate"}, "reasons": {"resolution_illegible"}, "note": {"Nota"},
	"date": {"15/12/2026"}, "time": {"10:00"}, "mode": {"in_person"}, "venue": {"x"},
	"name": {"Nombre"}, "email": {"nadie@sigue.example"}, "kind": {"court"}, "municipality": {"15106"}, "mailbox": {"buzon@sigue.example"},
	"role": {"referrer"}, "title": {"Puesto"}, "place": {"x"}, "address": {"Calle 1"}, "phone": {"722 555 0100"}, "capacity": {"5"},
	"from": {"15/12/2026"}, "until": {"15/12/2026"}, "day": {"2026-12-15"}, "value": {"5"}, "source": {"Oficio"},
	"code": {"codigo"}, "label_es": {"Etiqueta"}, "label_en": {"Label"}, "last": {"15/12/2026"}, "sort": {"1"},
	"password": {"contraseña-larga-nueva"}, "repeat": {"contraseña-larga-nueva"},
}

// paperForm is a form with a paper.
func paperForm(paper []byte) (kind string, body *bytes.Buffer, err error) {
	body = &bytes.Buffer{}
	form := multipart.NewWriter(body)
	err = form.WriteField("class", "resolution")
	part, failed := form.CreateFormFile("file", "papel.pdf")
	if err = errors.Join(err, failed); err != nil {
		return "", nil, err
	}
	_, err = part.Write(paper)
	return form.FormDataContentType(), body, errors.Join(err, form.Close())
}

// names are pages that name referrals of everyone by folio or id, never people, and why.
var names = map[string]string{
	"/bitacora":          "the auditor reads who did what to which id",
	"/avisos":            "the outbox shows the folio of each notice",
	"/buzon":             "the demonstration's mailbox is everyone's",
	"/calendario/{feed}": "whoever holds the secret of a calendar reads the ids of its appointments",
}

// sing looks in an answer for what belongs to others.
func (k *walker) sing(v visit, got answer) {
	text := strings.ToLower(same(got.Body) + got.Header.Get("Content-Disposition") + got.Header.Get("Location"))
	if len(v.route.Params) > 0 { // it may repeat what it was asked
		text = strings.NewReplacer(v.path, "", strings.ToLower(url.QueryEscape(v.path)), "").Replace(text)
	}
	for _, of := range k.kinds {
		for _, one := range of.things {
			if k.reaches(web.Route{}, of, one) {
				continue
			}
			words := one.secrets
			if names[v.route.Path] == "" {
				words = slices.Concat(one.secrets, one.marks)
			}
			for _, word := range words {
				if strings.Contains(text, strings.ToLower(word)) {
					k.complain(v, "shows %q of the thing %q", word, one.name)
				}
			}
		}
	}
}

var changing = regexp.MustCompile(`(data-(now|idle|ends)="\d*")|( aria-current="(page|true)")|(href="[^"]*lang=[^"]*")`)

// same takes out of a page what differs between two requests of one person.
func same(page string) string { return changing.ReplaceAllString(page, "") }

// TestIsolation walks every route as every role: what is not one's own does not exist.
func TestIsolation(t *testing.T) {
	t.Parallel()
	s := openSite(t)
	w := plantWorld(t, s)
	for _, f := range access.Roles {
		t.Run(string(f.Role), func(t *testing.T) {
			k := w.walker(t, f.Role)
			k.walk(t, s.App.Router.Routes())
			k.search(t)
			k.takeOver(t)
			report(t, k.found)
		})
	}
}

// search looks on the panel for what others have, and for what is one's own.
func (k *walker) search(t *testing.T) {
	t.Helper()
	if !k.actor.May(access.ReferralRead) {
		return
	}
	of := k.kinds["referral"]
	for _, one := range of.things {
		for _, word := range slices.Concat(one.secrets, one.marks) {
			got := k.get(t, k.client, "/canalizaciones?texto="+url.QueryEscape(word))
			v := visit{route: web.Route{Method: http.MethodGet, Path: "/canalizaciones"}, what: one.name + " by " + word}
			has := strings.Contains(got.Body, `/canalizaciones/`+one.values["referral"])
			switch own := k.reaches(v.route, of, one); {
			case has && !own:
				k.complain(v, "the search finds what is not its own")
			case !has && own && one.owner.center != "" && word != one.values["referral"]:
				k.complain(v, "the search does not find what is its own")
			}
		}
	}
}

// takeOver begins a draft under the id of each referral that there is.
func (k *walker) takeOver(t *testing.T) {
	t.Helper()
	if !k.actor.May(access.ReferralWrite) {
		return
	}
	for _, one := range k.kinds["referral"].things {
		v := visit{route: web.Route{Method: http.MethodPost, Path: "/canalizaciones"}, what: "a draft under the id of one " + one.name}
		got := k.post(t, k.client, "/canalizaciones", url.Values{"once": {one.values["referral"]}})
		if !k.reaches(web.Route{}, k.kinds["referral"], one) && got.Status != http.StatusNotFound {
			k.complain(v, "got status %d, want 404", got.Status)
		}
		k.sing(v, got)
	}
}

// report fails the test with findings, not more than can be read.
func report(t *testing.T, found []string) {
	t.Helper()
	for i, f := range found {
		if i == 30 {
			t.Errorf("… and %d more", len(found)-i)
			return
		}
		t.Error(f)
	}
}

// TestIsolationAnonymous walks every route as nobody: private pages lead to the sign-in.
func TestIsolationAnonymous(t *testing.T) {
	t.Parallel()
	s := openSite(t)
	w := plantWorld(t, s)
	k := &walker{world: w, role: "nobody", actor: access.Anonymous("test"), client: browse()}
	for _, route := range s.App.Router.Routes() {
		if k.actor.May(route.Permission) {
			continue
		}
		for _, v := range k.visits(route) {
			got := k.try(t, route, v.path)
			k.sing(v, got)
			if route.Method == http.MethodGet || route.Upload {
				if to := got.Header.Get("Location"); got.Status != http.StatusSeeOther || !strings.HasPrefix(to, "/entrar?seguir=") {
					k.complain(v, "got status %d to %q, want 303 to the sign-in page", got.Status, to)
				}
			} else if got.Status >= 500 || got.Status == http.StatusNotFound || !strings.Contains(got.Body, `name="password"`) {
				k.complain(v, "got status %d, want the sign-in page that keeps what was sent", got.Status)
			}
		}
	}
	report(t, k.found)
}

// leaks are handlers that break the rule, and what the walk must say of each.
var leaks = []struct {
	name, pattern string
	permission    access.Permission
	want          string
	handler       func(a *app.App, r *web.Request) (web.Response, error)
}{
	{"ignores the scope", "GET /{referral}", access.ReferralRead, "got status 200, want 404", func(a *app.App, r *web.Request) (web.Response, error) {
		everyone := access.System("leak", access.ReferralRead, access.CatalogueRead)
		v, err := a.Referrals.Open(r.Context(), everyone, r.PathValue("referral"))
		if err != nil {
			return nil, err
		}
		return web.Page(i18n.M("%s", v.Person.Name.Full()), nothing), nil
	}},
	{"shows a person", "GET /{referral}", access.ReferralRead, `shows "Ahuehuetin"`, func(*app.App, *web.Request) (web.Response, error) {
		return web.Page(i18n.M("Juan Ahuehuetin"), nothing), nil
	}},
	{"forbids instead of hiding", "GET /{referral}", access.ReferralRead, "got status 409, want 404", func(*app.App, *web.Request) (web.Response, error) {
		return nil, fault.New(fault.Conflict, i18n.M("No es suya."))
	}},
	{"hides with words of its own", "GET /{referral}", access.ReferralRead, "not that of an address where nothing is", func(_ *app.App, r *web.Request) (web.Response, error) {
		return nil, fault.New(fault.NotFound, i18n.M("La canalización %s no es suya.", r.PathValue("referral")))
	}},
	{"hides without telling the ledger", "GET /{referral}", access.ReferralRead, "the ledger has 0 refusals, want 1", func(*app.App, *web.Request) (web.Response, error) {
		return web.Page(i18n.M("No"), nothing).Status(http.StatusNotFound), nil
	}},
	{"acts and then hides", "POST /{referral}", access.ReferralWrite, "entries in the ledger that are no refusals", func(a *app.App, r *web.Request) (web.Response, error) {
		if err := a.Identity.SetLang(r.Context(), r.Actor, i18n.English); err != nil {
			return nil, err
		}
		return nil, fault.Missing()
	}},
	{"hides one's own", "GET /{referral}", access.ReferralRead, "got status 404 for what is its own", func(*app.App, *web.Request) (web.Response, error) {
		return nil, fault.Missing()
	}},
	{"has a new parameter", "GET /{secreto}", access.ReferralRead, "the parameter {secreto} is not known", func(*app.App, *web.Request) (web.Response, error) {
		return nil, fault.Missing()
	}},
}

// nothing is an empty page.
var nothing = templ.NopComponent

// TestIsolationBites adds routes that break the rule and expects the walk to say so.
func TestIsolationBites(t *testing.T) {
	t.Parallel()
	s := openSite(t)
	w := plantWorld(t, s)
	for i, leak := range leaks {
		method, path, _ := strings.Cut(leak.pattern, " ")
		s.App.Router.Handle(fmt.Sprintf("%s /fuga%d%s", method, i, path), leak.permission, func(r *web.Request) (web.Response, error) {
			return leak.handler(s.App, r)
		})
	}
	routes := s.App.Router.Routes()
	routes = routes[len(routes)-len(leaks):]
	for i, leak := range leaks {
		t.Run(leak.name, func(t *testing.T) {
			k := w.walker(t, access.Referrer)
			k.walk(t, routes[i:i+1])
			if !slices.ContainsFunc(k.found, func(f string) bool { return strings.Contains(f, leak.want) }) {
				t.Errorf("the walk found %q, want one with %q", k.found, leak.want)
			}
		})
	}
}
