package referral

import (
	"context"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
)

// Process is what an authority may know of the process that follows from its referral:
// where it stands and how much of its own mandate is done. It is written by the rooms
// above, which know the rest.
type Process struct {
	State     string    // a state of the case file; empty before there is one
	Done, Of  int       // sessions of this mandate
	NextAt    time.Time // zero when nothing is planned
	UpdatedAt time.Time
}

// Order is what an accepted referral orders, for the case file that follows from it.
type Order struct {
	ReferralID    string
	Folio         string
	State         State
	InstitutionID string
	AreaID        string
	CenterID      string
	PersonID      string
	KeyID         string
	Basis         string // code of catalogue.LegalBasisList
	Voluntary     bool   // by its basis: no authority is ever told anything
	CaseValue     string
	Sessions      int // 0 when the order names no number
	From, Until   clock.Date
	AcceptedAt    time.Time
	AppointmentAt time.Time // of the first appointment, once offered
}

// Changed is the job that tells the rooms above that a referral was accepted, given an
// appointment or withdrawn; the room of the case file binds its work.
var Changed = jobs.Kind[ChangedReferral]{Name: "referral.changed"}

// ChangedReferral is the payload of Changed.
type ChangedReferral struct{ Referral string }

// OrderTx reads what a sent referral orders. The caller acts for the program or has
// reached the referral with his own permission.
func (s *Service) OrderTx(ctx context.Context, tx *db.Tx, id string) (Order, error) {
	r, err := s.anyTx(ctx, tx, id)
	if err != nil {
		return Order{}, err
	}
	var row struct {
		Basis     string     `db:"legal_basis"`
		CaseValue string     `db:"case_value"`
		Sessions  int        `db:"mandate_sessions"`
		From      clock.Date `db:"mandate_from"`
		Until     clock.Date `db:"mandate_until"`
	}
	if err := tx.Get(ctx, &row, `select legal_basis, case_value, mandate_sessions, mandate_from, mandate_until
		from referrals where id = $1`, r.ID); err != nil {
		return Order{}, err
	}
	lists, err := s.catalogue.ListsTx(ctx, tx)
	if err != nil {
		return Order{}, err
	}
	return Order{
		ReferralID: r.ID, Folio: r.folio(), State: r.State, InstitutionID: r.InstitutionID, AreaID: r.AreaID, CenterID: r.CenterID,
		PersonID: r.PersonID, KeyID: r.KeyID, Basis: row.Basis, Voluntary: voluntary(lists, row.Basis), CaseValue: row.CaseValue,
		Sessions: row.Sessions, From: row.From, Until: row.Until, AcceptedAt: r.AcceptedAt.Time, AppointmentAt: r.AppointmentAt.Time,
	}, nil
}

// voluntary tells whether a basis obliges to nothing and has nobody notified.
func voluntary(lists *catalogue.Lists, basis string) bool {
	e, ok := lists.Entry(catalogue.LegalBasisList, basis)
	return ok && e.Attributes.LegalBasis != nil && e.Attributes.LegalBasis.Voluntary
}

// ProcessTx keeps what the authority of a referral may know of the process.
func (s *Service) ProcessTx(ctx context.Context, tx *db.Tx, id string, p Process) error {
	_, err := tx.Exec(ctx, `update referrals set case_state = $1, sessions_done = $2, sessions_of = $3, next_at = $4,
		case_updated_at = $5 where id = $6`, p.State, p.Done, p.Of, db.At(p.NextAt), db.At(tx.Now()), id)
	return err
}

// processRow is what is kept of it in the row of the referral.
type processRow struct {
	State     string  `db:"case_state"`
	Done      int     `db:"sessions_done"`
	Of        int     `db:"sessions_of"`
	NextAt    db.Time `db:"next_at"`
	UpdatedAt db.Time `db:"case_updated_at"`
}

const processColumns = `case_state, sessions_done, sessions_of, next_at, case_updated_at`

func (r processRow) process() Process {
	return Process{State: r.State, Done: r.Done, Of: r.Of, NextAt: r.NextAt.Time, UpdatedAt: r.UpdatedAt.Time}
}

