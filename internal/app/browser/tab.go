package browser

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// patience is how long a look waits for what it looks for; machines that build are slow.
var patience = 15 * time.Second

// Options is how a tab differs from a desktop computer in Mexico.
type Options struct {
	Phone bool   // 390 × 844, touch
	Width int    // of the window, when it is neither; 320 shows whether a page reflows
	Dark  bool   // prefers a dark scheme
	NoJS  bool   // JavaScript is off
	Lang  string // preferred language; "" is es-MX
	Print bool   // as it would be printed
}

// Tab is one window with its own cookies. It belongs to one test and is for one
// goroutine; it closes when the test ends.
type Tab struct {
	t         testing.TB
	ctx       context.Context
	b         *Browser
	o         Options
	id        cdp.BrowserContextID
	frame     cdp.FrameID
	downloads string

	mu       sync.Mutex
	loading  bool
	moves    int // navigations begun so far
	status   int64
	problems []string
	expected []string
	files    map[string]chan string // downloads by their id

	clicks, keys int
	typed        int // of the keys, those of a field's text
}

// Tab opens a window.
func (b *Browser) Tab(t testing.TB, o Options) *Tab {
	t.Helper()
	ctx, id, err := b.open()
	if err != nil {
		t.Fatalf("browser: open a tab: %v", err)
	}
	tab := &Tab{t: t, ctx: ctx, b: b, o: o, id: id, downloads: t.TempDir(), files: map[string]chan string{}}
	t.Cleanup(func() {
		tab.judge()
		b.close(id)
	})
	chromedp.ListenTarget(ctx, tab.hear)
	chromedp.ListenBrowser(ctx, tab.hearDownload)
	if err := chromedp.Run(ctx, tab.setUp()); err != nil {
		t.Fatalf("browser: set up a tab: %v", err)
	}
	return tab
}

// open makes a window with cookies of its own.
func (b *Browser) open() (context.Context, cdp.BrowserContextID, error) {
	var id cdp.BrowserContextID
	var page target.ID
	err := chromedp.Run(b.ctx, chromedp.ActionFunc(func(ctx context.Context) (err error) {
		ctx = cdp.WithExecutor(ctx, chromedp.FromContext(ctx).Browser)
		if id, err = target.CreateBrowserContext().WithDisposeOnDetach(true).Do(ctx); err != nil {
			return err
		}
		page, err = target.CreateTarget("about:blank").WithBrowserContextID(id).WithNewWindow(true).Do(ctx)
		return err
	}))
	if err != nil {
		return nil, "", err
	}
	ctx, _ := chromedp.NewContext(b.ctx, chromedp.WithTargetID(page))
	return ctx, id, nil
}

// close ends a window and forgets its cookies.
func (b *Browser) close(id cdp.BrowserContextID) {
	_ = chromedp.Run(b.ctx, chromedp.ActionFunc(func(ctx context.Context) error {
		return target.DisposeBrowserContext(id).Do(cdp.WithExecutor(ctx, chromedp.FromContext(ctx).Browser))
	}))
}

// setUp makes the tab what its options say.
func (tab *Tab) setUp() chromedp.Tasks {
	o := tab.o
	width, height, scale := int64(cmp.Or(o.Width, 1280)), int64(900), 1.0
	if o.Phone {
		width, height, scale = 390, 844, 2
	}
	features := []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}
	if o.Dark {
		features = append(features, &emulation.MediaFeature{Name: "prefers-color-scheme", Value: "dark"})
	}
	media := ""
	if o.Print {
		media = "print"
	}
	lang := cmp.Or(o.Lang, "es-MX")
	return chromedp.Tasks{
		network.Enable(), log.Enable(), page.Enable(), runtime.Enable(),
		emulation.SetDeviceMetricsOverride(width, height, scale, o.Phone),
		emulation.SetTouchEmulationEnabled(o.Phone),
		emulation.SetEmulatedMedia().WithMedia(media).WithFeatures(features),
		emulation.SetTimezoneOverride("America/Mexico_City"),
		emulation.SetLocaleOverride().WithLocale(lang),
		emulation.SetScriptExecutionDisabled(o.NoJS),
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": lang}),
		chromedp.ActionFunc(func(ctx context.Context) error {
			tree, err := page.GetFrameTree().Do(ctx)
			if err != nil {
				return err
			}
			tab.frame = tree.Frame.ID
			return cdpbrowser.SetDownloadBehavior(cdpbrowser.SetDownloadBehaviorBehaviorAllowAndName).
				WithBrowserContextID(tab.id).WithDownloadPath(tab.downloads).WithEventsEnabled(true).
				Do(cdp.WithExecutor(ctx, chromedp.FromContext(ctx).Browser))
		}),
	}
}

