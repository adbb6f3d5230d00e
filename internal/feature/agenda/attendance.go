package agenda

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/vault"
)

// Outcome is whether a person came. It is one fact; that an absence was excused is a
// later one beside it.
type Outcome string

// The outcomes. Who was sent away did not take the session, and did not miss it either.
const (
	Present Outcome = "present"
	Late    Outcome = "late"
	Missed  Outcome = "absent"
	Removed Outcome = "removed"
)

// Excused is the mark for an absence that comes with its reason at once.
const Excused = "excused"

// Came tells whether the person took the session: a service contact.
func (o Outcome) Came() bool { return o == Present || o == Late }

// Label is the outcome on screen.
func (o Outcome) Label() i18n.Msg {
	switch o {
	case Present:
		return i18n.M("Asistió")
	case Late:
		return i18n.M("Llegó tarde")
	case Missed:
		return i18n.M("Faltó")
	case Removed:
		return i18n.M("Se le pidió salir")
	case Excused:
		return i18n.M("Justificó")
	}
	return i18n.Msg{}
}

// Attendance is one person at one appointment, as stored. Version 0: nothing recorded.
type Attendance struct {
	AppointmentID string  `db:"appointment_id"`
	CaseID        string  `db:"case_id"`
	Outcome       Outcome `db:"outcome"`
	RecordedAt    db.Time `db:"recorded_at"`
	RecordedBy    string  `db:"recorded_by"`
	Page          string  `db:"page"`
	ExcusedAt     db.Time `db:"excused_at"`
	ExcusedBy     string  `db:"excused_by"`
	Excuse        string  `db:"excuse"` // code of catalogue.AbsenceReason
	Note          []byte  `db:"note"`
	Version       int     `db:"version"`
}

const attendanceColumns = `t.appointment_id, t.case_id, t.outcome, t.recorded_at, t.recorded_by, t.page, t.excused_at, t.excused_by,
	t.excuse, t.note, t.version`

// Excused tells whether an absence was justified.
func (t Attendance) Excused() bool { return t.Outcome == Missed && !t.ExcusedAt.IsZero() }

// Mark is the answer of the four buttons that the attendance shows; empty for none.
func (t Attendance) Mark() Outcome {
	if t.Excused() {
		return Excused
	}
	return t.Outcome
}

// Mark is one line of a roll call as it was given. Version is that of the line when it
// was shown.
type Mark struct {
	Case    string
	Mark    string // present, late, absent, excused, removed; empty: not yet
	Excuse  string // with excused; "not_specified" when empty
	Version int
}

// Roll is a roll call as it was given.
type Roll struct {
	Marks []Mark
	// Page tells one showing of the page from another: what a page sends again, because
	// it did not hear the answer, is not taken for somebody else's.
	Page string
	// Late says why it is captured on a later day than that of the appointment.
	Late string
}

// Clash is a line that somebody else changed meanwhile.
type Clash struct {
	Case string
	Who  string // post
	At   time.Time
	Mark Outcome // what stands
}

// Recorded is what came of a roll call.
type Recorded struct {
	Saved   int // lines that are now as they were given
	Clashes []Clash
	Lines   []Line
}

// Line is one person of an appointment with what is recorded of him.
type Line struct {
	Case   casefile.Case
	Record Attendance
	Who    string // who recorded it
	Note   string
	Guest  bool // he makes up a session of another group here
}

// Attend records who came to an appointment. What is given twice is recorded once. A line
// that somebody else changed meanwhile is left as it stands and named in the answer; the
// others are recorded.
func (s *Service) Attend(ctx context.Context, actor access.Actor, id string, roll Roll) (*Recorded, error) {
	scope, err := actor.Require(access.AttendanceRecord)
	if err != nil {
		return nil, err
	}
	var out *Recorded
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		a, lines, err := s.rollTx(ctx, tx, actor, scope, id)
		if err != nil {
			return err
		}
		if err := s.mayRecord(ctx, tx, a, &roll); err != nil {
			return err
		}
		out, err = s.recordTx(ctx, tx, actor, a, lines, roll)
		return err
	})
	return out, err
}

// early is how long before its beginning an appointment may be recorded.
const early = 15 * time.Minute

