package referral

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/person"
)

// TestWhatIsTypedWrongIsSaidAtItsField changes one thing of a complete draft at a time.
// The day is 23/11/2026.
func TestWhatIsTypedWrongIsSaidAtItsField(t *testing.T) {
	each(t, func(h *house) {
		id := h.start(h.clerk)
		for _, tt := range mistakes {
			c := h.complete()
			h.save(h.clerk, id, tt.section, c)
			if err := h.CheckSection(h.ctx, h.clerk, id, tt.section); err != nil {
				h.t.Fatalf("%s: %s was not complete before: %v", tt.name, tt.section, err)
			}
			tt.change(&c)
			h.save(h.clerk, id, tt.section, c)
			v := h.writing(h.clerk, id)
			err := v.Errors[tt.section]
			if s := atField(err, tt.field); s == "" || !strings.Contains(s, tt.says) || len(fault.FieldsOf(err)) != 1 {
				h.t.Errorf("%s: %v, want only %q to say %q", tt.name, fault.FieldsOf(err), tt.field, tt.says)
			}
			if m := fault.FieldsOf(err)[tt.field]; !i18n.Has(i18n.English, m.Key) {
				h.t.Errorf("%s: %q has no English", tt.name, m.Key)
			}
			kept, typed := v.Content.Part(tt.section), c.Part(tt.section)
			if v.Status[tt.section] == Complete || !reflect.DeepEqual(kept, typed) {
				h.t.Errorf("%s: status %d, kept %.80v", tt.name, v.Status[tt.section], kept)
			}
		}
	})
}

