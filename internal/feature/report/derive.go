package report

import (
	"context"
	"strings"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/followup"
	"sigue/internal/platform/ledger"
)

// What facts are derived of, as the ledger names its subjects.
const (
	ofReferral    = "referral"
	ofCase        = "case"
	ofAppointment = "appointment"
)

// fact is one thing that counts.
type fact struct {
	SubjectType string     `db:"subject_type"`
	SubjectID   string     `db:"subject_id"`
	Figure      Key        `db:"figure"`
	Origin      string     `db:"origin"`
	Day         clock.Date `db:"day"`
	place       `db:""`
	Amount      int64 `db:"amount"`
}

// place is all by which facts are told apart and summed.
type place struct {
	Month        string `db:"month"`
	Center       string `db:"center_id"`
	Service      string `db:"service"`
	Institution  string `db:"institution_id"`
	Municipality string `db:"municipality_key"`
	Basis        string `db:"basis"`
	Voluntary    string `db:"voluntary"`
	Sex          string `db:"sex"`
	AgeBand      string `db:"age_band"`
	Violence     string `db:"violence"`
	Modality     string `db:"modality"`
	Person       string `db:"person_id"` // of figures that count people
}

const (
	placeColumns = `month, center_id, service, institution_id, municipality_key, basis, voluntary, sex, age_band, violence, modality, person_id`
	factColumns  = `subject_type, subject_id, figure, origin, day, ` + placeColumns + `, amount`
)

func (p place) values() []any {
	return []any{p.Month, p.Center, p.Service, p.Institution, p.Municipality, p.Basis, p.Voluntary, p.Sex, p.AgeBand, p.Violence, p.Modality, p.Person}
}

func (f fact) values() []any {
	return append(append([]any{f.SubjectType, f.SubjectID, string(f.Figure), f.Origin, f.Day}, f.place.values()...), f.Amount)
}

// id tells a fact from all others, as the primary key does.
func (f fact) id() [4]string {
	return [4]string{f.SubjectType, f.SubjectID, string(f.Figure), f.Origin}
}

// about is what the facts of one referral or case file have in common.
type about struct {
	Institution  string     `db:"institution_id"`
	Center       string     `db:"center_id"`
	Basis        string     `db:"basis"`
	Municipality string     `db:"municipality_key"`
	Sex          string     `db:"sex"`
	Birth        clock.Date `db:"birth_date"`
	Age          int        `db:"estimated_age"`
	Voluntary    string     `db:"-"`
	Violence     string     `db:"-"`
	Modality     string     `db:"-"`
}

// on is one fact of a day.
func (a about) on(s ledger.Subject, figure Key, origin string, day clock.Date, center string) fact {
	return fact{
		SubjectType: s.Type, SubjectID: s.ID, Figure: figure, Origin: origin, Day: day, Amount: 1,
		place: place{Month: clock.MonthOf(day).String(), Center: center, Institution: a.Institution, Municipality: a.Municipality,
			Basis: a.Basis, Voluntary: a.Voluntary, Sex: a.Sex, AgeBand: ageBand(a.Birth, a.Age, day), Violence: a.Violence, Modality: a.Modality},
	}
}

// describeTx adds what a referral tells of the violence.
func (a *about) describeTx(ctx context.Context, tx *db.Tx, referral string, voluntary bool) error {
	a.Voluntary = no
	if voluntary {
		a.Voluntary = yes
	}
	var rows []struct {
		List string `db:"catalogue"`
		Code string `db:"code"`
	}
	if err := tx.Select(ctx, &rows, `select catalogue, code from referral_violence where referral_id = $1 order by catalogue, code`, referral); err != nil {
		return err
	}
	lists := map[string][]string{}
	for _, r := range rows {
		lists[r.List] = append(lists[r.List], r.Code)
	}
	a.Violence, a.Modality = strings.Join(lists[catalogue.ViolenceType], ","), strings.Join(lists[catalogue.Modality], ",")
	return nil
}

// ageBands are the bands by which people are counted, oldest last.
var ageBands = []Choice{
	{"0-17", i18n.M("Menos de 18 años")}, {"18-29", i18n.M("18 a 29 años")}, {"30-44", i18n.M("30 a 44 años")},
	{"45-59", i18n.M("45 a 59 años")}, {"60+", i18n.M("60 años o más")},
}

// ageBand is the age on a day, as a band; an estimated age is taken as it was written,
// and what nobody knows is empty.
func ageBand(birth clock.Date, estimated int, day clock.Date) string {
	age := estimated
	if !birth.IsZero() {
		age = birth.YearsUntil(day)
	}
	if age <= 0 {
		return ""
	}
	band := 0
	for _, from := range []int{18, 30, 45, 60} {
		if age >= from {
			band++
		}
	}
	return ageBands[band].Value
}

