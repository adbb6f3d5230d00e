package browser

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// See waits until a text can be read on the page. Case and white space do not count.
func (tab *Tab) See(text string) *Tab {
	tab.t.Helper()
	var sees bool
	if err := tab.until(func() (bool, error) {
		err := tab.evaluate("page.sees("+quote(text)+")", &sees)
		return sees, err
	}); err != nil {
		tab.fail("%q is not to be seen (%v) in:\n%s", text, err, indent(tab.Text()))
	}
	return tab
}

// NotSee waits until a text can be read nowhere on the page.
func (tab *Tab) NotSee(text string) *Tab {
	tab.t.Helper()
	sees := true
	if err := tab.until(func() (bool, error) {
		err := tab.evaluate("page.sees("+quote(text)+")", &sees)
		return !sees, err
	}); err != nil {
		tab.fail("%q is still to be seen (%v) in:\n%s", text, err, indent(tab.Text()))
	}
	return tab
}

// Arrive waits until the address has a path; "…/" at its end takes any that begins so.
func (tab *Tab) Arrive(path string) *Tab {
	tab.t.Helper()
	if err := tab.until(func() (bool, error) {
		var at string
		err := tab.evaluate("location.pathname", &at)
		return at == path || (strings.HasSuffix(path, "/") && strings.HasPrefix(at, path)), err
	}); err != nil {
		tab.fail("did not arrive at %s", path)
	}
	tab.settle(tab.movesSoFar(), false)
	return tab
}

// URL is the whole address of the page; "" when there is none.
func (tab *Tab) URL() string {
	var url string
	_ = tab.evaluate("location.href", &url)
	return url
}

// Status is the status with which the page came.
func (tab *Tab) Status() int {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return int(tab.status)
}

// Text is what can be read on the page.
func (tab *Tab) Text() string {
	var text string
	_ = tab.evaluate("page.text()", &text)
	return text
}

// Value waits for a field, found as Fill finds it, and gives what is written in it.
// Of radio buttons it is the value chosen, of a checkbox "on" or "".
func (tab *Tab) Value(name string) string {
	tab.t.Helper()
	var value struct {
		Missing bool
		Value   string
	}
	if err := tab.until(func() (bool, error) {
		err := tab.evaluate(`(all => all.length === 0 ? {missing: true} :
			all[0].type === "radio" ? {value: all.find(e => e.checked)?.value ?? ""} :
			all[0].type === "checkbox" && all.length === 1 ? {value: all[0].checked ? "on" : ""} :
			{value: all[0].value})(page.fields(`+quote(name)+`))`, &value)
		return !value.Missing, err
	}); err != nil {
		tab.fail("value of %q: there is no such field", name)
	}
	return value.Value
}

// Count is how many elements on the page match a selector now.
func (tab *Tab) Count(selector string) int {
	tab.t.Helper()
	var n int
	if err := tab.evaluate("document.querySelectorAll("+quote(selector)+").length", &n); err != nil {
		tab.fail("count %s: %v", selector, err)
	}
	return n
}

// Evaluate gives the value of an expression in the page; with JavaScript off too, where
// it can wait for nothing.
func (tab *Tab) Evaluate(expression string, into any) *Tab {
	tab.t.Helper()
	if err := tab.evaluate(expression, into); err != nil {
		tab.fail("evaluate %s: %v", expression, err)
	}
	return tab
}

// Fits fails when the page is wider than its window, so that it must be moved sideways.
func (tab *Tab) Fits() *Tab {
	tab.t.Helper()
	var wide []string
	tab.Evaluate(`(w => document.documentElement.scrollWidth <= w ? [] :
		["the page, " + document.documentElement.scrollWidth + " px of " + w].concat([...document.body.querySelectorAll("*")]
			.filter(e => e.getBoundingClientRect().right > w + 1).slice(0, 5).map(e => e.outerHTML.slice(0, 120))))(document.documentElement.clientWidth)`, &wide)
	if len(wide) > 0 {
		tab.t.Errorf("wider than its window at %s: %s", tab.URL(), strings.Join(wide, "\n"))
	}
	return tab
}

var unsafeName = regexp.MustCompile(`[^\p{L}\p{N}._-]+`)

// Screenshot keeps a picture of the whole page as screenshots/NAME.png at the root of the
// repository, which git ignores.
func (tab *Tab) Screenshot(name string) *Tab {
	tab.t.Helper()
	var png []byte
	err := tab.run(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		_, _, _, _, _, size, err := page.GetLayoutMetrics().Do(ctx)
		if err != nil {
			return err
		}
		png, err = page.CaptureScreenshot().WithFormat(page.CaptureScreenshotFormatPng).WithCaptureBeyondViewport(true).
			WithClip(&page.Viewport{Width: size.Width, Height: min(size.Height, 12000), Scale: 1}).Do(ctx)
		return err
	}))
	file := filepath.Join(tab.b.root, "screenshots", unsafeName.ReplaceAllString(name, "-")+".png")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o755)
	}
	if err == nil {
		err = os.WriteFile(file, png, 0o644)
	}
	if err != nil {
		tab.t.Logf("screenshot %s: %v", name, err)
	}
	return tab
}

// PDF is the page as it would be printed on letter paper.
func (tab *Tab) PDF() []byte {
	tab.t.Helper()
	var pdf []byte
	if err := tab.run(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		pdf, _, err = page.PrintToPDF().WithPrintBackground(false).Do(ctx)
		return err
	})); err != nil {
		tab.fail("print: %v", err)
	}
	return pdf
}

func indent(text string) string {
	const most = 3000
	if len(text) > most {
		text = text[:most] + "…"
	}
	return "\t" + strings.ReplaceAll(text, "\n", "\n\t")
}