// mistakes are one change each to a complete section, and what is said of it.
var mistakes = []struct {
	name    string
	section Section
	change  func(c *Content)
	field   string
	says    string
}{
	{"no given name", SectionPerson, func(c *Content) { c.Person.GivenNames = " " }, "given_names", "Escriba el nombre"},
	{"a name of markup", SectionPerson, func(c *Content) { c.Person.Surname1 = "<b>Demo</b>" }, "surname1", "no lleva «<»"},
	{"a name of 201 letters", SectionPerson, func(c *Content) { c.Person.Surname2 = strings.Repeat("ñ", 201) }, "surname2", "caben 200"},
	{"neither date nor age", SectionPerson, func(c *Content) { c.Person.BirthDate = "" }, "birth_date", "edad aproximada"},
	{"31 of February", SectionPerson, func(c *Content) { c.Person.BirthDate = "31/02/1990" }, "birth_date", ""},
	{"29 of February of no leap year", SectionPerson, func(c *Content) { c.Person.BirthDate = "29/02/1990" }, "birth_date", ""},
	{"month 13", SectionPerson, func(c *Content) { c.Person.BirthDate = "01/13/1990" }, "birth_date", ""},
	{"no date at all", SectionPerson, func(c *Content) { c.Person.BirthDate = "ayer" }, "birth_date", ""},
	{"born tomorrow", SectionPerson, func(c *Content) { c.Person.BirthDate = "24/11/2026" }, "birth_date", "en el futuro"},
	{"born 111 years ago", SectionPerson, func(c *Content) { c.Person.BirthDate = "22/11/1915" }, "birth_date", "110 años"},
	{"an age in words", SectionPerson, func(c *Content) { c.Person.EstimatedAge = "treinta" }, "estimated_age", "con número"},
	{"age 0", SectionPerson, func(c *Content) { c.Person.EstimatedAge = "0" }, "estimated_age", "con número"},
	{"a wrong CURP", SectionPerson, func(c *Content) { c.Person.CURP = "FIDJ850314HMCCMN07" }, "curp", ""},
	{"no sex", SectionPerson, func(c *Content) { c.Person.Sex = "" }, "sex", "Elija"},
	{"a sex that is no option", SectionPerson, func(c *Content) { c.Person.Sex = "Z" }, "sex", "ya no está en la lista"},
	{"a schooling that is no option", SectionPerson, func(c *Content) { c.Person.Schooling = "' or 1=1" }, "schooling", "ya no está en la lista"},
	{"a disability that is no option", SectionPerson, func(c *Content) { c.Person.Disability = []string{"x"} }, "disability", "ya no está en la lista"},
	{"no municipality", SectionPerson, func(c *Content) { c.Person.Municipality = "" }, "municipality", "Elija el municipio"},
	{"an unknown municipality", SectionPerson, func(c *Content) { c.Person.Municipality = "15999" }, "municipality", "no está en la lista"},
	{"a municipality without its zero", SectionPerson, func(c *Content) { c.Person.Municipality = "1001" }, "municipality", "no está en la lista"},
	{"a telephone of 7 digits", SectionPerson, func(c *Content) { c.Person.Phone = "555 0123" }, "phone", "10 dígitos"},
	{"an address without its end", SectionPerson, func(c *Content) { c.Person.Email = "juan@" }, "email", "nombre@dominio.mx"},
	{"an address with a name", SectionPerson, func(c *Content) { c.Person.Email = "Juan <juan@ejemplo.example>" }, "email", "nombre@dominio.mx"},
	{"an alias that is too long", SectionPerson, func(c *Content) { c.Person.Alias = strings.Repeat("a", 201) }, "alias", "caben 200"},
	{"a street that is too long", SectionPerson, func(c *Content) { c.Person.Address = strings.Repeat("a", 401) }, "address", "caben 400"},

	{"no basis", SectionBasis, func(c *Content) { c.Basis.LegalBasis = "" }, "legal_basis", "Elija la base legal"},
	{"a basis that is no option", SectionBasis, func(c *Content) { c.Basis.LegalBasis = "revenge" }, "legal_basis", "no está en la lista"},
	{"mediation, with the reason", SectionBasis, func(c *Content) { c.Basis.LegalBasis = "mediation" }, "legal_basis", "la ley pide evitar la mediación"},
	{"no authority", SectionBasis, func(c *Content) { c.Basis.Authority = "\t" }, "authority", "qué autoridad"},
	{"no case number", SectionBasis, func(c *Content) { c.Basis.CaseValue = "" }, "case_value", "número de expediente"},
	{"no kind of number", SectionBasis, func(c *Content) { c.Basis.CaseKind = "" }, "case_kind", "qué clase"},
	{"resolved tomorrow", SectionBasis, func(c *Content) { c.Basis.ResolvedOn = "24/11/2026" }, "resolved_on", "en el futuro"},
	{"resolved on no day", SectionBasis, func(c *Content) { c.Basis.ResolvedOn = "31/11/2025" }, "resolved_on", ""},
	{"501 sessions", SectionBasis, func(c *Content) { c.Basis.MandateSessions = "501" }, "mandate_sessions", "de 1 a 500"},
	{"minus one session", SectionBasis, func(c *Content) { c.Basis.MandateSessions = "-1" }, "mandate_sessions", "de 1 a 500"},
	{"a mandate without an end", SectionBasis, func(c *Content) { c.Basis.MandateUntil = "" }, "mandate_until", "hasta cuándo"},
	{"a mandate that is over", SectionBasis, func(c *Content) { c.Basis.MandateUntil = "22/11/2026" }, "mandate_until", "ya habría terminado"},
	{"a mandate that ends before it begins", SectionBasis, func(c *Content) {
		c.Basis.MandateFrom, c.Basis.MandateUntil = "01/01/2028", "01/12/2027"
	}, "mandate_until", "anterior al inicio"},
	{"a suspension of three years and a day", SectionBasis, func(c *Content) { c.Basis.MandateUntil = "24/11/2029" }, "mandate_until", "36 meses como máximo"},
	{"a suspension of less than six months", SectionBasis, func(c *Content) {
		c.Basis.MandateFrom, c.Basis.MandateUntil = "23/11/2026", "22/05/2027"
	}, "mandate_until", "6 meses como mínimo"},

	{"no violence", SectionFacts, func(c *Content) { c.Facts.ViolenceTypes = nil }, "violence_types", "al menos un tipo"},
	{"a violence that is no option", SectionFacts, func(c *Content) { c.Facts.ViolenceTypes = []string{"family", ""} }, "violence_types", "ya no está en la lista"},
	{"no relation", SectionFacts, func(c *Content) { c.Facts.Relation = "" }, "relation", "no escriba su nombre"},
	{"nothing about an order", SectionFacts, func(c *Content) { c.Facts.ProtectionOrder = "" }, "protection_order", "No sabe"},
	{"an order until no day", SectionFacts, func(c *Content) { c.Facts.ProtectionUntil = "00/00/0000" }, "protection_until", ""},
	{"a narrative of 100,000 characters", SectionFacts, func(c *Content) { c.Facts.Narrative = strings.Repeat("x", 100_000) }, "narrative", "tiene 100000 caracteres y caben 20000"},

	{"no center", SectionCenter, func(c *Content) { c.Center.CenterID = "" }, "center_id", "Elija el centro"},
	{"a center that is none", SectionCenter, func(c *Content) { c.Center.CenterID = "01a2058d-4511-76bf-a4a7-ab33a7c90377" }, "center_id", "ya no recibe"},
}

