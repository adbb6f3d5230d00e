package catalogue

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"sigue/internal/base/db"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/ledger"
)

const (
	// maxLoadBytes is far above the file of the whole country.
	maxLoadBytes = 2 << 20
	// maxLoadRows is above the number of municipalities of the country, 2,478.
	maxLoadRows = 4000
	// maxRowErrors is how many wrong rows are named at once.
	maxRowErrors = 20
)

// Loaded is what a file of municipalities changed. Recoded tells that the file was in
// Windows-1252, so that whoever loaded it looks at the accents.
type Loaded struct {
	Added, Changed, Same int
	Recoded              bool
}

// municipalityRow is a row of a file. Flagged tells whether the file has the alert
// columns at all; without them the alerts of what is there stay.
type municipalityRow struct {
	Municipality
	Row       int
	KeyColumn string // as the file calls it
	Flagged   bool
}

// LoadMunicipalities adds and renames municipalities from a CSV file in the layout of
// INEGI: columns cvegeo (or cve_ent and cve_mun) and nombre, optionally
// avgm_feminicida_2015 and avgm_desaparicion_2019; comma, semicolon or tab; UTF-8, with
// its mark at the start or without, or Windows-1252. Nothing is loaded when anything is
// wrong; the error says where, line and column, and how to mend it. Municipalities that
// the file lacks stay.
func (s *Service) LoadMunicipalities(ctx context.Context, actor access.Actor, file io.Reader) (Loaded, error) {
	if _, err := actor.Require(access.CatalogueManage); err != nil {
		return Loaded{}, err
	}
	rows, recoded, err := readMunicipalities(file)
	if err != nil {
		return Loaded{}, err
	}
	var done Loaded
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		done = Loaded{Recoded: recoded}
		lists, err := s.ListsTx(ctx, tx)
		if err != nil {
			return err
		}
		if err := checkStates(lists, rows); err != nil {
			return err
		}
		there, err := placesTx(ctx, tx)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := s.loadOne(ctx, tx, actor, there, r, &done); err != nil {
				return err
			}
		}
		return nil
	})
	return done, err
}

func (s *Service) loadOne(ctx context.Context, tx *db.Tx, actor access.Actor, there *places, r municipalityRow, done *Loaded) error {
	was, known := there.byKey[r.Key]
	if !known {
		done.Added++
		s.changed(tx)
		if err := insertMunicipality(ctx, tx, r.Municipality); err != nil {
			return err
		}
		return s.ledger.AppendTx(ctx, tx, actor, ledger.Entry{
			Action: "municipality.add", Subject: ledger.Subject{Type: "municipality", ID: r.Key},
			Changes: []ledger.Change{{Field: "name", After: r.Name}},
		})
	}
	now := r.Municipality
	if !r.Flagged {
		now.AlertFemicide, now.AlertDisappearance = was.AlertFemicide, was.AlertDisappearance
	}
	if now == was {
		done.Same++
		return nil
	}
	done.Changed++
	return s.storeMunicipality(ctx, tx, actor, was, now)
}

// checkStates refuses rows of states that the catalogue does not know.
func checkStates(lists *Lists, rows []municipalityRow) error {
	var errs rowErrors
	for _, r := range rows {
		if _, ok := lists.Entry(State, r.StateKey); !ok {
			errs.add(r.Row, i18n.M("Renglón %d, columna «%s»: no hay entidad con la clave «%s». Las dos primeras cifras van de 01 a 32; corríjalas.", r.Row, r.KeyColumn, r.StateKey))
		}
	}
	return errs.err()
}

// readMunicipalities reads and checks a whole file; recoded as in [Loaded].
func readMunicipalities(file io.Reader) (rows []municipalityRow, recoded bool, err error) {
	text, recoded, err := readText(file)
	if err != nil {
		return nil, false, err
	}
	comma := separator(text)
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.TrimLeadingSpace = comma, -1, true
	header, err := r.Read()
	var broken *csv.ParseError
	switch {
	case errors.As(err, &broken):
		return nil, false, badFile(badQuotes(broken))
	case err != nil:
		return nil, false, badFile(i18n.M("El archivo está vacío. Elija un archivo CSV con los encabezados en el primer renglón."))
	}
	columns, err := findColumns(header, comma)
	if err != nil {
		return nil, false, err
	}
	rows, err = columns.read(r)
	if err == nil && len(rows) == 0 {
		err = badFile(i18n.M("El archivo no trae ningún municipio debajo de los encabezados. Agregue un renglón por municipio."))
	}
	return rows, recoded, err
}

