package casefile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/identity"
	"sigue/internal/feature/institution"
	"sigue/internal/feature/person"
	"sigue/internal/feature/program"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/folio"
	"sigue/internal/platform/jobs"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
	"sigue/internal/platform/vault"
)

// Service is what one can do with case files.
type Service struct {
	db           *db.DB
	ledger       *ledger.Ledger
	vault        *vault.Vault
	outbox       *notify.Outbox
	documents    *document.Service
	catalogue    *catalogue.Service
	identity     *identity.Service
	institutions *institution.Service
	centers      *center.Service
	referrals    *referral.Service
	programs     *program.Service
}

// Needs are the rooms and tools that the service works with.
type Needs struct {
	DB           *db.DB
	Ledger       *ledger.Ledger
	Vault        *vault.Vault
	Outbox       *notify.Outbox
	Documents    *document.Service
	Catalogue    *catalogue.Service
	Identity     *identity.Service
	Institutions *institution.Service
	Centers      *center.Service
	Referrals    *referral.Service
	Programs     *program.Service
	Runner       *jobs.Runner
}

// New makes the service and binds its background work.
func New(n Needs) *Service {
	s := &Service{
		db: n.DB, ledger: n.Ledger, vault: n.Vault, outbox: n.Outbox, documents: n.Documents, catalogue: n.Catalogue,
		identity: n.Identity, institutions: n.Institutions, centers: n.Centers, referrals: n.Referrals, programs: n.Programs,
	}
	s.bind(n.Runner)
	return s
}

// columns names the owner of a case file, for the scope.
var columns = access.Columns{Center: "c.center_id"}

// visible is the predicate for the case files that an actor reaches: those of his scope,
// and of the sealed ones those that name him. The program itself sees all.
func visible(actor access.Actor, scope access.Scope, args *db.Args) string {
	where := scope.SQL(columns, args)
	if actor.Account == "" {
		return where
	}
	return where + ` and (c.sealed_at is null or exists (select 1 from case_seals s where s.case_file_id = c.id and s.account_id = ` +
		args.Add(actor.Account) + `))`
}

// record is a row of case_files without its sealed texts.
type record struct {
	ID               string     `db:"id"`
	Folio            string     `db:"folio"`
	CenterID         string     `db:"center_id"`
	PersonID         string     `db:"person_id"`
	KeyID            string     `db:"key_id"`
	Voluntary        bool       `db:"voluntary"`
	OpenedAt         db.Time    `db:"opened_at"`
	ScheduledAt      db.Time    `db:"scheduled_at"`
	PresentedAt      db.Time    `db:"presented_at"`
	NoShowAt         db.Time    `db:"no_show_at"`
	NoShows          int        `db:"no_shows"`
	WaitlistedAt     db.Time    `db:"waitlisted_at"`
	AdmittedAt       db.Time    `db:"admitted_at"`
	SuspendedAt      db.Time    `db:"suspended_at"`
	ResumedAt        db.Time    `db:"resumed_at"`
	CompletedAt      db.Time    `db:"completed_at"`
	DischargedAt     db.Time    `db:"discharged_at"`
	DischargeReason  string     `db:"discharge_reason"`
	ReferredOutAt    db.Time    `db:"referred_out_at"`
	FollowupAt       db.Time    `db:"followup_at"`
	ClosedAt         db.Time    `db:"closed_at"`
	ReportDocumentID string     `db:"report_document_id"`
	MergedInto       string     `db:"merged_into"`
	SealedAt         db.Time    `db:"sealed_at"`
	NextAt           db.Time    `db:"next_at"`
	RiskLevel        RiskLevel  `db:"risk_level"`
	RiskReviewOn     clock.Date `db:"risk_review_on"`
	State            State      `db:"state"`
	person.Name      `db:""`
}

const recordColumns = `c.id, c.folio, c.center_id, c.person_id, c.key_id, c.voluntary, c.opened_at, c.scheduled_at,
	c.presented_at, c.no_show_at, c.no_shows, c.waitlisted_at, c.admitted_at, c.suspended_at, c.resumed_at, c.completed_at,
	c.discharged_at, c.discharge_reason, c.referred_out_at, c.followup_at, c.closed_at, c.report_document_id, c.merged_into,
	c.sealed_at, c.next_at, c.risk_level, c.risk_review_on, c.state, p.given_names, p.surname1, p.surname2`

