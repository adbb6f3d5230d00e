package followup

import (
	"context"
	"errors"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/feature/casefile"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/person"
	"sigue/internal/platform/access"
	"sigue/internal/platform/vault"
)

// Attempt is a try to reach somebody.
type Attempt struct {
	On              clock.Date
	Time            string
	Channel, Result string // codes
	Note            string
	At              time.Time
	Who             string // post
}

// Answered is what a follow-up learnt, at one time.
type Answered struct {
	Seq                           int
	On                            clock.Date
	Outside                       bool // of the window
	Reached, Relapse, Abstains    Known
	RelapseSource, AbstainsSource string // codes
	Why                           string
	At                            time.Time
	Who                           string // post
}

// Half is what one authority has done of the same follow-up: that, and nothing of what it
// found.
type Half struct {
	Area string
	Done bool
}

// View is a follow-up as its side reads it.
type View struct {
	Row
	Lists    *catalogue.Lists
	Tries    []Attempt  // newest first
	History  []Answered // newest first; the first one holds
	Least    int        // attempts before it may end with nothing learnt
	MayWork  bool
	Contact  *person.Person // at a center, for those who may call
	Halves   []Half         // at a center
	Returned bool           // at a center: the person came back after his completion
	Erased   bool           // the texts were erased with the case
}

// Open reads one follow-up. The read is in the ledger.
func (s *Service) Open(ctx context.Context, actor access.Actor, id string) (*View, error) {
	scope, err := actor.Require(access.FollowupRead)
	if err != nil {
		return nil, err
	}
	v := &View{MayWork: actor.May(access.FollowupWork)}
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		f, err := load(ctx, tx, actor, scope, id)
		if err != nil {
			return err
		}
		rows, err := s.rowsTx(ctx, tx, actor, scope, []Followup{*f})
		if err != nil {
			return err
		}
		v.Row = rows[0]
		if v.Lists, err = s.catalogue.ListsTx(ctx, tx); err != nil {
			return err
		}
		v.Least = rules(v.Lists).Attempts
		if err := s.textsTx(ctx, tx, f, v); err != nil {
			return err
		}
		if f.Side == OfCenter {
			if err := s.centerTx(ctx, tx, actor, f, v); err != nil {
				return err
			}
		}
		return s.ledger.AppendTx(ctx, tx, actor, f.entry("followup.read", nthOf(f.Nth)))
	})
	return v, err
}

// textsTx reads attempts and answers.
func (s *Service) textsTx(ctx context.Context, tx *db.Tx, f *Followup, v *View) error {
	key, err := s.keyTx(ctx, tx, f)
	if errors.Is(err, vault.ErrErased) {
		v.Erased, err = true, nil
	}
	if err != nil {
		return err
	}
	if v.Tries, err = attemptsTx(ctx, tx, key, f.ID); err != nil {
		return err
	}
	if v.History, err = answersTx(ctx, tx, key, f); err != nil {
		return err
	}
	var by []string
	for _, t := range v.Tries {
		by = append(by, t.Who)
	}
	for _, h := range v.History {
		by = append(by, h.Who)
	}
	names, err := s.identity.NamesTx(ctx, tx, by)
	for i := range v.Tries {
		v.Tries[i].Who = names[v.Tries[i].Who]
	}
	for i := range v.History {
		v.History[i].Who = names[v.History[i].Who]
	}
	return err
}

// attemptsTx reads the attempts, each with the account that made it.
func attemptsTx(ctx context.Context, tx *db.Tx, key *vault.Key, id string) ([]Attempt, error) {
	var rows []struct {
		ID      string     `db:"id"`
		On      clock.Date `db:"tried_on"`
		Time    string     `db:"tried_time"`
		Channel string     `db:"channel"`
		Result  string     `db:"result"`
		Note    []byte     `db:"note"`
		At      db.Time    `db:"at"`
		By      string     `db:"by"`
	}
	if err := tx.Select(ctx, &rows, `select id, tried_on, tried_time, channel, result, note, at, by from followup_attempts
		where followup_id = $1 order by tried_on desc, tried_time desc, at desc, id desc`, id); err != nil {
		return nil, err
	}
	out := make([]Attempt, len(rows))
	for i, r := range rows {
		note, err := openText(key, "followup_attempts", "note", r.ID, r.Note)
		if err != nil {
			return nil, err
		}
		out[i] = Attempt{On: r.On, Time: r.Time, Channel: r.Channel, Result: r.Result, Note: note, At: r.At.Time, Who: r.By}
	}
	return out, nil
}

