package browser

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

//go:embed page.js
var pageJS string

// evaluate runs an expression in the page, where "page" is page.js, and decodes its
// value. It works with JavaScript off, because it is not the page's.
func (tab *Tab) evaluate(expression string, into any) error {
	return tab.run(chromedp.ActionFunc(func(ctx context.Context) error {
		value, exc, err := runtime.Evaluate("{const page = " + pageJS + ";\n" + expression + "}").WithReturnByValue(true).Do(ctx)
		if err != nil {
			return err
		}
		if exc != nil {
			return errors.New(exception(exc))
		}
		if into == nil || len(value.Value) == 0 {
			return nil
		}
		return json.Unmarshal(value.Value, into)
	}))
}

// run does something to the page within patience.
func (tab *Tab) run(actions ...chromedp.Action) error {
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, actions...)
}

// quote writes a Go string as a JavaScript one.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string: cannot happen
	}
	return string(b)
}

// until asks until it gets true, or patience ends. An error counts as not yet: between
// two pages there is nothing to ask.
func (tab *Tab) until(ask func() (bool, error)) error {
	deadline := time.After(patience)
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		ok, err := ask()
		if ok && err == nil {
			return nil
		}
		select {
		case <-deadline:
			return cmp.Or(err, errors.New("waited in vain"))
		case <-tab.ctx.Done():
			return tab.ctx.Err()
		case <-again.C:
		}
	}
}

// settle waits until no page is on its way. After a click that leads elsewhere it waits
// a moment for the way to begin, because a form is sent a little after its button.
func (tab *Tab) settle(before int, leaves bool) {
	begun := time.Now()
	_ = tab.until(func() (bool, error) {
		var state string
		if err := tab.evaluate("document.readyState", &state); err != nil {
			return false, err
		}
		tab.mu.Lock()
		defer tab.mu.Unlock()
		if leaves && tab.moves == before && time.Since(begun) < time.Second {
			return false, nil
		}
		return !tab.loading && state == "complete", nil
	})
}

func (tab *Tab) movesSoFar() int {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return tab.moves
}

// Go opens an address, as if it were typed.
func (tab *Tab) Go(url string) *Tab {
	tab.t.Helper()
	before := tab.movesSoFar()
	if err := tab.run(chromedp.Navigate(url)); err != nil {
		tab.t.Fatalf("go to %s: %v", url, err)
	}
	tab.settle(before, false)
	return tab
}

// spot is where an element can be clicked, or why not.
type spot struct {
	X, Y    float64
	Leaves  bool
	Missing bool
	Problem string
}

// locate waits for an element that can be used.
func (tab *Tab) locate(expression string) (spot, error) {
	var s spot
	err := tab.until(func() (bool, error) {
		s = spot{}
		if err := tab.evaluate(expression, &s); err != nil {
			return false, err
		}
		return !s.Missing && s.Problem == "", nil
	})
	switch {
	case s.Missing:
		err = errors.New("there is no such thing")
	case s.Problem != "":
		err = errors.New(s.Problem)
	}
	return s, err
}

func (tab *Tab) press(s spot) error {
	tab.clicks++
	before := tab.movesSoFar()
	err := tab.run(
		input.DispatchMouseEvent(input.MouseMoved, s.X, s.Y),
		input.DispatchMouseEvent(input.MousePressed, s.X, s.Y).WithButton(input.Left).WithClickCount(1),
		input.DispatchMouseEvent(input.MouseReleased, s.X, s.Y).WithButton(input.Left).WithClickCount(1),
	)
	tab.settle(before, s.Leaves)
	return err
}

// Click clicks a link, button or label by what is written on it (all of it, its
// beginning, or a part), or by a selector (#id, .class, [attribute], tag[…]). It waits
// for it, refuses what is disabled or covered, and waits for the page that follows.
func (tab *Tab) Click(what string) *Tab {
	tab.t.Helper()
	s, err := tab.locate("page.target(page.control(" + quote(what) + "))")
	if err == nil {
		err = tab.press(s)
	}
	if err != nil {
		tab.fail("click %q: %v", what, err)
	}
	return tab
}

// DoubleClick clicks twice as fast as a hurried person does.
func (tab *Tab) DoubleClick(what string) *Tab {
	tab.t.Helper()
	s, err := tab.locate("page.target(page.control(" + quote(what) + "))")
	if err == nil {
		tab.clicks += 2
		before := tab.movesSoFar()
		var acts chromedp.Tasks
		for n := range int64(2) {
			acts = append(acts,
				input.DispatchMouseEvent(input.MousePressed, s.X, s.Y).WithButton(input.Left).WithClickCount(n+1),
				input.DispatchMouseEvent(input.MouseReleased, s.X, s.Y).WithButton(input.Left).WithClickCount(n+1))
		}
		err = tab.run(acts)
		tab.settle(before, s.Leaves)
	}
	if err != nil {
		tab.fail("double click %q: %v", what, err)
	}
	return tab
}

