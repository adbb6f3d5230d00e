package paper

import (
	"context"
	"strings"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/agenda"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/followup"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
)

// InviteForm is when a person is invited to tell how he has been.
type InviteForm struct {
	On   string `form:"on"`
	Time string `form:"time"` // "10:30"
}

// inviteWithin is how far ahead a letter invites, in months: a slip of the year is found.
const inviteWithin = 12

// at checks the day and the hour.
func (f InviteForm) at(now time.Time, cal clock.Calendar) (time.Time, error) {
	var form fault.Form
	day := clock.FormDate(&form, "on", f.On)
	today := clock.DateOf(now)
	switch {
	case strings.TrimSpace(f.On) == "":
		form.Add("on", i18n.M("Escriba la fecha."))
	case day.IsZero():
	case day.Before(today) || day.After(today.AddMonths(inviteWithin)):
		form.Add("on", i18n.M("Escriba una fecha de hoy en adelante, a no más de un año."))
	case !cal.IsBusinessDay(day):
		form.Add("on", i18n.M("Ese día el centro no trabaja. Elija otro."))
	}
	hour, err := time.Parse("15:04", strings.TrimSpace(f.Time))
	if err != nil {
		form.Add("time", i18n.M("Escriba la hora como 10:30."))
	}
	if err := form.Err(); err != nil {
		return time.Time{}, err
	}
	return day.At(hour.Hour(), hour.Minute()), nil
}

// Invitation is a follow-up to which a person may be invited by letter.
type Invitation struct {
	followup.Followup
	Of casefile.Case
}

// Inviting gives the follow-up of a letter that is about to be printed.
func (s *Service) Inviting(ctx context.Context, actor access.Actor, followupID string) (*Invitation, error) {
	scope, err := actor.Require(access.FollowupWork)
	if err != nil {
		return nil, err
	}
	v := &Invitation{}
	err = s.use.DB.View(ctx, func(tx *db.Tx) error {
		if v.Followup, err = s.use.Followups.ReachTx(ctx, tx, actor, scope, followupID); err != nil {
			return err
		}
		v.Of, err = s.use.Cases.ReachTx(ctx, tx, actor, scope, v.CaseID)
		return err
	})
	return v, err
}

// Invite issues the letter that invites a person to a follow-up on a day, or gives the one
// that was issued for it: whoever does the follow-up hands it over, nobody signs it first.
// It says nothing of why he came to the program.
func (s *Service) Invite(ctx context.Context, actor access.Actor, followupID string, form InviteForm) (document.Document, error) {
	scope, err := actor.Require(access.FollowupWork)
	if err != nil {
		return document.Document{}, err
	}
	var d document.Document
	err = s.use.DB.Tx(ctx, func(tx *db.Tx) error {
		f, err := s.use.Followups.ReachTx(ctx, tx, actor, scope, followupID)
		if err != nil {
			return err
		}
		cal, err := s.use.Catalogue.CalendarTx(ctx, tx, f.CenterID)
		if err != nil {
			return err
		}
		at, err := form.at(tx.Now(), cal)
		if err != nil {
			return err
		}
		if s := f.State(clock.DateOf(tx.Now())); s == followup.Void || s == followup.Done {
			return fault.New(fault.Conflict, i18n.M("Este seguimiento está «%s»: ya no hace falta citar a la persona.", s.Label()))
		}
		w := Which{Case: f.CaseID, Kind: document.FollowUp, Occasion: f.ID + "/" + at.UTC().Format("2006-01-02T15:04")}
		d, err = s.handTx(ctx, tx, actor, scope, w, &agenda.Appointment{StartsAt: db.At(at)}) // of no agenda: a time to come
		return err
	})
	return d, err
}
