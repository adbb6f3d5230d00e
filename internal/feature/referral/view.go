package referral

import (
	"context"
	"slices"
	"strings"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/identity"
	"sigue/internal/feature/institution"
	"sigue/internal/feature/person"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
	"sigue/internal/platform/vault"
)

// View is a sent referral as whoever may see it reads it.
type View struct {
	ID            string
	Folio         string
	State         State
	Facts         Facts
	Due           clock.Status
	DueOn         clock.Date
	Person        person.Person
	Basis         Basis
	Circumstances Circumstances
	Area          institution.Area
	Center        center.Center // zero for one routed to child protection
	Papers        []Attachment
	Returned      *Return // the last time it was returned
	Appointment   *FirstAppointment
	Process       Process // of what follows from it, as much as its authority may know
	Motive        Motive  // why it was declined or withdrawn
	Documents     []document.Document
	Told          []notify.Sent
	Timeline      []Event
	Lists         *catalogue.Lists
	CanReceive    bool
	CanWrite      bool
}

// FirstAppointment is the appointment that the center offered.
type FirstAppointment struct {
	StartsAt time.Time
	Mode     string
	Venue    center.Venue
}

// Event is one line of a timeline.
type Event struct {
	At   time.Time
	What i18n.Msg
	Who  string   // post and place, never a private name
	Why  []string // codes of the list Of
	Of   string   // the catalogue of Why
	Note string   // what was written about it
}

// Brief is what the pages that answer or withdraw a referral need of it. It says nothing
// about the person, so it is not a read of his record.
type Brief struct {
	ID     string
	Folio  string
	State  State
	Area   institution.Area
	Center center.Center
	Lists  *catalogue.Lists

	Municipality string // where the person lives: it orders the other centers and is not shown
}

// Brief gives the outline of a sent referral, to ask for an answer to it.
func (s *Service) Brief(ctx context.Context, actor access.Actor, id string) (*Brief, error) {
	scope, err := actor.Require(access.ReferralRead)
	if err != nil {
		return nil, err
	}
	var b *Brief
	err = s.db.View(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		b = &Brief{ID: r.ID, Folio: r.folio(), State: r.State}
		if b.Lists, err = s.catalogue.ListsTx(ctx, tx); err != nil {
			return err
		}
		if b.Area, err = s.institutions.AreaTx(ctx, tx, r.AreaID); err != nil || r.CenterID == "" {
			return err
		}
		if b.Center, err = s.centers.CenterTx(ctx, tx, r.CenterID); err != nil || r.PersonID == "" {
			return err
		}
		p, err := person.ByIDTx(ctx, tx, r.PersonID)
		b.Municipality = p.Municipality
		return err
	})
	return b, err
}

// Open reads a sent referral. The read is an entry in the ledger, in the same
// transaction: who could not write that he read, has not read.
func (s *Service) Open(ctx context.Context, actor access.Actor, id string) (*View, error) {
	scope, err := actor.Require(access.ReferralRead)
	if err != nil {
		return nil, err
	}
	var v *View
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		if err := s.ledger.AppendTx(ctx, tx, actor, r.entry("referral.read")); err != nil {
			return err
		}
		v = &View{
			ID: r.ID, Folio: r.folio(), State: r.State, Facts: r.facts(), DueOn: r.DueOn,
			CanReceive: actor.May(access.ReferralReceive), CanWrite: actor.May(access.ReferralWrite),
		}
		if err := tx.Ahead(ctx, r.queries()...); err != nil {
			return err
		}
		if err := s.fill(ctx, tx, r, v); err != nil {
			return err
		}
		for i := range v.Papers {
			v.Papers[i].Closed = !opens(actor.Role, accessClass(v.Lists, v.Papers[i]), r.State)
		}
		return nil
	})
	return v, err
}