// Fill types a value into a field, found by name, id or label, in place of what is there.
func (tab *Tab) Fill(name, value string) *Tab {
	tab.t.Helper()
	_, err := tab.locate("page.enter(page.field(" + quote(name) + "))")
	if err == nil {
		tab.keys += utf8.RuneCountInString(value) + 1 // and Tab, to get there
		tab.typed += utf8.RuneCountInString(value)
		if value == "" {
			err = tab.run(chromedp.KeyEvent(kb.Delete))
		} else {
			err = tab.run(input.InsertText(value))
		}
	}
	if err != nil {
		tab.fail("fill %q: %v", name, err)
	}
	return tab
}

// Choose picks an answer by value or by its text: of a list, of radio buttons, or one
// checkbox of a group. The question is found by name, label or legend. A checkbox that
// is ticked already is left so.
func (tab *Tab) Choose(name, answer string) *Tab {
	tab.t.Helper()
	var kind string
	field := "page.choice(" + quote(name) + "," + quote(answer) + ")"
	list := "page.fields(" + quote(name) + ").find(e => e.tagName === 'SELECT')"
	err := tab.until(func() (bool, error) {
		kind = ""
		err := tab.evaluate(list+" ? 'list' : "+field+"?.checked ? 'done' : "+field+" ? 'choice' : ''", &kind)
		return kind != "", err
	})
	switch kind {
	case "list":
		err = tab.chooseOfList(list, answer)
	case "choice":
		var s spot
		if s, err = tab.locate("page.target(" + field + ")"); err == nil {
			err = tab.press(s)
		}
	}
	if err != nil {
		tab.fail("choose %q for %q: %v", answer, name, err)
	}
	return tab
}

func (tab *Tab) chooseOfList(list, answer string) error {
	tab.clicks += 2 // open and pick
	var ok bool
	if err := tab.evaluate("page.select("+list+", "+quote(answer)+")", &ok); err != nil {
		return err
	}
	if !ok {
		var options []string
		_ = tab.evaluate("[..."+list+".options].map(o => o.text)", &options)
		return fmt.Errorf("there is no such option in %q", options)
	}
	return nil
}

// Attach puts files of this machine into a file field.
func (tab *Tab) Attach(name string, files ...string) *Tab {
	tab.t.Helper()
	paths := make([]string, len(files))
	for i, file := range files {
		var err error
		if paths[i], err = filepath.Abs(file); err != nil {
			tab.t.Fatal(err)
		}
		if _, err := os.Stat(paths[i]); err != nil {
			tab.t.Fatal(err)
		}
	}
	tab.clicks += 2 // open the dialog and confirm
	err := tab.until(func() (bool, error) {
		return true, tab.run(chromedp.ActionFunc(func(ctx context.Context) error {
			found, exc, err := runtime.Evaluate("{const page = " + pageJS + "; page.field(" + quote(name) + ")}").Do(ctx)
			if err == nil && (exc != nil || found.ObjectID == "") {
				err = errors.New("there is no such field")
			}
			if err != nil {
				return err
			}
			return dom.SetFileInputFiles(paths).WithObjectID(found.ObjectID).Do(ctx)
		}))
	})
	if err != nil {
		tab.fail("attach to %q: %v", name, err)
	}
	return tab
}

// special are the keys that have a name.
var special = map[string]string{
	"Enter": kb.Enter, "Tab": kb.Tab, "Escape": kb.Escape, "Space": " ", "Backspace": kb.Backspace, "Delete": kb.Delete,
	"Up": kb.ArrowUp, "Down": kb.ArrowDown, "Left": kb.ArrowLeft, "Right": kb.ArrowRight, "Home": kb.Home, "End": kb.End,
	"PageUp": kb.PageUp, "PageDown": kb.PageDown,
}

var modifiers = map[string]input.Modifier{"Control": input.ModifierCtrl, "Shift": input.ModifierShift, "Alt": input.ModifierAlt}

// Press presses keys one after the other: "Tab Tab Enter", "Shift+Tab", "Control+a", "/".
func (tab *Tab) Press(keys string) *Tab {
	tab.t.Helper()
	before := tab.movesSoFar()
	for _, chord := range strings.Fields(keys) {
		tab.keys++
		parts := strings.Split(chord, "+")
		key := parts[len(parts)-1]
		if named, ok := special[key]; ok {
			key = named
		}
		var held input.Modifier
		for _, m := range parts[:len(parts)-1] {
			held |= modifiers[m]
		}
		if err := tab.run(chromedp.KeyEvent(key, chromedp.KeyModifiers(held))); err != nil {
			tab.fail("press %s: %v", chord, err)
		}
	}
	tab.settle(before, strings.HasSuffix(keys, "Enter"))
	return tab
}

