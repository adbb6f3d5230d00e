package person

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
)

// CURP is a checked population registry code (Clave Única de Registro de Población).
// The zero CURP is none.
type CURP struct {
	text  string
	birth clock.Date
	state State
}

// curpDigits orders the characters for the check digit (RENAPO, Instructivo normativo).
var curpDigits = []rune("0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ")

// State is a place of birth as the registry knows it: its two letters in a CURP, its
// INEGI key, its name.
type State struct{ Code, Key, Name string }

// Foreign is the key of "born abroad". INEGI has none for it (its 99 is "not
// specified"), so the registry's own letters stand for it.
const Foreign = "NE"

// states are in the order of their keys.
var states = []State{
	{"AS", "01", "Aguascalientes"},
	{"BC", "02", "Baja California"},
	{"BS", "03", "Baja California Sur"},
	{"CC", "04", "Campeche"},
	{"CL", "05", "Coahuila"},
	{"CM", "06", "Colima"},
	{"CS", "07", "Chiapas"},
	{"CH", "08", "Chihuahua"},
	{"DF", "09", "Ciudad de México"},
	{"DG", "10", "Durango"},
	{"GT", "11", "Guanajuato"},
	{"GR", "12", "Guerrero"},
	{"HG", "13", "Hidalgo"},
	{"JC", "14", "Jalisco"},
	{"MC", "15", "México"},
	{"MN", "16", "Michoacán"},
	{"MS", "17", "Morelos"},
	{"NT", "18", "Nayarit"},
	{"NL", "19", "Nuevo León"},
	{"OC", "20", "Oaxaca"},
	{"PL", "21", "Puebla"},
	{"QT", "22", "Querétaro"},
	{"QR", "23", "Quintana Roo"},
	{"SP", "24", "San Luis Potosí"},
	{"SL", "25", "Sinaloa"},
	{"SR", "26", "Sonora"},
	{"TC", "27", "Tabasco"},
	{"TS", "28", "Tamaulipas"},
	{"TL", "29", "Tlaxcala"},
	{"VZ", "30", "Veracruz"},
	{"YN", "31", "Yucatán"},
	{"ZS", "32", "Zacatecas"},
	{"NE", Foreign, "Extranjero"},
}

// States lists the 32 states in the order of their INEGI keys, and abroad last.
func States() []State { return slices.Clone(states) }

func stateOf(code string) (State, bool) {
	i := slices.IndexFunc(states, func(s State) bool { return s.Code == code })
	if i < 0 {
		return State{}, false
	}
	return states[i], true
}

// ParseCURP reads a CURP in any case, with spaces or dashes in it. Each thing that can
// be wrong has its own sentence; all are Invalid.
func ParseCURP(s string) (CURP, error) {
	r, err := curpShape(s)
	if err != nil {
		return CURP{}, err
	}
	birth, exists := curpBirth(r)
	state, known := stateOf(string(r[11:13]))
	switch {
	case !exists:
		return CURP{}, curpError(i18n.M("Los dígitos 5 a 10 de la CURP son la fecha de nacimiento, y esa fecha no existe. Revíselos."))
	case r[10] != 'H' && r[10] != 'M' && r[10] != 'X':
		return CURP{}, curpError(i18n.M("El carácter 11 de la CURP es el sexo: H, M o X."))
	case !known:
		return CURP{}, curpError(i18n.M("Los caracteres 12 y 13 de la CURP son la entidad, y «%s» no es ninguna.", string(r[11:13])))
	}
	for _, c := range r[13:16] {
		if c < 'A' || strings.ContainsRune("AEIOU", c) {
			return CURP{}, curpError(i18n.M("Los caracteres 14 a 16 de la CURP son consonantes. Revíselos."))
		}
	}
	if r[17] != curpCheck(r) {
		return CURP{}, curpError(i18n.M("El último dígito de la CURP no corresponde con los demás. Compárela otra vez con el documento."))
	}
	return CURP{text: string(r), birth: birth, state: state}, nil
}

func curpError(m i18n.Msg) error { return fault.New(fault.Invalid, m) }

