// Package cataloguehttp is the catalogue's only contact with HTTP: the pages on which the
// program's administration edits lists, rules, municipalities and the days on which
// nobody works. It decodes forms, calls the service and shows typed pages; it decides
// nothing.
package cataloguehttp

import (
	"net/url"
	"strconv"

	"sigue/internal/base/clock"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/catalogue"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// loadLimit is how much of an upload is read, in bytes; above what the service takes, so
// that a file that is too large gets its sentence.
const loadLimit = 8 << 20

type pages struct{ svc *catalogue.Service }

// Register adds the room's routes.
func Register(rt *web.Router, svc *catalogue.Service) {
	p := &pages{svc}
	rt.Handle("GET /catalogos", access.CatalogueManage, p.index)
	rt.Handle("GET /catalogos/{catalogue}", access.CatalogueManage, p.list)
	rt.Handle("GET /catalogos/{catalogue}/nueva", access.CatalogueManage, p.newEntry)
	rt.Handle("POST /catalogos/{catalogue}/nueva", access.CatalogueManage, p.addEntry)
	rt.Handle("GET /catalogos/{catalogue}/cambiar", access.CatalogueManage, p.entry)
	rt.Handle("POST /catalogos/{catalogue}/cambiar", access.CatalogueManage, p.changeEntry)
	rt.Handle("POST /catalogos/{catalogue}/terminar", access.CatalogueManage, p.endEntry)
	rt.Handle("POST /catalogos/{catalogue}/retirar", access.CatalogueManage, p.withdrawEntry)
	rt.Handle("GET /reglas", access.CatalogueManage, p.rules)
	rt.Handle("GET /reglas/cambiar", access.CatalogueManage, p.rule)
	rt.Handle("POST /reglas/cambiar", access.CatalogueManage, p.setRule)
	rt.Handle("POST /reglas/retirar", access.CatalogueManage, p.withdrawRule)
	rt.Handle("GET /municipios", access.CatalogueManage, p.municipalities)
	rt.Handle("GET /municipios/cargar", access.CatalogueManage, p.load)
	rt.HandleUpload("POST /municipios/cargar", access.CatalogueManage, loadLimit, p.doLoad)
	rt.Handle("GET /municipios/{municipality}", access.CatalogueManage, p.municipality)
	rt.Handle("POST /municipios/{municipality}", access.CatalogueManage, p.saveMunicipality)
	rt.Handle("GET /dias-inhabiles", access.CatalogueManage, p.closedDays)
	rt.Handle("POST /dias-inhabiles", access.CatalogueManage, p.addClosedDays)
	rt.Handle("POST /dias-inhabiles/quitar", access.CatalogueManage, p.removeClosedDay)
}

// saved tells, after a redirect, that a change was kept.
func saved(r *web.Request) i18n.Msg {
	if r.Query().Get("aviso") == "guardado" {
		return i18n.M("Los cambios quedaron guardados.")
	}
	return i18n.Msg{}
}

func listPath(list, rest string) string {
	p := "/catalogos/" + url.PathEscape(list)
	switch {
	case rest == "":
		return p
	case rest[0] == '?':
		return p + rest
	}
	return p + "/" + rest
}

func entryPath(list, code string) string {
	return listPath(list, "cambiar?codigo="+url.QueryEscape(code))
}

func withdrawPath(list, code string) string {
	return listPath(list, "retirar?codigo="+url.QueryEscape(code))
}

func endPath(list, code string) string {
	return listPath(list, "terminar?codigo="+url.QueryEscape(code))
}

// yearOf reads the year of a page's address; this year when there is none.
func yearOf(r *web.Request) int {
	now := clock.DateOf(r.Now).Year()
	if y, err := strconv.Atoi(r.Query().Get("anio")); err == nil && y >= now-50 && y <= now+50 {
		return y
	}
	return now
}

// indexPage lists what there is to edit.
type indexPage struct {
	Lists  []indexLine
	Places int
}

type indexLine struct {
	List  catalogue.List
	Count int // entries that can be chosen today
	// Unconfirmed are those whose source still lacks its article.
	Unconfirmed int
}

func (p *pages) index(r *web.Request) (web.Response, error) {
	lists, err := p.svc.Lists(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	page := indexPage{Places: len(lists.Municipalities())}
	for _, l := range catalogue.All {
		line := indexLine{List: l, Count: len(lists.Entries(l.Name))}
		for _, e := range lists.Entries(l.Name) {
			if catalogue.Unconfirmed(e.Source) {
				line.Unconfirmed++
			}
		}
		page.Lists = append(page.Lists, line)
	}
	return web.Page(i18n.M("Catálogos y reglas"), indexView(page)), nil
}

// listPage is one list with every version of its entries.
type listPage struct {
	List    catalogue.List
	Entries []entryLine
	Notice  i18n.Msg
}

type entryLine struct {
	catalogue.Entry
	Kind    web.TagKind
	State   i18n.Msg
	Newest  bool // the version that can be changed
	ToCome  bool // it can still be withdrawn
	InForce bool // it can be chosen today
}

func (p *pages) list(r *web.Request) (web.Response, error) {
	list, ok := catalogue.Find(r.PathValue("catalogue"))
	if !ok {
		return nil, fault.Missing()
	}
	all, err := p.svc.Versions(r.Context(), r.Actor, list.Name)
	if err != nil {
		return nil, err
	}
	page := listPage{List: list, Entries: entryLines(all, clock.DateOf(r.Now)), Notice: saved(r)}
	return web.Page(list.Label, listView(page)), nil
}

func entryLines(all []catalogue.Entry, today clock.Date) []entryLine {
	newest := map[string]clock.Date{}
	for _, e := range all {
		if e.ValidFrom.After(newest[e.Code]) {
			newest[e.Code] = e.ValidFrom
		}
	}
	lines := make([]entryLine, len(all))
	for i, e := range all {
		kind, state := entryState(e, today)
		lines[i] = entryLine{e, kind, state, e.ValidFrom == newest[e.Code], e.ValidFrom.After(today), e.ValidOn(today)}
	}
	return lines
}

func entryState(e catalogue.Entry, today clock.Date) (web.TagKind, i18n.Msg) {
	switch {
	case e.ValidFrom.After(today):
		return web.TagWait, i18n.M("Desde el %s", e.ValidFrom.MX())
	case !e.ValidOn(today):
		return web.TagPlain, i18n.M("Terminó el %s", e.ValidTo.MX())
	case !e.ValidTo.IsZero():
		return web.TagWait, i18n.M("Hasta el %s", e.ValidTo.MX())
	}
	return web.TagGood, i18n.M("Vigente")
}
