package app_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"sigue/internal/app"
	"sigue/internal/app/demo"
	"sigue/internal/base/clock"
	"sigue/internal/base/config"
	"sigue/internal/base/db"
	"sigue/internal/feature/referral"
	"sigue/internal/platform/access"
	"sigue/internal/platform/notify/mailcatcher"
)

// scratch is a folder of this test binary, removed when it ends.
var scratch string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	var err error
	if scratch, err = os.MkdirTemp("", "sigue-app-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(scratch)
	return m.Run()
}

// seeded is the folder of one demonstration, made at the first call and only copied
// from then on. Its size gives every state at least twice.
var seeded = sync.OnceValues(func() (string, error) {
	folder := filepath.Join(scratch, "seed")
	cfg, err := config.Load("", []string{"SIGUE_DATA=" + folder, "SIGUE_CHILD_OFFICE=proteccion@ninez.example"})
	if err != nil {
		return "", err
	}
	return folder, demo.Seed(context.Background(), cfg, slog.New(slog.DiscardHandler), time.Now(), 60)
})

// seedCopy is a demonstration of the test's own, as a folder.
func seedCopy(t testing.TB) string {
	t.Helper()
	from, err := seeded()
	if err != nil {
		t.Fatalf("seeding the demonstration: %v", err)
	}
	to := filepath.Join(t.TempDir(), "data")
	if err := copyFolder(from, to); err != nil {
		t.Fatal(err)
	}
	return to
}

// copyFolder copies with modes, which os.CopyFS does not: the key file must stay secret.
func copyFolder(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		if d.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o600)
	})
}

// site is a demonstration that is served and works in the background.
type site struct {
	URL  string // without a slash at the end
	App  *app.App
	Mail *mailcatcher.Catcher

	db     *db.DB
	origin string // what its own forms send
	spread bool   // each request comes from an address of its own
	asked  atomic.Uint32
	mu     sync.Mutex
	doors  map[string]*http.Client // signed in, by address
}

// openSite serves a fresh copy of the demonstration until the test ends.
func openSite(t testing.TB, change ...func(*config.Config)) *site {
	t.Helper()
	return openSiteOn(t, clock.System{}, change...)
}

// openSiteOn is openSite by a clock of the test's own.
func openSiteOn(t testing.TB, at clock.Clock, change ...func(*config.Config)) *site {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	mail, err := mailcatcher.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mail.Close() })
	cfg, err := config.Load("", []string{"SIGUE_ADDR=" + listener.Addr().String(), "SIGUE_DATA=" + seedCopy(t)})
	if err != nil {
		t.Fatal(err)
	}
	cfg = demo.Configure(cfg, mail)
	for _, f := range change {
		f(&cfg)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	a, err := demo.Open(t.Context(), cfg, log, mail, app.WithClock(at))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	s := &site{URL: "http://" + listener.Addr().String(), App: a, Mail: mail, db: a.DB, origin: cfg.BaseURL, spread: cfg.TrustProxy, doors: map[string]*http.Client{}}
	s.serve(t, listener)
	return s
}

// serve answers on the listener and runs jobs until the test ends.
func (s *site) serve(t testing.TB, listener net.Listener) {
	server := httptest.NewUnstartedServer(s.App.Router)
	_ = server.Listener.Close() // the one it made itself; its address is nobody's
	server.Listener = listener
	server.Start()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var work sync.WaitGroup
	work.Go(func() {
		if err := s.App.Runner.Run(ctx); err != nil {
			t.Errorf("background work: %v", err)
		}
	})
	t.Cleanup(func() {
		cancel()
		work.Wait()
		server.Close()
	})
}

// browse is a client with cookies that shows each answer instead of following it.
func browse() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // never, without options
	}
	return &http.Client{
		Jar: jar, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// signIn is a client signed in as the account that the sign-in page offers for a role;
// the same one at each call.
func (s *site) signIn(t testing.TB, role access.Role) *http.Client {
	t.Helper()
	return s.signInAs(t, string(role)+"@sigue.example")
}

// signInAs is a client signed in as any account of the demonstration.
func (s *site) signInAs(t testing.TB, email string) *http.Client {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if client, ok := s.doors[email]; ok {
		return client
	}
	client := browse()
	got := s.post(t, client, "/entrar", url.Values{"email": {email}, "password": {demo.Password}})
	if got.Status != http.StatusSeeOther {
		t.Fatalf("signing in as %s: got status %d, want 303\n%s", email, got.Status, got.Body)
	}
	s.doors[email] = client
	return client
}

// forget lets the next signIn of a role sign in anew.
func (s *site) forget(role access.Role) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.doors, string(role)+"@sigue.example")
}

