package demo

import (
	"context"
	"fmt"
	"slices"

	"sigue/internal/app"
	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/center"
	"sigue/internal/feature/identity"
	"sigue/internal/feature/institution"
	"sigue/internal/platform/access"
)

// builder is the program itself, at work on the demonstration.
var builder = access.System("demo", access.InstitutionAdmin, access.InstitutionRead, access.CenterAdmin, access.CenterRead,
	access.AccountAdminister, access.CatalogueRead)

// Place is an area that refers or a center that receives, with its accounts.
type Place struct {
	InstitutionID, AreaID, CenterID, Name string
	Municipality                          string
	Actors                                map[access.Role]access.Actor
}

// Account is one account of the demonstration, to sign in with.
type Account struct {
	Role               access.Role
	Name, Place, Email string
}

// World is what was built.
type World struct {
	Areas    []Place
	Centers  []Place
	State    Place     // the Secretaría
	Accounts []Account // one per role, in the order of the roles

	opened int // accounts
}

// Password opens every account of the demonstration.
const Password = "demostracion-sigue"

type institutionSeed struct {
	kind, name, municipality string
	areas                    []string
}

// institutionSeeds are about forty, skewed like life: courts refer most.
func institutionSeeds() []institutionSeed {
	out := []institutionSeed{
		{"court", "Poder Judicial, distrito de Toluca", "15106", []string{"Juzgado Tercero Familiar", "Juzgado Segundo de Control", "Juzgado de Ejecución"}},
		{"court", "Poder Judicial, distrito de Ecatepec", "15033", []string{"Juzgado Primero Familiar", "Juzgado de Control"}},
		{"court", "Poder Judicial, distrito de Nezahualcóyotl", "15058", []string{"Juzgado Segundo Familiar", "Juzgado de Control"}},
		{"court", "Poder Judicial, distrito de Tlalnepantla", "15104", []string{"Juzgado Cuarto Familiar", "Juzgado de Control"}},
		{"court", "Poder Judicial, distrito de Chalco", "15025", []string{"Juzgado Familiar", "Juzgado de Control"}},
		{"court", "Poder Judicial, distrito de Texcoco", "15099", []string{"Juzgado Familiar"}},
		{"court", "Poder Judicial, distrito de Cuautitlán", "15024", []string{"Juzgado Familiar"}},
		{"court", "Poder Judicial, distrito de Valle de Bravo", "15110", []string{"Juzgado Mixto"}},
		{"court", "Poder Judicial, distrito de Ixtlahuaca", "15042", []string{"Juzgado Mixto"}},
		{"prosecutor", "Fiscalía, Centro de Justicia de Toluca", "15106", []string{"Agencia de Género"}},
		{"prosecutor", "Fiscalía, Centro de Justicia de Ecatepec", "15033", []string{"Agencia de Género"}},
		{"prosecutor", "Fiscalía, Centro de Justicia de Amecameca", "15009", []string{"Agencia de Género"}},
		{"electoral", "Instituto Electoral Ficticio", "15106", []string{"Unidad de Género"}},
		{"public_administration", "Secretaría de Finanzas (ejemplo)", "15106", []string{"Órgano Interno de Control"}},
		{"human_rights", "Comisión de Derechos Humanos (ejemplo)", "15106", []string{"Visitaduría General"}},
		{"dif", "DIF Estatal (ejemplo)", "15106", []string{"Procuraduría de Familia"}},
	}
	for _, m := range []struct{ key, name string }{
		{"15005", "Almoloya de Juárez"}, {"15013", "Atizapán de Zaragoza"}, {"15014", "Atlacomulco"}, {"15020", "Coacalco"},
		{"15029", "Chicoloapan"}, {"15031", "Chimalhuacán"}, {"15037", "Huixquilucan"}, {"15039", "Ixtapaluca"},
		{"15051", "Lerma"}, {"15054", "Metepec"}, {"15057", "Naucalpan"}, {"15060", "Nicolás Romero"}, {"15070", "La Paz"},
		{"15076", "San Mateo Atenco"}, {"15081", "Tecámac"}, {"15087", "Tenancingo"}, {"15088", "Tenango del Aire"},
		{"15108", "Tultepec"}, {"15109", "Tultitlán"}, {"15118", "Zinacantepec"}, {"15120", "Zumpango"},
		{"15121", "Cuautitlán Izcalli"}, {"15122", "Valle de Chalco Solidaridad"}, {"15106", "Toluca"},
	} {
		out = append(out, institutionSeed{"municipality", "Ayuntamiento de " + m.name, m.key, []string{"Justicia Cívica"}})
	}
	return out
}