// deriveTx makes the facts of one subject from the tables of the other rooms. It is the
// only place that says what counts.
func (s *Service) deriveTx(ctx context.Context, tx *db.Tx, of ledger.Subject) ([]fact, error) {
	switch of.Type {
	case ofReferral:
		return s.referralFactsTx(ctx, tx, of)
	case ofCase:
		return caseFactsTx(ctx, tx, of)
	}
	return sessionFactsTx(ctx, tx, of)
}

const personColumns = `coalesce(p.municipality_key, '') as municipality_key, coalesce(p.sex, '') as sex,
	p.birth_date, coalesce(p.estimated_age, 0) as estimated_age`

func (s *Service) referralFactsTx(ctx context.Context, tx *db.Tx, of ledger.Subject) ([]fact, error) {
	var rows []struct {
		about     `db:""`
		Submitted db.Time `db:"submitted_at"`
		Accepted  db.Time `db:"accepted_at"`
		Declined  db.Time `db:"declined_at"`
	}
	if err := tx.Select(ctx, &rows, `select r.institution_id, r.center_id, r.legal_basis as basis, `+personColumns+`,
			r.submitted_at, r.accepted_at, r.declined_at
		from referrals r left join persons p on p.id = r.person_id
		where r.id = $1 and r.submitted_at is not null`, of.ID); err != nil || len(rows) == 0 {
		return nil, err
	}
	var returns []struct {
		ID string  `db:"id"`
		At db.Time `db:"at"`
	}
	if err := tx.Select(ctx, &returns, `select id, at from referral_returns where referral_id = $1`, of.ID); err != nil {
		return nil, err
	}
	lists, err := s.catalogue.ListsTx(ctx, tx)
	if err != nil {
		return nil, err
	}
	r := rows[0]
	basis, _ := lists.LegalBasis(r.Basis)
	if err := r.describeTx(ctx, tx, of.ID, basis.Voluntary); err != nil {
		return nil, err
	}
	var out []fact
	add := func(figure Key, origin string, at db.Time) {
		if !at.IsZero() {
			out = append(out, r.on(of, figure, origin, clock.DateOf(at.Time), r.Center))
		}
	}
	add(Referrals, "", r.Submitted)
	add(Accepted, "", r.Accepted)
	add(Declined, "", r.Declined)
	for _, one := range returns {
		add(Returned, one.ID, one.At)
	}
	return out, nil
}

// moved is a transfer: until At the case file was at From.
type moved struct {
	From string  `db:"from_center"`
	At   db.Time `db:"at"`
}

// caseRow is a case file with the mandate that joined first, with which it counts.
type caseRow struct {
	about      `db:""`
	Person     string  `db:"person_id"`
	Referral   string  `db:"referral_id"`
	Willing    bool    `db:"willing"`
	Submitted  db.Time `db:"submitted_at"`
	Presented  db.Time `db:"presented_at"`
	Admitted   db.Time `db:"admitted_at"`
	Completed  db.Time `db:"completed_at"`
	Discharged db.Time `db:"discharged_at"`
}

func caseFactsTx(ctx context.Context, tx *db.Tx, of ledger.Subject) ([]fact, error) {
	var rows []caseRow
	if err := tx.Select(ctx, &rows, `select coalesce(m.institution_id, '') as institution_id, c.center_id, c.person_id, coalesce(m.basis, '') as basis,
			coalesce(m.referral_id, '') as referral_id, coalesce(m.voluntary, c.voluntary) as willing, `+personColumns+`,
			r.submitted_at, c.presented_at, c.admitted_at, c.completed_at, c.discharged_at
		from case_files c left join persons p on p.id = c.person_id
		left join case_mandates m on m.case_file_id = c.id
		left join referrals r on r.id = m.referral_id
		where c.id = $1 order by m.joined_at, m.referral_id limit 1`, of.ID); err != nil || len(rows) == 0 {
		return nil, err
	}
	c := rows[0]
	if err := c.describeTx(ctx, tx, c.Referral, c.Willing); err != nil {
		return nil, err
	}
	var moves []moved
	if err := tx.Select(ctx, &moves, `select from_center, at from transfers where case_file_id = $1 order by at, id`, of.ID); err != nil {
		return nil, err
	}
	out := c.steps(of, moves)
	came, err := attendancesTx(ctx, tx, of.ID)
	if err != nil {
		return nil, err
	}
	out = append(out, c.contacts(of, came)...)
	followed, err := followedTx(ctx, tx, of.ID)
	for _, f := range followed {
		fact := c.on(of, f.figure(), f.ID, f.Answered, f.Center)
		if f.Side == bySide {
			fact.Institution = f.Institution
		}
		out = append(out, fact)
	}
	return out, err
}

