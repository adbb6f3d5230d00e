package survey

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// CreateForm names a new survey.
type CreateForm struct {
	Name  string `form:"name"`
	Stage string `form:"stage"`
}

// Create adds a survey without a version and gives its id.
func (s *Service) Create(ctx context.Context, actor access.Actor, f CreateForm) (string, error) {
	if _, err := actor.Require(access.SurveyManage); err != nil {
		return "", err
	}
	var form fault.Form
	name := short(&form, "name", f.Name, maxName)
	if name == "" {
		form.Add("name", i18n.M("Escriba un nombre para reconocerla."))
	}
	if !slices.Contains(Stages, Stage(f.Stage)) {
		form.Add("stage", i18n.M("Elija cuándo se pregunta."))
	}
	if err := form.Err(); err != nil {
		return "", err
	}
	id := db.NewID()
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		return s.createTx(ctx, tx, actor, Survey{ID: id, Name: name, Stage: Stage(f.Stage)})
	})
	if db.IsUnique(err) {
		form.Add("name", i18n.M("Ya hay una encuesta con ese nombre. Escriba otro."))
		err = form.Err()
	}
	return id, err
}

func (s *Service) createTx(ctx context.Context, tx *db.Tx, actor access.Actor, one Survey) error {
	if _, err := tx.Exec(ctx, `insert into surveys (id, stage, name, created_at, created_by) values ($1, $2, $3, $4, $5)`,
		one.ID, string(one.Stage), one.Name, db.At(tx.Now()), actor.Name()); err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, entry("survey.create", one.ID,
		ledger.Change{Field: "name", After: one.Name}, ledger.Change{Field: "stage", After: string(one.Stage)}))
}

// Save keeps what the editor holds as the draft of the next version. A draft that somebody
// else changed since the page was shown is a Conflict.
func (s *Service) Save(ctx context.Context, actor access.Actor, id string, f Form) error {
	if _, err := actor.Require(access.SurveyManage); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := loadTx(ctx, tx, id); err != nil {
			return err
		}
		content, err := f.check()
		if err != nil {
			return err
		}
		body, err := json.Marshal(content)
		if err != nil {
			return err
		}
		versions, err := versionsTx(ctx, tx, `v.survey_id = $1`, id)
		if err != nil {
			return err
		}
		number := 1
		if len(versions) > 0 {
			last := versions[0]
			if same(last.Content, content) {
				return nil // sent twice, or nothing changed
			}
			if last.Draft() {
				return s.changeTx(ctx, tx, actor, last, f.Revision, string(body))
			}
			number = last.Number + 1
		}
		if f.Revision != "0" {
			return stale()
		}
		return s.draftTx(ctx, tx, actor, id, number, string(body))
	})
}

func same(a, b Content) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

func stale() error {
	return fault.New(fault.Conflict, i18n.M("Alguien más cambió el borrador mientras usted escribía. Lo suyo sigue en esta página: ábralo en otra, compare y guarde de nuevo."))
}

func (s *Service) changeTx(ctx context.Context, tx *db.Tx, actor access.Actor, v Version, revision, content string) error {
	if revision != strconv.Itoa(v.Revision) {
		return stale()
	}
	n, err := tx.Exec(ctx, `update survey_versions set content = $1, revision = revision + 1 where id = $2 and revision = $3 and published_at is null`,
		content, v.ID, v.Revision)
	if err != nil {
		return err
	}
	if n == 0 {
		return stale()
	}
	return s.ledger.AppendTx(ctx, tx, actor, entry("survey.save", v.SurveyID, numbered(v.Number)))
}

