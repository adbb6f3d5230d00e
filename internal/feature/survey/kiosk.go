package survey

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// Kiosk is a tablet on which one person after another answers a survey.
type Kiosk struct {
	ID       string  `db:"id"`
	SurveyID string  `db:"survey_id"`
	CenterID string  `db:"center_id"`
	OpenedAt db.Time `db:"opened_at"`
	ClosesAt db.Time `db:"closes_at"`
}

const kioskColumns = `k.id, k.survey_id, k.center_id, k.opened_at, k.closes_at`

// kioskColumn names whose a kiosk is, for the scope.
var kioskColumn = access.Columns{Center: "k.center_id"}

// screenLength is the length of the secret in a kiosk's address: 130 bits.
const screenLength = 26

// ScreenPath is the page of a kiosk by its secret.
func ScreenPath(screen string) string { return "/quiosco/" + screen }

// OpenKiosk opens a kiosk at the actor's center until the day ends and gives the secret of
// its address, which is not kept.
func (s *Service) OpenKiosk(ctx context.Context, actor access.Actor, id string) (screen string, err error) {
	if _, err := actor.Require(access.SurveyCollect); err != nil {
		return "", err
	}
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := askedTx(ctx, tx, id); err != nil {
			return err
		}
		screen = secretOf(screenLength)
		kiosk := db.NewID()
		if _, err := tx.Exec(ctx, `insert into survey_kiosks (id, survey_id, center_id, mac, opened_at, opened_by, closes_at)
			values ($1, $2, $3, $4, $5, $6, $7)`, kiosk, id, actor.Center, s.stored("kiosk", screen), db.At(tx.Now()), actor.Account,
			db.At(endOfDay(tx.Now()))); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, at(actor.Center, entry("survey.kiosk", id, ledger.Change{Field: "kiosk", After: kiosk})))
	})
	return screen, err
}

// endOfDay is the midnight that ends the local day.
func endOfDay(now time.Time) time.Time { return clock.DateOf(now).AddDays(1).At(0, 0) }

// CloseKiosk closes a kiosk of the actor's center; a closed one stays closed.
func (s *Service) CloseKiosk(ctx context.Context, actor access.Actor, id string) (survey string, err error) {
	scope, err := actor.Require(access.SurveyCollect)
	if err != nil {
		return "", err
	}
	if uuid.Validate(id) != nil {
		return "", fault.Missing()
	}
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		var k Kiosk
		var args db.Args
		err := tx.Get(ctx, &k, `select `+kioskColumns+` from survey_kiosks k where k.id = `+args.Add(id)+` and `+scope.SQL(kioskColumn, &args), args...)
		if errors.Is(err, db.ErrNoRows) {
			return fault.Missing()
		}
		if err != nil {
			return err
		}
		survey = k.SurveyID
		n, err := tx.Exec(ctx, `update survey_kiosks set closed_at = $1 where id = $2 and closed_at is null`, db.At(tx.Now()), id)
		if err != nil || n == 0 {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, at(k.CenterID, entry("survey.kiosk_close", k.SurveyID, ledger.Change{Field: "kiosk", After: id})))
	})
	return survey, err
}

// kiosksTx lists the kiosks of a survey that are open at the actor's center.
func kiosksTx(ctx context.Context, tx *db.Tx, actor access.Actor, survey string) ([]Kiosk, error) {
	scope, err := actor.Require(access.SurveyCollect)
	if err != nil {
		return nil, err
	}
	var all []Kiosk
	var args db.Args
	err = tx.Select(ctx, &all, `select `+kioskColumns+` from survey_kiosks k where k.survey_id = `+args.Add(survey)+`
		and k.closed_at is null and k.closes_at > `+args.Add(db.At(tx.Now()))+` and `+scope.SQL(kioskColumn, &args)+` order by k.opened_at`, args...)
	return all, err
}

// screenTx reads an open kiosk by its secret.
func (s *Service) screenTx(ctx context.Context, tx *db.Tx, screen string) (Kiosk, error) {
	var k Kiosk
	if len(screen) != screenLength {
		return k, fault.Missing()
	}
	err := tx.Get(ctx, &k, `select `+kioskColumns+` from survey_kiosks k where k.mac = $1 and k.closed_at is null and k.closes_at > $2`,
		s.stored("kiosk", screen), db.At(tx.Now()))
	if errors.Is(err, db.ErrNoRows) {
		return k, fault.Missing()
	}
	return k, err
}

// Screen gives what a kiosk asks now; NotFound when it is none or is closed.
func (s *Service) Screen(ctx context.Context, actor access.Actor, screen string) (*Question, error) {
	if _, err := actor.Require(access.SurveyAnswer); err != nil {
		return nil, err
	}
	q := &Question{}
	err := s.db.View(ctx, func(tx *db.Tx) error {
		k, err := s.screenTx(ctx, tx, screen)
		if err != nil {
			return err
		}
		q.Version, err = currentTx(ctx, tx, k.SurveyID)
		return err
	})
	return q, err
}

// AnswerScreen takes one answer on a kiosk. An answer to a version that was replaced while
// somebody answered is taken as one to that version.
func (s *Service) AnswerScreen(ctx context.Context, actor access.Actor, screen string, f AnswerForm) error {
	if _, err := actor.Require(access.SurveyAnswer); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		k, err := s.screenTx(ctx, tx, screen)
		if err != nil {
			return err
		}
		v, err := versionTx(ctx, tx, f.Version)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err != nil || v.SurveyID != k.SurveyID {
			return fault.New(fault.Conflict, i18n.M("Esta página ya no es la de la encuesta. Contéstela de nuevo, por favor."))
		}
		a, err := f.check(v)
		if err != nil {
			return err
		}
		return s.putTx(ctx, tx, v, k.CenterID, a)
	})
}

// LeaveTo ends the actor's own session, before the device on which he works becomes a
// kiosk: whoever answers must not find it.
func (s *Service) LeaveTo(ctx context.Context, actor access.Actor, id string) (screen string, err error) {
	if _, err := actor.Require(access.SurveyCollect); err != nil {
		return "", err
	}
	if screen, err = s.OpenKiosk(ctx, actor, id); err != nil {
		return "", err
	}
	return screen, s.identity.SignOut(ctx, actor)
}
