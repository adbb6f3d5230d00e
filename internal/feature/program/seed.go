package program

import (
	"context"
	"fmt"

	"sigue/internal/base/db"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

// seedProgram is a program as it ships, published as version 1.
type seedProgram struct {
	code, name, summary string
	rules, source       string
	components          []seedComponent
}

type seedComponent struct {
	area               ServiceArea
	name               string
	minutes, everyDays int
	sessions           []seedSession
}

// seedSession is the topics of one session.
type seedSession []string

// plain makes n sessions without topics: what they treat is agreed with each person.
func plain(n int) []seedSession { return make([]seedSession, n) }

// each makes a session of each topic.
func each(topics ...string) []seedSession {
	all := make([]seedSession, len(topics))
	for i, t := range topics {
		all[i] = seedSession{t}
	}
	return all
}

// Seed adds the programs that ship with SIGUE and are not there, each as a published
// version 1. What is there, edited or closed, stays as it is.
func (s *Service) Seed(ctx context.Context, actor access.Actor) error {
	if _, err := actor.Require(access.ProgramManage); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *db.Tx) error {
		for _, p := range seeds {
			if err := s.seedTx(ctx, tx, actor, p); err != nil {
				return fmt.Errorf("program: seed %s: %w", p.code, err)
			}
		}
		return nil
	})
}