// readText gives the file as UTF-8. What is not UTF-8 is taken for Windows-1252, in
// which spreadsheets here still save; a name that this garbles is found further on.
func readText(file io.Reader) (text string, recoded bool, err error) {
	body, err := io.ReadAll(io.LimitReader(file, maxLoadBytes+1))
	if err != nil {
		return "", false, err
	}
	switch {
	case len(body) > maxLoadBytes:
		return "", false, FileTooLarge()
	case bytes.HasPrefix(body, []byte("\xff\xfe")), bytes.HasPrefix(body, []byte("\xfe\xff")):
		return "", false, badFile(i18n.M("El archivo está en UTF-16 («Texto Unicode»). Ábralo y guárdelo como «CSV UTF-8 (delimitado por comas)»."))
	case bytes.HasPrefix(body, []byte("PK\x03\x04")), bytes.HasPrefix(body, []byte("\xd0\xcf\x11\xe0")):
		return "", false, badFile(i18n.M("El archivo es un libro de Excel, no un CSV. Ábralo y guárdelo como «CSV UTF-8 (delimitado por comas)»."))
	}
	if recoded = !utf8.Valid(body); recoded {
		if body, err = charmap.Windows1252.NewDecoder().Bytes(body); err != nil {
			return "", false, badFile(i18n.M("No se entienden las letras del archivo. Ábralo y guárdelo como «CSV UTF-8 (delimitado por comas)»."))
		}
	}
	return strings.Map(func(r rune) rune {
		if r == '\ufeff' || unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' {
			return -1 // PostgreSQL keeps no NUL, and nobody reads the others
		}
		return r
	}, string(body)), recoded, nil
}

// FileTooLarge refuses a file of municipalities for its size, also one that was cut off
// before it came here.
func FileTooLarge() error {
	return badFile(i18n.M("El archivo pesa más de %d MB. El de todo el país pesa menos; revise que sea el correcto o cárguelo por partes.", maxLoadBytes>>20))
}

func separator(text string) rune {
	first, _, _ := strings.Cut(text, "\n")
	for _, c := range []rune{'\t', ';'} {
		if strings.ContainsRune(first, c) {
			return c
		}
	}
	return ','
}

// columnPlaces says where each column of a file stands; -1 for none.
type columnPlaces struct {
	key, state, number, name, femicide, disappearance int

	header []string // as typed
	comma  rune
}

func findColumns(header []string, comma rune) (columnPlaces, error) {
	at := map[string]int{}
	for i, name := range header {
		at[strings.ReplaceAll(Fold(name), " ", "_")] = i
	}
	find := func(names ...string) int {
		for _, n := range names {
			if i, ok := at[n]; ok {
				return i
			}
		}
		return -1
	}
	c := columnPlaces{
		key: find("cvegeo", "clave"), state: find("cve_ent"), number: find("cve_mun"),
		name:     find("nombre", "nomgeo", "nom_mun", "municipio"),
		femicide: find("avgm_feminicida_2015", "avgm_feminicida"), disappearance: find("avgm_desaparicion_2019", "avgm_desaparicion"),
		header: header, comma: comma,
	}
	hasKey := c.key >= 0 || c.state >= 0 && c.number >= 0
	switch other := strangeSeparator(header); {
	case hasKey && c.name >= 0:
		return c, nil
	case other != "":
		return c, badFile(i18n.M("Renglón 1: las columnas parecen separadas con «%s». Guarde el archivo separado por comas, por punto y coma o por tabuladores.", other))
	case hasKey:
		return c, badFile(i18n.M("Renglón 1: falta el encabezado «nombre»; el archivo trae %s. Corrija el primer renglón.", quoted(header)))
	case c.name >= 0:
		return c, badFile(i18n.M("Renglón 1: falta el encabezado «cvegeo» (o «cve_ent» y «cve_mun»); el archivo trae %s. Corrija el primer renglón.", quoted(header)))
	}
	return c, badFile(i18n.M("Renglón 1: faltan los encabezados «cvegeo» (o «cve_ent» y «cve_mun») y «nombre»; el archivo trae %s. Corrija el primer renglón.", quoted(header)))
}

// strangeSeparator tells what else separates a header that came as one column.
func strangeSeparator(header []string) string {
	if len(header) != 1 {
		return ""
	}
	for _, c := range []string{"|", ":", "/", "~", "^"} {
		if strings.Contains(header[0], c) {
			return c
		}
	}
	return ""
}

// quoted lists the first headers of a file as it has them.
func quoted(header []string) string {
	const most, longest = 6, 30
	var all []string
	for i, name := range header {
		if i == most {
			all = append(all, "…")
			break
		}
		if short := []rune(name); len(short) > longest {
			name = string(short[:longest]) + "…"
		}
		all = append(all, "«"+name+"»")
	}
	return strings.Join(all, ", ")
}

func badQuotes(e *csv.ParseError) i18n.Msg {
	return i18n.M("Renglón %d, cerca del carácter %d: hay comillas que no cierran o que sobran. Escríbalas dobles («\"\"») dentro de un nombre entre comillas, o quítelas.", e.Line, e.Column)
}

