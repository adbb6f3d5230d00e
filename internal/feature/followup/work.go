package followup

import (
	"context"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// Lengths of what people write, in characters.
const (
	maxNote   = 500
	minReason = 10
)

// AttemptForm is a try to reach somebody as the form gives it.
type AttemptForm struct {
	Once    string `form:"once"` // of the page, so that a form sent twice is one attempt
	On      string `form:"tried_on"`
	Time    string `form:"tried_time"` // "10:30"; may be empty
	Channel string `form:"channel"`
	Result  string `form:"result"`
	Note    string `form:"note"`
}

// attempt is a checked one.
type attempt struct {
	on                          clock.Date
	time, channel, result, note string
}

var hourForm = regexp.MustCompile(`^([01]?\d|2[0-3]):[0-5]\d$`)

func (a AttemptForm) check(f *Followup, lists *catalogue.Lists, today clock.Date) (attempt, error) {
	var form fault.Form
	out := attempt{on: happened(&form, "tried_on", a.On, f, today), time: strings.TrimSpace(a.Time),
		channel: strings.TrimSpace(a.Channel), result: strings.TrimSpace(a.Result), note: strings.TrimSpace(a.Note)}
	if out.time != "" && !hourForm.MatchString(out.time) {
		form.Add("tried_time", i18n.M("Escriba la hora como 10:30, o déjela vacía."))
	}
	if len(out.time) == len("9:30") {
		out.time = "0" + out.time
	}
	if !lists.Has(catalogue.ContactChannel, out.channel) {
		form.Add("channel", i18n.M("Elija por qué medio se intentó."))
	}
	if !lists.Has(catalogue.ContactResult, out.result) {
		form.Add("result", i18n.M("Elija en qué quedó el intento."))
	}
	short(&form, "note", out.note)
	return out, form.Err()
}

// happened checks the day of something that was done: not before the process was
// completed, not after today.
func happened(form *fault.Form, field, typed string, f *Followup, today clock.Date) clock.Date {
	d := clock.FormDate(form, field, typed)
	switch {
	case strings.TrimSpace(typed) == "":
		form.Add(field, i18n.M("Escriba la fecha."))
	case d.IsZero():
	case d.After(today):
		form.Add(field, i18n.M("Esa fecha aún no llega. Escriba el día en que se hizo."))
	case d.Before(f.CompletedOn):
		form.Add(field, i18n.M("El proceso concluyó el %s: escriba una fecha posterior.", f.CompletedOn.MX()))
	}
	return d
}

func short(form *fault.Form, field, text string) {
	if n := utf8.RuneCountInString(text); n > maxNote {
		form.Add(field, i18n.M("Es demasiado largo: %d caracteres, y caben %d. Acórtelo.", n, maxNote))
	}
}

// on runs a change of one follow-up that the actor reaches and that is still asked for.
func (s *Service) on(ctx context.Context, actor access.Actor, scope access.Scope, id string, do func(tx *db.Tx, f *Followup, lists *catalogue.Lists) error) error {
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		f, err := load(ctx, tx, actor, scope, id)
		if err != nil {
			return err
		}
		if f.State(today(tx)) == Void {
			return fault.New(fault.Conflict, i18n.M("Este seguimiento quedó sin efecto: la obligación ya no está en pie. No se cambió nada."))
		}
		lists, err := s.catalogue.ListsTx(ctx, tx)
		if err != nil {
			return err
		}
		return do(tx, f, lists)
	})
}

// LogAttempt keeps a try to reach the person, or to learn about him.
func (s *Service) LogAttempt(ctx context.Context, actor access.Actor, id string, form AttemptForm) error {
	scope, err := actor.Require(access.FollowupWork)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, id, func(tx *db.Tx, f *Followup, lists *catalogue.Lists) error {
		a, err := form.check(f, lists, today(tx))
		if err != nil {
			return err
		}
		rowID := form.Once
		if uuid.Validate(rowID) != nil {
			rowID = db.NewID()
		}
		note, err := s.sealTx(ctx, tx, f, "followup_attempts", "note", rowID, a.note)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `insert into followup_attempts (id, followup_id, tried_on, tried_time, channel, result, note, at, by)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (id) do nothing`,
			rowID, f.ID, a.on, a.time, a.channel, a.result, note, db.At(tx.Now()), actor.Account)
		if err != nil || n == 0 {
			return err // sent twice
		}
		if _, err := tx.Exec(ctx, `update followups set attempts = attempts + 1 where id = $1`, f.ID); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, f.entry("followup.attempt", nthOf(f.Nth)))
	})
}

// AnswerForm is what a follow-up learnt as the form gives it.
type AnswerForm struct {
	Version        string `form:"version"` // how often it was answered when the page was shown
	On             string `form:"answered_on"`
	Reached        string `form:"reached"`
	Relapse        string `form:"relapse"`
	RelapseSource  string `form:"relapse_source"`
	Abstains       string `form:"abstains"`
	AbstainsSource string `form:"abstains_source"`
	Why            string `form:"why"` // of an answer outside the window, and of a correction
}

// answer is a checked one.
type answer struct {
	on                            clock.Date
	reached, relapse, abstains    Known
	relapseSource, abstainsSource string
	why                           string
}

