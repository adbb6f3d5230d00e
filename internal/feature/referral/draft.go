package referral

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"

	"sigue/internal/base/fault"
	"sigue/internal/feature/person"
)

// Section is one part of the task list.
type Section string

// The sections, in the order of the task list. Papers and Review have no typed
// content of their own.
const (
	SectionPerson Section = "persona"
	SectionBasis  Section = "base"
	SectionFacts  Section = "hechos"
	SectionPapers Section = "documentos"
	SectionCenter Section = "centro"
)

// Sections lists them in order.
var Sections = []Section{SectionPerson, SectionBasis, SectionFacts, SectionPapers, SectionCenter}

// Content is what was typed into a draft, section by section, exactly as it was
// typed: nothing is refused while it is a draft.
type Content struct {
	Person PersonSection `json:"person"`
	Basis  BasisSection  `json:"basis"`
	Facts  FactsSection  `json:"facts"`
	Center CenterSection `json:"center"`
}

// draftText is what a draft holds: what was typed, and when each section was last changed.
type draftText struct {
	Content
	ChangedAt map[Section]time.Time `json:"changed_at,omitempty"`
}

func (t *draftText) changed(section Section, at time.Time) {
	if t.ChangedAt == nil {
		t.ChangedAt = map[Section]time.Time{}
	}
	t.ChangedAt[section] = at
}

// asks are the sections that a reason to return a referral concerns. A reason that is not
// here concerns none by itself: its note says what is meant.
var asks = map[string][]Section{
	"resolution_missing":    {SectionPapers},
	"resolution_illegible":  {SectionPapers},
	"resolution_incomplete": {SectionPapers},
	"wrong_document":        {SectionPapers},
	"data_mismatch":         {SectionPerson, SectionBasis},
	"basis_wrong":           {SectionBasis},
	"mandate_missing":       {SectionBasis},
	"case_number":           {SectionBasis},
	"identity_unclear":      {SectionPerson},
	"contact_missing":       {SectionPerson},
	"facts_unclear":         {SectionFacts},
}

// Asks gives the reasons for which the center returned the referral that concern a
// section; all of them are in Reasons.
func (r *Return) Asks(section Section) []string {
	var out []string
	for _, reason := range r.Reasons {
		if slices.Contains(asks[reason], section) {
			out = append(out, reason)
		}
	}
	return out
}

// PersonSection is who is referred.
type PersonSection struct {
	CURP            string   `json:"curp,omitempty" form:"curp"`
	GivenNames      string   `json:"given_names,omitempty" form:"given_names"`
	Surname1        string   `json:"surname1,omitempty" form:"surname1"`
	Surname2        string   `json:"surname2,omitempty" form:"surname2"`
	Alias           string   `json:"alias,omitempty" form:"alias"`
	BirthDate       string   `json:"birth_date,omitempty" form:"birth_date"`
	EstimatedAge    string   `json:"estimated_age,omitempty" form:"estimated_age"`
	Sex             string   `json:"sex,omitempty" form:"sex"`
	Gender          string   `json:"gender,omitempty" form:"gender"`
	BirthState      string   `json:"birth_state,omitempty" form:"birth_state"`
	MaritalStatus   string   `json:"marital_status,omitempty" form:"marital_status"`
	Schooling       string   `json:"schooling,omitempty" form:"schooling"`
	Literacy        string   `json:"literacy,omitempty" form:"literacy"`
	Occupation      string   `json:"occupation,omitempty" form:"occupation"`
	ArmedOccupation string   `json:"armed_occupation,omitempty" form:"armed_occupation"`
	Indigenous      string   `json:"indigenous,omitempty" form:"indigenous"`
	Language        string   `json:"language,omitempty" form:"language"`
	Interpreter     string   `json:"interpreter,omitempty" form:"interpreter"`
	Disability      []string `json:"disability,omitempty" form:"disability"`
	Phone           string   `json:"phone,omitempty" form:"phone"`
	Email           string   `json:"email,omitempty" form:"email"`
	SafeMessage     string   `json:"safe_message,omitempty" form:"safe_message"`
	Address         string   `json:"address,omitempty" form:"address"`
	Municipality    string   `json:"municipality,omitempty" form:"municipality"`
	WorkShift       string   `json:"work_shift,omitempty" form:"work_shift"`
}