const recordTables = ` from case_files c join persons p on p.id = c.person_id `

func (r *record) facts() Facts {
	return Facts{
		OpenedAt: r.OpenedAt.Time, ScheduledAt: r.ScheduledAt.Time, PresentedAt: r.PresentedAt.Time, NoShowAt: r.NoShowAt.Time,
		NoShows: r.NoShows, WaitlistedAt: r.WaitlistedAt.Time, AdmittedAt: r.AdmittedAt.Time, SuspendedAt: r.SuspendedAt.Time,
		ResumedAt: r.ResumedAt.Time, CompletedAt: r.CompletedAt.Time, DischargedAt: r.DischargedAt.Time,
		ReferredOutAt: r.ReferredOutAt.Time, FollowupAt: r.FollowupAt.Time, ClosedAt: r.ClosedAt.Time,
	}
}

// set takes facts back into the row.
func (r *record) set(f Facts) {
	r.ScheduledAt, r.PresentedAt, r.NoShowAt, r.NoShows = db.At(f.ScheduledAt), db.At(f.PresentedAt), db.At(f.NoShowAt), f.NoShows
	r.WaitlistedAt, r.AdmittedAt, r.SuspendedAt, r.ResumedAt = db.At(f.WaitlistedAt), db.At(f.AdmittedAt), db.At(f.SuspendedAt), db.At(f.ResumedAt)
	r.CompletedAt, r.DischargedAt, r.ReferredOutAt = db.At(f.CompletedAt), db.At(f.DischargedAt), db.At(f.ReferredOutAt)
	r.FollowupAt, r.ClosedAt = db.At(f.FollowupAt), db.At(f.ClosedAt)
	r.State = f.State()
}

// asCase is the row as others read it.
func (r *record) asCase() Case {
	c := Case{
		ID: r.ID, Folio: r.Folio, CenterID: r.CenterID, PersonID: r.PersonID, KeyID: r.KeyID, State: r.State, Facts: r.facts(),
		Voluntary: r.Voluntary, Person: r.Name.Short(), Sealed: !r.SealedAt.IsZero(), NextAt: r.NextAt.Time,
		Risk: r.RiskLevel, RiskReview: r.RiskReviewOn, MergedInto: r.MergedInto,
	}
	return c
}

func (r *record) subject() ledger.Subject { return ledger.Subject{Type: "case", ID: r.ID} }

// entry is a ledger entry about a case file.
func (r *record) entry(action string, changes ...ledger.Change) ledger.Entry {
	return ledger.Entry{Action: action, Subject: r.subject(), Center: r.CenterID, Changes: changes}
}

// load reads one case file that the actor reaches; any other does not exist.
func load(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, id string) (*record, error) {
	if uuid.Validate(id) != nil {
		return nil, fault.Missing()
	}
	var args db.Args
	var r record
	err := tx.Get(ctx, &r, `select `+recordColumns+recordTables+`where c.id = `+args.Add(id)+` and `+visible(actor, scope, &args), args...)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.Missing()
	}
	return &r, err
}

// byID reads a case file for a caller who has reached it before, or for the program.
func byID(ctx context.Context, tx *db.Tx, id string) (*record, error) {
	scope, err := following.Require(access.CaseRead)
	if err != nil {
		return nil, err
	}
	return load(ctx, tx, following, scope, id)
}

// following is the program itself, keeping a case file up to what happened to it.
var following = access.System("casefile", access.CaseRead)

// ReachTx gives a case file inside a scope, NotFound outside it. A sealed one is there
// only for the accounts that it names. The scope comes from the caller's own Require.
func (s *Service) ReachTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, id string) (Case, error) {
	r, err := load(ctx, tx, actor, scope, id)
	if err != nil {
		return Case{}, err
	}
	return r.asCase(), nil
}

// CaseTx gives a case file to a caller who has reached it before through another record.
func (s *Service) CaseTx(ctx context.Context, tx *db.Tx, id string) (Case, error) {
	r, err := byID(ctx, tx, id)
	if err != nil {
		return Case{}, err
	}
	return r.asCase(), nil
}

