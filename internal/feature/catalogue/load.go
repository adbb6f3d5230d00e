package catalogue

import (
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

// Loaded is what a file of municipalities changed.
type Loaded struct{ Added, Changed, Same int }

// municipalityRow is a row of a file. Flagged tells whether the file has the alert
// columns at all; without them the alerts of what is there stay.
type municipalityRow struct {
	Municipality
	Row     int
	Flagged bool
}

// LoadMunicipalities adds and renames municipalities from a CSV file in the layout of
// INEGI: columns cvegeo (or cve_ent and cve_mun) and nombre, optionally
// avgm_feminicida_2015 and avgm_desaparicion_2019; comma, semicolon or tab; UTF-8 or
// Windows-1252. Nothing is loaded when a row is wrong; the error names each such row.
// Municipalities that the file lacks stay.
func (s *Service) LoadMunicipalities(ctx context.Context, actor access.Actor, file io.Reader) (Loaded, error) {
	if _, err := actor.Require(access.CatalogueManage); err != nil {
		return Loaded{}, err
	}
	rows, err := readMunicipalities(file)
	if err != nil {
		return Loaded{}, err
	}
	var done Loaded
	err = s.db.Tx(ctx, func(tx *db.Tx) error {
		done = Loaded{}
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
			errs.add(r.Row, i18n.M("Renglón %d: no hay entidad con la clave «%s».", r.Row, r.StateKey))
		}
	}
	return errs.err()
}

// readMunicipalities reads and checks a whole file.
func readMunicipalities(file io.Reader) ([]municipalityRow, error) {
	text, err := readText(file)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.TrimLeadingSpace = separator(text), -1, true
	header, err := r.Read()
	if err != nil {
		return nil, badFile(i18n.M("El archivo está vacío o no es una tabla. Elija un archivo CSV."))
	}
	columns, err := findColumns(header)
	if err != nil {
		return nil, err
	}
	rows, err := columns.read(r)
	if err == nil && len(rows) == 0 {
		err = badFile(i18n.M("El archivo no trae ningún municipio debajo de los encabezados."))
	}
	return rows, err
}

// readText gives the file as UTF-8. What is not UTF-8 is taken for Windows-1252, in
// which spreadsheets here still save.
func readText(file io.Reader) (string, error) {
	body, err := io.ReadAll(io.LimitReader(file, maxLoadBytes+1))
	if err != nil {
		return "", err
	}
	if len(body) > maxLoadBytes {
		return "", badFile(i18n.M("El archivo pesa más de 2 MB. El de todo el país pesa menos; revise que sea el correcto."))
	}
	if !utf8.Valid(body) {
		if body, err = charmap.Windows1252.NewDecoder().Bytes(body); err != nil {
			return "", badFile(i18n.M("No se entienden las letras del archivo. Guárdelo como «CSV UTF-8»."))
		}
	}
	return strings.Map(func(r rune) rune {
		if r == '\ufeff' || unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' {
			return -1 // PostgreSQL keeps no NUL, and nobody reads the others
		}
		return r
	}, string(body)), nil
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
type columnPlaces struct{ key, state, number, name, femicide, disappearance int }

func findColumns(header []string) (columnPlaces, error) {
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
	}
	if c.name < 0 || c.key < 0 && (c.state < 0 || c.number < 0) {
		return c, badFile(i18n.M("En el primer renglón deben estar los encabezados «cvegeo» (o «cve_ent» y «cve_mun») y «nombre»."))
	}
	return c, nil
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
			errs.add(broken.Line, i18n.M("Renglón %d: las comillas no cierran.", broken.Line))
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
			errs.add(line, i18n.M("Renglón %d: la clave %s ya está en el renglón %d.", line, row.Key, first))
		case len(rows) == maxLoadRows:
			return nil, badFile(i18n.M("El archivo trae más de %d municipios; el país no tiene tantos.", maxLoadRows))
		}
		seen[row.Key] = line
		rows = append(rows, row)
	}
}

var (
	keyShape  = regexp.MustCompile(`^(0[1-9]|[12][0-9]|3[0-2])(\d{3})$`)
	flagShape = map[string]bool{"": false, "0": false, "no": false, "1": true, "si": true}
)

// row checks one record; the sentence says what is wrong with it.
func (c columnPlaces) row(record []string, line int) (municipalityRow, i18n.Msg) {
	get := func(i int) string {
		if i < 0 || i >= len(record) {
			return ""
		}
		return strings.Join(strings.Fields(record[i]), " ")
	}
	key := zeros(get(c.key), 5)
	if c.key < 0 {
		key = zeros(get(c.state), 2) + zeros(get(c.number), 3)
	}
	r := municipalityRow{Row: line, Flagged: c.femicide >= 0 && c.disappearance >= 0}
	if !keyShape.MatchString(key) || strings.HasSuffix(key, "000") {
		return r, i18n.M("Renglón %d: la clave «%s» no tiene cinco cifras de entidad y municipio, como 15106.", line, key)
	}
	name := get(c.name)
	if n := utf8.RuneCountInString(name); n == 0 || n > maxName {
		return r, i18n.M("Renglón %d: falta el nombre del municipio o es demasiado largo.", line)
	}
	femicide, ok1 := flagShape[Fold(get(c.femicide))]
	disappearance, ok2 := flagShape[Fold(get(c.disappearance))]
	if !ok1 || !ok2 {
		return r, i18n.M("Renglón %d: la alerta de género se marca con 1 o 0.", line)
	}
	r.Municipality = Municipality{Key: key, StateKey: key[:2], Name: name, AlertFemicide: femicide, AlertDisappearance: disappearance}
	return r, i18n.Msg{}
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
