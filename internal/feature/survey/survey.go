package survey

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
)

// Stage is when somebody is asked.
type Stage string

// The stages.
const (
	During Stage = "during"
	AtEnd  Stage = "end"
)

// Stages are all, in their order.
var Stages = []Stage{During, AtEnd}

// Label is the stage on screen.
func (s Stage) Label() i18n.Msg {
	switch s {
	case During:
		return i18n.M("Durante el proceso")
	case AtEnd:
		return i18n.M("Al final del proceso")
	}
	return i18n.Msg{}
}

// Scale are the words of the five marks of a version.
type Scale string

// The scales. Of both a higher mark is better, so questions are worded for that.
const (
	HowOften Scale = "often"
	HowMuch  Scale = "much"
)

// Scales are all, in their order.
var Scales = []Scale{HowOften, HowMuch}

// Label is the scale on screen.
func (s Scale) Label() i18n.Msg {
	switch s {
	case HowOften:
		return i18n.M("Nunca, casi nunca, a veces, casi siempre, siempre")
	case HowMuch:
		return i18n.M("Nada, poco, más o menos, bastante, mucho")
	}
	return i18n.Msg{}
}

// Marks is how many marks a scale has. A mark is 1 to Marks; 0 is a question that
// somebody left out.
const Marks = 5

// Word is a mark in words; the zero sentence for what is none.
func (s Scale) Word(mark int) i18n.Msg {
	words := map[Scale][Marks]i18n.Msg{
		HowOften: {i18n.M("Nunca"), i18n.M("Casi nunca"), i18n.M("A veces"), i18n.M("Casi siempre"), i18n.M("Siempre")},
		HowMuch:  {i18n.M("Nada"), i18n.M("Poco"), i18n.M("Más o menos"), i18n.M("Bastante"), i18n.M("Mucho")},
	}[s]
	if mark < 1 || mark > Marks {
		return i18n.Msg{}
	}
	return words[mark-1]
}

// Survey is a set of questions in all its versions.
type Survey struct {
	ID    string `db:"id"`
	Stage Stage  `db:"stage"`
	Name  string `db:"name"`
}

const surveyColumns = `s.id, s.stage, s.name`

// Content is what a version asks.
type Content struct {
	Scale     Scale       `json:"scale"`
	Title     i18n.Text   `json:"title"`
	Intro     i18n.Text   `json:"intro"`
	Questions []i18n.Text `json:"questions"` // each is answered by a mark
	Open      i18n.Text   `json:"open"`      // answered in one's own words; empty for none
}

// Version is one version of a survey.
type Version struct {
	Content
	ID          string
	SurveyID    string
	Number      int
	Revision    int // of a draft, rising with each change
	PublishedAt db.Time
	keyID       string
}

// Draft tells whether it may still be changed.
func (v Version) Draft() bool { return v.PublishedAt.IsZero() }

// versionRow is a version as stored.
type versionRow struct {
	ID          string  `db:"id"`
	SurveyID    string  `db:"survey_id"`
	Number      int     `db:"number"`
	Content     string  `db:"content"`
	KeyID       string  `db:"key_id"`
	Revision    int     `db:"revision"`
	PublishedAt db.Time `db:"published_at"`
}

const versionColumns = `v.id, v.survey_id, v.number, v.content, v.key_id, v.revision, v.published_at`

func (r versionRow) version() (Version, error) {
	v := Version{ID: r.ID, SurveyID: r.SurveyID, Number: r.Number, Revision: r.Revision, PublishedAt: r.PublishedAt, keyID: r.KeyID}
	if err := json.Unmarshal([]byte(r.Content), &v.Content); err != nil {
		return v, fmt.Errorf("survey: version %s: %w", r.ID, err)
	}
	return v, nil
}

// Lengths of what is written, in characters, and how much may be asked.
const (
	maxName      = 80
	maxTitle     = 120
	maxIntro     = 600
	maxQuestion  = 200
	maxQuestions = 15
	maxText      = 1000
)

// Form is the content of a draft as the editor gives it: one question a line.
type Form struct {
	Revision    string `form:"revision"` // of the draft that the page showed; "0" for none
	Scale       string `form:"scale"`
	TitleES     string `form:"title_es"`
	TitleEN     string `form:"title_en"`
	IntroES     string `form:"intro_es"`
	IntroEN     string `form:"intro_en"`
	QuestionsES string `form:"questions_es"`
	QuestionsEN string `form:"questions_en"`
	OpenES      string `form:"open_es"`
	OpenEN      string `form:"open_en"`
}

