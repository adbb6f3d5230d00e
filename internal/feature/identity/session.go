package identity

import (
	"context"
	"time"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// SignIn opens a session for an address and its password. It gives the session's token,
// which is shown once and stored nowhere, and when the session ends in any case.
//
// Whatever is wrong (no such address, wrong password, account not activated, suspended
// or ended), the answer is one Invalid sentence, after the work of one hash. Too many
// tries from one network (see From) give TooMany for a time, whether the address exists
// or not; many from anywhere slow each other down.
func (s *Service) SignIn(ctx context.Context, actor access.Actor, email, password, agent string) (token string, ends time.Time, err error) {
	if _, err := actor.Require(access.SessionOpen); err != nil {
		return "", time.Time{}, err
	}
	email = normalEmail(email)
	counted := s.signInTries(email)
	try, err := s.take(ctx, counted...)
	if err != nil {
		return "", time.Time{}, err
	}
	if !try.allowed {
		return "", time.Time{}, locked(try.until, s.now())
	}
	r, err := s.byEmail(ctx, email)
	if err != nil {
		return "", time.Time{}, err
	}
	fits, err := s.hasher.check(ctx, r.PasswordHash, password)
	if err != nil {
		return "", time.Time{}, err
	}
	if !fits || !r.open() {
		return "", time.Time{}, s.refuse(ctx, actor, r, try)
	}
	return s.enter(ctx, actor, r, counted, password, agent)
}

func (s *Service) now() time.Time { return s.db.Clock().Now() }

// byEmail gives the account of an address; the zero record when there is none, so that
// what follows takes the same way.
func (s *Service) byEmail(ctx context.Context, email string) (*record, error) {
	r := &record{}
	if !validEmail(email) {
		email = "" // which no account has
	}
	err := s.db.View(ctx, func(tx *db.Tx) error {
		found, err := one(ctx, tx, `where a.email = $1`, email)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		r = found
		return err
	})
	return r, err
}

// refuse writes the refusal down, without the address, and gives the neutral answer.
// Whoever hangs up at once is written down too.
func (s *Service) refuse(ctx context.Context, actor access.Actor, r *record, try taken) error {
	entry := ledger.Entry{Action: "session.refused", Subject: ledger.Subject{Type: "sign_in", ID: r.ID},
		Institution: r.InstitutionID, Center: r.CenterID}
	ctx = context.WithoutCancel(ctx)
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		if err := s.ledger.AppendTx(ctx, tx, actor, entry); err != nil || try.until.IsZero() {
			return err
		}
		lock := entry
		lock.Action = "session.lock"
		return s.ledger.AppendTx(ctx, tx, actor, lock)
	})
	switch {
	case err != nil:
		return err
	case !try.until.IsZero():
		return locked(try.until, s.now())
	}
	return noMatch()
}

func noMatch() error {
	return fault.New(fault.Invalid, i18n.M("El correo o la contraseña no coinciden. Revise que estén bien escritos; si no recuerda su contraseña, pida un enlace para poner otra."))
}

// enter opens the session. The account is looked at again in the transaction: it may
// have been suspended, or its password changed, while the hash was made.
func (s *Service) enter(ctx context.Context, actor access.Actor, r *record, counted []tries, password, agent string) (string, time.Time, error) {
	hash := r.PasswordHash
	if s.hasher.stale(hash) {
		var err error
		if hash, err = s.hasher.make(ctx, password); err != nil {
			return "", time.Time{}, err
		}
	}
	token, ends := newToken(), time.Time{}
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `
			update accounts set last_sign_in_at = $1, password_hash = $2
			where id = $3 and password_hash = $4 and suspended_at is null and ended_at is null`,
			db.At(tx.Now()), hash, r.ID, r.PasswordHash)
		if err != nil {
			return err
		}
		if n == 0 {
			return noMatch()
		}
		if err := forgetTx(ctx, tx, counted...); err != nil {
			return err
		}
		ends = tx.Now().Add(s.cfg.AbsoluteLimit)
		return s.openTx(ctx, tx, actor, r, hashToken(token), ends, agent)
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return token, ends, nil
}

const maxAgent = 300 // bytes of a browser's name for itself

