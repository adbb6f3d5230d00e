package referral

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/identity"
	"sigue/internal/feature/institution"
	"sigue/internal/platform/access"
	"sigue/internal/platform/attachment"
	"sigue/internal/platform/document"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
	"sigue/internal/platform/vault"
)

// Service is what one can do with referrals.
type Service struct {
	db           *db.DB
	ledger       *ledger.Ledger
	vault        *vault.Vault
	intake       *attachment.Intake
	outbox       *notify.Outbox
	documents    *document.Service
	catalogue    *catalogue.Service
	identity     *identity.Service
	institutions *institution.Service
	centers      *center.Service
	childOffice  string
}

// Needs are the rooms and tools that the service works with.
type Needs struct {
	DB           *db.DB
	Ledger       *ledger.Ledger
	Vault        *vault.Vault
	Intake       *attachment.Intake
	Outbox       *notify.Outbox
	Documents    *document.Service
	Catalogue    *catalogue.Service
	Identity     *identity.Service
	Institutions *institution.Service
	Centers      *center.Service
	// ChildOffice is the mailbox of the child-protection office, which gets the
	// referrals of minors.
	ChildOffice string
	Runner      *jobs.Runner
}

// New makes the service and binds its background work.
func New(n Needs) *Service {
	s := &Service{
		db: n.DB, ledger: n.Ledger, vault: n.Vault, intake: n.Intake, outbox: n.Outbox, documents: n.Documents,
		catalogue: n.Catalogue, identity: n.Identity, institutions: n.Institutions, centers: n.Centers,
		childOffice: n.ChildOffice,
	}
	s.bind(n.Runner)
	return s
}

// columns names the owners of a referral, for the scope.
var columns = access.Columns{Institution: "r.institution_id", Area: "r.area_id", Center: "r.center_id"}

// visible is the predicate for the referrals that a scope reaches. A center sees a
// referral from the moment it was sent, never a draft.
func visible(scope access.Scope, args *db.Args) string {
	where := scope.SQL(columns, args)
	if scope.Reach() == access.Center {
		where += " and r.submitted_at is not null"
	}
	return where
}

// record is a row of referrals without its sealed texts.
type record struct {
	ID            string     `db:"id"`
	Folio         *string    `db:"folio"`
	InstitutionID string     `db:"institution_id"`
	AreaID        string     `db:"area_id"`
	CenterID      string     `db:"center_id"`
	PersonID      string     `db:"person_id"`
	KeyID         string     `db:"key_id"`
	CreatedBy     string     `db:"created_by"`
	DraftVersion  int        `db:"draft_version"`
	DraftSavedAt  db.Time    `db:"draft_saved_at"`
	Urgent        bool       `db:"urgent"`
	SubmittedAt   db.Time    `db:"submitted_at"`
	ResubmittedAt db.Time    `db:"resubmitted_at"`
	ReturnedAt    db.Time    `db:"returned_at"`
	AcceptedAt    db.Time    `db:"accepted_at"`
	AcceptedBy    string     `db:"accepted_by"`
	DeclinedAt    db.Time    `db:"declined_at"`
	DeclinedBy    string     `db:"declined_by"`
	WithdrawnAt   db.Time    `db:"withdrawn_at"`
	ExpiredAt     db.Time    `db:"expired_at"`
	RoutedAt      db.Time    `db:"routed_at"`
	AppointmentAt db.Time    `db:"appointment_at"`
	State         State      `db:"state"`
	DueOn         clock.Date `db:"due_on"`
}

const recordColumns = `r.id, r.folio, r.institution_id, r.area_id, r.center_id, r.person_id, r.key_id, r.created_by,
	r.draft_version, r.draft_saved_at, r.urgent, r.submitted_at, r.resubmitted_at, r.returned_at, r.accepted_at,
	r.accepted_by, r.declined_at, r.declined_by, r.withdrawn_at, r.expired_at, r.routed_at, r.appointment_at,
	r.state, r.due_on`

func (r *record) facts() Facts {
	return Facts{
		SubmittedAt: r.SubmittedAt.Time, ResubmittedAt: r.ResubmittedAt.Time, ReturnedAt: r.ReturnedAt.Time,
		AcceptedAt: r.AcceptedAt.Time, DeclinedAt: r.DeclinedAt.Time, WithdrawnAt: r.WithdrawnAt.Time,
		ExpiredAt: r.ExpiredAt.Time, RoutedAt: r.RoutedAt.Time, AppointmentAt: r.AppointmentAt.Time,
		Urgent: r.Urgent,
	}
}

func (r *record) folio() string {
	if r.Folio == nil {
		return ""
	}
	return *r.Folio
}

func (r *record) subject() ledger.Subject { return ledger.Subject{Type: "referral", ID: r.ID} }

// load reads one referral inside the scope; what is outside does not exist.
func load(ctx context.Context, tx *db.Tx, scope access.Scope, id string) (*record, error) {
	if uuid.Validate(id) != nil {
		return nil, fault.Missing()
	}
	var args db.Args
	var r record
	err := tx.Get(ctx, &r, `select `+recordColumns+` from referrals r
		where r.id = `+args.Add(id)+` and `+visible(scope, &args), args...)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.Missing()
	}
	return &r, err
}

