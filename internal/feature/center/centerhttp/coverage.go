package centerhttp

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/feature/center"
	"sigue/internal/platform/web"
)

// coveragePage is the form of the municipalities that a center serves: the rank of each
// that it serves, and one more to add.
type coveragePage struct {
	Center center.Center
	Form   *web.Form
	Rows   []coverageRow
	Others []web.Option
	Notice i18n.Msg
}

type coverageRow struct{ Key, Name, Rank string }

func (p *pages) coverage(r *web.Request) (web.Response, error) {
	covered, err := p.svc.Coverage(r.Context(), r.Actor, r.PathValue("center"))
	if err != nil {
		return nil, err
	}
	form := web.NewForm(nil)
	for _, c := range covered {
		form.Values.Set(center.CoverageField(c.MunicipalityKey), strconv.Itoa(c.Rank))
	}
	return p.showCoverage(r, form)
}

func (p *pages) showCoverage(r *web.Request, form *web.Form) (web.Response, error) {
	c, err := p.svc.Center(r.Context(), r.Actor, r.PathValue("center"))
	if err != nil {
		return nil, err
	}
	lists, err := p.svc.Lists(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	page := coveragePage{Center: c, Form: form, Rows: coverageRows(lists, form), Notice: saved(r)}
	listed := map[string]bool{}
	for _, row := range page.Rows {
		listed[row.Key] = true
	}
	page.Others = municipalities(r, lists, listed)
	return web.Page(i18n.M("Municipios que atiende %s", c.Name), coverageView(page)), nil
}

// coverageLines reads the ranks of a form. The municipality to add becomes one of them,
// so that the form shows it among the others when something is wrong; without a rank it
// is the first.
func coverageLines(form *web.Form) []center.CoverageLine {
	if added := form.Get("municipality"); added != "" {
		form.Values.Set(center.CoverageField(added), cmp.Or(form.Get("rank"), "1"))
		form.Values.Del("municipality")
		form.Values.Del("rank")
	}
	var lines []center.CoverageLine
	for _, name := range slices.Sorted(maps.Keys(form.Values)) {
		if key, ok := strings.CutPrefix(name, center.CoverageField("")); ok {
			lines = append(lines, center.CoverageLine{Municipality: key, Rank: form.Get(name)})
		}
	}
	return lines
}

// coverageRows shows the ranks of a form, first those of the lowest rank.
func coverageRows(lists *catalogue.Lists, form *web.Form) []coverageRow {
	var rows []coverageRow
	for _, l := range coverageLines(form) {
		rows = append(rows, coverageRow{Key: l.Municipality, Name: lists.MunicipalityName(l.Municipality), Rank: l.Rank})
	}
	slices.SortStableFunc(rows, func(a, b coverageRow) int {
		m, _ := strconv.Atoi(a.Rank) // what is no number goes first, where it is seen
		n, _ := strconv.Atoi(b.Rank)
		return cmp.Or(cmp.Compare(m, n), cmp.Compare(catalogue.Fold(a.Name), catalogue.Fold(b.Name)))
	})
	return rows
}

func (p *pages) setCoverage(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	id := r.PathValue("center")
	if err := p.svc.SetCoverage(r.Context(), r.Actor, id, coverageLines(form)); form.Fail(err) {
		return p.showCoverage(r, form)
	} else if err != nil {
		return nil, err
	}
	return web.Redirect(path(id, "municipios"+kept)), nil
}