// MoveTx moves an accepted referral to the center to which its process goes, with its
// documents: the old center no longer sees it.
func (s *Service) MoveTx(ctx context.Context, tx *db.Tx, actor access.Actor, id, to string) error {
	r, err := s.anyTx(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := s.ledger.AppendTx(ctx, tx, actor, r.entry("referral.transfer",
		ledger.Change{Field: "center", Before: r.CenterID, After: to})); err != nil {
		return err
	}
	for _, q := range []string{
		`update referrals set center_id = $1 where id = $2`,
		`update referral_words set center_id = $1 where referral_id = $2`,
	} {
		if _, err := tx.Exec(ctx, q, to, r.ID); err != nil {
			return err
		}
	}
	return s.documents.MoveTx(ctx, tx, r.subject(), to)
}

// TellTx puts an event of the process into the referral's history and tells its area.
// The caller never calls it for a voluntary one.
func (s *Service) TellTx(ctx context.Context, tx *db.Tx, actor access.Actor, id string, kind notify.Kind, action string) error {
	r, err := s.anyTx(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := s.ledger.AppendTx(ctx, tx, actor, r.entry(action)); err != nil {
		return err
	}
	return s.tellArea(ctx, tx, r, kind)
}

// changedTx sets the rooms above to work, after the commit.
func changedTx(ctx context.Context, tx *db.Tx, r *record) error {
	return Changed.EnqueueTx(ctx, tx, ChangedReferral{Referral: r.ID}, jobs.Options{})
}

// anyTx reads a referral for the program or for a caller who has reached it before.
func (s *Service) anyTx(ctx context.Context, tx *db.Tx, id string) (*record, error) {
	scope, err := process.Require(access.ReferralRead)
	if err != nil {
		return nil, err
	}
	return load(ctx, tx, scope, id)
}

// process is the program itself, following a referral.
var process = access.System("referral.process", access.ReferralRead)

// Followed tells whether a case file follows from the referral that has more to tell than
// the referral itself: before the first appointment it does not.
func (p Process) Followed() bool {
	return p.State != "" && p.State != "to_schedule" && p.State != "scheduled"
}

// Ended tells whether the file is closed or went elsewhere.
func (p Process) Ended() bool { return p.State == "closed" || p.State == "referred_out" }

// Stopped tells whether the process does not go on, for now or for good.
func (p Process) Stopped() bool { return p.State == "suspended" || p.State == "discharged" }

// Achieved tells whether the process was completed.
func (p Process) Achieved() bool { return p.State == "completed" || p.State == "in_followup" }

// Label is where the process stands, as its authority reads it; zero before there is one.
func (p Process) Label() i18n.Msg {
	switch p.State {
	case "to_schedule":
		return i18n.M("Por citar")
	case "scheduled":
		return i18n.M("Con primera cita")
	case "in_assessment":
		return i18n.M("En valoración")
	case "waiting_list":
		return i18n.M("En lista de espera")
	case "active":
		return i18n.M("En proceso")
	case "suspended":
		return i18n.M("Proceso suspendido")
	case "completed":
		return i18n.M("Proceso concluido")
	case "discharged":
		return i18n.M("Baja del proceso")
	case "referred_out":
		return i18n.M("Derivado a otro servicio")
	case "in_followup":
		return i18n.M("En seguimiento")
	case "closed":
		return i18n.M("Cerrado")
	}
	return i18n.Msg{}
}

// processText is how an event of the process reads in the history of a referral.
func processText(action string) i18n.Msg {
	switch action {
	case "process.presented":
		return i18n.M("Se presentó a la primera cita")
	case "process.no_show":
		return i18n.M("No se presentó a la primera cita")
	case "process.admitted":
		return i18n.M("Empezó el proceso")
	case "process.suspended":
		return i18n.M("El proceso se suspendió")
	case "process.resumed":
		return i18n.M("El proceso sigue")
	case "process.moved":
		return i18n.M("El proceso pasó a otro centro")
	case "process.discharged":
		return i18n.M("Baja del proceso")
	case "process.referred_out":
		return i18n.M("Se derivó a otro servicio")
	case "process.completed":
		return i18n.M("Proceso concluido")
	case "agenda.absence_notice":
		return i18n.M("El centro informó de una inasistencia")
	case "agenda.breach_report":
		return i18n.M("El centro informó de un incumplimiento")
	case "agenda.correction":
		return i18n.M("El centro corrigió lo que había informado")
	case "process.report":
		return i18n.M("El centro envió un informe")
	case "process.report_revoked":
		return i18n.M("El centro dejó sin validez un informe")
	case "process.extended":
		return i18n.M("El centro registró un cambio de su resolución")
	}
	return i18n.Msg{}
}