// answer is what came back, read whole.
type answer struct {
	Status int
	Header http.Header
	Body   string
}

// get asks for a page. A nil client is nobody.
func (s *site) get(t testing.TB, client *http.Client, path string) answer {
	t.Helper()
	return s.send(t, client, s.request(t, http.MethodGet, path, "", nil))
}

// post sends a form as the site's own page would. A nil client is nobody.
func (s *site) post(t testing.TB, client *http.Client, path string, form url.Values) answer {
	t.Helper()
	return s.send(t, client, s.request(t, http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode())))
}

// request makes a request of the site's own page.
func (s *site) request(t testing.TB, method, path, kind string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if method == http.MethodPost {
		r.Header.Set("Origin", s.origin)
	}
	if s.spread {
		n := s.asked.Add(1)
		r.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255))
	}
	return r
}

func (s *site) send(t testing.TB, client *http.Client, r *http.Request) answer {
	t.Helper()
	got, err := fetch(client, r)
	if err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	return got
}

// fetch sends a request and reads the whole answer; for goroutines, which must not end
// a test. A nil client is nobody.
func fetch(client *http.Client, r *http.Request) (answer, error) {
	if client == nil {
		client = browse()
	}
	response, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{Status: response.StatusCode, Header: response.Header, Body: string(body)}, err
}

// actor is who an account of the demonstration acts as.
func (s *site) actor(t testing.TB, email string) access.Actor {
	t.Helper()
	var row struct {
		Account     string      `db:"id"`
		Post        string      `db:"post_id"`
		Role        access.Role `db:"role"`
		Institution string      `db:"institution_id"`
		Area        string      `db:"area_id"`
		Center      string      `db:"center_id"`
	}
	err := s.db.View(t.Context(), func(tx *db.Tx) error {
		return tx.Get(t.Context(), &row, `select a.id, a.post_id, p.role, p.institution_id, p.area_id, p.center_id
			from accounts a join posts p on p.id = a.post_id where a.email = $1`, email)
	})
	if err != nil {
		t.Fatalf("the account of %s: %v", email, err)
	}
	return access.Actor{
		Account: row.Account, Post: row.Post, Role: row.Role, Institution: row.Institution, Area: row.Area, Center: row.Center,
		Request: "test",
	}
}

// paperPDF is a PDF of one page that says a word.
func paperPDF(t testing.TB, word string) []byte {
	t.Helper()
	pdf := fpdf.New("P", "mm", "Letter", "")
	pdf.AddPage()
	pdf.SetFont("Helvetica", "", 14)
	pdf.CellFormat(0, 10, word, "", 1, "C", false, 0, "")
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// count is the one number that a query gives.
func (s *site) count(t testing.TB, query string, args ...any) int {
	t.Helper()
	return ask[int](t, s.db, query, args...)
}

// text is the one text that a query gives.
func (s *site) text(t testing.TB, query string, args ...any) string {
	t.Helper()
	return ask[string](t, s.db, query, args...)
}

// texts is a column that a query gives.
func (s *site) texts(t testing.TB, query string, args ...any) []string {
	t.Helper()
	var out []string
	err := s.db.View(t.Context(), func(tx *db.Tx) error { return tx.Select(t.Context(), &out, query, args...) })
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return out
}

func ask[T any](t testing.TB, d *db.DB, query string, args ...any) T {
	t.Helper()
	var out T
	err := d.View(t.Context(), func(tx *db.Tx) error { return tx.Get(t.Context(), &out, query, args...) })
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return out
}

// eventually waits for a condition, and fails the test when it does not come true.
func (s *site) eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	eventually(t, what, holds)
}

func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for !holds() {
		select {
		case <-deadline.C:
			t.Fatalf("waited 30 s for %s", what)
		case <-again.C:
		}
	}
}

// TestSeed checks that the demonstration that the tests share holds every state.
func TestSeed(t *testing.T) {
	s := openSite(t)
	for _, state := range referral.States {
		if n := s.count(t, `select count(*) from referrals where state = $1`, string(state)); n == 0 {
			t.Errorf("no referral is %s", state)
		}
	}
	for _, f := range access.Roles {
		if got := s.get(t, s.signIn(t, f.Role), "/hoy"); got.Status != http.StatusOK {
			t.Errorf("%s: got status %d, want 200", f.Role, got.Status)
		}
	}
}
