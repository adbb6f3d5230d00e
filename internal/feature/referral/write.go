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
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/vault"
)

// Status is how far a section of a draft is.
type Status int

// The states of a section.
const (
	NotStarted Status = iota
	InProgress
	Complete
)

// DraftView is a draft as its writer sees it.
type DraftView struct {
	ID        string
	Folio     string // of a returned one
	State     State
	Version   int
	SavedAt   time.Time
	Content   Content
	Status    map[Section]Status
	Errors    map[Section]error // what keeps a section from being complete
	Papers    []Attachment
	Minor     bool   // goes to child protection
	Twin      string // folio of an earlier referral of this institution with the same case number
	CenterID  string
	Warnings  []Warning
	Returned  *Return          // what the center asked for, when it was returned
	Changed   map[Section]bool // since then
	AreaID    string
	CanSubmit bool
}

// DraftRow is a draft in a list.
type DraftRow struct {
	ID      string
	SavedAt time.Time
	Label   string // the person's short name or the case number, if any yet
}

// StartDraft makes a draft and gives its id. The id comes from the page that asks,
// so that a second click finds the first draft. An area that was closed starts none:
// that is a Conflict.
func (s *Service) StartDraft(ctx context.Context, actor access.Actor, id string) (string, error) {
	scope, err := actor.Require(access.ReferralWrite)
	if err != nil {
		return "", err
	}
	if parsed, err := uuid.Parse(id); err != nil || parsed.String() != id {
		id = db.NewID()
	}
	if actor.Area == "" || !scope.Covers(actor.Institution, actor.Area, "", actor.Account) {
		return "", fault.Missing()
	}
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := load(ctx, tx, scope, id); !fault.Is(err, fault.NotFound) {
			return err // nil is the second click
		}
		area, err := s.institutions.AreaTx(ctx, tx, actor.Area)
		if err != nil {
			return err
		}
		if area.Closed() {
			return fault.New(fault.Conflict, i18n.M("%s está dada de baja y ya no canaliza. Si es un error, pida a quien administra SIGUE que la reabra.", area.PlaceName()))
		}
		key, err := s.vault.NewKeyTx(ctx, tx)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `
			insert into referrals (id, channel, institution_id, area_id, center_id, person_id, key_id, created_at, created_by,
				draft_version, draft_saved_at, legal_basis, authority, case_kind, case_issuer, case_value, case_norm,
				mandate_sessions, relation, lives_with_victim, minors_exposed, weapon, protection_order, urgent,
				submitted_by, accepted_by, declined_by, decline_reason, withdrawn_by, withdraw_reason, state, version)
			values ($1, 'institution', $2, $3, '', '', $4, $5, $6, 0, $5, '', '', '', '', '', '',
				0, '', '', '', '', '', $7, '', '', '', '', '', '', 'draft', 0)
			on conflict (id) do nothing`,
			id, actor.Institution, actor.Area, key.ID(), db.At(tx.Now()), actor.Account, false)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Missing() // that id is somebody else's
		}
		return s.ledger.AppendTx(ctx, tx, actor, ledger.Entry{Action: "referral.draft",
			Subject: ledger.Subject{Type: "referral", ID: id}, Institution: actor.Institution})
	})
	return id, err
}

// Drafts lists what was begun and not sent, newest first, without those whose text was
// erased.
func (s *Service) Drafts(ctx context.Context, actor access.Actor) ([]DraftRow, error) {
	scope, err := actor.Require(access.ReferralWrite)
	if err != nil {
		return nil, err
	}
	var out []DraftRow
	err = s.db.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		var rows []struct {
			record
			Draft []byte `db:"draft"`
		}
		if err := tx.Select(ctx, &rows, `select `+recordColumns+`, r.draft from referrals r
			where r.submitted_at is null and `+visible(scope, &args)+`
			order by r.draft_saved_at desc limit 50`, args...); err != nil {
			return err
		}
		for i := range rows {
			var c Content
			err := s.openJSON(ctx, tx, &rows[i].record, "draft", rows[i].Draft, &c)
			if errors.Is(err, vault.ErrErased) {
				continue // its text is gone; the others are not
			}
			if err != nil {
				return err
			}
			out = append(out, DraftRow{ID: rows[i].ID, SavedAt: rows[i].DraftSavedAt.Time, Label: c.label()})
		}
		return nil
	})
	return out, err
}