// hear takes what the page tells of itself.
func (tab *Tab) hear(event any) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	switch e := event.(type) {
	case *page.EventFrameRequestedNavigation:
		tab.begin(e.FrameID)
	case *page.EventFrameStartedLoading:
		tab.begin(e.FrameID)
	case *page.EventFrameNavigated: // the only sign of a page that comes back whole from memory
		if e.Type == page.NavigationTypeBackForwardCacheRestore && e.Frame.ID == tab.frame {
			tab.moves++
		}
	case *page.EventFrameStoppedLoading:
		if e.FrameID == tab.frame {
			tab.loading = false
		}
	case *page.EventJavascriptDialogOpening:
		go func() { _ = tab.run(page.HandleJavaScriptDialog(true)) }()
	case *network.EventResponseReceived:
		tab.answered(e)
	case *runtime.EventExceptionThrown:
		tab.problem("exception: " + exception(e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeAssert {
			tab.problem("console: " + arguments(e.Args))
		}
	case *log.EventEntryAdded:
		// What the network answered is judged by its status, in answered.
		if e.Entry.Level == log.LevelError && e.Entry.Source != log.SourceNetwork {
			tab.problem(string(e.Entry.Source) + ": " + e.Entry.Text)
		}
	}
}

func (tab *Tab) begin(frame cdp.FrameID) {
	if frame == tab.frame {
		tab.loading = true
		tab.moves++
	}
}

// answered judges one answer: no server error anywhere, and no part of a page missing.
// A page itself may well be a 404, and what a script asks a 422.
func (tab *Tab) answered(e *network.EventResponseReceived) {
	status := e.Response.Status
	if e.Type == network.ResourceTypeDocument && e.FrameID == tab.frame {
		tab.status = status
	}
	part := e.Type != network.ResourceTypeDocument && e.Type != network.ResourceTypeFetch && e.Type != network.ResourceTypeXHR
	if status >= 500 || (part && status >= 400) {
		tab.problem(fmt.Sprintf("status %d: %s", status, e.Response.URL))
	}
}

func (tab *Tab) problem(text string) { tab.problems = append(tab.problems, text) }

func exception(d *runtime.ExceptionDetails) string {
	if d.Exception != nil && d.Exception.Description != "" {
		return d.Exception.Description
	}
	return fmt.Sprintf("%s (%s:%d)", d.Text, d.URL, d.LineNumber)
}

func arguments(args []*runtime.RemoteObject) string {
	var words []string
	for _, a := range args {
		var text string
		if json.Unmarshal(a.Value, &text) != nil {
			text = cmp.Or(string(a.Value), a.Description)
		}
		words = append(words, text)
	}
	return strings.Join(words, " ")
}

// Expect says that a problem is what the test is about: one that contains the text does
// not fail it.
func (tab *Tab) Expect(problem string) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	tab.expected = append(tab.expected, problem)
}

// Problems are those met so far and not expected.
func (tab *Tab) Problems() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	var all []string
	for _, p := range tab.problems {
		if !tab.isExpected(p) {
			all = append(all, p)
		}
	}
	return all
}

func (tab *Tab) isExpected(problem string) bool {
	for _, e := range tab.expected {
		if strings.Contains(problem, e) {
			return true
		}
	}
	return false
}

// judge ends a tab: the problems fail the test, and of a failed test a picture is kept.
func (tab *Tab) judge() {
	for _, p := range tab.Problems() {
		tab.t.Errorf("the browser met a problem at %s: %s", tab.URL(), p)
	}
	if tab.t.Failed() {
		tab.Screenshot("failed-" + tab.t.Name())
	}
}

// fail ends the test, saying what the page was.
func (tab *Tab) fail(format string, args ...any) {
	tab.t.Helper()
	var outline string
	_ = tab.evaluate("page.outline()", &outline)
	tab.t.Fatalf("%s\nat %s\n%s", fmt.Sprintf(format, args...), tab.URL(), outline)
}