// BasisSection is by what right the person is referred and what is ordered.
type BasisSection struct {
	LegalBasis      string `json:"legal_basis,omitempty" form:"legal_basis"`
	Authority       string `json:"authority,omitempty" form:"authority"`
	CaseKind        string `json:"case_kind,omitempty" form:"case_kind"`
	CaseIssuer      string `json:"case_issuer,omitempty" form:"case_issuer"`
	CaseValue       string `json:"case_value,omitempty" form:"case_value"`
	ResolvedOn      string `json:"resolved_on,omitempty" form:"resolved_on"`
	MandateSessions string `json:"mandate_sessions,omitempty" form:"mandate_sessions"`
	MandateFrom     string `json:"mandate_from,omitempty" form:"mandate_from"`
	MandateUntil    string `json:"mandate_until,omitempty" form:"mandate_until"`
	Urgent          string `json:"urgent,omitempty" form:"urgent"`
}

// FactsSection is what happened, without the identity of the victim.
type FactsSection struct {
	ViolenceTypes   []string `json:"violence_types,omitempty" form:"violence_types"`
	Modalities      []string `json:"modalities,omitempty" form:"modalities"`
	Relation        string   `json:"relation,omitempty" form:"relation"`
	LivesWithVictim string   `json:"lives_with_victim,omitempty" form:"lives_with_victim"`
	MinorsExposed   string   `json:"minors_exposed,omitempty" form:"minors_exposed"`
	Weapon          string   `json:"weapon,omitempty" form:"weapon"`
	ProtectionOrder string   `json:"protection_order,omitempty" form:"protection_order"`
	ProtectionUntil string   `json:"protection_until,omitempty" form:"protection_until"`
	Narrative       string   `json:"narrative,omitempty" form:"narrative"`
}

// CenterSection is where the person is referred to.
type CenterSection struct {
	CenterID string `json:"center_id,omitempty" form:"center_id"`
}

// Part gives the part of the content that a section edits, for decoding a form into
// it; nil for a section without one.
func (c *Content) Part(s Section) any {
	switch s {
	case SectionPerson:
		return &c.Person
	case SectionBasis:
		return &c.Basis
	case SectionFacts:
		return &c.Facts
	case SectionCenter:
		return &c.Center
	}
	return nil
}

// Reset empties the part that a section edits, so that a box that was unticked does
// not stay ticked when a form is decoded over it.
func (c *Content) Reset(s Section) {
	switch s {
	case SectionPerson:
		c.Person = PersonSection{}
	case SectionBasis:
		c.Basis = BasisSection{}
	case SectionFacts:
		c.Facts = FactsSection{}
	case SectionCenter:
		c.Center = CenterSection{}
	}
}

// replace empties a section, lets decode fill it again, and tells whether it then
// holds what it held before. A section without typed content is NotFound.
func (c *Content) replace(section Section, decode func(part any) error) (same bool, err error) {
	part := c.Part(section)
	if part == nil {
		return false, fault.Missing()
	}
	before, err := json.Marshal(part)
	if err != nil {
		return false, err
	}
	c.Reset(section)
	if err := decode(part); err != nil {
		return false, err
	}
	after, err := json.Marshal(part)
	return bytes.Equal(before, after), err
}

// normalizeCase gives the comparable form of a case number: letters and digits in
// upper case, parts joined by one slash, leading zeros dropped ("Exp. 0118/2026" and
// "118 / 2026" are one).
func normalizeCase(value string) string {
	parts := strings.FieldsFunc(strings.ToUpper(value), func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && r != 'Ñ'
	})
	kept := parts[:0]
	for _, p := range parts {
		if t := strings.TrimLeft(p, "0"); t != "" {
			p = t
		}
		if p == "EXP" || p == "EXPEDIENTE" || p == "NUC" || p == "CI" {
			continue
		}
		kept = append(kept, p)
	}
	return strings.Join(kept, "/")
}

// empty tells whether nothing was typed in a section.
func (c *Content) empty(s Section) bool {
	switch s {
	case SectionPerson:
		return reflect.ValueOf(c.Person).IsZero()
	case SectionBasis:
		return reflect.ValueOf(c.Basis).IsZero()
	case SectionFacts:
		return reflect.ValueOf(c.Facts).IsZero()
	case SectionCenter:
		return c.Center == CenterSection{}
	}
	return true
}

// cleanName is the name as typed, tidied.
func cleanName(s PersonSection) person.Name {
	return person.Name{Given: s.GivenNames, Surname1: s.Surname1, Surname2: s.Surname2}.Clean()
}