func (c columnPlaces) read(r *csv.Reader) ([]municipalityRow, error) {
	var rows []municipalityRow
	var errs rowErrors
	seen := map[string]int{}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, errs.err()
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			errs.add(broken.Line, badQuotes(broken))
			return nil, errs.err()
		} else if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		row, problem := c.row(record, line)
		switch first := seen[row.Key]; {
		case !problem.IsZero():
			errs.add(line, problem)
		case first != 0:
			errs.add(line, i18n.M("Renglón %d, columna «%s»: la clave %s ya está en el renglón %d. Deje uno de los dos.", line, row.KeyColumn, row.Key, first))
		case len(rows) == maxLoadRows:
			return nil, badFile(i18n.M("El archivo trae más de %d municipios; el país no tiene tantos. Revise que sea el correcto.", maxLoadRows))
		}
		seen[row.Key] = line
		rows = append(rows, row)
	}
}

var (
	keyShape  = regexp.MustCompile(`^(0[1-9]|[12][0-9]|3[0-2])(\d{3})$`)
	flagShape = map[string]bool{"": false, "0": false, "no": false, "1": true, "si": true}
	// nameShape are the letters and signs of names in Spanish. Letters that were read in
	// the wrong code are outside of it.
	nameShape = regexp.MustCompile(`^[ -~áéíóúüñÁÉÍÓÚÜÑ’–]*$`)
)

// row checks one record; the sentence says what is wrong with it and where.
func (c columnPlaces) row(record []string, line int) (municipalityRow, i18n.Msg) {
	get := func(i int) string {
		if i < 0 || i >= len(record) {
			return ""
		}
		return strings.Join(strings.Fields(record[i]), " ")
	}
	r := municipalityRow{Row: line, Flagged: c.femicide >= 0 && c.disappearance >= 0}
	if need := max(c.key, c.state, c.number, c.name) + 1; len(record) < need {
		return r, i18n.M("Renglón %d: de las %d columnas que hacen falta trae %d. Sepárelas con «%s», como los encabezados.", line, need, len(record), separatorName(c.comma))
	}
	key, at := zeros(get(c.key), 5), c.key
	if c.key < 0 {
		key, at = zeros(get(c.state), 2)+zeros(get(c.number), 3), c.number
	}
	r.KeyColumn = c.header[at]
	if !keyShape.MatchString(key) || strings.HasSuffix(key, "000") {
		return r, i18n.M("Renglón %d, columna «%s»: la clave «%s» no tiene cinco cifras de entidad y municipio. Escríbala como 15106.", line, r.KeyColumn, key)
	}
	name := get(c.name)
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return r, i18n.M("Renglón %d, columna «%s»: falta el nombre del municipio. Escríbalo o quite el renglón.", line, c.header[c.name])
	case n > maxName:
		return r, i18n.M("Renglón %d, columna «%s»: el nombre tiene %d caracteres y caben %d. Acórtelo; quizá faltan unas comillas.", line, c.header[c.name], n, maxName)
	case !nameShape.MatchString(name):
		return r, i18n.M("Renglón %d, columna «%s»: «%s» trae letras que no son del español. Suele pasar al guardar en otra codificación: guarde el archivo como «CSV UTF-8».", line, c.header[c.name], name)
	}
	femicide, ok := flagShape[Fold(get(c.femicide))]
	if !ok {
		return r, badFlag(line, c.header[c.femicide])
	}
	disappearance, ok := flagShape[Fold(get(c.disappearance))]
	if !ok {
		return r, badFlag(line, c.header[c.disappearance])
	}
	r.Municipality = Municipality{Key: key, StateKey: key[:2], Name: name, AlertFemicide: femicide, AlertDisappearance: disappearance}
	return r, i18n.Msg{}
}

func badFlag(line int, column string) i18n.Msg {
	return i18n.M("Renglón %d, columna «%s»: la alerta de género se marca con 1 o 0. Corríjala.", line, column)
}

func separatorName(c rune) any {
	if c == '\t' {
		return i18n.M("tabulador")
	}
	return string(c)
}

// zeros puts back the zeros in front that a spreadsheet drops.
func zeros(digits string, width int) string {
	return strings.Repeat("0", max(0, width-len(digits))) + digits
}

// rowErrors collects what is wrong, row by row.
type rowErrors struct {
	form  fault.Form
	count int
}

func (e *rowErrors) add(row int, m i18n.Msg) {
	e.count++
	switch {
	case e.count <= maxRowErrors:
		e.form.Add(fmt.Sprintf("row_%06d", row), m)
	case e.count == maxRowErrors+1:
		e.form.Add("row_more", i18n.M("Hay más renglones con errores. Corrija estos primero."))
	}
}

func (e *rowErrors) err() error { return e.form.Err() }

func badFile(m i18n.Msg) error { return formError("file", m) }
