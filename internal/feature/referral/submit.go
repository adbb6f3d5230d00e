package referral

import (
	"context"
	"strings"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/person"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/folio"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
	"sigue/internal/platform/vault"
)

// Sent is what the writer gets when a referral went out.
type Sent struct {
	ID    string
	Folio string
}

// Submit sends a draft, or sends a returned referral again. A referral that was sent
// already is answered with its folio: a second click makes nothing twice.
//
// A draft that is not complete is refused with Invalid. One about a person under 18
// gets its folio and goes to the child-protection office instead of a center.
func (s *Service) Submit(ctx context.Context, actor access.Actor, id string) (Sent, error) {
	scope, err := actor.Require(access.ReferralWrite)
	if err != nil {
		return Sent{}, err
	}
	var sent Sent
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.Exclusive(ctx, "folio_counters"); err != nil { // all who send draw from one row
			return err
		}
		r, err := load(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		if r.State != Draft && r.State != Returned {
			sent = Sent{ID: r.ID, Folio: r.folio()}
			return nil
		}
		sub, err := s.complete(ctx, tx, r)
		if err != nil {
			return err
		}
		if r.State == Returned {
			err = s.resubmit(ctx, tx, actor, r, sub)
		} else {
			err = s.firstSubmit(ctx, tx, actor, r, sub)
		}
		sent = Sent{ID: r.ID, Folio: r.folio()}
		return err
	})
	return sent, err
}

// complete gives the checked submission of a draft, or one Invalid error that names
// the sections that are not complete.
func (s *Service) complete(ctx context.Context, tx *db.Tx, r *record) (Submission, error) {
	content, err := s.content(ctx, tx, r)
	if err != nil {
		return Submission{}, err
	}
	papers, err := attachmentsTx(ctx, tx, r.ID)
	if err != nil {
		return Submission{}, err
	}
	c, err := s.checker(ctx, tx)
	if err != nil {
		return Submission{}, err
	}
	sub, errs := c.submission(ctx, tx, s, content, papers)
	if len(errs) == 0 {
		return sub, nil
	}
	if err := defect(errs); err != nil {
		return Submission{}, err
	}
	return Submission{}, fault.New(fault.Invalid, i18n.M("Todavía falta completar alguna parte. Revise las que no dicen «Completa»."))
}

func (s *Service) firstSubmit(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, sub Submission) error {
	f, err := folio.NextTx(ctx, tx, clock.DateOf(tx.Now()).Year())
	if err != nil {
		return err
	}
	text := f.String()
	r.Folio, r.SubmittedAt, r.CenterID = &text, db.At(tx.Now()), sub.CenterID
	if sub.Minor {
		r.RoutedAt = db.At(tx.Now())
	}
	if r.PersonID, err = person.InsertTx(ctx, tx, sub.Person); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update referrals set folio = $1, submitted_at = $2, submitted_by = $3, routed_at = $4,
		person_id = $5 where id = $6`, text, r.SubmittedAt, actor.Account, r.RoutedAt, r.PersonID, r.ID); err != nil {
		return err
	}
	if err := s.storeSubmission(ctx, tx, r, sub); err != nil {
		return err
	}
	action := "referral.submit"
	if sub.Minor {
		action = "referral.route"
	}
	if err := s.ledger.AppendTx(ctx, tx, actor, r.entry(action, ledger.Change{Field: "folio", After: text})); err != nil {
		return err
	}
	if err := s.issueAcknowledgement(ctx, tx, actor, r, sub); err != nil {
		return err
	}
	if err := s.tellArea(ctx, tx, r, notify.ReferralSubmitted); err != nil {
		return err
	}
	if sub.Minor {
		return s.tellChildOffice(ctx, tx, r)
	}
	return s.tellCenter(ctx, tx, r, r.CenterID, notify.ReferralReceived)
}

func (s *Service) tellChildOffice(ctx context.Context, tx *db.Tx, r *record) error {
	return s.notice(ctx, tx, r, notify.ReferralMinor, notify.Recipient{
		Type: "office", ID: "child_protection", Address: s.childOffice, Lang: i18n.Spanish,
	})
}

// resubmit sends a corrected referral back to the center.
func (s *Service) resubmit(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, sub Submission) error {
	old := r.CenterID
	r.ResubmittedAt, r.CenterID = later(tx.Now(), r.ReturnedAt.Time), sub.CenterID
	if sub.Minor { // the correction showed that the person is under age
		r.RoutedAt, r.CenterID = db.At(tx.Now()), ""
	}
	if _, err := tx.Exec(ctx, `update referrals set resubmitted_at = $1, routed_at = $2 where id = $3`,
		r.ResubmittedAt, r.RoutedAt, r.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update referral_returns set answered_at = $1 where referral_id = $2 and answered_at is null`,
		db.At(tx.Now()), r.ID); err != nil {
		return err
	}
	if err := person.UpdateTx(ctx, tx, r.PersonID, sub.Person); err != nil {
		return err
	}
	if err := s.storeSubmission(ctx, tx, r, sub); err != nil {
		return err
	}
	action, kind := "referral.correct", notify.ReferralCorrected
	var changes []ledger.Change
	if old != r.CenterID {
		kind = notify.ReferralReceived
		changes = append(changes, ledger.Change{Field: "center", Before: old, After: r.CenterID})
	}
	if sub.Minor {
		action = "referral.route"
	}
	if err := s.ledger.AppendTx(ctx, tx, actor, r.entry(action, changes...)); err != nil {
		return err
	}
	if err := s.leaveTx(ctx, tx, r, old); err != nil {
		return err
	}
	if sub.Minor {
		return s.tellChildOffice(ctx, tx, r)
	}
	return s.tellCenter(ctx, tx, r, r.CenterID, kind)
}

