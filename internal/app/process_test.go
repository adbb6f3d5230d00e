package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sync/errgroup"

	"sigue/internal/app/demo"
	"sigue/internal/base/clock"
	"sigue/internal/base/config"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/platform/access"
	"sigue/internal/platform/notify/mailcatcher"
)

// binary is the program, built once.
var binary = sync.OnceValues(func() (string, error) {
	file := filepath.Join(scratch, "sigue")
	out, err := exec.Command("go", "build", "-o", file, "sigue/cmd/sigue").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, out)
	}
	return file, err
})

// settings are the environment of a process, without SIGUE_ before the names.
type settings map[string]string

// and adds settings to a copy.
func (s settings) and(more settings) settings {
	out := settings{}
	for _, from := range []settings{s, more} {
		for name, value := range from {
			out[name] = value
		}
	}
	return out
}

// command is the program about to run with these settings and nothing else.
func command(ctx context.Context, t testing.TB, env settings, args ...string) *exec.Cmd {
	t.Helper()
	file, err := binary()
	if err != nil {
		t.Fatalf("building the program: %v", err)
	}
	cmd := exec.CommandContext(ctx, file, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir, "TMPDIR=" + os.TempDir()}
	for name, value := range env {
		cmd.Env = append(cmd.Env, "SIGUE_"+name+"="+value)
	}
	return cmd
}

// runProgram runs a command of the program to its end, and gives its exit code and all
// that it said.
func runProgram(t testing.TB, env settings, args ...string) (code int, said string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := command(ctx, t, env, args...).CombinedOutput()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return exit.ExitCode(), string(out)
	case err != nil:
		t.Fatalf("sigue %s: %v", strings.Join(args, " "), err)
	}
	return 0, string(out)
}

// program is the real program at work, in a process of its own.
type program struct {
	*site
	cmd   *exec.Cmd
	said  *record
	ended chan struct{}
}

// record is what a process wrote.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write keeps what was written.
func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// freeAddr is an address of this machine where nothing listens.
func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, l.Close())
	return l.Addr().String()
}

// start runs the program until the test ends, and waits until it answers. It listens on
// a free address, which stands for {addr} in the arguments too.
func start(t testing.TB, env settings, args ...string) *program {
	t.Helper()
	addr := freeAddr(t)
	args = slices.Clone(args)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "{addr}", addr)
	}
	cmd := command(context.WithoutCancel(t.Context()), t, env.and(settings{"ADDR": addr}), args...)
	p := &program{site: &site{URL: "http://" + addr, origin: "http://" + addr, doors: map[string]*http.Client{}}, cmd: cmd, said: &record{}, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.said, p.said
	must(t, cmd.Start())
	go func() {
		_ = cmd.Wait() // the state says how it ended
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-p.ended
		if t.Failed() {
			t.Logf("%s said:\n%s", strings.Join(args, " "), p.said)
		}
	})
	eventually(t, "the program to answer", func() bool {
		if p.over() {
			t.Fatalf("the program ended with %d:\n%s", cmd.ProcessState.ExitCode(), p.said)
		}
		got, err := fetch(nil, p.request(t, http.MethodGet, "/healthz", "", nil))
		return err == nil && got.Status == http.StatusOK
	})
	return p
}

// over tells whether the process has ended.
func (p *program) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// end sends a signal and gives the exit code; -1 for a process that the signal killed.
func (p *program) end(t testing.TB, with syscall.Signal) int {
	t.Helper()
	must(t, p.cmd.Process.Signal(with))
	eventually(t, "the process to end", p.over)
	return p.cmd.ProcessState.ExitCode()
}

// watch opens the database of a process beside it.
func (p *program) watch(t testing.TB, dsn string) {
	t.Helper()
	p.db = dbtest.Connect(t, dsn, clock.System{})
}

// served are the settings of a server over a data folder whose mail goes to a port.
func served(data string, mailPort int) settings {
	return settings{
		"DATA": data, "CHILD_OFFICE": "proteccion@ninez.example", "JOB_LEASE": "1s", "SEAL_EVERY": "1s",
		"MAIL_HOST": "127.0.0.1", "MAIL_PORT": strconv.Itoa(mailPort), "MAIL_FROM": "avisos@sigue.example", "MAIL_TLS": "none",
	}
}

func sqliteIn(data string) string { return "sqlite:" + filepath.Join(data, "sigue.db") }

