package program

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
)

// Limits of what may be typed: characters, and numbers that a typing error exceeds.
const (
	maxLine     = 200
	maxText     = 4000
	maxMinutes  = 480
	minMinutes  = quarter
	quarter     = 15 // of an hour: what the agenda counts in
	maxCadence  = 90
	maxSessions = 120 // of one component
	maxTopics   = 200
	maxGroup    = 60
)

// groupMin and groupMax are the size of a group that a new program begins with; each
// version holds its own.
const (
	groupMin = 8
	groupMax = 20
)

// ProgramForm is a program as it was typed.
type ProgramForm struct{ Name, Summary string }

func (f ProgramForm) check(was Program) (Program, error) {
	var form fault.Form
	p := was
	p.Name = line(&form, "name", f.Name, i18n.M("Escriba el nombre del programa. Por ejemplo, «CeDeMas+»."))
	p.Summary = text(&form, "summary", f.Summary)
	if p.Summary == "" {
		form.Add("summary", i18n.M("Diga en una o dos frases qué es el programa; lo lee quien elige uno para una persona."))
	}
	return p, form.Err()
}

// RulesForm is what holds for a whole version, as it was typed.
type RulesForm struct{ Required, GroupMin, GroupMax, Rules, Source string }

func (f RulesForm) check(was Version) (Version, error) {
	var form fault.Form
	v := was
	v.Required = number(&form, "required", f.Required, 1, 100, i18n.M("Escriba el porcentaje de asistencia, de 1 a 100. Por ejemplo, 80."))
	v.GroupMin = number(&form, "group_min", f.GroupMin, 1, maxGroup, i18n.M("Escriba con cuántas personas abre un grupo, de 1 a %d.", maxGroup))
	v.GroupMax = number(&form, "group_max", f.GroupMax, 1, maxGroup, i18n.M("Escriba cuántas personas caben en un grupo, de 1 a %d.", maxGroup))
	if form.Err() == nil && v.GroupMax < v.GroupMin {
		form.Add("group_max", i18n.M("Caben menos personas de las que hacen falta para abrir. Corrija uno de los dos números."))
	}
	v.Rules = text(&form, "rules", f.Rules)
	v.Source = text(&form, "source", f.Source)
	return v, form.Err()
}

// ComponentForm is a component as it was typed. Sessions is only for a new one.
type ComponentForm struct{ Area, Name, Minutes, EveryDays, Sessions string }

// check gives the component that was typed over what it was, in a version that has others.
func (f ComponentForm) check(v *Version, was Component) (Component, error) {
	var form fault.Form
	c := was
	c.Area = ServiceArea(f.Area)
	if !slices.Contains(Areas, c.Area) {
		form.Add("area", i18n.M("Elija quién da las sesiones."))
	}
	c.Group = c.Area == InGroup
	c.Name = line(&form, "name", f.Name, i18n.M("Escriba el nombre del componente. Por ejemplo, «Grupo psicoeducativo»."))
	for _, other := range v.Components {
		if other.ID != was.ID && catalogue.Fold(other.Name) == catalogue.Fold(c.Name) {
			form.Add("name", i18n.M("Ya hay un componente «%s» en esta versión. Póngale otro nombre.", other.Name))
		}
	}
	c.Minutes = number(&form, "minutes", f.Minutes, minMinutes, maxMinutes,
		i18n.M("Escriba cuántos minutos dura una sesión, de %d a %d. Dos horas son 120.", minMinutes, maxMinutes))
	if c.Minutes%quarter != 0 {
		form.Add("minutes", i18n.M("La agenda cuenta en cuartos de hora: 45, 60, 90, 120. Escriba uno de esos."))
	}
	c.EveryDays = number(&form, "every_days", f.EveryDays, 1, maxCadence,
		i18n.M("Escriba cada cuántos días hay sesión, de 1 a %d. Cada semana son 7.", maxCadence))
	return c, form.Err()
}

