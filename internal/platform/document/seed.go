package document

import (
	"context"
	"fmt"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/platform/access"
)

// seeds are the wordings that ship. They are data: an administrator changes them by
// publishing another version.
var seeds = map[Kind]struct{ title, body string }{
	Summons: {"Citatorio", `{{persona}}:

Le pedimos presentarse el {{fecha}} a las {{hora}} en {{centro}}, {{domicilio}}. Traiga una identificación con fotografía y este documento.

Si no puede venir, avísenos antes al teléfono {{telefono}} para darle otra fecha. Pedir otra fecha a tiempo no cuenta como falta.

Atentamente,
{{firma}}`},
	Commitment: {"Carta compromiso", `Yo, {{persona}}, recibí la explicación de cómo trabaja el programa «{{programa}}» de {{centro}} y pude hacer preguntas.

El programa consta de {{sesiones_previstas}} sesiones, del {{inicio}} al {{termino}} según lo previsto.

Me comprometo a llegar puntual a mis sesiones; a avisar antes cuando no pueda asistir y a presentar mi justificante; a respetar a las personas del centro y del grupo, y a no repetir fuera lo que otras personas cuenten; a no presentarme bajo los efectos de alcohol o drogas, y a no ejercer violencia contra nadie, dentro ni fuera del centro.

Sé que el centro informa de mi asistencia a la autoridad que me canalizó, si la hay, y que lo que hable en las sesiones es confidencial, salvo que haya un riesgo para la vida o la integridad de alguna persona.

Sé que puedo pedir la corrección de mis datos y presentar una queja sobre la atención que recibo.`},
	IntakeReport: {"Informe de ingreso", `{{autoridad}}
Expediente {{expediente}}

Le informamos que {{persona}}, a quien canalizó con el folio {{folio}}, terminó su entrevista de ingreso en {{centro}} y fue admitido al programa «{{programa}}».

El programa consta de {{sesiones_previstas}} sesiones. Inició el {{inicio}} y, de cumplirse la asistencia, concluirá alrededor del {{termino}}. Esta fecha cambia si hay faltas o suspensiones; puede consultarla en SIGUE con el folio.

Atentamente,
{{firma}}`},
	MonthlyReport: {"Informe mensual de asistencia: {{periodo}}", `{{autoridad}}
Expediente {{expediente}}

Le informamos sobre la asistencia de {{persona}}, canalizado con el folio {{folio}}, a {{centro}} durante {{periodo}}.

Ha asistido a {{sesiones_asistidas}} de {{sesiones_previstas}} sesiones previstas. En el mes faltó sin justificar a {{faltas}}. La fecha prevista de término es el {{termino}}.

Atentamente,
{{firma}}`},
	AbsenceNotice: {"Aviso de inasistencia", `{{autoridad}}
Expediente {{expediente}}

Le informamos que {{persona}}, canalizado con el folio {{folio}}, no asistió a {{centro}} el {{fecha}} y hasta hoy no ha justificado la falta. Lleva {{faltas}} sin justificar.

Si la persona presenta después un justificante válido, le enviaremos la corrección.

Atentamente,
{{firma}}`},
	BreachReport: {"Informe de incumplimiento", `{{autoridad}}
Expediente {{expediente}}

Le informamos que {{persona}}, canalizado con el folio {{folio}}, no ha cumplido con la asistencia a {{centro}}. Acumula {{faltas}} faltas sin justificar y ha asistido a {{sesiones_asistidas}} de {{sesiones_previstas}} sesiones previstas.

{{motivo}}

Le pedimos comunicarnos lo que determine. Mientras tanto, el lugar de la persona en el programa se conserva conforme a las reglas del centro.

Atentamente,
{{firma}}`},
	Correction: {"Corrección de un informe", `{{autoridad}}
Expediente {{expediente}}

Le pedimos tomar en cuenta esta corrección al documento {{documento_corregido}}, relativo a {{persona}}, canalizado con el folio {{folio}}.

{{motivo}}

En lo demás, lo informado no cambia.

Atentamente,
{{firma}}
{{centro}}`},
	Conclusion: {"Informe de conclusión", `{{autoridad}}
Expediente {{expediente}}

Le informamos que {{persona}}, canalizado con el folio {{folio}}, concluyó el programa «{{programa}}» en {{centro}}. Inició el {{inicio}} y terminó el {{termino}}. Asistió a {{sesiones_asistidas}} de {{sesiones_previstas}} sesiones previstas.

{{motivo}}

Este informe da cuenta de la asistencia y de los temas trabajados. No es un dictamen pericial ni un pronóstico de la conducta futura de la persona, y no sustituye las medidas de protección vigentes.

Atentamente,
{{firma}}`},
	Certificate: {"Constancia de asistencia", `{{centro}} hace constar que {{persona}} asistió a {{sesiones_asistidas}} de {{sesiones_previstas}} sesiones del programa «{{programa}}», del {{inicio}} al {{termino}}. Las sesiones a las que asistió se enlistan abajo.

Esta constancia acredita únicamente la asistencia. No es una valoración de la conducta de la persona ni sustituye lo que haya ordenado una autoridad.

Atentamente,
{{firma}}`},
	FollowUp: {"Carta de seguimiento", `{{persona}}:

Como se acordó al terminar su proceso, nos gustaría saber cómo se encuentra. Le esperamos el {{fecha}} a las {{hora}} en {{centro}}, {{domicilio}}. También puede llamarnos al {{telefono}}.

La plática dura alrededor de una hora y no tiene costo. Si antes necesita apoyo, no espere a esta fecha: llámenos.

Atentamente,
{{firma}}`},
	AttendanceList: {"Lista de asistencia", `{{grupo}}, {{centro}}. Sesión del {{fecha}} a las {{hora}}.`},
	CaseFile:       {"Expediente completo", `Copia completa del expediente {{folio}} de {{centro}}, hecha el {{fecha}}. Lo que se agregó después no está en ella.`},
}

// seededFrom is since when the wordings that ship are in force: always.
var seededFrom = clock.MustDate("2000-01-01")

// Seed adds the wordings that ship for kinds that have none, as version 1 in force. What
// is there stays as it is.
func (s *Service) Seed(ctx context.Context, actor access.Actor) error {
	if _, err := actor.Require(access.TemplateManage); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		for _, kind := range order {
			if !kind.Worded() {
				continue
			}
			w := seeds[kind]
			n, err := tx.Exec(ctx, `insert into document_templates (id, kind, version, title, body, valid_from, revision,
					created_at, created_by, published_at, published_by)
				values ($1, $2, 1, $3, $4, $5, 1, $6, $7, $6, $7) on conflict (kind, version) do nothing`,
				db.NewID(), string(kind), w.title, w.body, seededFrom, db.At(tx.Now()), actor.Name())
			if err != nil {
				return fmt.Errorf("document: seed %s: %w", kind, err)
			}
			if n == 0 {
				continue
			}
			if err := s.noteWording(ctx, tx, actor, "template.publish", kind); err != nil {
				return err
			}
		}
		return nil
	})
}