// mayRecord refuses what has not begun, and asks why for what is captured on a later day.
func (s *Service) mayRecord(ctx context.Context, tx *db.Tx, a *Appointment, roll *Roll) error {
	roll.Late = strings.Join(strings.Fields(roll.Late), " ")
	switch {
	case a.Ended():
		return s.endedTx(ctx, tx, a)
	case tx.Now().Before(a.StartsAt.Add(-early)):
		return fault.New(fault.Conflict, i18n.M("Esta cita aún no empieza: es el %s. La asistencia se registra desde 15 minutos antes.", clock.FormatMX(a.StartsAt.Time)))
	case a.Day().Before(today(tx)) && utf8.RuneCountInString(roll.Late) < 5:
		return wrong("late_reason", i18n.M("Escriba en pocas palabras por qué se captura en un día posterior."))
	case utf8.RuneCountInString(roll.Late) > 300:
		return wrong("late_reason", i18n.M("Caben 300 caracteres. Acórtelo."))
	}
	return nil
}

// rollTx reads an appointment with its lines: the person, or the members of the group on
// its day and whoever is recorded already.
func (s *Service) rollTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, id string) (*Appointment, []Line, error) {
	a, err := load(ctx, tx, actor, scope, id)
	if err != nil {
		return nil, nil, err
	}
	var cases []casefile.Case
	if a.Kind == Group {
		cases, err = s.expectedTx(ctx, tx, a)
	} else {
		var c casefile.Case
		c, err = s.personTx(ctx, tx, actor, scope, a)
		cases = []casefile.Case{c}
	}
	if err != nil {
		return nil, nil, err
	}
	lines, err := s.linesTx(ctx, tx, a, cases)
	return a, lines, err
}

// personTx gives the case of an appointment of one person. A sealed one exists only for
// those it names; a facilitator's own appointments are his.
func (s *Service) personTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, a *Appointment) (casefile.Case, error) {
	return s.cases.ReachTx(ctx, tx, actor, scope, a.CaseID)
}

