package identity

import (
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
)

// TitleText is the title of a post as it is shown. A title that is only the name of its
// role is the program's own word, and is translated; any other is a name.
func TitleText(role access.Role, title string) i18n.Text {
	return translated(role.Label(), title)
}

// PlaceText is the place of a post as it is shown. The Secretaría is the program's own
// word; any other place is a name.
func PlaceText(place string) i18n.Text {
	return translated(Secretariat(), place)
}

// Shown is a post as it is named: its title and its place, in both languages.
func (p Post) Shown() (title, place i18n.Text) { return TitleText(p.Role, p.Title), PlaceText(p.Place) }

// Secretariat is the place of the posts that have no area and no center.
func Secretariat() i18n.Msg { return i18n.M("Secretaría") }

// translated gives a stored text in both languages, if it is the Spanish of a sentence.
func translated(m i18n.Msg, stored string) i18n.Text {
	if !m.IsZero() && m.In(i18n.Spanish) == stored {
		return i18n.Text{ES: stored, EN: m.In(i18n.English)}
	}
	return i18n.Text{ES: stored}
}
