package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/web"
)

// desk is a site with a draft form, in a real browser.
type desk struct {
	t      *testing.T
	ctx    context.Context
	server *httptest.Server

	mu       sync.Mutex
	saved    []string // name of each autosave that came through
	sent     []string // version and name of each submit
	stayed   int
	asked    []string
	idle     time.Duration // of the session, from now
	absolute time.Duration
	trouble  error         // answer to autosaves
	hold     chan struct{} // posts wait for it, when there is one
	arrived  chan struct{} // they tell that they do
	filled   chan struct{} // GET /curp was asked
}

// chromium is the one browser of these tests; each desk has a tab of its own in it, and an
// origin: what one keeps in the browser no other sees.
var chromium struct {
	once sync.Once
	ctx  context.Context
	end  func()
}

func TestMain(m *testing.M) {
	code := m.Run()
	if chromium.end != nil {
		chromium.end()
	}
	os.Exit(code)
}

func startChromium(path string) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {})) // events that it does not know
	chromium.ctx, chromium.end = ctx, func() { end(); stop() }
}

// newDesk opens a tab, or skips, and says so.
func newDesk(t *testing.T) *desk {
	t.Helper()
	path, err := exec.LookPath("chromium")
	switch {
	case os.Getenv("SIGUE_TEST_BROWSER") == "off":
		t.Skip("NOT TESTED IN A BROWSER: SIGUE_TEST_BROWSER=off")
	case err != nil && os.Getenv("CI") == "true":
		t.Fatal(err)
	case err != nil:
		t.Skipf("NOT TESTED IN A BROWSER: %v", err)
	}
	chromium.once.Do(func() {
		startChromium(path)
		if err := chromedp.Run(chromium.ctx); err != nil {
			t.Fatal(err)
		}
	})
	d := &desk{t: t, idle: time.Hour, absolute: 8 * time.Hour, arrived: make(chan struct{}, 9), filled: make(chan struct{}, 9)}
	d.server = httptest.NewServer(d.site())
	t.Cleanup(d.server.Close)
	ctx, end := chromedp.NewContext(chromium.ctx)
	t.Cleanup(end)
	limited, cancel := context.WithTimeout(ctx, 40*time.Second)
	t.Cleanup(cancel)
	d.ctx = limited
	return d
}

func (d *desk) site() *site {
	s := newSite(d.t, func(o *web.Options) {
		o.Authenticate = func(ctx context.Context, token, id string, now time.Time) (web.Session, error) {
			session, err := authenticate(ctx, clerkToken, id, now)
			d.mu.Lock()
			defer d.mu.Unlock()
			session.IdleEnds, session.Ends = now.Add(d.idle), now.Add(d.absolute)
			return session, err
		}
	})
	s.Handle("GET /entrar", access.DocumentVerify, func(r *web.Request) (web.Response, error) {
		return web.SetSession(web.Redirect("/borrador"), clerkToken, r.Now.Add(time.Hour)), nil
	})
	s.Handle("GET /borrador", access.ReferralWrite, func(*web.Request) (web.Response, error) {
		return web.Page(i18n.M("Borrador"), draftPage(web.NewForm(nil))), nil
	})
	s.Handle("POST /borrador", access.ReferralWrite, d.receive)
	s.Handle("GET /enviado", access.ReferralWrite, hello)
	s.Handle("GET /curp", access.ReferralWrite, func(r *web.Request) (web.Response, error) {
		d.note(&d.asked, r.Query().Get("curp"))
		d.filled <- struct{}{}
		return web.Fill(r, i18n.M("Llenamos la fecha y el sexo."), map[string]string{"birth_date": "14/03/1985", "sex": "M", "name": "Otro"}), nil
	})
	s.Handle("GET /avance", access.ReferralWrite, func(*web.Request) (web.Response, error) {
		return web.Page(i18n.M("Avance"), progressPage(d.note(&d.asked, "avance"))), nil
	})
	s.Handle("POST /sesion/seguir", access.SelfManage, func(r *web.Request) (web.Response, error) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.stayed++
		d.idle = time.Hour
		r.Session.IdleEnds = r.Now.Add(d.idle)
		return web.SessionEnds(r, r.Session), nil
	})
	return s
}

func draftPage(f *web.Form) templ.Component {
	fields := templ.Join(
		web.Text(f, web.FieldProps{Name: "curp", Label: i18n.M("CURP"), MaxLength: 18, Fill: "/curp"}),
		web.Text(f, web.FieldProps{Name: "name", Label: i18n.M("Nombre")}),
		web.DateField(f, web.FieldProps{Name: "birth_date", Label: i18n.M("Fecha de nacimiento")}),
		web.Radios(f, web.FieldProps{Name: "sex", Label: i18n.M("Sexo")}, []web.Option{{Value: "H", Text: "H"}, {Value: "M", Text: "M"}}),
		web.Submit(i18n.M("Enviar"), i18n.Msg{}),
	)
	return templ.Join(web.Text(f, web.FieldProps{Name: "q", Label: i18n.M("Buscar"), Type: "search"}),
		templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
			return web.PostForm(web.FormProps{Action: "/borrador", Autosave: true, Version: 1}).Render(templ.WithChildren(ctx, fields), w)
		}))
}