// queries are what fill asks for.
func (r *record) queries() []db.Query {
	all := []db.Query{institution.AreaQuery(r.AreaID), attachmentsQuery(r.ID), document.ListQuery(r.subject()), ledger.HistoryQuery(r.subject())}
	if r.CenterID != "" {
		all = append(all, center.CenterQuery(r.CenterID))
	}
	if f, err := folioOf(r); err == nil && r.State != Draft {
		all = append(all, person.ByIDQuery(r.PersonID), textQuery(r.ID), violenceQuery(r.ID), vault.KeyQuery(r.KeyID), notify.FolioQuery(f))
	}
	return all
}

func (s *Service) fill(ctx context.Context, tx *db.Tx, r *record, v *View) error {
	var err error
	if v.Lists, err = s.catalogue.ListsTx(ctx, tx); err != nil {
		return err
	}
	if v.Area, err = s.institutions.AreaTx(ctx, tx, r.AreaID); err != nil {
		return err
	}
	if r.CenterID != "" {
		if v.Center, err = s.centers.CenterTx(ctx, tx, r.CenterID); err != nil {
			return err
		}
	}
	if r.State != Draft {
		if err := s.fillSent(ctx, tx, r, v); err != nil {
			return err
		}
	}
	if v.Papers, err = attachmentsTx(ctx, tx, r.ID); err != nil {
		return err
	}
	if v.Documents, err = s.documents.ListTx(ctx, tx, r.subject()); err != nil {
		return err
	}
	calendar, err := s.calendar(ctx, tx, r)
	if err != nil {
		return err
	}
	if !r.DueOn.IsZero() {
		v.Due = clock.Deadline{Due: r.DueOn}.Status(tx.Now(), calendar)
	}
	v.Timeline, err = s.timeline(ctx, tx, r, v.Motive.Note)
	return err
}

// fillSent reads what exists from the moment a referral was sent.
func (s *Service) fillSent(ctx context.Context, tx *db.Tx, r *record, v *View) error {
	var err error
	if v.Person, err = person.ByIDTx(ctx, tx, r.PersonID); err != nil {
		return err
	}
	if err := s.fillText(ctx, tx, r, v); err != nil {
		return err
	}
	if !r.ReturnedAt.IsZero() {
		if v.Returned, err = s.lastReturnTx(ctx, tx, r); err != nil {
			return err
		}
	}
	f, err := folioOf(r)
	if err != nil {
		return err
	}
	v.Told, err = s.outbox.ForFolioTx(ctx, tx, f)
	return err
}

// fillText reads the checked text of a referral back from its columns.
func (s *Service) fillText(ctx context.Context, tx *db.Tx, r *record, v *View) error {
	var row struct {
		LegalBasis      string     `db:"legal_basis"`
		Authority       string     `db:"authority"`
		CaseKind        string     `db:"case_kind"`
		CaseIssuer      string     `db:"case_issuer"`
		CaseValue       string     `db:"case_value"`
		CaseNorm        string     `db:"case_norm"`
		ResolvedOn      clock.Date `db:"resolved_on"`
		MandateSessions int        `db:"mandate_sessions"`
		MandateFrom     clock.Date `db:"mandate_from"`
		MandateUntil    clock.Date `db:"mandate_until"`
		Relation        string     `db:"relation"`
		LivesWithVictim string     `db:"lives_with_victim"`
		MinorsExposed   string     `db:"minors_exposed"`
		Weapon          string     `db:"weapon"`
		ProtectionOrder string     `db:"protection_order"`
		ProtectionUntil clock.Date `db:"protection_until"`
		Narrative       []byte     `db:"narrative"`
		DeclineReason   string     `db:"decline_reason"`
		WithdrawReason  string     `db:"withdraw_reason"`
		MotiveNote      []byte     `db:"motive_note"`
		Venue           string     `db:"venue"`
		Mode            string     `db:"mode"`
		processRow
	}
	q := textQuery(r.ID)
	if err := tx.Get(ctx, &row, q.Text, q.Args...); err != nil {
		return err
	}
	var err error
	if v.Appointment, err = s.appointmentTx(ctx, tx, r, row.Mode, row.Venue); err != nil {
		return err
	}
	v.Process = row.process()
	v.Basis = Basis{
		LegalBasis: row.LegalBasis, Authority: row.Authority, CaseKind: row.CaseKind, CaseIssuer: row.CaseIssuer,
		CaseValue: row.CaseValue, CaseNorm: row.CaseNorm, ResolvedOn: row.ResolvedOn, MandateSessions: row.MandateSessions,
		MandateFrom: row.MandateFrom, MandateTo: row.MandateUntil, Urgent: r.Urgent,
	}
	v.Circumstances = Circumstances{
		Relation: row.Relation, LivesWithVictim: row.LivesWithVictim, MinorsExposed: row.MinorsExposed, Weapon: row.Weapon,
		ProtectionOrder: row.ProtectionOrder, ProtectionUntil: row.ProtectionUntil,
	}
	v.Motive.Reason = row.DeclineReason + row.WithdrawReason // one at most is there
	if err := s.openJSON(ctx, tx, r, "motive_note", row.MotiveNote, &v.Motive.Note); err != nil {
		return err
	}
	if err := s.openJSON(ctx, tx, r, "narrative", row.Narrative, &v.Circumstances.Narrative); err != nil {
		return err
	}
	return fillViolence(ctx, tx, r.ID, &v.Circumstances)
}

