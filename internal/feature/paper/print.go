package paper

import (
	"context"
	"strconv"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/agenda"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/ledger"
)

// Summon issues the summons to an appointment of one person, or gives the one that was
// issued for it: whoever gives appointments hands it over, nobody signs it first.
func (s *Service) Summon(ctx context.Context, actor access.Actor, appointmentID string) (document.Document, error) {
	scope, err := actor.Require(access.AgendaBook)
	if err != nil {
		return document.Document{}, err
	}
	var d document.Document
	err = s.use.DB.Tx(ctx, func(tx *db.Tx) error {
		a, _, err := s.use.Agenda.RosterTx(ctx, tx, actor, scope, appointmentID)
		if err != nil {
			return err
		}
		switch {
		case a.CaseID == "":
			return fault.New(fault.Conflict, i18n.M("Una sesión de grupo no lleva citatorio; tiene lista de asistencia."))
		case a.Ended():
			return fault.New(fault.Conflict, i18n.M("Esta cita ya no vale. Imprima el citatorio de la cita nueva."))
		case !a.StartsAt.After(tx.Now()):
			return fault.New(fault.Conflict, i18n.M("La hora de esta cita ya pasó: no se puede citar a ella."))
		}
		d, err = s.handTx(ctx, tx, actor, scope, Which{Case: a.CaseID, Kind: document.Summons, Occasion: a.ID}, a)
		return err
	})
	return d, err
}

// Letter issues the commitment letter that a person signs by hand when he is admitted, or
// gives the one that was issued.
func (s *Service) Letter(ctx context.Context, actor access.Actor, caseID string) (document.Document, error) {
	scope, err := actor.Require(access.CaseContact)
	if err != nil {
		return document.Document{}, err
	}
	var d document.Document
	err = s.use.DB.Tx(ctx, func(tx *db.Tx) error {
		var err error
		d, err = s.handTx(ctx, tx, actor, scope, Which{Case: caseID, Kind: document.Commitment}, nil)
		return err
	})
	return d, err
}

// handTx issues a document that is handed to the person, once.
func (s *Service) handTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, w Which, visit *agenda.Appointment) (document.Document, error) {
	p, err := s.pieceTx(ctx, tx, actor, scope, w)
	if err != nil {
		return document.Document{}, err
	}
	if d := p.standing(); d != nil {
		return *d, nil
	}
	if err := p.possible(); err != nil {
		return document.Document{}, err
	}
	if p.visit = visit; visit != nil && visit.VenueID != "" {
		venue, err := s.use.Centers.VenueTx(ctx, tx, visit.VenueID)
		if err != nil {
			return document.Document{}, err
		}
		if venue.Address != "" {
			p.center.Address = venue.Address // where he has to go
		}
	}
	return s.issueTx(ctx, tx, actor, p, "")
}

// signHeight is the room for a signature, in millimetres.
const signHeight = 12

// Sheet issues the attendance list of a session of a group, to be signed by hand. Each
// printing is a list of its own, and the newest is the one that counts; its names go by it
// from hand to hand, so they are short, and a sealed file is its folio.
func (s *Service) Sheet(ctx context.Context, actor access.Actor, appointmentID string) (document.Document, error) {
	scope, err := actor.Require(access.AgendaRead)
	if err != nil {
		return document.Document{}, err
	}
	var d document.Document
	err = s.use.DB.Tx(ctx, func(tx *db.Tx) error {
		a, lines, err := s.use.Agenda.RosterTx(ctx, tx, actor, scope, appointmentID)
		if err != nil {
			return err
		}
		switch {
		case a.GroupID == "":
			return fault.New(fault.Conflict, i18n.M("Solo las sesiones de grupo llevan lista de asistencia."))
		case a.Ended():
			return fault.New(fault.Conflict, i18n.M("Esta sesión ya no vale. Imprima la lista de la sesión nueva."))
		case len(lines) == 0:
			return fault.New(fault.Conflict, i18n.M("El grupo no tiene integrantes ese día: no hay a quién poner en la lista."))
		}
		content, err := s.sheetTx(ctx, tx, actor, a, lines)
		if err != nil {
			return err
		}
		key, err := s.use.Vault.NewKeyTx(ctx, tx) // of the list: it tells of several cases
		if err != nil {
			return err
		}
		d, err = s.use.Documents.IssueTx(ctx, tx, actor, document.Issue{Kind: document.AttendanceList, Occasion: a.ID,
			Subject: ledger.Subject{Type: "appointment", ID: a.ID}, Center: a.CenterID, Key: key, Content: content})
		return err
	})
	return d, err
}

// sheetTx is what an attendance list says.
func (s *Service) sheetTx(ctx context.Context, tx *db.Tx, actor access.Actor, a *agenda.Appointment, lines []agenda.Line) (document.Content, error) {
	group, err := s.use.Programs.GroupTx(ctx, tx, a.GroupID)
	if err != nil {
		return document.Content{}, err
	}
	at, err := s.use.Centers.CenterTx(ctx, tx, a.CenterID)
	if err != nil {
		return document.Content{}, err
	}
	signer, err := s.signerTx(ctx, tx, actor)
	if err != nil {
		return document.Content{}, err
	}
	names, err := s.use.Identity.NamesTx(i18n.With(ctx, i18n.Spanish), tx, []string{a.Account, a.CoAccount})
	if err != nil {
		return document.Content{}, err
	}
	c, err := s.use.Documents.WordTx(i18n.With(ctx, i18n.Spanish), tx, document.AttendanceList, document.Fields{
		document.FieldGroup: group.Name, document.FieldCenter: at.Name, document.FieldDate: a.Day().MX(),
		document.FieldTime: agenda.Hour(a.StartsAt.Time), document.FieldSigner: signer,
	})
	if err != nil {
		return c, err
	}
	t := document.Table{Height: signHeight, Columns: []document.Column{
		{Title: es(i18n.M("Núm.")), Share: 1}, {Title: es(i18n.M("Nombre")), Share: 5}, {Title: es(i18n.M("Hora de llegada")), Share: 2},
		{Title: es(i18n.M("Firma")), Share: 4},
	}}
	for i, l := range lines {
		t.Rows = append(t.Rows, []string{strconv.Itoa(i + 1), l.Case.Person, "", ""})
	}
	c.Tables = []document.Table{t}
	for _, account := range []string{a.Account, a.CoAccount} {
		if names[account] != "" {
			c.Signatures = append(c.Signatures, document.Signature{Post: names[account]})
		}
	}
	return c, nil
}