func (s *Service) openTx(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, tokenHash string, ends time.Time, agent string) error {
	agent = cleanLine(agent[:min(len(agent), maxAgent)])
	row := sessionRow{ID: db.NewID(), AccountID: r.ID, PostID: r.PostID, Role: r.Role,
		InstitutionID: r.InstitutionID, AreaID: r.AreaID, CenterID: r.CenterID}
	now := tx.Now()
	_, err := tx.Exec(ctx, `
		insert into sessions (id, token_hash, account_id, created_at, seen_at, idle_ends, ends_at, agent)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`, row.ID, tokenHash, r.ID, db.At(now), db.At(now),
		db.At(earlier(now.Add(s.cfg.IdleLimit), ends)), db.At(ends), agent)
	if err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, row.session(actor.Request).Actor, sessionEntry("session.open", row.session("").Actor, row.ID))
}

// sessionEntry is a ledger entry about a session of the one who acts. Sessions are a
// subject of their own, so that an account's history stays readable.
func sessionEntry(action string, owner access.Actor, id string) ledger.Entry {
	return ledger.Entry{Action: action, Subject: ledger.Subject{Type: "session", ID: id},
		Institution: owner.Institution, Center: owner.Center}
}

// SignOut ends the actor's session.
func (s *Service) SignOut(ctx context.Context, actor access.Actor) error {
	scope, err := actor.Require(access.SelfManage)
	if err != nil {
		return err
	}
	var args db.Args
	where := scope.SQL(ownSessions, &args) + ` and s.id = ` + args.Add(actor.Session)
	return s.endOwn(ctx, actor, "session.close", where, args)
}

// SignOutEverywhere ends every session of the actor, this one too.
func (s *Service) SignOutEverywhere(ctx context.Context, actor access.Actor) error {
	scope, err := actor.Require(access.SelfManage)
	if err != nil {
		return err
	}
	var args db.Args
	where := scope.SQL(ownSessions, &args)
	return s.endOwn(ctx, actor, "session.close_all", where, args)
}

func (s *Service) endOwn(ctx context.Context, actor access.Actor, action, where string, args db.Args) error {
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `delete from sessions as s where `+where, args...)
		if err != nil || n == 0 {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, sessionEntry(action, actor, actor.Session))
	})
}

// ownSessions names the owner of a session, for the scope.
var ownSessions = access.Columns{Account: "s.account_id"}

// Extend moves the idle end of the actor's session as a request does, at once, and
// tells when it ends now.
func (s *Service) Extend(ctx context.Context, actor access.Actor) (idleEnds, ends time.Time, err error) {
	scope, err := actor.Require(access.SelfManage)
	if err != nil {
		return time.Time{}, time.Time{}, err
	}
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		var args db.Args
		var endsAt db.Time
		where := `s.id = ` + args.Add(actor.Session) + ` and ` + scope.SQL(ownSessions, &args)
		if err := tx.Get(ctx, &endsAt, `select s.ends_at from sessions s where `+where, args...); err != nil {
			return signedOut()
		}
		ends = endsAt.Time
		idleEnds = earlier(tx.Now().Add(s.cfg.IdleLimit), ends)
		_, err := tx.Exec(ctx, `update sessions set seen_at = $1, idle_ends = $2 where id = $3`,
			db.At(tx.Now()), db.At(idleEnds), actor.Session)
		return err
	})
	return idleEnds, ends, err
}

// OpenSession is one session of a list.
type OpenSession struct {
	ID        string
	Agent     string // as the browser calls itself
	CreatedAt time.Time
	SeenAt    time.Time
	Current   bool // the one that asks
}

// Sessions lists the actor's own sessions that are still open, the latest first.
func (s *Service) Sessions(ctx context.Context, actor access.Actor) ([]OpenSession, error) {
	scope, err := actor.Require(access.SelfManage)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		ID        string  `db:"id"`
		Agent     string  `db:"agent"`
		CreatedAt db.Time `db:"created_at"`
		SeenAt    db.Time `db:"seen_at"`
	}
	err = s.db.View(ctx, func(tx *db.Tx) error {
		var args db.Args
		now := args.Add(db.At(tx.Now()))
		return tx.Select(ctx, &rows, `
			select s.id, s.agent, s.created_at, s.seen_at from sessions s
			where s.idle_ends > `+now+` and s.ends_at > `+now+` and `+scope.SQL(ownSessions, &args)+`
			order by s.seen_at desc, s.id desc limit 100`, args...)
	})
	out := make([]OpenSession, len(rows))
	for i, r := range rows {
		out[i] = OpenSession{r.ID, r.Agent, r.CreatedAt.Time, r.SeenAt.Time, r.ID == actor.Session}
	}
	return out, err
}

