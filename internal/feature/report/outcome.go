package report

import (
	"context"
	"strconv"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
)

// Step is one step of the way, with how many people took it.
type Step struct {
	Name  i18n.Msg
	Count int64
}

// Survival is the share of those admitted who were still in the program, or had completed it,
// so many months after their admission (Kaplan–Meier: who is still on his way is counted for
// as long as he was seen).
type Survival struct {
	Month  int
	Share  float64
	AtRisk int64 // who was seen for that long
}

// Band is how many service contacts somebody had.
type Band struct {
	Name      i18n.Msg
	Count     int64
	Completed int64
	Left      int64 // discharged without completing
}

// After is what is known of people twelve months later. What is unknown stays unknown.
type After struct {
	Count   int64
	Relapse int64
	None    int64 // no relapse, as somebody said
	Unknown int64
}

// Outcomes are those of the people who were referred in a period.
type Outcomes struct {
	Period
	Funnel     []Step
	Admitted   int64
	Survival   []Survival
	Bands      []Band
	Completers After // of those who completed
	All        After // of all who were admitted, whether they stayed or not
}

// followed12 is the follow-up at twelve months.
const followed12 = 12

// survivalMonths is how far the curve goes.
const survivalMonths = 12

// process is what became of one person who was referred, in what counts for outcomes.
type process struct {
	Person     string  `db:"person_id"`
	Presented  bool    `db:"presented"`
	Admitted   db.Time `db:"admitted_at"`
	Completed  db.Time `db:"completed_at"`
	Discharged db.Time `db:"discharged_at"`
	Prescribed int64   `db:"prescribed"`
	Done       int64   `db:"done"`
	Contacts   int64   `db:"contacts"`
	Reached    bool    `db:"reached"`
	Relapse    string  `db:"relapse"`
}

// Outcomes follows the people whose first referral to this process was sent in the months of
// the filter, at the centers that the actor reaches. A person counts once: with the process
// that went furthest.
func (s *Service) Outcomes(ctx context.Context, actor access.Actor, filter Filter) (*Outcomes, error) {
	scope, err := actor.Require(access.StatisticsRead)
	if err != nil {
		return nil, err
	}
	var out *Outcomes
	err = s.db.View(ctx, func(tx *db.Tx) error {
		q, err := s.queryTx(ctx, tx, scope, filter)
		if err != nil {
			return err
		}
		rows, err := processesTx(ctx, tx, q)
		if err == nil {
			out = outcomesOf(q.Period, rows, clock.DateOf(tx.Now()))
		}
		return err
	})
	return out, err
}

// processesTx reads the people of a cohort, who are told apart by their referrals.
func processesTx(ctx context.Context, tx *db.Tx, q query) ([]process, error) {
	var args db.Args
	// The case file of a referral is that of its mandate.
	where := q.where(&args, string(Referrals))
	contacts, months := args.Add(string(Contacts)), args.Add(followed12)
	var rows []process
	err := tx.Select(ctx, &rows, `select r.person_id, max(case when c.presented_at is null then 0 else 1 end) = 1 as presented,
			c.admitted_at, c.completed_at, c.discharged_at,
			coalesce(max((select sum(n.prescribed) from plan_components n where n.case_file_id = c.id)), 0) as prescribed,
			coalesce(max((select sum(n.done_sessions) from plan_components n where n.case_file_id = c.id)), 0) as done,
			coalesce(max((select sum(k.amount) from report_facts k where k.subject_type = 'case' and k.subject_id = c.id and k.figure = `+contacts+`)), 0) as contacts,
			max(case when u.reached = 'yes' then 1 else 0 end) = 1 as reached, coalesce(max(nullif(u.relapse, '')), '') as relapse
		from report_facts f join referrals r on r.id = f.subject_id
		left join case_mandates m on m.referral_id = r.id
		left join case_files c on c.id = m.case_file_id
		left join followups u on u.case_id = c.id and u.side = 'center' and u.months = `+months+`
		where `+where+` group by r.person_id, c.id, c.admitted_at, c.completed_at, c.discharged_at order by r.person_id`, args...)
	return rows, err
}

