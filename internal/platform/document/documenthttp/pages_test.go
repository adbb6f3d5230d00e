package documenthttp_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sigue/internal/base/clock"
	"sigue/internal/base/db"
	"sigue/internal/base/db/dbtest"
	"sigue/internal/base/fault"
	"sigue/internal/base/i18n"
	"sigue/internal/platform/access"
	"sigue/internal/platform/document"
	"sigue/internal/platform/document/documenthttp"
	"sigue/internal/platform/folio"
	"sigue/internal/platform/ledger"
	"sigue/internal/platform/schema"
	"sigue/internal/platform/vault"
	"sigue/internal/platform/web"
)

// The people who can sign in, by their token.
var people = map[string]access.Actor{
	"clerk":     {Account: "a1", Role: access.Referrer, Institution: "i1", Area: "r1"},
	"stranger":  {Account: "a4", Role: access.Referrer, Institution: "i2", Area: "r3"},
	"reception": {Account: "a5", Role: access.Reception, Center: "c1"},
	"auditor":   {Account: "a7", Role: access.Auditor},
	"writer":    {Account: "a8", Role: access.ProgramAdmin},
}

// canaries are words of a document that nobody outside may see.
var canaries = []string{"CANARIO-EXP", "CANARIO-JUZGADO", "CANARIO-ARCHIVO", "CANARIO-SIGUIENTE", "SIGUE-2026-", strings.Repeat("ab", 32)}

// site is the two pages on a database.
type site struct {
	*web.Router
	t         *testing.T
	db        *db.DB
	clk       *clock.Fake
	documents *document.Service
	vault     *vault.Vault
	denied    int
}

func newSite(t *testing.T) *site {
	t.Helper()
	d, clk := dbtest.SQLite(t, schema.Migrations)
	file := filepath.Join(t.TempDir(), "keys.json")
	if err := vault.Create(file); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.New(d, v.SigningKey(vault.LedgerMAC), v.SigningKey(vault.LedgerNote))
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, db: d, clk: clk, vault: v, documents: document.New(d, v, l, document.Branding{}, "https://sigue.example")}
	s.Router = web.NewRouter(web.Options{
		Clock: clk, Log: slog.New(slog.DiscardHandler), Authenticate: authenticate,
		Denied: func(context.Context, access.Actor, string, string) { s.denied++ },
	})
	documenthttp.Register(s.Router, s.documents)
	return s
}

func authenticate(_ context.Context, token, _ string, now time.Time) (web.Session, error) {
	actor, known := people[token]
	if !known {
		return web.Session{}, fault.New(fault.Unauthenticated, i18n.M("Su sesión terminó. Entre de nuevo para continuar."))
	}
	return web.Session{Actor: actor, Name: "Clara Ejemplo", IdleEnds: now.Add(time.Hour), Ends: now.Add(time.Hour)}, nil
}