// startMail is a mail server that keeps what it is sent.
func startMail(t testing.TB) *mailcatcher.Catcher {
	t.Helper()
	mail, err := mailcatcher.Start()
	must(t, err)
	t.Cleanup(func() { _ = mail.Close() })
	return mail
}

// submission is a referral as its pages send it.
type submission struct {
	t      testing.TB
	client *http.Client
	next   func() *site // who answers the next request
	paper  []byte
}

// send makes one referral and gives its folio.
func (s submission) send(word, center string) (folio string, err error) {
	to, err := s.post("/canalizaciones", url.Values{"once": {db.NewID()}})
	if err != nil {
		return "", err
	}
	to, _, _ = strings.Cut(to, "?") // what is said there of the step before
	file := strings.TrimSuffix(to, "/captura/persona")
	for version, part := range []struct {
		name   string
		values url.Values
	}{
		{"persona", url.Values{"given_names": {"Juan"}, "surname1": {word}, "birth_date": {"14/03/1985"}, "sex": {"H"}, "municipality": {"15106"}, "phone": {"722 555 0199"}, "safe_message": {"yes"}}},
		{"base", url.Values{"legal_basis": {"judgment"}, "authority": {"Juzgado"}, "case_kind": {"judicial_file"}, "case_value": {word + "/2026"}, "resolved_on": {"01/06/2026"}, "mandate_sessions": {"35"}, "mandate_until": {"30/06/2028"}}},
		{"hechos", url.Values{"violence_types": {"physical"}, "modalities": {"family"}, "relation": {"spouse"}, "protection_order": {"no"}, "narrative": {"Relato."}}},
		{"centro", url.Values{"center_id": {center}}},
	} {
		part.values.Set("version", strconv.Itoa(version))
		if _, err := s.post(file+"/captura/"+part.name, part.values); err != nil {
			return "", err
		}
	}
	if err := s.attach(file); err != nil {
		return "", err
	}
	if to, err = s.post(file+"/enviar", nil); err != nil {
		return "", err
	}
	got, err := fetch(s.client, s.next().request(s.t, http.MethodGet, to, "", nil))
	return folioForm.FindString(got.Body), err
}

// post sends a form that is to be taken, and gives where it leads.
func (s submission) post(path string, form url.Values) (string, error) {
	r := s.next().request(s.t, http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	return s.taken(r)
}

func (s submission) attach(file string) error {
	kind, body, err := paperForm(s.paper)
	if err == nil {
		_, err = s.taken(s.next().request(s.t, http.MethodPost, file+"/captura/documentos", kind, body))
	}
	return err
}

func (s submission) taken(r *http.Request) (string, error) {
	got, err := fetch(s.client, r)
	if err == nil && got.Status != http.StatusSeeOther {
		err = fmt.Errorf("%s: got status %d, want 303", r.URL.Path, got.Status)
	}
	return got.Header.Get("Location"), err
}

// submit makes one referral through the pages of a site.
func (s *site) submit(t testing.TB, email, word string) (folio string) {
	t.Helper()
	center := s.text(t, `select min(id) from centers`)
	folio, err := submission{t: t, client: s.signInAs(t, email), next: func() *site { return s }, paper: paperPDF(t, "x")}.send(word, center)
	if err != nil || folio == "" {
		t.Fatalf("sending %s: folio %q, %v", word, folio, err)
	}
	return folio
}

// TestDemoProcess opens a demonstration as a person would, and ends it.
func TestDemoProcess(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "demo", "--data", seedCopy(t), "--addr", "{addr}")
	door := p.get(t, nil, "/entrar").Body
	for _, f := range access.Roles {
		if !strings.Contains(door, f.Label.Key) {
			t.Errorf("the sign-in page does not offer %q", f.Label.Key)
		}
	}
	if got := p.get(t, p.signIn(t, access.Referrer), "/hoy"); got.Status != http.StatusOK {
		t.Errorf("the first page: got status %d, want 200", got.Status)
	}
	if code := p.end(t, syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM ends it with %d, want 0", code)
	}
	if said := p.said.String(); !strings.Contains(said, "SIGUE is open at "+p.URL) || strings.Contains(said, "level=ERROR") {
		t.Errorf("it said:\n%s\nwant where it is open, and no error", said)
	}
}

