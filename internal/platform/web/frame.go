package web

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"sigue/internal/base/i18n"
)

// frame is what surrounds a page.
type frame struct {
	Lang    i18n.Lang
	Title   i18n.Msg
	Failed  bool
	Brand   Branding
	Assets  *assets
	Class   string
	NoFrame bool
	Alone   bool
	Print   bool
	Banner  i18n.Msg
	Menu    menuView
	Session Session
	Signed  bool
	Account string
	Idle    string // epoch seconds, for the session dialog
	Ends    string
	Now     string
	Langs   []langLink
}

type menuLink struct {
	Label   i18n.Msg
	Path    string
	Current bool
}

// menuView is the main menu: what is in the bar, and what "Más" holds. A link of the bar
// that a narrow screen has no room for is in both, and the style shows one of them.
type menuView struct {
	Bar, More []menuLink
	Tight     int  // how many of the bar a narrow screen shows
	Here      bool // the current page is behind "Más" on a wide screen
}

const (
	// menuRoom is how many entries the bar holds; they are in the order of their use.
	menuRoom = 8
	// menuTight is how many it holds on a narrow screen.
	menuTight = 3
)

// newMenu divides the entries. "Más" for one entry alone would hide it for nothing.
func newMenu(links []menuLink) menuView {
	v := menuView{Bar: links, Tight: len(links)}
	if len(links) > menuRoom+1 {
		v.Bar = links[:menuRoom]
	}
	if len(links) > menuTight+1 {
		v.Tight, v.More = menuTight, links[menuTight:]
	}
	v.Here = slices.ContainsFunc(links[len(v.Bar):], func(l menuLink) bool { return l.Current })
	return v
}

// always tells whether "Más" holds something on a wide screen too.
func (v menuView) always() bool { return v.Tight+len(v.More) > len(v.Bar) }

type langLink struct {
	Name    string
	Lang    i18n.Lang
	Path    string
	Current bool
}

func (rt *Router) newFrame(r *Request, p *PageResponse, failed bool) frame {
	f := frame{
		Lang: r.Lang, Title: p.title, Failed: failed, Brand: rt.o.Branding, Assets: rt.assets,
		NoFrame: p.noFrame, Alone: p.alone, Print: p.print, Session: r.Session, Signed: r.Session.Actor.SignedIn() && !p.alone,
		Menu: newMenu(rt.menu(r)), Langs: rt.langs(r),
	}
	if rt.o.Demo {
		f.Banner = rt.o.Banner
	}
	f.Class = pageClass(p)
	f.Now, f.Account = epoch(r.Now), r.Actor.Account
	f.Idle, f.Ends = epoch(r.Session.IdleEnds), epoch(r.Session.Ends)
	return f
}

func pageClass(p *PageResponse) string {
	var names []string
	for name, on := range map[string]bool{"wide": p.wide, "bare": p.noFrame, "paper": p.print} {
		if on {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

func epoch(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.Unix(), 10)
}

// menu is what the actor may open; the entry with the longest path that leads to this
// page is the current one.
func (rt *Router) menu(r *Request) []menuLink {
	if !r.Session.Actor.SignedIn() {
		return nil
	}
	var links []menuLink
	current := -1
	for _, item := range rt.o.Menu {
		if !r.Session.Actor.May(item.Permission) {
			continue
		}
		links = append(links, menuLink{Label: item.Label, Path: item.Path})
		own := slices.ContainsFunc(append([]string{item.Path}, item.Also...), func(path string) bool { return leadsTo(path, r.URL.Path) })
		if own && (current < 0 || len(item.Path) > len(links[current].Path)) {
			current = len(links) - 1
		}
	}
	if current >= 0 {
		links[current].Current = true
	}
	return links
}

func leadsTo(menu, page string) bool {
	return page == menu || (menu != "/" && strings.HasPrefix(page, menu+"/"))
}

func (rt *Router) langs(r *Request) []langLink {
	names := map[i18n.Lang]string{i18n.Spanish: "Español", i18n.English: "English"}
	links := make([]langLink, 0, len(i18n.Langs))
	for _, lang := range i18n.Langs {
		links = append(links, langLink{names[lang], lang, rt.langLink(r, lang), lang == r.Lang})
	}
	return links
}

// documentTitle is what the browser's tab and a screen reader say first.
func (v frame) documentTitle(ctx context.Context) string {
	title := i18n.Show(ctx, v.Title) + " · " + v.Brand.Name
	if v.Failed {
		return i18n.T(ctx, "Error:") + " " + title
	}
	return title
}