func (s *Service) draftTx(ctx context.Context, tx *db.Tx, actor access.Actor, survey string, number int, content string) error {
	key, err := s.vault.NewKeyTx(ctx, tx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into survey_versions (id, survey_id, number, content, key_id, revision, created_at, created_by, published_by)
		values ($1, $2, $3, $4, $5, 1, $6, $7, '')`, db.NewID(), survey, number, content, key.ID(), db.At(tx.Now()), actor.Name()); err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, entry("survey.save", survey, numbered(number)))
}

func numbered(n int) ledger.Change {
	return ledger.Change{Field: "version", After: strconv.Itoa(n)}
}

// Publish makes the draft the version that is asked from now on; it never changes again.
// revision is that of the draft that was looked at. Where there is no draft nothing is done.
func (s *Service) Publish(ctx context.Context, actor access.Actor, id, revision string) error {
	if _, err := actor.Require(access.SurveyManage); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := loadTx(ctx, tx, id); err != nil {
			return err
		}
		return s.publishTx(ctx, tx, actor, id, revision)
	})
}

func (s *Service) publishTx(ctx context.Context, tx *db.Tx, actor access.Actor, id, revision string) error {
	drafts, err := versionsTx(ctx, tx, `v.survey_id = $1 and v.published_at is null`, id)
	if err != nil || len(drafts) == 0 {
		return err
	}
	v := drafts[0]
	if revision != strconv.Itoa(v.Revision) {
		return fault.New(fault.Conflict, i18n.M("El borrador cambió desde que lo vio. Revíselo y publíquelo de nuevo."))
	}
	if _, err := tx.Exec(ctx, `update survey_versions set published_at = $1, published_by = $2 where id = $3 and published_at is null`,
		db.At(tx.Now()), actor.Name(), v.ID); err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, entry("survey.publish", id, numbered(v.Number)))
}

// Row is a survey in the list.
type Row struct {
	Survey
	Current Version // zero while none is published
	Draft   bool    // somebody writes the next version; told to whoever may
}

// Asked tells whether the survey can be answered.
func (r Row) Asked() bool { return r.Current.ID != "" }

// List gives all surveys.
func (s *Service) List(ctx context.Context, actor access.Actor) ([]Row, error) {
	if _, err := actor.Require(access.SurveyRead); err != nil {
		return nil, err
	}
	var all []Row
	err := s.db.View(ctx, func(tx *db.Tx) error {
		var surveys []Survey
		if err := tx.Select(ctx, &surveys, `select `+surveyColumns+` from surveys s order by s.stage, s.name`); err != nil {
			return err
		}
		for _, one := range surveys {
			v, err := s.viewTx(ctx, tx, actor, one)
			if err != nil {
				return err
			}
			all = append(all, v.Row)
		}
		return nil
	})
	return all, err
}

// View is a survey with its versions, newest first.
type View struct {
	Row
	Versions []Version
	Kiosks   []Kiosk // of the actor's center, open now
}

// Newest is what the editor starts from: the draft, else the newest version.
func (v *View) Newest() Version {
	if len(v.Versions) == 0 {
		return Version{Content: Content{Scale: HowOften}, PublishedAt: db.Time{}}
	}
	return v.Versions[0]
}

// Open gives one survey. Drafts are for whoever edits.
func (s *Service) Open(ctx context.Context, actor access.Actor, id string) (*View, error) {
	if _, err := actor.Require(access.SurveyRead); err != nil {
		return nil, err
	}
	var v *View
	err := s.db.View(ctx, func(tx *db.Tx) error {
		one, err := loadTx(ctx, tx, id)
		if err != nil {
			return err
		}
		v, err = s.viewTx(ctx, tx, actor, one)
		if err != nil || !actor.May(access.SurveyCollect) {
			return err
		}
		v.Kiosks, err = kiosksTx(ctx, tx, actor, id)
		return err
	})
	return v, err
}

func (s *Service) viewTx(ctx context.Context, tx *db.Tx, actor access.Actor, one Survey) (*View, error) {
	versions, err := versionsTx(ctx, tx, `v.survey_id = $1`, one.ID)
	if err != nil {
		return nil, err
	}
	v := &View{Row: Row{Survey: one}}
	for _, version := range versions {
		switch {
		case !version.Draft():
			if v.Current.ID == "" {
				v.Current = version
			}
		case actor.May(access.SurveyManage):
			v.Draft = true
		default:
			continue
		}
		v.Versions = append(v.Versions, version)
	}
	return v, nil
}