func textQuery(id string) db.Query {
	return db.Q(`select legal_basis, authority, case_kind, case_issuer, case_value, case_norm, resolved_on,
		mandate_sessions, mandate_from, mandate_until, relation, lives_with_victim, minors_exposed, weapon,
		protection_order, protection_until, narrative, decline_reason, withdraw_reason, motive_note,
		coalesce(appointment_venue, '') as venue, coalesce(appointment_mode, '') as mode, `+processColumns+`
		from referrals where id = $1`, id)
}

func violenceQuery(id string) db.Query {
	return db.Q(`select catalogue, code from referral_violence where referral_id = $1
		order by catalogue, code`, id)
}

func fillViolence(ctx context.Context, tx *db.Tx, id string, c *Circumstances) error {
	var rows []struct {
		Catalogue string `db:"catalogue"`
		Code      string `db:"code"`
	}
	q := violenceQuery(id)
	if err := tx.Select(ctx, &rows, q.Text, q.Args...); err != nil {
		return err
	}
	for _, row := range rows {
		if row.Catalogue == catalogue.ViolenceType {
			c.ViolenceTypes = append(c.ViolenceTypes, row.Code)
		} else {
			c.Modalities = append(c.Modalities, row.Code)
		}
	}
	return nil
}

func (s *Service) appointmentTx(ctx context.Context, tx *db.Tx, r *record, mode, venue string) (*FirstAppointment, error) {
	if r.AppointmentAt.IsZero() {
		return nil, nil
	}
	first := &FirstAppointment{StartsAt: r.AppointmentAt.Time, Mode: mode}
	if venue == "" {
		return first, nil
	}
	var err error
	first.Venue, err = s.centers.VenueTx(ctx, tx, venue)
	return first, err
}

// timeline tells the history of a referral from the ledger. ending is what was written
// when it was declined or withdrawn.
func (s *Service) timeline(ctx context.Context, tx *db.Tx, r *record, ending string) ([]Event, error) {
	records, err := ledger.HistoryTx(ctx, tx, r.subject())
	if err != nil {
		return nil, err
	}
	who, err := s.identity.WhoTx(ctx, tx, ledger.Actors(records))
	if err != nil {
		return nil, err
	}
	notes, err := s.movesTx(ctx, tx, r, records)
	if err != nil {
		return nil, err
	}
	var out []Event
	for _, rec := range records {
		what := eventText(rec.Action)
		if what.IsZero() {
			continue
		}
		e := Event{At: rec.At.Time, What: what, Who: who[rec.Actor].Post}
		for _, c := range rec.Changes {
			if c.Field == "reason" || c.Field == "reasons" {
				e.Why, e.Of = strings.Fields(c.After), motives[rec.Action]
			}
		}
		switch {
		case rec.Action == "referral.reassign" && len(notes) > 0:
			e.Note, notes = notes[0], notes[1:]
		case rec.Action == "referral.decline" || rec.Action == "referral.withdraw":
			e.Note = ending
		}
		out = append(out, e)
	}
	return out, nil
}

