package paper

import (
	"context"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/casefile"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
)

// Choice is a document that a process has, or could have.
type Choice struct {
	Which
	About  string             // what sets it apart: a day, a month, a number; empty when it is the only one
	Why    i18n.Msg           // it cannot be prepared now, and what to do
	Issued *document.Document // of this Which, that is valid
	Stage  Stage
	Due    clock.Status
	Owed   bool // a task waits for it; Due is its deadline
}

// Reader is whom some documents of a process are for.
type Reader struct {
	Mandate *casefile.Mandate // nil for the person and the center
	Choices []Choice
}

// Choices is what can be prepared about a case.
type Choices struct {
	Of      casefile.Case
	Readers []Reader
}

// Choose lists the documents of a case that are prepared and signed: what is possible now,
// and of the rest why it is not.
func (s *Service) Choose(ctx context.Context, actor access.Actor, caseID string) (*Choices, error) {
	scope, err := prepare(actor)
	if err != nil {
		return nil, err
	}
	out := &Choices{}
	err = s.use.DB.View(ctx, func(tx *db.Tx) error {
		if out.Of, err = s.use.Cases.ReachTx(ctx, tx, actor, scope, caseID); err != nil {
			return err
		}
		mandates, err := s.use.Cases.MandatesTx(ctx, tx, caseID)
		if err != nil {
			return err
		}
		for i, m := range mandates {
			r := Reader{Mandate: &mandates[i]}
			if r.Choices, err = s.toAuthorityTx(ctx, tx, actor, scope, Which{Case: caseID, Mandate: m.ReferralID}); err != nil {
				return err
			}
			out.Readers = append(out.Readers, r)
		}
		own := Reader{}
		kinds := []document.Kind{document.Certificate}
		if out.Of.Voluntary {
			kinds = []document.Kind{document.Conclusion, document.Certificate}
		}
		for _, kind := range kinds {
			if own.Choices, err = s.addTx(ctx, tx, actor, scope, own.Choices, Which{Case: caseID, Kind: kind}, ""); err != nil {
				return err
			}
		}
		out.Readers = append(out.Readers, own)
		return nil
	})
	return out, err
}

// addTx adds a document to a list of choices.
func (s *Service) addTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, all []Choice, w Which, about string) ([]Choice, error) {
	p, err := s.pieceTx(ctx, tx, actor, scope, w)
	if err != nil {
		return nil, err
	}
	d, err := draftTx(ctx, tx, p.Which)
	if err != nil {
		return nil, err
	}
	c := Choice{Which: p.Which, About: about, Why: p.impossible(), Issued: p.standing(), Stage: d.stage()}
	if c.Issued != nil {
		c.Stage = Issued
	}
	if owed := p.duty(); owed != nil {
		c.Due, c.Owed = owed.Due, true
	}
	return append(all, c), nil
}

// toAuthorityTx lists what one authority can be told.
func (s *Service) toAuthorityTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, w Which) ([]Choice, error) {
	w.Kind = document.IntakeReport
	p, err := s.pieceTx(ctx, tx, actor, scope, w)
	if err != nil {
		return nil, err
	}
	var all []Choice
	if p.mandate.Voluntary {
		return []Choice{{Which: w, Why: p.impossible()}}, nil
	}
	add := func(kind document.Kind, occasion, about string) {
		if err == nil {
			w.Kind, w.Occasion = kind, occasion
			all, err = s.addTx(ctx, tx, actor, scope, all, w, about)
		}
	}
	add(document.IntakeReport, "", "")
	for _, m := range p.choosable() {
		add(document.MonthlyReport, m.String(), m.Label().In(i18n.From(ctx)))
	}
	missed := p.absences(anyDay)
	for _, f := range missed {
		add(document.AbsenceNotice, f.ID, f.Day().MX())
	}
	occasion := ""
	if len(missed) > 0 {
		occasion = missed[len(missed)-1].ID
	}
	for _, d := range p.duties {
		if kind, ok := KindOfTask(d.Kind); ok && kind == document.BreachReport {
			occasion = d.AppointmentID
		}
	}
	add(document.BreachReport, occasion, "")
	for _, d := range p.issued {
		if p.correctable(d) {
			add(document.Correction, d.ID, d.Number)
		}
	}
	add(document.Conclusion, "", "")
	return all, err
}
