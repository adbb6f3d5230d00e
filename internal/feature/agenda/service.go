package agenda

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/identity"
	"sigue/internal/feature/program"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/access"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
	"sigue/internal/platform/vault"
)

// Service is what one can do with appointments.
type Service struct {
	db        *db.DB
	ledger    *ledger.Ledger
	vault     *vault.Vault
	outbox    *notify.Outbox
	catalogue *catalogue.Service
	identity  *identity.Service
	centers   *center.Service
	referrals *referral.Service
	programs  *program.Service
	cases     *casefile.Service
}

// Needs are the rooms and tools that the service works with.
type Needs struct {
	DB        *db.DB
	Ledger    *ledger.Ledger
	Vault     *vault.Vault
	Outbox    *notify.Outbox
	Catalogue *catalogue.Service
	Identity  *identity.Service
	Centers   *center.Service
	Referrals *referral.Service
	Programs  *program.Service
	Cases     *casefile.Service
	Runner    *jobs.Runner
}

// New makes the service and binds its background work.
func New(n Needs) *Service {
	s := &Service{
		db: n.DB, ledger: n.Ledger, vault: n.Vault, outbox: n.Outbox, catalogue: n.Catalogue, identity: n.Identity,
		centers: n.Centers, referrals: n.Referrals, programs: n.Programs, cases: n.Cases,
	}
	s.bind(n.Runner)
	return s
}

// columns names the owner of an appointment, for the scope.
var columns = access.Columns{Center: "a.center_id"}

// mine narrows the appointments of a center to what an actor may open: whoever may not
// see whom the center attends has groups and his own appointments.
func mine(actor access.Actor, scope access.Scope, args *db.Args) string {
	where := scope.SQL(columns, args)
	if actor.SignedIn() && !actor.May(access.CaseContact) {
		where += ` and (a.kind = 'group' or a.account_id = ` + args.Add(actor.Account) + `)`
	}
	return where
}

// load reads one appointment that an actor may open; what is outside does not exist.
func load(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, id string) (*Appointment, error) {
	if uuid.Validate(id) != nil {
		return nil, fault.Missing()
	}
	var args db.Args
	var a Appointment
	err := tx.Get(ctx, &a, `select `+appointmentColumns+` from appointments a
		where a.id = `+args.Add(id)+` and `+mine(actor, scope, &args), args...)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.Missing()
	}
	return &a, err
}

// entry is a ledger entry about an appointment.
func (a *Appointment) entry(action string, changes ...ledger.Change) ledger.Entry {
	return ledger.Entry{Action: action, Subject: ledger.Subject{Type: "appointment", ID: a.ID}, Center: a.CenterID, Changes: changes}
}

// caseEntry is a ledger entry about a case, so that its timeline shows it.
func caseEntry(c casefile.Case, action string, changes ...ledger.Change) ledger.Entry {
	return ledger.Entry{Action: action, Subject: ledger.Subject{Type: "case", ID: c.ID}, Center: c.CenterID, Changes: changes}
}

// today is the local date of the transaction.
func today(tx *db.Tx) clock.Date { return clock.DateOf(tx.Now()) }

// rules gives the lists and the rules of the ladder of the day.
func (s *Service) rules(ctx context.Context, tx *db.Tx) (*catalogue.Lists, Rules, error) {
	lists, err := s.catalogue.ListsTx(ctx, tx)
	if err != nil {
		return nil, Rules{}, err
	}
	// The breach is the time that is one too many, which also ends the process: as often as
	// the rule allows, the authority is told that he did not come, and he is cited again.
	mayMiss := lists.Rule(catalogue.RuleNoShowLimit)
	return lists, Rules{
		Tell: lists.Rule(catalogue.RuleAbsenceTell), Breach: lists.Rule(catalogue.RuleAbsenceLimit),
		NoShows: mayMiss + 1, CallDays: lists.Rule(catalogue.RuleAbsenceCall),
		NoticeDays: lists.Rule(catalogue.RuleAbsenceNotice), NoShowDays: lists.Rule(catalogue.RuleNoShowNotice),
		BreachDays: lists.Rule(catalogue.RuleBreachReport), CorrectDays: lists.Rule(catalogue.RuleCorrectReport),
	}, nil
}

// wrong is an Invalid error at one field.
func wrong(field string, m i18n.Msg) error {
	var form fault.Form
	form.Add(field, m)
	return form.Err()
}

func asFault(err error, into **fault.Error) bool { return errors.As(err, into) }