// label names a draft by what is known of it.
func (c *Content) label() string {
	name := cleanName(c.Person).Short()
	switch {
	case name != "" && c.Basis.CaseValue != "":
		return name + " · " + c.Basis.CaseValue
	case name != "":
		return name
	default:
		return c.Basis.CaseValue
	}
}

// opened is a draft, or a returned referral, as a transaction writes on it: its row, its
// key and its text, each read once.
type opened struct {
	record
	Sealed []byte `db:"draft"`
	key    *vault.Key
	text   draftText
}

// openTx opens a referral that may be written on; one that may not is a Conflict.
func (s *Service) openTx(ctx context.Context, tx *db.Tx, scope access.Scope, id string) (*opened, error) {
	d, err := loadDraft(ctx, tx, scope, id)
	if err != nil {
		return nil, err
	}
	if err := writable(d.State); err != nil {
		return nil, err
	}
	return d, s.unseal(ctx, tx, d)
}

// loadDraft reads a referral inside the scope with its text, still sealed.
func loadDraft(ctx context.Context, tx *db.Tx, scope access.Scope, id string) (*opened, error) {
	if uuid.Validate(id) != nil {
		return nil, fault.Missing()
	}
	var args db.Args
	var d opened
	err := tx.Get(ctx, &d, `select `+recordColumns+`, r.draft from referrals r
		where r.id = `+args.Add(id)+` and `+visible(scope, &args), args...)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.Missing()
	}
	return &d, err
}

func (s *Service) unseal(ctx context.Context, tx *db.Tx, d *opened) error {
	var err error
	if d.key, err = s.vault.KeyTx(ctx, tx, d.KeyID); err != nil || len(d.Sealed) == 0 {
		return err
	}
	body, err := d.key.Open(d.Sealed, place("draft", d.ID))
	if err != nil {
		return fmt.Errorf("referral: draft of %s: %w", d.ID, err)
	}
	return json.Unmarshal(body, &d.text)
}