func (s *Service) linesTx(ctx context.Context, tx *db.Tx, a *Appointment, cases []casefile.Case) ([]Line, error) {
	var rows []Attendance
	if err := tx.Select(ctx, &rows, `select `+attendanceColumns+` from attendances t where t.appointment_id = $1 order by t.case_id`, a.ID); err != nil {
		return nil, err
	}
	byCase, who := map[string]Attendance{}, []string{}
	for _, r := range rows {
		byCase[r.CaseID], who = r, append(who, r.RecordedBy)
		if !slices.ContainsFunc(cases, func(c casefile.Case) bool { return c.ID == r.CaseID }) {
			c, err := s.cases.CaseTx(ctx, tx, r.CaseID)
			if err != nil {
				return nil, err
			}
			cases = append(cases, c)
		}
	}
	names, err := s.identity.NamesTx(ctx, tx, who)
	if err != nil {
		return nil, err
	}
	guests, err := guestsTx(ctx, tx, a.ID)
	if err != nil {
		return nil, err
	}
	lines := make([]Line, len(cases))
	for i, c := range cases {
		r := byCase[c.ID]
		if c.Sealed {
			c.Person = c.Folio
		}
		lines[i] = Line{Case: c, Record: r, Who: names[r.RecordedBy], Guest: slices.Contains(guests, c.ID)}
		if lines[i].Note, err = s.openNote(ctx, tx, c, r); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// recordTx records each line that changes, and what follows from it.
func (s *Service) recordTx(ctx context.Context, tx *db.Tx, actor access.Actor, a *Appointment, lines []Line, roll Roll) (*Recorded, error) {
	out := &Recorded{}
	changed := 0
	for _, m := range roll.Marks {
		i := slices.IndexFunc(lines, func(l Line) bool { return l.Case.ID == m.Case })
		if m.Mark == "" {
			continue
		}
		if i < 0 {
			return nil, fault.New(fault.Conflict, i18n.M("Alguien de la lista ya no es del grupo. Vuelva a abrir la página."))
		}
		line := &lines[i]
		if err := s.checkMark(ctx, tx, &m); err != nil {
			return nil, err
		}
		switch {
		case same(line.Record, m):
			out.Saved++
		case line.Record.Version != m.Version && (roll.Page == "" || line.Record.Page != roll.Page):
			out.Clashes = append(out.Clashes, Clash{m.Case, line.Who, line.Record.RecordedAt.Time, line.Record.Mark()})
		default:
			if err := s.markTx(ctx, tx, actor, a, line, m, roll); err != nil {
				return nil, err
			}
			out.Saved++
			changed++
		}
	}
	out.Lines = lines
	if changed == 0 {
		return out, nil
	}
	return out, s.heldTx(ctx, tx, actor, a, changed, roll.Late)
}

// same tells whether a mark says what is recorded.
func same(r Attendance, m Mark) bool {
	return r.Version > 0 && string(r.Mark()) == m.Mark && (m.Mark != Excused || m.Excuse == "" || r.Excuse == m.Excuse)
}

func (s *Service) checkMark(ctx context.Context, tx *db.Tx, m *Mark) error {
	switch Outcome(m.Mark) {
	case Present, Late, Missed, Removed:
		m.Excuse = ""
		return nil
	case Excused:
		lists, err := s.catalogue.ListsTx(ctx, tx)
		if err != nil {
			return err
		}
		if m.Excuse != "" && !lists.Has(catalogue.AbsenceReason, m.Excuse) {
			return wrong("excuse", i18n.M("Elija el motivo de la lista."))
		}
		return nil
	}
	return fault.New(fault.Invalid, i18n.M("Esa respuesta no existe. Elija una de la lista."))
}

// markTx writes one line with its history.
func (s *Service) markTx(ctx context.Context, tx *db.Tx, actor access.Actor, a *Appointment, line *Line, m Mark, roll Roll) error {
	was := line.Record
	is := was
	is.AppointmentID, is.CaseID, is.Outcome, is.Page, is.Version = a.ID, line.Case.ID, Outcome(m.Mark), roll.Page, was.Version+1
	is.RecordedAt, is.RecordedBy = db.At(tx.Now()), actor.Account
	is.ExcusedAt, is.ExcusedBy, is.Excuse = db.Time{}, "", ""
	if m.Mark == Excused {
		is.Outcome, is.ExcusedAt, is.ExcusedBy, is.Excuse = Missed, db.At(tx.Now()), actor.Account, m.Excuse
		if is.Excuse == "" {
			is.Excuse = "not_specified"
		}
	}
	n, err := tx.Exec(ctx, `insert into attendances (appointment_id, case_id, outcome, recorded_at, recorded_by, page, excused_at,
			excused_by, excuse, version)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		on conflict (appointment_id, case_id) do update set outcome = $3, recorded_at = $4, recorded_by = $5, page = $6,
			excused_at = $7, excused_by = $8, excuse = $9, version = $10
		where attendances.version = $11`,
		is.AppointmentID, is.CaseID, string(is.Outcome), is.RecordedAt, is.RecordedBy, is.Page, is.ExcusedAt, is.ExcusedBy, is.Excuse,
		is.Version, was.Version)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Conflict, i18n.M("Alguien registró lo mismo en este momento. Vuelva a guardar."))
	}
	line.Record = is
	if err := s.historyTx(ctx, tx, is, actor.Account, roll.Late); err != nil {
		return err
	}
	return s.followTx(ctx, tx, actor, a, line.Case, was.Outcome == Missed || is.Outcome == Missed)
}

