package survey

import (
	"context"
	"errors"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/person"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/notify"
	"sigue/internal/platform/vault"
)

// Offer is what the person of a case may be asked by e-mail.
type Offer struct {
	Case    casefile.Case
	Safe    bool // he gave a mailbox and said that a message there is safe
	Surveys []Offered
}

// Offered is a survey that could be sent, or that was sent before.
type Offered struct {
	Survey
	AskedAt db.Time // zero when he was not asked
}

// Offer gives what the person of a case may be asked.
func (s *Service) Offer(ctx context.Context, actor access.Actor, caseID string) (*Offer, error) {
	scope, err := actor.Require(access.SurveyAsk)
	if err != nil {
		return nil, err
	}
	var o *Offer
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		o = &Offer{}
		if o.Case, err = s.cases.ReachTx(ctx, tx, actor, scope, caseID); err != nil {
			return err
		}
		mailbox, err := s.mailboxTx(ctx, tx, o.Case)
		if err != nil {
			return err
		}
		o.Safe = mailbox != ""
		var rows []struct {
			Survey  `db:""`
			AskedAt db.Time `db:"asked_at"`
		}
		if err := tx.Select(ctx, &rows, `select `+surveyColumns+`, a.asked_at from surveys s left join survey_asks a on a.survey_id = s.id and a.case_id = $1
			where s.stage = $2 and exists (select 1 from survey_versions v where v.survey_id = s.id and v.published_at is not null)
			order by s.name`, caseID, string(stageOf(o.Case.State))); err != nil {
			return err
		}
		for _, r := range rows {
			o.Surveys = append(o.Surveys, Offered(r))
		}
		return s.ledger.AppendTx(ctx, tx, actor, caseEntry(o.Case, "survey.offer"))
	})
	return o, err
}

// stageOf is the stage that somebody may be asked about; none where he is not, or no
// longer, somebody of the center.
func stageOf(state casefile.State) Stage {
	switch state {
	case casefile.Active:
		return During
	case casefile.Completed:
		return AtEnd
	}
	return ""
}

func caseEntry(c casefile.Case, action string, changes ...ledger.Change) ledger.Entry {
	return ledger.Entry{Action: action, Subject: ledger.Subject{Type: "case", ID: c.ID}, Center: c.CenterID, Changes: changes}
}

// mailboxTx is where the person of a case may be asked: an address of which he said that a
// message there is safe. Empty for none, and for a case whose key was erased.
func (s *Service) mailboxTx(ctx context.Context, tx *db.Tx, c casefile.Case) (string, error) {
	if _, err := s.vault.KeyTx(ctx, tx, c.KeyID); err != nil {
		if errors.Is(err, vault.ErrErased) {
			err = nil
		}
		return "", err
	}
	who, err := person.ByIDTx(ctx, tx, c.PersonID)
	if err != nil || who.SafeMessage != "yes" || !notify.IsMailbox(who.Email) {
		return "", err
	}
	return who.Email, nil
}

// Ask sends the person of a case a link to a survey, once for each survey.
func (s *Service) Ask(ctx context.Context, actor access.Actor, caseID, survey string) error {
	scope, err := actor.Require(access.SurveyAsk)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		c, err := s.cases.ReachTx(ctx, tx, actor, scope, caseID)
		if err != nil {
			return err
		}
		one, err := loadTx(ctx, tx, survey)
		if fault.Is(err, fault.NotFound) {
			var form fault.Form
			form.Add("survey", i18n.M("Elija una encuesta."))
			return form.Err()
		}
		if err != nil {
			return err
		}
		if one.Stage != stageOf(c.State) {
			return fault.New(fault.Conflict, i18n.M("Esa encuesta no corresponde a como está hoy el proceso. Elija la otra, o espere."))
		}
		v, err := askedTx(ctx, tx, survey)
		if err != nil {
			return err
		}
		mailbox, err := s.mailboxTx(ctx, tx, c)
		if err != nil {
			return err
		}
		if mailbox == "" {
			return fault.New(fault.Conflict, i18n.M("La persona no tiene un correo en el que sea seguro escribirle. Use una hoja impresa o el modo quiosco."))
		}
		return s.askTx(ctx, tx, actor, c, v)
	})
}

func (s *Service) askTx(ctx context.Context, tx *db.Tx, actor access.Actor, c casefile.Case, v Version) error {
	id := db.NewID()
	n, err := tx.Exec(ctx, `insert into survey_asks (id, case_id, survey_id, asked_at, asked_by) values ($1, $2, $3, $4, $5)
		on conflict (case_id, survey_id) do nothing`, id, c.ID, v.SurveyID, db.At(tx.Now()), actor.Account)
	if err != nil || n == 0 {
		return err // he was asked before
	}
	link, err := notify.LinkTo("/encuesta/" + v.ID)
	if err != nil {
		return err
	}
	if err := s.outbox.EnqueueTx(ctx, tx, notify.Notice{Kind: notify.SurveyAsked, Link: link, To: notify.InquiryTo(id), EventAt: tx.Now()}); err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, caseEntry(c, "survey.ask", ledger.Change{Field: "survey", After: v.SurveyID}))
}

// deliver mails a link. Its code is drawn now: no row says to whom it went. One that did
// not go out is taken back.
func (s *Service) deliver(ctx context.Context, d notify.Delivery) error {
	var drawn string
	err := s.outbox.Ask(ctx, d.Notice, func(recipient string) (notify.Inquiry, error) {
		var q notify.Inquiry
		err := s.db.Tx(ctx, func(tx *db.Tx) (err error) {
			q, drawn, err = s.inquiryTx(ctx, tx, recipient)
			return err
		})
		return q, err
	})
	if err == nil || drawn == "" {
		return err
	}
	return errors.Join(err, s.db.Tx(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		c, failed := s.codeTx(ctx, tx, drawn)
		if errors.Is(failed, db.ErrNoRows) { // the mail arrived all the same, and he answered
			return nil
		}
		if failed != nil {
			return failed
		}
		return mixCodesTx(ctx, tx, c.VersionID, c.CenterID, nil, c.MAC)
	}))
}

// inquiryTx reads where a person is asked now, and draws his code.
func (s *Service) inquiryTx(ctx context.Context, tx *db.Tx, ask string) (q notify.Inquiry, drawn string, err error) {
	var row struct {
		CaseID   string `db:"case_id"`
		SurveyID string `db:"survey_id"`
	}
	if err := tx.Get(ctx, &row, `select case_id, survey_id from survey_asks where id = $1`, ask); err != nil {
		return q, "", err
	}
	c, err := s.cases.CaseTx(ctx, tx, row.CaseID)
	if err != nil {
		return q, "", err
	}
	if q.Mailbox, err = s.mailboxTx(ctx, tx, c); err != nil || q.Mailbox == "" {
		return q, "", err
	}
	v, err := currentTx(ctx, tx, row.SurveyID)
	if err != nil {
		return q, "", err
	}
	codes, err := s.issueTx(ctx, tx, v.ID, c.CenterID, 1)
	if err != nil {
		return q, "", err
	}
	q.Path = CodePath(codes[0])
	return q, codes[0], nil
}
