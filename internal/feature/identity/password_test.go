package identity

import (
	"strings"
	"testing"
)

func TestCheckPassword(t *testing.T) {
	const name, email = "María José Ñáñez Robledo", "mj.nanez@juzgado3.example"
	tests := []struct {
		name, password string
		want           string // beginning of the sentence; empty when it will do
	}{
		{"a phrase", "cinco tortugas lentas", ""},
		{"twelve of anything", "mxk7plwqzrt3", ""},
		{"no capitals, digits or signs are asked for", "lluvia sobre el volcan", ""},
		{"eleven", "tortugas le", "Use al menos"},
		{"twelve letters written with marks count as twelve", "n\u0303n\u0303n\u0303n\u0303n\u0303n\u0303ab", "Use al menos"},
		{"too long", strings.Repeat("largo ", 40), "Use %d caracteres o menos"},
		{"own address", "mj.nanez@juzgado3.example", "No use su nombre"},
		{"own address with year", "MJ.Nanez@Juzgado3.example2026", "No use su nombre"},
		{"own name without marks", "maria jose nanez robledo", "No use su nombre"},
		{"local part with digits", "mj.nanez-20261123", "No use su nombre"},
		{"common with year and sign", "Contraseña2026!", "Esa contraseña"},
		{"common twice", "passwordpassword", "Esa contraseña"},
		{"one character", "aaaaaaaaaaaaaaa", "Esa contraseña"},
		{"two in turn", "121212121212", "Esa contraseña"},
		{"counting", "123456789012", "Esa contraseña"},
		{"keyboard", "qwertyuiopas", "Esa contraseña"},
		{"alphabet", "abcdefghijkl", "Esa contraseña"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := checkPassword(tt.password, name, email).Key
			if (tt.want == "") != (got == "") || !strings.HasPrefix(got, tt.want) {
				t.Errorf("checkPassword(%q) = %q, want %q", tt.password, got, tt.want)
			}
		})
	}
}

// A person whose name is unknown is not refused every password.
func TestCheckPasswordWithoutName(t *testing.T) {
	if got := checkPassword("345678123456 901", "", ""); got.Key != "" {
		t.Errorf("got %q, want it accepted", got.Key)
	}
}