// furthest tells how far a process went, to choose among those of one person.
func (p process) furthest() int {
	switch {
	case !p.Completed.IsZero():
		return 3
	case !p.Admitted.IsZero():
		return 2
	case p.Presented:
		return 1
	}
	return 0
}

func outcomesOf(period Period, rows []process, today clock.Date) *Outcomes {
	people := map[string]process{}
	for _, r := range rows {
		if had, ok := people[r.Person]; !ok || r.furthest() > had.furthest() {
			people[r.Person] = r
		}
	}
	out := &Outcomes{Period: period, Bands: []Band{{Name: i18n.M("De 1 a 12 asesorías")}, {Name: i18n.M("13 asesorías o más")}}}
	steps := make([]int64, 6)
	var leave, seen [survivalMonths + 1]int64 // by months since the admission
	for _, p := range people {
		steps[0]++
		for i, took := range []bool{p.Presented, !p.Admitted.IsZero(), !p.Admitted.IsZero() && p.Prescribed > 0 && 2*p.Done >= p.Prescribed || !p.Completed.IsZero(),
			!p.Completed.IsZero(), !p.Completed.IsZero() && p.Reached} {
			if took {
				steps[i+1]++
			}
		}
		out.band(p)
		if p.Admitted.IsZero() {
			continue
		}
		out.Admitted++
		out.All.add(p)
		if !p.Completed.IsZero() {
			out.Completers.add(p)
		}
		stay(p, today, &leave, &seen)
	}
	for i, name := range []i18n.Msg{i18n.M("Canalizadas"), i18n.M("Se presentaron"), i18n.M("Ingresaron al programa"), i18n.M("Llegaron a la mitad"),
		i18n.M("Concluyeron"), i18n.M("Localizadas a los 12 meses")} {
		out.Funnel = append(out.Funnel, Step{name, steps[i]})
	}
	out.Survival = survivalOf(leave, seen)
	return out
}

// stay adds one person to the curve: the month in which he left, or until which he was seen.
// Who completed stayed, however short the program was.
func stay(p process, today clock.Date, leave, seen *[survivalMonths + 1]int64) {
	from := clock.DateOf(p.Admitted.Time)
	until, left := today, false
	switch {
	case !p.Completed.IsZero():
		seen[survivalMonths]++
		return
	case !p.Discharged.IsZero():
		until, left = clock.DateOf(p.Discharged.Time), true
	}
	month := 0
	for month < survivalMonths && !until.Before(from.AddMonths(month+1)) {
		month++
	}
	if left && month < survivalMonths {
		leave[month]++
	} else {
		seen[month]++
	}
}

// survivalOf multiplies the shares of those who stayed in each month, of those at risk.
func survivalOf(leave, seen [survivalMonths + 1]int64) []Survival {
	var atRisk int64
	for i := range leave {
		atRisk += leave[i] + seen[i]
	}
	share := 1.0
	out := []Survival{{0, 1, atRisk}}
	for month := range survivalMonths {
		if atRisk == 0 {
			break
		}
		share *= float64(atRisk-leave[month]) / float64(atRisk)
		out = append(out, Survival{month + 1, share, atRisk})
		atRisk -= leave[month] + seen[month]
	}
	return out
}

func (o *Outcomes) band(p process) {
	if p.Contacts == 0 {
		return
	}
	b := &o.Bands[0]
	if p.Contacts >= 13 {
		b = &o.Bands[1]
	}
	b.Count++
	switch {
	case !p.Completed.IsZero():
		b.Completed++
	case !p.Discharged.IsZero():
		b.Left++
	}
}

func (a *After) add(p process) {
	a.Count++
	switch p.Relapse {
	case yes:
		a.Relapse++
	case no:
		a.None++
	default:
		a.Unknown++
	}
}

// Label is the month of a point of the curve.
func (s Survival) Label() i18n.Msg {
	if s.Month == 0 {
		return i18n.M("Al ingresar")
	}
	return i18n.M("A los %s meses", strconv.Itoa(s.Month))
}