func (s *site) issue() document.Document {
	s.t.Helper()
	var d document.Document
	ctx := s.t.Context()
	err := s.db.Tx(ctx, func(tx *db.Tx) error {
		key, err := s.vault.NewKeyTx(ctx, tx)
		if err != nil {
			return err
		}
		d, err = s.documents.IssueTx(ctx, tx, people["clerk"], document.Issue{
			Kind: document.Acknowledgement, Folio: folio.Mint(2026, 123), Subject: ledger.Subject{Type: "referral", ID: db.NewID()},
			Institution: "i1", Area: "r1", Center: "c1", Key: key,
			Content: document.Content{
				Lines:       []document.Line{{Label: "Expediente", Value: "CANARIO-EXP"}, {Label: "Canaliza", Value: "CANARIO-JUZGADO"}},
				Attachments: []document.Attachment{{Name: "CANARIO-ARCHIVO.pdf", SHA256: strings.Repeat("ab", 32), Size: 1}},
				Paragraphs:  []string{"CANARIO-SIGUIENTE"},
			},
		})
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

// get asks for a page as the holder of a token, or as nobody.
func (s *site) get(path, token string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if token != "" {
		r.AddCookie(&http.Cookie{Name: "sigue", Value: token})
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// verifyPath is the path of the address that is printed.
func (s *site) verifyPath(d document.Document) string {
	return strings.TrimPrefix(s.documents.VerifyURL(d), "https://sigue.example")
}

func wantNoCanary(t *testing.T, what string, w *httptest.ResponseRecorder) {
	t.Helper()
	all := fmt.Sprint(w.Header()) + w.Body.String()
	for _, canary := range canaries {
		if strings.Contains(all, canary) {
			t.Errorf("%s: the answer holds %q:\n%s", what, canary, all)
		}
	}
}

// TestVerify checks that whoever holds the paper learns kind, day and validity, the
// same for everybody, and nothing else.
func TestVerify(t *testing.T) {
	s := newSite(t)
	d := s.issue()
	for _, who := range []string{"", "clerk", "stranger", "auditor"} {
		w := s.get(s.verifyPath(d), who)
		if w.Code != http.StatusOK {
			t.Errorf("%q: got status %d, want 200", who, w.Code)
		}
		for _, want := range []string{"El documento es auténtico y válido.", "Acuse de canalización", "23/11/2026"} {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("%q: got\n%s\nwant in it %q", who, w.Body, want)
			}
		}
		wantNoCanary(t, who, w)
	}
}

func TestVerifyInEnglish(t *testing.T) {
	s := newSite(t)
	path := s.verifyPath(s.issue())
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.AddCookie(&http.Cookie{Name: "idioma", Value: "en"})
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), "The document is genuine and valid.") {
		t.Errorf("got\n%s\nwant it in English", w.Body)
	}
}

func TestVerifyRevoked(t *testing.T) {
	s := newSite(t)
	d := s.issue()
	if err := s.documents.Revoke(t.Context(), people["reception"], d.ID, "CANARIO-JUZGADO se equivocó"); err != nil {
		t.Fatal(err)
	}
	w := s.get(s.verifyPath(d), "")
	if body := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(body, "El documento ya no es válido.") || strings.Contains(body, "auténtico y válido") {
		t.Errorf("got %d\n%s\nwant it said to be no longer valid", w.Code, body)
	}
	wantNoCanary(t, "revoked", w)
}

func TestVerifyUnknown(t *testing.T) {
	s := newSite(t)
	d := s.issue()
	for _, code := range []string{"X", "7K3QV-9D0M1-XH8TJ-5RNW6-CB4YPE", d.ID, "%27%20or%201=1", strings.Repeat("A", 5000)} {
		w := s.get("/v/"+code, "")
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "Ningún documento tiene este código.") {
			t.Errorf("%.40q: got %d\n%s\nwant 404 that says what to do", code, w.Code, w.Body)
		}
		wantNoCanary(t, code, w)
	}
}

// TestVerifyTyped types the code of a paper as people do.
func TestVerifyTyped(t *testing.T) {
	s := newSite(t)
	code := strings.TrimPrefix(s.verifyPath(s.issue()), "/v/")
	for _, tt := range []struct {
		name, typed string
		status      int
		want        string
	}{
		{"as it is", code, http.StatusOK, "El documento es auténtico y válido."},
		{"small, in groups", strings.ToLower(code[:5] + "-" + code[5:10] + " - " + code[10:]), http.StatusOK, "El documento es auténtico y válido."},
		{"with space around", "  " + code + " ", http.StatusOK, "El documento es auténtico y válido."},
		{"not yet", "", http.StatusOK, "Código del documento"},
		{"nothing", " ", http.StatusUnprocessableEntity, "Escriba el código que está impreso"},
		{"another's", "7K3QV-9D0M1-XH8TJ-5RNW6-CB4YPE", http.StatusNotFound, "Ningún documento tiene este código."},
		{"no code", `"><script>`, http.StatusNotFound, "Ningún documento tiene este código."},
	} {
		path := "/v"
		if tt.typed != "" {
			path += "?" + url.Values{"codigo": {tt.typed}}.Encode()
		}
		w := s.get(path, "")
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) || strings.Contains(w.Body.String(), `"><script>`) {
			t.Errorf("%s: got %d\n%s\nwant %d with %q", tt.name, w.Code, w.Body, tt.status, tt.want)
		}
		wantNoCanary(t, tt.name, w)
	}
}

