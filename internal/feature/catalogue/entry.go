package catalogue

import (
	"encoding/json"
	"fmt"
	"sort"

	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
)

// Entry is one version of one choice of a list: what it was called, and by which law, on
// the days from ValidFrom to ValidTo, both included. A choice that was renamed has
// several versions with one code.
type Entry struct {
	ID         string
	Catalogue  string
	Code       string
	Name       i18n.Text
	Source     string // law or rule it rests on; empty for plain words
	Attributes Attributes
	Sort       int
	ValidFrom  clock.Date
	ValidTo    clock.Date // zero: no end
}

// Label is the entry's name in a language.
func (e Entry) Label(lang i18n.Lang) string { return e.Name.In(lang) }

// ValidOn tells whether the entry can be chosen on a day.
func (e Entry) ValidOn(day clock.Date) bool {
	return !day.Before(e.ValidFrom) && (e.ValidTo.IsZero() || !day.After(e.ValidTo))
}

// Attributes are what some lists say about an entry besides its name.
type Attributes struct {
	LegalBasis *LegalBasisAttributes `json:"legal_basis,omitempty"`
	// Access is who may open documents of a class.
	Access AccessClass `json:"access,omitempty"`
}

// LegalBasisAttributes are what a legal basis brings with it.
type LegalBasisAttributes struct {
	Mandatory   bool     `json:"mandatory,omitempty"`   // it obliges; a resolution and a term are asked for
	Voluntary   bool     `json:"voluntary,omitempty"`   // no authority is ever told of absences
	MinMonths   int      `json:"min_months,omitempty"`  // shortest term; 0 when the law sets none
	MaxMonths   int      `json:"max_months,omitempty"`  // longest term; 0 when the law sets none
	Authorities []string `json:"authorities,omitempty"` // kinds of institution that can order it
	Notify      Notified `json:"notify,omitempty"`
	Refused     bool     `json:"refused,omitempty"` // the law forbids it as a basis
	// RefusedReason says why, in words for whoever chose it.
	RefusedReason i18n.Text `json:"refused_reason,omitzero"`
}

// Notified is who is told how a mandate is kept.
type Notified string

// Those who may be told.
const (
	NotifyAuthority Notified = "authority" // the authority that ordered it, through who referred
	NotifyReferrer  Notified = "referrer"  // only the institution that referred
	NotifyNobody    Notified = "nobody"
)

// Notifieds lists them.
var Notifieds = []Notified{NotifyAuthority, NotifyReferrer, NotifyNobody}

// AccessClass is who may open a document.
type AccessClass string

// The classes, from what everyone who sees the referral may open to the narrowest.
const (
	AccessReferral AccessClass = "referral" // whoever may open the referral
	AccessIdentity AccessClass = "identity" // whoever may see identity and contact
	AccessLegal    AccessClass = "legal"    // the referrer, the legal area and the coordination
)

// AccessClasses lists them.
var AccessClasses = []AccessClass{AccessReferral, AccessIdentity, AccessLegal}

// LegalBasisRule is a legal basis as a referral is checked against it.
type LegalBasisRule struct {
	Code  string
	Label i18n.Text
	LegalBasisAttributes
}

// wording picks, from the versions of one code in order of ValidFrom, the one that shows
// the code on a day: the version in force, else the last one before, else the first to
// come. What was recorded under an ended entry can thus always be shown.
func wording(versions []Entry, day clock.Date) Entry {
	shown := versions[0]
	for _, v := range versions {
		if v.ValidFrom.After(day) {
			break
		}
		shown = v
	}
	return shown
}

// entryRow is an Entry as stored.
type entryRow struct {
	ID         string     `db:"id"`
	Catalogue  string     `db:"catalogue"`
	Code       string     `db:"code"`
	LabelES    string     `db:"label_es"`
	LabelEN    string     `db:"label_en"`
	Source     string     `db:"source"`
	Attributes string     `db:"attributes"`
	Sort       int        `db:"sort"`
	ValidFrom  clock.Date `db:"valid_from"`
	ValidTo    clock.Date `db:"valid_to"`
}

const entryColumns = `id, catalogue, code, label_es, label_en, source, attributes, sort, valid_from, valid_to`

func (r entryRow) entry() (Entry, error) {
	e := Entry{
		ID: r.ID, Catalogue: r.Catalogue, Code: r.Code, Name: i18n.Text{ES: r.LabelES, EN: r.LabelEN}, Source: r.Source,
		Sort: r.Sort, ValidFrom: r.ValidFrom, ValidTo: r.ValidTo,
	}
	if err := json.Unmarshal([]byte(r.Attributes), &e.Attributes); err != nil {
		return e, fmt.Errorf("catalogue: attributes of %s/%s: %w", r.Catalogue, r.Code, err)
	}
	return e, nil
}

// sortEntries orders entries as a form offers them, versions of one code by date.
func sortEntries(all []Entry) {
	sort.SliceStable(all, func(i, j int) bool {
		a, b := all[i], all[j]
		switch {
		case a.Catalogue != b.Catalogue:
			return a.Catalogue < b.Catalogue
		case a.Sort != b.Sort:
			return a.Sort < b.Sort
		case a.Code != b.Code:
			return a.Code < b.Code
		}
		return a.ValidFrom.Before(b.ValidFrom)
	})
}

// sortEntriesByDate orders the versions of one code, whose place in the list may have
// changed between them.
func sortEntriesByDate(versions []Entry) {
	sort.SliceStable(versions, func(i, j int) bool { return versions[i].ValidFrom.Before(versions[j].ValidFrom) })
}
