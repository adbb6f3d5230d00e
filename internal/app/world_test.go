package app_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"sigue/internal/feature/identity"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/access"
)

// place is who something belongs to, or where somebody works.
type place struct{ institution, area, center string }

// thing is what a route's path may name, with its owner.
type thing struct {
	name   string
	owner  place
	values map[string]string // by the name of the parameter in the route's path
	// Neither may reach anybody whom the thing does not belong to; marks name it
	// without telling anything of a person.
	secrets, marks []string
	// also tells of who reaches this thing beside those who reach its kind; mostly nil.
	also func(role access.Role, at, owner place) bool
}

// kind is a sort of thing and whom it belongs to: reach tells it for a role that works
// at a place. A nil reach says that it is for everyone who may open its routes.
type kind struct {
	things []thing
	reach  func(role access.Role, at, owner place) bool
}

// kinds are what the parameters of all routes name.
type kinds map[string]*kind

// kindOf is the kind of thing that each parameter belongs to. A route with a parameter
// that is not here fails the test: say here what it names, and give the kind things of
// each owner.
var kindOf = map[string]string{
	"referral": "referral", "attachment": "referral",
	"document": "document", "code": "paper",
	"kind":        "template",
	"account":     "account",
	"institution": "institution", "area": "institution",
	"center": "center", "venue": "center",
	"catalogue": "catalogue", "municipality": "municipality", "figure": "figure", "month": "closing", "goal": "goal",
	"link": "link", "sig": "link",
	"program": "program", "version": "program", "component": "program", "session": "program", "topic": "program",
	"group":      "group",
	"instrument": "instrument", "item": "instrument",
	"case": "case", "mandate": "case", "appointment": "appointment", "task": "task", "room": "room", "absence": "absence", "worker": "worker",
	"followup": "followup",
	"survey":   "survey", "kiosk": "kiosk", "screen": "screen", "ticket": "ticket",
	"invitation": "invitation", "mac": "invitation", "call": "call", "feed": "feed",
}

// closedTo are the routes that a role does not open although it reaches the thing: the
// legal papers are not for psychology (DOMAIN, section 6), and only a center writes letters; who
// counts for the State opens none of what is counted.
var closedTo = map[string][]access.Role{
	"/canalizaciones/{referral}/adjuntos/{attachment}": {access.Psychology},
	"/seguimientos/{followup}/carta":                   {access.Referrer, access.InstitutionSupervisor},
	"/estadistica/cifra/{figure}/casos":                {access.Analyst},
}

// queries are what the address of a route needs behind its path.
var queries = map[string]string{
	"/catalogos/{catalogue}/cambiar":  "?codigo=judgment",
	"/catalogos/{catalogue}/terminar": "?codigo=judgment",
	"/reglas/cambiar":                 "?regla=referral_answer",

	"/expedientes/{case}/documentos/preparar": "?tipo=certificate",
	"/expedientes/{case}/documentos/vista":    "?tipo=certificate",
}

// casework is whose the referrals and their documents are (DOMAIN, section 6): the area
// that sent, all of its institution for its supervision, the center that receives.
func casework(role access.Role, at, owner place) bool {
	switch role {
	case access.Referrer:
		return owner.area == at.area
	case access.InstitutionSupervisor:
		return owner.institution == at.institution
	case access.Reception, access.SocialWork, access.Psychology, access.Legal, access.CenterCoordinator:
		return owner.center == at.center
	}
	return false
}

// accounts is who administers the accounts of a place.
func accounts(role access.Role, at, owner place) bool {
	switch role {
	case access.AccountAdmin:
		return owner.area == at.area
	case access.CenterCoordinator:
		return owner.center == at.center
	}
	return role == access.SecurityAdmin
}

// ownInstitution is who sees an institution with its areas: its people, and the Secretaría.
func ownInstitution(role access.Role, at, owner place) bool {
	side, _ := role.Side()
	return side == access.AtSecretariat || owner.institution == at.institution
}

// world is a demonstration with planted things of every owner.
type world struct {
	*site
	kinds kinds
	home  map[access.Side]place
}

// The accounts of the demonstration whose things are planted: of the area and center of
// the roles on the sign-in page, and of others.
const (
	homeClerk    = "referrer@sigue.example"
	siblingClerk = "referrer2@sigue.example" // another area of the same institution
	foreignClerk = "referrer4@sigue.example" // another institution
	homeDesk     = "reception@sigue.example"
	foreignDesk  = "reception2@sigue.example"
	ownClerk     = "capturista99@sigue.example" // of the home area too, for what ends an account
)