// OpenDraft gives a draft, or a returned referral, for writing.
func (s *Service) OpenDraft(ctx context.Context, actor access.Actor, id string) (*DraftView, error) {
	scope, err := actor.Require(access.ReferralWrite)
	if err != nil {
		return nil, err
	}
	var v *DraftView
	err = s.db.View(ctx, func(tx *db.Tx) error {
		d, err := s.openTx(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		v, err = s.draftView(ctx, tx, d)
		return err
	})
	return v, err
}

// writable tells whether the institution may still change the referral's text.
func writable(state State) error {
	switch state {
	case Draft, Returned:
		return nil
	}
	return fault.New(fault.Conflict, i18n.M("Esta canalización ya fue enviada y no se puede cambiar. Si hay un error, pida al centro que la devuelva o retírela."))
}

func (s *Service) draftView(ctx context.Context, tx *db.Tx, d *opened) (*DraftView, error) {
	v := &DraftView{
		ID: d.ID, Folio: d.folio(), State: d.State, Version: d.DraftVersion, SavedAt: d.DraftSavedAt.Time, AreaID: d.AreaID,
		Content: d.text.Content, CenterID: d.text.Center.CenterID,
	}
	var err error
	if v.Papers, err = attachmentsTx(ctx, tx, d.ID); err != nil {
		return nil, err
	}
	if d.State == Returned {
		if err := s.fillReturn(ctx, tx, d, v); err != nil {
			return nil, err
		}
	}
	if err := s.judge(ctx, tx, v); err != nil {
		return nil, err
	}
	v.Twin, err = twinTx(ctx, tx, &d.record, normalizeCase(v.Content.Basis.CaseValue))
	return v, err
}

// fillReturn tells what the center asked for and what was changed since.
func (s *Service) fillReturn(ctx context.Context, tx *db.Tx, d *opened, v *DraftView) error {
	var err error
	if v.Returned, err = s.lastReturnTx(ctx, tx, &d.record); err != nil || v.Returned == nil {
		return err
	}
	v.Changed = map[Section]bool{}
	for section, at := range d.text.ChangedAt {
		v.Changed[section] = at.After(d.ReturnedAt.Time)
	}
	v.Changed[SectionPapers], err = papersChangedTx(ctx, tx, &d.record)
	return err
}

// papersChangedTx tells whether a paper was added or taken out since the return.
func papersChangedTx(ctx context.Context, tx *db.Tx, r *record) (bool, error) {
	var n int
	err := tx.Get(ctx, &n, `select count(*) from referral_attachments
		where referral_id = $1 and (added_at > $2 or removed_at > $2)`, r.ID, r.ReturnedAt)
	return n > 0, err
}

// judge works out the status of every section and whether all may be sent.
func (s *Service) judge(ctx context.Context, tx *db.Tx, v *DraftView) error {
	c, err := s.checker(ctx, tx)
	if err != nil {
		return err
	}
	sub, errs := c.submission(ctx, tx, s, v.Content, v.Papers)
	if err := defect(errs); err != nil {
		return err
	}
	v.Errors, v.Minor, v.Warnings = errs, sub.Minor, c.warnings(v.Content)
	v.Status = map[Section]Status{}
	for _, section := range Sections {
		switch {
		case errs[section] == nil:
			v.Status[section] = Complete
		case v.touched(section):
			v.Status[section] = InProgress
		}
	}
	v.CanSubmit = len(errs) == 0
	return nil
}

// defect finds, among the errors of sections, one that is none of the writer's.
func defect(errs map[Section]error) error {
	for _, err := range errs {
		if !fault.Is(err, fault.Invalid) {
			return err
		}
	}
	return nil
}

// touched tells whether something was entered in a section.
func (v *DraftView) touched(section Section) bool {
	if section == SectionPapers {
		return len(v.Papers) > 0
	}
	return !v.Content.empty(section)
}

func (s *Service) checker(ctx context.Context, tx *db.Tx) (checker, error) {
	lists, err := s.catalogue.ListsTx(ctx, tx)
	return checker{lists: lists, today: today(tx)}, err
}

// submission checks all sections; the errors are by section.
func (c checker) submission(ctx context.Context, tx *db.Tx, s *Service, content Content, papers []Attachment) (Submission, map[Section]error) {
	var sub Submission
	errs := map[Section]error{}
	keep := func(section Section, err error) {
		if err != nil {
			errs[section] = err
		}
	}
	var err error
	sub.Person, err = c.person(content.Person)
	keep(SectionPerson, err)
	sub.Minor = err == nil && sub.Person.IsMinor(c.today)
	sub.Basis, err = c.basis(content.Basis)
	keep(SectionBasis, err)
	sub.Facts, err = c.facts(content.Facts, sub.Basis.ResolvedOn)
	keep(SectionFacts, err)
	keep(SectionPapers, c.papers(sub.Basis, papers))
	if !sub.Minor { // a minor goes to child protection, whatever center was chosen
		sub.Center, err = s.receivingCenter(ctx, tx, content.Center.CenterID)
		keep(SectionCenter, err)
	}
	return sub, errs
}

// papers asks for the resolution where the basis obliges.
func (c checker) papers(b Basis, papers []Attachment) error {
	rule, ok := c.lists.LegalBasis(b.LegalBasis)
	if len(papers) > 0 || ok && !rule.Mandatory {
		return nil
	}
	var form fault.Form
	form.Add("file", i18n.M("Adjunte la resolución o el oficio con que se ordena."))
	return form.Err()
}

func (s *Service) checkCenter(ctx context.Context, tx *db.Tx, form *fault.Form, id string) error {
	_, err := s.receivingCenter(ctx, tx, id)
	if fault.Is(err, fault.Invalid) {
		for field, m := range fault.FieldsOf(err) {
			form.Add(field, m)
		}
		return nil
	}
	return err
}

// receivingCenter gives a center that takes new cases; any other is Invalid.
func (s *Service) receivingCenter(ctx context.Context, tx *db.Tx, id string) (center.Center, error) {
	var form fault.Form
	if id == "" {
		form.Add("center_id", i18n.M("Elija el centro que lo recibirá."))
		return center.Center{}, form.Err()
	}
	c, err := s.centerTx(ctx, tx, id)
	if fault.Is(err, fault.NotFound) || err == nil && !c.TakesNew() {
		form.Add("center_id", i18n.M("Ese centro ya no recibe personas. Elija otro de la lista."))
		return center.Center{}, form.Err()
	}
	return c, err
}

// centerTx finds a center by an id that came from outside.
func (s *Service) centerTx(ctx context.Context, tx *db.Tx, id string) (center.Center, error) {
	if uuid.Validate(id) != nil {
		return center.Center{}, fault.Missing()
	}
	return s.centers.CenterTx(ctx, tx, id)
}

// twinTx finds an earlier referral of the same institution with the same case number.
func twinTx(ctx context.Context, tx *db.Tx, r *record, norm string) (string, error) {
	if norm == "" {
		return "", nil
	}
	var folio string
	err := tx.Get(ctx, &folio, `select r.folio from referrals r
		where r.institution_id = $1 and r.case_norm = $2 and r.id <> $3 and r.submitted_at is not null
		order by r.submitted_at desc limit 1`, r.InstitutionID, norm, r.ID)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return folio, err
}

// Saved is what a save of a section gives back.
type Saved struct {
	Version int
	At      time.Time
}

// SaveSection keeps one section as typed. decode writes what was typed into the part
// of the content it is given; it may be called more than once. version is what the page
// was opened with: when another window saved meanwhile it is a Conflict and nothing is
// written, unless the section already holds just this.
func (s *Service) SaveSection(ctx context.Context, actor access.Actor, id string, section Section, version int, decode func(part any) error) (Saved, error) {
	scope, err := actor.Require(access.ReferralWrite)
	if err != nil {
		return Saved{}, err
	}
	var saved Saved
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		d, err := s.openTx(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		same, err := d.text.replace(section, decode)
		if err != nil {
			return err
		}
		if version != d.DraftVersion {
			if same { // the answer to an earlier save got lost, or both windows agree
				saved = Saved{Version: d.DraftVersion, At: d.DraftSavedAt.Time}
				return nil
			}
			at := d.DraftSavedAt.Time
			return fault.New(fault.Conflict, i18n.M("Esta canalización se cambió en otra ventana el %s a las %s. Lo que usted escribió sigue aquí: revíselo y guárdelo otra vez para conservarlo.",
				clock.DateOf(at).MX(), at.In(clock.Zone()).Format("15:04")))
		}
		if !same {
			d.text.changed(section, tx.Now())
		}
		saved = Saved{Version: d.DraftVersion + 1, At: tx.Now()}
		return s.storeDraft(ctx, tx, d, saved.Version)
	})
	return saved, err
}

