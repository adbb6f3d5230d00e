package report

import (
	"context"
	"slices"
	"strings"

	"sigue/internal/base/db"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/program"
)

// Dimension is something by which figures are told apart. It names itself in addresses and
// in files, which people read.
type Dimension string

// The dimensions.
const (
	ByCenter       Dimension = "centro"
	ByService      Dimension = "area"
	ByInstitution  Dimension = "institucion"
	ByMunicipality Dimension = "municipio"
	ByBasis        Dimension = "fundamento"
	ByVoluntary    Dimension = "origen"
	BySex          Dimension = "sexo"
	ByAge          Dimension = "edad"
	ByViolence     Dimension = "tipo"
	ByModality     Dimension = "modalidad"
)

// Dimensions lists them in the order in which people choose them.
var Dimensions = []Dimension{ByCenter, ByService, ByInstitution, ByMunicipality, ByBasis, ByVoluntary, BySex, ByAge, ByViolence, ByModality}

var dimensionTable = map[Dimension]struct {
	label  i18n.Msg
	column string
	list   string // the catalogue of its values
}{
	ByCenter:       {label: i18n.M("Centro"), column: "center_id"},
	ByService:      {label: i18n.M("Área de atención"), column: "service"},
	ByInstitution:  {label: i18n.M("Institución"), column: "institution_id"},
	ByMunicipality: {label: i18n.M("Municipio"), column: "municipality_key"},
	ByBasis:        {label: i18n.M("Fundamento legal"), column: "basis", list: catalogue.LegalBasisList},
	ByVoluntary:    {label: i18n.M("Origen"), column: "voluntary"},
	BySex:          {label: i18n.M("Sexo"), column: "sex", list: catalogue.Sex},
	ByAge:          {label: i18n.M("Edad"), column: "age_band"},
	ByViolence:     {label: i18n.M("Tipo de violencia"), column: "violence", list: catalogue.ViolenceType},
	ByModality:     {label: i18n.M("Modalidad"), column: "modality", list: catalogue.Modality},
}

// Known tells whether there is such a dimension.
func (d Dimension) Known() bool { return slices.Contains(Dimensions, d) }

// Label is its name.
func (d Dimension) Label() i18n.Msg { return dimensionTable[d].label }

// Several tells whether one thing may have several values, so that they do not add up to
// the whole.
func (d Dimension) Several() bool { return d == ByViolence || d == ByModality }

// where chooses one value; what has several is chosen by any of them.
func (d Dimension) where(value string, args *db.Args) string {
	column := "f." + dimensionTable[d].column
	if d.Several() && value != "" {
		return `',' || ` + column + ` || ',' like ` + args.Add("%,"+value+",%")
	}
	return column + ` = ` + args.Add(value)
}

// values splits what is stored.
func (d Dimension) values(stored string) []string {
	if d.Several() {
		return strings.Split(stored, ",")
	}
	return []string{stored}
}

// none stands for what nobody knows, or what a thing has none of.
var none = i18n.M("Sin dato")

// Choice is a value of a dimension with its name.
type Choice struct {
	Value string
	Label i18n.Msg
}

// choicesTx lists the values of a dimension, as people know them.
func (s *Service) choicesTx(ctx context.Context, tx *db.Tx, d Dimension) ([]Choice, error) {
	switch d {
	case ByVoluntary:
		return []Choice{{no, i18n.M("Canalizada por una autoridad")}, {yes, i18n.M("Voluntaria")}}, nil
	case ByAge:
		return ageBands, nil
	case ByService:
		out := []Choice{{first, i18n.M("Primera cita")}}
		for _, a := range program.Areas {
			out = append(out, Choice{string(a), a.Label()})
		}
		return out, nil
	case ByCenter:
		return namedTx(ctx, tx, `select id, name from centers order by name`)
	case ByInstitution:
		return namedTx(ctx, tx, `select id, name from institutions order by name`)
	case ByMunicipality:
		return namedTx(ctx, tx, `select key as id, name from municipalities order by state_key, key`)
	}
	lists, err := s.catalogue.ListsTx(ctx, tx)
	if err != nil {
		return nil, err
	}
	var out []Choice
	for _, e := range lists.Entries(dimensionTable[d].list) {
		out = append(out, Choice{e.Code, i18n.M("%s", e.Name)})
	}
	return out, nil
}

func namedTx(ctx context.Context, tx *db.Tx, query string) ([]Choice, error) {
	var rows []struct {
		ID   string `db:"id"`
		Name string `db:"name"`
	}
	err := tx.Select(ctx, &rows, query)
	out := make([]Choice, len(rows))
	for i, r := range rows {
		out[i] = Choice{r.ID, i18n.M("%s", r.Name)}
	}
	return out, err
}

// labels finds the name of a value; one that is no longer offered is shown as it is.
type labels map[string]i18n.Msg

func labelsOf(choices []Choice) labels {
	out := labels{}
	for _, c := range choices {
		out[c.Value] = c.Label
	}
	return out
}

func (l labels) of(value string) i18n.Msg {
	if m, ok := l[value]; ok {
		return m
	}
	if value == "" {
		return none
	}
	return i18n.M("%s", value)
}
