package casefile

import (
	"slices"
	"strconv"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/program"
)

// Limits of an instrument, which a typing error exceeds.
const (
	maxItems   = 100
	maxAbout   = 4000 // characters of licence, source, introduction
	maxWeight  = 100
	maxCount   = 1000 // that a question for a number may take
	maxScore   = 100000
	MaxChoices = 12 // of one question
	MaxBands   = 10 // of one instrument
)

// InstrumentForm is what an instrument is, as it was typed.
type InstrumentForm struct {
	Name    string `form:"name"`
	Area    string `form:"area"`
	Licence string `form:"licence"`
	Source  string `form:"source"`
	Intro   string `form:"intro"`
}

func (f InstrumentForm) check(was Instrument) (Instrument, *fault.Form) {
	form := &fault.Form{}
	in := was
	in.Name = line(form, "name", f.Name, i18n.M("Escriba el nombre del instrumento. Por ejemplo, «Estudio social breve»."))
	in.Area = program.ServiceArea(f.Area)
	if !slices.Contains(FileAreas, in.Area) {
		form.Add("area", i18n.M("Elija qué área lo aplica."))
	}
	in.Licence = written(form, "licence", f.Licence, maxAbout)
	if in.Licence == "" {
		form.Add("licence", i18n.M("Diga con qué licencia se puede usar: si son preguntas propias, o quién dio permiso y para qué."))
	}
	in.Source = written(form, "source", f.Source, maxAbout)
	in.Intro = written(form, "intro", f.Intro, maxAbout)
	return in, form
}

// ItemForm is a question as it was typed. Choices are of a OneOf, by row; Min, Max and
// Weight of a Number.
type ItemForm struct {
	Kind             ItemKind // of a new question; later it stays
	Text, Optional   string
	Choices          []ChoiceForm
	Min, Max, Weight string
}

// ChoiceForm is an answer as it was typed; Code is empty for a new one. A row in which
// nothing was typed is none.
type ChoiceForm struct{ Code, Text, Weight string }

// ChoiceField names the field of a row of the choices, counted from 1, for its sentence.
func ChoiceField(what string, row int) string { return "choice_" + what + "_" + strconv.Itoa(row) }

// BandField names the field of a row of the cut-offs, counted from 1, for its sentence.
func BandField(what string, row int) string { return "band_" + what + "_" + strconv.Itoa(row) }

// check gives the question that was typed over what it was, in an instrument that has
// others.
func (f ItemForm) check(in Instrument, was Item) (Item, error) {
	var form fault.Form
	item := was
	item.Text = line(&form, "text", f.Text, i18n.M("Escriba la pregunta."))
	item.Optional = f.Optional != ""
	for _, other := range in.Items {
		if other.Code != was.Code && catalogue.Fold(other.Text) == catalogue.Fold(item.Text) {
			form.Add("text", i18n.M("Esa pregunta ya está en el instrumento. Cámbiela o quite una."))
			break
		}
	}
	if _, there := in.Item(was.Code); !there && len(in.Items) >= maxItems {
		form.Add("text", i18n.M("Un instrumento lleva hasta %d preguntas. Quite alguna.", maxItems))
	}
	switch item.Kind {
	case OneOf:
		item.Choices = f.choices(&form, was)
	case Number:
		least, ok := whole(&form, "min", f.Min, 0, maxCount)
		most, too := whole(&form, "max", f.Max, 1, maxCount)
		if ok && too && most <= least {
			form.Add("max", i18n.M("El número mayor tiene que pasar de %d, que es el menor.", least))
		}
		item.Min, item.Max = least, most
		item.Weight, _ = whole(&form, "weight", f.Weight, 0, maxWeight)
	case Open:
	default:
		return item, fault.Missing()
	}
	return item, form.Err()
}

