package demo

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"sigue/internal/app"
	"sigue/internal/base/clock"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/access"
)

// Invented names: no registry holds them, and nobody could take them for his own.
var (
	givenNames = []string{"Juan", "Pedro", "José Luis", "Miguel Ángel", "Carlos", "Óscar", "Raúl", "Ernesto", "Iñaki", "Saúl",
		"Víctor", "Hugo", "Ramón", "Tomás", "Agustín", "Efraín", "Isaías", "Jesús", "Martín", "Noé"}
	surnames = []string{"Ficticio", "Demo", "Ejemplo", "Prueba", "Inventado", "Imaginario", "Supuesto", "Modelo", "Muestra",
		"Ensayo", "Ñandú", "Güemes", "D'Ejemplo", "Simulado", "Hipotético", "Conjetura", "Boceto", "Borrador"}
)

func personName(n int) string {
	return givenNames[n%len(givenNames)] + " " + surnames[n/3%len(surnames)] + " " + surnames[(n*7+2)%len(surnames)]
}

// fate is what becomes of a referral.
type fate int

const (
	waits fate = iota
	acceptedWithAppointment
	acceptedOnly
	returned
	expired
	correctedThenAccepted
	declined
	withdrawn
	reassigned
	minor
)

// fates is skewed like life; it repeats over the referrals, and the first twenty hold
// each of them.
var fates = append([]fate{
	acceptedWithAppointment, acceptedWithAppointment, waits, acceptedWithAppointment, declined, acceptedWithAppointment,
	correctedThenAccepted, acceptedWithAppointment, returned, acceptedOnly, acceptedWithAppointment, withdrawn, waits,
	acceptedWithAppointment, expired, acceptedWithAppointment, reassigned, acceptedWithAppointment, minor, acceptedWithAppointment,
	withdrawn, declined, returned, expired, reassigned, acceptedOnly, minor, correctedThenAccepted,
}, slices.Repeat([]fate{acceptedWithAppointment}, 32)...)

// teller makes cases by moving the clock through them.
type teller struct {
	app      *app.App
	clock    *clock.Fake
	calendar clock.Calendar // of everyone
	world    *World
	houses   []*house // centers at work, the first one of the demonstration's accounts
	now      time.Time
	dice     *rand.Rand
	paper    []byte
	say      func(done, of int)

	ahead   scenes
	planned int
	stories []*story
	curps   map[string]int // whose it is
	cases   int
	leavers int

	unplaced int // visits for which no time was found
	asked    int // follow-ups that somebody looked at
}

// history is how far back the first of so many referrals lies.
func history(referrals int) time.Duration {
	if referrals < many {
		return 330 * 24 * time.Hour
	}
	return 540 * 24 * time.Hour
}

// tell makes so many referrals, oldest first, what became of them until now, and a few
// drafts.
func (t *teller) tell(ctx context.Context, referrals int) error {
	for i := range referrals {
		what := fates[i%len(fates)]
		at := t.when(i, referrals, what)
		t.on(at, func(ctx context.Context) error {
			if t.say != nil && i%20 == 0 {
				t.say(i, referrals)
			}
			if err := t.refer(ctx, fresh{n: i, person: i, area: t.area(i), fate: what, at: at}); err != nil {
				return fmt.Errorf("demo: referral %d: %w", i, err)
			}
			return nil
		})
	}
	t.extras(referrals)
	if referrals > 0 {
		t.exemplar()
		t.newcomer()
		t.routine(t.clock.Now())
	}
	t.figures()
	if err := t.surveys(ctx); err != nil {
		return err
	}
	if err := t.play(ctx); err != nil {
		return err
	}
	if err := t.explainGoals(ctx); err != nil {
		return err
	}
	return t.drafts(ctx)
}

