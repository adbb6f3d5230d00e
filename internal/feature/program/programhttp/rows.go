package programhttp

import (
	"strconv"
	"strings"

	"sigue/internal/base/i18n"
	"sigue/internal/feature/program"
	"sigue/internal/platform/web"
)

// doseRows says what a version asks for, row by row.
func doseRows(v *program.Version) []web.SummaryRow {
	var rows []web.SummaryRow
	for _, c := range v.Components {
		rows = append(rows, web.SummaryRow{Label: i18n.M("%s", c.Name), Text: dose(c)})
	}
	if len(v.Components) > 0 {
		rows = append(rows, web.SummaryRow{Label: i18n.M("Duración sin días inhábiles"), Text: weeks(v.Weeks())})
	}
	rows = append(rows, web.SummaryRow{Label: i18n.M("Asistencia que se pide"), Text: i18n.M("%d por ciento", v.Required)})
	for _, c := range v.Components {
		if c.Group {
			return append(rows, web.SummaryRow{Label: i18n.M("Personas por grupo"), Text: i18n.M("de %d a %d", v.GroupMin, v.GroupMax)})
		}
	}
	return rows
}

// versionOptions are the versions that a draft may copy.
func versionOptions(p *program.Program) []web.Option {
	var out []web.Option
	for _, v := range p.Versions {
		if !v.Draft() {
			out = append(out, web.Option{Value: v.ID, Label: i18n.M("Versión %d", v.Number)})
		}
	}
	return out
}

// treating names the sessions that treat a topic, by number; with several components,
// each number after its component's name.
func treating(v *program.Version, topic string) string {
	var parts []string
	for _, c := range v.Components {
		var numbers []string
		for _, s := range c.Sessions {
			if s.Treats(topic) {
				numbers = append(numbers, strconv.Itoa(s.Number))
			}
		}
		if len(numbers) == 0 {
			continue
		}
		part := strings.Join(numbers, ", ")
		if len(v.Components) > 1 {
			part = c.Name + ": " + part
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

// groupRows says what a group is, row by row.
func groupRows(g *program.GroupView) []web.SummaryRow {
	place := web.SummaryRow{Label: i18n.M("Dónde"), Text: g.Mode.Label(), Lines: []string{g.Venue.Name, g.Venue.Address}}
	if g.Room != "" {
		place.Lines = []string{g.Venue.Name + ", " + g.Room, g.Venue.Address}
	}
	return []web.SummaryRow{
		{Label: i18n.M("Qué se da"), Value: g.Version.ProgramName, Lines: []string{g.Component.Name}},
		{Label: i18n.M("Sesiones"), Text: dose(g.Component)},
		{Label: i18n.M("Cuándo"), Text: slot(g.Group)},
		{Label: i18n.M("Primer día"), Text: longDate(g.FirstOn)},
		place,
		{Label: i18n.M("Lugares"), Value: strconv.Itoa(g.Capacity)},
		{Label: i18n.M("Entrada"), Text: entryText(g.Group)},
	}
}

// scheduleRows sums a schedule up.
func scheduleRows(p *program.Schedule) []web.SummaryRow {
	rows := []web.SummaryRow{
		{Label: i18n.M("Cuándo"), Text: slot(p.Group)},
		{Label: i18n.M("Sesiones"), Text: dose(p.Component)},
	}
	if len(p.Planned) > 0 {
		rows = append(rows, web.SummaryRow{Label: i18n.M("Primera sesión"), Text: longDate(p.Planned[0].On)},
			web.SummaryRow{Label: i18n.M("Última sesión"), Text: longDate(p.Last())})
	}
	skips := i18n.M("Ninguno")
	switch n := p.Skips(); n {
	case 0:
	case 1:
		skips = i18n.M("1 día: está marcado abajo")
	default:
		skips = i18n.M("%d días: están marcados abajo", n)
	}
	return append(rows, web.SummaryRow{Label: i18n.M("Días en que no se reúne"), Text: skips})
}