// leaveTx takes the documents of a corrected referral from the center that had it, and
// tells it, when the correction names another place.
func (s *Service) leaveTx(ctx context.Context, tx *db.Tx, r *record, old string) error {
	if old == r.CenterID {
		return nil
	}
	if err := s.documents.MoveTx(ctx, tx, r.subject(), r.CenterID); err != nil {
		return err
	}
	return s.tellCenter(ctx, tx, r, old, notify.ReferralReassignedOut)
}

// storeSubmission writes the checked text over whatever was there, with the words by
// which the person is found, and refreshes state and deadline.
func (s *Service) storeSubmission(ctx context.Context, tx *db.Tx, r *record, sub Submission) error {
	r.Urgent = sub.Basis.Urgent
	var narrative []byte
	if sub.Facts.Narrative != "" {
		var err error
		if narrative, err = s.sealJSON(ctx, tx, r, "narrative", sub.Facts.Narrative); err != nil {
			return err
		}
	}
	b, f := sub.Basis, sub.Facts
	if _, err := tx.Exec(ctx, `
		update referrals set center_id = $1, legal_basis = $2, authority = $3, case_kind = $4, case_issuer = $5,
			case_value = $6, case_norm = $7, resolved_on = $8, mandate_sessions = $9, mandate_from = $10,
			mandate_until = $11, relation = $12, lives_with_victim = $13, minors_exposed = $14, weapon = $15,
			protection_order = $16, protection_until = $17, narrative = $18, urgent = $19
		where id = $20`,
		r.CenterID, b.LegalBasis, b.Authority, b.CaseKind, b.CaseIssuer, b.CaseValue, b.CaseNorm, b.ResolvedOn,
		b.MandateSessions, b.MandateFrom, b.MandateTo, f.Relation, f.LivesWithVictim, f.MinorsExposed, f.Weapon,
		f.ProtectionOrder, f.ProtectionUntil, narrative, b.Urgent, r.ID); err != nil {
		return err
	}
	if err := storeViolence(ctx, tx, r.ID, f); err != nil {
		return err
	}
	if err := storeWords(ctx, tx, r, sub); err != nil {
		return err
	}
	if sub.Minor { // nobody will return it: the draft would only be a second copy
		if _, err := tx.Exec(ctx, `update referrals set draft = null where id = $1`, r.ID); err != nil {
			return err
		}
	}
	return s.refresh(ctx, tx, r)
}