// TestSlowAnswerBeforeEnd ends the program while a form is still on its way: the form is
// taken and answered first.
func TestSlowAnswerBeforeEnd(t *testing.T) {
	t.Parallel()
	data := seedCopy(t)
	p := start(t, served(data, startMail(t).Port()), "serve")
	client := p.signIn(t, access.Referrer)
	client.Transport = &http.Transport{ExpectContinueTimeout: time.Minute}
	body, typing := io.Pipe()
	type result struct {
		answer
		error
	}
	done := make(chan result, 1)
	r := p.request(t, http.MethodPost, "/canalizaciones", "application/x-www-form-urlencoded", body)
	r.Header.Set("Expect", "100-continue") // so that the body goes when the program reads it
	go func() {
		got, err := fetch(client, r)
		done <- result{got, err}
	}()
	_, err := io.WriteString(typing, "once=") // the request is in hand from here on
	must(t, err)
	must(t, p.cmd.Process.Signal(syscall.SIGTERM))
	eventually(t, "the program to take no new connection", func() bool {
		c, err := net.Dial("tcp", strings.TrimPrefix(p.URL, "http://"))
		if err == nil {
			_ = c.Close()
		}
		return err != nil
	})
	must(t, typing.Close())
	if got := <-done; got.error != nil || got.Status != http.StatusSeeOther {
		t.Errorf("the form in hand: got status %d, %v, want 303", got.Status, got.error)
	}
	eventually(t, "the process to end", p.over)
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("it ended with %d, want 0", code)
	}
}

// deaf is a mail server that takes connections and then says nothing.
type deaf struct {
	port    int
	callers atomic.Int32
}

func startDeaf(t testing.TB) *deaf {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	d := &deaf{port: l.Addr().(*net.TCPAddr).Port}
	var held sync.Map
	t.Cleanup(func() {
		_ = l.Close()
		held.Range(func(c, _ any) bool { _ = c.(net.Conn).Close(); return true })
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			held.Store(c, nil)
			d.callers.Add(1)
		}
	}()
	return d
}

// TestKillBeforeMail kills the program between a commit and its mails, while the mail
// server holds the connection. Started again, each notice goes out once.
func TestKillBeforeMail(t *testing.T) {
	t.Parallel()
	data, silence := seedCopy(t), startDeaf(t)
	p := start(t, served(data, silence.port), "serve")
	p.watch(t, sqliteIn(data))
	folio := p.submit(t, homeClerk, "Interrumpido")
	eventually(t, "a delivery to begin", func() bool { return silence.callers.Load() > 0 })
	if code := p.end(t, syscall.SIGKILL); code != -1 {
		t.Fatalf("it ended with %d, want it killed", code)
	}
	notices := p.texts(t, `select id from notices where folio = $1`, folio)
	if waiting := p.count(t, `select count(*) from notices where folio = $1 and sent_at is null`, folio); waiting != len(notices) || waiting < 2 {
		t.Fatalf("after the kill %d of %d notices wait, want all, and two at least", waiting, len(notices))
	}

	mail := startMail(t)
	again := start(t, served(data, mail.Port()), "serve")
	again.db = p.db
	eventually(t, "every notice to go out", func() bool {
		return again.count(t, `select count(*) from jobs where kind = 'notify.deliver' and state in ('ready', 'running')`) == 0
	})
	once(t, mail.Messages(), folio, notices)
	if code := again.end(t, syscall.SIGTERM); code != 0 {
		t.Errorf("it ended with %d, want 0", code)
	}
	if code, said := runProgram(t, settings{"DATA": data}, "ledger", "verify"); code != 0 {
		t.Errorf("after the kill the ledger is not intact: %d\n%s", code, said)
	}
}

// once checks that the notices of a folio came in, each one time. The Message-ID of a
// notice begins with its id.
func once(t testing.TB, messages []mailcatcher.Message, folio string, notices []string) {
	t.Helper()
	var came []string
	for _, m := range messages {
		if strings.Contains(m.Subject, folio) {
			id, _, _ := strings.Cut(strings.Trim(m.MessageID, "<>"), "@")
			came = append(came, id)
		}
	}
	slices.Sort(came)
	slices.Sort(notices)
	if !slices.Equal(came, notices) {
		t.Errorf("of %s came the mails %q, want each once: %q", folio, came, notices)
	}
}

