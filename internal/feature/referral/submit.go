package referral

import (
	"context"
	"encoding/json"
	"strings"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/feature/institution"
	"sigue/internal/feature/person"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/folio"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
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
		d, err := loadDraft(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		if d.State == Draft || d.State == Returned {
			if err := s.sendTx(ctx, tx, actor, d); err != nil {
				return err
			}
		}
		sent = Sent{ID: d.ID, Folio: d.folio()}
		return nil
	})
	return sent, err
}

// outgoing is a draft on its way out, with all that its sending reads, each once.
type outgoing struct {
	*opened
	sub    Submission
	papers []Attachment
	lists  *catalogue.Lists
	area   institution.Area
}

func (s *Service) sendTx(ctx context.Context, tx *db.Tx, actor access.Actor, d *opened) error {
	out, err := s.complete(ctx, tx, d)
	if err != nil {
		return err
	}
	if d.State == Returned {
		return s.resubmit(ctx, tx, actor, out)
	}
	return s.firstSubmit(ctx, tx, actor, out)
}

// complete checks a draft: what goes out, or one Invalid error when a section is not
// complete.
func (s *Service) complete(ctx context.Context, tx *db.Tx, d *opened) (*outgoing, error) {
	if err := s.unseal(ctx, tx, d); err != nil {
		return nil, err
	}
	out := &outgoing{opened: d}
	c, err := s.checker(ctx, tx)
	if err != nil {
		return nil, err
	}
	out.lists = c.lists
	if out.papers, err = attachmentsTx(ctx, tx, d.ID); err != nil {
		return nil, err
	}
	var errs map[Section]error
	out.sub, errs = c.submission(ctx, tx, s, d.text.Content, out.papers)
	if err := defect(errs); err != nil {
		return nil, err
	}
	if len(errs) > 0 {
		return nil, fault.New(fault.Invalid, i18n.M("Todavía falta completar alguna parte. Revise las que no dicen «Completa»."))
	}
	out.area, err = s.institutions.AreaTx(ctx, tx, d.AreaID)
	return out, err
}

func (s *Service) firstSubmit(ctx context.Context, tx *db.Tx, actor access.Actor, out *outgoing) error {
	f, err := folio.NextTx(ctx, tx, clock.DateOf(tx.Now()).Year())
	if err != nil {
		return err
	}
	text := f.String()
	out.Folio, out.SubmittedAt, out.CenterID = &text, db.At(tx.Now()), out.sub.Center.ID
	if out.sub.Minor {
		out.RoutedAt = db.At(tx.Now())
	}
	if out.PersonID, err = person.InsertTx(ctx, tx, out.sub.Person); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update referrals set folio = $1, submitted_at = $2, submitted_by = $3, routed_at = $4,
		person_id = $5 where id = $6`, text, out.SubmittedAt, actor.Account, out.RoutedAt, out.PersonID, out.ID); err != nil {
		return err
	}
	if err := s.storeSubmission(ctx, tx, out); err != nil {
		return err
	}
	action := "referral.submit"
	if out.sub.Minor {
		action = "referral.route"
	}
	if err := s.ledger.AppendTx(ctx, tx, actor, out.entry(action, ledger.Change{Field: "folio", After: text})); err != nil {
		return err
	}
	if err := s.issueAcknowledgement(ctx, tx, actor, out); err != nil {
		return err
	}
	if err := s.notice(ctx, tx, &out.record, notify.ReferralSubmitted, areaBox(out.area)); err != nil {
		return err
	}
	return s.tellReceiver(ctx, tx, out, notify.ReferralReceived)
}

// tellReceiver tells the center, or for a minor the child-protection office.
func (s *Service) tellReceiver(ctx context.Context, tx *db.Tx, out *outgoing, kind notify.Kind) error {
	if out.sub.Minor {
		return s.notice(ctx, tx, &out.record, notify.ReferralMinor, notify.Recipient{
			Type: "office", ID: "child_protection", Address: s.childOffice, Lang: i18n.Spanish,
		})
	}
	return s.notice(ctx, tx, &out.record, kind, centerBox(out.sub.Center))
}

func areaBox(a institution.Area) notify.Recipient {
	return notify.Recipient{Type: "area", ID: a.ID, Address: a.Mailbox, Lang: i18n.Spanish}
}

func centerBox(c center.Center) notify.Recipient {
	return notify.Recipient{Type: "center", ID: c.ID, Address: c.Mailbox, Lang: i18n.Spanish}
}

// resubmit sends a corrected referral back to the center.
func (s *Service) resubmit(ctx context.Context, tx *db.Tx, actor access.Actor, out *outgoing) error {
	old := out.CenterID
	out.ResubmittedAt, out.CenterID = later(tx.Now(), out.ReturnedAt.Time), out.sub.Center.ID
	if out.sub.Minor { // the correction showed that the person is under age
		out.RoutedAt = db.At(tx.Now())
	}
	if _, err := tx.Exec(ctx, `update referrals set resubmitted_at = $1, routed_at = $2 where id = $3`,
		out.ResubmittedAt, out.RoutedAt, out.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update referral_returns set answered_at = $1 where referral_id = $2 and answered_at is null`,
		db.At(tx.Now()), out.ID); err != nil {
		return err
	}
	if err := person.UpdateTx(ctx, tx, out.PersonID, out.sub.Person); err != nil {
		return err
	}
	if err := s.storeSubmission(ctx, tx, out); err != nil {
		return err
	}
	action, kind := "referral.correct", notify.ReferralCorrected
	var changes []ledger.Change
	if old != out.CenterID {
		kind = notify.ReferralReceived
		changes = append(changes, ledger.Change{Field: "center", Before: old, After: out.CenterID})
	}
	if out.sub.Minor {
		action = "referral.route"
	}
	if err := s.ledger.AppendTx(ctx, tx, actor, out.entry(action, changes...)); err != nil {
		return err
	}
	if err := s.issueAcknowledgement(ctx, tx, actor, out); err != nil { // that of the first text stops being valid
		return err
	}
	if err := s.leaveTx(ctx, tx, out, old); err != nil {
		return err
	}
	return s.tellReceiver(ctx, tx, out, kind)
}