// TestWhatIsRightIsNotRefused holds the cases next to the mistakes.
func TestWhatIsRightIsNotRefused(t *testing.T) {
	each(t, func(h *house) {
		id := h.start(h.clerk)
		for _, tt := range []struct {
			name    string
			section Section
			change  func(c *Content)
		}{
			{"one surname", SectionPerson, func(c *Content) { c.Person.Surname2 = "" }},
			{"a name of 200 letters", SectionPerson, func(c *Content) { c.Person.Surname1 = strings.Repeat("Ñ", 200) }},
			{"29 of February of a leap year", SectionPerson, func(c *Content) { c.Person.BirthDate = "29/02/1988" }},
			{"born 110 years ago", SectionPerson, func(c *Content) { c.Person.BirthDate = "23/11/1916" }},
			{"the first municipality of the list", SectionPerson, func(c *Content) { c.Person.Municipality = "15001" }},
			{"a CURP in small letters", SectionPerson, func(c *Content) { c.Person.CURP = "fidj850314hmccmn06" }},
			{"resolved today", SectionBasis, func(c *Content) { c.Basis.ResolvedOn = "23/11/2026" }},
			{"a suspension of three years", SectionBasis, func(c *Content) { c.Basis.MandateUntil = "23/11/2029" }},
			{"a suspension of six months", SectionBasis, func(c *Content) { c.Basis.MandateFrom, c.Basis.MandateUntil = "23/11/2026", "23/05/2027" }},
			{"a mandate that ends today", SectionBasis, func(c *Content) { c.Basis.LegalBasis, c.Basis.MandateUntil = "judgment", "23/11/2026" }},
			{"a judgment of ten years", SectionBasis, func(c *Content) { c.Basis.LegalBasis, c.Basis.MandateUntil = "judgment", "23/11/2036" }},
			{"a recommendation without an end", SectionBasis, func(c *Content) { c.Basis.LegalBasis, c.Basis.MandateUntil = "recommendation", "" }},
			{"a narrative of 20,000 letters", SectionFacts, func(c *Content) { c.Facts.Narrative = strings.Repeat("ñ", 20_000) }},
			{"no narrative", SectionFacts, func(c *Content) { c.Facts.Narrative = "" }},
		} {
			c := h.complete()
			tt.change(&c)
			h.save(h.clerk, id, tt.section, c)
			if err := h.CheckSection(h.ctx, h.clerk, id, tt.section); err != nil {
				h.t.Errorf("%s: refused: %v", tt.name, fault.FieldsOf(err))
			}
		}
	})
}

