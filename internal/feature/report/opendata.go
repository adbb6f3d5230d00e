package report

import (
	"archive/zip"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strconv"

	"sigue/internal/base/db"
	"sigue/internal/base/disclosure"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
)

// openDimensions are the lists that are published. Where one thing has several values the
// cells do not add up to the total, so nothing could say what hides what.
func openDimensions() []Dimension {
	return slices.DeleteFunc(slices.Clone(Dimensions), Dimension.Several)
}

// openFigures are the figures that are published: sums. Expected attendances are not, as
// those less the service contacts are absences.
func openFigures() []Figure {
	return slices.DeleteFunc(GoalFigures(), func(f Figure) bool { return f.Key == Expected })
}

// OpenList is one figure of a closed month by a dimension, with what has to be hidden.
type OpenList struct {
	By     Dimension
	Cells  []Row
	Hidden []bool
}

// OpenFigure is one figure as it leaves the Secretaría.
type OpenFigure struct {
	Figure Figure
	Total  int64
	Hidden bool // the total
	Lists  []OpenList
}

// Open gives the figures of a closed month with what has to be hidden (DOMAIN, section 10,
// case 22). It reads what was frozen, so it gives the same each time.
func (s *Service) Open(ctx context.Context, actor access.Actor, month string) ([]OpenFigure, error) {
	if _, err := actor.Require(access.StatisticsClose); err != nil {
		return nil, err
	}
	var out []OpenFigure
	err := s.db.View(ctx, func(tx *db.Tx) error {
		var there bool
		if err := tx.Get(ctx, &there, `select exists (select 1 from report_closings where month = $1)`, month); err != nil {
			return err
		}
		if !there {
			return fault.Missing()
		}
		for _, f := range openFigures() {
			one, err := s.openTx(ctx, tx, month, f)
			if err != nil {
				return err
			}
			out = append(out, one)
		}
		return nil
	})
	return out, err
}

func (s *Service) openTx(ctx context.Context, tx *db.Tx, month string, f Figure) (OpenFigure, error) {
	out := OpenFigure{Figure: f}
	var amounts [][]int64
	for _, d := range openDimensions() {
		if !f.Tells(d) {
			continue
		}
		choices, err := s.choicesTx(ctx, tx, d)
		if err != nil {
			return out, err
		}
		column := dimensionTable[d].column
		var rows []struct {
			Value  string `db:"value"`
			Amount int64  `db:"amount"`
		}
		if err := tx.Select(ctx, &rows, `select f.`+column+` as value, cast(sum(f.amount) as bigint) as amount from report_closed_sums f
			where f.closing = $1 and f.figure = $2 group by f.`+column, month, string(f.Key)); err != nil {
			return out, err
		}
		found := map[string]int64{}
		for _, r := range rows {
			found[r.Value] = r.Amount
		}
		names := labelsOf(choices)
		list := OpenList{By: d}
		var cells []int64
		add := func(value string) {
			list.Cells = append(list.Cells, Row{Choice{value, names.of(value)}, Value{Amount: found[value]}})
			cells = append(cells, found[value])
			delete(found, value)
		}
		for _, c := range choices {
			add(c.Value)
		}
		rest := make([]string, 0, len(found))
		for value := range found { // what nobody knows, and what is no longer offered
			rest = append(rest, value)
		}
		slices.Sort(rest)
		for _, value := range rest {
			add(value)
		}
		out.Lists, amounts = append(out.Lists, list), append(amounts, cells)
		out.Total = 0
		for _, n := range cells {
			out.Total += n
		}
	}
	hidden, total := disclosure.Lists(amounts, disclosure.K)
	out.Hidden = total
	for i := range out.Lists {
		out.Lists[i].Hidden = hidden[i]
	}
	return out, nil
}

// OpenData writes the figures of a closed month as a folder: a list for each dimension, what
// each figure counts, what each column holds, and its description for a catalogue (DCAT). The
// same close gives the same bytes.
func (s *Service) OpenData(ctx context.Context, actor access.Actor, month string, to io.Writer) error {
	figures, err := s.Open(ctx, actor, month)
	if err != nil {
		return err
	}
	z := zip.NewWriter(to)
	for _, file := range openFiles(month, figures) {
		// Without a date, which would change.
		w, err := z.CreateHeader(&zip.FileHeader{Name: "sigue-" + month + "/" + file.name, Method: zip.Deflate})
		if err != nil {
			return err
		}
		if err := file.write(w); err != nil {
			return err
		}
	}
	return z.Close()
}

type openFile struct {
	name  string
	write func(io.Writer) error
}