// SessionsForm is a handful of new sessions as it was typed: how many, and the title of
// each on a line of its own. One of the two is enough.
type SessionsForm struct{ Count, Titles string }

// check gives the titles of the new sessions, empty ones for those without.
func (f SessionsForm) check(c Component) ([]string, error) {
	var form fault.Form
	titles := lines(&form, "titles", f.Titles)
	if room := maxSessions - len(c.Sessions); len(titles) > room {
		form.Add("titles", i18n.M("Son %d títulos y caben %d sesiones más en el componente. Quite algunos.", len(titles), room))
	} else if strings.TrimSpace(f.Count) != "" || len(titles) == 0 {
		n := number(&form, "count", f.Count, 1, room, i18n.M("Escriba cuántas sesiones se agregan, de 1 a %d.", room))
		if form.Err() == nil && n < len(titles) {
			form.Add("count", i18n.M("Escribió %d títulos para %d sesiones. Corrija el número o deje vacía la casilla.", len(titles), n))
		}
		if form.Err() == nil {
			titles = append(titles, make([]string, n-len(titles))...)
		}
	}
	return titles, form.Err()
}

// SessionForm is a session as it was typed: its title, and its topics by id.
type SessionForm struct {
	Title  string
	Topics []string
}

// TopicForm is a topic as it was typed: its title, and the sessions that treat it by id.
type TopicForm struct {
	Title    string
	Sessions []string
}

// checkTopics gives the titles of new topics, one on each line.
func checkTopics(v *Version, typed string) ([]string, error) {
	var form fault.Form
	titles := lines(&form, "titles", typed)
	if len(titles) == 0 {
		form.Add("titles", i18n.M("Escriba al menos un tema."))
	}
	if len(v.Topics)+len(titles) > maxTopics {
		form.Add("titles", i18n.M("Una versión lleva hasta %d temas y ya tiene %d. Quite algunos.", maxTopics, len(v.Topics)))
	}
	known := map[string]string{}
	for _, t := range v.Topics {
		known[catalogue.Fold(t.Title)] = t.Title
	}
	for _, title := range titles {
		if other, taken := known[catalogue.Fold(title)]; taken {
			form.Add("titles", i18n.M("«%s» está dos veces. Un tema se escribe una vez y puede ir en varias sesiones.", other))
		}
		known[catalogue.Fold(title)] = title
	}
	return titles, form.Err()
}

// line cleans a text of one line and refuses an empty or a too long one.
func line(form *fault.Form, name, typed string, missing i18n.Msg) string {
	typed = strings.Join(strings.Fields(typed), " ")
	if typed == "" {
		form.Add(name, missing)
	}
	tooLong(form, name, typed, maxLine)
	return typed
}

// text cleans a text of several lines and refuses a too long one.
func text(form *fault.Form, name, typed string) string {
	typed = strings.TrimSpace(typed)
	tooLong(form, name, typed, maxText)
	return typed
}

// lines gives the lines of a text that hold something.
func lines(form *fault.Form, name, typed string) []string {
	var out []string
	for l := range strings.Lines(typed) {
		if l = strings.Join(strings.Fields(l), " "); l != "" {
			if n := utf8.RuneCountInString(l); n > maxLine {
				form.Add(name, i18n.M("El renglón que empieza con «%s» tiene %d caracteres y caben %d. Acórtelo.", string([]rune(l)[:30]), n, maxLine))
			}
			out = append(out, l)
		}
	}
	return out
}

func tooLong(form *fault.Form, name, typed string, most int) {
	if n := utf8.RuneCountInString(typed); n > most {
		form.Add(name, i18n.M("Tiene %d caracteres y caben %d. Acórtelo.", n, most))
	}
}

// number reads a whole number within limits; else the sentence stands at the field.
func number(form *fault.Form, name, typed string, least, most int, wrong i18n.Msg) int {
	n, err := strconv.Atoi(strings.TrimSpace(typed))
	if err != nil || n < least || n > most {
		form.Add(name, wrong)
		return 0
	}
	return n
}
