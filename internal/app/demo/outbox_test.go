package demo

import (
	"slices"
	"testing"
)

func TestLines(t *testing.T) {
	const base = "http://localhost:8080"
	for _, tt := range []struct{ name, text, path string }{
		{"a page of this site", base + "/canalizaciones/0192", "/canalizaciones/0192"},
		{"another site", "https://evil.example/canalizaciones/0192", ""},
		{"a host that begins alike", base + "0.evil.example/x", ""},
		{"a path that leads out", base + "//evil.example/x", ""},
		{"another scheme", "javascript:alert(1)", ""},
		{"words before it", "Entre a " + base + "/hoy", ""},
		{"no link", "Folio: SIGUE-2026-000123-F", ""},
	} {
		if got, want := lines("Hola\n"+tt.text+"\n", base), []line{{Text: "Hola"}, {tt.text, tt.path}}; !slices.Equal(got, want) {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, want)
		}
	}
}