// FormOf shows a version in the editor.
func FormOf(v Version) Form {
	f := Form{Revision: "0", Scale: string(v.Scale), TitleES: v.Title.ES, TitleEN: v.Title.EN, IntroES: v.Intro.ES, IntroEN: v.Intro.EN,
		OpenES: v.Open.ES, OpenEN: v.Open.EN}
	if v.Draft() {
		f.Revision = fmt.Sprint(v.Revision)
	}
	var es, en []string
	for _, q := range v.Questions {
		es, en = append(es, q.ES), append(en, q.EN)
	}
	f.QuestionsES, f.QuestionsEN = strings.Join(es, "\n"), strings.TrimSpace(strings.Join(en, "\n"))
	return f
}

func (f Form) check() (Content, error) {
	var form fault.Form
	c := Content{
		Scale: Scale(f.Scale),
		Title: i18n.Text{ES: short(&form, "title_es", f.TitleES, maxTitle), EN: short(&form, "title_en", f.TitleEN, maxTitle)},
		Intro: i18n.Text{ES: short(&form, "intro_es", f.IntroES, maxIntro), EN: short(&form, "intro_en", f.IntroEN, maxIntro)},
		Open:  i18n.Text{ES: short(&form, "open_es", f.OpenES, maxQuestion), EN: short(&form, "open_en", f.OpenEN, maxQuestion)},
	}
	if !slices.Contains(Scales, c.Scale) {
		form.Add("scale", i18n.M("Elija con qué palabras se contesta."))
	}
	if c.Title.ES == "" {
		form.Add("title_es", i18n.M("Escriba el título que verá quien contesta."))
	}
	if c.Open.ES == "" && c.Open.EN != "" {
		form.Add("open_es", i18n.M("Escriba también en español la pregunta abierta."))
	}
	c.Questions = questions(&form, lines(f.QuestionsES), lines(f.QuestionsEN))
	return c, form.Err()
}

// questions pairs the lines of both languages. English may be missing as a whole.
func questions(form *fault.Form, es, en []string) []i18n.Text {
	switch {
	case len(es) == 0:
		form.Add("questions_es", i18n.M("Escriba al menos una pregunta, cada una en su renglón."))
	case len(es) > maxQuestions:
		form.Add("questions_es", i18n.M("Son %d preguntas, y caben %d. Una encuesta corta se contesta mejor.", len(es), maxQuestions))
	}
	if len(en) > 0 && len(en) != len(es) {
		form.Add("questions_en", i18n.M("Hay %d preguntas en español y %d en inglés. Escriba las mismas en el mismo orden, o deje vacío el inglés.", len(es), len(en)))
		en = nil
	}
	var all []i18n.Text
	for n, line := range es {
		q := i18n.Text{ES: line}
		lineIn(form, "questions_es", n, line)
		if len(en) > 0 {
			q.EN = en[n]
			lineIn(form, "questions_en", n, q.EN)
		}
		if slices.ContainsFunc(all, func(o i18n.Text) bool { return o.ES == q.ES }) {
			form.Add("questions_es", i18n.M("La pregunta del renglón %d está dos veces.", n+1))
		}
		all = append(all, q)
	}
	return all
}

func lineIn(form *fault.Form, field string, n int, line string) {
	if utf8.RuneCountInString(line) > maxQuestion {
		form.Add(field, i18n.M("La pregunta del renglón %d pasa de %d caracteres. Hágala más corta.", n+1, maxQuestion))
	}
}

// lines gives the lines of a text that hold anything.
func lines(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// short checks a length and gives the text without the space around it.
func short(form *fault.Form, field, typed string, most int) string {
	text := strings.TrimSpace(typed)
	if n := utf8.RuneCountInString(text); n > most {
		form.Add(field, i18n.M("Es demasiado largo: %d caracteres, y caben %d. Acórtelo.", n, most))
	}
	return text
}

// monthOf is the month of a day as it is stored: "2027-03".
func monthOf(d clock.Date) string { return d.String()[:len("2006-01")] }
