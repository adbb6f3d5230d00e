package casefile

import "sigue/internal/feature/program"

const ownLicence = "Preguntas propias de SIGUE, de uso libre. No es una prueba psicométrica ni tiene normas de población."

const ownSource = "Elaboración propia para SIGUE. No proviene de ningún instrumento publicado."

// UnknownAnswer is the answer that no question about a fact should lack.
const UnknownAnswer = "No se sabe"

// yesNoUnknown are the answers of a question about a fact.
func yesNoUnknown(weight int) []Choice {
	return []Choice{{"no", "No", 0}, {"yes", "Sí", weight}, {"unknown", UnknownAnswer, 0}}
}

// shipped are the instruments that come with the program: our own questions, few, one
// for each area.
var shipped = []Instrument{
	{
		Code: "social", Version: 1, Area: program.SocialWork, Name: "Estudio social breve", Licence: ownLicence, Source: ownSource,
		Intro: "Se pregunta en conversación, no se entrega para llenar. Lo que falte se completa otro día con una valoración nueva.",
		Items: []Item{
			{Code: "housing", Text: "¿Con quién vive ahora?", Kind: OneOf, Choices: []Choice{
				{"alone", "Solo", 1}, {"family", "Con su familia de origen", 0}, {"partner", "Con pareja", 0}, {"other", "Con otras personas", 0}, {"unstable", "No tiene un lugar fijo", 3}, {"unknown", UnknownAnswer, 0}}},
			{Code: "income", Text: "¿Tiene ingreso propio?", Kind: OneOf, Choices: []Choice{{"stable", "Sí, estable", 0}, {"irregular", "Sí, irregular", 1}, {"none", "No", 2}, {"unknown", UnknownAnswer, 0}}},
			{Code: "support", Text: "¿Hay alguien que lo apoye para venir?", Kind: OneOf, Choices: []Choice{{"yes", "Sí", 0}, {"no", "No", 2}, {"unknown", UnknownAnswer, 0}}},
			{Code: "travel", Text: "Minutos de traslado al centro", Kind: Number, Min: 0, Max: 300, Optional: true},
			{Code: "schedule", Text: "¿Su horario de trabajo choca con las sesiones?", Kind: OneOf, Choices: yesNoUnknown(2)},
			{Code: "notes", Text: "Red de apoyo, lengua, discapacidad u otra cosa que cambie cómo atenderlo", Kind: Open, Optional: true},
		},
		Bands: []Band{
			{0, "Pocos obstáculos para asistir", "Puede bastar con citas regulares."},
			{3, "Algunos obstáculos para asistir", "Conviene acordar horario y contacto antes de empezar."},
			{6, "Muchos obstáculos para asistir", "Conviene un plan de apoyo con trabajo social antes de empezar."},
		},
	},
	{
		Code: "disposition", Version: 1, Area: program.Psychology, Name: "Disposición al cambio, guía de entrevista", Licence: ownLicence, Source: ownSource,
		Intro: "Resume lo que usted observó en la entrevista. No es una prueba y no mide riesgo: el riesgo lo registra una persona, aparte.",
		Items: []Item{
			{Code: "recognises", Text: "¿Reconoce los hechos por los que viene?", Kind: OneOf, Choices: []Choice{{"yes", "Sí", 0}, {"partly", "En parte", 1}, {"no", "No", 2}, {"unknown", UnknownAnswer, 0}}},
			{Code: "responsibility", Text: "¿A quién responsabiliza?", Kind: OneOf, Choices: []Choice{{"self", "A sí mismo", 0}, {"both", "A ambas partes", 1}, {"others", "A otras personas", 2}, {"unknown", UnknownAnswer, 0}}},
			{Code: "substances", Text: "¿Consume alcohol o drogas de modo que dificulte el proceso?", Kind: OneOf, Choices: yesNoUnknown(2)},
			{Code: "motivation", Text: "Del 0 al 10, ¿cuánto quiere cambiar, en sus palabras?", Kind: Number, Min: 0, Max: 10, Optional: true},
			{Code: "self_harm", Text: "¿Habla de hacerse daño o de hacer daño a alguien?", Kind: OneOf, Choices: yesNoUnknown(4)},
			{Code: "notes", Text: "Observaciones", Kind: Open, Optional: true},
		},
		Bands: []Band{
			{0, "Disposición favorable", "Puede empezar por cualquier componente."},
			{3, "Disposición ambivalente", "Conviene empezar por sesiones individuales."},
			{6, "Poca disposición o crisis", "Revise el riesgo y si necesita otra atención antes del grupo."},
		},
	},
	{
		Code: "legal", Version: 1, Area: program.Legal, Name: "Situación jurídica", Licence: ownLicence, Source: ownSource,
		Intro: "Se llena con los documentos a la vista. No cuenta puntos.",
		Items: []Item{
			{Code: "order_seen", Text: "¿Se tuvo a la vista la resolución?", Kind: OneOf, Choices: yesNoUnknown(0)},
			{Code: "understands", Text: "¿La persona entiende a qué está obligada y hasta cuándo?", Kind: OneOf, Choices: yesNoUnknown(0)},
			{Code: "measures", Text: "¿Tiene medidas que impidan acercarse a alguien?", Kind: OneOf, Choices: yesNoUnknown(0)},
			{Code: "clash", Text: "¿Alguna medida choca con venir al centro o con un grupo?", Kind: OneOf, Choices: yesNoUnknown(0)},
			{Code: "notes", Text: "Qué vigilar", Kind: Open, Optional: true},
		},
	},
}