// answersTx reads the answers, each with the account that gave it.
func answersTx(ctx context.Context, tx *db.Tx, key *vault.Key, f *Followup) ([]Answered, error) {
	var rows []struct {
		ID             string     `db:"id"`
		Seq            int        `db:"seq"`
		On             clock.Date `db:"answered_on"`
		Reached        Known      `db:"reached"`
		Relapse        Known      `db:"relapse"`
		RelapseSource  string     `db:"relapse_source"`
		Abstains       Known      `db:"abstains"`
		AbstainsSource string     `db:"abstains_source"`
		Why            []byte     `db:"why"`
		At             db.Time    `db:"at"`
		By             string     `db:"by"`
	}
	if err := tx.Select(ctx, &rows, `select id, seq, answered_on, reached, relapse, relapse_source, abstains, abstains_source, why, at, by
		from followup_answers where followup_id = $1 order by seq desc`, f.ID); err != nil {
		return nil, err
	}
	out := make([]Answered, len(rows))
	for i, r := range rows {
		why, err := openText(key, "followup_answers", "why", r.ID, r.Why)
		if err != nil {
			return nil, err
		}
		out[i] = Answered{Seq: r.Seq, On: r.On, Outside: !f.InWindow(r.On), Reached: r.Reached, Relapse: r.Relapse, Abstains: r.Abstains,
			RelapseSource: r.RelapseSource, AbstainsSource: r.AbstainsSource, Why: why, At: r.At.Time, Who: r.By}
	}
	return out, nil
}

// centerTx reads what only a center sees: whom to call, what the authorities have done of
// the same follow-up, and whether the person came back.
func (s *Service) centerTx(ctx context.Context, tx *db.Tx, actor access.Actor, f *Followup, v *View) error {
	c, err := s.cases.CaseTx(ctx, tx, f.CaseID)
	if err != nil {
		return err
	}
	if actor.May(access.FollowupContact) {
		p, err := person.ByIDTx(ctx, tx, c.PersonID)
		if err != nil {
			return err
		}
		v.Contact = &p
	}
	if v.Halves, err = s.halvesTx(ctx, tx, f.CaseID, f.Nth); err != nil {
		return err
	}
	_, later, err := s.cases.ReturnsTx(ctx, tx, f.CaseID)
	v.Returned = len(later) > 0
	return err
}

// halvesTx tells of each area whether it has done its follow-up of a case.
func (s *Service) halvesTx(ctx context.Context, tx *db.Tx, caseID string, nth int) ([]Half, error) {
	var rows []Followup
	if err := tx.Select(ctx, &rows, `select `+followupColumns+` from followups f where f.case_id = $1 and f.nth = $2 and f.side = 'institution'
		and (f.ended_at is null or f.ended_why <> '`+endVoid+`') order by f.folio`, caseID, nth); err != nil {
		return nil, err
	}
	areas := make([]string, len(rows))
	for i, f := range rows {
		areas[i] = f.AreaID
	}
	names, err := s.institutions.AreaNamesTx(ctx, tx, areas)
	out := make([]Half, len(rows))
	for i, f := range rows {
		out[i] = Half{Area: names[f.AreaID], Done: f.Answers > 0 || !f.EndedAt.IsZero()}
	}
	return out, err
}

// CaseView is the follow-ups of one case file, as its center reads them.
type CaseView struct {
	Case    casefile.Case
	Rows    []Row
	Halves  map[int][]Half // by nth
	Earlier []Return       // processes that the same person completed before
	Later   []Return       // processes that he began after this one
}

// Return is another process of the same person. Path is empty where the actor does not
// reach it: that it exists is all that is told of it.
type Return struct {
	CaseID string // empty where the actor does not reach it
	Folio  string
	On     time.Time // completed, of an earlier one; begun, of a later one
}

// OfCase reads the follow-ups of a case file. The read is in the ledger.
func (s *Service) OfCase(ctx context.Context, actor access.Actor, caseID string) (*CaseView, error) {
	scope, err := actor.Require(access.FollowupRead)
	if err != nil {
		return nil, err
	}
	v := &CaseView{Halves: map[int][]Half{}}
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		if v.Case, err = s.cases.ReachTx(ctx, tx, actor, scope, caseID); err != nil {
			return err
		}
		var found []Followup
		if err := tx.Select(ctx, &found, `select `+followupColumns+` from followups f where f.case_id = $1 and f.side = 'center' order by f.nth`, caseID); err != nil {
			return err
		}
		if v.Rows, err = s.rowsTx(ctx, tx, actor, scope, found); err != nil {
			return err
		}
		for _, r := range v.Rows {
			if v.Halves[r.Nth], err = s.halvesTx(ctx, tx, caseID, r.Nth); err != nil {
				return err
			}
		}
		if err := s.returnsTx(ctx, tx, actor, scope, v); err != nil {
			return err
		}
		f := Followup{Side: OfCenter, CaseID: v.Case.ID, CenterID: v.Case.CenterID}
		return s.ledger.AppendTx(ctx, tx, actor, f.entry("followup.read"))
	})
	return v, err
}

// ReachTx gives a follow-up of a center inside a scope, NotFound outside it, for the room
// of documents. The scope comes from the caller's own Require.
func (s *Service) ReachTx(ctx context.Context, tx *db.Tx, actor access.Actor, scope access.Scope, id string) (Followup, error) {
	f, err := load(ctx, tx, actor, scope, id)
	if err != nil {
		return Followup{}, err
	}
	if f.Side != OfCenter {
		return Followup{}, fault.Missing() // what an institution does about its own is no paper of a center
	}
	return *f, nil
}
