package demo

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"sigue/internal/app"
	"sigue/internal/base/clock"
	"sigue/internal/feature/agenda"
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

// fates is skewed like life; it repeats over the referrals, so every state is there.
var fates = []fate{
	acceptedWithAppointment, acceptedWithAppointment, waits, acceptedWithAppointment, declined, acceptedWithAppointment,
	correctedThenAccepted, acceptedWithAppointment, returned, acceptedOnly, acceptedWithAppointment, withdrawn, waits,
	acceptedWithAppointment, expired, acceptedWithAppointment, reassigned, acceptedWithAppointment, minor, acceptedWithAppointment,
}

// teller makes cases by moving the clock through them.
type teller struct {
	app   *app.App
	clock *clock.Fake
	world *World
	now   time.Time
	dice  *rand.Rand
	paper []byte
}

// tell makes so many referrals, oldest first, and a few drafts.
func (t *teller) tell(ctx context.Context, referrals int) error {
	span := 170 * 24 * time.Hour
	for i := range referrals {
		at := t.now.Add(-span + span*time.Duration(i)/time.Duration(referrals) - time.Duration(t.dice.IntN(7))*time.Hour)
		if err := t.one(ctx, i, at); err != nil {
			return fmt.Errorf("demo: referral %d: %w", i, err)
		}
	}
	for i := range 3 {
		t.clock.Set(t.now.Add(-time.Duration(i+1) * 5 * time.Hour))
		clerk := t.world.Areas[0].Actors[access.Referrer]
		id, err := t.app.Referrals.StartDraft(ctx, clerk, "")
		if err != nil {
			return err
		}
		if i == 0 {
			continue // one that was begun and nothing more
		}
		if err := t.fill(ctx, clerk, id, 9000+i, referral.SectionPerson); err != nil {
			return err
		}
	}
	return nil
}

func (t *teller) one(ctx context.Context, i int, at time.Time) error {
	what := fates[i%len(fates)]
	switch what { // what is still open must be recent
	case waits:
		at = t.now.Add(-time.Duration(2+t.dice.IntN(70)) * time.Hour)
	case acceptedOnly:
		at = t.now.Add(-time.Duration(30+t.dice.IntN(80)) * time.Hour)
	case returned:
		at = t.now.Add(-time.Duration(40+t.dice.IntN(200)) * time.Hour)
	}
	area := t.area(i)
	clerk := area.Actors[access.Referrer]
	t.clock.Set(at)
	id, err := t.app.Referrals.StartDraft(ctx, clerk, "")
	if err != nil {
		return err
	}
	person := i
	if what == minor {
		person = -i - 1
	}
	if err := t.fill(ctx, clerk, id, person, referral.Sections...); err != nil {
		return err
	}
	t.clock.Set(at.Add(time.Duration(6+t.dice.IntN(9)) * time.Minute))
	if _, err := t.app.Referrals.Submit(ctx, clerk, id); err != nil {
		return err
	}
	if what == waits || what == minor {
		return nil
	}
	return t.answer(ctx, what, i, id, clerk, at)
}

// area picks who refers: the first court often, so that its panel has pages.
func (t *teller) area(i int) *Place {
	if i%7 == 0 {
		return &t.world.Areas[0]
	}
	return &t.world.Areas[t.dice.IntN(len(t.world.Areas))]
}

// center is the one that the suggestion would name.
func (t *teller) center(municipality string) *Place {
	for i, seed := range centerSeeds {
		for _, key := range seed.covers {
			if key == municipality {
				return &t.world.Centers[i]
			}
		}
	}
	return &t.world.Centers[0]
}

// later moves the clock some working hours on, never past now.
func (t *teller) later(from time.Time, hours int) time.Time {
	at := from.Add(time.Duration(hours) * time.Hour)
	if at.After(t.now) {
		at = t.now.Add(-time.Minute)
	}
	t.clock.Set(at)
	return at
}

func (t *teller) answer(ctx context.Context, what fate, i int, id string, clerk access.Actor, at time.Time) error {
	c := t.center(t.municipality(i))
	desk := c.Actors[access.Reception]
	s := t.app.Referrals
	at = t.later(at, 3+t.dice.IntN(20))
	switch what {
	case acceptedWithAppointment:
		return t.accept(ctx, c, id, at, true)
	case acceptedOnly:
		return t.accept(ctx, c, id, at, false)
	case declined:
		return s.Decline(ctx, desk, id, referral.Motive{Reason: []string{"duplicate", "mandate_too_short", "other_care_first"}[i%3]})
	case withdrawn:
		return s.Withdraw(ctx, clerk, id, referral.Motive{Reason: "revoked"})
	case reassigned:
		other := &t.world.Centers[(t.index(c)+1)%len(t.world.Centers)]
		if err := s.Reassign(ctx, desk, id, other.CenterID, referral.Motive{Reason: "closer"}); err != nil {
			return err
		}
		return t.accept(ctx, other, id, t.later(at, 5), true)
	}
	if err := s.Return(ctx, desk, id, referral.ReturnNote{Reasons: []string{"resolution_illegible"}, Note: "La segunda hoja de la resolución no se lee; adjúntela otra vez."}); err != nil {
		return err
	}
	if what == correctedThenAccepted {
		at = t.later(at, 30)
		if _, err := s.Submit(ctx, clerk, id); err != nil {
			return err
		}
		return t.accept(ctx, c, id, t.later(at, 6), true)
	}
	return nil // returned, or expired by the job that runs afterwards
}