// choices checks the answers of a question: two at least, each with its points.
func (f ItemForm) choices(form *fault.Form, was Item) []Choice {
	var out []Choice
	seen := map[string]bool{}
	for n, row := range f.Choices {
		if row.Text == "" && row.Weight == "" {
			continue
		}
		c := Choice{Code: row.Code}
		if !slices.ContainsFunc(was.Choices, func(old Choice) bool { return old.Code == c.Code }) {
			c.Code = ""
		}
		c.Text = line(form, ChoiceField("text", n+1), row.Text, i18n.M("Escriba la respuesta, o borre también sus puntos."))
		if key := catalogue.Fold(c.Text); key != "" && seen[key] {
			form.Add(ChoiceField("text", n+1), i18n.M("Esa respuesta está dos veces. Cámbiela o bórrela."))
		} else {
			seen[key] = true
		}
		if row.Weight == "" {
			form.Add(ChoiceField("weight", n+1), i18n.M("Escriba cuántos puntos cuenta. Si no cuenta, escriba 0."))
		} else {
			c.Weight, _ = whole(form, ChoiceField("weight", n+1), row.Weight, 0, maxWeight)
		}
		out = append(out, c)
	}
	if len(out) < 2 && form.Err() == nil {
		form.Add(ChoiceField("text", min(len(out)+1, MaxChoices)), i18n.M("Escriba al menos dos respuestas entre las que se elige."))
	}
	return coded(out)
}

// coded gives each new answer a code that no other of the question has.
func coded(choices []Choice) []Choice {
	used := map[string]bool{}
	for i := range choices {
		if used[choices[i].Code] {
			choices[i].Code = "" // the page named one twice
		}
		used[choices[i].Code] = true
	}
	next := 1
	for i := range choices {
		for choices[i].Code == "" {
			if code := "r" + strconv.Itoa(next); !used[code] {
				choices[i].Code, used[code] = code, true
			}
			next++
		}
	}
	return choices
}

// BandsForm is the cut-offs as they were typed, by row. A row in which nothing was typed
// is none.
type BandsForm []BandForm

// BandForm is a cut-off as it was typed.
type BandForm struct{ From, Name, Help string }

// check gives the bands, rising. Each reaches to where the next begins, so that they
// overlap only when two begin at one score, and leave a gap only below the first.
func (f BandsForm) check(in Instrument) ([]Band, error) {
	var form fault.Form
	var out []Band
	rows := map[int]int{} // by the score at which it begins
	for n, typed := range f {
		if typed == (BandForm{}) {
			continue
		}
		from, ok := whole(&form, BandField("from", n+1), typed.From, 0, maxScore)
		b := Band{From: from}
		b.Name = line(&form, BandField("name", n+1), typed.Name, i18n.M("Escriba cómo se llama esta franja, o borre toda su línea."))
		b.Help = written(&form, BandField("help", n+1), typed.Help, maxReason)
		if _, taken := rows[from]; ok && taken {
			form.Add(BandField("from", n+1), i18n.M("Dos franjas empiezan en %d y se encimarían. Cambie una.", from))
		} else if ok {
			rows[from] = n + 1
		}
		out = append(out, b)
	}
	slices.SortStableFunc(out, func(a, b Band) int { return a.From - b.From })
	if form.Err() != nil || len(out) == 0 {
		return out, form.Err()
	}
	if first := out[0].From; first > 0 {
		form.Add(BandField("from", rows[first]), i18n.M("La franja más baja tiene que empezar en 0: de 0 a %d un puntaje no tendría nombre.", first-1))
	}
	for _, b := range out {
		if most := in.Highest(); len(in.Items) > 0 && b.From > most {
			form.Add(BandField("from", rows[b.From]), i18n.M("El puntaje más alto posible es %d: nadie llegaría a esta franja.", most))
		}
	}
	return out, form.Err()
}

// Missing says what a draft lacks before it can be published; nothing when it is complete.
func (in Instrument) Missing() []i18n.Msg {
	var missing []i18n.Msg
	if in.Source == "" {
		missing = append(missing, i18n.M("Escriba la fuente: quién hizo las preguntas y los cortes, y con qué base."))
	}
	if len(in.Items) == 0 {
		missing = append(missing, i18n.M("Agregue al menos una pregunta."))
	}
	most := in.Highest()
	if most > 0 && len(in.Bands) == 0 {
		missing = append(missing, i18n.M("Las preguntas cuentan hasta %d puntos y no hay cortes que digan qué significan. Agréguelos, o ponga todos los puntos en 0.", most))
	}
	for _, b := range in.Bands {
		if len(in.Items) > 0 && b.From > most {
			missing = append(missing, i18n.M("La franja «%s» empieza en %d y el puntaje más alto posible es %d: nadie llegaría. Cambie los cortes.", b.Name, b.From, most))
		}
	}
	return missing
}
