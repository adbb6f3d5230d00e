package demo

import (
	"context"
	"fmt"

	"sigue/internal/feature/casefile"
	"sigue/internal/platform/access"
)

// What people of the centers write. It is fictional, short and sober.
var (
	notes = map[access.Role][]string{
		access.SocialWork: {
			"Vive con su hermano desde hace cuatro meses. Trabaja por su cuenta y puede venir por la tarde.",
			"Se acordó con él cómo avisar cuando no pueda llegar. Dejó un segundo teléfono.",
			"Refiere dificultad para pagar el transporte de la segunda quincena. Se revisan horarios.",
			"Llega puntual. Comenta que en su trabajo le cambiaron el turno; se le ofreció otro horario.",
		},
		access.Psychology: {
			"Reconoce los hechos en parte. Se trabajó la diferencia entre explicar y justificar.",
			"Identifica señales físicas antes de alzar la voz. Practicó el retiro y lo explicó con sus palabras.",
			"Habla de la decisión de terceros como causa. Se regresó a lo que él hizo y decidió.",
			"Participa más que la semana pasada. Nombra el miedo además del enojo.",
			"Hizo la tarea. Distingue pedir de exigir en dos situaciones de su casa.",
			"Sesión breve; llegó cansado del turno de noche. Se acordó retomar el registro de emociones.",
		},
		access.Legal: {
			"Se leyó con él la resolución. Entiende hasta cuándo está obligado y ante quién.",
			"Preguntó por la medida que le impide acercarse. Se le explicó que el programa no la cambia.",
			"Trajo copia de un acuerdo nuevo de su autoridad; se agregó a sus documentos.",
		},
	}
	risks = []struct {
		level casefile.RiskLevel
		why   string
		days  int
	}{
		{casefile.RiskLow, "Respeta la medida, vive aparte y no hay hechos nuevos que se conozcan.", 90},
		{casefile.RiskMedium, "Minimiza los hechos. Sin contacto con la persona protegida, según refiere.", 60},
		{casefile.RiskMedium, "Consumo de alcohol los fines de semana; acepta trabajarlo.", 60},
		{casefile.RiskLow, "Reconoce lo que hizo y cuenta con red de apoyo.", 90},
		{casefile.RiskHigh, "Refiere celos y buscó contacto por terceros el mes pasado.", 30},
		{casefile.RiskMedium, "Conflicto por bienes sin resolver; acude con disposición.", 60},
		{casefile.RiskExtreme, "Amenazas recientes que él mismo refiere. Se avisó a la coordinación.", 15},
	}
	pausing = []struct{ reason, why string }{
		{"work", "Sale a trabajar fuera del estado por temporada y presentó constancia."},
		{"illness", "Cirugía con reposo médico; entregó el comprobante."},
		{"family", "Cuida a su madre hospitalizada; pidió pausa por escrito."},
		{"authority", "La autoridad pidió esperar hasta la siguiente audiencia."},
	}
	departures = map[string]string{
		"absence_limit":        "Cuatro faltas sin justificar después de llamadas y de los avisos a la autoridad.",
		"relocation":           "Cambió de residencia a otra entidad; lo comunicó por escrito.",
		"imprisonment":         "La autoridad informó de su ingreso a un centro penitenciario.",
		"new_violence":         "La autoridad informó de hechos nuevos; el proceso no puede seguir así.",
		"threat_violence":      "Amenazó a un compañero del grupo; se levantó acta.",
		"intoxicated":          "Acudió tres veces bajo efectos del alcohol y se le pidió retirarse.",
		"revoked":              "La autoridad dejó sin efecto la obligación.",
		"other_care":           "Necesita atención de salud que el centro no da.",
		"death":                "Su familia entregó copia del acta.",
		"error":                "Se abrió por error: la resolución ordenaba otra medida.",
		casefile.ByOwnDecision: "Dejó de venir; al llamarle dijo que no seguirá.",
	}
	results = []string{"reached", "reached", "no_answer", "message_left", "reached", "relative", "out_of_service"}
	replies = []string{
		"Se da por enterada y pide el informe mensual.", "Requerirá a la persona en la próxima audiencia.",
		"Agradece el aviso; no cambia la obligación.",
	}
)

// note writes a note of the area of whoever attended; facilitators write none.
func (t *teller) note(ctx context.Context, s *story, w *worker) error {
	texts := notes[w.Role]
	if len(texts) == 0 {
		return nil
	}
	_, err := t.app.Cases.WriteNote(ctx, w.Actor, s.id, casefile.NoteForm{
		Body: texts[s.dice.IntN(len(texts))], Disclosable: []string{"yes", "no"}[s.dice.IntN(2)],
	})
	return err
}

// answers are what somebody answers to the instrument of an area.
func (t *teller) answers(s *story, area access.Role) casefile.Answers {
	one := func(of ...string) string { return of[s.dice.IntN(len(of))] }
	switch area {
	case access.SocialWork:
		return casefile.Answers{
			"housing": one("alone", "family", "family", "other", "unstable"), "income": one("stable", "irregular", "irregular", "none"),
			"support": one("yes", "yes", "no"), "travel": fmt.Sprint(10 + 5*s.dice.IntN(20)), "schedule": one("no", "no", "yes"),
		}
	case access.Psychology:
		return casefile.Answers{
			"recognises": one("yes", "partly", "partly", "no"), "responsibility": one("self", "both", "others"), "substances": one("no", "no", "yes"),
			"motivation": fmt.Sprint(3 + s.dice.IntN(7)), "self_harm": "no", "notes": "Entrevista inicial. Acepta venir y pregunta cómo se cuentan las faltas.",
		}
	}
	return casefile.Answers{
		"order_seen": "yes", "understands": one("yes", "yes", "no"), "measures": one("yes", "no", "unknown"), "clash": "no",
		"notes": "Vigilar el término de la medida y el informe que pide la autoridad.",
	}
}