// TestWhatMayBeASlipWarnsAndIsSent sends drafts with something to look at twice.
func TestWhatMayBeASlipWarnsAndIsSent(t *testing.T) {
	const curp = "FIDJ850314HMCCMN06" // Juan Ficticio Demo, 14/03/1985, H, México
	each(t, func(h *house) {
		for _, tt := range []struct {
			name    string
			change  func(c *Content)
			section Section
			field   string
			says    string
		}{
			{"a CURP that agrees", func(c *Content) { c.Person.BirthState = "15" }, "", "", ""},
			{"a CURP of another day", func(c *Content) { c.Person.BirthDate = "15/03/1985" }, SectionPerson, "birth_date", "La CURP dice 14/03/1985 y aquí está escrito 15/03/1985"},
			{"a CURP of another sex", func(c *Content) { c.Person.Sex = "M" }, SectionPerson, "sex", "La CURP dice «Hombre»"},
			{"a CURP of another state", func(c *Content) { c.Person.BirthState = "09" }, SectionPerson, "birth_state", "La CURP dice «México»"},
			{"a CURP of another name", func(c *Content) { c.Person.Surname1 = "Otro" }, SectionPerson, "curp", "no coincide con la CURP"},
			{"an order that is over", func(c *Content) {
				c.Facts.ProtectionOrder, c.Facts.ProtectionUntil = "yes", "22/11/2026"
			}, SectionFacts, "protection_until", "venció el 22/11/2026; si ya no está vigente, elija «No»"},
			{"an order until today", func(c *Content) {
				c.Facts.ProtectionOrder, c.Facts.ProtectionUntil = "yes", "23/11/2026"
			}, "", "", ""},
			{"no order, until a day that is over", func(c *Content) {
				c.Facts.ProtectionOrder, c.Facts.ProtectionUntil = "no", "22/11/2026"
			}, "", "", ""},
		} {
			c := h.light()
			c.Person.CURP, c.Basis.ResolvedOn = curp, "20/11/2026"
			tt.change(&c)
			id := h.drafted(h.clerk, c)
			v := h.writing(h.clerk, id)
			if tt.field == "" {
				if len(v.Warnings) != 0 {
					h.t.Errorf("%s: warns %v", tt.name, v.Warnings)
				}
			} else if w := v.Warnings; len(w) != 1 || w[0].Section != tt.section || w[0].Field != tt.field ||
				!strings.Contains(w[0].Text.In(i18n.Spanish), tt.says) || !i18n.Has(i18n.English, w[0].Text.Key) {
				h.t.Errorf("%s: warns %+v, want only %q to say %q", tt.name, w, tt.field, tt.says)
			}
			if !v.CanSubmit || h.submit(h.clerk, id).Folio == "" {
				h.t.Errorf("%s: is not sent: %v", tt.name, v.Errors)
			}
		}
	})
}

// TestAnOrderCannotEndBeforeItsResolution compares dates of two sections.
func TestAnOrderCannotEndBeforeItsResolution(t *testing.T) {
	each(t, func(h *house) {
		c := h.light()
		c.Basis.ResolvedOn, c.Facts.ProtectionOrder, c.Facts.ProtectionUntil = "20/11/2026", "yes", "19/11/2026"
		id := h.drafted(h.clerk, c)
		h.says(h.CheckSection(h.ctx, h.clerk, id, SectionFacts), "protection_until", "antes de la fecha de la resolución, que es el 20/11/2026")
		for _, change := range []func(){
			func() { c.Facts.ProtectionUntil = "20/11/2026" },
			func() { c.Facts.ProtectionUntil, c.Facts.ProtectionOrder = "19/11/2026", "no" },
		} {
			change()
			h.save(h.clerk, id, SectionFacts, c)
			if err := h.CheckSection(h.ctx, h.clerk, id, SectionFacts); err != nil {
				h.t.Errorf("%+v: %v", c.Facts, fault.FieldsOf(err))
			}
		}
		h.submit(h.clerk, id)
		if v := h.open(h.desk, id); !v.Circumstances.ProtectionUntil.IsZero() {
			h.t.Errorf("an order that is not there ends on %s", v.Circumstances.ProtectionUntil)
		}
	})
}