// TestVerifyLimitIsOne checks that the two pages share one count.
func TestVerifyLimitIsOne(t *testing.T) {
	s := newSite(t)
	for range 40 {
		s.get("/v", "") // asks for no code
	}
	for range 20 {
		if w := s.get("/v/X", ""); w.Code != http.StatusNotFound {
			t.Fatalf("got status %d, want 404", w.Code)
		}
	}
	if w := s.get("/v?codigo=X", ""); w.Code != http.StatusTooManyRequests {
		t.Errorf("got status %d, want 429", w.Code)
	}
}

// TestVerifyLimit checks that nobody tries codes in great numbers.
func TestVerifyLimit(t *testing.T) {
	s := newSite(t)
	path := s.verifyPath(s.issue())
	refused := 0
	for range 60 {
		if w := s.get(path, ""); w.Code == http.StatusTooManyRequests {
			refused++
			wantNoCanary(t, "limit", w)
		}
	}
	if refused != 40 {
		t.Errorf("%d of 60 were refused, want 40", refused)
	}
	s.clk.Advance(time.Minute)
	if w := s.get(path, ""); w.Code != http.StatusOK {
		t.Errorf("a minute later: got %d, want 200", w.Code)
	}
}

func TestDownload(t *testing.T) {
	s := newSite(t)
	d := s.issue()
	for _, who := range []string{"clerk", "reception"} {
		w := s.get("/documentos/"+d.ID, who)
		if w.Code != http.StatusOK || !bytes.HasPrefix(w.Body.Bytes(), []byte("%PDF-")) {
			t.Fatalf("%s: got %d and %.20q, want a PDF", who, w.Code, w.Body)
		}
		if got, want := w.Header().Get("Content-Disposition"), `filename=acuse-`+d.Folio.String()+`-01.pdf`; !strings.Contains(got, want) {
			t.Errorf("%s: got disposition %q, want in it %q", who, got, want)
		}
		if got := w.Header().Get("Cache-Control"); !strings.Contains(got, "no-store") {
			t.Errorf("%s: got Cache-Control %q, want no-store", who, got)
		}
	}
}

// TestDownloadIsolation checks that to anybody else the document does not exist, and
// that what he gets is what anybody gets who asks for nothing.
func TestDownloadIsolation(t *testing.T) {
	s := newSite(t)
	d := s.issue()
	for _, who := range []string{"stranger", "auditor"} {
		other := db.NewID()
		w, none := s.get("/documentos/"+d.ID, who), s.get("/documentos/"+other, who)
		if w.Code != http.StatusNotFound || w.Body.String() != strings.ReplaceAll(none.Body.String(), other, d.ID) {
			t.Errorf("%s: got %d\n%s\nwant 404 as for no document", who, w.Code, w.Body)
		}
		wantNoCanary(t, who, w)
	}
	if s.denied != 4 {
		t.Errorf("%d denials were reported, want 4", s.denied)
	}
	if w := s.get("/documentos/"+d.ID, ""); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/entrar") {
		t.Errorf("nobody: got %d to %q, want to be asked to sign in", w.Code, w.Header().Get("Location"))
	}
	for _, id := range []string{"x", "%00", "%ff", "..%2f"} {
		if w := s.get("/documentos/"+id, "clerk"); w.Code != http.StatusNotFound {
			t.Errorf("%q: got %d, want 404", id, w.Code)
		}
	}
}
