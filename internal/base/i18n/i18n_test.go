package i18n

import "testing"

func TestIn(t *testing.T) {
	m := M("Revise los datos marcados.")
	if got := m.In(English); got != "Check the marked fields." {
		t.Errorf("English = %q", got)
	}
	if got := m.In(Spanish); got != m.Key {
		t.Errorf("Spanish = %q", got)
	}
	nested := M("%s: %d", m, 3)
	if got, want := nested.In(English), "Check the marked fields.: 3"; got != want {
		t.Errorf("nested = %q, want %q", got, want)
	}
}