// curpShape gives the 18 characters, each of the kind that its place asks for.
func curpShape(s string) ([]rune, error) {
	if len(s) > 200 {
		s = s[:200] // far longer than any; the count below says so
	}
	r := []rune(strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) || unicode.In(c, invisible...) || c == '-' || c == '.' {
			return -1
		}
		return unicode.ToUpper(c)
	}, norm.NFC.String(s)))
	if len(r) != 18 {
		return nil, curpError(i18n.M("La CURP tiene 18 caracteres y usted escribió %d.", len(r)))
	}
	for i, c := range r {
		letter, digit := c >= 'A' && c <= 'Z' || c == 'Ñ', c >= '0' && c <= '9'
		wantDigit := i >= 4 && i < 10 || i == 17
		switch {
		case wantDigit && !digit:
			return nil, curpError(i18n.M("El carácter %d de la CURP debe ser un número y es «%s».", i+1, string(c)))
		case !wantDigit && i != 16 && !letter:
			return nil, curpError(i18n.M("El carácter %d de la CURP debe ser una letra y es «%s».", i+1, string(c)))
		case i == 16 && !letter && !digit:
			return nil, curpError(i18n.M("El carácter 17 de la CURP debe ser un número o una letra."))
		}
	}
	return r, nil
}

// curpBirth reads the date; the 17th character is a digit for those born until 1999
// and a letter after.
func curpBirth(r []rune) (clock.Date, bool) {
	two := func(i int) int { return int(r[i]-'0')*10 + int(r[i+1]-'0') }
	century := 1900
	if r[16] > '9' {
		century = 2000
	}
	d, err := clock.NewDate(century+two(4), time.Month(two(6)), two(8))
	return d, err == nil
}

func curpCheck(r []rune) rune {
	sum := 0
	for i, c := range r[:17] {
		for value, d := range curpDigits {
			if d == c {
				sum += value * (18 - i)
			}
		}
	}
	return rune('0' + (10-sum%10)%10)
}

// String is the CURP in capitals; empty for none.
func (c CURP) String() string { return c.text }

// BirthDate is the date that it holds.
func (c CURP) BirthDate() clock.Date { return c.birth }

// Sex is its letter, H, M or X.
func (c CURP) Sex() string {
	if c.text == "" {
		return ""
	}
	return string([]rune(c.text)[10])
}

// StateKey is the INEGI key of the state of birth, or Foreign.
func (c CURP) StateKey() string { return c.state.Key }

// StateName is the name of the state of birth.
func (c CURP) StateName() string { return c.state.Name }

// MismatchName tells whether the CURP clearly belongs to another name: the letters it
// takes from surnames and first name do not agree. It is for a warning only: names are
// written in many ways and the registry changes offending words.
func (c CURP) MismatchName(given, surname1, surname2 string) bool {
	if c.text == "" {
		return false
	}
	r := []rune(c.text)
	differs := func(at int, word string) bool {
		first := initial(word)
		return first != 0 && r[at] != 'X' && first != 'X' && r[at] != first
	}
	// José and María give way to the name behind them ("María de los Ángeles" is A), but
	// not in every CURP: any of the given names may be the one that counts.
	names := strings.Fields(given)
	agrees := func(name string) bool { return !differs(3, name) }
	return len(names) > 0 && !slices.ContainsFunc(names, agrees) || differs(0, surname1) || differs(2, surname2)
}

// initial is the first letter of a name as the CURP takes it: past "de", "la" and so
// on, without accent, Ñ as X. Zero when there is none of the Latin alphabet.
func initial(name string) rune {
	words := strings.Fields(strings.ToUpper(stripAccents(name)))
	for len(words) > 1 && particles[words[0]] {
		words = words[1:]
	}
	for _, w := range words {
		for _, c := range w {
			if c >= 'A' && c <= 'Z' {
				return c
			}
		}
	}
	return 0
}

var particles = map[string]bool{
	"DA": true, "DAS": true, "DE": true, "DEL": true, "DER": true, "DI": true, "DIE": true, "DD": true, "EL": true,
	"LA": true, "LOS": true, "LAS": true, "LE": true, "LES": true, "MAC": true, "MC": true, "VAN": true, "VON": true, "Y": true,
}
