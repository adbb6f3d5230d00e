package catalogue_test

import (
	"fmt"
	"strings"
	"testing"

	"sigue/internal/base/db/dbtest"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/schema"
)

func TestMunicipalities(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		var seen []string
		after := ""
		for page := 1; ; page++ {
			p, err := r.Municipalities(t.Context(), clerk, catalogue.MunicipalityFilter{After: after})
			must(t, err)
			if p.Total != 125 {
				t.Errorf("total on page %d = %d, want 125", page, p.Total)
			}
			for _, m := range p.Items {
				seen = append(seen, m.Name)
			}
			if after = p.Next; after == "" {
				break
			}
		}
		if len(seen) != 125 || seen[0] != "Acambay de Ruíz Castañeda" || seen[124] != "Zumpango" {
			t.Errorf("pages hold %d, from %q to %q", len(seen), seen[0], seen[len(seen)-1])
		}
		for _, tt := range []struct {
			filter catalogue.MunicipalityFilter
			want   int
		}{
			{catalogue.MunicipalityFilter{Text: "CUAUTITLAN"}, 2},
			{catalogue.MunicipalityFilter{Text: "15106"}, 1},
			{catalogue.MunicipalityFilter{Alert: true}, 11},
			{catalogue.MunicipalityFilter{State: "09"}, 0},
			{catalogue.MunicipalityFilter{Text: "' or 1=1"}, 0},
		} {
			p, err := r.Municipalities(t.Context(), clerk, tt.filter)
			if err != nil || p.Total != tt.want || len(p.Items) != tt.want {
				t.Errorf("%+v gives %d, %v; want %d", tt.filter, p.Total, err, tt.want)
			}
		}
	})
}

func TestUpdateMunicipality(t *testing.T) {
	run(t, func(t *testing.T, r room) {
		ctx := t.Context()
		must(t, r.UpdateMunicipality(ctx, admin, "15002", catalogue.MunicipalityForm{Name: "Acolman", AlertFemicide: true}))
		must(t, r.UpdateMunicipality(ctx, admin, "15002", catalogue.MunicipalityForm{Name: "Acolman", AlertFemicide: true}))
		m, err := r.Municipality(ctx, clerk, "15002")
		if err != nil || !m.AlertFemicide || m.AlertDisappearance || r.ledgerCount(t, "municipality.update") != 1 {
			t.Errorf("municipality = %+v, %v, with %d ledger entries", m, err, r.ledgerCount(t, "municipality.update"))
		}
		fails(t, r.UpdateMunicipality(ctx, admin, "15002", catalogue.MunicipalityForm{}), "name")
		if err := r.UpdateMunicipality(ctx, admin, "99999", catalogue.MunicipalityForm{Name: "x"}); !fault.Is(err, fault.NotFound) {
			t.Errorf("unknown key: %v", err)
		}
		if _, err := r.Municipality(ctx, clerk, "15999"); !fault.Is(err, fault.NotFound) {
			t.Errorf("unknown key: %v", err)
		}
	})
}

func TestLoadMunicipalities(t *testing.T) {
	for _, tt := range []struct {
		name, file string
		want       catalogue.Loaded
	}{
		{"INEGI's columns", "CVE_ENT,CVE_MUN,NOM_MUN\n09,002,Azcapotzalco\n09,003,Coyoacán\n", catalogue.Loaded{Added: 2}},
		{"semicolons, a mark at the start, zeros lost", "\ufeffcvegeo;nombre\n9002;Azcapotzalco\n", catalogue.Loaded{Added: 1}},
		{"tabs and Windows letters", "cvegeo\tnombre\n09003\tCoyoac\xe1n\n", catalogue.Loaded{Added: 1, Recoded: true}},
		{"what is there", "cvegeo,nombre\n15106,Toluca\n15107,Tonatico de Sol\n", catalogue.Loaded{Changed: 1, Same: 1}},
		{"alerts", "cvegeo,nombre,avgm_feminicida_2015,avgm_desaparicion_2019\n15106,Toluca,0,sí\n", catalogue.Loaded{Changed: 1}},
		{"quotes, a comma and a NUL inside", "cvegeo,nombre\n20001\x00,\"Abejones, \"\"el bueno\"\"\"\n", catalogue.Loaded{Added: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			run(t, func(t *testing.T, r room) {
				got, err := r.LoadMunicipalities(t.Context(), admin, strings.NewReader(tt.file))
				if err != nil || got != tt.want {
					t.Errorf("loaded %+v, %v; want %+v", got, err, tt.want)
				}
				if again, err := r.LoadMunicipalities(t.Context(), admin, strings.NewReader(tt.file)); err != nil || again.Added+again.Changed != 0 {
					t.Errorf("loaded again %+v, %v; want nothing new", again, err)
				}
				toluca, _ := r.lists(t).Municipality("15106")
				if keeps := tt.name != "alerts"; toluca.AlertFemicide != keeps {
					t.Errorf("Toluca = %+v", toluca)
				}
			})
		})
	}
}