// progressPage shows something that is made when it is looked at for the third time.
func progressPage(step int) templ.Component {
	words := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := fmt.Fprintf(w, "<p id=\"step\">%d de 3</p>", step)
		return err
	})
	return templ.Join(web.Text(web.NewForm(nil), web.FieldProps{Name: "name", Label: i18n.M("Nombre")}),
		templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
			return web.Renewed("making", "/avance", step < 3).Render(templ.WithChildren(ctx, words), w)
		}))
}

func (d *desk) receive(r *web.Request) (web.Response, error) {
	form, err := r.Form()
	if err != nil {
		return nil, err
	}
	if !r.Autosave() {
		d.note(&d.sent, form.Get("version")+" "+form.Get("name"))
	}
	d.mu.Lock()
	hold, trouble := d.hold, d.trouble
	d.mu.Unlock()
	if hold != nil {
		d.arrived <- struct{}{}
		select {
		case <-hold:
		case <-d.ctx.Done():
		}
	}
	if !r.Autosave() {
		return web.Redirect("/enviado"), nil
	}
	if trouble != nil {
		return nil, trouble
	}
	n := d.note(&d.saved, form.Get("name"))
	return web.Saved(1+n, r.Now), nil
}

// note adds to a list and gives its length.
func (d *desk) note(list *[]string, entry string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	*list = append(*list, entry)
	return len(*list)
}

func (d *desk) set(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
}

func (d *desk) list(of *[]string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(*of, ", ")
}

// do runs actions in the page.
func (d *desk) do(actions ...chromedp.Action) {
	d.t.Helper()
	if err := chromedp.Run(d.ctx, actions...); err != nil {
		d.t.Fatal(err)
	}
}

// open signs in and shows the draft.
func (d *desk) open() {
	d.t.Helper()
	d.do(chromedp.Navigate(d.server.URL+"/entrar"), chromedp.WaitReady("form"))
}

// until waits for a condition in the page, also when another page comes meanwhile.
func (d *desk) until(what, condition string) {
	d.t.Helper()
	for {
		err := chromedp.Run(d.ctx, chromedp.Poll(condition, nil, chromedp.WithPollingTimeout(15*time.Second)))
		if err == nil {
			return
		}
		if errors.Is(err, chromedp.ErrPollingTimeout) || d.ctx.Err() != nil {
			var html string
			_ = chromedp.Run(d.ctx, chromedp.InnerHTML("main", &html))
			d.t.Fatalf("%s: %v\n%s", what, err, html)
		}
	}
}

// wait waits for a signal of the server.
func (d *desk) wait(signal chan struct{}) {
	d.t.Helper()
	select {
	case <-signal:
	case <-d.ctx.Done():
		d.t.Fatal(d.ctx.Err())
	}
}

func script(js string) chromedp.Action { return chromedp.Evaluate(js, nil) }

const autosaveStatus = `document.querySelector("[data-autosave-status]").textContent`

func TestAutosave(t *testing.T) {
	d := newDesk(t)
	d.open()
	d.do(chromedp.SendKeys("#c-name", "Juan"))
	d.until("saved after a pause", autosaveStatus+` === "Guardado a las 12:00"`)
	d.until("the version is new", `document.querySelector("[name=version]").value === "2"`)

	d.set(func() { d.trouble = fault.New(fault.Unavailable, i18n.M("No responde.")) })
	d.do(chromedp.SendKeys("#c-name", " Ñ"))
	d.until("trouble is told", autosaveStatus+` === "No responde."`)
	d.set(func() { d.trouble = nil })
	d.do(script(`dispatchEvent(new Event("online"))`))
	d.until("saved when it is back", autosaveStatus+` === "Guardado a las 12:00"`)

	d.set(func() { d.trouble = fault.New(fault.Conflict, i18n.M("Ya se envió desde otra pestaña.")) })
	d.do(chromedp.SendKeys("#c-name", "!"))
	d.until("a conflict is told", autosaveStatus+` === "Ya se envió desde otra pestaña."`)
	if got, want := d.list(&d.saved), "Juan, Juan Ñ"; got != want {
		t.Errorf("got saved %q, want %q", got, want)
	}
}

func TestSubmitWaitsForTheAutosave(t *testing.T) {
	d := newDesk(t)
	d.open()
	release := make(chan struct{})
	d.set(func() { d.hold = release })
	d.do(chromedp.SendKeys("#c-name", "Juan"))
	d.wait(d.arrived) // the autosave is under way
	d.do(chromedp.Click("button[type=submit].button:not(.small)"))
	close(release)
	d.until("sent", `location.pathname === "/enviado"`)
	if got, want := d.list(&d.sent), "2 Juan"; got != want {
		t.Errorf("got sent %q, want %q: with the version of the autosave", got, want)
	}
}

