package person

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/schema"
)

func TestParseCURP(t *testing.T) {
	for _, tt := range []struct{ curp, birth, sex, state string }{
		{"FIDJ850314HMCCMN06", "1985-03-14", "H", "15"},
		{"XAEP920708HMCNJD01", "1992-07-08", "H", "15"},
		{"PUXJ010115MNERXSA3", "2001-01-15", "M", Foreign},
		{"DEPL000229HMCMRSA3", "2000-02-29", "H", "15"},
		{" fidj-850314 hmccmn06 ", "1985-03-14", "H", "15"},
	} {
		t.Run(tt.curp, func(t *testing.T) {
			c, err := ParseCURP(tt.curp)
			if err != nil {
				t.Fatal(err)
			}
			if c.BirthDate().String() != tt.birth || c.Sex() != tt.sex || c.StateKey() != tt.state {
				t.Errorf("got %s %s %s, want %s %s %s", c.BirthDate(), c.Sex(), c.StateKey(), tt.birth, tt.sex, tt.state)
			}
		})
	}
	for _, tt := range []struct{ name, curp, says string }{
		{"check digit", "FIDJ850314HMCCMN07", "último dígito"},
		{"too short", "FIDJ850314", "18 caracteres"},
		{"empty", "", "18 caracteres"},
		{"no such day", "FIDJ850230HMCCMN06", "fecha"},
		{"29 February of a common year", "FIDJ850229HMCCMN06", "fecha"},
		{"sex", "FIDJ850314ZMCCMN06", "sexo"},
		{"state", "FIDJ850314HZZCMN06", "entidad"},
		{"vowel for a consonant", "FIDJ850314HMCAMN06", "consonantes"},
		{"letter for a digit", "FIDJ85O314HMCCMN06", "carácter 7"},
		{"digit for a letter", "F1DJ850314HMCCMN06", "carácter 2"},
		{"Cyrillic that looks Latin", "FIDJ850314НMCCMN06", "carácter 11"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseCURP(tt.curp)
			var e *fault.Error
			if !errors.As(err, &e) || !strings.Contains(e.Public.In(i18n.Spanish), tt.says) {
				t.Errorf("error = %v, want one about %q", err, tt.says)
			}
		})
	}
}

func TestStates(t *testing.T) {
	all := States()
	if len(all) != 33 || all[32].Key != Foreign {
		t.Fatalf("%d states, the last %v; want 32 and abroad", len(all), all[len(all)-1])
	}
	codes := map[string]bool{}
	for i, s := range all[:32] {
		if want := fmt.Sprintf("%02d", i+1); s.Key != want || codes[s.Code] || s.Name == "" {
			t.Errorf("state %v, want key %s and a code of its own", s, want)
		}
		codes[s.Code] = true
	}
	if c, err := ParseCURP("FIDJ850314HMCCMN06"); err != nil || c.StateName() != "México" {
		t.Errorf("StateName = %q, %v; want México", c.StateName(), err)
	}
}

func TestMismatchName(t *testing.T) {
	curp, err := ParseCURP("FIDJ850314HMCCMN06")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		given, s1, s2 string
		want          bool
	}{
		{"Juan", "Ficticio", "Demo", false},
		{"José Juan", "Ficticio", "Demo", false},
		{"Juan", "de la Ficticio", "Demo", false},
		{"Juan", "Ficticio", "", false},
		{"Pedro", "Ficticio", "Demo", true},
		{"Juan", "Otro", "Demo", true},
		{"Ma. de los Juncos", "Ficticio", "Demo", false},
		{"", "", "", false},
		{"Иван", "Ficticio", "Demo", false}, // another alphabet cannot be compared
	} {
		if got := curp.MismatchName(tt.given, tt.s1, tt.s2); got != tt.want {
			t.Errorf("MismatchName(%q, %q, %q) = %v, want %v", tt.given, tt.s1, tt.s2, got, tt.want)
		}
	}
}