// entry is a ledger entry about a referral.
func (r *record) entry(action string, changes ...ledger.Change) ledger.Entry {
	return ledger.Entry{Action: action, Subject: r.subject(), Institution: r.InstitutionID, Center: r.CenterID, Changes: changes}
}

// refresh recomputes the cached state and deadline after the facts changed, and
// plans the reminder of the new deadline.
func (s *Service) refresh(ctx context.Context, tx *db.Tx, r *record) error {
	deadline, err := s.deadline(ctx, tx, r)
	if err != nil {
		return err
	}
	r.State, r.DueOn = r.facts().State(), deadline.Due
	if _, err := tx.Exec(ctx, `update referrals set state = $1, due_on = $2, version = version + 1 where id = $3`,
		string(r.State), r.DueOn, r.ID); err != nil {
		return err
	}
	if r.DueOn.IsZero() {
		return nil
	}
	return remindKind.EnqueueTx(ctx, tx, remind{Referral: r.ID, DueOn: r.DueOn.String()}, jobs.Options{
		UniqueKey: r.ID + " " + string(r.State) + " " + r.DueOn.String(), RunAt: remindAt(r.DueOn),
	})
}

func (s *Service) deadline(ctx context.Context, tx *db.Tx, r *record) (clock.Deadline, error) {
	facts := r.facts()
	clocks, err := s.clocks(ctx, tx)
	if err != nil {
		return clock.Deadline{}, err
	}
	calendar, err := s.calendar(ctx, tx, r)
	if err != nil {
		return clock.Deadline{}, err
	}
	return facts.Deadline(clocks, calendar, calendar), nil
}

// calendar is that of whoever must act on the referral now: the institution while
// it is returned, else the center.
func (s *Service) calendar(ctx context.Context, tx *db.Tx, r *record) (clock.Calendar, error) {
	owner := r.CenterID
	if r.facts().State() == Returned {
		owner = r.InstitutionID
	}
	return s.catalogue.CalendarTx(ctx, tx, owner)
}

func (s *Service) clocks(ctx context.Context, tx *db.Tx) (Clocks, error) {
	lists, err := s.catalogue.ListsTx(ctx, tx)
	if err != nil {
		return Clocks{}, err
	}
	return Clocks{
		Answer:      lists.Rule(catalogue.RuleAnswer),
		Correct:     lists.Rule(catalogue.RuleCorrect),
		Offer:       lists.Rule(catalogue.RuleOffer),
		OfferUrgent: lists.Rule(catalogue.RuleOfferUrgent),
	}, nil
}

// notice sends one notice to a side of the referral.
func (s *Service) notice(ctx context.Context, tx *db.Tx, r *record, kind notify.Kind, to notify.Recipient) error {
	f, err := folioOf(r)
	if err != nil {
		return err
	}
	link, err := notify.LinkTo("/canalizaciones/" + r.ID)
	if err != nil {
		return err
	}
	return s.outbox.EnqueueTx(ctx, tx, notify.Notice{Kind: kind, Folio: f, Link: link, To: to, EventAt: tx.Now()})
}

func (s *Service) tellArea(ctx context.Context, tx *db.Tx, r *record, kind notify.Kind) error {
	area, err := s.institutions.AreaTx(ctx, tx, r.AreaID)
	if err != nil {
		return err
	}
	return s.notice(ctx, tx, r, kind, notify.Recipient{Type: "area", ID: area.ID, Address: area.Mailbox, Lang: i18n.Spanish})
}

func (s *Service) tellCenter(ctx context.Context, tx *db.Tx, r *record, centerID string, kind notify.Kind) error {
	c, err := s.centers.CenterTx(ctx, tx, centerID)
	if err != nil {
		return err
	}
	return s.notice(ctx, tx, r, kind, notify.Recipient{Type: "center", ID: c.ID, Address: c.Mailbox, Lang: i18n.Spanish})
}

// place says where a sealed text belongs, so that it cannot be moved to another row.
func place(column, id string) []byte { return []byte("referrals." + column + "/" + id) }

func (s *Service) sealJSON(ctx context.Context, tx *db.Tx, r *record, column string, v any) ([]byte, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	key, err := s.vault.KeyTx(ctx, tx, r.KeyID)
	if err != nil {
		return nil, err
	}
	return key.Seal(body, place(column, r.ID))
}

func (s *Service) openJSON(ctx context.Context, tx *db.Tx, r *record, column string, sealed []byte, into any) error {
	if len(sealed) == 0 {
		return nil
	}
	key, err := s.vault.KeyTx(ctx, tx, r.KeyID)
	if err != nil {
		return err
	}
	body, err := key.Open(sealed, place(column, r.ID))
	if err != nil {
		return fmt.Errorf("referral: %s of %s: %w", column, r.ID, err)
	}
	return json.Unmarshal(body, into)
}

// today is the local date of the transaction.
func today(tx *db.Tx) clock.Date { return clock.DateOf(tx.Now()) }

// later is the instant of an event that comes after another, which the clock of a
// second machine may not have reached: order, not the clocks, makes the state.
func later(now, than time.Time) db.Time {
	if !now.After(than) {
		now = than.Add(time.Microsecond)
	}
	return db.At(now)
}

func asFault(err error, into **fault.Error) bool { return errors.As(err, into) }
