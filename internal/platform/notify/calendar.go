package notify

import (
	"slices"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
)

// Event is one appointment in a calendar. It has no field for whom or what it is for.
type Event struct {
	UID       string // of the appointment, the same after it was moved
	Sequence  int    // grows with each change
	StartsAt  time.Time
	Minutes   int
	Place     string // public address, or a room; empty for none
	Stamp     time.Time
	Group     bool // a session of a group, in the calendar of whoever leads it
	Cancelled bool
}

// Calendar is a calendar file (RFC 5545): the events of one mail, or of a feed.
type Calendar struct {
	Events    []Event
	Organizer string // mailbox that sends it; a calendar in a mail needs one (RFC 5546)
	Lang      i18n.Lang
}

// CalendarType is the media type of a calendar file.
const CalendarType = "text/calendar; charset=utf-8"

// zoneName is the zone of every event. Its rule has had no summer time since October of
// 2022 (Ley de los Husos Horarios), so one offset describes it.
const zoneName = "America/Mexico_City"

// localTime is a local time in a calendar file.
const localTime = "20060102T150405"

// refresh is how often a program that follows a feed should ask again.
const refresh = "PT1H"

// method says what a mailbox does with the file: take its events in, or out.
func (c Calendar) method() ics.Method {
	holds := func(e Event) bool { return !e.Cancelled }
	if len(c.Events) > 0 && !slices.ContainsFunc(c.Events, holds) {
		return ics.MethodCancel
	}
	return ics.MethodPublish
}

// Bytes writes the file: lines of at most 75 bytes that end in CRLF, texts escaped.
func (c Calendar) Bytes() []byte {
	cal := ics.NewCalendarFor("SIGUE")
	cal.SetProductId("-//SIGUE//Citas//ES")
	cal.SetCalscale("GREGORIAN")
	cal.SetMethod(c.method())
	if c.Organizer == "" { // a feed
		cal.SetXWRCalName(i18n.M("Citas").In(c.Lang))
		cal.SetXPublishedTTL(refresh)
		cal.SetRefreshInterval(refresh) // the library adds VALUE=DURATION
	}
	standard := cal.AddTimezone(zoneName).AddStandard()
	standard.AddProperty(ics.ComponentPropertyDtStart, "19700101T000000")
	standard.AddProperty(ics.ComponentProperty(ics.PropertyTzoffsetfrom), "-0600")
	standard.AddProperty(ics.ComponentProperty(ics.PropertyTzoffsetto), "-0600")
	standard.AddProperty(ics.ComponentProperty(ics.PropertyTzname), "CST")
	for _, e := range c.Events {
		c.add(cal, e)
	}
	return []byte(cal.Serialize(ics.WithNewLineWindows))
}

func (c Calendar) add(cal *ics.Calendar, e Event) {
	to := cal.AddEvent(e.UID)
	to.SetSequence(e.Sequence)
	to.SetDtStampTime(e.Stamp)
	to.SetProperty(ics.ComponentPropertyDtStart, local(e.StartsAt), ics.WithTZID(zoneName))
	to.SetProperty(ics.ComponentPropertyDtEnd, local(e.StartsAt.Add(time.Duration(e.Minutes)*time.Minute)), ics.WithTZID(zoneName))
	to.SetSummary(e.title().In(c.Lang))
	if place := oneLine(e.Place); place != "" {
		to.SetLocation(place)
	}
	to.SetClass(ics.ClassificationPrivate)
	to.SetStatus(ics.ObjectStatusConfirmed)
	if e.Cancelled {
		to.SetStatus(ics.ObjectStatusCancelled)
	}
	if c.Organizer != "" {
		to.SetOrganizer("mailto:"+c.Organizer, ics.WithCN(i18n.M("Citas").In(c.Lang)))
	}
}

// title is all that a calendar says of what an appointment is.
func (e Event) title() i18n.Msg {
	if e.Group {
		return i18n.M("Sesión de grupo")
	}
	return i18n.M("Cita")
}

func local(t time.Time) string { return t.In(clock.Zone()).Format(localTime) }

// maxPlace bounds the text of a place, in characters.
const maxPlace = 300

// oneLine takes out of a place what a line of a mail or of a calendar cannot hold.
func oneLine(text string) string {
	runes := []rune(strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, " "))), " "))
	return string(runes[:min(len(runes), maxPlace)])
}

// UIDFor names an appointment in calendars; id is that of the row which it began with.
func (o *Outbox) UIDFor(id string) string { return id + "@" + o.host }
