package document_test

import (
	"strings"
	"testing"

	"sigue/internal/platform/document"
)

func TestNewCode(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		code := document.NewCode()
		if len(code) != 26 || strings.ContainsAny(code, "ILOU") || code != strings.ToUpper(code) {
			t.Fatalf("got %q, want 26 unambiguous characters", code)
		}
		if seen[code] {
			t.Fatalf("%q was drawn twice", code)
		}
		seen[code] = true
		if got := document.ParseCode(document.Grouped(code)); got != code {
			t.Errorf("%q reads back as %q", document.Grouped(code), got)
		}
	}
}

func TestParseCode(t *testing.T) {
	const code = "7K3QV9D0M1XH8TJ5RNW6CB4YPE"
	tests := []struct{ name, typed, want string }{
		{"as printed", "7K3QV-9D0M1-XH8TJ-5RNW6-CB4YPE", code},
		{"small letters and spaces", " 7k3qv 9d0m1 xh8tj 5rnw6 cb4ype\n", code},
		{"look-alikes", "7K3QV9DOMLXH8TJ5RNW6CB4YPE", code},
		{"one short", code[:25], ""},
		{"one more", code + "0", ""},
		{"a sign that is none", code[:25] + "U", ""},
		{"empty", "", ""},
		{"hostile", "' or 1=1 --\x00", ""},
		{"endless", strings.Repeat("-", 1<<20), ""},
		{"another script", strings.Repeat("Ж", 26), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := document.ParseCode(tt.typed); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzParseCode(f *testing.F) {
	f.Add("7K3QV-9D0M1-XH8TJ-5RNW6-CB4YPE")
	f.Fuzz(func(t *testing.T, typed string) {
		if code := document.ParseCode(typed); code != "" && document.ParseCode(document.Grouped(code)) != code {
			t.Errorf("%q gave %q, which does not read back", typed, code)
		}
	})
}

func TestClean(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"names stay", "Ñandú Müller O’Connor Иван", "Ñandú Müller O’Connor Иван"},
		{"line ends stay", "uno\r\ndos\ntres", "uno\ndos\ntres"},
		{"tabs become spaces", "a\tb", "a b"},
		{"control and invisible signs go", "a\x00b\x1b[31m\u202ec\u200bd", "ab[31mcd"},
		{"what cannot be drawn is marked", "a😀b\xff", "a?b?"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := document.Clean(tt.text); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