// TestTwoProcesses runs two servers on one database: both take the requests of one
// session, no folio is given twice, nothing is mailed twice, and the ledger is one.
func TestTwoProcesses(t *testing.T) {
	const referrals, hands = 40, 4
	t.Parallel()
	dsn, data, mail := dbtest.URL(t, db.Postgres, nil), filepath.Join(t.TempDir(), "data"), startMail(t)
	cfg, err := config.Load("", []string{"SIGUE_DATA=" + data, "SIGUE_DATABASE=" + dsn, "SIGUE_CHILD_OFFICE=proteccion@ninez.example"})
	must(t, err)
	must(t, demo.Seed(t.Context(), cfg, slog.New(slog.DiscardHandler), time.Now(), 0))
	env := served(data, mail.Port()).and(settings{"DATABASE": dsn})
	one, two := start(t, env, "serve"), start(t, env, "serve")
	one.watch(t, dsn)

	center := one.text(t, `select min(id) from centers`)
	var turn atomic.Uint32
	s := submission{t: t, client: one.signInAs(t, homeClerk), paper: paperPDF(t, "x"), next: func() *site {
		return []*site{one.site, two.site}[turn.Add(1)%2]
	}}
	folios := make([]string, referrals)
	var group errgroup.Group
	group.SetLimit(hands)
	for i := range folios {
		group.Go(func() (err error) {
			folios[i], err = s.send("Doble"+strings.Repeat("a", i+1), center)
			return err
		})
	}
	must(t, group.Wait())
	gapless(t, folios)

	eventually(t, "every notice to go out and the ledger to be sealed", func() bool {
		return one.count(t, `select count(*) from jobs where kind = 'notify.deliver' and state in ('ready', 'running')`) == 0 &&
			one.count(t, `select count(*) from ledger_entries where not sealed`) == 0
	})
	for _, folio := range folios {
		once(t, mail.Messages(), folio, one.texts(t, `select id from notices where folio = $1`, folio))
	}
	for _, p := range []*program{one, two} {
		if code := p.end(t, syscall.SIGTERM); code != 0 {
			t.Errorf("it ended with %d, want 0", code)
		}
	}
	if code, said := runProgram(t, env, "ledger", "verify"); code != 0 || !strings.Contains(said, "intact") {
		t.Errorf("the ledger: %d\n%s", code, said)
	}
}

// gapless checks that folios number on from each other.
func gapless(t testing.TB, folios []string) {
	t.Helper()
	numbers := make([]int, len(folios))
	for i, f := range folios {
		parts := strings.Split(f, "-")
		if len(parts) != 4 {
			t.Fatalf("%q is no folio", f)
		}
		n, err := strconv.Atoi(parts[2])
		must(t, err)
		numbers[i] = n
	}
	slices.Sort(numbers)
	for i, n := range numbers {
		if n != numbers[0]+i {
			t.Fatalf("the folios have the numbers %v, want them without gap or twin", numbers)
		}
	}
}

// TestServeFromNothing installs on an empty PostgreSQL as the operations page says.
func TestServeFromNothing(t *testing.T) {
	t.Parallel()
	dsn, data := dbtest.URL(t, db.Postgres, nil), filepath.Join(t.TempDir(), "data")
	env := served(data, startMail(t).Port())
	p := start(t, env, "serve", "--database", dsn)
	code, said := runProgram(t, env.and(settings{"BASE_URL": p.URL, "DATABASE": dsn}), "user", "create", "--email", "seguridad@sigue.example", "--name", "Pedro Modelo")
	_, link, found := strings.Cut(said, p.URL)
	if code != 0 || !found {
		t.Fatalf("user create: %d\n%s\nwant 0 and a link", code, said)
	}
	link, _, _ = strings.Cut(link, "\n")
	if got := p.get(t, nil, link); got.Status != http.StatusOK {
		t.Fatalf("the link: got status %d, want 200", got.Status)
	}
	const password = "una-frase-que-nadie-adivina"
	if got := p.post(t, nil, link, url.Values{"password": {password}, "repeat": {password}}); got.Status != http.StatusSeeOther {
		t.Fatalf("setting the password: got status %d, want 303", got.Status)
	}
	client := browse()
	p.post(t, client, "/entrar", url.Values{"email": {"seguridad@sigue.example"}, "password": {password}})
	if got := p.get(t, client, "/cuentas"); got.Status != http.StatusOK {
		t.Errorf("the accounts after signing in: got status %d, want 200", got.Status)
	}
}

