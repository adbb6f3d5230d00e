package casefile

import (
	"strings"
	"testing"

	"sigue/internal/platform/access"
)

// TestActions offers in each state what the service would do, to whom it would let do it,
// and says of the rest when and by whom.
func TestActions(t *testing.T) {
	boss, psychologist := access.Actor{Account: "a", Role: access.CenterCoordinator, Center: "c"}, access.Actor{Account: "b", Role: access.Psychology, Center: "c"}
	for _, tt := range []struct {
		state State
		actor access.Actor
		want  string
	}{
		{ToSchedule, boss, "derivar baja transferir separar unir copia reserva"},
		{InAssessment, boss, "espera admitir derivar baja transferir separar copia reserva"},
		{Active, boss, "grupos suspender concluir derivar baja transferir separar copia reserva"},
		{Suspended, boss, "reanudar derivar baja transferir separar copia reserva"},
		{Completed, boss, "cerrar copia reserva"},
		{Closed, boss, "copia reserva"},
		{Active, psychologist, ""},
	} {
		t.Run(string(tt.state)+" "+string(tt.actor.Role), func(t *testing.T) {
			var can []string
			for _, a := range Actions(tt.state, tt.actor) {
				if a.Can {
					can = append(can, a.Name)
				}
				if !a.Can && a.Who.IsZero() {
					t.Errorf("%s does not say who can", a.Name)
				}
			}
			if got := strings.Join(can, " "); got != tt.want {
				t.Errorf("can %q, want %q", got, tt.want)
			}
		})
	}
	for _, tt := range []struct {
		state State
		role  access.Role
		want  bool
	}{{Active, access.Reception, true}, {Active, access.Psychology, true}, {Discharged, access.Reception, false}, {Active, access.Facilitator, false}} {
		if b := Booking(tt.state, access.Actor{Account: "a", Role: tt.role, Center: "c"}); b.Can != tt.want {
			t.Errorf("%s gives an appointment in %s: %v, want %v", tt.role, tt.state, b.Can, tt.want)
		}
	}
}