func (s *Service) storeDraft(ctx context.Context, tx *db.Tx, d *opened, version int) error {
	body, err := json.Marshal(d.text)
	if err != nil {
		return err
	}
	sealed, err := d.key.Seal(body, place("draft", d.ID))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update referrals set draft = $1, draft_version = $2, draft_saved_at = $3 where id = $4`,
		sealed, version, db.At(tx.Now()), d.ID)
	return err
}

// CheckSection tells what keeps one section from being complete: nil, or an Invalid
// fault with a sentence for each field.
func (s *Service) CheckSection(ctx context.Context, actor access.Actor, id string, section Section) error {
	v, err := s.OpenDraft(ctx, actor, id)
	if err != nil {
		return err
	}
	return v.Errors[section]
}

// DiscardDraft deletes a draft that was never sent, with its papers and its key.
func (s *Service) DiscardDraft(ctx context.Context, actor access.Actor, id string) error {
	scope, err := actor.Require(access.ReferralWrite)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		if r.State != Draft {
			return fault.New(fault.Conflict, i18n.M("Ya fue enviada: no se puede descartar, pero sí retirar con un motivo."))
		}
		return s.discardTx(ctx, tx, actor, r)
	})
}

func (s *Service) discardTx(ctx context.Context, tx *db.Tx, actor access.Actor, r *record) error {
	if err := s.dropBlobsTx(ctx, tx, r); err != nil {
		return err
	}
	for _, q := range []string{
		`delete from referral_attachments where referral_id = $1`,
		`delete from referrals where id = $1`,
	} {
		if _, err := tx.Exec(ctx, q, r.ID); err != nil {
			return err
		}
	}
	if err := s.vault.EraseTx(ctx, tx, r.KeyID); err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, r.entry("referral.discard"))
}

// Lists gives the lists and rules of today, to fill the forms.
func (s *Service) Lists(ctx context.Context, actor access.Actor) (*catalogue.Lists, error) {
	if _, err := actor.Require(access.CatalogueRead); err != nil {
		return nil, err
	}
	var lists *catalogue.Lists
	err := s.db.View(ctx, func(tx *db.Tx) error {
		var err error
		lists, err = s.catalogue.ListsTx(ctx, tx)
		return err
	})
	return lists, err
}