func (s *Service) seedTx(ctx context.Context, tx *db.Tx, actor access.Actor, p seedProgram) error {
	now, id := db.At(tx.Now()), db.NewID()
	// A code or name that is taken, also by another process that seeds, leaves things as they are.
	added, err := tx.Exec(ctx, `insert into programs (id, code, name, summary, revision, created_at, created_by)
		values ($1, $2, $3, $4, 1, $5, $6) on conflict do nothing`, id, p.code, p.name, p.summary, now, actor.Name())
	if err != nil || added == 0 {
		return err
	}
	v := Version{ID: db.NewID(), ProgramID: id, Number: 1, Required: 80, GroupMin: groupMin, GroupMax: groupMax, Rules: p.rules, Source: p.source}
	if err := insertVersion(ctx, tx, actor, v, ""); err != nil {
		return err
	}
	if err := copyContent(ctx, tx, p.content(), v.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update program_versions set published_at = $1, published_by = $2 where id = $3`, now, actor.Name(), v.ID); err != nil {
		return err
	}
	return s.ledger.AppendTx(ctx, tx, actor, ledger.Entry{
		Action: "program.seed", Subject: ledger.Subject{Type: "program", ID: id}, Changes: []ledger.Change{{Field: "name", After: p.name}},
	})
}

// content gives the seed the form of a version; equal titles are one topic.
func (p seedProgram) content() Version {
	var v Version
	known := map[string]Topic{}
	for _, c := range p.components {
		component := Component{Area: c.area, Name: c.name, Minutes: c.minutes, EveryDays: c.everyDays}
		for n, titles := range c.sessions {
			session := Session{Number: n + 1}
			for _, title := range titles {
				topic, ok := known[title]
				if !ok {
					topic = Topic{ID: title, Title: title}
					known[title] = topic
					v.Topics = append(v.Topics, topic)
				}
				session.Topics = append(session.Topics, topic)
			}
			component.Sessions = append(component.Sessions, session)
		}
		v.Components = append(v.Components, component)
	}
	return v
}

// ownWording is said of every shipped version: what comes from the program and what is
// ours.
const ownWording = " Los títulos de los temas están redactados para SIGUE y no reproducen ningún manual; " +
	"la Secretaría los ajusta en una versión nueva."

const commonRules = "La asistencia se cuenta por sesión. Quien llega tarde queda con retardo y la sesión cuenta como asistida. " +
	"Una sesión que el centro cancela no es falta. La constancia dice a qué sesiones se asistió."

// seeds are the programs of DOMAIN, section 3.
var seeds = []seedProgram{
	{
		code: "cedemas_plus", name: "CeDeMas+",
		summary: "Atención individual y grupo al mismo tiempo: 20 sesiones individuales y 15 de grupo, cada semana.",
		rules:   commonRules,
		source: "Estructura del programa de los centros CeDeMas+: 20 sesiones individuales y 15 de grupo de 2 horas, semanales. " +
			"La duración de la sesión individual (60 minutos) es una propuesta." + ownWording,
		components: []seedComponent{
			{Psychology, "Atención individual", 60, 7, plain(20)},
			{InGroup, "Grupo psicoeducativo", 120, 7, each(
				"Encuadre: para qué estamos aquí y acuerdos del grupo",
				"Qué es la violencia y cómo se reconoce",
				"Tipos y modalidades de violencia en la ley",
				"Lo que aprendimos sobre ser hombre",
				"Poder, control y privilegio en la relación",
				"Responsabilidad: mis actos y sus consecuencias",
				"El cuerpo avisa: señales antes del acto violento",
				"Detenerse a tiempo: retiro y plan de seguridad",
				"Emociones que se ocultan tras el enojo",
				"Consentimiento y respeto de los límites",
				"Hablar y escuchar sin imponer",
				"Ser padre sin violencia",
				"Efectos en niñas, niños y personas cercanas",
				"Acuerdos, reparación y vida cotidiana compartida",
				"Cierre: compromisos y red de apoyo",
			)},
		},
	},
	{
		code: "iravp", name: "IRAVP",
		summary: "Grupo semanal de 25 sesiones sobre la responsabilidad por la violencia y las formas de relacionarse sin ella.",
		rules:   commonRules,
		source: "Estructura del programa IRAVP: 25 sesiones semanales de grupo. La duración de la sesión (2 horas) es una propuesta." +
			ownWording,
		components: []seedComponent{{InGroup, "Grupo semanal", 120, 7, each(
			"Bienvenida, confidencialidad y reglas del grupo",
			"Mi historia con la violencia",
			"Definir la violencia: física, psicológica y sexual",
			"Violencia económica y patrimonial",
			"Violencia vicaria y sus daños",
			"El ciclo de la violencia",
			"Mandatos de la masculinidad",
			"Privilegios que no se ven",
			"Creencias que justifican la violencia",
			"Asumir lo que hice: sin negar ni culpar",
			"Daños a la pareja",
			"Daños a hijas e hijos",
			"Señales físicas, emocionales y de pensamiento",
			"Retiro: cómo, cuándo y a dónde",
			"Nombrar lo que siento",
			"Celos, posesión y confianza",
			"Tristeza, miedo y vergüenza",
			"Alcohol, otras sustancias y responsabilidad",
			"Sexualidad y consentimiento",
			"Comunicación que no lastima",
			"Negociar y llegar a acuerdos",
			"Corresponsabilidad en la casa y el cuidado",
			"Paternidad afectiva",
			"Respetar la separación y las medidas de protección",
			"Balance y compromisos para después del grupo",
		)}},
	},
	{
		code: "cecovim", name: "CECOVIM",
		summary: "Grupo de 16 sesiones largas, de dos horas y media, una por semana.",
		rules:   commonRules,
		source: "Estructura del programa CECOVIM: 16 sesiones de grupo de 2.5 horas. La frecuencia semanal es una propuesta." +
			ownWording,
		components: []seedComponent{{InGroup, "Grupo reeducativo", 150, 7, each(
			"Encuadre y acuerdos de convivencia",
			"Identificar mi violencia",
			"Cómo se aprende a ser hombre",
			"Autoridad, poder y control",
			"Pensamientos que anteceden a la violencia",
			"Emociones y cuerpo",
			"Detener el acto violento",
			"Hacerse responsable",
			"Lo que vive quien recibe la violencia",
			"Hijas, hijos y familia",
			"Sexualidad sin imposición",
			"Dinero, bienes y decisiones compartidas",
			"Diálogo y escucha",
			"Acuerdos justos",
			"Red de apoyo para no volver a la violencia",
			"Cierre y plan personal",
		)}},
	},
	{
		code: "vivir_sin_golpes", name: "Vivir sin golpes",
		summary: "Grupo semanal de 37 sesiones que recorre 39 temas, del reconocimiento de la violencia a la vida cotidiana sin ella.",
		rules:   commonRules,
		source: "Estructura del programa Vivir sin golpes: 39 temas en 37 sesiones semanales; la primera y la última tratan dos temas. " +
			"La duración de la sesión (2 horas) es una propuesta." + ownWording,
		components: []seedComponent{{InGroup, "Grupo semanal", 120, 7, livingWithoutBlows()}},
	},
}

// livingWithoutBlows are 37 sessions of 39 topics: the first and the last treat two.
func livingWithoutBlows() []seedSession {
	all := []seedSession{{"Bienvenida y presentación", "Acuerdos del grupo y confidencialidad"}}
	all = append(all, each(
		"Por qué llegué y qué espero",
		"Qué entiendo por violencia",
		"Violencia física",
		"Violencia psicológica y verbal",
		"Violencia sexual",
		"Violencia económica y patrimonial",
		"Violencia a través de hijas e hijos",
		"Violencia digital",
		"El ciclo de la violencia en mi relación",
		"La familia en que crecí",
		"Lo que se espera de los hombres",
		"Costos de la masculinidad tradicional",
		"Machismo de todos los días",
		"Poder y control",
		"Negar, minimizar y culpar",
		"Mi responsabilidad",
		"Reconocer el daño",
		"La mirada de quien recibió la violencia",
		"Niñas y niños que presencian violencia",
		"Señales de mi cuerpo",
		"Ideas que me llevan a la violencia",
		"Situaciones de riesgo",
		"Técnica de retiro",
		"Plan de seguridad personal",
		"Enojo",
		"Miedo y tristeza",
		"Celos y control",
		"Autoestima y cuidado propio",
		"Alcohol y otras sustancias",
		"Consentimiento y sexualidad",
		"Escuchar",
		"Decir lo que pienso sin agredir",
		"Resolver desacuerdos",
		"Tareas de casa y de cuidado",
		"Paternidad presente",
	)...)
	return append(all, seedSession{"Lo que cambió y lo que falta", "Compromisos y red de apoyo"})
}
