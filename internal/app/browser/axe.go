package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// axeRun asks for the rules of WCAG 2.0, 2.1 and 2.2 at levels A and AA.
const axeRun = `axe.run(document, {
	runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"],
	resultTypes: ["violations"],
}).then((result) => result.violations)`

// violation is one rule that a page breaks, as axe tells it.
type violation struct {
	ID      string
	Help    string
	HelpURL string
	Nodes   []struct {
		Target         []any
		HTML           string
		FailureSummary string
	}
}

// Axe fails the test for each violation of WCAG 2.2 AA that axe finds on the page. What
// axe is comes from .cache/axe/axe.min.js, which ./check fetches; where it is not there
// the test goes on and says so, and with CI=true it fails.
func (tab *Tab) Axe() *Tab {
	tab.t.Helper()
	axe, err := os.ReadFile(filepath.Join(tab.b.root, ".cache", "axe", "axe.min.js"))
	if err != nil {
		if os.Getenv("CI") == "true" {
			tab.t.Fatal(err)
		}
		tab.t.Logf("NOT CHECKED WITH AXE: %v; ./check fetches it", err)
		return tab
	}
	found, err := tab.violations(string(axe))
	if err != nil {
		tab.fail("axe: %v", err)
	}
	for _, v := range found {
		for _, n := range v.Nodes {
			tab.t.Errorf("axe: %s at %s: %s\n\t%v %s\n\t%s\n\t%s", v.ID, tab.URL(), v.Help, n.Target, n.HTML,
				strings.ReplaceAll(n.FailureSummary, "\n", "\n\t"), v.HelpURL)
		}
	}
	return tab
}

// violations runs axe. It needs timers, so JavaScript is on for as long as it runs; the
// page's own scripts were not loaded and stay so.
func (tab *Tab) violations(axe string) (found []violation, err error) {
	ctx, cancel := context.WithTimeout(tab.ctx, 4*patience)
	defer cancel()
	err = chromedp.Run(ctx, chromedp.ActionFunc(func(ctx context.Context) error {
		if tab.o.NoJS {
			if err := emulation.SetScriptExecutionDisabled(false).Do(ctx); err != nil {
				return err
			}
			defer func() { _ = emulation.SetScriptExecutionDisabled(true).Do(ctx) }()
		}
		// Evaluated by the debugger: the page's content policy has no say in it.
		if _, exc, err := runtime.Evaluate(axe + "\n;0").Do(ctx); err != nil || exc != nil {
			return errors.Join(err, thrown(exc))
		}
		value, exc, err := runtime.Evaluate(axeRun).WithAwaitPromise(true).WithReturnByValue(true).Do(ctx)
		if err != nil || exc != nil {
			return errors.Join(err, thrown(exc))
		}
		return json.Unmarshal(value.Value, &found)
	}))
	return found, err
}

func thrown(exc *runtime.ExceptionDetails) error {
	if exc == nil {
		return nil
	}
	return fmt.Errorf("exception: %s", exception(exc))
}