func (a AnswerForm) check(f *Followup, lists *catalogue.Lists, today clock.Date) (answer, error) {
	var form fault.Form
	out := answer{on: happened(&form, "answered_on", a.On, f, today), reached: Known(a.Reached), why: strings.TrimSpace(a.Why)}
	if out.reached != Yes && out.reached != No {
		form.Add("reached", i18n.M("Diga si se localizó a la persona."))
	}
	out.relapse, out.relapseSource = answered(&form, lists, out.reached, "relapse", a.Relapse, a.RelapseSource)
	out.abstains, out.abstainsSource = answered(&form, lists, out.reached, "abstains", a.Abstains, a.AbstainsSource)
	short(&form, "why", out.why)
	missing := utf8.RuneCountInString(out.why) < minReason
	switch {
	case f.Answers > 0 && missing:
		form.Add("why", i18n.M("Ya estaba respondido. Escriba en una frase por qué se corrige."))
	case !out.on.IsZero() && !f.InWindow(out.on) && missing:
		form.Add("why", i18n.M("La fecha queda fuera de la ventana, que va del %s al %s. Escriba en una frase por qué.", f.OpensOn.MX(), f.ClosesOn.MX()))
	}
	if least := rules(lists).Attempts; form.Err() == nil && !learnt(out.reached, out.relapse, out.abstains) && f.Attempts < least {
		form.Add("reached", i18n.M("Para darlo por no localizado hacen falta %d intentos, y hay %d anotados. Anote los que falten.", least, f.Attempts))
	}
	return out, form.Err()
}

// answered checks one answer with its source. What is known has a source; the person
// himself is none when he was not reached.
func answered(form *fault.Form, lists *catalogue.Lists, reached Known, field, typed, source string) (Known, string) {
	k := Known(typed)
	if k != k.Value() {
		form.Add(field, i18n.M("Elija una respuesta. Si no se sabe, elija «No se sabe»."))
		return Unknown, ""
	}
	if k == Unknown {
		return k, ""
	}
	switch {
	case !lists.Has(catalogue.FollowupSource, source):
		form.Add(field+"_source", i18n.M("Elija quién lo dijo."))
	case source == catalogue.SourceSelf && reached == No:
		form.Add(field+"_source", i18n.M("No se localizó a la persona, así que no puede ser la fuente. Elija otra, o «No se sabe»."))
	}
	return k, source
}

// Answer keeps what a follow-up learnt. A further answer corrects the one before, which
// stays. The center's last one closes the case file.
func (s *Service) Answer(ctx context.Context, actor access.Actor, id string, form AnswerForm) error {
	scope, err := actor.Require(access.FollowupWork)
	if err != nil {
		return err
	}
	return s.on(ctx, actor, scope, id, func(tx *db.Tx, f *Followup, lists *catalogue.Lists) error {
		if form.Version != countText(f.Answers) {
			return s.againTx(ctx, tx, actor, f, form)
		}
		a, err := form.check(f, lists, today(tx))
		if err != nil {
			return err
		}
		if err := s.answerTx(ctx, tx, actor, f, a); err != nil {
			return err
		}
		return s.closeTx(ctx, tx, actor, f)
	})
}

// overtaken says that somebody else answered meanwhile.
func overtaken() error {
	return fault.New(fault.Conflict, i18n.M("Alguien respondió este seguimiento mientras usted escribía. Revise lo que quedó y, si hace falta, corríjalo."))
}

// againTx judges an answer to a page that is no longer the newest: the same form that the
// same person sends twice is one answer, any other is a Conflict.
func (s *Service) againTx(ctx context.Context, tx *db.Tx, actor access.Actor, f *Followup, form AnswerForm) error {
	said, err := answersTx(ctx, tx, nil, f)
	if err != nil {
		return err
	}
	if len(said) == 0 || said[0].Who != actor.Account || form.Version != countText(f.Answers-1) {
		return overtaken()
	}
	last, on := said[0], clock.FormDate(&fault.Form{}, "answered_on", form.On)
	same := last.On == on && last.Reached == Known(form.Reached) && last.Relapse == Known(form.Relapse) && last.Abstains == Known(form.Abstains)
	if !same {
		return overtaken()
	}
	return nil
}

func (s *Service) answerTx(ctx context.Context, tx *db.Tx, actor access.Actor, f *Followup, a answer) error {
	rowID, seq := db.NewID(), f.Answers+1
	why, err := s.sealTx(ctx, tx, f, "followup_answers", "why", rowID, a.why)
	if err != nil {
		return err
	}
	// The row of the follow-up comes first: of two who answer at once, the second runs again
	// (see db.DB.Tx) and finds the answer of the first.
	if _, err := tx.Exec(ctx, `update followups set answers = $1, answered_on = $2, reached = $3, relapse = $4, abstains = $5 where id = $6`,
		seq, a.on, string(a.reached), string(a.relapse), string(a.abstains), f.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into followup_answers (id, followup_id, seq, answered_on, reached, relapse, relapse_source,
			abstains, abstains_source, why, at, by)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		rowID, f.ID, seq, a.on, string(a.reached), string(a.relapse), a.relapseSource, string(a.abstains), a.abstainsSource, why,
		db.At(tx.Now()), actor.Account); err != nil {
		return err
	}
	f.Answers = seq
	e := f.entry("followup.answer", nthOf(f.Nth))
	if seq > 1 {
		e = f.entry("followup.correct", nthOf(f.Nth), ledger.Change{Field: "version", After: countText(seq)})
	}
	return s.ledger.AppendTx(ctx, tx, actor, e)
}
