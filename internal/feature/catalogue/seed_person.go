package catalogue

// The lists about the person. Codes of sex are those of the CURP, so that it fills them.
var (
	sexSeed = seedList{Sex, "Clave Única de Registro de Población", []seedEntry{
		word("H", "Hombre", "Male"),
		word("M", "Mujer", "Female"),
		word("X", "No binario (X)", "Non-binary (X)"),
	}}
	genderSeed = seedList{Gender, "", []seedEntry{
		word("man", "Hombre", "Man"),
		word("woman", "Mujer", "Woman"),
		word("trans_man", "Hombre trans", "Trans man"),
		word("trans_woman", "Mujer trans", "Trans woman"),
		word("non_binary", "No binario", "Non-binary"),
		word("other", "Otro, como lo describe la persona", "Other, as the person describes it"),
		preferNotToSay, notSpecified,
	}}
	maritalSeed = seedList{MaritalStatus, "", []seedEntry{
		word("single", "Soltero o soltera", "Single"),
		word("married", "Casado o casada", "Married"),
		word("common_law", "Unión libre o concubinato", "Living together"),
		word("separated", "Separado o separada", "Separated"),
		word("divorced", "Divorciado o divorciada", "Divorced"),
		word("widowed", "Viudo o viuda", "Widowed"),
		preferNotToSay, notSpecified,
	}}
	schoolingSeed = seedList{Schooling, "", []seedEntry{
		word("none", "Ninguna", "None"),
		word("primary_incomplete", "Primaria sin terminar", "Some primary school"),
		word("primary", "Primaria", "Primary school"),
		word("secondary_incomplete", "Secundaria sin terminar", "Some secondary school"),
		word("secondary", "Secundaria", "Secondary school"),
		word("high_school_incomplete", "Bachillerato sin terminar", "Some high school"),
		word("high_school", "Bachillerato o preparatoria", "High school"),
		word("technical", "Carrera técnica o comercial", "Technical or commercial training"),
		word("bachelor_incomplete", "Licenciatura sin terminar", "Some university"),
		word("bachelor", "Licenciatura", "University degree"),
		word("postgraduate", "Posgrado", "Postgraduate degree"),
		unknown, preferNotToSay, notSpecified,
	}}
	literacySeed = seedList{Literacy, "", []seedEntry{
		word("reads_and_writes", "Sabe leer y escribir", "Reads and writes"),
		word("reads_only", "Solo sabe leer", "Reads only"),
		word("neither", "No sabe leer ni escribir", "Neither reads nor writes"),
		preferNotToSay, notSpecified,
	}}
	occupationSeed = seedList{Occupation, "", []seedEntry{
		word("employee", "Empleado en empresa o comercio", "Employee in business or trade"),
		word("public_employee", "Servidor público", "Public servant"),
		word("labourer", "Obrero", "Factory worker"),
		word("construction", "Albañil u oficio de la construcción", "Construction worker"),
		word("farmer", "Campesino o jornalero", "Farmer or farmhand"),
		word("driver", "Chofer u operador de transporte", "Driver"),
		word("trader", "Comerciante", "Trader"),
		word("self_employed", "Trabajador por su cuenta u oficio", "Self-employed or tradesperson"),
		word("professional", "Profesionista independiente", "Independent professional"),
		word("teacher", "Docente", "Teacher"),
		word("security", "Policía, militar o seguridad privada", "Police, military or private security"),
		word("domestic", "Trabajo del hogar remunerado", "Paid domestic work"),
		word("home", "Labores del hogar", "Housework"),
		word("student", "Estudiante", "Student"),
		word("retired", "Jubilado o pensionado", "Retired"),
		word("unemployed", "Sin trabajo", "Unemployed"),
		word("other", "Otra ocupación", "Other occupation"),
		unknown, preferNotToSay, notSpecified,
	}}
	armedSeed = seedList{ArmedOccupation, "", []seedEntry{
		word("none", "No", "No"),
		word("police", "Policía municipal, estatal o de investigación", "Municipal, state or investigative police"),
		word("national_guard", "Guardia Nacional", "National Guard"),
		word("military", "Ejército, Fuerza Aérea o Marina", "Army, Air Force or Navy"),
		word("custody", "Custodia penitenciaria", "Prison guard"),
		word("private_security", "Seguridad privada", "Private security"),
		unknown, preferNotToSay, notSpecified,
	}}
	indigenousSeed = seedList{Indigenous, "Constitución Política de los Estados Unidos Mexicanos, art. 2 (autoadscripción)", []seedEntry{
		word("yes", "Sí", "Yes"),
		word("in_part", "Sí, en parte", "Yes, in part"),
		word("no", "No", "No"),
		unknown, preferNotToSay, notSpecified,
	}}
	languageSeed = seedList{Language, "Ley General de Derechos Lingüísticos de los Pueblos Indígenas, art. 10", []seedEntry{
		word("spanish", "Español", "Spanish"),
		word("mazahua", "Mazahua", "Mazahua"),
		word("otomi", "Otomí", "Otomí"),
		word("nahuatl", "Náhuatl", "Nahuatl"),
		word("matlatzinca", "Matlatzinca", "Matlatzinca"),
		word("tlahuica", "Tlahuica", "Tlahuica"),
		word("mixteco", "Mixteco", "Mixtec"),
		word("zapoteco", "Zapoteco", "Zapotec"),
		word("mazateco", "Mazateco", "Mazatec"),
		word("totonaco", "Totonaco", "Totonac"),
		word("mixe", "Mixe", "Mixe"),
		word("purepecha", "Purépecha", "Purépecha"),
		word("triqui", "Triqui", "Triqui"),
		word("tlapaneco", "Tlapaneco", "Tlapanec"),
		word("maya", "Maya", "Maya"),
		word("tseltal", "Tseltal", "Tzeltal"),
		word("tsotsil", "Tsotsil", "Tzotzil"),
		word("other_indigenous", "Otra lengua indígena", "Other indigenous language"),
		word("sign_language", "Lengua de Señas Mexicana", "Mexican Sign Language"),
		word("english", "Inglés", "English"),
		word("other", "Otra lengua", "Other language"),
		notSpecified,
	}}
	disabilitySeed = seedList{Disability, washington, []seedEntry{
		word("see", "Ver, aun con lentes", "Seeing, even with glasses"),
		word("hear", "Oír, aun con aparato", "Hearing, even with an aid"),
		word("walk", "Caminar o subir escaleras", "Walking or climbing steps"),
		word("remember", "Recordar o concentrarse", "Remembering or concentrating"),
		word("self_care", "Bañarse o vestirse", "Washing or dressing"),
		word("communicate", "Comunicarse o que le entiendan", "Communicating or being understood"),
		word("none", "Ninguna de estas", "None of these"),
		unknown, preferNotToSay, notSpecified,
	}}
	shiftSeed = seedList{WorkShift, "", []seedEntry{
		word("morning", "Matutino", "Morning"),
		word("afternoon", "Vespertino", "Afternoon"),
		word("night", "Nocturno", "Night"),
		word("full_day", "Todo el día", "All day"),
		word("rotating", "Turnos que rotan", "Rotating shifts"),
		word("weekends", "Fines de semana", "Weekends"),
		word("irregular", "Sin horario fijo", "No fixed hours"),
		notApplicable, notSpecified,
	}}
)