// TestAVoluntaryReferralNeedsNoOrder sends one without authority, number or term, on a
// basis that ships and on one that somebody added to the list.
func TestAVoluntaryReferralNeedsNoOrder(t *testing.T) {
	each(t, func(h *house) {
		got(h.catalogue.AddEntry(h.ctx, builder, catalogue.LegalBasisList, catalogue.EntryForm{Code: "self_help",
			LabelES: "Por su cuenta", LabelEN: "On his own", Voluntary: true, Notify: string(catalogue.NotifyNobody)}))(h.t)
		for _, basis := range []string{"voluntary", "self_help"} {
			c := h.light()
			c.Basis = BasisSection{LegalBasis: basis}
			id := h.drafted(h.clerk, c)
			h.submit(h.clerk, id)
			v := h.open(h.desk, id)
			if v.State != Submitted || v.Basis.LegalBasis != basis || v.Basis.Authority != "" || v.Basis.CaseNorm != "" {
				h.t.Errorf("%s: %s with %+v", basis, v.State, v.Basis)
			}
			if p := h.panel(h.desk, PanelFilter{Text: "ficticio"}); len(p.Rows) == 0 {
				h.t.Errorf("%s: is not found by name", basis)
			}
		}
		c := h.light()
		c.Basis = BasisSection{LegalBasis: "voluntary", MandateSessions: "-1", ResolvedOn: "31/02/2026"}
		err := h.CheckSection(h.ctx, h.clerk, h.drafted(h.clerk, c), SectionBasis)
		h.says(err, "mandate_sessions", "de 1 a 500") // what was typed all the same must be right
		h.says(err, "resolved_on", "")
	})
}

// TestACenterThatTakesNobodyNewIsRefused sets a capacity to 0.
func TestACenterThatTakesNobodyNewIsRefused(t *testing.T) {
	each(t, func(h *house) {
		id := h.drafted(h.clerk, h.light())
		h.exec(`update centers set capacity = 0 where id = $1`, h.toluca.center)
		h.says(h.CheckSection(h.ctx, h.clerk, id, SectionCenter), "center_id", "ya no recibe")
		_, err := h.Submit(h.ctx, h.clerk, id)
		h.refused(err, fault.Invalid)
	})
}

// TestHostileTextIsKeptLiterally sends text that means something to browsers, databases
// and spreadsheets, and reads it back at the center.
func TestHostileTextIsKeptLiterally(t *testing.T) {
	each(t, func(h *house) {
		for _, hostile := range []string{
			`<script>alert("x")</script><img src=x onerror=alert(1)>`,
			`'; drop table referrals; -- " or 1=1 /* $1 %s {{.}} */`,
			"línea uno\nlínea dos\r\n\ttab =CMD() +1 -1 @x",
			"שלום \u202eabc\u202c 👩‍⚖️ Ñandú ｆｕｌｌ",
		} {
			c := h.light()
			c.Facts.Narrative, c.Basis.Authority, c.Basis.CaseIssuer, c.Person.Alias, c.Person.Address = hostile, hostile, hostile, hostile, hostile
			v := h.open(h.desk, h.sentAs(h.clerk, c))
			line := strings.Join(strings.Fields(hostile), " ")
			for field, pair := range map[string][2]string{
				"narrative": {v.Circumstances.Narrative, hostile}, "address": {v.Person.Address, hostile},
				"authority": {v.Basis.Authority, line}, "issuer": {v.Basis.CaseIssuer, line}, "alias": {v.Person.Alias, line},
			} {
				if pair[0] != pair[1] {
					h.t.Errorf("%s = %q, want %q", field, pair[0], pair[1])
				}
			}
		}
	})
}

// TestCharactersNobodyTypesDoNotReachTheDatabase sends what PostgreSQL refuses to store.
func TestCharactersNobodyTypesDoNotReachTheDatabase(t *testing.T) {
	each(t, func(h *house) {
		c := h.light()
		bad := "a\x00b\x1bc\xffd"
		c.Facts.Narrative, c.Basis.Authority, c.Basis.CaseIssuer, c.Person.Alias, c.Person.Address = bad, bad, bad, bad, bad
		c.Basis.CaseValue, c.Person.Phone = "11\x008/2026", "722 555\x00 0123"
		v := h.open(h.desk, h.sentAs(h.clerk, c))
		for field, text := range map[string]string{"narrative": v.Circumstances.Narrative, "authority": v.Basis.Authority,
			"issuer": v.Basis.CaseIssuer, "alias": v.Person.Alias, "address": v.Person.Address} {
			if text != "abc\ufffdd" { // the draft keeps the broken byte as a replacement character
				h.t.Errorf("%s = %q", field, text)
			}
		}
		if v.Basis.CaseValue != "118/2026" || v.Person.Phone != "722 555 0123" {
			h.t.Errorf("number %q, telephone %q", v.Basis.CaseValue, v.Person.Phone)
		}
	})
}

