package catalogue

// caseFileSeeds are the lists of the case file, as they ship.
var caseFileSeeds = []seedList{
	{DischargeReason, "Reglas de operación del programa", []seedEntry{
		word("never_presented", "No se presentó nunca", "Never came"),
		word("absence_limit", "Rebasó el límite de faltas", "Over the limit of absences"),
		word("voluntary", "Dejó de venir por decisión propia, sin obligación ordenada", "Stopped coming by his own decision, with no order"),
		word("threat_violence", "Amenazas o violencia contra el personal o compañeros", "Threats or violence against staff or peers"),
		word("new_violence", "Nuevos hechos de violencia", "New violence"),
		word("intoxicated", "Acudió en repetidas ocasiones bajo efectos de alcohol o drogas", "Came repeatedly under the effects of alcohol or drugs"),
		word("revoked", "La autoridad dejó sin efecto la obligación", "The authority ended the order"),
		word("imprisonment", "Privación de la libertad", "Imprisonment"),
		word("death", "Fallecimiento", "Death"),
		word("relocation", "Cambio de residencia", "Moved away"),
		word("other_care", "Necesita otra atención", "Needs other care"),
		word("duplicate", "Expediente duplicado", "Duplicate case file"),
		word("error", "Abierto por error", "Opened in error"),
	}},
	{SuspendReason, "", []seedEntry{
		word("illness", "Enfermedad o accidente", "Illness or accident"),
		word("work", "Trabajo fuera de la región", "Work away from the region"),
		word("family", "Situación familiar grave", "Serious family situation"),
		word("detention", "Detención", "Detention"),
		word("authority", "Lo pidió la autoridad", "Asked for by the authority"),
		word("center", "El centro no puede atenderlo por un tiempo", "The center cannot attend to him for a time"),
		notSpecified,
	}},
	{TransferReason, "", []seedEntry{
		word("residence", "Cambió de domicilio", "Moved house"),
		word("work", "Le queda más cerca de su trabajo", "Closer to his work"),
		word("safety", "Por seguridad", "For safety"),
		word("capacity", "El centro no tiene lugar en su programa", "The center has no place in his programme"),
		word("conflict", "Conflicto de interés del personal", "Conflict of interest of the staff"),
		notSpecified,
	}},
	{NoticeAcceptance, "Ley General de Protección de Datos Personales en Posesión de Sujetos Obligados", []seedEntry{
		word("signed", "Lo firmó en papel", "Signed on paper"),
		word("fingerprint", "Puso su huella, después de que se le leyó", "Fingerprint, after it was read to him"),
		word("verbal", "De palabra, ante una persona testigo", "By word, before a witness"),
		word("interpreter", "De palabra, con intérprete", "By word, with an interpreter"),
	}},
}