// TestServeRefuses starts the server with what it cannot work with: it ends, and names it.
func TestServeRefuses(t *testing.T) {
	t.Parallel()
	taken := startDeaf(t)
	for _, c := range []struct {
		name string
		env  settings
		args []string
		want string
	}{
		{"no child office", settings{"CHILD_OFFICE": ""}, nil, "child_office is not set"},
		{"an address that is taken", settings{"ADDR": fmt.Sprintf("127.0.0.1:%d", taken.port)}, nil, "address already in use"},
		{"a database that is none", settings{"DATABASE": "mysql://x"}, nil, "unknown engine"},
		{"a wrong setting", settings{"MAIL_TLS": "perhaps"}, nil, "mail_tls"},
		{"a file that is not there", nil, []string{"--config", "/no/existe.toml"}, "/no/existe.toml"},
		{"a key file that was lost", settings{"DATA": withoutKeys(t)}, nil, "put back the copy"},
		{"an option that is none", nil, []string{"--colour"}, "-colour"},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := served(filepath.Join(t.TempDir(), "data"), 1).and(settings{"ADDR": "127.0.0.1:0"}).and(c.env)
			code, said := runProgram(t, env, append([]string{"serve"}, c.args...)...)
			if code == 0 || !strings.Contains(said, c.want) {
				t.Errorf("got code %d and\n%s\nwant another than 0, naming %q", code, said, c.want)
			}
		})
	}
}

// withoutKeys is an installation that has lost its key file.
func withoutKeys(t *testing.T) (data string) {
	t.Helper()
	data = seedCopy(t)
	must(t, os.Remove(filepath.Join(data, "keys.json")))
	return data
}

// TestStartAtOnce starts several processes on one new installation.
func TestStartAtOnce(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			env := settings{"DATA": filepath.Join(t.TempDir(), "data"), "DATABASE": dbtest.URL(t, engine, nil)}
			var group errgroup.Group
			for range 5 {
				cmd := command(t.Context(), t, env, "migrate")
				group.Go(func() error {
					if said, err := cmd.CombinedOutput(); err != nil {
						return fmt.Errorf("%w\n%s", err, said)
					}
					return nil
				})
			}
			must(t, group.Wait())
			if code, said := runProgram(t, env, "ledger", "verify"); code != 0 {
				t.Errorf("the ledger after it: %d\n%s", code, said)
			}
		})
	}
}

// tampering is a change of the database behind the program's back.
type tampering struct {
	name string
	do   func(t *testing.T, raw *sql.DB, keep int64)
	want string // in what verify says
}

func statement(query string) func(*testing.T, *sql.DB, int64) {
	return func(t *testing.T, raw *sql.DB, _ int64) {
		t.Helper()
		result, err := raw.Exec(query)
		must(t, err)
		if n, err := result.RowsAffected(); err != nil || n != 1 {
			t.Fatalf("%s: %d rows, %v, want 1", query, n, err)
		}
	}
}

// victim is an entry in the middle of the ledger.
const victim = `(select entry_id from ledger_leaves order by leaf limit 1 offset 40)`

var tamperings = []tampering{
	{"a changed row", statement(`update ledger_entries set actor = 'account:otra' where id = ` + victim), "changed VICTIM"},
	{"a changed instant", statement(`update ledger_entries set at = '2026-01-01T00:00:00.000000Z' where id = ` + victim), "changed VICTIM"},
	{"a removed row", statement(`delete from ledger_entries where id = ` + victim), "removed VICTIM"},
	{"an inserted row", statement(`insert into ledger_entries select 'intruso', at, actor, post, role, action, subject_type, subject_id,
		institution_id, center_id, request_id, changes, reason, 0, mac from ledger_entries where id = ` + victim), "inserted intruso"},
	{"an inserted row that claims to be sealed", statement(`insert into ledger_entries select 'intruso', at, actor, post, role, action, subject_type, subject_id,
		institution_id, center_id, request_id, changes, reason, 1, mac from ledger_entries where id = ` + victim), "inserted intruso"},
	{"a changed leaf", statement(`update ledger_leaves set hash = x'00' where entry_id = ` + victim), "changed VICTIM"},
	{"a changed tree", statement(`update ledger_hashes set hash = zeroblob(32) where idx = 3`), "tree hash 3"},
	{"a removed checkpoint", statement(`delete from ledger_checkpoints where size = (select max(size) from ledger_checkpoints)`), "checkpoint size"},
}

