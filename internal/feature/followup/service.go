package followup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/identity"
	"sigue/internal/feature/institution"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/access"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
	"sigue/internal/platform/vault"
)

// Service is what one can do with follow-ups.
type Service struct {
	db           *db.DB
	ledger       *ledger.Ledger
	vault        *vault.Vault
	outbox       *notify.Outbox
	catalogue    *catalogue.Service
	identity     *identity.Service
	institutions *institution.Service
	centers      *center.Service
	referrals    *referral.Service
	cases        *casefile.Service
}

// Needs are the rooms and tools that the service works with.
type Needs struct {
	DB           *db.DB
	Ledger       *ledger.Ledger
	Vault        *vault.Vault
	Outbox       *notify.Outbox
	Catalogue    *catalogue.Service
	Identity     *identity.Service
	Institutions *institution.Service
	Centers      *center.Service
	Referrals    *referral.Service
	Cases        *casefile.Service
	Runner       *jobs.Runner
}

// New makes the service and binds its background work.
func New(n Needs) *Service {
	s := &Service{
		db: n.DB, ledger: n.Ledger, vault: n.Vault, outbox: n.Outbox, catalogue: n.Catalogue, identity: n.Identity,
		institutions: n.Institutions, centers: n.Centers, referrals: n.Referrals, cases: n.Cases,
	}
	s.bind(n.Runner)
	return s
}

// owner names whose a follow-up is, for the scope. The columns of the other side are empty.
var owner = access.Columns{Institution: "f.institution_id", Area: "f.area_id", Center: "f.center_id"}

// mine is the predicate for the follow-ups that an actor reaches: those of his scope, and
// of a sealed case file those of the accounts that it names. An institution's are its own,
// whatever the center does with its file.
func mine(actor access.Actor, scope access.Scope, args *db.Args) (string, error) {
	where := scope.SQL(owner, args)
	open, err := casefile.Unsealed(actor, "f.case_id", args)
	return where + ` and (f.side = '` + string(OfInstitution) + `' or ` + open + `)`, err
}

// load reads one follow-up that an actor reaches; any other does not exist.
func load(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, id string) (*Followup, error) {
	if uuid.Validate(id) != nil {
		return nil, fault.Missing()
	}
	var args db.Args
	text := `select ` + followupColumns + ` from followups f where f.id = ` + args.Add(id) + ` and `
	where, err := mine(actor, scope, &args)
	if err != nil {
		return nil, err
	}
	var f Followup
	err = tx.Get(ctx, &f, text+where, args...)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.Missing()
	}
	return &f, err
}

// entry is a ledger entry about a follow-up. What the center does stands in the history of
// its case, what an institution does beside it: neither reads the other's.
func (f *Followup) entry(action string, changes ...ledger.Change) ledger.Entry {
	e := ledger.Entry{Action: action, Subject: ledger.Subject{Type: "followup", ID: f.ID}, Institution: f.InstitutionID, Center: f.CenterID, Changes: changes}
	if f.Side == OfCenter {
		e.Subject = ledger.Subject{Type: "case", ID: f.CaseID}
	}
	return e
}

// today is the local date of the transaction.
func today(tx *db.Tx) clock.Date { return clock.DateOf(tx.Now()) }

// rules gives the rules of the day.
func rules(lists *catalogue.Lists) Rules {
	return Rules{
		Months: [3]int{lists.Rule(catalogue.RuleFollowupFirst), lists.Rule(catalogue.RuleFollowupSecond), lists.Rule(catalogue.RuleFollowupThird)},
		Window: lists.Rule(catalogue.RuleFollowupWindow), Attempts: lists.Rule(catalogue.RuleFollowupAttempts),
	}
}

// calendarTx gives the business days of whoever does a follow-up.
func (s *Service) calendarTx(ctx context.Context, tx *db.Tx, f *Followup) (clock.Calendar, error) {
	if f.Side == OfCenter {
		return s.catalogue.CalendarTx(ctx, tx, f.CenterID)
	}
	return s.catalogue.CalendarTx(ctx, tx, f.InstitutionID)
}

// keyTx gives the key that seals the texts of a follow-up: at a center that of the case,
// at an institution that of its own referral.
func (s *Service) keyTx(ctx context.Context, tx *db.Tx, f *Followup) (*vault.Key, error) {
	if f.Side == OfCenter {
		c, err := s.cases.CaseTx(ctx, tx, f.CaseID)
		if err != nil {
			return nil, err
		}
		return s.vault.KeyTx(ctx, tx, c.KeyID)
	}
	order, err := s.referrals.OrderTx(ctx, tx, f.ReferralID)
	if err != nil {
		return nil, err
	}
	return s.vault.KeyTx(ctx, tx, order.KeyID)
}

// sealTx encrypts a text for its place; nothing for an empty one.
func (s *Service) sealTx(ctx context.Context, tx *db.Tx, f *Followup, table, column, row, text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	key, err := s.keyTx(ctx, tx, f)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(text)
	if err != nil {
		return nil, err
	}
	return key.Seal(body, vault.Place(table, column, row))
}

// openText opens what sealTx gave for the same place. What was erased is empty: the facts
// beside it stay.
func openText(key *vault.Key, table, column, row string, sealed []byte) (text string, err error) {
	if len(sealed) == 0 || key == nil {
		return "", nil
	}
	body, err := key.Open(sealed, vault.Place(table, column, row))
	if err != nil {
		return "", fmt.Errorf("followup: %s.%s of %s: %w", table, column, row, err)
	}
	err = json.Unmarshal(body, &text)
	return text, err
}
