package documenthttp

import (
	"fmt"
	"strings"
	"testing"
)

// shown writes a comparison as text.
func shown(all []piece) string {
	forms := map[side]string{inBoth: "%s", inOld: "[-%s]", inNew: "[+%s]"}
	var out strings.Builder
	for _, p := range all {
		fmt.Fprintf(&out, forms[p.in], p.text)
	}
	return out.String()
}

func TestCompare(t *testing.T) {
	for _, tt := range []struct{ name, older, newer, want string }{
		{"the same", "Uno dos.\n\nTres.", "Uno dos.\n\nTres.", "Uno dos.\n\nTres."},
		{"nothing", "", "", ""},
		{"all new", "", "Uno dos", "[+Uno dos]"},
		{"all gone", "Uno dos", "", "[-Uno dos]"},
		{"a word in the middle", "Uno dos tres", "Uno cuatro tres", "Uno [-dos ][+cuatro ]tres"},
		{"words more", "Se cita a {{persona}}. {{firma}}", "Se cita hoy a {{persona}}. {{firma}}", "Se cita [+hoy ]a {{persona}}. {{firma}}"},
		{"a paragraph less", "Uno\n\nDos\n\nTres", "Uno\n\nTres", "Uno\n\n[-Dos\n\n]Tres"},
		{"space before all", "  uno", "uno", "[-  ]uno"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := compare(tt.older, tt.newer)
			if shown(got) != tt.want {
				t.Errorf("got %q, want %q", shown(got), tt.want)
			}
		})
	}
}

// FuzzCompare checks that both texts can be read out of what compare gives.
func FuzzCompare(f *testing.F) {
	f.Add("uno dos tres", "dos tres cuatro")
	f.Add(strings.Repeat("a ", 3000), strings.Repeat("b ", 3000))
	f.Fuzz(func(t *testing.T, older, newer string) {
		var was, is strings.Builder
		for _, p := range compare(older, newer) {
			if p.in != inNew {
				was.WriteString(p.text)
			}
			if p.in != inOld {
				is.WriteString(p.text)
			}
		}
		if was.String() != older || is.String() != newer {
			t.Errorf("%q and %q are read back as %q and %q", older, newer, was.String(), is.String())
		}
	})
}