// steps are the facts of the way of a case file, each at the center that had it that day.
func (c caseRow) steps(of ledger.Subject, moves []moved) []fact {
	var out []fact
	for figure, at := range map[Key]db.Time{Presented: c.Presented, Admissions: c.Admitted, Completions: c.Completed, Discharges: c.Discharged} {
		if !at.IsZero() {
			out = append(out, c.on(of, figure, "", clock.DateOf(at.Time), centerAt(moves, c.Center, at)))
		}
	}
	if !c.Presented.IsZero() && !c.Submitted.IsZero() {
		day := clock.DateOf(c.Presented.Time)
		waited := c.on(of, waited, "", day, centerAt(moves, c.Center, c.Presented))
		waited.Amount = int64(max(0, clock.DateOf(c.Submitted.Time).DaysUntil(day)))
		out = append(out, waited)
	}
	return out
}

// contacts are the facts of the attendances of a case file. For the people who were attended
// there is one for each month, center and service area in which it came.
func (c caseRow) contacts(of ledger.Subject, came []attended) []fact {
	var out []fact
	months := map[string]bool{}
	for _, one := range came {
		day := clock.DateOf(one.Starts.Time)
		add := func(figure Key, origin, person string) {
			f := c.on(of, figure, origin, day, one.Center)
			f.Service, f.Person = one.Service, person
			out = append(out, f)
		}
		add(Expected, one.ID, "")
		if !one.Outcome.Came() {
			continue
		}
		add(Contacts, one.ID, "")
		if once := clock.MonthOf(day).String() + " " + one.Center + " " + one.Service; !months[once] {
			months[once] = true
			add(People, once, c.Person)
		}
	}
	return out
}

// centerAt is the center that had a case file at an instant.
func centerAt(moves []moved, now string, at db.Time) string {
	for _, m := range moves {
		if at.Before(m.At.Time) {
			return m.From
		}
	}
	return now
}

// attended is one recorded attendance.
type attended struct {
	ID      string         `db:"id"`
	Center  string         `db:"center_id"`
	Service string         `db:"service"`
	Starts  db.Time        `db:"starts_at"`
	Outcome agenda.Outcome `db:"outcome"`
}

// first is the service of a first appointment, which belongs to no area.
const first = "first"

// serviceOf is the service area of an appointment a: that of its part of the program.
const serviceOf = `case a.kind when 'first' then '` + first + `' else coalesce((select n.area from program_components n where n.id = a.component_id),
	(select n.area from program_groups g join program_components n on n.id = g.component_id where g.id = a.group_id), '') end as service`

func attendancesTx(ctx context.Context, tx *db.Tx, caseID string) ([]attended, error) {
	var rows []attended
	err := tx.Select(ctx, &rows, `select a.id, a.center_id, `+serviceOf+`, a.starts_at, t.outcome
		from attendances t join appointments a on a.id = t.appointment_id
		where t.case_id = $1 and a.ended_at is null order by a.starts_at, a.id`, caseID)
	return rows, err
}

// sessionFactsTx counts an appointment to which somebody came, once, whoever came.
func sessionFactsTx(ctx context.Context, tx *db.Tx, of ledger.Subject) ([]fact, error) {
	var rows []attended
	err := tx.Select(ctx, &rows, `select a.id, a.center_id, `+serviceOf+`, a.starts_at, '' as outcome
		from appointments a where a.id = $1 and a.ended_at is null
		and exists (select 1 from attendances t where t.appointment_id = a.id and t.outcome in ($2, $3))`,
		of.ID, string(agenda.Present), string(agenda.Late))
	var out []fact
	for _, a := range rows {
		f := about{}.on(of, Sessions, "", clock.DateOf(a.Starts.Time), a.Center)
		f.Service = a.Service
		out = append(out, f)
	}
	return out, err
}

// bySide is the side of a follow-up that an institution makes.
const bySide = string(followup.OfInstitution)

// followed is a follow-up that was answered.
type followed struct {
	ID          string     `db:"id"`
	Side        string     `db:"side"`
	Center      string     `db:"center_id"`
	Institution string     `db:"institution_id"`
	Answered    clock.Date `db:"answered_on"`
	Reached     string     `db:"reached"`
}

func (f followed) figure() Key {
	switch {
	case f.Side == bySide:
		return FollowupsInstitution
	case f.Reached == yes:
		return FollowupsReached
	}
	return FollowupsUnreached
}

func followedTx(ctx context.Context, tx *db.Tx, caseID string) ([]followed, error) {
	var rows []followed
	err := tx.Select(ctx, &rows, `select id, side, center_id, institution_id, answered_on, reached from followups
		where case_id = $1 and answers > 0 and answered_on is not null order by id`, caseID)
	return rows, err
}