// plantWorld adds to a demonstration one referral for each owner that it may have.
func plantWorld(t *testing.T, s *site) *world {
	t.Helper()
	clerk, sibling, stranger := s.actor(t, homeClerk), s.actor(t, siblingClerk), s.actor(t, foreignClerk)
	desk, otherDesk := s.actor(t, homeDesk), s.actor(t, foreignDesk)
	w := &world{site: s, home: map[access.Side]place{
		access.AtInstitution: {clerk.Institution, clerk.Area, ""}, access.AtCenter: {"", "", desk.Center}, access.AtSecretariat: {},
	}}
	if sibling.Institution != clerk.Institution || stranger.Institution == clerk.Institution || otherDesk.Center == desk.Center {
		t.Fatal("the demonstration has its accounts at other places than this test thinks")
	}
	work := []thing{
		w.plant(t, "of own area to own center", clerk, desk.Center, "Quetzalin", asSent),
		w.plant(t, "of own area to another center", clerk, otherDesk.Center, "Xocoyotlan", asSent),
		w.plant(t, "of another area to another center", sibling, otherDesk.Center, "Tlacuachin", asSent),
		w.plant(t, "of another institution to own center", stranger, desk.Center, "Zopilotec", asSent),
		w.plant(t, "of another institution to another center", stranger, otherDesk.Center, "Ahuehuetin", asSent),
		w.plant(t, "of another institution, returned", stranger, otherDesk.Center, "Cempoalin", asReturned),
		w.plant(t, "own draft", clerk, desk.Center, "Mapachin", asDraft),
		w.plant(t, "draft of another institution", stranger, desk.Center, "Cenzontlin", asDraft),
	}
	cited, agendaKinds := w.agendaThings(t, clerk, desk, otherDesk)
	work = append(work, cited...)
	w.kinds = kinds{
		"referral": {things: work, reach: casework}, "document": {things: w.documents(t, work), reach: casework},
		"account":      {things: w.accountThings(t, clerk), reach: accounts},
		"institution":  {things: w.institutionThings(t, clerk, sibling, stranger), reach: ownInstitution},
		"center":       {things: w.centerThings(t, desk, otherDesk)},
		"catalogue":    {things: []thing{{name: "legal basis", values: map[string]string{"catalogue": "legal_basis"}}}},
		"municipality": {things: []thing{{name: "Toluca", values: map[string]string{"municipality": "15106"}}}},
		"closing":      {things: []thing{{name: "closed month", values: map[string]string{"month": s.text(t, `select max(month) from report_closings`)}}}},
		"goal":         {things: w.goalThings(t, desk, otherDesk), reach: goals},
		"figure":       {things: []thing{{name: "referrals", values: map[string]string{"figure": "referrals"}}}},
		"template":     {things: []thing{{name: "certificate", values: map[string]string{"kind": "certificate"}}}},
		"paper":        {things: []thing{{name: "code", values: map[string]string{"code": s.text(t, `select min(code) from documents`)}}}},
		"link":         {things: []thing{w.linkThing(t, homeClerk)}},
		"program":      {things: w.programThings(t), reach: programs},
		"group":        {things: w.groupThings(t, desk, otherDesk), reach: groups},
		"instrument":   {things: w.instrumentThings(t)},
	}
	maps.Copy(w.kinds, agendaKinds)
	w.groupSessions(t)
	w.fillCases(t)
	w.kinds["followup"] = w.followupThings(t, clerk, sibling, stranger)
	w.surveyThings(t, desk, otherDesk)
	return w
}

// stage is how far a planted referral goes.
type stage int

const (
	asDraft stage = iota
	asSent
	asReturned
)

// plant makes a referral whose person, case number, papers and facts bear a word that
// is nowhere else.
func (w *world) plant(t *testing.T, name string, clerk access.Actor, center, word string, until stage) thing {
	t.Helper()
	ctx, svc := t.Context(), w.App.Referrals
	id, err := svc.StartDraft(ctx, clerk, "")
	must(t, err)
	content := plantedContent(center, word)
	for version, section := range []referral.Section{referral.SectionPerson, referral.SectionBasis, referral.SectionFacts, referral.SectionCenter} {
		_, err := svc.SaveSection(ctx, clerk, id, section, version, func(part any) error { return give(part, content) })
		must(t, err)
	}
	paper, err := svc.Attach(ctx, clerk, id, "resolution", "papel-"+word+".pdf", bytes.NewReader(paperPDF(t, word)))
	must(t, err)
	if until >= asSent {
		_, err := svc.Submit(ctx, clerk, id)
		must(t, err)
	}
	out := thing{name: name, owner: place{clerk.Institution, clerk.Area, ""}, values: map[string]string{"referral": id, "attachment": paper.ID}, secrets: []string{word}, marks: []string{id}}
	if until >= asSent {
		out.owner.center = center
		out.marks = append(out.marks, w.text(t, `select folio from referrals where id = $1`, id))
	}
	if until == asReturned {
		desk := w.actor(t, foreignDesk)
		must(t, svc.Return(ctx, desk, id, referral.ReturnNote{Reasons: []string{"resolution_illegible"}, Note: word}))
	}
	return out
}

