package program

import (
	"strconv"
	"strings"

	"sigue/internal/base/i18n"
)

// Missing says what a draft lacks before it can be published; nothing when it is
// complete.
func (v *Version) Missing() []i18n.Msg {
	var missing []i18n.Msg
	if v.Source == "" {
		missing = append(missing, i18n.M("Escriba la fuente: de qué manual, acuerdo u oficio viene el contenido."))
	}
	if len(v.Components) == 0 {
		missing = append(missing, i18n.M("Agregue al menos un componente."))
	}
	for _, c := range v.Components {
		if len(c.Sessions) == 0 {
			missing = append(missing, i18n.M("Agregue sesiones a «%s».", c.Name))
		}
		if bare := c.bare(); len(bare) > 0 {
			missing = append(missing, i18n.M("«%s»: ponga título o tema a cada sesión; faltan: %s.", c.Name, strings.Join(bare, ", ")))
		}
	}
	if loose := v.loose(); len(loose) > 0 {
		missing = append(missing, i18n.M("Ponga en una sesión, o quite, los temas que no están en ninguna: %s.", strings.Join(loose, "; ")))
	}
	return missing
}

// bare are the numbers of a group's sessions that say nothing of what they treat. What an
// individual session treats is agreed with the person.
func (c Component) bare() []string {
	var numbers []string
	for _, s := range c.Sessions {
		if c.Group && s.Title == "" && len(s.Topics) == 0 {
			numbers = append(numbers, strconv.Itoa(s.Number))
		}
	}
	return numbers
}

// loose are the topics that stand in no session.
func (v *Version) loose() []string {
	used := map[string]bool{}
	for _, c := range v.Components {
		for _, s := range c.Sessions {
			for _, t := range s.Topics {
				used[t.ID] = true
			}
		}
	}
	var titles []string
	for _, t := range v.Topics {
		if !used[t.ID] {
			titles = append(titles, t.Title)
		}
	}
	return titles
}
