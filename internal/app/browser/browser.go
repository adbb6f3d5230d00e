// Package browser drives Chromium in tests as a person would: it clicks what is
// shown, types into what can be typed into, and reads what is written.
//
// Promises: each [Tab] is a browser of its own (no cookie of another); nothing sleeps,
// every look waits for what it looks for, up to a limit; a test fails at its end when
// the page wrote an error to the console, broke its own content policy, or got a
// server error; Chromium ends with the test binary, however that ends. Where there is
// no Chromium the test is skipped and says so; with CI=true it fails.
// SIGUE_TEST_BROWSER=off leaves it out.
package browser

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"
)

// names are those under which Chromium is installed.
var names = []string{"chromium", "chromium-browser", "google-chrome"}

// flags keep Chromium quiet, offline but for the test, and able to run as root.
var flags = []string{
	"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
	"--disable-background-networking", "--disable-component-update", "--disable-sync",
	"--disable-default-apps", "--disable-extensions", "--disable-dev-shm-usage", "--mute-audio",
	"--disable-background-timer-throttling", "--disable-renderer-backgrounding",
	"--hide-scrollbars", "--force-color-profile=srgb", "--font-render-hinting=none",
	"--remote-debugging-port=0",
}

// script keeps Chromium, whose arguments follow its profile's folder $1. It ends when
// its input closes, which happens when the test binary ends.
const script = `
dir=$1; shift
"$@" --user-data-dir="$dir/profile" </dev/null 2>&3 3>&- &
exec 3>&-
cat
kill "$!"; wait "$!"
for try in 1 2 3 4 5 6 7 8 9; do # its helpers end a little later and write until then
	rm -rf "$dir" && break
	sleep 0.3
done
`

// Browser is a running Chromium, one for each test binary.
type Browser struct {
	ctx      context.Context
	lifeline io.WriteCloser // Chromium ends when this closes
	root     string         // the repository's
}

var errMissing = errors.New("browser: there is no Chromium in PATH (Debian: apt-get install chromium)")

// shared is started by the first test that needs it.
var shared = sync.OnceValues(func() (*Browser, error) {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return launch(path)
		}
	}
	return nil, errMissing
})

// Start gives the browser, started by the first who asks.
func Start(t testing.TB) *Browser {
	t.Helper()
	if os.Getenv("SIGUE_TEST_BROWSER") == "off" {
		t.Skip("NOT TESTED IN A BROWSER: SIGUE_TEST_BROWSER=off")
	}
	b, err := shared()
	switch {
	case err == nil:
	case errors.Is(err, errMissing) && os.Getenv("CI") != "true":
		t.Skipf("NOT TESTED IN A BROWSER: %v", err)
	default:
		t.Fatal(err)
	}
	return b
}

func launch(path string) (*Browser, error) {
	root, err := repository()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "sigue-chromium-")
	if err != nil {
		return nil, err
	}
	if err := preferences(dir); err != nil {
		return nil, err
	}
	said, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	keeper := exec.Command("/bin/sh", append([]string{"-c", script, "keeper", dir, path}, flags...)...)
	keeper.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	keeper.ExtraFiles = []*os.File{write} // 3: what Chromium says
	keeper.Env = append(os.Environ(), "LANG=C.UTF-8", "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir)
	b := &Browser{root: root}
	if b.lifeline, err = keeper.StdinPipe(); err != nil {
		return nil, err
	}
	if err := keeper.Start(); err != nil {
		return nil, err
	}
	_ = write.Close()
	address, err := devTools(said)
	if err != nil {
		_ = b.lifeline.Close()
		return nil, err
	}
	return b, b.connect(address)
}

// preferences makes a PDF a file to keep, because Chromium's viewer shows nothing that a
// test could read.
func preferences(dir string) error {
	profile := filepath.Join(dir, "profile", "Default")
	if err := os.MkdirAll(profile, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(profile, "Preferences"), []byte(`{"plugins":{"always_open_pdf_externally":true}}`), 0o600)
}

// devTools reads the address that Chromium announces, and goes on reading so that
// Chromium never waits for a reader.
func devTools(said *os.File) (string, error) {
	lines := bufio.NewScanner(said)
	var all []string
	for lines.Scan() {
		if address, ok := strings.CutPrefix(lines.Text(), "DevTools listening on "); ok {
			go func() { _, _ = io.Copy(io.Discard, said) }()
			return address, nil
		}
		all = append(all, lines.Text())
	}
	return "", fmt.Errorf("browser: Chromium did not start: %s", strings.Join(all, "\n"))
}

func (b *Browser) connect(address string) error {
	allocator, _ := chromedp.NewRemoteAllocator(context.Background(), address, chromedp.NoModifyURL)
	quiet := func(string, ...any) {} // it complains of events that are newer than it
	b.ctx, _ = chromedp.NewContext(allocator, chromedp.WithErrorf(quiet), chromedp.WithLogf(quiet))
	return chromedp.Run(b.ctx)
}

// repository is the folder of go.mod, above the folder of the test.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("browser: no go.mod above this folder")
		}
		dir = up
	}
}
