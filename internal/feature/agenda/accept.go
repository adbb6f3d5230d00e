package agenda

import (
	"context"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/access"
)

// Arrival is a referral whose first appointment is to be given, with free times.
type Arrival struct {
	View *referral.View
	Free *Free
}

// Arriving reads a referral for the page that gives its first appointment.
func (s *Service) Arriving(ctx context.Context, actor access.Actor, id string, q Search) (*Arrival, error) {
	if _, err := actor.Require(access.ReferralReceive); err != nil {
		return nil, err
	}
	view, err := s.referrals.Open(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	q.First = true
	free, err := s.FreeSlots(ctx, actor, q)
	return &Arrival{view, free}, err
}

// Accept takes a referral in, opens its case and gives the first appointment, all or
// nothing. Of two who accept at once, the second gets a Conflict that says who did.
func (s *Service) Accept(ctx context.Context, actor access.Actor, id string, v Visit) (string, error) {
	scope, err := actor.Require(access.ReferralReceive)
	if err != nil {
		return "", err
	}
	var given string
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		if err := s.referrals.AcceptTx(ctx, tx, actor, scope, id); err != nil {
			return err
		}
		given, err = s.firstVisitTx(ctx, tx, actor, id, v)
		return err
	})
	return given, err
}

// AcceptLater takes a referral in; its first appointment is given afterwards.
func (s *Service) AcceptLater(ctx context.Context, actor access.Actor, id string) error {
	if _, err := actor.Require(access.ReferralReceive); err != nil {
		return err
	}
	return s.referrals.Accept(ctx, actor, id)
}

// OfferFirst gives the first appointment of a referral that was accepted before.
func (s *Service) OfferFirst(ctx context.Context, actor access.Actor, id string, v Visit) (string, error) {
	scope, err := actor.Require(access.ReferralReceive)
	if err != nil {
		return "", err
	}
	var given string
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		order, err := s.referrals.OrderTx(ctx, tx, id)
		if err != nil {
			return err
		}
		if !scope.Covers(order.InstitutionID, order.AreaID, order.CenterID, "") {
			return fault.Missing()
		}
		given, err = s.firstVisitTx(ctx, tx, actor, id, v)
		return err
	})
	return given, err
}

// firstVisitTx opens the case of a referral and books the first appointment in it. Where
// the same person is in a process already, it is that one's next appointment.
func (s *Service) firstVisitTx(ctx context.Context, tx *db.Tx, actor access.Actor, referralID string, v Visit) (string, error) {
	order, err := s.referrals.OrderTx(ctx, tx, referralID)
	if err != nil {
		return "", err
	}
	if order.State != referral.Accepted {
		// What it says of the state stands in one place.
		return "", s.referrals.OfferedTx(ctx, tx, actor, referralID, referral.FirstVisit{})
	}
	caseID, err := s.cases.OpenTx(ctx, tx, actor, referralID)
	if err != nil {
		return "", err
	}
	c, err := s.cases.CaseTx(ctx, tx, caseID)
	if err != nil {
		return "", err
	}
	a, err := s.visitTx(ctx, tx, c, v)
	if err != nil {
		return "", err
	}
	if err := s.giveTx(ctx, tx, actor, c, a); err != nil {
		return "", err
	}
	if a.Kind != First { // giveTx has told of a first one
		err = s.offeredTx(ctx, tx, actor, referralID, a)
	}
	return a.ID, err
}

func (s *Service) offeredTx(ctx context.Context, tx *db.Tx, actor access.Actor, referralID string, a *Appointment) error {
	return s.referrals.OfferedTx(ctx, tx, actor, referralID, referral.FirstVisit{StartsAt: a.StartsAt.Time, Mode: a.Mode, VenueID: a.VenueID})
}

// tellFirstTx tells every authority of a case when the first appointment is, each on its
// own referral.
func (s *Service) tellFirstTx(ctx context.Context, tx *db.Tx, actor access.Actor, c casefile.Case, a *Appointment) error {
	mandates, err := s.cases.MandatesTx(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	for _, m := range mandates {
		if m.Revoked() {
			continue
		}
		if err := s.offeredTx(ctx, tx, actor, m.ReferralID, a); err != nil {
			return err
		}
	}
	return nil
}