func TestWhatIsMadeRenewsItself(t *testing.T) {
	d := newDesk(t)
	d.open()
	d.do(chromedp.Navigate(d.server.URL+"/avance"), chromedp.SendKeys("#c-name", "Juan"))
	d.until("it is made", `document.querySelector("#step").textContent === "3 de 3"`)
	d.until("what is typed stays", `document.querySelector("#c-name").value === "Juan"`)
	d.until("nothing is renewed any more", `document.querySelector("#making").getAttribute("aria-busy") === null && !document.querySelector("#making a")`)
}

func TestLeavingThePageSaves(t *testing.T) {
	d := newDesk(t)
	d.open()
	d.do(
		chromedp.SendKeys("#c-name", "Juan"),
		chromedp.Navigate(d.server.URL+"/enviado"),
		chromedp.Navigate(d.server.URL+"/borrador"),
	)
	if got, want := d.list(&d.saved), "Juan"; got != want {
		t.Errorf("got saved %q, want %q", got, want)
	}
}

func TestSentOnce(t *testing.T) {
	d := newDesk(t)
	d.open()
	release := make(chan struct{})
	d.set(func() { d.hold = release })
	d.do(script(`const form = document.querySelector("main form");
		form.requestSubmit();
		setTimeout(() => { form.requestSubmit(); fetch("/curp?curp=again") }, 100)`))
	d.wait(d.arrived)
	d.wait(d.filled) // by then the second was tried
	close(release)
	d.until("sent", `location.pathname === "/enviado"`)
	if got, want := d.list(&d.sent), "1 "; got != want {
		t.Errorf("got sent %q, want %q", got, want)
	}
	d.do(chromedp.NavigateBack(), chromedp.WaitReady("main form"))
	d.until("Back gives the button back", `!document.querySelector("main button[type=submit]").disabled`)
}

func TestFillFromCURP(t *testing.T) {
	d := newDesk(t)
	d.open()
	d.do(chromedp.SendKeys("#c-name", "Juan"), chromedp.SendKeys("#c-curp", "FIDJ850314HMCCMN06"))
	d.until("the date is filled", `document.getElementById("c-birth_date").value === "14/03/1985"`)
	d.until("the answer is chosen", `document.querySelector("[name=sex]:checked")?.value === "M"`)
	d.until("it is announced", `document.querySelector("[role=status].filled").textContent === "Llenamos la fecha y el sexo."`)
	d.until("what was typed stays", `document.getElementById("c-name").value === "Juan"`)
	if got, want := d.list(&d.asked), "FIDJ850314HMCCMN06"; got != want {
		t.Errorf("got asked %q, want %q", got, want)
	}
}

func TestSessionDialog(t *testing.T) {
	for _, test := range []struct {
		name           string
		idle, absolute time.Duration
		text           string
		leave          chromedp.Action
		stayed         int
	}{
		{"stay", 4 * time.Minute, time.Hour, "en 4 minutos", chromedp.Click("[data-stay]"), 1},
		{"Escape stays", 50 * time.Second, time.Hour, "en un minuto", chromedp.KeyEvent(kb.Escape), 1},
		{"the end of the day", 3 * time.Minute, 3 * time.Minute, "Por seguridad", chromedp.Click("[data-close]"), 0},
		{"over", -time.Minute, time.Hour, "Su sesión terminó", chromedp.Click("[data-close]"), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			d.idle, d.absolute = test.idle, test.absolute
			d.open()
			d.until("the dialog is open", `document.getElementById("session").open`)
			d.until("it says how long", fmt.Sprintf(`document.getElementById("session-text").textContent.includes(%q)`, test.text))
			d.until("it holds the focus", `document.getElementById("session").contains(document.activeElement)`)
			d.do(test.leave)
			d.until("it closes", `!document.getElementById("session").open`)
			if d.stayed != test.stayed {
				t.Errorf("got %d renewals, want %d", d.stayed, test.stayed)
			}
		})
	}
}

func TestSessionDialogStaysShut(t *testing.T) {
	d := newDesk(t)
	d.open()
	d.until("no dialog with an hour left", `!document.getElementById("session").open`)
}

func TestSlashGoesToSearch(t *testing.T) {
	d := newDesk(t)
	d.open()
	d.do(chromedp.KeyEvent("/"))
	d.until("search has the focus", `document.activeElement.id === "c-q"`)
	d.do(chromedp.SendKeys("#c-name", "a/b"))
	d.until("a slash can be typed", `document.getElementById("c-name").value === "a/b"`)
	d.do(chromedp.Click("[data-keys]"), chromedp.Focus("main"), chromedp.KeyEvent("/"))
	d.until("it can be switched off", `document.activeElement.id !== "c-q"`)
}

func TestEightDigitsBecomeADate(t *testing.T) {
	d := newDesk(t)
	d.open()
	d.do(chromedp.SendKeys("#c-birth_date", "14031985"+kb.Tab))
	d.until("the date is written out", `document.getElementById("c-birth_date").value === "14/03/1985"`)
}
