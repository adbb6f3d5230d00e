package notify_test

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/notify"
)

// readBack reads a calendar file as a program that gets it would.
func readBack(t *testing.T, file []byte) []*ics.VEvent {
	t.Helper()
	cal, err := ics.ParseCalendar(bytes.NewReader(file))
	if err != nil {
		t.Fatalf("%v in\n%s", err, file)
	}
	return cal.Events()
}

func property(e *ics.VEvent, name ics.ComponentProperty) string {
	if p := e.GetProperty(name); p != nil {
		return p.Value
	}
	return ""
}

func TestCalendarFile(t *testing.T) {
	at := clock.MustDate("2026-11-25").At(10, 30)
	for _, tt := range []struct {
		name string
		cal  notify.Calendar
		want []string
		not  []string
	}{
		{"of a mail", notify.Calendar{Organizer: "avisos@sigue.example", Events: []notify.Event{{UID: "a@sigue.example", Sequence: 2, StartsAt: at, Minutes: 60, Place: "Calle 1, Toluca; piso 2", Stamp: at}}},
			[]string{"METHOD:PUBLISH", "UID:a@sigue.example", "SEQUENCE:2", "DTSTAMP:20261125T163000Z", "DTSTART;TZID=America/Mexico_City:20261125T103000",
				"DTEND;TZID=America/Mexico_City:20261125T113000", "SUMMARY:Cita", `LOCATION:Calle 1\, Toluca\; piso 2`, "STATUS:CONFIRMED", "CLASS:PRIVATE",
				"ORGANIZER;CN=Citas:mailto:avisos@sigue.example", "BEGIN:VTIMEZONE", "TZID:America/Mexico_City", "TZOFFSETTO:-0600"},
			[]string{"ATTENDEE", "X-WR-CALNAME", "DESCRIPTION"}},
		{"of a mail that calls off", notify.Calendar{Organizer: "avisos@sigue.example", Events: []notify.Event{{UID: "a@sigue.example", Sequence: 3, StartsAt: at, Minutes: 60, Stamp: at, Cancelled: true}}},
			[]string{"METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:3"}, []string{"LOCATION"}},
		{"a feed", notify.Calendar{Events: []notify.Event{{UID: "a", StartsAt: at, Minutes: 120, Stamp: at, Group: true}, {UID: "b", StartsAt: at, Minutes: 60, Stamp: at}}},
			[]string{"METHOD:PUBLISH", "X-WR-CALNAME:Citas", "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "SUMMARY:Sesión de grupo", "SUMMARY:Cita"}, []string{"ORGANIZER"}},
		{"an empty feed", notify.Calendar{}, []string{"METHOD:PUBLISH", "END:VCALENDAR"}, []string{"VEVENT"}},
		{"in English", notify.Calendar{Lang: i18n.English, Events: []notify.Event{{UID: "a", StartsAt: at, Minutes: 60, Stamp: at}}}, []string{"SUMMARY:Appointment"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := tt.cal.Bytes()
			lines := strings.Split(string(file), "\r\n")
			for _, want := range tt.want {
				found := false
				for _, line := range lines {
					found = found || line == want
				}
				if !found {
					t.Errorf("got\n%s\nwant in it %q", file, want)
				}
			}
			for _, not := range tt.not {
				if strings.Contains(string(file), not) {
					t.Errorf("got\n%s\nwant no %q", file, not)
				}
			}
			if got := len(readBack(t, file)); got != len(tt.cal.Events) {
				t.Errorf("read back %d events, want %d", got, len(tt.cal.Events))
			}
		})
	}
}

// FuzzCalendar reads back what was written: whatever a place is called, the file has the
// one event, at its hour, in lines that every program can read.
func FuzzCalendar(f *testing.F) {
	f.Add("Calle 1, Toluca; piso 2", int64(0), 60)
	f.Add(strings.Repeat("Ñandú é ", 40), int64(3600), 15)
	f.Add("a\r\nBEGIN:VEVENT\r\nUID:x", int64(1<<31), 240)
	f.Add("\\n\\,\\;\"'\x00\u2028\U0001F600", int64(900), 1)
	f.Fuzz(func(t *testing.T, place string, seconds int64, minutes int) {
		at := time.Unix(1_700_000_000+seconds%(1<<32), 0).UTC()
		minutes = 1 + max(minutes, -minutes, 0)%600
		want := notify.Event{UID: "a@sigue.example", Sequence: 1, StartsAt: at, Minutes: minutes, Place: place, Stamp: at}
		file := notify.Calendar{Organizer: "avisos@sigue.example", Events: []notify.Event{want}}.Bytes()
		for line := range strings.SplitSeq(strings.TrimSuffix(string(file), "\r\n"), "\r\n") {
			if len(line) > 75 || strings.ContainsAny(line, "\r\n\x00") || !utf8.ValidString(line) {
				t.Fatalf("the line %q of %d bytes", line, len(line))
			}
		}
		events := readBack(t, file)
		if len(events) != 1 {
			t.Fatalf("got %d events of\n%s", len(events), file)
		}
		starts, err := events[0].GetStartAt()
		if err != nil || !starts.Equal(at) {
			t.Errorf("it starts at %v (%v), want %v", starts, err, at)
		}
		ends, err := events[0].GetEndAt()
		if err != nil || !ends.Equal(at.Add(time.Duration(minutes)*time.Minute)) {
			t.Errorf("it ends at %v (%v)", ends, err)
		}
		if got, twice := property(events[0], ics.ComponentPropertyLocation), notify.OneLine(place); got != twice {
			t.Errorf("its place is %q, want %q", got, twice)
		}
	})
}
