package agendahttp

import (
	"bytes"
	"io"
	"net/http"
	"strings"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/feature/agenda"
	"sigue/internal/platform/notify"
	"sigue/internal/platform/web"
)

// How often one address may ask for calendars: an office whose programs ask each quarter
// of an hour is let through.
const (
	feedsPerMinute = 60
	feedsAtOnce    = 40
)

// feed gives the calendar behind a secret address. Like every answer it is kept in no
// cache: the address is the secret.
func (p *pages) feed(r *web.Request) (web.Response, error) {
	token, ok := strings.CutSuffix(r.PathValue("feed"), ".ics")
	if !ok {
		return deadFeed(), nil
	}
	file, err := p.svc.Feed(r.Context(), r.Actor, token)
	if fault.Is(err, fault.NotFound) {
		return deadFeed(), nil
	}
	if err != nil {
		return nil, err
	}
	return web.File("citas.ics", notify.CalendarType, int64(len(file)), io.NopCloser(bytes.NewReader(file)), false), nil
}

// deadFeed is the answer to every address that opens no calendar. It is a page of its own,
// so that no secret stands in the ledger among the pages that somebody was denied.
func deadFeed() web.Response {
	return web.Page(i18n.M("Este enlace no abre ningún calendario"), deadFeedView()).Status(http.StatusNotFound).NoFrame()
}

// feedPage is one's own calendar feed. Address is there once, when it was made.
type feedPage struct {
	Own     agenda.OwnFeed
	Address string
}

func (p *pages) ownFeed(r *web.Request) (web.Response, error) { return p.showFeed(r, "") }

func (p *pages) showFeed(r *web.Request, address string) (web.Response, error) {
	own, err := p.svc.OwnFeed(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	return web.Page(i18n.M("Mi calendario"), feedView(feedPage{own, address})), nil
}

func (p *pages) makeFeed(r *web.Request) (web.Response, error) {
	if _, err := r.Form(); err != nil {
		return nil, err
	}
	address, err := p.svc.MakeFeed(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	return p.showFeed(r, address)
}

func (p *pages) revokeFeed(r *web.Request) (web.Response, error) {
	if err := p.svc.RevokeFeed(r.Context(), r.Actor); err != nil {
		return nil, err
	}
	return web.Redirect("/agenda/calendario"), nil
}