func storeViolence(ctx context.Context, tx *db.Tx, id string, f Circumstances) error {
	if _, err := tx.Exec(ctx, `delete from referral_violence where referral_id = $1`, id); err != nil {
		return err
	}
	for catalogue, codes := range map[string][]string{"violence_type": f.ViolenceTypes, "modality": f.Modalities} {
		for _, code := range codes {
			if _, err := tx.Exec(ctx, `insert into referral_violence (referral_id, catalogue, code) values ($1, $2, $3)`,
				id, catalogue, code); err != nil {
				return err
			}
		}
	}
	return nil
}

// issueAcknowledgement issues the institution's receipt. It names the person by
// initials only: the paper lies on desks.
func (s *Service) issueAcknowledgement(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, sub Submission) error {
	content, err := s.acknowledgement(ctx, tx, r, sub)
	if err != nil {
		return err
	}
	key, err := s.vault.KeyTx(ctx, tx, r.KeyID)
	if err != nil {
		return err
	}
	return s.issue(ctx, tx, actor, r, key, content)
}

func (s *Service) issue(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, key *vault.Key, content document.Content) error {
	f, err := folioOf(r)
	if err != nil {
		return err
	}
	_, err = s.documents.IssueTx(ctx, tx, actor, document.Issue{
		Kind: document.Acknowledgement, Folio: f, Subject: r.subject(),
		Institution: r.InstitutionID, Area: r.AreaID, Center: r.CenterID, Key: key, Content: content,
	})
	return err
}

func (s *Service) acknowledgement(ctx context.Context, tx *db.Tx, r *record, sub Submission) (document.Content, error) {
	area, err := s.institutions.AreaTx(ctx, tx, r.AreaID)
	if err != nil {
		return document.Content{}, err
	}
	lists, err := s.catalogue.ListsTx(ctx, tx)
	if err != nil {
		return document.Content{}, err
	}
	papers, err := attachmentsTx(ctx, tx, r.ID)
	if err != nil {
		return document.Content{}, err
	}
	destination, next := "", ""
	if sub.Minor {
		destination = i18n.M("Procuraduría de Protección de Niñas, Niños y Adolescentes").In(i18n.Spanish)
		next = i18n.M("La persona es menor de 18 años, por lo que el programa para adultos no la recibe. Se dio aviso a la oficina de protección de la niñez, que continúa la atención.").In(i18n.Spanish)
	} else {
		c, err := s.centers.CenterTx(ctx, tx, r.CenterID)
		if err != nil {
			return document.Content{}, err
		}
		destination = c.Name
		next = i18n.M("El centro responde a más tardar el %s: la acepta con una primera cita, la devuelve para corregir o explica por qué no la acepta. Puede ver el avance en SIGUE con el folio.", r.DueOn.MX()).In(i18n.Spanish)
	}
	content := document.Content{
		Lines: []document.Line{
			{Label: i18n.M("Recibida").In(i18n.Spanish), Value: clock.FormatMX(tx.Now())},
			{Label: i18n.M("Canaliza").In(i18n.Spanish), Value: area.PlaceName()},
			{Label: i18n.M("Expediente").In(i18n.Spanish), Value: sub.Basis.CaseValue},
			{Label: i18n.M("Base legal").In(i18n.Spanish), Value: lists.Label("legal_basis", sub.Basis.LegalBasis, i18n.Spanish)},
			{Label: i18n.M("Persona (iniciales)").In(i18n.Spanish), Value: sub.Person.Name.Initials()},
			{Label: i18n.M("Recibe").In(i18n.Spanish), Value: destination},
		},
		Paragraphs: []string{next},
	}
	for _, p := range papers {
		content.Attachments = append(content.Attachments, document.Attachment{Name: p.Name, SHA256: p.SHA256, Size: p.Size})
	}
	return content, nil
}

// folioOf gives the folio of a sent referral.
func folioOf(r *record) (folio.Folio, error) {
	f, err := folio.Parse(strings.TrimSpace(r.folio()))
	if err != nil {
		return f, fault.Missing()
	}
	return f, nil
}
