package survey

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/vault"
)

// box is where answers are counted: nothing finer is known of one.
type box struct{ version, center, month string }

// AnswerForm is an answer as the page gives it. Marks are by [MarkField].
type AnswerForm struct {
	Version string
	Marks   map[string]string
	Text    string
}

// MarkField is the name of the field of a question, counted from 0.
func MarkField(question int) string { return "p" + strconv.Itoa(question+1) }

// checked is an answer that fits its version: a mark for each question, 0 where it was
// left out.
type checked struct {
	marks []int
	text  string
}

func (f AnswerForm) check(v Version) (checked, error) {
	var form fault.Form
	out := checked{marks: make([]int, len(v.Questions))}
	said := false
	for n := range v.Questions {
		typed := strings.TrimSpace(f.Marks[MarkField(n)])
		mark, err := strconv.Atoi(typed)
		switch {
		case typed == "":
		case err != nil || mark < 1 || mark > Marks:
			form.Add(MarkField(n), i18n.M("Elija una de las respuestas, o deje la pregunta sin contestar."))
		default:
			out.marks[n], said = mark, true
		}
	}
	if v.Open.ES != "" {
		out.text = short(&form, "text", f.Text, maxText)
	}
	if !said && out.text == "" && form.Err() == nil && len(v.Questions) > 0 {
		form.Add(MarkField(0), i18n.M("Conteste al menos una pregunta. Las demás puede dejarlas así."))
	}
	return out, form.Err()
}

// putTx counts an answer. The ledger learns that one was given, and to which survey. Not by
// whom, nor the request by which the log of the program could be asked, nor where: an entry
// has its hour, and at a small center the hour would be that of the one who was there.
func (s *Service) putTx(ctx context.Context, tx *db.Tx, v Version, center string, a checked) error {
	b := box{version: v.ID, center: center, month: monthOf(today(tx))}
	if err := countTx(ctx, tx, b, a.marks); err != nil {
		return err
	}
	if a.text != "" {
		if err := s.textTx(ctx, tx, v, b, a.text); err != nil {
			return err
		}
	}
	return s.ledger.AppendTx(ctx, tx, access.Anonymous(""), entry("survey.answer", v.SurveyID))
}

// countTx adds the marks of one answer. All rows of the box are there from its first
// answer, and each answer writes all of them.
func countTx(ctx context.Context, tx *db.Tx, b box, marks []int) error {
	var args db.Args
	var rows []string
	version, center, month := args.Add(b.version), args.Add(b.center), args.Add(b.month)
	for question := range marks {
		for mark := 0; mark <= Marks; mark++ {
			rows = append(rows, "("+version+", "+center+", "+month+", "+strconv.Itoa(question)+", "+strconv.Itoa(mark)+", 0)")
		}
	}
	if _, err := tx.Exec(ctx, `insert into survey_tallies (version_id, center_id, month, question, mark, n) values `+strings.Join(rows, ", ")+` on conflict do nothing`, args...); err != nil {
		return err
	}
	var given []string
	for question, mark := range marks {
		given = append(given, "question = "+strconv.Itoa(question)+" and mark = "+strconv.Itoa(mark))
	}
	_, err := tx.Exec(ctx, `update survey_tallies set n = n + case when `+strings.Join(given, " or ")+` then 1 else 0 end
		where version_id = $1 and center_id = $2 and month = $3`, b.version, b.center, b.month)
	return err
}

// textTx keeps what was written, sealed, under an id drawn by chance.
func (s *Service) textTx(ctx context.Context, tx *db.Tx, v Version, b box, written string) error {
	key, err := s.vault.KeyTx(ctx, tx, v.keyID)
	if err != nil {
		return err
	}
	id := uuid.NewString() // of version 4: one of version 7 holds the time
	body, err := key.Seal([]byte(written), vault.Place("survey_texts", "body", id))
	if err != nil {
		return err
	}
	return mixTextsTx(ctx, tx, b, text{ID: id, Body: body})
}

// Question is what somebody sees who is asked.
type Question struct {
	Version
	Done bool // the code was answered, or its time is over
}

// Coded gives what a code asks and changes nothing. A code that we never made is NotFound;
// one that is spent says so.
func (s *Service) Coded(ctx context.Context, actor access.Actor, typed string) (*Question, error) {
	if _, err := actor.Require(access.SurveyAnswer); err != nil {
		return nil, err
	}
	secret, ok := s.parseCode(typed)
	if !ok {
		return nil, fault.Missing()
	}
	q := &Question{}
	err := s.db.View(ctx, func(tx *db.Tx) error {
		c, err := s.codeTx(ctx, tx, secret)
		if errors.Is(err, db.ErrNoRows) {
			q.Done = true
			return nil
		}
		if err != nil {
			return err
		}
		q.Version, err = versionTx(ctx, tx, c.VersionID)
		return err
	})
	return q, err
}

// codeTx reads a code that may be answered, ErrNoRows when there is none.
func (s *Service) codeTx(ctx context.Context, tx *db.Tx, secret string) (code, error) {
	var c code
	err := tx.Get(ctx, &c, `select mac, version_id, center_id, until from survey_codes where mac = $1 and until >= $2`,
		s.stored("code", secret), monthOf(today(tx)))
	return c, err
}

// Answer takes the answer to a code, which is spent with the same transaction. It tells
// whether it was taken: a code that was spent before takes nothing more.
func (s *Service) Answer(ctx context.Context, actor access.Actor, typed string, f AnswerForm) (taken bool, err error) {
	if _, err := actor.Require(access.SurveyAnswer); err != nil {
		return false, err
	}
	secret, ok := s.parseCode(typed)
	if !ok {
		return false, fault.Missing()
	}
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		taken = false
		c, err := s.codeTx(ctx, tx, secret)
		if errors.Is(err, db.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		v, err := versionTx(ctx, tx, c.VersionID)
		if err != nil {
			return err
		}
		a, err := f.check(v)
		if err != nil {
			return err
		}
		if err := mixCodesTx(ctx, tx, c.VersionID, c.CenterID, nil, c.MAC); err != nil {
			return err
		}
		taken = true
		return s.putTx(ctx, tx, v, c.CenterID, a)
	})
	return taken && err == nil, err
}