type centerSeed struct {
	name, municipality, address string
	covers                      []string
}

var centerSeeds = []centerSeed{
	{"Centro Toluca", "15106", "Calle Ficticia 100, Centro, Toluca", []string{"15106", "15005", "15118", "15054", "15087"}},
	{"Centro Ecatepec", "15033", "Avenida Inventada 20, San Cristóbal, Ecatepec", []string{"15033", "15020", "15081", "15109"}},
	{"Centro Nezahualcóyotl", "15058", "Calle Imaginaria 5, Benito Juárez, Nezahualcóyotl", []string{"15058", "15031", "15070", "15029"}},
	{"Centro Naucalpan", "15057", "Avenida Supuesta 310, San Bartolo, Naucalpan", []string{"15057", "15037", "15013", "15060"}},
	{"Centro Tlalnepantla", "15104", "Calle Muestra 8, Centro, Tlalnepantla", []string{"15104", "15024", "15121", "15108"}},
	{"Centro Chalco", "15025", "Calle Ensayo 41, Centro, Chalco", []string{"15025", "15122", "15039", "15009", "15088"}},
	{"Centro Texcoco", "15099", "Calle Modelo 17, Centro, Texcoco", []string{"15099", "15029"}},
	{"Centro Atlacomulco", "15014", "Calle Prueba 3, Centro, Atlacomulco", []string{"15014", "15042", "15051", "15110", "15120"}},
}

// build makes the places and their accounts.
func build(ctx context.Context, a *app.App) (*World, error) {
	w := &World{}
	for n, seed := range institutionSeeds() {
		if err := w.addInstitution(ctx, a, n, seed); err != nil {
			return nil, fmt.Errorf("demo: %s: %w", seed.name, err)
		}
	}
	for n, seed := range centerSeeds {
		if err := w.addCenter(ctx, a, n, seed); err != nil {
			return nil, fmt.Errorf("demo: %s: %w", seed.name, err)
		}
	}
	return w, w.addAccounts(ctx, a)
}

func (w *World) addInstitution(ctx context.Context, a *app.App, n int, seed institutionSeed) error {
	id, err := a.Institutions.Create(ctx, builder, institution.Form{
		Kind: seed.kind, Name: seed.name, Municipality: seed.municipality, Mailbox: fmt.Sprintf("institucion%d@instancia.example", n+1),
	})
	if err != nil {
		return err
	}
	for m, name := range seed.areas {
		area, err := a.Institutions.CreateArea(ctx, builder, id, institution.AreaForm{Name: name, Mailbox: fmt.Sprintf("area%d-%d@instancia.example", n+1, m+1)})
		if err != nil {
			return err
		}
		w.Areas = append(w.Areas, Place{InstitutionID: id, AreaID: area, Name: name + ", " + seed.name, Municipality: seed.municipality, Actors: map[access.Role]access.Actor{}})
	}
	return nil
}

func (w *World) addCenter(ctx context.Context, a *app.App, n int, seed centerSeed) error {
	id, err := a.Centers.Create(ctx, builder, center.Form{
		Name: seed.name, Municipality: seed.municipality, Address: seed.address, Phone: fmt.Sprintf("722 555 01%02d", n),
		Mailbox: fmt.Sprintf("centro%d@cedemas.example", n+1), Capacity: fmt.Sprint(10 + n%3*5),
	})
	if err != nil {
		return err
	}
	var lines []center.CoverageLine
	for _, key := range seed.covers {
		rank := 1
		if key != seed.municipality && served(key, n) {
			rank = 2
		}
		lines = append(lines, center.CoverageLine{Municipality: key, Rank: fmt.Sprint(rank)})
	}
	if err := a.Centers.SetCoverage(ctx, builder, id, "", lines); err != nil {
		return err
	}
	w.Centers = append(w.Centers, Place{CenterID: id, Name: seed.name, Municipality: seed.municipality, Actors: map[access.Role]access.Actor{}})
	return nil
}

// served tells whether a center before the nth serves a municipality too.
func served(key string, n int) bool {
	for _, seed := range centerSeeds[:n] {
		if slices.Contains(seed.covers, key) {
			return true
		}
	}
	return false
}