func (t *teller) index(c *Place) int {
	for i := range t.world.Centers {
		if &t.world.Centers[i] == c {
			return i
		}
	}
	return 0
}

func (t *teller) accept(ctx context.Context, c *Place, id string, at time.Time, cite bool) error {
	desk := c.Actors[access.Reception]
	if _, err := t.app.Referrals.Open(ctx, desk, id); err != nil {
		return err
	}
	if !cite {
		return t.app.Agenda.AcceptLater(ctx, desk, id)
	}
	// As a receptionist does: the first free times of the third business day.
	day := clock.NewCalendar().Add(clock.DateOf(at), 3)
	arrival, err := t.app.Agenda.Arriving(ctx, desk, id, agenda.Search{From: day})
	if err != nil {
		return err
	}
	if len(arrival.Free.Slots) == 0 {
		return t.app.Agenda.AcceptLater(ctx, desk, id)
	}
	v := agenda.Visit{Mode: arrival.Free.Mode}
	agenda.ReadSlot(arrival.Free.Slots[t.dice.IntN(min(6, len(arrival.Free.Slots)))].Value(), &v)
	_, err = t.app.Agenda.Accept(ctx, desk, id, v)
	return err
}

// municipality is where the person of a referral lives.
func (t *teller) municipality(i int) string {
	seed := centerSeeds[i%len(centerSeeds)]
	return seed.covers[i/len(centerSeeds)%len(seed.covers)]
}

// fill writes the sections of a draft. A negative person is under age.
func (t *teller) fill(ctx context.Context, clerk access.Actor, id string, person int, sections ...referral.Section) error {
	young := person < 0
	if young {
		person = -person - 1
	}
	c := t.content(person, young)
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

func (t *teller) content(i int, young bool) referral.Content {
	today := clock.DateOf(t.clock.Now())
	municipality := t.municipality(i)
	age := 19 + i*13%42
	if young {
		age = 16
	}
	birth := today.AddMonths(-12*age - 3)
	until := today.AddMonths(8)
	return referral.Content{
		Person: referral.PersonSection{
			GivenNames: givenNames[i*3%len(givenNames)], Surname1: surnames[i*5%len(surnames)], Surname2: surnames[(i*11+4)%len(surnames)],
			BirthDate: birth.MX(), Sex: "H", Municipality: municipality, Phone: fmt.Sprintf("722 555 %04d", i%10000),
			SafeMessage: []string{"yes", "no", "unknown"}[i%3], WorkShift: []string{"morning", "afternoon", "night"}[i%3],
		},
		Basis: referral.BasisSection{
			LegalBasis: bases[i%len(bases)], Authority: "Autoridad de ejemplo", CaseKind: "judicial_file",
			CaseValue: fmt.Sprintf("%d/%d", 100+i, today.Year()), ResolvedOn: today.AddDays(-3).MX(), MandateSessions: "35",
			MandateUntil: until.MX(), Urgent: map[bool]string{true: "si"}[i%17 == 0],
		},
		Facts: referral.FactsSection{
			ViolenceTypes: []string{types[i%len(types)], "psychological"}, Modalities: []string{"family"}, Relation: relations[i%len(relations)],
			ProtectionOrder: []string{"yes", "no", "unknown"}[i%3], LivesWithVictim: "no", Weapon: "no", MinorsExposed: []string{"yes", "no"}[i%2],
			Narrative: "Caso ficticio de la demostración. La resolución ordena acudir al programa de reeducación.",
		},
		Center: referral.CenterSection{CenterID: t.center(municipality).CenterID},
	}
}

// paper draws the one PDF that every fictional referral carries.
func paper() ([]byte, error) {
	pdf := fpdf.New("P", "mm", "Letter", "")
	pdf.AddPage()
	pdf.SetFont("Helvetica", "", 14)
	pdf.CellFormat(0, 10, "RESOLUCION FICTICIA - DEMOSTRACION DE SIGUE", "", 1, "C", false, 0, "")
	var out bytes.Buffer
	err := pdf.Output(&out)
	return out.Bytes(), err
}