func plantedContent(center, word string) referral.Content {
	return referral.Content{
		Person: referral.PersonSection{GivenNames: "Juan " + word, Surname1: word, Surname2: "Ejemplo", BirthDate: "14/03/1985", Sex: "H",
			Municipality: "15106", Phone: "722 555 0199", SafeMessage: "yes", Address: "Calle " + word + " 5"},
		Basis: referral.BasisSection{LegalBasis: "judgment", Authority: "Juzgado de ejemplo", CaseKind: "judicial_file",
			CaseValue: "77/2026-" + word, ResolvedOn: "01/06/2026", MandateSessions: "35", MandateUntil: "30/06/2028"},
		Facts: referral.FactsSection{ViolenceTypes: []string{"physical"}, Modalities: []string{"family"}, Relation: "spouse",
			ProtectionOrder: "no", LivesWithVictim: "no", Weapon: "no", MinorsExposed: "no", Narrative: "Relato " + word + "."},
		Center: referral.CenterSection{CenterID: center},
	}
}

// give copies a section into the part that the service hands out.
func give(part any, c referral.Content) error {
	switch p := part.(type) {
	case *referral.PersonSection:
		*p = c.Person
	case *referral.BasisSection:
		*p = c.Basis
	case *referral.FactsSection:
		*p = c.Facts
	case *referral.CenterSection:
		*p = c.Center
	}
	return nil
}

func (w *world) documents(t *testing.T, work []thing) []thing {
	var out []thing
	for _, of := range work {
		for _, id := range w.texts(t, `select id from documents where subject_id = $1`, of.values["referral"]) {
			of.values, of.secrets, of.marks = map[string]string{"document": id}, nil, nil // the referral has them
			out = append(out, of)
		}
	}
	return out
}

func (w *world) accountThings(t *testing.T, home access.Actor) []thing {
	_, err := w.App.Identity.OpenAccount(t.Context(), access.System("test", access.AccountAdminister), identity.NewAccount{
		Role: access.Referrer, Title: "Capturista", Place: "Juzgado", InstitutionID: home.Institution, AreaID: home.Area,
		Name: "Pedro Modelo", Email: ownClerk,
	})
	must(t, err)
	var out []thing
	for name, email := range map[string]string{
		"clerk of own area": ownClerk, "clerk of another area": siblingClerk, "clerk of another institution": foreignClerk,
		"social work of own center": "social_work@sigue.example", "reception of another center": foreignDesk,
		"analyst of the Secretaría": "analyst@sigue.example",
	} {
		a := w.actor(t, email)
		of := thing{name: name, owner: place{a.Institution, a.Area, a.Center}, values: map[string]string{"account": a.Account}}
		if strings.ContainsAny(email, "0123456789") { // the sign-in page of the demonstration shows the others
			of.marks = []string{email}
		}
		out = append(out, of)
	}
	slices.SortFunc(out, func(a, b thing) int { return strings.Compare(a.name, b.name) })
	return out
}

func (w *world) institutionThings(t *testing.T, clerks ...access.Actor) []thing {
	var out []thing
	for i, c := range clerks {
		mailbox := w.text(t, `select mailbox from areas where id = $1`, c.Area)
		out = append(out, thing{
			name:  []string{"own institution and area", "own institution, another area", "another institution"}[i],
			owner: place{c.Institution, c.Area, ""}, values: map[string]string{"institution": c.Institution, "area": c.Area},
			marks: []string{mailbox},
		})
	}
	return out
}

func (w *world) centerThings(t *testing.T, desks ...access.Actor) []thing {
	var out []thing
	for i, d := range desks {
		venue := w.text(t, `select min(id) from venues where center_id = $1`, d.Center)
		out = append(out, thing{name: []string{"own center", "another center"}[i], owner: place{"", "", d.Center},
			values: map[string]string{"center": d.Center, "venue": venue}})
	}
	return out
}

// linkThing is a one-time link that opens.
func (w *world) linkThing(t *testing.T, email string) thing {
	l, err := w.App.Identity.IssueLink(t.Context(), access.System("test", access.AccountAdminister), w.actor(t, email).Account)
	must(t, err)
	return thing{name: "open link", values: map[string]string{"link": l.ID, "sig": l.Sig}}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