// Own gives the actor's own account.
func (s *Service) Own(ctx context.Context, actor access.Actor) (Account, error) {
	scope, err := actor.Require(access.SelfManage)
	if err != nil {
		return Account{}, err
	}
	r, err := s.own(ctx, scope, actor.Account)
	if err != nil {
		return Account{}, err
	}
	return r.account(actor), nil
}

func (s *Service) own(ctx context.Context, scope access.Scope, id string) (r *record, err error) {
	err = s.db.View(ctx, func(tx *db.Tx) error {
		r, err = load(ctx, tx, scope, id)
		return err
	})
	return r, err
}

// ChangePassword replaces the actor's password and ends his other sessions. A wrong old
// password is Invalid at the field "current", counted as at sign-in, so that a session
// left open is no place to guess; what is wrong with the new one is at "password".
func (s *Service) ChangePassword(ctx context.Context, actor access.Actor, old, password string) error {
	scope, err := actor.Require(access.SelfManage)
	if err != nil {
		return err
	}
	r, err := s.own(ctx, scope, actor.Account)
	if err != nil {
		return err
	}
	if m := checkPassword(password, r.Name, r.Email); !m.IsZero() {
		return wrongField("password", m)
	}
	counted := s.passwordTries(r.ID)
	if err := s.proveOwner(ctx, r, counted, old); err != nil {
		return err
	}
	hash, err := s.hasher.make(ctx, password)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		if err := forgetTx(ctx, tx, counted); err != nil {
			return err
		}
		return s.setPasswordTx(ctx, tx, actor, r, hash, actor.Session)
	})
}

// proveOwner checks the password of whoever is signed in, as often as the count allows.
func (s *Service) proveOwner(ctx context.Context, r *record, counted tries, password string) error {
	try, err := s.take(ctx, counted)
	if err != nil {
		return err
	}
	if !try.allowed {
		return wrongField("current", i18n.M("Hubo demasiados intentos. Espere unos minutos, o salga y pida un enlace para poner otra contraseña."))
	}
	fits, err := s.hasher.check(ctx, r.PasswordHash, password)
	if err == nil && !fits {
		err = wrongField("current", i18n.M("Esta no es su contraseña actual."))
	}
	return err
}

func wrongField(name string, m i18n.Msg) error {
	var form fault.Form
	form.Add(name, m)
	return form.Err()
}

// setPasswordTx stores a new password and ends every session of the account but one,
// and every link that could set another.
func (s *Service) setPasswordTx(ctx context.Context, tx *db.Tx, actor access.Actor, r *record, hash, keep string) error {
	n, err := tx.Exec(ctx, `
		update accounts set password_hash = $1, password_set_at = $2
		where id = $3 and password_hash = $4 and suspended_at is null and ended_at is null`,
		hash, db.At(tx.Now()), r.ID, r.PasswordHash)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Conflict, i18n.M("Su cuenta cambió mientras tanto. Vuelva a entrar y revise si la contraseña ya es la nueva."))
	}
	if err := endSessionsTx(ctx, tx, r.ID, keep); err != nil {
		return err
	}
	if err := voidLinksTx(ctx, tx, r.ID); err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, r.entry("account.password", ledger.Change{Field: "password"}))
}

// endSessionsTx ends the sessions of an account, all but the one to keep.
func endSessionsTx(ctx context.Context, tx *db.Tx, account, keep string) error {
	_, err := tx.Exec(ctx, `delete from sessions where account_id = $1 and id <> $2`, account, keep)
	return err
}

// SetLang sets the language of the actor's mails, and of his pages from the next
// sign-in on.
func (s *Service) SetLang(ctx context.Context, actor access.Actor, lang i18n.Lang) error {
	scope, err := actor.Require(access.SelfManage)
	if err != nil {
		return err
	}
	lang = i18n.Parse(string(lang))
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, scope, actor.Account)
		if err != nil || r.Lang == lang {
			return err
		}
		if _, err := tx.Exec(ctx, `update accounts set lang = $1 where id = $2`, string(lang), r.ID); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, r.entry("account.lang", ledger.Change{Field: "lang", Before: string(r.Lang), After: string(lang)}))
	})
}
