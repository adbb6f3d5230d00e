package survey

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/vault"
)

// Filter chooses results: a version (empty for the current one) and a center (empty for
// all that the actor reaches).
type Filter struct {
	Version string
	Center  string
}

// Results is what was answered to one version.
type Results struct {
	Survey
	Version   Version
	Versions  []Version // that were published, newest first
	Center    string    // the one that is shown; empty for all
	Questions []Answers
	Texts     []Text // what was written, in an order drawn by chance
}

// Text is what somebody wrote. Its id is drawn by chance and only serves to take it away.
type Text struct{ ID, Body string }

// Named is a center with its name.
type Named struct{ ID, Name string }

// Answers is how one question was answered.
type Answers struct {
	Text    i18n.Text
	Total   Figure   // of nobody while there are fewer than five
	Periods []Figure // of one center, in order
	Centers []Placed // of several, by name
}

// Placed is the total of a center.
type Placed struct {
	Named
	Figure
}

// tallyColumn names whose a tally or text is, for the scope.
var tallyColumn = access.Columns{Center: "t.center_id"}

// Results gives the results of a survey over the months that are over.
func (s *Service) Results(ctx context.Context, actor access.Actor, id string, f Filter) (*Results, error) {
	scope, err := actor.Require(access.SurveyResults)
	if err != nil {
		return nil, err
	}
	var out *Results
	err = s.db.View(ctx, func(tx *db.Tx) error {
		if out, err = s.chosenTx(ctx, tx, actor, id, f); err != nil {
			return err
		}
		var args db.Args
		where := `t.version_id = ` + args.Add(out.Version.ID) + ` and t.month < ` + args.Add(monthOf(today(tx))) + ` and ` + scope.SQL(tallyColumn, &args)
		if out.Center != "" {
			where += ` and t.center_id = ` + args.Add(out.Center)
		}
		if err := out.fillTx(ctx, tx, s, where, args); err != nil {
			return err
		}
		out.Texts, err = s.textsTx(ctx, tx, out.Version, where, args)
		return err
	})
	return out, err
}

