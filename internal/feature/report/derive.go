package report

import (
	"context"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/feature/agenda"
	"sigue/internal/platform/ledger"
)

// What facts are derived of, as the ledger names its subjects.
const (
	ofReferral = "referral"
	ofCase     = "case"
)

// fact is one thing that counts.
type fact struct {
	SubjectType  string     `db:"subject_type"`
	SubjectID    string     `db:"subject_id"`
	Figure       Key        `db:"figure"`
	Origin       string     `db:"origin"`
	Day          clock.Date `db:"day"`
	Month        string     `db:"month"`
	Center       string     `db:"center_id"`
	Institution  string     `db:"institution_id"`
	Area         string     `db:"area_id"`
	Municipality string     `db:"municipality_key"`
	Basis        string     `db:"basis"`
	Sex          string     `db:"sex"`
	AgeBand      string     `db:"age_band"`
	Amount       int64      `db:"amount"`
}

const factColumns = `subject_type, subject_id, figure, origin, day, month, center_id, institution_id, area_id,
	municipality_key, basis, sex, age_band, amount`

// id tells a fact from all others, as the primary key does.
func (f fact) id() [4]string {
	return [4]string{f.SubjectType, f.SubjectID, string(f.Figure), f.Origin}
}

// about is what the facts of one subject have in common.
type about struct {
	Institution  string     `db:"institution_id"`
	Area         string     `db:"area_id"`
	Center       string     `db:"center_id"`
	Basis        string     `db:"basis"`
	Municipality string     `db:"municipality_key"`
	Sex          string     `db:"sex"`
	Birth        clock.Date `db:"birth_date"`
	Age          int        `db:"estimated_age"`
}

// on is one fact of a day.
func (a about) on(s ledger.Subject, figure Key, origin string, day clock.Date, center string) fact {
	return fact{
		SubjectType: s.Type, SubjectID: s.ID, Figure: figure, Origin: origin, Day: day, Month: clock.MonthOf(day).String(),
		Center: center, Institution: a.Institution, Area: a.Area, Municipality: a.Municipality, Basis: a.Basis, Sex: a.Sex,
		AgeBand: ageBand(a.Birth, a.Age, day), Amount: 1,
	}
}

// ageBand is the age on a day, as a band; an estimated age is taken as it was written,
// and what nobody knows is empty.
func ageBand(birth clock.Date, estimated int, day clock.Date) string {
	age := estimated
	if !birth.IsZero() {
		age = birth.YearsUntil(day)
	}
	switch {
	case age <= 0:
		return ""
	case age < 18:
		return "0-17"
	case age < 30:
		return "18-29"
	case age < 45:
		return "30-44"
	case age < 60:
		return "45-59"
	}
	return "60+"
}

// deriveTx makes the facts of one subject from the tables of the other rooms. It is the
// only place that says what counts.
func deriveTx(ctx context.Context, tx *db.Tx, s ledger.Subject) ([]fact, error) {
	if s.Type == ofReferral {
		return referralFactsTx(ctx, tx, s)
	}
	return caseFactsTx(ctx, tx, s)
}

const personColumns = `coalesce(p.municipality_key, '') as municipality_key, coalesce(p.sex, '') as sex,
	p.birth_date, coalesce(p.estimated_age, 0) as estimated_age`

func referralFactsTx(ctx context.Context, tx *db.Tx, s ledger.Subject) ([]fact, error) {
	var rows []struct {
		about     `db:""`
		Submitted db.Time `db:"submitted_at"`
		Accepted  db.Time `db:"accepted_at"`
		Declined  db.Time `db:"declined_at"`
	}
	if err := tx.Select(ctx, &rows, `select r.institution_id, r.area_id, r.center_id, r.legal_basis as basis, `+personColumns+`,
			r.submitted_at, r.accepted_at, r.declined_at
		from referrals r left join persons p on p.id = r.person_id
		where r.id = $1 and r.submitted_at is not null`, s.ID); err != nil || len(rows) == 0 {
		return nil, err
	}
	var returns []struct {
		ID string  `db:"id"`
		At db.Time `db:"at"`
	}
	if err := tx.Select(ctx, &returns, `select id, at from referral_returns where referral_id = $1`, s.ID); err != nil {
		return nil, err
	}
	r := rows[0]
	var out []fact
	add := func(figure Key, origin string, at db.Time) {
		if !at.IsZero() {
			out = append(out, r.on(s, figure, origin, clock.DateOf(at.Time), r.Center))
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

// caseFactsTx counts a case file with the institution, area and basis of the mandate that
// joined first.
func caseFactsTx(ctx context.Context, tx *db.Tx, s ledger.Subject) ([]fact, error) {
	var rows []struct {
		about      `db:""`
		Admitted   db.Time `db:"admitted_at"`
		Completed  db.Time `db:"completed_at"`
		Discharged db.Time `db:"discharged_at"`
	}
	if err := tx.Select(ctx, &rows, `select coalesce(m.institution_id, '') as institution_id, coalesce(m.area_id, '') as area_id,
			c.center_id, coalesce(m.basis, '') as basis, `+personColumns+`, c.admitted_at, c.completed_at, c.discharged_at
		from case_files c left join persons p on p.id = c.person_id
		left join case_mandates m on m.case_file_id = c.id
		where c.id = $1 order by m.joined_at, m.referral_id limit 1`, s.ID); err != nil || len(rows) == 0 {
		return nil, err
	}
	c := rows[0]
	var moves []moved
	if err := tx.Select(ctx, &moves, `select from_center, at from transfers where case_file_id = $1 order by at, id`, s.ID); err != nil {
		return nil, err
	}
	var out []fact
	for figure, at := range map[Key]db.Time{Admissions: c.Admitted, Completions: c.Completed, Discharges: c.Discharged} {
		if !at.IsZero() {
			out = append(out, c.on(s, figure, "", clock.DateOf(at.Time), centerAt(moves, c.Center, at)))
		}
	}
	came, err := attendancesTx(ctx, tx, s.ID)
	for _, one := range came {
		day := clock.DateOf(one.Starts.Time)
		out = append(out, c.on(s, Expected, one.ID, day, one.Center))
		if one.Outcome.Came() {
			out = append(out, c.on(s, Contacts, one.ID, day, one.Center))
		}
	}
	return out, err
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
	Starts  db.Time        `db:"starts_at"`
	Outcome agenda.Outcome `db:"outcome"`
}

func attendancesTx(ctx context.Context, tx *db.Tx, caseID string) ([]attended, error) {
	var rows []attended
	err := tx.Select(ctx, &rows, `select a.id, a.center_id, a.starts_at, t.outcome
		from attendances t join appointments a on a.id = t.appointment_id
		where t.case_id = $1 and a.ended_at is null`, caseID)
	return rows, err
}