func TestName(t *testing.T) {
	for _, tt := range []struct {
		name  string
		n     Name
		wrong []string
	}{
		{"plain", Name{"Juan", "Ficticio", "Demo"}, nil},
		{"one surname", Name{"Juan", "Ficticio", ""}, nil},
		{"Ñ, ü, apostrophe, hyphen", Name{"Begoña", "Güemes-Ñandú", "D’Ávila"}, nil},
		{"Cyrillic", Name{"Иван", "Выдуманный", ""}, nil},
		{"200 characters", Name{strings.Repeat("á", 200), "Ficticio", ""}, nil},
		{"201 characters", Name{strings.Repeat("á", 201), "Ficticio", ""}, []string{"given_names"}},
		{"markup", Name{"<script>", "Ficticio", ""}, []string{"given_names"}},
		{"digits", Name{"Juan", "Ficticio2", ""}, []string{"surname1"}},
		{"nothing", Name{}, []string{"given_names", "surname1"}},
		{"only invisible", Name{"\u202e\u200b", "Ficticio", ""}, []string{"given_names"}},
		{"only marks", Name{"---", "Ficticio", ""}, []string{"given_names"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for field := range tt.n.Clean().Check() {
				got = append(got, field)
			}
			slices.Sort(got)
			if !slices.Equal(got, tt.wrong) {
				t.Errorf("wrong fields = %v, want %v", got, tt.wrong)
			}
		})
	}
	if got, want := (Name{"Ａna\ufe0f\u3164", "Pérez\u202e", "-"}).Clean(), (Name{"Ａna", "Pérez", ""}); got != want {
		t.Errorf("Clean = %+q, want %+q", got, want)
	}
	if got, want := (Name{"'Umar", "Ficticio -", ""}).Initials(), "U. F."; got != want {
		t.Errorf("Initials = %q, want %q", got, want)
	}
	n := Name{" Ángel  José", "Ñandú", "D’Ávila"}.Clean()
	if n.Full() != "Ángel José Ñandú D'Ávila" || n.Short() != "Á. Ñandú D'Ávila" || n.Initials() != "Á. J. Ñ. D." {
		t.Errorf("%q %q %q", n.Full(), n.Short(), n.Initials())
	}
}

func TestIsMinor(t *testing.T) {
	day := clock.MustDate
	for _, tt := range []struct {
		name string
		p    Person
		on   string
		want bool
	}{
		{"the day before 18", Person{BirthDate: day("2008-11-23")}, "2026-11-22", true},
		{"the day of 18", Person{BirthDate: day("2008-11-22")}, "2026-11-22", false},
		{"born on 29 February", Person{BirthDate: day("2008-02-29")}, "2026-02-28", true},
		{"estimated 17", Person{EstimatedAge: 17}, "2026-11-22", true},
		{"unknown", Person{}, "2026-11-22", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.p.IsMinor(day(tt.on)); got != tt.want {
				t.Errorf("IsMinor = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestStore(t *testing.T) {
	dbtest.Run(t, schema.Migrations, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		ctx := context.Background()
		birth := clock.MustDate("1985-03-14")
		want := Person{Name: Name{"Juan", "Ñandú", ""}, BirthDate: birth, Sex: "H", Municipality: "15106", Disability: "see walk"}
		var got Person
		err := d.Tx(ctx, func(tx *db.Tx) error {
			id, err := InsertTx(ctx, tx, want)
			if err != nil {
				return err
			}
			want.ID = id
			want.Phone = "722 555 0123"
			if err := UpdateTx(ctx, tx, id, want); err != nil {
				return err
			}
			got, err = ByIDTx(ctx, tx, id)
			return err
		})
		if err != nil || got != want {
			t.Errorf("got %+v, %v\nwant %+v", got, err, want)
		}
	})
}

func FuzzParseCURP(f *testing.F) {
	f.Add("FIDJ850314HMCCMN06")
	f.Add("ñ\xff")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCURP(s)
		if err != nil {
			return
		}
		if again, err := ParseCURP(c.String()); err != nil || again != c {
			t.Errorf("%q reads as %q, which reads as %q, %v", s, c, again, err)
		}
	})
}