// addAccounts opens one account of each role that shows it best, and one clerk or
// receptionist everywhere else.
func (w *World) addAccounts(ctx context.Context, a *app.App) error {
	w.State = Place{Name: "Secretaría de las Mujeres (ejemplo)", Actors: map[access.Role]access.Actor{}}
	for _, f := range access.Roles {
		p := &w.State
		switch f.Side {
		case access.AtInstitution:
			p = &w.Areas[0]
		case access.AtCenter:
			p = &w.Centers[0]
		}
		account, err := w.open(ctx, a, p, f.Role, string(f.Role)+"@sigue.example", f.Label.In(i18n.Spanish), ownName(f.Role))
		if err != nil {
			return err
		}
		w.Accounts = append(w.Accounts, account)
	}
	for i := range w.Areas[1:] {
		if _, err := w.open(ctx, a, &w.Areas[i+1], access.Referrer, fmt.Sprintf("referrer%d@sigue.example", i+2), access.Referrer.Label().In(i18n.Spanish), w.name()); err != nil {
			return err
		}
	}
	for i := range w.Centers[1:] {
		if _, err := w.open(ctx, a, &w.Centers[i+1], access.Reception, fmt.Sprintf("reception%d@sigue.example", i+2), access.Reception.Label().In(i18n.Spanish), w.name()); err != nil {
			return err
		}
	}
	return nil
}

// team is who attends at a center, beside its reception; whoever has an account already
// is not opened another one.
var team = []access.Role{access.CenterCoordinator, access.SocialWork, access.Psychology, access.Legal, access.Facilitator, access.Psychology}

// employ opens the accounts of those who attend at the nth center, and gives its house.
func (w *World) employ(ctx context.Context, a *app.App, nth int) (*house, error) {
	p := &w.Centers[nth]
	h := &house{Place: p, taken: map[quarter]bool{}}
	roles := team
	if nth == 0 {
		roles = append(slices.Clone(team), access.Psychology, access.Facilitator)
	}
	had := map[access.Role]int{}
	for _, role := range roles {
		had[role]++
		actor, there := p.Actors[role]
		if !there || had[role] > 1 {
			email := fmt.Sprintf("%s%d@sigue.example", role, nth+1)
			if had[role] > 1 {
				email = fmt.Sprintf("%s%d-%d@sigue.example", role, nth+1, had[role])
			}
			var err error
			if actor, err = w.hire(ctx, a, p, role, had[role], email); err != nil {
				return nil, err
			}
		}
		h.staff = append(h.staff, &worker{Actor: actor, away: func(clock.Date) bool { return false }})
	}
	h.desk, h.head = p.Actors[access.Reception], p.Actors[access.CenterCoordinator]
	return h, nil
}

// hire opens the account of the nth in a role at a place.
func (w *World) hire(ctx context.Context, a *app.App, p *Place, role access.Role, nth int, email string) (access.Actor, error) {
	first, had := p.Actors[role]
	title := role.Label().In(i18n.Spanish)
	if nth > 1 {
		title = fmt.Sprintf("%s %d", title, nth)
	}
	if _, err := w.open(ctx, a, p, role, email, title, w.name()); err != nil {
		return access.Actor{}, err
	}
	actor := p.Actors[role]
	if had {
		p.Actors[role] = first
	}
	return actor, nil
}

// ownName is who holds the account of a role that the sign-in page offers.
func ownName(role access.Role) string {
	side, _ := role.Side()
	return personName(int(side)*5 + len(role))
}

// name is somebody else's.
func (w *World) name() string {
	w.opened++
	return personName(w.opened*7 + 30)
}

// open opens an account with the password of the demonstration and keeps its actor.
func (w *World) open(ctx context.Context, a *app.App, p *Place, role access.Role, email, title, name string) (Account, error) {
	id, err := a.Identity.OpenAccount(ctx, builder, identity.NewAccount{
		Role: role, Title: title, Place: p.Name, InstitutionID: p.InstitutionID, AreaID: p.AreaID,
		CenterID: p.CenterID, Name: name, Email: email,
	})
	if err != nil {
		return Account{}, err
	}
	link, err := a.Identity.IssueLink(ctx, builder, id)
	if err != nil {
		return Account{}, err
	}
	if err := a.Identity.RedeemLink(ctx, access.Anonymous("demo"), link.ID, link.Sig, Password); err != nil {
		return Account{}, err
	}
	p.Actors[role] = access.Actor{Account: id, Role: role, Institution: p.InstitutionID, Area: p.AreaID, Center: p.CenterID, Request: "demo"}
	return Account{Role: role, Name: name, Place: p.Name, Email: email}, nil
}