func csvFile(name string, rows [][]string) openFile {
	return openFile{name, func(w io.Writer) error { return csv.NewWriter(w).WriteAll(rows) }}
}

// shown is a number as it is published; what is hidden is empty and says so.
func shown(n int64, hidden bool) (amount, note string) {
	if hidden {
		return "", "reservado"
	}
	return strconv.FormatInt(n, 10), ""
}

func openFiles(month string, figures []OpenFigure) []openFile {
	es := i18n.Spanish
	totals := [][]string{{"mes", "clave", "cifra", "unidad", "version", "cantidad", "nota"}}
	meanings := [][]string{{"clave", "cifra", "unidad", "definicion", "version", "desde"}}
	lists := map[Dimension][][]string{}
	for _, f := range figures {
		amount, note := shown(f.Total, f.Hidden)
		version := strconv.Itoa(f.Figure.Version)
		totals = append(totals, []string{month, string(f.Figure.Key), f.Figure.Name.In(es), f.Figure.Unit.In(es), version, amount, note})
		meanings = append(meanings, []string{string(f.Figure.Key), f.Figure.Name.In(es), f.Figure.Unit.In(es), f.Figure.Formula.In(es), version, f.Figure.Since})
		for _, l := range f.Lists {
			for i, r := range l.Cells {
				amount, note := shown(r.Value.Amount, l.Hidden[i])
				lists[l.By] = append(lists[l.By], []string{month, string(f.Figure.Key), version, openCode(l.By, r.Choice.Value), r.Choice.Label.In(es), amount, note})
			}
		}
	}
	files := []openFile{csvFile("totales.csv", totals)}
	for _, d := range openDimensions() {
		head := []string{"mes", "clave", "version", string(d) + "_clave", string(d), "cantidad", "nota"}
		files = append(files, csvFile("por-"+string(d)+".csv", append([][]string{head}, lists[d]...)))
	}
	return append(files, csvFile("definiciones.csv", meanings), csvFile("diccionario.csv", dictionary()), openFile{"catalogo.jsonld", func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(dcat(month))
	}})
}

// openCode is the code of a value; that of a center or an institution is a number of this
// installation and tells nobody anything.
func openCode(d Dimension, value string) string {
	if d == ByCenter || d == ByInstitution {
		return ""
	}
	return value
}

func dictionary() [][]string {
	return [][]string{
		{"columna", "tipo", "descripcion"},
		{"mes", "AAAA-MM", "Mes que se cerró."},
		{"clave", "texto", "Clave de la cifra; su definición está en definiciones.csv."},
		{"cifra", "texto", "Nombre de la cifra."},
		{"unidad", "texto", "Qué se cuenta. Las unidades no se suman entre sí."},
		{"version", "entero", "Versión de la definición con que se contó."},
		{"*_clave", "texto", "Código del valor; el de municipios es la clave del INEGI. Vacío cuando no tiene o no se sabe."},
		{"centro, area, institucion, municipio, fundamento, origen, sexo, edad", "texto", "Valor por el que se separa la cifra. «Sin dato» es lo que nadie anotó."},
		{"cantidad", "entero", "Cuántos. Vacía cuando la nota dice «reservado»."},
		{"nota", "texto", "«reservado»: de 1 a 4, o un número que permitiría deducir otro de 1 a 4. El cero se publica."},
	}
}

// dcat describes the folder with the vocabulary of the World Wide Web Consortium (DCAT 3).
func dcat(month string) map[string]any {
	text := func(key i18n.Msg) map[string]string {
		return map[string]string{"@language": "es", "@value": key.In(i18n.Spanish)}
	}
	var files []map[string]any
	names := []string{"totales.csv"}
	for _, d := range openDimensions() {
		names = append(names, "por-"+string(d)+".csv")
	}
	for _, name := range append(names, "definiciones.csv", "diccionario.csv") {
		files = append(files, map[string]any{"@type": "dcat:Distribution", "dct:title": name, "dcat:mediaType": "text/csv", "dcat:downloadURL": name})
	}
	return map[string]any{
		"@context": map[string]string{"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/"},
		"@type":    "dcat:Dataset", "dct:identifier": "sigue-" + month,
		"dct:title":              text(i18n.M("Reeducación de personas que ejercen violencia de género, cifras de %s", month)),
		"dct:description":        text(i18n.M("Cifras del cierre mensual de SIGUE. Los números de 1 a 4, y los que permitirían deducirlos, están reservados.")),
		"dct:temporal":           month,
		"dct:spatial":            "Estado de México",
		"dct:language":           "es",
		"dct:accrualPeriodicity": "http://purl.org/cld/freq/monthly",
		"dcat:distribution":      files,
	}
}