func TestNamesOfAllKindsAreKeptAndFound(t *testing.T) {
	each(t, func(h *house) {
		for _, tt := range []struct {
			typed        person.Name
			kept, search string
		}{
			{person.Name{Given: "Íñigo", Surname1: "Ñandú", Surname2: "Güemes"}, "Íñigo Ñandú Güemes", "ñandu guemes"},
			{person.Name{Given: "María", Surname1: "D’Ávila"}, "María D'Ávila", "avila"},
			{person.Name{Given: "  Ana   Sofía ", Surname1: "De la  O", Surname2: "-"}, "Ana Sofía De la O", "ana sof"},
			{person.Name{Given: "Иван", Surname1: "Петров"}, "Иван Петров", "петр"},
			{person.Name{Given: "Jose\u0301", Surname1: "Jiménez"}, "José Jiménez", "ximenes"},
			{person.Name{Given: "Bartolomé", Surname1: "Salinas-Pérez", Surname2: "Ch'oc"}, "Bartolomé Salinas-Pérez Ch'oc", "peres"},
		} {
			c := h.light()
			c.Person.GivenNames, c.Person.Surname1, c.Person.Surname2 = tt.typed.Given, tt.typed.Surname1, tt.typed.Surname2
			id := h.sentAs(h.clerk, c)
			if full := h.open(h.desk, id).Person.Full(); full != tt.kept {
				h.t.Errorf("kept %q, want %q", full, tt.kept)
			}
			found := h.panel(h.desk, PanelFilter{Text: tt.search})
			if !slices.ContainsFunc(found.Rows, func(r Row) bool { return r.ID == id }) {
				h.t.Errorf("%q does not find %q", tt.search, tt.kept)
			}
		}
	})
}

func TestCaseNumbersAreComparedBySense(t *testing.T) {
	for _, tt := range []struct{ name, typed, want string }{
		{"as it should be", "118/2026", "118/2026"},
		{"with a word before it", "Exp. 0118/2026", "118/2026"},
		{"with blanks", " 118 / 2026 ", "118/2026"},
		{"with a dash", "118-2026", "118/2026"},
		{"in full", "EXPEDIENTE 118/2026", "118/2026"},
		{"an investigation folder", "NUC: TOL/fge/033/001234/26/11", "TOL/FGE/33/1234/26/11"},
		{"with letters", "j-7a/026", "J/7A/26"},
		{"with ñ", "ñu/01", "ÑU/1"},
		{"only zeros", "000/2026", "000/2026"},
		{"no number", "s/n", "S/N"},
		{"signs only", "--/..", ""},
		{"nothing", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := normalizeCase(tt.typed)
			if got != tt.want {
				t.Errorf("normalizeCase(%q) = %q, want %q", tt.typed, got, tt.want)
			}
			if again := normalizeCase(got); again != got {
				t.Errorf("normalized twice: %q, want %q", again, got)
			}
		})
	}
}

func FuzzNormalizeCase(f *testing.F) {
	for _, seed := range []string{"Exp. 0118/2026", "NUC TOL/1", "", "ÑÑ/00", "ı/ſ", "0EXp"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		norm := normalizeCase(typed)
		if again := normalizeCase(norm); again != norm {
			t.Errorf("%q: %q, then %q", typed, norm, again)
		}
		if strings.ContainsFunc(norm, func(r rune) bool { return !strings.ContainsRune("0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ/", r) }) {
			t.Errorf("%q gives %q", typed, norm)
		}
	})
}
