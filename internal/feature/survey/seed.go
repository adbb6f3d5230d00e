package survey

import (
	"context"
	"encoding/json"

	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
)

// Seed adds the two surveys that the program comes with and publishes them, where there is
// no survey yet: what people have changed since is left as it is.
func (s *Service) Seed(ctx context.Context, actor access.Actor) error {
	if _, err := actor.Require(access.SurveyManage); err != nil {
		return err
	}
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		n := 0
		if err := tx.Get(ctx, &n, `select count(*) from surveys`); err != nil || n > 0 {
			return err
		}
		for _, c := range shipped {
			if err := s.shipTx(ctx, tx, actor, Survey{ID: db.NewID(), Name: c.name, Stage: c.stage}, c.content); err != nil {
				return err
			}
		}
		return nil
	})
	if db.IsUnique(err) { // another process has just done it
		return nil
	}
	return err
}

func (s *Service) shipTx(ctx context.Context, tx *db.Tx, actor access.Actor, one Survey, c Content) error {
	if err := s.createTx(ctx, tx, actor, one); err != nil {
		return err
	}
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if err := s.draftTx(ctx, tx, actor, one.ID, 1, string(body)); err != nil {
		return err
	}
	return s.publishTx(ctx, tx, actor, one.ID, "1")
}

// shipped are the surveys that the program comes with. They are its own work.
var shipped = []struct {
	name    string
	stage   Stage
	content Content
}{
	{"Cómo va el proceso", During, Content{
		Scale: HowOften,
		Title: i18n.Text{ES: "¿Cómo le va en el centro?", EN: "How is it going at the center?"},
		Intro: i18n.Text{
			ES: "Queremos mejorar. No hay respuestas buenas ni malas, y lo que conteste no cambia nada de su proceso. No se pide su nombre y nadie sabrá qué contestó usted.",
			EN: "We want to do better. There are no right or wrong answers, and what you answer changes nothing in your process. Your name is not asked, and nobody will know what you answered.",
		},
		Questions: []i18n.Text{
			{ES: "En el centro me tratan con respeto.", EN: "At the center I am treated with respect."},
			{ES: "Me explican las cosas de un modo que entiendo.", EN: "Things are explained to me in a way that I understand."},
			{ES: "Sé qué sigue y cuándo es mi próxima cita.", EN: "I know what comes next and when my next appointment is."},
			{ES: "Las citas y las sesiones empiezan a la hora acordada.", EN: "Appointments and sessions begin at the agreed time."},
			{ES: "En las sesiones puedo hablar con confianza.", EN: "In the sessions I can speak with confidence."},
			{ES: "Aquí cuidan que otras personas no sepan lo que digo.", EN: "Here they take care that other people do not know what I say."},
			{ES: "Las sesiones me ayudan a darme cuenta de cuándo actúo con violencia.", EN: "The sessions help me to notice when I act with violence."},
			{ES: "Uso lo que aprendo para detenerme antes de lastimar.", EN: "I use what I learn to stop before I hurt somebody."},
		},
		Open: i18n.Text{ES: "¿Qué podríamos hacer mejor?", EN: "What could we do better?"},
	}},
	{"Cómo fue el proceso", AtEnd, Content{
		Scale: HowMuch,
		Title: i18n.Text{ES: "¿Cómo fue su proceso?", EN: "How was your process?"},
		Intro: i18n.Text{
			ES: "Su opinión sirve a quienes vienen después. No hay respuestas buenas ni malas, y lo que conteste no cambia su constancia ni ningún informe. No se pide su nombre y nadie sabrá qué contestó usted.",
			EN: "Your opinion helps those who come after you. There are no right or wrong answers, and what you answer changes neither your certificate nor any report. Your name is not asked, and nobody will know what you answered.",
		},
		Questions: []i18n.Text{
			{ES: "¿Cuánto respeto recibió del personal?", EN: "How much respect did you get from the staff?"},
			{ES: "¿Cuánto entendió desde el principio de qué trataba el proceso?", EN: "How much did you understand from the beginning what the process was about?"},
			{ES: "¿Cuánto se cumplieron los días y las horas acordados?", EN: "How much were the agreed days and times kept?"},
			{ES: "¿Cuánto le ayudó a reconocer la violencia que ejercía?", EN: "How much did it help you to recognize the violence that you used?"},
			{ES: "¿Cuánto le ayudó a hacerse responsable, sin culpar a otras personas?", EN: "How much did it help you to take responsibility, without blaming other people?"},
			{ES: "¿Cuánto le ayudó a detenerse antes de actuar con violencia?", EN: "How much did it help you to stop before acting with violence?"},
			{ES: "¿Cuánto de lo que aprendió usa en su vida diaria?", EN: "How much of what you learned do you use in your daily life?"},
			{ES: "¿Cuánto le recomendaría este proceso a otro hombre?", EN: "How much would you recommend this process to another man?"},
		},
		Open: i18n.Text{ES: "¿Qué cambiaría del proceso?", EN: "What would you change about the process?"},
	}},
}