// move takes a case file to where a move leads: facts, cached state, ledger entry, and
// what its authorities may know. It is a Conflict where the move is not possible.
func (s *Service) move(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, m Move, e ledger.Entry) error {
	f, err := r.facts().after(m, tx.Now())
	if err != nil {
		return err
	}
	r.set(f)
	if err := storeFacts(ctx, tx, r); err != nil {
		return err
	}
	if err := s.ledger.AppendTx(ctx, tx, actor, e); err != nil {
		return err
	}
	return s.spreadTx(ctx, tx, r)
}

func storeFacts(ctx context.Context, tx *db.Tx, r *record) error {
	_, err := tx.Exec(ctx, `update case_files set scheduled_at = $1, presented_at = $2, no_show_at = $3, no_shows = $4,
			waitlisted_at = $5, admitted_at = $6, suspended_at = $7, resumed_at = $8, completed_at = $9, discharged_at = $10,
			referred_out_at = $11, followup_at = $12, closed_at = $13, state = $14, version = version + 1
		where id = $15`,
		r.ScheduledAt, r.PresentedAt, r.NoShowAt, r.NoShows, r.WaitlistedAt, r.AdmittedAt, r.SuspendedAt, r.ResumedAt, r.CompletedAt,
		r.DischargedAt, r.ReferredOutAt, r.FollowupAt, r.ClosedAt, string(r.State), r.ID)
	return err
}

// spreadTx writes to each referral that the case serves what its authority may know:
// its own progress, and where the process stands.
func (s *Service) spreadTx(ctx context.Context, tx *db.Tx, r *record) error {
	mandates, err := mandatesTx(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	counts, err := countsTx(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	plan := Plan{Components: counts}
	for _, m := range mandates {
		if m.Voluntary || m.Revoked() {
			continue
		}
		done := m.Of(plan.Progress())
		if err := s.referrals.ProcessTx(ctx, tx, m.ReferralID, referral.Process{
			State: string(r.State), Done: done.Done, Of: done.Of, NextAt: r.NextAt.Time}); err != nil {
			return err
		}
	}
	return nil
}

// tellTx tells every authority that the process serves, each about its own referral.
// Whoever is voluntary is reported to nobody.
func (s *Service) tellTx(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, kind notify.Kind, action string) error {
	mandates, err := s.MandatesTx(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	for _, m := range mandates {
		if m.Voluntary || m.Revoked() {
			continue
		}
		if err := s.referrals.TellTx(ctx, tx, actor, m.ReferralID, kind, action); err != nil {
			return err
		}
	}
	return nil
}

// tellCenterTx sends a notice about a case file to a center.
func (s *Service) tellCenterTx(ctx context.Context, tx *db.Tx, r *record, centerID string, kind notify.Kind) error {
	c, err := s.centers.CenterTx(ctx, tx, centerID)
	if err != nil {
		return err
	}
	link, err := notify.LinkTo("/expedientes/" + r.ID)
	if err != nil {
		return err
	}
	f, err := folio.Parse(r.Folio)
	if err != nil {
		return fmt.Errorf("casefile: folio of %s: %w", r.ID, err)
	}
	return s.outbox.EnqueueTx(ctx, tx, notify.Notice{Kind: kind, Folio: f, Link: link, EventAt: tx.Now(),
		To: notify.Recipient{Type: "center", ID: c.ID, Address: c.Mailbox, Lang: i18n.Spanish}})
}

// seal encrypts a text with the key of a case for its place.
func (s *Service) seal(ctx context.Context, tx *db.Tx, r *record, table, column, row string, v any) ([]byte, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	key, err := s.vault.KeyTx(ctx, tx, r.KeyID)
	if err != nil {
		return nil, err
	}
	return key.Seal(body, vault.Place(table, column, row))
}

// unseal opens what seal gave for the same place.
func (s *Service) unseal(ctx context.Context, tx *db.Tx, r *record, table, column, row string, sealed []byte, into any) error {
	if len(sealed) == 0 {
		return nil
	}
	key, err := s.vault.KeyTx(ctx, tx, r.KeyID)
	if err != nil {
		return err
	}
	body, err := key.Open(sealed, vault.Place(table, column, row))
	if err != nil {
		return fmt.Errorf("casefile: %s.%s of %s: %w", table, column, row, err)
	}
	return json.Unmarshal(body, into)
}

// today is the local date of the transaction.
func today(tx *db.Tx) clock.Date { return clock.DateOf(tx.Now()) }
