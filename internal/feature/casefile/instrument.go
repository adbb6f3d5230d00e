package casefile

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/program"
)

// Instrument is one version of a set of questions, with the rules that count its answers.
// It is data: a published version never changes, so that an old assessment is always read
// with the questions that were asked.
type Instrument struct {
	ID      string              `json:"-"`
	Code    string              `json:"-"` // the same in all its versions
	Version int                 `json:"-"`
	Area    program.ServiceArea `json:"-"`
	Name    string              `json:"-"`
	Licence string              `json:"-"` // who may use it, and how
	Source  string              `json:"source"`
	Intro   string              `json:"intro"`
	Items   []Item              `json:"items"`
	Bands   []Band              `json:"bands,omitempty"` // rising by From; none: it is not counted

	Revision    int       `json:"-"` // of a draft, rising with each change
	PublishedAt time.Time `json:"-"` // zero for a draft
	RetiredAt   time.Time `json:"-"` // not offered any more; zero when it is
}

// Draft tells whether it may still be changed.
func (in Instrument) Draft() bool { return in.PublishedAt.IsZero() }

// Retired tells whether it is not offered any more.
func (in Instrument) Retired() bool { return !in.RetiredAt.IsZero() }

// Item gives a question by its code.
func (in Instrument) Item(code string) (Item, bool) {
	i := slices.IndexFunc(in.Items, func(item Item) bool { return item.Code == code })
	if i < 0 {
		return Item{}, false
	}
	return in.Items[i], true
}

// Highest is the score that nobody can exceed.
func (in Instrument) Highest() int { return in.Score(nil).Of }

// ItemKind is what kind of answer a question takes.
type ItemKind string

// The kinds of answer.
const (
	OneOf  ItemKind = "one_of" // one of its choices, each with its weight
	Number ItemKind = "number" // a whole number between Min and Max, times Weight
	Open   ItemKind = "open"   // free text, not counted
)

// Item is one question.
type Item struct {
	Code     string   `json:"code"`
	Text     string   `json:"text"`
	Kind     ItemKind `json:"kind"`
	Choices  []Choice `json:"choices,omitempty"`
	Min      int      `json:"min,omitempty"`
	Max      int      `json:"max,omitempty"`
	Weight   int      `json:"weight,omitempty"`
	Optional bool     `json:"optional,omitempty"`
}

// Choice is an answer of a OneOf question.
type Choice struct {
	Code   string `json:"code"`
	Text   string `json:"text"`
	Weight int    `json:"weight"`
}

// Band names the scores from a cut-off on.
type Band struct {
	From int    `json:"from"`
	Name string `json:"name"`
	Help string `json:"help"` // what it may mean; never what to decide
}

// Answers are what was answered, by the code of the question.
type Answers map[string]string

// Result is the score of answers and its band. It is shown to help whoever decides, and
// decides nothing.
type Result struct {
	Score, Of int
	Band      Band
	Counted   bool // the instrument has bands
}

// Score counts answers by the rules of the instrument: the sum of the weights. Answers
// that the instrument does not know count nothing. It is pure.
func (in Instrument) Score(a Answers) Result {
	res := Result{Counted: len(in.Bands) > 0}
	for _, item := range in.Items {
		score, most := item.score(a[item.Code])
		res.Score += score
		res.Of += most
	}
	for _, b := range in.Bands {
		if res.Score >= b.From {
			res.Band = b
		}
	}
	return res
}

// score gives what an answer counts, and the most that one could.
func (i Item) score(answer string) (score, most int) {
	switch i.Kind {
	case OneOf:
		for _, c := range i.Choices {
			most = max(most, c.Weight)
			if c.Code == answer {
				score = c.Weight
			}
		}
	case Number:
		most = i.Max * i.Weight
		if n, err := strconv.Atoi(answer); err == nil && n >= i.Min && n <= i.Max {
			score = n * i.Weight
		}
	}
	return score, most
}

// Check tidies answers and tells at each question what is wrong.
func (in Instrument) Check(a Answers) (Answers, error) {
	var form fault.Form
	out := Answers{}
	for _, item := range in.Items {
		answer := strings.TrimSpace(a[item.Code])
		if answer == "" {
			if !item.Optional {
				form.Add(item.Code, i18n.M("Falta esta respuesta."))
			}
			continue
		}
		if m := item.wrong(answer); !m.IsZero() {
			form.Add(item.Code, m)
		}
		out[item.Code] = answer
	}
	return out, form.Err()
}

func (i Item) wrong(answer string) i18n.Msg {
	switch i.Kind {
	case OneOf:
		for _, c := range i.Choices {
			if c.Code == answer {
				return i18n.Msg{}
			}
		}
		return i18n.M("Elija una de las respuestas.")
	case Number:
		if n, err := strconv.Atoi(answer); err != nil || n < i.Min || n > i.Max {
			return i18n.M("Escriba un número del %d al %d.", i.Min, i.Max)
		}
	case Open:
		var form fault.Form
		written(&form, i.Code, answer, 4000)
		return fault.FieldsOf(form.Err())[i.Code]
	}
	return i18n.Msg{}
}

// content is what is stored of an instrument beside its columns.
func (in Instrument) content() (string, error) {
	body, err := json.Marshal(in)
	return string(body), err
}