// TestLedgerOfFile ends the program, changes its database file with another connection,
// and asks the program what it finds.
func TestLedgerOfFile(t *testing.T) {
	t.Parallel()
	data := seedCopy(t)
	p := start(t, served(data, startMail(t).Port()), "serve")
	p.watch(t, sqliteIn(data))
	kept := p.checkpoint(t, data)
	p.submit(t, homeClerk, "Posterior")
	newer := p.checkpoint(t, data)
	must(t, p.db.Close())
	if code := p.end(t, syscall.SIGTERM); code != 0 {
		t.Fatalf("SIGTERM ends it with %d, want 0", code)
	}
	for _, c := range tamperings {
		t.Run(c.name, func(t *testing.T) {
			code, said, victim := tampered(t, data, 0, c.do)
			if want := strings.ReplaceAll(c.want, "VICTIM", victim); code == 0 || !strings.Contains(said, want) {
				t.Errorf("got code %d and\n%s\nwant another than 0, naming %q", code, said, want)
			}
		})
	}
	t.Run("nothing", func(t *testing.T) {
		for _, file := range []string{kept, newer} {
			if code, said := runProgram(t, settings{"DATA": data}, "ledger", "verify", "--checkpoint", file); code != 0 || !strings.Contains(said, "the ledger is intact") {
				t.Errorf("got code %d and\n%s\nwant 0", code, said)
			}
		}
	})
	t.Run("a tail cut off without a trace", func(t *testing.T) {
		size := sizeOf(t, kept)
		if code, said, _ := tampered(t, data, size, cutTail); code != 0 {
			t.Errorf("without a checkpoint from outside: got code %d and\n%s\nwant 0: nothing in the database tells", code, said)
		}
		if code, said, _ := tampered(t, data, size, cutTail, "--checkpoint", newer); code == 0 || !strings.Contains(said, "counts more entries") {
			t.Errorf("with the newer checkpoint: got code %d and\n%s\nwant another than 0", code, said)
		}
	})
	t.Run("a checkpoint of somebody else", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "other")
		must(t, os.WriteFile(file, []byte("sigue-ledger\n5\nAAAA\n\n— sigue-ledger AAAA\n"), 0o600))
		if code, said, _ := tampered(t, data, 0, nil, "--checkpoint", file); code == 0 || !strings.Contains(said, "signature is not ours") {
			t.Errorf("got code %d and\n%s\nwant another than 0", code, said)
		}
	})
}

// checkpoint writes the newest checkpoint to a file outside, as operations do each day.
func (p *program) checkpoint(t *testing.T, data string) (file string) {
	t.Helper()
	code, said := runProgram(t, settings{"DATA": data}, "ledger", "checkpoint")
	if code != 0 {
		t.Fatalf("ledger checkpoint: %d\n%s", code, said)
	}
	file = filepath.Join(t.TempDir(), "checkpoint")
	must(t, os.WriteFile(file, []byte(said), 0o600))
	return file
}

// sizeOf is how many entries a checkpoint counts: its second line.
func sizeOf(t *testing.T, file string) int64 {
	t.Helper()
	text, err := os.ReadFile(file)
	must(t, err)
	n, err := strconv.ParseInt(strings.Split(string(text), "\n")[1], 10, 64)
	must(t, err)
	return n
}

// tampered changes a copy of a data folder and lets the program verify it.
func tampered(t *testing.T, data string, keep int64, do func(*testing.T, *sql.DB, int64), args ...string) (code int, said, name string) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "data")
	must(t, copyFolder(data, folder))
	raw, err := sql.Open("sqlite", filepath.Join(folder, "sigue.db"))
	must(t, err)
	must(t, raw.QueryRow(`select `+victim).Scan(&name))
	if do != nil {
		do(t, raw, keep)
	}
	must(t, raw.Close())
	code, said = runProgram(t, settings{"DATA": folder}, append([]string{"ledger", "verify"}, args...)...)
	return code, said, name
}

// cutTail removes everything after the first entries of the tree, with their leaves,
// hashes and checkpoints, as an administrator of the database could.
func cutTail(t *testing.T, raw *sql.DB, keep int64) {
	t.Helper()
	for _, s := range []struct {
		query string
		arg   int64
	}{
		{`delete from ledger_entries where id not in (select entry_id from ledger_leaves where leaf < ?)`, keep},
		{`delete from ledger_leaves where leaf >= ?`, keep},
		{`delete from ledger_hashes where idx >= ?`, tlog.StoredHashCount(keep)},
		{`delete from ledger_checkpoints where size > ?`, keep},
	} {
		result, err := raw.Exec(s.query, s.arg)
		must(t, err)
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			t.Fatalf("%s: %d rows, %v, want some", s.query, n, err)
		}
	}
}