// Type types text where the cursor is, key by key, so that a script hears each.
func (tab *Tab) Type(text string) *Tab {
	tab.t.Helper()
	tab.keys += utf8.RuneCountInString(text)
	if err := tab.run(chromedp.KeyEvent(text)); err != nil {
		tab.fail("type %q: %v", text, err)
	}
	return tab
}

// Back goes one page back.
func (tab *Tab) Back() *Tab {
	tab.t.Helper()
	tab.clicks++
	before := tab.movesSoFar()
	err := tab.run(chromedp.ActionFunc(func(ctx context.Context) error {
		at, pages, err := page.GetNavigationHistory().Do(ctx)
		if err == nil && at < 1 {
			err = errors.New("there is no page before this one")
		}
		if err != nil {
			return err
		}
		return page.NavigateToHistoryEntry(pages[at-1].ID).Do(ctx)
	}))
	if err != nil {
		tab.fail("back: %v", err)
	}
	tab.settle(before, true)
	return tab
}

// Offline cuts the window off from every server, and connects it again.
func (tab *Tab) Offline(off bool) *Tab {
	tab.t.Helper()
	if err := tab.run(network.EmulateNetworkConditions(off, 0, -1, -1)); err != nil {
		tab.fail("offline %t: %v", off, err)
	}
	return tab
}

// LoseRequests lets nothing arrive that the window sends to addresses like a pattern (with
// * for anything), until the function it gives is called.
func (tab *Tab) LoseRequests(pattern string) (found func()) {
	tab.t.Helper()
	return tab.lose(pattern, fetch.RequestStageRequest)
}

// LoseAnswers is LoseRequests, but what is sent arrives: its answer is lost on the way back.
func (tab *Tab) LoseAnswers(pattern string) (found func()) {
	tab.t.Helper()
	return tab.lose(pattern, fetch.RequestStageResponse)
}

func (tab *Tab) lose(pattern string, stage fetch.RequestStage) (found func()) {
	tab.t.Helper()
	chromedp.ListenTarget(tab.ctx, func(event any) {
		if e, ok := event.(*fetch.EventRequestPaused); ok {
			go func() { _ = tab.run(fetch.FailRequest(e.RequestID, network.ErrorReasonConnectionReset)) }()
		}
	})
	if err := tab.run(fetch.Enable().WithPatterns([]*fetch.RequestPattern{{URLPattern: pattern, RequestStage: stage}})); err != nil {
		tab.fail("lose %s: %v", pattern, err)
	}
	return func() {
		if err := tab.run(fetch.Disable()); err != nil {
			tab.fail("find %s again: %v", pattern, err)
		}
	}
}

// Reload asks for the same page again.
func (tab *Tab) Reload() *Tab {
	tab.t.Helper()
	before := tab.movesSoFar()
	if err := tab.run(chromedp.Reload()); err != nil {
		tab.fail("reload: %v", err)
	}
	tab.settle(before, false)
	return tab
}

// Download clicks and gives the file that comes of it.
func (tab *Tab) Download(what string) []byte {
	tab.t.Helper()
	s, err := tab.locate("page.target(page.control(" + quote(what) + "))")
	if err != nil {
		tab.fail("download %q: %v", what, err)
	}
	done := make(chan string, 1)
	tab.mu.Lock()
	tab.files[""] = done // the next to begin
	tab.mu.Unlock()
	s.Leaves = false
	if err := tab.press(s); err != nil {
		tab.fail("download %q: %v", what, err)
	}
	select {
	case id := <-done:
		content, err := os.ReadFile(filepath.Join(tab.downloads, id))
		if err != nil {
			tab.fail("download %q: %v", what, err)
		}
		return content
	case <-time.After(patience):
		tab.fail("download %q: no file came", what)
		return nil
	}
}

// hearDownload tells Download when its file is whole.
func (tab *Tab) hearDownload(event any) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	switch e := event.(type) {
	case *cdpbrowser.EventDownloadWillBegin:
		if done, ok := tab.files[""]; ok && e.FrameID == tab.frame {
			tab.files[e.GUID] = done
			delete(tab.files, "")
		}
	case *cdpbrowser.EventDownloadProgress:
		if done, ok := tab.files[e.GUID]; ok && e.State == cdpbrowser.DownloadProgressStateCompleted {
			done <- e.GUID
			delete(tab.files, e.GUID)
		}
	}
}

// Clicks and Keys count what a person would have done so far, for time on task: a list
// costs two clicks, a field its characters and a Tab.
func (tab *Tab) Clicks() int { return tab.clicks }

// Keys counts keystrokes, see Clicks.
func (tab *Tab) Keys() int { return tab.keys }

// Interactions is what LOOK counts for a task: clicks, keys pressed, and each field filled
// as one, however long what is typed.
func (tab *Tab) Interactions() int { return tab.clicks + tab.keys - tab.typed }
