package identityhttp

import (
	"context"
	"net/url"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/identity"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// listPage is a page of accounts.
type listPage struct {
	Page   *identity.Page
	Form   *web.Form
	Filter identity.Filter
}

func (p *pages) list(r *web.Request) (web.Response, error) {
	query := r.Query()
	filter := identity.Filter{Text: query.Get("texto"), State: identity.State(query.Get("estado")), After: query.Get("desde")}
	page, err := p.Identity.Accounts(r.Context(), r.Actor, filter)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Cuentas"), listView(listPage{Page: page, Form: query, Filter: filter})).Wide(), nil
}

// at is the address of this list from an account on; from the start when empty.
func (p listPage) at(after string) string {
	query := url.Values{}
	for name, value := range map[string]string{"texto": p.Filter.Text, "estado": string(p.Filter.State), "desde": after} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if len(query) == 0 {
		return "/cuentas"
	}
	return "/cuentas?" + query.Encode()
}

func (p listPage) first() string {
	if p.Filter.After == "" {
		return ""
	}
	return p.at("")
}

func (p listPage) next() string {
	if p.Page.Next == "" {
		return ""
	}
	return p.at(p.Page.Next)
}

func (p listPage) total() i18n.Msg {
	if p.Page.Total == 1 {
		return i18n.M("1 cuenta.")
	}
	return i18n.M("%d cuentas.", i18n.Number(p.Page.Total))
}

func (p listPage) narrowed() bool { return p.Filter.Text != "" || p.Filter.State != "" }

func stateOptions() []web.Option {
	var out []web.Option
	for _, s := range identity.States {
		out = append(out, web.Option{Value: string(s), Label: s.Label()})
	}
	return out
}

func stateKind(s identity.State) web.TagKind {
	switch s {
	case identity.Active:
		return web.TagGood
	case identity.Pending:
		return web.TagWait
	case identity.Suspended:
		return web.TagBad
	}
	return web.TagPlain
}

// accountPage is one account as whoever administers it sees it.
type accountPage struct {
	View   *identity.View
	Form   *web.Form // what was typed as a reason, and why an action was refused
	Notice i18n.Msg
	Self   bool
}

func (p *pages) account(r *web.Request) (web.Response, error) {
	return p.showAccount(r, web.NewForm(nil))
}

func (p *pages) showAccount(r *web.Request, form *web.Form) (web.Response, error) {
	v, err := p.Identity.Account(r.Context(), r.Actor, r.PathValue("account"))
	if err != nil {
		return nil, err
	}
	page := accountPage{View: v, Form: form, Notice: noticeOf(r), Self: v.ID == r.Actor.Account}
	return web.Page(i18n.M("Cuenta de %s", v.Name), accountView(page)), nil
}

// act runs one action on an account; a refusal in words is shown on the account's page.
func (p *pages) act(do func(ctx context.Context, actor access.Actor, id string) error, done notice) web.Handler {
	return func(r *web.Request) (web.Response, error) {
		form := web.NewForm(nil)
		err := do(r.Context(), r.Actor, r.PathValue("account"))
		if form.Fail(err) {
			return p.showAccount(r, form)
		}
		if err != nil {
			return nil, err
		}
		return done.with(accountPath(r.PathValue("account"), "")), nil
	}
}

// decide runs what asks for a reason in writing; a refusal keeps what was typed.
func (p *pages) decide(do func(ctx context.Context, actor access.Actor, id, reason string) error, done notice) web.Handler {
	return func(r *web.Request) (web.Response, error) {
		form, err := r.Form()
		if err != nil {
			return nil, err
		}
		err = do(r.Context(), r.Actor, r.PathValue("account"), form.Get("reason"))
		if form.Fail(err) {
			return p.showAccount(r, form)
		}
		if err != nil {
			return nil, err
		}
		return done.with(accountPath(r.PathValue("account"), "")), nil
	}
}

// handOverPage gives a post to another person.
type handOverPage struct {
	View *identity.View
	Form *web.Form
}

func (p *pages) handOver(r *web.Request) (web.Response, error) {
	v, err := p.toHandOver(r)
	if err != nil {
		return nil, err
	}
	return showHandOver(v, web.NewForm(url.Values{"lang": {string(i18n.Spanish)}})), nil
}

// toHandOver reads the account whose post the actor may hand over.
func (p *pages) toHandOver(r *web.Request) (*identity.View, error) {
	v, err := p.Identity.Account(r.Context(), r.Actor, r.PathValue("account"))
	switch {
	case err != nil:
		return nil, err
	case !v.Changeable:
		return nil, fault.Missing()
	case v.State == identity.Ended:
		return nil, fault.New(fault.Conflict, i18n.M("Ese puesto ya se entregó a otra persona. Abra la cuenta de quien lo ocupa ahora."))
	}
	return v, nil
}

func showHandOver(v *identity.View, form *web.Form) web.Response {
	return web.Page(i18n.M("Entregar el puesto de %s", v.Name), handOverView(handOverPage{v, form}))
}

func (p *pages) doHandOver(r *web.Request) (web.Response, error) {
	v, err := p.toHandOver(r)
	if err != nil {
		return nil, err
	}
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id, err := p.Identity.HandOver(r.Context(), r.Actor, v.Post.ID, identity.Holder{
		Name: form.Get("name"), Email: form.Get("email"), Lang: i18n.Parse(form.Get("lang")),
	})
	if form.Fail(err) {
		return showHandOver(v, form), nil
	}
	if err != nil {
		return nil, err
	}
	return noticeHanded.with(accountPath(id, "")), nil
}

// freshPage opens an account.
type freshPage struct {
	Form   *web.Form
	Roles  []web.Option
	Places []web.Option
}

func (p *pages) fresh(r *web.Request) (web.Response, error) {
	choice, err := p.choice(r)
	if err != nil {
		return nil, err
	}
	return showFresh(r, choice, web.NewForm(url.Values{"lang": {string(i18n.Spanish)}})), nil
}

// choice is what the actor may choose from: roles, and places inside his scope.
type choice struct {
	roles  []access.Role
	places []Place
}

// secretariat is the id of the choice of no area and no center.
const secretariat = "secretaria"

func (p *pages) choice(r *web.Request) (choice, error) {
	grants, err := p.Identity.Grants(r.Context(), r.Actor)
	if err != nil {
		return choice{}, err
	}
	all, err := p.Places(r.Context(), r.Actor)
	if err != nil {
		return choice{}, err
	}
	c := choice{roles: grants.Roles}
	for _, place := range append(all, Place{ID: secretariat, Label: identity.Secretariat().In(i18n.Spanish)}) {
		if grants.Covers(place.InstitutionID, place.AreaID, place.CenterID) {
			c.places = append(c.places, place)
		}
	}
	return c, nil
}

// place finds the chosen place; the only one needs no choice.
func (c choice) place(id string) Place {
	if len(c.places) == 1 {
		return c.places[0]
	}
	for _, place := range c.places {
		if place.ID == id {
			return place
		}
	}
	return Place{}
}

// role is the chosen role; the only one needs no choice.
func (c choice) role(chosen string) access.Role {
	if len(c.roles) == 1 {
		return c.roles[0]
	}
	return access.Role(chosen)
}

func showFresh(r *web.Request, c choice, form *web.Form) web.Response {
	page := freshPage{Form: form}
	for _, role := range c.roles {
		page.Roles = append(page.Roles, web.Option{Value: string(role), Label: role.Label()})
	}
	for _, place := range c.places {
		page.Places = append(page.Places, web.Option{Value: place.ID, Text: place.Label, Group: place.group().In(r.Lang)})
	}
	return web.Page(i18n.M("Abrir una cuenta"), freshView(page))
}

func (p Place) group() i18n.Msg {
	switch {
	case p.CenterID != "":
		return i18n.M("Centros")
	case p.AreaID != "":
		return i18n.M("Áreas de instituciones")
	}
	return identity.Secretariat()
}

func (p *pages) open(r *web.Request) (web.Response, error) {
	choice, err := p.choice(r)
	if err != nil {
		return nil, err
	}
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	place := choice.place(form.Get("place"))
	id, err := p.Identity.OpenAccount(r.Context(), r.Actor, identity.NewAccount{
		Role: choice.role(form.Get("role")), Title: form.Get("title"), Place: place.Label,
		InstitutionID: place.InstitutionID, AreaID: place.AreaID, CenterID: place.CenterID,
		Name: form.Get("name"), Email: form.Get("email"), Lang: i18n.Parse(form.Get("lang")),
	})
	if form.Fail(err) {
		return showFresh(r, choice, form), nil
	}
	if err != nil {
		return nil, err
	}
	return noticeOpened.with(accountPath(id, "")), nil
}

// summary is what there is to know of an account; a link is told of while it opens, and
// of a suspended account that none does.
func summary(v *identity.View) []web.SummaryRow {
	title, place := v.Post.Shown()
	last := web.SummaryRow{Label: i18n.M("Entró por última vez"), Value: clock.FormatMX(v.LastSignInAt)}
	if v.LastSignInAt.IsZero() {
		last.Text = i18n.M("Nunca")
	}
	rows := []web.SummaryRow{
		{Label: i18n.M("Correo electrónico"), Value: v.Email},
		{Label: i18n.M("Función"), Text: v.Post.Role.Label()},
		{Label: i18n.M("Puesto"), Text: i18n.M("%s", title)},
		{Label: i18n.M("Lugar"), Text: i18n.M("%s", place)},
		last,
		{Label: i18n.M("Sesiones abiertas"), Value: i18n.Number(v.Sessions).String()},
	}
	if v.State == identity.Suspended {
		rows = append(rows, web.SummaryRow{Label: i18n.M("Enlace de acceso"), Text: i18n.M("Ninguno sirve: se anularon al suspender la cuenta.")})
	}
	if !v.LinkUntil.IsZero() {
		rows = append(rows, web.SummaryRow{Label: i18n.M("Enlace de acceso vigente hasta"), Value: clock.FormatMX(v.LinkUntil)})
	}
	return rows
}

// timeline is an account's history as the shared part shows it.
func timeline(v *identity.View, lang i18n.Lang) []web.TimelineItem {
	var out []web.TimelineItem
	for _, e := range v.History {
		out = append(out, web.TimelineItem{Title: e.What, Text: e.Reason, At: e.At, Who: e.Who.In(lang)})
	}
	return out
}