func (s *Service) historyTx(ctx context.Context, tx *db.Tx, t Attendance, by, late string) error {
	_, err := tx.Exec(ctx, `insert into attendance_changes (id, appointment_id, case_id, at, by, outcome, excuse, late_reason)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		db.NewID(), t.AppointmentID, t.CaseID, db.At(tx.Now()), by, string(t.Outcome), t.Excuse, late)
	return err
}

// heldTx keeps whether the appointment took place, which it did when somebody came, and
// writes the ledger entry.
func (s *Service) heldTx(ctx context.Context, tx *db.Tx, actor access.Actor, a *Appointment, changed int, late string) error {
	var came int
	if err := tx.Get(ctx, &came, `select count(*) from attendances where appointment_id = $1 and outcome in ('present', 'late')`, a.ID); err != nil {
		return err
	}
	held, by := db.At(tx.Now()), actor.Account
	switch {
	case came == 0:
		held, by = db.Time{}, ""
	case a.Held():
		held, by = a.HeldAt, a.HeldBy
	}
	if _, err := tx.Exec(ctx, `update appointments set held_at = $1, held_by = $2, version = version + 1 where id = $3`, held, by, a.ID); err != nil {
		return err
	}
	a.HeldAt, a.HeldBy = held, by
	e := a.entry("attendance.record")
	e.Reason = late
	return s.ledger.AppendTx(ctx, tx, actor, e)
}

// followTx does what follows from a word about an attendance: the dose of the plan, the
// first appointment's facts, and the ladder where an absence came or went.
func (s *Service) followTx(ctx context.Context, tx *db.Tx, actor access.Actor, a *Appointment, c casefile.Case, absence bool) error {
	if err := s.nextTx(ctx, tx, c.ID); err != nil { // this one is over
		return err
	}
	if err := s.recountTx(ctx, tx, c.ID, a.ComponentID); err != nil {
		return err
	}
	if !absence && a.Kind != First {
		return nil
	}
	c, err := s.cases.CaseTx(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	told, err := s.firstTx(ctx, tx, actor, a, c)
	if err != nil {
		return err
	}
	if err := s.ladderTx(ctx, tx, c); err != nil || !told {
		return err
	}
	_, err = tx.Exec(ctx, `update tasks set done_at = $1, done_by = $2 where case_id = $3 and appointment_id = $4
		and kind = 'no_show_notice' and done_at is null and void_at is null`, db.At(tx.Now()), actor.Name(), c.ID, a.ID)
	return err
}

// firstTx tells the case whether the person came to the first appointment, and whether
// its authorities were told at once that he did not.
func (s *Service) firstTx(ctx context.Context, tx *db.Tx, actor access.Actor, a *Appointment, c casefile.Case) (told bool, err error) {
	if a.Kind != First {
		return false, nil
	}
	var t Attendance
	if err := tx.Get(ctx, &t, `select `+attendanceColumns+` from attendances t where t.appointment_id = $1 and t.case_id = $2`, a.ID, c.ID); err != nil {
		return false, err
	}
	switch {
	case t.Outcome.Came() && c.State.Can(casefile.Present):
		return false, s.cases.PresentedTx(ctx, tx, actor, c.ID, a.StartsAt.Time)
	case t.Outcome == Missed && c.State.Can(casefile.Miss):
		return true, s.cases.NoShowTx(ctx, tx, actor, c.ID, a.StartsAt.Time)
	}
	return false, nil
}

// recountTx counts anew what was delivered of one part of a plan: sessions to which the
// person came, their minutes, and those missed without an excuse.
func (s *Service) recountTx(ctx context.Context, tx *db.Tx, caseID, component string) error {
	if component == "" {
		return nil
	}
	var sum struct {
		Done    int `db:"done"`
		Minutes int `db:"minutes"`
		Missed  int `db:"missed"`
	}
	if err := tx.Get(ctx, &sum, `select
			coalesce(sum(case when t.outcome in ('present', 'late') then 1 else 0 end), 0) as done,
			coalesce(sum(case when t.outcome in ('present', 'late') then a.minutes else 0 end), 0) as minutes,
			coalesce(sum(case when t.outcome = 'absent' and t.excused_at is null then 1 else 0 end), 0) as missed
		from attendances t join appointments a on a.id = t.appointment_id
		where t.case_id = $1 and a.component_id = $2 and a.ended_at is null`, caseID, component); err != nil {
		return err
	}
	return s.cases.DeliveredTx(ctx, tx, caseID, component, sum.Done, sum.Minutes, sum.Missed)
}

// Excuse justifies an absence afterwards. The absence stays as it was recorded; what was
// told of it is corrected by a task.
func (s *Service) Excuse(ctx context.Context, actor access.Actor, id, caseID, reason string) error {
	scope, err := actor.Require(access.AttendanceRecord)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		a, line, err := s.lineTx(ctx, tx, actor, scope, id, caseID)
		if err != nil {
			return err
		}
		lists, err := s.catalogue.ListsTx(ctx, tx)
		if err != nil {
			return err
		}
		switch {
		case reason == "" || !lists.Has(catalogue.AbsenceReason, reason):
			return wrong("excuse", i18n.M("Elija el motivo de la lista."))
		case line.Record.Outcome != Missed:
			return fault.New(fault.Conflict, i18n.M("No hay una falta que justificar en esta cita."))
		case line.Record.Excused() && line.Record.Excuse == reason:
			return nil // sent twice
		}
		t := line.Record
		t.ExcusedAt, t.ExcusedBy, t.Excuse = db.At(tx.Now()), actor.Account, reason
		if _, err := tx.Exec(ctx, `update attendances set excused_at = $1, excused_by = $2, excuse = $3, version = version + 1
			where appointment_id = $4 and case_id = $5`, t.ExcusedAt, t.ExcusedBy, t.Excuse, a.ID, caseID); err != nil {
			return err
		}
		if err := s.historyTx(ctx, tx, t, actor.Account, ""); err != nil {
			return err
		}
		if err := s.ledger.AppendTx(ctx, tx, actor, caseEntry(line.Case, "attendance.excuse", ledger.Change{Field: "appointment", After: a.ID})); err != nil {
			return err
		}
		return s.followTx(ctx, tx, actor, a, line.Case, true)
	})
}

// lineTx reads one line of an appointment.
func (s *Service) lineTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, id, caseID string) (*Appointment, *Line, error) {
	a, lines, err := s.rollTx(ctx, tx, actor, scope, id)
	if err != nil {
		return nil, nil, err
	}
	for i := range lines {
		if lines[i].Case.ID == caseID {
			return a, &lines[i], nil
		}
	}
	return nil, nil, fault.Missing()
}

// maxNote is the length of a note in characters.
const maxNote = 2000

// Note keeps a note beside an attendance, sealed with the key of the case; it may come
// long after.
func (s *Service) Note(ctx context.Context, actor access.Actor, id, caseID, text string) error {
	scope, err := actor.Require(access.AttendanceRecord)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		a, line, err := s.lineTx(ctx, tx, actor, scope, id, caseID)
		if err != nil {
			return err
		}
		text = strings.TrimSpace(text)
		switch {
		case utf8.RuneCountInString(text) > maxNote:
			return wrong("note", i18n.M("Caben %d caracteres. Acórtelo.", maxNote))
		case line.Record.Version == 0:
			return fault.New(fault.Conflict, i18n.M("Registre primero la asistencia; después la nota."))
		case text == line.Note:
			return nil
		}
		sealed, err := s.sealText(ctx, tx, line.Case, "attendances", "note", a.ID+"/"+caseID, text)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update attendances set note = $1 where appointment_id = $2 and case_id = $3`, sealed, a.ID, caseID); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, caseEntry(line.Case, "attendance.note", ledger.Change{Field: "note"}))
	})
}

func (s *Service) openNote(ctx context.Context, tx *db.Tx, c casefile.Case, r Attendance) (string, error) {
	return s.openText(ctx, tx, c, "attendances", "note", r.AppointmentID+"/"+c.ID, r.Note)
}

// sealText encrypts a text with the key of a case for its place.
func (s *Service) sealText(ctx context.Context, tx *db.Tx, c casefile.Case, table, column, row, text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	key, err := s.vault.KeyTx(ctx, tx, c.KeyID)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(text)
	if err != nil {
		return nil, err
	}
	return key.Seal(body, vault.Place(table, column, row))
}

func (s *Service) openText(ctx context.Context, tx *db.Tx, c casefile.Case, table, column, row string, sealed []byte) (text string, err error) {
	if len(sealed) == 0 {
		return "", nil
	}
	key, err := s.vault.KeyTx(ctx, tx, c.KeyID)
	if err != nil {
		return "", err
	}
	body, err := key.Open(sealed, vault.Place(table, column, row))
	if err != nil {
		return "", err
	}
	return text, json.Unmarshal(body, &text)
}

var errNoRows = db.ErrNoRows

func missing(err error) bool { return errors.Is(err, errNoRows) }