// leaveTx takes the documents of a corrected referral from the center that had it, and
// tells it, when the correction names another place.
func (s *Service) leaveTx(ctx context.Context, tx *db.Tx, out *outgoing, old string) error {
	if old == out.CenterID {
		return nil
	}
	if err := s.documents.MoveTx(ctx, tx, out.subject(), out.CenterID); err != nil {
		return err
	}
	kind := notify.ReferralReassignedOut
	if out.sub.Minor {
		kind = notify.ReferralMinorOut
	}
	return s.tellCenter(ctx, tx, &out.record, old, kind)
}

// storeSubmission writes the checked text over whatever was there, with the words by
// which the referral is found, and refreshes state and deadline.
func (s *Service) storeSubmission(ctx context.Context, tx *db.Tx, out *outgoing) error {
	r, b, f := &out.record, out.sub.Basis, out.sub.Facts
	r.Urgent = b.Urgent
	narrative, err := out.sealNarrative()
	if err != nil {
		return err
	}
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
	if err := storeWords(ctx, tx, r, out.sub); err != nil {
		return err
	}
	if out.sub.Minor { // nobody will return it: the draft would only be a second copy
		if _, err := tx.Exec(ctx, `update referrals set draft = null where id = $1`, r.ID); err != nil {
			return err
		}
	}
	return s.refresh(ctx, tx, r)
}

func (out *outgoing) sealNarrative() ([]byte, error) {
	if out.sub.Facts.Narrative == "" {
		return nil, nil
	}
	body, err := json.Marshal(out.sub.Facts.Narrative)
	if err != nil {
		return nil, err
	}
	return out.key.Seal(body, place("narrative", out.ID))
}

func storeViolence(ctx context.Context, tx *db.Tx, id string, f Circumstances) error {
	if _, err := tx.Exec(ctx, `delete from referral_violence where referral_id = $1`, id); err != nil {
		return err
	}
	var args db.Args
	referral := args.Add(id)
	var rows []string
	for list, codes := range map[string][]string{catalogue.ViolenceType: f.ViolenceTypes, catalogue.Modality: f.Modalities} {
		for _, code := range codes {
			rows = append(rows, `(`+referral+`, `+args.Add(list)+`, `+args.Add(code)+`)`)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into referral_violence (referral_id, catalogue, code) values `+strings.Join(rows, ", "), args...)
	return err
}

// issueAcknowledgement issues the institution's receipt. It names the person by
// initials only: the paper lies on desks.
func (s *Service) issueAcknowledgement(ctx context.Context, tx *db.Tx, actor access.Actor, out *outgoing) error {
	f, err := folioOf(&out.record)
	if err != nil {
		return err
	}
	_, err = s.documents.IssueTx(ctx, tx, actor, document.Issue{
		Kind: document.Acknowledgement, Folio: f, Subject: out.subject(),
		Institution: out.InstitutionID, Area: out.AreaID, Center: out.CenterID, Key: out.key, Content: out.acknowledgement(),
	})
	return err
}

func (out *outgoing) acknowledgement() document.Content {
	destination := out.sub.Center.Name
	next := i18n.M("El centro responde a más tardar el %s: la acepta con una primera cita, la devuelve para corregir o explica por qué no la acepta. Puede ver el avance en SIGUE con el folio.", out.DueOn.MX())
	if out.sub.Minor {
		destination = i18n.M("Procuraduría de Protección de Niñas, Niños y Adolescentes").In(i18n.Spanish)
		next = i18n.M("La persona es menor de 18 años, por lo que el programa para adultos no la recibe. Se dio aviso a la oficina de protección de la niñez, que continúa la atención.")
	}
	content := document.Content{Paragraphs: []string{next.In(i18n.Spanish)}}
	for _, line := range []struct {
		label i18n.Msg
		value string
	}{
		{i18n.M("Recibida"), clock.FormatMX(out.SubmittedAt.Time)},
		{i18n.M("Corregida"), clock.FormatMX(out.ResubmittedAt.Time)}, // empty until it is
		{i18n.M("Canaliza"), out.area.PlaceName()},
		{i18n.M("Expediente"), out.sub.Basis.CaseValue}, // none, when the person comes of his own will
		{i18n.M("Base legal"), out.lists.Label(catalogue.LegalBasisList, out.sub.Basis.LegalBasis, i18n.Spanish)},
		{i18n.M("Persona (iniciales)"), out.sub.Person.Name.Initials()},
		{i18n.M("Recibe"), destination},
	} {
		if line.value != "" {
			content.Lines = append(content.Lines, document.Line{Label: line.label.In(i18n.Spanish), Value: line.value})
		}
	}
	for _, p := range out.papers {
		content.Attachments = append(content.Attachments, document.Attachment{Name: p.Name, SHA256: p.SHA256, Size: p.Size})
	}
	return content
}

// folioOf gives the folio of a sent referral.
func folioOf(r *record) (folio.Folio, error) {
	f, err := folio.Parse(strings.TrimSpace(r.folio()))
	if err != nil {
		return f, fault.Missing()
	}
	return f, nil
}