// motives are the lists from which the reasons of actions come.
var motives = map[string]string{
	"referral.return": catalogue.ReturnReason, "referral.decline": catalogue.DeclineReason,
	"referral.reassign": catalogue.ReassignReason, "referral.withdraw": catalogue.WithdrawReason,
}

// movesTx gives what was written about each reassignment, in order.
func (s *Service) movesTx(ctx context.Context, tx *db.Tx, r *record, records []ledger.Record) ([]string, error) {
	if !slices.ContainsFunc(records, func(rec ledger.Record) bool { return rec.Action == "referral.reassign" }) {
		return nil, nil
	}
	var sealed [][]byte
	if err := tx.Select(ctx, &sealed, `select note from referral_reassignments where referral_id = $1 order by at, id`, r.ID); err != nil {
		return nil, err
	}
	notes := make([]string, len(sealed))
	for i, note := range sealed {
		if err := s.openJSON(ctx, tx, r, "motive_note", note, &notes[i]); err != nil {
			return nil, err
		}
	}
	return notes, nil
}

// eventText is how an action of the ledger reads in a timeline; the zero sentence
// keeps it out.
func eventText(action string) i18n.Msg {
	switch action {
	case "referral.draft":
		return i18n.M("Se empezó a capturar")
	case "referral.submit":
		return i18n.M("Se envió la canalización")
	case "referral.route":
		return i18n.M("Se turnó a protección de la niñez")
	case "referral.return":
		return i18n.M("El centro la devolvió para corregir")
	case "referral.correct":
		return i18n.M("Se envió corregida")
	case "referral.accept":
		return i18n.M("El centro la aceptó")
	case "referral.appointment":
		return i18n.M("El centro ofreció cita")
	case "referral.decline":
		return i18n.M("El centro no la aceptó")
	case "referral.reassign":
		return i18n.M("Pasó a otro centro")
	case "referral.withdraw":
		return i18n.M("La institución la retiró")
	case "referral.expire":
		return i18n.M("Venció el plazo para corregir")
	}
	return processText(action)
}

// Readers tells who has read a referral, newest first.
func (s *Service) Readers(ctx context.Context, actor access.Actor, id string) ([]identity.Reader, error) {
	scope, err := actor.Require(access.ReadersRead)
	if err != nil {
		return nil, err
	}
	var out []identity.Reader
	err = s.db.View(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		out, err = s.identity.ReadersTx(ctx, tx, r.subject(), readText)
		return err
	})
	return out, err
}

// readText is how a read of the ledger is told to whoever asks who has read.
func readText(action string) i18n.Msg {
	switch action {
	case "attachment.read":
		return i18n.M("Descargó un documento recibido")
	case "document.read":
		return i18n.M("Abrió un documento emitido")
	}
	return i18n.M("Abrió la canalización")
}

// Load says how many referrals wait at each center for an answer or an appointment.
func (s *Service) Load(ctx context.Context, actor access.Actor) (map[string]int, error) {
	if _, err := actor.Require(access.CenterRead); err != nil {
		return nil, err
	}
	out := map[string]int{}
	err := s.db.View(ctx, func(tx *db.Tx) error {
		var rows []struct {
			CenterID string `db:"center_id"`
			N        int    `db:"n"`
		}
		if err := tx.Select(ctx, &rows, `select center_id, count(*) as n from referrals
			where due_on is not null and submitted_at is not null and state in ('submitted', 'accepted')
			group by center_id`); err != nil {
			return err
		}
		for _, row := range rows {
			out[row.CenterID] = row.N
		}
		return nil
	})
	return out, err
}
