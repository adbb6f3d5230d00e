package centerhttp

import (
	"slices"
	"strconv"
	"strings"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/platform/web"
)

// newLines is how many municipalities can be added in one go without scripts.
const newLines = 4

// coveragePage is the form of a center's coverage: a rank for each municipality that it
// serves, and some empty lines to add others.
type coveragePage struct {
	Center         center.Center
	Now            center.Coverage  // as it is stored
	Covered        []center.Covered // the lines: what is stored, and what was typed beside it
	Conflict       bool             // somebody changed it meanwhile
	Form           *web.Form
	Municipalities []web.Option
}

func (p *pages) coverage(r *web.Request) (web.Response, error) {
	return p.showCoverage(r, nil, false)
}

// showCoverage shows the form; with what was typed, or as it is stored when nil. After a
// conflict what somebody else has added stands in it too: an empty rank would take it out.
func (p *pages) showCoverage(r *web.Request, form *web.Form, conflict bool) (web.Response, error) {
	id := r.PathValue("center")
	page := coveragePage{Form: form, Conflict: conflict}
	var err error
	if page.Center, err = p.svc.Center(r.Context(), r.Actor, id); err != nil {
		return nil, err
	}
	if page.Now, err = p.svc.Coverage(r.Context(), r.Actor, id); err != nil {
		return nil, err
	}
	page.Covered = page.Now.Covered
	lists, err := p.svc.Lists(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	page.Municipalities = municipalities(r, lists)
	if form == nil {
		page.Form = web.NewForm(nil)
	} else {
		page.Covered = typedToo(lists, page.Covered, form)
	}
	for _, c := range page.Now.Covered {
		name := center.CoverageField(c.MunicipalityKey)
		if typed := page.Form.Values.Has(name); !typed && (form == nil || conflict) {
			page.Form.Values.Set(name, strconv.Itoa(c.Rank))
		}
	}
	return web.Page(i18n.M("Cobertura de %s", page.Center.Name), coverageView(page)), nil
}

// version is the state of the coverage on which the form rests: what was seen first,
// also when the form is shown again; after a conflict, what is shown beside it.
func (p coveragePage) version() string {
	if seen := p.Form.Get("version"); p.Form.Values.Has("version") && !p.Conflict {
		return seen
	}
	return p.Now.Version
}

// typedToo adds to the lines those that were typed, so that each error has its field.
func typedToo(lists *catalogue.Lists, covered []center.Covered, form *web.Form) []center.Covered {
	there := map[string]bool{}
	covered = slices.Clone(covered)
	for _, c := range covered {
		there[c.MunicipalityKey] = true
	}
	for _, l := range typedLines(form) {
		if !there[l.Municipality] && lists.HasMunicipality(l.Municipality) {
			there[l.Municipality] = true
			covered = append(covered, center.Covered{MunicipalityKey: l.Municipality, Name: lists.MunicipalityName(l.Municipality)})
		}
	}
	return covered
}

func newField(i int) string     { return "new_" + strconv.Itoa(i) }
func newRankField(i int) string { return "new_rank_" + strconv.Itoa(i) }

// typedLines decodes the form: the lines that were there, then the new ones, whose rank
// is 1 when left empty.
func typedLines(form *web.Form) []center.CoverageLine {
	var lines []center.CoverageLine
	prefix := center.CoverageField("")
	for name := range form.Values {
		if key, ok := strings.CutPrefix(name, prefix); ok {
			lines = append(lines, center.CoverageLine{Municipality: key, Rank: form.Get(name)})
		}
	}
	for i := range newLines {
		l := center.CoverageLine{Municipality: form.Get(newField(i)), Rank: form.Get(newRankField(i))}
		if l.Municipality == "" {
			continue
		}
		if l.Rank == "" {
			l.Rank = "1"
		}
		lines = append(lines, l)
	}
	return lines
}

func (p *pages) setCoverage(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id, lines := r.PathValue("center"), typedLines(form)
	if err := p.svc.SetCoverage(r.Context(), r.Actor, id, form.Get("version"), lines); form.Fail(err) {
		for i := range newLines { // each typed line now stands among those that were there
			form.Values.Del(newField(i))
			form.Values.Del(newRankField(i))
		}
		for _, l := range lines {
			form.Values.Set(center.CoverageField(l.Municipality), l.Rank)
		}
		return p.showCoverage(r, form, fault.Is(err, fault.Conflict))
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(path(id, kept)), nil
}