func TestLoadMunicipalitiesRefuses(t *testing.T) {
	long := "cvegeo,nombre\n" + strings.Repeat("9,x\n", 30)
	for _, tt := range []struct{ name, file, field, says string }{
		{"empty", "", "file", "El archivo está vacío. Elija un archivo CSV con los encabezados en el primer renglón."},
		{"no header", "09002,Azcapotzalco\n", "file", "Renglón 1: faltan los encabezados «cvegeo» (o «cve_ent» y «cve_mun») y «nombre»; el archivo trae «09002», «Azcapotzalco». Corrija el primer renglón."},
		{"a header without the key", "clave_de_algo,Nombre\n1,A\n", "file", "Renglón 1: falta el encabezado «cvegeo» (o «cve_ent» y «cve_mun»); el archivo trae «clave_de_algo», «Nombre». Corrija el primer renglón."},
		{"a header without the name", "cvegeo,poblacion\n09002,5\n", "file", "Renglón 1: falta el encabezado «nombre»; el archivo trae «cvegeo», «poblacion». Corrija el primer renglón."},
		{"another separator", "cvegeo|nombre\n09002|Azcapotzalco\n", "file", "Renglón 1: las columnas parecen separadas con «|». Guarde el archivo separado por comas, por punto y coma o por tabuladores."},
		{"another separator below", "cvegeo,nombre\n09002;Azcapotzalco\n", "row_000002", "Renglón 2: de las 2 columnas que hacen falta trae 1. Sepárelas con «,», como los encabezados."},
		{"header alone", "cvegeo,nombre\n", "file", "El archivo no trae ningún municipio debajo de los encabezados. Agregue un renglón por municipio."},
		{"a key that is none", "cvegeo,nombre\n09002,A\n0900X,B\n", "row_000003", "Renglón 3, columna «cvegeo»: la clave «0900X» no tiene cinco cifras de entidad y municipio. Escríbala como 15106."},
		{"a state that is none", "CVE_ENT,CVE_MUN,NOM_MUN\n33,001,A\n", "row_000002", "Renglón 2, columna «CVE_MUN»: la clave «33001» no tiene cinco cifras de entidad y municipio. Escríbala como 15106."},
		{"no name", "cvegeo,nombre\n09002,\n", "row_000002", "Renglón 2, columna «nombre»: falta el nombre del municipio. Escríbalo o quite el renglón."},
		{"a name that swallowed the file", "cvegeo,nombre\n09002," + strings.Repeat("a", 201) + "\n", "row_000002", "Renglón 2, columna «nombre»: el nombre tiene 201 caracteres y caben 200. Acórtelo; quizá faltan unas comillas."},
		{"twice", "cvegeo,nombre\n09002,A\n\n09002,B\n", "row_000004", "Renglón 4, columna «cvegeo»: la clave 09002 ya está en el renglón 2. Deje uno de los dos."},
		{"an alert that is none", "cvegeo,nombre,avgm_feminicida_2015\n09002,A,quizá\n", "row_000002", "Renglón 2, columna «avgm_feminicida_2015»: la alerta de género se marca con 1 o 0. Corríjala."},
		{"an open quote", "cvegeo,nombre\n09002,\"A\n", "row_000002", "Renglón 2, cerca del carácter 10: hay comillas que no cierran o que sobran. Escríbalas dobles («\"\"») dentro de un nombre entre comillas, o quítelas."},
		{"an open quote in the header", "cvegeo,\"nombre\n09002,A\n", "file", "Renglón 2, cerca del carácter 9: hay comillas que no cierran o que sobran. Escríbalas dobles («\"\"») dentro de un nombre entre comillas, o quítelas."},
		{"letters of a Macintosh", "cvegeo,nombre\n09003,Coyoac\x87n\n", "row_000002", "Renglón 2, columna «nombre»: «Coyoac‡n» trae letras que no son del español. Suele pasar al guardar en otra codificación: guarde el archivo como «CSV UTF-8»."},
		{"letters encoded twice", "cvegeo,nombre\n09003,CoyoacÃ¡n\n", "row_000002", "Renglón 2, columna «nombre»: «CoyoacÃ¡n» trae letras que no son del español. Suele pasar al guardar en otra codificación: guarde el archivo como «CSV UTF-8»."},
		{"UTF-16", "\xff\xfec\x00v\x00e\x00g\x00e\x00o\x00", "file", "El archivo está en UTF-16 («Texto Unicode»). Ábralo y guárdelo como «CSV UTF-8 (delimitado por comas)»."},
		{"a spreadsheet", "PK\x03\x04\x14\x00", "file", "El archivo es un libro de Excel, no un CSV. Ábralo y guárdelo como «CSV UTF-8 (delimitado por comas)»."},
		{"many errors", long, "row_more", "Hay más renglones con errores. Corrija estos primero."},
		{"too many", "cvegeo,nombre\n" + many(4001), "file", "El archivo trae más de 4000 municipios; el país no tiene tantos. Revise que sea el correcto."},
		{"too large", "cvegeo,nombre\n" + strings.Repeat("x", 2<<20), "file", "El archivo pesa más de 2 MB. El de todo el país pesa menos; revise que sea el correcto o cárguelo por partes."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, clk := dbtest.SQLite(t, schema.Migrations) // the reader is the same on both engines
			r := room{newService(t, d), d, clk}
			must(t, r.Seed(t.Context(), admin))
			_, err := r.LoadMunicipalities(t.Context(), admin, strings.NewReader(tt.file))
			got := fault.FieldsOf(err)[tt.field].In(i18n.Spanish)
			if got != tt.says {
				t.Errorf("%s: %q, want %q (all: %v)", tt.field, got, tt.says, err)
			}
			if len(r.lists(t).Municipalities()) != 125 {
				t.Error("a part of the file was loaded")
			}
		})
	}
}

// many are that many sound rows.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%02d%03d,A\n", 1+i/999, 1+i%999)
	}
	return b.String()
}

func FuzzLoadMunicipalities(f *testing.F) {
	f.Add([]byte("cvegeo,nombre\n09002,Azcapotzalco\n"))
	f.Add([]byte("cve_ent;cve_mun;nom_mun\n9;2;\"A\"\"\"\n"))
	f.Add([]byte("\xff\xfe\x00"))
	f.Fuzz(func(t *testing.T, file []byte) { catalogue.CheckMunicipalities(t, file) })
}