// chosenTx finds what is asked for. A center outside the actor's reach is not there.
func (s *Service) chosenTx(ctx context.Context, tx *db.Tx, actor access.Actor, id string, f Filter) (*Results, error) {
	scope, err := actor.Require(access.SurveyResults)
	if err != nil {
		return nil, err
	}
	one, err := loadTx(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	out := &Results{Survey: one, Center: f.Center}
	if out.Versions, err = versionsTx(ctx, tx, `v.survey_id = $1 and v.published_at is not null`, id); err != nil {
		return nil, err
	}
	for _, v := range out.Versions {
		if out.Version.ID == "" && (f.Version == "" || f.Version == v.ID) {
			out.Version = v
		}
	}
	if f.Version != "" && out.Version.ID == "" {
		return nil, fault.Missing()
	}
	if scope.Reach() == access.Center {
		out.Center = actor.Center
	}
	if f.Center == "" {
		return out, nil
	}
	if uuid.Validate(f.Center) != nil || !scope.Covers("", "", f.Center, "") {
		return nil, fault.Missing()
	}
	_, err = s.centers.CenterTx(ctx, tx, f.Center)
	return out, err
}

// cell is one stored count.
type cell struct {
	Center   string `db:"center_id"`
	Month    string `db:"month"`
	Question int    `db:"question"`
	Mark     int    `db:"mark"`
	N        int    `db:"n"`
}

// fillTx reads the counts and lets out what may be shown.
func (r *Results) fillTx(ctx context.Context, tx *db.Tx, s *Service, where string, args db.Args) error {
	var cells []cell
	if err := tx.Select(ctx, &cells, `select t.center_id, t.month, t.question, t.mark, t.n from survey_tallies t
		where `+where+` and t.mark > 0 order by t.question, t.center_id, t.month, t.mark`, args...); err != nil {
		return err
	}
	var ids []string
	for _, c := range cells {
		if !slices.Contains(ids, c.Center) {
			ids = append(ids, c.Center)
		}
	}
	names, err := s.centers.NamesTx(ctx, tx, ids)
	if err != nil {
		return err
	}
	for n, q := range r.Version.Questions {
		r.Questions = append(r.Questions, r.answers(q, cells, n, names))
	}
	return nil
}

// answers lets out one question.
func (r *Results) answers(q i18n.Text, cells []cell, question int, names map[string]string) Answers {
	months := map[string][]Figure{}
	for _, c := range cells {
		if c.Question != question {
			continue
		}
		of := months[c.Center]
		if n := len(of); n == 0 || of[n-1].Until != c.Month {
			of = append(of, Figure{From: c.Month, Until: c.Month})
		}
		of[len(of)-1].Counts[c.Mark-1] = c.N
		months[c.Center] = of
	}
	a := Answers{Text: q}
	for center, of := range months {
		shown := release(of)
		sum := total(shown)
		a.Total = a.Total.add(sum)
		switch {
		case r.Center != "":
			a.Periods = shown
		case sum.N() > 0:
			a.Centers = append(a.Centers, Placed{Named{center, names[center]}, sum})
		}
	}
	slices.SortFunc(a.Centers, func(x, y Placed) int {
		if x.Name < y.Name {
			return -1
		}
		return 1
	})
	return a
}

// textsTx opens what was written, in groups of five or more like the marks, and in an order
// drawn by chance. What was erased is left out.
func (s *Service) textsTx(ctx context.Context, tx *db.Tx, v Version, where string, args db.Args) ([]Text, error) {
	var rows []struct {
		text   `db:""`
		Center string `db:"center_id"`
	}
	if err := tx.Select(ctx, &rows, `select t.id, t.month, t.body, t.center_id from survey_texts t where `+where+` order by t.center_id, t.month, t.id`, args...); err != nil || len(rows) == 0 {
		return nil, err
	}
	key, err := s.vault.KeyTx(ctx, tx, v.keyID)
	if errors.Is(err, vault.ErrErased) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	months := map[string][]Figure{}
	for _, r := range rows {
		of := months[r.Center]
		if n := len(of); n == 0 || of[n-1].Until != r.Month {
			of = append(of, Figure{From: r.Month, Until: r.Month})
		}
		of[len(of)-1].Counts[0]++
		months[r.Center] = of
	}
	var all []Text
	for _, r := range rows {
		if shown := release(months[r.Center]); len(shown) == 0 || r.Month > shown[len(shown)-1].Until {
			continue
		}
		body, err := key.Open(r.Body, vault.Place("survey_texts", "body", r.ID))
		if err != nil {
			return nil, err
		}
		if len(body) > 0 { // not taken away
			all = append(all, Text{r.ID, string(body)})
		}
	}
	shuffle(all)
	return all, nil
}

// RemoveText takes away what somebody wrote that names a person. Its row stays, empty, so
// that the others of its group stay shown. The centers themselves cannot do it: they are
// whom the texts are about.
func (s *Service) RemoveText(ctx context.Context, actor access.Actor, id, textID string) error {
	if _, err := actor.Require(access.SurveyManage); err != nil {
		return err
	}
	if uuid.Validate(textID) != nil {
		return fault.Missing()
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := loadTx(ctx, tx, id); err != nil {
			return err
		}
		versions, err := versionsTx(ctx, tx, `v.survey_id = $1 and v.id = (select t.version_id from survey_texts t where t.id = $2)`, id, textID)
		if err != nil {
			return err
		}
		if len(versions) == 0 {
			return fault.Missing()
		}
		key, err := s.vault.KeyTx(ctx, tx, versions[0].keyID)
		if err != nil {
			return err
		}
		empty, err := key.Seal(nil, vault.Place("survey_texts", "body", textID))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update survey_texts set body = $1 where id = $2`, empty, textID); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, entry("survey.remove_text", id))
	})
}

// CentersFor lists the centers whose results the actor may choose among; none for who has
// only those of his own.
func (s *Service) CentersFor(ctx context.Context, actor access.Actor) ([]Named, error) {
	scope, err := actor.Require(access.SurveyResults)
	if err != nil || scope.Reach() != access.All {
		return nil, err
	}
	centers, err := s.centers.Centers(ctx, actor)
	var all []Named
	for _, c := range centers {
		all = append(all, Named{c.ID, c.Name})
	}
	return all, err
}
