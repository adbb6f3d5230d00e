package program

import (
	"slices"
	"strings"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
)

// ServiceArea is who gives a session: one of the areas of a center, or a group.
type ServiceArea string

// The service areas.
const (
	Psychology ServiceArea = "psychology"
	SocialWork ServiceArea = "social_work"
	Legal      ServiceArea = "legal"
	InGroup    ServiceArea = "group"
)

// Areas are the service areas in the order of a form.
var Areas = []ServiceArea{Psychology, SocialWork, Legal, InGroup}

// Label is the area's name on screen; the zero Msg for an area that is not listed.
func (a ServiceArea) Label() i18n.Msg {
	switch a {
	case Psychology:
		return i18n.M("Psicología, individual")
	case SocialWork:
		return i18n.M("Trabajo social, individual")
	case Legal:
		return i18n.M("Jurídico, individual")
	case InGroup:
		return i18n.M("En grupo")
	}
	return i18n.Msg{}
}

// Program is what is given under one name; its content stands in its versions.
type Program struct {
	ID, Name string
	Summary  string // what it is, in plain words
	Revision int    // grows with each change, so that two windows notice each other
	ClosedAt time.Time
	Versions []Version // newest first; without a draft for whoever does not edit
}

// Closed tells whether no new plan may choose it.
func (p *Program) Closed() bool { return !p.ClosedAt.IsZero() }

// Draft is the version that is being written; nil when there is none.
func (p *Program) Draft() *Version {
	for i := range p.Versions {
		if p.Versions[i].Draft() {
			return &p.Versions[i]
		}
	}
	return nil
}

// Current is the version that a new plan takes: the newest published one that is not
// retired; nil when there is none or the program is closed.
func (p *Program) Current() *Version {
	for i := range p.Versions {
		if v := &p.Versions[i]; !p.Closed() && !v.Draft() && !v.Retired() {
			return v
		}
	}
	return nil
}

// Version is the content of a program: what is given, how often and how much of it has
// to be attended.
type Version struct {
	ID, ProgramID, ProgramName string
	Number                     int
	Required                   int // attendance to complete it, in percent
	GroupMin, GroupMax         int // people in a group
	Rules                      string
	Source                     string // where the content comes from
	Revision                   int
	CreatedAt                  time.Time
	PublishedAt                time.Time // zero while it is a draft
	RetiredAt                  time.Time
	Components                 []Component
	Topics                     []Topic // all, those that stand in no session too
}

// Component is a part that runs beside the others: some sessions, one every few days.
type Component struct {
	ID        string
	Area      ServiceArea
	Name      string
	Group     bool // given in a group: Area is [InGroup]
	Minutes   int  // of one session
	EveryDays int  // from one session to the next
	Sessions  []Session
}

// Session is one meeting of a component. Title may be empty: then its number names it.
type Session struct {
	ID     string
	Number int // from 1
	Title  string
	Topics []Topic
}

// Topic is what sessions are about; several may treat one, and one several.
type Topic struct{ ID, Title string }

// Draft tells whether the version can still be changed.
func (v *Version) Draft() bool { return v.PublishedAt.IsZero() }

// Retired tells whether no new plan may choose the version.
func (v *Version) Retired() bool { return !v.RetiredAt.IsZero() }

// SessionCount is how many sessions the version has in all its components.
func (v *Version) SessionCount() int {
	n := 0
	for _, c := range v.Components {
		n += len(c.Sessions)
	}
	return n
}

// Component gives a component by its id; false when the version has none of that id.
func (v *Version) Component(id string) (Component, bool) {
	for _, c := range v.Components {
		if c.ID == id {
			return c, true
		}
	}
	return Component{}, false
}

// Session gives a session by its id, with its component; false when the version has none
// of that id.
func (v *Version) Session(id string) (Component, Session, bool) {
	for _, c := range v.Components {
		for _, s := range c.Sessions {
			if s.ID == id {
				return c, s, true
			}
		}
	}
	return Component{}, Session{}, false
}

// Topic gives a topic by its id; false when the version has none of that id.
func (v *Version) Topic(id string) (Topic, bool) {
	for _, t := range v.Topics {
		if t.ID == id {
			return t, true
		}
	}
	return Topic{}, false
}

// Treating are the sessions that treat a topic.
func (v *Version) Treating(topic string) []Session {
	var out []Session
	for _, c := range v.Components {
		for _, s := range c.Sessions {
			if s.Treats(topic) {
				out = append(out, s)
			}
		}
	}
	return out
}

// titles are the titles of some topics.
func (v *Version) titles(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		t, _ := v.Topic(id)
		out[i] = t.Title
	}
	return out
}

// Treats tells whether the session treats a topic.
func (s Session) Treats(topic string) bool {
	return slices.ContainsFunc(s.Topics, func(t Topic) bool { return t.ID == topic })
}

// Text is what the session is about: its title, else its topics; empty when neither says.
func (s Session) Text() string {
	if s.Title != "" {
		return s.Title
	}
	var titles []string
	for _, t := range s.Topics {
		titles = append(titles, t.Title)
	}
	return strings.Join(titles, "; ")
}

// Plain tells whether no session of the component says what it treats.
func (c Component) Plain() bool {
	return !slices.ContainsFunc(c.Sessions, func(s Session) bool { return s.Text() != "" })
}

// Weeks is how long the component runs without holidays, in weeks begun.
func (c Component) Weeks() int {
	if len(c.Sessions) == 0 {
		return 0
	}
	days := (len(c.Sessions)-1)*c.EveryDays + 1
	return (days + 6) / 7
}

// Weeks is how long the version runs without holidays: its longest component.
func (v *Version) Weeks() int {
	n := 0
	for _, c := range v.Components {
		n = max(n, c.Weeks())
	}
	return n
}

// ForecastEnd is the day of the last session when the first ones are given on start or
// the next business day. Components run beside each other; within one a session follows
// EveryDays after the one before, or on the next business day. It is zero for a version
// without sessions or without a start.
func (v *Version) ForecastEnd(start clock.Date, cal clock.Calendar) clock.Date {
	var end clock.Date
	for _, c := range v.Components {
		if last := c.forecast(start, cal); last.After(end) {
			end = last
		}
	}
	return end
}

// forecast is the day of the component's last session.
func (c Component) forecast(start clock.Date, cal clock.Calendar) clock.Date {
	if start.IsZero() || len(c.Sessions) == 0 {
		return clock.Date{}
	}
	day := cal.Add(start, 0)
	for range len(c.Sessions) - 1 {
		day = cal.Add(day.AddDays(c.EveryDays), 0)
	}
	return day
}