// when is when a referral is made: more of late than long ago, and recently what is
// still open.
func (t *teller) when(i, of int, what fate) time.Time {
	back := math.Pow(1-(float64(i)+0.5)/float64(of), 1.5)
	at := t.now.Add(-time.Duration(back*float64(history(of))) - time.Duration(t.dice.IntN(7))*time.Hour)
	before := func(hours int) time.Time { return t.now.Add(-time.Duration(hours) * time.Hour) }
	switch what {
	case waits:
		return before(2 + t.dice.IntN(40))
	case acceptedOnly:
		return before(30 + t.dice.IntN(60))
	case returned:
		return before(140 + t.dice.IntN(96))
	case expired:
		return earlier(at, before(30*24))
	case declined, withdrawn, reassigned, correctedThenAccepted:
		return earlier(at, before(8*24))
	case acceptedWithAppointment:
		if !t.houseOf(i).staffed() {
			return before(30 + t.dice.IntN(90))
		}
	}
	return at
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// drafts leaves a few referrals that were begun.
func (t *teller) drafts(ctx context.Context) error {
	for i := range 3 {
		t.clock.Set(t.now.Add(-time.Duration(3-i) * 5 * time.Hour))
		clerk := t.world.Areas[0].Actors[access.Referrer]
		id, err := t.app.Referrals.StartDraft(ctx, clerk, "")
		if err != nil {
			return err
		}
		if i == 0 {
			continue // one that was begun and nothing more
		}
		if err := t.fill(ctx, clerk, id, t.content(9000+i, 9000+i, false), referral.SectionPerson); err != nil {
			return err
		}
	}
	return nil
}

// fresh is a referral that is to be made.
type fresh struct {
	n      int // of the referral, which makes its facts
	person int // whom it is about
	area   *Place
	fate   fate
	at     time.Time
}

// refer makes a referral and sends it; what becomes of it follows.
func (t *teller) refer(ctx context.Context, f fresh) error {
	clerk := f.area.Actors[access.Referrer]
	id, err := t.app.Referrals.StartDraft(ctx, clerk, "")
	if err != nil {
		return err
	}
	if err := t.fill(ctx, clerk, id, t.content(f.person, f.n, f.fate == minor), referral.Sections...); err != nil {
		return err
	}
	t.clock.Advance(time.Duration(6+t.dice.IntN(9)) * time.Minute)
	if _, err := t.app.Referrals.Submit(ctx, clerk, id); err != nil {
		return err
	}
	if f.fate != waits && f.fate != minor {
		t.on(t.soon(f.at.Add(time.Duration(2+t.dice.IntN(8))*time.Hour)), func(ctx context.Context) error { return t.answer(ctx, f, id) })
	}
	return nil
}

// area picks who refers: the first court often, so that its panel has pages.
func (t *teller) area(i int) *Place {
	if i%7 == 0 {
		return &t.world.Areas[0]
	}
	return &t.world.Areas[t.dice.IntN(len(t.world.Areas))]
}

// answer is what the center does with a referral, or its authority.
func (t *teller) answer(ctx context.Context, f fresh, id string) error {
	h, clerk, s := t.houseOf(f.person), f.area.Actors[access.Referrer], t.app.Referrals
	switch f.fate {
	case acceptedWithAppointment, acceptedOnly:
		return t.accept(ctx, h, f, id)
	case declined:
		return s.Decline(ctx, h.desk, id, referral.Motive{Reason: []string{"duplicate", "mandate_too_short", "other_care_first"}[f.n%3]})
	case withdrawn:
		return s.Withdraw(ctx, clerk, id, referral.Motive{Reason: "revoked"})
	case reassigned:
		to := t.houses[(slices.Index(t.houses, h)+1)%len(t.houses)]
		if err := s.Reassign(ctx, h.desk, id, to.CenterID, referral.Motive{Reason: "closer"}); err != nil {
			return err
		}
		t.on(t.soon(t.clock.Now().Add(5*time.Hour)), func(ctx context.Context) error { return t.accept(ctx, to, f, id) })
		return nil
	}
	if err := s.Return(ctx, h.desk, id, referral.ReturnNote{Reasons: []string{"resolution_illegible"}, Note: "La segunda hoja de la resolución no se lee; adjúntela otra vez."}); err != nil {
		return err
	}
	switch f.fate {
	case correctedThenAccepted:
		t.on(t.workday(t.clock.Now(), 1), func(ctx context.Context) error {
			if _, err := s.Submit(ctx, clerk, id); err != nil {
				return err
			}
			t.on(t.soon(t.clock.Now().Add(4*time.Hour)), func(ctx context.Context) error { return t.accept(ctx, h, f, id) })
			return nil
		})
	case expired:
		t.on(t.workday(t.clock.Now(), 11), func(ctx context.Context) error {
			_, err := s.ExpireOverdue(ctx, access.System("expiry", access.JobRun))
			return err
		})
	}
	return nil // or it waits for its correction
}

// accept takes a referral in, mostly with its first appointment.
func (t *teller) accept(ctx context.Context, h *house, f fresh, id string) error {
	if _, err := t.app.Referrals.Open(ctx, h.desk, id); err != nil {
		return fmt.Errorf("opening at %s: %w", h.Name, err)
	}
	if !h.staffed() || f.fate == acceptedOnly {
		return t.app.Agenda.AcceptLater(ctx, h.desk, id)
	}
	s := t.known(f.person, h)
	if s == nil {
		s = t.begin(f.person, h, id)
		s.area = f.area
	}
	v := t.seek(h, s, h.of(access.SocialWork, access.Psychology, access.Legal), t.mode(s, 8), t.calendar.Add(t.today(), 2))
	if v == nil {
		return fmt.Errorf("no time for a first appointment at %s", h.Name)
	}
	var err error
	if v.id, err = t.app.Agenda.Accept(ctx, h.desk, id, v.form()); err != nil {
		return fmt.Errorf("accepting for %s: %w", clock.FormatMX(v.at), err)
	}
	if s.papers() {
		if _, err := t.app.Papers.Summon(ctx, h.desk, v.id); err != nil {
			return fmt.Errorf("summons: %w", err)
		}
	}
	if s.id != "" { // he is in a process already: one more mandate
		t.hold(s, v, func(context.Context, bool) error { return nil })
		return nil
	}
	if s.id, err = t.caseOf(ctx, id); err != nil {
		return fmt.Errorf("case of a referral: %w", err)
	}
	t.hold(s, v, func(ctx context.Context, came bool) error { return t.first(ctx, s, came) })
	return nil
}

// known gives the story of somebody whose process goes on at a center.
func (t *teller) known(person int, h *house) *story {
	for _, s := range t.stories {
		if s.n == person && s.house == h && !s.over && s.curp {
			return s
		}
	}
	return nil
}

// load is how the centers share the referrals: the first has most.
var load = []int{0, 1, 0, 2, 3, 0, 4, 1, 0, 5, 2, 0, 1, 6, 0, 3, 2, 0, 7, 1}

// fewLoad is how they share a few.
var fewLoad = []int{0, 1, 0, 0, 1, 2, 0, 1, 0, 0, 3, 1, 0, 4, 0, 1, 5, 0, 6, 7}

// nearest is the center that the suggestion would name for a person.
func (t *teller) nearest(i int) int {
	if !t.houses[len(t.houses)-1].staffed() {
		return fewLoad[i%len(fewLoad)]
	}
	return load[i%len(load)]
}

func (t *teller) houseOf(i int) *house { return t.houses[t.nearest(i)] }

// municipality is where a person lives.
func (t *teller) municipality(i int) string {
	seed := centerSeeds[t.nearest(i)]
	return seed.covers[i/len(load)%len(seed.covers)]
}

// fill writes the sections of a draft.
func (t *teller) fill(ctx context.Context, clerk access.Actor, id string, c referral.Content, sections ...referral.Section) error {
	for version, section := range sections {
		if section == referral.SectionPapers {
			if _, err := t.app.Referrals.Attach(ctx, clerk, id, "resolution", "resolucion.pdf", bytes.NewReader(t.paper)); err != nil {
				return err
			}
			continue
		}
		if version > 3 {
			version = 3 // papers do not count as a version of the text
		}
		if _, err := t.app.Referrals.SaveSection(ctx, clerk, id, section, version, func(part any) error {
			return assign(part, c)
		}); err != nil {
			return err
		}
	}
	return nil
}

func assign(part any, c referral.Content) error {
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

var (
	bases     = []string{"conditional_suspension", "protection_order", "family_ruling", "civic_sanction", "judgment", "recommendation"}
	types     = []string{"psychological", "physical", "economic", "patrimonial", "sexual", "vicarious"}
	relations = []string{"spouse", "partner", "ex_partner", "other_relative", "ex_spouse"}
)

// content is what a referral says: of a person, and of the facts of the nth referral.
func (t *teller) content(person, n int, young bool) referral.Content {
	today := clock.DateOf(t.clock.Now())
	until := today.AddMonths(10 + n%6)
	return referral.Content{
		Person: t.person(person, young),
		Basis: referral.BasisSection{
			LegalBasis: bases[n%len(bases)], Authority: "Autoridad de ejemplo", CaseKind: "judicial_file",
			CaseValue: fmt.Sprintf("%d/%d", 100+n, today.Year()), ResolvedOn: today.AddDays(-3).MX(),
			MandateSessions: []string{"", "", "25", "", "30"}[n%5], MandateUntil: until.MX(), Urgent: map[bool]string{true: "si"}[n%17 == 0],
		},
		Facts: referral.FactsSection{
			ViolenceTypes: []string{types[n%len(types)], "psychological"}, Modalities: []string{"family"}, Relation: relations[n%len(relations)],
			ProtectionOrder: []string{"yes", "no", "unknown"}[n%3], LivesWithVictim: "no", Weapon: "no", MinorsExposed: []string{"yes", "no"}[n%2],
			Narrative: "Caso ficticio de la demostración. La resolución ordena acudir al programa de reeducación.",
		},
		Center: referral.CenterSection{CenterID: t.houseOf(person).CenterID},
	}
}

// person is the same in each of his referrals.
func (t *teller) person(i int, young bool) referral.PersonSection {
	age := 21 + i*13%42
	if young {
		age = 16
	}
	birth := clock.DateOf(t.now).AddMonths(-12*age - 3).AddDays(-i * 37 % 300)
	if young {
		birth = clock.DateOf(t.clock.Now()).AddMonths(-12*age - 3)
	}
	p := referral.PersonSection{
		GivenNames: givenNames[(i*3+i/len(fates)*7)%len(givenNames)], Surname1: surnames[i*5%len(surnames)],
		Surname2: surnames[(i*11+4+i/len(fates)*5)%len(surnames)], BirthDate: birth.MX(), Sex: "H", Municipality: t.municipality(i), Phone: fmt.Sprintf("722 555 %04d", i%10000),
		SafeMessage: []string{"yes", "no", "unknown"}[i%3], WorkShift: []string{"morning", "afternoon", "night"}[i%3],
	}
	if i == exemplarNumber {
		p = named(p)
	}
	if code := curp(p, birth); hasCURP(i) && !young {
		if of, taken := t.curps[code]; !taken || of == i {
			t.curps[code], p.CURP = i, code
		}
	}
	if i%6 == 1 && p.SafeMessage != "no" {
		p.Email = fmt.Sprintf("persona%d@correo.example", i)
	}
	return p
}

// hasCURP tells whether a person knows his.
func hasCURP(i int) bool { return i%5 != 2 }

// resolution draws the one PDF that every fictional referral carries.
func resolution() ([]byte, error) {
	pdf := fpdf.New("P", "mm", "Letter", "")
	pdf.AddPage()
	pdf.SetFont("Helvetica", "", 14)
	pdf.CellFormat(0, 10, "RESOLUCION FICTICIA - DEMOSTRACION DE SIGUE", "", 1, "C", false, 0, "")
	var out bytes.Buffer
	err := pdf.Output(&out)
	return out.Bytes(), err
}
