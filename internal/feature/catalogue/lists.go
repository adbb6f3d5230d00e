package catalogue

import (
	"sigue/internal/base/clock"
	"sigue/internal/base/i18n"
)

// Lists are the lists, rules and municipalities of one day, for filling and checking
// forms. They do not change and are safe for many goroutines.
type Lists struct {
	day     clock.Date
	entries map[string][]Entry
	known   map[listCode]Entry
	rules   map[RuleCode]Rule
	places  *places
}

type listCode struct{ list, code string }

// newLists picks, from all versions of everything, what holds on a day.
func newLists(day clock.Date, versions []Entry, rules []Rule, p *places) *Lists {
	l := &Lists{day: day, entries: map[string][]Entry{}, known: map[listCode]Entry{}, rules: rulesOn(day, rules), places: p}
	byCode := map[listCode][]Entry{}
	for _, e := range versions {
		key := listCode{e.Catalogue, e.Code}
		byCode[key] = append(byCode[key], e)
		if e.ValidOn(day) {
			l.entries[e.Catalogue] = append(l.entries[e.Catalogue], e)
		}
	}
	for key, all := range byCode {
		sortEntriesByDate(all)
		l.known[key] = wording(all, day)
	}
	for _, all := range l.entries {
		sortEntries(all)
	}
	return l
}

// rulesOn gives each rule's value of a day; the shipped one where nobody set another.
func rulesOn(day clock.Date, rules []Rule) map[RuleCode]Rule {
	on := map[RuleCode]Rule{}
	for _, k := range RuleKinds {
		on[k.Code] = k.shipped()
	}
	for _, r := range rules {
		if was := on[r.Code]; !r.ValidFrom.After(day) && !r.ValidFrom.Before(was.ValidFrom) {
			on[r.Code] = r
		}
	}
	return on
}

// Day is the day whose lists these are.
func (l *Lists) Day() clock.Date { return l.day }

// Entries are the choices of a list, in the order in which a form offers them. The
// caller does not change them.
func (l *Lists) Entries(list string) []Entry { return l.entries[list] }

// Has tells whether a code can be chosen from a list.
func (l *Lists) Has(list, code string) bool {
	e, ok := l.known[listCode{list, code}]
	return ok && e.ValidOn(l.day)
}

// Label names a code of a list, also one that can no longer be chosen. An unknown code
// is shown as it is, an empty one as nothing.
func (l *Lists) Label(list, code string, lang i18n.Lang) string {
	if e, ok := l.known[listCode{list, code}]; ok {
		return e.Label(lang)
	}
	return code
}

// Entry gives the version of a code that is in force, or was last.
func (l *Lists) Entry(list, code string) (Entry, bool) {
	e, ok := l.known[listCode{list, code}]
	return e, ok
}

// LegalBasis gives a legal basis that can be chosen, the refused ones among them.
func (l *Lists) LegalBasis(code string) (LegalBasisRule, bool) {
	e, ok := l.known[listCode{LegalBasisList, code}]
	if !ok || !e.ValidOn(l.day) {
		return LegalBasisRule{}, false
	}
	rule := LegalBasisRule{Code: e.Code, Label: e.Name}
	if e.Attributes.LegalBasis != nil {
		rule.LegalBasisAttributes = *e.Attributes.LegalBasis
	}
	return rule, true
}

// Rule is the value of a rule, in its unit.
func (l *Lists) Rule(code RuleCode) int { return l.rules[code].Value }

// Rules are the rules of the day, in the order of RuleKinds.
func (l *Lists) Rules() []Rule {
	all := make([]Rule, len(RuleKinds))
	for i, k := range RuleKinds {
		all[i] = l.rules[k.Code]
	}
	return all
}

// Municipalities are all that are loaded: those of the State of México first, each
// state's by name. The caller does not change them.
func (l *Lists) Municipalities() []Municipality { return l.places.all }

// HasMunicipality tells whether a key is loaded.
func (l *Lists) HasMunicipality(key string) bool {
	_, ok := l.places.byKey[key]
	return ok
}

// Municipality gives a municipality by its key.
func (l *Lists) Municipality(key string) (Municipality, bool) {
	m, ok := l.places.byKey[key]
	return m, ok
}

// MunicipalityName names a key; an unknown one is shown as it is.
func (l *Lists) MunicipalityName(key string) string {
	if m, ok := l.places.byKey[key]; ok {
		return m.Name
	}
	return key
}
